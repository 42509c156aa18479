//! Says which arguments are missing if the command line has too few.

use super::error::{NOT_BY_DEFAULT, joined};
use super::path::{entity, pair};
use super::{Error, choice};
use crate::catalogue::{Endpoint, Param, ParamKind, Place, choices, usage};
use crate::config::Settings;
use crate::model::target::{self, Target};
use crate::model::time::{self, Direction, Now, When};
use crate::model::{Entity, Snowflake};

/// The parameters that take the words of the command line, in order, and the words.
pub struct Arguments<'a> {
    pub endpoint: &'static Endpoint,
    /// The first one is the server, unless it is known.
    pub wanted: &'a [&'static Param],
    /// The required fields that follow the targets.
    pub fields: &'a [&'static Param],
    pub words: &'a [String],
}

impl Arguments<'_> {
    /// The error that names the parameters without a word.
    pub fn too_few(&self, settings: &Settings, now: &Now) -> Error {
        let endpoint = self.endpoint;
        let has_guild = self.wanted.first().is_some_and(|param| param.name == "guild_id");
        let by_default = has_guild && settings.guild.is_some() && !endpoint.destructive;
        let slots: Vec<&Param> = self.wanted.iter().skip(usize::from(by_default)).chain(self.fields).copied().collect();
        let (filled, mut missing) = matched(&slots, self.words, now);
        if missing.is_empty() {
            // Each word has a place, so that a target stands where the command line needs another.
            missing.extend(slots.last());
        }
        let names: Vec<String> = missing.iter().map(|param| param.label()).collect();
        let usage = usage::line(endpoint);
        if has_guild && missing.iter().any(|param| param.name == "guild_id") {
            let ignores_default = endpoint.destructive && settings.guild.is_some();
            return Error::NoServer {
                names,
                usage,
                is_named: endpoint.destructive,
                ignores_default,
                servers: Vec::new(),
            };
        }
        let hint = if has_guild && !self.words.is_empty() {
            let reading = reading(&filled, by_default);
            let ignores_default = endpoint.destructive && settings.guild.is_some();
            reading.map(|hint| if ignores_default { format!("{hint}; {NOT_BY_DEFAULT}") } else { hint })
        } else {
            let of_channel = |param: &&Param| entity(param) == Entity::Channel && param.place == Place::Path;
            missing.iter().copied().find(of_channel).map(|channel| match channel.or_server {
                true => "give a channel or thread in quotes, or --guild SERVER for the whole server".to_owned(),
                false => "the shell treats an unquoted #word as a comment: quote it".to_owned(),
            })
        };
        match <[String; 1]>::try_from(names) {
            Ok([what]) => Error::Missing { what, usage, hint: hint.map(Into::into) },
            Err(names) => Error::SeveralMissing { names, also: Vec::new(), usage, hint },
        }
    }
}

/// How dcord reads the words, which may be meant for other parameters.
pub fn reading(words: &[(&Param, &str)], by_default: bool) -> Option<String> {
    let read = words.iter().map(|(param, word)| format!("{word:?} as {}", param.label()));
    let default = if by_default { "the server comes from DCORD_GUILD or the profile, and " } else { "" };
    (!words.is_empty()).then(|| format!("{default}dcord reads {}", joined(read, "and")))
}

/// Matches words to parameters in order. A parameter is skipped if its word fits a later one better.
fn matched<'a>(slots: &[&'a Param], words: &'a [String], now: &Now) -> (Vec<(&'a Param, &'a str)>, Vec<&'a Param>) {
    let (mut filled, mut missing, mut words) = (Vec::new(), Vec::new(), words);
    let mut at = 0;
    while let Some(slot) = slots.get(at) {
        let rest = &slots[at + 1..];
        at += 1;
        let Some((word, left)) = words.split_first() else {
            missing.push(*slot);
            continue;
        };
        let has_spare = rest.len() >= words.len();
        if has_spare
            && (is_other(slot, word) || !accepts(slot, word, now) && rest.iter().any(|p| accepts(p, word, now)))
        {
            missing.push(*slot);
            continue;
        }
        words = left;
        filled.push((*slot, word.as_str()));
        if rest.first().is_some_and(|next| pair(slot, next, word).is_some()) {
            at += 1;
        }
    }
    (filled, missing)
}

/// Whether a word certainly names another kind of object than the parameter.
pub fn is_other(param: &Param, word: &str) -> bool {
    match entity(param) {
        Entity::Guild => {
            word.starts_with(['@', '#', ':', '/', '<'])
                && !matches!(target::parse(Entity::Guild, word), Target::Link { .. })
        }
        Entity::User | Entity::Role => word.starts_with(['#', ':']),
        Entity::Channel => word.starts_with(['@', ':']),
        _ => false,
    }
}

/// Whether a word is a value of a parameter that has only certain values.
pub fn accepts(param: &Param, word: &str, now: &Now) -> bool {
    let is_choice = |choices, word: &str| choice::find(choices, "", word).is_ok();
    match param.kind {
        ParamKind::Timestamp => matches!(time::parse(word, now, Direction::Forward), Ok(When::Moment(_))),
        ParamKind::Permissions => word.split(',').all(|part| is_choice(choices::PERMISSIONS, part)),
        ParamKind::Enum(choices) => is_choice(choices, word),
        ParamKind::Image(_) | ParamKind::File => word.contains('.') && word.parse::<Snowflake>().is_err(),
        _ => false,
    }
}
