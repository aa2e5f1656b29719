//! Signing in: who the user behind the connection is.

use crate::error::{Error, Result, Status};
use crate::protocol::authorization::{self, UserAuth};
use crate::protocol::envelope::{Data, Envelope};
use crate::protocol::incoming;
use crate::protocol::outgoing;
use crate::session::authorizing::Subject;
use crate::session::config::Authorizer;
use crate::session::event::{Event, EventKind, Sink};
use crate::session::time::Time;
use crate::session::{RequestId, Session};

/// Watchlist events in one frame: who is online, and who is offline, would be two.
const MAX_WATCHLIST: usize = 100;

/// Requests to sign in that wait; more than this are the application's mistake.
const MAX_WAITING: usize = 1000;

#[derive(Debug, Default)]
pub(super) struct SignIn {
    /// Signed in again on every connection.
    pub(super) wanted: bool,
    step: Step,
    /// Requests that are done when the server has answered.
    pub(super) waiting: Vec<RequestId>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Step {
    #[default]
    Nothing,
    Authorizing,
    Pending {
        deadline: Time,
        user_data: String,
    },
    SignedIn {
        user_id: String,
    },
    Failed,
}

impl SignIn {
    /// How far it is.
    pub fn name(&self) -> &'static str {
        match self.step {
            Step::Nothing => "nothing",
            Step::Authorizing => "authorizing",
            Step::Pending { .. } => "pending",
            Step::SignedIn { .. } => "signed_in",
            Step::Failed => "failed",
        }
    }

    pub fn is_signed_in(&self) -> bool {
        matches!(self.step, Step::SignedIn { .. })
    }

    /// The server has been told who it is, and has not refused.
    pub fn has_been_asked(&self) -> bool {
        matches!(self.step, Step::Pending { .. } | Step::SignedIn { .. })
    }

    /// Its end is still open: what depends on it has to wait.
    pub fn is_under_way(&self) -> bool {
        self.wanted && !matches!(self.step, Step::SignedIn { .. } | Step::Failed)
    }

    pub fn user_id(&self) -> Option<&str> {
        match &self.step {
            Step::SignedIn { user_id } => Some(user_id),
            _ => None,
        }
    }

    pub fn next_timeout(&self) -> Option<Time> {
        match self.step {
            Step::Pending { deadline, .. } => Some(deadline),
            _ => None,
        }
    }

    pub fn extend_deadline(&mut self, earliest: Time) {
        if let Step::Pending { deadline, .. } = &mut self.step {
            *deadline = (*deadline).max(earliest);
        }
    }

    fn complete(&mut self, result: Result<i64, &Error>, sink: &mut dyn Sink) {
        for request in std::mem::take(&mut self.waiting) {
            sink.event(&Event::completed(request, result));
        }
    }
}

impl Session {
    pub(super) fn sign_in(&mut self, now: Time, request: RequestId, sink: &mut dyn Sink) {
        if self.sign_in.is_signed_in() {
            return sink.event(&Event::completed(request, Ok(0)));
        }
        if self.sign_in.waiting.len() >= MAX_WAITING {
            let text = format!("{MAX_WAITING} requests to sign in wait already");
            let error = Error::new(Status::QueueFull, text);
            return sink.event(&Event::completed(request, Err(&error)));
        }
        self.sign_in.wanted = true;
        self.sign_in.waiting.push(request);
        if self.is_connected() && matches!(self.sign_in.step, Step::Nothing | Step::Failed) {
            self.begin_sign_in(now, sink);
        }
    }

    /// On a new connection, where it is wanted.
    pub(super) fn sign_in_again(&mut self, now: Time, sink: &mut dyn Sink) {
        if self.sign_in.wanted {
            self.begin_sign_in(now, sink);
        }
    }

    fn begin_sign_in(&mut self, now: Time, sink: &mut dyn Sink) {
        self.sign_in.step = Step::Authorizing;
        match &self.config.authorizer {
            Authorizer::Secret { credentials, .. } => {
                let signed = match (&self.config.user_data, self.lifecycle.socket_id()) {
                    (Some(user_data), Some(socket_id)) => {
                        UserAuth::new(credentials.user_auth(socket_id, user_data), user_data)
                    }
                    _ => Err(Error::new(
                        Status::Auth,
                        "signing in needs a user; set the user in the configuration",
                    )),
                };
                self.user_authorized(now, signed, sink);
            }
            Authorizer::Endpoint(_) | Authorizer::Application { .. } => {
                self.authorize(now, Subject::User, sink);
            }
            Authorizer::None => {
                let text = "signing in needs authorisation, and nothing is configured that could \
                            give it; set the secret, an authorisation endpoint, or ask to be asked";
                self.user_authorized(now, Err(Error::new(Status::Auth, text)), sink);
            }
        }
    }

