//! Names of objects. They come only from the cache: completion sends no request to Discord.

use std::collections::HashMap;
use std::iter::successors;

use clap::{ArgMatches, Command};

use crate::cache::{self, Cache};
use crate::call::app::scopes;
use crate::call::bind::path;
use crate::catalogue::{self, Endpoint, Param, ParamKind, Place};
use crate::cli::typed;
use crate::cli::{globals, words};
use crate::config::{Settings, paths};
use crate::model::target::{self, Target};
use crate::model::{Entity, emoji};
use crate::output::clean;
use crate::resolve::{self, Suggestion};
use crate::rest::ApiUrl;

/// The maximum number of names. Nobody reads a longer list.
const MOST: usize = 60;

/// The maximum number of messages, the latest first.
const MOST_MESSAGES: usize = 20;

/// Marks an argument whose values are the names for the command's next target.
pub const TARGET: &str = "<names>target";

/// The prefix of all markers.
pub(super) const NAMES: &str = "<names>";

/// The marker for each kind of object that has names.
const MARKERS: [(Entity, &str); 15] = [
    (Entity::Any, "<names>any"),
    (Entity::AutomodRule, "<names>automod-rule"),
    (Entity::Ban, "<names>ban"),
    (Entity::Channel, "<names>channel"),
    (Entity::Command, "<names>command"),
    (Entity::Emoji, "<names>emoji"),
    (Entity::Event, "<names>event"),
    (Entity::Guild, "<names>guild"),
    (Entity::Integration, "<names>integration"),
    (Entity::Message, "<names>message"),
    (Entity::Role, "<names>role"),
    (Entity::Sound, "<names>sound"),
    (Entity::Sticker, "<names>sticker"),
    (Entity::User, "<names>user"),
    (Entity::Webhook, "<names>webhook"),
];

/// Returns the marker of a kind of object.
pub fn marker(entity: Entity) -> &'static str {
    let found = MARKERS.iter().find(|(e, _)| *e == entity);
    found.expect("what has names has a marker").1
}

/// Whether completion can offer objects of this kind: by their names, or messages by their text.
pub fn are_known(entity: Entity) -> bool {
    resolve::has_names(entity) || entity == Entity::Message
}

/// Returns the standard emojis whose names start with the typed text, with or without colons.
pub fn standard_emojis(typed: &str) -> Vec<(String, String)> {
    let begun = typed.trim_start_matches(':').trim_end_matches(':').to_ascii_lowercase();
    if begun.is_empty() {
        return Vec::new();
    }
    let colon = if typed.starts_with(':') { ":" } else { "" };
    let fitting = emoji::names().filter(|name| name.starts_with(&begun)).take(MOST);
    fitting.map(|name| (format!("{colon}{name}{colon}"), emoji::standard(name).unwrap_or_default())).collect()
}

/// Returns the names that start with the typed text, each with a description. `wanted` is a marker without its
/// prefix [`NAMES`]. If anything is missing, such as a token, there are no names.
pub fn fitting(root: &mut Command, before: &[String], wanted: &str, typed: &str) -> Vec<(String, String)> {
    let Some(line) = Line::read(root, before) else { return Vec::new() };
    let mut standard = Vec::new();
    let entities: Vec<Entity> = if TARGET.strip_prefix(NAMES) == Some(wanted) {
        let Some(endpoint) = line.endpoint else { return Vec::new() };
        let next = line.next_targets(endpoint);
        if next.iter().any(|param| param.secret || param.name == "webhook_id") && is_by_token(endpoint) {
            return line.webhooks(typed);
        }
        if next.iter().any(|param| param.kind == ParamKind::Target(Entity::Emoji)) {
            standard = standard_emojis(typed);
        }
        next.iter().filter_map(|param| entity(param.kind)).collect()
    } else {
        MARKERS.iter().filter(|(_, marker)| marker.strip_prefix(NAMES) == Some(wanted)).map(|(e, _)| *e).collect()
    };
    // Errors are ignored, because a completion script cannot show them.
    let known = entities.iter().flat_map(|entity| match entity {
        Entity::Message => line.messages(typed).unwrap_or_default(),
        entity => line.names(*entity, typed).unwrap_or_default(),
    });
    known.chain(standard).take(MOST).collect()
}

fn entity(kind: ParamKind) -> Option<Entity> {
    match kind {
        ParamKind::Snowflake(entity) | ParamKind::Target(entity) => Some(entity).filter(|e| are_known(*e)),
        _ => None,
    }
}

/// Whether the command takes a webhook with its token, which the profile contains.
fn is_by_token(endpoint: &Endpoint) -> bool {
    endpoint.param("webhook_token").is_some()
}

