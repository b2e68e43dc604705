//! The calls under `/api/v1`: each file holds one kind of thing, and describes what it answers.

mod events;
mod invites;
mod me;
mod members;
mod messages;
mod rooms;
mod server;
mod sessions;
mod users;

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use parlor_protocol::{Code, User, http as wire};
use parlor_store::write::Done;
use serde::Serialize;

use crate::auth::session;
use crate::calls::Calls;
use crate::error::Problem;
use crate::state::App;

/// Every call.
pub(crate) fn calls() -> Calls {
    Calls::default()
        .with(server::calls())
        .with(sessions::calls())
        .with(users::calls())
        .with(invites::calls())
        .with(me::calls())
        .with(rooms::calls())
        .with(members::calls())
        .with(messages::calls())
        .with(events::calls())
}

/// An answer with a JSON body.
fn json<T: Serialize>(status: StatusCode, body: &T) -> Result<Response, Problem> {
    let bytes = serde_json::to_vec(body).map_err(|_| Code::Internal)?;
    let kind = HeaderValue::from_static("application/json");
    Ok((status, [(CONTENT_TYPE, kind)], bytes).into_response())
}

/// An answer with a JSON body, 200.
fn ok<T: Serialize>(body: &T) -> Result<Response, Problem> {
    json(StatusCode::OK, body)
}

/// 204.
fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// 201 with the token of a new session, and its cookie.
fn signed_in(app: &App, token: String, user: User) -> Result<Response, Problem> {
    let cookie = session::cookie(&app.config, &token);
    let mut response = json(StatusCode::CREATED, &wire::SignedIn { token, user })?;
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}

/// The account that a write is answered with.
fn account(done: Done) -> Result<User, Problem> {
    match done {
        Done::Account(user) => Ok(user),
        other => Err(unexpected(&other)),
    }
}

/// A write that was answered with what it is never answered with: a bug of ours.
fn unexpected(done: &Done) -> Problem {
    tracing::error!(?done, "a write was answered with something else");
    Code::Internal.into()
}

/// The address that links begin with: the public URL; else the origin of the page that asks, which
/// was judged to be ours; else the host that was called.
fn base_url(app: &App, headers: &HeaderMap) -> String {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    if let Some(url) = &app.config.public_url {
        return url.to_string();
    }
    if let Some(origin) = text(http::header::ORIGIN) {
        return origin.to_owned();
    }
    match text(http::header::HOST) {
        Some(host) => format!("http://{host}"),
        None => format!("http://{}", app.local),
    }
}
