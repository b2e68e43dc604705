//! What only a real socket shows: upgrades, deadlines, strangers, draining.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use parlor_protocol::{UserId, Username};
use parlor_store::write::{Grant, NewAccount, NewSession, Op, SessionLife};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::auth::secret;
use crate::config::Config;
use crate::listen::Server;
use crate::peers::STRANGERS;
use crate::stream::Deadlines;

/// A server on a free port.
struct Running {
    address: SocketAddr,
    token: String,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

async fn running(deadlines: Deadlines) -> Running {
    let (live, _) = super::live(true);
    let token = secret::token(live.ambient());
    let session = NewSession {
        id: parlor_protocol::SessionId::from_u128(live.ambient().uuid_v7()),
        token: secret::hash(&token),
        label: "a test".into(),
        life: SessionLife::Browser,
    };
    let account = NewAccount {
        id: UserId::from_u128(live.ambient().uuid_v7()),
        username: Username::parse("ada").unwrap(),
        name: parlor_protocol::DisplayName::parse("Ada").unwrap(),
        password: "none".into(),
        grant: Grant::Console { admin: true },
        session: Some(session),
    };
    live.submit(Op::AddAccount(account)).await.unwrap();
    let config = Config::listening_on(SocketAddr::from(([127, 0, 0, 1], 0)));
    let mut server = Server::bind(config, live).await.unwrap();
    server.deadlines = deadlines;
    let address = server.local_addr();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    Running {
        address,
        token,
        stop,
        serving,
    }
}

/// Fails where something takes longer than anything here may.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what)
        .await
        .expect("it takes too long")
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A request's text, with our host.
    fn request(&self, line: &str, headers: &[&str]) -> String {
        let mut text = format!("{line} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for header in headers {
            text.push_str(header);
            text.push_str("\r\n");
        }
        text + "\r\n"
    }

    /// The head of the answer to a request on a connection of its own.
    async fn head(&self, line: &str, headers: &[&str]) -> String {
        let mut stream = self.connect().await;
        stream
            .write_all(self.request(line, headers).as_bytes())
            .await
            .unwrap();
        head(&mut stream).await
    }
}

async fn head(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if soon(stream.read(&mut byte)).await.unwrap() == 0 {
            break;
        }
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap().to_lowercase()
}

/// Reads until the other end closes, and returns what came.
async fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A reset ends a connection as well.
    let _ = soon(stream.read_to_end(&mut bytes)).await;
    bytes
}

