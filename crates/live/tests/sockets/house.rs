//! A house to test in: a live hub on a store in memory, people, and their phones.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bytes::Bytes;
use parlor_live::{Ambient, Clock, Config, Connecting, Live, Random};
use parlor_protocol::command::{MessageVerb, NewRoom};
use parlor_protocol::{
    Command, DisplayName, MessageText, Nonce, RoomId, RoomKind, RoomName, Seq, SessionId,
    Timestamp, Topic, UserId, Username,
};
use parlor_store::write::{
    Actor, Answer, Done, Grant, NewAccount, NewSession, Op, SecretHash, SessionLife,
};
use parlor_store::{Append, AppendError, Committed, Setup, Write};
use parlor_testkit::memory::{MemoryAppend, MemoryStore};
use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};
use tokio::runtime::Runtime;
use tungstenite::protocol::Role;
use tungstenite::{Message, WebSocket};

use crate::gate::{Gate, GatedRead};

/// How long a test waits for something before it says that it will not come.
const PATIENCE: Duration = Duration::from_secs(20);

struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let n = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
        for (byte, chance) in bytes.iter_mut().zip(n.to_le_bytes().iter().cycle()) {
            *byte = *chance;
        }
    }
}

/// What the disk does next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Disk {
    Good,
    Full,
    Broken,
    /// It keeps the writer waiting.
    Held,
}

type Switch = Arc<(Mutex<Disk>, Condvar)>;

struct TestAppend {
    inner: MemoryAppend,
    disk: Switch,
}

impl TestAppend {
    fn pass(&self) -> Result<(), AppendError> {
        let mut disk = self.disk.0.lock().unwrap();
        while *disk == Disk::Held {
            disk = self.disk.1.wait(disk).unwrap();
        }
        match *disk {
            Disk::Full => Err(AppendError::Full("test".into())),
            Disk::Broken => Err(AppendError::Fatal("test".into())),
            Disk::Good | Disk::Held => Ok(()),
        }
    }
}

impl Append for TestAppend {
    fn append(&mut self, batch: &[Write]) -> Result<Committed, AppendError> {
        self.pass()?;
        self.inner.append(batch)
    }

    fn probe(&mut self) -> Result<(), AppendError> {
        self.pass()
    }

    fn close(self: Box<Self>) -> Result<(), AppendError> {
        Ok(())
    }
}

pub(crate) struct House {
    pub(crate) runtime: Runtime,
    pub(crate) live: Live,
    pub(crate) general: RoomId,
    pub(crate) epoch: String,
    pub(crate) fatal: Arc<Mutex<Vec<String>>>,
    /// Holds back what is read.
    pub(crate) gate: Gate,
    disk: Switch,
    next: AtomicU64,
}

pub(crate) fn house() -> House {
    house_with(Config {
        rate_limits: false,
        linger: Duration::from_millis(200),
        ..Config::default()
    })
}

pub(crate) fn house_with(config: Config) -> House {
    let general = RoomId::from_u128(0xbeef);
    let setup = Setup::new(Timestamp::from_millis(1_795_000_000_000), 0xbeef, &[7; 16]);
    let epoch = setup.epoch.clone();
    let (append, read) = MemoryStore::open(setup);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let ambient = Ambient {
        clock: Arc::new(TestClock(AtomicI64::new(1_795_000_000_000))),
        random: Arc::new(Counting(AtomicU64::new(1))),
    };
    let disk: Switch = Arc::new((Mutex::new(Disk::Good), Condvar::new()));
    let append = TestAppend {
        inner: append,
        disk: disk.clone(),
    };
    let gate = Gate::default();
    let fatal = Arc::new(Mutex::new(Vec::new()));
    let told = fatal.clone();
    let on_fatal = move |what: &str| told.lock().unwrap().push(what.to_owned());
    let live = {
        let _inside = runtime.enter();
        let read = Arc::new(GatedRead {
            inner: read,
            gate: gate.clone(),
        });
        Live::start(config, ambient, Box::new(append), read, Box::new(on_fatal)).unwrap()
    };
    House {
        runtime,
        live,
        general,
        epoch,
        fatal,
        gate,
        disk,
        next: AtomicU64::new(100),
    }
}

