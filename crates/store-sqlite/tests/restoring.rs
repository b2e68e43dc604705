//! Restoring leaves the old database or the new one, and lets nobody in who was in.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use parlor_store::Read as _;
use parlor_store::conformance::world::World;
use parlor_store_sqlite::{
    Place, Restore, RestoreError, Restored, Step, backup, open, restore, verify,
};
use support::{Folder, lively, setup};

const NEWER: &str = "said after the backup";

/// A backup of a lively database, in a folder of its own.
fn backed_up() -> (Folder, PathBuf) {
    let folder = Folder::new();
    let world = lively(&folder);
    let out = Folder::new();
    let file = out.path().join("backup.db");
    backup(folder.path(), &file, Place::Free, || true).unwrap();
    world.close();
    (out, file)
}

/// A database that is not the backed-up one, as a `kill -9` left it: part of it is in its log only.
fn killed() -> Folder {
    let folder = Folder::new();
    let (mut world, [ada]) = World::with(&folder, ["ada"]);
    let general = world.general;
    world.post(ada, general, NEWER);
    folder.killed()
}

fn asked<'a>(backup: &'a Path, folder: &'a Folder, keep_as: Option<&'a str>) -> Restore<'a> {
    Restore {
        backup,
        folder: folder.path(),
        epoch: "another life",
        keep_as,
    }
}

fn into(folder: &Folder, backup: &Path) -> Result<Restored, RestoreError> {
    restore(&asked(backup, folder, None), |_| ())
}

fn epoch(folder: &Folder) -> String {
    let (_append, read) = open(folder.path(), setup(), folder.options.clone()).unwrap();
    read.server().unwrap().epoch
}

