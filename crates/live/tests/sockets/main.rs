//! The hub and its connections over real loopback sockets, with the store in
//! memory and a client that nobody of the house wrote.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod ends;
mod frames;
mod gate;
mod house;
mod membership;
mod races;
mod resume;
mod slow;
mod storage;
mod talk;
