//! What may happen in a room: pure, no clock, no chance, no I/O.
//!
//! A backend loads [`Facts`] in its transaction, [`plan`] decides, and what it
//! decided becomes events; [`changes`] says what each event does to the rows
//! that are kept beside the log. Appending and verifying fold the same
//! `changes`, so the tables cannot say anything that the log does not.

pub mod changes;
pub mod facts;
pub mod mentions;
pub mod plan;
pub mod projection;

pub use changes::{Change, changes};
pub use facts::{Detail, Facts, MessageFacts, ReactionFacts, RoomFacts, Subject};
pub use plan::{Plan, Planned, general_joined, general_made, plan};
pub use projection::Projection;
