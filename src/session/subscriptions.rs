//! Which channels are wanted, and how far each of them is.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Status};
use crate::protocol::channel::ChannelName;
use crate::protocol::envelope::Envelope;
use crate::protocol::incoming::{self, SubscriptionError};
use crate::protocol::outgoing;
use crate::protocol::presence::{self, Member, Members};
use crate::session::deadlines::Deadlines;
use crate::session::event::{ChannelState, Event, EventKind, Sink, View};
use crate::session::time::Time;
use crate::session::{RequestId, Session};

/// "The connection is not authorised": how some servers refuse a subscription, without saying which.
const NOT_AUTHORISED: i32 = 4009;

#[derive(Debug)]
struct Subscription {
    name: ChannelName,
    /// The caller's own presence data; without it, the configured user's.
    channel_data: Option<String>,
    state: ChannelState,
    /// Requests that are done when the server has answered.
    waiting: Vec<RequestId>,
    /// Kept over a reconnect, so that what changed meanwhile can be told.
    members: Option<Arc<Members>>,
    /// Refusals that will come for a subscription that was withdrawn before it was answered.
    stale_refusals: u32,
    /// The server has been asked on the present connection; if only by silence, it may still
    /// answer a subscription that counts as refused.
    asked: bool,
    /// Tells the answer's deadline from those of earlier tries.
    attempt: u64,
    /// Channels are subscribed again in the order in which they were wanted.
    order: u64,
}

#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    wanted: HashMap<ChannelName, Subscription>,
    /// Withdrawn before an answer, and not wanted since: channel -> answers still under way.
    withdrawn: HashMap<ChannelName, u32>,
    deadlines: Deadlines<(ChannelName, u64)>,
    /// Counts both attempts and orders.
    counter: u64,
}

impl Subscriptions {
    pub fn contains(&self, channel: &str) -> bool {
        self.wanted.contains_key(channel)
    }

    pub fn state(&self, channel: &str) -> Option<ChannelState> {
        self.wanted.get(channel).map(|subscription| subscription.state)
    }

    pub fn next_timeout(&self) -> Option<Time> {
        self.deadlines.next()
    }

    pub fn extend_deadlines(&mut self, earliest: Time) {
        self.deadlines.extend(earliest);
    }

    fn count(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }
}

impl Subscription {
    fn tell(&self, sink: &mut dyn Sink) {
        let members = self.members.clone();
        sink.view(View::Channel { name: &self.name, state: self.state, members });
    }

    fn complete(&mut self, result: Result<i64, &Error>, sink: &mut dyn Sink) {
        for request in std::mem::take(&mut self.waiting) {
            sink.event(&Event::completed(request, result).on(&self.name));
        }
    }
}

impl Session {
    pub(super) fn subscribe(
        &mut self,
        now: Time,
        request: RequestId,
        channel: ChannelName,
        channel_data: Option<String>,
        sink: &mut dyn Sink,
    ) {
        if let Some(subscription) = self.subscriptions.wanted.get_mut(&channel) {
            match subscription.state {
                ChannelState::Subscribed => {
                    return sink.event(&Event::completed(request, Ok(0)).on(&channel));
                }
                ChannelState::Pending | ChannelState::Waiting => {
                    return subscription.waiting.push(request);
                }
                ChannelState::Refused => {
                    subscription.waiting.push(request);
                    subscription.state = ChannelState::Waiting;
                    subscription.channel_data = channel_data.or(subscription.channel_data.take());
                }
            }
        } else {
            let order = self.subscriptions.count();
            let stale_refusals = self.subscriptions.withdrawn.remove(&channel).unwrap_or(0);
            let subscription = Subscription {
                name: channel.clone(),
                channel_data,
                state: ChannelState::Waiting,
                waiting: vec![request],
                members: None,
                stale_refusals,
                asked: false,
                attempt: 0,
                order,
            };
            subscription.tell(sink);
            self.subscriptions.wanted.insert(channel.clone(), subscription);
        }
        if self.is_connected() {
            self.ask(now, &channel, sink);
        }
    }

