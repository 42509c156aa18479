//! The arguments of `dcord listen`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use serde_json::{Value, json};

use crate::call::bind::NameSet;
use crate::call::bind::input::Input;
use crate::call::bind::names::Names;
use crate::cli::{Error, globals};
use crate::gateway::intents::RequestedIntents;
use crate::gateway::{Compression, EventGlob, ShardRange, Shards, intents};
use crate::model::{Entity, Snowflake, intent, time};

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

fn repeated(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    option(name, value, help).action(ArgAction::Append).value_delimiter(',')
}

pub fn args(command: Command) -> Command {
    command
        .override_usage("dcord listen [OPTIONS]")
        .after_help(
            "Examples:\n  dcord listen -e MESSAGE_CREATE --jq .d.content\n  \
             dcord listen -e 'GUILD_MEMBER_*' --guild 111111111111111111\n  \
             dcord listen --count 1 -e INTERACTION_CREATE\n  \
             dcord listen --consumer archive >> events.jsonl\n\n\
             On a terminal, each event is one readable line. In a pipe, and with -o jsonl, each event is one line of\n\
             JSON with all its fields. -o text prints one short line of fields (see `dcord help output`).\n\n\
             An intent is a group of events that a bot requests. By default, dcord requests the intents that the\n\
             events given with -e require, or all intents without -e. Three intents are privileged: GUILD_MEMBERS,\n\
             GUILD_PRESENCES and MESSAGE_CONTENT. Enable them for the app in Discord's developer portal first.\n\
             Without MESSAGE_CONTENT, the text of other people's messages is empty.",
        )
        .arg(repeated("event", "NAME", "Print only these events: MESSAGE_CREATE, 'GUILD_MEMBER_*'").short('e'))
        .arg(
            Arg::new(globals::NO_VALIDATE)
                .long(globals::NO_VALIDATE)
                .action(ArgAction::SetTrue)
                .help("Accept names of events that dcord does not know"),
        )
        .arg(repeated("guild", "SERVER", "Print only the events of this server"))
        .arg(repeated("channel", "CHANNEL", "Print only the events of this channel and its threads"))
        .arg(
            Arg::new("no-threads")
                .long("no-threads")
                .action(ArgAction::SetTrue)
                .help("Exclude the threads of --channel"),
        )
        .arg(repeated("user", "USER", "Print only the events of this user"))
        .arg(option("intents", "LIST", "Request these intents: guilds,guild-messages, all [default: auto]"))
        .arg(option("count", "N", "Stop after this many events").value_parser(globals::whole::<u64>(0, u64::MAX)))
        .arg(option("duration", "SPAN", "Stop after this time: 30s, 2h"))
        .arg(option("shards", "SET", "Open these shards: auto, a count, or 0..8/16 [default: 1]"))
        .arg(
            option("compress", "METHOD", "Compression of the connection [default: zstd]")
                .hide_short_help(true)
                .value_parser(["zstd", "zlib", "payload", "none"]),
        )
        .arg(option("status", "STATUS", "Status that other users see").value_parser([
            "online",
            "idle",
            "dnd",
            "invisible",
            "offline",
        ]))
        .arg(option("activity", "TEXT", "Set the bot's activity: 'watching:the door', or any text"))
        .arg(
            Arg::new("meta")
                .long("meta")
                .action(ArgAction::SetTrue)
                .help("Also print lines about the connection, named DCORD_…"),
        )
        .arg(
            option("large-threshold", "N", "Receive offline members of servers up to this size [50-250]")
                .hide_short_help(true)
                .value_parser(globals::whole::<u8>(50, 250)),
        )
        .arg(option("properties", "JSON", "Set the client's properties: os, browser, device").hide_short_help(true))
        .arg(option("consumer", "NAME", "Resume where the last process with this name stopped"))
        .arg(
            option("dead-letter", "FILE", "Append events that cannot be printed to a file")
                .value_hint(ValueHint::FilePath),
        )
        .arg(
            option("max-reconnects", "N", "Exit after this many failed attempts to reconnect")
                .hide_short_help(true)
                .value_parser(globals::whole::<u32>(0, u32::MAX.into())),
        )
        .arg(option("reconnect-timeout", "SPAN", "Exit after this time without a connection").hide_short_help(true))
}

