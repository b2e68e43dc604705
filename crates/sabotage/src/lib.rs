//! Ways to break Parlor on purpose, so that a test of a promise can be shown to notice.
//!
//! Without the feature `on` every question asked here is a constant no, and nothing of this crate
//! is in a binary. With it, `PARLOR_SABOTAGE` names what a process does wrong:
//! `drop`, `drop=200`, `double,skip_redaction_of_tail`. It is read once, so each test that is to
//! fail runs in a process of its own; `cargo xtask sabotage` runs them all.
//!
//! A place in the product asks in one line, and what it then does wrong stands right there:
//!
//! ```
//! use parlor_sabotage::{Switch, is};
//! let synchronous = if is(Switch::SynchronousNormal) { "NORMAL" } else { "FULL" };
//! assert_eq!(synchronous, "FULL");
//! ```

#[cfg(all(feature = "on", not(debug_assertions)))]
compile_error!("sabotage never enters a release: build it in a profile with debug assertions");

#[cfg(feature = "on")]
mod chosen;

#[cfg(feature = "on")]
pub use chosen::{chosen, is, strikes, value};

/// Defines the switches: the variant, its name, what a number after the name means where one may
/// stand there, and what is done wrong.
macro_rules! switches {
    ($($variant:ident $name:literal $default:literal $what:literal)*) => {
        /// One way to break a promise.
        #[derive(Clone, Copy, PartialEq, Eq)]
        #[cfg_attr(feature = "on", derive(Debug))]
        pub enum Switch {
            $(#[doc = $what] $variant,)*
        }

        impl Switch {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// How it is called.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The number it stands for where none is given.
            pub const fn default_value(self) -> u64 {
                match self { $(Self::$variant => $default,)* }
            }

            /// What it does wrong.
            pub const fn what(self) -> &'static str {
                match self { $(Self::$variant => $what,)* }
            }
        }
    };
}

switches! {
    AckBeforeCommit "ack_before_commit" 50
        "A post is acknowledged, and so many milliseconds later committed."
    PublishBeforeCommit "publish_before_commit" 50
        "A post is shown to everyone, and so many milliseconds later committed."
    SynchronousNormal "synchronous_normal" 0
        "A commit does not wait for the disk (`synchronous=NORMAL`)."
    ServeBeforeCheckpoint "serve_before_checkpoint" 0
        "A start serves before what it found in the write-ahead log is on the disk."
    RetryFailedFsync "retry_failed_fsync" 0
        "A failed fsync is taken for a failed write, and tried again."
    Drop "drop" 10_000
        "One delivery in so many is left out."
    Double "double" 10
        "One delivery in so many is made twice."
    SwapNeighbours "swap_neighbours" 0
        "Of the events of one frame the first two change places."
    ForgetNonces "forget_nonces" 60
        "A nonce is forgotten after so many seconds."
    ForgetUnchangedNonces "forget_unchanged_nonces" 0
        "The nonce of a command that changed nothing is forgotten at once."
    TrustWallClock "trust_wall_clock" 86_400
        "A nonce counts only if the clock says that it is no older than so many seconds, nor of the future."
    FetchBeforeSubscribe "fetch_before_subscribe" 0
        "A connection takes its place after its snapshot was read, at what is by then the head."
    OutrunTailIsEnd "outrun_tail_is_end" 0
        "A reader whom the room's tail outran counts as caught up."
    PastRemoval "past_removal" 0
        "Who was removed from a room is sent one event more."
    RevokeWithoutClosing "revoke_without_closing" 0
        "An ended session and a disabled account keep their sockets."
    SkipRedactionOfEdit "skip_redaction_of_edit" 0
        "A deletion takes the text from the post, and not from its edits."
    SkipRedactionOfTail "skip_redaction_of_tail" 0
        "A deletion leaves the frames of a room's tail as they are."
    SkipRedactionOfPage "skip_redaction_of_page" 0
        "A chunk that was read before a deletion is sent after it."
    CountUnreadWrongly "count_unread_wrongly" 0
        "One's own posts count as unread."
}

/// Whether this is to be done wrong.
#[cfg(not(feature = "on"))]
#[inline(always)]
pub const fn is(_: Switch) -> bool {
    false
}

/// Whether it is to be done wrong this time: every so many-th time.
#[cfg(not(feature = "on"))]
#[inline(always)]
pub const fn strikes(_: Switch) -> bool {
    false
}

/// The number that a switch was given.
#[cfg(not(feature = "on"))]
#[inline(always)]
pub const fn value(_: Switch) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_has_a_name_of_its_own() {
        let mut names: Vec<_> = Switch::ALL.iter().map(|switch| switch.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Switch::ALL.len());
    }

    #[cfg(not(feature = "on"))]
    #[test]
    fn without_the_feature_nothing_is_done_wrong() {
        for switch in Switch::ALL {
            assert!(!is(*switch) && !strikes(*switch));
        }
    }
}
