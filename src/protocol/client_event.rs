//! Client events: what a client may publish over its own connection.

use crate::error::{Error, Result, Status};
use crate::protocol::channel::ChannelName;
use crate::protocol::limits::Limits;
use crate::protocol::outgoing;

const PREFIX: &str = "client-";

/// A client event that the protocol allows, as the frame which publishes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientEvent {
    pub channel: ChannelName,
    pub name: String,
    pub frame: String,
}

impl ClientEvent {
    /// Checks the channel's kind and the event's name, adds `client-` where it is missing, and
    /// writes the frame. `data` goes out as JSON where it is an object or an array, and as a JSON
    /// string otherwise.
    pub fn new(
        channel: &ChannelName,
        event: &str,
        data: &str,
        limits: &Limits,
    ) -> Result<ClientEvent> {
        let kind = channel.kind();
        if kind.is_encrypted() {
            return Err(Error::new(
                Status::Forbidden,
                format!(
                    "'{channel}' is an encrypted channel, and the protocol has no client events \
                     there; publish from a server"
                ),
            ));
        }
        if !kind.allows_client_events() {
            return Err(Error::new(
                Status::Forbidden,
                format!(
                    "'{channel}' is {}, and client events are allowed on private and presence \
                     channels only; publish from a server, or use a private- channel",
                    kind.describe()
                ),
            ));
        }
        if event.is_empty() || event == PREFIX {
            return Err(Error::new(Status::Argument, "the event name is empty"));
        }
        if event.starts_with("pusher:") || event.starts_with("pusher_internal:") {
            return Err(Error::new(
                Status::Forbidden,
                format!("event '{event}': names that begin with 'pusher' are the protocol's own"),
            ));
        }
        let name =
            if event.starts_with(PREFIX) { event.to_owned() } else { format!("{PREFIX}{event}") };
        limits.check_event_name(&name)?;
        let frame = outgoing::client_event(channel, &name, data);
        limits.check_message(&frame)?;
        Ok(ClientEvent { channel: channel.clone(), frame, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(channel: &str, name: &str, data: &str) -> Result<String> {
        let channel = ChannelName::new(channel).unwrap();
        ClientEvent::new(&channel, name, data, &Limits::COMMON).map(|event| event.frame)
    }

    #[test]
    fn the_prefix_is_added_where_it_is_missing() {
        let frame = r#"{"event":"client-typing","channel":"private-c","data":{"id":1}}"#;
        assert_eq!(event("private-c", "typing", r#"{"id":1}"#).unwrap(), frame);
        assert_eq!(event("private-c", "client-typing", r#"{"id":1}"#).unwrap(), frame);
    }

    #[test]
    fn what_the_protocol_forbids_is_refused_with_the_reason() {
        for (channel, name, status, reason) in [
            ("news", "x", Status::Forbidden, "private and presence"),
            ("cache-news", "x", Status::Forbidden, "private and presence"),
            ("private-encrypted-x", "x", Status::Forbidden, "encrypted"),
            ("private-x", "", Status::Argument, "empty"),
            ("private-x", "client-", Status::Argument, "empty"),
            ("private-x", "pusher:subscribe", Status::Forbidden, "protocol's own"),
            ("private-x", &"e".repeat(194), Status::TooLarge, "is 200"),
        ] {
            let error = event(channel, name, "{}").unwrap_err();
            assert_eq!(error.status(), status, "{channel} {name}");
            assert!(error.message().contains(reason), "{error}");
        }
        assert!(event("private-x", &"e".repeat(193), "{}").is_ok());
        assert!(event("presence-cache-x", "e", "{}").is_ok());
    }

    #[test]
    fn a_message_is_counted_as_it_goes_out() {
        let channel = ChannelName::new("private-a").unwrap();
        let of = |data: &str| ClientEvent::new(&channel, "e", data, &Limits::REVERB);
        let around = of("\"\"").unwrap().frame.len();
        assert!(of(&"x".repeat(10_000 - around + 2)).is_ok());
        for data in ["x".repeat(10_000), "\"".repeat(5_000)] {
            let error = of(&data).unwrap_err();
            assert_eq!(error.status(), Status::TooLarge);
            assert!(error.message().contains("10000"), "{error}");
        }
    }
}
