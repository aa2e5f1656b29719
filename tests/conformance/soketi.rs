//! The main job against soketi, a server that nobody of this project wrote.
//!
//! `make test` installs it first; without it these tests fail and say so.

#![allow(clippy::disallowed_methods)] // A test may start threads, and read the clock.

#[path = "../common/mod.rs"]
mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use common::{LONG, PATIENCE, Recorder, client};
use pusherws::client::Client;
use pusherws::config::Config;
use pusherws::error::Status;
use pusherws::protocol::channel::ChannelName;
use pusherws::session::{ChannelState, ConnectionState, EventKind};
use pusherws_devserver::signature;

/// One soketi process, on ports of its own.
struct Soketi {
    process: Child,
    /// soketi ends when this closes, which waiting for the process would do too early.
    _lifeline: ChildStdin,
    port: u16,
    config: PathBuf,
}

impl Soketi {
    fn start() -> Soketi {
        // Between the choice of a port and its use another process can take it: try again.
        (0..5).find_map(|_| Soketi::start_on(free_port())).expect("soketi starts")
    }

    fn start_on(port: u16) -> Option<Soketi> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let home = root.join(".tools/soketi");
        assert!(
            home.join("installed").exists(),
            "soketi is not installed; run scripts/install-soketi.sh, or make test"
        );
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let config = std::env::temp_dir()
            .join(format!("pusherws-soketi-{}-{number}.json", std::process::id()));
        let app = |id: &str| {
            serde_json::json!({
                "id": id, "key": format!("key{id}"), "secret": format!("secret{id}"),
                "enabled": true, "enableClientMessages": true, "maxConnections": -1,
                "enableUserAuthentication": id == "2", "maxBackendEventsPerSecond": -1,
                "maxClientEventsPerSecond": -1, "maxReadRequestsPerSecond": -1, "webhooks": [],
            })
        };
        let json = serde_json::json!({
            "host": "127.0.0.1", "port": port, "metrics.enabled": false,
            "metrics.host": "127.0.0.1", "metrics.port": free_port(),
            "shutdownGracePeriod": 200, "cluster.address": "127.0.0.1",
            "cluster.unicast": "127.0.0.1", "cluster.port": free_port(),
            "appManager.array.apps": [app("1"), app("2")],
        });
        std::fs::write(&config, json.to_string()).unwrap();
        let mut process = Command::new("node")
            .arg(root.join("tests/conformance/soketi/run.js"))
            .arg(&config)
            .arg(&home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts; it has to be installed");
        let lifeline = process.stdin.take().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        while output.read_line(&mut line).unwrap() > 0 {
            if line.contains("up and running") {
                // What it still has to say goes nowhere, so that it never waits for a reader.
                std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
                return Some(Soketi { process, _lifeline: lifeline, port, config });
            }
            line.clear();
        }
        let _ = process.wait();
        None
    }

    fn config(&self, app: u32) -> Config {
        let mut config = Config::new(&format!("key{app}")).unwrap();
        config.set_host("127.0.0.1").unwrap();
        config.set_port(i32::from(self.port)).unwrap();
        config.set_tls(false);
        config.set_backoff(Duration::from_millis(50), Duration::from_secs(1)).unwrap();
        config.set_secret(&format!("secret{app}")).unwrap();
        config
    }

    fn connected(&self, user: &str) -> (Client, Recorder) {
        let mut config = self.config(1);
        let info = serde_json::json!({ "name": user.to_uppercase() }).to_string();
        config.set_presence_user(user, Some(&info)).unwrap();
        let (client, seen) = client(&config);
        let request = client.connect().unwrap();
        client.wait(request, PATIENCE).unwrap();
        (client, seen)
    }

