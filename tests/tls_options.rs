//! The options of TLS over real sockets. Here each client trusts what it is configured to trust;
//! the platform's trust store is the subject of tls.rs.

#![allow(clippy::disallowed_methods)] // A test may start threads of its own.

mod common;

use std::net::TcpListener;

use common::{PATIENCE, client, connects, refused};
use pusherws::config::{Config, TlsVersion};
use pusherws::error::Status;
use pusherws::protocol::channel::ChannelName;
use pusherws::session::EventKind;
use pusherws_devserver::{
    BlockingServer, Certificates, Config as ServerConfig, Server, Tls, TlsVersion as ServerVersion,
};

fn server(tls: Tls) -> BlockingServer {
    let config = ServerConfig { tls: Some(tls), ..ServerConfig::default() };
    Server::spawn(config).expect("a server")
}

fn certificates(server: &BlockingServer) -> &Certificates {
    server.certificates().expect("it speaks TLS")
}

/// Trusts nobody yet but the platform's authorities.
fn distrustful(server: &BlockingServer) -> Config {
    let mut config = Config::new("app-key").unwrap();
    common::aim(&mut config, server);
    config.set_tls(true);
    config.set_secret("app-secret").unwrap();
    config
}

fn trusting(server: &BlockingServer) -> Config {
    let mut config = distrustful(server);
    config.add_ca_pem(&certificates(server).ca_pem).unwrap();
    config
}

#[track_caller]
fn refused_by_tls(config: &Config, says: &str) {
    let error = refused(config);
    assert_eq!(error.status(), Status::Tls, "{error}");
    assert!(error.message().contains(says), "{error}");
}

#[test]
fn an_authority_is_added_from_memory_and_from_a_file() {
    let server = server(Tls::default());
    refused_by_tls(&distrustful(&server), "authority is not in the trust store");
    connects(&trusting(&server));

    let file = std::env::temp_dir().join(format!("pusherws-ca-file-{}.pem", std::process::id()));
    std::fs::write(&file, &certificates(&server).ca_pem).unwrap();
    let mut config = distrustful(&server);
    config.add_ca_file(file.to_str().expect("a name in UTF-8")).unwrap();
    // It was read when it was set.
    std::fs::remove_file(&file).unwrap();
    connects(&config);
}

#[test]
fn a_client_certificate_is_presented_to_a_server_that_demands_one() {
    for only in [ServerVersion::Tls12, ServerVersion::Tls13] {
        let server = server(Tls { client_certificate: true, only: Some(only), ..Tls::default() });
        let Certificates { client_cert_pem, client_key_pem, .. } = certificates(&server);
        let mut config = trusting(&server);
        config.set_client_certificate(client_cert_pem, client_key_pem).unwrap();
        connects(&config);
    }
}

#[test]
fn without_a_client_certificate_the_refusal_says_what_is_missing() {
    // TLS 1.2 knows no alert of its own for it.
    for (only, says) in [
        (ServerVersion::Tls12, "received fatal alert"),
        (ServerVersion::Tls13, "it asks for a client certificate"),
    ] {
        let server = server(Tls { client_certificate: true, only: Some(only), ..Tls::default() });
        refused_by_tls(&trusting(&server), says);
    }
}

#[test]
fn a_client_certificate_of_another_authority_is_refused() {
    let (server, other) = (
        server(Tls { client_certificate: true, ..Tls::default() }),
        server(Tls { client_certificate: true, ..Tls::default() }),
    );
    let Certificates { client_cert_pem, client_key_pem, .. } = certificates(&other);
    let mut config = trusting(&server);
    config.set_client_certificate(client_cert_pem, client_key_pem).unwrap();
    refused_by_tls(&config, "received fatal alert");
}

