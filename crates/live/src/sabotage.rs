//! What sabotage does here where one line does not say it. Never called in a release, where
//! [`parlor_sabotage::is`] is a constant no.

#![allow(
    clippy::disallowed_methods,
    reason = "it sleeps so that what is wrong is wrong for long enough to be seen"
)]

use std::sync::Arc;
use std::time::Duration;

use parlor_protocol::{RoomId, Seq};
use parlor_sabotage::{Switch, is, value};
use parlor_store::write::{Append, Committed};
use tokio::time::Instant;

use crate::Shared;
use crate::connection::Connection;
use crate::room::{Room, SliceCounts};
use crate::submit::Reply;

/// Whether a batch is answered or shown before it is committed.
pub(crate) fn hurries() -> bool {
    is(Switch::AckBeforeCommit) || is(Switch::PublishBeforeCommit)
}

/// Answers or shows a batch that the store has put off, and has it committed only then.
pub(crate) fn hurry(
    shared: &Shared,
    append: &mut dyn Append,
    committed: Committed,
    replies: Vec<Reply>,
) -> Result<(), String> {
    let publish = |committed: &Committed| shared.hub.schedule(shared.advance(committed));
    let mut commit = |switch| {
        std::thread::sleep(Duration::from_millis(value(switch)));
        append.append(&[]).map_err(|error| error.to_string())
    };
    let answers = committed.answers.clone();
    let answer = || {
        for (reply, answer) in replies.into_iter().zip(answers) {
            reply.answer(answer, Instant::now(), &shared.metrics);
        }
    };
    if is(Switch::PublishBeforeCommit) {
        publish(&committed);
        commit(Switch::PublishBeforeCommit)?;
        answer();
    } else {
        answer();
        commit(Switch::AckBeforeCommit)?;
        publish(&committed);
    }
    Ok(())
}

/// The place goes to the published head, whatever lies between.
pub(crate) fn skip_to_head(shared: &Shared, connection: &Connection, room: RoomId) {
    if let Some(known) = shared.hub.find(room) {
        let head = known.lock().head;
        connection.lock().machine.sent(room, head);
    }
}

/// Sends who was removed at `seq` what comes after it, once it is there.
pub(crate) fn send_one_more(room: Arc<Room>, connection: Arc<Connection>, seq: Seq) {
    std::thread::spawn(move || {
        for _ in 0..10_000 {
            std::thread::sleep(Duration::from_millis(1));
            let state = room.lock();
            if let Some(run) = state.tail.after(seq) {
                let mut counts = SliceCounts::default();
                let mut inner = connection.lock();
                connection.write_run(&mut inner, room.id, &run, &mut counts);
                return;
            }
        }
    });
}
