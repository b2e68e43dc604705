//! What whole-server tests are made of.
//!
//! | module | holds |
//! |---|---|
//! | [`memory`] | a store in memory: the model every backend is compared with |

pub mod memory;
