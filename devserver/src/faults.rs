//! Faults on order: what the server shall do wrong, how often, and to whom.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a TCP connection is dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// With a FIN: the client reads end of file.
    #[default]
    Fin,
    /// With a RST: the client reads "connection reset".
    Rst,
}

/// Which of the two authorisation endpoints a fault is meant for; without one, both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `/pusher/auth`
    Channel,
    /// `/pusher/user-auth`
    User,
}

/// Something to do wrong, from now on, each time there is an occasion.
///
/// A `channel` of `None` means any channel. Made with [`Fault::times`] it happens only so often;
/// with [`Fault::on`] only to one connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Accept a TCP connection of any kind, also one to the control endpoints, and never answer.
    HangAccept {},
    /// Drop a TCP connection of any kind as soon as it is accepted.
    DropAccept {
        /// With a FIN or with a RST.
        #[serde(default)]
        how: How,
    },
    /// Answer a WebSocket upgrade with this HTTP status.
    RefuseUpgrade {
        /// The HTTP status.
        status: u16,
        /// Headers of the answer.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// The body of the answer.
        #[serde(default)]
        body: String,
    },
    /// Read a WebSocket upgrade and never answer it.
    HangUpgrade {},
    /// Read a WebSocket upgrade and drop the connection without an answer.
    DropUpgrade {},
    /// Upgrade, but never send `connection_established`.
    NeverEstablish {},
    /// Send this text in the place of `connection_established`.
    EstablishWith {
        /// The text of the frame.
        text: String,
    },
    /// Close right after the upgrade.
    CloseOnConnect {
        /// The code; `None` leaves it out.
        code: Option<u16>,
        /// The reason in the close frame.
        #[serde(default)]
        reason: String,
    },
    /// Send a `pusher:error` after the upgrade instead of `connection_established`, then stay open.
    ErrorOnConnect {
        /// The code; `None` leaves it out.
        code: Option<u16>,
        /// The message of the error.
        #[serde(default)]
        message: String,
    },
    /// Drop the connection right after the upgrade.
    DropOnConnect {
        /// With a FIN or with a RST.
        #[serde(default)]
        how: How,
    },
    /// Never answer a subscription.
    IgnoreSubscribe {
        /// Only this channel.
        channel: Option<String>,
    },
    /// Refuse a subscription, in the way of [`Quirks::refusal`](crate::Quirks::refusal).
    RefuseSubscribe {
        /// Only this channel.
        channel: Option<String>,
        /// The `type` of the error.
        #[serde(default = "auth_error", rename = "type")]
        kind: String,
        /// The message of the error.
        #[serde(default = "unauthorized")]
        error: String,
        /// The `status` of the error.
        #[serde(default = "status_401")]
        status: u16,
    },
    /// Answer a subscription with a `pusher:error`, which names no channel.
    ErrorOnSubscribe {
        /// Only this channel.
        channel: Option<String>,
        /// The code; `None` leaves it out.
        code: Option<u16>,
        /// The message of the error.
        #[serde(default)]
        message: String,
    },
    /// Close the connection when it subscribes.
    CloseOnSubscribe {
        /// Only this channel.
        channel: Option<String>,
        /// The code; `None` leaves it out.
        code: Option<u16>,
        /// The reason in the close frame.
        #[serde(default)]
        reason: String,
    },
    /// Drop the connection when it subscribes.
    DropOnSubscribe {
        /// Only this channel.
        channel: Option<String>,
        /// With a FIN or with a RST.
        #[serde(default)]
        how: How,
    },
    /// Never answer a sign-in.
    IgnoreSignin {},
    /// Never answer `pusher:ping` and WebSocket pings; all else goes on.
    IgnorePings {},
    /// Read everything, answer nothing, send nothing: not even events, pongs or a close reply.
    /// With [`Fault::times`], the next so many connections which open; they stay silent.
    Silent {},
    /// Stop reading from the socket. With [`Fault::times`], as for `Silent`.
    StopReading {},
    /// Each frame leaves this long after it was ready.
    DelayFrames {
        /// Milliseconds.
        ms: u64,
    },
    /// An authorisation endpoint answers with this status and body.
    AuthStatus {
        /// The HTTP status.
        status: u16,
        /// The body of the answer.
        #[serde(default)]
        body: String,
        /// Only this endpoint.
        endpoint: Option<Endpoint>,
    },
    /// An authorisation endpoint never answers.
    AuthHang {
        /// Only this endpoint.
        endpoint: Option<Endpoint>,
    },
    /// An authorisation endpoint answers 200 with something that is not JSON.
    AuthGarbage {
        /// Only this endpoint.
        endpoint: Option<Endpoint>,
    },
    /// An authorisation endpoint answers with a well-formed signature which is wrong.
    AuthWrongSignature {
        /// Only this endpoint.
        endpoint: Option<Endpoint>,
    },
    /// An authorisation endpoint answers late.
    AuthDelay {
        /// Milliseconds.
        ms: u64,
        /// Only this endpoint.
        endpoint: Option<Endpoint>,
    },
    /// The HTTP API answers with this status and body.
    ApiStatus {
        /// The HTTP status.
        status: u16,
        /// The body of the answer.
        #[serde(default)]
        body: String,
    },
    /// The HTTP API never answers.
    ApiHang {},
}

