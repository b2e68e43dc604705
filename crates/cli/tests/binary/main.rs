//! The program itself, as a process: how it starts, what it says, how it ends,
//! and what is there afterwards.

mod backup;
#[cfg(not(feature = "sabotage"))]
mod clean;
mod commands;
mod documents;
mod power;
mod proxies;
mod refusals;
mod remote;
mod remote_tls;
mod restore;
mod schedule;
mod secrets;
mod service;
mod serving;
mod settings;
mod support;
mod verify;
