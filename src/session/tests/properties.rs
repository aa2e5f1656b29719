//! In any order of frames, commands, losses and clock steps: what must always hold.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::invariants::{Invariants, Link};
use super::*;
use crate::protocol::authorization::{ChannelAuth, UserAuth};

const CHANNELS: [&str; 4] = ["a", "private-b", "presence-c", "cache-d"];

#[derive(Clone, Debug)]
enum Step {
    Connect,
    Disconnect,
    Subscribe(usize),
    Unsubscribe(usize),
    Publish(usize),
    Ping,
    SignIn,
    UnsubscribeAll,
    /// The application answers what it has been asked last.
    Authorize(bool),
    /// The server, or the network, does something; without a connection it is lost.
    Establish,
    Succeed(usize),
    Refuse(usize),
    Frame(usize),
    Close(u16),
    Pause(bool),
    Wait(u64),
    /// The application decides about the next try, after so many milliseconds or not at all.
    Retry(Option<u64>),
    NetworkChanged,
    /// Somebody sets the clock.
    WallClock(u64),
}

const FRAMES: [&str; 9] = [
    r#"{"event":"pusher:ping"}"#,
    r#"{"event":"pusher:pong"}"#,
    r#"{"event":"pusher:error","data":{"code":4009}}"#,
    r#"{"event":"pusher:error","data":{"code":4200}}"#,
    r#"{"event":"e","channel":"a","data":"1"}"#,
    r#"{"event":"pusher_internal:member_added","channel":"presence-c","data":{"user_id":1}}"#,
    r#"{"event":"pusher_internal:member_removed","channel":"presence-c","data":{"user_id":1}}"#,
    r#"{"event":"pusher_internal:subscription_succeeded"}"#,
    "garbage",
];

fn step() -> impl Strategy<Value = Step> {
    let channel = 0..CHANNELS.len();
    let code = prop::sample::select(vec![1000, 1006, 4000, 4001, 4100, 4200, 4201, 4300]);
    prop_oneof![
        2 => Just(Step::Connect),
        1 => Just(Step::Disconnect),
        4 => channel.clone().prop_map(Step::Subscribe),
        2 => channel.clone().prop_map(Step::Unsubscribe),
        3 => channel.clone().prop_map(Step::Publish),
        2 => Just(Step::Ping),
        1 => Just(Step::SignIn),
        1 => Just(Step::UnsubscribeAll),
        3 => any::<bool>().prop_map(Step::Authorize),
        6 => Just(Step::Establish),
        4 => channel.clone().prop_map(Step::Succeed),
        1 => channel.prop_map(Step::Refuse),
        3 => (0..FRAMES.len()).prop_map(Step::Frame),
        2 => code.prop_map(Step::Close),
        1 => any::<bool>().prop_map(Step::Pause),
        3 => (0..200_000_u64).prop_map(Step::Wait),
        1 => prop::option::of(0..20_000_u64).prop_map(Step::Retry),
        1 => Just(Step::NetworkChanged),
        1 => any::<u64>().prop_map(Step::WallClock),
    ]
}

/// Does what the session asks for.
fn act(world: &mut World) {
    for action in world.actions() {
        world.record.invariants.action(&action);
    }
}

fn run(world: &mut World, step: &Step, wanted: &mut BTreeSet<usize>) {
    let Invariants { link, .. } = world.record.invariants;
    match step {
        Step::Connect => drop(world.command(Command::Connect)),
        Step::Disconnect => drop(world.command(Command::Disconnect)),
        Step::Subscribe(n) => {
            wanted.insert(*n);
            world.subscribe(CHANNELS[*n]);
        }
        Step::Unsubscribe(n) => {
            wanted.remove(n);
            world.unsubscribe(CHANNELS[*n]);
        }
        Step::Publish(n) if name(CHANNELS[*n]).kind().allows_client_events() => {
            world.publish(CHANNELS[*n], "e");
        }
        Step::Ping => drop(world.command(Command::Ping)),
        Step::SignIn => drop(world.command(Command::SignIn)),
        Step::UnsubscribeAll => {
            wanted.clear();
            world.command(Command::UnsubscribeAll);
        }
        Step::Authorize(permit) => {
            let asked = world.record.events.iter().rfind(|event| asks(event)).cloned();
            if let Some(question) = asked {
                answer(world, &question, *permit);
            }
        }
        Step::Establish if link == Link::Opening => {
            world.record.invariants.opened();
            world.connections += 1;
            world.text(&format!(
                r#"{{"event":"pusher:connection_established","data":{{"socket_id":"1.{}"}}}}"#,
                world.connections
            ));
        }
        Step::Succeed(n) if link == Link::Open => world.succeed(CHANNELS[*n]),
        Step::Refuse(n) if link == Link::Open => world.text(&format!(
            r#"{{"event":"pusher:subscription_error","channel":"{}","data":{{}}}}"#,
            CHANNELS[*n]
        )),
        Step::Frame(n) if link != Link::Down => world.text(FRAMES[*n]),
        Step::Close(code) if link != Link::Down => {
            world.record.invariants.lost();
            world.close(*code);
        }
        Step::Pause(paused) if link == Link::Open => world.pause(*paused),
        Step::Wait(millis) => world.advance(Duration::from_millis(*millis)),
        Step::Retry(millis) => {
            let delay = millis.map(Duration::from_millis);
            world.command(Command::Retry { delay });
        }
        Step::NetworkChanged => drop(world.command(Command::NetworkChanged)),
        Step::WallClock(unix_ms) => world.session.set_wall_clock(*unix_ms),
        _ => {}
    }
    act(world);
}

