//! The HTTP side of the port: upgrades, and the way to the API, the authorisation endpoints and
//! the control endpoints.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::control::Control;
use crate::faults::Fault;
use crate::net::Net;
use crate::state::ConnectRequest;
use crate::{auth_endpoint, connection, control_endpoint, http_api};

/// The largest request body read.
const MAX_BODY: usize = 16 * 1024 * 1024;
const SUBPROTOCOL: &str = "pusher-channels-protocol-7";

pub(crate) type Reply = Response<Full<Bytes>>;

/// A request which has been read whole.
pub(crate) struct Call {
    pub method: Method,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Call {
    /// A parameter of the query.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

type Upgrade = Arc<Mutex<Option<(OnUpgrade, ConnectRequest)>>>;

/// Serves one TCP connection to its end.
pub(crate) async fn serve(control: Control, net: Net, peer: SocketAddr) {
    let upgrade = Upgrade::default();
    let service = service_fn(|request| answer(control.clone(), upgrade.clone(), peer, request));
    // An error is a client which went away or did not speak HTTP, or a drop on order.
    let _ =
        http1::Builder::new().serve_connection(TokioIo::new(net), service).with_upgrades().await;
    let upgrade = upgrade.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some((on_upgrade, request)) = upgrade else { return };
    let Ok(upgraded) = on_upgrade.await else { return };
    if let Ok(parts) = upgraded.downcast::<TokioIo<Net>>() {
        connection::run(control.hub.clone(), parts.io.into_inner(), parts.read_buf, request).await;
    }
}

async fn answer(
    control: Control,
    upgrade: Upgrade,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> io::Result<Reply> {
    if is_upgrade(&request) {
        return open(&control, &upgrade, peer, request).await;
    }
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        return Ok(text(StatusCode::PAYLOAD_TOO_LARGE, "The request body is too large"));
    };
    let query = parts.uri.query().unwrap_or_default();
    let call = Call {
        method: parts.method,
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: parts.headers,
        body: body.to_bytes(),
        path,
    };
    let mut reply = route(&control, &call).await;
    // Pages from anywhere may use a development server.
    let anywhere = HeaderValue::from_static("*");
    reply.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, anywhere.clone());
    reply.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_HEADERS, anywhere);
    Ok(reply)
}

async fn route(control: &Control, call: &Call) -> Reply {
    let path = call.path.as_str();
    if call.method == Method::OPTIONS {
        return text(StatusCode::NO_CONTENT, "");
    }
    if let Some(rest) = path.strip_prefix("/apps/") {
        return http_api::answer(&control.hub, call, rest).await;
    }
    if path == "/pusher/auth" || path == "/pusher/user-auth" {
        return auth_endpoint::answer(&control.hub, call).await;
    }
    if let Some(rest) = path.strip_prefix("/_dev/")
        && control.hub.read(|inner| inner.config.control)
    {
        return control_endpoint::answer(control, call, rest).await;
    }
    if path == "/" {
        return text(StatusCode::OK, "pusherws-devserver\n");
    }
    text(StatusCode::NOT_FOUND, "Nothing is here\n")
}

fn is_upgrade(request: &Request<Incoming>) -> bool {
    request
        .headers()
        .get(header::UPGRADE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

enum Instead {
    Reply(Reply),
    Hang,
    Drop,
}

async fn open(
    control: &Control,
    upgrade: &Upgrade,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> io::Result<Reply> {
    let hub = &control.hub;
    let instead = hub.with(|inner| {
        inner.counters.upgrades += 1;
        let instead = inner.faults.take(None, |fault| match fault {
            Fault::RefuseUpgrade { status, headers, body } => {
                Some(Instead::Reply(refusal(*status, headers, body)))
            }
            Fault::HangUpgrade {} => Some(Instead::Hang),
            Fault::DropUpgrade {} => Some(Instead::Drop),
            _ => None,
        });
        inner.counters.upgrades_refused += u64::from(instead.is_some());
        instead
    });
    match instead {
        Some(Instead::Reply(reply)) => return Ok(reply),
        Some(Instead::Hang) => return std::future::pending().await,
        Some(Instead::Drop) => return Err(io::Error::other("dropped on order")),
        None => {}
    }
    let headers = request.headers();
    let key = headers.get(header::SEC_WEBSOCKET_KEY).cloned();
    let version = headers.get(header::SEC_WEBSOCKET_VERSION);
    let (Some(key), Some(b"13"), &Method::GET) =
        (key, version.map(HeaderValue::as_bytes), request.method())
    else {
        hub.with(|inner| inner.counters.upgrades_refused += 1);
        return Ok(text(StatusCode::BAD_REQUEST, "This is not a WebSocket upgrade"));
    };
    let mut reply = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::UPGRADE, "websocket")
        .header(header::CONNECTION, "Upgrade")
        .header(header::SEC_WEBSOCKET_ACCEPT, derive_accept_key(key.as_bytes()));
    let offered = headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|v| v.to_str().ok());
    if offered.is_some_and(|offered| offered.split(',').any(|name| name.trim() == SUBPROTOCOL)) {
        reply = reply.header(header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL);
    }
    let connect = connect_request(&request, peer);
    let on_upgrade = hyper::upgrade::on(&mut request);
    *upgrade.lock().unwrap_or_else(PoisonError::into_inner) = Some((on_upgrade, connect));
    Ok(reply.body(Full::default()).expect("the headers are valid"))
}

fn refusal(status: u16, headers: &BTreeMap<String, String>, body: &str) -> Reply {
    let mut reply = Response::builder().status(status);
    for (name, value) in headers {
        reply = reply.header(name, value);
    }
    reply.body(Full::from(body.to_owned())).unwrap_or_else(|error| {
        text(StatusCode::INTERNAL_SERVER_ERROR, &format!("the fault is not valid HTTP: {error}"))
    })
}

fn connect_request(request: &Request<Incoming>, peer: SocketAddr) -> ConnectRequest {
    let path = request.uri().path().to_owned();
    // Any prefix may stand before `/app/`.
    let key = match path.rsplit('/').collect::<Vec<_>>().as_slice() {
        [key, "app", ..] => (*key).to_owned(),
        _ => String::new(),
    };
    let query = request.uri().query().unwrap_or_default();
    ConnectRequest {
        path,
        key,
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: header_map(request.headers()),
        peer: peer.to_string(),
    }
}

pub(crate) fn header_map(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut map = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        map.entry(name.to_string())
            .and_modify(|all| {
                all.push_str(", ");
                all.push_str(&value);
            })
            .or_insert_with(|| value.to_string());
    }
    map
}

pub(crate) fn text(status: StatusCode, body: &str) -> Reply {
    reply(status, "text/plain; charset=utf-8", body.to_owned())
}

pub(crate) fn json<T: Serialize>(status: StatusCode, body: &T) -> Reply {
    reply(status, "application/json", crate::frames::to_json(body))
}

/// A reply with a status from a fault, which may be none that HTTP knows.
pub(crate) fn raw(status: u16, body: &str) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    text(status, body)
}

fn reply(status: StatusCode, content_type: &'static str, body: String) -> Reply {
    let mut reply = Response::new(Full::from(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}

/// For faults which never answer.
pub(crate) async fn never() -> Infallible {
    std::future::pending().await
}
