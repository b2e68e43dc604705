//! Writes to accounts, sessions, invites and the server itself.

use parlor_protocol::{
    Code, DisplayName, InviteId, Refusal, ServerRole, SessionId, Timestamp, User, UserId,
};
use parlor_rules::{facts, general_joined};
use parlor_store::accounts::{demo_username, may_invite, may_rule_over, may_update};
use parlor_store::write::{
    Authority, Grant, NewAccount, NewInvite, NewSession, Proof, SecretHash, SessionLife,
};
use parlor_store::{Answer, Done, Op, Published, Write};

use super::state::{Account, Invite, Session, State};

type Out = Vec<Published>;

impl State {
    pub(super) fn account_write(&mut self, write: &Write, out: &mut Out) -> Answer {
        let at = write.at;
        match &write.op {
            Op::Command(..) | Op::Mark(..) => Ok(Done::Nothing),
            Op::AddAccount(new) => self.add_account(new, at, out),
            Op::StartSession(user, proof, session) => self.start_session(*user, proof, session, at),
            Op::StartDemoSession(id, session) => self.start_demo(*id, session, at, out),
            Op::EndSession(actor, session) => {
                let user = self.actor(*actor, at)?.id;
                let ended = self.end_sessions(out, |it| it.id == *session && it.user == user);
                found(ended)
            }
            Op::SessionSeen(session) => Ok(self.session_seen(*session, at)),
            Op::ChangePassword { actor, old, new } => {
                let user = self.actor(*actor, at)?.id;
                if !self.swap_password(user, old, new) {
                    return Err(Code::WrongPassword.into());
                }
                self.end_sessions(out, |it| it.user == user && it.id != actor.session);
                Ok(Done::Nothing)
            }
            Op::Rehash { user, old, new } => {
                self.swap_password(*user, old, new);
                Ok(Done::Nothing)
            }
            Op::ResetPassword(by, user, new) => {
                let by = self.authority(*by, at)?;
                let account = self.accounts.get_mut(user).ok_or(Code::NotFound)?;
                may_rule_over(by.map(|it| it.role), &account.user)?;
                account.password = Some(new.clone());
                self.end_sessions(out, |it| it.user == *user);
                Ok(Done::Nothing)
            }
            Op::UpdateUser {
                by,
                user,
                role,
                disabled,
            } => self.update_user(*by, *user, *role, *disabled, at, out),
            Op::RenameUser(actor, name) => {
                let user = self.actor(*actor, at)?.id;
                Ok(self.set_user(user, out, |it| it.name = name.clone()))
            }
            Op::RenameServer(actor, name) => {
                if self.actor(*actor, at)?.role != ServerRole::Owner {
                    return Err(Code::Forbidden.into());
                }
                if self.server.name != *name {
                    self.server.name = name.clone();
                    out.push(Published::Server);
                }
                Ok(Done::Nothing)
            }
            Op::AddInvite(by, new) => self.add_invite(*by, new, at),
            Op::RemoveInvite(by, invite) => self.remove_invite(*by, *invite, at),
            Op::SetClaimLink(token, expires_at) => {
                if self.server.claimed {
                    return Err(Code::NotFound.into());
                }
                self.claim_link = Some((*token, *expires_at));
                Ok(Done::Nothing)
            }
        }
    }

    /// On whose word: `None` is the console.
    fn authority(&self, by: Authority, at: Timestamp) -> Result<Option<User>, Refusal> {
        match by {
            Authority::Account(actor) => self.actor(actor, at).map(Some),
            Authority::Console => Ok(None),
        }
    }

