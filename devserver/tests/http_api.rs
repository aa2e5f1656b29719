//! Pusher's HTTP API.

mod common;

use common::{Client, End, Reply, api, call, now, start, start_with};
use pusherws_devserver::{Fault, Quirks, Server, signature};
use serde_json::json;

async fn trigger(server: &Server, body: serde_json::Value) -> Reply {
    api(server, "POST", "/apps/app-id/events", &[], &body.to_string()).await
}

#[tokio::test]
async fn events_are_published() {
    let server = start().await;
    let mut a = Client::connect(&server).await;
    let mut b = Client::connect(&server).await;
    for client in [&mut a, &mut b] {
        client.subscribe("one").await;
        client.subscribe("two").await;
    }
    let reply = trigger(&server, json!({"name": "e", "data": "{\"a\":1}", "channel": "one"})).await;
    assert_eq!((reply.status, reply.json()), (200, json!({})));
    assert_eq!(a.text().await, r#"{"event":"e","channel":"one","data":"{\"a\":1}"}"#);
    b.expect("e").await;
    trigger(&server, json!({"name": "f", "data": "x", "channels": ["one", "two"]})).await;
    assert_eq!(a.expect("f").await["channel"], "one");
    assert_eq!(a.expect("f").await["channel"], "two");
    b.expect("f").await;
    b.expect("f").await;
    // The sender can leave itself out.
    let body = json!({"name": "g", "data": "x", "channel": "one", "socket_id": a.socket_id});
    trigger(&server, body).await;
    a.expect_nothing().await;
    b.expect("g").await;
    assert_eq!(server.state().api_requests, 3);
}

#[tokio::test]
async fn batches_are_published() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    client.subscribe("c").await;
    let batch = |count: usize| {
        let event = |n| json!({"name": format!("e{n}"), "channel": "c", "data": "x"});
        json!({"batch": (0..count).map(event).collect::<Vec<_>>()}).to_string()
    };
    let path = "/apps/app-id/batch_events";
    assert_eq!(api(&server, "POST", path, &[], &batch(2)).await.json(), json!({}));
    client.expect("e0").await;
    client.expect("e1").await;
    assert_eq!(api(&server, "POST", path, &[], &batch(11)).await.status, 400);
    let body = json!({"batch": [
        {"name": "e", "channel": "c", "data": "x", "info": "subscription_count"},
        {"name": "e", "channel": "d", "data": "x"},
    ]});
    let reply = api(&server, "POST", path, &[], &body.to_string()).await;
    assert_eq!(reply.json(), json!({"batch": [{"subscription_count": 1}, {}]}));
}

#[tokio::test]
async fn channels_can_be_queried() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    client.subscribe("news").await;
    client.enter("presence-p", "ann").await;
    server.publish("cache-c", "e", "cached");
    let get = async |path: &str, extra: &[(&str, &str)]| {
        let reply = api(&server, "GET", &format!("/apps/app-id/{path}"), extra, "").await;
        (reply.status, reply.json())
    };
    assert_eq!(
        get("channels", &[]).await,
        (200, json!({"channels": {"news": {}, "presence-p": {}}}))
    );
    assert_eq!(
        get("channels", &[("filter_by_prefix", "presence-"), ("info", "user_count")]).await,
        (200, json!({"channels": {"presence-p": {"user_count": 1}}}))
    );
    assert_eq!(get("channels", &[("info", "user_count")]).await.0, 400);
    assert_eq!(
        get("channels/news", &[("info", "subscription_count")]).await,
        (200, json!({"occupied": true, "subscription_count": 1}))
    );
    assert_eq!(get("channels/none", &[]).await, (200, json!({"occupied": false})));
    assert_eq!(get("channels/news", &[("info", "user_count")]).await.0, 400);
    let (_, cache) = get("channels/cache-c", &[("info", "cache")]).await;
    assert_eq!(cache["cache"]["data"], "cached");
    assert!(cache["cache"]["ttl"].as_u64().unwrap() > 1000);
    assert_eq!(
        get("channels/presence-p/users", &[]).await,
        (200, json!({"users": [{"id": "ann"}]}))
    );
    assert_eq!(get("channels/news/users", &[]).await.0, 400);
    assert_eq!(get("nothing", &[]).await.0, 404);
}

#[tokio::test]
async fn triggers_can_ask_for_info() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    client.enter("presence-p", "ann").await;
    let info = "user_count,subscription_count";
    let body = json!({"name": "e", "data": "x", "channels": ["presence-p"], "info": info});
    assert_eq!(
        trigger(&server, body).await.json(),
        json!({"channels": {"presence-p": {"user_count": 1, "subscription_count": 1}}})
    );
}

