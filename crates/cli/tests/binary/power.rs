//! The power fails: what anybody was told is there, or was shown, is there afterwards. On a disk whose
//! power can be cut, which only root can make; for anybody else these tests say so and end.

use std::path::{Path, PathBuf};

use parlor_check::power_disk::PowerDisk;
use parlor_testkit::person::{number, text};
use parlor_testkit::until::until;
use parlor_testkit::{ExactlyOnce, Person};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::watch;

use crate::serving::post_until_the_end;
use crate::support::{Home, Serving};

/// So many cuts; the long form is `parlor check`.
const CUTS: usize = 3;

/// A folder with a disk.
struct House {
    home: Home,
    disk: PowerDisk,
}

/// `None` for who is not root.
fn house() -> Option<House> {
    let home = Home::new();
    match PowerDisk::make(home.path()) {
        Ok(disk) => Some(House { home, disk }),
        Err(why) => {
            println!("no disk whose power can be cut: {why}");
            None
        }
    }
}

impl House {
    /// A command of the program's on the disk.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.home.command(args);
        command.env("PARLOR_DATA_DIR", self.disk.path().join("data"));
        command
    }

    async fn serve(&self) -> Serving {
        Serving::of(self.command(&["serve", "--listen", "127.0.0.1:0"])).await
    }

    /// The power fails while a server runs, and comes back.
    async fn cut(&self, mut server: Serving) {
        self.disk.cut_from(server.id()).await.expect("a cut");
        server.kill().await;
        self.disk.restore().await.expect("the power back");
    }

    /// That what is on the disk agrees with itself.
    async fn verify(&self) {
        let output = self.command(&["verify"]).output().await;
        let output = output.expect("an output");
        assert!(output.status.success(), "{output:?}");
    }
}

/// The room everybody is in, and the database's epoch.
async fn general(guest: &Person) -> (String, String) {
    let ready = guest.connect().await.ready;
    (text(&ready["rooms"][0]["id"]), text(&ready["epoch"]))
}

#[tokio::test]
async fn what_was_acked_or_seen_by_anyone_survives_a_power_cut() {
    let Some(house) = house() else { return };
    let mut acked: Vec<(String, Value)> = Vec::new();
    for round in 0..CUTS {
        let server = house.serve().await;
        let guest = server.sign_in("prathmesh", "123").await;
        let (general, epoch) = general(&guest).await;
        let before = guest.log(&general).await;
        let is_there = |(nonce, ack): &(String, Value)| {
            let seq = usize::try_from(number(&ack["seq"])).unwrap();
            let event = before.get(seq - 1).unwrap_or(&Value::Null);
            assert_eq!((&event["nonce"], &event["at"]), (&json!(nonce), &ack["at"]));
        };
        acked.iter().for_each(is_there);

        let mut watcher = guest
            .connect_from(ExactlyOnce::default().from_the_start(&epoch, &general))
            .await;
        let prefix = format!("{round}-");
        let poster = tokio::spawn(post_until_the_end(
            guest,
            general.clone(),
            prefix,
            watch::Sender::new(0),
        ));
        let far = before.len() as u64 + 60;
        watcher.hold(&general, far).await;
        house.cut(server).await;
        acked.extend(poster.await.unwrap());
        while watcher.answer_or_close("the end").await.is_some() {}

        house.verify().await;
        let server = house.serve().await;
        let guest = server.sign_in("prathmesh", "123").await;
        let log = guest.log(&general).await;
        assert!(log.len() as u64 >= watcher.held.cursor(&general).unwrap());
        watcher.held.agrees_with(&general, &log);
        server.stop().await;
    }
    assert!(acked.len() >= CUTS * 50, "{}", acked.len());
}

#[tokio::test]
async fn what_a_start_after_a_kill_shows_survives_a_power_cut() {
    let Some(house) = house() else { return };
    let server = house.serve().await;
    let guest = server.sign_in("prathmesh", "123").await;
    let (general, _) = general(&guest).await;
    server.stop().await;

    // A post is written and not yet synced when the server is killed.
    let hold = house.home.path().join("hold");
    let mut command = house.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("LD_PRELOAD", library(house.home.path()).await);
    command.env("HOLD_SYNC", &hold);
    let mut server = Serving::of(command).await;
    let guest = guest.moved_to(server.address);
    let mut phone = guest.connect().await;
    let log_file = house.disk.path().join("data/parlor.db-wal");
    std::fs::write(&hold, "").unwrap();
    let post =
        json!({"type": "post", "room": general, "nonce": "n", "text": "written, not synced"});
    let id = phone.ask(post).await;
    until("the post in the write-ahead log", async || {
        let bytes = std::fs::read(&log_file).unwrap_or_default();
        let post = b"written, not synced";
        bytes.windows(post.len()).any(|it| it == post).then_some(())
    })
    .await;
    server.kill().await;
    assert_eq!(phone.answer_or_close(&id).await, None, "nobody was told");

    // The next start finds it in the page cache. Whatever it shows has to stay.
    let server = house.serve().await;
    let guest = guest.moved_to(server.address);
    let shown = guest.log(&general).await;
    house.cut(server).await;
    house.verify().await;
    let server = house.serve().await;
    let kept = guest.moved_to(server.address).log(&general).await;
    assert_eq!(kept[..shown.len().min(kept.len())], shown);
    server.stop().await;
}

/// The library of `hold_sync.c`, compiled.
async fn library(folder: &Path) -> PathBuf {
    let library = folder.join("hold_sync.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/binary/hold_sync.c");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .status()
        .await;
    assert!(compiled.expect("a C compiler").success());
    library
}
