//! Every file on its own: its length, its first line, its words; and whether the
//! map of the house shows each crate.

use crate::Finding;
use crate::repository::Source;

/// Longer files hold more than one concept. The best code bases known to us stay
/// below this almost everywhere.
const MAX_LINES: usize = 500;

/// What people write by hand and read from top to bottom.
const SOURCE_EXTENSIONS: &[&str] = &["rs", "ts", "svelte", "css", "sql", "sh", "mjs", "js", "py"];

/// Written by a program: checked for staleness, not for looks.
const GENERATED: &[&str] = &["web/src/protocol.gen.ts", "docs/protocol/"];

/// A table, one entry under the other: all words of the page in one language.
const TABLES: &[&str] = &["web/src/lib/words/"];

const LOCK_FILES: &[&str] = &["Cargo.lock", "package-lock.json"];

/// What must not be there, and why. In source files only, or in every file.
/// The words are put together here so that this file does not hold them.
const UNFINISHED: &[&str] = &[
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("#[ig", "nore"),
    concat!("test.", "only("),
    concat!("test.", "skip("),
    concat!("test.", "fixme("),
    concat!("describe.", "only("),
    concat!("it.", "only("),
    concat!("it.", "skip("),
    concat!("debug", "ger;"),
];
const UNFINISHED_WORDS: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];
const ONE_MACHINE: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/fa", "rm/"),
    concat!("../sha", "red"),
];
const REGISTRIES: &[&str] = &[
    concat!("registry.npm", "js.org"),
    concat!("registry.yarn", "pkg.com"),
    concat!("static.crates", ".io"),
    concat!("index.crates", ".io"),
    concat!("pypi", ".org"),
    concat!("files.python", "hosted.org"),
];
const SLEEPS: &[&str] = &[
    concat!("waitFor", "Timeout("),
    concat!("thread::", "sleep("),
];

pub(super) fn check(repository: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in repository {
        let generated = GENERATED.iter().any(|path| source.path.starts_with(path));
        let lock = LOCK_FILES.iter().any(|name| source.path.ends_with(name));
        if SOURCE_EXTENSIONS.contains(&source.extension()) && !generated {
            findings.extend(length(source));
            findings.extend(first_line(source));
            findings.extend(unfinished(source));
        }
        if !lock {
            findings.extend(phrases(source, ONE_MACHINE, "is a path of one machine"));
            findings.extend(phrases(
                source,
                REGISTRIES,
                "is a registry's host; lock files only",
            ));
        }
    }
    findings.extend(map(repository));
    findings
}

fn length(source: &Source) -> Option<Finding> {
    if TABLES.iter().any(|path| source.path.starts_with(path)) {
        return None;
    }
    let lines = source.text.lines().count();
    (lines > MAX_LINES).then(|| {
        let what = format!("has {lines} lines; split it by idea (at most {MAX_LINES})");
        Finding::new(&source.path, what)
    })
}

fn first_line(source: &Source) -> Option<Finding> {
    (source.extension() == "rs" && !source.text.starts_with("//!")).then(|| {
        Finding::new(
            &source.path,
            "begins without `//!`: say what it holds and promises",
        )
    })
}

fn unfinished(source: &Source) -> Vec<Finding> {
    let mut findings = phrases(source, UNFINISHED, "is unfinished or switched off");
    for (n, line) in source.text.lines().enumerate() {
        for word in UNFINISHED_WORDS.iter().filter(|word| has_word(line, word)) {
            findings.push(Finding::on_line(
                &source.path,
                n,
                format!("{word}: finish it or drop it"),
            ));
        }
    }
    if source.is_test() {
        findings.extend(phrases(
            source,
            SLEEPS,
            "in a test; wait for the condition instead",
        ));
    }
    findings
}

fn phrases(source: &Source, phrases: &[&str], what: &str) -> Vec<Finding> {
    let lines = source.text.lines().enumerate();
    lines
        .flat_map(|(n, line)| {
            phrases
                .iter()
                .filter(move |phrase| line.contains(**phrase))
                .map(move |p| (n, p))
        })
        .map(|(n, phrase)| Finding::on_line(&source.path, n, format!("{phrase:?} {what}")))
        .collect()
}

/// Whether the word stands in the line on its own, not inside another.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let inside = |c: char| c.is_alphanumeric() || c == '_';
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(inside) && !after.is_some_and(inside)
    })
}

/// ARCHITECTURE.md is there and mentions each crate by its folder's name.
fn map(repository: &[Source]) -> Vec<Finding> {
    let Some(map) = repository
        .iter()
        .find(|source| source.path == "ARCHITECTURE.md")
    else {
        return vec![Finding::new("ARCHITECTURE.md", "is missing")];
    };
    let crates = repository.iter().filter_map(|source| {
        let folder = source.crate_folder()?;
        (source.path == format!("crates/{folder}/Cargo.toml")).then_some(folder)
    });
    crates
        .filter(|folder| !has_word(&map.text, folder))
        .map(|folder| {
            Finding::new(
                "ARCHITECTURE.md",
                format!("does not mention crates/{folder}"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::made_up;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let repository = [made_up("ARCHITECTURE.md", "live"), made_up(path, text)];
        check(&repository).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_over_the_limit_is_found_and_a_generated_one_is_not() {
        let text = "//! Doc.\n".repeat(MAX_LINES + 1);
        assert_eq!(findings("crates/live/src/hub.rs", &text).len(), 1);
        assert_eq!(findings("web/src/protocol.gen.ts", &text), [""; 0]);
        assert_eq!(
            findings("crates/live/src/hub.rs", &"//! Doc.\n".repeat(MAX_LINES)),
            [""; 0]
        );
    }

    #[test]
    fn a_rust_file_begins_with_its_doc() {
        assert!(findings("crates/live/src/hub.rs", "use a;\n")[0].contains("without `//!`"));
    }

    #[test]
    fn unfinished_words_are_found_where_they_stand_alone() {
        let text = format!("//! Doc.\nlet a = 1; // {}: later\n", UNFINISHED_WORDS[0]);
        assert_eq!(findings("crates/live/src/a.rs", &text).len(), 1);
        let text = format!("//! Doc.\nlet mask = {:?};\n", "XXXXXX");
        assert_eq!(findings("crates/live/src/a.rs", &text), [""; 0]);
        let text = format!("//! Doc.\n{} = \"slow\"]\n", UNFINISHED[2]);
        assert_eq!(findings("crates/live/tests/a.rs", &text).len(), 1);
    }

    #[test]
    fn a_test_that_sleeps_is_found() {
        let text = format!("//! Doc.\n{}ms);\n", SLEEPS[1]);
        assert_eq!(findings("crates/live/tests/a.rs", &text).len(), 1);
    }

    #[test]
    fn registries_are_named_in_lock_files_only() {
        let text = format!("\"resolved\": \"https://{}/ws\"", REGISTRIES[0]);
        assert_eq!(findings("web/package-lock.json", &text), [""; 0]);
        assert_eq!(findings("web/.npmrc", &text).len(), 1);
    }

    #[test]
    fn a_path_of_one_machine_is_found_in_any_text() {
        let text = format!("see {}x\n", ONE_MACHINE[0]);
        assert_eq!(findings("README.md", &text).len(), 1);
    }

    #[test]
    fn the_map_shows_every_crate() {
        let found = findings("crates/bus/Cargo.toml", "");
        assert_eq!(found, ["ARCHITECTURE.md: does not mention crates/bus"]);
        assert_eq!(findings("crates/live/Cargo.toml", ""), [""; 0]);
    }
}
