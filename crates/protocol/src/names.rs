//! Names: of accounts, people, rooms and servers, parsed at the door.

use caseless::Caseless;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::error::Code;
use crate::limits;

/// Handles that nobody can register.
const RESERVED: [&str; 6] = ["parlor", "prathmesh", "here", "room", "everyone", "me"];

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        #[schemars(inline)]
        pub struct $name(String);

        impl $name {
            /// One that was let in before: from our own database.
            pub fn from_store(text: String) -> Self {
                Self(text)
            }

            /// As it is kept.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

name! {
    /// An account's handle: 2–32 of `a-z 0-9 . _ -`, a letter or digit at both ends.
    Username
}
name! {
    /// What a person or a server is called: 1–80 characters, NFC, trimmed, no controls.
    DisplayName
}
name! {
    /// What a room is called: 1–80 characters, NFC, trimmed, no controls, no bidi controls.
    RoomName
}
name! {
    /// What a room is about: 0–250 characters on one line, NFC, trimmed.
    Topic
}

impl Username {
    /// Lets a handle in, given in any case, kept in lower case.
    ///
    /// # Errors
    /// [`Code::BadUsername`], for the reserved ones too.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let name = Self::fold(text).ok_or(Code::BadUsername)?;
        if RESERVED.contains(&name.as_str()) {
            Err(Code::BadUsername)
        } else {
            Ok(name)
        }
    }

    /// The handle that a text may name, reserved ones included: for looking up.
    pub fn fold(text: &str) -> Option<Self> {
        let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        let bytes = text.as_bytes();
        let fits = (2..=32).contains(&bytes.len())
            && bytes.iter().all(|&b| inner(b))
            && bytes[0].is_ascii_alphanumeric()
            && bytes[bytes.len() - 1].is_ascii_alphanumeric();
        fits.then(|| Self(text.to_ascii_lowercase()))
    }
}

impl DisplayName {
    /// Lets a name in, normalised and trimmed.
    ///
    /// # Errors
    /// [`Code::BadName`].
    pub fn parse(text: &str) -> Result<Self, Code> {
        let clean = |c: char| !c.is_control() && !is_bidi_control(c);
        normalise(text, 1..=limits::NAME_CHARS, clean)
            .map(Self)
            .ok_or(Code::BadName)
    }
}

impl RoomName {
    /// Lets a name in, normalised and trimmed.
    ///
    /// # Errors
    /// [`Code::BadRoomName`].
    pub fn parse(text: &str) -> Result<Self, Code> {
        let clean = |c: char| !c.is_control() && !is_bidi_control(c);
        normalise(text, 1..=limits::NAME_CHARS, clean)
            .map(Self)
            .ok_or(Code::BadRoomName)
    }

    /// What two names of one room have in common: NFKC, case folded (Unicode's
    /// compatibility caseless matching, Unicode 3.13, D146). Unique among open rooms.
    pub fn key(&self) -> String {
        self.0
            .nfd()
            .default_case_fold()
            .nfkd()
            .default_case_fold()
            .nfkc()
            .collect()
    }
}

impl Topic {
    /// Lets a topic in, normalised and trimmed; it may be empty.
    ///
    /// # Errors
    /// [`Code::BadTopic`].
    pub fn parse(text: &str) -> Result<Self, Code> {
        let clean = |c: char| !c.is_control() && !is_bidi_control(c);
        normalise(text, 0..=limits::TOPIC_CHARS, clean)
            .map(Self)
            .ok_or(Code::BadTopic)
    }
}

/// NFC, trimmed; `None` where it is too short or long, or holds what is not clean.
fn normalise(
    text: &str,
    chars: std::ops::RangeInclusive<usize>,
    clean: impl Fn(char) -> bool,
) -> Option<String> {
    // Four bytes a character at most, and NFC never shortens by more than a
    // third: what is longer than this cannot fit, and is not worth normalising.
    if text.len() > chars.end() * 16 {
        return None;
    }
    let text: String = text.trim().nfc().collect();
    let visible = |c: char| {
        !c.is_whitespace()
            && !matches!(
                c,
                '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}'
            )
    };
    let blank = !text.is_empty() && !text.chars().any(visible);
    (chars.contains(&text.chars().count()) && text.chars().all(clean) && !blank).then_some(text)
}

/// Unicode's `Bidi_Control` characters, which could make one name look like another.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_username_is_kept_in_lower_case_or_refused() {
        assert_eq!(Username::parse("Ada.L-1").unwrap().as_str(), "ada.l-1");
        for bad in [
            "a",
            "",
            "-ada",
            "ada.",
            "a b",
            "adа",
            "me",
            "Parlor",
            "PRATHMESH",
            &"a".repeat(33),
        ] {
            assert_eq!(Username::parse(bad), Err(Code::BadUsername), "{bad}");
        }
        assert!(Username::fold("prathmesh").is_some());
    }

    #[test]
    fn look_alike_room_names_have_one_key() {
        let key = |t: &str| RoomName::parse(t).unwrap().key();
        assert_eq!(key("Straße"), key("STRASSE"));
        assert_eq!(key("ﬁle"), key("FILE"));
        assert_eq!(key("e\u{301}clair"), key("Éclair"));
        assert_ne!(key("design"), key("designs"));
    }

    #[test]
    fn a_room_name_without_a_visible_character_is_refused() {
        for bad in [
            "",
            "   ",
            "\u{202e}abc",
            "a\nb",
            "\u{200b}\u{200b}",
            &"x".repeat(81),
            &"x".repeat(10_000),
        ] {
            assert_eq!(RoomName::parse(bad), Err(Code::BadRoomName), "{bad:?}");
        }
        assert_eq!(
            RoomName::parse("  two words ").unwrap().as_str(),
            "two words"
        );
    }
}
