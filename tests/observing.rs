//! Seeing inside of a client, over real sockets, against the embedded server.

#![allow(clippy::disallowed_methods)] // A test may start threads of its own.

mod common;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{
    Gate, LONG, PATIENCE, client, config, connected, flood, server, small_queue, subscribes,
};
use pusherws::client::Delivered;
use pusherws::config::{LogLevel, QueuePolicy};
use pusherws::protocol::channel::ChannelName;
use pusherws::session::{Cause, ConnectionState, EventKind};
use pusherws_devserver::{Fault, How, Target};

#[test]
fn metrics_agree_with_what_the_program_saw() {
    let server = server();
    let (client, seen) = connected(&server);
    subscribes(&client, "news");
    flood(&server, "tick", "{n}", 5000).join().unwrap();
    seen.wait_for(|event| event.data.as_deref() == Some("4999"));
    seen.forget(&client);
    let metrics = client.metrics().unwrap();
    assert_eq!(metrics.events(EventKind::Message), 5000);
    assert_eq!(metrics.events(EventKind::Subscribed), 1);
    // Connect, subscribe and a ping.
    assert_eq!(metrics.events(EventKind::Completed), 3);
    assert_eq!((metrics.tries, metrics.connects), (1, 1));
    assert_eq!(metrics.state, ConnectionState::Connected);
    assert!(metrics.frames_in >= 5003 && metrics.bytes_in > 5000 * 30);
    assert_eq!((metrics.dropped, metrics.round_trips.count), (0, 1));
    let news = &metrics.channels[0];
    let bytes: usize = (0..5000).map(|n: u32| n.to_string().len()).sum();
    assert_eq!((news.messages, news.bytes), (5000, bytes as u64));
    assert!(news.last > 1_600_000_000_000);
}

#[test]
fn losses_and_failed_tries_by_cause() {
    let server = server();
    let (client, seen) = connected(&server);
    let again = |seen: &common::Recorder| {
        seen.wait_for(|event| {
            event.kind == EventKind::StateChange && event.state == ConnectionState::Connected
        });
        seen.forget(&client);
    };
    seen.forget(&client);
    server.drop_connections(Target::All, How::Rst);
    again(&seen);
    server.order(
        Fault::RefuseUpgrade { status: 503, headers: Default::default(), body: String::new() }
            .times(1),
    );
    server.close(Target::All, 4100, "");
    again(&seen);
    server.close(Target::All, 4201, "");
    again(&seen);
    let metrics = client.metrics().unwrap();
    assert_eq!(metrics.losses(Cause::Network), 1);
    assert_eq!(metrics.losses(Cause::CloseBackOff), 1);
    assert_eq!(metrics.losses(Cause::CloseReconnect), 1);
    assert_eq!(metrics.all_losses(), 3);
    assert_eq!(metrics.failed_tries(Cause::Refused), 1, "{metrics:?}");
    assert_eq!((metrics.tries, metrics.connects), (5, 4));
}

#[test]
fn a_queue_remembers_how_full_it_was() {
    let server = server();
    let (client, seen) = client(&small_queue(&server, QueuePolicy::DropOldest));
    let gate = Gate::default();
    let (inside, _opened) = (gate.clone(), gate.opened_at_last());
    client.bind(Some("news"), Some("tick"), Box::new(move |_| inside.pass())).unwrap();
    let request = client.connect().unwrap();
    client.wait(request, PATIENCE).unwrap();
    subscribes(&client, "news");
    let sender = flood(&server, "tick", "{n}", 20_000);
    gate.wait_until_somebody_waits();
    gate.open();
    sender.join().unwrap();
    seen.wait_for(|event| event.data.as_deref() == Some("19999"));
    let metrics = client.metrics().unwrap();
    let delivered = seen.all().iter().filter(|event| event.kind == EventKind::Message).count();
    assert_eq!(metrics.events(EventKind::Message), 20_000);
    assert_eq!(metrics.dropped, 20_000 - delivered as u64);
    if std::env::var("PUSHERWS_DELIVERY").as_deref() != Ok("inline") {
        assert!(metrics.queue_high_water > 0 && metrics.queue_high_water < 13_000);
    }
}

