//! A database of each schema there ever was is brought up to date, and a copy of it is kept as it was.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::{Path, PathBuf};

use parlor_protocol::Username;
use parlor_store::Read as _;
use parlor_store_sqlite::{Options, Place, Reason, Restore, backup, open, restore, verify};
use support::{Folder, setup};

/// Made by `examples/schema_file.rs`, each when its schema was the newest.
fn files() -> Vec<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut files: Vec<PathBuf> = std::fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "db"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

#[test]
fn a_database_of_every_schema_is_opened_with_all_that_is_in_it() {
    for file in files() {
        let folder = Folder::new();
        std::fs::copy(&file, folder.file()).unwrap();
        let (append, read) = open(folder.path(), setup(), folder.options.clone()).unwrap();
        let ada = Username::parse("ada").unwrap();
        let ada = read.user_named(&ada).unwrap().unwrap();
        let general = read.server().unwrap().general;
        let room = read.room(ada.id, general).unwrap().unwrap();
        assert_eq!(room.head.get(), 9, "{}", file.display());
        drop((append, read));
        let report = verify(folder.path()).unwrap();
        assert!(report.agrees(), "{}: {report:?}", file.display());
        assert_eq!((report.rooms, report.events), (2, 12));
        let kept = folder.path().join("parlor.db.before-2");
        assert_eq!(
            kept.exists(),
            file.ends_with("schema-1.db"),
            "a copy of an older one"
        );
    }
}

#[test]
fn a_backup_of_every_schema_is_restored() {
    for file in files() {
        let folder = Folder::new();
        let asked = Restore {
            backup: &file,
            folder: folder.path(),
            epoch: "another life",
            keep_as: None,
        };
        let restored = restore(&asked, |_| ()).unwrap();
        assert_eq!((restored.rooms, restored.events), (2, 12));
        assert!(verify(folder.path()).unwrap().agrees());
    }
}

/// A database in which no step is done yet: older than all.
fn before_all() -> Folder {
    let folder = Folder::new();
    let begun = "PRAGMA application_id = 0x5061726c; PRAGMA user_version = 77;
        CREATE TABLE migrations (number INTEGER PRIMARY KEY, checksum BLOB NOT NULL, min_version TEXT NOT NULL) STRICT";
    folder.raw().execute_batch(begun).unwrap();
    folder
}

#[test]
fn before_it_is_brought_up_to_date_a_copy_is_kept() {
    let folder = before_all();
    let kept = folder.path().join("parlor.db.before-1");
    std::fs::write(&kept, "of an earlier attempt").unwrap();

    drop(open(folder.path(), setup(), folder.options.clone()).unwrap());

    let copy = rusqlite::Connection::open(&kept).unwrap();
    let number = |sql: &str| copy.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("PRAGMA user_version"), 77, "it is that database");
    assert_eq!(number("SELECT count(*) FROM sqlite_schema"), 1, "as it was");
    drop(copy);
    std::fs::remove_file(&kept).unwrap();
    drop(open(folder.path(), setup(), folder.options.clone()).unwrap());
    assert!(!kept.exists(), "there is nothing more to do");
}

#[test]
fn where_no_copy_can_be_kept_nothing_is_changed() {
    let folder = before_all();
    std::fs::create_dir(folder.path().join("parlor.db.before-1.part")).unwrap();
    let refused = open(folder.path(), setup(), Options::default()).unwrap_err();
    assert!(matches!(refused.reason, Reason::NotCopied(_)), "{refused}");
    let tables: i64 = folder
        .raw()
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 1);
}

#[test]
fn a_backup_of_an_older_database_is_made_as_it_is() {
    let folder = before_all();
    let to = folder.path().join("backup.db");
    backup(folder.path(), &to, Place::Free, || true).unwrap();
    assert!(to.is_file());
}
