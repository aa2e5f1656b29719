//! Presence members: who comes and who goes.

use std::sync::Arc;

use crate::error::{Error, Status};
use crate::protocol::channel::ChannelName;
use crate::protocol::envelope::Envelope;
use crate::protocol::presence::{Added, MAX_MEMBER_BYTES, MAX_MEMBERS, Member, Members};
use crate::session::Session;
use crate::session::event::{Event, EventKind, Sink, View};
use crate::session::subscriptions::Subscription;
use crate::session::time::Time;

impl Session {
    pub(super) fn member_added(&mut self, envelope: &Envelope<'_>, sink: &mut dyn Sink) {
        let Some((subscription, member)) = self.member_of(envelope, sink) else { return };
        let Some(members) = &mut subscription.members else { return };
        let was_complete = members.is_complete();
        let added = Arc::make_mut(members).add(member.clone());
        if added == Added::Full {
            if was_complete {
                sink.event(&Event::error(&too_many()).on(&subscription.name));
            }
            return;
        }
        let count = members.len();
        sink.view(View::MemberAdded { name: &subscription.name, member: &member });
        // Back before the leaving was told: nothing has happened.
        let came_back = subscription.missing.remove(&member.id).is_some();
        if added == Added::New && !came_back {
            let info = member.info.as_deref();
            let event = member_event(EventKind::MemberAdded, &member.id, info, count);
            sink.event(&event.on(&subscription.name));
        }
    }

    pub(super) fn member_removed(&mut self, envelope: &Envelope<'_>, sink: &mut dyn Sink) {
        let Some((subscription, member)) = self.member_of(envelope, sink) else { return };
        let Some(members) = &mut subscription.members else { return };
        if let Some(Member { id, info }) = Arc::make_mut(members).remove(&member.id) {
            let count = members.len();
            sink.view(View::MemberRemoved { name: &subscription.name, id: &id });
            let event = member_event(EventKind::MemberRemoved, &id, info.as_deref(), count);
            sink.event(&event.on(&subscription.name));
        }
    }

    fn member_of(
        &mut self,
        envelope: &Envelope<'_>,
        sink: &mut dyn Sink,
    ) -> Option<(&mut Subscription, Member)> {
        let name = envelope.channel.as_deref().unwrap_or_default();
        let subscription = self.subscriptions.get_mut(name)?;
        match Member::parse(&envelope.data) {
            Ok(member) => Some((subscription, member)),
            Err(error) => {
                sink.event(&Event::error(&error).on(&subscription.name));
                None
            }
        }
    }
}

impl Subscription {
    /// Who was there, as far as the application has been told.
    pub fn known_members(&mut self) -> Option<Members> {
        let known = self.members.take().map(Arc::unwrap_or_clone)?;
        Some(known.with(std::mem::take(&mut self.missing)))
    }
}

/// Told once for each list.
pub(super) fn too_many() -> Error {
    let text = format!(
        "the channel has more members than are kept here ({MAX_MEMBERS}, or {} MiB of ids and \
         infos); the others are neither listed nor told of",
        MAX_MEMBER_BYTES >> 20
    );
    Error::new(Status::TooLarge, text)
}

/// After a reconnect: tells who joined meanwhile, and returns who is missing.
pub(super) fn tell_joined(
    channel: &ChannelName,
    mut before: Members,
    after: &Members,
    sink: &mut dyn Sink,
) -> Members {
    for (id, info) in after.iter() {
        if before.remove(id).is_none() {
            let event = member_event(EventKind::MemberAdded, id, info, after.len());
            sink.event(&event.on(channel));
        }
    }
    before
}

impl Session {
    /// Tells of those who have not come back in time after a reconnect.
    pub(super) fn tell_left(&mut self, now: Time, sink: &mut dyn Sink) {
        while let Some(channel) = self.subscriptions.grace.pop_due(now) {
            let Some(subscription) = self.subscriptions.get_mut(channel.as_str()) else { continue };
            // Put off by a later list.
            if let Some(later) = subscription.gone_at.filter(|gone_at| *gone_at > now) {
                self.subscriptions.grace.push(later, channel);
                continue;
            }
            subscription.gone_at = None;
            let count = subscription.members.as_ref().map_or(0, |members| members.len());
            for (id, info) in std::mem::take(&mut subscription.missing).iter() {
                let event = member_event(EventKind::MemberRemoved, id, info, count);
                sink.event(&event.on(&channel));
            }
        }
    }
}

fn member_event<'a>(
    kind: EventKind,
    id: &'a str,
    info: Option<&'a str>,
    count: usize,
) -> Event<'a> {
    let name = match kind {
        EventKind::MemberAdded => "pusher:member_added",
        _ => "pusher:member_removed",
    };
    let event = Event::new(kind, name);
    let event = match info {
        Some(json) => event.with_text(json),
        None => event,
    };
    Event { user_id: Some(id), value: i64::try_from(count).unwrap_or(i64::MAX), ..event }
}
