//! An ordinary event costs no allocation on its way from a text frame to the application, once the
//! memory that is used again has its size.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use pusherws::engine::batch::Batch;
use pusherws::engine::delivery::{DeliveryQueue, QueuePolicy};
use pusherws::engine::shared::{Outlet, Shared};
use pusherws::protocol::channel::ChannelName;
use pusherws::protocol::endpoint::Endpoint;
use pusherws::session::{Command, EventKind, Session, SessionConfig, Time};

thread_local! {
    /// By thread, since others of the test's process allocate meanwhile.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

fn count() {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

/// As many as the driver takes together, where they are small.
const GO: usize = 256;

/// One thread in the place of the two: the network's, and the one that calls the application.
struct Way {
    session: Session,
    shared: Shared,
    /// The driver's, and the dispatcher's.
    filled: Batch,
    taken: Batch,
    bytes: usize,
}

impl Way {
    fn subscribed_to(channels: &[&str]) -> Way {
        let endpoint = Endpoint::host("example.com").unwrap();
        let queue = Arc::new(DeliveryQueue::new(8192, 32 << 20, QueuePolicy::Block));
        let mut way = Way {
            session: Session::new(SessionConfig::new("key", endpoint), 1),
            shared: Shared::new(queue),
            filled: Batch::default(),
            taken: Batch::default(),
            bytes: 0,
        };
        way.command(Command::Connect);
        way.text(r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\"}"}"#);
        for channel in channels {
            let channel = ChannelName::new(channel).unwrap();
            way.command(Command::Subscribe { channel, channel_data: None, auth: None });
        }
        while way.session.poll_action().is_some() {}
        way.deliver();
        way
    }

    fn command(&mut self, command: Command) {
        let mut outlet = Outlet { batch: &mut self.filled, shared: &self.shared };
        self.session.command(Time::default(), 1, command, &mut outlet);
    }

    fn text(&mut self, frame: &str) {
        let mut outlet = Outlet { batch: &mut self.filled, shared: &self.shared };
        self.session.handle_text(Time::default(), frame, &mut outlet);
    }

    /// Swaps the batch into the queue, and out of it; how many messages were in it.
    fn deliver(&mut self) -> usize {
        self.shared.queue.push(&mut self.filled);
        assert!(self.shared.queue.take(&mut self.taken));
        let messages = self.taken.iter().filter(|event| event.kind() == EventKind::Message);
        let messages = messages.map(|event| self.bytes += event.data().unwrap().len()).count();
        for _ in 0..self.taken.len() {
            self.shared.queue.delivered(1);
        }
        self.taken.clear();
        messages
    }

    fn events(&mut self, frames: &[String], count: usize) {
        let mut delivered = 0;
        for (n, frame) in frames.iter().cycle().take(count).enumerate() {
            self.text(frame);
            if n % GO == GO - 1 || n == count - 1 || self.filled.is_large() {
                delivered += self.deliver();
            }
        }
        assert_eq!(delivered, count);
    }
}

/// A payload is encoded once more, as servers send it.
fn frame(event: &str, channel: &str, payload: &str) -> String {
    let text = |text| serde_json::to_string(text).unwrap();
    let (event, channel, data) = (text(event), text(channel), text(payload));
    format!(r#"{{"event":{event},"channel":{channel},"data":{data}}}"#)
}

fn payload(bytes: usize, text: &str) -> String {
    let mut payload = r#"{"id":184467,"text":""#.to_owned();
    while payload.len() < bytes - 2 {
        payload.push_str(text);
    }
    payload + r#""}"#
}

/// After a warm-up with the same events.
fn assert_free(channels: &[&str], frames: &[String]) {
    let mut way = Way::subscribed_to(channels);
    way.events(frames, 4 * GO);
    let count = if frames[0].len() < 1000 { 10_000 } else { 1000 };
    let allocations = allocations(|| way.events(frames, count));
    assert_eq!(allocations, 0, "of frames of {} bytes on {channels:?}", frames[0].len());
    assert!(way.bytes > 0);
}

#[test]
fn an_ordinary_event_costs_no_allocation() {
    let channels = ["prices", "private-prices", "presence-room"];
    // The large ones are fewer, since all this is slow where nothing is optimised.
    let payloads = [
        payload(120, "an \\\"ordinary\\\" text "),
        payload(400, "Grüße 日本 😀 \\n"),
        payload(9900, "a long \\\"text\\\" "),
    ];
    for payload in payloads {
        for channel in channels {
            assert_free(&[channel], &[frame("price-changed", channel, &payload)]);
        }
        assert_free(&channels, &channels.map(|channel| frame("App\\Events\\E", channel, &payload)));
    }
}

#[test]
fn the_allocator_counts() {
    assert_eq!(allocations(|| drop(Box::new(7))), 1);
    let unscanned = r#"{"event":"\ud800","channel":"prices","data":{"a":[["b"]]}}"#.to_owned();
    let mut way = Way::subscribed_to(&["prices"]);
    way.events(std::slice::from_ref(&unscanned), 4 * GO);
    assert!(allocations(|| way.events(&[unscanned], 1000)) >= 1000);
}
