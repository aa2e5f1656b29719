//! The ways to receive events beside a thread of the client's own: asking for them, for one client or
//! for many, and on the network thread.

#![allow(clippy::disallowed_methods)] // A test may start threads of its own.

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use common::{LONG, PATIENCE, config, server};
use pusherws::client::{Client, Delivered, Delivery, ReadyList};
use pusherws::error::Status;
use pusherws::protocol::channel::ChannelName;
use pusherws::session::EventKind;
use pusherws_devserver::BlockingServer;

fn with(server: &BlockingServer, delivery: Delivery) -> Arc<Client> {
    let mut config = config(server);
    config.set_delivery(delivery);
    Arc::new(Client::new(&config).unwrap())
}

/// What is called writes down its thread and its number.
fn count_into(client: &Client) -> Receiver<(String, u64)> {
    let (sender, received) = channel();
    let sender = Mutex::new(sender);
    let note = move |event: &Delivered<'_>| {
        let thread = thread::current().name().unwrap_or_default().to_owned();
        let _ = sender.lock().unwrap().send((thread, event.data().unwrap().parse().unwrap()));
    };
    client.bind(Some("news"), Some("tick"), Box::new(note)).unwrap();
    received
}

/// Connected and subscribed, without anybody who delivers.
fn listen(client: &Client) {
    client.connect().unwrap();
    let request = client.subscribe(&ChannelName::new("news").unwrap(), None).unwrap();
    client.wait(request, PATIENCE).unwrap();
}

fn publish(server: &BlockingServer, numbers: std::ops::Range<u64>) {
    for n in numbers {
        server.publish("news", "tick", &n.to_string());
    }
}

/// The answer to a ping comes behind all that the server has sent.
fn all_have_arrived(client: &Client) {
    let ping = client.ping().unwrap();
    client.wait(ping, PATIENCE).unwrap();
}

/// Asks until the answer to a ping has been told, which comes behind all else. A wait may return a moment
/// before the event does.
fn ask_for_all(client: &Client) {
    let (sender, completed) = channel();
    let sender = Mutex::new(sender);
    let note = move |event: &Delivered<'_>| {
        let _ = sender.lock().unwrap().send(event.request());
    };
    client.bind(None, Some("pusher:completed"), Box::new(note)).unwrap();
    let ping = client.ping().unwrap();
    while !completed.try_iter().any(|request| request == ping) {
        client.dispatch(usize::MAX, PATIENCE).unwrap();
    }
}

#[test]
fn callbacks_run_only_inside_of_dispatch_on_the_callers_thread_and_in_order() {
    let server = server();
    let client = with(&server, Delivery::Poll);
    let received = count_into(&client);
    listen(&client);
    publish(&server, 0..100);
    all_have_arrived(&client);
    assert!(received.try_recv().is_err(), "nobody has asked");
    let mut delivered = 0;
    // In small portions, and no more than was asked for.
    while delivered < 100 {
        let count = client.dispatch(7, PATIENCE).unwrap();
        assert!((1..=7).contains(&count));
        delivered += received.try_iter().fold(0, |sum, (thread, number)| {
            assert_eq!(
                thread,
                "callbacks_run_only_inside_of_dispatch_on_the_callers_thread_and_in_order"
            );
            assert_eq!(number, delivered + sum);
            sum + 1
        });
    }
    ask_for_all(&client);
    assert_eq!(client.dispatch(usize::MAX, Some(Duration::from_millis(1))).unwrap(), 0);
}

#[test]
fn events_can_be_taken_without_callbacks_and_end_with_the_client() {
    let server = server();
    let client = with(&server, Delivery::Poll);
    let received = count_into(&client);
    listen(&client);
    publish(&server, 0..10);
    all_have_arrived(&client);
    let mut numbers = Vec::new();
    while numbers.len() < 10 {
        let batch = client.fetch(3, PATIENCE).unwrap();
        assert!((1..=3).contains(&batch.len()));
        let ticks = batch.iter().filter(|event| event.name() == "tick");
        numbers.extend(ticks.map(|event| event.data().unwrap().parse::<u64>().unwrap()));
    }
    assert_eq!(numbers, (0..10).collect::<Vec<_>>());
    assert!(received.try_recv().is_err(), "nobody was called");

    client.subscribe(&ChannelName::new("private-never").unwrap(), None).unwrap();
    client.close(LONG).unwrap();
    let mut completed = 0;
    let end = loop {
        match client.fetch(usize::MAX, PATIENCE) {
            Ok(batch) => {
                completed += batch.iter().filter(|e| e.kind() == EventKind::Completed).count();
            }
            Err(error) => break error,
        }
    };
    assert_eq!(end.status(), Status::Closed);
    assert!(completed > 0, "what was told at the end could be taken");
}

