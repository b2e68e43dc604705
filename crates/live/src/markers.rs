//! Markers that wait in memory, one for each user and room, to be written
//! together within a second.

use std::collections::HashMap;
use std::time::Duration;

use parlor_protocol::{RoomId, Seq, UserId};
use parlor_store::write::{Actor, Op};
use tokio::time::Instant;

use crate::config::MARKERS;

/// See the file's head.
#[derive(Debug, Default)]
pub(crate) struct Markers {
    waiting: HashMap<(UserId, RoomId), (Actor, Seq)>,
    since: Option<Instant>,
}

impl Markers {
    /// Keeps the highest of a user's markers in a room. False where there is no room for one more.
    pub(crate) fn put(&mut self, actor: Actor, room: RoomId, seq: Seq, now: Instant) -> bool {
        let full = self.waiting.len() >= MARKERS;
        match self.waiting.get_mut(&(actor.user, room)) {
            Some(waiting) => *waiting = (actor, seq.max(waiting.1)),
            None if full => return false,
            None => {
                self.waiting.insert((actor.user, room), (actor, seq));
            }
        }
        self.since.get_or_insert(now);
        true
    }

    /// The marker of a user in a room that waits, if there is one.
    pub(crate) fn waiting(&self, user: UserId, room: RoomId) -> Option<Seq> {
        self.waiting.get(&(user, room)).map(|(_, seq)| *seq)
    }

    /// When the oldest has waited for `wait`.
    pub(crate) fn due_at(&self, wait: Duration) -> Option<Instant> {
        self.since.map(|since| since + wait)
    }

    /// Takes `n` of them out, to be written. What stays is due at once.
    pub(crate) fn take(&mut self, n: usize) -> Vec<Op> {
        let keys: Vec<_> = self.waiting.keys().take(n).copied().collect();
        let taken = keys.into_iter().filter_map(|key| {
            let (actor, seq) = self.waiting.remove(&key)?;
            Some(Op::Mark(actor, key.1, seq))
        });
        let taken = taken.collect();
        if self.waiting.is_empty() {
            self.since = None;
        }
        taken
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use parlor_protocol::SessionId;

    use super::*;

    #[test]
    fn the_highest_of_many_markers_is_written_once() {
        let now = Instant::now();
        let wait = Duration::from_millis(500);
        let room = RoomId::from_u128(1);
        let seq = |n| Seq::new(n).unwrap();
        let ada = |session| Actor {
            user: UserId::from_u128(7),
            session: SessionId::from_u128(session),
        };
        let mut markers = Markers::default();
        assert_eq!(markers.due_at(wait), None);
        for (session, n) in [(1, 5), (2, 9), (1, 7)] {
            assert!(markers.put(ada(session), room, seq(n), now));
        }
        assert_eq!(markers.due_at(wait), Some(now + wait));
        let taken = markers.take(10);
        let [Op::Mark(actor, at, marker)] = &taken[..] else {
            panic!("{taken:?}");
        };
        assert_eq!((*actor, *at, *marker), (ada(1), room, seq(9)));
        assert!(markers.is_empty() && markers.due_at(wait).is_none());
    }
}
