//! Encrypted channels: events are decrypted in order, also while a key is fetched anew.

use std::collections::VecDeque;
use std::time::Duration;

use crate::error::{Error, Result, Status};
use crate::protocol::channel::{ChannelName, shown};
use crate::protocol::encrypted::ChannelKey;
use crate::protocol::envelope::{Data, Envelope};
use crate::session::Session;
use crate::session::authorizing::Subject;
use crate::session::config::Authorizer;
use crate::session::event::{ChannelState, DataFormat, Event, EventKind, Sink};
use crate::session::time::Time;

/// Events that may wait for a key, and their bytes. A server that sends garbage must not fill the
/// memory.
const MAX_WAITING: usize = 1000;
const MAX_WAITING_BYTES: usize = 16 * 1024 * 1024;

/// After a fetch that did not help. A server that sends garbage must not make a client ask its
/// authoriser without end.
const NOT_AGAIN_FOR: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Encryption {
    pub key: Option<ChannelKey>,
    /// The last fetch did not help, and nothing has been decrypted since: events that fail until
    /// then are lost at once.
    not_before: Option<Time>,
    /// Some while the key is being fetched anew: one fetch for a channel at a time.
    waiting: Option<VecDeque<Waiting>>,
}

/// An event that waits, as it came.
#[derive(Debug)]
struct Waiting {
    name: String,
    data: String,
}

impl Encryption {
    fn has_just_failed(&self, now: Time) -> bool {
        self.not_before.is_some_and(|not_before| now < not_before)
    }
}

impl Waiting {
    fn len(&self) -> usize {
        self.name.len() + self.data.len()
    }
}

impl Session {
    /// An event on an encrypted channel. Names are in clear, the data is not.
    pub(super) fn encrypted_message(
        &mut self,
        now: Time,
        channel: &ChannelName,
        envelope: &Envelope<'_>,
        sink: &mut dyn Sink,
    ) {
        let can_fetch = self.can_fetch_key(channel);
        let Some(subscription) = self.subscriptions.get_mut(channel.as_str()) else { return };
        let encryption = &mut subscription.encryption;
        let event = || Waiting {
            name: envelope.event.to_string(),
            data: envelope.data.as_text().unwrap_or("null").to_owned(),
        };
        if let Some(waiting) = &mut encryption.waiting {
            let bytes = waiting.iter().map(Waiting::len).sum::<usize>();
            if waiting.len() < MAX_WAITING && bytes < MAX_WAITING_BYTES {
                waiting.push_back(event());
            } else {
                let text = "too many events wait for the key of this channel; one was dropped";
                let error = Error::new(Status::QueueFull, text);
                decryption_error(channel, &envelope.event, &error, sink);
            }
            return;
        }
        let decrypted = decrypt(encryption.key.as_ref(), &envelope.data);
        match decrypted {
            Ok(plain) => {
                encryption.not_before = None;
                deliver(channel, &envelope.event, &plain, sink);
            }
            Err(error) if !can_fetch || encryption.has_just_failed(now) => {
                decryption_error(channel, &envelope.event, &error, sink);
            }
            Err(_) => {
                encryption.waiting = Some(VecDeque::from([event()]));
                self.authorize(now, Subject::Key(channel.clone()), sink);
            }
        }
    }

    /// A key of one's own making would be the same again.
    fn can_fetch_key(&self, channel: &ChannelName) -> bool {
        matches!(self.config.authorizer, Authorizer::Endpoint(_) | Authorizer::Application { .. })
            && self.subscriptions.state(channel.as_str()) == Some(ChannelState::Subscribed)
    }

    /// The key has been fetched anew, or could not be. The event that asked for it gets one more
    /// try; if one of those behind it fails after others were decrypted, the key may have changed
    /// again meanwhile.
    pub(super) fn key_fetched(
        &mut self,
        now: Time,
        channel: &ChannelName,
        fetched: Result<Option<ChannelKey>>,
        sink: &mut dyn Sink,
    ) {
        let Some(subscription) = self.subscriptions.get_mut(channel.as_str()) else { return };
        let encryption = &mut subscription.encryption;
        let mut waiting = encryption.waiting.take().unwrap_or_default();
        let failed = match fetched {
            Ok(key) => {
                encryption.key = key;
                None
            }
            Err(error) => Some(error),
        };
        let mut first = true;
        while let Some(event) = waiting.pop_front() {
            match decrypt(encryption.key.as_ref(), &Data::Json(&event.data)) {
                Ok(plain) => {
                    encryption.not_before = None;
                    deliver(channel, &event.name, &plain, sink);
                }
                Err(error) if first || failed.is_some() || encryption.has_just_failed(now) => {
                    encryption.not_before = Some(now + NOT_AGAIN_FOR);
                    let error = failed.as_ref().unwrap_or(&error);
                    decryption_error(channel, &event.name, error, sink);
                }
                Err(_) => {
                    waiting.push_front(event);
                    encryption.waiting = Some(waiting);
                    return self.authorize(now, Subject::Key(channel.clone()), sink);
                }
            }
            first = false;
        }
    }

    /// The connection is gone, and with it the fetch: what waited for it is told as lost.
    pub(super) fn fail_waiting_for_keys(&mut self, error: &Error, sink: &mut dyn Sink) {
        for subscription in self.subscriptions.all_mut() {
            for event in subscription.encryption.waiting.take().unwrap_or_default() {
                decryption_error(&subscription.name, &event.name, error, sink);
            }
        }
    }
}

fn decrypt(key: Option<&ChannelKey>, data: &Data<'_>) -> Result<String> {
    match key {
        Some(key) => key.decrypt(data),
        None => Err(Error::new(Status::Decryption, "there is no key for this channel yet")),
    }
}

fn deliver(channel: &ChannelName, name: &str, plain: &str, sink: &mut dyn Sink) {
    let event = Event::new(EventKind::Message, name).with_text(plain).on(channel);
    sink.event(&Event { data_format: DataFormat::Text, ..event });
}

fn decryption_error(channel: &ChannelName, name: &str, error: &Error, sink: &mut dyn Sink) {
    let text = format!("the event '{}' was lost: {}", shown(name), error.message());
    let error = Error::new(error.status(), text).with_code(error.code());
    sink.event(
        &Event {
            kind: EventKind::DecryptionError,
            name: "pusher:decryption_error",
            ..Event::error(&error)
        }
        .on(channel),
    );
}
