//! Client events: sent at once on a subscribed channel, kept for one that is about to be.

use std::collections::VecDeque;
use std::time::Duration;

use crate::error::{Error, Status};
use crate::protocol::channel::ChannelName;
use crate::protocol::client_event::ClientEvent;
use crate::session::config::SessionConfig;
use crate::session::event::{ChannelState, Event, Sink};
use crate::session::time::Time;
use crate::session::{RequestId, Session};

#[derive(Debug)]
struct Kept {
    due: Time,
    request: RequestId,
    event: ClientEvent,
}

/// Client events that wait for their channel's subscription, oldest first.
#[derive(Debug)]
pub(super) struct Outbox {
    kept: VecDeque<Kept>,
    limit: usize,
    ttl: Duration,
}

impl Outbox {
    pub fn new(config: &SessionConfig) -> Outbox {
        Outbox { kept: VecDeque::new(), limit: config.publish_queue, ttl: config.publish_ttl }
    }

    pub fn next_timeout(&self) -> Option<Time> {
        self.kept.front().map(|kept| kept.due)
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
        match self.subscriptions.state(event.channel.as_str()) {
            Some(ChannelState::Subscribed) => {
                self.send(event.frame);
                sink.event(&Event::completed(request, Ok(0)).on(&event.channel));
            }
            Some(ChannelState::Waiting | ChannelState::Pending) => {
                self.keep(now, request, event, sink);
            }
            Some(ChannelState::Refused) | None => {
                let error = Error::new(
                    Status::NotSubscribed,
                    format!(
                        "'{}' is not subscribed; a client event needs a subscription of its \
                         channel",
                        event.channel
                    ),
                );
                sink.event(&Event::completed(request, Err(&error)).on(&event.channel));
            }
        }
    }

    fn keep(&mut self, now: Time, request: RequestId, event: ClientEvent, sink: &mut dyn Sink) {
        if self.outbox.kept.len() >= self.outbox.limit {
            let text = format!("{} client events are waiting already", self.outbox.limit);
            let error = Error::new(Status::QueueFull, text);
            return sink.event(&Event::completed(request, Err(&error)).on(&event.channel));
        }
        let due = now + self.outbox.ttl;
        self.outbox.kept.push_back(Kept { due, request, event });
    }

    /// The channel is subscribed: what was kept for it goes out, in order.
    pub(super) fn send_kept(&mut self, channel: &ChannelName, sink: &mut dyn Sink) {
        for kept in self.take_kept(|kept| kept.event.channel == *channel) {
            self.send(kept.event.frame);
            sink.event(&Event::completed(kept.request, Ok(0)).on(channel));
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
        let text = "the channel was not subscribed in time for this client event";
        let error = Error::new(Status::Timeout, text);
        for kept in self.take_kept(|kept| kept.due <= now) {
            sink.event(&Event::completed(kept.request, Err(&error)).on(&kept.event.channel));
        }
    }

    fn take_kept(&mut self, taken: impl Fn(&Kept) -> bool) -> Vec<Kept> {
        if self.outbox.kept.is_empty() {
            return Vec::new();
        }
        let (take, keep): (Vec<_>, Vec<_>) = self.outbox.kept.drain(..).partition(|k| taken(k));
        self.outbox.kept = keep.into();
        take
    }
}
