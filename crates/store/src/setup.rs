//! What an empty database begins with.

use parlor_protocol::{DisplayName, RoomId, Timestamp};

/// What the first opening writes: the user `parlor`, the room `general`, open and
/// made by `parlor` (its log is one `room_created`, `rules::general_made`), the epoch, and no owner. It is no
/// commit: [`Read::commit`](crate::Read::commit) is 0 after it. An opening of a database
/// that is there already changes none of it.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The random name of this life of the database.
    pub epoch: String,
    /// When.
    pub at: Timestamp,
    /// The id of `general`.
    pub general: RoomId,
    /// What the server is called until its owner says otherwise.
    pub server_name: DisplayName,
}

impl Setup {
    /// A setup for a server called "Parlor", from an id and 128 bits of chance for the epoch.
    pub fn new(at: Timestamp, general: u128, epoch: &[u8; 16]) -> Self {
        Self {
            epoch: Self::epoch(epoch),
            at,
            general: RoomId::from_u128(general),
            server_name: DisplayName::from_store("Parlor".into()),
        }
    }

    /// The name of a database's life, from 128 bits of chance.
    pub fn epoch(chance: &[u8; 16]) -> String {
        format!("{:032x}", u128::from_be_bytes(*chance))
    }
}
