//! A device of mine: the Rust client without its sockets and files, and what its
//! program was told, judged as it comes.

use std::collections::BTreeMap;

use parlor_client::dialogue::{Act, Dialogue};
use parlor_client::{LogEvent, Outcome, Said, Start, Update};
use parlor_protocol::frame::{ClientFrame, ServerFrame};
use parlor_protocol::http::Events;
use parlor_protocol::{EventKind, Nonce, RoomId, Seq};

use crate::town::Town;

/// See the file's head.
pub(crate) struct Device {
    pub(crate) start: Start,
    pub(crate) dialogue: Dialogue,
    /// A connection is up and `ready` was heard.
    pub(crate) live: bool,
    /// What was told of each room: the seq before the first event, and the events.
    pub(crate) told: BTreeMap<RoomId, (Seq, Vec<LogEvent>)>,
    pub(crate) settled: BTreeMap<Nonce, Outcome>,
    /// Frames to send, in order.
    pub(crate) sends: Vec<ClientFrame>,
    /// Pages of the log to read: the room, and after which seq.
    pub(crate) pages: Vec<(RoomId, Seq)>,
    /// It gave the connection up, for this reason.
    pub(crate) dropped: Option<String>,
    /// Milliseconds of its clock.
    pub(crate) now: u64,
}

impl Device {
    pub(crate) fn new(start: Start) -> Self {
        Self {
            start,
            dialogue: Dialogue::new(start, None, BTreeMap::new(), Default::default()),
            live: false,
            told: BTreeMap::new(),
            settled: BTreeMap::new(),
            sends: Vec::new(),
            pages: Vec::new(),
            dropped: None,
            now: 0,
        }
    }

    /// A new connection: its first frame.
    pub(crate) fn connect(&mut self) -> ClientFrame {
        self.dialogue.hello()
    }

    /// The connection is lost, and what was on its way over it.
    pub(crate) fn cut(&mut self) {
        self.live = false;
        self.dialogue.interrupted();
        self.sends.clear();
        self.pages.clear();
        self.dropped = None;
    }

    /// The program ends, and another begins with what the file holds.
    pub(crate) fn restart(&mut self) {
        self.cut();
        let kept = serde_json::to_string(self.dialogue.outbox()).unwrap();
        let outbox = serde_json::from_str(&kept).unwrap();
        let logs = self.dialogue.logs();
        let rooms = self.told.keys();
        let cursors = rooms.filter_map(|room| Some((*room, logs.cursor(*room)?)));
        let epoch = logs.epoch().map(str::to_owned);
        self.dialogue = Dialogue::new(self.start, epoch, cursors.collect(), outbox);
    }

    pub(crate) fn frame(&mut self, frame: &ServerFrame) {
        let text = serde_json::to_string(frame).unwrap();
        self.text(&text);
    }

    /// A message of the server, as it comes.
    pub(crate) fn text(&mut self, text: &str) {
        let acts = self.dialogue.frame(text, self.now);
        self.follow(acts);
    }

    /// A page of the log.
    pub(crate) fn page(&mut self, room: RoomId, after: Seq, page: &Events) {
        let page = serde_json::to_string(page).unwrap();
        let page = serde_json::from_str(&page).unwrap();
        let acts = self.dialogue.page(room, after, page);
        self.follow(acts);
    }

    /// Something I say.
    pub(crate) fn say(&mut self, room: RoomId, nonce: &Nonce, said: Said) {
        let settled = self.dialogue.say(room, nonce.clone(), said).unwrap();
        for (_, nonce, outcome) in settled {
            self.settle(nonce, outcome);
        }
        self.flush();
    }

    /// Sends what is due.
    pub(crate) fn flush(&mut self) {
        if self.live {
            let due = self.dialogue.due(self.now);
            self.sends.extend(due);
        }
    }

    /// Up to where everything was applied.
    pub(crate) fn cursor(&self, room: RoomId) -> Seq {
        self.dialogue.logs().cursor(room).unwrap_or_default()
    }

    fn follow(&mut self, acts: Vec<Act>) {
        for act in acts {
            match act {
                Act::Watch(_) => self.live = true,
                Act::Tell(update) => self.tell(update),
                Act::Send(frame) => self.sends.push(frame),
                Act::Page(room, after) => self.pages.push((room, after)),
                Act::Drop(why) => {
                    self.dropped.get_or_insert(why);
                    return;
                }
                Act::Keep | Act::Bye { .. } => {}
            }
        }
        self.flush();
    }

    fn tell(&mut self, update: Update) {
        match update {
            Update::Event { room, event } => {
                let before = event.seq.get() - 1;
                let from = (Seq::new(before).unwrap(), Vec::new());
                let (from, events) = self.told.entry(room).or_insert(from);
                let last = from.get() + events.len() as u64;
                assert_eq!(before, last, "each event of {room} once and in order");
                events.push(event);
            }
            Update::Connected(ready) if self.start == Start::Head => {
                for room in &ready.rooms {
                    self.told
                        .entry(room.id)
                        .or_insert_with(|| (room.head, Vec::new()));
                }
            }
            Update::Forgotten { room, after, .. } => {
                self.told.insert(room, (after, Vec::new()));
            }
            Update::RoomAdded(room) if self.start == Start::Head => {
                self.told.insert(room.id, (room.head, Vec::new()));
            }
            Update::RoomRemoved { room, .. } if self.start == Start::Head => {
                self.told.remove(&room);
            }
            Update::Settled { nonce, outcome, .. } => self.settle(nonce, outcome),
            _ => {}
        }
    }

    fn settle(&mut self, nonce: Nonce, outcome: Outcome) {
        let before = self.settled.insert(nonce.clone(), outcome);
        assert_eq!(before, None, "{nonce} is settled once");
    }

    /// That it holds what the town holds, to the letter but for texts that were deleted since.
    pub(crate) fn agrees(&self, town: &Town) {
        for room in town.my_rooms() {
            let (from, events) = &self.told[&room.id];
            let log = town.world.log(town.me(), room.id);
            let after = usize::try_from(from.get()).unwrap();
            assert_eq!(self.cursor(room.id), room.head, "{}", room.id);
            assert_eq!(events.len(), log.len() - after, "{}", room.id);
            for (told, stands) in events.iter().zip(&log[after..]) {
                let mut known = told.known.clone().expect("a kind that is known");
                let redacted = match &stands.kind {
                    EventKind::MessagePosted { redacted, .. }
                    | EventKind::MessageEdited { redacted, .. } => *redacted,
                    _ => false,
                };
                if redacted {
                    known.kind.redact();
                }
                assert_eq!(&known, stands);
            }
        }
    }
}
