//! The hub: the rooms somebody is connected to, shared out by id to a few
//! threads that write new events straight to sockets.
//!
//! There is no queue of events between the writer and the hub. A room is
//! scheduled once; a pass over its members gives each what the tail has for it,
//! a slice at a time, in turn with other rooms; what commits meanwhile joins the
//! next pass. Lock order: a shard's map, a room, the registry, a connection.
//!
//! What must never happen: a room's lock held for more than a slice; an event
//! published by anyone but the writer, or out of its order.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use parlor_protocol::{RoomId, Seq};
use parlor_websocket::Frame;

use crate::Shared;
use crate::config::{QUIET_ROOMS, SLICE};
use crate::connection::Connection;
use crate::lock;
use crate::room::{Room, RoomState, Slice, SliceCounts};

/// See the file's head.
#[derive(Debug)]
pub(crate) struct Hub {
    shards: Vec<Shard>,
    stopped: AtomicBool,
}

#[derive(Debug, Default)]
struct Shard {
    map: Mutex<Map>,
    queue: Mutex<VecDeque<Work>>,
    filled: Condvar,
    /// Work in the queue or in hand.
    pending: AtomicUsize,
}

#[derive(Debug, Default)]
struct Map {
    rooms: HashMap<RoomId, Arc<Room>>,
    /// The newest commit of a room that was forgotten: whoever comes with an older
    /// snapshot cannot know that the head has not moved.
    forgotten: u64,
}

#[derive(Debug)]
enum Work {
    /// A room has events that members have not.
    Room(Arc<Room>),
    /// A frame for everybody who can take it at once.
    Everyone(Frame, VecDeque<Arc<Connection>>),
}

/// The snapshot is too old to take its heads as they are: read it anew.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stale;

impl Hub {
    pub(crate) fn new(threads: usize) -> Self {
        Self {
            shards: (0..threads.max(1)).map(|_| Shard::default()).collect(),
            stopped: AtomicBool::new(false),
        }
    }

    /// The number of threads that [`Hub::run`] is to be called on.
    pub(crate) fn threads(&self) -> usize {
        self.shards.len()
    }

    /// A room that is known.
    pub(crate) fn find(&self, room: RoomId) -> Option<Arc<Room>> {
        lock(&self.shard(room).map).rooms.get(&room).cloned()
    }

    /// Works on a room with its lock held; where it is not known it is made, its head right before `first`.
    pub(crate) fn with_room<T>(
        &self,
        id: RoomId,
        first: Seq,
        commit: u64,
        work: impl FnOnce(&Arc<Room>, &mut RoomState) -> T,
    ) -> T {
        let before = Seq::new(first.get().saturating_sub(1)).unwrap_or(Seq::ZERO);
        loop {
            let room = {
                let mut map = lock(&self.shard(id).map);
                map.make_room(commit);
                let made = || Arc::new(Room::new(id, before, commit));
                Arc::clone(map.rooms.entry(id).or_insert_with(made))
            };
            let mut state = room.lock();
            if !state.evicted {
                return work(&room, &mut state);
            }
        }
    }

    /// Takes a connection into a room whose head was `head` in a snapshot of
    /// `commit`, all of which is published; `install` is told its slot, with the room's lock held.
    ///
    /// # Errors
    /// [`Stale`].
    pub(crate) fn join(
        &self,
        connection: &Arc<Connection>,
        id: RoomId,
        head: Seq,
        commit: u64,
        install: impl FnOnce(u32),
    ) -> Result<(), Stale> {
        loop {
            let room = {
                let mut map = lock(&self.shard(id).map);
                if !map.rooms.contains_key(&id) && map.forgotten > commit {
                    return Err(Stale);
                }
                let made = || Arc::new(Room::new(id, head, commit));
                Arc::clone(map.rooms.entry(id).or_insert_with(made))
            };
            let mut state = room.lock();
            if !state.evicted {
                install(state.insert(Arc::clone(connection)));
                return Ok(());
            }
        }
    }

    /// Takes a connection out of a room.
    pub(crate) fn leave(&self, room: RoomId, slot: u32) {
        if let Some(room) = self.find(room) {
            room.lock().remove(slot);
        }
    }

    /// Has what is new in these rooms written.
    pub(crate) fn schedule(&self, rooms: Vec<Arc<Room>>) {
        for room in rooms {
            let mut state = room.lock();
            if state.is_empty() || std::mem::replace(&mut state.scheduled, true) {
                continue;
            }
            drop(state);
            let shard = self.shard(room.id);
            shard.push(Work::Room(room));
        }
    }

