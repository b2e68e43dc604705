//! `parlor backup`: one file, whole or not there, made beside a server that is written to.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parlor_testkit::person::text;

use crate::support::{Home, PASSWORD, sentence};

/// How many rooms and events a backup or `verify` speaks of.
fn events(said: &str) -> u64 {
    let (before, _) = said.split_once(" events").expect("a count of events");
    let count = before.rsplit(' ').next().and_then(|n| n.parse().ok());
    count.expect("a number")
}

#[tokio::test]
async fn beside_a_server_under_load_it_holds_all_that_was_acked_before() {
    let home = Home::new();
    let server = home.serve().await;
    let guest = server.sign_in("prathmesh", "123").await;
    let mut phone = guest.connect().await;
    let general = text(&phone.ready["rooms"][0]["id"]);
    for n in 0..20 {
        phone.post(&general, &format!("before {n}")).await;
    }
    let done = Arc::new(AtomicBool::new(false));
    let until = Arc::clone(&done);
    let load = tokio::spawn(async move {
        let mut posted = 0;
        while !until.load(Ordering::Acquire) {
            phone.post(&general, &format!("meanwhile {posted}")).await;
            posted += 1;
        }
        posted
    });
    let said = home.say(&["backup", "copy.db"], "").await;
    done.store(true, Ordering::Release);
    assert!(load.await.unwrap() > 0, "nobody was held up");
    server.stop().await;

    let copy = home.path().join("copy.db");
    let mode = fs::metadata(&copy).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!home.path().join("copy.db.part").exists());
    assert!(said.starts_with("copy.db") && events(&said) >= 22, "{said}");
    let verified = home.say(&["verify", "--data-dir", "copy.db"], "").await;
    assert_eq!(events(&verified), events(&said));
    // Without a server it goes as well, and has the rest, too.
    let later = home.say(&["backup", "copy.db", "--replace"], "").await;
    assert!(events(&later) > events(&said), "{later}");
}

#[tokio::test]
async fn what_cannot_be_is_one_sentence_and_leaves_nothing() {
    let home = Home::new();
    let why = home.fail(&["backup", "copy.db"]).await;
    assert!(why.contains("no database"), "{why}");
    assert!(!home.data().join("parlor.db").exists(), "none is made");

    home.say(&["user", "add", "olga", "--password-stdin"], PASSWORD)
        .await;
    fs::write(home.path().join("there"), "precious").unwrap();
    for (to, word) in [
        ("there", "--replace"),
        ("data", "folder"),
        ("no/such/file", "no/such/file"),
        ("there/file", "there/file"),
    ] {
        let why = home.fail(&["backup", to]).await;
        assert!(why.contains(word), "{to}: {why}");
    }
    let why = home.fail(&["backup", "data/parlor.db", "--replace"]).await;
    assert!(why.contains("itself"), "{why}");
    assert_eq!(fs::read(home.path().join("there")).unwrap(), b"precious");
    home.say(&["verify"], "").await;
}

/// What a shell in the home's folder came to; `$0` is the program.
async fn shell(home: &Home, before: &[&str], script: &str) -> Output {
    let mut line = [before, &["sh", "-c", script, env!("CARGO_BIN_EXE_parlor")]].concat();
    let mut command = tokio::process::Command::new(line.remove(0));
    command.args(line).current_dir(home.path());
    command.output().await.expect("a shell")
}

#[tokio::test]
async fn a_full_disk_is_named_and_nothing_is_left_on_it() {
    let home = Home::new();
    home.say(&["user", "add", "olga", "--password-stdin"], PASSWORD)
        .await;
    home.say(&["backup", "copy.db"], "").await;
    fs::create_dir(home.path().join("small")).unwrap();
    for what in ["backup small/copy.db", "restore copy.db --data-dir small"] {
        // A disk of 64 KiB, for this process and its children alone.
        let script = format!(
            "mount -t tmpfs -o size=64k none small || exit 77
            \"$0\" {what}; code=$?; ls -A small | grep -vx lock >&2; exit $code"
        );
        let own = ["unshare", "--map-root-user", "--mount"];
        let output = shell(&home, &own, &script).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.code() == Some(77) || said.contains("unshare") {
            // Where nobody may mount, a full disk cannot be had; the next test goes everywhere.
            return;
        }
        let why = sentence(&output, 8);
        assert!(why.contains("full") && why.contains("small"), "{why}");
    }
}

#[tokio::test]
async fn a_file_that_may_not_grow_is_named_and_not_left() {
    let home = Home::new();
    home.say(&["user", "add", "olga", "--password-stdin"], PASSWORD)
        .await;
    fs::create_dir(home.path().join("small")).unwrap();
    // As with a quota, or a file system that knows no large files: 50 KiB, and no signal about it.
    let script = "trap '' XFSZ; ulimit -f 100
        \"$0\" backup small/copy.db; code=$?; ls -A small >&2; exit $code";
    let why = sentence(&shell(&home, &[], script).await, 1);
    assert!(
        why.contains("small/copy.db") && why.contains("too large"),
        "{why}"
    );
}
