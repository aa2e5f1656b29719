//! A relay between client and server that breaks what TCP can break, on order.

#![allow(clippy::disallowed_methods)] // It has threads of its own.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;

use super::LONG;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    ToServer,
    ToClient,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Fin,
    Rst,
}

/// What happens to connections, those that are there and those that come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// What comes is passed on so much later.
    Delay(Duration),
    /// New connections are ended as soon as they are there.
    Refuse(How),
    /// Each connection is ended after so many more bytes in this direction.
    Cut { way: Way, after: usize, how: How },
    /// Each byte is a write of its own, in both directions.
    SingleBytes,
    /// Nothing goes this way any more (None: either way), and nobody is told. A connection that has
    /// lost bytes so stays dead when the fault is lifted.
    HalfOpen(Option<Way>),
    /// Nobody takes new connections: the system has connected them, and nothing follows.
    NeverAccept,
}

/// Dropping it ends its connections.
pub struct FaultProxy {
    pub port: u16,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    target: u16,
    fault: Option<Fault>,
    /// Grows with each order, so that bytes are counted from there.
    order: u64,
    ended: bool,
    accepted: usize,
    /// How many connections the present order has ended.
    cut: usize,
    /// Bytes of the newest connection, to the server and to the client.
    passed: [usize; 2],
    /// Bytes of all connections since the present order, as far as they were read since.
    bytes: usize,
    pairs: Vec<Weak<Pair>>,
}

/// The two halves of a connection.
struct Pair {
    client: TcpStream,
    server: TcpStream,
    cut: AtomicBool,
}