#[test]
fn a_pinned_key_is_demanded_beside_a_trusted_authority() {
    let (server, other) = (server(Tls::default()), server(Tls::default()));
    let pin = |server| format!("sha256/{}", certificates(server).spki_sha256);
    let mut config = trusting(&server);
    config.add_pinned_key(&pin(&other)).unwrap();
    refused_by_tls(&config, &pin(&server));
    // One that fits is enough.
    config.add_pinned_key(&pin(&server)).unwrap();
    connects(&config);
    // A pin is no trust.
    let mut config = distrustful(&server);
    config.add_pinned_key(&pin(&server)).unwrap();
    refused_by_tls(&config, "authority");
}

#[test]
fn a_pinned_key_is_demanded_also_where_certificates_are_not_verified() {
    let (server, other) =
        (server(Tls { self_signed: true, ..Tls::default() }), server(Tls::default()));
    let pin = |server| format!("sha256/{}", certificates(server).spki_sha256);
    let mut config = distrustful(&server);
    config.add_pinned_key(&pin(&other)).unwrap();
    config.set_insecure_skip_verify(true);
    refused_by_tls(&config, &pin(&server));
    let mut config = distrustful(&server);
    config.add_pinned_key(&pin(&server)).unwrap();
    refused_by_tls(&config, "");
    config.set_insecure_skip_verify(true);
    connects(&config);
}

#[test]
fn only_skipping_verification_accepts_what_is_not_to_be_trusted() {
    let elsewhere = || vec!["other.example".into()];
    let cases = [
        ("expired", Tls { expired: true, ..Tls::default() }),
        ("another name", Tls { names: elsewhere(), ..Tls::default() }),
        ("self-signed", Tls { self_signed: true, ..Tls::default() }),
        (
            "all of it",
            Tls { expired: true, names: elsewhere(), self_signed: true, ..Tls::default() },
        ),
    ];
    for (what, tls) in cases {
        let server = server(tls);
        for mut config in [distrustful(&server), trusting(&server)] {
            let error = refused(&config);
            assert_eq!(error.status(), Status::Tls, "{what}: {error}");
            config.set_insecure_skip_verify(true);
            connects(&config);
            // Switched off again, it is off.
            config.set_insecure_skip_verify(false);
            assert_eq!(refused(&config).status(), Status::Tls, "{what}");
        }
    }
}

#[test]
fn both_sides_can_insist_on_a_version() {
    let versions =
        [(TlsVersion::Tls12, ServerVersion::Tls12), (TlsVersion::Tls13, ServerVersion::Tls13)];
    for (ours, _) in versions {
        let server = server(Tls::default());
        let mut config = trusting(&server);
        config.set_tls_versions(ours, ours).unwrap();
        connects(&config);
    }
    for (_, theirs) in versions {
        let server = server(Tls { only: Some(theirs), ..Tls::default() });
        connects(&trusting(&server));
        for (ours, same) in versions {
            let mut config = trusting(&server);
            config.set_tls_versions(ours, ours).unwrap();
            if same == theirs {
                connects(&config);
            } else {
                refused_by_tls(&config, "same version of TLS");
            }
        }
    }
}

#[test]
fn the_authorisation_endpoint_is_trusted_by_the_same_rules() {
    let (server, endpoint) = (server(Tls::default()), server(Tls::default()));
    let url = format!("{}/pusher/auth", endpoint.http_url());
    let mut config = Config::new("app-key").unwrap();
    common::aim(&mut config, &server);
    config.set_tls(true);
    config.add_ca_pem(&certificates(&server).ca_pem).unwrap();
    config.set_auth_endpoint(&url).unwrap();
    let channel = ChannelName::new("private-a").unwrap();

    let (client, _) = connects(&config);
    let request = client.subscribe(&channel, None).unwrap();
    let error = client.wait(request, PATIENCE).expect_err("its authority is unknown");
    // The two authorities differ in their keys only.
    assert!(error.message().contains("of the authority of that name"), "{error}");

    config.add_ca_pem(&certificates(&endpoint).ca_pem).unwrap();
    let (client, _) = connects(&config);
    let request = client.subscribe(&channel, None).unwrap();
    client.wait(request, PATIENCE).unwrap();
    assert_eq!(endpoint.state().auth_requests.len(), 1);
}

