//! Which texts may not be shown any more, and since which line.

use std::collections::HashMap;

use parlor_protocol::{RoomId, Seq};

use super::logs::Logs;

/// The seqs of posts and edits whose deletion was acked, with the line of the first ack.
#[derive(Debug, Default)]
pub(super) struct Texts(HashMap<(RoomId, Seq), u64>);

impl Texts {
    /// The deletion of a message was acked.
    pub(super) fn deleted(&mut self, room: RoomId, target: Seq, line: u64, logs: &Logs) {
        let Some(written) = logs.get(&room).and_then(|log| log.message(target)) else {
            return;
        };
        for seq in [target].iter().chain(&written.edits) {
            self.0.entry((room, *seq)).or_insert(line);
        }
    }

    /// The line of the ack, where it stands above the line `asked`.
    pub(super) fn gone_before(&self, room: RoomId, seq: Seq, asked: u64) -> Option<u64> {
        self.0
            .get(&(room, seq))
            .copied()
            .filter(|line| *line < asked)
    }
}
