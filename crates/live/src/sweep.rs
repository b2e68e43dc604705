//! The clocks of all connections, looked at a few times a second by one task,
//! so that no connection needs a timer of its own.

use std::sync::{Arc, Weak};

use parlor_protocol::Timestamp;
use parlor_protocol::frame::CloseCode;
use parlor_store::write::Op;
use tokio::time::{Instant, MissedTickBehavior};

use crate::Shared;
use crate::connection::{Closing, Connection, Phase};
use crate::submit::Reply;

/// Looks until the server is gone.
pub(crate) async fn run(shared: Weak<Shared>) {
    let Some(mut every) = shared.upgrade().map(|shared| shared.config.sweep) else {
        return;
    };
    every = every.max(std::time::Duration::from_millis(1));
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let (now, at) = (Instant::now(), shared.ambient.now());
        for connection in shared.registry.all() {
            look_at(&shared, &connection, now, at);
        }
        shared.metrics.queue_depth.set(shared.queue.depth() as u64);
    }
}

fn look_at(shared: &Arc<Shared>, connection: &Connection, now: Instant, at: Timestamp) {
    if let Some(code) = overdue(shared, connection, now, at) {
        connection.close(Closing::now(code));
    } else if is_to_be_renewed(shared, connection, now) {
        let op = Op::SessionSeen(connection.actor.session);
        // Where it is refused, the next hour will do.
        let _ = shared.queue.push(at, op, Reply::Nobody);
    }
}

fn overdue(
    shared: &Shared,
    connection: &Connection,
    now: Instant,
    at: Timestamp,
) -> Option<CloseCode> {
    let config = &shared.config;
    let mut state = connection.lock();
    let since = |then: Instant| now.saturating_duration_since(then);
    if connection.session_expires.is_some_and(|end| end <= at) {
        Some(CloseCode::SessionEnded)
    } else if state.machine.phase() == Phase::Waiting && since(state.born) >= config.hello_wait {
        Some(CloseCode::NoHello)
    } else if state.reading && since(state.heard) >= config.heartbeat_timeout {
        Some(CloseCode::HeartbeatMissed)
    } else {
        let stuck = state.machine.replies.stuck_since(now);
        let flooded = stuck.is_some_and(|then| since(then) >= config.flooding_after);
        flooded.then_some(CloseCode::Flooding)
    }
}

fn is_to_be_renewed(shared: &Shared, connection: &Connection, now: Instant) -> bool {
    let mut state = connection.lock();
    let due = state.heard > state.seen
        && now.saturating_duration_since(state.seen) >= shared.config.session_seen;
    if due {
        state.seen = now;
    }
    due
}
