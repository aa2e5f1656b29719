//! Channel names: what kind a name stands for and whether it is allowed.

/// The kind of a channel, which follows from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anybody may subscribe.
    Public,
    /// `private-`
    Private,
    /// `presence-`
    Presence,
    /// `cache-`
    Cache,
    /// `private-cache-`
    PrivateCache,
    /// `presence-cache-`
    PresenceCache,
    /// `private-encrypted-`
    Encrypted,
    /// `private-encrypted-cache-`
    EncryptedCache,
    /// `#server-to-user-<id>`
    User,
}

/// The prefix of the channel on which a signed-in user gets events.
pub const USER_PREFIX: &str = "#server-to-user-";

/// Longest first: each is a prefix of a later one's meaning.
const PREFIXES: [(&str, Kind); 8] = [
    ("private-encrypted-cache-", Kind::EncryptedCache),
    ("private-encrypted-", Kind::Encrypted),
    ("private-cache-", Kind::PrivateCache),
    ("private-", Kind::Private),
    ("presence-cache-", Kind::PresenceCache),
    ("presence-", Kind::Presence),
    ("cache-", Kind::Cache),
    (USER_PREFIX, Kind::User),
];

impl Kind {
    /// The kind of the channel called `name`.
    pub fn of(name: &str) -> Kind {
        PREFIXES
            .iter()
            .find(|(prefix, _)| name.starts_with(prefix))
            .map_or(Kind::Public, |(_, kind)| *kind)
    }

    /// Whether a subscription has to carry a signature.
    pub fn needs_auth(self) -> bool {
        !matches!(self, Kind::Public | Kind::Cache | Kind::User)
    }

    /// Whether the channel has members.
    pub fn is_presence(self) -> bool {
        matches!(self, Kind::Presence | Kind::PresenceCache)
    }

    /// Whether the last event is kept for those who come later.
    pub fn is_cache(self) -> bool {
        matches!(
            self,
            Kind::Cache | Kind::PrivateCache | Kind::PresenceCache | Kind::EncryptedCache
        )
    }

    /// Whether payloads are encrypted end to end.
    pub fn is_encrypted(self) -> bool {
        matches!(self, Kind::Encrypted | Kind::EncryptedCache)
    }

    /// Whether subscribers may send client events.
    pub fn takes_client_events(self) -> bool {
        self.needs_auth() && !self.is_encrypted()
    }
}

/// Why `name` is not a channel name, if it is not.
pub fn name_error(name: &str, max_length: usize) -> Option<String> {
    // '#' is reserved for the channels of users.
    let rest = name.strip_prefix(USER_PREFIX).unwrap_or(name);
    if rest.is_empty() {
        return Some("Channel name is empty".to_owned());
    }
    if name.len() > max_length {
        return Some(format!("Channel name too long. Max length is {max_length}"));
    }
    rest.chars()
        .find(|c| !(c.is_ascii_alphanumeric() || "_-=@,.;".contains(*c)))
        .map(|c| format!("Channel name contains an invalid character: {c:?}"))
}
