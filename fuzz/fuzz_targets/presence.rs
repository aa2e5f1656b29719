//! The members of a presence channel: the first line is the data of a `subscription_succeeded`,
//! each further one the data of a `member_added`, or after a '-' of a `member_removed`. What the
//! list says is compared with a plain map.
#![no_main]

use std::borrow::Cow;
use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use pusherws::protocol::envelope::Data;
use pusherws::protocol::presence::{self, Added, Member, Members};
use serde_json::value::RawValue;

type Model = BTreeMap<String, Option<String>>;

fn listed(members: &Members) -> Model {
    members.iter().map(|(id, info)| (id.to_owned(), info.map(str::to_owned))).collect()
}

fn check_list(members: &Members) {
    let ids: Vec<&str> = members.iter().map(|(id, _)| id).collect();
    assert!(ids.is_sorted() && ids.len() == members.len());
    for (id, info) in members.iter() {
        assert!(members.contains(id) && members.info(id) == info);
        if let Some(info) = info {
            let json: &RawValue = serde_json::from_str(info).expect("the info is JSON");
            assert_ne!(json.get(), "null");
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some(text) = pusherws_fuzz::text(bytes) else { return };
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    // Encoded once or twice makes no difference.
    let once = Members::parse(&Data::Json(first), None);
    let twice = Members::parse(&Data::Text(Cow::Borrowed(first)), None);
    assert_eq!(once, twice);
    let mut members = once.unwrap_or_default();
    check_list(&members);
    let mut model = listed(&members);
    for line in lines {
        if let Ok(id) = presence::user_id(line) {
            assert!(!id.is_empty());
            assert_eq!(presence::own_member(line).map(|member| member.id), Some(id));
        }
        let (data, leaves) = match line.strip_prefix('-') {
            Some(data) => (data, true),
            None => (line, false),
        };
        let Ok(member) = Member::parse(&Data::Json(data)) else { continue };
        if leaves {
            let known = model.remove(&member.id);
            let removed = members.remove(&member.id);
            assert_eq!(removed.map(|removed| removed.info), known);
        } else {
            let is_new = model.insert(member.id.clone(), member.info.clone()).is_none();
            let added = if is_new { Added::New } else { Added::Known };
            assert_eq!(members.add(member), added);
        }
        assert_eq!(listed(&members), model);
    }
    // What a client writes is what a server reads.
    let mut fields = text.splitn(2, '\n');
    let (id, info) = (fields.next().unwrap_or_default(), fields.next());
    if let Ok(data) = presence::channel_data(id, info) {
        assert_eq!(presence::user_id(&data).as_deref(), Ok(id));
        let own = presence::own_member(&data).expect("a member");
        assert_eq!(own.id, id);
        assert_eq!(own.info.as_deref(), info.map(str::trim).filter(|info| *info != "null"));
    }
});
