//! Opening a database: what can be wrong with it is found here, and said in one sentence.
//!
//! When [`open`] returns, the write-ahead log was emptied into the main file
//! under `synchronous=FULL`. So nothing is ever shown that a `kill -9` had left in the page cache only.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parlor_protocol::ServerRole;
use parlor_rules::{facts, general_made};
use parlor_sabotage::{Switch, is};
use parlor_store::Setup;
use rusqlite::{Connection, ErrorCode};

use crate::append::SqliteAppend;
use crate::backup::{BackupError, copy_before_change};
use crate::checkpoint::{self, Checkpoints};
use crate::connection::{WRITE_WAIT, reading, writing};
use crate::ending;
use crate::migrations::{self, State};
use crate::pool::SqliteRead;
use crate::rows::Word;
use crate::scratch::with_suffix;
use crate::source::Tx;
use crate::write::Batch;

/// The database's file in its folder.
pub const FILE_NAME: &str = "parlor.db";

/// How a database is opened and kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bring an older database up to date. Without it, such a one is refused.
    pub migrate: bool,
    /// How long to wait for another program that reads the database, before it is named.
    pub busy_wait: Duration,
    /// How long deleted text may stand in the write-ahead log.
    pub redact_within: Duration,
    /// How many connections read at a time; further readers wait.
    pub readers: usize,
    /// Bytes of write-ahead log at which the writer waits for a checkpoint.
    pub log_bound: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            migrate: true,
            busy_wait: Duration::from_secs(10),
            redact_within: Duration::from_secs(60),
            readers: 8,
            log_bound: 256 << 20,
        }
    }
}

/// Why a database was not opened. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct OpenError {
    /// The folder or file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with a database, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// The folder's own parent is missing, too.
    #[error("there is no such folder; create it, or name another in PARLOR_DATA_DIR")]
    NoFolder,
    /// There is nothing to read in it.
    #[error("there is no database here; name its folder in PARLOR_DATA_DIR")]
    NoDatabase,
    /// The folder, or the file in it.
    #[error(
        "this cannot be written ({0}); give this user the right to, or name another folder in PARLOR_DATA_DIR"
    )]
    NotWritable(String),
    /// It is no database, or one of another program.
    #[error(
        "this is not a database of Parlor, or its beginning is damaged; put a backup in its place, or move it away to start anew"
    )]
    NotOurs,
    /// It is ours, but broken.
    #[error("this database is damaged ({0}); keep a copy of it and put a backup in its place")]
    Damaged(String),
    /// A newer program says that we are too old for it.
    #[error("this database needs Parlor {needed} or newer, and this is {ours}; run a newer one")]
    TooNew {
        /// The oldest program that may open it.
        needed: String,
        /// This program.
        ours: &'static str,
    },
    /// A step of its schema is not the one this program knows by that number.
    #[error(
        "step {0} of this database's schema is not the one this program knows; run the program that made it"
    )]
    OtherSchema(i64),
    /// Steps are missing, and are not to be done now.
    #[error(
        "this database is of an older version; start `parlor serve` once to bring it up to date"
    )]
    Behind,
    /// Another program reads it, so that its log cannot be emptied.
    #[error(
        "another program (a backup, or `parlor verify`) is reading this database; wait for it to end, or end it"
    )]
    Busy,
    /// The copy that is made before the schema is changed could not be.
    #[error(
        "it is of an older version, and the copy kept before it is brought up to date failed: {0}"
    )]
    NotCopied(String),
    /// There is no room to begin.
    #[error("the disk is full; make room on it")]
    Full,
    /// Anything else.
    #[error("this database cannot be opened ({0}); see whether its disk is in order")]
    Failed(String),
}

impl From<rusqlite::Error> for Reason {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotOurs,
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged(error.to_string()),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::NotWritable(error.to_string())
            }
            Some(ErrorCode::Unknown) => Self::Damaged(error.to_string()),
            Some(_) => Self::Failed(error.to_string()),
            // A row that cannot be read back.
            None => Self::Damaged(error.to_string()),
        }
    }
}

impl From<std::io::Error> for Reason {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::NoFolder,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::NotWritable(error.to_string()),
        }
    }
}

/// The file of a database: `path` itself, or [`FILE_NAME`] in the folder `path`.
pub fn database_file(path: &Path) -> PathBuf {
    if path.is_file() {
        path.to_path_buf()
    } else {
        path.join(FILE_NAME)
    }
}

/// Opens the database of a folder (or the file itself), and sets it up where
/// there is none yet. The caller sees to it that no second writer does so.
///
/// # Errors
/// [`OpenError`]: one sentence that says what to do.
pub fn open(
    path: &Path,
    setup: Setup,
    options: Options,
) -> Result<(SqliteAppend, Arc<SqliteRead>), OpenError> {
    let file = database_file(path);
    open_file(&file, &setup, &options).map_err(|reason| OpenError {
        path: match reason {
            Reason::NoFolder => path.to_path_buf(),
            _ => file.clone(),
        },
        reason,
    })
}

