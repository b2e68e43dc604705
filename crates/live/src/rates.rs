//! How fast is too fast: buckets that fill steadily. Who draws one empty is read
//! more slowly first, and refused only beyond that.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use parlor_protocol::command::MessageVerb;
use parlor_protocol::{Command, RoomId, UserId};
use tokio::time::Instant;

use crate::lock;

/// Frames a second of one connection, and at once after a quiet while.
const FRAMES: Rate = Rate {
    per_second: 50.0,
    burst: 100.0,
};
/// Raw bytes a second of one connection; at once two messages of the largest size.
const BYTES: Rate = Rate {
    per_second: 64.0 * 1024.0,
    burst: 256.0 * 1024.0,
};
/// Commands a second of one user: messages, and what else becomes an event for all to see.
const MESSAGES: Rate = Rate {
    per_second: 10.0,
    burst: 50.0,
};
/// A second's worth of commands that several connections of a user may be
/// ahead together before one more is refused.
const MESSAGE_DEBT: f64 = 10.0;
/// So many `@` of a post cost as much as a message: whom each names is looked up by the one writer.
const HANDLES: usize = 128;
/// What a post costs besides, at most: the longest text of nothing else is let through after a quiet while.
const HANDLES_COST: usize = 24;
/// Who says more often that they are writing is not passed on: a little under the 3 s of the wire, for jitter.
const TYPING: Duration = Duration::from_millis(2500);
/// Users whose buckets are kept before the full ones are swept out.
const SWEEP_AT: usize = 4096;

#[derive(Clone, Copy, Debug)]
struct Rate {
    per_second: f64,
    burst: f64,
}

/// What is left of a burst; below 0 a debt.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    level: f64,
    at: Instant,
}

impl Bucket {
    fn full(rate: Rate, now: Instant) -> Self {
        Self {
            level: rate.burst,
            at: now,
        }
    }

    fn level(&self, rate: Rate, now: Instant) -> f64 {
        let filled = now.saturating_duration_since(self.at).as_secs_f64() * rate.per_second;
        (self.level + filled).min(rate.burst)
    }

    fn take(&mut self, n: f64, rate: Rate, now: Instant) {
        self.level = self.level(rate, now) - n;
        self.at = now;
    }

    /// How long until it owes nothing.
    fn debt(&self, rate: Rate) -> Option<Duration> {
        (self.level < 0.0).then(|| Duration::from_secs_f64(-self.level / rate.per_second))
    }
}

/// The rates of one connection.
#[derive(Debug)]
pub(crate) struct Pace {
    frames: Bucket,
    bytes: Bucket,
}

impl Pace {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            frames: Bucket::full(FRAMES, now),
            bytes: Bucket::full(BYTES, now),
        }
    }

    /// So much came; how long not to read now.
    pub(crate) fn came(&mut self, frames: u64, bytes: u64, now: Instant) -> Option<Duration> {
        self.frames.take(frames as f64, FRAMES, now);
        self.bytes.take(bytes as f64, BYTES, now);
        self.frames.debt(FRAMES).max(self.bytes.debt(BYTES))
    }
}

/// Whether one more message command may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It may.
    Go,
    /// It may, and the connection is not to be read for so long.
    Slow(Duration),
    /// It may not; after so long it might.
    Refuse(Duration),
}

/// The rates of users.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    messages: Mutex<HashMap<UserId, Bucket>>,
    typing: Mutex<HashMap<(UserId, RoomId), Instant>>,
}

impl Rates {
    /// A command of a user, over a connection.
    pub(crate) fn command(&self, user: UserId, command: &Command, now: Instant) -> Verdict {
        self.draw(user, cost(command), MESSAGE_DEBT, now)
    }

    /// A command of a user over HTTP, which cannot be read more slowly.
    pub(crate) fn over_http(&self, user: UserId, command: &Command, now: Instant) -> Verdict {
        self.draw(user, cost(command), 0.0, now)
    }

    fn draw(&self, user: UserId, cost: f64, debt: f64, now: Instant) -> Verdict {
        let mut messages = lock(&self.messages);
        if messages.len() >= SWEEP_AT {
            messages.retain(|_, bucket| bucket.level(MESSAGES, now) < MESSAGES.burst);
        }
        let full = || Bucket::full(MESSAGES, now);
        let bucket = messages.entry(user).or_insert_with(full);
        let after = bucket.level(MESSAGES, now) - cost;
        if after < -debt {
            let wait = (-debt - after) / MESSAGES.per_second;
            return Verdict::Refuse(Duration::from_secs_f64(wait));
        }
        bucket.take(cost, MESSAGES, now);
        bucket.debt(MESSAGES).map_or(Verdict::Go, Verdict::Slow)
    }

