//! A network that breaks at every stage of a connection's life. Whatever it does, once it works
//! again everything that is wanted is subscribed and events arrive, and each request has been
//! completed once.

#![allow(clippy::disallowed_methods)] // A test may look at the clock.

mod common;

use std::time::{Duration, Instant};

use common::fault_proxy::{Fault, FaultProxy, How, Way};
use common::{LONG, PATIENCE, Recorder, client, connects};
use pusherws::client::Client;
use pusherws::config::Config;
use pusherws::error::Status;
use pusherws::protocol::channel::ChannelName;
use pusherws::session::{ChannelState, ConnectionState, EventKind};
use pusherws_devserver::{BlockingServer, Config as ServerConfig, Server, Target, Then, Tls};

const CHANNELS: [&str; 3] = ["news", "private-a", "presence-b"];
const SHORT: Duration = Duration::from_millis(200);

/// A server behind a network that breaks.
struct Scene {
    server: BlockingServer,
    proxy: FaultProxy,
}

impl Scene {
    fn new(tls: bool) -> Scene {
        let tls = tls.then(Tls::default);
        let server = Server::spawn(ServerConfig { tls, ..ServerConfig::default() });
        let server = server.expect("a server");
        let proxy = FaultProxy::to(server.port());
        Scene { server, proxy }
    }

    fn config(&self) -> Config {
        let mut config = common::config(&self.server);
        config.set_port(i32::from(self.proxy.port)).unwrap();
        if let Some(ca) = self.server.ca_pem() {
            config.set_tls(true);
            config.add_ca_pem(ca).unwrap();
        }
        config.set_backoff(Duration::from_millis(1), Duration::from_millis(5)).unwrap();
        config
    }

    /// With deadlines that a broken network soon runs into.
    fn impatient(&self) -> Config {
        let mut config = self.config();
        config.set_connect_timeout(SHORT).unwrap();
        config.set_activity_timeout(SHORT).unwrap();
        config.set_pong_timeout(SHORT).unwrap();
        config
    }

    /// Everything that is wanted is subscribed, and an event arrives on each channel.
    #[track_caller]
    fn has_recovered(&self, client: &Client, seen: &Recorder) {
        let begun = Instant::now();
        for (number, channel) in CHANNELS.iter().enumerate() {
            // Again where impatient deadlines have just ended the connection.
            for round in 0.. {
                assert!(begun.elapsed() < LONG, "nothing arrives; {:#?}", seen.all());
                let subscribed = |state: &pusherws_devserver::State| {
                    state.open().any(|connection| connection.is_subscribed(channel))
                };
                if self.server.wait_until(LONG, subscribed).is_err() {
                    panic!("{channel} is not subscribed; {:#?}", seen.all());
                }
                let event = format!("after-{number}-{round}-{:?}", begun.elapsed());
                self.server.publish(channel, &event, "1");
                if seen.comes_within(Duration::from_millis(100), |seen| seen.name == event) {
                    break;
                }
            }
        }
        let is_subscribed = |channel: &&str| {
            let state = client.channel_state(channel).unwrap();
            matches!(state, Some(ChannelState::Subscribed))
        };
        seen.wait_for_all(|_| CHANNELS.iter().all(is_subscribed));
    }
}

fn subscribe(client: &Client) -> Vec<u64> {
    let wanted = CHANNELS.map(|channel| ChannelName::new(channel).unwrap());
    wanted.iter().map(|channel| client.subscribe(channel, None).unwrap()).collect()
}

#[track_caller]
fn finish(client: &Client, seen: &Recorder, requests: &[u64]) {
    client.close(LONG).unwrap();
    seen.assert_completed_once(requests);
}

/// How many bytes a connection takes until it is established, in each direction.
fn handshake_bytes(scene: &Scene) -> [usize; 2] {
    let (client, _) = connects(&scene.config());
    let bytes = [Way::ToServer, Way::ToClient].map(|way| scene.proxy.passed(way));
    client.close(LONG).unwrap();
    bytes
}

