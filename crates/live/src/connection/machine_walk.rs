//! Random walks: one room, one connection, and whatever can happen to both in
//! any order: events, deletions, leaving and coming back, a socket that takes
//! nothing, reads that come late, resumes. At each step the client that follows
//! the rules finds nothing wrong, and at rest it has everything.

use parlor_protocol::frame::ResetReason;

use super::*;

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// A read under way: what is asked, and what the store said when it was read.
struct Fetch {
    action: Action,
    generation: u32,
    redactions: u64,
    /// The published head when it was asked: the most that may be read.
    upto: u64,
    /// Once read: the store's head, whether we are a member there, how many texts were deleted.
    read: Option<(u64, bool, usize)>,
}

/// What the client believes.
#[derive(Default)]
struct Client {
    /// It was told of the room, and not that it is out of it.
    known: bool,
    /// The next event must be the one after.
    expected: u64,
    /// The newest event it was sent.
    newest: u64,
    removed_at: u64,
}

#[derive(Default)]
struct World {
    machine: Machine,
    client: Client,
    /// The store: its head, whether we are a member, seqs of our leaving and joining not yet published.
    stored: u64,
    member: bool,
    unpublished: Vec<(u64, Option<bool>)>,
    /// The hub: published head, where the tail begins, deletions.
    head: u64,
    floor: u64,
    redactions: u64,
    /// A pass of the hub is due: only what was published brings one.
    scheduled: bool,
    /// Newest event of each published deletion; nothing up to it may be sent with its text.
    texts_deleted: usize,
    texts_deleted_published: usize,
    /// How many more frames the socket takes.
    room_in_socket: u64,
    fetch: Option<Fetch>,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            stored: 5,
            head: 5,
            floor: 6,
            member: true,
            room_in_socket: 3,
            ..Self::default()
        };
        world.machine.hold();
        world.machine.install(ROOM, 0, seq(5), Some((seq(2), true)));
        world.machine.go_live(Vec::new());
        world.client = Client {
            known: true,
            expected: 2,
            newest: 0,
            removed_at: 0,
        };
        world
    }

    fn step(&mut self, chance: &mut Chance) {
        match chance.below(48) {
            0..=7 => self.store_event(None),
            8 => {
                self.member = !self.member;
                self.store_event(Some(self.member));
            }
            9 => self.texts_deleted += 1,
            10..=15 => self.publish(),
            16 | 17 => self.room_in_socket = chance.below(6),
            18 => self.resume(chance),
            19 => self.machine.marked(ROOM),
            20 => self.tail_outrun(chance),
            21..=27 => self.hub_writes(),
            28..=31 => self.store_reads(),
            32..=35 => self.fetch_arrives(),
            _ => self.task_turns(),
        }
        // Nobody waits for an event that may never come.
        let behind = self.machine.cursor(ROOM) < Some(seq(self.head));
        assert!(self.scheduled || !(self.machine.is_live(ROOM) && behind));
    }

    fn store_event(&mut self, membership: Option<bool>) {
        self.stored += 1;
        self.unpublished.push((self.stored, membership));
    }

    fn publish(&mut self) {
        if self.texts_deleted > self.texts_deleted_published {
            self.texts_deleted_published = self.texts_deleted;
            self.redactions += 1;
            self.floor = self.head + 1;
        }
        for (at, membership) in std::mem::take(&mut self.unpublished) {
            self.head = at;
            self.scheduled = true;
            match membership {
                None => {}
                Some(true) => self.machine.joined(ROOM, 0),
                Some(false) => drop(self.machine.left(ROOM, seq(at))),
            }
        }
    }

    fn tail_outrun(&mut self, chance: &mut Chance) {
        self.floor = (self.floor + chance.below(4)).min(self.head + 1);
    }

    fn resume(&mut self, chance: &mut Chance) {
        let after = chance.below(self.head + 3);
        match self.machine.resume(ROOM, seq(after), id("r")) {
            Ok(_) => {
                assert!(self.client.known);
                self.client.expected = after;
            }
            Err(code) => assert_eq!(code, Code::NotFound),
        }
    }

    /// Offers one frame to the socket; whether it was begun.
    fn offer(&mut self) -> bool {
        let begun = self.room_in_socket > 0;
        self.room_in_socket = self.room_in_socket.saturating_sub(1);
        if self.room_in_socket == 0 {
            self.machine.block();
        }
        begun
    }

    fn send_events(&mut self, after: u64, last: u64) {
        if self.offer() {
            assert!(self.client.known, "events of a room one is not in");
            assert_eq!(self.client.expected, after, "a hole or a repetition");
            assert!(after < last && last <= self.head);
            self.client.expected = last;
            self.client.newest = self.client.newest.max(last);
            self.machine.sent(ROOM, seq(last));
        }
    }

    fn hub_writes(&mut self) {
        if !std::mem::take(&mut self.scheduled) {
            return;
        }
        if let Some(cursor) = self.machine.offer(ROOM) {
            let cursor = cursor.get();
            if cursor >= self.head {
                return;
            }
            if cursor + 1 < self.floor {
                self.machine.fall_behind(ROOM);
            } else {
                // A run may end before the head where the socket takes only a part.
                let last = if self.room_in_socket == 1 {
                    cursor + 1
                } else {
                    self.head
                };
                self.send_events(cursor, last);
                self.machine.wrote(ROOM, seq(self.head));
            }
        }
    }

    fn task_turns(&mut self) {
        if self.machine.is_blocked() {
            if self.room_in_socket == 0 {
                return;
            }
            self.machine.unblock();
        }
        let Some(room) = self.machine.next_room() else {
            return;
        };
        let (action, generation) = self.machine.next_action(room, seq(self.head));
        match action.clone() {
            Action::Rest => {}
            Action::SayRemoved(at) => {
                if self.offer() {
                    assert!(self.client.known);
                    assert!(
                        self.client.newest <= at.get(),
                        "something above came before"
                    );
                    self.client.known = false;
                    self.client.removed_at = at.get();
                    self.machine.said_removed(ROOM);
                }
            }
            Action::SayReset(reason, _) => {
                if self.offer() {
                    assert!(reason != ResetReason::Ahead || self.client.expected > self.head);
                    self.client.expected = self.head;
                    self.machine.said_reset(ROOM, seq(self.head));
                }
            }
            Action::SayCaughtUp(_) => {
                if self.offer() {
                    assert_eq!(self.client.expected, self.head);
                    self.machine.said_caught_up(ROOM);
                }
            }
            Action::SendEvents(after) if after.get() + 1 >= self.floor => {
                self.send_events(after.get(), self.head);
            }
            Action::SendEvents(_) | Action::ReadRoom | Action::ReadCounts | Action::ReadHead => {
                if self.fetch.is_none() {
                    if action == Action::ReadCounts {
                        self.machine.set_marker_due(ROOM, false);
                    }
                    self.fetch = Some(Fetch {
                        action,
                        generation,
                        redactions: self.redactions,
                        upto: self.head,
                        read: None,
                    });
                    return;
                }
            }
        }
        self.machine.requeue(ROOM);
    }

    fn store_reads(&mut self) {
        let now = (self.stored, self.member, self.texts_deleted);
        if let Some(fetch) = &mut self.fetch {
            fetch.read.get_or_insert(now);
        }
    }

    fn fetch_arrives(&mut self) {
        let Some(fetch) = self.fetch.take_if(|fetch| fetch.read.is_some()) else {
            return;
        };
        let (head, member, deleted) = fetch.read.expect("it was read");
        let good = self.machine.is_good(ROOM, fetch.generation);
        match fetch.action {
            Action::ReadCounts => {
                if self.machine.is_in(ROOM) && !self.offer() {
                    self.machine.set_marker_due(ROOM, true);
                }
            }
            Action::SendEvents(after) if good && self.machine.cursor(ROOM) == Some(after) => {
                if !member {
                    self.machine.park(ROOM);
                } else if self.redactions == fetch.redactions {
                    assert!(deleted >= self.texts_deleted_published, "a deleted text");
                    self.send_events(after.get(), fetch.upto.min(after.get() + 3));
                }
            }
            // These wait until what they read is published.
            Action::ReadHead | Action::ReadRoom if self.head < head => {
                self.publish();
                let good = self.machine.is_good(ROOM, fetch.generation);
                self.room_arrives(&fetch.action, good, head, member);
            }
            action => self.room_arrives(&action, good, head, member),
        }
        self.machine.requeue(ROOM);
    }

    fn room_arrives(&mut self, action: &Action, good: bool, head: u64, member: bool) {
        match action {
            Action::ReadHead if good => self.machine.looked(ROOM),
            Action::ReadRoom if good && !member => self.machine.park(ROOM),
            Action::ReadRoom if good && self.offer() => {
                assert!(!self.client.known);
                assert!(head > self.client.removed_at);
                self.client.known = true;
                self.client.expected = head;
                self.machine.said_added(ROOM, seq(head));
            }
            _ => {}
        }
    }

    /// Everything is published, the socket takes all: the client has it all.
    fn come_to_rest(&mut self) {
        self.room_in_socket = u64::MAX;
        self.publish();
        for _ in 0..1000 {
            self.hub_writes();
            self.task_turns();
            self.store_reads();
            self.fetch_arrives();
        }
        assert!(self.machine.is_at_rest() && self.fetch.is_none());
        assert_eq!(self.client.known, self.member);
        if self.member {
            assert_eq!(self.client.expected, self.head);
            assert_eq!(self.machine.offer(ROOM), Some(seq(self.head)), "it is live");
        }
    }
}

#[test]
fn a_client_that_follows_the_rules_sees_everything_once_in_order_and_nothing_after_removal() {
    for seed in 0..3000 {
        let mut chance = Chance(seed);
        let mut world = World::new();
        for _ in 0..300 {
            world.step(&mut chance);
        }
        world.come_to_rest();
    }
}
