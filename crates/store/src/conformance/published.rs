//! What a commit tells the others, and its number.

use parlor_protocol::{EventKind, RoomKind};

use super::Backend;
use super::world::{World, at, delete, edit, message, nonce, post, react, refused};
use crate::Published;

pub fn events_are_published_as_they_are_stored(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let general = world.general;
    let room = world.room(ada, RoomKind::Open, &[ben]);
    let before = world.read.commit().unwrap();
    world.batch([
        message(ada, general, &nonce("1"), post("one")),
        message(ben, room, &nonce("2"), post("two")),
        message(ben, general, &nonce("3"), post("three")),
    ]);
    assert_eq!(world.last.number, before + 1, "one commit, one number");
    let published = world.last.published.clone();
    let rooms: Vec<_> = published
        .iter()
        .map(|it| match it {
            Published::Event {
                room,
                event,
                encoded,
            } => {
                let page = world
                    .read
                    .events(ada.user, *room, at(event.seq.get() - 1), 1, 1)
                    .unwrap()
                    .unwrap();
                assert_eq!(page.events, std::slice::from_ref(encoded));
                *room
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(rooms, [general, room, general], "in the order written");
}

pub fn a_deletion_says_up_to_where_text_is_gone(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let room = world.general;
    let seq = world.post(ada, room, "secret");
    let edited = world.done(ada, room, edit(seq, "secret, too"));
    world.post(ben, room, "something else");
    world.done(ada, room, react(seq, "👍"));
    world.done(ada, room, delete(seq));
    assert!(matches!(
        world.last.published.as_slice(),
        [Published::Event { event, .. }, Published::Redacted { room: r, newest }]
            if matches!(event.kind, EventKind::MessageDeleted { .. }) && *r == room && *newest == edited
    ));
}

pub fn nothing_published_carries_what_its_batch_deleted(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let room = world.general;
    let earlier = world.post(ada, room, "secret of before");
    let next = earlier.next();
    let batch = [
        message(ada, room, &nonce("1"), post("secret")),
        message(ada, room, &nonce("2"), edit(next, "secret, too")),
        message(ada, room, &nonce("3"), edit(earlier, "secret of now")),
        message(ben, room, &nonce("4"), post("harmless")),
        message(ada, room, &nonce("5"), delete(next)),
        message(ada, room, &nonce("6"), delete(earlier)),
    ];
    assert!(world.batch(batch).iter().all(Result::is_ok));
    for published in &world.last.published {
        if let Published::Event { event, encoded, .. } = published {
            assert!(!encoded.json.contains("secret"), "{}", encoded.json);
            assert!(!format!("{event:?}").contains("secret"));
        }
    }
    let newest: Vec<_> = world
        .last
        .published
        .iter()
        .filter_map(|it| match it {
            Published::Redacted { newest, .. } => Some(*newest),
            _ => None,
        })
        .collect();
    assert_eq!(newest, [next.next(), next.plus(2)]);
    let seen = serde_json::to_string(&world.log(ben, room)).unwrap();
    assert!(seen.contains("harmless") && !seen.contains("secret"));
}

pub fn a_batch_answers_each_and_lets_none_stop_the_others(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let room = world.room(ada, RoomKind::Closed, &[]);
    let answers = world.batch([
        message(ada, room, &nonce("1"), post("one")),
        message(ben, room, &nonce("2"), post("not here")),
        message(ada, room, &nonce("3"), post("two")),
    ]);
    assert!(answers[0].is_ok() && answers[2].is_ok());
    refused(&answers[1]);
    assert_eq!(world.history(ada, room).len(), 2);
}

pub fn a_snapshot_knows_its_commit(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let room = world.general;
    world.post(ada, room, "one");
    let snapshot = world
        .read
        .snapshot(ada.user, ada.session, world.now)
        .unwrap()
        .unwrap();
    assert_eq!(snapshot.commit, world.last.number);
    assert_eq!(snapshot.user.id, ada.user);
    assert_eq!(snapshot.server, world.read.server().unwrap());
    assert_eq!(snapshot.rooms, [world.seen(ada, room).unwrap()]);
    world.post(ada, room, "two");
    assert_eq!(world.last.number, snapshot.commit + 1);
}
