//! SIGTERM under load: a stop in order, and a start.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::{Fault, World};

/// The contract's: exit code 0 within 10 s.
const WITHIN: Duration = Duration::from_secs(10);

/// SIGTERM.
pub(super) struct Term;

impl Fault for Term {
    fn name(&self) -> &'static str {
        "term"
    }

    fn about(&self) -> &'static str {
        "SIGTERM under load"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P1", "P3", "P4", "P5", "P11"]
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        async move {
            world.note("term", "");
            let (status, took) = world.server()?.terminate().await?;
            world.took("stop", took);
            world.found(
                "a stop ends with exit code 0 within 10 s",
                status.success() && took <= WITHIN,
                format!("{status} after {:.1} s", took.as_secs_f32()),
            );
            world.restart().await
        }
        .boxed()
    }
}
