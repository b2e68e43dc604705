//! People: as they are named in events, and as accounts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::UserId;
use crate::is_false;
use crate::names::{DisplayName, Username};

/// Somebody, as they were called at the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Person {
    /// Their account.
    pub id: UserId,
    /// Their handle.
    pub username: Username,
    /// What they are called.
    pub name: DisplayName,
}

/// What an account may do on the server as a whole.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ServerRole {
    /// Talks.
    Member,
    /// Also invites, disables and enables members, and looks after open rooms.
    Admin,
    /// Also gives roles and names the server.
    Owner,
}

/// An account, as others see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct User {
    /// The account.
    pub id: UserId,
    /// Its handle.
    pub username: Username,
    /// What its owner is called.
    pub name: DisplayName,
    /// What it may do on the server.
    pub role: ServerRole,
    /// It cannot sign in.
    #[serde(default, skip_serializing_if = "is_false")]
    pub disabled: bool,
}

impl User {
    /// The account as it is named in events.
    pub fn person(&self) -> Person {
        Person {
            id: self.id,
            username: self.username.clone(),
            name: self.name.clone(),
        }
    }
}
