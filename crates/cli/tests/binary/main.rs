//! The program itself, as a process: how it starts, what it says, how it ends,
//! and what is there afterwards.

mod commands;
mod refusals;
mod remote;
mod remote_tls;
mod serving;
mod settings;
mod support;
mod verify;
