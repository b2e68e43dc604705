//! Reading a room's log, and its history as it stands.

use parlor_protocol::event::EncodedEvent;
use parlor_protocol::message::{MessageBody, Reaction, True};
use parlor_protocol::{Emoji, Message, MessageText, Nonce, RoomId, Seq, UserId, limits};
use parlor_store::read::{EventsPage, MessagesPage, Window};
use rusqlite::Row;

use crate::rows::{Columns, column, damaged, text, whole_json};
use crate::source::Tx;

/// A room's number, its head, and the reader's number, where they are a member.
fn joined(tx: Tx<'_>, reader: UserId, room: RoomId) -> rusqlite::Result<Option<(i64, Seq, i64)>> {
    tx.row(
        "SELECT r.n, r.head, m.user FROM rooms r JOIN members m ON m.room = r.n
         WHERE r.id = ?1 AND m.user = (SELECT n FROM users WHERE id = ?2)",
        [room.to_bytes(), reader.to_bytes()],
        |row| Ok((row.get(0)?, row.seq(1)?, row.get(2)?)),
    )
}

pub(super) fn events(
    tx: Tx<'_>,
    reader: UserId,
    room: RoomId,
    (after, limit, max_bytes): (Seq, u32, usize),
) -> rusqlite::Result<Option<EventsPage>> {
    let Some((n, head, _)) = joined(tx, reader, room)? else {
        return Ok(None);
    };
    let mut statement = tx.0.prepare_cached(
        "SELECT e.seq, e.json, e.text_at, t.body FROM events e LEFT JOIN texts t ON t.n = e.text
         WHERE e.room = ?1 AND e.seq > ?2 ORDER BY e.seq LIMIT ?3",
    )?;
    let events = statement.query_map((n, column(after), limit), |row| {
        Ok(EncodedEvent {
            seq: row.seq(0)?,
            json: whole_json(row, 1)?.into(),
        })
    })?;
    Ok(Some(EventsPage {
        events: up_to(events, max_bytes, |event| event.json.len())?,
        head,
    }))
}

pub(super) fn messages(
    tx: Tx<'_>,
    reader: UserId,
    room: RoomId,
    (window, limit, max_bytes): (Window, u32, usize),
) -> rusqlite::Result<Option<MessagesPage>> {
    let Some((n, head, user)) = joined(tx, reader, room)? else {
        return Ok(None);
    };
    let (anchor, backward, forward) = match window {
        Window::Newest => (head.next(), limit, 0),
        Window::Before(seq) => (seq, limit, 0),
        Window::After(seq) => (seq.next(), 0, limit),
        Window::Around(seq) => (seq, limit / 2, limit - limit / 2),
    };
    let history = History { tx, n, user };
    // From the anchor outward: what comes from it on has the first claim on the bytes.
    let mut items = history.page(Direction::Forward, anchor, forward, max_bytes)?;
    let left = max_bytes.saturating_sub(items.iter().map(size).sum());
    let mut older = history.page(Direction::Backward, anchor, backward, left)?;
    // The one that is always there may be too much beside others.
    if !items.is_empty() && older.iter().map(size).sum::<usize>() > left {
        older.clear();
    }
    older.reverse();
    items.splice(0..0, older);
    let first = items.first().map_or(anchor, |message| message.seq);
    let next = items.last().map_or(anchor, |message| message.seq.next());
    Ok(Some(MessagesPage {
        as_of: head,
        more_before: history.any("SELECT 1 FROM messages WHERE room = ?1 AND seq < ?2", first)?,
        more_after: history.any("SELECT 1 FROM messages WHERE room = ?1 AND seq >= ?2", next)?,
        items,
    }))
}

#[derive(Clone, Copy)]
enum Direction {
    /// From the anchor on, ascending.
    Forward,
    /// Before the anchor, descending.
    Backward,
}

/// A room's messages, as one member sees them.
struct History<'c> {
    tx: Tx<'c>,
    n: i64,
    user: i64,
}