/// Ends connections after so many bytes of their handshake, for each of these numbers.
#[track_caller]
fn cut_handshakes(scene: &Scene, way: Way, cuts: impl Iterator<Item = usize>) {
    let how = |after| if after % 2 == 0 { How::Fin } else { How::Rst };
    let order = |after| Fault::Cut { way, after, how: how(after) };
    scene.proxy.order(order(0));
    let (client, seen) = client(&scene.config());
    let mut requests = vec![client.connect().unwrap()];
    requests.extend(subscribe(&client));
    for after in cuts {
        scene.proxy.order_anew(order(after));
        if scene.server.ca_pem().is_none() {
            scene.proxy.wait_for_cuts(1);
            continue;
        }
        // A TLS session that is resumed has a shorter handshake; then it ends in the data.
        let begun = Instant::now();
        while !scene.proxy.cuts_within(Duration::from_millis(100), 1) {
            assert!(begun.elapsed() < LONG, "no cut after {after} bytes; {:#?}", seen.all());
            scene.server.publish("news", "filler", &"x".repeat(after));
        }
    }
    let early = seen.all();
    let early = early.iter().find(|event| event.state == ConnectionState::Connected);
    let may = scene.server.ca_pem().is_some();
    assert!(may || early.is_none(), "connected in spite of all: {early:?}");
    scene.proxy.lift();
    scene.has_recovered(&client, &seen);
    finish(&client, &seen, &requests);
}

#[test]
fn a_connection_that_is_not_made_or_ends_at_once() {
    let scene = Scene::new(false);
    for fault in [
        Fault::Refuse(How::Fin),
        Fault::Refuse(How::Rst),
        Fault::NeverAccept,
        Fault::HalfOpen(None),
        Fault::HalfOpen(Some(Way::ToClient)),
    ] {
        scene.proxy.order(fault);
        let (client, seen) = client(&scene.impatient());
        let mut requests = vec![client.connect().unwrap()];
        requests.extend(subscribe(&client));
        seen.wait_for(|event| event.kind == EventKind::Error);
        scene.proxy.lift();
        scene.has_recovered(&client, &seen);
        client.wait(requests[0], PATIENCE).unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        finish(&client, &seen, &requests);
    }
}

#[test]
fn the_websocket_handshake_ends_after_each_of_its_bytes() {
    let scene = Scene::new(false);
    let [up, down] = handshake_bytes(&scene);
    assert!(up > 100 && down > 100, "{up} and {down} bytes are no handshake");
    cut_handshakes(&scene, Way::ToServer, 0..up);
    // The socket id is a few digits longer or shorter.
    cut_handshakes(&scene, Way::ToClient, 0..down - 20);
}

#[test]
fn the_tls_handshake_ends_at_any_place() {
    let scene = Scene::new(true);
    let [up, down] = handshake_bytes(&scene);
    assert!(up > 500 && down > 1000, "{up} and {down} bytes are no handshake");
    cut_handshakes(&scene, Way::ToServer, (0..up - 20).step_by(17));
    cut_handshakes(&scene, Way::ToClient, (0..down - 40).step_by(37));
}

#[test]
fn a_connection_ends_in_the_middle_of_a_message() {
    let scene = Scene::new(false);
    let (client, seen) = connects(&scene.config());
    let mut requests = subscribe(&client);
    scene.has_recovered(&client, &seen);
    let data = "grüße".repeat(40);
    // The frame is longer than these in both cases, and so never arrives whole.
    for after in (0..300).step_by(13) {
        for (way, how) in [(Way::ToClient, How::Fin), (Way::ToServer, How::Rst)] {
            seen.forget(&client);
            scene.proxy.order(Fault::Cut { way, after, how });
            if way == Way::ToClient {
                scene.server.publish("news", "half", &data);
            } else {
                let channel = ChannelName::new("private-a").unwrap();
                requests.push(client.publish(&channel, "half", &data).unwrap());
            }
            scene.proxy.wait_for_cuts(1);
            scene.proxy.lift();
            scene.has_recovered(&client, &seen);
            assert!(seen.all().iter().all(|event| event.name != "half"), "half a message is none");
        }
    }
    // Requests from before `forget` are not in the record any more.
    let newest = requests.split_off(requests.len() - 1);
    finish(&client, &seen, &newest);
    for request in requests {
        if let Err(error) = client.wait(request, Some(Duration::ZERO)) {
            assert_ne!(error.status(), Status::Timeout, "request {request} was never completed");
        }
    }
    assert!(!scene.server.state().connections.iter().any(|c| c.events("client-half").count() > 0));
}

