//! The suite every backend passes, on real files.

mod support;

use support::Fresh;

parlor_store::conformance_tests!(Fresh::default());
