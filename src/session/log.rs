//! What a session does, told as events for people, where the configuration asks for it.
//!
//! What the application hears in any case is told by a sink in front of its own, so that each line
//! stands at its place; what else is worth a line is noted, and told when the session has done its
//! work. Without a log neither is there.

use std::sync::Arc;
use std::time::Duration;

use crate::error::Status;
use crate::protocol::redact;
use crate::session::Session;
use crate::session::config::Authorizer;
use crate::session::event::{ConnectionState, Event, EventKind, Sink, View};

/// Of a frame, or of any other line, so much is shown.
const MAX_LINE: usize = 1000;

/// How much is told. Each level includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// What the client has given up.
    Error = 1,
    /// What went wrong, and is tried again.
    Warn = 2,
    /// Connecting, changes of state, subscriptions.
    Info = 3,
    /// Every decision, request, ping and authorisation.
    Debug = 4,
    /// Every frame.
    Trace = 5,
}

/// That there is a log, and what must not be in it.
#[derive(Debug)]
pub(super) struct Log {
    level: LogLevel,
    authorizer: Authorizer,
}

impl Log {
    pub fn new(level: LogLevel, authorizer: &Authorizer) -> Arc<Log> {
        Arc::new(Log { level, authorizer: authorizer.clone() })
    }

    fn wants(&self, level: LogLevel) -> bool {
        level <= self.level
    }
}

/// Something worth a line that no event is about.
#[derive(Debug)]
pub(super) struct Note {
    level: LogLevel,
    text: String,
}

/// The application's sink, with lines between its events.
struct Logging<'a> {
    log: Arc<Log>,
    sink: &'a mut dyn Sink,
}

impl Sink for Logging<'_> {
    fn event(&mut self, event: &Event<'_>) {
        if let Some((level, text)) = line(event).filter(|(level, _)| self.log.wants(*level)) {
            self.tell(level, text, event.channel);
        }
        self.sink.event(event);
    }

    fn view(&mut self, view: View<'_>) {
        self.sink.view(view);
    }
}

impl Logging<'_> {
    fn tell_all(&mut self, notes: &mut Vec<Note>) {
        for Note { level, text } in std::mem::take(notes) {
            self.tell(level, text, None);
        }
    }

    fn tell(&mut self, level: LogLevel, mut text: String, channel: Option<&str>) {
        self.log.authorizer.erase_secrets(&mut text);
        let mut text = redact::text(&text);
        shorten(&mut text);
        let event = Event::new(EventKind::Log, "pusher:log").with_text(&text);
        self.sink.event(&Event { value: level as i64, channel, ..event });
    }
}

impl Session {
    /// Does some work, and tells what there is to log about it.
    #[inline]
    pub(super) fn logged<T>(
        &mut self,
        sink: &mut dyn Sink,
        work: impl FnOnce(&mut Session, &mut dyn Sink) -> T,
    ) -> T {
        let Some(log) = self.log.clone() else { return work(self, sink) };
        let mut logging = Logging { log, sink };
        logging.tell_all(&mut self.notes);
        let done = work(self, &mut logging);
        logging.tell_all(&mut self.notes);
        done
    }

    #[inline]
    pub(super) fn logs(&self, level: LogLevel) -> bool {
        self.log.as_ref().is_some_and(|log| log.wants(level))
    }

    /// To be told when the work is done, or before the next one is begun.
    pub(super) fn note(&mut self, level: LogLevel, text: impl FnOnce(&Session) -> String) {
        if self.logs(level) {
            let text = text(self);
            self.notes.push(Note { level, text });
        }
    }

    pub(super) fn note_frame(&mut self, what: &str, frame: &str) {
        self.note(LogLevel::Trace, |_| {
            let bytes = frame.len();
            match redact::json(frame) {
                Some(json) => format!("{what} {bytes} bytes: {json}"),
                // Nobody can say what is in it.
                None => format!("{what} {bytes} bytes that are no JSON"),
            }
        });
    }
}

/// What an event is worth in the log. Messages are there as frames.
fn line(event: &Event<'_>) -> Option<(LogLevel, String)> {
    let channel = event.channel.unwrap_or_default();
    let request = event.request;
    let failed = || {
        let text = event.data.unwrap_or_default();
        match event.code {
            0 => format!("{text} ({:?})", event.status),
            code => format!("{text} ({:?}, code {code})", event.status),
        }
    };
    Some(match event.kind {
        EventKind::Message | EventKind::Log | EventKind::Dropped => return None,
        EventKind::StateChange => state_change(event, &failed),
        EventKind::Error => (LogLevel::Warn, format!("error: {}", failed())),
        EventKind::Subscribed => (LogLevel::Info, format!("subscribed to '{channel}'")),
        EventKind::SubscriptionError => {
            (LogLevel::Warn, format!("'{channel}' is not subscribed: {}", failed()))
        }
        EventKind::DecryptionError => {
            (LogLevel::Warn, format!("an event on '{channel}' is lost: {}", failed()))
        }
        EventKind::SignedIn => (LogLevel::Info, "signed in".to_owned()),
        EventKind::SignInError => (LogLevel::Warn, format!("not signed in: {}", failed())),
        EventKind::Gap => (LogLevel::Info, format!("'{channel}' has a gap of {} ms", event.value)),
        EventKind::Completed if event.status == Status::Ok => {
            (LogLevel::Debug, format!("request {request} is done"))
        }
        EventKind::Completed => {
            (LogLevel::Debug, format!("request {request} has failed: {}", failed()))
        }
        EventKind::Authorize | EventKind::AuthorizeUser | EventKind::PrepareAuthorization => {
            let about = match (event.channel, event.data) {
                (Some(channel), _) => format!("for '{channel}'"),
                (None, Some(channels)) => format!("for {} channels", channels.lines().count()),
                (None, None) => "for the sign-in".to_owned(),
            };
            (LogLevel::Debug, format!("authorization {request}: the program is asked {about}"))
        }
        EventKind::MemberAdded
        | EventKind::MemberRemoved
        | EventKind::SubscriptionCount
        | EventKind::CacheMiss
        | EventKind::Watchlist
        | EventKind::Protocol => {
            let of = event.channel.map(|channel| format!(" on '{channel}'")).unwrap_or_default();
            (LogLevel::Debug, format!("{}{of}", event.kind.name()))
        }
    })
}

fn state_change(event: &Event<'_>, why: &dyn Fn() -> String) -> (LogLevel, String) {
    let (from, to) = (event.previous_state.name(), event.state.name());
    let level = match (event.state, event.status) {
        (ConnectionState::Failed, _) => LogLevel::Error,
        (_, Status::Ok) => LogLevel::Info,
        _ => LogLevel::Warn,
    };
    let mut text = match from == to {
        true => format!("still {to}"),
        false => format!("{from} -> {to}"),
    };
    if let Some(delay) = event.retry_in {
        text += &format!("; next try in {} ms, after {} failed", delay.as_millis(), event.value);
    }
    if event.status != Status::Ok {
        text += &format!("; {}", why());
    }
    (level, text)
}

fn shorten(text: &mut String) {
    if text.len() > MAX_LINE {
        let end = (0..=MAX_LINE).rfind(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
}

/// For people.
pub(super) fn took(time: Duration) -> String {
    format!("{}.{} ms", time.as_millis(), time.as_micros() % 1000 / 100)
}