    /// `POST /apps/1/events`, signed.
    fn trigger(&self, channel: &str, event: &str, data: &str) {
        let body =
            serde_json::json!({ "name": event, "channels": [channel], "data": data }).to_string();
        let query = signature::signed_query(
            "key1",
            "secret1",
            "POST",
            "/apps/1/events",
            unix_time(),
            body.as_bytes(),
            &[],
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        write!(
            stream,
            "POST /apps/1/events?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(" 200 ") && answer.contains(r#""ok":true"#), "{answer}");
    }

    /// As an administrator would: SIGTERM, upon which it says goodbye to its clients.
    fn shut_down(mut self) -> u16 {
        let killed = Command::new("kill").arg(self.process.id().to_string()).status().unwrap();
        assert!(killed.success());
        self.process.wait().unwrap();
        self.port
    }
}

impl Drop for Soketi {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_file(&self.config);
    }
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

fn unix_time() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_secs()
}

fn name(channel: &str) -> ChannelName {
    ChannelName::new(channel).unwrap()
}

fn subscribe(client: &Client, channel: &str) {
    let request = client.subscribe(&name(channel), None).unwrap();
    client.wait(request, PATIENCE).unwrap_or_else(|error| panic!("{channel}: {error}"));
}

#[test]
fn public_private_and_cache_channels_and_http_triggers() {
    let server = Soketi::start();
    let (client, seen) = server.connected("ann");
    assert!(client.socket_id().unwrap().is_some());
    for channel in ["news", "private-a", "cache-b", "private-cache-c"] {
        subscribe(&client, channel);
        server.trigger(channel, "greeting", r#"{"hello":"wörld"}"#);
        let event = seen.wait_for(|event| {
            event.name == "greeting" && event.channel.as_deref() == Some(channel)
        });
        assert_eq!(event.data.as_deref(), Some(r#"{"hello":"wörld"}"#));
    }
    let misses = seen.all();
    let misses = misses.iter().filter(|event| event.kind == EventKind::CacheMiss);
    assert_eq!(misses.count(), 2);
    server.trigger("news", "text", "not JSON at all \"\\");
    let event = seen.wait_for(|event| event.name == "text");
    assert_eq!(event.data.as_deref(), Some("not JSON at all \"\\"));

    let unsubscribe = client.unsubscribe(&name("news")).unwrap();
    client.wait(unsubscribe, PATIENCE).unwrap();
    let ping = client.ping().unwrap();
    assert!(client.wait(ping, PATIENCE).unwrap() > 0);
}

#[test]
fn presence_with_two_members_and_client_events_between_them() {
    let server = Soketi::start();
    let (ann, ann_seen) = server.connected("ann");
    subscribe(&ann, "presence-room");
    let (ben, ben_seen) = server.connected("ben");
    subscribe(&ben, "presence-room");

    let joined = ann_seen.wait_for(|event| event.kind == EventKind::MemberAdded);
    assert_eq!(joined.user_id.as_deref(), Some("ben"));
    assert_eq!(joined.data.as_deref(), Some(r#"{"name":"BEN"}"#));
    let members = ben.members(&name("presence-room")).unwrap();
    let list: Vec<_> = members.iter().collect();
    assert_eq!(list, [("ann", Some(r#"{"name":"ANN"}"#)), ("ben", Some(r#"{"name":"BEN"}"#))]);
    assert_eq!(members.me(), Some("ben"));

    let sent = ann.publish(&name("presence-room"), "wave", r#"{"n":1}"#).unwrap();
    ann.wait(sent, PATIENCE).unwrap();
    let wave = ben_seen.wait_for(|event| event.name == "client-wave");
    assert_eq!((wave.data.as_deref(), wave.user_id.as_deref()), (Some(r#"{"n":1}"#), Some("ann")));

    subscribe(&ann, "private-pair");
    subscribe(&ben, "private-pair");
    ben.publish(&name("private-pair"), "client-back", "plain text").unwrap();
    let back = ann_seen.wait_for(|event| event.name == "client-back");
    assert_eq!((back.data.as_deref(), back.user_id), (Some("plain text"), None));

    ben.close(LONG).unwrap();
    let left = ann_seen.wait_for(|event| event.kind == EventKind::MemberRemoved);
    assert_eq!(left.user_id.as_deref(), Some("ben"));
    assert_eq!(left.data.as_deref(), Some(r#"{"name":"BEN"}"#));
}

#[test]
fn a_wrong_key_is_final() {
    let server = Soketi::start();
    let mut config = Config::new("no-such-key").unwrap();
    config.set_host("127.0.0.1").unwrap();
    config.set_port(i32::from(server.port)).unwrap();
    config.set_tls(false);
    let (client, seen) = client(&config);
    let request = client.connect().unwrap();
    let error = client.wait(request, PATIENCE).unwrap_err();
    assert_eq!((error.status(), error.code()), (Status::Refused, 4001));
    assert_eq!(client.state().unwrap(), ConnectionState::Failed);
    seen.wait_for(|event| event.kind == EventKind::Error && event.code == 4001);
}

#[test]
fn a_wrong_secret_is_a_subscription_error_with_the_reason() {
    let server = Soketi::start();
    let mut config = server.config(1);
    config.set_secret("wrong").unwrap();
    config.set_presence_user("ann", None).unwrap();
    let (client, seen) = client(&config);
    client.connect().unwrap();
    for channel in ["private-a", "presence-b"] {
        let request = client.subscribe(&name(channel), None).unwrap();
        let error = client.wait(request, PATIENCE).unwrap_err();
        assert_eq!((error.status(), error.code()), (Status::Auth, 401));
        assert!(error.message().contains("unauthorized"), "{error}");
        assert_eq!(client.channel_state(channel).unwrap(), Some(ChannelState::Refused));
        seen.wait_for(|event| {
            event.kind == EventKind::SubscriptionError && event.channel.as_deref() == Some(channel)
        });
    }
    subscribe(&client, "news");
}

#[test]
fn after_a_shutdown_and_a_restart_everything_is_subscribed_again() {
    let server = Soketi::start();
    let (client, seen) = server.connected("ann");
    let channels = ["news", "private-a", "presence-b"];
    channels.iter().for_each(|channel| subscribe(&client, channel));
    let before = client.socket_id().unwrap();
    seen.forget(&client);
    let port = server.shut_down();
    seen.wait_for(|event| event.kind == EventKind::Error && event.code == 4200);
    let down = seen.all().len();
    assert!(down < 200, "{down} events for one shutdown: it looped");

    let server = Soketi::start_on(port).expect("its port is still free");
    seen.wait_for_all(|events| {
        channels.iter().all(|channel| {
            let again = |kind| move |event: &&common::Seen| event.kind == kind;
            let mut subscribed = events.iter().filter(again(EventKind::Subscribed));
            subscribed.any(|event| event.channel.as_deref() == Some(channel))
        })
    });
    assert_ne!(client.socket_id().unwrap(), before);
    for channel in channels {
        server.trigger(channel, "again", "1");
        seen.wait_for(|event| event.name == "again" && event.channel.as_deref() == Some(channel));
    }
}

#[test]
fn an_app_with_user_authentication_on_takes_private_subscriptions_and_users() {
    let server = Soketi::start();
    let mut config = server.config(2);
    config.set_app_id("2").unwrap();
    config.set_user(r#"{"id":"ann","user_info":{"name":"Ann"}}"#).unwrap();
    let (client, seen) = client(&config);
    let request = client.connect().unwrap();
    client.wait(request, PATIENCE).unwrap();
    let request = client.sign_in().unwrap();
    client.wait(request, PATIENCE).unwrap();
    let signed_in = seen.wait_for(|event| event.kind == EventKind::SignedIn);
    assert_eq!(signed_in.user_id.as_deref(), Some("ann"));
    subscribe(&client, "private-a");
    // Reaching the user is the server's own business; it has to know of the user by now.
    let request = client.send_to_user("ann", "mail", r#"{"n":1}"#).unwrap();
    client.wait(request, PATIENCE).unwrap();
    let mail = seen.wait_for(|event| event.name == "mail");
    assert_eq!(mail.channel.as_deref(), Some("#server-to-user-ann"));
    let request = client.terminate_user("ann").unwrap();
    client.wait(request, PATIENCE).unwrap();
    seen.wait_for(|event| event.state == ConnectionState::Failed && event.code == 4009);
}

#[test]
fn a_wrong_user_signature_is_refused() {
    let server = Soketi::start();
    let mut config = server.config(2);
    config.set_secret("wrong").unwrap();
    config.set_user(r#"{"id":"ann"}"#).unwrap();
    let (client, _) = client(&config);
    client.connect().unwrap();
    let request = client.sign_in().unwrap();
    let error = client.wait(request, PATIENCE).unwrap_err();
    assert!(matches!(error.status(), Status::Auth | Status::Refused), "{error}");
}

#[test]
fn encrypted_channels_and_the_http_api() {
    let server = Soketi::start();
    let mut config = server.config(1);
    config.set_app_id("1").unwrap();
    config.set_presence_user("ann", None).unwrap();
    config.set_encryption_master_key("OHRXNUZRTG5pUTFzQlFGd3J3N3Q2VFZFc0paZDEweVk=").unwrap();
    let (client, seen) = client(&config);
    client.connect().unwrap();
    for channel in ["private-encrypted-a", "private-encrypted-cache-b", "news", "presence-c"] {
        subscribe(&client, channel);
    }
    let trigger = |channels: &[&'static str]| pusherws::protocol::api::Trigger {
        name: "hello",
        channels: channels.to_vec(),
        data: r#"{"n":"grüße"}"#,
        socket_id: None,
        info: None,
    };
    for channel in ["private-encrypted-a", "private-encrypted-cache-b", "news"] {
        let request = client.trigger(&trigger(&[channel])).unwrap();
        client.wait(request, PATIENCE).unwrap();
        let event = seen
            .wait_for(|event| event.name == "hello" && event.channel.as_deref() == Some(channel));
        assert_eq!(event.data.as_deref(), Some(r#"{"n":"grüße"}"#));
    }
    let request = client.trigger_batch(&[trigger(&["news"]), trigger(&["presence-c"])]).unwrap();
    client.wait(request, PATIENCE).unwrap();
    seen.wait_for(|event| event.channel.as_deref() == Some("presence-c") && event.name == "hello");

    let answer = |request: u64| -> serde_json::Value {
        client.wait(request, PATIENCE).unwrap();
        let done = seen.wait_for(|e| e.kind == EventKind::Completed && e.request == request);
        serde_json::from_str(&done.data.unwrap()).unwrap()
    };
    let channels = answer(client.get_channels(None, None).unwrap());
    assert!(channels["channels"]["news"].is_object(), "{channels}");
    let users = answer(client.get_users("presence-c").unwrap());
    assert_eq!(users["users"][0]["id"], "ann", "{users}");

    // soketi answers 200 to everything; the error is in the body.
    let mut wrong = server.config(1);
    wrong.set_secret("wrong").unwrap();
    wrong.set_app_id("1").unwrap();
    let wrong = Client::new(&wrong).unwrap();
    let request = wrong.get_channels(None, None).unwrap();
    assert_eq!(wrong.wait(request, PATIENCE).unwrap_err().status(), Status::Auth);
}
