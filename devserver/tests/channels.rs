//! Channels of every kind.

mod common;

use std::time::Duration;

use common::{Client, data, start, start_with, until};
use pusherws_devserver::{Quirks, Refusal, Server};
use serde_json::{Value, json};

async fn quirky(quirks: Quirks) -> Server {
    start_with(|config| config.quirks = quirks).await
}

#[tokio::test]
async fn public_channel() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    assert_eq!(client.subscribe("news").await["data"], "{}");
    assert_eq!(server.publish("news", "headline", r#"{"a":1}"#), 1);
    assert_eq!(client.text().await, r#"{"event":"headline","channel":"news","data":"{\"a\":1}"}"#);
    assert_eq!(server.publish("other", "headline", "{}"), 0);
    client.send(json!({"event": "pusher:unsubscribe", "data": {"channel": "news"}})).await;
    client.expect_nothing().await;
    assert_eq!(server.publish("news", "headline", "{}"), 0);
    assert!(server.state().channel("news").is_none());
}

#[tokio::test]
async fn data_comes_in_any_shape() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    client.subscribe("c").await;
    for (data, expected) in [
        (Some(r#"{"a": [1, 2]}"#), r#"{"event":"e","channel":"c","data":{"a": [1, 2]}}"#),
        (Some("3"), r#"{"event":"e","channel":"c","data":3}"#),
        (Some("null"), r#"{"event":"e","channel":"c","data":null}"#),
        (Some(r#""text""#), r#"{"event":"e","channel":"c","data":"text"}"#),
        (Some("not JSON"), r#"{"event":"e","channel":"c","data":"not JSON"}"#),
        (None, r#"{"event":"e","channel":"c"}"#),
    ] {
        server.publish_json("c", "e", data, None);
        assert_eq!(client.text().await, expected);
    }
}

#[tokio::test]
async fn subscribing_twice_is_an_error() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    client.subscribe("c").await;
    client.ask("c", None).await;
    let error = client.expect("pusher:error").await;
    assert_eq!(error["data"]["code"], Value::Null);
    assert_eq!(server.state().subscriptions("c"), 1);
}

#[tokio::test]
async fn names_are_checked() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    for name in ["", "bad name", "ümlaut", "#reserved", &"x".repeat(201)] {
        client.ask(name, None).await;
        let error = client.expect("pusher:subscription_error").await;
        assert_eq!((&error["channel"], &error["data"]["status"]), (&json!(name), &json!(4009)));
    }
    client.subscribe("A-z_0=@,.;9").await;
}

#[tokio::test]
async fn private_channels_want_a_signature() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    for name in ["private-a", "private-cache-a", "private-encrypted-a", "private-encrypted-cache-a"]
    {
        let other = client.auth("private-other", None);
        let upper = client.auth(name, None).replace("app-key", "other-key");
        for auth in [None, Some(""), Some("app-key:"), Some(other.as_str()), Some(&upper)] {
            let mut subscribe = json!({ "channel": name });
            if let Some(auth) = auth {
                subscribe["auth"] = auth.into();
            }
            client.send(json!({"event": "pusher:subscribe", "data": subscribe})).await;
            let error = client.expect("pusher:subscription_error").await;
            assert_eq!(error["channel"], name);
            assert_eq!(error["data"]["type"], "AuthError");
            assert_eq!(error["data"]["status"], 401);
        }
        client.subscribe(name).await;
        if name.contains("cache") {
            client.expect("pusher:cache_miss").await;
        }
    }
}

#[tokio::test]
async fn the_ways_of_refusing() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    let bad = json!({"event": "pusher:subscribe", "data": {"channel": "private-x", "auth": "k:s"}});
    let refusal = |refusal| Quirks { refusal, ..Quirks::default() };

    server.set_quirks(refusal(Refusal::InternalSubscriptionError));
    client.send(bad.clone()).await;
    let frame = client.expect("pusher_internal:subscription_error").await;
    assert_eq!((&frame["channel"], &frame["data"]), (&json!("private-x"), &json!("{}")));

    server.set_quirks(refusal(Refusal::Error4009));
    client.send(bad.clone()).await;
    let frame = client.expect("pusher:error").await;
    assert_eq!((frame.get("channel"), &frame["data"]["code"]), (None, &json!(4009)));

    server.set_quirks(refusal(Refusal::ErrorNullCode));
    client.send(bad).await;
    let frame = client.expect("pusher:error").await;
    assert_eq!(frame["data"].as_object().unwrap()["code"], Value::Null);
    client.expect_nothing().await;
}

#[tokio::test]
async fn presence_counts_users_not_connections() {
    let server = start().await;
    let mut a = Client::connect(&server).await;
    let mut b = Client::connect(&server).await;
    let mut b2 = Client::connect(&server).await;
    let frame = a.enter("presence-p", "a").await;
    assert!(frame["data"].is_string());
    assert_eq!(
        data(&frame)["presence"],
        json!({"ids": ["a"], "hash": {"a": {"name": "a"}}, "count": 1})
    );

    let frame = b.enter("presence-p", "b").await;
    assert_eq!(data(&frame)["presence"]["ids"], json!(["a", "b"]));
    let added = a.expect("pusher_internal:member_added").await;
    assert_eq!(added["data"], r#"{"user_id":"b","user_info":{"name":"b"}}"#);

    // A second connection of b, from first to last, is not news to a.
    let frame = b2.enter("presence-p", "b").await;
    assert_eq!(data(&frame)["presence"]["count"], 2);
    b.send(json!({"event": "pusher:unsubscribe", "data": {"channel": "presence-p"}})).await;
    b.expect_nothing().await;
    a.expect_nothing().await;
    assert_eq!(server.state().channel("presence-p").unwrap().members, ["a", "b"]);

    drop(b2);
    let removed = a.expect("pusher_internal:member_removed").await;
    assert_eq!(removed["data"], r#"{"user_id":"b"}"#);
}

#[tokio::test]
async fn channel_data_is_checked() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    let long = json!({"user_id": "x".repeat(129)}).to_string();
    let large = json!({"user_id": "x", "user_info": "x".repeat(2000)}).to_string();
    for channel_data in ["nonsense", "{}", r#"{"user_id":{}}"#, r#"{"user_id":1.5}"#, &long, &large]
    {
        client.ask("presence-p", Some(channel_data)).await;
        client.expect("pusher:subscription_error").await;
    }
    client.ask("presence-p", None).await;
    client.expect("pusher:subscription_error").await;
    // A number is a user id too, and no user_info is null in the hash.
    client.ask("presence-p", Some(r#"{"user_id":7}"#)).await;
    let frame = client.expect("pusher_internal:subscription_succeeded").await;
    let presence = data(&frame)["presence"].clone();
    assert_eq!(presence, json!({"ids": ["7"], "hash": {"7": null}, "count": 1}));
}

#[tokio::test]
async fn a_presence_channel_can_be_full() {
    let server = start_with(|config| config.limits.presence_members = 1).await;
    let mut a = Client::connect(&server).await;
    let mut b = Client::connect(&server).await;
    a.enter("presence-p", "a").await;
    b.ask("presence-p", Some(r#"{"user_id":"b"}"#)).await;
    let error = b.expect("pusher:subscription_error").await;
    assert_eq!(error["data"]["type"], "LimitReached");
    b.enter("presence-p", "a").await;
}

#[tokio::test]
async fn presence_quirks() {
    let server =
        quirky(Quirks { presence_without_ids: true, data_as_object: true, ..Quirks::default() })
            .await;
    let mut client = Client::connect(&server).await;
    let frame = client.enter("presence-p", "a").await;
    assert!(frame["data"].is_object());
    assert_eq!(frame["data"]["presence"], json!({"hash": {"a": {"name": "a"}}, "count": 1}));

    let server =
        quirky(Quirks { empty_hash_as_array: true, numeric_user_ids: true, ..Quirks::default() })
            .await;
    let mut a = Client::connect(&server).await;
    let mut b = Client::connect(&server).await;
    let frame = a.enter("presence-p", "1").await;
    assert_eq!(data(&frame)["presence"], json!({"ids": [], "hash": [], "count": 0}));
    let frame = b.enter("presence-p", "2").await;
    assert_eq!(data(&frame)["presence"]["ids"], json!([1]));
    assert_eq!(data(&a.expect("pusher_internal:member_added").await)["user_id"], 2);
}

#[tokio::test]
async fn succeeded_without_data() {
    let server = quirky(Quirks { succeeded_without_data: true, ..Quirks::default() }).await;
    let mut client = Client::connect(&server).await;
    assert_eq!(client.subscribe("c").await.get("data"), None);
    assert!(client.enter("presence-p", "a").await["data"].is_string());
}

#[tokio::test]
async fn cache_channels_keep_the_last_event() {
    let server = start().await;
    let mut first = Client::connect(&server).await;
    for channel in ["cache-c", "private-cache-c", "presence-cache-c", "private-encrypted-cache-c"] {
        let mut second = Client::connect(&server).await;
        let presence = channel.starts_with("presence-");
        if presence {
            first.enter(channel, "1").await;
        } else {
            first.subscribe(channel).await;
        }
        let miss = first.expect("pusher:cache_miss").await;
        assert_eq!(miss, json!({"event": "pusher:cache_miss", "channel": channel}));
        server.publish(channel, "old", "1");
        server.publish(channel, "new", "2");
        if presence {
            second.enter(channel, "2").await;
        } else {
            second.subscribe(channel).await;
        }
        let cached = second.expect("new").await;
        assert_eq!(cached, json!({"event": "new", "channel": channel, "data": "2"}));
        first.expect("old").await;
        first.expect("new").await;
        if presence {
            first.expect("pusher_internal:member_added").await;
        }
        drop(second);
        if presence {
            first.expect("pusher_internal:member_removed").await;
        }
    }
}

#[tokio::test]
async fn cached_events_grow_old_and_client_events_are_not_cached() {
    let server = start_with(|config| config.limits.cache_ttl = Duration::ZERO).await;
    server.set_quirks(Quirks { cache_miss_with_data: true, ..Quirks::default() });
    let mut client = Client::connect(&server).await;
    server.publish("cache-c", "e", "1");
    client.subscribe("cache-c").await;
    assert_eq!(client.expect("pusher:cache_miss").await["data"], "{}");

    let server = start().await;
    let mut a = Client::connect(&server).await;
    let mut b = Client::connect(&server).await;
    a.subscribe("private-cache-c").await;
    a.expect("pusher:cache_miss").await;
    a.send(json!({"event": "client-e", "channel": "private-cache-c", "data": {}})).await;
    a.expect_nothing().await;
    b.subscribe("private-cache-c").await;
    b.expect("pusher:cache_miss").await;
}

#[tokio::test]
async fn encrypted_events_pass_through() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    client.subscribe("private-encrypted-c").await;
    let payload = r#"{"nonce":"bm9uY2U=","ciphertext":"Y2lwaGVy"}"#;
    server.publish("private-encrypted-c", "secret", payload);
    let frame = client.expect("secret").await;
    assert_eq!(frame["data"], payload);
}

#[tokio::test]
async fn subscription_counts() {
    let server = start_with(|config| config.apps[0].subscription_count = true).await;
    let mut a = Client::connect(&server).await;
    let mut b = Client::connect(&server).await;
    let count = "pusher_internal:subscription_count";
    a.subscribe("c").await;
    assert_eq!(a.expect(count).await["data"], r#"{"subscription_count":1}"#);
    b.subscribe("c").await;
    assert_eq!(a.expect(count).await["data"], r#"{"subscription_count":2}"#);
    assert_eq!(b.expect(count).await["data"], r#"{"subscription_count":2}"#);
    drop(b);
    assert_eq!(a.expect(count).await["data"], r#"{"subscription_count":1}"#);
    a.enter("presence-p", "a").await;
    a.expect_nothing().await;
}

#[tokio::test]
async fn client_events_reach_the_others() {
    let server = start().await;
    let mut a = Client::connect(&server).await;
    let mut b = Client::connect(&server).await;
    a.subscribe("private-c").await;
    b.subscribe("private-c").await;
    a.send_text(r#"{"event":"client-e","channel":"private-c","data":{"b": 1,  "a":2}}"#).await;
    a.expect_nothing().await;
    // The data is passed on byte for byte.
    assert_eq!(
        b.text().await,
        r#"{"event":"client-e","channel":"private-c","data":{"b": 1,  "a":2}}"#
    );
    a.enter("presence-p", "ann").await;
    b.enter("presence-p", "bob").await;
    a.expect("pusher_internal:member_added").await;
    b.send(json!({"event": "client-e", "channel": "presence-p", "data": "x"})).await;
    assert_eq!(a.expect("client-e").await["user_id"], "bob");
    server.set_quirks(Quirks { client_event_without_user_id: true, ..Quirks::default() });
    b.send(json!({"event": "client-e", "channel": "presence-p", "data": "x"})).await;
    assert_eq!(a.expect("client-e").await.get("user_id"), None);
}

#[tokio::test]
async fn client_events_are_refused() {
    let server = start_with(|config| {
        config.limits.client_event_bytes = 100;
        config.limits.client_events_per_second = Some(2);
    })
    .await;
    let mut client = Client::connect(&server).await;
    client.subscribe("public").await;
    client.subscribe("private-encrypted-c").await;
    client.subscribe("private-c").await;
    let event =
        |channel: &str, data: &str| json!({"event": "client-e", "channel": channel, "data": data});
    let large = "x".repeat(200);
    for (frame, code) in [
        (event("public", ""), 4301),
        (event("private-encrypted-c", ""), 4301),
        (event("private-other", ""), 4009),
        (event("private-c", &large), 4301),
        (json!({"event": "client-e", "data": ""}), 4301),
    ] {
        client.send(frame.clone()).await;
        assert_eq!(client.expect("pusher:error").await["data"]["code"], code, "{frame}");
    }
    // Three within a second are one too many. It may take two tries to hit one second.
    for n in 0..6 {
        client.send(event("private-c", &n.to_string())).await;
    }
    assert_eq!(client.expect("pusher:error").await["data"]["code"], 4301);

    server.change_app(0, |app| app.client_events = false);
    let mut other = Client::connect(&server).await;
    other.subscribe("private-c").await;
    other.send(event("private-c", "")).await;
    assert_eq!(other.expect("pusher:error").await["data"]["code"], 4301);
}

#[tokio::test]
async fn a_slow_consumer_is_closed_4100() {
    let server = start_with(|config| config.limits.queue_bytes = 1000).await;
    let mut client = Client::connect(&server).await;
    client.subscribe("c").await;
    // On this single-threaded runtime nothing is written while this loop runs.
    for _ in 0..100 {
        server.publish("c", "e", "0123456789");
    }
    assert_eq!(client.end().await, common::End::Close(4100));
    let state = until(&server, |state| state.open_count() == 0).await;
    assert!(state.last().unwrap().sent_count < 50);
}
