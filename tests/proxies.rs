//! Proxies from the environment, which a process reads once: each test starts this program again.

#![allow(clippy::disallowed_methods)] // A test may start threads of its own.

mod common;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{PATIENCE, client, server};
use pusherws::config::Config;
use pusherws::protocol::channel::ChannelName;

/// A proxy that knows one method, CONNECT, and one server, whatever it is asked for.
fn proxy(server: u16, wants: &'static str) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let tunnels = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&tunnels);
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (mut client, counter) = (client.unwrap(), Arc::clone(&counter));
            std::thread::spawn(move || {
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") {
                    if client.read(&mut byte).unwrap_or(0) == 0 {
                        return;
                    }
                    head.push(byte[0]);
                }
                let head = String::from_utf8(head).unwrap();
                let allowed = head.to_ascii_lowercase().contains(wants);
                if !head.starts_with("CONNECT pusher.invalid:") || !allowed {
                    let _ = client.write_all(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
                    return;
                }
                counter.fetch_add(1, Ordering::SeqCst);
                let _ = client.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
                let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Write);
                });
                let mut from = server;
                let _ = std::io::copy(&mut from, &mut client);
                let _ = client.shutdown(Shutdown::Write);
            });
        }
    });
    (port, tunnels)
}

fn child(test: &str, proxy: &str, server: u16) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("HTTP_PROXY", proxy)
        .env("NO_PROXY", "127.0.0.1")
        .env_remove("REQUEST_METHOD")
        .env("PUSHERWS_TEST_PORT", server.to_string())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}\n{errors}");
}

#[test]
fn the_websocket_and_the_endpoint_go_through_the_proxy() {
    let server = server();
    let wants = "proxy-authorization: basic dxnlcjpwyxnz";
    let (port, tunnels) = proxy(server.port(), wants);
    child("child_connects", &format!("http://user:pass@127.0.0.1:{port}"), server.port());
    assert_eq!(tunnels.load(Ordering::SeqCst), 2);
}

#[test]
fn a_proxy_that_refuses_is_told_without_its_password() {
    let server = server();
    let (port, _) = proxy(server.port(), "something else");
    child("child_is_refused", &format!("http://user:pass@127.0.0.1:{port}"), server.port());
}

#[test]
fn hosts_that_are_excepted_go_directly() {
    let server = server();
    child("child_connects_directly", "http://127.0.0.1:1", server.port());
}

fn config(host: &str) -> Config {
    let port: i32 = std::env::var("PUSHERWS_TEST_PORT").unwrap().parse().unwrap();
    let mut config = Config::new("app-key").unwrap();
    config.set_host(host).unwrap();
    config.set_port(port).unwrap();
    config.set_tls(false);
    config.set_auth_endpoint(&format!("http://{host}:{port}/pusher/auth")).unwrap();
    config
}

fn connect_and_subscribe(host: &str) {
    let (client, _) = client(&config(host));
    let request = client.connect().unwrap();
    client.wait(request, PATIENCE).unwrap();
    let request = client.subscribe(&ChannelName::new("private-a").unwrap(), None).unwrap();
    client.wait(request, PATIENCE).unwrap();
}

#[test]
#[ignore = "started as a child by the tests above"]
fn child_connects() {
    // A name that no resolver knows: only the proxy can reach it.
    connect_and_subscribe("pusher.invalid");
}

#[test]
#[ignore = "started as a child by the tests above"]
fn child_connects_directly() {
    connect_and_subscribe("127.0.0.1");
}

#[test]
#[ignore = "started as a child by the tests above"]
fn child_is_refused() {
    let (client, seen) = client(&config("pusher.invalid"));
    client.connect().unwrap();
    let error = seen.wait_for(|event| event.kind == pusherws::session::EventKind::Error);
    let text = error.data.unwrap();
    assert!(text.contains("through the proxy 127.0.0.1:") && !text.contains("pass"), "{text}");
}
