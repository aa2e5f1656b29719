//! What the session tells: events for the application, and changes of what it can look up.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Status};
use crate::protocol::channel::ChannelName;
use crate::protocol::envelope::{Data, Envelope};
use crate::protocol::presence::{Member, Members};
use crate::session::RequestId;
use crate::session::counters::ChannelCounters;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// Somebody published an event.
    Message,
    /// The connection changed its state.
    StateChange,
    /// The server or the network reported an error; the client deals with it by itself.
    Error,
    /// A channel is subscribed, for the first time or again after a reconnect.
    Subscribed,
    /// A subscription was refused or not answered.
    SubscriptionError,
    /// A member joined a presence channel.
    MemberAdded,
    /// A member left a presence channel.
    MemberRemoved,
    /// How many connections are subscribed to a channel.
    SubscriptionCount,
    /// A cache channel has nothing cached.
    CacheMiss,
    /// A request is done.
    Completed,
    /// A frame of the protocol which this version does not interpret.
    Protocol,
    /// The application is asked to authorise a subscription.
    Authorize,
    /// The application is asked to authorise a sign-in.
    AuthorizeUser,
    /// The application is asked for headers for a request to its endpoint.
    PrepareAuthorization,
    /// An event on an encrypted channel could not be decrypted, and is lost.
    DecryptionError,
    /// The user is signed in.
    SignedIn,
    /// The sign-in failed.
    SignInError,
    /// Users of the watchlist went online or offline.
    Watchlist,
    /// A channel is subscribed again after a loss: what was published meanwhile is missing.
    Gap,
    /// The application did not keep up, and events were dropped, as it is configured.
    Dropped,
    /// A line of the log.
    Log,
}

impl EventKind {
    pub const ALL: [EventKind; 21] = [
        EventKind::Message,
        EventKind::StateChange,
        EventKind::Error,
        EventKind::Subscribed,
        EventKind::SubscriptionError,
        EventKind::MemberAdded,
        EventKind::MemberRemoved,
        EventKind::SubscriptionCount,
        EventKind::CacheMiss,
        EventKind::Completed,
        EventKind::Protocol,
        EventKind::Authorize,
        EventKind::AuthorizeUser,
        EventKind::PrepareAuthorization,
        EventKind::DecryptionError,
        EventKind::SignedIn,
        EventKind::SignInError,
        EventKind::Watchlist,
        EventKind::Gap,
        EventKind::Dropped,
        EventKind::Log,
    ];

    pub fn name(self) -> &'static str {
        match self {
            EventKind::Message => "message",
            EventKind::StateChange => "state_change",
            EventKind::Error => "error",
            EventKind::Subscribed => "subscribed",
            EventKind::SubscriptionError => "subscription_error",
            EventKind::MemberAdded => "member_added",
            EventKind::MemberRemoved => "member_removed",
            EventKind::SubscriptionCount => "subscription_count",
            EventKind::CacheMiss => "cache_miss",
            EventKind::Completed => "completed",
            EventKind::Protocol => "protocol",
            EventKind::Authorize => "authorize",
            EventKind::AuthorizeUser => "authorize_user",
            EventKind::PrepareAuthorization => "prepare_authorization",
            EventKind::DecryptionError => "decryption_error",
            EventKind::SignedIn => "signed_in",
            EventKind::SignInError => "sign_in_error",
            EventKind::Watchlist => "watchlist",
            EventKind::Gap => "gap",
            EventKind::Dropped => "dropped",
            EventKind::Log => "log",
        }
    }
}

/// The states of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum ConnectionState {
    /// Nothing has been asked for yet.
    #[default]
    Initialized,
    /// Trying, for the first time or again.
    Connecting,
    /// Connected: the server has given a socket id.
    Connected,
    /// Still trying, without success for some time.
    Unavailable,
    /// Disconnected, because the application asked for it.
    Disconnected,
    /// The server refused for good; only a new connect will try again.
    Failed,
}

impl ConnectionState {
    pub fn name(self) -> &'static str {
        match self {
            ConnectionState::Initialized => "initialized",
            ConnectionState::Connecting => "connecting",
            ConnectionState::Connected => "connected",
            ConnectionState::Unavailable => "unavailable",
            ConnectionState::Disconnected => "disconnected",
            ConnectionState::Failed => "failed",
        }
    }
}