/// The command line before the cursor.
struct Line {
    settings: Settings,
    endpoint: Option<&'static Endpoint>,
    /// The positional words.
    targets: Vec<String>,
    /// The value of `--guild`.
    guild: Option<String>,
    cache: Option<Cache>,
}

impl Line {
    fn read(root: &mut Command, before: &[String]) -> Option<Self> {
        let matches = root.try_get_matches_from_mut(before).ok()?;
        let called: Vec<&ArgMatches> = successors(Some(&matches), |m| m.subcommand().map(|(_, inner)| inner)).collect();
        let settings = Settings::resolve(globals::flags(&called)).ok()?;
        let path = words::called(before.get(1..)?);
        let endpoint = path.first().zip(path.get(1)).and_then(|(noun, verb)| catalogue::find(noun, verb));
        let inner = called.last()?;
        let (targets, guild) = match endpoint {
            Some(endpoint) => {
                let typed = typed::values(endpoint, inner, before);
                (typed.targets, typed.guild)
            }
            None => {
                let guilds = inner.try_get_many::<String>(globals::GUILD).ok().flatten();
                (Vec::new(), guilds.and_then(|mut guilds| guilds.next_back()).cloned())
            }
        };
        let cache = if settings.flags.no_cache { None } else { open(&settings) };
        Some(Self { settings, endpoint, targets, guild, cache })
    }

    /// Returns the webhooks of the profile.
    fn webhooks(&self, typed: &str) -> Vec<(String, String)> {
        let names = self.settings.webhooks().keys().filter(|name| name.starts_with(typed));
        names.map(|name| (name.clone(), "webhook of the profile".to_owned())).collect()
    }

    /// Returns the latest messages of the given channel, each with its author and its first words.
    fn messages(&self, typed: &str) -> Option<Vec<(String, String)>> {
        let (params, _) = self.positional(self.endpoint?);
        let (bound, _) = pair(&params, &self.targets);
        let (_, channel) = bound.iter().find(|(param, _)| param.name == "channel_id")?;
        let channel = self.id(Entity::Channel, channel, self.scope())?;
        let found = self.cache.as_ref()?.latest_messages(channel, MOST_MESSAGES).ok()?;
        let fitting = found.into_iter().filter(|message| message.id.starts_with(typed));
        Some(fitting.map(|message| (message.id, excerpt(&message.json))).collect())
    }

