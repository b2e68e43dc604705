//! Pages of history and of the log: windows, limits, sizes, visibility.

use parlor_protocol::{RoomId, RoomKind, Seq};

use super::Backend;
use super::world::{ALL, ANY_BYTES, World, at, delete, post};
use crate::read::{MessagesPage, Window};
use crate::write::Actor;

/// A room of ten messages, its head after them, and their seqs.
fn ten(world: &mut World, by: Actor) -> (RoomId, Vec<Seq>) {
    let room = world.room(by, RoomKind::Open, &[]);
    let seqs = (0..10).map(|n| world.post(by, room, &format!("message {n}")));
    let seqs = seqs.collect();
    (room, seqs)
}

fn page(world: &World, by: Actor, room: RoomId, window: Window, limit: u32) -> MessagesPage {
    world
        .read
        .messages(by.user, room, window, limit, ANY_BYTES)
        .unwrap()
        .unwrap()
}

fn seqs(page: &MessagesPage) -> Vec<Seq> {
    page.items.iter().map(|it| it.seq).collect()
}

pub fn history_is_paged_both_ways_and_around(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let (room, all) = ten(&mut world, ada);
    let newest = page(&world, ada, room, Window::Newest, 4);
    assert_eq!(seqs(&newest), all[6..]);
    assert!(newest.more_before);
    assert_eq!(newest.as_of, all[9]);
    let before = page(&world, ada, room, Window::Before(all[6]), 4);
    assert_eq!(seqs(&before), all[2..6]);
    assert!(before.more_before);
    let first = page(&world, ada, room, Window::Before(all[2]), 4);
    assert_eq!(seqs(&first), all[..2]);
    assert!(!first.more_before);
    let after = page(&world, ada, room, Window::After(all[2]), 4);
    assert_eq!(seqs(&after), all[3..7]);
    assert!(after.more_after);
    let last = page(&world, ada, room, Window::After(all[5]), 4);
    assert_eq!(seqs(&last), all[6..]);
    assert!(!last.more_after);
    let around = page(&world, ada, room, Window::Around(all[4]), 4);
    assert_eq!(seqs(&around), all[2..6]);
    assert!(around.more_before && around.more_after);
    let around = page(&world, ada, room, Window::Around(all[1]), 20);
    assert_eq!(seqs(&around), all);
    assert!(!around.more_before && !around.more_after);
    let nothing = page(&world, ada, room, Window::After(all[9]), 4);
    assert!(nothing.items.is_empty() && !nothing.more_after);
    let nothing = page(&world, ada, room, Window::Before(all[0]), 4);
    assert!(nothing.items.is_empty() && !nothing.more_before);
}

pub fn a_page_of_history_counts_messages_not_events(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let (room, all) = ten(&mut world, ada);
    let gone = world.done(ada, room, delete(all[8]));
    let newest = page(&world, ada, room, Window::Newest, 3);
    assert_eq!(seqs(&newest), all[7..], "deleted ones are in it");
    assert_eq!(newest.as_of, gone);
    let around = page(&world, ada, room, Window::Around(at(1)), 4);
    assert_eq!(seqs(&around), all[..2], "half of the limit from it on");
    let after = page(&world, ada, room, Window::After(Seq::ZERO), ALL);
    assert_eq!(seqs(&after), all);
}

pub fn a_page_ends_early_at_so_many_bytes_with_one_item_at_least(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let (room, all) = ten(&mut world, ada);
    let read = std::sync::Arc::clone(&world.read);
    let sized = |window, bytes| {
        let page = read.messages(ada.user, room, window, ALL, bytes).unwrap();
        page.unwrap()
    };
    let one = serde_json::to_string(&world.message(ada, room, all[0])).unwrap();
    let newest = sized(Window::Newest, 1);
    assert_eq!(seqs(&newest), all[9..]);
    assert!(newest.more_before);
    let two = sized(Window::Before(all[5]), one.len() * 5 / 2);
    assert_eq!(
        seqs(&two),
        all[3..5],
        "those next to where it was asked from"
    );
    let two = sized(Window::After(all[5]), one.len() * 5 / 2);
    assert_eq!(seqs(&two), all[6..8]);
    assert!(two.more_after);
    let around = sized(Window::Around(all[5]), 1);
    assert_eq!(seqs(&around), all[5..6]);
    assert!(around.more_before && around.more_after);
}

pub fn the_log_is_paged_from_a_seq(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let (room, _) = ten(&mut world, ada);
    let read = std::sync::Arc::clone(&world.read);
    let events = |after, limit, bytes| {
        let page = read.events(ada.user, room, after, limit, bytes).unwrap();
        page.unwrap()
    };
    let mut after = Seq::ZERO;
    let mut found = Vec::new();
    loop {
        let page = events(after, 5, ANY_BYTES);
        assert_eq!(page.head, at(12));
        found.extend(page.events.iter().map(|event| event.seq.get()));
        if !page.has_more(after) {
            break;
        }
        assert_eq!(page.events.len(), 5);
        after = page.events.last().unwrap().seq;
    }
    assert_eq!(found, (1..=12).collect::<Vec<u64>>());

    let one = events(at(4), 100, 1);
    assert_eq!(one.events.len(), 1);
    let size = one.events[0].json.len();
    assert_eq!(events(at(4), 100, size * 5 / 2).events.len(), 2);
    let beyond = events(at(99), 100, ANY_BYTES);
    assert!(beyond.events.is_empty());
    assert!(!beyond.has_more(at(99)));
}

pub fn history_and_log_are_for_members(backend: &dyn Backend) {
    let (mut world, [boss, ada, ben]) = World::with(backend, ["boss", "ada", "ben"]);
    let open = world.room(ada, RoomKind::Open, &[]);
    let closed = world.room(ada, RoomKind::Closed, &[]);
    let direct = world.room(ada, RoomKind::Direct, &[boss]);
    world.say(ada, open, post("hello")).unwrap();
    let nowhere = RoomId::from_u128(404);
    for room in [open, closed, direct, nowhere] {
        let user = ben.user;
        let messages = world
            .read
            .messages(user, room, Window::Newest, 9, ANY_BYTES);
        assert_eq!(messages.unwrap(), None);
        let events = world.read.events(user, room, Seq::ZERO, 9, ANY_BYTES);
        assert_eq!(events.unwrap(), None);
        assert_eq!(world.read.counts(user, room).unwrap(), None);
        let seen = world.seen(ben, room).is_some();
        assert_eq!(seen, room == open, "an open room is seen by anyone");
        let members = world.read.members(user, room, None, 9).unwrap();
        assert_eq!(members.is_some(), room == open);
    }
    world.put(ben, open, ben.user, None).unwrap();
    assert_eq!(world.history(ben, open).len(), 1);
    world.remove(ben, open, ben.user).unwrap();
    let messages = world
        .read
        .messages(ben.user, open, Window::Newest, 9, ANY_BYTES);
    assert_eq!(messages.unwrap(), None, "no longer, once they left");
}
