//! Message search in a server.

use std::collections::BTreeSet;
use std::ops::Bound;

use serde_json::{Value, json};

use super::Rows;
use crate::sandbox::answer::{Answer, Outcome};
use crate::sandbox::request::Call;
use crate::sandbox::state::State;
use crate::sandbox::table::key;

pub(super) static ROWS: Rows = &[("guild_search", search)];

fn search(state: &mut State, call: &Call) -> Outcome {
    let guild = call.id("guild_id");
    let filter = Filter::new(call);
    let from = filter.min_id.map_or(Bound::Unbounded, Bound::Excluded);
    let mut found = BTreeSet::new();
    for channel_id in [state.channels_of(guild), state.threads_of(guild)].concat() {
        if !filter.channels.is_empty() && !filter.channels.contains(&channel_id) {
            continue;
        }
        let channel = state.channel(channel_id)?;
        for id in channel.messages.ascending(from).take_while(|id| filter.max_id.is_none_or(|max| *id < max)) {
            let pinned = channel.pins.iter().any(|(_, pinned)| *pinned == id);
            if channel.messages.get(id).is_some_and(|message| filter.fits(&message, pinned)) {
                found.insert((id, channel_id));
            }
        }
    }
    let total = found.len();
    let window = call.window();
    let oldest_first = call.query.get("sort_order") == Some(&json!("asc"));
    let ordered: Box<dyn Iterator<Item = &(u64, u64)>> =
        if oldest_first { Box::new(found.iter()) } else { Box::new(found.iter().rev()) };
    let page: Vec<Value> = ordered
        .skip(window.offset)
        .take(window.limit)
        .filter_map(|(id, channel)| state.message(*channel, *id).ok())
        .map(|mut message| {
            message["hit"] = json!(true);
            json!([message])
        })
        .collect();
    Ok(Answer::ok(json!({
        "doing_deep_historical_index": false,
        "total_results": total,
        "messages": page,
    })))
}

/// The filters of a search. A message must match every filter, and any of a filter's values.
struct Filter {
    words: Vec<String>,
    authors: Vec<u64>,
    channels: Vec<u64>,
    mentions: Vec<u64>,
    role_mentions: Vec<u64>,
    replied_to_users: Vec<u64>,
    replied_to_messages: Vec<u64>,
    author_types: Vec<String>,
    has: Vec<String>,
    extensions: Vec<String>,
    filenames: Vec<String>,
    link_hosts: Vec<String>,
    everyone: Option<bool>,
    pinned: Option<bool>,
    min_id: Option<u64>,
    max_id: Option<u64>,
}

impl Filter {
    fn new(call: &Call) -> Self {
        let list = |name: &str| call.query.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let ids = |name: &str| list(name).iter().filter_map(key).collect::<Vec<_>>();
        let texts = |name: &str| list(name).iter().filter_map(Value::as_str).map(str::to_lowercase).collect::<Vec<_>>();
        let flag = |name: &str| call.query.get(name).and_then(Value::as_bool);
        let content = call.query.get("content").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        Self {
            words: content.split_whitespace().map(str::to_owned).collect(),
            authors: ids("author_id"),
            channels: ids("channel_id"),
            mentions: ids("mentions"),
            role_mentions: ids("mentions_role_id"),
            replied_to_users: ids("replied_to_user_id"),
            replied_to_messages: ids("replied_to_message_id"),
            author_types: texts("author_type"),
            has: texts("has"),
            extensions: texts("attachment_extension"),
            filenames: texts("attachment_filename"),
            link_hosts: texts("link_hostname"),
            everyone: flag("mention_everyone"),
            pinned: flag("pinned"),
            min_id: call.query_id("min_id"),
            max_id: call.query_id("max_id"),
        }
    }

    fn fits(&self, message: &Value, pinned: bool) -> bool {
        let content = message["content"].as_str().unwrap_or_default().to_lowercase();
        let any_id =
            |wanted: &[u64], value: &Value| wanted.is_empty() || key(value).is_some_and(|id| wanted.contains(&id));
        let any_of = |wanted: &[u64], list: &Value, field: Option<&str>| {
            wanted.is_empty()
                || list.as_array().into_iter().flatten().any(|item| any_id(wanted, field.map_or(item, |f| &item[f])))
        };
        let file = |wanted: &[String], fits: fn(&str, &str) -> bool| {
            wanted.is_empty()
                || message["attachments"].as_array().into_iter().flatten().any(|a| {
                    let name = a["filename"].as_str().unwrap_or_default().to_lowercase();
                    wanted.iter().any(|w| fits(&name, w))
                })
        };
        self.words.iter().all(|word| content.contains(word))
            && any_id(&self.authors, &message["author"]["id"])
            && any_of(&self.mentions, &message["mentions"], Some("id"))
            && any_of(&self.role_mentions, &message["mention_roles"], None)
            && any_id(&self.replied_to_users, &message["referenced_message"]["author"]["id"])
            && any_id(&self.replied_to_messages, &message["message_reference"]["message_id"])
            && matches(&self.author_types, |kind| author_type(message) == kind)
            && matches(&self.has, |what| has(message, &content, what))
            && file(&self.extensions, |name, ext| name.rsplit_once('.').is_some_and(|(_, e)| e == ext))
            && file(&self.filenames, |name, wanted| name == wanted)
            && (self.link_hosts.is_empty()
                || self.link_hosts.iter().any(|host| content.contains(&format!("://{host}"))))
            && self.everyone.is_none_or(|wanted| message["mention_everyone"] == json!(wanted))
            && self.pinned.is_none_or(|wanted| pinned == wanted)
    }
}

/// Whether any of the wanted values holds and none of those that start with a minus.
fn matches(wanted: &[String], holds: impl Fn(&str) -> bool) -> bool {
    let (without, with): (Vec<_>, Vec<_>) = wanted.iter().partition(|w| w.starts_with('-'));
    !without.iter().any(|w| holds(&w[1..])) && (with.is_empty() || with.iter().any(|w| holds(w)))
}

fn author_type(message: &Value) -> &'static str {
    if message.get("webhook_id").is_some() {
        "webhook"
    } else if message["author"]["bot"] == json!(true) {
        "bot"
    } else {
        "user"
    }
}

fn has(message: &Value, content: &str, what: &str) -> bool {
    let filled = |name: &str| message[name].as_array().is_some_and(|list| !list.is_empty());
    let typed = |kind: &str| {
        message["attachments"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|a| a["content_type"].as_str().is_some_and(|t| t.starts_with(kind)))
    };
    match what {
        "link" => content.contains("http://") || content.contains("https://"),
        "embed" => filled("embeds"),
        "file" => filled("attachments"),
        "image" => typed("image/"),
        "video" => typed("video/"),
        "sound" => typed("audio/"),
        "sticker" => filled("sticker_items"),
        "snapshot" => filled("message_snapshots"),
        "poll" => message.get("poll").is_some(),
        _ => false,
    }
}
