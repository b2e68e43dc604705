//! Topics and archives: what the log has of them, beside what was asked for.

use parlor_protocol::http::PatchRoom;
use parlor_protocol::{EventKind, RoomId, UserId};

use super::asked::{AllAsked, Asked};
use super::logs::{Logs, RoomLog, shown};
use super::verdict::{Cite, Rule, Verdict};
use crate::history::Raw;

/// All changes of rooms that were asked for.
#[derive(Debug, Default)]
pub(super) struct Updates {
    asked: AllAsked<RoomId, PatchRoom>,
}

/// Which room a call changes, and to what: `PATCH rooms/R`.
fn parse(call: &str, body: Option<&Raw>) -> Option<(RoomId, PatchRoom)> {
    let room = call.strip_prefix("PATCH rooms/")?;
    let patch = serde_json::from_str(body?.get()).ok()?;
    Some((RoomId::parse(room), patch))
}

impl Updates {
    /// A request that is about to be sent.
    pub(super) fn asks(
        &mut self,
        id: (u32, u64),
        actor: UserId,
        (call, body): (&str, Option<&Raw>),
        line: u64,
    ) {
        if let Some(asked) = parse(call, body) {
            self.asked.asks(id, actor, asked, line);
        }
    }

    /// An answer.
    pub(super) fn answered(&mut self, device: u32, n: u64, status: u16) {
        self.asked.answered(device, n, status);
    }

    /// Compares with the logs.
    pub(super) fn settle(&self, logs: &Logs, verdict: &mut Verdict) {
        for (room, log) in logs {
            fold(*room, self.asked.of(*room), log, verdict);
        }
    }
}

/// The changes of one room, as asked for and as they happened.
fn fold(room: RoomId, asked: &[Asked<PatchRoom>], log: &RoomLog, verdict: &mut Verdict) {
    let Some(EventKind::RoomCreated { topic, .. }) = log.events().first().map(|event| &event.kind)
    else {
        return;
    };
    let mut now = (topic.as_str().to_owned(), false);
    let updates = log.events().iter().filter_map(|event| match &event.kind {
        EventKind::RoomUpdated {
            topic, archived, ..
        } => {
            let topic = topic.as_ref().map(|topic| topic.as_str().to_owned());
            Some((event, (topic, *archived)))
        }
        _ => None,
    });
    let mut updates = updates.peekable();
    for ask in asked {
        let topic = ask.wants.topic.clone().filter(|topic| *topic != now.0);
        let archived = ask.wants.archived.filter(|archived| *archived != now.1);
        if ask.is_refused() || topic.is_none() && archived.is_none() {
            continue;
        }
        let made = (topic, archived);
        let came = updates.next_if(|(event, it)| *it == made && event.by.id == ask.actor);
        let Some((_, (topic, archived))) = came else {
            if ask.is_granted() {
                let what = format!("{made:?} (topic, archived) for room {room}");
                verdict.broken(Rule::AckedMissing, what, vec![Cite::Line(ask.line)]);
            }
            continue;
        };
        verdict.counts.updates += 1;
        now = (topic.unwrap_or(now.0), archived.unwrap_or(now.1));
    }
    for (event, _) in updates {
        let what = format!("event {} of room {room}", event.seq);
        verdict.broken(Rule::NobodySent, what, vec![Cite::Log(shown(event))]);
    }
}
