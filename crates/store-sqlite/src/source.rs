//! The look-ups that decisions rest on, in the writer's transaction.

use parlor_protocol::{
    Emoji, Event, MessageText, Nonce, Person, RoomId, RoomName, RoomRole, Seq, Topic, User, UserId,
    Username,
};
use parlor_rules::facts::{MessageFacts, ReactionFacts};
use parlor_store::Source;
use parlor_store::source::{Remembered, RoomRow};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::rows::{self, Columns, column, people_key};

/// A connection inside a transaction, with statements that are prepared once.
#[derive(Clone, Copy)]
pub(crate) struct Tx<'c>(pub(crate) &'c Connection);

impl Tx<'_> {
    /// The one row of a query, if there is one.
    pub(crate) fn row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.0
            .prepare_cached(sql)?
            .query_row(params, read)
            .optional()
    }

    /// All rows of a query, which is bounded by what it asks for.
    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.0
            .prepare_cached(sql)?
            .query_map(params, read)?
            .collect()
    }

    /// Changes rows; how many.
    pub(crate) fn run(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.0.prepare_cached(sql)?.execute(params)
    }

    /// Changes exactly one row.
    pub(crate) fn run_one(&self, sql: &str, params: impl Params) -> rusqlite::Result<()> {
        match self.run(sql, params)? {
            1 => Ok(()),
            changed => Err(rusqlite::Error::StatementChangedRows(changed)),
        }
    }

    /// A room's number in this database.
    pub(crate) fn room_n(&self, room: RoomId) -> rusqlite::Result<Option<i64>> {
        let sql = "SELECT n FROM rooms WHERE id = ?1";
        self.row(sql, [room.to_bytes()], |row| row.get(0))
    }

    /// An account's number in this database.
    pub(crate) fn user_n(&self, user: UserId) -> rusqlite::Result<Option<i64>> {
        let sql = "SELECT n FROM users WHERE id = ?1";
        self.row(sql, [user.to_bytes()], |row| row.get(0))
    }

    /// The number of an account that an event names, which therefore is there.
    pub(crate) fn known_user_n(&self, user: UserId) -> rusqlite::Result<i64> {
        self.user_n(user)?
            .ok_or(rusqlite::Error::QueryReturnedNoRows)
    }
}

