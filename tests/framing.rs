//! WebSocket frames, right and wrong, in pieces of every size: against the rules of RFC 6455, and against
//! what tungstenite makes of the same bytes.

use std::future::poll_fn;
use std::io::{self, Cursor, Read, Write};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use proptest::prelude::*;
use pusherws::engine::websocket::{Incoming, Socket};
use pusherws::protocol::frames::{self, Broken, Message, Outgoing, Reader};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_tungstenite::tungstenite;
use tungstenite::protocol::{Role, WebSocketConfig};

const LIMIT: usize = 100_000;

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// A frame as a server sends it; `first` has the opcode and, in its high bits, all that it should not.
fn raw(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..=125 => frame.push(short as u8),
        middle @ 126..=0xffff => {
            frame.push(126);
            frame.extend_from_slice(&(middle as u16).to_be_bytes());
        }
        long => {
            frame.push(127);
            frame.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

fn last(opcode: u8, payload: &[u8]) -> Vec<u8> {
    raw(0x80 | opcode, payload)
}

fn part(opcode: u8, payload: &[u8]) -> Vec<u8> {
    raw(opcode, payload)
}

#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<u16>, String),
    Broken(Broken),
}

impl From<Message<'_>> for Seen {
    fn from(message: Message<'_>) -> Seen {
        match message {
            Message::Text(text) => Seen::Text(text.to_owned()),
            Message::Binary(bytes) => Seen::Binary(bytes.to_vec()),
            Message::Ping(bytes) => Seen::Ping(bytes.to_vec()),
            Message::Pong(bytes) => Seen::Pong(bytes.to_vec()),
            Message::Close(code, reason) => Seen::Close(code, reason.to_owned()),
        }
    }
}

/// What the reader makes of these bytes, given in pieces of this size; until the first that ends all.
fn read(bytes: &[u8], piece: usize) -> Vec<Seen> {
    let mut reader = Reader::new(LIMIT);
    let mut there = Vec::new();
    let mut seen = Vec::new();
    for piece in bytes.chunks(piece) {
        there.extend_from_slice(piece);
        loop {
            let head = match reader.head(&there) {
                Ok(Some(head)) if there.len() >= head.frame_size() => head,
                Ok(_) => break,
                Err(broken) => {
                    seen.push(Seen::Broken(broken));
                    return seen;
                }
            };
            let frame: Vec<u8> = there.drain(..head.frame_size()).collect();
            if !reader.completes(&head) {
                if let Err(broken) = reader.keep(&head, &frame) {
                    seen.push(Seen::Broken(broken));
                    return seen;
                }
                continue;
            }
            let message = reader.message(&head, &frame);
            seen.push(message.map_or_else(Seen::Broken, Seen::from));
            if matches!(seen.last(), Some(Seen::Broken(_) | Seen::Close(..))) {
                return seen;
            }
        }
        reader.settle();
    }
    seen
}

/// The same in pieces of many sizes.
fn read_all_ways(bytes: &[u8]) -> Vec<Seen> {
    let whole = read(bytes, bytes.len().max(1));
    for piece in [1, 2, 3, 7, 64, 1000] {
        assert_eq!(read(bytes, piece), whole, "in pieces of {piece}");
    }
    whole
}

fn text(text: &str) -> Seen {
    Seen::Text(text.to_owned())
}

#[test]
fn messages_in_one_frame_of_every_length() {
    for length in [0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537, LIMIT] {
        let payload = "x".repeat(length);
        assert_eq!(read_all_ways(&last(TEXT, payload.as_bytes())), [text(&payload)]);
        let bytes = last(BINARY, payload.as_bytes());
        assert_eq!(read_all_ways(&bytes), [Seen::Binary(payload.into_bytes())]);
    }
    let long_length = [0x81, 127, 0, 0, 0, 0, 0, 0, 0, 2, b'h', b'i'];
    assert_eq!(read_all_ways(&long_length), [text("hi")], "longer than it has to be, and allowed");
}

