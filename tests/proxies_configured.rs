//! Proxies as they are configured: what goes through them, and what becomes of their faults.

#![allow(clippy::disallowed_methods)] // A test may start threads of its own.

mod common;

use std::time::Duration;

use common::proxies::{Habits, Proxy, ProxyFault, unused_port};
use common::{PATIENCE, aim, connects, refused, server, subscribes};
use pusherws::client::Client;
use pusherws::config::{Config, ConnectPhase};
use pusherws::error::Status;
use pusherws_devserver::{BlockingServer, Config as ServerConfig, Server, Tls};

/// A name that no resolver knows: only a proxy can reach it.
const NOWHERE: &str = "pusher.invalid";

const LOGIN: Option<(&str, &str)> = Some(("user", "p@ss:word"));
const LOGIN_IN_URL: &str = "user:p%40ss%3Aword@";

/// For WebSocket and endpoint on this host.
fn config(server: &BlockingServer, host: &str) -> Config {
    let mut config = Config::new("app-key").unwrap();
    aim(&mut config, server);
    config.set_host(host).unwrap();
    let mut scheme = "http";
    if let Some(ca) = server.ca_pem() {
        scheme = "https";
        config.set_tls(true);
        config.add_ca_pem(ca).unwrap();
    }
    let port = server.port();
    config.set_auth_endpoint(&format!("{scheme}://{host}:{port}/pusher/auth")).unwrap();
    config
}

fn tls_server() -> BlockingServer {
    let tls = Some(Tls { names: vec![NOWHERE.into()], ..Tls::default() });
    Server::spawn(ServerConfig { tls, ..ServerConfig::default() }).unwrap()
}

fn works(config: &Config) {
    let (client, _) = connects(config);
    subscribes(&client, "private-a");
}

fn habits(server: &BlockingServer, login: Option<(&'static str, &'static str)>) -> Habits {
    Habits { login, leads_to: Some(server.port()), fault: None }
}

#[test]
fn websocket_and_endpoint_go_through_a_proxy_of_each_kind_with_and_without_a_password() {
    for server in [server(), tls_server()] {
        let target = format!("{NOWHERE}:{}", server.port());
        for (login, in_url) in [(None, ""), (LOGIN, LOGIN_IN_URL)] {
            let http = Proxy::http(habits(&server, login));
            let socks = Proxy::socks5(habits(&server, login));
            for (scheme, proxy) in [("http", &http), ("socks5h", &socks)] {
                let mut config = config(&server, NOWHERE);
                let url = format!("{scheme}://{in_url}127.0.0.1:{}", proxy.port);
                config.set_proxy(&url, None).unwrap();
                works(&config);
                assert_eq!(proxy.asked(), [target.clone(), target.clone()], "{scheme}");
            }
        }
    }
}

#[test]
fn the_http_api_goes_through_the_proxy() {
    let server = server();
    let proxy = Proxy::http(habits(&server, None));
    let mut config = Config::new("app-key").unwrap();
    aim(&mut config, &server);
    config.set_host(NOWHERE).unwrap();
    config.set_secret("app-secret").unwrap();
    config.set_app_id("app-id").unwrap();
    config.set_proxy(&format!("http://127.0.0.1:{}", proxy.port), None).unwrap();
    let client = Client::new(&config).unwrap();
    let request = client.get_channels(None, None).unwrap();
    client.wait(request, PATIENCE).unwrap();
    assert_eq!(proxy.asked(), [format!("{NOWHERE}:{}", server.port())]);
}

/// The h is for host: with it the proxy finds the address, without it the client does.
#[test]
fn socks5_is_given_an_address_and_socks5h_a_name() {
    let server = server();
    for (scheme, asked) in [("socks5", "127.0.0.1"), ("socks5h", "localhost")] {
        let proxy = Proxy::socks5(Habits::default());
        let mut config = config(&server, "localhost");
        config.set_proxy(&format!("{scheme}://127.0.0.1:{}", proxy.port), None).unwrap();
        works(&config);
        let target = format!("{asked}:{}", server.port());
        assert_eq!(proxy.asked(), [target.clone(), target], "{scheme}");
    }
    let proxy = Proxy::socks5(Habits::default());
    let mut config = config(&server, NOWHERE);
    config.set_proxy(&format!("socks5://127.0.0.1:{}", proxy.port), None).unwrap();
    let error = refused(&config);
    assert!(error.message().contains(&format!("cannot connect to {NOWHERE} port")), "{error}");
    // Without a network, it may be that nobody answers at all.
    let says = if error.status() == Status::Timeout { "DNS" } else { "lookup" };
    assert!(error.message().contains(says), "{error}");
    assert!(proxy.asked().is_empty());
}

#[test]
fn hosts_that_are_excepted_go_directly() {
    let server = server();
    let dead = format!("http://127.0.0.1:{}", unused_port());
    let mut config = config(&server, "127.0.0.1");
    for except in ["127.0.0.1", "example.com,127.0.0.0/8", "*"] {
        config.set_proxy(&dead, Some(except)).unwrap();
        works(&config);
    }
    for others in [None, Some("example.com"), Some("10.0.0.0/8")] {
        config.set_proxy(&dead, others).unwrap();
        let text = refused(&config).message().to_owned();
        assert!(text.contains("the proxy cannot be reached"), "{text}");
    }
}

