//! The repository as the checks see it: the text of every file that git tracks or
//! would track. Binary files are left out.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A text file of the repository.
#[derive(Debug, Clone)]
pub struct Source {
    /// From the root, with forward slashes.
    pub path: String,
    /// All of it.
    pub text: String,
}

impl Source {
    /// What stands after the last dot of the name, or nothing.
    pub fn extension(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// The crate this file belongs to, by its folder: `live` for `crates/live/…`.
    pub fn crate_folder(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    /// The numbered lines of the code proper: without comment lines, and without
    /// the `#[cfg(test)]` module that closes a Rust file.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Whether the whole file is a test.
    pub fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        self.path.contains("/tests/")
            || self.path.starts_with("e2e/")
            || name == "tests.rs"
            || name.ends_with("_tests.rs")
            || name.contains(".test.")
    }
}

/// The folder that holds the workspace.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest
        .ancestors()
        .nth(2)
        .unwrap_or(manifest)
        .to_path_buf()
}

/// Reads every text file that git tracks, or would if it were added.
///
/// # Errors
/// One sentence where git cannot be run here.
pub fn read() -> Result<Vec<Source>, String> {
    let root = root();
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(&root)
        .output()
        .map_err(|error| format!("git did not start: {error}"))?;
    if !listed.status.success() {
        return Err(format!(
            "git ls-files failed: {}",
            String::from_utf8_lossy(&listed.stderr).trim()
        ));
    }
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let mut sources: Vec<Source> = listed
        .split('\0')
        .filter(|path| !path.is_empty())
        // A file that is listed and gone was deleted and not committed yet.
        .filter_map(|path| {
            let text = std::fs::read_to_string(root.join(path)).ok()?;
            Some(Source {
                path: path.to_owned(),
                text,
            })
        })
        .collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources.dedup_by(|a, b| a.path == b.path);
    Ok(sources)
}

#[cfg(test)]
pub(crate) fn made_up(path: &str, text: &str) -> Source {
    Source {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_lines_stop_at_the_test_module_and_leave_comments_out() {
        let source = made_up(
            "crates/live/src/hub.rs",
            "//! Doc.\nuse a;\n  // why\nlet x;\n#[cfg(test)]\nmod tests {}",
        );
        let lines: Vec<_> = source.code_lines().collect();
        assert_eq!(lines, [(1, "use a;"), (3, "let x;")]);
    }

    #[test]
    fn a_source_knows_its_crate_and_its_extension() {
        let source = made_up("crates/live/src/hub.rs", "");
        assert_eq!(
            (source.crate_folder(), source.extension()),
            (Some("live"), "rs")
        );
        assert_eq!(made_up("Makefile", "").extension(), "");
        assert_eq!(made_up("web/src/a.ts", "").crate_folder(), None);
    }

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().join("Cargo.lock").exists());
    }
}
