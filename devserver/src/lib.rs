//! A server of the Pusher Channels protocol, version 7, for tests and development.
//!
//! It keeps everything in memory, listens on one port for WebSockets (`/app/{key}`), for Pusher's
//! HTTP API (`/apps/{id}/…`) and for an application's authorisation endpoints (`/pusher/auth`,
//! `/pusher/user-auth`), and it misbehaves on order.
//!
//! ```no_run
//! use std::time::Duration;
//! use pusherws_devserver::{Config, Fault, Server, Target};
//!
//! # async fn example() -> std::io::Result<()> {
//! let server = Server::start(Config::default()).await?;
//! // … connect a client to server.ws_url() …
//! let state = server.wait_until(Duration::from_secs(5), |s| s.subscriptions("news") == 1).await;
//! assert!(state.is_ok());
//! server.publish("news", "headline", r#"{"text":"hello"}"#);
//! server.order(Fault::RefuseUpgrade {
//!     status: 503,
//!     headers: Default::default(),
//!     body: String::new(),
//! }.times(2));
//! server.close(Target::All, 4200, "try again");
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! [`Server::start`] runs on the caller's tokio runtime, [`Server::spawn`] on a thread of its own.
//! Both give a [`Control`], with which a test orders faults ([`Control::order`]), sends what no
//! honest server would send, and waits for what the client does ([`Control::wait_until`]).

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod admission;
mod auth_endpoint;
mod channel;
mod config;
mod connection;
mod control;
mod control_endpoint;
mod faults;
mod frames;
mod http;
mod http_api;
mod hub;
mod inner;
mod net;
mod outbox;
mod publishing;
mod quirks;
mod receive;
mod server;
pub mod signature;
mod state;
mod subscriptions;
mod tls;
mod users;
mod wait;

pub use config::{App, AuthEndpoint, Config, Limits, Pings, Tls, TlsVersion};
pub use control::{Control, Garbage, Target, Then};
pub use faults::{Endpoint, Fault, FaultState, How, Order};
pub use publishing::Flood;
pub use quirks::{Quirks, Refusal, Rejection};
pub use server::{BlockingServer, Server};
pub use state::{AuthRequest, ChannelState, ConnectRequest, ConnectionState, State, TimedOut};
pub use tls::Certificates;
