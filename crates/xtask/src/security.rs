//! Whether `docs/security.md` names tests that are there, and each row a test or a reason.

use crate::Finding;
use crate::repository::Source;

/// Where it stands.
const DOCUMENT: &str = "docs/security.md";
/// What a row says instead of tests begins so.
const REASON: &str = "– ";

/// Every row without a test or a reason, and every test that is not there.
pub fn check(repository: &[Source]) -> Vec<Finding> {
    let Some(document) = repository.iter().find(|source| source.path == DOCUMENT) else {
        return vec![Finding::new(DOCUMENT, "is not there")];
    };
    let mut findings = Vec::new();
    for (n, line) in document.text.lines().enumerate() {
        let is_row = line.starts_with("| ") && line.ends_with(" |");
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        if !is_row
            || cells
                .first()
                .is_some_and(|it| ["threat", "section"].contains(it))
        {
            continue;
        }
        let last = cells.last().copied().unwrap_or_default();
        let tests: Vec<&str> = last.split('`').skip(1).step_by(2).collect();
        if tests.is_empty() && !(last.starts_with(REASON) && last.ends_with('.')) {
            findings.push(Finding::on_line(
                DOCUMENT,
                n,
                "a row without a test or a reason",
            ));
        }
        for test in tests.into_iter().filter(|test| !is_there(test, repository)) {
            let what = format!("names the test {test}, which is not there");
            findings.push(Finding::on_line(DOCUMENT, n, what));
        }
    }
    findings
}

/// Whether a test is there: `file::name`, the file's name or its folder's, or `file › title`.
fn is_there(test: &str, repository: &[Source]) -> bool {
    if let Some((file, title)) = test.split_once(" › ") {
        return repository.iter().any(|source| {
            source.path.rsplit('/').next() == Some(file) && source.text.contains(title)
        });
    }
    let Some((file, name)) = test.split_once("::") else {
        return false;
    };
    let of_that_name = |path: &str| {
        let name = path.strip_suffix(".rs").unwrap_or_default();
        name.rsplit('/').next() == Some(file)
    };
    let function = format!("fn {name}(");
    let mut files = repository
        .iter()
        .filter(|source| of_that_name(&source.path));
    files.any(|source| source.text.contains(&function))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::made_up;

    fn count(row: &str) -> usize {
        let text = format!("| threat | control | tests |\n|---|---|---|\n{row}\n");
        check(&[
            made_up(DOCUMENT, &text),
            made_up("crates/live/tests/sockets/races.rs", "fn a_race() {}"),
            made_up("web/src/lib/text.test.ts", "test('stays text', () => {"),
        ])
        .len()
    }

    #[test]
    fn a_test_that_is_not_there_is_found_and_so_is_a_row_without_any() {
        assert_eq!(
            count("| a | b | `races::a_race`, `text.test.ts › stays text` |"),
            0
        );
        assert_eq!(count("| a | b | `races::another` |"), 1);
        assert_eq!(count("| a | b | `walk::a_race` |"), 1, "of another file");
        assert_eq!(count("| a | b | `text.test.ts › goes` |"), 1);
        assert_eq!(count("| a | b |  |"), 1);
        assert_eq!(count("| a | b | – Does not apply: there is none. |"), 0);
    }
}
