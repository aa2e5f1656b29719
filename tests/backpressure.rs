//! Applications that do not keep up: what is dropped is counted, the memory is bounded, and the
//! connection outlives them.

#![allow(clippy::disallowed_methods)] // A test may start threads of its own.

mod common;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use common::{Gate, LONG, PATIENCE, aim, client};
use pusherws::client::{Client, Delivered};
use pusherws::config::{Config, QueuePolicy};
use pusherws::error::Status;
use pusherws::protocol::channel::ChannelName;
use pusherws::session::{ConnectionState, EventKind};
use pusherws_devserver::{BlockingServer, Config as ServerConfig, Pings, Server};

/// A flood of 100,000 events of this size is 100 MB where somebody keeps it.
const TEXT: usize = 1000;

/// What a process may grow by: the queue's own 1000 events, the server's queue of 8 MiB, which is in
/// the same process, and what the allocator keeps. Measured: 4 to 12 MB.
const BOUND: u64 = 40 << 20;

/// The memory is that of the process: one flood at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Events of a flood. `scripts/check-flood.sh` asks for ten minutes of 4,000 a second.
fn flood_size() -> u64 {
    std::env::var("PUSHERWS_FLOOD").map_or(100_000, |n| n.parse().unwrap())
}

fn start(server: ServerConfig) -> BlockingServer {
    Server::spawn(server).unwrap()
}

fn config(server: &BlockingServer, policy: QueuePolicy) -> Config {
    let mut config = Config::new("app-key").unwrap();
    aim(&mut config, server);
    config.set_queue(1000).unwrap();
    config.set_queue_policy(policy);
    config
}

fn subscribe(client: &Client, channel: &str) {
    let request = client.subscribe(&ChannelName::new(channel).unwrap(), None).unwrap();
    client.wait(request, PATIENCE).unwrap();
}

