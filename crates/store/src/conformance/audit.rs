//! What is written down of who did what: each once, in order, and nothing that was refused or changed nothing.

use parlor_protocol::{DisplayName, InviteId, RoomKind, RoomRole, ServerRole};

use super::Backend;
use super::world::{World, secret};
use crate::Op;
use crate::audit::Entry;
use crate::write::{Authority, Grant, NewInvite};

fn entries(world: &World) -> Vec<Entry> {
    let entries = world.read.audit(0, 1000).unwrap();
    let numbers: Vec<u64> = entries.iter().map(|(number, _)| *number).collect();
    let expected: Vec<u64> = (1..=entries.len() as u64).collect();
    assert_eq!(numbers, expected, "from 1, without gaps");
    entries.into_iter().map(|(_, entry)| entry).collect()
}

pub fn what_is_done_to_accounts_and_rights_is_written_down(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let before = entries(&world).len();
    assert!(before >= 2, "the accounts");
    let role = |by, role| Op::UpdateUser {
        by,
        user: ben.user,
        role: Some(role),
        disabled: None,
    };
    let invite = NewInvite {
        id: InviteId::from_u128(7),
        code: secret(7),
        max_uses: 1,
        expires_at: world.now.plus_millis(60_000),
    };
    world
        .write(role(Authority::Console, ServerRole::Admin))
        .unwrap();
    let then = world.now;
    world
        .write(role(Authority::Console, ServerRole::Admin))
        .unwrap();
    world
        .write(role(Authority::Account(ben), ServerRole::Owner))
        .unwrap_err();
    world
        .write(Op::AddInvite(Authority::Account(ben), invite))
        .unwrap();
    let ada_name = DisplayName::from_store("ada".into());
    world.write(Op::RenameUser(ada, ada_name)).unwrap();
    let room = world.room(ada, RoomKind::Closed, &[ben]);
    world
        .put(ada, room, ben.user, Some(RoomRole::Owner))
        .unwrap();
    world
        .put(ada, room, ben.user, Some(RoomRole::Owner))
        .unwrap();
    world.post(ada, room, "nobody's business");
    world.write(Op::EndSession(ben, ben.session)).unwrap();
    let both = Op::UpdateUser {
        by: Authority::Console,
        user: ben.user,
        role: Some(ServerRole::Member),
        disabled: Some(true),
    };
    world.write(both).unwrap();

    let all = entries(&world);
    let said: Vec<_> = all[before..]
        .iter()
        .map(|entry| (entry.what.as_str(), entry.by, entry.about, entry.room))
        .collect();
    let (a, b) = (Some(ada.user), Some(ben.user));
    let expected = [
        ("made an admin", None, b, None),
        ("made an invite", b, None, None),
        ("made an owner of a room", a, b, Some(room)),
        ("signed out", b, b, None),
        ("made a member and disabled", None, b, None),
    ];
    assert_eq!(said, expected);
    assert_eq!(all[before + 1].session, Some(ben.session), "where");
    assert_eq!(all[before].at, then, "when");
}

pub fn it_is_read_a_page_at_a_time(backend: &dyn Backend) {
    let (mut world, []) = World::with(backend, []);
    for n in 0..5 {
        let new = world.account(&format!("user{n}"), Grant::Console { admin: false });
        world.write(Op::AddAccount(new)).unwrap();
    }
    let all = world.read.audit(0, 1000).unwrap();
    let mut paged = world.read.audit(0, 2).unwrap();
    assert_eq!(paged.len(), 2);
    while let Some((last, _)) = paged.last() {
        let more = world.read.audit(*last, 2).unwrap();
        if more.is_empty() {
            break;
        }
        paged.extend(more);
    }
    assert_eq!(paged, all);
}
