//! The same walks on two backends: SQLite and the store in memory answer alike,
//! publish alike and show alike; and what SQLite has kept agrees with its logs.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::sync::Arc;

use parlor_store::conformance::laws;
use parlor_store::conformance::walk::{Step, Walk};
use parlor_store::{Append, Read, Setup};
use parlor_store_sqlite::{open, verify};
use parlor_testkit::memory::MemoryStore;
use support::Folder;

fn memory(setup: Setup) -> (Box<dyn Append>, Arc<dyn Read>) {
    let (append, read) = MemoryStore::open(setup);
    (Box::new(append), read)
}

/// Steps that look random and are the same every time (splitmix64).
fn steps(seed: u64, count: usize) -> Vec<Step> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)).to_le_bytes()
    };
    (0..count)
        .map(|_| {
            let [a, b, c, d, e, ..] = next();
            [a, b, c, d, e]
        })
        .collect()
}

fn walk_both(seed: u64) {
    let folder = Folder::new();
    let mut model = Walk::begin(&memory);
    let mut walk = Walk::begin(&folder);
    for (at, batch) in steps(seed, 400).chunks(5).enumerate() {
        let place = format!("seed {seed}, batch {at}: {batch:?}");
        assert_eq!(walk.batch(batch), model.batch(batch), "{place}");
        let (ours, theirs) = (&walk.world.last, &model.world.last);
        assert_eq!(ours.number, theirs.number, "{place}");
        let published = |it: &parlor_store::Committed| format!("{:#?}", it.published);
        assert_eq!(published(ours), published(theirs), "{place}");
    }
    assert_eq!(walk.dump(), model.dump(), "seed {seed}");

    // A kill loses nothing of it.
    let killed = folder.killed();
    let general = walk.world.general;
    let reader = walk.people[0].user;
    let head = walk.world.read.room(reader, general).unwrap();
    drop(open(killed.path(), support::setup(), killed.options.clone()).unwrap());
    let (_append, read) = open(killed.path(), support::setup(), killed.options.clone()).unwrap();
    assert_eq!(read.room(reader, general).unwrap(), head);
    for folder in [&folder, &killed] {
        let report = verify(folder.path()).unwrap();
        assert!(report.agrees(), "seed {seed}: {report:#?}");
    }
}

#[test]
fn sqlite_does_what_the_store_in_memory_does() {
    for seed in 0..12 {
        walk_both(seed);
    }
}

#[test]
fn every_page_of_every_kind_is_what_the_store_in_memory_shows() {
    laws::same_on_both(&support::Fresh::default(), &memory);
}
