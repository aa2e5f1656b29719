use proptest::prelude::*;

use super::*;

/// Whether the frame was scanned; it then has to be what serde_json reads. The memory holds what
/// another frame left in it.
fn scanned(frame: &str) -> bool {
    let mut scratch = Scratch::default();
    scratch.for_frame(&"x".repeat(2 * frame.len() + 100)).fill(0xff);
    let Some(envelope) = scan(frame, &mut scratch) else { return false };
    match Envelope::parse(frame) {
        Ok(parsed) => assert_eq!(envelope, parsed, "{frame}"),
        Err(error) => panic!("scanned, and refused by serde_json ({error}): {frame}"),
    }
    true
}

#[test]
fn ordinary_frames_of_every_server_are_scanned() {
    for frame in [
        r#"{"event":"price","channel":"private-prices","data":"{\"bid\":\"1.0831\"}"}"#,
        r#"{"event":"price","data":"{\"a\":\"x\\ny\"}","channel":"prices"}"#,
        r#"{"event":"App\\Events\\Shipped","data":"{\"name\":\"Zo\\u00eb\"}","channel":"a"}"#,
        r#" { "event" : "e" , "channel" : "c" , "data" : "plain" , "user_id" : "7" } "#,
        r#"{"event":"client-typing","channel":"presence-x","data":"{}","user_id":42}"#,
        r#"{"event":"e","channel":null,"data":null,"user_id":null}"#,
        r#"{"event":"e","channel":"c","data":true,"serial":17,"message_id":"a\/b"}"#,
        r#"{"event":"e","channel":"c","data":"\ud83d\ude00 \u00e9 \u20ac \b\f\n\r\t\/\\"}"#,
        r#"{"event":"日本","channel":"c","data":"привет \"мир\" 😀"}"#,
        r#"{"event":"e"}"#,
        r#"{"event":"","channel":"","data":""}"#,
    ] {
        assert!(scanned(frame), "left to serde_json: {frame}");
    }
}

#[test]
fn what_is_unusual_or_wrong_is_left_to_serde_json() {
    for frame in [
        "",
        "{",
        "{}",
        "[]",
        r#""e""#,
        r#"{"event":"e""#,
        r#"{"event":"e"}}"#,
        r#"{"event":"e"} x"#,
        r#"{"event":"e",}"#,
        r#"{,"event":"e"}"#,
        r#"{"event" "e"}"#,
        r#"{"event":"e" "data":1}"#,
        r#"{"event":"e";"data":1}"#,
        r#"{event:"e"}"#,
        r#"{"data":"no event"}"#,
        r#"{"event":null}"#,
        r#"{"event":7}"#,
        r#"{"event":"e","channel":7}"#,
        r#"{"event":"e","event":"f"}"#,
        r#"{"event":"e","data":1,"data":2}"#,
        r#"{"event":"e","ev\u0065nt":"f"}"#,
        r#"{"event":"e","data":{"a":1}}"#,
        r#"{"event":"e","data":[1]}"#,
        r#"{"event":"e","data":1.5}"#,
        r#"{"event":"e","data":1e5}"#,
        r#"{"event":"e","data":01}"#,
        r#"{"event":"e","data":-}"#,
        r#"{"event":"e","data":1234567890123456789}"#,
        r#"{"event":"e","data":nul}"#,
        r#"{"event":"e","data":nullx}"#,
        r#"{"event":"e","data":"\ud800"}"#,
        r#"{"event":"e","data":"\udc00"}"#,
        r#"{"event":"e","data":"\ud800\ud800"}"#,
        r#"{"event":"e","data":"\ud800x"}"#,
        r#"{"event":"e","data":"\u12"}"#,
        r#"{"event":"e","data":"\u+123"}"#,
        r#"{"event":"e","data":"\x"}"#,
        r#"{"event":"e","data":"\"#,
        r#"{"event":"e","data":"\""#,
        "{\"event\":\"e\",\"data\":\"a\nb\"}",
        "{\"event\":\"e\",\"data\":\"\\\"a\nb\"}",
        "{\"event\":\"e\",\"a\u{0}b\":1}",
        "\u{feff}{\"event\":\"e\"}",
        "{\u{a0}\"event\":\"e\"}",
    ] {
        assert!(!scanned(frame), "scanned: {frame}");
    }
}

