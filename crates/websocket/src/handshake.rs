//! The upgrade request, judged without I/O (RFC 6455 section 4.2).
//!
//! Who may connect, from which origin, and how an error looks are the caller's business; here is
//! only whether the request is a WebSocket handshake that can be accepted, and what to answer.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use http::header::{
    CONNECTION, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version};
use sha1::{Digest as _, Sha1};

/// The version of the protocol that is spoken, for `Sec-WebSocket-Version`.
pub const SUPPORTED_VERSION: &str = "13";

const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Clients are forgiven bits behind the sixteenth byte: they carry nothing.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// A handshake that can be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The value for `Sec-WebSocket-Accept`.
    pub accept_key: String,
    /// The subprotocol to name in the answer; `None` where the client offered none.
    pub subprotocol: Option<&'static str>,
}

impl Accepted {
    /// The answer: 101 with its headers, and a body of the caller's kind.
    pub fn response<B>(&self, body: B) -> Response<B> {
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        if let Ok(key) = HeaderValue::from_str(&self.accept_key) {
            headers.insert(SEC_WEBSOCKET_ACCEPT, key);
        }
        if let Some(name) = self.subprotocol {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(name));
        }
        response
    }
}

/// Why a request is not upgraded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Only GET can be upgraded.
    #[error("a websocket handshake is a GET")]
    Method,
    /// HTTP/1.0 has no upgrade; HTTP/2 does it otherwise.
    #[error("a websocket handshake is HTTP/1.1")]
    HttpVersion,
    /// `Connection: upgrade` or `Upgrade: websocket` is missing: an ordinary request.
    #[error("upgrade to websocket required")]
    NotAnUpgrade,
    /// `Sec-WebSocket-Version` is not [`SUPPORTED_VERSION`].
    #[error("websocket version 13 required")]
    WebSocketVersion,
    /// `Sec-WebSocket-Key` is not the base64 of 16 bytes, or not there exactly once.
    #[error("Sec-WebSocket-Key must be 16 bytes in base64")]
    Key,
    /// Subprotocols were offered, but not ours.
    #[error("none of the offered subprotocols is spoken")]
    Subprotocol,
}

impl Refusal {
    /// The status that RFC 6455 and RFC 9110 give this refusal: 405, 426 or 400.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAnUpgrade | Self::WebSocketVersion => StatusCode::UPGRADE_REQUIRED,
            Self::HttpVersion | Self::Key | Self::Subprotocol => StatusCode::BAD_REQUEST,
        }
    }

    /// The headers that must go with the status, so that the client learns what would be accepted.
    pub fn headers(self) -> &'static [(HeaderName, HeaderValue)] {
        static UPGRADE_REQUIRED: [(HeaderName, HeaderValue); 3] = [
            (CONNECTION, HeaderValue::from_static("upgrade")),
            (UPGRADE, HeaderValue::from_static("websocket")),
            (
                SEC_WEBSOCKET_VERSION,
                HeaderValue::from_static(SUPPORTED_VERSION),
            ),
        ];
        match self {
            Self::NotAnUpgrade | Self::WebSocketVersion => &UPGRADE_REQUIRED,
            _ => &[],
        }
    }
}

/// Judges a request by its method, version and headers. `subprotocol` is the one that is spoken: it
/// is chosen where it was offered; where none was offered, none is.
///
/// # Errors
/// The first thing that is wrong, in the order of [`Refusal`].
pub fn judge(
    method: &Method,
    version: Version,
    headers: &HeaderMap,
    subprotocol: &'static str,
) -> Result<Accepted, Refusal> {
    if method != Method::GET {
        return Err(Refusal::Method);
    }
    if version != Version::HTTP_11 {
        return Err(Refusal::HttpVersion);
    }
    let has = |name, token: &str| tokens(headers, name).any(|t| t.eq_ignore_ascii_case(token));
    if !has(&CONNECTION, "upgrade") || !has(&UPGRADE, "websocket") {
        return Err(Refusal::NotAnUpgrade);
    }
    if only(headers, &SEC_WEBSOCKET_VERSION) != Some(SUPPORTED_VERSION) {
        return Err(Refusal::WebSocketVersion);
    }
    let key = only(headers, &SEC_WEBSOCKET_KEY).filter(|key| is_key(key));
    let accept_key = accept_key(key.ok_or(Refusal::Key)?);
    // Subprotocol names are compared as they are written (section 4.1).
    let mut offered = tokens(headers, &SEC_WEBSOCKET_PROTOCOL);
    let subprotocol = match offered.next() {
        None => None,
        Some(first) if first == subprotocol || offered.any(|name| name == subprotocol) => {
            Some(subprotocol)
        }
        Some(_) => return Err(Refusal::Subprotocol),
    };
    Ok(Accepted {
        accept_key,
        subprotocol,
    })
}

