//! Pusher's HTTP API: requests, signed; and what an answer says.

use md5::{Digest, Md5};
use serde::Serialize;
use serde_json::Value;
use url::form_urlencoded;

use crate::error::{Error, Result, Status};
use crate::protocol::channel::{ChannelKind, ChannelName};
use crate::protocol::http::{HttpRequest, HttpResponse, Method};
use crate::protocol::limits::Limits;
use crate::protocol::signature::Credentials;

/// Limits that every server shares.
const MAX_CHANNELS: usize = 100;
const MAX_BATCH: usize = 10;

/// Where the API of an application is, and how requests are signed.
#[derive(Clone, Debug)]
pub struct Api {
    /// `https://host:port`, without a slash at the end.
    pub base: String,
    pub app_id: String,
    pub credentials: Credentials,
    pub limits: Limits,
}

/// An event to be published by the server.
#[derive(Clone, Debug)]
pub struct Trigger<'a> {
    pub name: &'a str,
    pub channels: Vec<&'a str>,
    pub data: &'a str,
    /// The connection that is not to receive it.
    pub socket_id: Option<&'a str>,
    /// Such as `subscription_count,user_count`.
    pub info: Option<&'a str>,
}

#[derive(Serialize)]
struct TriggerBody<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channels: Option<&'a [&'a str]>,
    data: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    socket_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    info: Option<&'a str>,
}

impl Api {
    /// `POST /apps/{id}/events`
    pub fn trigger(&self, event: &Trigger<'_>, unix_time: u64) -> Result<HttpRequest> {
        event.check(&self.limits)?;
        let body = TriggerBody {
            name: event.name,
            channel: None,
            channels: Some(&event.channels),
            data: event.data,
            socket_id: event.socket_id,
            info: event.info,
        };
        self.post("events", &body, unix_time)
    }

    /// `POST /apps/{id}/batch_events`; each event has exactly one channel.
    pub fn trigger_batch(&self, events: &[Trigger<'_>], unix_time: u64) -> Result<HttpRequest> {
        if events.is_empty() || events.len() > MAX_BATCH {
            return Err(argument(format!(
                "a batch has {} events, and has to have 1 to {MAX_BATCH}",
                events.len()
            )));
        }
        let mut batch = Vec::with_capacity(events.len());
        for event in events {
            event.check(&self.limits)?;
            let [channel] = event.channels[..] else {
                return Err(argument("each event of a batch has exactly one channel"));
            };
            batch.push(TriggerBody {
                name: event.name,
                channel: Some(channel),
                channels: None,
                data: event.data,
                socket_id: event.socket_id,
                info: event.info,
            });
        }
        #[derive(Serialize)]
        struct Body<'a> {
            batch: Vec<TriggerBody<'a>>,
        }
        self.post("batch_events", &Body { batch }, unix_time)
    }

    /// `GET /apps/{id}/channels`
    pub fn channels(
        &self,
        prefix: Option<&str>,
        info: Option<&str>,
        unix_time: u64,
    ) -> Result<HttpRequest> {
        self.get("channels", &[("filter_by_prefix", prefix), ("info", info)], unix_time)
    }

    /// `GET /apps/{id}/channels/{channel}`
    pub fn channel(
        &self,
        channel: &str,
        info: Option<&str>,
        unix_time: u64,
    ) -> Result<HttpRequest> {
        let channel = segment(any_channel(channel, &self.limits)?)?;
        self.get(&format!("channels/{channel}"), &[("info", info)], unix_time)
    }

    /// `GET /apps/{id}/channels/{channel}/users`
    pub fn users(&self, channel: &str, unix_time: u64) -> Result<HttpRequest> {
        let channel = any_channel(channel, &self.limits)?;
        if !ChannelKind::of(channel).is_presence() {
            return Err(argument(format!("'{channel}' is no presence channel, and has no users")));
        }
        self.get(&format!("channels/{}/users", segment(channel)?), &[], unix_time)
    }

    /// `POST /apps/{id}/users/{user}/terminate_connections`
    pub fn terminate_user(&self, user_id: &str, unix_time: u64) -> Result<HttpRequest> {
        let user = segment(checked_user(user_id)?)?;
        let empty = serde_json::Map::new();
        self.post(&format!("users/{user}/terminate_connections"), &empty, unix_time)
    }

    /// An event to one signed-in user, on all of its connections.
    pub fn send_to_user(
        &self,
        user_id: &str,
        name: &str,
        data: &str,
        unix_time: u64,
    ) -> Result<HttpRequest> {
        let channel = format!("#server-to-user-{}", checked_user(user_id)?);
        let channels = vec![channel.as_str()];
        self.trigger(&Trigger { name, channels, data, socket_id: None, info: None }, unix_time)
    }

