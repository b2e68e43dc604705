//! For each rule: a history that is good passes, and the smallest that is bad fails
//! by that rule and shows why.

mod changes;
mod commands;
mod linear;
mod readers;
mod streams;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Judge;
use super::verdict::{Cite, Rule, Verdict};
use crate::history::{DeviceKind, Raw, Record, What, raw};

pub(super) const ROOM: &str = "0000000000000000000000000000000a";
pub(super) const ADA: &str = "000000000000000000000000000000ad";
pub(super) const BEN: &str = "000000000000000000000000000000be";

/// A history that is told line by line. Ada's device is 1, Ben's 2; Ada made the
/// room (events 1 and 2) and put Ben into it (3).
pub(super) struct Story(Vec<Record>);

pub(super) fn event(seq: u64, by: &str, kind: &str, more: &Value) -> Value {
    let name = if by == ADA { "ada" } else { "ben" };
    let mut event = json!({"seq": seq, "at": "2026-01-01T00:00:00.000Z", "kind": kind,
        "by": {"id": by, "username": name, "name": name}});
    let fields = event.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    event
}

pub(super) fn post(seq: u64, by: &str, nonce: &str) -> Value {
    event(
        seq,
        by,
        "message_posted",
        &json!({"nonce": nonce, "text": nonce}),
    )
}

pub(super) fn joined(seq: u64, by: &str, user: &str) -> Value {
    let role = if user == ADA { "owner" } else { "member" };
    let user = json!({"id": user, "username": "ben", "name": "ben"});
    event(
        seq,
        by,
        "member_joined",
        &json!({"user": user, "role": role}),
    )
}

pub(super) fn left(seq: u64, by: &str, user: &str) -> Value {
    let user = json!({"id": user, "username": "ben", "name": "ben"});
    event(seq, by, "member_left", &json!({"user": user}))
}

fn wire(value: &Value) -> Raw {
    RawValue::from_string(value.to_string()).unwrap()
}

impl Story {
    /// Both devices are connected, and hold everything up to 3.
    pub(super) fn new() -> Self {
        let mut story = Self(Vec::new());
        for (d, user) in [(1, ADA), (2, BEN)] {
            story.line(
                d,
                What::Device {
                    user: user.into(),
                    username: "x".into(),
                    kind: DeviceKind::Wire,
                    staff: false,
                },
            );
        }
        story.moves(1, "PUT", BEN, 204);
        story.connects(1, &json!({}), 3);
        story.connects(2, &json!({}), 3);
        story
    }

    pub(super) fn line(&mut self, d: u32, what: What) -> &mut Self {
        let t = self.0.len() as u64;
        self.0.push(Record { t, d, what });
        self
    }

    /// A connection, `hello` with these places, and `ready`.
    pub(super) fn connects(&mut self, d: u32, places: &Value, head: u64) -> &mut Self {
        let hello = json!({"type": "hello", "protocol": 1, "epoch": "e", "rooms": places});
        self.line(d, What::Connected)
            .sends(d, &hello)
            .ready(d, head, 0)
    }

    pub(super) fn ready(&mut self, d: u32, head: u64, unread: u64) -> &mut Self {
        let (user, role) = if d == 1 {
            (ADA, "owner")
        } else {
            (BEN, "member")
        };
        let ready = json!({"type": "ready", "protocol": 1, "epoch": "e",
            "server": {"name": "x", "version": "1"},
            "user": {"id": user, "username": "x1", "name": "x", "role": "member"},
            "session": "00000000000000000000000000000001",
            "heartbeat": {"interval_ms": 5000, "max_missed": 2},
            "limits": {"text_bytes": 1, "frame_bytes": 1, "catch_up_events": 1, "hello_rooms": 1, "user_rooms": 1},
            "rooms": [{"id": ROOM, "name": "x", "kind": "open", "topic": "", "archived": false, "head": head,
                "member_count": 2, "joined": 2, "role": role, "read": 3, "unread": unread, "mentions": 0}]});
        self.gets(d, &ready)
    }

    pub(super) fn sends(&mut self, d: u32, frame: &Value) -> &mut Self {
        self.line(d, What::Sent(wire(frame)))
    }

    pub(super) fn gets(&mut self, d: u32, frame: &Value) -> &mut Self {
        self.line(d, What::Got(wire(frame)))
    }

    /// A post whose text is its nonce, under a request of the same name.
    pub(super) fn posts(&mut self, d: u32, nonce: &str) -> &mut Self {
        let frame =
            json!({"type": "post", "id": nonce, "room": ROOM, "nonce": nonce, "text": nonce});
        self.sends(d, &frame)
    }

    pub(super) fn acks(&mut self, d: u32, id: &str, seq: u64) -> &mut Self {
        self.gets(
            d,
            &json!({"type": "ack", "id": id, "room": ROOM, "seq": seq}),
        )
    }

