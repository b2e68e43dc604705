//! Accepts connections, serves HTTP on them, and drains them at the end.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parlor_live::{Live, ReadFailed};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::address::AddressKey;
use crate::config::{Config, url_for_people};
pub(crate) use crate::peers::Peer;
use crate::peers::{Strangers, is_counted};
use crate::router;
use crate::state::App;
use crate::stream::{Deadlines, Phase, Timed};

/// HTTP connections at once, upgraded ones not counted. More wait in the system's queue.
const CONNECTIONS: usize = 8192;
/// What waits to be accepted: a storm of returning clients fits.
const BACKLOG: u32 = 4096;
/// A request's head: larger than any cookie and path of ours; larger heads are refused by hyper.
const HEAD_BYTES: usize = 16 * 1024;
/// How long to wait after a failed accept: most often there are no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// How long answers under way may take at the end.
const DRAIN: Duration = Duration::from_secs(9);

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Most often another program listens there.
    #[error("cannot listen on {address}: {}", explain(.error))]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
    /// The database could not be read.
    #[error(transparent)]
    Read(#[from] ReadFailed),
}

fn explain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            "another program listens there; stop it, or choose another address with PARLOR_LISTEN"
                .into()
        }
        std::io::ErrorKind::AddrNotAvailable => {
            "this machine does not have that address; choose another with PARLOR_LISTEN".into()
        }
        std::io::ErrorKind::PermissionDenied => {
            "that needs more rights; choose a port above 1023 with PARLOR_LISTEN".into()
        }
        _ => error.to_string(),
    }
}

/// A server that has its port, and does not serve yet.
pub struct Server {
    listener: TcpListener,
    app: Arc<App>,
    router: Router,
    pub(crate) deadlines: Deadlines,
}

impl Server {
    /// Takes the port. Connections wait until [`Server::run`].
    ///
    /// # Errors
    /// [`BindError`], in words for a person.
    pub async fn bind(config: Config, live: Live) -> Result<Self, BindError> {
        let address = config.listen;
        let failed = |error| BindError::Listen { address, error };
        let listener = listen(address).map_err(failed)?;
        let local = listener.local_addr().map_err(failed)?;
        let app = Arc::new(App::new(config, local, live).await?);
        let router = router::build(app.clone());
        let deadlines = Deadlines::default();
        Ok(Self {
            listener,
            app,
            router,
            deadlines,
        })
    }

    /// Where it listens; with the port taken where 0 was asked for.
    pub fn local_addr(&self) -> SocketAddr {
        self.app.local
    }

    /// It is a demo as long as nobody owns it.
    pub fn may_be_demo(&self) -> bool {
        self.app.config.may_be_demo()
    }

    /// The address to open in a browser on this machine, without a path.
    pub fn url(&self) -> String {
        url_for_people(self.app.config.public_url.as_ref(), self.app.local)
    }

    /// Serves until `stop`, then takes nothing new, and ends when the answers under way are sent,
    /// 9 s later at the latest. Sockets that were upgraded are not this function's.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self {
            listener,
            app,
            router,
            deadlines,
        } = self;
        let (draining, drain) = watch::channel(false);
        let slots = Arc::new(Semaphore::new(CONNECTIONS));
        let strangers = Strangers::default();
        let mut serving = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = accept(&listener, &slots) => accepted,
                Some(_) = serving.join_next() => continue,
            };
            let (stream, address, slot) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            if let Some(peer) = greet(&app, &strangers, address) {
                let connection = Connection {
                    peer,
                    router: router.clone(),
                    deadlines,
                    drain: drain.clone(),
                    _slot: slot,
                };
                serving.spawn(connection.serve(stream));
            }
        }
        drop(listener);
        draining.send_replace(true);
        let all = async { while serving.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, all).await.is_err() {
            tracing::warn!(left = serving.len(), "connections were cut off at the end");
        }
    }
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => tokio::net::TcpSocket::new_v4()?,
        SocketAddr::V6(_) => tokio::net::TcpSocket::new_v6()?,
    };
    // So that a restart need not wait for connections of the one before.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// The next connection, once there is a slot for it.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let slot = slots
        .clone()
        .acquire_owned()
        .await
        .map_err(std::io::Error::other)?;
    let (stream, address) = listener.accept().await?;
    Ok((stream, address, slot))
}

/// A new peer; `None` where its address has too many connections of strangers. Those are dropped
/// without a word: words are what such a flood is after.
fn greet(app: &App, strangers: &Strangers, address: SocketAddr) -> Option<Peer> {
    let counted = app.config.rate_limits && is_counted(address, &app.config.trusted_proxies);
    if !counted {
        return Some(Peer::new(address, None));
    }
    let place = strangers.admit(AddressKey::from(address.ip()));
    if place.is_none() {
        app.telemetry.limited("strangers");
    }
    place.map(|place| Peer::new(address, Some(place)))
}

/// One connection while it speaks HTTP.
struct Connection {
    peer: Peer,
    router: Router,
    deadlines: Deadlines,
    drain: watch::Receiver<bool>,
    _slot: OwnedSemaphorePermit,
}

impl Connection {
    async fn serve(self, stream: TcpStream) {
        let Self {
            peer,
            router,
            deadlines,
            mut drain,
            _slot,
        } = self;
        // It fails where the peer is gone already, which the first read finds too.
        let _ = stream.set_nodelay(true);
        let phase = Phase::default();
        let io = TokioIo::new(Timed::new(stream, phase.clone(), deadlines));
        let seen = phase.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            answer(router.clone(), peer.clone(), phase.clone(), request)
        });
        let mut http = http1::Builder::new();
        // Deadlines are the stream's; without a timer, hyper's own would panic.
        http.header_read_timeout(None).max_buf_size(HEAD_BYTES);
        let mut connection = std::pin::pin!(http.serve_connection(io, service).with_upgrades());
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = drained(&mut drain) => {
                // Who has not asked yet is owed nothing, and would be waited for.
                if seen.is_before_a_request() {
                    return;
                }
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended badly");
        }
    }
}

/// Returns when draining begins; also where the server is gone.
async fn drained(drain: &mut watch::Receiver<bool>) {
    let _ = drain.wait_for(|draining| *draining).await;
}

async fn answer(
    router: Router,
    peer: Peer,
    phase: Phase,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    phase.request_begins();
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(peer);
    let answered = router.oneshot(request).await;
    phase.answer_is_there();
    answered
}
