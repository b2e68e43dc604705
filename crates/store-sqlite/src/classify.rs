//! What a failed statement or COMMIT means, by SQLite's result code.
//!
//! Sources: <https://sqlite.org/rescode.html>; and, for COMMIT in WAL mode,
//! `wal.c`: the frames are written, then synced, then put into the index. A full
//! disk or a failed write comes before the sync: nothing of the transaction
//! counts. Any other failure may come after it: then only a restart can tell.

use parlor_sabotage::{Switch, is};
use rusqlite::ffi;

/// What a failure means for the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// One write's own fault, a bug of ours: the others can go on without it.
    Culprit,
    /// No room on the disk: nothing was written, later there may be.
    Full,
    /// The disk, memory or a lock refused: nothing was written, later it may go.
    Failed,
    /// What is on disk is not known any more.
    Fatal,
}

/// Whether the failure came out of a statement or out of COMMIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum During {
    /// BEGIN, or a statement of the transaction.
    Statement,
    /// COMMIT.
    Commit,
}

/// Judges an extended result code.
pub(crate) fn classify(extended: i32, during: During) -> Failure {
    match extended {
        // A failed fsync may have dropped pages that the next one reports as
        // clean: never retried.
        ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC if !is(Switch::RetryFailedFsync) => {
            Failure::Fatal
        }
        ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC => Failure::Failed,
        ffi::SQLITE_FULL => Failure::Full,
        ffi::SQLITE_IOERR_WRITE => Failure::Failed,
        _ if during == During::Commit => Failure::Fatal,
        _ => match extended & 0xff {
            ffi::SQLITE_IOERR
            | ffi::SQLITE_NOMEM
            | ffi::SQLITE_BUSY
            | ffi::SQLITE_LOCKED
            | ffi::SQLITE_CANTOPEN
            | ffi::SQLITE_READONLY
            | ffi::SQLITE_PROTOCOL => Failure::Failed,
            _ => Failure::Culprit,
        },
    }
}

/// Judges an error; one that is not SQLite's own is a bug of ours.
pub(crate) fn failure(error: &rusqlite::Error, during: During) -> Failure {
    match (error.sqlite_error(), during) {
        (Some(error), _) => classify(error.extended_code, during),
        (None, During::Statement) => Failure::Culprit,
        (None, During::Commit) => Failure::Fatal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_means_one_thing_in_a_statement_and_one_in_commit() {
        use Failure::{Culprit, Failed, Fatal, Full};
        let table = [
            (ffi::SQLITE_CONSTRAINT_UNIQUE, Culprit, Fatal),
            (ffi::SQLITE_CONSTRAINT_PRIMARYKEY, Culprit, Fatal),
            (ffi::SQLITE_ERROR, Culprit, Fatal),
            (ffi::SQLITE_MISMATCH, Culprit, Fatal),
            (ffi::SQLITE_CORRUPT, Culprit, Fatal),
            (ffi::SQLITE_FULL, Full, Full),
            (ffi::SQLITE_IOERR_WRITE, Failed, Failed),
            (ffi::SQLITE_IOERR_READ, Failed, Fatal),
            (ffi::SQLITE_IOERR_SHMSIZE, Failed, Fatal),
            (ffi::SQLITE_IOERR_TRUNCATE, Failed, Fatal),
            (ffi::SQLITE_NOMEM, Failed, Fatal),
            (ffi::SQLITE_BUSY, Failed, Fatal),
            (ffi::SQLITE_BUSY_SNAPSHOT, Failed, Fatal),
            (ffi::SQLITE_IOERR_FSYNC, Fatal, Fatal),
            (ffi::SQLITE_IOERR_DIR_FSYNC, Fatal, Fatal),
        ];
        for (code, in_statement, in_commit) in table {
            assert_eq!(classify(code, During::Statement), in_statement, "{code}");
            assert_eq!(classify(code, During::Commit), in_commit, "{code}");
        }
    }

    #[test]
    fn an_error_of_ours_is_the_culprits() {
        let error = rusqlite::Error::QueryReturnedNoRows;
        assert_eq!(failure(&error, During::Statement), Failure::Culprit);
    }
}
