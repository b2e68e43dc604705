//! `docs/proof.md`: what a long run of `make prove` did and found, from the files that it left.
//!
//! Each step leaves `NAME.step` (`{"name", "code", "seconds", "date"}`) and, where it was a run of
//! `parlor check`, the report `NAME.json`. A step that gave no report is said to have given none, and
//! one that failed is said to have failed: the document claims nothing that no file shows.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

/// A step with its report.
#[derive(Debug, Clone)]
pub struct Step {
    /// What `NAME.step` says.
    pub ended: Value,
    /// What `parlor check --json` said, where it said something.
    pub report: Option<Value>,
}

/// Reads what a run left in a folder, oldest step first.
///
/// # Errors
/// Where the folder or a step in it cannot be read, or there is none.
pub fn read(folder: &Path) -> Result<Vec<Step>, String> {
    let listed =
        std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut steps = Vec::new();
    for entry in listed {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.extension().is_none_or(|it| it != "step") {
            continue;
        }
        let fault = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(&path).map_err(|error| fault(&error))?;
        let ended: Value = serde_json::from_str(&text).map_err(|error| fault(&error))?;
        let report = std::fs::read_to_string(path.with_extension("json"))
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok());
        let written = path.metadata().and_then(|it| it.modified());
        let written = written.map_err(|error| fault(&error))?;
        steps.push((written, Step { ended, report }));
    }
    if steps.is_empty() {
        return Err(format!("{}: no step has run", folder.display()));
    }
    steps.sort_by_key(|(written, _)| *written);
    Ok(steps.into_iter().map(|(_, step)| step).collect())
}

/// This machine in a line: processors and memory.
pub fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let value = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = value(&read("/proc/cpuinfo"), "model name");
    let kib = value(&read("/proc/meminfo"), "MemTotal")
        .and_then(|it| it.split(' ').next()?.parse::<u64>().ok())
        .unwrap_or(0);
    let release = read("/proc/sys/kernel/osrelease");
    format!(
        "{cores} × {}, {} GiB, Linux {}",
        model.as_deref().unwrap_or("an unknown processor"),
        (kib + (1 << 19)) >> 20,
        release.trim()
    )
}

/// The document.
pub fn write(steps: &[Step], commit: &str, machine: &str) -> String {
    let mut out = String::from("# What the long proof did and found\n\n");
    let date = steps
        .last()
        .map_or("", |step| text(&step.ended, "date"))
        .to_owned();
    let _ = write!(
        out,
        "Written by `make prove`, from the reports of its steps. Commit {commit}, {date}, on {machine}.\n\
         [checking.md](checking.md) says how `parlor check` judges; [sabotage.md](sabotage.md) names, for each way to break\n\
         Parlor, the test that notices.\n\n## The steps\n\n| step | came out | seconds |\n|---|---|---|\n"
    );
    for step in steps {
        let name = text(&step.ended, "name");
        let code = number(&step.ended, "code");
        let came = match (code, &step.report) {
            (0, _) => "nothing found".to_owned(),
            (_, Some(report)) => format!("**{} findings**", findings(report)),
            (code, None) => format!("**failed** (exit code {code}, without a report)"),
        };
        let _ = writeln!(
            out,
            "| {name} | {came} | {} |",
            number(&step.ended, "seconds")
        );
    }
    let reports: Vec<(&str, &Value)> = steps
        .iter()
        .filter_map(|step| Some((text(&step.ended, "name"), step.report.as_ref()?)))
        .collect();
    faults(&mut out, &reports);
    for (name, report) in &reports {
        run(&mut out, name, report);
    }
    if let Some((_, report)) = reports.last() {
        promises(&mut out, report);
    }
    out
}

/// How often each fault struck, and what n without a failure says.
fn faults(out: &mut String, reports: &[(&str, &Value)]) {
    out.push_str(
        "\n## The faults\n\nWith 95 % confidence, fewer than 3 in n break something where n broke nothing.\n\n\
         | fault | n | broke something | the bound | run |\n|---|---|---|---|---|\n",
    );
    for (name, report) in reports {
        let good = report["good"] == true;
        for (fault, n) in entries(&report["faults"]) {
            let n = n.as_u64().unwrap_or(0);
            let (broke, bound) = match (good, n) {
                (false, _) => ("see the run", "–".to_owned()),
                (true, 0..=3) => ("none", "says nothing yet".to_owned()),
                (true, n) => ("none", format!("{:.1} %", 300.0 / n as f64)),
            };
            let _ = writeln!(out, "| `{fault}` | {n} | {broke} | {bound} | {name} |");
        }
    }
}

