//! Who decides about the next try, when it comes, and where it goes.

use super::*;

/// What the last change of state announced.
fn announced(world: &mut World) -> Seen {
    let events = world.take_events();
    events.into_iter().rfind(|event| event.kind == EventKind::StateChange).expect("a change")
}

fn patient() -> World {
    World::with(|config| config.retry_patience = 60 * SECOND).into_connected()
}

fn retry(world: &mut World, delay: Option<Duration>) -> RequestId {
    world.command(Command::Retry { delay })
}

fn with_hosts(hosts: &[&str]) -> World {
    World::with(|config| {
        config.endpoints = hosts.iter().map(|host| Endpoint::host(host).unwrap()).collect();
    })
}

fn host(url: &str) -> &str {
    url.split('/').nth(2).unwrap().split(':').next().unwrap()
}

#[test]
fn no_try_begins_before_the_application_has_answered_or_its_time_is_over() {
    let mut world = patient();
    world.close(1006);
    let told = announced(&mut world);
    assert_eq!(told.code, 1006);
    assert!(told.retry_in.unwrap() <= SECOND, "what the client would do by itself");
    world.advance(59 * SECOND);
    assert!(world.actions().is_empty());
    world.advance(SECOND);
    world.establish();
    assert_eq!(world.record.state, ConnectionState::Connected);
}

#[test]
fn the_application_can_change_the_delay_and_is_not_asked_again() {
    let mut world = patient();
    world.close(1006);
    world.take_events();
    let request = retry(&mut world, Some(5 * SECOND));
    assert_eq!(world.result(request), Status::Ok);
    assert_eq!(world.kinds(), [EventKind::Completed]);
    assert_eq!(world.advance_to_action(), 5 * SECOND);
    world.opened();
    world.close(1006);
    retry(&mut world, Some(Duration::ZERO));
    world.establish();
    assert_eq!(world.record.state, ConnectionState::Connected);
}

#[test]
fn a_veto_ends_the_tries_until_the_next_connect() {
    let mut world = World::new();
    let connect = world.command(Command::Connect);
    let subscribe = world.subscribe("a");
    world.opened();
    world.close(1006);
    let veto = retry(&mut world, None);
    assert_eq!(world.result(veto), Status::Ok);
    assert_eq!(world.result(connect), Status::Cancelled);
    assert_eq!(world.result(subscribe), Status::Cancelled);
    let told = announced(&mut world);
    assert_eq!((told.state, told.retry_in), (ConnectionState::Failed, None));
    world.advance(3600 * SECOND);
    assert!(world.actions().is_empty());
    world.command(Command::Connect);
    world.establish();
    assert_eq!(world.sent().len(), 1, "what was wanted still is");
}

#[test]
fn a_decision_that_comes_too_late_is_told_so_and_changes_nothing() {
    let mut world = World::connected();
    let while_connected = retry(&mut world, None);
    assert_eq!(world.result(while_connected), Status::State);
    world.close(4200);
    let under_way = retry(&mut world, None);
    assert_eq!(world.result(under_way), Status::State);
    world.establish();
    assert_eq!(world.record.state, ConnectionState::Connected);
}

#[test]
fn after_the_last_try_allowed_the_client_gives_up_with_the_last_error() {
    let mut world = World::with(|config| config.max_tries = 3);
    let connect = world.command(Command::Connect);
    for tries in 1..=3 {
        world.opened();
        world.close(1006);
        assert_eq!(announced(&mut world).value, tries);
        if tries < 3 {
            assert!(world.is_pending(connect));
            world.advance_to_action();
        }
    }
    assert_eq!(world.record.state, ConnectionState::Failed);
    world.advance(3600 * SECOND);
    assert!(world.actions().is_empty());
    // A new connect begins to count anew, and so does a connection.
    world.command(Command::Connect);
    for _ in 0..5 {
        world.opened();
        world.close(1006);
        assert_ne!(world.record.state, ConnectionState::Failed);
        world.advance_to_action();
        world.establish();
        world.close(1006);
        world.advance_to_action();
    }
}

#[test]
fn the_limit_on_tries_completes_the_connect_with_the_reason() {
    let mut world = World::with(|config| config.max_tries = 1);
    let connect = world.command(Command::Connect);
    world.opened();
    world.close(1006);
    assert_eq!(world.result(connect), Status::Network);
    let done = world.take_events().into_iter().find(|event| event.request == connect).unwrap();
    assert_eq!(done.code, 1006);
    assert!(done.data.unwrap().contains("gave up after 1 tries"));
}

