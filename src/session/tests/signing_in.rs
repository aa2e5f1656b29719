//! Signing in, and what comes to a user.

use super::*;
use crate::protocol::authorization::{ChannelAuth, UserAuth};

const USER: &str = r#"{"id":"12345","user_info":{"name":"Ann"}}"#;

fn world() -> World {
    World::with(|config| {
        config.user_data = Some(USER.into());
        config.channel_data = None;
    })
    .into_connected()
}

fn confirm(world: &mut World) {
    let data = serde_json::json!({ "user_data": USER }).to_string();
    world.text(&format!(r#"{{"event":"pusher:signin_success","data":{data}}}"#));
}

#[test]
fn signing_in_is_signed_confirmed_and_followed_by_the_users_own_channel() {
    let mut world = world();
    let request = world.command(Command::SignIn);
    let frame: serde_json::Value = serde_json::from_str(&world.sent()[0]).unwrap();
    assert_eq!(frame["event"], "pusher:signin");
    assert_eq!(frame["data"]["auth"], credentials().user_auth("1234.1", USER));
    assert_eq!(frame["data"]["user_data"], USER);
    confirm(&mut world);
    assert_eq!(
        world.sent(),
        [r##"{"event":"pusher:subscribe","data":{"channel":"#server-to-user-12345"}}"##]
    );
    assert_eq!(world.result(request), Status::Ok);
    let event = world.take_events().remove(0);
    assert_eq!(event.kind, EventKind::SignedIn);
    assert_eq!((event.user_id.as_deref(), event.data.as_deref()), (Some("12345"), Some(USER)));
    world.text(r##"{"event":"mail","channel":"#server-to-user-12345","data":"1"}"##);
    assert_eq!(world.take_events()[0].name, "mail");
}

#[test]
fn signing_in_before_connecting_and_again_after_every_reconnect() {
    let mut world = World::with(|config| config.user_data = Some(USER.into()));
    let request = world.command(Command::SignIn);
    assert!(world.actions().is_empty());
    world.command(Command::Connect);
    world.establish();
    assert_eq!(world.sent().len(), 1);
    confirm(&mut world);
    assert_eq!(world.result(request), Status::Ok);
    world.actions();
    world.close(4200);
    world.establish();
    assert!(world.sent()[0].contains("pusher:signin"));
}

#[test]
fn a_refused_sign_in_is_an_event_and_can_be_tried_again() {
    let mut world = world();
    let request = world.command(Command::SignIn);
    world.text(r#"{"event":"pusher:error","data":{"code":4009,"message":"no"}}"#);
    assert_eq!(world.result(request), Status::Auth);
    let told = world.take_events();
    assert!(told.iter().any(|event| event.kind == EventKind::SignInError && event.code == 4009));
    world.actions();
    world.command(Command::SignIn);
    assert_eq!(world.sent().len(), 1);
}

#[test]
fn a_server_that_knows_no_users_is_told_apart_by_the_deadline() {
    let mut world = world();
    let request = world.command(Command::SignIn);
    world.advance(20 * SECOND);
    assert_eq!(world.result(request), Status::Timeout);
}

#[test]
fn without_a_user_or_a_secret_the_error_says_what_to_set() {
    let mut world = World::connected();
    let request = world.command(Command::SignIn);
    assert_eq!(world.result(request), Status::Auth);
    assert!(world.take_events()[0].data.as_ref().unwrap().contains("set the user"));
}

#[test]
fn a_presence_channel_may_take_its_user_from_the_sign_in() {
    let mut world = world();
    let sign_in = world.command(Command::SignIn);
    let subscribe = world.subscribe("presence-a");
    assert_eq!(world.sent().len(), 1, "it waits for the sign-in");
    confirm(&mut world);
    let frame: serde_json::Value = serde_json::from_str(&world.sent()[1]).unwrap();
    assert_eq!(frame["data"]["auth"], credentials().channel_auth("1234.1", "presence-a", None));
    assert_eq!(frame["data"].get("channel_data"), None);
    world.succeed("presence-a");
    assert_eq!(world.record.members["presence-a"].me(), Some("12345"));
    assert_eq!((world.result(sign_in), world.result(subscribe)), (Status::Ok, Status::Ok));
}

#[test]
fn a_presence_channel_that_waits_for_a_sign_in_learns_that_it_failed() {
    let mut world = world();
    world.command(Command::SignIn);
    let subscribe = world.subscribe("presence-a");
    world.advance(20 * SECOND);
    assert_eq!(world.result(subscribe), Status::Auth);
}

#[test]
fn the_watchlist_in_both_shapes() {
    let mut world = world();
    world.command(Command::SignIn);
    confirm(&mut world);
    world.take_events();
    world.text(r#"{"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"1\",\"2\"]},{\"name\":\"offline\",\"user_ids\":[\"3\"]}]}"}"#);
    let told = world.take_events();
    assert_eq!((told[0].name.as_str(), told[0].value), ("online", 2));
    assert_eq!(told[1].data.as_deref(), Some(r#"["3"]"#));
    world.text(r#"{"event":"offline","data":{"user_ids":["9"]}}"#);
    let told = world.take_events().remove(0);
    assert_eq!((told.kind, told.data.as_deref()), (EventKind::Watchlist, Some(r#"["9"]"#)));
}

#[test]
fn closing_cancels_a_sign_in() {
    let mut world = world();
    let request = world.command(Command::SignIn);
    world.close_session();
    assert_eq!(world.result(request), Status::Cancelled);
}

/// A permission that says no user, from whoever gives it: it relies on the sign-in, which may end later.
#[test]
fn a_permission_without_a_user_waits_for_the_sign_in() {
    for outcome in [Status::Ok, Status::Auth] {
        let mut world = World::with(|config| {
            config.authorizer = Authorizer::Application { batches: false };
            config.channel_data = None;
        })
        .into_connected();
        for connection in 0..2 {
            let sign_in = (connection == 0).then(|| world.command(Command::SignIn));
            let subscribe = (connection == 0).then(|| world.subscribe("presence-a"));
            let asked = world.take_events();
            let number = |kind| asked.iter().find(|event| event.kind == kind).unwrap().request;
            let auth = ChannelAuth::new("key:signature", None, None);
            let answer = AuthAnswer::Channel { channel: None, answer: auth };
            world.command(Command::Authorize { id: number(EventKind::Authorize), answer });
            assert_eq!(world.channel("presence-a"), Some(ChannelState::Waiting));
            assert!(world.sent().is_empty(), "the server does not know the user yet");
            let answer = match outcome {
                Status::Ok => UserAuth::new("key:signature", USER),
                _ => Err(Error::new(Status::Auth, "no")),
            };
            let answer = AuthAnswer::User(answer);
            world.command(Command::Authorize { id: number(EventKind::AuthorizeUser), answer });
            if outcome == Status::Ok {
                confirm(&mut world);
                let sent = world.sent();
                assert!(sent[2].contains(r#""channel":"presence-a","auth":"key:signature""#));
                world.succeed("presence-a");
                assert_eq!(world.record.members["presence-a"].me(), Some("12345"));
            } else {
                assert_eq!(world.channel("presence-a"), Some(ChannelState::Refused));
            }
            for request in [sign_in, subscribe].into_iter().flatten() {
                assert_eq!(world.result(request), outcome);
            }
            world.take_events();
            world.actions();
            world.close(4200);
            world.advance_to_action();
            world.establish();
        }
    }
}

#[test]
fn a_watchlist_may_come_before_the_sign_in_is_confirmed() {
    let mut world = world();
    let offline = r#"{"event":"offline","data":{"user_ids":["9"]}}"#;
    world.text(offline);
    assert_eq!(world.take_events().remove(0).kind, EventKind::Message, "somebody's own event");
    world.command(Command::SignIn);
    world.text(offline);
    let told = world.take_events().remove(0);
    assert_eq!((told.kind, told.data.as_deref()), (EventKind::Watchlist, Some(r#"["9"]"#)));
}
