//! Authorisation, encryption, users and the HTTP API over real sockets, against the embedded server.

#![allow(clippy::disallowed_methods)] // A test may start threads of its own.

mod common;

use std::sync::Arc;

use common::proxies::unused_port;
use common::{PATIENCE, Recorder, aim, client, server, subscribes};
use pusherws::client::Client;
use pusherws::config::Config;
use pusherws::error::Status;
use pusherws::protocol::api::Trigger;
use pusherws::protocol::authorization::ChannelAuth;
use pusherws::protocol::channel::ChannelName;
use pusherws::protocol::signature::Credentials;
use pusherws::session::{ConnectionState, EventKind};
use pusherws_devserver::{BlockingServer, Fault, How, Server, Target};

const MASTER: &str = "OHRXNUZRTG5pUTFzQlFGd3J3N3Q2VFZFc0paZDEweVk=";

fn name(channel: &str) -> ChannelName {
    ChannelName::new(channel).unwrap()
}

fn plain_config(server: &BlockingServer) -> Config {
    let mut config = Config::new("app-key").unwrap();
    aim(&mut config, server);
    config
}

fn endpoint_config(server: &BlockingServer) -> Config {
    let mut config = plain_config(server);
    config.set_auth_endpoint(&format!("{}/pusher/auth", server.http_url())).unwrap();
    config.set_user_auth_endpoint(&format!("{}/pusher/user-auth", server.http_url())).unwrap();
    config.add_auth_param("user_id", "ann").unwrap();
    config
}

fn api_config(server: &BlockingServer) -> Config {
    let mut config = plain_config(server);
    config.set_secret("app-secret").unwrap();
    config.set_app_id("app-id").unwrap();
    config.set_encryption_master_key(MASTER).unwrap();
    config.set_presence_user("ann", None).unwrap();
    config.set_user(r#"{"id":"ann","watchlist":["ben"]}"#).unwrap();
    config
}

fn connected(config: &Config) -> (Client, Recorder) {
    let (client, seen) = client(config);
    let request = client.connect().unwrap();
    client.wait(request, PATIENCE).unwrap();
    (client, seen)
}

/// The data of the event that completed a request.
fn answer(client: &Client, seen: &Recorder, request: u64) -> String {
    client.wait(request, PATIENCE).unwrap();
    let done =
        seen.wait_for(|event| event.kind == EventKind::Completed && event.request == request);
    done.data.unwrap_or_default()
}

#[test]
fn an_endpoint_authorises_every_kind_of_channel_as_form_and_as_json() {
    let server = server();
    server.change_auth(|auth| auth.required_header = Some(("X-Token".into(), "t".into())));
    for json in [false, true] {
        let mut config = endpoint_config(&server);
        config.set_auth_json(json);
        config.add_auth_header("X-Token", "t").unwrap();
        let (client, _) = connected(&config);
        for channel in ["private-a", "presence-b", "private-cache-c", "private-encrypted-d"] {
            subscribes(&client, channel);
        }
        assert_eq!(client.members(&name("presence-b")).unwrap().me(), Some("ann"));
    }
    let requests = server.state().auth_requests;
    assert!(requests.iter().any(|request| request.params["channel_name"] == "private-a"));
}

#[test]
fn an_endpoint_that_fails_is_asked_again_and_one_that_refuses_is_believed() {
    let server = server();
    let failing = Fault::AuthStatus { status: 503, body: String::new(), endpoint: None };
    server.order(failing.times(2));
    let (client, _) = connected(&endpoint_config(&server));
    subscribes(&client, "private-a");
    assert_eq!(server.state().auth_requests.len(), 3);

    server.change_auth(|auth| auth.required_header = Some(("X-Token".into(), "secret".into())));
    let request = client.subscribe(&name("private-b"), None).unwrap();
    let error = client.wait(request, PATIENCE).unwrap_err();
    assert_eq!((error.status(), error.code()), (Status::Auth, 403));
    server.order(Fault::AuthGarbage { endpoint: None }.times(1));
    let request = client.subscribe(&name("private-c"), None).unwrap();
    assert_eq!(client.wait(request, PATIENCE).unwrap_err().status(), Status::Auth);
}

#[test]
fn user_and_password_in_the_endpoints_url_are_sent_and_never_told() {
    let server = server();
    let basic = ("Authorization".into(), "Basic c3ZjOmh1c2gtaHVzaA==".into());
    server.change_auth(|auth| auth.required_header = Some(basic));
    let url = |port: u16| format!("http://svc:hush-hush@127.0.0.1:{port}/pusher/auth");
    let mut config = endpoint_config(&server);
    config.set_auth_endpoint(&url(server.port())).unwrap();
    let (client, _) = connected(&config);
    subscribes(&client, "private-a");

    config.set_auth_endpoint(&url(unused_port())).unwrap();
    let (client, seen) = connected(&config);
    let request = client.subscribe(&name("private-a"), None).unwrap();
    let error = client.wait(request, PATIENCE).unwrap_err();
    let told = seen.wait_for(|event| event.kind == EventKind::SubscriptionError);
    let told = format!("{told:?}");
    for text in [&error.to_string(), &told] {
        assert!(text.contains("127.0.0.1") && !text.contains("svc"), "{text}");
        assert!(!text.contains("hush") && !text.contains("c3Zj"), "{text}");
    }
}

#[test]
fn a_fresh_token_is_supplied_when_the_old_one_is_refused() {
    let server = server();
    let new = ("Authorization".to_owned(), "Bearer new".to_owned());
    server.change_auth(|auth| auth.required_header = Some(new));
    let mut config = endpoint_config(&server);
    config.set_auth_prepared(true);
    let client = Arc::new(common::new_client(&config));
    let weak = Arc::downgrade(&client);
    let prepare = move |event: &pusherws::client::Delivered<'_>| {
        let Some(client) = weak.upgrade() else { return };
        let token = if event.value() == 1 { "Bearer new" } else { "Bearer old" };
        let headers = vec![("Authorization".to_owned(), token.to_owned())];
        client.prepare_authorization(event.request(), headers, vec![]).unwrap();
    };
    client.bind(None, Some("pusher:prepare_authorization"), Box::new(prepare)).unwrap();
    client.connect().unwrap();
    subscribes(&client, "private-a");
    let statuses: Vec<_> = server.state().auth_requests.iter().map(|r| r.status).collect();
    assert_eq!(statuses, [403, 200]);
    client.free();
}

