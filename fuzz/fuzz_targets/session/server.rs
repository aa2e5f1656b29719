//! What a server and an endpoint send: frames and answers, proper and improper ones.

use arbitrary::Arbitrary;
use pusherws::error::Error;
use pusherws::protocol::authorization::ChannelAuth;
use pusherws::protocol::channel::ChannelName;
use pusherws::protocol::encrypted::{ChannelKey, MasterKey};
use serde_json::{Value, json};

pub const CHANNELS: [&str; 6] =
    ["a", "private-b", "presence-c", "cache-d", "private-encrypted-e", "presence-f"];

pub const ENCRYPTED: &str = "private-encrypted-e";

pub const MASTER_KEY: &str = "OHRXNUZRTG5pUTFzQlFGd3J3N3Q2VFZFc0paZDEweVk=";

/// Of another channel.
pub const OTHER_KEY: &str = "iBvNoPVYwByqSfg6anjPpEQ2j051b3rt1Vmnb+z5doo=";

#[derive(Arbitrary, Debug)]
pub enum Body<'a> {
    Permit { data: bool, key: u8 },
    Batch { channels: Vec<u8>, status: Option<u16> },
    User(u8),
    Text(&'a str),
}

#[derive(Arbitrary, Debug)]
pub enum Frame<'a> {
    Established {
        once: bool,
        second: u8,
        timeout: i16,
    },
    Error {
        once: bool,
        code: Option<u16>,
        text: &'a str,
    },
    Succeeded {
        channel: u8,
        once: bool,
        members: Option<Vec<u8>>,
    },
    Refused {
        channel: u8,
        kind: &'a str,
        status: i32,
    },
    MemberAdded {
        channel: u8,
        id: u8,
        info: Option<&'a str>,
    },
    MemberRemoved {
        channel: u8,
        id: u8,
    },
    Count {
        channel: u8,
        count: i64,
    },
    CacheMiss(u8),
    Message {
        channel: Option<u8>,
        name: &'a str,
        data: &'a str,
        user: Option<u8>,
    },
    Encrypted {
        key: u8,
        text: &'a str,
    },
    SignedIn(Option<&'a str>),
    Watchlist(Vec<(bool, Vec<u8>)>),
    Online(Vec<u8>),
    Ping,
    Pong,
    /// One of the protocol's names, with anything in it.
    Named {
        name: u8,
        channel: Option<u8>,
        data: &'a str,
        raw: bool,
    },
    Raw(&'a str),
}

pub const NAMES: [&str; 14] = [
    "pusher:connection_established",
    "pusher:error",
    "pusher_internal:subscription_succeeded",
    "pusher:subscription_error",
    "pusher_internal:subscription_error",
    "pusher_internal:member_added",
    "pusher_internal:member_removed",
    "pusher_internal:subscription_count",
    "pusher:cache_miss",
    "pusher:signin_success",
    "pusher_internal:watchlist_events",
    "pusher:unknown",
    "online",
    "offline",
];

pub fn channel(number: u8) -> &'static str {
    CHANNELS[usize::from(number) % CHANNELS.len()]
}

pub fn name(number: u8) -> ChannelName {
    ChannelName::new(channel(number)).expect("a channel's name")
}

pub fn key_text(number: u8) -> Option<String> {
    match number % 3 {
        0 => None,
        1 => Some(MasterKey::from_base64(MASTER_KEY).ok()?.channel_key(ENCRYPTED).to_base64()),
        _ => Some(OTHER_KEY.to_owned()),
    }
}

pub fn permit(data: bool, key: u8) -> Result<ChannelAuth, Error> {
    let data = data.then(|| r#"{"user_id":"me"}"#.to_owned());
    ChannelAuth::new("k:s", data, key_text(key).as_deref())
}

impl Body<'_> {
    pub fn text(&self) -> String {
        let fields = |data: bool, key: u8| {
            let mut fields = json!({ "auth": "k:s" });
            if data {
                fields["channel_data"] = r#"{"user_id":1}"#.into();
            }
            if let Some(key) = key_text(key) {
                fields["shared_secret"] = key.into();
            }
            fields
        };
        match self {
            Body::Permit { data, key } => fields(*data, *key).to_string(),
            Body::Batch { channels, status } => {
                let mut all = json!({});
                for number in channels {
                    all[channel(*number)] = match status {
                        Some(status) if number % 2 == 0 => json!({ "status": status }),
                        Some(status) => json!({ "status": status, "data": fields(true, *number) }),
                        None => fields(true, *number),
                    };
                }
                all.to_string()
            }
            Body::User(id) => {
                json!({ "auth": "k:s", "user_data": json!({ "id": id }).to_string() }).to_string()
            }
            Body::Text(text) => (*text).to_owned(),
        }
    }
}