#[test]
fn a_string_is_right_wherever_its_escapes_and_its_end_fall() {
    for before in 0..40 {
        for after in 0..40 {
            for special in ["\\\"", "\\\\", "\\u20ac", "\\ud83d\\ude00", "é", "😀", "\\n\\n", ""]
            {
                let text = format!("{}{special}{}", "a".repeat(before), "b".repeat(after));
                assert!(scanned(&format!(r#"{{"event":"e","data":"{text}"}}"#)));
                assert!(scanned(&format!(r#"{{"data":"{text}","event":"{text}"}}"#)));
            }
        }
    }
}

#[test]
fn every_prefix_of_a_frame_is_left_to_serde_json() {
    let frame = r#"{"event":"App\\E","channel":"c","data":"{\"a\":\"\u00e9\"}","user_id":12}"#;
    for end in 0..frame.len() {
        assert!(!scanned(&frame[..end]), "scanned: {}", &frame[..end]);
    }
    assert!(scanned(frame));
}

#[test]
fn the_memory_of_a_large_frame_is_given_back() {
    let mut scratch = Scratch::default();
    let text = "\\\"".repeat(KEPT_BYTES);
    let large = format!(r#"{{"event":"e","data":"{text}"}}"#);
    assert!(scan(&large, &mut scratch).is_some());
    assert!(scan(r#"{"event":"e","data":"\""}"#, &mut scratch).is_some());
    assert!(scratch.0.capacity() <= KEPT_BYTES);
}

/// Pieces from which strings are made, whole ones and broken ones.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => "[ -~]{0,24}".prop_map(|text| text.replace(['"', '\\'], "\\\"")),
        4 => prop::sample::select(vec![
            "\\\"", "\\\\", "\\/", "\\n", "\\u0041", "\\u00e9", "\\uD83D\\uDE00", "\\\"a\\\":\\\"b\\\",",
            "é", "€", "😀",
        ]).prop_map(str::to_owned),
        1 => prop::sample::select(vec![
            "\\ud800", "\\udc00", "\\u00", "\\x", "\\", "\"", "\n", "\u{0}", "\u{7f}", "\\u0000",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => text().prop_map(|text| format!("\"{text}\"")),
        2 => prop::sample::select(vec![
            "null", "true", "false", "0", "-0", "12", "-7", "007", "1.5", "1e3", "-", "nul",
            "123456789012345678901", "{}", "[]", "{\"a\":[1,{}]}", "[1,]", "", "\"",
        ]).prop_map(str::to_owned),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => prop::sample::select(vec!["event", "channel", "data", "user_id"])
            .prop_map(str::to_owned),
        2 => prop::sample::select(vec!["name", "serial", "events", "dat", "e\\u0076ent", ""])
            .prop_map(str::to_owned),
        1 => text(),
    ]
}

fn frame() -> impl Strategy<Value = String> {
    let space = || prop::sample::select(vec!["", "", "", "", " ", "\n\t", "\u{a0}"]);
    let field = (key(), space(), value(), space())
        .prop_map(|(key, before, value, after)| format!("\"{key}\":{before}{value}{after}"));
    let end = prop::sample::select(vec!["}", "}", "}", "}", "} ", "", ",}", "}x", "}}"]);
    (space(), prop::collection::vec(field, 0..6), end).prop_map(|(space, fields, end)| {
        format!("{space}{{{space}\"event\":\"e\",{}{end}", fields.join(",")).replace(",}", "}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_scanned_is_what_serde_json_reads(frame in frame()) {
        scanned(&frame);
    }

    #[test]
    fn one_byte_changed_is_read_as_serde_json_reads_it(
        frame in frame(),
        at in any::<prop::sample::Index>(),
        byte in prop_oneof![
            prop::sample::select(b"\"\\{}[],: \n0u\x00\x1f".to_vec()), any::<u8>()
        ],
    ) {
        let mut bytes = frame.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(frame) = String::from_utf8(bytes) {
            scanned(&frame);
        }
    }
}
