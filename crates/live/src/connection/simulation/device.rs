//! A device: a connection of the server's, the pipe between, and the client at its other end.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parlor_client::Start;
use parlor_client::decode::LogEvent;
use parlor_client::logs::{Do, Logs};
use parlor_protocol::frame::{ClientFrame, CloseCode, ServerFrame};
use parlor_protocol::{RoomId, Seq};
use parlor_store::write::Actor;
use parlor_testkit::ExactlyOnce;
use parlor_websocket::Incoming;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::super::way::Way;
use super::super::{Connection, fetch, inbound, outbound};
use super::Pipe;
use super::world::Met;
use crate::Shared;
use crate::hello;

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// See the file's head.
pub(super) struct Device {
    pub(super) actor: Actor,
    /// The client's own logs, from every room's beginning on.
    logs: Logs,
    /// What was handed to the program, by room: every event once, in order.
    applied: BTreeMap<RoomId, Vec<LogEvent>>,
    /// The other follower.
    strict: ExactlyOnce,
    link: Option<Link>,
    requests: u64,
    /// Its newest post.
    posted: Option<Value>,
}

/// A connection that is there.
struct Link {
    connection: Arc<Connection>,
    pipe: Arc<Pipe>,
    /// The snapshot or the read under way.
    job: Option<Job>,
    /// Frames of the client's on their way.
    sent: VecDeque<String>,
    /// Bytes of a frame that is not whole, and where in the stream it began.
    unread: Vec<u8>,
    offset: u64,
    ready: bool,
    /// Texts that are deleted, with how much was written when that was published: what begins
    /// after it holds none of them.
    gone: Vec<(String, u64)>,
}

impl Device {
    pub(super) fn of(actor: Actor) -> Self {
        Self {
            actor,
            logs: Logs::new(Start::Beginning, None, BTreeMap::new()),
            applied: BTreeMap::new(),
            strict: ExactlyOnce::default(),
            link: None,
            requests: 0,
            posted: None,
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.link.is_some()
    }

    /// It has had its `ready`.
    pub(super) fn is_ready(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.ready)
    }

    pub(super) fn is_blocked(&self) -> bool {
        self.link.as_ref().is_some_and(|link| !link.pipe.has_room())
    }

    pub(super) fn connect(&mut self, shared: &Shared, takes: usize) {
        let pipe = Arc::new(Pipe::new(takes));
        let metrics = Arc::clone(&shared.metrics);
        let way = Way::Memory(Arc::clone(&pipe));
        let connection = Connection::new(self.actor, None, way, metrics, Instant::now());
        let connection = Arc::new(connection);
        shared.registry.add(Arc::clone(&connection));
        let hello = self.logs.hello();
        let ClientFrame::Hello { epoch, rooms, .. } = &hello else {
            panic!("a hello is one")
        };
        // The other follower holds what the client says that it holds.
        let held = rooms.iter().map(|(room, seq)| (room.as_str(), seq.get()));
        self.strict = ExactlyOnce::holding(epoch.as_deref(), held);
        self.strict.hello();
        let hello = serde_json::to_string(&hello).unwrap();
        self.link = Some(Link {
            connection,
            pipe,
            job: None,
            sent: VecDeque::from([hello]),
            unread: Vec::new(),
            offset: 0,
            ready: false,
            gone: Vec::new(),
        });
    }

    /// The connection breaks.
    pub(super) fn cut(&mut self, shared: &Shared) {
        if let Some(link) = self.link.take() {
            link.pipe.cut();
            shared.registry.remove(&link.connection);
            for (room, slot) in link.connection.end() {
                shared.hub.leave(room, slot);
            }
        }
    }

    /// Sends its newest post again, as after a cut.
    pub(super) fn post_again(&mut self) {
        if let Some(post) = self.posted.clone() {
            self.ask(post);
        }
    }

