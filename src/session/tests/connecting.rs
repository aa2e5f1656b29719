//! Connecting, disconnecting, closing, and what a server can answer.

use super::*;

#[test]
fn connecting_opens_the_documented_url_and_ends_with_a_socket_id() {
    let mut world = World::new();
    assert_eq!(world.session.poll_timeout(), None, "a new session wants nothing");
    let request = world.command(Command::Connect);
    assert_eq!(world.record.state, ConnectionState::Connecting);
    assert!(world.is_pending(request));
    let url = world.establish();
    assert!(
        url.starts_with("wss://example.com/app/278d425bdf160c739803?protocol=7&client=pusherws&"),
        "{url}"
    );
    assert_eq!(world.result(request), Status::Ok);
    assert_eq!(world.record.state, ConnectionState::Connected);
    assert_eq!(world.record.socket_id.as_deref(), Some("1234.1"));
    let states: Vec<_> = world
        .take_events()
        .into_iter()
        .filter(|event| event.kind == EventKind::StateChange)
        .map(|event| (event.previous_state, event.state))
        .collect();
    use ConnectionState::*;
    assert_eq!(states, [(Initialized, Connecting), (Connecting, Connected)]);
}

#[test]
fn connecting_twice_is_one_connection() {
    let mut world = World::new();
    let first = world.command(Command::Connect);
    let second = world.command(Command::Connect);
    world.establish();
    assert_eq!((world.result(first), world.result(second)), (Status::Ok, Status::Ok));
    let third = world.command(Command::Connect);
    assert_eq!(world.result(third), Status::Ok);
    assert!(world.actions().is_empty());
}

#[test]
fn a_server_that_never_establishes_is_given_up_and_tried_again() {
    let mut world = World::new();
    let request = world.command(Command::Connect);
    world.opened();
    world.advance(20 * SECOND);
    assert!(world.actions().contains(&Action::Abandon));
    assert!(world.is_pending(request), "the wish to connect goes on");
    let error = world.take_events().into_iter().find(|e| e.kind == EventKind::Error).unwrap();
    assert_eq!(error.status, Status::Timeout);
    world.advance_to_action();
    world.establish();
    assert_eq!(world.result(request), Status::Ok);
}

#[test]
fn ten_seconds_without_success_are_called_unavailable() {
    let mut world = World::new();
    world.command(Command::Connect);
    world.advance(9 * SECOND);
    assert_eq!(world.record.state, ConnectionState::Connecting);
    world.advance(SECOND);
    assert_eq!(world.record.state, ConnectionState::Unavailable);
    world.actions();
    world.close(1006);
    assert_eq!(world.record.state, ConnectionState::Unavailable, "trying again is no news");
    world.advance_to_action();
    world.establish();
    assert_eq!(world.record.state, ConnectionState::Connected);
}

#[test]
fn disconnecting_says_goodbye_and_stays_disconnected() {
    let mut world = World::connected();
    let request = world.command(Command::Disconnect);
    assert_eq!(world.actions(), [Action::Close { code: 1000 }]);
    assert_eq!(world.result(request), Status::Ok);
    assert_eq!(world.record.state, ConnectionState::Disconnected);
    assert_eq!(world.record.socket_id, None);
    world.advance(1000 * SECOND);
    assert!(world.actions().is_empty());
    let again = world.command(Command::Connect);
    world.establish();
    assert_eq!(world.result(again), Status::Ok);
}

#[test]
fn disconnecting_while_connecting_cancels_the_connect() {
    let mut world = World::new();
    let connect = world.command(Command::Connect);
    world.opened();
    let disconnect = world.command(Command::Disconnect);
    assert_eq!(world.actions(), [Action::Abandon]);
    assert_eq!(world.result(connect), Status::Cancelled);
    assert_eq!(world.result(disconnect), Status::Ok);
}

#[test]
fn disconnecting_what_never_connected_changes_nothing() {
    let mut world = World::new();
    let request = world.command(Command::Disconnect);
    assert_eq!(world.result(request), Status::Ok);
    assert_eq!(world.record.state, ConnectionState::Initialized);
    assert!(world.actions().is_empty());
}

#[test]
fn closing_completes_everything_and_nothing_follows() {
    let mut world = World::connected();
    let ping = world.command(Command::Ping);
    let subscribe = world.subscribe("private-a");
    let publish = world.publish("private-a", "e");
    world.close_session();
    for request in [ping, subscribe, publish] {
        assert_eq!(world.result(request), Status::Cancelled, "{request}");
    }
    assert_eq!(world.actions().last(), Some(&Action::Close { code: 1000 }));
    let late = world.command(Command::Connect);
    assert_eq!(world.result(late), Status::Closed);
    world.take_events();
    world.succeed("private-a");
    world.close(1006);
    world.advance(1000 * SECOND);
    assert!(world.take_events().is_empty() && world.actions().is_empty());
    assert_eq!(world.session.poll_timeout(), None);
}

#[test]
fn a_malformed_greeting_is_an_error_and_no_connection() {
    let mut world = World::new();
    world.command(Command::Connect);
    world.opened();
    world.text(r#"{"event":"pusher:connection_established","data":"{}"}"#);
    assert_eq!(world.record.state, ConnectionState::Connecting);
    assert!(world.actions().contains(&Action::Abandon));
    let error = world.take_events().into_iter().find(|e| e.kind == EventKind::Error).unwrap();
    assert_eq!(error.status, Status::Protocol);
}

#[test]
fn a_second_greeting_is_told_and_changes_nothing() {
    let mut world = World::connected();
    world.text(r#"{"event":"pusher:connection_established","data":{"socket_id":"9.9"}}"#);
    assert_eq!(world.record.socket_id.as_deref(), Some("1234.1"));
    assert_eq!(world.kinds(), [EventKind::Error]);
}

#[test]
fn garbage_is_told_and_survived() {
    let mut world = World::connected();
    for frame in ["", "nonsense", "[]", "{}", r#"{"event":17}"#] {
        world.text(frame);
        let events = world.take_events();
        assert_eq!(events.len(), 1);
        assert_eq!((events[0].kind, events[0].status), (EventKind::Error, Status::Protocol));
    }
    world.session.handle_binary(world.now, &mut world.record);
    assert_eq!(world.kinds(), [EventKind::Error]);
    assert_eq!(world.record.state, ConnectionState::Connected);
}

#[test]
fn frames_of_the_protocol_that_nobody_knows_are_handed_on() {
    let mut world = World::connected();
    world.text(r#"{"event":"pusher:shiny","data":{"new":true}}"#);
    let events = world.take_events();
    assert_eq!((events[0].kind, events[0].name.as_str()), (EventKind::Protocol, "pusher:shiny"));
    assert_eq!(events[0].data.as_deref(), Some(r#"{"new":true}"#));
}
