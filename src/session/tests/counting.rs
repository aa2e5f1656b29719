//! What is counted, and that it is no more and no less than what happened.

use super::*;
use crate::session::counters::ChannelCounters;

fn losses(world: &World, cause: Cause) -> u64 {
    world.session.counters().losses.get()[cause as usize]
}

fn failed_tries(world: &World, cause: Cause) -> u64 {
    world.session.counters().failed_tries.get()[cause as usize]
}

/// Messages, bytes and the time of the last.
fn channel(world: &World, channel: &str) -> (u64, u64, u64) {
    let ChannelCounters { messages, bytes, last } = &*world.record.counters[channel];
    (messages.get(), bytes.get(), last.get())
}

fn message(channel: &str, data: &str) -> String {
    format!(r#"{{"event":"e","channel":"{channel}","data":"{data}"}}"#)
}

#[test]
fn frames_and_their_bytes_both_ways() {
    let mut world = World::connected();
    let counters = world.session.counters();
    let before = (counters.frames_in.get(), counters.bytes_in.get());
    let ping = r#"{"event":"pusher:ping"}"#;
    world.text(ping);
    world.text("no JSON");
    let more = ping.len() as u64 + 7;
    let after = (counters.frames_in.get(), counters.bytes_in.get());
    assert_eq!(after, (before.0 + 2, before.1 + more));
    // What is asked for is counted when it goes to the network.
    let sent = (counters.frames_out.get(), counters.bytes_out.get());
    let frames = world.sent();
    let bytes: usize = frames.iter().map(String::len).sum();
    assert_eq!(frames.len(), 1);
    let now = (counters.frames_out.get(), counters.bytes_out.get());
    assert_eq!(now, (sent.0 + 1, sent.1 + bytes as u64));
}

#[test]
fn the_messages_of_each_channel_by_themselves() {
    let mut world = World::connected();
    for name in ["a", "b", "private-encrypted-c"] {
        world.subscribe(name);
    }
    world.succeed("a");
    world.succeed("b");
    world.session.set_wall_clock(5000);
    for (name, data) in [("a", "12345"), ("b", ""), ("a", "1"), ("elsewhere", "1"), ("b", "12")] {
        world.text(&message(name, data));
    }
    world.session.set_wall_clock(6000);
    world.text(&message("private-encrypted-c", "not encrypted"));
    world.text(r##"{"event":"e","channel":"#server-to-user-ann","data":"1"}"##);
    assert_eq!(channel(&world, "a"), (2, 6, 5000));
    assert_eq!(channel(&world, "b"), (2, 2, 5000));
    assert_eq!(channel(&world, "private-encrypted-c"), (1, 13, 6000));
}

#[test]
fn a_channel_is_counted_over_reconnects_and_anew_after_an_unsubscribe() {
    let mut world = World::connected();
    world.subscribe("a");
    world.succeed("a");
    world.text(&message("a", "1"));
    world.close(4200);
    world.advance_to_action();
    world.establish();
    world.succeed("a");
    world.text(&message("a", "1"));
    assert_eq!(channel(&world, "a").0, 2);
    world.unsubscribe("a");
    world.subscribe("a");
    assert_eq!(channel(&world, "a"), (0, 0, 0));
    world.text(&message("a", "1"));
    assert_eq!(channel(&world, "a").0, 1, "and not in the place of the one before");
}

#[test]
fn a_loss_has_its_cause() {
    for (code, cause) in [
        (1006, Cause::Network),
        (1001, Cause::CloseOther),
        (4001, Cause::CloseFatal),
        (4100, Cause::CloseBackOff),
        (4200, Cause::CloseReconnect),
    ] {
        let mut world = World::connected();
        world.close(code);
        assert_eq!(losses(&world, cause), 1, "{code}");
        let all: u64 = world.session.counters().losses.get().iter().sum();
        assert_eq!(all, 1, "{code}");
    }
    let mut silent = World::connected();
    silent.advance(200 * SECOND);
    assert_eq!(losses(&silent, Cause::Timeout), 1);
    let mut left = World::connected();
    left.command(Command::Disconnect);
    assert_eq!(losses(&left, Cause::Application), 1);
    left.command(Command::Disconnect);
    left.close_session();
    assert_eq!(losses(&left, Cause::Application), 1, "it was over already");
}

#[test]
fn tries_are_counted_apart_from_connections() {
    let mut world = World::new();
    world.command(Command::Connect);
    world.opened();
    let refused = Error::new(Status::Refused, "404").with_code(404);
    world.session.handle_closed(world.now, Ended::failed(refused), &mut world.record);
    world.advance_to_action();
    world.opened();
    world.advance(21 * SECOND);
    assert_eq!(world.actions(), [Action::Abandon]);
    world.advance_to_action();
    world.establish();
    let counters = world.session.counters();
    assert_eq!((counters.tries.get(), counters.connects.get()), (3, 1));
    assert_eq!(failed_tries(&world, Cause::Refused), 1);
    assert_eq!(failed_tries(&world, Cause::Timeout), 1);
    let failed: u64 = counters.failed_tries.get().iter().sum();
    let lost: u64 = counters.losses.get().iter().sum();
    assert_eq!((failed, lost), (2, 0));
}

#[test]
fn since_when_there_is_a_connection() {
    let mut world = World::new();
    world.session.set_wall_clock(7000);
    let mut world = world.into_connected();
    let counters = world.session.counters();
    assert_eq!(counters.connected_since.get(), 7000);
    world.close(1006);
    assert_eq!(counters.connected_since.get(), 0);
}

#[test]
fn round_trips_of_all_pings_but_those_whose_pongs_lay_unread() {
    let mut world = World::connected();
    let counters = world.session.counters();
    let pong = r#"{"event":"pusher:pong"}"#;
    world.command(Command::Ping);
    world.advance(Duration::from_millis(30));
    world.text(pong);
    // The client's own.
    world.sent();
    world.advance_to_action();
    world.advance(Duration::from_millis(10));
    world.text(pong);
    let times = counters.round_trips.get();
    assert_eq!((times.count, times.last, times.min, times.max), (2, 10_000, 10_000, 30_000));
    world.command(Command::Ping);
    world.pause(true);
    world.command(Command::Ping);
    world.advance(3 * SECOND);
    world.pause(false);
    world.text(pong);
    world.text(pong);
    assert_eq!(counters.round_trips.get(), times);
    // Nobody asked.
    world.text(pong);
    assert_eq!(counters.round_trips.get(), times);
}
