//! What a client holds that follows the contract to the letter, and what must
//! never happen to it: a hole, an event twice, one after a removal.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::person::{number, text};

/// The logs of all rooms of one client, each contiguous. Panics where a frame
/// breaks the contract.
#[derive(Clone, Debug, Default)]
pub struct ExactlyOnce {
    epoch: Option<String>,
    rooms: BTreeMap<String, Held>,
    /// `ready` was the answer to a `hello`: nothing comes before it.
    greeted: bool,
}

/// What is held of one room: every event from `first` on.
#[derive(Clone, Debug)]
struct Held {
    first: u64,
    events: Vec<Value>,
    /// The newest `resume` that is not answered. Until it is, live events may come twice.
    resumed: Option<Resumed>,
    /// Named in `hello` and not answered for yet.
    asked: bool,
    /// Told `far_behind`: live events are dropped until the log was paged.
    far_behind: bool,
}

/// A `resume` under way.
#[derive(Clone, Debug)]
struct Resumed {
    id: String,
    after: u64,
    /// What came since it was sent.
    came: BTreeSet<u64>,
}

impl Held {
    fn from(head: u64) -> Self {
        Self {
            first: head + 1,
            events: Vec::new(),
            resumed: None,
            asked: false,
            far_behind: false,
        }
    }

    /// What was asked for is answered, by `hello` or by this frame's `resume`; the newest comes back.
    fn answered(&mut self, frame: &Value) -> Option<Resumed> {
        match frame["id"].as_str() {
            None => {
                assert!(std::mem::take(&mut self.asked), "unasked: {frame}");
                None
            }
            // An older one may have reached its end before the newest was read.
            Some(id) => self.resumed.take_if(|resumed| resumed.id == id),
        }
    }

    fn cursor(&self) -> u64 {
        self.first + self.events.len() as u64 - 1
    }
}

impl ExactlyOnce {
    /// Wants a room's log from its first event on.
    #[must_use]
    pub fn from_the_start(mut self, epoch: &str, room: &str) -> Self {
        self.epoch = Some(epoch.to_owned());
        self.rooms.insert(room.to_owned(), Held::from(0));
        self
    }

    /// Holds these rooms up to these seqs, without their events.
    pub fn holding<'a>(
        epoch: Option<&str>,
        rooms: impl IntoIterator<Item = (&'a str, u64)>,
    ) -> Self {
        let held = |(room, seq): (&str, u64)| (room.to_owned(), Held::from(seq));
        Self {
            epoch: epoch.map(str::to_owned),
            rooms: rooms.into_iter().map(held).collect(),
            greeted: false,
        }
    }

    /// The `hello` that resumes from what is held.
    pub fn hello(&mut self) -> Value {
        self.greeted = false;
        let mut hello = json!({"type": "hello", "protocol": 1});
        if let Some(epoch) = &self.epoch {
            hello["epoch"] = json!(epoch);
        }
        let mut cursors = BTreeMap::new();
        for (room, held) in &mut self.rooms {
            (held.asked, held.resumed, held.far_behind) = (true, None, false);
            cursors.insert(room, held.cursor());
        }
        if !cursors.is_empty() {
            hello["rooms"] = json!(cursors);
        }
        hello
    }

    /// A `resume` of a room is being sent with an id.
    pub fn resumes(&mut self, room: &str, after: u64, id: &str) {
        if let Some(held) = self.rooms.get_mut(room) {
            assert!(
                after <= held.cursor() || held.far_behind,
                "a resume may not leave a hole"
            );
            held.resumed = Some(Resumed {
                id: id.to_owned(),
                after,
                came: BTreeSet::new(),
            });
            held.far_behind = false;
        }
    }

    /// The last seq of a room up to which everything is held; `None` where it is not followed.
    pub fn cursor(&self, room: &str) -> Option<u64> {
        self.rooms.get(room).map(Held::cursor)
    }

    /// The events held of a room, from the first.
    pub fn events(&self, room: &str) -> &[Value] {
        self.rooms.get(room).map_or(&[], |held| &held.events)
    }

