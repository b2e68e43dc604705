//! The server without its threads, the people, and what happens next.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use parlor_protocol::command::{MessageVerb, NewRoom};
use parlor_protocol::{
    Command, DisplayName, EventKind, MessageText, Nonce, RoomId, RoomKind, RoomName, Seq,
    SessionId, Timestamp, Topic, UserId, Username,
};
use parlor_store::read::Read;
use parlor_store::write::{Actor, Grant, NewAccount, NewSession, Op, SecretHash, SessionLife};
use parlor_store::{Append, Committed, Published, Setup, Write};
use parlor_testkit::memory::MemoryStore;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Chance;
use super::device::Device;
use crate::submit::{Reply, Taken};
use crate::{Ambient, Clock, Config, Random, Shared};

const PEOPLE: [&str; 4] = ["ada", "ben", "cleo", "dan"];
/// Devices of each of them; the first has two.
const DEVICES: [usize; 5] = [0, 0, 1, 2, 3];
/// How many rounds all may take to come to rest.
const ROUNDS: usize = 2000;

/// What a simulation met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Met {
    pub(super) events: u64,
    pub(super) duplicates: u64,
    pub(super) refusals: u64,
    pub(super) removals: u64,
    pub(super) cuts: u64,
    pub(super) redactions: u64,
    pub(super) blocked: u64,
}

impl Met {
    pub(super) fn add(&mut self, other: Self) {
        self.events += other.events;
        self.duplicates += other.duplicates;
        self.refusals += other.refusals;
        self.removals += other.removals;
        self.cuts += other.cuts;
        self.redactions += other.redactions;
        self.blocked += other.blocked;
    }
}

/// The same every time.
struct Fixed(AtomicI64, AtomicU64);

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

impl Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        let n = self.1.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        for (byte, chance) in bytes.iter_mut().zip(n.to_le_bytes().iter().cycle()) {
            *byte = *chance;
        }
    }
}

