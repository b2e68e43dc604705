//! Sections 9, 10 and 12: long messages, many small ones, fragments on their own, compression.

use super::bytes::{fragments, heard, ping, request, text};
use super::*;

/// The longest message of the contract.
const MESSAGE: usize = 128 * 1024;

#[tokio::test]
async fn case_9_messages_up_to_the_limit_arrive_and_longer_ones_close_with_1009() {
    let whole = |length| frame(FIN | TEXT, request("x", length));
    let declared = |length| head(FIN | TEXT, length);
    let in_64 = |length| fragments(request("x", length).as_bytes(), length.div_ceil(64));
    let limit = "messages are at most 128 KiB: 1009, by the declared length";
    let sizes = "a message has at most 64 fragments: 1008";
    let over = [frame(TEXT, vec![b' '; MESSAGE - 1]), head(0, 2)];
    check(vec![
        case("9.1.1", whole(64 * 1024), vec![heard("x")]),
        case("9.1.limit", whole(MESSAGE), vec![heard("x")]),
        case("9.1.2", declared(256 * 1024), vec![Heard::Closed(1009)]).ours(limit),
        case("9.1.6", declared(16 << 20), vec![Heard::Closed(1009)]).ours(limit),
        case(
            "9.3.1",
            fragments(&[b' '; 4096], 60),
            vec![Heard::Closed(1008)],
        )
        .ours(sizes),
        case("9.3.4", in_64(MESSAGE), vec![heard("x")]),
        case("9.3.9", over.concat(), vec![Heard::Closed(1009)]).ours(limit),
    ])
    .await;
}

/// A thousand small ones, of which the contract answers the newest.
#[tokio::test]
async fn case_9_7_a_thousand_messages_arrive_in_order() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    for (number, length) in [("9.7.1", 0), ("9.7.2", 64), ("9.7.3", 256), ("9.7.4", 1024)] {
        let text = |n: usize| frame(FIN | TEXT, request(&n.to_string(), length));
        let case = case(number, (0..1000).flat_map(text).collect(), vec![]);
        let heard_all = hear(&ada, &server, &case, 997).await;
        assert_eq!(heard_all.last(), Some(&heard("999")), "case {number}");
        let order = heard_all.iter().map(|it| match it {
            Heard::Text(id) => id.parse::<u32>().expect("a number"),
            other => panic!("{other:?}"),
        });
        assert!(order.is_sorted(), "case {number}");
    }
}

#[tokio::test]
async fn case_10_a_message_in_fragments_of_its_own_size_arrives() {
    let whole = request("x", 65_536);
    check(vec![
        case(
            "10.1.1",
            fragments(whole.as_bytes(), 1300),
            vec![heard("x")],
        ),
        case(
            "10.pings",
            [ping(b"a"), text("b")].concat(),
            vec![pong_of(b"a"), heard("b")],
        ),
    ])
    .await;
}

/// Compression is not negotiated, whatever is offered, so that nothing small becomes large.
#[tokio::test]
async fn case_12_compression_is_not_negotiated_and_its_bit_is_reserved() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    for offer in [
        "permessage-deflate",
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; server_no_context_takeover, x-webkit-deflate-frame",
    ] {
        let headers = [
            ("authorization", format!("Bearer {}", ada.token)),
            ("sec-websocket-extensions", offer.to_owned()),
        ];
        let headers = headers
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let upgraded = parlor_testkit::phone::upgrade(server.address(), "/ws", &headers).await;
        let (_, response) = upgraded.expect("an upgrade");
        assert_eq!(
            response.headers().get("sec-websocket-extensions"),
            None,
            "{offer}"
        );
    }
    let compressed = frame(FIN | 0x40 | TEXT, b"\xf2\x48\xcd\xc9\xc9\x07\x00");
    check(vec![case("12.1.1", compressed, vec![Heard::Closed(1002)])]).await;
}
