//! Joining and leaving travel the room's own road.

use parlor_protocol::EventKind;
use parlor_store::write::Op;
use serde_json::json;

use crate::house::house;

#[test]
fn who_is_removed_hears_of_it_and_nothing_more_until_taken_in_again() {
    let house = house();
    let (ada, bob) = (house.person("ada"), house.person("bob"));
    let kitchen = house.room(ada, &[bob]);
    let (mut a, mut b) = (house.live_phone(ada), house.live_phone(bob));
    house.remove_member(ada, kitchen, bob.user);
    let removed = b.hear_type("room_removed");
    assert_eq!(removed["room"], json!(kitchen));
    let left = a.hear();
    assert_eq!(left["events"][0]["kind"], "member_left");
    assert_eq!(removed["seq"], left["events"][0]["seq"]);
    house.post(ada, kitchen, "without bob");
    b.hear_nothing();
    b.say(json!({"type": "resume", "id": "r", "room": kitchen, "after": 0}));
    let refusal = b.hear();
    assert_eq!(
        (&refusal["id"], &refusal["code"]),
        (&json!("r"), &json!("not_found"))
    );
    house.put_member(ada, kitchen, bob.user);
    let added = b.hear();
    assert_eq!(added["type"], "room_added");
    let head = added["room"]["head"].as_u64().unwrap();
    assert_eq!(added["room"]["joined"].as_u64(), Some(head));
    let next = house.post(ada, kitchen, "with bob");
    assert_eq!(next.get(), head + 1);
    assert_eq!(b.hear_seqs(kitchen, next), [next.get()]);
}

#[test]
fn a_new_room_comes_to_everyone_in_it() {
    let house = house();
    let (ada, bob) = (house.person("ada"), house.person("bob"));
    let (mut a, mut b) = (house.live_phone(ada), house.live_phone(bob));
    let kitchen = house.room(ada, &[bob]);
    for phone in [&mut a, &mut b] {
        let added = phone.hear();
        assert_eq!(added["type"], "room_added");
        assert_eq!(added["room"]["id"], json!(kitchen));
    }
    let seq = house.post(ada, kitchen, "hi");
    assert_eq!(a.hear_seqs(kitchen, seq), [seq.get()]);
    assert_eq!(b.hear_seqs(kitchen, seq), [seq.get()]);
}

#[test]
fn joining_and_leaving_under_load_nobody_is_sent_what_is_not_theirs() {
    let house = house();
    let (ada, bob) = (house.person("ada"), house.person("bob"));
    let kitchen = house.room(ada, &[]);
    let mut phone = house.live_phone(bob);
    for round in 0..20 {
        house.put_member(ada, kitchen, bob.user);
        let texts = (0..20).map(|n| format!("{round} {n}"));
        house.post_many(ada, kitchen, texts);
        house.remove_member(ada, kitchen, bob.user);
        house.post(ada, kitchen, "without bob");
    }
    house.put_member(ada, kitchen, bob.user);
    let end = house.post(ada, kitchen, "the end");
    // What each place may hold: from room_added's head on, up to room_removed's seq.
    let mut place: Option<u64> = None;
    loop {
        let frame = phone.hear();
        match frame["type"].as_str().unwrap() {
            "room_added" => {
                assert_eq!(place, None);
                place = frame["room"]["head"].as_u64();
            }
            "events" => {
                for event in frame["events"].as_array().unwrap() {
                    let seq = event["seq"].as_u64();
                    assert_eq!(seq, place.map(|place| place + 1));
                    assert_ne!(event["text"], "without bob");
                    place = seq;
                }
                if place == Some(end.get()) {
                    break;
                }
            }
            "room_removed" => {
                let at = frame["seq"].as_u64().unwrap();
                assert!(place.take().is_some_and(|place| place <= at));
            }
            other => panic!("{other}"),
        }
        if place == Some(end.get()) {
            break;
        }
    }
    let page =
        house
            .live
            .reader()
            .events(bob.user, kitchen, parlor_protocol::Seq::ZERO, 1000, 1 << 20);
    let events = page.unwrap().unwrap().events;
    let left = events.iter().filter(|event| {
        let event = event.decode().unwrap();
        matches!(event.kind, EventKind::MemberLeft { .. })
    });
    assert_eq!(left.count(), 20);
}

#[test]
fn a_new_name_is_told_to_everyone() {
    let house = house();
    let (ada, bob) = (house.person("ada"), house.person("bob"));
    let mut phone = house.live_phone(bob);
    let name = parlor_protocol::DisplayName::parse("Ada L.").unwrap();
    house.submit(Op::RenameUser(ada, name)).unwrap();
    let updated = phone.hear();
    assert_eq!(updated["type"], "user_updated");
    assert_eq!(updated["user"]["name"], "Ada L.");
}
