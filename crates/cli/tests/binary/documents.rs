//! What describes the program: the manual page, completions, the settings as they are read.

use std::fs;

use crate::support::Home;

#[tokio::test]
async fn the_settings_are_printed_as_a_file_that_reads_as_the_same() {
    let home = Home::new();
    let args = [
        "config",
        "print",
        "--public-url",
        "https://chat.example.org",
        "--trusted-proxies",
        "10.0.0.0/8, 127.0.0.1",
        "--log-format",
        "json",
        "--data-dir",
        "a \"place\"",
    ];
    let printed = home.say(&args, "").await;
    assert!(printed.contains("rate_limits = \"on\"") && printed.contains("# backup_dir"));
    fs::write(home.path().join("parlor.toml"), &printed).unwrap();
    assert_eq!(home.say(&["config", "print"], "").await, printed);
    home.say(&["config", "check"], "").await;
    assert!(
        !home.path().join("a \"place\"").exists(),
        "nothing is begun"
    );
}

#[tokio::test]
async fn checking_names_every_fault() {
    let home = Home::new();
    let args = ["config", "check", "--listen", "8080", "--log-format", "xml"];
    let output = home.run(&args).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for name in ["PARLOR_LISTEN", "PARLOR_LOG_FORMAT"] {
        assert!(said.contains(name), "{said}");
    }
}

#[tokio::test]
async fn the_manual_page_names_every_command_and_setting() {
    let home = Home::new();
    let mut command = home.command(&["man"]);
    command.env("PARLOR_LISTEN", "a bad setting does not matter");
    let output = home.run_with(command, "").await;
    assert!(output.status.success(), "{output:?}");
    let page = String::from_utf8(output.stdout).unwrap();
    for part in [
        ".TH parlor",
        "parlor serve",
        "parlor user add",
        "parlor backup",
        "parlor restore",
        "PARLOR_BACKUP_DIR",
        "\\-\\-replace",
        "PARLOR_TOKEN",
        ".SH EXIT STATUS\n.TP\n0\n",
        ".TP\n11\n",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("nats"), "nothing that does not work yet");
    assert!(
        !page.contains("parlor\\-serve"),
        "no page that is not there"
    );
}

#[tokio::test]
async fn there_are_completions_for_each_shell() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = home.say(&["completions", shell], "").await;
        assert!(script.contains("backup") && script.contains("claim-link"));
    }
}

#[tokio::test]
async fn health_is_that_of_the_server_the_settings_name() {
    let home = Home::new();
    let server = home.serve().await;
    let at = server.address.to_string();
    let said = home.say(&["health", "--listen", &at], "").await;
    assert!(said.contains("\"status\":\"ok\""), "{said}");
    server.stop().await;
    let why = home.fail_with(4, &["health", "--listen", &at]).await;
    assert!(why.contains(&at), "{why}");
}
