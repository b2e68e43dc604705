//! A room's rows in memory, folded from its log: what a database's tables must
//! say. The store in memory keeps them, verifying recomputes them.

use std::collections::BTreeMap;

use parlor_protocol::message::{MessageBody, Reaction, True};
use parlor_protocol::{
    Emoji, Event, Message, MessageText, Nonce, Person, RoomKind, RoomName, RoomRole, Seq,
    Timestamp, Topic, UserId, limits,
};

use crate::changes::{Change, changes};
use crate::facts::{MessageFacts, ReactionFacts};

/// A room, its members and its messages as they stand after `head`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projection {
    /// Who can get in.
    pub kind: RoomKind,
    /// Its name; `None` in a direct room.
    pub name: Option<RoomName>,
    /// What it is about.
    pub topic: Topic,
    /// Nobody can change anything in it.
    pub archived: bool,
    /// The event it was folded up to.
    pub head: Seq,
    /// Who is in it.
    pub members: BTreeMap<UserId, MemberRow>,
    /// Every message ever posted, deleted ones without their content.
    pub messages: BTreeMap<Seq, MessageRow>,
}

/// A member, as the log has them. Markers are not in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// As what.
    pub role: RoomRole,
    /// Since which event.
    pub joined: Seq,
}

/// A message, with all that came after its post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    /// When it was posted.
    pub at: Timestamp,
    /// By whom.
    pub by: UserId,
    /// The nonce of its post.
    pub nonce: Nonce,
    /// What it says; `None` once deleted.
    pub text: Option<MessageText>,
    /// Whom its post named; nobody once deleted.
    pub mentions: Vec<UserId>,
    /// The message it answers; `None` once deleted.
    pub reply_to: Option<Seq>,
    /// When it was last edited; `None` once deleted.
    pub edited_at: Option<Timestamp>,
    /// Who reacted with what, in the order of the events; nothing once deleted.
    pub reactions: Vec<(Emoji, UserId)>,
    /// The event that last touched it.
    pub rev: Seq,
}

impl Projection {
    /// Folds a whole log; `None` where it does not begin with `room_created`.
    pub fn replay<'a>(log: impl IntoIterator<Item = &'a Event>) -> Option<Self> {
        let mut log = log.into_iter();
        let mut room = Self::begin(log.next()?)?;
        for event in log {
            room.apply(event);
        }
        Some(room)
    }

    /// A room after its first event; `None` where that is not `room_created`.
    pub fn begin(first: &Event) -> Option<Self> {
        match changes(first).pop()? {
            Change::RoomMade { name, kind, topic } => Some(Self {
                kind,
                name,
                topic,
                archived: false,
                head: first.seq,
                members: BTreeMap::new(),
                messages: BTreeMap::new(),
            }),
            _ => None,
        }
    }

    /// Folds the next event in.
    pub fn apply(&mut self, event: &Event) {
        for change in changes(event) {
            self.change(change);
        }
        self.head = event.seq;
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::RoomMade { .. } => {}
            Change::RoomSet {
                name,
                topic,
                archived,
            } => {
                if name.is_some() {
                    self.name = name;
                }
                self.topic = topic.unwrap_or_else(|| self.topic.clone());
                self.archived = archived.unwrap_or(self.archived);
            }
            Change::MemberMade { user, role, joined } => {
                self.members.insert(user, MemberRow { role, joined });
            }
            Change::MemberSet { user, role } => {
                if let Some(member) = self.members.get_mut(&user) {
                    member.role = role;
                }
            }
            Change::MemberGone { user } => {
                self.members.remove(&user);
            }
            Change::MessageMade {
                seq,
                at,
                by,
                nonce,
                text,
                mentions,
                reply_to,
            } => {
                let message = MessageRow {
                    at,
                    by,
                    nonce,
                    text,
                    mentions,
                    reply_to,
                    edited_at: None,
                    reactions: Vec::new(),
                    rev: seq,
                };
                self.messages.insert(seq, message);
            }
            Change::MessageSet { target, .. }
            | Change::MessageGone { target }
            | Change::ReactionMade { target, .. }
            | Change::ReactionGone { target, .. }
            | Change::Touched { target, .. } => {
                if let Some(message) = self.messages.get_mut(&target) {
                    message.change(change);
                }
            }
        }
    }
}

impl MessageRow {
    fn change(&mut self, change: Change) {
        match change {
            Change::MessageSet {
                text, edited_at, ..
            } => {
                self.text = text;
                self.edited_at = Some(edited_at);
            }
            Change::MessageGone { .. } => {
                self.text = None;
                self.mentions.clear();
                self.reply_to = None;
                self.edited_at = None;
                self.reactions.clear();
            }
            Change::ReactionMade { emoji, by, .. } => self.reactions.push((emoji, by)),
            Change::ReactionGone { emoji, by, .. } => {
                self.reactions.retain(|it| *it != (emoji.clone(), by));
            }
            Change::Touched { rev, .. } => self.rev = rev,
            _ => {}
        }
    }

    /// The message as history shows it to `reader`; `by` is the author as they are called now.
    pub fn shown(&self, seq: Seq, by: Person, reader: UserId) -> Message {
        Message {
            seq,
            at: self.at,
            by,
            nonce: self.nonce.clone(),
            body: match &self.text {
                None => MessageBody::Deleted { deleted: True },
                Some(text) => MessageBody::Standing {
                    text: text.clone(),
                    mentions: self.mentions.clone(),
                    reply_to: self.reply_to,
                    edited_at: self.edited_at,
                    reactions: self.reactions_shown(reader),
                },
            },
            rev: self.rev,
        }
    }

    fn reactions_shown(&self, reader: UserId) -> Vec<Reaction> {
        let mut shown: Vec<Reaction> = Vec::new();
        for (emoji, by) in &self.reactions {
            let at = shown.iter().position(|it| it.emoji == *emoji);
            let at = at.unwrap_or_else(|| {
                shown.push(Reaction {
                    emoji: emoji.clone(),
                    count: 0,
                    by: Vec::new(),
                    mine: false,
                });
                shown.len() - 1
            });
            let reaction = &mut shown[at];
            reaction.count += 1;
            reaction.mine |= *by == reader;
            if reaction.by.len() < limits::REACTION_NAMES {
                reaction.by.push(*by);
            }
        }
        shown
    }

    /// What decisions rest on; `rev_at` is the moment of the event `rev`.
    pub fn facts(&self, seq: Seq, rev_at: Timestamp) -> MessageFacts {
        MessageFacts {
            seq,
            author: self.by,
            text: self.text.clone(),
            mentions: self.mentions.clone(),
            rev: self.rev,
            rev_at,
        }
    }

    /// What is on it, for one emoji and one person.
    pub fn reaction_facts(&self, user: UserId, emoji: &Emoji) -> ReactionFacts {
        let kinds: std::collections::BTreeSet<&Emoji> =
            self.reactions.iter().map(|(emoji, _)| emoji).collect();
        ReactionFacts {
            mine: self.reactions.contains(&(emoji.clone(), user)),
            there: kinds.contains(emoji),
            kinds: kinds.len() as u64,
        }
    }
}
