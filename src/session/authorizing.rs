//! Permission to subscribe and to sign in: signed here, fetched from an endpoint, or asked of the
//! application.
//!
//! Every authorisation has a number and belongs to the connection that it was begun on. When that is
//! lost the number is forgotten, so that an answer for an old socket id finds nobody.

use std::collections::{BTreeMap, VecDeque};

use crate::error::{Error, Result, Status};
use crate::protocol::auth_request;
use crate::protocol::authorization::{ChannelAuth, UserAuth};
use crate::protocol::channel::ChannelName;
use crate::protocol::outgoing;
use crate::session::config::Authorizer;
use crate::session::event::{ChannelState, Event, EventKind, Sink};
use crate::session::log::{LogLevel, took};
use crate::session::time::Time;
use crate::session::{Action, HttpId, Session, earliest};

/// The number of an authorisation, as the application sees it.
pub type AuthId = u64;

/// What is to be authorised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Channels(Vec<ChannelName>),
    /// A subscribed encrypted channel needs its key anew.
    Key(ChannelName),
    User,
}

/// What the application says when it is asked.
#[derive(Debug)]
pub enum AuthAnswer {
    /// One channel of it; the only one where None.
    Channel {
        channel: Option<ChannelName>,
        answer: Result<ChannelAuth>,
    },
    User(Result<UserAuth>),
    /// Whatever was asked for.
    Refused(Error),
    /// Headers and parameters for a request to the endpoint.
    Prepared {
        headers: Vec<(String, String)>,
        params: Vec<(String, String)>,
    },
}

#[derive(Debug)]
pub(super) struct Pending {
    pub subject: Subject,
    /// When the endpoint or the application was asked.
    pub asked: Time,
    /// None while it waits for its first turn at the endpoint, which is nobody's delay but ours.
    pub deadline: Option<Time>,
    pub step: Step,
    /// Of the endpoint.
    pub tries: u32,
    /// The application has been asked for a fresh token.
    pub refreshed: bool,
    pub headers: Vec<(String, String)>,
    pub params: Vec<(String, String)>,
}

impl Pending {
    /// The endpoint has, before.
    fn has_been_asked(&self) -> bool {
        self.tries > 0 || self.refreshed
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The application has been asked, for the answer or for headers.
    Application,
    /// Waits for its turn at the endpoint.
    Queued,
    Http(HttpId),
    /// The endpoint has answered: there is nothing to be cancelled any more.
    Answered,
    RetryAt(Time),
}

#[derive(Debug, Default)]
pub(super) struct Authorizations {
    last_id: AuthId,
    pub pending: BTreeMap<AuthId, Pending>,
    /// Those that wait for their turn at the endpoint, oldest first.
    pub queue: VecDeque<AuthId>,
}

impl Authorizations {
    pub fn next_timeout(&self) -> Option<Time> {
        self.pending.values().fold(None, |next, pending| {
            let retry = match pending.step {
                Step::RetryAt(at) => Some(at),
                _ => None,
            };
            earliest(earliest(next, retry), pending.deadline)
        })
    }

    pub fn in_flight(&self) -> usize {
        self.pending.values().filter(|pending| matches!(pending.step, Step::Http(_))).count()
    }
}

impl Session {
    /// Subscribes to these channels on the present connection: those that can be signed here at
    /// once, the others when their authorisation is there.
    pub(super) fn ask(&mut self, now: Time, channels: Vec<ChannelName>, sink: &mut dyn Sink) {
        let mut to_authorize = Vec::new();
        for channel in channels {
            if !channel.kind().needs_auth() {
                self.send_subscribe(now, &channel, None, sink);
                continue;
            }
            if let Some(auth) = self.take_ready_auth(&channel) {
                self.permitted(now, &channel, auth, sink);
                continue;
            }
            match &self.config.authorizer {
                Authorizer::Secret { .. } => match self.sign(&channel) {
                    Ok(Some(auth)) => self.send_subscribe(now, &channel, Some(auth), sink),
                    // It waits for the sign-in.
                    Ok(None) => {}
                    Err(error) => self.refuse(&channel, &error, sink),
                },
                Authorizer::Endpoint(_) | Authorizer::Application { .. } => {
                    to_authorize.push(channel);
                }
                Authorizer::None => {
                    let text = format!(
                        "'{channel}' needs authorisation, and nothing is configured that could \
                         give it; set the secret, an authorisation endpoint, or ask to be asked"
                    );
                    self.refuse(&channel, &Error::new(Status::Auth, text), sink);
                }
            }
        }
        for channel in &to_authorize {
            self.set_pending(channel, sink);
        }
        if self.config.authorizer.takes_batches() && to_authorize.len() > 1 {
            for batch in to_authorize.chunks(auth_request::MAX_BATCH) {
                self.authorize(now, Subject::Channels(batch.to_vec()), sink);
            }
        } else {
            for channel in to_authorize {
                self.authorize(now, Subject::Channels(vec![channel]), sink);
            }
        }
    }

