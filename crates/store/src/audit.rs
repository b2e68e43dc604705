//! What is written down of who did what to accounts, sessions and rights: decided here for every backend,
//! added in the transaction that does it, and never changed or removed.
//!
//! An entry has ids and fixed words, never a message's text, a name, a password or a token. What else
//! happens in a room stands in its log, with who did it.

use parlor_protocol::{Command, RoomId, RoomRole, ServerRole, SessionId, Timestamp, UserId};

use crate::write::{Actor, Authority, Done, Grant, Op, Proof, SessionLife, Write};

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who; `None` is whoever holds the data folder.
    pub by: Option<UserId>,
    /// Where: over which session.
    pub session: Option<SessionId>,
    /// What, in fixed words.
    pub what: String,
    /// To whose account.
    pub about: Option<UserId>,
    /// In which room.
    pub room: Option<RoomId>,
}

/// The entry for a write that was done, if it is one that is written down. `changed`: others have to hear of it.
pub fn entry(write: &Write, done: &Done, changed: bool) -> Option<Entry> {
    let (by, what, about) = match &write.op {
        Op::AddAccount(new) => {
            let (own, what) = match (&new.grant, done) {
                (Grant::Demo, _) => (true, "signed up in the demo"),
                (Grant::Invite(_), _) => (true, "signed up by an invite"),
                (Grant::Claim(..), _) => (true, "claimed the server"),
                (Grant::Console { .. }, Done::Account(user)) => match user.role {
                    ServerRole::Owner => (false, "made an account, the owner"),
                    ServerRole::Admin => (false, "made an account, an admin"),
                    ServerRole::Member => (false, "made an account"),
                },
                (Grant::Console { .. }, _) => (false, "made an account"),
            };
            let by = own.then(|| By(Some(new.id), new.session.as_ref().map(|it| it.id)));
            (by.unwrap_or(CONSOLE), what, Some(new.id))
        }
        Op::StartSession(user, proof, session) => {
            let by = match proof {
                Proof::Password(_) => By(Some(*user), Some(session.id)),
                Proof::Console => CONSOLE,
            };
            let what = match session.life {
                SessionLife::Browser => "signed in",
                SessionLife::Token => "made a token",
            };
            (by, what, Some(*user))
        }
        Op::StartDemoSession(_, session) => match done {
            Done::Account(user) => {
                let by = By(Some(user.id), Some(session.id));
                (by, "signed in to the demo", Some(user.id))
            }
            _ => return None,
        },
        Op::EndSession(actor, session) => {
            let own = actor.session == *session;
            let what = if own { "signed out" } else { "ended a session" };
            (actor.into(), what, Some(actor.user))
        }
        Op::ChangePassword { actor, .. } => {
            (actor.into(), "changed the password", Some(actor.user))
        }
        Op::ResetPassword(by, user, _) => (by.into(), "reset the password", Some(*user)),
        Op::UpdateUser {
            by,
            user,
            role,
            disabled,
        } if changed => {
            let role = role.map(|role| match role {
                ServerRole::Owner => "made an owner",
                ServerRole::Admin => "made an admin",
                ServerRole::Member => "made a member",
            });
            let disabled = disabled.map(|it| if it { "disabled" } else { "enabled" });
            let what: Vec<&str> = role.into_iter().chain(disabled).collect();
            return Some(By::from(by).entry(write.at, &what.join(" and "), Some(*user)));
        }
        Op::RenameUser(actor, _) if changed => {
            (actor.into(), "took another name", Some(actor.user))
        }
        Op::RenameServer(actor, _) if changed => (actor.into(), "renamed the server", None),
        Op::AddInvite(by, _) => (by.into(), "made an invite", None),
        Op::RemoveInvite(by, _) => (by.into(), "took an invite back", None),
        Op::SetClaimLink(..) => (CONSOLE, "made an owner link", None),
        Op::Command(actor, Command::PutMember { room, user, role }) if changed => {
            let what = match role {
                Some(RoomRole::Owner) => "made an owner of a room",
                Some(RoomRole::Member) => "made a member of a room",
                // Joining and adding stand in the room's log.
                None => return None,
            };
            let by = By::from(actor);
            return Some(Entry {
                room: Some(*room),
                ..by.entry(write.at, what, Some(*user))
            });
        }
        Op::UpdateUser { .. }
        | Op::RenameUser(..)
        | Op::RenameServer(..)
        | Op::Command(..)
        | Op::Mark(..)
        | Op::SessionSeen(_)
        | Op::Rehash { .. } => return None,
    };
    Some(by.entry(write.at, what, about))
}

/// Who, and over which session.
struct By(Option<UserId>, Option<SessionId>);

const CONSOLE: By = By(None, None);

impl By {
    fn entry(self, at: Timestamp, what: &str, about: Option<UserId>) -> Entry {
        Entry {
            at,
            by: self.0,
            session: self.1,
            what: what.to_owned(),
            about,
            room: None,
        }
    }
}

impl From<&Actor> for By {
    fn from(actor: &Actor) -> Self {
        Self(Some(actor.user), Some(actor.session))
    }
}

impl From<&Authority> for By {
    fn from(by: &Authority) -> Self {
        match by {
            Authority::Account(actor) => actor.into(),
            Authority::Console => CONSOLE,
        }
    }
}
