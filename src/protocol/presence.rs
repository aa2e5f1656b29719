//! Presence members: who is subscribed to a presence channel, and what is known about them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Error, Result, Status};
use crate::protocol::envelope::Data;

/// How many members of one channel are kept, and how many bytes of their ids and infos. The protocol
/// has 100 members; servers allow more, but one that sends them without end must not fill the memory.
pub const MAX_MEMBERS: usize = 100_000;
pub const MAX_MEMBER_BYTES: usize = 64 * 1024 * 1024;

/// The members of one presence channel, ordered by id.
///
/// A copy shares the texts.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Members {
    me: Option<String>,
    /// Id -> user info as JSON, where the server gave any.
    all: BTreeMap<Arc<str>, Option<Arc<str>>>,
    /// Of text.
    bytes: usize,
    /// Some had no room.
    left_out: bool,
}

/// What became of a member who was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    New,
    /// It was there; its info may be another now.
    Known,
    /// There is no room for it.
    Full,
}

/// One member of a presence channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub id: String,
    /// JSON, as the server sent it.
    pub info: Option<String>,
}

impl Members {
    /// Reads the `data` of a presence channel's `subscription_succeeded`. Servers leave out `ids`,
    /// or send `[]` where an empty `hash` is meant; either of the two tells who is there.
    pub fn parse(data: &Data<'_>, me: Option<String>) -> Result<Members> {
        #[derive(Deserialize)]
        struct Outer {
            presence: Option<Inner>,
        }
        #[derive(Deserialize)]
        struct Inner {
            #[serde(default)]
            ids: Option<Ids>,
            #[serde(default)]
            hash: Hash,
        }
        if matches!(data, Data::Absent) {
            return Ok(Members { me, ..Members::default() });
        }
        let outer: Outer = data.parse_object().map_err(|error| {
            Error::new(
                Status::Protocol,
                format!("the list of presence members is malformed: {error}"),
            )
        })?;
        let mut members = Members::default();
        if let Some(inner) = outer.presence {
            members = inner.hash.0;
            let Ids { list, left_out } = inner.ids.unwrap_or_default();
            members.left_out |= left_out;
            for Id(id) in list {
                if !members.contains(&id) {
                    members.insert(Arc::from(id), None);
                }
            }
        }
        Ok(Members { me, ..members })
    }

    /// The id this client subscribed with.
    pub fn me(&self) -> Option<&str> {
        self.me.as_deref()
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn contains(&self, id: &str) -> bool {
        self.all.contains_key(id)
    }

    /// A member's info, as JSON.
    pub fn info(&self, id: &str) -> Option<&str> {
        self.all.get(id)?.as_deref()
    }

    /// All members with their info, ordered by id.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.all.iter().map(|(id, info)| (&**id, info.as_deref()))
    }

    /// Whether there was room for every member so far.
    pub fn is_complete(&self) -> bool {
        !self.left_out
    }

    pub fn add(&mut self, member: Member) -> Added {
        self.insert(Arc::from(member.id), member.info.map(Arc::from))
    }

    fn insert(&mut self, id: Arc<str>, info: Option<Arc<str>>) -> Added {
        let has_room = self.all.len() < MAX_MEMBERS;
        let size = id.len() + info.as_deref().map_or(0, str::len);
        let added = match self.all.entry(id) {
            Entry::Occupied(mut known) => {
                let before = known.key().len() + known.get().as_deref().map_or(0, str::len);
                let bytes = self.bytes - before + size;
                if bytes <= MAX_MEMBER_BYTES {
                    known.insert(info);
                    self.bytes = bytes;
                    return Added::Known;
                }
                Added::Full
            }
            Entry::Vacant(place) if has_room && self.bytes + size <= MAX_MEMBER_BYTES => {
                place.insert(info);
                self.bytes += size;
                Added::New
            }
            Entry::Vacant(_) => Added::Full,
        };
        self.left_out |= added == Added::Full;
        added
    }

    /// The members of both, who are the same in none. Costs as much as the smaller of them.
    pub fn with(mut self, mut others: Members) -> Members {
        if self.len() < others.len() {
            std::mem::swap(&mut self.all, &mut others.all);
            std::mem::swap(&mut self.bytes, &mut others.bytes);
        }
        for (id, info) in others.all {
            self.insert(id, info);
        }
        self
    }

    /// What was known about the member, where it was there.
    pub fn remove(&mut self, id: &str) -> Option<Member> {
        let (id, info) = self.all.remove_entry(id)?;
        self.bytes -= id.len() + info.as_deref().map_or(0, str::len);
        Some(Member { id: id.to_string(), info: info.map(|info| info.to_string()) })
    }
}