    /// Signs with the secret. None where a presence channel has to wait for the sign-in, which
    /// will say who its user is.
    fn sign(&self, channel: &ChannelName) -> Result<Option<ChannelAuth>> {
        let Authorizer::Secret { credentials, master_key } = &self.config.authorizer else {
            return Ok(None);
        };
        let Some(socket_id) = self.lifecycle.socket_id() else { return Ok(None) };
        let kind = channel.kind();
        let channel_data = match kind.is_presence() {
            true => self.channel_data(channel).map(str::to_owned),
            false => None,
        };
        if kind.is_presence() && channel_data.is_none() && !self.sign_in.is_signed_in() {
            if self.sign_in.is_under_way() {
                return Ok(None);
            }
            let text = format!(
                "'{channel}' is a presence channel and needs a user; set the presence user in the \
                 configuration, pass channel_data to subscribe, or sign in"
            );
            return Err(Error::new(Status::Auth, text));
        }
        let key = match (kind.is_encrypted(), master_key) {
            (false, _) => None,
            (true, Some(master)) => Some(master.channel_key(channel.as_str())),
            (true, None) => {
                let text = format!(
                    "'{channel}' is encrypted, and its key is made of the encryption master key; \
                     set that beside the secret"
                );
                return Err(Error::new(Status::Auth, text));
            }
        };
        let auth = credentials.channel_auth(socket_id, channel.as_str(), channel_data.as_deref());
        Ok(Some(ChannelAuth { auth, channel_data, key }))
    }

    /// The caller's own channel_data, or the configured user's.
    pub(super) fn channel_data(&self, channel: &ChannelName) -> Option<&str> {
        let own = self.subscriptions.get(channel).and_then(|s| s.channel_data.as_deref());
        own.or(self.config.channel_data.as_deref())
    }

    fn send_subscribe(
        &mut self,
        now: Time,
        channel: &ChannelName,
        auth: Option<ChannelAuth>,
        sink: &mut dyn Sink,
    ) {
        let due = now + self.config.subscribe_timeout;
        let Some(subscription) = self.subscriptions.expect_answer(channel, due) else { return };
        let frame = match auth {
            None => outgoing::subscribe(channel, None, None),
            Some(ChannelAuth { auth, channel_data, key }) => {
                let data = channel_data.as_deref();
                let frame = outgoing::subscribe(channel, Some(&auth), data);
                subscription.subscribed_as(channel_data, key);
                frame
            }
        };
        subscription.tell(sink);
        self.send(frame);
    }

    /// Begins an authorisation that somebody else gives.
    pub(super) fn authorize(&mut self, now: Time, subject: Subject, sink: &mut dyn Sink) {
        self.authorizations.last_id += 1;
        let id = self.authorizations.last_id;
        let (step, deadline) = match &self.config.authorizer {
            Authorizer::Endpoint(endpoint) if !endpoint.ask_for_headers => (Step::Queued, None),
            Authorizer::Endpoint(endpoint) => {
                (Step::Application, Some(now + endpoint.total_timeout()))
            }
            _ => (Step::Application, Some(now + self.config.auth_timeout)),
        };
        let pending = Pending {
            subject,
            asked: now,
            deadline,
            step,
            tries: 0,
            refreshed: false,
            headers: Vec::new(),
            params: Vec::new(),
        };
        let asks = pending.step == Step::Application;
        self.authorizations.pending.insert(id, pending);
        if asks {
            self.ask_application(id, sink);
        } else {
            self.authorizations.queue.push_back(id);
            self.send_auth_requests(now, sink);
        }
    }

