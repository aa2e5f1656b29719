//! Through proxies that nobody here wrote: tinyproxy for HTTP CONNECT, microsocks for SOCKS5.
//! scripts/install-tools.sh installs them.

#![allow(clippy::disallowed_methods)] // A test may look at the clock.

mod common;

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::proxies::unused_port;
use common::{LONG, aim, connects, refused, server, subscribes};
use pusherws::config::Config;
use pusherws_devserver::BlockingServer;

/// A proxy's process, ended with the test.
struct Running {
    process: Child,
    port: u16,
    file: Option<PathBuf>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(file) = &self.file {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// Starts it on a port that was free a moment ago; if somebody else was faster, on another.
#[track_caller]
fn start(command: impl Fn(u16) -> (Command, Option<PathBuf>)) -> Running {
    for _ in 0..10 {
        let port = unused_port();
        let (mut command, file) = command(port);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().unwrap_or_else(|error| {
            panic!("{command:?} did not start ({error}); run scripts/install-tools.sh")
        });
        let mut running = Running { process, port, file };
        let until = Instant::now() + LONG;
        while Instant::now() < until {
            if running.process.try_wait().expect("its status").is_some() {
                break;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return running;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    panic!("the proxy does not listen");
}

fn tinyproxy(login: Option<&str>) -> Running {
    start(|port| {
        let name = format!("pusherws-tinyproxy-{}-{port}.conf", std::process::id());
        let file = std::env::temp_dir().join(name);
        let login = login.map(|login| format!("BasicAuth {login}\n")).unwrap_or_default();
        let text = format!("Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\n{login}");
        std::fs::write(&file, text).expect("a file for its settings");
        let mut command = Command::new("tinyproxy");
        command.arg("-d").arg("-c").arg(&file);
        (command, Some(file))
    })
}

fn microsocks(login: Option<(&str, &str)>) -> Running {
    start(|port| {
        let mut command = Command::new("microsocks");
        command.args(["-i", "127.0.0.1", "-p", &port.to_string()]);
        if let Some((user, password)) = login {
            command.args(["-u", user, "-P", password]);
        }
        (command, None)
    })
}

fn config(server: &BlockingServer, proxy: &str) -> Config {
    let mut config = Config::new("app-key").unwrap();
    aim(&mut config, server);
    config.set_host("localhost").unwrap();
    let endpoint = format!("http://localhost:{}/pusher/auth", server.port());
    config.set_auth_endpoint(&endpoint).unwrap();
    config.set_proxy(proxy, None).unwrap();
    config
}

#[track_caller]
fn works(server: &BlockingServer, proxy: &str) {
    let (client, seen) = connects(&config(server, proxy));
    subscribes(&client, "private-a");
    server.publish("private-a", "e", "1");
    seen.wait_for(|event| event.name == "e");
}

#[test]
fn tinyproxy_with_and_without_a_password() {
    let server = server();
    let open = tinyproxy(None);
    works(&server, &format!("http://127.0.0.1:{}", open.port));
    let guarded = tinyproxy(Some("ann secret"));
    works(&server, &format!("http://ann:secret@127.0.0.1:{}", guarded.port));
    for login in ["", "ann:wrong@"] {
        let error = refused(&config(&server, &format!("http://{login}127.0.0.1:{}", guarded.port)));
        assert!(matches!(error.code(), 401 | 407), "{error}");
        assert!(!error.message().contains("wrong@"), "{error}");
    }
    // It reaches no server there.
    let mut nowhere = config(&server, &format!("http://127.0.0.1:{}", open.port));
    nowhere.set_port(i32::from(unused_port())).unwrap();
    assert!((500..=504).contains(&refused(&nowhere).code()));
}

#[test]
fn microsocks_with_and_without_a_password() {
    let server = server();
    let open = microsocks(None);
    for scheme in ["socks5", "socks5h"] {
        works(&server, &format!("{scheme}://127.0.0.1:{}", open.port));
    }
    let guarded = microsocks(Some(("ann", "secret")));
    works(&server, &format!("socks5h://ann:secret@127.0.0.1:{}", guarded.port));
    for login in ["", "ann:wrong@"] {
        let proxy = format!("socks5h://{login}127.0.0.1:{}", guarded.port);
        let text = refused(&config(&server, &proxy)).message().to_owned();
        assert!(text.contains("through the proxy") && !text.contains("ann:"), "{text}");
    }
    let mut nowhere = config(&server, &format!("socks5://127.0.0.1:{}", open.port));
    nowhere.set_port(i32::from(unused_port())).unwrap();
    let text = refused(&nowhere).message().to_ascii_lowercase();
    assert!(text.contains("refused"), "{text}");
}
