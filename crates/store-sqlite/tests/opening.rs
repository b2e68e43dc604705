//! What can be wrong with a database: one sentence that says what to do.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::Path;

use parlor_store::Read;
use parlor_store::conformance::world::World;
use parlor_store_sqlite::{FILE_NAME, OpenError, Options, Reason, open};
use support::{Folder, setup};

fn refused(path: &Path, options: &Options) -> OpenError {
    let error = open(path, setup(), options.clone()).expect_err("it must not open");
    let sentence = error.to_string();
    assert!(!sentence.contains('\n'), "{sentence}");
    assert!(sentence.contains(&path.display().to_string()), "{sentence}");
    error
}

/// A database with somebody in it, closed.
fn with_ada() -> Folder {
    let folder = Folder::new();
    let (world, _) = World::with(&folder, ["ada"]);
    world.close();
    folder
}

#[test]
fn a_folder_whose_parent_is_missing_is_not_made() {
    let folder = Folder::new();
    let error = refused(&folder.path().join("no/such"), &folder.options);
    assert!(matches!(error.reason, Reason::NoFolder), "{error}");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("file"), "x").unwrap();
    let inside_a_file = folder.path().join("file/data");
    for path in [inside_a_file.as_path(), Path::new("/proc/self/fdinfo")] {
        let error = refused(path, &folder.options);
        assert!(
            matches!(error.reason, Reason::NotWritable(_) | Reason::NoFolder),
            "{error}"
        );
    }
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let folder = Folder::new();
    std::fs::write(folder.file(), "Dear diary, today I will be a database.").unwrap();
    let error = refused(folder.path(), &folder.options);
    assert!(matches!(error.reason, Reason::NotOurs), "{error}");
    assert!(folder.holds("Dear diary"));
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let folder = Folder::new();
    folder
        .raw()
        .execute_batch("CREATE TABLE recipes (dish TEXT)")
        .unwrap();
    let error = refused(folder.path(), &folder.options);
    assert!(matches!(error.reason, Reason::NotOurs), "{error}");
}

#[test]
fn a_damaged_beginning_is_seen() {
    let folder = with_ada();
    overwrite(&folder, 0, &[0xff; 16]);
    let error = refused(folder.path(), &folder.options);
    assert!(matches!(error.reason, Reason::NotOurs), "{error}");
}

#[test]
fn a_damaged_schema_is_seen() {
    let folder = with_ada();
    overwrite(&folder, 100, &[0xff; 64]);
    let error = refused(folder.path(), &folder.options);
    assert!(matches!(error.reason, Reason::Damaged(_)), "{error}");
}

#[test]
fn a_missing_end_is_seen() {
    let folder = with_ada();
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(folder.file())
        .unwrap();
    file.set_len(file.metadata().unwrap().len() - 8192).unwrap();
    let error = refused(folder.path(), &folder.options);
    assert!(matches!(error.reason, Reason::Damaged(_)), "{error}");
}

#[test]
fn a_database_that_needs_a_newer_program_names_it() {
    let folder = with_ada();
    let later = "INSERT INTO migrations SELECT max(number) + 1, x'00', '7.3.0' FROM migrations";
    folder.raw().execute_batch(later).unwrap();
    let error = refused(folder.path(), &folder.options);
    assert!(matches!(error.reason, Reason::TooNew { .. }), "{error}");
    assert!(error.to_string().contains("7.3.0"), "{error}");
}

#[test]
fn a_newer_schema_that_does_not_need_a_newer_program_is_opened() {
    let folder = with_ada();
    let later = "INSERT INTO migrations SELECT max(number) + 1, x'00', '0.1.0' FROM migrations";
    folder.raw().execute_batch(later).unwrap();
    let (_append, read) = open(folder.path(), setup(), folder.options.clone()).unwrap();
    assert!(read.commit().unwrap() > 0);
}

#[test]
fn a_step_that_was_changed_afterwards_is_refused() {
    let folder = with_ada();
    let other = "UPDATE migrations SET checksum = x'00'";
    folder.raw().execute_batch(other).unwrap();
    let error = refused(folder.path(), &folder.options);
    assert!(matches!(error.reason, Reason::OtherSchema(1)), "{error}");
}

#[test]
fn an_older_database_is_brought_up_to_date_only_where_that_is_asked_for() {
    let folder = Folder::new();
    let begun = "PRAGMA application_id = 0x5061726c;
        CREATE TABLE migrations (number INTEGER PRIMARY KEY, checksum BLOB NOT NULL, min_version TEXT NOT NULL) STRICT";
    folder.raw().execute_batch(begun).unwrap();
    let as_it_is = Options {
        migrate: false,
        ..folder.options.clone()
    };
    let error = refused(folder.path(), &as_it_is);
    assert!(matches!(error.reason, Reason::Behind), "{error}");
    let (_append, read) = open(folder.path(), setup(), folder.options.clone()).unwrap();
    assert_eq!(read.commit().unwrap(), 0);
}

#[test]
fn a_program_that_reads_for_long_is_named_instead_of_waited_for() {
    let folder = Folder::new();
    let (mut world, [ada]) = World::with(&folder, ["ada"]);
    let general = world.general;
    let backup = folder.raw();
    backup.execute_batch("BEGIN").unwrap();
    backup
        .query_row("SELECT count(*) FROM events", [], |_| Ok(()))
        .unwrap();
    world.post(ada, general, "hello");
    drop(world);

    let error = refused(folder.path(), &folder.options);

    assert!(matches!(error.reason, Reason::Busy), "{error}");
    backup.execute_batch("COMMIT").unwrap();
    open(folder.path(), setup(), folder.options.clone()).unwrap();
}

fn overwrite(folder: &Folder, at: u64, bytes: &[u8]) {
    use std::io::{Seek, SeekFrom, Write};
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .open(folder.path().join(FILE_NAME))
        .unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}