#[test]
fn a_host_that_cannot_be_reached_is_followed_by_the_next_at_once() {
    let mut world = with_hosts(&["one.example", "two.example", "three.example"]);
    world.command(Command::Connect);
    for expected in ["one.example", "two.example", "three.example"] {
        assert_eq!(host(&world.opened()), expected);
        world.close(1006);
    }
    // All have failed: now it waits, and begins again with the first.
    assert!(world.actions().is_empty());
    assert!(announced(&mut world).retry_in.unwrap() > Duration::ZERO);
    world.advance_to_action();
    assert_eq!(host(&world.opened()), "one.example");
    world.close(1006);
    assert_eq!(host(&world.establish()), "two.example");

    // A connection that is lost is first tried again where it was.
    world.close(1006);
    world.advance_to_action();
    assert_eq!(host(&world.opened()), "two.example");
    world.close(1006);
    assert_eq!(host(&world.opened()), "three.example");
}

#[test]
fn a_host_over_its_capacity_is_left_for_another() {
    let mut world = with_hosts(&["one.example", "two.example"]);
    world.command(Command::Connect);
    assert_eq!(host(&world.establish()), "one.example");
    world.close(4100);
    assert_eq!(host(&world.establish()), "two.example");
    world.close(4100);
    assert!(world.advance_to_action() >= SECOND, "both are");
}

#[test]
fn a_host_that_sends_every_try_away_is_left_for_another() {
    let mut world = with_hosts(&["one.example", "two.example"]);
    world.command(Command::Connect);
    assert_eq!(host(&world.opened()), "one.example");
    world.close(4200);
    assert_eq!(host(&world.establish()), "two.example");
    // One that has worked for a while is where to come back to.
    world.advance(11 * SECOND);
    world.close(4200);
    assert_eq!(host(&world.opened()), "two.example");
    world.close(4200);
    assert_eq!(host(&world.opened()), "one.example");
    world.close(4200);
    assert!(world.actions().is_empty(), "all of them do: no storm");
}

#[test]
fn one_host_that_wants_tls_changes_nothing_for_the_others() {
    let mut world = World::with(|config| {
        let plain = |host| Endpoint::host(host).unwrap().with_tls(false);
        config.endpoints = vec![plain("one.example"), plain("two.example")];
    });
    world.command(Command::Connect);
    world.opened();
    world.close(4000);
    assert!(world.opened().starts_with("wss://one.example"));
    world.close(1006);
    assert!(world.opened().starts_with("ws://two.example"));
}

#[test]
fn a_change_of_the_network_ends_the_waiting() {
    let mut world = World::new();
    world.command(Command::Connect);
    for _ in 0..8 {
        world.opened();
        world.close(1006);
        world.advance_to_action();
    }
    world.opened();
    world.close(1006);
    let request = world.command(Command::NetworkChanged);
    assert_eq!(world.result(request), Status::Ok);
    world.establish();
    assert_eq!(world.record.state, ConnectionState::Connected);
}

#[test]
fn a_try_that_hangs_in_the_old_network_is_begun_anew_and_a_fresh_one_is_not() {
    let mut world = World::new();
    world.command(Command::Connect);
    world.opened();
    world.advance(SECOND);
    world.session.network_changed(world.now);
    assert!(world.actions().is_empty());
    world.advance(5 * SECOND);
    world.session.network_changed(world.now);
    let actions = world.actions();
    assert!(matches!(&actions[..], [Action::Abandon, Action::Open { .. }]), "{actions:?}");
}

#[test]
fn a_connection_is_probed_and_believed_dead_sooner_than_usual() {
    let mut world = World::connected();
    world.session.network_changed(world.now);
    assert_eq!(world.sent().len(), 1, "a ping");
    world.advance(5 * SECOND);
    let actions = world.actions();
    assert!(matches!(&actions[..], [Action::Abandon, Action::Open { .. }]), "{actions:?}");

    let mut alive = World::connected();
    alive.session.network_changed(alive.now);
    alive.text(r#"{"event":"pusher:pong"}"#);
    alive.advance(60 * SECOND);
    assert_eq!(alive.record.state, ConnectionState::Connected);
}

#[test]
fn a_network_change_without_a_wish_to_be_connected_does_nothing() {
    let mut world = World::new();
    let request = world.command(Command::NetworkChanged);
    assert_eq!(world.result(request), Status::Ok);
    assert!(world.actions().is_empty());
    world.command(Command::Connect);
    world.opened();
    world.command(Command::Disconnect);
    world.actions();
    world.command(Command::NetworkChanged);
    assert!(world.actions().is_empty());
}
