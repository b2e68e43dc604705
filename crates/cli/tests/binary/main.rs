//! The program itself, as a process: how it starts, what it says, how it ends,
//! and what is there afterwards.

mod audit;
mod backup;
mod check;
mod check_faults;
#[cfg(not(feature = "sabotage"))]
mod clean;
mod commands;
mod documents;
mod odd_servers;
mod others;
mod output;
mod power;
mod proxies;
mod refusals;
mod remote;
mod remote_run;
mod remote_tls;
mod restore;
mod schedule;
mod secrets;
mod service;
mod serving;
mod settings;
mod support;
mod verify;
