//! `parlor man` and `parlor completions`: made from the command line's own description.

use std::io::{self, Write as _};

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::Failure;
use crate::args::Cli;

/// Prints the manual page: the program, then each of its commands.
pub(crate) fn man() -> Result<(), Failure> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    // Builds what is global into every command.
    command.build();
    let written = clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .and_then(|()| environment(&command, &mut page))
        .and_then(|()| writeln!(page, ".SH COMMANDS"))
        .and_then(|()| commands(&command, "", &mut page));
    written
        .and_then(|()| io::stdout().write_all(&page))
        .map_err(|error| Failure::Failed(format!("the page cannot be written: {error}")))
}

/// The variables that settings are read from.
fn environment(command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    writeln!(page, ".SH ENVIRONMENT")?;
    for argument in command.get_arguments().filter(|it| !it.is_hide_set()) {
        if let (Some(variable), Some(flag)) = (argument.get_env(), argument.get_long()) {
            let variable = variable.to_string_lossy();
            writeln!(
                page,
                ".TP\n{variable}\nThe same as \\-\\-{}.",
                flag.replace('-', "\\-")
            )?;
        }
    }
    Ok(())
}

/// A section for each command below another, with its own arguments.
fn commands(above: &clap::Command, path: &str, page: &mut Vec<u8>) -> io::Result<()> {
    for command in above.get_subcommands().filter(|it| it.get_name() != "help") {
        let name = format!("{path}{}", command.get_name());
        let own: Vec<clap::Arg> = command
            .get_arguments()
            .filter(|argument| !argument.is_global_set())
            .filter(|argument| !["help", "version"].contains(&argument.get_id().as_str()))
            .cloned()
            .collect();
        if command.get_subcommands().next().is_none() {
            let about = command.get_about().map(ToString::to_string);
            writeln!(page, ".SS parlor {name}")?;
            writeln!(page, "{}", about.unwrap_or_default())?;
            if !own.is_empty() {
                let alone = clap::Command::new("parlor")
                    .args(own)
                    .disable_help_flag(true);
                let mut section = Vec::new();
                clap_mangen::Man::new(alone).render_options_section(&mut section)?;
                // Its heading would end the section of commands.
                let text = String::from_utf8_lossy(&section).into_owned();
                for line in text.lines().filter(|line| !line.starts_with(".SH")) {
                    writeln!(page, "{line}")?;
                }
            }
        }
        commands(command, &format!("{name} "), page)?;
    }
    Ok(())
}

/// Prints what a shell completes by.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "parlor", &mut script);
    io::stdout()
        .write_all(&script)
        .map_err(|error| Failure::Failed(format!("the script cannot be written: {error}")))
}
