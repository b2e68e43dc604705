//! The laws and the suite notice a store that breaks them: the model, sabotaged in one
//! point each, fails.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parlor_protocol::{Command, DisplayName, Nonce, UserId, Username};
use parlor_store::conformance::walk::Walk;
use parlor_store::conformance::{Backend, laws, messages, nonces, published};
use parlor_store::write::{Grant, NewAccount};
use parlor_store::{Append, AppendError, Committed, Op, Published, Read, Setup, Write};
use parlor_testkit::memory::MemoryStore;

fn memory(setup: Setup) -> (Box<dyn Append>, Arc<dyn Read>) {
    let (append, read) = MemoryStore::open(setup);
    (Box::new(append), read)
}

/// What a broken store does otherwise.
type Sabotage = fn(&mut Sabotaged, &[Write]) -> Result<Committed, AppendError>;

struct Sabotaged {
    append: Box<dyn Append>,
    sabotage: Sabotage,
    count: u128,
}

impl Append for Sabotaged {
    fn append(&mut self, batch: &[Write]) -> Result<Committed, AppendError> {
        (self.sabotage)(self, batch)
    }

    fn probe(&mut self) -> Result<(), AppendError> {
        self.append.probe()
    }

    fn close(self: Box<Self>) -> Result<(), AppendError> {
        self.append.close()
    }
}

#[track_caller]
fn is_noticed(sabotage: Sabotage, by: &[fn(&dyn Backend)]) {
    let broken = move |setup| {
        let (append, read) = memory(setup);
        let append: Box<dyn Append> = Box::new(Sabotaged {
            append,
            sabotage,
            count: 0,
        });
        (append, read)
    };
    for case in by {
        assert!(catch_unwind(|| case(&memory)).is_ok(), "the model passes");
        let outcome = catch_unwind(AssertUnwindSafe(|| case(&broken)));
        assert!(outcome.is_err(), "the sabotage went unnoticed");
    }
}

#[test]
fn a_store_that_forgets_nonces_is_noticed() {
    is_noticed(
        |store, batch| {
            let mut batch = batch.to_vec();
            for write in &mut batch {
                if let Op::Command(_, Command::Message { nonce, .. }) = &mut write.op {
                    store.count += 1;
                    *nonce = Nonce::parse(&format!("forgotten-{}", store.count)).unwrap();
                }
            }
            store.append.append(&batch)
        },
        &[
            laws::repeats_and_refusals_leave_no_trace,
            nonces::every_verb_sent_again_gives_the_first_answer,
        ],
    );
}

#[test]
fn a_store_that_publishes_out_of_order_or_drops_is_noticed() {
    is_noticed(
        |store, batch| {
            let mut committed = store.append.append(batch)?;
            if committed.published.len() > 1 {
                committed.published.swap(0, 1);
            }
            Ok(committed)
        },
        &[
            laws::replay_equals_the_tables,
            published::events_are_published_as_they_are_stored,
        ],
    );
    is_noticed(
        |store, batch| {
            let mut committed = store.append.append(batch)?;
            store.count += 1;
            if store.count.is_multiple_of(10) {
                committed.published.pop();
            }
            Ok(committed)
        },
        &[laws::replay_equals_the_tables],
    );
}

#[test]
fn a_store_whose_refusals_leave_a_trace_is_noticed() {
    is_noticed(
        |store, batch| {
            let committed = store.append.append(batch)?;
            if committed.answers.iter().any(Result::is_err) {
                store.count += 1;
                let name = format!("ghost{}", store.count);
                let ghost = NewAccount {
                    id: UserId::from_u128(u128::MAX - store.count),
                    username: Username::from_store(name.clone()),
                    name: DisplayName::from_store(name),
                    password: String::new(),
                    grant: Grant::Console { admin: false },
                    session: None,
                };
                let at = batch[0].at;
                let op = Op::AddAccount(ghost);
                store.append.append(&[Write { at, op }])?;
            }
            Ok(committed)
        },
        &[laws::repeats_and_refusals_leave_no_trace],
    );
}

#[test]
fn a_store_that_says_nothing_of_redaction_is_noticed() {
    is_noticed(
        |store, batch| {
            let mut committed = store.append.append(batch)?;
            let said = |it: &Published| matches!(it, Published::Redacted { .. });
            committed.published.retain(|it| !said(it));
            Ok(committed)
        },
        &[published::a_deletion_says_up_to_where_text_is_gone],
    );
}

#[test]
fn a_store_that_alters_what_was_said_is_noticed() {
    is_noticed(
        |store, batch| {
            let mut batch = batch.to_vec();
            for write in &mut batch {
                if let Op::Command(_, Command::Message { verb, .. }) = &mut write.op {
                    use parlor_protocol::command::MessageVerb::{Edit, Post};
                    if let Post { text, .. } | Edit { text, .. } = verb {
                        let trimmed = text.as_str().trim().to_owned();
                        *text = parlor_protocol::MessageText::from_store(trimmed);
                    }
                }
            }
            store.append.append(&batch)
        },
        &[messages::a_post_is_kept_verbatim_in_log_and_history],
    );
}

#[test]
fn two_models_are_the_same_on_every_walk() {
    laws::same_on_both(&memory, &memory);
}

#[test]
fn the_walks_meet_every_kind_of_event_and_most_refusals() {
    let met = RefCell::new(BTreeMap::<String, u32>::new());
    laws::on_walks(120, |steps| {
        let mut walk = Walk::begin(&memory);
        for step in steps {
            let (_, answer) = walk.step(*step);
            let mut met = met.borrow_mut();
            if let Err(refusal) = answer {
                *met.entry(format!("{:?}", refusal.code)).or_default() += 1;
            }
            for published in &walk.world.last.published {
                if let Published::Event { event, .. } = published {
                    *met.entry(event.kind.name().into()).or_default() += 1;
                }
            }
        }
    });
    let met = met.into_inner();
    for what in [
        "room_created",
        "room_updated",
        "member_joined",
        "member_left",
        "role_changed",
        "message_posted",
        "message_edited",
        "message_deleted",
        "reaction_added",
        "reaction_removed",
        "NotFound",
        "Forbidden",
        "NonceReused",
        "RoomArchived",
        "LastOwner",
        "NotSignedIn",
        "BadMembers",
    ] {
        assert!(met.contains_key(what), "no walk met {what}: {met:?}");
    }
}
