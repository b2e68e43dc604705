//! How often somebody may try: exact counts within a sliding window, in memory.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Mutex;
use std::time::Duration;

use parlor_protocol::{UserId, Username};
use tokio::time::Instant;

use crate::address::AddressKey;

/// Keys one throttle remembers. At this number those that ran out are forgotten, and if that does
/// not help, one that chance picks: an attacker with that many addresses cannot choose whose.
const KEYS: usize = 20_000;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// At most so many within a window, for each key.
pub(crate) struct Throttle<K> {
    limit: usize,
    window: Duration,
    taken: Mutex<HashMap<K, VecDeque<Instant>>>,
}

impl<K: Clone + Eq + Hash> Throttle<K> {
    pub(crate) fn new(limit: usize, window: Duration) -> Self {
        let taken = Mutex::default();
        Self {
            limit,
            window,
            taken,
        }
    }

    /// Takes one.
    ///
    /// # Errors
    /// How long until there is one again.
    pub(crate) fn take(&self, key: &K, now: Instant) -> Result<(), Duration> {
        let mut taken = self.taken.lock().unwrap_or_else(|e| e.into_inner());
        if taken.len() >= KEYS && !taken.contains_key(key) {
            make_room(&mut taken, self.window, now);
        }
        let times = taken.entry(key.clone()).or_default();
        forget(times, self.window, now);
        match times.front() {
            Some(oldest) if times.len() >= self.limit => Err(self
                .window
                .saturating_sub(now.saturating_duration_since(*oldest))),
            _ => {
                times.push_back(now);
                Ok(())
            }
        }
    }

    /// Gives back the one that was taken at `when`.
    pub(crate) fn give_back(&self, key: &K, when: Instant) {
        let mut taken = self.taken.lock().unwrap_or_else(|e| e.into_inner());
        let Some(times) = taken.get_mut(key) else {
            return;
        };
        if let Some(at) = times.iter().position(|time| *time == when) {
            times.remove(at);
        }
        if times.is_empty() {
            taken.remove(key);
        }
    }
}

fn forget(times: &mut VecDeque<Instant>, window: Duration, now: Instant) {
    while times
        .front()
        .is_some_and(|t| now.saturating_duration_since(*t) >= window)
    {
        times.pop_front();
    }
}

fn make_room<K: Clone + Eq + Hash>(
    taken: &mut HashMap<K, VecDeque<Instant>>,
    window: Duration,
    now: Instant,
) {
    taken.retain(|_, times| {
        forget(times, window, now);
        !times.is_empty()
    });
    if taken.len() >= KEYS {
        // The order of a hash map is keyed by chance.
        let unlucky = taken.keys().next().cloned();
        unlucky.map(|key| taken.remove(&key));
    }
}

/// Every throttle of the server.
pub(crate) struct Throttles {
    on: bool,
    by_account: Throttle<(Username, AddressKey)>,
    by_address: Throttle<AddressKey>,
    sign_ups: Throttle<AddressKey>,
    renames: Throttle<UserId>,
}

impl Throttles {
    /// Off, they let everything through.
    pub(crate) fn new(on: bool) -> Self {
        Self {
            on,
            by_account: Throttle::new(5, MINUTE),
            by_address: Throttle::new(20, MINUTE),
            sign_ups: Throttle::new(20, MINUTE),
            renames: Throttle::new(5, HOUR),
        }
    }

    /// Begins an attempt to prove a password: 5 failures a minute for an account and address, 20
    /// for an address. It counts as failed until it is said not to be one, so many at once
    /// cannot get around the count.
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn attempt(
        &self,
        account: Option<&Username>,
        address: AddressKey,
        now: Instant,
    ) -> Result<Attempt<'_>, Duration> {
        let account = account.map(|account| (account.clone(), address));
        let attempt = Attempt {
            all: self,
            account,
            address,
            when: now,
        };
        if !self.on {
            return Ok(attempt);
        }
        self.by_address.take(&address, now)?;
        if let Some(account) = &attempt.account
            && let Err(wait) = self.by_account.take(account, now)
        {
            self.by_address.give_back(&address, now);
            return Err(wait);
        }
        Ok(attempt)
    }

    /// Counts a sign-up: 20 a minute for an address.
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn sign_up(&self, address: AddressKey, now: Instant) -> Result<(), Duration> {
        if self.on {
            self.sign_ups.take(&address, now)
        } else {
            Ok(())
        }
    }

    /// Counts a change of an account's name: 5 an hour.
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn rename(&self, user: UserId, now: Instant) -> Result<(), Duration> {
        if self.on {
            self.renames.take(&user, now)
        } else {
            Ok(())
        }
    }
}

/// An attempt under way. Dropped, it stays a failure.
pub(crate) struct Attempt<'a> {
    all: &'a Throttles,
    account: Option<(Username, AddressKey)>,
    address: AddressKey,
    when: Instant,
}

impl Attempt<'_> {
    /// It was no failure.
    pub(crate) fn does_not_count(self) {
        if let Some(account) = &self.account {
            self.all.by_account.give_back(account, self.when);
        }
        self.all.by_address.give_back(&self.address, self.when);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> AddressKey {
        text.parse::<std::net::IpAddr>().unwrap().into()
    }

    fn ada() -> Username {
        Username::parse("ada").unwrap()
    }

    #[tokio::test]
    async fn five_failures_a_minute_close_an_account_to_an_address_only() {
        let all = Throttles::new(true);
        let (start, here) = (Instant::now(), from("192.0.2.1"));
        for second in 0..5 {
            let now = start + Duration::from_secs(second);
            assert!(all.attempt(Some(&ada()), here, now).is_ok());
        }
        let later = start + Duration::from_secs(10);
        let wait = all.attempt(Some(&ada()), here, later).err();
        assert_eq!(wait, Some(Duration::from_secs(50)));
        assert!(all.attempt(Some(&ada()), from("192.0.2.2"), later).is_ok());
        let bo = Username::parse("bo").unwrap();
        assert!(all.attempt(Some(&bo), here, later).is_ok());
        assert!(all.attempt(Some(&ada()), here, start + MINUTE).is_ok());
    }

    #[tokio::test]
    async fn twenty_failures_a_minute_close_an_address_to_all_accounts() {
        let all = Throttles::new(true);
        let (now, here) = (Instant::now(), from("2001:db8::1"));
        for _ in 0..20 {
            assert!(all.attempt(None, here, now).is_ok());
        }
        assert!(all.attempt(None, from("2001:db8::2"), now).is_err());
        assert!(all.attempt(None, from("2001:db8:0:1::1"), now).is_ok());
    }

    #[tokio::test]
    async fn success_does_not_count() {
        let all = Throttles::new(true);
        let (now, here) = (Instant::now(), from("192.0.2.1"));
        for _ in 0..100 {
            all.attempt(Some(&ada()), here, now)
                .unwrap()
                .does_not_count();
        }
        assert!(all.by_account.taken.lock().unwrap().is_empty());
        assert!(all.by_address.taken.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn memory_is_bounded_whoever_tries() {
        let throttle = Throttle::new(1, MINUTE);
        let now = Instant::now();
        for key in 0..KEYS + 10 {
            assert!(throttle.take(&key, now).is_ok());
        }
        assert_eq!(throttle.taken.lock().unwrap().len(), KEYS);
        assert!(throttle.take(&usize::MAX, now + MINUTE).is_ok());
        assert_eq!(throttle.taken.lock().unwrap().len(), 1);
    }
}
