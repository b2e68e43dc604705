//! Numbers with their spread, and the disk's own limit.

use std::io::Write;
use std::path::Path;

/// What was measured, again and again.
#[derive(Default)]
pub(crate) struct Spread(Vec<f64>);

impl Spread {
    pub(crate) fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The value below which this share of all lies.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        sorted
            .get((last as f64 * share).round() as usize)
            .copied()
            .unwrap_or(f64::NAN)
    }

    /// Prints one row of the table.
    pub(crate) fn row(&self, what: &str) {
        let (median, least, most) = (self.quantile(0.5), self.quantile(0.0), self.quantile(1.0));
        println!(
            "| {what} | {median:.2} | {least:.2} | {most:.2} | {} |",
            self.0.len()
        );
    }
}

/// Milliseconds that appending 4 KiB and making them durable takes.
pub(crate) fn fdatasync(folder: &Path) -> std::io::Result<f64> {
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("limit"))?;
    let begun = std::time::Instant::now();
    file.write_all(&[7; 4096])?;
    file.sync_data()?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}
