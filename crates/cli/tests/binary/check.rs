//! `parlor check`, as a sceptic runs it, only shorter.

use std::fs;
use std::process::Output;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Home, sentence};

/// A check takes its time; a machine that is busy with other tests takes longer.
async fn checks(home: &Home, args: &[&str]) -> Output {
    let run = home.command(args).output();
    tokio::time::timeout(Duration::from_secs(180), run)
        .await
        .expect("the check ends")
        .expect("the program starts")
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

#[tokio::test]
async fn nothing_is_lost_while_the_server_is_killed_and_the_history_can_be_judged_again() {
    let home = Home::new();
    let args = [
        "check",
        "--seed",
        "11",
        "--rounds",
        "8",
        "--devices",
        "12",
        "--rooms",
        "3",
        "--json",
        "--keep",
        "kept",
    ];
    let output = checks(&home, &args).await;
    let told = report(&output);
    assert!(output.status.success(), "{told:#}");
    assert_eq!(told["good"], true);
    for (count, least) in [
        ("commands", 100),
        ("acked", 100),
        ("events", 100),
        ("received", 500),
        ("connections", 20),
        ("moves", 10),
        ("deletions", 1),
        ("counted", 20),
        ("pages", 5),
    ] {
        assert!(
            told[count].as_u64().unwrap() >= least,
            "{count} in {told:#}"
        );
    }
    let faults = told["faults"].as_object().unwrap();
    assert_eq!(faults.values().filter_map(Value::as_u64).sum::<u64>(), 8);
    assert!(faults.contains_key("kill"), "{faults:?}");

    let again = checks(&home, &["check", "--replay", "kept", "--json"]).await;
    assert_eq!(report(&again), told, "the same history, the same verdict");

    // One event less, and it is not good any more.
    let file = home.path().join("kept/history.jsonl");
    let history = fs::read_to_string(&file).unwrap();
    let is_event = |line: &&str| {
        line.contains(r#""got":{"type":"events""#) && line.matches(r#""seq""#).count() == 1
    };
    let lost = history
        .lines()
        .filter(is_event)
        .nth(50)
        .expect("a single event");
    let rest: String = history
        .lines()
        .filter(|line| *line != lost)
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(&file, rest).unwrap();
    let worse = checks(&home, &["check", "--replay", "kept"]).await;
    assert_eq!(worse.status.code(), Some(1));
    let said = String::from_utf8_lossy(&worse.stdout);
    assert!(said.contains("BROKEN") && said.contains("line "), "{said}");
}

#[tokio::test]
async fn what_cannot_be_checked_is_said_in_a_sentence() {
    let home = Home::new();
    let said = sentence(&home.run(&["check", "--replay", "nowhere"]).await, 1);
    assert!(said.contains("no history in nowhere"), "{said}");
    let said = sentence(
        &home.run(&["check", "--url", "http://localhost:1"]).await,
        2,
    );
    assert!(said.contains("--token-file"), "{said}");
    let output = home.run(&["check", "--faults", "earthquake"]).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("kill, stop, term, cut"), "{said}");
    assert_eq!(output.status.code(), Some(1));
}
