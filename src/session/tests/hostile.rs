//! A server that means harm, or is broken: what it can make grow is bounded, and told.

use super::*;
use crate::protocol::authorization::ChannelAuth;
use crate::protocol::presence::MAX_MEMBERS;

fn errors(world: &mut World) -> Vec<Seen> {
    let events = world.take_events();
    events.into_iter().filter(|event| event.kind == EventKind::Error).collect()
}

fn presence_channel() -> World {
    let mut world = World::connected();
    world.subscribe("presence-a");
    world.succeed("presence-a");
    world.take_events();
    world.actions();
    world
}

fn come(world: &mut World, id: usize) {
    world.text(&format!(
        r#"{{"event":"pusher_internal:member_added","channel":"presence-a","data":{{"user_id":{id}}}}}"#
    ));
}

#[test]
fn members_without_end_are_an_error_that_is_told_once() {
    let mut world = presence_channel();
    // The client itself is one of them.
    for id in 1..MAX_MEMBERS + 1000 {
        come(&mut world, id);
    }
    let events = world.take_events();
    let kinds = |kind| events.iter().filter(|event| event.kind == kind).count();
    assert_eq!(kinds(EventKind::MemberAdded), MAX_MEMBERS - 1);
    assert_eq!(kinds(EventKind::Error), 1);
    let error = events.iter().find(|event| event.kind == EventKind::Error).unwrap();
    assert_eq!((error.status, error.channel.as_deref()), (Status::TooLarge, Some("presence-a")));
    assert_eq!(world.record.members["presence-a"].len(), MAX_MEMBERS);
    // Those who were left out go unnoticed, too; there is room again when others have gone.
    world.text(&format!(
        r#"{{"event":"pusher_internal:member_removed","channel":"presence-a","data":{{"user_id":{}}}}}"#,
        MAX_MEMBERS + 1
    ));
    assert!(world.take_events().is_empty());
    world.text(
        r#"{"event":"pusher_internal:member_removed","channel":"presence-a","data":{"user_id":1}}"#,
    );
    come(&mut world, MAX_MEMBERS + 1);
    assert_eq!(world.kinds(), [EventKind::MemberRemoved, EventKind::MemberAdded]);
}

#[test]
fn a_list_that_is_too_long_is_cut_off_and_told() {
    let mut world = presence_channel();
    let ids: Vec<String> = (0..MAX_MEMBERS + 1).map(|n| n.to_string()).collect();
    world.text(&format!(
        r#"{{"event":"pusher_internal:subscription_succeeded","channel":"presence-a","data":{{"presence":{{"ids":[{}]}}}}}}"#,
        ids.join(",")
    ));
    assert_eq!(world.record.members["presence-a"].len(), MAX_MEMBERS);
    let errors = errors(&mut world);
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].status, Status::TooLarge);
}

#[test]
fn a_malformed_list_does_not_cost_the_one_that_is_known() {
    let mut world = presence_channel();
    come(&mut world, 1);
    world.take_events();
    world.text(
        r#"{"event":"pusher_internal:subscription_succeeded","channel":"presence-a","data":{"presence":7}}"#,
    );
    assert_eq!(world.kinds(), [EventKind::Error]);
    assert_eq!(world.channel("presence-a"), Some(ChannelState::Subscribed));
    assert_eq!(world.record.members["presence-a"].len(), 2);
}

#[test]
fn lists_without_end_leave_one_deadline_and_tell_who_has_gone_once() {
    let mut world = presence_channel();
    for n in 0..10_000 {
        world.text(&format!(
            r#"{{"event":"pusher_internal:subscription_succeeded","channel":"presence-a","data":{{"presence":{{"ids":["{}"]}}}}}}"#,
            n % 2
        ));
        world.take_events();
        world.advance(Duration::from_millis(1));
    }
    assert_eq!(world.session.subscriptions.grace.len(), 1);
    world.take_events();
    world.advance(Duration::from_millis(2500));
    assert!(world.take_events().is_empty(), "the last list put it off");
    world.advance(SECOND);
    assert_eq!(world.kinds(), [EventKind::MemberRemoved]);
    assert_eq!(world.session.subscriptions.grace.len(), 0);
}

#[test]
fn a_server_that_says_everything_but_that_it_is_there_is_given_up() {
    for frame in [
        r#"{"event":"e","data":"x"}"#,
        r#"{"event":"pusher:error","data":{}}"#,
        r#"{"event":"pusher:ping"}"#,
        "garbage",
    ] {
        let mut world = World::new();
        world.command(Command::Connect);
        world.opened();
        let mut frames = 0;
        while world.session.actions.is_empty() {
            world.text(frame);
            frames += 1;
            assert!(frames < 100, "{frame}");
        }
        assert_eq!(world.actions()[0], Action::Abandon);
        let errors = errors(&mut world);
        assert!(errors.len() <= frames + 1, "{frame}");
        assert_eq!(errors.last().unwrap().status, Status::Protocol, "{frame}");
        assert!(errors.last().unwrap().data.as_deref().unwrap().contains("16 frames"));
        world.advance_to_action();
        world.establish();
        assert!(world.session.is_connected());
    }
}

