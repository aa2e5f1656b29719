//! The last things that went wrong, for whoever asks afterwards.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::engine::clock;
use crate::error::Status;
use crate::session::{Event, EventKind, RequestId};

/// How many are kept, and how much of what each says.
const KEPT: usize = 20;
const KEPT_BYTES: usize = 400;

/// One of them.
#[derive(Clone, Debug)]
pub struct PastError {
    /// In milliseconds since 1970.
    pub at: u64,
    pub kind: EventKind,
    pub status: Status,
    pub code: i32,
    pub request: RequestId,
    pub channel: Option<String>,
    pub text: String,
}

#[derive(Default)]
pub struct PastErrors(Mutex<VecDeque<PastError>>);

impl PastErrors {
    /// An event that tells of a failure. A change of state and a gap only tell of it again.
    pub fn note(&self, event: &Event<'_>) {
        if matches!(event.kind, EventKind::StateChange | EventKind::Gap | EventKind::Dropped) {
            return;
        }
        let error = PastError {
            at: clock::unix_ms(),
            kind: event.kind,
            status: event.status,
            code: event.code,
            request: event.request,
            channel: event.channel.map(str::to_owned),
            text: beginning(event.data.unwrap_or_default()).to_owned(),
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(error);
    }

    /// Oldest first.
    pub fn all(&self) -> Vec<PastError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// As many whole words as fit: half of a secret would not be known as one.
fn beginning(text: &str) -> &str {
    if text.len() <= KEPT_BYTES {
        return text;
    }
    let end = (0..=KEPT_BYTES).rfind(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let words = text[..end].rfind(char::is_whitespace);
    &text[..words.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn only_the_last_are_kept_and_not_all_of_what_they_say() {
        let errors = PastErrors::default();
        for n in 0..3 * KEPT {
            let error = Error::new(Status::Network, format!("{n} {}", "ä ".repeat(1000)));
            errors.note(&Event::error(&error));
            errors.note(&Event { status: Status::Network, ..Event::new(EventKind::Gap, "gap") });
        }
        let all = errors.all();
        assert_eq!(all.len(), KEPT);
        assert!(all[0].text.starts_with(&format!("{} ", 2 * KEPT)));
        let cut = beginning(&all[0].text);
        assert_eq!((cut, beginning(&"x".repeat(KEPT_BYTES + 1))), (all[0].text.as_str(), ""));
        assert!(all.iter().all(|error| error.text.len() <= KEPT_BYTES && error.at > 0));
    }
}
