//! A device's own id of a command: what makes sending again harmless.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// 1–64 printable ASCII characters without spaces. A UUIDv7 keeps the index warm.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Nonce(Box<str>);

impl Nonce {
    /// A nonce; `None` where it is empty, longer than 64 bytes, or holds
    /// anything but `!` to `~`.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.into()))
    }

    /// The nonce as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Nonce {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom("a nonce is 1 to 64 printable ascii characters")
        })
    }
}

impl schemars::JsonSchema for Nonce {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Nonce".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[!-~]{1,64}$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_short_printable_ascii() {
        assert!(Nonce::parse("a").is_some());
        assert!(Nonce::parse(&"x".repeat(64)).is_some());
        for bad in ["", " ", "a b", "é", "\n", &"x".repeat(65)] {
            assert!(Nonce::parse(bad).is_none(), "{bad:?}");
        }
    }
}
