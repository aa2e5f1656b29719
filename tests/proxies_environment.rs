//! Proxies from the environment, which a process reads once: each test starts this program again.

mod common;

use std::process::Command;

use common::proxies::{Habits, Proxy, unused_port};
use common::{connects, refused, server, subscribes};
use pusherws::config::Config;
use pusherws_devserver::{BlockingServer, Config as ServerConfig, Server, Tls};

/// A name that no resolver knows: only a proxy can reach it.
const NOWHERE: &str = "pusher.invalid";

/// Runs one of the tests below with these variables, and none of the usual ones.
#[track_caller]
fn child(test: &str, server: &BlockingServer, environment: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    command
        .env_remove("REQUEST_METHOD")
        .env("PUSHERWS_TEST_PORT", server.port().to_string())
        .env("PUSHERWS_TEST_CA", server.ca_pem().unwrap_or_default())
        .envs(environment.iter().copied());
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}\n{errors}");
}

fn tls_server() -> BlockingServer {
    let tls = Some(Tls { names: vec![NOWHERE.into()], ..Tls::default() });
    Server::spawn(ServerConfig { tls, ..ServerConfig::default() }).unwrap()
}

fn leading_to(server: &BlockingServer, login: Option<(&'static str, &'static str)>) -> Habits {
    Habits { login, leads_to: Some(server.port()), fault: None }
}

#[test]
fn the_websocket_and_the_endpoint_go_through_the_proxy() {
    let server = server();
    let proxy = Proxy::http(leading_to(&server, Some(("user", "pass"))));
    let url = format!("http://user:pass@127.0.0.1:{}", proxy.port);
    child("child_connects", &server, &[("HTTP_PROXY", &url)]);
    let target = format!("{NOWHERE}:{}", server.port());
    assert_eq!(proxy.asked(), [target.clone(), target]);
}

#[test]
fn what_is_encrypted_has_a_proxy_of_its_own() {
    let server = tls_server();
    let proxy = Proxy::http(leading_to(&server, None));
    let url = format!("http://127.0.0.1:{}", proxy.port);
    let dead = format!("http://127.0.0.1:{}", unused_port());
    child("child_connects", &server, &[("HTTPS_PROXY", &url), ("HTTP_PROXY", &dead)]);
    assert_eq!(proxy.asked().len(), 2);
}

#[test]
fn one_proxy_can_be_named_for_everything() {
    for server in [server(), tls_server()] {
        let proxy = Proxy::socks5(leading_to(&server, Some(("user", "pass"))));
        let url = format!("socks5h://user:pass@127.0.0.1:{}", proxy.port);
        child("child_connects", &server, &[("ALL_PROXY", &url)]);
        let target = format!("{NOWHERE}:{}", server.port());
        assert_eq!(proxy.asked(), [target.clone(), target]);
    }
}

#[test]
fn a_proxy_that_refuses_is_told_without_its_password() {
    let server = server();
    let proxy = Proxy::http(leading_to(&server, Some(("user", "another"))));
    let url = format!("http://user:pass@127.0.0.1:{}", proxy.port);
    child("child_is_refused", &server, &[("HTTP_PROXY", &url)]);
}

#[test]
fn hosts_that_are_excepted_go_directly() {
    let server = server();
    let dead = format!("http://127.0.0.1:{}", unused_port());
    for except in ["127.0.0.1", "example.com, 127.0.0.0/8", "*"] {
        child("child_goes_directly", &server, &[("HTTP_PROXY", &dead), ("NO_PROXY", except)]);
    }
}

#[test]
fn a_configuration_without_proxies_does_not_look_at_the_environment() {
    let server = server();
    let dead = format!("http://127.0.0.1:{}", unused_port());
    child("child_wants_no_proxy", &server, &[("ALL_PROXY", &dead)]);
}

#[test]
fn a_configured_proxy_takes_the_place_of_the_environments() {
    let server = server();
    let proxy = Proxy::http(leading_to(&server, None));
    let url = format!("http://127.0.0.1:{}", proxy.port);
    let dead = format!("http://127.0.0.1:{}", unused_port());
    let environment = [("ALL_PROXY", &*dead), ("NO_PROXY", "*"), ("PUSHERWS_TEST_PROXY", &url)];
    child("child_has_its_own_proxy", &server, &environment);
    assert_eq!(proxy.asked().len(), 2);
}

fn config(host: &str) -> Config {
    let port: i32 = std::env::var("PUSHERWS_TEST_PORT").unwrap().parse().unwrap();
    let ca = std::env::var("PUSHERWS_TEST_CA").unwrap();
    let mut config = Config::new("app-key").unwrap();
    config.set_host(host).unwrap();
    config.set_port(port).unwrap();
    config.set_tls(!ca.is_empty());
    let mut scheme = "http";
    if !ca.is_empty() {
        scheme = "https";
        config.add_ca_pem(&ca).unwrap();
    }
    config.set_auth_endpoint(&format!("{scheme}://{host}:{port}/pusher/auth")).unwrap();
    config
}

fn works(config: &Config) {
    let (client, _) = connects(config);
    subscribes(&client, "private-a");
}

#[test]
#[ignore = "started as a child by the tests above"]
fn child_connects() {
    works(&config(NOWHERE));
}

#[test]
#[ignore = "started as a child by the tests above"]
fn child_goes_directly() {
    works(&config("127.0.0.1"));
}

#[test]
#[ignore = "started as a child by the tests above"]
fn child_wants_no_proxy() {
    let mut config = config("127.0.0.1");
    refused(&config);
    config.set_no_proxy();
    works(&config);
}

#[test]
#[ignore = "started as a child by the tests above"]
fn child_has_its_own_proxy() {
    let mut config = config(NOWHERE);
    config.set_proxy(&std::env::var("PUSHERWS_TEST_PROXY").unwrap(), None).unwrap();
    works(&config);
}

#[test]
#[ignore = "started as a child by the tests above"]
fn child_is_refused() {
    let text = refused(&config(NOWHERE)).message().to_owned();
    assert!(text.contains("through the proxy 127.0.0.1:") && text.contains("407"), "{text}");
    assert!(!text.contains("pass "), "{text}");
    assert!(!text.contains("user:"), "{text}");
}
