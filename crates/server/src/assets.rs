//! The page, taken into the release binary when it was built (a debug build reads it from the folder, so that a
//! changed page needs no compiler). Without `web/dist` there is one page that
//! says how to build it.
//!
//! `name.br` or `name.gz` beside a file is the same, compressed when the page was built; nothing is
//! compressed while serving.

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use parlor_protocol::Code;
use rust_embed::{Embed, EmbeddedFile};

use crate::error::Problem;

#[derive(Embed)]
#[folder = "../../web/dist/"]
#[allow_missing = true]
struct Dist;

/// Paths that are the page's own: it looks at them itself.
const PAGES: [&str; 4] = ["/", "/claim", "/invite", "/sign-in"];
const ROOMS: &str = "/r/";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <title>Parlor</title><h1>Parlor is running</h1>\
    <p>This program was built without its page. Build both with <code>make build</code>.</p></html>\n";

/// Everything that no route takes: a file, the page, or nothing.
pub(crate) async fn serve(request: Request) -> Result<Response, Problem> {
    let path = request.uri().path();
    if path.starts_with("/api") {
        return Err(Code::NotFound.into());
    }
    let found = find(path, request.headers()).ok_or(Code::NotFound)?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Problem::wrong_method());
    }
    Ok(found)
}

fn find(path: &str, headers: &HeaderMap) -> Option<Response> {
    let is_page = PAGES.contains(&path) || path.starts_with(ROOMS);
    let name = if is_page {
        "index.html"
    } else {
        path.strip_prefix('/')?
    };
    // A compressed twin is no file of its own.
    if name.ends_with(".br") || name.ends_with(".gz") {
        return None;
    }
    match Dist::get(name) {
        Some(file) => Some(respond(name, file, headers)),
        None if is_page => Some(not_built()),
        None => None,
    }
}

fn not_built() -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    ([(CONTENT_TYPE, kind)], NOT_BUILT).into_response()
}

fn respond(name: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let (file, encoding) = smallest(name, file, asked);
    let tag = etag(&file, encoding);
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept(name)));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    if is_held(asked, &tag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind_of(name)));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    let bytes = match file.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    };
    *response.body_mut() = Body::from(bytes);
    response
}

/// The file, or its compressed twin where there is one that the client takes.
fn smallest(
    name: &str,
    file: EmbeddedFile,
    asked: &HeaderMap,
) -> (EmbeddedFile, Option<&'static str>) {
    for (suffix, encoding) in [("br", "br"), ("gz", "gzip")] {
        if takes(asked, encoding)
            && let Some(twin) = Dist::get(&format!("{name}.{suffix}"))
        {
            return (twin, Some(encoding));
        }
    }
    (file, None)
}

/// `Accept-Encoding` names it, and not with a weight of 0 (RFC 9110, 12.5.3).
fn takes(asked: &HeaderMap, encoding: &str) -> bool {
    let values = asked.get_all(ACCEPT_ENCODING).into_iter();
    let mut offers = values
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','));
    offers.any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused = parts.any(|weight| {
            let zero = weight
                .strip_prefix("q=")
                .and_then(|q| q.parse::<f32>().ok());
            zero.is_some_and(|q| q <= 0.0)
        });
        named && !refused
    })
}

/// Strong, of the bytes as they are sent.
fn etag(file: &EmbeddedFile, encoding: Option<&str>) -> String {
    let hash = file.metadata.sha256_hash();
    let mut tag = String::from("\"");
    for byte in &hash[..12] {
        tag.push_str(&format!("{byte:02x}"));
    }
    if let Some(encoding) = encoding {
        tag.push('-');
        tag.push_str(encoding);
    }
    tag.push('"');
    tag
}

fn is_held(asked: &HeaderMap, tag: &str) -> bool {
    let values = asked.get_all(IF_NONE_MATCH).into_iter();
    let mut held = values
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','));
    held.any(|held| {
        let held = held.trim();
        held == "*" || held.strip_prefix("W/").unwrap_or(held) == tag
    })
}

/// Names under `assets/` hold a hash of what they name, so they never change. Everything else is
/// asked for again, and mostly answered 304.
fn kept(name: &str) -> &'static str {
    if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, end)| end) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(name: http::HeaderName, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    fn file(text: &'static str) -> EmbeddedFile {
        let hash = [7; 32];
        let metadata = rust_embed::Metadata::__rust_embed_new(hash, None, None);
        EmbeddedFile {
            data: text.as_bytes().into(),
            metadata,
        }
    }

    #[test]
    fn a_hashed_file_is_kept_for_ever_and_the_page_is_asked_for_again() {
        let script = respond("assets/app-1a2b.js", file("1"), &HeaderMap::new());
        assert_eq!(
            script.headers()[CACHE_CONTROL],
            "public, max-age=31536000, immutable"
        );
        assert_eq!(
            script.headers()[CONTENT_TYPE],
            "text/javascript; charset=utf-8"
        );
        let page = respond("index.html", file("<p>"), &HeaderMap::new());
        assert_eq!(page.headers()[CACHE_CONTROL], "no-cache");
        // A service worker that is kept would keep its old page: it is asked for at each visit.
        let worker = respond("sw.js", file("1"), &HeaderMap::new());
        assert_eq!(worker.headers()[CACHE_CONTROL], "no-cache");
        assert_eq!(
            worker.headers()[CONTENT_TYPE],
            "text/javascript; charset=utf-8"
        );
    }

    #[test]
    fn what_is_held_is_not_sent_again() {
        let first = respond("index.html", file("<p>"), &HeaderMap::new());
        let tag = first.headers()[ETAG].to_str().unwrap();
        let again = |value: &str| {
            respond("index.html", file("<p>"), &asking(IF_NONE_MATCH, value)).status()
        };
        assert_eq!(again(tag), StatusCode::NOT_MODIFIED);
        assert_eq!(again(&format!("\"x\", W/{tag}")), StatusCode::NOT_MODIFIED);
        assert_eq!(again("\"x\""), StatusCode::OK);
    }

    #[test]
    fn a_client_says_which_encodings_it_takes() {
        let takes = |value: &str, encoding| takes(&asking(ACCEPT_ENCODING, value), encoding);
        assert!(takes("gzip, deflate, br", "br"));
        assert!(takes("GZIP;q=0.5", "gzip"));
        assert!(!takes("gzip, br;q=0", "br"));
        assert!(!takes("brotli", "br"));
    }

    #[test]
    fn the_pages_of_the_page_are_answered_with_it() {
        for path in ["/", "/r/abc/7", "/claim", "/invite", "/sign-in"] {
            assert!(find(path, &HeaderMap::new()).is_some(), "{path}");
        }
        for path in ["/nothing", "/../Cargo.toml", "/index.html.br", "", "*"] {
            assert!(find(path, &HeaderMap::new()).is_none(), "{path}");
        }
    }
}