    /// Sends a request with an id of its own.
    pub(super) fn ask(&mut self, mut frame: Value) {
        if frame["type"] == "post" {
            self.posted = Some(frame.clone());
        }
        self.requests += 1;
        let id = format!("q{}", self.requests);
        frame["id"] = json!(id);
        if frame["type"] == "resume" {
            // From where it likes, but never so that a hole would be left.
            let room = frame["room"].as_str().unwrap().to_owned();
            let cursor = self.logs.cursor(RoomId::parse(&room));
            let Some(cursor) = cursor else { return };
            let after = frame["after"].as_u64().unwrap().min(cursor.get());
            frame["after"] = json!(after);
            self.strict.resumes(&room, after, &id);
        }
        if let Some(link) = &mut self.link {
            link.sent.push_back(frame.to_string());
        }
    }

    /// A text is deleted, and that is published.
    pub(super) fn is_gone(&mut self, text: &str) {
        if let Some(link) = &mut self.link {
            link.gone.push((text.to_owned(), link.pipe.taken()));
        }
    }

    /// The server reads one frame of the client's. Whether there was one.
    pub(super) fn arrives(&mut self, shared: &Shared) -> bool {
        let Some(link) = &mut self.link else {
            return false;
        };
        let now = Instant::now();
        if !link.connection.lock().may_read(now) {
            return false;
        }
        let Some(text) = link.sent.pop_front() else {
            return false;
        };
        let _ = inbound::take(shared, &link.connection, Incoming::Text(text.into()), now);
        true
    }

    /// The connection's task has a turn, as in [`super::super::task`]. Whether there is more to do.
    pub(super) fn turn(&mut self, shared: &Arc<Shared>) -> bool {
        let Some(link) = &mut self.link else {
            return false;
        };
        let connection = &link.connection;
        if link.pipe.has_room() {
            connection.note_writable();
        }
        let mut wants = outbound::pump(shared, connection, link.job.is_some());
        if let Some(need) = wants.fetch.take() {
            let fetch = fetch::fetch(Arc::clone(shared), Arc::clone(connection), need);
            link.job = Some(Box::pin(fetch));
        }
        let hello = connection.lock().hello.take();
        if let Some(hello) = hello {
            let greet = hello::greet(Arc::clone(shared), Arc::clone(connection), hello);
            link.job = Some(Box::pin(greet));
        }
        let more = wants.again || link.job.is_some();
        let closing = connection.lock().machine.closing();
        if let Some(closing) = closing {
            // Its rooms changed under every try.
            assert_eq!(
                closing.code,
                CloseCode::TryLater,
                "nothing else is a reason"
            );
            self.cut(shared);
        }
        more
    }

