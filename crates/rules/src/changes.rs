//! What an event does to the rows kept beside the log.

use parlor_protocol::{
    Emoji, Event, EventKind, MessageText, Nonce, RoomKind, RoomName, RoomRole, Seq, Timestamp,
    Topic, UserId,
};

/// One change of a room's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The room is there.
    RoomMade {
        /// Its name; `None` in a direct room.
        name: Option<RoomName>,
        /// Who can get in.
        kind: RoomKind,
        /// What it is about.
        topic: Topic,
    },
    /// The room is called or set otherwise; `None` is as before.
    RoomSet {
        /// Name.
        name: Option<RoomName>,
        /// Topic.
        topic: Option<Topic>,
        /// Archive.
        archived: Option<bool>,
    },
    /// Somebody is a member, their marker at `joined`.
    MemberMade {
        /// Who.
        user: UserId,
        /// As what.
        role: RoomRole,
        /// Since which event.
        joined: Seq,
    },
    /// A member's role.
    MemberSet {
        /// Who.
        user: UserId,
        /// As what.
        role: RoomRole,
    },
    /// Somebody is no member any more; their marker goes too.
    MemberGone {
        /// Who.
        user: UserId,
    },
    /// A message is there, its `rev` its own seq.
    MessageMade {
        /// The seq of its post.
        seq: Seq,
        /// When.
        at: Timestamp,
        /// Its author.
        by: UserId,
        /// The nonce of its post.
        nonce: Nonce,
        /// What it says; `None` where it is redacted (when a log is replayed).
        text: Option<MessageText>,
        /// Whom it names.
        mentions: Vec<UserId>,
        /// The message it answers.
        reply_to: Option<Seq>,
    },
    /// A message says something else.
    MessageSet {
        /// The message.
        target: Seq,
        /// What it says now; `None` where it is redacted (when a log is replayed).
        text: Option<MessageText>,
        /// When it was edited.
        edited_at: Timestamp,
    },
    /// A message is deleted: text, mentions, edit time, what it answered and all
    /// reactions go from its row, and the payloads of its post and its edits in the log become tombstones.
    MessageGone {
        /// The message.
        target: Seq,
    },
    /// An emoji on a message.
    ReactionMade {
        /// The message.
        target: Seq,
        /// The emoji.
        emoji: Emoji,
        /// By whom.
        by: UserId,
        /// By which event: reactions stand in this order.
        seq: Seq,
    },
    /// An emoji off a message.
    ReactionGone {
        /// The message.
        target: Seq,
        /// The emoji.
        emoji: Emoji,
        /// By whom.
        by: UserId,
    },
    /// The message's `rev`: the event that last touched it.
    Touched {
        /// The message.
        target: Seq,
        /// The event.
        rev: Seq,
    },
}

/// The changes one event makes, in order.
pub fn changes(event: &Event) -> Vec<Change> {
    let seq = event.seq;
    let by = event.by.id;
    match &event.kind {
        EventKind::RoomCreated {
            name,
            room_kind,
            topic,
        } => vec![Change::RoomMade {
            name: name.clone(),
            kind: *room_kind,
            topic: topic.clone(),
        }],
        EventKind::RoomUpdated {
            name,
            topic,
            archived,
        } => vec![Change::RoomSet {
            name: name.clone(),
            topic: topic.clone(),
            archived: *archived,
        }],
        EventKind::MemberJoined { user, role } => vec![Change::MemberMade {
            user: user.id,
            role: *role,
            joined: seq,
        }],
        EventKind::MemberLeft { user } => vec![Change::MemberGone { user: user.id }],
        EventKind::RoleChanged { user, role } => vec![Change::MemberSet {
            user: user.id,
            role: *role,
        }],
        EventKind::MessagePosted {
            text,
            nonce,
            reply_to,
            mentions,
            redacted: _,
        } => vec![Change::MessageMade {
            seq,
            at: event.at,
            by,
            nonce: nonce.clone(),
            text: text.clone(),
            mentions: mentions.clone(),
            reply_to: *reply_to,
        }],
        EventKind::MessageEdited { target, text, .. } => touching(
            *target,
            seq,
            Change::MessageSet {
                target: *target,
                text: text.clone(),
                edited_at: event.at,
            },
        ),
        EventKind::MessageDeleted { target, .. } => {
            touching(*target, seq, Change::MessageGone { target: *target })
        }
        EventKind::ReactionAdded { target, emoji, .. } => touching(
            *target,
            seq,
            Change::ReactionMade {
                target: *target,
                emoji: emoji.clone(),
                by,
                seq,
            },
        ),
        EventKind::ReactionRemoved { target, emoji, .. } => touching(
            *target,
            seq,
            Change::ReactionGone {
                target: *target,
                emoji: emoji.clone(),
                by,
            },
        ),
    }
}

/// A change of a message, and its new `rev`.
fn touching(target: Seq, rev: Seq, change: Change) -> Vec<Change> {
    vec![change, Change::Touched { target, rev }]
}
