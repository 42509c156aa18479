//! Interactions: how they are answered, followed up, and, here, made.

use serde_json::{Map, Value, json};

use super::Rows;
use super::message::{self, Draft};
use super::user::known;
use crate::sandbox::answer::{Answer, Outcome, Refusal};
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

/// Bits of a message's flags.
const EPHEMERAL: u64 = 1 << 6;
const LOADING: u64 = 1 << 7;

/// Makes an interaction, as a person does who types a command in `channel_id` (the first channel if
/// not said), and sends its event. `user_id`, `type` and `data` can be given.
pub(in crate::sandbox) fn invoke(state: &mut State, fields: &Map<String, Value>) -> Outcome {
    let user = known(state, fields.get("user_id")).unwrap_or(seed::OWNER);
    let channel = fields.get("channel_id").and_then(key).unwrap_or(seed::channel_id(0, 0));
    let place = state.channel_view(channel)?;
    let id = state.new_id();
    let token = random_text(160);
    let mut doc = json!({
        "id": id.to_string(),
        "application_id": state.me.to_string(),
        "type": fields.get("type").cloned().unwrap_or_else(|| json!(2)),
        "data": fields.get("data").cloned().unwrap_or_else(|| json!({"id": id.to_string(), "name": "ping", "type": 1})),
        "channel_id": channel.to_string(),
        "channel": place,
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
    // It has an intent of none, and goes to the shard of its server.
    state.emit("INTERACTION_CREATE", guild, doc.clone());
    Ok(Answer::created(doc))
}

fn respond(state: &mut State, call: &Call) -> Outcome {
    let id = call.id("interaction_id");
    let interaction = state.interactions.get(&id).ok_or(Refusal::UNKNOWN_INTERACTION)?;
    if interaction.token != call.text("interaction_token") {
        return Err(Refusal::UNKNOWN_INTERACTION);
    }
    if interaction.answered {
        return Err(Refusal::ALREADY_ACKNOWLEDGED);
    }
    let channel = interaction.channel;
    let kind = call.field("type").and_then(Value::as_u64).unwrap_or(0);
    let data = call.field("data").and_then(Value::as_object).cloned().unwrap_or_default();
    let original = match kind {
        // Pong; choices of an autocompletion; a form to fill in: none of them is a message.
        1 | 8 | 9 => None,
        // A message, now or later.
        4 => Some(say(state, id, channel, &data, call, true)?),
        5 => Some(think(state, id, channel, &data)?),
        // An update of the message that the component stands in, if there is one.
        6 | 7 => {
            let message = state.interactions.get(&id).and_then(|i| key(&i.doc["message"]["id"]));
            if let Some(message) = message.filter(|_| kind == 7) {
                message::change(state, channel, message, &data, &call.files)?;
            }
            message
        }
        _ => {
            return Err(Refusal::field(
                "type",
                "BASE_TYPE_CHOICES",
                "Value must be one of {1, 4, 5, 6, 7, 8, 9, 10, 12}.",
            ));
        }
    };
    let interaction = state.interactions.get_mut(&id).ok_or(Refusal::UNKNOWN_INTERACTION)?;
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

/// Writes a message of an interaction. Ephemeral ones are kept as the others are, which its reader
/// would not see at Discord.
fn say(
    state: &mut State,
    interaction: u64,
    channel: u64,
    body: &Map<String, Value>,
    call: &Call,
    first: bool,
) -> Result<u64, Refusal> {
    let kind = if first { message::CHAT_INPUT_COMMAND } else { message::DEFAULT };
    let author = state.my_user();
    let draft = Draft { channel, author, kind, body, files: &call.files, webhook: Some(state.me) };
    let id = message::post(state, &draft)?;
    let known = state.interactions.get_mut(&interaction).ok_or(Refusal::UNKNOWN_INTERACTION)?;
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

/// The message that says that the bot is thinking.
fn think(state: &mut State, interaction: u64, channel: u64, data: &Map<String, Value>) -> Result<u64, Refusal> {
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

/// The interaction of a token. The token may stand under either name: the rows of the first
/// response are those of a webhook.
fn of_token(state: &State, call: &Call) -> Result<u64, Refusal> {
    let token = [call.text("interaction_token"), call.text("webhook_token")].concat();
    let owner = if call.text("webhook_id").is_empty() { state.me } else { call.id("webhook_id") };
    if owner != state.me {
        return Err(Refusal::UNKNOWN_WEBHOOK);
    }
    let found = state.interactions.iter().find(|(_, i)| i.token == token).map(|(id, _)| *id);
    found.ok_or(Refusal::UNKNOWN_WEBHOOK)
}

/// The channel and the message of an interaction: the named one, or the first response.
fn place(state: &State, call: &Call, original: bool) -> Result<(u64, u64), Refusal> {
    let interaction = &state.interactions[&of_token(state, call)?];
    let message = if original || call.text("message_id") == "@original" {
        interaction.original
    } else {
        Some(call.id("message_id")).filter(|id| interaction.messages.contains(id))
    };
    Ok((interaction.channel, message.ok_or(Refusal::UNKNOWN_MESSAGE)?))
}

fn get_original(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = place(state, call, true)?;
    state.message(channel, id).map(Answer::ok)
}

fn edit_original(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = place(state, call, true)?;
    revise(state, call, channel, id)
}

fn delete_original(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = place(state, call, true)?;
    message::remove(state, channel, id)?;
    Ok(Answer::NONE)
}

/// Changes a message; one that was loading has loaded then.
fn revise(state: &mut State, call: &Call, channel: u64, id: u64) -> Outcome {
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
    let id = of_token(state, call)?;
    let interaction = &state.interactions[&id];
    if !interaction.answered {
        return Err(Refusal::UNKNOWN_WEBHOOK);
    }
    let channel = interaction.channel;
    let message = say(state, id, channel, &call.body, call, false)?;
    state.message(channel, message).map(Answer::ok)
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = place(state, call, false)?;
    state.message(channel, id).map(Answer::ok)
}

fn edit(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = place(state, call, false)?;
    revise(state, call, channel, id)
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = place(state, call, false)?;
    message::remove(state, channel, id)?;
    Ok(Answer::NONE)
}
