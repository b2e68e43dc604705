//! The one writer: a batch, a transaction, and what can fail in it.
//!
//! What [`Append::append`] returns is on stable storage: COMMIT has synced the
//! write-ahead log under `synchronous=FULL`. What fails before that has left nothing:
//!
//! - a write that fails by itself: the batch is rolled back and done again with
//!   a savepoint for each write; the culprit is answered `internal`;
//! - a full disk or a failed write, out of COMMIT too: rolled back, the whole batch fails;
//! - a failed sync, or any other failure of COMMIT: fatal, and fatal it stays.

use parlor_protocol::Code;
use parlor_store::{Answer, Append, AppendError, Committed, Published, Write};
use rusqlite::Connection;

use crate::checkpoint::{self, Checkpoints};
use crate::classify::{During, Failure, failure};
use crate::sabotage;
use crate::source::Tx;
use crate::write::Batch;

/// The writer of a database. Dropping it without [`Append::close`] loses
/// nothing that was acknowledged.
pub struct SqliteAppend {
    conn: Connection,
    checkpoints: Checkpoints,
    /// Why nothing can be written any more.
    fatal: Option<String>,
    #[cfg(test)]
    pub(crate) faults: faults::Faults,
}

impl std::fmt::Debug for SqliteAppend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteAppend")
            .field("fatal", &self.fatal)
            .finish_non_exhaustive()
    }
}

/// Why a transaction was not committed; it is rolled back.
struct Aborted {
    failure: Failure,
    why: String,
}

impl Aborted {
    fn new(error: &rusqlite::Error, during: During) -> Self {
        Self {
            failure: failure(error, during),
            why: error.to_string(),
        }
    }
}

/// How the writes of a batch share a transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// The first failure ends it.
    Together,
    /// A savepoint for each: a failure ends that one alone.
    OneByOne,
}

impl SqliteAppend {
    pub(crate) fn new(conn: Connection, checkpoints: Checkpoints) -> Self {
        Self {
            conn,
            checkpoints,
            fatal: None,
            #[cfg(test)]
            faults: faults::Faults::default(),
        }
    }

    #[cfg(test)]
    pub(crate) fn connection(&self) -> &Connection {
        &self.conn
    }

    /// Writes a batch, or nothing of it.
    fn attempt(&self, writes: &[Write], mode: Mode) -> Result<Committed, Aborted> {
        let done = self.transaction(writes, mode);
        if done.is_err() && !self.conn.is_autocommit() {
            // Where even this fails, the next BEGIN says so.
            let _ = self.conn.execute_batch("ROLLBACK");
        }
        done
    }

    fn transaction(&self, writes: &[Write], mode: Mode) -> Result<Committed, Aborted> {
        let in_statement = |error| Aborted::new(&error, During::Statement);
        let tx = Tx(&self.conn);
        if !self.conn.is_autocommit() {
            // Put off by sabotage, and by nothing else.
            tx.run("COMMIT", []).map_err(in_statement)?;
        }
        tx.run("BEGIN IMMEDIATE", []).map_err(in_statement)?;
        let before = self.conn.total_changes();
        let mut batch = Batch::new(tx);
        let mut answers = Vec::with_capacity(writes.len());
        for (at, write) in writes.iter().enumerate() {
            answers.push(match mode {
                Mode::Together => self.one(&mut batch, at, write).map_err(in_statement)?,
                Mode::OneByOne => self.one_apart(&mut batch, at, write)?,
            });
        }
        let changed = self.conn.total_changes() != before;
        let number = count_commit(tx, changed).map_err(in_statement)?;
        if !sabotage::puts_off(writes) {
            self.commit()
                .map_err(|error| Aborted::new(&error, During::Commit))?;
        }
        Ok(Committed {
            number,
            answers,
            published: batch.published,
        })
    }

    fn one(&self, batch: &mut Batch<'_>, _at: usize, write: &Write) -> rusqlite::Result<Answer> {
        let answer = batch.write(write)?;
        #[cfg(test)]
        self.faults.after_write(_at)?;
        Ok(answer)
    }

    fn one_apart(
        &self,
        batch: &mut Batch<'_>,
        at: usize,
        write: &Write,
    ) -> Result<Answer, Aborted> {
        let in_statement = |error| Aborted::new(&error, During::Statement);
        let tx = batch.tx;
        tx.run("SAVEPOINT one", []).map_err(in_statement)?;
        let published = batch.published.clone();
        match self.one(batch, at, write) {
            Ok(answer) => {
                tx.run("RELEASE one", []).map_err(in_statement)?;
                Ok(answer)
            }
            Err(error) => {
                let aborted = in_statement(error);
                // A failure that took the whole transaction with it is nobody's own.
                if aborted.failure != Failure::Culprit || self.conn.is_autocommit() {
                    return Err(aborted);
                }
                tracing::error!(
                    error = aborted.why,
                    op = op_name(write),
                    "a write failed by a bug"
                );
                batch.published = published;
                tx.run("ROLLBACK TO one", []).map_err(in_statement)?;
                tx.run("RELEASE one", []).map_err(in_statement)?;
                Ok(Err(Code::Internal.into()))
            }
        }
    }