/// An envelope whose data is encoded once or twice.
pub fn envelope(event: &str, channel: Option<&str>, data: Option<Value>, once: bool) -> String {
    let mut frame = json!({ "event": event });
    if let Some(channel) = channel {
        frame["channel"] = channel.into();
    }
    if let Some(data) = data {
        frame["data"] = if once { data } else { data.to_string().into() };
    }
    frame.to_string()
}

impl Frame<'_> {
    pub fn text(&self) -> String {
        match self {
            Frame::Established { once, second, timeout } => {
                let socket_id = format!("1.{second}");
                let data = json!({ "socket_id": socket_id, "activity_timeout": timeout });
                envelope(NAMES[0], None, Some(data), *once)
            }
            Frame::Error { once, code, text } => {
                let data = json!({ "code": code, "message": text });
                envelope(NAMES[1], None, Some(data), *once)
            }
            Frame::Succeeded { channel: number, once, members } => {
                let list = |ids: &Vec<u8>| {
                    let hash: serde_json::Map<String, Value> =
                        ids.iter().map(|id| (id.to_string(), json!({ "n": id }))).collect();
                    json!({ "presence": { "ids": ids, "hash": hash, "count": ids.len() } })
                };
                envelope(NAMES[2], Some(channel(*number)), members.as_ref().map(list), *once)
            }
            Frame::Refused { channel: number, kind, status } => {
                let data = json!({ "type": kind, "error": "no", "status": status });
                envelope(NAMES[3], Some(channel(*number)), Some(data), true)
            }
            Frame::MemberAdded { channel: number, id, info } => {
                let data = json!({ "user_id": id, "user_info": info });
                envelope(NAMES[5], Some(channel(*number)), Some(data), false)
            }
            Frame::MemberRemoved { channel: number, id } => {
                let data = json!({ "user_id": id.to_string() });
                envelope(NAMES[6], Some(channel(*number)), Some(data), false)
            }
            Frame::Count { channel: number, count } => {
                let data = json!({ "subscription_count": count });
                envelope(NAMES[7], Some(channel(*number)), Some(data), false)
            }
            Frame::CacheMiss(number) => envelope(NAMES[8], Some(channel(*number)), None, true),
            Frame::Message { channel: number, name, data, user } => {
                let mut frame = json!({ "event": name, "data": data });
                if let Some(number) = number {
                    frame["channel"] = channel(*number).into();
                }
                if let Some(user) = user {
                    frame["user_id"] = (*user).into();
                }
                frame.to_string()
            }
            Frame::Encrypted { key, text } => {
                let key = key_text((*key).max(1)).unwrap_or_else(|| OTHER_KEY.to_owned());
                let key = ChannelKey::from_base64(&key).expect("a key");
                let data = serde_json::from_str(&key.encrypt(&[1; 24], text)).expect("JSON");
                envelope("e", Some(ENCRYPTED), Some(data), false)
            }
            Frame::SignedIn(user) => {
                let data = user.map(|user| json!({ "user_data": user }));
                envelope(NAMES[9], None, data, true)
            }
            Frame::Watchlist(events) => {
                let event = |(online, ids): &(bool, Vec<u8>)| json!({ "name": if *online { "online" } else { "offline" }, "user_ids": ids });
                let events: Vec<Value> = events.iter().map(event).collect();
                envelope(NAMES[10], None, Some(json!({ "events": events })), false)
            }
            Frame::Online(ids) => envelope("online", None, Some(json!({ "user_ids": ids })), true),
            Frame::Ping => r#"{"event":"pusher:ping"}"#.to_owned(),
            Frame::Pong => r#"{"event":"pusher:pong","data":"{}"}"#.to_owned(),
            Frame::Named { name, channel: number, data, raw } => {
                let event = NAMES[usize::from(*name) % NAMES.len()];
                let data = if *raw { (*data).to_owned() } else { json!(data).to_string() };
                match number {
                    None => format!(r#"{{"event":"{event}","data":{data}}}"#),
                    Some(number) => format!(
                        r#"{{"event":"{event}","channel":"{}","data":{data}}}"#,
                        channel(*number)
                    ),
                }
            }
            Frame::Raw(text) => (*text).to_owned(),
        }
    }
}
