//! Formats gateway events, each as a line for people.

use std::collections::{HashMap, VecDeque};

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::Names;
use super::gists::GISTS;
use super::message::{self, Message};
use super::scope::{self, Scope, counted};
use super::styled::{NARROWEST, Styled, Tone};
use crate::catalogue::{self, ParamKind};
use crate::model::Kind;

/// The maximum size of an event that is parsed. Parsing a larger one would delay later events, so it is shown
/// unchanged.
const LONGEST: usize = 8 * 1024 * 1024;
/// The maximum widths in columns: of an event's server and channel, and of a value.
const WIDEST_PLACE: usize = 28;
const WIDEST_VALUE: usize = 300;
/// The width of the longest message that Discord accepts, with its author. A message is shown completely.
const WIDEST_MESSAGE: usize = 4100;
/// How many messages to remember for the lines of reactions and deletions.
const RECENT: usize = 500;
/// The maximum width of a remembered message.
const RECENT_WIDTH: usize = 160;
/// The maximum number of options of a command, including those of its subcommands.
const OPTIONS: usize = 25;

/// The envelope of an event or of one of dcord's own lines.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default)]
    shard: (u32, u32),
    #[serde(borrow, default)]
    t: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow, default)]
    d: Option<&'a RawValue>,
}

/// Formats events as lines. Remembers names and messages, because later events refer to them by id.
pub struct Events {
    pub names: Names<'static>,
    /// Whether the bot is in several servers, so that each line contains the name of the server.
    pub several_servers: bool,
    zone: TimeZone,
    color: bool,
    recent: Recent,
    place_width: usize,
}

/// The most recent messages.
#[derive(Default)]
struct Recent {
    gists: HashMap<String, Styled>,
    order: VecDeque<String>,
}

impl Recent {
    fn insert(&mut self, id: &str, gist: Styled) {
        if self.gists.insert(id.to_owned(), gist).is_none() {
            self.order.push_back(id.to_owned());
        }
        if self.order.len() > RECENT {
            self.order.pop_front().and_then(|oldest| self.gists.remove(&oldest));
        }
    }
}

impl Events {
    pub fn new(names: Names<'static>, zone: TimeZone, color: bool) -> Self {
        Self { names, several_servers: false, zone, color, recent: Recent::default(), place_width: 0 }
    }

