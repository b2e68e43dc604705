//! Reads on threads that may block, a few at once.

use std::sync::Arc;

use parlor_store::read::{Read, ReadError};
use tokio::sync::Semaphore;

use crate::config::WAITING_READS;

/// Why a read gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReadFailed {
    /// Too many reads wait already: try again in a moment.
    #[error("too many reads wait")]
    Overloaded,
    /// The database failed.
    #[error(transparent)]
    Failed(#[from] ReadError),
}

/// Some threads' worth of reads.
#[derive(Clone)]
pub(crate) struct Reads {
    read: Arc<dyn Read>,
    permits: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// Reads happen where they are asked for, and arrive when they are asked for again.
    #[cfg(test)]
    here: bool,
}

impl Reads {
    pub(crate) fn new(read: Arc<dyn Read>, at_once: usize) -> Self {
        Self {
            read,
            permits: Arc::new(Semaphore::new(at_once)),
            waiting: Arc::new(Semaphore::new(WAITING_READS)),
            #[cfg(test)]
            here: false,
        }
    }

    /// Reads without a thread from now on.
    #[cfg(test)]
    pub(crate) fn stay_here(&mut self) {
        self.here = true;
    }

    pub(crate) fn reader(&self) -> &Arc<dyn Read> {
        &self.read
    }

    /// Reads as soon as a thread is free. For callers that are bounded themselves.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Read) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        #[cfg(test)]
        if self.here {
            let outcome = work(&*self.read);
            later().await;
            return outcome;
        }
        let stopped = || ReadError("the runtime stops".to_owned());
        let permits = Arc::clone(&self.permits);
        let permit = permits.acquire_owned().await.map_err(|_| stopped())?;
        let read = Arc::clone(&self.read);
        let done = tokio::task::spawn_blocking(move || {
            let outcome = work(&*read);
            drop(permit);
            outcome
        });
        match done.await {
            Ok(outcome) => outcome,
            Err(error) if error.is_panic() => Err(ReadError("a read panicked".to_owned())),
            Err(_) => Err(stopped()),
        }
    }

    /// Reads as soon as a thread is free, if not too many wait for one already.
    pub(crate) async fn run_bounded<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Read) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadFailed> {
        let waiting = Arc::clone(&self.waiting);
        let _waits = waiting
            .try_acquire_owned()
            .map_err(|_| ReadFailed::Overloaded)?;
        Ok(self.run(work).await?)
    }
}

/// Ready when it is asked for the second time.
#[cfg(test)]
async fn later() {
    let mut asked = false;
    std::future::poll_fn(|_| match std::mem::replace(&mut asked, true) {
        true => std::task::Poll::Ready(()),
        false => std::task::Poll::Pending,
    })
    .await;
}
