//! Which way imports point, between crates and between the folders of the page.
//!
//! The table is the one of ARCHITECTURE.md. What a crate may import of ours is
//! listed; what it must never import from outside is listed too, because that is
//! what keeps `rules` pure and everything above `store` free of a database.
//! Development dependencies may name more: a test may use what it likes, but for
//! a backend's name.

use crate::Finding;
use crate::repository::Source;

/// A row of the table: a crate's folder, what of ours it may import, and what
/// from outside it must never import.
struct Row {
    folder: &'static str,
    ours: &'static [&'static str],
    never: &'static [&'static [&'static str]],
}

const ASYNC: &[&str] = &[
    "tokio",
    "futures",
    "futures-util",
    "async-trait",
    "async-channel",
];
const HTTP: &[&str] = &[
    "axum",
    "http",
    "hyper",
    "hyper-util",
    "reqwest",
    "tower",
    "tower-http",
];
/// For the socket, whose handshake is an HTTP request: the words, not the machinery.
const HTTP_MACHINERY: &[&str] = &["axum", "hyper-util", "reqwest", "tower", "tower-http"];
const DATABASE: &[&str] = &[
    "rusqlite",
    "sqlx",
    "postgres",
    "tokio-postgres",
    "redb",
    "parlor-store-sqlite",
];
const CHANCE: &[&str] = &["rand", "getrandom", "fastrand"];
const JSON: &[&str] = &["serde", "serde_json", "schemars"];

const TABLE: &[Row] = &[
    Row {
        folder: "protocol",
        ours: &[],
        never: &[ASYNC, HTTP, DATABASE, CHANCE],
    },
    Row {
        folder: "rules",
        ours: &["protocol"],
        never: &[ASYNC, HTTP, DATABASE, CHANCE],
    },
    Row {
        folder: "sabotage",
        ours: &[],
        never: &[ASYNC, HTTP, DATABASE, CHANCE],
    },
    Row {
        folder: "store",
        ours: &["rules", "protocol"],
        never: &[HTTP, DATABASE, CHANCE],
    },
    Row {
        folder: "store-sqlite",
        ours: &["store", "rules", "protocol", "sabotage"],
        never: &[HTTP, CHANCE],
    },
    Row {
        folder: "websocket",
        ours: &[],
        never: &[HTTP_MACHINERY, DATABASE, JSON, CHANCE],
    },
    Row {
        folder: "live",
        ours: &["protocol", "rules", "websocket", "store", "sabotage"],
        never: &[HTTP, DATABASE, CHANCE],
    },
    Row {
        folder: "server",
        ours: &["protocol", "rules", "live", "store", "websocket"],
        never: &[DATABASE, CHANCE],
    },
    Row {
        folder: "client",
        ours: &["protocol"],
        never: &[DATABASE],
    },
    Row {
        folder: "check",
        ours: &["client", "protocol"],
        never: &[DATABASE, CHANCE],
    },
    Row {
        folder: "cli",
        ours: &[
            "check",
            "protocol",
            "rules",
            "store",
            "store-sqlite",
            "websocket",
            "live",
            "server",
            "client",
        ],
        never: &[],
    },
    Row {
        folder: "testkit",
        ours: &[
            "protocol",
            "rules",
            "store",
            "store-sqlite",
            "websocket",
            "live",
            "server",
            "client",
        ],
        never: &[],
    },
    Row {
        folder: "xtask",
        ours: &["sabotage"],
        never: &[ASYNC, HTTP, DATABASE],
    },
];

/// The only crates that may name a backend, development dependencies included.
const MAY_NAME_A_BACKEND: &[&str] = &["store-sqlite", "cli", "testkit"];

/// Folders of `web/src` and those each must not import.
const WEB: &[(&str, &[&str])] = &[
    ("lib", &["ui", "state", "net"]),
    ("net", &["state", "ui"]),
    ("state", &["ui"]),
    ("ui", &["net"]),
];

pub(super) fn check(repository: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in repository {
        let Some(folder) = source.crate_folder() else {
            findings.extend(web_imports(source));
            continue;
        };
        if source.path == format!("crates/{folder}/Cargo.toml") {
            findings.extend(manifest(source, folder));
        } else if source.extension() == "rs" && !MAY_NAME_A_BACKEND.contains(&folder) {
            findings.extend(backend_named(source));
        }
    }
    findings
}

fn manifest(source: &Source, folder: &str) -> Vec<Finding> {
    let Some(row) = TABLE.iter().find(|row| row.folder == folder) else {
        let what = "this crate has no row in the import table (crates/xtask/src/tidy/imports.rs)";
        return vec![Finding::new(&source.path, what)];
    };
    let table: toml::Table = match source.text.parse() {
        Ok(table) => table,
        Err(error) => return vec![Finding::new(&source.path, format!("is not TOML: {error}"))],
    };
    let mut findings = Vec::new();
    for (section, dependency) in dependencies(&table) {
        let ours = dependency.strip_prefix("parlor-");
        let wrong = if section == "dev-dependencies" {
            ours == Some("store-sqlite") && !MAY_NAME_A_BACKEND.contains(&folder)
        } else {
            ours.is_some_and(|ours| !row.ours.contains(&ours))
                || row
                    .never
                    .iter()
                    .any(|never| never.contains(&dependency.as_str()))
        };
        if wrong {
            let what = format!("{folder} must not import {dependency} ({section})");
            findings.push(Finding::new(&source.path, what));
        }
    }
    findings
}

