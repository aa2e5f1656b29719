//! Whether the other side is alive: the activity timeout, pings and pongs.

use std::collections::VecDeque;
use std::time::Duration;

use crate::error::{Error, Status};
use crate::protocol::close_code::Advice;
use crate::protocol::outgoing;
use crate::session::config::SessionConfig;
use crate::session::event::{Event, Sink};
use crate::session::lifecycle::Ended;
use crate::session::log::{LogLevel, took};
use crate::session::time::Time;
use crate::session::{RequestId, Session, earliest};

/// More unanswered pings than this are the application's mistake.
const MAX_UNANSWERED: usize = 64;

/// Pings that are remembered: a server that never answers, but is not silent either, must not make
/// them without end. Those that nobody waits for are forgotten first.
const MAX_REMEMBERED: usize = 1024;

/// How long the answer to a probe may take: there is reason to think that the connection is dead.
const PROBE_PATIENCE: Duration = Duration::from_secs(5);

/// While reading is paused: no server seen asks for a sign of life more often.
const PAUSED_INTERVAL: Duration = Duration::from_secs(30);

/// A ping without a pong yet. Pongs carry no number: they answer pings in order.
#[derive(Debug)]
pub(super) struct Ping {
    pub sent: Time,
    due: Time,
    /// None: the client's own, or given up.
    pub request: Option<RequestId>,
    /// Nothing but the way there and back took the time: the socket was read all the while.
    undisturbed: bool,
}

#[derive(Debug)]
pub(super) struct Heartbeat {
    configured: Duration,
    pong_timeout: Duration,
    /// The smaller of the user's and the server's activity timeout.
    pub(super) interval: Duration,
    pub(super) last_heard: Time,
    /// When the server was last told, by a ping or a pong, that the client lives.
    last_spoke: Time,
    /// When silence will count as death; set while the client's own ping is unanswered.
    pub(super) dead_at: Option<Time>,
    /// While paused: when to send the next ping.
    paused_ping: Time,
    pub(super) unanswered: VecDeque<Ping>,
}

impl Heartbeat {
    pub fn new(config: &SessionConfig) -> Heartbeat {
        Heartbeat {
            configured: config.activity_timeout,
            pong_timeout: config.pong_timeout,
            interval: config.activity_timeout,
            last_heard: Time::default(),
            last_spoke: Time::default(),
            dead_at: None,
            paused_ping: Time::default(),
            unanswered: VecDeque::new(),
        }
    }

    /// A new connection; the server may ask for a shorter interval.
    pub fn start(&mut self, now: Time, server_seconds: Option<u64>) {
        let server = server_seconds.map_or(Duration::MAX, Duration::from_secs);
        self.interval = self.configured.min(server);
        self.unanswered.clear();
        self.paused_ping = now + self.paused_interval();
        self.last_spoke = now;
        self.heard(now);
    }

    /// Any frame proves life.
    pub fn heard(&mut self, now: Time) {
        self.last_heard = now;
        self.dead_at = None;
    }

    pub fn set_paused(&mut self, now: Time, paused: bool) {
        // What lies in the socket is read first; only silence from now on counts.
        self.heard(now);
        if paused {
            self.paused_ping = now + self.paused_interval();
        }
        for ping in &mut self.unanswered {
            ping.due = ping.due.max(now + self.pong_timeout);
            ping.undisturbed = false;
        }
    }

    fn paused_interval(&self) -> Duration {
        self.interval.min(PAUSED_INTERVAL)
    }

    pub fn next_timeout(&self, paused: bool) -> Option<Time> {
        if paused {
            return Some(self.paused_ping);
        }
        let due = self.dead_at.unwrap_or_else(|| self.ping_due());
        earliest(Some(due), self.next_ping_deadline())
    }

    /// When to ping: after a silence of the server, which is asked whether it lives; and after one of
    /// the client, which some servers do not suffer however much they themselves have to say.
    fn ping_due(&self) -> Time {
        self.last_heard.min(self.last_spoke) + self.interval
    }

    fn next_ping_deadline(&self) -> Option<Time> {
        self.unanswered.iter().find(|ping| ping.request.is_some()).map(|ping| ping.due)
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.unanswered.len()
    }

    fn waiting_requests(&self) -> usize {
        self.unanswered.iter().filter(|ping| ping.request.is_some()).count()
    }
}