#[test]
fn a_message_that_never_ends_is_given_up() {
    let scene = Scene::new(false);
    let (client, seen) = connects(&scene.impatient());
    let requests = subscribe(&client);
    scene.has_recovered(&client, &seen);
    let half = r#"{"event":"half","channel":"news","data":"1"}"#;
    scene.server.send_half_frame(Target::All, half, Then::Stall);
    seen.wait_for(|event| event.kind == EventKind::Error && event.status == Status::Timeout);
    scene.has_recovered(&client, &seen);
    assert!(seen.all().iter().all(|event| event.name != "half"), "half a message is none");
    finish(&client, &seen, &requests);
}

#[test]
fn single_bytes_and_delays_change_nothing() {
    for tls in [false, true] {
        for fault in [Fault::SingleBytes, Fault::Delay(Duration::from_millis(5))] {
            let scene = Scene::new(tls);
            scene.proxy.order(fault);
            let (client, seen) = connects(&scene.config());
            let mut requests = subscribe(&client);
            scene.has_recovered(&client, &seen);
            let data = format!(r#"{{"text":"{}"}}"#, "grüße 🎈 ".repeat(150));
            scene.server.publish("news", "long", &data);
            let long = seen.wait_for(|event| event.name == "long");
            assert_eq!(long.data.as_deref(), Some(&*data), "{fault:?}");
            let channel = ChannelName::new("private-a").unwrap();
            requests.push(client.publish(&channel, "long", &data).unwrap());
            let arrived = |state: &pusherws_devserver::State| state.received("client-long") == 1;
            scene.server.wait_until(LONG, arrived).unwrap_or_else(|late| panic!("{late}"));
            let errors = seen.all().into_iter().find(|event| event.kind == EventKind::Error);
            assert!(errors.is_none(), "{fault:?}: {errors:?}");
            finish(&client, &seen, &requests);
        }
    }
}

#[test]
fn a_connection_that_is_half_open_is_noticed_and_replaced() {
    for tls in [false, true] {
        for way in [Some(Way::ToServer), Some(Way::ToClient), None] {
            let scene = Scene::new(tls);
            let (client, seen) = connects(&scene.impatient());
            let mut requests = subscribe(&client);
            scene.has_recovered(&client, &seen);
            // Whatever is asked for now is lost on the way, or its answer is.
            scene.proxy.order(Fault::HalfOpen(way));
            requests.push(client.ping().unwrap());
            requests.push(client.subscribe(&ChannelName::new("later").unwrap(), None).unwrap());
            seen.wait_for(|event| {
                event.kind == EventKind::Error && event.status == Status::Timeout
            });
            scene.proxy.lift();
            scene.has_recovered(&client, &seen);
            let subscribed = client.wait(requests[4], PATIENCE);
            subscribed.unwrap_or_else(|error| panic!("{way:?}: {error}"));
            finish(&client, &seen, &requests);
        }
    }
}

#[test]
fn a_connection_is_reset_again_and_again() {
    let scene = Scene::new(false);
    let (client, seen) = connects(&scene.config());
    let requests = subscribe(&client);
    scene.has_recovered(&client, &seen);
    for round in 0..30 {
        scene.proxy.end_all(if round % 2 == 0 { How::Rst } else { How::Fin });
        scene.proxy.wait_for_accepted(round + 2);
    }
    scene.has_recovered(&client, &seen);
    finish(&client, &seen, &requests);
}

#[test]
fn authorising_fails_on_the_way_and_is_tried_again() {
    for tls in [false, true] {
        for fault in [
            Fault::Refuse(How::Rst),
            Fault::NeverAccept,
            Fault::HalfOpen(None),
            Fault::Cut { way: Way::ToServer, after: 30, how: How::Fin },
            Fault::Cut { way: Way::ToClient, after: 0, how: How::Rst },
            Fault::Cut { way: Way::ToClient, after: 30, how: How::Fin },
        ] {
            let scene = Scene::new(tls);
            // The WebSocket goes straight to the server.
            let mut config = scene.config();
            config.set_port(i32::from(scene.server.port())).unwrap();
            let scheme = if tls { "https" } else { "http" };
            let url = format!("{scheme}://127.0.0.1:{}/pusher/auth", scene.proxy.port);
            config.set_auth_endpoint(&url).unwrap();
            config.set_auth_timeout(Duration::from_secs(1)).unwrap();
            scene.proxy.order(fault);
            let (client, seen) = connects(&config);
            let requests = subscribe(&client);
            if matches!(fault, Fault::Cut { .. } | Fault::Refuse(_)) {
                scene.proxy.wait_for_cuts(2);
            } else if fault != Fault::NeverAccept {
                scene.proxy.wait_for_accepted(2);
            }
            scene.proxy.lift();
            for request in &requests {
                let done = client.wait(*request, PATIENCE);
                done.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
            }
            scene.has_recovered(&client, &seen);
            finish(&client, &seen, &requests);
        }
    }
}

/// The connection to the endpoint is kept for the next request, and may have died since.
#[test]
fn an_idle_connection_to_the_endpoint_may_die() {
    let scene = Scene::new(false);
    let mut config = scene.config();
    config.set_port(i32::from(scene.server.port())).unwrap();
    let url = format!("http://127.0.0.1:{}/pusher/auth", scene.proxy.port);
    config.set_auth_endpoint(&url).unwrap();
    config.set_auth_timeout(SHORT).unwrap();
    let (client, seen) = connects(&config);
    let subscribe =
        |channel: &str| client.subscribe(&ChannelName::new(channel).unwrap(), None).unwrap();
    let works = |request| {
        client.wait(request, PATIENCE).unwrap_or_else(|error| panic!("{request}: {error}"));
        request
    };
    let first = works(subscribe("private-a"));
    scene.proxy.end_all(How::Rst);
    let second = works(subscribe("private-b"));
    // Or nobody says that it is dead.
    scene.proxy.order(Fault::HalfOpen(None));
    let third = subscribe("private-c");
    scene.proxy.wait_for_bytes();
    scene.proxy.lift();
    works(third);
    finish(&client, &seen, &[first, second, third]);
}

#[test]
fn authorising_that_never_works_is_told_once_and_works_after_the_next_subscribe() {
    let scene = Scene::new(false);
    let mut config = scene.config();
    config.set_port(i32::from(scene.server.port())).unwrap();
    let url = format!("http://127.0.0.1:{}/pusher/auth", scene.proxy.port);
    config.set_auth_endpoint(&url).unwrap();
    config.set_auth_timeout(SHORT).unwrap();
    scene.proxy.order(Fault::HalfOpen(None));
    let (client, seen) = connects(&config);
    let mut requests = subscribe(&client);
    let error = client.wait(requests[1], PATIENCE).expect_err("nobody answers");
    assert_eq!(error.status(), Status::Timeout, "{error}");
    scene.proxy.lift();
    client.wait(requests[2], PATIENCE).expect_err("nobody answered");
    requests.extend(subscribe(&client));
    scene.has_recovered(&client, &seen);
    finish(&client, &seen, &requests);
}

#[test]
fn closing_keeps_its_time_while_the_other_side_hangs() {
    for tls in [false, true] {
        for patience in [Duration::from_millis(100), LONG] {
            let scene = Scene::new(tls);
            let (client, seen) = connects(&scene.config());
            let requests = subscribe(&client);
            scene.has_recovered(&client, &seen);
            scene.proxy.order(Fault::HalfOpen(None));
            let ping = client.ping().unwrap();
            let begun = Instant::now();
            let closed = client.close(patience);
            // The goodbye waits two seconds for the other side, and no longer.
            if patience < LONG {
                assert_eq!(closed.unwrap_err().status(), Status::Timeout);
                assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
            } else {
                closed.unwrap();
                assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
            }
            let done = client.wait(ping, PATIENCE);
            assert_eq!(done.unwrap_err().status(), Status::Cancelled);
            let begun = Instant::now();
            client.free();
            assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
            seen.assert_completed_once(&requests);
        }
    }
}
