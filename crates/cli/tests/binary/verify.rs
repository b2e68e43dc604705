//! `parlor verify`: says that all agrees, or names what differs.

use std::fs;

use parlor_testkit::person::text;

use crate::support::Home;

const TEXT: &str = "a text that will be damaged";

/// A home where somebody has written something.
async fn with_history() -> Home {
    let home = Home::new();
    let server = home.serve().await;
    let guest = server.sign_in("prathmesh", "123").await;
    let mut phone = guest.connect().await;
    let general = text(&phone.ready["rooms"][0]["id"]);
    for text in ["before", TEXT, "after"] {
        phone.post(&general, text).await;
    }
    let said = home.say(&["verify"], "").await;
    assert!(said.contains("agrees"), "beside a server: {said}");
    server.stop().await;
    home
}

#[tokio::test]
async fn a_sound_database_agrees_with_itself() {
    let home = with_history().await;
    let said = home.say(&["verify"], "").await;
    assert!(said.contains('5') && said.contains("agrees"), "{said}");
    home.serve().await.stop().await;
}

#[tokio::test]
async fn a_flipped_byte_is_named() {
    let home = with_history().await;
    let sound = fs::read(home.database()).unwrap();
    let places: Vec<usize> = (0..sound.len() - TEXT.len())
        .filter(|at| &sound[*at..at + TEXT.len()] == TEXT.as_bytes())
        .collect();
    assert_eq!(places.len(), 1, "a text stands once: {places:?}");
    for at in places {
        let mut damaged = sound.clone();
        damaged[at] ^= 1;
        fs::write(home.database(), &damaged).unwrap();
        let output = home.run(&["verify"]).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(9), "{said}");
        let named = said.contains("event 4") || said.contains("message 4");
        assert!(named && said.contains("room "), "{said}");
        assert!(
            !said.contains("will be damaged"),
            "no message's text: {said}"
        );
    }
    fs::write(home.database(), &sound).unwrap();
    home.say(&["verify"], "").await;
}