impl Pair {
    /// The threads that read from it notice, and with the last of them its sockets are closed.
    fn end(&self, how: How) {
        self.cut.store(true, Ordering::SeqCst);
        let ends = [&self.client, &self.server];
        for end in ends {
            // Errors here are of connections that have ended already.
            let _ = match how {
                How::Fin => end.shutdown(Shutdown::Both),
                How::Rst => {
                    let _ = SockRef::from(end).set_linger(Some(Duration::ZERO));
                    end.shutdown(Shutdown::Read)
                }
            };
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FaultProxy {
    /// A proxy to this port of 127.0.0.1.
    pub fn to(target: u16) -> FaultProxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let state = State {
            target,
            fault: None,
            order: 0,
            ended: false,
            accepted: 0,
            cut: 0,
            passed: [0; 2],
            bytes: 0,
            pairs: Vec::new(),
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let inside = Arc::clone(&shared);
        let acceptor = Some(thread::spawn(move || accept(&listener, &inside)));
        FaultProxy { port, shared, acceptor }
    }

    /// Leads new connections to another port.
    pub fn aim(&self, target: u16) {
        self.shared.lock().target = target;
    }

    pub fn order(&self, fault: Fault) {
        self.change(Some(fault));
    }

    /// Orders a fault for connections that are still to come, and ends those that are there.
    pub fn order_anew(&self, fault: Fault) {
        self.change(Some(fault));
        self.end_all(How::Fin);
    }

    pub fn lift(&self) {
        self.change(None);
    }

    fn change(&self, fault: Option<Fault>) {
        let mut state = self.shared.lock();
        state.fault = fault;
        state.order += 1;
        state.cut = 0;
        state.bytes = 0;
        self.shared.changed.notify_all();
    }

    /// Ends the connections of this moment.
    pub fn end_all(&self, how: How) {
        let pairs: Vec<_> = self.shared.lock().pairs.iter().filter_map(Weak::upgrade).collect();
        pairs.iter().for_each(|pair| pair.end(how));
    }

    /// How many connections there have been.
    pub fn accepted(&self) -> usize {
        self.shared.lock().accepted
    }

    /// How many connections are there.
    pub fn open(&self) -> usize {
        self.shared.lock().pairs.iter().filter(|pair| pair.strong_count() > 0).count()
    }

    /// The bytes that the newest connection has passed on.
    pub fn passed(&self, way: Way) -> usize {
        self.shared.lock().passed[way as usize]
    }

    /// Waits until the present order has ended so many connections.
    #[track_caller]
    pub fn wait_for_cuts(&self, count: usize) {
        self.wait_until(&format!("{count} cuts"), |state| state.cut >= count);
    }

    /// The same, or false when this time has passed.
    pub fn cuts_within(&self, time: Duration, count: usize) -> bool {
        let state = self.shared.lock();
        let waited = self.shared.changed.wait_timeout_while(state, time, |state| state.cut < count);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Waits until there have been so many connections.
    #[track_caller]
    pub fn wait_for_accepted(&self, count: usize) {
        self.wait_until(&format!("{count} connections"), |state| state.accepted >= count);
    }

    /// Waits until anything has come since the present order, passed on or not.
    #[track_caller]
    pub fn wait_for_bytes(&self) {
        self.wait_until("bytes", |state| state.bytes > 0);
    }

    #[track_caller]
    fn wait_until(&self, what: &str, holds: impl Fn(&State) -> bool) {
        let state = self.shared.lock();
        let waited = self.shared.changed.wait_timeout_while(state, LONG, |state| !holds(state));
        let (state, result) = waited.expect("the proxy's state");
        assert!(
            !result.timed_out(),
            "no {what}; {} cuts, {} connections, {:?}",
            state.cut,
            state.accepted,
            state.fault
        );
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.changed.notify_all();
        // Wakes the thread that waits for connections.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        self.end_all(How::Fin);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    loop {
        let accepted = listener.accept();
        let state = shared.lock();
        let waits = |state: &mut State| state.fault == Some(Fault::NeverAccept) && !state.ended;
        let waited = shared.changed.wait_while(state, waits);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.ended {
            return;
        }
        let Ok((client, _)) = accepted else { continue };
        if let Some(Fault::Refuse(how)) = state.fault {
            if how == How::Rst {
                let _ = SockRef::from(&client).set_linger(Some(Duration::ZERO));
            }
            state.accepted += 1;
            state.cut += 1;
            shared.changed.notify_all();
            continue;
        }
        let target = state.target;
        drop(state);
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).ok();
        // Where nobody listens, the system may connect a socket to itself.
        let server = server.filter(|server| server.local_addr().ok() != server.peer_addr().ok());
        let mut state = shared.lock();
        state.accepted += 1;
        shared.changed.notify_all();
        // Where the server is gone, the client's connection is dropped, too.
        let Some(server) = server else { continue };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let pair = Arc::new(Pair { client, server, cut: AtomicBool::new(false) });
        state.pairs.retain(|pair| pair.strong_count() > 0);
        state.pairs.push(Arc::downgrade(&pair));
        state.passed = [0; 2];
        let (order, number) = (state.order, state.accepted);
        drop(state);
        for way in [Way::ToServer, Way::ToClient] {
            let (pair, shared) = (Arc::clone(&pair), Arc::clone(shared));
            thread::spawn(move || Pump { pair, shared, way, order, allowance: 0, number }.run());
        }
    }
}

/// Passes on what comes in one direction.
struct Pump {
    pair: Arc<Pair>,
    shared: Arc<Shared>,
    way: Way,
    /// The order since which bytes are counted, and how many have been.
    order: u64,
    allowance: usize,
    number: usize,
}

impl Pump {
    fn run(mut self) {
        let pair = Arc::clone(&self.pair);
        let (mut from, mut to) = match self.way {
            Way::ToServer => (&pair.client, &pair.server),
            Way::ToClient => (&pair.server, &pair.client),
        };
        let mut buffer = [0; 16 * 1024];
        loop {
            // A cut after nothing at all does not wait for a first byte.
            if self.due() == Some(0) {
                return self.cut();
            }
            let Ok(count @ 1..) = from.read(&mut buffer) else { break };
            let due = self.due();
            let fault = self.shared.lock().fault;
            let passed = due.map_or(count, |due| due.min(count));
            // Before they are passed on: what somebody has seen is counted.
            self.count(passed);
            let written = match fault {
                Some(Fault::HalfOpen(way)) if way.is_none_or(|way| way == self.way) => {
                    while matches!(from.read(&mut buffer), Ok(1..)) {}
                    return;
                }
                Some(Fault::SingleBytes) => {
                    buffer[..count].iter().try_for_each(|byte| to.write_all(&[*byte]))
                }
                Some(Fault::Delay(time)) => {
                    thread::sleep(time);
                    to.write_all(&buffer[..count])
                }
                _ => to.write_all(&buffer[..passed]),
            };
            if due.is_some_and(|due| due <= count) {
                return self.cut();
            }
            if written.is_err() {
                break;
            }
        }
        // Where the connection is being reset, a FIN would come before.
        if !pair.cut.load(Ordering::SeqCst) {
            let _ = to.shutdown(Shutdown::Write);
        }
    }

    /// How many bytes may pass before a cut.
    fn due(&mut self) -> Option<usize> {
        let state = self.shared.lock();
        if state.order != self.order {
            (self.order, self.allowance) = (state.order, 0);
        }
        match state.fault {
            Some(Fault::Cut { way, after, .. }) if way == self.way => {
                Some(after.saturating_sub(self.allowance))
            }
            _ => None,
        }
    }

    fn count(&mut self, bytes: usize) {
        self.allowance += bytes;
        let mut state = self.shared.lock();
        if state.order == self.order {
            state.bytes += bytes;
        }
        if state.accepted == self.number {
            state.passed[self.way as usize] += bytes;
        }
        self.shared.changed.notify_all();
    }

    fn cut(self) {
        let fault = self.shared.lock().fault;
        let how = match fault {
            Some(Fault::Cut { how, .. }) => how,
            _ => How::Fin,
        };
        // Once for a connection, and not where it was ended otherwise.
        let counts = !self.pair.cut.load(Ordering::SeqCst);
        // First, so that who hears of the cut finds the connection ended.
        self.pair.end(how);
        let mut state = self.shared.lock();
        if counts && state.order == self.order {
            state.cut += 1;
        }
        self.shared.changed.notify_all();
    }
}
