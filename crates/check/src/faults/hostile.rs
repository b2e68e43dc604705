//! Hostile connections beside honest people: silent ones, heads and bodies that come a byte a second,
//! floods of tiny and of empty frames, and whoever never takes an answer.
//!
//! `hostile` has 200 of them, `hostile=N` so many, from addresses of their own on loopback. Honest people
//! post at a steady pace before, beside and after them. Each of their posts must be acked; what has a
//! deadline in the contract must be ended by it; the hostile ones may cost the server memory within a bound;
//! and with `--times` the honest p99 beside them is less than twice what it is without.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parlor_protocol::RoomId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::honest::Honest;
use super::{Fault, Plan, World};
use crate::crowd::{Member, accounts, forget_peak, memory, peak, room};

/// How long honest people post without the hostile ones, before and after them: where times are judged, and else.
const ALONE: Duration = Duration::from_secs(8);
const BRIEFLY: Duration = Duration::from_secs(1);
/// How long beside them: more than the longest deadline.
const BESIDE: Duration = Duration::from_secs(24);
/// What every deadline may come later, on a machine that is busy.
const GRACE: Duration = Duration::from_secs(4);
/// What one of them may cost the server, and the allocator's caches besides.
const EACH: u64 = 256 << 10;
const BESIDES: u64 = 16 << 20;
/// Sockets of one account, below the contract's 20.
const SOCKETS: usize = 15;
/// Sockets of one address that nobody has signed in on, below the contract's 50.
const STRANGERS: usize = 40;

/// What one of them does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Mute,
    SlowHead,
    SlowBody,
    TinyFrames,
    EmptyFrames,
    NeverReads,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Mute,
        Self::SlowHead,
        Self::SlowBody,
        Self::TinyFrames,
        Self::EmptyFrames,
        Self::NeverReads,
    ];

    /// Whether it comes with a socket of somebody who is signed in.
    const fn signed_in(self) -> bool {
        matches!(
            self,
            Self::TinyFrames | Self::EmptyFrames | Self::NeverReads
        )
    }

    /// Until when the server has ended it: 5 s for a first byte, 10 s for a head, 15 s for a body; at
    /// once where the protocol is broken. A flood of good frames is read more slowly, no more.
    const fn deadline(self) -> Option<Duration> {
        match self {
            Self::Mute => Some(Duration::from_secs(5)),
            Self::SlowHead => Some(Duration::from_secs(10)),
            Self::SlowBody => Some(Duration::from_secs(15)),
            Self::EmptyFrames => Some(Duration::from_secs(2)),
            Self::TinyFrames | Self::NeverReads => None,
        }
    }

    /// Whether the server has let it go on for too long; `after`: when it ended it, if it did.
    fn is_late(self, after: Option<Duration>) -> bool {
        let late = |deadline| after.is_none_or(|after| after > deadline + GRACE);
        self.deadline().is_some_and(late)
    }

    /// Whether it was sent away before it could do harm: a body that is refused unread is not slow.
    fn is_harmless(self, after: Option<Duration>) -> bool {
        self == Self::SlowBody && after.is_some_and(|after| after < Duration::from_secs(10))
    }

    /// What it says first, what it says again and again, and how long between.
    fn says(self, room: RoomId, host: &str) -> (Vec<u8>, Vec<u8>, Duration) {
        let second = Duration::from_secs(1);
        // Thousands of frames a second, and yet so that the flood's own writing does not take the
        // processor from the honest ones beside it.
        let flood = Duration::from_millis(20);
        let head = |rest: &str| format!("{rest} HTTP/1.1\r\nHost: {host}\r\n").into_bytes();
        match self {
            Self::Mute => (Vec::new(), Vec::new(), second),
            Self::SlowHead => (head("GET /ws"), b"x".to_vec(), second),
            Self::SlowBody => {
                let mut first = head("POST /api/v1/sessions");
                first.extend(b"Content-Type: application/json\r\nContent-Length: 4096\r\n\r\n{");
                (first, b" ".to_vec(), second)
            }
            Self::TinyFrames => {
                let ping = frame(true, r#"{"type":"ping"}"#);
                (Vec::new(), ping.repeat(64), flood)
            }
            // A message in fragments that hold nothing, and never ends.
            Self::EmptyFrames => {
                let mut more = frame(false, "");
                more[0] = 0;
                (frame(false, ""), more.repeat(64), flood)
            }
            Self::NeverReads => {
                let say = format!(
                    r#"{{"type":"react","id":"1","room":"{room}","nonce":"n","target":1,"emoji":"👍"}}"#
                );
                (Vec::new(), frame(true, &say).repeat(16), flood)
            }
        }
    }
}

