//! Each event of a room exactly once and in order, or a word about why not.

use parlor_client::{Credentials, Ended, Options, Start, Update};
use parlor_protocol::frame::ResetReason;
use parlor_testkit::TestServer;
use parlor_testkit::ambient::SeededRandom;
use serde_json::{Value, json};

use crate::support::{Follower, Proxy, ambient, room, seq};

#[tokio::test]
async fn cuts_and_restarts_lose_double_and_misorder_nothing() {
    let (proxy, mut server, olga) = Proxy::before_a_server().await;
    let ada = server.person("ada").await.moved_to(proxy.address);
    let general = room(&server.general);
    let mut reader = Follower::start(proxy.address, &ada, Start::Beginning, None);
    let mut writer = Follower::start(proxy.address, &olga, Start::Head, None);
    let chance = SeededRandom::new(7);
    let (mut said, mut last) = (Vec::new(), 0);
    for round in 0..60 {
        for part in 0..2 {
            let text = format!("{round}.{part}");
            let pending = writer.client.post(general, &text).await;
            said.push((text, pending.expect("it is taken in")));
        }
        match chance.below(6) {
            0 => proxy.cut(),
            1 => {
                proxy.cut();
                writer.connected().await;
            }
            2 if round > 30 && last == 0 => {
                last = round;
                server.restart().await;
                proxy.lead_to(Some(server.address()));
            }
            _ => tokio::task::yield_now().await,
        }
    }
    let mut numbers = Vec::new();
    while writer.settled.len() < said.len() {
        assert!(writer.next().await.is_some());
    }
    for (text, pending) in &said {
        match &writer.settled[&pending.nonce] {
            parlor_client::Outcome::Done(seq) => numbers.push(seq.get()),
            other => panic!("{text}: {other:?}"),
        }
    }
    assert!(numbers.is_sorted_by(|a, b| a < b), "in the order said");
    let log = olga.log(&server.general).await;
    reader.told_to(general, log.len() as u64).await;
    writer.told_to(general, log.len() as u64).await;
    reader.agrees(general, &log);
    writer.agrees(general, &log);
    assert_eq!(reader.told[&general].from, Some(0));
    let texts = |log: &[Value]| -> Vec<String> {
        let texts = log.iter().filter_map(|event| event["text"].as_str());
        texts.map(str::to_owned).collect()
    };
    let said: Vec<String> = said.into_iter().map(|(text, _)| text).collect();
    assert_eq!(texts(&log), said, "one message each");
    reader.stop().await;
}

#[tokio::test]
async fn a_server_that_stops_is_noticed_within_12_s() {
    let (proxy, _server, olga) = Proxy::before_a_server().await;
    let mut follower = Follower::start(proxy.address, &olga, Start::Head, None);
    follower.connected().await;
    let held = tokio::time::Instant::now();
    proxy.hold();
    follower
        .until("the end of the connection", |update| {
            matches!(update, Update::Disconnected { .. })
        })
        .await;
    // A second for a busy machine.
    assert!(held.elapsed().as_millis() < 13_000, "{:?}", held.elapsed());
}

#[tokio::test]
async fn who_is_far_behind_reads_the_log_and_misses_nothing() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let general = room(&server.general);
    let folder = parlor_testkit::folder::temporary();
    let state = folder.path().join("state.json");
    let mut first = Follower::start(server.address(), &ada, Start::Head, Some(&state));
    first.connected().await;
    let before = ben.log(&server.general).await.len() as u64;
    let mut phone = ben.connect().await;
    phone.post(&server.general, "seen").await;
    first.told_to(general, before + 1).await;
    first.stop().await;

    let many = (0..1500).map(|number| format!("missed {number}"));
    phone.post_many(&server.general, many).await;
    let mut again = Follower::start(server.address(), &ada, Start::Head, Some(&state));
    again.connected().await;
    phone.post(&server.general, "while it reads").await;
    again.told_to(general, before + 1502).await;
    assert_eq!(again.told[&general].from, Some(before + 1));
    again.agrees(general, &ben.log(&server.general).await);
    again.stop().await;
}

#[tokio::test]
async fn a_new_room_is_read_from_its_beginning_however_long_it_is() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let long = ben.closed_room("long", &[]).await;
    let mut phone = ben.connect().await;
    phone
        .post_many(&long, (0..1200).map(|n| n.to_string()))
        .await;
    let mut follower = Follower::start(server.address(), &ada, Start::Beginning, None);
    follower.connected().await;
    ben.add(&long, &ada).await;
    let log = ben.log(&long).await;
    follower.told_to(room(&long), log.len() as u64).await;
    follower.agrees(room(&long), &log);
}

