//! The answers of an authorisation endpoint, or of the application in its place.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::error::{Error, Result, Status};
use crate::protocol::encrypted::ChannelKey;
use crate::protocol::envelope;

/// Permission to subscribe to a channel. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ChannelAuth {
    /// `KEY:SIGNATURE`, sent as it is.
    pub auth: String,
    /// A presence channel's user, sent byte for byte: it is signed.
    pub channel_data: Option<String>,
    /// An encrypted channel's key. Never sent.
    pub key: Option<ChannelKey>,
}

/// Permission to sign in. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct UserAuth {
    pub auth: String,
    /// Sent byte for byte: it is signed.
    pub user_data: String,
}

#[derive(Deserialize)]
struct Fields {
    auth: Option<String>,
    channel_data: Option<String>,
    shared_secret: Option<Zeroizing<String>>,
    user_data: Option<String>,
}

fn malformed(what: &str) -> Error {
    Error::new(
        Status::Auth,
        format!(
            "the authorisation's answer {what}; it has to be JSON such as {{\"auth\":\"KEY:SIGNATURE\"}}"
        ),
    )
}

impl Fields {
    fn parse(body: &str) -> Result<Fields> {
        // The error of the parser may quote the body, and with it the auth string: it is not shown.
        envelope::object(body).map_err(|_| malformed("is not the JSON that was expected"))
    }

    fn channel(self) -> Result<ChannelAuth> {
        let auth = checked_auth(self.auth)?;
        ChannelAuth::new(auth, self.channel_data, self.shared_secret.as_ref().map(|s| s.as_str()))
    }
}

/// A server takes `KEY:SIGNATURE`; anything else is a mistake that only it would find out.
fn checked_auth(auth: Option<String>) -> Result<String> {
    let auth = auth.ok_or_else(|| malformed("has no auth"))?;
    match auth.split_once(':') {
        Some((key, signature)) if !key.is_empty() && !signature.is_empty() => Ok(auth),
        _ => Err(malformed("has an auth that is not KEY:SIGNATURE")),
    }
}

impl ChannelAuth {
    /// What the application hands over itself. `shared_secret` is base64.
    pub fn new(
        auth: impl Into<String>,
        channel_data: Option<String>,
        shared_secret: Option<&str>,
    ) -> Result<ChannelAuth> {
        let auth = checked_auth(Some(auth.into()))?;
        let key = shared_secret.map(ChannelKey::from_base64).transpose()?;
        Ok(ChannelAuth { auth, channel_data, key })
    }

    /// Reads an endpoint's answer.
    pub fn parse(body: &str) -> Result<ChannelAuth> {
        Fields::parse(body)?.channel()
    }

    /// Reads the answer to a request for many channels: an object from channel to what the answer
    /// for it alone would be.
    pub fn parse_batch(body: &str) -> Result<BTreeMap<String, Result<ChannelAuth>>> {
        /// The answer itself, or as existing endpoints for batches wrap it: `{"status", "data"}`.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum One {
            Wrapped { data: Fields },
            Refused { status: i32 },
            Fields(Fields),
            Other(serde::de::IgnoredAny),
        }
        let all: BTreeMap<String, One> = serde_json::from_str(body).map_err(|_| {
            malformed("to a request for many channels is not an object of channels")
        })?;
        let read = |one| match one {
            One::Wrapped { data } | One::Fields(data) => data.channel(),
            One::Refused { status } => {
                let text = format!("the authorisation endpoint refused with status {status}");
                Err(Error::new(Status::Auth, text).with_code(status))
            }
            One::Other(_) => Err(malformed("for this channel is not an object")),
        };
        Ok(all.into_iter().map(|(channel, one)| (channel, read(one))).collect())
    }
}

impl UserAuth {
    pub fn new(auth: impl Into<String>, user_data: impl Into<String>) -> Result<UserAuth> {
        let auth = checked_auth(Some(auth.into()))?;
        let user_data = user_data.into();
        user_id(&user_data)?;
        Ok(UserAuth { auth, user_data })
    }

    pub fn parse(body: &str) -> Result<UserAuth> {
        let fields = Fields::parse(body)?;
        let user_data = fields.user_data.ok_or_else(|| malformed("has no user_data"))?;
        UserAuth::new(checked_auth(fields.auth)?, user_data)
    }
}

