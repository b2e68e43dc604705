//! Who asks: passwords, sessions, tickets, and how often somebody may try.

pub(crate) mod demo;
pub mod password;
pub mod secret;
pub(crate) mod session;
pub(crate) mod throttle;
pub(crate) mod tickets;
