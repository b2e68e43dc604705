//! Markers, and what is unread after them.

use parlor_protocol::{Code, RoomId, Seq, limits};

use super::Backend;
use super::world::{World, at, delete, edit, message, nonce, post, react, refused};
use crate::write::Actor;
use crate::{Answer, Done, Op, Published};

fn counts(world: &World, user: Actor, room: RoomId) -> (u64, u64) {
    let counts = world.read.counts(user.user, room).unwrap().unwrap();
    let seen = world.seen(user, room).unwrap();
    let mine = seen.mine.unwrap();
    assert_eq!(counts.head, seen.head);
    assert_eq!(counts.read, mine.read);
    assert_eq!(
        (counts.unread, counts.mentions),
        (mine.unread, mine.mentions)
    );
    (counts.unread, counts.mentions)
}

fn mark(world: &mut World, user: Actor, room: RoomId, seq: Seq) -> Answer {
    world.write(Op::Mark(user, room, seq))
}

pub fn a_marker_only_grows_and_stops_at_the_head(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let room = world.general;
    let joined = world.seen(ben, room).unwrap().mine.unwrap();
    assert_eq!(
        (joined.joined, joined.read),
        (at(3), at(3)),
        "joining sets it"
    );
    let one = world.post(ada, room, "one");
    let two = world.post(ada, room, "two");
    assert_eq!(mark(&mut world, ben, room, one), Ok(Done::Marked(one)));
    assert!(matches!(world.last.published.as_slice(),
        [Published::Marked { user, room: r, seq }] if *user == ben.user && *r == room && *seq == one));
    assert_eq!(mark(&mut world, ben, room, at(1)), Ok(Done::Marked(one)));
    assert!(world.last.published.is_empty());
    assert_eq!(mark(&mut world, ben, room, Seq::MAX), Ok(Done::Marked(two)));
    assert_eq!(counts(&world, ben, room), (0, 0));
    world.post(ben, room, "mine");
    let read = world.seen(ben, room).unwrap().mine.unwrap().read;
    assert_eq!(read, two, "posting does not move it");
    let nowhere = mark(&mut world, ben, RoomId::from_u128(404), at(1));
    assert_eq!(refused(&nowhere), Code::NotFound);
}

pub fn unread_are_the_posts_of_others_that_are_not_deleted(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let room = world.general;
    let one = world.post(ada, room, "one");
    let two = world.post(ada, room, "two, @ben");
    world.post(ben, room, "my own, @ben");
    let three = world.post(ada, room, "three, @ben");
    world.done(ada, room, edit(one, "@ben too late"));
    world.done(ada, room, react(one, "👍"));
    assert_eq!(counts(&world, ben, room), (3, 2));
    world.done(ada, room, delete(two));
    assert_eq!(counts(&world, ben, room), (2, 1));
    mark(&mut world, ben, room, one).unwrap();
    assert_eq!(counts(&world, ben, room), (1, 1));
    mark(&mut world, ben, room, three).unwrap();
    assert_eq!(counts(&world, ben, room), (0, 0));
    world.remove(ben, room, ben.user).unwrap();
    assert_eq!(world.read.counts(ben.user, room).unwrap(), None);
}

pub fn counts_stop_at_a_hundred(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let room = world.general;
    post_many(&mut world, ada, room, 99, "@ben");
    assert_eq!(counts(&world, ben, room), (99, 99));
    post_many(&mut world, ada, room, 2, "@ben");
    assert_eq!(counts(&world, ben, room), (100, 100));
}

pub fn counts_look_at_a_thousand_posts_after_the_marker(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let room = world.general;
    let window = usize::try_from(limits::COUNT_WINDOW).unwrap();
    post_many(&mut world, ben, room, window - 1, "my own");
    assert_eq!(counts(&world, ben, room), (0, 0));
    world.post(ada, room, "the thousandth");
    assert_eq!(counts(&world, ben, room), (1, 0));
    world.post(ada, room, "one too many, @ben");
    assert_eq!(counts(&world, ben, room), (1, 0));
    mark(&mut world, ben, room, at(4)).unwrap();
    assert_eq!(counts(&world, ben, room), (2, 1));
}

fn post_many(world: &mut World, by: Actor, room: RoomId, how_many: usize, says: &str) {
    let posts: Vec<Op> = (0..how_many)
        .map(|_| {
            let nonce = nonce(&format!("many-{}", world.fresh()));
            message(by, room, &nonce, post(says))
        })
        .collect();
    for batch in posts.chunks(256) {
        assert!(world.batch(batch.to_vec()).iter().all(Result::is_ok));
    }
}
