//! Unread and mention counts, and markers, beside the log.

use parlor_protocol::{Room, RoomId, Seq, UserId};

use super::Judge;
use super::verdict::{Cite, Rule};

impl Judge {
    pub(super) fn counts(&mut self, user: UserId, room: &Room, line: u64) {
        if let Some(why) = self.rights.differs(user, room, &self.logs) {
            let what = format!("room {} to {user}", room.id);
            let cites = vec![Cite::Line(line), Cite::Log(why)];
            self.verdict.broken(Rule::RoomDiffers, what, cites);
        }
        let Some(mine) = room.mine else {
            return;
        };
        self.count(
            user,
            room.id,
            (mine.read, room.head),
            (mine.unread, mine.mentions),
            line,
        );
    }

    pub(super) fn count(
        &mut self,
        user: UserId,
        room: RoomId,
        (read, head): (Seq, Seq),
        said: (u64, u64),
        line: u64,
    ) {
        let Some(log) = self.logs.get(&room) else {
            return;
        };
        self.verdict.counts.counted += 1;
        let counted = log.unread(user, read, head);
        if counted != said {
            let what = format!("room {room} for {user}");
            let log = format!(
                "after {read} up to {head} it has {} unread and {} mentions, told were {} and {}",
                counted.0, counted.1, said.0, said.1
            );
            self.verdict
                .broken(Rule::Counts, what, vec![Cite::Line(line), Cite::Log(log)]);
        }
    }

    /// A marker that was acked never goes back: joining again sets it to a higher event.
    pub(super) fn marker(&mut self, user: UserId, room: RoomId, seq: Seq, line: u64) {
        let known = self.markers.entry((user, room)).or_insert((seq, line));
        if seq >= known.0 {
            *known = (seq, line);
        }
    }

    /// The marker that an answer shows, to something that was asked for at a line.
    pub(super) fn marker_shown(&mut self, user: UserId, room: &Room, asked: u64, line: u64) {
        let known = self.markers.get(&(user, room.id)).copied();
        if let (Some((seq, at)), Some(mine)) = (known, room.mine)
            && at < asked
            && mine.read < seq
        {
            let cites = [at, asked, line].map(Cite::Line).into();
            self.verdict
                .broken(Rule::MarkerBack, format!("room {}", room.id), cites);
        }
    }
}