#[test]
fn fragments_make_a_message_and_control_frames_may_come_between() {
    let bytes = [
        part(TEXT, b"Hel"),
        last(PING, b"between"),
        part(CONTINUATION, b""),
        last(PONG, b""),
        last(CONTINUATION, b"lo"),
        part(BINARY, b"\x00"),
        last(CONTINUATION, b"\xff"),
        last(TEXT, b"next"),
    ];
    let expected = [
        Seen::Ping(b"between".to_vec()),
        Seen::Pong(Vec::new()),
        text("Hello"),
        Seen::Binary(vec![0, 255]),
        text("next"),
    ];
    assert_eq!(read_all_ways(&bytes.concat()), expected);
}

#[test]
fn a_character_may_be_cut_by_fragments_but_has_to_be_one() {
    let whole = "aé€😀z".as_bytes();
    for cut in 0..=whole.len() {
        let bytes = [part(TEXT, &whole[..cut]), last(CONTINUATION, &whole[cut..])].concat();
        assert_eq!(read_all_ways(&bytes), [text("aé€😀z")], "cut at {cut}");
    }
    let wrong: [&[u8]; 7] = [
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",     // a surrogate
        b"\xf4\x90\x80\x80", // beyond the last character
        b"caf\xc3",          // cut at the end
        b"\x80",
        b"0123456789abcdef\xe2\x82",
    ];
    for payload in wrong {
        assert_eq!(read_all_ways(&last(TEXT, payload)), [Seen::Broken(Broken::Utf8)]);
        let (left, right) = payload.split_at(payload.len() / 2);
        let bytes = [part(TEXT, left), last(CONTINUATION, right)].concat();
        assert_eq!(read_all_ways(&bytes), [Seen::Broken(Broken::Utf8)]);
        assert_eq!(read_all_ways(&last(BINARY, payload)), [Seen::Binary(payload.to_vec())]);
    }
}

/// What ends the connection, and a word of why.
fn assert_protocol_error(bytes: &[u8], word: &str) {
    match read_all_ways(bytes).last() {
        Some(Seen::Broken(Broken::Protocol(why))) => assert!(why.contains(word), "{why}: {word}"),
        other => panic!("{other:?} instead of an error about {word}"),
    }
}

#[test]
fn what_rfc_6455_forbids_is_an_error() {
    for bits in [0x10, 0x20, 0x40, 0x70] {
        assert_protocol_error(&raw(0x80 | bits | TEXT, b"x"), "reserved bits");
        assert_protocol_error(&raw(0x80 | bits | PING, b""), "reserved bits");
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        assert_protocol_error(&last(opcode, b"x"), "reserved kind");
    }
    assert_protocol_error(&[0x81, 0x81, 0, 0, 0, 0, b'x'], "masks");
    for opcode in [CLOSE, PING, PONG] {
        assert_protocol_error(&part(opcode, b""), "control frame");
        assert_protocol_error(&last(opcode, &[b'x'; 126]), "control frame");
    }
    assert_protocol_error(&last(CONTINUATION, b"x"), "fragments");
    assert_protocol_error(&part(CONTINUATION, b"x"), "fragments");
    assert_protocol_error(&[part(TEXT, b"a"), last(TEXT, b"b")].concat(), "fragments");
    assert_protocol_error(&[part(TEXT, b"a"), part(BINARY, b"b")].concat(), "fragments");
    let over = [part(TEXT, b"a"), last(CONTINUATION, b"b"), last(CONTINUATION, b"c")].concat();
    assert_protocol_error(&over, "fragments");
    assert_protocol_error(&last(CLOSE, b"\x03"), "half a code");
    for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535_u16] {
        assert_protocol_error(&last(CLOSE, &code.to_be_bytes()), "must not be sent");
    }
}

#[test]
fn a_server_may_close_with_any_code_that_may_be_sent() {
    for code in [1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4000, 4200, 4999_u16] {
        let payload = [&code.to_be_bytes(), "wegen Ümbau".as_bytes()].concat();
        let expected = Seen::Close(Some(code), "wegen Ümbau".to_owned());
        assert_eq!(read_all_ways(&last(CLOSE, &payload)), [expected]);
    }
    assert_eq!(read_all_ways(&last(CLOSE, b"")), [Seen::Close(None, String::new())]);
    let wrong = [&1000_u16.to_be_bytes(), b"\xff".as_slice()].concat();
    assert_eq!(read_all_ways(&last(CLOSE, &wrong)), [Seen::Broken(Broken::Utf8)]);
}

