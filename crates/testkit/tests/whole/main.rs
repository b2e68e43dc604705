//! The contract, spoken end to end: real sockets, a real database, a file for each theme.

mod claim;
mod crowd;
mod cuts;
mod frames;
mod handshake;
mod heartbeat;
mod history;
mod limits;
mod nonces;
mod operations;
mod origin;
mod overload;
mod people;
mod redaction;
mod resume;
mod revocation;
mod rfc6455;
mod rooms;
mod slow_reader;
mod stopping;
mod talking;
mod unread;
mod walk;
