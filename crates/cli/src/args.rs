//! What can be said on the command line. Texts here are what `--help` prints.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Self-hosted, real-time chat in one binary.
///
/// Without a command it serves on http://localhost:8080 with data in ./data.
#[derive(Debug, Parser)]
#[command(name = "parlor", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Every setting: a flag, else its environment variable, else `parlor.toml`,
/// else the default. Kept as text here: `settings` judges them all at once.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct SettingsArgs {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(
        long,
        global = true,
        env = "PARLOR_LISTEN",
        value_name = "ADDRESS:PORT"
    )]
    pub(crate) listen: Option<String>,
    /// Folder that holds everything [default: ./data]
    #[arg(long, global = true, env = "PARLOR_DATA_DIR", value_name = "FOLDER")]
    pub(crate) data_dir: Option<String>,
    /// Address people type into their browser, such as https://chat.example.org
    #[arg(long, global = true, env = "PARLOR_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Proxies whose X-Forwarded-For is believed: addresses or networks, separated by commas
    #[arg(
        long,
        global = true,
        env = "PARLOR_TRUSTED_PROXIES",
        value_name = "NETWORKS"
    )]
    pub(crate) trusted_proxies: Option<String>,
    /// on, or off to lift every rate, throttle and socket limit, for benches [default: on]
    #[arg(long, global = true, env = "PARLOR_RATE_LIMITS", value_name = "on|off")]
    pub(crate) rate_limits: Option<String>,
    /// What is logged: error, warn, info, debug, or a filter such as info,parlor_live=debug [default: info]
    #[arg(long, global = true, env = "PARLOR_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
    /// How the log is written: pretty, or json for one object a line [default: pretty]
    #[arg(
        long,
        global = true,
        env = "PARLOR_LOG_FORMAT",
        value_name = "pretty|json"
    )]
    pub(crate) log_format: Option<String>,
    /// Folder for a backup every day, of which 7 are kept; without it there are none
    #[arg(long, global = true, env = "PARLOR_BACKUP_DIR", value_name = "FOLDER")]
    pub(crate) backup_dir: Option<String>,
    /// File with the bearer token that reads /metrics from other machines
    #[arg(
        long,
        global = true,
        env = "PARLOR_METRICS_TOKEN_FILE",
        value_name = "FILE"
    )]
    pub(crate) metrics_token_file: Option<String>,
    /// File with settings [default: ./parlor.toml, where it is there]
    #[arg(long, global = true, env = "PARLOR_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<String>,
    /// Kept for later: setting it stops the start.
    #[arg(
        long,
        global = true,
        env = "PARLOR_DATABASE_URL",
        hide = true,
        hide_env_values = true
    )]
    pub(crate) database_url: Option<String>,
    /// Kept for later: setting it stops the start.
    #[arg(
        long,
        global = true,
        env = "PARLOR_NATS_URL",
        hide = true,
        hide_env_values = true
    )]
    pub(crate) nats_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve. This is also what `parlor` alone does
    Serve,
    /// Accounts
    #[command(subcommand)]
    User(UserCommand),
    /// Tokens for programs
    #[command(subcommand)]
    Token(TokenCommand),
    /// Print a new owner link, good for an hour; the older one ends
    ClaimLink,
    /// Print a new invite link
    Invite {
        /// How many people it lets in
        #[arg(long, default_value_t = 25, value_name = "N")]
        uses: u32,
        /// How long it is good: a number and s, m, h or d
        #[arg(long, default_value = "7d", value_name = "TIME")]
        expires: String,
    },
    /// Copy the database into one file, beside a server or alone
    Backup {
        /// The backup's file; it is written whole or not at all
        file: PathBuf,
        /// Put it in the place of a file that is there
        #[arg(long)]
        replace: bool,
    },
    /// Make a backup the database, with the server stopped: all sessions, tokens, invites and links end
    Restore {
        /// A file that `parlor backup` made
        file: PathBuf,
        /// Keep the database that is there aside, under another name
        #[arg(long)]
        replace: bool,
    },
    /// Recompute everything from the logs, check every event, and name what differs
    Verify,
    /// Check that nothing is lost, doubled or out of order, with a server of its own that is killed again and again
    Check(CheckArgs),
    /// Print who did what to accounts, sessions and rights, oldest first
    Audit {
        /// One entry a line, as JSON
        #[arg(long)]
        json: bool,
    },
    /// The settings as they are read
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Ask a server on this machine whether it can do its work
    Health,
    /// Print the manual page, for man(1)
    Man,
    /// Print what completes this program's commands in a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    #[command(flatten)]
    Remote(RemoteCommand),
}

