//! The round trip of a client event without the library: one after the other, each sent when the one
//! before has come back.
//!
//!     bare-echo floor|tungstenite PORT COUNT
//!
//! `floor` blocks in the kernel and does everything by hand; `tungstenite` is tokio-tungstenite on a
//! runtime of one thread, with serde.

use std::borrow::Cow;
use std::error::Error;

use futures_util::{SinkExt, StreamExt};
use pusherws_benches::client::{Client, SLACK};
use pusherws_benches::fields::scan;
use pusherws_benches::measure::Trips;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

const NAME: &str = "client-echo";
const EVENT: &str = r#"{"event":"client-echo","channel":"private-echo","data":"{\"id\":1}"}"#;
const SUBSCRIBE: &str =
    r#"{"event":"pusher:subscribe","data":{"channel":"private-echo","auth":"key:signature"}}"#;
const SUBSCRIBED: &str = "pusher_internal:subscription_succeeded";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, port, count] = arguments.as_slice() else {
        return Err("bare-echo floor|tungstenite PORT COUNT".into());
    };
    let (port, count) = (port.parse()?, count.parse()?);
    match kind.as_str() {
        "floor" => by_hand(port, count),
        "tungstenite" => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
            runtime.block_on(tungstenite(port, count))
        }
        other => Err(format!("there is no '{other}'").into()),
    }
}

fn by_hand(port: u16, count: usize) -> Result<(), Box<dyn Error>> {
    let mut client = Client::connect(port)?;
    let mut memory = Vec::new();
    client.send(SUBSCRIBE)?;
    wait(&mut client, &mut memory, SUBSCRIBED)?;
    let mut trips = Trips::new(count);
    for _ in 0..count {
        trips.begin();
        client.send(EVENT)?;
        wait(&mut client, &mut memory, NAME)?;
        trips.end();
    }
    trips.print();
    Ok(())
}

fn wait(client: &mut Client, memory: &mut Vec<u8>, name: &str) -> Result<(), Box<dyn Error>> {
    loop {
        let bytes = client.text()?;
        let length = bytes.len() - SLACK;
        simdutf8::basic::from_utf8(&bytes[..length])?;
        if scan(bytes, length, memory).ok_or("not an envelope")?.event == name.as_bytes() {
            return Ok(());
        }
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
}

async fn tungstenite(port: u16, count: usize) -> Result<(), Box<dyn Error>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let url = format!("ws://127.0.0.1:{port}/app/key?protocol=7");
    let (mut socket, _) = client_async(url, stream).await?;
    let mut trips = Trips::new(count);
    let mut done = 0;
    socket.send(Message::text(SUBSCRIBE)).await?;
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else { continue };
        let envelope: Envelope<'_> = serde_json::from_str(&text)?;
        match &*envelope.event {
            SUBSCRIBED => {}
            NAME => {
                trips.end();
                done += 1;
            }
            _ => continue,
        }
        if done == count {
            trips.print();
            return Ok(());
        }
        trips.begin();
        socket.send(Message::text(EVENT)).await?;
    }
    Err("the server ended the connection".into())
}
