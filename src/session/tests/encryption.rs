//! Encrypted channels: keys, order, and what cannot be decrypted.

use super::*;
use crate::protocol::authorization::ChannelAuth;
use crate::protocol::encrypted::{ChannelKey, MasterKey};

const CHANNEL: &str = "private-encrypted-a";
const MASTER: &str = "OHRXNUZRTG5pUTFzQlFGd3J3N3Q2VFZFc0paZDEweVk=";

fn key(number: u8) -> ChannelKey {
    MasterKey::from_base64(MASTER).unwrap().channel_key(&format!("{CHANNEL}{number}"))
}

fn event(world: &mut World, key: &ChannelKey, name: &str) {
    let data = key.encrypt(&[9; 24], &format!("\"{name}\""));
    let data = serde_json::to_string(&data).unwrap();
    world.text(&format!(r#"{{"event":"{name}","channel":"{CHANNEL}","data":{data}}}"#));
}

fn answer(world: &mut World, answer: Result<ChannelAuth>) {
    let events = std::mem::take(&mut world.record.events);
    let asked = events.iter().rfind(|event| event.kind == EventKind::Authorize);
    let id = asked.expect("a key is asked for").request;
    world.record.events = events;
    let answer = AuthAnswer::Channel { channel: None, answer };
    world.session.command(world.now, 0, Command::Authorize { id, answer }, &mut world.record);
}

fn with_key(key: &ChannelKey) -> Result<ChannelAuth> {
    ChannelAuth::new("k:s", None, Some(&key.to_base64()))
}

/// Subscribed with key 0, which the application supplied.
fn subscribed() -> World {
    let mut world = World::with(|config| {
        config.authorizer = Authorizer::Application { batches: false };
    })
    .into_connected();
    world.subscribe(CHANNEL);
    answer(&mut world, with_key(&key(0)));
    world.succeed(CHANNEL);
    world.actions();
    world.take_events();
    world
}

fn seen(world: &mut World) -> Vec<(EventKind, String)> {
    let told = |event: &Seen| matches!(event.kind, EventKind::Message | EventKind::DecryptionError);
    let events = world.take_events().into_iter().filter(told);
    events.map(|event| (event.kind, event.name)).collect()
}

fn message(name: &str) -> (EventKind, String) {
    (EventKind::Message, name.into())
}

fn lost() -> (EventKind, String) {
    (EventKind::DecryptionError, "pusher:decryption_error".into())
}

#[test]
fn events_are_decrypted_and_the_key_is_never_sent() {
    let mut world = World::with(|config| {
        let master_key = MasterKey::from_base64(MASTER).ok();
        config.authorizer = Authorizer::Secret { credentials: credentials(), master_key };
    })
    .into_connected();
    world.subscribe(CHANNEL);
    let key = MasterKey::from_base64(MASTER).unwrap().channel_key(CHANNEL);
    assert!(!world.sent()[0].contains(&key.to_base64()));
    world.succeed(CHANNEL);
    world.take_events();
    event(&mut world, &key, "hello");
    let event = world.take_events().remove(0);
    assert_eq!((event.kind, event.data.as_deref()), (EventKind::Message, Some("\"hello\"")));
}

#[test]
fn without_a_master_key_the_error_says_what_to_set() {
    let mut world = World::connected();
    let request = world.subscribe(CHANNEL);
    assert_eq!(world.result(request), Status::Auth);
    assert!(world.take_events()[0].data.as_ref().unwrap().contains("master key"));
}

#[test]
fn an_answer_without_a_key_is_refused() {
    let mut world = World::with(|config| {
        config.authorizer = Authorizer::Application { batches: false };
    })
    .into_connected();
    let request = world.subscribe(CHANNEL);
    answer(&mut world, ChannelAuth::new("k:s", None, None));
    assert_eq!(world.result(request), Status::Auth);
}

#[test]
fn while_a_key_is_fetched_anew_events_wait_in_order() {
    let mut world = subscribed();
    event(&mut world, &key(0), "one");
    event(&mut world, &key(1), "two");
    event(&mut world, &key(0), "three");
    event(&mut world, &key(1), "four");
    let asked = world.record.events.iter().filter(|e| e.kind == EventKind::Authorize).count();
    assert_eq!(asked, 1, "one fetch at a time");
    answer(&mut world, with_key(&key(1)));
    // "three" fails with the new key: perhaps there is a newer one.
    assert_eq!(seen(&mut world)[..2], [message("one"), message("two")]);
    world.actions();
    event(&mut world, &key(1), "five");
    assert!(seen(&mut world).is_empty());
}

#[test]
fn an_event_that_no_key_opens_is_told_and_the_next_ones_arrive() {
    let mut world = subscribed();
    event(&mut world, &key(7), "lost");
    event(&mut world, &key(0), "fine");
    answer(&mut world, with_key(&key(0)));
    assert_eq!(seen(&mut world), [lost(), message("fine")]);
    event(&mut world, &key(8), "lost too");
    let asked = world.take_events();
    assert!(asked.iter().any(|event| event.kind == EventKind::Authorize), "asked once more");
}

#[test]
fn garbage_does_not_make_a_client_ask_without_end() {
    let mut world = subscribed();
    let mut asked = 0;
    for _ in 0..1000 {
        event(&mut world, &key(7), "x");
        event(&mut world, &key(8), "y");
        let told = world.take_events();
        if told.iter().any(|event| event.kind == EventKind::Authorize) {
            asked += 1;
            world.record.events = told;
            answer(&mut world, with_key(&key(0)));
            world.take_events();
        }
        world.advance(Duration::from_millis(10));
    }
    assert!((9..=11).contains(&asked), "asked {asked} times in ten seconds");
    // What can be decrypted is, all the time.
    event(&mut world, &key(0), "fine");
    assert_eq!(seen(&mut world), [message("fine")]);
}

#[test]
fn a_key_that_cannot_be_fetched_costs_the_events_that_waited_for_it() {
    let mut world = subscribed();
    event(&mut world, &key(1), "a");
    event(&mut world, &key(0), "b");
    answer(&mut world, Err(Error::new(Status::Auth, "no")));
    assert_eq!(seen(&mut world), [lost(), message("b")]);
}

#[test]
fn what_waits_when_the_connection_is_lost_is_told_as_lost() {
    let mut world = subscribed();
    event(&mut world, &key(1), "a");
    event(&mut world, &key(1), "b");
    world.close(1006);
    assert_eq!(seen(&mut world), [lost(), lost()]);
}

#[test]
fn plain_data_on_an_encrypted_channel_is_not_believed() {
    let mut world = World::with(|config| {
        let master_key = MasterKey::from_base64(MASTER).ok();
        config.authorizer = Authorizer::Secret { credentials: credentials(), master_key };
    })
    .into_connected();
    world.subscribe(CHANNEL);
    world.succeed(CHANNEL);
    world.take_events();
    world.text(&format!(r#"{{"event":"e","channel":"{CHANNEL}","data":"plain"}}"#));
    assert_eq!(seen(&mut world), [lost()]);
}

#[test]
fn a_flood_of_garbage_does_not_fill_the_memory() {
    let mut world = subscribed();
    for _ in 0..5000 {
        event(&mut world, &key(1), "x");
    }
    assert_eq!(seen(&mut world).len(), 4000);
}
