//! The durable log and its projections, in SQLite.
//!
//! [`open`] gives the one writer, [`SqliteAppend`], and the readers,
//! [`SqliteRead`]; [`verify()`] recomputes everything from the logs, and [`backup()`] copies the
//! database, beside a server or alone; [`restore()`] makes a copy the database.
//!
//! | module | holds |
//! |---|---|
//! | `open`, `connection`, `ending`, `migrations` | a file becomes a database that can be trusted |
//! | `append`, `classify` | a batch is a transaction; what can fail in it |
//! | `write`, `accounts` | one write: what is decided becomes rows |
//! | `source` | what decisions rest on |
//! | `checkpoint` | the write-ahead log goes into the main file, off the writer |
//! | `pool`, `read` | snapshots for many readers |
//! | `verify` | the log is read again and compared with every row |
//! | `backup`, `restore`, `scratch` | one file that is whole or not there; a database that is the old or the new one |
//! | `rows` | how things of ours stand in columns; the checksum of an event |
//!
//! What must never happen: an answer before its commit is synced; an event without its rows, or rows
//! without their event; a number that is used twice or not at all; a
//! read transaction that outlives its call; deleted text in a file for longer than is promised.

mod accounts;
mod append;
mod backup;
mod checkpoint;
mod classify;
mod connection;
mod ending;
mod migrations;
mod open;
mod pool;
mod read;
mod restore;
mod rows;
mod sabotage;
mod scratch;
mod source;
mod verify;
mod write;

#[cfg(test)]
mod failures;

pub use append::SqliteAppend;
pub use backup::{BackupError, Place, backup};
pub use open::{FILE_NAME, OpenError, Options, Reason, database_file, open, open_for_reading};
pub use pool::SqliteRead;
pub use restore::{Restore, RestoreError, Restored, Step, restore};
pub use verify::{Report, VerifyError, verify, verify_while};
