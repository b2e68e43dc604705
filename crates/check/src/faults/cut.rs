//! Sockets cut: of one device, of some, of all.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::{Fault, World};

/// Cuts sockets.
pub(super) struct CutSockets;

impl Fault for CutSockets {
    fn name(&self) -> &'static str {
        "cut"
    }

    fn about(&self) -> &'static str {
        "sockets cut"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P2", "P3", "P4", "P5", "P6"]
    }

    fn needs_server(&self) -> bool {
        false
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let of = [1, 2, 3, 5][usize::try_from(world.chance.below(4)).unwrap_or(0)];
            let rest = u32::try_from(world.chance.below(of.into())).unwrap_or(0);
            let reset = world.chance.percent(50);
            let how = if reset { "reset" } else { "closed" };
            world.note("cut", format!("every {of}. device, {how}"));
            world.cuts.cut(of, rest, reset);
            Ok(())
        }
        .boxed()
    }
}
