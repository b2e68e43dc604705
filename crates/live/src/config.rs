//! Every bound of this crate: how much waits, for how long, and what happens at
//! the limit. Fields of [`Config`] may be shortened by tests; the constants are
//! laws of the wire or follow from them.

use std::time::Duration;

use parlor_protocol::limits;

/// Writes that wait for the writer. At about 5000 a second this is under a
/// second of work; one more is refused `overloaded`.
pub const QUEUE: usize = 4096;
/// Writes of one transaction: enough to share a fsync, few enough that it stays short.
pub const BATCH: usize = 256;
/// Markers that wait in memory to be written. At the limit a marker is written at once, by way of the queue.
pub const MARKERS: usize = 16_384;
/// Acks and refusals of one connection that are made or being made. At the
/// bound the connection is not read any further.
pub const REPLIES: usize = 64;
/// Members that are written to before the room's lock is let go.
pub const SLICE: usize = 256;
/// Events that a room's tail holds.
pub const TAIL_EVENTS: usize = 256;
/// Bytes of frames that a room's tail holds. What outran it is read from the store.
pub const TAIL_BYTES: usize = 256 * 1024;
/// Bytes of events in one frame; with an event of the largest size behind them still under 64 KiB.
pub const FRAME_EVENTS_BYTES: usize = 24 * 1024;
/// Rooms without a connection whose head is remembered, per shard.
pub const QUIET_ROOMS: usize = 1024;
/// How often a snapshot is read anew because something changed under it. Then 1013.
pub const SNAPSHOT_TRIES: u32 = 8;
/// Malformed frames within a minute that end a connection (4500).
pub const BAD_FRAMES: usize = 10;
/// How long after a refused write another may be tried, in milliseconds.
pub const RETRY_MS: u64 = 1000;
/// Reads of callers of [`Live::read`](crate::Live::read) that wait for a thread. One more is `Overloaded`.
pub const WAITING_READS: usize = 1024;
/// Connections told in one second to come back after a stop.
pub const RETURNS_PER_SECOND: u64 = 1000;

/// What may differ from one server to the next.
#[derive(Clone, Debug)]
pub struct Config {
    /// Off: no rate, throttle or limit of sockets, for benches.
    pub rate_limits: bool,
    /// A connection that is read and says nothing for so long is dropped (4001).
    pub heartbeat_timeout: Duration,
    /// How long a connection may take to say `hello` (4002).
    pub hello_wait: Duration,
    /// Acks at their bound for so long, none taken: 4008.
    pub flooding_after: Duration,
    /// How often the clocks of all connections are looked at.
    pub sweep: Duration,
    /// How long a `bye` and a close frame may take to be taken.
    pub bye_wait: Duration,
    /// How long a closed connection is read, so that the close arrives.
    pub linger: Duration,
    /// How long a marker may wait in memory. On disk within a second of its coming.
    pub marker_wait: Duration,
    /// How often a storage that failed is tried.
    pub probe: Duration,
    /// A connection that shows life renews its session so often.
    pub session_seen: Duration,
    /// How long a stop may take in all.
    pub stop_wait: Duration,
    /// Threads that write to sockets.
    pub hub_threads: usize,
    /// Reads at once for connections, and as many for other callers.
    pub read_threads: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            rate_limits: true,
            heartbeat_timeout: Duration::from_millis(
                limits::HEARTBEAT_INTERVAL_MS * (limits::HEARTBEAT_MAX_MISSED + 1),
            ),
            hello_wait: Duration::from_millis(limits::HELLO_WAIT_MS),
            flooding_after: Duration::from_secs(60),
            sweep: Duration::from_millis(250),
            bye_wait: Duration::from_secs(1),
            linger: Duration::from_secs(2),
            marker_wait: Duration::from_millis(500),
            probe: Duration::from_secs(1),
            session_seen: Duration::from_secs(3600),
            stop_wait: Duration::from_secs(10),
            hub_threads: 2,
            read_threads: 4,
        }
    }
}