fn auth_error() -> String {
    "AuthError".to_owned()
}

fn unauthorized() -> String {
    "The connection is unauthorized.".to_owned()
}

fn status_401() -> u16 {
    401
}

impl Fault {
    /// Only the next `times` occasions.
    pub fn times(self, times: u32) -> Order {
        Order::from(self).times(times)
    }

    /// Only this connection.
    pub fn on(self, socket_id: &str) -> Order {
        Order::from(self).on(socket_id)
    }

    /// Whether this is the state of a connection rather than something that happens to a frame.
    fn is_condition(&self) -> bool {
        matches!(self, Fault::Silent {} | Fault::StopReading {})
    }
}

/// A fault with its reach.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Order {
    /// What to do wrong.
    #[serde(flatten)]
    pub fault: Fault,
    /// How often; for ever if `None`.
    pub times: Option<u32>,
    /// To which connection; to all if `None`.
    pub socket_id: Option<String>,
}

impl Order {
    /// Only the next `times` occasions.
    pub fn times(mut self, times: u32) -> Order {
        self.times = Some(times);
        self
    }

    /// Only this connection.
    pub fn on(mut self, socket_id: &str) -> Order {
        self.socket_id = Some(socket_id.to_owned());
        self
    }

    /// An order from JSON such as `{"fault":"refuse_upgrade","status":503,"times":2}`. Unknown
    /// fields are refused, so that a misspelt one does not make a test pass for nothing.
    pub fn from_json(mut json: Value) -> Result<Order, String> {
        let object = json.as_object_mut().ok_or("a fault is a JSON object")?;
        let times = object.remove("times").unwrap_or_default();
        let socket_id = object.remove("socket_id").unwrap_or_default();
        let times = serde_json::from_value(times).map_err(|e| format!("times: {e}"))?;
        let socket_id = serde_json::from_value(socket_id).map_err(|e| format!("socket_id: {e}"))?;
        let fault = serde_json::from_value(json).map_err(|e| e.to_string())?;
        Ok(Order { fault, times, socket_id })
    }
}

impl From<Fault> for Order {
    fn from(fault: Fault) -> Order {
        Order { fault, times: None, socket_id: None }
    }
}

/// An order which was given, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct FaultState {
    /// The number to clear it by.
    pub id: u64,
    /// The order.
    #[serde(flatten)]
    pub order: Order,
    /// How often it has happened.
    pub fired: u64,
    /// The connections which a `silent` or `stop_reading` with `times` has caught.
    pub caught: Vec<String>,
}

impl FaultState {
    fn is_live(&self) -> bool {
        self.order.times.is_none_or(|times| self.fired < u64::from(times))
    }

    fn is_for(&self, socket_id: Option<&str>) -> bool {
        match &self.order.socket_id {
            Some(wanted) => socket_id == Some(wanted),
            None => true,
        }
    }
}

/// The orders in the sequence in which they were given; the first that fits is carried out.
#[derive(Default)]
pub(crate) struct Faults {
    last_id: u64,
    orders: Vec<FaultState>,
}

impl Faults {
    pub fn add(&mut self, order: Order) -> u64 {
        self.last_id += 1;
        self.orders.push(FaultState { id: self.last_id, order, fired: 0, caught: Vec::new() });
        self.last_id
    }

    pub fn clear(&mut self, id: u64) -> bool {
        let before = self.orders.len();
        self.orders.retain(|order| order.id != id);
        before != self.orders.len()
    }

    pub fn clear_all(&mut self) {
        self.orders.clear();
    }

    pub fn list(&self) -> Vec<FaultState> {
        self.orders.clone()
    }

    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// Uses up one occasion of the first live order which `pick` accepts.
    pub fn take<T>(
        &mut self,
        socket_id: Option<&str>,
        pick: impl Fn(&Fault) -> Option<T>,
    ) -> Option<T> {
        for state in &mut self.orders {
            if state.is_live()
                && state.is_for(socket_id)
                && let Some(found) = pick(&state.order.fault)
            {
                state.fired += 1;
                return Some(found);
            }
        }
        None
    }

    /// Lets the counted conditions catch a connection which has just opened.
    pub fn catch(&mut self, socket_id: &str) {
        for state in &mut self.orders {
            if state.order.fault.is_condition()
                && state.order.times.is_some()
                && state.is_live()
                && state.is_for(Some(socket_id))
            {
                state.fired += 1;
                state.caught.push(socket_id.to_owned());
            }
        }
    }

    /// Whether a condition holds for a connection.
    pub fn holds(&self, socket_id: &str, condition: &Fault) -> bool {
        self.orders.iter().any(|state| {
            state.order.fault == *condition
                && state.is_for(Some(socket_id))
                && (state.order.times.is_none() || state.caught.iter().any(|id| id == socket_id))
        })
    }
}
