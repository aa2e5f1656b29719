//! What is known at the moment: of the connection, its channels and their members.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Client;
use crate::error::{Error, Result, Status};
use crate::protocol::channel::ChannelName;
use crate::protocol::presence::Members;
use crate::session::{ChannelState, ConnectionState};

impl Client {
    pub fn state(&self) -> Result<ConnectionState> {
        self.check_process()?;
        Ok(self.shared.lookup.lock().state)
    }

    /// The server's name for this connection; None while there is none.
    pub fn socket_id(&self) -> Result<Option<String>> {
        self.check_process()?;
        Ok(self.shared.lookup.lock().socket_id.clone())
    }

    /// None where the channel is not wanted.
    pub fn channel_state(&self, channel: &str) -> Result<Option<ChannelState>> {
        self.check_process()?;
        Ok(self.shared.lookup.lock().channels.get(channel).map(|facts| facts.state))
    }

    /// Every wanted channel and its state, ordered by name.
    pub fn channels(&self) -> Result<BTreeMap<ChannelName, ChannelState>> {
        self.check_process()?;
        let facts = self.shared.lookup.lock();
        Ok(facts.channels.iter().map(|(name, facts)| (name.clone(), facts.state)).collect())
    }

    /// The members of a presence channel as of now.
    pub fn members(&self, channel: &ChannelName) -> Result<Arc<Members>> {
        self.check_process()?;
        if !channel.kind().is_presence() {
            let text = format!("'{channel}' is no presence channel, and has no members");
            return Err(Error::new(Status::Argument, text));
        }
        let facts = self.shared.lookup.lock();
        let subscribed = facts.channels.get(channel.as_str());
        // The list of a lost connection is kept for the difference, and is nobody's present.
        let subscribed = subscribed.filter(|facts| facts.state == ChannelState::Subscribed);
        let members = subscribed.and_then(|facts| facts.members.clone());
        members.ok_or_else(|| {
            let text = format!("'{channel}' is not subscribed (yet), so its members are unknown");
            Error::new(Status::NotSubscribed, text)
        })
    }
}
