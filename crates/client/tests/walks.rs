//! The walks of `docs/protocol/walks`, replayed by what decides in this client: the same
//! frames sent, each event once, and in the end what the store has.

#![allow(clippy::unwrap_used, reason = "a test from end to end")]

use std::collections::BTreeMap;
use std::path::Path;

use parlor_client::dialogue::{Act, Dialogue};
use parlor_client::{LogEvent, Outcome, Said, Start, Update};
use parlor_protocol::frame::ClientFrame;
use parlor_protocol::{Event, EventKind, Nonce, RoomId, Seq, UserId};
use serde_json::{Value, json};

/// A walk under way.
struct Replay {
    dialogue: Dialogue,
    live: bool,
    now: u64,
    me: UserId,
    sent: Vec<Value>,
    asked: Vec<(RoomId, Seq)>,
    /// How the walk calls my requests, and how I do.
    labels: BTreeMap<String, String>,
    /// The seq before the first event told of each room, and the events.
    told: BTreeMap<RoomId, (Seq, Vec<Event>)>,
    said: Vec<(Nonce, RoomId)>,
    settled: BTreeMap<Nonce, Outcome>,
}

impl Replay {
    fn new() -> Self {
        Self {
            dialogue: Dialogue::new(Start::Head, None, BTreeMap::new(), Default::default()),
            live: false,
            now: 0,
            me: UserId::NOWHERE,
            sent: Vec::new(),
            asked: Vec::new(),
            labels: BTreeMap::new(),
            told: BTreeMap::new(),
            said: Vec::new(),
            settled: BTreeMap::new(),
        }
    }

    fn step(&mut self, step: &Value) {
        let kind = step["step"].as_str().expect("a step");
        if kind != "sends" {
            assert_eq!(self.sent, Vec::<Value>::new(), "nothing else was sent");
        }
        match kind {
            "connect" => {
                let hello = serde_json::to_value(self.dialogue.hello()).unwrap();
                assert_eq!(hello, step["hello"]);
            }
            "frame" => {
                let mut frame = step["frame"].clone();
                if let Some(id) = frame["id"].as_str().and_then(|it| self.labels.get(it)) {
                    frame["id"] = json!(id);
                }
                let acts = self.dialogue.frame(&frame.to_string(), self.now);
                self.follow(acts);
            }
            "sends" => self.sends(step["frames"].as_array().expect("frames")),
            "log" => {
                let asked = (room(&step["room"]), seq(&step["after"]));
                assert_eq!(self.asked.remove(0), asked);
                let page = serde_json::from_value(step["page"].clone()).expect("a page");
                let acts = self.dialogue.page(asked.0, asked.1, page);
                self.follow(acts);
            }
            "say" => {
                let (nonce, room) = (nonce(&step["nonce"]), room(&step["room"]));
                self.said.push((nonce.clone(), room));
                // The fields have the names that an outbox keeps them by.
                let said: Said = serde_json::from_value(step.clone()).expect("something said");
                let settled = self
                    .dialogue
                    .say(room, nonce, said)
                    .expect("it is taken in");
                for (_, nonce, outcome) in settled {
                    self.settled.insert(nonce, outcome);
                }
                self.flush();
            }
            "wait" => {
                self.now += step["ms"].as_u64().expect("milliseconds");
                self.flush();
            }
            "cut" => {
                self.live = false;
                self.asked.clear();
                self.dialogue.interrupted();
            }
            "believe" => self.believe(step),
            // What a screen does; this client has none.
            "open" | "older" | "history" | "rooms" | "read" => {}
            other => panic!("a step {other:?}"),
        }
    }

    fn flush(&mut self) {
        if self.live {
            let due = self.dialogue.due(self.now);
            self.sent.extend(due.iter().map(value));
        }
    }

    fn follow(&mut self, acts: Vec<Act>) {
        for act in acts {
            match act {
                Act::Watch(_) => self.live = true,
                Act::Send(frame) => self.sent.push(value(&frame)),
                Act::Page(room, after) => self.asked.push((room, after)),
                Act::Drop(why) => panic!("a correct server was given up: {why}"),
                Act::Tell(update) => self.tell(update),
                Act::Keep | Act::Bye { .. } => {}
            }
        }
        self.flush();
    }

