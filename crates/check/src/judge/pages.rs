//! Pages over HTTP beside the log: of the log itself, and of history as it stood at `as_of`.

use parlor_protocol::http::{Events, Messages};
use parlor_protocol::message::MessageBody;
use parlor_protocol::{EventKind, Message, RoomId, Seq};

use super::logs::RoomLog;
use super::streams::{Against, UserId0, sight, text_gone};
use super::verdict::{Cite, Rule};

/// Which page a call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// `GET rooms/R/events`
    Log(RoomId),
    /// `GET rooms/R/messages`
    History(RoomId),
    /// `GET rooms`
    Rooms,
}

impl Page {
    pub(super) fn of(call: &str) -> Option<Self> {
        let path = call.strip_prefix("GET rooms")?;
        let path = path.split('?').next()?;
        if path.is_empty() {
            return Some(Self::Rooms);
        }
        let (room, what) = path.strip_prefix('/')?.split_once('/')?;
        match what {
            "events" => Some(Self::Log(RoomId::parse(room))),
            "messages" => Some(Self::History(RoomId::parse(room))),
            _ => None,
        }
    }
}

/// A page of the log that was asked for at line `asked`.
pub(super) fn log(
    user: UserId0,
    room: RoomId,
    page: &Events,
    (asked, line): (u64, u64),
    with: &mut Against<'_>,
) {
    with.verdict.counts.pages += 1;
    for pair in page.events.windows(2) {
        if pair[1].seq != pair[0].seq.next() {
            let what = format!("event {} of room {room}", pair[0].seq.next());
            with.verdict
                .broken(Rule::Hole, what, vec![Cite::Line(line)]);
        }
    }
    for event in &page.events {
        sight(user, room, event, line, with);
        text_gone(room, event, asked, line, with);
    }
}

/// A page of history that was asked for at line `asked`.
pub(super) fn history(
    room: RoomId,
    page: &Messages,
    (asked, line): (u64, u64),
    with: &mut Against<'_>,
) {
    let Some(log) = with.logs.get(&room) else {
        return;
    };
    with.verdict.counts.pages += 1;
    for message in &page.items {
        let seq = message.seq;
        let what = || format!("message {seq} of room {room}");
        if let Some(why) = differs(message, page.as_of, log) {
            let cites = vec![Cite::Line(line), Cite::Log(why), log.cite(message.rev)];
            with.verdict.broken(Rule::PageDiffers, what(), cites);
        }
        if matches!(message.body, MessageBody::Standing { .. })
            && let Some(deleted) = with.texts.gone_before(room, seq, asked)
        {
            let cites = [deleted, asked, line].map(Cite::Line);
            with.verdict.broken(Rule::DeletedText, what(), cites.into());
        }
    }
}

/// In what a message of a page differs from the log's events up to `as_of`.
fn differs(message: &Message, as_of: Seq, log: &RoomLog) -> Option<String> {
    let Some(written) = log.message(message.seq) else {
        return Some("the log has no such post".into());
    };
    let rev = written.touched.iter().rev().find(|seq| **seq <= as_of)?;
    if message.rev != *rev {
        return Some(format!(
            "the page says rev {}, by the log it is {rev}",
            message.rev
        ));
    }
    let deleted = written.deleted.is_some_and(|at| at <= as_of);
    let edit = written.edits.iter().rev().find(|seq| **seq <= as_of);
    match &message.body {
        MessageBody::Deleted { .. } => (!deleted).then(|| "it was not deleted then".into()),
        MessageBody::Standing { .. } if deleted => Some("it was deleted by then".into()),
        MessageBody::Standing {
            text, reactions, ..
        } => {
            let stands = log.get(*edit.unwrap_or(&message.seq))?;
            // A text that was deleted later cannot be compared any more.
            if stands.kind.text().is_some_and(|stands| stands != text) {
                return Some(format!("by the log it says {:?}", stands.kind.text()));
            }
            let shown: u64 = reactions.iter().map(|reaction| reaction.count).sum();
            let counted = reacted(written, as_of, log);
            (shown != counted).then(|| format!("it shows {shown} reactions, by the log {counted}"))
        }
    }
}

fn reacted(written: &super::logs::Written, as_of: Seq, log: &RoomLog) -> u64 {
    let until = written.touched.iter().take_while(|seq| **seq <= as_of);
    until.fold(0, |count: u64, seq| {
        match log.get(*seq).map(|event| &event.kind) {
            Some(EventKind::ReactionAdded { .. }) => count + 1,
            Some(EventKind::ReactionRemoved { .. }) => count.saturating_sub(1),
            _ => count,
        }
    })
}
