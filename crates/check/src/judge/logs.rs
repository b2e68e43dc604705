//! The logs as they stand at rest: what everything else is compared with.

use std::collections::HashMap;

use parlor_protocol::http::Events;
use parlor_protocol::limits::{COUNT_CAP, COUNT_WINDOW};
use parlor_protocol::{Event, EventKind, Nonce, RoomId, Seq, UserId};

use super::verdict::{Cite, Rule, Verdict};

/// One room's log.
#[derive(Debug, Default)]
pub(super) struct RoomLog {
    /// `events[n]` has the seq n + 1.
    events: Vec<Event>,
    by_nonce: HashMap<(UserId, Nonce), Vec<Seq>>,
    messages: HashMap<Seq, Written>,
    /// Seqs of all posts, ascending.
    posts: Vec<Seq>,
}

/// What became of one message.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) by: UserId,
    pub(super) mentions: Vec<UserId>,
    pub(super) edits: Vec<Seq>,
    pub(super) deleted: Option<Seq>,
    /// Every event that touched it, its post first.
    pub(super) touched: Vec<Seq>,
}

/// All logs.
pub(super) type Logs = HashMap<RoomId, RoomLog>;

impl RoomLog {
    /// Takes a page; a hole in it, or before it, is told.
    pub(super) fn take(&mut self, room: RoomId, page: Events, line: u64, verdict: &mut Verdict) {
        for event in page.events {
            let next = self.head().next();
            if event.seq != next {
                let what = format!("event {next} of room {room}");
                let got = Cite::Log(format!("after {} comes {}", self.head(), event.seq));
                verdict.broken(Rule::Hole, what, vec![Cite::Line(line), got]);
                return;
            }
            self.index(&event);
            self.events.push(event);
        }
        if !page.has_more && self.head() != page.head {
            let what = format!("event {} of room {room}", self.head().next());
            let got = Cite::Log(format!(
                "the last page ends at {}, its head is {}",
                self.head(),
                page.head
            ));
            verdict.broken(Rule::Hole, what, vec![Cite::Line(line), got]);
        }
    }

    fn index(&mut self, event: &Event) {
        let seq = event.seq;
        if let Some(nonce) = nonce_of(&event.kind) {
            let key = (event.by.id, nonce.clone());
            self.by_nonce.entry(key).or_default().push(seq);
        }
        if let EventKind::MessagePosted { mentions, .. } = &event.kind {
            self.posts.push(seq);
            let written = Written {
                by: event.by.id,
                mentions: mentions.clone(),
                edits: Vec::new(),
                deleted: None,
                touched: vec![seq],
            };
            self.messages.insert(seq, written);
            return;
        }
        let Some(written) =
            target_of(&event.kind).and_then(|target| self.messages.get_mut(&target))
        else {
            return;
        };
        written.touched.push(seq);
        match &event.kind {
            EventKind::MessageEdited { .. } => written.edits.push(seq),
            EventKind::MessageDeleted { mentions, .. } => {
                written.deleted = Some(seq);
                // The post does not say any more whom it named.
                written.mentions.clone_from(mentions);
            }
            _ => {}
        }
    }

    pub(super) fn head(&self) -> Seq {
        Seq::ZERO.plus(self.events.len() as u64)
    }

    pub(super) fn events(&self) -> &[Event] {
        &self.events
    }

    pub(super) fn get(&self, seq: Seq) -> Option<&Event> {
        let at = usize::try_from(seq.get()).ok()?.checked_sub(1)?;
        self.events.get(at)
    }

    /// Where a command of somebody's stands.
    pub(super) fn of_nonce(&self, by: UserId, nonce: &Nonce) -> &[Seq] {
        self.by_nonce
            .get(&(by, nonce.clone()))
            .map_or(&[], Vec::as_slice)
    }

    pub(super) fn message(&self, post: Seq) -> Option<&Written> {
        self.messages.get(&post)
    }

    /// Every message with the seq of its post, in no order.
    pub(super) fn messages(&self) -> impl Iterator<Item = (Seq, &Written)> {
        self.messages.iter().map(|(seq, written)| (*seq, written))
    }

    /// Unread posts and mentions of a reader as the contract counts them, at a head.
    pub(super) fn unread(&self, reader: UserId, read: Seq, head: Seq) -> (u64, u64) {
        let from = self.posts.partition_point(|post| *post <= read);
        let (mut unread, mut mentions) = (0, 0);
        let window = usize::try_from(COUNT_WINDOW).unwrap_or(usize::MAX);
        for post in self.posts[from..].iter().take(window) {
            if *post > head || unread >= COUNT_CAP && mentions >= COUNT_CAP {
                break;
            }
            let Some(written) = self.messages.get(post) else {
                continue;
            };
            if written.by == reader || written.deleted.is_some_and(|at| at <= head) {
                continue;
            }
            unread += 1;
            mentions += u64::from(written.mentions.contains(&reader));
        }
        (unread.min(COUNT_CAP), mentions.min(COUNT_CAP))
    }

    /// What a reader would be shown of an event, in a few words.
    pub(super) fn cite(&self, seq: Seq) -> Cite {
        Cite::Log(match self.get(seq) {
            Some(event) => format!("the log has {}", shown(event)),
            None => format!("the log ends at {}", self.head()),
        })
    }
}

/// An event in a few words.
pub(super) fn shown(event: &Event) -> String {
    serde_json::to_string(event).unwrap_or_default()
}

/// The nonce of an event that answers a command.
pub(crate) const fn nonce_of(kind: &EventKind) -> Option<&Nonce> {
    match kind {
        EventKind::MessagePosted { nonce, .. }
        | EventKind::MessageEdited { nonce, .. }
        | EventKind::MessageDeleted { nonce, .. }
        | EventKind::ReactionAdded { nonce, .. }
        | EventKind::ReactionRemoved { nonce, .. } => Some(nonce),
        _ => None,
    }
}

/// The message that an event touches, its own post excepted.
pub(super) const fn target_of(kind: &EventKind) -> Option<Seq> {
    match kind {
        EventKind::MessageEdited { target, .. }
        | EventKind::MessageDeleted { target, .. }
        | EventKind::ReactionAdded { target, .. }
        | EventKind::ReactionRemoved { target, .. } => Some(*target),
        _ => None,
    }
}

/// Whether two sights of one event agree: to the letter, or but for the text that one
/// of them has lost to a deletion.
pub(super) fn agree(one: &Event, other: &Event) -> bool {
    if one == other {
        return true;
    }
    let bare = |event: &Event| {
        let mut event = event.clone();
        event.kind.redact();
        if let EventKind::MessagePosted { mentions, .. } = &mut event.kind {
            mentions.clear();
        }
        event
    };
    (is_redacted(&one.kind) || is_redacted(&other.kind)) && bare(one) == bare(other)
}

/// Whether an event has lost its text.
pub(super) const fn is_redacted(kind: &EventKind) -> bool {
    match kind {
        EventKind::MessagePosted { redacted, .. } | EventKind::MessageEdited { redacted, .. } => {
            *redacted
        }
        _ => false,
    }
}
