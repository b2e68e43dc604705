//! `parlor verify`: beside a server or alone, read-only.

use std::time::{Duration, Instant};

use crate::Failure;
use crate::settings::Settings;

/// While it reads, a running server cannot empty its write-ahead log: after this long it gives up.
const PATIENCE: Duration = Duration::from_secs(600);

/// Recomputes everything from the logs, and says what differs.
#[expect(
    clippy::disallowed_methods,
    reason = "how long it has taken is for this program to say"
)]
pub(crate) fn verify(settings: &Settings) -> Result<(), Failure> {
    let begun = Instant::now();
    let report =
        parlor_store_sqlite::verify_while(&settings.data_dir, move || begun.elapsed() < PATIENCE)
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
