//! The errors of command lines that clap rejects, in dcord's words.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Error};

use super::globals::Requires;
use super::search::Entry;
use super::suggest::{self, Typed, Unknown};
use super::tree::{self, Plain};
use crate::error::{Report, exit};

/// A command line that clap rejected.
pub struct Rejected<'a> {
    pub error: &'a Error,
    /// The words of the line that are neither options nor values of global options.
    pub words: &'a [String],
    /// The whole line, without the name of the program.
    pub line: &'a [String],
}

impl Rejected<'_> {
    /// The error for people. `others` lists what an unknown command is searched for in, in addition to the catalogue.
    pub fn report(&self, plain: &[Plain], others: impl FnOnce() -> Vec<Entry>) -> Report {
        let (command, path) = tree::called(plain.iter().copied(), self.words);
        let called = path.join(" ");
        let help = |what: &str| vec![format!("`dcord {called} -h` {what}")];
        let plainly = |message: String| Unknown { message, hints: Vec::new() };
        let unknown = match self.error.kind() {
            ErrorKind::InvalidSubcommand if command.get_positionals().next().is_none() => {
                suggest::command(plain, self.words, others())
            }
            ErrorKind::InvalidSubcommand => {
                self.unexpected(&command, &called, self.text(ContextKind::InvalidSubcommand))
            }
            ErrorKind::UnknownArgument => match self.text(ContextKind::InvalidArg) {
                option if option.starts_with('-') => self.unknown_option(plain, option),
                word => self.unexpected(&command, &called, word),
            },
            ErrorKind::ArgumentConflict => plainly(self.conflict()),
            ErrorKind::MissingRequiredArgument => plainly(self.missing(&command)),
            ErrorKind::MissingSubcommand if path.is_empty() => Unknown {
                message: "no command is given".to_owned(),
                hints: vec!["`dcord help` lists the commands".to_owned()],
            },
            ErrorKind::MissingSubcommand => {
                let first = command.get_subcommands().next().map(Command::get_name).unwrap_or_default();
                let message = format!("{called:?} requires a command, such as \"{called} {first}\"");
                Unknown { message, hints: help("lists its commands") }
            }
            ErrorKind::NoEquals => {
                plainly(format!("{0} requires an equals sign before its value: {0}=VALUE", self.arg()))
            }
            ErrorKind::TooManyValues => plainly(format!("{} takes no value", self.arg())),
            ErrorKind::InvalidUtf8 => plainly("an argument is not valid UTF-8".to_owned()),
            ErrorKind::InvalidValue if !self.text(ContextKind::InvalidValue).is_empty() => plainly(self.not_among()),
            ErrorKind::InvalidValue | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
                plainly(self.no_value())
            }
            ErrorKind::ValueValidation => Unknown { message: self.invalid(), hints: help("describes the options") },
            // A kind of error that a later version of clap may have.
            kind => {
                Unknown { message: format!("the command line is invalid ({kind})"), hints: help("shows the usage") }
            }
        };
        let hint = (!unknown.hints.is_empty()).then(|| unknown.hints.join("\n"));
        Report::new(exit::USAGE, "usage", unknown.message, hint)
    }

    fn text(&self, kind: ContextKind) -> &str {
        match self.error.get(kind) {
            Some(ContextValue::String(text)) => text,
            _ => "",
        }
    }

    fn texts(&self, kind: ContextKind) -> &[String] {
        match self.error.get(kind) {
            Some(ContextValue::Strings(texts)) => texts,
            Some(ContextValue::String(text)) => std::slice::from_ref(text),
            _ => &[],
        }
    }

    /// The name of the argument: `--limit`, `TEXT`.
    fn arg(&self) -> String {
        name(self.text(ContextKind::InvalidArg))
    }

    fn unknown_option(&self, plain: &[Plain], option: &str) -> Unknown {
        // In `-q=3`, clap reports only `-=`.
        let is_it = |typed: &&String| typed.starts_with(option) || option == "-=" && is_short_with_value(typed);
        let at = self.line.iter().position(|typed| is_it(&typed));
        let word = at.map_or(option, |at| self.line[at].as_str());
        let before = at.and_then(|at| self.line.get(at.checked_sub(1)?)).map(String::as_str);
        suggest::option(plain, self.words, &Typed { option, word, before })
    }

    fn unexpected(&self, command: &Command, called: &str, word: &str) -> Unknown {
        let has_options = self.line.iter().any(|typed| typed.starts_with('-'));
        let typed = &self.words[called.split(' ').filter(|word| !word.is_empty()).count()..];
        suggest::unexpected(command, called, &suggest::Extra { word, typed, has_options })
    }

    /// Two arguments that exclude each other.
    fn conflict(&self) -> String {
        let first = self.arg();
        let others: Vec<String> = self.texts(ContextKind::PriorArg).iter().map(|arg| name(arg)).collect();
        match others.contains(&first) || others.is_empty() {
            true => format!("{first} can be given only once"),
            false => format!("{first} and {} cannot be combined", others.join(", ")),
        }
    }

    /// An option that requires another one.
    fn missing(&self, command: &Command) -> String {
        let missing = self.texts(ContextKind::InvalidArg);
        // Each option has its name as its id.
        let is_missing = |id: &str| missing.iter().any(|arg| name(arg).strip_prefix("--") == Some(id));
        let requires = |arg: &&Arg| arg.get::<Requires>().is_some_and(|Requires(other)| is_missing(other));
        let is_typed = |arg: &&Arg| {
            let longs = arg.get_long_and_visible_aliases().unwrap_or_default();
            let typed =
                |word: &String| word.strip_prefix("--").and_then(|word| word.split('=').next().map(str::to_owned));
            self.line.iter().filter_map(typed).any(|word| longs.contains(&word.as_str()))
        };
        let what = missing.iter().map(|arg| arg.replace(['<', '>'], "")).collect::<Vec<_>>().join(" and ");
        match command.get_arguments().filter(requires).find(is_typed).and_then(Arg::get_long) {
            Some(option) => format!("--{option} requires {what}"),
            None => format!("{what} is missing"),
        }
    }

    /// An option without its value.
    fn no_value(&self) -> String {
        let valid = self.texts(ContextKind::ValidValue);
        let arg = self.text(ContextKind::InvalidArg);
        let valid = if valid.is_empty() { arg.replace(['<', '>'], "") } else { valid.join(", ") };
        format!("{} requires a value: {valid}", self.arg())
    }

    /// A value that is not one of the possible values.
    fn not_among(&self) -> String {
        let near = match self.text(ContextKind::SuggestedValue) {
            "" => String::new(),
            near => format!("; did you mean {near:?}?"),
        };
        let (value, valid) = (self.text(ContextKind::InvalidValue), self.texts(ContextKind::ValidValue));
        format!("{}: {value:?} is not one of {}{near}", self.arg(), valid.join(", "))
    }

    /// A value that a parser of dcord's refuses, with its reason.
    fn invalid(&self) -> String {
        let (name, value) = (self.arg(), self.text(ContextKind::InvalidValue));
        let reason = std::error::Error::source(self.error).map(ToString::to_string).unwrap_or_default();
        match reason.contains(&format!("{value:?}")) {
            true => format!("{name}: {reason}"),
            false => format!("{name}: {value:?}: {reason}"),
        }
    }
}

/// The name of an argument, from its form in a usage line: `--limit <N>`, `[SHELL]`.
fn name(arg: &str) -> String {
    let arg = arg.trim_matches(['[', ']', '<', '>', '.']);
    arg.split([' ', '=', '[']).next().unwrap_or(arg).to_owned()
}

/// Whether the word passes a value to a short option without a value, as in `-q=3`.
fn is_short_with_value(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|rest| !rest.starts_with('-') && rest.contains('='))
}
