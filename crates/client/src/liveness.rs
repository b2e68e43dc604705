//! Is the server still there? Pure: milliseconds of a clock that never goes
//! back come in, and what to do comes out.
//!
//! A ping every interval. One is missed when nothing at all arrives in the 2 s
//! after it; after so many in a row the connection is dead: within 12 s of the
//! last sign of life at 5 s and 2. Where a timer fires late, this process was
//! stopped (a clock that stands still while the machine sleeps does not show that): nothing is concluded from the silence, but one
//! ping goes out at once, and 2 s without any answer are enough then.

use parlor_protocol::frame::Heartbeat;
use parlor_protocol::limits::PONG_WAIT_MS;

/// A timer that fires this late, in milliseconds, says that the process was stopped.
pub const LATE_MS: u64 = 1500;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Send a ping.
    Ping,
    /// Drop the connection: it is dead.
    Drop,
}

/// The watch over one connection, from `ready` on.
#[derive(Clone, Debug)]
pub struct Liveness {
    interval: u64,
    allowed: u64,
    missed: u64,
    /// When the next ping is due.
    next_ping: u64,
    /// When the newest ping counts as missed, unless something arrives before.
    deadline: Option<u64>,
    /// The newest ping is a probe: one miss is enough.
    probing: bool,
}

impl Liveness {
    /// Begins to watch.
    pub fn new(heartbeat: Heartbeat, now: u64) -> Self {
        let interval = heartbeat.interval_ms.clamp(500, 60_000);
        Self {
            interval,
            allowed: heartbeat.max_missed.max(1),
            missed: 0,
            next_ping: now + interval,
            deadline: None,
            probing: false,
        }
    }

    /// Something arrived, whatever it was.
    pub const fn heard(&mut self) {
        self.missed = 0;
        self.deadline = None;
        self.probing = false;
    }

    /// When to be woken at the latest.
    pub fn due(&self) -> u64 {
        self.deadline
            .map_or(self.next_ping, |deadline| deadline.min(self.next_ping))
    }

    /// The timer fired. `reading`: whether what arrives is being read at all; while
    /// it is not, silence says nothing, but the server still wants to hear from us.
    pub fn tick(&mut self, now: u64, reading: bool) -> Option<Act> {
        if now < self.due() {
            return None;
        }
        if !reading {
            self.heard();
        } else if now - self.due() > LATE_MS {
            self.probing = true;
            return Some(self.ping(now));
        }
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.deadline = None;
            self.missed += 1;
            if self.probing || self.missed >= self.allowed {
                return Some(Act::Drop);
            }
        }
        (self.next_ping <= now).then(|| self.ping(now))
    }

    const fn ping(&mut self, now: u64) -> Act {
        self.next_ping = now + self.interval;
        self.deadline = Some(now + PONG_WAIT_MS);
        Act::Ping
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEARTBEAT: Heartbeat = Heartbeat {
        interval_ms: 5000,
        max_missed: 2,
    };

    /// Wakes on time until something is to be done.
    fn next(liveness: &mut Liveness) -> (u64, Act) {
        loop {
            let now = liveness.due();
            if let Some(act) = liveness.tick(now, true) {
                return (now, act);
            }
        }
    }

    #[test]
    fn a_silent_server_is_dropped_within_12_s() {
        let mut liveness = Liveness::new(HEARTBEAT, 0);
        assert_eq!(next(&mut liveness), (5000, Act::Ping));
        assert_eq!(next(&mut liveness), (10_000, Act::Ping));
        assert_eq!(next(&mut liveness), (12_000, Act::Drop));
    }

    #[test]
    fn any_frame_sets_the_count_back() {
        let mut liveness = Liveness::new(HEARTBEAT, 0);
        for round in 1..100 {
            assert_eq!(next(&mut liveness), (round * 5000, Act::Ping));
            if round % 2 == 0 {
                liveness.heard();
            }
        }
    }

    #[test]
    fn after_a_pause_of_the_process_one_probe_decides() {
        let mut answered = Liveness::new(HEARTBEAT, 0);
        next(&mut answered);
        let mut silent = answered.clone();
        assert_eq!(answered.tick(60_000, true), Some(Act::Ping));
        answered.heard();
        assert_eq!(next(&mut answered), (65_000, Act::Ping));
        assert_eq!(silent.tick(60_000, true), Some(Act::Ping));
        assert_eq!(next(&mut silent), (62_000, Act::Drop));
    }

    #[test]
    fn a_pause_within_a_probe_is_no_silence_of_the_server() {
        let mut liveness = Liveness::new(HEARTBEAT, 0);
        assert_eq!(liveness.tick(60_000, true), Some(Act::Ping));
        assert_eq!(liveness.tick(120_000, true), Some(Act::Ping));
        assert_eq!(next(&mut liveness), (122_000, Act::Drop));
    }

    #[test]
    fn who_does_not_read_pings_on_and_concludes_nothing() {
        let mut liveness = Liveness::new(HEARTBEAT, 0);
        for round in 1..100 {
            let now = loop {
                let now = liveness.due();
                match liveness.tick(now, false) {
                    Some(Act::Ping) => break now,
                    Some(Act::Drop) => panic!("dropped"),
                    None => {}
                }
            };
            assert_eq!(now, round * 5000);
        }
    }

    #[test]
    fn wherever_it_falls_silent_12_s_are_enough_and_5_are_not() {
        for last in (1..40_000).step_by(37) {
            let mut liveness = Liveness::new(HEARTBEAT, 0);
            while liveness.due() <= last {
                let now = liveness.due();
                assert_ne!(liveness.tick(now, true), Some(Act::Drop));
                liveness.heard();
            }
            liveness.heard();
            let dropped = loop {
                if let (now, Act::Drop) = next(&mut liveness) {
                    break now;
                }
            };
            let silence = dropped - last;
            assert!((5000..=12_000).contains(&silence), "{silence} after {last}");
        }
    }
}
