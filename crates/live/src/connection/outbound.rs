//! What goes out where the hub does not write it itself: answers, `room_removed`,
//! what a place has due, a frame a room in turn.

use parlor_protocol::RoomId;
use parlor_protocol::frame::ServerFrame;
use parlor_sabotage::{Switch, is};
use parlor_websocket::Frame;

use super::fetch::Need;
use super::machine::{Action, Phase};
use super::{Connection, State};
use crate::Shared;
use crate::encode;
use crate::room::RoomState;

/// Turns before the task looks at what comes in again.
const TURNS: usize = 32;

/// What the task has to wait for before it goes on.
#[derive(Debug, Default)]
pub(super) struct Wants {
    /// The socket takes nothing now.
    pub(super) writable: bool,
    /// There is more to send, after others had their turn.
    pub(super) again: bool,
    /// Something has to be read first.
    pub(super) fetch: Option<Need>,
}

/// What came of a room's turn.
enum Turn {
    Done,
    Fetch(Need),
    Blocked,
}

/// Sends what can be sent now. `fetching`: something is being read already.
pub(super) fn pump(shared: &Shared, connection: &Connection, fetching: bool) -> Wants {
    let mut wants = Wants::default();
    let mut idle_turns = 0;
    for _ in 0..TURNS {
        let room = {
            let mut state = connection.lock();
            if state.machine.closing().is_some() || state.lost {
                return wants;
            }
            if !connection.flush(&mut state) || !send_answers(connection, &mut state) {
                wants.writable = !state.lost;
                return wants;
            }
            if idle_turns > state.machine.queued() {
                return wants;
            }
            match state.machine.next_room() {
                Some(room) => room,
                None => return wants,
            }
        };
        match take_turn(shared, connection, room) {
            Turn::Done => idle_turns = 0,
            Turn::Blocked => {}
            Turn::Fetch(need) if !fetching && wants.fetch.is_none() => wants.fetch = Some(need),
            Turn::Fetch(_) => {
                idle_turns += 1;
                connection.lock().machine.requeue(room);
            }
        }
    }
    wants.again = true;
    wants
}

/// Answers, pongs, and `room_removed` of rooms that never were ours. False: the socket takes no more.
fn send_answers(connection: &Connection, state: &mut State) -> bool {
    while !state.machine.replies.is_empty() {
        let mut frames = Vec::new();
        let bare = state.machine.replies.bare_pong.as_ref();
        frames.extend(bare.map(|payload| Frame::pong(payload)));
        let pong = state.machine.replies.pong.as_ref();
        frames.extend(pong.map(|id| encode::frame(&ServerFrame::Pong { id: id.clone() })));
        let pongs = frames.len();
        frames.extend(state.machine.replies.ready());
        let begun = connection.try_send(state, &frames);
        let replies = &mut state.machine.replies;
        if begun >= 1 && replies.bare_pong.take().is_none() || begun >= 2 {
            replies.pong = None;
        }
        replies.taken(begun.saturating_sub(pongs));
        let pongs = begun.min(pongs) as u64;
        connection.metrics.frames_out.add("pong", pongs);
        if state.machine.is_blocked() || state.lost {
            return false;
        }
    }
    while state.machine.phase() == Phase::Live
        && let Some(room) = state.machine.foreign()
    {
        let room = room.clone();
        let frame = encode::frame(&ServerFrame::RoomRemoved { room, seq: None });
        if connection.try_send(state, &[frame]) == 0 {
            return false;
        }
        state.machine.said_foreign();
        connection.metrics.frames_out.add("room_removed", 1);
        if state.machine.is_blocked() {
            return false;
        }
    }
    true
}

/// One room's turn: one thing said, or a frame's worth of events.
fn take_turn(shared: &Shared, connection: &Connection, room: RoomId) -> Turn {
    let known = shared.hub.find(room);
    let guard = known.as_ref().map(|room| room.lock());
    let mut state = connection.lock();
    let turn = take_turn_locked(connection, &mut state, room, guard.as_deref());
    if !matches!(turn, Turn::Fetch(_)) {
        state.machine.requeue(room);
    }
    turn
}

fn take_turn_locked(
    connection: &Connection,
    state: &mut State,
    room: RoomId,
    in_room: Option<&RoomState>,
) -> Turn {
    let head = in_room.map_or(parlor_protocol::Seq::ZERO, |room| room.head);
    let (action, generation) = state.machine.next_action(room, head);
    let said = match action {
        Action::Rest => return Turn::Done,
        Action::SayRemoved(seq) => {
            let frame = ServerFrame::RoomRemoved {
                room: room.to_string(),
                seq: Some(seq),
            };
            say(connection, state, "room_removed", &frame, |state| {
                state.machine.said_removed(room);
            })
        }
        Action::SayReset(reason, id) => {
            let frame = ServerFrame::Reset {
                room,
                head,
                reason,
                id,
            };
            say(connection, state, "reset", &frame, |state| {
                state.machine.said_reset(room, head);
            })
        }
        Action::SayCaughtUp(id) => {
            let seq = state.machine.cursor(room).unwrap_or(head);
            let frame = ServerFrame::CaughtUp { room, seq, id };
            say(connection, state, "caught_up", &frame, |state| {
                state.machine.said_caught_up(room);
            })
        }
        Action::SendEvents(after) => {
            let Some(in_room) = in_room else {
                return Turn::Done;
            };
            let Some(run) = in_room.tail.after(after) else {
                if is(Switch::OutrunTailIsEnd) {
                    state.machine.sent(room, head);
                    return Turn::Done;
                }
                return Turn::Fetch(Need::Events {
                    room,
                    generation,
                    after,
                    upto: head,
                    redactions: in_room.redactions,
                });
            };
            let mut counts = crate::room::SliceCounts::default();
            connection.write_run(state, room, &run, &mut counts);
            connection.metrics.frames_out.add("events", counts.events);
            counts.events > 0
        }
        Action::ReadRoom => return Turn::Fetch(Need::Room { room, generation }),
        Action::ReadHead => return Turn::Fetch(Need::Head { room, generation }),
        Action::ReadCounts => return Turn::Fetch(Need::Counts { room }),
    };
    if said { Turn::Done } else { Turn::Blocked }
}

/// Offers one frame; where it was begun, the machine is told.
pub(super) fn say(
    connection: &Connection,
    state: &mut State,
    name: &str,
    frame: &ServerFrame,
    said: impl FnOnce(&mut State),
) -> bool {
    let begun = connection.try_send(state, &[encode::frame(frame)]) == 1;
    if begun {
        said(state);
        connection.metrics.frames_out.add(name, 1);
    }
    begun
}
