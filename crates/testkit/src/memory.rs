//! A store in memory: plain maps, cloned for each batch and put in place whole.
//!
//! It passes the suite every backend passes and is the model that others are
//! compared with, so it is written to be read, not to be fast: a batch costs as
//! much as everything that is there. Nothing of it outlives the process.

use std::sync::{Arc, PoisonError, RwLock};

use parlor_store::{Append, AppendError, Committed, Setup, Write};

mod accounts;
mod log;
mod read;
mod source;
mod state;

use state::State;

/// Opens stores in memory.
#[derive(Debug)]
pub struct MemoryStore;

impl MemoryStore {
    /// A fresh database: its one writer, and its readers.
    pub fn open(setup: Setup) -> (MemoryAppend, Arc<MemoryRead>) {
        let shared = Arc::new(RwLock::new(Arc::new(State::new(setup))));
        let reader = Arc::new(MemoryRead {
            shared: Arc::clone(&shared),
        });
        (MemoryAppend { shared }, reader)
    }
}

/// What is committed. Readers take the whole of it at once, so each call is a snapshot.
type Shared = Arc<RwLock<Arc<State>>>;

fn committed(shared: &Shared) -> Arc<State> {
    Arc::clone(&shared.read().unwrap_or_else(PoisonError::into_inner))
}

/// The one writer.
#[derive(Debug)]
pub struct MemoryAppend {
    shared: Shared,
}

impl Append for MemoryAppend {
    fn append(&mut self, batch: &[Write]) -> Result<Committed, AppendError> {
        let before = committed(&self.shared);
        let mut after = State::clone(&before);
        let mut published = Vec::new();
        let answers = batch
            .iter()
            .map(|write| after.write(write, &mut published))
            .collect();
        if after != *before {
            after.commit += 1;
        }
        let number = after.commit;
        *self.shared.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(after);
        Ok(Committed {
            number,
            answers,
            published,
        })
    }

    fn probe(&mut self) -> Result<(), AppendError> {
        Ok(())
    }

    fn close(self: Box<Self>) -> Result<(), AppendError> {
        Ok(())
    }
}

/// The readers.
#[derive(Debug)]
pub struct MemoryRead {
    shared: Shared,
}
