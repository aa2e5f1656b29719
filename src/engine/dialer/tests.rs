//! Dialing with names and addresses of the test's own: what no real resolver could be made to do.

use std::future::{Pending, Ready, pending, ready};
use std::vec::IntoIter;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket};

use super::*;

/// Knows every name, and has the same addresses for all.
#[derive(Clone)]
struct Known(Vec<SocketAddr>);

impl Service<Name> for Known {
    type Response = IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Ready<io::Result<IntoIter<SocketAddr>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(self.0.clone().into_iter()))
    }
}

/// Never answers.
#[derive(Clone)]
struct Hanging;

impl Service<Name> for Hanging {
    type Response = IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pending<io::Result<IntoIter<SocketAddr>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        pending()
    }
}

#[allow(clippy::disallowed_methods)] // The runtime is the test's own.
fn run(test: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime").block_on(test);
}

fn known(addresses: &[SocketAddr]) -> Resolver<Known> {
    Resolver { inner: Known(addresses.to_vec()), timeout: Duration::from_secs(60) }
}

/// The port is written out: without one the connector takes the scheme's and not the
/// resolver's.
fn uri(port: u16) -> Uri {
    format!("http://pusher.invalid:{port}").parse().expect("a URL")
}

async fn listener(host: &str) -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((host, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    (listener, address)
}

/// A listener whose queue is full: the system answers no more connects to it. What fills it has
/// to be kept.
async fn full(host: &str) -> (SocketAddr, TcpListener, Vec<TcpStream>) {
    let address: SocketAddr = format!("{host}:0").parse().expect("an address");
    let socket = match address.is_ipv4() {
        true => TcpSocket::new_v4(),
        false => TcpSocket::new_v6(),
    };
    let socket = socket.expect("a socket");
    socket.bind(address).expect("a free port");
    let listener = socket.listen(1).expect("to listen");
    let address = listener.local_addr().expect("its address");
    let mut fillers = Vec::new();
    let patience = Duration::from_millis(300);
    while let Ok(filler) = tokio::time::timeout(patience, TcpStream::connect(address)).await {
        fillers.push(filler.expect("a place in the queue"));
        assert!(fillers.len() < 100, "the queue has no end");
    }
    (address, listener, fillers)
}

#[test]
fn a_lookup_that_hangs_ends_at_its_deadline() {
    run(async {
        let limit = Duration::from_millis(20);
        let resolver = Resolver { inner: Hanging, timeout: limit };
        let dialed = Dialer::default().dial_with(resolver, uri(80), "cannot connect").await;
        let error = dialed.expect_err("there is no address");
        assert_eq!(error.status(), Status::Timeout, "{error}");
        assert!(error.message().contains("DNS did not answer within 0.02 s"), "{error}");
    });
}

#[test]
fn a_connect_that_nobody_answers_ends_at_its_deadline() {
    run(async {
        let (address, _listener, _fillers) = full("127.0.0.1").await;
        let mut dialer = Dialer::default();
        dialer.timeouts.tcp = Duration::from_millis(50);
        let dialed = dialer.dial_with(known(&[address]), uri(address.port()), "no").await;
        let error = dialed.expect_err("nobody answers");
        assert_eq!(error.status(), Status::Timeout, "{error}");
        assert!(error.message().contains("no answer to TCP within 0.05 s"), "{error}");
    });
}

#[test]
fn of_two_addresses_the_one_that_is_served_is_found() {
    run(async {
        for served in ["127.0.0.1", "::1"] {
            let (listener, address) = listener(served).await;
            let port = address.port();
            let both = [
                SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port),
                SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port),
            ];
            let dialed = Dialer::default().dial_with(known(&both), uri(port), "no").await;
            let stream = dialed.unwrap_or_else(|error| panic!("{served}: {error}"));
            assert_eq!(stream.peer_addr().expect("connected"), address);
            drop(listener);
        }
    });
}

#[test]
fn an_address_that_does_not_answer_is_overtaken_by_the_next() {
    run(async {
        let (silent, _listener, _fillers) = full("[::1]").await;
        // The same port in the other family: the URL's port goes for all addresses.
        let Ok(served) = TcpListener::bind(("127.0.0.1", silent.port())).await else {
            panic!("port {} of 127.0.0.1 is not free", silent.port());
        };
        let address = served.local_addr().expect("its address");
        let both = known(&[silent, address]);
        // Its own deadline is far away: what is found is found by the second address.
        let mut dialer = Dialer::default();
        dialer.timeouts.tcp = Duration::from_secs(600);
        let dialed = dialer.dial_with(both, uri(address.port()), "no").await;
        let stream = dialed.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(stream.peer_addr().expect("connected"), address);
    });
}

#[test]
fn keepalive_and_nodelay_are_set_on_the_socket() {
    run(async {
        let (_listener, address) = listener("127.0.0.1").await;
        let mut dialer = Dialer::default();
        for (keepalive, nodelay) in [(Some(40), true), (None, false)] {
            dialer.keepalive = keepalive.map(Duration::from_secs);
            dialer.nodelay = nodelay;
            let dialed = dialer.dial_with(known(&[address]), uri(address.port()), "no").await;
            let stream = dialed.unwrap_or_else(|error| panic!("{error}"));
            let socket = SockRef::from(&stream);
            assert_eq!(socket.tcp_nodelay().expect("an option"), nodelay);
            assert_eq!(socket.keepalive().expect("an option"), keepalive.is_some());
            if keepalive.is_some() {
                let idle = socket.tcp_keepalive_time().expect("an option");
                let interval = socket.tcp_keepalive_interval().expect("an option");
                assert_eq!((idle.as_secs(), interval.as_secs()), (40, 10));
            }
        }
    });
}

#[test]
fn an_address_to_bind_that_does_not_fit_is_told() {
    run(async {
        let (_listener, address) = listener("127.0.0.1").await;
        let cases = [("::1", "family"), ("192.0.2.1", "one of this machine?")];
        for (bound, says) in cases {
            let mut dialer = Dialer::default();
            dialer.bind(bound.parse().expect("an address"));
            let dialed = dialer.dial_with(known(&[address]), uri(address.port()), "no").await;
            let error = dialed.expect_err("it does not fit");
            assert_eq!(error.status(), Status::Network);
            assert!(error.message().contains(says), "{error}");
            assert!(error.message().contains(bound), "{error}");
        }
    });
}
