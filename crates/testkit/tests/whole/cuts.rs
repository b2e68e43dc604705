//! Connections that end behind every byte: of what a client says, and of what a server says.
//! Whatever was lost, a post that is sent again stands in the log once.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use parlor_testkit::TestServer;
use parlor_testkit::person::text;
use parlor_testkit::raw::{FIN, TEXT, head};
use parlor_testkit::until::soon;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What a client says from its first byte to its post: the request for a socket, then frames.
struct Says {
    request: Vec<u8>,
    frames: Vec<u8>,
}

impl Says {
    fn of(server: SocketAddr, token: &str, room: &str, nonce: &str) -> Self {
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Authorization: Bearer {token}\r\n\r\n"
        );
        let hello = json!({"type": "hello", "protocol": 1});
        let post = json!({"type": "post", "id": "1", "room": room, "nonce": nonce, "text": nonce});
        let frames = [hello, post].map(|frame| masked(&frame));
        Self {
            request: request.into_bytes(),
            frames: frames.concat(),
        }
    }
}

fn masked(frame: &Value) -> Vec<u8> {
    let payload = frame.to_string().into_bytes();
    let mut bytes = head(FIN | TEXT, payload.len() as u64);
    let mask = bytes[bytes.len() - 4..].to_vec();
    let covered = payload.iter().zip(mask.iter().cycle());
    bytes.extend(covered.map(|(byte, mask)| byte ^ mask));
    bytes
}

/// A socket of TCP whose bytes are counted.
struct Wire {
    stream: TcpStream,
    /// What was read.
    heard: Vec<u8>,
}

impl Wire {
    async fn to(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server)
            .await
            .expect("a server that listens");
        stream.set_nodelay(true).expect("a socket of TCP");
        Self {
            stream,
            heard: Vec::new(),
        }
    }

    async fn say(&mut self, bytes: &[u8]) {
        soon("bytes taken", self.stream.write_all(bytes))
            .await
            .expect("a socket that takes them");
    }

    /// Reads until these bytes came, or so many in all. Whether they came.
    async fn hear(&mut self, until: &[u8], most: usize) -> bool {
        while self.heard.len() < most {
            let byte = soon("a byte", self.stream.read_u8())
                .await
                .expect("a stream that goes on");
            self.heard.push(byte);
            if self.heard.ends_with(until) {
                return true;
            }
        }
        false
    }
}

const END_OF_HEAD: &[u8] = b"\r\n\r\n";
const ACK: &[u8] = br#""type":"ack""#;

#[tokio::test]
async fn cut_behind_any_byte_a_post_that_is_sent_again_stands_once() {
    let server = TestServer::with().in_memory().start().await;
    let ada = server.person("ada").await;
    let room = server.general.clone();
    let says = |nonce: &str| Says::of(server.address(), &ada.token, &room, nonce);
    let mut nonces = Vec::new();

    // Of what the client says, byte after byte.
    let whole = says("client-0000");
    for cut in 0..=whole.request.len() + whole.frames.len() {
        let nonce = format!("client-{cut:04}");
        let Says { request, frames } = says(&nonce);
        let mut wire = Wire::to(server.address()).await;
        wire.say(&request[..cut.min(request.len())]).await;
        if cut > request.len() {
            assert!(wire.hear(END_OF_HEAD, usize::MAX).await);
            wire.say(&frames[..cut - request.len()]).await;
        }
        nonces.push(nonce);
    }

    // Of what the server says, up to its ack.
    let mut heard = usize::MAX;
    let mut cut = 0;
    while cut < heard {
        let nonce = format!("server-{cut:04}");
        let Says { request, frames } = says(&nonce);
        let mut wire = Wire::to(server.address()).await;
        wire.say(&request).await;
        if wire.hear(END_OF_HEAD, cut).await {
            wire.say(&frames).await;
            if wire.hear(ACK, cut).await {
                heard = cut;
            }
        }
        nonces.push(nonce);
        cut += 1;
    }
    assert!(heard > 600, "an answer, ready and an ack: {heard} bytes");

    // All of it again, on a connection that holds.
    let mut phone = ada.connect().await;
    let mut seqs = BTreeMap::new();
    for nonce in &nonces {
        let ack = phone.post_as(&room, nonce, nonce).await;
        seqs.insert(nonce.clone(), ack["seq"].clone());
    }
    let mut posted = BTreeMap::new();
    let log = ada.log(&room).await;
    for (event, seq) in log.iter().zip(1..) {
        assert_eq!(event["seq"], seq, "no hole");
        if event["kind"] == "message_posted" {
            let twice = posted.insert(text(&event["nonce"]), event["seq"].clone());
            assert_eq!(twice, None, "{event}");
        }
    }
    assert_eq!(posted, seqs, "each once, as it was acked");
}

#[tokio::test]
async fn in_single_bytes_all_of_it_arrives() {
    let server = TestServer::with().in_memory().start().await;
    let ada = server.person("ada").await;
    let Says { request, frames } =
        Says::of(server.address(), &ada.token, &server.general, "crumbs");
    let mut wire = Wire::to(server.address()).await;
    for byte in request {
        wire.say(&[byte]).await;
    }
    assert!(wire.hear(END_OF_HEAD, usize::MAX).await);
    for byte in frames {
        wire.say(&[byte]).await;
    }
    assert!(wire.hear(ACK, usize::MAX).await);
}
