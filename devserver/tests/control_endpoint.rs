//! `/_dev/…`, for tests in other languages.

mod common;

use common::{Client, End, call, get, post, start, start_with, until};
use serde_json::{Value, json};

#[tokio::test]
async fn the_state_is_json() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    client.enter("presence-p", "ann").await;
    let state = get(&server, "/_dev/state").await.json();
    let connection = &state["connections"][0];
    assert_eq!(connection["socket_id"], json!(client.socket_id));
    assert_eq!(connection["request"]["query"]["protocol"], "7");
    assert_eq!(connection["channels"], json!(["presence-p"]));
    assert!(connection["received"][0].as_str().unwrap().contains("pusher:subscribe"));
    assert_eq!(
        state["channels"],
        json!([{"app": "app-id", "name": "presence-p", "subscriptions": 1, "members": ["ann"],
            "cached": false}])
    );
}

#[tokio::test]
async fn faults_are_ordered_listed_and_cleared() {
    let server = start().await;
    let order = json!({"fault": "refuse_upgrade", "status": 503, "times": 2});
    let id = post(&server, "/_dev/faults", order).await.json()["id"].as_u64().unwrap();
    assert!(Client::open(&server.ws_url()).await.is_err());
    let faults = get(&server, "/_dev/faults").await.json();
    assert_eq!(faults[0]["id"], id);
    assert_eq!(faults[0]["fault"], "refuse_upgrade");
    assert_eq!(faults[0]["fired"], 1);
    let path = format!("/_dev/faults/{id}");
    let clear = || call(&server, "DELETE", &path, &[], "");
    assert_eq!(clear().await.unwrap().json(), json!({"cleared": true}));
    assert_eq!(clear().await.unwrap().json(), json!({"cleared": false}));
    Client::connect(&server).await;
    post(&server, "/_dev/faults", json!({"fault": "hang_upgrade"})).await;
    post(&server, "/_dev/clear", json!({})).await;
    post(&server, "/_dev/faults", json!({"fault": "hang_upgrade"})).await;
    call(&server, "DELETE", "/_dev/faults", &[], "").await.unwrap();
    Client::connect(&server).await;
}

#[tokio::test]
async fn every_fault_has_a_name_in_json() {
    let server = start().await;
    for order in [
        json!({"fault": "hang_accept", "times": 0}),
        json!({"fault": "drop_accept", "how": "rst", "times": 0}),
        json!({"fault": "refuse_upgrade", "status": 503, "headers": {"retry-after": "1"}}),
        json!({"fault": "hang_upgrade"}),
        json!({"fault": "drop_upgrade"}),
        json!({"fault": "never_establish"}),
        json!({"fault": "establish_with", "text": "x"}),
        json!({"fault": "close_on_connect", "code": 4200, "reason": "r"}),
        json!({"fault": "error_on_connect", "code": 4100, "message": "m"}),
        json!({"fault": "drop_on_connect", "how": "fin"}),
        json!({"fault": "ignore_subscribe", "channel": "c"}),
        json!({"fault": "refuse_subscribe", "channel": "c", "type": "T", "error": "e",
            "status": 4009}),
        json!({"fault": "refuse_subscribe"}),
        json!({"fault": "error_on_subscribe", "code": 4009, "message": "m"}),
        json!({"fault": "close_on_subscribe", "code": 4100}),
        json!({"fault": "drop_on_subscribe"}),
        json!({"fault": "ignore_signin"}),
        json!({"fault": "ignore_pings", "times": 3, "socket_id": "1.2"}),
        json!({"fault": "silent"}),
        json!({"fault": "stop_reading"}),
        json!({"fault": "delay_frames", "ms": 5}),
        json!({"fault": "auth_status", "status": 500, "body": "b", "endpoint": "user"}),
        json!({"fault": "auth_hang", "endpoint": "channel"}),
        json!({"fault": "auth_garbage"}),
        json!({"fault": "auth_wrong_signature"}),
        json!({"fault": "auth_delay", "ms": 5}),
        json!({"fault": "api_status", "status": 500}),
        json!({"fault": "api_hang"}),
    ] {
        let reply = post(&server, "/_dev/faults", order.clone()).await;
        assert_eq!(reply.status, 200, "{order}: {}", reply.text);
    }
    for order in [
        json!({"fault": "no_such_fault"}),
        json!({"fault": "refuse_upgrade"}),
        json!({"fault": "refuse_upgrade", "status": 503, "time": 2}),
        json!({"fault": "silent", "misspelt": 1}),
        json!({"fault": "silent", "times": "x"}),
        json!([]),
    ] {
        let reply = post(&server, "/_dev/faults", order.clone()).await;
        assert_eq!(reply.status, 400, "{order}");
        assert!(reply.json()["error"].is_string());
    }
}

