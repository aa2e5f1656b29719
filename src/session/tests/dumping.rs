//! What a dump says about a session, and what it must not say.

use super::*;
use crate::protocol::auth_request::AuthRequests;
use crate::protocol::authorization::ChannelAuth;
use crate::protocol::encrypted::{ChannelKey, MasterKey};
use crate::session::config::AuthEndpoint;

const MASTER: &str = "OHRXNUZRTG5pUTFzQlFGd3J3N3Q2VFZFc0paZDEweVk=";

fn dump(world: &World) -> serde_json::Value {
    let mut dump = world.session.dump(world.now);
    world.session.redact(&mut dump);
    dump
}

#[test]
fn it_tells_how_far_everything_is() {
    let mut world = World::new();
    let connect = world.command(Command::Connect);
    let waiting = world.subscribe("private-a");
    let publish = world.publish("private-a", "client-typing");
    world.advance(3 * SECOND);
    let told = dump(&world);
    assert_eq!(told["connection"]["state"], "connecting");
    assert_eq!(told["connection"]["phase"], "opening");
    assert_eq!(told["connection"]["for_ms"], 3000);
    assert_eq!(told["connection"]["server"], "wss://example.com:443");
    assert_eq!(told["pending"]["connects"]["requests"][0], connect);
    assert_eq!(told["pending"]["publishes"][0]["request"], publish);
    assert_eq!(told["pending"]["publishes"][0]["gives_up_in_ms"], 27_000);
    assert_eq!(told["channels"]["list"][0]["state"], "waiting");
    assert_eq!(told["channels"]["list"][0]["requests"]["requests"][0], waiting);
    // Sooner than the connect timeout of 20 s: the state is called unavailable.
    assert_eq!(told["timers_in_ms"]["connection"], 7000);

    world.establish();
    world.command(Command::Ping);
    world.succeed("private-a");
    world.text(r#"{"event":"e","channel":"private-a","data":"123"}"#);
    world.advance(SECOND);
    let told = dump(&world);
    assert_eq!(told["connection"]["phase"], "established");
    assert_eq!(told["connection"]["socket_id"], "1234.1");
    assert_eq!(told["connection"]["last_heard_ms_ago"], 1000);
    assert_eq!(told["pending"]["pings"]["count"], 1);
    assert_eq!(told["pending"]["oldest_ping_ms_ago"], 1000);
    assert_eq!(told["channels"]["list"][0]["state"], "subscribed");
    assert_eq!(told["channels"]["list"][0]["messages"], 1);
    assert_eq!(told["timers_in_ms"]["ping_or_pong"], 29_000);

    world.close(1006);
    let told = dump(&world);
    assert_eq!(told["connection"]["phase"], "waiting");
    assert_eq!(told["connection"]["socket_id"], serde_json::Value::Null);
    assert_eq!(told["channels"]["list"][0]["has_gap"], true);
}

#[test]
fn a_crowd_is_counted_and_not_listed_whole() {
    let mut world = World::new();
    for n in 0..1500 {
        world.subscribe(&format!("channel-{n}"));
    }
    let told = dump(&world);
    assert_eq!(told["channels"]["list"].as_array().unwrap().len(), 1000);
    assert_eq!(told["channels"]["left_out"], 500);
    assert_eq!(told["channels"]["list"][999]["name"], "channel-999", "as they were wanted");
}

#[test]
fn no_secret_of_the_configuration_is_in_it() {
    let mut world = World::with(|config| {
        let master_key = Some(MasterKey::from_base64(MASTER).unwrap());
        config.authorizer = Authorizer::Secret { credentials: credentials(), master_key };
        config.channel_data = Some(r#"{"user_id":"me","user_info":{"pw":"planted"}}"#.into());
    })
    .into_connected();
    let auth = ChannelAuth {
        auth: format!("key:{}", "5f".repeat(32)),
        channel_data: None,
        key: Some(ChannelKey::from_base64(MASTER).unwrap()),
    };
    let channel = name("private-encrypted-a");
    world.command(Command::Subscribe { channel, channel_data: None, auth: Some(auth) });
    world.subscribe("presence-b");
    let told = dump(&world).to_string();
    for secret in ["7ad3773142a6692b25b8", MASTER, "planted", &"5f".repeat(32)] {
        assert!(!told.contains(secret), "{secret} is in {told}");
    }
    assert!(told.contains(r#""master_key":true"#) && told.contains(r#""has_presence_user":true"#));
}

#[test]
fn an_endpoint_is_told_without_tokens() {
    let world = World::with(|config| {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let requests = AuthRequests {
            channel_url: Some(
                "https://user:planted-1@example.com/auth?k=planted-2#planted-3".into(),
            ),
            headers: vec![pair("X-Token", "planted-4")],
            params: vec![pair("csrf", "planted-5")],
            ..AuthRequests::default()
        };
        config.authorizer = Authorizer::Endpoint(AuthEndpoint::new(requests));
    });
    let told = dump(&world).to_string();
    assert!(!told.contains("planted"), "{told}");
    for part in ["https://example.com/auth", "X-Token", "csrf"] {
        assert!(told.contains(part), "{part} is missing in {told}");
    }
    // Where an error quotes them, too.
    let mut quoted = serde_json::json!(["Bearer x", "got planted-4, planted-5 and planted-2"]);
    world.session.redact(&mut quoted);
    let redacted = "[redacted]";
    let expected = format!("got {redacted}, {redacted} and {redacted}");
    assert_eq!(quoted, serde_json::json!([format!("Bearer {redacted}"), expected]));
}
