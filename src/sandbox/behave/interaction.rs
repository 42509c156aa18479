//! Interactions: creating them, which only the sandbox can, responses and follow-ups.

use serde_json::{Map, Value, json};

use super::Rows;
use super::message::{self, Draft};
use super::user::existing_user;
use crate::sandbox::answer::{Answer, DiscordError, Outcome};
use crate::sandbox::request::Call;
use crate::sandbox::seed;
use crate::sandbox::state::{Interaction, State, random_text};
use crate::sandbox::table::key;

pub(super) static ROWS: Rows = &[
    ("create_interaction_response", respond),
    ("get_original_webhook_message", get_original),
    ("update_original_webhook_message", edit_original),
    ("delete_original_webhook_message", delete_original),
    ("create_followup_message", follow_up),
    ("get_followup_message", get),
    ("edit_followup_message", edit),
    ("delete_followup_message", delete),
];

/// Message flags.
const EPHEMERAL: u64 = 1 << 6;
const LOADING: u64 = 1 << 7;

/// Creates an interaction, as if a user ran a command, and emits its event. The optional fields are
/// `channel_id` (default: the first channel), `user_id` (default: the owner), `type` and `data`.
pub(in crate::sandbox) fn invoke(state: &mut State, fields: &Map<String, Value>) -> Outcome {
    let user = existing_user(state, fields.get("user_id")).unwrap_or(seed::OWNER);
    let channel = fields.get("channel_id").and_then(key).unwrap_or(seed::channel_id(0, 0));
    let channel_view = state.channel_view(channel)?;
    let id = state.new_id();
    let token = random_text(160);
    let mut doc = json!({
        "id": id.to_string(),
        "application_id": state.me.to_string(),
        "type": fields.get("type").cloned().unwrap_or_else(|| json!(2)),
        "data": fields.get("data").cloned().unwrap_or_else(|| json!({"id": id.to_string(), "name": "ping", "type": 1})),
        "channel_id": channel.to_string(),
        "channel": channel_view,
        "token": token,
        "version": 1,
        "app_permissions": "9007199254740991",
        "locale": "en-US",
        "entitlements": [],
        "context": 0,
    });
    let guild = state.guild_of(channel);
    if let Some(guild) = guild {
        doc["guild_id"] = json!(guild.to_string());
        doc["guild"] = json!({"id": guild.to_string(), "locale": "en-US", "features": []});
        doc["member"] = state.member(guild, user)?;
    } else {
        doc["user"] = state.user(user)?;
    }
    let waiting =
        Interaction { token, doc: doc.clone(), channel, answered: false, original: None, messages: Vec::new() };
    state.interactions.insert(id, waiting);
    // The event requires no intent and is sent to the shard of its server.
    state.emit("INTERACTION_CREATE", guild, doc.clone());
    Ok(Answer::created(doc))
}

fn respond(state: &mut State, call: &Call) -> Outcome {
    let id = call.id("interaction_id");
    let interaction = state.interactions.get(&id).ok_or(DiscordError::UNKNOWN_INTERACTION)?;
    if interaction.token != call.text("interaction_token") {
        return Err(DiscordError::UNKNOWN_INTERACTION);
    }
    if interaction.answered {
        return Err(DiscordError::ALREADY_ACKNOWLEDGED);
    }
    let channel = interaction.channel;
    let kind = call.field("type").and_then(Value::as_u64).unwrap_or(0);
    let data = call.field("data").and_then(Value::as_object).cloned().unwrap_or_default();
    let original = match kind {
        // A pong, autocompletion choices and a modal are not messages.
        1 | 8 | 9 => None,
        // A message, or a deferred one.
        4 => Some(post_message(state, id, channel, &data, call, true)?),
        5 => Some(post_loading_message(state, id, channel, &data)?),
        // An update of the message that contains the component, if there is one.
        6 | 7 => {
            let message = state.interactions.get(&id).and_then(|i| key(&i.doc["message"]["id"]));
            if let Some(message) = message.filter(|_| kind == 7) {
                message::change(state, channel, message, &data, &call.files)?;
            }
            message
        }
        _ => {
            return Err(DiscordError::field(
                "type",
                "BASE_TYPE_CHOICES",
                "Value must be one of {1, 4, 5, 6, 7, 8, 9, 10, 12}.",
            ));
        }
    };
    let interaction = state.interactions.get_mut(&id).ok_or(DiscordError::UNKNOWN_INTERACTION)?;
    interaction.answered = true;
    interaction.original = original;
    if !call.query_flag("with_response") {
        return Ok(Answer::NONE);
    }
    let mut answer = json!({
        "interaction": {
            "id": id.to_string(),
            "type": interaction.doc["type"],
            "response_message_loading": kind == 5,
            "response_message_ephemeral": false,
        },
        "resource": {"type": kind},
    });
    if let Some(original) = original {
        answer["interaction"]["response_message_id"] = json!(original.to_string());
        answer["resource"]["message"] = state.message(channel, original)?;
    }
    Ok(Answer::ok(answer))
}

