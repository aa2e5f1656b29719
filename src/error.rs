//! What can go wrong, in one type for every floor of the house.

use std::fmt;

/// The kind of a failure: what a program may want to branch on.
///
/// The C API numbers these (`pusher_status`); the numbers live in `ffi`, next to their documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Status {
    /// Nothing went wrong.
    #[default]
    Ok,
    /// An argument is missing, malformed or out of its range.
    Argument,
    /// The handle was never given out, or has been freed.
    Handle,
    /// The library cannot do this in the state it is in.
    State,
    /// The time allowed has passed.
    Timeout,
    /// The request was given up: by `close`, `disconnect`, or an `unsubscribe` that overtook it.
    Cancelled,
    /// Waiting here would wait for the very thread that has to answer.
    WouldDeadlock,
    /// A bounded queue has no room: the network or the application's callbacks do not keep up.
    QueueFull,
    /// There is no connection at the moment.
    NotConnected,
    /// The channel is not subscribed.
    NotSubscribed,
    /// The channel name breaks a rule of the protocol.
    Channel,
    /// The protocol forbids it, such as a client event on a public channel.
    Forbidden,
    /// Nothing is configured that could authorise, or the authorisation failed.
    Auth,
    /// The server said no, for good.
    Refused,
    /// DNS, TCP or the connection itself failed.
    Network,
    /// The TLS handshake failed, or the certificate is not trusted.
    Tls,
    /// The server said something the protocol does not allow.
    Protocol,
    /// A limit on size was exceeded.
    TooLarge,
    /// This version of the library cannot do it.
    Unsupported,
    /// The client belongs to the parent process of a fork.
    Forked,
    /// A bug in the library; the client is closed.
    Panic,
    /// The client has been closed.
    Closed,
    /// There is no such thing: request, binding or channel.
    NotFound,
    /// The operating system refused a thread or another resource.
    System,
    /// An event on an encrypted channel could not be decrypted.
    Decryption,
    /// More client events than the protocol allows.
    RateLimited,
}

/// The longest text of a failure, in bytes. It may quote what a server said, and results are kept for
/// those who ask late.
const MAX_TEXT: usize = 2048;

/// A failure: its kind, the server's own number if it gave one, and a sentence that says what was
/// wrong and what to do about it. Never holds a secret or an auth string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    status: Status,
    code: i32,
    message: String,
}

impl Error {
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Error { status, code: 0, message: shortened(message.into()) }
    }

    /// Adds Pusher's own code, a WebSocket close code or an HTTP status.
    pub fn with_code(mut self, code: i32) -> Self {
        self.code = code;
        self
    }

    pub fn status(&self) -> Status {
        self.status
    }

    /// Pusher's code (4000–4399), a WebSocket close code or an HTTP status; 0 where there is none.
    pub fn code(&self) -> i32 {
        self.code
    }

    pub fn message(&self) -> &str {
        &self.message
    }
}

/// At most `MAX_TEXT` bytes of a text, with an ellipsis where something was cut off.
fn shortened(mut text: String) -> String {
    const ELLIPSIS: char = '…';
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT - ELLIPSIS.len_utf8()).rfind(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
        text.push(ELLIPSIS);
        text.shrink_to_fit();
    }
    text
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// The result of everything in this library that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_end_is_cut_off() {
        let error = Error::new(Status::Refused, "x".repeat(MAX_TEXT));
        assert_eq!(error.message().len(), MAX_TEXT);
        for (character, odd) in [("x", ""), ("ü", "y"), ("😀", "yyy"), ("€", "")] {
            let error = Error::new(Status::Refused, odd.to_owned() + &character.repeat(10_000));
            let text = error.message();
            assert!(text.ends_with('…') && text.len() <= MAX_TEXT, "{}", text.len());
            assert!(text.len() > MAX_TEXT - 4, "{}", text.len());
            assert!(error.message.capacity() < 2 * MAX_TEXT);
        }
    }
}
