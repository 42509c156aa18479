//! `dcord cache`: show, search and configure the local copy of objects from Discord.

use clap::{Arg, ArgAction, ArgMatches, Command};
use jiff::tz::TimeZone;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::{chat, sync};
use crate::cache::{self, Cache, CachedRow, Inbox, Kind, MessageSearch, Mode, NameQuery, Policies, Policy};
use crate::call::bind::target::{self, Read};
use crate::catalogue::Auth;
use crate::cli::Error;
use crate::config::{env, paths};
use crate::context::Context;
use crate::error::{self, Refused, Result};
use crate::model::{Entity, time};
use crate::output::{Prose, View};
use crate::resolve;

pub fn args(command: Command) -> Command {
    let verb = |name: &'static str, usage: &'static str, about: &'static str| {
        Command::new(name).about(about).override_usage(format!("dcord cache {usage}"))
    };
    let word = |name: &'static str, help: &'static str| Arg::new(name).value_name(name.to_ascii_uppercase()).help(help);
    let kind = || word("kind", "Kind of object, such as channel; `dcord cache --help` lists the kinds");
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let limit = |default: &'static str, help: &'static str| option("limit", "N", help).default_value(default);
    let guild = || option("guild", "SERVER", "Only objects of this server");
    command
        .override_usage("dcord cache COMMAND")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .after_help(
            "dcord stores what it fetches. With --cached, a command reads from the cache if its data is recent; with\n\
             --offline, it reads data of any age. dcord also looks up names in the cache. Messages are removed after six hours;\n\
             `dcord cache policy` changes that, and `dcord cache sync` keeps all messages of a channel. After\n\
             `dcord cache enable`, `listen` stores its events too. Tokens are never stored.\n\n\
             Kinds: guild, channel, thread, role, member, user, message, emoji, sticker, sound, event,\n\
             stage, invite, ban, webhook, integration, automod-rule, command, voice-state, presence,\n\
             entitlement, template.\n\n\
             Examples:\n  dcord message list '#general' --all --cached=1h\n  dcord message list '#general' --all --offline\n  \
             dcord cache sync '#general'\n  dcord cache stats\n  dcord cache search 'deploy failed' --after 2h\n  \
             dcord cache sql 'SELECT author, count(*) FROM messages GROUP BY author'\n  \
             dcord cache policy message ttl:1d+lru:50000",
        )
        .subcommand(sync::args(verb("sync", "", "Store all messages of channels, threads or servers")))
        .subcommand(verb("stats", "stats", "Count the stored objects of each kind"))
        .subcommand(
            verb("list", "list KIND [OPTIONS]", "Print the stored objects of a kind")
                .arg(kind())
                .arg(guild())
                .arg(option("name", "BEGINNING", "Only objects whose name begins with this"))
                .arg(limit("100000", "Print at most this many")),
        )
        .subcommand(verb("get", "get KIND ID|NAME [OPTIONS]", "Print one stored object").args([
            kind(),
            word("id", "Id, name, mention or link of the object").value_name("ID|NAME"),
            guild(),
        ]))
        .subcommand(
            verb("search", "search TEXT [OPTIONS]", "Search the text of the stored messages")
            .arg(word("text", "Words that the message contains"))
            .arg(guild())
            .arg(option("channel", "CHANNEL", "Only messages in this channel"))
            .arg(option("author", "USER", "Only messages of this user"))
            .arg(option("after", "ID|TIME", "Only messages after this time or message id; 2h is two hours ago"))
            .arg(option("before", "ID|TIME", "Only messages before this time or message id"))
            .arg(limit("100", "Print the newest N messages that match")),
        )
        .subcommand(verb("sql", "sql [QUERY]", "Run a read-only SQL query; each kind has a view")
                .arg(word("query", "SQL query; without it, dcord lists the tables")))
        .subcommand(
            verb("policy", "policy [KIND [POLICY]] [OPTIONS]", "Show or set how long objects are stored")
                .args([kind(), word("policy", "New policy of the kind")])
                .arg(option("interval", "SPAN", "Shortest time between automatic prunes [default: 5m]"))
                .after_help(
                    "A policy is forever, never, ttl:SPAN, lru:NUMBER or filter:JQ, or several of these joined by +\n\
                     (the filter comes last). The default is ttl:6h+lru:20000 for messages and forever for all other kinds.\n\
                     Messages that `dcord cache sync` stored stay, whatever the policy for messages is.",
                ),
        )
        .subcommand(verb("prune", "prune", "Remove the objects that have expired").after_help(
            "dcord also prunes automatically. Pruning covers the objects of all tokens, and removes all objects of\n\
             a token that has not been used for 90 days.",
        ))
        .subcommand(
            verb("clear", "clear [KIND]", "Remove all objects, or all of a kind")
                .after_help(
                    "Without KIND, dcord also replaces an unusable cache with an empty one that has the default policies.",
                )
                .arg(kind()),
        )
        .subcommand(verb("enable", "enable", "Start storing responses and the events of listen"))
        .subcommand(
            verb("disable", "disable [--listen]", "Stop reading and writing the cache")
                .arg(Arg::new("listen").long("listen").action(ArgAction::SetTrue).help("Only stop storing the events of listen")),
        )
        .subcommand(verb("path", "path", "Print the path of the cache"))
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    let (verb, inner) = matches.subcommand().expect("a verb is required");
    if verb == "path" {
        // Printing the path works even if the file cannot be opened.
        return Ok(crate::context::print_text(&Cache::file(&paths::cache_dir()?).display().to_string())?);
    }
    if verb == "sync" {
        return sync::run(context, inner);
    }
    context.app.authenticate(Auth::Any);
    let run = |cache: &mut Cache| run_verb(context, cache, verb, inner);
    let result = context.app.open_cache().and_then(|mut cache| match run(&mut cache) {
        Err(error) if error.file_of_cache().is_some_and(cache::Error::is_damage) => {
            cache.repair()?;
            context.app.warn_of_rebuilt(&cache);
            run(&mut cache)
        }
        result => result,
    });
    match result {
        // `clear` removes all objects, and replacing the file has the same effect.
        Err(error) if verb == "clear" && inner.get_one::<String>("kind").is_none() && is_beyond_use(&error) => {
            Cache::replace(&paths::cache_dir()?)?;
            context.console.note("dcord replaced the unusable cache with an empty one that has the default policies");
            Ok(())
        }
        result => result,
    }
}

