//! A follower that checks what it is told, and a proxy that cuts and holds.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use parlor_client::{
    Ambient, Client, Credentials, Ended, Options, Outcome, Start, Update, Updates,
};
use parlor_protocol::{Nonce, RoomId, Seq, Timestamp};
use parlor_testkit::ambient::SeededRandom;
use parlor_testkit::until::soon;
use parlor_testkit::{Person, TestServer};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A client whose updates are judged: each event once and in order.
pub(crate) struct Follower {
    pub(crate) client: Client,
    updates: Updates,
    /// The events told of each room, and the seq before the first.
    pub(crate) told: BTreeMap<RoomId, Told>,
    pub(crate) settled: BTreeMap<Nonce, Outcome>,
}

#[derive(Clone, Default)]
pub(crate) struct Told {
    pub(crate) from: Option<u64>,
    pub(crate) events: Vec<Value>,
}

impl Told {
    pub(crate) fn last(&self) -> u64 {
        self.from.unwrap_or(0) + self.events.len() as u64
    }
}

/// Chance that is another for each seed.
pub(crate) fn ambient(seed: u64) -> Ambient {
    let chance = SeededRandom::new(seed);
    Ambient::new(Timestamp::default, move |bytes| {
        for byte in bytes {
            *byte = chance.next().to_be_bytes()[0];
        }
    })
}

impl Follower {
    pub(crate) fn start(at: SocketAddr, who: &Person, start: Start, state: Option<&Path>) -> Self {
        let options = Options {
            address: format!("http://{at}").parse().expect("an address"),
            credentials: Credentials::Token(who.token.clone()),
            start,
            state: state.map(Path::to_owned),
            ambient: ambient(at.port().into()),
        };
        Self::with(options)
    }

    pub(crate) fn with(options: Options) -> Self {
        let (client, updates) = Client::start(options).expect("a state that can be read");
        Self {
            client,
            updates,
            told: BTreeMap::new(),
            settled: BTreeMap::new(),
        }
    }

    /// The next update, judged.
    pub(crate) async fn next(&mut self) -> Option<Update> {
        let update = soon("an update", self.updates.next()).await?;
        match &update {
            Update::Event { room, event } => {
                let told = self.told.entry(*room).or_default();
                let from = *told.from.get_or_insert(event.seq.get() - 1);
                assert_eq!(
                    event.seq.get(),
                    from + told.events.len() as u64 + 1,
                    "once and in order"
                );
                told.events
                    .push(serde_json::from_str(&event.json).expect("JSON"));
            }
            Update::Forgotten { room, after, .. } => {
                let from = Some(after.get());
                let events = Vec::new();
                self.told.insert(*room, Told { from, events });
            }
            Update::Settled { nonce, outcome, .. } => {
                let before = self.settled.insert(nonce.clone(), outcome.clone());
                assert_eq!(before, None, "settled once");
            }
            _ => {}
        }
        Some(update)
    }

    /// Reads on until an update is such a one.
    pub(crate) async fn until(&mut self, what: &str, is_it: impl Fn(&Update) -> bool) -> Update {
        loop {
            match self.next().await {
                Some(update) if is_it(&update) => return update,
                Some(_) => {}
                None => panic!("ended before {what}"),
            }
        }
    }

    /// Reads on until a room is told up to a seq.
    pub(crate) async fn told_to(&mut self, room: RoomId, seq: u64) {
        while self.told.get(&room).map_or(0, Told::last) < seq {
            assert!(self.next().await.is_some(), "ended before {seq}");
        }
    }

    pub(crate) async fn connected(&mut self) {
        self.until("a connection", |update| {
            matches!(update, Update::Connected(_))
        })
        .await;
    }

    /// That what was told of a room is the end of its log, to the letter.
    pub(crate) fn agrees(&self, room: RoomId, log: &[Value]) {
        let told = &self.told[&room];
        let from = usize::try_from(told.from.unwrap_or(0)).expect("it fits");
        assert_eq!(told.events, log[from..]);
    }

    /// Why it ended; it has to.
    pub(crate) async fn ended(&mut self) -> Ended {
        while self.next().await.is_some() {}
        soon("the end", self.updates.ended()).await
    }

    pub(crate) async fn stop(&mut self) {
        self.client.stop().await;
        assert_eq!(self.ended().await, Ended::Stopped);
    }
}

pub(crate) fn room(id: &str) -> RoomId {
    RoomId::parse(id)
}

pub(crate) fn seq(number: u64) -> Seq {
    Seq::new(number).expect("a seq")
}

/// A way to a server that moves, and that can be cut.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    upstream: Arc<Mutex<Option<SocketAddr>>>,
    /// Changes with each cut.
    cuts: watch::Sender<u64>,
    held: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// A server that is known by the address of a proxy, owned by somebody, and the proxy.
    pub(crate) async fn before_a_server() -> (Self, TestServer, Person) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = TestServer::with().public_url(&format!("http://{address}"));
        let server = server.start().await;
        let owner = server.owner("olga").await;
        let upstream = Arc::new(Mutex::new(Some(server.address())));
        let (cuts, _) = watch::channel(0);
        let (held, _) = watch::channel(false);
        let (up, cut, hold) = (Arc::clone(&upstream), cuts.clone(), held.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let to = *up.lock().expect("no panic");
                let (cut, hold) = (cut.subscribe(), hold.subscribe());
                if let Some(to) = to {
                    tokio::spawn(carry(stream, to, cut, hold));
                }
            }
        });
        let proxy = Self {
            address,
            upstream,
            cuts,
            held,
            task,
        };
        (proxy, server, owner.moved_to(address))
    }

    /// Where it leads from now on; nowhere cuts each new connection at once.
    pub(crate) fn lead_to(&self, server: Option<SocketAddr>) {
        *self.upstream.lock().expect("no panic") = server;
    }

    /// Cuts every connection.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// From now on nothing passes, and nothing is cut: as if the other end had stopped.
    pub(crate) fn hold(&self) {
        self.held.send_replace(true);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(
    mut stream: TcpStream,
    to: SocketAddr,
    mut cut: watch::Receiver<u64>,
    mut hold: watch::Receiver<bool>,
) {
    cut.mark_unchanged();
    let Ok(mut server) = TcpStream::connect(to).await else {
        return;
    };
    let holding = async {
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut stream, &mut server) => {}
            () = async { drop(hold.wait_for(|held| *held).await) } => std::future::pending().await,
        }
    };
    tokio::select! {
        () = holding => {}
        _ = cut.changed() => {}
    }
}
