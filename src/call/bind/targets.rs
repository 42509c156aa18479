//! Converts positional words to path parameters: expands links, adds the default server, and reads secrets.

use super::input::{Input, Trust};
use super::missing::{self, Arguments};
use super::names::Names;
use super::path::{entity, guard, pair, word_of};
use super::values::{Field, Values};
use super::{Error, secret};
use crate::catalogue::{Endpoint, Param, ParamKind, Place, usage};
use crate::config::{Settings, env};
use crate::model::target::{self, Target};
use crate::model::time::Now;
use crate::model::{Entity, shell};
use crate::rest::{Request, Text};

/// The results of reading the targets that the rest of the request needs.
#[derive(Debug, Default)]
pub struct Targets {
    /// The fields whose values are arguments without flags.
    pub arguments: Vec<Field>,
    /// Query parameters of the endpoint from the webhook's URL.
    pub query: Vec<(&'static str, String)>,
    /// How dcord reads the arguments beside the default server, for the hint of an error about one of them.
    pub reading: Option<String>,
}

/// Sets the parameters of the request's path.
pub fn bind(
    endpoint: &'static Endpoint,
    values: &Values,
    settings: &Settings,
    input: &mut Input,
    names: &mut Names,
    request: &mut Request,
    now: &Now,
) -> Result<Targets, Error> {
    let mut wanted: Vec<&'static Param> =
        endpoint.all_params().filter(|p| p.place == Place::Path && !p.is_application()).collect();
    let extras: Vec<_> = endpoint.arguments().collect();
    let mut words: &[String] = &values.targets;
    names.scope.of_app = endpoint.is_of_app();

    if let Some(guild) = &values.guild {
        let id = names.id(Entity::Guild, "--guild", guild)?;
        names.scope.guild = Some(id.clone());
        if wanted.iter().any(|p| p.name == "guild_id") {
            request.set_segment("guild_id", Text::Plain(id));
            wanted.retain(|p| p.name != "guild_id");
        } else if words.is_empty()
            && let [only] = wanted[..]
            && only.or_server
            && !is_set(only, values)
        {
            request.set_segment("guild_id", Text::Plain(id));
            wanted.clear();
        }
    }
    for field in values.fields.iter().filter(|f| f.param.place == Place::Path && !f.param.is_application()) {
        let param = field.param;
        let word = field.texts.last().map_or("", String::as_str);
        if param.secret {
            return Err(Error::LiteralSecret { what: param.label(), variable: env::holding(word) });
        }
        names.ids_only = field.trust == Trust::Literal;
        let value = target_of(endpoint, param, word, names);
        names.ids_only = false;
        let value = value?;
        place(names, param.name, &value);
        request.set_segment(param.name, Text::Plain(value));
        wanted.retain(|p| p.name != param.name);
    }
    let mut query = Vec::new();
    let mut by_variable = false;
    if let Some(secret) = wanted.iter().position(|p| p.secret) {
        let taken = secret::bind(endpoint, &wanted, secret, values, settings, input, request)?;
        by_variable = taken.words == 0 && secret > 0 && wanted[secret].name == "webhook_token";
        words = &words[taken.words..];
        query = taken.query;
        let webhook = request.segment("webhook_id").zip(request.segment("webhook_token"));
        if let Some((Text::Plain(id), token)) = webhook {
            names.scope.webhook = Some((id.clone(), token.clone()));
        }
        wanted.retain(|p| request.segment(p.name).is_none());
    }

    let mut wanted = wanted.as_slice();
    let mut reading = None;
    let default = settings.guild.as_deref().filter(|_| !endpoint.destructive);
    if let ([guild, others @ ..], Some(default)) = (wanted, default)
        && guild.name == "guild_id"
        && is_all_but_first(wanted, &extras, values, words)
    {
        let id = names.id(Entity::Guild, "DCORD_GUILD or the profile's guild", default)?;
        names.scope.guild = Some(id.clone());
        request.set_segment("guild_id", Text::Plain(id));
        let read: Vec<_> = others.iter().chain(&extras).copied().zip(words.iter().map(String::as_str)).collect();
        reading = missing::reading(&read, true);
        wanted = others;
    }
    let required: Vec<&Param> = extras.iter().copied().filter(|p| p.required && is_open(p, values)).collect();
    let all = Arguments { endpoint, wanted, fields: &required, words };
    // Looking up a word for another kind of object as a server would cause a confusing error.
    if let ([guild, ..], [word, ..]) = (wanted, words)
        && guild.name == "guild_id"
        && missing::is_other(guild, word)
    {
        return Err(match (default, words.last()) {
            (Some(_), Some(word)) if words.len() >= wanted.len() => {
                Error::TooMany { word: word.clone(), usage: usage::line(endpoint), hint: None }
            }
            _ => all.too_few(settings, now),
        });
    }
    while let Some((param, rest)) = wanted.split_first() {
        let Some((word, left)) = words.split_first() else {
            return Err(all.too_few(settings, now));
        };
        words = left;
        wanted = rest;
        if let Some((next, rest)) = wanted.split_first()
            && let Some((first, second)) = pair(param, next, word)
        {
            place(names, param.name, &first.to_string());
            request.set_segment(param.name, Text::Plain(first.to_string()));
            request.set_segment(next.name, Text::Plain(second.to_string()));
            wanted = rest;
            continue;
        }
        let value = target_of(endpoint, param, word, names)?;
        place(names, param.name, &value);
        request.set_segment(param.name, Text::Plain(value));
    }
    let mut arguments = Vec::new();
    let (set, open): (Vec<&Param>, Vec<&Param>) = extras.into_iter().partition(|param| is_set(param, values));
    for param in open {
        let Some((word, rest)) = words.split_first() else { break };
        guard(&param.label(), word)?;
        arguments.push(Field::of_argument(param, word, input.is_literal()));
        words = rest;
    }
    if let ([_, ..], [param, ..]) = (words, &set[..])
        && let Some(field) = values.fields.iter().find(|field| field.param.name == param.name)
    {
        return Err(Error::Conflict { first: param.label(), second: field.flag.clone() });
    }
    match words {
        [] => Ok(Targets { arguments, query, reading }),
        [word, ..] if by_variable => Err(Error::TooManyBesideWebhook { word: word.clone() }),
        [word, ..] => Err(Error::TooMany {
            word: word.clone(),
            usage: usage::line(endpoint),
            hint: given_twice(endpoint, values)
                .or_else(|| several(endpoint, values, words))
                .or_else(|| missing_text(endpoint, values, words)),
        }),
    }
}

/// How to name the server once, if the first target is the server of `--guild`.
fn given_twice(endpoint: &Endpoint, values: &Values) -> Option<String> {
    let (guild, first) = (values.guild.as_ref()?, values.targets.first()?);
    let is_same = guild.to_lowercase() == first.to_lowercase() && endpoint.param("guild_id").is_some();
    is_same.then(|| format!("the server is given twice: remove --guild, or {}", shell::word(first)))
}

/// How to pass several objects, if the command takes fewer: as a list to one of its flags, or to the command of the
/// same noun that takes a list.
fn several(endpoint: &'static Endpoint, values: &Values, left: &[String]) -> Option<String> {
    let list_of = |row: &Endpoint| {
        row.all_params().find(|p| p.place == Place::Body && p.repeated && p.required && is_id(p)).map(Param::flag)
    };
    if let Some(flag) = list_of(endpoint) {
        return Some(format!("--{flag} takes several, with commas between them: --{flag} {}", joined(left)));
    }
    let words = endpoint.words();
    let (noun, verb) = words.split_once(' ')?;
    let bulk = crate::catalogue::find(noun, &format!("bulk-{verb}"))?;
    let flag = list_of(bulk)?;
    let all = &values.targets;
    let before = all.len() - left.len();
    let last = all[..before].last()?;
    let place = all[..before - 1].iter().map(|word| format!("{} ", shell::word(word))).collect::<String>();
    let listed = joined(&[std::slice::from_ref(last), left].concat());
    let options = values.typed_options(bulk);
    Some(format!("to name several, use dcord {} {place}--{flag} {listed}{options}", bulk.words()))
}

/// The required text flag that is missing on the command line, if an only word is probably meant for it.
fn missing_text(endpoint: &'static Endpoint, values: &Values, left: &[String]) -> Option<String> {
    let ([word], [_]) = (left, &values.targets[..]) else { return None };
    let is_text = |p: &&Param| matches!(p.kind, ParamKind::String | ParamKind::Text) && p.has_flag();
    let lacks = |p: &&Param| p.required && values.fields.iter().all(|field| field.param.name != p.name);
    let param = endpoint.all_params().find(|p| is_text(p) && lacks(p))?;
    Some(format!("did you mean --{} {}?", param.flag(), shell::word(word)))
}

fn is_id(param: &Param) -> bool {
    matches!(param.kind, ParamKind::Snowflake(_))
}

/// A list of ids or names as the value of a flag, quoted for a shell.
fn joined(words: &[String]) -> String {
    shell::word(&words.join(",")).into_owned()
}

/// Whether the words set all positional parameters except the first, the server.
fn is_all_but_first(wanted: &[&Param], extras: &[&Param], values: &Values, words: &[String]) -> bool {
    let others = wanted.len() - 1;
    let open: Vec<_> = extras.iter().filter(|param| is_open(param, values)).collect();
    let required = open.iter().filter(|param| param.required).count();
    match provided(wanted, words).checked_sub(others) {
        Some(0) => required == 0,
        Some(fields) if fields <= required => true,
        // The last word is either the field or the last target after a typed server. An id is a target.
        Some(fields) if fields <= open.len() => {
            let last = wanted.last().map_or(Entity::Any, |param| entity(param));
            words.last().is_some_and(|word| !matches!(target::parse(last, word), Target::Id(_) | Target::Link { .. }))
        }
        _ => false,
    }
}

/// Whether neither an option nor the body sets the parameter.
fn is_open(param: &Param, values: &Values) -> bool {
    values.body.is_none() && !is_set(param, values)
}

/// Whether an option sets the parameter.
fn is_set(param: &Param, values: &Values) -> bool {
    values.fields.iter().any(|field| field.param.name == param.name)
}

/// The text of a target.
fn target_of(endpoint: &Endpoint, param: &Param, word: &str, names: &mut Names) -> Result<String, Error> {
    if word == "@me" && endpoint.takes_me(param) { Ok(word.to_owned()) } else { word_of(param, word, names) }
}

/// Records the server or channel in which to look up later names.
fn place(names: &mut Names, name: &str, value: &str) {
    match name {
        "guild_id" => names.scope.guild = Some(value.to_owned()),
        "channel_id" => names.scope.channel = Some(value.to_owned()),
        _ => {}
    }
}

/// How many of these parameters the words set. A link with two ids counts as two.
fn provided(wanted: &[&Param], words: &[String]) -> usize {
    let is_pair = |word: &&String| wanted.windows(2).any(|params| pair(params[0], params[1], word).is_some());
    words.len() + words.iter().filter(is_pair).count()
}