/// Whether the application is asked to authorise.
fn asks(event: &Seen) -> bool {
    matches!(event.kind, EventKind::Authorize | EventKind::AuthorizeUser)
}

fn answer(world: &mut World, question: &Seen, permit: bool) {
    let id = question.request;
    let mut say = |answer| {
        world.session.command(world.now, 0, Command::Authorize { id, answer }, &mut world.record);
    };
    if !permit {
        return say(AuthAnswer::Refused(Error::new(Status::Auth, "no")));
    }
    if question.kind == EventKind::AuthorizeUser {
        return say(AuthAnswer::User(UserAuth::new("k:s", r#"{"id":"me"}"#)));
    }
    let batch = question.data.as_deref().unwrap_or_default().lines().map(Some);
    let one = question.channel.is_some().then_some(None);
    for channel in batch.chain(one) {
        let data = Some(r#"{"user_id":"me"}"#.to_owned());
        let answer = ChannelAuth::new("k:s", data, None);
        say(AuthAnswer::Channel { channel: channel.map(name), answer });
    }
}

/// How the session is configured: who signs, how many hosts there are, who decides about tries.
#[derive(Clone, Debug)]
struct Setup {
    /// 0 signs by itself; otherwise the application is asked, for one channel or for many.
    authorizer: u8,
    hosts: u8,
    max_tries: u32,
    patience: u64,
}

fn setup() -> impl Strategy<Value = Setup> {
    (0..3_u8, 1..4_u8, 0..4_u32, prop::sample::select(vec![0, 0, 40])).prop_map(
        |(authorizer, hosts, max_tries, patience)| Setup { authorizer, hosts, max_tries, patience },
    )
}

fn new_world(setup: &Setup) -> World {
    World::with(|config| {
        config.user_data = Some(r#"{"id":"me"}"#.into());
        if setup.authorizer > 0 {
            config.authorizer = Authorizer::Application { batches: setup.authorizer > 1 };
        }
        let host = |n| Endpoint::host(&format!("host{n}.example")).unwrap().with_tls(n > 1);
        config.endpoints = (0..setup.hosts).map(host).collect();
        config.max_tries = setup.max_tries;
        config.retry_patience = Duration::from_secs(setup.patience);
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_completed_exactly_once(
        setup in setup(),
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut world = new_world(&setup);
        let mut wanted = BTreeSet::new();
        for step in &steps {
            run(&mut world, step, &mut wanted);
        }
        world.close_session();
        act(&mut world);
        world.record.invariants.closed();
        prop_assert_eq!(world.session.poll_timeout(), None);
    }

    #[test]
    fn once_it_is_quiet_what_is_wanted_is_subscribed(
        setup in setup(),
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut world = new_world(&setup);
        let mut wanted = BTreeSet::new();
        for step in &steps {
            run(&mut world, step, &mut wanted);
        }
        // From here on the network and the server are well: a new connection, every answer given.
        run(&mut world, &Step::Pause(false), &mut wanted);
        run(&mut world, &Step::Disconnect, &mut wanted);
        run(&mut world, &Step::Connect, &mut wanted);
        run(&mut world, &Step::Establish, &mut wanted);
        let questions: Vec<Seen> = world.record.events.iter().filter(|e| asks(e)).cloned().collect();
        questions.iter().for_each(|question| answer(&mut world, question, true));
        let pending: Vec<String> = world.record.channels.iter()
            .filter(|(_, state)| **state == ChannelState::Pending)
            .map(|(name, _)| name.clone())
            .collect();
        pending.iter().for_each(|channel| world.succeed(channel));
        act(&mut world);
        let expected: BTreeMap<String, ChannelState> = wanted.iter()
            .map(|n| (CHANNELS[*n].to_owned(), ChannelState::Subscribed))
            .collect();
        prop_assert_eq!(&world.record.channels, &expected);
        prop_assert_eq!(world.record.state, ConnectionState::Connected);
    }

    #[test]
    fn no_text_from_a_server_is_a_crash(frames in prop::collection::vec(".{0,200}", 0..20)) {
        let mut world = World::connected();
        world.subscribe("presence-c");
        for frame in frames {
            world.text(&frame);
        }
        prop_assert_eq!(world.record.state, ConnectionState::Connected);
    }
}
