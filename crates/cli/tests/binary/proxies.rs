//! The examples in `packaging/`, run as they stand but for ports and TLS: what a browser does passes
//! through nginx and Caddy, and the server knows who is there and by which address it is called.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use parlor_testkit::Http;
use parlor_testkit::person::text;
use parlor_testkit::phone::{Phone, upgrade};
use parlor_testkit::until::until;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::support::{Home, PASSWORD, Serving};

/// What the examples call the server.
const HOST: &str = "chat.example.org";
const URL: &str = "https://chat.example.org";
/// Where Parlor listens in them.
const PARLOR: &str = "127.0.0.1:8080";

/// Debian's package of a proxy, installed or unpacked by `scripts/setup test`.
fn program(name: &str) -> PathBuf {
    let unpacked = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("proxies");
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/usr/bin".into()])
        .chain(["usr/sbin", "usr/bin"].map(|folder| unpacked.join(folder)))
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
        .unwrap_or_else(|| {
            panic!("{name} is not here: `scripts/setup test` fetches Debian's package of it")
        })
}

/// A port that nobody listens on now.
fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address")
}

/// Two homes for one test: the proxy's, and the server's with the settings that the example tells.
struct Scene {
    home: Home,
    own: Home,
    example: String,
    server: Serving,
    proxy: SocketAddr,
}

impl Scene {
    async fn new(example: &str) -> Self {
        let home = Home::new();
        let add = ["user", "add", "olga", "--password-stdin", "--admin"];
        home.say(&add, PASSWORD).await;
        let packaging = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging");
        let example = fs::read_to_string(packaging.join(example)).expect("an example");
        let at = free();
        let mut command = home.command(&["serve", "--listen", &at.to_string()]);
        let settings = example
            .split_whitespace()
            .filter_map(|word| word.split_once('='));
        for (name, value) in settings.filter(|(name, _)| name.starts_with("PARLOR_")) {
            command.env(name, value);
        }
        assert!(example.contains(PARLOR));
        Self {
            example: example.replace(PARLOR, &at.to_string()),
            server: Serving::at(at, command).await,
            home,
            own: Home::new(),
            proxy: free(),
        }
    }

    /// Runs a proxy with this as its whole configuration.
    fn run(&self, program: &Path, args: &[&str], configuration: &str) -> Child {
        let file = self.own.path().join("configuration");
        fs::write(&file, configuration).expect("a folder of our own");
        Command::new(program)
            .args(args)
            .arg(file)
            .current_dir(self.own.path())
            .env("HOME", self.own.path())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the proxy starts")
    }

    /// A browser at the public address, from an address that is no proxy's.
    fn browser(&self) -> Http {
        Http::to(self.proxy)
            .from("127.0.0.2")
            .with("host", HOST)
            .with("origin", URL)
    }

    /// Everything that a page does goes through, and nothing that it must not.
    async fn all_passes(self, mut running: Child) {
        until("the proxy", async || {
            TcpStream::connect(self.proxy).await.ok()
        })
        .await;
        let body = |password: &str| json!({"username": "olga", "password": password});
        let signed = self.browser().post("sessions", body(PASSWORD)).await;
        signed.expect(201);
        let cookie = signed.header("set-cookie");
        assert!(
            cookie.starts_with("__Host-") && cookie.contains("Secure"),
            "{cookie}"
        );
        let cookie = cookie.split(';').next().expect("a first part");

        let headers = [("host", HOST), ("origin", URL), ("cookie", cookie)];
        let (socket, _) = upgrade(self.proxy, "/ws", &headers)
            .await
            .expect("an upgrade");
        let mut phone = Phone::on(socket);
        phone.say_hello(Default::default()).await;
        let general = text(&phone.ready["rooms"][0]["id"]);
        let ack = phone.post(&general, &"x".repeat(16 << 10)).await;
        assert_eq!(ack["type"], "ack");
        phone.event(&general).await;
        let made = self
            .browser()
            .with("cookie", cookie)
            .post("invites", json!({}))
            .await;
        let url = text(&made.expect(201)["url"]);
        assert!(url.starts_with("https://chat.example.org/invite#"), "{url}");

        let foreign = [
            ("host", HOST),
            ("origin", "https://evil.example.org"),
            ("cookie", cookie),
        ];
        let refused = upgrade(self.proxy, "/ws", &foreign).await;
        assert_eq!(refused.expect_err("a refusal").status().as_u16(), 403);
        assert_eq!(self.browser().get("/metrics").await.status, 404);
        let demo = json!({"username": "prathmesh", "password": "123"});
        self.browser()
            .post("sessions", demo)
            .await
            .refused(401, "invalid_credentials");

        // Who guesses is known by the proxy's word alone, whatever they say themselves.
        for guess in 0..5 {
            let claimed = self
                .browser()
                .with("x-forwarded-for", &format!("10.9.8.{guess}"));
            claimed
                .post("sessions", body("wrong horse"))
                .await
                .expect(401);
        }
        let guesser = self.browser().with("x-forwarded-for", "10.9.8.7");
        guesser
            .post("sessions", body(PASSWORD))
            .await
            .refused(429, "too_many_attempts");
        let elsewhere = self.browser().from("127.0.0.3");
        elsewhere.post("sessions", body(PASSWORD)).await.expect(201);

        running.kill().await.expect("a process that runs");
        self.server.stop().await;
        self.home.say(&["verify"], "").await;
    }
}

#[tokio::test]
async fn through_nginx() {
    let nginx = program("nginx");
    let scene = Scene::new("nginx.conf").await;
    let plain = free();
    let listening: Vec<String> = scene
        .example
        .lines()
        .filter(|line| !line.contains("ssl_certificate") && !line.contains("[::]"))
        .map(|line| line.replace("listen 443 ssl", &format!("listen {}", scene.proxy)))
        .map(|line| line.replace("listen 80", &format!("listen {plain}")))
        .collect();
    let own = scene.own.path().display();
    let whole = format!(
        "daemon off; master_process off; pid {own}/pid; error_log {own}/log;
        events {{}}
        http {{ access_log off; client_body_temp_path {own}/b; proxy_temp_path {own}/p;
        fastcgi_temp_path {own}/f; uwsgi_temp_path {own}/u; scgi_temp_path {own}/s;
        {} }}",
        listening.join("\n")
    );
    let running = scene.run(&nginx, &["-p", ".", "-e", "log", "-c"], &whole);
    until("nginx", async || TcpStream::connect(plain).await.ok()).await;
    let sent = Http::to(plain).with("host", HOST).get("/room/7?x=1").await;
    assert_eq!(sent.status, 301);
    assert_eq!(
        sent.header("location"),
        "https://chat.example.org/room/7?x=1"
    );
    scene.all_passes(running).await;
}

#[tokio::test]
async fn through_caddy() {
    let caddy = program("caddy");
    let scene = Scene::new("Caddyfile").await;
    let site = format!("http://{HOST}:{} {{\n\tbind 127.0.0.1", scene.proxy.port());
    let example = scene
        .example
        .replace("\nchat.example.org {", &format!("\n{site}"));
    assert_ne!(example, scene.example);
    let whole = format!("{{\n\tadmin off\n\tauto_https off\n}}\n{example}");
    let running = scene.run(
        &caddy,
        &["run", "--adapter", "caddyfile", "--config"],
        &whole,
    );
    scene.all_passes(running).await;
}
