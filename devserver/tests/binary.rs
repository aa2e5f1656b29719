//! The program.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// Ends with the test, whatever becomes of it.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(arguments: &[&str]) -> (Program, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pusherws-devserver"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.strip_prefix("listening on ").expect("the first line").trim().to_owned();
    (Program(child), address)
}

fn get(address: &str, path: &str) -> String {
    let mut tcp = TcpStream::connect(address).unwrap();
    write!(tcp, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).unwrap();
    answer
}

fn temporary(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()))
}

#[test]
fn it_says_where_it_listens_and_ends_with_stdin() {
    let port_file = temporary("port");
    let arguments = ["--exit-with-stdin", "--quiet", "--port-file", port_file.to_str().unwrap()];
    let (mut program, address) = start(&arguments);
    let port = std::fs::read_to_string(&port_file).unwrap();
    std::fs::remove_file(&port_file).unwrap();
    assert_eq!(address, format!("127.0.0.1:{}", port.trim()));
    assert!(get(&address, "/_dev/state").starts_with("HTTP/1.1 200"));
    drop(program.0.stdin.take());
    assert!(program.0.wait().unwrap().success());
}

#[test]
fn the_control_endpoints_can_be_turned_off() {
    let (_program, address) = start(&["--no-control"]);
    assert!(get(&address, "/_dev/state").starts_with("HTTP/1.1 404"));
}

#[test]
fn tls_writes_its_ca() {
    let ca = temporary("ca.pem");
    let (_program, _) = start(&["--tls", "--ca-out", ca.to_str().unwrap()]);
    let pem = std::fs::read_to_string(&ca).unwrap();
    std::fs::remove_file(&ca).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"));
}

#[cfg(unix)]
#[test]
fn sigterm_is_a_clean_end() {
    let (mut program, _) = start(&[]);
    let status = Command::new("kill").arg(program.0.id().to_string()).status().unwrap();
    assert!(status.success());
    assert!(program.0.wait().unwrap().success());
}

#[test]
fn a_port_which_is_taken_is_a_failure() {
    let (_program, address) = start(&[]);
    let port = address.rsplit(':').next().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_pusherws-devserver"))
        .args(["--port", port])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("pusherws-devserver: "));
}
