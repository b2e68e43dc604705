//! Moves what is committed from the write-ahead log into the main file, on a
//! thread of its own, so that no commit pays for it.
//!
//! - Above [`PASSIVE_BYTES`] of log a PASSIVE checkpoint runs, which holds nobody up; above
//!   [`RESTART_BYTES`] a TRUNCATE follows it, which makes the writer wait for what little is left.
//! - A deletion is followed by a TRUNCATE within the time set, 60 s: then its
//!   text is in no file. Half the time is waited, so that deletions share one, the rest is for trying again.
//! - Above the bound, 256 MiB, the writer waits for a checkpoint, [`ROOM_WAIT`] at most.
//!
//! Somebody who reads for long (a backup, verifying) keeps the log from being
//! emptied. That is seen by a checkpoint that cannot finish while the writer waits at the bound; from then on, until one
//! does, the writer does not wait there, deleted text may stand in the log longer, and it is tried once a second.
//! (Beside a writer that writes, one that cannot finish says nothing: a commit holds its own snapshot for a moment.)
//! Many who read shortly, one after the other, look the same to a PASSIVE: there is always one
//! whose snapshot is older than the newest commit. So a TRUNCATE, which keeps the writer out until
//! they are gone, is not only tried behind a PASSIVE that finished.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use crate::classify::{During, Failure, failure};

/// A page of the database; SQLite's default, and what every database of ours has.
const PAGE_BYTES: u64 = 4096;
/// So much log is checkpointed: enough that a page written often is moved once, little to read through.
const PASSIVE_BYTES: u64 = 4 << 20;
/// So much log is emptied, also under a load that never lets the log start over by itself.
const RESTART_BYTES: u64 = 32 << 20;
/// How long the writer waits at the bound before it goes on above it.
const ROOM_WAIT: Duration = Duration::from_secs(5);
/// How long after a checkpoint that could not finish the next one is tried.
const RETRY: Duration = Duration::from_secs(1);
/// Of the rounds in a row that cannot finish, the first and every so many-th after it try a TRUNCATE
/// all the same: beside a long reader the writer is kept out for a fiftieth of the time, no more.
const INSIST: u32 = 5;
/// How long a TRUNCATE, which keeps the writer out, waits for readers.
pub(crate) const TRUNCATE_WAIT: Duration = Duration::from_millis(100);

/// The thread, and what it shares with the writer.
pub(crate) struct Checkpoints {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    bound: u64,
}

struct Shared {
    /// What the log holds, as of the newest commit; told by SQLite's own hook.
    wal_pages: Arc<AtomicU64>,
    state: Mutex<State>,
    wake: Condvar,
    progress: Condvar,
}

#[derive(Default)]
struct State {
    /// There is work: the log is long.
    long: bool,
    /// A deletion waits for the log to be emptied.
    deletion: bool,
    /// The writer waits at the bound.
    waiting: bool,
    /// The last checkpoint could not finish, and it was not the writer who was in its way.
    held_up: bool,
    closing: bool,
    /// A sync failed: nothing can be trusted any more.
    broken: Option<String>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wal_bytes(&self) -> u64 {
        self.wal_pages.load(Ordering::Relaxed) * PAGE_BYTES
    }
}

