//! The follower against a server in a few lines, at random: frames under way,
//! cut connections, resets, removals, restored backups. And the cases by name.

use std::collections::VecDeque;

use parlor_protocol::UserId;
use parlor_protocol::frame::ServerFrame;
use serde_json::json;

use super::*;

const LIMIT: u64 = 12;
const ROOMS: [RoomId; 2] = [RoomId::from_u128(1), RoomId::from_u128(2)];

fn event(life: u64, room: RoomId, seq: u64) -> LogEvent {
    LogEvent {
        seq: Seq::new(seq).unwrap(),
        known: None,
        json: format!("{life} {room} {seq}"),
    }
}

/// A frame on its way.
enum Way {
    Events(RoomId, Vec<LogEvent>),
    Frame(ServerFrame),
}

fn room(id: RoomId, head: u64) -> Room {
    serde_json::from_value(json!({
        "id": id, "name": "r", "kind": "open", "topic": "", "archived": false, "head": head,
        "member_count": 1, "joined": 1, "role": "member", "read": 1, "unread": 0, "mentions": 0,
    }))
    .unwrap()
}

fn ready(life: u64, rooms: Vec<Room>) -> Ready {
    serde_json::from_value(json!({
        "protocol": 1, "server": {"name": "P", "version": "1"}, "epoch": life.to_string(),
        "user": {"id": UserId::from_u128(9), "username": "ada", "name": "Ada", "role": "member"},
        "session": "0", "heartbeat": {"interval_ms": 5000, "max_missed": 2},
        "limits": {"text_bytes": 1, "frame_bytes": 1, "catch_up_events": LIMIT,
            "hello_rooms": 500, "user_rooms": 1000},
        "rooms": rooms,
    }))
    .unwrap()
}

/// The server, and the wire to the client.
struct Model {
    life: u64,
    heads: [u64; 2],
    member: [bool; 2],
    /// Up to where each room was sent on this connection, and the answer owed when it is at the head.
    places: [Option<(u64, Option<Option<RequestId>>)>; 2],
    wire: VecDeque<Way>,
    pages: VecDeque<(RoomId, Seq)>,
    chance: u64,
    logs: Logs,
    applied: BTreeMap<RoomId, u64>,
    events: u64,
}

