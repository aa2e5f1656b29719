//! Pusher's HTTP API, as a client calls it: requests like every other, which need no connection.

use crate::client::Client;
use crate::engine::clock::unix_time;
use crate::engine::random;
use crate::error::{Error, Result, Status};
use crate::protocol::api::{Api, Trigger};
use crate::protocol::channel::ChannelKind;
use crate::protocol::http::HttpRequest;
use crate::session::{Command, RequestId};

impl Client {
    /// Publishes an event as a server would, to one channel or many. Completed with the answer.
    ///
    /// On an encrypted channel the data is encrypted first, with the master key.
    pub fn trigger(&self, event: &Trigger<'_>) -> Result<RequestId> {
        let data = self.encrypted_where_needed(event)?;
        let data = data.as_deref().unwrap_or(event.data);
        self.limits().check_event_data(data)?;
        self.call(|api| api.trigger(&Trigger { data, ..event.clone() }, unix_time()))
    }

    /// Publishes up to ten events, each to one channel.
    pub fn trigger_batch(&self, events: &[Trigger<'_>]) -> Result<RequestId> {
        let mut encrypted = Vec::with_capacity(events.len());
        for event in events {
            encrypted.push(self.encrypted_where_needed(event)?);
        }
        let ready = events.iter().zip(&encrypted).map(|(event, encrypted)| {
            let data = encrypted.as_deref().unwrap_or(event.data);
            self.limits().check_event_data(data)?;
            Ok(Trigger { data, ..event.clone() })
        });
        let ready: Vec<Trigger<'_>> = ready.collect::<Result<_>>()?;
        self.call(|api| api.trigger_batch(&ready, unix_time()))
    }

    /// The application's channels in use.
    pub fn get_channels(&self, prefix: Option<&str>, info: Option<&str>) -> Result<RequestId> {
        self.call(|api| api.channels(prefix, info, unix_time()))
    }

    pub fn get_channel(&self, channel: &str, info: Option<&str>) -> Result<RequestId> {
        self.call(|api| api.channel(channel, info, unix_time()))
    }

    /// Who is on a presence channel, as the server sees it.
    pub fn get_users(&self, channel: &str) -> Result<RequestId> {
        self.call(|api| api.users(channel, unix_time()))
    }

    /// Ends all connections of a signed-in user.
    pub fn terminate_user(&self, user_id: &str) -> Result<RequestId> {
        self.call(|api| api.terminate_user(user_id, unix_time()))
    }

    /// Publishes an event to a signed-in user, on all of that user's connections.
    pub fn send_to_user(&self, user_id: &str, event: &str, data: &str) -> Result<RequestId> {
        self.limits().check_event_data(data)?;
        self.call(|api| api.send_to_user(user_id, event, data, unix_time()))
    }

    /// The encrypted data for an event whose channel asks for it.
    fn encrypted_where_needed(&self, event: &Trigger<'_>) -> Result<Option<String>> {
        let [channel] = event.channels[..] else { return Ok(None) };
        if !ChannelKind::of(channel).is_encrypted() {
            return Ok(None);
        }
        let master = self.master_key().ok_or_else(|| {
            Error::new(
                Status::Auth,
                "an event on an encrypted channel needs the encryption master key; set it in the \
                 configuration",
            )
        })?;
        Ok(Some(master.channel_key(channel).encrypt(&random::nonce()?, event.data)))
    }

    fn call(&self, make: impl FnOnce(&Api) -> Result<HttpRequest>) -> Result<RequestId> {
        self.check_process()?;
        let api = self.http_api().ok_or_else(|| {
            Error::new(
                Status::Auth,
                "the HTTP API needs the app id and the secret; set both in the configuration",
            )
        })?;
        let request = make(api)?;
        self.request(Command::Call { request, timeout: self.api_timeout() })
    }
}