    fn post(&self, path: &str, body: &impl Serialize, unix_time: u64) -> Result<HttpRequest> {
        let body = serde_json::to_vec(body).expect("strings always serialise");
        let md5: String = Md5::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
        let url = self.signed(Method::Post, path, &[("body_md5", Some(&md5))], unix_time)?;
        let headers = vec![("Content-Type".into(), "application/json".into())];
        Ok(HttpRequest { method: Method::Post, url, headers, body })
    }

    fn get(
        &self,
        path: &str,
        params: &[(&str, Option<&str>)],
        unix_time: u64,
    ) -> Result<HttpRequest> {
        let url = self.signed(Method::Get, path, params, unix_time)?;
        Ok(HttpRequest { method: Method::Get, url, headers: Vec::new(), body: Vec::new() })
    }

    fn signed(
        &self,
        method: Method,
        path: &str,
        params: &[(&str, Option<&str>)],
        unix_time: u64,
    ) -> Result<String> {
        let path = format!("/apps/{}/{path}", segment(&self.app_id)?);
        let mut query = vec![
            ("auth_key", self.credentials.key().to_owned()),
            ("auth_timestamp", unix_time.to_string()),
            ("auth_version", "1.0".to_owned()),
        ];
        query.extend(params.iter().filter_map(|(name, value)| Some((*name, (*value)?.to_owned()))));
        query.sort();
        // What is signed is not escaped, what is sent is.
        let plain: Vec<String> =
            query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let signature =
            self.credentials.sign(&[method.as_str(), "\n", &path, "\n", &plain.join("&")]);
        let sent = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        Ok(format!("{}{path}?{sent}&auth_signature={signature}", self.base))
    }
}

impl Trigger<'_> {
    fn check(&self, limits: &Limits) -> Result<()> {
        limits.check_event_name(self.name)?;
        if self.channels.is_empty() || self.channels.len() > MAX_CHANNELS {
            return Err(argument(format!(
                "an event goes to 1 to {MAX_CHANNELS} channels, and this one to {}",
                self.channels.len()
            )));
        }
        for channel in &self.channels {
            let encrypted = ChannelKind::of(any_channel(channel, limits)?).is_encrypted();
            if encrypted && self.channels.len() > 1 {
                return Err(argument(
                    "an event on an encrypted channel goes to that channel alone, since each has a \
                     key of its own",
                ));
            }
        }
        Ok(())
    }
}

/// Whether an answer is a success. Some servers answer 200 to everything, and put the error into
/// the body.
pub fn check(response: &HttpResponse) -> Result<()> {
    let body: Option<Value> = serde_json::from_str(&response.body).ok();
    let said = body.as_ref().and_then(|body| body.get("error")).filter(|error| !error.is_null());
    if matches!(response.status, 200..=299) && said.is_none() {
        return Ok(());
    }
    let text = match said {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => response.body.chars().take(200).collect(),
    };
    let code = body.as_ref().and_then(|body| body.get("code")).and_then(Value::as_i64);
    let code = code.and_then(|code| i32::try_from(code).ok());
    let code = code.unwrap_or(i32::from(response.status));
    let status = match code {
        401 | 403 => Status::Auth,
        413 => Status::TooLarge,
        _ => Status::Refused,
    };
    let text = format!("the HTTP API answered {}: {}", response.status, text.escape_debug());
    Err(Error::new(status, text).with_code(code))
}

/// A channel name, or a signed-in user's own channel.
fn any_channel<'a>(name: &'a str, limits: &Limits) -> Result<&'a str> {
    match name.strip_prefix("#server-to-user-") {
        Some(user) => checked_user(user).map(|_| name),
        None => ChannelName::within(name, limits).map(|_| name),
    }
}

fn checked_user(user_id: &str) -> Result<&str> {
    if user_id.is_empty() || user_id.chars().any(char::is_control) {
        return Err(argument("the user id is empty, or holds control characters"));
    }
    Ok(user_id)
}

/// One segment of a path: a slash in it must not make two. "." and ".." would be none, or one less.
fn segment(text: &str) -> Result<String> {
    if matches!(text, "." | "..") {
        return Err(argument(format!("'{text}' cannot be part of a URL's path")));
    }
    let mut url = url::Url::parse("http://localhost").expect("a constant");
    url.path_segments_mut().expect("http URLs have a path").push(text);
    Ok(url.path()[1..].to_owned())
}

