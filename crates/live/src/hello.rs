//! From `hello` to `ready`: the connection is registered and held back, the
//! snapshot is read, its places are taken, and if nothing of ours changed
//! meanwhile, it is live. Otherwise it is read again.

use std::collections::BTreeMap;
use std::sync::Arc;

use parlor_protocol::frame::{CloseCode, Heartbeat, Ready, ReadyLimits, ReadyServer, ServerFrame};
use parlor_protocol::{PROTOCOL, RoomId, Seq, limits};
use parlor_sabotage::{Switch, is};
use parlor_store::read::{Denied, Snapshot};

use crate::Shared;
use crate::config::SNAPSHOT_TRIES;
use crate::connection::{Closing, Connection};
use crate::hub::Stale;
use crate::sabotage;

/// What a client says first.
#[derive(Debug)]
pub(crate) struct Hello {
    pub(crate) epoch: Option<String>,
    pub(crate) rooms: BTreeMap<String, Seq>,
}

/// What became of one try.
enum Tried {
    Live,
    Changed,
    Closed(CloseCode),
}

/// Answers a `hello`; the connection is held back until then.
pub(crate) async fn greet(shared: Arc<Shared>, connection: Arc<Connection>, hello: Box<Hello>) {
    for _ in 0..SNAPSHOT_TRIES {
        match try_once(&shared, &connection, &hello).await {
            Tried::Live => return,
            Tried::Changed => {}
            Tried::Closed(code) => {
                connection.close(Closing::now(code));
                return;
            }
        }
    }
    let after_ms = shared.ambient.below(2000);
    connection.close(Closing {
        code: CloseCode::TryLater,
        after_ms: Some(after_ms),
    });
}

async fn try_once(shared: &Shared, connection: &Arc<Connection>, hello: &Hello) -> Tried {
    connection.clear().await;
    let (actor, now) = (connection.actor, shared.ambient.now());
    let read = shared
        .connection_reads
        .run(move |read| read.snapshot(actor.user, actor.session, now))
        .await;
    let snapshot = match read {
        Ok(Ok(snapshot)) => snapshot,
        Ok(Err(Denied::SessionEnded)) => return Tried::Closed(CloseCode::SessionEnded),
        Ok(Err(Denied::Disabled)) => return Tried::Closed(CloseCode::Disabled),
        Err(error) => {
            tracing::error!(%error, user = %actor.user, "a snapshot could not be read");
            return Tried::Closed(CloseCode::Internal);
        }
    };
    // From here on every change that is published is newer than the snapshot.
    shared.wait_published(snapshot.commit).await;
    if take_places(shared, connection, hello, &snapshot).is_err()
        || !go_live(connection, hello, snapshot)
    {
        let places = connection.lock().machine.uninstall();
        for (room, slot) in places {
            shared.hub.leave(room, slot);
        }
        return Tried::Changed;
    }
    Tried::Live
}

fn take_places(
    shared: &Shared,
    connection: &Arc<Connection>,
    hello: &Hello,
    snapshot: &Snapshot,
) -> Result<(), Stale> {
    let ours = hello.epoch.as_ref() == Some(&snapshot.server.epoch);
    for room in &snapshot.rooms {
        let held = hello.rooms.get(&room.id.to_string());
        let after = held.map(|seq| (*seq, ours));
        let commit = snapshot.commit;
        shared
            .hub
            .join(connection, room.id, room.head, commit, |slot| {
                let mut state = connection.lock();
                state.machine.install(room.id, slot, room.head, after);
            })?;
        if is(Switch::FetchBeforeSubscribe) && held.is_none() {
            sabotage::skip_to_head(shared, connection, room.id);
        }
    }
    Ok(())
}

/// Says `ready`, unless something of ours changed since the snapshot.
fn go_live(connection: &Arc<Connection>, hello: &Hello, snapshot: Snapshot) -> bool {
    let is_ours = |name: &str| {
        let id = RoomId::parse(name);
        snapshot.rooms.iter().any(|room| room.id == id)
    };
    let foreign = hello.rooms.keys().filter(|name| !is_ours(name));
    let foreign: Vec<String> = foreign.cloned().collect();
    let commit = snapshot.commit;
    let ready = crate::encode::frame(&ServerFrame::Ready(Box::new(Ready {
        protocol: PROTOCOL,
        server: ReadyServer {
            name: snapshot.server.name,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        epoch: snapshot.server.epoch,
        user: snapshot.user,
        session: connection.actor.session,
        heartbeat: Heartbeat {
            interval_ms: limits::HEARTBEAT_INTERVAL_MS,
            max_missed: limits::HEARTBEAT_MAX_MISSED,
        },
        limits: ReadyLimits::OURS,
        rooms: snapshot.rooms,
    })));
    connection.say_ready(commit, ready, foreign)
}
