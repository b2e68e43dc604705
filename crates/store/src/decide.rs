//! From a command to what becomes of it, in the order of the contract: the nonce
//! is looked up first, then facts are loaded, then the rules decide. One
//! function for every backend.

use std::collections::BTreeSet;

use parlor_protocol::command::{MessageVerb, NewRoom};
use parlor_protocol::{
    Code, Command, EventKind, Nonce, Refusal, RoomId, RoomKind, RoomName, Seq, Timestamp, User,
    UserId, limits,
};
use parlor_rules::facts::{Detail, Facts, ReactionFacts, RoomFacts, Subject, parlor};
use parlor_rules::{Plan, Planned, mentions};

use crate::source::{Remembered, RoomRow, Source};

/// What becomes of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Write these events; remember the nonce, if there is one, with the first's number.
    Events(Vec<Planned>),
    /// Write no event, but remember the nonce with this answer.
    Remember {
        /// The answer's seq.
        seq: Seq,
        /// Its moment.
        at: Timestamp,
    },
    /// Write nothing: the nonce is known, and this was its answer.
    Again {
        /// The answer's seq.
        seq: Seq,
        /// Its moment.
        at: Timestamp,
    },
    /// Write nothing: this room was asked for before.
    Existing(RoomId),
    /// Write nothing: it is so already.
    Nothing,
}

/// Decides one command of an account that is let in.
///
/// # Errors
/// What the source fails with. The inner error is the refusal.
pub fn decide<S: Source>(
    source: &S,
    actor: &User,
    command: &Command,
) -> Result<Result<Decision, Refusal>, S::Error> {
    if let Some(answer) = answered_before(source, actor.id, command)? {
        return Ok(answer);
    }
    let room = source.room(command.room())?;
    let role = match room {
        Some(_) => source.member(command.room(), actor.id)?,
        None => None,
    };
    let writes = role.is_some() && room.as_ref().is_some_and(|room| !room.archived);
    let detail = detail(source, actor.id, command, room.as_ref(), writes)?;
    let facts = Facts {
        actor: actor.person(),
        actor_role: actor.role,
        parlor: parlor(),
        room: room.map(|room| RoomFacts {
            kind: room.kind,
            name: room.name,
            topic: room.topic,
            archived: room.archived,
            head: room.head,
            role,
        }),
        detail,
    };
    Ok(parlor_rules::plan(command, &facts).map(|plan| match plan {
        Plan::Events(events) => Decision::Events(events),
        Plan::Unchanged { seq, at } => Decision::Remember { seq, at },
        Plan::Nothing => Decision::Nothing,
        Plan::Existing(room) => Decision::Existing(room),
    }))
}

/// The first answer again, where the nonce is known, or `nonce_reused`.
fn answered_before<S: Source>(
    source: &S,
    author: UserId,
    command: &Command,
) -> Result<Option<Result<Decision, Refusal>>, S::Error> {
    match command {
        Command::Message { room, nonce, verb } => {
            let Some(first) = source.remembered(*room, author, nonce)? else {
                return Ok(None);
            };
            Ok(Some(if is_again(source, *room, &first, verb)? {
                Ok(Decision::Again {
                    seq: first.seq,
                    at: first.at,
                })
            } else {
                Err(Code::NonceReused.into())
            }))
        }
        Command::CreateRoom(NewRoom {
            nonce: Some(nonce), ..
        }) => made_before(source, author, nonce),
        _ => Ok(None),
    }
}

fn made_before<S: Source>(
    source: &S,
    author: UserId,
    nonce: &Nonce,
) -> Result<Option<Result<Decision, Refusal>>, S::Error> {
    let room = source.room_made(author, nonce)?;
    Ok(room.map(|room| Ok(Decision::Existing(room))))
}

/// Whether a command is the one its nonce was first used for. Its content is
/// compared with the stored event; where that has lost its text, or there is
/// none, kind and target are what is left to compare.
fn is_again<S: Source>(
    source: &S,
    room: RoomId,
    first: &Remembered,
    verb: &MessageVerb,
) -> Result<bool, S::Error> {
    if first.kind != verb.event_kind() || first.target != verb.target() {
        return Ok(false);
    }
    if !first.made_event {
        return Ok(true);
    }
    let event = source.event(room, first.seq)?;
    Ok(
        event.is_none_or(|event| match (verb, &event.kind) {
            (
                _,
                EventKind::MessagePosted { redacted: true, .. }
                | EventKind::MessageEdited { redacted: true, .. },
            ) => true,
            (
                MessageVerb::Post { text, reply_to },
                EventKind::MessagePosted {
                    text: before,
                    reply_to: replied,
                    ..
                },
            ) => before.as_ref() == Some(text) && replied == reply_to,
            (MessageVerb::Edit { text, .. }, EventKind::MessageEdited { text: before, .. }) => {
                before.as_ref() == Some(text)
            }
            (MessageVerb::React { emoji, .. }, EventKind::ReactionAdded { emoji: before, .. })
            | (
                MessageVerb::Unreact { emoji, .. },
                EventKind::ReactionRemoved { emoji: before, .. },
            ) => before == emoji,
            _ => true,
        }),
    )
}

