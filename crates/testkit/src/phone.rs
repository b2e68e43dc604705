//! A client's connection, by a WebSocket library that nobody of the house wrote.
//!
//! It reads only when it is asked for something, so that a test decides how slow
//! a reader is. All it reads passes through an [`ExactlyOnce`]: whatever a test is
//! about, a hole or an event twice ends it.

use std::collections::VecDeque;
use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use http::{HeaderValue, Response};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::follower::ExactlyOnce;
use crate::person::number;
use crate::until::soon;

/// The server's own frames, and `ready`, are no longer.
const FRAME_BYTES: usize = 64 * 1024;
const READY_BYTES: usize = 4 * 1024 * 1024;

/// What a narrow socket takes unread; the system may double it.
const NARROW_BYTES: u32 = 8 * 1024;

/// A connection of somebody.
pub struct Phone {
    socket: WebSocketStream<TcpStream>,
    /// The `ready` that answered `hello`; null before.
    pub ready: Value,
    /// What the connection holds.
    pub held: ExactlyOnce,
    /// Frames read and not taken yet, `events` left out.
    inbox: VecDeque<Value>,
    /// Events read and not taken yet, with their rooms.
    events: VecDeque<(String, Value)>,
    requests: u64,
}

/// How a server ended a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The close code.
    pub code: u16,
    /// The `bye` said before; null where there was none.
    pub bye: Value,
}

impl Phone {
    /// Connects with a token, and says nothing yet.
    pub async fn dial(server: SocketAddr, token: &str) -> Self {
        let bearer = format!("Bearer {token}");
        let headers = [(AUTHORIZATION.as_str(), bearer.as_str())];
        let (socket, _) = upgrade(server, "/ws", &headers).await.expect("an upgrade");
        Self::on(socket)
    }

    /// As [`Phone::dial`], over a socket that takes little at a time: a few frames that are not
    /// read, and the server finds it full.
    pub async fn dial_narrow(server: SocketAddr, token: &str) -> Self {
        let socket = tcp_socket(server);
        socket
            .set_recv_buffer_size(NARROW_BYTES)
            .expect("a size that is allowed");
        let stream = socket.connect(server).await.expect("a server that listens");
        let bearer = format!("Bearer {token}");
        let headers = [(AUTHORIZATION.as_str(), bearer.as_str())];
        let upgraded = upgrade_on(stream, server, "/ws", &headers).await;
        Self::on(upgraded.expect("an upgrade").0)
    }

    /// A connection that was upgraded already.
    pub fn on(socket: WebSocketStream<TcpStream>) -> Self {
        Self {
            socket,
            ready: Value::Null,
            held: ExactlyOnce::default(),
            inbox: VecDeque::new(),
            events: VecDeque::new(),
            requests: 0,
        }
    }

    /// Says `hello` with what is held, and waits for `ready`.
    pub async fn say_hello(&mut self, mut held: ExactlyOnce) {
        let hello = held.hello();
        self.held = held;
        self.send(hello).await;
        self.ready = self.wait("ready").await;
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: Value) {
        self.send_text(&frame.to_string()).await;
    }

    /// Sends a text message. What the server has closed in the meantime is found out by reading.
    pub async fn send_text(&mut self, text: &str) {
        let message = Message::text(text.to_owned());
        let _ = soon("a socket that takes a message", self.socket.send(message)).await;
    }

    /// Sends any message of WebSocket's.
    pub async fn send_message(&mut self, message: Message) {
        let _ = soon("a socket that takes a message", self.socket.send(message)).await;
    }

    /// Sends a frame with an id of its own; gives the id.
    pub async fn ask(&mut self, mut frame: Value) -> String {
        self.requests += 1;
        let id = format!("q{}", self.requests);
        frame["id"] = json!(id);
        if frame["type"] == "resume"
            && let (Some(room), Some(after)) = (frame["room"].as_str(), frame["after"].as_u64())
        {
            self.held.resumes(room, after, &id);
        }
        self.send(frame).await;
        id
    }

    /// Sends a frame with an id of its own, and waits for the answer to it.
    pub async fn request(&mut self, frame: Value) -> Value {
        let id = self.ask(frame).await;
        self.answer(&id).await
    }