    pub(super) fn unsubscribe(
        &mut self,
        request: RequestId,
        channel: &ChannelName,
        sink: &mut dyn Sink,
    ) {
        let Some(mut subscription) = self.subscriptions.wanted.remove(channel) else {
            let text = format!("'{channel}' is not subscribed");
            let error = Error::new(Status::NotSubscribed, text);
            return sink.event(&Event::completed(request, Err(&error)).on(channel));
        };
        match subscription.state {
            ChannelState::Refused if !subscription.asked => {}
            ChannelState::Waiting => {}
            ChannelState::Subscribed | ChannelState::Refused => {
                self.send(outgoing::unsubscribe(channel))
            }
            ChannelState::Pending => {
                let under_way = subscription.stale_refusals + 1;
                self.subscriptions.withdrawn.insert(channel.clone(), under_way);
                self.send(outgoing::unsubscribe(channel));
            }
        }
        sink.view(View::ChannelGone { name: channel });
        let text = format!("'{channel}' was unsubscribed before the server had answered");
        let error = Error::new(Status::Cancelled, text);
        subscription.complete(Err(&error), sink);
        self.fail_kept(channel, &error, sink);
        sink.event(&Event::completed(request, Ok(0)).on(channel));
    }

    /// A new connection: everything wanted is authorised and subscribed anew, in one flight.
    pub(super) fn subscribe_all(&mut self, now: Time, sink: &mut dyn Sink) {
        let mut all: Vec<_> = self.subscriptions.wanted.values_mut().collect();
        all.sort_unstable_by_key(|subscription| subscription.order);
        let names: Vec<ChannelName> = all.into_iter().map(|wanted| wanted.name.clone()).collect();
        for name in names {
            self.ask(now, &name, sink);
        }
    }

    /// Asks the server for a channel, signed for the socket id of this very moment.
    fn ask(&mut self, now: Time, channel: &ChannelName, sink: &mut dyn Sink) {
        match self.subscribe_frame(channel) {
            Ok(frame) => {
                let attempt = self.subscriptions.count();
                let Some(subscription) = self.subscriptions.wanted.get_mut(channel) else { return };
                subscription.attempt = attempt;
                subscription.asked = true;
                subscription.state = ChannelState::Pending;
                subscription.tell(sink);
                let due = now + self.config.subscribe_timeout;
                self.subscriptions.deadlines.push(due, (channel.clone(), attempt));
                self.send(frame);
            }
            Err(error) => self.refuse(channel, &error, sink),
        }
    }

    fn subscribe_frame(&self, channel: &ChannelName) -> Result<String, Error> {
        let kind = channel.kind();
        if kind.is_encrypted() {
            return Err(Error::new(
                Status::Unsupported,
                format!("'{channel}': encrypted channels are not supported by this version"),
            ));
        }
        if !kind.needs_auth() {
            return Ok(outgoing::subscribe(channel, None, None));
        }
        let Some(credentials) = &self.config.credentials else {
            return Err(Error::new(
                Status::Auth,
                format!(
                    "'{channel}' needs authorisation, and nothing is configured that could give \
                     it; set the secret"
                ),
            ));
        };
        let Some(socket_id) = self.lifecycle.socket_id() else {
            return Err(Error::new(Status::NotConnected, "there is no connection"));
        };
        let channel_data = match kind.is_presence() {
            true => Some(self.channel_data(channel)?),
            false => None,
        };
        let auth = credentials.channel_auth(socket_id, channel.as_str(), channel_data);
        Ok(outgoing::subscribe(channel, Some(&auth), channel_data))
    }

    fn channel_data(&self, channel: &ChannelName) -> Result<&str, Error> {
        let own = self.subscriptions.wanted.get(channel).and_then(|s| s.channel_data.as_deref());
        own.or(self.config.channel_data.as_deref()).ok_or_else(|| {
            let text = format!(
                "'{channel}' is a presence channel and needs a user; set the presence user in the \
                 configuration, or pass channel_data to subscribe"
            );
            Error::new(Status::Auth, text)
        })
    }

    /// The subscription ends in an error; the channel stays wanted for the next connection.
    fn refuse(&mut self, channel: &ChannelName, error: &Error, sink: &mut dyn Sink) {
        let Some(subscription) = self.subscriptions.wanted.get_mut(channel) else { return };
        subscription.state = ChannelState::Refused;
        subscription.tell(sink);
        sink.event(
            &Event {
                kind: EventKind::SubscriptionError,
                name: "pusher:subscription_error",
                ..Event::error(error)
            }
            .on(channel),
        );
        subscription.complete(Err(error), sink);
        self.fail_kept(channel, error, sink);
    }

