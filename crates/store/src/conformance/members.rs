//! Membership: joining, adding, roles, leaving, and whose a room is then.

use parlor_protocol::{Code, EventKind, RoomId, RoomKind, RoomRole, UserId};

use super::Backend;
use super::world::{World, at, post, refused};
use crate::Done;

const OWNER: Option<RoomRole> = Some(RoomRole::Owner);
const MEMBER: Option<RoomRole> = Some(RoomRole::Member);

pub fn anyone_joins_an_open_room_and_twice_is_harmless(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let room = world.room(ada, RoomKind::Open, &[]);
    let seen = world.seen(ben, room).unwrap();
    assert_eq!(seen.mine, None, "it can be seen before");
    assert_eq!(refused(&world.say(ben, room, post("hi"))), Code::NotFound);
    assert_eq!(world.put(ben, room, ben.user, None), Ok(Done::Nothing));
    assert_eq!(world.put(ben, room, ben.user, None), Ok(Done::Nothing));
    assert!(world.last.published.is_empty());
    let kinds = world.kinds(ben, room);
    assert_eq!(kinds, ["room_created", "member_joined", "member_joined"]);
    world.remove(ben, room, ben.user).unwrap();
    assert_eq!(world.remove(ben, room, ben.user), Ok(Done::Nothing));
    assert!(world.last.published.is_empty());
    assert_eq!(refused(&world.say(ben, room, post("hi"))), Code::NotFound);
}

pub fn what_one_may_not_see_answers_as_what_is_not_there(backend: &dyn Backend) {
    let (mut world, [boss, ada, ben]) = World::with(backend, ["boss", "ada", "ben"]);
    let closed = world.room(ada, RoomKind::Closed, &[]);
    let direct = world.room(ada, RoomKind::Direct, &[boss]);
    for room in [closed, direct, RoomId::from_u128(404), RoomId::NOWHERE] {
        let answers = [
            world.say(ben, room, post("hello?")),
            world.put(ben, room, ben.user, None),
            world.put(ben, room, UserId::from_u128(404), None),
            world.remove(ben, room, ben.user),
            world.remove(ben, room, ada.user),
            world.update(ben, room, Some("mine"), None, None),
            world.write(crate::Op::Mark(ben, room, at(1))),
        ];
        for answer in answers {
            assert_eq!(refused(&answer), Code::NotFound);
        }
    }
    let closed = world.update(boss, closed, Some("mine"), None, None);
    assert_eq!(
        refused(&closed),
        Code::NotFound,
        "the server's owner no more than others"
    );
}

pub fn open_rooms_are_grown_by_members_closed_ones_by_owners(backend: &dyn Backend) {
    let (mut world, [_, ada, ben, cy]) = World::with(backend, ["boss", "ada", "ben", "cy"]);
    let open = world.room(ada, RoomKind::Open, &[ben]);
    let closed = world.room(ada, RoomKind::Closed, &[ben]);
    assert_eq!(
        refused(&world.put(cy, open, ben.user, None)),
        Code::Forbidden
    );
    assert_eq!(
        refused(&world.put(ben, open, cy.user, OWNER)),
        Code::Forbidden
    );
    world.put(ben, open, cy.user, None).unwrap();
    assert_eq!(
        refused(&world.put(ben, closed, cy.user, None)),
        Code::Forbidden
    );
    world.put(ada, closed, cy.user, None).unwrap();
    assert_eq!(
        refused(&world.remove(ben, closed, cy.user)),
        Code::Forbidden
    );
    assert_eq!(
        refused(&world.put(ben, closed, ben.user, OWNER)),
        Code::Forbidden
    );
    world.put(ada, closed, ben.user, OWNER).unwrap();
    world.remove(ben, closed, cy.user).unwrap();
    assert_eq!(world.seen(cy, closed), None);
    for nobody in [UserId::from_u128(404), UserId::PARLOR] {
        assert_eq!(refused(&world.put(ada, open, nobody, None)), Code::NotFound);
        assert_eq!(refused(&world.remove(ada, open, nobody)), Code::NotFound);
    }
}

