//! The table of `docs/sabotage.md`: what each switch does wrong, who notices, and how soon.

use std::fs;

use parlor_sabotage::Switch;

use super::{CATCHERS, Catcher};
use crate::Finding;
use crate::repository::{self, Source};

/// Where it stands.
pub const DOCUMENT: &str = "docs/sabotage.md";

const BEGIN: &str =
    "| switch | what it does wrong | the test that notices | seconds |\n|---|---|---|---|\n";

/// That the table names each switch and its catchers as they are, and that each of those tests is there.
pub fn check(repository: &[Source]) -> Vec<Finding> {
    let text = repository.iter().find(|source| source.path == DOCUMENT);
    let text = text.map_or("", |source| source.text.as_str());
    let mut findings = Vec::new();
    for switch in Switch::ALL {
        if !CATCHERS.iter().any(|it| it.switch() == switch.name()) {
            let what = format!("nothing notices the sabotage {}", switch.name());
            findings.push(Finding::new(DOCUMENT, what));
        }
    }
    for catcher in CATCHERS {
        if !text.contains(&row_begins(catcher)) {
            let what = format!(
                "has no row for {} as it stands: cargo xtask sabotage --write",
                catcher.sabotage
            );
            findings.push(Finding::new(DOCUMENT, what));
        }
        let name = catcher.test.rsplit("::").next().unwrap_or(catcher.test);
        let begins = format!("crates/{}/", catcher.folder);
        let found = |source: &&Source| {
            source.path.starts_with(&begins) && source.text.contains(&format!("fn {name}("))
        };
        if !repository.iter().any(|source| found(&source)) {
            let what = format!("names the test {name}, which is not in {begins}");
            findings.push(Finding::new(DOCUMENT, what));
        }
    }
    findings
}

/// Writes the table with the seconds measured; the rest of the document stays.
pub(super) fn write(seconds: &[(Catcher, f64)]) -> Result<(), String> {
    let path = repository::root().join(DOCUMENT);
    let wrong = |error: std::io::Error| format!("{DOCUMENT}: {error}");
    let text = fs::read_to_string(&path).map_err(wrong)?;
    let (before, rest) = text
        .split_once(BEGIN)
        .ok_or_else(|| format!("{DOCUMENT} has no table"))?;
    let after = rest.find("\n\n").map_or("", |at| &rest[at + 1..]);
    let mut rows = String::new();
    for catcher in CATCHERS {
        let measured = seconds.iter().find(|(it, _)| it == catcher);
        let begins = row_begins(catcher);
        let old = rest
            .lines()
            .find_map(|line| line.strip_prefix(begins.as_str()));
        let took = match (measured, old) {
            (Some((_, took)), _) => format!(" {took:.1} |"),
            (None, Some(old)) => old.to_owned(),
            (None, None) => " – |".to_owned(),
        };
        rows += &format!("{begins}{took}\n");
    }
    fs::write(&path, format!("{before}{BEGIN}{rows}{after}")).map_err(wrong)
}

/// A row up to its seconds.
fn row_begins(catcher: &Catcher) -> String {
    let mut switches = Switch::ALL.iter();
    let switch = switches.find(|it| it.name() == catcher.switch());
    let what = switch.map_or("", |it| it.what().trim_end_matches('.'));
    let Catcher {
        sabotage,
        folder,
        target,
        test,
        ..
    } = catcher;
    format!("| `{sabotage}` | {what} | `{folder}`, {target} `{test}` |")
}
