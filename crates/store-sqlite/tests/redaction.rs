//! Thousands of texts of every size, edited and deleted in between, leave nothing behind.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use parlor_protocol::message::MessageBody;
use parlor_protocol::{RoomId, RoomKind, Seq};
use parlor_store::Published;
use parlor_store::conformance::world::{
    ALL, ANY_BYTES, World, delete, edit, message, post, reply, seq_of,
};
use parlor_store::write::{Actor, Op};
use parlor_store_sqlite::verify;
use support::Folder;

/// What every text begins with that is deleted in the end.
const SECRET: &str = "the cat sleeps in the engine room";
const KEPT: &str = "the dog keeps watch on the bridge";
/// So many writes, in batches of so many at most.
const WRITES: usize = 3000;
const BATCH: usize = 40;

/// What looks random and is the same every time (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }

    /// Small ones and such as need pages of their own.
    fn text(&mut self, begin: &str, number: usize) -> String {
        let size = match self.below(8) {
            0..3 => self.below(60),
            3..5 => self.below(700),
            5 => self.below(4100),
            6 => 3900 + self.below(500),
            _ => self.below(16_000),
        };
        format!("{begin} {number} {}", "zzz ".repeat(size / 4))
    }
}

/// What stands after all of it, by room and message.
type Standing = BTreeMap<(RoomId, Seq), String>;

/// Posts, edits and deletes; then deletes all but what was to be kept.
fn scatter(world: &mut World, people: &[Actor], rooms: &[RoomId], seed: u64) -> Standing {
    let mut dice = Dice(seed);
    let mut standing: Vec<(Actor, RoomId, Seq, String)> = Vec::new();
    let mut number = 0;
    while number < WRITES {
        // A new one each, and then what becomes of it.
        let mut ops: Vec<Op> = Vec::new();
        let mut new: Vec<(Actor, RoomId, String)> = Vec::new();
        for _ in 0..=dice.below(BATCH) {
            number += 1;
            let (by, room) = (
                people[dice.below(people.len())],
                rooms[dice.below(rooms.len())],
            );
            let begin = if number % 25 == 0 { KEPT } else { SECRET };
            let text = dice.text(begin, number);
            let nonce = world.nonce();
            ops.push(message(by, room, &nonce, post(&text)));
            new.push((by, room, text));
        }
        for _ in 0..dice.below(ops.len() + 1) {
            if standing.is_empty() {
                break;
            }
            let at = dice.below(standing.len());
            let nonce = world.nonce();
            let (by, room, seq, text) = &mut standing[at];
            if dice.below(2) == 0 {
                number += 1;
                let begin = if text.starts_with(KEPT) { KEPT } else { SECRET };
                *text = dice.text(begin, number);
                ops.push(message(*by, *room, &nonce, edit(*seq, text)));
            } else if text.starts_with(SECRET) {
                ops.push(message(*by, *room, &nonce, delete(*seq)));
                standing.swap_remove(at);
            }
        }
        let answers = world.batch(ops);
        assert!(answers.iter().all(Result::is_ok));
        let posted = new.into_iter().zip(&answers);
        standing.extend(posted.map(|((by, room, text), done)| (by, room, seq_of(done), text)));
    }
    let (kept, secret): (Vec<_>, Vec<_>) = standing
        .into_iter()
        .partition(|(_, _, _, text)| text.starts_with(KEPT));
    for some in secret.chunks(BATCH) {
        let deletions: Vec<Op> = some
            .iter()
            .map(|(by, room, seq, _)| message(*by, *room, &world.nonce(), delete(*seq)))
            .collect();
        assert!(world.batch(deletions).iter().all(Result::is_ok));
    }
    let kept = kept.into_iter();
    kept.map(|(_, room, seq, text)| ((room, seq), text.trim_end().to_owned()))
        .collect()
}

/// Three people in five rooms.
fn begun(folder: &Folder) -> (World, [Actor; 3], Vec<RoomId>) {
    let (mut world, people) = World::with(folder, ["ada", "ben", "cy"]);
    let mut rooms = vec![world.general];
    for _ in 0..4 {
        rooms.push(world.room(people[0], RoomKind::Closed, &people[1..]));
    }
    (world, people, rooms)
}

/// History shows what stands, and nothing else.
fn assert_stands(world: &World, reader: Actor, rooms: &[RoomId], standing: &Standing) {
    let mut shown = Standing::new();
    for &room in rooms {
        for it in world.history(reader, room) {
            if let MessageBody::Standing { text, .. } = it.body {
                shown.insert((room, it.seq), text.as_str().trim_end().to_owned());
            }
        }
    }
    assert!(!standing.is_empty());
    assert!(shown == *standing, "{} and {}", shown.len(), standing.len());
}

#[test]
fn what_is_read_is_what_was_published_to_the_byte() {
    let folder = Folder::in_memory();
    let (mut world, [ada]) = World::with(&folder, ["ada"]);
    let general = world.general;
    let texts = [
        "text",
        "\"text\":\"text\",",
        "a \\ b \"c\" \u{200d} d\ne",
        "\u{1f408} sleeps",
        "{\"text\":1}",
    ];
    let mut published = Vec::new();
    let mut keep = |world: &World| {
        published.extend(world.last.published.iter().filter_map(|it| match it {
            Published::Event { encoded, .. } => Some(encoded.json.clone()),
            _ => None,
        }));
    };
    let first = world.post(ada, general, "first");
    keep(&world);
    for text in texts {
        world.done(ada, general, reply(text, first));
        keep(&world);
        world.done(ada, general, edit(first, text));
        keep(&world);
    }
    let page = world.read.events(
        ada.user,
        general,
        Seq::new(first.get() - 1).unwrap(),
        ALL,
        ANY_BYTES,
    );
    let read: Vec<_> = page.unwrap().unwrap().events;
    assert_eq!(read.len(), 1 + 2 * texts.len());
    let read: Vec<_> = read.into_iter().map(|it| it.json).collect();
    assert_eq!(read, published);
}

#[test]
fn after_a_clean_end_no_file_holds_any_of_them() {
    for seed in 0..3 {
        let folder = Folder::in_memory();
        let (mut world, people, rooms) = begun(&folder);
        let standing = scatter(&mut world, &people, &rooms, seed);
        assert_stands(&world, people[1], &rooms, &standing);
        world.close();
        assert_eq!(folder.count(SECRET), 0, "seed {seed}: texts left behind");
        assert!(folder.count(KEPT) >= standing.len());
        let report = verify(folder.path()).unwrap();
        assert!(report.agrees(), "seed {seed}: {report:#?}");
    }
}

#[test]
fn while_it_runs_they_are_gone_within_the_time_set() {
    let mut folder = Folder::in_memory();
    folder.options.redact_within = Duration::from_millis(40);
    let (mut world, people, rooms) = begun(&folder);
    let standing = scatter(&mut world, &people, &rooms, 7);
    // A hang is the test run's to end.
    while folder.count(SECRET) > 0 {
        std::thread::yield_now();
    }
    assert_stands(&world, people[1], &rooms, &standing);
}
