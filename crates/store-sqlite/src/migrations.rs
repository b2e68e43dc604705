//! The schema's steps: numbered SQL, embedded, each done once, in one transaction.
//!
//! The database keeps each step's checksum (a step that was changed afterwards is
//! refused) and the oldest program that may open it after that step. A database
//! that has steps we do not know is opened all the same where that program is not newer than we are.

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::open::Reason;

/// One step.
struct Migration {
    number: i64,
    sql: &'static str,
    /// The oldest program that may open the database once it is done.
    min_version: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        sql: include_str!("migrations/0001_the_log.sql"),
        min_version: "0.1.0",
    },
    Migration {
        number: 2,
        sql: include_str!("migrations/0002_the_audit_log.sql"),
        min_version: "0.1.0",
    },
];

/// This program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// `PRAGMA application_id` of our databases: "Parl".
pub(crate) const APPLICATION_ID: i32 = 0x5061_726c;

/// What a database says about itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// There is nothing in it.
    Empty,
    /// Steps are missing.
    Behind,
    /// All steps are done, and perhaps later ones.
    Current,
}

/// Judges a database, changing nothing.
///
/// # Errors
/// Not ours, too new, or with a step that is not the one we know.
pub(crate) fn judge(conn: &Connection) -> Result<State, Reason> {
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(State::Empty);
    }
    let id: i32 = conn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if id != APPLICATION_ID {
        return Err(Reason::NotOurs);
    }
    let mut statement =
        conn.prepare("SELECT number, checksum, min_version FROM migrations ORDER BY number")?;
    let done: Vec<(i64, Vec<u8>, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let newest = done.iter().map(|(_, _, version)| version);
    if let Some(needed) = newest.max_by_key(|version| parts(version))
        && parts(needed) > parts(VERSION)
    {
        return Err(Reason::TooNew {
            needed: needed.clone(),
            ours: VERSION,
        });
    }
    let mut state = State::Current;
    for migration in MIGRATIONS {
        match done.iter().find(|(number, ..)| *number == migration.number) {
            Some((_, checksum, _)) if *checksum == migration.checksum() => {}
            Some(_) => return Err(Reason::OtherSchema(migration.number)),
            None => state = State::Behind,
        }
    }
    Ok(state)
}

/// The number of the first step that a database lacks; the one after all where it lacks none.
pub(crate) fn first_missing(conn: &Connection) -> rusqlite::Result<i64> {
    let mut statement = conn.prepare("SELECT number FROM migrations")?;
    let done: Vec<i64> = statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let numbers = MIGRATIONS.iter().map(|migration| migration.number);
    let missing = numbers.filter(|number| !done.contains(number)).min();
    Ok(missing.unwrap_or(MIGRATIONS.len() as i64 + 1))
}

/// Does the steps that are missing.
///
/// # Errors
/// What SQLite says; a step that fails has changed nothing.
pub(crate) fn migrate(conn: &mut Connection) -> Result<(), Reason> {
    let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.execute_batch(
        "CREATE TABLE IF NOT EXISTS migrations (
            number       INTEGER PRIMARY KEY,
            checksum     BLOB NOT NULL,
            min_version  TEXT NOT NULL
        ) STRICT",
    )?;
    tx.commit()?;
    for migration in MIGRATIONS {
        let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let done: i64 = tx.query_row(
            "SELECT count(*) FROM migrations WHERE number = ?1",
            [migration.number],
            |row| row.get(0),
        )?;
        if done == 0 {
            tx.execute_batch(migration.sql)?;
            tx.execute(
                "INSERT INTO migrations (number, checksum, min_version) VALUES (?1, ?2, ?3)",
                (
                    migration.number,
                    migration.checksum(),
                    migration.min_version,
                ),
            )?;
        }
        tx.commit()?;
    }
    Ok(())
}

impl Migration {
    fn checksum(&self) -> Vec<u8> {
        Sha256::digest(self.sql.as_bytes()).to_vec()
    }
}

/// A version as numbers; what is none counts as the newest, so that it is refused.
fn parts(version: &str) -> (u64, u64, u64) {
    let mut numbers = version
        .split(['.', '-', '+'])
        .map(|part| part.parse().unwrap_or(u64::MAX));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(parts("0.10.0") > parts("0.9.9"));
        assert!(parts("1.0.0-rc.1") >= parts("1.0.0"));
        assert!(parts("nonsense") > parts("99.0.0"));
    }
}
