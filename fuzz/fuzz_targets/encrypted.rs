//! Payloads of encrypted channels: any text into the decryption; what is encrypted comes back, and
//! not with a bit flipped, nor with another key.
#![no_main]

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use pusherws::error::Status;
use pusherws::protocol::encrypted::{ChannelKey, MasterKey};
use pusherws::protocol::envelope::Data;

fn key(bytes: &[u8; 32]) -> ChannelKey {
    ChannelKey::from_base64(&STANDARD.encode(bytes)).expect("32 bytes are a key")
}

fn any_text(text: &str) {
    let key = key(&[7; 32]);
    let once = key.decrypt(&Data::Json(text));
    assert_eq!(once, key.decrypt(&Data::Text(Cow::Borrowed(text))));
    if let Err(error) = once {
        assert_eq!(error.status(), Status::Decryption);
        assert!(error.message().len() < 200, "nothing of the payload is quoted");
    }
    if let Ok(key) = ChannelKey::from_base64(text) {
        assert_eq!(key.to_base64(), text);
    }
    if let Ok(master) = MasterKey::from_base64(text) {
        assert!(master.channel_key("a") != master.channel_key("b"));
    }
}

fn round_trip(bytes: &[u8]) -> Option<()> {
    let (secret, rest) = bytes.split_first_chunk::<32>()?;
    let (nonce, rest) = rest.split_first_chunk::<24>()?;
    let (flip, plain) = rest.split_first_chunk::<2>()?;
    let plain = String::from_utf8_lossy(plain);
    let right = key(secret);
    let data = right.encrypt(nonce, &plain);
    assert_eq!(right.decrypt(&Data::Json(&data)).as_deref(), Ok(plain.as_ref()));

    let mut other = *secret;
    let bit = usize::from(u16::from_le_bytes(*flip));
    other[bit / 8 % 32] ^= 1 << (bit % 8);
    assert!(key(&other).decrypt(&Data::Json(&data)).is_err(), "another key");

    let payload: serde_json::Value = serde_json::from_str(&data).expect("JSON");
    for field in ["nonce", "ciphertext"] {
        let mut raw = STANDARD.decode(payload[field].as_str()?).expect("base64");
        let place = bit / 8 % raw.len();
        raw[place] ^= 1 << (bit % 8);
        let mut changed = payload.clone();
        changed[field] = STANDARD.encode(raw).into();
        let changed = changed.to_string();
        assert!(right.decrypt(&Data::Json(&changed)).is_err(), "a flipped bit of the {field}");
    }
    Some(())
}

fuzz_target!(|bytes: &[u8]| {
    if let Some(text) = pusherws_fuzz::text(bytes) {
        any_text(text);
    }
    round_trip(bytes);
});