fn open_file(
    file: &Path,
    setup: &Setup,
    options: &Options,
) -> Result<(SqliteAppend, Arc<SqliteRead>), Reason> {
    make_file(file)?;
    check_header(file)?;
    let mut conn = writing(file, options.busy_wait)?;
    ending::check(&conn, file)?;
    match migrations::judge(&conn)? {
        State::Empty => migrations::migrate(&mut conn)?,
        State::Behind if options.migrate => {
            keep_before_change(file, migrations::first_missing(&conn)?)?;
            migrations::migrate(&mut conn)?;
        }
        State::Behind => return Err(Reason::Behind),
        State::Current => {}
    }
    set_up(&mut conn, setup)?;
    if !is(Switch::ServeBeforeCheckpoint) && !checkpoint::truncate(&conn)? {
        return Err(Reason::Busy);
    }
    check_whole(&conn)?;
    conn.busy_timeout(WRITE_WAIT)?;
    let own = writing(file, checkpoint::TRUNCATE_WAIT)?;
    let checkpoints = Checkpoints::start(&mut conn, own, options.redact_within, options.log_bound)
        .map_err(Reason::Failed)?;
    let read = SqliteRead::open(file.to_path_buf(), options.readers)?;
    Ok((SqliteAppend::new(conn, checkpoints), Arc::new(read)))
}

/// Opens the database of a folder (or the file itself) for reading alone: beside a server, too.
///
/// # Errors
/// [`OpenError`]: one sentence that says what to do.
pub fn open_for_reading(path: &Path) -> Result<SqliteRead, OpenError> {
    let file = database_file(path);
    let opened = (|| {
        if !file.is_file() {
            return Err(Reason::NoDatabase);
        }
        check_header(&file)?;
        match migrations::judge(&reading(&file)?)? {
            State::Current => Ok(SqliteRead::open(file.clone(), 1)?),
            State::Behind => Err(Reason::Behind),
            State::Empty => Err(Reason::NotOurs),
        }
    })();
    opened.map_err(|reason| OpenError { path: file, reason })
}

/// Keeps the database as it is before step `next` of its schema, as `parlor.db.before-N`: with it and the
/// program of before, one can go back.
fn keep_before_change(file: &Path, next: i64) -> Result<(), Reason> {
    let kept = with_suffix(file, &format!(".before-{next}"));
    tracing::info!(kept = %kept.display(), "a copy is kept before the database is brought up to date");
    copy_before_change(file, &kept).map_err(|error| match error {
        BackupError::Full(_) => Reason::Full,
        error => Reason::NotCopied(error.to_string()),
    })
}

/// Makes the folder (0700, not its parents) and the file (0600) where they are
/// missing, and sees whether both can be written.
fn make_file(file: &Path) -> Result<(), Reason> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(_) if folder.is_dir() => {}
        made => made?,
    }
    let begun = file.exists();
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(file)?;
    if !begun {
        // A name is durable once its folder is synced; the folder may be new, too.
        for folder in [Some(folder), folder.parent()].into_iter().flatten() {
            if !folder.as_os_str().is_empty() {
                File::open(folder)?.sync_all()?;
            }
        }
    }
    Ok(())
}

/// The file format's first 16 bytes, <https://sqlite.org/fileformat.html#the_database_header>.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

pub(crate) fn check_header(file: &Path) -> Result<(), Reason> {
    let mut begin = Vec::new();
    File::open(file)?
        .take(MAGIC.len() as u64)
        .read_to_end(&mut begin)?;
    if begin.is_empty() || begin == MAGIC {
        Ok(())
    } else {
        Err(Reason::NotOurs)
    }
}

/// What can be seen without reading all of it: it is as long as it says, and its
/// rows about itself can be read.
pub(crate) fn check_whole(conn: &Connection) -> Result<(), Reason> {
    check_length(conn)?;
    let server: Option<i64> = Tx(conn).row(
        "SELECT s.commits FROM server s JOIN rooms r ON r.n = s.general",
        [],
        |row| row.get(0),
    )?;
    match server {
        Some(_) => Ok(()),
        None => Err(Reason::Damaged("the room general is missing".into())),
    }
}

/// It is as long as it says.
pub(crate) fn check_length(conn: &Connection) -> Result<(), Reason> {
    let pages: u64 = conn.query_row("PRAGMA page_count", [], count)?;
    let page: u64 = conn.query_row("PRAGMA page_size", [], count)?;
    let length = conn.path().map(std::fs::metadata).transpose()?;
    if length.is_some_and(|file| file.len() < pages * page) {
        return Err(Reason::Damaged("its end is missing".into()));
    }
    Ok(())
}

fn count(row: &rusqlite::Row<'_>) -> rusqlite::Result<u64> {
    crate::rows::Columns::count(row, 0)
}

/// Writes what an empty database begins with, in one transaction.
fn set_up(conn: &mut Connection, setup: &Setup) -> Result<(), Reason> {
    let transaction = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let tx = Tx(&transaction);
    if tx.row("SELECT 1 FROM server", [], |_| Ok(()))?.is_some() {
        return Ok(());
    }
    let parlor = facts::parlor();
    tx.run_one(
        "INSERT INTO users (id, username, name, name_key, role, disabled, demo)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, 0)",
        (
            parlor.id.to_bytes(),
            parlor.username.as_str(),
            parlor.name.as_str(),
            crate::accounts::name_key(&parlor.name),
            ServerRole::Member.word(),
        ),
    )?;
    Batch::new(tx).append_events(setup.general, vec![general_made()], setup.at)?;
    tx.run_one(
        "INSERT INTO server (one, name, epoch, claimed, general, commits, probes)
         VALUES (1, ?1, ?2, 0, (SELECT n FROM rooms WHERE id = ?3), 0, 0)",
        (
            setup.server_name.as_str(),
            &setup.epoch,
            setup.general.to_bytes(),
        ),
    )?;
    transaction.commit()?;
    Ok(())
}
