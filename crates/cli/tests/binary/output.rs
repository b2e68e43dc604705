//! What reads the program's output may close it, or have no room for it: no command panics, and each says
//! what came of it by its exit code.

use std::fs::File;
use std::process::Stdio;

use parlor_testkit::until::soon;
use tokio::process::Command;

use crate::support::{Home, PASSWORD};

/// A command's exit code and standard error, with this as its standard output.
async fn ended(mut command: Command, out: Stdio) -> (Option<i32>, String) {
    command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(Stdio::piped());
    let child = command.spawn().expect("the program starts");
    let output = soon("its end", child.wait_with_output())
        .await
        .expect("an output");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), said)
}

/// A pipe that nobody reads any more.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

const PRINTING: [&[&str]; 9] = [
    &["config", "print"],
    &["config", "check"],
    &["man"],
    &["completions", "bash"],
    &["verify"],
    &["backup", "copy.db", "--replace"],
    &["restore", "copy.db", "--replace"],
    &["invite"],
    &["token", "create", "olga"],
];

#[tokio::test]
async fn who_has_read_enough_may_close_the_pipe() {
    let home = Home::new();
    let add = ["user", "add", "olga", "--password-stdin", "--admin"];
    home.say(&add, PASSWORD).await;
    for args in PRINTING {
        let end = ended(home.command(args), closed()).await;
        assert_eq!(end, (Some(0), String::new()), "{args:?}");
    }
}

#[tokio::test]
async fn where_the_output_does_not_fit_that_is_said() {
    let home = Home::new();
    let add = ["user", "add", "olga", "--password-stdin", "--admin"];
    home.say(&add, PASSWORD).await;
    for args in PRINTING {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let (code, said) = ended(home.command(args), full.into()).await;
        assert_eq!(code, Some(8), "{args:?}: {said}");
        assert!(said.starts_with("parlor: standard output"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[tokio::test]
async fn a_closed_standard_error_changes_no_exit_code() {
    let home = Home::new();
    let mut command = home.command(&["verify"]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(closed());
    let mut child = command.spawn().expect("the program starts");
    let status = soon("its end", child.wait()).await.expect("a status");
    assert_eq!(status.code(), Some(1), "there is no database");
}
