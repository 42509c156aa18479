//! `dcord auth` signs in and out, and shows the owner and the rights of the token.

mod invite;
mod login;
mod oauth;
mod profiles;
mod status;

use clap::{Arg, ArgMatches, Command};

use crate::context::Context;
use crate::error::Result;

const NAME: &str = "name";

pub fn args(command: Command) -> Command {
    command
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_help_heading("Commands")
        .subcommand_value_name("COMMAND")
        .override_usage("dcord auth COMMAND [OPTIONS]")
        .after_help(
            "A profile of config.toml names the source of the token. `dcord help profiles` lists its settings and rules,\n\
             and `dcord help secrets` the other sources of a token.\n\n\
             Examples:\n  dcord auth login\n  dcord auth login --profile work --store keyring\n  \
             pass discord/bot | dcord auth login --with-token\n  \
             dcord auth login --profile ada --oauth --client-id 222222222222222222 --scope 'identify guilds'\n  dcord auth status\n  dcord auth switch work\n  \
             dcord auth invite-url message.send member.timeout listen",
        )
        .subcommand(login::args(Command::new("login")))
        .subcommand(
            Command::new("logout")
                .about("Remove a profile's token from this machine")
                .override_usage("dcord auth logout [--profile NAME]"),
        )
        .subcommand(
            Command::new("status")
                .about("Show where the token comes from, whose it is and what it may do")
                .override_usage("dcord auth status [--profile NAME] [--offline]"),
        )
        .subcommand(
            Command::new("list").about("List the profiles of config.toml").override_usage("dcord auth list"),
        )
        .subcommand(
            Command::new("switch")
                .about("Choose the profile that dcord uses without --profile")
                .override_usage("dcord auth switch PROFILE")
                .arg(Arg::new(NAME).value_name("PROFILE").help("Name of the profile")),
        )
        .subcommand(invite::args(Command::new("invite-url")))
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    match matches.subcommand() {
        Some(("login", inner)) => login::login(context, inner),
        Some(("invite-url", inner)) => invite::url(context, inner),
        Some(("logout", _)) => login::logout(context),
        Some(("list", _)) => profiles::list(context),
        Some(("switch", inner)) => profiles::switch(context, inner.get_one::<String>(NAME)),
        _ => status::status(context),
    }
}
