//! What becomes of a batch when the disk, a statement or COMMIT fails.

#![allow(clippy::unwrap_used, reason = "tests")]

use parlor_protocol::{Code, RoomId, Seq, Timestamp, UserId, Username};
use parlor_store::conformance::world::{message, nonce, post};
use parlor_store::read::Read;
use parlor_store::write::{Actor, Grant, NewAccount, NewSession, SecretHash, SessionLife};
use parlor_store::{Append, AppendError, Done, Op, Setup, Write};
use rusqlite::ffi;
use std::sync::Arc;
use tempfile::TempDir;

use crate::{Options, SqliteAppend, SqliteRead, open};

const GENERAL: RoomId = RoomId::from_u128(0x1000);
const ADA: Actor = Actor {
    user: UserId::from_u128(0x2000),
    session: parlor_protocol::SessionId::from_u128(0x2001),
};

/// A server where ada may write; its first two events are `general` and her coming.
fn with_ada() -> (TempDir, SqliteAppend, Arc<SqliteRead>) {
    let folder = TempDir::new().unwrap();
    let setup = Setup::new(at(), GENERAL.as_u128(), &[1; 16]);
    let (mut append, read) = open(folder.path(), setup, Options::default()).unwrap();
    let account = NewAccount {
        id: ADA.user,
        username: Username::parse("ada").unwrap(),
        name: parlor_protocol::DisplayName::parse("Ada").unwrap(),
        password: "hash".into(),
        grant: Grant::Console { admin: true },
        session: Some(NewSession {
            id: ADA.session,
            token: SecretHash([1; 32]),
            label: "laptop".into(),
            life: SessionLife::Browser,
        }),
    };
    append.append(&[write(Op::AddAccount(account))]).unwrap();
    (folder, append, read)
}

fn at() -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000)
}

fn write(op: Op) -> Write {
    Write { at: at(), op }
}

fn says(text: &str) -> Write {
    let short = &text[..text.len().min(60)];
    write(message(ADA, GENERAL, &nonce(short), post(text)))
}

fn head(read: &SqliteRead) -> u64 {
    read.room(ADA.user, GENERAL).unwrap().unwrap().head.get()
}

fn acked(seq: u64) -> Done {
    Done::Acked {
        seq: Seq::new(seq).unwrap(),
        at: at(),
        duplicate: false,
    }
}

#[test]
fn a_write_that_fails_by_a_bug_is_answered_internal_and_the_others_are_written() {
    let (_folder, mut append, read) = with_ada();
    append
        .faults
        .statement
        .set(Some((1, ffi::SQLITE_CONSTRAINT_UNIQUE)));

    let committed = append.append(&[says("a"), says("b"), says("c")]).unwrap();

    assert_eq!(
        committed.answers,
        [Ok(acked(3)), Err(Code::Internal.into()), Ok(acked(4))]
    );
    assert_eq!(committed.published.len(), 2, "nothing of b is heard");
    assert_eq!(head(&read), 4, "b has cost no number");
    append.faults.statement.set(None);
    let again = append.append(&[says("b")]).unwrap();
    assert_eq!(again.answers, [Ok(acked(5))], "b was not remembered");
}

#[test]
fn a_full_disk_fails_the_whole_batch_and_leaves_nothing() {
    let (_folder, mut append, read) = with_ada();
    let conn = append.connection();
    let pages: i64 = conn
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    let limit = |conn: &rusqlite::Connection, pages: i64| {
        conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
            .unwrap();
    };
    limit(conn, pages);
    let batch: Vec<Write> = (0..100)
        .map(|n| says(&format!("{n}{}", "x".repeat(1000))))
        .collect();

    let failed = append.append(&batch).unwrap_err();

    assert!(matches!(failed, AppendError::Full(_)), "{failed:?}");
    assert_eq!(head(&read), 2);
    append.probe().expect("a write that needs no room goes");
    limit(append.connection(), 1 << 20);
    let committed = append.append(&batch).unwrap();
    assert_eq!(committed.answers[0], Ok(acked(3)), "no number was lost");
}

#[test]
fn a_failed_write_out_of_commit_fails_the_batch_and_the_next_one_goes() {
    for (code, full) in [(ffi::SQLITE_FULL, true), (ffi::SQLITE_IOERR_WRITE, false)] {
        let (_folder, mut append, read) = with_ada();
        append.faults.commit.set(Some(code));

        let failed = append.append(&[says("a")]).unwrap_err();

        assert_eq!(matches!(failed, AppendError::Full(_)), full, "{failed:?}");
        assert_eq!(matches!(failed, AppendError::Failed(_)), !full);
        assert_eq!(head(&read), 2);
        append.probe().unwrap();
        let committed = append.append(&[says("a")]).unwrap();
        assert_eq!(committed.answers, [Ok(acked(3))]);
    }
}

#[test]
fn a_failed_probe_says_what_a_failed_batch_does() {
    let (_folder, mut append, _read) = with_ada();
    append.faults.commit.set(Some(ffi::SQLITE_FULL));
    assert!(matches!(append.probe(), Err(AppendError::Full(_))));
    append.probe().unwrap();
}

#[test]
fn a_failed_sync_or_an_unknown_end_of_commit_is_fatal_for_good() {
    for code in [
        ffi::SQLITE_IOERR_FSYNC,
        ffi::SQLITE_IOERR_DIR_FSYNC,
        ffi::SQLITE_IOERR_SHMSIZE,
        ffi::SQLITE_BUSY,
    ] {
        let (_folder, mut append, _read) = with_ada();
        append.faults.commit.set(Some(code));

        let failed = append.append(&[says("a")]).unwrap_err();

        assert!(matches!(failed, AppendError::Fatal(_)), "{failed:?}");
        for again in [append.append(&[says("a")]).map(|_| ()), append.probe()] {
            assert!(matches!(again, Err(AppendError::Fatal(_))), "never retried");
        }
    }
}
