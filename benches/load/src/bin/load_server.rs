//! A server that sends events faster than clients can take them.
//!
//!     load-server [CA_FILE]
//!
//! Listens on a free port of 127.0.0.1, prints the port, and ends when its standard input does. With
//! CA_FILE it speaks TLS, and writes the certificate to trust there. The channels that a client
//! subscribes to say what it wants: see `load.rs`. A client event comes back to its sender.

use std::error::Error;
use std::io::Read;

use pusherws_benches::{server, tls};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

fn main() -> Result<(), Box<dyn Error>> {
    let acceptor = match std::env::args().nth(1) {
        Some(file) => {
            let (config, ca) = tls::generate()?;
            std::fs::write(file, ca)?;
            Some(TlsAcceptor::from(config))
        }
        None => None,
    };
    // Whoever started this holds the other end: it does not outlive them.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    allow_descriptors();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let tasks = tokio::task::LocalSet::new();
    tasks.block_on(&runtime, listen(acceptor))
}

/// As many connections as the system lets us have.
fn allow_descriptors() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: a struct of two numbers, which the first call fills and the second reads.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
        }
    }
}

async fn listen(acceptor: Option<TlsAcceptor>) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    for number in 1.. {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let acceptor = acceptor.clone();
        tokio::task::spawn_local(async move {
            // How a connection ends is the client's to tell.
            let _ = match acceptor {
                Some(acceptor) => match acceptor.accept(stream).await {
                    Ok(stream) => server::serve(stream, number).await,
                    Err(error) => Err(error.into()),
                },
                None => server::serve(stream, number).await,
            };
        });
    }
    Ok(())
}
