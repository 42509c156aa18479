//! `dcord cache`: what is kept of Discord's answers and events, and for how long.

use anyhow::Result;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::cache::{self, Cache, Find, Found, Inbox, Kind, Mode, Search};
use crate::cli::Error;
use crate::config::paths;
use crate::context::Context;
use crate::error::Refused;
use crate::model::time::{self, Direction, When};
use crate::model::{Entity, Snowflake, target};
use crate::output::View;

pub fn args(command: Command) -> Command {
    let verb = |name: &'static str, usage: &'static str, about: &'static str| {
        Command::new(name).about(about).override_usage(format!("dcord cache {usage}"))
    };
    let word = |name: &'static str| Arg::new(name).value_name(name.to_ascii_uppercase());
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let limit = |default: &'static str, help: &'static str| {
        option("limit", "N", help).value_parser(value_parser!(u64).range(1..)).default_value(default)
    };
    let guild = || option("guild", "SERVER", "Only what is in this server");
    command
        .override_usage("dcord cache VERB")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .after_help(
            "What commands are answered is kept, and found again by --cached, --offline and by names.\n\
             What `listen` hears is kept once `dcord cache enable` was run. Tokens are never kept.\n\n\
             Kinds: guild, channel, thread, role, member, user, message, emoji, sticker, sound, event,\n\
             stage, invite, ban, webhook, integration, automod-rule, command, voice-state, presence,\n\
             entitlement, template.\n\n\
             Examples:\n  dcord cache stats\n  dcord cache search 'deploy failed' --after 2h\n  \
             dcord cache sql 'SELECT author, count(*) FROM messages GROUP BY author'\n  \
             dcord cache policy message ttl:1d+lru:50000",
        )
        .subcommand(verb("stats", "stats", "Count what is kept of each kind"))
        .subcommand(
            verb("list", "list KIND [--guild SERVER] [--name BEGINNING]", "Print what is kept of a kind")
                .arg(word("kind"))
                .arg(guild())
                .arg(option("name", "BEGINNING", "Only those whose name begins so; needs --guild where there are any"))
                .arg(limit("100000", "Print at most this many")),
        )
        .subcommand(verb("get", "get KIND ID [--guild SERVER]", "Print one thing").args([
            word("kind"),
            word("id"),
            guild(),
        ]))
        .subcommand(
            verb(
                "search",
                "search TEXT [--channel CHANNEL] [--author USER] [--after TIME]",
                "Find messages by their text",
            )
            .arg(word("text"))
            .arg(guild())
            .arg(option("channel", "CHANNEL", "Only messages in this channel"))
            .arg(option("author", "USER", "Only messages of this user"))
            .arg(option("after", "TIME", "Only messages since then: a time, a span such as 2h, or an id"))
            .arg(option("before", "TIME", "Only messages before then"))
            .arg(limit("100", "Print at most this many, the newest first")),
        )
        .subcommand(verb("sql", "sql [QUERY]", "Query the views of all kinds in SQL, reading alone").arg(word("query")))
        .subcommand(
            verb("policy", "policy [KIND POLICY]", "Show for how long things are kept, or set it")
                .args([word("kind"), word("policy")])
                .arg(option("interval", "TIME", "Clean up by itself at most this often [default: 5m]"))
                .after_help(
                    "A policy is forever, never, ttl:TIME, lru:NUMBER or filter:JQ, or several joined by +\n\
                     (a filter comes last). Messages are kept by ttl:6h+lru:20000 if not said, the rest forever.",
                ),
        )
        .subcommand(verb("prune", "prune", "Remove now what the policies keep no longer"))
        .subcommand(verb("clear", "clear [KIND]", "Remove all, or all of a kind").arg(word("kind")))
        .subcommand(verb("enable", "enable", "Keep what commands are answered, and what listen hears"))
        .subcommand(
            verb("disable", "disable [--listen]", "Keep nothing more, and answer from the network alone")
                .arg(Arg::new("listen").long("listen").action(ArgAction::SetTrue).help("Only what listen hears")),
        )
        .subcommand(verb("path", "path", "Print where the cache is"))
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    let (verb, inner) = matches.subcommand().expect("a verb is required");
    let mut cache = context.open_cache()?;
    match verb {
        "stats" => stats(context, &cache),
        "list" => list(context, &cache, inner),
        "get" => get(context, &cache, inner),
        "search" => search(context, &cache, inner),
        "sql" => sql(context, &cache, inner),
        "policy" => policy(context, &mut cache, inner),
        "prune" => {
            let removed = cache.prune(time::now_ms())?;
            let rows: Vec<_> =
                removed.iter().map(|(kind, rows)| json!({"kind": kind.name(), "removed": rows})).collect();
            context.print_list(view(&["kind", "removed"]), &rows)
        }
        "clear" => {
            let kind = inner.get_one::<String>("kind").map(|kind| kind.parse()).transpose()?;
            let removed = cache.clear(kind)?;
            context.talk.note(format_args!("removed: {removed}"));
            Ok(())
        }
        "enable" => switch(&mut cache, Mode::Everything),
        "disable" => switch(&mut cache, if inner.get_flag("listen") { Mode::Commands } else { Mode::Off }),
        "path" => Ok(crate::context::print_text(&cache.path().display().to_string())?),
        other => unreachable!("clap knows no verb {other}"),
    }
}

