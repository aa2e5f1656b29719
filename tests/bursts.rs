//! A program that publishes faster than the network takes it. Alone in its file, since it is work for both
//! cores, and other tests have servers without patience.

mod common;

use common::{Gate, LONG, PATIENCE, config, subscribes};
use pusherws::client::{Client, Delivery};
use pusherws::error::Status;
use pusherws::protocol::channel::ChannelName;
use pusherws::session::config::OverLimit;
use pusherws_devserver::{Config as ServerConfig, Limits, Server};

#[test]
fn a_burst_of_publishes_is_bounded_and_ends_no_connection() {
    let megabyte = 1_000_000;
    let limits = Limits {
        client_event_bytes: 2 * megabyte,
        message_bytes: 4 * megabyte,
        ..Limits::default()
    };
    let server = Server::spawn(ServerConfig { limits, ..ServerConfig::default() }).unwrap();
    let mut config = config(&server);
    config.set_app_id("app-id").unwrap();
    config.set_publish_rate(0, OverLimit::Refuse);
    config.set_pong_timeout(LONG).unwrap();
    // So that a callback keeps the network thread from taking what is asked for.
    config.set_delivery(Delivery::Inline);
    let client = Client::new(&config).unwrap();
    let gate = Gate::default();
    let (inside, _opened) = (gate.clone(), gate.opened_at_last());
    client.bind(None, Some("hold"), Box::new(move |_| inside.pass())).unwrap();
    let request = client.connect().unwrap();
    client.wait(request, PATIENCE).unwrap();
    subscribes(&client, "private-a");
    let socket_id = client.socket_id().unwrap();
    server.publish("private-a", "hold", "{}");
    gate.wait_until_somebody_waits();
    let channel = ChannelName::new("private-a").unwrap();
    let data = format!("\"{}\"", "x".repeat(megabyte));
    let burst = |channel: &ChannelName| client.publish(channel, "burst", &data);
    let (taken, refused): (Vec<_>, Vec<_>) =
        (0..36).map(|_| burst(&channel)).partition(Result::is_ok);
    let call = burst(&ChannelName::new("news").unwrap());
    gate.open();
    assert_eq!(taken.len(), 17, "those that begin within 16 MiB");
    assert!(refused.iter().all(|error| error.as_ref().unwrap_err().status() == Status::QueueFull));
    assert_eq!(call.unwrap_err().status(), Status::QueueFull, "what goes over HTTP counts, too");
    for request in taken {
        client.wait(request.unwrap(), PATIENCE).unwrap();
    }
    // Nothing is lost: the server answers behind all of them.
    let ping = client.ping().unwrap();
    client.wait(ping, PATIENCE).unwrap();
    assert_eq!(server.state().received("client-burst"), 17);
    assert_eq!(client.socket_id().unwrap(), socket_id);
    // And there is room again.
    let request = burst(&channel).unwrap();
    client.wait(request, PATIENCE).unwrap();
}