/// See the file's head.
pub(super) struct World {
    chance: Chance,
    shared: Arc<Shared>,
    append: Box<dyn Append>,
    read: Arc<dyn Read>,
    /// On disk, and not published yet.
    committed: Option<(Committed, Vec<Reply>)>,
    people: Vec<Actor>,
    rooms: Vec<RoomId>,
    devices: Vec<Device>,
    /// What was said, by room and seq of the post: its text and those of its edits.
    texts: BTreeMap<(RoomId, Seq), Vec<String>>,
    said: u64,
    pub(super) met: Met,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let general = RoomId::from_u128(0xbeef);
        let setup = Setup::new(Timestamp::from_millis(1_795_000_000_000), 0xbeef, &[7; 16]);
        let (append, read) = MemoryStore::open(setup);
        let read: Arc<dyn Read> = read;
        let fixed = Arc::new(Fixed(AtomicI64::new(1_795_000_000_000), AtomicU64::new(1)));
        let ambient = Ambient {
            clock: fixed.clone(),
            random: fixed,
        };
        let config = Config {
            rate_limits: false,
            hub_threads: 1,
            marker_wait: Duration::ZERO,
            ..Config::default()
        };
        let fatal = Box::new(|why: &str| panic!("{why}"));
        let mut shared = Shared::new(config, ambient, Arc::clone(&read), fatal).unwrap();
        shared.connection_reads.stay_here();
        let mut world = Self {
            chance: Chance(seed),
            shared: Arc::new(shared),
            append: Box::new(append),
            read,
            committed: None,
            people: Vec::new(),
            rooms: vec![general],
            devices: Vec::new(),
            texts: BTreeMap::new(),
            said: 0,
            met: Met::default(),
        };
        world.furnish();
        // All are there and something was said; from here on chance has it.
        world.rest();
        world
    }

    /// People, two more rooms, and devices that are not connected yet.
    fn furnish(&mut self) {
        for (n, name) in (1_u128..).zip(PEOPLE) {
            let actor = Actor {
                user: UserId::from_u128(n << 8),
                session: SessionId::from_u128(n << 16),
            };
            let session = NewSession {
                id: actor.session,
                token: SecretHash([n as u8; 32]),
                label: "phone".into(),
                life: SessionLife::Token,
            };
            self.at_once(Op::AddAccount(NewAccount {
                id: actor.user,
                username: Username::parse(name).unwrap(),
                name: DisplayName::parse(name).unwrap(),
                password: "hash".into(),
                grant: Grant::Console { admin: false },
                session: Some(session),
            }));
            self.people.push(actor);
        }
        for (n, kind) in [(1_u128, RoomKind::Open), (2, RoomKind::Closed)] {
            let id = RoomId::from_u128(n << 32);
            let new = NewRoom {
                id,
                kind,
                name: Some(RoomName::parse(&format!("room {n}")).unwrap()),
                topic: Topic::parse("").unwrap(),
                members: vec![self.people[1].user],
                nonce: None,
            };
            self.at_once(Op::Command(self.people[0], Command::CreateRoom(new)));
            self.rooms.push(id);
        }
        for n in 0..6 {
            for room in self.rooms.clone() {
                let nonce = Nonce::parse(&format!("before-{n}")).unwrap();
                let text = MessageText::parse(format!("before-{n}-{room}.")).unwrap();
                let verb = MessageVerb::Post {
                    text,
                    reply_to: None,
                };
                let command = Command::Message { room, nonce, verb };
                self.at_once(Op::Command(self.people[n % 2], command));
            }
        }
        self.devices = DEVICES.map(|who| Device::of(self.people[who])).into();
    }

    fn at_once(&mut self, op: Op) {
        let at = self.shared.ambient.now();
        let committed = self.append.append(&[Write { at, op }]).unwrap();
        assert!(committed.answers[0].is_ok(), "{committed:?}");
        let rooms = self.shared.advance(&committed);
        self.note_texts(&committed);
        self.shared.hub.schedule(rooms);
    }

    pub(super) fn step(&mut self) {
        let device = self.chance.index(self.devices.len());
        match self.chance.below(100) {
            0..=21 => self.acts(device),
            22..=30 => {
                self.commits();
            }
            31..=39 => {
                self.publishes();
            }
            40..=53 => {
                self.shared.hub.step(&self.shared);
            }
            54..=69 => {
                self.devices[device].turn(&self.shared);
            }
            70..=77 => {
                self.devices[device].goes_on();
            }
            78..=83 => {
                self.devices[device].arrives(&self.shared);
            }
            84..=96 => {
                self.met.blocked += u64::from(self.devices[device].is_blocked());
                let most = self.chance.index(3000);
                self.devices[device].reads(most, &mut self.met);
            }
            _ if self.devices[device].is_ready() => {
                self.met.cuts += 1;
                self.devices[device].cut(&self.shared);
            }
            _ => {}
        }
        if !self.devices[device].is_connected() && self.chance.below(3) == 0 {
            let takes = 200 + self.chance.index(4000);
            self.devices[device].connect(&self.shared, takes);
        }
    }

    /// Somebody does something, over their socket or over HTTP.
    fn acts(&mut self, device: usize) {
        let room = self.rooms[self.chance.index(self.rooms.len())];
        let what = self.chance.below(20);
        let actor = self.devices[device].actor;
        if what >= 15 {
            let user = self.people[self.chance.index(self.people.len())].user;
            let role = None;
            let command = match what {
                15 | 16 => Command::PutMember {
                    room,
                    user: actor.user,
                    role,
                },
                17 => Command::RemoveMember {
                    room,
                    user: actor.user,
                },
                18 => Command::PutMember { room, user, role },
                _ => Command::RemoveMember { room, user },
            };
            let at = self.shared.ambient.now();
            let op = Op::Command(actor, command);
            self.shared.queue.push(at, op, Reply::Nobody).unwrap();
            return;
        }
        if !self.devices[device].is_ready() {
            return;
        }
        if what == 14 {
            return self.devices[device].post_again();
        }
        self.said += 1;
        // Now and then a nonce comes again, with what it came with or with something else.
        let nonce = match self.chance.below(8) {
            0 => self.chance.below(self.said),
            _ => self.said,
        };
        let target = self.target(room);
        // Nothing else that is ever written is called so.
        let name = format!("{nonce}-{device}-{room}");
        let mut frame =
            json!({"room": room.to_string(), "nonce": format!("n{nonce}"), "seq": target});
        let more = match what {
            0..=6 => {
                let length = self.chance.index(900);
                json!({"type": "post", "text": format!("post-{name}.{}", "x".repeat(length))})
            }
            7 | 8 => json!({"type": "edit", "text": format!("edit-{name}.")}),
            9 | 10 => json!({"type": "delete"}),
            11 => json!({"type": "react", "emoji": "👍"}),
            12 => json!({"type": "read"}),
            _ => json!({"type": "resume", "after": target}),
        };
        for (field, value) in more.as_object().unwrap() {
            frame[field] = value.clone();
        }
        self.devices[device].ask(frame);
    }

    /// The number of a message that stands, mostly.
    fn target(&mut self, room: RoomId) -> u64 {
        let stands = self.texts.keys().filter(|(of, _)| *of == room);
        let stands: Vec<u64> = stands.map(|(_, seq)| seq.get()).collect();
        if stands.is_empty() || self.chance.below(5) == 0 {
            return self.chance.below(40);
        }
        stands[self.chance.index(stands.len())]
    }

    /// What waits is written. Nobody hears of it yet.
    fn commits(&mut self) -> bool {
        if self.committed.is_some() || self.shared.queue.depth() == 0 {
            return false;
        }
        let now = || (Instant::now(), self.shared.ambient.now());
        let Taken::Jobs(jobs) = self.shared.queue.take(now) else {
            panic!("there is work");
        };
        let (writes, replies): (Vec<_>, Vec<_>) =
            jobs.into_iter().map(|job| (job.write, job.reply)).unzip();
        self.committed = Some((self.append.append(&writes).unwrap(), replies));
        true
    }

    /// What was written is published and answered, as the writer does it.
    fn publishes(&mut self) -> bool {
        let Some((committed, replies)) = self.committed.take() else {
            return false;
        };
        let rooms = self.shared.advance(&committed);
        self.note_texts(&committed);
        for (reply, answer) in replies.into_iter().zip(committed.answers) {
            reply.answer(answer, Instant::now(), &self.shared.metrics);
        }
        self.shared.hub.schedule(rooms);
        true
    }

    /// Remembers what was said; what is deleted may be in no frame that begins from here on.
    fn note_texts(&mut self, committed: &Committed) {
        for published in &committed.published {
            let Published::Event { room, event, .. } = published else {
                continue;
            };
            let room = *room;
            match &event.kind {
                EventKind::MessagePosted {
                    text: Some(text), ..
                } => {
                    self.texts
                        .insert((room, event.seq), vec![known_by(text.as_str())]);
                }
                EventKind::MessageEdited {
                    target,
                    text: Some(text),
                    ..
                } => {
                    let texts = self.texts.entry((room, *target)).or_default();
                    texts.push(known_by(text.as_str()));
                }
                EventKind::MessageDeleted { target, .. } => {
                    self.met.redactions += 1;
                    for text in self.texts.remove(&(room, *target)).unwrap_or_default() {
                        self.devices.iter_mut().for_each(|it| it.is_gone(&text));
                    }
                }
                _ => {}
            }
        }
    }

    /// Everything goes on until nothing moves, everyone is connected, and all of it is right.
    pub(super) fn rest(&mut self) {
        let mut quiet = 0;
        for _ in 0..ROUNDS {
            let mut moved = self.commits();
            moved |= self.publishes();
            while self.shared.hub.step(&self.shared) {
                moved = true;
            }
            for device in &mut self.devices {
                if !device.is_connected() {
                    device.connect(&self.shared, 2000);
                    moved = true;
                }
                while device.arrives(&self.shared) {
                    moved = true;
                }
                moved |= device.turn(&self.shared);
                moved |= device.goes_on();
                moved |= device.reads(100_000, &mut self.met);
            }
            quiet = if moved { 0 } else { quiet + 1 };
            if quiet == 3 {
                return self.agrees();
            }
        }
        panic!("it does not come to rest");
    }

    fn agrees(&self) {
        for device in &self.devices {
            assert!(device.is_ready());
            for &room in &self.rooms {
                let user = device.actor.user;
                let page = self.read.events(user, room, Seq::ZERO, 10_000, usize::MAX);
                let log: Option<Vec<Value>> = page.unwrap().map(|page| {
                    let events = page.events.iter();
                    events
                        .map(|it| serde_json::from_str(&it.json).unwrap())
                        .collect()
                });
                device.holds(room, log.as_deref());
            }
        }
    }
}

/// What a text begins with, up to its padding: enough to know it by.
fn known_by(text: &str) -> String {
    text.split_inclusive('.')
        .next()
        .unwrap_or_default()
        .to_owned()
}
