//! Which channels are wanted, and how far each of them is.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Status};
use crate::protocol::authorization::ChannelAuth;
use crate::protocol::channel::ChannelName;
use crate::protocol::encrypted::ChannelKey;
use crate::protocol::envelope::Envelope;
use crate::protocol::incoming::{self, SubscriptionError};
use crate::protocol::outgoing;
use crate::protocol::presence::{self, Members};
use crate::session::counters::ChannelCounters;
use crate::session::deadlines::Deadlines;
use crate::session::encryption::Encryption;
use crate::session::event::{ChannelState, Event, EventKind, Sink, View};
use crate::session::gap::Loss;
use crate::session::members::{tell_joined, too_many};
use crate::session::time::Time;
use crate::session::{RequestId, Session, earliest};

/// "The connection is not authorised": how some servers refuse a subscription, without saying which.
const NOT_AUTHORISED: i32 = 4009;

/// Others that may be about a subscription, or about a client event: a frame that the server does not
/// understand, bad channel_data, and, from some, no code at all.
const UNNAMED_REFUSALS: [i32; 3] = [0, 4000, 4300];

/// Requests for one channel; more than this are the application's mistake.
const MAX_WAITING: usize = 1000;

#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) name: ChannelName,
    /// The caller's own presence data; without it, the configured user's.
    pub(super) channel_data: Option<String>,
    pub(super) state: ChannelState,
    /// Pending, and the server has not been asked yet: the authorisation is under way.
    pub(super) authorizing: bool,
    /// The presence user that the server was told.
    told: Option<String>,
    /// Good for the present connection only.
    ready_auth: Option<ChannelAuth>,
    /// An encrypted channel's key, and the events that wait while it is fetched anew.
    pub(super) encryption: Encryption,
    /// Requests that are done when the server has answered.
    pub(super) waiting: Vec<RequestId>,
    /// Since when events are missing.
    pub(super) gap: Option<Arc<Loss>>,
    /// Kept over a reconnect, so that what changed meanwhile can be told.
    pub(super) members: Option<Arc<Members>>,
    /// Members who were there before a reconnect and are not now. They are given some time to come
    /// back themselves before their leaving is told.
    pub(super) missing: Members,
    /// When they count as gone; set while the channel is in the queue for that.
    pub(super) gone_at: Option<Time>,
    /// Refusals that will come for a subscription that was withdrawn before it was answered.
    stale_refusals: u32,
    /// The server has been asked on the present connection; if only by silence, it may still
    /// answer a subscription that counts as refused.
    asked: bool,
    /// Tells the answer's deadline from those of earlier tries.
    attempt: u64,
    /// Channels are subscribed again in the order in which they were wanted.
    pub(super) order: u64,
    pub(super) counters: Arc<ChannelCounters>,
}

#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    /// Boxed, since a table has room for several from the start.
    pub(super) wanted: HashMap<ChannelName, Box<Subscription>>,
    /// One of those whose events pass as they come: that of the last such event, since the next is
    /// often of the same, and comparing costs less than hashing.
    last: Option<(ChannelName, Arc<ChannelCounters>)>,
    /// Withdrawn before an answer, and not wanted since: channel -> answers still under way.
    withdrawn: HashMap<ChannelName, u32>,
    pub(super) deadlines: Deadlines<(ChannelName, u64)>,
    /// When those who are missing after a reconnect count as gone.
    pub(super) grace: Deadlines<ChannelName>,
    /// Counts both attempts and orders.
    counter: u64,
}

impl Subscriptions {
    pub fn get(&self, channel: &ChannelName) -> Option<&Subscription> {
        self.wanted.get(channel).map(AsRef::as_ref)
    }

    pub fn get_mut(&mut self, channel: &str) -> Option<&mut Subscription> {
        self.wanted.get_mut(channel).map(AsMut::as_mut)
    }

    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Subscription> {
        self.wanted.values_mut().map(AsMut::as_mut)
    }

    pub fn is_authorizing(&self, channel: &ChannelName) -> bool {
        self.wanted.get(channel).is_some_and(|subscription| subscription.authorizing)
    }

