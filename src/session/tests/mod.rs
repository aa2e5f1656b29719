//! The rules of the session under a false clock: no socket, no thread, no waiting.

mod authorizing;
mod calls;
mod connecting;
mod counting;
mod dumping;
mod encryption;
mod gaps;
mod heartbeat;
mod hostile;
mod invariants;
mod logging;
mod presence;
mod properties;
mod publishing;
mod recovering;
mod retrying;
mod signing_in;
mod subscribing;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use invariants::Invariants;

use super::*;
use crate::error::Status;
use crate::protocol::endpoint::Endpoint;
use crate::protocol::limits::Limits;
use crate::protocol::presence::Members;
use crate::protocol::signature::Credentials;
use crate::session::config::Authorizer;

pub(super) const SECOND: Duration = Duration::from_secs(1);

/// An event as the application saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub kind: EventKind,
    pub status: Status,
    pub code: i32,
    pub request: RequestId,
    pub value: i64,
    pub state: ConnectionState,
    pub previous_state: ConnectionState,
    pub retry_in: Option<Duration>,
    pub name: String,
    pub channel: Option<String>,
    pub data: Option<String>,
    pub user_id: Option<String>,
    pub socket_id: Option<String>,
}

/// Everything a session told, and what could be looked up.
#[derive(Default)]
pub(super) struct Record {
    pub events: Vec<Seen>,
    pub state: ConnectionState,
    pub socket_id: Option<String>,
    pub channels: BTreeMap<String, ChannelState>,
    pub members: HashMap<String, Arc<Members>>,
    pub counters: HashMap<String, Arc<ChannelCounters>>,
    pub invariants: Invariants,
}

impl Sink for Record {
    fn event(&mut self, event: &Event<'_>) {
        self.invariants.event(event);
        self.events.push(Seen {
            kind: event.kind,
            status: event.status,
            code: event.code,
            request: event.request,
            value: event.value,
            state: event.state,
            previous_state: event.previous_state,
            retry_in: event.retry_in,
            name: event.name.into(),
            channel: event.channel.map(str::to_owned),
            data: event.data.map(str::to_owned),
            user_id: event.user_id.map(str::to_owned),
            socket_id: event.socket_id.map(str::to_owned),
        });
    }

    fn view(&mut self, view: View<'_>) {
        match view {
            View::Connection { state, socket_id } => {
                self.state = state;
                self.socket_id = socket_id.map(str::to_owned);
            }
            View::Channel { name, state, counters } => {
                self.counters.insert(name.to_string(), Arc::clone(counters));
                self.channels.insert(name.to_string(), state);
            }
            View::Members { name, members } => {
                self.members.insert(name.to_string(), members);
            }
            View::MemberAdded { name, member } => {
                let members = self.members.get_mut(name.as_str()).expect("a list");
                Arc::make_mut(members).add(member.clone());
            }
            View::MemberRemoved { name, id } => {
                let members = self.members.get_mut(name.as_str()).expect("a list");
                Arc::make_mut(members).remove(id);
            }
            View::ChannelGone { name } => {
                self.channels.remove(name.as_str());
                self.members.remove(name.as_str());
                self.counters.remove(name.as_str());
            }
        }
    }
}

/// A session, its clock, and both of its ends.
pub(super) struct World {
    pub session: Session,
    pub now: Time,
    pub record: Record,
    last_request: RequestId,
    connections: u32,
}

impl World {
    pub fn new() -> World {
        World::with(|_| {})
    }

