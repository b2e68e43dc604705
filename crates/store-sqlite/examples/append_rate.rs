//! How many posts a second the log takes, each batch on disk before the next.
//!
//! `cargo run --release -p parlor-store-sqlite --example append_rate [FOLDER]`: in a
//! fresh folder inside FOLDER (else the system's temporary one). A figure to look at, not a test.

use std::time::{Duration, Instant};

use parlor_protocol::command::MessageVerb;
use parlor_protocol::{Command, MessageText, Nonce, RoomId};
use parlor_store::conformance::Backend;
use parlor_store::conformance::world::World;
use parlor_store::{Append, Op, Read, Write};
use parlor_store_sqlite::{Options, open};

const RUN: Duration = Duration::from_secs(3);
const ROOMS: usize = 100;

#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn main() {
    let folder = match std::env::args().nth(1) {
        Some(within) => tempfile::TempDir::new_in(within),
        None => tempfile::TempDir::new(),
    }
    .expect("a folder to write in");
    let path = folder.path().to_path_buf();
    let backend = move |setup| {
        let (append, read) = open(&path, setup, Options::default()).expect("a fresh database");
        (
            Box::new(append) as Box<dyn Append>,
            read as std::sync::Arc<dyn Read>,
        )
    };
    let (mut world, [ada]) = World::with(&backend as &dyn Backend, ["ada"]);
    let rooms: Vec<RoomId> = (0..ROOMS)
        .map(|_| world.room(ada, parlor_protocol::RoomKind::Open, &[]))
        .collect();
    let now = world.now;
    drop(world);
    let (mut append, _read) = open(folder.path(), unused_setup(), Options::default())
        .expect("the database that was just made");

    let mut number = 0_u64;
    for (batch, rooms) in [
        (1, &rooms[..]),
        (10, &rooms),
        (100, &rooms),
        (100, &rooms[..1]),
    ] {
        let begun = Instant::now();
        let mut written = 0_u64;
        let mut batches = 0_u32;
        while begun.elapsed() < RUN {
            let writes: Vec<Write> = (0..batch)
                .map(|_| {
                    number += 1;
                    let room = rooms[usize::try_from(number).unwrap_or(0) % rooms.len()];
                    let text = format!("message {number} {}", "x".repeat(100));
                    let command = Command::Message {
                        room,
                        nonce: Nonce::parse(&format!("{number:032}")).expect("digits"),
                        verb: MessageVerb::Post {
                            text: MessageText::parse(text).expect("plain text"),
                            reply_to: None,
                        },
                    };
                    Write {
                        at: now,
                        op: Op::Command(ada, command),
                    }
                })
                .collect();
            let committed = append.append(&writes).expect("room on the disk");
            written += committed.published.len() as u64;
            batches += 1;
        }
        let seconds = begun.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate to look at")]
        let rate = written as f64 / seconds;
        println!(
            "batches of {batch:>3} in {:>3} rooms: {rate:>7.0} posts/s, {:.2} ms a batch",
            rooms.len(),
            seconds * 1000.0 / f64::from(batches),
        );
    }
}

fn unused_setup() -> parlor_store::Setup {
    parlor_store::Setup::new(parlor_protocol::Timestamp::from_millis(0), 1, &[0; 16])
}
