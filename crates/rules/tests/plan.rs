//! What each verb comes to, as tables: what would change, in what order things
//! are asked, and whose a room is when its last owner goes.

mod facts;

use facts::*;
use parlor_protocol::{Code, EventKind, RoomId, RoomKind, RoomRole, ServerRole, UserId, limits};
use parlor_rules::{Detail, Facts, Plan, ReactionFacts, plan};

const OWNER: Option<RoomRole> = Some(RoomRole::Owner);
const MEMBER: Option<RoomRole> = Some(RoomRole::Member);

fn in_room(kind: RoomKind, role: Option<RoomRole>, detail: Detail) -> Facts {
    Facts {
        room: Some(room(kind, role)),
        ..facts::facts(detail)
    }
}

fn nowhere(facts: &Facts) -> Facts {
    Facts {
        room: None,
        ..facts.clone()
    }
}

fn archived(facts: &Facts) -> Facts {
    let mut facts = facts.clone();
    facts.room.as_mut().expect("a room").archived = true;
    facts
}

#[test]
fn a_message_that_is_not_there_or_deleted_is_not_found_but_for_a_second_deletion() {
    let (hers, gone) = (message(&ada()), deleted(&ada()));
    let none = ReactionFacts::default();
    let about = |it: Option<_>| Detail::Message(it);
    let replying = |it| Detail::Post {
        reply_to: it,
        mentioned: Vec::new(),
    };
    for (command, details, expected) in [
        (
            edit("new"),
            [
                about(Some(hers.clone())),
                about(None),
                about(Some(gone.clone())),
            ],
            ["message_edited by ada", "not_found", "not_found"],
        ),
        (
            delete(),
            [
                about(Some(hers.clone())),
                about(None),
                about(Some(gone.clone())),
            ],
            ["message_deleted by ada", "not_found", "unchanged 9 9000"],
        ),
        (
            react(),
            [
                reaction(Some(hers.clone()), none),
                reaction(None, none),
                reaction(Some(gone.clone()), none),
            ],
            ["reaction_added by ada", "not_found", "not_found"],
        ),
        (
            unreact(),
            [
                reaction(Some(hers.clone()), none),
                reaction(None, none),
                reaction(Some(gone.clone()), none),
            ],
            ["unchanged 9 9000", "not_found", "not_found"],
        ),
        (
            reply(),
            [
                replying(Some(hers.clone())),
                replying(None),
                replying(Some(gone.clone())),
            ],
            ["message_posted by ada", "not_found", "not_found"],
        ),
    ] {
        for (detail, expected) in details.into_iter().zip(expected) {
            let facts = facts(detail);
            assert_eq!(short(&command, &facts), expected, "{command:?}");
            assert_eq!(short(&command, &nowhere(&facts)), "not_found");
            let in_archive = match expected {
                "not_found" => "not_found",
                _ => "room_archived",
            };
            assert_eq!(short(&command, &archived(&facts)), in_archive);
        }
    }
}

#[test]
fn a_right_is_asked_for_before_the_archive() {
    let facts = archived(&facts(Detail::Message(Some(message(&ben())))));
    assert_eq!(short(&edit("new"), &facts), "forbidden");
    assert_eq!(short(&delete(), &facts), "forbidden");
}

#[test]
fn what_changes_nothing_is_acked_with_the_messages_rev() {
    let mine = ReactionFacts {
        mine: true,
        there: true,
        kinds: 50,
    };
    let same = facts(Detail::Message(Some(message(&ada()))));
    assert_eq!(short(&edit("hello"), &same), "unchanged 9 9000");
    let there = facts(reaction(Some(message(&ben())), mine));
    assert_eq!(short(&react(), &there), "unchanged 9 9000");
    assert_eq!(short(&unreact(), &there), "reaction_removed by ada");
}

