//! Which test notices which switch.

/// A test that notices a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Catcher {
    /// The switch, with a number where not its default: what `PARLOR_SABOTAGE` is set to.
    pub sabotage: &'static str,
    /// The crate's folder.
    pub folder: &'static str,
    /// The test's target: `lib`, or the name of an integration test.
    pub target: &'static str,
    /// The test's full name.
    pub test: &'static str,
    /// It cuts the power of a file system of its own, which only root can make.
    pub root: bool,
}

impl Catcher {
    /// The switch alone.
    pub fn switch(&self) -> &'static str {
        self.sabotage.split('=').next().unwrap_or(self.sabotage)
    }
}

const fn by(
    sabotage: &'static str,
    (folder, target): (&'static str, &'static str),
    test: &'static str,
) -> Catcher {
    Catcher {
        sabotage,
        folder,
        target,
        test,
        root: false,
    }
}

const fn by_root(sabotage: &'static str, test: &'static str) -> Catcher {
    Catcher {
        root: true,
        ..by(sabotage, BINARY, test)
    }
}

/// A whole server in the test's process.
const WHOLE: (&str, &str) = ("testkit", "whole");
/// What is live, over a store whose answers can be held back.
const SOCKETS: (&str, &str) = ("live", "sockets");
/// The program itself.
const BINARY: (&str, &str) = ("cli", "binary");

/// What is live, without its threads: the seed of a thousand that notices is told with the failure.
const SIMULATION: &str =
    "connection::simulation::whatever_comes_in_any_order_everyone_holds_the_one_log_in_the_end";
const LIVE: (&str, &str) = ("live", "lib");

/// All of them, in the order of the switches; then what the simulation notices besides.
pub const CATCHERS: &[Catcher] = &[
    by(
        "ack_before_commit",
        BINARY,
        "serving::after_a_kill_everything_acked_is_there_and_known_by_its_nonce",
    ),
    by(
        "publish_before_commit",
        BINARY,
        "serving::after_a_kill_everything_acked_is_there_and_known_by_its_nonce",
    ),
    by_root(
        "synchronous_normal",
        "power::what_was_acked_or_seen_by_anyone_survives_a_power_cut",
    ),
    by_root(
        "serve_before_checkpoint",
        "power::what_a_start_after_a_kill_shows_survives_a_power_cut",
    ),
    by(
        "retry_failed_fsync",
        ("store-sqlite", "lib"),
        "failures::a_failed_sync_or_an_unknown_end_of_commit_is_fatal_for_good",
    ),
    by(
        "drop",
        WHOLE,
        "crowd::everybody_gets_everything_that_everybody_gets",
    ),
    by(
        "double",
        WHOLE,
        "crowd::everybody_gets_everything_that_everybody_gets",
    ),
    by(
        "swap_neighbours",
        WHOLE,
        "walk::in_the_end_everyone_holds_a_part_of_the_one_log",
    ),
    by(
        "forget_nonces",
        WHOLE,
        "nonces::a_nonce_is_known_however_late_and_whatever_the_clock_says",
    ),
    by(
        "forget_unchanged_nonces",
        WHOLE,
        "nonces::every_verb_is_answered_again",
    ),
    by(
        "trust_wall_clock",
        WHOLE,
        "nonces::a_nonce_is_known_however_late_and_whatever_the_clock_says",
    ),
    by(
        "fetch_before_subscribe",
        SOCKETS,
        "races::events_published_while_the_snapshot_is_read_are_sent_after_ready",
    ),
    by(
        "outrun_tail_is_end",
        WHOLE,
        "resume::hello_brings_what_was_missed_and_then_says_so",
    ),
    by(
        "past_removal",
        WHOLE,
        "revocation::nothing_numbered_after_a_removal_is_received",
    ),
    by(
        "revoke_without_closing",
        WHOLE,
        "revocation::signing_out_closes_the_sockets_of_that_session_only",
    ),
    by(
        "skip_redaction_of_edit",
        WHOLE,
        "redaction::a_deleted_text_is_in_no_page_and_no_log",
    ),
    by(
        "skip_redaction_of_tail",
        WHOLE,
        "redaction::a_deleted_text_is_in_no_resume_and_no_frame_that_is_begun",
    ),
    by(
        "skip_redaction_of_page",
        SOCKETS,
        "races::a_chunk_that_was_read_before_a_deletion_is_read_again",
    ),
    by(
        "count_unread_wrongly",
        WHOLE,
        "unread::others_posts_after_joining_are_unread_until_read",
    ),
    by("drop=50", LIVE, SIMULATION),
    by("double", LIVE, SIMULATION),
    by("swap_neighbours", LIVE, SIMULATION),
    by("fetch_before_subscribe", LIVE, SIMULATION),
    by("outrun_tail_is_end", LIVE, SIMULATION),
    by("skip_redaction_of_tail", LIVE, SIMULATION),
    by("skip_redaction_of_page", LIVE, SIMULATION),
];
