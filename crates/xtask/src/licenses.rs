//! What the locked dependencies are licensed under, and where they come from.
//!
//! The two questions of `cargo deny` that need no network and no second tool, so
//! that they are asked on every machine. Rust packages are read from
//! `cargo metadata`, npm packages from the lock files.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::Finding;

/// Licences that ask for nothing but to be named. `deny.toml` holds the same list.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// For npm packages also: licences of tools and fonts that are used in building or
/// shipped as they are, none of which reach into our own code.
const ALLOWED_NPM: &[&str] = &[
    "BlueOak-1.0.0",
    "CC-BY-4.0",
    "MPL-2.0",
    "OFL-1.1",
    "Python-2.0",
];

const RUST_REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

const NPM_LOCKS: &[&str] = &["web/package-lock.json", "e2e/package-lock.json"];

/// Every dependency whose licence is not on the list, or that comes from
/// elsewhere than the registry.
///
/// # Errors
/// One sentence where cargo or a lock file cannot be read.
pub fn check(root: &Path) -> Result<Vec<Finding>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let metadata = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cargo did not start: {error}"))?;
    if !metadata.status.success() {
        let message = String::from_utf8_lossy(&metadata.stderr);
        return Err(format!("cargo metadata failed: {}", message.trim()));
    }
    let metadata = serde_json::from_slice(&metadata.stdout)
        .map_err(|error| format!("cargo metadata is not JSON: {error}"))?;
    let mut findings = rust(&metadata);
    for path in NPM_LOCKS {
        let Ok(text) = std::fs::read_to_string(root.join(path)) else {
            findings.push(Finding::new(*path, "is missing"));
            continue;
        };
        let lock =
            serde_json::from_str(&text).map_err(|error| format!("{path} is not JSON: {error}"))?;
        findings.extend(npm(path, &lock));
    }
    Ok(findings)
}

fn rust(metadata: &Value) -> Vec<Finding> {
    let packages = metadata["packages"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let mut findings = Vec::new();
    // A package without a source is a crate of this workspace.
    for package in packages
        .iter()
        .filter(|package| !package["source"].is_null())
    {
        let name = format!(
            "Cargo.lock: {} {}",
            package["name"].as_str().unwrap_or("?"),
            package["version"].as_str().unwrap_or("?"),
        );
        let source = package["source"].as_str().unwrap_or_default();
        if source != RUST_REGISTRY {
            findings.push(Finding::new(&name, format!("comes from {source}")));
        }
        let license = package["license"].as_str().unwrap_or_default();
        if !permits(license, &|id| ALLOWED.contains(&id)) {
            findings.push(Finding::new(name, format!("is licensed under {license:?}")));
        }
    }
    findings
}

fn npm(path: &str, lock: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    let packages = lock["packages"].as_object().into_iter().flatten();
    for (key, package) in packages.filter(|(key, _)| !key.is_empty()) {
        let name = format!(
            "{path}: {}",
            key.rsplit("node_modules/").next().unwrap_or(key)
        );
        if package["resolved"]
            .as_str()
            .is_some_and(|from| !from.starts_with("https://"))
        {
            findings.push(Finding::new(
                &name,
                format!("comes from {}", package["resolved"]),
            ));
        }
        if package["integrity"].is_null() && package["link"] != true {
            findings.push(Finding::new(&name, "has no integrity hash"));
        }
        let license = package["license"].as_str().unwrap_or_default();
        if !permits(license, &|id| {
            ALLOWED.contains(&id) || ALLOWED_NPM.contains(&id)
        }) {
            findings.push(Finding::new(name, format!("is licensed under {license:?}")));
        }
    }
    findings
}

/// Whether an SPDX expression can be met with allowed licences alone: one side of
/// an `OR`, both sides of an `AND`. The old `A/B` means `OR`. What cannot be read
/// permits nothing.
fn permits(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    either(&mut rest, allowed) == Some(true) && rest.is_empty()
}

fn either(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut permitted = both(words, allowed)?;
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        permitted |= both(words, allowed)?;
    }
    Some(permitted)
}

fn both(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut permitted = one(words, allowed)?;
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        permitted &= one(words, allowed)?;
    }
    Some(permitted)
}

fn one(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let permitted = either(words, allowed)?;
            let [")", rest @ ..] = *words else {
                return None;
            };
            *words = rest;
            Some(permitted)
        }
        [id, "WITH", exception, rest @ ..] => {
            *words = rest;
            Some(allowed(&format!("{id} WITH {exception}")))
        }
        [id, rest @ ..] => {
            *words = rest;
            Some(allowed(id))
        }
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_expression_is_met_by_one_side_of_or_and_both_of_and() {
        let allowed = |id: &str| ALLOWED.contains(&id);
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ] {
            assert!(permits(good, &allowed), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT",
            "MIT GPL-3.0",
            "OR MIT",
            "MIT OR",
        ] {
            assert!(!permits(bad, &allowed), "{bad}");
        }
    }

    #[test]
    fn a_package_from_elsewhere_is_found_and_our_own_are_not_asked() {
        let metadata = json!({"packages": [
            {"name": "ours", "version": "0.1.0", "source": null, "license": null},
            {"name": "good", "version": "1.0.0", "source": RUST_REGISTRY, "license": "MIT"},
            {"name": "far", "version": "1.0.0", "source": "git+https://x", "license": "MIT"},
            {"name": "bad", "version": "1.0.0", "source": RUST_REGISTRY, "license": "SSPL-1.0"},
        ]});
        let found: Vec<_> = rust(&metadata).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "Cargo.lock: far 1.0.0: comes from git+https://x",
                "Cargo.lock: bad 1.0.0: is licensed under \"SSPL-1.0\"",
            ]
        );
    }

    #[test]
    fn npm_packages_bring_a_hash_and_a_licence() {
        let lock = json!({"packages": {
            "": {"name": "web"},
            "node_modules/a": {"license": "ISC", "integrity": "sha512-x"},
            "node_modules/a/node_modules/b": {"license": "MIT"},
            "node_modules/c": {"integrity": "sha512-x", "resolved": "git+ssh://x", "license": "MIT"},
        }});
        let found: Vec<_> = npm("lock", &lock).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "lock: b: has no integrity hash",
                "lock: c: comes from \"git+ssh://x\"",
            ]
        );
    }

    #[test]
    fn deny_toml_allows_the_same() {
        let text = include_str!("../../../deny.toml");
        let table: toml::Table = text.parse().expect("deny.toml is TOML");
        let listed = table["licenses"]["allow"]
            .as_array()
            .expect("a list of licences");
        let listed: Vec<_> = listed.iter().filter_map(toml::Value::as_str).collect();
        assert_eq!(listed, ALLOWED);
    }
}
