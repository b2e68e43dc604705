//! `parlor restore`: the backup as it was, in a new life, or the old database untouched.

use std::fs;
use std::time::Duration;

use parlor_testkit::person::{items, text};

use crate::support::{Home, PASSWORD, Serving};

const BEFORE: &str = "written before the backup";
const AFTER: &str = "written after the backup";

/// An owned server with a backup in `copy.db`, and something newer; stopped. And a token of it.
async fn backed_up() -> (Home, String) {
    let home = Home::new();
    for (name, admin) in [("olga", true), ("max", true), ("ada", false)] {
        let mut args = vec!["user", "add", name, "--password-stdin"];
        args.extend(admin.then_some("--admin"));
        home.say(&args, PASSWORD).await;
    }
    let token = home.say(&["token", "create", "ada"], "").await;
    let server = home.serve().await;
    say_in_general(&server, BEFORE).await;
    home.say(&["backup", "copy.db"], "").await;
    say_in_general(&server, AFTER).await;
    server.stop().await;
    (home, token)
}

async fn say_in_general(server: &Serving, what: &str) {
    let mut phone = server.sign_in("ada", PASSWORD).await.connect().await;
    let general = text(&phone.ready["rooms"][0]["id"]);
    phone.post(&general, what).await;
}

/// What stands in `general`, as ada reads it; and the epoch.
async fn read(server: &Serving) -> (String, String) {
    let ada = server.sign_in("ada", PASSWORD).await;
    let rooms = ada.http().get("rooms").await.expect(200);
    let general = text(&rooms["items"][0]["id"]);
    let page = ada.http().get(&format!("rooms/{general}/messages")).await;
    let page = page.expect(200);
    let texts: Vec<String> = items(&page)
        .iter()
        .map(|message| text(&message["text"]))
        .collect();
    (texts.join(" | "), text(&page["epoch"]))
}

#[tokio::test]
async fn on_another_machine_all_is_there_and_nobody_is_signed_in() {
    let (home, token) = backed_up().await;
    let server = home.serve().await;
    let (_, old_epoch) = read(&server).await;
    server.stop().await;

    let other = Home::new();
    let copy = home.path().join("copy.db");
    let said = other.say(&["restore", copy.to_str().unwrap()], "").await;
    let staff: Vec<&str> = said.lines().rev().take(2).collect();
    assert_eq!(staff, ["admin max", "owner olga"], "{said}");
    let server = other.serve().await;
    server
        .http()
        .bearer(&token)
        .get("me")
        .await
        .refused(401, "not_signed_in");
    let (texts, epoch) = read(&server).await;
    assert_eq!(texts, BEFORE);
    assert_ne!(epoch, old_epoch);
    server.stop().await;
    other.say(&["verify"], "").await;
}

#[tokio::test]
async fn beside_a_server_and_over_a_database_it_is_refused() {
    let (home, _) = backed_up().await;
    let server = home.serve().await;
    for args in [
        &["restore", "copy.db"][..],
        &["restore", "copy.db", "--replace"],
    ] {
        let why = home.fail_with(7, args).await;
        assert!(why.contains("in use"), "{why}");
    }
    assert!(read(&server).await.0.contains(AFTER));
    server.stop().await;
    let why = home.fail(&["restore", "copy.db"]).await;
    assert!(why.contains("--replace"), "{why}");

    let said = home.say(&["restore", "copy.db", "--replace"], "").await;
    let kept = said.lines().find_map(|line| line.split("kept as ").nth(1));
    let kept = kept.expect("where the old one is");
    let verified = home.say(&["verify", "--data-dir", kept], "").await;
    assert!(verified.contains("agrees"), "{verified}");
    let server = home.serve().await;
    assert_eq!(read(&server).await.0, BEFORE);
    server.stop().await;
}

#[tokio::test]
async fn a_bad_file_is_named_and_the_database_is_as_it_was() {
    let (home, _) = backed_up().await;
    let before = fs::read(home.database()).unwrap();
    let whole = fs::read(home.path().join("copy.db")).unwrap();
    let mut flipped = whole.clone();
    let words = BEFORE.as_bytes();
    for at in 0..whole.len() - words.len() {
        if &whole[at..at + words.len()] == words {
            flipped[at] ^= 1;
        }
    }
    for (content, word) in [
        (&whole[..whole.len() / 2], "damaged"),
        (&whole[..100], "damaged"),
        (&flipped, "checksum"),
        (b"my diary, not a database of yours".as_slice(), "no backup"),
        (b"", "no backup"),
    ] {
        fs::write(home.path().join("bad.db"), content).unwrap();
        let why = home.fail_with(9, &["restore", "bad.db", "--replace"]).await;
        assert!(why.contains("bad.db") && why.contains(word), "{why}");
    }
    home.fail(&["restore", "missing.db", "--replace"]).await;
    home.fail(&["restore", ".", "--replace"]).await;
    assert_eq!(fs::read(home.database()).unwrap(), before);
    for entry in fs::read_dir(home.data()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.contains("restoring") && !name.contains("replaced"));
    }
}

#[tokio::test]
async fn killed_at_any_moment_it_leaves_the_old_database_or_the_new_one() {
    let (home, _) = backed_up().await;
    let mut killed = 0;
    for wait in 0..12 {
        let before = fs::read(home.database()).unwrap();
        let mut command = home.command(&["restore", "copy.db", "--replace"]);
        command.stdout(std::process::Stdio::null());
        let mut child = command.spawn().unwrap();
        let ended = tokio::time::timeout(Duration::from_millis(8 * wait), child.wait()).await;
        if ended.is_err() {
            child.kill().await.unwrap();
            killed += 1;
        }
        let server = home.serve().await;
        let (texts, _) = read(&server).await;
        server.stop().await;
        let old = format!("{BEFORE} | {AFTER}");
        assert!(texts == old || texts == BEFORE, "{texts}");
        home.say(&["verify"], "").await;
        // Each round begins with the old one.
        if texts == BEFORE {
            fs::write(home.database(), before).unwrap();
        }
    }
    assert!(killed > 0);
    home.say(&["restore", "copy.db", "--replace"], "").await;
    assert!(!home.data().join("parlor.db.restoring").exists());
}
