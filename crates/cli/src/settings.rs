//! Settings: flag, else environment, else `parlor.toml`, else default. All are
//! judged at once, so that one message names every fault.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use parlor_server::config::{IpNet, PublicUrl};
use serde::Deserialize;

use crate::args::SettingsArgs;

/// Where people find a fresh Parlor.
const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
const DEFAULT_DATA_DIR: &str = "./data";
const DEFAULT_CONFIG: &str = "parlor.toml";
const DEFAULT_LOG: &str = "info";
/// A token shorter than this could be guessed.
const METRICS_TOKEN_CHARS: usize = 16;

/// What the program runs with.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) data_dir: PathBuf,
    pub(crate) public_url: Option<PublicUrl>,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) rate_limits: bool,
    pub(crate) log: String,
    pub(crate) log_format: LogFormat,
    pub(crate) backup_dir: Option<PathBuf>,
    pub(crate) metrics_token_file: Option<String>,
    pub(crate) metrics_token: Option<String>,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Pretty,
    /// One object a line.
    Json,
}

/// The settings file: the same names as the flags, `_` for `-`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<String>,
    data_dir: Option<String>,
    public_url: Option<String>,
    trusted_proxies: Option<String>,
    rate_limits: Option<String>,
    log: Option<String>,
    log_format: Option<String>,
    backup_dir: Option<String>,
    metrics_token_file: Option<String>,
}

impl Settings {
    /// Reads and judges all settings.
    ///
    /// # Errors
    /// Every fault, one a line.
    pub(crate) fn read(args: SettingsArgs) -> Result<Self, String> {
        let mut faults = Faults::default();
        for (name, value) in [
            ("PARLOR_DATABASE_URL", &args.database_url),
            ("PARLOR_NATS_URL", &args.nats_url),
        ] {
            if value.is_some() {
                faults.add(
                    name,
                    "is kept for a later version of Parlor and does nothing yet: unset it",
                );
            }
        }
        let file = read_file(args.config.as_deref(), &mut faults);
        let listen = args
            .listen
            .or(file.listen)
            .unwrap_or_else(|| DEFAULT_LISTEN.into());
        let listen = faults.parsed(
            "PARLOR_LISTEN",
            &listen,
            "an address and a port, such as 127.0.0.1:8080",
        );
        let public_url = args
            .public_url
            .or(file.public_url)
            .and_then(|text| faults.judged("PARLOR_PUBLIC_URL", &text));
        let trusted_proxies = args
            .trusted_proxies
            .or(file.trusted_proxies)
            .iter()
            .flat_map(|list| list.split(','))
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .filter_map(|text| faults.judged("PARLOR_TRUSTED_PROXIES", text))
            .collect();
        let rate_limits = match args.rate_limits.or(file.rate_limits).as_deref() {
            None | Some("on") => true,
            Some("off") => false,
            Some(other) => {
                faults.add(
                    "PARLOR_RATE_LIMITS",
                    &format!("is on or off, not {other:?}"),
                );
                true
            }
        };
        let log = args.log.or(file.log).unwrap_or_else(|| DEFAULT_LOG.into());
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(&log) {
            faults.add("PARLOR_LOG", &format!("is no filter: {error}"));
        }
        let log_format = match args.log_format.or(file.log_format).as_deref() {
            None | Some("pretty") => LogFormat::Pretty,
            Some("json") => LogFormat::Json,
            Some(other) => {
                let what = format!("is pretty or json, not {other:?}");
                faults.add("PARLOR_LOG_FORMAT", &what);
                LogFormat::Pretty
            }
        };
        let backup_dir = args.backup_dir.or(file.backup_dir);
        if backup_dir.as_deref() == Some("") {
            faults.add("PARLOR_BACKUP_DIR", "is empty: name a folder, or unset it");
        }
        let metrics_token_file = args.metrics_token_file.or(file.metrics_token_file);
        let metrics_token = metrics_token_file
            .as_deref()
            .and_then(|path| metrics_token(path, &mut faults));
        let data_dir = args
            .data_dir
            .or(file.data_dir)
            .unwrap_or_else(|| DEFAULT_DATA_DIR.into());
        if data_dir.is_empty() {
            faults.add("PARLOR_DATA_DIR", "is empty: name a folder");
        }
        match (listen, faults.0.is_empty()) {
            (Some(listen), true) => Ok(Self {
                listen,
                data_dir: data_dir.into(),
                public_url,
                trusted_proxies,
                rate_limits,
                log,
                log_format,
                backup_dir: backup_dir.map(Into::into),
                metrics_token_file,
                metrics_token,
            }),
            _ => Err(faults.0.join("\n")),
        }
    }
}

/// What is wrong, a line each.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, name: &str, what: &str) {
        self.0.push(format!("{name} {what}"));
    }

    fn parsed<T: std::str::FromStr>(&mut self, name: &str, text: &str, is: &str) -> Option<T> {
        let value = text.parse().ok();
        if value.is_none() {
            self.add(name, &format!("is {is}, not {text:?}"));
        }
        value
    }

    fn judged<T: std::str::FromStr<Err: std::fmt::Display>>(
        &mut self,
        name: &str,
        text: &str,
    ) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(why) => {
                self.add(name, &format!("cannot be {text:?}: {why}"));
                None
            }
        }
    }
}

fn read_file(named: Option<&str>, faults: &mut Faults) -> File {
    let path = Path::new(named.unwrap_or(DEFAULT_CONFIG));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return File::default();
        }
        Err(error) => {
            faults.add(
                &path.display().to_string(),
                &format!("cannot be read: {error}"),
            );
            return File::default();
        }
    };
    toml::from_str(&text).unwrap_or_else(|error| {
        // The first line names the place, `message` what is wrong there.
        faults.add(
            &path.display().to_string(),
            &format!("is no settings file: {}", error.message()),
        );
        File::default()
    })
}

fn metrics_token(path: &str, faults: &mut Faults) -> Option<String> {
    match std::fs::read_to_string(path) {
        Ok(text) if text.trim().len() >= METRICS_TOKEN_CHARS => Some(text.trim().to_owned()),
        Ok(_) => {
            let what = format!("names a token of less than {METRICS_TOKEN_CHARS} characters");
            faults.add("PARLOR_METRICS_TOKEN_FILE", &what);
            None
        }
        Err(error) => {
            faults.add(
                "PARLOR_METRICS_TOKEN_FILE",
                &format!("names {path:?}, which cannot be read: {error}"),
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> SettingsArgs {
        SettingsArgs {
            config: Some("/dev/null".into()),
            ..SettingsArgs::default()
        }
    }

    #[test]
    fn no_setting_is_needed() {
        let settings = Settings::read(args()).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.data_dir, Path::new("./data"));
        assert!(settings.rate_limits);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let bad = SettingsArgs {
            listen: Some("8080".into()),
            public_url: Some("chat.example.org".into()),
            trusted_proxies: Some("10.0.0.0/8, nowhere".into()),
            rate_limits: Some("maybe".into()),
            database_url: Some("postgres://".into()),
            ..args()
        };
        let message = Settings::read(bad).unwrap_err();
        for name in [
            "PARLOR_LISTEN",
            "PARLOR_PUBLIC_URL",
            "PARLOR_TRUSTED_PROXIES",
            "PARLOR_RATE_LIMITS",
            "PARLOR_DATABASE_URL",
        ] {
            assert!(message.contains(name), "{name} in {message}");
        }
    }
}
