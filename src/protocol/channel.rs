//! Channel names, and the kinds of channel that they tell.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result, Status};
use crate::protocol::limits::Limits;

/// What a channel can do; its name's prefix says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChannelKind {
    Public,
    Private,
    Presence,
    Cache,
    PrivateCache,
    PresenceCache,
    PrivateEncrypted,
    PrivateEncryptedCache,
}

impl ChannelKind {
    /// Every kind, in an order that lets the first matching prefix win.
    const BY_PREFIX: [ChannelKind; 8] = [
        ChannelKind::PrivateEncryptedCache,
        ChannelKind::PrivateEncrypted,
        ChannelKind::PrivateCache,
        ChannelKind::Private,
        ChannelKind::PresenceCache,
        ChannelKind::Presence,
        ChannelKind::Cache,
        ChannelKind::Public,
    ];

    pub fn of(name: &str) -> ChannelKind {
        Self::BY_PREFIX
            .into_iter()
            .find(|kind| name.starts_with(kind.prefix()))
            .unwrap_or(ChannelKind::Public)
    }

    pub fn prefix(self) -> &'static str {
        match self {
            ChannelKind::Public => "",
            ChannelKind::Private => "private-",
            ChannelKind::Presence => "presence-",
            ChannelKind::Cache => "cache-",
            ChannelKind::PrivateCache => "private-cache-",
            ChannelKind::PresenceCache => "presence-cache-",
            ChannelKind::PrivateEncrypted => "private-encrypted-",
            ChannelKind::PrivateEncryptedCache => "private-encrypted-cache-",
        }
    }

    /// What the kind is called in a message.
    pub fn describe(self) -> &'static str {
        match self {
            ChannelKind::Public => "a public channel",
            ChannelKind::Private => "a private channel",
            ChannelKind::Presence => "a presence channel",
            ChannelKind::Cache => "a cache channel",
            ChannelKind::PrivateCache => "a private cache channel",
            ChannelKind::PresenceCache => "a presence cache channel",
            ChannelKind::PrivateEncrypted => "an encrypted channel",
            ChannelKind::PrivateEncryptedCache => "an encrypted cache channel",
        }
    }

    pub fn is_presence(self) -> bool {
        matches!(self, ChannelKind::Presence | ChannelKind::PresenceCache)
    }

    pub fn is_encrypted(self) -> bool {
        matches!(self, ChannelKind::PrivateEncrypted | ChannelKind::PrivateEncryptedCache)
    }

    /// Whether a subscription has to carry an auth string.
    pub fn needs_auth(self) -> bool {
        !matches!(self, ChannelKind::Public | ChannelKind::Cache)
    }

    /// Whether a client may publish on it over its connection (client events).
    pub fn allows_client_events(self) -> bool {
        self.needs_auth() && !self.is_encrypted()
    }
}

/// A channel name that keeps the protocol's rules, and its kind. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelName(Arc<str>);

impl ChannelName {
    /// Checks a whole name, prefix included, by what all servers have in common.
    pub fn new(name: &str) -> Result<ChannelName> {
        ChannelName::within(name, &Limits::COMMON)
    }

    /// Checks a whole name, prefix included.
    pub fn within(name: &str, limits: &Limits) -> Result<ChannelName> {
        if name.is_empty() {
            return Err(bad("the channel name is empty"));
        }
        if name.starts_with('#') {
            return Err(bad(format!(
                "channel name '{}': names that begin with '#' are reserved for the server",
                shown(name)
            )));
        }
        let allowed = if limits.strict { is_allowed } else { |c: char| !c.is_control() };
        if let Some(wrong) = name.chars().find(|c| !allowed(*c)) {
            return Err(bad(format!(
                "channel name '{}': the character {wrong:?} is not allowed; use letters, digits \
                 and _ - = @ , . ;",
                shown(name)
            )));
        }
        if name.len() > limits.channel_name {
            return Err(bad(format!(
                "channel name '{}': {} characters, and the limit is {} (profile '{}')",
                shown(name),
                name.len(),
                limits.channel_name,
                limits.profile
            )));
        }
        let kind = ChannelKind::of(name);
        if name.len() == kind.prefix().len() {
            return Err(bad(format!("channel name '{name}': nothing follows the prefix")));
        }
        Ok(ChannelName(Arc::from(name)))
    }

