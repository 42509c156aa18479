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
                .override_usage("dcord auth logout [--profile NAME]")
                .after_help(
                    "Deletes the token that `dcord auth login` stored for the profile: from the system keyring, from \
                     config.toml, or its file. The profile and its other settings stay. A token from a variable, another \
                     program or a file of yours is not deleted.\n\n\
                     The token itself stays valid: Discord accepts it until you reset it in the developer portal, under \
                     Bot, Reset Token. Reset it if others may have seen it.\n\n\
                     Examples:\n  dcord auth logout\n  dcord auth logout --profile work",
                ),
        )
        .subcommand(
            Command::new("status")
                .about("Show where the token comes from, whose it is and what it may do")
                .override_usage("dcord auth status [--profile NAME] [--offline]")
                .after_help(
                    "Prints the profile, the source of the token (such as DCORD_TOKEN), the bot or user it belongs to, \
                     its app, and the privileged intents or the OAuth2 scopes that it has. \"unused\" lists the \
                     other sources that are set, which dcord ignores. The token itself is never printed.\n\n\
                     Exits with 4 if no token is set or Discord does not accept it. With --offline, dcord sends nothing \
                     and takes the name of the bot from the cache.\n\n\
                     Examples:\n  dcord auth status\n  dcord auth status --profile work --jq .user",
                ),
        )
        .subcommand(
            Command::new("list")
                .about("List the profiles of config.toml")
                .override_usage("dcord auth list")
                .after_help(
                    "Prints for each profile its name, whether it is the default, the source and type of its token, and \
                     its rules. dcord reads no token and sends no request.\n\n\
                     Examples:\n  dcord auth list\n  dcord auth list --jq 'select(.default) | .name'",
                ),
        )
        .subcommand(
            Command::new("switch")
                .about("Choose the profile that dcord uses without --profile")
                .override_usage("dcord auth switch PROFILE")
                .arg(Arg::new(NAME).value_name("PROFILE").help("Name of the profile"))
                .after_help(
                    "Sets default_profile in config.toml. --profile and DCORD_PROFILE still override it for one command, \
                     and DCORD_TOKEN for the token alone.\n\n\
                     Examples:\n  dcord auth switch work",
                ),
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
