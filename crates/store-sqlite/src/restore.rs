//! A backup becomes the database of a folder: verified first, in a new epoch, with nobody signed in.
//!
//! All of it is built beside the database and gets its name last, by one rename. Whoever dies on the
//! way, at whatever instruction, leaves the old database or the new one. The caller holds the folder.

use std::fs::{self, File};
use std::io::{Error, ErrorKind, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use parlor_protocol::{ServerRole, Username};
use rusqlite::ErrorCode;

use crate::checkpoint;
use crate::connection::{building, writing};
use crate::migrations::{self, State};
use crate::open::{FILE_NAME, Reason, check_header, check_length, check_whole};
use crate::rows::Columns as _;
use crate::scratch::{Scratch, remove, sync_folder_of, with_suffix};
use crate::source::Tx;
use crate::verify::verify;

/// What a database that is not whole yet is called.
const SUFFIX: &str = ".restoring";
/// How long to wait for somebody who reads the old database.
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// What to restore, and how.
#[derive(Clone, Debug)]
pub struct Restore<'a> {
    /// A file that `backup` made, or a copy of a database that was closed.
    pub backup: &'a Path,
    /// The data folder, which exists.
    pub folder: &'a Path,
    /// The name of the database's new life.
    pub epoch: &'a str,
    /// What the old database's file is called from now on (`parlor.db.` before it); without it,
    /// a folder that holds a database is refused.
    pub keep_as: Option<&'a str>,
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// How many rooms there are.
    pub rooms: u64,
    /// How many events their logs hold.
    pub events: u64,
    /// Owners first, then admins, by name.
    pub staff: Vec<(Username, ServerRole)>,
    /// Where the old database is now.
    pub kept: Option<PathBuf>,
}

/// What restoring has just done: for who watches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The backup is copied beside the database.
    Copied,
    /// It is up to date, and agrees with itself.
    Verified,
    /// It is in its new epoch, and nobody is signed in.
    Renewed,
    /// It is on stable storage.
    Synced,
    /// All of the old database is in its main file.
    LogEmptied,
    /// The old database has a second name.
    Kept,
    /// There is no log of the old database beside its first name.
    LogRemoved,
    /// The new one has the name.
    Placed,
}

/// Why nothing was restored. The database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The file is not there, or not ours to read.
    #[error("{} cannot be read ({why}); name a file that `parlor backup` made", backup.display())]
    Unreadable {
        /// The file.
        backup: PathBuf,
        /// What the system says.
        why: String,
    },
    /// It is something else.
    #[error("{} is no backup of Parlor, or its beginning is damaged; name another file", .0.display())]
    NotABackup(PathBuf),
    /// It is a database with a part of it in a second file.
    #[error("{} has a write-ahead log beside it, so it is a database in use and no backup; make one of it with `parlor backup`", .0.display())]
    InUse(PathBuf),
    /// It is ours, but broken.
    #[error("the backup {} is damaged ({what}); restore another one", backup.display())]
    Damaged {
        /// The file.
        backup: PathBuf,
        /// What was found first.
        what: String,
    },
    /// It is not for this program.
    #[error("the backup {} cannot be used: {reason}", backup.display())]
    Refused {
        /// The file.
        backup: PathBuf,
        /// Too new, or of another schema.
        reason: Reason,
    },
    /// There is a database already.
    #[error("there is a database in {} already; say --replace to keep it aside and restore, or name an empty folder with --data-dir", .0.display())]
    Occupied(PathBuf),
    /// Somebody reads the old database.
    #[error("another program (a backup, or `parlor verify`) is reading the database in {}; wait for it to end, or end it", .0.display())]
    Busy(PathBuf),
    /// There is no room for a second database.
    #[error("the disk of {} is full; make room on it for the backup beside the database", .0.display())]
    Full(PathBuf),
    /// The folder, or a file in it.
    #[error("{} cannot be written ({why})", folder.display())]
    NotWritten {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        why: String,
    },
}