    fn add_account(&mut self, new: &NewAccount, at: Timestamp, out: &mut Out) -> Answer {
        let claimed = self.server.claimed;
        let good = |it: &Invite, code: &SecretHash| it.code == *code && it.is_good(at);
        let role = match &new.grant {
            Grant::Demo if claimed => return Err(Code::InviteNeeded.into()),
            Grant::Invite(code) if !self.invites.iter().any(|it| good(it, code)) => {
                return Err(Code::InviteNeeded.into());
            }
            Grant::Claim(..) if claimed => return Err(Code::NotFound.into()),
            Grant::Claim(token, _) => match self.claim_link {
                Some((link, expires)) if link == *token && at < expires => ServerRole::Owner,
                _ => return Err(Code::BadClaimToken.into()),
            },
            Grant::Console { admin: true } if claimed => ServerRole::Admin,
            Grant::Console { admin: true } => ServerRole::Owner,
            _ => ServerRole::Member,
        };
        let mut accounts = self.accounts.values();
        if accounts.any(|it| it.user.username == new.username) {
            return Err(Code::UsernameTaken.into());
        }

        if let Grant::Invite(code) = &new.grant
            && let Some(invite) = self.invites.iter_mut().find(|it| good(it, code))
        {
            invite.uses += 1;
        }
        if role == ServerRole::Owner {
            let name = match &new.grant {
                Grant::Claim(_, name) => name.clone(),
                _ => None,
            };
            self.claim(name, out);
        }
        let user = User {
            id: new.id,
            username: new.username.clone(),
            name: new.name.clone(),
            role,
            disabled: false,
        };
        let demo = matches!(new.grant, Grant::Demo);
        self.make_account(user.clone(), Some(new.password.clone()), demo, at, out);
        if let Some(session) = &new.session {
            self.make_session(user.id, session, at);
        }
        Ok(Done::Account(user))
    }

    /// Makes an account, in `general`.
    fn make_account(
        &mut self,
        user: User,
        password: Option<String>,
        demo: bool,
        at: Timestamp,
        out: &mut Out,
    ) {
        let joined = general_joined(user.person());
        let account = Account {
            user,
            password,
            demo,
        };
        self.accounts.insert(account.user.id, account);
        self.append_events(self.server.general, vec![joined], at, out);
    }

    /// Ends the demo for good.
    fn claim(&mut self, name: Option<DisplayName>, out: &mut Out) {
        self.server.claimed = true;
        self.server.name = name.unwrap_or_else(|| self.server.name.clone());
        self.claim_link = None;
        out.push(Published::Server);
        let mut ended = Vec::new();
        for account in self.accounts.values_mut() {
            let prathmesh = account.user.username == demo_username();
            if prathmesh {
                account.password = None;
            }
            if account.demo && !account.user.disabled {
                account.user.disabled = true;
                out.push(Published::User(account.user.clone()));
            }
            if account.demo || prathmesh {
                ended.push(account.user.id);
            }
        }
        self.end_sessions(out, |it| {
            ended.contains(&it.user) && it.life == SessionLife::Browser
        });
    }

    fn start_session(
        &mut self,
        user: UserId,
        proof: &Proof,
        session: &NewSession,
        at: Timestamp,
    ) -> Answer {
        let account = self.accounts.get(&user).filter(|it| {
            let proven = match proof {
                Proof::Password(hash) => it.password.as_ref() == Some(hash),
                Proof::Console => user != UserId::PARLOR,
            };
            proven && !it.user.disabled
        });
        let user = account.ok_or(Code::InvalidCredentials)?.user.clone();
        self.make_session(user.id, session, at);
        Ok(Done::Account(user))
    }

    fn start_demo(
        &mut self,
        id: UserId,
        session: &NewSession,
        at: Timestamp,
        out: &mut Out,
    ) -> Answer {
        let mut accounts = self.accounts.values().map(|it| &it.user);
        let there = accounts.find(|it| it.username == demo_username()).cloned();
        if self.server.claimed || there.as_ref().is_some_and(|user| user.disabled) {
            return Err(Code::InvalidCredentials.into());
        }
        let user = there.unwrap_or_else(|| {
            let user = User {
                id,
                username: demo_username(),
                name: DisplayName::from_store(demo_username().as_str().into()),
                role: ServerRole::Member,
                disabled: false,
            };
            self.make_account(user.clone(), None, false, at, out);
            user
        });
        self.make_session(user.id, session, at);
        Ok(Done::Account(user))
    }