    /// Tells the application that an answer, or headers for the endpoint, are wanted of it.
    pub(super) fn ask_application(&mut self, id: AuthId, sink: &mut dyn Sink) {
        let Some(pending) = self.authorizations.pending.get(&id) else { return };
        let prepare = matches!(self.config.authorizer, Authorizer::Endpoint(_));
        let kind = match (&pending.subject, prepare) {
            (_, true) => EventKind::PrepareAuthorization,
            (Subject::User, false) => EventKind::AuthorizeUser,
            (_, false) => EventKind::Authorize,
        };
        let name = match kind {
            EventKind::PrepareAuthorization => "pusher:prepare_authorization",
            EventKind::AuthorizeUser => "pusher:authorize_user",
            _ => "pusher:authorize",
        };
        let event =
            Event { request: id, socket_id: self.lifecycle.socket_id(), ..Event::new(kind, name) };
        let refresh = i64::from(pending.refreshed);
        match &pending.subject {
            Subject::User => sink.event(&Event { value: refresh, ..event }),
            Subject::Key(channel) => sink.event(&Event { value: refresh, ..event }.on(channel)),
            Subject::Channels(channels) if channels.len() == 1 => {
                sink.event(&Event { value: refresh, ..event }.on(&channels[0]));
            }
            Subject::Channels(channels) => {
                let names: Vec<&str> = channels.iter().map(ChannelName::as_str).collect();
                sink.event(&Event { value: refresh, ..event }.with_text(&names.join("\n")));
            }
        }
    }

    /// The application's answer. One that comes too late, or for an old connection, is dropped.
    pub(super) fn handle_auth_answer(
        &mut self,
        now: Time,
        id: AuthId,
        answer: AuthAnswer,
        sink: &mut dyn Sink,
    ) {
        let Some(pending) = self.authorizations.pending.get(&id) else { return };
        if pending.step != Step::Application {
            return;
        }
        let after = took(now.since(pending.asked));
        self.note(LogLevel::Debug, |_| {
            format!("authorization {id}: the program has answered after {after}")
        });
        let Some(pending) = self.authorizations.pending.get_mut(&id) else { return };
        let prepares = matches!(self.config.authorizer, Authorizer::Endpoint(_));
        match answer {
            AuthAnswer::Refused(error) => self.authorization_failed(now, id, &error, sink),
            AuthAnswer::Prepared { headers, params } if prepares => {
                pending.headers = headers;
                pending.params = params;
                pending.step = Step::Queued;
                if !pending.has_been_asked() {
                    pending.deadline = None;
                }
                self.authorizations.queue.push_back(id);
                self.send_auth_requests(now, sink);
            }
            AuthAnswer::Channel { channel, answer } if !prepares => {
                let Some(channel) = answered(&mut pending.subject, channel) else { return };
                let subject = match &pending.subject {
                    Subject::Key(_) => Subject::Key(channel.clone()),
                    _ => Subject::Channels(vec![channel.clone()]),
                };
                let done = match &pending.subject {
                    Subject::Channels(left) => left.is_empty(),
                    _ => true,
                };
                if done {
                    self.authorizations.pending.remove(&id);
                }
                self.channel_authorized(now, &subject, &channel, answer, sink);
            }
            AuthAnswer::User(answer) if !prepares && pending.subject == Subject::User => {
                self.authorizations.pending.remove(&id);
                self.user_authorized(now, answer, sink);
            }
            _ => {}
        }
    }

    pub(super) fn authorization_failed(
        &mut self,
        now: Time,
        id: AuthId,
        error: &Error,
        sink: &mut dyn Sink,
    ) {
        let Some(Pending { subject, step, .. }) = self.authorizations.pending.remove(&id) else {
            return;
        };
        if let Step::Http(http) = step {
            self.actions.push_back(Action::CancelHttp { id: http });
        }
        match &subject {
            Subject::User => self.user_authorized(now, Err(error.clone()), sink),
            Subject::Key(channel) => {
                self.channel_authorized(now, &subject, channel, Err(error.clone()), sink);
            }
            Subject::Channels(channels) => {
                for channel in channels {
                    self.channel_authorized(now, &subject, channel, Err(error.clone()), sink);
                }
            }
        }
    }

    pub(super) fn channel_authorized(
        &mut self,
        now: Time,
        subject: &Subject,
        channel: &ChannelName,
        answer: Result<ChannelAuth>,
        sink: &mut dyn Sink,
    ) {
        if let Subject::Key(_) = subject {
            let answer = answer.and_then(|auth| self.check_auth(channel, auth));
            let key = answer.map(|auth| auth.key).map_err(|error| not_authorised(channel, &error));
            return self.key_fetched(now, channel, key, sink);
        }
        // Withdrawn meanwhile, or asked for anew by another number.
        if !self.subscriptions.is_authorizing(channel) {
            return;
        }
        match answer {
            Ok(auth) => self.permitted(now, channel, auth, sink),
            Err(error) => self.refuse(channel, &not_authorised(channel, &error), sink),
        }
    }

