//! A script of frames, commands, answers, losses and steps of the clock, into a session: the rules
//! of `src/session/tests/invariants.rs` hold in every order.
#![no_main]

use std::collections::HashMap;
use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use pusherws::error::{Error, Status};
use pusherws::protocol::auth_request::AuthRequests;
use pusherws::protocol::authorization::UserAuth;
use pusherws::protocol::channel::ChannelName;
use pusherws::protocol::client_event::ClientEvent;
use pusherws::protocol::encrypted::MasterKey;
use pusherws::protocol::endpoint::Endpoint;
use pusherws::protocol::http::{HttpRequest, HttpResponse, Method};
use pusherws::protocol::limits::Limits;
use pusherws::protocol::presence::{Added, Members};
use pusherws::protocol::signature::Credentials;
use pusherws::session::config::{AuthEndpoint, Authorizer, OverLimit};
use pusherws::session::{
    Action, AuthAnswer, Command, ConnectionState, Ended, Event, EventKind, HttpId, LogLevel,
    RequestId, Session, SessionConfig, Sink, Time, View,
};

#[path = "../../src/session/tests/invariants.rs"]
mod invariants;
#[path = "session/server.rs"]
mod server;

use invariants::{Invariants, Link};
use server::{Body, Frame, MASTER_KEY, name, permit};

#[derive(Arbitrary, Debug)]
struct Script<'a> {
    setup: Setup,
    steps: Vec<Step<'a>>,
}

#[derive(Arbitrary, Debug)]
struct Setup {
    seed: u8,
    authorizer: u8,
    user: bool,
    presence_user: bool,
    two_hosts: bool,
    tries: u8,
    asks_before_retry: bool,
    over_limit: u8,
    publish_rate: u8,
}

#[derive(Arbitrary, Debug)]
enum Step<'a> {
    Connect,
    Disconnect,
    Subscribe {
        channel: u8,
        own_data: bool,
        ready: bool,
    },
    Unsubscribe(u8),
    UnsubscribeAll,
    SignIn,
    Publish {
        channel: u8,
        name: u8,
    },
    Ping,
    Call,
    Retry(Option<u16>),
    NetworkChanged,
    Authorize {
        which: u8,
        channel: Option<u8>,
        answer: Answer<'a>,
    },
    Http {
        which: u8,
        status: u16,
        body: Body<'a>,
    },
    HttpFails(u8),
    Opened,
    Frame(Frame<'a>),
    Binary,
    Control,
    Lost {
        code: u16,
        reason: &'a str,
    },
    Fails,
    Pause(bool),
    /// Time passes, and the session is woken when it wants to be.
    Wait(u16),
    /// The machine sleeps: nothing is woken in time.
    Stall(u32),
    WallClock(u64),
}

#[derive(Arbitrary, Debug)]
enum Answer<'a> {
    Permit { data: bool, key: u8 },
    User(&'a str),
    Refused,
    Prepared,
}

/// What was told: watched, and what asks for an answer kept.
#[derive(Default)]
struct Ear {
    invariants: Invariants,
    asked: Vec<u64>,
    events: usize,
    members: HashMap<ChannelName, Members>,
}

impl Sink for Ear {
    fn event(&mut self, event: &Event<'_>) {
        // It goes beside everything else, and must change nothing.
        if event.kind == EventKind::Log {
            return;
        }
        self.events += 1;
        self.invariants.event(event);
        if matches!(
            event.kind,
            EventKind::Authorize | EventKind::AuthorizeUser | EventKind::PrepareAuthorization
        ) {
            self.asked.push(event.request);
        }
    }

    fn view(&mut self, view: View<'_>) {
        match view {
            View::ChannelGone { name } => drop(self.members.remove(name)),
            View::Members { name, members } => {
                self.members.insert(name.clone(), Members::clone(&members));
            }
            // Told one by one only where the whole has been told.
            View::MemberAdded { name, member } => {
                let members = self.members.get_mut(name).expect("a list");
                assert_ne!(members.add(member.clone()), Added::Full);
            }
            View::MemberRemoved { name, id } => {
                let members = self.members.get_mut(name).expect("a list");
                assert!(members.remove(id).is_some());
            }
            View::Connection { .. } | View::Channel { .. } => {}
        }
    }
}

struct World {
    session: Session,
    now: Time,
    ear: Ear,
    last_request: RequestId,
}

