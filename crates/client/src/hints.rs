//! Markers and "is writing": what is told to the server as far as a connection is
//! up, and no oftener than it wants to hear it. Pure.
//!
//! Promises: the newest marker of a room is told some time, once the connection is
//! there; another life of the database is told nothing about the one before.

use std::collections::BTreeMap;

use parlor_protocol::frame::ClientFrame;
use parlor_protocol::{RoomId, Seq};

/// Markers are told at most this often, in milliseconds.
pub const READ_GAP_MS: u64 = 2000;
/// That I am writing in a room is told at most this often, in milliseconds.
pub const TYPING_GAP_MS: u64 = 3000;

/// What is to be told. At most one marker and one moment a room.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    markers: BTreeMap<RoomId, Seq>,
    /// No marker before that time.
    next_read: u64,
    /// Rooms I was said to be writing in: whether it is to be told, and when at the earliest.
    typing: BTreeMap<RoomId, (bool, u64)>,
}

impl Hints {
    /// My marker is to stand here, or further on.
    pub fn read(&mut self, room: RoomId, seq: Seq) {
        let marker = self.markers.entry(room).or_default();
        *marker = (*marker).max(seq);
    }

    /// I am writing. What was told within the gap is good for this too.
    pub fn typing(&mut self, room: RoomId, now: u64) {
        let (tell, earliest) = self.typing.entry(room).or_default();
        *tell = *earliest <= now;
    }

    /// What to send now.
    pub fn due(&mut self, now: u64) -> Vec<ClientFrame> {
        let mut out = Vec::new();
        for (room, (tell, earliest)) in &mut self.typing {
            if std::mem::take(tell) {
                *earliest = now + TYPING_GAP_MS;
                out.push(ClientFrame::Typing { room: *room });
            }
        }
        self.typing.retain(|_, (_, earliest)| *earliest > now);
        if now >= self.next_read && !self.markers.is_empty() {
            self.next_read = now + READ_GAP_MS;
            let markers = std::mem::take(&mut self.markers);
            out.extend(markers.into_iter().map(|(room, seq)| ClientFrame::Read {
                id: None,
                room,
                seq,
            }));
        }
        out
    }

    /// When something will become due that is not yet.
    pub fn next_due(&self) -> Option<u64> {
        (!self.markers.is_empty()).then_some(self.next_read)
    }

    /// The connection is gone: that I was writing is old.
    pub fn interrupted(&mut self) {
        self.typing.clear();
    }

    /// Its numbers name other messages now.
    pub fn other_life(&mut self) {
        self.markers.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomId = RoomId::from_u128(7);

    fn seq(number: u64) -> Seq {
        Seq::new(number).unwrap()
    }

    fn read(number: u64) -> ClientFrame {
        ClientFrame::Read {
            id: None,
            room: ROOM,
            seq: seq(number),
        }
    }

    #[test]
    fn of_many_markers_the_newest_is_told_every_2_s() {
        let mut hints = Hints::default();
        hints.read(ROOM, seq(3));
        assert_eq!(hints.due(0), [read(3)]);
        for number in [4, 9, 5] {
            hints.read(ROOM, seq(number));
        }
        assert_eq!((hints.due(1999), hints.next_due()), (vec![], Some(2000)));
        hints.interrupted();
        assert_eq!((hints.due(2000), hints.next_due()), (vec![read(9)], None));
        hints.read(ROOM, seq(11));
        hints.other_life();
        assert_eq!(hints.due(9000), []);
    }

    #[test]
    fn that_i_am_writing_is_told_every_3_s_while_i_am() {
        let mut hints = Hints::default();
        let mut told = Vec::new();
        for now in (0..10_000).step_by(500) {
            hints.typing(ROOM, now);
            told.extend(hints.due(now).iter().map(|_| now));
        }
        assert_eq!(told, [0, 3000, 6000, 9000]);
        assert_eq!(hints.due(20_000), []);
    }
}
