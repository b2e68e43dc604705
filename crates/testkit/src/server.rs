//! A whole server in this process: a real database in a folder of its own, real
//! sockets on a free port, a clock and a chance that the test holds.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use parlor_live::{Ambient, Live};
use parlor_protocol::{DisplayName, SessionId, UserId, Username};
use parlor_server::{Config, Server};
use parlor_store::write::{Grant, NewAccount, NewSession, Op, SecretHash, SessionLife};
use parlor_store::{Append, Read, Setup};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::ambient::{SeededRandom, StepClock};
use crate::faults::{Faults, FaultyAppend};
use crate::http::{Http, Reply};
use crate::memory::MemoryStore;
use crate::person::Person;
use crate::until::soon;

/// Where a server is; it changes when one starts again.
#[derive(Clone, Debug)]
pub struct Place(Arc<Mutex<SocketAddr>>);

impl Place {
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self(Arc::new(Mutex::new(address)))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a server is started with. Rates are off unless a test is about them.
pub struct Options {
    config: Config,
    live: parlor_live::Config,
    memory: bool,
}

impl Options {
    /// With every rate, throttle and socket limit, as people have it.
    #[must_use]
    pub fn rate_limits(mut self) -> Self {
        (self.config.rate_limits, self.live.rate_limits) = (true, true);
        self
    }

    /// Known by another address than the one it listens on.
    #[must_use]
    pub fn public_url(mut self, url: &str) -> Self {
        self.config.public_url = Some(url.parse().expect("a public URL"));
        self
    }

    /// Behind these proxies.
    #[must_use]
    pub fn trusted_proxies(mut self, networks: &[&str]) -> Self {
        let parse = |text: &&str| text.parse().expect("a network");
        self.config.trusted_proxies = networks.iter().map(parse).collect();
        self
    }

    /// With a token for `/metrics`.
    #[must_use]
    pub fn metrics_token(mut self, token: &str) -> Self {
        self.config.metrics_token = Some(token.to_owned().into());
        self
    }

    /// Listening there, instead of on 127.0.0.1.
    #[must_use]
    pub fn listen(mut self, address: &str) -> Self {
        self.config.listen = address.parse().expect("an address and a port");
        self
    }

    /// With other times and bounds behind the socket.
    #[must_use]
    pub fn live(mut self, change: impl FnOnce(&mut parlor_live::Config)) -> Self {
        change(&mut self.live);
        self
    }

    /// On the store in memory. Nothing outlives a stop.
    #[must_use]
    pub fn in_memory(mut self) -> Self {
        self.memory = true;
        self
    }

    /// Starts it.
    pub async fn start(self) -> TestServer {
        let address = self.config.listen;
        let mut server = TestServer {
            options: self,
            folder: crate::folder::temporary(),
            clock: Arc::new(StepClock::new()),
            random: Arc::new(SeededRandom::new(1)),
            place: Place::at(address),
            faults: Faults::default(),
            fatal: Arc::default(),
            general: String::new(),
            epoch: String::new(),
            running: None,
            people: AtomicU64::new(0),
        };
        server.begin().await;
        server
    }
}

/// A whole server.
pub struct TestServer {
    options: Options,
    folder: TempDir,
    /// What time it is.
    pub clock: Arc<StepClock>,
    random: Arc<SeededRandom>,
    place: Place,
    /// The switches of its disk.
    pub faults: Faults,
    fatal: Arc<Mutex<Option<String>>>,
    /// The room everybody joins.
    pub general: String,
    /// The life of its database.
    pub epoch: String,
    running: Option<Running>,
    people: AtomicU64,
}

struct Running {
    live: Live,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl TestServer {
    /// A server on loopback, without rates.
    pub async fn start() -> Self {
        Self::with().start().await
    }

    /// A server that is to be started otherwise.
    pub fn with() -> Options {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let config = Config {
            rate_limits: false,
            ..Config::listening_on(loopback)
        };
        let live = parlor_live::Config {
            rate_limits: false,
            ..Default::default()
        };
        Options {
            config,
            live,
            memory: false,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.place.address()
    }

    /// Its data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// All files of its data folder.
    pub fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder()).expect("a folder");
        entries
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.is_file())
            .collect()
    }

    /// What is behind its socket.
    pub fn live(&self) -> &Live {
        &self.running.as_ref().expect("it runs").live
    }

    /// Asks it as nobody.
    pub fn http(&self) -> Http {
        Http::to(self.address())
    }

