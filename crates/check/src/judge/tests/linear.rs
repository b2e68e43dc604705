//! Judging is linear in the history: ten times as long takes about ten times as much.

use serde_json::{Value, json};

use super::{ADA, ROOM, Story, event, is_good, post, wire};
use crate::history::{Record, What};
use crate::judge::Judge;
use crate::judge::verdict::Verdict;

/// What it may take beside what it took for a tenth: ten times and what caches and growing tables
/// add. By the square it would be a hundred.
const AT_MOST: u64 = 25;

/// A history of so many posts, of which every tenth is deleted; with connections, repeats and
/// pages all along.
fn history(posts: u64) -> Vec<Record> {
    let mut story = Story::new();
    let mut log: Vec<Value> = Vec::new();
    let mut head = 3;
    let mut standing = 0;
    for n in 0..posts {
        let nonce = format!("n{n}");
        head += 1;
        standing += 1;
        let said = post(head, ADA, &nonce);
        story.posts(1, &nonce).sees(2, std::slice::from_ref(&said));
        story
            .acks(1, &nonce, head)
            .sees(1, std::slice::from_ref(&said));
        log.push(said);
        if n % 10 == 9 {
            let (target, nonce) = (head, format!("d{n}"));
            let delete =
                json!({"type": "delete", "id": nonce, "room": ROOM, "nonce": nonce, "seq": target});
            head += 1;
            standing -= 1;
            let gone = json!({"target": target, "author": ADA, "nonce": nonce});
            let deleted = event(head, ADA, "message_deleted", &gone);
            story.sends(1, &delete).acks(1, &nonce, head);
            story.sees(1, std::slice::from_ref(&deleted));
            story.sees(2, std::slice::from_ref(&deleted));
            if let Some(post) = log.last_mut().and_then(Value::as_object_mut) {
                post.remove("text");
                post.insert("redacted".into(), json!(true));
            }
            log.push(deleted);
        }
        if n % 50 == 49 {
            let resume = json!({"type": "resume", "id": "r", "room": ROOM, "after": head - 20});
            let again = &log[log.len() - 20..];
            let caught_up = json!({"type": "caught_up", "room": ROOM, "seq": head, "id": "r"});
            story.sends(2, &resume).sees(2, again).gets(2, &caught_up);
            let hello =
                json!({"type": "hello", "protocol": 1, "epoch": "e", "rooms": {ROOM: head}});
            story.line(2, What::Connected).sends(2, &hello);
            story.ready(2, head, u64::min(standing, 100));
            let page = json!({"events": again, "head": head, "has_more": false, "epoch": "e"});
            story.pages(2, "events?after=1", &page);
        }
    }
    let beginning = story.log(&[]);
    let mut all = beginning["events"].as_array().cloned().unwrap_or_default();
    all.extend(log);
    for page in all.chunks(1000) {
        let last = page
            .last()
            .map_or(0, |event| event["seq"].as_u64().unwrap_or(0));
        let body = json!({"events": page, "head": head, "has_more": last < head, "epoch": "e"});
        story.line(
            0,
            What::Log {
                room: ROOM.into(),
                page: wire(&body),
            },
        );
    }
    story.0
}

fn judged(history: &[Record]) -> Verdict {
    let mut judge = Judge::default();
    for (record, n) in history.iter().zip(1..) {
        judge.first_pass(n, record);
    }
    judge.knows_the_logs();
    for (record, n) in history.iter().zip(1..) {
        judge.second_pass(n, record.clone());
    }
    judge.finish()
}

/// Nanoseconds that this thread has had a processor: others who want it do not count.
fn worked() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stat.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn ten_times_the_history_takes_about_ten_times_the_work() {
    let took = |posts: u64| {
        let history = history(posts);
        let tries = (0..3).map(|_| {
            let began = worked();
            let verdict = judged(&history);
            let took = worked() - began;
            is_good(&verdict);
            assert_eq!(verdict.counts.events, 3 + posts + posts / 10);
            took
        });
        (history.len() as u64, tries.min().unwrap())
    };
    let (few_lines, few) = took(300);
    let (many_lines, many) = took(3000);
    println!("{few_lines} lines {few} ns, {many_lines} lines {many} ns");
    assert!(many_lines > 9 * few_lines);
    assert!(
        many < AT_MOST * few,
        "{few_lines} lines took {few} ns, {many_lines} took {many} ns"
    );
}