    /// The answer to a request.
    pub async fn answer(&mut self, id: &str) -> Value {
        self.find(&format!("the answer to {id}"), |frame| frame["id"] == id)
            .await
    }

    /// The answer to a request; `None` where the server closed before.
    pub async fn answer_or_close(&mut self, id: &str) -> Option<Value> {
        loop {
            if let Some(at) = self.inbox.iter().position(|frame| frame["id"] == id) {
                return self.inbox.remove(at);
            }
            self.read().await.ok()?;
        }
    }

    /// Posts with a nonce of its own. The ack.
    pub async fn post(&mut self, room: &str, text: &str) -> Value {
        let nonce = format!("n{}-{room}-{text:.12}", self.requests)
            .replace(|c: char| !c.is_ascii_graphic(), "-");
        self.post_as(room, text, &nonce[..nonce.len().min(64)])
            .await
    }

    /// Posts with a nonce. The ack.
    pub async fn post_as(&mut self, room: &str, text: &str, nonce: &str) -> Value {
        let answer = self.try_post(room, text, nonce).await;
        assert_eq!(answer["type"], "ack", "{answer}");
        answer
    }

    /// Posts with a nonce. The answer, whatever it is.
    pub async fn try_post(&mut self, room: &str, text: &str, nonce: &str) -> Value {
        self.request(json!({"type": "post", "room": room, "nonce": nonce, "text": text}))
            .await
    }

    /// Posts all of these, several under way at once, each with a nonce of its own; gives the last seq.
    pub async fn post_many(&mut self, room: &str, texts: impl IntoIterator<Item = String>) -> u64 {
        /// Few enough that nothing of it fills a buffer that the other end waits for.
        const UNDER_WAY: usize = 32;
        let (mut under_way, mut last) = (VecDeque::new(), 0);
        for text in texts {
            let nonce = format!("many-{}", self.requests);
            let post = json!({"type": "post", "room": room, "nonce": nonce, "text": text});
            under_way.push_back(self.ask(post).await);
            if under_way.len() == UNDER_WAY {
                last = self.acked(&mut under_way).await;
            }
        }
        while !under_way.is_empty() {
            last = self.acked(&mut under_way).await;
        }
        last
    }

    async fn acked(&mut self, under_way: &mut VecDeque<String>) -> u64 {
        let id = under_way.pop_front().expect("one is under way");
        let answer = self.answer(&id).await;
        assert_eq!(answer["type"], "ack", "{answer}");
        number(&answer["seq"])
    }

    /// Does a thing to a message. The answer, whatever it is.
    pub async fn act(&mut self, verb: &str, room: &str, seq: &Value, more: Value) -> Value {
        let nonce = format!("{verb}-{seq}-{}", self.requests);
        let mut frame = json!({"type": verb, "room": room, "seq": seq, "nonce": nonce});
        for (name, value) in more.as_object().into_iter().flatten() {
            frame[name] = value.clone();
        }
        self.request(frame).await
    }

    /// Waits until everything sent before has been read by the server.
    pub async fn settle(&mut self) {
        let pong = self.request(json!({"type": "ping"})).await;
        assert_eq!(pong["type"], "pong");
    }

    /// The next frame of a type that was not taken yet.
    pub async fn wait(&mut self, kind: &str) -> Value {
        self.find(kind, |frame| frame["type"] == kind).await
    }

    /// The next frame for which this holds, among those not taken yet; `events` are none of them.
    pub async fn find(&mut self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        loop {
            if let Some(at) = self.inbox.iter().position(&holds) {
                return self.inbox.remove(at).expect("it was found there");
            }
            if let Err(closed) = self.read().await {
                panic!("closed with {} before {what} came", closed.code);
            }
        }
    }

    /// The next event of a room that was not taken yet.
    pub async fn event(&mut self, room: &str) -> Value {
        loop {
            if let Some(at) = self.events.iter().position(|(of, _)| of == room) {
                return self.events.remove(at).expect("it was found there").1;
            }
            if let Err(closed) = self.read().await {
                panic!("closed with {} before an event came", closed.code);
            }
        }
    }

    /// Reads until the room is held up to a seq.
    pub async fn hold(&mut self, room: &str, seq: u64) {
        let holds = |held: &ExactlyOnce| held.cursor(room).is_some_and(|cursor| cursor >= seq);
        self.read_until(&format!("{seq} of {room}"), holds).await;
    }

