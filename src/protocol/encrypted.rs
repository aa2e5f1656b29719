//! Encrypted payloads: NaCl secretbox, XSalsa20-Poly1305.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_secretbox::aead::{Aead, KeyInit};
use crypto_secretbox::{Nonce, XSalsa20Poly1305};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::{Error, Result, Status};
use crate::protocol::envelope::Data;
use crate::protocol::redact;

const KEY_LEN: usize = 32;
const NONCE_LEN: usize = 24;

/// A channel's key, its "shared secret". Never printed; overwritten when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct ChannelKey(Zeroizing<[u8; KEY_LEN]>);

/// The key of which every channel's key is made. Held by servers only. Never printed.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; KEY_LEN]>);

impl ChannelKey {
    /// Reads the `shared_secret` of an authorisation's answer.
    pub fn from_base64(text: &str) -> Result<ChannelKey> {
        key(text).map(ChannelKey).ok_or_else(|| {
            Error::new(
                Status::Auth,
                "the authorisation's shared_secret is not the base64 of 32 bytes",
            )
        })
    }

    pub fn to_base64(&self) -> String {
        STANDARD.encode(*self.0)
    }

    /// Decrypts an event's data: `{"nonce":…,"ciphertext":…}`, both base64.
    pub fn decrypt(&self, data: &Data<'_>) -> Result<String> {
        #[derive(Deserialize)]
        struct Payload {
            nonce: String,
            ciphertext: String,
        }
        let payload: Payload = data.parse_object().map_err(|_| {
            failed("the event on an encrypted channel is not encrypted (no nonce and ciphertext)")
        })?;
        let nonce = STANDARD.decode(&payload.nonce).ok().filter(|nonce| nonce.len() == NONCE_LEN);
        let nonce = nonce.ok_or_else(|| failed("the nonce is not the base64 of 24 bytes"))?;
        let ciphertext = STANDARD
            .decode(&payload.ciphertext)
            .map_err(|_| failed("the ciphertext is not base64"))?;
        let plain = self
            .cipher()
            .decrypt(Nonce::from_slice(&nonce), ciphertext.as_slice())
            .map_err(|_| failed("the event cannot be decrypted with this channel's key"))?;
        String::from_utf8(plain).map_err(|_| failed("the decrypted event is not UTF-8"))
    }

    /// The data of an encrypted event. The nonce must never be used twice with the same key.
    pub fn encrypt(&self, nonce: &[u8; NONCE_LEN], plain: &str) -> String {
        let ciphertext = self
            .cipher()
            .encrypt(Nonce::from_slice(nonce), plain.as_bytes())
            .expect("a message in memory is never too long to encrypt");
        let nonce = STANDARD.encode(nonce);
        format!(r#"{{"nonce":"{nonce}","ciphertext":"{}"}}"#, STANDARD.encode(ciphertext))
    }

    fn cipher(&self) -> XSalsa20Poly1305 {
        XSalsa20Poly1305::new(crypto_secretbox::Key::from_slice(self.0.as_slice()))
    }
}

impl MasterKey {
    /// Takes the key out of a text that is to be seen.
    pub fn erase_from(&self, text: &mut String) {
        redact::erase(text, &STANDARD.encode(*self.0));
    }

    pub fn from_base64(text: &str) -> Result<MasterKey> {
        key(text).map(MasterKey).ok_or_else(|| {
            Error::new(
                Status::Argument,
                "the encryption master key has to be the base64 of 32 bytes, such as the output \
                 of: openssl rand -base64 32",
            )
        })
    }