/// The arguments, parsed, before anything is requested from Discord.
pub struct Asked {
    pub shards: Shards,
    pub intents: RequestedIntents,
    /// Whether dcord may choose intents: without `--intents`, or with `auto` in it.
    pub auto: bool,
    pub events: Vec<EventGlob>,
    pub guilds: Targets,
    pub channels: Targets,
    /// Whether events of the channels' threads are printed too.
    pub threads: bool,
    pub users: Targets,
    pub compression: Compression,
    pub properties: Option<Value>,
    pub large_threshold: Option<u8>,
    pub presence: Option<Value>,
    pub meta: bool,
    pub count: Option<u64>,
    pub duration: Option<Duration>,
    pub max_reconnects: Option<u32>,
    pub reconnect_timeout: Option<Duration>,
    pub consumer: Option<String>,
    pub dead_letter: Option<PathBuf>,
}

static EVENTS: NameSet = NameSet {
    what: "event",
    hint: Some("`dcord explain intents` lists them; an event that is new in Discord's API requires --no-validate"),
    is_open: true,
};

pub fn asked(matches: &ArgMatches, input: &mut Input, names: &mut Names) -> Result<Asked, Error> {
    let text = |name: &str| matches.get_one::<String>(name);
    let events = all(matches, "event")
        .map(|glob| EventGlob::parse(glob).map_err(|_| wrong("--event", glob, "an event, such as MESSAGE_CREATE")))
        .collect::<Result<Vec<_>, _>>()?;
    let unknown = all(matches, "event").zip(&events).find(|(_, glob)| !intents::is_documented(glob));
    if let Some((text, glob)) = unknown.filter(|_| !matches.get_flag(globals::NO_VALIDATE)) {
        return Err(Error::Choice {
            flag: "--event".to_owned(),
            text: text.clone(),
            names: intents::all_events().collect(),
            near: intents::closest_events(glob),
            set: &EVENTS,
        });
    }
    let (auto, mut intents) = intents_of(text("intents"), &events)?;
    let guilds = ids(matches, "guild", Entity::Guild, names)?;
    // A name is looked up in one server. With several servers, that is the default one.
    names.scope.guild = if let [(_, only)] = &guilds.0[..] { Some(only.clone()) } else { None };
    let channels = ids(matches, "channel", Entity::Channel, names)?;
    let threads = !channels.0.is_empty() && !matches.get_flag("no-threads");
    if threads && auto {
        // The events of servers and threads say which threads a channel has.
        intents.optional |= intent::GUILDS;
    }
    let users = ids(matches, "user", Entity::User, names)?;
    let shards = match text("shards") {
        Some(set) => {
            set.parse().map_err(|_| wrong("--shards", set, "auto, a count up to 65536, or a range such as 0..8/16"))?
        }
        None => Shards::These(ShardRange::all(1)),
    };
    let compression = match text("compress").map(String::as_str) {
        Some("zlib") => Compression::Zlib,
        Some("payload") => Compression::Payload,
        Some("none") => Compression::None,
        _ => Compression::Zstd,
    };
    let properties = match text("properties") {
        Some(given) => {
            let given = input.text_or_file("--properties", given)?;
            let value = serde_json::from_str::<Value>(&given).map_err(|source| Error::Json {
                flag: "--properties".to_owned(),
                source,
                topic: None,
            })?;
            if !value.is_object() {
                return Err(wrong("--properties", &given, "a JSON object"));
            }
            Some(value)
        }
        None => None,
    };
    let span = |name: &str| match text(name) {
        Some(span) => match time::duration(span) {
            Some(length) => Ok(Some(length)),
            None => Err(wrong(&format!("--{name}"), span, "a span such as 30s or 2h")),
        },
        None => Ok(None),
    };
    Ok(Asked {
        shards,
        intents,
        auto,
        events,
        guilds,
        channels,
        threads,
        users,
        compression,
        properties,
        large_threshold: matches.get_one("large-threshold").copied(),
        presence: presence(text("status").map(String::as_str), text("activity").map(String::as_str))?,
        meta: matches.get_flag("meta"),
        count: matches.get_one("count").copied(),
        duration: span("duration")?,
        max_reconnects: matches.get_one("max-reconnects").copied(),
        reconnect_timeout: span("reconnect-timeout")?,
        consumer: text("consumer").cloned(),
        dead_letter: text("dead-letter").map(PathBuf::from),
    })
}

fn all<'a>(matches: &'a ArgMatches, name: &str) -> impl Iterator<Item = &'a String> {
    matches.get_many::<String>(name).into_iter().flatten()
}

/// The values of a filter option: each value from the command line, with its id or the placeholder of its name.
pub struct Targets(Vec<(String, String)>);

impl Targets {
    /// The ids. Omits a name that a dry run does not look up.
    pub fn ids(&self, flag: &str, names: &Names) -> Result<Vec<Snowflake>, Error> {
        let found = self.0.iter().filter_map(|(text, id)| Some((text, names.filled(id)?)));
        found.map(|(text, id)| id.parse().map_err(|_| wrong(flag, text, "an id"))).collect()
    }
}