    pub(super) fn refuses(&mut self, d: u32, id: &str, more: &Value) -> &mut Self {
        let mut frame = json!({"type": "refuse", "id": id, "code": "forbidden", "message": "No."});
        frame
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.gets(d, &frame)
    }

    pub(super) fn sees(&mut self, d: u32, events: &[Value]) -> &mut Self {
        self.gets(
            d,
            &json!({"type": "events", "room": ROOM, "events": events}),
        )
    }

    /// A change of somebody's membership, asked for and answered.
    pub(super) fn moves(&mut self, d: u32, verb: &str, user: &str, status: u16) -> &mut Self {
        let call = format!("{verb} rooms/{ROOM}/members/{user}");
        self.asks(d, &call, None, status)
    }

    /// A request over HTTP, and its answer.
    pub(super) fn asks(
        &mut self,
        d: u32,
        call: &str,
        body: Option<&Value>,
        status: u16,
    ) -> &mut Self {
        let n = self.0.len() as u64;
        let (call, body) = (call.to_owned(), body.map(wire));
        self.line(d, What::Asked { n, call, body }).line(
            d,
            What::Answered {
                n,
                status,
                body: raw(&()),
            },
        )
    }

    /// A page asked for over HTTP, and its answer.
    pub(super) fn pages(&mut self, d: u32, what: &str, body: &Value) -> &mut Self {
        let n = self.0.len() as u64;
        let call = format!("GET rooms/{ROOM}/{what}");
        self.line(
            d,
            What::Asked {
                n,
                call,
                body: None,
            },
        )
        .line(
            d,
            What::Answered {
                n,
                status: 200,
                body: wire(body),
            },
        )
    }

    /// The whole log as one page, with these after the first three events.
    pub(super) fn log(&self, more: &[Value]) -> Value {
        let created = json!({"name": "x", "room_kind": "open", "topic": ""});
        let mut events = vec![
            event(1, ADA, "room_created", &created),
            joined(2, ADA, ADA),
            joined(3, ADA, BEN),
        ];
        events.extend(more.iter().cloned());
        let head = events.last().unwrap()["seq"].clone();
        json!({"events": events, "head": head, "has_more": false, "epoch": "e"})
    }

    /// What is in the log after the first three events, and the verdict.
    pub(super) fn with_log(&self, more: &[Value]) -> Verdict {
        let page = self.log(more);
        let mut all = Self(self.0.clone());
        let (room, page) = (ROOM.into(), wire(&page));
        all.line(0, What::Log { room, page });
        let mut judge = Judge::default();
        for (record, n) in all.0.iter().zip(1..) {
            judge.first_pass(n, record);
        }
        judge.knows_the_logs();
        for (record, n) in all.0.iter().zip(1..) {
            judge.second_pass(n, record.clone());
        }
        judge.finish()
    }
}

#[track_caller]
pub(super) fn is_good(verdict: &Verdict) {
    assert!(verdict.is_good(), "{:#?}", verdict.violations);
}

/// One rule is broken, and the excerpt shows it: at least these lines or words of the log.
#[track_caller]
pub(super) fn is_broken(verdict: &Verdict, rule: Rule, shown: &[&str]) {
    let rules: Vec<Rule> = verdict.broken.keys().copied().collect();
    assert_eq!(rules, [rule], "{:#?}", verdict.violations);
    let violation = &verdict.violations[0];
    assert!(!violation.cites.is_empty(), "an excerpt");
    let text = format!("{} {:?}", violation.what, violation.cites);
    for part in shown {
        assert!(text.contains(part), "{part} in {text}");
    }
    let lines = violation
        .cites
        .iter()
        .filter(|cite| matches!(cite, Cite::Line(_)));
    assert!(lines.count() <= 4, "the shortest that shows it: {text}");
}

#[test]
fn a_history_without_a_fault_passes() {
    let mut story = Story::new();
    story
        .posts(1, "a")
        .sees(2, &[post(4, ADA, "a")])
        .acks(1, "a", 4);
    story.sees(1, &[post(4, ADA, "a")]).posts(2, "b");
    story
        .sees(1, &[post(5, BEN, "b")])
        .acks(2, "b", 5)
        .sees(2, &[post(5, BEN, "b")]);
    story.line(
        1,
        What::Held {
            room: ROOM.into(),
            cursor: 5,
        },
    );
    let verdict = story.with_log(&[post(4, ADA, "a"), post(5, BEN, "b")]);
    is_good(&verdict);
    let counts = &verdict.counts;
    assert_eq!((counts.commands, counts.acked, counts.events), (2, 2, 5));
    assert_eq!((counts.received, counts.moves, counts.counted), (4, 1, 2));
}
