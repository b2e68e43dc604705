//! Connections, and what each of them is set to.

use std::path::Path;
use std::time::Duration;

use parlor_sabotage::{Switch, is};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// Statements a connection keeps prepared: more than all of ours.
const STATEMENTS: usize = 256;

/// How long BEGIN waits for a checkpoint that is emptying the log.
pub(crate) const WRITE_WAIT: Duration = Duration::from_secs(10);

/// A connection that writes: the writer's, and the checkpoint thread's.
pub(crate) fn writing(path: &Path, wait: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    leave_log(&conn, true)?;
    conn.busy_timeout(wait)?;
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        // A file system without shared memory or locks.
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_SHMOPEN),
            Some("this file system cannot hold a database with a write-ahead log".into()),
        ));
    }
    let normal = is(Switch::SynchronousNormal);
    conn.pragma_update(None, "synchronous", if normal { "NORMAL" } else { "FULL" })?;
    // What is deleted is overwritten with zeros.
    conn.pragma_update(None, "secure_delete", "ON")?;
    conn.pragma_update(None, "foreign_keys", "ON")?;
    // Checkpoints have a thread of their own.
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    set_common(&conn)?;
    leave_log(&conn, false)?;
    Ok(conn)
}

/// Whether closing the last connection leaves the log as it is, instead of emptying it into the
/// file: what is damaged is not to be changed.
pub(crate) fn leave_log(conn: &Connection, as_it_is: bool) -> rusqlite::Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, as_it_is)?;
    Ok(())
}

/// A connection that cannot write.
pub(crate) fn reading(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(WRITE_WAIT)?;
    conn.pragma_update(None, "query_only", "ON")?;
    set_common(&conn)?;
    Ok(conn)
}

/// A connection that cannot write to this file, but may copy it into another.
pub(crate) fn copying(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(WRITE_WAIT)?;
    set_common(&conn)?;
    Ok(conn)
}

/// A connection to a scratch file that nobody else knows: if we die, it is built anew.
/// There is no log beside it, so that it is whole when it is closed and synced.
pub(crate) fn building(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.query_row("PRAGMA journal_mode = MEMORY", [], |_| Ok(()))?;
    conn.pragma_update(None, "synchronous", "OFF")?;
    conn.pragma_update(None, "secure_delete", "ON")?;
    conn.pragma_update(None, "foreign_keys", "ON")?;
    set_common(&conn)?;
    Ok(conn)
}

fn set_common(conn: &Connection) -> rusqlite::Result<()> {
    // No text in temporary files.
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "trusted_schema", "OFF")?;
    conn.pragma_update(None, "cell_size_check", "ON")?;
    // A plan is made once for a statement. Without this one, SQLite compiles a statement anew
    // where another value is bound to it, in case that another index were better for the value.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}
