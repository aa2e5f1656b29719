//! Client events: sent at once where they may be, kept where their channel or the limit on their
//! rate makes them wait.

use std::collections::VecDeque;
use std::time::Duration;

use crate::error::{Error, Status};
use crate::protocol::channel::ChannelName;
use crate::protocol::client_event::ClientEvent;
use crate::session::config::{OverLimit, SessionConfig};
use crate::session::event::{ChannelState, Event, Sink};
use crate::session::rate_limit::RateLimit;
use crate::session::time::Time;
use crate::session::{RequestId, Session, earliest};

/// What waits must not fill the memory, however few events it is.
const MAX_KEPT_BYTES: usize = 16 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Kept {
    pub due: Time,
    pub request: RequestId,
    pub event: ClientEvent,
}

/// Client events that wait, oldest first.
#[derive(Debug)]
pub(super) struct Outbox {
    pub(super) kept: VecDeque<Kept>,
    limit: usize,
    ttl: Duration,
    rate: RateLimit,
    over_limit: OverLimit,
    /// The rate limit is all that something waits for.
    throttled: bool,
    /// The last event that was sent, and whether another was shortly before it: the server may
    /// still have something to say about it.
    last_sent: Option<Sent>,
}

#[derive(Debug)]
struct Sent {
    at: Time,
    request: RequestId,
    channel: ChannelName,
    alone: bool,
}

/// A server's complaint about a client event names neither the event nor its channel. It is about
/// the one that was sent within this time, if there was only one.
const COMPLAINT: Duration = Duration::from_secs(2);

impl Outbox {
    pub fn new(config: &SessionConfig) -> Outbox {
        Outbox {
            kept: VecDeque::new(),
            limit: config.publish_queue,
            ttl: config.publish_ttl,
            rate: RateLimit::new(config.publish_rate),
            over_limit: config.over_limit,
            throttled: false,
            last_sent: None,
        }
    }

    fn sent(&mut self, now: Time, request: RequestId, channel: &ChannelName) {
        let alone = !self.has_sent_lately(now);
        self.last_sent = Some(Sent { at: now, request, channel: channel.clone(), alone });
    }

    /// The request and the channel that a complaint of the server is about, where it can be told.
    pub fn complained_about(&self, now: Time) -> Option<(RequestId, &ChannelName)> {
        let sent = self.last_sent.as_ref()?;
        let told = sent.alone && now.since(sent.at) <= COMPLAINT;
        told.then_some((sent.request, &sent.channel))
    }

    /// The server may still have something to say about a client event.
    pub fn has_sent_lately(&self, now: Time) -> bool {
        self.last_sent.as_ref().is_some_and(|sent| now.since(sent.at) <= COMPLAINT)
    }

    pub fn next_timeout(&self) -> Option<Time> {
        let turn = self.throttled.then(|| self.rate.next_turn());
        earliest(turn, self.kept.front().map(|kept| kept.due))
    }
}

impl Session {
    pub(super) fn publish(
        &mut self,
        now: Time,
        request: RequestId,
        event: ClientEvent,
        sink: &mut dyn Sink,
    ) {
        let refused = match self.subscriptions.state(event.channel.as_str()) {
            Some(ChannelState::Subscribed) if self.may_send_now(&event) => {
                if self.outbox.rate.take(now) {
                    self.outbox.sent(now, request, &event.channel);
                    self.send(event.frame);
                    return sink.event(&Event::completed(request, Ok(0)).on(&event.channel));
                }
                if self.outbox.over_limit != OverLimit::Refuse {
                    return self.keep_for_its_turn(now, request, event, sink);
                }
                let text = "more client events in a second than the limit allows";
                Error::new(Status::RateLimited, text)
            }
            Some(ChannelState::Subscribed) => {
                return self.keep_for_its_turn(now, request, event, sink);
            }
            Some(ChannelState::Waiting | ChannelState::Pending) => {
                return self.keep(now, request, event, sink);
            }
            Some(ChannelState::Refused) | None => {
                let text = format!(
                    "'{}' is not subscribed; a client event needs a subscription of its channel",
                    event.channel
                );
                Error::new(Status::NotSubscribed, text)
            }
        };
        sink.event(&Event::completed(request, Err(&refused)).on(&event.channel));
    }

