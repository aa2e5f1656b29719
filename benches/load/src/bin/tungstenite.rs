//! A rival in Rust: tokio-tungstenite and serde, as a program would use them without a library for
//! the protocol. The envelope is borrowed where that is possible.
//!
//!     tungstenite PORT CHANNEL

use std::borrow::Cow;
use std::error::Error;

use futures_util::{SinkExt, StreamExt};
use pusherws_benches::measure::Meter;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    data: Cow<'a, str>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, channel] = arguments.as_slice() else {
        return Err("tungstenite PORT CHANNEL".into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(run(port, channel))
}

async fn run(port: &str, channel: &str) -> Result<(), Box<dyn Error>> {
    let stream = TcpStream::connect(format!("127.0.0.1:{port}")).await?;
    stream.set_nodelay(true)?;
    let url = format!("ws://127.0.0.1:{port}/app/key?protocol=7");
    let (mut socket, _) = client_async(url, stream).await?;
    let subscribe = format!(r#"{{"event":"pusher:subscribe","data":{{"channel":"{channel}"}}}}"#);
    socket.send(Message::text(subscribe)).await?;

    let mut meter = Meter::default();
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else { continue };
        let envelope: Envelope<'_> = serde_json::from_str(&text)?;
        if meter.event(&envelope.event, envelope.data.as_bytes()) {
            return Ok(());
        }
    }
    Err("the server ended the connection".into())
}
