//! Many events at once, and a server which does not drown in them.

mod common;

use common::{Client, data, start, until};
use pusherws_devserver::Flood;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

fn flood(count: u64, numbered: bool) -> Flood {
    let data = r#"{"n":{n},"text":"some text of ordinary length, as events have it"}"#;
    Flood {
        channel: "c".to_owned(),
        event: "tick".to_owned(),
        data: data.to_owned(),
        count,
        numbered,
    }
}

#[tokio::test]
async fn every_event_arrives_in_order() {
    let server = start().await;
    let mut a = Client::connect(&server).await;
    let mut b = Client::connect(&server).await;
    a.subscribe("c").await;
    b.subscribe("c").await;
    let control = server.control();
    let sender = tokio::spawn(async move { control.flood(&flood(20_000, true)).await });
    let read = async |client: &mut Client| {
        for n in 0..20_000 {
            assert_eq!(data(&client.expect("tick").await)["n"], n);
        }
        client.expect_nothing().await;
    };
    tokio::join!(read(&mut a), read(&mut b));
    assert_eq!(sender.await.unwrap(), 2);
}

#[tokio::test]
async fn the_count_is_exact() {
    let server = start().await;
    for count in [0, 1, 700, 10_000] {
        let mut client = Client::connect(&server).await;
        client.subscribe("c").await;
        let control = server.control();
        let sender = tokio::spawn(async move { control.flood(&flood(count, false)).await });
        let mut seen = 0;
        while seen < count {
            match client.message().await {
                Some(Ok(Message::Text(_))) => seen += 1,
                other => panic!("{other:?}"),
            }
        }
        sender.await.unwrap();
        client.expect_nothing().await;
        let state = server.state();
        // And the answer to the subscription, and the pong.
        assert_eq!(state.last().unwrap().sent_count, count + 2);
        client.ws.close(None).await.unwrap();
        until(&server, |state| state.open_count() == 0).await;
    }
}

#[tokio::test]
async fn a_client_which_does_not_read_holds_it_up() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    client.subscribe("c").await;
    let control = server.control();
    let sender = tokio::spawn(async move { control.flood(&flood(1_000_000, false)).await });
    // About 100 MB are to be sent; what waits in the server stays small.
    until(&server, |state| state.connections[0].queued_bytes > 200_000).await;
    for _ in 0..20 {
        tokio::task::yield_now().await;
        assert!(server.state().connections[0].queued_bytes < 1_000_000);
    }
    assert!(!sender.is_finished());
    // Its end lets the sender go.
    drop(client);
    sender.await.unwrap();
    until(&server, |state| state.open_count() == 0).await;
}

#[tokio::test]
async fn frames_from_the_client_are_read_meanwhile() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    client.subscribe("c").await;
    let control = server.control();
    let sender = tokio::spawn(async move { control.flood(&flood(1_000_000, false)).await });
    until(&server, |state| state.connections[0].queued_bytes > 200_000).await;
    client.send(json!({"event": "pusher:ping", "data": {}})).await;
    until(&server, |state| state.connections[0].pings == 1).await;
    sender.abort();
}

#[tokio::test]
async fn a_flood_without_subscribers_is_over_at_once() {
    let server = start().await;
    assert_eq!(server.flood(&flood(1_000_000_000, true)).await, 0);
}
