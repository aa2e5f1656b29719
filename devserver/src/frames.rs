//! The text of frames: what is sent, and what is understood of what comes in.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::OpCode;
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};

use crate::quirks::Quirks;

/// The `data` of a frame to send.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Data {
    /// No `data` key at all.
    None,
    /// A JSON string.
    Text(String),
    /// JSON as it is.
    Json(Box<RawValue>),
    Value(Value),
}

impl Data {
    fn is_none(&self) -> bool {
        matches!(self, Data::None)
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    #[serde(skip_serializing_if = "Data::is_none")]
    data: &'a Data,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
}

/// The text of an event.
pub(crate) fn event(
    event: &str,
    channel: Option<&str>,
    data: &Data,
    user_id: Option<&str>,
) -> String {
    to_json(&Envelope { event, channel, data, user_id })
}

/// JSON of something that always serialises: our own structs, with string keys.
pub(crate) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("frames are plain structs with string keys")
}

/// Double-encoded JSON, or an object where the quirk says so.
pub(crate) fn wrapped(json: String, quirks: &Quirks) -> Data {
    if quirks.data_as_object {
        Data::Json(RawValue::from_string(json).expect("the text was just serialised"))
    } else {
        Data::Text(json)
    }
}

/// `pusher:error`.
pub(crate) fn error(code: Option<u16>, message: &str, quirks: &Quirks) -> String {
    let data = serde_json::json!({ "code": code, "message": message });
    let data =
        if quirks.error_data_as_string { Data::Text(data.to_string()) } else { Data::Value(data) };
    event("pusher:error", None, &data, None)
}

/// `pusher:connection_established`.
pub(crate) fn established(socket_id: &str, activity_timeout: u64, quirks: &Quirks) -> String {
    #[derive(Serialize)]
    struct Established<'a> {
        socket_id: &'a str,
        activity_timeout: u64,
    }
    let json = to_json(&Established { socket_id, activity_timeout });
    event("pusher:connection_established", None, &wrapped(json, quirks), None)
}

/// A user id as the quirks want it: a string, or a number where it looks like one.
pub(crate) fn user_id_value(user_id: &str, quirks: &Quirks) -> Value {
    match user_id.parse::<u64>() {
        Ok(number) if quirks.numeric_user_ids => Value::from(number),
        _ => Value::from(user_id),
    }
}

/// A frame from a client. `data` keeps its bytes: client events are passed on verbatim.
#[derive(Deserialize)]
pub(crate) struct ClientFrame<'a> {
    pub event: String,
    pub channel: Option<String>,
    #[serde(borrow)]
    pub data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(crate) struct Subscribe {
    pub channel: String,
    pub auth: Option<String>,
    pub channel_data: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Unsubscribe {
    pub channel: String,
}

#[derive(Deserialize)]
pub(crate) struct Signin {
    pub auth: String,
    pub user_data: String,
}

/// A user id in JSON: Pusher takes strings and integers.
pub(crate) fn user_id_of(value: &Value) -> Option<String> {
    match value {
        Value::String(id) if !id.is_empty() && id.len() <= 128 => Some(id.clone()),
        Value::Number(id) if id.is_i64() || id.is_u64() => Some(id.to_string()),
        _ => None,
    }
}

/// A WebSocket text frame.
pub(crate) fn text_frame(text: &str) -> Bytes {
    frame(1, text.as_bytes())
}

/// A whole, unmasked WebSocket frame with any opcode below 16, also a reserved one.
pub(crate) fn frame(opcode: u8, payload: &[u8]) -> Bytes {
    let header = FrameHeader { opcode: OpCode::from(opcode), ..FrameHeader::default() };
    encode(Frame::from_payload(header, Bytes::copy_from_slice(payload)))
}

/// A WebSocket ping.
pub(crate) fn ping_frame(payload: &[u8]) -> Bytes {
    frame(9, payload)
}

/// The header of a text frame which promises more than will come.
pub(crate) fn text_header(length: u64) -> Vec<u8> {
    let header = FrameHeader { opcode: OpCode::from(1), ..FrameHeader::default() };
    let mut bytes = Vec::new();
    header.format(length, &mut bytes).expect("writing into memory does not fail");
    bytes
}

/// A WebSocket close frame; without a code the client reports 1005.
pub(crate) fn close_frame(code: Option<u16>, reason: &str) -> Bytes {
    encode(Frame::close(code.map(|code| CloseFrame {
        code: code.into(),
        // A control frame holds 125 bytes, two of which are the code.
        reason: truncated(reason, 123).into(),
    })))
}

fn truncated(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn encode(frame: Frame) -> Bytes {
    let mut bytes = Vec::with_capacity(frame.len());
    frame.format(&mut bytes).expect("writing into memory does not fail");
    bytes.into()
}
