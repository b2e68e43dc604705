//! Signing in and out, and what it rests on: sessions and passwords.

use parlor_protocol::{Code, DisplayName, ServerRole, SessionId, Timestamp, User, UserId, limits};
use parlor_store::accounts::{demo_username, may_rule_over};
use parlor_store::source::Source;
use parlor_store::write::{Authority, NewSession, Proof, SessionLife};
use parlor_store::{Done, Published};

use super::{LONG_AGO_MS, Outcome};
use crate::rows::{Columns, Word};
use crate::write::Batch;

impl Batch<'_> {
    pub(super) fn start_session(
        &self,
        user: UserId,
        proof: &Proof,
        session: &NewSession,
        at: Timestamp,
    ) -> Outcome {
        let found = self.tx.row(
            "SELECT id, username, name, role, disabled, password FROM users WHERE id = ?1",
            [user.to_bytes()],
            |row| Ok((row.user(0)?, row.get::<_, Option<String>>(5)?)),
        )?;
        let let_in = found.filter(|(user, stored)| {
            let proven = match proof {
                Proof::Password(hash) => stored.as_ref() == Some(hash),
                Proof::Console => user.id != UserId::PARLOR,
            };
            proven && !user.disabled
        });
        let Some((user, _)) = let_in else {
            return Err(Code::InvalidCredentials.into());
        };
        self.make_session(user.id, session, at)?;
        Ok(Done::Account(user))
    }

    pub(super) fn start_demo(
        &mut self,
        id: UserId,
        session: &NewSession,
        at: Timestamp,
    ) -> Outcome {
        let there = self.tx.row(
            "SELECT id, username, name, role, disabled FROM users WHERE username = ?1",
            [demo_username().as_str()],
            |row| row.user(0),
        )?;
        if self.claimed()? || there.as_ref().is_some_and(|user| user.disabled) {
            return Err(Code::InvalidCredentials.into());
        }
        let user = match there {
            Some(user) => user,
            None => {
                let user = User {
                    id,
                    username: demo_username(),
                    name: DisplayName::from_store(demo_username().as_str().into()),
                    role: ServerRole::Member,
                    disabled: false,
                };
                self.make_account(&user, None, false, at)?;
                user
            }
        };
        self.make_session(user.id, session, at)?;
        Ok(Done::Account(user))
    }

    /// Makes a session; those of the same user that ran out long ago go, so that
    /// signing in again and again does not fill the table.
    pub(super) fn make_session(
        &self,
        user: UserId,
        new: &NewSession,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        let (idle, most) = limits::SESSION_MS;
        self.tx.run(
            "DELETE FROM sessions WHERE user = (SELECT n FROM users WHERE id = ?1)
                AND life = 'browser' AND (last_seen_at < ?2 OR created_at < ?3)",
            (
                user.to_bytes(),
                at.plus_millis(-idle - LONG_AGO_MS).as_millis(),
                at.plus_millis(-most - LONG_AGO_MS).as_millis(),
            ),
        )?;
        self.tx.run_one(
            "INSERT INTO sessions (id, token, user, life, created_at, last_seen_at, label)
             VALUES (?1, ?2, (SELECT n FROM users WHERE id = ?3), ?4, ?5, ?5, ?6)",
            (
                new.id.to_bytes(),
                new.token.0,
                user.to_bytes(),
                new.life.word(),
                at.as_millis(),
                &new.label,
            ),
        )
    }

    /// Ends those of a user's sessions that are meant. How many.
    pub(super) fn end_sessions(
        &mut self,
        user: UserId,
        ends: impl Fn(SessionId, SessionLife) -> bool,
    ) -> rusqlite::Result<usize> {
        let mut sessions = self.tx.rows(
            "SELECT id, life FROM sessions
             WHERE user = (SELECT n FROM users WHERE id = ?1) ORDER BY n",
            [user.to_bytes()],
            |row| Ok((SessionId::from_bytes(row.get(0)?), row.word(1)?)),
        )?;
        sessions.retain(|(id, life)| ends(*id, *life));
        for (session, _) in &sessions {
            self.end_session(user, *session)?;
        }
        Ok(sessions.len())
    }

    pub(super) fn end_session(&mut self, user: UserId, session: SessionId) -> rusqlite::Result<()> {
        self.tx
            .run_one("DELETE FROM sessions WHERE id = ?1", [session.to_bytes()])?;
        self.published
            .push(Published::SessionEnded { user, session });
        Ok(())
    }

    pub(super) fn session_seen(&self, id: SessionId, at: Timestamp) -> Outcome {
        let stands = self.tx.row(
            "SELECT life, created_at, last_seen_at FROM sessions WHERE id = ?1",
            [id.to_bytes()],
            |row| {
                let life: SessionLife = row.word(0)?;
                Ok(life.stands(row.moment(1)?, row.moment(2)?, at))
            },
        )?;
        if stands == Some(true) {
            self.tx.run(
                "UPDATE sessions SET last_seen_at = ?2 WHERE id = ?1 AND last_seen_at < ?2",
                (id.to_bytes(), at.as_millis()),
            )?;
        }
        Ok(Done::Nothing)
    }

    /// Whether the stored hash was `old`, and is `new` now.
    pub(super) fn swap_password(
        &self,
        user: UserId,
        old: &str,
        new: &str,
    ) -> rusqlite::Result<bool> {
        let changed = self.tx.run(
            "UPDATE users SET password = ?3 WHERE id = ?1 AND password = ?2",
            (user.to_bytes(), old, new),
        )?;
        Ok(changed == 1)
    }

    pub(super) fn reset_password(
        &mut self,
        by: Authority,
        user: UserId,
        new: &str,
        at: Timestamp,
    ) -> Outcome {
        let by = self.authority(by, at)?;
        let account = self.tx.account(user)?.ok_or(Code::NotFound)?;
        may_rule_over(by.map(|it| it.role), &account)?;
        self.tx.run_one(
            "UPDATE users SET password = ?2 WHERE id = ?1",
            (user.to_bytes(), new),
        )?;
        self.end_sessions(user, |_, _| true)?;
        Ok(Done::Nothing)
    }
}
