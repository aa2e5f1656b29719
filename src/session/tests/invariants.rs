//! What holds in any order of frames, commands, losses and steps of the clock.
//!
//! The fuzz target `session` includes this file, too (`fuzz/fuzz_targets/session.rs`), so it names
//! what it uses by `super`.

use std::collections::HashSet;

use super::{Action, ConnectionState, Event, EventKind, HttpId, RequestId, Status};

/// The network under a session, as far as the session has to know it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Link {
    #[default]
    Down,
    /// Asked for, and not there yet.
    Opening,
    /// Frames can be sent and received.
    Open,
}

/// Watches a session from outside, and panics where it breaks a rule.
#[derive(Debug, Default)]
pub(crate) struct Invariants {
    pub link: Link,
    begun: HashSet<RequestId>,
    completed: HashSet<RequestId>,
    state: ConnectionState,
    /// HTTP requests under way.
    pub http: Vec<HttpId>,
    closed: bool,
}

impl Invariants {
    /// The application makes a request.
    pub fn begins(&mut self, request: RequestId) {
        assert!(self.begun.insert(request), "a number was used twice");
    }

    /// The network answers: the connection is there.
    pub fn opened(&mut self) {
        if self.link == Link::Opening {
            self.link = Link::Open;
        }
    }

    /// The network answers: the connection is gone, or cannot be made.
    pub fn lost(&mut self) {
        self.link = Link::Down;
    }

    /// An HTTP request is answered.
    pub fn answered(&mut self, id: HttpId) {
        self.http.retain(|pending| *pending != id);
    }

    /// The session was closed: all is completed, and nothing but refusals may follow.
    pub fn closed(&mut self) {
        assert_eq!(self.completed.len(), self.begun.len(), "a request was never completed");
        assert!(self.http.is_empty(), "an HTTP request was left behind");
        assert_eq!(self.link, Link::Down, "the connection was left behind");
        self.closed = true;
    }

    pub fn event(&mut self, event: &Event<'_>) {
        match event.kind {
            EventKind::Completed => {
                assert!(self.begun.contains(&event.request), "nobody made this request");
                assert!(self.completed.insert(event.request), "a request was completed twice");
            }
            EventKind::StateChange => self.state_change(event),
            _ => {}
        }
        let refusal = event.kind == EventKind::Completed && event.status == Status::Closed;
        assert!(!self.closed || refusal, "{event:?} came after the end");
    }

    fn state_change(&mut self, event: &Event<'_>) {
        use ConnectionState::*;
        assert_eq!(event.previous_state, self.state, "a change of state was not told");
        let allowed = match (self.state, event.state) {
            (from, to) if from == to => event.retry_in.is_some(),
            (Initialized | Disconnected | Failed, to) => to == Connecting,
            (Connecting, Initialized) | (Unavailable, Initialized | Connecting) => false,
            (Connected, to) => matches!(to, Connecting | Disconnected | Failed),
            _ => true,
        };
        assert!(allowed, "{:?} -> {:?}", self.state, event.state);
        self.state = event.state;
    }

    /// The session wants something done, and it is done at once.
    pub fn action(&mut self, action: &Action) {
        assert!(!self.closed, "something is to be done after the end");
        match action {
            Action::Open { .. } => {
                assert_eq!(self.link, Link::Down, "a second connection was opened");
                self.link = Link::Opening;
            }
            Action::Send(_) => {
                assert_eq!(self.link, Link::Open, "a frame was sent without a connection");
            }
            Action::Close { .. } => {
                assert_eq!(self.link, Link::Open, "goodbye was said to nobody");
                self.link = Link::Down;
            }
            Action::Abandon => {
                assert_ne!(self.link, Link::Down, "nothing was there to be dropped");
                self.link = Link::Down;
            }
            Action::Http { id, .. } => self.http.push(*id),
            Action::CancelHttp { id } => {
                assert!(self.http.contains(id), "an HTTP request was cancelled that is done");
                self.answered(*id);
            }
        }
    }
}
