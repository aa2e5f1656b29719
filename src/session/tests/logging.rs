//! The log: what is in it, where, and what never is.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::protocol::auth_request::AuthRequests;
use crate::protocol::authorization::ChannelAuth;
use crate::protocol::encrypted::MasterKey;
use crate::protocol::http::HttpResponse;
use crate::session::config::AuthEndpoint;

fn with_level(level: LogLevel) -> World {
    World::with(|config| config.log_level = Some(level))
}

fn lines(world: &World) -> Vec<String> {
    let events = world.record.events.iter();
    let log = events.filter(|event| event.kind == EventKind::Log);
    log.map(|event| event.data.clone().unwrap()).collect()
}

#[track_caller]
fn assert_line(world: &World, parts: &[&str]) {
    let found = lines(world).into_iter().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(found, "no line with {parts:?} in {:#?}", lines(world));
}

#[test]
fn there_is_none_unless_asked_for() {
    let mut world = World::new().into_connected_keeping_events();
    world.subscribe("a");
    world.succeed("a");
    world.close(1006);
    assert_eq!(lines(&world), [""; 0]);
    assert!(world.session.notes.is_empty());
}

#[test]
fn a_connection_s_life_at_level_info() {
    let mut world = with_level(LogLevel::Info).into_connected_keeping_events();
    world.subscribe("a");
    world.succeed("a");
    world.close(1006);
    world.advance_to_action();
    let told = lines(&world);
    let expected = [
        "initialized -> connecting",
        "connecting to wss://example.com:443 (server 1 of 1), after 0 failed tries",
        "connecting -> connected",
        "connected, with socket id 1234.1",
        "subscribed to 'a'",
        "error: the connection was lost (code 1006) (Network, code 1006)",
    ];
    assert_eq!(told[..6], expected);
    assert!(told[6].starts_with("connected -> connecting; next try in "), "{}", told[6]);
    assert!(told[7].starts_with("connecting to wss://example.com:443"), "{}", told[7]);
    assert_eq!(told.len(), 8);
}

#[test]
fn a_line_stands_before_the_event_that_it_is_about() {
    let mut world = with_level(LogLevel::Info).into_connected();
    world.subscribe("a");
    world.succeed("a");
    let kinds: Vec<_> = world.record.events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Log, EventKind::Subscribed, EventKind::Completed]);
    let line = &world.record.events[0];
    assert_eq!((line.name.as_str(), line.channel.as_deref()), ("pusher:log", Some("a")));
    assert_eq!(line.value, LogLevel::Info as i64);
}

