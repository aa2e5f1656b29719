//! Channels and their subscribers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::channel::{self, Kind, USER_PREFIX};
use crate::faults::{Fault, How};
use crate::frames::{self, Data, Subscribe};
use crate::inner::Inner;
use crate::outbox::Item;
use crate::quirks::Refusal;
use crate::signature;

#[derive(Default)]
pub(crate) struct Channel {
    /// The connections, with the user id on presence channels.
    pub subscribers: BTreeMap<u64, Option<String>>,
    /// The members of a presence channel: users, each with one or more connections.
    pub members: BTreeMap<String, Member>,
    pub cached: Option<Cached>,
}

pub(crate) struct Member {
    pub info: Option<Box<RawValue>>,
    pub connections: BTreeSet<u64>,
}

/// The last event of a cache channel.
pub(crate) struct Cached {
    pub data: Data,
    /// The frame, ready to be sent.
    pub text: String,
    pub at: Instant,
}

/// Why a subscription is refused: what stands in `pusher:subscription_error`.
pub(crate) struct Refused {
    pub kind: String,
    pub error: String,
    pub status: u16,
}

impl Refused {
    fn unauthorized(error: &str) -> Refused {
        Refused { kind: "AuthError".to_owned(), error: error.to_owned(), status: 401 }
    }

    fn limit(error: String) -> Refused {
        Refused { kind: "LimitReached".to_owned(), error, status: 4009 }
    }
}

struct NewMember {
    user_id: String,
    info: Option<Box<RawValue>>,
}

enum Instead {
    Nothing,
    Refusal(Refused),
    Error(Option<u16>, String),
    Close(Option<u16>, String),
    Drop(How),
}

impl Inner {
    pub fn subscribe(&mut self, id: u64, request: Subscribe) {
        let Some(connection) = self.connections.get(&id) else { return };
        let socket_id = connection.socket_id.clone();
        let already = connection.channels.contains(&request.channel);
        match self.subscribe_fault(&socket_id, &request.channel) {
            Some(Instead::Nothing) => return,
            Some(Instead::Refusal(refused)) => return self.refuse(id, &request.channel, &refused),
            Some(Instead::Error(code, message)) => return self.send_error(id, code, &message),
            Some(Instead::Close(code, reason)) => return self.close(id, code, &reason),
            Some(Instead::Drop(how)) => return self.instruct(id, Item::Drop(how)),
            None => {}
        }
        if already {
            let message = format!("Existing subscription to channel {}", request.channel);
            return self.send_error(id, None, &message);
        }
        match self.check_subscription(id, &socket_id, &request) {
            Ok(member) => self.join(id, &request.channel, member),
            Err(refused) => self.refuse(id, &request.channel, &refused),
        }
    }

    fn subscribe_fault(&mut self, socket_id: &str, channel: &str) -> Option<Instead> {
        let is = |wanted: &Option<String>| wanted.as_deref().is_none_or(|name| name == channel);
        self.faults.take(Some(socket_id), |fault| match fault {
            Fault::IgnoreSubscribe { channel } if is(channel) => Some(Instead::Nothing),
            Fault::RefuseSubscribe { channel, kind, error, status } if is(channel) => {
                let refused = Refused { kind: kind.clone(), error: error.clone(), status: *status };
                Some(Instead::Refusal(refused))
            }
            Fault::ErrorOnSubscribe { channel, code, message } if is(channel) => {
                Some(Instead::Error(*code, message.clone()))
            }
            Fault::CloseOnSubscribe { channel, code, reason } if is(channel) => {
                Some(Instead::Close(*code, reason.clone()))
            }
            Fault::DropOnSubscribe { channel, how } if is(channel) => Some(Instead::Drop(*how)),
            _ => None,
        })
    }

    fn refuse(&mut self, id: u64, channel: &str, refused: &Refused) {
        let (event, data) = match self.config.quirks.refusal {
            Refusal::SubscriptionError => {
                let Refused { kind, error, status } = refused;
                let data = serde_json::json!({ "type": kind, "error": error, "status": status });
                ("pusher:subscription_error", Data::Value(data))
            }
            Refusal::InternalSubscriptionError => {
                ("pusher_internal:subscription_error", Data::Text("{}".to_owned()))
            }
            Refusal::Error4009 => return self.send_error(id, Some(4009), &refused.error),
            Refusal::ErrorNullCode => return self.send_error(id, None, &refused.error),
        };
        self.send(id, &frames::event(event, Some(channel), &data, None));
    }

