//! What the protocol's own frames say in their `data`.

use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, Result, Status};
use crate::protocol::envelope::Data;

/// `pusher:connection_established`
#[derive(Debug, PartialEq, Eq)]
pub struct Established {
    pub socket_id: String,
    /// Seconds of silence after which the client should ping.
    pub activity_timeout: Option<u64>,
}

impl Established {
    pub fn parse(data: &Data<'_>) -> Result<Established> {
        #[derive(Deserialize)]
        struct Fields {
            socket_id: String,
            #[serde(default)]
            activity_timeout: Value,
        }
        let malformed = |what: String| {
            Error::new(
                Status::Protocol,
                format!("pusher:connection_established is malformed: {what}"),
            )
        };
        let fields: Fields = data.parse_object().map_err(|error| malformed(error.to_string()))?;
        // The socket id goes into every signature. A server that could choose it freely could have
        // any string signed with the application's secret.
        if !is_socket_id(&fields.socket_id) {
            return Err(malformed("the socket id is not two numbers with a dot between".into()));
        }
        let seconds = fields.activity_timeout.as_f64().filter(|seconds| *seconds >= 1.0);
        Ok(Established {
            socket_id: fields.socket_id,
            activity_timeout: seconds.map(|seconds| seconds as u64),
        })
    }
}

/// Two numbers with a dot between, as every server library demands.
pub fn is_socket_id(text: &str) -> bool {
    let digits = |part: &str| {
        !part.is_empty() && part.len() <= 32 && part.bytes().all(|b| b.is_ascii_digit())
    };
    text.split_once('.').is_some_and(|(left, right)| digits(left) && digits(right))
}

/// `pusher:error`
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct ServerError {
    pub code: Option<u16>,
    pub message: String,
}

impl ServerError {
    /// Reads what can be read: an error is told even when its shape is not known.
    pub fn parse(data: &Data<'_>) -> ServerError {
        let value: Value = data.parse().unwrap_or(Value::Null);
        let code = number(&value["code"]).and_then(|code| u16::try_from(code).ok());
        let message = value["message"].as_str().map(str::to_owned);
        let message = message.or_else(|| data.as_text().map(str::to_owned)).unwrap_or_default();
        ServerError { code: code.filter(|code| *code != 0), message: without_signatures(message) }
    }
}

/// `pusher:subscription_error` and `pusher_internal:subscription_error`
#[derive(Debug, PartialEq, Eq)]
pub struct SubscriptionError {
    /// `AuthError`, `LimitReached`, …; empty where the server gave none.
    pub kind: String,
    pub message: String,
    /// An HTTP status (401) or one of Pusher's codes (4009); 0 where the server gave none.
    pub status: i32,
}

impl SubscriptionError {
    pub fn parse(data: &Data<'_>) -> SubscriptionError {
        let value: Value = data.parse().unwrap_or(Value::Null);
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let status = number(&value["status"]).and_then(|status| i32::try_from(status).ok());
        SubscriptionError {
            kind: text("type"),
            message: without_signatures(text("error")),
            status: status.unwrap_or_default(),
        }
    }
}

/// `pusher_internal:subscription_count`
pub fn subscription_count(data: &Data<'_>) -> Option<u64> {
    let value: Value = data.parse().ok()?;
    number(&value["subscription_count"]).and_then(|count| u64::try_from(count).ok())
}

/// The `user_data` of `pusher:signin_success`, where the server gives it back.
pub fn signed_in_user(data: &Data<'_>) -> Option<String> {
    let value: Value = data.parse().ok()?;
    value["user_data"].as_str().map(str::to_owned)
}

