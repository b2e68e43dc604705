//! The upgrade: from a request with valid credentials to a connection of `live`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, Uri};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use parlor_live::Connecting;
use parlor_protocol::{Code, SUBPROTOCOL};
use parlor_store::write::SecretHash;
use parlor_websocket::handshake;
use serde::Deserialize;
use tracing::Instrument as _;

use crate::auth::secret;
use crate::auth::session::{PLAIN_COOKIE, SignedIn, authenticate, cookie_name, shown};
use crate::calls::{Call, Calls};
use crate::error::Problem;
use crate::extract::Query;
use crate::guard::Client;
use crate::state::App;
use crate::stream::Timed;

/// The socket's route.
pub(crate) fn calls() -> Calls {
    Calls::default().add(
        Call::get("/ws", "The socket: see the AsyncAPI document.")
            .query(&[(
                "ticket",
                "string",
                "Where neither cookie nor header can be set.",
            )])
            .gives_no_body(101)
            .refuses(&[Code::TooManySockets]),
        upgrade,
    )
}

#[derive(Deserialize)]
struct Asked {
    ticket: Option<String>,
}

async fn upgrade(
    State(app): State<Arc<App>>,
    client: Client,
    Query(asked): Query<Asked>,
    mut request: Request,
) -> Result<Response, Problem> {
    let signed_in = let_in(&app, asked.ticket.as_deref(), request.headers().clone()).await?;
    client.authenticated(signed_in.actor.user);
    let accepted = handshake::judge(
        request.method(),
        request.version(),
        request.headers(),
        SUBPROTOCOL,
    )
    .map_err(refused)?;
    let seat = app
        .live
        .seat(signed_in.actor.user)
        .ok_or(Code::TooManySockets)?;
    let who = Connecting {
        seat,
        actor: signed_in.actor,
        session_expires: signed_in.expires,
        address: client.address,
    };
    let upgraded = hyper::upgrade::on(&mut request);
    let task = async move {
        match upgraded.await {
            Ok(upgraded) => take_over(&app, upgraded, who),
            // The client went away before it read the 101.
            Err(error) => tracing::debug!(%error, "an upgrade came to nothing"),
        }
    };
    tokio::spawn(task.in_current_span());
    Ok(accepted.response(Body::empty()).into_response())
}

/// What a request shows to be let in: of each the hash that it is looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The ticket of its address.
    pub ticket: Option<SecretHash>,
    /// The bearer token, or the cookie of plain HTTP.
    pub token: Option<SecretHash>,
}

/// What a request shows, whether it stands or not.
pub fn credentials_of(uri: &Uri, headers: &HeaderMap) -> Shown {
    let asked = axum::extract::Query::<Asked>::try_from_uri(uri).ok();
    let ticket = asked.and_then(|asked| asked.0.ticket);
    Shown {
        ticket: ticket.as_deref().map(secret::hash),
        token: shown(headers, PLAIN_COOKIE),
    }
}

/// Credentials that stand: a ticket, a bearer token, or the cookie. Browsers send their cookie
/// along whatever else is said, so a ticket goes first.
async fn let_in(app: &App, ticket: Option<&str>, headers: HeaderMap) -> Result<SignedIn, Problem> {
    let ticket = ticket.map(secret::hash);
    let by_ticket = ticket.and_then(|ticket| app.tickets.take(&ticket, app.monotonic()));
    if let Some(token) = by_ticket
        && let Some(signed_in) = authenticate(app, token).await?
    {
        return Ok(signed_in);
    }
    let token = shown(&headers, cookie_name(&app.config)).ok_or(Code::NotSignedIn)?;
    Ok(authenticate(app, token).await?.ok_or(Code::NotSignedIn)?)
}

fn refused(refusal: handshake::Refusal) -> Problem {
    let words = match refusal {
        handshake::Refusal::Method => "A WebSocket handshake is a GET.",
        handshake::Refusal::HttpVersion => "A WebSocket handshake is HTTP/1.1.",
        handshake::Refusal::NotAnUpgrade => "This is a WebSocket: ask to upgrade.",
        handshake::Refusal::WebSocketVersion => "WebSocket version 13 is spoken here.",
        handshake::Refusal::Key => "Sec-WebSocket-Key is 16 bytes in base64.",
        handshake::Refusal::Subprotocol => "The subprotocol parlor.v1 is spoken here.",
    };
    Problem::from(Code::BadRequest)
        .with_status(refusal.status())
        .headers(refusal.headers())
        .detail(words)
}

fn take_over(app: &App, upgraded: Upgraded, who: Connecting) {
    match upgraded.downcast::<TokioIo<Timed>>() {
        Ok(parts) => {
            let stream = parts.io.into_inner().into_stream();
            app.live.connect(stream, parts.read_buf, who);
        }
        Err(_) => tracing::error!("an upgraded connection is none of ours"),
    }
}
