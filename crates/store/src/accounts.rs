//! What every backend decides alike about accounts and sessions: pure, from rows
//! that were read in the transaction that writes the outcome.

use parlor_protocol::{Code, Refusal, ServerRole, Timestamp, User, UserId, Username, limits};

use crate::write::SessionLife;

/// The demo's account, which nobody can register.
pub fn demo_username() -> Username {
    Username::from_store("prathmesh".into())
}

impl SessionLife {
    /// Whether a session of this life still stands at `now`.
    pub fn stands(self, created_at: Timestamp, last_seen_at: Timestamp, now: Timestamp) -> bool {
        let (idle, most) = limits::SESSION_MS;
        match self {
            Self::Token => true,
            Self::Browser => {
                now < last_seen_at.plus_millis(idle) && now < created_at.plus_millis(most)
            }
        }
    }
}

/// Whether somebody's role may become `role` and their account `disabled`; `None` leaves
/// either as it is. `by` is the role of the account on whose word it is done, `None` the console.
/// `owners` is how many owners' accounts are not disabled.
///
/// # Errors
/// `not_found` for `parlor`, then `forbidden`, then `last_owner`.
pub fn may_update(
    by: Option<ServerRole>,
    user: &User,
    role: Option<ServerRole>,
    disabled: Option<bool>,
    owners: u64,
) -> Result<(), Refusal> {
    may_rule_over(by, user)?;
    if role.is_some() && !matches!(by, None | Some(ServerRole::Owner)) {
        return Err(Code::Forbidden.into());
    }
    let counts = |role, disabled: bool| role == ServerRole::Owner && !disabled;
    let before = counts(user.role, user.disabled);
    let after = counts(role.unwrap_or(user.role), disabled.unwrap_or(user.disabled));
    if before && !after && owners <= 1 {
        return Err(Code::LastOwner.into());
    }
    Ok(())
}

/// Whether somebody's account may be disabled, enabled or given a password:
/// a member's by admins, everybody's by owners and the console.
///
/// # Errors
/// `not_found` for `parlor`, else `forbidden`.
pub fn may_rule_over(by: Option<ServerRole>, user: &User) -> Result<(), Refusal> {
    let may = match by {
        None | Some(ServerRole::Owner) => true,
        Some(ServerRole::Admin) => user.role == ServerRole::Member,
        Some(ServerRole::Member) => false,
    };
    if user.id == UserId::PARLOR {
        Err(Code::NotFound.into())
    } else if may {
        Ok(())
    } else {
        Err(Code::Forbidden.into())
    }
}

/// Whether somebody may make invites and take them back; `None` is the console.
///
/// # Errors
/// `forbidden`.
pub fn may_invite(by: Option<ServerRole>) -> Result<(), Refusal> {
    match by {
        None | Some(ServerRole::Admin | ServerRole::Owner) => Ok(()),
        Some(ServerRole::Member) => Err(Code::Forbidden.into()),
    }
}
