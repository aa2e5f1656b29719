//! Starting and stopping, on the caller's runtime or on a thread of its own.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::config::Config;
use crate::control::{Control, Target};
use crate::faults::{Fault, How};
use crate::http;
use crate::hub::Hub;
use crate::net::{Net, drop_tcp};
use crate::tls;

/// How long clients may take to answer the close frames of a polite end.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    Not,
    Politely,
    AtOnce,
}

/// A running server on the caller's tokio runtime. Dropping it stops it, as [`Server::kill`] does.
pub struct Server {
    control: Control,
    stop: watch::Sender<Stop>,
    task: JoinHandle<()>,
}

impl Deref for Server {
    type Target = Control;

    fn deref(&self) -> &Control {
        &self.control
    }
}

impl Server {
    /// Starts a server; it listens when this returns.
    pub async fn start(config: Config) -> io::Result<Server> {
        let address = SocketAddr::new(config.host, config.port);
        let (certificates, acceptor) = match &config.tls {
            Some(tls) => {
                let (certificates, config) = tls::generate(tls)?;
                (Some(Arc::new(certificates)), Some(TlsAcceptor::from(config)))
            }
            None => (None, None),
        };
        let listener = listen(address)?;
        let address = listener.local_addr()?;
        let control = Control { hub: Arc::new(Hub::new(config)), address, certificates };
        let (stop, stopped) = watch::channel(Stop::Not);
        let task = tokio::spawn(run(listener, acceptor, control.clone(), stopped));
        Ok(Server { control, stop, task })
    }

    /// Starts a server on a thread of its own, for tests without a runtime.
    pub fn spawn(config: Config) -> io::Result<BlockingServer> {
        let (started, answer) = mpsc::channel();
        let (stop, mut stopped) = watch::channel(Stop::Not);
        let thread = thread::Builder::new().name("devserver".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = match runtime {
                Ok(runtime) => runtime,
                Err(error) => return started.send(Err(error)).unwrap_or_default(),
            };
            runtime.block_on(async {
                let server = match Server::start(config).await {
                    Ok(server) => server,
                    Err(error) => return started.send(Err(error)).unwrap_or_default(),
                };
                if started.send(Ok(server.control.clone())).is_err() {
                    return;
                }
                // An error is a handle which was dropped.
                let _ = stopped.changed().await;
                let how = *stopped.borrow();
                match how {
                    Stop::Politely => server.shutdown().await,
                    Stop::Not | Stop::AtOnce => server.kill().await,
                }
            });
        })?;
        let control = answer.recv().map_err(io::Error::other)??;
        Ok(BlockingServer { control, stop, thread: Some(thread) })
    }

    /// A handle which may outlive this value; it does not keep the server running.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Ends politely: every connection gets error 4200 and close 4200. The port is free when this
    /// returns.
    pub async fn shutdown(self) {
        self.end(Stop::Politely).await;
    }

    /// Ends at once: the port is closed and all sockets are dropped without a word.
    pub async fn kill(self) {
        self.end(Stop::AtOnce).await;
    }

    async fn end(self, how: Stop) {
        self.stop.send_replace(how);
        // An error is a task which panicked or a runtime which has gone: it has ended, then.
        let _ = self.task.await;
    }
}

/// A running server on a thread of its own: see [`Server::spawn`]. Dropping it kills it.
pub struct BlockingServer {
    control: Control,
    stop: watch::Sender<Stop>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Deref for BlockingServer {
    type Target = Control;

    fn deref(&self) -> &Control {
        &self.control
    }
}

impl BlockingServer {
    /// A handle which may outlive this value; it does not keep the server running.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Waits until a condition holds; the error has the state at the end of the time.
    pub fn wait_until(
        &self,
        timeout: Duration,
        condition: impl FnMut(&crate::State) -> bool,
    ) -> Result<crate::State, crate::TimedOut> {
        self.control.wait_until_blocking(timeout, condition)
    }

    /// [`Server::shutdown`]
    pub fn shutdown(mut self) {
        self.end(Stop::Politely);
    }

    /// [`Server::kill`]
    pub fn kill(mut self) {
        self.end(Stop::AtOnce);
    }

    fn end(&mut self, how: Stop) {
        self.stop.send_replace(how);
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed there.
            let _ = thread.join();
        }
    }
}

impl Drop for BlockingServer {
    fn drop(&mut self) {
        self.end(Stop::AtOnce);
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // So that a server can be started again on the port of one which has just ended. On Windows
    // the option means something else, and this works without.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}

async fn run(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    control: Control,
    mut stopped: watch::Receiver<Stop>,
) {
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            _ = stopped.changed() => break,
            Some(_) = tasks.join_next(), if !tasks.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((tcp, peer)) => {
                    tasks.spawn(connect(control.clone(), acceptor.clone(), tcp, peer));
                }
                // Out of descriptors, say: what runs may end and free some.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
    drop(listener);
    if *stopped.borrow() == Stop::Politely {
        control.error_and_close(Target::All, 4200, "Server is shutting down");
        let closed = |state: &crate::State| state.connections.iter().all(|c| !c.open);
        let _ = control.wait_until(SHUTDOWN_TIMEOUT, closed).await;
    }
    tasks.shutdown().await;
}

async fn connect(
    control: Control,
    acceptor: Option<TlsAcceptor>,
    tcp: TcpStream,
    peer: SocketAddr,
) {
    // Frames are small and are written whole.
    let _ = tcp.set_nodelay(true);
    let fault = control.hub.with(|inner| {
        inner.counters.accepted += 1;
        inner.faults.take(None, |fault| match fault {
            Fault::HangAccept {} => Some(None),
            Fault::DropAccept { how } => Some(Some(*how)),
            _ => None,
        })
    });
    match fault {
        Some(Some(how)) => return drop_tcp(tcp, how).await,
        Some(None) => return hang(tcp).await,
        None => {}
    }
    let either = acceptor.is_some() && control.hub.read(|inner| inner.config.accept_plain);
    let plain = either && !begins_with_tls(&tcp).await;
    let net = match acceptor.filter(|_| !plain) {
        None => Net::Plain(tcp),
        Some(acceptor) => match acceptor.accept(tcp).await {
            Ok(tls) => Net::Tls(Box::new(tls)),
            Err(_) => return control.hub.with(|inner| inner.counters.tls_failures += 1),
        },
    };
    http::serve(control, net, peer).await;
}

/// Whether the client speaks TLS: a handshake begins with a record of type 22. Waits for it.
async fn begins_with_tls(tcp: &TcpStream) -> bool {
    let mut first = [0];
    matches!(tcp.peek(&mut first).await, Ok(1)) && first[0] == 22
}

/// Holds a connection and answers nothing, until the client goes.
async fn hang(tcp: TcpStream) {
    let mut buffer = [0; 4096];
    loop {
        match tcp.readable().await {
            Ok(()) => match tcp.try_read(&mut buffer) {
                Ok(0) => return drop_tcp(tcp, How::Fin).await,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return,
                _ => {}
            },
            Err(_) => return,
        }
    }
}
