//! Sabotage never enters a release.

use std::path::Path;
use std::process::Command;

/// Compiles the crate as in a profile, with the feature or without; whether that went, and what was said.
fn compile(debug_assertions: bool, on: bool) -> (bool, String) {
    let out = tempfile::tempdir().expect("a folder");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    command
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
        ])
        .arg(format!("-Cdebug-assertions={debug_assertions}"))
        .arg("--out-dir")
        .arg(out.path())
        .arg(source);
    if on {
        command.args(["--cfg", "feature=\"on\""]);
    }
    let output = command.output().expect("a compiler");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), said)
}

#[test]
fn a_release_with_the_switches_does_not_compile() {
    let (compiled, said) = compile(false, true);
    assert!(!compiled);
    assert!(said.contains("sabotage never enters a release"), "{said}");
}

#[test]
fn a_release_without_them_and_a_test_with_them_do() {
    for (debug_assertions, on) in [(false, false), (true, true), (true, false)] {
        let (compiled, said) = compile(debug_assertions, on);
        assert!(compiled, "{said}");
    }
}
