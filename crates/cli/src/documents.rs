//! `parlor man` and `parlor completions`: made from the command line's own description.

use std::io::{self, Write as _};

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::args::Cli;
use crate::failure::{Exit, Failure};
use crate::text::print;

/// What is read from the environment and is no setting, or a file that is no setting's.
const VARIABLES: [(&str, &str); 4] = [
    (
        "PARLOR_URL",
        "The server that login, send and tail speak to.",
    ),
    (
        "PARLOR_TOKEN",
        "What lets send and tail in there; without it, what login keeps.",
    ),
    ("NO_COLOR", "Set to anything, tail prints no colours."),
    (
        "XDG_CONFIG_HOME",
        "Where login keeps its tokens, in parlor/credentials.json; without it, ~/.config.",
    ),
];

/// Prints the manual page: the program with its settings, each of its commands, how it ends.
pub(crate) fn man() -> Result<(), Failure> {
    let mut page = Vec::new();
    page_into(&mut page)
        .map_err(|error| Exit::Failed.because(format!("the page cannot be made: {error}")))?;
    print(&String::from_utf8_lossy(&page))
}

fn page_into(page: &mut Vec<u8>) -> io::Result<()> {
    let mut command = Cli::command();
    // Builds what is global into every command.
    command.build();
    let man = Man::new(command.clone());
    man.render_title(page)?;
    man.render_name_section(page)?;
    writeln!(
        page,
        ".SH SYNOPSIS\n.B parlor\n[\\fIsettings\\fR] [\\fIcommand\\fR]"
    )?;
    man.render_description_section(page)?;
    writeln!(page, ".SH COMMANDS")?;
    commands(&command, "", page)?;
    man.render_options_section(page)?;
    environment(&command, page)?;
    writeln!(page, ".SH EXIT STATUS\n.TP\n0\nDone.")?;
    for (exit, meaning) in Exit::ALL {
        writeln!(page, ".TP\n{}\n{meaning}", exit as u8)?;
    }
    Ok(())
}

/// A section for each command below another, with its own arguments.
fn commands(above: &clap::Command, path: &str, page: &mut Vec<u8>) -> io::Result<()> {
    for command in above.get_subcommands().filter(|it| it.get_name() != "help") {
        let name = format!("{path}{}", command.get_name());
        if command.has_subcommands() {
            commands(command, &format!("{name} "), page)?;
            continue;
        }
        let own: Vec<clap::Arg> = command
            .get_arguments()
            .filter(|argument| !argument.is_global_set())
            .filter(|argument| !["help", "version"].contains(&argument.get_id().as_str()))
            .cloned()
            .collect();
        let placed: String = own
            .iter()
            .filter(|argument| argument.is_positional())
            .map(|argument| format!(" {argument}"))
            .collect();
        let about = command.get_about().map(ToString::to_string);
        writeln!(page, ".SS \"parlor {name}{placed}\"")?;
        writeln!(page, "{}.", about.unwrap_or_default())?;
        if !own.is_empty() {
            let alone = clap::Command::new("parlor")
                .args(own)
                .disable_help_flag(true);
            let mut section = Vec::new();
            Man::new(alone).render_options_section(&mut section)?;
            // Its heading would end the section of commands.
            let text = String::from_utf8_lossy(&section).into_owned();
            for line in text.lines().filter(|line| !line.starts_with(".SH")) {
                writeln!(page, "{line}")?;
            }
        }
    }
    Ok(())
}

/// The variables that settings and clients are read from.
fn environment(command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    writeln!(page, ".SH ENVIRONMENT")?;
    for argument in command.get_arguments().filter(|it| !it.is_hide_set()) {
        if let (Some(variable), Some(flag)) = (argument.get_env(), argument.get_long()) {
            let (variable, flag) = (variable.to_string_lossy(), flag.replace('-', "\\-"));
            writeln!(page, ".TP\n{variable}\nThe same as \\-\\-{flag}.")?;
        }
    }
    for (variable, meaning) in VARIABLES {
        writeln!(page, ".TP\n{variable}\n{meaning}")?;
    }
    Ok(())
}

/// Prints what a shell completes by.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "parlor", &mut script);
    print(&String::from_utf8_lossy(&script))
}
