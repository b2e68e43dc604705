//! One reaction's emoji.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Code;

/// One of Unicode's recommended emoji sequences, in its fully qualified form.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Emoji(Box<str>);

impl Emoji {
    /// Lets an emoji in. One written without its variation selector becomes the
    /// fully qualified one, so that two spellings are one reaction.
    ///
    /// # Errors
    /// [`Code::BadEmoji`] for anything that is not one recommended sequence.
    pub fn parse(text: &str) -> Result<Self, Code> {
        emojis::get(text)
            .map(|emoji| Self(emoji.as_str().into()))
            .ok_or(Code::BadEmoji)
    }

    /// An emoji that was let in before: from our own database.
    pub fn from_store(text: &str) -> Self {
        Self(text.into())
    }

    /// The sequence.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_recommended_sequences_are_emoji() {
        assert_eq!(
            Emoji::parse("❤").unwrap(),
            Emoji::parse("❤\u{fe0f}").unwrap()
        );
        assert!(Emoji::parse("👍🏽").is_ok());
        assert!(Emoji::parse("👩‍🚀").is_ok());
        for bad in ["", "a", "👍👍", ":+1:", " 👍", "\u{200d}"] {
            assert_eq!(Emoji::parse(bad), Err(Code::BadEmoji), "{bad:?}");
        }
    }
}
