//! What was missed: from the last frame before a loss to the subscription after it.

use std::sync::Arc;

use serde::Serialize;

use crate::error::{Error, Status};
use crate::protocol::channel::ChannelName;
use crate::session::Session;
use crate::session::event::{Event, EventKind, Sink};

/// The time of day, in milliseconds since 1970. The session's own clock does not count the time
/// that the machine sleeps, and nobody outside knows it.
#[derive(Debug, Default)]
pub(super) struct WallClock {
    now: u64,
    last_heard: u64,
}

impl WallClock {
    pub fn now(&self) -> u64 {
        self.now
    }

    pub fn heard(&mut self) {
        self.last_heard = self.now;
    }
}

/// An established connection that was lost.
#[derive(Debug)]
pub(super) struct Loss {
    /// When its last frame came.
    from: u64,
    status: Status,
    code: i32,
    reason: String,
}

/// The data of a gap event.
#[derive(Serialize)]
struct Gap<'a> {
    from: u64,
    to: u64,
    reason: &'a str,
    code: i32,
    tries: u32,
}

impl Session {
    /// The time of day, in milliseconds since 1970; told before frames and losses.
    pub fn set_wall_clock(&mut self, unix_ms: u64) {
        self.clock.now = unix_ms;
    }

    pub(super) fn loss(&self, error: &Error) -> Arc<Loss> {
        Arc::new(Loss {
            from: self.clock.last_heard,
            status: error.status(),
            code: error.code(),
            reason: error.message().to_owned(),
        })
    }

    /// The channel is subscribed again.
    pub(super) fn tell_gap(&self, channel: &ChannelName, loss: &Loss, sink: &mut dyn Sink) {
        let gap = Gap {
            from: loss.from,
            // The time of day can be set back meanwhile.
            to: self.clock.now.max(loss.from),
            reason: &loss.reason,
            code: loss.code,
            tries: self.lifecycle.failed_tries().saturating_add(1),
        };
        let data = serde_json::to_string(&gap).expect("numbers and a string are JSON");
        let event = Event::new(EventKind::Gap, "pusher:gap").on(channel).with_text(&data);
        sink.event(&Event {
            status: loss.status,
            code: loss.code,
            value: i64::try_from(gap.to - gap.from).unwrap_or(i64::MAX),
            ..event
        });
    }
}