fn switch(cache: &mut Cache, mode: Mode) -> Result<()> {
    cache.set_mode(mode)?;
    Ok(Inbox::switch(&paths::cache_dir()?, mode != Mode::Off).map_err(cache::Error::Inbox)?)
}

const fn view(columns: &'static [&'static str]) -> View {
    View { columns, id: None, items: None }
}

fn stats(context: &Context, cache: &Cache) -> Result<()> {
    let row = |(kind, rows, bytes, oldest): (Kind, u64, u64, i64)| {
        let policy = cache.policies().of(kind).to_string();
        json!({"kind": kind.name(), "rows": rows, "bytes": bytes, "oldest": time::rfc3339(oldest), "policy": policy})
    };
    let rows: Vec<_> = cache.counts()?.into_iter().map(row).collect();
    if cache.mode() == Mode::Off {
        context.talk.note("the cache is disabled; `dcord cache enable` uses it again");
    }
    context.print_list(view(&["kind", "rows", "bytes", "oldest", "policy"]), &rows)
}

fn list(context: &Context, cache: &Cache, matches: &ArgMatches) -> Result<()> {
    let kind: Kind = required(matches, "kind")?.parse()?;
    let guild = id(matches, "guild", Entity::Guild)?;
    let most = usize::try_from(*matches.get_one::<u64>("limit").expect("it has a default")).unwrap_or(usize::MAX);
    let rows = match matches.get_one::<String>("name") {
        None => cache.rows(kind, guild, most)?,
        Some(name) => {
            let found = cache.find(&Find { kind, guild, name, prefix: true, most })?;
            let get = |id: u64| cache.get(kind, guild, &id.to_string());
            found.iter().filter_map(|found| get(found.id).transpose()).collect::<Result<_, _>>()?
        }
    };
    print(context, kind, &rows.iter().map(|row| row.json.as_str()).collect::<Vec<_>>())
}

fn print(context: &Context, kind: Kind, items: &[&str]) -> Result<()> {
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
        Kind::Sound => "sound_id",
        _ => "id",
    };
    let mut printer = context.printer(View { columns, id: Some(id), items: None })?;
    for items in items.chunks(1000) {
        let raw = items.iter().map(|item| serde_json::from_str::<&RawValue>(item)).collect::<Result<Vec<_>, _>>()?;
        printer.page(&raw)?;
    }
    Ok(printer.finish()?)
}

fn get(context: &Context, cache: &Cache, matches: &ArgMatches) -> Result<()> {
    let kind: Kind = required(matches, "kind")?.parse()?;
    let id = required(matches, "id")?;
    let guild = self::id(matches, "guild", Entity::Guild)?.or_else(|| default_guild(context, kind));
    let Some(row) = cache.get(kind, guild, id)? else {
        return Err(Refused::NotKept { what: format!("{kind} {id}") }.into());
    };
    context.talk.debug(1, describe(&row));
    let mut printer = context.printer(View::default())?;
    printer.answer(row.json.as_bytes(), Some("application/json"))?;
    Ok(printer.finish()?)
}

