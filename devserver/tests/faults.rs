//! Each fault, as a client sees it.

mod common;

use std::time::{Duration, Instant};

use common::{Client, End, SHORT, start, until};
use futures_util::{SinkExt, StreamExt};
use pusherws_devserver::{Fault, Garbage, How, Server, Target, Then};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message};

fn refuse_upgrade(status: u16) -> Fault {
    Fault::RefuseUpgrade { status, headers: Default::default(), body: "no".to_owned() }
}

#[tokio::test]
async fn closing() {
    let server = start().await;
    let mut a = Client::connect(&server).await;
    let mut b = Client::connect(&server).await;
    assert_eq!(server.close(&a.socket_id, 4201, "why"), 1);
    match a.message().await {
        Some(Ok(Message::Close(Some(frame)))) => {
            assert_eq!((u16::from(frame.code), frame.reason.as_str()), (4201, "why"));
        }
        other => panic!("{other:?}"),
    }
    b.expect_nothing().await;
    assert_eq!(server.close(Target::All, None, ""), 2, "a has not answered yet");
    assert_eq!(b.end().await, End::CloseWithoutCode);
    assert_eq!(server.close("1.2", 4000, ""), 0);
    let mut c = Client::connect(&server).await;
    assert_eq!(server.error_and_close(&c.socket_id, 4200, "again"), 1);
    assert_eq!(c.expect("pusher:error").await["data"], json!({"code": 4200, "message": "again"}));
    assert_eq!(c.end().await, End::Close(4200));
}

#[tokio::test]
async fn closing_waits_for_the_answer_but_not_for_ever() {
    let server = start().await;
    let client = Client::connect(&server).await;
    let begin = Instant::now();
    server.close(Target::All, 4200, "");
    // The client does not read, so it does not answer.
    until(&server, |state| state.open_count() == 0).await;
    assert!(begin.elapsed() >= Duration::from_secs(1));
    drop(client);
}

#[tokio::test]
async fn a_close_which_is_answered_is_over_at_once() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    let begin = Instant::now();
    server.close(Target::All, 4200, "");
    assert_eq!(client.end().await, End::Close(4200));
    until(&server, |state| state.open_count() == 0).await;
    let mut client = Client::connect(&server).await;
    client.ws.close(None).await.unwrap();
    assert_eq!(client.end().await, End::CloseWithoutCode);
    until(&server, |state| state.open_count() == 0).await;
    assert!(begin.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn dropping() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    server.drop_connections(Target::All, How::Fin);
    assert_eq!(client.end().await, End::Drop);

    let mut client = Client::connect(&server).await;
    server.drop_connections(&client.socket_id, How::Rst);
    match client.message().await {
        Some(Err(Error::Io(error))) => {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        }
        other => panic!("{other:?}"),
    }
    let state = until(&server, |state| state.open_count() == 0).await;
    assert_eq!(state.connections.len(), 2);
}

#[tokio::test]
async fn errors_without_closing() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    server.send_error(Target::All, 4200, "just so");
    assert_eq!(client.expect("pusher:error").await["data"]["code"], 4200);
    server.send_error(Target::All, None, "no code");
    assert_eq!(client.expect("pusher:error").await["data"]["code"], Value::Null);
    client.expect_nothing().await;
}

#[tokio::test]
async fn subscriptions_which_are_never_answered() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    let fault = server.order(Fault::IgnoreSubscribe { channel: Some("a".to_owned()) });
    client.ask("a", None).await;
    client.expect_nothing().await;
    client.subscribe("b").await;
    assert_eq!(server.state().fired(fault), 1);
    server.clear(fault);
    client.subscribe("a").await;
}

#[tokio::test]
async fn subscriptions_which_are_refused() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    let refuse = |channel: Option<&str>| Fault::RefuseSubscribe {
        channel: channel.map(str::to_owned),
        kind: "LimitReached".to_owned(),
        error: "full".to_owned(),
        status: 4009,
    };
    server.order(refuse(None).times(1));
    client.ask("a", None).await;
    let frame = client.expect("pusher:subscription_error").await;
    let data = json!({"type": "LimitReached", "error": "full", "status": 4009});
    assert_eq!((&frame["channel"], &frame["data"]), (&json!("a"), &data));
    client.subscribe("a").await;

    let error =
        Fault::ErrorOnSubscribe { channel: None, code: Some(4009), message: "no".to_owned() };
    server.order(error.times(1));
    client.ask("b", None).await;
    assert_eq!(client.expect("pusher:error").await["data"]["code"], 4009);
    client.subscribe("b").await;

    server.order(Fault::DropOnSubscribe { channel: Some("c".to_owned()), how: How::Fin }.times(1));
    client.ask("c", None).await;
    assert_eq!(client.end().await, End::Drop);
    let close = Fault::CloseOnSubscribe { channel: None, code: Some(4100), reason: String::new() };
    server.order(close.times(1));
    let mut client = Client::connect(&server).await;
    client.ask("c", None).await;
    assert_eq!(client.end().await, End::Close(4100));
}

