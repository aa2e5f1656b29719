//! Applications whose callbacks sleep: the connection outlives them, whatever the server demands.

#![allow(clippy::disallowed_methods)] // A test may start threads of its own.

mod common;

use std::time::Duration;

use common::{Gate, LONG, PATIENCE, client, flood, small_queue, subscribes};
use pusherws::config::QueuePolicy;
use pusherws::error::Status;
use pusherws::protocol::channel::ChannelName;
use pusherws::session::{ConnectionState, EventKind};
use pusherws_devserver::{Config as ServerConfig, Pings, Server};

/// A callback sleeps through many times what the server's patience is, with its queue full.
fn sleeps_for_long(server: ServerConfig, policy: QueuePolicy) {
    let server = Server::spawn(server).unwrap();
    let mut config = small_queue(&server, policy);
    config.set_activity_timeout(Duration::from_millis(300)).unwrap();
    let (client, seen) = client(&config);
    let gate = Gate::default();
    let (inside, _opened) = (gate.clone(), gate.opened_at_last());
    client.bind(Some("news"), Some("tick"), Box::new(move |_| inside.pass())).unwrap();
    let request = client.connect().unwrap();
    client.wait(request, PATIENCE).unwrap();
    subscribes(&client, "news");
    let socket_id = client.socket_id().unwrap().unwrap();
    let sender = flood(&server, "tick", &"x".repeat(1000), 30_000);
    gate.wait_until_somebody_waits();
    // Signs of life come every 200 to 300 ms, in twos where nothing is read: so many of them take
    // longer than the server's patience.
    let signs = |state: &pusherws_devserver::State| {
        let connection = state.connection(&socket_id).unwrap();
        assert!(connection.open, "the server has closed the connection: {connection:?}");
        connection.pings + connection.pongs
    };
    let before = signs(&server.state());
    server.wait_until(LONG, |state| signs(state) >= before + 44).unwrap();
    gate.open();
    sender.join().unwrap();
    let ping = client.ping().unwrap();
    client.wait(ping, PATIENCE).unwrap();
    assert_eq!(client.socket_id().unwrap().unwrap(), socket_id);
    let all = seen.all();
    let states = all.iter().filter(|event| event.kind == EventKind::StateChange);
    assert!(states.clone().all(|event| event.state != ConnectionState::Unavailable));
    assert_eq!(states.count(), 2, "connecting and connected, and nothing since");
}

/// Long for a machine that is busy, and short beside the time for which a callback sleeps.
const SERVERS_PATIENCE: Duration = Duration::from_secs(4);

/// Pings after a fifth of a second without a frame, and waits so long for an answer.
fn demands_pongs() -> ServerConfig {
    let pings = Pings { every: Duration::from_millis(200), timeout: SERVERS_PATIENCE };
    ServerConfig { pings: Some(pings), ..ServerConfig::default() }
}

/// Closes a connection that has been silent for so long.
fn demands_pings() -> ServerConfig {
    ServerConfig { idle_timeout: Some(SERVERS_PATIENCE), ..ServerConfig::default() }
}

#[test]
fn a_callback_may_sleep_where_the_server_demands_pongs() {
    sleeps_for_long(demands_pongs(), QueuePolicy::Block);
}

#[test]
fn a_callback_may_sleep_where_the_server_demands_pings() {
    sleeps_for_long(demands_pings(), QueuePolicy::Block);
}

#[test]
fn with_a_dropping_queue_every_ping_is_answered_while_a_callback_sleeps() {
    std::thread::scope(|together| {
        for policy in [QueuePolicy::DropOldest, QueuePolicy::DropNewest] {
            together.spawn(move || sleeps_for_long(demands_pongs(), policy));
            together.spawn(move || sleeps_for_long(demands_pings(), policy));
        }
    });
}

#[test]
fn what_waits_to_be_sent_is_bounded_too() {
    let server = Server::spawn(ServerConfig::default()).unwrap();
    let mut config = small_queue(&server, QueuePolicy::Block);
    config.set_publish_queue(10, LONG).unwrap();
    let (client, _) = client(&config);
    let channel = ChannelName::new("private-a").unwrap();
    client.subscribe(&channel, None).unwrap();
    let requests: Vec<_> = (0..100).map(|_| client.publish(&channel, "e", "{}").unwrap()).collect();
    client.close(LONG).unwrap();
    let results = requests.iter().map(|request| client.wait(*request, PATIENCE).unwrap_err());
    let results: Vec<_> = results.map(|error| error.status()).collect();
    assert_eq!(results[..10], [Status::Cancelled; 10]);
    assert_eq!(results[10..], [Status::QueueFull; 90]);
}
