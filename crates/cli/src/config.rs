//! `parlor config`: the settings as they are read. A good one of `check` is silent but for one line.

use std::fmt::Write as _;

use crate::args::ConfigCommand;
use crate::failure::Failure;
use crate::settings::{LogFormat, Settings};
use crate::text::{print, say};

/// Carries a command out. Faults in the settings have stopped the program before.
pub(crate) fn run(settings: &Settings, command: ConfigCommand) -> Result<(), Failure> {
    match command {
        ConfigCommand::Print => print(&as_file(settings)),
        ConfigCommand::Check => say("the settings are good"),
    }
}

/// Every setting as a line of a settings file; what is not set as a comment. No secret is shown.
fn as_file(settings: &Settings) -> String {
    let proxies: Vec<String> = settings
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    let format = match settings.log_format {
        LogFormat::Pretty => "pretty",
        LogFormat::Json => "json",
    };
    let path = |path: &std::path::Path| path.display().to_string();
    let lines = [
        ("listen", Some(settings.listen.to_string())),
        ("data_dir", Some(path(&settings.data_dir))),
        (
            "public_url",
            settings.public_url.as_ref().map(ToString::to_string),
        ),
        (
            "trusted_proxies",
            (!proxies.is_empty()).then(|| proxies.join(", ")),
        ),
        (
            "rate_limits",
            Some(if settings.rate_limits { "on" } else { "off" }.into()),
        ),
        ("log", Some(settings.log.clone())),
        ("log_format", Some(format.into())),
        ("backup_dir", settings.backup_dir.as_deref().map(path)),
        ("metrics_token_file", settings.metrics_token_file.clone()),
    ];
    let mut text = String::new();
    for (name, value) in lines {
        // A string takes all text.
        let _ = match value {
            Some(value) => writeln!(text, "{name} = {}", toml::Value::String(value)),
            None => writeln!(text, "# {name} = \"\""),
        };
    }
    text
}
