//! What was said here and is not known to be on the server's disk yet, in the
//! order said. Pure.
//!
//! Promises: in a room one command is under way at a time, so a refusal cannot
//! reorder what was said. The content of what may have reached the server never
//! changes; what certainly has not takes edits and deletions in. Nothing is
//! called refused while the server may have it. Commands are sent only as the
//! person who gave them, and, but for plain posts, only to the life of the
//! database whose numbers they name.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use parlor_protocol::error::Code;
use parlor_protocol::frame::{ClientFrame, RequestId};
use parlor_protocol::{Nonce, RoomId, Seq, UserId};
use serde::{Deserialize, Serialize};

/// Commands that may wait. At that many, whoever gives another is told so.
pub const WAITING: usize = 10_000;
/// Bytes of text and emoji that may wait; whoever keeps the outbox writes as many for each command.
pub const WAITING_BYTES: usize = 4 * 1024 * 1024;
/// A command that nobody judged is sent again after so long, in milliseconds: by then, most likely, on another connection.
const UNJUDGED_MS: u64 = 1000;
/// Own posts whose seq is remembered, for what names them by their nonce.
const REMEMBERED: usize = 1000;

/// A message: by its seq, or, as long as that is not known, by its post's nonce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Target {
    /// Known to the server.
    Seq(Seq),
    /// One of this outbox.
    Nonce(Nonce),
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are the wire's own")]
pub enum Said {
    Post { text: String, reply_to: Option<Seq> },
    Edit { target: Target, text: String },
    Delete { target: Target },
    React { target: Target, emoji: String },
    Unreact { target: Target, emoji: String },
}

impl Said {
    /// A message that answers another.
    pub fn reply(to: Seq, text: impl Into<String>) -> Self {
        Self::Post {
            text: text.into(),
            reply_to: Some(to),
        }
    }

    const fn target(&self) -> Option<&Target> {
        match self {
            Self::Post { .. } => None,
            Self::Edit { target, .. }
            | Self::Delete { target }
            | Self::React { target, .. }
            | Self::Unreact { target, .. } => Some(target),
        }
    }

    const fn target_mut(&mut self) -> Option<&mut Target> {
        match self {
            Self::Post { .. } => None,
            Self::Edit { target, .. }
            | Self::Delete { target }
            | Self::React { target, .. }
            | Self::Unreact { target, .. } => Some(target),
        }
    }

    const fn bytes(&self) -> usize {
        match self {
            Self::Post { text, .. } | Self::Edit { text, .. } => text.len(),
            Self::Delete { .. } => 0,
            Self::React { emoji, .. } | Self::Unreact { emoji, .. } => emoji.len(),
        }
    }

    const fn emoji(&self) -> Option<&String> {
        match self {
            Self::React { emoji, .. } | Self::Unreact { emoji, .. } => Some(emoji),
            _ => None,
        }
    }
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is on disk as this event; for what changed nothing, the message's last one.
    Done(Seq),
    /// It did not and will not happen.
    Refused(Code, String),
    /// It is never sent itself: what was never sent takes it in, or is gone with it.
    Folded,
    /// It was not sent: it names numbers of another life of the database.
    OtherEpoch,
}

/// Why a command was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// It names a nonce that is none of this outbox and room.
    #[error("no message of that nonce is waiting or was sent from here")]
    UnknownTarget,
    /// There is another of that nonce, which says something else.
    #[error("a command of that nonce is waiting already")]
    SameNonce,
    /// [`WAITING`] commands, or [`WAITING_BYTES`] of them, are waiting.
    #[error("too much is waiting to be sent")]
    Full,
}

/// Settled commands.
pub type Settled = Vec<(RoomId, Nonce, Outcome)>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    nonce: Nonce,
    room: RoomId,
    /// Who gave it, and in which life of the server; unknown before the first `ready`.
    author: Option<UserId>,
    epoch: Option<String>,
    said: Said,
    /// It may have reached the server.
    tried: bool,
    #[serde(skip)]
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Queued,
    /// Under way on this connection.
    Sending,
    /// Not before that time: the server asked for patience.
    Later(u64),
}

/// All that waits. It is kept as its entries; what is under way is under way again after that.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outbox {
    entries: Vec<Entry>,
    #[serde(default)]
    sent: VecDeque<(Nonce, RoomId, Seq)>,
    /// The epoch and the user that the last `ready` named.
    #[serde(default)]
    me: Option<(String, UserId)>,
    #[serde(skip)]
    asked: BTreeMap<String, Nonce>,
    #[serde(skip)]
    requests: u64,
}

