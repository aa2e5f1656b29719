//! Calls of the HTTP API: so many together, the others in order, and not without end.

use super::*;
use crate::protocol::http::Method;
use crate::session::calls::{MAX_WAITING, MAX_WAITING_BYTES, TOGETHER};

const TIMEOUT: Duration = Duration::from_secs(30);

fn calls(world: &mut World, count: usize, body: usize) -> Vec<RequestId> {
    (0..count).map(|_| call(world, body)).collect()
}

fn call(world: &mut World, body: usize) -> RequestId {
    let request = HttpRequest {
        method: Method::Post,
        url: "https://example.com/apps/1/events".into(),
        headers: vec![],
        body: vec![b'x'; body],
    };
    world.command(Command::Call { request, timeout: TIMEOUT })
}

/// The calls that were started since the last look, and how long each may take.
fn started(world: &mut World) -> Vec<(HttpId, Duration)> {
    let is_call = |action| match action {
        Action::Http { id, timeout, .. } => (id, timeout),
        other => panic!("expected calls, and got {other:?}"),
    };
    world.actions().into_iter().map(is_call).collect()
}

fn answer(world: &mut World, id: HttpId) {
    let response = HttpResponse { status: 200, body: "{}".into() };
    world.session.handle_http(world.now, id, Ok(response), &mut world.record);
}

#[test]
fn so_many_are_under_way_together_and_the_others_take_their_turn() {
    let mut world = World::new();
    let requests = calls(&mut world, 3 * TOGETHER, 1);
    let mut under_way = VecDeque::from(started(&mut world));
    for request in &requests {
        assert!(under_way.len() <= TOGETHER);
        assert!(world.is_pending(*request));
        answer(&mut world, under_way.pop_front().expect("one is under way").0);
        assert_eq!(world.result(*request), Status::Ok);
        under_way.extend(started(&mut world));
    }
    assert!(under_way.is_empty());
    assert_eq!(world.session.poll_timeout(), None);
}

#[test]
fn the_time_of_a_call_includes_its_waiting() {
    let mut world = World::new();
    let requests = calls(&mut world, TOGETHER + 2, 1);
    let first = started(&mut world);
    assert!(first.iter().all(|(_, timeout)| *timeout == TIMEOUT));
    world.advance(10 * SECOND);
    answer(&mut world, first[0].0);
    let second = started(&mut world);
    assert_eq!(second.iter().map(|(_, timeout)| *timeout).collect::<Vec<_>>(), [20 * SECOND]);
    assert!(world.is_pending(requests[TOGETHER]));
    world.advance(20 * SECOND);
    assert_eq!(world.result(requests[TOGETHER + 1]), Status::Timeout);
    // What is under way is for the network to end.
    assert!(world.is_pending(requests[TOGETHER]));
    answer(&mut world, second[0].0);
    assert_eq!(world.result(requests[TOGETHER]), Status::Ok);
    assert!(world.actions().is_empty(), "one that nobody waits for was started");
}

#[test]
fn too_many_are_refused() {
    let mut world = World::new();
    let fits = TOGETHER + MAX_WAITING;
    let requests = calls(&mut world, fits, 1);
    let refused = call(&mut world, 1);
    assert_eq!(world.result(refused), Status::QueueFull);
    assert!(requests.iter().all(|request| *request < refused));
    assert_eq!(world.take_events().len(), 1);
    let first = started(&mut world);
    answer(&mut world, first[0].0);
    let taken = call(&mut world, 1);
    assert!(world.is_pending(taken));
}

#[test]
fn too_large_ones_are_refused_where_others_wait() {
    let mut world = World::new();
    let large = MAX_WAITING_BYTES / 4;
    // Those that are under way do not wait, and the first to wait may be of any size.
    calls(&mut world, TOGETHER + 4, large);
    assert!(world.take_events().is_empty());
    let refused = call(&mut world, 1);
    assert_eq!(world.result(refused), Status::QueueFull);
    let first = started(&mut world);
    answer(&mut world, first[0].0);
    let taken = call(&mut world, large);
    assert!(world.is_pending(taken));
    let mut world = World::new();
    calls(&mut world, TOGETHER, 1);
    let huge = call(&mut world, MAX_WAITING_BYTES + 1);
    assert!(world.is_pending(huge));
}

#[test]
fn closing_completes_those_that_wait_too() {
    let mut world = World::new();
    let requests = calls(&mut world, 2 * TOGETHER, 1);
    let ids: Vec<_> = started(&mut world).into_iter().map(|(id, _)| id).collect();
    // They need no connection.
    world.command(Command::Disconnect);
    assert!(requests.iter().all(|request| world.is_pending(*request)));
    world.close_session();
    assert!(requests.iter().all(|request| world.result(*request) == Status::Cancelled));
    let cancelled = ids.into_iter().map(|id| Action::CancelHttp { id });
    assert_eq!(world.actions(), cancelled.collect::<Vec<_>>());
    assert_eq!(world.session.poll_timeout(), None);
}

#[test]
fn a_dump_counts_those_that_wait_too() {
    let mut world = World::new();
    calls(&mut world, 2 * TOGETHER, 1);
    world.advance(SECOND);
    let told = world.session.dump(world.now);
    assert_eq!(told["pending"]["http_calls"]["count"], 2 * TOGETHER);
    assert_eq!(told["timers_in_ms"]["http_call"], 29_000);
}

#[test]
fn requests_to_sign_in_are_bounded_too() {
    let mut world = World::new();
    let requests: Vec<_> = (0..1001).map(|_| world.command(Command::SignIn)).collect();
    assert_eq!(world.result(requests[1000]), Status::QueueFull);
    assert_eq!(world.take_events().len(), 1);
    world.close_session();
    assert!(requests[..1000].iter().all(|request| world.result(*request) == Status::Cancelled));
}