impl House {
    pub(crate) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn submit(&self, op: Op) -> Answer {
        self.runtime.block_on(self.live.submit(op))
    }

    pub(crate) fn person(&self, name: &str) -> Actor {
        let actor = Actor {
            user: UserId::from_u128(self.number().into()),
            session: SessionId::from_u128(self.number().into()),
        };
        let account = NewAccount {
            id: actor.user,
            username: Username::parse(name).unwrap(),
            name: DisplayName::parse(name).unwrap(),
            password: "hash".into(),
            grant: Grant::Console { admin: false },
            session: Some(self.session(actor.session)),
        };
        let done = self.submit(Op::AddAccount(account));
        assert!(matches!(done, Ok(Done::Account(_))), "{done:?}");
        actor
    }

    pub(crate) fn session(&self, id: SessionId) -> NewSession {
        let mut token = [0; 32];
        token[..16].copy_from_slice(&id.to_bytes());
        NewSession {
            id,
            token: SecretHash(token),
            label: "phone".into(),
            life: SessionLife::Browser,
        }
    }

    pub(crate) fn room(&self, maker: Actor, members: &[Actor]) -> RoomId {
        let id = RoomId::from_u128(self.number().into());
        let new = NewRoom {
            id,
            kind: RoomKind::Closed,
            name: Some(RoomName::parse("kitchen").unwrap()),
            topic: Topic::parse("").unwrap(),
            members: members.iter().map(|actor| actor.user).collect(),
            nonce: None,
        };
        let done = self.submit(Op::Command(maker, Command::CreateRoom(new)));
        assert!(matches!(done, Ok(Done::Room { .. })), "{done:?}");
        id
    }

    pub(crate) fn put_member(&self, by: Actor, room: RoomId, user: UserId) {
        let role = None;
        let command = Command::PutMember { room, user, role };
        assert_eq!(self.submit(Op::Command(by, command)), Ok(Done::Nothing));
    }

    pub(crate) fn remove_member(&self, by: Actor, room: RoomId, user: UserId) {
        let command = Command::RemoveMember { room, user };
        assert_eq!(self.submit(Op::Command(by, command)), Ok(Done::Nothing));
    }

    pub(crate) fn message(&self, by: Actor, room: RoomId, verb: MessageVerb) -> Op {
        let nonce = Nonce::parse(&format!("n{}", self.number())).unwrap();
        Op::Command(by, Command::Message { room, nonce, verb })
    }

    pub(crate) fn post(&self, by: Actor, room: RoomId, text: &str) -> Seq {
        let verb = post(text);
        match self.submit(self.message(by, room, verb)) {
            Ok(Done::Acked { seq, .. }) => seq,
            other => panic!("{other:?}"),
        }
    }

    /// Many posts at once, so that they share batches.
    pub(crate) fn post_many(&self, by: Actor, room: RoomId, texts: impl Iterator<Item = String>) {
        self.runtime.block_on(async {
            let mut answers = Vec::new();
            for text in texts {
                let op = self.message(by, room, post(&text));
                let live = self.live.clone();
                answers.push(tokio::spawn(async move { live.submit(op).await }));
                if answers.len() == 200 {
                    for answer in answers.drain(..) {
                        answer.await.unwrap().unwrap();
                    }
                }
            }
            for answer in answers {
                answer.await.unwrap().unwrap();
            }
        });
    }

    pub(crate) fn set_disk(&self, to: Disk) {
        *self.disk.0.lock().unwrap() = to;
        self.disk.1.notify_all();
    }