impl History<'_> {
    fn page(
        &self,
        direction: Direction,
        anchor: Seq,
        limit: u32,
        max_bytes: usize,
    ) -> rusqlite::Result<Vec<Message>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut statement = self.tx.0.prepare_cached(match direction {
            Direction::Forward => {
                "SELECT u.id, u.username, u.name, m.seq, m.at, m.rev, m.reply_to, m.edited_at,
                    m.nonce, m.mentions, t.body, m.text
                 FROM messages m CROSS JOIN users u ON u.n = m.by
                    LEFT JOIN texts t ON t.n = m.text
                 WHERE m.room = ?1 AND m.seq >= ?2 ORDER BY m.seq LIMIT ?3"
            }
            Direction::Backward => {
                "SELECT u.id, u.username, u.name, m.seq, m.at, m.rev, m.reply_to, m.edited_at,
                    m.nonce, m.mentions, t.body, m.text
                 FROM messages m CROSS JOIN users u ON u.n = m.by
                    LEFT JOIN texts t ON t.n = m.text
                 WHERE m.room = ?1 AND m.seq < ?2 ORDER BY m.seq DESC LIMIT ?3"
            }
        })?;
        let messages =
            statement.query_map((self.n, column(anchor), limit), |row| self.message(row))?;
        up_to(messages, max_bytes, size)
    }

    fn message(&self, row: &Row<'_>) -> rusqlite::Result<Message> {
        let seq = row.seq(3)?;
        let rev = row.seq(5)?;
        let nonce = row.get_ref(8)?.as_str()?;
        let text = text(row, 10)?;
        if text.is_none() && row.get_ref(11)? != rusqlite::types::ValueRef::Null {
            return Err(damaged(11, "its text is missing".into()));
        }
        Ok(Message {
            seq,
            at: row.moment(4)?,
            by: row.person(0)?,
            nonce: Nonce::parse(nonce).ok_or_else(|| damaged(8, "no nonce".into()))?,
            body: match text {
                None => MessageBody::Deleted { deleted: True },
                Some(text) => MessageBody::Standing {
                    text: MessageText::from_store(text.into()),
                    mentions: row.ids(9)?,
                    reply_to: row.maybe_seq(6)?,
                    edited_at: match row.get_ref(7)? {
                        rusqlite::types::ValueRef::Null => None,
                        _ => Some(row.moment(7)?),
                    },
                    // A reaction touches its message.
                    reactions: if rev > seq {
                        self.reactions(seq)?
                    } else {
                        Vec::new()
                    },
                },
            },
            rev,
        })
    }

    /// What is on a message, each emoji in the order of its first arrival.
    fn reactions(&self, target: Seq) -> rusqlite::Result<Vec<Reaction>> {
        let mut reactions = self.tx.rows(
            "SELECT emoji, count(*), max(by = ?3) FROM reactions
             WHERE room = ?1 AND target = ?2 GROUP BY emoji ORDER BY min(seq)",
            (self.n, column(target), self.user),
            |row| {
                Ok(Reaction {
                    emoji: Emoji::from_store(row.get_ref(0)?.as_str()?),
                    count: row.count(1)?,
                    by: Vec::new(),
                    mine: row.get(2)?,
                })
            },
        )?;
        for reaction in &mut reactions {
            reaction.by = self.tx.rows(
                "SELECT u.id FROM reactions r CROSS JOIN users u ON u.n = r.by
                 WHERE r.room = ?1 AND r.target = ?2 AND r.emoji = ?3 ORDER BY r.seq LIMIT ?4",
                (
                    self.n,
                    column(target),
                    reaction.emoji.as_str(),
                    i64::try_from(limits::REACTION_NAMES).unwrap_or(i64::MAX),
                ),
                |row| row.user_id(0),
            )?;
        }
        Ok(reactions)
    }

    fn any(&self, sql: &str, seq: Seq) -> rusqlite::Result<bool> {
        let found = self.tx.row(sql, (self.n, column(seq)), |_| Ok(()))?;
        Ok(found.is_some())
    }
}

/// As many as fit into so many bytes, one at least.
fn up_to<T>(
    items: impl Iterator<Item = rusqlite::Result<T>>,
    max_bytes: usize,
    size: impl Fn(&T) -> usize,
) -> rusqlite::Result<Vec<T>> {
    let mut total = 0;
    let mut fitting = Vec::new();
    for item in items {
        let item = item?;
        total += size(&item);
        if total > max_bytes && !fitting.is_empty() {
            break;
        }
        fitting.push(item);
    }
    Ok(fitting)
}

fn size(message: &Message) -> usize {
    serde_json::to_string(message).map_or(0, |json| json.len())
}