    pub fn with(configure: impl FnOnce(&mut SessionConfig)) -> World {
        let endpoint = Endpoint::host("example.com").unwrap();
        let mut config = SessionConfig::new("278d425bdf160c739803", endpoint);
        config.authorizer = Authorizer::Secret { credentials: credentials(), master_key: None };
        config.channel_data = Some(r#"{"user_id":"me"}"#.into());
        configure(&mut config);
        World {
            session: Session::new(config, 1),
            // Not zero: nothing may depend on the origin.
            now: Time::since_origin(1000 * SECOND),
            record: Record::default(),
            last_request: 0,
            connections: 0,
        }
    }

    /// Connected and established, with the connect's own events taken away.
    pub fn connected() -> World {
        World::new().into_connected()
    }

    pub fn into_connected(self) -> World {
        let mut world = self.into_connected_keeping_events();
        world.take_events();
        world
    }

    pub fn into_connected_keeping_events(mut self) -> World {
        self.command(Command::Connect);
        self.establish();
        self
    }

    pub fn command(&mut self, command: Command) -> RequestId {
        self.last_request += 1;
        self.record.invariants.begins(self.last_request);
        self.session.command(self.now, self.last_request, command, &mut self.record);
        self.last_request
    }

    pub fn subscribe(&mut self, channel: &str) -> RequestId {
        let channel = name(channel);
        self.command(Command::Subscribe { channel, channel_data: None, auth: None })
    }

    pub fn unsubscribe(&mut self, channel: &str) -> RequestId {
        self.command(Command::Unsubscribe { channel: name(channel) })
    }

    /// Closing completes everything but itself.
    pub fn close_session(&mut self) {
        self.session.command(self.now, 0, Command::Close, &mut self.record);
    }

    pub fn publish(&mut self, channel: &str, event: &str) -> RequestId {
        let event = ClientEvent::new(&name(channel), event, "{}", &Limits::COMMON).unwrap();
        self.command(Command::Publish(event))
    }

    pub fn text(&mut self, frame: &str) {
        self.session.handle_text(self.now, frame, &mut self.record);
    }

    /// Takes the open action, and answers with `connection_established`.
    pub fn establish(&mut self) -> String {
        let url = self.opened();
        self.connections += 1;
        let frame = format!(
            r#"{{"event":"pusher:connection_established","data":"{{\"socket_id\":\"1234.{}\",\"activity_timeout\":120}}"}}"#,
            self.connections
        );
        self.text(&frame);
        url
    }

    /// The one action waiting is to open; its URL.
    pub fn opened(&mut self) -> String {
        match self.actions().as_slice() {
            [Action::Open { url }] => url.clone(),
            other => panic!("expected one open, and got {other:?}"),
        }
    }

    pub fn succeed(&mut self, channel: &str) {
        self.text(&format!(
            r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{channel}","data":"{{}}"}}"#
        ));
    }

    pub fn close(&mut self, code: u16) {
        self.session.handle_closed(self.now, Ended::with_code(code, ""), &mut self.record);
    }

    pub fn pause(&mut self, paused: bool) {
        self.session.set_paused(self.now, paused, &mut self.record);
    }

    pub fn actions(&mut self) -> Vec<Action> {
        std::iter::from_fn(|| self.session.poll_action()).collect()
    }

    /// The frames sent since the last look; anything else is a mistake of the test.
    pub fn sent(&mut self) -> Vec<String> {
        self.actions()
            .into_iter()
            .map(|action| match action {
                Action::Send(frame) => frame,
                other => panic!("expected frames, and got {other:?}"),
            })
            .collect()
    }

    /// Lets time pass, waking the session whenever it asked for it.
    pub fn advance(&mut self, by: Duration) {
        let end = self.now + by;
        let mut calls = 0;
        while let Some(due) = self.session.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.session.handle_timeout(self.now, &mut self.record);
            calls += 1;
            assert!(calls < 100_000, "the session asks for timeouts without end");
        }
        self.now = end;
    }

    /// Lets time pass until there is something to do on the network.
    pub fn advance_to_action(&mut self) -> Duration {
        let start = self.now;
        while self.session.actions.is_empty() {
            let due = self.session.poll_timeout().expect("something has to happen");
            self.now = self.now.max(due);
            self.session.handle_timeout(self.now, &mut self.record);
        }
        self.now.since(start)
    }

    pub fn take_events(&mut self) -> Vec<Seen> {
        std::mem::take(&mut self.record.events)
    }

    pub fn kinds(&mut self) -> Vec<EventKind> {
        self.take_events().into_iter().map(|event| event.kind).collect()
    }

    /// How a request ended; it has to have ended exactly once.
    pub fn result(&self, request: RequestId) -> Status {
        let done = self.completions(request);
        assert_eq!(done.len(), 1, "request {request} was completed {} times", done.len());
        done[0].status
    }

    pub fn is_pending(&self, request: RequestId) -> bool {
        self.completions(request).is_empty()
    }

    fn completions(&self, request: RequestId) -> Vec<&Seen> {
        let events = self.record.events.iter();
        let done = |e: &&Seen| e.kind == EventKind::Completed && e.request == request;
        events.filter(done).collect()
    }

    pub fn channel(&self, channel: &str) -> Option<ChannelState> {
        self.record.channels.get(channel).copied()
    }
}

pub(super) fn name(channel: &str) -> ChannelName {
    ChannelName::new(channel).unwrap()
}

pub(super) fn credentials() -> Credentials {
    Credentials::new("278d425bdf160c739803", "7ad3773142a6692b25b8")
}
