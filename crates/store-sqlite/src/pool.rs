//! The readers: a few connections that cannot write, lent for one call each.
//!
//! A call is one read transaction, so all it says is of one commit; no transaction outlives its call.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use parlor_store::ReadError;
use rusqlite::Connection;

use crate::connection::reading;
use crate::source::Tx;

/// How long a call waits for a connection before it fails.
const CONNECTION_WAIT: Duration = Duration::from_secs(5);

/// The readers of a database.
pub struct SqliteRead {
    file: PathBuf,
    most: usize,
    pool: Mutex<Pool>,
    returned: Condvar,
}

struct Pool {
    idle: Vec<Connection>,
    /// Idle and lent ones.
    open: usize,
}

impl std::fmt::Debug for SqliteRead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteRead")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl SqliteRead {
    /// Opens `most` connections, one at least: later, in a storm of clients, there may be no file
    /// descriptors left for one more.
    ///
    /// # Errors
    /// What opening and a first read fail with.
    pub(crate) fn open(file: PathBuf, most: usize) -> rusqlite::Result<Self> {
        let most = most.max(1);
        let mut idle = Vec::with_capacity(most);
        for _ in 0..most {
            let conn = reading(&file)?;
            // The log and its index are opened by the first read.
            conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            idle.push(conn);
        }
        let pool = Mutex::new(Pool { idle, open: most });
        Ok(Self {
            file,
            most,
            pool,
            returned: Condvar::new(),
        })
    }

    /// Reads in one transaction.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(Tx<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, ReadError> {
        let mut lent = self.lend()?;
        lent.transaction(read).map_err(|error| {
            // What went wrong on it may go wrong again: the next call opens another.
            lent.conn = None;
            ReadError(error.to_string())
        })
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lend(&self) -> Result<Lent<'_>, ReadError> {
        let none = |pool: &mut Pool| pool.idle.is_empty() && pool.open >= self.most;
        let waited = self
            .returned
            .wait_timeout_while(self.lock(), CONNECTION_WAIT, none);
        let (mut pool, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
            return Err(ReadError("all its readers are busy".into()));
        }
        let conn = pool.idle.pop();
        if conn.is_none() {
            pool.open += 1;
        }
        drop(pool);
        let mut lent = Lent { of: self, conn };
        if lent.conn.is_none() {
            lent.conn = Some(reading(&self.file).map_err(|error| ReadError(error.to_string()))?);
        }
        Ok(lent)
    }
}

/// A connection that goes back when it is dropped, also by a panic.
struct Lent<'r> {
    of: &'r SqliteRead,
    conn: Option<Connection>,
}

impl Lent<'_> {
    fn transaction<T>(
        &mut self,
        read: impl FnOnce(Tx<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let conn = self.conn.as_ref().ok_or(rusqlite::Error::InvalidQuery)?;
        let tx = Tx(conn);
        tx.run("BEGIN", [])?;
        let result = read(tx);
        tx.run("COMMIT", [])?;
        result
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut pool = self.of.lock();
        match self.conn.take() {
            Some(conn) if conn.is_autocommit() => pool.idle.push(conn),
            _ => pool.open -= 1,
        }
        drop(pool);
        self.of.returned.notify_one();
    }
}
