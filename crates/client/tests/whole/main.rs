//! The whole client against a whole server: what a network, a restart, a removal
//! and the end of a session do to it.

mod bot;
mod commands;
mod following;
mod support;