    /// Appends the line of an event, with a line break. An event that cannot be parsed is shown unchanged.
    pub fn line(&mut self, json: &[u8], width: usize, now_ms: i64, to: &mut String) {
        let width = width.max(NARROWEST);
        let line = match serde_json::from_slice::<Envelope<'_>>(json) {
            Ok(event) => self.event(&event, width, now_ms),
            Err(_) => Styled::new(Tone::Plain, &beginning(&String::from_utf8_lossy(json))).cut(width),
        };
        line.paint(self.color, to);
        to.push('\n');
    }

    /// The line of an event. A long text continues on further lines, indented below its first line.
    fn event(&mut self, event: &Envelope<'_>, width: usize, now_ms: i64) -> Styled {
        let name = event.t.as_deref().unwrap_or("(an event without a name)");
        let raw = event.d.map_or("null", RawValue::get);
        let data: Option<Value> = if raw.len() <= LONGEST { serde_json::from_str(raw).ok() } else { None };
        let data = data.unwrap_or_default();
        if data.is_object() {
            self.learn(name, &data);
        }
        let scope = self.scope(name, &data, now_ms);
        let mut line = Styled::new(Tone::Dim, &scope.format(now_ms, "%H:%M:%S"));
        line.push(Tone::Plain, "  ");
        if event.shard.1 > 1 {
            line.push(Tone::Dim, &format!("{:<4}", format!("s{}", event.shard.0)));
        }
        let place = place(name, &data, &scope, self.several_servers).cut(WIDEST_PLACE);
        let sentence = self.gist(name, &data, &scope);
        let is_sentence = sentence.is_some();
        let suffix = sentence.as_ref().map_or("", |_| name);
        let gist = sentence.unwrap_or_else(|| {
            let mut gist = Styled::new(Tone::Bold, &beginning(name));
            gist.push(Tone::Plain, " ").push(Tone::Plain, &beginning(raw));
            gist
        });
        self.place_width = self.place_width.max(place.width()).min(width / 3);
        let place = place.cut(width / 3);
        let gap = self.place_width.saturating_sub(place.width());
        let is_placed = self.place_width > 0;
        line.append(place).push(Tone::Plain, &" ".repeat(if is_placed { gap + 2 } else { 0 }));
        let start = line.width();
        let room = width.saturating_sub(start).max(1);
        // In a narrow column, wrapped text would be hard to read, so it is truncated. The JSON of an unknown event is
        // always truncated.
        if is_sentence && gist.width() > room && room >= NARROWEST {
            for (at, part) in gist.wrap(room, room).into_iter().enumerate() {
                if at > 0 {
                    line.push_lines(Tone::Plain, "\n").push(Tone::Plain, &" ".repeat(start));
                }
                line.append(part);
            }
            return line;
        }
        line.append(gist);
        let mut line = line.cut(width);
        // The name of the event, for use with -e, if there is room for it.
        let free = width.saturating_sub(line.width());
        if let Some(gap) = free.checked_sub(suffix.len()).filter(|gap| *gap >= 2 && !suffix.is_empty()) {
            line.push(Tone::Plain, &" ".repeat(gap)).push(Tone::Dim, suffix);
        }
        line
    }

    fn scope<'s>(&'s self, name: &str, data: &'s Value, now_ms: i64) -> Scope<'s> {
        let own = || if name.starts_with("GUILD_") { scope::id(data)?.parse().ok() } else { None };
        let guild = scope::guild(data).or_else(own);
        Scope { names: &self.names, guild, zone: &self.zone, now_ms }
    }

    /// Remembers the people in the event and its message.
    fn learn(&mut self, name: &str, data: &Value) {
        if name.starts_with("MESSAGE_") || name == "INTERACTION_CREATE" {
            // These include the people who are mentioned, and the target of a command.
            self.names.learn(data);
        }
        let guild = data["guild_id"].as_str();
        let members =
            [(data, &data["user"]), (&data["member"], &data["member"]["user"]), (&data["member"], &data["author"])];
        for (member, user) in members {
            let name = user["global_name"].as_str().or_else(|| user["username"].as_str());
            let (Some(id), Some(name)) = (scope::id(user), name) else { continue };
            self.names.insert(Kind::User, id, name);
            if let (Some(guild), Some(nickname)) = (guild, member["nick"].as_str()) {
                self.names.insert_member(guild, id, nickname);
            }
        }
        if matches!(name, "MESSAGE_CREATE" | "MESSAGE_UPDATE")
            && let Some(id) = scope::id(data)
            && data["author"].is_object()
        {
            let scope = self.scope(name, data, 0);
            let gist = Message::new(data, scope).gist().cut(RECENT_WIDTH);
            self.recent.insert(id, gist);
        }
    }

    /// The sentence for the event. `None` if the event is unknown or lacks a value that the sentence requires.
    fn gist(&self, name: &str, data: &Value, scope: &Scope<'_>) -> Option<Styled> {
        let (_, _, sentence) = GISTS.iter().find(|(known, condition, _)| *known == name && holds(condition, data))?;
        if !data.is_object() {
            return None;
        }
        let (gist, is_whole) = self.fill(sentence, data, scope);
        is_whole.then(|| gist.toned(tone(name)))
    }

    /// The sentence with its values, and whether all values exist.
    fn fill(&self, sentence: &str, data: &Value, scope: &Scope<'_>) -> (Styled, bool) {
        let mut filled = Styled::default();
        let mut is_whole = true;
        let mut rest = sentence;
        while let Some(at) = rest.find(['{', '[']) {
            filled.push(Tone::Plain, &rest[..at]);
            let is_value = rest[at..].starts_with('{');
            let Some(end) = rest[at..].find(if is_value { '}' } else { ']' }).map(|end| at + end) else { break };
            let inner = &rest[at + 1..end];
            if is_value {
                match self.value(inner, data, scope).filter(|value| !value.is_empty()) {
                    Some(value) => {
                        filled.append(value.cut(if inner == "message" { WIDEST_MESSAGE } else { WIDEST_VALUE }));
                    }
                    None => is_whole = false,
                }
            } else {
                let (part, true) = self.fill(inner, data, scope) else {
                    rest = &rest[end + 1..];
                    continue;
                };
                filled.append(part);
            }
            rest = &rest[end + 1..];
        }
        filled.push(Tone::Plain, rest);
        (filled, is_whole)
    }

    fn value(&self, placeholder: &str, data: &Value, scope: &Scope<'_>) -> Option<Styled> {
        let (kind, rest) = placeholder.split_once(' ').unwrap_or((placeholder, ""));
        let (paths, word) = rest.split_once(' ').unwrap_or((rest, ""));
        let value = paths.split('|').find_map(|path| at(data, path))?;
        let plain = |text: &str| Some(Styled::new(Tone::Plain, &beginning(text)));
        match kind {
            "user" => scope.person(value),
            "channel" => scope.channel(value),
            "role" => scope.role(value),
            "emoji" => plain(&message::emoji(value)?),
            "message" => value["author"].is_object().then(|| Message::new(value, *scope).gist()),
            "recent" => {
                let id = value.as_str()?;
                Some(
                    self.recent
                        .gists
                        .get(id)
                        .cloned()
                        .unwrap_or_else(|| Styled::new(Tone::Plain, &format!("message {id}"))),
                )
            }
            "text" => match value {
                Value::String(text) => plain(text),
                Value::Number(number) => plain(&number.to_string()),
                _ => None,
            },
            "count" => {
                let count = value.as_array().map(|list| list.len() as u64).or_else(|| value.as_u64())?;
                plain(&counted(count, word)).filter(|_| count > 0 || value.is_array())
            }
            "time" => plain(&scope.moment(scope::milliseconds(value)?)),
            "until" => {
                let ms = scope::milliseconds(value).filter(|ms| *ms > scope.now_ms)?;
                plain(&scope.moment(ms))
            }
            "created" => plain(&scope.moment(scope::created_ms(scope::id(value)?)?)),
            "command" => command(value, scope),
            "audit" => plain(&choice("list_guild_audit_log_entries", "action_type", value)?),
            "automod" => plain(automod_action(value)?),
            "target" => target(value, scope),
            _ => None,
        }
    }
}

