//! Ids: opaque strings on the wire, 128 bits inside, one type for each thing.
//!
//! A string that is no id of ours names nothing, and what names nothing must be
//! answered exactly as what does not exist. So reading an id never fails: such
//! a string becomes [`NOWHERE`](RoomId::NOWHERE), which no row ever has.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// The id that nothing has.
            pub const NOWHERE: Self = Self(0);

            /// An id from its 128 bits.
            pub const fn from_u128(bits: u128) -> Self {
                Self(bits)
            }

            /// The 128 bits.
            pub const fn as_u128(self) -> u128 {
                self.0
            }

            /// The 16 bytes, big-endian: the form kept in databases, where it
            /// sorts as the id does.
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.to_be_bytes()
            }

            /// An id from its 16 bytes, big-endian.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(u128::from_be_bytes(bytes))
            }

            /// The id a string names; [`Self::NOWHERE`] where it names none.
            /// Only the exact form that we write is one: 32 lower-case hex digits.
            pub fn parse(text: &str) -> Self {
                let ours = text.len() == 32
                    && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                match u128::from_str_radix(text, 16) {
                    Ok(bits) if ours => Self(bits),
                    _ => Self::NOWHERE,
                }
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid.as_u128())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:032x})"), self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Ok(Self::parse(&text))
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string"})
            }
        }
    };
}

id! {
    /// A room.
    RoomId
}
id! {
    /// An account.
    UserId
}
id! {
    /// A sign-in: a cookie's or a bearer token's.
    SessionId
}
id! {
    /// An invite link.
    InviteId
}

impl UserId {
    /// The user `parlor`, by whom the server itself acts. It has no password,
    /// is in no room and is the same in every database.
    pub const PARLOR: Self = Self(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_wrote() {
        let id = RoomId::from_u128(0x0192_8000_0000_7000_8000_0000_0000_00ff);
        assert_eq!(RoomId::parse(&id.to_string()), id);
        assert_eq!(RoomId::from_bytes(id.to_bytes()), id);
    }

    #[test]
    fn a_string_that_is_no_id_names_nothing() {
        for text in [
            "",
            "general",
            "+0000000000000000000000000000001",
            "é",
            "0192800000007000800000000000FFFF",
        ] {
            assert_eq!(RoomId::parse(text), RoomId::NOWHERE, "{text}");
        }
    }
}
