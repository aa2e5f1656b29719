//! From a configuration to an open connection: hosts in turn, the address to bind, what the server
//! is told, and the deadline of each step.

#![allow(clippy::disallowed_methods)] // A test may look at the clock.

mod common;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use common::fault_proxy::{Fault, FaultProxy, How};
use common::proxies::unused_port;
use common::{LONG, PATIENCE, Recorder, aim, client, connects, refused, server, subscribes};
use pusherws::config::{Config, ConnectPhase};
use pusherws::error::{Error, Status};
use pusherws::session::{ConnectionState, EventKind};
use pusherws_devserver::{BlockingServer, Config as ServerConfig, Fault as ServerFault, Server};
use socket2::{Domain, Socket, Type};

const SHORT: Duration = Duration::from_millis(100);

fn config_for(port: u16) -> Config {
    let mut config = Config::new("app-key").unwrap();
    config.set_host("127.0.0.1").unwrap();
    config.set_port(i32::from(port)).unwrap();
    config.set_tls(false);
    config.set_secret("app-secret").unwrap();
    config
}

fn config(server: &BlockingServer) -> Config {
    let mut config = config_for(server.port());
    aim(&mut config, server);
    config
}

/// A host that resets each connection, and counts them.
fn dead() -> FaultProxy {
    let proxy = FaultProxy::to(1);
    proxy.order(Fault::Refuse(How::Rst));
    proxy
}

#[test]
fn a_host_that_refuses_is_followed_by_the_next_at_once() {
    let server = server();
    let mut config = config_for(unused_port());
    config.add_host("127.0.0.1", i32::from(unused_port())).unwrap();
    config.add_host("127.0.0.1", i32::from(server.port())).unwrap();
    // If it waited at all, the test would.
    let hour = Duration::from_secs(3600);
    config.set_backoff(hour, hour).unwrap();
    let (_client, seen) = connects(&config);
    // A request can be done before its events have been delivered.
    seen.wait_for(|event| event.state == ConnectionState::Connected);
    let waits: Vec<_> = seen.all().iter().filter_map(|event| event.retry_in).collect();
    assert_eq!(waits, [Duration::ZERO, Duration::ZERO]);
}

#[test]
fn a_host_that_was_connected_is_tried_before_the_others() {
    let (first, second) = (dead(), server());
    let relay = FaultProxy::to(second.port());
    let mut config = config_for(first.port);
    config.add_host("127.0.0.1", i32::from(relay.port)).unwrap();
    config.set_backoff(Duration::from_millis(1), Duration::from_millis(20)).unwrap();
    let (client, seen) = connects(&config);
    subscribes(&client, "news");
    assert_eq!((first.accepted(), relay.accepted()), (1, 1));
    seen.forget(&client);
    relay.end_all(How::Rst);
    seen.wait_for(|event| event.kind == EventKind::Subscribed);
    assert_eq!((first.accepted(), relay.accepted()), (1, 2));

    // Now that one is down, too, and the first is up.
    first.aim(second.port());
    first.lift();
    relay.order(Fault::Refuse(How::Rst));
    seen.forget(&client);
    relay.end_all(How::Rst);
    seen.wait_for(|event| event.kind == EventKind::Subscribed);
    assert_eq!((first.accepted(), relay.accepted()), (2, 3));
}

#[test]
fn when_all_hosts_have_failed_the_client_waits() {
    let hosts = [dead(), dead(), dead()];
    let mut config = config_for(hosts[0].port);
    for host in &hosts[1..] {
        config.add_host("127.0.0.1", i32::from(host.port)).unwrap();
    }
    let hour = Duration::from_secs(3600);
    config.set_backoff(hour, hour).unwrap();
    let (client, seen) = client(&config);
    client.connect().unwrap();
    let waits = |events: &[common::Seen]| -> Vec<_> {
        events.iter().filter_map(|event| event.retry_in).collect()
    };
    seen.wait_for_all(|events| waits(events).len() == 3);
    let waits = waits(&seen.all());
    // Drawn between nothing and an hour.
    assert!(waits[..2] == [Duration::ZERO; 2] && waits[2] > Duration::ZERO, "{waits:?}");
    assert_eq!(hosts.map(|host| host.accepted()), [1, 1, 1]);
}

#[test]
fn hosts_are_tried_round_and_round() {
    let hosts = [dead(), dead(), dead()];
    let mut config = config_for(hosts[0].port);
    for host in &hosts[1..] {
        config.add_host("127.0.0.1", i32::from(host.port)).unwrap();
    }
    config.set_backoff(Duration::from_millis(1), Duration::from_millis(10)).unwrap();
    config.set_max_tries(30);
    let client = common::new_client(&config);
    let request = client.connect().unwrap();
    client.wait(request, PATIENCE).expect_err("all are dead");
    assert_eq!(hosts.map(|host| host.accepted()), [10, 10, 10]);
}

#[test]
fn the_server_sees_the_address_that_is_bound() {
    let server = server();
    let mut config = config(&server);
    config.set_bind_address("127.0.0.2").unwrap();
    config.set_bind_address("::1").unwrap();
    connects(&config);
    let state = server.state();
    let peer = &state.last().expect("a connection").request.peer;
    assert!(peer.starts_with("127.0.0.2:"), "{peer}");
}