#[tokio::test]
async fn sign_ins_which_are_never_answered() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    server.order(Fault::IgnoreSignin {}.times(1));
    client.sign_in(r#"{"id":"7"}"#).await;
    client.expect_nothing().await;
    client.sign_in(r#"{"id":"7"}"#).await;
    client.expect("pusher:signin_success").await;
}

#[tokio::test]
async fn frames_which_are_late() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    server.order(Fault::DelayFrames { ms: 60 });
    let begin = Instant::now();
    client.subscribe("c").await;
    assert!(begin.elapsed() >= Duration::from_millis(60));
    // It is a latency, not a rate: frames which are ready together arrive together.
    let begin = Instant::now();
    for _ in 0..20 {
        server.publish("c", "e", "1");
    }
    for _ in 0..20 {
        client.expect("e").await;
    }
    let took = begin.elapsed();
    assert!((Duration::from_millis(60)..Duration::from_millis(600)).contains(&took), "{took:?}");
    server.clear_faults();
    client.expect_nothing().await;
}

#[tokio::test]
async fn half_a_frame() {
    let server = start().await;
    let text = r#"{"event":"half","data":"{}"}"#;
    let mut client = Client::connect(&server).await;
    assert_eq!(server.send_half_frame(&client.socket_id, text, Then::Stall), 1);
    server.send_text(&client.socket_id, text);
    client.expect_silence().await;
    assert_eq!(server.state().open_count(), 1);
    server.drop_connections(&client.socket_id, How::Fin);
    assert_eq!(client.end().await, End::Drop);
    for then in [Then::Drop, Then::Reset] {
        let mut client = Client::connect(&server).await;
        server.send_half_frame(&client.socket_id, text, then);
        assert_eq!(client.end().await, End::Drop);
    }
}

/// Upgrades without any WebSocket library, to see the bytes.
async fn upgrade(server: &Server) -> TcpStream {
    let mut tcp = TcpStream::connect(server.address()).await.unwrap();
    let request = "GET /app/app-key?protocol=7 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Version: 13\r\n\r\n";
    tcp.write_all(request.as_bytes()).await.unwrap();
    until(server, |state| state.open_count() == 1).await;
    tcp
}

