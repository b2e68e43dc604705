//! What sabotage does here where one line does not say it. Nothing of it happens in a release, where
//! [`parlor_sabotage::is`] is a constant no.

use parlor_protocol::{Command, Timestamp};
use parlor_sabotage::{Switch, is, value};
use parlor_store::{Op, Write};

use crate::source::Tx;

/// Whether a batch is left uncommitted until the next call: posts and the like alone.
pub(crate) fn puts_off(writes: &[Write]) -> bool {
    let message = |write: &Write| matches!(&write.op, Op::Command(_, Command::Message { .. }));
    (is(Switch::AckBeforeCommit) || is(Switch::PublishBeforeCommit))
        && !writes.is_empty()
        && writes.iter().all(message)
}

/// Forgets the nonces that are to be forgotten by now.
pub(crate) fn forget(tx: Tx<'_>, now: Timestamp) -> rusqlite::Result<()> {
    for switch in [Switch::ForgetNonces, Switch::TrustWallClock] {
        if is(switch) {
            let since = now.as_millis() - i64::try_from(value(switch) * 1000).unwrap_or(i64::MAX);
            let until = match switch {
                Switch::TrustWallClock => now.as_millis(),
                _ => i64::MAX,
            };
            tx.run(
                "DELETE FROM nonces WHERE at < ?1 OR at > ?2",
                (since, until),
            )?;
        }
    }
    Ok(())
}