pub fn the_servers_owners_act_as_the_rooms_in_open_rooms(backend: &dyn Backend) {
    let (mut world, [boss, ada, ben]) = World::with(backend, ["boss", "ada", "ben"]);
    let open = world.room(ada, RoomKind::Open, &[ben]);
    let hers = world.post(ada, open, "spam");
    world.done(boss, open, super::world::delete(hers));
    world.update(boss, open, Some("tidy"), None, None).unwrap();
    world.put(boss, open, ben.user, OWNER).unwrap();
    world.remove(boss, open, ben.user).unwrap();
    world.put(boss, open, boss.user, OWNER).unwrap();
    assert_eq!(world.role(boss, open), OWNER);
}

pub fn the_longest_member_inherits_from_the_last_owner(backend: &dyn Backend) {
    let (mut world, [_, ada, ben, cy]) = World::with(backend, ["boss", "ada", "ben", "cy"]);
    let room = world.room(ada, RoomKind::Closed, &[cy, ben]);
    world.remove(ada, room, ada.user).unwrap();
    let log = world.log(ben, room);
    let [.., left, inherited] = log.as_slice() else {
        panic!("{log:?}");
    };
    assert!(matches!(&left.kind, EventKind::MemberLeft { user } if user.id == ada.user));
    assert_eq!(left.by.id, ada.user);
    assert!(
        matches!(&inherited.kind, EventKind::RoleChanged { user, role: RoomRole::Owner } if user.id == cy.user)
    );
    assert_eq!(inherited.by.id, UserId::PARLOR);
    assert_eq!(world.role(cy, room), OWNER);

    world.put(cy, room, cy.user, MEMBER).unwrap();
    assert_eq!(world.role(cy, room), MEMBER, "stepping down, too");
    assert_eq!(world.role(ben, room), OWNER);
    world.put(ben, room, cy.user, OWNER).unwrap();
    let before = world.seen(ben, room).unwrap().head;
    world.remove(cy, room, ben.user).unwrap();
    let after = world.seen(cy, room).unwrap().head;
    assert_eq!(
        after,
        before.next(),
        "an owner among others leaves nothing to inherit"
    );

    world.remove(cy, room, cy.user).unwrap();
    assert_eq!(world.seen(cy, room), None, "and a room may be left empty");
}

pub fn direct_rooms_stay_as_they_are(backend: &dyn Backend) {
    let (mut world, [ada, ben, cy]) = World::with(backend, ["ada", "ben", "cy"]);
    let room = world.room(ada, RoomKind::Direct, &[ben]);
    let forbidden = [
        world.remove(ada, room, ada.user),
        world.remove(ada, room, ben.user),
        world.put(ada, room, cy.user, None),
        world.put(ada, room, ada.user, OWNER),
        world.update(ada, room, Some("us"), None, None),
        world.update(ada, room, None, Some("us"), None),
        world.update(ada, room, None, None, Some(true)),
    ];
    for answer in forbidden {
        assert_eq!(refused(&answer), Code::Forbidden);
    }
    let again = world.put(ada, room, ben.user, None);
    assert_eq!(again, Ok(Done::Nothing), "they are a member already");
}

pub fn one_who_comes_back_reads_everything_from_a_new_marker(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let room = world.room(ada, RoomKind::Open, &[ben]);
    world.remove(ben, room, ben.user).unwrap();
    let missed = world.post(ada, room, "while you were away");
    world.put(ben, room, ben.user, None).unwrap();
    let place = world.seen(ben, room).unwrap().mine.unwrap();
    assert_eq!((place.joined, place.read), (missed.next(), missed.next()));
    assert_eq!(place.unread, 0);
    assert_eq!(world.log(ben, room).len(), 6, "members read the whole log");
    assert_eq!(world.history(ben, room).len(), 1);
}
