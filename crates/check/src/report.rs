//! What a person, or a program, is told in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use crate::faults;
use crate::history::History;
use crate::judge::verdict::{Cite, Counts, Rule, Verdict};
use crate::promises::{self, Tried};

/// A line of an excerpt is shown this far.
const SHOWN: usize = 400;

/// All of it, for `--json`.
#[derive(Serialize)]
struct Machine<'a> {
    good: bool,
    #[serde(flatten)]
    counts: &'a Counts,
    /// For each kind of fault: with 95 % confidence, fewer than this share of them break a promise.
    bounds: BTreeMap<String, f64>,
    broken: &'a BTreeMap<Rule, u64>,
    /// What Parlor promises, with the faults that try each.
    promises: Vec<Tried>,
    violations: Vec<Shown>,
}

/// A violation with the lines that show it.
#[derive(Serialize)]
struct Shown {
    rule: Rule,
    what: String,
    excerpt: Vec<String>,
}

/// One JSON object.
///
/// # Errors
/// Where the history cannot be read.
pub fn json(verdict: &Verdict, history: &History) -> std::io::Result<String> {
    let machine = Machine {
        good: verdict.is_good(),
        counts: &verdict.counts,
        bounds: bounds(verdict),
        broken: &verdict.broken,
        promises: promises::tried(),
        violations: excerpts(verdict, history)?,
    };
    serde_json::to_string(&machine).map_err(std::io::Error::other)
}

/// The rule of three: n tries without a failure, and with 95 % confidence fewer than 3/n fail.
fn bounds(verdict: &Verdict) -> BTreeMap<String, f64> {
    if !verdict.is_good() {
        return BTreeMap::new();
    }
    let bound = |(name, n): (&String, &u64)| (name.clone(), 3.0 / *n as f64);
    verdict.counts.faults.iter().map(bound).collect()
}

/// Words.
///
/// # Errors
/// Where the history cannot be read.
pub fn words(verdict: &Verdict, history: &History) -> std::io::Result<String> {
    let mut out = String::new();
    let c = &verdict.counts;
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line(format!(
        "{} devices in {} rooms gave {} commands ({} times sent): {} acked, {} refused, {} never answered.",
        c.devices, c.rooms, c.commands, c.sent, c.acked, c.refused, c.unknown
    ));
    line(format!(
        "{} events in the logs, {} joins and leaves among them; {} received, {} of them once more.",
        c.events, c.moves, c.received, c.again
    ));
    line(format!(
        "{} deletions; {} counts and {} pages compared with the logs; {} connections.",
        c.deletions, c.counted, c.pages, c.connections
    ));
    for (name, n) in &c.faults {
        let fault = faults::by_name(name);
        let about = fault.as_ref().map_or("", |fault| fault.about());
        let tries = fault
            .as_ref()
            .map_or(String::new(), |fault| fault.promises().join(" "));
        let bound = if verdict.is_good() {
            format!(
                ": nothing broken; with 95 % confidence fewer than {} do",
                share(*n)
            )
        } else {
            String::new()
        };
        line(format!("{n} times {about} ({tries}){bound}."));
    }
    for (what, ms) in &c.worst_ms {
        line(format!("Longest {what}: {ms} ms."));
    }
    line(format!("Seed {}. Again: {}", c.seed, c.command));
    if verdict.is_good() {
        line("Nothing is lost, doubled or out of order.".into());
        return Ok(out);
    }
    line(String::new());
    for (rule, n) in &verdict.broken {
        line(format!("BROKEN {n} times: something {}.", rule.sentence()));
    }
    for shown in excerpts(verdict, history)? {
        let mut text = String::new();
        let _ = write!(text, "\n{} {}:", shown.what, shown.rule.sentence());
        for cite in &shown.excerpt {
            let _ = write!(text, "\n    {cite}");
        }
        line(text);
    }
    Ok(out)
}

/// 3/n in words.
fn share(n: u64) -> String {
    if n <= 3 {
        return "all".into();
    }
    format!("{:.1} %", 300.0 / n as f64)
}

/// The lines that the violations name.
fn excerpts(verdict: &Verdict, history: &History) -> std::io::Result<Vec<Shown>> {
    let wanted: BTreeSet<u64> = verdict
        .violations
        .iter()
        .flat_map(|violation| &violation.cites)
        .filter_map(|cite| match cite {
            Cite::Line(line) => Some(*line),
            Cite::Log(_) => None,
        })
        .collect();
    let mut lines = BTreeMap::new();
    if !wanted.is_empty() {
        for (line, n) in history.lines()?.zip(1..) {
            if wanted.contains(&n) {
                lines.insert(n, line?);
            }
        }
    }
    let shown = |cite: &Cite| match cite {
        Cite::Line(n) => format!("line {n}: {}", cut(lines.get(n).map_or("", String::as_str))),
        Cite::Log(text) => cut(text),
    };
    Ok(verdict
        .violations
        .iter()
        .map(|violation| Shown {
            rule: violation.rule,
            what: violation.what.clone(),
            excerpt: violation.cites.iter().map(shown).collect(),
        })
        .collect())
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
