//! Writes to accounts, sessions, invites and the server itself.
//!
//! What let an account or a session in is judged here again, in the transaction that writes it.

use parlor_protocol::{Code, DisplayName, ServerRole, SessionId, Timestamp, User, UserId};
use parlor_rules::general_joined;
use parlor_store::accounts::{demo_username, may_invite, may_update};
use parlor_store::source::Source;
use parlor_store::write::{Authority, Grant, NewAccount, NewInvite, Op, SessionLife};
use parlor_store::{Done, Published};

use crate::rows::{Columns, Word};
use crate::write::{Batch, Stop};

mod sessions;

type Outcome = Result<Done, Stop>;

/// How long after its end a session or an invite is kept, in case the clock was wrong: 30 days.
const LONG_AGO_MS: i64 = 30 * 86_400_000;

impl Batch<'_> {
    /// Every op but commands and markers.
    pub(crate) fn account_op(&mut self, op: &Op, at: Timestamp) -> Outcome {
        match op {
            // Done by the caller.
            Op::Command(..) | Op::Mark(..) => Ok(Done::Nothing),
            Op::AddAccount(new) => self.add_account(new, at),
            Op::StartSession(user, proof, session) => self.start_session(*user, proof, session, at),
            Op::StartDemoSession(id, session) => self.start_demo(*id, session, at),
            Op::EndSession(actor, session) => {
                let user = self.let_in(*actor, at)?.id;
                found(self.end_sessions(user, |id, _| id == *session)?)
            }
            Op::SessionSeen(session) => self.session_seen(*session, at),
            Op::ChangePassword { actor, old, new } => {
                let user = self.let_in(*actor, at)?.id;
                if !self.swap_password(user, old, new)? {
                    return Err(Code::WrongPassword.into());
                }
                self.end_sessions(user, |id, _| id != actor.session)?;
                Ok(Done::Nothing)
            }
            Op::Rehash { user, old, new } => {
                self.swap_password(*user, old, new)?;
                Ok(Done::Nothing)
            }
            Op::ResetPassword(by, user, new) => self.reset_password(*by, *user, new, at),
            Op::UpdateUser {
                by,
                user,
                role,
                disabled,
            } => self.update_user(*by, *user, (*role, *disabled), at),
            Op::RenameUser(actor, name) => {
                let user = self.let_in(*actor, at)?;
                self.rename_user(user, name)
            }
            Op::RenameServer(actor, name) => {
                if self.let_in(*actor, at)?.role != ServerRole::Owner {
                    return Err(Code::Forbidden.into());
                }
                self.rename_server(name)
            }
            Op::AddInvite(by, new) => self.add_invite(*by, new, at),
            Op::RemoveInvite(by, invite) => {
                let by = self.authority(*by, at)?;
                may_invite(by.map(|user| user.role))?;
                let sql = "DELETE FROM invites WHERE id = ?1";
                found(self.tx.run(sql, [invite.to_bytes()])?)
            }
            Op::SetClaimLink(token, expires_at) => {
                if self.claimed()? {
                    return Err(Code::NotFound.into());
                }
                self.tx.run_one(
                    "UPDATE server SET claim_token = ?1, claim_expires = ?2",
                    (token.0, expires_at.as_millis()),
                )?;
                Ok(Done::Nothing)
            }
        }
    }

    /// On whose word: `None` is the console.
    pub(super) fn authority(&self, by: Authority, at: Timestamp) -> Result<Option<User>, Stop> {
        match by {
            Authority::Account(actor) => self.let_in(actor, at).map(Some),
            Authority::Console => Ok(None),
        }
    }

    pub(super) fn claimed(&self) -> rusqlite::Result<bool> {
        let claimed = self
            .tx
            .row("SELECT claimed FROM server", [], |row| row.get(0))?;
        claimed.ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    fn add_account(&mut self, new: &NewAccount, at: Timestamp) -> Outcome {
        let role = self.role_granted(&new.grant, at)?;
        let taken = self.tx.row(
            "SELECT 1 FROM users WHERE username = ?1",
            [new.username.as_str()],
            |_| Ok(()),
        )?;
        if taken.is_some() {
            return Err(Code::UsernameTaken.into());
        }
        if let Grant::Invite(code) = &new.grant {
            self.tx.run_one(
                "UPDATE invites SET uses = uses + 1 WHERE code = ?1",
                [code.0],
            )?;
        }
        if role == ServerRole::Owner {
            self.claim(match &new.grant {
                Grant::Claim(_, name) => name.as_ref(),
                _ => None,
            })?;
        }
        let user = User {
            id: new.id,
            username: new.username.clone(),
            name: new.name.clone(),
            role,
            disabled: false,
        };
        let demo = matches!(new.grant, Grant::Demo);
        self.make_account(&user, Some(&new.password), demo, at)?;
        if let Some(session) = &new.session {
            self.make_session(user.id, session, at)?;
        }
        Ok(Done::Account(user))
    }

    /// The role that a grant gives, where it holds.
    fn role_granted(&self, grant: &Grant, at: Timestamp) -> Result<ServerRole, Stop> {
        let claimed = self.claimed()?;
        match grant {
            Grant::Demo if claimed => Err(Code::InviteNeeded.into()),
            Grant::Demo => Ok(ServerRole::Member),
            Grant::Invite(code) => {
                let good = self.tx.row(
                    "SELECT 1 FROM invites WHERE code = ?1 AND uses < max_uses AND expires_at > ?2",
                    (code.0, at.as_millis()),
                    |_| Ok(ServerRole::Member),
                )?;
                good.ok_or_else(|| Code::InviteNeeded.into())
            }
            Grant::Claim(..) if claimed => Err(Code::NotFound.into()),
            Grant::Claim(token, _) => {
                let good = self.tx.row(
                    "SELECT 1 FROM server WHERE claim_token = ?1 AND claim_expires > ?2",
                    (token.0, at.as_millis()),
                    |_| Ok(ServerRole::Owner),
                )?;
                good.ok_or_else(|| Code::BadClaimToken.into())
            }
            Grant::Console { admin: false } => Ok(ServerRole::Member),
            Grant::Console { admin: true } if claimed => Ok(ServerRole::Admin),
            Grant::Console { admin: true } => Ok(ServerRole::Owner),
        }
    }

    /// Makes an account, in `general`.
    pub(super) fn make_account(
        &mut self,
        user: &User,
        password: Option<&str>,
        demo: bool,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        self.tx.run_one(
            "INSERT INTO users (id, username, name, name_key, role, disabled, demo, password)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            (
                user.id.to_bytes(),
                user.username.as_str(),
                user.name.as_str(),
                name_key(&user.name),
                user.role.word(),
                user.disabled,
                demo,
                password,
            ),
        )?;
        let general = self.tx.row(
            "SELECT r.id FROM rooms r JOIN server s ON s.general = r.n",
            [],
            |row| row.room_id(0),
        )?;
        let general = general.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        self.append_events(general, vec![general_joined(user.person())], at)?;
        Ok(())
    }

    /// Ends the demo for good: its accounts are disabled until the owner says
    /// otherwise, `prathmesh` has no password, and the sessions of both end but
    /// for tokens of the command line.
    fn claim(&mut self, name: Option<&DisplayName>) -> rusqlite::Result<()> {
        self.tx.run_one(
            "UPDATE server SET claimed = 1, claim_token = NULL, claim_expires = NULL,
                name = ifnull(?1, name)",
            [name.map(DisplayName::as_str)],
        )?;
        self.published.push(Published::Server);
        let ended = self.tx.rows(
            "SELECT s.id, u.id FROM sessions s JOIN users u ON u.n = s.user
             WHERE (u.demo OR u.username = ?1) AND s.life = 'browser' ORDER BY s.n",
            [demo_username().as_str()],
            |row| Ok((SessionId::from_bytes(row.get(0)?), row.user_id(1)?)),
        )?;
        let disabled = self.tx.rows(
            "SELECT id, username, name, role, 1 FROM users WHERE demo AND NOT disabled ORDER BY id",
            [],
            |row| row.user(0),
        )?;
        self.tx
            .run("UPDATE users SET disabled = 1 WHERE demo", [])?;
        self.tx.run(
            "UPDATE users SET password = NULL WHERE username = ?1",
            [demo_username().as_str()],
        )?;
        self.published
            .extend(disabled.into_iter().map(Published::User));
        for (session, user) in ended {
            self.end_session(user, session)?;
        }
        Ok(())
    }

    fn update_user(
        &mut self,
        by: Authority,
        user: UserId,
        (role, disabled): (Option<ServerRole>, Option<bool>),
        at: Timestamp,
    ) -> Outcome {
        let by = self.authority(by, at)?.map(|it| it.role);
        let before = self.tx.account(user)?.ok_or(Code::NotFound)?;
        let owners = self.tx.row(
            "SELECT count(*) FROM users WHERE role = 'owner' AND NOT disabled",
            [],
            |row| row.count(0),
        )?;
        may_update(by, &before, role, disabled, owners.unwrap_or(0))?;
        if role == Some(ServerRole::Owner) && !self.claimed()? {
            self.claim(None)?;
        }
        // Claiming may have disabled this very account.
        let before = self.tx.account(user)?.ok_or(Code::NotFound)?;
        let after = User {
            role: role.unwrap_or(before.role),
            disabled: disabled.unwrap_or(before.disabled),
            ..before.clone()
        };
        if after != before {
            self.tx.run_one(
                "UPDATE users SET role = ?2, disabled = ?3 WHERE id = ?1",
                (user.to_bytes(), after.role.word(), after.disabled),
            )?;
            self.published.push(Published::User(after.clone()));
        }
        if disabled == Some(true) {
            self.end_sessions(user, |_, life| life == SessionLife::Browser)?;
        }
        Ok(Done::Account(after))
    }

    fn rename_user(&mut self, mut user: User, name: &DisplayName) -> Outcome {
        if user.name != *name {
            user.name = name.clone();
            self.tx.run_one(
                "UPDATE users SET name = ?2, name_key = ?3 WHERE id = ?1",
                (user.id.to_bytes(), name.as_str(), name_key(name)),
            )?;
            self.published.push(Published::User(user.clone()));
        }
        Ok(Done::Account(user))
    }

    fn rename_server(&mut self, name: &DisplayName) -> Outcome {
        let changed = self.tx.run(
            "UPDATE server SET name = ?1 WHERE name <> ?1",
            [name.as_str()],
        )?;
        if changed == 1 {
            self.published.push(Published::Server);
        }
        Ok(Done::Nothing)
    }

    fn add_invite(&self, by: Authority, new: &NewInvite, at: Timestamp) -> Outcome {
        let by = self.authority(by, at)?;
        may_invite(by.as_ref().map(|it| it.role))?;
        let by = by.map_or(UserId::PARLOR, |it| it.id);
        self.tx.run(
            "DELETE FROM invites WHERE expires_at < ?1",
            [at.plus_millis(-LONG_AGO_MS).as_millis()],
        )?;
        self.tx.run_one(
            "INSERT INTO invites (id, code, by, uses, max_uses, expires_at)
             VALUES (?1, ?2, (SELECT n FROM users WHERE id = ?3), 0, ?4, ?5)",
            (
                new.id.to_bytes(),
                new.code.0,
                by.to_bytes(),
                new.max_uses,
                new.expires_at.as_millis(),
            ),
        )?;
        Ok(Done::Nothing)
    }
}

/// A name as it is searched.
pub(crate) fn name_key(name: &DisplayName) -> String {
    name.as_str().to_lowercase()
}

fn found(how_many: usize) -> Outcome {
    match how_many {
        0 => Err(Code::NotFound.into()),
        _ => Ok(Done::Nothing),
    }
}
