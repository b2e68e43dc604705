//! Whether the process lives, whether it can do its work, and what it counts.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use parlor_protocol::Code;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;

use crate::auth::session::bearer;
use crate::calls::{Call, Calls};
use crate::error::Problem;
use crate::guard::Client;
use crate::state::App;
use crate::telemetry;

/// How long the database may take to say that it is there.
const CHECK_WAIT: Duration = Duration::from_secs(2);

/// The calls at the root.
pub(crate) fn calls() -> Calls {
    let json = "application/json";
    let ready = |path, about| {
        Call::get(path, about)
            .public()
            .gives_other(200, json)
            .gives_other(503, json)
    };
    Calls::default()
        .add(
            Call::get("/livez", "The process is up.")
                .public()
                .gives_other(200, json),
            livez,
        )
        .add(ready("/readyz", "The database is usable."), readyz)
        .add(ready("/up", "The same as `/readyz`."), readyz)
        .add(
            Call::get("/metrics", "For Prometheus.")
                .public()
                .gives_other(200, telemetry::CONTENT_TYPE)
                .refuses(&[Code::NotFound, Code::NotSignedIn]),
            metrics,
        )
}

async fn livez() -> axum::Json<Value> {
    axum::Json(json!({ "status": "ok" }))
}

/// 200 where the server can do its work; otherwise 503, and each check says what is missing.
async fn readyz(State(app): State<Arc<App>>) -> Response {
    let read = app.live.read(|read| read.commit());
    let readable = match tokio::time::timeout(CHECK_WAIT, read).await {
        Ok(Ok(_)) => "ok",
        Ok(Err(parlor_live::ReadFailed::Overloaded)) => "overloaded",
        Ok(Err(_)) => "failed",
        Err(_) => "slow",
    };
    let status = app.live.status();
    let writable = match status.writable {
        Ok(()) => json!("ok"),
        Err(code) => json!(code),
    };
    let running = if status.stopping { "stopping" } else { "ok" };
    let ready = readable == "ok" && writable == "ok" && !status.stopping;
    let mut checks = json!({ "read": readable, "write": writable, "run": running });
    if let Some(backups) = &app.config.backups {
        // Told, but no reason to send anybody away.
        checks["backup"] = json!(if backups.failing() { "failing" } else { "ok" });
    }
    let body = json!({
        "status": if ready { "ok" } else { "unavailable" },
        "checks": checks,
    });
    let mut response = axum::Json(body).into_response();
    if !ready {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

async fn metrics(
    State(app): State<Arc<App>>,
    client: Client,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    may_read_metrics(&app, &client, &headers)?;
    let text = app.telemetry.render().map_err(|_| Code::Internal)?;
    let kind = HeaderValue::from_static(telemetry::CONTENT_TYPE);
    Ok(([(CONTENT_TYPE, kind)], text).into_response())
}

/// Behind a public URL or proxies everybody looks local, so there a token of its own is asked for,
/// and without one the page does not exist. Otherwise it is for peers on loopback.
fn may_read_metrics(app: &App, client: &Client, headers: &HeaderMap) -> Result<(), Code> {
    let config = &app.config;
    if config.public_url.is_none() && config.trusted_proxies.is_empty() {
        let near = client.peer.ip().to_canonical().is_loopback() && !client.forwarded;
        return if near { Ok(()) } else { Err(Code::NotFound) };
    }
    let expected = config.metrics_token.as_ref().ok_or(Code::NotFound)?;
    let shown = headers
        .get(AUTHORIZATION)
        .and_then(bearer)
        .unwrap_or_default();
    let right = shown.as_bytes().ct_eq(expected.expose_secret().as_bytes());
    if right.into() {
        Ok(())
    } else {
        Err(Code::NotSignedIn)
    }
}
