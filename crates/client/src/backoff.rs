//! Whether to come back after a connection ended, and when. Pure.
//!
//! Doubling, bounded and scattered, so that a thousand clients that lost the
//! same server do not come back in the same moment. A time that the server named
//! is kept to.

use std::time::Duration;

/// The bound of the first wait.
const FIRST: Duration = Duration::from_secs(1);
/// No wait is longer, unless the server asks for it.
const LONGEST: Duration = Duration::from_secs(30);
/// A server may ask for more patience than we would have, within reason.
const LONGEST_ASKED: Duration = Duration::from_secs(300);
/// What is added at most to a time that the server named: it spreads them itself.
const SPREAD: Duration = Duration::from_millis(250);

/// How a connection, or the attempt at one, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing answered, or the stream broke, or it was silent for too long.
    Lost,
    /// The upgrade was answered with this status instead of 101.
    Status {
        /// The HTTP status.
        status: u16,
        /// Its `Retry-After`, in milliseconds.
        after_ms: Option<u64>,
    },
    /// The server closed it.
    Closed {
        /// The close code of RFC 6455.
        code: u16,
        /// `bye.after_ms`, where it was said.
        after_ms: Option<u64>,
    },
}

impl Ending {
    /// Whether a client comes back by itself after it.
    ///
    /// An upgrade that is refused as such (400, 401, 403, 421) would be refused
    /// again. Everything else, a proxy's 404 or 502 while it restarts included, may pass.
    pub const fn comes_back(self) -> bool {
        match self {
            Self::Lost => true,
            Self::Status { status, .. } => !matches!(status, 400 | 401 | 403 | 421),
            Self::Closed { code, .. } => {
                !matches!(code, 1002 | 1003 | 1007 | 1008 | 1009 | 4500..=4599)
            }
        }
    }

    const fn asked(self) -> Option<u64> {
        match self {
            Self::Lost => None,
            Self::Status { after_ms, .. } | Self::Closed { after_ms, .. } => after_ms,
        }
    }
}

/// How often it was tried since it last worked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    tries: u32,
}

impl Backoff {
    /// A connection is up: the next wait is a short one again.
    pub const fn worked(&mut self) {
        self.tries = 0;
    }

    /// How long to wait before the next try; `chance` from 0 to 1. `None`: not at all.
    ///
    /// Between a quarter and the whole of the bound, which doubles; or what the
    /// server asked for and a little more.
    pub fn after(&mut self, ending: Ending, chance: f64) -> Option<Duration> {
        if !ending.comes_back() {
            return None;
        }
        let bound = FIRST.saturating_mul(1 << self.tries.min(5)).min(LONGEST);
        self.tries = self.tries.saturating_add(1);
        Some(match ending.asked() {
            Some(ms) => Duration::from_millis(ms).min(LONGEST_ASKED) + SPREAD.mul_f64(chance),
            None => bound.mul_f64(0.25 + 0.75 * chance),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn closed(code: u16) -> Ending {
        Ending::Closed {
            code,
            after_ms: None,
        }
    }

    #[test]
    fn some_ends_are_for_good() {
        for code in [1002, 1003, 1007, 1008, 1009, 4500, 4503, 4504, 4505] {
            assert_eq!(Backoff::default().after(closed(code), 0.5), None, "{code}");
        }
        for code in [1000, 1001, 1005, 1006, 1011, 1012, 1013, 4001, 4002, 4008] {
            assert!(closed(code).comes_back(), "{code}");
        }
        let status = |status| Ending::Status {
            status,
            after_ms: None,
        };
        assert!(!status(401).comes_back() && !status(421).comes_back());
        assert!(status(429).comes_back() && status(502).comes_back());
        assert!(Ending::Lost.comes_back());
    }

    #[test]
    fn waits_double_and_stay_bounded_and_scattered() {
        let mut backoff = Backoff::default();
        let mut waits = |chance| {
            let mut next = || backoff.after(Ending::Lost, chance).unwrap().as_millis();
            let waits: Vec<u128> = (0..7).map(|_| next()).collect();
            backoff.worked();
            waits
        };
        assert_eq!(waits(1.0), [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
        assert_eq!(waits(0.0), [250, 500, 1000, 2000, 4000, 7500, 7500]);
    }

    #[test]
    fn a_time_that_the_server_names_is_kept_to_within_reason() {
        let asked = |after_ms| Ending::Closed {
            code: 1012,
            after_ms: Some(after_ms),
        };
        let after = |ms, chance| {
            Backoff::default()
                .after(asked(ms), chance)
                .unwrap()
                .as_millis()
        };
        assert_eq!(after(4000, 0.0), 4000);
        assert_eq!(after(4000, 1.0), 4250);
        assert_eq!(after(u64::MAX, 0.0), 300_000);
    }
}