/// As strict readers of the format want it: a family's lines together, behind its type, each once.
#[test]
fn the_text_for_prometheus_keeps_the_rules_of_its_format() {
    let server = server();
    let (client, seen) = connected(&server);
    subscribes(&client, "news");
    subscribes(&client, "private-orders");
    seen.forget(&client);
    let text = client.prometheus(Some("main")).unwrap();
    assert!(text.ends_with('\n'));
    let (mut families, mut lines) = (HashSet::new(), HashSet::new());
    let mut family = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            family = rest.split(' ').next().unwrap().to_owned();
            assert!(families.insert(family.clone()), "{family} twice");
            continue;
        }
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (of, kind) = rest.split_once(' ').unwrap();
            assert_eq!(of, family);
            assert_eq!(kind == "counter", of.ends_with("_total"), "{of}");
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let name = series.split('{').next().unwrap();
        let summary = name.strip_suffix("_sum").or(name.strip_suffix("_count"));
        assert!(name == family || summary == Some(family.as_str()), "{line} under {family}");
        assert!(series.contains(r#"{client="main""#), "{line}");
        assert!(lines.insert(series.to_owned()), "{series} twice");
        value.parse::<f64>().unwrap_or_else(|_| panic!("{line}"));
    }
    assert!(lines.contains(r#"pusher_ping_seconds{client="main",quantile="0.99"}"#), "{text}");
    assert!(lines.contains(r#"pusher_channel_subscribed{client="main",channel="private-orders"}"#));
}

#[test]
fn the_log_comes_to_those_who_name_it_and_tells_no_secret() {
    let server = server();
    let mut config = config(&server);
    config.set_log_level(Some(LogLevel::Trace));
    let (client, seen) = client(&config);
    let lines = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&lines);
    let write = move |event: &Delivered<'_>| {
        assert_eq!(event.kind(), EventKind::Log);
        writer.lock().unwrap().push((event.value(), event.data().unwrap().to_owned()));
    };
    client.bind(None, Some("pusher:log"), Box::new(write)).unwrap();
    let request = client.connect().unwrap();
    client.wait(request, PATIENCE).unwrap();
    subscribes(&client, "private-a");
    server.publish("private-a", "e", r#"{"token":"planted"}"#);
    seen.wait_for(|event| event.kind == EventKind::Message);
    client.close(Duration::from_secs(5)).unwrap();
    let lines = lines.lock().unwrap();
    let has = |level: LogLevel, part: &str| {
        let found = |(of, line): &(i64, String)| *of == level as i64 && line.contains(part);
        assert!(lines.iter().any(found), "{part} is not in {lines:#?}");
    };
    has(LogLevel::Info, &format!("connecting to ws://127.0.0.1:{}", server.port()));
    has(LogLevel::Debug, "the WebSocket is open after ");
    has(LogLevel::Info, "connecting -> connected");
    has(LogLevel::Trace, r#""auth":"[redacted]""#);
    has(LogLevel::Info, "subscribed to 'private-a'");
    has(LogLevel::Trace, r#"{\"token\":\"[redacted]\"}"#);
    has(LogLevel::Info, "connected -> disconnected");
    assert!(!seen.all().iter().any(|event| event.kind == EventKind::Log));
    assert!(!lines.iter().any(|(_, line)| line.contains("planted") || line.contains("app-secret")));
    let metrics = client.metrics().unwrap();
    assert_eq!(metrics.events(EventKind::Log), lines.len() as u64);
}

fn dump(client: &pusherws::client::Client) -> serde_json::Value {
    let text = client.dump().unwrap();
    for secret in ["app-secret", "devserver-master", "[redacted]"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_dump_for_a_ticket_has_what_one_asks_for() {
    let server = server();
    let (client, seen) = connected(&server);
    subscribes(&client, "presence-room");
    server.order(Fault::IgnorePings {});
    let ping = client.ping().unwrap();
    server.order(Fault::RefuseSubscribe {
        channel: None,
        kind: "AuthError".into(),
        error: "no such user".into(),
        status: 403,
    });
    let refused = client.subscribe(&ChannelName::new("private-b").unwrap(), None).unwrap();
    client.wait(refused, PATIENCE).unwrap_err();
    seen.wait_for(|event| event.request == refused);
    let told = dump(&client);
    assert_eq!(told["library"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(told["state"], "connected");
    assert_eq!(told["session"]["connection"]["phase"], "established");
    assert_eq!(told["session"]["config"]["key"], "app-key");
    assert_eq!(told["session"]["channels"]["list"][0]["members"], 1);
    assert_eq!(told["session"]["channels"]["list"][1]["state"], "refused");
    assert_eq!(told["requests_pending"]["requests"], serde_json::json!([ping]));
    assert_eq!(told["session"]["pending"]["pings"]["requests"], serde_json::json!([ping]));
    let errors = told["last_errors"].as_array().unwrap();
    assert!(errors.iter().any(|error| error["kind"] == "subscription_error"
        && error["code"] == 403
        && error["channel"] == "private-b"
        && error["text"].as_str().unwrap().contains("no such user")));
    assert_eq!(told["metrics"]["events"]["subscribed"], 1);
    client.close(Duration::from_secs(5)).unwrap();
    let told = dump(&client);
    assert_eq!((&told["state"], &told["driver_ended"]), (&"disconnected".into(), &true.into()));
    assert_eq!(told["session"]["closed"], true);
}

#[test]
fn dumps_may_be_asked_for_while_events_pour_in() {
    let server = server();
    let (client, seen) = connected(&server);
    subscribes(&client, "news");
    let sender = flood(&server, "tick", "{n}", 20_000);
    let mut dumps = 0;
    while client.metrics().unwrap().events(EventKind::Message) < 20_000 {
        // On a loaded machine the driver may lie aside, with the session, for longer than is waited.
        dumps += u32::from(dump(&client)["session"].is_object());
    }
    sender.join().unwrap();
    seen.wait_for(|event| event.data.as_deref() == Some("19999"));
    assert!(dumps > 0);
}

#[test]
fn who_looks_at_metrics_waits_for_nobody() {
    let server = server();
    let (client, _seen) = client(&config(&server));
    let gate = Gate::default();
    let (inside, _opened) = (gate.clone(), gate.opened_at_last());
    client.bind(None, Some("pusher:state_change"), Box::new(move |_| inside.pass())).unwrap();
    client.connect().unwrap();
    gate.wait_until_somebody_waits();
    let began = std::time::Instant::now();
    client.metrics().unwrap();
    client.prometheus(None).unwrap();
    client.dump().unwrap();
    assert!(began.elapsed() < LONG / 2);
    gate.open();
    client.close(Duration::from_secs(5)).unwrap();
    assert_eq!(client.metrics().unwrap().state, ConnectionState::Disconnected);
}