/// Whether there is a sentence for the event.
pub fn is_known(name: &str) -> bool {
    GISTS.iter().any(|(known, ..)| *known == name)
}

fn beginning(text: &str) -> String {
    // One character more than fits, so that the text is marked as truncated.
    text.chars().take(WIDEST_VALUE + 1).collect()
}

/// The value at a path, or `None` if it is missing or null. An empty path selects the whole value.
fn at<'a>(data: &'a Value, path: &str) -> Option<&'a Value> {
    let step = |value: &'a Value, name: &str| match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        value => value.get(name),
    };
    let found = if path.is_empty() { Some(data) } else { path.split('.').try_fold(data, step) };
    found.filter(|value| !value.is_null())
}

fn number_at(data: &Value, path: &str) -> Option<u64> {
    at(data, path)?.as_u64()
}

fn holds(condition: &str, data: &Value) -> bool {
    let is_there = |path: &str| at(data, path).is_some_and(|value| *value != Value::Bool(false));
    match (condition.strip_prefix('!'), condition.split_once('=')) {
        (Some(path), _) => !is_there(path),
        (None, Some((path, wanted))) => wanted.parse().is_ok_and(|number: u64| number_at(data, path) == Some(number)),
        (None, None) => condition.is_empty() || is_there(condition),
    }
}

/// The colour of a sentence, which distinguishes additions and removals from other events.
fn tone(event: &str) -> Tone {
    match event {
        "MESSAGE_CREATE" | "INTERACTION_CREATE" | "GUILD_AUDIT_LOG_ENTRY_CREATE" => Tone::Plain,
        "GUILD_BAN_ADD" | "DCORD_GAP" => Tone::Bad,
        "GUILD_BAN_REMOVE" => Tone::Good,
        "TYPING_START" | "PRESENCE_UPDATE" | "GUILD_CREATE" | "READY" => Tone::Dim,
        _ if event.ends_with("_ADD") || event.ends_with("_CREATE") => Tone::Good,
        _ if event.contains("_DELETE") || event.contains("_REMOVE") => Tone::Bad,
        _ => Tone::Plain,
    }
}