    /// Reads until what is held is so.
    pub async fn read_until(&mut self, what: &str, is_so: impl Fn(&ExactlyOnce) -> bool) {
        while !is_so(&self.held) {
            if let Err(closed) = self.read().await {
                panic!("closed with {} before {what}", closed.code);
            }
        }
    }

    /// Frames read so far and not taken, without waiting.
    pub fn unread(&self) -> impl Iterator<Item = &Value> {
        self.inbox.iter()
    }

    /// Reads until the server closes.
    pub async fn closed(&mut self) -> Closed {
        loop {
            if let Err(closed) = self.read().await {
                return closed;
            }
        }
    }

    /// Reads until the server closes, which must be with this code, and a `bye` where one is due.
    pub async fn expect_close(&mut self, code: u16) -> Closed {
        let closed = self.closed().await;
        assert_eq!(closed.code, code, "{closed:?}");
        let due = matches!(code, 1011..=1013 | 4000..);
        assert_eq!(
            closed.bye["code"].as_u64(),
            due.then_some(code.into()),
            "{closed:?}"
        );
        closed
    }

    /// Cuts the connection without a word, and keeps what is held.
    pub fn cut(self) -> ExactlyOnce {
        self.held
    }

    /// Reads one frame into what is not taken yet.
    async fn read(&mut self) -> Result<(), Closed> {
        let bye = || {
            self.inbox
                .iter()
                .find(|frame| frame["type"] == "bye")
                .cloned()
                .unwrap_or_default()
        };
        match soon("a frame", self.socket.next()).await {
            Some(Ok(Message::Text(text))) => {
                let frame: Value = serde_json::from_str(&text).expect("JSON in each text message");
                let bound = if frame["type"] == "ready" {
                    READY_BYTES
                } else {
                    FRAME_BYTES
                };
                assert!(
                    text.len() <= bound,
                    "a {} of {} bytes",
                    frame["type"],
                    text.len()
                );
                let room = frame["room"].as_str().unwrap_or_default().to_owned();
                let new = self.held.take(&frame);
                if frame["type"] == "events" {
                    self.events
                        .extend(new.into_iter().map(|event| (room.clone(), event)));
                } else {
                    self.inbox.push_back(frame);
                }
                Ok(())
            }
            Some(Ok(Message::Close(close))) => {
                let code = close.map_or(1005, |close| close.code.into());
                Err(Closed { code, bye: bye() })
            }
            Some(Ok(Message::Binary(_) | Message::Frame(_))) => panic!("not a text message"),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            // 1006 (RFC 6455, 7.4.1): it ended without a close frame.
            Some(Err(_)) | None => Err(Closed {
                code: 1006,
                bye: bye(),
            }),
        }
    }
}

/// Asks for an upgrade with these headers; the answer where it is refused.
///
/// # Errors
/// The response that was not 101.
pub async fn upgrade(
    server: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<(WebSocketStream<TcpStream>, Response<()>), Box<Response<Option<Vec<u8>>>>> {
    let stream = tcp_socket(server)
        .connect(server)
        .await
        .expect("a server that listens");
    upgrade_on(stream, server, path, headers).await
}

/// As [`upgrade`], over a stream with options of its own.
///
/// # Errors
/// The response that was not 101.
pub async fn upgrade_on(
    stream: TcpStream,
    server: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<(WebSocketStream<TcpStream>, Response<()>), Box<Response<Option<Vec<u8>>>>> {
    let mut request = format!("ws://{server}{path}")
        .into_client_request()
        .expect("a good request");
    let protocol = HeaderValue::from_static("parlor.v1");
    request
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    for (name, value) in headers {
        let name = http::HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
        request.headers_mut().insert(
            name,
            HeaderValue::from_str(value).expect("a header's value"),
        );
    }
    let upgraded = soon(
        "an upgrade",
        tokio_tungstenite::client_async(request, stream),
    )
    .await;
    match upgraded {
        Ok((socket, response)) => Ok((socket, response.map(|_| ()))),
        Err(Error::Http(response)) => Err(response),
        Err(error) => panic!("no answer to the upgrade: {error}"),
    }
}

fn tcp_socket(server: SocketAddr) -> TcpSocket {
    let socket = if server.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    };
    socket.expect("a socket")
}
