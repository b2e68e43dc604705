//! Starts that cannot be: one sentence that says what to do, an exit code that is
//! not 0, and nothing lost.

use std::fs;
use std::os::unix::fs::FileExt as _;

use crate::support::{Home, Serving, sentence};

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

/// A home with a database that was closed cleanly, and its bytes.
async fn closed() -> (Home, Vec<u8>) {
    let home = Home::new();
    home.serve().await.stop().await;
    let bytes = fs::read(home.database()).expect("a database");
    (home, bytes)
}

#[tokio::test]
async fn two_servers_on_one_folder() {
    let home = Home::new();
    let first = home.serve().await;
    let why = home.fail_with(7, &SERVE).await;
    assert!(
        why.contains("in use") && why.contains("--data-dir"),
        "{why}"
    );
    first.http().get("/readyz").await.expect(200);
    first.stop().await;
    home.serve().await.stop().await;
}

#[tokio::test]
async fn a_port_in_use() {
    let (home, other) = (Home::new(), Home::new());
    let first: Serving = home.serve().await;
    let why = other
        .fail(&["serve", "--listen", &first.address.to_string()])
        .await;
    assert!(
        why.contains(&first.address.to_string()) && why.contains("PARLOR_LISTEN"),
        "{why}"
    );
    other.serve().await.stop().await;
    first.stop().await;
}

#[tokio::test]
async fn a_data_folder_that_cannot_be() {
    let home = Home::new();
    fs::write(home.path().join("file"), "no folder").unwrap();
    // Below a file there is no folder, and /proc takes no new one, not even root's.
    for folder in ["file/data", "file", "/proc/parlor/data"] {
        let mut command = home.command(&SERVE);
        command.env("PARLOR_DATA_DIR", folder);
        let why = sentence(&home.run_with(command, "").await, 1);
        assert!(why.contains(folder) && why.contains("--data-dir"), "{why}");
    }
    assert_eq!(fs::read(home.path().join("file")).unwrap(), b"no folder");
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    fs::create_dir(home.data()).unwrap();
    fs::set_permissions(home.data(), fs::Permissions::from_mode(0o500)).unwrap();
    let writes_all_the_same = fs::write(home.data().join("probe"), "").is_ok();
    if writes_all_the_same {
        // Root may write anywhere: what it cannot is tested above.
        return;
    }
    let why = home.fail_with(11, &SERVE).await;
    assert!(why.contains("data") && why.contains("--data-dir"), "{why}");
}

#[tokio::test]
async fn a_database_that_needs_a_newer_program() {
    let (home, bytes) = closed().await;
    let ours = b"0.1.0";
    let mut newer = bytes.clone();
    let places: Vec<usize> = (0..bytes.len() - ours.len())
        .filter(|at| &bytes[*at..at + ours.len()] == ours)
        .collect();
    for at in places {
        newer[at..at + ours.len()].copy_from_slice(b"9.9.9");
    }
    assert_ne!(
        newer, bytes,
        "the database names the oldest program that may open it"
    );
    fs::write(home.database(), &newer).unwrap();
    for args in [&SERVE[..], &["claim-link"], &["verify"]] {
        let why = home.fail_with(10, args).await;
        assert!(why.contains("9.9.9"), "{why}");
    }
    assert_eq!(
        fs::read(home.database()).unwrap(),
        newer,
        "nothing was changed"
    );
    fs::write(home.database(), bytes).unwrap();
    home.serve().await.stop().await;
}

#[tokio::test]
async fn a_file_that_is_no_database() {
    let home = Home::new();
    fs::create_dir(home.data()).unwrap();
    fs::write(home.database(), "my diary, not a database of yours").unwrap();
    let why = home.fail_with(9, &SERVE).await;
    assert!(why.contains("parlor.db"), "{why}");
    assert_eq!(
        fs::read(home.database()).unwrap(),
        b"my diary, not a database of yours"
    );
}

#[tokio::test]
async fn a_damaged_database() {
    let (home, bytes) = closed().await;
    for (what, from, to) in [("its head", 16, 100), ("its first page", 100, 4096)] {
        let mut damaged = bytes.clone();
        damaged[from..to].fill(0xaa);
        fs::write(home.database(), &damaged).unwrap();
        let why = home.fail_with(9, &SERVE).await;
        assert!(why.contains("parlor.db"), "{what}: {why}");
        assert!(why.contains("damaged"), "{what}: {why}");
    }
    fs::write(home.database(), &bytes).unwrap();
    let file = fs::OpenOptions::new()
        .write(true)
        .open(home.database())
        .unwrap();
    file.set_len(bytes.len() as u64 / 2).unwrap();
    let why = home.fail_with(9, &SERVE).await;
    assert!(why.contains("damaged"), "a cut one: {why}");
    file.set_len(0).unwrap();
    file.write_all_at(&bytes, 0).unwrap();
    drop(file);
    home.serve().await.stop().await;
}