#[test]
fn whoever_waits_for_events_is_woken_by_the_end() {
    let server = server();
    for free in [false, true] {
        let client = with(&server, Delivery::Poll);
        let asking = Arc::clone(&client);
        let waiting = thread::spawn(move || {
            loop {
                if let Err(error) = asking.dispatch(usize::MAX, None) {
                    return error.status();
                }
            }
        });
        match free {
            true => client.free(),
            false => client.close(LONG).unwrap(),
        }
        assert_eq!(waiting.join().unwrap(), Status::Closed);
    }
}

#[test]
fn asking_again_inside_of_a_callback_is_refused_and_so_is_waiting() {
    let server = server();
    let client = with(&server, Delivery::Poll);
    let (again, results) = (Arc::downgrade(&client), Arc::new(Mutex::new(Vec::new())));
    let noted = Arc::clone(&results);
    let nest = move |_: &Delivered<'_>| {
        let client = again.upgrade().unwrap();
        let nested = client.dispatch(1, Some(Duration::ZERO)).unwrap_err().status();
        let waited = client.wait(1, PATIENCE).unwrap_err().status();
        noted.lock().unwrap().push((nested, waited));
    };
    client.bind(Some("news"), Some("tick"), Box::new(nest)).unwrap();
    listen(&client);
    publish(&server, 0..2);
    while results.lock().unwrap().len() < 2 {
        client.dispatch(usize::MAX, PATIENCE).unwrap();
    }
    assert!(results.lock().unwrap().iter().all(|r| *r == (Status::State, Status::WouldDeadlock)));
}

#[test]
fn only_a_client_with_delivery_by_polling_can_be_asked() {
    let server = server();
    let list = Arc::new(ReadyList::new());
    for delivery in [Delivery::Thread, Delivery::Inline, Delivery::Shared(list)] {
        let client = with(&server, delivery);
        assert_eq!(client.dispatch(1, PATIENCE).unwrap_err().status(), Status::State);
        assert_eq!(client.fetch(1, PATIENCE).unwrap_err().status(), Status::State);
        assert!(client.descriptor().is_err() && client.set_wakeup(None).is_err());
    }
}

#[cfg(target_os = "linux")]
fn is_readable(descriptor: isize, timeout_ms: i32) -> bool {
    let fd = i32::try_from(descriptor).unwrap();
    let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // SAFETY: one structure, as said.
    #[allow(unsafe_code)]
    let ready = unsafe { libc::poll(&raw mut poll, 1, timeout_ms) };
    ready == 1
}

#[test]
#[cfg(target_os = "linux")]
fn the_descriptor_is_readable_while_there_is_something_to_ask_for() {
    let server = server();
    let client = with(&server, Delivery::Poll);
    let descriptor = client.descriptor().unwrap();
    assert_eq!(client.descriptor().unwrap(), descriptor);
    assert!(!is_readable(descriptor, 0));
    let received = count_into(&client);
    listen(&client);
    for _ in 0..50 {
        publish(&server, 0..5);
        // What came before has been delivered when these have.
        let mut count = 0;
        while count < 5 {
            assert!(is_readable(descriptor, 60_000));
            while client.dispatch(2, Some(Duration::ZERO)).unwrap() > 0 {}
            count += received.try_iter().count();
        }
        assert!(!is_readable(descriptor, 0), "all has been asked for");
    }
}

#[test]
fn the_wakeup_comes_when_there_is_something_again_and_not_for_each_event() {
    let server = server();
    let client = with(&server, Delivery::Poll);
    let (sender, woken) = channel();
    let sender = Mutex::new(sender);
    let wakeup = move || sender.lock().unwrap().send(()).unwrap();
    client.set_wakeup(Some(Box::new(wakeup))).unwrap();
    listen(&client);
    woken.recv_timeout(LONG).unwrap();
    publish(&server, 0..1000);
    all_have_arrived(&client);
    assert!(woken.try_recv().is_err(), "told already, and not asked since");
    ask_for_all(&client);
    while woken.try_recv().is_ok() {}
    publish(&server, 0..1);
    woken.recv_timeout(LONG).unwrap();
}

