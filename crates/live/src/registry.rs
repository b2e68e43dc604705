//! The connections there are, by whose they are, and the seats of each user.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use parlor_protocol::UserId;
use parlor_protocol::limits::USER_SOCKETS;

use crate::connection::Connection;
use crate::lock;

/// See the file's head.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    users: Mutex<HashMap<UserId, Entry>>,
}

#[derive(Debug, Default)]
struct Entry {
    seats: usize,
    connections: Vec<Arc<Connection>>,
}

impl Registry {
    /// A seat more for a user; false where all are taken.
    pub(crate) fn take_seat(&self, user: UserId, limited: bool) -> bool {
        let mut users = lock(&self.users);
        let entry = users.entry(user).or_default();
        if limited && entry.seats >= USER_SOCKETS {
            return false;
        }
        entry.seats += 1;
        true
    }

    pub(crate) fn give_seat_back(&self, user: UserId) {
        let mut users = lock(&self.users);
        if let Some(entry) = users.get_mut(&user) {
            entry.seats = entry.seats.saturating_sub(1);
            if entry.seats == 0 && entry.connections.is_empty() {
                users.remove(&user);
            }
        }
    }

    pub(crate) fn add(&self, connection: Arc<Connection>) {
        let mut users = lock(&self.users);
        let entry = users.entry(connection.actor.user).or_default();
        entry.connections.push(connection);
    }

    pub(crate) fn remove(&self, connection: &Arc<Connection>) {
        let mut users = lock(&self.users);
        if let Some(entry) = users.get_mut(&connection.actor.user) {
            entry.connections.retain(|c| !Arc::ptr_eq(c, connection));
            entry.connections.shrink_to_fit();
        }
    }

    /// The connections of one user.
    pub(crate) fn of(&self, user: UserId) -> Vec<Arc<Connection>> {
        let users = lock(&self.users);
        users
            .get(&user)
            .map_or_else(Vec::new, |entry| entry.connections.clone())
    }

    /// All connections.
    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        let users = lock(&self.users);
        users
            .values()
            .flat_map(|entry| entry.connections.iter().cloned())
            .collect()
    }
}

/// A place among the sockets of one user. Given back when dropped.
#[derive(Debug)]
pub struct Seat {
    registry: Arc<Registry>,
    user: UserId,
}

impl Seat {
    pub(crate) fn take(registry: &Arc<Registry>, user: UserId, limited: bool) -> Option<Self> {
        registry.take_seat(user, limited).then(|| Self {
            registry: Arc::clone(registry),
            user,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.registry.give_seat_back(self.user);
    }
}
