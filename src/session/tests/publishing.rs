//! Client events: sent, kept, or refused.

use super::*;

const FRAME: &str = r#"{"event":"client-e","channel":"private-a","data":{}}"#;

#[test]
fn on_a_subscribed_channel_an_event_goes_out_at_once() {
    let mut world = World::connected();
    world.subscribe("private-a");
    world.succeed("private-a");
    world.actions();
    let request = world.publish("private-a", "e");
    assert_eq!(world.sent(), [FRAME]);
    assert_eq!(world.result(request), Status::Ok);
}

#[test]
fn an_event_waits_for_its_channel_and_goes_out_in_order() {
    let mut world = World::connected();
    world.subscribe("private-a");
    world.actions();
    let requests: Vec<_> = (0..3).map(|n| world.publish("private-a", &format!("{n}"))).collect();
    assert!(world.sent().is_empty());
    world.succeed("private-a");
    let names: Vec<_> = world.sent().iter().map(|frame| frame[10..18].to_owned()).collect();
    assert_eq!(names, ["client-0", "client-1", "client-2"]);
    assert!(requests.iter().all(|request| world.result(*request) == Status::Ok));
}

#[test]
fn an_event_waits_through_a_reconnect() {
    let mut world = World::connected();
    world.subscribe("private-a");
    world.succeed("private-a");
    world.close(4200);
    let request = world.publish("private-a", "e");
    world.establish();
    world.actions();
    assert!(world.is_pending(request));
    world.succeed("private-a");
    assert_eq!(world.sent(), [FRAME]);
}

#[test]
fn what_waits_too_long_or_for_nothing_is_completed_with_the_reason() {
    let mut world = World::new();
    let homeless = world.publish("private-a", "e");
    assert_eq!(world.result(homeless), Status::NotSubscribed);

    world.subscribe("private-a");
    let late = world.publish("private-a", "e");
    world.advance(30 * SECOND);
    assert_eq!(world.result(late), Status::Timeout);

    let withdrawn = world.publish("private-a", "e");
    world.unsubscribe("private-a");
    assert_eq!(world.result(withdrawn), Status::Cancelled);

    let mut world = World::connected();
    world.subscribe("private-a");
    let refused = world.publish("private-a", "e");
    world.text(
        r#"{"event":"pusher:subscription_error","channel":"private-a","data":{"status":403}}"#,
    );
    assert_eq!(world.result(refused), Status::Refused);
    let after = world.publish("private-a", "e");
    assert_eq!(world.result(after), Status::NotSubscribed);
}

#[test]
fn only_so_many_wait() {
    let mut world = World::with(|config| config.publish_queue = 2);
    world.subscribe("private-a");
    let requests: Vec<_> = (0..3).map(|_| world.publish("private-a", "e")).collect();
    assert!(world.is_pending(requests[0]) && world.is_pending(requests[1]));
    assert_eq!(world.result(requests[2]), Status::QueueFull);
    world.command(Command::Disconnect);
    assert_eq!(world.result(requests[0]), Status::NotConnected);
}
