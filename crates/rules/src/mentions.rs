//! Who a text names.

use std::collections::HashSet;

use parlor_protocol::{MessageText, Username};

/// The handles a text names, in its order, no one twice: `@` not after a letter,
/// digit or `._-`, then the longest run of username characters less trailing `._-`.
/// Whether they are members is not known here. Handles are given in any case.
pub fn handles(text: &MessageText) -> Vec<Username> {
    let text = text.as_str();
    let mut seen = HashSet::new();
    text.match_indices('@')
        .filter(|(at, _)| !text[..*at].chars().next_back().is_some_and(inside_a_word))
        .filter_map(|(at, _)| {
            let after = &text[at + 1..];
            let end = after.find(|c: char| !is_username(c)).unwrap_or(after.len());
            Username::fold(after[..end].trim_end_matches(['.', '_', '-']))
        })
        .filter(|handle| seen.insert(handle.clone()))
        .collect()
}

/// What before an `@` makes it part of something else: an address, a longer word.
fn inside_a_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-')
}

fn is_username(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_the_longest_run_after_an_at_that_begins_a_word() {
        let table: [(&str, &[&str]); 12] = [
            ("hello @ada!", &["ada"]),
            ("@ada", &["ada"]),
            ("@Ada and @ADA", &["ada"]),
            ("@ben, @ada.", &["ben", "ada"]),
            ("(@ada.l-1...)", &["ada.l-1"]),
            ("mail ada@example.org", &[]),
            ("é@ada 1@ada .@ada _@ada -@ada", &[]),
            ("@@ada", &["ada"]),
            ("@a @-ada @ @.", &[]),
            ("@ada@ben", &["ada"]),
            ("@adaé", &["ada"]),
            ("\n@ada\t@ben", &["ada", "ben"]),
        ];
        for (text, named) in table {
            let found = handles(&MessageText::from_store(text.into()));
            let found: Vec<&str> = found.iter().map(Username::as_str).collect();
            assert_eq!(found, named, "{text:?}");
        }
    }

    #[test]
    fn a_run_longer_than_any_username_names_nobody() {
        let text = format!("@{}", "a".repeat(33));
        assert_eq!(handles(&MessageText::from_store(text)), []);
    }
}
