//! Aliases from `config.toml`: replaces the name of an alias with its command line.

use std::ffi::OsString;

use crate::cli::tree::{self, Plain};
use crate::cli::words;
use crate::config::alias::{Alias, Broken};
use crate::config::{self, profile};
use crate::output::clean;

/// A command line in which the alias is replaced.
pub struct Expanded {
    pub args: Vec<OsString>,
    pub alias: Alias,
}

/// Replaces the alias at this position of the arguments. `None` if the word there is no alias.
pub fn expand(args: &[OsString], at: usize, plain: &[Plain]) -> Result<Option<Expanded>, config::Error> {
    let Some(name) = args[at].to_str() else { return Ok(None) };
    let aliases = profile::aliases()?;
    let Some(alias) = aliases.iter().find(|alias| alias.name == name) else { return Ok(None) };
    let words = words(alias, &aliases, plain).map_err(|why| config::Error::of_alias(alias, why))?;
    let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
    Ok(Some(Expanded { args: [&args[..at], &words, &args[at + 1..]].concat(), alias: alias.clone() }))
}

/// The words that replace an alias.
fn words(alias: &Alias, aliases: &[Alias], plain: &[Plain]) -> Result<Vec<String>, Broken> {
    let words = alias.words()?;
    let first = words::first(&words).map(|at| &words[at]).ok_or(Broken::Empty)?;
    let is_nested = !tree::is_command(plain.iter().copied(), first) && aliases.iter().any(|other| other.name == *first);
    if is_nested { Err(Broken::Nested(first.clone())) } else { Ok(words) }
}

/// The aliases in `config.toml`, one per line, for people. Each one that cannot be used is followed by the reason.
pub fn listed(plain: &[Plain]) -> Result<String, config::Error> {
    let aliases = profile::aliases()?;
    if aliases.is_empty() {
        return Ok("There are no aliases in config.toml.\n".to_owned());
    }
    let width = aliases.iter().map(|alias| alias.name.chars().count()).max().unwrap_or(0);
    let mut text = "The aliases in config.toml:\n\n".to_owned();
    for alias in &aliases {
        let (name, line) = (clean::line(&alias.name), clean::line(&alias.text));
        text += &format!("  {name:width$}  {line}\n");
        let why = match words(alias, &aliases, plain) {
            _ if tree::is_command(plain.iter().copied(), &alias.name) => format!("dcord has a command {name:?}"),
            Ok(_) => continue,
            Err(why) => why.to_string(),
        };
        text += &format!("  {:width$}  (cannot be used: line {}: {})\n", "", alias.line, clean::line(&why));
    }
    Ok(text)
}

/// What an alias stands for, as a hint below an error.
pub fn explained(alias: &Alias) -> String {
    let Alias { name, text, path, line } = alias;
    format!("{name:?} is an alias for `{}` ({path}, line {line})", clean::line(text))
}
