//! Whatever becomes part of a URL, an HTTP request or its answer; each line is one of the values.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pusherws::config::Config;
use pusherws::engine::proxy::Proxy;
use pusherws::error::Status;
use pusherws::protocol::api::{self, Api};
use pusherws::protocol::auth_request::{self, AuthRequests};
use pusherws::protocol::authorization::{ChannelAuth, UserAuth};
use pusherws::protocol::channel::ChannelName;
use pusherws::protocol::endpoint::Endpoint;
use pusherws::protocol::http::{HttpRequest, HttpResponse};
use pusherws::protocol::limits::Limits;
use pusherws::protocol::server;
use pusherws::protocol::signature::Credentials;
use serde_json::value::RawValue;
use url::{Url, form_urlencoded};

fn path_of(url: &Url) -> Vec<String> {
    url.path_segments().expect("a path").map(str::to_owned).collect()
}

fn check_endpoint(endpoint: Endpoint, path: &str, key: &str, port: u16) {
    for endpoint in [endpoint.clone(), endpoint.with_tls(false)] {
        let endpoint = endpoint.with_port(Some(port).filter(|port| *port != 0));
        assert!(Url::parse(&endpoint.http_base()).is_ok());
        let Ok(endpoint) = endpoint.with_path(path) else { continue };
        let text = endpoint.websocket_url(key, "client", "1.0");
        let url = Url::parse(&text).expect("a URL");
        assert_eq!(url.as_str(), text);
        assert_eq!(url.scheme(), if endpoint.is_tls() { "wss" } else { "ws" });
        assert_eq!(url.host_str(), Some(endpoint.host_name().as_str()));
        assert_eq!(url.port_or_known_default(), Some(endpoint.port()));
        assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
        assert!(url.query().is_some_and(|query| query == "protocol=7&client=client&version=1.0"));
        // Neither the path nor the key can make another path of it.
        let segments = path_of(&url);
        let [.., app, last] = &segments[..] else { panic!("{url}") };
        assert!(app == "app" && (key.is_empty() || !last.is_empty()), "{url}");
    }
}

fn check_hosts(lines: &[&str]) {
    let [host, path, key, except] = lines[..4] else { return };
    // What is checked where the configuration begins.
    let key = if Config::new(key).is_ok() { key } else { "key" };
    let port = u16::try_from(lines.len() * path.len()).unwrap_or(0);
    if let Ok(endpoint) = Endpoint::host(host) {
        check_endpoint(endpoint, path, key, port);
    }
    if let Ok(endpoint) = Endpoint::cluster(host) {
        assert!(endpoint.host_name().ends_with(".pusher.com"));
        check_endpoint(endpoint, path, key, port);
    }
    match Proxy::configured(host, Some(except)) {
        Ok(proxy) => {
            for address in ["http://example.com/", "https://[::1]:6001/", "wss://10.0.0.1/"] {
                let _ = proxy.intercept(&address.parse().expect("an address"));
            }
        }
        // It may hold a password.
        Err(error) => assert!(error.message().len() < 200),
    }
}

/// The pairs of a form, or the fields of an object.
fn fields(request: &HttpRequest, json: bool) -> Vec<(String, String)> {
    if !json {
        return form_urlencoded::parse(&request.body).into_owned().collect();
    }
    let body: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&request.body).expect("an object");
    let text = |value: serde_json::Value| value.as_str().map(str::to_owned);
    body.into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect()
}

fn check_requests(lines: &[&str], json: bool) {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let requests = AuthRequests {
        channel_url: Some("https://example.com/auth".into()),
        user_url: Some("https://example.com/user".into()),
        json,
        headers: vec![pair(lines[0], lines[1])],
        params: vec![pair(lines[0], lines[1])],
    };
    let lenient = Limits { strict: false, ..Limits::COMMON };
    let Ok(channel) = ChannelName::within(lines[2], &lenient) else { return };
    let asked = [channel];
    let extra = [pair(lines[3], lines[0])];
    let request = auth_request::channels(&requests, "1.2", &asked, &[], &extra);
    let request = request.expect("a URL is set");
    let found = fields(&request, json);
    let first = |name: &str| found.iter().find(|(found, _)| found == name).map(|(_, v)| v.as_str());
    assert_eq!(first("socket_id"), Some("1.2"));
    assert_eq!(first("channel_name"), Some(asked[0].as_str()));
    if !matches!(lines[3], "socket_id" | "channel_name") {
        assert_eq!(first(lines[3]), Some(lines[0]));
    }
}

fn check_answers(body: &str) {
    for error in [ChannelAuth::parse(body).err(), UserAuth::parse(body).err()].into_iter().flatten()
    {
        assert!(matches!(error.status(), Status::Auth | Status::Argument));
        assert!(error.message().len() < 300, "nothing of the answer is quoted");
    }
    for answer in ChannelAuth::parse_batch(body).into_iter().flatten() {
        let _ = answer.1;
    }
    for status in [200, 404] {
        let response = HttpResponse { status, body: body.to_owned() };
        if let Err(error) = api::check(&response) {
            assert!(error.message().len() < 4096);
            assert!(!error.message().chars().any(char::is_control));
        }
    }
}

fn check_api(lines: &[&str]) {
    let api = Api {
        base: "https://example.com:443".into(),
        app_id: "3".into(),
        credentials: Credentials::new("key", "secret"),
        limits: Limits { strict: false, ..Limits::COMMON },
    };
    let segments = |request: HttpRequest| {
        let url = Url::parse(&request.url).expect("a URL");
        assert_eq!(url.host_str(), Some("example.com"));
        path_of(&url)
    };
    if let Ok(request) = api.channel(lines[0], Some(lines[1]), 1) {
        let segments = segments(request);
        assert!(segments.len() == 4 && segments[2] == "channels", "{segments:?}");
        assert!(!segments[3].is_empty());
    }
    if let Ok(request) = api.terminate_user(lines[0], 1) {
        let segments = segments(request);
        assert!(segments.len() == 5 && segments[4] == "terminate_connections", "{segments:?}");
        assert!(!segments[3].is_empty());
    }
    if let Ok(request) = api.channels(Some(lines[0]), Some(lines[1]), 1) {
        let url = Url::parse(&request.url).expect("a URL");
        let mut sent = url.query_pairs();
        assert_eq!(sent.find(|(name, _)| name == "filter_by_prefix").unwrap().1, lines[0]);
    }
}

fn check_webhook(key: &str, body: &str) {
    let credentials = Credentials::new("key", "secret");
    let right = credentials.sign(&[body]);
    let verified = server::verify_webhook(&credentials, "key", &right, body.as_bytes());
    assert_eq!(verified.is_ok(), serde_json::from_str::<&RawValue>(body).is_ok());
    if key != "key" {
        assert!(server::verify_webhook(&credentials, key, &right, body.as_bytes()).is_err());
    }
    if !key.eq_ignore_ascii_case(&right) {
        assert!(server::verify_webhook(&credentials, "key", key, body.as_bytes()).is_err());
    }
    assert!(server::verify_webhook(&credentials, "key", &right[2..], body.as_bytes()).is_err());
}

fuzz_target!(|bytes: &[u8]| {
    let Some(text) = pusherws_fuzz::text(bytes) else { return };
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.resize(lines.len().max(4), "");
    check_hosts(&lines);
    check_requests(&lines, bytes.len() % 2 == 0);
    check_api(&lines);
    let (first, rest) = text.split_once('\n').unwrap_or(("", text));
    check_answers(rest);
    check_webhook(first, rest);
});
