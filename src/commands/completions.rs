//! `dcord completions` prints the scripts in `completions/`, which run dcord to get candidates.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command};

use crate::cli::Error;
use crate::context::Context;
use crate::error::Result;

/// Each shell and its script.
const SCRIPTS: &[(&str, &str)] = &[
    ("bash", include_str!("../../completions/dcord.bash")),
    ("zsh", include_str!("../../completions/_dcord")),
    ("fish", include_str!("../../completions/dcord.fish")),
    ("elvish", include_str!("../../completions/dcord.elv")),
    ("powershell", include_str!("../../completions/dcord.ps1")),
];

pub fn args(command: Command) -> Command {
    command
        .override_usage("dcord completions SHELL")
        .after_help(
            "Examples:\n  source <(dcord completions bash)     # in ~/.bashrc\n  source <(dcord completions zsh)      \
             # in ~/.zshrc\n  dcord completions fish | source      # in ~/.config/fish/config.fish",
        )
        .arg(
            Arg::new("shell")
                .value_name("SHELL")
                .value_parser(PossibleValuesParser::new(SCRIPTS.iter().map(|(shell, _)| *shell)))
                .help("Shell to print the script for"),
        )
}

pub fn run(_: &Context, matches: &ArgMatches) -> Result<()> {
    let shell: Option<&String> = matches.get_one("shell");
    match shell.and_then(|shell| SCRIPTS.iter().find(|(name, _)| name == shell)) {
        Some((_, script)) => Ok(crate::context::print_text(script)?),
        None => {
            let usage = "completions SHELL".to_owned();
            let hint = Some("use bash, zsh, fish, elvish or powershell".into());
            Err(Error::Missing { what: "SHELL".to_owned(), usage, hint }.into())
        }
    }
}
