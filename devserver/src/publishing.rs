//! Events from the application to the subscribers of channels.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::channel::Kind;
use crate::frames::{self, Data};
use crate::hub::Hub;
use crate::inner::Inner;
use crate::outbox::{Item, Outbox};
use crate::subscriptions::Cached;

/// How much a flood keeps in the queue of each connection, and how much it queues at a time.
const FLOOD_QUEUE: usize = 256 * 1024;
const FLOOD_CHUNK: usize = 64 * 1024;

/// An order for many events of the same kind.
#[derive(Clone, Debug)]
pub struct Flood {
    /// The channel.
    pub channel: String,
    /// The name of the event.
    pub event: String,
    /// The data. `{n}` in it is replaced by the number of the event, from 0, where `numbered`.
    pub data: String,
    /// How many.
    pub count: u64,
    /// Whether `{n}` is replaced. If not, all frames are the same bytes, encoded once.
    pub numbered: bool,
}

impl Inner {
    /// Sends a text to the subscribers of a channel; how many there were.
    pub fn broadcast(
        &mut self,
        app: Option<usize>,
        name: &str,
        text: &str,
        except: Option<u64>,
    ) -> usize {
        let Some(channel) = app.and_then(|app| self.apps[app].channels.get(name)) else { return 0 };
        let ids: Vec<u64> =
            channel.subscribers.keys().copied().filter(|id| Some(*id) != except).collect();
        self.send_all(&ids, text);
        ids.len()
    }

    /// Publishes an event, except to one socket; how many connections got it.
    pub fn publish(
        &mut self,
        app: usize,
        name: &str,
        event: &str,
        data: Data,
        except: Option<&str>,
    ) -> usize {
        let text = frames::event(event, Some(name), &data, None);
        if Kind::of(name).is_cache() {
            let channel = self.apps[app].channels.entry(name.to_owned()).or_default();
            let text = text.clone();
            channel.cached = Some(Cached { data, text, at: Instant::now() });
        }
        let except = except
            .and_then(|id| self.connections.iter().find(|(_, c)| c.socket_id == id))
            .map(|(id, _)| *id);
        self.broadcast(Some(app), name, &text, except)
    }

    /// What is known about a channel, for the `info` of the HTTP API.
    pub fn channel_info(&self, app: usize, name: &str, info: &str) -> ChannelInfo {
        let channel = self.apps[app].channels.get(name);
        let mut result = ChannelInfo::default();
        for wanted in info.split(',') {
            match wanted.trim() {
                "user_count" => {
                    result.user_count = Some(channel.map_or(0, |c| c.members.len()));
                }
                "subscription_count" => {
                    result.subscription_count = Some(channel.map_or(0, |c| c.subscribers.len()));
                }
                "cache" => {
                    let ttl = self.config.limits.cache_ttl;
                    result.cache = channel
                        .and_then(|c| c.cached.as_ref())
                        .filter(|cached| cached.at.elapsed() < ttl)
                        .map(|cached| CacheInfo {
                            data: cached.data.clone(),
                            ttl: (ttl - cached.at.elapsed().min(ttl)).as_secs(),
                        });
                }
                _ => {}
            }
        }
        result
    }
}

#[derive(Default, Serialize)]
pub(crate) struct ChannelInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<CacheInfo>,
}

#[derive(Serialize)]
struct CacheInfo {
    data: Data,
    ttl: u64,
}

/// The data of an event as a control request or the HTTP API gives it: a string stays one, all
/// else is passed on as it is.
pub(crate) fn data_of(raw: Option<Box<RawValue>>) -> Data {
    let Some(raw) = raw else { return Data::None };
    match serde_json::from_str(raw.get()) {
        Ok(Value::String(text)) => Data::Text(text),
        _ => Data::Json(raw),
    }
}

impl Hub {
    /// Publishes as fast as the connections take it, with bounded queues; returns when everything
    /// is queued. How many connections were subscribed when it began.
    pub async fn flood(&self, app: usize, flood: &Flood) -> usize {
        let (ids, outboxes) = self.read(|inner| {
            let Some(channel) = inner.apps[app].channels.get(&flood.channel) else {
                return (Vec::new(), Vec::new());
            };
            let ids: Vec<u64> = channel.subscribers.keys().copied().collect();
            let outboxes: Vec<Arc<Outbox>> = ids
                .iter()
                .filter_map(|id| inner.connections.get(id))
                .map(|connection| connection.outbox.clone())
                .collect();
            (ids, outboxes)
        });
        let encode = |data: String| {
            let text = frames::event(&flood.event, Some(&flood.channel), &Data::Text(data), None);
            self.read(|inner| inner.encode(&text))
        };
        let same = (!flood.numbered).then(|| encode(flood.data.clone()));
        let mut full: Option<(u64, bytes::Bytes)> = None;
        let mut next = 0;
        while next < flood.count && !outboxes.is_empty() {
            let (frames, chunk) = match &full {
                // All chunks but the last are the same where all frames are.
                Some((frames, chunk)) if next + frames <= flood.count => (*frames, chunk.clone()),
                _ => {
                    let mut chunk = Vec::with_capacity(FLOOD_CHUNK);
                    let mut frames = 0;
                    while next + frames < flood.count && chunk.len() < FLOOD_CHUNK {
                        match &same {
                            Some(frame) => chunk.extend_from_slice(frame),
                            None => {
                                let number = (next + frames).to_string();
                                chunk
                                    .extend_from_slice(&encode(flood.data.replace("{n}", &number)));
                            }
                        }
                        frames += 1;
                    }
                    let chunk = bytes::Bytes::from(chunk);
                    if same.is_some() {
                        full = Some((frames, chunk.clone()));
                    }
                    (frames, chunk)
                }
            };
            for outbox in &outboxes {
                if outbox.room(FLOOD_QUEUE).await {
                    outbox.push(Item::Frames(chunk.clone()));
                }
            }
            self.with(|inner| inner.count_sent(&ids, frames));
            next += frames;
        }
        outboxes.len()
    }
}