impl Outbox {
    /// How many commands wait.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none waits.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes a command in: at the end, or folded into one that was never sent. The same
    /// again, under its nonce, is the one that waits. Gives what was settled by that.
    ///
    /// # Errors
    /// [`NotTaken`]; nothing has changed then.
    pub fn take(
        &mut self,
        room: RoomId,
        nonce: Nonce,
        mut said: Said,
    ) -> Result<Settled, NotTaken> {
        if let Some(waits) = self.entries.iter().find(|entry| entry.nonce == nonce) {
            let same = waits.room == room && waits.said == said;
            return if same {
                Ok(Vec::new())
            } else {
                Err(NotTaken::SameNonce)
            };
        }
        self.resolve_known(room, &mut said)?;
        if let Some(settled) = self.fold(room, &nonce, &said) {
            return Ok(settled);
        }
        let bytes = self.entries.iter().map(|entry| entry.said.bytes());
        if self.entries.len() >= WAITING || bytes.sum::<usize>() + said.bytes() > WAITING_BYTES {
            return Err(NotTaken::Full);
        }
        let (epoch, author) = self.me.clone().unzip();
        self.entries.push(Entry {
            nonce,
            room,
            author,
            epoch,
            said,
            tried: false,
            state: State::Queued,
        });
        Ok(Vec::new())
    }

    /// `ready` said who I am and in which life of the database. Commands of another
    /// life are settled, but for posts that reply to nothing.
    pub fn ready(&mut self, epoch: &str, me: UserId) -> Settled {
        self.interrupted();
        if self.me.as_ref().is_some_and(|(before, _)| before != epoch) {
            self.sent.clear();
        }
        self.me = Some((epoch.to_owned(), me));
        let mut settled = Vec::new();
        self.entries.retain_mut(|entry| {
            let author = *entry.author.get_or_insert(me);
            let same = entry.epoch.as_deref().is_none_or(|its| its == epoch);
            let plain = matches!(entry.said, Said::Post { reply_to: None, .. });
            // What somebody else wrote is kept for them as it is.
            if author != me || same || plain {
                if author == me {
                    entry.epoch = Some(epoch.to_owned());
                }
                return true;
            }
            settled.push((entry.room, entry.nonce.clone(), Outcome::OtherEpoch));
            false
        });
        settled
    }

    /// The connection is gone: what was under way is sent again, under the same nonce.
    pub fn interrupted(&mut self) {
        self.asked.clear();
        for entry in &mut self.entries {
            if entry.state == State::Sending {
                entry.state = State::Queued;
            }
        }
    }

    /// What to send now: of each room the oldest command, unless one is under way
    /// there or has been asked to wait.
    pub fn due(&mut self, now: u64) -> Vec<ClientFrame> {
        let Some((_, me)) = &self.me else {
            return Vec::new();
        };
        let mut taken = BTreeSet::new();
        let mut out = Vec::new();
        for entry in &mut self.entries {
            if entry.author != Some(*me) || !taken.insert(entry.room) {
                continue;
            }
            let waits = match entry.state {
                State::Queued => false,
                State::Sending => true,
                State::Later(until) => until > now,
            };
            if waits || matches!(entry.said.target(), Some(Target::Nonce(_))) {
                continue;
            }
            self.requests += 1;
            let id = format!("command-{}", self.requests);
            let request = RequestId::parse(&id).expect("it is short");
            entry.state = State::Sending;
            entry.tried = true;
            self.asked.insert(id, entry.nonce.clone());
            out.push(frame(entry, request));
        }
        out
    }

    /// When something will become due that is not yet.
    pub fn next_due(&self) -> Option<u64> {
        let later = |entry: &Entry| match entry.state {
            State::Later(until) => Some(until),
            _ => None,
        };
        self.entries.iter().filter_map(later).min()
    }

    /// `ack` of a request.
    pub fn acked(&mut self, id: &RequestId, seq: Seq) -> Settled {
        match self.asked.remove(id.as_str()) {
            Some(nonce) => self.done(&nonce, seq),
            None => Vec::new(),
        }
    }

    /// An event came; where it is mine, it answers the command of this room and nonce.
    pub fn seen(&mut self, room: RoomId, by: UserId, nonce: &Nonce, seq: Seq) -> Settled {
        let mine = self.me.as_ref().is_some_and(|(_, me)| *me == by);
        let waits = |entry: &Entry| entry.nonce == *nonce && entry.room == room;
        if mine && self.entries.iter().any(waits) {
            self.done(nonce, seq)
        } else {
            Vec::new()
        }
    }

    /// `refuse` of a request: tried later where the server says so, else final;
    /// what waits for it goes with it. `None` where it is no request of a command.
    pub fn refused(
        &mut self,
        id: &RequestId,
        code: Code,
        message: &str,
        retry_after_ms: Option<u64>,
        now: u64,
    ) -> Option<Settled> {
        let nonce = self.asked.remove(id.as_str())?;
        // The session ended, or this came before `hello`: nobody judged the command itself.
        let unjudged = matches!(code, Code::NotSignedIn | Code::HelloFirst);
        if unjudged || retry_after_ms.is_some() {
            let patience = retry_after_ms.unwrap_or(UNJUDGED_MS);
            let state = State::Later(now.saturating_add(patience));
            if let Some(entry) = self.entries.iter_mut().find(|entry| entry.nonce == nonce) {
                entry.state = state;
            }
            return Some(Vec::new());
        }
        Some(self.drop_with_dependents(&nonce, &Outcome::Refused(code, message.to_owned())))
    }