/// Whether the file is unusable, but a new one would work.
fn is_beyond_use(error: &error::Error) -> bool {
    use crate::store::Error::{Damaged, Sqlite, Unwritable};
    let failure = error.file_of_cache();
    matches!(failure, Some(cache::Error::Store(Damaged { .. } | Sqlite { .. } | Unwritable { .. })))
}

fn run_verb(context: &Context, cache: &mut Cache, verb: &str, inner: &ArgMatches) -> Result<()> {
    match verb {
        "stats" => stats(context, cache),
        "list" => list(context, cache, inner),
        "get" => get(context, cache, inner),
        "search" => search(context, cache, inner),
        "sql" => sql(context, cache, inner),
        "policy" => policy(context, cache, inner),
        "prune" => {
            let removed = cache.prune(context.clock.wall_ms())?;
            let rows: Vec<_> =
                removed.iter().map(|(kind, rows)| json!({"kind": kind.name(), "removed": rows})).collect();
            if rows.is_empty() {
                remark(context, "there is nothing to remove");
            }
            context.print_list(view(&["kind", "removed"]), &rows)
        }
        "clear" => {
            let kind =
                inner.get_one::<String>("kind").map(|kind| kind.parse()).transpose().map_err(cache::Error::Kind)?;
            let removed = cache.clear(kind, context.clock.wall_ms())?;
            context.console.note(format_args!("removed: {removed}"));
            Ok(())
        }
        "enable" => switch(context, cache, Mode::Everything),
        "disable" => switch(context, cache, if inner.get_flag("listen") { Mode::Commands } else { Mode::Off }),
        other => unreachable!("clap knows no verb {other}"),
    }
}

fn switch(context: &Context, cache: &mut Cache, mode: Mode) -> Result<()> {
    let before = cache.mode();
    cache.set_mode(mode)?;
    Inbox::switch(&paths::cache_dir()?, mode != Mode::Off).map_err(cache::Error::Inbox)?;
    remark(
        context,
        match mode {
            Mode::Everything if before == mode => "the cache was already enabled",
            Mode::Everything => "the cache is enabled: commands and `listen` store the objects that they receive",
            Mode::Commands => "`listen` no longer stores events; commands still use the cache",
            Mode::Off => "the cache is disabled; the stored objects stay in it until `dcord cache clear` removes them",
        },
    );
    Ok(())
}