    /// Returns the parameters to which the next positional word can belong, the most likely first.
    fn next_targets(&self, endpoint: &'static Endpoint) -> Vec<&'static Param> {
        let (mut params, first_may_be_left) = self.positional(endpoint);
        if first_may_be_left && self.targets.is_empty() {
            return [params.get(1), params.first()].into_iter().flatten().copied().collect();
        }
        if first_may_be_left && !self.is_guild(&self.targets[0]) {
            params.remove(0);
        }
        pair(&params, &self.targets).1.into_iter().collect()
    }

    /// Returns the parameters of positional words, and whether the first of them is a server that the default
    /// server can replace.
    fn positional(&self, endpoint: &'static Endpoint) -> (Vec<&'static Param>, bool) {
        let of_path = endpoint.all_params().filter(|p| p.place == Place::Path && !p.is_application());
        let mut params: Vec<_> = of_path.filter(|p| !(p.name == "guild_id" && self.guild.is_some())).collect();
        let may_be_left = params.first().is_some_and(|param| param.name == "guild_id")
            && !endpoint.destructive
            && self.settings.guild.is_some();
        params.extend(endpoint.arguments());
        (params, may_be_left)
    }

    fn is_guild(&self, text: &str) -> bool {
        let known = |id: u64| self.cache.as_ref()?.get(cache::Kind::Guild, None, &id.to_string()).ok().flatten();
        self.id(Entity::Guild, text, None).is_some_and(|id| known(id).is_some())
    }

    /// Returns the server to which names belong, as the binder finds it, but from the cache alone.
    fn scope(&self) -> Option<u64> {
        if let Some(guild) = &self.guild {
            return self.id(Entity::Guild, guild, None);
        }
        let of_endpoint = self.endpoint.and_then(|endpoint| {
            let (mut params, first_may_be_left) = self.positional(endpoint);
            if first_may_be_left && !self.targets.first().is_some_and(|word| self.is_guild(word)) {
                params.remove(0);
            }
            let (bound, _) = pair(&params, &self.targets);
            let word = |name: &str| bound.iter().find(|(param, _)| param.name == name).map(|(_, word)| *word);
            word("guild_id").and_then(|word| self.id(Entity::Guild, word, None)).or_else(|| {
                let channel = self.id(Entity::Channel, word("channel_id")?, self.default_guild())?.to_string();
                let get = |kind| self.cache.as_ref()?.get(kind, None, &channel).ok().flatten();
                get(cache::Kind::Channel).or_else(|| get(cache::Kind::Thread))?.guild
            })
        });
        of_endpoint.or_else(|| self.default_guild())
    }

    /// Returns the default server, or the only server in the cache.
    fn default_guild(&self) -> Option<u64> {
        if let Some(guild) = &self.settings.guild {
            return self.id(Entity::Guild, guild, None);
        }
        let cache = self.cache.as_ref()?;
        let guilds = cache.rows(cache::Kind::Guild, None, 2).ok()?;
        match &guilds[..] {
            [] => match cache.guilds_with(cache::Kind::Channel).ok()?[..] {
                [only] => Some(only),
                _ => None,
            },
            [only] => only.id.parse().ok(),
            _ => None,
        }
    }

    /// Returns the id of a target, from the text or from the cache.
    fn id(&self, entity: Entity, text: &str, guild: Option<u64>) -> Option<u64> {
        match target::parse(entity, text) {
            Target::Id(id) => Some(id.get()),
            Target::Link { guild, channel, .. } => {
                if entity == Entity::Guild { guild } else { channel }.map(crate::model::Snowflake::get)
            }
            Target::Name(name) => match resolve::labelled_id(&name) {
                Some(id) => Some(id.get()),
                None => resolve::known(self.cache.as_ref()?, entity, &name, guild).ok(),
            },
            _ => None,
        }
    }

    fn names(&self, entity: Entity, typed: &str) -> Option<Vec<(String, String)>> {
        let cache = self.cache.as_ref()?;
        let guild = if resolve::is_in_guild(entity) { self.scope() } else { None };
        let found = resolve::suggest(cache, entity, typed, guild, MOST).ok()?;
        let mut guilds = HashMap::new();
        for id in found.iter().filter_map(|suggestion| suggestion.guild) {
            guilds.entry(id).or_insert_with(|| guild_name(cache, id).unwrap_or_default());
        }
        let shown = |suggestion: Suggestion| {
            let guild = suggestion.guild.and_then(|id| guilds.get(&id)).map_or("", String::as_str);
            let help = help(&suggestion, guild);
            // A name with control characters is not offered, because a cleaned one would not match it.
            let text = if clean::line(&suggestion.text) == suggestion.text {
                suggestion.text
            } else {
                suggestion.id.to_string()
            };
            (text, help)
        };
        Some(found.into_iter().map(shown).collect())
    }
}

/// Returns the words with their parameters, and the parameter of the next word. A link to a message supplies two
/// parameters.
fn pair<'w>(
    params: &[&'static Param],
    targets: &'w [String],
) -> (Vec<(&'static Param, &'w str)>, Option<&'static Param>) {
    let mut params = params.iter().copied();
    let mut bound = Vec::new();
    for word in targets {
        let Some(param) = params.next() else { return (bound, None) };
        bound.push((param, word.as_str()));
        let next = params.clone().next();
        if next.is_some_and(|next| path::pair(param, next, word).is_some()) {
            params.next();
        }
    }
    (bound, params.next())
}

/// Opens the cache for the configured token. A token command is not run, because it may ask for a password.
fn open(settings: &Settings) -> Option<Cache> {
    let api_url = settings.api_url.as_deref().map_or_else(|| Some(ApiUrl::default()), |url| ApiUrl::parse(url).ok())?;
    let scope = scopes(&api_url, Some(&settings.token_at_hand().ok()?)).token;
    Cache::open_existing(&paths::cache_dir().ok()?, &scope).ok()?
}

fn guild_name(cache: &Cache, id: u64) -> Option<String> {
    let row = cache.get(cache::Kind::Guild, None, &id.to_string()).ok()??;
    let json: serde_json::Value = serde_json::from_str(&row.json).ok()?;
    Some(json["name"].as_str()?.to_owned())
}

/// Returns the author of a message and its first words.
fn excerpt(json: &str) -> String {
    const LENGTH: usize = 48;
    let message: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    let author = message["author"]["global_name"].as_str().or_else(|| message["author"]["username"].as_str());
    let text = message["content"].as_str().filter(|text| !text.is_empty()).unwrap_or("(no text)");
    let short: String = text.chars().take(LENGTH).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("{}: {short}{more}", author.unwrap_or("unknown"))
}

/// Describes the object of a name on one line.
fn help(suggestion: &Suggestion, guild: &str) -> String {
    let mut help = format!("{} {}", suggestion.kind, suggestion.id);
    for more in [suggestion.label.as_str(), guild] {
        if !more.is_empty() && !suggestion.text.ends_with(more) {
            help.push_str(", ");
            help.push_str(more);
        }
    }
    help
}
