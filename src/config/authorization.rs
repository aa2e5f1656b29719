//! Who gives permission to subscribe and to sign in, and who the user is.

use std::time::Duration;

use super::{Config, argument, check_header, check_param, checked, http_url};
use crate::error::Result;
use crate::protocol::encrypted::MasterKey;
use crate::protocol::signature::Credentials;
use crate::protocol::{authorization, presence};

impl Config {
    pub fn set_secret(&mut self, secret: &str) -> Result<()> {
        if secret.is_empty() {
            return Err(argument("the secret is empty"));
        }
        self.secret = Some(Credentials::new(&self.key, secret));
        Ok(())
    }

    /// The user that presence channels are subscribed as; `user_info` is JSON.
    pub fn set_presence_user(&mut self, user_id: &str, user_info: Option<&str>) -> Result<()> {
        self.channel_data = Some(presence::channel_data(user_id, user_info)?);
        Ok(())
    }

    /// Of which the keys of encrypted channels are made; base64 of 32 bytes.
    pub fn set_encryption_master_key(&mut self, base64: &str) -> Result<()> {
        self.master_key = Some(MasterKey::from_base64(base64)?);
        Ok(())
    }

    /// Where permission to subscribe is fetched from.
    pub fn set_auth_endpoint(&mut self, url: &str) -> Result<()> {
        self.auth.channel_url = Some(http_url("the authorisation endpoint", url)?);
        Ok(())
    }

    /// Where permission to sign in is fetched from.
    pub fn set_user_auth_endpoint(&mut self, url: &str) -> Result<()> {
        self.auth.user_url = Some(http_url("the user authorisation endpoint", url)?);
        Ok(())
    }

    pub fn set_auth_json(&mut self, json: bool) {
        self.auth.json = json;
    }

    pub fn set_auth_batches(&mut self, batches: bool) {
        self.auth_batches = batches;
    }

    /// Before each request to the endpoint the application is asked for headers and parameters.
    pub fn set_auth_prepared(&mut self, prepared: bool) {
        self.auth_prepared = prepared;
    }

    pub fn add_auth_header(&mut self, name: &str, value: &str) -> Result<()> {
        check_header(name, value)?;
        self.auth.headers.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    pub fn add_auth_param(&mut self, name: &str, value: &str) -> Result<()> {
        check_param(name)?;
        self.auth.params.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    pub fn set_auth_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.auth_timeout = Some(checked("the authorisation timeout", timeout)?);
        Ok(())
    }

    /// The application authorises: it is asked by an event, and answers later.
    pub fn set_authorizer(&mut self, batches: bool) {
        self.application = Some(batches);
    }

    /// The user to sign in as, where the secret is known: JSON with an id.
    pub fn set_user(&mut self, user_data: &str) -> Result<()> {
        authorization::user_id(user_data)?;
        self.user_data = Some(user_data.to_owned());
        Ok(())
    }
}
