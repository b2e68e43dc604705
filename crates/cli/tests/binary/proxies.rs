//! The examples in `packaging/`, run as they stand but for addresses and TLS: where nginx or Caddy is
//! installed, calls and sockets pass through it.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use parlor_testkit::person::text;
use parlor_testkit::until::until;
use parlor_testkit::{Http, Person};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::support::{Home, PASSWORD, Serving};

fn example(name: &str) -> String {
    let packaging = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging");
    fs::read_to_string(packaging.join(name)).expect("an example")
}

/// A program, where Debian's packages put it.
fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/usr/bin".into()])
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// A port that nobody listens on now.
fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address")
}

/// A server that is told of a proxy on this machine.
async fn behind(home: &Home, proxy: SocketAddr) -> Serving {
    home.say(
        &["user", "add", "olga", "--password-stdin", "--admin"],
        PASSWORD,
    )
    .await;
    let at = free();
    let mut command = home.command(&["serve", "--listen", &at.to_string()]);
    command
        .env("PARLOR_PUBLIC_URL", format!("http://{proxy}"))
        .env("PARLOR_TRUSTED_PROXIES", "127.0.0.1,::1")
        .stdout(Stdio::piped());
    let mut server = Serving::of(command).await;
    server.address = at;
    server
}

/// Everything a page does goes through.
async fn all_passes(home: &Home, proxy: SocketAddr, server: Serving, mut running: Child) {
    until("the proxy", async || TcpStream::connect(proxy).await.ok()).await;
    let body = json!({"username": "olga", "password": PASSWORD});
    let answer = Http::to(proxy).post("sessions", body).await;
    let olga = Person::signed_in(proxy, &answer);
    let mut phone = olga.connect().await;
    let general = text(&phone.ready["rooms"][0]["id"]);
    let ack = phone.post(&general, &"x".repeat(16 << 10)).await;
    assert_eq!(ack["type"], "ack");
    phone.event(&general).await;
    let foreign = olga.http().with("origin", "https://evil.example.org");
    foreign
        .post("tickets", json!({}))
        .await
        .refused(403, "foreign_origin");
    assert_eq!(Http::to(proxy).get("/metrics").await.status, 404);
    let demo = json!({"username": "prathmesh", "password": "123"});
    assert_eq!(Http::to(proxy).post("sessions", demo).await.status, 401);
    running.kill().await.expect("a process that runs");
    server.stop().await;
    home.say(&["verify"], "").await;
}

#[tokio::test]
async fn through_nginx() {
    let Some(nginx) = installed("nginx") else {
        return;
    };
    let (home, proxy) = (Home::new(), free());
    let server = behind(&home, proxy).await;
    let example = example("nginx.conf");
    // The second server only sends people from port 80 to TLS.
    let (first, _) = example.rsplit_once("\nserver {").unwrap();
    let first: Vec<&str> = first
        .lines()
        .filter(|line| !line.contains("ssl_certificate") && !line.contains("[::]"))
        .collect();
    let first = first
        .join("\n")
        .replace("listen 443 ssl", &format!("listen {proxy}"))
        .replace("127.0.0.1:8080", &server.address.to_string());
    let own = home.path().display();
    let whole = format!(
        "daemon off; master_process off; pid {own}/nginx.pid; error_log {own}/nginx.log;
        events {{}}
        http {{ access_log off; client_body_temp_path {own}/b; proxy_temp_path {own}/p;
        fastcgi_temp_path {own}/f; uwsgi_temp_path {own}/u; scgi_temp_path {own}/s;
        {first} }}"
    );
    let file = home.path().join("nginx.conf");
    fs::write(&file, whole).unwrap();
    let mut command = Command::new(nginx);
    command.arg("-p").arg(home.path()).arg("-c").arg(file);
    let running = command.kill_on_drop(true).spawn().unwrap();
    all_passes(&home, proxy, server, running).await;
}

#[tokio::test]
async fn through_caddy() {
    let Some(caddy) = installed("caddy") else {
        return;
    };
    let (home, proxy) = (Home::new(), free());
    let server = behind(&home, proxy).await;
    let example = example("Caddyfile")
        .replace("chat.example.org {", &format!("http://{proxy} {{"))
        .replace("127.0.0.1:8080", &server.address.to_string());
    let whole = format!("{{\n\tadmin off\n\tauto_https off\n}}\n{example}");
    let file = home.path().join("Caddyfile");
    fs::write(&file, whole).unwrap();
    let mut command = Command::new(caddy);
    command
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(file)
        .env("HOME", home.path())
        .stderr(Stdio::null());
    let running = command.kill_on_drop(true).spawn().unwrap();
    all_passes(&home, proxy, server, running).await;
}
