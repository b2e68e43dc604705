//! Who a text names.

use parlor_protocol::{MessageText, Username};

/// The handles a text names, in its order, no one twice: `@` not after a letter,
/// digit or `._-`, then the longest run of username characters less trailing `._-`.
/// Whether they are members is not known here.
pub fn handles(text: &MessageText) -> Vec<Username> {
    let _ = text;
    Vec::new()
}
