//! From the upgrade to `connection_established`, and being turned away.

mod common;

use std::time::Duration;

use common::{Client, End, data, start, start_with, until};
use futures_util::SinkExt;
use pusherws_devserver::{Pings, Quirks, Rejection, Server};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

#[tokio::test]
async fn established_carries_socket_id_and_activity_timeout() {
    let server = start_with(|config| config.activity_timeout = 17).await;
    let mut client = Client::open(&server.ws_url()).await.unwrap();
    let frame = client.next().await;
    assert_eq!(frame["event"], "pusher:connection_established");
    assert!(frame["data"].is_string(), "double-encoded");
    let data = data(&frame);
    assert_eq!(data["activity_timeout"], 17);
    let (a, b) = data["socket_id"].as_str().unwrap().split_once('.').unwrap();
    assert!(a.parse::<u64>().is_ok() && b.parse::<u64>().is_ok());
}

#[tokio::test]
async fn the_request_can_be_looked_at() {
    let server = start().await;
    let url = format!(
        "ws://{}/some/prefix/app/app-key?protocol=7&client=x-y&version=1.2.3",
        server.address()
    );
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("x-test", "a header".parse().unwrap());
    let tcp = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let mut client = Client::open_on(Box::new(tcp), request).await.unwrap();
    client.establish().await;
    let state = server.state();
    let connection = state.connection(&client.socket_id).unwrap();
    assert_eq!(connection.request.path, "/some/prefix/app/app-key");
    assert_eq!(connection.request.key, "app-key");
    assert_eq!(connection.request.query["client"], "x-y");
    assert_eq!(connection.request.headers["x-test"], "a header");
    assert!(connection.open && connection.established);
    assert_eq!(state.upgrades, 1);
}

#[tokio::test]
async fn the_swift_subprotocol_is_agreed_to() {
    let server = start().await;
    let mut request = server.ws_url().into_client_request().unwrap();
    let offer = "pusher-channels-protocol-7".parse().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", offer);
    let tcp = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    // tungstenite fails the handshake if the server does not pick an offered protocol.
    let mut client = Client::open_on(Box::new(tcp), request).await.unwrap();
    client.establish().await;
}

async fn turned_away(server: &Server, path: &str) -> (Option<u64>, End) {
    let url = format!("ws://{}{path}", server.address());
    let mut client = Client::open(&url).await.unwrap();
    let error = match client.message().await {
        Some(Ok(Message::Text(text))) => {
            let frame: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(frame["event"], "pusher:error");
            data(&frame)["code"].as_u64()
        }
        Some(Ok(Message::Close(Some(frame)))) => {
            return (None, End::Close(frame.code.into()));
        }
        _ => return (None, End::Drop),
    };
    (error, client.end().await)
}

#[tokio::test]
async fn what_is_wrong_with_the_url_has_a_code() {
    let server = start().await;
    for (path, code) in [
        ("/app/app-key?protocol=7&version=nonsense", 4006),
        ("/app/app-key?protocol=3", 4007),
        ("/app/app-key?protocol=8", 4007),
        ("/app/app-key?protocol=abc", 4007),
        ("/app/app-key", 4008),
        ("/app/no-such-key?protocol=7", 4001),
        ("/elsewhere?protocol=7", 4005),
    ] {
        let (error, end) = turned_away(&server, path).await;
        assert_eq!((error, end), (Some(code), End::Close(code as u16)), "{path}");
    }
    assert_eq!(server.state().last().unwrap().rejected, Some(4005));
}

#[tokio::test]
async fn a_disabled_app_is_4003() {
    let server = start_with(|config| config.apps[0].enabled = false).await;
    let (error, end) = turned_away(&server, "/app/app-key?protocol=7").await;
    assert_eq!((error, end), (Some(4003), End::Close(4003)));
}

#[tokio::test]
async fn over_quota_is_4004_or_4100() {
    let server = start_with(|config| config.apps[0].max_connections = Some(1)).await;
    let path = "/app/app-key?protocol=7";
    let mut first = Client::connect(&server).await;
    assert_eq!(turned_away(&server, path).await, (Some(4004), End::Close(4004)));
    server.set_quirks(Quirks { quota_as_4100: true, ..Quirks::default() });
    assert_eq!(turned_away(&server, path).await, (Some(4100), End::Close(4100)));
    // One that has left makes room.
    first.ws.close(None).await.unwrap();
    until(&server, |state| state.open_count() == 0).await;
    Client::connect(&server).await;
}

