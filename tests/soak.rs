//! A client through many ends of its server and its network, at random moments: nothing is lost for
//! good, nothing comes twice, nothing grows.
//!
//! PUSHERWS_SOAK_ROUNDS says how many (scripts/soak.sh: 1000), PUSHERWS_SOAK_SEED which.

#![allow(clippy::disallowed_methods)] // A test may look at the clock.
#![cfg(target_os = "linux")] // Memory, descriptors and threads are counted in /proc.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::LONG;
use common::fault_proxy::{Fault, FaultProxy, How, Way};
use pusherws::client::{Client, Delivered};
use pusherws::config::Config;
use pusherws::protocol::channel::ChannelName;
use pusherws::session::EventKind;
use pusherws_devserver::{BlockingServer, Config as ServerConfig, Server, State};

/// Events for each round, and requests at most.
const EVENTS: usize = 20;
const REQUESTS: usize = 40;

/// How much memory may grow in the last two thirds. Measured, server and relay included: 176 to 480 KiB
/// with 50 rounds (12 seeds), 264 to 888 KiB with 1000 (6 seeds), 632 KiB with 4000. So it is the
/// allocator's and does not depend on the rounds; in the long run, one 16 KiB read buffer that is kept
/// for each connection would be 7 MiB.
const GROWTH: i64 = 2 * 1024 * 1024;

/// Counts by number, without a lock and without ever growing.
struct Tally(Vec<AtomicU8>);

impl Tally {
    fn new(size: usize) -> Tally {
        Tally((0..size).map(|_| AtomicU8::new(0)).collect())
    }

    fn count(&self, number: usize) {
        self.0[number].fetch_add(1, Ordering::SeqCst);
    }

    fn of(&self, number: usize) -> u8 {
        self.0[number].load(Ordering::SeqCst)
    }
}

struct Soak {
    random: fastrand::Rng,
    server: Option<BlockingServer>,
    proxy: FaultProxy,
    client: Client,
    channels: Vec<ChannelName>,
    delivered: Arc<Tally>,
    received: Arc<AtomicUsize>,
    published: usize,
    completed: Arc<Tally>,
    requests: Vec<u64>,
}

fn from_environment(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")),
        Err(_) => otherwise,
    }
}

fn start_server() -> BlockingServer {
    Server::spawn(ServerConfig::default()).expect("a server")
}

impl Soak {
    fn new(seed: u64, rounds: usize) -> Soak {
        let server = start_server();
        // The client's port stays the same; behind it the server comes back at another.
        let proxy = FaultProxy::to(server.port());
        let mut config = Config::new("app-key").unwrap();
        config.set_host("127.0.0.1").unwrap();
        config.set_port(i32::from(proxy.port)).unwrap();
        config.set_tls(false);
        config.set_secret("app-secret").unwrap();
        config.set_presence_user("ann", None).unwrap();
        config.set_backoff(Duration::from_millis(1), Duration::from_millis(10)).unwrap();
        let client = Client::new(&config).unwrap();

        let names = (0..50).map(|n| match n {
            0..20 => format!("news-{n}"),
            20..40 => format!("private-{n}"),
            _ => format!("presence-{n}"),
        });
        let channels: Vec<_> = names.map(|name| ChannelName::new(&name).unwrap()).collect();
        let delivered = Arc::new(Tally::new(rounds * EVENTS * 2 + 10_000));
        let received = Arc::<AtomicUsize>::default();
        for channel in &channels {
            let (tally, received) = (Arc::clone(&delivered), Arc::clone(&received));
            let note = move |event: &Delivered<'_>| {
                let number = event.data().and_then(|data| data.parse().ok()).expect("a number");
                tally.count(number);
                received.fetch_add(1, Ordering::SeqCst);
            };
            client.bind(Some(channel.as_str()), Some("numbered"), Box::new(note)).unwrap();
        }
        let completed = Arc::new(Tally::new((rounds + 10) * REQUESTS + 100));
        let tally = Arc::clone(&completed);
        let note = move |event: &Delivered<'_>| {
            if event.kind() == EventKind::Completed {
                tally.count(usize::try_from(event.request()).expect("a number"));
            }
        };
        client.bind(None, None, Box::new(note)).unwrap();
        let mut soak = Soak {
            random: fastrand::Rng::with_seed(seed),
            server: Some(server),
            proxy,
            client,
            channels,
            delivered,
            received,
            published: 0,
            completed,
            requests: Vec::with_capacity((rounds + 10) * REQUESTS),
        };
        let connect = soak.client.connect().unwrap();
        soak.requests.push(connect);
        for channel in soak.channels.clone() {
            let request = soak.client.subscribe(&channel, None).unwrap();
            soak.requests.push(request);
        }
        soak
    }

    fn server(&self) -> &BlockingServer {
        self.server.as_ref().expect("a server runs")
    }

    fn channel(&mut self) -> ChannelName {
        self.channels[self.random.usize(..self.channels.len())].clone()
    }

    fn publish_some(&mut self) {
        for _ in 0..EVENTS {
            let channel = self.channel();
            self.publish(&channel);
        }
    }

    fn publish(&mut self, channel: &ChannelName) -> usize {
        let number = self.published;
        self.published += 1;
        self.server().publish(channel.as_str(), "numbered", &number.to_string());
        number
    }

    fn request_some(&mut self) {
        for _ in 0..self.random.usize(..5) {
            let extra = ChannelName::new(&format!("extra-{}", self.random.u8(..5))).unwrap();
            let (channel, client) = (self.channel(), &self.client);
            let request = match self.random.u8(..5) {
                0 => client.ping(),
                1 => client.subscribe(&extra, None),
                2 => client.unsubscribe(&extra),
                3 => client.subscribe(&channel, None),
                _ if channel.kind().allows_client_events() => client.publish(&channel, "e", "1"),
                _ => client.ping(),
            };
            self.requests.push(request.unwrap_or_else(|error| panic!("{error}")));
        }
    }

    fn pause(&mut self, most: u64) {
        // Nothing is waited for: the moment is the point.
        std::thread::sleep(Duration::from_micros(self.random.u64(..most * 1000)));
    }

    fn break_something(&mut self) {
        let how = if self.random.bool() { How::Fin } else { How::Rst };
        match self.random.u8(..5) {
            0 | 1 => {
                self.server.take().expect("a server runs").kill();
                if self.random.bool() {
                    self.request_some();
                    self.pause(10);
                }
                let server = start_server();
                self.proxy.aim(server.port());
                self.server = Some(server);
            }
            2 | 3 => self.proxy.end_all(how),
            _ => {
                let way = if self.random.bool() { Way::ToServer } else { Way::ToClient };
                let after = self.random.usize(..4000);
                self.proxy.order(Fault::Cut { way, after, how });
                self.publish_some();
                self.request_some();
                self.pause(3);
                self.proxy.lift();
            }
        }
    }

    fn everything_is_subscribed(&mut self) {
        let channels = self.channels.clone();
        let all = |state: &State| {
            state
                .open()
                .any(|one| channels.iter().all(|channel| one.is_subscribed(channel.as_str())))
        };
        if let Err(late) = self.server().wait_until(LONG, all) {
            panic!("{late}: {:?}", self.client.channels());
        }
    }

    /// On each channel an event arrives. Again where the server had not noticed yet that the last
    /// connection had ended.
    fn events_arrive(&mut self) {
        for channel in self.channels.clone() {
            let begun = Instant::now();
            let mut number = self.publish(&channel);
            let mut sent = begun;
            while self.delivered.of(number) == 0 {
                assert!(begun.elapsed() < LONG, "no event arrived on {channel}");
                if sent.elapsed() > Duration::from_secs(1) {
                    (number, sent) = (self.publish(&channel), Instant::now());
                }
                std::thread::sleep(Duration::from_micros(200));
            }
        }
    }

    /// Waits until nothing but one connection is left, and looks at what there is.
    fn settled(&mut self) -> Usage {
        self.everything_is_subscribed();
        let begun = Instant::now();
        while self.proxy.open() != 1 {
            assert!(begun.elapsed() < LONG, "{} connections are left", self.proxy.open());
            std::thread::sleep(Duration::from_millis(5));
        }
        Usage::now()
    }
}

