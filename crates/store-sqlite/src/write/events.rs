//! Events into the log, and what each does to the rows beside it.

use parlor_protocol::event::EncodedEvent;
use parlor_protocol::{Event, MessageText, RoomId, RoomName, Seq, Timestamp};
use parlor_rules::{Change, Planned, changes};
use parlor_sabotage::{Switch, is};
use parlor_store::Published;
use parlor_store::source::Source;

use super::Batch;
use crate::rows::{self, Columns, Word, checksum, column, ids_text, without_text};
use crate::source::Tx;

impl Batch<'_> {
    /// Gives events the room's next numbers and writes them, their rows and the
    /// room's head. The first one's number.
    pub(crate) fn append_events(
        &mut self,
        room: RoomId,
        events: Vec<Planned>,
        at: Timestamp,
    ) -> rusqlite::Result<Seq> {
        let head = self.tx.room(room)?.map_or(Seq::ZERO, |row| row.head);
        let mut seq = head;
        for Planned { by, kind } in events {
            seq = seq.next();
            self.append_event(room, Event { seq, at, by, kind })?;
        }
        self.tx.run_one(
            "UPDATE rooms SET head = ?2 WHERE id = ?1",
            (room.to_bytes(), column(seq)),
        )?;
        Ok(head.next())
    }

    fn append_event(&mut self, room: RoomId, event: Event) -> rusqlite::Result<()> {
        let encoded = EncodedEvent::new(&event);
        let (bare, text) = match event.kind.text() {
            Some(text) => (
                Some(without_text(&encoded.json, text)?),
                Some(append_text(self.tx, text)?),
            ),
            None => (None, None),
        };
        let mut newest_redacted = None;
        for change in changes(&event) {
            newest_redacted = newest_redacted.max(self.change(room, (event.seq, text), change)?);
        }
        let (json, text_at) = match &bare {
            Some((json, at)) => (&**json, Some(*at)),
            None => (&*encoded.json, None),
        };
        self.tx.run_one(
            "INSERT INTO events (room, seq, sum, json, text, text_at)
             VALUES ((SELECT n FROM rooms WHERE id = ?1), ?2, ?3, ?4, ?5, ?6)",
            (
                room.to_bytes(),
                column(event.seq),
                checksum(room, event.seq, &encoded.json),
                json,
                text,
                text_at,
            ),
        )?;
        self.published.push(Published::Event {
            room,
            event,
            encoded,
        });
        if let Some(newest) = newest_redacted {
            self.published.push(Published::Redacted { room, newest });
        }
        Ok(())
    }

    /// Makes one change of a room's rows, by an event and its text's number; of
    /// a deletion, the newest event that lost its text.
    fn change(
        &mut self,
        room: RoomId,
        by: (Seq, Option<i64>),
        change: Change,
    ) -> rusqlite::Result<Option<Seq>> {
        let tx = self.tx;
        if let Change::RoomMade { name, kind, topic } = &change {
            tx.run_one(
                "INSERT INTO rooms (id, kind, head, member_count, archived, name, name_key, topic)
                 VALUES (?1, ?2, 0, 0, 0, ?3, ?4, ?5)",
                (
                    room.to_bytes(),
                    kind.word(),
                    name.as_ref().map(RoomName::as_str),
                    name.as_ref().map(RoomName::key),
                    topic.as_str(),
                ),
            )?;
            return Ok(None);
        }
        let n = tx
            .room_n(room)?
            .ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        match change {
            Change::RoomMade { .. }
            | Change::RoomSet { .. }
            | Change::MemberMade { .. }
            | Change::MemberSet { .. }
            | Change::MemberGone { .. } => change_room(tx, n, change)?,
            Change::MessageGone { target } => {
                empty_message(tx, n, target)?;
                return self.redact(room, n, target).map(Some);
            }
            Change::MessageMade { .. }
            | Change::MessageSet { .. }
            | Change::ReactionMade { .. }
            | Change::ReactionGone { .. }
            | Change::Touched { .. } => change_message(tx, n, by, change)?,
        }
        Ok(None)
    }

    /// Turns the stored post and its edits into tombstones, and those of this
    /// batch that nobody has heard of yet. The newest of them.
    fn redact(&mut self, room: RoomId, n: i64, target: Seq) -> rusqlite::Result<Seq> {
        let mut events = self.tx.rows(
            "SELECT seq FROM edits WHERE room = ?1 AND target = ?2 ORDER BY seq",
            (n, column(target)),
            |row| row.seq(0),
        )?;
        if is(Switch::SkipRedactionOfEdit) {
            events.clear();
        }
        events.insert(0, target);
        for &seq in &events {
            let event = self.tx.row(
                "SELECT json, text FROM events WHERE room = ?1 AND seq = ?2",
                (n, column(seq)),
                |row| Ok((rows::bare_event(row, 0)?, row.get::<_, i64>(1)?)),
            )?;
            let (mut event, text) = event.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            // As long as it was, so that SQLite overwrites it where it stands.
            self.tx.run_one(
                "UPDATE texts SET body = zeroblob(length(body)) WHERE n = ?1",
                [text],
            )?;
            event.kind.redact();
            let encoded = EncodedEvent::new(&event);
            self.tx.run_one(
                "UPDATE events SET json = ?3, sum = ?4, text_at = NULL
                 WHERE room = ?1 AND seq = ?2",
                (
                    n,
                    column(seq),
                    &*encoded.json,
                    checksum(room, seq, &encoded.json),
                ),
            )?;
            self.redact_published(room, &event, &encoded);
        }
        Ok(events.last().copied().unwrap_or(target))
    }

    fn redact_published(&mut self, room: RoomId, redacted: &Event, json: &EncodedEvent) {
        for published in &mut self.published {
            if let Published::Event {
                room: of,
                event,
                encoded,
            } = published
                && *of == room
                && event.seq == redacted.seq
            {
                event.clone_from(redacted);
                encoded.clone_from(json);
            }
        }
    }
}

