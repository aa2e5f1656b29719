//! The facade over a real socket, against the embedded server.

#![allow(clippy::disallowed_methods)] // A test may start threads of its own.

mod common;

use std::time::Duration;

use common::{PATIENCE, Recorder, client, config, connected, server, subscribes};
use pusherws::client::Client;
use pusherws::error::Status;
use pusherws::protocol::channel::ChannelName;
use pusherws::session::{ChannelState, ConnectionState, EventKind};
use pusherws_devserver::{
    Config as ServerConfig, Fault, Garbage, How, Server, State, Target, Then,
};

fn name(channel: &str) -> ChannelName {
    ChannelName::new(channel).unwrap()
}

#[test]
fn the_main_job_end_to_end() {
    let server = server();
    let (ann, seen) = connected(&server);
    assert_eq!(ann.state().unwrap(), ConnectionState::Connected);
    let socket_id = ann.socket_id().unwrap().unwrap();
    subscribes(&ann, "news");
    subscribes(&ann, "private-room");
    subscribes(&ann, "presence-room");
    assert_eq!(ann.members(&name("presence-room")).unwrap().me(), Some("ann"));

    server.publish("news", "headline", r#"{"text":"grüße"}"#);
    let event = seen.wait_for(|event| event.name == "headline");
    assert_eq!(event.channel.as_deref(), Some("news"));
    assert_eq!(event.data.as_deref(), Some(r#"{"text":"grüße"}"#));

    let mut config = config(&server);
    config.set_presence_user("ben", Some(r#"{"name":"Ben"}"#)).unwrap();
    let (ben, ben_seen) = client(&config);
    ben.connect().unwrap();
    subscribes(&ben, "presence-room");
    let joined = seen.wait_for(|event| event.kind == EventKind::MemberAdded);
    assert_eq!(joined.user_id.as_deref(), Some("ben"));
    assert_eq!(joined.data.as_deref(), Some(r#"{"name":"Ben"}"#));

    let request = ann.publish(&name("presence-room"), "wave", r#"{"n":1}"#).unwrap();
    ann.wait(request, PATIENCE).unwrap();
    let wave = ben_seen.wait_for(|event| event.name == "client-wave");
    assert_eq!(wave.user_id.as_deref(), Some("ann"));
    assert_eq!(wave.data.as_deref(), Some(r#"{"n":1}"#));

    let ping = ann.ping().unwrap();
    assert!(ann.wait(ping, PATIENCE).unwrap() > 0);

    ben.close(Duration::from_secs(10)).unwrap();
    let left = seen.wait_for(|event| event.kind == EventKind::MemberRemoved);
    assert_eq!(left.user_id.as_deref(), Some("ben"));
    ann.close(Duration::from_secs(10)).unwrap();
    let closed = server.wait_until(Duration::from_secs(10), |state| state.open_count() == 0);
    let state = closed.unwrap();
    let connection = state.connection(&socket_id).unwrap();
    assert_eq!(connection.close_received, Some((Some(1000), String::new())), "a polite goodbye");
}

#[test]
fn after_a_loss_everything_is_subscribed_again() {
    let server = server();
    let (client, seen) = connected(&server);
    let channels = ["news", "private-a", "presence-b"];
    channels.iter().for_each(|channel| subscribes(&client, channel));
    for how in [How::Fin, How::Rst] {
        let before = client.socket_id().unwrap();
        seen.forget(&client);
        server.drop_connections(Target::All, how);
        seen.wait_for_all(|events| {
            channels.iter().all(|channel| {
                events.iter().any(|e| {
                    e.kind == EventKind::Subscribed && e.channel.as_deref() == Some(channel)
                })
            })
        });
        assert_ne!(client.socket_id().unwrap(), before);
    }
    server.publish("news", "after", "1");
    seen.wait_for(|event| event.name == "after");
}

#[test]
fn a_server_that_goes_and_comes_back_is_found_again() {
    let server = server();
    let port = server.port();
    let (client, seen) = connected(&server);
    subscribes(&client, "private-a");
    server.shutdown();
    seen.wait_for(|event| event.kind == EventKind::Error && event.code == 4200);
    let server = Server::spawn(ServerConfig { port, ..ServerConfig::default() }).unwrap();
    let back = server.wait_until(Duration::from_secs(60), |state| {
        state.channel("private-a").is_some_and(|channel| channel.subscriptions == 1)
    });
    back.unwrap();
    drop(client);
}

#[test]
fn a_wrong_key_is_final_and_a_wrong_secret_is_told() {
    let server = server();
    let mut wrong = pusherws::config::Config::new("no-such-key").unwrap();
    common::aim(&mut wrong, &server);
    let (client, _) = client(&wrong);
    let request = client.connect().unwrap();
    let error = client.wait(request, PATIENCE).unwrap_err();
    assert_eq!((error.status(), error.code()), (Status::Refused, 4001));
    assert_eq!(client.state().unwrap(), ConnectionState::Failed);

    let mut wrong = config(&server);
    wrong.set_secret("not-the-secret").unwrap();
    let (client, seen) = common::client(&wrong);
    client.connect().unwrap();
    let request = client.subscribe(&name("private-a"), None).unwrap();
    let error = client.wait(request, PATIENCE).unwrap_err();
    assert_eq!(error.status(), Status::Auth);
    assert!(!error.message().contains("not-the-secret"));
    seen.wait_for(|event| event.kind == EventKind::SubscriptionError);
    assert_eq!(client.channel_state("private-a").unwrap(), Some(ChannelState::Refused));
}

#[test]
fn what_a_broken_server_sends_ends_in_a_new_connection_or_an_error_event() {
    let server = server();
    let (client, seen) = connected(&server);
    subscribes(&client, "news");
    for garbage in [Garbage::InvalidJson, Garbage::NotAnObject, Garbage::NoEvent, Garbage::Binary] {
        seen.forget(&client);
        server.send_garbage(Target::All, garbage);
        seen.wait_for(|event| event.kind == EventKind::Error && event.status == Status::Protocol);
        assert_eq!(client.state().unwrap(), ConnectionState::Connected, "{garbage:?}");
    }
    for garbage in [
        Garbage::InvalidUtf8,
        Garbage::ReservedOpcode,
        Garbage::ReservedBits,
        Garbage::NotAFrame,
        Garbage::Oversize,
    ] {
        seen.forget(&client);
        server.send_garbage(Target::All, garbage);
        seen.wait_for(|event| event.kind == EventKind::Subscribed);
    }
    seen.forget(&client);
    server.send_half_frame(Target::All, r#"{"event":"e","channel":"news"}"#, Then::Drop);
    seen.wait_for(|event| event.kind == EventKind::Subscribed);
    assert!(seen.all().iter().all(|event| event.name != "e"), "half a message is none");
}

#[test]
fn a_handshake_that_is_refused_or_never_answered_is_tried_again() {
    let server = server();
    server.order(
        Fault::RefuseUpgrade { status: 503, headers: Default::default(), body: String::new() }
            .times(1),
    );
    server.order(Fault::HangUpgrade {}.times(1));
    server.order(Fault::NeverEstablish {}.times(1));
    let mut config = config(&server);
    config.set_connect_timeout(Duration::from_millis(300)).unwrap();
    let (client, seen) = client(&config);
    let request = client.connect().unwrap();
    client.wait(request, PATIENCE).unwrap();
    // A request can be done before its events have been delivered.
    seen.wait_for(|event| event.state == ConnectionState::Connected);
    let errors = seen.all();
    let errors: Vec<_> = errors.iter().filter(|event| event.kind == EventKind::Error).collect();
    assert!(errors.iter().any(|event| event.code == 503), "{errors:?}");
    assert!(errors.iter().filter(|event| event.status == Status::Timeout).count() >= 2);
}

#[test]
fn a_server_that_falls_silent_is_noticed() {
    let server = server();
    let mut config = config(&server);
    config.set_activity_timeout(Duration::from_millis(100)).unwrap();
    config.set_pong_timeout(Duration::from_millis(100)).unwrap();
    let (client, seen) = client(&config);
    let request = client.connect().unwrap();
    client.wait(request, PATIENCE).unwrap();
    let silence = server.order(Fault::Silent {});
    seen.wait_for(|event| event.kind == EventKind::Error && event.status == Status::Timeout);
    server.clear(silence);
    seen.wait_for(|event| event.state == ConnectionState::Connected);
}

#[test]
fn an_unanswered_subscription_ends_at_its_deadline() {
    let server = server();
    let fault = server.order(Fault::IgnoreSubscribe { channel: Some("private-a".into()) });
    let mut config = config(&server);
    config.set_subscribe_timeout(Duration::from_millis(100)).unwrap();
    let (client, _) = client(&config);
    client.connect().unwrap();
    let request = client.subscribe(&name("private-a"), None).unwrap();
    assert_eq!(client.wait(request, PATIENCE).unwrap_err().status(), Status::Timeout);
    server.clear(fault);
    subscribes(&client, "private-a");
}

#[test]
fn a_slow_application_stops_the_flood_and_loses_nothing() {
    const COUNT: usize = 20_000;
    let server = server();
    let mut config = config(&server);
    config.set_queue(64).unwrap();
    let recorder = Recorder::default();
    let client = common::new_client(&config);
    let gate = common::Gate::default();
    let (inside, counter) = (gate.clone(), recorder.counter());
    let _opened = gate.opened_at_last();
    let count = move |event: &pusherws::client::Delivered<'_>| {
        // The first event holds up the queue until the test opens the gate.
        inside.pass();
        assert!(event.data().unwrap().starts_with('x'));
        counter.next();
    };
    client.bind(Some("news"), Some("flood"), Box::new(count)).unwrap();
    client.connect().unwrap();
    subscribes(&client, "news");
    let payload = "x".repeat(1000);
    let sender = common::flood(&server, "flood", &payload, COUNT as u64);
    gate.wait_until_somebody_waits();
    // More than the queue has room for lies before the answer to a ping.
    let waits = |state: &State| state.last().is_some_and(|c| c.queued_bytes > 128 * payload.len());
    server.wait_until(common::LONG, waits).unwrap();
    let ping = client.ping().unwrap();
    // The connection is not read while the application sleeps, so no pong can come.
    let early = client.wait(ping, Some(Duration::from_millis(50)));
    assert_eq!(early.unwrap_err().status(), Status::Timeout);
    gate.open();
    recorder.wait_for_count(COUNT);
    client.wait(ping, PATIENCE).unwrap();
    assert_eq!(sender.join().unwrap(), 1);
}

#[test]
fn closing_completes_what_is_pending_and_freeing_ends_the_callbacks() {
    let server = server();
    server.order(Fault::IgnoreSubscribe { channel: None });
    let (client, seen) = connected(&server);
    let requests: Vec<_> =
        (0..50).map(|n| client.subscribe(&name(&format!("private-{n}")), None).unwrap()).collect();
    client.close(Duration::from_secs(10)).unwrap();
    seen.assert_completed_once(&requests);
    let all = seen.all();
    let mut done = all.iter().filter(|event| requests.contains(&event.request));
    assert!(done.all(|event| event.status == Status::Cancelled), "{all:#?}");
    assert_eq!(client.connect().unwrap_err().status(), Status::Closed);
    seen.wait_for(|event| event.state == ConnectionState::Disconnected);
    let before = seen.all().len();
    drop(client);
    assert_eq!(seen.all().len(), before);
}

#[test]
fn hundreds_of_clients_share_one_network_thread() {
    let server = server();
    let clients: Vec<_> = (0..100).map(|_| client(&config(&server))).collect();
    let requests: Vec<_> = clients.iter().map(|(client, _)| client.connect().unwrap()).collect();
    for ((client, _), request) in clients.iter().zip(requests) {
        client.wait(request, PATIENCE).unwrap();
    }
    assert_eq!(server.state().open_count(), 100);
    drop(clients);
    server.wait_until(Duration::from_secs(30), |state| state.open_count() == 0).unwrap();
}

#[test]
fn clients_that_free_each_other_from_their_callbacks_do_not_wait_for_ever() {
    use std::sync::{Arc, Barrier, Mutex};
    type Slot = Arc<Mutex<Option<Arc<Client>>>>;
    for _ in 0..20 {
        let server = server();
        let slots: [Slot; 2] = Default::default();
        let meeting = Arc::new(Barrier::new(2));
        let done = Recorder::default();
        for n in 0..2 {
            let (client, _) = connected(&server);
            let (other, meeting, counter) = (slots[1 - n].clone(), meeting.clone(), done.counter());
            let free_other = move |_: &pusherws::client::Delivered<'_>| {
                meeting.wait();
                if let Some(client) = other.lock().unwrap().take() {
                    client.free();
                }
                counter.next();
            };
            client.bind(Some("news"), Some("now"), Box::new(free_other)).unwrap();
            subscribes(&client, "news");
            *slots[n].lock().unwrap() = Some(Arc::new(client));
        }
        server.publish("news", "now", "1");
        done.wait_for_count(2);
    }
}

#[test]
fn what_is_left_of_an_old_connection_does_not_reach_the_next() {
    let server = server();
    let (client, seen) = connected(&server);
    for _ in 0..200 {
        // The old connection's greeting may lie unread in the socket when it is given up.
        client.disconnect().unwrap();
        let request = client.connect().unwrap();
        client.disconnect().unwrap();
        let again = client.connect().unwrap();
        client.wait(again, PATIENCE).unwrap();
        assert_eq!(client.wait(request, PATIENCE).unwrap_err().status(), Status::Cancelled);
        let socket_id = client.socket_id().unwrap().unwrap();
        let open =
            |state: &State| state.connection(&socket_id).is_some_and(|connection| connection.open);
        assert!(open(&server.state()), "the socket id is that of a dead connection");
    }
    assert!(seen.all().iter().all(|event| event.kind != EventKind::Error));
}