#[test]
fn the_fifty_first_kind_of_reaction_is_one_too_many() {
    for (there, kinds, expected) in [
        (false, 49, "reaction_added by ada"),
        (false, 50, "too_many_reactions"),
        (true, 50, "reaction_added by ada"),
    ] {
        let mine = false;
        let counted = ReactionFacts { mine, there, kinds };
        let facts = facts(reaction(Some(message(&ben())), counted));
        assert_eq!(short(&react(), &facts), expected);
    }
}

#[test]
fn a_deletion_says_who_wrote_it_and_whom_it_named() {
    let facts = in_room(
        RoomKind::Closed,
        OWNER,
        Detail::Message(Some(message(&ben()))),
    );
    let Ok(Plan::Events(events)) = plan(&delete(), &facts) else {
        panic!("refused");
    };
    let expected = EventKind::MessageDeleted {
        target: seq(5),
        author: ben().id,
        nonce: nonce(),
        mentions: vec![cy().id],
    };
    assert_eq!(events[0].kind, expected);
}

#[test]
fn a_post_keeps_its_mentions_fifty_at_most() {
    let mentioned: Vec<UserId> = (100..160).map(UserId::from_u128).collect();
    let facts = facts(Detail::Post {
        reply_to: None,
        mentioned: mentioned.clone(),
    });
    let Ok(Plan::Events(events)) = plan(&post(), &facts) else {
        panic!("refused");
    };
    assert!(
        matches!(&events[0].kind, EventKind::MessagePosted { mentions, .. } if *mentions == mentioned[..50])
    );
}

#[test]
fn a_new_room_begins_with_its_maker_and_the_others_in_order() {
    let create_facts = |people: Vec<_>| {
        let detail = Detail::Create {
            named: None,
            direct: None,
            people,
            actor_rooms: 1,
        };
        nowhere(&facts(detail))
    };
    let people = vec![subject(cy(), None), subject(ben(), None)];
    for (kind, maker) in [
        (RoomKind::Open, "owner"),
        (RoomKind::Closed, "owner"),
        (RoomKind::Direct, "member"),
    ] {
        let made = short(&create(kind, &[cy(), ben()]), &create_facts(people.clone()));
        let expected = format!(
            "room_created by ada, member_joined ada {maker} by ada, \
             member_joined cy member by ada, member_joined ben member by ada"
        );
        assert_eq!(made, expected);
        let one_is_missing = create_facts(vec![subject(cy(), None)]);
        let refused = short(&create(kind, &[cy(), ben()]), &one_is_missing);
        assert_eq!(refused, "not_found");
    }
    assert_eq!(
        short(&create(RoomKind::Direct, &[]), &create_facts(Vec::new())),
        "bad_members"
    );
}

#[test]
fn a_name_or_a_direct_room_is_there_once() {
    let taken = Some(RoomId::from_u128(3));
    let there = nowhere(&facts(Detail::Create {
        named: taken,
        direct: taken,
        people: vec![subject(ben(), None)],
        actor_rooms: limits::USER_ROOMS,
    }));
    let open = plan(&create(RoomKind::Open, &[ben()]), &there).unwrap_err();
    assert_eq!((open.code, open.room), (Code::RoomExists, taken));
    assert_eq!(
        short(&create(RoomKind::Direct, &[ben()]), &there),
        "existing 3"
    );
    assert_eq!(
        short(&create(RoomKind::Closed, &[ben()]), &there),
        "too_many_rooms"
    );

    let owner = |named| in_room(RoomKind::Open, OWNER, Detail::Update { named });
    let renamed = plan(&update(Some("coffee"), None, None), &owner(taken)).unwrap_err();
    assert_eq!((renamed.code, renamed.room), (Code::RoomExists, taken));
    let closed = in_room(RoomKind::Closed, OWNER, Detail::Update { named: taken });
    let renamed = short(&update(Some("coffee"), None, None), &closed);
    assert_eq!(renamed, "room_updated by ada");
}