/// Restores a backup; `watch` is told of each step.
///
/// # Errors
/// [`RestoreError`]: one sentence that says what to do.
pub fn restore(asked: &Restore<'_>, mut watch: impl FnMut(Step)) -> Result<Restored, RestoreError> {
    let place = asked.folder.join(FILE_NAME);
    if asked.keep_as.is_none() && occupied(&place) {
        return Err(RestoreError::Occupied(asked.folder.to_owned()));
    }
    let scratch = Scratch::begin(&place, SUFFIX).map_err(|error| asked.not_written(&error))?;
    scratch
        .give_to_owner_of_folder()
        .map_err(|error| asked.not_written(&error))?;
    asked.copy_into(&scratch)?;
    watch(Step::Copied);
    let report = asked.verified(scratch.path())?;
    watch(Step::Verified);
    let staff = renew(scratch.path(), asked.epoch).map_err(|error| asked.of_sqlite(&error))?;
    watch(Step::Renewed);
    scratch.sync().map_err(|error| asked.not_written(&error))?;
    watch(Step::Synced);
    let kept = match asked.keep_as {
        Some(name) if occupied(&place) => Some(asked.keep_aside(&place, name, &mut watch)?),
        _ => None,
    };
    // A log of another database must never stand beside the new one.
    for side in ["-wal", "-shm"] {
        remove(&with_suffix(&place, side)).map_err(|error| asked.not_written(&error))?;
    }
    sync_folder_of(&place).map_err(|error| asked.not_written(&error))?;
    watch(Step::LogRemoved);
    scratch
        .place(&place)
        .map_err(|error| asked.not_written(&error))?;
    watch(Step::Placed);
    Ok(Restored {
        rooms: report.0,
        events: report.1,
        staff,
        kept,
    })
}

/// Whether a database, or what is left of one, stands there.
fn occupied(place: &Path) -> bool {
    place.symlink_metadata().is_ok() || has_log(place)
}

fn has_log(database: &Path) -> bool {
    fs::metadata(with_suffix(database, "-wal")).is_ok_and(|log| log.len() > 0)
}