    /// `pusher_internal:subscription_succeeded`
    pub(super) fn subscription_succeeded(&mut self, envelope: &Envelope<'_>, sink: &mut dyn Sink) {
        let name = envelope.channel.as_deref().unwrap_or_default();
        self.subscriptions.withdrawn.remove(name);
        // Withdrawn while the answer was under way: the server has been told, too.
        let Some(subscription) = self.subscriptions.wanted.get_mut(name) else { return };
        let before = subscription.members.take();
        if subscription.name.kind().is_presence() {
            let own = subscription.channel_data.as_deref().or(self.config.channel_data.as_deref());
            let me = own.and_then(|data| presence::user_id(data).ok());
            let members = Members::parse(&envelope.data, me).unwrap_or_else(|error| {
                sink.event(&Event::error(&error).on(&subscription.name));
                Members::default()
            });
            subscription.members = Some(Arc::new(members));
        }
        subscription.state = ChannelState::Subscribed;
        subscription.stale_refusals = 0;
        subscription.tell(sink);
        let count = subscription.members.as_ref().map_or(0, |members| members.len());
        sink.event(&Event {
            name: "pusher:subscription_succeeded",
            value: i64::try_from(count).unwrap_or(i64::MAX),
            ..Event::frame(EventKind::Subscribed, envelope)
        });
        let channel = subscription.name.clone();
        if let (Some(before), Some(after)) = (before, subscription.members.clone()) {
            tell_difference(&channel, &before, &after, sink);
        }
        subscription.complete(Ok(0), sink);
        self.send_kept(&channel, sink);
    }

    /// `pusher:subscription_error`, `pusher_internal:subscription_error`
    pub(super) fn subscription_refused(&mut self, envelope: &Envelope<'_>, sink: &mut dyn Sink) {
        let name = envelope.channel.as_deref().unwrap_or_default();
        let Some(subscription) = self.subscriptions.wanted.get_mut(name) else {
            self.subscriptions.withdrawn.remove(name);
            return;
        };
        if subscription.stale_refusals > 0 {
            // The answer to an earlier try. If it was not, the deadline will tell.
            subscription.stale_refusals -= 1;
            return;
        }
        let channel = subscription.name.clone();
        let refusal = SubscriptionError::parse(&envelope.data);
        let said = match (refusal.kind.as_str(), refusal.message.as_str()) {
            ("", "") => "the server gave no reason".to_owned(),
            ("", text) | (text, "") => text.to_owned(),
            (kind, text) => format!("{kind}: {text}"),
        };
        let text = format!("the server refused the subscription of '{channel}': {said}");
        let status = if refusal.kind == "AuthError" { Status::Auth } else { Status::Refused };
        let error = Error::new(status, text).with_code(refusal.status);
        self.refuse(&channel, &error, sink);
    }

    /// Some servers refuse a subscription with nothing but an error 4009, which names no channel.
    /// Where only one subscription is waiting for an answer, it is the one.
    pub(super) fn attribute_refusal(&mut self, error: &Error, sink: &mut dyn Sink) {
        if error.code() != NOT_AUTHORISED {
            return;
        }
        let mut pending = self.subscriptions.wanted.values().filter(|subscription| {
            subscription.state == ChannelState::Pending && subscription.name.kind().needs_auth()
        });
        if let (Some(subscription), None) = (pending.next(), pending.next()) {
            let channel = subscription.name.clone();
            let text =
                format!("the server refused the subscription of '{channel}': {}", error.message());
            let error = Error::new(Status::Auth, text).with_code(error.code());
            self.refuse(&channel, &error, sink);
        }
    }

    /// Servers that refuse without naming the channel would be waited for without end.
    pub(super) fn subscription_timeouts(&mut self, now: Time, sink: &mut dyn Sink) {
        while let Some((channel, attempt)) = self.subscriptions.deadlines.pop_due(now) {
            let overdue = self.subscriptions.wanted.get(&channel).is_some_and(|subscription| {
                subscription.attempt == attempt && subscription.state == ChannelState::Pending
            });
            if overdue {
                let text = format!(
                    "the server did not answer the subscription of '{channel}' within {} s; some \
                     servers refuse in silence: check the secret and the user",
                    Duration::as_secs_f32(&self.config.subscribe_timeout)
                );
                self.refuse(&channel, &Error::new(Status::Timeout, text), sink);
            }
        }
    }