    /// A phone that has not said hello.
    pub(crate) fn phone(&self, who: Actor) -> Phone {
        self.phone_with(who, None, None)
    }

    /// A phone with a receive buffer of so many bytes, whose session ends at a moment.
    pub(crate) fn phone_with(
        &self,
        who: Actor,
        receive_buffer: Option<usize>,
        session_expires: Option<Timestamp>,
    ) -> Phone {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        if let Some(bytes) = receive_buffer {
            socket.set_recv_buffer_size(bytes).unwrap();
        }
        socket.connect(&address.into()).unwrap();
        let (ours, _) = listener.accept().unwrap();
        ours.set_nonblocking(true).unwrap();
        let _inside = self.runtime.enter();
        let ours = tokio::net::TcpStream::from_std(ours).unwrap();
        let seat = self.live.seat(who.user).expect("a seat");
        let connecting = Connecting {
            seat,
            actor: who,
            session_expires,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        self.live.connect(ours, Bytes::new(), connecting);
        let stream: std::net::TcpStream = socket.into();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Phone {
            socket: WebSocket::from_raw_socket(stream, Role::Client, None),
        }
    }

    /// A phone that is live.
    pub(crate) fn live_phone(&self, who: Actor) -> Phone {
        let mut phone = self.phone(who);
        phone.say(json!({"type": "hello", "protocol": 1}));
        assert_eq!(phone.hear()["type"], "ready");
        phone
    }

    /// Waits for a condition.
    pub(crate) fn until(&self, what: &str, condition: impl Fn() -> bool) {
        self.runtime.block_on(async {
            let wait = async {
                while !condition() {
                    tokio::task::yield_now().await;
                }
            };
            let waited = tokio::time::timeout(PATIENCE, wait).await;
            waited.unwrap_or_else(|_| panic!("never came: {what}"));
        });
    }
}

pub(crate) fn post(text: &str) -> MessageVerb {
    let text = MessageText::parse(text.to_owned()).unwrap();
    MessageVerb::Post {
        text,
        reply_to: None,
    }
}

pub(crate) struct Phone {
    pub(crate) socket: WebSocket<std::net::TcpStream>,
}

impl Phone {
    pub(crate) fn say(&mut self, frame: Value) {
        self.say_text(&frame.to_string());
    }

    pub(crate) fn say_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).unwrap();
    }

    /// The next frame of the wire.
    pub(crate) fn hear(&mut self) -> Value {
        loop {
            match self.socket.read().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Pong(_) | Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The next frame of a type; what comes before it is passed over.
    pub(crate) fn hear_type(&mut self, name: &str) -> Value {
        loop {
            let frame = self.hear();
            if frame["type"] == name {
                return frame;
            }
        }
    }

    /// The seqs of the events of a room, up to one; anything else that comes is passed over.
    pub(crate) fn hear_seqs(&mut self, room: RoomId, upto: Seq) -> Vec<u64> {
        let mut seqs = Vec::new();
        while seqs.last().is_none_or(|last| *last < upto.get()) {
            let frame = self.hear();
            if frame["type"] == "events" && frame["room"] == room.to_string() {
                let events = frame["events"].as_array().unwrap();
                seqs.extend(events.iter().map(|event| event["seq"].as_u64().unwrap()));
            }
        }
        seqs
    }

    /// Everything until the close: the frames, and the code.
    pub(crate) fn hear_close(&mut self) -> (Vec<Value>, u16) {
        let mut frames = Vec::new();
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => frames.push(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(Some(close))) => return (frames, close.code.into()),
                Ok(_) => {}
                Err(error) => panic!("no close frame: {error} after {frames:?}"),
            }
        }
    }

    /// Nothing but a pong comes: everything said before has been dealt with.
    pub(crate) fn hear_nothing(&mut self) {
        self.say(json!({"type": "ping", "id": "nothing"}));
        let frame = self.hear();
        assert_eq!(frame, json!({"type": "pong", "id": "nothing"}));
    }
}