impl Restore<'_> {
    /// The backup's bytes, as they are.
    fn copy_into(&self, scratch: &Scratch) -> Result<(), RestoreError> {
        let unreadable = |error: &Error| RestoreError::Unreadable {
            backup: self.backup.to_owned(),
            why: error.to_string(),
        };
        // Asked before it is opened: a pipe would have us wait.
        let about = fs::metadata(self.backup).map_err(|error| unreadable(&error))?;
        if !about.is_file() {
            return Err(unreadable(&Error::other("it is no file")));
        }
        let mut from = File::open(self.backup).map_err(|error| unreadable(&error))?;
        if has_log(self.backup) {
            return Err(RestoreError::InUse(self.backup.to_owned()));
        }
        let mut first = [0];
        let begun = from.read(&mut first).map_err(|error| unreadable(&error))?;
        from.rewind().map_err(|error| unreadable(&error))?;
        // Whether it is one of ours is seen before gigabytes of something else are copied.
        if begun == 0 || check_header(self.backup).is_err() {
            return Err(RestoreError::NotABackup(self.backup.to_owned()));
        }
        let mut to = &scratch.file;
        std::io::copy(&mut from, &mut to).map_err(|error| self.not_written(&error))?;
        Ok(())
    }

    /// Brings the copy up to date and verifies all of it: how many rooms and events it holds.
    fn verified(&self, scratch: &Path) -> Result<(u64, u64), RestoreError> {
        let refused = |reason: Reason| self.refused(reason);
        let mut conn = building(scratch).map_err(|error| self.of_sqlite(&error))?;
        check_length(&conn).map_err(refused)?;
        match migrations::judge(&conn).map_err(refused)? {
            State::Empty => return Err(RestoreError::NotABackup(self.backup.to_owned())),
            State::Current => {}
            State::Behind => {
                let found: String = conn
                    .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
                    .map_err(|error| self.of_sqlite(&error))?;
                if found != "ok" {
                    return Err(self.damaged(found));
                }
                migrations::migrate(&mut conn).map_err(refused)?;
            }
        }
        check_whole(&conn).map_err(refused)?;
        drop(conn);
        let report = verify(scratch).map_err(|error| self.damaged(error.to_string()))?;
        match report.differences.first() {
            None => Ok((report.rooms, report.events)),
            Some(first) => Err(self.damaged(first.clone())),
        }
    }

    /// Gives the old database a second name, from which nothing is missing.
    fn keep_aside(
        &self,
        place: &Path,
        name: &str,
        watch: &mut impl FnMut(Step),
    ) -> Result<PathBuf, RestoreError> {
        self.empty_log(place)?;
        watch(Step::LogEmptied);
        let aside = with_suffix(place, &format!(".{name}"));
        let mut kept = vec![(place.to_owned(), aside.clone())];
        if has_log(place) {
            // Of a database that cannot be opened: its log goes with it, as it is.
            kept.push((with_suffix(place, "-wal"), with_suffix(&aside, "-wal")));
        }
        for (old, new) in kept.iter().filter(|(old, _)| old.exists()) {
            second_name(old, new).map_err(|error| self.not_written(&error))?;
        }
        sync_folder_of(place).map_err(|error| self.not_written(&error))?;
        watch(Step::Kept);
        Ok(aside)
    }

    /// Moves what is in the old database's log into its main file, so that taking the log away loses nothing.
    fn empty_log(&self, place: &Path) -> Result<(), RestoreError> {
        let emptied = check_header(place).and_then(|()| {
            let conn = writing(place, BUSY_WAIT)?;
            Ok(checkpoint::truncate(&conn)?)
        });
        match emptied {
            Ok(true) => Ok(()),
            Ok(false) | Err(Reason::Busy) => Err(RestoreError::Busy(self.folder.to_owned())),
            Err(Reason::Full) => Err(RestoreError::Full(self.folder.to_owned())),
            Err(Reason::NotWritable(why)) => Err(self.not_written(&Error::other(why))),
            // It is damaged, which may be why somebody restores: it is kept as it is.
            Err(_) => Ok(()),
        }
    }

    fn not_written(&self, error: &Error) -> RestoreError {
        let folder = self.folder.to_owned();
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => RestoreError::Full(folder),
            ErrorKind::WouldBlock => RestoreError::Busy(folder),
            _ => RestoreError::NotWritten {
                folder,
                why: error.to_string(),
            },
        }
    }

    /// What SQLite says of the copy is said of the backup.
    fn of_sqlite(&self, error: &rusqlite::Error) -> RestoreError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => RestoreError::Full(self.folder.to_owned()),
            Some(ErrorCode::NotADatabase) => RestoreError::NotABackup(self.backup.to_owned()),
            _ => self.damaged(error.to_string()),
        }
    }

    fn refused(&self, reason: Reason) -> RestoreError {
        match reason {
            Reason::NotOurs => RestoreError::NotABackup(self.backup.to_owned()),
            Reason::Damaged(what) | Reason::Failed(what) => self.damaged(what),
            Reason::Full => RestoreError::Full(self.folder.to_owned()),
            reason => RestoreError::Refused {
                backup: self.backup.to_owned(),
                reason,
            },
        }
    }

    fn damaged(&self, what: String) -> RestoreError {
        RestoreError::Damaged {
            backup: self.backup.to_owned(),
            what,
        }
    }
}

/// A second name for a file; a copy where the file system knows no such thing.
fn second_name(old: &Path, new: &Path) -> Result<(), Error> {
    match fs::hard_link(old, new) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            fs::copy(old, new)?;
            File::open(new)?.sync_all()
        }
        linked => linked,
    }
}

/// A new epoch, and no session, token, invite or link from before; who is to be known.
fn renew(file: &Path, epoch: &str) -> rusqlite::Result<Vec<(Username, ServerRole)>> {
    let conn = building(file)?;
    let tx = Tx(&conn);
    tx.run("BEGIN", [])?;
    tx.run("DELETE FROM sessions", [])?;
    tx.run("DELETE FROM invites", [])?;
    tx.run_one(
        "UPDATE server SET epoch = ?1, claim_token = NULL, claim_expires = NULL",
        [epoch],
    )?;
    let staff = tx.rows(
        "SELECT username, role FROM users WHERE role IN ('owner', 'admin')
         ORDER BY role DESC, username",
        [],
        |row| Ok((Username::from_store(row.get(0)?), row.word(1)?)),
    )?;
    tx.run("COMMIT", [])?;
    Ok(staff)
}
