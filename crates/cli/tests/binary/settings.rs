//! Settings: a flag before the environment before the file, and all faults at once.

use std::fs;

use crate::support::{Home, Serving, sentence};

#[tokio::test]
async fn every_bad_setting_is_named_at_once() {
    let home = Home::new();
    let mut command = home.command(&["--rate-limits", "maybe"]);
    command
        .env("PARLOR_LISTEN", "8080")
        .env("PARLOR_PUBLIC_URL", "chat.example.org")
        .env("PARLOR_TRUSTED_PROXIES", "10.0.0.0/8, nowhere")
        .env("PARLOR_METRICS_TOKEN_FILE", "no/such/file");
    let output = home.run_with(command, "").await;
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    for name in [
        "PARLOR_LISTEN",
        "PARLOR_PUBLIC_URL",
        "PARLOR_TRUSTED_PROXIES",
        "PARLOR_METRICS_TOKEN_FILE",
        "PARLOR_RATE_LIMITS",
    ] {
        let lines = said
            .lines()
            .filter(|line| line.starts_with(&format!("parlor: {name}")));
        assert_eq!(lines.count(), 1, "{name} in {said}");
    }
    assert!(!home.data().exists(), "nothing was begun");
}

#[tokio::test]
async fn what_is_kept_for_later_stops_the_start_in_one_sentence() {
    let home = Home::new();
    for (name, value) in [
        ("PARLOR_DATABASE_URL", "postgres://parlor:hunter2@db/parlor"),
        ("PARLOR_NATS_URL", "nats://hunter2@bus"),
    ] {
        let mut command = home.command(&["serve"]);
        command.env(name, value);
        let why = sentence(&home.run_with(command, "").await, 2);
        assert!(why.contains(name) && !why.contains("hunter2"), "{why}");
    }
}

#[tokio::test]
async fn a_file_gives_settings_and_the_environment_and_flags_override_it() {
    let home = Home::new();
    let file = "listen = \"127.0.0.1:0\"\ndata_dir = \"by-file\"\nrate_limits = \"off\"\n";
    fs::write(home.path().join("parlor.toml"), file).unwrap();
    Serving::of(home.command(&[])).await.stop().await;
    assert!(home.path().join("by-file/parlor.db").exists());

    let mut command = home.command(&[]);
    command.env("PARLOR_DATA_DIR", "by-environment");
    Serving::of(command).await.stop().await;
    assert!(home.path().join("by-environment/parlor.db").exists());

    let mut command = home.command(&["--data-dir", "by-flag"]);
    command.env("PARLOR_DATA_DIR", "by-environment");
    Serving::of(command).await.stop().await;
    assert!(home.path().join("by-flag/parlor.db").exists());
}

#[tokio::test]
async fn a_file_that_says_what_nobody_knows_is_a_fault() {
    let home = Home::new();
    fs::write(home.path().join("parlor.toml"), "lisen = \"127.0.0.1:0\"\n").unwrap();
    let why = sentence(&home.run(&["serve"]).await, 2);
    assert!(
        why.contains("parlor.toml") && why.contains("lisen"),
        "{why}"
    );
    let why = sentence(&home.run(&["serve", "--config", "missing.toml"]).await, 2);
    assert!(why.contains("missing.toml"), "{why}");
}

#[tokio::test]
async fn an_unknown_command_is_a_fault_of_the_command_line() {
    let home = Home::new();
    for args in [
        &["dance"][..],
        &["user", "add", "ada"],
        &["invite", "--uses", "many"],
    ] {
        let output = home.run(args).await;
        assert_eq!(output.status.code(), Some(2), "{args:?}");
    }
    let version = home.say(&["--version"], "").await;
    assert_eq!(version, format!("parlor {}", env!("CARGO_PKG_VERSION")));
}
