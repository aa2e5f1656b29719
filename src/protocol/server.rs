//! What a server does with the secret: ready-made answers for an authorisation endpoint, webhooks.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::error::{Error, Result, Status};
use crate::protocol::channel::ChannelName;
use crate::protocol::encrypted::MasterKey;
use crate::protocol::incoming::is_socket_id;
use crate::protocol::signature::Credentials;
use crate::protocol::{authorization, presence};

/// The JSON that authorises a subscription.
pub fn authorize_channel(
    credentials: &Credentials,
    master_key: Option<&MasterKey>,
    socket_id: &str,
    channel: &ChannelName,
    channel_data: Option<&str>,
) -> Result<String> {
    check_socket_id(socket_id)?;
    let kind = channel.kind();
    if !kind.needs_auth() {
        let text = format!("'{channel}' is {}, and needs no permission", kind.describe());
        return Err(argument(text));
    }
    let channel_data = match (kind.is_presence(), channel_data) {
        (true, Some(data)) => presence::user_id(data).map(|_| Some(data))?,
        (true, None) => {
            return Err(argument("a presence channel needs channel_data with a user_id"));
        }
        (false, _) => None,
    };
    let shared_secret = match (kind.is_encrypted(), master_key) {
        (false, _) => None,
        (true, Some(master)) => Some(master.channel_key(channel.as_str()).to_base64()),
        (true, None) => {
            return Err(argument("an encrypted channel needs the encryption master key"));
        }
    };
    #[derive(Serialize)]
    struct Answer<'a> {
        auth: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        channel_data: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        shared_secret: Option<String>,
    }
    let auth = credentials.channel_auth(socket_id, channel.as_str(), channel_data);
    Ok(serde_json::to_string(&Answer { auth, channel_data, shared_secret })
        .expect("strings always serialise"))
}

/// The JSON that authorises a sign-in.
pub fn authorize_user(
    credentials: &Credentials,
    socket_id: &str,
    user_data: &str,
) -> Result<String> {
    check_socket_id(socket_id)?;
    authorization::user_id(user_data)?;
    let auth = credentials.user_auth(socket_id, user_data);
    Ok(serde_json::json!({ "auth": auth, "user_data": user_data }).to_string())
}

/// Whether a webhook really is from the server: its `X-Pusher-Key` and `X-Pusher-Signature`.
pub fn verify_webhook(
    credentials: &Credentials,
    key: &str,
    signature: &str,
    body: &[u8],
) -> Result<()> {
    let unverified = |text: &str| Error::new(Status::Auth, text);
    if key != credentials.key() {
        return Err(unverified("the webhook is for another key"));
    }
    if !credentials.verify(body, signature) {
        return Err(unverified("the webhook's signature is not right"));
    }
    let valid: Result<&RawValue, _> = serde_json::from_slice(body);
    valid.map(|_| ()).map_err(|_| unverified("the webhook's body is not JSON"))
}

fn check_socket_id(socket_id: &str) -> Result<()> {
    if is_socket_id(socket_id) {
        return Ok(());
    }
    Err(argument("the socket id has to be two numbers with a dot between, such as 123.456"))
}

fn argument(message: impl Into<String>) -> Error {
    Error::new(Status::Argument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_for_an_endpoint_are_what_clients_read() {
        let credentials = Credentials::new("foo", "bar");
        let private = ChannelName::new("private-channel").unwrap();
        let json = authorize_channel(&credentials, None, "345.23", &private, None).unwrap();
        assert_eq!(
            json,
            r#"{"auth":"foo:89955e77e1b40e33df6d515a5ecbba86a01dc816a5b720da18a06fd26f7d92ff"}"#
        );
        let encrypted = ChannelName::new("private-encrypted-channel").unwrap();
        let master =
            MasterKey::from_base64("OHRXNUZRTG5pUTFzQlFGd3J3N3Q2VFZFc0paZDEweVk=").unwrap();
        let json = authorize_channel(&credentials, Some(&master), "345.23", &encrypted, None);
        assert!(json.unwrap().contains("VmIsNZtCSteh8kazd2toc+ofhohBtUouQRSDtRvuyVI="));
        let presence = ChannelName::new("presence-channel").unwrap();
        let authorize = |id, data| authorize_channel(&credentials, None, id, &presence, data);
        assert!(authorize("345.23", Some(r#"{"user_id":1}"#)).unwrap().contains("channel_data"));
        assert!(authorize("345.23", None).is_err());
        assert!(authorize("345.23:x", Some(r#"{"user_id":1}"#)).is_err(), "a forged socket id");
        assert!(authorize_channel(&credentials, None, "345.23", &encrypted, None).is_err());
        let news = ChannelName::new("news").unwrap();
        assert!(authorize_channel(&credentials, None, "345.23", &news, None).is_err());
        let user = authorize_user(&credentials, "345.23", r#"{"id":"1"}"#).unwrap();
        assert!(user.contains(r#""user_data":"{\"id\":\"1\"}""#));
        assert!(authorize_user(&credentials, "345.23", "{}").is_err());
    }

    #[test]
    fn webhooks_are_verified() {
        let credentials = Credentials::new("key", "secret");
        let body = br#"{"time_ms":1,"events":[]}"#;
        let signature = credentials.sign(&[std::str::from_utf8(body).unwrap()]);
        let verify = |key: &str, signature: &str, body: &[u8]| {
            verify_webhook(&credentials, key, signature, body)
        };
        assert!(verify("key", &signature, body).is_ok());
        assert!(verify("other", &signature, body).is_err());
        assert!(verify("key", &signature, b"{}").is_err());
        assert!(verify("key", &signature[1..], body).is_err());
        assert!(verify("key", "", body).is_err());
        let text = credentials.sign(&["not json"]);
        assert!(verify("key", &text, b"not json").is_err());
    }
}
