//! A client for the Pusher Channels WebSocket protocol, version 7.
//!
//! The house has five floors, and its arrows run one way:
//!
//! ```text
//! ffi -> client -> engine -> session -> protocol
//! ```
//!
//! - [`protocol`]: pure values and bytes. What frames say, what a channel name means, how a request
//!   is signed, what a close code asks for. No clock, no I/O.
//! - [`session`]: the rules, as state machines without I/O: connecting, subscribing, recovering.
//!   Time and randomness come in as arguments, so they are tested under a false clock.
//! - [`engine`]: everything that touches tokio, threads and sockets. It carries bytes to the
//!   session, does what the session asks for, and delivers its events.
//! - [`client`]: the facade, with [`config`] and [`api`]. Rust programs use it, and so does `ffi`.
//! - [`ffi`]: the C API: checks what comes from C, converts it, and calls the facade.
//!
//! [`error`] lies below all of them. `tests/layering.rs` keeps the arrows as they are.
//!
//! Data runs through it in one straight line down and one up: a socket read, frames, envelope,
//! session, delivery, the application's callback; and a C call, command, session, frame, socket.

#![deny(unsafe_code)]

pub mod api;
pub mod client;
pub mod config;
pub mod engine;
pub mod error;
#[allow(unsafe_code)] // Next to all of it: raw pointers are what a C API is made of.
pub mod ffi;
pub mod protocol;
pub mod session;
