//! Pinned messages.

use serde_json::{Map, Value, json};

use super::Rows;
use super::message::{self, Draft};
use crate::sandbox::answer::{Answer, DiscordError, Outcome};
use crate::sandbox::request::Call;
use crate::sandbox::state::{State, iso};
use crate::sandbox::store;

pub(super) static ROWS: Rows = &[
    ("list_pins", list),
    ("create_pin", add),
    ("delete_pin", remove),
    ("deprecated_list_pins", list_legacy),
    ("deprecated_create_pin", add),
    ("deprecated_delete_pin", remove),
];

/// Discord's limit of pins per channel.
const MAX_PINS: usize = 250;

/// The deprecated list returns at most as many pins as the limit was at its time.
const LEGACY_PINS: usize = 50;

fn list(state: &mut State, call: &Call) -> Outcome {
    let channel_id = call.id("channel_id");
    let pins = &state.channel(channel_id)?.pins;
    let rows: Result<Vec<(u64, Value)>, DiscordError> = pins
        .iter()
        .map(|(at, id)| {
            let item = json!({"pinned_at": iso(*at), "message": state.message(channel_id, *id)?});
            Ok((u64::try_from(*at).unwrap_or(0), item))
        })
        .collect();
    Ok(store::page(call, rows?))
}

fn list_legacy(state: &mut State, call: &Call) -> Outcome {
    let channel_id = call.id("channel_id");
    let pins = state.channel(channel_id)?.pins.iter().rev().take(LEGACY_PINS);
    let messages: Result<Vec<Value>, DiscordError> = pins.map(|(_, id)| state.message(channel_id, *id)).collect();
    Ok(Answer::ok(Value::Array(messages?)))
}

/// Emits the events of the message and the channel after a message was pinned or unpinned.
fn changed(state: &mut State, channel: u64, message: u64) -> Result<(), DiscordError> {
    let guild = state.guild_of(channel);
    let last = state.channel(channel)?.pins.last().map(|(at, _)| iso(*at));
    state.channel_mut(channel)?.doc.insert("last_pin_timestamp".to_owned(), json!(last));
    let mut data = json!({"channel_id": channel.to_string(), "last_pin_timestamp": last});
    if let Some(guild) = guild {
        data["guild_id"] = json!(guild.to_string());
    }
    state.emit_message("MESSAGE_UPDATE", channel, message)?;
    state.emit("CHANNEL_PINS_UPDATE", guild, data);
    Ok(())
}

fn add(state: &mut State, call: &Call) -> Outcome {
    let (channel_id, id) = (call.id("channel_id"), call.id("message_id"));
    let author = state.message(channel_id, id)?["author"]["id"].clone();
    let now_ms = state.now_ms;
    let channel = state.channel_mut(channel_id)?;
    if !channel.messages.contains(id) {
        return Err(DiscordError::UNKNOWN_MESSAGE);
    }
    if channel.pins.iter().any(|(_, pinned)| *pinned == id) {
        return Ok(Answer::NONE);
    }
    if channel.pins.len() >= MAX_PINS {
        return Err(DiscordError::TOO_MANY_PINS);
    }
    // The time is the list's cursor, so each pin of a channel gets a different one.
    let at = channel.pins.last().map_or(now_ms, |(last, _)| now_ms.max(last + 1));
    channel.pins.push((at, id));
    changed(state, channel_id, id)?;
    let guild = state.guild_of(channel_id);
    if let Some(guild) = guild {
        state.audit(guild, call, 74, crate::sandbox::table::key(&author).unwrap_or(0));
    }
    announce(state, channel_id, id, guild)?;
    Ok(Answer::NONE)
}

/// Posts the system message which says that a message was pinned.
fn announce(state: &mut State, channel: u64, pinned: u64, guild: Option<u64>) -> Result<(), DiscordError> {
    let author = state.my_user();
    let draft = Draft { channel, author, kind: message::CHANNEL_PINNED, body: &Map::new(), files: &[], webhook: None };
    let id = message::post(state, &draft)?;
    let channel_data = state.channel_mut(channel)?;
    if let Some(mut system_message) = channel_data.messages.get(id) {
        system_message["message_reference"] = json!({
            "type": 0,
            "message_id": pinned.to_string(),
            "channel_id": channel.to_string(),
            "guild_id": guild.map(|id| id.to_string()),
        });
        channel_data.messages.set(id, system_message);
    }
    Ok(())
}

fn remove(state: &mut State, call: &Call) -> Outcome {
    let (channel_id, id) = (call.id("channel_id"), call.id("message_id"));
    let channel = state.channel_mut(channel_id)?;
    if !channel.messages.contains(id) {
        return Err(DiscordError::UNKNOWN_MESSAGE);
    }
    let before = channel.pins.len();
    channel.pins.retain(|(_, pinned)| *pinned != id);
    if channel.pins.len() < before {
        changed(state, channel_id, id)?;
        let author = state.message(channel_id, id)?["author"]["id"].clone();
        if let Some(guild) = state.guild_of(channel_id) {
            state.audit(guild, call, 75, crate::sandbox::table::key(&author).unwrap_or(0));
        }
    }
    Ok(Answer::NONE)
}
