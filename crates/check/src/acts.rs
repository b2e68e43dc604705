//! What a device does, drawn by chance: mostly it writes, and now and then it does
//! what servers get wrong.

use std::sync::Arc;
use std::time::Duration;

use parlor_protocol::frame::{ClientFrame, RequestId};
use parlor_protocol::{Nonce, RoomId, Seq};

use crate::device::Device;
use crate::held::Known;
use crate::history::DeviceKind;
use crate::stage::Phase;

/// What people react with.
const EMOJI: [&str; 4] = ["👍", "🎉", "👀", "🚀"];
/// Begins every text, so that deleted ones can be found in files.
pub(crate) const MARK: &str = "parlor-check:";

impl Device {
    /// How long until it does something again.
    pub(crate) fn next_pause(&mut self) -> Duration {
        let pace = u64::try_from(self.stage.pace.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.chance.between(pace / 4, pace + pace / 2))
    }

    /// Whether it goes away now, and for how long.
    pub(crate) fn goes_away(&mut self) -> Option<Duration> {
        if self.stage.phase() != Phase::Work {
            return None;
        }
        let (percent, low, high) = match self.kind {
            DeviceKind::Absent => (4, 1000, 8000),
            _ => (0, 0, 0),
        };
        self.chance
            .percent(percent)
            .then(|| Duration::from_millis(self.chance.between(low, high)))
    }

    /// Puts commands into the outbox; gives frames that need none.
    pub(crate) fn act(&mut self) -> Vec<ClientFrame> {
        let Some(room) = self.chance.pick(&self.rooms.ids()).copied() else {
            return Vec::new();
        };
        match self.chance.below(100) {
            0..52 => self.post(room),
            52..60 => self.edit(room),
            60..66 => self.delete(room, true),
            // For a room's owner to do, and for nobody else.
            66..67 => self.delete(room, false),
            67..77 => self.react(room),
            77..80 => self.react_in_vain(room),
            80..84 => self.send_again(),
            84..85 => self.use_a_nonce_twice(),
            85..92 => return self.read(room),
            92..94 => return self.look_back(room, 40).into_iter().collect(),
            94..95 => return vec![ClientFrame::Typing { room }],
            _ => self.ask_for_a_page(room),
        }
        Vec::new()
    }

    /// What follows an ack at once: behind a deletion it looks whether the text comes again.
    pub(crate) fn after(&mut self, frame: &ClientFrame) -> Option<ClientFrame> {
        match frame {
            ClientFrame::Delete { room, seq, .. } if self.chance.percent(70) => {
                let behind = self
                    .rooms
                    .get(*room)?
                    .cursor
                    .get()
                    .saturating_sub(seq.get());
                let (room, depth) = (*room, behind + 2);
                if self.chance.percent(30) {
                    self.ask(format!("GET rooms/{room}/messages?around={seq}&limit=5"));
                }
                (depth < 900).then(|| self.look_back(room, depth)).flatten()
            }
            _ => None,
        }
    }

    pub(crate) fn nonce(&mut self) -> Nonce {
        self.given += 1;
        let text = format!("c{:x}-{}-{}", self.stage.seed, self.number, self.given);
        Nonce::parse(&text).expect("letters, digits and hyphens")
    }

    /// A text that nobody else writes.
    pub(crate) fn text(&mut self, nonce: &Nonce) -> String {
        let mut text = format!("{MARK}{nonce};");
        if self.chance.percent(20) {
            let person = self.chance.pick(&self.stage.people);
            text += &person.map_or(String::new(), |person| format!(" @{}", person.username));
        }
        if self.chance.percent(10) {
            let words = usize::try_from(self.chance.below(300)).unwrap_or(0);
            text += &" and so on".repeat(words);
        }
        text
    }

    fn request() -> RequestId {
        RequestId::parse("").expect("an empty id is short enough")
    }

    fn post(&mut self, room: RoomId) {
        let nonce = self.nonce();
        let text = self.text(&nonce);
        let reply_to = if self.chance.percent(15) {
            self.some_message(room, false).map(|known| known.seq)
        } else {
            None
        };
        self.outbox.give(ClientFrame::Post {
            id: Self::request(),
            room,
            nonce,
            text,
            reply_to,
        });
    }

    fn edit(&mut self, room: RoomId) {
        let Some(known) = self.some_message(room, true) else {
            return self.post(room);
        };
        let nonce = self.nonce();
        let text = self.text(&nonce);
        self.outbox.give(ClientFrame::Edit {
            id: Self::request(),
            room,
            seq: known.seq,
            nonce,
            text,
        });
    }