    pub(super) fn user_authorized(
        &mut self,
        now: Time,
        answer: Result<UserAuth>,
        sink: &mut dyn Sink,
    ) {
        if self.sign_in.step != Step::Authorizing {
            return;
        }
        match answer {
            Ok(UserAuth { auth, user_data }) => {
                self.send(outgoing::sign_in(&auth, &user_data));
                let deadline = now + self.config.subscribe_timeout;
                self.sign_in.step = Step::Pending { deadline, user_data };
            }
            Err(error) => self.sign_in_failed(now, &error, sink),
        }
    }

    /// `pusher:signin_success`
    pub(super) fn signed_in(&mut self, now: Time, envelope: &Envelope<'_>, sink: &mut dyn Sink) {
        let Step::Pending { user_data: sent, .. } = &self.sign_in.step else { return };
        // The server's word counts; one that leaves it out means what it was sent.
        let user_data = incoming::signed_in_user(&envelope.data).unwrap_or_else(|| sent.clone());
        let user_id = match authorization::user_id(&user_data) {
            Ok(user_id) => user_id,
            Err(_) => {
                let text = "the server confirmed a sign-in without saying whose";
                return self.sign_in_failed(now, &Error::new(Status::Protocol, text), sink);
            }
        };
        // Events to this user come on a channel that needs no permission.
        self.send(outgoing::subscribe_user(&user_id));
        self.sign_in.step = Step::SignedIn { user_id: user_id.clone() };
        let event = Event::new(EventKind::SignedIn, "pusher:signin_success");
        sink.event(&Event { user_id: Some(&user_id), ..event.with_text(&user_data) });
        self.sign_in.complete(Ok(0), sink);
        self.subscribe_all(now, sink);
    }

    fn sign_in_failed(&mut self, now: Time, error: &Error, sink: &mut dyn Sink) {
        let text = format!("signing in failed: {}", error.message());
        let error = Error::new(error.status(), text).with_code(error.code());
        self.sign_in.step = Step::Failed;
        sink.event(&Event {
            kind: EventKind::SignInError,
            name: "pusher:signin_error",
            ..Event::error(&error)
        });
        self.sign_in.complete(Err(&error), sink);
        // Presence channels that waited for the user learn that there will be none.
        self.subscribe_all(now, sink);
    }

    /// An error of the server while a sign-in is waiting for its answer is most likely about it:
    /// the protocol has no other way to refuse one. True where it was taken for one.
    pub(super) fn attribute_to_sign_in(
        &mut self,
        now: Time,
        error: &Error,
        sink: &mut dyn Sink,
    ) -> bool {
        let pending = matches!(self.sign_in.step, Step::Pending { .. });
        if pending && matches!(error.code(), 4009 | 4200) {
            let refused = Error::new(Status::Auth, error.message()).with_code(error.code());
            self.sign_in_failed(now, &refused, sink);
            return true;
        }
        false
    }

    pub(super) fn sign_in_timeout(&mut self, now: Time, sink: &mut dyn Sink) {
        if self.sign_in.next_timeout().is_some_and(|deadline| deadline <= now) {
            let text = "the server did not answer in time; it may not know users";
            self.sign_in_failed(now, &Error::new(Status::Timeout, text), sink);
        }
    }

    /// The connection is gone; the wish stays.
    pub(super) fn signed_out_by_loss(&mut self) {
        self.sign_in.step = Step::Nothing;
    }

    pub(super) fn cancel_sign_in(&mut self, error: &Error, sink: &mut dyn Sink) {
        self.sign_in.complete(Err(error), sink);
    }

    /// `pusher_internal:watchlist_events`, or an event of the same content that some servers send
    /// by its bare name.
    pub(super) fn watchlist(&mut self, data: &Data<'_>, name: Option<&str>, sink: &mut dyn Sink) {
        let events = incoming::watchlist(data, name);
        if events.len() > MAX_WATCHLIST {
            let text = format!(
                "the server sent {} watchlist events in one frame, where two are usual; only the \
                 first {MAX_WATCHLIST} were taken",
                events.len()
            );
            sink.event(&Event::error(&Error::new(Status::Protocol, text)));
        }
        for (name, users) in events.into_iter().take(MAX_WATCHLIST) {
            let count = i64::try_from(users.len()).unwrap_or(i64::MAX);
            let json = serde_json::to_string(&users).unwrap_or_default();
            let event = Event::new(EventKind::Watchlist, &name);
            sink.event(&Event { value: count, ..event.with_text(&json) });
        }
    }
}
