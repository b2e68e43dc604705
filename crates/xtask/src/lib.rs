//! What guards the repository and writes its generated files.
//!
//! - [`tidy`]: which way imports point, single doors, file sizes, words that do
//!   not belong here. Promises: every finding names a file, and a line where
//!   there is one.
//! - [`licenses`]: what the locked dependencies, Rust and npm, are licensed under
//!   and where they come from.
//! - [`sabotage`]: every way to break Parlor on purpose, and the test that notices it.
//! - [`proof`]: `docs/proof.md`, from the reports of `make prove`.
//! - [`security`]: whether the tests that `docs/security.md` names are there.
//! - [`typescript`]: JSON Schema in, readable TypeScript out.
//! - [`generated`]: the files that are written from the code, and whether they
//!   are still what the code says.
//!
//! The checks are functions over text that was read before, so each is tested on
//! a few lines made up for it; [`repository`] alone touches the disk.

pub mod generated;
pub mod licenses;
pub mod proof;
pub mod repository;
pub mod sabotage;
pub mod security;
pub mod tidy;
pub mod typescript;

use std::fmt;

/// One thing that should not be so, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// A path from the repository's root, with `:line` where there is one.
    pub place: String,
    /// What is wrong there, and what would be right.
    pub what: String,
}

impl Finding {
    /// A finding in a file as a whole.
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            what: what.into(),
        }
    }

    /// A finding on one line, counted from 0 as iterators do.
    pub fn on_line(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self::new(format!("{path}:{}", line + 1), what)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}
