//! The protocol: pure values and bytes. No clock, no I/O, no async.
//!
//! What a frame says and how one is written, what a channel name means, how a request is signed,
//! what a close code asks for. Everything here is a function of its arguments, so every rule is
//! tested with nothing but strings.

pub mod api;
pub mod auth_request;
pub mod authorization;
pub mod channel;
pub mod client_event;
pub mod close_code;
pub mod encrypted;
pub mod endpoint;
pub mod envelope;
pub mod frames;
pub mod http;
pub mod incoming;
pub mod limits;
pub mod outgoing;
pub mod presence;
pub mod redact;
pub mod scan;
pub mod server;
pub mod signature;
