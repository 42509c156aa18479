//! Positional words to path parameters: links expanded, the server filled in, secrets fetched.

use super::Error;
use super::input::Input;
use super::names::{Names, is_left};
use super::typed::Typed;
use crate::catalogue::{Endpoint, Kind, Param, Place};
use crate::config::{SecretSource, Settings};
use crate::model::target::{self, Target};
use crate::model::{Entity, Secret, Snowflake};
use crate::rest::{Request, Text};

/// Fills the request's path and gives back the word for the one positional field, if there is one.
pub fn bind(
    endpoint: &'static Endpoint,
    typed: &Typed,
    settings: &Settings,
    input: &mut Input,
    names: &mut Names,
    request: &mut Request,
) -> Result<Option<String>, Error> {
    let mut wanted: Vec<&'static Param> =
        endpoint.all_params().filter(|p| p.place == Place::Path && !p.is_application()).collect();
    let extra = endpoint.all_params().find(|p| p.positional && p.place != Place::Path);
    let mut words: &[String] = &typed.targets;
    names.of_app = endpoint.is_of_app();

    if let Some(guild) = &typed.guild {
        let id = names.id(Entity::Guild, "--guild", guild)?;
        names.guild = Some(id.clone());
        if wanted.iter().any(|p| p.name == "guild_id") {
            set(request, "guild_id", id, names);
            wanted.retain(|p| p.name != "guild_id");
        }
    }
    let mut by_variable = false;
    if let Some(secret) = wanted.iter().position(|p| p.secret) {
        let used = secrets(endpoint, &wanted, secret, words, settings, input, request)?;
        by_variable = used == 0 && secret > 0 && wanted[secret].name == "webhook_token";
        words = &words[used..];
        wanted.retain(|p| request.segment(p.name).is_none());
    }

    let mut wanted = wanted.as_slice();
    // The default server stands in only for itself: see the design's grammar.
    if wanted.len() > 1
        && wanted[0].name == "guild_id"
        && !endpoint.destructive
        && let Some(guild) = &settings.guild
        && provided(wanted, words) == wanted.len() - 1
    {
        let id = names.id(Entity::Guild, "DCORD_GUILD", guild)?;
        names.guild = Some(id.clone());
        set(request, "guild_id", id, names);
        wanted = &wanted[1..];
    }
    // What is meant for something else names no server, and to look for one would only confuse.
    if let ([guild, others @ ..], [word, ..]) = (wanted, words)
        && guild.name == "guild_id"
        && provided(wanted, words) == others.len()
        && word.starts_with(['@', '#', ':', '/', '<'])
    {
        return Err(missing(endpoint, guild, settings.guild.is_some()));
    }
    while let Some((param, rest)) = wanted.split_first() {
        let Some((word, left)) = words.split_first() else {
            return Err(missing(endpoint, param, settings.guild.is_some()));
        };
        words = left;
        wanted = rest;
        let entity = entity(param);
        // A link to a message says both its channel and itself.
        if let Target::Link { channel: Some(channel), message: Some(message), .. } = target::parse(entity, word)
            && entity == Entity::Channel
            && let Some((next, rest)) = wanted.split_first()
            && self::entity(next) == Entity::Message
        {
            request.set_segment(param.name, Text::Plain(channel.to_string()));
            request.set_segment(next.name, Text::Plain(message.to_string()));
            wanted = rest;
            continue;
        }
        let value = word_of(param, word, names)?;
        match param.name {
            "guild_id" => names.guild = Some(value.clone()),
            "channel_id" => names.channel = Some(value.clone()),
            _ => {}
        }
        set(request, param.name, value, names);
    }
    let positional = match (extra, words) {
        (Some(_), [word, rest @ ..]) => {
            words = rest;
            Some(word.clone())
        }
        _ => None,
    };
    match words {
        [] => Ok(positional),
        [word, ..] if by_variable => Err(Error::TooManyBesideWebhook { word: word.clone() }),
        [word, ..] => Err(Error::TooMany { word: word.clone(), usage: super::help::usage_words(endpoint) }),
    }
}

/// Sets a placeholder; one whose name is left stays.
fn set(request: &mut Request, name: &'static str, value: String, names: &Names) {
    if !(names.leave && is_left(&value)) {
        request.set_segment(name, Text::Plain(value));
    }
}

/// How many of these parameters the words give, a link to a message counting for two.
fn provided(wanted: &[&Param], words: &[String]) -> usize {
    let pairs = wanted.windows(2).any(|p| entity(p[0]) == Entity::Channel && entity(p[1]) == Entity::Message);
    let links = words.iter().filter(|w| matches!(target::parse(Entity::Any, w), Target::Link { message: Some(_), .. }));
    words.len() + if pairs { links.count() } else { 0 }
}

