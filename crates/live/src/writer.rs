//! The writer's thread, the only caller of the store's append.
//!
//! In this order, always: a batch is on disk; heads, tails and redaction counts
//! advance; submitters are answered; the hub writes. Where the storage refuses,
//! the whole batch is refused and the storage is probed once a second. Where what
//! is on disk is not known, nobody is told anything and the process ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parlor_protocol::{Code, Refusal};
use parlor_store::write::{Append, AppendError, Write};
use tokio::time::Instant;

use crate::Shared;
use crate::config::RETRY_MS;
use crate::sabotage;
use crate::submit::{Job, Reply, Taken};

/// How far the writer has come in ending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Not at all.
    Running,
    /// Everything that was taken is written, answered and published.
    Drained,
    /// The database is closed.
    Closed,
    /// It gave up.
    Failed(String),
}

/// Runs until a stop; the thread's body.
pub(crate) fn run(shared: &Arc<Shared>, append: Box<dyn Append>) {
    let outcome = catch_unwind(AssertUnwindSafe(|| write_all(shared, append)));
    let ending = match outcome {
        Ok(Ok(())) => Ending::Closed,
        Ok(Err(error)) => Ending::Failed(error),
        Err(_) => Ending::Failed("the writer panicked".to_owned()),
    };
    if let Ending::Failed(error) = &ending {
        // Before anything else hears of it: nobody may be answered.
        shared.fatal(error);
    }
    shared.ending.send_replace(ending);
}

fn write_all(shared: &Arc<Shared>, mut append: Box<dyn Append>) -> Result<(), String> {
    loop {
        let now = || (Instant::now(), shared.ambient.now());
        match shared.queue.take(now) {
            Taken::Jobs(jobs) => write_batch(shared, &mut *append, jobs)?,
            Taken::Abandoned => return Ok(()),
            Taken::Drained => break,
        }
    }
    shared.ending.send_replace(Ending::Drained);
    if let Err(error) = append.close() {
        // All of it is on disk; the next start tidies up.
        tracing::warn!(%error, "the database was not closed cleanly");
    }
    Ok(())
}

fn write_batch(
    shared: &Arc<Shared>,
    append: &mut dyn Append,
    jobs: Vec<Job>,
) -> Result<(), String> {
    let (writes, replies): (Vec<Write>, Vec<Reply>) =
        jobs.into_iter().map(|job| (job.write, job.reply)).unzip();
    let metrics = &shared.metrics;
    let began = Instant::now();
    match append.append(&writes) {
        Ok(committed) => {
            metrics.commit_seconds.observe_time(began.elapsed());
            metrics.batch_operations.observe(writes.len() as f64);
            if sabotage::hurries() {
                return sabotage::hurry(shared, append, committed, replies);
            }
            let rooms = shared.advance(&committed);
            let now = Instant::now();
            for (reply, answer) in replies.into_iter().zip(committed.answers) {
                reply.answer(answer, now, metrics);
            }
            shared.hub.schedule(rooms);
            Ok(())
        }
        Err(AppendError::Full(error)) => {
            refuse(shared, Code::StorageFull, &error, writes, replies);
            probe(shared, append)
        }
        Err(AppendError::Failed(error)) => {
            refuse(shared, Code::StorageFailed, &error, writes, replies);
            probe(shared, append)
        }
        Err(AppendError::Fatal(error)) => {
            replies.into_iter().for_each(Reply::withhold);
            Err(error)
        }
    }
}

fn refuse(shared: &Shared, code: Code, error: &str, writes: Vec<Write>, replies: Vec<Reply>) {
    tracing::error!(error, writes = writes.len(), "writes are refused");
    let behind = shared.queue.fail(code);
    let now = Instant::now();
    let markers = writes
        .into_iter()
        .zip(&replies)
        .filter(|(_, reply)| matches!(reply, Reply::Marker))
        .map(|(write, _)| write.op);
    shared.queue.put_back(markers, now);
    let refusal = Refusal::retry(code, RETRY_MS);
    for reply in replies
        .into_iter()
        .chain(behind.into_iter().map(|job| job.reply))
    {
        reply.answer(Err(refusal), now, &shared.metrics);
    }
}

/// Tries the storage until it takes writes again, or a stop comes.
fn probe(shared: &Shared, append: &mut dyn Append) -> Result<(), String> {
    while shared.queue.wait_to_probe(shared.config.probe) {
        match append.probe() {
            Ok(()) => {
                tracing::info!("writes go through again");
                break;
            }
            Err(AppendError::Fatal(error)) => return Err(error),
            Err(AppendError::Full(_) | AppendError::Failed(_)) => {}
        }
    }
    shared.queue.recover();
    Ok(())
}
