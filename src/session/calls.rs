//! Calls of the HTTP API: requests like every other, which happen to need no connection.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::protocol::api;
use crate::protocol::http::{HttpRequest, HttpResponse};
use crate::session::dump::without_secrets;
use crate::session::event::{DataFormat, Event, Sink};
use crate::session::log::LogLevel;
use crate::session::{Action, HttpId, RequestId, Session};

#[derive(Debug, Default)]
pub(super) struct Calls {
    last_id: HttpId,
    pub(super) pending: BTreeMap<HttpId, RequestId>,
}

impl Session {
    pub(super) fn next_http(&mut self) -> HttpId {
        self.calls.last_id += 1;
        self.calls.last_id
    }

    pub(super) fn call(&mut self, request: RequestId, call: HttpRequest, timeout: Duration) {
        let id = self.next_http();
        self.note(LogLevel::Debug, |_| {
            format!("request {request}: asking {}", without_secrets(&call.url))
        });
        self.calls.pending.insert(id, request);
        self.actions.push_back(Action::Http { id, request: call, timeout });
    }

    pub(super) fn call_answered(
        &mut self,
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
    }

    pub(super) fn cancel_calls(&mut self, error: &Error, sink: &mut dyn Sink) {
        for (id, request) in std::mem::take(&mut self.calls.pending) {
            self.actions.push_back(Action::CancelHttp { id });
            sink.event(&Event::completed(request, Err(error)));
        }
    }
}
