//! HTTP requests, over the same connections as the WebSocket: same DNS, TCP, TLS and trust.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::{Request, Uri};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use url::Url;

use crate::engine::dialer::Dialer;
use crate::engine::stream::Transport;
use crate::engine::tls;
use crate::error::{Error, Result, Status};
use crate::protocol::http::{HttpRequest, HttpResponse};

/// The largest answer that is read. A list of a channel's users can be long.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// How long a connection that nobody uses is kept.
const KEPT_IDLE: Duration = Duration::from_secs(30);

/// A client with a pool of connections of its own. Cheap to clone.
#[derive(Clone)]
pub struct Http(Client<Connector, Full<Bytes>>);

impl Http {
    pub fn new(dialer: Arc<Dialer>) -> Http {
        Http(
            Client::builder(TokioExecutor::new())
                .pool_idle_timeout(KEPT_IDLE)
                .pool_timer(TokioTimer::new())
                .build(Connector(dialer)),
        )
    }

    /// Sends a request and reads the whole answer, within the time allowed.
    pub async fn send(self, request: HttpRequest, timeout: Duration) -> Result<HttpResponse> {
        let shown = format!("{request:?}");
        let answer = tokio::time::timeout(timeout, self.exchange(request)).await;
        answer.unwrap_or_else(|_| {
            let text = format!("{shown}: no answer within {} s", timeout.as_secs_f32());
            Err(Error::new(Status::Timeout, text))
        })
    }

    async fn exchange(self, request: HttpRequest) -> Result<HttpResponse> {
        let shown = format!("{request:?}");
        let agent = concat!("pusherws/", env!("CARGO_PKG_VERSION"));
        let mut built =
            Request::builder().method(request.method.as_str()).uri(request.url.as_str());
        built = built.header("User-Agent", agent);
        for (name, value) in &request.headers {
            built = built.header(name, value);
        }
        // The builder's error could quote a header, which may be a secret.
        let built = built.body(Full::from(request.body)).map_err(|_| {
            let text = format!("{shown}: the URL or a header is not valid");
            Error::new(Status::Argument, text)
        })?;
        let response = self.0.request(built).await.map_err(|error| failure(&shown, &error))?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
        let body = body.map_err(|error| {
            let text = format!("{shown}: the answer could not be read: {error}");
            Error::new(Status::Network, text)
        })?;
        let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
        Ok(HttpResponse { status, body })
    }
}

/// What the connector said, where it was the connector; the client's own words say little.
fn failure(shown: &str, error: &ClientError) -> Error {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(own) = cause.downcast_ref::<Error>() {
            return Error::new(own.status(), format!("{shown}: {own}")).with_code(own.code());
        }
        if let Some(said) = cause.downcast_ref::<io::Error>().and_then(tls::objection) {
            return Error::new(said.status(), format!("{shown}: {said}"));
        }
        source = cause.source();
    }
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    Error::new(Status::Network, format!("{shown}: {error}{}", cause.unwrap_or_default()))
}

/// Opens the connections of the pool.
#[derive(Clone)]
struct Connector(Arc<Dialer>);

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<Transport>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let dialer = Arc::clone(&self.0);
        Box::pin(async move {
            let url = Url::parse(&uri.to_string()).map_err(|error| {
                Error::new(Status::Argument, format!("the URL is not valid: {error}"))
            })?;
            Ok(TokioIo::new(dialer.open(&url).await?))
        })
    }
}

impl Connection for Transport {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}
