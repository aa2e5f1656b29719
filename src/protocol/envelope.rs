//! The envelope around every frame: `{"event":…,"channel":…,"data":…,"user_id":…}`.
//!
//! Borrows from the frame wherever nothing is escaped. `data` may be a string, an object, an array,
//! a number, null or absent, on any event and from any server; nothing is assumed about it here.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::value::RawValue;

use crate::error::{Error, Result, Status};

/// A frame's fields.
#[derive(Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    pub event: Cow<'a, str>,
    pub channel: Option<Cow<'a, str>>,
    pub data: Data<'a>,
    /// Who sent a client event; on presence channels only. A number's digits where it was one.
    pub user_id: Option<Cow<'a, str>>,
}

/// What a frame's `data` was.
#[derive(Debug, PartialEq, Eq, Default)]
pub enum Data<'a> {
    /// Missing, or null.
    #[default]
    Absent,
    /// A JSON string: what it holds, unescaped. Usually JSON itself (`data` is encoded twice).
    Text(Cow<'a, str>),
    /// Any other JSON, as it stood in the frame.
    Json(&'a str),
}

impl<'a> Envelope<'a> {
    pub fn parse(frame: &'a str) -> Result<Envelope<'a>> {
        let fields: Fields<'a> = serde_json::from_str(frame).map_err(|error| {
            Error::new(Status::Protocol, format!("the server sent a malformed frame: {error}"))
        })?;
        let event = fields.event.ok_or_else(|| {
            Error::new(Status::Protocol, "the server sent a frame without an event name")
        })?;
        let data = match fields.data.map(RawValue::get) {
            None | Some("null") => Data::Absent,
            Some(raw) if raw.starts_with('"') => Data::Text(text(raw)?),
            Some(raw) => Data::Json(raw),
        };
        let user_id = match fields.user_id.map(RawValue::get) {
            None | Some("null") => None,
            Some(raw) if raw.starts_with('"') => Some(text(raw)?),
            Some(raw) => Some(Cow::Borrowed(raw)),
        };
        Ok(Envelope { event, channel: fields.channel, data, user_id })
    }
}

impl Data<'_> {
    /// The text to hand on: a string's content, or the JSON as it stood.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Data::Absent => None,
            Data::Text(text) => Some(text),
            Data::Json(json) => Some(json),
        }
    }

    /// Reads the value, whether it was encoded once or twice.
    pub fn parse<'d, T: Deserialize<'d>>(&'d self) -> serde_json::Result<T> {
        serde_json::from_str(self.as_text().unwrap_or("null"))
    }

    /// Reads an object, whether it was encoded once or twice.
    pub fn parse_object<'d, T: Deserialize<'d>>(&'d self) -> serde_json::Result<T> {
        object(self.as_text().unwrap_or("null"))
    }
}

/// Reads an object, and nothing else: a derived `Deserialize` would also take an array of its fields'
/// values in order.
pub fn object<'a, T: Deserialize<'a>>(json: &'a str) -> serde_json::Result<T> {
    match json.trim_start().as_bytes().first() {
        Some(b'{') => serde_json::from_str(json),
        _ => Err(de::Error::custom("it is not an object")),
    }
}

/// Unescapes a JSON string. A lone surrogate, which JavaScript servers let through, becomes U+FFFD
/// instead of costing the whole frame.
fn text(raw: &str) -> Result<Cow<'_, str>> {
    let Text(text) = serde_json::from_str(raw).map_err(|error| {
        Error::new(Status::Protocol, format!("the server sent a malformed frame: {error}"))
    })?;
    Ok(text)
}

#[derive(Default)]
struct Fields<'a> {
    event: Option<Cow<'a, str>>,
    channel: Option<Cow<'a, str>>,
    data: Option<&'a RawValue>,
    user_id: Option<&'a RawValue>,
}

