//! `dcord auth invite-url` prints the link that adds the bot to a server with the permissions that some commands
//! need.

use std::collections::BTreeSet;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;
use url::Url;

use crate::call::overwrite::named;
use crate::call::{self, LISTEN, Patterns, Question, Reply};
use crate::catalogue::{self, Endpoint};
use crate::cli::Error;
use crate::commands::endpoint;
use crate::context::{Context, print_text};
use crate::error::Result;
use crate::model::target::{self, Target};
use crate::model::{Entity, Snowflake};

const COMMANDS: &str = "commands";
const ADMINISTRATOR: &str = "administrator";

/// Without this permission, a bot receives no events of a channel and cannot use the channel.
const VIEW_CHANNEL: &str = "VIEW_CHANNEL";

pub fn args(command: Command) -> Command {
    command
        .about("Print a link that adds the bot to a server with the permissions that the given commands need")
        .override_usage("dcord auth invite-url COMMAND… [--guild SERVER] [--administrator]")
        .arg(
            Arg::new(COMMANDS)
                .value_name("COMMAND")
                .num_args(0..)
                .help("Commands that the bot runs, such as message.send, member.* or listen"),
        )
        .arg(Arg::new("guild").long("guild").value_name("SERVER").help("Preselect this server: an id or a link"))
        .arg(
            Arg::new(ADMINISTRATOR)
                .long(ADMINISTRATOR)
                .action(ArgAction::SetTrue)
                .help("Ask for administrator, which includes all permissions in all channels"),
        )
        .after_help(
            "The person who opens the link chooses a server, in which they need manage-guild, and confirms the \
             permissions. The link asks for the permissions that the commands need and for no others. listen needs \
             view-channel. A bot that is already in the server can be invited again, which replaces its permissions.\n\n\
             Examples:\n  dcord auth invite-url message.send member.timeout listen\n  \
             dcord auth invite-url 'member.*' --guild 111111111111111111",
        )
}

pub fn url(context: &Context, matches: &ArgMatches) -> Result<()> {
    let texts: Vec<&String> = matches.get_many(COMMANDS).map(Iterator::collect).unwrap_or_default();
    let wants_all = matches.get_flag(ADMINISTRATOR);
    if texts.is_empty() && !wants_all {
        return Err(Error::Missing {
            what: "COMMAND".to_owned(),
            usage: "auth invite-url COMMAND…".to_owned(),
            hint: Some("name the commands that the bot runs, such as message.send or listen".into()),
        }
        .into());
    }
    // A command may also be a single argument of two words.
    let patterns: Vec<String> = texts.iter().map(|text| text.replace(' ', ".")).collect();
    let patterns = Patterns::parse("COMMAND", &patterns)?;
    let guild = matches.get_one::<String>("guild").map(|text| guild(text)).transpose()?;

    let rows = catalogue::commands().map(|(_, row)| row).filter(|row| patterns.matches(row.name()));
    let mut names: BTreeSet<&str> = rows.flat_map(permissions).collect();
    if patterns.matches(LISTEN) {
        names.insert(VIEW_CHANNEL);
    }
    if wants_all {
        names.insert("ADMINISTRATOR");
    }
    let bits = catalogue::permission_bits(names.iter().copied());

    let unasked = |_: &Question| Reply::Unanswered;
    let policy = endpoint::policy(context, None, &unasked)?;
    let application = context.block_on(call::application_id(&context.app, &policy))??;
    let mut url = Url::parse("https://discord.com/oauth2/authorize").expect("it is a URL");
    url.query_pairs_mut()
        .append_pair("client_id", &application)
        .append_pair("scope", "bot applications.commands")
        .append_pair("permissions", &bits.to_string())
        .extend_pairs(guild.map(|id| ("guild_id", id.to_string())));
    if context.prints_prose() {
        print_text(url.as_str())?;
        let names = named(bits).join(", ");
        let names = if bits == 0 { "no permissions" } else { &names };
        context.console.note(format_args!("the link asks for {names}; a member with manage-guild can open it"));
        return Ok(());
    }
    context.print_object(&json!({
        "url": url.as_str(),
        "application_id": application,
        "permissions": bits.to_string(),
        "names": named(bits),
    }))
}

/// The permissions that a command needs, and those that it needs for some objects or fields.
fn permissions(row: &'static Endpoint) -> impl Iterator<Item = &'static str> {
    let in_channel = row.path.starts_with("/channels/{").then_some(VIEW_CHANNEL);
    row.permissions.iter().chain(row.conditional_permissions).copied().chain(in_channel)
}

fn guild(text: &str) -> Result<Snowflake, Error> {
    match target::parse(Entity::Guild, text) {
        Target::Id(id) | Target::Link { guild: Some(id), .. } => Ok(id),
        _ => Err(Error::Value {
            flag: "--guild".to_owned(),
            text: text.to_owned(),
            wanted: "the id of a server or a link to one".to_owned(),
        }),
    }
}