    /// Whether it may be passed on that a user is writing in a room.
    pub(crate) fn typing(&self, user: UserId, room: RoomId, now: Instant) -> bool {
        let mut typing = lock(&self.typing);
        if typing.len() >= SWEEP_AT {
            typing.retain(|_, last| now.saturating_duration_since(*last) < TYPING);
        }
        let recent = typing
            .get(&(user, room))
            .is_some_and(|last| now.saturating_duration_since(*last) < TYPING);
        // In a flood of users the map must not grow without bound; what is not remembered is not passed on.
        if recent || typing.len() >= 4 * SWEEP_AT {
            return false;
        }
        typing.insert((user, room), now);
        true
    }
}

/// What a command costs of its author's rate.
fn cost(command: &Command) -> f64 {
    let handles = match command {
        Command::Message {
            verb: MessageVerb::Post { text, .. },
            ..
        } => text.as_str().matches('@').count(),
        _ => 0,
    };
    1.0 + (handles / HANDLES).min(HANDLES_COST) as f64
}

#[cfg(test)]
mod tests {
    use parlor_protocol::{MessageText, Nonce};

    use super::*;

    const ADA: UserId = UserId::from_u128(7);

    fn post(text: &str) -> Command {
        let text = MessageText::parse(text.to_owned()).unwrap();
        let verb = MessageVerb::Post {
            text,
            reply_to: None,
        };
        Command::Message {
            room: RoomId::from_u128(1),
            nonce: Nonce::parse("n").unwrap(),
            verb,
        }
    }

    #[test]
    fn a_user_is_slowed_after_a_burst_and_refused_beyond_a_second_of_debt() {
        let now = Instant::now();
        let rates = Rates::default();
        let post = post("x");
        let message = |user, now| rates.command(user, &post, now);
        for _ in 0..50 {
            assert_eq!(message(ADA, now), Verdict::Go);
        }
        let http = rates.over_http(ADA, &post, now);
        assert_eq!(http, Verdict::Refuse(Duration::from_millis(100)));
        for n in 1..=10 {
            let wait = Duration::from_millis(100 * n);
            assert_eq!(message(ADA, now), Verdict::Slow(wait));
        }
        let wait = Duration::from_millis(100);
        assert_eq!(message(ADA, now), Verdict::Refuse(wait));
        assert!(matches!(message(ADA, now + wait), Verdict::Slow(_)));
        assert_eq!(message(UserId::from_u128(8), now), Verdict::Go);
    }

    #[test]
    fn a_post_that_names_thousands_costs_more_and_is_let_through_after_a_quiet_while() {
        let now = Instant::now();
        let rates = Rates::default();
        let many = post(&"@ab ".repeat(4096));
        let few = post(&"@ab ".repeat(100));
        assert_eq!((cost(&many), cost(&few)), (25.0, 1.0));
        assert_eq!(rates.over_http(ADA, &many, now), Verdict::Go);
        assert_eq!(rates.over_http(ADA, &many, now), Verdict::Go);
        let wait = Duration::from_millis(2500);
        assert_eq!(rates.over_http(ADA, &many, now), Verdict::Refuse(wait));
        assert_eq!(rates.over_http(ADA, &many, now + wait), Verdict::Go);
    }

    #[test]
    fn a_connection_is_read_more_slowly_by_frames_and_by_bytes() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        assert_eq!(pace.came(100, 1000, now), None);
        assert_eq!(pace.came(25, 1000, now), Some(Duration::from_millis(500)));
        let mut pace = Pace::new(now);
        assert_eq!(pace.came(2, 256 * 1024, now), None);
        let wait = pace.came(0, 64 * 1024, now);
        assert_eq!(wait, Some(Duration::from_secs(1)));
    }

    #[test]
    fn typing_is_passed_on_every_three_seconds() {
        let now = Instant::now();
        let rates = Rates::default();
        let room = RoomId::from_u128(1);
        let at = |seconds| now + Duration::from_secs(seconds);
        assert!(rates.typing(ADA, room, at(0)));
        assert!(!rates.typing(ADA, room, at(2)));
        assert!(rates.typing(ADA, room, at(3)));
        assert!(rates.typing(ADA, RoomId::from_u128(2), at(3)));
    }
}