/// The answer that proves to the client that its key was read (section 4.2.2).
pub fn accept_key(key: &str) -> String {
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    STANDARD.encode(digest)
}

fn is_key(key: &str) -> bool {
    FORGIVING.decode(key).is_ok_and(|bytes| bytes.len() == 16)
}

/// The value of a header that must be there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?.trim();
    values.next().is_none().then_some(value)
}

/// The comma-separated tokens of all headers of a name, without empty ones.
fn tokens<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).into_iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Changes = &'static [(&'static str, &'static str)];

    /// The request of RFC 6455 section 1.3, with headers changed: an empty value takes one away.
    fn request(changes: Changes) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let usual = [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        for (name, value) in usual {
            headers.insert(name, HeaderValue::from_static(value));
        }
        for (name, _) in changes {
            headers.remove(*name);
        }
        for (name, value) in changes.iter().filter(|(_, value)| !value.is_empty()) {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn verdict(changes: Changes) -> Result<Accepted, Refusal> {
        judge(&Method::GET, Version::HTTP_11, &request(changes), "chat.v1")
    }

    #[test]
    fn the_example_of_the_rfc_is_accepted() {
        let accepted = verdict(&[]).unwrap();
        assert_eq!(accepted.accept_key, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(accepted.subprotocol, None);
        let response = accepted.response(());
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
        assert!(!response.headers().contains_key(SEC_WEBSOCKET_PROTOCOL));
    }

    #[test]
    fn our_subprotocol_is_chosen_where_it_is_offered() {
        for changes in [
            &[("sec-websocket-protocol", "chat.v1")][..],
            &[("sec-websocket-protocol", "chat.v2, chat.v1")],
            &[
                ("sec-websocket-protocol", "x"),
                ("sec-websocket-protocol", "chat.v1"),
            ],
        ] {
            let accepted = verdict(changes).unwrap();
            assert_eq!(accepted.subprotocol, Some("chat.v1"));
            assert_eq!(
                accepted.response(()).headers()[SEC_WEBSOCKET_PROTOCOL],
                "chat.v1"
            );
        }
    }

    #[test]
    fn tokens_are_found_in_lists_and_in_any_case() {
        assert!(verdict(&[("connection", "keep-alive, UPGRADE")]).is_ok());
        assert!(verdict(&[("upgrade", "h2c, WebSocket")]).is_ok());
        assert!(verdict(&[("connection", "keep-alive"), ("connection", "upgrade")]).is_ok());
    }

    #[test]
    fn what_is_no_handshake_is_refused_with_its_status() {
        const KEY: &str = "sec-websocket-key";
        const ANOTHER: &str = "AAAAAAAAAAAAAAAAAAAAAA==";
        let cases: &[(Changes, Refusal, u16)] = &[
            (&[("connection", "close")], Refusal::NotAnUpgrade, 426),
            (&[("upgrade", "")], Refusal::NotAnUpgrade, 426),
            (&[("upgrade", "websockets")], Refusal::NotAnUpgrade, 426),
            (
                &[("sec-websocket-version", "8")],
                Refusal::WebSocketVersion,
                426,
            ),
            (
                &[("sec-websocket-version", "")],
                Refusal::WebSocketVersion,
                426,
            ),
            (&[(KEY, "")], Refusal::Key, 400),
            (&[(KEY, "AAAA")], Refusal::Key, 400),
            (&[(KEY, "not base64, not at all!!")], Refusal::Key, 400),
            (&[(KEY, ANOTHER), (KEY, ANOTHER)], Refusal::Key, 400),
            (
                &[("sec-websocket-protocol", "Chat.v1")],
                Refusal::Subprotocol,
                400,
            ),
        ];
        for (changes, refusal, status) in cases {
            assert_eq!(verdict(changes), Err(*refusal), "{changes:?}");
            assert_eq!(refusal.status(), *status);
        }
        let post = judge(&Method::POST, Version::HTTP_11, &request(&[]), "chat.v1");
        assert_eq!(post, Err(Refusal::Method));
        let old = judge(&Method::GET, Version::HTTP_10, &request(&[]), "chat.v1");
        assert_eq!(old, Err(Refusal::HttpVersion));
    }

    #[test]
    fn a_wrong_version_is_told_the_right_one() {
        let headers = Refusal::WebSocketVersion.headers();
        assert!(
            headers
                .iter()
                .any(|(n, v)| n == SEC_WEBSOCKET_VERSION && v == "13")
        );
    }
}
