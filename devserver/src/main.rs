//! The server as a program.

use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use pusherws_devserver::{App, Config, Pings, Quirks, Server, Tls};
use tokio::io::AsyncReadExt;

/// A Pusher Channels server for tests and development. Everything is kept in memory.
#[derive(Parser)]
#[command(name = "pusherws-devserver", version)]
struct Arguments {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port to listen on; 0 lets the system choose
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Id of the application, for the HTTP API
    #[arg(long, default_value = "app-id")]
    app_id: String,
    /// Key of the application
    #[arg(long, default_value = "app-key")]
    key: String,
    /// Secret of the application
    #[arg(long, default_value = "app-secret")]
    secret: String,
    /// Send subscription_count frames
    #[arg(long)]
    subscription_count: bool,
    /// Turn connections beyond this number away
    #[arg(long, value_name = "N")]
    max_connections: Option<usize>,
    /// The activity_timeout told to clients
    #[arg(long, default_value_t = 120, value_name = "SECONDS")]
    activity_timeout: u64,
    /// Send pusher:ping after this long without a frame
    #[arg(long, value_name = "SECONDS")]
    ping_every: Option<u64>,
    /// Close with 4201 if nothing follows on a ping
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    pong_timeout: u64,
    /// Take no more than this many client events a second from a connection
    #[arg(long, value_name = "N")]
    client_event_rate: Option<u32>,
    /// Imitate the quirks of a server
    #[arg(long, value_parser = ["pusher", "soketi", "sockudo", "soketi-rs", "reverb", "ipe", "pusher-fake"])]
    imitate: Option<String>,
    /// Speak TLS, with certificates made at start
    #[arg(long)]
    tls: bool,
    /// With TLS: serve connections without it, too, on the same port
    #[arg(long, requires = "tls")]
    accept_plain: bool,
    /// Write the certificate of the CA to this file
    #[arg(long, requires = "tls", value_name = "FILE")]
    ca_out: Option<PathBuf>,
    /// Write the port to this file when ready
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,
    /// Do not serve /_dev/
    #[arg(long)]
    no_control: bool,
    /// End when the standard input does
    #[arg(long)]
    exit_with_stdin: bool,
    /// Print only the line with the address
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = runtime.and_then(|runtime| {
        let result = runtime.block_on(run(arguments));
        // A read of the standard input can't be taken back: don't wait for it.
        runtime.shutdown_background();
        result
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pusherws-devserver: {error}");
            ExitCode::FAILURE
        }
    }
}

fn config(arguments: &Arguments) -> Config {
    let mut app = App::new(&arguments.app_id, &arguments.key, &arguments.secret);
    app.subscription_count = arguments.subscription_count;
    app.max_connections = arguments.max_connections;
    let mut config = Config {
        host: arguments.host,
        port: arguments.port,
        apps: vec![app],
        activity_timeout: arguments.activity_timeout,
        pings: arguments.ping_every.map(|seconds| Pings {
            every: Duration::from_secs(seconds),
            timeout: Duration::from_secs(arguments.pong_timeout),
        }),
        quirks: arguments.imitate.as_deref().and_then(Quirks::of).unwrap_or_default(),
        tls: arguments.tls.then(Tls::default),
        accept_plain: arguments.accept_plain,
        control: !arguments.no_control,
        ..Config::default()
    };
    config.limits.client_events_per_second = arguments.client_event_rate;
    config
}

async fn run(arguments: Arguments) -> std::io::Result<()> {
    // Before anything is announced: a signal may come as soon as it is.
    let signal = stop_signal()?;
    let server = Server::start(config(&arguments)).await?;
    if let (Some(file), Some(pem)) = (&arguments.ca_out, server.ca_pem()) {
        std::fs::write(file, pem)?;
    }
    if let Some(file) = &arguments.port_file {
        // Written beside and renamed, so that nobody reads half a number.
        let partial = file.with_extension("partial");
        std::fs::write(&partial, format!("{}\n", server.port()))?;
        std::fs::rename(&partial, file)?;
    }
    announce(&server, arguments.quiet)?;
    tokio::select! {
        () = signal => {}
        () = stdin_end(), if arguments.exit_with_stdin => {}
    }
    server.shutdown().await;
    Ok(())
}

fn announce(server: &Server, quiet: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on {}", server.address())?;
    if !quiet {
        let app = server.app();
        writeln!(out, "  {}", server.ws_url())?;
        writeln!(out, "  app id {}, key {}, secret {}", app.id, app.key, app.secret)?;
    }
    out.flush()
}

async fn stdin_end() {
    let mut stdin = tokio::io::stdin();
    let mut buffer = [0; 256];
    while matches!(stdin.read(&mut buffer).await, Ok(1..)) {}
}

#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