    /// The connection is gone: everything wanted has to be subscribed again.
    pub(super) fn unsubscribed_by_loss(&mut self, sink: &mut dyn Sink) {
        self.subscriptions.deadlines.clear();
        self.subscriptions.withdrawn.clear();
        for subscription in self.subscriptions.wanted.values_mut() {
            subscription.stale_refusals = 0;
            subscription.asked = false;
            if subscription.state != ChannelState::Waiting {
                subscription.state = ChannelState::Waiting;
                subscription.tell(sink);
            }
        }
    }

    /// Nobody will answer what is being waited for. The channels stay wanted.
    pub(super) fn cancel_subscriptions(&mut self, error: &Error, sink: &mut dyn Sink) {
        let mut all: Vec<_> = self.subscriptions.wanted.values_mut().collect();
        all.sort_unstable_by_key(|subscription| subscription.order);
        for subscription in all {
            subscription.complete(Err(error), sink);
        }
    }

    pub(super) fn member_added(&mut self, envelope: &Envelope<'_>, sink: &mut dyn Sink) {
        let Some((subscription, member)) = self.member_of(envelope, sink) else { return };
        let Some(members) = &mut subscription.members else { return };
        let (id, info) = (member.id.clone(), member.info.clone());
        let is_new = Arc::make_mut(members).add(member);
        let count = members.len();
        subscription.tell(sink);
        if is_new {
            let event = member_event(EventKind::MemberAdded, &id, info.as_deref(), count);
            sink.event(&event.on(&subscription.name));
        }
    }

    pub(super) fn member_removed(&mut self, envelope: &Envelope<'_>, sink: &mut dyn Sink) {
        let Some((subscription, member)) = self.member_of(envelope, sink) else { return };
        let Some(members) = &mut subscription.members else { return };
        if let Some(Member { id, info }) = Arc::make_mut(members).remove(&member.id) {
            let count = members.len();
            subscription.tell(sink);
            let event = member_event(EventKind::MemberRemoved, &id, info.as_deref(), count);
            sink.event(&event.on(&subscription.name));
        }
    }

    fn member_of(
        &mut self,
        envelope: &Envelope<'_>,
        sink: &mut dyn Sink,
    ) -> Option<(&mut Subscription, Member)> {
        let name = envelope.channel.as_deref().unwrap_or_default();
        let subscription = self.subscriptions.wanted.get_mut(name)?;
        match Member::parse(&envelope.data) {
            Ok(member) => Some((subscription, member)),
            Err(error) => {
                sink.event(&Event::error(&error).on(&subscription.name));
                None
            }
        }
    }

    pub(super) fn subscription_count(&mut self, envelope: &Envelope<'_>, sink: &mut dyn Sink) {
        let name = envelope.channel.as_deref().unwrap_or_default();
        let count = incoming::subscription_count(&envelope.data);
        if let (true, Some(count)) = (self.subscriptions.contains(name), count) {
            sink.event(&Event {
                name: "pusher:subscription_count",
                value: i64::try_from(count).unwrap_or(i64::MAX),
                ..Event::frame(EventKind::SubscriptionCount, envelope)
            });
        }
    }

    pub(super) fn cache_miss(&mut self, envelope: &Envelope<'_>, sink: &mut dyn Sink) {
        if self.subscriptions.contains(envelope.channel.as_deref().unwrap_or_default()) {
            sink.event(&Event::frame(EventKind::CacheMiss, envelope));
        }
    }
}

/// After a reconnect: who left and who joined meanwhile.
fn tell_difference(channel: &ChannelName, before: &Members, after: &Members, sink: &mut dyn Sink) {
    let count = after.len();
    for (id, info) in before.iter().filter(|(id, _)| !after.contains(id)) {
        sink.event(&member_event(EventKind::MemberRemoved, id, info, count).on(channel));
    }
    for (id, info) in after.iter().filter(|(id, _)| !before.contains(id)) {
        sink.event(&member_event(EventKind::MemberAdded, id, info, count).on(channel));
    }
}

fn member_event<'a>(
    kind: EventKind,
    id: &'a str,
    info: Option<&'a str>,
    count: usize,
) -> Event<'a> {
    let name = match kind {
        EventKind::MemberAdded => "pusher:member_added",
        _ => "pusher:member_removed",
    };
    let event = Event::new(kind, name);
    let event = match info {
        Some(json) => event.with_text(json),
        None => event,
    };
    Event { user_id: Some(id), value: i64::try_from(count).unwrap_or(i64::MAX), ..event }
}