    /// Nothing on its channel was there before it.
    fn may_send_now(&self, event: &ClientEvent) -> bool {
        !self.outbox.throttled
            && self.outbox.kept.iter().all(|kept| kept.event.channel != event.channel)
    }

    fn keep_for_its_turn(
        &mut self,
        now: Time,
        request: RequestId,
        event: ClientEvent,
        sink: &mut dyn Sink,
    ) {
        self.keep(now, request, event, sink);
        self.outbox.throttled = !self.outbox.kept.is_empty();
    }

    fn keep(&mut self, now: Time, request: RequestId, event: ClientEvent, sink: &mut dyn Sink) {
        if self.outbox.over_limit == OverLimit::KeepLatest {
            let same =
                |kept: &Kept| kept.event.channel == event.channel && kept.event.name == event.name;
            for kept in self.take_kept(same) {
                let error = Error::new(Status::Cancelled, "a later event took its place");
                sink.event(&Event::completed(kept.request, Err(&error)).on(&event.channel));
            }
        }
        if self.outbox.kept.len() >= self.outbox.limit {
            let text = format!("{} client events are waiting already", self.outbox.limit);
            let error = Error::new(Status::QueueFull, text);
            return sink.event(&Event::completed(request, Err(&error)).on(&event.channel));
        }
        let bytes: usize = self.outbox.kept.iter().map(|kept| kept.event.frame.len()).sum();
        if bytes + event.frame.len() > MAX_KEPT_BYTES {
            let text = format!("client events of {bytes} bytes are waiting already");
            let error = Error::new(Status::QueueFull, text);
            return sink.event(&Event::completed(request, Err(&error)).on(&event.channel));
        }
        let due = now + self.outbox.ttl;
        self.outbox.kept.push_back(Kept { due, request, event });
    }

    /// Sends what no longer has to wait, in order: a channel is subscribed, or it is somebody's turn.
    pub(super) fn send_kept(&mut self, now: Time, sink: &mut dyn Sink) {
        self.outbox.throttled = false;
        let mut place = 0;
        while let Some(kept) = self.outbox.kept.get(place) {
            let state = self.subscriptions.state(kept.event.channel.as_str());
            if state != Some(ChannelState::Subscribed) {
                place += 1;
                continue;
            }
            if !self.outbox.rate.take(now) {
                self.outbox.throttled = true;
                break;
            }
            if let Some(kept) = self.outbox.kept.remove(place) {
                self.outbox.sent(now, kept.request, &kept.event.channel);
                self.send(kept.event.frame);
                sink.event(&Event::completed(kept.request, Ok(0)).on(&kept.event.channel));
            }
        }
    }

    /// The channel will not be subscribed.
    pub(super) fn fail_kept(&mut self, channel: &ChannelName, error: &Error, sink: &mut dyn Sink) {
        for kept in self.take_kept(|kept| kept.event.channel == *channel) {
            sink.event(&Event::completed(kept.request, Err(error)).on(channel));
        }
    }

    pub(super) fn fail_publishes(&mut self, error: &Error, sink: &mut dyn Sink) {
        for kept in self.take_kept(|_| true) {
            sink.event(&Event::completed(kept.request, Err(error)).on(&kept.event.channel));
        }
    }

    pub(super) fn publish_timeouts(&mut self, now: Time, sink: &mut dyn Sink) {
        if self.outbox.throttled && self.outbox.rate.next_turn() <= now {
            self.send_kept(now, sink);
        }
        let text = "its channel, or the limit on client events, made this one wait too long";
        let error = Error::new(Status::Timeout, text);
        for kept in self.take_kept(|kept| kept.due <= now) {
            sink.event(&Event::completed(kept.request, Err(&error)).on(&kept.event.channel));
        }
    }

    /// The connection is gone: nothing waits for the rate alone.
    pub(super) fn publishing_interrupted(&mut self) {
        self.outbox.throttled = false;
    }

    fn take_kept(&mut self, taken: impl Fn(&Kept) -> bool) -> Vec<Kept> {
        if self.outbox.kept.is_empty() {
            return Vec::new();
        }
        let (take, keep): (Vec<_>, Vec<_>) = self.outbox.kept.drain(..).partition(|k| taken(k));
        self.outbox.kept = keep.into();
        if self.outbox.kept.is_empty() {
            self.outbox.throttled = false;
        }
        take
    }
}