#[tokio::test]
async fn half_a_frame_is_half() {
    let server = start().await;
    let mut tcp = upgrade(&server).await;
    server.send_half_frame(Target::All, "0123456789", Then::Drop);
    let mut bytes = Vec::new();
    tcp.read_to_end(&mut bytes).await.unwrap();
    let head = bytes.windows(4).position(|part| part == b"\r\n\r\n").unwrap() + 4;
    let answer = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
    assert!(answer.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{answer}");
    assert!(bytes.ends_with(b"\x81\x0a0123"), "{bytes:?}");

    until(&server, |state| state.open_count() == 0).await;
    let mut tcp = upgrade(&server).await;
    server.send_half_frame(Target::All, "0123456789", Then::Reset);
    let error = tcp.read_to_end(&mut bytes).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_client_which_gives_up_on_half_a_frame_is_gone() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    server.send_half_frame(Target::All, "0123456789", Then::Stall);
    client.ws.close(None).await.unwrap();
    until(&server, |state| state.last().unwrap().close_received.is_some()).await;
    client.expect_silence().await;
    drop(client);
    until(&server, |state| state.open_count() == 0).await;
}

#[tokio::test]
async fn garbage_which_is_a_frame() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    server.send_garbage(Target::All, Garbage::InvalidJson);
    assert_eq!(client.text().await, r#"{"event":"#);
    server.send_garbage(Target::All, Garbage::NotAnObject);
    assert_eq!(client.text().await, "[1,2]");
    server.send_garbage(Target::All, Garbage::NoEvent);
    assert_eq!(client.next().await.get("event"), None);
    server.send_garbage(Target::All, Garbage::Binary);
    assert!(matches!(client.message().await, Some(Ok(Message::Binary(_)))));
    client.expect_nothing().await;
}

#[tokio::test]
async fn garbage_which_is_none() {
    let server = start().await;
    for garbage in [
        Garbage::InvalidUtf8,
        Garbage::ReservedOpcode,
        Garbage::ReservedControl,
        Garbage::ReservedBits,
        Garbage::StrayContinuation,
        Garbage::LongPing,
        Garbage::Masked,
        Garbage::Oversize,
        Garbage::NotAFrame,
    ] {
        let mut client = Client::connect(&server).await;
        server.send_garbage(&client.socket_id, garbage);
        let message = client.message().await;
        let bad =
            matches!(message, Some(Err(Error::Protocol(_) | Error::Utf8(_) | Error::Capacity(_))));
        assert!(bad, "{garbage:?}: {message:?}");
    }
}

#[tokio::test]
async fn any_text_and_any_bytes() {
    let server = start().await;
    let mut a = Client::connect(&server).await;
    let mut b = Client::connect(&server).await;
    assert_eq!(server.send_text(&a.socket_id, "verbatim \u{1f980}"), 1);
    assert_eq!(a.text().await, "verbatim \u{1f980}");
    b.expect_nothing().await;
    // A text message in two fragments.
    assert_eq!(server.send_bytes(Target::All, &b"\x01\x02ab\x80\x01c"[..]), 2);
    assert_eq!(a.text().await, "abc");
    assert_eq!(b.text().await, "abc");
    server.send_ws_ping(Target::All, b"x");
    assert_eq!(a.message().await.unwrap().unwrap(), Message::Ping("x".into()));
    server.send_ping(&a.socket_id);
    a.expect("pusher:ping").await;
    until(&server, |state| state.connections[0].ws_pongs == 1).await;
}

#[tokio::test]
async fn upgrades_which_are_refused() {
    let server = start().await;
    let headers = [("retry-after".to_owned(), "7".to_owned())].into();
    server.order(Fault::RefuseUpgrade { status: 503, headers, body: "busy".to_owned() }.times(2));
    server.order(refuse_upgrade(404).times(1));
    for status in [503, 503, 404] {
        match Client::open(&server.ws_url()).await {
            Err(Error::Http(reply)) => {
                assert_eq!(reply.status().as_u16(), status);
                assert_eq!(reply.headers().contains_key("retry-after"), status == 503);
            }
            other => panic!("{:?}", other.map(|_| ())),
        }
    }
    Client::connect(&server).await;
    let state = server.state();
    assert_eq!((state.upgrades, state.upgrades_refused), (4, 3));
    assert_eq!(state.faults.iter().map(|fault| fault.fired).collect::<Vec<_>>(), [2, 1]);
}

#[tokio::test]
async fn upgrades_which_are_never_answered() {
    let server = start().await;
    let hang = server.order(Fault::HangUpgrade {}.times(1));
    let url = server.ws_url();
    tokio::select! {
        _ = Client::open(&url) => panic!("it was answered"),
        _ = async {
            until(&server, |state| state.fired(hang) == 1).await;
            tokio::time::sleep(SHORT).await;
        } => {}
    }
    // All else on the port goes on.
    assert_eq!(common::get(&server, "/_dev/state").await.status, 200);
    server.order(Fault::DropUpgrade {}.times(1));
    assert!(Client::open(&url).await.is_err());
    Client::connect(&server).await;
}

#[tokio::test]
async fn connections_which_are_never_answered() {
    let server = start().await;
    server.order(Fault::HangAccept {}.times(1));
    let mut tcp = TcpStream::connect(server.address()).await.unwrap();
    let mut buffer = [0; 10];
    assert!(tokio::time::timeout(SHORT, tcp.read(&mut buffer)).await.is_err());
    for how in [How::Fin, How::Rst] {
        server.order(Fault::DropAccept { how }.times(1));
        let mut tcp = TcpStream::connect(server.address()).await.unwrap();
        let read = tcp.read(&mut buffer).await;
        assert_eq!(read.ok(), (how == How::Fin).then_some(0));
    }
    Client::connect(&server).await;
}

#[tokio::test]
async fn connections_which_are_never_established() {
    let server = start().await;
    server.order(Fault::NeverEstablish {}.times(1));
    let mut client = Client::open(&server.ws_url()).await.unwrap();
    client.send(json!({"event": "pusher:ping", "data": {}})).await;
    client.expect_silence().await;
    let state = server.state();
    assert!(!state.last().unwrap().established);
    assert_eq!(state.last().unwrap().received_count, 1);

    server.order(Fault::EstablishWith { text: "something else".to_owned() }.times(1));
    assert_eq!(Client::open(&server.ws_url()).await.unwrap().text().await, "something else");
    let error = Fault::ErrorOnConnect { code: Some(4100), message: "full".to_owned() };
    server.order(error.times(1));
    let mut client = Client::open(&server.ws_url()).await.unwrap();
    assert_eq!(client.expect("pusher:error").await["data"]["code"], 4100);
    client.expect_silence().await;
    server.order(Fault::CloseOnConnect { code: Some(4200), reason: String::new() }.times(1));
    let mut client = Client::open(&server.ws_url()).await.unwrap();
    assert_eq!(client.end().await, End::Close(4200));
    server.order(Fault::DropOnConnect { how: How::Rst }.times(1));
    let mut client = Client::open(&server.ws_url()).await.unwrap();
    assert_eq!(client.end().await, End::Drop);
    Client::connect(&server).await;
}

#[tokio::test]
async fn pings_without_pongs() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    server.order(Fault::IgnorePings {}.times(2));
    client.send(json!({"event": "pusher:ping", "data": {}})).await;
    client.ws.send(Message::Ping("lost".into())).await.unwrap();
    client.ws.send(Message::Ping("heard".into())).await.unwrap();
    assert_eq!(client.message().await.unwrap().unwrap(), Message::Pong("heard".into()));
    client.subscribe("c").await;
}

