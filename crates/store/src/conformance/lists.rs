//! Lists: my rooms, open rooms, members, people.

use parlor_protocol::command::NewRoom;
use parlor_protocol::{DisplayName, RoomId, RoomKind, RoomName, RoomRole, UserId, Username};

use super::Backend;
use super::world::{ALL, World, new_room};
use crate::Op;
use crate::read::Part;

fn rooms(part: &Part<parlor_protocol::Room>) -> Vec<RoomId> {
    part.items.iter().map(|it| it.id).collect()
}

pub fn my_rooms_are_paged_by_id(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let mut mine = vec![world.general];
    for kind in [RoomKind::Open, RoomKind::Closed, RoomKind::Direct] {
        mine.push(world.room(ada, kind, &[ben]));
        world.room(ben, RoomKind::Open, &[]);
    }
    let all = world.read.rooms(ada.user, None, ALL).unwrap();
    assert_eq!((rooms(&all), all.has_more), (mine.clone(), false));
    for room in &all.items {
        assert_eq!(world.seen(ada, room.id).as_ref(), Some(room));
    }
    let first = world.read.rooms(ada.user, None, 3).unwrap();
    assert_eq!((rooms(&first), first.has_more), (mine[..3].to_vec(), true));
    let rest = world.read.rooms(ada.user, Some(mine[2]), 1).unwrap();
    assert_eq!((rooms(&rest), rest.has_more), (mine[3..].to_vec(), false));
}

pub fn open_rooms_are_those_one_could_join(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let make = |world: &mut World, name: &str, kind| {
        let id = world.fresh();
        let new = NewRoom {
            name: Some(RoomName::parse(name).unwrap()),
            ..new_room(id, kind)
        };
        world.create(ada, new).unwrap();
        RoomId::from_u128(id)
    };
    let street = make(&mut world, "Große Straße", RoomKind::Open);
    let percent = make(&mut world, "100%_sure", RoomKind::Open);
    let file = make(&mut world, "ﬁles", RoomKind::Open);
    make(&mut world, "Straße, closed", RoomKind::Closed);
    let archived = make(&mut world, "alte Straße", RoomKind::Open);
    world.update(ada, archived, None, None, Some(true)).unwrap();
    let find = |query: &str| {
        let found = world.read.open_rooms(ben.user, query, None, ALL).unwrap();
        rooms(&found)
    };
    assert_eq!(find(""), [street, percent, file]);
    assert_eq!(find("STRASSE"), [street]);
    assert_eq!(find("FILE"), [file]);
    assert_eq!(find("%_"), [percent]);
    assert_eq!(find("_%"), []);
    assert_eq!(find("nothing"), []);
    let mine = world.read.open_rooms(ada.user, "", None, ALL).unwrap();
    assert_eq!(rooms(&mine), [], "what I am in I cannot join");
    let first = world.read.open_rooms(ben.user, "", None, 2).unwrap();
    assert_eq!(
        (rooms(&first), first.has_more),
        (vec![street, percent], true)
    );
    assert_eq!(first.items[0].mine, None);
    let rest = world
        .read
        .open_rooms(ben.user, "", Some(percent), 2)
        .unwrap();
    assert_eq!((rooms(&rest), rest.has_more), (vec![file], false));
}

pub fn members_are_paged_by_id(backend: &dyn Backend) {
    let (mut world, [ada, ben, cy]) = World::with(backend, ["ada", "ben", "cy"]);
    let room = world.room(cy, RoomKind::Open, &[ada]);
    world.put(ben, room, ben.user, None).unwrap();
    let page = |reader: UserId, after, limit| {
        let part = world.read.members(reader, room, after, limit);
        let part = part.unwrap().unwrap();
        let found: Vec<_> = part.items.iter().map(|it| (it.0.id, it.1)).collect();
        (found, part.has_more)
    };
    let (owner, member) = (RoomRole::Owner, RoomRole::Member);
    let all = vec![(ada.user, member), (ben.user, member), (cy.user, owner)];
    assert_eq!(page(ada.user, None, 3), (all.clone(), false));
    assert_eq!(page(ada.user, None, 2), (all[..2].to_vec(), true));
    assert_eq!(
        page(ada.user, Some(ben.user), 2),
        (all[2..].to_vec(), false)
    );
}

pub fn people_are_found_by_handle_and_name(backend: &dyn Backend) {
    let (mut world, [ada, ben, cy]) = World::with(backend, ["ada", "ben", "cy.adams"]);
    let name = DisplayName::parse("Benjamin Adler_100%").unwrap();
    world.write(Op::RenameUser(ben, name)).unwrap();
    let find = |query: &str, after, limit| {
        let part = world.read.users(query, after, limit).unwrap();
        let found: Vec<UserId> = part.items.iter().map(|it| it.id).collect();
        (found, part.has_more)
    };
    let all = vec![ada.user, ben.user, cy.user];
    assert_eq!(
        find("", None, ALL),
        (all.clone(), false),
        "and parlor is none of them"
    );
    assert_eq!(find("", None, 2), (all[..2].to_vec(), true));
    assert_eq!(find("", Some(ben.user), 2), (all[2..].to_vec(), false));
    assert_eq!(find("ADL", None, ALL).0, [ben.user]);
    assert_eq!(find("be", None, ALL).0, [ben.user]);
    assert_eq!(find("_100%", None, ALL).0, [ben.user]);
    assert_eq!(find("%", None, ALL).0, [ben.user]);
    assert_eq!(find("ad", None, ALL).0, all);
    assert_eq!(find("parlor", None, ALL).0, []);

    let mut found = world
        .read
        .users_by_id(&[cy.user, UserId::from_u128(404), ada.user]);
    let found = found.as_mut().unwrap();
    found.sort_by_key(|user| user.id);
    let ids: Vec<UserId> = found.iter().map(|it| it.id).collect();
    assert_eq!(ids, [ada.user, cy.user]);
    let named = Username::fold("CY.adams").unwrap();
    let found = world.read.user_named(&named).unwrap().unwrap();
    assert_eq!(found.id, cy.user);
    assert_eq!(world.read.user(UserId::from_u128(404)).unwrap(), None);
}
