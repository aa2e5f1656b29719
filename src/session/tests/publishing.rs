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

fn published(world: &mut World, count: usize) -> Vec<RequestId> {
    (0..count).map(|n| world.publish("private-a", &format!("e{n}"))).collect()
}

fn subscribed(world: World) -> World {
    let mut world = world.into_connected();
    world.subscribe("private-a");
    world.succeed("private-a");
    world.actions();
    world
}

#[test]
fn more_than_ten_in_a_second_wait_for_their_turn() {
    let mut world = subscribed(World::new());
    let requests = published(&mut world, 25);
    assert_eq!(world.sent().len(), 10);
    // Servers count in windows of a second, wherever those begin.
    world.advance(SECOND);
    assert!(world.sent().is_empty());
    world.advance(SECOND / 10);
    assert_eq!(world.sent().len(), 10);
    world.advance(SECOND + SECOND / 10);
    let last = world.sent();
    assert_eq!(last.len(), 5);
    assert!(last[4].contains("client-e24"), "in order");
    assert!(requests.iter().all(|request| world.result(*request) == Status::Ok));
}

#[test]
fn more_than_the_limit_can_be_refused() {
    let mut world = subscribed(World::with(|config| config.over_limit = config::OverLimit::Refuse));
    let requests = published(&mut world, 12);
    assert_eq!(world.sent().len(), 10);
    assert_eq!(world.result(requests[11]), Status::RateLimited);
    world.advance(SECOND);
    let early = world.publish("private-a", "e");
    assert_eq!(world.result(early), Status::RateLimited);
    world.advance(SECOND / 10);
    let next = world.publish("private-a", "e");
    assert_eq!(world.result(next), Status::Ok);
}

#[test]
fn only_the_latest_of_a_name_can_be_kept() {
    let mut world =
        subscribed(World::with(|config| config.over_limit = config::OverLimit::KeepLatest));
    published(&mut world, 10);
    world.actions();
    let requests: Vec<_> = (0..5).map(|_| world.publish("private-a", "position")).collect();
    let other = world.publish("private-a", "other");
    world.advance(2 * SECOND);
    assert_eq!(world.sent().len(), 2);
    for request in &requests[..4] {
        assert_eq!(world.result(*request), Status::Cancelled);
    }
    assert_eq!((world.result(requests[4]), world.result(other)), (Status::Ok, Status::Ok));
}

#[test]
fn what_waits_for_its_turn_survives_a_reconnect() {
    let mut world = subscribed(World::new());
    published(&mut world, 12);
    world.actions();
    world.close(4200);
    world.establish();
    world.actions();
    world.advance(2 * SECOND);
    assert!(world.sent().is_empty(), "the channel is not subscribed yet");
    world.succeed("private-a");
    assert_eq!(world.sent().len(), 2);
}

#[test]
fn a_complaint_of_the_server_reaches_its_request_where_it_can_be_told() {
    const COMPLAINT: &str = r#"{"event":"pusher:error","data":{"code":4301,"message":"too many"}}"#;
    let mut world = subscribed(World::new());
    let request = world.publish("private-a", "e");
    world.take_events();
    world.text(COMPLAINT);
    let told = world.take_events().remove(0);
    assert_eq!((told.kind, told.code, told.request), (EventKind::Error, 4301, request));
    assert_eq!(told.channel.as_deref(), Some("private-a"));
    published(&mut world, 2);
    world.take_events();
    world.text(COMPLAINT);
    assert_eq!(world.take_events()[0].request, 0, "it could be about either");
    world.advance(10 * SECOND);
    world.text(COMPLAINT);
    assert_eq!(world.take_events()[0].request, 0, "too late to be about them");
}
