//! A client of Parlor that keeps the contract's every rule, from the wire alone.
//!
//! It holds a connection for as long as the program lives: it pings, notices a
//! dead server within 12 s, comes back with jitter, resumes each room from the
//! last seq it applied, reads over HTTP what is too far behind, and sends what is
//! in its outbox until the server has it. The program sees [`Update`]s: each event
//! of a room exactly once and in order, whatever the network does.
//!
//! ```no_run
//! # use parlor_client::{Ambient, Client, Credentials, Options, Update};
//! # async fn run(ambient: Ambient) -> Result<(), Box<dyn std::error::Error>> {
//! let address = "http://localhost:8080".parse()?;
//! let credentials = Credentials::Token("…".into());
//! let options = Options::new(address, credentials, ambient).kept_in("bot.json");
//! let (client, mut updates) = Client::start(options)?;
//! while let Some(update) = updates.next().await {
//!     if let Update::RoomAdded(room) = update {
//!         client.post(room.id, "Hello!").await?;
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`client`], [`update`] | what a program holds: a handle, and what it is told |
//! | [`dialogue`] | what is made of each frame, of the three below; pure |
//! | [`logs`] | what is held of each room's log; pure |
//! | [`outbox`] | what was said and is not known to be on disk yet; pure |
//! | [`hints`] | markers and "is writing", no oftener than the server wants to hear it; pure |
//! | [`liveness`], [`backoff`] | whether the server is there, and when to come back; pure |
//! | [`decode`] | what a newer server sends |
//! | `worker`, `serve`, `socket`, `wire`, `kept` | the task, one connection of it, the upgrade, the bytes below, the file |
//! | [`http`], [`address`], [`error`] | the server's HTTP, where it is, what can go wrong |
//! | [`ambient`] | time and chance, passed in |
//!
//! It speaks `http://` and, with the roots of the system it runs on, `https://`.

pub mod address;
pub mod ambient;
pub mod backoff;
pub mod client;
pub mod decode;
pub mod dialogue;
pub mod error;
pub mod hints;
pub mod http;
mod kept;
pub mod liveness;
pub mod logs;
pub mod outbox;
mod serve;
mod socket;
pub mod update;
mod wire;
mod worker;

pub use address::Address;
pub use ambient::Ambient;
pub use client::{Client, Credentials, NotSaid, Options, Pending, Updates};
pub use decode::LogEvent;
pub use error::Error;
pub use http::Http;
pub use logs::Start;
pub use outbox::{Outcome, Said, Target};
pub use update::{Ended, Message, Update};
