//! The authorisation endpoints an application would have: `/pusher/auth`, `/pusher/user-auth`.

use std::collections::BTreeMap;
use std::time::Duration;

use hyper::header;
use hyper::{Method, StatusCode};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::channel::Kind;
use crate::config::App;
use crate::faults::{Endpoint, Fault};
use crate::http::{self, Call, Reply};
use crate::http_api::is_socket_id;
use crate::hub::Hub;
use crate::inner::Inner;
use crate::signature;
use crate::state::AuthRequest;

enum Instead {
    Status(u16, String),
    Hang,
    Garbage,
    WrongSignature,
}

/// What an endpoint answers.
#[derive(Default, Serialize)]
struct Grant {
    auth: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shared_secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_data: Option<String>,
}

type Params = BTreeMap<String, String>;

pub(crate) async fn answer(hub: &Hub, call: &Call) -> Reply {
    let endpoint =
        if call.path.ends_with("user-auth") { Endpoint::User } else { Endpoint::Channel };
    let params = match read_params(call) {
        Ok(params) => params,
        Err(message) => return http::text(StatusCode::BAD_REQUEST, &message),
    };
    let headers = http::header_map(&call.headers);
    let entry = AuthRequest {
        id: 0,
        path: call.path.clone(),
        headers: headers.clone(),
        params: params.clone(),
        status: 0,
    };
    // Entered before it is answered, so that a test can wait for one which never is.
    let id = hub.with(|inner| inner.log_auth(entry));
    let is = |wanted: &Option<Endpoint>| wanted.is_none_or(|wanted| wanted == endpoint);
    let delay = hub.take_fault(None, |fault| match fault {
        Fault::AuthDelay { ms, endpoint } if is(endpoint) => Some(Duration::from_millis(*ms)),
        _ => None,
    });
    if let Some(delay) = delay {
        tokio::time::sleep(delay).await;
    }
    let instead = hub.take_fault(None, |fault| match fault {
        Fault::AuthStatus { status, body, endpoint } if is(endpoint) => {
            Some(Instead::Status(*status, body.clone()))
        }
        Fault::AuthHang { endpoint } if is(endpoint) => Some(Instead::Hang),
        Fault::AuthGarbage { endpoint } if is(endpoint) => Some(Instead::Garbage),
        Fault::AuthWrongSignature { endpoint } if is(endpoint) => Some(Instead::WrongSignature),
        _ => None,
    });
    let reply = match instead {
        Some(Instead::Hang) => match http::never().await {},
        Some(Instead::Status(status, body)) => http::raw(status, &body),
        Some(Instead::Garbage) => http::text(StatusCode::OK, "<html>this is not JSON"),
        instead => {
            let wrong = instead.is_some();
            let grant = |params: &Params| {
                hub.read(|inner| grant(inner, call, endpoint, &headers, params, wrong))
            };
            match batch(&params) {
                Some(channels) => answer_batch(&channels, &params, grant),
                None => grant(&params).map_or_else(
                    |(status, message)| http::text(status, &message),
                    |grant| http::json(StatusCode::OK, &grant),
                ),
            }
        }
    };
    hub.with(|inner| inner.log_auth_status(id, reply.status().as_u16()));
    reply
}

/// The parameters of the query and of a form or JSON body. JSON values other than strings keep
/// their JSON text.
fn read_params(call: &Call) -> Result<Params, String> {
    let mut params: Params = call.query.iter().cloned().collect();
    let content_type = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if content_type.is_some_and(|value| value.starts_with("application/json")) {
        let body: BTreeMap<String, Value> =
            serde_json::from_slice(&call.body).map_err(|e| format!("The body: {e}"))?;
        params.extend(body.into_iter().map(|(name, value)| match value {
            Value::String(text) => (name, text),
            other => (name, other.to_string()),
        }));
    } else {
        params.extend(form_urlencoded::parse(&call.body).into_owned());
    }
    Ok(params)
}

/// The channels of a request for many: `channel_name[0]` and so on, or a JSON array.
fn batch(params: &Params) -> Option<Vec<String>> {
    if let Some(list) = params.get("channel_name") {
        return serde_json::from_str(list).ok();
    }
    let place = |name: &str| -> Option<usize> {
        name.strip_prefix("channel_name[")?.strip_suffix(']')?.parse().ok()
    };
    let mut named: Vec<_> =
        params.iter().filter_map(|(name, channel)| Some((place(name)?, channel))).collect();
    named.sort_unstable();
    let channels: Vec<String> = named.into_iter().map(|(_, channel)| channel.clone()).collect();
    Some(channels).filter(|channels| !channels.is_empty())
}