/// Who went online and who offline: `(name, user ids)` in order. `name` is that of an event which
/// carries its `user_ids` itself, as one server sends it.
pub fn watchlist(data: &Data<'_>, name: Option<&str>) -> Vec<(String, Vec<String>)> {
    let value: Value = data.parse().unwrap_or(Value::Null);
    let users = |event: &Value| -> Vec<String> {
        let ids = event["user_ids"].as_array().map(Vec::as_slice).unwrap_or_default();
        let text = |id: &Value| match id {
            Value::String(id) => Some(id.clone()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        };
        ids.iter().filter_map(text).collect()
    };
    match name {
        Some(name) => vec![(name.to_owned(), users(&value))],
        None => {
            let events = value["events"].as_array().map(Vec::as_slice).unwrap_or_default();
            let named = |event: &Value| Some((event["name"].as_str()?.to_owned(), users(event)));
            events.iter().filter_map(named).collect()
        }
    }
}

/// Blacks out what looks like a signature: a server that refuses one quotes it, and the right one
/// beside it would be a gift to whoever reads a log.
fn without_signatures(text: String) -> String {
    const SIGNATURE: usize = 64;
    let mut result = String::with_capacity(text.len());
    let mut run = String::new();
    let end_run = |run: &mut String, result: &mut String| {
        result.push_str(if run.len() >= SIGNATURE { "<signature>" } else { run });
        run.clear();
    };
    for c in text.chars() {
        if c.is_ascii_hexdigit() {
            run.push(c);
        } else {
            end_run(&mut run, &mut result);
            result.push(c);
        }
    }
    end_run(&mut run, &mut result);
    result
}

/// A number, or a string of digits: servers disagree.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::envelope::Envelope;

    fn with<T>(json: &str, read: impl FnOnce(&Data<'_>) -> T) -> T {
        read(&Envelope::parse(&format!(r#"{{"event":"e","data":{json}}}"#)).unwrap().data)
    }

    #[test]
    fn established_as_a_string_and_as_an_object() {
        let expected = Established { socket_id: "12.34".into(), activity_timeout: Some(120) };
        for json in [
            r#""{\"socket_id\":\"12.34\",\"activity_timeout\":120}""#,
            r#"{"activity_timeout":120,"socket_id":"12.34"}"#,
        ] {
            assert_eq!(with(json, Established::parse).unwrap(), expected);
        }
        assert!(with(r#"["1.2",120]"#, Established::parse).is_err(), "an array is no object");
        let none = with(r#"{"socket_id":"1.2","activity_timeout":null}"#, Established::parse);
        assert_eq!(none.unwrap().activity_timeout, None);
        let zero = with(r#"{"socket_id":"1.2","activity_timeout":0}"#, Established::parse);
        assert_eq!(zero.unwrap().activity_timeout, None, "0 would ping without end");
    }

    #[test]
    fn a_socket_id_that_could_forge_a_signature_is_refused() {
        for id in ["", "1", "1.", ".2", "1.2.3", "1.2:private-x", "a.b", "1.2 "] {
            let json = serde_json::json!({ "socket_id": id }).to_string();
            assert!(with(&json, Established::parse).is_err(), "{id}");
        }
    }

    #[test]
    fn errors_in_every_shape_seen() {
        let error = |code, message: &str| ServerError { code, message: message.into() };
        assert_eq!(
            with(r#"{"message":"m","code":4001}"#, ServerError::parse),
            error(Some(4001), "m")
        );
        assert_eq!(with(r#"{"message":"m","code":null}"#, ServerError::parse), error(None, "m"));
        assert_eq!(
            with(r#""{\"code\":4200,\"message\":\"m\"}""#, ServerError::parse),
            error(Some(4200), "m")
        );
        assert_eq!(with(r#""just text""#, ServerError::parse), error(None, "just text"));
        assert_eq!(with("null", ServerError::parse), error(None, ""));
        assert_eq!(with(r#"{"code":99999999}"#, ServerError::parse).code, None);
    }

    #[test]
    fn subscription_errors_and_counts() {
        let refused =
            with(r#"{"type":"AuthError","error":"no","status":401}"#, SubscriptionError::parse);
        assert_eq!(
            (refused.kind.as_str(), refused.message.as_str(), refused.status),
            ("AuthError", "no", 401)
        );
        assert_eq!(with(r#""{}""#, SubscriptionError::parse).status, 0);
        assert_eq!(with(r#""{\"subscription_count\":0}""#, subscription_count), Some(0));
        assert_eq!(with(r#"{"subscription_count":7}"#, subscription_count), Some(7));
        assert_eq!(with(r#"{"subscription_count":-1}"#, subscription_count), None);
        assert_eq!(with("null", subscription_count), None);
    }
    #[test]
    fn watchlists_as_documented_and_as_sockudo_sends_them() {
        let both = r#""{\"events\":[{\"name\":\"online\",\"user_ids\":[\"1\",2]},{\"name\":\"offline\",\"user_ids\":[]}]}""#;
        let expected = vec![
            ("online".to_owned(), vec!["1".to_owned(), "2".to_owned()]),
            ("offline".to_owned(), vec![]),
        ];
        assert_eq!(with(both, |data| watchlist(data, None)), expected);
        let flat = with(r#"{"user_ids":["7"]}"#, |data| watchlist(data, Some("offline")));
        assert_eq!(flat, [("offline".to_owned(), vec!["7".to_owned()])]);
        assert!(with("null", |data| watchlist(data, None)).is_empty());
    }

    #[test]
    fn the_signed_in_user_is_kept_byte_for_byte() {
        let user = with(r#"{"user_data":"{ \"id\" : \"1\" }","auth":"k:s"}"#, signed_in_user);
        assert_eq!(user.as_deref(), Some(r#"{ "id" : "1" }"#));
        assert_eq!(with("null", signed_in_user), None);
    }

    #[test]
    fn signatures_in_what_a_server_says_are_blacked_out() {
        let signature = "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4";
        let text = format!("Invalid signature: Expected 1.2:private-a, but got {signature}!");
        let json = serde_json::json!({ "code": 4009, "message": text }).to_string();
        let error = with(&json, ServerError::parse);
        assert_eq!(
            error.message,
            "Invalid signature: Expected 1.2:private-a, but got <signature>!"
        );
        assert_eq!(without_signatures("cafe babe 123".into()), "cafe babe 123");
    }
}
