//! Rooms: making them, their names, topics and archive.

use parlor_protocol::command::NewRoom;
use parlor_protocol::{Code, EventKind, RoomId, RoomKind, RoomName, RoomRole, UserId, limits};

use super::Backend;
use super::world::{World, at, delete, edit, new_room, post, react, refused, reply};
use crate::{Done, Op};

fn called(name: &str, id: u128, kind: RoomKind) -> NewRoom {
    NewRoom {
        name: Some(RoomName::parse(name).unwrap()),
        ..new_room(id, kind)
    }
}

pub fn general_is_there_from_the_start_made_by_parlor(backend: &dyn Backend) {
    let (world, [ada]) = World::with(backend, ["ada"]);
    let log = world.log(ada, world.general);
    assert_eq!(log[0].by.id, UserId::PARLOR);
    assert!(
        matches!(&log[0].kind, EventKind::RoomCreated { name: Some(name), room_kind: RoomKind::Open, .. } if name.as_str() == "general")
    );
    assert!(
        matches!(&log[1].kind, EventKind::MemberJoined { user, role: RoomRole::Member } if user.id == ada.user)
    );
    assert_eq!(log[1].by.id, ada.user);
    assert_eq!(log.len(), 2);
    let room = world.seen(ada, world.general).unwrap();
    assert_eq!((room.head, room.member_count), (at(2), 1));
    let server = world.read.server().unwrap();
    assert_eq!(server.general, world.general);
    assert_eq!(server.epoch, "epoch-1");
}

pub fn a_log_begins_with_the_room_its_maker_and_the_others_in_the_order_given(
    backend: &dyn Backend,
) {
    let (mut world, [ada, ben, cy]) = World::with(backend, ["ada", "ben", "cy"]);
    for kind in [RoomKind::Open, RoomKind::Closed, RoomKind::Direct] {
        let room = world.room(ada, kind, &[cy, ben]);
        let log = world.log(ben, room);
        assert!(log.iter().all(|event| event.by.id == ada.user));
        assert!(
            matches!(&log[0].kind, EventKind::RoomCreated { room_kind, .. } if *room_kind == kind)
        );
        let joined: Vec<(UserId, RoomRole)> = log[1..]
            .iter()
            .map(|event| match &event.kind {
                EventKind::MemberJoined { user, role } => (user.id, *role),
                other => panic!("{other:?}"),
            })
            .collect();
        let maker = match kind {
            RoomKind::Direct => RoomRole::Member,
            _ => RoomRole::Owner,
        };
        let member = RoomRole::Member;
        assert_eq!(
            joined,
            [(ada.user, maker), (cy.user, member), (ben.user, member)]
        );
        let seen = world.seen(cy, room).unwrap();
        assert_eq!(seen.mine.unwrap().joined, at(3));
        assert_eq!((seen.mine.unwrap().read, seen.member_count), (at(3), 3));
    }
}

pub fn a_nonce_makes_one_room(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let again = world.nonce();
    let make = |world: &mut World, by, name: &str| {
        let id = world.fresh();
        let new = NewRoom {
            nonce: Some(again.clone()),
            ..called(name, id, RoomKind::Open)
        };
        (RoomId::from_u128(id), world.create(by, new))
    };
    let (first, made) = make(&mut world, ada, "tea");
    let existing = |room, existing| Ok(Done::Room { room, existing });
    assert_eq!(made, existing(first, false));
    assert_eq!(make(&mut world, ada, "tea").1, existing(first, true));
    assert_eq!(make(&mut world, ada, "coffee").1, existing(first, true));
    assert_eq!(world.last.published.len(), 0);
    let (second, made) = make(&mut world, ben, "coffee");
    assert_eq!(made, existing(second, false), "a nonce is its author's own");
}

pub fn open_rooms_have_names_of_their_own(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    world
        .create(ada, called("Straße", 1, RoomKind::Open))
        .unwrap();
    let taken = world.create(ben, called("STRASSE", 2, RoomKind::Open));
    assert_eq!(refused(&taken), Code::RoomExists);
    assert_eq!(taken.unwrap_err().room, Some(RoomId::from_u128(1)));
    world
        .create(ben, called("strasse", 3, RoomKind::Closed))
        .unwrap();
    world
        .create(ben, called("strasse", 4, RoomKind::Closed))
        .unwrap();
    world
        .create(ben, called("other", 5, RoomKind::Open))
        .unwrap();

    let five = RoomId::from_u128(5);
    let rename = world.update(ben, five, Some("strasse"), None, None);
    assert_eq!(rename.unwrap_err().room, Some(RoomId::from_u128(1)));
    world.update(ben, five, Some("OTHER"), None, None).unwrap();

    let one = RoomId::from_u128(1);
    world.update(ada, one, None, None, Some(true)).unwrap();
    let taken = world.create(ben, called("strasse", 6, RoomKind::Open));
    assert_eq!(
        refused(&taken),
        Code::RoomExists,
        "archived ones keep theirs"
    );
    world
        .update(ada, one, Some("lane"), None, Some(false))
        .unwrap();
    world
        .create(ben, called("strasse", 7, RoomKind::Open))
        .unwrap();
}

