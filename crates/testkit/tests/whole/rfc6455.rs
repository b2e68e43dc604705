//! RFC 6455 over real sockets, against the real server, as one table. Cases are numbered like those
//! of the Autobahn test suite, so that a failure can be looked up there.
//!
//! The server echoes nothing, so a text is shown to have arrived by its answer: a `ping` of the
//! contract with an id, padded to the length that the case asks for. Where that suite allows several
//! behaviours or the contract has its own, [`Case::ours`] says which and why.
//!
//! Each case is sent at once and in pieces of several sizes; the answer is the same.

use parlor_testkit::raw::{BINARY, CLOSE, FIN, PING, PONG, RawSocket, TEXT, head};
use parlor_testkit::{Person, TestServer};

#[path = "rfc6455/bytes.rs"]
mod bytes;
#[path = "rfc6455/closing.rs"]
mod closing;
#[path = "rfc6455/framing.rs"]
mod framing;
#[path = "rfc6455/limits.rs"]
mod limits;
#[path = "rfc6455/utf8.rs"]
mod utf8;

use bytes::{close, frame, pong_of};

/// The longest case that is also sent byte by byte.
const SHORT: usize = 300;

/// A number, what is sent, what is heard, and what of it is ours.
struct Case {
    number: &'static str,
    sent: Vec<u8>,
    heard: Vec<Heard>,
    /// Where the contract says more, or something else, than the suite.
    ours: &'static str,
}

/// What a client hears.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Heard {
    /// The `pong` of the contract with this id: a text has arrived.
    Text(String),
    /// A `refuse`: a text has arrived that is no request of the contract.
    Refused,
    /// A pong frame.
    Pong(Vec<u8>),
    /// A close frame with this code, and the end of the stream.
    Closed(u16),
}

const fn case(number: &'static str, sent: Vec<u8>, heard: Vec<Heard>) -> Case {
    Case {
        number,
        sent,
        heard,
        ours: "",
    }
}

impl Case {
    const fn ours(mut self, why: &'static str) -> Self {
        self.ours = why;
        self
    }
}

/// That each case is heard as it says, however it is cut.
async fn check(cases: Vec<Case>) {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    for case in cases {
        for piece in pieces(case.sent.len()) {
            let heard = hear(&ada, &server, &case, piece).await;
            let Case {
                number,
                ours,
                heard: expected,
                ..
            } = &case;
            assert_eq!(
                &heard, expected,
                "case {number} in pieces of {piece} ({ours})"
            );
        }
    }
}

/// The sizes of pieces in which so many bytes are sent.
fn pieces(length: usize) -> Vec<usize> {
    match length {
        0..=SHORT => vec![length.max(1), 7, 1],
        _ => vec![length, 997],
    }
}

/// Sends a case over a socket of its own, then a close of ours where none was part of it, and hears all.
async fn hear(ada: &Person, server: &TestServer, case: &Case, piece: usize) -> Vec<Heard> {
    let mut socket = RawSocket::open(server.address(), &ada.token).await;
    let hello = br#"{"type":"hello","protocol":1}"#;
    socket.frame(FIN | TEXT, hello).await;
    let (_, ready) = socket.next().await.expect("a ready");
    assert!(ready.starts_with(br#"{"type":"ready""#));
    for piece in case.sent.chunks(piece) {
        socket.send(piece).await;
    }
    let ends = matches!(case.heard.last(), Some(Heard::Closed(_)));
    if !ends {
        socket.send(&close(1000, "")).await;
    }
    let mut heard = Vec::new();
    while let Some((opcode, payload)) = socket.next().await {
        heard.push(match opcode {
            TEXT => heard_text(&payload),
            PONG => Heard::Pong(payload),
            CLOSE => Heard::Closed(
                payload
                    .first_chunk()
                    .map_or(1005, |it| u16::from_be_bytes(*it)),
            ),
            other => panic!("the server sent a frame of opcode {other}"),
        });
    }
    if !ends {
        assert_eq!(
            heard.pop(),
            Some(Heard::Closed(1000)),
            "case {}",
            case.number
        );
    }
    heard
}

fn heard_text(payload: &[u8]) -> Heard {
    let frame: serde_json::Value = serde_json::from_slice(payload).expect("JSON in each text");
    match frame["type"].as_str() {
        Some("pong") => Heard::Text(frame["id"].as_str().expect("an id").to_owned()),
        Some("refuse") => Heard::Refused,
        _ => panic!("nobody asked for {frame}"),
    }
}
