//! What must not be seen is taken out of texts that are: logs, dumps.
//!
//! Three nets, one behind the other: what is called by the name of a secret, what looks like one, and
//! what is known to be one.

use serde_json::Value;

/// What stands in the place of a secret.
pub const REDACTED: &str = "[redacted]";

/// JSON in a string in JSON, and so on: deeper than this nobody writes.
const MAX_DEPTH: usize = 6;

/// Shorter values of headers and parameters are no secrets, and would be found everywhere.
const MIN_SECRET: usize = 6;

/// A text, most often a sentence, without what looks like a secret.
pub fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !is_word(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        out.push_str(before);
        // After the name of a scheme comes what it is about.
        let names_it = after_scheme(&out);
        out.push_str(if names_it || looks_secret(word) { REDACTED } else { word });
        rest = after;
    }
    out + rest
}

/// A frame or any other JSON: its secrets are taken out by their names, too. None where it is no JSON,
/// and so nobody can say what is in it.
pub fn json(json: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(json).ok()?;
    walk(&mut value, MAX_DEPTH);
    Some(value.to_string())
}

/// Takes out what is known to be a secret, as it is and as JSON writes it.
pub fn erase(text: &mut String, secret: &str) {
    if secret.is_empty() {
        return;
    }
    if text.contains(secret) {
        *text = text.replace(secret, REDACTED);
    }
    let escaped: String = secret.escape_debug().collect();
    if escaped != secret && text.contains(&escaped) {
        *text = text.replace(&escaped, REDACTED);
    }
    erase_beginning(text, secret);
    let mut written = secret.to_owned();
    // As it stands in JSON, and in JSON in JSON.
    for _ in 0..2 {
        let quoted = Value::from(written).to_string();
        written = quoted[1..quoted.len() - 1].to_owned();
        if written != secret && text.contains(&written) {
            *text = text.replace(&written, REDACTED);
        }
    }
}

/// Where a text was cut, only the beginning of a secret may be left.
fn erase_beginning(text: &mut String, secret: &str) {
    let mut from = 0;
    while let Some(place) = text[from..].find('…').map(|place| from + place) {
        let lengths = (MIN_SECRET.min(secret.len())..=secret.len()).rev();
        let mut parts = lengths.filter_map(|length| secret.get(..length));
        if let Some(part) = parts.find(|part| text[..place].ends_with(part)) {
            text.replace_range(place - part.len()..place, REDACTED);
            from = place - part.len() + REDACTED.len();
        } else {
            from = place;
        }
        from += '…'.len_utf8();
    }
}

/// The same for a value that may be a secret, unless it is too short to be one.
pub fn erase_value(text: &mut String, value: &str) {
    for part in value.split([' ', ',', ';']).chain([value]) {
        if part.len() >= MIN_SECRET {
            erase(text, part);
        }
    }
}

fn walk(value: &mut Value, depth: usize) {
    if depth == 0 {
        *value = REDACTED.into();
        return;
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if names_secret(key) {
                    *value = REDACTED.into();
                } else {
                    walk(value, depth - 1);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| walk(value, depth - 1)),
        Value::String(inner) => {
            let container = matches!(inner.trim_start().as_bytes().first(), Some(b'{' | b'['));
            *inner = match serde_json::from_str::<Value>(inner) {
                Ok(mut nested) if container => {
                    walk(&mut nested, depth - 1);
                    nested.to_string()
                }
                // It may be JSON that only a more patient reader reads.
                _ if container => REDACTED.to_owned(),
                _ => text(inner),
            };
        }
        _ => {}
    }
}

fn names_secret(key: &str) -> bool {
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    let parts = [
        "secret",
        "token",
        "passw",
        "passphrase",
        "signature",
        "cookie",
        "credential",
        "apikey",
        "privatekey",
        "accesskey",
        "masterkey",
        "session",
        "jwt",
        "authoriz",
    ];
    matches!(plain.as_str(), "auth" | "sig" | "pwd" | "pin")
        || plain.ends_with("auth")
        || parts.iter().any(|part| plain.contains(part))
}

/// What tokens, keys and signatures are made of.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_' | '-' | '.')
}