/// One answer for each channel; one that is refused has its status instead.
fn answer_batch(
    channels: &[String],
    params: &Params,
    grant: impl Fn(&Params) -> Result<Grant, (StatusCode, String)>,
) -> Reply {
    let mut answers = BTreeMap::new();
    for channel in channels {
        let mut params = params.clone();
        params.insert("channel_name".into(), channel.clone());
        let answer = match grant(&params) {
            Ok(grant) => serde_json::to_value(grant).unwrap_or_default(),
            Err((status, message)) => {
                serde_json::json!({ "status": status.as_u16(), "error": message })
            }
        };
        answers.insert(channel.clone(), answer);
    }
    http::json(StatusCode::OK, &answers)
}

fn grant(
    inner: &Inner,
    call: &Call,
    endpoint: Endpoint,
    headers: &Params,
    params: &Params,
    wrong: bool,
) -> Result<Grant, (StatusCode, String)> {
    let refuse = |status: StatusCode, message: &str| Err((status, message.to_owned()));
    if call.method != Method::POST && call.method != Method::GET {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "Use POST");
    }
    let config = &inner.config.auth;
    let has = |map: &Params, wanted: &Option<(String, String)>, lower: bool| match wanted {
        Some((name, value)) => {
            let name = if lower { name.to_ascii_lowercase() } else { name.clone() };
            map.get(&name) == Some(value)
        }
        None => true,
    };
    if !has(headers, &config.required_header, true) || !has(params, &config.required_param, false) {
        return refuse(StatusCode::FORBIDDEN, "Forbidden");
    }
    let Some(socket_id) = params.get("socket_id").filter(|id| is_socket_id(id)) else {
        return refuse(StatusCode::BAD_REQUEST, "socket_id is missing or not valid");
    };
    // One endpoint serves all applications: the first, or the one whose key is given.
    let app = match params.get("app_key") {
        Some(key) => inner.apps.iter().find(|app| app.app.key == *key),
        None => inner.apps.first(),
    };
    let Some(app) = app.map(|app| &app.app) else {
        return refuse(StatusCode::FORBIDDEN, "There is no such app");
    };
    let user_id = params.get("user_id").cloned().unwrap_or_else(|| format!("user-{socket_id}"));
    let mut grant = Grant::default();
    let text = match endpoint {
        Endpoint::User => {
            let user_data = user_data(&user_id, params);
            let text = signature::user_string(socket_id, &user_data);
            grant.user_data = Some(user_data);
            text
        }
        Endpoint::Channel => {
            let Some(channel) = params.get("channel_name") else {
                return refuse(StatusCode::BAD_REQUEST, "channel_name is missing");
            };
            let kind = Kind::of(channel);
            if kind.is_presence() {
                grant.channel_data = Some(channel_data(&user_id, params));
            }
            if kind.is_encrypted() {
                grant.shared_secret = Some(signature::shared_secret(channel, &config.master_key));
            }
            signature::channel_string(socket_id, channel, grant.channel_data.as_deref())
        }
    };
    grant.auth = auth(app, &text, wrong);
    Ok(grant)
}

fn auth(app: &App, text: &str, wrong: bool) -> String {
    let secret = if wrong { "some other secret" } else { &app.secret };
    format!("{}:{}", app.key, signature::sign(secret, text))
}

fn user_info(params: &Params) -> Option<Box<RawValue>> {
    let text = params.get("user_info")?;
    // What is not JSON is taken for a plain string.
    RawValue::from_string(text.clone())
        .or_else(|_| RawValue::from_string(Value::from(text.as_str()).to_string()))
        .ok()
}

fn channel_data(user_id: &str, params: &Params) -> String {
    #[derive(Serialize)]
    struct ChannelData<'a> {
        user_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        user_info: Option<Box<RawValue>>,
    }
    crate::frames::to_json(&ChannelData { user_id, user_info: user_info(params) })
}

fn user_data(user_id: &str, params: &Params) -> String {
    #[derive(Serialize)]
    struct UserData<'a> {
        id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        user_info: Option<Box<RawValue>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        watchlist: Vec<&'a str>,
    }
    let watchlist = params.get("watchlist").map(String::as_str).unwrap_or_default();
    let watchlist = watchlist.split(',').filter(|id| !id.is_empty()).collect();
    crate::frames::to_json(&UserData { id: user_id, user_info: user_info(params), watchlist })
}
