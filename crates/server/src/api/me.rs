//! My own account.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use parlor_protocol::{Code, DisplayName, http as wire};
use parlor_store::write::Op;

use super::{account, ok};
use crate::api::users::hash;
use crate::auth::password;
use crate::auth::session::SignedIn;
use crate::calls::{BASE, Call, Calls};
use crate::error::{Fields, Problem};
use crate::extract::Json;
use crate::guard::Client;
use crate::state::App;

pub(super) fn calls() -> Calls {
    Calls::under(BASE)
        .add(
            Call::get("/me", "My account.").gives::<wire::UserBody>(200),
            show,
        )
        .add(
            Call::patch("/me", "Change my name: 5 times an hour at most.")
                .takes::<wire::PatchMe>()
                .gives::<wire::UserBody>(200)
                .refuses(&[Code::BadName, Code::RateLimited]),
            rename,
        )
        .add(
            Call::post(
                "/me/password",
                "A new password: ends all my other sessions.",
            )
            .takes::<wire::ChangePassword>()
            .gives::<wire::UserBody>(200)
            .refuses(&[
                Code::WrongPassword,
                Code::BadPassword,
                Code::TooManyAttempts,
            ]),
            change_password,
        )
}

async fn show(me: SignedIn) -> Result<Response, Problem> {
    ok(&wire::UserBody { user: me.user })
}

async fn rename(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Json(body): Json<wire::PatchMe>,
) -> Result<Response, Problem> {
    let Some(name) = body.name else {
        return show(me).await;
    };
    let mut fields = Fields::default();
    let name = fields.judge("name", DisplayName::parse(&name));
    let name = fields.finish(name)?;
    if name == me.user.name {
        return show(me).await;
    }
    if let Err(wait) = app.throttles.rename(me.actor.user, app.monotonic()) {
        app.telemetry.limited("names");
        return Err(Problem::wait(Code::RateLimited, wait));
    }
    let user = account(app.submit(Op::RenameUser(me.actor, name)).await?)?;
    ok(&wire::UserBody { user })
}

async fn change_password(
    State(app): State<Arc<App>>,
    client: Client,
    me: SignedIn,
    Json(body): Json<wire::ChangePassword>,
) -> Result<Response, Problem> {
    // Whoever sits at a screen left open may not guess faster than at the door.
    let name = &me.user.username;
    let attempt = app
        .throttles
        .attempt(Some(name), client.key, app.monotonic());
    let attempt = attempt.map_err(|wait| {
        app.telemetry.limited("attempts");
        Problem::wait(Code::TooManyAttempts, wait)
    })?;
    let user = me.actor.user;
    let stored = app.live.read(move |read| read.password(user)).await?;
    let verdict = match app.passwords.verify(body.old, stored.clone()).await {
        Ok(verdict) => verdict,
        Err(busy) => {
            attempt.does_not_count();
            return Err(busy.into());
        }
    };
    let mut fields = Fields::default();
    let old = stored.filter(|_| verdict.right).ok_or(Code::WrongPassword);
    let old = fields.judge("old", old);
    if old.is_some() {
        attempt.does_not_count();
    }
    fields.judge("new", password::judge(&body.new));
    let old = fields.finish(old)?;
    let new = hash(&app, body.new).await?;
    app.submit(Op::ChangePassword {
        actor: me.actor,
        old,
        new,
    })
    .await?;
    ok(&wire::UserBody { user: me.user })
}
