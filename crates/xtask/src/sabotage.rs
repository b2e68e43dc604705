//! `cargo xtask sabotage [SWITCH…] [--write]`: every way to break Parlor on purpose, and the test that
//! notices it. Each catcher has to pass as it stands and to fail where its switch is on. A test that
//! passes its sabotage proves nothing.
//!
//! The catchers are ordinary tests, each run in a process of its own with `PARLOR_SABOTAGE` set; what
//! they are built with is the feature `sabotage`, which refuses to enter a release.

mod catchers;
mod run;
mod table;

pub use catchers::{CATCHERS, Catcher};
pub use run::run;
pub use table::{DOCUMENT, check};
