//! `parlor verify`: beside a server or alone, read-only.

use crate::backup::patience;
use crate::failure::{Exit, Failure};
use crate::settings::Settings;
use crate::text::say;

/// Recomputes everything from the logs, and says what differs.
pub(crate) fn verify(settings: &Settings) -> Result<(), Failure> {
    let report = parlor_store_sqlite::verify_while(&settings.data_dir, patience())?;
    if report.agrees() {
        return say(&format!(
            "{} rooms, {} events: everything agrees",
            report.rooms, report.events
        ));
    }
    let mut lines = report.differences;
    if report.more > 0 {
        lines.push(format!("and {} more", report.more));
    }
    Err(Exit::Damaged.because(lines.join("\n")))
}
