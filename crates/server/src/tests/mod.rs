//! The calls as a client sees them: a whole router on the store in memory, asked in process; and
//! what only a real socket shows.

mod calls;
mod coming_in;
mod sockets;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use parlor_live::{Ambient, Clock, Live, Random};
use parlor_protocol::{Timestamp, UserId, Username};
use parlor_store::Setup;
use parlor_store::write::{Grant, NewAccount, NewSession, Op, SessionLife};
use parlor_testkit::memory::MemoryStore;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::auth::password::hash_blocking;
use crate::auth::secret;
use crate::config::Config;
use crate::peers::Peer;
use crate::router;
use crate::state::App;

/// A clock that a test moves.
pub(crate) struct Moved(AtomicI64);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// Bytes that never come twice.
struct Counted(AtomicU64);

impl Random for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            chunk.copy_from_slice(&number[8 - chunk.len()..]);
        }
    }
}

/// What is live behind a server of a test: the store in memory.
fn live(rate_limits: bool) -> (Live, Arc<Moved>) {
    let clock = Arc::new(Moved(AtomicI64::new(1_795_561_200_000)));
    let random = Arc::new(Counted(AtomicU64::new(1)));
    let ambient = Ambient {
        clock: clock.clone(),
        random,
    };
    let setup = Setup::new(ambient.now(), ambient.uuid_v7(), &ambient.secret::<16>());
    let (append, read) = MemoryStore::open(setup);
    let config = parlor_live::Config {
        rate_limits,
        ..Default::default()
    };
    let fatal = Box::new(|why: &str| panic!("{why}"));
    let live = Live::start(config, ambient, Box::new(append), read, fatal).unwrap();
    (live, clock)
}

/// A server without its socket.
pub(crate) struct House {
    app: Arc<App>,
    router: Router,
    clock: Arc<Moved>,
}

/// A way of asking.
#[derive(Clone)]
pub(crate) struct Asking {
    peer: SocketAddr,
    headers: Vec<(&'static str, String)>,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Reply {
    /// Status and code of a refusal, which must be a problem.
    #[track_caller]
    fn refusal(&self) -> (u16, &str) {
        assert_eq!(
            self.headers["content-type"], "application/problem+json",
            "{self:?}"
        );
        assert_eq!(self.body["status"], self.status);
        (self.status, self.body["code"].as_str().unwrap())
    }

    #[track_caller]
    fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.body
    }
}

impl House {
    /// Listening on loopback, with rates, unclaimed: a demo.
    async fn demo() -> Self {
        Self::with(Config::listening_on(SocketAddr::from((
            [127, 0, 0, 1],
            8080,
        ))))
        .await
    }

    async fn with(config: Config) -> Self {
        let (live, clock) = live(config.rate_limits);
        let local = config.listen;
        let app = Arc::new(App::new(config, local, live).await.unwrap());
        let router = router::build(app.clone());
        Self { app, router, clock }
    }

    /// A claimed server, and the token of its owner, `ada`.
    async fn claimed() -> (Self, Asking) {
        let house = Self::demo().await;
        let ada = house.account("ada", true).await;
        (house, ada)
    }

    /// Somebody by the command line's word, whose password is "correct horse".
    async fn account(&self, name: &str, admin: bool) -> Asking {
        let ambient = self.app.ambient();
        let token = secret::token(ambient);
        let session = NewSession {
            id: parlor_protocol::SessionId::from_u128(ambient.uuid_v7()),
            token: secret::hash(&token),
            label: "a test".into(),
            life: SessionLife::Browser,
        };
        let account = NewAccount {
            id: UserId::from_u128(ambient.uuid_v7()),
            username: Username::parse(name).unwrap(),
            name: parlor_protocol::DisplayName::parse(name).unwrap(),
            password: hash_blocking("correct horse", [7; 16]),
            grant: Grant::Console { admin },
            session: Some(session),
        };
        self.app.submit(Op::AddAccount(account)).await.unwrap();
        Asking::nobody().bearer(&token)
    }

    async fn ask(&self, asking: &Asking, call: &str, body: impl Into<Option<Value>>) -> Reply {
        let body = body.into();
        let asking = match &body {
            Some(_) => asking.clone().with("content-type", "application/json"),
            None => asking.clone(),
        };
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(&asking, call, body).await
    }

    /// Sends a request; paths without a leading slash are under `/api/v1`.
    async fn send(&self, asking: &Asking, call: &str, body: Body) -> Reply {
        let (method, path) = call.split_once(' ').unwrap();
        let path = match path.starts_with('/') {
            true => path.to_owned(),
            false => format!("/api/v1/{path}"),
        };
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &asking.headers {
            request = request.header(*name, value);
        }
        let mut request = request.body(body).unwrap();
        request
            .extensions_mut()
            .insert(Peer::new(asking.peer, None));
        let (parts, body) = self
            .router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = || Value::from(String::from_utf8_lossy(&bytes).into_owned());
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| text());
        Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }
}

impl Asking {
    /// From this machine, by the name of this machine.
    fn nobody() -> Self {
        let host = ("host", "localhost:8080".to_owned());
        Self {
            peer: SocketAddr::from(([127, 0, 0, 1], 9)),
            headers: vec![host],
        }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    fn bearer(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    fn from(mut self, peer: &str) -> Self {
        self.peer = SocketAddr::new(peer.parse().unwrap(), 9);
        self
    }
}