#[test]
fn after_a_reconnect_one_request_authorises_all_channels() {
    let server = server();
    let mut config = endpoint_config(&server);
    config.set_auth_batches(true);
    let (client, seen) = connected(&config);
    let channels: Vec<String> = (0..20).map(|n| format!("private-{n}")).collect();
    channels.iter().for_each(|channel| subscribes(&client, channel));
    let before = server.state().auth_requests.len();
    assert_eq!(before, 20);
    seen.forget(&client);
    server.drop_connections(Target::All, How::Rst);
    seen.wait_for_all(|events| {
        events.iter().filter(|event| event.kind == EventKind::Subscribed).count() == 20
    });
    assert_eq!(server.state().auth_requests.len(), before + 1);
}

#[test]
fn the_application_authorises_from_another_thread() {
    let server = server();
    let mut config = plain_config(&server);
    config.set_authorizer(false);
    let client = Arc::new(common::new_client(&config));
    let (asked, questions) = std::sync::mpsc::channel();
    let ask = move |event: &pusherws::client::Delivered<'_>| {
        let socket_id = event.socket_id().unwrap().to_owned();
        asked.send((event.request(), socket_id, event.channel().unwrap().to_owned())).unwrap();
    };
    client.bind(None, Some("pusher:authorize"), Box::new(ask)).unwrap();
    client.connect().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let keys = Credentials::new("app-key", "app-secret");
            for (number, socket_id, channel) in questions.into_iter().take(3) {
                if channel == "private-no" {
                    client.refuse_authorization(number, "not for you").unwrap();
                    continue;
                }
                let data = (channel == "presence-b").then_some(r#"{"user_id":"7"}"#);
                let auth = keys.channel_auth(&socket_id, &channel, data);
                let auth = ChannelAuth::new(auth, data.map(str::to_owned), None);
                client.authorize(number, None, auth).unwrap();
            }
        });
        subscribes(&client, "private-a");
        subscribes(&client, "presence-b");
        let refused = client.subscribe(&name("private-no"), None).unwrap();
        let error = client.wait(refused, PATIENCE).unwrap_err();
        assert!(error.message().contains("not for you"), "{error}");
    });
    assert_eq!(client.members(&name("presence-b")).unwrap().me(), Some("7"));
}

