//! A network that misbehaves: a relay before the server that delays, crumbles, cuts and holds up what passes.
//!
//! `network` strikes for a second or three and heals: every chunk late; every write a single byte; each new
//! connection cut after so many bytes, one more each time, so that in a long run there is no byte of a handshake or of
//! the first frames behind which nothing was ever cut; one direction held up. `silence` takes both directions of all
//! connections away for good, or one of them, without a word to either end (no FIN, no RST), and waits until those who
//! hear nothing any more have given up.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::{Fault, Plan, World};

/// How long one kind of trouble lasts.
const LASTS_MS: (u64, u64) = (800, 3000);
/// Behind this many bytes of a connection cutting begins anew at the first: longer than the answer to a handshake
/// and the first frames together.
const SWEEP: u64 = 2000;
/// What waits in the relay for a reader at most, so that a late one is known by it.
const QUEUE_BYTES: usize = 4 * 1024;
/// Whom something waits for so long is late.
const LATE: Duration = Duration::from_millis(30);
/// How a request begins that asks for a WebSocket.
const UPGRADE: [u8; 8] = *b"GET /ws ";
/// The contract's: what a server may take to notice a dead client.
const SERVER_NOTICES: Duration = Duration::from_secs(16);
/// The contract's: what a client may take to notice a dead server.
const CLIENT_NOTICES: Duration = Duration::from_secs(12);
/// What a loaded machine may add to either.
const SLACK: Duration = Duration::from_secs(2);

/// What the network is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weather {
    Fair,
    /// Every chunk waits so long.
    Slow(u64),
    /// Every write is one byte.
    Crumbs,
    /// New connections are cut behind a byte: of what the server says, or of what the client says.
    Cuts {
        of_server: bool,
    },
    /// Nothing passes in one direction.
    Stall {
        to_server: bool,
    },
    /// Connections up to this number are dead.
    Dead(u64, Deaf),
}

/// Who hears nothing any more on a dead connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deaf {
    Both,
    Server,
    Client,
}

impl Deaf {
    /// Whether what goes this way is swallowed.
    const fn swallows(self, to_server: bool) -> bool {
        match self {
            Self::Both => true,
            Self::Server => to_server,
            Self::Client => !to_server,
        }
    }
}

impl Weather {
    /// Whether a connection is dead, in this direction.
    const fn is_dead(self, number: u64, to_server: bool) -> bool {
        match self {
            Self::Dead(up_to, deaf) => number <= up_to && deaf.swallows(to_server),
            _ => false,
        }
    }
}

/// The relay. Connections are numbered from 1.
#[derive(Debug)]
struct Relay {
    weather: watch::Sender<Weather>,
    connections: AtomicU64,
    cuts: AtomicU64,
    /// The dead that one end has not given up yet, and how long the slowest of either kind took.
    dead: watch::Sender<Dead>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Dead {
    ends: usize,
    since: Option<Instant>,
    server: Duration,
    client: Duration,
}

impl Relay {
    /// Puts a relay before whatever the devices dialled until now.
    fn before(plan: &mut Plan) -> Result<Arc<Self>, String> {
        let bad = |error: std::io::Error| format!("no relay can be put before the server: {error}");
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(bad)?;
        listener.set_nonblocking(true).map_err(bad)?;
        let target = plan.dial;
        plan.dial = listener.local_addr().map_err(bad)?;
        let listener = TcpListener::from_std(listener).map_err(bad)?;
        let relay = Arc::new(Self {
            weather: watch::Sender::new(Weather::Fair),
            connections: AtomicU64::new(0),
            cuts: AtomicU64::new(0),
            dead: watch::Sender::new(Dead::default()),
        });
        tokio::spawn(Arc::clone(&relay).serve(listener, target));
        Ok(relay)
    }

    async fn serve(self: Arc<Self>, listener: TcpListener, target: SocketAddr) {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(Arc::clone(&self).carry(client, target));
        }
    }