    fn check_subscription(
        &self,
        id: u64,
        socket_id: &str,
        request: &Subscribe,
    ) -> Result<Option<NewMember>, Refused> {
        let name = &request.channel;
        let limits = &self.config.limits;
        if let Some(error) = channel::name_error(name, limits.channel_name) {
            return Err(Refused { kind: "ChannelError".to_owned(), error, status: 4009 });
        }
        let no_app = || Refused::unauthorized("The connection has no application.");
        let connection = self.connections.get(&id).ok_or_else(no_app)?;
        let app = &self.apps[connection.app.ok_or_else(no_app)?];
        let kind = Kind::of(name);
        let user_id = connection.user.as_ref().map(|user| user.id.as_str());
        if kind == Kind::User && user_id != name.strip_prefix(USER_PREFIX) {
            return Err(Refused::unauthorized("The connection is not signed in as this user."));
        }
        if !kind.needs_auth() {
            return Ok(None);
        }
        let channel_data = request.channel_data.as_deref().filter(|_| kind.is_presence());
        let signed = signature::channel_string(socket_id, name, channel_data);
        let valid = request.auth.as_deref().and_then(|auth| auth.split_once(':')).is_some_and(
            |(key, sig)| key == app.app.key && signature::verify(&app.app.secret, &signed, sig),
        );
        if !valid {
            return Err(Refused::unauthorized("The connection is unauthorized."));
        }
        if !kind.is_presence() {
            return Ok(None);
        }
        let member = match (channel_data, &connection.user) {
            (Some(data), _) => new_member(data, limits.presence_user_bytes)?,
            (None, Some(user)) => NewMember { user_id: user.id.clone(), info: user.info.clone() },
            (None, None) => return Err(Refused::unauthorized("channel_data is missing.")),
        };
        let members = app.channels.get(name).map(|channel| &channel.members);
        if members.is_some_and(|members| {
            members.len() >= limits.presence_members && !members.contains_key(&member.user_id)
        }) {
            let max = limits.presence_members;
            return Err(Refused::limit(format!("A presence channel holds {max} members.")));
        }
        Ok(Some(member))
    }

