//! What a client's frames do.

use std::time::{Duration, Instant};

use serde_json::value::RawValue;

use crate::channel::Kind;
use crate::faults::Fault;
use crate::frames::{self, ClientFrame, Data, Signin, Unsubscribe};
use crate::inner::{Connection, Inner};

/// What Reverb answers to anything it can't read; the connection stays open.
const INVALID_FORMAT: &str = "Invalid message format";

impl Inner {
    /// A text frame came in.
    pub fn receive(&mut self, id: u64, text: &str) {
        self.log(id, text);
        let Some(connection) = self.connections.get(&id) else { return };
        let socket_id = connection.socket_id.clone();
        if !connection.established || self.faults.holds(&socket_id, &Fault::Silent {}) {
            return;
        }
        let Ok(frame) = serde_json::from_str::<ClientFrame>(text) else {
            return self.send_error(id, Some(4200), INVALID_FORMAT);
        };
        match frame.event.as_str() {
            "pusher:ping" => self.ping(id),
            "pusher:pong" => self.change(id, |connection| connection.pongs += 1),
            "pusher:subscribe" => match object(frame.data) {
                Some(subscribe) => self.subscribe(id, subscribe),
                None => self.send_error(id, Some(4200), INVALID_FORMAT),
            },
            "pusher:unsubscribe" => match object::<Unsubscribe>(frame.data) {
                Some(unsubscribe) => self.unsubscribe(id, &unsubscribe.channel),
                None => self.send_error(id, Some(4200), INVALID_FORMAT),
            },
            "pusher:signin" => match object::<Signin>(frame.data) {
                Some(signin) => self.sign_in(id, &signin),
                None => self.send_error(id, Some(4200), INVALID_FORMAT),
            },
            event if event.starts_with("client-") => self.client_event(id, &frame),
            event => {
                let message = format!("Unknown Pusher event: {event}");
                self.send_error(id, Some(4200), &message);
            }
        }
    }

    /// Changes one connection, if it is still there.
    pub fn change(&mut self, id: u64, change: impl FnOnce(&mut Connection)) {
        if let Some(connection) = self.connections.get_mut(&id) {
            change(connection);
        }
    }

    /// Whether a ping of this connection is to be left without an answer.
    pub fn ignores_ping(&mut self, id: u64) -> bool {
        let Some(connection) = self.connections.get(&id) else { return true };
        self.faults
            .take(Some(&connection.socket_id), |fault| match fault {
                Fault::IgnorePings {} => Some(()),
                _ => None,
            })
            .is_some()
    }

    fn ping(&mut self, id: u64) {
        self.change(id, |connection| connection.pings += 1);
        if self.ignores_ping(id) {
            return;
        }
        let data = match self.config.quirks.pong_without_data {
            true => Data::None,
            false => Data::Text("{}".to_owned()),
        };
        self.send(id, &frames::event("pusher:pong", None, &data, None));
    }

    fn client_event(&mut self, id: u64, frame: &ClientFrame) {
        match self.check_client_event(id, frame) {
            Ok((channel, user_id)) => {
                let data = match frame.data {
                    Some(data) => Data::Json(data.to_owned()),
                    None => Data::None,
                };
                let text = frames::event(&frame.event, Some(&channel), &data, user_id.as_deref());
                self.broadcast(self.app_of(id), &channel, &text, Some(id));
            }
            Err((code, message)) => self.send_error(id, Some(code), &message),
        }
    }

    /// The channel of a client event and the sender's user id, or why it is refused.
    fn check_client_event(
        &mut self,
        id: u64,
        frame: &ClientFrame,
    ) -> Result<(String, Option<String>), (u16, String)> {
        let refuse = |message: &str| Err((4301, format!("Client event rejected: {message}")));
        let limits = self.config.limits.clone();
        let Some(app) = self.app_of(id) else { return refuse("no application") };
        let app = &self.apps[app];
        if !app.app.client_events {
            return refuse("the app does not have client events enabled");
        }
        let Some(channel) = frame.channel.clone() else { return refuse("it has no channel") };
        let kind = Kind::of(&channel);
        if !kind.takes_client_events() {
            return refuse("only private and presence channels take them");
        }
        let subscribed = app.channels.get(&channel).and_then(|c| c.subscribers.get(&id)).cloned();
        let Some(user_id) = subscribed else {
            return Err((4009, format!("The client is not a member of channel {channel}.")));
        };
        if frame.event.len() > 200 {
            return refuse("the event name is longer than 200 characters");
        }
        if frame.data.is_some_and(|data| data.get().len() > limits.client_event_bytes) {
            return refuse("the data is too large");
        }
        if let Some(max) = limits.client_events_per_second
            && let Some(connection) = self.connections.get_mut(&id)
        {
            let (since, count) = &mut connection.client_events;
            if since.elapsed() >= Duration::from_secs(1) {
                (*since, *count) = (Instant::now(), 0);
            }
            *count += 1;
            if *count > max {
                return refuse("rate limit exceeded");
            }
        }
        match self.config.quirks.client_event_without_user_id {
            true => Ok((channel, None)),
            false => Ok((channel, user_id)),
        }
    }
}

/// The `data` of a request. An object only: real servers crash on, or refuse, anything else.
fn object<'a, T: serde::Deserialize<'a>>(data: Option<&'a RawValue>) -> Option<T> {
    let text = data?.get();
    if text.starts_with('{') { serde_json::from_str(text).ok() } else { None }
}
