//! What becomes of a connection after its upgrade: established, turned away, or a fault on order.

use crate::faults::{Fault, How};
use crate::frames;
use crate::inner::Inner;
use crate::outbox::Item;
use crate::quirks::Rejection;
use crate::state::ConnectRequest;

/// The protocol versions spoken. 1 to 3 are documented as unsupported.
const PROTOCOLS: std::ops::RangeInclusive<u32> = 4..=7;

enum Instead {
    Nothing,
    Text(String),
    Close(Option<u16>, String),
    Error(Option<u16>, String),
    Drop(How),
}

impl Inner {
    /// Decides about a connection which has just entered, and queues what it is told.
    pub fn admit(&mut self, id: u64) {
        let Some(connection) = self.connections.get(&id) else { return };
        let socket_id = connection.socket_id.clone();
        let request = connection.request.clone();
        let instead = self.faults.take(Some(&socket_id), |fault| {
            Some(match fault {
                Fault::NeverEstablish {} => Instead::Nothing,
                Fault::EstablishWith { text } => Instead::Text(text.clone()),
                Fault::CloseOnConnect { code, reason } => Instead::Close(*code, reason.clone()),
                Fault::ErrorOnConnect { code, message } => Instead::Error(*code, message.clone()),
                Fault::DropOnConnect { how } => Instead::Drop(*how),
                _ => return None,
            })
        });
        match instead {
            Some(Instead::Nothing) => return,
            Some(Instead::Close(code, reason)) => return self.close(id, code, &reason),
            Some(Instead::Error(code, message)) => return self.send_error(id, code, &message),
            Some(Instead::Drop(how)) => return self.instruct(id, Item::Drop(how)),
            Some(Instead::Text(_)) | None => {}
        }
        let app = match self.check(&request) {
            Ok(app) => app,
            Err((code, message)) => return self.reject(id, code, &message),
        };
        let text = match instead {
            Some(Instead::Text(text)) => text,
            _ => frames::established(&socket_id, self.config.activity_timeout, &self.config.quirks),
        };
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.app = Some(app);
            connection.established = true;
        }
        // Past the suppression of a silent connection: it was silenced after it was established.
        let frame = self.encode(&text);
        self.instruct(id, Item::Bytes(frame));
        self.faults.catch(&socket_id);
    }

    fn check(&self, request: &ConnectRequest) -> Result<usize, (u16, String)> {
        if request.key.is_empty() {
            return Err((4005, "Path not found".to_owned()));
        }
        if let Some(version) = request.query.get("version")
            && !is_version(version)
        {
            return Err((4006, format!("Invalid version string format: {version}")));
        }
        match request.query.get("protocol") {
            None => return Err((4008, "No protocol version supplied".to_owned())),
            Some(protocol) => {
                if !protocol.parse().is_ok_and(|number: u32| PROTOCOLS.contains(&number)) {
                    return Err((4007, format!("Unsupported protocol version: {protocol}")));
                }
            }
        }
        let index = self
            .apps
            .iter()
            .position(|app| app.app.key == request.key)
            .ok_or_else(|| (4001, format!("App key {} does not exist.", request.key)))?;
        let app = &self.apps[index].app;
        if !app.enabled {
            return Err((4003, "The app is not enabled.".to_owned()));
        }
        let connected =
            self.connections.values().filter(|c| c.open && c.app == Some(index)).count();
        if app.max_connections.is_some_and(|max| connected >= max) {
            let code = if self.config.quirks.quota_as_4100 { 4100 } else { 4004 };
            return Err((
                code,
                "The current concurrent connections quota has been reached.".to_owned(),
            ));
        }
        Ok(index)
    }

    fn reject(&mut self, id: u64, code: u16, message: &str) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.rejected = Some(code);
        }
        let rejection = self.config.quirks.rejection;
        if !matches!(rejection, Rejection::CloseOnly | Rejection::Drop) {
            self.send_error(id, Some(code), message);
        }
        match rejection {
            Rejection::ErrorAndClose | Rejection::CloseOnly => self.close(id, Some(code), message),
            Rejection::ErrorAndCloseWithoutCode => self.close(id, None, ""),
            Rejection::ErrorAndDrop | Rejection::Drop => self.instruct(id, Item::Drop(How::Fin)),
            Rejection::ErrorOnly => {}
        }
    }
}

/// Whether `text` is `x.y` or `x.y.z`, with an optional suffix after the last number.
fn is_version(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    (2..=4).contains(&parts.len())
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}
