//! What every request passes before its handler: is the host ours, is the origin, has the server
//! an owner. In this order, and before any credential is looked at.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::UPGRADE;
use http::{Method, Uri};
use parlor_protocol::{Code, UserId};

use crate::address::{self, AddressKey};
use crate::auth::demo;
use crate::error::Problem;
use crate::listen::Peer;
use crate::origin;
use crate::state::App;

/// Where a request comes from.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// The socket's other end.
    pub(crate) peer: SocketAddr,
    /// The address it counts as.
    pub(crate) address: IpAddr,
    /// What that counts as in limits.
    pub(crate) key: AddressKey,
    /// It calls us by a name of loopback.
    pub(crate) host_is_loopback: bool,
    /// Somebody passed it on.
    pub(crate) forwarded: bool,
    /// The demo answers it, as long as nobody owns the server.
    pub(crate) demo: bool,
    connection: Option<Peer>,
}

impl Client {
    /// One of whom only the socket is known.
    pub(crate) fn of(peer: SocketAddr) -> Self {
        let address = peer.ip().to_canonical();
        Self {
            peer,
            address,
            key: address.into(),
            host_is_loopback: false,
            forwarded: false,
            demo: false,
            connection: None,
        }
    }

    fn of_request(app: &App, request: &Request) -> Self {
        let connection = request.extensions().get::<Peer>().cloned();
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut client = Self::of(connection.as_ref().map_or(nowhere, |peer| peer.address));
        let headers = request.headers();
        client.address = address::client(client.peer, headers, &app.config.trusted_proxies);
        client.key = client.address.into();
        client.host_is_loopback = origin::host_is_loopback(request.uri(), headers);
        client.forwarded = address::is_forwarded(headers);
        client.demo = demo::answers(&app.config, &client);
        client.connection = connection;
        client
    }

    /// Valid credentials came over this connection: it does not count as a stranger's any more.
    pub(crate) fn authenticated(&self, user: UserId) {
        if let Some(peer) = &self.connection {
            peer.authenticated(user);
        }
    }
}

/// Judges a request and lets it through with its [`Client`].
pub(crate) async fn guard(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let client = Client::of_request(&app, &request);
    let matched = request.extensions().get::<MatchedPath>();
    let room = Room::of(
        matched.map(MatchedPath::as_str),
        request.uri(),
        request.method(),
    );
    if room != Room::Health {
        let upgrades = room == Room::Socket || request.headers().contains_key(UPGRADE);
        let changes = upgrades || origin::changes_state(request.method());
        origin::judge(&app.own, request.uri(), request.headers(), changes)?;
    }
    let closed = matches!(room, Room::Socket | Room::Call) && !client.demo;
    if closed && !app.claimed().await? {
        return Err(Code::Unclaimed.into());
    }
    request.extensions_mut().insert(client);
    Ok(next.run(request).await)
}

/// What part of the server a request is about, as far as the guard cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    /// Answers whoever asks, by whatever name.
    Health,
    /// Open while unclaimed: assets, and the calls that the claim page needs.
    Porch,
    /// The upgrade.
    Socket,
    /// Everything else.
    Call,
}

impl Room {
    fn of(matched: Option<&str>, uri: &Uri, method: &Method) -> Self {
        match matched {
            Some("/livez" | "/readyz" | "/up") => Self::Health,
            Some("/ws") => Self::Socket,
            Some("/api/v1/server") if matches!(*method, Method::GET | Method::HEAD) => Self::Porch,
            Some("/api/v1/claim") if *method == Method::POST => Self::Porch,
            Some(_) => Self::Call,
            None if uri.path().starts_with("/api") => Self::Call,
            None => Self::Porch,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unclaimed_server_opens_its_porch_only() {
        let room = |method: Method, path: &'static str, matched| {
            Room::of(matched, &Uri::from_static(path), &method)
        };
        let server = "/api/v1/server";
        assert_eq!(room(Method::GET, server, Some(server)), Room::Porch);
        assert_eq!(room(Method::PATCH, server, Some(server)), Room::Call);
        let claim = "/api/v1/claim";
        assert_eq!(room(Method::POST, claim, Some(claim)), Room::Porch);
        assert_eq!(room(Method::GET, "/assets/app.js", None), Room::Porch);
        assert_eq!(room(Method::GET, "/api/v1/nothing", None), Room::Call);
        assert_eq!(room(Method::GET, "/metrics", Some("/metrics")), Room::Call);
        assert_eq!(room(Method::GET, "/readyz", Some("/readyz")), Room::Health);
        assert_eq!(room(Method::GET, "/ws", Some("/ws")), Room::Socket);
    }
}
