//! Signing in, events for users, and watchlists.

mod common;

use common::{Client, End, data, start, until};
use pusherws_devserver::Quirks;
use serde_json::json;

#[tokio::test]
async fn signing_in() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    client.ask("#server-to-user-7", None).await;
    client.expect("pusher:subscription_error").await;
    let user_data = r#"{"id":"7","user_info":{"name":"Ann"}}"#;
    client.sign_in(user_data).await;
    let frame = client.expect("pusher:signin_success").await;
    assert_eq!(frame["data"], json!({ "user_data": user_data }));
    client.subscribe("#server-to-user-7").await;
    client.ask("#server-to-user-8", None).await;
    client.expect("pusher:subscription_error").await;
    server.publish("#server-to-user-7", "hello", "{}");
    assert_eq!(client.expect("hello").await["channel"], "#server-to-user-7");
    assert_eq!(server.state().last().unwrap().user_id.as_deref(), Some("7"));
}

#[tokio::test]
async fn a_signed_in_user_needs_no_channel_data() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    client.sign_in(r#"{"id":"7","user_info":{"name":"Ann"}}"#).await;
    client.expect("pusher:signin_success").await;
    client.ask("presence-p", None).await;
    let frame = client.expect("pusher_internal:subscription_succeeded").await;
    assert_eq!(data(&frame)["presence"]["hash"], json!({"7": {"name": "Ann"}}));
}

#[tokio::test]
async fn a_bad_sign_in_is_closed_4009() {
    let server = start().await;
    for signin in [
        json!({"auth": "app-key:00", "user_data": r#"{"id":"7"}"#}),
        json!({"auth": "nonsense", "user_data": r#"{"id":"7"}"#}),
    ] {
        let mut client = Client::connect(&server).await;
        client.send(json!({"event": "pusher:signin", "data": signin})).await;
        assert_eq!(client.expect("pusher:error").await["data"]["code"], 4009);
        assert_eq!(client.end().await, End::Close(4009));
    }
    for user_data in ["nonsense", "{}", r#"{"id":""}"#] {
        let mut client = Client::connect(&server).await;
        client.sign_in(user_data).await;
        assert_eq!(client.end().await, End::Close(4009));
    }
    server.change_app(0, |app| app.user_authentication = false);
    let mut client = Client::connect(&server).await;
    client.sign_in(r#"{"id":"7"}"#).await;
    assert_eq!(client.end().await, End::Close(4009));
}

#[tokio::test]
async fn a_connection_has_one_user() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    client.sign_in(r#"{"id":"7"}"#).await;
    client.expect("pusher:signin_success").await;
    client.sign_in(r#"{"id":"8"}"#).await;
    assert_eq!(client.expect("pusher:error").await["data"]["code"], 4009);
    client.sign_in(r#"{"id":"7"}"#).await;
    client.expect("pusher:signin_success").await;
}

#[tokio::test]
async fn watchlists() {
    let server = start().await;
    let mut ann = Client::connect(&server).await;
    let mut bob = Client::connect(&server).await;
    let mut bob2 = Client::connect(&server).await;
    bob.sign_in(r#"{"id":"bob"}"#).await;
    bob.expect("pusher:signin_success").await;
    ann.sign_in(r#"{"id":"ann","watchlist":["bob","cy"]}"#).await;
    ann.expect("pusher:signin_success").await;
    let frame = ann.expect("pusher_internal:watchlist_events").await;
    assert_eq!(
        frame["data"],
        r#"{"events":[{"name":"online","user_ids":["bob"]},{"name":"offline","user_ids":["cy"]}]}"#
    );
    // Another connection of bob is not news; only the end of the last is.
    bob2.sign_in(r#"{"id":"bob"}"#).await;
    bob2.expect("pusher:signin_success").await;
    drop(bob);
    until(&server, |state| state.open_count() == 2).await;
    ann.expect_nothing().await;
    drop(bob2);
    let frame = ann.expect("pusher_internal:watchlist_events").await;
    assert_eq!(data(&frame)["events"], json!([{"name": "offline", "user_ids": ["bob"]}]));

    server.set_quirks(Quirks { flat_watchlist: true, ..Quirks::default() });
    let mut cy = Client::connect(&server).await;
    cy.sign_in(r#"{"id":"cy"}"#).await;
    assert_eq!(ann.expect("online").await["data"], json!({"user_ids": ["cy"]}));
}

#[tokio::test]
async fn a_watchlist_holds_a_hundred() {
    let server = start().await;
    let watchlist: Vec<String> = (0..101).map(|n| format!("u{n}")).collect();
    let mut client = Client::connect(&server).await;
    client.sign_in(&json!({"id": "7", "watchlist": watchlist}).to_string()).await;
    client.expect("pusher:signin_success").await;
    assert_eq!(client.expect("pusher:error").await["data"]["code"], 4302);
    let frame = client.expect("pusher_internal:watchlist_events").await;
    assert_eq!(data(&frame)["events"][0]["user_ids"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn a_user_can_be_terminated() {
    let server = start().await;
    let mut a = Client::connect(&server).await;
    let mut b = Client::connect(&server).await;
    a.sign_in(r#"{"id":"7"}"#).await;
    a.expect("pusher:signin_success").await;
    assert_eq!(server.terminate_user("7"), 1);
    assert_eq!(a.expect("pusher:error").await["data"]["code"], 4009);
    assert_eq!(a.end().await, End::Close(4009));
    b.expect_nothing().await;
}

#[tokio::test]
async fn soketi_echoes_the_auth() {
    let server = start().await;
    server.set_quirks(Quirks::of("soketi").unwrap());
    let mut client = Client::connect(&server).await;
    client.sign_in(r#"{"id":"7"}"#).await;
    assert!(client.expect("pusher:signin_success").await["data"]["auth"].is_string());
}