/// The server and channel of an event.
fn place(event: &str, data: &Value, scope: &Scope<'_>, several_servers: bool) -> Styled {
    // The channel of an event about a thread is the thread's parent. An event about a channel has only a server.
    let field = if event.starts_with("THREAD_") { "parent_id" } else { "channel_id" };
    let channel = at(data, field);
    let mut place = Styled::default();
    if let Some(guild) = scope.guild {
        if several_servers || channel.is_none() {
            let id = guild.to_string();
            let own = data["name"].as_str().filter(|_| scope::guild(data).is_none()).map(str::to_owned);
            place.push(Tone::Dim, &own.or_else(|| scope.names.guild(&id)).unwrap_or(id));
        }
    } else if channel.is_some() {
        // The channel of direct messages has no name.
        place.push(Tone::Mention, "DM");
        return place;
    }
    if let Some(channel) = channel.and_then(|channel| scope.channel(channel)) {
        if !place.is_empty() {
            place.push(Tone::Plain, " ");
        }
        place.append(channel);
    }
    place
}

/// `/tag edit name:x`.
fn command(data: &Value, scope: &Scope<'_>) -> Option<Styled> {
    const MESSAGE_OR_USER: [u64; 2] = [2, 3];
    let mut line = Styled::default();
    let name = data["name"].as_str()?;
    let is_menu = data["type"].as_u64().is_some_and(|kind| MESSAGE_OR_USER.contains(&kind));
    line.push(Tone::Mention, &if is_menu { format!("\"{name}\"") } else { format!("/{name}") });
    let mut options = data["options"].as_array();
    let mut left = OPTIONS;
    while let Some(list) = options {
        options = None;
        for option in list {
            left = left.checked_sub(1)?;
            let Some(name) = option["name"].as_str() else { continue };
            match &option["value"] {
                Value::Null => {
                    line.push(Tone::Mention, " ").push(Tone::Mention, name);
                    options = option["options"].as_array();
                }
                value => {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    line.push(Tone::Dim, &format!(" {name}:")).push(Tone::Plain, &beginning(&text));
                }
            }
        }
    }
    if let Some(target) = at(data, "target_id") {
        let user = &data["resolved"]["users"][target.as_str()?];
        if let Some(user) = scope.person(user) {
            line.push(Tone::Plain, " on ").append(user);
        }
    }
    Some(line)
}

/// The name of a value, from the choices of an endpoint's parameter.
fn choice(operation: &str, param: &str, value: &Value) -> Option<String> {
    let ParamKind::Enum(choices) = catalogue::operation(operation)?.param(param)?.kind else { return None };
    let found = choices.iter().find(|choice| choice.value.is(value));
    Some(found.map_or_else(|| value.to_string(), |choice| choice.name.to_owned()))
}

/// Source: Discord's reference, "Auto Moderation", "Action Types".
fn automod_action(kind: &Value) -> Option<&'static str> {
    Some(match kind.as_u64()? {
        1 => "blocked a message of",
        2 => "sent an alert about",
        3 => "timed out",
        4 => "blocked the interactions of",
        _ => "acted on",
    })
}

/// The target of an audit log entry.
fn target(entry: &Value, scope: &Scope<'_>) -> Option<Styled> {
    let id = at(entry, "target_id")?;
    let text = id.as_str()?;
    let names = scope.names;
    let is_user = matches!(entry["action_type"].as_u64(), Some(20..=28));
    if is_user || names.user(text).is_some() {
        scope.person(id)
    } else if names.channel(text).is_some() {
        scope.channel(id)
    } else if names.role(text).is_some() {
        scope.role(id)
    } else {
        Some(Styled::new(Tone::Plain, text))
    }
}

mod text;

#[cfg(test)]
mod tests;
