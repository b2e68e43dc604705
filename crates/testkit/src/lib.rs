//! What whole-server tests are made of: a server in milliseconds, and people who act.
//!
//! | module | holds |
//! |---|---|
//! | [`server`] | a whole server on a free port, in this process, on a real database |
//! | [`person`] | somebody with an account, over HTTP |
//! | [`phone`] | a client's connection, by a library that nobody of the house wrote |
//! | [`follower`] | the logs a client holds, and what must never happen to them |
//! | [`http`] | a client that says exactly what it is told |
//! | [`raw`] | a socket in bytes, for what no library would send |
//! | [`ambient`], [`faults`], [`folder`], [`until`] | time, chance, a bad disk, a quick one; waiting without guessing |
//! | [`memory`] | a store in memory: the model every backend is compared with |
//!
//! All but [`memory`] needs the feature `server`.

#[cfg(feature = "server")]
pub mod ambient;
#[cfg(feature = "server")]
pub mod faults;
#[cfg(feature = "server")]
pub mod folder;
#[cfg(feature = "server")]
pub mod follower;
#[cfg(feature = "server")]
pub mod http;
pub mod memory;
#[cfg(feature = "server")]
pub mod person;
#[cfg(feature = "server")]
pub mod phone;
#[cfg(feature = "server")]
pub mod raw;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "server")]
pub mod until;

#[cfg(feature = "server")]
pub use self::{
    follower::ExactlyOnce, http::Http, person::Person, phone::Phone, server::TestServer,
};
