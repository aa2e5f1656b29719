//! Any text as a frame: the envelope agrees with a plain reading of the same JSON, the scan of
//! ordinary frames agrees with both, and nothing that reads its data falls over.
//!
//! The rules: the frame is one object. `event` is a string; `channel` is a string, null or absent;
//! one of another type refuses the frame. `data` and `user_id` may be anything. Of a field given
//! twice the last counts, but an `event` or `channel` of the wrong type refuses it wherever it
//! stands. Unknown fields are skipped. More is let through than JSON allows: lone surrogates become
//! U+FFFD, and names may hold control characters.
#![no_main]

use std::fmt;

use libfuzzer_sys::fuzz_target;
use pusherws::protocol::authorization;
use pusherws::protocol::channel::{ChannelKind, ChannelName};
use pusherws::protocol::envelope::{Data, Envelope};
use pusherws::protocol::incoming::{self, Established, ServerError, SubscriptionError};
use pusherws::protocol::scan::{Scratch, scan};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// An object with all of its fields, repeated ones too.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;

        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(PairsVisitor)
    }
}

fn last<'a>(pairs: &'a [(String, Value)], name: &str) -> Option<&'a Value> {
    let found = pairs.iter().rfind(|(found, _)| found == name);
    found.map(|(_, value)| value).filter(|value| !value.is_null())
}

/// Whether the plain reading takes the frame.
fn is_envelope(pairs: &[(String, Value)]) -> bool {
    let texts = pairs.iter().filter(|(name, _)| name == "event" || name == "channel");
    let texts = texts.map(|(_, value)| value);
    texts.clone().all(|value| value.is_string() || value.is_null())
        && last(pairs, "event").is_some()
}

fn compare(frame: &str) {
    let parsed = Envelope::parse(frame);
    let pairs = match serde_json::from_str::<Pairs>(frame) {
        Ok(Pairs(pairs)) => pairs,
        Err(error) => {
            // What a value cannot hold, and text can: lone surrogates, huge numbers, deep nesting.
            // And control characters in names.
            let said = error.to_string();
            let lenient =
                ["surrogate", "hex escape", "out of range", "recursion limit", "control character"];
            let allowed = lenient.iter().any(|reason| said.contains(reason));
            assert!(parsed.is_err() || allowed, "accepted in spite of: {said}");
            return;
        }
    };
    let envelope = match (parsed, is_envelope(&pairs)) {
        (Ok(envelope), true) => envelope,
        (Err(_), false) => return,
        (parsed, expected) => panic!("expected {expected}, and got {parsed:?}"),
    };
    assert_eq!(Some(envelope.event.as_ref()), last(&pairs, "event").and_then(Value::as_str));
    assert_eq!(envelope.channel.as_deref(), last(&pairs, "channel").and_then(Value::as_str));
    match (last(&pairs, "data"), &envelope.data) {
        (None, Data::Absent) => {}
        (Some(Value::String(text)), Data::Text(found)) => assert_eq!(text, found),
        (Some(value), Data::Json(raw)) if !value.is_string() => {
            assert_eq!(&serde_json::from_str::<Value>(raw).unwrap(), value);
        }
        (expected, found) => panic!("data is {expected:?}, and {found:?} was found"),
    }
    match (last(&pairs, "user_id"), envelope.user_id.as_deref()) {
        (None, None) => {}
        (Some(Value::String(text)), Some(found)) => assert_eq!(text, found),
        (Some(value), Some(raw)) => {
            assert_eq!(&serde_json::from_str::<Value>(raw).unwrap(), value);
        }
        (expected, found) => panic!("user_id is {expected:?}, and {found:?} was found"),
    }
}

/// The scan of an ordinary frame finds what serde_json reads, or leaves the frame to it; and memory
/// that another frame has used makes no difference.
fn compare_scan(frame: &str) {
    let mut scratch = Scratch::default();
    let first = scan(frame, &mut scratch);
    if let Some(envelope) = &first {
        assert_eq!(Some(envelope), Envelope::parse(frame).ok().as_ref());
    }
    let scanned = first.is_some();
    let used = format!(r#"{{"event":"\"","data":"\u00e9{}"}}"#, "\\\"x".repeat(frame.len() % 64));
    assert!(scan(&used, &mut scratch).is_some());
    let again = scan(frame, &mut scratch);
    assert_eq!(again.is_some(), scanned);
    assert!(again.is_none_or(|envelope| Envelope::parse(frame).is_ok_and(|e| e == envelope)));
}

fn read(envelope: &Envelope<'_>) {
    let data = &envelope.data;
    if let Ok(established) = Established::parse(data) {
        assert!(incoming::is_socket_id(&established.socket_id));
        assert_ne!(established.activity_timeout, Some(0));
    }
    assert_ne!(ServerError::parse(data).code, Some(0));
    let _ = SubscriptionError::parse(data);
    let _ = incoming::subscription_count(data);
    if let Some(user) = incoming::signed_in_user(data) {
        let _ = authorization::user_id(&user);
    }
    let _ = incoming::watchlist(data, None);
    assert_eq!(incoming::watchlist(data, Some("online")).len(), 1);
    if let Some(channel) = envelope.channel.as_deref() {
        let kind = ChannelKind::of(channel);
        if let Ok(name) = ChannelName::new(channel) {
            assert_eq!(name.kind(), kind);
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some(frame) = pusherws_fuzz::text(bytes) else { return };
    compare(frame);
    compare_scan(frame);
    if let Ok(envelope) = Envelope::parse(frame) {
        read(&envelope);
        assert!(!pusherws_fuzz::planted() || !envelope.event.starts_with('x'), "planted");
    }
});