    /// Carries one connection to its end.
    async fn carry(self: Arc<Self>, client: TcpStream, target: SocketAddr) {
        let Ok(server) = TcpStream::connect(target).await else {
            return;
        };
        let number = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        let mut first = [0; UPGRADE.len()];
        let is_socket = client.peek(&mut first).await.is_ok() && first == UPGRADE;
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let _ = socket2::SockRef::from(&client).set_send_buffer_size(QUEUE_BYTES);
        let weather = *self.weather.borrow();
        let (mut up, mut down) = (u64::MAX, u64::MAX);
        if let Weather::Cuts { of_server } = weather {
            let at = self.cuts.fetch_add(1, Ordering::Relaxed) % SWEEP;
            *(if of_server { &mut down } else { &mut up }) = at;
        }
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let late = AtomicBool::new(false);
        let both = self.end_to_end(
            self.pump(number, true, up, &late, from_client, to_server),
            self.pump(number, false, down, &late, from_server, to_client),
        );
        tokio::pin!(both);
        let mut up = self.weather.subscribe();
        let mut down = up.clone();
        tokio::select! {
            () = &mut both => return,
            () = is_dead(&mut up, number, true) => {}
            () = is_dead(&mut down, number, false) => {}
        }
        // A request over HTTP has no heartbeat, and a reader that is late goes on reading for as long as it is late:
        // those are cut, so that they hear of it.
        if is_socket && !late.load(Ordering::Relaxed) {
            both.await;
        }
    }

    async fn end_to_end(
        &self,
        upward: impl Future<Output = Option<OwnedWriteHalf>>,
        downward: impl Future<Output = Option<OwnedWriteHalf>>,
    ) {
        // What ends one direction ends both; the dead alone are waited for on both sides.
        tokio::pin!(upward, downward);
        let ended = tokio::select! {
            ended = &mut upward => (ended, true),
            ended = &mut downward => (ended, false),
        };
        match ended {
            (Some(_held), true) => drop(downward.await),
            (Some(_held), false) => drop(upward.await),
            (None, _) => {}
        }
    }

    /// Passes on what comes, as the weather lets it. Where the connection is dead: what the other end has to be
    /// kept open with, once this one was given up.
    async fn pump(
        &self,
        number: u64,
        to_server: bool,
        mut left: u64,
        late: &AtomicBool,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
    ) -> Option<OwnedWriteHalf> {
        let mut weather = self.weather.subscribe();
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = tokio::select! {
                read = from.read(&mut buffer) => read.unwrap_or(0),
                () = is_dead(&mut weather, number, to_server) => {
                    let _end = DeadEnd::new(self);
                    while matches!(from.read(&mut buffer).await, Ok(1..)) {}
                    self.given_up(to_server);
                    return Some(to);
                }
            };
            if read == 0 {
                // It heard nothing any more, and says so.
                if weather.borrow().is_dead(number, !to_server) {
                    self.given_up(to_server);
                }
                return None;
            }
            let mut rest = &buffer[..read.min(usize::try_from(left).unwrap_or(read))];
            left -= rest.len() as u64;
            while !rest.is_empty() {
                let now = *weather.borrow_and_update();
                match now {
                    Weather::Stall { to_server: held } if held == to_server => {
                        weather.changed().await.ok()?;
                    }
                    dead if dead.is_dead(number, to_server) => break,
                    Weather::Crumbs => {
                        to.write_all(&rest[..1]).await.ok()?;
                        rest = &rest[1..];
                        tokio::task::yield_now().await;
                    }
                    Weather::Slow(ms) => {
                        sleep(Duration::from_millis(ms)).await;
                        to.write_all(std::mem::take(&mut rest)).await.ok()?;
                    }
                    _ => {
                        let began = Instant::now();
                        to.write_all(std::mem::take(&mut rest)).await.ok()?;
                        if began.elapsed() > LATE {
                            late.store(true, Ordering::Relaxed);
                        }
                    }
                }
            }
            if left == 0 {
                return None;
            }
        }
    }

    /// An end has given a dead connection up.
    fn given_up(&self, is_client: bool) {
        self.dead.send_modify(|dead| {
            let took = dead.since.map_or(Duration::ZERO, |since| since.elapsed());
            let slowest = if is_client {
                &mut dead.client
            } else {
                &mut dead.server
            };
            *slowest = took.max(*slowest);
        });
    }
}

/// An end that is dead and does not know it yet: counted for as long as this lives.
struct DeadEnd<'a>(&'a Relay);

impl<'a> DeadEnd<'a> {
    fn new(relay: &'a Relay) -> Self {
        relay.dead.send_modify(|dead| dead.ends += 1);
        Self(relay)
    }
}

