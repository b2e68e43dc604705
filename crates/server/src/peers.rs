//! Who is connected and has not shown who they are: at most 50 connections of one address.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use crate::address::{AddressKey, IpNet};

/// Connections of one address on which nobody has signed in. One more is closed at once. A browser
/// opens six; people behind one address who have signed in do not count.
pub(crate) const STRANGERS: usize = 50;

/// Counts strangers' connections by address.
#[derive(Clone, Default)]
pub(crate) struct Strangers {
    counts: Arc<Mutex<HashMap<AddressKey, usize>>>,
}

impl Strangers {
    /// Takes a place for one more; `None` at the limit.
    pub(crate) fn admit(&self, key: AddressKey) -> Option<Place> {
        let mut counts = self.counts.lock().unwrap_or_else(|e| e.into_inner());
        let count = counts.entry(key).or_default();
        if *count >= STRANGERS {
            return None;
        }
        *count += 1;
        Some(Place {
            all: self.clone(),
            key,
        })
    }

    fn leave(&self, key: AddressKey) {
        let mut counts = self.counts.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(count) = counts.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&key);
            }
        }
    }
}

/// A stranger's place. Given back when dropped.
pub(crate) struct Place {
    all: Strangers,
    key: AddressKey,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.all.leave(self.key);
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

    /// Valid credentials came: it is no stranger any more.
    pub(crate) fn authenticated(&self) {
        self.place.lock().unwrap_or_else(|e| e.into_inner()).take();
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
        peer.authenticated();
        assert!(
            strangers.admit(key).is_some(),
            "who signed in does not count"
        );
        drop(places);
        assert!(strangers.counts.lock().unwrap().is_empty());
    }
}
