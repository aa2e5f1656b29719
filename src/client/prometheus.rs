//! Metrics as text, in the format that Prometheus and its like read.

use std::fmt::{Display, Write};

use crate::client::Client;
use crate::client::metrics::{ChannelMetrics, Metrics};
use crate::error::{Error, Result, Status};
use crate::session::counters::Cause;
use crate::session::{ConnectionState, EventKind};

/// The states in which a connection can be; each is a line, and one of them is 1.
const STATES: [ConnectionState; 6] = [
    ConnectionState::Initialized,
    ConnectionState::Connecting,
    ConnectionState::Connected,
    ConnectionState::Unavailable,
    ConnectionState::Disconnected,
    ConnectionState::Failed,
];

impl Client {
    /// The metrics as text for Prometheus. `name` tells several clients apart: it becomes the label
    /// `client` of each line.
    pub fn prometheus(&self, name: Option<&str>) -> Result<String> {
        if name.is_some_and(|name| name.len() > 200 || name.chars().any(char::is_control)) {
            let text = "the client's name for Prometheus is too long, or holds control characters";
            return Err(Error::new(Status::Argument, text));
        }
        Ok(text(&self.metrics()?, name))
    }
}

struct Text<'a> {
    out: String,
    /// The client's name, as it stands between quotes.
    client: Option<&'a str>,
}

fn text(metrics: &Metrics, client: Option<&str>) -> String {
    let client = client.map(escaped);
    let mut text = Text { out: String::new(), client: client.as_deref() };
    text.connection(metrics);
    text.traffic(metrics);
    text.queue(metrics);
    text.round_trips(metrics);
    text.channels(&metrics.channels);
    text.out
}

impl Text<'_> {
    fn connection(&mut self, metrics: &Metrics) {
        self.about("state", "gauge", "The state of the connection: 1 for the one it is in.");
        for state in STATES {
            self.line("state", &[("state", state.name())], u8::from(state == metrics.state));
        }
        let since =
            "When the present connection was established, in seconds since 1970; 0 for none.";
        self.about("connected_since_seconds", "gauge", since);
        self.line("connected_since_seconds", &[], seconds_of_ms(metrics.connected_since));
        self.one("tries_total", "counter", "Connections begun.", metrics.tries);
        self.one("connects_total", "counter", "Connections established.", metrics.connects);
        self.about("losses_total", "counter", "Established connections that ended, by cause.");
        for cause in Cause::ALL {
            self.line("losses_total", &[("cause", cause.name())], metrics.losses(cause));
        }
        self.about("failed_tries_total", "counter", "Tries to connect that failed, by cause.");
        for cause in Cause::ALL {
            self.line(
                "failed_tries_total",
                &[("cause", cause.name())],
                metrics.failed_tries(cause),
            );
        }
    }

    fn traffic(&mut self, metrics: &Metrics) {
        self.about("events_total", "counter", "Events told to the program, by kind.");
        for kind in EventKind::ALL.into_iter().filter(|kind| *kind != EventKind::Dropped) {
            self.line("events_total", &[("kind", kind.name())], metrics.events(kind));
        }
        let (frames, bytes) = ("Text frames.", "Bytes that text frames carried.");
        let values = [("in", metrics.frames_in), ("out", metrics.frames_out)];
        self.both_ways("frames_total", frames, values);
        let values = [("in", metrics.bytes_in), ("out", metrics.bytes_out)];
        self.both_ways("bytes_total", bytes, values);
        let unsent = "Bytes of frames that wait for the network.";
        self.one("unsent_bytes", "gauge", unsent, metrics.unsent_bytes);
    }

    fn queue(&mut self, metrics: &Metrics) {
        let depth = "Events that wait for the program.";
        self.one("queue_depth", "gauge", depth, metrics.queue_depth);
        let bytes = "Bytes of the events that wait for the program.";
        self.one("queue_bytes", "gauge", bytes, metrics.queue_bytes);
        let high = "The most events that ever waited for the program.";
        self.one("queue_high_water", "gauge", high, metrics.queue_high_water);
        let dropped = "Messages dropped, since the program did not keep up.";
        self.one("dropped_total", "counter", dropped, metrics.dropped);
    }

    fn round_trips(&mut self, metrics: &Metrics) {
        let times = &metrics.round_trips;
        let help = "From a ping to its pong.";
        self.about("ping_seconds", "summary", help);
        // Without a pong there is no time to tell.
        if times.count > 0 {
            for (quantile, micros) in [("0.5", times.p50), ("0.9", times.p90), ("0.99", times.p99)]
            {
                self.line("ping_seconds", &[("quantile", quantile)], seconds(micros));
            }
        }
        self.line("ping_seconds_sum", &[], seconds(times.sum));
        self.line("ping_seconds_count", &[], times.count);
    }

    fn channels(&mut self, channels: &[ChannelMetrics]) {
        self.one("channels", "gauge", "Channels that are wanted.", channels.len() as u64);
        type Value = fn(&ChannelMetrics) -> String;
        let families: [(&str, &str, &str, Value); 4] = [
            ("channel_subscribed", "gauge", "1 for a channel that is subscribed.", |channel| {
                u8::from(channel.state == crate::session::ChannelState::Subscribed).to_string()
            }),
            ("channel_messages_total", "counter", "Messages of a channel.", |channel| {
                channel.messages.to_string()
            }),
            (
                "channel_bytes_total",
                "counter",
                "Bytes of the data of a channel's messages.",
                |channel| channel.bytes.to_string(),
            ),
            (
                "channel_last_message_seconds",
                "gauge",
                "When a channel's last message came, in seconds since 1970; 0 for none.",
                |channel| seconds_of_ms(channel.last).to_string(),
            ),
        ];
        for (name, kind, help, value) in families {
            if !channels.is_empty() {
                self.about(name, kind, help);
            }
            for channel in channels {
                self.line(name, &[("channel", &escaped(channel.name.as_str()))], value(channel));
            }
        }
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.about(name, kind, help);
        self.line(name, &[], value);
    }

    fn both_ways(&mut self, name: &str, help: &str, values: [(&str, u64); 2]) {
        self.about(name, "counter", help);
        for (direction, value) in values {
            self.line(name, &[("direction", direction)], value);
        }
    }

    fn about(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.out, "# HELP pusher_{name} {help}\n# TYPE pusher_{name} {kind}\n");
    }

    /// Values of labels are escaped already.
    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let client = self.client.map(|client| ("client", client));
        let _ = write!(self.out, "pusher_{name}");
        for (place, (label, of)) in client.iter().chain(labels).enumerate() {
            let before = if place == 0 { '{' } else { ',' };
            let _ = write!(self.out, "{before}{label}=\"{of}\"");
        }
        let after = if client.is_none() && labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.out, "{after} {value}");
    }
}

fn escaped(label: &str) -> String {
    label.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

/// All digits of it, where a floating number would round.
struct Seconds {
    whole: u64,
    micros: u64,
}

impl Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:06}", self.whole, self.micros)
    }
}

fn seconds(micros: u64) -> Seconds {
    Seconds { whole: micros / 1_000_000, micros: micros % 1_000_000 }
}

fn seconds_of_ms(ms: u64) -> Seconds {
    Seconds { whole: ms / 1000, micros: ms % 1000 * 1000 }
}