#[test]
fn what_a_proxy_does_wrong_is_told_with_its_name_and_without_its_password() {
    let server = server();
    let answers = |line| Some(ProxyFault::Refuses(line));
    let http = [
        (answers("HTTP/1.1 407 Proxy Authentication Required"), 407, "user and password"),
        (answers("HTTP/1.1 403 Forbidden"), 403, "does not allow CONNECT"),
        (answers("HTTP/1.0 502 Bad Gateway"), 502, "cannot reach the host itself"),
        (answers("HTTP/1.1 418 I'm a teapot"), 418, "answered 418"),
        (answers("SSH-2.0-OpenSSH_9.2"), 0, "is not HTTP"),
        (Some(ProxyFault::Drops), 0, "without an answer"),
    ];
    let socks = [(answers(""), 0, "host unreachable"), (Some(ProxyFault::Drops), 0, "SOCKS error")];
    let http = http.map(|(fault, code, says)| {
        ("http", Proxy::http(Habits { fault, ..habits(&server, None) }), code, says)
    });
    let socks = socks.map(|(fault, code, says)| {
        ("socks5h", Proxy::socks5(Habits { fault, ..habits(&server, LOGIN) }), code, says)
    });
    for (scheme, proxy, code, says) in http.into_iter().chain(socks) {
        let mut config = config(&server, NOWHERE);
        let url = format!("{scheme}://{LOGIN_IN_URL}127.0.0.1:{}", proxy.port);
        config.set_proxy(&url, None).unwrap();
        let error = refused(&config);
        let text = error.message().to_ascii_lowercase();
        assert_eq!((error.status(), error.code()), (Status::Network, code), "{text}");
        assert!(text.contains(&says.to_ascii_lowercase()), "{says}: {text}");
        assert!(text.contains(&format!("through the proxy 127.0.0.1:{}", proxy.port)), "{text}");
        assert!(!text.contains("ss%3a") && !text.contains("ss:word"), "{text}");
    }
}

#[test]
fn a_wrong_password_is_told_as_one() {
    let server = server();
    let http = Proxy::http(habits(&server, LOGIN));
    let socks = Proxy::socks5(habits(&server, LOGIN));
    for (url, says) in [
        (format!("http://user:wrong@127.0.0.1:{}", http.port), "407"),
        (format!("socks5h://user:wrong@127.0.0.1:{}", socks.port), "credentials not accepted"),
    ] {
        let mut config = config(&server, NOWHERE);
        config.set_proxy(&url, None).unwrap();
        let text = refused(&config).message().to_owned();
        assert!(text.contains(says) && !text.contains("user:wrong"), "{text}");
    }
}

#[test]
fn a_proxy_that_hangs_ends_at_the_deadline_for_proxies() {
    let server = server();
    let fault = Some(ProxyFault::Hangs);
    for (scheme, proxy) in [
        ("http", Proxy::http(Habits { fault, ..habits(&server, None) })),
        ("socks5h", Proxy::socks5(Habits { fault, ..habits(&server, None) })),
    ] {
        let mut config = config(&server, NOWHERE);
        config.set_proxy(&format!("{scheme}://127.0.0.1:{}", proxy.port), None).unwrap();
        config.set_phase_timeout(ConnectPhase::Proxy, Duration::from_millis(100)).unwrap();
        let error = refused(&config);
        assert_eq!(error.status(), Status::Timeout, "{error}");
        let says = format!("through the proxy 127.0.0.1:{} took longer than 0.1 s", proxy.port);
        assert!(error.message().contains(&says), "{error}");
    }
}

#[test]
fn a_proxy_that_is_not_there_is_told() {
    let server = server();
    for scheme in ["http", "socks5", "socks5h"] {
        let port = unused_port();
        let mut config = config(&server, "localhost");
        config.set_proxy(&format!("{scheme}://127.0.0.1:{port}"), None).unwrap();
        let error = refused(&config);
        assert_eq!(error.status(), Status::Network, "{error}");
        let says = format!("through the proxy 127.0.0.1:{port}: the proxy cannot be reached");
        assert!(error.message().contains(&says), "{error}");
        assert!(error.message().contains("refused"), "{error}");
    }
}

/// A password that is not written as URLs want it is understood or refused, and never a reason to go
/// past the proxy.
#[test]
fn no_form_of_the_url_leads_past_the_proxy() {
    let server = server();
    for login in ["user:a b@", "user:p@ss@", "user:100%@", "user:ü|\\^@", "us er@"] {
        let proxy = Proxy::http(habits(&server, Some(("somebody", "else"))));
        let mut config = config(&server, "127.0.0.1");
        if config.set_proxy(&format!("http://{login}127.0.0.1:{}", proxy.port), None).is_ok() {
            assert_eq!(refused(&config).code(), 407, "{login}");
            assert_eq!(proxy.asked().len(), 1, "{login}");
        }
    }
}
