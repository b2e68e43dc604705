//! Verifying names what differs: each row that somebody, or a disk, has changed.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use parlor_store::conformance::world::{World, delete};
use parlor_store_sqlite::{Reason, VerifyError, verify, verify_while};
use support::{Folder, lively};

#[test]
fn everything_agrees_beside_a_running_server_and_after_it() {
    let folder = Folder::new();
    let world = lively(&folder);
    let beside = verify(folder.path()).unwrap();
    assert!(beside.agrees(), "{beside:?}");
    assert_eq!(beside.rooms, 3);
    world.close();
    assert_eq!(verify(folder.path()).unwrap(), beside);
}

#[test]
fn each_change_behind_the_logs_back_is_named() {
    let changes = [
        (
            "UPDATE texts SET body = CAST('hallo @ben' AS BLOB) WHERE body = CAST('hello @ben' AS BLOB)",
            "event 5: its checksum differs",
        ),
        (
            "UPDATE events SET json = replace(json, '\"ada\"', '\"eve\"')",
            "event 5: its checksum differs",
        ),
        (
            "UPDATE events SET text_at = text_at + 1 WHERE seq = 5",
            "event 5: its checksum differs",
        ),
        (
            "UPDATE events SET text = 1 WHERE seq = 6",
            "event 6: its text 1 is another event's as well",
        ),
        (
            "UPDATE events SET text = NULL WHERE seq = 10",
            "event 10: it names a text without having one, or none",
        ),
        (
            "UPDATE texts SET body = x'41' WHERE n = 4",
            "and its text 4 still stands",
        ),
        (
            "DELETE FROM texts WHERE n = 4",
            "event 10: its text 4 is missing",
        ),
        (
            "DELETE FROM texts WHERE n = 2",
            "texts: of 5 there are 4, so some are missing",
        ),
        (
            "INSERT INTO texts (body) VALUES (x'41')",
            "texts: 1 rows are of no event",
        ),
        ("DELETE FROM events WHERE seq = 6", "event 6 is missing"),
        (
            "UPDATE events SET json = 'x' WHERE seq = 6",
            "event 6: it cannot be read",
        ),
        ("UPDATE events SET seq = 1000 WHERE seq = 12", "1000"),
        (
            "UPDATE messages SET text = 2 WHERE seq = 5",
            "message 5: its row has another text",
        ),
        (
            "UPDATE messages SET text = 2 WHERE seq = 6",
            "message 6: its row has another text",
        ),
        (
            "UPDATE messages SET mentions = NULL WHERE seq = 5",
            "message 5: its row has another mentions",
        ),
        (
            "UPDATE messages SET rev = 7 WHERE seq = 6",
            "message 6: its row has another rev",
        ),
        (
            "UPDATE messages SET reply_to = NULL WHERE seq = 6",
            "message 6: its row has another reply_to",
        ),
        (
            "UPDATE messages SET edited_at = edited_at + 1",
            "message 6: its row has another edited_at",
        ),
        ("DELETE FROM messages WHERE seq = 5", "message 5 has no row"),
        (
            "INSERT INTO messages SELECT room, 4, at, by, rev, reply_to, edited_at, nonce, mentions, text FROM messages WHERE seq = 5",
            "messages: 1 rows more",
        ),
        (
            "DELETE FROM reactions WHERE by = 2",
            "message 6: the reaction 👍 of event 8 has no row",
        ),
        (
            "UPDATE reactions SET emoji = '🎉'",
            "message 6: a reaction 🎉 differs",
        ),
        ("DELETE FROM edits", "event 7: this edit has no row"),
        (
            "DELETE FROM nonces WHERE seq = 5",
            "event 5: its nonce is forgotten",
        ),
        (
            "UPDATE nonces SET target = 5 WHERE seq = 7",
            "event 7: what is remembered",
        ),
        (
            "UPDATE members SET role = 'owner' WHERE role = 'member'",
            "is another member",
        ),
        (
            "DELETE FROM members WHERE user = 2",
            "is a member by the log, not by a row",
        ),
        (
            "UPDATE members SET read = 1000 WHERE user = 2",
            "the marker 1000 is out of bounds",
        ),
        (
            "UPDATE rooms SET head = head - 1 WHERE name = 'general'",
            "another head",
        ),
        (
            "UPDATE rooms SET member_count = 7 WHERE name = 'general'",
            "another member_count",
        ),
        (
            "UPDATE rooms SET topic = 'loud' WHERE name = 'den'",
            "another topic",
        ),
        (
            "UPDATE rooms SET archived = 0 WHERE name = 'den'",
            "another archived",
        ),
        (
            "UPDATE rooms SET people = x'00' WHERE kind = 'direct'",
            "another people",
        ),
        (
            "DELETE FROM rooms WHERE kind = 'direct'",
            "rows are of no room",
        ),
    ];
    let folder = Folder::new();
    lively(&folder).close();
    for (change, named) in changes {
        let copy = folder.killed();
        copy.raw()
            .execute_batch(&format!("PRAGMA foreign_keys = OFF; {change}"))
            .unwrap();
        let report = verify(copy.path()).unwrap();
        let all = report.differences.join("\n");
        assert!(all.contains(named), "{change}\n{named:?} is not in:\n{all}");
    }
}