fn ids(matches: &ArgMatches, name: &str, entity: Entity, names: &mut Names) -> Result<Targets, Error> {
    let flag = format!("--{name}");
    let ids = all(matches, name).map(|text| Ok((text.clone(), names.id(entity, &flag, text)?)));
    ids.collect::<Result<_, _>>().map(Targets)
}

/// The intents of `--intents`, and whether dcord may add to them: `auto` may be one of several names.
fn intents_of(list: Option<&String>, events: &[EventGlob]) -> Result<(bool, RequestedIntents), Error> {
    let Some(list) = list else { return Ok((true, RequestedIntents::auto(events))) };
    let (auto, named): (Vec<&str>, Vec<&str>) =
        list.split(',').map(str::trim).partition(|word| word.eq_ignore_ascii_case("auto"));
    let mut wanted = if auto.is_empty() { RequestedIntents::default() } else { RequestedIntents::auto(events) };
    if !named.is_empty() {
        let named = named.join(",");
        wanted.needed |= intents::parse(&named).map_err(|e| wrong("--intents", &e.0, &wanted_intent(&e.0)))?;
    }
    Ok((!auto.is_empty(), wanted))
}

/// Describes what `--intents` accepts, with the intent whose name is closest to a misspelt one.
fn wanted_intent(typed: &str) -> String {
    let wanted = "an intent, such as guild-messages, all or unprivileged";
    match intents::closest(typed) {
        Some(name) => format!("{wanted}; did you mean {}?", name.to_lowercase().replace('_', "-")),
        None => wanted.to_owned(),
    }
}

fn wrong(flag: &str, text: &str, wanted: &str) -> Error {
    Error::Value { flag: flag.to_owned(), text: text.to_owned(), wanted: wanted.to_owned() }
}

/// Kinds of activities, by the word before the colon.
/// Source: Discord's reference, "Gateway Events", "Activity Types".
const ACTIVITIES: [(&str, u8); 5] =
    [("playing", 0), ("streaming", 1), ("listening", 2), ("watching", 3), ("competing", 5)];

/// A custom status, whose text is in `state`.
const CUSTOM: u8 = 4;

fn presence(status: Option<&str>, activity: Option<&str>) -> Result<Option<Value>, Error> {
    if status.is_none() && activity.is_none() {
        return Ok(None);
    }
    let status = match status {
        // Discord calls a bot that appears offline invisible.
        Some("offline") => "invisible",
        other => other.unwrap_or("online"),
    };
    let activities: Vec<_> = activity.map(self::activity).transpose()?.into_iter().collect();
    Ok(Some(json!({"since": null, "activities": activities, "status": status, "afk": false})))
}

/// `dnd, watching the door`
pub fn presence_in_words(presence: &Value) -> String {
    let activity = presence["activities"].get(0).map(|activity| {
        let words = match activity["type"].as_u64() {
            Some(0) => "playing ",
            Some(1) => "streaming ",
            Some(2) => "listening to ",
            Some(3) => "watching ",
            Some(5) => "competing in ",
            _ => return activity["state"].as_str().unwrap_or_default().to_owned(),
        };
        format!("{words}{}", activity["name"].as_str().unwrap_or_default())
    });
    let status = presence["status"].as_str().map(str::to_owned);
    status.into_iter().chain(activity).collect::<Vec<_>>().join(", ")
}

