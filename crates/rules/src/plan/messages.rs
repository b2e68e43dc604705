//! Post, edit, delete, react, unreact.

use parlor_protocol::command::MessageVerb;
use parlor_protocol::{Code, Emoji, EventKind, MessageText, Nonce, Refusal, Seq, UserId, limits};

use super::may::{allowed, as_owner, joined, live, seen};
use super::{Plan, mismatched, one};
use crate::facts::{Detail, Facts, MessageFacts, ReactionFacts};

pub(super) fn plan(verb: &MessageVerb, nonce: &Nonce, facts: &Facts) -> Result<Plan, Refusal> {
    match (verb, &facts.detail) {
        (
            MessageVerb::Post { text, reply_to },
            Detail::Post {
                reply_to: replied,
                mentioned,
            },
        ) => post(text, *reply_to, replied.as_ref(), mentioned, nonce, facts),
        (MessageVerb::Edit { text, .. }, Detail::Message(message)) => {
            edit(text, message.as_ref(), nonce, facts)
        }
        (MessageVerb::Delete { .. }, Detail::Message(message)) => {
            delete(message.as_ref(), nonce, facts)
        }
        (MessageVerb::React { emoji, .. }, Detail::Reaction { message, reactions }) => {
            react(emoji, message.as_ref(), *reactions, nonce, facts)
        }
        (MessageVerb::Unreact { emoji, .. }, Detail::Reaction { message, reactions }) => {
            unreact(emoji, message.as_ref(), *reactions, nonce, facts)
        }
        _ => Err(mismatched()),
    }
}

fn post(
    text: &MessageText,
    reply_to: Option<Seq>,
    replied: Option<&MessageFacts>,
    mentioned: &[UserId],
    nonce: &Nonce,
    facts: &Facts,
) -> Result<Plan, Refusal> {
    let room = joined(facts)?;
    if reply_to.is_some() {
        standing(replied)?;
    }
    live(room)?;
    Ok(one(
        facts,
        EventKind::MessagePosted {
            text: Some(text.clone()),
            nonce: nonce.clone(),
            reply_to,
            mentions: mentioned.iter().copied().take(limits::MENTIONS).collect(),
            redacted: false,
        },
    ))
}

fn edit(
    text: &MessageText,
    message: Option<&MessageFacts>,
    nonce: &Nonce,
    facts: &Facts,
) -> Result<Plan, Refusal> {
    let room = joined(facts)?;
    let (message, before) = standing(message)?;
    allowed(message.author == facts.actor.id)?;
    live(room)?;
    if before == text {
        return Ok(unchanged(message));
    }
    Ok(one(
        facts,
        EventKind::MessageEdited {
            target: message.seq,
            text: Some(text.clone()),
            nonce: nonce.clone(),
            redacted: false,
        },
    ))
}

fn delete(message: Option<&MessageFacts>, nonce: &Nonce, facts: &Facts) -> Result<Plan, Refusal> {
    let room = seen(facts)?;
    let owner = as_owner(room, facts);
    if room.role.is_none() && !owner {
        return Err(Code::NotFound.into());
    }
    let message = message.ok_or(Code::NotFound)?;
    allowed(owner || message.author == facts.actor.id)?;
    live(room)?;
    if message.text.is_none() {
        return Ok(unchanged(message));
    }
    Ok(one(
        facts,
        EventKind::MessageDeleted {
            target: message.seq,
            author: message.author,
            nonce: nonce.clone(),
            mentions: message.mentions.clone(),
        },
    ))
}

fn react(
    emoji: &Emoji,
    message: Option<&MessageFacts>,
    reactions: ReactionFacts,
    nonce: &Nonce,
    facts: &Facts,
) -> Result<Plan, Refusal> {
    let room = joined(facts)?;
    let (message, _) = standing(message)?;
    live(room)?;
    if reactions.mine {
        return Ok(unchanged(message));
    }
    if !reactions.there && reactions.kinds >= limits::REACTION_KINDS as u64 {
        return Err(Code::TooManyReactions.into());
    }
    Ok(one(
        facts,
        EventKind::ReactionAdded {
            target: message.seq,
            emoji: emoji.clone(),
            nonce: nonce.clone(),
        },
    ))
}

fn unreact(
    emoji: &Emoji,
    message: Option<&MessageFacts>,
    reactions: ReactionFacts,
    nonce: &Nonce,
    facts: &Facts,
) -> Result<Plan, Refusal> {
    let room = joined(facts)?;
    let (message, _) = standing(message)?;
    live(room)?;
    if !reactions.mine {
        return Ok(unchanged(message));
    }
    Ok(one(
        facts,
        EventKind::ReactionRemoved {
            target: message.seq,
            emoji: emoji.clone(),
            nonce: nonce.clone(),
        },
    ))
}

/// A message that is there and not deleted, and what it says.
fn standing(message: Option<&MessageFacts>) -> Result<(&MessageFacts, &MessageText), Refusal> {
    message
        .and_then(|message| Some((message, message.text.as_ref()?)))
        .ok_or_else(|| Code::NotFound.into())
}

fn unchanged(message: &MessageFacts) -> Plan {
    Plan::Unchanged {
        seq: message.rev,
        at: message.rev_at,
    }
}
