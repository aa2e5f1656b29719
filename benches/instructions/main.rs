//! Feeds N events of one kind through one part of the receive path; `scripts/count-instructions.sh`
//! counts what the processor does meanwhile.
//!
//!     instructions PATH PAYLOAD N
//!
//! PATH: `serde` and `scan` read the envelope; `session` is everything from a text frame to the batch;
//! `channels` is the same with the events of 64 channels in turn.

#[path = "../load/src/payload.rs"]
mod payload;

use std::hint::black_box;

use pusherws::engine::batch::Batch;
use pusherws::protocol::channel::ChannelName;
use pusherws::protocol::endpoint::Endpoint;
use pusherws::protocol::envelope::Envelope;
use pusherws::protocol::scan::{Scratch, scan};
use pusherws::session::{Command, Event, Session, SessionConfig, Sink, Time, View};

use payload::{EVENT, envelope, payload};

/// As many as the driver hands over together, where they are small.
const GO: usize = 256;

struct Outlet(Batch);

impl Sink for Outlet {
    fn event(&mut self, event: &Event<'_>) {
        self.0.push(event);
    }

    fn view(&mut self, _: View<'_>) {}
}

fn connected(channels: &[String]) -> Session {
    let endpoint = Endpoint::host("example.com").expect("a host");
    let mut session = Session::new(SessionConfig::new("key", endpoint), 1);
    let mut outlet = Outlet(Batch::default());
    let now = Time::default();
    session.command(now, 1, Command::Connect, &mut outlet);
    let hello = r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\"}"}"#;
    session.handle_text(now, hello, &mut outlet);
    for channel in channels {
        let channel = ChannelName::new(channel).expect("a channel's name");
        let command = Command::Subscribe { channel, channel_data: None, auth: None };
        session.command(now, 2, command, &mut outlet);
    }
    while session.poll_action().is_some() {}
    session
}

fn through_the_session(frames: &[String], channels: &[String], events: usize) {
    let mut session = connected(channels);
    let mut outlet = Outlet(Batch::default());
    let now = Time::default();
    for (n, frame) in frames.iter().cycle().take(events).enumerate() {
        session.handle_text(now, black_box(frame), &mut outlet);
        if n % GO == GO - 1 || outlet.0.is_large() {
            black_box(&outlet.0);
            outlet.0.clear();
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, kind, events] = arguments.as_slice() else {
        return eprintln!("instructions PATH PAYLOAD N: see scripts/count-instructions.sh");
    };
    let events: usize = events.parse().expect("a number of events");
    let payload = payload(kind).expect("a payload's name or size");
    let count = if path == "channels" { 64 } else { 1 };
    let channels: Vec<String> = (0..count).map(|n| format!("prices-of-market-{n}")).collect();
    let frames: Vec<String> =
        channels.iter().map(|channel| envelope(EVENT, channel, &payload)).collect();
    let mut scratch = Scratch::default();
    match path.as_str() {
        "shape" => println!("{} {}", payload.len(), frames[0].len()),
        "serde" => {
            for _ in 0..events {
                black_box(Envelope::parse(black_box(&frames[0])).expect("an envelope"));
            }
        }
        "scan" => {
            for _ in 0..events {
                black_box(scan(black_box(&frames[0]), &mut scratch).expect("an envelope"));
            }
        }
        "session" | "channels" => through_the_session(&frames, &channels, events),
        other => panic!("there is no path '{other}'"),
    }
}