    fn tell(&mut self, update: Update) {
        match update {
            Update::Connected(ready) => {
                self.me = ready.user.id;
                for room in &ready.rooms {
                    let empty = || (room.head, Vec::new());
                    self.told.entry(room.id).or_insert_with(empty);
                }
            }
            Update::Event { room, event } => self.event(room, event),
            Update::Forgotten { room, after, .. } => {
                self.told.insert(room, (after, Vec::new()));
            }
            Update::RoomAdded(room) => {
                self.told.insert(room.id, (room.head, Vec::new()));
            }
            Update::RoomRemoved { room, .. } => {
                self.told.remove(&room);
            }
            Update::Settled { nonce, outcome, .. } => {
                let before = self.settled.insert(nonce, outcome);
                assert_eq!(before, None, "settled once");
            }
            Update::Disconnected { .. } | Update::UserUpdated(_) | Update::Signal(_) => {}
        }
    }

    fn event(&mut self, room: RoomId, event: LogEvent) {
        let (from, events) = self.told.get_mut(&room).expect("a room of mine");
        let last = from.get() + events.len() as u64;
        assert_eq!(event.seq.get(), last + 1, "each once, in order");
        events.push(event.known.expect("a known kind"));
    }

    /// These were sent, in any order among rooms, under whatever ids.
    fn sends(&mut self, frames: &[Value]) {
        let mut sent = std::mem::take(&mut self.sent);
        for frame in frames {
            let same = |it: &Value| without_id(it) == without_id(frame);
            let at = sent.iter().position(same);
            let at = at.unwrap_or_else(|| panic!("{frame} among {sent:?}"));
            let (label, id) = (&frame["id"], &sent.remove(at)["id"]);
            if let (Some(label), Some(id)) = (label.as_str(), id.as_str()) {
                self.labels.insert(label.to_owned(), id.to_owned());
            }
        }
        assert_eq!(sent, Vec::<Value>::new(), "and nothing else");
    }

    fn believe(&self, step: &Value) {
        assert_eq!(self.own(), step["own"], "what of mine is not in the log");
        let rooms = step["rooms"].as_object().expect("rooms");
        if step["whole"] == true {
            let mine: Vec<String> = self.told.keys().map(ToString::to_string).collect();
            let all: Vec<&String> = rooms.keys().collect();
            assert_eq!(mine.iter().collect::<Vec<_>>(), all);
        }
        for (id, room) in rooms {
            let id = RoomId::parse(id);
            if let Some(cursor) = room["cursor"].as_u64() {
                let held = self.dialogue.logs().cursor(id);
                assert_eq!(held.map(Seq::get), Some(cursor), "{id}");
            }
            if let Some(messages) = room["messages"].as_array() {
                let (from, events) = &self.told[&id];
                let first = messages.first().map_or(0, |it| it["seq"].as_u64().unwrap());
                let held = fold(events, self.me);
                let held: Vec<Value> = held
                    .into_values()
                    .filter(|it| it["seq"].as_u64().unwrap() >= first)
                    .collect();
                let told = messages.iter().filter(|it| seq(&it["seq"]) > *from);
                assert_eq!(held, told.cloned().collect::<Vec<_>>(), "{id}");
            }
        }
    }

    fn own(&self) -> Value {
        let states = self.said.iter().filter_map(|(nonce, room)| {
            let state = match self.settled.get(nonce) {
                None => json!("pending"),
                Some(Outcome::Done(seq)) => {
                    let cursor = self.dialogue.logs().cursor(*room);
                    cursor.filter(|cursor| cursor < seq)?;
                    json!("sent")
                }
                Some(Outcome::Refused(code, _)) => json!(code),
                Some(Outcome::OtherEpoch) => json!("other_epoch"),
                Some(Outcome::Folded) => return None,
            };
            Some((nonce.to_string(), state))
        });
        states.collect::<serde_json::Map<_, _>>().into()
    }
}

