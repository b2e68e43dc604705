//! Events as lines: one for each, further lines of a message set in.

use parlor_protocol::{Event, EventKind, Person};

use crate::text::{is_unsafe, safe};

/// What sets further lines of a message off from the next event's.
const INDENT: &str = "\n    ";

/// An event for a person. Nothing of it but our own colours can steer a terminal.
pub(super) fn line(event: &Event, colour: bool) -> String {
    let at = event.at.to_string();
    // 2026-01-01T12:00:00.000Z, to the second.
    let at = at.get(..19).unwrap_or(&at).replace('T', " ");
    let who = event.by.username.as_str();
    let what = safe(&what(event)).replace('\n', INDENT);
    if colour {
        format!("\x1b[2m{at}\x1b[0m \x1b[1m{who}\x1b[0m{what}")
    } else {
        format!("{at} {who}{what}")
    }
}

/// The same JSON, with what could steer a terminal escaped. One line.
pub(super) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if char == '\n' {
            out.push(' ');
        } else if is_unsafe(char) {
            for unit in char.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(char);
        }
    }
    out
}

fn what(event: &Event) -> String {
    let name = |person: &Person| person.username.as_str().to_owned();
    match &event.kind {
        EventKind::MessagePosted {
            text: Some(text),
            reply_to: Some(to),
            ..
        } => {
            format!(" (to {to}): {}", text.as_str())
        }
        EventKind::MessagePosted {
            text: Some(text), ..
        } => format!(": {}", text.as_str()),
        EventKind::MessagePosted { text: None, .. } => " wrote what was deleted since".into(),
        EventKind::MessageEdited {
            target,
            text: Some(text),
            ..
        } => {
            format!(" edited {target}: {}", text.as_str())
        }
        EventKind::MessageEdited { target, .. } => format!(" edited {target}, deleted since"),
        EventKind::MessageDeleted { target, .. } => format!(" deleted {target}"),
        EventKind::ReactionAdded { target, emoji, .. } => {
            format!(" reacted to {target} with {}", emoji.as_str())
        }
        EventKind::ReactionRemoved { target, emoji, .. } => {
            format!(" took {} off {target}", emoji.as_str())
        }
        EventKind::MemberJoined { user, .. } if user.id == event.by.id => " joined".into(),
        EventKind::MemberJoined { user, .. } => format!(" added {}", name(user)),
        EventKind::MemberLeft { user } if user.id == event.by.id => " left".into(),
        EventKind::MemberLeft { user } => format!(" removed {}", name(user)),
        EventKind::RoleChanged { user, .. } => format!(" changed the role of {}", name(user)),
        EventKind::RoomCreated { .. } => " made the room".into(),
        EventKind::RoomUpdated { .. } => " changed the room".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_the_same_json_and_steers_nothing() {
        let text = "{\"text\":\"a\u{9b}31m\u{202e}b\u{7f}é\"}";
        let out = json(text);
        assert_eq!(out, "{\"text\":\"a\\u009b31m\\u202eb\\u007fé\"}");
        let (a, b): (serde_json::Value, serde_json::Value) = (
            serde_json::from_str(text).unwrap(),
            serde_json::from_str(&out).unwrap(),
        );
        assert_eq!(a, b);
    }
}
