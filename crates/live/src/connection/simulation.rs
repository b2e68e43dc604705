//! Everything live, without a thread, a socket or a clock: the real queue, hub, rooms and connections,
//! the real logs of the Rust client, and a store in memory. What comes next is drawn from a seed:
//! a commit, its publication, a slice of a pass, a connection's turn, a read that is done and one
//! that arrives, some bytes taken, a cut, somebody who acts.
//!
//! Each device is followed twice: by the client's own logs, and by a follower that nobody of the
//! client wrote. At no step may either find a hole, an event twice, one after a removal, or a text in a
//! frame begun after its deletion was published; at rest everyone holds the one log.
//!
//! `PARLOR_SIMULATIONS` asks for more seeds, `PARLOR_SIMULATION` for one alone; a failure names its own.

mod device;
mod pipe;
mod world;

pub(crate) use pipe::Pipe;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use world::World;

/// Seeds, unless more are asked for.
const SEEDS: u64 = 1000;
/// What happens in one simulation before all comes to rest.
const STEPS: usize = 300;

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

    fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }
}

fn asked(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Runs one seed to its rest; what it met.
fn simulate(seed: u64) -> world::Met {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut world = World::new(seed);
        for _ in 0..STEPS {
            world.step();
        }
        world.rest();
        world.met
    }));
    outcome.unwrap_or_else(|why| {
        eprintln!("to repeat it: PARLOR_SIMULATION={seed}");
        resume_unwind(why)
    })
}

#[test]
fn whatever_comes_in_any_order_everyone_holds_the_one_log_in_the_end() {
    if let Some(seed) = asked("PARLOR_SIMULATION") {
        simulate(seed);
        return;
    }
    let mut met = world::Met::default();
    for seed in 0..asked("PARLOR_SIMULATIONS").unwrap_or(SEEDS) {
        met.add(simulate(seed));
    }
    // A walk that meets nothing proves nothing.
    assert!(met.events > 20_000, "{met:?}");
    assert!(met.duplicates > 100 && met.refusals > 100, "{met:?}");
    assert!(met.removals > 100 && met.cuts > 500, "{met:?}");
    assert!(met.redactions > 100 && met.blocked > 500, "{met:?}");
}

#[test]
fn the_same_seed_is_the_same_simulation() {
    for seed in [1, 77] {
        assert_eq!(simulate(seed), simulate(seed));
    }
}