fn argument(message: impl Into<String>) -> Error {
    Error::new(Status::Argument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api() -> Api {
        Api {
            base: "https://api-eu.pusher.com".into(),
            app_id: "3".into(),
            credentials: Credentials::new("278d425bdf160c739803", "7ad3773142a6692b25b8"),
            limits: Limits::COMMON,
        }
    }

    fn trigger<'a>(channels: &[&'a str]) -> Trigger<'a> {
        Trigger {
            name: "foo",
            channels: channels.to_vec(),
            data: r#"{"some":"data"}"#,
            socket_id: None,
            info: None,
        }
    }

    #[test]
    fn a_trigger_is_signed_as_in_the_documentation() {
        let request = api().trigger(&trigger(&["project-3"]), 1_353_088_179).unwrap();
        assert_eq!(
            std::str::from_utf8(&request.body).unwrap(),
            r#"{"name":"foo","channels":["project-3"],"data":"{\"some\":\"data\"}"}"#
        );
        assert_eq!(
            request.url,
            "https://api-eu.pusher.com/apps/3/events?auth_key=278d425bdf160c739803&\
             auth_timestamp=1353088179&auth_version=1.0&\
             body_md5=ec365a775a4cd0599faeb73354201b6f&\
             auth_signature=da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c"
        );
        assert!(!format!("{request:?}").contains("auth_signature"));
    }

    #[test]
    fn queries_carry_their_parameters_in_order() {
        let url = api().channels(Some("presence-"), Some("user_count"), 1).unwrap().url;
        assert!(url.contains("/apps/3/channels?auth_key="), "{url}");
        assert!(url.contains("&filter_by_prefix=presence-&info=user_count&auth_signature="));
        let url = api().channel("presence-a;b", None, 1).unwrap().url;
        assert!(url.contains("/channels/presence-a;b?"), "{url}");
        assert!(api().users("presence-a", 1).unwrap().url.contains("/channels/presence-a/users?"));
        assert!(api().users("private-a", 1).is_err());
        let url = api().terminate_user("a/b ü", 1).unwrap().url;
        assert!(url.contains("/users/a%2Fb%20%C3%BC/terminate_connections?"), "{url}");
    }

    #[test]
    fn what_every_server_would_refuse_is_refused_here() {
        let many: Vec<String> = (0..101).map(|n| format!("c{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(api().trigger(&trigger(&many), 1).is_err());
        assert!(api().trigger(&trigger(&many[..100]), 1).is_ok());
        assert!(api().trigger(&trigger(&[]), 1).is_err());
        assert!(api().trigger(&trigger(&["two words"]), 1).is_err());
        assert!(api().trigger(&trigger(&["private-encrypted-a", "b"]), 1).is_err());
        assert!(api().trigger(&Trigger { name: "", ..trigger(&["a"]) }, 1).is_err());
        let eleven: Vec<_> = (0..11).map(|_| trigger(&["a"])).collect();
        assert!(api().trigger_batch(&eleven, 1).is_err());
        assert!(api().trigger_batch(&eleven[..10], 1).is_ok());
        assert!(api().trigger_batch(&[trigger(&["a", "b"])], 1).is_err());
        assert!(api().send_to_user("", "e", "", 1).is_err());
        let to_user = api().send_to_user("7", "e", "x", 1).unwrap();
        assert!(String::from_utf8(to_user.body).unwrap().contains("[\"#server-to-user-7\"]"));
    }

    #[test]
    fn a_name_of_dots_does_not_ask_for_something_else() {
        for dots in [".", ".."] {
            assert!(
                api().channel(dots, None, 1).is_err() && api().terminate_user(dots, 1).is_err()
            );
            let app = Api { app_id: dots.into(), ..api() };
            assert!(app.channels(None, None, 1).is_err());
        }
        assert!(api().channel("...", None, 1).unwrap().url.contains("/channels/...?"));
    }

    #[test]
    fn the_configured_limits_count() {
        let lenient = Api { limits: Limits { strict: false, ..Limits::COMMON }, ..api() };
        assert!(lenient.trigger(&trigger(&["two words"]), 1).is_ok());
        assert!(lenient.channel("two words", None, 1).unwrap().url.contains("/two%20words?"));
        let short = Limits { channel_name: 9, event_name: 2, ..Limits::COMMON };
        let short = Api { limits: short, ..api() };
        assert_eq!(short.trigger(&trigger(&["a"]), 1).unwrap_err().status(), Status::TooLarge);
        let named = Trigger { name: "e", ..trigger(&["0123456789"]) };
        assert_eq!(short.trigger(&named, 1).unwrap_err().status(), Status::Channel);
    }

    #[test]
    fn an_error_in_a_successful_body_is_an_error() {
        let answer = |status, body: &str| check(&HttpResponse { status, body: body.into() });
        assert!(answer(200, "{}").is_ok());
        assert!(answer(200, r#"{"ok":true}"#).is_ok());
        assert!(answer(202, "").is_ok());
        let hidden = answer(200, r#"{"error":"The app does not exist","code":404}"#).unwrap_err();
        assert_eq!((hidden.status(), hidden.code()), (Status::Refused, 404));
        assert!(hidden.message().contains("does not exist"));
        assert_eq!(answer(401, "bad signature").unwrap_err().status(), Status::Auth);
        assert_eq!(answer(413, "").unwrap_err().status(), Status::TooLarge);
    }
}
