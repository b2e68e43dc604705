//! Which requests are our own: by `Host`, `Origin` and `Sec-Fetch-Site`. Pure, and judged before
//! any credential is looked at, so a foreign page cannot use what a browser sends along.
//!
//! Our own is the public URL where one is set; listening on loopback, exactly `localhost`,
//! `127.0.0.1` or `[::1]` with our port, by http; otherwise whatever `Host` the request names, by
//! either scheme. In the first two cases any other `Host` is foreign, which also ends DNS rebinding.

use std::net::SocketAddr;

use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, Method, Uri};
use parlor_protocol::Code;

use crate::config::PublicUrl;

/// What counts as our own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Own {
    /// Exactly this.
    Public(PublicUrl),
    /// The names of this machine for itself, with this port.
    Loopback(u16),
    /// What the request calls us.
    AsCalled,
}

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl Own {
    /// What counts as our own for a server that listens there.
    pub fn of(public_url: Option<&PublicUrl>, listening: SocketAddr) -> Self {
        match public_url {
            Some(url) => Self::Public(url.clone()),
            None if listening.ip().is_loopback() => Self::Loopback(listening.port()),
            None => Self::AsCalled,
        }
    }

    fn owns(&self, place: &Place) -> bool {
        match self {
            Self::Public(url) => place.host == url.host() && place.port_is(url.port()),
            Self::Loopback(port) => LOOPBACK.contains(&place.host.as_str()) && place.port_is(*port),
            Self::AsCalled => true,
        }
    }

    fn scheme_fits(&self, https: bool) -> bool {
        match self {
            Self::Public(url) => url.is_https() == https,
            Self::Loopback(_) => !https,
            Self::AsCalled => true,
        }
    }
}

/// Judges a request by what it says of its way here. `changes` is true where it upgrades or changes
/// state; only then its origin is looked at.
///
/// # Errors
/// [`Code::ForeignHost`] before [`Code::ForeignOrigin`]; [`Code::BadRequest`] for two Hosts that differ.
pub fn judge(own: &Own, uri: &Uri, headers: &HeaderMap, changes: bool) -> Result<(), Code> {
    let called = called(uri, headers)?;
    match (&called, own) {
        (Some(place), _) if own.owns(place) => {}
        (None, Own::AsCalled) => {}
        _ => return Err(Code::ForeignHost),
    }
    let ours = !changes || (origin_is_ours(own, called.as_ref(), headers) && site_is_ours(headers));
    if ours {
        Ok(())
    } else {
        Err(Code::ForeignOrigin)
    }
}

/// The method may change something.
pub fn changes_state(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// The request names this machine by a name it has for itself, whatever the port.
pub fn host_is_loopback(uri: &Uri, headers: &HeaderMap) -> bool {
    matches!(called(uri, headers), Ok(Some(place)) if LOOPBACK.contains(&place.host.as_str()))
}

/// Where the request says it wants to go. A full URI and a Host must agree.
fn called(uri: &Uri, headers: &HeaderMap) -> Result<Option<Place>, Code> {
    let mut places = uri
        .authority()
        .map(Place::of)
        .into_iter()
        .collect::<Vec<_>>();
    for value in headers.get_all(HOST) {
        let authority = value
            .to_str()
            .ok()
            .and_then(|v| v.parse::<Authority>().ok());
        let place = authority.filter(|a| !a.as_str().contains('@'));
        places.push(Place::of(&place.ok_or(Code::BadRequest)?));
    }
    if places.windows(2).any(|two| two[0] != two[1]) {
        return Err(Code::BadRequest);
    }
    Ok(places.pop())
}

fn origin_is_ours(own: &Own, called: Option<&Place>, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return true;
    };
    let origin = origin.to_str().ok().and_then(parse_origin);
    let (Some((https, place)), None) = (origin, origins.next()) else {
        return false;
    };
    let usual = if https { 443 } else { 80 };
    let here = match own {
        Own::AsCalled => called.is_some_and(|called| {
            called.host == place.host && called.port.unwrap_or(usual) == place.port.unwrap_or(usual)
        }),
        _ => own.owns(&place),
    };
    here && own.scheme_fits(https)
}

/// `http://host[:port]` and nothing else; `null` is no origin of ours.
fn parse_origin(text: &str) -> Option<(bool, Place)> {
    let (https, rest) = match text.split_once("://")? {
        ("https", rest) => (true, rest),
        ("http", rest) => (false, rest),
        _ => return None,
    };
    if rest.contains(['/', '@', '?', '#']) {
        return None;
    }
    let mut place = Place::of(&rest.parse().ok()?);
    place.port.get_or_insert(if https { 443 } else { 80 });
    Some((https, place))
}

fn site_is_ours(headers: &HeaderMap) -> bool {
    headers
        .get_all("sec-fetch-site")
        .iter()
        .all(|site| site == "same-origin" || site == "none")
}

/// A host, in lower case, and the port, where one was said.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    host: String,
    port: Option<u16>,
}

impl Place {
    fn of(authority: &Authority) -> Self {
        Self {
            host: authority.host().to_ascii_lowercase(),
            port: authority.port_u16(),
        }
    }