fn default_guild(context: &Context, kind: Kind) -> Option<u64> {
    context.settings.guild.as_ref().filter(|_| kind.is_per_guild())?.parse().ok()
}

fn describe(row: &Found) -> String {
    let at = time::rfc3339(row.fetched_at).unwrap_or_default();
    format!("from {} at {at}{}", row.source, if row.partial { ", in part" } else { "" })
}

fn search(context: &Context, cache: &Cache, matches: &ArgMatches) -> Result<()> {
    let bound = |name: &str| -> Result<Option<u64>, Error> {
        let Some(text) = matches.get_one::<String>(name) else { return Ok(None) };
        match time::parse(text, time::now_ms(), Direction::Back) {
            Some(When::Id(id)) => Ok(Some(id.get())),
            Some(When::Moment(ms)) => Ok(Some(Snowflake::at(ms).get())),
            None => Err(wrong(name, text, "a time, a span such as 2h, or an id")),
        }
    };
    let found = cache.search(&Search {
        text: required(matches, "text")?,
        guild: id(matches, "guild", Entity::Guild)?,
        channel: id(matches, "channel", Entity::Channel)?,
        author: id(matches, "author", Entity::User)?,
        after: bound("after")?,
        before: bound("before")?,
        most: usize::try_from(*matches.get_one::<u64>("limit").expect("it has a default")).unwrap_or(usize::MAX),
    })?;
    print(context, Kind::Message, &found.iter().map(|hit| hit.json.as_str()).collect::<Vec<_>>())
}

fn sql(context: &Context, cache: &Cache, matches: &ArgMatches) -> Result<()> {
    let Some(query) = matches.get_one::<String>("query") else {
        let views: Vec<_> = Kind::ALL.iter().map(|kind| json!({"view": kind.view()})).collect();
        return context.print_list(view(&["view"]), &views);
    };
    let mut rows = Vec::new();
    cache.sql(query, |values| rows.push(Value::Object(values.into_iter().collect::<Map<_, _>>())))?;
    context.print_list(View::default(), &rows)
}

fn policy(context: &Context, cache: &mut Cache, matches: &ArgMatches) -> Result<()> {
    let text = |name: &str| matches.get_one::<String>(name);
    if let Some(span) = text("interval") {
        let length = time::duration(span).and_then(|length| i64::try_from(length.as_millis()).ok());
        cache.set_interval(length.ok_or_else(|| wrong("interval", span, "a length of time, such as 10m"))?)?;
    }
    let kind: Option<Kind> = text("kind").map(|kind| kind.parse()).transpose()?;
    if let (Some(kind), Some(policy)) = (kind, text("policy")) {
        return Ok(cache.set_policy(kind, policy.parse()?)?);
    }
    let kinds = Kind::ALL.into_iter().filter(|k| kind.is_none_or(|kind| kind == *k));
    let rows: Vec<_> =
        kinds.map(|kind| json!({"kind": kind.name(), "policy": cache.policies().of(kind).to_string()})).collect();
    context.print_list(view(&["kind", "policy"]), &rows)
}

fn required<'a>(matches: &'a ArgMatches, name: &str) -> Result<&'a str, Error> {
    matches.get_one::<String>(name).map(String::as_str).ok_or_else(|| Error::Missing {
        what: name.to_ascii_uppercase(),
        usage: String::new(),
        hint: None,
    })
}

fn id(matches: &ArgMatches, name: &str, entity: Entity) -> Result<Option<u64>, Error> {
    let Some(text) = matches.get_one::<String>(name) else { return Ok(None) };
    match target::parse(entity, text) {
        target::Target::Id(id) => Ok(Some(id.get())),
        target::Target::Link { guild: Some(id), .. } if entity == Entity::Guild => Ok(Some(id.get())),
        target::Target::Link { channel: Some(id), .. } if entity == Entity::Channel => Ok(Some(id.get())),
        _ => Err(wrong(name, text, "an id, a mention or a link")),
    }
}

fn wrong(name: &str, text: &str, wanted: &str) -> Error {
    Error::Value { flag: format!("--{name}"), text: text.to_owned(), wanted: wanted.to_owned() }
}