/// The messages that events make, as one sees them.
fn fold(events: &[Event], me: UserId) -> BTreeMap<Seq, Value> {
    let mut messages: BTreeMap<Seq, Value> = BTreeMap::new();
    let mut reactors: BTreeMap<Seq, Vec<(String, Vec<UserId>)>> = BTreeMap::new();
    for event in events {
        match &event.kind {
            EventKind::MessagePosted { text, reply_to, .. } => {
                let mut message = json!({"seq": event.seq, "by": event.by.id});
                match text {
                    Some(text) => message["text"] = json!(text),
                    None => message["deleted"] = json!(true),
                }
                if let (Some(seq), Some(_)) = (reply_to, text) {
                    message["reply_to"] = json!(seq);
                }
                messages.insert(event.seq, message);
            }
            EventKind::MessageEdited {
                target,
                text: Some(text),
                ..
            } => {
                if let Some(message) = messages.get_mut(target) {
                    message["text"] = json!(text);
                    message["edited"] = json!(true);
                }
            }
            EventKind::MessageDeleted { target, .. } => {
                if let Some(message) = messages.get_mut(target) {
                    let (seq, by) = (message["seq"].clone(), message["by"].clone());
                    *message = json!({"seq": seq, "by": by, "deleted": true});
                }
                reactors.remove(target);
            }
            EventKind::ReactionAdded { target, emoji, .. } => {
                let all = reactors.entry(*target).or_default();
                let emoji = emoji.as_str().to_owned();
                match all.iter_mut().find(|(it, _)| *it == emoji) {
                    Some((_, by)) => by.push(event.by.id),
                    None => all.push((emoji, vec![event.by.id])),
                }
            }
            EventKind::ReactionRemoved { target, emoji, .. } => {
                let all = reactors.entry(*target).or_default();
                for (it, by) in all.iter_mut() {
                    if it == emoji.as_str() {
                        by.retain(|it| *it != event.by.id);
                    }
                }
                all.retain(|(_, by)| !by.is_empty());
            }
            _ => {}
        }
    }
    for (target, all) in reactors {
        let counted =
            |(emoji, by): (String, Vec<UserId>)| json!([emoji, by.len(), by.contains(&me)]);
        let all: Vec<Value> = all.into_iter().map(counted).collect();
        if let Some(message) = messages.get_mut(&target)
            && !all.is_empty()
            && message["deleted"].is_null()
        {
            message["reactions"] = json!(all);
        }
    }
    messages
}

fn value(frame: &ClientFrame) -> Value {
    serde_json::to_value(frame).expect("JSON")
}

fn without_id(frame: &Value) -> Value {
    let mut frame = frame.clone();
    frame.as_object_mut().expect("a frame").remove("id");
    frame
}

fn room(value: &Value) -> RoomId {
    RoomId::parse(value.as_str().expect("a room"))
}

fn nonce(value: &Value) -> Nonce {
    Nonce::parse(value.as_str().expect("a nonce")).expect("a nonce")
}

fn seq(value: &Value) -> Seq {
    Seq::new(value.as_u64().expect("a seq")).expect("a seq")
}

#[test]
fn every_walk_leads_where_it_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocol/walks");
    let mut walked = 0;
    for file in std::fs::read_dir(folder).expect("the walks") {
        let path = file.expect("a file").path();
        if path.extension().is_none_or(|it| it != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("UTF-8");
        let walk: Value = serde_json::from_str(&text).expect("JSON");
        let mut replay = Replay::new();
        for (at, step) in walk["steps"].as_array().expect("steps").iter().enumerate() {
            let stepped = std::panic::AssertUnwindSafe(|| replay.step(step));
            let done = std::panic::catch_unwind(stepped);
            assert!(done.is_ok(), "{} at step {}: {step}", walk["name"], at + 1);
        }
        walked += 1;
    }
    assert!(walked > 10, "{walked}");
}