#[tokio::test]
async fn users_can_be_terminated() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    client.sign_in(r#"{"id":"a b/c"}"#).await;
    client.expect("pusher:signin_success").await;
    let path = "/apps/app-id/users/a%20b%2Fc/terminate_connections";
    assert_eq!(api(&server, "POST", path, &[], "{}").await.status, 200);
    assert_eq!(client.expect("pusher:error").await["data"]["code"], 4009);
    assert_eq!(client.end().await, End::Close(4009));
}

#[tokio::test]
async fn bad_triggers_are_400_or_413() {
    let server = start().await;
    let many: Vec<String> = (0..101).map(|n| format!("c{n}")).collect();
    for body in [
        json!({"name": "e", "data": "x"}),
        json!({"name": "", "data": "x", "channel": "c"}),
        json!({"name": "x".repeat(201), "data": "x", "channel": "c"}),
        json!({"name": "e", "channel": "c"}),
        json!({"name": "e", "data": "x", "channel": "bad name"}),
        json!({"name": "e", "data": "x", "channels": many}),
        json!({"name": "e", "data": "x", "channels": ["c", "private-encrypted-c"]}),
        json!({"name": "e", "data": "x", "channel": "c", "socket_id": "nonsense"}),
        json!("not an event"),
    ] {
        assert_eq!(trigger(&server, body.clone()).await.status, 400, "{body}");
    }
    let body = json!({"name": "e", "data": "x".repeat(10 * 1024 + 1), "channel": "c"});
    assert_eq!(trigger(&server, body).await.status, 413);
}

#[tokio::test]
async fn calls_are_authenticated() {
    let server = start().await;
    let path = "/apps/app-id/channels";
    let signed = |key: &str, secret: &str, time: u64, method: &str, path: &str, body: &str| {
        signature::signed_query(key, secret, method, path, time, body.as_bytes(), &[])
    };
    let status = async |path: &str, query: String, body: &str| {
        let path = format!("{path}?{query}");
        let method = if body.is_empty() { "GET" } else { "POST" };
        call(&server, method, &path, &[], body.to_owned()).await.unwrap().status
    };
    let (key, secret) = ("app-key", "app-secret");
    let good = signed(key, secret, now(), "GET", path, "");
    assert_eq!(status(path, good.clone(), "").await, 200);
    assert_eq!(status(path, format!("{good}&info=added-later"), "").await, 401);
    assert_eq!(status(path, String::new(), "").await, 401);
    assert_eq!(status(path, signed("other", secret, now(), "GET", path, ""), "").await, 401);
    assert_eq!(status(path, signed(key, "other", now(), "GET", path, ""), "").await, 401);
    assert_eq!(status(path, signed(key, secret, now() - 601, "GET", path, ""), "").await, 401);
    let ahead = signed(key, secret, now() + 590, "GET", path, "");
    assert_eq!(status(path, ahead, "").await, 200);
    let other = "/apps/other/channels";
    assert_eq!(status(other, signed(key, secret, now(), "GET", other, ""), "").await, 404);
    // The body is signed by way of its MD5.
    let events = "/apps/app-id/events";
    let body = r#"{"name":"e","data":"x","channel":"c"}"#;
    let query = signed(key, secret, now(), "POST", events, body);
    assert_eq!(status(events, query.clone(), body).await, 200);
    assert_eq!(status(events, query, &body.replace('x', "y")).await, 401);
}

#[tokio::test]
async fn a_disabled_app_is_403() {
    let server = start_with(|config| config.apps[0].enabled = false).await;
    assert_eq!(api(&server, "GET", "/apps/app-id/channels", &[], "").await.status, 403);
}

#[tokio::test]
async fn soketi_says_200_to_everything() {
    let server = start().await;
    server.set_quirks(Quirks::of("soketi").unwrap());
    let reply = call(&server, "GET", "/apps/app-id/channels", &[], "").await.unwrap();
    assert_eq!((reply.status, &reply.json()["code"]), (200, &json!(401)));
}

#[tokio::test]
async fn the_api_fails_on_order() {
    let server = start().await;
    server.order(Fault::ApiStatus { status: 503, body: "later".to_owned() }.times(1));
    let reply = api(&server, "GET", "/apps/app-id/channels", &[], "").await;
    assert_eq!((reply.status, reply.text.as_str()), (503, "later"));
    assert_eq!(api(&server, "GET", "/apps/app-id/channels", &[], "").await.status, 200);
    let fault = server.order(Fault::ApiHang {}.times(1));
    let hanging = api(&server, "GET", "/apps/app-id/channels", &[], "");
    tokio::select! {
        _ = hanging => panic!("it answered"),
        _ = common::until(&server, |state| state.fired(fault) == 1) => {}
    }
}
