//! Signing with the application's secret: HMAC-SHA256, in lower-case hexadecimal.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::protocol::redact;

/// An application's key and secret. Never printed; overwritten when dropped.
#[derive(Clone)]
pub struct Credentials {
    key: String,
    secret: Zeroizing<String>,
}

impl Credentials {
    pub fn new(key: impl Into<String>, secret: impl Into<String>) -> Self {
        Credentials { key: key.into(), secret: Zeroizing::new(secret.into()) }
    }

    /// The `auth` of a subscription: `KEY:SIGNATURE`. `channel_data` is for presence channels, and
    /// is signed byte for byte.
    pub fn channel_auth(
        &self,
        socket_id: &str,
        channel: &str,
        channel_data: Option<&str>,
    ) -> String {
        match channel_data {
            None => self.auth(&[socket_id, ":", channel]),
            Some(data) => self.auth(&[socket_id, ":", channel, ":", data]),
        }
    }

    /// The `auth` of a sign-in; `user_data` is signed byte for byte.
    pub fn user_auth(&self, socket_id: &str, user_data: &str) -> String {
        self.auth(&[socket_id, "::user::", user_data])
    }

    fn auth(&self, parts: &[&str]) -> String {
        format!("{}:{}", self.key, self.sign(parts))
    }

    /// Takes the secret out of a text that is to be seen.
    pub fn erase_from(&self, text: &mut String) {
        redact::erase(text, &self.secret);
    }

    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether a signature is the one of these bytes, compared in constant time.
    pub fn verify(&self, bytes: &[u8], signature: &str) -> bool {
        let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
        let pairs = signature.as_bytes().chunks(2);
        let decoded: Option<Vec<u8>> =
            pairs.map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect();
        decoded.is_some_and(|decoded| self.mac(&[bytes]).verify_slice(&decoded).is_ok())
    }

    /// The signature of the parts written one after another.
    pub fn sign(&self, parts: &[&str]) -> String {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        let signature = self.mac(&parts).finalize().into_bytes();
        signature.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn mac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes())
            .expect("HMAC takes a key of any length");
        for part in parts {
            mac.update(part);
        }
        mac
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials {{ key: {:?}, secret: … }}", self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every vector is from public documentation or a server library's own tests, and was computed
    /// again independently: (key, secret, socket id, channel, channel_data, signature).
    #[test]
    fn channel_signatures_match_the_published_vectors() {
        let docs = ("278d425bdf160c739803", "7ad3773142a6692b25b8");
        let python = ("foo", "bar");
        for ((key, secret), socket_id, channel, channel_data, signature) in [
            (
                docs,
                "1234.1234",
                "private-foobar",
                None,
                "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4",
            ),
            (
                docs,
                "1234.1234",
                "presence-foobar",
                Some(r#"{"user_id":10,"user_info":{"name":"Mr. Pusher"}}"#),
                "afaed3695da2ffd16931f457e338e6c9f2921fa133ce7dac49f529792be6304c",
            ),
            (
                docs,
                "1234.1234",
                "presence-foobar",
                Some(r#"{"user_id":10,"user_info":{"name":"Mr. Channels"}}"#),
                "31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80",
            ),
            (
                python,
                "345.23",
                "private-channel",
                None,
                "89955e77e1b40e33df6d515a5ecbba86a01dc816a5b720da18a06fd26f7d92ff",
            ),
            (
                python,
                "345.23",
                "private-encrypted-channel",
                None,
                "fff0503dfe4929f5162efe4d1dacbce524b0d8e7e1331117a8651c0e74d369e3",
            ),
            (
                python,
                "345.43245",
                "presence-channel",
                Some(r#"{"user_id":"fred","user_info":{"key":"value"}}"#),
                "e80ba6439492c2113022c39297a87a948de14061cc67b5788e045645a68b8ccd",
            ),
            (
                ("-", "tofu"),
                "123.456",
                "test",
                None,
                "efa6cf7644a0b35cba36aa0f776f3cbf7bb60e95ea2696bde1dbe8403b61bd7c",
            ),
        ] {
            let auth = Credentials::new(key, secret).channel_auth(socket_id, channel, channel_data);
            assert_eq!(auth, format!("{key}:{signature}"), "{channel}");
        }
    }

    #[test]
    fn user_signatures_match_the_published_vectors() {
        for (key, secret, socket_id, user_data, signature) in [
            (
                "278d425bdf160c739803",
                "7ad3773142a6692b25b8",
                "1234.1234",
                r#"{"id":"12345"}"#,
                "4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba",
            ),
            (
                "thisisaauthkey",
                "thisisasecret",
                "12345.6789",
                r#"{"id":"123","name":"John Smith"}"#,
                "0dddb208b53c7649f3fbbb86254a6e1986bc6f8b566423ea690c9ca773497373",
            ),
            (
                "-",
                "tofu",
                "123.456",
                r#"{"id":"45678"}"#,
                "f4b1fdeea7c93e32648c7230e32b172057c5623cace6cfce791c6e7035e0babd",
            ),
            (
                "-",
                "tofu",
                "1.1",
                r#"{"id":"ą§¶™€łü€ß£"}"#,
                "620494cee53d6c568b49598313194088afda37218f0d059af03c0c898ed61ff4",
            ),
        ] {
            let auth = Credentials::new(key, secret).user_auth(socket_id, user_data);
            assert_eq!(auth, format!("{key}:{signature}"));
        }
    }

    #[test]
    fn bare_signatures_match_the_published_vectors() {
        assert_eq!(
            Credentials::new("", "supersecret").sign(&["Hello!"]),
            "64e3f44166575febbc5de88c9476325ea7d4b3684752158d9fdb31fce34b980d"
        );
        let request = "POST\n/apps/3/events\nauth_key=278d425bdf160c739803&\
                       auth_timestamp=1353088179&auth_version=1.0&\
                       body_md5=ec365a775a4cd0599faeb73354201b6f";
        assert_eq!(
            Credentials::new("", "7ad3773142a6692b25b8").sign(&[request]),
            "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c"
        );
    }

    #[test]
    fn the_secret_is_not_printed() {
        let printed = format!("{:?}", Credentials::new("key", "hush-hush"));
        assert!(printed.contains("key") && !printed.contains("hush"), "{printed}");
    }
}