    fn delete(&mut self, room: RoomId, mine: bool) {
        let Some(known) = self.some_message(room, mine) else {
            return self.post(room);
        };
        let nonce = self.nonce();
        let delete = ClientFrame::Delete {
            id: Self::request(),
            room,
            seq: known.seq,
            nonce,
        };
        self.outbox.give(delete);
    }

    fn react(&mut self, room: RoomId) {
        if let Some(known) = self.some_message(room, false) {
            let emoji = self.chance.pick(&EMOJI).copied().unwrap_or("👍");
            let put = self.chance.percent(60);
            self.put_or_take(room, known.seq, emoji, put);
        }
    }

    fn put_or_take(&mut self, room: RoomId, seq: Seq, emoji: &str, put: bool) {
        let (id, nonce, emoji) = (Self::request(), self.nonce(), emoji.to_owned());
        self.outbox.give(if put {
            ClientFrame::React {
                id,
                room,
                seq,
                nonce,
                emoji,
            }
        } else {
            ClientFrame::Unreact {
                id,
                room,
                seq,
                nonce,
                emoji,
            }
        });
    }

    /// Reacts twice with the same, takes it off: the second changed nothing, and must
    /// not begin to change something when it is sent again.
    fn react_in_vain(&mut self, room: RoomId) {
        let Some(known) = self.some_message(room, false) else {
            return;
        };
        let emoji = self.chance.pick(&EMOJI).copied().unwrap_or("👍");
        self.put_or_take(room, known.seq, emoji, true);
        self.put_or_take(room, known.seq, emoji, true);
        self.put_or_take(room, known.seq, emoji, false);
    }

    /// A command that was acked, perhaps long ago, comes once more.
    fn send_again(&mut self) {
        let again = self.chance.pick(self.outbox.acked()).cloned();
        again
            .into_iter()
            .for_each(|frame| self.outbox.give_again(frame));
    }

    /// Something else under a nonce that was used.
    fn use_a_nonce_twice(&mut self) {
        let Some(ClientFrame::Post { room, nonce, .. }) =
            self.chance.pick(self.outbox.acked()).cloned()
        else {
            return;
        };
        let Some(known) = self.some_message(room, false) else {
            return;
        };
        self.outbox.give_again(ClientFrame::React {
            id: Self::request(),
            room,
            seq: known.seq,
            nonce,
            emoji: EMOJI[0].into(),
        });
    }

    fn read(&mut self, room: RoomId) -> Vec<ClientFrame> {
        let Some(cursor) = self.rooms.get(room).map(|held| held.cursor) else {
            return Vec::new();
        };
        let back = self.chance.below(30).min(cursor.get());
        let seq = Seq::new(cursor.get() - back).unwrap_or(cursor);
        self.given += 1;
        let id = RequestId::parse(&format!("read-{}", self.given));
        let id = id.filter(|_| self.chance.percent(50));
        vec![ClientFrame::Read { id, room, seq }]
    }

    /// Has the last events sent once more.
    fn look_back(&mut self, room: RoomId, most: u64) -> Option<ClientFrame> {
        let cursor = self.rooms.get(room)?.cursor.get();
        let back = if most > 40 {
            most
        } else {
            self.chance.below(most)
        };
        self.rooms
            .resume(room, Seq::new(cursor.saturating_sub(back))?)
    }

    fn ask_for_a_page(&mut self, room: RoomId) {
        let Some(cursor) = self.rooms.get(room).map(|held| held.cursor.get()) else {
            return;
        };
        let seq = cursor.saturating_sub(self.chance.below(200)).max(1);
        let call = match self.chance.below(5) {
            0 => format!("GET rooms/{room}/messages?limit=30"),
            1 => format!("GET rooms/{room}/messages?before={seq}&limit=30"),
            2 => format!("GET rooms/{room}/messages?around={seq}&limit=20"),
            3 => format!("GET rooms/{room}/events?after={seq}&limit=100"),
            _ => "GET rooms".to_owned(),
        };
        self.ask(call);
    }

    /// Asks beside everything else; the answer is written down.
    fn ask(&self, call: String) {
        let number = self.number;
        let (stage, token) = (Arc::clone(&self.stage), self.me.token.clone());
        tokio::spawn(async move {
            // Unanswered is an answer too.
            let _ = stage.ask(number, &token, &call, None).await;
        });
    }

    fn some_message(&mut self, room: RoomId, mine: bool) -> Option<Known> {
        let held = self.rooms.get(room)?;
        let me = self.me.id;
        let those: Vec<Known> = held
            .messages
            .iter()
            .filter(|known| !mine || known.by == me)
            .copied()
            .collect();
        self.chance.pick(&those).copied()
    }
}
