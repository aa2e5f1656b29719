//! What is sent: JSON as programs publish it. `benches/instructions` counts with the same.

/// The name of the events that are counted.
pub const EVENT: &str = "price-changed";

const TICK: &str = r#"{"id":184467,"symbol":"EURUSD","bid":"1.08312","ask":"1.08319","time":1732538695123,"venue":"LD4","seq":90210,"ok":true}"#;
const CHAT: &str = r#"{"id":184467,"author":"Zoë Müller","text":"Schöne Grüße aus Köln – привет, как дела? 日本語 😀"},"#;

/// The payload called `120`, the one called `400` (two fifths of it not ASCII), or one of about so
/// many bytes. `None` where the name is no number.
pub fn payload(name: &str) -> Option<String> {
    match name {
        "120" => Some(TICK.to_owned()),
        "400" => Some(format!("[{}\"and so on until the evening\"]", CHAT.repeat(3))),
        size => {
            let size: usize = size.parse().ok()?;
            Some(format!("[{}0]", format!("{TICK},").repeat(size / (TICK.len() + 1))))
        }
    }
}

/// A channel event as Pusher sends it: the payload is encoded once more, as the string `data`.
pub fn envelope(event: &str, channel: &str, payload: &str) -> String {
    let data = serde_json::to_string(payload).expect("a string is always JSON");
    format!(r#"{{"event":"{event}","channel":"{channel}","data":{data}}}"#)
}