    fn done(&mut self, nonce: &Nonce, seq: Seq) -> Settled {
        let Some(at) = self.entries.iter().position(|entry| entry.nonce == *nonce) else {
            return Vec::new();
        };
        let done = self.entries.remove(at);
        for entry in &mut self.entries {
            if let Some(target) = entry.said.target_mut()
                && *target == Target::Nonce(nonce.clone())
            {
                *target = Target::Seq(seq);
            }
        }
        if matches!(done.said, Said::Post { .. }) {
            if self.sent.len() == REMEMBERED {
                self.sent.pop_front();
            }
            self.sent.push_back((nonce.clone(), done.room, seq));
        }
        vec![(done.room, done.nonce, Outcome::Done(seq))]
    }

    fn drop_with_dependents(&mut self, nonce: &Nonce, outcome: &Outcome) -> Settled {
        let target = Target::Nonce(nonce.clone());
        let mut settled = Vec::new();
        self.entries.retain(|entry| {
            let goes = entry.nonce == *nonce || entry.said.target() == Some(&target);
            if goes {
                settled.push((entry.room, entry.nonce.clone(), outcome.clone()));
            }
            !goes
        });
        settled
    }

    /// A target named by a nonce must wait here, or have been sent from here.
    fn resolve_known(&self, room: RoomId, said: &mut Said) -> Result<(), NotTaken> {
        let Some(target) = said.target_mut() else {
            return Ok(());
        };
        let Target::Nonce(nonce) = &*target else {
            return Ok(());
        };
        let waits = |entry: &Entry| {
            entry.nonce == *nonce && entry.room == room && matches!(entry.said, Said::Post { .. })
        };
        if self.entries.iter().any(waits) {
            return Ok(());
        }
        let sent = self.sent.iter().find(|(n, r, _)| n == nonce && *r == room);
        *target = Target::Seq(sent.ok_or(NotTaken::UnknownTarget)?.2);
        Ok(())
    }

    /// Folds a command into what was never sent; `None` where it has to wait itself.
    fn fold(&mut self, room: RoomId, nonce: &Nonce, said: &Said) -> Option<Settled> {
        let target = said.target()?;
        let untouched = |entry: &Entry| entry.room == room && !entry.tried;
        let folded = |nonce: &Nonce| (room, nonce.clone(), Outcome::Folded);
        if let Target::Nonce(post) = target
            && let Some(at) = self
                .entries
                .iter()
                .position(|e| untouched(e) && e.nonce == *post)
        {
            match said {
                Said::Delete { .. } => {
                    let mut settled = self.drop_with_dependents(&post.clone(), &Outcome::Folded);
                    settled.push(folded(nonce));
                    return Some(settled);
                }
                Said::Edit { text: new, .. } => {
                    if let Said::Post { text, .. } = &mut self.entries[at].said {
                        text.clone_from(new);
                    }
                    return Some(vec![folded(nonce)]);
                }
                _ => {}
            }
        }
        let same = |entry: &Entry| untouched(entry) && entry.said.target() == Some(target);
        match said {
            Said::Edit { text: new, .. } => {
                let older = self.entries.iter_mut().filter(|entry| same(entry));
                for entry in older {
                    if let Said::Edit { text, .. } = &mut entry.said {
                        text.clone_from(new);
                        return Some(vec![folded(nonce)]);
                    }
                }
                None
            }
            // What was said last is sent, not neither: who is there already, or not, is for the server to know.
            Said::React { .. } | Said::Unreact { .. } => {
                let alike = |entry: &&mut Entry| same(entry) && entry.said.emoji() == said.emoji();
                let older = self.entries.iter_mut().find(alike)?;
                older.said.clone_from(said);
                Some(vec![folded(nonce)])
            }
            _ => None,
        }
    }
}

fn frame(entry: &Entry, id: RequestId) -> ClientFrame {
    let (room, nonce) = (entry.room, entry.nonce.clone());
    let seq = match entry.said.target() {
        Some(Target::Seq(seq)) => *seq,
        _ => Seq::ZERO,
    };
    match entry.said.clone() {
        Said::Post { text, reply_to } => ClientFrame::Post {
            id,
            room,
            nonce,
            text,
            reply_to,
        },
        Said::Edit { text, .. } => ClientFrame::Edit {
            id,
            room,
            seq,
            nonce,
            text,
        },
        Said::Delete { .. } => ClientFrame::Delete {
            id,
            room,
            seq,
            nonce,
        },
        Said::React { emoji, .. } => ClientFrame::React {
            id,
            room,
            seq,
            nonce,
            emoji,
        },
        Said::Unreact { emoji, .. } => ClientFrame::Unreact {
            id,
            room,
            seq,
            nonce,
            emoji,
        },
    }
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
