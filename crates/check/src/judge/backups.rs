//! A restored backup: a prefix of every log, and all of what was known before it began. What damage
//! has left: a prefix.

use std::collections::HashMap;

use parlor_protocol::http::Events;
use parlor_protocol::{RoomId, Seq};

use super::commands::Commands;
use super::logs::{Logs, agree, shown};
use super::verdict::{Cite, Rule, Verdict};

/// The backup that was begun last, or what was damaged last.
#[derive(Debug, Default)]
pub(super) struct Backup {
    /// What was known of each room when it began, and where.
    known: HashMap<RoomId, (Seq, u64)>,
    /// Up to where its pages were read.
    read: HashMap<RoomId, Seq>,
}

impl Backup {
    pub(super) fn begun(commands: &Commands) -> Self {
        Self {
            known: commands.floors().clone(),
            read: HashMap::new(),
        }
    }

    /// A page of a room's log, as it was restored.
    pub(super) fn page(
        &mut self,
        room: RoomId,
        page: &Events,
        line: u64,
        logs: &Logs,
        verdict: &mut Verdict,
    ) {
        let read = self.read.entry(room).or_default();
        for event in &page.events {
            let stands = logs.get(&room).and_then(|log| log.get(event.seq));
            let good =
                event.seq == read.next() && stands.is_some_and(|stands| agree(event, stands));
            if !good {
                let seen = Cite::Log(format!("there it is {}", shown(event)));
                let cites = [
                    Some(Cite::Line(line)),
                    Some(seen),
                    logs.get(&room).map(|log| log.cite(event.seq)),
                ];
                let what = format!("event {} of room {room}", event.seq);
                verdict.broken(
                    Rule::BackupDiffers,
                    what,
                    cites.into_iter().flatten().collect(),
                );
                return;
            }
            *read = event.seq;
        }
        if let Some((known, at)) = self.known.get(&room)
            && !page.has_more
            && *read < *known
        {
            let what = format!("event {known} of room {room}, known before the backup began,");
            let ends = Cite::Log(format!("the backup ends at {read}"));
            verdict.broken(
                Rule::BackupDiffers,
                what,
                vec![Cite::Line(*at), Cite::Line(line), ends],
            );
        }
    }
}