/// Every dependency with the section it stands in, those of single targets too.
fn dependencies(manifest: &toml::Table) -> Vec<(&'static str, String)> {
    const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let tables = targets.into_iter().flat_map(|targets| targets.values());
    let tables = tables.filter_map(toml::Value::as_table).chain([manifest]);
    let mut found = Vec::new();
    for table in tables {
        for section in SECTIONS {
            let Some(entries) = table.get(section).and_then(toml::Value::as_table) else {
                continue;
            };
            // A renamed dependency is known by its package.
            found.extend(entries.iter().map(|(name, value)| {
                let package = value.get("package").and_then(toml::Value::as_str);
                (section, package.unwrap_or(name).to_owned())
            }));
        }
    }
    found
}

fn backend_named(source: &Source) -> Vec<Finding> {
    let name = concat!("parlor_store_", "sqlite");
    let lines = source.text.lines().enumerate();
    lines
        .filter(|(_, line)| line.contains(name) && !line.trim_start().starts_with("//"))
        .map(|(n, _)| Finding::on_line(&source.path, n, "only cli and testkit may name a backend"))
        .collect()
}

/// An import from a folder that this file's folder must not know.
fn web_imports(source: &Source) -> Vec<Finding> {
    let folder_of = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
    let Some(inside) = source.path.strip_prefix("web/src/") else {
        return Vec::new();
    };
    if !matches!(source.extension(), "ts" | "svelte") {
        return Vec::new();
    }
    let folder = folder_of(inside);
    let Some((_, never)) = WEB.iter().find(|(name, _)| *name == folder) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (n, line) in source.code_lines() {
        for target in imported(line) {
            let Some(resolved) = resolve(inside, target) else {
                continue;
            };
            let target_folder = folder_of(&resolved);
            if never.contains(&target_folder.as_str()) {
                let what = format!("{folder} must not import {target_folder}");
                findings.push(Finding::on_line(&source.path, n, what));
            }
        }
    }
    findings
}

/// What a line imports: the quoted text after `from`, `import` or `import(`.
fn imported(line: &str) -> impl Iterator<Item = &str> {
    ["from ", "import ", "import("]
        .into_iter()
        .filter_map(move |word| {
            let after = line.split_once(word)?.1.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
            after[1..].split(quote).next()
        })
}

/// A path below `web/src` that a relative import in `inside` leads to; nothing
/// for packages.
fn resolve(inside: &str, target: &str) -> Option<String> {
    if !target.starts_with('.') {
        return None;
    }
    let mut parts: Vec<&str> = inside.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::made_up;

    fn findings(path: &str, text: &str) -> Vec<String> {
        check(&[made_up(path, text)])
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_crate_may_import_what_its_row_names() {
        let text = "[dependencies]\nparlor-protocol.workspace = true\nthiserror = \"2\"\n";
        assert_eq!(findings("crates/rules/Cargo.toml", text), [""; 0]);
    }

    #[test]
    fn an_import_against_the_arrow_is_found_in_every_section() {
        for section in [
            "dependencies",
            "build-dependencies",
            "target.'cfg(unix)'.dependencies",
        ] {
            let text = format!("[{section}]\nparlor-live.workspace = true\n");
            let found = findings("crates/store/Cargo.toml", &text);
            assert_eq!(found.len(), 1, "{section}");
            assert!(
                found[0].contains("store must not import parlor-live"),
                "{found:?}"
            );
        }
    }

    #[test]
    fn rules_stay_pure_and_protocol_stays_without_a_runtime() {
        let text = "[dependencies]\ntokio.workspace = true\nrand.workspace = true\n";
        assert_eq!(findings("crates/rules/Cargo.toml", text).len(), 2);
        assert_eq!(findings("crates/protocol/Cargo.toml", text).len(), 2);
    }

    #[test]
    fn a_renamed_dependency_is_known_by_its_package() {
        let text = "[dependencies]\ndb = { package = \"rusqlite\", version = \"0\" }\n";
        assert_eq!(findings("crates/server/Cargo.toml", text).len(), 1);
    }

    #[test]
    fn tests_may_use_what_they_like_but_for_a_backend() {
        let text = "[dev-dependencies]\ntokio = \"1\"\nparlor-testkit = \"0\"\n";
        assert_eq!(findings("crates/rules/Cargo.toml", text), [""; 0]);
        let text = "[dev-dependencies]\nparlor-store-sqlite = \"0\"\n";
        assert_eq!(findings("crates/live/Cargo.toml", text).len(), 1);
        assert_eq!(findings("crates/testkit/Cargo.toml", text), [""; 0]);
    }

    #[test]
    fn a_crate_without_a_row_is_asked_for_one() {
        assert!(findings("crates/bus/Cargo.toml", "")[0].contains("no row"));
    }

    #[test]
    fn naming_the_backend_in_code_is_found_with_its_line() {
        let text = concat!("//! Doc.\nuse parlor_store_", "sqlite::Store;\n");
        let found = findings("crates/server/src/lib.rs", text);
        assert_eq!(
            found,
            ["crates/server/src/lib.rs:2: only cli and testkit may name a backend"]
        );
        assert_eq!(findings("crates/cli/src/main.rs", text), [""; 0]);
    }

    #[test]
    fn the_page_points_one_way() {
        let net = "import { x } from '../state/reducer';\n";
        assert_eq!(findings("web/src/net/socket.ts", net).len(), 1);
        let ui = "  import Row from './Row.svelte';\n  import { send } from \"../../net/http\";\n";
        assert_eq!(
            findings("web/src/ui/room/Timeline.svelte", ui),
            ["web/src/ui/room/Timeline.svelte:2: ui must not import net"]
        );
        let state =
            "import type { Event } from '../protocol.gen';\nimport { get } from '../net/http';\n";
        assert_eq!(findings("web/src/state/outbox.ts", state), [""; 0]);
        assert_eq!(
            findings("web/src/main.ts", "import './net/worker';\n"),
            [""; 0]
        );
    }
}