#[test]
fn one_thread_serves_many_clients() {
    let server = server();
    let list = Arc::new(ReadyList::new());
    let clients: Vec<_> = (0..50).map(|_| with(&server, Delivery::Shared(list.clone()))).collect();
    let received: Vec<_> = clients.iter().map(|client| count_into(client)).collect();
    clients.iter().for_each(|client| listen(client));
    publish(&server, 0..20);
    let mut next = vec![0; clients.len()];
    while next.iter().any(|n| *n < 20) {
        assert!(list.dispatch(64, PATIENCE).unwrap() > 0, "nothing came; {next:?}");
        for (next, received) in next.iter_mut().zip(&received) {
            for (_, number) in received.try_iter() {
                assert_eq!(number, *next, "each client's events are in order");
                *next += 1;
            }
        }
    }
    // Freed clients are passed over, and the others are not affected.
    let mut clients = clients;
    clients.truncate(1);
    publish(&server, 20..21);
    while next[0] < 21 {
        list.dispatch(64, PATIENCE).unwrap();
        next[0] += received[0].try_iter().count() as u64;
    }
}

#[test]
fn several_threads_can_share_the_work() {
    let server = server();
    let list = Arc::new(ReadyList::new());
    let clients: Vec<_> = (0..8).map(|_| with(&server, Delivery::Shared(list.clone()))).collect();
    let received: Vec<_> = clients.iter().map(|client| count_into(client)).collect();
    clients.iter().for_each(|client| listen(client));
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let (list, done) = (list.clone(), done.clone());
            thread::spawn(move || {
                while !done.load(std::sync::atomic::Ordering::Acquire) {
                    list.dispatch(16, Some(Duration::from_millis(20))).unwrap();
                }
            })
        })
        .collect();
    publish(&server, 0..500);
    for received in &received {
        for expected in 0..500 {
            assert_eq!(received.recv_timeout(LONG).unwrap().1, expected);
        }
    }
    done.store(true, std::sync::atomic::Ordering::Release);
    workers.into_iter().for_each(|worker| worker.join().unwrap());
}

#[test]
fn inline_callbacks_run_on_the_network_thread_and_must_not_wait() {
    let server = server();
    let client = with(&server, Delivery::Inline);
    let received = count_into(&client);
    let inside = Arc::downgrade(&client);
    let (sender, refused) = channel();
    let sender = Mutex::new(sender);
    let wait = move |_: &Delivered<'_>| {
        let client = inside.upgrade().unwrap();
        let waited = client.wait(1, PATIENCE).unwrap_err().status();
        let published = client.publish(&ChannelName::new("private-x").unwrap(), "e", "1").is_ok();
        sender.lock().unwrap().send((waited, published)).unwrap();
    };
    client.bind(Some("news"), Some("tick"), Box::new(wait)).unwrap();
    listen(&client);
    publish(&server, 0..100);
    for expected in 0..100 {
        let (thread, number) = received.recv_timeout(LONG).unwrap();
        assert_eq!((thread.as_str(), number), ("pusherws-io", expected));
        assert_eq!(refused.recv_timeout(LONG).unwrap(), (Status::WouldDeadlock, true));
    }
    client.close(LONG).unwrap();
}

/// Told when the callback that holds it is dropped.
struct Held(std::sync::mpsc::Sender<()>);

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[test]
fn freed_inside_of_its_callback_a_client_calls_nobody_any_more_and_drops_all() {
    let server = server();
    for delivery in [Delivery::Thread, Delivery::Poll, Delivery::Inline] {
        let client = with(&server, delivery.clone());
        let slot = Arc::new(Mutex::new(Some(Arc::clone(&client))));
        let (sender, dropped) = channel();
        let (calls, held) = (Arc::new(Mutex::new(0)), Held(sender));
        let counted = Arc::clone(&calls);
        let free = move |_: &Delivered<'_>| {
            let _held = &held;
            *counted.lock().unwrap() += 1;
            if let Some(client) = slot.lock().unwrap().take() {
                client.free();
            }
        };
        client.bind(Some("news"), Some("tick"), Box::new(free)).unwrap();
        listen(&client);
        publish(&server, 0..5);
        if matches!(delivery, Delivery::Poll) {
            while client.dispatch(usize::MAX, PATIENCE).is_ok() {}
        }
        dropped.recv_timeout(LONG).unwrap_or_else(|_| panic!("{delivery:?}: never dropped"));
        assert_eq!(*calls.lock().unwrap(), 1, "{delivery:?}");
    }
}