    /// The rooms that are followed, by id.
    pub fn rooms(&self) -> impl Iterator<Item = &str> {
        self.rooms.keys().map(String::as_str)
    }

    /// That what is held of a room is a part of its log, to the letter; but that texts which the
    /// log has lost since may still be held.
    pub fn agrees_with(&self, room: &str, log: &[Value]) {
        let held = &self.rooms[room];
        for (event, seq) in held.events.iter().zip(held.first..) {
            let stands = &log[usize::try_from(seq).expect("it fits") - 1];
            let mut event = event.clone();
            if stands["redacted"] == true && event["redacted"] != true {
                let fields = event.as_object_mut().expect("an event");
                for lost in ["text", "mentions"] {
                    fields.remove(lost);
                }
                fields.insert("redacted".into(), json!(true));
                let mut stands = stands.clone();
                stands.as_object_mut().expect("an event").remove("mentions");
                assert_eq!(event, stands, "{seq} of {room}");
            } else {
                assert_eq!(&event, stands, "{seq} of {room}");
            }
        }
    }

    /// A room was paged over HTTP after `far_behind`.
    pub fn paged(&mut self, room: &str, events: Vec<Value>) {
        let held = self.rooms.get_mut(room).expect("a room that is followed");
        for event in events {
            assert_eq!(number(&event["seq"]), held.cursor() + 1, "a hole in a page");
            held.events.push(event);
        }
    }

