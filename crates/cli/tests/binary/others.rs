//! Other users of the machine, and names and sockets that others left: nobody reads what is ours, and
//! nothing of ours is lost for what they put in the way.

use std::fs::{self, File};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, chown, symlink};
use std::process::Stdio;

use tokio::process::Command;

use crate::support::{Home, PASSWORD, Serving, sentence};

/// Debian's `nobody`: somebody with no right to anything here.
const NOBODY: u32 = 65534;

#[tokio::test]
async fn what_a_server_makes_is_its_users_alone() {
    let home = Home::new();
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("PARLOR_BACKUP_DIR", home.data().join("backups"));
    let server = Serving::of(command).await;
    home.say(&["backup", "copy.db"], "").await;
    let mut seen = 0;
    let mut folders = vec![home.data()];
    while let Some(folder) = folders.pop() {
        let mode = fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{folder:?}");
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let about = entry.metadata().unwrap();
            if about.is_dir() {
                folders.push(entry.path());
            } else if !about.file_type().is_socket() {
                assert_eq!(about.permissions().mode() & 0o077, 0, "{entry:?}");
                seen += 1;
            }
        }
    }
    assert!(
        seen >= 4,
        "the database, its log, the log's index, the lock"
    );
    let copy = fs::metadata(home.path().join("copy.db")).unwrap();
    assert_eq!(copy.permissions().mode() & 0o777, 0o600);
    server.stop().await;
}

#[tokio::test]
async fn what_a_killed_server_left_is_in_nobodys_way() {
    let home = Home::new();
    let mut server = home.serve().await;
    server.kill().await;
    let socket = home.data().join("control.sock");
    assert!(socket.exists(), "a stale socket");
    // Without a server a command goes to the database itself; the next server takes the name over.
    home.say(&["claim-link"], "").await;
    let server = home.serve().await;
    home.say(&["user", "add", "olga", "--password-stdin"], PASSWORD)
        .await;
    server.sign_in("olga", PASSWORD).await;
    server.stop().await;
}

#[tokio::test]
async fn a_folder_with_too_long_a_name_for_a_socket() {
    let home = Home::new();
    let long = format!("{}/data", "long".repeat(30));
    fs::create_dir(home.path().join("long".repeat(30))).unwrap();
    for args in [
        &["serve", "--listen", "127.0.0.1:0", "--data-dir", &long][..],
        &["claim-link", "--data-dir", &long],
    ] {
        let why = home.fail_with(2, args).await;
        assert!(
            why.contains("PARLOR_DATA_DIR") && why.contains("107"),
            "{why}"
        );
        assert!(!home.path().join(&long).exists(), "nothing was begun");
    }
}

#[tokio::test]
async fn a_name_that_somebody_put_in_the_way_of_a_backup() {
    let home = Home::new();
    home.say(&["user", "add", "olga", "--password-stdin"], PASSWORD)
        .await;
    let part = home.path().join("copy.db.part");
    let mine = home.path().join("mine");
    fs::write(&mine, "precious").unwrap();
    symlink(&mine, &part).unwrap();
    home.fail(&["backup", "copy.db"]).await;
    fs::remove_file(&part).unwrap();
    // A second name of a file, or a file that somebody has open, is not what is written into.
    fs::hard_link(&mine, &part).unwrap();
    home.say(&["backup", "copy.db"], "").await;
    assert_eq!(fs::read(&mine).unwrap(), b"precious");
    let verified = home.say(&["verify", "--data-dir", "copy.db"], "").await;
    assert!(verified.contains("agrees"), "{verified}");
}

/// A command as somebody else, where this user may become somebody else.
fn as_nobody(home: &Home, args: &[&str]) -> Option<Command> {
    let file = home.path().join("probe");
    File::create(&file).ok()?;
    chown(&file, Some(NOBODY), None).ok()?;
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(env!("CARGO_BIN_EXE_parlor"))
        .args(args)
        .current_dir(home.path())
        .stdin(Stdio::null());
    Some(command)
}

#[tokio::test]
async fn somebody_else_on_the_machine_gets_at_nothing() {
    let home = Home::new();
    let open = fs::Permissions::from_mode(0o755);
    fs::set_permissions(home.path(), open.clone()).unwrap();
    let server = home.serve().await;
    home.say(&["backup", "copy.db"], "").await;
    let data = home.data();
    let data = data.to_str().unwrap();
    for folder_is_open in [false, true] {
        if folder_is_open {
            // Even where the operator has opened the folder to all, its files are not.
            fs::set_permissions(home.data(), open.clone()).unwrap();
        }
        for args in [
            &["claim-link", "--data-dir", data][..],
            &["verify", "--data-dir", data],
            &["verify", "--data-dir", "copy.db"],
            &[
                "backup",
                "/dev/shm/parlor-not-theirs.db",
                "--data-dir",
                data,
            ],
            &["restore", "copy.db", "--data-dir", data],
        ] {
            let Some(mut command) = as_nobody(&home, args) else {
                // Who is not root cannot be somebody else; the modes are tested above.
                return server.stop().await;
            };
            let output = command.output().await.expect("setpriv, of util-linux");
            let code = output.status.code().unwrap_or_default();
            assert!([1, 11].contains(&code), "{args:?}: {output:?}");
            sentence(&output, code);
        }
    }
    server.stop().await;
}