    fn join(&mut self, id: u64, name: &str, member: Option<NewMember>) {
        let Some(app) = self.app_of(id) else { return };
        let kind = Kind::of(name);
        self.change(id, |connection| {
            connection.channels.insert(name.to_owned());
            connection.authorized |= kind.needs_auth();
        });
        let quirks = self.config.quirks.clone();
        let channel = self.apps[app].channels.entry(name.to_owned()).or_default();
        let others: Vec<u64> = channel.subscribers.keys().copied().collect();
        channel.subscribers.insert(id, member.as_ref().map(|m| m.user_id.clone()));
        let before = quirks.empty_hash_as_array.then(|| presence_data(channel, &quirks));
        let mut added = None;
        if let Some(NewMember { user_id, info }) = member {
            #[derive(Serialize)]
            struct Added<'a> {
                user_id: Value,
                #[serde(skip_serializing_if = "Option::is_none")]
                user_info: Option<&'a RawValue>,
            }
            if let Some(member) = channel.members.get_mut(&user_id) {
                member.connections.insert(id);
            } else {
                let user_info = info.as_deref();
                let added_data =
                    Added { user_id: frames::user_id_value(&user_id, &quirks), user_info };
                added = Some(frames::to_json(&added_data));
                let connections = BTreeSet::from([id]);
                channel.members.insert(user_id, Member { info, connections });
            }
        }
        let data = if kind.is_presence() {
            let json = before.unwrap_or_else(|| presence_data(channel, &quirks));
            frames::wrapped(json, &quirks)
        } else if quirks.succeeded_without_data {
            Data::None
        } else {
            Data::Text("{}".to_owned())
        };
        let event = "pusher_internal:subscription_succeeded";
        self.send(id, &frames::event(event, Some(name), &data, None));
        if let Some(json) = added {
            let event = "pusher_internal:member_added";
            let text = frames::event(event, Some(name), &Data::Text(json), None);
            self.send_all(&others, &text);
        }
        if kind.is_cache() {
            self.send_cached(id, app, name);
        }
        self.send_count(app, name);
    }

    fn send_cached(&mut self, id: u64, app: usize, name: &str) {
        let ttl = self.config.limits.cache_ttl;
        let cached = self.apps[app].channels.get(name).and_then(|channel| channel.cached.as_ref());
        let text = match cached.filter(|cached| cached.at.elapsed() < ttl) {
            Some(cached) => cached.text.clone(),
            None => {
                let data = match self.config.quirks.cache_miss_with_data {
                    true => Data::Text("{}".to_owned()),
                    false => Data::None,
                };
                frames::event("pusher:cache_miss", Some(name), &data, None)
            }
        };
        self.send(id, &text);
    }

    fn send_count(&mut self, app: usize, name: &str) {
        if !self.apps[app].app.subscription_count || Kind::of(name).is_presence() {
            return;
        }
        let Some(channel) = self.apps[app].channels.get(name) else { return };
        let json = format!("{{\"subscription_count\":{}}}", channel.subscribers.len());
        let event = "pusher_internal:subscription_count";
        let text = frames::event(event, Some(name), &Data::Text(json), None);
        self.broadcast(Some(app), name, &text, None);
    }

    pub fn unsubscribe(&mut self, id: u64, name: &str) {
        let quirks = self.config.quirks.clone();
        self.change(id, |connection| {
            connection.channels.remove(name);
        });
        let Some(app) = self.app_of(id) else { return };
        let Some(channel) = self.apps[app].channels.get_mut(name) else { return };
        let Some(user_id) = channel.subscribers.remove(&id) else { return };
        let mut removed = None;
        if let Some(user_id) = user_id
            && let Some(member) = channel.members.get_mut(&user_id)
        {
            member.connections.remove(&id);
            if member.connections.is_empty() {
                channel.members.remove(&user_id);
                let id = frames::user_id_value(&user_id, &quirks);
                removed = Some(serde_json::json!({ "user_id": id }).to_string());
            }
        }
        if channel.subscribers.is_empty() && channel.cached.is_none() {
            self.apps[app].channels.remove(name);
        }
        if let Some(json) = removed {
            let event = "pusher_internal:member_removed";
            let text = frames::event(event, Some(name), &Data::Text(json), None);
            self.broadcast(Some(app), name, &text, None);
        }
        self.send_count(app, name);
    }
}

fn new_member(channel_data: &str, max_bytes: usize) -> Result<NewMember, Refused> {
    #[derive(Deserialize)]
    struct ChannelData {
        user_id: Value,
        user_info: Option<Box<RawValue>>,
    }
    let data: ChannelData = serde_json::from_str(channel_data)
        .map_err(|e| Refused::unauthorized(&format!("channel_data can't be read: {e}")))?;
    let user_id = frames::user_id_of(&data.user_id)
        .ok_or_else(|| Refused::unauthorized("channel_data has no valid user_id."))?;
    if data.user_info.as_ref().is_some_and(|info| info.get().len() > max_bytes) {
        return Err(Refused::limit(format!("user_info is larger than {max_bytes} bytes.")));
    }
    Ok(NewMember { user_id, info: data.user_info })
}

fn presence_data(channel: &Channel, quirks: &crate::Quirks) -> String {
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Hash<'a> {
        Members(BTreeMap<&'a str, Option<&'a RawValue>>),
        Empty([u8; 0]),
    }
    #[derive(Serialize)]
    struct Presence<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        ids: Option<Vec<Value>>,
        hash: Hash<'a>,
        count: usize,
    }
    #[derive(Serialize)]
    struct Succeeded<'a> {
        presence: Presence<'a>,
    }
    let ids = || channel.members.keys().map(|id| frames::user_id_value(id, quirks)).collect();
    let hash = if channel.members.is_empty() && quirks.empty_hash_as_array {
        Hash::Empty([])
    } else {
        let members = channel.members.iter();
        Hash::Members(members.map(|(id, m)| (id.as_str(), m.info.as_deref())).collect())
    };
    let ids = (!quirks.presence_without_ids).then(ids);
    frames::to_json(&Succeeded { presence: Presence { ids, hash, count: channel.members.len() } })
}
