//! Webhooks, by id and by token, and their messages.

use serde_json::{Map, Value, json};

use super::Rows;
use super::message::{self, Draft};
use super::thread;
use crate::sandbox::answer::{Answer, DiscordError, Outcome};
use crate::sandbox::request::Call;
use crate::sandbox::state::{State, merge, random_text};
use crate::sandbox::table::key;

pub(super) static ROWS: Rows = &[
    ("create_webhook", create),
    ("list_channel_webhooks", list_in_channel),
    ("get_guild_webhooks", list),
    ("get_webhook", get),
    ("get_webhook_by_token", get_by_token),
    ("update_webhook", edit),
    ("update_webhook_by_token", edit_by_token),
    ("delete_webhook", delete),
    ("delete_webhook_by_token", delete_by_token),
    ("execute_webhook", send),
    ("execute_slack_compatible_webhook", send_slack),
    ("execute_github_compatible_webhook", send_github),
    ("get_webhook_message", get_message),
    ("update_webhook_message", edit_message),
    ("delete_webhook_message", delete_message),
];

/// Discord's limit of webhooks per channel.
const MAX_WEBHOOKS: usize = 15;

/// The length of a webhook's token.
const TOKEN_LENGTH: usize = 68;

fn view(state: &State, webhook: &Value) -> Value {
    let mut webhook = webhook.clone();
    let id = webhook["id"].as_str().unwrap_or_default();
    if let Some(token) = webhook["token"].as_str() {
        webhook["url"] = json!(format!("{}/api/webhooks/{id}/{token}", state.base));
    }
    webhook
}

/// A webhook as Discord returns it to a request with the webhook's token: without its creator.
fn view_by_token(state: &State, webhook: &Value) -> Value {
    let mut webhook = view(state, webhook);
    if let Some(fields) = webhook.as_object_mut() {
        fields.remove("user");
    }
    webhook
}

fn webhook(state: &State, call: &Call) -> Result<Value, DiscordError> {
    state.webhooks.get(&call.id("webhook_id")).cloned().ok_or(DiscordError::UNKNOWN_WEBHOOK)
}

fn by_token(state: &State, call: &Call) -> Result<Value, DiscordError> {
    let webhook = webhook(state, call)?;
    if webhook["token"] == json!(call.text("webhook_token")) {
        Ok(webhook)
    } else {
        Err(DiscordError::BAD_WEBHOOK_TOKEN)
    }
}

fn changed(state: &mut State, webhook: &Value) {
    let guild = key(&webhook["guild_id"]);
    let data = json!({"guild_id": webhook["guild_id"], "channel_id": webhook["channel_id"]});
    state.emit("WEBHOOKS_UPDATE", guild, data);
}

fn create(state: &mut State, call: &Call) -> Outcome {
    const INCOMING: u64 = 1;
    let channel = call.id("channel_id");
    let channel_data = state.channel(channel)?;
    let guild = state.guild_of(channel).ok_or(DiscordError::DM_CHANNEL)?;
    if channel_data.is_thread() || !(channel_data.holds_messages() || channel_data.is_forum()) {
        return Err(DiscordError::CHANNEL_TYPE);
    }
    let name = call.field_str("name").unwrap_or_default().trim().to_owned();
    // Discord does not allow its own names.
    for word in ["clyde", "discord"] {
        if name.to_lowercase().contains(word) {
            let message = format!("Username cannot contain \"{word}\"");
            return Err(DiscordError::field("name", "USERNAME_INVALID_CONTAINS", &message));
        }
    }
    let own = state.webhooks.values().filter(|w| key(&w["channel_id"]) == Some(channel)).count();
    if own >= MAX_WEBHOOKS {
        return Err(DiscordError::TOO_MANY_WEBHOOKS);
    }
    let id = state.new_id();
    let webhook = json!({
        "id": id.to_string(),
        "type": INCOMING,
        "guild_id": guild.to_string(),
        "channel_id": channel.to_string(),
        "name": name,
        "avatar": call.field("avatar").map(|_| random_text(32).to_lowercase()),
        "token": random_text(TOKEN_LENGTH),
        "application_id": state.me.to_string(),
        "user": state.my_user(),
    });
    state.webhooks.insert(id, webhook.clone());
    changed(state, &webhook);
    state.audit(guild, call, 50, id);
    Ok(Answer::ok(view(state, &webhook)))
}

fn list_in_channel(state: &mut State, call: &Call) -> Outcome {
    Ok(Answer::ok(list_by(state, "channel_id", call.id("channel_id"))))
}

fn list(state: &mut State, call: &Call) -> Outcome {
    Ok(Answer::ok(list_by(state, "guild_id", call.id("guild_id"))))
}

fn list_by(state: &State, field: &str, id: u64) -> Value {
    state.webhooks.values().filter(|w| key(&w[field]) == Some(id)).map(|w| view(state, w)).collect()
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let webhook = webhook(state, call)?;
    Ok(Answer::ok(view(state, &webhook)))
}

fn get_by_token(state: &mut State, call: &Call) -> Outcome {
    let webhook = by_token(state, call)?;
    Ok(Answer::ok(view_by_token(state, &webhook)))
}

fn edit(state: &mut State, call: &Call) -> Outcome {
    let mut webhook = webhook(state, call)?;
    if let Some(channel) = call.field_id("channel_id") {
        if state.guild_of(channel) != key(&webhook["guild_id"]) {
            return Err(DiscordError::UNKNOWN_CHANNEL);
        }
        webhook["channel_id"] = json!(channel.to_string());
    }
    let webhook = rename(state, call, webhook);
    if let Some(guild) = key(&webhook["guild_id"]) {
        state.audit(guild, call, 51, call.id("webhook_id"));
    }
    Ok(Answer::ok(view(state, &webhook)))
}

