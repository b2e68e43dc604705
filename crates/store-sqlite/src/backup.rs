//! A copy of the database in one file, made beside a server or alone.
//!
//! It is one snapshot, without what was deleted, written beside its place, read back and verified,
//! brought to stable storage, and only then given its name: a file of that name is a whole backup.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

use crate::connection::copying;
use crate::migrations::{self, State};
use crate::open::{OpenError, Reason, database_file};
use crate::scratch::{Scratch, folder_of};
use crate::verify::{Report, STEPS, VerifyError, verify_while};

/// What a backup that is not whole yet is called.
const SUFFIX: &str = ".part";

/// What may stand where a backup is to be put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nothing.
    Free,
    /// Any file but the database itself: the backup takes its place, once it is whole.
    Replaced,
}

/// Why no backup was made. What stood in its place stands there still.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database is not there, or not ours to read.
    #[error(transparent)]
    NotOpened(#[from] OpenError),
    /// There is something in its place.
    #[error("{} is there already; name another file, or say --replace to put the backup in its place", .0.display())]
    Exists(PathBuf),
    /// Its place is that of the database.
    #[error("{} is the database itself; name another file for its backup", .0.display())]
    Itself(PathBuf),
    /// Its place is a folder.
    #[error("{} is a folder; name a file in it", .0.display())]
    Folder(PathBuf),
    /// Somebody else is at it.
    #[error("another backup to {} is under way; wait for it to end", .0.display())]
    UnderWay(PathBuf),
    /// There is no room.
    #[error("the disk is full where {} was to be; make room on it, or name a file on another disk", .0.display())]
    Full(PathBuf),
    /// The file, or its folder.
    #[error("the backup {} cannot be written ({why}); name a file in a folder that this user may write", to.display())]
    NotWritten {
        /// Where it was to be.
        to: PathBuf,
        /// What the system says.
        why: String,
    },
    /// It took longer than it may: a long reader keeps the server's log file from being emptied.
    #[error(
        "the backup took too long and gave up; try again when the server is idle, or write it to a faster disk"
    )]
    GaveUp,
    /// The copy, and so the database, does not agree with itself.
    #[error(
        "the database is damaged ({0}), so no backup was made of it; keep the older ones, and see what `parlor verify` says"
    )]
    Damaged(String),
}

/// Copies the database of a folder into the file `to`, and verifies the copy; what is in it.
/// `go_on` is asked now and then while the database is read.
///
/// # Errors
/// [`BackupError`]: one sentence that says what to do.
pub fn backup(
    path: &Path,
    to: &Path,
    place: Place,
    go_on: impl Fn() -> bool + Send + 'static,
) -> Result<Report, BackupError> {
    let file = database_file(path);
    let not_opened = |reason| OpenError {
        path: file.clone(),
        reason,
    };
    if !file.is_file() {
        return Err(not_opened(Reason::NoDatabase).into());
    }
    judge_place(&file, to, place)?;
    let mut conn = copying(&file).map_err(|error| not_opened(error.into()))?;
    match migrations::judge(&conn).map_err(not_opened)? {
        // One of an older version is verified once it is brought up to date: by restoring it.
        State::Current | State::Behind => {}
        State::Empty => return Err(not_opened(Reason::NotOurs).into()),
    }
    if !go_on() {
        return Err(BackupError::GaveUp);
    }
    conn.progress_handler(STEPS, Some(move || !go_on()))
        .map_err(|error| not_opened(error.into()))?;
    let scratch = copy(&conn, to)?;
    drop(conn);
    let report = match verify_while(scratch.path(), || true) {
        Ok(report) => match report.differences.first() {
            None => report,
            Some(first) => return Err(BackupError::Damaged(first.clone())),
        },
        Err(VerifyError::NotOpened(OpenError {
            reason: Reason::Behind,
            ..
        })) => Report::default(),
        Err(error) => return Err(BackupError::Damaged(error.to_string())),
    };
    // Somebody may have put a file there meanwhile.
    judge_place(&file, to, place)?;
    scratch.place(to).map_err(|error| not_written(to, &error))?;
    Ok(report)
}

/// Puts a copy of an open database at `to`, over what is there, before its schema is changed.
pub(crate) fn copy_before_change(file: &Path, to: &Path) -> Result<(), BackupError> {
    let conn = copying(file).map_err(|error| of_sqlite(to, &error))?;
    let scratch = copy(&conn, to)?;
    scratch.place(to).map_err(|error| not_written(to, &error))
}

fn judge_place(file: &Path, to: &Path, place: Place) -> Result<(), BackupError> {
    let Ok(there) = to.symlink_metadata() else {
        return Ok(());
    };
    if to.is_dir() {
        return Err(BackupError::Folder(to.to_owned()));
    }
    let same = |to: &Path| to.canonicalize().ok() == file.canonicalize().ok();
    if same(to) {
        return Err(BackupError::Itself(to.to_owned()));
    }
    if place == Place::Free || !there.is_file() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    Ok(())
}

/// One snapshot, page by page without the free ones, in a scratch file beside `to`.
fn copy(conn: &Connection, to: &Path) -> Result<Scratch, BackupError> {
    // A name of its own folder never reads as one of SQLite's URIs.
    let place = match to.file_name() {
        Some(name) => folder_of(to).join(name),
        None => return Err(BackupError::Folder(to.to_owned())),
    };
    let scratch = Scratch::begin(&place, SUFFIX).map_err(|error| not_written(to, &error))?;
    let Some(path) = scratch.path().to_str() else {
        let no_text = Error::new(ErrorKind::InvalidFilename, "its name is not UTF-8");
        return Err(not_written(to, &no_text));
    };
    conn.execute("VACUUM INTO ?1", [path]).map_err(|error| {
        // SQLite does not say what the system said: a quota, or a file that may not grow.
        let needed = size(conn).unwrap_or_default();
        match scratch.room(needed) {
            Err(why) if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) => {
                not_written(to, &why)
            }
            _ => of_sqlite(to, &error),
        }
    })?;
    scratch.sync().map_err(|error| not_written(to, &error))?;
    Ok(scratch)
}

/// Bytes of a database.
fn size(conn: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    conn.query_row(sql, [], |row| crate::rows::Columns::count(row, 0))
}

fn not_written(to: &Path, error: &Error) -> BackupError {
    let to = to.to_owned();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => BackupError::Full(to),
        ErrorKind::WouldBlock => BackupError::UnderWay(to),
        _ => BackupError::NotWritten {
            to,
            why: error.to_string(),
        },
    }
}

fn of_sqlite(to: &Path, error: &rusqlite::Error) -> BackupError {
    let to = to.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => BackupError::GaveUp,
        Some(ErrorCode::DiskFull) => BackupError::Full(to),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            BackupError::Damaged(error.to_string())
        }
        _ => BackupError::NotWritten {
            to,
            why: error.to_string(),
        },
    }
}
