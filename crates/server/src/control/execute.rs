//! What the control socket's requests do. Beside no server the command line
//! opens the database itself and calls the same function.

use parlor_live::Live;
use parlor_protocol::{
    Code, DisplayName, InviteId, Refusal, SessionId, User, UserId, Username, limits,
};
use parlor_store::Done;
use parlor_store::write::{
    Authority, Grant, NewAccount, NewInvite, NewSession, Op, Proof, SessionLife,
};

use super::Request;
use crate::password::{self, Passwords};
use crate::secret;

/// What a label of a token may hold, in characters.
const LABEL_CHARS: usize = 80;

/// What requests are carried out with.
pub struct Console {
    /// Where links point: scheme, host and port, no final slash.
    pub base_url: String,
    /// Hashes passwords.
    pub passwords: Passwords,
}

/// Carries a request out.
///
/// # Errors
/// A sentence for whoever typed the command.
pub async fn execute(
    request: Request,
    console: &Console,
    live: &Live,
) -> Result<Option<String>, String> {
    match request {
        Request::AddUser {
            username,
            password,
            admin,
        } => {
            let handle = Username::parse(&username).map_err(say)?;
            let account = NewAccount {
                id: UserId::from_u128(live.ambient().uuid_v7()),
                name: DisplayName::from_store(handle.as_str().to_owned()),
                username: handle,
                password: hash(console, live, password).await?,
                grant: Grant::Console { admin },
                session: None,
            };
            submit(live, Op::AddAccount(account)).await.map(|_| None)
        }
        Request::SetPassword { username, password } => {
            let user = find(live, &username).await?;
            let hash = hash(console, live, password).await?;
            submit(live, Op::ResetPassword(Authority::Console, user.id, hash))
                .await
                .map(|_| None)
        }
        Request::SetDisabled { username, disabled } => {
            let user = find(live, &username).await?.id;
            let op = Op::UpdateUser {
                by: Authority::Console,
                user,
                role: None,
                disabled: Some(disabled),
            };
            submit(live, op).await.map(|_| None)
        }
        Request::CreateToken { username, label } => {
            let user = find(live, &username).await?;
            let token = secret::token(live.ambient());
            let session = NewSession {
                id: SessionId::from_u128(live.ambient().uuid_v7()),
                token: secret::hash(&token),
                label: label
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(LABEL_CHARS)
                    .collect(),
                life: SessionLife::Token,
            };
            submit(live, Op::StartSession(user.id, Proof::Console, session))
                .await
                .map_err(|why| {
                    if user.disabled {
                        format!("{username} is disabled: enable the account first")
                    } else {
                        why
                    }
                })?;
            Ok(Some(token))
        }
        Request::ClaimLink => claim_link(console, live).await.map(Some),
        Request::Invite {
            uses,
            expires_in_ms,
        } => {
            if !(1..=limits::INVITE_USES.1).contains(&uses) {
                return Err(say(Code::BadUses));
            }
            if !(1000..=limits::INVITE_MS.1).contains(&expires_in_ms) {
                return Err(say(Code::BadExpiry));
            }
            let code = secret::invite_code(live.ambient());
            let invite = NewInvite {
                id: InviteId::from_u128(live.ambient().uuid_v7()),
                code: secret::hash(&code),
                max_uses: uses,
                expires_at: live.ambient().now().plus_millis(expires_in_ms),
            };
            submit(live, Op::AddInvite(Authority::Console, invite)).await?;
            Ok(Some(format!("{}/invite#{code}", console.base_url)))
        }
    }
}

/// Makes an owner link, which ends the older one.
async fn claim_link(console: &Console, live: &Live) -> Result<String, String> {
    let token = secret::claim_token(live.ambient());
    let until = live.ambient().now().plus_millis(limits::CLAIM_LINK_MS);
    match live
        .submit(Op::SetClaimLink(secret::hash(&token), until))
        .await
    {
        Ok(_) => Ok(format!("{}/claim#{token}", console.base_url)),
        Err(Refusal {
            code: Code::NotFound,
            ..
        }) => Err("this server has an owner already".into()),
        Err(refusal) => Err(say(refusal.code)),
    }
}

async fn find(live: &Live, username: &str) -> Result<User, String> {
    let nobody = || format!("there is no account {username:?}");
    let handle = Username::fold(username).ok_or_else(nobody)?;
    let found = live
        .read(move |read| read.user_named(&handle))
        .await
        .map_err(|why| why.to_string())?;
    found
        .filter(|user| user.id != UserId::PARLOR)
        .ok_or_else(nobody)
}

async fn hash(console: &Console, live: &Live, password: String) -> Result<String, String> {
    password::judge(&password).map_err(say)?;
    let salt = live.ambient().secret();
    console
        .passwords
        .hash(password, salt)
        .await
        .map_err(|_| say(Code::Overloaded))
}

async fn submit(live: &Live, op: Op) -> Result<Done, String> {
    live.submit(op).await.map_err(|refusal| say(refusal.code))
}

/// The sentence of a code, for a console.
fn say(code: Code) -> String {
    code.message().to_owned()
}
