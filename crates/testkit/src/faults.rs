//! A disk that a test can hold up, fill and break.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use parlor_store::{Append, AppendError, Committed, Write};

/// The switches of one store. All clones are one.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    shared: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Debug, Default)]
struct State {
    held: bool,
    waiting: bool,
    fault: Option<Fault>,
}

/// What a disk says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is full.
    Full,
    /// It refuses a write.
    Failed,
    /// A commit went nobody knows where.
    Fatal,
}

impl Faults {
    /// Writes wait from now on.
    pub fn hold(&self) {
        self.change(|state| state.held = true);
    }

    /// Writes go on.
    pub fn release(&self) {
        self.change(|state| state.held = false);
    }

    /// A batch stands at the disk and waits.
    pub fn is_waiting(&self) -> bool {
        self.shared
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .waiting
    }

    /// Writes fail from now on.
    pub fn fail(&self, fault: Fault) {
        self.change(|state| state.fault = Some(fault));
    }

    /// Writes succeed again.
    pub fn heal(&self) {
        self.change(|state| state.fault = None);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.shared.0.lock().unwrap_or_else(PoisonError::into_inner));
        self.shared.1.notify_all();
    }

    /// Waits as long as writes are held, and says what the disk says.
    fn pass(&self) -> Result<(), AppendError> {
        let mut state = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        while state.held {
            state.waiting = true;
            state = self
                .shared
                .1
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting = false;
        let said = "by a test".to_owned();
        match state.fault {
            None => Ok(()),
            Some(Fault::Full) => Err(AppendError::Full(said)),
            Some(Fault::Failed) => Err(AppendError::Failed(said)),
            Some(Fault::Fatal) => Err(AppendError::Fatal(said)),
        }
    }
}

/// A writer whose disk has faults.
pub(crate) struct FaultyAppend {
    pub(crate) inner: Box<dyn Append>,
    pub(crate) faults: Faults,
}

impl Append for FaultyAppend {
    fn append(&mut self, batch: &[Write]) -> Result<Committed, AppendError> {
        self.faults.pass()?;
        self.inner.append(batch)
    }

    fn probe(&mut self) -> Result<(), AppendError> {
        self.faults.pass()?;
        self.inner.probe()
    }

    fn close(self: Box<Self>) -> Result<(), AppendError> {
        self.inner.close()
    }
}
