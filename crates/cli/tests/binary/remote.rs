//! `login`, `send` and `tail` against a server of their own, through pipes.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Output, Stdio};

use parlor_testkit::Person;
use parlor_testkit::person::text;
use parlor_testkit::until::{soon, until};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use crate::support::{Home, PASSWORD, Serving, sentence};

/// A server with ada and ben, and a place for ada's credentials.
pub(crate) struct Scene {
    pub(crate) home: Home,
    pub(crate) server: Serving,
    pub(crate) ada: Person,
    pub(crate) ben: Person,
    token: String,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let home = Home::new();
        for name in ["ada", "ben"] {
            home.say(&["user", "add", name, "--password-stdin"], PASSWORD)
                .await;
        }
        let server = home.serve().await;
        let token = home.say(&["token", "create", "ada"], "").await;
        let ada = server.sign_in("ada", PASSWORD).await;
        let ben = server.sign_in("ben", PASSWORD).await;
        Self {
            home,
            server,
            ada,
            ben,
            token,
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// The program, as nobody yet.
    fn bare(&self, args: &[&str]) -> Command {
        let mut command = self.home.command(args);
        command
            .env("XDG_CONFIG_HOME", self.home.path().join("config"))
            .env_remove("NO_COLOR");
        command
    }

    /// The program, as ada by her token.
    pub(crate) fn as_ada(&self, args: &[&str]) -> Command {
        let mut command = self.bare(args);
        command
            .env("PARLOR_URL", self.url())
            .env("PARLOR_TOKEN", &self.token);
        command
    }

    async fn send(&self, args: &[&str], input: &str) -> Output {
        let args = [&["send"], args].concat();
        self.home.run_with(self.as_ada(&args), input).await
    }

    pub(crate) async fn general(&self) -> String {
        let rooms = self.ada.http().get("rooms").await.expect(200);
        text(&rooms["items"][0]["id"])
    }

    /// The texts that were posted to general, in order.
    async fn posted(&self) -> Vec<String> {
        let log = self.ada.log(&self.general().await).await;
        let posts = log.iter().filter(|event| event["kind"] == "message_posted");
        posts.map(|event| text(&event["text"])).collect()
    }

    pub(crate) async fn again(&mut self) {
        let listen = self.server.address.to_string();
        self.server = Serving::of(self.home.command(&["serve", "--listen", &listen])).await;
    }
}

/// A `tail` that runs.
pub(crate) struct Tail {
    pub(crate) child: Child,
    pub(crate) out: Lines<BufReader<ChildStdout>>,
    pub(crate) err: Lines<BufReader<ChildStderr>>,
}

impl Tail {
    /// Starts it, and waits until it is connected.
    pub(crate) async fn of(mut command: Command) -> Self {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let err = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let mut tail = Self { child, out, err };
        tail.state("connected to").await;
        tail
    }

    /// Reads on until it says this of its connection.
    async fn state(&mut self, part: &str) {
        soon(part, async {
            while let Some(line) = self.err.next_line().await.expect("UTF-8") {
                if line.starts_with("parlor: ") && line.contains(part) {
                    return;
                }
            }
            panic!("ended before it said {part:?}");
        })
        .await;
    }

    async fn line(&mut self) -> String {
        let line = soon("a line", self.out.next_line()).await.expect("UTF-8");
        line.expect("it goes on")
    }

    async fn code(&mut self) -> Option<i32> {
        soon("its end", self.child.wait())
            .await
            .expect("a status")
            .code()
    }
}

#[tokio::test]
async fn who_signed_in_sends_what_stands_on_standard_input() {
    let scene = Scene::new().await;
    let login = [
        "login",
        &scene.url(),
        "--username",
        "ada",
        "--password-stdin",
    ];
    let output = scene.home.run_with(scene.bare(&login), PASSWORD).await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout, b"");
    let file = scene.home.path().join("config/parlor/credentials.json");
    let mode = |path| {
        std::fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(file.as_path()), 0o600);
    assert_eq!(mode(file.parent().expect("a folder")), 0o700);
    let general = scene.general().await;
    let long = "ü".repeat(8 * 1024);
    for (room, input) in [
        ("general", "hello\n"),
        (&general, "a\r\n\tb\n\n"),
        ("General", &long),
    ] {
        let output = scene
            .home
            .run_with(scene.bare(&["send", room]), input)
            .await;
        assert!(output.status.success(), "{output:?}");
        assert_eq!((output.stdout, output.stderr), (vec![], vec![]));
    }
    assert_eq!(scene.posted().await, ["hello", "a\n\tb\n", &long]);
    scene.server.stop().await;
}

