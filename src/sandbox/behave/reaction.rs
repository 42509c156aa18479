//! Reactions.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Rows;
use crate::sandbox::answer::{Answer, DiscordError, Outcome};
use crate::sandbox::request::Call;
use crate::sandbox::state::{Reaction, State};
use crate::sandbox::store;

pub(super) static ROWS: Rows = &[
    ("add_my_message_reaction", add),
    ("delete_my_message_reaction", remove_mine),
    ("delete_user_message_reaction", remove_user),
    ("list_message_reactions_by_emoji", list),
    ("delete_all_message_reactions", clear),
    ("delete_all_message_reactions_by_emoji", clear_emoji),
];

/// Discord's limit of different emojis per message.
const MAX_EMOJIS: usize = 20;

/// The emoji in a path: a Unicode emoji, or `name:id` for a custom one.
fn emoji(state: &State, text: &str) -> Result<Value, DiscordError> {
    if let Some((name, id)) = text.rsplit_once(':') {
        if !state.has_emoji(id) {
            return Err(DiscordError::UNKNOWN_EMOJI);
        }
        return Ok(json!({"id": id, "name": name}));
    }
    // ASCII text is the name of an emoji, which Discord does not accept.
    if text.is_ascii() { Err(DiscordError::UNKNOWN_EMOJI) } else { Ok(json!({"id": null, "name": text})) }
}

/// Whether two emojis are the same. Custom emojis are compared by id, because their names can
/// change.
fn same(a: &Value, b: &Value) -> bool {
    if a["id"].is_null() { a == b } else { a["id"] == b["id"] }
}

fn event(state: &State, channel: u64, message: u64) -> (Option<u64>, Value) {
    let guild = state.guild_of(channel);
    let mut data = json!({"channel_id": channel.to_string(), "message_id": message.to_string()});
    if let Some(guild) = guild {
        data["guild_id"] = json!(guild.to_string());
    }
    (guild, data)
}

fn add(state: &mut State, call: &Call) -> Outcome {
    let (channel, message) = (call.id("channel_id"), call.id("message_id"));
    let emoji = emoji(state, call.text("emoji_name"))?;
    let author = state.message(channel, message)?["author"]["id"].clone();
    let me = state.me;
    let reactions = state.channel_mut(channel)?.reactions.entry(message).or_default();
    let reaction = match reactions.iter_mut().position(|r| same(&r.emoji, &emoji)) {
        Some(at) => &mut reactions[at],
        None if reactions.len() >= MAX_EMOJIS => return Err(DiscordError::TOO_MANY_REACTIONS),
        None => {
            reactions.push(Reaction { emoji: emoji.clone(), users: BTreeSet::new() });
            reactions.last_mut().expect("one was just added")
        }
    };
    // A repeated reaction changes nothing and emits no event.
    if reaction.users.insert(me) {
        let (guild, mut data) = event(state, channel, message);
        data["user_id"] = json!(me.to_string());
        data["emoji"] = emoji;
        data["burst"] = json!(false);
        data["type"] = json!(0);
        data["message_author_id"] = author;
        if let Some(guild) = guild {
            data["member"] = state.member(guild, me)?;
        }
        state.emit("MESSAGE_REACTION_ADD", guild, data);
    }
    Ok(Answer::NONE)
}

fn remove_mine(state: &mut State, call: &Call) -> Outcome {
    remove(state, call, state.me)
}

fn remove_user(state: &mut State, call: &Call) -> Outcome {
    let user = call.id("user_id");
    state.user(user)?;
    remove(state, call, user)
}

fn remove(state: &mut State, call: &Call, user: u64) -> Outcome {
    let (channel, message) = (call.id("channel_id"), call.id("message_id"));
    let emoji = emoji(state, call.text("emoji_name"))?;
    let reactions = state.channel_mut(channel)?.reactions.entry(message).or_default();
    let reaction = reactions.iter_mut().find(|r| same(&r.emoji, &emoji));
    let removed = reaction.is_some_and(|reaction| reaction.users.remove(&user));
    reactions.retain(|r| !r.users.is_empty());
    if removed {
        let (guild, mut data) = event(state, channel, message);
        data["user_id"] = json!(user.to_string());
        data["emoji"] = emoji;
        data["burst"] = json!(false);
        data["type"] = json!(0);
        state.emit("MESSAGE_REACTION_REMOVE", guild, data);
    }
    Ok(Answer::NONE)
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let emoji = emoji(state, call.text("emoji_name"))?;
    let reactions = state.channel(call.id("channel_id"))?.reactions.get(&call.id("message_id"));
    let users = reactions.into_iter().flatten().filter(|r| same(&r.emoji, &emoji)).flat_map(|r| &r.users);
    let rows: Vec<(u64, Value)> = users.filter_map(|id| Some((*id, state.users.get(*id)?))).collect();
    Ok(store::page(call, rows))
}

fn clear(state: &mut State, call: &Call) -> Outcome {
    let (channel, message) = (call.id("channel_id"), call.id("message_id"));
    state.channel_mut(channel)?.reactions.remove(&message);
    let (guild, data) = event(state, channel, message);
    state.emit("MESSAGE_REACTION_REMOVE_ALL", guild, data);
    Ok(Answer::NONE)
}

fn clear_emoji(state: &mut State, call: &Call) -> Outcome {
    let (channel, message) = (call.id("channel_id"), call.id("message_id"));
    let emoji = emoji(state, call.text("emoji_name"))?;
    if let Some(reactions) = state.channel_mut(channel)?.reactions.get_mut(&message) {
        reactions.retain(|r| !same(&r.emoji, &emoji));
    }
    let (guild, mut data) = event(state, channel, message);
    data["emoji"] = emoji;
    state.emit("MESSAGE_REACTION_REMOVE_EMOJI", guild, data);
    Ok(Answer::NONE)
}
