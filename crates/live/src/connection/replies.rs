//! Acks, refusals and pongs of one connection, bounded. At the bound the
//! connection is not read any further.

use std::collections::VecDeque;

use parlor_protocol::frame::RequestId;
use parlor_websocket::Frame;
use tokio::time::Instant;

use crate::config::REPLIES;

/// What a connection has yet to be answered.
#[derive(Debug, Default)]
pub(crate) struct Replies {
    /// Made, and not yet begun.
    ready: VecDeque<Frame>,
    /// Commands that the writer has not answered yet.
    under_way: usize,
    /// The newest unanswered `ping`.
    pub(super) pong: Option<Option<RequestId>>,
    /// The payload of the newest unanswered ping of RFC 6455.
    pub(super) bare_pong: Option<Box<[u8]>>,
    /// Since when the bound is reached and nothing was taken.
    stuck_since: Option<Instant>,
}

impl Replies {
    /// No more commands may be read.
    pub(crate) fn is_full(&self) -> bool {
        self.ready.len() + self.under_way >= REPLIES
    }

    /// A command was given to the writer.
    pub(crate) fn begin(&mut self) {
        self.under_way += 1;
    }

    /// The answer to a command.
    pub(crate) fn answer(&mut self, frame: Frame) {
        self.under_way = self.under_way.saturating_sub(1);
        self.ready.push_back(frame);
    }

    /// An answer made on the spot.
    pub(crate) fn push(&mut self, frame: Frame) {
        self.ready.push_back(frame);
    }

    /// The answers that are made, the oldest first.
    pub(super) fn ready(&self) -> Vec<Frame> {
        self.ready.iter().cloned().collect()
    }

    /// Takes out the answers that are made.
    pub(super) fn take_ready(&mut self) -> Vec<Frame> {
        std::mem::take(&mut self.ready).into()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.pong.is_none() && self.bare_pong.is_none()
    }

    /// The first `n` answers were begun.
    pub(super) fn taken(&mut self, n: usize) {
        if n > 0 {
            self.stuck_since = None;
        }
        self.ready.drain(..n);
        if self.ready.is_empty() {
            // An idle connection holds no buffer.
            self.ready = VecDeque::new();
        }
    }

    /// Since when answers stand at the bound without one being taken; looked at now and then.
    pub(crate) fn stuck_since(&mut self, now: Instant) -> Option<Instant> {
        if self.is_full() && !self.ready.is_empty() {
            Some(*self.stuck_since.get_or_insert(now))
        } else {
            self.stuck_since = None;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn answers_stand_at_their_bound_until_one_is_taken() {
        let start = Instant::now();
        let later = start + Duration::from_secs(61);
        let mut replies = Replies::default();
        for _ in 0..REPLIES {
            assert!(!replies.is_full());
            replies.begin();
        }
        assert!(replies.is_full());
        assert_eq!(replies.stuck_since(start), None, "it is our turn to answer");
        for _ in 0..REPLIES {
            replies.answer(Frame::text("{}"));
        }
        assert_eq!(replies.stuck_since(start), Some(start));
        assert_eq!(replies.stuck_since(later), Some(start));
        replies.taken(1);
        assert!(!replies.is_full());
        assert_eq!(replies.stuck_since(later), None);
    }
}
