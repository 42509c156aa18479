//! Pinned messages.

use serde_json::{Map, Value, json};

use super::Rows;
use super::message::{self, Draft};
use crate::sandbox::answer::{Answer, Outcome, Refusal};
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

/// Discord's limit of a channel.
const MAX_PINS: usize = 250;

/// The old list shows no more than what the limit was in its time.
const LEGACY_PINS: usize = 50;

fn list(state: &mut State, call: &Call) -> Outcome {
    let channel_id = call.id("channel_id");
    let pins = &state.channel(channel_id)?.pins;
    let rows: Result<Vec<(u64, Value)>, Refusal> = pins
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
    let messages: Result<Vec<Value>, Refusal> = pins.map(|(_, id)| state.message(channel_id, *id)).collect();
    Ok(Answer::ok(Value::Array(messages?)))
}

/// When a message is pinned or unpinned, its event and that of its channel.
fn changed(state: &mut State, channel: u64, message: u64) -> Result<(), Refusal> {
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
        return Err(Refusal::UNKNOWN_MESSAGE);
    }
    if channel.pins.iter().any(|(_, pinned)| *pinned == id) {
        return Ok(Answer::NONE);
    }
    if channel.pins.len() >= MAX_PINS {
        return Err(Refusal::TOO_MANY_PINS);
    }
    // The time is the list's cursor: no two pins of a channel have the same.
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

/// The line in the channel that says that somebody pinned a message.
fn announce(state: &mut State, channel: u64, pinned: u64, guild: Option<u64>) -> Result<(), Refusal> {
    let author = state.my_user();
    let draft = Draft { channel, author, kind: message::CHANNEL_PINNED, body: &Map::new(), files: &[], webhook: None };
    let id = message::post(state, &draft)?;
    let place = state.channel_mut(channel)?;
    if let Some(mut line) = place.messages.get(id) {
        line["message_reference"] = json!({
            "type": 0,
            "message_id": pinned.to_string(),
            "channel_id": channel.to_string(),
            "guild_id": guild.map(|id| id.to_string()),
        });
        place.messages.set(id, line);
    }
    Ok(())
}

fn remove(state: &mut State, call: &Call) -> Outcome {
    let (channel_id, id) = (call.id("channel_id"), call.id("message_id"));
    let channel = state.channel_mut(channel_id)?;
    if !channel.messages.contains(id) {
        return Err(Refusal::UNKNOWN_MESSAGE);
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