/// A short text frame under a mask of zeros, which leaves it as it is.
fn frame(whole: bool, text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len())
        .ok()
        .filter(|length| *length < 126)
        .map(|length| vec![0x80 | length])
        .unwrap_or_else(|| {
            let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
            [&[0x80 | 126][..], &length.to_be_bytes()].concat()
        });
    let first = if whole { 0x81 } else { 0x01 };
    [&[first][..], &length, &[0; 4], text.as_bytes()].concat()
}

/// Connections that mean harm.
pub(super) struct Hostile {
    count: usize,
    made: u64,
}

impl Hostile {
    pub(super) const fn new(count: usize) -> Self {
        Self { count, made: 0 }
    }
}

impl Fault for Hostile {
    fn name(&self) -> &'static str {
        "hostile"
    }

    fn about(&self) -> &'static str {
        "connections that are silent, slow, flooding or never read"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P7", "P12", "P17"]
    }

    fn prepare(&mut self, plan: &mut Plan) -> Result<(), String> {
        let launch = plan
            .launch
            .as_mut()
            .ok_or("this fault needs a server that the check starts")?;
        // The limits are what holds them off.
        launch.env.retain(|(name, _)| name != "PARLOR_RATE_LIMITS");
        Ok(())
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        self.made += 1;
        strike(self.count, self.made, world).boxed()
    }
}

async fn strike(count: usize, number: u64, world: &mut World) -> Result<(), String> {
    let stage = world.stage.clone().ok_or("nobody is there yet")?;
    let launch = world.server()?.launch.clone();
    let honest = Honest::gather(&launch, &stage, &format!("honest{number}-")).await?;
    let bad = accounts(
        &launch,
        &stage,
        &format!("hostile{number}-"),
        count.div_ceil(2).div_ceil(SOCKETS),
    )
    .await?;
    let bad_room = room(&stage, &format!("Hostile {number}"), &bad).await?;
    let server = world.server()?.id().ok_or("the server does not run")?;

    let without = if world.times { ALONE } else { BRIEFLY };
    let mut alone = honest.talk("before", without).await?;
    let before = memory(server)?;
    forget_peak(server)?;
    world.note("hostile", format!("{count} connections"));
    let mut streams = Vec::new();
    let mut signed_in = 0;
    for n in 0..count {
        let kind = Kind::ALL[n % Kind::ALL.len()];
        let stream = if kind.signed_in() {
            signed_in += 1;
            let person = &bad[(signed_in - 1) / SOCKETS % bad.len()];
            let (member, _) = Member::connect(&stage, person, bad_room, None, true).await?;
            member.into_stream()
        } else {
            stranger(stage.dial, n / STRANGERS).await?
        };
        streams.push((kind, stream));
    }
    // Each has its whole time, however long the others took to connect.
    let until = Instant::now() + BESIDE;
    let mut attacks = JoinSet::new();
    for (kind, stream) in streams {
        let place = (bad_room, stage.host.clone());
        attacks.spawn(async move { (kind, attack(kind, stream, place, until).await) });
    }
    let beside = honest.talk("beside", BESIDE).await?;
    let grown = peak(server)?.saturating_sub(before);
    let mut late = Vec::new();
    while let Some(ended) = attacks.join_next().await {
        let (kind, after) = ended.map_err(|error| error.to_string())?;
        if kind.is_late(after) || kind.is_harmless(after) {
            late.push(format!("{kind:?} {after:?}"));
        }
    }
    alone.add(honest.talk("after", without).await?);

    world.found(
        "every honest post beside hostile connections is acked",
        beside.lost == 0 && alone.lost == 0,
        format!("{} of {} are not", beside.lost, beside.took.len()),
    );
    world.found(
        "a hostile connection is ended at its deadline",
        late.is_empty(),
        late.join(", "),
    );
    world.found(
        "a hostile connection costs at most 256 KiB",
        grown <= EACH * count as u64 + BESIDES,
        format!("{count} of them cost {} KiB at the most", grown / 1024),
    );
    let (without, with) = (alone.p99(), beside.p99());
    world.took("honest p99 without hostile connections", without);
    world.took("honest p99 beside hostile connections", with);
    world.found_time(
        "the honest p99 beside hostile connections is less than twice as long",
        with < without * 2,
        format!("{without:?} and {with:?}"),
    );
    Ok(())
}

