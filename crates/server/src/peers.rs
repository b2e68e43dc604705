//! Who is connected while they speak HTTP: at most 50 connections of one address on which nobody
//! has shown who they are, and beside them at most 64 of one account.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use parlor_protocol::UserId;

use crate::address::{AddressKey, IpNet};

/// Connections of one address on which nobody has signed in. One more is closed at once. A browser
/// opens six; people behind one address who have signed in do not count.
pub(crate) const STRANGERS: usize = 50;

/// Connections of one account, upgraded ones not counted. What is beyond counts as strangers', so
/// that no account can take up all there are: ten browsers fit.
pub(crate) const KNOWN: usize = 64;

/// Whose a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Whose {
    Stranger(AddressKey),
    Known(UserId),
}

/// Counts connections by whose they are.
#[derive(Clone, Default)]
pub(crate) struct Strangers {
    counts: Arc<Mutex<HashMap<Whose, usize>>>,
}

impl Strangers {
    /// Takes a stranger's place for one more of an address; `None` at the limit.
    pub(crate) fn admit(&self, key: AddressKey) -> Option<Place> {
        self.take(Whose::Stranger(key), STRANGERS)
    }

    fn take(&self, whose: Whose, most: usize) -> Option<Place> {
        let mut counts = self.counts.lock().unwrap_or_else(|e| e.into_inner());
        let count = counts.entry(whose).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place {
            all: self.clone(),
            whose,
        })
    }

    fn leave(&self, whose: Whose) {
        let mut counts = self.counts.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(count) = counts.get_mut(&whose) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&whose);
            }
        }
    }
}

/// A connection's place. Given back when dropped.
pub(crate) struct Place {
    all: Strangers,
    whose: Whose,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.all.leave(self.whose);
    }
}

/// The other end of a connection: an extension of each of its requests.
#[derive(Clone)]
pub(crate) struct Peer {
    /// The socket's own.
    pub(crate) address: SocketAddr,
    place: Arc<Mutex<Option<Place>>>,
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Peer({})", self.address)
    }
}

impl Peer {
    /// A peer with its place; without one where it needs none.
    pub(crate) fn new(address: SocketAddr, place: Option<Place>) -> Self {
        let place = Arc::new(Mutex::new(place));
        Self { address, place }
    }

    /// Valid credentials of an account came: it is no stranger any more, unless the account has
    /// too many connections already.
    pub(crate) fn authenticated(&self, user: UserId) {
        let mut place = self.place.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(stranger) = &*place
            && matches!(stranger.whose, Whose::Stranger(_))
            && let Some(known) = stranger.all.take(Whose::Known(user), KNOWN)
        {
            *place = Some(known);
        }
    }
}

/// Whether a peer's connections are counted: not those of trusted proxies, which carry everybody's.
pub(crate) fn is_counted(peer: SocketAddr, trusted: &[IpNet]) -> bool {
    !trusted.iter().any(|net| net.contains(peer.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_back_by_leaving_and_by_signing_in() {
        let strangers = Strangers::default();
        let socket: SocketAddr = "192.0.2.1:9".parse().unwrap();
        let key = AddressKey::from(socket.ip());
        let mut places: Vec<_> = (0..STRANGERS).map(|_| strangers.admit(key)).collect();
        assert!(strangers.admit(key).is_none());

        let peer = Peer::new(socket, places.pop().flatten());
        peer.authenticated(UserId::from_u128(7));
        assert!(
            strangers.admit(key).is_some(),
            "who signed in does not count"
        );
        drop((places, peer));
        assert!(strangers.counts.lock().unwrap().is_empty());
    }

    #[test]
    fn one_account_cannot_take_all_connections() {
        let strangers = Strangers::default();
        let socket: SocketAddr = "192.0.2.1:9".parse().unwrap();
        let key = AddressKey::from(socket.ip());
        let signed_in = |user| {
            let peer = Peer::new(socket, Some(strangers.admit(key)?));
            // Again and again: each request shows who it is.
            peer.authenticated(user);
            peer.authenticated(user);
            Some(peer)
        };
        let (ada, ben) = (UserId::from_u128(7), UserId::from_u128(8));
        let mut held: Vec<Peer> = std::iter::from_fn(|| signed_in(ada)).collect();
        assert_eq!(held.len(), KNOWN + STRANGERS);
        held.pop();
        let his = signed_in(ben).expect("a stranger's place, and then his own");
        assert!(signed_in(ben).is_some(), "which left the stranger's free");
        drop((held, his));
        assert!(strangers.counts.lock().unwrap().is_empty());
    }
}
