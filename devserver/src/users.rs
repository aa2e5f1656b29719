//! Signed-in users and those who watch them.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::frames::{self, Data, Signin};
use crate::inner::Inner;
use crate::signature;

/// The most users one may watch; more is a `pusher:error` 4302, and the first are accepted.
const WATCHLIST: usize = 100;

#[derive(Clone)]
pub(crate) struct SignedIn {
    pub id: String,
    pub info: Option<Box<RawValue>>,
    pub watchlist: Vec<String>,
}

#[derive(Deserialize)]
struct UserData {
    id: Value,
    user_info: Option<Box<RawValue>>,
    #[serde(default)]
    watchlist: Vec<Value>,
}

impl Inner {
    pub fn sign_in(&mut self, id: u64, request: &Signin) {
        let Some(connection) = self.connections.get(&id) else { return };
        let socket_id = connection.socket_id.clone();
        let current = connection.user.as_ref().map(|user| user.id.clone());
        let Some(app) = connection.app else { return };
        let ignored = self.faults.take(Some(&socket_id), |fault| match fault {
            Fault::IgnoreSignin {} => Some(()),
            _ => None,
        });
        if ignored.is_some() {
            return;
        }
        let user = match self.check_sign_in(app, &socket_id, request) {
            Ok(user) => user,
            Err(message) => return self.error_and_close(id, 4009, &message),
        };
        if current.as_ref().is_some_and(|current| *current != user.id) {
            let message = "Connection is already signed in as another user.";
            return self.send_error(id, Some(4009), message);
        }
        let too_long = user.watchlist.len() > WATCHLIST;
        let SignedIn { id: user_id, info, mut watchlist } = user;
        watchlist.truncate(WATCHLIST);
        let user = SignedIn { id: user_id.clone(), info, watchlist };
        self.change(id, |connection| {
            connection.user = Some(user.clone());
            connection.authorized = true;
        });
        let mut data = json!({ "user_data": request.user_data });
        if self.config.quirks.signin_echoes_auth {
            data["auth"] = Value::from(request.auth.clone());
        }
        let success = frames::event("pusher:signin_success", None, &Data::Value(data), None);
        // Who has the flat shape also tells the watchlist first.
        let watchlist_first = self.config.quirks.flat_watchlist;
        if !watchlist_first {
            self.send(id, &success);
        }
        if too_long {
            let message = format!("The watchlist is limited to {WATCHLIST} users.");
            self.send_error(id, Some(4302), &message);
        }
        let connections = self.apps[app].users.entry(user_id.clone()).or_default();
        let first = connections.is_empty();
        connections.insert(id);
        if first {
            self.tell_watchers(app, &user_id, "online", id);
        }
        let users = &self.apps[app].users;
        let (online, offline): (Vec<String>, Vec<String>) =
            user.watchlist.into_iter().partition(|watched| users.contains_key(watched));
        self.send_watchlist(&[id], &[("online", &online), ("offline", &offline)]);
        if watchlist_first {
            self.send(id, &success);
        }
    }

    fn check_sign_in(
        &self,
        app: usize,
        socket_id: &str,
        request: &Signin,
    ) -> Result<SignedIn, String> {
        let app = &self.apps[app].app;
        if !app.user_authentication {
            return Err("The app does not have user authentication enabled.".to_owned());
        }
        let signed = signature::user_string(socket_id, &request.user_data);
        let valid = request.auth.split_once(':').is_some_and(|(key, signature)| {
            key == app.key && signature::verify(&app.secret, &signed, signature)
        });
        if !valid {
            return Err("Connection not authorized.".to_owned());
        }
        let data: UserData = serde_json::from_str(&request.user_data)
            .map_err(|e| format!("user_data can't be read: {e}"))?;
        let id = frames::user_id_of(&data.id)
            .ok_or("The returned user data must contain the \"id\" field.")?;
        let watchlist = data.watchlist.iter().filter_map(frames::user_id_of).collect();
        Ok(SignedIn { id, info: data.user_info, watchlist })
    }

    /// A connection is no longer anybody's.
    pub fn sign_out(&mut self, id: u64) {
        let Some(connection) = self.connections.get(&id) else { return };
        let (Some(app), Some(user)) = (connection.app, &connection.user) else { return };
        let user_id = user.id.clone();
        let Some(connections) = self.apps[app].users.get_mut(&user_id) else { return };
        connections.remove(&id);
        if connections.is_empty() {
            self.apps[app].users.remove(&user_id);
            self.tell_watchers(app, &user_id, "offline", id);
        }
    }

    fn tell_watchers(&mut self, app: usize, user_id: &str, name: &str, except: u64) {
        let watchers: Vec<u64> =
            self.connections
                .iter()
                .filter(|(id, connection)| {
                    **id != except
                        && connection.open
                        && connection.app == Some(app)
                        && connection.user.as_ref().is_some_and(|user| {
                            user.watchlist.iter().any(|watched| watched == user_id)
                        })
                })
                .map(|(id, _)| *id)
                .collect();
        self.send_watchlist(&watchers, &[(name, &[user_id.to_owned()])]);
    }

    fn send_watchlist(&mut self, ids: &[u64], events: &[(&str, &[String])]) {
        let events: Vec<_> = events.iter().filter(|(_, users)| !users.is_empty()).collect();
        if events.is_empty() {
            return;
        }
        if self.config.quirks.flat_watchlist {
            for (name, users) in events {
                let data = Data::Value(json!({ "user_ids": users }));
                self.send_all(ids, &frames::event(name, None, &data, None));
            }
            return;
        }
        let events: Vec<Value> =
            events.iter().map(|(name, users)| json!({ "name": name, "user_ids": users })).collect();
        let data = Data::Text(json!({ "events": events }).to_string());
        let text = frames::event("pusher_internal:watchlist_events", None, &data, None);
        self.send_all(ids, &text);
    }

    /// Ends all connections of a user; how many there were.
    pub fn terminate_user(&mut self, app: usize, user_id: &str) -> usize {
        let connections: Vec<u64> =
            self.apps[app].users.get(user_id).into_iter().flatten().copied().collect();
        for id in &connections {
            self.error_and_close(*id, 4009, "You got disconnected by the app.");
        }
        connections.len()
    }
}