impl Drop for DeadEnd<'_> {
    fn drop(&mut self) {
        self.0.dead.send_modify(|dead| dead.ends -= 1);
    }
}

async fn is_dead(weather: &mut watch::Receiver<Weather>, number: u64, to_server: bool) {
    let dead = |weather: &Weather| weather.is_dead(number, to_server);
    if weather.wait_for(dead).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Delays, crumbs, cuts, stalls.
#[derive(Default)]
pub(super) struct Network(Option<Arc<Relay>>);

impl Fault for Network {
    fn name(&self) -> &'static str {
        "network"
    }

    fn about(&self) -> &'static str {
        "a network that delays, crumbles, cuts behind every byte, stalls"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P2", "P3", "P4", "P5", "P6"]
    }

    fn prepare(&mut self, plan: &mut Plan) -> Result<(), String> {
        self.0 = Some(Relay::before(plan)?);
        Ok(())
    }

    fn needs_server(&self) -> bool {
        false
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let relay = self.0.as_ref().ok_or("there is no relay")?;
            let either = world.chance.percent(50);
            let weather = match world.chance.below(4) {
                0 => Weather::Slow(world.chance.between(5, 400)),
                1 => Weather::Crumbs,
                2 => Weather::Cuts { of_server: either },
                _ => Weather::Stall { to_server: either },
            };
            let lasts = world.chance.between(LASTS_MS.0, LASTS_MS.1);
            world.note("network", format!("{weather:?} for {lasts} ms"));
            relay.weather.send_replace(weather);
            if matches!(weather, Weather::Cuts { .. }) {
                // So that there are new ones, again and again.
                world.cuts.cut(1, 0, false);
            }
            sleep(Duration::from_millis(lasts)).await;
            relay.weather.send_replace(Weather::Fair);
            Ok(())
        }
        .boxed()
    }
}

/// Both directions gone, or one, and nobody is told.
#[derive(Default)]
pub(super) struct Silence {
    relay: Option<Arc<Relay>>,
    struck: usize,
}

impl Fault for Silence {
    fn name(&self) -> &'static str {
        "silence"
    }

    fn about(&self) -> &'static str {
        "connections that die without a word to either end"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P3", "P4", "P6", "P8"]
    }

    fn prepare(&mut self, plan: &mut Plan) -> Result<(), String> {
        self.relay = Some(Relay::before(plan)?);
        Ok(())
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let relay = self.relay.as_ref().ok_or("there is no relay")?;
            let deaf = [Deaf::Both, Deaf::Server, Deaf::Client][self.struck % 3];
            self.struck += 1;
            let up_to = relay.connections.load(Ordering::Relaxed);
            world.note("silence", format!("{deaf:?}, connections up to {up_to}"));
            let mut dead = relay.dead.subscribe();
            relay.dead.send_modify(|dead| {
                (dead.server, dead.client) = Default::default();
                dead.since = Some(Instant::now());
            });
            relay.weather.send_replace(Weather::Dead(up_to, deaf));
            // One at least is there by now, or all have ended of themselves.
            let _ = timeout(SLACK, dead.wait_for(|dead| dead.ends > 0)).await;
            let within = SERVER_NOTICES.max(CLIENT_NOTICES) + SLACK;
            let all = timeout(within, dead.wait_for(|dead| dead.ends == 0)).await;
            let given_up = all.is_ok();
            let dead = *relay.dead.borrow();
            relay.weather.send_replace(Weather::Fair);
            // Whoever hears goes on until the other closes.
            if deaf.swallows(true) {
                world.took("a server gives a dead client up", dead.server);
            }
            if deaf.swallows(false) {
                world.took("a client gives a dead server up", dead.client);
            }
            world.found(
                "who hears nothing gives a dead connection up: the server within 16 s, the client within 12 s",
                given_up
                    && (!deaf.swallows(true) || dead.server <= SERVER_NOTICES + SLACK)
                    && (!deaf.swallows(false) || dead.client <= CLIENT_NOTICES + SLACK),
                format!(
                    "{deaf:?} deaf: server {:.1} s, client {:.1} s, {} ends left",
                    dead.server.as_secs_f32(),
                    dead.client.as_secs_f32(),
                    dead.ends
                ),
            );
            Ok(())
        }
        .boxed()
    }
}