    /// Subscribes with a permission; or keeps it where it relies on a sign-in that has not ended yet.
    fn permitted(
        &mut self,
        now: Time,
        channel: &ChannelName,
        auth: ChannelAuth,
        sink: &mut dyn Sink,
    ) {
        if self.lacks_user(channel, &auth) && self.sign_in.is_under_way() {
            return self.subscriptions.keep_auth(channel, auth, sink);
        }
        match self.check_auth(channel, auth) {
            Ok(auth) => self.send_subscribe(now, channel, Some(auth), sink),
            Err(error) => self.refuse(channel, &not_authorised(channel, &error), sink),
        }
    }

    /// A presence channel, and neither the permission nor a sign-in says whose.
    fn lacks_user(&self, channel: &ChannelName, auth: &ChannelAuth) -> bool {
        channel.kind().is_presence() && auth.channel_data.is_none() && !self.sign_in.is_signed_in()
    }

    /// What a server would refuse without saying why is found out here.
    fn check_auth(&self, channel: &ChannelName, mut auth: ChannelAuth) -> Result<ChannelAuth> {
        let kind = channel.kind();
        if kind.is_encrypted() && auth.key.is_none() {
            let text = "the permission has no shared_secret, which an encrypted channel needs";
            return Err(Error::new(Status::Auth, text));
        }
        if self.lacks_user(channel, &auth) {
            let text = "the permission has no channel_data, which a presence channel needs unless the \
                        user has signed in";
            return Err(Error::new(Status::Auth, text));
        }
        if !kind.is_presence() {
            auth.channel_data = None;
        }
        Ok(auth)
    }

    pub(super) fn authorization_timeouts(&mut self, now: Time, sink: &mut dyn Sink) {
        let overdue: Vec<AuthId> = self
            .authorizations
            .pending
            .iter()
            .filter(|(_, pending)| pending.deadline.is_some_and(|deadline| deadline <= now))
            .map(|(id, _)| *id)
            .collect();
        for id in overdue {
            let error = Error::new(Status::Timeout, "no authorisation came in time");
            self.authorization_failed(now, id, &error, sink);
        }
        let mut again = Vec::new();
        for (id, pending) in &mut self.authorizations.pending {
            if matches!(pending.step, Step::RetryAt(at) if at <= now) {
                pending.step = Step::Queued;
                again.push(*id);
            }
        }
        self.authorizations.queue.extend(again);
        self.send_auth_requests(now, sink);
    }

    /// The connection is gone, and with it the socket id that was to be authorised.
    pub(super) fn forget_authorizations(&mut self) {
        self.authorizations.queue.clear();
        for pending in std::mem::take(&mut self.authorizations.pending).into_values() {
            if let Step::Http(id) = pending.step {
                self.actions.push_back(Action::CancelHttp { id });
            }
        }
    }

    /// A channel is not wanted any more: nothing needs to be fetched for it alone.
    pub(super) fn forget_authorization(&mut self, channel: &ChannelName) {
        let mut cancelled = Vec::new();
        self.authorizations.pending.retain(|_, pending| {
            let keep = match &mut pending.subject {
                Subject::User => true,
                Subject::Key(of) => of != channel,
                Subject::Channels(channels) if channels.len() == 1 => channels[0] != *channel,
                // The others of a batch still need their answer.
                Subject::Channels(_) => true,
            };
            if let (false, Step::Http(id)) = (keep, &pending.step) {
                cancelled.push(*id);
            }
            keep
        });
        self.actions.extend(cancelled.into_iter().map(|id| Action::CancelHttp { id }));
    }

    fn set_pending(&mut self, channel: &ChannelName, sink: &mut dyn Sink) {
        if let Some(subscription) = self.subscriptions.get_mut(channel.as_str()) {
            subscription.state = ChannelState::Pending;
            subscription.authorizing = true;
            subscription.tell(sink);
        }
    }
}

fn not_authorised(channel: &ChannelName, error: &Error) -> Error {
    let text = format!("'{channel}' was not authorised: {}", error.message());
    Error::new(error.status(), text).with_code(error.code())
}

/// Which of the subject's channels an answer is for, taking it out of a batch.
fn answered(subject: &mut Subject, channel: Option<ChannelName>) -> Option<ChannelName> {
    match (subject, channel) {
        (Subject::User, _) => None,
        (Subject::Key(only), None) => Some(only.clone()),
        (Subject::Key(only), Some(channel)) => (*only == channel).then_some(channel),
        (Subject::Channels(channels), None) => match channels.len() {
            1 => channels.pop(),
            _ => None,
        },
        (Subject::Channels(channels), Some(channel)) => {
            let place = channels.iter().position(|of| *of == channel)?;
            Some(channels.swap_remove(place))
        }
    }
}
