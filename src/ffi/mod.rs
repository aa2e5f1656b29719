//! The C API. Every function checks what it was given, converts it, calls the facade, and converts
//! the answer back; no rule lives here.
//!
//! The documentation of the functions is written for C programmers: `build.rs` renders it into
//! `include/pusherws.h`.
//!
//! - [`numbers`], [`types`]: the statuses, kinds and states of the header; its structs and handles.
//! - [`handles`]: what a `pusher_client *` really is.
//! - [`guard`]: the boundary: no panic crosses it, and the last error is kept.
//! - [`text`]: strings from C and to C.
//! - [`library`], [`config`], [`config_auth`], [`config_transport`], [`client`], [`polling`], [`queue`],
//!   [`channels`], [`authorize`], [`api`], [`server`], [`event`], [`metrics`]: the functions, in the order of the
//!   header.
//! - `layout`: what the C compiler has to agree with, written into a test.
//! - `planted`: bugs on order, behind the feature `planted-faults`; never in a release.

#![allow(non_camel_case_types)]
// The types carry their C names.
// Every function's contract is in its documentation, which is written for C.
#![allow(clippy::missing_safety_doc)]

pub mod api;
pub mod authorize;
pub mod channels;
pub mod client;
pub mod config;
pub mod config_auth;
pub mod config_transport;
pub mod event;
mod guard;
mod handles;
#[cfg(test)]
mod layout;
pub mod library;
pub mod metrics;
pub mod numbers;
#[cfg(feature = "planted-faults")]
mod planted;
pub mod polling;
pub mod queue;
pub mod server;
mod text;
pub mod types;