#[test]
fn encrypted_events_are_published_and_read() {
    let server = server();
    let (client, seen) = connected(&api_config(&server));
    subscribes(&client, "private-encrypted-a");
    let event = Trigger {
        name: "hello",
        channels: vec!["private-encrypted-a"],
        data: r#"{"n":"grüße"}"#,
        socket_id: None,
        info: None,
    };
    let request = client.trigger(&event).unwrap();
    client.wait(request, PATIENCE).unwrap();
    let read = seen.wait_for(|event| event.name == "hello");
    assert_eq!(read.data.as_deref(), Some(r#"{"n":"grüße"}"#));
    server.publish("private-encrypted-a", "plain", "not encrypted");
    let lost = seen.wait_for(|event| event.kind == EventKind::DecryptionError);
    assert_eq!(lost.status, Status::Decryption);

    // The endpoint hands out the same key where it has the same master key.
    let bytes = *b"8tW5FQLniQ1sBQFwrw7t6TVEsJZd10yY";
    server.change_auth(|auth| auth.master_key = bytes);
    let (other, other_seen) = connected(&endpoint_config(&server));
    subscribes(&other, "private-encrypted-a");
    let request = client.trigger(&event).unwrap();
    client.wait(request, PATIENCE).unwrap();
    other_seen.wait_for(|event| event.name == "hello");
}

#[test]
fn a_user_signs_in_again_after_a_reconnect_and_is_reached() {
    let server = server();
    let (ann, seen) = connected(&api_config(&server));
    let request = ann.sign_in().unwrap();
    ann.wait(request, PATIENCE).unwrap();
    seen.wait_for(|event| event.kind == EventKind::SignedIn);
    seen.forget(&ann);
    server.drop_connections(Target::All, How::Fin);
    seen.wait_for(|event| event.kind == EventKind::SignedIn);
    server
        .wait_until(common::LONG, |state| state.channel("#server-to-user-ann").is_some())
        .unwrap();
    let request = ann.send_to_user("ann", "mail", r#"{"n":1}"#).unwrap();
    ann.wait(request, PATIENCE).unwrap();
    seen.wait_for(|event| event.name == "mail");

    let mut ben_config = api_config(&server);
    ben_config.set_user(r#"{"id":"ben"}"#).unwrap();
    let (ben, ben_seen) = connected(&ben_config);
    let request = ben.sign_in().unwrap();
    ben.wait(request, PATIENCE).unwrap();
    let online =
        seen.wait_for(|event| event.kind == EventKind::Watchlist && event.name == "online");
    assert_eq!(online.data.as_deref(), Some(r#"["ben"]"#));

    let request = ann.terminate_user("ben").unwrap();
    ann.wait(request, PATIENCE).unwrap();
    ben_seen.wait_for(|event| event.state == ConnectionState::Failed);
    seen.wait_for(|event| event.kind == EventKind::Watchlist && event.name == "offline");

    let (carl, carl_seen) = connected(&endpoint_config(&server));
    let request = carl.sign_in().unwrap();
    carl.wait(request, PATIENCE).unwrap();
    let signed_in = carl_seen.wait_for(|event| event.kind == EventKind::SignedIn);
    assert_eq!(signed_in.user_id.as_deref(), Some("ann"), "as the endpoint said");
}

#[test]
fn the_http_api_publishes_and_answers() {
    let server = server();
    let (client, seen) = connected(&api_config(&server));
    let (other, other_seen) = connected(&api_config(&server));
    for channel in ["news", "presence-room"] {
        subscribes(&client, channel);
        subscribes(&other, channel);
    }
    let socket_id = client.socket_id().unwrap().unwrap();
    let event = Trigger {
        name: "headline",
        channels: vec!["news", "presence-room"],
        data: "plain text",
        socket_id: Some(&socket_id),
        info: None,
    };
    let request = client.trigger(&event).unwrap();
    client.wait(request, PATIENCE).unwrap();
    other_seen
        .wait_for(|event| event.name == "headline" && event.channel.as_deref() == Some("news"));
    let batch: Vec<_> = ["news", "presence-room"]
        .map(|channel| Trigger { channels: vec![channel], name: "batched", ..event.clone() })
        .into();
    let request = client.trigger_batch(&batch).unwrap();
    client.wait(request, PATIENCE).unwrap();
    other_seen.wait_for_all(|all| all.iter().filter(|e| e.name == "batched").count() == 2);

    let request = client.get_channels(Some("presence-"), Some("user_count")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&answer(&client, &seen, request)).unwrap();
    assert_eq!(json["channels"]["presence-room"]["user_count"], 1);
    let request = client.get_channel("news", Some("subscription_count")).unwrap();
    assert!(answer(&client, &seen, request).contains(r#""occupied":true"#));
    let request = client.get_users("presence-room").unwrap();
    assert!(answer(&client, &seen, request).contains(r#"{"id":"ann"}"#));

    // Publishing on a public channel goes the same way, and reaches the publisher, too.
    let request = client.publish(&name("news"), "client-or-not", "1").unwrap();
    client.wait(request, PATIENCE).unwrap();
    seen.wait_for(|event| event.name == "client-or-not");
    assert!(seen.all().iter().all(|event| event.name != "headline"), "its own socket was excluded");
}

#[test]
fn errors_of_the_http_api_are_errors() {
    let server = server();
    let mut config = api_config(&server);
    config.set_secret("wrong").unwrap();
    let client = common::new_client(&config);
    let request = client.get_channels(None, None).unwrap();
    let error = client.wait(request, PATIENCE).unwrap_err();
    assert_eq!((error.status(), error.code()), (Status::Auth, 401));

    server.set_quirks(pusherws_devserver::Quirks::of("soketi").unwrap());
    let request = client.get_channels(None, None).unwrap();
    let error = client.wait(request, PATIENCE).unwrap_err();
    assert_eq!(error.status(), Status::Auth, "hidden in an answer with status 200: {error}");

    let client = common::new_client(&plain_config(&server));
    let error = client.get_channels(None, None).unwrap_err();
    assert!(error.message().contains("app id"), "{error}");
    let port = server.port();
    drop(server);
    let mut config = Config::new("app-key").unwrap();
    config.set_host("127.0.0.1").unwrap();
    config.set_port(i32::from(port)).unwrap();
    config.set_tls(false);
    config.set_secret("s").unwrap();
    config.set_app_id("1").unwrap();
    let client = common::new_client(&config);
    let request = client.get_channels(None, None).unwrap();
    let error = client.wait(request, PATIENCE).unwrap_err();
    assert_eq!(error.status(), Status::Network);
    assert!(error.message().contains("refused") && !error.message().contains("auth_"), "{error}");
}

#[test]
fn calls_that_hang_end_at_their_deadline_and_at_close() {
    let server = server();
    server.order(Fault::ApiHang {});
    let mut config = api_config(&server);
    config.set_api_timeout(std::time::Duration::from_millis(100)).unwrap();
    let client = common::new_client(&config);
    let request = client.get_channels(None, None).unwrap();
    assert_eq!(client.wait(request, PATIENCE).unwrap_err().status(), Status::Timeout);
    let client = common::new_client(&api_config(&server));
    let request = client.get_channels(None, None).unwrap();
    client.close(common::LONG).unwrap();
    assert_eq!(client.wait(request, PATIENCE).unwrap_err().status(), Status::Cancelled);
}

#[test]
fn the_servers_limit_on_client_events_is_kept_to() {
    let mut config = pusherws_devserver::Config::default();
    config.limits.client_events_per_second = Some(10);
    let server = Server::spawn(config).unwrap();
    let (client, seen) = connected(&api_config(&server));
    subscribes(&client, "private-a");
    let requests: Vec<_> = (0..25)
        .map(|n| client.publish(&name("private-a"), "client-e", &n.to_string()).unwrap())
        .collect();
    for request in requests {
        client.wait(request, PATIENCE).unwrap();
    }
    server.wait_until(common::LONG, |state| state.received("client-e") == 25).unwrap();
    // Whatever the server has to say about them is here before the answer to this.
    let ping = client.ping().unwrap();
    seen.wait_for(|event| event.kind == EventKind::Completed && event.request == ping);
    assert!(seen.all().iter().all(|event| event.kind != EventKind::Error), "{:#?}", seen.all());
}

#[test]
fn the_quirks_of_real_servers_are_survived() {
    for imitated in ["soketi", "sockudo", "soketi-rs", "reverb", "ipe", "pusher-fake"] {
        let quirks = pusherws_devserver::Quirks::of(imitated).unwrap();
        let config = pusherws_devserver::Config { quirks, ..Default::default() };
        let server = Server::spawn(config).unwrap();
        let (client, seen) = connected(&api_config(&server));
        for channel in ["news", "private-a", "presence-b", "cache-c"] {
            subscribes(&client, channel);
        }
        server.publish("news", "hello", "1");
        seen.wait_for(|event| event.name == "hello");
        let members = client.members(&name("presence-b")).unwrap();
        assert!(members.contains("ann"), "{imitated}: {members:?}");
        let ping = client.ping().unwrap();
        client.wait(ping, PATIENCE).unwrap();
    }
}