#[tokio::test]
async fn each_refusal_is_one_sentence_and_an_exit_code() {
    let scene = Scene::new().await;
    for (args, input, code, says) in [
        (&["general"][..], "", 6, "empty"),
        (&["general"], "\n", 6, "empty"),
        (&["general"], "a\u{1b}[31mb", 6, "control"),
        (&["general"], &"x".repeat(16 * 1024 + 1), 6, "16 KiB"),
        (&["general"], &"x".repeat(100_000), 6, "16 KiB"),
        (&["nowhere"], "hello", 5, "nowhere"),
        (&["\u{202e}evil"], "hello", 5, "\\u{202e}evil"),
        (&["00000000000000000000000000000007"], "hello", 5, "no room"),
        (&["general", "--nonce", "a b"], "hello", 2, "nonce"),
        (
            &["general", "--url", "ftp://localhost"],
            "hello",
            2,
            "http://",
        ),
        (
            &["general", "--url", "localhost:8080"],
            "hello",
            2,
            "http://",
        ),
        (
            &["general", "--url", "http://127.0.0.1:1", "--wait", "0"],
            "hello",
            4,
            "cannot be reached",
        ),
    ] {
        let why = sentence(&scene.send(args, input).await, code);
        assert!(why.contains(says), "{why}");
    }
    let mut wrong = scene.as_ada(&["send", "general"]);
    wrong.env("PARLOR_TOKEN", "wrong");
    sentence(&scene.home.run_with(wrong, "hello").await, 3);
    let nobody = scene.bare(&["tail", "general", "--url", &scene.url()]);
    sentence(&scene.home.run_with(nobody, "").await, 3);
    let login = [
        "login",
        &scene.url(),
        "--username",
        "ada",
        "--password-stdin",
    ];
    sentence(
        &scene.home.run_with(scene.bare(&login), "wrong horse").await,
        3,
    );
    let mut binary = scene.as_ada(&["send", "general"]);
    let mut child = binary
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin
        .write_all(&[0xff, 0xfe, 0x00])
        .await
        .expect("it reads");
    drop(stdin);
    let output = soon("its end", child.wait_with_output())
        .await
        .expect("an output");
    assert!(sentence(&output, 6).contains("UTF-8"));
    assert_eq!(scene.posted().await, Vec::<String>::new());
}