/// Posts a message of an interaction. Ephemeral messages are stored like all others, although
/// Discord does not store them in the channel.
fn post_message(
    state: &mut State,
    interaction: u64,
    channel: u64,
    body: &Map<String, Value>,
    call: &Call,
    first: bool,
) -> Result<u64, DiscordError> {
    let kind = if first { message::CHAT_INPUT_COMMAND } else { message::DEFAULT };
    let author = state.my_user();
    let draft = Draft { channel, author, kind, body, files: &call.files, webhook: Some(state.me) };
    let id = message::post(state, &draft)?;
    let known = state.interactions.get_mut(&interaction).ok_or(DiscordError::UNKNOWN_INTERACTION)?;
    known.messages.push(id);
    let doc = &known.doc;
    let user = if doc["member"]["user"].is_object() { &doc["member"]["user"] } else { &doc["user"] };
    let metadata = json!({"id": interaction.to_string(), "type": doc["type"], "user": user});
    if let Some(mut message) = state.channel(channel)?.messages.get(id) {
        message["interaction_metadata"] = metadata;
        message["application_id"] = json!(state.me.to_string());
        state.channel_mut(channel)?.messages.set(id, message);
    }
    Ok(id)
}

/// Posts the loading message of a deferred response.
fn post_loading_message(
    state: &mut State,
    interaction: u64,
    channel: u64,
    data: &Map<String, Value>,
) -> Result<u64, DiscordError> {
    let ephemeral = data.get("flags").and_then(Value::as_u64).unwrap_or(0) & EPHEMERAL;
    let id = state.new_id();
    let author = state.my_user();
    let message = json!({
        "type": message::CHAT_INPUT_COMMAND,
        "content": "",
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": false,
        "attachments": [],
        "embeds": [],
        "timestamp": state.now(),
        "edited_timestamp": null,
        "flags": LOADING | ephemeral,
        "components": [],
        "id": id.to_string(),
        "channel_id": channel.to_string(),
        "author": author,
        "pinned": false,
        "tts": false,
        "webhook_id": state.me.to_string(),
        "application_id": state.me.to_string(),
    });
    state.channel_mut(channel)?.messages.set(id, message);
    if let Some(known) = state.interactions.get_mut(&interaction) {
        known.messages.push(id);
    }
    state.emit_message("MESSAGE_CREATE", channel, id)?;
    Ok(id)
}

/// The interaction whose token is in the path. The parameter has two names, because the endpoints of
/// the original response are written as those of a webhook.
fn interaction_id(state: &State, call: &Call) -> Result<u64, DiscordError> {
    let token = [call.text("interaction_token"), call.text("webhook_token")].concat();
    let owner = if call.text("webhook_id").is_empty() { state.me } else { call.id("webhook_id") };
    if owner != state.me {
        return Err(DiscordError::UNKNOWN_WEBHOOK);
    }
    let found = state.interactions.iter().find(|(_, i)| i.token == token).map(|(id, _)| *id);
    found.ok_or(DiscordError::UNKNOWN_WEBHOOK)
}

/// The channel and the id of an interaction's message: the one in the path, or the original
/// response.
fn locate(state: &State, call: &Call, original: bool) -> Result<(u64, u64), DiscordError> {
    let interaction = &state.interactions[&interaction_id(state, call)?];
    let message = if original || call.text("message_id") == "@original" {
        interaction.original
    } else {
        Some(call.id("message_id")).filter(|id| interaction.messages.contains(id))
    };
    Ok((interaction.channel, message.ok_or(DiscordError::UNKNOWN_MESSAGE)?))
}

fn get_original(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = locate(state, call, true)?;
    state.message(channel, id).map(Answer::ok)
}

fn edit_original(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = locate(state, call, true)?;
    edit_message(state, call, channel, id)
}

fn delete_original(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = locate(state, call, true)?;
    message::remove(state, channel, id)?;
    Ok(Answer::NONE)
}

/// Edits a message and clears its loading flag.
fn edit_message(state: &mut State, call: &Call, channel: u64, id: u64) -> Outcome {
    let mut message = state.message(channel, id)?;
    let flags = message["flags"].as_u64().unwrap_or(0);
    if flags & LOADING != 0 {
        message["flags"] = json!(flags & !LOADING);
        state.channel_mut(channel)?.messages.set(id, message);
    }
    message::change(state, channel, id, &call.body, &call.files)?;
    state.message(channel, id).map(Answer::ok)
}

fn follow_up(state: &mut State, call: &Call) -> Outcome {
    let id = interaction_id(state, call)?;
    let interaction = &state.interactions[&id];
    if !interaction.answered {
        return Err(DiscordError::UNKNOWN_WEBHOOK);
    }
    let channel = interaction.channel;
    let message = post_message(state, id, channel, &call.body, call, false)?;
    state.message(channel, message).map(Answer::ok)
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = locate(state, call, false)?;
    state.message(channel, id).map(Answer::ok)
}

fn edit(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = locate(state, call, false)?;
    edit_message(state, call, channel, id)
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = locate(state, call, false)?;
    message::remove(state, channel, id)?;
    Ok(Answer::NONE)
}
