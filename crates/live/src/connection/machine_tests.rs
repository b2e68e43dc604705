//! The state machine as tables, and as random walks with a client that follows the rules.

use parlor_protocol::frame::ResetReason;

use super::*;

#[path = "machine_walk.rs"]
mod walk;

const ROOM: RoomId = RoomId::from_u128(1);

fn seq(n: u64) -> Seq {
    Seq::new(n).expect("tests stay below 2^53")
}

fn id(text: &str) -> Option<RequestId> {
    RequestId::parse(text)
}

/// A machine that said `ready` with one room at `head`, of which the client held `after`.
fn live_at(head: u64, after: Option<(u64, bool)>) -> Machine {
    let mut machine = Machine::default();
    assert!(machine.hold());
    let after = after.map(|(after, epoch)| (seq(after), epoch));
    machine.install(ROOM, 0, seq(head), after);
    machine.go_live(Vec::new());
    machine
}

fn action(machine: &mut Machine, head: u64) -> Action {
    let room = machine.next_room().unwrap_or(ROOM);
    let (action, _) = machine.next_action(room, seq(head));
    machine.requeue(room);
    action
}

#[test]
fn what_a_client_holds_decides_how_it_goes_on() {
    let cases = [
        (10, None, Action::Rest),
        (10, Some((10, true)), Action::SayCaughtUp(None)),
        (10, Some((4, true)), Action::SendEvents(seq(4))),
        (1500, Some((500, true)), Action::SendEvents(seq(500))),
        (
            1501,
            Some((500, true)),
            Action::SayReset(ResetReason::FarBehind, None),
        ),
        (10, Some((11, true)), Action::ReadHead),
        (
            10,
            Some((4, false)),
            Action::SayReset(ResetReason::Epoch, None),
        ),
        (
            10,
            Some((11, false)),
            Action::SayReset(ResetReason::Epoch, None),
        ),
    ];
    for (head, after, expected) in cases {
        let mut machine = live_at(head, after);
        assert_eq!(action(&mut machine, head), expected, "{head} {after:?}");
    }
}

#[test]
fn a_number_above_the_published_head_is_ahead_only_once_the_store_was_looked_at() {
    let mut machine = live_at(10, Some((12, true)));
    assert_eq!(action(&mut machine, 10), Action::ReadHead);
    machine.looked(ROOM);
    let ahead = Action::SayReset(ResetReason::Ahead, None);
    assert_eq!(action(&mut machine, 10), ahead);
    assert_eq!(action(&mut machine, 12), Action::SayCaughtUp(None));
}

#[test]
fn nothing_is_offered_before_ready_while_catching_up_or_once_removed() {
    let mut machine = Machine::default();
    assert_eq!(machine.offer(ROOM), None, "it said no hello");
    machine.hold();
    machine.install(ROOM, 0, seq(10), None);
    assert_eq!(machine.offer(ROOM), None, "it is held back");
    machine.go_live(Vec::new());
    assert_eq!(machine.offer(ROOM), None, "its turn has not come");
    assert_eq!(action(&mut machine, 10), Action::Rest);
    assert_eq!(machine.offer(ROOM), Some(seq(10)));
    machine.block();
    assert_eq!(machine.offer(ROOM), None, "the socket takes nothing");
    machine.unblock();
    assert_eq!(machine.offer(ROOM), None, "it is behind");
    assert_eq!(action(&mut machine, 12), Action::SendEvents(seq(10)));
    machine.sent(ROOM, seq(12));
    assert_eq!(action(&mut machine, 12), Action::Rest);
    assert_eq!(machine.offer(ROOM), Some(seq(12)));
    assert_eq!(machine.left(ROOM, seq(13)), Some((Some(0), None)));
    assert_eq!(machine.offer(ROOM), None, "it is removed");
    assert_eq!(action(&mut machine, 13), Action::SayRemoved(seq(13)));
    machine.said_removed(ROOM);
    assert!(machine.is_at_rest());
    assert_eq!(machine.next_room(), None);
}