    /// The server is being asked; its answer is due.
    pub fn expect_answer(&mut self, channel: &ChannelName, due: Time) -> Option<&mut Subscription> {
        let attempt = self.count();
        let subscription = self.wanted.get_mut(channel)?;
        subscription.attempt = attempt;
        subscription.asked = true;
        subscription.authorizing = false;
        subscription.state = ChannelState::Pending;
        self.deadlines.push(due, (channel.clone(), attempt));
        Some(subscription)
    }

    /// A permission that is good as soon as the sign-in has ended.
    pub fn keep_auth(&mut self, channel: &ChannelName, auth: ChannelAuth, sink: &mut dyn Sink) {
        let Some(subscription) = self.get_mut(channel.as_str()) else { return };
        subscription.ready_auth = Some(auth);
        subscription.authorizing = false;
        subscription.state = ChannelState::Waiting;
        subscription.tell(sink);
    }

    /// The names of those for which something holds, in the order in which they were wanted.
    fn names(&self, wanted: impl Fn(&Subscription) -> bool) -> Vec<ChannelName> {
        let mut all: Vec<_> = self.wanted.values().filter(|s| wanted(s)).collect();
        all.sort_unstable_by_key(|subscription| subscription.order);
        all.into_iter().map(|subscription| subscription.name.clone()).collect()
    }

    pub fn contains(&self, channel: &str) -> bool {
        self.wanted.contains_key(channel)
    }

    /// Where a channel's events are counted, if they go to the application as they come: it is wanted,
    /// and not encrypted.
    #[inline]
    pub fn passing(&mut self, channel: &str) -> Option<&ChannelCounters> {
        if self.last.as_ref().is_none_or(|(last, _)| last.as_str() != channel) {
            let found = self.wanted.get(channel);
            let found = found.filter(|found| !found.name.kind().is_encrypted())?;
            self.last = Some((found.name.clone(), Arc::clone(&found.counters)));
        }
        self.last.as_ref().map(|(_, counters)| &**counters)
    }

    fn remove(&mut self, channel: &ChannelName) -> Option<Subscription> {
        self.last = None;
        self.wanted.remove(channel).map(|subscription| *subscription)
    }

    pub fn state(&self, channel: &str) -> Option<ChannelState> {
        self.wanted.get(channel).map(|subscription| subscription.state)
    }

    pub fn next_timeout(&self) -> Option<Time> {
        earliest(self.deadlines.next(), self.grace.next())
    }

    fn count(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }
}

impl Subscription {
    /// What the server is told with the subscription.
    pub fn subscribed_as(&mut self, channel_data: Option<String>, key: Option<ChannelKey>) {
        self.told = channel_data;
        if key.is_some() {
            self.encryption.key = key;
        }
    }

    /// The server, about the present try.
    fn has_been_asked(&self) -> bool {
        !self.authorizing && self.state != ChannelState::Waiting
    }

    pub fn tell(&self, sink: &mut dyn Sink) {
        sink.view(View::Channel { name: &self.name, state: self.state, counters: &self.counters });
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
        ready_auth: Option<ChannelAuth>,
        sink: &mut dyn Sink,
    ) {
        let ready_auth = ready_auth.filter(|_| self.is_connected());
        if let Some(subscription) = self.subscriptions.wanted.get_mut(&channel) {
            match subscription.state {
                ChannelState::Subscribed => {
                    return sink.event(&Event::completed(request, Ok(0)).on(&channel));
                }
                ChannelState::Pending | ChannelState::Waiting => {
                    if subscription.waiting.len() >= MAX_WAITING {
                        let text = format!("{MAX_WAITING} requests wait for '{channel}' already");
                        let error = Error::new(Status::QueueFull, text);
                        return sink.event(&Event::completed(request, Err(&error)).on(&channel));
                    }
                    if subscription.state == ChannelState::Waiting && channel_data.is_some() {
                        subscription.channel_data = channel_data;
                    }
                    return subscription.waiting.push(request);
                }
                ChannelState::Refused => {
                    subscription.waiting.push(request);
                    subscription.state = ChannelState::Waiting;
                    subscription.channel_data = channel_data.or(subscription.channel_data.take());
                    subscription.ready_auth = ready_auth;
                    subscription.tell(sink);
                }
            }
        } else {
            let order = self.subscriptions.count();
            let stale_refusals = self.subscriptions.withdrawn.remove(&channel).unwrap_or(0);
            let subscription = Subscription {
                name: channel.clone(),
                channel_data,
                state: ChannelState::Waiting,
                authorizing: false,
                told: None,
                ready_auth,
                encryption: Encryption::default(),
                waiting: vec![request],
                gap: None,
                members: None,
                missing: Members::default(),
                gone_at: None,
                stale_refusals,
                asked: false,
                attempt: 0,
                order,
                counters: Arc::default(),
            };
            subscription.tell(sink);
            self.subscriptions.wanted.insert(channel.clone(), Box::new(subscription));
        }
        if self.is_connected() {
            self.ask(now, vec![channel], sink);
        }
    }