    fn make_session(&mut self, user: UserId, new: &NewSession, at: Timestamp) {
        self.sessions.push(Session {
            id: new.id,
            user,
            token: new.token,
            label: new.label.clone(),
            life: new.life,
            created_at: at,
            last_seen_at: at,
        });
    }

    /// How many there were.
    fn end_sessions(&mut self, out: &mut Out, ends: impl Fn(&Session) -> bool) -> usize {
        let before = self.sessions.len();
        self.sessions.retain(|session| {
            let ended = ends(session);
            if ended {
                out.push(Published::SessionEnded {
                    user: session.user,
                    session: session.id,
                });
            }
            !ended
        });
        before - self.sessions.len()
    }

    fn session_seen(&mut self, id: SessionId, at: Timestamp) -> Done {
        let mut sessions = self.sessions.iter_mut();
        if let Some(session) = sessions.find(|it| it.id == id && it.stands(at)) {
            session.last_seen_at = session.last_seen_at.max(at);
        }
        Done::Nothing
    }

    fn swap_password(&mut self, user: UserId, old: &str, new: &str) -> bool {
        match self.accounts.get_mut(&user) {
            Some(account) if account.password.as_deref() == Some(old) => {
                account.password = Some(new.into());
                true
            }
            _ => false,
        }
    }

    fn update_user(
        &mut self,
        by: Authority,
        user: UserId,
        role: Option<ServerRole>,
        disabled: Option<bool>,
        at: Timestamp,
        out: &mut Out,
    ) -> Answer {
        let by = self.authority(by, at)?.map(|it| it.role);
        let users = self.accounts.values().map(|it| &it.user);
        let owners = users.filter(|it| it.role == ServerRole::Owner && !it.disabled);
        let owners = owners.count() as u64;
        let before = &self.accounts.get(&user).ok_or(Code::NotFound)?.user;
        may_update(by, before, role, disabled, owners)?;
        if role == Some(ServerRole::Owner) && !self.server.claimed {
            self.claim(None, out);
        }
        let done = self.set_user(user, out, |it| {
            it.role = role.unwrap_or(it.role);
            it.disabled = disabled.unwrap_or(it.disabled);
        });
        if disabled == Some(true) {
            self.end_sessions(out, |it| it.user == user && it.life == SessionLife::Browser);
        }
        Ok(done)
    }

    /// Changes an account that is there, and says so if it is another then.
    fn set_user(&mut self, user: UserId, out: &mut Out, set: impl FnOnce(&mut User)) -> Done {
        let user = &mut self.accounts.get_mut(&user).expect("looked up before").user;
        let before = user.clone();
        set(user);
        if *user != before {
            out.push(Published::User(user.clone()));
        }
        Done::Account(user.clone())
    }

    fn add_invite(&mut self, by: Authority, new: &NewInvite, at: Timestamp) -> Answer {
        let by = self.authority(by, at)?;
        may_invite(by.as_ref().map(|it| it.role))?;
        self.invites.push(Invite {
            id: new.id,
            code: new.code,
            by: by.map_or_else(facts::parlor, |it| it.person()),
            uses: 0,
            max_uses: new.max_uses,
            expires_at: new.expires_at,
        });
        Ok(Done::Nothing)
    }

    fn remove_invite(&mut self, by: Authority, id: InviteId, at: Timestamp) -> Answer {
        let by = self.authority(by, at)?;
        may_invite(by.map(|it| it.role))?;
        let before = self.invites.len();
        self.invites.retain(|it| it.id != id);
        found(before - self.invites.len())
    }
}

fn found(how_many: usize) -> Answer {
    match how_many {
        0 => Err(Code::NotFound.into()),
        _ => Ok(Done::Nothing),
    }
}