    /// What is under way goes on as far as it can. Whether there is something.
    pub(super) fn goes_on(&mut self) -> bool {
        let Some(link) = &mut self.link else {
            return false;
        };
        let Some(job) = &mut link.job else {
            return false;
        };
        if let Poll::Ready(()) = job.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            link.job = None;
        }
        true
    }

    /// The client reads so many bytes. Whether there were any.
    pub(super) fn reads(&mut self, most: usize, met: &mut Met) -> bool {
        let Some(link) = &mut self.link else {
            return false;
        };
        let bytes = link.pipe.read(most);
        if bytes.is_empty() {
            return false;
        }
        link.unread.extend(bytes);
        while let Some(text) = self.next_frame() {
            self.takes(&text, met);
        }
        true
    }

    /// The next whole text of the server's (RFC 6455, 5.2: unmasked, never fragmented).
    fn next_frame(&mut self) -> Option<String> {
        let link = self.link.as_mut()?;
        let bytes = &link.unread;
        let (head, length) = match *bytes.get(1)? {
            126 => (
                4,
                usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?])),
            ),
            127 => panic!("no frame here is so long"),
            short => (2, usize::from(short)),
        };
        let whole = bytes.get(head..head + length)?;
        assert_eq!(bytes[0], 0x81, "a whole text");
        let text = String::from_utf8(whole.to_vec()).unwrap();
        for (gone, since) in &link.gone {
            let begun_before = link.offset < *since;
            assert!(
                begun_before || !text.contains(gone),
                "{gone} was deleted: {text}"
            );
        }
        link.offset += (head + length) as u64;
        link.unread.drain(..head + length);
        Some(text)
    }

    fn takes(&mut self, text: &str, met: &mut Met) {
        let value: Value = serde_json::from_str(text).unwrap();
        met.events += self.strict.take(&value).len() as u64;
        if value["type"] == "events" {
            let todo = self.logs_take(text, &value);
            return self.does(todo);
        }
        let todo = match serde_json::from_str(text).unwrap() {
            ServerFrame::Ready(ready) => {
                if let Some(link) = &mut self.link {
                    link.ready = true;
                }
                self.logs.ready(&ready)
            }
            ServerFrame::CaughtUp { room, seq, id } => self.logs.caught_up(room, seq, id.as_ref()),
            ServerFrame::RoomAdded { room } => self.logs.added(room),
            ServerFrame::RoomRemoved { room, seq } => {
                met.removals += 1;
                self.logs.removed(RoomId::parse(&room), seq)
            }
            ServerFrame::Refuse {
                id: Some(id), code, ..
            } => {
                met.refusals += 1;
                self.logs.refused(&id, code)
            }
            ServerFrame::Ack { duplicate, .. } => {
                met.duplicates += u64::from(duplicate);
                Vec::new()
            }
            ServerFrame::Reset { .. } => panic!("nobody is ahead or far behind here: {text}"),
            _ => Vec::new(),
        };
        self.does(todo);
    }

    fn logs_take(&mut self, text: &str, value: &Value) -> Vec<Do> {
        let Ok(ServerFrame::Events { room, events }) = serde_json::from_str(text) else {
            panic!("no events: {text}");
        };
        let jsons = value["events"].as_array().unwrap();
        let events = events.into_iter().zip(jsons).map(|(event, json)| LogEvent {
            seq: event.seq,
            known: Some(event),
            json: json.to_string(),
        });
        self.logs.events(room, events.collect())
    }

    fn does(&mut self, todo: Vec<Do>) {
        for it in todo {
            match it {
                Do::Apply(room, events) => self.applied.entry(room).or_default().extend(events),
                Do::Send(frame) => {
                    if let ClientFrame::Resume {
                        id: Some(id),
                        room,
                        after,
                    } = &frame
                    {
                        self.strict
                            .resumes(&room.to_string(), after.get(), id.as_str());
                    }
                    let frame = serde_json::to_string(&frame).unwrap();
                    if let Some(link) = &mut self.link {
                        link.sent.push_back(frame);
                    }
                }
                Do::Added(_) | Do::Removed(..) => {}
                other => panic!("nothing here is a reason for {other:?}"),
            }
        }
    }

    /// At rest: of a room that is mine, all of it once and in order; of another, no cursor.
    pub(super) fn holds(&self, room: RoomId, log: Option<&[Value]>) {
        let Some(log) = log else {
            assert_eq!(self.logs.cursor(room), None, "{room} is not mine");
            assert_eq!(self.strict.cursor(&room.to_string()), None);
            return;
        };
        let head = Seq::new(log.len() as u64).unwrap();
        assert_eq!(self.logs.cursor(room), Some(head), "all of {room} is held");
        let applied = &self.applied[&room];
        let seqs: Vec<u64> = applied.iter().map(|event| event.seq.get()).collect();
        assert_eq!(
            seqs,
            (1..=head.get()).collect::<Vec<_>>(),
            "once and in order"
        );
        for (event, stands) in applied.iter().zip(log) {
            let event: Value = serde_json::from_str(&event.json).unwrap();
            let same = ["seq", "at", "by", "kind", "nonce"];
            assert!(
                same.iter().all(|field| event[field] == stands[field]),
                "{event} {stands}"
            );
            assert!(
                stands["redacted"] == true || event == *stands,
                "{event} {stands}"
            );
        }
        self.strict.agrees_with(&room.to_string(), log);
    }
}
