//! `parlor serve`: opens the log, starts the hub, listens, says where, and
//! stops in order.

use std::io::Write;
use std::sync::Arc;

use parlor_live::{Live, ambient::Ambient};
use parlor_server::backups::Backups;
use parlor_server::control::{self, Console, Request};
use parlor_server::password::Passwords;
use parlor_server::{Config, Server};
use tokio::signal::unix::{SignalKind, signal};

use crate::ambient::{SystemClock, SystemRandom};
use crate::failure::{Exit, Failure};
use crate::folder::{Folder, control_socket};
use crate::settings::{LogFormat, Settings};
use crate::text::complain;
use crate::{schedule, service};

/// Reads that block at once, Argon2 included: more wait for a thread.
const BLOCKING_THREADS: usize = 12;

/// An open database with its hub, held by this process.
pub(crate) struct Opened {
    pub(crate) live: Live,
    folder: Folder,
}

impl Opened {
    /// Opens the database of a folder that is held; sets it up where it is empty.
    /// Only `serve` brings an older one up to date.
    pub(crate) fn open(
        settings: &Settings,
        folder: Folder,
        migrate: bool,
    ) -> Result<Self, Failure> {
        let ambient = Ambient {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        };
        let setup =
            parlor_store::Setup::new(ambient.now(), ambient.uuid_v7(), &ambient.secret::<16>());
        let options = parlor_store_sqlite::Options {
            migrate,
            ..Default::default()
        };
        let (append, read) = parlor_store_sqlite::open(folder.path(), setup, options)?;
        let live_config = parlor_live::Config {
            rate_limits: settings.rate_limits,
            ..Default::default()
        };
        let on_fatal = Box::new(|why: &str| {
            // What is on disk is not known any more: silence is worse than a restart.
            tracing::error!(why, "the server cannot go on");
            complain(why);
            std::process::exit(1);
        });
        let live = Live::start(live_config, ambient, Box::new(append), read, on_fatal)
            .map_err(|error| Exit::Failed.because(format!("no threads: {error}")))?;
        Ok(Self { live, folder })
    }

    /// What console commands are carried out with.
    pub(crate) fn console(&self, base_url: String) -> Console {
        Console {
            base_url,
            passwords: Passwords::new(self.live.ambient().secret()),
        }
    }
}

/// Serves until SIGTERM or SIGINT.
pub(crate) fn serve(settings: &Settings) -> Result<(), Failure> {
    start_log(settings);
    let folder = Folder::hold(&settings.data_dir)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()
        .map_err(|error| Exit::Failed.because(format!("no runtime: {error}")))?;
    let outcome = runtime.block_on(run(settings, folder));
    // Whatever still blocks has been waited for by `Live::stop`.
    runtime.shutdown_background();
    outcome
}

async fn run(settings: &Settings, folder: Folder) -> Result<(), Failure> {
    let fail = |error: &dyn std::fmt::Display| Exit::Failed.because(error);
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| fail(&error))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| fail(&error))?;
    let opened = Opened::open(settings, folder, true)?;
    let live = opened.live.clone();
    let backups = settings.backup_dir.is_some().then(Arc::<Backups>::default);
    let config = Config {
        listen: settings.listen,
        public_url: settings.public_url.clone(),
        trusted_proxies: settings.trusted_proxies.clone(),
        rate_limits: settings.rate_limits,
        metrics_token: settings.metrics_token.clone().map(Into::into),
        backups: backups.clone(),
    };
    let server = match Server::bind(config, live.clone()).await {
        Ok(server) => server,
        Err(error) => {
            let _ = live.stop().await;
            return Err(fail(&error));
        }
    };
    let console = Arc::new(opened.console(server.url()));
    let socket = control_socket(opened.folder.path());
    let listener = control::listen(&socket).map_err(|error| {
        Exit::Failed.because(format!("the control socket cannot be made: {error}"))
    })?;
    let our_uid = rustix::process::geteuid().as_raw();
    let control = tokio::spawn(control::serve(
        listener,
        Arc::clone(&console),
        live.clone(),
        our_uid,
    ));
    welcome(&console, &live, server.may_be_demo()).await?;

    let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    let mut helpers = tokio::task::JoinSet::new();
    helpers.spawn(service::watchdog(live.clone()));
    if let (Some(to), Some(backups)) = (settings.backup_dir.clone(), backups) {
        let from = opened.folder.path().to_owned();
        helpers.spawn(schedule::run(from, to, live.ambient().clone(), backups));
    }
    tracing::info!(
        url = console.base_url,
        version = env!("CARGO_PKG_VERSION"),
        "serving"
    );
    service::ready();
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
    service::stopping();
    // A backup under way is not waited for: what it has begun is taken over by the next.
    helpers.abort_all();
    tokio::spawn(async move {
        interrupt.recv().await;
        std::process::exit(130);
    });
    control.abort();
    let _ = stopping.send(());
    let outcome = live.stop().await;
    let _ = serving.await;
    let _ = std::fs::remove_file(&socket);
    outcome.map_err(|error| fail(&error))
}

/// Says on standard output where to go, and what an unclaimed server is.
async fn welcome(console: &Console, live: &Live, demo: bool) -> Result<(), Failure> {
    let mut text = format!(
        "Parlor {} is at {}\n",
        env!("CARGO_PKG_VERSION"),
        console.base_url
    );
    let server = live
        .read(|read| read.server())
        .await
        .map_err(|error| Exit::Failed.because(error))?;
    if !server.claimed {
        let link = control::execute(Request::ClaimLink, console, live)
            .await
            .map_err(|why| Exit::Failed.because(why))?;
        text += "\nNobody owns this server yet. Make it yours within an hour:\n";
        text += &format!("  {}\n", link.unwrap_or_default());
        if demo {
            text += "\nUntil then it is a demo, for this machine alone: sign in as prathmesh, password 123.\n";
            text += "Anyone on this machine can sign up. All of that ends when the server is claimed.\n";
        } else {
            text += "\nUntil then it shows nothing but that page.\n";
        }
    }
    let mut out = std::io::stdout();
    // Standard output may be closed: a server goes on without it.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    Ok(())
}

/// The log goes to standard error; standard output is for people and pipes.
fn start_log(settings: &Settings) {
    let filter = tracing_subscriber::EnvFilter::new(&settings.log);
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let _ = match settings.log_format {
        LogFormat::Pretty => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
}
