//! Clients and a server for the integration tests, and somebody who writes down what is heard.

#![allow(dead_code)] // Each test file uses its own part of this.
#![allow(clippy::disallowed_methods)] // A test may start threads of its own.

pub mod fault_proxy;
pub mod proxies;

use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use pusherws::client::{Client, Delivered, Delivery, ReadyList};
use pusherws::config::{Config, QueuePolicy};
use pusherws::error::{Error, Status};
use pusherws::protocol::channel::ChannelName;
use pusherws::session::{ConnectionState, EventKind};
use pusherws_devserver::{BlockingServer, Config as ServerConfig, Flood, Server};

/// Long enough for a loaded machine; nothing waits so long where all is well.
pub const LONG: Duration = Duration::from_secs(60);
pub const PATIENCE: Option<Duration> = Some(LONG);

pub fn server() -> BlockingServer {
    Server::spawn(ServerConfig::default()).unwrap()
}

pub fn config(server: &BlockingServer) -> Config {
    let mut config = Config::new("app-key").unwrap();
    aim(&mut config, server);
    config.set_secret("app-secret").unwrap();
    config.set_presence_user("ann", None).unwrap();
    config
}

/// Points a config at the server, with delays fit for a test.
pub fn aim(config: &mut Config, server: &BlockingServer) {
    config.set_host("127.0.0.1").unwrap();
    config.set_port(i32::from(server.port())).unwrap();
    config.set_tls(false);
    config.set_backoff(Duration::from_millis(10), Duration::from_millis(200)).unwrap();
}

pub fn client(config: &Config) -> (Client, Recorder) {
    let client = new_client(config);
    let recorder = Recorder::default();
    let writer = recorder.clone();
    client.bind(None, None, Box::new(move |event| writer.write(event))).unwrap();
    (client, recorder)
}

/// A client that delivers as the environment says: `scripts/test-delivery.sh` runs the tests in all ways.
pub fn new_client(config: &Config) -> Client {
    static POLLED: OnceLock<Arc<ReadyList>> = OnceLock::new();
    let mut config = config.clone();
    match std::env::var("PUSHERWS_DELIVERY").as_deref() {
        Err(_) | Ok("thread") => {}
        Ok("inline") => config.set_delivery(Delivery::Inline),
        Ok("poll") => {
            let list = POLLED.get_or_init(|| {
                let list = Arc::new(ReadyList::new());
                // Tests hold callbacks back, each at the cost of a thread.
                for _ in 0..8 {
                    let polled = Arc::clone(&list);
                    std::thread::spawn(move || while polled.dispatch(64, Some(LONG)).is_ok() {});
                }
                list
            });
            config.set_delivery(Delivery::Shared(Arc::clone(list)));
        }
        Ok(other) => panic!("PUSHERWS_DELIVERY is {other}; it has to be thread, poll or inline"),
    }
    Client::new(&config).unwrap()
}

pub fn connected(server: &BlockingServer) -> (Client, Recorder) {
    let (client, recorder) = client(&config(server));
    let request = client.connect().unwrap();
    client.wait(request, PATIENCE).unwrap();
    (client, recorder)
}

/// A client that is connected, or a failed test that says why it is not.
#[track_caller]
pub fn connects(config: &Config) -> (Client, Recorder) {
    let (client, seen) = client(config);
    let request = client.connect().unwrap();
    if let Err(error) = client.wait(request, PATIENCE) {
        panic!("{error}; seen: {:#?}", seen.all());
    }
    (client, seen)
}

/// What the first try to connect ends with.
#[track_caller]
pub fn refused(config: &Config) -> Error {
    let mut config = config.clone();
    config.set_max_tries(1);
    let client = Client::new(&config).unwrap();
    let request = client.connect().unwrap();
    client.wait(request, PATIENCE).expect_err("it must not connect")
}

#[track_caller]
pub fn subscribes(client: &Client, channel: &str) {
    let name = ChannelName::new(channel).unwrap();
    let request = client.subscribe(&name, None).unwrap();
    client.wait(request, PATIENCE).unwrap_or_else(|error| panic!("{channel}: {error}"));
}

/// A queue of a thousand events, so that it is full soon.
pub fn small_queue(server: &BlockingServer, policy: QueuePolicy) -> Config {
    let mut config = config(server);
    config.set_queue(1000).unwrap();
    config.set_queue_policy(policy);
    config
}

/// Starts so many events on their way to the channel `news`, `{n}` in their data being their number.
/// The thread ends with the number of connections reached when the server has queued them all.
pub fn flood(server: &BlockingServer, event: &str, data: &str, count: u64) -> JoinHandle<usize> {
    let control = server.control();
    let (channel, event, data) = ("news".into(), event.into(), data.into());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let flood = Flood { channel, event, data, count, numbered: true };
        runtime.block_on(control.flood(&flood))
    })
}

#[derive(Clone, Debug)]
pub struct Seen {
    pub kind: EventKind,
    pub name: String,
    pub channel: Option<String>,
    pub data: Option<String>,
    pub user_id: Option<String>,
    pub status: Status,
    pub code: i32,
    pub request: u64,
    pub state: ConnectionState,
    pub retry_in: Option<Duration>,
}

