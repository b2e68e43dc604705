//! Reads every log again and compares it with all that is kept beside it.
//!
//! Read-only, in one read transaction, so it may run beside a server; a room at a
//! time. Memory grows with the messages of one room that were edited, deleted or
//! reacted to, with its reactions and its members, not with its length; and by a bit a text.

use std::collections::HashMap;
use std::path::Path;

use parlor_protocol::{RoomId, UserId};
use rusqlite::{Connection, ErrorCode};

use crate::connection::reading;
use crate::migrations::{self, State};
use crate::open::{OpenError, Reason, database_file};
use crate::rows::Columns;
use crate::source::Tx;

mod messages;
mod room;
mod texts;

use texts::Texts;

/// How many differences are named; the rest is counted.
const NAMED: usize = 100;
/// How many steps of SQLite's machine go by between two looks at whether to go on: some microseconds.
pub(crate) const STEPS: i32 = 1000;

/// What verifying came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many rooms there are.
    pub rooms: u64,
    /// How many events their logs hold.
    pub events: u64,
    /// What differs: at most the first 100, each with its room and number.
    pub differences: Vec<String>,
    /// How many more there are.
    pub more: u64,
}

impl Report {
    /// Whether everything agrees.
    pub fn agrees(&self) -> bool {
        self.differences.is_empty()
    }

    fn differs(&mut self, what: String) {
        if self.differences.len() < NAMED {
            self.differences.push(what);
        } else {
            self.more += 1;
        }
    }
}

/// Why a database could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It is not there, or not ours to read.
    #[error(transparent)]
    NotOpened(#[from] OpenError),
    /// It took longer than it may: a long reader keeps the log file from being emptied.
    #[error(
        "verifying took too long and gave up; try again when the server is idle, or on a backup"
    )]
    GaveUp,
    /// It could not be read to the end.
    #[error("the database could not be read: {0}")]
    Unreadable(String),
}

/// Recomputes everything from the logs, and says what differs.
///
/// # Errors
/// Where there is no database that could be read. What is damaged in one is a difference.
pub fn verify(path: &Path) -> Result<Report, VerifyError> {
    verify_while(path, || true)
}

/// The same, asking now and then whether to go on.
///
/// # Errors
/// As [`verify()`], and [`VerifyError::GaveUp`].
pub fn verify_while(
    path: &Path,
    go_on: impl Fn() -> bool + Send + 'static,
) -> Result<Report, VerifyError> {
    let file = database_file(path);
    let not_opened = |reason| OpenError {
        path: file.clone(),
        reason,
    };
    if !file.is_file() {
        return Err(not_opened(Reason::NoDatabase).into());
    }
    let mut conn = reading(&file).map_err(|error| not_opened(error.into()))?;
    match migrations::judge(&conn).map_err(not_opened)? {
        State::Current => {}
        State::Empty => return Err(not_opened(Reason::NotOurs).into()),
        State::Behind => return Err(not_opened(Reason::Behind).into()),
    }
    conn.progress_handler(STEPS, Some(move || !go_on()))
        .and_then(|()| whole(&conn))
        .map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => VerifyError::GaveUp,
            _ => VerifyError::Unreadable(error.to_string()),
        })
}

fn whole(conn: &Connection) -> rusqlite::Result<Report> {
    let tx = Tx(conn);
    tx.run("BEGIN", [])?;
    let mut report = Report::default();
    file(tx, &mut report)?;
    let users = users(tx)?;
    let mut texts = Texts::of(tx)?;
    let rooms: Vec<(i64, RoomId)> = tx.rows("SELECT n, id FROM rooms ORDER BY id", [], |row| {
        Ok((row.get(0)?, row.room_id(1)?))
    })?;
    for (n, id) in rooms {
        report.rooms += 1;
        if let Err(error) = room::verify(tx, (&users, &mut texts), (n, id), &mut report) {
            if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) {
                return Err(error);
            }
            report.differs(format!("room {id}: it cannot be read to the end: {error}"));
        }
    }
    texts.left_over(&mut report);
    for table in [
        "events",
        "messages",
        "edits",
        "reactions",
        "nonces",
        "members",
    ] {
        let sql = format!("SELECT count(*) FROM {table} WHERE room NOT IN (SELECT n FROM rooms)");
        match tx.row(&sql, [], |row| row.count(0))? {
            Some(0) | None => {}
            Some(count) => report.differs(format!("{table}: {count} rows are of no room")),
        }
    }
    let server = tx.row("SELECT count(*) FROM server", [], |row| row.count(0))?;
    if server != Some(1) {
        report.differs("the server's own row is missing".into());
    }
    tx.run("COMMIT", [])?;
    Ok(report)
}

/// The file's own order: pages, indexes, references.
fn file(tx: Tx<'_>, report: &mut Report) -> rusqlite::Result<()> {
    let found: Vec<String> = tx.rows("PRAGMA integrity_check(100)", [], |row| row.get(0))?;
    for what in found.into_iter().filter(|what| what != "ok") {
        report.differs(format!("the file: {what}"));
    }
    let dangling: Vec<(String, String)> = tx.rows("PRAGMA foreign_key_check", [], |row| {
        Ok((row.get(0)?, row.get(2)?))
    })?;
    for (table, parent) in dangling {
        report.differs(format!(
            "{table}: a row names one of {parent} that is not there"
        ));
    }
    Ok(())
}

/// Accounts by their numbers, both ways.
struct Users {
    ids: HashMap<i64, UserId>,
    numbers: HashMap<UserId, i64>,
}

fn users(tx: Tx<'_>) -> rusqlite::Result<Users> {
    let all: Vec<(i64, UserId)> = tx.rows("SELECT n, id FROM users", [], |row| {
        Ok((row.get(0)?, row.user_id(1)?))
    })?;
    Ok(Users {
        ids: all.iter().copied().collect(),
        numbers: all.into_iter().map(|(n, id)| (id, n)).collect(),
    })
}