impl Source for Tx<'_> {
    type Error = rusqlite::Error;

    fn account(&self, user: UserId) -> rusqlite::Result<Option<User>> {
        self.row(
            "SELECT id, username, name, role, disabled FROM users WHERE id = ?1",
            [user.to_bytes()],
            |row| row.user(0),
        )
    }

    fn rooms_of(&self, user: UserId) -> rusqlite::Result<u64> {
        let count = self.row(
            "SELECT count(*) FROM members WHERE user = (SELECT n FROM users WHERE id = ?1)",
            [user.to_bytes()],
            |row| row.count(0),
        )?;
        Ok(count.unwrap_or(0))
    }

    fn room(&self, room: RoomId) -> rusqlite::Result<Option<RoomRow>> {
        self.row(
            "SELECT kind, name, topic, archived, head FROM rooms WHERE id = ?1",
            [room.to_bytes()],
            |row| {
                Ok(RoomRow {
                    kind: row.word(0)?,
                    name: row.get::<_, Option<String>>(1)?.map(RoomName::from_store),
                    topic: Topic::from_store(row.get(2)?),
                    archived: row.get(3)?,
                    head: row.seq(4)?,
                })
            },
        )
    }

    fn member(&self, room: RoomId, user: UserId) -> rusqlite::Result<Option<RoomRole>> {
        self.row(
            "SELECT role FROM members WHERE room = (SELECT n FROM rooms WHERE id = ?1)
                AND user = (SELECT n FROM users WHERE id = ?2)",
            [room.to_bytes(), user.to_bytes()],
            |row| row.word(0),
        )
    }

    fn member_named(&self, room: RoomId, username: &Username) -> rusqlite::Result<Option<UserId>> {
        self.row(
            "SELECT u.id FROM users u JOIN members m ON m.user = u.n
             WHERE u.username = ?2 AND m.room = (SELECT n FROM rooms WHERE id = ?1)",
            (room.to_bytes(), username.as_str()),
            |row| row.user_id(0),
        )
    }

    fn owners(&self, room: RoomId) -> rusqlite::Result<u64> {
        let count = self.row(
            "SELECT count(*) FROM members
             WHERE room = (SELECT n FROM rooms WHERE id = ?1) AND role = 'owner'",
            [room.to_bytes()],
            |row| row.count(0),
        )?;
        Ok(count.unwrap_or(0))
    }

    fn longest_member(&self, room: RoomId, besides: UserId) -> rusqlite::Result<Option<Person>> {
        // CROSS JOIN keeps the order: members by `joined`, the first that fits.
        self.row(
            "SELECT u.id, u.username, u.name
             FROM members m CROSS JOIN users u ON u.n = m.user
             WHERE m.room = (SELECT n FROM rooms WHERE id = ?1) AND u.id <> ?2
             ORDER BY m.joined LIMIT 1",
            [room.to_bytes(), besides.to_bytes()],
            |row| row.person(0),
        )
    }

    fn message(&self, room: RoomId, seq: Seq) -> rusqlite::Result<Option<MessageFacts>> {
        self.row(
            "SELECT u.id, t.body, m.mentions, m.rev, e.json
             FROM messages m JOIN users u ON u.n = m.by
                JOIN events e ON e.room = m.room AND e.seq = m.rev
                LEFT JOIN texts t ON t.n = m.text
             WHERE m.room = (SELECT n FROM rooms WHERE id = ?1) AND m.seq = ?2",
            (room.to_bytes(), column(seq)),
            |row| {
                Ok(MessageFacts {
                    seq,
                    author: row.user_id(0)?,
                    text: rows::text(row, 1)?.map(|text| MessageText::from_store(text.into())),
                    mentions: row.ids(2)?,
                    rev: row.seq(3)?,
                    rev_at: rows::bare_event(row, 4)?.at,
                })
            },
        )
    }

    fn reactions(
        &self,
        room: RoomId,
        seq: Seq,
        user: UserId,
        emoji: &Emoji,
    ) -> rusqlite::Result<ReactionFacts> {
        let Some(room) = self.room_n(room)? else {
            return Ok(ReactionFacts::default());
        };
        let at = column(seq);
        let mine = self.row(
            "SELECT 1 FROM reactions WHERE room = ?1 AND target = ?2 AND emoji = ?3
                AND by = (SELECT n FROM users WHERE id = ?4)",
            (room, at, emoji.as_str(), user.to_bytes()),
            |_| Ok(()),
        )?;
        let there = self.row(
            "SELECT 1 FROM reactions WHERE room = ?1 AND target = ?2 AND emoji = ?3 LIMIT 1",
            (room, at, emoji.as_str()),
            |_| Ok(()),
        )?;
        let kinds = self.row(
            "SELECT count(DISTINCT emoji) FROM reactions WHERE room = ?1 AND target = ?2",
            (room, at),
            |row| row.count(0),
        )?;
        Ok(ReactionFacts {
            mine: mine.is_some(),
            there: there.is_some(),
            kinds: kinds.unwrap_or(0),
        })
    }

    fn open_room_named(&self, key: &str) -> rusqlite::Result<Option<RoomId>> {
        self.row(
            "SELECT id FROM rooms WHERE name_key = ?1 AND kind = 'open'",
            [key],
            |row| row.room_id(0),
        )
    }

    fn direct_room(&self, people: &[UserId]) -> rusqlite::Result<Option<RoomId>> {
        self.row(
            "SELECT id FROM rooms WHERE people = ?1",
            [people_key(people)],
            |row| row.room_id(0),
        )
    }

    fn room_made(&self, author: UserId, nonce: &Nonce) -> rusqlite::Result<Option<RoomId>> {
        self.row(
            "SELECT id FROM rooms
             WHERE made_by = (SELECT n FROM users WHERE id = ?1) AND made_nonce = ?2",
            (author.to_bytes(), nonce.as_str()),
            |row| row.room_id(0),
        )
    }

    fn remembered(
        &self,
        room: RoomId,
        author: UserId,
        nonce: &Nonce,
    ) -> rusqlite::Result<Option<Remembered>> {
        self.row(
            "SELECT seq, at, kind, target, made_event FROM nonces
             WHERE room = (SELECT n FROM rooms WHERE id = ?1)
                AND author = (SELECT n FROM users WHERE id = ?2) AND nonce = ?3",
            (room.to_bytes(), author.to_bytes(), nonce.as_str()),
            |row| {
                Ok(Remembered {
                    seq: row.seq(0)?,
                    at: row.moment(1)?,
                    kind: row.get(2)?,
                    target: row.maybe_seq(3)?,
                    made_event: row.get(4)?,
                })
            },
        )
    }

    fn event(&self, room: RoomId, seq: Seq) -> rusqlite::Result<Option<Event>> {
        self.row(
            "SELECT e.json, e.text_at, t.body FROM events e LEFT JOIN texts t ON t.n = e.text
             WHERE e.room = (SELECT n FROM rooms WHERE id = ?1) AND e.seq = ?2",
            (room.to_bytes(), column(seq)),
            |row| {
                serde_json::from_str(&rows::whole_json(row, 0)?)
                    .map_err(|error| rows::damaged(0, error.to_string()))
            },
        )
    }
}
