//! What a correct server may say to a device, at random and by name, and what has to be
//! believed in the end. The walks by name, and some at random, are written to
//! `docs/protocol/walks`, for every client of the house to replay.

#![allow(clippy::unwrap_used, reason = "a test from end to end")]

mod device;
mod golden;
mod line;
mod named;
mod own;
mod random;
mod record;
mod scene;
mod town;

use std::path::Path;

use parlor_client::Start;

use crate::scene::Scene;

fn walk(seed: u64, start: Start) {
    let mut scene = Scene::new(start, seed);
    if scene.below(2) == 0 {
        scene.catch_up = 4 + scene.below(20) as u64;
    }
    scene.connect();
    for _ in 0..250 {
        random::step(&mut scene, false);
    }
    scene.settle();
    scene.judge();
}

/// So many seeds; `PARLOR_WALKS=1000` takes more of them.
const SEEDS: u64 = 25;

#[test]
fn whatever_happens_the_device_holds_what_the_server_has_and_says_each_thing_once() {
    let more = std::env::var("PARLOR_WALKS")
        .ok()
        .and_then(|it| it.parse().ok());
    for seed in 0..more.unwrap_or(SEEDS) {
        for start in [Start::Head, Start::Beginning] {
            let walked = std::panic::catch_unwind(|| walk(seed, start));
            assert!(walked.is_ok(), "seed {seed}, {start:?}");
        }
    }
}

/// `make generate` sets `PARLOR_WRITE_WALKS` and writes them.
#[test]
fn the_walks_that_are_checked_in_are_what_the_code_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocol/walks");
    let writing = std::env::var_os("PARLOR_WRITE_WALKS").is_some();
    let walks = golden::walks();
    for walk in &walks {
        let path = folder.join(format!("{}.json", walk.name));
        if writing {
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(&path, walk.text()).expect("a file");
        }
        let stands = std::fs::read_to_string(&path).unwrap_or_default();
        let is = stands == walk.text();
        assert!(
            is,
            "{} is not what the code says: run `make generate`",
            walk.name
        );
    }
    let files = std::fs::read_dir(&folder).expect("a folder");
    let names = files.map(|file| {
        file.expect("a name")
            .file_name()
            .into_string()
            .expect("UTF-8")
    });
    let mut names: Vec<String> = names
        .filter_map(|it| Some(it.strip_suffix(".json")?.into()))
        .collect();
    let mut all: Vec<String> = walks.into_iter().map(|walk| walk.name).collect();
    names.sort();
    all.sort();
    assert_eq!(names, all, "no walk is left of before");
}
