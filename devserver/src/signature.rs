//! Signatures: what a server checks and what an authorisation endpoint hands out.
//!
//! Every signature of the protocol is lowercase hex HMAC-SHA256 over a plain string; only the
//! string differs. The functions which build those strings are public so that a test can sign what
//! the library under test has to produce.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha2::{Digest, Sha256};

/// Lowercase hex HMAC-SHA256 of `text` under `secret`.
pub fn sign(secret: &str, text: &str) -> String {
    hex::encode(mac(secret, text).finalize().into_bytes())
}

/// Whether `signature` is the signature of `text`, compared in constant time.
pub fn verify(secret: &str, text: &str, signature: &str) -> bool {
    // Upper-case hex is refused: real servers compare strings.
    if signature.bytes().any(|b| b.is_ascii_uppercase()) {
        return false;
    }
    match hex::decode(signature) {
        Ok(bytes) => mac(secret, text).verify_slice(&bytes).is_ok(),
        Err(_) => false,
    }
}

fn mac(secret: &str, text: &str) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac
}

/// The string signed for a channel; `channel_data` is for presence channels, byte for byte.
pub fn channel_string(socket_id: &str, channel: &str, channel_data: Option<&str>) -> String {
    match channel_data {
        Some(data) => format!("{socket_id}:{channel}:{data}"),
        None => format!("{socket_id}:{channel}"),
    }
}

/// The string signed for a sign-in.
pub fn user_string(socket_id: &str, user_data: &str) -> String {
    format!("{socket_id}::user::{user_data}")
}

/// The string signed for a call of the HTTP API: method, path and the query sorted by key, without
/// `auth_signature` and with the values as they are before percent-encoding.
pub fn api_string(method: &str, path: &str, query: &[(String, String)]) -> String {
    let mut pairs: Vec<String> = query
        .iter()
        .map(|(key, value)| (key.to_ascii_lowercase(), value))
        .filter(|(key, _)| key != "auth_signature")
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.sort();
    format!("{}\n{path}\n{}", method.to_ascii_uppercase(), pairs.join("&"))
}

/// A signed query string for the HTTP API, ready to be put behind `path?`.
///
/// `timestamp` is in seconds since 1970; `extra` are further parameters such as `info`.
pub fn signed_query(
    key: &str,
    secret: &str,
    method: &str,
    path: &str,
    timestamp: u64,
    body: &[u8],
    extra: &[(&str, &str)],
) -> String {
    let mut query: Vec<(String, String)> = vec![
        ("auth_key".into(), key.into()),
        ("auth_timestamp".into(), timestamp.to_string()),
        ("auth_version".into(), "1.0".into()),
    ];
    if !body.is_empty() {
        query.push(("body_md5".into(), body_md5(body)));
    }
    query.extend(extra.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
    let signature = sign(secret, &api_string(method, path, &query));
    query.push(("auth_signature".into(), signature));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish()
}

/// Lowercase hex MD5 of a request body.
pub fn body_md5(body: &[u8]) -> String {
    hex::encode(Md5::digest(body))
}

/// The key of an encrypted channel in base64: SHA-256 over the channel name and the master key.
pub fn shared_secret(channel: &str, master_key: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(channel.as_bytes());
    hash.update(master_key);
    STANDARD.encode(hash.finalize())
}