impl Session {
    /// The application's ping: completed with the round-trip time.
    pub(super) fn ping(&mut self, now: Time, request: RequestId, sink: &mut dyn Sink) {
        let refused = if !self.is_connected() {
            Error::new(Status::NotConnected, "there is no connection to ping over")
        } else if self.heartbeat.waiting_requests() >= MAX_UNANSWERED {
            let text = format!("{MAX_UNANSWERED} pings are waiting for their pongs already");
            Error::new(Status::QueueFull, text)
        } else {
            self.send_ping(now, Some(request));
            return;
        };
        sink.event(&Event::completed(request, Err(&refused)));
    }

    fn send_ping(&mut self, now: Time, request: Option<RequestId>) {
        let due = now + self.heartbeat.pong_timeout;
        let undisturbed = !self.paused;
        self.heartbeat.last_spoke = now;
        if self.heartbeat.unanswered.len() >= MAX_REMEMBERED {
            let forgotten = self.heartbeat.unanswered.iter().position(|p| p.request.is_none());
            forgotten.and_then(|place| self.heartbeat.unanswered.remove(place));
        }
        self.heartbeat.unanswered.push_back(Ping { sent: now, due, request, undisturbed });
        self.note(LogLevel::Debug, |_| "ping".to_owned());
        self.send(outgoing::PING);
    }

    /// Finds out at once whether the connection still lives. While reading is paused its answer would
    /// lie unread, and proves nothing.
    pub(super) fn probe(&mut self, now: Time) {
        if !self.paused {
            let patience = self.heartbeat.pong_timeout.min(PROBE_PATIENCE);
            let dead_at = self.heartbeat.dead_at.unwrap_or(now + patience);
            self.heartbeat.dead_at = Some(dead_at.min(now + patience));
        }
        self.send_ping(now, None);
    }

    /// Answers a server's ping.
    pub(super) fn pong(&mut self, now: Time) {
        if self.is_connected() {
            self.heartbeat.last_spoke = now;
            self.send(outgoing::PONG);
        }
    }

    pub(super) fn handle_pong(&mut self, now: Time, sink: &mut dyn Sink) {
        let Some(ping) = self.heartbeat.unanswered.pop_front() else { return };
        let trip = now.since(ping.sent);
        self.note(LogLevel::Debug, |_| format!("pong after {}", took(trip)));
        if ping.undisturbed {
            self.counters.round_trips.record(trip);
        }
        if let Some(request) = ping.request {
            let micros = i64::try_from(trip.as_micros()).unwrap_or(i64::MAX);
            sink.event(&Event::completed(request, Ok(micros)));
        }
    }

    /// The connection is gone, and with it every pong.
    pub(super) fn fail_pings(&mut self, error: &Error, sink: &mut dyn Sink) {
        for ping in std::mem::take(&mut self.heartbeat.unanswered) {
            if let Some(request) = ping.request {
                sink.event(&Event::completed(request, Err(error)));
            }
        }
    }

    pub(super) fn heartbeat_timeout(&mut self, now: Time, sink: &mut dyn Sink) {
        if !self.is_connected() {
            return;
        }
        if self.paused {
            if self.heartbeat.paused_ping <= now {
                self.heartbeat.paused_ping = now + self.heartbeat.paused_interval();
                self.send_ping(now, None);
                // The server's own pings lie unread, and it may wait for just this.
                self.send(outgoing::PONG);
            }
            return;
        }
        match self.heartbeat.dead_at {
            Some(dead_at) if dead_at <= now => return self.no_pong(now, sink),
            None if self.heartbeat.ping_due() <= now => {
                let silent_from = self.heartbeat.last_heard + self.heartbeat.interval;
                let dead_at = silent_from.max(now) + self.heartbeat.pong_timeout;
                self.heartbeat.dead_at = Some(dead_at);
                self.send_ping(now, None);
            }
            _ => {}
        }
        self.overdue_pings(now, sink);
    }

    fn no_pong(&mut self, now: Time, sink: &mut dyn Sink) {
        let text = format!(
            "the server has been silent for {} s and did not answer a ping; connecting again",
            now.since(self.heartbeat.last_heard).as_secs()
        );
        let error = Error::new(Status::Timeout, text);
        self.end_connection(now, Ended { advice: Advice::RetryNow, error, abandon: true }, sink);
    }

    /// The server lives, since it sends other frames, but owes a pong.
    fn overdue_pings(&mut self, now: Time, sink: &mut dyn Sink) {
        let patience = self.heartbeat.pong_timeout;
        for ping in &mut self.heartbeat.unanswered {
            if ping.due > now {
                break;
            }
            if let Some(request) = ping.request.take() {
                let text = format!("no pong came within {} s", patience.as_secs_f32());
                let error = Error::new(Status::Timeout, text);
                sink.event(&Event::completed(request, Err(&error)));
            }
        }
    }
}
