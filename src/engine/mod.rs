//! The engine: everything that touches tokio, threads, sockets and the clock.
//!
//! One shared network thread (`pusherws-io`) runs a [`driver`] for each client: it moves bytes
//! between the socket and the session, and events from the session into the client's
//! [`delivery`] queue. The client's [`consumer`] takes them from there in batches and calls the
//! application's [`bindings`]: on a thread of the client's own (`pusherws-ev`, [`dispatcher`]), or
//! on whichever asks, told by a [`ready_list`]. Inline it does so on the network thread, without
//! the queue.

pub mod batch;
pub mod bindings;
pub mod clock;
pub mod completions;
pub mod connector;
pub mod consumer;
pub mod delivery;
pub mod descriptor;
pub mod dialer;
pub mod dispatcher;
pub mod driver;
pub mod fork;
pub mod http;
pub mod module;
pub mod network;
pub mod past_errors;
pub mod proxy;
pub mod random;
pub mod read_buffer;
pub mod ready_list;
pub mod shared;
mod signals;
pub mod stream;
pub mod tls;
pub mod turn;
pub mod watched;
pub mod websocket;
mod whole_head;
