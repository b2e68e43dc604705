//! Reading accounts, sessions and invites.

use parlor_protocol::{InviteId, RoomId, SessionId, Timestamp, User, UserId, Username};
use parlor_store::audit::Entry;
use parlor_store::read::{Authenticated, Credentials, Denied, InviteRow, Part, SessionRow};
use parlor_store::source::Source;
use parlor_store::write::{SecretHash, SessionLife};

use crate::rows::Columns;
use crate::source::Tx;

pub(super) fn authenticate(
    tx: Tx<'_>,
    token: &SecretHash,
    now: Timestamp,
) -> rusqlite::Result<Result<Authenticated, Denied>> {
    let found = tx.row(
        "SELECT u.id, u.username, u.name, u.role, u.disabled,
            s.id, s.life, s.created_at, s.last_seen_at
         FROM sessions s JOIN users u ON u.n = s.user WHERE s.token = ?1",
        [token.0],
        |row| {
            Ok(Authenticated {
                user: row.user(0)?,
                session: SessionId::from_bytes(row.get(5)?),
                life: row.word(6)?,
                created_at: row.moment(7)?,
                last_seen_at: row.moment(8)?,
            })
        },
    )?;
    let stands = |it: &Authenticated| it.life.stands(it.created_at, it.last_seen_at, now);
    Ok(match found {
        Some(it) if !stands(&it) => Err(Denied::SessionEnded),
        Some(it) if it.user.disabled => Err(Denied::Disabled),
        Some(it) => Ok(it),
        None => Err(Denied::SessionEnded),
    })
}

/// The account over a session, where both are good at `now`.
pub(super) fn admitted(
    tx: Tx<'_>,
    user: UserId,
    session: SessionId,
    now: Timestamp,
) -> rusqlite::Result<Result<User, Denied>> {
    let found = tx.row(
        "SELECT u.id, u.username, u.name, u.role, u.disabled,
            s.life, s.created_at, s.last_seen_at
         FROM sessions s JOIN users u ON u.n = s.user WHERE s.id = ?1 AND u.id = ?2",
        [session.to_bytes(), user.to_bytes()],
        |row| {
            let life: SessionLife = row.word(5)?;
            Ok((
                row.user(0)?,
                life.stands(row.moment(6)?, row.moment(7)?, now),
            ))
        },
    )?;
    Ok(match found {
        Some((user, true)) if user.disabled => Err(Denied::Disabled),
        Some((user, true)) => Ok(user),
        _ => Err(Denied::SessionEnded),
    })
}

pub(super) fn credentials(
    tx: Tx<'_>,
    username: &Username,
) -> rusqlite::Result<Option<Credentials>> {
    tx.row(
        "SELECT id, password, disabled FROM users WHERE username = ?1",
        [username.as_str()],
        |row| {
            Ok(Credentials {
                user: row.user_id(0)?,
                password: row.get(1)?,
                disabled: row.get(2)?,
            })
        },
    )
}

pub(super) fn users(
    tx: Tx<'_>,
    query: &str,
    after: Option<UserId>,
    limit: u32,
) -> rusqlite::Result<Part<User>> {
    let items = tx.rows(
        "SELECT id, username, name, role, disabled FROM users
         WHERE id > ?1 AND id <> ?2
            AND (substr(username, 1, length(?3)) = ?3 OR instr(name_key, ?3))
         ORDER BY id LIMIT ?4",
        (
            after.unwrap_or(UserId::NOWHERE).to_bytes(),
            UserId::PARLOR.to_bytes(),
            query.to_lowercase(),
            i64::from(limit) + 1,
        ),
        |row| row.user(0),
    )?;
    Ok(super::part(items, limit))
}

pub(super) fn by_id(tx: Tx<'_>, ids: &[UserId]) -> rusqlite::Result<Vec<User>> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let mut users = Vec::with_capacity(ids.len());
    for id in ids {
        users.extend(tx.account(id)?);
    }
    Ok(users)
}

pub(super) fn sessions(
    tx: Tx<'_>,
    user: UserId,
    now: Timestamp,
) -> rusqlite::Result<Vec<SessionRow>> {
    let all = tx.rows(
        "SELECT id, label, created_at, last_seen_at, life FROM sessions
         WHERE user = (SELECT n FROM users WHERE id = ?1) ORDER BY n DESC",
        [user.to_bytes()],
        |row| {
            let session = SessionRow {
                id: SessionId::from_bytes(row.get(0)?),
                label: row.get(1)?,
                created_at: row.moment(2)?,
                last_seen_at: row.moment(3)?,
            };
            let life: SessionLife = row.word(4)?;
            let stands = life.stands(session.created_at, session.last_seen_at, now);
            Ok(stands.then_some(session))
        },
    )?;
    Ok(all.into_iter().flatten().collect())
}

pub(super) fn invites(tx: Tx<'_>, now: Timestamp) -> rusqlite::Result<Vec<InviteRow>> {
    tx.rows(
        "SELECT u.id, u.username, u.name, i.id, i.uses, i.max_uses, i.expires_at
         FROM invites i JOIN users u ON u.n = i.by
         WHERE i.uses < i.max_uses AND i.expires_at > ?1 ORDER BY i.n DESC",
        [now.as_millis()],
        |row| {
            Ok(InviteRow {
                by: row.person(0)?,
                id: InviteId::from_bytes(row.get(3)?),
                uses: row.get(4)?,
                max_uses: row.get(5)?,
                expires_at: row.moment(6)?,
            })
        },
    )
}

pub(super) fn audit(tx: Tx<'_>, after: u64, limit: u32) -> rusqlite::Result<Vec<(u64, Entry)>> {
    tx.rows(
        "SELECT n, at, by, session, what, about, room FROM audit WHERE n > ?1 ORDER BY n LIMIT ?2",
        (i64::try_from(after).unwrap_or(i64::MAX), limit),
        |row| {
            let user = |at: usize| -> rusqlite::Result<Option<UserId>> {
                Ok(row.get::<_, Option<[u8; 16]>>(at)?.map(UserId::from_bytes))
            };
            let entry = Entry {
                at: row.moment(1)?,
                by: user(2)?,
                session: row.get::<_, Option<_>>(3)?.map(SessionId::from_bytes),
                what: row.get(4)?,
                about: user(5)?,
                room: row.get::<_, Option<_>>(6)?.map(RoomId::from_bytes),
            };
            Ok((row.count(0)?, entry))
        },
    )
}
