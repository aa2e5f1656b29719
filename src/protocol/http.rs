//! HTTP requests and answers as values; somebody else sends them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use url::Url;

use crate::protocol::redact;

/// A request. Its headers and body may hold secrets, so it is never printed whole.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    pub status: u16,
    pub body: String,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.as_str(), without_secrets(&self.url))
    }
}

/// A URL without its user and password, and without what is behind its path: the query of a signed
/// request is its signature.
pub fn without_secrets(url: &str) -> String {
    let url = UserInfo::take_from(url).map_or_else(|| url.to_owned(), |(url, _)| url);
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// User and password in a URL.
pub struct UserInfo {
    user: Vec<u8>,
    password: Vec<u8>,
}

impl UserInfo {
    /// The URL without them, and them; None where it has none.
    pub fn take_from(url: &str) -> Option<(String, UserInfo)> {
        let mut url = Url::parse(url).ok()?;
        if url.username().is_empty() && url.password().is_none() {
            return None;
        }
        let user = percent_decode_str(url.username()).collect();
        let password = percent_decode_str(url.password().unwrap_or_default()).collect();
        // Neither fails where one of them is there.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Some((url.into(), UserInfo { user, password }))
    }

    /// The value of a header `Authorization`.
    pub fn basic(&self) -> String {
        let both = [&self.user[..], b":", &self.password].concat();
        format!("Basic {}", STANDARD.encode(both))
    }

    /// Takes the password, and the header that holds it, out of a text that is to be seen.
    pub fn erase_from(&self, text: &mut String) {
        redact::erase_value(text, &String::from_utf8_lossy(&self.password));
        redact::erase_value(text, &self.basic());
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpResponse({}, {} bytes)", self.status, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(url: &str) -> Option<(String, String)> {
        UserInfo::take_from(url).map(|(url, taken)| (url, taken.basic()))
    }

    #[test]
    fn user_and_password_of_a_url_become_a_header() {
        // The example of RFC 7617.
        let (url, header) = basic("https://Aladdin:open%20sesame@a.example/auth?x=1").unwrap();
        assert_eq!(url, "https://a.example/auth?x=1");
        assert_eq!(header, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        let encoded = |text: &str| format!("Basic {}", STANDARD.encode(text));
        for (user_info, both) in [
            ("token", "token:"),
            (":hush", ":hush"),
            ("a+b:c%2Bd%40%zz%", "a+b:c+d@%zz%"),
            ("%C3%BC:a:b", "\u{fc}:a:b"),
        ] {
            let (url, header) = basic(&format!("http://{user_info}@a.example:81/")).unwrap();
            assert_eq!((url.as_str(), header), ("http://a.example:81/", encoded(both)));
        }
        for without in ["https://a.example/a@b", "https://a.example/", "no URL", ""] {
            assert_eq!(basic(without), None);
        }
    }

    #[test]
    fn a_request_is_shown_without_its_secrets() {
        let shown = |url: &str| {
            let (headers, body) = (vec![("A".into(), "hush".into())], b"hush".to_vec());
            format!("{:?}", HttpRequest { method: Method::Get, url: url.into(), headers, body })
        };
        assert_eq!(shown("https://svc:hush@a.example/x?hush=1#hush"), "GET https://a.example/x");
        assert_eq!(shown("http://a.example:80/a@b?c"), "GET http://a.example:80/a@b");
    }
}