#[test]
fn free_waits_for_the_callback_that_another_thread_dispatches() {
    let server = server();
    let client = with(&server, Delivery::Poll);
    let gate = common::Gate::default();
    let (inside, _opened) = (gate.clone(), gate.opened_at_last());
    let (sender, dropped) = channel();
    let held = Held(sender);
    let wait = move |_: &Delivered<'_>| {
        let _held = &held;
        inside.pass();
    };
    client.bind(Some("news"), Some("tick"), Box::new(wait)).unwrap();
    listen(&client);
    publish(&server, 0..2);
    let asking = Arc::clone(&client);
    let dispatching = thread::spawn(move || while asking.dispatch(usize::MAX, PATIENCE).is_ok() {});
    gate.wait_until_somebody_waits();
    let freeing = thread::spawn(move || client.free());
    assert!(dropped.recv_timeout(Duration::from_millis(50)).is_err(), "it still runs");
    gate.open();
    freeing.join().unwrap();
    dropped.try_recv().expect("dropped when free has returned");
    dispatching.join().unwrap();
}

/// The third and the fourth network thread of this process, which only one test asks for.
#[cfg(target_os = "linux")]
fn further_threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| matches!(name.trim(), "pusherws-io-3" | "pusherws-io-4")).count()
}

#[test]
#[cfg(target_os = "linux")]
fn clients_are_spread_over_as_many_network_threads_as_asked_for() {
    let server = server();
    let mut config = config(&server);
    config.set_delivery(Delivery::Inline);
    config.set_network_threads(4).unwrap();
    assert!(config.set_network_threads(0).is_err() && config.set_network_threads(65).is_err());
    let clients: Vec<_> = (0..40).map(|_| Arc::new(Client::new(&config).unwrap())).collect();
    let received: Vec<_> = clients.iter().map(|client| count_into(client)).collect();
    clients.iter().for_each(|client| listen(client));
    publish(&server, 0..3);
    let mut names = std::collections::BTreeMap::new();
    for received in &received {
        for expected in 0..3 {
            let (thread, number) = received.recv_timeout(LONG).unwrap();
            assert_eq!(number, expected);
            *names.entry(thread).or_insert(0) += 1;
        }
    }
    // Other tests' clients are on the first.
    assert!(names.len() >= 3, "{names:?}");
    assert!(names.keys().all(|name| name.starts_with("pusherws-io")), "{names:?}");
    assert_eq!(further_threads(), 2);
    drop(clients);
    // They have been joined, and vanish from the list a moment later.
    let deadline = std::time::Instant::now() + LONG;
    while further_threads() > 0 {
        assert!(std::time::Instant::now() < deadline, "{}", further_threads());
        thread::yield_now();
    }
}

#[test]
fn callbacks_on_two_network_threads_may_free_each_others_clients() {
    let server = server();
    let mut config = config(&server);
    config.set_delivery(Delivery::Inline);
    config.set_network_threads(2).unwrap();
    for _ in 0..20 {
        let clients: Vec<_> = (0..2).map(|_| Arc::new(Client::new(&config).unwrap())).collect();
        let (sender, freed) = channel();
        let both_inside = Arc::new(std::sync::Barrier::new(2));
        for (mine, other) in [(0, 1), (1, 0)] {
            let other = Mutex::new(Some(Arc::clone(&clients[other])));
            let (sender, both_inside) = (Mutex::new(sender.clone()), Arc::clone(&both_inside));
            let free = move |_: &Delivered<'_>| {
                if let Some(other) = other.lock().unwrap().take() {
                    both_inside.wait();
                    other.free();
                    let _ = sender.lock().unwrap().send(());
                }
            };
            clients[mine].bind(Some("news"), Some("tick"), Box::new(free)).unwrap();
        }
        // Only where they are on two threads can both be inside; other tests' clients decide that, too.
        let threads: Vec<_> = clients.iter().map(|client| thread_of(client)).collect();
        if threads[0] == threads[1] {
            // They hold each other.
            clients.iter().for_each(|client| client.free());
            continue;
        }
        publish(&server, 0..1);
        for _ in 0..2 {
            freed.recv_timeout(LONG).unwrap();
        }
    }
}

/// Connects and subscribes, and finds out which thread delivers.
fn thread_of(client: &Client) -> String {
    let (sender, received) = channel();
    let sender = Mutex::new(sender);
    let note = move |_: &Delivered<'_>| {
        let name = thread::current().name().unwrap_or_default().to_owned();
        let _ = sender.lock().unwrap().send(name);
    };
    client.bind(None, Some("pusher:state_change"), Box::new(note)).unwrap();
    listen(client);
    received.recv_timeout(LONG).unwrap()
}