const UPGRADE: [&str; 4] = [
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

#[tokio::test]
async fn an_upgrade_wants_credentials_and_our_subprotocol_or_none() {
    let server = running(Deadlines::default()).await;
    let bearer = format!("Authorization: Bearer {}", server.token);
    let upgrade = async |line: &str, more: &[&str]| {
        let headers: Vec<&str> = UPGRADE.iter().chain(more).copied().collect();
        server.head(line, &headers).await
    };
    assert!(upgrade("GET /ws", &[]).await.starts_with("http/1.1 401"));
    assert!(
        upgrade("GET /ws", &["Authorization: Bearer no"])
            .await
            .starts_with("http/1.1 401")
    );
    assert!(
        upgrade("GET /ws?ticket=no", &[])
            .await
            .starts_with("http/1.1 401")
    );
    let evil = [bearer.as_str(), "Origin: http://evil.test"];
    assert!(upgrade("GET /ws", &evil).await.starts_with("http/1.1 403"));
    let other = [bearer.as_str(), "Sec-WebSocket-Protocol: chat"];
    assert!(upgrade("GET /ws", &other).await.starts_with("http/1.1 400"));
    let head = server.head("GET /ws", &[&bearer]).await;
    assert!(head.starts_with("http/1.1 426") && head.contains("sec-websocket-version: 13"));

    let head = upgrade("GET /ws", &[&bearer]).await;
    assert!(head.starts_with("http/1.1 101"), "{head}");
    assert!(
        head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="),
        "{head}"
    );
    assert!(!head.contains("sec-websocket-protocol"));
    let cookie = format!("Cookie: parlor={}", server.token);
    let head = upgrade(
        "GET /ws",
        &[&cookie, "Sec-WebSocket-Protocol: x, parlor.v1"],
    )
    .await;
    assert!(head.contains("sec-websocket-protocol: parlor.v1"), "{head}");
}

#[tokio::test]
async fn a_ticket_is_good_for_one_socket() {
    let server = running(Deadlines::default()).await;
    let bearer = format!("Authorization: Bearer {}", server.token);
    let mut stream = server.connect().await;
    let ask = server.request("POST /api/v1/tickets", &[&bearer, "Connection: close"]);
    stream.write_all(ask.as_bytes()).await.unwrap();
    let answer = String::from_utf8(rest(stream).await).unwrap();
    let body: serde_json::Value =
        serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(body["expires_in"], 30);
    let line = format!("GET /ws?ticket={}", body["ticket"].as_str().unwrap());
    assert!(
        server
            .head(&line, &UPGRADE)
            .await
            .starts_with("http/1.1 101")
    );
    assert!(
        server
            .head(&line, &UPGRADE)
            .await
            .starts_with("http/1.1 401")
    );
}

#[tokio::test]
async fn what_follows_the_upgrade_at_once_is_not_lost() {
    let server = running(Deadlines::default()).await;
    let bearer = format!("Authorization: Bearer {}", server.token);
    let mut stream = server.connect().await;
    let headers: Vec<&str> = UPGRADE.iter().copied().chain([bearer.as_str()]).collect();
    let mut bytes = server.request("GET /ws", &headers).into_bytes();
    // A masked ping with one byte, masked with zeros.
    bytes.extend_from_slice(&[0x89, 0x81, 0, 0, 0, 0, b'!']);
    stream.write_all(&bytes).await.unwrap();
    assert!(head(&mut stream).await.starts_with("http/1.1 101"));
    let mut pong = [0; 3];
    soon(stream.read_exact(&mut pong)).await.unwrap();
    assert_eq!(pong, [0x8a, 1, b'!']);
}

#[tokio::test]
async fn who_says_nothing_and_who_says_half_a_head_is_dropped() {
    let quick = Duration::from_millis(50);
    let long = Duration::from_secs(3600);
    let deadlines = |first_byte, head, idle| Deadlines {
        first_byte,
        head,
        idle,
        stalled: long,
    };

    let server = running(deadlines(quick, long, long)).await;
    assert!(rest(server.connect().await).await.is_empty());

    let server = running(deadlines(long, quick, long)).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    rest(stream).await;

    let server = running(deadlines(long, long, quick)).await;
    let mut stream = server.connect().await;
    stream
        .write_all(server.request("GET /livez", &[]).as_bytes())
        .await
        .unwrap();
    assert!(rest(stream).await.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn who_takes_nothing_of_the_answers_is_dropped() {
    let stalled = Duration::from_millis(50);
    let server = running(Deadlines {
        stalled,
        ..Deadlines::default()
    })
    .await;
    let mut stream = server.connect().await;
    let ask = server.request("GET /api/openapi.json", &[]).repeat(100);
    let asking = async { while stream.write_all(ask.as_bytes()).await.is_ok() {} };
    soon(asking).await;
}

#[tokio::test]
async fn strangers_of_one_address_are_fifty_at_most() {
    let server = running(Deadlines::default()).await;
    let mut strangers = Vec::new();
    for _ in 0..STRANGERS {
        let mut stream = server.connect().await;
        // Each is answered, so each is admitted before the next comes.
        stream
            .write_all(server.request("GET /livez", &[]).as_bytes())
            .await
            .unwrap();
        assert!(head(&mut stream).await.starts_with("http/1.1 200"));
        strangers.push(stream);
    }
    assert!(
        rest(server.connect().await).await.is_empty(),
        "one more is dropped"
    );

    // One of them signs in, and makes room.
    let bearer = format!("Authorization: Bearer {}", server.token);
    let mut known = strangers.pop().unwrap();
    let mut body = vec![0; 1024];
    soon(known.read(&mut body)).await.unwrap();
    known
        .write_all(server.request("GET /api/v1/me", &[&bearer]).as_bytes())
        .await
        .unwrap();
    assert!(head(&mut known).await.starts_with("http/1.1 200"));
    assert!(
        server
            .head("GET /livez", &[])
            .await
            .starts_with("http/1.1 200")
    );
}

#[tokio::test]
async fn a_body_that_is_too_large_gets_its_answer_all_the_same() {
    let server = running(Deadlines::default()).await;
    let mut stream = server.connect().await;
    let length = 4 * 1024 * 1024;
    let declared = format!("Content-Length: {length}");
    let json = "Content-Type: application/json";
    let ask = server.request(
        "POST /api/v1/sessions",
        &[&declared, json, "Connection: close"],
    );
    stream.write_all(ask.as_bytes()).await.unwrap();
    stream.write_all(&vec![b'x'; length]).await.unwrap();
    assert!(rest(stream).await.starts_with(b"HTTP/1.1 413"));
}

#[tokio::test]
async fn what_follows_a_request_with_two_lengths_is_no_request() {
    let server = running(Deadlines::default()).await;
    let mut stream = server.connect().await;
    let two = ["Content-Length: 4", "Transfer-Encoding: chunked"];
    let mut ask = server.request("POST /api/v1/sessions", &two);
    ask.push_str("0\r\n\r\nGET /livez HTTP/1.1\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.unwrap();
    let answer = String::from_utf8(rest(stream).await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 415"), "{answer}");
    assert!(!answer.contains("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_stop_takes_nothing_new_and_ends_idle_connections() {
    let server = running(Deadlines::default()).await;
    let mut idle = server.connect().await;
    idle.write_all(server.request("GET /livez", &[]).as_bytes())
        .await
        .unwrap();
    head(&mut idle).await;
    let fresh = server.connect().await;
    server.stop.send(()).unwrap();
    soon(server.serving).await.unwrap();
    rest(idle).await;
    rest(fresh).await;
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_port_in_use_is_told_in_one_sentence() {
    let first = running(Deadlines::default()).await;
    let (live, _) = super::live(true);
    let error = Server::bind(Config::listening_on(first.address), live)
        .await
        .err()
        .unwrap();
    let words = error.to_string();
    assert!(words.contains("another program listens there"), "{words}");
    assert!(words.contains(&first.address.to_string()), "{words}");
}