/// One run of `parlor check`.
fn run(out: &mut String, name: &str, report: &Value) {
    let n = |key: &str| number(report, key);
    let _ = write!(
        out,
        "\n## {name}\n\n`{}` (seed {})\n\n\
         {} devices in {} rooms gave {} commands ({} times sent): {} acked, {} refused, {} never answered. {} events in the\n\
         logs; {} received, {} of them once more; {} connections; {} counts and {} pages compared with the logs.\n",
        text(report, "command"),
        n("seed"),
        n("devices"),
        n("rooms"),
        n("commands"),
        n("sent"),
        n("acked"),
        n("refused"),
        n("unknown"),
        n("events"),
        n("received"),
        n("again"),
        n("connections"),
        n("counted"),
        n("pages"),
    );
    let worst: Vec<String> = entries(&report["worst_ms"])
        .map(|(what, ms)| format!("{what} {ms} ms"))
        .collect();
    if !worst.is_empty() {
        let _ = write!(out, "\nLongest: {}.\n", worst.join(", "));
    }
    for (rule, times) in entries(&report["broken"]) {
        let _ = write!(out, "\n**Broken {times} times: `{rule}`.**\n");
    }
    for violation in report["violations"].as_array().into_iter().flatten() {
        let _ = write!(out, "\n- {}\n", text(violation, "what"));
        for line in violation["excerpt"].as_array().into_iter().flatten() {
            let _ = writeln!(
                out,
                "  - `{}`",
                line.as_str().unwrap_or("").replace('`', "'")
            );
        }
    }
}

/// Which fault tries which promise.
fn promises(out: &mut String, report: &Value) {
    let Some(promises) = report["promises"].as_array() else {
        return;
    };
    out.push_str("\n## What tries which promise\n\n| | promise | tried by |\n|---|---|---|\n");
    for promise in promises {
        let faults = promise["faults"].as_array().into_iter().flatten();
        let mut by: Vec<String> = faults
            .filter_map(|fault| Some(format!("`{}`", fault.as_str()?)))
            .collect();
        by.extend(promise["besides"].as_str().map(str::to_owned));
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            text(promise, "id"),
            text(promise, "says"),
            by.join(", ")
        );
    }
}

fn findings(report: &Value) -> u64 {
    entries(&report["broken"])
        .filter_map(|(_, n)| n.as_u64())
        .sum()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn step(name: &str, code: u64, report: Option<Value>) -> Step {
        let ended = json!({"name": name, "code": code, "seconds": 9, "date": "2026-11-25"});
        Step { ended, report }
    }

    #[test]
    fn it_says_what_held_what_did_not_and_what_gave_no_report() {
        let good = json!({
            "good": true, "seed": 7, "command": "parlor check --seed 7", "devices": 24, "commands": 1234,
            "faults": {"kill": 200}, "worst_ms": {"start": 480}, "broken": {}, "violations": [],
            "promises": [{"id": "P1", "says": "It is on the disk", "faults": ["kill", "power"]}],
        });
        let bad = json!({
            "good": false, "faults": {"power": 50}, "broken": {"acked_missing": 2},
            "violations": [{"rule": "acked_missing", "what": "a post of Ann", "excerpt": ["line 3: {}"]}],
            "promises": [{"id": "P18", "says": "Nobody gets in", "faults": [], "besides": "its tests"}],
        });
        let steps = [
            step("kill", 0, Some(good)),
            step("power", 1, Some(bad)),
            step("storm", 1, None),
        ];
        let proof = write(&steps, "1a2b3c4", "a machine");
        for expected in [
            "Commit 1a2b3c4, 2026-11-25, on a machine",
            "| kill | nothing found | 9 |",
            "| power | **2 findings** | 9 |",
            "| storm | **failed** (exit code 1, without a report) | 9 |",
            "| `kill` | 200 | none | 1.5 % | kill |",
            "| `power` | 50 | see the run | – | power |",
            "`parlor check --seed 7` (seed 7)",
            "24 devices",
            "Longest: start 480 ms.",
            "**Broken 2 times: `acked_missing`.**",
            "- a post of Ann\n  - `line 3: {}`",
            "| P18 | Nobody gets in | its tests |",
        ] {
            assert!(proof.contains(expected), "{expected} is not in\n{proof}");
        }
    }
}