#[test]
fn a_message_beyond_the_limit_is_refused_by_its_head() {
    let too_large = [Seen::Broken(Broken::TooLarge(LIMIT))];
    let claims = |length: u64| [&[0x81, 127], length.to_be_bytes().as_slice()].concat();
    for length in [LIMIT as u64 + 1, u64::from(u32::MAX), 1 << 63, u64::MAX] {
        assert_eq!(read_all_ways(&claims(length)), too_large, "{length}");
    }
    assert_eq!(read_all_ways(&claims(LIMIT as u64)), []);
    let half = "x".repeat(LIMIT / 2 + 1);
    let halves = [part(TEXT, half.as_bytes()), last(CONTINUATION, half.as_bytes())].concat();
    assert_eq!(read_all_ways(&halves), too_large);
    // Each message for itself.
    let whole = [part(TEXT, b""), last(CONTINUATION, half.as_bytes()), last(TEXT, half.as_bytes())];
    assert_eq!(read(&whole.concat(), 1000), [text(&half), text(&half)]);
}

/// Bytes to read, and nowhere to write.
struct Bytes(Cursor<Vec<u8>>);

impl Read for Bytes {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Read::read(&mut self.0, buf)
    }
}

impl Write for Bytes {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What tungstenite makes of these bytes: messages, and whether they end with an error.
fn read_by_tungstenite(bytes: Vec<u8>) -> (Vec<Seen>, bool) {
    let config =
        WebSocketConfig::default().max_message_size(Some(LIMIT)).max_frame_size(Some(LIMIT));
    let stream = Bytes(Cursor::new(bytes));
    let mut socket = tungstenite::WebSocket::from_raw_socket(stream, Role::Client, Some(config));
    let mut seen = Vec::new();
    loop {
        seen.push(match socket.read() {
            Ok(tungstenite::Message::Text(text)) => Seen::Text(text.to_string()),
            Ok(tungstenite::Message::Binary(bytes)) => Seen::Binary(bytes.to_vec()),
            Ok(tungstenite::Message::Ping(bytes)) => Seen::Ping(bytes.to_vec()),
            Ok(tungstenite::Message::Pong(bytes)) => Seen::Pong(bytes.to_vec()),
            Ok(tungstenite::Message::Close(frame)) => {
                let (code, reason) = match frame {
                    Some(frame) => (Some(u16::from(frame.code)), frame.reason.to_string()),
                    None => (None, String::new()),
                };
                seen.push(Seen::Close(code, reason));
                return (seen, false);
            }
            Ok(tungstenite::Message::Frame(_)) => unreachable!("only with frames asked for"),
            // The end of the bytes.
            Err(tungstenite::Error::Protocol(
                tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
            )) => return (seen, false),
            Err(_) => return (seen, true),
        });
    }
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => ".{0,40}".prop_map(String::into_bytes),
        2 => proptest::collection::vec(any::<u8>(), 0..60),
        1 => (100_usize..300).prop_map(|length| vec![b'x'; length]),
        1 => (60_000_usize..70_000).prop_map(|length| vec![b'y'; length]),
    ]
}