#[tokio::test]
async fn silence() {
    let server = start().await;
    let mut a = Client::connect(&server).await;
    let mut b = Client::connect(&server).await;
    a.subscribe("c").await;
    b.subscribe("c").await;
    let fault = server.order(Fault::Silent {}.on(&a.socket_id));
    a.send(json!({"event": "pusher:ping", "data": {}})).await;
    a.ws.send(Message::Ping("x".into())).await.unwrap();
    a.ask("d", None).await;
    until(&server, |state| state.connections[0].received_count == 3).await;
    server.publish("c", "e", "1");
    a.expect_silence().await;
    b.expect("e").await;
    b.expect_nothing().await;
    // What was swallowed is lost, what comes now is heard.
    server.clear(fault);
    server.publish("c", "f", "1");
    a.expect("f").await;
}

#[tokio::test]
async fn silence_for_the_next_connection() {
    let server = start().await;
    server.order(Fault::Silent {}.times(1));
    let mut silent = Client::connect(&server).await;
    let mut other = Client::connect(&server).await;
    other.expect_nothing().await;
    silent.ws.close(None).await.unwrap();
    silent.expect_silence().await;
    assert_eq!(server.state().faults[0].caught, [silent.socket_id.as_str()]);
    drop(silent);
    until(&server, |state| state.open_count() == 1).await;
}

#[tokio::test]
async fn reading_stops() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    client.subscribe("c").await;
    let fault = server.order(Fault::StopReading {}.on(&client.socket_id));
    client.send(json!({"event": "pusher:ping", "data": {}})).await;
    // What the server has to say still comes.
    server.publish("c", "e", "1");
    client.expect("e").await;
    client.expect_silence().await;
    // In the end the client can write no more either.
    let large = "x".repeat(100_000);
    let blocked = tokio::time::timeout(Duration::from_millis(300), async {
        loop {
            client.ws.send(Message::text(large.clone())).await.unwrap();
        }
    });
    assert!(blocked.await.is_err());
    assert_eq!(server.state().last().unwrap().received_count, 1);
    server.clear(fault);
    client.expect("pusher:pong").await;
}

#[tokio::test]
async fn a_client_which_ends_is_seen() {
    let server = start().await;
    let client = Client::connect(&server).await;
    drop(client);
    let state = until(&server, |state| state.open_count() == 0).await;
    assert_eq!(state.last().unwrap().close_received, None);
    // One which breaks the protocol is told so.
    let mut client = Client::connect(&server).await;
    let stream = client.ws.get_mut();
    stream.write_all(b"\x81\x01x").await.unwrap();
    assert!(matches!(client.ws.next().await, Some(Ok(Message::Close(Some(frame))))
        if u16::from(frame.code) == 1002));
}