#[test]
fn an_address_to_bind_that_does_not_fit_is_told() {
    let server = server();
    for (address, says) in [("::1", "family"), ("192.0.2.1", "is it one of this machine?")] {
        let mut config = config(&server);
        config.set_bind_address(address).unwrap();
        let error = refused(&config);
        assert_eq!(error.status(), Status::Network, "{error}");
        assert!(error.message().contains(says) && error.message().contains(address), "{error}");
    }
}

#[test]
fn ipv6_is_spoken() {
    let host = std::net::Ipv6Addr::LOCALHOST.into();
    let server = Server::spawn(ServerConfig { host, ..ServerConfig::default() }).unwrap();
    let mut config = config(&server);
    config.set_host("::1").unwrap();
    config.set_auth_endpoint(&format!("http://[::1]:{}/pusher/auth", server.port())).unwrap();
    let (client, _) = connects(&config);
    subscribes(&client, "private-a");
}

#[test]
fn the_server_sees_headers_origin_and_path() {
    let server = server();
    let mut config = config(&server);
    config.add_header("X-Tenant", "blue").unwrap();
    config.add_header("Authorization", "Bearer token").unwrap();
    config.set_origin("https://example.com").unwrap();
    config.set_path("/behind/a/prefix").unwrap();
    connects(&config);
    let state = server.state();
    let request = &state.last().expect("a connection").request;
    assert_eq!(request.path, "/behind/a/prefix/app/app-key");
    for (name, value) in [
        ("x-tenant", "blue"),
        ("authorization", "Bearer token"),
        ("origin", "https://example.com"),
        ("host", &format!("127.0.0.1:{}", server.port())),
        ("user-agent", concat!("pusherws/", env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(request.headers.get(name).map(String::as_str), Some(value), "{name}");
    }
}

/// A listener whose queue is full, with what fills it: the system answers no more connects.
fn full() -> (u16, Socket, Vec<Socket>) {
    let socket = || Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let listener = socket();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut fillers = Vec::new();
    loop {
        let filler = socket();
        if filler.connect_timeout(&address, Duration::from_millis(300)).is_err() {
            break;
        }
        fillers.push(filler);
        assert!(fillers.len() < 100, "the queue has no end");
    }
    (address.as_socket().expect("an address").port(), listener, fillers)
}

#[track_caller]
fn times_out(config: &Config, says: &str) {
    let error: Error = refused(config);
    assert_eq!(error.status(), Status::Timeout, "{error}");
    assert!(error.message().contains(says), "{error}");
}

#[test]
fn each_step_has_a_deadline_of_its_own_and_the_error_names_it() {
    let (port, _listener, _fillers) = full();
    let mut config = config_for(port);
    config.set_phase_timeout(ConnectPhase::Tcp, SHORT).unwrap();
    times_out(&config, &format!("127.0.0.1 port {port}: no answer to TCP within 0.1 s"));

    let silent = FaultProxy::to(unused_port());
    silent.order(Fault::NeverAccept);
    let mut config = config_for(silent.port);
    config.set_phase_timeout(ConnectPhase::WebSocket, SHORT).unwrap();
    times_out(&config, "the WebSocket handshake took longer than 0.1 s");
    config.set_tls(true);
    config.set_phase_timeout(ConnectPhase::Tls, SHORT).unwrap();
    times_out(&config, "the TLS handshake with 127.0.0.1 took longer than 0.1 s");

    let server = server();
    server.order(ServerFault::HangUpgrade {});
    let mut config = config_for(server.port());
    config.set_phase_timeout(ConnectPhase::WebSocket, SHORT).unwrap();
    times_out(&config, "the WebSocket handshake took longer than 0.1 s");
}

#[test]
fn the_whole_has_a_deadline_whatever_step_it_hangs_in() {
    let (full, _listener, _fillers) = full();
    let silent = FaultProxy::to(unused_port());
    silent.order(Fault::NeverAccept);
    let hanging = server();
    hanging.order(ServerFault::HangUpgrade {});
    for (port, tls) in [(full, false), (silent.port, true), (hanging.port(), false)] {
        let mut config = config_for(port);
        config.set_tls(tls);
        config.set_connect_timeout(SHORT).unwrap();
        times_out(&config, "no connection within 0.1 s");
    }
    let mute = server();
    mute.order(ServerFault::NeverEstablish {});
    let mut config = config_for(mute.port());
    config.set_connect_timeout(SHORT).unwrap();
    times_out(&config, "no pusher:connection_established within 0.1 s");
}

/// Closing does not wait for a step that hangs.
#[test]
fn a_client_that_is_connecting_can_be_freed_at_once() {
    let (full, _listener, _fillers) = full();
    let silent = FaultProxy::to(unused_port());
    silent.order(Fault::NeverAccept);
    for (port, tls) in [(full, false), (silent.port, false), (silent.port, true)] {
        let mut config = config_for(port);
        config.set_tls(tls);
        let (client, seen): (_, Recorder) = client(&config);
        let request = client.connect().unwrap();
        seen.wait_for(|event| event.state == ConnectionState::Connecting);
        let begun = Instant::now();
        client.close(LONG).unwrap();
        assert_eq!(client.wait(request, PATIENCE).unwrap_err().status(), Status::Cancelled);
        drop(client);
        // The steps' own deadline is ten seconds.
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}