/// What this kind of command needs to know besides the room. `writes`: the actor can
/// write into it. A text may name thousands, and nobody is looked up for what will be refused.
fn detail<S: Source>(
    source: &S,
    actor: UserId,
    command: &Command,
    row: Option<&RoomRow>,
    writes: bool,
) -> Result<Detail, S::Error> {
    Ok(match command {
        Command::Message { room, verb, .. } => message_detail(source, actor, *room, verb, writes)?,
        Command::CreateRoom(new) => create_detail(source, actor, new)?,
        Command::UpdateRoom { room, name, .. } => Detail::Update {
            named: match (name, row.map(|row| row.kind)) {
                (Some(name), Some(RoomKind::Open)) => {
                    named(source, name)?.filter(|taken| taken != room)
                }
                _ => None,
            },
        },
        Command::PutMember { room, user, .. } | Command::RemoveMember { room, user } => {
            Detail::Member {
                subject: subject(source, Some(*room), *user)?,
                owners: source.owners(*room)?,
                heir: source.longest_member(*room, *user)?,
            }
        }
    })
}

fn message_detail<S: Source>(
    source: &S,
    actor: UserId,
    room: RoomId,
    verb: &MessageVerb,
    writes: bool,
) -> Result<Detail, S::Error> {
    Ok(match verb {
        MessageVerb::Post { text, reply_to } => {
            let mut mentioned = Vec::new();
            let handles = if writes {
                mentions::handles(text)
            } else {
                Vec::new()
            };
            for handle in handles {
                if mentioned.len() == limits::MENTIONS {
                    break;
                }
                mentioned.extend(source.member_named(room, &handle)?);
            }
            Detail::Post {
                reply_to: match reply_to {
                    Some(seq) => source.message(room, *seq)?,
                    None => None,
                },
                mentioned,
            }
        }
        MessageVerb::Edit { target, .. } | MessageVerb::Delete { target } => {
            Detail::Message(source.message(room, *target)?)
        }
        MessageVerb::React { target, emoji } | MessageVerb::Unreact { target, emoji } => {
            let message = source.message(room, *target)?;
            Detail::Reaction {
                reactions: match message {
                    Some(_) => source.reactions(room, *target, actor, emoji)?,
                    None => ReactionFacts::default(),
                },
                message,
            }
        }
    })
}

fn create_detail<S: Source>(source: &S, actor: UserId, new: &NewRoom) -> Result<Detail, S::Error> {
    let mut people = Vec::with_capacity(new.members.len());
    for user in new.members.iter().filter(|user| **user != actor) {
        people.extend(subject(source, None, *user)?);
    }
    let everyone: BTreeSet<UserId> = new.members.iter().copied().chain([actor]).collect();
    let everyone: Vec<UserId> = everyone.into_iter().collect();
    Ok(Detail::Create {
        named: match (&new.name, new.kind) {
            (Some(name), RoomKind::Open) => named(source, name)?,
            _ => None,
        },
        direct: match new.kind {
            RoomKind::Direct => source.direct_room(&everyone)?,
            RoomKind::Open | RoomKind::Closed => None,
        },
        people,
        actor_rooms: source.rooms_of(actor)?,
    })
}

fn named<S: Source>(source: &S, name: &RoomName) -> Result<Option<RoomId>, S::Error> {
    source.open_room_named(&name.key())
}

/// Somebody a command is about. `parlor` is nowhere a member and cannot be made one.
fn subject<S: Source>(
    source: &S,
    room: Option<RoomId>,
    user: UserId,
) -> Result<Option<Subject>, S::Error> {
    if user == UserId::PARLOR {
        return Ok(None);
    }
    let Some(account) = source.account(user)? else {
        return Ok(None);
    };
    Ok(Some(Subject {
        person: account.person(),
        role: match room {
            Some(room) => source.member(room, user)?,
            None => None,
        },
        rooms: source.rooms_of(user)?,
    }))
}
