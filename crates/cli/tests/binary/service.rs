//! Under a service manager: it is told when people can come, that we live, and when the end begins.

use parlor_testkit::until::soon;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::UnixDatagram;

use crate::support::{Home, Serving};

/// Waits for a message of the service's.
async fn told(socket: &UnixDatagram, what: &str) {
    soon(what, async {
        let mut message = [0; 256];
        loop {
            let length = socket.recv(&mut message).await.expect("a message");
            let message = String::from_utf8_lossy(&message[..length]).into_owned();
            if message.lines().any(|line| line == what) {
                return;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_service_manager_is_told() {
    let home = Home::new();
    let path = home.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    command
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "300000");
    let mut server = Serving::of(command).await;
    told(&socket, "READY=1").await;
    server.http().get("/readyz").await.expect(200);
    told(&socket, "WATCHDOG=1").await;
    told(&socket, "WATCHDOG=1").await;
    server.signal("TERM").await;
    told(&socket, "STOPPING=1").await;
    assert_eq!(server.ended().await.code(), Some(0));
}

#[tokio::test]
async fn a_log_for_programs_is_one_object_a_line() {
    let home = Home::new();
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]);
    command
        .env("PARLOR_LOG", "info")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = soon("a line of the log", lines.next_line()).await.unwrap();
    let line: serde_json::Value = serde_json::from_str(&first.unwrap()).unwrap();
    assert_eq!(line["level"], "INFO");
    child.kill().await.unwrap();
}
