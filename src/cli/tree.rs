//! The clap tree, derived from the catalogue.
//!
//! A command is built only when it is the one called: start-up must not grow with the catalogue.
//! `Command::defer` takes a plain function, which finds its rows by the command's display name.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::typed::TARGETS;
use super::{globals, help};
use crate::catalogue::{self, Endpoint, Noun, Param, ParamKind, usage};

/// A command outside the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Plain {
    pub name: &'static str,
    pub about: &'static str,
    /// Adds its arguments.
    pub args: fn(Command) -> Command,
}

impl clap::builder::CommandExt for Plain {}

/// Parses the arguments of the process, which start with the name of the program. clap builds each command when it
/// reaches it.
///
/// The root has only the commands that the arguments name. The others are added only for an error message.
pub fn parse<P: Iterator<Item = Plain>>(plain: impl Fn() -> P, args: &[OsString]) -> Result<ArgMatches, clap::Error> {
    let named = |name: &str| args.iter().any(|arg| arg == name);
    let few = root_with(plain().filter(|plain| named(plain.name)), |noun| named(noun.name), Command::defer);
    match few.try_get_matches_from(args) {
        Err(e) if e.kind() != ErrorKind::DisplayVersion => root(plain()).try_get_matches_from(args),
        result => result,
    }
}

/// Returns the root of the whole tree.
pub fn root(plain: impl Iterator<Item = Plain>) -> Command {
    root_with(plain, |_| true, Command::defer)
}

/// Returns the tree in which only the commands that these words name are built, but completely. Completion would
/// otherwise build every deferred command.
pub fn along(plain: impl Iterator<Item = Plain>, words: &[String]) -> Command {
    let (first, second) = (words.first().map(String::as_str), words.get(1).map(String::as_str));
    root_with(
        plain,
        |_| true,
        |stub, build| match catalogue::noun(stub.get_name()) {
            _ if first != Some(stub.get_name()) => stub,
            Some(noun) => {
                add_verbs(stub, noun, |verb| if second == Some(verb.get_name()) { with_params(verb) } else { verb })
            }
            None => build(stub),
        },
    )
}

/// Whether a word is the name of a command or a noun, which an alias or an extension cannot replace.
pub fn is_command(mut plain: impl Iterator<Item = Plain>, name: &str) -> bool {
    catalogue::noun(name).is_some() || plain.any(|plain| plain.name == name)
}

/// Returns the command that these words call, built, and the words of its name.
pub fn called(plain: impl Iterator<Item = Plain>, words: &[String]) -> (Command, Vec<String>) {
    let mut command = along(plain, words);
    let mut path = Vec::new();
    for word in words {
        let Some(next) = command.find_subcommand(word).cloned() else { break };
        command = next;
        path.push(word.clone());
    }
    (command, path)
}

/// Builds the root with its commands. `wanted` selects the nouns, and `place` builds each command from its name,
/// its stub and its builder.
fn root_with(
    plain: impl Iterator<Item = Plain>,
    wanted: impl Fn(&Noun) -> bool,
    place: impl Fn(Command, fn(Command) -> Command) -> Command,
) -> Command {
    let plain = plain.map(|c| place(Command::new(c.name).about(c.about).add(c), with_args));
    let nouns = catalogue::NOUNS.iter().filter(|noun| wanted(noun));
    let nouns = nouns.map(|noun| place(Command::new(noun.name).about(noun.about), with_rows));
    Command::new("dcord")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A command-line toolkit for Discord")
        .max_term_width(100)
        .disable_help_subcommand(true)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .override_usage("dcord COMMAND [TARGET…] [--FIELD VALUE…]")
        .args(globals::everywhere())
        // One call adds all commands, because a growing list would move large commands repeatedly.
        .subcommands(plain.chain(nouns))
}

/// Adds the arguments of a command outside the catalogue. Its few subcommands inherit the global options.
fn with_args(command: Command) -> Command {
    let Some(Plain { args, .. }) = command.get::<Plain>().copied() else { return command };
    args(command).args(globals::everywhere().map(|arg| arg.global(true)))
}

/// Adds the verbs of a noun, which clap builds when it reaches them.
fn with_rows(command: Command) -> Command {
    match catalogue::noun(command.get_name()) {
        Some(noun) => add_verbs(command, noun, |verb| verb.defer(with_params)),
        None => command,
    }
}

/// Adds the verbs of a noun, each built by `place`.
fn add_verbs(command: Command, noun: &'static Noun, place: impl Fn(Command) -> Command) -> Command {
    let name = noun.name;
    let verbs = verbs(noun).map(|(verb, endpoint)| {
        place(
            Command::new(verb)
                .about(endpoint.about)
                .display_name(format!("{name} {verb}"))
                .hide(endpoint.deprecated.is_some()),
        )
    });
    command
        .subcommand_required(true)
        .arg_required_else_help(true)
        .override_usage(format!("dcord {name} COMMAND [TARGET…] [--FIELD VALUE…]"))
        .args(globals::everywhere())
        .subcommands(verbs)
}

/// The verbs of a noun: its own rows, then the aliases that other rows have under its name.
pub fn verbs(noun: &'static Noun) -> impl Iterator<Item = (&'static str, &'static Endpoint)> {
    let own = noun.rows.iter().map(|e| (e.verb, e));
    let aliases = catalogue::commands().flat_map(|(_, e)| e.aliases.iter().map(move |alias| (*alias, e)));
    own.chain(aliases.filter_map(move |(alias, e)| match alias.split_once(' ') {
        Some((n, verb)) if n == noun.name => Some((verb, e)),
        _ => None,
    }))
}

/// Adds the arguments of a verb.
fn with_params(command: Command) -> Command {
    let found = command.get_display_name().and_then(|name| name.split_once(' '));
    let Some(endpoint) = found.and_then(|(noun, verb)| catalogue::find(noun, verb)) else { return command };
    // `page` writes the help instead of clap.
    let mut command = command.arg(Arg::new(TARGETS).num_args(0..).action(ArgAction::Append));
    for param in endpoint.all_params().filter(|p| p.has_flag()) {
        command = command.arg(flag(param));
        if param.kind == ParamKind::Text {
            let twin = format!("{}-file", param.flag());
            let arg = Arg::new(twin.clone()).long(twin).value_name("PATH").help(help::twin(param));
            let arg = arg.action(ArgAction::Append);
            // In a list of embeds, one may have its text from a file and another may not.
            command = command.arg(if param.is_of_element() { arg } else { arg.conflicts_with(param.flag()) });
        }
    }
    command.args(globals::of_endpoint(endpoint)).args(globals::everywhere())
}

/// Returns the flag of a parameter.
fn flag(param: &'static Param) -> Arg {
    let name = param.flag();
    let arg = Arg::new(name.clone()).long(name).help(help::flag(param)).value_name(usage::value_name(param));
    let arg = arg.visible_aliases(param.alias);
    let many = param.repeated || param.is_of_element();
    let arg = arg.action(if many { ArgAction::Append } else { ArgAction::Set });
    match param.kind {
        ParamKind::Boolean => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
        _ => arg,
    }
    // Texts may start with a dash and durations with a sign, but an id may not.
    .allow_hyphen_values(matches!(
        param.kind,
        ParamKind::String
            | ParamKind::Text
            | ParamKind::Integer
            | ParamKind::Number
            | ParamKind::Enum(_)
            | ParamKind::Cursor(_)
            | ParamKind::Timestamp
    ))
}
