//! The ways in which real servers depart from the documentation, each to be switched on by itself.

use serde::{Deserialize, Serialize};

/// How a refused subscription is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// `pusher:subscription_error` with the channel and `{type, error, status}` (soketi).
    #[default]
    SubscriptionError,
    /// `pusher_internal:subscription_error` with data `"{}"` (pusher-fake).
    InternalSubscriptionError,
    /// `pusher:error` 4009 without a channel, the connection stays open (Sockudo, Reverb).
    Error4009,
    /// The same with `"code":null` (ipe).
    ErrorNullCode,
}

/// How a connection which may not be is turned away, after the upgrade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// A `pusher:error` frame, then close with the same code (soketi).
    #[default]
    ErrorAndClose,
    /// Only the close code (what protocol 6 and later documents).
    CloseOnly,
    /// A `pusher:error` frame, then a close frame without a code: 1005 (soketi-rs).
    ErrorAndCloseWithoutCode,
    /// A `pusher:error` frame, then the TCP connection drops: 1006 (Reverb, ipe).
    ErrorAndDrop,
    /// A `pusher:error` frame and nothing else: the connection stays (Reverb over quota).
    ErrorOnly,
    /// The TCP connection drops with no frame (Sockudo).
    Drop,
}

/// Departures from the documented protocol. All off by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// `data` of `connection_established` and of presence's `subscription_succeeded` is an object,
    /// not a string (soketi-rs).
    pub data_as_object: bool,
    /// `subscription_succeeded` has no `data` on channels other than presence (soketi).
    pub succeeded_without_data: bool,
    /// `data` of `pusher:error` is a JSON string, not an object (Reverb).
    pub error_data_as_string: bool,
    /// How refused subscriptions are answered.
    pub refusal: Refusal,
    /// How connections are turned away.
    pub rejection: Rejection,
    /// Presence data has no `ids` (pusher-fake).
    pub presence_without_ids: bool,
    /// An empty presence hash is `[]` (Reverb). It can only be empty where the member list is told
    /// before the new member is counted, so this also leaves the subscriber itself out.
    pub empty_hash_as_array: bool,
    /// User ids which look like integers are sent as numbers.
    pub numeric_user_ids: bool,
    /// `pusher:pong` has no `data` (Sockudo, Reverb).
    pub pong_without_data: bool,
    /// `pusher:ping` has no `data`.
    pub ping_without_data: bool,
    /// `pusher:cache_miss` carries `"data":"{}"` (Sockudo).
    pub cache_miss_with_data: bool,
    /// Each text frame ends with a newline (ipe).
    pub newline: bool,
    /// Over quota is 4100, not 4004 (soketi).
    pub quota_as_4100: bool,
    /// `signin_success` echoes the `auth` as well (soketi).
    pub signin_echoes_auth: bool,
    /// Client events on presence channels carry no `user_id` (Sockudo, ipe, pusher-fake).
    pub client_event_without_user_id: bool,
    /// Watchlist events come as `{"event":"online","data":{"user_ids":[…]}}`, and the first of them before
    /// the sign-in is confirmed (Sockudo).
    pub flat_watchlist: bool,
    /// Errors of the HTTP API have status 200 (soketi).
    pub api_errors_as_200: bool,
}

impl Quirks {
    /// The quirks of a server by its name: `soketi`, `sockudo`, `soketi-rs`, `reverb`, `ipe`,
    /// `pusher-fake`; `pusher` has none.
    pub fn of(server: &str) -> Option<Quirks> {
        let none = Quirks::default();
        Some(match server {
            "pusher" => none,
            "soketi" => Quirks {
                succeeded_without_data: true,
                quota_as_4100: true,
                signin_echoes_auth: true,
                api_errors_as_200: true,
                ..none
            },
            "sockudo" => Quirks {
                refusal: Refusal::Error4009,
                rejection: Rejection::Drop,
                pong_without_data: true,
                cache_miss_with_data: true,
                client_event_without_user_id: true,
                flat_watchlist: true,
                ..none
            },
            "soketi-rs" => Quirks {
                data_as_object: true,
                succeeded_without_data: true,
                rejection: Rejection::ErrorAndCloseWithoutCode,
                quota_as_4100: true,
                ..none
            },
            "reverb" => Quirks {
                error_data_as_string: true,
                refusal: Refusal::Error4009,
                rejection: Rejection::ErrorAndDrop,
                empty_hash_as_array: true,
                pong_without_data: true,
                ..none
            },
            "ipe" => Quirks {
                refusal: Refusal::ErrorNullCode,
                rejection: Rejection::ErrorAndDrop,
                newline: true,
                client_event_without_user_id: true,
                ..none
            },
            "pusher-fake" => Quirks {
                refusal: Refusal::InternalSubscriptionError,
                presence_without_ids: true,
                client_event_without_user_id: true,
                ..none
            },
            _ => return None,
        })
    }
}