fn activity(text: &str) -> Result<Value, Error> {
    let kind = text.split_once(':').and_then(|(word, rest)| {
        let (_, kind) = ACTIVITIES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word.trim()))?;
        Some((*kind, rest.trim()))
    });
    Ok(match kind {
        // Discord shows a streaming activity only with the URL of the stream.
        Some((1, rest)) => match rest.rsplit_once(' ') {
            Some((name, url)) if url.starts_with("https://") => json!({"type": 1, "name": name.trim(), "url": url}),
            _ => return Err(wrong("--activity", text, "streaming:TEXT and the stream's https:// address")),
        },
        Some((kind, rest)) => json!({"type": kind, "name": rest}),
        None => json!({"type": CUSTOM, "name": "Custom Status", "state": text}),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Asked, Error> {
        let words = std::iter::once("listen").chain(line.split_whitespace());
        let matches = args(Command::new("listen")).try_get_matches_from(words).unwrap();
        asked(&matches, &mut Input::default(), &mut Names::default())
    }

    #[test]
    fn the_intents_are_the_named_ones_or_those_that_the_events_require() {
        for (line, expected) in [
            ("", intents::unprivileged()),
            ("-e MESSAGE_CREATE", 1 << 9 | 1 << 12),
            ("-e guild-ban-add,typing-start", 1 << 2 | 1 << 11 | 1 << 14),
            ("-e MESSAGE_CREATE --intents guilds,message-content", 1 | 1 << 15),
            ("-e READY", 0),
            ("--intents 513", 513),
            ("--intents auto", intents::unprivileged()),
            ("-e READY --intents auto,guild-presences", 1 << 8),
            ("-e MESSAGE_CREATE --channel 5", 1 << 9 | 1 << 12),
        ] {
            assert_eq!(parse(line).unwrap().intents.needed, expected, "{line}");
        }
        for (line, expected) in [
            ("", intents::PRIVILEGED),
            ("-e MESSAGE_CREATE", 1 << 15),
            ("-e MESSAGE_CREATE --channel 5", 1 << 15 | 1),
            ("-e MESSAGE_CREATE --channel 5 --no-threads", 1 << 15),
            ("-e MESSAGE_CREATE --intents guild-messages --channel 5", 0),
            ("-e MESSAGE_CREATE --intents AUTO,guild-presences", 1 << 15),
        ] {
            assert_eq!(parse(line).unwrap().intents.optional, expected, "{line}");
        }
    }

    #[test]
    fn an_error_about_an_invalid_option_names_the_flag() {
        for (line, flag) in [
            ("-e message.create", "--event"),
            ("-e SOMETHING_NEW", "--event"),
            ("-e MESAGE_*", "--event"),
            ("--intents guild", "--intents"),
            ("--shards 4/4", "--shards"),
            ("--shards 0", "--shards"),
            ("--shards 65537", "65536"),
            ("--shards 4294967296", "65536"),
            ("--shards 1.5", "--shards"),
            ("--shards 0..2", "--shards"),
            ("--intents guild-mesages", "did you mean guild-messages?"),
            ("--intents MESAGE_CONTENT", "did you mean message-content?"),
            ("--duration soon", "--duration"),
            ("--reconnect-timeout -5s", "--reconnect-timeout"),
            ("--properties [1]", "--properties"),
            ("--activity streaming:chess", "--activity"),
        ] {
            let words: Vec<_> = line.split_whitespace().collect();
            let error = match parse(&line.replace(" -5s", "=-5s")) {
                Ok(_) => panic!("{line} is taken"),
                Err(error) => error.to_string(),
            };
            assert!(error.contains(flag) || error.contains(words[1]), "{line}: {error}");
        }
    }

    #[test]
    fn options_have_their_typed_values() {
        let line = "--shards 0..2/4 --compress zlib --count 5 --duration 2m --large-threshold 100 --max-reconnects 3 \
                    --reconnect-timeout 1h --meta";
        let asked = parse(line).unwrap();
        assert_eq!(asked.shards, Shards::These(ShardRange { first: 0, end: 2, total: 4 }));
        assert_eq!(asked.compression, Compression::Zlib);
        assert_eq!((asked.count, asked.duration), (Some(5), Some(Duration::from_secs(120))));
        assert_eq!((asked.large_threshold, asked.max_reconnects), (Some(100), Some(3)));
        assert_eq!((asked.reconnect_timeout, asked.meta), (Some(Duration::from_secs(3600)), true));
    }

    #[test]
    fn a_presence_is_a_status_and_an_activity() {
        assert_eq!(presence(None, None).unwrap(), None);
        let idle = presence(Some("idle"), Some("watching: the door")).unwrap().unwrap();
        assert_eq!(
            idle,
            json!({"since": null, "activities": [{"type": 3, "name": "the door"}], "status": "idle", "afk": false})
        );
        for (text, expected) in [
            ("Playing:Chess", json!({"type": 0, "name": "Chess"})),
            ("streaming:Chess https://twitch.tv/x", json!({"type": 1, "name": "Chess", "url": "https://twitch.tv/x"})),
            ("back at 9:00", json!({"type": 4, "name": "Custom Status", "state": "back at 9:00"})),
        ] {
            assert_eq!(activity(text).unwrap(), expected);
        }
        for (text, words) in [
            ("watching:the door", "dnd, watching the door"),
            ("listening:rain", "dnd, listening to rain"),
            ("streaming:Chess https://twitch.tv/x", "dnd, streaming Chess"),
            ("back at 9:00", "dnd, back at 9:00"),
        ] {
            let presence = presence(Some("dnd"), Some(text)).unwrap().unwrap();
            assert_eq!(presence_in_words(&presence), words);
        }
    }

    #[test]
    fn help_fits_into_its_column() {
        for arg in args(Command::new("listen")).get_arguments() {
            let help = arg.get_help().expect("every option says what it does").to_string();
            assert!(help.chars().count() <= 72 && !help.ends_with('.'), "{}: {help}", arg.get_id());
        }
    }
}
