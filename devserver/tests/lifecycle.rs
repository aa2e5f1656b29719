//! Starting, stopping, starting again; TLS.

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use common::{Client, End, LONG, SHORT, data, start, start_with, until};
use pusherws_devserver::{Config, Control, Server, Tls};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

#[tokio::test]
async fn a_polite_end_is_4200() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    let end = async {
        assert_eq!(client.expect("pusher:error").await["data"]["code"], 4200);
        client.end().await
    };
    let ((), end) = tokio::join!(server.shutdown(), end);
    assert_eq!(end, End::Close(4200));
}

#[tokio::test]
async fn killing_is_a_drop() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    server.kill().await;
    assert_eq!(client.end().await, End::Drop);
}

#[tokio::test]
async fn dropping_the_handle_ends_the_server() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    drop(server);
    assert_eq!(client.end().await, End::Drop);
}

#[tokio::test]
async fn it_starts_again_on_the_same_port() {
    let mut server = start().await;
    let port = server.port();
    for round in 0..6 {
        let mut client = Client::connect(&server).await;
        client.subscribe("c").await;
        if round % 2 == 0 {
            let (_, end) = tokio::join!(server.kill(), client.end());
            assert_eq!(end, End::Drop);
        } else {
            tokio::join!(server.shutdown(), client.end());
        }
        server = start_with(|config| config.port = port).await;
        assert_eq!(server.port(), port);
        assert!(server.state().connections.is_empty());
    }
}

#[tokio::test]
async fn a_port_which_is_taken_is_an_error() {
    let server = start().await;
    let config = Config { port: server.port(), ..Config::default() };
    assert_eq!(Server::start(config).await.err().unwrap().kind(), std::io::ErrorKind::AddrInUse);
}

#[test]
fn on_a_thread_of_its_own() {
    let server = Server::spawn(Config::default()).unwrap();
    let mut tcp = TcpStream::connect(server.address()).unwrap();
    write!(
        tcp,
        "GET /app/app-key?protocol=7 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Version: 13\r\n\r\n"
    )
    .unwrap();
    let state = server.wait_until(LONG, |state| state.open_count() == 1).unwrap();
    assert!(state.last().unwrap().established);
    let error = server.wait_until(SHORT, |state| state.open_count() == 7).unwrap_err();
    assert_eq!(error.0.open_count(), 1);
    assert!(error.to_string().contains("1 open"));
    server.kill();
    let mut rest = Vec::new();
    // The end may be a reset: the kill does not read first.
    let _ = tcp.read_to_end(&mut rest);
    assert!(rest.starts_with(b"HTTP/1.1 101"));
}

#[test]
fn a_thread_of_its_own_ends_politely_and_by_dropping() {
    let server = Server::spawn(Config::default()).unwrap();
    let port = server.port();
    server.shutdown();
    let server = Server::spawn(Config { port, ..Config::default() }).unwrap();
    let control = server.control();
    drop(server);
    assert!(TcpStream::connect(control.address()).is_err());
    assert_eq!(control.state().accepted, 0);
}

fn client_config(control: &Control, with_certificate: bool) -> ClientConfig {
    let certificates = control.certificates().unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificates.ca_pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    if with_certificate {
        let cert = CertificateDer::from_pem_slice(certificates.client_cert_pem.as_bytes());
        let key = PrivateKeyDer::from_pem_slice(certificates.client_key_pem.as_bytes());
        builder.with_client_auth_cert(vec![cert.unwrap()], key.unwrap()).unwrap()
    } else {
        builder.with_no_client_auth()
    }
}

async fn connect_tls(
    control: &Control,
    name: &str,
    with_certificate: bool,
) -> Result<Client, String> {
    let connector = TlsConnector::from(Arc::new(client_config(control, with_certificate)));
    let tcp = tokio::net::TcpStream::connect(control.address()).await.unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let tls = connector.connect(name, tcp).await.map_err(|error| error.to_string())?;
    let request = control.ws_url().into_client_request().unwrap();
    Client::open_on(Box::new(tls), request).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn tls() {
    let server = start_with(|config| config.tls = Some(Tls::default())).await;
    assert!(server.ws_url().starts_with("wss://127.0.0.1:"));
    for name in ["localhost", "127.0.0.1"] {
        let mut client = connect_tls(&server, name, false).await.unwrap();
        client.establish().await;
        client.enter("presence-p", "a").await;
        let large = "x".repeat(300_000);
        server.publish("presence-p", "e", &large);
        assert_eq!(client.expect("e").await["data"], large);
        server.close(&client.socket_id, 4201, "");
        assert_eq!(client.end().await, End::Close(4201));
    }
    let error = connect_tls(&server, "elsewhere.example", false).await.err().unwrap();
    assert!(error.contains("certificate"), "{error}");
    until(&server, |state| state.tls_failures == 1).await;
}

#[tokio::test]
async fn tls_and_without_on_one_port() {
    let both = |config: &mut pusherws_devserver::Config| {
        config.tls = Some(Tls::default());
        config.accept_plain = true;
    };
    let server = start_with(both).await;
    connect_tls(&server, "localhost", false).await.unwrap().establish().await;
    let plain = server.ws_url().replace("wss://", "ws://");
    Client::open(&plain).await.unwrap().establish().await;
}

#[tokio::test]
async fn tls_with_an_expired_certificate() {
    let tls = Tls { expired: true, ..Tls::default() };
    let server = start_with(|config| config.tls = Some(tls)).await;
    let error = connect_tls(&server, "localhost", false).await.err().unwrap();
    assert!(error.contains("xpired"), "{error}");
}

#[tokio::test]
async fn tls_with_client_certificates() {
    let tls = Tls { client_certificate: true, ..Tls::default() };
    let server = start_with(|config| config.tls = Some(tls)).await;
    assert!(connect_tls(&server, "localhost", false).await.is_err());
    connect_tls(&server, "localhost", true).await.unwrap().establish().await;
}

#[tokio::test]
async fn tls_which_breaks_off() {
    let server = start_with(|config| config.tls = Some(Tls::default())).await;
    let mut client = connect_tls(&server, "localhost", false).await.unwrap();
    client.establish().await;
    server.drop_connections(&client.socket_id, pusherws_devserver::How::Fin);
    assert_eq!(client.end().await, End::Drop);
}

#[tokio::test]
async fn waiting_ends_with_the_time() {
    let server = start().await;
    let error = server.wait_until(Duration::from_millis(10), |_| false).await.unwrap_err();
    assert_eq!(error.0.accepted, 0);
    // And sees what happens while it waits.
    let wait = server.wait_until(LONG, |state| state.received("pusher:ping") == 1);
    let act = async {
        let mut client = Client::connect(&server).await;
        client.expect_nothing().await;
        client
    };
    let (state, client) = tokio::join!(wait, act);
    assert_eq!(state.unwrap().last().unwrap().socket_id, client.socket_id);
}

#[tokio::test]
async fn several_apps() {
    let server = start_with(|config| {
        config.apps.push(pusherws_devserver::App::new("2", "key-2", "secret-2"));
    })
    .await;
    let mut one = Client::connect(&server).await;
    let mut two = Client::open(&server.ws_url().replace("app-key", "key-2")).await.unwrap();
    two.socket_id = data(&two.next().await)["socket_id"].as_str().unwrap().to_owned();
    one.subscribe("c").await;
    two.subscribe("c").await;
    assert_eq!(server.publish("c", "e", "1"), 1);
    one.expect("e").await;
    two.expect_nothing().await;
}
