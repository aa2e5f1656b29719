//! The application's authorisation endpoint: asked, asked again, believed.

use crate::error::{Error, Result, Status};
use crate::protocol::auth_request;
use crate::protocol::authorization::{ChannelAuth, UserAuth};
use crate::protocol::http::{HttpResponse, without_secrets};
use crate::session::authorizing::{AuthId, Pending, Step, Subject};
use crate::session::config::{AuthEndpoint, Authorizer};
use crate::session::event::Sink;
use crate::session::log::{LogLevel, took};
use crate::session::time::Time;
use crate::session::{Action, HttpId, Session};

impl Session {
    /// Sends as many requests to the endpoint as may be under way together.
    pub(super) fn send_auth_requests(&mut self, now: Time, sink: &mut dyn Sink) {
        if self.authorizations.queue.is_empty() {
            return;
        }
        let Authorizer::Endpoint(endpoint) = &self.config.authorizer else { return };
        let endpoint: AuthEndpoint = endpoint.clone();
        while self.authorizations.in_flight() < endpoint.parallel {
            let Some(id) = self.authorizations.queue.pop_front() else { break };
            let Some(pending) = self.authorizations.pending.get(&id) else { continue };
            let socket_id = self.lifecycle.socket_id().unwrap_or_default();
            let built = match &pending.subject {
                Subject::User => auth_request::user(
                    &endpoint.requests,
                    socket_id,
                    &pending.headers,
                    &pending.params,
                ),
                Subject::Key(channel) => auth_request::channels(
                    &endpoint.requests,
                    socket_id,
                    std::slice::from_ref(channel),
                    &pending.headers,
                    &pending.params,
                ),
                Subject::Channels(channels) => auth_request::channels(
                    &endpoint.requests,
                    socket_id,
                    channels,
                    &pending.headers,
                    &pending.params,
                ),
            };
            match built {
                Ok(request) => {
                    let http = self.next_http();
                    if let Some(pending) = self.authorizations.pending.get_mut(&id) {
                        pending.step = Step::Http(http);
                        pending.asked = now;
                        pending.deadline.get_or_insert(now + endpoint.total_timeout());
                    }
                    self.note(LogLevel::Debug, |_| {
                        format!("authorization {id}: asking {}", without_secrets(&request.url))
                    });
                    let timeout = endpoint.timeout;
                    self.actions.push_back(Action::Http { id: http, request, timeout });
                }
                Err(error) => self.authorization_failed(now, id, &error, sink),
            }
        }
    }

    /// The endpoint's answer. False where the number is not of an authorisation.
    pub(super) fn handle_auth_response(
        &mut self,
        now: Time,
        http: HttpId,
        result: &Result<HttpResponse>,
        sink: &mut dyn Sink,
    ) -> bool {
        let mut all = self.authorizations.pending.iter_mut();
        let Some((&id, pending)) = all.find(|(_, pending)| pending.step == Step::Http(http)) else {
            return false;
        };
        pending.step = Step::Answered;
        let after = took(now.since(pending.asked));
        self.note(LogLevel::Debug, |_| match result {
            Ok(response) => {
                format!("authorization {id}: HTTP status {} after {after}", response.status)
            }
            Err(error) => format!("authorization {id}: failed after {after}: {error}"),
        });
        match result {
            Ok(response) if matches!(response.status, 200 | 201) => {
                self.endpoint_answered(now, id, &response.body, sink);
            }
            Ok(response) => self.endpoint_refused(now, id, response.status, sink),
            Err(error) => self.endpoint_failed(now, id, error, sink),
        }
        self.send_auth_requests(now, sink);
        true
    }

    fn endpoint_answered(&mut self, now: Time, id: AuthId, body: &str, sink: &mut dyn Sink) {
        let Some(Pending { subject, .. }) = self.authorizations.pending.remove(&id) else { return };
        match &subject {
            Subject::User => self.user_authorized(now, UserAuth::parse(body), sink),
            Subject::Key(channel) => {
                let answer = ChannelAuth::parse(body);
                self.channel_authorized(now, &subject, channel, answer, sink);
            }
            Subject::Channels(channels) if channels.len() == 1 => {
                let answer = ChannelAuth::parse(body);
                self.channel_authorized(now, &subject, &channels[0], answer, sink);
            }
            Subject::Channels(channels) => {
                let mut answers = ChannelAuth::parse_batch(body);
                for channel in channels {
                    let answer = match &mut answers {
                        Ok(answers) => answers.remove(channel.as_str()).unwrap_or_else(|| {
                            let text = "the authorisation's answer leaves this channel out";
                            Err(Error::new(Status::Auth, text))
                        }),
                        Err(error) => Err(error.clone()),
                    };
                    self.channel_authorized(now, &subject, channel, answer, sink);
                }
            }
        }
    }

    fn endpoint_refused(&mut self, now: Time, id: AuthId, status: u16, sink: &mut dyn Sink) {
        let text = format!("the authorisation endpoint answered with HTTP status {status}");
        let error = Error::new(Status::Auth, text).with_code(i32::from(status));
        let asks = match &self.config.authorizer {
            Authorizer::Endpoint(endpoint) => endpoint.ask_for_headers,
            _ => false,
        };
        let Some(pending) = self.authorizations.pending.get_mut(&id) else { return };
        match status {
            // The application may have a fresh token.
            401 | 403 if asks && !pending.refreshed => {
                pending.refreshed = true;
                pending.step = Step::Application;
                self.ask_application(id, sink);
            }
            408 | 429 | 500..=599 => self.endpoint_failed(now, id, &error, sink),
            _ => self.authorization_failed(now, id, &error, sink),
        }
    }

    /// No verdict: asked again, a few times.
    fn endpoint_failed(&mut self, now: Time, id: AuthId, error: &Error, sink: &mut dyn Sink) {
        let Authorizer::Endpoint(endpoint) = &self.config.authorizer else { return };
        let Some(pending) = self.authorizations.pending.get_mut(&id) else { return };
        pending.tries += 1;
        if pending.tries < endpoint.tries {
            let delay = AuthEndpoint::retry_delay(pending.tries);
            pending.step = Step::RetryAt(now + delay);
            self.note(LogLevel::Debug, |_| {
                format!("authorization {id}: asking again in {} ms", delay.as_millis())
            });
        } else {
            self.authorization_failed(now, id, error, sink);
        }
    }
}
