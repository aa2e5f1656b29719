//! Pings and pongs: who is alive.

use super::*;

const PING: &str = r#"{"event":"pusher:ping","data":{}}"#;
const PONG: &str = r#"{"event":"pusher:pong","data":{}}"#;

#[test]
fn a_servers_ping_is_answered_in_every_shape() {
    let mut world = World::connected();
    for data in ["", r#","data":{}"#, r#","data":"{}""#, r#","data":null"#] {
        world.text(&format!(r#"{{"event":"pusher:ping"{data}}}"#));
        assert_eq!(world.sent(), [PONG]);
    }
    assert!(world.take_events().is_empty(), "keeping alive is no news");
}

#[test]
fn silence_is_broken_by_a_ping_and_a_pong_keeps_the_connection() {
    let mut world = World::connected();
    for since_last_pong in [119, 90, 90, 90] {
        world.advance(since_last_pong * SECOND);
        assert!(world.sent().is_empty());
        world.advance(SECOND);
        assert_eq!(world.sent(), [PING]);
        world.advance(29 * SECOND);
        world.text(PONG);
    }
    assert_eq!(world.record.state, ConnectionState::Connected);
}

#[test]
fn any_frame_counts_as_an_answer() {
    let mut world = World::connected();
    world.advance(120 * SECOND);
    assert_eq!(world.sent(), [PING]);
    world.advance(29 * SECOND);
    world.text(r#"{"event":"e","data":1}"#);
    world.advance(31 * SECOND);
    assert_eq!(world.record.state, ConnectionState::Connected);
    assert_eq!(world.sent(), Vec::<String>::new());
    world.advance(50 * SECOND);
    world.session.handle_control(world.now);
    world.advance(29 * SECOND);
    world.text(PONG);
    world.advance(90 * SECOND);
    assert_eq!(world.record.state, ConnectionState::Connected, "a WebSocket ping counts, too");
}

#[test]
fn no_pong_means_a_new_connection_at_once() {
    let mut world = World::connected();
    world.advance(120 * SECOND);
    assert_eq!(world.sent(), [PING]);
    world.advance(30 * SECOND);
    let actions = world.actions();
    assert!(matches!(&actions[..], [Action::Abandon, Action::Open { .. }]), "{actions:?}");
    let events = world.take_events();
    assert_eq!(events[0].status, Status::Timeout);
    assert_eq!(world.record.state, ConnectionState::Connecting);
}

#[test]
fn the_shorter_activity_timeout_counts() {
    let greet = |world: &mut World, seconds: u64| {
        world.command(Command::Connect);
        world.opened();
        world.text(&format!(
            r#"{{"event":"pusher:connection_established","data":{{"socket_id":"1.1","activity_timeout":{seconds}}}}}"#
        ));
    };
    let mut server_wins = World::new();
    greet(&mut server_wins, 30);
    server_wins.advance(30 * SECOND);
    assert_eq!(server_wins.sent(), [PING]);

    let mut user_wins = World::with(|config| config.activity_timeout = 10 * SECOND);
    greet(&mut user_wins, 30);
    user_wins.advance(10 * SECOND);
    assert_eq!(user_wins.sent(), [PING]);
}

#[test]
fn a_ping_is_completed_with_its_round_trip() {
    let mut world = World::connected();
    let request = world.command(Command::Ping);
    assert_eq!(world.sent(), [PING]);
    world.advance(Duration::from_millis(42));
    world.text(r#"{"event":"pusher:pong"}"#);
    let done = world.take_events().pop().unwrap();
    assert_eq!((done.request, done.status, done.value), (request, Status::Ok, 42_000));
}

#[test]
fn pongs_answer_pings_in_order_the_clients_own_among_them() {
    let mut world = World::connected();
    world.advance(120 * SECOND);
    let request = world.command(Command::Ping);
    assert_eq!(world.sent(), [PING, PING]);
    world.advance(SECOND);
    world.text(PONG);
    assert!(world.is_pending(request), "that was the answer to the client's own ping");
    world.advance(SECOND);
    world.text(PONG);
    assert_eq!(world.take_events().pop().unwrap().value, 2_000_000);
}

#[test]
fn a_ping_that_nobody_answers_times_out_while_the_connection_lives() {
    let mut world = World::connected();
    let request = world.command(Command::Ping);
    for _ in 0..30 {
        world.advance(SECOND);
        world.text(r#"{"event":"e"}"#);
    }
    assert_eq!(world.result(request), Status::Timeout);
    assert_eq!(world.record.state, ConnectionState::Connected);
    world.take_events();
    // Its pong comes late, and must not be taken for the next ping's.
    let next = world.command(Command::Ping);
    world.text(PONG);
    assert!(world.is_pending(next));
    world.text(PONG);
    assert_eq!(world.result(next), Status::Ok);
}

#[test]
fn a_ping_needs_a_connection_and_dies_with_it() {
    let mut world = World::new();
    let early = world.command(Command::Ping);
    assert_eq!(world.result(early), Status::NotConnected);
    let mut world = World::connected();
    let request = world.command(Command::Ping);
    world.close(1006);
    assert_eq!(world.result(request), Status::NotConnected);
}

#[test]
fn pings_without_end_are_refused() {
    let mut world = World::connected();
    let requests: Vec<_> = (0..100).map(|_| world.command(Command::Ping)).collect();
    let refused = requests.iter().filter(|request| !world.is_pending(**request)).count();
    assert_eq!(refused, 36);
    assert_eq!(world.result(*requests.last().unwrap()), Status::QueueFull);
}

#[test]
fn while_paused_the_client_pings_and_does_not_judge() {
    let mut world = World::connected();
    let request = world.command(Command::Ping);
    let subscribe = world.subscribe("a");
    world.actions();
    world.pause(true);
    let mut pings = 0;
    for _ in 0..60 {
        world.advance(60 * SECOND);
        let sent = world.sent();
        let count = |kind| sent.iter().filter(|frame| *frame == kind).count();
        assert_eq!(count(PING), count(PONG), "whichever of the two the server waits for");
        pings += count(PING);
    }
    assert_eq!(pings, 120, "one every 30 seconds of the hour");
    assert_eq!(world.record.state, ConnectionState::Connected);
    assert!(world.is_pending(request) && world.is_pending(subscribe));

    // Reading again, the answers are there; and silence counts from now on.
    world.pause(false);
    world.succeed("a");
    (0..=pings).for_each(|_| world.text(PONG));
    assert_eq!(world.result(subscribe), Status::Ok);
    assert_eq!(world.result(request), Status::Ok);
    world.advance(120 * SECOND);
    assert_eq!(world.sent(), [PING]);
    world.advance(30 * SECOND);
    assert_eq!(world.record.state, ConnectionState::Connecting);
}

#[test]
fn a_server_that_pings_in_one_way_only_keeps_the_connection_all_the_same() {
    // WebSocket pings, as soketi sends them: any of them is a sign of life, and needs no answer here.
    let mut world = World::connected();
    for _ in 0..20 {
        world.advance(100 * SECOND);
        world.session.handle_control(world.now);
    }
    let asked = world.sent();
    assert!(asked.len() < 20 && asked.iter().all(|frame| frame == PING), "{asked:?}");
    // `pusher:ping` only, as Sockudo sends them.
    for _ in 0..20 {
        world.advance(30 * SECOND);
        world.text(PING);
    }
    assert_eq!(world.sent(), vec![PONG; 20]);
    // None at all: the client has to ask.
    for _ in 0..20 {
        world.advance(120 * SECOND);
        assert_eq!(world.sent(), [PING]);
        world.text(PONG);
    }
    assert_eq!(world.record.state, ConnectionState::Connected);
}

#[test]
fn a_client_that_only_listens_is_heard_of_all_the_same() {
    // Some servers close what has sent nothing for some time, however much they send themselves.
    let mut world = World::connected();
    for _ in 0..10 {
        for _ in 0..119 {
            world.advance(SECOND);
            world.text(r#"{"event":"e","data":1}"#);
        }
        assert!(world.sent().is_empty());
        world.advance(SECOND);
        assert_eq!(world.sent(), [PING]);
    }
    // A pong would have done.
    world.advance(60 * SECOND);
    world.text(PING);
    assert_eq!(world.sent(), [PONG]);
    for _ in 0..119 {
        world.advance(SECOND);
        world.text(r#"{"event":"e","data":1}"#);
    }
    assert!(world.sent().is_empty());
    assert_eq!(world.record.state, ConnectionState::Connected);
}
