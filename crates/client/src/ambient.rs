//! Time and chance, passed in by whoever composes the program.

use std::fmt;
use std::sync::Arc;

use parlor_protocol::{Nonce, Timestamp};

type Fill = dyn Fn(&mut [u8]) + Send + Sync;
type Now = dyn Fn() -> Timestamp + Send + Sync;

/// Where the time of day and chance come from. The time goes into new nonces
/// alone (a UUIDv7 keeps the server's index warm); nothing is ordered by it.
#[derive(Clone)]
pub struct Ambient {
    now: Arc<Now>,
    fill: Arc<Fill>,
}

impl Ambient {
    /// A clock, and a source of random bytes: the operating system's, outside tests.
    pub fn new(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        fill: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Self {
        Self {
            now: Arc::new(now),
            fill: Arc::new(fill),
        }
    }

    /// A nonce that nobody used before.
    pub fn nonce(&self) -> Nonce {
        let mut bytes = [0; 10];
        (self.fill)(&mut bytes);
        let millis = u64::try_from((self.now)().as_millis()).unwrap_or(0);
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid();
        Nonce::parse(&id.to_string()).expect("a UUID is 36 printable ASCII characters")
    }

    /// A number from 0 up to, but not including, 1.
    pub fn chance(&self) -> f64 {
        let mut bytes = [0; 4];
        (self.fill)(&mut bytes);
        f64::from(u32::from_be_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
    }
}

impl fmt::Debug for Ambient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ambient")
    }
}
