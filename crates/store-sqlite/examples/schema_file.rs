//! Makes a small database of the present schema, to be kept for the tests of every later one.
//!
//! `cargo run -p parlor-store-sqlite --example schema_file -- crates/store-sqlite/tests/data/schema-1.db`:
//! once for each released schema. What it holds is what `tests/schemas.rs` expects to find.

use std::path::PathBuf;
use std::sync::Arc;

use parlor_protocol::RoomKind;
use parlor_store::conformance::Backend;
use parlor_store::conformance::world::{World, delete, edit, react, reply};
use parlor_store::{Append, Read};
use parlor_store_sqlite::{Options, Place, backup, open};

fn main() {
    let to: PathBuf = std::env::args_os().nth(1).expect("a file to make").into();
    let folder = tempfile::TempDir::new().expect("a folder to work in");
    let path = folder.path().to_path_buf();
    let backend = move |setup| {
        let (append, read) = open(&path, setup, Options::default()).expect("a fresh database");
        (Box::new(append) as Box<dyn Append>, read as Arc<dyn Read>)
    };
    let (mut world, [ada, ben]) = World::with(&backend as &dyn Backend, ["ada", "ben"]);
    let general = world.general;
    let first = world.post(ada, general, "the first words");
    let second = world.done(ben, general, reply("an answer, @ada", first));
    world.done(ben, general, edit(second, "a better answer, @ada"));
    world.done(ada, general, react(second, "👍"));
    let third = world.post(ben, general, "soon gone");
    world.done(ben, general, delete(third));
    world.room(ada, RoomKind::Direct, &[ben]);
    world.close();
    let report = backup(folder.path(), &to, Place::Replaced, || true).expect("a copy");
    println!("{} rooms, {} events", report.rooms, report.events);
}