    /// Takes a frame; gives the events it brought that were not held yet.
    pub fn take(&mut self, frame: &Value) -> Vec<Value> {
        let kind = text(&frame["type"]);
        let named = || text(&frame["room"]);
        if kind == "ready" {
            self.ready(frame);
        }
        let early = matches!(
            kind.as_str(),
            "events" | "caught_up" | "reset" | "room_added" | "signal"
        );
        assert!(self.greeted || !early, "before ready: {frame}");
        match kind.as_str() {
            "events" => return self.append(&named(), frame),
            "caught_up" => self.caught_up(&named(), frame),
            "reset" => self.reset(&named(), frame),
            "room_added" => {
                let room = text(&frame["room"]["id"]);
                let before = self
                    .rooms
                    .insert(room, Held::from(number(&frame["room"]["head"])));
                assert!(before.is_none(), "added twice: {frame}");
            }
            "room_removed" => {
                let held = self.rooms.remove(&named());
                if let (Some(held), Some(seq)) = (held, frame["seq"].as_u64()) {
                    assert!(
                        held.cursor() <= seq,
                        "{} came after the removal at {seq}",
                        held.cursor()
                    );
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn ready(&mut self, frame: &Value) {
        assert!(!self.greeted, "a second ready");
        self.greeted = true;
        self.epoch = Some(text(&frame["epoch"]));
        for room in frame["rooms"].as_array().expect("rooms") {
            let head = number(&room["head"]);
            self.rooms
                .entry(text(&room["id"]))
                .or_insert_with(|| Held::from(head));
        }
    }

    fn append(&mut self, room: &str, frame: &Value) -> Vec<Value> {
        let held = self
            .rooms
            .get_mut(room)
            .unwrap_or_else(|| panic!("of no room of mine: {frame}"));
        let events = frame["events"].as_array().expect("events");
        assert!(!events.is_empty(), "an empty frame");
        let first = number(&events[0]["seq"]);
        let mut new = Vec::new();
        for (event, seq) in events.iter().zip(first..) {
            assert_eq!(
                number(&event["seq"]),
                seq,
                "events are not contiguous: {frame}"
            );
            if held.far_behind {
                continue;
            }
            if let Some(resumed) = &mut held.resumed {
                resumed.came.insert(seq);
            }
            let next = held.cursor() + 1;
            assert!(
                seq <= next,
                "a hole: {next} is missing before {seq} in {room}"
            );
            if seq == next {
                held.events.push(event.clone());
                new.push(event.clone());
            } else {
                assert!(held.resumed.is_some(), "{seq} came twice in {room}");
            }
        }
        new
    }

    fn caught_up(&mut self, room: &str, frame: &Value) {
        let seq = number(&frame["seq"]);
        let held = self
            .rooms
            .get_mut(room)
            .unwrap_or_else(|| panic!("{room} is not mine"));
        let cursor = held.cursor();
        assert!(cursor >= seq, "caught up to {seq}, but holds {cursor} only");
        let Some(resumed) = held.answered(frame) else {
            return;
        };
        let missing = (resumed.after + 1..=seq).find(|seq| !resumed.came.contains(seq));
        assert_eq!(
            missing, None,
            "it did not come again after {} in {room}",
            resumed.after
        );
    }

    fn reset(&mut self, room: &str, frame: &Value) {
        let held = self
            .rooms
            .get_mut(room)
            .unwrap_or_else(|| panic!("{room} is not mine"));
        held.answered(frame);
        if frame["reason"] == "far_behind" {
            held.far_behind = true;
        } else {
            let resumed = held.resumed.take();
            *held = Held {
                resumed,
                ..Held::from(number(&frame["head"]))
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follower() -> ExactlyOnce {
        let mut follower = ExactlyOnce::default();
        follower.hello();
        follower.take(&json!({"type": "ready", "epoch": "e", "rooms": [{"id": "r", "head": 2}]}));
        follower
    }

    fn events(seqs: &[u64]) -> Value {
        let events: Vec<Value> = seqs.iter().map(|seq| json!({"seq": seq})).collect();
        json!({"type": "events", "room": "r", "events": events})
    }

    /// Whether a follower that has seen 3 panics at these frames.
    fn fails(frames: &[Value]) -> bool {
        let mut follower = follower();
        follower.take(&events(&[3]));
        let take = || {
            frames
                .iter()
                .map(|frame| follower.take(frame).len())
                .sum::<usize>()
        };
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(take)).is_err()
    }

    #[test]
    fn whatever_breaks_the_contract_is_caught() {
        assert!(!fails(&[events(&[4, 5]), events(&[6])]));
        assert!(fails(&[events(&[5])]), "a hole");
        assert!(fails(&[events(&[3])]), "an event twice");
        assert!(fails(&[events(&[4, 6])]), "not contiguous");
        assert!(fails(&[events(&[])]), "nothing at all");
        let caught_up = json!({"type": "caught_up", "room": "r", "seq": 3});
        assert!(fails(&[caught_up]), "caught up unasked");
        let reset = json!({"type": "reset", "room": "r", "head": 9, "reason": "ahead"});
        assert!(fails(&[reset]), "a reset unasked");
        let removed = |seq: u64| json!({"type": "room_removed", "room": "r", "seq": seq});
        assert!(!fails(&[events(&[4]), removed(5)]));
        assert!(
            fails(&[events(&[4]), removed(3)]),
            "an event above the removal"
        );
        assert!(
            fails(&[removed(4), events(&[4])]),
            "an event after the removal"
        );
        let early = std::panic::catch_unwind(|| ExactlyOnce::default().take(&events(&[1])));
        assert!(early.is_err(), "an event before ready");
    }

    #[test]
    fn a_resume_may_bring_again_what_is_held() {
        let mut follower = follower();
        follower.take(&events(&[3, 4]));
        follower.resumes("r", 2, "q");
        assert_eq!(follower.take(&events(&[3, 4, 5])).len(), 1);
        follower.take(&json!({"type": "caught_up", "room": "r", "seq": 5, "id": "q"}));
        assert_eq!(follower.cursor("r"), Some(5));

        follower.resumes("r", 3, "p");
        follower.take(&events(&[5]));
        let caught_up = json!({"type": "caught_up", "room": "r", "seq": 5, "id": "p"});
        let take = std::panic::AssertUnwindSafe(|| follower.take(&caught_up));
        assert!(
            std::panic::catch_unwind(take).is_err(),
            "4 did not come again"
        );
    }
}
