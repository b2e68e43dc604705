//! The store in memory passes the suite that every backend passes.

use std::sync::Arc;

use parlor_store::{Append, Read, Setup};
use parlor_testkit::memory::MemoryStore;

fn memory(setup: Setup) -> (Box<dyn Append>, Arc<dyn Read>) {
    let (append, read) = MemoryStore::open(setup);
    (Box::new(append), read)
}

parlor_store::conformance_tests!(memory);
