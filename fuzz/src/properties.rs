//! What must hold whatever a stranger sends. Each takes any bytes, and panics where it does not hold.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, Version};
use parlor_protocol::frame::{ClientFrame, RequestId};
use parlor_protocol::{Code, DisplayName, Emoji, Nonce, RoomName, Topic, Username};
use parlor_server::origin::{self, Own};
use parlor_server::{credentials_of, secret};
use parlor_websocket::decode::{MAX_MESSAGE_BYTES, OVERHEAD_BYTES};
use parlor_websocket::{Decoder, handshake as upgrade};

/// Something that holds whatever the bytes are, or panics.
pub type Property = fn(&[u8]);

/// All of them, by the names of their corpora.
pub const ALL: [(&str, Property); 4] = [
    ("frames", frames),
    ("handshake", handshake),
    ("commands", commands),
    ("credentials", credentials),
];

/// Bytes of a socket: heard the same however they are cut (the first byte says how), never more held than
/// may be, and nothing at all after a close or a violation.
pub fn frames(data: &[u8]) {
    let Some((cut, bytes)) = data.split_first() else {
        return;
    };
    let whole = hear(bytes, bytes.len());
    assert_eq!(
        whole,
        hear(bytes, usize::from(*cut)),
        "cut every {cut} bytes"
    );
}

fn hear(bytes: &[u8], size: usize) -> Vec<String> {
    let most = MAX_MESSAGE_BYTES as usize + OVERHEAD_BYTES;
    let mut decoder = Decoder::default();
    let mut heard = Vec::new();
    for piece in bytes.chunks(size.max(1)) {
        let mut piece = piece.to_vec();
        let mut rest = &mut piece[..];
        loop {
            let finished = decoder.is_finished();
            match decoder.next(&mut rest) {
                Ok(Some(incoming)) => {
                    assert!(!finished, "heard after the end");
                    heard.push(format!("{incoming:?}"));
                }
                Ok(None) => break,
                Err(violation) => {
                    heard.push(format!("{violation:?} {}", violation.code()));
                    assert!(decoder.is_finished());
                    return heard;
                }
            }
        }
        assert!(decoder.held_bytes() <= most, "{}", decoder.held_bytes());
    }
    assert_eq!(decoder.counts().bytes, bytes.len() as u64);
    heard
}

/// A request in lines, `name: value`; the first line may be another method. An upgrade that is accepted has
/// a key of 16 bytes, speaks our subprotocol or none, and takes no extension.
pub fn handshake(data: &[u8]) {
    let (method, headers) = request(data);
    match upgrade::judge(&method, Version::HTTP_11, &headers, "parlor.v1") {
        Ok(accepted) => {
            let response = accepted.response(());
            let said = |name: &str| response.headers().get(name);
            assert_eq!(response.status(), 101);
            assert!(said("sec-websocket-extensions").is_none());
            assert!(said("sec-websocket-protocol").is_none_or(|it| it == "parlor.v1"));
            let key = headers["sec-websocket-key"]
                .to_str()
                .expect("a key is ASCII")
                .trim();
            assert_eq!(base64_bytes(key), Some(16));
            assert_eq!(
                said("sec-websocket-accept")
                    .expect("an answer to the key")
                    .len(),
                28
            );
        }
        Err(refusal) => assert!(refusal.status().is_client_error()),
    }
}

/// How many bytes it stands for; its last bits may say anything, for the key is never decoded.
fn base64_bytes(text: &str) -> Option<usize> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let lenient = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    lenient.decode(text).ok().map(|bytes| bytes.len())
}

fn request(data: &[u8]) -> (Method, HeaderMap) {
    let mut headers = HeaderMap::new();
    let mut method = Method::GET;
    for line in data.split(|byte| *byte == b'\n') {
        let Some(at) = line.iter().position(|byte| *byte == b':') else {
            method = Method::from_bytes(line).unwrap_or(method);
            continue;
        };
        let (name, value) = (&line[..at], line[at + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            headers.append(name, value);
        }
    }
    (method, headers)
}

/// A text of a client's: what is taken reads the same when it is written again; what is not says why, and
/// its id is one. Whatever a name is made of, it is within its form or refused.
pub fn commands(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match ClientFrame::decode(text) {
        Ok(frame) => {
            let again = serde_json::to_string(&frame).expect("a frame is JSON");
            assert_eq!(ClientFrame::decode(&again), Ok(frame));
        }
        Err(unreadable) => {
            assert!(matches!(
                unreadable.code,
                Code::BadFrame | Code::UnknownType
            ));
            let id = unreadable.id.as_ref().map(RequestId::as_str);
            assert!(id.is_none_or(|id| id.len() <= 64 && text.len() > id.len()));
        }
    }
    if let Ok(name) = Username::parse(text) {
        let name = name.as_str();
        assert!((2..=32).contains(&name.len()) && name.is_ascii() && name == name.to_lowercase());
    }
    if let Ok(name) = RoomName::parse(text) {
        assert!((1..=80).contains(&name.as_str().chars().count()));
        assert_eq!(
            RoomName::parse(name.as_str()).as_ref(),
            Ok(&name),
            "in its form it stays"
        );
        assert!(!name.key().is_empty());
    }
    if let Ok(name) = DisplayName::parse(text) {
        assert!((1..=80).contains(&name.as_str().chars().count()));
        assert!(!name.as_str().chars().any(char::is_control));
    }
    if let Ok(topic) = Topic::parse(text) {
        assert!(topic.as_str().chars().count() <= 250);
    }
    if let Some(nonce) = Nonce::parse(text) {
        assert!((1..=64).contains(&nonce.as_str().len()));
    }
    if let Ok(emoji) = Emoji::parse(text) {
        // A variant becomes the recommended sequence, which stays as it is.
        assert_eq!(Emoji::parse(emoji.as_str()), Ok(emoji));
    }
}

/// What a request shows to be let in, its address in the first line: found or not, never a panic. A bearer
/// token decides where there is one; a page of another origin changes nothing.
pub fn credentials(data: &[u8]) {
    let (first, rest) = match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &data[..0]),
    };
    let uri = Uri::try_from(first).unwrap_or_default();
    let (_, headers) = request(rest);
    let shown = credentials_of(&uri, &headers);
    if let Some(bearer) = headers.get("authorization") {
        let mut alone = HeaderMap::new();
        alone.insert("authorization", bearer.clone());
        assert_eq!(credentials_of(&uri, &alone).token, shown.token);
    }
    let nothing = secret::hash("");
    assert!(
        shown
            .token
            .is_none_or(|token| token != nothing || first.len() + rest.len() > 128)
    );
    let own = Own::of(None, std::net::SocketAddr::from(([127, 0, 0, 1], 8080)));
    if origin::judge(&own, &uri, &headers, true).is_ok() {
        for origin in headers.get_all("origin") {
            let origin = origin.to_str().expect("ours is ASCII").to_ascii_lowercase();
            let ours = ["localhost", "127.0.0.1", "[::1]"].map(|it| format!("http://{it}:8080"));
            assert!(ours.contains(&origin), "{origin}");
        }
    }
}
