//! HTTP requests that hang: how many there are at the same time, and that what is cancelled ends.

#![allow(clippy::disallowed_methods)] // A test may start threads of its own.

mod common;

use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use common::{LONG, client, config, connects, server};
use pusherws::error::Status;
use pusherws::protocol::channel::ChannelName;

/// Takes connections, reads what comes, and never answers.
struct Hanging {
    port: u16,
    open: Arc<Open>,
}

#[derive(Default)]
struct Open {
    /// How many there are, and how many there have been at the same time.
    count: Mutex<(usize, usize)>,
    changed: Condvar,
}

impl Open {
    fn change(&self, by: isize) {
        let mut count = self.count.lock().unwrap();
        count.0 = count.0.checked_add_signed(by).unwrap();
        count.1 = count.1.max(count.0);
        self.changed.notify_all();
    }
}

impl Hanging {
    fn new() -> Hanging {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (port, open) = (listener.local_addr().unwrap().port(), Arc::new(Open::default()));
        let inside = Arc::clone(&open);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                inside.change(1);
                let inside = Arc::clone(&inside);
                thread::spawn(move || {
                    while stream.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {}
                    inside.change(-1);
                });
            }
        });
        Hanging { port, open }
    }

    #[track_caller]
    fn wait_until_open(&self, wanted: usize) {
        let count = self.open.count.lock().unwrap();
        let waited = self.open.changed.wait_timeout_while(count, LONG, |count| count.0 != wanted);
        let (count, result) = waited.unwrap();
        assert!(!result.timed_out(), "{} are open, and not {wanted}", count.0);
    }

    /// How many there were at the same time.
    fn peak(&self) -> usize {
        self.open.count.lock().unwrap().1
    }
}

#[test]
fn an_authorisation_that_is_not_wanted_any_more_lets_go_of_its_connection() {
    let (server, endpoint) = (server(), Hanging::new());
    let mut config = config(&server);
    config.set_auth_endpoint(&format!("http://127.0.0.1:{}/auth", endpoint.port)).unwrap();
    config.set_auth_timeout(Duration::from_secs(3600)).unwrap();
    let (client, _) = connects(&config);
    let channel = |n: usize| ChannelName::new(&format!("private-{n}")).unwrap();
    for n in 0..20 {
        client.subscribe(&channel(n), None).unwrap();
        endpoint.wait_until_open(1);
        client.unsubscribe(&channel(n)).unwrap();
        endpoint.wait_until_open(0);
    }
    assert_eq!(endpoint.peak(), 1);
    for n in 0..20 {
        client.subscribe(&channel(n), None).unwrap();
    }
    endpoint.wait_until_open(8);
    client.disconnect().unwrap();
    endpoint.wait_until_open(0);
    assert_eq!(endpoint.peak(), 8);
}

#[test]
fn calls_of_the_api_wait_for_their_turn_and_closing_ends_them_all() {
    let (server, api) = (server(), Hanging::new());
    let mut config = config(&server);
    config.set_app_id("app-id").unwrap();
    config.set_api_host("127.0.0.1", i32::from(api.port)).unwrap();
    config.set_api_timeout(Duration::from_secs(3600)).unwrap();
    let (client, seen) = client(&config);
    let news = ChannelName::new("news").unwrap();
    let requests: Vec<_> = (0..200).map(|_| client.publish(&news, "e", "{}").unwrap()).collect();
    api.wait_until_open(16);
    client.close(LONG).unwrap();
    seen.assert_completed_once(&requests);
    for request in requests {
        let error = client.wait(request, Some(LONG)).unwrap_err();
        assert_eq!(error.status(), Status::Cancelled, "{error}");
    }
    api.wait_until_open(0);
    assert_eq!(api.peak(), 16);
}