#[derive(Clone, Copy, Debug)]
struct Usage {
    memory: i64,
    descriptors: usize,
    threads: usize,
}

impl Usage {
    fn now() -> Usage {
        let pages = std::fs::read_to_string("/proc/self/statm").expect("procfs");
        let pages = pages.split(' ').nth(1).and_then(|pages| pages.parse().ok());
        let pages: i64 = pages.expect("the resident pages");
        let entries = |path| std::fs::read_dir(path).expect("procfs").count();
        Usage {
            memory: pages * 4096,
            descriptors: entries("/proc/self/fd"),
            threads: entries("/proc/self/task"),
        }
    }
}

#[test]
fn a_client_outlives_its_server_and_its_network_many_times() {
    let rounds = usize::try_from(from_environment("PUSHERWS_SOAK_ROUNDS", 50)).expect("a number");
    let seed = from_environment("PUSHERWS_SOAK_SEED", 7);
    println!("{rounds} rounds with seed {seed}");
    let mut soak = Soak::new(seed, rounds);
    let first = soak.settled();
    let mut warm = first;
    for round in 0..rounds {
        soak.publish_some();
        soak.request_some();
        soak.pause(8);
        soak.break_something();
        if round % 4 == 0 {
            soak.everything_is_subscribed();
        }
        if round == rounds / 3 {
            warm = soak.settled();
        }
    }
    soak.everything_is_subscribed();
    soak.events_arrive();

    // Sockets are closed a moment after their connections.
    let begun = Instant::now();
    let mut last = soak.settled();
    while last.descriptors > first.descriptors || last.threads > first.threads {
        assert!(begun.elapsed() < LONG, "{first:?} at first, {last:?} at last");
        std::thread::sleep(Duration::from_millis(10));
        last = Usage::now();
    }
    let growth = last.memory - warm.memory;
    let connections = soak.proxy.accepted();
    let (published, received) = (soak.published, soak.received.load(Ordering::SeqCst));
    println!(
        "{connections} connections; {received} of {published} events; {} requests; memory \
         {} KiB, then {:+} KiB",
        soak.requests.len(),
        warm.memory / 1024,
        growth / 1024
    );
    assert!(growth < GROWTH, "memory grew by {} KiB", growth / 1024);

    soak.client.close(LONG).unwrap();
    let twice: Vec<_> = (0..published).filter(|n| soak.delivered.of(*n) > 1).collect();
    assert!(twice.is_empty(), "delivered more than once: {twice:?}");
    let wrong: Vec<_> = soak
        .requests
        .iter()
        .map(|request| (*request, soak.completed.of(*request as usize)))
        .filter(|(_, times)| *times != 1)
        .collect();
    assert!(wrong.is_empty(), "requests and how often they were completed: {wrong:?}");
    assert!(connections > rounds / 5, "only {connections} connections: little was broken");
    assert!(received > published / 20, "only {received} of {published} events came");
}