/// Writes down events, and lets a test wait for them.
#[derive(Clone, Default)]
pub struct Recorder(Arc<(Mutex<Record>, Condvar)>);

/// The events, and a count of their own that callbacks may keep.
type Record = (Vec<Seen>, usize);

pub struct Counter(Recorder);

impl Counter {
    pub fn next(&self) -> usize {
        let (events, changed) = &*self.0.0;
        let mut events = events.lock().unwrap();
        events.1 += 1;
        changed.notify_all();
        events.1
    }
}

impl Recorder {
    pub fn counter(&self) -> Counter {
        Counter(self.clone())
    }

    fn write(&self, event: &Delivered<'_>) {
        let seen = Seen {
            kind: event.kind(),
            name: event.name().into(),
            channel: event.channel().map(str::to_owned),
            data: event.data().map(str::to_owned),
            user_id: event.user_id().map(str::to_owned),
            status: event.status(),
            code: event.code(),
            request: event.request(),
            state: event.state(),
            retry_in: event.retry_in(),
        };
        let (events, changed) = &*self.0;
        events.lock().unwrap().0.push(seen);
        changed.notify_all();
    }

    pub fn all(&self) -> Vec<Seen> {
        self.0.0.lock().unwrap().0.clone()
    }

    /// Forgets what has happened so far, down to the last event: a request can be done before its
    /// events have been delivered, so the answer to a ping is awaited behind them.
    pub fn forget(&self, client: &Client) {
        let ping = client.ping().unwrap();
        self.wait_for(|event| event.kind == EventKind::Completed && event.request == ping);
        self.0.0.lock().unwrap().0.clear();
    }

    #[track_caller]
    pub fn wait_for(&self, wanted: impl Fn(&Seen) -> bool) -> Seen {
        self.wait_for_all(|events| events.iter().any(&wanted));
        self.all().into_iter().find(|event| wanted(event)).unwrap()
    }

    #[track_caller]
    pub fn wait_for_all(&self, wanted: impl Fn(&[Seen]) -> bool) {
        let (events, changed) = &*self.0;
        let events = events.lock().unwrap();
        let waited = changed.wait_timeout_while(events, LONG, |events| !wanted(&events.0));
        let (events, result) = waited.unwrap();
        assert!(!result.timed_out(), "what was waited for never came; seen: {:#?}", events.0);
    }

    /// Whether it comes within this time.
    pub fn comes_within(&self, time: Duration, wanted: impl Fn(&Seen) -> bool) -> bool {
        let (events, changed) = &*self.0;
        let events = events.lock().unwrap();
        let waited =
            changed.wait_timeout_while(events, time, |events| !events.0.iter().any(&wanted));
        !waited.unwrap().1.timed_out()
    }

    /// After the client is closed: each of these requests has been completed, and only once.
    #[track_caller]
    pub fn assert_completed_once(&self, requests: &[u64]) {
        let is_done =
            |seen: &Seen, request| seen.kind == EventKind::Completed && seen.request == request;
        // Closing waits for the callbacks only where the client itself calls them.
        self.wait_for_all(|all| {
            requests.iter().all(|request| all.iter().any(|seen| is_done(seen, *request)))
        });
        let all = self.all();
        for request in requests {
            let done: Vec<_> = all.iter().filter(|event| is_done(event, *request)).collect();
            assert_eq!(done.len(), 1, "request {request}: {done:#?}");
        }
    }

    #[track_caller]
    pub fn wait_for_count(&self, count: usize) {
        let (events, changed) = &*self.0;
        let events = events.lock().unwrap();
        let waited = changed.wait_timeout_while(events, LONG, |events| events.1 < count).unwrap();
        assert!(!waited.1.timed_out(), "only {} of {count} came", waited.0.1);
        assert_eq!(waited.0.1, count, "more came than were sent");
    }
}

/// Holds a callback up until the test lets it go on.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<(bool, bool)>, Condvar)>);

impl Gate {
    pub fn pass(&self) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        state.1 = true;
        changed.notify_all();
        drop(changed.wait_while(state, |(open, _)| !*open).unwrap());
    }

    pub fn open(&self) {
        self.0.0.lock().unwrap().0 = true;
        self.0.1.notify_all();
    }

    /// Opens it at the end of the scope, also where the test fails: freeing a client waits for the
    /// callback that waits here.
    pub fn opened_at_last(&self) -> impl Drop {
        OpenAtLast(self.clone())
    }

    pub fn wait_until_somebody_waits(&self) {
        let (state, changed) = &*self.0;
        let state = state.lock().unwrap();
        let waited = changed.wait_timeout_while(state, LONG, |(_, waiting)| !*waiting).unwrap();
        assert!(!waited.1.timed_out());
    }
}

struct OpenAtLast(Gate);

impl Drop for OpenAtLast {
    fn drop(&mut self) {
        self.0.open();
    }
}