#[test]
fn the_authorisation_endpoint_is_shown_the_same_client_certificate() {
    let server = common::server();
    let tls = Tls { client_certificate: true, ..Tls::default() };
    let endpoint = self::server(Tls { only: Some(ServerVersion::Tls13), ..tls });
    let Certificates { client_cert_pem, client_key_pem, ca_pem, .. } = certificates(&endpoint);
    let mut config = Config::new("app-key").unwrap();
    common::aim(&mut config, &server);
    config.add_ca_pem(ca_pem).unwrap();
    config.set_auth_endpoint(&format!("{}/pusher/auth", endpoint.http_url())).unwrap();
    let (client, _) = connects(&config);
    let request = client.subscribe(&ChannelName::new("private-a").unwrap(), None).unwrap();
    let error = client.wait(request, PATIENCE).expect_err("it demands a certificate");
    assert_eq!(error.status(), Status::Tls, "{error}");
    assert!(error.message().contains("it asks for a client certificate"), "{error}");

    config.set_client_certificate(client_cert_pem, client_key_pem).unwrap();
    let (client, _) = connects(&config);
    common::subscribes(&client, "private-a");
}

#[test]
fn pins_are_for_the_server_and_not_for_an_endpoint_on_another_host() {
    let (server, endpoint) = (server(Tls::default()), server(Tls::default()));
    let mut config = Config::new("app-key").unwrap();
    common::aim(&mut config, &server);
    config.set_tls(true);
    config.add_ca_pem(&certificates(&server).ca_pem).unwrap();
    config.add_ca_pem(&certificates(&endpoint).ca_pem).unwrap();
    config.add_pinned_key(&format!("sha256/{}", certificates(&server).spki_sha256)).unwrap();
    let channel = ChannelName::new("private-a").unwrap();
    // The server is 127.0.0.1 here, and the endpoint localhost: another host.
    for (host, works) in [("localhost", true), ("127.0.0.1", false)] {
        let mut config = config.clone();
        let url = format!("https://{host}:{}/pusher/auth", endpoint.port());
        config.set_auth_endpoint(&url).unwrap();
        let (client, _) = connects(&config);
        let request = client.subscribe(&channel, None).unwrap();
        match client.wait(request, PATIENCE) {
            Ok(_) => assert!(works, "{host}: the pin was not asked for"),
            Err(error) => {
                assert!(!works, "{host}: {error}");
                assert!(error.message().contains("pinned"), "{error}");
            }
        }
    }
}

/// Some servers would choose HTTP/2 if it were offered, which has no upgrade to a WebSocket.
#[test]
fn no_protocol_is_offered_by_alpn() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut config = Config::new("app-key").unwrap();
    config.set_host("127.0.0.1").unwrap();
    config.set_port(i32::from(port)).unwrap();
    let (client, _) = client(&config);
    client.connect().unwrap();
    let (mut tcp, _) = listener.accept().unwrap();
    let mut acceptor = rustls::server::Acceptor::default();
    let accepted = loop {
        let read = acceptor.read_tls(&mut tcp).unwrap();
        assert_ne!(read, 0, "the client went away");
        match acceptor.accept() {
            Ok(None) => {}
            Ok(Some(accepted)) => break accepted,
            Err((error, _)) => panic!("{error}"),
        }
    };
    assert!(accepted.client_hello().alpn().is_none());
}

#[test]
fn a_port_without_tls_is_told_as_one() {
    let server = common::server();
    let mut config = Config::new("app-key").unwrap();
    common::aim(&mut config, &server);
    config.set_tls(true);
    let (client, seen) = client(&config);
    client.connect().unwrap();
    let error = seen.wait_for(|event| event.kind == EventKind::Error);
    assert_eq!(error.status, Status::Tls, "{error:?}");
    assert!(error.data.unwrap_or_default().contains("is this a port without TLS?"));
}
