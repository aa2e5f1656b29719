//! Requests to an application's authorisation endpoint.

use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::error::{Error, Result, Status};
use crate::protocol::channel::ChannelName;
use crate::protocol::http::{HttpRequest, Method, UserInfo};
use crate::protocol::redact;

/// Channels in one request.
pub const MAX_BATCH: usize = 100;

/// How an endpoint wants to be asked. Headers and parameters may hold secrets.
#[derive(Clone, Default)]
pub struct AuthRequests {
    pub channel_url: Option<String>,
    pub user_url: Option<String>,
    /// A JSON body instead of a form.
    pub json: bool,
    pub headers: Vec<(String, String)>,
    pub params: Vec<(String, String)>,
}

impl std::fmt::Debug for AuthRequests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthRequests").field("json", &self.json).finish_non_exhaustive()
    }
}

impl AuthRequests {
    /// Takes the values of headers and parameters out of a text that is to be seen; and whatever the
    /// URLs have behind their paths.
    pub fn erase_from(&self, text: &mut String) {
        for (_, value) in self.headers.iter().chain(&self.params) {
            redact::erase_value(text, value);
        }
        for url in [&self.channel_url, &self.user_url].into_iter().flatten() {
            let Ok(url) = url::Url::parse(url) else { continue };
            for (_, value) in url.query_pairs() {
                redact::erase_value(text, &value);
            }
            redact::erase_value(text, url.password().unwrap_or_default());
            if let Some((_, user_info)) = UserInfo::take_from(url.as_str()) {
                user_info.erase_from(text);
            }
        }
    }
}

/// The request for one channel, or for many. `headers` and `params` come from the application for
/// this request alone, and win over those configured.
pub fn channels(
    requests: &AuthRequests,
    socket_id: &str,
    channels: &[ChannelName],
    headers: &[(String, String)],
    params: &[(String, String)],
) -> Result<HttpRequest> {
    let url = requests.channel_url.as_deref().ok_or_else(|| {
        Error::new(Status::Auth, "no authorisation endpoint for channels is configured")
    })?;
    let names = match channels {
        [one] => Names::One(one.as_str()),
        many => Names::Many(many),
    };
    Ok(build(requests, url, socket_id, names, headers, params))
}

/// The request for a sign-in.
pub fn user(
    requests: &AuthRequests,
    socket_id: &str,
    headers: &[(String, String)],
    params: &[(String, String)],
) -> Result<HttpRequest> {
    let url = requests.user_url.as_deref().ok_or_else(|| {
        Error::new(Status::Auth, "no authorisation endpoint for users is configured")
    })?;
    Ok(build(requests, url, socket_id, Names::None, headers, params))
}

enum Names<'a> {
    None,
    One(&'a str),
    Many(&'a [ChannelName]),
}

fn build(
    requests: &AuthRequests,
    url: &str,
    socket_id: &str,
    names: Names<'_>,
    headers: &[(String, String)],
    params: &[(String, String)],
) -> HttpRequest {
    let params = merged(&requests.params, params, |a, b| a == b);
    let (kind, body) = match requests.json {
        true => ("application/json", json_body(socket_id, &names, &params)),
        false => ("application/x-www-form-urlencoded", form_body(socket_id, &names, &params)),
    };
    let mut headers = merged(&requests.headers, headers, |a, b| a.eq_ignore_ascii_case(b));
    headers.push(("Content-Type".into(), kind.into()));
    headers.push(("Accept".into(), "application/json".into()));
    let mut url = url.to_owned();
    if let Some((without, user_info)) = UserInfo::take_from(&url) {
        url = without;
        // What the application says itself wins.
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Authorization")) {
            headers.push(("Authorization".into(), user_info.basic()));
        }
    }
    HttpRequest { method: Method::Post, url, headers, body: body.into_bytes() }
}

fn merged(
    first: &[(String, String)],
    over: &[(String, String)],
    same: impl Fn(&str, &str) -> bool,
) -> Vec<(String, String)> {
    let kept = first.iter().filter(|(name, _)| !over.iter().any(|(other, _)| same(name, other)));
    kept.chain(over).cloned().collect()
}

fn form_body(socket_id: &str, names: &Names<'_>, params: &[(String, String)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("socket_id", socket_id);
    match names {
        Names::None => {}
        Names::One(name) => drop(form.append_pair("channel_name", name)),
        Names::Many(names) => {
            for (n, name) in names.iter().enumerate() {
                form.append_pair(&format!("channel_name[{n}]"), name.as_str());
            }
        }
    }
    form.extend_pairs(params);
    form.finish()
}

