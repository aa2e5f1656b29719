//! How long names and data may be: servers differ, and plans do.

use crate::error::{Error, Result, Status};

/// What is checked before the server is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Whose limits these are, for messages.
    pub profile: &'static str,
    /// Bytes of a channel's whole name.
    pub channel_name: usize,
    /// Bytes of an event's name.
    pub event_name: usize,
    /// Bytes of an event's data; None leaves it to the server.
    pub event_data: Option<usize>,
    /// Bytes of a whole client event, as the frame that it goes out in.
    pub message: Option<usize>,
    /// Whether a channel's name may hold only the documented characters.
    pub strict: bool,
}

impl Limits {
    /// What every server accepts, apart from the size of data, which is left to the server.
    pub const COMMON: Limits = Limits {
        profile: "common",
        channel_name: 200,
        event_name: 200,
        event_data: None,
        message: None,
        strict: true,
    };

    pub const PUSHER: Limits = Limits {
        profile: "pusher",
        channel_name: 164,
        event_data: Some(10 * 1024),
        ..Limits::COMMON
    };

    pub const SOKETI: Limits =
        Limits { profile: "soketi", event_data: Some(100 * 1024), ..Limits::COMMON };

    /// Reverb counts the whole message, and ends the connection (1009) of who sends a larger one.
    pub const REVERB: Limits = Limits {
        profile: "reverb",
        event_data: Some(10_000),
        message: Some(10_000),
        ..Limits::COMMON
    };

    pub const SOCKUDO: Limits = Limits { profile: "sockudo", ..Limits::COMMON };

    pub fn check_event_name(&self, name: &str) -> Result<()> {
        if name.is_empty() {
            return Err(Error::new(Status::Argument, "the event name is empty"));
        }
        if name.len() > self.event_name {
            let text = format!(
                "the event name has {} bytes, and the limit of the profile '{}' is {}",
                name.len(),
                self.profile,
                self.event_name
            );
            return Err(Error::new(Status::TooLarge, text));
        }
        Ok(())
    }

    pub fn check_message(&self, frame: &str) -> Result<()> {
        match self.message {
            Some(limit) if frame.len() > limit => Err(Error::new(
                Status::TooLarge,
                format!(
                    "the client event takes {} bytes as a message, with its names, and quotes and \
                     control characters in text escaped; the limit of the profile '{}' is {limit}",
                    frame.len(),
                    self.profile
                ),
            )),
            _ => Ok(()),
        }
    }

    pub fn check_event_data(&self, data: &str) -> Result<()> {
        match self.event_data {
            Some(limit) if data.len() > limit => Err(Error::new(
                Status::TooLarge,
                format!(
                    "the event's data has {} bytes, and the limit of the profile '{}' is {limit}",
                    data.len(),
                    self.profile
                ),
            )),
            _ => Ok(()),
        }
    }
}
