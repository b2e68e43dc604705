//! Time and chance, passed in: the composition root holds the real ones, tests
//! hold fixed ones. Nothing is ordered, resumed or revoked by the wall clock.

use std::fmt;
use std::sync::Arc;

use parlor_protocol::Timestamp;

/// A wall clock.
pub trait Clock: Send + Sync + 'static {
    /// The moment it is.
    fn now(&self) -> Timestamp;
}

/// A source of chance, fit for secrets.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes` with unpredictable ones.
    fn fill(&self, bytes: &mut [u8]);
}

/// Time and chance together.
#[derive(Clone)]
pub struct Ambient {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// The source of chance.
    pub random: Arc<dyn Random>,
}

impl Ambient {
    /// The moment it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id in the form of a UUIDv7 (RFC 9562): ids made later sort later,
    /// to the millisecond.
    pub fn uuid_v7(&self) -> u128 {
        let millis = self.now().as_millis().max(0) as u128 & ((1 << 48) - 1);
        let chance = u128::from_be_bytes(self.secret::<16>());
        let version = 0x7_u128 << 76;
        let variant = 0b10_u128 << 62;
        let rand_a = (chance >> 64) & 0xfff;
        let rand_b = chance & ((1 << 62) - 1);
        (millis << 80) | version | (rand_a << 64) | variant | rand_b
    }

    /// `N` unpredictable bytes.
    pub fn secret<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// A number below `bound`; 0 where that is 0. Good enough to spread people
    /// out, not for secrets.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        u64::from_be_bytes(self.secret::<8>())
            .checked_rem(bound)
            .unwrap_or(0)
    }
}

impl fmt::Debug for Ambient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ambient")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct At(i64);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0)
        }
    }

    struct Ones;

    impl Random for Ones {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xff);
        }
    }

    #[test]
    fn an_id_tells_its_version_and_sorts_by_time() {
        let at = |millis| Ambient {
            clock: Arc::new(At(millis)),
            random: Arc::new(Ones),
        };
        let id = at(0x0192_0000_0001).uuid_v7();
        assert_eq!(format!("{id:032x}"), "0192000000017fffbfffffffffffffff");
        assert!(at(5).uuid_v7() < at(6).uuid_v7());
        assert_eq!(at(5).below(0), 0);
    }
}
