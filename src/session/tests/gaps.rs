//! What was missed is told: for each channel, from when to when, why, and after how many tries.

use super::*;

const T0: u64 = 1_700_000_000_000;

fn at(world: &mut World, seconds: u64) {
    world.session.set_wall_clock(T0 + seconds * 1000);
}

fn gaps(world: &mut World) -> Vec<Seen> {
    world.take_events().into_iter().filter(|event| event.kind == EventKind::Gap).collect()
}

/// Two channels subscribed, and a message heard at T0.
fn listening() -> World {
    let mut world = World::connected();
    at(&mut world, 0);
    for channel in ["a", "private-b"] {
        world.subscribe(channel);
        world.succeed(channel);
    }
    world.text(r#"{"event":"e","channel":"a","data":"1"}"#);
    world.actions();
    world.take_events();
    world
}

#[test]
fn a_loss_leaves_a_gap_on_each_channel_told_before_its_first_new_event() {
    let mut world = listening();
    at(&mut world, 3);
    world.close(1006);
    for _ in 0..2 {
        world.advance_to_action();
        world.opened();
        world.close(1006);
    }
    world.advance_to_action();
    at(&mut world, 10);
    world.establish();
    world.take_events();
    at(&mut world, 11);
    world.succeed("private-b");
    world.text(r#"{"event":"e","channel":"private-b","data":"2"}"#);
    let events = world.take_events();
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Subscribed, EventKind::Gap, EventKind::Message]);
    let gap = &events[1];
    assert_eq!(gap.channel.as_deref(), Some("private-b"));
    assert_eq!((gap.status, gap.code, gap.value), (Status::Network, 1006, 11_000));
    let data: serde_json::Value = serde_json::from_str(gap.data.as_deref().unwrap()).unwrap();
    assert_eq!(data["from"], T0, "the last frame before the loss, not the loss");
    assert_eq!(data["to"], T0 + 11_000);
    assert_eq!((&data["tries"], &data["code"]), (&3.into(), &1006.into()));
    assert!(data["reason"].as_str().unwrap().contains("1006"), "{data}");

    at(&mut world, 12);
    world.succeed("a");
    assert_eq!(gaps(&mut world)[0].value, 12_000, "each channel has its own end");
}

#[test]
fn a_gap_that_outlives_several_connections_is_told_once_and_from_its_beginning() {
    let mut world = listening();
    world.close(1006);
    world.advance_to_action();
    world.establish();
    at(&mut world, 20);
    // The second connection is lost before the server has answered for the channels.
    world.text(r#"{"event":"pusher:ping"}"#);
    world.close(4200);
    world.establish();
    world.take_events();
    at(&mut world, 30);
    world.succeed("a");
    world.succeed("a");
    let told = gaps(&mut world);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].value, told[0].code), (30_000, 1006));
}

#[test]
fn a_channel_that_was_never_subscribed_has_missed_nothing() {
    let mut world = listening();
    world.subscribe("c");
    world.close(1006);
    world.advance_to_action();
    world.establish();
    world.succeed("c");
    assert!(gaps(&mut world).is_empty());
    world.succeed("a");
    assert_eq!(gaps(&mut world).len(), 1);
}

#[test]
fn what_is_missed_on_purpose_is_no_gap() {
    let mut world = listening();
    world.command(Command::Disconnect);
    world.actions();
    world.command(Command::Connect);
    world.establish();
    world.succeed("a");
    world.unsubscribe("private-b");
    world.subscribe("private-b");
    world.succeed("private-b");
    assert!(gaps(&mut world).is_empty());

    // Nor where a loss was followed by a disconnect.
    world.actions();
    world.close(1006);
    world.command(Command::Disconnect);
    world.actions();
    world.command(Command::Connect);
    world.establish();
    world.succeed("a");
    assert!(gaps(&mut world).is_empty());
}

#[test]
fn a_client_that_had_given_up_tells_the_gap_when_it_is_connected_again() {
    let mut world = listening();
    world.close(4001);
    assert_eq!(world.record.state, ConnectionState::Failed);
    at(&mut world, 60);
    world.command(Command::Connect);
    world.establish();
    world.succeed("a");
    let told = gaps(&mut world);
    assert_eq!((told.len(), told[0].value, told[0].code), (1, 60_000, 4001));
}

#[test]
fn a_clock_that_was_set_back_makes_no_negative_gap() {
    let mut world = listening();
    world.close(1006);
    world.advance_to_action();
    world.session.set_wall_clock(T0 - 3_600_000);
    world.establish();
    world.succeed("a");
    let told = gaps(&mut world);
    assert_eq!((told.len(), told[0].value), (1, 0));
}
