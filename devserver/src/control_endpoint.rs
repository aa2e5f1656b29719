//! `/_dev/…`: the same orders as [`Control`], over HTTP, for tests in other languages.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::control::{Control, Garbage, Target, Then};
use crate::faults::{How, Order};
use crate::http::{self, Call, Reply};
use crate::publishing::{Flood, data_of};
use crate::quirks::Quirks;
use crate::wait::Wait;

type Answer = Result<Value, (StatusCode, String)>;

/// Reads the body; an empty one is `{}`.
fn body<T: DeserializeOwned>(call: &Call) -> Result<T, (StatusCode, String)> {
    let bytes: &[u8] = if call.body.is_empty() { b"{}" } else { &call.body };
    serde_json::from_slice(bytes).map_err(|error| bad(&error.to_string()))
}

fn bad(message: &str) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, message.to_owned())
}

fn reached(connections: usize) -> Answer {
    Ok(json!({ "connections": connections }))
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Close {
    socket_id: Option<String>,
    code: Option<u16>,
    reason: String,
    /// Send `pusher:error` with the same code first.
    error: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DropOrder {
    socket_id: Option<String>,
    how: How,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Error {
    socket_id: Option<String>,
    code: Option<u16>,
    message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Send {
    socket_id: Option<String>,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SendBytes {
    socket_id: Option<String>,
    base64: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HalfFrame {
    socket_id: Option<String>,
    #[serde(default = "half_frame_text")]
    text: String,
    #[serde(default)]
    then: Then,
}

fn half_frame_text() -> String {
    r#"{"event":"half","channel":"half","data":"{}"}"#.to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GarbageOrder {
    socket_id: Option<String>,
    kind: Garbage,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Ping {
    socket_id: Option<String>,
    payload: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Publish {
    channel: String,
    event: String,
    data: Option<Box<RawValue>>,
    /// A socket id which does not get it.
    except: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FloodOrder {
    channel: String,
    event: String,
    data: String,
    count: u64,
    #[serde(default)]
    numbered: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TerminateUser {
    user_id: String,
}

#[derive(Default, Deserialize)]
struct Imitate {
    imitate: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Auth {
    required_header: Option<(String, String)>,
    required_param: Option<(String, String)>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AppChange {
    client_events: Option<bool>,
    user_authentication: Option<bool>,
    subscription_count: Option<bool>,
    enabled: Option<bool>,
    /// `null` lifts the limit; a missing one leaves it.
    #[serde(deserialize_with = "present")]
    max_connections: Option<Option<usize>>,
}

fn present<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Option<usize>>, D::Error> {
    Option::deserialize(d).map(Some)
}

/// Answers a call to `/_dev/{path}`.
pub(crate) async fn answer(control: &Control, call: &Call, path: &str) -> Reply {
    let result = match (&call.method, path) {
        (&Method::POST, "flood") => flood(control, call).await,
        (&Method::POST, "wait") => wait(control, call).await,
        _ => answer_now(control, call, path),
    };
    match result {
        Ok(value) => http::json(StatusCode::OK, &value),
        Err((status, message)) => http::json(status, &json!({ "error": message })),
    }
}

async fn flood(control: &Control, call: &Call) -> Answer {
    let FloodOrder { channel, event, data, count, numbered } = body(call)?;
    reached(control.flood(&Flood { channel, event, data, count, numbered }).await)
}

async fn wait(control: &Control, call: &Call) -> Answer {
    let wait: Wait = body(call)?;
    let timeout = Duration::from_millis(wait.timeout_ms);
    match control.wait_until(timeout, |state| wait.holds(state)).await {
        Ok(_) => Ok(json!({ "ok": true })),
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "it did not come true in time".to_owned())),
    }
}

fn target(socket_id: Option<String>) -> Target {
    socket_id.map_or(Target::All, Target::Socket)
}

fn answer_now(control: &Control, call: &Call, path: &str) -> Answer {
    if let Some(id) = path.strip_prefix("faults/")
        && call.method == Method::DELETE
    {
        let id = id.parse().map_err(|_| bad("the number of a fault is a number"))?;
        return Ok(json!({ "cleared": control.clear(id) }));
    }
    match (call.method.as_str(), path) {
        ("GET", "state") => Ok(json!(control.state())),
        ("GET", "faults") => Ok(json!(control.faults())),
        ("POST", "faults") => {
            let order = Order::from_json(body(call)?).map_err(|error| bad(&error))?;
            Ok(json!({ "id": control.order(order) }))
        }
        ("DELETE", "faults") | ("POST", "clear") => {
            control.clear_faults();
            Ok(json!({}))
        }
        ("POST", "close") => {
            let Close { socket_id, code, reason, error } = body(call)?;
            let target = target(socket_id);
            reached(match code {
                Some(code) if error => control.error_and_close(target, code, &reason),
                _ => control.close(target, code, &reason),
            })
        }
        ("POST", "drop") => {
            let DropOrder { socket_id, how } = body(call)?;
            reached(control.drop_connections(target(socket_id), how))
        }
        ("POST", "error") => {
            let Error { socket_id, code, message } = body(call)?;
            reached(control.send_error(target(socket_id), code, &message))
        }
        ("POST", "send") => {
            let Send { socket_id, text } = body(call)?;
            reached(control.send_text(target(socket_id), &text))
        }
        ("POST", "bytes") => {
            let SendBytes { socket_id, base64 } = body(call)?;
            let bytes = STANDARD.decode(base64).map_err(|error| bad(&error.to_string()))?;
            reached(control.send_bytes(target(socket_id), bytes))
        }
        ("POST", "half_frame") => {
            let HalfFrame { socket_id, text, then } = body(call)?;
            reached(control.send_half_frame(target(socket_id), &text, then))
        }
        ("POST", "garbage") => {
            let GarbageOrder { socket_id, kind } = body(call)?;
            reached(control.send_garbage(target(socket_id), kind))
        }
        ("POST", "ping") => {
            let Ping { socket_id, .. } = body(call)?;
            reached(control.send_ping(target(socket_id)))
        }
        ("POST", "ws_ping") => {
            let Ping { socket_id, payload } = body(call)?;
            reached(control.send_ws_ping(target(socket_id), payload.as_bytes()))
        }
        ("POST", "publish") => {
            let Publish { channel, event, data, except } = body(call)?;
            reached(control.publish_data(&channel, &event, data_of(data), except.as_deref()))
        }
        ("POST", "terminate_user") => {
            let TerminateUser { user_id } = body(call)?;
            reached(control.terminate_user(&user_id))
        }
        ("GET", "quirks") => Ok(json!(control.quirks())),
        // Those which are not named are off: `{}` is no quirks at all.
        ("POST", "quirks") => {
            let Imitate { imitate } = body(call).unwrap_or_default();
            let quirks = match imitate {
                Some(server) => Quirks::of(&server)
                    .ok_or_else(|| bad(&format!("nobody knows the quirks of {server}")))?,
                None => body(call)?,
            };
            control.set_quirks(quirks.clone());
            Ok(json!(quirks))
        }
        ("POST", "auth") => {
            let Auth { required_header, required_param } = body(call)?;
            control.change_auth(|auth| {
                auth.required_header = required_header;
                auth.required_param = required_param;
            });
            Ok(json!({}))
        }
        ("POST", "app") => {
            let change: AppChange = body(call)?;
            control.change_app(0, |app| {
                app.client_events = change.client_events.unwrap_or(app.client_events);
                app.user_authentication =
                    change.user_authentication.unwrap_or(app.user_authentication);
                app.subscription_count =
                    change.subscription_count.unwrap_or(app.subscription_count);
                app.enabled = change.enabled.unwrap_or(app.enabled);
                app.max_connections = change.max_connections.unwrap_or(app.max_connections);
            });
            Ok(json!({}))
        }
        ("POST", "reset") => {
            control.reset();
            Ok(json!({}))
        }
        (method, path) => {
            Err((StatusCode::NOT_FOUND, format!("there is no {method} /_dev/{path}")))
        }
    }
}