    /// The ready-made permission of a channel, which is good for one try.
    pub(super) fn take_ready_auth(&mut self, channel: &ChannelName) -> Option<ChannelAuth> {
        self.subscriptions.wanted.get_mut(channel)?.ready_auth.take()
    }

    pub(super) fn unsubscribe_all(&mut self, now: Time, request: RequestId, sink: &mut dyn Sink) {
        for channel in self.subscriptions.names(|_| true) {
            self.withdraw(&channel, sink);
        }
        self.send_auth_requests(now, sink);
        sink.event(&Event::completed(request, Ok(0)));
    }

    pub(super) fn unsubscribe(
        &mut self,
        now: Time,
        request: RequestId,
        channel: &ChannelName,
        sink: &mut dyn Sink,
    ) {
        if self.withdraw(channel, sink) {
            // Its own request to the endpoint has made room for another.
            self.send_auth_requests(now, sink);
            return sink.event(&Event::completed(request, Ok(0)).on(channel));
        }
        let text = format!("'{channel}' is not subscribed");
        let error = Error::new(Status::NotSubscribed, text);
        sink.event(&Event::completed(request, Err(&error)).on(channel));
    }

    /// False where the channel was not wanted.
    fn withdraw(&mut self, channel: &ChannelName, sink: &mut dyn Sink) -> bool {
        let Some(mut subscription) = self.subscriptions.remove(channel) else {
            return false;
        };
        match subscription.state {
            ChannelState::Refused if !subscription.asked => {}
            ChannelState::Pending if subscription.authorizing => {}
            ChannelState::Waiting => {}
            ChannelState::Subscribed | ChannelState::Refused => {
                self.send(outgoing::unsubscribe(channel));
            }
            ChannelState::Pending => {
                let under_way = subscription.stale_refusals + 1;
                self.subscriptions.withdrawn.insert(channel.clone(), under_way);
                self.send(outgoing::unsubscribe(channel));
            }
        }
        self.forget_authorization(channel);
        sink.view(View::ChannelGone { name: channel });
        let text = format!("'{channel}' was unsubscribed before the server had answered");
        let error = Error::new(Status::Cancelled, text);
        subscription.complete(Err(&error), sink);
        self.fail_kept(channel, &error, sink);
        true
    }

    /// A new connection: everything wanted is authorised and subscribed anew, in one flight.
    pub(super) fn subscribe_all(&mut self, now: Time, sink: &mut dyn Sink) {
        let names = self.subscriptions.names(|subscription| {
            subscription.state == ChannelState::Waiting && !subscription.authorizing
        });
        self.ask(now, names, sink);
    }

