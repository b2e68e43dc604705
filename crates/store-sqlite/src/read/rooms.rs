//! Reading rooms as one person sees them, and their members.

use parlor_protocol::room::Place;
use parlor_protocol::{
    Room, RoomId, RoomKind, RoomName, RoomRole, Seq, Topic, User, UserId, limits,
};
use parlor_sabotage::{Switch, is};
use parlor_store::read::Part;

use super::part;
use crate::rows::{Columns, column};
use crate::source::Tx;

/// A room that a reader is in, or an open one.
pub(super) fn one(tx: Tx<'_>, reader: UserId, room: RoomId) -> rusqlite::Result<Option<Room>> {
    let (Some(room), Some(user)) = (tx.room_n(room)?, tx.user_n(reader)?) else {
        return Ok(None);
    };
    let room = show(tx, (user, reader), room)?;
    Ok(room.filter(|room| room.mine.is_some() || room.kind == RoomKind::Open))
}

/// The rooms a reader is in, by id.
pub(super) fn mine(
    tx: Tx<'_>,
    reader: UserId,
    after: Option<RoomId>,
    limit: u32,
) -> rusqlite::Result<Part<Room>> {
    let Some(user) = tx.user_n(reader)? else {
        return Ok(part(Vec::new(), limit));
    };
    let rooms = tx.rows(
        "SELECT r.n FROM members m CROSS JOIN rooms r ON r.n = m.room
         WHERE m.user = ?1 AND r.id > ?2 ORDER BY r.id LIMIT ?3",
        (user, from(after), i64::from(limit) + 1),
        |row| row.get(0),
    )?;
    shown(tx, (user, reader), rooms, limit)
}

/// The open rooms a reader could join, by id.
pub(super) fn open(
    tx: Tx<'_>,
    reader: UserId,
    query: &str,
    (after, limit): (Option<RoomId>, u32),
) -> rusqlite::Result<Part<Room>> {
    let Some(user) = tx.user_n(reader)? else {
        return Ok(part(Vec::new(), limit));
    };
    let rooms = tx.rows(
        "SELECT n FROM rooms
         WHERE id > ?2 AND kind = 'open' AND NOT archived AND instr(name_key, ?3)
            AND NOT EXISTS (SELECT 1 FROM members WHERE room = n AND user = ?1)
         ORDER BY id LIMIT ?4",
        (
            user,
            from(after),
            RoomName::from_store(query.into()).key(),
            i64::from(limit) + 1,
        ),
        |row| row.get(0),
    )?;
    shown(tx, (user, reader), rooms, limit)
}

/// The members of a room, by id.
pub(super) fn members(
    tx: Tx<'_>,
    reader: UserId,
    room: RoomId,
    (after, limit): (Option<UserId>, u32),
) -> rusqlite::Result<Option<Part<(User, RoomRole)>>> {
    let seen = tx.row(
        "SELECT n FROM rooms WHERE id = ?1 AND (kind = 'open' OR EXISTS (
            SELECT 1 FROM members
            WHERE room = n AND user = (SELECT u.n FROM users u WHERE u.id = ?2)))",
        [room.to_bytes(), reader.to_bytes()],
        |row| row.get::<_, i64>(0),
    )?;
    let Some(room) = seen else {
        return Ok(None);
    };
    let items = tx.rows(
        "SELECT u.id, u.username, u.name, u.role, u.disabled, m.role
         FROM members m CROSS JOIN users u ON u.n = m.user
         WHERE m.room = ?1 AND u.id > ?2 ORDER BY u.id LIMIT ?3",
        (
            room,
            after.unwrap_or(UserId::NOWHERE).to_bytes(),
            i64::from(limit) + 1,
        ),
        |row| Ok((row.user(0)?, row.word(5)?)),
    )?;
    Ok(Some(part(items, limit)))
}

/// The bytes that a list goes on after.
fn from(after: Option<RoomId>) -> [u8; 16] {
    after.unwrap_or(RoomId::NOWHERE).to_bytes()
}

fn shown(
    tx: Tx<'_>,
    reader: (i64, UserId),
    rooms: Vec<i64>,
    limit: u32,
) -> rusqlite::Result<Part<Room>> {
    let rooms = part(rooms, limit);
    let mut items = Vec::with_capacity(rooms.items.len());
    for room in rooms.items {
        items.extend(show(tx, reader, room)?);
    }
    Ok(Part {
        items,
        has_more: rooms.has_more,
    })
}

/// A room as a reader sees it, whether they may or not.
fn show(tx: Tx<'_>, (user, reader): (i64, UserId), n: i64) -> rusqlite::Result<Option<Room>> {
    let room = tx.row(
        "SELECT r.id, r.name, r.kind, r.topic, r.archived, r.head, r.member_count,
            m.joined, m.role, m.read
         FROM rooms r LEFT JOIN members m ON m.room = r.n AND m.user = ?2 WHERE r.n = ?1",
        (n, user),
        |row| {
            let mine = match row.maybe_seq(7)? {
                Some(joined) => Some(Place {
                    joined,
                    role: row.word(8)?,
                    read: row.seq(9)?,
                    unread: 0,
                    mentions: 0,
                }),
                None => None,
            };
            Ok(Room {
                id: row.room_id(0)?,
                name: row.get::<_, Option<String>>(1)?.map(RoomName::from_store),
                kind: row.word(2)?,
                topic: Topic::from_store(row.get(3)?),
                archived: row.get(4)?,
                head: row.seq(5)?,
                member_count: row.count(6)?,
                mine,
                with: None,
            })
        },
    )?;
    let Some(mut room) = room else {
        return Ok(None);
    };
    if let Some(mine) = &mut room.mine {
        (mine.unread, mine.mentions) = unread(tx, n, (user, reader), mine.read)?;
    }
    if room.kind == RoomKind::Direct {
        room.with = Some(tx.rows(
            "SELECT u.id, u.username, u.name, u.role, u.disabled
             FROM members m CROSS JOIN users u ON u.n = m.user
             WHERE m.room = ?1 AND m.user <> ?2 ORDER BY u.id",
            (n, user),
            |row| row.user(0),
        )?);
    }
    Ok(Some(room))
}

/// Posts by others after a marker that are not deleted, and those of them that
/// mention the reader: of the first 1000 posts, 100 at most of each.
fn unread(
    tx: Tx<'_>,
    room: i64,
    (user, reader): (i64, UserId),
    read: Seq,
) -> rusqlite::Result<(u64, u64)> {
    let mine = if is(Switch::CountUnreadWrongly) {
        0
    } else {
        user
    };
    let counts = tx.row(
        "SELECT count(*), count(*) FILTER (WHERE instr(mentions, ?3)) FROM (
            SELECT by, mentions, text IS NOT NULL AS stands FROM messages
            WHERE room = ?1 AND seq > ?4 ORDER BY seq LIMIT ?5)
         WHERE by <> ?2 AND stands",
        (
            room,
            mine,
            reader.to_string(),
            column(read),
            i64::try_from(limits::COUNT_WINDOW).unwrap_or(i64::MAX),
        ),
        |row| Ok((row.count(0)?, row.count(1)?)),
    )?;
    let (unread, mentions) = counts.unwrap_or((0, 0));
    Ok((
        unread.min(limits::COUNT_CAP),
        mentions.min(limits::COUNT_CAP),
    ))
}
