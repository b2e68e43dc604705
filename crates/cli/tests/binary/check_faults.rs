//! Each fault of `parlor check`, for a few moments: the short form of what a long run proves.
//! Where this machine cannot make one, the test says so and ends.

use std::time::Duration;

use serde_json::Value;

use crate::support::Home;

/// What a fault says that this machine cannot make.
const CANNOT: [&str; 3] = ["only root", "needs a C compiler", "needs libfaketime"];

/// Lets these faults strike so often, each of them once at least, and wants nothing found.
async fn survives(faults: &str, rounds: &str) {
    let home = Home::new();
    let args = [
        "check",
        "--json",
        "--seed",
        "7",
        "--devices",
        "12",
        "--rooms",
        "3",
        "--pace",
        "60",
        "--keep",
        "kept",
        "--faults",
        faults,
        "--rounds",
        rounds,
    ];
    let run = home.command(&args).output();
    let output = tokio::time::timeout(Duration::from_secs(240), run)
        .await
        .expect("the check ends")
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    if output.stdout.is_empty()
        && let Some(why) = said
            .lines()
            .find(|line| CANNOT.iter().any(|it| line.contains(it)))
    {
        println!("{faults}: not here: {why}");
        return;
    }
    let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    assert!(output.status.success(), "{told:#}");
    for fault in faults.split(',') {
        let name = fault.split('=').next().unwrap_or(fault);
        let struck = told["faults"][name].as_u64();
        assert!(struck.is_some_and(|n| n > 0), "{fault} in {told:#}");
    }
    assert!(told["acked"].as_u64() > Some(50), "{told:#}");
}

#[tokio::test]
async fn a_bad_network_a_backup_and_damage() {
    survives("network,backup,damage,kill", "10").await;
}

#[tokio::test]
async fn connections_that_die_without_a_word_in_each_direction() {
    survives("silence", "3").await;
}

#[tokio::test]
async fn a_disk_that_fails() {
    survives("eio", "4").await;
}

#[tokio::test]
async fn a_clock_that_jumps() {
    survives("clock", "8").await;
}

#[tokio::test]
async fn a_full_disk() {
    survives("full", "2").await;
}

#[tokio::test]
async fn a_disk_that_becomes_read_only() {
    survives("readonly", "4").await;
}

#[tokio::test]
async fn a_power_cut_under_load() {
    survives("power", "3").await;
}

#[tokio::test]
async fn a_storm_of_clients_that_come_back() {
    survives("storm=200", "1").await;
}

#[tokio::test]
async fn hostile_connections() {
    survives("hostile=30", "1").await;
}
