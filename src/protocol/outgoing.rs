//! The frames a client sends.
//!
//! `data` is an object in every one of them: soketi's process ends on a subscribe whose `data` is a
//! string.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::protocol::channel::ChannelName;

pub const PING: &str = r#"{"event":"pusher:ping","data":{}}"#;
pub const PONG: &str = r#"{"event":"pusher:pong","data":{}}"#;

#[derive(Serialize)]
struct Frame<'a, D> {
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    data: D,
}

#[derive(Serialize)]
struct Subscribe<'a> {
    channel: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_data: Option<&'a str>,
}

pub fn subscribe(channel: &ChannelName, auth: Option<&str>, channel_data: Option<&str>) -> String {
    let data = Subscribe { channel: channel.as_str(), auth, channel_data };
    write(&Frame { event: "pusher:subscribe", channel: None, data })
}

/// Events to a signed-in user come on a channel of its own, which needs no permission.
pub fn subscribe_user(user_id: &str) -> String {
    let channel = format!("#server-to-user-{user_id}");
    let data = Subscribe { channel: &channel, auth: None, channel_data: None };
    write(&Frame { event: "pusher:subscribe", channel: None, data })
}

pub fn sign_in(auth: &str, user_data: &str) -> String {
    #[derive(Serialize)]
    struct SignIn<'a> {
        auth: &'a str,
        user_data: &'a str,
    }
    write(&Frame { event: "pusher:signin", channel: None, data: SignIn { auth, user_data } })
}

pub fn unsubscribe(channel: &ChannelName) -> String {
    let data = Subscribe { channel: channel.as_str(), auth: None, channel_data: None };
    write(&Frame { event: "pusher:unsubscribe", channel: None, data })
}

/// `data` goes out as JSON where it is an object or an array, and as a JSON string otherwise: a
/// server may refuse any other shape (Reverb does), and a receiver gets the same text either way.
pub fn client_event(channel: &ChannelName, event: &str, data: &str) -> String {
    let channel = Some(channel.as_str());
    let container = matches!(data.trim_start().as_bytes().first(), Some(b'{' | b'['));
    match serde_json::from_str::<&RawValue>(data) {
        Ok(json) if container => write(&Frame { event, channel, data: json }),
        _ => write(&Frame { event, channel, data }),
    }
}

fn write<D: Serialize>(frame: &Frame<'_, D>) -> String {
    serde_json::to_string(frame).expect("strings and checked JSON always serialise")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(name: &str) -> ChannelName {
        ChannelName::new(name).unwrap()
    }

    #[test]
    fn subscriptions_are_written_as_documented() {
        assert_eq!(
            subscribe(&channel("c"), None, None),
            r#"{"event":"pusher:subscribe","data":{"channel":"c"}}"#
        );
        assert_eq!(
            subscribe(&channel("presence-c"), Some("k:s"), Some(r#"{"user_id":"1"}"#)),
            r#"{"event":"pusher:subscribe","data":{"channel":"presence-c","auth":"k:s","channel_data":"{\"user_id\":\"1\"}"}}"#
        );
        assert_eq!(
            unsubscribe(&channel("c")),
            r#"{"event":"pusher:unsubscribe","data":{"channel":"c"}}"#
        );
    }

    #[test]
    fn a_sign_in_is_written_as_documented() {
        assert_eq!(
            sign_in("k:s", r#"{"id":"1"}"#),
            r#"{"event":"pusher:signin","data":{"auth":"k:s","user_data":"{\"id\":\"1\"}"}}"#
        );
        assert_eq!(
            subscribe_user("12345"),
            r##"{"event":"pusher:subscribe","data":{"channel":"#server-to-user-12345"}}"##
        );
    }

    #[test]
    fn only_objects_and_arrays_travel_as_json() {
        let sent = |data| {
            let frame = client_event(&channel("private-c"), "client-e", data);
            let value: serde_json::Value = serde_json::from_str(&frame).unwrap();
            value["data"].to_string()
        };
        assert_eq!(sent(r#"{"a":1}"#), r#"{"a":1}"#);
        assert_eq!(sent("[1,2]"), "[1,2]");
        assert_eq!(sent("17"), r#""17""#);
        assert_eq!(sent("plain \"text\""), r#""plain \"text\"""#);
        assert_eq!(sent(r#""quoted""#), r#""\"quoted\"""#);
        assert_eq!(sent("{broken"), r#""{broken""#);
        assert_eq!(sent(""), r#""""#);
    }
}
