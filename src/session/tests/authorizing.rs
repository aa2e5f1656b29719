//! Permission from an endpoint, and from the application.

use super::*;
use crate::protocol::auth_request::AuthRequests;
use crate::protocol::authorization::ChannelAuth;
use crate::session::config::AuthEndpoint;

fn endpoint(configure: impl FnOnce(&mut AuthEndpoint)) -> World {
    let requests = AuthRequests {
        channel_url: Some("https://example.com/auth".into()),
        user_url: Some("https://example.com/user".into()),
        ..AuthRequests::default()
    };
    let mut endpoint = AuthEndpoint::new(requests);
    configure(&mut endpoint);
    World::with(|config| config.authorizer = Authorizer::Endpoint(endpoint)).into_connected()
}

fn application(batches: bool) -> World {
    World::with(|config| config.authorizer = Authorizer::Application { batches }).into_connected()
}

/// The requests to the endpoint since the last look: number and body.
fn requests(world: &mut World) -> Vec<(HttpId, String)> {
    let actions = world.actions().into_iter();
    actions
        .filter_map(|action| match action {
            Action::Http { id, request, .. } => {
                Some((id, String::from_utf8(request.body).unwrap()))
            }
            _ => None,
        })
        .collect()
}

fn answer(world: &mut World, id: HttpId, status: u16, body: &str) {
    let response = HttpResponse { status, body: body.into() };
    world.session.handle_http(world.now, id, Ok(response), &mut world.record);
}

fn fail(world: &mut World, id: HttpId) {
    let error = Error::new(Status::Network, "down");
    world.session.handle_http(world.now, id, Err(error), &mut world.record);
}

const OK: &str = r#"{"auth":"key:signature"}"#;

fn auth() -> Result<ChannelAuth> {
    ChannelAuth::new("key:signature", None, None)
}

fn asked(world: &mut World) -> Vec<Seen> {
    let events = world.take_events().into_iter();
    events
        .filter(|event| {
            matches!(event.kind, EventKind::Authorize | EventKind::PrepareAuthorization)
        })
        .collect()
}

