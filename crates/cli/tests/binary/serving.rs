//! `parlor serve` from its first start through `kill -9` to an ordered end.

use std::os::unix::fs::PermissionsExt as _;

use parlor_testkit::person::text;
use parlor_testkit::until::{soon, until};
use parlor_testkit::{ExactlyOnce, Person};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::{Home, PASSWORD, Serving};

async fn general(person: &Person) -> (String, String) {
    let phone = person.connect().await;
    let ready = &phone.ready;
    (text(&ready["rooms"][0]["id"]), text(&ready["epoch"]))
}

#[tokio::test]
async fn a_first_start_says_where_it_is_whose_it_could_be_and_how_to_try_it() {
    let home = Home::new();
    let mut server = home.serve().await;
    let link = server.line_with("/claim#").await;
    assert!(
        link.contains(&format!(
            "http://localhost:{}/claim#",
            server.address.port()
        )),
        "{link}"
    );
    let demo = server.line_with("prathmesh").await;
    assert!(demo.contains("123"), "{demo}");
    assert_eq!(
        home.data().metadata().unwrap().permissions().mode() & 0o777,
        0o700
    );
    assert_eq!(
        home.database().metadata().unwrap().permissions().mode() & 0o777,
        0o600
    );

    server.http().get("/readyz").await.expect(200);
    let guest = server.sign_in("prathmesh", "123").await;
    let (general, _) = general(&guest).await;
    guest.connect().await.post(&general, "hello").await;
    server.stop().await;
    assert!(!home.data().join("control.sock").exists());
}

#[tokio::test]
async fn the_printed_link_makes_an_owner() {
    let home = Home::new();
    let mut server = home.serve().await;
    let link = server.line_with("/claim#").await;
    let token = link.rsplit('#').next().unwrap().trim();
    let body = json!({"token": token, "username": "olga", "password": PASSWORD});
    server.http().post("claim", body).await.expect(201);
    server.stop().await;

    let mut server = home.serve().await;
    server.sign_in("olga", PASSWORD).await;
    server.signal("TERM").await;
    assert!(server.ended().await.success());
    assert_eq!(
        server.rest().await,
        "",
        "a claimed server says where it is, and nothing else"
    );
}

/// Posts until the server is gone, with nonces that begin so, and tells how many were acked; every ack
/// it was given.
pub(crate) async fn post_until_the_end(
    person: Person,
    room: String,
    nonces: String,
    count: watch::Sender<usize>,
) -> Vec<(String, Value)> {
    let mut phone = person.connect().await;
    let mut acked = Vec::new();
    for n in 0.. {
        let nonce = format!("{nonces}{n}");
        let post =
            json!({"type": "post", "room": room, "nonce": nonce, "text": format!("text {n}")});
        let id = phone.ask(post).await;
        let Some(answer) = phone.answer_or_close(&id).await else {
            break;
        };
        if answer["type"] == "ack" {
            acked.push((nonce, answer));
            count.send_replace(acked.len());
        }
    }
    acked
}

/// Killed the moment somebody sees an event, and the moment somebody is told that one is written: who
/// shows or says so too early is caught either way.
#[tokio::test]
async fn after_a_kill_everything_acked_is_there_and_known_by_its_nonce() {
    for behind_an_ack in [false, true] {
        let home = Home::new();
        let mut server = home.serve().await;
        let guest = server.sign_in("prathmesh", "123").await;
        let (general, epoch) = general(&guest).await;
        let mut watcher = guest
            .connect_from(ExactlyOnce::default().from_the_start(&epoch, &general))
            .await;
        let (count, mut counted) = watch::channel(0);
        let poster = post_until_the_end(guest.clone(), general.clone(), "n".into(), count);
        let poster = tokio::spawn(poster);
        if behind_an_ack {
            let enough = counted.wait_for(|acked| *acked >= 60);
            soon("60 acks", enough).await.unwrap();
        } else {
            watcher.hold(&general, 60).await;
        }
        server.kill().await;
        let acked = poster.await.unwrap();
        while watcher.answer_or_close("the end").await.is_some() {}
        assert!(acked.len() >= 50, "{}", acked.len());
        let said = home.say(&["verify"], "").await;
        assert!(said.contains("agrees"), "{said}");

        let server = home.serve().await;
        let guest = guest.moved_to(server.address);
        let log = guest.log(&general).await;
        let mut phone = guest.connect().await;
        for (nonce, ack) in &acked {
            let event = &log[usize::try_from(ack["seq"].as_u64().unwrap()).unwrap() - 1];
            assert_eq!((&event["nonce"], &event["at"]), (&json!(nonce), &ack["at"]));
        }
        let (nonce, first) = acked.last().unwrap();
        let text = format!("text {}", &nonce[1..]);
        let again = phone.post_as(&general, &text, nonce).await;
        assert_eq!(
            (&again["seq"], &again["duplicate"]),
            (&first["seq"], &json!(true))
        );
        // What was seen by anyone is there, too.
        watcher.held.agrees_with(&general, &log);
        assert!(log.len() as u64 >= watcher.held.cursor(&general).unwrap());
        server.stop().await;
    }
}

#[tokio::test]
async fn sigterm_and_sigint_tell_everyone_and_exit_0() {
    for signal in ["TERM", "INT"] {
        let home = Home::new();
        let mut server = home.serve().await;
        let mut phone = server.sign_in("prathmesh", "123").await.connect().await;
        server.signal(signal).await;
        let closed = phone.expect_close(1012).await;
        assert_eq!(closed.bye["reconnect"], true);
        assert!(closed.bye["after_ms"].is_u64(), "{closed:?}");
        assert_eq!(server.ended().await.code(), Some(0));
    }
}

#[tokio::test]
async fn a_server_killed_in_the_midst_of_its_start_starts_again() {
    let home = Home::new();
    for _ in 0..5 {
        let mut child = home
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .spawn()
            .unwrap();
        until("a database that is begun", async || {
            home.database().exists().then_some(())
        })
        .await;
        child.kill().await.unwrap();
    }
    let server: Serving = home.serve().await;
    server.http().get("/readyz").await.expect(200);
    server.stop().await;
}
