//! What devices on `parlor-client` gave to their outbox, and how it ended.

use parlor_client::Said;
use parlor_protocol::{Code, Nonce, RoomId, Seq};

use super::Judge;
use super::commands::Verb;
use super::verdict::{Cite, Rule};
use crate::history::{FOLDED, Raw};

impl Judge {
    pub(super) fn said(&mut self, d: u32, room: &str, nonce: &str, said: &Raw, line: u64) {
        let said = self.read::<Said>(said, line).and_then(Verb::of_said);
        let user = self.device(d).stream.user;
        let (Some(verb), Some(user), Some(nonce)) = (said, user, Nonce::parse(nonce)) else {
            return;
        };
        let key = (user, RoomId::parse(room), nonce.clone());
        let given = self.commands.sent(d, key, verb, line, &mut self.verdict);
        self.device(d).given.insert(nonce, given);
    }

    pub(super) fn settled(
        &mut self,
        d: u32,
        room: &str,
        nonce: &str,
        seq: Option<u64>,
        refused: Option<&str>,
        line: u64,
    ) {
        let Some(nonce) = Nonce::parse(nonce) else {
            return;
        };
        let Some(given) = self.device(d).given.remove(&nonce) else {
            let what = format!("nonce {nonce} in room {room}, settled twice,");
            self.verdict
                .broken(Rule::BadFrame, what, vec![Cite::Line(line)]);
            return;
        };
        if refused == Some(FOLDED)
            && let Some(device) = self.devices.get(&d)
        {
            self.commands.folded(&given, device.given.values());
        }
        if let Some(seq) = seq.and_then(Seq::new) {
            self.done(&given, seq, false, line);
        } else if refused.is_some() {
            self.commands.refused(&given, Code::Forbidden, false, line);
        }
    }
}