#[test]
fn an_endpoint_is_asked_and_its_answer_is_sent() {
    let mut world = endpoint(|_| {});
    let request = world.subscribe("private-a");
    let asked = requests(&mut world);
    assert_eq!(asked[0].1, "socket_id=1234.1&channel_name=private-a");
    assert_eq!(world.channel("private-a"), Some(ChannelState::Pending));
    answer(&mut world, asked[0].0, 200, OK);
    let sent = world.sent();
    assert_eq!(
        sent,
        [r#"{"event":"pusher:subscribe","data":{"channel":"private-a","auth":"key:signature"}}"#]
    );
    world.succeed("private-a");
    assert_eq!(world.result(request), Status::Ok);
}

#[test]
fn channel_data_of_the_endpoint_goes_byte_for_byte_and_says_who_one_is() {
    let mut world = endpoint(|_| {});
    world.subscribe("presence-a");
    let asked = requests(&mut world);
    let body = r#"{"auth":"k:s","channel_data":"{ \"user_id\" : \"42\" }"}"#;
    answer(&mut world, asked[0].0, 201, body);
    assert!(world.sent()[0].contains(r#""channel_data":"{ \"user_id\" : \"42\" }""#));
    world.succeed("presence-a");
    assert_eq!(world.record.members["presence-a"].me(), Some("42"));
}

#[test]
fn an_answer_for_an_old_socket_id_is_never_sent() {
    let mut world = endpoint(|_| {});
    let request = world.subscribe("private-a");
    let old = requests(&mut world)[0].0;
    world.close(4200);
    let actions = world.actions();
    assert!(actions.contains(&Action::CancelHttp { id: old }), "{actions:?}");
    let mut world = endpoint(|_| {});
    let old_request = world.subscribe("private-a");
    let old = requests(&mut world)[0].0;
    world.close(4200);
    // `establish` wants the open alone: the cancellation is taken first.
    let opened = world.actions().iter().any(|action| matches!(action, Action::Open { .. }));
    assert!(opened);
    world.text(r#"{"event":"pusher:connection_established","data":{"socket_id":"9.9"}}"#);
    let new = requests(&mut world);
    assert_eq!(new[0].1, "socket_id=9.9&channel_name=private-a");
    answer(&mut world, old, 200, OK);
    assert!(world.sent().is_empty(), "that was for the connection before");
    answer(&mut world, new[0].0, 200, OK);
    assert_eq!(world.sent().len(), 1);
    world.succeed("private-a");
    assert_eq!(world.result(old_request), Status::Ok);
    let _ = request;
}

#[test]
fn what_is_no_verdict_is_asked_again_and_then_told() {
    let mut world = endpoint(|_| {});
    let request = world.subscribe("private-a");
    for n in 0..3 {
        let asked = requests(&mut world);
        assert_eq!(asked.len(), 1, "try {n}");
        match n {
            0 => answer(&mut world, asked[0].0, 503, ""),
            1 => fail(&mut world, asked[0].0),
            _ => answer(&mut world, asked[0].0, 500, ""),
        }
        world.advance(2 * SECOND);
    }
    assert!(requests(&mut world).is_empty());
    assert_eq!(world.result(request), Status::Auth);
    let told = world.take_events();
    let told = told.iter().find(|event| event.kind == EventKind::SubscriptionError).unwrap();
    assert_eq!(told.code, 500);
}

#[test]
fn a_short_time_for_each_request_leaves_time_for_all_tries() {
    let timeout = Duration::from_millis(100);
    let mut world = endpoint(|endpoint| endpoint.timeout = timeout);
    let request = world.subscribe("private-a");
    for n in 0..3 {
        let asked = requests(&mut world);
        assert_eq!(asked.len(), 1, "try {n}");
        world.advance(timeout);
        if n == 2 {
            answer(&mut world, asked[0].0, 200, OK);
        } else {
            fail(&mut world, asked[0].0);
            world.advance(Duration::from_millis(500 << n));
        }
    }
    world.succeed("private-a");
    assert_eq!(world.result(request), Status::Ok);
}

#[test]
fn a_refusal_is_a_verdict() {
    for status in [400, 401, 403, 404] {
        let mut world = endpoint(|_| {});
        let request = world.subscribe("private-a");
        let asked = requests(&mut world);
        answer(&mut world, asked[0].0, status, "no");
        assert_eq!(world.result(request), Status::Auth);
        assert!(world.actions().is_empty(), "an answered request is not to be cancelled");
        world.advance(60 * SECOND);
        assert!(requests(&mut world).is_empty(), "{status}");
    }
}

#[test]
fn a_malformed_answer_is_told_and_not_shown() {
    for body in ["", "<html>HUSH</html>", r#"{"auth":"HUSH"}"#] {
        let mut world = endpoint(|_| {});
        let request = world.subscribe("private-a");
        let asked = requests(&mut world);
        answer(&mut world, asked[0].0, 200, body);
        assert_eq!(world.result(request), Status::Auth);
        assert!(!format!("{:?}", world.take_events()).contains("HUSH"));
    }
}

#[test]
fn only_so_many_requests_are_under_way_together() {
    let mut world = endpoint(|endpoint| endpoint.parallel = 2);
    for n in 0..5 {
        world.subscribe(&format!("private-{n}"));
    }
    let first = requests(&mut world);
    assert_eq!(first.len(), 2);
    answer(&mut world, first[0].0, 200, OK);
    let next = requests(&mut world);
    assert_eq!(next.len(), 1);
    assert!(next[0].1.ends_with("private-2"));
}

#[test]
fn many_channels_are_one_request_after_a_reconnect() {
    let mut world = endpoint(|endpoint| endpoint.batches = true);
    for channel in ["private-a", "private-b", "private-c"] {
        world.subscribe(channel);
    }
    assert_eq!(requests(&mut world).len(), 3, "one by one as they are wanted");
    world.close(4200);
    world.actions();
    world.text(r#"{"event":"pusher:connection_established","data":{"socket_id":"9.9"}}"#);
    let asked = requests(&mut world);
    assert_eq!(asked.len(), 1);
    assert!(asked[0].1.contains("private-c"));
    let body = format!(r#"{{"private-a":{OK},"private-b":{{"status":403}}}}"#);
    answer(&mut world, asked[0].0, 200, &body);
    assert_eq!(world.sent().len(), 1);
    assert_eq!(world.channel("private-b"), Some(ChannelState::Refused));
    assert_eq!(world.channel("private-c"), Some(ChannelState::Refused), "it was left out");
}

#[test]
fn a_fresh_token_is_asked_for_once() {
    let mut world = endpoint(|endpoint| endpoint.ask_for_headers = true);
    let request = world.subscribe("private-a");
    let first = asked(&mut world).remove(0);
    assert_eq!((first.kind, first.value), (EventKind::PrepareAuthorization, 0));
    let prepare = |world: &mut World, id, token: &str| {
        let headers = vec![("Authorization".to_owned(), token.to_owned())];
        let answer = AuthAnswer::Prepared { headers, params: vec![] };
        let command = Command::Authorize { id, answer };
        world.session.command(world.now, 0, command, &mut world.record);
    };
    prepare(&mut world, first.request, "old");
    let sent = requests(&mut world);
    answer(&mut world, sent[0].0, 401, "");
    let second = asked(&mut world).remove(0);
    assert_eq!((second.request, second.value), (first.request, 1));
    prepare(&mut world, second.request, "new");
    let headers = world.actions().into_iter().find_map(|action| match action {
        Action::Http { id, request, .. } => Some((id, request.headers)),
        _ => None,
    });
    let (id, headers) = headers.unwrap();
    assert!(headers.contains(&("Authorization".into(), "new".into())));
    answer(&mut world, id, 401, "");
    assert_eq!(world.result(request), Status::Auth, "once is enough");
}

#[test]
fn the_application_is_asked_and_answers_later() {
    let mut world = application(false);
    let request = world.subscribe("private-a");
    let question = asked(&mut world).remove(0);
    assert_eq!(question.channel.as_deref(), Some("private-a"));
    assert_eq!(question.socket_id.as_deref(), Some("1234.1"));
    world.advance(5 * SECOND);
    let answer = AuthAnswer::Channel { channel: None, answer: auth() };
    let command = Command::Authorize { id: question.request, answer };
    world.session.command(world.now, 0, command, &mut world.record);
    assert_eq!(world.sent().len(), 1);
    world.succeed("private-a");
    assert_eq!(world.result(request), Status::Ok);
}

#[test]
fn an_application_that_refuses_or_forgets() {
    let mut world = application(false);
    let request = world.subscribe("private-a");
    let question = asked(&mut world).remove(0);
    let answer = AuthAnswer::Refused(Error::new(Status::Auth, "not you"));
    let command = Command::Authorize { id: question.request, answer };
    world.session.command(world.now, 0, command, &mut world.record);
    assert_eq!(world.result(request), Status::Auth);
    let told = world.take_events();
    assert!(told.iter().any(|event| event.data.as_deref().is_some_and(|t| t.contains("not you"))));

    let forgotten = world.subscribe("private-b");
    world.advance(30 * SECOND);
    assert_eq!(world.result(forgotten), Status::Timeout);
    assert!(world.sent().is_empty());
}

#[test]
fn an_application_answers_a_batch_one_by_one() {
    let mut world = World::with(|config| {
        config.authorizer = Authorizer::Application { batches: true };
    });
    let channels = ["private-a", "private-b", "private-c"];
    let requests = channels.map(|channel| world.subscribe(channel));
    let mut world = world.into_connected_keeping_events();
    let question = asked(&mut world).remove(0);
    assert_eq!(question.channel, None);
    assert_eq!(question.data.as_deref(), Some("private-a\nprivate-b\nprivate-c"));
    for channel in ["private-c", "private-a", "private-a"] {
        let answer = AuthAnswer::Channel { channel: Some(name(channel)), answer: auth() };
        let command = Command::Authorize { id: question.request, answer };
        world.session.command(world.now, 0, command, &mut world.record);
    }
    assert_eq!(world.sent().len(), 2, "the same answer twice is one");
    world.advance(30 * SECOND);
    assert_eq!(world.result(requests[1]), Status::Timeout, "the one without an answer");
}

#[test]
fn unsubscribing_while_it_is_authorised_sends_nothing() {
    let mut world = application(false);
    let request = world.subscribe("private-a");
    let question = asked(&mut world).remove(0);
    world.unsubscribe("private-a");
    assert_eq!(world.result(request), Status::Cancelled);
    let answer = AuthAnswer::Channel { channel: None, answer: auth() };
    let command = Command::Authorize { id: question.request, answer };
    world.session.command(world.now, 0, command, &mut world.record);
    assert!(world.sent().is_empty());
    assert_eq!(world.session.poll_timeout().map(|at| at > world.now), Some(true));
}

#[test]
fn the_answer_to_a_withdrawn_try_is_not_taken_for_one_that_has_not_been_sent() {
    let mut world = endpoint(|_| {});
    world.subscribe("private-a");
    let first = requests(&mut world);
    answer(&mut world, first[0].0, 200, OK);
    world.unsubscribe("private-a");
    let again = world.subscribe("private-a");
    world.succeed("private-a");
    assert!(world.is_pending(again));
    let second = requests(&mut world);
    answer(&mut world, second[0].0, 200, OK);
    world.succeed("private-a");
    assert_eq!(world.result(again), Status::Ok);
}

#[test]
fn a_ready_made_permission_is_for_this_connection_only() {
    let mut world = World::with(|config| config.authorizer = Authorizer::None).into_connected();
    let channel = name("private-a");
    let command = Command::Subscribe { channel, channel_data: None, auth: auth().ok() };
    let request = world.command(command);
    assert!(world.sent()[0].contains("key:signature"));
    world.succeed("private-a");
    assert_eq!(world.result(request), Status::Ok);
    world.close(4200);
    world.establish();
    assert!(world.sent().is_empty());
    assert_eq!(world.channel("private-a"), Some(ChannelState::Refused));
}

#[test]
fn a_presence_channel_without_a_user_is_found_out_before_the_server_does() {
    let mut world = endpoint(|_| {});
    let request = world.subscribe("presence-a");
    let asked = requests(&mut world);
    answer(&mut world, asked[0].0, 200, OK);
    assert_eq!(world.result(request), Status::Auth);
    assert!(world.sent().is_empty());
}

#[test]
fn a_call_of_the_http_api_is_a_request_like_every_other() {
    let mut world = World::new();
    let call = || Command::Call {
        request: HttpRequest {
            method: crate::protocol::http::Method::Get,
            url: "https://example.com".into(),
            headers: vec![],
            body: vec![],
        },
        timeout: SECOND,
    };
    let (good, hidden, lost, pending) = (
        world.command(call()),
        world.command(call()),
        world.command(call()),
        world.command(call()),
    );
    let ids: Vec<HttpId> = requests(&mut world).into_iter().map(|(id, _)| id).collect();
    answer(&mut world, ids[0], 200, r#"{"ok":true}"#);
    answer(&mut world, ids[1], 200, r#"{"error":"no such app","code":404}"#);
    fail(&mut world, ids[2]);
    assert_eq!(world.result(good), Status::Ok);
    assert_eq!(world.result(hidden), Status::Refused);
    assert_eq!(world.result(lost), Status::Network);
    world.close_session();
    assert_eq!(world.result(pending), Status::Cancelled);
}

#[test]
fn unsubscribing_makes_room_at_the_endpoint() {
    for all in [false, true] {
        let mut world = endpoint(|endpoint| endpoint.parallel = 2);
        world.subscribe("private-0");
        world.subscribe("private-1");
        let waiting = world.subscribe("private-2");
        assert_eq!(requests(&mut world).len(), 2);
        if all {
            world.command(Command::UnsubscribeAll);
            assert!(requests(&mut world).is_empty(), "nobody is left to ask for");
            assert_eq!(world.result(waiting), Status::Cancelled);
            continue;
        }
        world.unsubscribe("private-0");
        let next = requests(&mut world);
        assert!(next[0].1.ends_with("private-2"), "{next:?}");
        answer(&mut world, next[0].0, 200, OK);
        world.succeed("private-2");
        assert_eq!(world.result(waiting), Status::Ok);
    }
}

#[test]
fn waiting_for_a_turn_at_the_endpoint_counts_against_nobody() {
    let mut world = endpoint(|endpoint| {
        endpoint.parallel = 2;
        endpoint.timeout = SECOND / 10;
    });
    let total = 5 * (SECOND / 10) + Duration::from_millis(1500);
    let subscribed: Vec<_> = (0..60).map(|n| world.subscribe(&format!("private-{n}"))).collect();
    let begun = world.now;
    loop {
        let asked = requests(&mut world);
        if asked.is_empty() {
            break;
        }
        world.advance(Duration::from_millis(90));
        for (id, _) in asked {
            answer(&mut world, id, 200, OK);
        }
    }
    assert!(world.now.since(begun) > total, "the whole took longer than one may");
    for (number, request) in subscribed.into_iter().enumerate() {
        world.succeed(&format!("private-{number}"));
        assert_eq!(world.result(request), Status::Ok, "{number}");
    }
    // Whoever has been asked and does not answer still has the deadline.
    let lost = world.subscribe("private-lost");
    assert_eq!(requests(&mut world).len(), 1);
    world.advance(total);
    assert_eq!(world.result(lost), Status::Timeout);
}

#[test]
fn the_rest_of_an_application_that_prepares_waits_its_turn_too() {
    let mut world = endpoint(|endpoint| {
        endpoint.parallel = 1;
        endpoint.ask_for_headers = true;
    });
    let first = world.subscribe("private-a");
    let second = world.subscribe("private-b");
    for asked in asked(&mut world) {
        let answer = AuthAnswer::Prepared { headers: Vec::new(), params: Vec::new() };
        world.command(Command::Authorize { id: asked.request, answer });
    }
    assert_eq!(requests(&mut world).len(), 1);
    world.advance(60 * SECOND);
    assert_eq!(world.result(first), Status::Timeout);
    let next = requests(&mut world);
    assert!(next[0].1.ends_with("private-b"));
    answer(&mut world, next[0].0, 200, OK);
    world.succeed("private-b");
    assert_eq!(world.result(second), Status::Ok);
}