/// Starts so many numbered events on their way to the channel `news`.
fn flood(server: &BlockingServer, count: u64) -> JoinHandle<usize> {
    let control = server.control();
    std::thread::spawn(move || {
        let text = "x".repeat(TEXT);
        let flood = pusherws_devserver::Flood {
            channel: "news".into(),
            event: "tick".into(),
            data: format!(r#"{{"n":{{n}},"text":"{text}"}}"#),
            count,
            numbered: true,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(control.flood(&flood))
    })
}

/// Memory of this process in use, in bytes.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = text.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

fn number(event: &Delivered<'_>) -> u64 {
    let data = event.data().unwrap().strip_prefix(r#"{"n":"#).unwrap();
    data.split_once(',').unwrap().0.parse().unwrap()
}

/// What a slow consumer has to see: numbers in order, and a note of each hole in its place.
#[derive(Default)]
struct Account {
    next: u64,
    delivered: u64,
    dropped: u64,
    /// Drops that were told since the last message.
    told: u64,
    peak: u64,
}

impl Account {
    fn event(&mut self, event: &Delivered<'_>) {
        match event.kind() {
            EventKind::Message => {
                let number = number(event);
                // After the drops that were told just before it, and after no others.
                assert_eq!(number, self.next + self.told, "a hole that was not told");
                self.next = number + 1;
                self.told = 0;
                self.delivered += 1;
                if number.is_multiple_of(500) {
                    self.peak = self.peak.max(resident());
                }
            }
            EventKind::Dropped => {
                let count = u64::try_from(event.value()).unwrap();
                self.told += count;
                self.dropped += count;
            }
            _ => {}
        }
    }
}

/// A flood at full speed, and a consumer that cannot follow it; what it saw, and by how much the
/// process grew.
fn flooded(policy: QueuePolicy) -> (Account, u64) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let server = start(ServerConfig::default());
    let client = Client::new(&config(&server, policy)).unwrap();
    let account = Arc::new(Mutex::new(Account::default()));
    let bind = |channel, event, callback| client.bind(channel, event, callback).unwrap();
    let (writer, gate) = (Arc::clone(&account), Gate::default());
    let (inside, _opened) = (gate.clone(), gate.opened_at_last());
    let slow = move |event: &Delivered<'_>| {
        if policy != QueuePolicy::Block {
            // Until all has been sent; a flood that is not read would never end.
            inside.pass();
        }
        writer.lock().unwrap().event(event);
        if number(event).is_multiple_of(100) {
            // The point of the test: an application that takes its time.
            std::thread::sleep(Duration::from_millis(3));
        }
    };
    bind(Some("news"), Some("tick"), Box::new(slow));
    let writer = Arc::clone(&account);
    let drops = move |event: &Delivered<'_>| writer.lock().unwrap().event(event);
    bind(None, Some("pusher:dropped"), Box::new(drops));
    client.connect().unwrap();
    subscribe(&client, "news");
    let before = resident();
    assert_eq!(flood(&server, flood_size()).join().unwrap(), 1);
    let flooded = resident();
    gate.open();
    // The server answers after all that it has queued.
    let ping = client.ping().unwrap();
    client.wait(ping, PATIENCE).unwrap();
    client.close(LONG).unwrap();
    let dropped = client.dropped().unwrap();
    drop(client);
    let account = std::mem::take(&mut *account.lock().unwrap());
    assert_eq!(account.dropped, dropped, "what is counted is told");
    assert_eq!(account.delivered + account.dropped, flood_size(), "all events are accounted for");
    let grown = account.peak.max(flooded).saturating_sub(before);
    println!("{policy:?}: {} dropped, grown by {grown} bytes", account.dropped);
    (account, grown)
}

#[test]
fn blocking_loses_nothing_and_the_memory_stays_bounded() {
    let (account, grown) = flooded(QueuePolicy::Block);
    assert_eq!(account.dropped, 0);
    assert!(grown < BOUND, "grown by {grown} bytes");
}

#[test]
fn dropping_the_oldest_tells_every_hole_and_the_memory_stays_bounded() {
    let (account, grown) = flooded(QueuePolicy::DropOldest);
    assert!(account.delivered > 0 && account.dropped > 0, "nothing was dropped: no test");
    assert!(grown < BOUND, "grown by {grown} bytes");
}

#[test]
fn dropping_the_newest_tells_every_hole_and_the_memory_stays_bounded() {
    let (account, grown) = flooded(QueuePolicy::DropNewest);
    assert!(account.delivered > 0 && account.dropped > 0, "nothing was dropped: no test");
    assert!(grown < BOUND, "grown by {grown} bytes");
}

/// A callback sleeps through many times what the server's patience is, with its queue full.
fn sleeps_for_long(server: ServerConfig, policy: QueuePolicy) {
    let server = start(server);
    let mut config = config(&server, policy);
    config.set_activity_timeout(Duration::from_millis(300)).unwrap();
    let (client, seen) = client(&config);
    let gate = Gate::default();
    let (inside, _opened) = (gate.clone(), gate.opened_at_last());
    client.bind(Some("news"), Some("tick"), Box::new(move |_| inside.pass())).unwrap();
    let request = client.connect().unwrap();
    client.wait(request, PATIENCE).unwrap();
    subscribe(&client, "news");
    let socket_id = client.socket_id().unwrap().unwrap();
    let sender = flood(&server, 30_000);
    gate.wait_until_somebody_waits();
    // Signs of life come every 200 to 300 ms, in twos where nothing is read: thirty of them take
    // longer than the server's patience, twice.
    let signs = |state: &pusherws_devserver::State| {
        let connection = state.connection(&socket_id).unwrap();
        assert!(connection.open, "the server has closed the connection: {connection:?}");
        connection.pings + connection.pongs
    };
    let before = signs(&server.state());
    server.wait_until(LONG, |state| signs(state) >= before + 30).unwrap();
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

/// Pings after a fifth of a second without a frame, and waits two seconds for an answer.
fn demands_pongs() -> ServerConfig {
    let pings = Pings { every: Duration::from_millis(200), timeout: Duration::from_secs(2) };
    ServerConfig { pings: Some(pings), ..ServerConfig::default() }
}

/// Closes a connection that has been silent for two seconds.
fn demands_pings() -> ServerConfig {
    ServerConfig { idle_timeout: Some(Duration::from_secs(2)), ..ServerConfig::default() }
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
    for policy in [QueuePolicy::DropOldest, QueuePolicy::DropNewest] {
        sleeps_for_long(demands_pongs(), policy);
        sleeps_for_long(demands_pings(), policy);
    }
}

#[test]
fn what_waits_to_be_sent_is_bounded_too() {
    let server = start(ServerConfig::default());
    let mut config = config(&server, QueuePolicy::Block);
    config.set_secret("app-secret").unwrap();
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
