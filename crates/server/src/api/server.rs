//! The server as a whole: what it is called, and the claim that gives it an owner.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use parlor_protocol::{Code, DisplayName, Refusal, UserId, http as wire};
use parlor_store::write::{Grant, NewAccount, Op};

use super::{account, ok, signed_in};
use crate::api::users::{NewPerson, hash};
use crate::auth::secret;
use crate::auth::session::{SignedIn, new_session};
use crate::calls::{BASE, Call, Calls};
use crate::error::{Fields, Problem};
use crate::extract::Json;
use crate::guard::Client;
use crate::state::App;

pub(super) fn calls() -> Calls {
    Calls::under(BASE)
        .add(
            Call::get("/server", "What this server is.")
                .public()
                .gives::<wire::Server>(200),
            show,
        )
        .add(
            Call::patch("/server", "Rename it, as its owner.")
                .takes::<wire::PatchServer>()
                .gives::<wire::Server>(200)
                .refuses(&[Code::Forbidden, Code::BadName]),
            rename,
        )
        .add(
            Call::post("/claim", "Become the owner, by the owner link.")
                .public()
                .takes::<wire::Claim>()
                .gives::<wire::SignedIn>(201)
                .refuses(&[
                    Code::BadClaimToken,
                    Code::NotFound,
                    Code::UsernameTaken,
                    Code::BadUsername,
                    Code::BadPassword,
                    Code::BadName,
                    Code::TooManyAttempts,
                ]),
            claim,
        )
}

async fn show(State(app): State<Arc<App>>, client: Client) -> Result<Response, Problem> {
    ok(&describe(&app, &client).await?)
}

async fn describe(app: &App, client: &Client) -> Result<wire::Server, Problem> {
    let server = app.live.read(|read| read.server()).await?;
    let demo = client.demo && !server.claimed;
    Ok(wire::Server {
        name: server.name,
        version: env!("CARGO_PKG_VERSION").into(),
        epoch: server.epoch,
        claimed: server.claimed,
        demo,
        sign_up: if demo {
            wire::SignUp::Open
        } else {
            wire::SignUp::Invite
        },
    })
}

async fn rename(
    State(app): State<Arc<App>>,
    client: Client,
    me: SignedIn,
    Json(body): Json<wire::PatchServer>,
) -> Result<Response, Problem> {
    let mut fields = Fields::default();
    let name = fields.judge("name", DisplayName::parse(&body.name));
    let name = fields.finish(name)?;
    app.submit(Op::RenameServer(me.actor, name)).await?;
    ok(&describe(&app, &client).await?)
}

async fn claim(
    State(app): State<Arc<App>>,
    client: Client,
    headers: HeaderMap,
    Json(body): Json<wire::Claim>,
) -> Result<Response, Problem> {
    if app.claimed().await? {
        return Err(Code::NotFound.into());
    }
    let token = secret::hash(&body.token);
    let now = app.ambient().now();
    if !app
        .live
        .read(move |read| read.claim_link_is_good(&token, now))
        .await?
    {
        return Err(Code::BadClaimToken.into());
    }
    let mut fields = Fields::default();
    let person = NewPerson::judge(&mut fields, &body.username, &body.password, body.name);
    let name = body.server_name.as_deref();
    let server_name = fields.judge_opt("server_name", name, DisplayName::parse);
    let person = fields.finish(person)?;
    person.may_try(&app, client.key).await?;
    let (session, text) = new_session(&app, &headers);
    let new = NewAccount {
        id: UserId::from_u128(app.ambient().uuid_v7()),
        username: person.username,
        name: person.name,
        password: hash(&app, body.password).await?,
        grant: Grant::Claim(token, server_name),
        session: Some(session),
    };
    let done = app.submit(Op::AddAccount(new)).await.map_err(Refusal::into);
    done.and_then(account)
        .and_then(|user| signed_in(&app, text, user))
}
