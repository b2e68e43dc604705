//! Files that are written from the code, checked in, and compared with it.

use std::path::Path;

use crate::Finding;

/// A generated file: where it stands and what it should say.
#[derive(Debug, Clone)]
pub struct Document {
    /// From the repository's root.
    pub path: &'static str,
    /// All of it, with the newline at its end.
    pub text: String,
}

impl Document {
    /// A JSON document, indented, as the code orders its keys.
    ///
    /// # Panics
    /// Never: a value has string keys and no I/O to fail.
    pub fn json(path: &'static str, value: &serde_json::Value) -> Self {
        let text = serde_json::to_string_pretty(value).expect("a JSON value has string keys");
        Self {
            path,
            text: text + "\n",
        }
    }
}

/// Writes what differs and returns the paths that were written.
///
/// # Errors
/// One sentence where a file cannot be written.
pub fn write(root: &Path, documents: &[Document]) -> Result<Vec<&'static str>, String> {
    let mut written = Vec::new();
    for document in documents {
        let path = root.join(document.path);
        // Untouched where it is right already, so that nothing is built again.
        if std::fs::read_to_string(&path).is_ok_and(|text| text == document.text) {
            continue;
        }
        let folder = path.parent().unwrap_or(root);
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, &document.text))
            .map_err(|error| format!("{} cannot be written: {error}", document.path))?;
        written.push(document.path);
    }
    Ok(written)
}

/// A finding for each file that is missing or says something else, with the first
/// line that differs.
pub fn compare(root: &Path, documents: &[Document]) -> Vec<Finding> {
    documents
        .iter()
        .filter_map(|document| stale(root, document))
        .collect()
}

fn stale(root: &Path, document: &Document) -> Option<Finding> {
    let remedy = "run `make generate` and commit what it writes";
    let Ok(found) = std::fs::read_to_string(root.join(document.path)) else {
        return Some(Finding::new(document.path, format!("is missing; {remedy}")));
    };
    if found == document.text {
        return None;
    }
    let same = found
        .lines()
        .zip(document.text.lines())
        .take_while(|(a, b)| a == b)
        .count();
    Some(Finding::on_line(
        document.path,
        same,
        format!("is not what the code says; {remedy}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        std::fs::remove_dir_all(&folder).ok();
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn what_was_written_is_not_stale_and_what_was_edited_is() {
        let root = folder("generated");
        let documents = [Document {
            path: "docs/a.json",
            text: "{\n  1\n}\n".into(),
        }];
        assert_eq!(compare(&root, &documents).len(), 1, "missing");

        assert_eq!(write(&root, &documents), Ok(vec!["docs/a.json"]));
        assert_eq!(compare(&root, &documents), []);
        assert_eq!(
            write(&root, &documents),
            Ok(vec![]),
            "nothing to write twice"
        );

        std::fs::write(root.join("docs/a.json"), "{\n  2\n}\n").unwrap();
        assert_eq!(compare(&root, &documents)[0].place, "docs/a.json:2");
        std::fs::remove_dir_all(root).unwrap();
    }
}