const fn view(columns: &'static [&'static str]) -> View {
    View { columns, id: None, link: None, items: None }
}

fn stats(context: &Context, cache: &Cache) -> Result<()> {
    let is_table = context.prints_table()?;
    let row = |(kind, rows, bytes, oldest): (Kind, u64, u64, i64)| {
        let policy = shown(cache.policies().of(kind), is_table);
        json!({"kind": kind.name(), "rows": rows, "bytes": bytes, "oldest": time::rfc3339(oldest), "policy": policy})
    };
    let mut rows: Vec<_> = cache.counts()?.into_iter().map(row).collect();
    let synced = cache.count_kept()?;
    let columns: &[&str] = match synced {
        0 => &["kind", "rows", "bytes", "oldest", "policy"],
        _ => &["kind", "rows", "synced", "bytes", "oldest", "policy"],
    };
    for row in rows.iter_mut().filter(|row| synced > 0 && row["kind"] == Kind::Message.name()) {
        row["synced"] = synced.into();
    }
    if cache.mode() == Mode::Off {
        context.console.note("the cache is disabled; run `dcord cache enable` to use it");
    }
    if rows.is_empty() {
        remark(context, "the cache is empty");
    }
    context.print_list(view(columns), &rows)
}

/// A policy in the syntax of `cache policy`, or in words.
fn shown(policy: &Policy, in_words: bool) -> String {
    if in_words { policy.words() } else { policy.to_string() }
}

/// Explains on a terminal why nothing is printed.
fn remark(context: &Context, what: impl std::fmt::Display) {
    if context.console.options().terminal {
        context.console.note(what);
    }
}

fn list(context: &Context, cache: &Cache, matches: &ArgMatches) -> Result<()> {
    let kind: Kind = required(matches, "list KIND", "kind")?.parse().map_err(cache::Error::Kind)?;
    let guild = id(context, cache, matches, "guild", Entity::Guild, None)?;
    let most = limit(matches)?;
    // Reads one more row than requested, to find out whether there are more.
    let ask = most.saturating_add(1);
    let mut rows = match matches.get_one::<String>("name") {
        None => cache.rows(kind, guild, ask)?,
        Some(name) => {
            // Names are searched in one server at a time. 0 means objects in no server.
            let guilds = guild.map_or_else(|| cache.guilds_with(kind), |guild| Ok(vec![guild]))?;
            let mut rows: Vec<CachedRow> = Vec::new();
            for guild in guilds {
                let guild = Some(guild);
                for found in
                    cache.find(&NameQuery { kind, guild, name, prefix: true, most: ask - rows.len().min(ask) })?
                {
                    rows.extend(cache.get(kind, guild, &found.id.to_string())?);
                }
            }
            rows
        }
    };
    if rows.len() > most {
        rows.truncate(most);
        context.console.note(format_args!("printed the first {most}; use --limit N for more"));
    }
    if rows.is_empty() {
        remark(context, format_args!("the cache has no such {kind}"));
    }
    print(context, kind, &rows.iter().map(|row| row.json.as_str()).collect::<Vec<_>>())
}

fn limit(matches: &ArgMatches) -> Result<usize, Error> {
    let text = matches.get_one::<String>("limit").expect("it has a default");
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| wrong("limit", text, "a whole number of 1 or more"))
}

/// The columns, id and link of a kind, as in other lists of it.
fn kind_view(kind: Kind) -> View {
    let columns: &'static [&'static str] = match kind {
        Kind::Member => &["user.id", "user.username", "nick", "joined_at"],
        Kind::Ban | Kind::Presence => &["user.id", "user.username", "reason", "status"],
        Kind::User => &["id", "username", "global_name"],
        Kind::Message => &["id", "timestamp", "author.username", "content"],
        Kind::Invite | Kind::Template => &["code", "name", "channel.name", "uses"],
        Kind::VoiceState => &["user_id", "channel_id", "mute", "deaf"],
        Kind::Sound => &["sound_id", "name"],
        _ => &["id", "name", "type"],
    };
    let id = match kind {
        Kind::Member | Kind::Ban | Kind::Presence => "user.id",
        Kind::Invite | Kind::Template => "code",
        Kind::VoiceState => "user_id",
        Kind::Stage => "channel_id",
        Kind::Sound => "sound_id",
        _ => "id",
    };
    View { columns, id: Some(id), ..View::default() }
}

