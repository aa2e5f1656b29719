//! Pusher's HTTP API: signed calls to publish and to query.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::channel::{self, Kind};
use crate::faults::Fault;
use crate::frames::Data;
use crate::http::{self, Call, Reply};
use crate::hub::Hub;
use crate::inner::Inner;
use crate::publishing::{ChannelInfo, data_of};
use crate::signature;

const MAX_CHANNELS: usize = 100;
const MAX_BATCH: usize = 10;
const MAX_NAME: usize = 200;
/// How far the clock of the caller may be off, in seconds.
const MAX_AGE: u64 = 600;

struct Refusal(StatusCode, String);

type Answer = Result<Reply, Refusal>;

fn refuse<T>(status: StatusCode, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(status, message.into()))
}

fn bad<T>(message: impl Into<String>) -> Result<T, Refusal> {
    refuse(StatusCode::BAD_REQUEST, message)
}

#[derive(Deserialize)]
struct Trigger {
    name: String,
    data: Option<Box<RawValue>>,
    channel: Option<String>,
    channels: Option<Vec<String>>,
    socket_id: Option<String>,
    #[serde(default)]
    info: String,
}

#[derive(Deserialize)]
struct Batch {
    batch: Vec<Trigger>,
}

/// Answers a call to `/apps/{rest}`.
pub(crate) async fn answer(hub: &Hub, call: &Call, rest: &str) -> Reply {
    let fault = hub.with(|inner| {
        inner.counters.api_requests += 1;
        inner.faults.take(None, |fault| match fault {
            Fault::ApiStatus { status, body } => Some(Some((*status, body.clone()))),
            Fault::ApiHang {} => Some(None),
            _ => None,
        })
    });
    match fault {
        Some(Some((status, body))) => return http::raw(status, &body),
        Some(None) => match http::never().await {},
        None => {}
    }
    hub.with(|inner| {
        answer_locked(inner, call, rest).unwrap_or_else(|Refusal(status, message)| {
            let body = json!({ "error": message, "code": status.as_u16() });
            match inner.config.quirks.api_errors_as_200 {
                true => http::json(StatusCode::OK, &body),
                false => http::json(status, &body),
            }
        })
    })
}

fn answer_locked(inner: &mut Inner, call: &Call, rest: &str) -> Answer {
    let mut parts = rest.split('/');
    let id = parts.next().unwrap_or_default();
    let Some(app) = inner.apps.iter().position(|app| app.app.id == id) else {
        return refuse(StatusCode::NOT_FOUND, format!("App {id} does not exist."));
    };
    check_signature(inner, app, call)?;
    if !inner.apps[app].app.enabled {
        return refuse(StatusCode::FORBIDDEN, "The app is not enabled.");
    }
    // Percent-encoding occurs: `#` in the channels of users.
    let parts: Vec<String> = parts.map(decode).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match (&call.method, parts.as_slice()) {
        (&Method::POST, ["events"]) => trigger(inner, app, call),
        (&Method::POST, ["batch_events"]) => batch(inner, app, call),
        (&Method::GET, ["channels"]) => channels(inner, app, call),
        (&Method::GET, ["channels", name]) => channel(inner, app, call, name),
        (&Method::GET, ["channels", name, "users"]) => users(inner, app, name),
        (&Method::POST, ["users", user_id, "terminate_connections"]) => {
            inner.terminate_user(app, user_id);
            Ok(http::json(StatusCode::OK, &json!({})))
        }
        _ => refuse(StatusCode::NOT_FOUND, "There is no such call."),
    }
}

/// Percent-decoding of one segment of a path, where `+` is itself.
fn decode(segment: &str) -> String {
    form_urlencoded::parse(
        segment.replace('+', "%2B").replace('&', "%26").replace('=', "%3D").as_bytes(),
    )
    .next()
    .map(|(key, _)| key.into_owned())
    .unwrap_or_default()
}

fn check_signature(inner: &Inner, app: usize, call: &Call) -> Result<(), Refusal> {
    let unauthorized = |message: &str| refuse(StatusCode::UNAUTHORIZED, message);
    let app = &inner.apps[app].app;
    if call.param("auth_key") != Some(&app.key) {
        return unauthorized("auth_key is not the key of this app");
    }
    if call.param("auth_version") != Some("1.0") {
        return unauthorized("auth_version is not 1.0");
    }
    let Some(time) = call.param("auth_timestamp").and_then(|time| time.parse::<u64>().ok()) else {
        return unauthorized("auth_timestamp is not a number");
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    if now.abs_diff(time) > MAX_AGE {
        return unauthorized("auth_timestamp is more than 600 seconds off");
    }
    if !call.body.is_empty() && call.param("body_md5") != Some(&signature::body_md5(&call.body)) {
        return unauthorized("body_md5 is not the MD5 of the body");
    }
    let text = signature::api_string(call.method.as_str(), &call.path, &call.query);
    let given = call.param("auth_signature").unwrap_or_default();
    if !signature::verify(&app.secret, &text, given) {
        return unauthorized("auth_signature does not match");
    }
    Ok(())
}

/// What is to be published, once it has been checked.
struct Event {
    name: String,
    channels: Vec<String>,
    data: Data,
    socket_id: Option<String>,
    info: String,
}

fn check_trigger(inner: &Inner, trigger: Trigger) -> Result<Event, Refusal> {
    let Trigger { name, data, channel, channels, socket_id, info } = trigger;
    if name.is_empty() || name.len() > MAX_NAME {
        return bad(format!("An event name has 1 to {MAX_NAME} characters"));
    }
    let channels = channels.or(channel.map(|channel| vec![channel])).unwrap_or_default();
    if channels.is_empty() || channels.len() > MAX_CHANNELS {
        return bad(format!("An event goes to 1 to {MAX_CHANNELS} channels"));
    }
    let longest = inner.config.limits.channel_name;
    if let Some(error) = channels.iter().find_map(|name| channel::name_error(name, longest)) {
        return bad(error);
    }
    if channels.len() > 1 && channels.iter().any(|name| Kind::of(name).is_encrypted()) {
        return bad("An event for an encrypted channel goes to no other channel");
    }
    if socket_id.as_deref().is_some_and(|id| !is_socket_id(id)) {
        return bad("socket_id is not valid");
    }
    let data = data_of(data);
    let length = match &data {
        Data::None => return bad("An event needs data"),
        Data::Text(text) => text.len(),
        Data::Json(json) => json.get().len(),
        Data::Value(_) => 0,
    };
    let max = inner.config.limits.event_bytes;
    if length > max {
        let message = format!("The data of this event is larger than {max} bytes");
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, message);
    }
    Ok(Event { name, channels, data, socket_id, info })
}