fn config(setup: &Setup) -> SessionConfig {
    let endpoint = Endpoint::host("example.com").expect("a host");
    let mut config = SessionConfig::new("key", endpoint.clone().with_tls(false));
    if setup.two_hosts {
        config.endpoints.push(endpoint);
        config.log_level = Some(LogLevel::Trace);
    }
    let credentials = Credentials::new("key", "secret");
    let endpoint = |batches, ask_for_headers| {
        Authorizer::Endpoint(AuthEndpoint {
            batches,
            ask_for_headers,
            parallel: 2,
            ..AuthEndpoint::new(AuthRequests {
                channel_url: Some("https://example.com/auth".into()),
                user_url: Some("https://example.com/user".into()),
                ..AuthRequests::default()
            })
        })
    };
    config.authorizer = match setup.authorizer % 8 {
        0 => Authorizer::None,
        1 => Authorizer::Secret { credentials, master_key: None },
        2 => {
            Authorizer::Secret { credentials, master_key: MasterKey::from_base64(MASTER_KEY).ok() }
        }
        3 => Authorizer::Application { batches: false },
        4 => Authorizer::Application { batches: true },
        5 => endpoint(false, false),
        6 => endpoint(true, false),
        _ => endpoint(true, true),
    };
    config.user_data = setup.user.then(|| r#"{"id":"me"}"#.into());
    config.channel_data = setup.presence_user.then(|| r#"{"user_id":"me"}"#.into());
    config.max_tries = u32::from(setup.tries % 4);
    config.retry_patience = Duration::from_secs(if setup.asks_before_retry { 5 } else { 0 });
    config.publish_rate = u32::from(setup.publish_rate % 4);
    config.publish_queue = 4;
    config.over_limit = match setup.over_limit % 3 {
        0 => OverLimit::Wait,
        1 => OverLimit::Refuse,
        _ => OverLimit::KeepLatest,
    };
    config
}

impl World {
    fn new(setup: &Setup) -> World {
        World {
            session: Session::new(config(setup), u64::from(setup.seed)),
            now: Time::since_origin(Duration::from_secs(1000)),
            ear: Ear::default(),
            last_request: 0,
        }
    }

    fn command(&mut self, command: Command) {
        self.last_request += 1;
        self.ear.invariants.begins(self.last_request);
        self.session.command(self.now, self.last_request, command, &mut self.ear);
    }

    fn act(&mut self) {
        while let Some(action) = self.session.poll_action() {
            self.ear.invariants.action(&action);
        }
    }

    fn wait(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        let mut calls = 0;
        while let Some(due) = self.session.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.session.handle_timeout(self.now, &mut self.ear);
            self.act();
            calls += 1;
            assert!(calls < 10_000, "the session asks for timeouts without end");
        }
        self.now = end;
    }

    fn ended(&mut self, ended: Ended) {
        if self.ear.invariants.link != Link::Down {
            self.ear.invariants.lost();
            self.session.handle_closed(self.now, ended, &mut self.ear);
        }
    }

    /// One of the HTTP requests under way.
    fn http(&mut self, which: u8) -> Option<HttpId> {
        let pending = &self.ear.invariants.http;
        let id = *pending.get(usize::from(which) % pending.len().max(1))?;
        self.ear.invariants.answered(id);
        Some(id)
    }

    fn authorize(&mut self, which: u8, channel: Option<u8>, answer: &Answer<'_>) {
        // Mostly the last that was asked, sometimes an old one, or one that nobody asked for.
        let back = usize::from(which % 4) + 1;
        let id = self
            .ear
            .asked
            .len()
            .checked_sub(back)
            .map_or(u64::from(which), |place| self.ear.asked[place]);
        let answer = match answer {
            Answer::Permit { data, key } => {
                AuthAnswer::Channel { channel: channel.map(name), answer: permit(*data, *key) }
            }
            Answer::User(data) => AuthAnswer::User(UserAuth::new("k:s", *data)),
            Answer::Refused => AuthAnswer::Refused(Error::new(Status::Auth, "no")),
            Answer::Prepared => AuthAnswer::Prepared {
                headers: vec![("a".into(), "b".into())],
                params: vec![("c".into(), "d".into())],
            },
        };
        self.session.command(self.now, 0, Command::Authorize { id, answer }, &mut self.ear);
    }

    fn run(&mut self, step: &Step<'_>) {
        let link = self.ear.invariants.link;
        match step {
            Step::Connect => self.command(Command::Connect),
            Step::Disconnect => self.command(Command::Disconnect),
            Step::Subscribe { channel, own_data, ready } => self.command(Command::Subscribe {
                channel: name(*channel),
                channel_data: own_data.then(|| r#"{"user_id":2,"user_info":{}}"#.into()),
                auth: permit(true, *channel).ok().filter(|_| *ready),
            }),
            Step::Unsubscribe(number) => {
                self.command(Command::Unsubscribe { channel: name(*number) });
            }
            Step::UnsubscribeAll => self.command(Command::UnsubscribeAll),
            Step::SignIn => self.command(Command::SignIn),
            Step::Publish { channel, name: event } => {
                let event = format!("client-{}", event % 2);
                let event = ClientEvent::new(&name(*channel), &event, "{}", &Limits::COMMON);
                if let Ok(event) = event {
                    self.command(Command::Publish(event));
                }
            }
            Step::Ping => self.command(Command::Ping),
            Step::Call => {
                let request = HttpRequest {
                    method: Method::Get,
                    url: "https://example.com/".into(),
                    headers: Vec::new(),
                    body: Vec::new(),
                };
                self.command(Command::Call { request, timeout: Duration::from_secs(1) });
            }
            Step::Retry(delay) => {
                let delay = delay.map(|millis| Duration::from_millis(millis.into()));
                self.command(Command::Retry { delay });
            }
            Step::NetworkChanged => self.command(Command::NetworkChanged),
            Step::Authorize { which, channel, answer } => {
                self.authorize(*which, *channel, answer);
            }
            Step::Http { which, status, body } => {
                if let Some(id) = self.http(*which) {
                    let response = HttpResponse { status: *status, body: body.text() };
                    self.session.handle_http(self.now, id, Ok(response), &mut self.ear);
                }
            }
            Step::HttpFails(which) => {
                if let Some(id) = self.http(*which) {
                    let error = Error::new(Status::Network, "no");
                    self.session.handle_http(self.now, id, Err(error), &mut self.ear);
                }
            }
            Step::Opened if link == Link::Opening => {
                self.ear.invariants.opened();
                self.session.handle_opened(self.now, &mut self.ear);
            }
            Step::Frame(frame) if link == Link::Open => {
                self.session.handle_text(self.now, &frame.text(), &mut self.ear);
            }
            Step::Binary if link == Link::Open => {
                self.session.handle_binary(self.now, &mut self.ear);
            }
            Step::Control if link == Link::Open => self.session.handle_control(self.now),
            Step::Lost { code, reason } => self.ended(Ended::with_code(*code, reason)),
            Step::Fails => self.ended(Ended::failed(Error::new(Status::Network, "no"))),
            Step::Pause(paused) if self.session.is_connected() => {
                self.session.set_paused(self.now, *paused, &mut self.ear);
            }
            Step::Wait(millis) => self.wait(u64::from(*millis)),
            Step::Stall(millis) => {
                self.now = self.now + Duration::from_millis(u64::from(*millis));
                self.session.handle_timeout(self.now, &mut self.ear);
            }
            Step::WallClock(unix_ms) => self.session.set_wall_clock(*unix_ms),
            _ => {}
        }
        self.act();
    }

    /// Closes, and sees that there is nothing more.
    fn end(mut self) {
        let mut dump = self.session.dump(self.now);
        self.session.redact(&mut dump);
        self.session.command(self.now, 0, Command::Close, &mut self.ear);
        self.act();
        self.ear.invariants.closed();
        assert_eq!(self.session.poll_timeout(), None);
        let told = self.ear.events;
        self.session.handle_text(self.now, r#"{"event":"e"}"#, &mut self.ear);
        self.session.handle_timeout(self.now + Duration::from_secs(1000), &mut self.ear);
        self.session.handle_closed(self.now, Ended::with_code(4200, ""), &mut self.ear);
        assert_eq!(self.ear.events, told);
        self.command(Command::Connect);
        assert_eq!(self.ear.events, told + 1, "what is refused is completed, too");
        self.act();
    }
}

fuzz_target!(|script: Script<'_>| {
    let mut world = World::new(&script.setup);
    for step in script.steps.iter().take(400) {
        world.run(step);
    }
    world.end();
});