fn some_frame() -> impl Strategy<Value = Vec<u8>> {
    let right = prop_oneof![
        4 => payload().prop_map(|payload| last(TEXT, &payload)),
        1 => payload().prop_map(|payload| last(BINARY, &payload)),
        2 => payload().prop_map(|payload| part(TEXT, &payload)),
        2 => payload().prop_map(|payload| part(CONTINUATION, &payload)),
        3 => payload().prop_map(|payload| last(CONTINUATION, &payload)),
        1 => "[a-z]{0,9}".prop_map(|payload| last(PING, payload.as_bytes())),
        1 => "[a-z]{0,9}".prop_map(|payload| last(PONG, payload.as_bytes())),
    ];
    let wrong = (any::<u8>(), payload()).prop_map(|(first, payload)| raw(first, &payload));
    prop_oneof![12 => right, 1 => wrong]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn the_same_as_tungstenite(
        frames in proptest::collection::vec(some_frame(), 0..12),
        piece in 1_usize..5000,
    ) {
        let bytes = frames.concat();
        let mut ours = read(&bytes, piece);
        let (mut theirs, failed) = read_by_tungstenite(bytes);
        let broken = matches!(ours.last(), Some(Seen::Broken(_)));
        if broken {
            ours.pop();
            // It takes any code for a reason to close; RFC 6455 does not.
            if matches!(theirs.last(), Some(Seen::Close(..))) {
                theirs.pop();
            } else {
                prop_assert!(failed, "we refuse what they take");
            }
        } else {
            prop_assert!(!failed, "they refuse what we take");
        }
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn what_we_write_a_server_reads(texts in proptest::collection::vec(".{0,400}", 0..6)) {
        let mut bytes = Vec::new();
        for (number, text) in texts.iter().enumerate() {
            frames::write(&mut bytes, Outgoing::Text(text), (number as u32 * 77_777).to_ne_bytes());
        }
        frames::write(&mut bytes, Outgoing::Pong(b"there"), [1, 2, 3, 4]);
        frames::write(&mut bytes, Outgoing::Close(Some(1000)), [9, 8, 7, 6]);
        let stream = Bytes(Cursor::new(bytes));
        let mut server = tungstenite::WebSocket::from_raw_socket(stream, Role::Server, None);
        for text in &texts {
            let received = server.read().unwrap().into_text().unwrap();
            prop_assert_eq!(received.as_str(), text);
        }
        prop_assert_eq!(server.read().unwrap(), tungstenite::Message::Pong("there".into()));
        prop_assert!(server.read().unwrap().is_close());
    }
}

/// A socket, and the server's end of it.
fn socket(read: &[u8]) -> (Socket<DuplexStream>, DuplexStream) {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    (Socket::new(ours, read.to_vec(), LIMIT), theirs)
}

/// The next thing that comes in, as one who need not keep it.
async fn next(socket: &mut Socket<DuplexStream>) -> String {
    poll_fn(|cx| {
        socket.poll_read(cx).map(|incoming| match incoming {
            Incoming::Text(text) => text.to_owned(),
            Incoming::Binary => "(binary)".to_owned(),
            Incoming::Control => "(control)".to_owned(),
            Incoming::Ended(ended) => format!("{ended:?}"),
        })
    })
    .await
}

/// What the server receives, unmasked: opcode and payload of each frame.
async fn received(server: &mut DuplexStream, frames: usize) -> Vec<(u8, Vec<u8>)> {
    let mut all = Vec::new();
    for _ in 0..frames {
        let mut head = [0; 2];
        server.read_exact(&mut head).await.unwrap();
        assert_eq!(head[0] & 0xf0, 0x80);
        assert_eq!(head[1] & 0x80, 0x80, "a client masks");
        let mut mask = [0; 4];
        server.read_exact(&mut mask).await.unwrap();
        let mut payload = vec![0; usize::from(head[1] & 0x7f)];
        server.read_exact(&mut payload).await.unwrap();
        payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
        all.push((head[0] & 0x0f, payload));
    }
    all
}

#[tokio::test]
async fn what_came_behind_the_handshake_is_not_lost() {
    let bytes = [last(TEXT, b"first"), last(TEXT, b"second")].concat();
    for cut in 0..bytes.len() {
        let (mut socket, mut server) = socket(&bytes[..cut]);
        server.write_all(&bytes[cut..]).await.unwrap();
        assert_eq!(next(&mut socket).await, "first");
        assert_eq!(next(&mut socket).await, "second");
    }
}

#[tokio::test]
async fn the_last_of_many_pings_is_answered_before_what_is_sent_later() {
    let (mut socket, mut server) = socket(&[]);
    for n in 0..100 {
        server.write_all(&last(PING, format!("ping {n}").as_bytes())).await.unwrap();
    }
    for _ in 0..100 {
        assert_eq!(next(&mut socket).await, "(control)");
    }
    poll_fn(|cx| socket.poll_write(cx)).await.unwrap();
    socket.send("hello");
    poll_fn(|cx| socket.poll_write(cx)).await.unwrap();
    let expected = [(PONG, b"ping 99".to_vec()), (TEXT, b"hello".to_vec())];
    assert_eq!(received(&mut server, 2).await, expected);
}

#[tokio::test]
async fn the_server_is_told_why_the_connection_ends() {
    let cases: [(Vec<u8>, u16, &str); 4] = [
        (last(CLOSE, &[&4200_u16.to_be_bytes(), b"again".as_slice()].concat()), 4200, "again"),
        (last(TEXT, b"\xff"), 1007, "UTF-8"),
        (last(3, b""), 1002, "reserved kind"),
        (vec![0x81, 127, 0, 0, 0, 0, 1, 0, 0, 0], 1009, "pusher_config_set_max_message_size"),
    ];
    for (bytes, code, word) in cases {
        let (mut socket, mut server) = socket(&[]);
        server.write_all(&bytes).await.unwrap();
        let ended = next(&mut socket).await;
        assert!(ended.contains(word), "{ended}");
        socket.send("too late");
        socket.acknowledge().await;
        assert_eq!(received(&mut server, 1).await, [(CLOSE, code.to_be_bytes().to_vec())]);
        assert_eq!(server.read(&mut [0; 10]).await.unwrap(), 0, "and nothing else");
    }
    let (mut socket, mut server) = socket(&last(CLOSE, b""));
    next(&mut socket).await;
    socket.acknowledge().await;
    assert_eq!(received(&mut server, 1).await, [(CLOSE, Vec::new())]);
}

async fn poll_once(future: &mut (impl Future<Output = ()> + Unpin)) -> Poll<()> {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx))).await
}