    /// Why it had to give up, if it had to.
    pub fn fatal(&self) -> Option<String> {
        self.fatal
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Somebody new with a session of a browser's, as the command line would let them in.
    pub async fn person(&self, username: &str) -> Person {
        self.let_in(username, false).await
    }

    /// Somebody new who owns the server, which is claimed by that; an admin where it is already.
    pub async fn owner(&self, username: &str) -> Person {
        self.let_in(username, true).await
    }

    /// Signs up over HTTP, with the password "correct horse " and the name.
    pub async fn sign_up(&self, username: &str, invite: Option<&str>) -> Person {
        let mut body = serde_json::json!({"username": username, "password": password_of(username)});
        if let Some(code) = invite {
            body["invite"] = code.into();
        }
        self.signed_in(&self.http().post("users", body).await)
    }

    /// Signs in over HTTP.
    pub async fn sign_in(&self, username: &str, password: &str) -> Person {
        let body = serde_json::json!({"username": username, "password": password});
        self.signed_in(&self.http().post("sessions", body).await)
    }

    /// Who an answer with a new session lets in.
    #[track_caller]
    pub fn signed_in(&self, answer: &Reply) -> Person {
        Person::at(self.place.clone(), answer)
    }

    /// A new owner link's secret.
    pub async fn claim_token(&self) -> String {
        let token = format!("claim-{}", self.random.next());
        let until = self.live().ambient().now().plus_millis(3_600_000);
        self.live()
            .submit(Op::SetClaimLink(hash(&token), until))
            .await
            .expect("an unclaimed server");
        token
    }

    async fn let_in(&self, username: &str, admin: bool) -> Person {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        let (token, ambient) = (
            format!("token-of-{username}-{number}"),
            self.live().ambient(),
        );
        let id = UserId::from_u128(ambient.uuid_v7());
        let account = NewAccount {
            id,
            username: Username::parse(username).expect("a username"),
            name: DisplayName::parse(username).expect("a name"),
            // No password has this hash: people of a test are let in by their token.
            password: "$argon2id$none".into(),
            grant: Grant::Console { admin },
            session: Some(NewSession {
                id: SessionId::from_u128(ambient.uuid_v7()),
                token: hash(&token),
                label: "a test".into(),
                life: SessionLife::Browser,
            }),
        };
        self.live()
            .submit(Op::AddAccount(account))
            .await
            .expect("a new account");
        Person {
            id: id.to_string(),
            username: username.to_owned(),
            token,
            place: self.place.clone(),
        }
    }

    /// Stops it as SIGTERM does.
    pub async fn stop(&mut self) {
        let running = self.running.take().expect("it runs");
        let _ = running.stop.send(());
        soon("a clean stop", running.live.stop())
            .await
            .expect("a clean stop");
        soon("the end of HTTP", running.serving)
            .await
            .expect("no panic");
    }

    /// Lets go of a server whose other half the test has stopped itself.
    pub fn forget(&mut self) {
        self.running = None;
    }

    /// Starts it again on the same folder.
    pub async fn start_again(&mut self) {
        assert!(!self.options.memory, "nothing in memory outlives a stop");
        self.begin().await;
    }

    /// Stops it and starts it again on the same folder.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start_again().await;
    }

    async fn begin(&mut self) {
        let ambient = Ambient {
            clock: self.clock.clone(),
            random: self.random.clone(),
        };
        let setup = Setup::new(ambient.now(), ambient.uuid_v7(), &ambient.secret::<16>());
        let (inner, read) = self.open(setup);
        let append = Box::new(FaultyAppend {
            inner,
            faults: self.faults.clone(),
        });
        let fatal = Arc::clone(&self.fatal);
        let on_fatal = Box::new(move |why: &str| {
            *fatal.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.to_owned());
        });
        let live = Live::start(self.options.live.clone(), ambient, append, read, on_fatal);
        let live = live.expect("threads");
        let state = live.read(|read| read.server()).await.expect("a database");
        self.general = state.general.to_string();
        self.epoch = state.epoch;
        let server = Server::bind(self.options.config.clone(), live.clone()).await;
        let server = server.unwrap_or_else(|error| panic!("{error}"));
        *self.place.0.lock().unwrap_or_else(PoisonError::into_inner) = server.local_addr();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        self.running = Some(Running {
            live,
            stop,
            serving,
        });
    }

    fn open(&self, setup: Setup) -> (Box<dyn Append>, Arc<dyn Read>) {
        if self.options.memory {
            let (append, read) = MemoryStore::open(setup);
            return (Box::new(append), read);
        }
        let opened = parlor_store_sqlite::open(self.folder(), setup, Default::default());
        let (append, read) = opened.unwrap_or_else(|error| panic!("{error}"));
        (Box::new(append), read)
    }
}

/// A password that nobody else has.
pub fn password_of(username: &str) -> String {
    format!("correct horse {username}")
}

fn hash(secret: &str) -> SecretHash {
    SecretHash(Sha256::digest(secret.as_bytes()).into())
}
