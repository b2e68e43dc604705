//! The text of a message, kept verbatim once it is let in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Code;
use crate::limits;

/// What somebody wrote: 1 byte to 16 KiB of UTF-8, not blank, no control
/// characters but tab and newline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct MessageText(String);

impl MessageText {
    /// Lets a text in, unchanged.
    ///
    /// # Errors
    /// [`Code::TextTooLong`], [`Code::TextEmpty`] or [`Code::BadText`], judged
    /// in this order.
    pub fn parse(text: String) -> Result<Self, Code> {
        if text.len() > limits::TEXT_BYTES {
            return Err(Code::TextTooLong);
        }
        if text.chars().all(char::is_whitespace) {
            return Err(Code::TextEmpty);
        }
        if text
            .chars()
            .any(|c| c.is_control() && c != '\t' && c != '\n')
        {
            return Err(Code::BadText);
        }
        Ok(Self(text))
    }

    /// A text that was let in before: from our own database.
    pub fn from_store(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_verbatim_or_refused_by_name() {
        let parse = |t: &str| MessageText::parse(t.into()).map(|t| t.0);
        assert_eq!(parse(" a\tb\n"), Ok(" a\tb\n".into()));
        assert_eq!(parse(""), Err(Code::TextEmpty));
        assert_eq!(parse(" \n\u{2003}\t"), Err(Code::TextEmpty));
        assert_eq!(parse("a\r\nb"), Err(Code::BadText));
        assert_eq!(parse("a\u{85}b"), Err(Code::BadText));
        assert_eq!(parse("\u{1b}[31m"), Err(Code::BadText));
        assert!(parse(&"x".repeat(limits::TEXT_BYTES)).is_ok());
        assert_eq!(
            parse(&"x".repeat(limits::TEXT_BYTES + 1)),
            Err(Code::TextTooLong)
        );
    }
}