/// The id inside `user_data`.
pub fn user_id(user_data: &str) -> Result<String> {
    #[derive(Deserialize)]
    struct Fields {
        id: Option<serde_json::Value>,
    }
    let fields: Option<Fields> = envelope::object(user_data).ok();
    let id = match fields.and_then(|fields| fields.id) {
        Some(serde_json::Value::String(id)) if !id.is_empty() => Some(id),
        Some(serde_json::Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    id.ok_or_else(|| {
        Error::new(
            Status::Argument,
            "user_data has to be a JSON object with an id, such as \
             {\"id\":\"1\",\"user_info\":{\"name\":\"Ann\"}}",
        )
    })
}

impl fmt::Debug for ChannelAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChannelAuth(…)")
    }
}

impl fmt::Debug for UserAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserAuth(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_and_their_strings_kept_byte_for_byte() {
        let answer = ChannelAuth::parse(r#"{"auth":"k:s","channel_data":"{ \"user_id\" : 1 }"}"#);
        let answer = answer.unwrap();
        assert_eq!(answer.auth, "k:s");
        assert_eq!(answer.channel_data.as_deref(), Some(r#"{ "user_id" : 1 }"#));
        assert!(answer.key.is_none());
        let secret = "cJ7zCQokv6mDgstdAlyjYiyC0x+ifxCwBcDconuuZRY=";
        let body = format!(r#"{{"auth":"k:s","shared_secret":"{secret}","more":1}}"#);
        assert_eq!(ChannelAuth::parse(&body).unwrap().key.unwrap().to_base64(), secret);
        let user = UserAuth::parse(r#"{"auth":"k:s","user_data":"{\"id\":\"7\"}"}"#).unwrap();
        assert_eq!(user.user_data, r#"{"id":"7"}"#);
    }

    #[test]
    fn what_is_no_answer_is_an_error_that_shows_nothing_of_it() {
        for body in [
            "",
            "null",
            "[]",
            "{}",
            "<html>",
            r#"["k:s",null,null,null]"#,
            r#"{"auth":1}"#,
            r#"{"auth":"nocolon"}"#,
            r#"{"auth":":x"}"#,
            r#"{"auth":"k:s","shared_secret":"HUSH"}"#,
        ] {
            let error = ChannelAuth::parse(body).unwrap_err();
            assert_eq!(error.status(), Status::Auth, "{body}");
            assert!(!error.message().contains("HUSH") && !error.message().contains("html"));
        }
        assert!(UserAuth::parse(r#"{"auth":"k:s"}"#).is_err());
        assert!(UserAuth::parse(r#"{"auth":"k:s","user_data":"{}"}"#).is_err());
    }

    #[test]
    fn a_batch_has_an_answer_for_each_channel() {
        let batch = ChannelAuth::parse_batch(
            r#"{"private-a":{"auth":"k:s"},"private-b":{"error":"no"},"private-c":403,
                "private-d":{"status":200,"data":{"auth":"k:s"}},"private-e":{"status":403}}"#,
        );
        let batch = batch.unwrap();
        assert!(batch["private-a"].is_ok() && batch["private-d"].is_ok());
        assert_eq!(batch["private-e"].as_ref().unwrap_err().code(), 403);
        assert!(batch["private-b"].is_err() && batch["private-c"].is_err());
        assert!(ChannelAuth::parse_batch("[]").is_err());
    }

    /// A test's thread has a stack of 2 MiB, as the network thread has.
    #[test]
    fn deep_nesting_is_no_answer_and_does_not_exhaust_the_stack() {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
            let channels = format!(r#"{{"private-a":{deep}}}"#);
            let more = format!(r#"{{"auth":"k:s","user_data":"{{\"id\":1}}","more":{deep}}}"#);
            let id = format!(r#"{{"id":{deep}}}"#);
            for body in [&deep, &channels, &id] {
                assert!(ChannelAuth::parse(body).is_err() && UserAuth::parse(body).is_err());
                assert!(user_id(body).is_err());
                // Refused as a whole, or for this channel.
                let batch = ChannelAuth::parse_batch(body).unwrap_or_default();
                assert!(batch.values().all(Result::is_err));
            }
            assert!(ChannelAuth::parse(&more).is_ok() && UserAuth::parse(&more).is_ok());
        }
    }

    #[test]
    fn nothing_of_it_is_printed() {
        let auth = ChannelAuth::parse(r#"{"auth":"k:HUSH"}"#).unwrap();
        assert!(!format!("{auth:?}").contains("HUSH"));
    }

    #[test]
    fn user_ids_are_strings_or_numbers() {
        assert_eq!(user_id(r#"{"id":"a"}"#).unwrap(), "a");
        assert_eq!(user_id(r#"{"id":12}"#).unwrap(), "12");
        for bad in ["{}", r#"{"id":""}"#, r#"{"id":null}"#, "x", r#"{"id":[]}"#, "[1]"] {
            assert!(user_id(bad).is_err(), "{bad}");
        }
    }
}
