//! Bans.

use serde_json::{Value, json};

use super::Rows;
use super::member::{may_act, remove as remove_member};
use crate::model::Snowflake;
use crate::sandbox::answer::{Answer, DiscordError, Outcome};
use crate::sandbox::request::Call;
use crate::sandbox::state::State;
use crate::sandbox::store;
use crate::sandbox::table::key;

pub(super) static ROWS: Rows = &[
    ("list_guild_bans", list),
    ("get_guild_ban", get),
    ("ban_user_from_guild", add),
    ("unban_user_from_guild", remove),
    ("bulk_ban_users_from_guild", bulk),
];

fn list(state: &mut State, call: &Call) -> Outcome {
    let bans = &state.guild(call.id("guild_id"))?.bans;
    Ok(store::page(call, bans.iter().map(|(id, ban)| (*id, ban.clone()))))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let ban = state.guild(call.id("guild_id"))?.bans.get(&call.id("user_id")).cloned();
    ban.map(Answer::ok).ok_or(DiscordError::UNKNOWN_BAN)
}

fn add(state: &mut State, call: &Call) -> Outcome {
    let (guild, user) = (call.id("guild_id"), call.id("user_id"));
    ban(state, call, guild, user)?;
    Ok(Answer::NONE)
}

/// The age up to which a ban deletes the user's messages, in seconds. The older field counts days.
fn delete_seconds(call: &Call) -> i64 {
    let number = |name| call.field(name).and_then(Value::as_i64);
    number("delete_message_seconds").or_else(|| number("delete_message_days").map(|days| days * 86_400)).unwrap_or(0)
}

fn ban(state: &mut State, call: &Call, guild: u64, user: u64) -> Result<(), DiscordError> {
    let shown = state.user(user)?;
    may_act(state, guild, user)?;
    if user == state.me {
        return Err(DiscordError::MISSING_PERMISSIONS);
    }
    if state.guild(guild)?.bans.contains_key(&user) {
        return Ok(());
    }
    let row = json!({"reason": call.reason, "user": shown});
    state.guild_mut(guild)?.bans.insert(user, row);
    if state.guild(guild)?.members.contains(user) {
        remove_member(state, guild, user)?;
    }
    let seconds = delete_seconds(call);
    if seconds > 0 {
        delete_messages(state, guild, user, state.now_ms - seconds * 1000)?;
    }
    state.emit("GUILD_BAN_ADD", Some(guild), json!({"guild_id": guild.to_string(), "user": shown}));
    state.audit(guild, call, 22, user);
    Ok(())
}

/// Deletes the messages that a user has sent in a server since `since_ms`. Emits one event per
/// channel.
fn delete_messages(state: &mut State, guild: u64, user: u64, since_ms: i64) -> Result<(), DiscordError> {
    let from = Snowflake::at(since_ms).get();
    let author = json!(user.to_string());
    for channel_id in [state.channels_of(guild), state.threads_of(guild)].concat() {
        let channel = state.channel_mut(channel_id)?;
        let ids: Vec<u64> = channel
            .messages
            .ascending(std::ops::Bound::Included(from))
            .filter(|id| channel.messages.get(*id).is_some_and(|m| m["author"]["id"] == author))
            .collect();
        for id in &ids {
            channel.messages.remove(*id);
            channel.pins.retain(|(_, pinned)| pinned != id);
            channel.reactions.remove(id);
        }
        if !ids.is_empty() {
            let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
            let data = json!({"ids": ids, "channel_id": channel_id.to_string(), "guild_id": guild.to_string()});
            state.emit("MESSAGE_DELETE_BULK", Some(guild), data);
        }
    }
    Ok(())
}

fn remove(state: &mut State, call: &Call) -> Outcome {
    let (guild, user) = (call.id("guild_id"), call.id("user_id"));
    let ban = state.guild_mut(guild)?.bans.remove(&user).ok_or(DiscordError::UNKNOWN_BAN)?;
    state.emit("GUILD_BAN_REMOVE", Some(guild), json!({"guild_id": guild.to_string(), "user": ban["user"]}));
    state.audit(guild, call, 23, user);
    Ok(Answer::NONE)
}

fn bulk(state: &mut State, call: &Call) -> Outcome {
    let guild = call.id("guild_id");
    let (mut banned, mut failed) = (Vec::new(), Vec::new());
    for id in call.field("user_ids").and_then(Value::as_array).into_iter().flatten().filter_map(key) {
        let new = !state.guild(guild)?.bans.contains_key(&id);
        if new && ban(state, call, guild, id).is_ok() {
            banned.push(id.to_string());
        } else {
            failed.push(id.to_string());
        }
    }
    if banned.is_empty() {
        return Err(DiscordError::NOT_BANNED);
    }
    Ok(Answer::ok(json!({"banned_users": banned, "failed_users": failed})))
}
