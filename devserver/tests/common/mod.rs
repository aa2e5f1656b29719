//! A raw client: it says exactly what a test tells it to, and shows every frame it gets.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::rt::TokioIo;
use pusherws_devserver::{Config, Control, Server, State, signature};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::{self, Error};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Longer than anything here takes, short enough that a broken test ends.
pub const LONG: Duration = Duration::from_secs(10);
/// How long "nothing comes" is watched, where nothing else can show it.
pub const SHORT: Duration = Duration::from_millis(100);

pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Socket for T {}

pub struct Client {
    pub ws: WebSocketStream<Box<dyn Socket>>,
    pub socket_id: String,
}

/// How a connection ended, as a client sees it.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    Close(u16),
    CloseWithoutCode,
    /// End of file or a reset without a close frame.
    Drop,
    Protocol,
}

pub async fn start() -> Server {
    start_with(|_| {}).await
}

pub async fn start_with(change: impl FnOnce(&mut Config)) -> Server {
    let mut config = Config::default();
    change(&mut config);
    Server::start(config).await.unwrap()
}

pub async fn until(control: &Control, condition: impl FnMut(&State) -> bool) -> State {
    control.wait_until(LONG, condition).await.unwrap()
}

impl Client {
    /// Upgrades; waits for nothing.
    pub async fn open(url: &str) -> Result<Client, Error> {
        let request = url.into_client_request().unwrap();
        let authority = request.uri().authority().unwrap().to_string();
        let tcp = TcpStream::connect(authority).await?;
        Client::open_on(Box::new(tcp), request).await
    }

    pub async fn open_on(
        socket: Box<dyn Socket>,
        request: impl IntoClientRequest + Unpin,
    ) -> Result<Client, Error> {
        let (ws, _) = timeout(LONG, client_async(request, socket)).await.unwrap()?;
        Ok(Client { ws, socket_id: String::new() })
    }

    /// Upgrades and waits for `connection_established`.
    pub async fn connect(control: &Control) -> Client {
        let mut client = Client::open(&control.ws_url()).await.unwrap();
        client.establish().await;
        client
    }

    pub async fn establish(&mut self) {
        let frame = self.next().await;
        assert_eq!(frame["event"], "pusher:connection_established");
        self.socket_id = data(&frame)["socket_id"].as_str().unwrap().to_owned();
    }

    /// The next message of any kind.
    pub async fn message(&mut self) -> Option<Result<Message, Error>> {
        timeout(LONG, self.ws.next()).await.expect("a message in time")
    }

    /// The next text frame.
    pub async fn text(&mut self) -> String {
        loop {
            match self.message().await {
                Some(Ok(Message::Text(text))) => return text.to_string(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("expected a text frame, got {other:?}"),
            }
        }
    }

    pub async fn next(&mut self) -> Value {
        serde_json::from_str(&self.text().await).unwrap()
    }

    pub async fn expect(&mut self, event: &str) -> Value {
        let frame = self.next().await;
        assert_eq!(frame["event"], event, "{frame}");
        frame
    }

    /// Shows that nothing is on its way: the answer to a ping is the next frame.
    pub async fn expect_nothing(&mut self) {
        self.send(json!({"event": "pusher:ping", "data": {}})).await;
        self.expect("pusher:pong").await;
    }

    /// Shows, by waiting, that nothing at all comes.
    pub async fn expect_silence(&mut self) {
        let message = timeout(SHORT, self.ws.next()).await;
        assert!(message.is_err(), "expected nothing, got {message:?}");
    }

    /// Reads to the end.
    pub async fn end(&mut self) -> End {
        let mut end = None;
        loop {
            match self.message().await {
                Some(Ok(Message::Close(Some(frame)))) => end = Some(End::Close(frame.code.into())),
                Some(Ok(Message::Close(None))) => end = Some(End::CloseWithoutCode),
                Some(Ok(_)) => {}
                Some(Err(Error::Protocol(
                    tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
                ))) => return end.unwrap_or(End::Drop),
                Some(Err(Error::Io(_))) | None => return end.unwrap_or(End::Drop),
                Some(Err(_)) => return End::Protocol,
            }
        }
    }

    pub async fn send(&mut self, frame: Value) {
        self.send_text(&frame.to_string()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.ws.send(Message::text(text)).await.unwrap();
    }

    pub fn auth(&self, channel: &str, channel_data: Option<&str>) -> String {
        let text = signature::channel_string(&self.socket_id, channel, channel_data);
        format!("app-key:{}", signature::sign("app-secret", &text))
    }

    /// Asks for a subscription, signed where the kind of the channel wants it.
    pub async fn ask(&mut self, channel: &str, channel_data: Option<&str>) {
        let mut data = json!({ "channel": channel });
        if channel.starts_with("private-") || channel.starts_with("presence-") {
            data["auth"] = self.auth(channel, channel_data).into();
        }
        if let Some(channel_data) = channel_data {
            data["channel_data"] = channel_data.into();
        }
        self.send(json!({"event": "pusher:subscribe", "data": data})).await;
    }

    /// Subscribes and returns the answer.
    pub async fn subscribe(&mut self, channel: &str) -> Value {
        self.ask(channel, None).await;
        let frame = self.expect("pusher_internal:subscription_succeeded").await;
        assert_eq!(frame["channel"], channel);
        frame
    }

    /// Subscribes to a presence channel as `user_id` and returns the answer.
    pub async fn enter(&mut self, channel: &str, user_id: &str) -> Value {
        let channel_data = json!({"user_id": user_id, "user_info": {"name": user_id}}).to_string();
        self.ask(channel, Some(&channel_data)).await;
        self.expect("pusher_internal:subscription_succeeded").await
    }

    pub async fn sign_in(&mut self, user_data: &str) {
        let text = signature::user_string(&self.socket_id, user_data);
        let auth = format!("app-key:{}", signature::sign("app-secret", &text));
        let data = json!({ "auth": auth, "user_data": user_data });
        self.send(json!({"event": "pusher:signin", "data": data})).await;
    }
}

/// The `data` of a frame, decoded if it is double-encoded.
pub fn data(frame: &Value) -> Value {
    match &frame["data"] {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        other => other.clone(),
    }
}

pub struct Reply {
    pub status: u16,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }
}

/// One HTTP call on a connection of its own; an error if the server drops it.
pub async fn call(
    control: &Control,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Result<Reply, hyper::Error> {
    let tcp = TcpStream::connect(control.address()).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(tcp)).await?;
    tokio::spawn(connection);
    let mut request =
        Request::builder().method(method).uri(path).header("host", control.address().to_string());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let reply = sender.send_request(request.body(Full::new(body.into())).unwrap()).await?;
    let status = reply.status().as_u16();
    let bytes = reply.into_body().collect().await?.to_bytes();
    Ok(Reply { status, text: String::from_utf8(bytes.to_vec()).unwrap() })
}

pub async fn get(control: &Control, path: &str) -> Reply {
    call(control, "GET", path, &[], "").await.unwrap()
}

pub async fn post(control: &Control, path: &str, body: Value) -> Reply {
    let headers = [("content-type", "application/json")];
    call(control, "POST", path, &headers, body.to_string()).await.unwrap()
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A signed call of the HTTP API.
pub async fn api(
    control: &Control,
    method: &str,
    path: &str,
    extra: &[(&str, &str)],
    body: &str,
) -> Reply {
    let query = signature::signed_query(
        "app-key",
        "app-secret",
        method,
        path,
        now(),
        body.as_bytes(),
        extra,
    );
    call(control, method, &format!("{path}?{query}"), &[], body.to_owned()).await.unwrap()
}