#[test]
fn what_comes_before_the_connection_is_no_message() {
    let mut world = World::new();
    world.command(Command::Connect);
    world.opened();
    world.text(r#"{"event":"early","data":"x"}"#);
    let events = world.take_events();
    assert!(events.iter().all(|event| event.kind != EventKind::Message));
    assert!(events.last().unwrap().data.as_deref().unwrap().contains("'early'"));
}

#[test]
fn events_that_wait_for_a_key_are_bounded_by_bytes_too() {
    let mut world = World::with(|config| {
        config.authorizer = Authorizer::Application { batches: false };
    })
    .into_connected();
    world.subscribe("private-encrypted-a");
    let id = world.take_events().last().unwrap().request;
    let secret = "cJ7zCQokv6mDgstdAlyjYiyC0x+ifxCwBcDconuuZRY=";
    let answer = ChannelAuth::new("k:s", None, Some(secret));
    let answer = AuthAnswer::Channel { channel: None, answer };
    world.session.command(world.now, 0, Command::Authorize { id, answer }, &mut world.record);
    world.succeed("private-encrypted-a");
    world.take_events();
    let data = "x".repeat(1 << 20);
    for _ in 0..100 {
        world.text(&format!(r#"{{"event":"e","channel":"private-encrypted-a","data":"{data}"}}"#));
    }
    let lost = world.take_events();
    let lost = lost.iter().filter(|event| event.kind == EventKind::DecryptionError).count();
    assert!((80..90).contains(&lost), "{lost} of 100 were dropped");
}

#[test]
fn what_a_server_says_is_quoted_in_part() {
    let mut world = World::connected();
    let request = world.subscribe("private-a");
    let long = "m".repeat(1 << 20);
    world.text(&format!(
        r#"{{"event":"pusher:subscription_error","channel":"private-a","data":{{"error":"{long}"}}}}"#
    ));
    world.text(&format!(r#"{{"event":"pusher:error","data":{{"message":"{long}"}}}}"#));
    world.text(&format!(r#"{{"event":"pusher:connection_established","data":"{long}"}}"#));
    world.text(&format!(r#""{long}""#));
    assert_eq!(world.result(request), Status::Refused);
    for event in world.take_events() {
        assert!(event.data.is_none_or(|text| text.len() <= 2048), "{:?}", event.kind);
    }
}

#[test]
fn watchlist_events_without_end_are_cut_off_and_told() {
    let mut world = World::connected();
    let events = vec![r#"{"name":"online","user_ids":[]}"#; 5000].join(",");
    world.text(&format!(
        r#"{{"event":"pusher_internal:watchlist_events","data":{{"events":[{events}]}}}}"#
    ));
    let kinds = world.kinds();
    assert_eq!(kinds.iter().filter(|kind| **kind == EventKind::Watchlist).count(), 100);
    assert_eq!(kinds[0], EventKind::Error);
}

#[test]
fn pings_that_are_never_answered_do_not_pile_up() {
    let mut world = World::connected();
    let own = world.command(Command::Ping);
    for _ in 0..5000 {
        world.advance(120 * SECOND);
        // It lives, but sends no pong.
        world.text(r#"{"event":"e","data":""}"#);
        world.actions();
        world.take_events();
    }
    assert!(world.session.heartbeat.remembered() <= 1024);
    assert!(own > 0);
}

/// A test's thread has a stack of 2 MiB, as the network thread has.
#[test]
fn deep_nesting_fits_on_a_small_stack() {
    const DEPTH: usize = 100_000;
    let deep = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(DEPTH), "}".repeat(DEPTH));
    let mut world = presence_channel();
    world.command(Command::SignIn);
    let shapes = [
        deep.clone(),
        objects,
        serde_json::to_string(&deep).unwrap(),
        format!(r#"{{"user_id":1,"user_info":{deep}}}"#),
        format!(r#"{{"presence":{{"ids":{deep}}}}}"#),
        format!(r#"{{"presence":{{"hash":{{"1":{deep}}}}}}}"#),
        format!(r#"{{"socket_id":"1.2","activity_timeout":{deep}}}"#),
    ];
    for event in [
        "e",
        "online",
        "pusher:error",
        "pusher:connection_established",
        "pusher:subscription_error",
        "pusher:signin_success",
        "pusher_internal:subscription_count",
        "pusher_internal:subscription_succeeded",
        "pusher_internal:member_added",
        "pusher_internal:watchlist_events",
    ] {
        for data in &shapes {
            world.text(&format!(r#"{{"event":"{event}","channel":"presence-a","data":{data}}}"#));
        }
    }
    // A member's info is passed on as it is.
    world.text(&format!(
        r#"{{"event":"pusher_internal:member_added","channel":"presence-a","data":{{"user_id":1,"user_info":{deep}}}}}"#
    ));
    assert_eq!(world.record.members["presence-a"].info("1"), Some(deep.as_str()));
}