#[tokio::test]
async fn connections_are_acted_upon() {
    let server = start().await;
    let mut a = Client::connect(&server).await;
    let mut b = Client::connect(&server).await;
    let id = a.socket_id.clone();
    let act = async |path: &str, body: Value| {
        let reply = post(&server, &format!("/_dev/{path}"), body).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()["connections"].as_u64().unwrap()
    };
    let only_a = json!({ "socket_id": id });
    let with = |extra: Value| {
        let mut body = only_a.clone();
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    };
    assert_eq!(act("send", json!({"text": "hello"})).await, 2);
    assert_eq!((a.text().await, b.text().await), ("hello".to_owned(), "hello".to_owned()));
    assert_eq!(act("error", with(json!({"code": 4200, "message": "m"}))).await, 1);
    assert_eq!(a.expect("pusher:error").await["data"]["code"], 4200);
    act("bytes", with(json!({"base64": "gQJoaQ=="}))).await;
    assert_eq!(a.text().await, "hi");
    act("garbage", with(json!({"kind": "invalid_json"}))).await;
    assert_eq!(a.text().await, r#"{"event":"#);
    act("ping", only_a.clone()).await;
    a.expect("pusher:ping").await;
    act("ws_ping", with(json!({"payload": "p"}))).await;
    assert!(a.message().await.unwrap().unwrap().is_ping());
    a.subscribe("c").await;
    b.subscribe("c").await;
    assert_eq!(act("publish", json!({"channel": "c", "event": "e", "data": {"a": 1}})).await, 2);
    assert_eq!(a.expect("e").await["data"], json!({"a": 1}));
    b.expect("e").await;
    let except = json!({"channel": "c", "event": "e", "data": "x", "except": id});
    assert_eq!(act("publish", except).await, 1);
    b.expect("e").await;
    let flood = json!({"channel": "c", "event": "f", "data": "{n}", "count": 3, "numbered": true});
    assert_eq!(act("flood", flood).await, 2);
    for n in 0..3 {
        assert_eq!(a.expect("f").await["data"], n.to_string());
    }
    act("half_frame", with(json!({"then": "drop"}))).await;
    assert_eq!(a.end().await, End::Drop);
    assert_eq!(act("close", json!({"code": 4100, "reason": "r", "error": true})).await, 1);
    for _ in 0..3 {
        b.expect("f").await;
    }
    b.expect("pusher:error").await;
    assert_eq!(b.end().await, End::Close(4100));
    let mut c = Client::connect(&server).await;
    act("drop", json!({"how": "rst"})).await;
    assert_eq!(c.end().await, End::Drop);
    let mut d = Client::connect(&server).await;
    d.sign_in(r#"{"id":"7"}"#).await;
    d.expect("pusher:signin_success").await;
    assert_eq!(act("terminate_user", json!({"user_id": "7"})).await, 1);
    assert_eq!(d.end().await, End::Close(4009));
}

#[tokio::test]
async fn settings_are_changed() {
    let server = start().await;
    let quirks = json!({"newline": true, "refusal": "error4009", "rejection": "drop"});
    let reply = post(&server, "/_dev/quirks", quirks).await;
    assert_eq!((reply.status, &reply.json()["refusal"]), (200, &json!("error4009")));
    assert_eq!(get(&server, "/_dev/quirks").await.json()["newline"], true);
    assert_eq!(post(&server, "/_dev/quirks", json!({"no_such_quirk": true})).await.status, 400);
    let soketi = post(&server, "/_dev/quirks", json!({"imitate": "soketi"})).await.json();
    assert_eq!(soketi["quota_as_4100"], true);
    post(&server, "/_dev/quirks", json!({})).await;
    assert_eq!(server.quirks(), Default::default());
    post(&server, "/_dev/auth", json!({"required_header": ["x-a", "1"]})).await;
    let body = json!({"socket_id": "1.2", "channel_name": "private-c"});
    assert_eq!(post(&server, "/pusher/auth", body.clone()).await.status, 403);
    post(&server, "/_dev/auth", json!({})).await;
    assert_eq!(post(&server, "/pusher/auth", body).await.status, 200);
    let app = json!({"subscription_count": true, "max_connections": 1});
    post(&server, "/_dev/app", app).await;
    let mut client = Client::connect(&server).await;
    client.subscribe("c").await;
    client.expect("pusher_internal:subscription_count").await;
    assert_eq!(server.app().max_connections, Some(1));
    post(&server, "/_dev/app", json!({"max_connections": null, "enabled": false})).await;
    assert_eq!((server.app().max_connections, server.app().enabled), (None, false));
}

#[tokio::test]
async fn waiting() {
    let server = start().await;
    let wait = async |body: Value| post(&server, "/_dev/wait", body).await.status;
    let mut client = Client::connect(&server).await;
    client.subscribe("c").await;
    client.sign_in(r#"{"id":"7"}"#).await;
    client.expect("pusher:signin_success").await;
    let fault = server.order(pusherws_devserver::Fault::IgnorePings {}.times(1));
    client.send(json!({"event": "pusher:ping", "data": {}})).await;
    for condition in [
        json!({"connections": 1}),
        json!({"upgrades": 1}),
        json!({"channel": "c"}),
        json!({"channel": "c", "subscriptions": 1}),
        json!({"channel": "d", "subscriptions": 0}),
        json!({"event": "pusher:subscribe", "contains": "\"c\""}),
        json!({"event": "pusher:subscribe", "socket_id": client.socket_id}),
        json!({"user": "7"}),
        json!({"fault": fault}),
    ] {
        assert_eq!(wait(condition.clone()).await, 200, "{condition}");
    }
    for mut condition in [
        json!({"connections": 0}),
        json!({"upgrades": 2}),
        json!({"channel": "d"}),
        json!({"event": "pusher:subscribe", "count": 2}),
        json!({"event": "pusher:subscribe", "socket_id": "1.2"}),
        json!({"user": "8"}),
        json!({"auth_requests": 1}),
        json!({"fault": fault, "fired": 2}),
    ] {
        condition["timeout_ms"] = 20.into();
        assert_eq!(wait(condition.clone()).await, 408, "{condition}");
    }
    assert_eq!(wait(json!({"connection": 0})).await, 400);
    let (status, ()) = tokio::join!(wait(json!({"connections": 0})), async {
        client.ws.close(None).await.unwrap();
    });
    assert_eq!(status, 200);
}

#[tokio::test]
async fn reset_forgets() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    server.publish("cache-c", "e", "1");
    post(&server, "/_dev/faults", json!({"fault": "silent"})).await;
    post(&server, "/_dev/reset", json!({})).await;
    assert_eq!(client.end().await, End::Drop);
    until(&server, |state| state.open_count() == 0).await;
    let state = server.state();
    assert!(state.channels.is_empty() && state.faults.is_empty());
}

#[tokio::test]
async fn it_can_be_turned_off() {
    let server = start_with(|config| config.control = false).await;
    assert_eq!(get(&server, "/_dev/state").await.status, 404);
    let server = start().await;
    assert_eq!(get(&server, "/_dev/nothing").await.status, 404);
    assert_eq!(get(&server, "/").await.status, 200);
}