// By hand rather than derived: a field given twice is no error in JSON, and the last one counts, as
// it does for every server and client written in JavaScript. One of the wrong type is an error
// wherever it stands. Names may hold control characters that JSON wants escaped.
impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;

        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Fields::default();
                while let Some(Text(name)) = map.next_key()? {
                    match name.as_ref() {
                        "event" => fields.event = map.next_value::<Option<Text>>()?.map(|t| t.0),
                        "channel" => {
                            fields.channel = map.next_value::<Option<Text>>()?.map(|t| t.0);
                        }
                        "data" => fields.data = Some(map.next_value()?),
                        "user_id" => fields.user_id = Some(map.next_value()?),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(FieldsVisitor)
    }
}

/// A JSON string, borrowed where it holds no escape.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<Text<'de>, E> {
                Ok(Text(String::from_utf8_lossy(bytes)))
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(String::from_utf8_lossy(bytes).into_owned())))
            }
        }

        // As bytes, because serde_json refuses a lone surrogate in a string but not in bytes.
        deserializer.deserialize_bytes(TextVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(json: &str) -> Option<String> {
        let frame = format!(r#"{{"event":"e","data":{json}}}"#);
        Envelope::parse(&frame).unwrap().data.as_text().map(str::to_owned)
    }

    #[test]
    fn data_comes_in_every_shape() {
        assert_eq!(data(r#""{\"a\":1}""#).as_deref(), Some(r#"{"a":1}"#));
        assert_eq!(data(r#"{"a": [1, 2]}"#).as_deref(), Some(r#"{"a": [1, 2]}"#));
        assert_eq!(data("[]").as_deref(), Some("[]"));
        assert_eq!(data("17.5").as_deref(), Some("17.5"));
        assert_eq!(data("true").as_deref(), Some("true"));
        assert_eq!(data(r#""null""#).as_deref(), Some("null"));
        assert_eq!(data(r#""""#).as_deref(), Some(""));
        assert_eq!(data("null"), None);
        assert_eq!(Envelope::parse(r#"{"event":"e"}"#).unwrap().data, Data::Absent);
    }

    #[test]
    fn nothing_is_copied_where_nothing_is_escaped() {
        let frame = r#"{"event":"e","channel":"c","data":"plain","user_id":"7"}"#;
        let envelope = Envelope::parse(frame).unwrap();
        assert!(matches!(envelope.event, Cow::Borrowed("e")));
        assert!(matches!(envelope.channel, Some(Cow::Borrowed("c"))));
        assert!(matches!(envelope.data, Data::Text(Cow::Borrowed("plain"))));
        assert!(matches!(envelope.user_id, Some(Cow::Borrowed("7"))));
    }

    #[test]
    fn a_numeric_user_id_is_its_digits() {
        let envelope = Envelope::parse(r#"{"event":"e","user_id":42}"#).unwrap();
        assert_eq!(envelope.user_id.as_deref(), Some("42"));
        assert_eq!(Envelope::parse(r#"{"event":"e","user_id":null}"#).unwrap().user_id, None);
    }

    #[test]
    fn space_around_unknown_fields_and_repeated_ones_are_no_error() {
        let frame = " {\"x\":[{}],\"event\":\"a\",\"event\":\"b\",\"channel\":null} \n";
        let envelope = Envelope::parse(frame).unwrap();
        assert_eq!((envelope.event.as_ref(), envelope.channel), ("b", None));
    }

    #[test]
    fn a_lone_surrogate_costs_one_character_and_not_the_frame() {
        let text = data(r#""a\ud800b\ud83d\ude00""#).unwrap();
        assert!(text.starts_with('a') && text.ends_with("b😀") && text.contains('\u{fffd}'));
    }

    #[test]
    fn what_is_not_an_envelope_is_refused() {
        for frame in ["", "[]", "\"x\"", "{", r#"{"data":1}"#, r#"{"event":1}"#, "{}{}", "nul"] {
            let error = Envelope::parse(frame).unwrap_err();
            assert_eq!(error.status(), Status::Protocol, "{frame}");
        }
    }

    #[test]
    fn deep_nesting_does_not_exhaust_the_stack() {
        let deep =
            format!(r#"{{"event":"e","data":{}{}}}"#, "[".repeat(200_000), "]".repeat(200_000));
        // Either answer will do; a crash would not.
        let _ = Envelope::parse(&deep);
    }
}
