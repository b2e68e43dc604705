//! The one suite every backend passes, and the laws that hold on every walk.
//!
//! A backend calls [`conformance_tests!`](crate::conformance_tests) from a test file:
//! each case becomes a test of its own there. A case opens a fresh database
//! and tells a story in it; beneath all of them, [`world::World`] checks what must hold of
//! every commit: an answer for each write, numbers that rise by one, events without
//! gaps, nothing published by what was refused.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    missing_docs,
    reason = "a suite of tests"
)]

use std::sync::Arc;

use crate::{Append, Read, Setup};

pub mod accounts;
pub mod audit;
pub mod laws;
pub mod lists;
pub mod members;
pub mod messages;
pub mod nonces;
pub mod pages;
pub mod published;
pub mod rooms;
pub mod sessions;
pub mod unread;
pub mod walk;
pub mod world;

/// A database that can be opened fresh, any number of times, each apart from the others.
pub trait Backend {
    /// An empty database, set up.
    fn open(&self, setup: Setup) -> (Box<dyn Append>, Arc<dyn Read>);
}

impl<F: Fn(Setup) -> (Box<dyn Append>, Arc<dyn Read>)> Backend for F {
    fn open(&self, setup: Setup) -> (Box<dyn Append>, Arc<dyn Read>) {
        self(setup)
    }
}

/// Makes a test of every case: `conformance_tests!(backend)`, where `backend` is an
/// expression whose value is a [`Backend`].
#[macro_export]
macro_rules! conformance_tests {
    ($backend:expr) => {
        $crate::conformance_tests! { @ $backend;
            accounts {
                a_new_account_is_in_general
                an_invite_is_counted_with_the_account_it_lets_in
                owners_and_admins_invite
                claiming_happens_once_by_the_newest_link
                a_claim_link_runs_out
                the_demo_signs_in_one_member
                claiming_ends_the_demo_for_good
                accounts_are_ruled_by_admins_and_owners
                a_disabled_account_can_do_nothing_until_it_is_enabled
                people_and_the_server_are_renamed
            }
            audit {
                what_is_done_to_accounts_and_rights_is_written_down
                it_is_read_a_page_at_a_time
            }
            laws {
                replay_equals_the_tables
                snapshot_and_events_equal_a_later_snapshot
                repeats_and_refusals_leave_no_trace
            }
            lists {
                my_rooms_are_paged_by_id
                open_rooms_are_those_one_could_join
                members_are_paged_by_id
                people_are_found_by_handle_and_name
            }
            members {
                anyone_joins_an_open_room_and_twice_is_harmless
                what_one_may_not_see_answers_as_what_is_not_there
                open_rooms_are_grown_by_members_closed_ones_by_owners
                the_servers_owners_act_as_the_rooms_in_open_rooms
                the_longest_member_inherits_from_the_last_owner
                direct_rooms_stay_as_they_are
                one_who_comes_back_reads_everything_from_a_new_marker
            }
            messages {
                a_post_is_kept_verbatim_in_log_and_history
                a_reply_names_a_message_that_is_there
                authors_edit_what_is_theirs
                a_deletion_takes_the_text_out_of_everything
                a_rooms_owner_deletes_any_message
                reactions_stand_in_the_order_they_came
                a_reaction_lists_twenty_and_counts_all
                a_message_takes_fifty_kinds_of_reaction
                mentions_are_members_at_the_time_of_posting
                a_post_mentions_fifty_at_most
                authors_are_called_as_now_in_history_and_as_then_in_the_log
            }
            nonces {
                every_verb_sent_again_gives_the_first_answer
                other_content_is_refused
                once_redacted_kind_and_target_are_compared
                what_made_no_event_is_remembered_too
                it_is_looked_up_before_membership_rights_and_archive
                it_belongs_to_one_author_in_one_room
                refusals_are_not_remembered
                twice_in_one_batch_is_once
            }
            pages {
                history_is_paged_both_ways_and_around
                a_page_of_history_counts_messages_not_events
                a_page_ends_early_at_so_many_bytes_with_one_item_at_least
                the_log_is_paged_from_a_seq
                history_and_log_are_for_members
            }
            published {
                events_are_published_as_they_are_stored
                a_deletion_says_up_to_where_text_is_gone
                nothing_published_carries_what_its_batch_deleted
                a_batch_answers_each_and_lets_none_stop_the_others
                a_snapshot_knows_its_commit
            }
            rooms {
                general_is_there_from_the_start_made_by_parlor
                a_log_begins_with_the_room_its_maker_and_the_others_in_the_order_given
                a_nonce_makes_one_room
                open_rooms_have_names_of_their_own
                a_direct_room_of_the_same_people_is_one
                a_room_with_somebody_who_is_not_there_is_not_made
                what_changes_nothing_makes_no_event
                in_an_archived_room_nothing_changes_but_leaving_and_coming_back
                nobody_is_in_more_than_a_thousand_rooms
            }
            sessions {
                a_token_is_found_by_its_hash
                signing_in_rests_on_the_stored_password
                a_browsers_session_ends_idle_or_old_a_token_never
                one_lists_and_ends_ones_own_sessions
                what_follows_an_end_in_its_batch_is_refused
                a_new_password_ends_all_other_sessions
                a_reset_password_ends_every_session
                a_hash_is_renewed_only_in_place_of_the_one_it_was_made_from
            }
            unread {
                a_marker_only_grows_and_stops_at_the_head
                unread_are_the_posts_of_others_that_are_not_deleted
                counts_stop_at_a_hundred
                counts_look_at_a_thousand_posts_after_the_marker
            }
        }
    };
    (@ $backend:expr; $($module:ident { $($case:ident)* })*) => {
        $(mod $module {
            #[allow(unused_imports, reason = "the backend's expression may name anything")]
            use super::*;
            $(#[test]
            fn $case() {
                $crate::conformance::$module::$case(&$backend);
            })*
        })*
    };
}