impl Model {
    fn new(seed: u64, start: Start) -> Self {
        let mut model = Self {
            life: 1,
            heads: [3, 40],
            member: [true, true],
            places: [None, None],
            wire: VecDeque::new(),
            pages: VecDeque::new(),
            chance: seed,
            logs: Logs::new(start, None, BTreeMap::new()),
            applied: BTreeMap::new(),
            events: 0,
        };
        model.connect();
        model
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.chance;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn connect(&mut self) {
        self.wire.clear();
        self.pages.clear();
        let ClientFrame::Hello { epoch, rooms, .. } = self.logs.hello() else {
            panic!("hello is a hello")
        };
        let mine: Vec<usize> = (0..2).filter(|i| self.member[*i]).collect();
        let listed = mine
            .iter()
            .map(|i| room(ROOMS[*i], self.heads[*i]))
            .collect();
        self.say(ServerFrame::Ready(Box::new(ready(self.life, listed))));
        self.places = [None, None];
        for i in mine {
            self.places[i] = Some((self.heads[i], None));
        }
        for (name, after) in rooms {
            let i = ROOMS.iter().position(|r| r.to_string() == name).unwrap();
            if self.member[i] {
                self.place(i, after.get(), None, epoch.as_deref());
            } else {
                let room = ROOMS[i].to_string();
                self.say(ServerFrame::RoomRemoved { room, seq: None });
            }
        }
    }

    fn place(&mut self, i: usize, after: u64, id: Option<RequestId>, epoch: Option<&str>) {
        let head = self.heads[i];
        let reason = if epoch.is_some_and(|epoch| epoch != self.life.to_string()) {
            ResetReason::Epoch
        } else if after > head {
            ResetReason::Ahead
        } else if after + LIMIT < head {
            ResetReason::FarBehind
        } else {
            self.places[i] = Some((after, Some(id)));
            return;
        };
        self.places[i] = Some((head, None));
        let (room, head) = (ROOMS[i], Seq::new(head).unwrap());
        self.say(ServerFrame::Reset {
            room,
            head,
            reason,
            id,
        });
    }

    /// The server sends some of what is due in a room.
    fn send(&mut self, i: usize) {
        let most = 1 + self.below(5);
        let (head, room) = (self.heads[i], ROOMS[i]);
        let Some((at, owed)) = &mut self.places[i] else {
            return;
        };
        if *at < head {
            let to = head.min(*at + most);
            let events = (*at + 1..=to)
                .map(|seq| event(self.life, room, seq))
                .collect();
            *at = to;
            self.wire.push_back(Way::Events(room, events));
        } else if let Some(id) = owed.take() {
            let seq = Seq::new(head).unwrap();
            self.say(ServerFrame::CaughtUp { room, seq, id });
        }
    }

    fn say(&mut self, frame: ServerFrame) {
        self.wire.push_back(Way::Frame(frame));
    }

    fn deliver(&mut self) {
        let frame = match self.wire.pop_front() {
            None => return,
            Some(Way::Events(room, events)) => {
                let out = self.logs.events(room, events);
                return self.follow(out);
            }
            Some(Way::Frame(frame)) => frame,
        };
        let out = match frame {
            ServerFrame::Ready(ready) => self.logs.ready(&ready),
            ServerFrame::CaughtUp { room, seq, id } => self.logs.caught_up(room, seq, id.as_ref()),
            ServerFrame::Reset {
                room, head, reason, ..
            } => self.logs.reset(room, reason, head),
            ServerFrame::RoomAdded { room } => self.logs.added(room),
            ServerFrame::RoomRemoved { room, seq } => self.logs.removed(RoomId::parse(&room), seq),
            ServerFrame::Refuse { id, code, .. } => self.logs.refused(&id.unwrap(), code),
            other => panic!("{other:?}"),
        };
        self.follow(out);
    }

    fn read_page(&mut self) {
        let Some((room, after)) = self.pages.pop_front() else {
            return;
        };
        let i = ROOMS.iter().position(|r| *r == room).unwrap();
        let to = self.heads[i].min(after.get() + 1 + self.below(20));
        let page = LogPage {
            events: (after.get() + 1..=to)
                .map(|seq| event(self.life, room, seq))
                .collect(),
            head: Seq::new(self.heads[i]).unwrap(),
            has_more: to < self.heads[i],
            epoch: self.life.to_string(),
        };
        let out = self.logs.page(room, after, page);
        self.follow(out);
    }

    fn follow(&mut self, out: Vec<Do>) {
        for what in out {
            match what {
                Do::Apply(room, events) => self.apply(room, &events),
                Do::Page(room, after) => self.pages.push_back((room, after)),
                Do::Forget(room, _, from) => {
                    self.applied.insert(room, from.get());
                }
                Do::Send(ClientFrame::Resume { id, room, after }) => {
                    let i = ROOMS.iter().position(|r| *r == room).unwrap();
                    if self.places[i].is_some() {
                        self.place(i, after.get(), id, None);
                    } else {
                        self.say(ServerFrame::Refuse {
                            id,
                            code: Code::NotFound,
                            message: String::new(),
                            retry_after_ms: None,
                        });
                    }
                }
                Do::Send(other) => panic!("{other:?}"),
                Do::Added(_) => {}
                Do::Removed(room, _) => {
                    if self.logs.start == Start::Head {
                        self.applied.remove(&room);
                    }
                }
                Do::Drop(why) => panic!("{why}"),
            }
        }
    }

    fn apply(&mut self, room: RoomId, events: &[LogEvent]) {
        for event in events {
            let before = match self.logs.start {
                Start::Head => self
                    .applied
                    .get(&room)
                    .copied()
                    .unwrap_or(event.seq.get() - 1),
                Start::Beginning => self.applied.get(&room).copied().unwrap_or(0),
            };
            assert_eq!(event.seq.get(), before + 1, "once and in order");
            assert_eq!(event.json, format!("{} {room} {}", self.life, event.seq));
            self.applied.insert(room, event.seq.get());
            self.events += 1;
        }
    }

    fn step(&mut self) {
        let i = usize::try_from(self.below(2)).unwrap();
        match self.below(100) {
            0..30 => self.heads[i] += 1,
            30..55 => self.send(i),
            55..82 => self.deliver(),
            82..90 => self.read_page(),
            90..92 => self.heads[i] += 2 * LIMIT,
            92..96 => self.connect(),
            96 => {
                self.life += 1;
                self.heads = [1 + self.below(30), 1 + self.below(30)];
                self.connect();
            }
            97 | 98 if self.member[i] => {
                self.member[i] = false;
                self.places[i] = None;
                let room = ROOMS[i].to_string();
                let seq = Seq::new(self.heads[i]);
                self.say(ServerFrame::RoomRemoved { room, seq });
            }
            _ if !self.member[i] => {
                self.member[i] = true;
                self.places[i] = Some((self.heads[i], None));
                let room = Box::new(room(ROOMS[i], self.heads[i]));
                self.say(ServerFrame::RoomAdded { room });
            }
            _ => {}
        }
    }

    fn rest(&mut self) {
        for _ in 0..10_000 {
            self.send(0);
            self.send(1);
            self.deliver();
            self.read_page();
        }
        for i in (0..2).filter(|i| self.member[*i]) {
            let cursor = self.logs.cursor(ROOMS[i]).map(Seq::get);
            assert_eq!(cursor, Some(self.heads[i]), "nothing is missed");
            if self.logs.start == Start::Beginning {
                assert_eq!(self.applied.get(&ROOMS[i]), Some(&self.heads[i]));
            }
        }
    }
}

#[test]
fn whatever_happens_each_event_is_applied_once_and_in_order() {
    for (start, seeds) in [(Start::Head, 0..150), (Start::Beginning, 1000..1150)] {
        for seed in seeds {
            let mut model = Model::new(seed, start);
            for _ in 0..400 {
                model.step();
            }
            model.rest();
            assert!(model.events > 0, "seed {seed}");
        }
    }
}

#[test]
fn a_hole_is_answered_by_a_resume_from_the_cursor() {
    let mut logs = Logs::new(Start::Head, None, BTreeMap::new());
    logs.hello();
    assert_eq!(logs.ready(&ready(1, vec![room(ROOMS[0], 3)])), []);
    let out = logs.events(ROOMS[0], vec![event(1, ROOMS[0], 5)]);
    let resume = ClientFrame::Resume {
        id: RequestId::parse("resume-1"),
        room: ROOMS[0],
        after: Seq::new(3).unwrap(),
    };
    assert_eq!(out, [Do::Send(resume)]);
    assert_eq!(
        logs.events(ROOMS[0], vec![event(1, ROOMS[0], 6)]),
        [],
        "asked already"
    );
}

#[test]
fn hello_names_500_rooms_and_resumes_the_rest() {
    let cursors = (1..=600)
        .map(|n| (RoomId::from_u128(n), Seq::new(7).unwrap()))
        .collect();
    let mut logs = Logs::new(Start::Head, Some("1".into()), cursors);
    let ClientFrame::Hello { rooms, .. } = logs.hello() else {
        panic!("hello is a hello")
    };
    assert_eq!(rooms.len(), 500);
    let mine = (1..=599).map(|n| room(RoomId::from_u128(n), 9)).collect();
    let out = logs.ready(&ready(1, mine));
    let resumes = out
        .iter()
        .filter(|what| matches!(what, Do::Send(_)))
        .count();
    assert_eq!(resumes, 99);
    assert_eq!(out.last(), Some(&Do::Removed(RoomId::from_u128(600), None)));
}

#[test]
fn a_connection_that_ends_between_ready_and_reset_splices_no_two_lives() {
    let [one, two] = ROOMS;
    for start in [Start::Head, Start::Beginning] {
        let mut logs = Logs::new(start, Some("1".into()), BTreeMap::new());
        logs.rooms.extend([one, two].map(|room| {
            let (cursor, phase) = (Seq::new(9).unwrap(), Phase::Unnamed);
            (room, Held { cursor, phase })
        }));
        logs.hello();
        // The other room is not mine in that life.
        let out = logs.ready(&ready(2, vec![room(one, 4)]));
        let from = if start == Start::Head { 4 } else { 0 };
        let from = Seq::new(from).unwrap();
        assert!(out.contains(&Do::Forget(one, ResetReason::Epoch, from)));
        assert!(out.contains(&Do::Removed(two, None)));
        let named = BTreeMap::from([(one.to_string(), from)]);
        let epoch = Some("2".to_owned());
        assert!(
            matches!(logs.hello(), ClientFrame::Hello { epoch: e, rooms, .. }
            if (&e, &rooms) == (&epoch, &named))
        );
    }
}
