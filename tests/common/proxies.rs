//! Small proxies: HTTP CONNECT and SOCKS5.

#![allow(clippy::disallowed_methods)] // They have threads of their own.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use super::LONG;

/// How a proxy behaves.
#[derive(Clone, Default)]
pub struct Habits {
    /// User and password that it wants.
    pub login: Option<(&'static str, &'static str)>,
    /// Every host leads here; without it, hosts are taken at their word.
    pub leads_to: Option<u16>,
    pub fault: Option<ProxyFault>,
}

#[derive(Clone, Copy)]
pub enum ProxyFault {
    /// Reads, and answers nothing.
    Hangs,
    /// Closes the connection in place of an answer.
    Drops,
    /// Answers an HTTP request with this line, a SOCKS request with "host unreachable".
    Refuses(&'static str),
}

/// What a proxy was asked for, in the order of asking: `host:port`.
pub struct Proxy {
    pub port: u16,
    asked: Arc<(Mutex<Vec<String>>, Condvar)>,
}

impl Proxy {
    pub fn http(habits: Habits) -> Proxy {
        Proxy::start(move |client, asked| http(client, &habits, asked))
    }

    pub fn socks5(habits: Habits) -> Proxy {
        Proxy::start(move |client, asked| socks5(client, &habits, asked))
    }

    fn start(
        serve: impl Fn(&mut TcpStream, &dyn Fn(String)) -> io::Result<Option<TcpStream>>
        + Send
        + Sync
        + 'static,
    ) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let asked: Arc<(Mutex<Vec<String>>, Condvar)> = Arc::default();
        let (log, serve) = (Arc::clone(&asked), Arc::new(serve));
        // It ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(mut client) = client else { continue };
                let (log, serve) = (Arc::clone(&log), Arc::clone(&serve));
                thread::spawn(move || {
                    let note = |target| {
                        log.0.lock().expect("the log").push(target);
                        log.1.notify_all();
                    };
                    // An error is a client or a server that has gone.
                    if let Ok(Some(server)) = serve(&mut client, &note) {
                        join(client, server);
                    }
                });
            }
        });
        Proxy { port, asked }
    }

    /// What it was asked for so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.0.lock().expect("the log").clone()
    }

    #[track_caller]
    pub fn wait_until_asked(&self, times: usize) -> Vec<String> {
        let (asked, changed) = &*self.asked;
        let guard = asked.lock().expect("the log");
        let waited = changed.wait_timeout_while(guard, LONG, |asked| asked.len() < times);
        let (asked, result) = waited.expect("the log");
        assert!(!result.timed_out(), "only asked for {asked:?}");
        asked.clone()
    }
}

fn join(mut client: TcpStream, mut server: TcpStream) {
    let (Ok(mut from), Ok(mut to)) = (client.try_clone(), server.try_clone()) else { return };
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let _ = io::copy(&mut server, &mut client);
    let _ = client.shutdown(Shutdown::Write);
}

/// Blocks until the client goes away.
fn hang(client: &mut TcpStream) {
    let mut buffer = [0; 1024];
    while matches!(client.read(&mut buffer), Ok(1..)) {}
}

fn open(target: &str, habits: &Habits) -> io::Result<TcpStream> {
    match habits.leads_to {
        Some(port) => TcpStream::connect((Ipv4Addr::LOCALHOST, port)),
        None => TcpStream::connect(target),
    }
}

fn http(
    client: &mut TcpStream,
    habits: &Habits,
    note: &dyn Fn(String),
) -> io::Result<Option<TcpStream>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    note(target.clone());
    match habits.fault {
        Some(ProxyFault::Hangs) => {
            hang(client);
            return Ok(None);
        }
        Some(ProxyFault::Drops) => return Ok(None),
        Some(ProxyFault::Refuses(line)) => {
            client.write_all(format!("{line}\r\nContent-Length: 0\r\n\r\n").as_bytes())?;
            return Ok(None);
        }
        None => {}
    }
    let given = head.lines().find_map(|line| line.strip_prefix("Proxy-Authorization: Basic "));
    let wanted = habits.login.map(|(user, password)| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"))
    });
    if !head.starts_with("CONNECT ") || given != wanted.as_deref() {
        client.write_all(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")?;
        return Ok(None);
    }
    let server = open(&target, habits)?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n")?;
    Ok(Some(server))
}

fn socks5(
    client: &mut TcpStream,
    habits: &Habits,
    note: &dyn Fn(String),
) -> io::Result<Option<TcpStream>> {
    let mut greeting = [0; 2];
    client.read_exact(&mut greeting)?;
    let methods = take(client, greeting[1].into())?;
    let wanted = if habits.login.is_some() { 2 } else { 0 };
    if greeting[0] != 5 || !methods.contains(&wanted) {
        client.write_all(&[5, 0xff])?;
        return Ok(None);
    }
    client.write_all(&[5, wanted])?;
    if let Some((user, password)) = habits.login {
        let length = take(client, 2)?[1];
        let given_user = take(client, length.into())?;
        let length = take(client, 1)?[0];
        let given_password = take(client, length.into())?;
        let right = given_user == user.as_bytes() && given_password == password.as_bytes();
        client.write_all(&[1, u8::from(!right)])?;
        if !right {
            return Ok(None);
        }
    }
    let request = take(client, 4)?;
    let host = match request[3] {
        1 => Ipv4Addr::from(<[u8; 4]>::try_from(take(client, 4)?).expect("four")).to_string(),
        3 => {
            let length = take(client, 1)?[0];
            String::from_utf8_lossy(&take(client, length.into())?).into_owned()
        }
        _ => return Ok(None),
    };
    let port = u16::from_be_bytes(take(client, 2)?.try_into().expect("two"));
    let target = format!("{host}:{port}");
    note(target.clone());
    let answer = |status| [5, status, 0, 1, 0, 0, 0, 0, 0, 0];
    match habits.fault {
        Some(ProxyFault::Hangs) => {
            hang(client);
            return Ok(None);
        }
        Some(ProxyFault::Drops) => return Ok(None),
        Some(ProxyFault::Refuses(_)) => {
            client.write_all(&answer(4))?;
            return Ok(None);
        }
        None => {}
    }
    let server = open(&target, habits)?;
    client.write_all(&answer(0))?;
    Ok(Some(server))
}

fn take(client: &mut TcpStream, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    client.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A port on which nobody listens.
pub fn unused_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().map(|address: SocketAddr| address.port()).expect("its address")
}