    /// Puts the prefix of `kind` before `bare`; a name that has it already is taken as it is.
    pub fn with_kind(kind: ChannelKind, bare: &str, limits: &Limits) -> Result<ChannelName> {
        let name = if bare.starts_with(kind.prefix()) {
            ChannelName::within(bare, limits)?
        } else {
            ChannelName::within(&format!("{}{bare}", kind.prefix()), limits)?
        };
        if name.kind() != kind {
            return Err(bad(format!(
                "channel name '{}' is {}, and {} was asked for; pass the bare name, without a \
                 prefix",
                shown(name.as_str()),
                name.kind().describe(),
                kind.describe()
            )));
        }
        Ok(name)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn kind(&self) -> ChannelKind {
        ChannelKind::of(&self.0)
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Borrow<str> for ChannelName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '=' | '@' | ',' | '.' | ';')
}

/// The beginning of a name for a message, without control characters: an overlong or hostile one must
/// not fill a log.
pub(crate) fn shown(name: &str) -> String {
    const SHOWN: usize = 60;
    let escaped: String = name.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if name.chars().count() > SHOWN { format!("{escaped}…") } else { escaped }
}

fn bad(message: impl Into<String>) -> Error {
    Error::new(Status::Channel, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_decides_the_kind() {
        for (name, kind) in [
            ("orders", ChannelKind::Public),
            ("private-orders", ChannelKind::Private),
            ("presence-room", ChannelKind::Presence),
            ("cache-prices", ChannelKind::Cache),
            ("private-cache-prices", ChannelKind::PrivateCache),
            ("presence-cache-room", ChannelKind::PresenceCache),
            ("private-encrypted-mail", ChannelKind::PrivateEncrypted),
            ("private-encrypted-cache-mail", ChannelKind::PrivateEncryptedCache),
            ("privateer", ChannelKind::Public),
            ("cached-public", ChannelKind::Public),
        ] {
            assert_eq!(ChannelName::new(name).unwrap().kind(), kind, "{name}");
        }
    }

    #[test]
    fn a_bad_name_is_refused_with_the_rule_it_breaks() {
        for (name, rule) in [
            ("", "empty"),
            ("#server-to-user-1", "reserved"),
            ("two words", "' ' is not allowed"),
            ("größe", "'ö' is not allowed"),
            ("a/b", "'/' is not allowed"),
            ("private-", "nothing follows"),
            (&"x".repeat(201), "the limit is 200"),
        ] {
            let error = ChannelName::new(name).unwrap_err();
            assert_eq!(error.status(), Status::Channel);
            assert!(error.message().contains(rule), "{name}: {error}");
        }
        assert!(ChannelName::new(&"x".repeat(200)).is_ok());
        assert!(ChannelName::new("a_b-C=@,.;9").is_ok());
    }

    #[test]
    fn a_kind_and_a_bare_name_make_a_whole_name() {
        let name =
            |kind, bare| ChannelName::with_kind(kind, bare, &Limits::COMMON).map(|n| n.to_string());
        assert_eq!(name(ChannelKind::Private, "orders").unwrap(), "private-orders");
        assert_eq!(name(ChannelKind::Private, "private-orders").unwrap(), "private-orders");
        assert_eq!(name(ChannelKind::Public, "news").unwrap(), "news");
        assert!(name(ChannelKind::Public, "private-orders").is_err());
        assert!(name(ChannelKind::Private, "cache-orders").is_err());
        assert!(name(ChannelKind::Presence, "").is_err());
    }

    #[test]
    fn profiles_differ_in_length_and_leniency() {
        let long = "x".repeat(165);
        assert!(ChannelName::within(&long, &Limits::SOKETI).is_ok());
        let error = ChannelName::within(&long, &Limits::PUSHER).unwrap_err();
        assert!(error.message().contains("164 (profile 'pusher')"), "{error}");
        let lenient = Limits { strict: false, ..Limits::COMMON };
        assert!(ChannelName::within("größe mit/allem", &lenient).is_ok());
        assert!(ChannelName::within("a\nb", &lenient).is_err());
    }

    #[test]
    fn a_hostile_name_does_not_reach_the_message_raw() {
        let error = ChannelName::new(&format!("a\n\u{1b}[31m{}", "y".repeat(500))).unwrap_err();
        assert!(!error.message().contains('\n') && !error.message().contains('\u{1b}'));
        assert!(error.message().len() < 300);
    }
}
