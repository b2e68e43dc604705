//! `parlor verify`: beside a server or alone, read-only.

use crate::Failure;
use crate::backup::patience;
use crate::settings::Settings;

/// Recomputes everything from the logs, and says what differs.
pub(crate) fn verify(settings: &Settings) -> Result<(), Failure> {
    let report = parlor_store_sqlite::verify_while(&settings.data_dir, patience())
        .map_err(|error| Failure::Failed(error.to_string()))?;
    if report.agrees() {
        println!(
            "{} rooms, {} events: everything agrees",
            report.rooms, report.events
        );
        return Ok(());
    }
    let mut lines = report.differences;
    if report.more > 0 {
        lines.push(format!("and {} more", report.more));
    }
    Err(Failure::Failed(lines.join("\n")))
}
