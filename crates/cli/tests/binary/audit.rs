//! `parlor audit`: what was done to accounts and rights, by whom and where; no secret, and nothing that is read.

use serde_json::{Value, json};

use crate::support::{Home, PASSWORD};

#[tokio::test]
async fn who_did_what_is_told_beside_a_server_and_after_it() {
    let home = Home::new();
    let add = ["user", "add", "olga", "--password-stdin", "--admin"];
    home.say(&add, PASSWORD).await;
    let server = home.serve().await;
    let olga = server.sign_in("olga", PASSWORD).await;
    let invite = olga.http().post("invites", json!({})).await.expect(201);
    let code = invite["code"].as_str().unwrap();
    let body = json!({"username": "ada", "password": PASSWORD, "invite": code});
    let ada = server.http().post("users", body).await.expect(201);
    let path = format!("users/{}", ada["user"]["id"].as_str().unwrap());
    let disabled = json!({"disabled": true});
    olga.http().patch(&path, disabled.clone()).await.expect(200);
    olga.http().patch(&path, disabled).await.expect(200);
    let token = home.say(&["token", "create", "olga"], "").await;

    let beside = home.say(&["audit"], "").await;
    server.stop().await;
    let said = home.say(&["audit"], "").await;
    assert_eq!(said, beside);
    let said_without_ids: Vec<&str> = said
        .lines()
        .map(|line| line.split_once(' ').unwrap().1)
        .map(|line| line.split(", session").next().unwrap())
        .collect();
    let expected = [
        "the console made an account, the owner: olga",
        "olga signed in",
        "olga made an invite",
        "ada signed up by an invite",
        "olga disabled: ada",
        "the console made a token: olga",
    ];
    assert_eq!(said_without_ids, expected, "{said}");
    for secret in [code, &token, &olga.token, PASSWORD] {
        assert!(!said.contains(secret), "{said}");
    }

    let lines = home.say(&["audit", "--json"], "").await;
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 6);
    assert_eq!(lines[4]["by"], "olga");
    assert_eq!(lines[4]["about"], "ada");
    assert_eq!(lines[4]["session"], lines[1]["session"], "where");
    assert_eq!(lines[0]["by"], Value::Null, "the console");
}
