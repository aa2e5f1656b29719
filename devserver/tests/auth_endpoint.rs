//! The authorisation endpoints.

mod common;

use std::time::Duration;

use common::{Client, Reply, call, post, start, until};
use pusherws_devserver::{Control, Endpoint, Fault};
use serde_json::json;

async fn form(control: &Control, path: &str, body: &str) -> Reply {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    call(control, "POST", path, &headers, body.to_owned()).await.unwrap()
}

#[tokio::test]
async fn what_it_grants_is_accepted() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    for channel in ["private-c", "presence-c", "private-encrypted-c"] {
        let body = format!("socket_id={}&channel_name={channel}", client.socket_id);
        let mut data = form(&server, "/pusher/auth", &body).await.json();
        assert_eq!(data.get("channel_data").is_some(), channel.starts_with("presence"));
        assert_eq!(data.get("shared_secret").is_some(), channel.contains("encrypted"));
        data.as_object_mut().unwrap().remove("shared_secret");
        data["channel"] = channel.into();
        client.send(json!({"event": "pusher:subscribe", "data": data})).await;
        client.expect("pusher_internal:subscription_succeeded").await;
    }
    let body = format!("socket_id={}&user_id=7&watchlist=1,2", client.socket_id);
    let data = form(&server, "/pusher/user-auth", &body).await.json();
    assert_eq!(data["user_data"], r#"{"id":"7","watchlist":["1","2"]}"#);
    client.send(json!({"event": "pusher:signin", "data": data})).await;
    client.expect("pusher:signin_success").await;
    assert_eq!(server.state().auth_requests.len(), 4);
}

#[tokio::test]
async fn forms_json_and_queries_are_read() {
    let server = start().await;
    let body = "socket_id=1.2&channel_name=presence-c&user_id=7&user_info=%7B%22a%22%3A1%7D";
    let expected = r#"{"user_id":"7","user_info":{"a":1}}"#;
    assert_eq!(form(&server, "/pusher/auth", body).await.json()["channel_data"], expected);
    let body = json!({"socket_id": "1.2", "channel_name": "presence-c", "user_id": 7,
        "user_info": {"a": 1}});
    assert_eq!(post(&server, "/pusher/auth", body).await.json()["channel_data"], expected);
    let body = "socket_id=1.2&channel_name=presence-c";
    let reply = form(&server, "/pusher/auth?user_id=7&user_info=x", body).await;
    assert_eq!(reply.json()["channel_data"], r#"{"user_id":"7","user_info":"x"}"#);
}

#[tokio::test]
async fn requests_are_checked_and_logged() {
    let server = start().await;
    assert_eq!(form(&server, "/pusher/auth", "channel_name=private-c").await.status, 400);
    assert_eq!(
        form(&server, "/pusher/auth", "socket_id=x&channel_name=private-c").await.status,
        400
    );
    assert_eq!(form(&server, "/pusher/auth", "socket_id=1.2").await.status, 400);
    server.change_auth(|auth| {
        auth.required_header = Some(("X-Token".to_owned(), "t".to_owned()));
        auth.required_param = Some(("extra".to_owned(), "e".to_owned()));
    });
    let body = "socket_id=1.2&channel_name=private-c&extra=e";
    assert_eq!(form(&server, "/pusher/auth", body).await.status, 403);
    let path = "/pusher/auth";
    let with = |body: &'static str| call(&server, "POST", path, &[("x-token", "t")], body);
    assert_eq!(with("socket_id=1.2&channel_name=private-c").await.unwrap().status, 403);
    assert_eq!(with(body).await.unwrap().status, 200);
    let state = server.state();
    let last = state.auth_requests.last().unwrap();
    assert_eq!((last.id, last.status, last.path.as_str()), (6, 200, path));
    assert_eq!(last.params["channel_name"], "private-c");
    assert_eq!(last.headers["x-token"], "t");
}

#[tokio::test]
async fn it_fails_on_order() {
    let server = start().await;
    let body = "socket_id=1.2&channel_name=private-c";
    let ask = || form(&server, "/pusher/auth", body);
    let good = ask().await.json();
    let status = |status, endpoint| Fault::AuthStatus { status, body: "no".to_owned(), endpoint };
    server.order(status(500, None).times(2));
    server.order(status(403, None).times(1));
    assert_eq!(ask().await.status, 500);
    assert_eq!(ask().await.status, 500);
    assert_eq!(ask().await.status, 403);
    assert_eq!(ask().await.json(), good);

    server.order(Fault::AuthGarbage { endpoint: None }.times(1));
    let reply = ask().await;
    assert_eq!((reply.status, reply.text.starts_with('<')), (200, true));

    server.order(Fault::AuthWrongSignature { endpoint: None }.times(1));
    let reply = ask().await.json();
    assert_ne!(reply["auth"], good["auth"]);
    assert_eq!(reply["auth"].as_str().unwrap().len(), good["auth"].as_str().unwrap().len());

    let only_users = server.order(status(401, Some(Endpoint::User)));
    assert_eq!(ask().await.status, 200);
    assert_eq!(form(&server, "/pusher/user-auth", "socket_id=1.2").await.status, 401);
    assert!(server.clear(only_users));
    assert!(!server.clear(only_users));
    assert_eq!(form(&server, "/pusher/user-auth", "socket_id=1.2").await.status, 200);
}

#[tokio::test]
async fn it_hangs_and_delays_on_order() {
    let server = start().await;
    let body = "socket_id=1.2&channel_name=private-c";
    server.order(Fault::AuthHang { endpoint: None }.times(1));
    tokio::select! {
        _ = form(&server, "/pusher/auth", body) => panic!("it answered"),
        _ = until(&server, |state| state.auth_requests.len() == 1) => {}
    }
    assert_eq!(server.state().auth_requests[0].status, 0);
    server.order(Fault::AuthDelay { ms: 50, endpoint: None }.times(1));
    let begin = std::time::Instant::now();
    assert_eq!(form(&server, "/pusher/auth", body).await.status, 200);
    assert!(begin.elapsed() >= Duration::from_millis(50));
}