/// It takes about a minute, uses no setting and no data of yours, and says at the end what it
/// looked at. Exit code 0: nothing was found; 1: something was, or the check could not be made.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// All chance comes from it: the same seed makes the same choices [default: a new one]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// How many faults strike [default: 20]
    #[arg(long, value_name = "N")]
    pub(crate) rounds: Option<u64>,
    /// How long faults strike, in seconds
    #[arg(long, value_name = "S")]
    pub(crate) seconds: Option<u64>,
    /// Which faults, separated by commas, or none [default: kill,stop,term,cut]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) faults: Vec<String>,
    /// How many devices take part, several of each person
    #[arg(long, default_value_t = 24, value_name = "N")]
    pub(crate) devices: u32,
    /// In how many rooms
    #[arg(long, default_value_t = 6, value_name = "N")]
    pub(crate) rooms: usize,
    /// A device does something about every so many milliseconds
    #[arg(long, default_value_t = 40, value_name = "MS")]
    pub(crate) pace: u64,
    /// Check this server instead of one of its own; only sockets are cut then
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// With --url: a file with the tokens of at least two accounts, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Fail on times and memory too, with faults that measure them: on a machine that does nothing else
    #[arg(long)]
    pub(crate) times: bool,
    /// The program that serves, if it is not this one: another version, or a broken one
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    pub(crate) program: Option<PathBuf>,
    /// One JSON object on standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// Keep the history and the server's files in this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) keep: Option<PathBuf>,
    /// Judge the history in this folder once more, without a server
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["url", "keep", "rounds", "seconds"])]
    pub(crate) replay: Option<PathBuf>,
}

/// What speaks to a server as any client does.
#[derive(Debug, Subcommand)]
pub(crate) enum RemoteCommand {
    /// Sign in to a server near or far, for `send` and `tail`
    Login(LoginArgs),
    /// Send all of standard input as one message, less one final newline
    Send(SendArgs),
    /// Print what happens in a room from now on
    Tail(TailArgs),
}

#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// Where the server is [default: PARLOR_URL, else http://localhost:8080]
    pub(crate) url: Option<String>,
    /// Who signs in; asked for on the terminal where it is not given
    #[arg(long, value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Read the password from standard input; without it, it is asked for on the terminal
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// The token is PARLOR_TOKEN's, else the one that `parlor login` keeps for that server.
#[derive(Debug, Args)]
pub(crate) struct RemoteArgs {
    /// Where the server is [default: that of the last `login`]
    #[arg(long, env = "PARLOR_URL", value_name = "URL")]
    pub(crate) url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    /// The room's name or id
    pub(crate) room: String,
    /// The message's own id: sent again with the same one, it stays one message
    #[arg(long, value_name = "NONCE")]
    pub(crate) nonce: Option<String>,
    /// How long to try, in seconds
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub(crate) wait: u64,
    #[command(flatten)]
    pub(crate) remote: RemoteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct TailArgs {
    /// The room's name or id
    pub(crate) room: String,
    /// One event of the wire a line, as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) remote: RemoteArgs,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting with its value, as lines of a settings file
    Print,
    /// Say whether the settings are good, and name every fault
    Check,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make an account
    Add {
        /// Its username
        name: String,
        /// Read its password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
        /// Make it an admin; on a server without an owner, the owner
        #[arg(long)]
        admin: bool,
    },
    /// Give an account a new password; all its sessions end
    Password {
        /// Its username
        name: String,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Shut an account out; its connections close at once
    Disable {
        /// Its username
        name: String,
    },
    /// Let a disabled account in again
    Enable {
        /// Its username
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Print a new token of an account; it lives until it is revoked
    Create {
        /// The account's username
        name: String,
        /// What the token is called in the account's list of sessions
        #[arg(long, default_value = "token", value_name = "LABEL")]
        label: String,
    },
}
