//! Presence members, kept by the session.

use super::*;

fn joined(world: &mut World, channel: &str, ids: &str) {
    world.text(&format!(
        r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{channel}","data":{{"presence":{{"ids":{ids},"hash":[],"count":0}}}}}}"#
    ));
}

fn member(world: &mut World, event: &str, data: &str) {
    world.text(&format!(
        r#"{{"event":"pusher_internal:{event}","channel":"presence-a","data":{data}}}"#
    ));
}

fn ids(world: &World) -> Vec<&str> {
    world.record.members["presence-a"].iter().map(|(id, _)| id).collect()
}

fn present() -> World {
    let mut world = World::connected();
    world.subscribe("presence-a");
    world.actions();
    joined(&mut world, "presence-a", r#"["ann","me"]"#);
    world
}

#[test]
fn the_list_and_the_own_id_are_known_when_the_subscription_is() {
    let mut world = present();
    assert_eq!(ids(&world), ["ann", "me"]);
    assert_eq!(world.record.members["presence-a"].me(), Some("me"));
    let subscribed = world.take_events().remove(0);
    assert_eq!((subscribed.kind, subscribed.value), (EventKind::Subscribed, 2));
}

#[test]
fn members_come_and_go_with_their_info() {
    let mut world = present();
    world.take_events();
    member(&mut world, "member_added", r#""{\"user_id\":\"ben\",\"user_info\":{\"n\":1}}""#);
    let added = world.take_events().remove(0);
    assert_eq!((added.kind, added.name.as_str()), (EventKind::MemberAdded, "pusher:member_added"));
    assert_eq!(added.user_id.as_deref(), Some("ben"));
    assert_eq!((added.data.as_deref(), added.value), (Some(r#"{"n":1}"#), 3));
    assert_eq!(ids(&world), ["ann", "ben", "me"]);

    member(&mut world, "member_removed", r#"{"user_id":"ben"}"#);
    let removed = world.take_events().remove(0);
    assert_eq!(removed.kind, EventKind::MemberRemoved);
    assert_eq!(removed.data.as_deref(), Some(r#"{"n":1}"#), "the info that was known");
    assert_eq!((removed.value, ids(&world)), (2, vec!["ann", "me"]));
}

#[test]
fn what_is_no_news_is_no_event() {
    let mut world = present();
    world.take_events();
    member(&mut world, "member_added", r#"{"user_id":"ann"}"#);
    member(&mut world, "member_removed", r#"{"user_id":"nobody"}"#);
    assert!(world.take_events().is_empty());
    member(&mut world, "member_added", r#""garbage""#);
    assert_eq!(world.kinds(), [EventKind::Error]);
}

#[test]
fn numbers_are_user_ids_too() {
    let mut world = present();
    member(&mut world, "member_added", r#"{"user_id":17}"#);
    assert_eq!(ids(&world), ["17", "ann", "me"]);
}

fn changes(world: &mut World) -> Vec<(EventKind, String)> {
    let events = world.take_events().into_iter();
    events.filter_map(|event| Some((event.kind, event.user_id?))).collect()
}

fn reconnected(ids: &str) -> World {
    let mut world = present();
    world.close(4200);
    world.establish();
    world.actions();
    world.take_events();
    joined(&mut world, "presence-a", ids);
    world
}

#[test]
fn after_a_reconnect_only_the_difference_is_told_and_leaving_after_a_grace_time() {
    let mut world = reconnected(r#"["me","zoe"]"#);
    assert_eq!(changes(&mut world), [(EventKind::MemberAdded, "zoe".into())]);
    assert_eq!(ids(&world), ["me", "zoe"]);
    world.advance(2 * SECOND);
    assert!(changes(&mut world).is_empty());
    world.advance(SECOND);
    assert_eq!(changes(&mut world), [(EventKind::MemberRemoved, "ann".into())]);
}

#[test]
fn a_list_that_leaves_out_its_subscriber_is_completed() {
    let mut world = World::with(|config| {
        config.channel_data = Some(r#"{"user_id":"me","user_info":{"n":1}}"#.into());
    })
    .into_connected();
    world.subscribe("presence-a");
    joined(&mut world, "presence-a", "[]");
    assert_eq!(world.record.members["presence-a"].info("me"), Some(r#"{"n":1}"#));
    assert_eq!(world.take_events()[0].value, 1);
}

#[test]
fn who_comes_back_within_the_grace_time_has_never_left() {
    let mut world = reconnected(r#"["me"]"#);
    member(&mut world, "member_added", r#"{"user_id":"ann"}"#);
    world.advance(60 * SECOND);
    assert!(changes(&mut world).is_empty());
    assert_eq!(ids(&world), ["ann", "me"]);
}

#[test]
fn the_grace_time_does_not_end_while_nothing_is_read() {
    let mut world = reconnected(r#"["me"]"#);
    world.pause(true);
    world.advance(60 * SECOND);
    world.pause(false);
    world.advance(SECOND);
    assert!(changes(&mut world).is_empty());
    member(&mut world, "member_added", r#"{"user_id":"ann"}"#);
    world.advance(60 * SECOND);
    assert!(changes(&mut world).is_empty());
    assert_eq!(ids(&world), ["ann", "me"]);
}

#[test]
fn the_grace_time_survives_another_loss() {
    let mut world = reconnected(r#"["me"]"#);
    world.close(4200);
    world.advance_to_action();
    world.establish();
    world.actions();
    joined(&mut world, "presence-a", r#"["me"]"#);
    world.advance(3 * SECOND);
    assert_eq!(changes(&mut world), [(EventKind::MemberRemoved, "ann".into())]);
}

#[test]
fn a_list_that_cannot_be_read_is_told_and_the_channel_is_subscribed_all_the_same() {
    let mut world = World::connected();
    let request = world.subscribe("presence-a");
    joined(&mut world, "presence-a", "7");
    assert_eq!(world.result(request), Status::Ok);
    assert_eq!(world.take_events()[0].kind, EventKind::Error);
    assert_eq!(ids(&world), ["me"], "oneself at least");
}