fn publish(inner: &mut Inner, app: usize, event: &Event) {
    for channel in &event.channels {
        let data = event.data.clone();
        inner.publish(app, channel, &event.name, data, event.socket_id.as_deref());
    }
}

fn parse<T: for<'a> Deserialize<'a>>(call: &Call) -> Result<T, Refusal> {
    serde_json::from_slice(&call.body).or_else(|error| bad(format!("The body: {error}")))
}

fn trigger(inner: &mut Inner, app: usize, call: &Call) -> Answer {
    let event = check_trigger(inner, parse(call)?)?;
    publish(inner, app, &event);
    if event.info.is_empty() {
        return Ok(http::json(StatusCode::OK, &json!({})));
    }
    let channels: BTreeMap<&str, ChannelInfo> = event
        .channels
        .iter()
        .map(|name| (name.as_str(), inner.channel_info(app, name, &event.info)))
        .collect();
    Ok(http::json(StatusCode::OK, &json!({ "channels": channels })))
}

fn batch(inner: &mut Inner, app: usize, call: &Call) -> Answer {
    let Batch { batch } = parse(call)?;
    if batch.len() > MAX_BATCH {
        return bad(format!("A batch holds at most {MAX_BATCH} events"));
    }
    // All are checked before the first is sent.
    let checked: Result<Vec<Event>, Refusal> =
        batch.into_iter().map(|trigger| check_trigger(inner, trigger)).collect();
    let events = checked?;
    let mut infos = Vec::new();
    for event in &events {
        publish(inner, app, event);
        infos.push(inner.channel_info(app, &event.channels[0], &event.info));
    }
    if events.iter().all(|event| event.info.is_empty()) {
        return Ok(http::json(StatusCode::OK, &json!({})));
    }
    Ok(http::json(StatusCode::OK, &json!({ "batch": infos })))
}

fn channels(inner: &Inner, app: usize, call: &Call) -> Answer {
    let prefix = call.param("filter_by_prefix").unwrap_or_default();
    let info = call.param("info").unwrap_or_default();
    if info.contains("user_count") && !prefix.starts_with("presence-") {
        return bad("user_count needs filter_by_prefix=presence-");
    }
    let channels: BTreeMap<&str, ChannelInfo> = inner.apps[app]
        .channels
        .iter()
        .filter(|(name, channel)| name.starts_with(prefix) && !channel.subscribers.is_empty())
        .map(|(name, _)| (name.as_str(), inner.channel_info(app, name, info)))
        .collect();
    Ok(http::json(StatusCode::OK, &json!({ "channels": channels })))
}

fn channel(inner: &Inner, app: usize, call: &Call, name: &str) -> Answer {
    if let Some(error) = channel::name_error(name, inner.config.limits.channel_name) {
        return bad(error);
    }
    let info = call.param("info").unwrap_or_default();
    if info.contains("user_count") && !Kind::of(name).is_presence() {
        return bad("user_count is for presence channels");
    }
    if info.split(',').any(|wanted| wanted == "cache") && !Kind::of(name).is_cache() {
        return bad("cache is for cache channels");
    }
    let occupied =
        inner.apps[app].channels.get(name).is_some_and(|channel| !channel.subscribers.is_empty());
    #[derive(serde::Serialize)]
    struct Channel {
        occupied: bool,
        #[serde(flatten)]
        info: ChannelInfo,
    }
    let info = inner.channel_info(app, name, info);
    Ok(http::json(StatusCode::OK, &Channel { occupied, info }))
}

fn users(inner: &Inner, app: usize, name: &str) -> Answer {
    if !Kind::of(name).is_presence() {
        return bad("Only presence channels have users");
    }
    let members = inner.apps[app].channels.get(name).map(|channel| channel.members.keys());
    let users: Vec<_> = members.into_iter().flatten().map(|id| json!({ "id": id })).collect();
    Ok(http::json(StatusCode::OK, &json!({ "users": users })))
}

/// Whether a text is a socket id: two numbers with a dot between.
pub(crate) fn is_socket_id(text: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    text.split_once('.').is_some_and(|(a, b)| number(a) && number(b))
}