#[tokio::test]
async fn the_ways_of_turning_away() {
    let server = start().await;
    for (rejection, error, end) in [
        (Rejection::ErrorAndClose, Some(4001), End::Close(4001)),
        (Rejection::CloseOnly, None, End::Close(4001)),
        (Rejection::ErrorAndCloseWithoutCode, Some(4001), End::CloseWithoutCode),
        (Rejection::ErrorAndDrop, Some(4001), End::Drop),
        (Rejection::Drop, None, End::Drop),
    ] {
        server.set_quirks(Quirks { rejection, ..Quirks::default() });
        assert_eq!(turned_away(&server, "/app/nobody?protocol=7").await, (error, end));
    }
    server.set_quirks(Quirks { rejection: Rejection::ErrorOnly, ..Quirks::default() });
    let url = format!("ws://{}/app/nobody?protocol=7", server.address());
    let mut client = Client::open(&url).await.unwrap();
    client.expect("pusher:error").await;
    client.expect_silence().await;
}

#[tokio::test]
async fn not_quite_an_upgrade_is_400() {
    let server = start().await;
    let reply = common::call(&server, "GET", "/app/app-key", &[("upgrade", "websocket")], "").await;
    assert_eq!(reply.unwrap().status, 400);
    assert_eq!(common::get(&server, "/app/app-key").await.status, 404);
}

#[tokio::test]
async fn pings_are_answered() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    client.send(json!({"event": "pusher:ping", "data": {}})).await;
    assert_eq!(client.expect("pusher:pong").await["data"], "{}");
    server.set_quirks(Quirks { pong_without_data: true, ..Quirks::default() });
    client.send(json!({"event": "pusher:ping", "data": {}})).await;
    assert_eq!(client.expect("pusher:pong").await.get("data"), None);
    client.ws.send(Message::Ping("abc".into())).await.unwrap();
    assert_eq!(client.message().await.unwrap().unwrap(), Message::Pong("abc".into()));
    let state = server.state();
    let connection = state.last().unwrap();
    assert_eq!((connection.pings, connection.ws_pings), (2, 1));
}

#[tokio::test]
async fn the_server_pings_and_closes_4201() {
    let pings = Pings { every: Duration::from_millis(50), timeout: Duration::from_millis(50) };
    let server = start_with(|config| config.pings = Some(pings)).await;
    let mut client = Client::connect(&server).await;
    client.expect("pusher:ping").await;
    client.send(json!({"event": "pusher:pong", "data": {}})).await;
    client.expect("pusher:ping").await;
    assert_eq!(client.end().await, End::Close(4201));
    assert_eq!(server.state().last().unwrap().pongs, 1);
}

#[tokio::test]
async fn idle_and_unauthorised_connections_are_closed() {
    let server = start_with(|config| config.idle_timeout = Some(Duration::from_millis(30))).await;
    assert_eq!(Client::connect(&server).await.end().await, End::Close(4201));
    let limit = Duration::from_millis(30);
    let server = start_with(|config| config.authorization_timeout = Some(limit)).await;
    let mut public = Client::connect(&server).await;
    let mut private = Client::connect(&server).await;
    private.subscribe("private-a").await;
    public.subscribe("a").await;
    assert_eq!(public.end().await, End::Close(4009));
    private.expect_nothing().await;
}

#[tokio::test]
async fn data_as_object_and_newlines() {
    let server = start_with(|config| {
        config.quirks = Quirks { data_as_object: true, newline: true, ..Quirks::default() };
    })
    .await;
    let mut client = Client::open(&server.ws_url()).await.unwrap();
    let text = client.text().await;
    assert!(text.ends_with("}\n"));
    let frame: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(frame["data"].is_object());
}

#[tokio::test]
async fn what_is_no_request_is_answered_with_an_error() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    for text in
        ["nonsense", "[1]", "{}", r#"{"event":"pusher:nosuch"}"#, r#"{"event":"pusher:subscribe"}"#]
    {
        client.send_text(text).await;
        assert_eq!(client.expect("pusher:error").await["data"]["code"], 4200, "{text}");
    }
    server.set_quirks(Quirks { error_data_as_string: true, ..Quirks::default() });
    client.send_text("nonsense").await;
    let frame = client.expect("pusher:error").await;
    assert!(frame["data"].is_string());
    assert_eq!(data(&frame)["code"], 4200);
    let state = server.state();
    assert_eq!(state.last().unwrap().received_count, 6);
    assert_eq!(&*state.last().unwrap().received[0], "nonsense");
}

#[tokio::test]
async fn messages_which_are_too_large_close_1009() {
    let server = start_with(|config| config.limits.message_bytes = 1000).await;
    let mut client = Client::connect(&server).await;
    client.send_text(&"x".repeat(1001)).await;
    assert_eq!(client.end().await, End::Close(1009));
}

#[tokio::test]
async fn the_close_of_a_client_is_logged_and_answered() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    let frame = tokio_tungstenite::tungstenite::protocol::CloseFrame {
        code: 1000.into(),
        reason: "bye".into(),
    };
    client.ws.close(Some(frame)).await.unwrap();
    assert_eq!(client.end().await, End::Close(1000));
    let state = until(&server, |state| state.connections.iter().all(|c| !c.open)).await;
    assert_eq!(state.last().unwrap().close_received, Some((Some(1000), "bye".to_owned())));
}