fn print(context: &Context, kind: Kind, items: &[&str]) -> Result<()> {
    print_as(context, kind, None, items)
}

fn print_as(context: &Context, kind: Kind, prose: Option<Box<dyn Prose>>, items: &[&str]) -> Result<()> {
    let mut printer = context.printer(kind_view(kind))?;
    if let Some(prose) = prose {
        printer.set_prose(prose);
    }
    // An empty page, so that -o json prints an empty array.
    for items in items.chunks(1000).chain(items.is_empty().then_some(&[][..])) {
        let raw = items.iter().map(|item| serde_json::from_str::<&RawValue>(item)).collect::<Result<Vec<_>, _>>()?;
        printer.page(&raw)?;
    }
    context.finish(&mut printer)
}

fn get(context: &Context, cache: &Cache, matches: &ArgMatches) -> Result<()> {
    let kind: Kind = required(matches, "get KIND ID", "kind")?.parse().map_err(cache::Error::Kind)?;
    let id = required(matches, "get KIND ID", "id")?;
    let guild = self::id(context, cache, matches, "guild", Entity::Guild, None)?;
    let guild = match guild {
        None => default_guild(context, cache)?,
        guild => guild,
    };
    let named = match resolve::named_by(kind) {
        Some(entity) => Some(known_id(cache, entity, "ID", id, guild)?),
        None => None,
    };
    let Some(row) = cache.get(kind, guild, named.as_deref().unwrap_or(id))? else {
        return Err(Refused::NotKept { what: format!("{kind} {id}") }.into());
    };
    if context.console.options().verbosity > 0 {
        context.console.debug(1, describe(&row, &context.zone()?));
    }
    let mut printer = context.printer(View { columns: &[], ..kind_view(kind) })?;
    printer.answer(row.json.as_bytes(), Some("application/json"))?;
    context.finish(&mut printer)
}

fn default_guild(context: &Context, cache: &Cache) -> Result<Option<u64>> {
    let Some(text) = &context.settings.guild else { return Ok(None) };
    Ok(known_id(cache, Entity::Guild, "DCORD_GUILD", text, None)?.parse().ok())
}

fn describe(row: &CachedRow, zone: &TimeZone) -> String {
    let at = time::shown(row.fetched_at, zone);
    let more = [(row.partial, ", in part"), (row.hidden, ", hidden from the bot now")];
    let more: String = more.iter().filter(|(is_so, _)| *is_so).map(|(_, text)| *text).collect();
    format!("from {} at {at}{more}", row.source)
}

fn search(context: &Context, cache: &mut Cache, matches: &ArgMatches) -> Result<()> {
    let bound = |name: &str| -> Result<Option<u64>, Error> {
        let Some(text) = matches.get_one::<String>(name) else { return Ok(None) };
        match time::cursor(text, &env::now(&context.clock)) {
            Ok((id, _)) => Ok(Some(id.get())),
            Err(why) => Err(Error::Time { flag: format!("--{name}"), text: text.clone(), why }),
        }
    };
    let text = required(matches, "search TEXT", "text")?;
    if text.trim().is_empty() {
        return Err(missing("TEXT", "search TEXT").into());
    }
    let guild = id(context, cache, matches, "guild", Entity::Guild, None)?;
    let found = cache.search(&MessageSearch {
        text,
        guild,
        channel: id(context, cache, matches, "channel", Entity::Channel, guild)?,
        author: id(context, cache, matches, "author", Entity::User, guild)?,
        after: bound("after")?,
        before: bound("before")?,
        most: limit(matches)?,
    })?;
    if found.is_empty() {
        remark(context, "no stored message matches; `dcord cache sync CHANNEL` stores all messages of a channel");
    }
    let most = found.len() as u64;
    let prose = chat::of_messages(context, Some(most), matches.get_one::<String>("channel").is_none())?;
    print_as(context, Kind::Message, prose, &found.iter().map(|hit| hit.json.as_str()).collect::<Vec<_>>())
}

