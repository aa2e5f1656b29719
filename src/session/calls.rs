//! Calls of the HTTP API: requests like every other, which happen to need no connection.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::error::{Error, Result, Status};
use crate::protocol::api;
use crate::protocol::http::{HttpRequest, HttpResponse, without_secrets};
use crate::session::event::{DataFormat, Event, Sink};
use crate::session::log::LogLevel;
use crate::session::time::Time;
use crate::session::{Action, HttpId, RequestId, Session};

/// Calls under way together: each has a socket.
pub(super) const TOGETHER: usize = 16;

/// What waits for its turn must not fill the memory, be it many or large.
pub(super) const MAX_WAITING: usize = 10_000;
pub(super) const MAX_WAITING_BYTES: usize = 16 * 1024 * 1024;

#[derive(Debug, Default)]
pub(super) struct Calls {
    last_id: HttpId,
    /// Under way.
    pending: BTreeMap<HttpId, RequestId>,
    /// In order. All are allowed the same time, so that the first is the first due.
    waiting: VecDeque<Waiting>,
    /// Of their bodies.
    waiting_bytes: usize,
}

#[derive(Debug)]
struct Waiting {
    /// The time that a call may take includes that in which it waits.
    due: Time,
    request: RequestId,
    call: HttpRequest,
}

impl Calls {
    /// All that are not done yet, oldest first.
    pub fn requests(&self) -> impl Iterator<Item = RequestId> {
        let waiting = self.waiting.iter().map(|waiting| waiting.request);
        self.pending.values().copied().chain(waiting)
    }

    pub fn next_timeout(&self) -> Option<Time> {
        self.waiting.front().map(|waiting| waiting.due)
    }

    /// What there is against one more.
    fn objection(&self, call: &HttpRequest) -> Option<Error> {
        let (count, bytes) = (self.waiting.len(), self.waiting_bytes);
        // The only one may be of any size.
        let fits_in = count == 0 || bytes + call.body.len() <= MAX_WAITING_BYTES;
        let fits = count < MAX_WAITING && fits_in;
        (!fits).then(|| {
            let text = format!(
                "{count} calls of the HTTP API, with {bytes} bytes, are waiting already; try again \
                 later"
            );
            Error::new(Status::QueueFull, text)
        })
    }

    fn push(&mut self, waiting: Waiting) {
        self.waiting_bytes += waiting.call.body.len();
        self.waiting.push_back(waiting);
    }

    fn pop(&mut self) -> Option<Waiting> {
        let waiting = self.waiting.pop_front()?;
        self.waiting_bytes -= waiting.call.body.len();
        Some(waiting)
    }
}

impl Session {
    pub(super) fn next_http(&mut self) -> HttpId {
        self.calls.last_id += 1;
        self.calls.last_id
    }

    pub(super) fn call(
        &mut self,
        now: Time,
        request: RequestId,
        call: HttpRequest,
        timeout: Duration,
        sink: &mut dyn Sink,
    ) {
        if let Some(error) = self.calls.objection(&call) {
            return sink.event(&Event::completed(request, Err(&error)));
        }
        self.calls.push(Waiting { due: now + timeout, request, call });
        self.start_calls(now, sink);
    }

    /// Starts as many calls as may be under way together.
    fn start_calls(&mut self, now: Time, sink: &mut dyn Sink) {
        self.call_timeouts(now, sink);
        while self.calls.pending.len() < TOGETHER {
            let Some(Waiting { due, request, call }) = self.calls.pop() else { break };
            let id = self.next_http();
            self.note(LogLevel::Debug, |_| {
                format!("request {request}: asking {}", without_secrets(&call.url))
            });
            self.calls.pending.insert(id, request);
            let timeout = due.since(now);
            self.actions.push_back(Action::Http { id, request: call, timeout });
        }
    }

    pub(super) fn call_timeouts(&mut self, now: Time, sink: &mut dyn Sink) {
        while self.calls.next_timeout().is_some_and(|due| due <= now) {
            let Some(Waiting { request, call, .. }) = self.calls.pop() else { break };
            let text = format!("{call:?}: the calls before it were not answered in time");
            let error = Error::new(Status::Timeout, text);
            sink.event(&Event::completed(request, Err(&error)));
        }
    }

    pub(super) fn call_answered(
        &mut self,
        now: Time,
        id: HttpId,
        result: Result<HttpResponse>,
        sink: &mut dyn Sink,
    ) {
        let Some(request) = self.calls.pending.remove(&id) else { return };
        match result.and_then(|response| api::check(&response).map(|()| response)) {
            Ok(response) => {
                let event = Event::completed(request, Ok(0)).with_text(&response.body);
                sink.event(&Event {
                    code: i32::from(response.status),
                    data_format: DataFormat::Json,
                    ..event
                });
            }
            Err(error) => sink.event(&Event::completed(request, Err(&error))),
        }
        self.start_calls(now, sink);
    }

    pub(super) fn cancel_calls(&mut self, error: &Error, sink: &mut dyn Sink) {
        for (id, request) in std::mem::take(&mut self.calls.pending) {
            self.actions.push_back(Action::CancelHttp { id });
            sink.event(&Event::completed(request, Err(error)));
        }
        while let Some(Waiting { request, .. }) = self.calls.pop() {
            sink.event(&Event::completed(request, Err(error)));
        }
    }
}
