//! A backup is one file that is whole, or not there.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use parlor_store::conformance::world::{World, delete};
use parlor_store_sqlite::{BackupError, Place, Report, backup, verify};
use support::{Folder, lively};

const SECRET: &str = "the cat sleeps in the engine room";

fn back_up(folder: &Folder, to: &Path) -> Result<Report, BackupError> {
    backup(folder.path(), to, Place::Free, || true)
}

#[test]
fn beside_a_writer_it_is_one_snapshot() {
    let folder = Folder::new();
    let (mut world, [ada]) = World::with(&folder, ["ada"]);
    let general = world.general;
    for n in 0..200 {
        world.post(ada, general, &format!("before {n}"));
    }
    let out = Folder::new();
    let done = AtomicBool::new(false);
    let report = std::thread::scope(|scope| {
        let backing_up = scope.spawn(|| {
            let report = back_up(&folder, &out.file());
            done.store(true, Ordering::Release);
            report
        });
        let mut n = 0;
        while !done.load(Ordering::Acquire) {
            world.post(ada, general, &format!("meanwhile {n}"));
            n += 1;
        }
        backing_up.join().unwrap().unwrap()
    });
    assert!(report.agrees() && report.events >= 202, "{report:?}");
    let mode = std::fs::metadata(out.file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let names: Vec<_> = std::fs::read_dir(out.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "nothing beside it: {names:?}");
    assert_eq!(verify(out.path()).unwrap(), report);
}

#[test]
fn deleted_text_is_not_in_it() {
    let folder = Folder::new();
    let (mut world, [ada]) = World::with(&folder, ["ada"]);
    let general = world.general;
    let seq = world.post(ada, general, SECRET);
    let out = Folder::new();
    back_up(&folder, &out.path().join("before")).unwrap();
    assert!(out.holds(SECRET), "it has what there is");
    std::fs::remove_file(out.path().join("before")).unwrap();
    world.done(ada, general, delete(seq));
    back_up(&folder, &out.path().join("after")).unwrap();
    assert!(!out.holds(SECRET));
}

#[test]
fn what_is_there_is_not_replaced_unless_that_is_said() {
    let folder = Folder::new();
    let world = lively(&folder);
    let out = Folder::new();
    let to = out.path().join("backup.db");
    std::fs::write(&to, "precious").unwrap();
    let refused = back_up(&folder, &to).unwrap_err();
    assert!(matches!(refused, BackupError::Exists(_)), "{refused}");
    assert_eq!(std::fs::read(&to).unwrap(), b"precious");
    backup(folder.path(), &to, Place::Replaced, || true).unwrap();
    assert!(verify(&to).unwrap().agrees());

    let itself = backup(folder.path(), &folder.file(), Place::Replaced, || true).unwrap_err();
    assert!(matches!(itself, BackupError::Itself(_)), "{itself}");
    let in_a_folder = backup(folder.path(), out.path(), Place::Replaced, || true).unwrap_err();
    assert!(
        matches!(in_a_folder, BackupError::Folder(_)),
        "{in_a_folder}"
    );
    let nowhere = back_up(&folder, &out.path().join("no/such/backup")).unwrap_err();
    assert!(
        matches!(nowhere, BackupError::NotWritten { .. }),
        "{nowhere}"
    );
    world.close();
    assert!(verify(folder.path()).unwrap().agrees());
}

#[test]
fn one_that_gives_up_leaves_nothing() {
    let folder = Folder::new();
    let mut world = lively(&folder);
    let (general, ada) = (world.general, world.person("zoe", false));
    for n in 0..200 {
        world.post(ada, general, &format!("many words {n}"));
    }
    let out = Folder::new();
    let given_up = backup(folder.path(), &out.file(), Place::Free, || false).unwrap_err();
    assert!(matches!(given_up, BackupError::GaveUp), "{given_up}");
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 0);
}

#[test]
fn two_for_one_place_do_not_mix() {
    let folder = Folder::new();
    let _world = lively(&folder);
    let out = Folder::new();
    let part = out.path().join("parlor.db.part");
    let other = std::fs::File::create(&part).unwrap();
    other.lock().unwrap();
    let refused = back_up(&folder, &out.file()).unwrap_err();
    assert!(matches!(refused, BackupError::UnderWay(_)), "{refused}");
    drop(other);
    std::fs::write(&part, "what a killed one left").unwrap();
    back_up(&folder, &out.file()).unwrap();
    assert!(!part.exists());
}

#[test]
fn of_a_damaged_database_there_is_none() {
    let folder = Folder::new();
    lively(&folder).close();
    let change = "UPDATE texts SET body = CAST('hallo @ben' AS BLOB) WHERE n = 1";
    folder.raw().execute(change, []).unwrap();
    let out = Folder::new();
    std::fs::write(out.file(), "the one of yesterday").unwrap();
    let refused = backup(folder.path(), &out.file(), Place::Replaced, || true).unwrap_err();
    assert!(matches!(&refused, BackupError::Damaged(_)), "{refused}");
    assert!(refused.to_string().contains("checksum"), "{refused}");
    assert!(out.holds("the one of yesterday"));

    let empty = Folder::new();
    let nothing = back_up(&empty, &out.path().join("x")).unwrap_err();
    assert!(matches!(nothing, BackupError::NotOpened(_)), "{nothing}");
}