/// The states of a channel that the application wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChannelState {
    /// Will be subscribed as soon as there is a connection.
    Waiting,
    /// The server has been asked.
    Pending,
    Subscribed,
    /// Refused or not answered; tried again on the next connection or the next subscribe.
    Refused,
}

impl ChannelState {
    pub fn name(self) -> &'static str {
        match self {
            ChannelState::Waiting => "waiting",
            ChannelState::Pending => "pending",
            ChannelState::Subscribed => "subscribed",
            ChannelState::Refused => "refused",
        }
    }
}

/// How a frame's `data` was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum DataFormat {
    /// There is no data.
    #[default]
    None,
    /// A string, which is usually JSON itself; `data` is what it holds.
    Text,
    /// JSON of another type, as it stood in the frame.
    Json,
}

/// Something the application may want to know. Borrowed, and flat: what does not apply is zero,
/// empty or None.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    pub kind: EventKind,
    pub status: Status,
    /// Pusher's code, a close code or an HTTP status.
    pub code: i32,
    pub request: RequestId,
    /// A ping's round trip in microseconds; the number of subscriptions or members.
    pub value: i64,
    pub state: ConnectionState,
    pub previous_state: ConnectionState,
    pub retry_in: Option<Duration>,
    pub name: &'a str,
    pub channel: Option<&'a str>,
    pub data: Option<&'a str>,
    pub data_format: DataFormat,
    pub user_id: Option<&'a str>,
    /// The connection that an authorisation is for.
    pub socket_id: Option<&'a str>,
}

impl<'a> Event<'a> {
    pub fn new(kind: EventKind, name: &'a str) -> Event<'a> {
        Event {
            kind,
            status: Status::Ok,
            code: 0,
            request: 0,
            value: 0,
            state: ConnectionState::Initialized,
            previous_state: ConnectionState::Initialized,
            retry_in: None,
            name,
            channel: None,
            data: None,
            data_format: DataFormat::None,
            user_id: None,
            socket_id: None,
        }
    }

    /// A frame as it came.
    pub fn frame(kind: EventKind, envelope: &'a Envelope<'_>) -> Event<'a> {
        Event {
            channel: envelope.channel.as_deref(),
            data: envelope.data.as_text(),
            data_format: match envelope.data {
                Data::Absent => DataFormat::None,
                Data::Text(_) => DataFormat::Text,
                Data::Json(_) => DataFormat::Json,
            },
            user_id: envelope.user_id.as_deref(),
            ..Event::new(kind, &envelope.event)
        }
    }

    pub fn error(error: &'a Error) -> Event<'a> {
        Event::new(EventKind::Error, "pusher:error").failed(error)
    }

    pub fn completed(request: RequestId, result: Result<i64, &'a Error>) -> Event<'a> {
        let event = Event { request, ..Event::new(EventKind::Completed, "pusher:completed") };
        match result {
            Ok(value) => Event { value, ..event },
            Err(error) => event.failed(error),
        }
    }

    pub fn on(self, channel: &'a ChannelName) -> Event<'a> {
        Event { channel: Some(channel.as_str()), ..self }
    }

    pub fn with_text(self, text: &'a str) -> Event<'a> {
        Event { data: Some(text), data_format: DataFormat::Text, ..self }
    }

    fn failed(self, error: &'a Error) -> Event<'a> {
        let event = self.with_text(error.message());
        Event { status: error.status(), code: error.code(), ..event }
    }
}

/// A change of what the application can look up at any time. Told before the event about it.
#[derive(Debug)]
pub enum View<'a> {
    Connection {
        state: ConnectionState,
        socket_id: Option<&'a str>,
    },
    Channel {
        name: &'a ChannelName,
        state: ChannelState,
        counters: &'a Arc<ChannelCounters>,
    },
    ChannelGone {
        name: &'a ChannelName,
    },
    /// The members of a presence channel, told whole with its subscription; of one who comes or goes
    /// only that is told, since a copy of the list for each would make a crowd cost its square.
    Members {
        name: &'a ChannelName,
        members: Arc<Members>,
    },
    MemberAdded {
        name: &'a ChannelName,
        member: &'a Member,
    },
    MemberRemoved {
        name: &'a ChannelName,
        id: &'a str,
    },
}

/// Where events and changes go. Called in the middle of the session's work, so it must not call
/// back into the session.
pub trait Sink {
    fn event(&mut self, event: &Event<'_>);
    fn view(&mut self, view: View<'_>);
}