#[test]
fn a_room_is_set_only_where_something_changes_and_brought_back_with_a_new_name() {
    let owner = in_room(RoomKind::Open, OWNER, Detail::Update { named: None });
    let put_away = archived(&owner);
    for (command, here, there) in [
        (update(None, None, None), "nothing", "nothing"),
        (
            update(Some("tea"), Some("Oolong"), None),
            "nothing",
            "nothing",
        ),
        (
            update(Some("tea"), Some("Mate"), None),
            "room_updated by ada",
            "room_archived",
        ),
        (
            update(None, None, Some(true)),
            "room_updated by ada",
            "nothing",
        ),
        (
            update(Some("mate"), None, Some(true)),
            "room_updated by ada",
            "room_archived",
        ),
        (
            update(Some("mate"), None, Some(false)),
            "room_updated by ada",
            "room_updated by ada",
        ),
    ] {
        assert_eq!(short(&command, &owner), here, "{command:?}");
        assert_eq!(short(&command, &put_away), there, "{command:?}, archived");
    }
    let changed = plan(&update(Some("tea"), Some("Mate"), Some(false)), &owner);
    let Ok(Plan::Events(events)) = changed else {
        panic!("{changed:?}");
    };
    assert!(matches!(
        &events[0].kind,
        EventKind::RoomUpdated {
            name: None,
            topic: Some(_),
            archived: None
        }
    ));
}

#[test]
fn the_last_owner_goes_by_making_the_longest_member_owner() {
    let about = |person, role, owners, heir| Detail::Member {
        subject: Some(subject(person, role)),
        owners,
        heir,
    };
    let closed = |detail| in_room(RoomKind::Closed, OWNER, detail);
    let inherits = "role_changed cy owner by parlor";
    for (command, detail, expected) in [
        (
            remove(&ada()),
            about(ada(), OWNER, 1, Some(cy())),
            format!("member_left by ada, {inherits}"),
        ),
        (
            remove(&ada()),
            about(ada(), OWNER, 2, Some(cy())),
            "member_left by ada".into(),
        ),
        (
            remove(&ada()),
            about(ada(), OWNER, 1, None),
            "member_left by ada".into(),
        ),
        (
            remove(&ben()),
            about(ben(), MEMBER, 1, Some(cy())),
            "member_left by ada".into(),
        ),
        (
            put(&ada(), MEMBER),
            about(ada(), OWNER, 1, Some(cy())),
            format!("role_changed ada member by ada, {inherits}"),
        ),
        (
            put(&ada(), MEMBER),
            about(ada(), OWNER, 2, Some(cy())),
            "role_changed ada member by ada".into(),
        ),
        (
            put(&ada(), MEMBER),
            about(ada(), OWNER, 1, None),
            "role_changed ada member by ada, role_changed ada owner by parlor".into(),
        ),
        (
            put(&ben(), OWNER),
            about(ben(), MEMBER, 1, Some(cy())),
            "role_changed ben owner by ada".into(),
        ),
    ] {
        assert_eq!(short(&command, &closed(detail)), expected, "{command:?}");
    }
    let admin = Facts {
        actor_role: ServerRole::Admin,
        ..in_room(RoomKind::Open, None, about(ben(), OWNER, 1, Some(cy())))
    };
    assert_eq!(
        short(&remove(&ben()), &admin),
        format!("member_left by ada, {inherits}")
    );
}

#[test]
fn a_full_person_joins_no_room_and_nobody_unknown_does() {
    let mut full = subject(ada(), None);
    full.rooms = limits::USER_ROOMS;
    let facts = in_room(RoomKind::Open, None, member(full));
    assert_eq!(short(&put(&ada(), None), &facts), "too_many_rooms");
    let nobody = in_room(
        RoomKind::Open,
        OWNER,
        Detail::Member {
            subject: None,
            owners: 1,
            heir: None,
        },
    );
    for command in [put(&ben(), None), remove(&ben())] {
        assert_eq!(short(&command, &nobody), "not_found");
    }
}

#[test]
fn facts_of_another_command_are_a_bug_and_said_to_be() {
    let facts = facts(post_detail());
    for command in [
        edit("new"),
        react(),
        update(None, None, None),
        put(&ben(), None),
        create(RoomKind::Open, &[]),
    ] {
        assert_eq!(short(&command, &facts), "internal");
    }
}