impl Checkpoints {
    /// Starts the thread on a connection of its own. `writer` tells how long its log is.
    ///
    /// # Errors
    /// Where no hook can be set or no thread be had.
    pub(crate) fn start(
        writer: &mut Connection,
        own: Connection,
        redact_within: Duration,
        bound: u64,
    ) -> Result<Self, String> {
        let wal_pages = Arc::new(AtomicU64::new(0));
        let pages = Arc::clone(&wal_pages);
        writer
            .wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, count: i32| {
                pages.store(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
                Ok(())
            }))
            .map_err(|error| error.to_string())?;
        let shared = Arc::new(Shared {
            wal_pages,
            state: Mutex::default(),
            wake: Condvar::new(),
            progress: Condvar::new(),
        });
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("checkpoint".into())
            .spawn(move || {
                let rounds = AssertUnwindSafe(|| run(&theirs, &own, redact_within / 2));
                if catch_unwind(rounds).is_err() {
                    // Silence is worse than a restart: the next batch says so.
                    theirs.lock().broken = Some("the checkpoint thread panicked".into());
                    theirs.progress.notify_all();
                }
            })
            .map_err(|error| error.to_string())?;
        Ok(Self {
            shared,
            thread: Some(thread),
            bound,
        })
    }

    /// Why nothing can be written any more.
    pub(crate) fn broken(&self) -> Option<String> {
        self.shared.lock().broken.clone()
    }

    /// A batch is committed; `deleted` where text was deleted by it.
    pub(crate) fn committed(&self, deleted: bool) {
        let long = self.shared.wal_bytes() > PASSIVE_BYTES;
        if long || deleted {
            let mut state = self.shared.lock();
            state.long |= long;
            state.deletion |= deleted;
            self.shared.wake.notify_one();
        }
    }

    /// Waits while the log is at its bound and a checkpoint can still shorten it.
    pub(crate) fn wait_for_room(&self) {
        if self.shared.wal_bytes() <= self.bound {
            return;
        }
        let mut state = self.shared.lock();
        if state.held_up {
            return;
        }
        state.waiting = true;
        state.long = true;
        self.shared.wake.notify_one();
        let full = |state: &mut State| {
            self.shared.wal_bytes() > self.bound
                && !state.held_up
                && !state.closing
                && state.broken.is_none()
        };
        let waited = self
            .shared
            .progress
            .wait_timeout_while(state, ROOM_WAIT, full);
        let (mut state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        state.waiting = false;
        if timeout.timed_out() {
            tracing::warn!("a checkpoint takes long; writing on above the log's bound");
            state.held_up = true;
        }
    }

    /// Ends the thread; a checkpoint under way is finished.
    pub(crate) fn stop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // It catches its own panics.
            let _ = thread.join();
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(shared: &Shared, conn: &Connection, gather: Duration) {
    // Rounds in a row that could not finish.
    let mut unfinished: u32 = 0;
    while let Some(Turn { deletion, alone }) = next(shared, gather, unfinished > 0) {
        let done = round(shared, conn, deletion, unfinished.is_multiple_of(INSIST));
        let mut state = shared.lock();
        let again = match done {
            Ok(true) => {
                state.held_up = false;
                shared.wal_pages.store(0, Ordering::Relaxed);
                false
            }
            Ok(false) => true,
            Err(error) if failure(&error, During::Statement) == Failure::Fatal => {
                tracing::error!(%error, "a sync failed in a checkpoint");
                state.broken = Some(error.to_string());
                shared.progress.notify_all();
                return;
            }
            Err(error) => {
                if unfinished == 0 {
                    tracing::warn!(%error, "a checkpoint failed; trying again");
                }
                true
            }
        };
        unfinished = if again {
            state.held_up |= alone;
            state.long = true;
            state.deletion |= deletion;
            unfinished.saturating_add(1)
        } else {
            0
        };
        shared.progress.notify_all();
    }
}

/// A round's turn.
struct Turn {
    /// It has to empty the log.
    deletion: bool,
    /// The writer waits for it, and writes nothing meanwhile.
    alone: bool,
}

/// Waits for the next round's turn; `None` at the end.
fn next(shared: &Shared, gather: Duration, again: bool) -> Option<Turn> {
    let wait = |state, time, until: fn(&mut State) -> bool| {
        let waited = shared.wake.wait_timeout_while(state, time, until);
        waited.unwrap_or_else(PoisonError::into_inner).0
    };
    let mut state = shared.lock();
    if again {
        let idle = |state: &mut State| !state.closing && (!state.waiting || state.held_up);
        state = wait(state, RETRY, idle);
    } else {
        let idle = |state: &mut State| !state.closing && !state.long && !state.deletion;
        let waited = shared.wake.wait_while(state, idle);
        state = waited.unwrap_or_else(PoisonError::into_inner);
        if !state.long {
            state = wait(state, gather, |state| !state.closing && !state.long);
        }
    }
    state.long = false;
    let turn = Turn {
        deletion: std::mem::take(&mut state.deletion),
        alone: state.waiting,
    };
    (!state.closing).then_some(turn)
}

/// One round; whether all that was there is in the main file (and, where asked, the log empty).
/// `insist`: where a PASSIVE could not move all, wait for those who read.
fn round(
    shared: &Shared,
    conn: &Connection,
    deletion: bool,
    insist: bool,
) -> rusqlite::Result<bool> {
    let moved = checkpoint(conn, "PASSIVE")?;
    if (moved || insist) && (deletion || shared.wal_bytes() > RESTART_BYTES) {
        return checkpoint(conn, "TRUNCATE");
    }
    Ok(moved)
}

/// Empties the log; whether that went.
///
/// # Errors
/// Where a write or a sync fails; a reader in the way is no error.
pub(crate) fn truncate(conn: &Connection) -> rusqlite::Result<bool> {
    checkpoint(conn, "TRUNCATE")
}

fn checkpoint(conn: &Connection, mode: &str) -> rusqlite::Result<bool> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    let done = conn.query_row(&sql, [], |row| {
        let (busy, log, moved): (bool, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(!busy && log == moved)
    });
    match done {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
            Ok(false)
        }
        done => done,
    }
}
