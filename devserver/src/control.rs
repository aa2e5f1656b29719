//! The server in a test's hands: faults, frames on order, and a look at the state.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::config::{App, AuthEndpoint};
use crate::faults::{FaultState, How, Order};
use crate::frames::{self, Data};
use crate::hub::Hub;
use crate::inner::Inner;
use crate::outbox::Item;
use crate::publishing::{Flood, data_of};
use crate::quirks::Quirks;
use crate::state::{State, TimedOut};
use crate::tls::Certificates;

/// Which connections an order is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// All which are open.
    #[default]
    All,
    /// The one with this socket id.
    Socket(String),
}

impl Target {
    fn socket_id(&self) -> Option<&str> {
        match self {
            Target::All => None,
            Target::Socket(id) => Some(id),
        }
    }
}

impl From<&str> for Target {
    fn from(socket_id: &str) -> Target {
        Target::Socket(socket_id.to_owned())
    }
}

impl From<&String> for Target {
    fn from(socket_id: &String) -> Target {
        Target::Socket(socket_id.clone())
    }
}

/// What follows on half a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// Nothing is ever written again; the connection stays.
    #[default]
    Stall,
    /// The connection is dropped with a FIN.
    Drop,
    /// The connection is dropped with a RST.
    Reset,
}

/// Things no client wants to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Garbage {
    /// A text frame which is not JSON.
    InvalidJson,
    /// A text frame with JSON that is not an object.
    NotAnObject,
    /// A text frame with an object that has no event.
    NoEvent,
    /// A binary frame.
    Binary,
    /// A text frame which is not UTF-8.
    InvalidUtf8,
    /// A frame with the reserved data opcode 3.
    ReservedOpcode,
    /// A frame with the reserved control opcode 11.
    ReservedControl,
    /// A frame with a reserved bit set.
    ReservedBits,
    /// A continuation of nothing.
    StrayContinuation,
    /// A control frame with more than 125 bytes.
    LongPing,
    /// A masked frame, which only clients may send.
    Masked,
    /// The header of a frame of 2^62 bytes, and a few bytes of it.
    Oversize,
    /// Bytes which are no WebSocket frame: the start of an HTTP answer.
    NotAFrame,
}

