//! The durable log and its projections, in SQLite.
//!
//! [`open`] gives the one writer, [`SqliteAppend`], and the readers,
//! [`SqliteRead`]; [`verify()`] recomputes everything from the logs, beside a server or alone.
//!
//! | module | holds |
//! |---|---|
//! | `open`, `connection`, `migrations` | a file becomes a database that can be trusted |
//! | `append`, `classify` | a batch is a transaction; what can fail in it |
//! | `write`, `accounts` | one write: what is decided becomes rows |
//! | `source` | what decisions rest on |
//! | `checkpoint` | the write-ahead log goes into the main file, off the writer |
//! | `pool`, `read` | snapshots for many readers |
//! | `verify` | the log is read again and compared with every row |
//! | `rows` | how things of ours stand in columns; the checksum of an event |
//!
//! What must never happen: an answer before its commit is synced; an event without its rows, or rows
//! without their event; a number that is used twice or not at all; a
//! read transaction that outlives its call; deleted text in a file for longer than is promised.

mod accounts;
mod append;
mod checkpoint;
mod classify;
mod connection;
mod migrations;
mod open;
mod pool;
mod read;
mod rows;
mod source;
mod verify;
mod write;

#[cfg(test)]
mod failures;

pub use append::SqliteAppend;
pub use open::{FILE_NAME, OpenError, Options, Reason, database_file, open};
pub use pool::SqliteRead;
pub use verify::{Report, VerifyError, verify, verify_while};