#[test]
fn all_who_wait_for_a_closed_client_find_out() {
    let server = server();
    let client = with(&server, Delivery::Poll);
    listen(&client);
    let askers: Vec<_> = (0..4)
        .map(|_| {
            let client = Arc::clone(&client);
            thread::spawn(move || {
                loop {
                    if let Err(error) = client.fetch(1, None) {
                        return error.status();
                    }
                }
            })
        })
        .collect();
    client.close(LONG).unwrap();
    for asker in askers {
        assert_eq!(asker.join().unwrap(), Status::Closed);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_descriptor_stays_readable_for_who_has_to_learn_of_the_end() {
    let server = server();
    let client = with(&server, Delivery::Poll);
    let descriptor = client.descriptor().unwrap();
    listen(&client);
    client.close(LONG).unwrap();
    // One ask for each time that it is readable, as with any level-triggered descriptor.
    for _ in 0..1000 {
        assert!(is_readable(descriptor, 60_000));
        match client.dispatch(1, Some(Duration::ZERO)) {
            Ok(_) => {}
            Err(error) => return assert_eq!(error.status(), Status::Closed),
        }
    }
    panic!("the end is never told");
}

#[test]
fn a_wakeup_may_set_itself_again() {
    let server = server();
    let client = with(&server, Delivery::Poll);
    fn arm(client: &Arc<Client>, woken: std::sync::mpsc::Sender<()>) {
        let again = Arc::downgrade(client);
        let woken = Mutex::new(woken);
        let wake = move || {
            let woken = woken.lock().unwrap().clone();
            let _ = woken.send(());
            if let Some(client) = again.upgrade() {
                arm(&client, woken);
            }
        };
        client.set_wakeup(Some(Box::new(wake))).unwrap();
    }
    let (sender, woken) = channel();
    arm(&client, sender);
    listen(&client);
    for _ in 0..20 {
        woken.recv_timeout(LONG).unwrap();
        ask_for_all(&client);
        while woken.try_recv().is_ok() {}
        publish(&server, 0..1);
    }
}

#[test]
fn no_client_is_made_on_a_queue_that_has_ended() {
    let server = server();
    let list = Arc::new(ReadyList::new());
    let mut config = config(&server);
    config.set_delivery(Delivery::Shared(Arc::clone(&list)));
    list.end();
    assert_eq!(Client::new(&config).err().unwrap().status(), Status::State);
}

/// Says when it is gone, and takes its time.
struct SlowToGo(Arc<AtomicBool>);

impl Drop for SlowToGo {
    fn drop(&mut self) {
        thread::sleep(Duration::from_millis(50));
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn free_waits_for_callbacks_that_the_network_thread_drops() {
    let server = server();
    // The thread goes on for this one, and so nothing else waits for it.
    let other = with(&server, Delivery::Inline);
    listen(&other);
    for closes_first in [false, true] {
        let client = with(&server, Delivery::Inline);
        listen(&client);
        let gone: Vec<_> = (0..4).map(|_| Arc::new(AtomicBool::new(false))).collect();
        for gone in &gone {
            let kept = SlowToGo(Arc::clone(gone));
            let call = move |_: &Delivered<'_>| assert!(!kept.0.load(Ordering::Acquire));
            client.bind(None, Some("tick"), Box::new(call)).unwrap();
        }
        if closes_first {
            client.close(LONG).unwrap();
        }
        client.free();
        assert!(gone.iter().all(|gone| gone.load(Ordering::Acquire)), "closed: {closes_first}");
    }
}

#[test]
fn on_the_network_thread_free_waits_for_nobody() {
    let server = server();
    let slow = with(&server, Delivery::Thread);
    let gate = common::Gate::default();
    let (inside, _opened) = (gate.clone(), gate.opened_at_last());
    let (sender, dropped) = channel();
    let held = Held(sender);
    let wait = move |_: &Delivered<'_>| {
        let _held = &held;
        inside.pass();
    };
    slow.bind(Some("news"), Some("tick"), Box::new(wait)).unwrap();
    listen(&slow);
    publish(&server, 0..1);
    gate.wait_until_somebody_waits();

    let client = with(&server, Delivery::Inline);
    let (sender, freed) = channel();
    let (sender, other) = (Mutex::new(sender), Arc::clone(&slow));
    let free = move |_: &Delivered<'_>| {
        other.free();
        let _ = sender.lock().unwrap().send(());
    };
    client.bind(Some("news"), Some("tick"), Box::new(free)).unwrap();
    listen(&client);
    publish(&server, 1..2);
    freed.recv_timeout(LONG).unwrap();
    assert!(dropped.try_recv().is_err(), "it still runs");
    gate.open();
    dropped.recv_timeout(LONG).unwrap();
}
