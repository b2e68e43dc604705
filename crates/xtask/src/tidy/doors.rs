//! Single doors: things that only one place may do.
//!
//! A door is a piece of text and the files that may hold it. It is a guard
//! against drift, not a proof: who works around it on purpose can.

use crate::Finding;
use crate::repository::Source;

/// Text that may stand only in files whose path begins with one of `may`, looked
/// for in files whose path begins with one of `within`.
struct Door {
    text: &'static str,
    within: &'static [&'static str],
    may: &'static [&'static str],
    what: &'static str,
}

const SQL: &str = "SQL is written in crates/store-sqlite only";

const DOORS: &[Door] = &[
    Door {
        text: "INSERT INTO ",
        within: &["crates/"],
        may: SQL_MAY,
        what: SQL,
    },
    Door {
        text: "DELETE FROM ",
        within: &["crates/"],
        may: SQL_MAY,
        what: SQL,
    },
    Door {
        text: "SELECT ",
        within: &["crates/"],
        may: SQL_MAY,
        what: SQL,
    },
    Door {
        text: "application/problem+json",
        within: &["crates/server/src/"],
        may: &[
            "crates/server/src/error.rs",
            "crates/server/src/api/openapi",
            "crates/server/src/openapi",
        ],
        what: "crates/server/src/error.rs makes every HTTP error",
    },
    Door {
        text: "dyn Append",
        within: &["crates/server/"],
        may: &[],
        what: "what is written goes through live::submit",
    },
    Door {
        text: "innerHTML",
        within: &["web/src/"],
        may: &[],
        what: "text becomes nodes, never HTML strings",
    },
    Door {
        text: "{@html",
        within: &["web/src/"],
        may: &[],
        what: "text becomes nodes, never HTML strings",
    },
];

/// The backend; the test kit, which breaks databases on purpose; and this table.
const SQL_MAY: &[&str] = &["crates/store-sqlite/", "crates/testkit/", "crates/xtask/"];

pub(super) fn check(repository: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in repository.iter().filter(|source| !source.is_test()) {
        let begins = |prefixes: &[&str]| prefixes.iter().any(|p| source.path.starts_with(p));
        for door in DOORS
            .iter()
            .filter(|door| begins(door.within) && !begins(door.may))
        {
            for (n, _) in source
                .code_lines()
                .filter(|(_, line)| line.contains(door.text))
            {
                let what = format!("{:?} here, but {}", door.text.trim(), door.what);
                findings.push(Finding::on_line(&source.path, n, what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::made_up;

    fn count(path: &str, text: &str) -> usize {
        check(&[made_up(path, text)]).len()
    }

    #[test]
    fn sql_outside_the_backend_is_found() {
        let text = "db.execute(\"INSERT INTO events VALUES (1)\");\n";
        assert_eq!(count("crates/server/src/api/rooms.rs", text), 1);
        assert_eq!(count("crates/store-sqlite/src/append.rs", text), 0);
    }

    #[test]
    fn a_comment_and_a_test_may_speak_of_it() {
        assert_eq!(count("crates/live/src/hub.rs", "// never SELECT here\n"), 0);
        assert_eq!(
            count(
                "crates/live/src/hub.rs",
                "#[cfg(test)]\nlet q = \"SELECT 1\";\n"
            ),
            0
        );
        assert_eq!(
            count("crates/server/tests/refusals.rs", "let q = \"SELECT 1\";\n"),
            0
        );
    }

    #[test]
    fn http_errors_have_one_maker() {
        let text = "header(\"content-type\", \"application/problem+json\")\n";
        assert_eq!(count("crates/server/src/auth.rs", text), 1);
        assert_eq!(count("crates/server/src/error.rs", text), 0);
    }

    #[test]
    fn the_page_writes_no_html_strings() {
        assert_eq!(count("web/src/ui/Text.svelte", "<p>{@html text}</p>\n"), 1);
    }
}
