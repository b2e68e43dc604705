//! Accounts: signing up, finding people, and what owners and admins do with accounts.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use parlor_protocol::{
    Code, DisplayName, Refusal, ServerRole, User, UserId, Username, http as wire, limits,
};
use parlor_store::write::{Authority, Grant, NewAccount, Op};
use serde::Deserialize;

use super::{account, nothing, ok, signed_in};
use crate::address::AddressKey;
use crate::auth::session::{SignedIn, new_session};
use crate::auth::{password, secret};
use crate::calls::{BASE, Call, Calls};
use crate::error::{Fields, Problem};
use crate::extract::{Json, Path, Query, Who};
use crate::guard::Client;
use crate::state::App;

pub(super) fn calls() -> Calls {
    Calls::under(BASE)
        .add(
            Call::post("/users", "Sign up.")
                .public()
                .takes::<wire::NewUser>()
                .gives::<wire::SignedIn>(201)
                .refuses(&[
                    Code::InviteNeeded,
                    Code::BadUsername,
                    Code::BadPassword,
                    Code::BadName,
                    Code::UsernameTaken,
                    Code::TooManyAttempts,
                ]),
            sign_up,
        )
        .add(
            Call::get("/users", "People of this server.")
                .query(&[
                    (
                        "q",
                        "string",
                        "The beginning of a username, or a part of a name.",
                    ),
                    ("after", "string", "The id after which the page begins."),
                    (
                        "ids",
                        "string",
                        "Instead: these accounts, at most 50, with commas between.",
                    ),
                ])
                .gives::<wire::Page<User>>(200),
            list,
        )
        .add(
            Call::patch("/users/{user}", "Give a role, disable or enable.")
                .takes::<wire::PatchUser>()
                .gives::<wire::UserBody>(200)
                .refuses(&[Code::Forbidden, Code::NotFound, Code::LastOwner]),
            update,
        )
        .add(
            Call::post("/users/{user}/password", "Give somebody a new password.")
                .takes::<wire::ResetPassword>()
                .gives_nothing()
                .refuses(&[Code::Forbidden, Code::NotFound, Code::BadPassword]),
            reset_password,
        )
}

/// Somebody who wants an account, well formed.
pub(super) struct NewPerson {
    pub(super) username: Username,
    pub(super) name: DisplayName,
}

impl NewPerson {
    /// Who gives no name is called after their username.
    pub(super) fn judge(
        fields: &mut Fields,
        username: &str,
        password: &str,
        name: Option<String>,
    ) -> Option<Self> {
        let handle = fields.judge("username", Username::parse(username));
        fields.judge("password", password::judge(password));
        let name = name.as_deref().unwrap_or(username);
        let name = fields.judge("name", DisplayName::parse(name));
        Some(Self {
            username: handle?,
            name: name?,
        })
    }

    /// Counts the sign-up, and spares a hash where the name is taken already.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`], [`Code::UsernameTaken`].
    pub(super) async fn may_try(&self, app: &App, address: AddressKey) -> Result<(), Problem> {
        if let Err(wait) = app.throttles.sign_up(address, app.monotonic()) {
            app.telemetry.limited("sign_ups");
            return Err(Problem::wait(Code::TooManyAttempts, wait));
        }
        let name = self.username.clone();
        let taken = app.live.read(move |read| read.user_named(&name)).await?;
        if taken.is_some() {
            Err(Code::UsernameTaken.into())
        } else {
            Ok(())
        }
    }
}

/// Hashes a new password, in its turn.
pub(super) async fn hash(app: &App, password: String) -> Result<String, Problem> {
    let salt = app.ambient().secret();
    Ok(app.passwords.hash(password, salt).await?)
}

async fn sign_up(
    State(app): State<Arc<App>>,
    client: Client,
    headers: HeaderMap,
    Json(body): Json<wire::NewUser>,
) -> Result<Response, Problem> {
    let grant = let_in(&app, &client, body.invite.as_deref()).await?;
    let mut fields = Fields::default();
    let person = NewPerson::judge(&mut fields, &body.username, &body.password, body.name);
    let person = fields.finish(person)?;
    person.may_try(&app, client.key).await?;
    let (session, token) = new_session(&app, &headers);
    let new = NewAccount {
        id: UserId::from_u128(app.ambient().uuid_v7()),
        username: person.username,
        name: person.name,
        password: hash(&app, body.password).await?,
        grant,
        session: Some(session),
    };
    let done = app.submit(Op::AddAccount(new)).await.map_err(Refusal::into);
    done.and_then(account)
        .and_then(|user| signed_in(&app, token, user))
}

/// What lets somebody in: the demo, or an invite. Judged again in the transaction that makes the
/// account.
async fn let_in(app: &App, client: &Client, invite: Option<&str>) -> Result<Grant, Problem> {
    if client.demo && !app.claimed().await? {
        return Ok(Grant::Demo);
    }
    let code = secret::hash(invite.ok_or(Code::InviteNeeded)?);
    let now = app.ambient().now();
    if app
        .live
        .read(move |read| read.invite_is_good(&code, now))
        .await?
    {
        Ok(Grant::Invite(code))
    } else {
        Err(Code::InviteNeeded.into())
    }
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    after: Option<UserId>,
    ids: Option<String>,
}

async fn list(
    State(app): State<Arc<App>>,
    _: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if let Some(ids) = asked.ids {
        let ids: Vec<UserId> = ids.split(',').map(|id| UserId::parse(id.trim())).collect();
        if ids.len() > limits::USERS_PAGE as usize {
            return Err(Code::BadRequest.into());
        }
        let items = app.live.read(move |read| read.users_by_id(&ids)).await?;
        return ok(&wire::Page {
            items,
            has_more: false,
        });
    }
    let Asked { q, after, .. } = asked;
    let page = app
        .live
        .read(move |read| read.users(q.trim(), after, limits::USERS_PAGE))
        .await?;
    ok(&wire::Page {
        items: page.items,
        has_more: page.has_more,
    })
}

#[derive(Deserialize)]
struct Named {
    user: Who,
}

async fn update(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Path(Named { user }): Path<Named>,
    Json(body): Json<wire::PatchUser>,
) -> Result<Response, Problem> {
    let op = Op::UpdateUser {
        by: Authority::Account(me.actor),
        user: user.id(me.actor.user),
        role: body.role,
        disabled: body.disabled,
    };
    let user = account(app.submit(op).await?)?;
    ok(&wire::UserBody { user })
}

async fn reset_password(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Path(Named { user }): Path<Named>,
    Json(body): Json<wire::ResetPassword>,
) -> Result<Response, Problem> {
    // Judged again when it is written; here it spares a hash.
    if me.user.role == ServerRole::Member {
        return Err(Code::Forbidden.into());
    }
    let user = user.id(me.actor.user);
    let there = app.live.read(move |read| read.user(user)).await?;
    there
        .filter(|user| user.id != UserId::PARLOR)
        .ok_or(Code::NotFound)?;
    let mut fields = Fields::default();
    let fine = fields.judge("new", password::judge(&body.new));
    fields.finish(fine)?;
    let hash = hash(&app, body.new).await?;
    app.submit(Op::ResetPassword(Authority::Account(me.actor), user, hash))
        .await?;
    Ok(nothing())
}