impl Garbage {
    fn bytes(self) -> Bytes {
        let event = br#"{"event":"garbage","data":"{}"}"#;
        match self {
            Garbage::InvalidJson => frames::text_frame(r#"{"event":"#),
            Garbage::NotAnObject => frames::text_frame("[1,2]"),
            Garbage::NoEvent => frames::text_frame(r#"{"data":"{}"}"#),
            Garbage::Binary => frames::frame(2, event),
            Garbage::InvalidUtf8 => frames::frame(1, b"{\"event\":\"\xff\xfe\"}"),
            Garbage::ReservedOpcode => frames::frame(3, event),
            Garbage::ReservedControl => frames::frame(11, b""),
            Garbage::ReservedBits => {
                let mut bytes = frames::frame(1, event).to_vec();
                bytes[0] |= 0x40;
                bytes.into()
            }
            Garbage::StrayContinuation => frames::frame(0, event),
            Garbage::LongPing => frames::frame(9, &[b'x'; 126]),
            // A mask of zeros leaves the payload as it is.
            Garbage::Masked => {
                let mut bytes = vec![0x81, 0x80 | event.len() as u8, 0, 0, 0, 0];
                bytes.extend_from_slice(event);
                bytes.into()
            }
            Garbage::Oversize => {
                let mut bytes = frames::text_header(1 << 62);
                bytes.extend_from_slice(event);
                bytes.into()
            }
            // Long enough for what its first bytes mean as a header: a client need not wait.
            Garbage::NotAFrame => Bytes::from_static(
                b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 37\r\n\
                  Connection: close\r\n\r\n<html><body>Bad Gateway</body></html>",
            ),
        }
    }
}

/// A handle on a running server: cheap to clone, usable from any thread. Both [`Server`] and
/// [`BlockingServer`] deref to it.
///
/// Orders which concern connections return how many they reached.
///
/// [`Server`]: crate::Server
/// [`BlockingServer`]: crate::BlockingServer
#[derive(Clone)]
pub struct Control {
    pub(crate) hub: Arc<Hub>,
    pub(crate) address: SocketAddr,
    pub(crate) certificates: Option<Arc<Certificates>>,
}

impl Control {
    /// The address listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The port listened on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The application a client without further wishes belongs to: the first.
    pub fn app(&self) -> App {
        self.hub.read(|inner| inner.apps[0].app.clone())
    }

    /// `ws://127.0.0.1:PORT/app/KEY?protocol=7&client=test&version=1.0.0`
    pub fn ws_url(&self) -> String {
        let scheme = if self.certificates.is_some() { "wss" } else { "ws" };
        let query = "protocol=7&client=test&version=1.0.0";
        format!("{scheme}://{}/app/{}?{query}", self.address, self.app().key)
    }

    /// `http://127.0.0.1:PORT`
    pub fn http_url(&self) -> String {
        let scheme = if self.certificates.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The certificates, if the server speaks TLS.
    pub fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_deref()
    }

    /// The certificate of the CA in PEM, if the server speaks TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.certificates().map(|certificates| certificates.ca_pem.as_str())
    }

    /// Orders a fault and returns the number to clear it by.
    pub fn order(&self, order: impl Into<Order>) -> u64 {
        let order = order.into();
        self.hub.with_faults(|faults| faults.add(order))
    }

    /// Ends a fault; false if there is none of this number.
    pub fn clear(&self, fault: u64) -> bool {
        self.hub.with_faults(|faults| faults.clear(fault))
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.hub.with_faults(|faults| faults.clear_all());
    }

    /// The faults on order.
    pub fn faults(&self) -> Vec<FaultState> {
        self.hub.read(|inner| inner.faults.list())
    }

    /// The state at this moment.
    pub fn state(&self) -> State {
        self.hub.snapshot()
    }

    /// Waits until a condition holds; the error has the state at the end of the time.
    pub async fn wait_until(
        &self,
        timeout: Duration,
        condition: impl FnMut(&State) -> bool,
    ) -> Result<State, TimedOut> {
        self.hub.wait_until(timeout, condition).await
    }

    /// [`Control::wait_until`] for threads outside of the runtime.
    pub fn wait_until_blocking(
        &self,
        timeout: Duration,
        condition: impl FnMut(&State) -> bool,
    ) -> Result<State, TimedOut> {
        self.hub.wait_until_blocking(timeout, condition)
    }

    fn each(&self, target: &Target, mut act: impl FnMut(&mut Inner, u64)) -> usize {
        self.hub.with(|inner| {
            let ids = inner.targets(target.socket_id());
            for id in &ids {
                act(inner, *id);
            }
            ids.len()
        })
    }

    /// Sends a close frame, without a code if `None` (the client then reports 1005), and ends.
    pub fn close(
        &self,
        target: impl Into<Target>,
        code: impl Into<Option<u16>>,
        reason: &str,
    ) -> usize {
        let code = code.into();
        self.each(&target.into(), |inner, id| inner.close(id, code, reason))
    }

    /// Sends `pusher:error` and a close frame with the same code.
    pub fn error_and_close(&self, target: impl Into<Target>, code: u16, message: &str) -> usize {
        self.each(&target.into(), |inner, id| inner.error_and_close(id, code, message))
    }

    /// Drops connections at once, whatever was queued for them.
    pub fn drop_connections(&self, target: impl Into<Target>, how: How) -> usize {
        self.each(&target.into(), |inner, id| {
            inner.change(id, |connection| connection.outbox.abort(how));
        })
    }

    /// Sends a `pusher:error` and leaves the connection open.
    pub fn send_error(
        &self,
        target: impl Into<Target>,
        code: impl Into<Option<u16>>,
        message: &str,
    ) -> usize {
        let code = code.into();
        self.each(&target.into(), |inner, id| inner.send_error(id, code, message))
    }

    /// Sends a text frame, verbatim.
    pub fn send_text(&self, target: impl Into<Target>, text: &str) -> usize {
        self.send_bytes(target, frames::text_frame(text))
    }

    /// Writes bytes to the socket, verbatim: a frame, several, or none at all.
    pub fn send_bytes(&self, target: impl Into<Target>, bytes: impl Into<Bytes>) -> usize {
        let bytes = bytes.into();
        self.each(&target.into(), |inner, id| inner.instruct(id, Item::Bytes(bytes.clone())))
    }

    /// Sends garbage.
    pub fn send_garbage(&self, target: impl Into<Target>, garbage: Garbage) -> usize {
        self.send_bytes(target, garbage.bytes())
    }

    /// Sends a WebSocket ping.
    pub fn send_ws_ping(&self, target: impl Into<Target>, payload: &[u8]) -> usize {
        self.send_bytes(target, frames::ping_frame(payload))
    }

    /// Sends a `pusher:ping`.
    pub fn send_ping(&self, target: impl Into<Target>) -> usize {
        let text = frames::event("pusher:ping", None, &Data::Text("{}".to_owned()), None);
        self.each(&target.into(), |inner, id| inner.send(id, &text))
    }

    /// Sends the first half of a text frame; then nothing, or a drop.
    pub fn send_half_frame(&self, target: impl Into<Target>, text: &str, then: Then) -> usize {
        let frame = frames::text_frame(text);
        let half = frame.slice(..frame.len().div_ceil(2));
        let end = match then {
            Then::Stall => Item::Stall,
            Then::Drop => Item::Drop(How::Fin),
            Then::Reset => Item::Drop(How::Rst),
        };
        self.each(&target.into(), |inner, id| {
            inner.instruct(id, Item::Bytes(half.clone()));
            inner.instruct(id, end.clone());
        })
    }

    /// Publishes an event in the first application; `data` becomes a JSON string, as with Pusher.
    pub fn publish(&self, channel: &str, event: &str, data: &str) -> usize {
        self.publish_data(channel, event, Data::Text(data.to_owned()), None)
    }

    /// Publishes an event whose `data` is any JSON; `None` leaves `data` out, and text which is not
    /// JSON is sent as a string. `except` is a socket id.
    pub fn publish_json(
        &self,
        channel: &str,
        event: &str,
        data: Option<&str>,
        except: Option<&str>,
    ) -> usize {
        let data = match data.map(|data| RawValue::from_string(data.to_owned())) {
            Some(Err(_)) => Data::Text(data.unwrap_or_default().to_owned()),
            raw => data_of(raw.and_then(Result::ok)),
        };
        self.publish_data(channel, event, data, except)
    }

    pub(crate) fn publish_data(
        &self,
        channel: &str,
        event: &str,
        data: Data,
        except: Option<&str>,
    ) -> usize {
        self.hub.with(|inner| inner.publish(0, channel, event, data, except))
    }

    /// Publishes many events as fast as the subscribers read them, with bounded memory; returns
    /// when all are queued. How many connections were subscribed.
    pub async fn flood(&self, flood: &Flood) -> usize {
        self.hub.flood(0, flood).await
    }

    /// Ends all connections of a signed-in user, as the HTTP API does.
    pub fn terminate_user(&self, user_id: &str) -> usize {
        self.hub.with(|inner| inner.terminate_user(0, user_id))
    }

    /// The quirks in force.
    pub fn quirks(&self) -> Quirks {
        self.hub.read(|inner| inner.config.quirks.clone())
    }

    /// Changes the quirks, from the next frame on.
    pub fn set_quirks(&self, quirks: Quirks) {
        self.hub.with(|inner| inner.config.quirks = quirks);
    }

    /// Changes an application, from the next connection on. The `index` is that in
    /// [`Config::apps`](crate::Config::apps).
    pub fn change_app(&self, index: usize, change: impl FnOnce(&mut App)) {
        self.hub.with(|inner| change(&mut inner.apps[index].app));
    }

    /// Changes what the authorisation endpoints ask for.
    pub fn change_auth(&self, change: impl FnOnce(&mut AuthEndpoint)) {
        self.hub.with(|inner| change(&mut inner.config.auth));
    }

    /// Forgets everything: drops all connections, clears faults, cached events and logs.
    pub fn reset(&self) {
        self.clear_faults();
        self.drop_connections(Target::All, How::Fin);
        self.hub.with(Inner::forget);
    }
}
