//! A flood that an application does not keep up with: what is dropped is counted and told in its
//! place, and the memory is bounded.

#![allow(clippy::disallowed_methods)] // A test may start threads of its own.

mod common;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use common::{Gate, LONG, PATIENCE, flood, small_queue, subscribes};
use pusherws::client::Delivered;
use pusherws::config::QueuePolicy;
use pusherws::session::EventKind;
use pusherws_devserver::{Config as ServerConfig, Server};

/// A flood of 100,000 events of this size is 100 MB where somebody keeps it.
const TEXT: usize = 1000;

/// What a process may grow by: the queue's own 1000 events, the server's queue of 8 MiB, which is in
/// the same process, and what the allocator keeps. Measured: 2 to 7 MB.
const BOUND: u64 = 40 << 20;

/// The memory is that of the process: one flood at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Events of a flood. `scripts/check-flood.sh` asks for ten minutes of 4,000 a second.
fn flood_size() -> u64 {
    std::env::var("PUSHERWS_FLOOD").map_or(100_000, |n| n.parse().unwrap())
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
    let server = Server::spawn(ServerConfig::default()).unwrap();
    let client = common::new_client(&small_queue(&server, policy));
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
    subscribes(&client, "news");
    let data = format!(r#"{{"n":{{n}},"text":"{}"}}"#, "x".repeat(TEXT));
    let before = resident();
    assert_eq!(flood(&server, "tick", &data, flood_size()).join().unwrap(), 1);
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
