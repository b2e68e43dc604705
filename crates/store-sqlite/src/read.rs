//! Everything that is read: each call one read transaction, membership judged in it.

use parlor_protocol::{
    DisplayName, Room, RoomId, RoomRole, Seq, SessionId, Timestamp, User, UserId, Username,
};
use parlor_store::Read;
use parlor_store::audit::Entry;
use parlor_store::read::{
    Authenticated, Counts, Credentials, Denied, EventsPage, InviteRow, MessagesPage, Part,
    ReadError, ServerState, SessionRow, Snapshot, Window,
};
use parlor_store::source::Source;
use parlor_store::write::SecretHash;

use crate::pool::SqliteRead;
use crate::rows::Columns;
use crate::source::Tx;

mod log;
mod people;
mod rooms;

impl Read for SqliteRead {
    fn server(&self) -> Result<ServerState, ReadError> {
        self.read(server)
    }

    fn commit(&self) -> Result<u64, ReadError> {
        self.read(commit)
    }

    fn authenticate(
        &self,
        token: &SecretHash,
        now: Timestamp,
    ) -> Result<Result<Authenticated, Denied>, ReadError> {
        self.read(|tx| people::authenticate(tx, token, now))
    }

    fn credentials(&self, username: &Username) -> Result<Option<Credentials>, ReadError> {
        self.read(|tx| people::credentials(tx, username))
    }

    fn password(&self, user: UserId) -> Result<Option<String>, ReadError> {
        let sql = "SELECT password FROM users WHERE id = ?1";
        self.read(|tx| Ok(tx.row(sql, [user.to_bytes()], |row| row.get(0))?.flatten()))
    }

    fn invite_is_good(&self, code: &SecretHash, now: Timestamp) -> Result<bool, ReadError> {
        let sql = "SELECT 1 FROM invites WHERE code = ?1 AND uses < max_uses AND expires_at > ?2";
        let key = (code.0, now.as_millis());
        self.read(|tx| Ok(tx.row(sql, key, |_| Ok(()))?.is_some()))
    }

    fn claim_link_is_good(&self, token: &SecretHash, now: Timestamp) -> Result<bool, ReadError> {
        let sql = "SELECT 1 FROM server WHERE claim_token = ?1 AND claim_expires > ?2";
        let key = (token.0, now.as_millis());
        self.read(|tx| Ok(tx.row(sql, key, |_| Ok(()))?.is_some()))
    }

    fn snapshot(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<Result<Snapshot, Denied>, ReadError> {
        self.read(|tx| {
            Ok(match people::admitted(tx, user, session, now)? {
                Ok(account) => Ok(Snapshot {
                    commit: commit(tx)?,
                    server: server(tx)?,
                    user: account,
                    rooms: rooms::mine(tx, user, None, u32::MAX)?.items,
                }),
                Err(denied) => Err(denied),
            })
        })
    }

    fn events(
        &self,
        reader: UserId,
        room: RoomId,
        after: Seq,
        limit: u32,
        max_bytes: usize,
    ) -> Result<Option<EventsPage>, ReadError> {
        self.read(|tx| log::events(tx, reader, room, (after, limit, max_bytes)))
    }

    fn messages(
        &self,
        reader: UserId,
        room: RoomId,
        window: Window,
        limit: u32,
        max_bytes: usize,
    ) -> Result<Option<MessagesPage>, ReadError> {
        self.read(|tx| log::messages(tx, reader, room, (window, limit, max_bytes)))
    }

    fn room(&self, reader: UserId, room: RoomId) -> Result<Option<Room>, ReadError> {
        self.read(|tx| rooms::one(tx, reader, room))
    }

    fn rooms(
        &self,
        reader: UserId,
        after: Option<RoomId>,
        limit: u32,
    ) -> Result<Part<Room>, ReadError> {
        self.read(|tx| rooms::mine(tx, reader, after, limit))
    }

    fn open_rooms(
        &self,
        reader: UserId,
        query: &str,
        after: Option<RoomId>,
        limit: u32,
    ) -> Result<Part<Room>, ReadError> {
        self.read(|tx| rooms::open(tx, reader, query, (after, limit)))
    }

    fn counts(&self, reader: UserId, room: RoomId) -> Result<Option<Counts>, ReadError> {
        self.read(|tx| {
            let room = rooms::one(tx, reader, room)?;
            Ok(room.and_then(|room| {
                let mine = room.mine?;
                Some(Counts {
                    head: room.head,
                    read: mine.read,
                    unread: mine.unread,
                    mentions: mine.mentions,
                })
            }))
        })
    }

    fn members(
        &self,
        reader: UserId,
        room: RoomId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Option<Part<(User, RoomRole)>>, ReadError> {
        self.read(|tx| rooms::members(tx, reader, room, (after, limit)))
    }

    fn user(&self, user: UserId) -> Result<Option<User>, ReadError> {
        self.read(|tx| tx.account(user))
    }

    fn user_named(&self, username: &Username) -> Result<Option<User>, ReadError> {
        let sql = "SELECT id, username, name, role, disabled FROM users WHERE username = ?1";
        self.read(|tx| tx.row(sql, [username.as_str()], |row| row.user(0)))
    }

    fn users(
        &self,
        query: &str,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Part<User>, ReadError> {
        self.read(|tx| people::users(tx, query, after, limit))
    }

    fn users_by_id(&self, ids: &[UserId]) -> Result<Vec<User>, ReadError> {
        self.read(|tx| people::by_id(tx, ids))
    }

    fn sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<SessionRow>, ReadError> {
        self.read(|tx| people::sessions(tx, user, now))
    }

    fn audit(&self, after: u64, limit: u32) -> Result<Vec<(u64, Entry)>, ReadError> {
        self.read(|tx| people::audit(tx, after, limit))
    }

    fn invites(&self, now: Timestamp) -> Result<Vec<InviteRow>, ReadError> {
        self.read(|tx| people::invites(tx, now))
    }
}

fn server(tx: Tx<'_>) -> rusqlite::Result<ServerState> {
    let found = tx.row(
        "SELECT s.name, s.epoch, s.claimed, r.id FROM server s JOIN rooms r ON r.n = s.general",
        [],
        |row| {
            Ok(ServerState {
                name: DisplayName::from_store(row.get(0)?),
                epoch: row.get(1)?,
                claimed: row.get(2)?,
                general: row.room_id(3)?,
            })
        },
    )?;
    found.ok_or(rusqlite::Error::QueryReturnedNoRows)
}

fn commit(tx: Tx<'_>) -> rusqlite::Result<u64> {
    let number = tx.row("SELECT commits FROM server", [], |row| row.count(0))?;
    number.ok_or(rusqlite::Error::QueryReturnedNoRows)
}

/// A part of a list, of which one more than `limit` was read.
fn part<T>(mut items: Vec<T>, limit: u32) -> Part<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = items.len() > limit;
    items.truncate(limit);
    Part { items, has_more }
}
