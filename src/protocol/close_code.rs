//! What the end of a connection asks for: the table of close codes.

/// What to do after a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Connecting again unchanged cannot succeed (4001–4099).
    GiveUp,
    /// The server takes TLS only: try again with it (4000).
    UseTls,
    /// Try again, after at least a second (4100–4199: the server is over capacity).
    BackOff,
    /// Try again, with the usual growing delay.
    Retry,
    /// Try again at once (4200–4299), as long as this does not repeat.
    RetryNow,
}

impl Advice {
    /// Judges a close code. 1005 ("none given") and 1006 ("no close frame") are for
    /// a connection that ended without one.
    pub fn of(code: u16) -> Advice {
        match code {
            4000 => Advice::UseTls,
            4001..=4099 => Advice::GiveUp,
            // 43xx is for errors that leave the connection open; as a close code it is no verdict
            // on the application, so the client keeps trying.
            4100..=4199 | 4300..=4399 => Advice::BackOff,
            4200..=4299 => Advice::RetryNow,
            _ => Advice::Retry,
        }
    }

    /// What a code means, for a message; empty where it is not one of the protocol's own.
    pub fn explain(code: u16) -> &'static str {
        match code {
            4000 => "the application accepts TLS connections only",
            4001 => "the application does not exist: check the key and the cluster or host",
            4003 => "the application is disabled",
            4004 => "the application is over its connection quota",
            4005 => "the path was not found: check the path prefix",
            4006 => "the server did not understand the client's version",
            4007 => "the server does not support protocol 7",
            4008 => "the server saw no protocol version",
            4009 => "the connection is not authorised, or its user was disconnected by the server",
            4100 => "the server is over capacity",
            4200 => "the server asks to reconnect",
            4201 => "the server got no pong in time",
            4202 => "the connection was inactive for too long",
            1000 => "the server closed the connection",
            1001 => "the server is going away",
            1002..=1003 | 1007 => "the server saw a protocol error",
            1005 => "the server closed the connection without a code",
            1006 => "the connection was lost",
            1009 => "a message was too large for the server",
            1011 => "the server had an internal error",
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_protocol() {
        for (codes, advice) in [
            (vec![4000], Advice::UseTls),
            (vec![4001, 4003, 4004, 4005, 4006, 4007, 4008, 4009, 4099], Advice::GiveUp),
            (vec![4100, 4199], Advice::BackOff),
            (vec![4200, 4201, 4202, 4299], Advice::RetryNow),
            (vec![4300, 4301, 4302, 4399], Advice::BackOff),
            (vec![1000, 1001, 1002, 1005, 1006, 1009, 1011, 3000, 3999, 4400, 4999], Advice::Retry),
        ] {
            for code in codes {
                assert_eq!(Advice::of(code), advice, "{code}");
            }
        }
    }
}