    /// No port said means the usual one; of which scheme, a Host does not say.
    fn port_is(&self, port: u16) -> bool {
        match self.port {
            Some(said) => said == port,
            None => matches!(port, 80 | 443),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(own: &Own, headers: &[(&'static str, &str)], changes: bool) -> Result<(), Code> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        judge(own, &Uri::from_static("/api/v1/sessions"), &map, changes)
    }

    /// Headers, and what is to be said of a request that has them.
    type Case<'a> = (&'a [(&'static str, &'a str)], Result<(), Code>);

    /// Judged as a request that changes something.
    fn table(own: &Own, cases: &[Case<'_>]) {
        for (headers, expected) in cases {
            assert_eq!(verdict(own, headers, true), *expected, "{headers:?}");
        }
    }

    const HOST: Result<(), Code> = Err(Code::ForeignHost);
    const FOREIGN: Result<(), Code> = Err(Code::ForeignOrigin);

    #[test]
    fn behind_a_public_url_only_it_is_ours() {
        let own = Own::Public("https://chat.example.org".parse().unwrap());
        let host = ("host", "chat.example.org");
        table(
            &own,
            &[
                (&[host], Ok(())),
                (&[("host", "Chat.Example.Org:443")], Ok(())),
                (&[host, ("origin", "https://chat.example.org")], Ok(())),
                (&[host, ("origin", "https://chat.example.org:443")], Ok(())),
                (&[host, ("origin", "http://chat.example.org")], FOREIGN),
                (
                    &[host, ("origin", "https://chat.example.org.evil.test")],
                    FOREIGN,
                ),
                (&[host, ("origin", "https://chat.example.org/")], FOREIGN),
                (&[host, ("origin", "https://x@chat.example.org")], FOREIGN),
                (&[host, ("origin", "null")], FOREIGN),
                (&[host, ("origin", "")], FOREIGN),
                (
                    &[
                        host,
                        ("origin", "https://chat.example.org"),
                        ("origin", "https://evil.test"),
                    ],
                    FOREIGN,
                ),
                (&[], HOST),
                (
                    &[("host", "evil.test"), ("origin", "https://evil.test")],
                    HOST,
                ),
                (&[("host", "chat.example.org:8080")], HOST),
                (&[("host", "127.0.0.1")], HOST),
                (&[("host", "x@chat.example.org")], Err(Code::BadRequest)),
                (&[host, ("host", "evil.test")], Err(Code::BadRequest)),
            ],
        );
    }

    #[test]
    fn on_loopback_the_three_names_with_our_port_are_ours() {
        let own = Own::Loopback(8080);
        let host = ("host", "localhost:8080");
        table(
            &own,
            &[
                (&[host], Ok(())),
                (&[("host", "127.0.0.1:8080")], Ok(())),
                (&[("host", "[::1]:8080")], Ok(())),
                (&[host, ("origin", "http://127.0.0.1:8080")], Ok(())),
                (&[host, ("origin", "http://localhost:8080")], Ok(())),
                (&[host, ("origin", "https://localhost:8080")], FOREIGN),
                (&[host, ("origin", "http://localhost:5173")], FOREIGN),
                (&[host, ("origin", "http://localhost")], FOREIGN),
                (&[("host", "localhost")], HOST),
                (&[("host", "localhost.:8080")], HOST),
                (&[("host", "127.0.0.2:8080")], HOST),
                (&[("host", "rebound.evil.test:8080")], HOST),
            ],
        );
    }

    #[test]
    fn elsewhere_the_requests_own_host_is_ours_by_either_scheme() {
        table(
            &Own::AsCalled,
            &[
                (&[], Ok(())),
                (
                    &[("host", "box.lan:8080"), ("origin", "http://box.lan:8080")],
                    Ok(()),
                ),
                (
                    &[("host", "box.lan"), ("origin", "https://box.lan")],
                    Ok(()),
                ),
                (&[("host", "box.lan"), ("origin", "http://box.lan")], Ok(())),
                (
                    &[("host", "box.lan:443"), ("origin", "https://box.lan")],
                    Ok(()),
                ),
                (
                    &[("host", "box.lan:443"), ("origin", "http://box.lan")],
                    FOREIGN,
                ),
                (
                    &[("host", "box.lan"), ("origin", "http://evil.test")],
                    FOREIGN,
                ),
                (&[("origin", "http://box.lan")], FOREIGN),
            ],
        );
    }

    #[test]
    fn what_a_browser_says_of_the_site_must_agree() {
        let own = Own::Loopback(8080);
        let host = ("host", "localhost:8080");
        let ours = ("origin", "http://localhost:8080");
        table(
            &own,
            &[
                (&[host, ("sec-fetch-site", "same-origin")], Ok(())),
                (&[host, ("sec-fetch-site", "none")], Ok(())),
                (&[host, ("sec-fetch-site", "same-site")], FOREIGN),
                (&[host, ("sec-fetch-site", "cross-site")], FOREIGN),
                (&[host, ours, ("sec-fetch-site", "cross-site")], FOREIGN),
            ],
        );
    }

    #[test]
    fn reading_asks_for_the_host_but_not_for_the_origin() {
        let own = Own::Loopback(8080);
        let foreign = [("host", "localhost:8080"), ("origin", "http://evil.test")];
        assert_eq!(verdict(&own, &foreign, false), Ok(()));
        assert_eq!(verdict(&own, &[("host", "evil.test")], false), HOST);
    }

    #[test]
    fn a_full_uri_is_judged_like_a_host() {
        let uri: Uri = "http://evil.test/api/v1/me".parse().unwrap();
        let mut headers = HeaderMap::new();
        assert_eq!(judge(&Own::Loopback(80), &uri, &headers, false), HOST);
        headers.insert(http::header::HOST, "localhost".parse().unwrap());
        let verdict = judge(&Own::Loopback(80), &uri, &headers, false);
        assert_eq!(verdict, Err(Code::BadRequest));
    }
}
