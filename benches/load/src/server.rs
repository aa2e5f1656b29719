//! Answers the handshake of the protocol, and sends what the channels' names ask for.

use std::borrow::Cow;
use std::error::Error;

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::accept_async_with_config;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::load::{BEGIN, END, Load};

#[derive(Deserialize)]
struct Incoming<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow, default)]
    channel: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Subscribe {
    channel: String,
}

/// Serves one connection until it ends. An error is the end as well: what the client made of it is
/// the client's to tell.
pub async fn serve<S>(stream: S, number: u64) -> Result<(), Box<dyn Error>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // Clients say little, and thousands of them may be connected.
    let config = WebSocketConfig::default().read_buffer_size(4096);
    let mut socket = accept_async_with_config(stream, Some(config)).await?;
    let hello = format!(
        r#"{{"event":"pusher:connection_established","data":"{{\"socket_id\":\"{number}.1\",\"activity_timeout\":120}}"}}"#
    );
    socket.send(Message::text(hello)).await?;
    let mut channels = Vec::new();
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else { continue };
        let incoming: Incoming<'_> = serde_json::from_str(&text)?;
        match &*incoming.event {
            "pusher:ping" => {
                let pong = r#"{"event":"pusher:pong","data":"{}"}"#;
                socket.send(Message::text(pong)).await?;
            }
            "pusher:subscribe" => {
                let data = incoming.data.ok_or("a subscription without data")?;
                let channel = serde_json::from_str::<Subscribe>(data.get())?.channel;
                subscribed(&mut socket, &mut channels, channel).await?;
            }
            event if event.starts_with("client-") => {
                let data = incoming.data.map_or("\"\"", RawValue::get);
                let echo = format!(
                    r#"{{"event":"{event}","channel":"{}","data":{data}}}"#,
                    incoming.channel
                );
                socket.send(Message::text(echo)).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

async fn subscribed<S>(
    socket: &mut WebSocketStream<S>,
    channels: &mut Vec<String>,
    channel: String,
) -> Result<(), Box<dyn Error>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let answer = format!(
        r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{channel}","data":"{{}}"}}"#
    );
    socket.send(Message::text(answer)).await?;
    let load = Load::of(&channel);
    channels.push(channel);
    let Some(load) = load else { return Ok(()) };
    let channel = channels.last().expect("it was just pushed");
    let block = load.block(match load.spread {
        true => channels,
        false => std::slice::from_ref(channel),
    });
    // Past the WebSocket: everything it had to say has been flushed by `send`.
    let stream = socket.get_mut();
    for bytes in block.writes(load.count / 10) {
        stream.write_all(bytes).await?;
    }
    stream.write_all(&Load::mark(BEGIN, channel)).await?;
    for bytes in block.writes(load.count) {
        stream.write_all(bytes).await?;
    }
    stream.write_all(&Load::mark(END, channel)).await?;
    stream.flush().await?;
    Ok(())
}