/// A connection of nobody's, from an address that others have not used up.
async fn stranger(to: SocketAddr, address: usize) -> Result<TcpStream, String> {
    let connect = async {
        let socket = TcpSocket::new_v4()?;
        let last = u8::try_from(address % 200).unwrap_or(0) + 2;
        socket.bind((Ipv4Addr::new(127, 0, 0, last), 0).into())?;
        socket.connect(to).await
    };
    connect
        .await
        .map_err(|error| format!("no hostile connection: {error}"))
}

/// Does harm until then; after what time the server ended it, if it did.
async fn attack(
    kind: Kind,
    stream: TcpStream,
    (room, host): (RoomId, String),
    until: Instant,
) -> Option<Duration> {
    let began = Instant::now();
    let (mut read, mut write) = stream.into_split();
    let (first, again, pause) = kind.says(room, &host);
    let says = async {
        write.write_all(&first).await?;
        loop {
            write.write_all(&again).await?;
            sleep(pause).await;
        }
        #[allow(unreachable_code, reason = "it names the error's type")]
        Ok::<(), std::io::Error>(())
    };
    let ends = async {
        if kind == Kind::NeverReads {
            std::future::pending::<()>().await;
        }
        let mut bytes = [0; 4096];
        while read.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
    };
    tokio::select! {
        _ = says => Some(began.elapsed()),
        () = ends => Some(began.elapsed()),
        () = sleep_until(until) => None,
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn frames_are_masked_text_of_their_length() {
        assert_eq!(frame(true, "hi"), b"\x81\x82\0\0\0\0hi");
        assert_eq!(frame(false, ""), b"\x01\x80\0\0\0\0");
        let long = frame(true, &"x".repeat(300));
        assert_eq!(long[..4], [0x81, 0xfe, 1, 44]);
        assert_eq!(long.len(), 308);
    }

    #[tokio::test]
    async fn a_server_that_waits_for_ever_is_late_and_one_that_hangs_up_is_not() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let room = RoomId::from_u128(1);
        for kind in Kind::ALL {
            let until = Instant::now() + Duration::from_millis(100);
            let stream = stranger(address, 0).await.unwrap();
            let (held, _) = listener.accept().await.unwrap();
            let after = attack(kind, stream, (room, String::new()), until).await;
            assert_eq!(kind.is_late(after), kind.deadline().is_some(), "{kind:?}");
            drop(held);

            let until = Instant::now() + Duration::from_secs(60);
            let stream = stranger(address, 0).await.unwrap();
            drop(listener.accept().await.unwrap());
            if kind.deadline().is_some() {
                let after = attack(kind, stream, (room, String::new()), until).await;
                assert!(!kind.is_late(after), "{kind:?} {after:?}");
                assert_eq!(kind.is_harmless(after), kind == Kind::SlowBody);
            }
        }
    }
}