#[test]
fn a_flipped_byte_is_named() {
    let folder = Folder::new();
    lively(&folder).close();
    let mut bytes = std::fs::read(folder.file()).unwrap();
    let text = b"hello @ben";
    let mut places = bytes.windows(text.len()).enumerate();
    let (at, _) = places.find(|(_, it)| it == text).unwrap();
    assert!(places.all(|(_, it)| it != text), "it stands once");
    bytes[at] ^= 1;
    std::fs::write(folder.file(), bytes).unwrap();

    let report = verify(folder.path()).unwrap();

    let named = |what: &str| report.differences.iter().any(|it| it.contains(what));
    assert!(named("event 5: its checksum differs"), "{report:?}");
}

#[test]
fn text_that_a_deletion_left_behind_is_named() {
    let folder = Folder::new();
    let (mut world, [ada]) = World::with(&folder, ["ada"]);
    let general = world.general;
    let seq = world.post(ada, general, "hello");
    let (json, body): (String, Vec<u8>) = folder
        .raw()
        .query_row(
            "SELECT json, body FROM events JOIN texts ON n = text WHERE seq = ?1",
            [seq.get() as i64],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!(body, b"hello");
    world.done(ada, general, delete(seq));
    world.close();
    let copy = folder.killed();
    let restored = (seq.get() as i64, json);
    let sql = "UPDATE events SET json = ?2 WHERE seq = ?1";
    folder.raw().execute(sql, restored).unwrap();
    copy.raw()
        .execute("UPDATE texts SET body = ?1", [body])
        .unwrap();
    for (folder, named) in [
        (&folder, "is not redacted"),
        (&copy, "its text 1 still stands"),
    ] {
        let all = verify(folder.path()).unwrap().differences.join("\n");
        assert!(all.contains(named), "{all}");
    }
}

#[test]
fn many_differences_are_counted_and_a_hundred_named() {
    let folder = Folder::new();
    let (mut world, [ada]) = World::with(&folder, ["ada"]);
    let general = world.general;
    for n in 0..130 {
        world.post(ada, general, &format!("message {n}"));
    }
    world.close();
    folder
        .raw()
        .execute_batch("UPDATE messages SET text = 1000")
        .unwrap();
    let report = verify(folder.path()).unwrap();
    assert_eq!((report.differences.len(), report.more), (100, 30));
}

#[test]
fn it_gives_up_when_it_is_told_to_and_says_where_there_is_nothing() {
    let folder = Folder::new();
    let (mut world, [ada]) = World::with(&folder, ["ada"]);
    let general = world.general;
    for n in 0..300 {
        world.post(ada, general, &format!("message {n}"));
    }
    let gave_up = verify_while(folder.path(), || false).unwrap_err();
    assert!(matches!(gave_up, VerifyError::GaveUp), "{gave_up}");
    let nothing = verify(&folder.path().join("nothing")).unwrap_err();
    assert!(
        matches!(&nothing, VerifyError::NotOpened(error) if matches!(error.reason, Reason::NoDatabase)),
        "{nothing}"
    );
}
