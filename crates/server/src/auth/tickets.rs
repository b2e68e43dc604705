//! Tickets: for one socket each, for clients that can set neither cookie nor header.
//!
//! They live in memory. What is remembered is which token made one, so that the session is looked
//! up again when it is used: a ticket is never good for longer than its session.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use parlor_protocol::{Code, Refusal, UserId, limits};
use parlor_store::write::SecretHash;
use tokio::time::Instant;

/// How long a ticket is good.
pub(crate) const LIFE: Duration = Duration::from_millis(limits::TICKET_MS);
/// Tickets of one account at a time, so that one cannot use up all. More: `rate_limited`.
const OF_ONE: usize = 40;
/// Tickets of all. More: `overloaded`.
const OF_ALL: usize = 20_000;

/// The tickets that are good.
pub(crate) struct Tickets {
    of_one: usize,
    given: Mutex<HashMap<SecretHash, Given>>,
}

struct Given {
    user: UserId,
    token: SecretHash,
    until: Instant,
}

impl Tickets {
    /// None yet. Without limits, one account may have as many as there are.
    pub(crate) fn new(limits_on: bool) -> Self {
        let of_one = if limits_on { OF_ONE } else { OF_ALL };
        let given = Mutex::default();
        Self { of_one, given }
    }

    /// Remembers a ticket for the session of `token`.
    ///
    /// # Errors
    /// [`Code::RateLimited`] or [`Code::Overloaded`] at the bounds.
    pub(crate) fn give(
        &self,
        ticket: SecretHash,
        user: UserId,
        token: SecretHash,
        now: Instant,
    ) -> Result<(), Refusal> {
        let mut given = self.given.lock().unwrap_or_else(|e| e.into_inner());
        given.retain(|_, ticket| ticket.until > now);
        let wait = limits::TICKET_MS;
        if given.values().filter(|ticket| ticket.user == user).count() >= self.of_one {
            return Err(Refusal::retry(Code::RateLimited, wait));
        }
        if given.len() >= OF_ALL {
            return Err(Refusal::retry(Code::Overloaded, wait));
        }
        given.insert(
            ticket,
            Given {
                user,
                token,
                until: now + LIFE,
            },
        );
        Ok(())
    }

    /// Takes a ticket, once: the token of the session that made it.
    pub(crate) fn take(&self, ticket: &SecretHash, now: Instant) -> Option<SecretHash> {
        let mut given = self.given.lock().unwrap_or_else(|e| e.into_inner());
        let ticket = given.remove(ticket)?;
        (ticket.until > now).then_some(ticket.token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::secret::hash;

    const ADA: UserId = UserId::from_u128(10);

    #[tokio::test]
    async fn a_ticket_is_taken_once_and_within_thirty_seconds() {
        let tickets = Tickets::new(true);
        let now = Instant::now();
        let token = hash("token");
        tickets.give(hash("one"), ADA, token, now).unwrap();
        tickets.give(hash("two"), ADA, token, now).unwrap();
        assert_eq!(tickets.take(&hash("none"), now), None);
        assert_eq!(tickets.take(&hash("one"), now), Some(token));
        assert_eq!(tickets.take(&hash("one"), now), None);
        assert_eq!(tickets.take(&hash("two"), now + LIFE), None);
    }

    #[tokio::test]
    async fn one_account_cannot_use_up_all_tickets() {
        let tickets = Tickets::new(true);
        let now = Instant::now();
        for n in 0..OF_ONE {
            tickets
                .give(hash(&n.to_string()), ADA, hash("t"), now)
                .unwrap();
        }
        let refused = tickets.give(hash("more"), ADA, hash("t"), now).unwrap_err();
        assert_eq!(refused.code, Code::RateLimited);
        let bo = UserId::from_u128(11);
        assert!(tickets.give(hash("bo"), bo, hash("t"), now).is_ok());
        assert!(
            tickets
                .give(hash("more"), ADA, hash("t"), now + LIFE)
                .is_ok()
        );
    }
}