    /// SHA-256 of the channel's name and the master key.
    pub fn channel_key(&self, channel: &str) -> ChannelKey {
        derive(channel, self.0.as_slice())
    }
}

fn derive(channel: &str, master: &[u8]) -> ChannelKey {
    let digest = Sha256::new().chain_update(channel).chain_update(master).finalize();
    ChannelKey(Zeroizing::new(digest.into()))
}

fn key(text: &str) -> Option<Zeroizing<[u8; KEY_LEN]>> {
    let bytes = Zeroizing::new(STANDARD.decode(text).ok()?);
    let key: [u8; KEY_LEN] = bytes.as_slice().try_into().ok()?;
    Some(Zeroizing::new(key))
}

fn failed(message: &str) -> Error {
    Error::new(Status::Decryption, message)
}

impl fmt::Debug for ChannelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChannelKey(…)")
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decrypt(key: &ChannelKey, nonce: &str, ciphertext: &str) -> Result<String> {
        let json = format!(r#"{{"nonce":"{nonce}","ciphertext":"{ciphertext}"}}"#);
        key.decrypt(&Data::Text(json.into()))
    }

    #[test]
    fn published_vectors_decrypt() {
        for (key, nonce, ciphertext, plain) in [
            (
                "EOWC/ked3NtBDvEs9gFwk7x4oZEbH9I0Lz2qkopBxxs=",
                "Ew2lLeGzSefk8fyVPbwL1yV+8HMyIBrm",
                "ig9HfL7OKJ9TL97WFRG0xpuk9w0DXUJhLQlQbGf+ID9S3h15vb/fgDfsnsGxQNQDxw+i",
                r#"{"name":"freddy","message":"hello"}"#,
            ),
            (
                "iBvNoPVYwByqSfg6anjPpEQ2j051b3rt1Vmnb+z5doo=",
                "4sVYwy4j/8dCcjyxtPCWyk19GaaViaW9",
                "/GMESnFGlbNn01BuBjp31XYa3i9vZsGKR8fgR9EDhXKx3lzGiUD501A=",
                r#"{"message":"hello world"}"#,
            ),
            (
                "cJ7zCQokv6mDgstdAlyjYiyC0x+ifxCwBcDconuuZRY=",
                "WEFKSTBZNkRQQkhTQUhYVEhWM0EzWk1G",
                "tsYJa2JgGDOpVIYFe4aNVWAvZlpB7z7CjN9mpIdbATE0Yc4izN8aM8D6VigBxnIQ",
                "kkkT5OOkOkO5kT5TOO5TkOT5TTk5O55T",
            ),
        ] {
            let key = ChannelKey::from_base64(key).unwrap();
            assert_eq!(decrypt(&key, nonce, ciphertext).unwrap(), plain);
        }
    }

    #[test]
    fn the_wrong_key_is_noticed() {
        let first =
            ChannelKey::from_base64("EOWC/ked3NtBDvEs9gFwk7x4oZEbH9I0Lz2qkopBxxs=").unwrap();
        let second =
            ChannelKey::from_base64("iBvNoPVYwByqSfg6anjPpEQ2j051b3rt1Vmnb+z5doo=").unwrap();
        for (key, nonce, ciphertext) in [
            (
                &second,
                "Ew2lLeGzSefk8fyVPbwL1yV+8HMyIBrm",
                "ig9HfL7OKJ9TL97WFRG0xpuk9w0DXUJhLQlQbGf+ID9S3h15vb/fgDfsnsGxQNQDxw+i",
            ),
            (
                &first,
                "4sVYwy4j/8dCcjyxtPCWyk19GaaViaW9",
                "/GMESnFGlbNn01BuBjp31XYa3i9vZsGKR8fgR9EDhXKx3lzGiUD501A=",
            ),
            (
                &first,
                "7w2hU5r5VMj3PGXXepgP6E/KgPob5o6t",
                "FX0lJZu33f0dWPb89816ngn0l9NfJC5mFny6EQF6z25K+Ly5LFS9hP7XAC6s5pUoZqGXzC03FA==",
            ),
            (
                &second,
                "7w2hU5r5VMj3PGXXepgP6E/KgPob5o6t",
                "FX0lJZu33f0dWPb89816ngn0l9NfJC5mFny6EQF6z25K+Ly5LFS9hP7XAC6s5pUoZqGXzC03FA==",
            ),
        ] {
            assert_eq!(decrypt(key, nonce, ciphertext).unwrap_err().status(), Status::Decryption);
        }
    }

    #[test]
    fn channel_keys_are_made_as_the_server_libraries_make_them() {
        let python = b"OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5";
        assert_eq!(
            derive("pvUPIk0YG6MnxCEMIUUVFrbDmQwbhICXUcy", python).to_base64(),
            "cJ7zCQokv6mDgstdAlyjYiyC0x+ifxCwBcDconuuZRY="
        );
        let ruby = b"3W1pfB/Etr+ZIlfMWwZP3gz8jEeCt4s2pe6Vpr+2c3M=";
        assert_eq!(
            derive("private-encrypted-1", ruby).to_base64(),
            "6zeEp/chneRPS1cbK/hGeG860UhHomxSN6hTgzwT20I="
        );
        let python = MasterKey::from_base64("OHRXNUZRTG5pUTFzQlFGd3J3N3Q2VFZFc0paZDEweVk=");
        assert_eq!(
            python.unwrap().channel_key("private-encrypted-channel").to_base64(),
            "VmIsNZtCSteh8kazd2toc+ofhohBtUouQRSDtRvuyVI="
        );
        let go = derive("private-encrypted-bla", b"This is a string that is 32 chars");
        let hex: String = go.0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "004831f99d2a4e86723e893caded3a2897deeddbed9514fe9497dcddc52bd50b");
        let plain =
            decrypt(&go, "sjklahvpWWQgAjTx5FfYHCCxd2AmaL9T", "zoDEe8dA3nDXKsybAWce/hXGW4szJw==");
        assert_eq!(plain.unwrap(), "Hello!");
    }

    #[test]
    fn what_is_encrypted_can_be_decrypted() {
        let key = MasterKey::from_base64("OHRXNUZRTG5pUTFzQlFGd3J3N3Q2VFZFc0paZDEweVk=")
            .unwrap()
            .channel_key("private-encrypted-x");
        let data = key.encrypt(&[7; NONCE_LEN], "grüße");
        assert_eq!(key.decrypt(&Data::Json(&data)).unwrap(), "grüße");
        let tampered = data.replacen("ciphertext\":\"", "ciphertext\":\"AAAA", 1);
        assert!(key.decrypt(&Data::Json(&tampered)).is_err());
    }

    #[test]
    fn what_is_no_key_or_no_payload_is_refused_without_showing_it() {
        for text in ["", "short", "AAAA", "!!!!"] {
            assert!(
                ChannelKey::from_base64(text).is_err() && MasterKey::from_base64(text).is_err()
            );
        }
        let key = ChannelKey(Zeroizing::new([1; 32]));
        assert!(key.decrypt(&Data::Absent).is_err());
        assert!(key.decrypt(&Data::Text("plain".into())).is_err());
        assert!(decrypt(&key, "AAAA", "AAAA").is_err() && decrypt(&key, "!", "!").is_err());
        assert_eq!(format!("{key:?}"), "ChannelKey(…)");
    }
}
