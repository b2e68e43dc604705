//! What answers is half dead, of another version, or no Parlor: a sentence, an exit code, and an end.

use std::fs::{self, File};
use std::path::Path;

use parlor_testkit::until::soon;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::task::JoinHandle;

use crate::support::{Home, PASSWORD, sentence};

/// Accepts, reads, and gives everybody the same answer: none, where it is empty.
async fn answering(answer: &'static str) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let task = tokio::spawn(async move {
        let mut held = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.expect("somebody");
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            // A half-dead one keeps the line open, and says nothing more.
            held.extend(answer.is_empty().then_some(stream));
        }
    });
    (url, task)
}

#[tokio::test]
async fn one_that_accepts_and_says_nothing_is_given_up() {
    let home = Home::new();
    let (url, server) = answering("").await;
    let login = ["login", &url, "--username", "ada", "--password-stdin"];
    let send = ["send", "general", "--url", &url, "--wait", "0"];
    let health = ["health", "--listen", url.trim_start_matches("http://")];
    let run = async |args: &[&str]| {
        let mut command = home.command(args);
        command
            .env("PARLOR_TOKEN", "a-token")
            .env("HOME", home.path());
        sentence(&home.run_with(command, PASSWORD).await, 4)
    };
    let (login, send, health) = tokio::join!(run(&login), run(&send), run(&health));
    for why in [&login, &send] {
        assert!(why.contains("did not answer within 10 s"), "{why}");
    }
    assert!(health.contains("does not answer"), "{health}");
    server.abort();
}

#[tokio::test]
async fn one_that_is_no_parlor_is_told_from_one_that_is_away() {
    let home = Home::new();
    let page = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>";
    let (url, server) = answering(page).await;
    let send = ["send", "general", "--url", &url];
    let login = ["login", &url, "--username", "ada", "--password-stdin"];
    for args in [&send[..], &login] {
        let mut command = home.command(args);
        command
            .env("PARLOR_TOKEN", "a-token")
            .env("HOME", home.path());
        let why = sentence(&home.run_with(command, PASSWORD).await, 10);
        assert!(why.contains("does not answer as Parlor does"), "{why}");
    }
    server.abort();
}

/// Says one line to a socket; the line it answers.
async fn asked(socket: &Path, line: &str) -> String {
    let mut stream = UnixStream::connect(socket).await.expect("a server");
    stream.write_all(line.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    let mut reader = BufReader::new(stream);
    soon("an answer", reader.read_line(&mut answer))
        .await
        .expect("UTF-8");
    answer
}

#[tokio::test]
async fn a_command_of_another_version_is_told_so_and_changes_nothing() {
    let home = Home::new();
    let server = home.serve().await;
    let socket = home.data().join("control.sock");
    for line in [
        "{\"version\": \"9.9.9\", \"request\": {\"do\": \"claim_link\"}}\n",
        "{\"version\": \"0.1.0\", \"request\": {\"do\": \"dance\"}}\n",
        "nonsense\n",
    ] {
        let answer = asked(&socket, line).await;
        assert!(answer.starts_with("{\"other_version\":"), "{answer}");
        assert!(answer.contains(env!("CARGO_PKG_VERSION")), "{answer}");
    }
    server.stop().await;
}

/// A data folder that somebody holds who listens and gives this answer; none, where it is empty.
async fn held(home: &Home, answer: &'static str) -> (File, JoinHandle<()>) {
    fs::create_dir(home.data()).expect("a folder of our own");
    let lock = File::create(home.data().join("lock")).expect("a folder of our own");
    lock.lock().expect("a folder of our own");
    let listener =
        UnixListener::bind(home.data().join("control.sock")).expect("a folder of our own");
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("somebody");
        stream.write_all(answer.as_bytes()).await.expect("it reads");
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    });
    (lock, task)
}

#[tokio::test]
async fn a_command_beside_a_server_that_answers_otherwise() {
    for (answer, code, word) in [
        ("{\"other_version\":\"the server is 9.9.9\"}\n", 10, "9.9.9"),
        ("{\"not_allowed\":\"only root may\"}\n", 11, "only root"),
        ("what?\n", 4, "control.sock"),
        ("", 4, "does not answer"),
    ] {
        let home = Home::new();
        let (_lock, server) = held(&home, answer).await;
        let why = home.fail_with(code, &["claim-link"]).await;
        assert!(why.contains(word), "{why}");
        server.abort();
    }
}