#[tokio::test]
async fn sent_again_under_its_nonce_it_stays_one_message() {
    let mut scene = Scene::new().await;
    scene.server.signal("STOP").await;
    let mut half = scene.as_ada(&["send", "general", "--nonce", "n1"]);
    let mut half = half
        .stdin(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = half.stdin.take().expect("a pipe");
    stdin.write_all(b"once").await.expect("it reads");
    drop(stdin);
    half.kill().await.expect("it runs");
    scene.server.signal("CONT").await;
    for _ in 0..2 {
        let output = scene.send(&["general", "--nonce", "n1"], "once").await;
        assert!(output.status.success(), "{output:?}");
    }
    let why = sentence(&scene.send(&["general", "--nonce", "n1"], "twice").await, 1);
    assert!(why.contains("nonce"), "{why}");
    // A server that is away for a while only delays it.
    scene.server.kill().await;
    let mut late = scene.as_ada(&["send", "general"]);
    let mut late = late
        .stdin(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = late.stdin.take().expect("a pipe");
    stdin.write_all(b"late").await.expect("it reads");
    drop(stdin);
    scene.again().await;
    assert!(
        soon("its end", late.wait())
            .await
            .expect("a status")
            .success()
    );
    assert_eq!(scene.posted().await, ["once", "late"]);
}

#[tokio::test]
async fn a_tail_prints_nothing_that_steers_a_terminal_and_ends_as_it_should() {
    let scene = Scene::new().await;
    let general = scene.general().await;
    let mut plain = Tail::of(scene.as_ada(&["tail", "General"])).await;
    let mut raw = Tail::of(scene.as_ada(&["tail", &general, "--json"])).await;
    scene
        .ben
        .post(&general, "a\u{202e}b\n2026 ben: c", "n1")
        .await
        .expect(201);
    let line = plain.line().await;
    assert!(line.ends_with(" ben: a\\u{202e}b"), "{line}");
    assert_eq!(plain.line().await, "    2026 ben: c");
    let line = raw.line().await;
    assert!(line.contains("a\\u202eb\\n2026"), "{line}");
    let event: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(event["text"], "a\u{202e}b\n2026 ben: c");
    // A closed pipe ends it quietly, without another event.
    drop(raw.out);
    assert_eq!(
        soon("its end", raw.child.wait())
            .await
            .expect("a status")
            .code(),
        Some(0)
    );
    assert_eq!(raw.err.next_line().await.expect("UTF-8"), None);
    // Who is no member any more, or not signed in, is told so.
    scene.ada.leave(&general).await;
    plain.state("no member").await;
    assert_eq!(plain.code().await, Some(1));
    scene.ada.join(&general).await;
    let mut last = Tail::of(scene.as_ada(&["tail", "general"])).await;
    scene
        .ada
        .http()
        .bearer(&scene.token)
        .delete("sessions/current")
        .await
        .expect(204);
    assert_eq!(last.code().await, Some(3));
    let nowhere = scene.bare(&["tail", "nowhere", "--url", &scene.url()]);
    let mut nowhere = nowhere;
    nowhere.env("PARLOR_TOKEN", &scene.ada.token);
    let output = scene.home.run_with(nowhere, "").await;
    assert_eq!(output.status.code(), Some(5), "{output:?}");
}

#[tokio::test]
async fn on_a_terminal_the_password_is_not_shown_and_colours_can_be_turned_off() {
    let scene = Scene::new().await;
    let program = env!("CARGO_BIN_EXE_parlor");
    let on_terminal = |line: String| {
        let mut command = scene.bare(&[]);
        let environment: Vec<_> = command
            .as_std()
            .get_envs()
            .map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned)))
            .collect();
        command = Command::new("script");
        for (name, value) in environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
            .args(["-qec", &line, "/dev/null"])
            .kill_on_drop(true)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        command.spawn().expect("script, of util-linux")
    };
    let mut login = on_terminal(format!("{program} login {}", scene.url()));
    let mut stdin = login.stdin.take().expect("a pipe");
    let mut out = login.stdout.take().expect("a pipe");
    let mut shown = read_to(&mut out, "Username").await;
    stdin.write_all(b"ada\n").await.expect("it reads");
    shown += &read_to(&mut out, "Password: ").await;
    stdin
        .write_all(format!("{PASSWORD}\n").as_bytes())
        .await
        .expect("it reads");
    shown += &read_to(&mut out, "signed in").await;
    assert!(!shown.contains(PASSWORD), "{shown}");
    assert!(
        soon("its end", login.wait())
            .await
            .expect("a status")
            .success()
    );

    let general = scene.general().await;
    for (before, colours) in [("", true), ("NO_COLOR=1 ", false)] {
        let mut tail = on_terminal(format!("{before}{program} tail general"));
        let mut out = tail.stdout.take().expect("a pipe");
        read_to(&mut out, "connected to").await;
        scene
            .ben
            .post(&general, "hello", before.trim_end().get(..1).unwrap_or("x"))
            .await
            .expect(201);
        let shown = read_to(&mut out, "hello").await;
        assert_eq!(shown.contains('\u{1b}'), colours, "{shown:?}");
        tail.kill().await.expect("it runs");
    }
}

/// What a program shows, up to and with this.
async fn read_to(out: &mut ChildStdout, part: &str) -> String {
    let mut shown = Vec::new();
    until(part, async || {
        let byte = out.read_u8().await.expect("more to come");
        shown.push(byte);
        let shown = String::from_utf8_lossy(&shown);
        shown.contains(part).then(|| shown.into_owned())
    })
    .await
}