    /// The subscription ends in an error; the channel stays wanted for the next connection.
    pub(super) fn refuse(&mut self, channel: &ChannelName, error: &Error, sink: &mut dyn Sink) {
        let Some(subscription) = self.subscriptions.wanted.get_mut(channel) else { return };
        subscription.state = ChannelState::Refused;
        subscription.authorizing = false;
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
    pub(super) fn subscription_succeeded(
        &mut self,
        now: Time,
        envelope: &Envelope<'_>,
        sink: &mut dyn Sink,
    ) {
        let name = envelope.channel.as_deref().unwrap_or_default();
        self.subscriptions.withdrawn.remove(name);
        // Withdrawn while the answer was under way: the server has been told, too.
        let Some(subscription) = self.subscriptions.wanted.get_mut(name) else { return };
        // The answer to a try before this one, for which the server has not been asked yet.
        if !subscription.has_been_asked() {
            subscription.stale_refusals = subscription.stale_refusals.saturating_sub(1);
            return;
        }
        let mut before = None;
        if subscription.name.kind().is_presence() {
            let told = subscription.told.as_deref().and_then(|data| presence::user_id(data).ok());
            let me = told.or_else(|| self.sign_in.user_id().map(str::to_owned));
            let list = Members::parse(&envelope.data, me);
            if let Err(error) = &list {
                sink.event(&Event::error(error).on(&subscription.name));
                // Subscribed already: what is known stays as it is.
                if subscription.state == ChannelState::Subscribed {
                    return;
                }
            }
            before = subscription.known_members();
            let mut members = list.unwrap_or_else(|_| before.clone().unwrap_or_default());
            // Some servers tell the list as it was before this subscription.
            let own = subscription.told.as_deref().and_then(presence::own_member);
            if let Some(own) = own.filter(|own| !members.contains(&own.id)) {
                members.add(own);
            }
            if !members.is_complete() {
                sink.event(&Event::error(&too_many()).on(&subscription.name));
            }
            let members = Arc::new(members);
            subscription.members = Some(Arc::clone(&members));
            sink.view(View::Members { name: &subscription.name, members });
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
        let gap = subscription.gap.take();
        if let (Some(before), Some(after)) = (before, subscription.members.clone()) {
            let missing = tell_joined(&channel, before, &after, sink);
            if !missing.is_empty() {
                subscription.missing = missing;
                let due = now + self.config.presence_grace;
                // Where a server sends lists without end, still only once in the queue.
                if subscription.gone_at.replace(due).is_none() {
                    self.subscriptions.grace.push(due, channel.clone());
                }
                self.tell_left(now, sink);
            }
        }
        if let Some(loss) = gap {
            self.tell_gap(&channel, &loss, sink);
        }
        let Some(subscription) = self.subscriptions.wanted.get_mut(&channel) else { return };
        subscription.complete(Ok(0), sink);
        self.send_kept(now, sink);
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
        // That of a try before this one, which had been given up already.
        if !subscription.has_been_asked() {
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

    /// Some servers refuse a subscription with nothing but an error, which names no channel.
    /// Where only one subscription is waiting for an answer, it is the one. True where there was.
    pub(super) fn attribute_refusal(
        &mut self,
        now: Time,
        error: &Error,
        sink: &mut dyn Sink,
    ) -> bool {
        let may_be = match error.code() {
            NOT_AUTHORISED => true,
            code if UNNAMED_REFUSALS.contains(&code) => !self.outbox.has_sent_lately(now),
            _ => false,
        };
        // It may as well be the answer to a subscription that was withdrawn.
        if !may_be || !self.subscriptions.withdrawn.is_empty() {
            return false;
        }
        let mut pending = self.subscriptions.wanted.values().filter(|subscription| {
            subscription.state == ChannelState::Pending
                && !subscription.authorizing
                && subscription.stale_refusals == 0
                && subscription.name.kind().needs_auth()
        });
        let (Some(subscription), None) = (pending.next(), pending.next()) else { return false };
        let channel = subscription.name.clone();
        let text =
            format!("the server refused the subscription of '{channel}': {}", error.message());
        let status = if error.code() == NOT_AUTHORISED { Status::Auth } else { Status::Refused };
        self.refuse(&channel, &Error::new(status, text).with_code(error.code()), sink);
        true
    }

    /// Servers that refuse without naming the channel would be waited for without end.
    pub(super) fn subscription_timeouts(&mut self, now: Time, sink: &mut dyn Sink) {
        self.tell_left(now, sink);
        while let Some((channel, attempt)) = self.subscriptions.deadlines.pop_due(now) {
            let overdue = self.subscriptions.wanted.get(&channel).is_some_and(|subscription| {
                subscription.attempt == attempt && subscription.state == ChannelState::Pending
            });
            if !self.subscriptions.contains(channel.as_str()) {
                // Withdrawn, and no answer is to be expected any more.
                self.subscriptions.withdrawn.remove(&channel);
            }
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
        self.subscriptions.grace.clear();
        self.subscriptions.withdrawn.clear();
        for subscription in self.subscriptions.wanted.values_mut() {
            subscription.stale_refusals = 0;
            subscription.gone_at = None;
            subscription.asked = false;
            subscription.authorizing = false;
            subscription.ready_auth = None;
            if subscription.state == ChannelState::Subscribed && subscription.gap.is_none() {
                subscription.gap.clone_from(&self.lifecycle.loss);
            }
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