    fn commit(&self) -> rusqlite::Result<()> {
        #[cfg(test)]
        self.faults.before_commit()?;
        Tx(&self.conn).run("COMMIT", []).map(|_| ())
    }

    /// The error a caller sees. A fatal one stays.
    fn failed(&mut self, aborted: Aborted) -> AppendError {
        match aborted.failure {
            Failure::Full => AppendError::Full(aborted.why),
            Failure::Failed | Failure::Culprit => AppendError::Failed(aborted.why),
            Failure::Fatal => {
                self.fatal = Some(aborted.why.clone());
                AppendError::Fatal(aborted.why)
            }
        }
    }

    fn still_whole(&self) -> Result<(), AppendError> {
        let broken = self.fatal.clone().or_else(|| self.checkpoints.broken());
        broken.map_or(Ok(()), |why| Err(AppendError::Fatal(why)))
    }
}

impl Append for SqliteAppend {
    fn append(&mut self, batch: &[Write]) -> Result<Committed, AppendError> {
        self.checkpoints.wait_for_room();
        self.still_whole()?;
        let mut done = self.attempt(batch, Mode::Together);
        if matches!(&done, Err(aborted) if aborted.failure == Failure::Culprit) {
            done = self.attempt(batch, Mode::OneByOne);
        }
        let committed = done.map_err(|aborted| self.failed(aborted))?;
        let deleted = |it: &Published| matches!(it, Published::Redacted { .. });
        self.checkpoints
            .committed(committed.published.iter().any(deleted));
        Ok(committed)
    }

    fn probe(&mut self) -> Result<(), AppendError> {
        self.still_whole()?;
        let tx = Tx(&self.conn);
        let statement = || {
            tx.run("BEGIN IMMEDIATE", [])?;
            tx.run_one("UPDATE server SET probes = probes + 1", [])
        };
        let tried = statement()
            .map_err(|error| Aborted::new(&error, During::Statement))
            .and_then(|()| {
                self.commit()
                    .map_err(|error| Aborted::new(&error, During::Commit))
            });
        if tried.is_err() && !self.conn.is_autocommit() {
            let _ = self.conn.execute_batch("ROLLBACK");
        }
        tried.map_err(|aborted| self.failed(aborted))
    }

    fn close(mut self: Box<Self>) -> Result<(), AppendError> {
        self.checkpoints.stop();
        self.still_whole()?;
        // A stop does not wait for whoever reads for long.
        let emptied = self
            .conn
            .busy_timeout(checkpoint::TRUNCATE_WAIT)
            .and_then(|()| checkpoint::truncate(&self.conn))
            .map_err(|error| self.failed(Aborted::new(&error, During::Statement)))?;
        if emptied {
            Ok(())
        } else {
            Err(AppendError::Failed(
                "another program still reads the database, so its log file could not be emptied"
                    .into(),
            ))
        }
    }
}

/// The number of this commit, counted where it changes anything.
fn count_commit(tx: Tx<'_>, changed: bool) -> rusqlite::Result<u64> {
    let sql = if changed {
        "UPDATE server SET commits = commits + 1 RETURNING commits"
    } else {
        "SELECT commits FROM server"
    };
    let number: Option<i64> = tx.row(sql, [], |row| row.get(0))?;
    number
        .and_then(|number| u64::try_from(number).ok())
        .ok_or(rusqlite::Error::QueryReturnedNoRows)
}

/// What a write was, with its ids and without its content: for the log.
fn op_name(write: &Write) -> String {
    use parlor_store::Op;
    match &write.op {
        Op::Command(actor, command) => {
            format!("a command by {} in room {}", actor.user, command.room())
        }
        Op::Mark(actor, room, _) => format!("a marker of {} in room {room}", actor.user),
        Op::AddAccount(new) => format!("a new account {}", new.id),
        _ => "a change of accounts".into(),
    }
}

/// Failures that tests ask for.
#[cfg(test)]
pub(crate) mod faults {
    use std::cell::Cell;

    /// Each is met once.
    #[derive(Default)]
    pub(crate) struct Faults {
        /// After so-and-so many-th write of a batch; met every time.
        pub(crate) statement: Cell<Option<(usize, i32)>>,
        pub(crate) commit: Cell<Option<i32>>,
    }

    impl Faults {
        pub(super) fn after_write(&self, at: usize) -> rusqlite::Result<()> {
            match self.statement.get() {
                Some((which, code)) if which == at => Err(error(code)),
                _ => Ok(()),
            }
        }

        pub(super) fn before_commit(&self) -> rusqlite::Result<()> {
            self.commit.take().map_or(Ok(()), |code| Err(error(code)))
        }
    }

    fn error(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)
    }
}