    /// Has a frame that may be missed written to these connections.
    pub(crate) fn tell(&self, connections: Vec<Arc<Connection>>, frame: Frame) {
        self.shards[0].push(Work::Everyone(frame, connections.into()));
    }

    /// Nothing waits to be written.
    pub(crate) fn is_idle(&self) -> bool {
        let pending = |shard: &Shard| shard.pending.load(Ordering::Acquire);
        self.shards.iter().all(|shard| pending(shard) == 0)
    }

    /// Ends the threads.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        for shard in &self.shards {
            let _held = lock(&shard.queue);
            shard.filled.notify_all();
        }
    }

    /// The body of thread `n`.
    pub(crate) fn run(shared: &Arc<Shared>, n: usize) {
        let outcome = catch_unwind(AssertUnwindSafe(|| shared.hub.write_all(shared, n)));
        if outcome.is_err() {
            // Silence is worse than a restart.
            shared.fatal("the hub panicked");
        }
    }

    fn write_all(&self, shared: &Shared, n: usize) {
        let shard = &self.shards[n];
        while let Some(work) = self.next_work(shard) {
            shard.take_on(shared, work);
        }
    }

    /// One piece of work, where no thread does it. Whether there was one.
    #[cfg(test)]
    pub(crate) fn step(&self, shared: &Shared) -> bool {
        self.shards.iter().any(|shard| {
            let work = lock(&shard.queue).pop_front();
            work.is_some_and(|work| {
                shard.take_on(shared, work);
                true
            })
        })
    }

    fn next_work(&self, shard: &Shard) -> Option<Work> {
        let mut queue = lock(&shard.queue);
        loop {
            if self.stopped.load(Ordering::Acquire) {
                return None;
            }
            if let Some(work) = queue.pop_front() {
                return Some(work);
            }
            queue = shard
                .filled
                .wait(queue)
                .unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    fn shard(&self, room: RoomId) -> &Shard {
        // The low bits of an id are chance.
        let at = room.as_u128() as u64 as usize % self.shards.len();
        &self.shards[at]
    }
}

impl Shard {
    fn take_on(&self, shared: &Shared, work: Work) {
        match work {
            Work::Room(room) => {
                let mut counts = SliceCounts::default();
                let slice = room.write_slice(&mut counts);
                shared.metrics.frames_out.add("events", counts.events);
                if slice == Slice::More {
                    self.push(Work::Room(room));
                }
            }
            Work::Everyone(frame, mut connections) => {
                let end = connections.len().min(SLICE);
                for connection in connections.drain(..end) {
                    connection.try_tell(&frame, None, "user_updated");
                }
                if !connections.is_empty() {
                    self.push(Work::Everyone(frame, connections));
                }
            }
        }
        self.pending.fetch_sub(1, Ordering::AcqRel);
    }

    fn push(&self, work: Work) {
        self.pending.fetch_add(1, Ordering::AcqRel);
        lock(&self.queue).push_back(work);
        self.filled.notify_one();
    }
}

impl Map {
    /// Forgets rooms that nobody is in, the older half of them, where there are many.
    fn make_room(&mut self, commit: u64) {
        if self.rooms.len() < 2 * QUIET_ROOMS || !commit.is_multiple_of(256) {
            return;
        }
        let mut quiet: Vec<(u64, RoomId)> = Vec::new();
        for room in self.rooms.values() {
            let state = room.lock();
            if state.is_empty() && !state.scheduled {
                quiet.push((state.commit, room.id));
            }
        }
        if quiet.len() < QUIET_ROOMS {
            return;
        }
        quiet.sort_unstable();
        quiet.truncate(quiet.len() / 2);
        for (_, id) in quiet {
            let Some(room) = self.rooms.get(&id) else {
                continue;
            };
            let mut state = room.lock();
            if state.is_empty() && !state.scheduled {
                state.evicted = true;
                self.forgotten = self.forgotten.max(state.commit);
                drop(state);
                self.rooms.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seq(n: u64) -> Seq {
        Seq::new(n).unwrap()
    }

    #[test]
    fn quiet_rooms_are_forgotten_and_old_snapshots_told() {
        let hub = Hub::new(1);
        let mut touch = |n: u64| {
            hub.with_room(RoomId::from_u128(n.into()), seq(1), n, |_, state| {
                state.commit = n;
            });
        };
        (1..=4096).for_each(&mut touch);
        let map = lock(&hub.shards[0].map);
        assert!(
            map.rooms.len() <= 2 * QUIET_ROOMS + 256,
            "{}",
            map.rooms.len()
        );
        assert!(map.forgotten > 0);
        assert!(map.rooms.values().all(|room| !room.lock().evicted));
        assert!(
            map.rooms
                .values()
                .all(|room| room.lock().commit > map.forgotten)
        );
    }
}