#[test]
fn into_an_empty_folder() {
    let (_out, file) = backed_up();
    let folder = Folder::new();
    let restored = into(&folder, &file).unwrap();
    let staff: Vec<String> = restored
        .staff
        .iter()
        .map(|(name, role)| format!("{} {role:?}", name.as_str()))
        .collect();
    assert_eq!(staff, ["ada Owner"]);
    assert_eq!((restored.rooms, &restored.kept), (3, &None));
    let report = verify(folder.path()).unwrap();
    assert!(report.agrees());
    assert_eq!(report.events, restored.events);
    let raw = folder.raw();
    let left: i64 = raw
        .query_row(
            "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM invites)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(left, 0, "nobody is signed in, no invite is good");
    drop(raw);
    assert_eq!(epoch(&folder), "another life");
    let mode = std::fs::metadata(folder.file())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = into(&folder, &file).unwrap_err();
    assert!(matches!(again, RestoreError::Occupied(_)), "{again}");
}

#[test]
fn the_old_database_is_kept_with_all_that_was_in_its_log() {
    let (_out, file) = backed_up();
    let folder = killed();
    let restored = restore(&asked(&file, &folder, Some("old")), |_| ()).unwrap();
    let kept = restored.kept.unwrap();
    assert_eq!(kept, folder.path().join("parlor.db.old"));
    assert!(verify(&kept).unwrap().agrees());
    assert!(std::fs::read(&kept).unwrap().len() > NEWER.len());
    let raw = rusqlite::Connection::open(&kept).unwrap();
    let there: i64 = raw
        .query_row(
            "SELECT count(*) FROM messages JOIN texts ON n = text WHERE body = ?1",
            [NEWER.as_bytes()],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(there, 1);
    assert_eq!(epoch(&folder), "another life");
}

#[test]
fn a_damaged_old_database_is_kept_as_it_is() {
    let (_out, file) = backed_up();
    let folder = killed();
    std::fs::write(folder.file(), "no database any more").unwrap();
    let log = std::fs::read(folder.path().join("parlor.db-wal")).unwrap();
    assert!(!log.is_empty());
    restore(&asked(&file, &folder, Some("old")), |_| ()).unwrap();
    let kept = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(kept("parlor.db.old"), b"no database any more");
    assert_eq!(kept("parlor.db.old-wal"), log);
    assert_eq!(epoch(&folder), "another life");
    assert!(verify(folder.path()).unwrap().agrees());
}

#[test]
fn a_cut_a_foreign_and_an_empty_file_are_refused_before_anything_is_touched() {
    let (out, file) = backed_up();
    let whole = std::fs::read(&file).unwrap();
    let folder = killed();
    let before = std::fs::read(folder.file()).unwrap();
    let bad = out.path().join("bad.db");
    let page = 4096;
    let mut contents: Vec<Vec<u8>> = [0, 1, 15, 16, 99, 100, page - 1, page]
        .into_iter()
        .chain((2 * page..whole.len()).step_by(9 * page))
        .chain([whole.len() - page, whole.len() - 1])
        .map(|length| whole[..length].to_vec())
        .collect();
    contents.push(b"a diary, and no database at all".to_vec());
    contents.push(vec![0; 8192]);
    for content in contents {
        std::fs::write(&bad, &content).unwrap();
        let refused = restore(&asked(&bad, &folder, Some("old")), |_| ()).unwrap_err();
        let said = refused.to_string();
        assert!(said.contains("bad.db"), "{}: {said}", content.len());
        assert!(!said.contains('\n'), "{said}");
        assert_eq!(std::fs::read(folder.file()).unwrap(), before);
    }
    let foreign = out.path().join("foreign.db");
    let raw = rusqlite::Connection::open(&foreign).unwrap();
    raw.execute_batch("CREATE TABLE recipes (dish TEXT)")
        .unwrap();
    drop(raw);
    for not_ours in [foreign.as_path(), out.path(), &out.path().join("missing")] {
        restore(&asked(not_ours, &folder, Some("old")), |_| ()).unwrap_err();
    }
    let names = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, 2, "the database and its log");
}

#[test]
fn a_flipped_byte_is_found_wherever_it_means_something() {
    let (out, file) = backed_up();
    let whole = std::fs::read(&file).unwrap();
    let bad = out.path().join("bad.db");
    let mut refused = 0;
    for at in (0..whole.len()).step_by(2039) {
        std::fs::copy(&file, &bad).unwrap();
        let opened = std::fs::OpenOptions::new().write(true).open(&bad).unwrap();
        opened.write_all_at(&[whole[at] ^ 0x10], at as u64).unwrap();
        let folder = Folder::new();
        match into(&folder, &bad) {
            // In a part of a page that nothing stands in, or in what is not of the log (a name).
            Ok(_) => assert!(verify(folder.path()).unwrap().agrees(), "byte {at}"),
            Err(_) => {
                refused += 1;
                assert!(!folder.file().exists());
            }
        }
    }
    assert!(refused > 0);
    let words = b"hello @ben";
    let mut places = 0;
    for at in 0..whole.len() - words.len() {
        if &whole[at..at + words.len()] == words {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(&bad, changed).unwrap();
            places += 1;
            let damaged = into(&Folder::new(), &bad).unwrap_err();
            assert!(matches!(damaged, RestoreError::Damaged { .. }), "{damaged}");
        }
    }
    assert_eq!(places, 1, "a text stands once");
}

#[test]
fn a_database_in_use_is_no_backup() {
    let source = killed();
    let in_use = into(&Folder::new(), &source.file()).unwrap_err();
    assert!(matches!(in_use, RestoreError::InUse(_)), "{in_use}");
}

const CUT_AT: &str = "PARLOR_TEST_CUT_AT";
const CUT_IN: &str = "PARLOR_TEST_CUT_IN";
const CUT_FROM: &str = "PARLOR_TEST_CUT_FROM";
const STEPS: [Step; 8] = [
    Step::Copied,
    Step::Verified,
    Step::Renewed,
    Step::Synced,
    Step::LogEmptied,
    Step::Kept,
    Step::LogRemoved,
    Step::Placed,
];

/// Run by the test below in a process of its own: it dies in the middle. Without a place to die at, it does nothing.
#[test]
fn dies_in_the_middle() {
    let Ok(at) = std::env::var(CUT_AT) else {
        return;
    };
    let at = STEPS[at.parse::<usize>().unwrap()];
    let folder = std::env::var_os(CUT_IN).unwrap();
    let file = std::env::var_os(CUT_FROM).unwrap();
    let asked = Restore {
        backup: Path::new(&file),
        folder: Path::new(&folder),
        epoch: "another life",
        keep_as: Some("old"),
    };
    let _ = restore(&asked, |step| {
        if step == at {
            std::process::abort();
        }
    });
    panic!("it has not come to {at:?}");
}

#[test]
fn cut_at_any_step_it_leaves_the_old_database_or_the_new_one() {
    let (_out, file) = backed_up();
    for (n, step) in STEPS.into_iter().enumerate() {
        let folder = killed();
        let died = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "dies_in_the_middle"])
            .env(CUT_AT, n.to_string())
            .env(CUT_IN, folder.path())
            .env(CUT_FROM, &file)
            .output()
            .unwrap();
        assert!(died.status.code().is_none(), "{step:?}: {died:?}");
        let new = step == Step::Placed;
        let expected = if new { "another life" } else { "epoch-1" };
        assert_eq!(epoch(&folder), expected, "{step:?}");
        let report = verify(folder.path()).unwrap();
        assert!(report.agrees(), "{step:?}: {report:?}");
        assert_eq!(report.rooms, if new { 3 } else { 1 }, "{step:?}");
        if !new {
            assert!(folder.holds(NEWER), "{step:?}: nothing is lost");
            let again = restore(&asked(&file, &folder, Some("again")), |_| ()).unwrap();
            assert_eq!(again.rooms, 3, "and it can be done again");
            assert!(!folder.path().join("parlor.db.restoring").exists());
            assert_eq!(epoch(&folder), "another life");
        }
    }
}