fn edit_by_token(state: &mut State, call: &Call) -> Outcome {
    let webhook = by_token(state, call)?;
    let webhook = rename(state, call, webhook);
    Ok(Answer::ok(view_by_token(state, &webhook)))
}

fn rename(state: &mut State, call: &Call, mut webhook: Value) -> Value {
    if let Some(fields) = webhook.as_object_mut() {
        let mut body = call.body.clone();
        body.retain(|field, value| field != "name" || !value.is_null());
        merge(fields, &body, &["name"]);
    }
    if let Some(avatar) = call.body.get("avatar") {
        webhook["avatar"] = if avatar.is_null() { Value::Null } else { json!(random_text(32).to_lowercase()) };
    }
    state.webhooks.insert(call.id("webhook_id"), webhook.clone());
    changed(state, &webhook);
    webhook
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let webhook = webhook(state, call)?;
    remove(state, call, &webhook)
}

fn delete_by_token(state: &mut State, call: &Call) -> Outcome {
    let webhook = by_token(state, call)?;
    remove(state, call, &webhook)
}

fn remove(state: &mut State, call: &Call, webhook: &Value) -> Outcome {
    let id = call.id("webhook_id");
    state.webhooks.remove(&id);
    changed(state, webhook);
    if let Some(guild) = key(&webhook["guild_id"]) {
        state.audit(guild, call, 52, id);
    }
    Ok(Answer::NONE)
}

/// The author of a webhook's messages.
fn author(webhook: &Value, body: &Map<String, Value>) -> Value {
    let name = body.get("username").filter(|n| n.is_string()).unwrap_or(&webhook["name"]);
    json!({
        "id": webhook["id"],
        "username": name,
        "discriminator": "0000",
        "global_name": null,
        "avatar": webhook["avatar"],
        "bot": true,
        "public_flags": 0,
        "flags": 0,
    })
}

/// The channel that a request sends to: the webhook's channel, or a thread in it.
fn target(state: &State, call: &Call, webhook: &Value) -> Result<u64, DiscordError> {
    let channel = key(&webhook["channel_id"]).unwrap_or(0);
    let Some(thread) = call.query_id("thread_id") else { return Ok(channel) };
    let found = state.channel(thread)?;
    if found.is_thread() && found.parent() == Some(channel) { Ok(thread) } else { Err(DiscordError::UNKNOWN_CHANNEL) }
}

fn send(state: &mut State, call: &Call) -> Outcome {
    let webhook = by_token(state, call)?;
    execute(state, call, &webhook, &call.body)
}

/// Sends a message. The answer contains it only with `wait=true`.
fn execute(state: &mut State, call: &Call, webhook: &Value, body: &Map<String, Value>) -> Outcome {
    let channel = target(state, call, webhook)?;
    let author = author(webhook, body);
    let id = key(&webhook["id"]);
    let (sent_to, message) = if state.channel(channel)?.is_forum() {
        if call.field("thread_name").is_none() {
            return Err(DiscordError::WEBHOOK_NEEDS_THREAD);
        }
        let (thread, _) = thread::first_message(state, call, channel, body, author, id)?;
        (thread, thread)
    } else {
        let draft = Draft { channel, author, kind: message::DEFAULT, body, files: &call.files, webhook: id };
        (channel, message::post(state, &draft)?)
    };
    if call.query_flag("wait") { state.message(sent_to, message).map(Answer::ok) } else { Ok(Answer::NONE) }
}

fn send_slack(state: &mut State, call: &Call) -> Outcome {
    let webhook = by_token(state, call)?;
    let mut body = Map::new();
    body.insert("content".to_owned(), call.field("text").cloned().unwrap_or_default());
    body.insert("username".to_owned(), call.field("username").cloned().unwrap_or_default());
    let embeds: Vec<Value> = call
        .field("attachments")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|a| json!({"title": a["title"], "description": a["text"]}))
        .collect();
    body.insert("embeds".to_owned(), json!(embeds));
    execute(state, call, &webhook, &body)?;
    // Slack's endpoint answers with this text.
    Ok(if call.query_flag("wait") { Answer::ok(json!("ok")) } else { Answer::NONE })
}

fn send_github(state: &mut State, call: &Call) -> Outcome {
    let webhook = by_token(state, call)?;
    let repository = call.body.get("repository").map(|r| r["full_name"].clone()).unwrap_or_default();
    let title = format!("[{}] event", repository.as_str().unwrap_or("repository"));
    let mut body = Map::new();
    body.insert("embeds".to_owned(), json!([{"title": title}]));
    execute(state, call, &webhook, &body)?;
    Ok(Answer::NONE)
}

/// The channel and the id of a message that this webhook has sent.
fn own_message(state: &State, call: &Call) -> Result<(u64, u64), DiscordError> {
    let webhook = by_token(state, call)?;
    let channel = target(state, call, &webhook)?;
    let id = call.id("message_id");
    let message = state.message(channel, id)?;
    if message["webhook_id"] == webhook["id"] { Ok((channel, id)) } else { Err(DiscordError::UNKNOWN_MESSAGE) }
}

fn get_message(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = own_message(state, call)?;
    state.message(channel, id).map(Answer::ok)
}

fn edit_message(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = own_message(state, call)?;
    message::change(state, channel, id, &call.body, &call.files)?;
    state.message(channel, id).map(Answer::ok)
}

fn delete_message(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = own_message(state, call)?;
    message::remove(state, channel, id)?;
    Ok(Answer::NONE)
}