fn entity(param: &Param) -> Entity {
    match param.kind {
        Kind::Snowflake(e) | Kind::Cursor(e) | Kind::Target(e) => e,
        _ => Entity::Any,
    }
}

/// The text of one path parameter.
fn word_of(param: &Param, word: &str, names: &Names) -> Result<String, Error> {
    let what = label(param);
    match param.kind {
        Kind::Snowflake(entity) | Kind::Cursor(entity) => names.id(entity, &what, word),
        Kind::Target(entity) => names.target_text(entity, &what, word),
        // Dots alone would climb in the URL's path.
        _ if matches!(word, "" | "." | "..") => {
            Err(Error::Value { flag: what, text: word.to_owned(), wanted: "a value".to_owned() })
        }
        _ => Ok(word.to_owned()),
    }
}

/// What usage lines and errors call a path parameter: `CHANNEL`, `MESSAGE`.
pub fn label(param: &Param) -> String {
    match param.kind {
        _ if param.name == "webhook_token" => "WEBHOOK".to_owned(),
        Kind::Snowflake(Entity::Guild) => "SERVER".to_owned(),
        Kind::Target(Entity::Emoji) => "EMOJI".to_owned(),
        // Discord's word for what a role or a member has of its own in a channel.
        _ if param.name == "overwrite_id" => "WHO".to_owned(),
        _ => {
            let name = param.name.strip_prefix("guild_scheduled_").unwrap_or(param.name);
            name.strip_suffix("_id").unwrap_or(name).replace("_id_", "-").to_ascii_uppercase().replace('_', "-")
        }
    }
}

fn missing(endpoint: &'static Endpoint, param: &Param, has_default_guild: bool) -> Error {
    let in_guild = endpoint.param("guild_id").is_some_and(|p| p.place == Place::Path);
    let hint = match entity(param) {
        _ if in_guild && endpoint.destructive && has_default_guild => {
            Some("name the server too: DCORD_GUILD does not stand in where something is destroyed")
        }
        Entity::Channel | Entity::Role | Entity::User | Entity::Ban => {
            Some("a shell drops an unquoted #word as a comment: quote it")
        }
        Entity::Guild if has_default_guild => {
            Some("DCORD_GUILD stands in only beside other targets; `dcord guild list` shows the servers")
        }
        Entity::Guild => Some("give its name, its id or a link to it; `dcord guild list` shows them"),
        _ => None,
    };
    Error::Missing { what: label(param), usage: super::help::usage_words(endpoint), hint }
}

