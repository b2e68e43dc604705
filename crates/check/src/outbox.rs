//! What a device on the wire has sent and not settled, and what it may send again.
//!
//! Several commands are under way at once, on purpose: `parlor-client` sends one a
//! room at a time, and would never show a server that reorders.

use std::collections::VecDeque;
use std::time::Duration;

use parlor_protocol::frame::{ClientFrame, RequestId};
use tokio::time::Instant;

use crate::chance::Chance;

/// Acked commands that are remembered, to be sent again.
const REMEMBERED: usize = 3000;
/// Of a hundred commands under way when a connection ends, so many are never sent
/// again: they stay unknown, and may stand in the log once or not at all.
const ABANDONED_PERCENT: u64 = 12;

/// Commands of one device.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: VecDeque<Entry>,
    acked: Vec<ClientFrame>,
    requests: u64,
}

#[derive(Debug)]
struct Entry {
    frame: ClientFrame,
    /// The request whose answer settles it; `None`: it is to be sent.
    under: Option<String>,
    not_before: Option<Instant>,
    /// It is only sent again: its answer is known.
    again: bool,
}

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It is on disk, and was not only sent again.
    Acked(ClientFrame),
    /// Anything else.
    Otherwise,
}

impl Outbox {
    /// A new command.
    pub(crate) fn give(&mut self, frame: ClientFrame) {
        self.push(frame, false);
    }

    /// One that was acked, or another under its nonce.
    pub(crate) fn give_again(&mut self, frame: ClientFrame) {
        self.push(frame, true);
    }

    fn push(&mut self, frame: ClientFrame, again: bool) {
        self.waiting.push_back(Entry {
            frame,
            under: None,
            not_before: None,
            again,
        });
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn acked(&self) -> &[ClientFrame] {
        &self.acked
    }

    /// The next command to send, under a request id of its own.
    pub(crate) fn next(&mut self, now: Instant) -> Option<ClientFrame> {
        let entry = self.waiting.iter_mut().find(|entry| {
            entry.under.is_none() && entry.not_before.is_none_or(|before| before <= now)
        })?;
        self.requests += 1;
        let id = format!("q{}", self.requests);
        entry.frame = with_id(entry.frame.clone(), &id);
        entry.under = Some(id);
        Some(entry.frame.clone())
    }

    /// When a command that was put off may be sent.
    pub(crate) fn due(&self) -> Option<Instant> {
        let waiting = self.waiting.iter().filter(|entry| entry.under.is_none());
        waiting.filter_map(|entry| entry.not_before).min()
    }

    /// An ack.
    pub(crate) fn ack(&mut self, id: &str, chance: &mut Chance) -> Ended {
        let Some(entry) = self.take(id) else {
            return Ended::Otherwise;
        };
        if entry.again {
            return Ended::Otherwise;
        }
        if self.acked.len() < REMEMBERED {
            self.acked.push(entry.frame.clone());
        } else {
            let at = usize::try_from(chance.below(REMEMBERED as u64)).unwrap_or(0);
            self.acked[at] = entry.frame.clone();
        }
        Ended::Acked(entry.frame)
    }

    /// A refusal; with a time, it is tried again.
    pub(crate) fn refuse(&mut self, id: &str, retry: Option<Duration>, now: Instant) {
        let at = self
            .waiting
            .iter()
            .position(|e| e.under.as_deref() == Some(id));
        let Some(at) = at else {
            return;
        };
        match retry {
            Some(after) => {
                self.waiting[at].under = None;
                self.waiting[at].not_before = Some(now + after);
            }
            None => {
                self.waiting.remove(at);
            }
        }
    }

    /// The connection ended: what was under way is sent again in its order, or never.
    pub(crate) fn interrupted(&mut self, chance: &mut Chance) {
        self.waiting
            .retain(|entry| entry.under.is_none() || !chance.percent(ABANDONED_PERCENT));
        for entry in &mut self.waiting {
            entry.under = None;
        }
    }

    fn take(&mut self, id: &str) -> Option<Entry> {
        let at = self
            .waiting
            .iter()
            .position(|e| e.under.as_deref() == Some(id))?;
        self.waiting.remove(at)
    }
}

/// The same command under another request id.
fn with_id(mut frame: ClientFrame, to: &str) -> ClientFrame {
    if let ClientFrame::Post { id, .. }
    | ClientFrame::Edit { id, .. }
    | ClientFrame::Delete { id, .. }
    | ClientFrame::React { id, .. }
    | ClientFrame::Unreact { id, .. } = &mut frame
        && let Some(new) = RequestId::parse(to)
    {
        *id = new;
    }
    frame
}