fn after_scheme(before: &str) -> bool {
    let trimmed = before.trim_end_matches([' ', ':']);
    let word = trimmed.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    trimmed.len() < before.len()
        && ["bearer", "basic", "digest"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme))
}

fn looks_secret(word: &str) -> bool {
    // A signature (64) or a digest (32).
    let hex = |part: &str| part.len() >= 32 && part.bytes().all(|b| b.is_ascii_hexdigit());
    let base64 = |part: &str| {
        part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_'))
    };
    // 32 bytes, as keys are; with its end mark, or it could be a path or a name.
    let key = word.strip_suffix('=').is_some_and(|key| key.len() >= 43 && base64(key));
    let jwt = word.starts_with("eyJ") && word.len() >= 20;
    key || jwt || word.split(['/', '=', '.', '-', '_', '+']).any(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str = "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4";
    const KEY: &str = "OHRXNUZRTG5pUTFzQlFGd3J3N3Q2VFZFc0paZDEweVk=";

    #[test]
    fn sentences_keep_all_but_what_looks_like_a_secret() {
        for plain in [
            "connecting to wss://ws-eu.pusher.com:443/app/278d425bdf160c739803?protocol=7",
            "'private-encrypted-orders-of-the-northern-warehouse_17' is not subscribed",
            "pong after 12.5 ms, socket id 1234.5678, HTTP status 403, presence-cache-a=b@c,d;e",
        ] {
            assert_eq!(text(plain), plain);
        }
        assert_eq!(text(&format!("auth key:{SIGNATURE}, no")), "auth key:[redacted], no");
        assert_eq!(text(&format!("secret={SIGNATURE}")), "[redacted]");
        assert_eq!(text(&format!("({KEY})")), "([redacted])");
        assert_eq!(text("Authorization: Bearer abc"), "Authorization: Bearer [redacted]");
        assert_eq!(text("with eyJhbGciOiJIUzI1NiJ9.e30.c2ln end"), "with [redacted] end");
    }

    #[test]
    fn json_is_searched_by_name_however_deep_it_is_written() {
        let nested =
            r#"{"event":"e","data":"{\"a\":{\"apiKey\":\"x\",\"n\":1},\"list\":[{\"pwd\":2}]}"}"#;
        let clean = r#"{"data":"{\"a\":{\"apiKey\":\"[redacted]\",\"n\":1},\"list\":[{\"pwd\":\"[redacted]\"}]}","event":"e"}"#;
        assert_eq!(json(nested).unwrap(), clean);
        for name in ["auth", "X-Auth", "shared_secret", "access_token", "passWord", "Authorization"]
        {
            let shown = json(&format!(r#"{{"{name}":{{"deep":["planted"]}}}}"#)).unwrap();
            assert!(!shown.contains("planted"), "{shown}");
        }
        for name in ["author", "authority", "channel", "user_id"] {
            let shown = json(&format!(r#"{{"{name}":"kept"}}"#)).unwrap();
            assert!(shown.contains("kept"), "{shown}");
        }
        assert_eq!(json("no JSON"), None);
        assert_eq!(json(r#"["{broken"]"#).unwrap(), r#"["[redacted]"]"#);
    }

    #[test]
    fn what_is_known_is_taken_out_however_it_is_written() {
        let mut text = r#"a"b and a\"b and a\\\"b and "#.to_owned();
        erase(&mut text, r#"a"b"#);
        assert_eq!(text, "[redacted] and [redacted] and [redacted] and ");
        let mut text = "Bearer t0ken-value, v=1".to_owned();
        erase_value(&mut text, "Bearer t0ken-value");
        erase_value(&mut text, "1");
        erase_value(&mut text, "");
        assert_eq!(text, "[redacted] [redacted], v=1");
    }

    #[test]
    fn half_of_a_secret_before_a_cut_is_one() {
        let mut text = "said 'top-sec… and top-secret… and to… and top-sec…".to_owned();
        erase(&mut text, "top-secret");
        assert_eq!(text, "said '[redacted]… and [redacted]… and to… and [redacted]…");
        let mut text = "…äöü…".to_owned();
        erase(&mut text, "äöüß");
        assert_eq!(text, "…[redacted]…");
    }
}