/// Fills the webhook's or interaction's id and token, and says how many words that took.
///
/// The token is never a word: it comes from `env:NAME`, `file:PATH`, `-`, a profile's webhook, or
/// the variable meant for it.
fn secrets(
    endpoint: &'static Endpoint,
    wanted: &[&'static Param],
    at: usize,
    words: &[String],
    settings: &Settings,
    input: &mut Input,
    request: &mut Request,
) -> Result<usize, Error> {
    let token = wanted[at];
    let id = at.checked_sub(1).map(|i| wanted[i]);
    let webhook = token.name == "webhook_token" && id.is_some();
    // Discord's document calls an interaction's token a webhook's where it edits the response.
    let what = if webhook { label(token) } else { "INTERACTION-TOKEN".to_owned() };
    let first = words.first().map(String::as_str);
    let has_extra = endpoint.all_params().any(|p| p.positional && p.place != Place::Path);

    // Were it not for this, a typed token would become the text of a message where a variable says
    // which webhook is meant.
    if webhook && looks_secret(words) {
        return Err(Error::LiteralSecret { what });
    }
    let named = first.filter(|_| webhook).and_then(|w| settings.webhook(w)).cloned();
    let sourced = first.and_then(SecretSource::parse);
    // `-` may also be the text that comes from standard input: with a variable set, it is.
    let from_variable = if webhook { settings.default_webhook() } else { settings.interaction_token() };
    let dash_is_text = has_extra && first == Some("-") && from_variable.is_some();

    if let Some(secret) = named {
        fill(&what, id, token, &secret, request)?;
        return Ok(1);
    }
    if let Some(source) = sourced.as_ref().filter(|_| webhook && !dash_is_text) {
        let secret = fetch(source, &what, input)?;
        fill(&what, id, token, &secret, request)?;
        return Ok(1);
    }
    // An id of its own, and the token from its source or variable.
    if let (Some(id), Some(word)) = (id, first)
        && (!webhook || word.parse::<Snowflake>().is_ok() && is_source(words.get(1)))
    {
        request.set_segment(id.name, Text::Plain(word_of(id, word, &Names::default())?));
        return match words.get(1).and_then(|w| SecretSource::parse(w)) {
            Some(source) => {
                let secret = fetch(&source, &what, input)?;
                request.set_segment(token.name, Text::Hidden(secret));
                Ok(2)
            }
            None => {
                let secret = from_variable.ok_or(Error::Missing {
                    what: format!("the interaction's token after {word}"),
                    usage: super::help::usage_words(endpoint),
                    hint: Some("give env:NAME or file:PATH, or set DCORD_INTERACTION_TOKEN"),
                })?;
                request.set_segment(token.name, Text::Hidden(secret));
                Ok(1)
            }
        };
    }
    // No id is wanted: the application's is looked up.
    if id.is_none()
        && let Some(source) = sourced.filter(|_| !dash_is_text)
    {
        let secret = fetch(&source, &what, input)?;
        request.set_segment(token.name, Text::Hidden(secret));
        return Ok(1);
    }
    if let (Some(id), false) = (id, webhook) {
        return Err(Error::Missing { what: label(id), usage: super::help::usage_words(endpoint), hint: None });
    }
    match from_variable {
        Some(secret) => {
            fill(&what, id, token, &secret, request)?;
            Ok(0)
        }
        // What follows is the text, so the first word meant a webhook.
        None if webhook && words.len() > 1 => Err(Error::NoSuchWebhook(words[0].clone())),
        None => Err(Error::Missing {
            what,
            usage: super::help::usage_words(endpoint),
            hint: Some(if webhook {
                "set DCORD_WEBHOOK_URL, or give env:NAME, file:PATH or a profile's webhook"
            } else {
                "set DCORD_INTERACTION_TOKEN, or give env:NAME or file:PATH"
            }),
        }),
    }
}

/// Whether a webhook is typed: its URL, or `ID/TOKEN`, or the token behind its id.
fn looks_secret(words: &[String]) -> bool {
    // Discord's have 68 characters.
    let token =
        |text: &str| text.len() >= 60 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let id = |text: &str| text.parse::<Snowflake>().is_ok();
    let Some(first) = words.first() else { return false };
    first.contains("/webhooks/")
        || first.starts_with("http")
        || first.split_once('/').is_some_and(|(i, t)| id(i) && token(t))
        || id(first) && words.get(1).is_some_and(|word| token(word))
}

fn is_source(word: Option<&String>) -> bool {
    word.is_some_and(|w| SecretSource::parse(w).is_some())
}

/// The secret that a source holds.
pub fn fetch(source: &SecretSource, what: &str, input: &mut Input) -> Result<Secret, Error> {
    match source.fetch(what) {
        Ok(Some(secret)) if !secret.expose().is_empty() => Ok(secret),
        Ok(None) => Ok(Secret::new(input.text(what, "-")?.trim())),
        Ok(Some(_)) => Err(Error::SecretUnset { what: what.to_owned(), source_name: "the secret".to_owned() }),
        Err(crate::config::Error::Unset { name, .. }) => {
            Err(Error::SecretUnset { what: what.to_owned(), source_name: name })
        }
        Err(crate::config::Error::Read { path, source }) => Err(Error::Read { flag: what.to_owned(), path, source }),
        Err(_) => Err(Error::SecretUnset { what: what.to_owned(), source_name: "the secret".to_owned() }),
    }
}

/// Takes a webhook's URL (or `ID/TOKEN`) apart, or takes the secret as the bare token where no id
/// is wanted.
fn fill(
    what: &str,
    id: Option<&'static Param>,
    token: &'static Param,
    secret: &Secret,
    request: &mut Request,
) -> Result<(), Error> {
    let Some(id) = id else {
        request.set_segment(token.name, Text::Hidden(secret.clone()));
        return Ok(());
    };
    let text = secret.expose();
    let parts = text.split_once("/webhooks/").map_or(text, |(_, rest)| rest);
    let mut parts = parts.split(['?', '#']).next().unwrap_or_default().split('/');
    let found = parts.next().zip(parts.next());
    match found {
        Some((number, hidden)) if number.parse::<Snowflake>().is_ok() && !hidden.is_empty() => {
            request.set_segment(id.name, Text::Plain(number.to_owned()));
            request.set_segment(token.name, Text::Hidden(Secret::new(hidden)));
            Ok(())
        }
        _ => Err(Error::NotAWebhook { what: what.to_owned() }),
    }
}