#[test]
fn a_closing_connection_is_sent_no_event() {
    let mut machine = live_at(10, None);
    action(&mut machine, 10);
    let closing = Closing {
        code: CloseCode::SessionEnded,
        after_ms: None,
    };
    assert!(machine.close(closing));
    assert!(!machine.close(Closing {
        code: CloseCode::Disabled,
        after_ms: None
    }));
    assert_eq!(machine.closing(), Some(closing));
    assert_eq!(machine.offer(ROOM), None);
    assert_eq!(machine.next_room(), None);
}

#[test]
fn a_newer_resume_takes_over_and_names_the_older() {
    let mut machine = live_at(10, None);
    action(&mut machine, 10);
    assert_eq!(machine.resume(ROOM, seq(3), id("a")), Ok(None));
    assert_eq!(machine.resume(ROOM, seq(2), id("b")), Ok(id("a")));
    assert_eq!(action(&mut machine, 10), Action::SendEvents(seq(2)));
    assert_eq!(machine.resume(ROOM, seq(5), None), Ok(id("b")));
    assert_eq!(machine.resume(ROOM, seq(9), id("c")), Ok(None));
    assert_eq!(action(&mut machine, 10), Action::SendEvents(seq(9)));
    machine.sent(ROOM, seq(10));
    assert_eq!(action(&mut machine, 10), Action::SayCaughtUp(id("c")));
    machine.said_caught_up(ROOM);
    assert_eq!(action(&mut machine, 10), Action::Rest);
    assert_eq!(machine.offer(ROOM), Some(seq(10)));
}

#[test]
fn a_resume_needs_a_room_that_was_said_to_be_mine() {
    let mut machine = live_at(10, None);
    let other = RoomId::from_u128(2);
    assert_eq!(machine.resume(other, seq(0), None), Err(Code::NotFound));
    machine.joined(other, 3);
    assert_eq!(machine.resume(other, seq(0), None), Err(Code::NotFound));
    machine.said_added(other, seq(5));
    assert_eq!(machine.resume(other, seq(0), id("a")), Ok(None));
    let left = machine.left(other, seq(6));
    assert_eq!(left, Some((Some(3), id("a"))), "it gets its refusal");
    assert_eq!(machine.resume(other, seq(0), None), Err(Code::NotFound));
}

#[test]
fn a_room_that_was_left_before_it_was_told_of_is_never_told_of() {
    let mut machine = live_at(10, None);
    let other = RoomId::from_u128(2);
    machine.joined(other, 3);
    assert_eq!(machine.left(other, seq(6)), Some((Some(3), None)));
    assert!(!machine.has_slot(other) && machine.cursor(other).is_none());
    // Known, left, and back before either was said: both are said.
    machine.left(ROOM, seq(11));
    machine.joined(ROOM, 1);
    assert_eq!(action(&mut machine, 12), Action::SayRemoved(seq(11)));
    machine.said_removed(ROOM);
    assert_eq!(action(&mut machine, 12), Action::ReadRoom);
    machine.said_added(ROOM, seq(12));
    assert_eq!(action(&mut machine, 12), Action::Rest);
}

#[test]
fn what_changes_while_held_back_makes_the_snapshot_old() {
    let mut machine = Machine::default();
    machine.hold();
    assert!(!machine.change(7));
    assert!(!machine.is_current(6) && machine.is_current(7));
    machine.install(ROOM, 4, seq(1), None);
    assert_eq!(machine.uninstall(), [(ROOM, 4)]);
    machine.go_live(vec!["x".into()]);
    assert!(machine.change(8));
    assert_eq!(machine.foreign(), Some(&"x".to_owned()));
}

#[test]
fn rooms_take_turns() {
    let mut machine = Machine::default();
    machine.hold();
    for n in 1..=3 {
        machine.install(RoomId::from_u128(n), 0, seq(5), None);
    }
    machine.go_live(Vec::new());
    let mut order = Vec::new();
    for _ in 0..6 {
        let room = machine.next_room().expect("all are behind");
        order.push(room.as_u128());
        machine.next_action(room, seq(9));
        machine.requeue(room);
    }
    assert_eq!(order, [1, 2, 3, 1, 2, 3]);
}
