//! What follows when a connection is lost.

use super::*;

fn error(world: &mut World, json: &str) {
    world.text(&format!(r#"{{"event":"pusher:error","data":{json}}}"#));
}

#[test]
fn everything_wanted_is_signed_anew_and_subscribed_again() {
    let mut world = World::connected();
    for channel in ["b", "private-a", "presence-c"] {
        world.subscribe(channel);
        world.succeed(channel);
    }
    let before = world.sent();
    world.close(1006);
    assert_eq!(world.channel("private-a"), Some(ChannelState::Waiting));
    assert_eq!(world.record.socket_id, None);
    world.advance_to_action();
    world.establish();
    let after = world.sent();
    assert_eq!(after.len(), 3);
    assert_eq!(after[0], before[0], "a public channel has nothing to sign");
    for (old, new) in before.iter().zip(&after).skip(1) {
        assert_ne!(old, new, "signed for the new socket id");
    }
    assert_eq!(world.channel("private-a"), Some(ChannelState::Pending));
}

#[test]
fn a_subscription_under_way_survives_the_loss() {
    let mut world = World::connected();
    let request = world.subscribe("a");
    world.actions();
    world.close(1006);
    assert!(world.is_pending(request));
    world.advance_to_action();
    world.establish();
    assert_eq!(world.sent().len(), 1);
    world.succeed("a");
    assert_eq!(world.result(request), Status::Ok);
}

#[test]
fn a_refused_channel_is_tried_again_on_the_next_connection() {
    let mut world = World::connected();
    world.subscribe("private-a");
    world.text(r#"{"event":"pusher:subscription_error","channel":"private-a","data":{}}"#);
    world.actions();
    world.close(4200);
    world.establish();
    assert_eq!(world.sent().len(), 1);
}

#[test]
fn frames_for_the_lost_connection_do_not_reach_the_next() {
    let mut world = World::connected();
    world.subscribe("a");
    world.close(4200);
    let actions = world.actions();
    assert!(matches!(&actions[..], [Action::Open { .. }]), "{actions:?}");
}

#[test]
fn fatal_codes_are_final() {
    for code in [4001, 4003, 4004, 4005, 4006, 4007, 4008, 4009, 4099] {
        let mut world = World::new();
        let connect = world.command(Command::Connect);
        let subscribe = world.subscribe("private-a");
        let publish = world.publish("private-a", "e");
        world.opened();
        world.close(code);
        assert_eq!(world.record.state, ConnectionState::Failed, "{code}");
        for request in [connect, subscribe, publish] {
            assert_eq!(world.result(request), Status::Refused);
        }
        let failed = world.take_events();
        assert!(failed.iter().any(|e| e.kind == EventKind::Error && e.code == i32::from(code)));
        world.advance(3600 * SECOND);
        assert!(world.actions().is_empty(), "{code} was tried again");
        // The application may know better, later.
        let again = world.command(Command::Connect);
        world.establish();
        assert_eq!(world.result(again), Status::Ok);
        assert_eq!(world.sent().len(), 1, "what was wanted still is");
    }
}

#[test]
fn tls_only_is_answered_with_tls_once() {
    let mut world = World::with(|config| {
        config.endpoints = vec![Endpoint::host("example.com").unwrap().with_tls(false)];
    });
    world.command(Command::Connect);
    assert!(world.opened().starts_with("ws://"));
    world.close(4000);
    assert!(world.opened().starts_with("wss://"));
    world.close(4000);
    assert_eq!(world.record.state, ConnectionState::Failed);
}

#[test]
fn over_capacity_waits_a_second_at_least() {
    let mut world = World::connected();
    world.close(4100);
    assert!(world.advance_to_action() >= SECOND);
}

#[test]
fn reconnect_immediately_is_obeyed_once_and_then_slows_down() {
    let mut world = World::connected();
    world.close(4200);
    world.establish();
    let mut waits = Vec::new();
    for _ in 0..20 {
        world.actions();
        world.close(4200);
        waits.push(world.advance_to_action());
        world.establish();
    }
    assert!(waits.iter().all(|wait| *wait >= Duration::from_millis(250)), "{waits:?}");
    assert!(waits[10..].iter().all(|wait| *wait >= 10 * SECOND), "{waits:?}");
    // A connection that lasted makes it immediate again.
    world.actions();
    for _ in 0..3 {
        world.advance(60 * SECOND);
        world.text(r#"{"event":"e"}"#);
    }
    world.close(4200);
    assert_eq!(world.advance_to_action(), Duration::ZERO);
}

#[test]
fn each_try_is_announced_with_its_delay() {
    let mut world = World::connected();
    for _ in 0..4 {
        world.take_events();
        world.close(1006);
        let event = world.take_events().pop().unwrap();
        assert_eq!((event.kind, event.code), (EventKind::StateChange, 1006));
        assert_eq!(Some(world.advance_to_action()), event.retry_in);
        world.opened();
    }
}

#[test]
fn connecting_again_by_hand_does_not_wait() {
    let mut world = World::connected();
    (0..3).for_each(|_| {
        world.close(4100);
        world.advance_to_action();
        world.opened();
    });
    world.close(4100);
    let request = world.command(Command::Connect);
    world.establish();
    assert_eq!(world.result(request), Status::Ok);
}

#[test]
fn an_error_event_never_ends_a_connection() {
    let mut world = World::connected();
    for json in [
        r#"{"code":4200,"message":"Invalid message format"}"#,
        r#""{\"code\":4200,\"message\":\"Invalid message format\"}""#,
        r#"{"code":4001,"message":"x"}"#,
        r#"{"code":null,"message":"x"}"#,
        r#"{"message":"x"}"#,
        "null",
    ] {
        error(&mut world, json);
        let events = world.take_events();
        assert_eq!((events.len(), events[0].kind), (1, EventKind::Error), "{json}");
        assert!(events[0].data.is_some());
        world.advance(5 * SECOND);
        assert!(world.actions().is_empty(), "{json}");
    }
    assert_eq!(world.record.state, ConnectionState::Connected);
}

#[test]
fn the_last_error_explains_a_drop_without_a_code() {
    for code in [1005, 1006] {
        let mut world = World::new();
        world.command(Command::Connect);
        world.opened();
        error(&mut world, r#"{"code":4001,"message":"App key does not exist"}"#);
        world.close(code);
        assert_eq!(world.record.state, ConnectionState::Failed);
        let failed = world.take_events();
        let last_error = failed.iter().rfind(|event| event.kind == EventKind::Error).unwrap();
        assert_eq!(last_error.code, 4001);
    }
}

#[test]
fn a_fatal_error_without_a_close_is_fatal_too() {
    let mut world = World::new();
    let request = world.command(Command::Connect);
    world.opened();
    error(&mut world, r#"{"code":4004,"message":"over quota"}"#);
    world.advance(3 * SECOND);
    assert_eq!(world.actions(), [Action::Abandon]);
    assert_eq!(world.record.state, ConnectionState::Failed);
    assert_eq!(world.result(request), Status::Refused);
}

#[test]
fn a_pause_ends_with_its_connection() {
    let mut world = World::connected();
    world.subscribe("private-a");
    world.pause(true);
    world.command(Command::Disconnect);
    let request = world.publish("private-a", "e");
    world.advance(30 * SECOND);
    assert_eq!(world.result(request), Status::Timeout);
}

#[test]
fn an_old_error_explains_nothing() {
    let mut world = World::connected();
    error(&mut world, r#"{"code":4003,"message":"x"}"#);
    world.advance(3 * SECOND);
    world.close(1006);
    assert_eq!(world.record.state, ConnectionState::Connecting);
}

#[test]
fn a_refused_subscription_followed_by_a_drop_is_no_refused_connection() {
    let mut world = World::connected();
    error(&mut world, r#"{"code":4009,"message":"unauthorised"}"#);
    world.close(1006);
    assert_eq!(world.record.state, ConnectionState::Connecting);
}

/// Some servers answer a bad frame with a code that, at the greeting, would be about the URL.
#[test]
fn an_error_about_one_frame_followed_by_a_drop_is_no_refused_connection() {
    for code in [4000, 4001, 4005, 4006, 4007, 4008] {
        let mut world = World::connected();
        error(&mut world, &format!(r#"{{"code":{code},"message":"bad frame"}}"#));
        world.close(1006);
        assert_eq!(world.record.state, ConnectionState::Connecting, "{code}");
    }
    for code in [4003, 4004] {
        let mut world = World::connected();
        error(&mut world, &format!(r#"{{"code":{code},"message":"no more"}}"#));
        world.close(1006);
        assert_eq!(world.record.state, ConnectionState::Failed, "{code}");
    }
}

#[test]
fn a_drop_without_any_word_is_tried_again_with_growing_delays() {
    let mut world = World::new();
    world.command(Command::Connect);
    let mut total = Duration::ZERO;
    for _ in 0..30 {
        world.opened();
        world.close(1006);
        total += world.advance_to_action();
    }
    assert!(total > 120 * SECOND, "30 tries in {total:?}");
}

#[test]
fn a_close_that_was_asked_for_is_not_a_loss() {
    let mut world = World::connected();
    world.command(Command::Disconnect);
    world.actions();
    world.take_events();
    world.close(1000);
    assert!(world.take_events().is_empty() && world.actions().is_empty());
}

#[test]
fn no_message_ever_shows_the_secret() {
    let mut world = World::connected();
    world.subscribe("private-a");
    error(&mut world, r#"{"code":4009,"message":"no"}"#);
    world.close(4009);
    for event in world.take_events() {
        let text = format!("{event:?}");
        assert!(!text.contains("7ad3773142a6692b25b8") && !text.contains("03:"), "{text}");
    }
    assert!(!format!("{:?}", world.session.config).contains("7ad3773142a6692b25b8"));
}
