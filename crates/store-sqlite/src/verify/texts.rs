//! The texts beside the logs: each is one event's, and a redacted one's is zeros.

use parlor_protocol::Seq;
use rusqlite::Row;

use super::Report;
use super::room::Finding;
use crate::rows::Columns;
use crate::source::Tx;

/// Which texts an event was found for: they are numbered from 1 without gaps.
pub(super) struct Texts {
    count: u64,
    newest: u64,
    owned: Vec<u64>,
    found: u64,
}

impl Texts {
    pub(super) fn of(tx: Tx<'_>) -> rusqlite::Result<Self> {
        let sql = "SELECT count(*), ifnull(max(n), 0) FROM texts WHERE n > 0";
        let (count, newest) = tx
            .row(sql, [], |row| Ok((row.count(0)?, row.count(1)?)))?
            .unwrap_or_default();
        let words = usize::try_from(count / 64 + 1).unwrap_or(usize::MAX);
        Ok(Self {
            count,
            newest,
            owned: vec![0; words],
            found: 0,
        })
    }

    /// The text of an event, from `text, text_at, body` in the columns from `at` on.
    pub(super) fn check(
        &mut self,
        row: &Row<'_>,
        at: usize,
        (seq, written): (Seq, bool),
        finding: &mut Finding<'_>,
    ) -> rusqlite::Result<()> {
        let text: Option<i64> = row.get(at)?;
        let shown: Option<i64> = row.get(at + 1)?;
        let body = row.get_ref(at + 2)?.as_blob_or_null()?;
        if text.is_some() != written {
            finding.event(seq, "it names a text without having one, or none");
        }
        let Some(text) = text else {
            return Ok(());
        };
        let Some(body) = body else {
            finding.event(seq, format_args!("its text {text} is missing"));
            return Ok(());
        };
        if shown.is_none() && body.iter().any(|byte| *byte != 0) {
            finding.event(
                seq,
                format_args!("it is redacted, and its text {text} still stands"),
            );
        }
        if !self.own(text) {
            finding.event(
                seq,
                format_args!("its text {text} is another event's as well"),
            );
        }
        Ok(())
    }

    /// Whether a text had no owner before. One beyond the gaps is named at the end.
    fn own(&mut self, text: i64) -> bool {
        let n = u64::try_from(text).unwrap_or(u64::MAX);
        if n > self.count {
            return true;
        }
        let place = usize::try_from(n / 64).ok();
        let Some(word) = place.and_then(|place| self.owned.get_mut(place)) else {
            return true;
        };
        let bit = 1 << (n % 64);
        let new = *word & bit == 0;
        *word |= bit;
        self.found += u64::from(new);
        new
    }

    /// What no event has, and what was taken out.
    pub(super) fn left_over(&self, report: &mut Report) {
        if self.newest != self.count {
            report.differs(format!(
                "texts: of {} there are {}, so some are missing",
                self.newest, self.count
            ));
        } else if self.found < self.count {
            let left = self.count - self.found;
            report.differs(format!("texts: {left} rows are of no event"));
        }
    }
}
