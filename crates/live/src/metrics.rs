//! What is counted: plain atomics, rendered by whoever shows them.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use parlor_protocol::frame::CloseCode;

/// A number that grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// What it stands at.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }

    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }
}

/// A number that rises and falls.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

impl Gauge {
    /// What it stands at.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }

    pub(crate) fn set(&self, n: u64) {
        self.0.store(n, Relaxed);
    }

    pub(crate) fn up(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    pub(crate) fn down(&self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// How values are spread over buckets.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [f64],
    buckets: Vec<AtomicU64>,
    count: AtomicU64,
    /// In millionths of the unit.
    sum: AtomicU64,
}

impl Histogram {
    fn new(bounds: &'static [f64]) -> Self {
        Self {
            bounds,
            buckets: bounds.iter().map(|_| AtomicU64::new(0)).collect(),
            count: AtomicU64::new(0),
            sum: AtomicU64::new(0),
        }
    }

    /// Upper bound and cumulative count of each bucket; the last one, infinity, is [`Self::count`].
    pub fn buckets(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        self.bounds
            .iter()
            .zip(&self.buckets)
            .scan(0, |sum, (bound, bucket)| {
                *sum += bucket.load(Relaxed);
                Some((*bound, *sum))
            })
    }

    /// How many values there were.
    pub fn count(&self) -> u64 {
        self.count.load(Relaxed)
    }

    /// Their sum.
    pub fn sum(&self) -> f64 {
        self.sum.load(Relaxed) as f64 / 1e6
    }

    pub(crate) fn observe(&self, value: f64) {
        if let Some(at) = self.bounds.iter().position(|bound| value <= *bound) {
            self.buckets[at].fetch_add(1, Relaxed);
        }
        self.count.fetch_add(1, Relaxed);
        self.sum.fetch_add((value * 1e6) as u64, Relaxed);
    }

    pub(crate) fn observe_time(&self, time: Duration) {
        self.observe(time.as_secs_f64());
    }
}

/// One counter for each of a few names.
#[derive(Debug)]
pub struct Family {
    names: &'static [&'static str],
    counters: Vec<Counter>,
}

impl Family {
    fn new(names: &'static [&'static str]) -> Self {
        Self {
            names,
            counters: names.iter().map(|_| Counter::default()).collect(),
        }
    }

    /// Each name and what it stands at.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.names
            .iter()
            .zip(&self.counters)
            .map(|(name, counter)| (*name, counter.get()))
    }

    pub(crate) fn add(&self, name: &str, n: u64) {
        if let Some(at) = self.names.iter().position(|known| *known == name) {
            self.counters[at].add(n);
        }
    }
}

const TIMES: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
const SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// The codes of [`Metrics::closes`], in its order.
const CLOSES: [CloseCode; 15] = [
    CloseCode::ProtocolError,
    CloseCode::BinaryFrame,
    CloseCode::InvalidUtf8,
    CloseCode::TooManyFragments,
    CloseCode::TooBig,
    CloseCode::Internal,
    CloseCode::Restarting,
    CloseCode::TryLater,
    CloseCode::HeartbeatMissed,
    CloseCode::NoHello,
    CloseCode::Flooding,
    CloseCode::Malformed,
    CloseCode::Disabled,
    CloseCode::SessionEnded,
    CloseCode::ProtocolNotSpoken,
];

/// Everything that is counted here.
#[derive(Debug)]
pub struct Metrics {
    /// Connections there are.
    pub connections: Gauge,
    /// Those of them whose socket takes nothing now.
    pub behind: Gauge,
    /// Frames that came, by type; `other` is what could not be read.
    pub frames_in: Family,
    /// Frames that went, by type; `ack` and `refuse` are counted when made.
    pub frames_out: Family,
    /// Writes that wait for the writer.
    pub queue_depth: Gauge,
    /// Seconds from asking the store for a batch to its being on disk.
    pub commit_seconds: Histogram,
    /// Writes in a batch.
    pub batch_operations: Histogram,
    /// Seconds from taking a command of a socket to its answer.
    pub ack_seconds: Histogram,
    /// Message commands that were acked, by where they came from: `socket`, `http`.
    pub posted: Family,
    /// What was slowed down or refused, by bucket: `connection`, `message`, `typing`, `sockets`.
    pub rate_limited: Family,
    closes: Vec<Counter>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        Self {
            connections: Gauge::default(),
            behind: Gauge::default(),
            frames_in: Family::new(&[
                "hello", "ping", "post", "edit", "delete", "react", "unreact", "read", "typing",
                "resume", "other",
            ]),
            frames_out: Family::new(&[
                "ready",
                "events",
                "caught_up",
                "reset",
                "ack",
                "refuse",
                "room_added",
                "room_removed",
                "user_updated",
                "signal",
                "pong",
                "bye",
            ]),
            queue_depth: Gauge::default(),
            commit_seconds: Histogram::new(TIMES),
            batch_operations: Histogram::new(SIZES),
            ack_seconds: Histogram::new(TIMES),
            posted: Family::new(&["socket", "http"]),
            rate_limited: Family::new(&["connection", "message", "typing", "sockets"]),
            closes: CLOSES.iter().map(|_| Counter::default()).collect(),
        }
    }

    /// Connections that we closed, by code.
    pub fn closes(&self) -> impl Iterator<Item = (CloseCode, u64)> + '_ {
        CLOSES
            .into_iter()
            .zip(&self.closes)
            .map(|(code, counter)| (code, counter.get()))
    }

    pub(crate) fn closed(&self, code: CloseCode) {
        if let Some(at) = CLOSES.iter().position(|known| *known == code) {
            self.closes[at].add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_counts_up_to_each_bound() {
        let sizes = Histogram::new(SIZES);
        for value in [1.0, 3.0, 300.0] {
            sizes.observe(value);
        }
        let counts: Vec<u64> = sizes.buckets().map(|(_, count)| count).collect();
        assert_eq!(counts, [1, 1, 2, 2, 2, 2, 2, 2, 2]);
        assert_eq!((sizes.count(), sizes.sum()), (3, 304.0));
    }
}