/// Puts a text after all others; its number.
fn append_text(tx: Tx<'_>, text: &MessageText) -> rusqlite::Result<i64> {
    // SQLite numbers it, one more than the newest.
    tx.run_one(
        "INSERT INTO texts (body) VALUES (?1)",
        [text.as_str().as_bytes()],
    )?;
    Ok(tx.0.last_insert_rowid())
}

/// A change of a room's own row or of its members.
fn change_room(tx: Tx<'_>, n: i64, change: Change) -> rusqlite::Result<()> {
    match change {
        Change::RoomSet {
            name,
            topic,
            archived,
        } => tx.run_one(
            "UPDATE rooms SET name = ifnull(?2, name), name_key = ifnull(?3, name_key),
                topic = ifnull(?4, topic), archived = ifnull(?5, archived) WHERE n = ?1",
            (
                n,
                name.as_ref().map(RoomName::as_str),
                name.as_ref().map(RoomName::key),
                topic.as_ref().map(|topic| topic.as_str()),
                archived,
            ),
        ),
        Change::MemberMade { user, role, joined } => {
            let user = tx.known_user_n(user)?;
            tx.run_one(
                "INSERT INTO members (room, user, role, joined, read)
                 VALUES (?1, ?2, ?3, ?4, ?4)",
                (n, user, role.word(), column(joined)),
            )?;
            count_members(tx, n, 1)
        }
        Change::MemberSet { user, role } => tx.run_one(
            "UPDATE members SET role = ?3 WHERE room = ?1 AND user = ?2",
            (n, tx.known_user_n(user)?, role.word()),
        ),
        Change::MemberGone { user } => {
            tx.run_one(
                "DELETE FROM members WHERE room = ?1 AND user = ?2",
                (n, tx.known_user_n(user)?),
            )?;
            count_members(tx, n, -1)
        }
        _ => Ok(()),
    }
}

/// A change of a message or of what is on it, by the event `seq` with the text of number `text`.
fn change_message(
    tx: Tx<'_>,
    n: i64,
    (seq, text): (Seq, Option<i64>),
    change: Change,
) -> rusqlite::Result<()> {
    match change {
        Change::MessageMade {
            seq,
            at,
            by,
            nonce,
            text: _,
            mentions,
            reply_to,
        } => tx.run_one(
            "INSERT INTO messages (room, seq, at, by, rev, reply_to, nonce, mentions, text)
             VALUES (?1, ?2, ?3, ?4, ?2, ?5, ?6, ?7, ?8)",
            (
                n,
                column(seq),
                at.as_millis(),
                tx.known_user_n(by)?,
                reply_to.map(column),
                nonce.as_str(),
                ids_text(&mentions),
                text,
            ),
        ),
        Change::MessageSet {
            target,
            text: _,
            edited_at,
        } => {
            tx.run_one(
                "UPDATE messages SET text = ?3, edited_at = ?4 WHERE room = ?1 AND seq = ?2",
                (n, column(target), text, edited_at.as_millis()),
            )?;
            tx.run_one(
                "INSERT INTO edits (room, target, seq) VALUES (?1, ?2, ?3)",
                (n, column(target), column(seq)),
            )
        }
        Change::ReactionMade {
            target,
            emoji,
            by,
            seq,
        } => tx.run_one(
            "INSERT INTO reactions (room, target, emoji, by, seq) VALUES (?1, ?2, ?3, ?4, ?5)",
            (
                n,
                column(target),
                emoji.as_str(),
                tx.known_user_n(by)?,
                column(seq),
            ),
        ),
        Change::ReactionGone { target, emoji, by } => tx.run_one(
            "DELETE FROM reactions
             WHERE room = ?1 AND target = ?2 AND emoji = ?3 AND by = ?4",
            (n, column(target), emoji.as_str(), tx.known_user_n(by)?),
        ),
        Change::Touched { target, rev } => tx.run_one(
            "UPDATE messages SET rev = ?3 WHERE room = ?1 AND seq = ?2",
            (n, column(target), column(rev)),
        ),
        _ => Ok(()),
    }
}

fn empty_message(tx: Tx<'_>, n: i64, target: Seq) -> rusqlite::Result<()> {
    tx.run_one(
        "UPDATE messages SET text = NULL, mentions = NULL, edited_at = NULL,
            reply_to = NULL WHERE room = ?1 AND seq = ?2",
        (n, column(target)),
    )?;
    tx.run(
        "DELETE FROM reactions WHERE room = ?1 AND target = ?2",
        (n, column(target)),
    )?;
    Ok(())
}

fn count_members(tx: Tx<'_>, room: i64, by: i64) -> rusqlite::Result<()> {
    tx.run_one(
        "UPDATE rooms SET member_count = member_count + ?2 WHERE n = ?1",
        (room, by),
    )
}
