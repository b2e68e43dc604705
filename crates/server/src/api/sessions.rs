//! Signing in and out, my sessions, and tickets for sockets.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use parlor_protocol::{Code, SessionId, User, UserId, Username, http as wire};
use parlor_store::read::Credentials;
use parlor_store::write::{Op, Proof};
use serde::Deserialize;

use super::{account, json, nothing, ok, signed_in};
use crate::api::users::hash;
use crate::auth::session::{SignedIn, new_session, no_cookie};
use crate::auth::{demo, secret, tickets};
use crate::calls::{BASE, Call, Calls};
use crate::error::Problem;
use crate::extract::{Json, Path};
use crate::guard::Client;
use crate::state::App;

pub(super) fn calls() -> Calls {
    Calls::under(BASE)
        .add(
            Call::post("/sessions", "Sign in.")
                .public()
                .takes::<wire::SignIn>()
                .gives::<wire::SignedIn>(201)
                .refuses(&[Code::InvalidCredentials, Code::TooManyAttempts]),
            sign_in,
        )
        .add(
            Call::get("/sessions", "My sessions, bearer tokens too.")
                .gives::<wire::Items<wire::Session>>(200),
            list,
        )
        .add(
            Call::delete(
                "/sessions/{id}",
                "End one of my sessions; `current` for this one.",
            )
            .gives_nothing()
            .refuses(&[Code::NotFound]),
            end,
        )
        .add(
            Call::post("/tickets", "A ticket for one socket: `/ws?ticket=`.")
                .gives::<wire::Ticket>(201)
                .refuses(&[Code::RateLimited]),
            ticket,
        )
}

async fn sign_in(
    State(app): State<Arc<App>>,
    client: Client,
    headers: HeaderMap,
    Json(body): Json<wire::SignIn>,
) -> Result<Response, Problem> {
    let username = Username::fold(&body.username);
    let attempt = app
        .throttles
        .attempt(username.as_ref(), client.key, app.monotonic());
    let attempt = attempt.map_err(|wait| {
        app.telemetry.limited("attempts");
        Problem::wait(Code::TooManyAttempts, wait)
    })?;
    let entered = enter(&app, &client, &headers, username, body.password).await;
    // What failed for another reason than the password says nothing about it.
    if !matches!(&entered, Err(problem) if problem.code() == Code::InvalidCredentials) {
        attempt.does_not_count();
    }
    let (user, token) = entered?;
    signed_in(&app, token, user)
}

async fn enter(
    app: &Arc<App>,
    client: &Client,
    headers: &HeaderMap,
    username: Option<Username>,
    password: String,
) -> Result<(User, String), Problem> {
    let demo = client.demo
        && username
            .as_ref()
            .is_some_and(|u| u.as_str() == demo::USERNAME);
    let (session, token) = new_session(app, headers);
    let op = if demo && !app.claimed().await? {
        if !demo::knows(&password) {
            return Err(Code::InvalidCredentials.into());
        }
        Op::StartDemoSession(UserId::from_u128(app.ambient().uuid_v7()), session)
    } else {
        let (user, stored) = prove(app, username, password).await?;
        Op::StartSession(user, Proof::Password(stored), session)
    };
    let user = account(app.submit(op).await?)?;
    Ok((user, token))
}

/// The account whose password this is, and its stored hash. An unknown name takes as long as a
/// known one.
async fn prove(
    app: &Arc<App>,
    username: Option<Username>,
    password: String,
) -> Result<(UserId, String), Problem> {
    let found = match username {
        Some(name) => app.live.read(move |read| read.credentials(&name)).await?,
        None => None,
    };
    let stored = found.as_ref().and_then(|found| found.password.clone());
    let verdict = app.passwords.verify(password.clone(), stored).await?;
    match found {
        Some(Credentials {
            user,
            password: Some(stored),
            disabled: false,
        }) if verdict.right => {
            if verdict.outdated {
                rehash(app.clone(), user, stored.clone(), password);
            }
            Ok((user, stored))
        }
        _ => Err(Code::InvalidCredentials.into()),
    }
}

/// Keeps the password at today's price, in the background: the sign-in has its answer already.
fn rehash(app: Arc<App>, user: UserId, old: String, password: String) {
    tokio::spawn(async move {
        // Where it cannot be done now, the next sign-in does it.
        if let Ok(new) = hash(&app, password).await {
            let _ = app.submit(Op::Rehash { user, old, new }).await;
        }
    });
}

async fn list(State(app): State<Arc<App>>, me: SignedIn) -> Result<Response, Problem> {
    let (user, now) = (me.actor.user, app.ambient().now());
    let sessions = app.live.read(move |read| read.sessions(user, now)).await?;
    let items = sessions.into_iter().map(|session| wire::Session {
        id: session.id,
        label: session.label,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
        current: session.id == me.actor.session,
    });
    ok(&wire::Items {
        items: items.collect(),
    })
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

async fn end(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Path(Named { id }): Path<Named>,
) -> Result<Response, Problem> {
    let session = match id.as_str() {
        "current" => me.actor.session,
        id => SessionId::parse(id),
    };
    app.submit(Op::EndSession(me.actor, session)).await?;
    let mut response = nothing();
    if session == me.actor.session {
        response
            .headers_mut()
            .insert(SET_COOKIE, no_cookie(&app.config));
    }
    Ok(response)
}

async fn ticket(State(app): State<Arc<App>>, me: SignedIn) -> Result<Response, Problem> {
    let ticket = secret::token(app.ambient());
    app.tickets.give(
        secret::hash(&ticket),
        me.actor.user,
        me.token,
        app.monotonic(),
    )?;
    let expires_in = tickets::LIFE.as_secs();
    json(StatusCode::CREATED, &wire::Ticket { ticket, expires_in })
}