impl Member {
    /// Reads the `data` of `member_added` and `member_removed`, which differ only in the info.
    pub fn parse(data: &Data<'_>) -> Result<Member> {
        #[derive(Deserialize)]
        struct Fields {
            user_id: Id,
            user_info: Option<Box<RawValue>>,
        }
        let fields: Fields = data.parse_object().map_err(|error| {
            Error::new(Status::Protocol, format!("a presence member is malformed: {error}"))
        })?;
        Ok(Member { id: fields.user_id.0, info: info(fields.user_info) })
    }
}

/// The user id inside `channel_data`, which the application or its authoriser wrote.
pub fn user_id(channel_data: &str) -> Result<String> {
    // All of it is read, so that whoever has an id here is a member there.
    let id = own_member(channel_data).map(|member| member.id).filter(|id| !id.is_empty());
    id.ok_or_else(|| {
        Error::new(
            Status::Argument,
            "channel_data has to be a JSON object with a user_id, such as \
             {\"user_id\":\"1\",\"user_info\":{\"name\":\"Ann\"}}",
        )
    })
}

/// The member that `channel_data` makes of its subscriber.
pub fn own_member(channel_data: &str) -> Option<Member> {
    Member::parse(&Data::Json(channel_data)).ok()
}

/// Writes `channel_data` for a user id and, where given, its info as JSON.
pub fn channel_data(user_id: &str, user_info: Option<&str>) -> Result<String> {
    if user_id.is_empty() {
        return Err(Error::new(Status::Argument, "the user id is empty"));
    }
    let id = serde_json::to_string(user_id).expect("a string always serialises");
    match user_info {
        None => Ok(format!(r#"{{"user_id":{id}}}"#)),
        Some(info) => {
            let info: &RawValue = serde_json::from_str(info).map_err(|error| {
                Error::new(
                    Status::Argument,
                    format!("the user info is not JSON ({error}); pass an object such as {{\"name\":\"Ann\"}}"),
                )
            })?;
            Ok(format!(r#"{{"user_id":{id},"user_info":{info}}}"#))
        }
    }
}

fn info(raw: Option<Box<RawValue>>) -> Option<String> {
    raw.map(|raw| String::from(Box::<str>::from(raw))).filter(|json| json != "null")
}

/// A user id: a string, or a number that stands for its digits.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Id(String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;

        impl Visitor<'_> for IdVisitor {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a user id (string or number)")
            }

            fn visit_str<E>(self, text: &str) -> Result<Id, E> {
                Ok(Id(text.to_owned()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Id, E> {
                Ok(Id(number.to_string()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Id, E> {
                Ok(Id(number.to_string()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Id, E> {
                Ok(Id(number.to_string()))
            }
        }

        deserializer.deserialize_any(IdVisitor)
    }
}

/// `ids`: as many as there can be room for.
#[derive(Default)]
struct Ids {
    list: Vec<Id>,
    left_out: bool,
}

impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdsVisitor;

        impl<'de> Visitor<'de> for IdsVisitor {
            type Value = Ids;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of user ids")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Ids, A::Error> {
                let mut ids = Ids::default();
                while ids.list.len() <= MAX_MEMBERS {
                    let Some(id) = seq.next_element()? else { return Ok(ids) };
                    ids.list.push(id);
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Ids { left_out: true, ..ids })
            }
        }

        deserializer.deserialize_seq(IdsVisitor)
    }
}

/// `hash`: an object from id to info; PHP servers write an empty one as `[]`.
#[derive(Default)]
struct Hash(Members);

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HashVisitor;

        impl<'de> Visitor<'de> for HashVisitor {
            type Value = Hash;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of user ids")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Hash, A::Error> {
                let mut members = Members::default();
                while let Some((id, raw)) = map.next_entry::<String, Box<RawValue>>()? {
                    members.insert(Arc::from(id), info(Some(raw)).map(Arc::from));
                }
                Ok(Hash(members))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Hash, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Hash::default())
            }

            fn visit_unit<E>(self) -> Result<Hash, E> {
                Ok(Hash::default())
            }
        }

        deserializer.deserialize_any(HashVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::envelope::Envelope;

    fn with<T>(json: &str, read: impl FnOnce(&Data<'_>) -> T) -> T {
        read(&Envelope::parse(&format!(r#"{{"event":"e","data":{json}}}"#)).unwrap().data)
    }

    fn members(json: &str) -> Vec<(String, Option<String>)> {
        let members = with(json, |data| Members::parse(data, None)).unwrap();
        members.iter().map(|(id, info)| (id.to_owned(), info.map(str::to_owned))).collect()
    }

    #[test]
    fn members_as_documented() {
        let json = r#""{\"presence\":{\"ids\":[\"1\",\"2\"],\"hash\":{\"1\":{\"name\":\"A\"},\"2\":null},\"count\":2}}""#;
        assert_eq!(
            members(json),
            [("1".into(), Some(r#"{"name":"A"}"#.into())), ("2".into(), None)]
        );
    }

    #[test]
    fn members_as_servers_really_send_them() {
        let two = [("1".to_owned(), None), ("2".to_owned(), None)];
        assert_eq!(members(r#"{"presence":{"ids":[1,"2"],"hash":[],"count":2}}"#), two);
        assert_eq!(members(r#"{"presence":{"hash":{"1":null,"2":null}}}"#), two);
        assert_eq!(members(r#"{"presence":{"ids":[],"hash":[],"count":0}}"#), []);
        assert_eq!(members(r#"{"presence":{"hash":null}}"#), []);
        assert_eq!(members(r#""{}""#), []);
        assert_eq!(members("null"), []);
        assert!(with(r#"{"presence":{"ids":7}}"#, |data| Members::parse(data, None)).is_err());
    }

    #[test]
    fn more_members_than_there_is_room_for_are_left_out() {
        let count = MAX_MEMBERS + 500;
        let ids: Vec<String> = (0..count).map(|n| format!("\"{n}\"")).collect();
        let hash: Vec<String> = ids.iter().map(|id| format!("{id}:null")).collect();
        let lists = [
            format!(r#"{{"presence":{{"ids":[{}],"hash":{{}}}}}}"#, ids.join(",")),
            format!(r#"{{"presence":{{"ids":null,"hash":{{{}}}}}}}"#, hash.join(",")),
        ];
        for list in lists {
            let mut members = Members::parse(&Data::Json(&list), None).unwrap();
            assert_eq!((members.len(), members.is_complete()), (MAX_MEMBERS, false));
            let member = |id: &str| Member { id: id.into(), info: None };
            assert_eq!(members.add(member("one more")), Added::Full);
            assert_eq!(members.add(member("7")), Added::Known);
            assert!(members.remove("7").is_some());
            assert_eq!(members.add(member("one more")), Added::New);
        }
    }

    #[test]
    fn large_infos_fill_a_list_too() {
        let mut members = Members::default();
        let info = format!("\"{}\"", "x".repeat(1 << 20));
        let member = |n: usize, info: &str| Member { id: n.to_string(), info: Some(info.into()) };
        let count = (0..100).filter(|n| members.add(member(*n, &info)) == Added::New).count();
        assert_eq!(count, (MAX_MEMBER_BYTES - 1) / (1 << 20));
        assert_eq!(members.add(member(1, &info.repeat(2))), Added::Full);
        assert_eq!(members.info("1"), Some(info.as_str()), "what was known is kept");
        for n in 0..100 {
            members.remove(&n.to_string());
        }
        assert_eq!((members.bytes, members.len()), (0, 0));
    }

    #[test]
    fn two_lists_become_one_in_either_order() {
        let list = |ids: std::ops::Range<usize>| {
            let mut members = Members::default();
            ids.for_each(|n| {
                assert_eq!(members.add(Member { id: n.to_string(), info: None }), Added::New)
            });
            members
        };
        assert_eq!(list(0..3).with(list(3..9)), list(0..9));
        assert_eq!(list(3..9).with(list(0..3)), list(0..9));
    }

    #[test]
    fn a_member_comes_with_and_without_info() {
        let added =
            with(r#""{\"user_id\":\"3\",\"user_info\":{\"n\":1}}""#, Member::parse).unwrap();
        assert_eq!((added.id.as_str(), added.info.as_deref()), ("3", Some(r#"{"n":1}"#)));
        let removed = with(r#"{"user_id":3}"#, Member::parse).unwrap();
        assert_eq!((removed.id.as_str(), removed.info), ("3", None));
        assert!(with("{}", Member::parse).is_err());
    }

    #[test]
    fn channel_data_is_written_and_read_back() {
        assert_eq!(channel_data("a\"b", None).unwrap(), r#"{"user_id":"a\"b"}"#);
        let data = channel_data("1", Some(r#"{"name":"Ann"}"#)).unwrap();
        assert_eq!(data, r#"{"user_id":"1","user_info":{"name":"Ann"}}"#);
        assert_eq!(user_id(&data).unwrap(), "1");
        assert_eq!(user_id(r#"{"user_id":10}"#).unwrap(), "10");
        assert!(user_id(r#"{"user_id":""}"#).is_err());
        assert!(user_id("{}").is_err() && user_id("nonsense").is_err());
        assert!(user_id("[1]").is_err(), "an array is no object");
        let twice = r#"{"user_info":1,"user_info":2,"user_id":3}"#;
        assert!(user_id(twice).is_err() && own_member(twice).is_none());
        assert!(channel_data("1", Some("{broken")).is_err());
        assert!(channel_data("", None).is_err());
    }
}
