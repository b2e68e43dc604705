//! Pages: of history, of the log, and where they end.

use parlor_testkit::TestServer;
use parlor_testkit::person::{items, number};
use serde_json::{Value, json};

fn seqs(page: &Value) -> Vec<u64> {
    items(page)
        .iter()
        .map(|item| number(&item["seq"]))
        .collect()
}

#[tokio::test]
async fn history_is_paged_in_both_directions_and_around() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    ada.connect()
        .await
        .post_many(&server.general, (0..100).map(|n| n.to_string()))
        .await;
    let page = |query: &str| {
        let (http, path) = (
            ada.http(),
            format!("rooms/{}/messages?{query}", server.general),
        );
        async move { http.get(&path).await.expect(200) }
    };
    let newest = page("").await;
    assert_eq!(seqs(&newest), (53..=102).collect::<Vec<_>>());
    assert_eq!(
        (&newest["has_more"], &newest["as_of"]),
        (&json!(true), &json!(102))
    );
    let before = page("before=53&limit=60").await;
    assert_eq!(seqs(&before), (3..=52).collect::<Vec<_>>());
    assert_eq!(before["has_more"], false);
    let after = page("after=3&limit=10").await;
    assert_eq!(
        (seqs(&after), &after["has_more"]),
        ((4..=13).collect(), &json!(true))
    );
    let around = page("around=50&limit=10").await;
    assert_eq!(seqs(&around), (45..=54).collect::<Vec<_>>());
    assert_eq!(
        (&around["has_more_before"], &around["has_more_after"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(around.get("has_more"), None);
    assert_eq!(seqs(&page("limit=100000").await).len(), 100);
    assert_eq!(seqs(&page("after=102").await), [0; 0]);
}

#[tokio::test]
async fn a_page_asked_for_badly_is_refused_in_words() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let room = &server.general;
    for query in [
        "before=3&after=4",
        "around=1&before=2",
        "before=x",
        "limit=many",
        "after=-1",
    ] {
        ada.http()
            .get(&format!("rooms/{room}/messages?{query}"))
            .await
            .refused(400, "bad_request");
    }
    ada.http()
        .get(&format!("rooms/{room}/events?after=x"))
        .await
        .refused(400, "bad_request");
}

#[tokio::test]
async fn the_log_is_paged_from_any_number() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    ada.connect()
        .await
        .post_many(&server.general, (0..300).map(|n| n.to_string()))
        .await;
    let page = |query: &str| {
        let (http, path) = (
            ada.http(),
            format!("rooms/{}/events?{query}", server.general),
        );
        async move { http.get(&path).await.expect(200) }
    };
    let first = page("").await;
    let events = first["events"].as_array().unwrap();
    assert_eq!((events.len(), &events[0]["seq"]), (200, &json!(1)));
    assert_eq!(
        (&first["has_more"], &first["head"]),
        (&json!(true), &json!(302))
    );
    let rest = page("after=200&limit=1000").await;
    assert_eq!(
        (rest["events"].as_array().unwrap().len(), &rest["has_more"]),
        (102, &json!(false))
    );
    let end = page("after=302").await;
    assert_eq!(
        (&end["events"], &end["has_more"]),
        (&json!([]), &json!(false))
    );
    assert_eq!(page("after=9999").await["events"], json!([]));
}

#[tokio::test]
async fn a_page_ends_early_at_a_mebibyte_and_says_that_there_is_more() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let texts = (0..100).map(|_| "x".repeat(16 * 1024));
    ada.connect().await.post_many(&server.general, texts).await;
    for path in [
        "messages?limit=200",
        "messages?limit=200&after=0",
        "events?limit=1000",
    ] {
        let answer = ada
            .http()
            .get(&format!("rooms/{}/{path}", server.general))
            .await;
        let page = answer.expect(200);
        let size = answer.bytes.len();
        assert!((900_000..=1_100_000).contains(&size), "{path}: {size}");
        assert_eq!(page["has_more"], true, "{path}");
    }
    assert_eq!(ada.log(&server.general).await.len(), 102);
}