fn sql(context: &Context, cache: &Cache, matches: &ArgMatches) -> Result<()> {
    let Some(query) = matches.get_one::<String>("query") else {
        let views: Vec<_> = Kind::ALL.iter().map(|kind| json!({"view": kind.view()})).collect();
        return context.print_list(view(&["view"]), &views);
    };
    if query.trim().is_empty() {
        return Err(missing("QUERY", "sql QUERY").into());
    }
    let mut rows = Vec::new();
    let names = cache.sql(query, |values| {
        let row: Map<_, _> = values.into_iter().collect();
        rows.push(serde_json::value::to_raw_value(&Value::Object(row)).expect("a value is JSON"));
    })?;
    if rows.is_empty() {
        remark(context, "the query returned no rows");
    }
    let id = names.iter().any(|name| name == "id").then_some("id");
    let mut printer = context.printer(View { id, ..View::default() })?;
    if !printer.set_columns(names) {
        remark(context, "not all columns fit: select fewer, or use -o jsonl");
    }
    printer.page(&rows.iter().map(|row| &**row).collect::<Vec<_>>())?;
    context.finish(&mut printer)
}

fn policy(context: &Context, cache: &mut Cache, matches: &ArgMatches) -> Result<()> {
    let text = |name: &str| matches.get_one::<String>(name);
    if let Some(span) = text("interval") {
        let length = time::duration(span).and_then(|length| i64::try_from(length.as_millis()).ok());
        cache.set_interval(length.ok_or_else(|| wrong("interval", span, "a span such as 10m"))?)?;
    }
    let kind: Option<Kind> = text("kind").map(|kind| kind.parse()).transpose().map_err(cache::Error::Kind)?;
    if kind.is_none() && text("interval").is_some() {
        return Ok(());
    }
    if let (Some(kind), Some(policy)) = (kind, text("policy")) {
        return Ok(cache.set_policy(kind, policy.parse()?)?);
    }
    let kinds = Kind::ALL.into_iter().filter(|k| kind.is_none_or(|kind| kind == *k));
    let of_profile: Vec<Kind> = context.settings.cache_policies().keys().filter_map(|kind| kind.parse().ok()).collect();
    let defaults = Policies::default();
    let is_table = context.prints_table()?;
    let has_history = cache.count_kept()? > 0;
    let of_history =
        || json!({"kind": Kind::Message.name(), "policy": shown(&Policy::default(), is_table), "from": "sync"});
    let rows: Vec<_> = kinds
        .flat_map(|kind| {
            let policy = cache.policies().of(kind).to_string();
            let from = match () {
                () if of_profile.contains(&kind) => "profile",
                () if policy == defaults.of(kind).to_string() => "default",
                () => "set",
            };
            let policy = shown(cache.policies().of(kind), is_table);
            let own = json!({"kind": kind.name(), "policy": policy, "from": from});
            std::iter::once(own).chain((kind == Kind::Message && has_history).then(of_history))
        })
        .collect();
    context.print_list(view(&["kind", "policy", "from"]), &rows)
}

fn required<'a>(matches: &'a ArgMatches, usage: &str, name: &str) -> Result<&'a str, Error> {
    matches.get_one::<String>(name).map(String::as_str).ok_or_else(|| missing(&name.to_ascii_uppercase(), usage))
}

fn missing(what: &str, usage: &str) -> Error {
    let hint = match what {
        "KIND" => Some("`dcord cache --help` lists the kinds, such as channel, message and member"),
        "QUERY" => Some("`dcord cache sql` lists the tables"),
        _ => None,
    };
    Error::Missing { what: what.to_owned(), usage: format!("cache {usage}"), hint: hint.map(Into::into) }
}

/// The id that an option names, looked up in the cache only.
fn id(
    context: &Context,
    cache: &Cache,
    matches: &ArgMatches,
    name: &str,
    entity: Entity,
    guild: Option<u64>,
) -> Result<Option<u64>> {
    let Some(text) = matches.get_one::<String>(name) else { return Ok(None) };
    let guild = match guild {
        None if resolve::is_in_guild(entity) => default_guild(context, cache)?,
        guild => guild,
    };
    let flag = format!("--{name}");
    let id = known_id(cache, entity, &flag, text, guild)?;
    Ok(Some(id.parse().map_err(|_| wrong(name, text, "an id, a mention, a link or a name"))?))
}

/// The id of a target in the cache, in that server or in any.
fn known_id(cache: &Cache, entity: Entity, flag: &str, text: &str, guild: Option<u64>) -> Result<String> {
    Ok(match target::id(entity, flag, text)? {
        Read::Id(id) => id,
        Read::Name(name) => resolve::known(cache, entity, &name, guild)?.to_string(),
    })
}

fn wrong(name: &str, text: &str, wanted: &str) -> Error {
    Error::Value { flag: format!("--{name}"), text: text.to_owned(), wanted: wanted.to_owned() }
}
