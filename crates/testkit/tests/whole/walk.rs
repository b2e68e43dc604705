//! Many people at once, doing whatever comes to mind, with connections that break:
//! in the end each holds a part of the one log, to the letter.

use std::collections::BTreeSet;

use parlor_testkit::ambient::SeededRandom;
use parlor_testkit::person::{items, number, text};
use parlor_testkit::{ExactlyOnce, Person, Phone, TestServer};
use serde_json::json;

const STEPS: usize = 80;

/// Does one thing; refusals are part of it.
async fn step(
    n: usize,
    me: &Person,
    phone: &mut Phone,
    rooms: &[String],
    people: &[Person],
    chance: &SeededRandom,
) {
    let room = &rooms[chance.below(rooms.len())];
    let target = json!(chance.below(60));
    match chance.below(16) {
        0..=6 => {
            let name = &people[chance.below(people.len())].username;
            let words = format!("{n} @{name} {}", "x".repeat(chance.below(4000)));
            phone.try_post(room, &words, &format!("{n}")).await;
        }
        7 => {
            phone
                .act(
                    "edit",
                    room,
                    &target,
                    json!({"text": format!("edited {n}")}),
                )
                .await;
        }
        8 => {
            phone.act("delete", room, &target, json!({})).await;
        }
        9 => {
            phone
                .act("react", room, &target, json!({"emoji": "👍"}))
                .await;
        }
        10 => {
            phone
                .request(json!({"type": "read", "room": room, "seq": target}))
                .await;
        }
        11 => {
            me.http()
                .put(&format!("rooms/{room}/members/me"), json!({}))
                .await;
        }
        12 => {
            me.http().delete(&format!("rooms/{room}/members/me")).await;
        }
        13 => {
            let whom = &people[chance.below(people.len())];
            let path = format!("rooms/{room}/members/{}", whom.id);
            if chance.below(2) == 0 {
                me.http().put(&path, json!({})).await;
            } else {
                me.http().delete(&path).await;
            }
        }
        14 => {
            if let Some(cursor) = phone.held.cursor(room) {
                // Two, the second before the first is done.
                let mut ids = Vec::new();
                for _ in 0..2 {
                    let after = cursor - chance.below(cursor as usize + 1) as u64;
                    let resume = json!({"type": "resume", "room": room, "after": after});
                    ids.push(phone.ask(resume).await);
                }
                for id in ids {
                    phone.answer(&id).await;
                }
            }
        }
        _ => phone.settle().await,
    }
}

async fn live_a_little(seed: u64, me: Person, rooms: Vec<String>, people: Vec<Person>) -> Phone {
    let chance = SeededRandom::new(seed);
    let mut phone = me.connect().await;
    for n in 0..STEPS {
        step(n, &me, &mut phone, &rooms, &people, &chance).await;
        if chance.below(10) == 0 {
            let held: ExactlyOnce = phone.cut();
            phone = me.connect_from(held).await;
        }
    }
    phone
}

#[tokio::test]
async fn in_the_end_everyone_holds_a_part_of_the_one_log() {
    walk(TestServer::start().await).await;
}

#[tokio::test]
async fn and_so_it_is_on_the_store_in_memory() {
    walk(TestServer::with().in_memory().start().await).await;
}

async fn walk(server: TestServer) {
    let mut people = Vec::new();
    for name in ["ada", "ben", "cleo", "dan", "eve", "fay"] {
        people.push(server.person(name).await);
    }
    let all: Vec<&Person> = people.iter().collect();
    let rooms = vec![
        server.general.clone(),
        people[0].room("open").await,
        people[1].closed_room("closed", &all[2..5]).await,
        people[2].direct_room(&all[3..4]).await,
    ];
    // Two read nothing until all is over, over sockets that are full soon.
    let mut sleeping = Vec::new();
    for person in &people[4..] {
        let held = ExactlyOnce::default().from_the_start(&server.epoch, &server.general);
        sleeping.push((person, person.connect_narrow(held).await));
    }
    let mut living = Vec::new();
    for (seed, person) in (100..).zip(&people) {
        living.push(tokio::spawn(live_a_little(
            seed,
            person.clone(),
            rooms.clone(),
            people.clone(),
        )));
    }
    let mut phones = Vec::new();
    for living in living {
        phones.push(living.await.expect("a life without a panic"));
    }
    for (person, mut phone) in people.iter().zip(phones).chain(sleeping) {
        let mine = items(&person.http().get("rooms").await.expect(200));
        let ids: BTreeSet<String> = mine.iter().map(|room| text(&room["id"])).collect();
        let same =
            |held: &ExactlyOnce| held.rooms().map(str::to_owned).collect::<BTreeSet<_>>() == ids;
        phone.read_until("the rooms that are mine", same).await;
        for room in &mine {
            let id = text(&room["id"]);
            phone.hold(&id, number(&room["head"])).await;
            phone.held.agrees_with(&id, &person.log(&id).await);
        }
    }
}