#[tokio::test]
async fn a_goodbye_sends_what_is_left_and_waits_for_the_server() {
    let (mut socket, mut server) = socket(&[]);
    socket.send("last words");
    let mut goodbye = std::pin::pin!(socket.goodbye(1000));
    let expected = [(TEXT, b"last words".to_vec()), (CLOSE, 1000_u16.to_be_bytes().to_vec())];
    assert!(poll_once(&mut goodbye).await.is_pending());
    assert_eq!(received(&mut server, 2).await, expected);
    assert!(poll_once(&mut goodbye).await.is_pending());
    // What was under way is passed over.
    server.write_all(&last(TEXT, b"news")).await.unwrap();
    server.write_all(&last(CLOSE, &1000_u16.to_be_bytes())).await.unwrap();
    goodbye.await;
    assert_eq!(server.read(&mut [0; 10]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_goodbye_sends_all_to_a_server_that_reads_slowly() {
    let (ours, mut server) = tokio::io::duplex(1024);
    let mut socket = Socket::new(ours, Vec::new(), LIMIT);
    let frames = 300;
    (0..frames).for_each(|_| socket.send(&"x".repeat(125)));
    let reads = async {
        let mut pace = tokio::time::interval(Duration::from_millis(10));
        let mut all = Vec::new();
        for _ in 0..frames {
            // Longer, all in all, than a goodbye waits for a server that does nothing.
            pace.tick().await;
            all.extend(received(&mut server, 1).await);
        }
        assert!(all.iter().all(|(opcode, payload)| *opcode == TEXT && payload.len() == 125));
        assert_eq!(received(&mut server, 1).await, [(CLOSE, 1000_u16.to_be_bytes().to_vec())]);
        server.write_all(&last(CLOSE, &1000_u16.to_be_bytes())).await.unwrap();
        assert_eq!(server.read(&mut [0; 10]).await.unwrap(), 0);
    };
    tokio::join!(socket.goodbye(1000), reads);
}

#[tokio::test]
async fn a_goodbye_ends_where_the_server_reads_nothing() {
    let (ours, _server) = tokio::io::duplex(1024);
    let mut socket = Socket::new(ours, Vec::new(), LIMIT);
    socket.send(&"x".repeat(2000));
    let ended = tokio::time::timeout(Duration::from_secs(60), socket.goodbye(1000)).await;
    assert!(ended.is_ok(), "it waits without end");
}

#[tokio::test]
async fn an_end_without_a_close_frame_is_an_end() {
    for bytes in [Vec::new(), part(TEXT, b"half"), last(TEXT, b"whole")[..3].to_vec()] {
        let (mut socket, server) = socket(&bytes);
        drop(server);
        let ended = next(&mut socket).await;
        assert!(ended.contains("1006"), "{ended}");
    }
}
