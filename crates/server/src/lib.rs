//! Parlor over HTTP: every call, the upgrade to the socket, the page, and who may come in.
//!
//! A request's way: [`listen`](Server) accepts and keeps deadlines, `router` gives it an id and
//! catches panics, `guard` judges host, origin and claim, `auth` finds out who asks, a file of
//! `api` parses fields and submits to `live`, and `error` is the one place that says no.
//!
//! | module | holds |
//! |---|---|
//! | [`config`], `address` | what a server is told; whose address a request comes from |
//! | `listen`, `stream`, `peers` | accepting, deadlines, strangers by address, draining |
//! | `router`, `guard`, [`origin`] | what every request passes |
//! | [`secret`], [`password`], `auth` | tokens, passwords, sessions, tickets, throttles, the demo |
//! | `api`, `calls`, `extract`, `error` | the calls, their descriptions, what they take, how they refuse |
//! | `socket` | the upgrade |
//! | `assets` | the page |
//! | [`control`] | what whoever holds the data folder may do |
//! | `health`, [`backups`], `telemetry` | whether it works, and what it counts |
//! | `openapi`, `asyncapi`, `documents` | the contract, made from all of this |
//!
//! What must never happen here: a write that does not go through `live`, a credential looked at
//! before the origin, a query string, a body or a secret in the log, an answer of the framework's
//! own words, something that tells what one may not see from what is not there.

mod address;
mod api;
mod assets;
mod asyncapi;
mod auth;
pub mod backups;
mod calls;
pub mod config;
pub mod control;
mod documents;
mod error;
mod extract;
mod guard;
mod health;
mod listen;
mod openapi;
pub mod origin;
mod peers;
mod router;
mod socket;
mod state;
mod stream;
mod telemetry;
#[cfg(test)]
mod tests;

pub use asyncapi::asyncapi;
pub use auth::{password, secret};
pub use config::Config;
pub use documents::schemas;
pub use listen::{BindError, Server};
pub use openapi::openapi;
pub use socket::{Shown, credentials_of};
