//! The published test vectors.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pusherws_devserver::signature::{
    api_string, body_md5, channel_string, shared_secret, sign, signed_query, user_string, verify,
};

const DOCS_KEY: &str = "278d425bdf160c739803";
const DOCS_SECRET: &str = "7ad3773142a6692b25b8";

#[track_caller]
fn check(secret: &str, text: &str, signature: &str) {
    assert_eq!(sign(secret, text), signature, "{text}");
    assert!(verify(secret, text, signature), "{text}");
    assert!(!verify(secret, &format!("{text} "), signature), "{text}");
    assert!(!verify("another secret", text, signature), "{text}");
}

#[test]
fn channels() {
    let private = |id, name| channel_string(id, name, None);
    check(
        DOCS_SECRET,
        &private("1234.1234", "private-foobar"),
        "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4",
    );
    check(
        "bar",
        &private("345.23", "private-channel"),
        "89955e77e1b40e33df6d515a5ecbba86a01dc816a5b720da18a06fd26f7d92ff",
    );
    check(
        "bar",
        &private("345.23", "private-encrypted-channel"),
        "fff0503dfe4929f5162efe4d1dacbce524b0d8e7e1331117a8651c0e74d369e3",
    );
    check(
        "tofu",
        &private("123.456", "test"),
        "efa6cf7644a0b35cba36aa0f776f3cbf7bb60e95ea2696bde1dbe8403b61bd7c",
    );
}

#[test]
fn presence_channels() {
    let text = |data| channel_string("1234.1234", "presence-foobar", Some(data));
    check(
        DOCS_SECRET,
        &text(r#"{"user_id":10,"user_info":{"name":"Mr. Pusher"}}"#),
        "afaed3695da2ffd16931f457e338e6c9f2921fa133ce7dac49f529792be6304c",
    );
    check(
        DOCS_SECRET,
        &text(r#"{"user_id":10,"user_info":{"name":"Mr. Channels"}}"#),
        "31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80",
    );
    let data = r#"{"user_id":"fred","user_info":{"key":"value"}}"#;
    check(
        "bar",
        &channel_string("345.43245", "presence-channel", Some(data)),
        "e80ba6439492c2113022c39297a87a948de14061cc67b5788e045645a68b8ccd",
    );
}

#[test]
fn users() {
    check(
        DOCS_SECRET,
        &user_string("1234.1234", r#"{"id":"12345"}"#),
        "4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba",
    );
    check(
        "thisisasecret",
        &user_string("12345.6789", r#"{"id":"123","name":"John Smith"}"#),
        "0dddb208b53c7649f3fbbb86254a6e1986bc6f8b566423ea690c9ca773497373",
    );
    check(
        "tofu",
        &user_string("123.456", r#"{"id":"45678"}"#),
        "f4b1fdeea7c93e32648c7230e32b172057c5623cace6cfce791c6e7035e0babd",
    );
    check(
        "tofu",
        &user_string("1.1", r#"{"id":"ą§¶™€łü€ß£"}"#),
        "620494cee53d6c568b49598313194088afda37218f0d059af03c0c898ed61ff4",
    );
}

#[test]
fn plain_text() {
    check(
        "supersecret",
        "Hello!",
        "64e3f44166575febbc5de88c9476325ea7d4b3684752158d9fdb31fce34b980d",
    );
}

#[test]
fn calls_of_the_http_api() {
    let body = br#"{"name":"foo","channels":["project-3"],"data":"{\"some\":\"data\"}"}"#;
    assert_eq!(body_md5(body), "ec365a775a4cd0599faeb73354201b6f");
    let signature = "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c";
    let query: Vec<(String, String)> = [
        ("body_md5", "ec365a775a4cd0599faeb73354201b6f"),
        ("auth_version", "1.0"),
        ("auth_key", DOCS_KEY),
        ("auth_timestamp", "1353088179"),
        ("auth_signature", "is left out"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .to_vec();
    let text = api_string("POST", "/apps/3/events", &query);
    assert_eq!(
        text,
        "POST\n/apps/3/events\nauth_key=278d425bdf160c739803&auth_timestamp=1353088179\
         &auth_version=1.0&body_md5=ec365a775a4cd0599faeb73354201b6f"
    );
    check(DOCS_SECRET, &text, signature);
    let query =
        signed_query(DOCS_KEY, DOCS_SECRET, "POST", "/apps/3/events", 1_353_088_179, body, &[]);
    assert!(query.ends_with(&format!("auth_signature={signature}")), "{query}");
}

#[test]
fn keys_of_encrypted_channels() {
    assert_eq!(
        shared_secret("pvUPIk0YG6MnxCEMIUUVFrbDmQwbhICXUcy", b"OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"),
        "cJ7zCQokv6mDgstdAlyjYiyC0x+ifxCwBcDconuuZRY="
    );
    assert_eq!(
        shared_secret("private-encrypted-channel", b"8tW5FQLniQ1sBQFwrw7t6TVEsJZd10yY"),
        "VmIsNZtCSteh8kazd2toc+ofhohBtUouQRSDtRvuyVI="
    );
    assert_eq!(
        shared_secret("private-encrypted-bla", b"This is a string that is 32 chars"),
        // Published in hex.
        STANDARD.encode(
            hex::decode("004831f99d2a4e86723e893caded3a2897deeddbed9514fe9497dcddc52bd50b")
                .unwrap()
        )
    );
    assert_eq!(
        shared_secret("private-encrypted-1", b"3W1pfB/Etr+ZIlfMWwZP3gz8jEeCt4s2pe6Vpr+2c3M="),
        "6zeEp/chneRPS1cbK/hGeG860UhHomxSN6hTgzwT20I="
    );
}

#[test]
fn a_signature_in_another_form_is_refused() {
    let upper = sign("tofu", "123.456:test").to_uppercase();
    assert!(!verify("tofu", "123.456:test", &upper));
    assert!(!verify("tofu", "123.456:test", ""));
    assert!(!verify("tofu", "123.456:test", "not hex"));
}