pub fn a_direct_room_of_the_same_people_is_one(backend: &dyn Backend) {
    let (mut world, [ada, ben, cy]) = World::with(backend, ["ada", "ben", "cy"]);
    let first = world.room(ada, RoomKind::Direct, &[ben, cy]);
    let new = NewRoom {
        members: vec![ada.user, ben.user],
        ..new_room(9, RoomKind::Direct)
    };
    let again = world.create(cy, new);
    let existing = true;
    assert_eq!(
        again,
        Ok(Done::Room {
            room: first,
            existing
        })
    );
    let pair = world.room(cy, RoomKind::Direct, &[ada]);
    assert_ne!(pair, first);

    let room = world.seen(ben, first).unwrap();
    assert_eq!(room.name, None);
    let mut with: Vec<UserId> = room.with.unwrap().iter().map(|user| user.id).collect();
    with.sort_unstable();
    assert_eq!(with, [ada.user, cy.user]);
}

pub fn a_room_with_somebody_who_is_not_there_is_not_made(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    for nobody in [UserId::from_u128(77), UserId::NOWHERE, UserId::PARLOR] {
        for kind in [RoomKind::Open, RoomKind::Closed, RoomKind::Direct] {
            let new = NewRoom {
                members: vec![nobody],
                ..new_room(9, kind)
            };
            assert_eq!(refused(&world.create(ada, new)), Code::NotFound);
        }
    }
}

pub fn what_changes_nothing_makes_no_event(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    world.create(ada, called("tea", 1, RoomKind::Open)).unwrap();
    let room = RoomId::from_u128(1);
    let same = world.update(ada, room, Some("tea"), Some(""), Some(false));
    assert_eq!(same, Ok(Done::Nothing));
    assert!(world.last.published.is_empty());
    world
        .update(ada, room, Some("tea"), Some("Oolong"), None)
        .unwrap();
    let log = world.log(ada, room);
    assert!(
        matches!(&log.last().unwrap().kind, EventKind::RoomUpdated { name: None, topic: Some(topic), archived: None } if topic.as_str() == "Oolong")
    );
    let seen = world.seen(ada, room).unwrap();
    assert_eq!(seen.topic.as_str(), "Oolong");
    assert_eq!(seen.head, at(3));
}

pub fn in_an_archived_room_nothing_changes_but_leaving_and_coming_back(backend: &dyn Backend) {
    let (mut world, [_, ada, ben, cy]) = World::with(backend, ["owner", "ada", "ben", "cy"]);
    let room = world.room(ada, RoomKind::Open, &[ben]);
    let hers = world.post(ada, room, "hello");
    world.update(ada, room, None, None, Some(true)).unwrap();
    for verb in [
        post("too late"),
        reply("too late", hers),
        edit(hers, "too late"),
        delete(hers),
        react(hers, "👍"),
    ] {
        assert_eq!(refused(&world.say(ada, room, verb)), Code::RoomArchived);
    }
    let archived = [
        world.update(ada, room, Some("new name"), None, None),
        world.put(cy, room, cy.user, None),
        world.put(ada, room, cy.user, None),
        world.put(ada, room, ben.user, Some(RoomRole::Owner)),
        world.remove(ada, room, ben.user),
    ];
    for answer in archived {
        assert_eq!(refused(&answer), Code::RoomArchived);
    }
    assert_eq!(world.history(ben, room).len(), 1, "it is read as before");
    let marked = world.write(Op::Mark(ben, room, hers));
    assert_eq!(marked, Ok(Done::Marked(hers)));
    world.remove(ben, room, ben.user).unwrap();
    world.update(ada, room, None, None, Some(false)).unwrap();
    world.put(ben, room, ben.user, None).unwrap();
    world.post(ben, room, "back again");
}

pub fn nobody_is_in_more_than_a_thousand_rooms(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let others = world.room(ben, RoomKind::Open, &[]);
    let rooms = usize::try_from(limits::USER_ROOMS).unwrap() - 1;
    let ids: Vec<u128> = (0..rooms).map(|_| world.fresh()).collect();
    for chunk in ids.chunks(256) {
        let made = chunk.iter().map(|id| {
            let new = new_room(*id, RoomKind::Closed);
            Op::Command(ada, parlor_protocol::Command::CreateRoom(new))
        });
        assert!(world.batch(made).iter().all(Result::is_ok));
    }
    let id = world.fresh();
    let one_more = world.create(ada, new_room(id, RoomKind::Closed));
    assert_eq!(refused(&one_more), Code::TooManyRooms);
    let joining = world.put(ada, others, ada.user, None);
    assert_eq!(refused(&joining), Code::TooManyRooms);
    let adding = world.put(ben, others, ada.user, None);
    assert_eq!(refused(&adding), Code::TooManyRooms);
    let with_ada = NewRoom {
        members: vec![ada.user],
        ..new_room(id, RoomKind::Direct)
    };
    assert_eq!(refused(&world.create(ben, with_ada)), Code::TooManyRooms);
    world.remove(ada, world.general, ada.user).unwrap();
    world.put(ben, others, ada.user, None).unwrap();
}
