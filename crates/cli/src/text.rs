//! The one door to standard output and standard error, and what text of others goes through on its way.

use std::io::{ErrorKind, Write as _};

use crate::failure::{Exit, Failure};

/// Prints text to standard output, all of it. Whoever closed the pipe has read enough: that is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Exit::from(error.kind())
                .because(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints a line.
pub(crate) fn say(line: &str) -> Result<(), Failure> {
    print(&format!("{}\n", safe(line)))
}

/// Says a line on standard error, under the program's name. That nobody reads it stops nothing.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "parlor: {}", safe(line));
}

/// A character that could steer a terminal or turn the order of what is read:
/// controls (Unicode's Cc) but newline, line separators, bidi controls.
pub(crate) fn is_unsafe(char: char) -> bool {
    (char.is_control() && char != '\n')
        || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with every such character made visible, as in `\u{202e}`; a tab becomes spaces.
pub(crate) fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\t' => out.push_str("    "),
            _ if is_unsafe(char) => out.extend(char.escape_unicode()),
            _ => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_but_newline_and_no_bidi_character_passes() {
        assert_eq!(safe("plain é 👍\nnext"), "plain é 👍\nnext");
        assert_eq!(
            safe("a\x1b[31mb\r\u{7}\u{9b}"),
            "a\\u{1b}[31mb\\u{d}\\u{7}\\u{9b}"
        );
        assert_eq!(
            safe("\u{202e}evil\u{2066}\u{200f}\u{2028}"),
            "\\u{202e}evil\\u{2066}\\u{200f}\\u{2028}"
        );
        assert_eq!(safe("a\tb"), "a    b");
        for code in 0..0x11_0000_u32 {
            if let Some(char) = char::from_u32(code) {
                assert!(safe(&char.to_string()).chars().all(|c| !is_unsafe(c)));
            }
        }
    }
}