fn json_body(socket_id: &str, names: &Names<'_>, params: &[(String, String)]) -> String {
    let mut body = Map::new();
    for (name, value) in params {
        body.insert(name.clone(), value.as_str().into());
    }
    body.insert("socket_id".into(), socket_id.into());
    match names {
        Names::None => {}
        Names::One(name) => drop(body.insert("channel_name".into(), (*name).into())),
        Names::Many(names) => {
            let list = names.iter().map(|name| Value::from(name.as_str())).collect();
            body.insert("channel_name".into(), Value::Array(list));
        }
    }
    Value::Object(body).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.into(), value.into())
    }

    fn requests(json: bool) -> AuthRequests {
        AuthRequests {
            channel_url: Some("https://example.com/auth".into()),
            user_url: Some("https://example.com/user".into()),
            json,
            headers: vec![pair("X-A", "1"), pair("Authorization", "old")],
            params: vec![pair("p", "a b&c"), pair("q", "old")],
        }
    }

    fn body(request: &HttpRequest) -> &str {
        std::str::from_utf8(&request.body).unwrap()
    }

    #[test]
    fn a_form_as_every_server_library_reads_it() {
        let one = [ChannelName::new("private-a").unwrap()];
        let request = channels(&requests(false), "1.2", &one, &[], &[]).unwrap();
        assert_eq!(body(&request), "socket_id=1.2&channel_name=private-a&p=a+b%26c&q=old");
        assert_eq!(request.method, Method::Post);
        assert!(
            request.headers.contains(&pair("Content-Type", "application/x-www-form-urlencoded"))
        );
        let user = user(&requests(false), "1.2", &[], &[]).unwrap();
        assert_eq!(body(&user), "socket_id=1.2&p=a+b%26c&q=old");
        assert_eq!(user.url, "https://example.com/user");
    }

    #[test]
    fn many_channels_in_one_request() {
        let two = ["private-a", "presence-b"].map(|name| ChannelName::new(name).unwrap());
        let request = channels(&requests(false), "1.2", &two, &[], &[]).unwrap();
        assert!(body(&request).starts_with(
            "socket_id=1.2&channel_name%5B0%5D=private-a&channel_name%5B1%5D=presence-b"
        ));
        let request = channels(&requests(true), "1.2", &two, &[], &[]).unwrap();
        let json: Value = serde_json::from_str(body(&request)).unwrap();
        assert_eq!(json["channel_name"], serde_json::json!(["private-a", "presence-b"]));
    }

    #[test]
    fn what_the_application_supplies_for_a_request_wins() {
        let request =
            user(&requests(true), "1.2", &[pair("authorization", "new")], &[pair("q", "new")]);
        let request = request.unwrap();
        assert!(request.headers.contains(&pair("authorization", "new")));
        assert!(!request.headers.contains(&pair("Authorization", "old")));
        let json: Value = serde_json::from_str(body(&request)).unwrap();
        assert_eq!((&json["q"], &json["p"]), (&"new".into(), &"a b&c".into()));
    }

    #[test]
    fn user_and_password_of_the_url_are_sent_as_a_header_unless_there_is_one() {
        let mut requests = requests(false);
        requests.user_url = Some("https://svc:hush-hush@example.com/user".into());
        let own = user(&requests, "1.2", &[], &[]).unwrap();
        assert_eq!(own.url, "https://example.com/user");
        let sent = |request: &HttpRequest| -> Vec<(String, String)> {
            let named = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("authorization");
            request.headers.iter().filter(named).cloned().collect()
        };
        assert_eq!(sent(&own), [pair("Authorization", "old")]);
        requests.headers.clear();
        let basic = pair("Authorization", "Basic c3ZjOmh1c2gtaHVzaA==");
        assert_eq!(sent(&user(&requests, "1.2", &[], &[]).unwrap()), [basic]);
        let new = [pair("authorization", "new")];
        assert_eq!(sent(&user(&requests, "1.2", &new, &[]).unwrap()), new);
    }

    #[test]
    fn the_password_of_a_url_is_taken_out_of_texts() {
        let url = "https://svc:hush%40hush@example.com/auth";
        let requests = AuthRequests { channel_url: Some(url.into()), ..AuthRequests::default() };
        let mut text = "hush%40hush, hush@hush, Basic c3ZjOmh1c2hAaHVzaA== is what it is".into();
        requests.erase_from(&mut text);
        assert!(
            !text.contains("hush") && !text.contains("c3Zj") && text.ends_with("it is"),
            "{text}"
        );
    }

    #[test]
    fn a_parameter_cannot_forge_the_socket_id() {
        let mut requests = requests(true);
        requests.params = vec![pair("socket_id", "9.9")];
        let request = user(&requests, "1.2", &[], &[]).unwrap();
        let json: Value = serde_json::from_str(body(&request)).unwrap();
        assert_eq!(json["socket_id"], "1.2");
    }

    #[test]
    fn without_an_endpoint_the_error_says_so() {
        let none = AuthRequests::default();
        assert_eq!(user(&none, "1.2", &[], &[]).unwrap_err().status(), Status::Auth);
        let one = [ChannelName::new("private-a").unwrap()];
        assert_eq!(channels(&none, "1.2", &one, &[], &[]).unwrap_err().status(), Status::Auth);
        assert!(!format!("{:?}", requests(true)).contains("old"), "headers are not printed");
    }
}
