//! Sessions: how a request shows one, how one is made, and what it is called in the list.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::extract::FromRequestParts;
use http::header::{AUTHORIZATION, COOKIE, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use parlor_protocol::{Code, SessionId, Timestamp, User, limits};
use parlor_store::read::{Authenticated, Denied};
use parlor_store::write::{Actor, NewSession, SecretHash, SessionLife};

use crate::auth::secret;
use crate::config::Config;
use crate::error::Problem;
use crate::guard::Client;
use crate::state::{App, SEEN_EVERY};

/// The cookie where the public URL is not https.
pub(crate) const PLAIN_COOKIE: &str = "parlor";

/// What a session is called where nobody says what it is used with.
const NAMELESS: &str = "Unknown device";
/// A label of our own making is cut here.
const LABEL_CHARS: usize = 60;

/// Who asks, found by the cookie or the bearer token of the request.
pub(crate) struct SignedIn {
    /// Account and session.
    pub(crate) actor: Actor,
    /// The account as it is.
    pub(crate) user: User,
    /// What the token is known by.
    pub(crate) token: SecretHash,
    /// When the session ends whatever happens; `None` for tokens of the command line.
    pub(crate) expires: Option<Timestamp>,
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let shown = shown(&parts.headers, cookie_name(&app.config));
        let token = shown.ok_or(Code::NotSignedIn)?;
        let signed_in = authenticate(app, token).await?.ok_or(Code::NotSignedIn)?;
        if let Some(client) = parts.extensions.get::<Client>() {
            client.authenticated(signed_in.actor.user);
        }
        Ok(signed_in)
    }
}

/// The session a token stands for, if it stands.
///
/// # Errors
/// The database could not be read.
pub(crate) async fn authenticate(
    app: &App,
    token: SecretHash,
) -> Result<Option<SignedIn>, Problem> {
    let now = app.ambient().now();
    let found = app
        .live
        .read(move |read| read.authenticate(&token, now))
        .await?;
    let Authenticated {
        user,
        session,
        life,
        created_at,
        last_seen_at,
    } = match found {
        Ok(found) => found,
        Err(Denied::SessionEnded | Denied::Disabled) => return Ok(None),
    };
    let idle = now.as_millis().saturating_sub(last_seen_at.as_millis());
    if u128::try_from(idle).is_ok_and(|idle| idle >= SEEN_EVERY.as_millis()) {
        app.note_seen(session);
    }
    let expires = match life {
        SessionLife::Browser => Some(created_at.plus_millis(limits::SESSION_MS.1)),
        SessionLife::Token => None,
    };
    let actor = Actor {
        user: user.id,
        session,
    };
    Ok(Some(SignedIn {
        actor,
        user,
        token,
        expires,
    }))
}

/// The token a request shows: a bearer token, which alone decides where there is one, or the cookie.
pub(crate) fn shown(headers: &HeaderMap, cookie: &str) -> Option<SecretHash> {
    let token = match headers.get(AUTHORIZATION) {
        Some(value) => bearer(value)?,
        None => cookie_value(headers, cookie)?,
    };
    (!token.is_empty()).then(|| secret::hash(token))
}

/// The token of `Authorization: Bearer TOKEN` (RFC 6750; the scheme in any case).
pub(crate) fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie_value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(COOKIE).into_iter();
    pairs
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The cookie is `__Host-` when, and only when, the public URL is https.
pub(crate) fn cookie_name(config: &Config) -> &'static str {
    if is_secure(config) {
        "__Host-parlor"
    } else {
        PLAIN_COOKIE
    }
}

/// The cookie of a new session.
pub(crate) fn cookie(config: &Config, token: &str) -> HeaderValue {
    set_cookie(config, token, limits::SESSION_MS.1 / 1000)
}

/// What takes the cookie away.
pub(crate) fn no_cookie(config: &Config) -> HeaderValue {
    set_cookie(config, "", 0)
}

fn set_cookie(config: &Config, value: &str, max_age: i64) -> HeaderValue {
    let name = cookie_name(config);
    let secure = if is_secure(config) { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).expect("tokens are base64url")
}

fn is_secure(config: &Config) -> bool {
    config.public_url.as_ref().is_some_and(|url| url.is_https())
}

/// A session of a browser, with its token, which is shown this once.
pub(crate) fn new_session(app: &App, headers: &HeaderMap) -> (NewSession, String) {
    let token = secret::token(app.ambient());
    let session = NewSession {
        id: SessionId::from_u128(app.ambient().uuid_v7()),
        token: secret::hash(&token),
        label: label(headers),
        life: SessionLife::Browser,
    };
    (session, token)
}

/// What a session is called: browser and system, as far as they say.
fn label(headers: &HeaderMap) -> String {
    // In this order: later ones also name themselves after earlier ones.
    const BROWSERS: [(&str, &str); 7] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrom", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let agent = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let agent = agent.unwrap_or_default();
    let named = |names: &[(&str, &'static str)]| {
        names
            .iter()
            .find(|(mark, _)| agent.contains(mark))
            .map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) => {
            let tool = agent.split_whitespace().next().unwrap_or(NAMELESS);
            tool.chars().take(LABEL_CHARS).collect()
        }
    }
}

/// Sessions whose use is being written.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    writing: Arc<Mutex<HashSet<SessionId>>>,
}

impl Seen {
    /// Whether nobody writes this one yet.
    pub(crate) fn begin(&self, session: SessionId) -> bool {
        self.writing
            .lock()
            .unwrap_or_else(|e| e.into_inner())
            .insert(session)
    }

    /// It is written.
    pub(crate) fn end(&self, session: SessionId) {
        self.writing
            .lock()
            .unwrap_or_else(|e| e.into_inner())
            .remove(&session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_bearer_token_decides_where_there_is_one() {
        let token = |list: &[(&'static str, &str)]| shown(&headers(list), "parlor");
        let both = [("authorization", "bearer abc"), ("cookie", "parlor=def")];
        assert_eq!(token(&both), Some(secret::hash("abc")));
        assert_eq!(
            token(&[("authorization", "Basic abc"), ("cookie", "parlor=def")]),
            None
        );
        assert_eq!(token(&[("authorization", "Bearer ")]), None);
        assert_eq!(
            token(&[("cookie", "a=b; parlor=def")]),
            Some(secret::hash("def"))
        );
        assert_eq!(
            token(&[("cookie", "a=b"), ("cookie", "parlor=def")]),
            Some(secret::hash("def"))
        );
        assert_eq!(token(&[("cookie", "parlor=; xparlor=def")]), None);
        assert_eq!(token(&[]), None);
    }

    #[test]
    fn the_cookie_is_secure_when_and_only_when_the_public_url_is_https() {
        let mut config = Config::listening_on("127.0.0.1:8080".parse().unwrap());
        let plain = "parlor=t; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax";
        assert_eq!(cookie(&config, "t"), plain);
        config.public_url = Some("http://chat.example.org".parse().unwrap());
        assert_eq!(cookie(&config, "t"), plain);
        config.public_url = Some("https://chat.example.org".parse().unwrap());
        let secure = "__Host-parlor=t; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(cookie(&config, "t"), secure);
        let gone = "__Host-parlor=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(no_cookie(&config), gone);
    }

    #[test]
    fn a_session_is_called_after_what_it_is_used_with() {
        let cases = [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
                "Safari on iPhone",
            ),
            ("curl/8.9.1", "curl/8.9.1"),
            ("", "Unknown device"),
        ];
        for (agent, expected) in cases {
            assert_eq!(label(&headers(&[("user-agent", agent)])), expected);
        }
    }
}
