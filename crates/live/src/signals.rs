//! Who is writing: said to those who can take it at once, and forgotten.

use std::sync::Arc;

use parlor_protocol::RoomId;
use parlor_protocol::frame::{ServerFrame, Signal};
use parlor_protocol::limits::TYPING_ROOM_ONLINE;
use tokio::time::Instant;

use crate::Shared;
use crate::connection::Connection;
use crate::encode;

/// Passes it on that a connection's user is writing in a room, where that may be.
pub(crate) fn typing(shared: &Shared, connection: &Arc<Connection>, room: RoomId, now: Instant) {
    let user = connection.actor.user;
    if !connection.lock().machine.is_in(room) {
        return;
    }
    if shared.config.rate_limits && !shared.rates.typing(user, room, now) {
        shared.metrics.rate_limited.add("typing", 1);
        return;
    }
    let Some(known) = shared.hub.find(room) else {
        return;
    };
    let frame = encode::frame(&ServerFrame::Signal(Signal::Typing { room, user }));
    let state = known.lock();
    if state.online() > TYPING_ROOM_ONLINE {
        return;
    }
    for other in state.connections() {
        if other.actor.user != user {
            other.try_tell(&frame, Some(room), "signal");
        }
    }
}
