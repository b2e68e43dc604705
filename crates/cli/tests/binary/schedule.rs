//! A backup every day, where a folder for them is named.

use std::fs;

use parlor_testkit::until::until;

use crate::support::{Home, Serving};

fn with_backups(home: &Home, folder: &str) -> tokio::process::Command {
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("PARLOR_BACKUP_DIR", folder);
    command
}

async fn shown(server: &Serving) -> String {
    let ready = server.http().get("/readyz").await.expect(200);
    ready["checks"]["backup"]
        .as_str()
        .unwrap_or_default()
        .into()
}

#[tokio::test]
async fn the_backup_of_today_is_made_once_and_the_oldest_go() {
    let home = Home::new();
    let folder = home.path().join("backups");
    fs::create_dir(&folder).unwrap();
    for day in 1..=7 {
        fs::write(folder.join(format!("parlor-2020-01-0{day}.db")), "").unwrap();
    }
    fs::write(folder.join("notes"), "mine").unwrap();
    let server = Serving::of(with_backups(&home, "backups")).await;
    let names = || {
        let names = fs::read_dir(&folder).unwrap();
        let mut names: Vec<String> = names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let names = until("today's backup", async || {
        let names = names();
        let newest = names.iter().rfind(|name| name.ends_with(".db"))?;
        (!newest.contains("2020") && !names.contains(&"parlor-2020-01-01.db".into()))
            .then_some(names)
    })
    .await;
    assert_eq!(names.len(), 8, "seven of ours, and the notes: {names:?}");
    assert_eq!(shown(&server).await, "ok");
    let newest = format!("backups/{}", names[7]);
    let said = home.say(&["verify", "--data-dir", &newest], "").await;
    assert!(said.contains("agrees"), "{said}");
    server.stop().await;

    let made = fs::metadata(home.path().join(&newest)).unwrap();
    let server = Serving::of(with_backups(&home, "backups")).await;
    assert_eq!(shown(&server).await, "ok");
    server.stop().await;
    let now = fs::metadata(home.path().join(&newest)).unwrap();
    assert_eq!(now.modified().unwrap(), made.modified().unwrap());
}

#[tokio::test]
async fn one_that_fails_is_shown_and_holds_nobody_up() {
    let home = Home::new();
    fs::write(home.path().join("file"), "no folder").unwrap();
    let mut command = with_backups(&home, "file/backups");
    command.env("PARLOR_LOG", "off");
    let server = Serving::of(command).await;
    until("a failed backup", async || {
        (shown(&server).await == "failing").then_some(())
    })
    .await;
    let metrics = server.http().get("/metrics").await.bytes;
    let metrics = String::from_utf8_lossy(&metrics);
    assert!(
        metrics.contains("parlor_backups_total{outcome=\"failed\"} 1"),
        "{metrics}"
    );
    server.sign_in("prathmesh", "123").await;
    server.stop().await;
}
