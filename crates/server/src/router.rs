//! Every route, and what each request and answer passes: an id, a span, a count, the headers that
//! browsers are held to, and the end of a panic.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, HeaderName, STRICT_TRANSPORT_SECURITY};
use http::{HeaderMap, HeaderValue, StatusCode};
use parlor_protocol::Code;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::calls::Calls;
use crate::error::Problem;
use crate::guard::guard;
use crate::state::App;
use crate::{api, assets, documents, health, socket, telemetry};

/// The whole service.
pub(crate) fn build(app: Arc<App>) -> Router {
    calls()
        .router
        .fallback(assets::serve)
        .method_not_allowed_fallback(async || Problem::wrong_method())
        .layer(from_fn_with_state(app.clone(), guard))
        .layer(from_fn(only_problems))
        .layer(from_fn_with_state(app.clone(), outermost))
        .with_state(app)
}

/// Every call, with its description.
pub(crate) fn calls() -> Calls {
    api::calls()
        .with(health::calls())
        .with(socket::calls())
        .with(documents::calls())
}

/// The first and the last thing that happens to a request.
async fn outermost(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let id = telemetry::request_id(app.ambient().secret());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| "none".to_owned(), |route| route.as_str().to_owned());
    // The pattern, not the path and never the query: what names people or opens doors is not logged.
    let span = tracing::info_span!("request", id, %method, route);
    let began = Instant::now();
    let answered = CaughtUnwind(Box::pin(next.run(request)))
        .instrument(span.clone())
        .await;
    let mut response = answered.unwrap_or_else(|panic| {
        span.in_scope(|| {
            tracing::error!(panic = words_of(&*panic), "a request's handler panicked")
        });
        Problem::from(Code::Internal).into_response()
    });
    let took = began.elapsed();
    let status = response.status().as_u16();
    app.telemetry.answered(&method, &route, status, took);
    span.in_scope(|| tracing::debug!(status, took_ms = took.as_millis() as u64, "answered"));
    let https = app.config.public_url.as_ref();
    hold_browsers_to(
        response.headers_mut(),
        https.is_some_and(|url| url.is_https()),
    );
    if let Ok(id) = HeaderValue::from_str(&id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}

/// Errors of the framework's own become ours. Our own carry a content type already.
async fn only_problems(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let ours = response
        .headers()
        .get(http::header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/"));
    if !is_error || ours {
        return response;
    }
    match status {
        StatusCode::NOT_FOUND => Problem::from(Code::NotFound),
        _ if status.is_client_error() => Problem::from(Code::BadRequest).with_status(status),
        _ => Problem::from(Code::Internal),
    }
    .into_response()
}

/// Scripts, styles and connections of ours only, no frames, and no string ever becomes HTML.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
    manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types parlor svelte-trusted-html";

/// A year, as the lists of browsers ask for; only this host, for its neighbours are not ours.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

fn hold_browsers_to(headers: &mut HeaderMap, https: bool) {
    const ALL: [(&str, &str); 7] = [
        ("content-security-policy", POLICY),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ];
    for (name, value) in ALL {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

/// A future whose panic is its error.
struct CaughtUnwind<F>(std::pin::Pin<Box<F>>);

impl<F: Future> Future for CaughtUnwind<F> {
    type Output = Result<F::Output, Box<dyn Any + Send>>;

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        // What a panic leaves half done is dropped with the future; what requests share is guarded
        // by locks that are never held across a panic of a handler's own.
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(cx)));
        match polled {
            Ok(std::task::Poll::Pending) => std::task::Poll::Pending,
            Ok(std::task::Poll::Ready(output)) => std::task::Poll::Ready(Ok(output)),
            Err(panic) => std::task::Poll::Ready(Err(panic)),
        }
    }
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without words")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        let dies = Box::pin(async { panic!("of a test") });
        let panic = CaughtUnwind(dies).await.map(|(): ()| ()).unwrap_err();
        assert_eq!(words_of(&*panic), "of a test");
        assert_eq!(CaughtUnwind(Box::pin(async { 7 })).await.unwrap(), 7);
    }
}
