//! What was asked for over HTTP, again and again until it was answered.
//!
//! The run asks for one change of a thing at a time. So the n-th change in the log is the n-th
//! that was asked for and could change something, and the moment it was asked for is known.

use std::collections::HashMap;
use std::hash::Hash;

use parlor_protocol::UserId;

/// A change that was asked for, however often.
#[derive(Debug)]
pub(super) struct Asked<W> {
    pub(super) actor: UserId,
    /// What it was to be.
    pub(super) wants: W,
    /// The first line that asked for it.
    pub(super) line: u64,
    /// The last answer's status; `None` as long as there is none that settles it.
    pub(super) status: Option<u16>,
    /// How often it was sent.
    sent: u32,
    /// The request whose answer is waited for.
    request: u64,
}

impl<W> Asked<W> {
    /// It was answered that it is done.
    pub(super) fn is_granted(&self) -> bool {
        self.status.is_some_and(|status| status < 300)
    }

    /// It was sent once, and refused: it cannot have been done, and no event is its own.
    pub(super) fn is_refused(&self) -> bool {
        self.sent == 1 && self.status.is_some_and(|status| status >= 300)
    }
}

/// All that was asked for of each thing, in order.
#[derive(Debug)]
pub(super) struct AllAsked<K, W> {
    of: HashMap<K, Vec<Asked<W>>>,
    requests: HashMap<(u32, u64), K>,
}

impl<K, W> Default for AllAsked<K, W> {
    fn default() -> Self {
        Self {
            of: HashMap::new(),
            requests: HashMap::new(),
        }
    }
}

/// Statuses after which the run asks for the same again.
pub const fn is_passing(status: u16) -> bool {
    status == 429 || status >= 500
}

impl<K: Copy + Eq + Hash, W> AllAsked<K, W> {
    /// A request that is about to be sent.
    pub(super) fn asks(
        &mut self,
        (device, n): (u32, u64),
        actor: UserId,
        (key, wants): (K, W),
        line: u64,
    ) {
        self.requests.insert((device, n), key);
        let asked = self.of.entry(key).or_default();
        match asked.last_mut() {
            // The one before got no answer that settles it: this is the same again.
            Some(last) if last.status.is_none() => {
                last.request = n;
                last.sent += 1;
            }
            _ => asked.push(Asked {
                actor,
                wants,
                line,
                status: None,
                sent: 1,
                request: n,
            }),
        }
    }

    /// An answer.
    pub(super) fn answered(&mut self, device: u32, n: u64, status: u16) {
        let Some(key) = self.requests.remove(&(device, n)) else {
            return;
        };
        if let Some(last) = self.of.get_mut(&key).and_then(|asked| asked.last_mut())
            && last.request == n
            && !is_passing(status)
        {
            last.status = Some(status);
        }
    }

    /// What was asked for of one thing.
    pub(super) fn of(&self, key: K) -> &[Asked<W>] {
        self.of.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Everything that something was asked for of.
    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.of.keys()
    }
}
