//! What has to be read from the store before it can be sent. One read at a time
//! for each connection, on the bounded threads; what was read is used only if
//! nothing moved meanwhile.

use std::sync::Arc;

use parlor_protocol::frame::{CloseCode, ServerFrame, Signal};
use parlor_protocol::{RoomId, Seq};
use parlor_sabotage::{Switch, is};
use parlor_store::read::{EventsPage, ReadError};

use super::outbound::say;
use super::{Closing, Connection};
use crate::Shared;
use crate::config::FRAME_EVENTS_BYTES;
use crate::encode;

/// What is to be read.
#[derive(Debug)]
pub(super) enum Need {
    /// Events of a log, for a room whose count of deletions stood at `redactions`.
    Events {
        room: RoomId,
        generation: u32,
        after: Seq,
        /// Published up to here: beyond it a removal of ours could stand unheard.
        upto: Seq,
        redactions: u64,
    },
    /// A room that we became a member of.
    Room { room: RoomId, generation: u32 },
    /// The head of the store, for a number that is above the published one.
    Head { room: RoomId, generation: u32 },
    /// A marker and its counts.
    Counts { room: RoomId },
}

/// Reads, and does with it what was to be done.
pub(super) async fn fetch(shared: Arc<Shared>, connection: Arc<Connection>, need: Need) {
    let outcome = match need {
        Need::Events {
            room,
            generation,
            after,
            upto,
            redactions,
        } => {
            let read = read_events(&shared, &connection, room, after, upto).await;
            read.map(|page| {
                let place = (room, generation, after, redactions);
                send_events(&shared, &connection, place, page);
                room
            })
        }
        Need::Room { room, generation } => add_room(&shared, &connection, room, generation).await,
        Need::Head { room, generation } => look(&shared, &connection, room, generation).await,
        Need::Counts { room } => tell_marker(&shared, &connection, room).await,
    };
    match outcome {
        Ok(room) => connection.lock().machine.requeue(room),
        Err(error) => {
            tracing::error!(%error, user = %connection.actor.user, "a connection could not be served");
            connection.close(Closing::now(CloseCode::Internal));
        }
    }
}

async fn read_events(
    shared: &Shared,
    connection: &Connection,
    room: RoomId,
    after: Seq,
    upto: Seq,
) -> Result<Option<EventsPage>, ReadError> {
    let user = connection.actor.user;
    let limit = (upto.get() - after.get()).min(1000) as u32;
    let page = shared
        .connection_reads
        .run(move |read| read.events(user, room, after, limit, FRAME_EVENTS_BYTES))
        .await?;
    match &page {
        Some(page) if page.events.first().map(|event| event.seq) != Some(after.next()) => Err(
            ReadError(format!("the log of {room} does not go on after {after}")),
        ),
        _ => Ok(page),
    }
}

/// Sends events that were read, if since then no text of the room was deleted
/// and the place is where it was.
fn send_events(
    shared: &Shared,
    connection: &Connection,
    (room, generation, after, redactions): (RoomId, u32, Seq, u64),
    page: Option<EventsPage>,
) {
    let frame = page.and_then(|page| {
        let last = page.events.last()?.seq;
        let size = page.events.iter().map(|event| event.json.len() + 1).sum();
        let events = page.events.iter().map(|event| &*event.json);
        Some((encode::events(room, size, events), last))
    });
    let Some(known) = shared.hub.find(room) else {
        return;
    };
    let in_room = known.lock();
    let mut state = connection.lock();
    if !state.machine.is_good(room, generation) || state.machine.cursor(room) != Some(after) {
        return;
    }
    match frame {
        // Removed, as the store says; the news of it is on its way.
        None => state.machine.park(room),
        Some((frame, last)) => {
            let stands = in_room.redactions == redactions || is(Switch::SkipRedactionOfPage);
            if stands && connection.try_send(&mut state, &[frame]) == 1 {
                let jump = is(Switch::FetchBeforeSubscribe);
                let last = if jump { in_room.head } else { last };
                state.machine.sent(room, last);
                connection.metrics.frames_out.add("events", 1);
            }
        }
    }
}

async fn add_room(
    shared: &Shared,
    connection: &Connection,
    room: RoomId,
    generation: u32,
) -> Result<RoomId, ReadError> {
    let user = connection.actor.user;
    let (view, commit) = shared
        .connection_reads
        .run(move |read| Ok((read.room(user, room)?, read.commit()?)))
        .await?;
    // All that is in what was read has been published, so either it moved our
    // place and this is stale, or it is the truth up to the head.
    shared.wait_published(commit).await;
    let mut state = connection.lock();
    if !state.machine.is_good(room, generation) {
        return Ok(room);
    }
    match view.filter(|view| view.mine.is_some()) {
        None => state.machine.park(room),
        Some(view) => {
            let head = view.head;
            let frame = ServerFrame::RoomAdded {
                room: Box::new(view),
            };
            say(connection, &mut state, "room_added", &frame, |state| {
                state.machine.said_added(room, head);
            });
        }
    }
    Ok(room)
}

async fn look(
    shared: &Shared,
    connection: &Connection,
    room: RoomId,
    generation: u32,
) -> Result<RoomId, ReadError> {
    let commit = shared.connection_reads.run(|read| read.commit()).await?;
    shared.wait_published(commit).await;
    let mut state = connection.lock();
    if state.machine.is_good(room, generation) {
        state.machine.looked(room);
    }
    Ok(room)
}

async fn tell_marker(
    shared: &Shared,
    connection: &Connection,
    room: RoomId,
) -> Result<RoomId, ReadError> {
    let user = connection.actor.user;
    // Before it is read: what moves from now on is told again.
    connection.lock().machine.set_marker_due(room, false);
    let counts = shared
        .connection_reads
        .run(move |read| read.counts(user, room))
        .await?;
    let Some(counts) = counts else {
        return Ok(room);
    };
    let mut state = connection.lock();
    if !state.machine.is_in(room) {
        return Ok(room);
    }
    let frame = ServerFrame::Signal(Signal::Read {
        room,
        seq: counts.read,
        head: counts.head,
        unread: counts.unread,
        mentions: counts.mentions,
    });
    if !say(connection, &mut state, "signal", &frame, |_| {}) {
        state.machine.set_marker_due(room, true);
    }
    Ok(room)
}
