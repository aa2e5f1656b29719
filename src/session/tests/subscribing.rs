//! Subscriptions: before and after connecting, answered, refused, withdrawn.

use super::*;

fn refuse(world: &mut World, channel: &str) {
    world.text(&format!(
        r#"{{"event":"pusher:subscription_error","channel":"{channel}","data":{{"type":"AuthError","error":"The connection is unauthorized.","status":401}}}}"#
    ));
}

#[test]
fn subscribing_before_connecting_waits_for_the_connection() {
    let mut world = World::new();
    let requests = ["b", "a", "private-c"].map(|channel| world.subscribe(channel));
    assert!(world.actions().is_empty());
    assert_eq!(world.channel("a"), Some(ChannelState::Waiting));
    world.command(Command::Connect);
    world.establish();
    let sent = world.sent();
    assert_eq!(
        sent[..2],
        [
            r#"{"event":"pusher:subscribe","data":{"channel":"b"}}"#,
            r#"{"event":"pusher:subscribe","data":{"channel":"a"}}"#,
        ],
        "in the order in which they were wanted"
    );
    assert!(
        sent[2].contains(r#""channel":"private-c","auth":"278d425bdf160c739803:"#),
        "{}",
        sent[2]
    );
    assert_eq!(world.channel("a"), Some(ChannelState::Pending));
    ["a", "b", "private-c"].iter().for_each(|channel| world.succeed(channel));
    for request in requests {
        assert_eq!(world.result(request), Status::Ok);
    }
    assert_eq!(world.channel("a"), Some(ChannelState::Subscribed));
}

#[test]
fn a_private_channel_is_signed_for_the_socket_id_and_a_presence_channel_for_its_user() {
    let mut world = World::connected();
    world.subscribe("private-x");
    let auth = credentials();
    let expected = auth.channel_auth("1234.1", "private-x", None);
    assert!(world.sent()[0].contains(&expected));

    world.subscribe("presence-x");
    let data = r#"{"user_id":"me"}"#;
    let frame: serde_json::Value = serde_json::from_str(&world.sent()[0]).unwrap();
    assert_eq!(frame["data"]["auth"], auth.channel_auth("1234.1", "presence-x", Some(data)));
    assert_eq!(frame["data"]["channel_data"], data);

    let own = r#"{ "user_id" : 7, "user_info":{"ü":1} }"#;
    let channel = name("presence-y");
    world.command(Command::Subscribe { channel, channel_data: Some(own.into()), auth: None });
    let frame: serde_json::Value = serde_json::from_str(&world.sent()[0]).unwrap();
    assert_eq!(frame["data"]["channel_data"], own, "byte for byte");
    assert_eq!(frame["data"]["auth"], auth.channel_auth("1234.1", "presence-y", Some(own)));
}

#[test]
fn without_a_secret_or_a_user_the_error_says_what_to_set() {
    let mut world = World::with(|config| config.authorizer = Authorizer::None).into_connected();
    let request = world.subscribe("private-x");
    assert_eq!(world.result(request), Status::Auth);
    let error = world.take_events().remove(0);
    assert_eq!(error.kind, EventKind::SubscriptionError);
    assert!(error.data.unwrap().contains("set the secret"));
    assert!(world.sent().is_empty());

    let mut world = World::with(|config| config.channel_data = None).into_connected();
    let request = world.subscribe("presence-x");
    assert_eq!(world.result(request), Status::Auth);
    assert!(world.take_events().remove(0).data.unwrap().contains("presence user"));
}

#[test]
fn subscribing_twice_is_one_subscription() {
    let mut world = World::connected();
    let first = world.subscribe("a");
    let second = world.subscribe("a");
    assert_eq!(world.sent().len(), 1);
    world.succeed("a");
    assert_eq!((world.result(first), world.result(second)), (Status::Ok, Status::Ok));
    let third = world.subscribe("a");
    assert_eq!(world.result(third), Status::Ok);
    assert!(world.sent().is_empty());
}

#[test]
fn a_success_without_data_is_a_success() {
    let mut world = World::connected();
    let request = world.subscribe("a");
    world.text(r#"{"event":"pusher_internal:subscription_succeeded","channel":"a"}"#);
    assert_eq!(world.result(request), Status::Ok);
}

#[test]
fn a_refusal_says_why_and_can_be_retried() {
    let mut world = World::connected();
    let request = world.subscribe("private-a");
    world.actions();
    refuse(&mut world, "private-a");
    assert_eq!(world.result(request), Status::Auth);
    assert_eq!(world.channel("private-a"), Some(ChannelState::Refused));
    let error = world.take_events().remove(0);
    assert_eq!((error.kind, error.code), (EventKind::SubscriptionError, 401));
    assert!(error.data.unwrap().contains("The connection is unauthorized."));

    let again = world.subscribe("private-a");
    assert_eq!(world.sent().len(), 1);
    world.succeed("private-a");
    assert_eq!(world.result(again), Status::Ok);
}

#[test]
fn the_internal_spelling_of_a_refusal_counts_too() {
    let mut world = World::connected();
    let request = world.subscribe("private-a");
    world.text(
        r#"{"event":"pusher_internal:subscription_error","channel":"private-a","data":"{}"}"#,
    );
    assert_eq!(world.result(request), Status::Refused);
}

#[test]
fn a_refusal_that_names_no_channel_is_for_the_only_one_waiting() {
    let unauthorised = r#"{"event":"pusher:error","data":{"code":4009,"message":"no"}}"#;
    let mut world = World::connected();
    let public = world.subscribe("news");
    let private = world.subscribe("private-a");
    world.text(unauthorised);
    assert_eq!(world.result(private), Status::Auth);
    assert!(world.is_pending(public), "a public channel needs no authorisation");
    assert_eq!(world.record.state, ConnectionState::Connected);

    // With two it could be either: the deadline decides.
    let mut world = World::connected();
    let both = ["private-a", "private-b"].map(|channel| world.subscribe(channel));
    world.text(unauthorised);
    world.succeed("private-b");
    assert!(world.is_pending(both[0]));
    world.advance(20 * SECOND);
    assert_eq!(world.result(both[0]), Status::Timeout);
    assert_eq!(world.result(both[1]), Status::Ok);
    assert_eq!(world.channel("private-a"), Some(ChannelState::Refused));
}

#[test]
fn a_late_success_after_the_deadline_is_still_a_success() {
    let mut world = World::connected();
    let request = world.subscribe("a");
    world.advance(20 * SECOND);
    assert_eq!(world.result(request), Status::Timeout);
    world.succeed("a");
    assert_eq!(world.channel("a"), Some(ChannelState::Subscribed));
}

#[test]
fn unsubscribing_what_was_never_answered_tells_the_server_all_the_same() {
    let mut world = World::connected();
    world.subscribe("a");
    world.advance(20 * SECOND);
    assert_eq!(world.channel("a"), Some(ChannelState::Refused));
    world.actions();
    world.unsubscribe("a");
    assert_eq!(world.sent(), [r#"{"event":"pusher:unsubscribe","data":{"channel":"a"}}"#]);
}

#[test]
fn unsubscribing_tells_the_server_and_stops_the_events() {
    let mut world = World::connected();
    world.subscribe("a");
    world.succeed("a");
    world.actions();
    world.take_events();
    let request = world.unsubscribe("a");
    assert_eq!(world.sent(), [r#"{"event":"pusher:unsubscribe","data":{"channel":"a"}}"#]);
    assert_eq!(world.result(request), Status::Ok);
    assert_eq!(world.channel("a"), None);
    world.take_events();
    world.text(r#"{"event":"late","channel":"a","data":"1"}"#);
    assert!(world.take_events().is_empty());
    let again = world.unsubscribe("a");
    assert_eq!(world.result(again), Status::NotSubscribed);
    assert!(world.sent().is_empty());
}

#[test]
fn the_channel_of_the_last_event_is_forgotten_when_it_is_unsubscribed() {
    let mut world = World::connected();
    let event = |channel: &str| format!(r#"{{"event":"e","channel":"{channel}","data":"\""}}"#);
    for channel in ["a", "b"] {
        world.subscribe(channel);
        world.succeed(channel);
    }
    world.take_events();
    for channel in ["a", "a", "b", "a"] {
        world.text(&event(channel));
    }
    assert_eq!(world.kinds(), [EventKind::Message; 4]);
    world.unsubscribe("a");
    world.take_events();
    for channel in ["a", "b", "a"] {
        world.text(&event(channel));
    }
    let events = world.take_events();
    assert_eq!(events.iter().map(|e| e.channel.as_deref()).collect::<Vec<_>>(), [Some("b")]);
    world.subscribe("a");
    world.text(&event("a"));
    assert_eq!(world.kinds(), [EventKind::Message]);
}

#[test]
fn unsubscribing_while_pending_cancels_and_ignores_the_answer() {
    let mut world = World::connected();
    let subscribe = world.subscribe("a");
    let unsubscribe = world.unsubscribe("a");
    assert_eq!(world.sent().len(), 2);
    assert_eq!(world.result(subscribe), Status::Cancelled);
    assert_eq!(world.result(unsubscribe), Status::Ok);
    world.take_events();
    world.succeed("a");
    assert!(world.take_events().is_empty());
    assert_eq!(world.channel("a"), None);
}

#[test]
fn unsubscribing_before_connecting_sends_nothing() {
    let mut world = World::new();
    let subscribe = world.subscribe("a");
    let unsubscribe = world.unsubscribe("a");
    assert_eq!(world.result(subscribe), Status::Cancelled);
    assert_eq!(world.result(unsubscribe), Status::Ok);
    world.command(Command::Connect);
    world.establish();
    assert!(world.sent().is_empty());
}

#[test]
fn a_refusal_of_a_withdrawn_try_does_not_end_the_next_one() {
    let mut world = World::connected();
    world.subscribe("private-a");
    world.unsubscribe("private-a");
    let second = world.subscribe("private-a");
    assert_eq!(world.sent().len(), 3);
    refuse(&mut world, "private-a");
    assert!(world.is_pending(second), "that was the answer to the first");
    refuse(&mut world, "private-a");
    assert_eq!(world.result(second), Status::Auth);
}

/// With an application that answers late, the answers to an earlier try meet one that has not asked.
fn asked_twice() -> (World, RequestId, crate::session::AuthId) {
    let application = |config: &mut SessionConfig| {
        config.authorizer = Authorizer::Application { batches: false };
    };
    let mut world = World::with(application).into_connected();
    world.subscribe("private-a");
    let first = permit(&mut world);
    world.command(first);
    world.unsubscribe("private-a");
    world.take_events();
    let second = world.subscribe("private-a");
    let asked = world.record.events.last().unwrap().request;
    (world, second, asked)
}

fn permit(world: &mut World) -> Command {
    let id = world.take_events().last().unwrap().request;
    permission(id)
}

fn permission(id: crate::session::AuthId) -> Command {
    let auth = crate::protocol::authorization::ChannelAuth::new("k:s", None, None);
    Command::Authorize { id, answer: AuthAnswer::Channel { channel: None, answer: auth } }
}

#[test]
fn a_withdrawn_try_that_succeeded_takes_no_refusal_from_the_next() {
    let (mut world, second, asked) = asked_twice();
    world.succeed("private-a");
    assert!(world.is_pending(second));
    world.command(permission(asked));
    refuse(&mut world, "private-a");
    assert_eq!(world.result(second), Status::Auth);
}

#[test]
fn a_refusal_that_comes_too_late_does_not_end_a_try_that_has_not_asked() {
    let (mut world, second, asked) = asked_twice();
    refuse(&mut world, "private-a");
    refuse(&mut world, "private-a");
    assert!(world.is_pending(second));
    world.command(permission(asked));
    world.succeed("private-a");
    assert_eq!(world.result(second), Status::Ok);
}

#[test]
fn a_refusal_may_have_another_code_or_none_and_be_about_a_client_event() {
    for (code, status) in
        [("4000", Status::Refused), ("4300", Status::Refused), ("null", Status::Refused)]
    {
        let frame =
            format!(r#"{{"event":"pusher:error","data":{{"code":{code},"message":"no"}}}}"#);
        let mut world = World::connected();
        world.subscribe("private-a");
        world.succeed("private-a");
        let request = world.subscribe("presence-b");
        world.text(&frame);
        assert_eq!(world.result(request), status, "{code}");

        let request = world.subscribe("presence-c");
        world.publish("private-a", "e");
        world.text(&frame);
        assert!(world.is_pending(request), "{code}: it may be about the event");
    }
    // With a refusal that has a channel to be about, the event is not blamed, too.
    let mut world = World::connected();
    world.subscribe("private-a");
    world.succeed("private-a");
    let event = world.publish("private-a", "e");
    world.advance(3 * SECOND);
    world.take_events();
    world.subscribe("presence-b");
    world.text(r#"{"event":"pusher:error","data":{"code":4300,"message":"no"}}"#);
    assert!(world.take_events().iter().all(|seen| seen.request != event));
}

#[test]
fn the_newer_user_counts_while_a_channel_waits() {
    let mut world = World::new();
    world.subscribe("presence-x");
    let own = r#"{"user_id":"other"}"#;
    let channel = name("presence-x");
    world.command(Command::Subscribe { channel, channel_data: Some(own.into()), auth: None });
    world.command(Command::Connect);
    world.establish();
    assert!(world.sent()[0].contains("other"));
}

#[test]
fn unsubscribing_all_leaves_nothing() {
    let mut world = World::connected();
    let pending = world.subscribe("a");
    world.subscribe("b");
    world.succeed("b");
    world.actions();
    let all = world.command(Command::UnsubscribeAll);
    assert_eq!(world.result(all), Status::Ok);
    assert_eq!(world.result(pending), Status::Cancelled);
    assert_eq!(world.sent().len(), 2);
    assert!(world.record.channels.is_empty());
}

#[test]
fn messages_arrive_with_all_they_brought() {
    let mut world = World::connected();
    world.subscribe("presence-a");
    world.succeed("presence-a");
    world.take_events();
    world.text(
        r#"{"event":"client-x","channel":"presence-a","data":"{\"a\":\"ü\\n\"}","user_id":"7"}"#,
    );
    let seen = world.take_events().remove(0);
    assert_eq!(seen.kind, EventKind::Message);
    assert_eq!(seen.name, "client-x");
    assert_eq!(seen.channel.as_deref(), Some("presence-a"));
    assert_eq!(seen.data.as_deref(), Some(r#"{"a":"ü\n"}"#));
    assert_eq!(seen.user_id.as_deref(), Some("7"));
}

#[test]
fn counts_and_cache_misses_are_events_of_wanted_channels() {
    let mut world = World::connected();
    world.subscribe("cache-a");
    world.succeed("cache-a");
    world.take_events();
    for data in ["", r#","data":"{}""#, r#","data":"null""#] {
        world.text(&format!(r#"{{"event":"pusher:cache_miss","channel":"cache-a"{data}}}"#));
        assert_eq!(world.kinds(), [EventKind::CacheMiss]);
    }
    for count in [0, 7] {
        world.text(&format!(
            r#"{{"event":"pusher_internal:subscription_count","channel":"cache-a","data":"{{\"subscription_count\":{count}}}"}}"#
        ));
        let seen = world.take_events().remove(0);
        assert_eq!(seen.name, "pusher:subscription_count");
        assert_eq!((seen.kind, seen.value), (EventKind::SubscriptionCount, count));
    }
    world.text(r#"{"event":"pusher:cache_miss","channel":"cache-other"}"#);
    assert!(world.take_events().is_empty());
}
