//! What the fuzzers try; the properties stand in a file of their own, for an ordinary test has them too.

mod properties;

pub use properties::*;
