//! What a database must do for Parlor, and the one suite that says so.
//!
//! Two traits: [`Append`] writes (one caller, the writer's thread, a batch a
//! transaction) and [`Read`] reads (many callers, each call one snapshot). All
//! calls block; whoever is async calls them from threads that may.
//!
//! | module | holds |
//! |---|---|
//! | [`write`] | everything that changes the database, and what comes of it |
//! | [`read`] | everything that is read from it |
//! | [`accounts`] | what every backend decides alike about accounts and sessions |
//! | [`audit`] | what is written down of who did what |
//! | [`setup`] | what an empty database begins with |
//! | [`source`] | the look-ups that decisions rest on, and [`decide`]: nonce, facts, rules, in the order of the contract |
//! | `conformance` | the suite every backend passes (feature `conformance`) |

pub mod accounts;
pub mod audit;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod decide;
pub mod read;
pub mod setup;
pub mod source;
pub mod write;

pub use decide::{Decision, decide};
pub use read::{Read, ReadError};
pub use setup::Setup;
pub use source::Source;
pub use write::{Answer, Append, AppendError, Committed, Done, Op, Published, Write};
