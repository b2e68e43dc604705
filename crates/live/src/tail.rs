//! A room's newest frames, so that who is a little behind needs no store.
//!
//! Bounded in events and bytes; contiguous; without any text that was deleted.

use std::collections::VecDeque;

use parlor_protocol::Seq;
use parlor_websocket::{Batch, Frame};

use crate::config::{TAIL_BYTES, TAIL_EVENTS};

/// The most bytes that leave in one write: what a blocked connection may keep
/// alive of a buffer shared by many.
const RUN_BYTES: usize = 32 * 1024;

/// One `events` frame.
#[derive(Debug)]
struct Piece {
    first: Seq,
    last: Seq,
    frame: Frame,
}

/// See the file's head.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    pieces: VecDeque<Piece>,
    events: usize,
    bytes: usize,
}

/// Frames that follow one another, to be written at once.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// The seq that they follow.
    pub(crate) after: Seq,
    /// The frames.
    pub(crate) batch: Batch,
    /// The last seq of each.
    pub(crate) lasts: Vec<Seq>,
}

impl Run {
    /// The last seq of all.
    pub(crate) fn last(&self) -> Seq {
        self.lasts.last().copied().unwrap_or(self.after)
    }
}

impl Tail {
    /// Adds a frame of the events `first..=last`, which follow those before.
    pub(crate) fn push(&mut self, first: Seq, last: Seq, frame: Frame) {
        self.events += count(first, last);
        self.bytes += frame.len();
        self.pieces.push_back(Piece { first, last, frame });
        while self.pieces.len() > 1 && (self.events > TAIL_EVENTS || self.bytes > TAIL_BYTES) {
            self.pop();
        }
    }

    /// The frames after a seq; `None` where they do not begin right after it.
    pub(crate) fn after(&self, after: Seq) -> Option<Run> {
        let start = self.pieces.partition_point(|piece| piece.first <= after);
        if self.pieces.get(start)?.first != after.next() {
            return None;
        }
        let (mut frames, mut lasts, mut bytes) = (Vec::new(), Vec::new(), 0);
        for piece in self.pieces.range(start..) {
            bytes += piece.frame.len();
            if !frames.is_empty() && bytes > RUN_BYTES {
                break;
            }
            frames.push(piece.frame.clone());
            lasts.push(piece.last);
        }
        Some(Run {
            after,
            batch: Batch::of(&frames),
            lasts,
        })
    }

    /// Drops every frame that holds `newest` or an event before it.
    pub(crate) fn drop_up_to(&mut self, newest: Seq) {
        while self.pieces.front().is_some_and(|p| p.first <= newest) {
            self.pop();
        }
    }

    /// Drops everything: nobody is there.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    fn pop(&mut self) {
        if let Some(piece) = self.pieces.pop_front() {
            self.events -= count(piece.first, piece.last);
            self.bytes -= piece.frame.len();
        }
    }
}

fn count(first: Seq, last: Seq) -> usize {
    (last.get() + 1 - first.get()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seq(n: u64) -> Seq {
        Seq::new(n).unwrap()
    }

    fn tail_of(pieces: &[(u64, u64)], bytes: usize) -> Tail {
        let mut tail = Tail::default();
        for (first, last) in pieces {
            tail.push(seq(*first), seq(*last), Frame::text(&"x".repeat(bytes)));
        }
        tail
    }

    fn lasts(tail: &Tail, after: u64) -> Option<Vec<u64>> {
        let run = tail.after(seq(after))?;
        Some(run.lasts.iter().map(|seq| seq.get()).collect())
    }

    #[test]
    fn a_tail_gives_what_follows_a_frame_and_nothing_within_one() {
        let tail = tail_of(&[(3, 5), (6, 6), (7, 9)], 10);
        assert_eq!(lasts(&tail, 2), Some(vec![5, 6, 9]));
        assert_eq!(lasts(&tail, 6), Some(vec![9]));
        for gone in [0, 1, 3, 4, 8, 9, 10] {
            assert_eq!(lasts(&tail, gone), None, "{gone}");
        }
    }

    #[test]
    fn a_tail_is_bounded_in_events_and_bytes() {
        let many: Vec<_> = (1..=1000).map(|n| (n, n)).collect();
        assert_eq!(tail_of(&many, 1).pieces.len(), TAIL_EVENTS);
        let large = tail_of(&many, 60_000);
        assert!(large.bytes <= TAIL_BYTES);
        assert_eq!(
            lasts(&large, 998),
            Some(vec![999]),
            "one write is bounded too"
        );
    }

    #[test]
    fn a_deletion_leaves_no_frame_up_to_what_it_touched() {
        let mut tail = tail_of(&[(1, 2), (3, 5), (6, 6)], 10);
        tail.drop_up_to(seq(4));
        assert_eq!(lasts(&tail, 2), None);
        assert_eq!(lasts(&tail, 5), Some(vec![6]));
        tail.drop_up_to(seq(6));
        assert_eq!((tail.events, tail.bytes), (0, 0));
    }
}
