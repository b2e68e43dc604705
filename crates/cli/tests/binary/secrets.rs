//! Secrets: shown once, kept as hashes, and in no log, however much is logged.

use std::fs::File;

use parlor_testkit::person::text;
use parlor_testkit::phone::upgrade;
use parlor_testkit::{Http, Person};
use serde_json::json;

use crate::support::{Home, PASSWORD, Serving};

/// What may be in no log and in no file, and what it is.
type Secrets = Vec<(&'static str, String)>;

#[tokio::test]
async fn no_secret_is_in_a_log_or_as_it_is_in_a_file() {
    let home = Home::new();
    let log = home.path().join("log");
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("PARLOR_LOG", "trace");
    let server = Serving::logging(command, File::create(&log).unwrap()).await;

    let mut secrets: Secrets = vec![("a password", PASSWORD.into())];
    let olga = claim(&home, &server, &mut secrets).await;
    let ada = invite(&server, &olga, &mut secrets).await;
    open_a_socket(&server, &ada, &mut secrets).await;
    change_the_password(&home, &ada, &mut secrets).await;
    get_it_wrong(&server, &mut secrets).await;
    let token = home.say(&["token", "create", "ada"], "").await;
    server.http().bearer(&token).get("me").await.expect(200);
    secrets.push(("a token of the command line", token));

    // Of messages the log holds nothing; the database does.
    let said = "what ada says to her friends";
    let phone = ada.connect().await;
    let general = text(&phone.ready["rooms"][0]["id"]);
    ada.post(&general, said, "n").await.expect(201);
    let mut phone = phone;
    phone.post(&general, said).await;
    phone.try_post(&general, &said.repeat(1000), "m").await;
    server.stop().await;

    let log = std::fs::read(&log).unwrap();
    assert!(
        holds(&log, "stopping") && log.len() > 2000,
        "much is logged"
    );
    assert!(!holds(&log, said), "a message's text is in the log");
    let files = std::fs::read_dir(home.data()).unwrap();
    let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    assert!(files.contains(&home.database()));
    for (what, secret) in &secrets {
        assert!(secret.len() >= 8, "{what}");
        assert!(!holds(&log, secret), "{what} is in the log");
        for file in files.iter().filter(|file| file.is_file()) {
            let bytes = std::fs::read(file).unwrap();
            assert!(!holds(&bytes, secret), "{what} is in {}", file.display());
        }
    }
    assert!(secrets.len() >= 10);
}

/// Claims the server by its link.
async fn claim(home: &Home, server: &Serving, secrets: &mut Secrets) -> Person {
    let link = home.say(&["claim-link"], "").await;
    let (_, token) = link.split_once("/claim#").expect("a link");
    let body = json!({"token": token, "username": "olga", "password": PASSWORD});
    let answer = server.http().post("claim", body).await;
    let cookie = answer.header("set-cookie").to_owned();
    let olga = Person::signed_in(server.address, &answer);
    assert!(
        cookie.contains(&olga.token),
        "the cookie is the same secret"
    );
    secrets.push(("the owner link", token.to_owned()));
    secrets.push(("a session of a browser", olga.token.clone()));
    // As a browser shows it.
    let pair = cookie.split(';').next().unwrap_or_default();
    server
        .http()
        .with("cookie", pair)
        .get("me")
        .await
        .expect(200);
    olga
}

/// Somebody comes by an invite.
async fn invite(server: &Serving, olga: &Person, secrets: &mut Secrets) -> Person {
    let invite = olga.http().post("invites", json!({})).await.expect(201);
    let code = text(&invite["code"]);
    let password = "ada has a horse of her own";
    let body = json!({"username": "ada", "password": password, "invite": code});
    let ada = Person::signed_in(server.address, &server.http().post("users", body).await);
    secrets.push(("an invite", code));
    secrets.push(("a password of a sign-up", password.into()));
    secrets.push(("a session of a sign-up", ada.token.clone()));
    ada
}

/// A ticket in an address, which logs like to hold.
async fn open_a_socket(server: &Serving, ada: &Person, secrets: &mut Secrets) {
    let ticket = ada.http().post("tickets", json!({})).await.expect(201);
    let ticket = text(&ticket["ticket"]);
    let path = format!("/ws?ticket={ticket}");
    assert!(upgrade(server.address, &path, &[]).await.is_ok());
    assert!(upgrade(server.address, &path, &[]).await.is_err(), "once");
    secrets.push(("a ticket", ticket));
}

async fn change_the_password(home: &Home, ada: &Person, secrets: &mut Secrets) {
    let new = "ada's second horse";
    let body = json!({"old": "ada has a horse of her own", "new": new});
    ada.http().post("me/password", body).await.expect(200);
    secrets.push(("a new password", new.into()));
    let by_console = "a horse from the console";
    let words = ["user", "password", "olga", "--password-stdin"];
    home.say(&words, by_console).await;
    secrets.push(("a password from the console", by_console.into()));
}

/// What is refused is a secret too: it may be right elsewhere, or nearly right here.
async fn get_it_wrong(server: &Serving, secrets: &mut Secrets) {
    let (wrong, cut) = ("almost ada's second horse", "cut off in the midst of it");
    let body = json!({"username": "ada", "password": wrong});
    let refused = server.http().post("sessions", body).await;
    refused.refused(401, "invalid_credentials");
    let half = format!(r#"{{"username":"ada","password":"{cut}"#);
    let json = server.http().with("content-type", "application/json");
    let post = json.send(http::Method::POST, "sessions", half.into());
    post.await.refused(400, "bad_request");
    let stray = "stray-token-of-another-server-0123456789";
    let http: Http = server.http().bearer(stray);
    http.get("me").await.refused(401, "not_signed_in");
    let path = format!("/ws?ticket={stray}");
    assert!(upgrade(server.address, &path, &[]).await.is_err());
    secrets.extend([
        ("a wrong password", wrong.into()),
        ("a password in half a body", cut.into()),
        ("a token of nobody", stray.into()),
    ]);
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|it| it == text.as_bytes())
}
