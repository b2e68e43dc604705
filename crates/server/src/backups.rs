//! How the scheduled backups go: told by who makes them, shown by `/readyz` and `/metrics`.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use parlor_protocol::Timestamp;

/// Counts of backups, all at zero at first.
#[derive(Debug, Default)]
pub struct Backups {
    made: AtomicU64,
    failed: AtomicU64,
    newest: AtomicI64,
    failing: AtomicBool,
}

impl Backups {
    /// One is whole.
    pub fn made(&self, at: Timestamp) {
        self.made.fetch_add(1, Ordering::Relaxed);
        self.newest.store(at.as_millis() / 1000, Ordering::Relaxed);
        self.failing.store(false, Ordering::Relaxed);
    }

    /// The one that is due is there already.
    pub fn stands(&self) {
        self.failing.store(false, Ordering::Relaxed);
    }

    /// One has failed.
    pub fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        self.failing.store(true, Ordering::Relaxed);
    }

    /// Whether the newest attempt has failed.
    pub(crate) fn failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// How many were made and have failed since the start, by outcome.
    pub(crate) fn counts(&self) -> [(&'static str, u64); 2] {
        [
            ("made", self.made.load(Ordering::Relaxed)),
            ("failed", self.failed.load(Ordering::Relaxed)),
        ]
    }

    /// When the newest of this process was made, in seconds since 1970; 0 where none was.
    pub(crate) fn newest(&self) -> u64 {
        u64::try_from(self.newest.load(Ordering::Relaxed)).unwrap_or(0)
    }
}