#[test]
fn levels_include_those_before_them() {
    let mut counts = Vec::new();
    for level in [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace]
    {
        let mut world = with_level(level).into_connected_keeping_events();
        world.command(Command::Ping);
        world.text(r#"{"event":"pusher:pong"}"#);
        world.close(4001);
        counts.push(lines(&world).len());
        let levels = world.record.events.iter().filter(|event| event.kind == EventKind::Log);
        assert!(levels.clone().all(|event| (1..=level as i64).contains(&event.value)));
    }
    assert!(counts.is_sorted_by(|a, b| a < b), "{counts:?}");
    assert_eq!(counts[0], 1, "that it has given up");
}

#[test]
fn frames_both_ways_at_level_trace() {
    let mut world = with_level(LogLevel::Trace).into_connected();
    world.subscribe("private-a");
    world.succeed("private-a");
    world.text(r#"{"event":"e","channel":"private-a","data":"{\"n\":1}"}"#);
    world.text("garbage");
    world.text(&format!(r#"{{"event":"e","channel":"private-a","data":"{}"}}"#, "x ".repeat(9000)));
    assert_line(&world, &["sending", "pusher:subscribe", "private-a", r#""auth":"[redacted]""#]);
    assert_line(&world, &["received 54 bytes: ", r#"{\"n\":1}"#]);
    assert_line(&world, &["received 7 bytes that are no JSON"]);
    assert!(lines(&world).iter().all(|line| line.len() < 1100), "long frames are cut");
}

#[test]
fn pings_and_a_paused_reader() {
    let mut world = with_level(LogLevel::Debug).into_connected();
    world.command(Command::Ping);
    world.advance(Duration::from_micros(12_345));
    world.text(r#"{"event":"pusher:pong"}"#);
    assert_line(&world, &["pong after 12.3 ms"]);
    world.pause(true);
    assert_line(&world, &["reading is paused"]);
    world.session.handle_opened(world.now, &mut world.record);
    world.close(1006);
    world.advance_to_action();
    world.advance(SECOND);
    world.session.handle_opened(world.now, &mut world.record);
    assert_line(&world, &["the WebSocket is open after 1000.0 ms"]);
}

fn endpoint(config: &mut SessionConfig, token: &str) {
    let pair = |name: &str| (name.to_owned(), token.to_owned());
    config.authorizer = Authorizer::Endpoint(AuthEndpoint::new(AuthRequests {
        channel_url: Some("https://example.com/auth?sesame=open-it".into()),
        headers: vec![pair("Authorization")],
        params: vec![pair("csrf")],
        ..AuthRequests::default()
    }));
    config.log_level = Some(LogLevel::Trace);
}

fn answer(world: &mut World, status: u16, body: String) {
    let asked = world.actions().into_iter().find_map(|action| match action {
        Action::Http { id, .. } => Some(id),
        _ => None,
    });
    let response = HttpResponse { status, body };
    let id = asked.expect("the endpoint is asked");
    world.session.handle_http(world.now, id, Ok(response), &mut world.record);
}

#[test]
fn authorisations_with_their_answers_and_how_long_they_took() {
    let mut world = World::with(|config| endpoint(config, "Bearer planted")).into_connected();
    world.subscribe("private-a");
    world.advance(Duration::from_millis(250));
    answer(&mut world, 503, String::new());
    assert_line(&world, &["authorization 1: asking https://example.com/auth"]);
    assert_line(&world, &["authorization 1: HTTP status 503 after 250.0 ms"]);
    assert_line(&world, &["authorization 1: asking again in 500 ms"]);
    assert!(!lines(&world).iter().any(|line| line.contains("open-it")));
}

/// Everything that carries a secret, once, with this one in it; and everything that might quote it.
fn plant_everywhere(known: &str, unknown: &str) -> Vec<String> {
    let mut told = Vec::new();
    // Whoever signs himself knows the secret.
    let mut world = World::with(|config| {
        let credentials = Credentials::new("app-key", known);
        config.authorizer = Authorizer::Secret { credentials, master_key: None };
        config.user_data = Some(json!({"id": "ann", "apiToken": unknown}).to_string());
        config.log_level = Some(LogLevel::Trace);
    })
    .into_connected_keeping_events();
    let auth = ChannelAuth { auth: unknown.to_owned(), channel_data: None, key: None };
    world.command(Command::Subscribe {
        channel: name("private-a"),
        channel_data: None,
        auth: Some(auth),
    });
    world.subscribe("presence-b");
    world.command(Command::SignIn);
    world.succeed("private-a");
    let data = json!({"password": unknown, "deep": [{"X-Auth-Token": [unknown]}]}).to_string();
    let event = ClientEvent::new(&name("private-a"), "e", &data, &Limits::COMMON).unwrap();
    world.command(Command::Publish(event));
    let mut frames = vec![
        json!({"event": "pusher:signin_success", "data": {"auth": unknown, "user_data": data}}),
        json!({"event": "pusher:signin_success", "data": json!({"auth": unknown}).to_string()}),
        json!({"event": "e", "channel": "private-a", "data": data}),
        json!({"event": "pusher:hello", "data": {"shared_secret": unknown}}),
    ];
    // What quotes the secret that is known.
    for quoted in [known.to_owned(), format!("no: '{known}', sorry"), "x".repeat(1990) + known] {
        let data = json!({"code": 4300, "message": quoted});
        frames.extend([
            json!({"event": "pusher:error", "data": data}),
            json!({"event": "pusher:error", "data": data.to_string()}),
            json!({"event": quoted, "channel": "private-a", "data": quoted}),
            json!({"event": "pusher:subscription_error", "channel": "presence-b",
                   "data": {"type": "AuthError", "error": quoted, "status": 403}}),
            json!({"event": "pusher_internal:member_added", "channel": "presence-b",
                   "data": json!({"user_id": quoted, "user_info": {"a": quoted}}).to_string()}),
        ]);
    }
    for frame in frames {
        world.text(&frame.to_string());
    }
    world.text(known);
    world.session.handle_closed(world.now, Ended::with_code(4200, known), &mut world.record);
    world.advance(60 * SECOND);
    told.extend(lines(&world));
    let mut dump = world.session.dump(world.now);
    world.session.redact(&mut dump);
    told.push(dump.to_string());

    // With an endpoint there are the token that it is shown, and the keys that it gives.
    let mut world = World::with(|config| endpoint(config, known)).into_connected_keeping_events();
    for channel in ["private-a", "private-encrypted-b"] {
        world.subscribe(channel);
        let answered = json!({"auth": unknown, "shared_secret": unknown}).to_string();
        answer(&mut world, 200, answered);
        world.subscribe(&format!("{channel}-2"));
        answer(&mut world, 403, format!("{{\"error\":{}}}", json!(known)));
    }
    world.command(Command::SignIn);
    told.extend(lines(&world));
    told
}

fn assert_clean(told: &[String], known: &str, unknown: &str) {
    assert!(told.len() > 50, "{}", told.len());
    let written = |secret: &str| {
        let json = json!(secret).to_string();
        [secret.to_owned(), json[1..json.len() - 1].to_owned(), secret.escape_debug().collect()]
    };
    for secret in written(known).into_iter().chain(written(unknown)) {
        for line in told {
            assert!(!line.contains(&secret), "{secret} is in {line}");
        }
    }
}

#[test]
fn planted_secrets_are_in_no_line() {
    let signature = "5f".repeat(32);
    for (known, unknown) in [
        ("7ad3773142a6692b25b8", signature.as_str()),
        ("Bearer t0ken-value", "a word"),
        (r#"quo"ted\and'so on"#, "zwölf Schlüssel"),
        ("OHRXNUZRTG5pUTFzQlFGd3J3N3Q2VFZFc0paZDEweVk=", "planted"),
    ] {
        assert_clean(&plant_everywhere(known, unknown), known, unknown);
    }
    let master = "OHRXNUZRTG5pUTFzQlFGd3J3N3Q2VFZFc0paZDEweVk=";
    let mut text = format!("the key {master}, as {}", json!(master));
    let credentials = Credentials::new("k", "app-secret");
    let master_key = Some(MasterKey::from_base64(master).unwrap());
    Authorizer::Secret { credentials, master_key }.erase_secrets(&mut text);
    assert_eq!(text, r#"the key [redacted], as "[redacted]""#);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// A marker that is found nowhere else keeps what is searched for from being there by chance.
    #[test]
    fn whatever_a_secret_looks_like_it_is_in_no_line(
        known in "[!-~ä-ü]{4,20}", unknown in r#"[ -~ä-ü"\\]{4,40}"#,
    ) {
        let (known, unknown) = (format!("Kq{known}Zw"), format!("Xj{unknown}Vq"));
        assert_clean(&plant_everywhere(&known, &unknown), &known, &unknown);
    }
}
