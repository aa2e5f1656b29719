//! TLS with the platform's trust store, which on Linux is the file that SSL_CERT_FILE names.
//!
//! A process reads its trust store once. So each test starts this program again, as a child with an
//! environment of its own.

mod common;

use std::path::PathBuf;
use std::process::{Command, Output};

use common::{PATIENCE, client};
use pusherws::config::Config;
use pusherws::error::Status;
use pusherws::protocol::channel::ChannelName;
use pusherws::session::EventKind;
use pusherws_devserver::{Config as ServerConfig, Server, Tls};

fn child(test: &str, port: u16, trusted: &str) -> Output {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let file: PathBuf =
        std::env::temp_dir().join(format!("pusherws-ca-{}-{number}.pem", std::process::id()));
    std::fs::write(&file, trusted).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("SSL_CERT_FILE", &file)
        .env_remove("SSL_CERT_DIR")
        .env("PUSHERWS_TEST_PORT", port.to_string())
        .output()
        .unwrap();
    std::fs::remove_file(&file).unwrap();
    output
}

#[track_caller]
fn assert_passed(output: &Output) {
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}\n{errors}");
}

fn tls_server(tls: Tls) -> pusherws_devserver::BlockingServer {
    Server::spawn(ServerConfig { tls: Some(tls), ..ServerConfig::default() }).unwrap()
}

fn config(host: &str) -> Config {
    let port: i32 = std::env::var("PUSHERWS_TEST_PORT").unwrap().parse().unwrap();
    let mut config = Config::new("app-key").unwrap();
    config.set_host(host).unwrap();
    config.set_port(port).unwrap();
    config.set_secret("app-secret").unwrap();
    config
}

#[test]
fn a_certificate_of_a_trusted_authority_is_accepted() {
    let server = tls_server(Tls::default());
    assert_passed(&child("child_connects", server.port(), server.ca_pem().unwrap()));
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused() {
    let server = tls_server(Tls::default());
    let other = tls_server(Tls::default());
    assert_passed(&child("child_is_refused", server.port(), other.ca_pem().unwrap()));
}

#[test]
fn an_expired_certificate_is_refused() {
    let server = tls_server(Tls { expired: true, ..Tls::default() });
    assert_passed(&child("child_is_refused", server.port(), server.ca_pem().unwrap()));
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let server = tls_server(Tls { names: vec!["other.example".into()], ..Tls::default() });
    assert_passed(&child("child_is_refused", server.port(), server.ca_pem().unwrap()));
}

#[test]
fn an_empty_trust_store_is_an_error_that_says_what_to_install() {
    let server = tls_server(Tls::default());
    assert_passed(&child("child_has_no_trust_store", server.port(), ""));
}

#[test]
#[ignore = "started as a child by the tests above"]
fn child_connects() {
    for host in ["localhost", "127.0.0.1"] {
        let (client, _) = client(&config(host));
        let request = client.connect().unwrap();
        client.wait(request, PATIENCE).unwrap();
        let channel = ChannelName::new("private-a").unwrap();
        let request = client.subscribe(&channel, None).unwrap();
        client.wait(request, PATIENCE).unwrap();
        let request = client.publish(&channel, "e", &"x".repeat(5000)).unwrap();
        client.wait(request, PATIENCE).unwrap();
        let ping = client.ping().unwrap();
        assert!(client.wait(ping, PATIENCE).unwrap() > 0);
    }
}

#[test]
#[ignore = "started as a child by the tests above"]
fn child_is_refused() {
    let (client, seen) = client(&config("127.0.0.1"));
    client.connect().unwrap();
    let error = seen.wait_for(|event| event.kind == EventKind::Error);
    assert_eq!(error.status, Status::Tls, "{error:?}");
    assert!(error.data.unwrap().contains("certificate"));
}

#[test]
#[ignore = "started as a child by the tests above"]
fn child_has_no_trust_store() {
    let (client, seen) = client(&config("127.0.0.1"));
    client.connect().unwrap();
    let error = seen.wait_for(|event| event.kind == EventKind::Error);
    assert_eq!(error.status, Status::Tls, "{error:?}");
    assert!(error.data.unwrap().contains("ca-certificates"));
}