#[tokio::test]
async fn another_life_of_the_database_is_told_and_begins_anew() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let general = room(&server.general);
    let folder = parlor_testkit::folder::temporary();
    let state = folder.path().join("state.json");
    let kept = json!({
        "version": 1, "epoch": "of a backup", "cursors": {&server.general: 1},
        "outbox": {"entries": []},
    });
    for (start, after) in [(Start::Head, None), (Start::Beginning, Some(0))] {
        std::fs::write(&state, kept.to_string()).expect("a file");
        let mut follower = Follower::start(server.address(), &ada, start, Some(&state));
        let forgotten = |update: &Update| {
            matches!(update, Update::Forgotten { room, reason: ResetReason::Epoch, .. }
                if *room == general)
        };
        follower.until("what is forgotten", forgotten).await;
        let log = ada.log(&server.general).await;
        let from = after.unwrap_or(log.len() as u64);
        assert_eq!(follower.told[&general].from, Some(from));
        follower.told_to(general, log.len() as u64).await;
        follower.agrees(general, &log);
        follower.stop().await;
        let kept: Value =
            serde_json::from_slice(&std::fs::read(&state).expect("a file")).expect("JSON");
        assert_eq!(kept["epoch"], server.epoch);
        assert_eq!(kept["cursors"][&server.general], log.len());
    }
}

#[tokio::test]
async fn a_removal_is_exact_and_who_comes_back_goes_on_without_a_hole() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let closed = ben.closed_room("plans", &[&ada]).await;
    let mut head = Follower::start(server.address(), &ada, Start::Head, None);
    let mut whole = Follower::start(server.address(), &ada, Start::Beginning, None);
    head.connected().await;
    whole.connected().await;
    ben.remove(&closed, &ada).await;
    let removal = ben.log(&closed).await.len() as u64;
    for follower in [&mut head, &mut whole] {
        let removed = follower
            .until("the removal", |update| {
                matches!(update, Update::RoomRemoved { .. })
            })
            .await;
        let Update::RoomRemoved {
            room: which,
            seq: at,
        } = removed
        else {
            unreachable!("it was one")
        };
        assert_eq!((which, at), (room(&closed), Some(seq(removal))));
    }
    assert!(
        head.told
            .get(&room(&closed))
            .is_none_or(|told| told.last() <= removal)
    );
    ben.post(&closed, "behind her back", "secret")
        .await
        .expect(201);
    ben.add(&closed, &ada).await;
    ben.post(&closed, "welcome back", "open").await.expect(201);
    let log = ben.log(&closed).await;
    whole.told_to(room(&closed), log.len() as u64).await;
    whole.agrees(room(&closed), &log);
    assert_eq!(whole.told[&room(&closed)].from, Some(0));
    head.told.remove(&room(&closed));
    head.told_to(room(&closed), log.len() as u64).await;
    head.agrees(room(&closed), &log);
}

#[tokio::test]
async fn the_end_of_the_session_is_the_end_of_the_client() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut follower = Follower::start(server.address(), &ada, Start::Head, None);
    follower.connected().await;
    ada.http().delete("sessions/current").await.expect(204);
    assert!(matches!(follower.ended().await, Ended::NotLetIn(_)));
    let mut late = Follower::start(server.address(), &ada, Start::Head, None);
    assert!(matches!(late.ended().await, Ended::NotLetIn(_)));
}

#[tokio::test]
async fn a_password_signs_in_and_a_ticket_is_good_for_one_connection() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada", None).await;
    let options = |credentials| Options {
        address: format!("http://{}", server.address())
            .parse()
            .expect("an address"),
        credentials,
        start: Start::Head,
        state: None,
        ambient: ambient(3),
    };
    let mut right = Follower::with(options(Credentials::Password {
        username: "ada".into(),
        password: parlor_testkit::server::password_of("ada"),
    }));
    right.connected().await;
    let mut wrong = Follower::with(options(Credentials::Password {
        username: "ada".into(),
        password: "wrong horse".into(),
    }));
    assert!(matches!(wrong.ended().await, Ended::NotLetIn(_)));
    let ticket = ada.http().post("tickets", json!({})).await.expect(201);
    let ticket = Credentials::Ticket(ticket["ticket"].as_str().expect("a ticket").into());
    let mut once = Follower::with(options(ticket.clone()));
    once.connected().await;
    let mut twice = Follower::with(options(ticket));
    assert!(matches!(twice.ended().await, Ended::NotLetIn(_)));
}
