//! Messages: sending, editing, deleting, publishing.

use serde_json::{Map, Value, json};

use super::Rows;
use crate::model::filename;
use crate::sandbox::answer::{Answer, DiscordError, Outcome};
use crate::sandbox::request::{Call, Upload};
use crate::sandbox::state::{State, StoredFile, iso};
use crate::sandbox::table::key;

pub(super) static ROWS: Rows = &[
    ("list_messages", list),
    ("get_message", get),
    ("create_message", send),
    ("update_message", edit),
    ("delete_message", delete),
    ("bulk_delete_messages", bulk_delete),
    ("crosspost_message", crosspost),
];

/// The age up to which Discord deletes messages in bulk.
const BULK_DELETE_MS: i64 = 14 * 24 * 3_600_000;

/// Message flags.
const CROSSPOSTED: u64 = 1;
const COMPONENTS_V2: u64 = 1 << 15;

/// Message types.
pub(in crate::sandbox) const DEFAULT: u64 = 0;
pub(in crate::sandbox) const CHANNEL_PINNED: u64 = 6;
pub(in crate::sandbox) const THREAD_CREATED: u64 = 18;
const REPLY: u64 = 19;
pub(in crate::sandbox) const CHAT_INPUT_COMMAND: u64 = 20;
pub(in crate::sandbox) const THREAD_STARTER: u64 = 21;

/// A message to be posted.
pub(in crate::sandbox) struct Draft<'a> {
    pub channel: u64,
    pub author: Value,
    pub kind: u64,
    pub body: &'a Map<String, Value>,
    pub files: &'a [Upload],
    pub webhook: Option<u64>,
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let channel_id = call.id("channel_id");
    let (ids, _) = state.channel(channel_id)?.messages.page(&call.window());
    let messages: Result<Vec<Value>, DiscordError> = ids.into_iter().map(|id| state.message(channel_id, id)).collect();
    Ok(Answer::ok(Value::Array(messages?)))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    state.message(call.id("channel_id"), call.id("message_id")).map(Answer::ok)
}

fn send(state: &mut State, call: &Call) -> Outcome {
    let channel_id = call.id("channel_id");
    let nonce = call.field("nonce").map(|n| n.as_str().map_or_else(|| n.to_string(), str::to_owned));
    let nonce = nonce.map(|nonce| (channel_id, nonce));
    let now = state.now_ms;
    if let Some(nonce) = &nonce
        && let Some(id) = state.nonces.get(nonce, now)
        && call.flag("enforce_nonce")
        && let Ok(first) = state.message(channel_id, id)
    {
        return Ok(Answer::ok(first));
    }
    let draft = Draft {
        channel: channel_id,
        author: state.my_user(),
        kind: DEFAULT,
        body: &call.body,
        files: &call.files,
        webhook: None,
    };
    let id = post(state, &draft)?;
    if let Some(nonce) = nonce {
        state.nonces.set(nonce, id, now);
    }
    state.message(channel_id, id).map(Answer::ok)
}

/// Adds a message to its channel and emits its event. Returns its id.
pub(in crate::sandbox) fn post(state: &mut State, draft: &Draft<'_>) -> Result<u64, DiscordError> {
    let channel = state.channel(draft.channel)?;
    if !channel.holds_messages() {
        return Err(DiscordError::FORUM);
    }
    let metadata = channel.doc.get("thread_metadata");
    if metadata.is_some_and(|m| m["locked"] == json!(true) && m["archived"] == json!(true)) {
        return Err(DiscordError::THREAD_LOCKED);
    }
    let archived = metadata.is_some_and(|m| m["archived"] == json!(true));
    let system = !matches!(draft.kind, DEFAULT | REPLY | CHAT_INPUT_COMMAND);
    if !system && is_empty(draft.body, draft.files) {
        return Err(DiscordError::EMPTY_MESSAGE);
    }
    check_limits(draft.body, draft.files)?;
    let reference = reference_fields(state, draft)?;
    let id = state.new_id();
    let message = compose(state, draft, id, reference);
    let channel = state.channel_mut(draft.channel)?;
    channel.messages.set(id, Value::Object(message));
    if channel.is_thread() {
        for counter in ["message_count", "total_message_sent"] {
            let count = channel.doc.get(counter).and_then(Value::as_u64).unwrap_or(0);
            channel.doc.insert(counter.to_owned(), json!(count + 1));
        }
        // A message unarchives its thread.
        if archived && let Some(metadata) = channel.doc.get_mut("thread_metadata") {
            metadata["archived"] = json!(false);
        }
    }
    if archived {
        let guild = state.guild_of(draft.channel);
        let thread = state.channel_view(draft.channel)?;
        state.emit("THREAD_UPDATE", guild, thread);
    }
    state.emit_message("MESSAGE_CREATE", draft.channel, id)?;
    Ok(id)
}

fn compose(state: &mut State, draft: &Draft<'_>, id: u64, reference: Map<String, Value>) -> Map<String, Value> {
    let body = draft.body;
    let content = body.get("content").and_then(Value::as_str).unwrap_or_default();
    let attachments = attachments(state, draft.channel, body, draft.files, &[]);
    let mut message = Map::new();
    let kind = if draft.kind == DEFAULT && reference.contains_key("referenced_message") { REPLY } else { draft.kind };
    message.insert("type".to_owned(), json!(kind));
    message.insert("content".to_owned(), json!(content));
    set_mentions(state, draft.channel, &mut message, body.get("allowed_mentions"));
    message.insert("attachments".to_owned(), json!(attachments));
    message.insert("embeds".to_owned(), embeds(body));
    message.insert("timestamp".to_owned(), json!(iso(state.now_ms)));
    message.insert("edited_timestamp".to_owned(), Value::Null);
    message.insert("flags".to_owned(), body.get("flags").filter(|f| !f.is_null()).cloned().unwrap_or(json!(0)));
    message.insert("components".to_owned(), list_of(body, "components"));
    message.insert("id".to_owned(), json!(id.to_string()));
    message.insert("channel_id".to_owned(), json!(draft.channel.to_string()));
    message.insert("author".to_owned(), draft.author.clone());
    message.insert("pinned".to_owned(), json!(false));
    message.insert("tts".to_owned(), json!(body.get("tts") == Some(&json!(true))));
    if let Some(nonce) = body.get("nonce").filter(|n| !n.is_null()) {
        message.insert("nonce".to_owned(), nonce.clone());
    }
    if let Some(webhook) = draft.webhook {
        message.insert("webhook_id".to_owned(), json!(webhook.to_string()));
    }
    if let Some(stickers) = body.get("sticker_ids").and_then(Value::as_array).filter(|s| !s.is_empty()) {
        let items: Vec<Value> =
            stickers.iter().map(|id| json!({"id": id, "name": "sticker", "format_type": 1})).collect();
        message.insert("sticker_items".to_owned(), json!(items));
    }
    if let Some(poll) = body.get("poll").filter(|p| p.is_object()) {
        message.insert("poll".to_owned(), open_poll(poll, state.now_ms));
    }
    message.extend(reference);
    message
}

/// Checks the limits that concern several fields, which the catalogue cannot express.
fn check_limits(body: &Map<String, Value>, files: &[Upload]) -> Result<(), DiscordError> {
    const MAX_FILES: usize = 10;
    const MAX_EMBED_LENGTH: usize = 6000;
    if files.len() > MAX_FILES {
        return Err(DiscordError::TOO_MANY_FILES);
    }
    let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let embed_length = |embed: &Value| {
        let fields = embed["fields"].as_array().into_iter().flatten();
        let own = [&embed["title"], &embed["description"], &embed["footer"]["text"], &embed["author"]["name"]];
        own.into_iter().map(length).sum::<usize>()
            + fields.map(|f| length(&f["name"]) + length(&f["value"])).sum::<usize>()
    };
    check_voice_message(body, files)?;
    let embeds = body.get("embeds").and_then(Value::as_array).into_iter().flatten();
    if embeds.map(embed_length).sum::<usize>() > MAX_EMBED_LENGTH {
        let message = "Embed size exceeds maximum size of 6000";
        return Err(DiscordError::field("embeds", "MAX_EMBED_SIZE_EXCEEDED", message));
    }
    Ok(())
}

/// Checks that a voice message is a single audio file with its duration and waveform, and has no
/// other content.
fn check_voice_message(body: &Map<String, Value>, files: &[Upload]) -> Result<(), DiscordError> {
    const IS_VOICE_MESSAGE: u64 = 1 << 13;
    let flags = body.get("flags").and_then(Value::as_u64).unwrap_or(0);
    if flags & IS_VOICE_MESSAGE == 0 {
        return Ok(());
    }
    if !is_empty(body, &[]) {
        return Err(DiscordError::VOICE_CONTENT);
    }
    match files {
        [file] if file.mime.starts_with("audio/") => {}
        _ => return Err(DiscordError::VOICE_FILES),
    }
    let entry = body.get("attachments").and_then(|list| list.get(0)).unwrap_or(&Value::Null);
    match (entry["duration_secs"].is_number(), entry["waveform"].is_string()) {
        (true, true) => Ok(()),
        _ => Err(DiscordError::VOICE_METADATA),
    }
}

fn is_empty(body: &Map<String, Value>, files: &[Upload]) -> bool {
    let is_filled = |name: &str| match body.get(name) {
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(object)) => !object.is_empty(),
        _ => false,
    };
    let forwards = body.get("message_reference").is_some_and(|r| r["type"] == json!(1));
    files.is_empty()
        && !forwards
        && !["content", "embeds", "sticker_ids", "components", "poll", "shared_client_theme"].into_iter().any(is_filled)
}

/// The fields of a reply or a forward.
fn reference_fields(state: &State, draft: &Draft<'_>) -> Result<Map<String, Value>, DiscordError> {
    let mut fields = Map::new();
    let Some(reference) = draft.body.get("message_reference").filter(|r| r.is_object()) else { return Ok(fields) };
    let forward = reference["type"] == json!(1);
    let id = key(&reference["message_id"]).unwrap_or(0);
    let channel_id = key(&reference["channel_id"]).unwrap_or(draft.channel);
    let found = state.message(channel_id, id);
    if found.is_err() && (forward || reference["fail_if_not_exists"] != json!(false)) {
        return Err(DiscordError::field("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message"));
    }
    if !forward && channel_id != draft.channel {
        return Err(DiscordError::field(
            "message_reference",
            "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL",
            "Cannot reply to a message in a different channel",
        ));
    }
    let Ok(mut original) = found else { return Ok(fields) };
    let mut shown = json!({
        "type": u64::from(forward),
        "message_id": id.to_string(),
        "channel_id": channel_id.to_string(),
    });
    if let Some(guild) = state.guild_of(channel_id) {
        shown["guild_id"] = json!(guild.to_string());
    }
    fields.insert("message_reference".to_owned(), shown);
    if forward {
        let mut snapshot = Map::new();
        for name in ["type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "mentions"] {
            snapshot.insert(name.to_owned(), original[name].take());
        }
        fields.insert("message_snapshots".to_owned(), json!([{"message": snapshot}]));
    } else {
        // A reply to a reply contains only the message it refers to.
        if let Some(fields) = original.as_object_mut() {
            fields.remove("referenced_message");
        }
        fields.insert("referenced_message".to_owned(), original);
    }
    Ok(fields)
}

fn embeds(body: &Map<String, Value>) -> Value {
    let mut embeds = list_of(body, "embeds");
    for embed in embeds.as_array_mut().into_iter().flatten() {
        if let Some(fields) = embed.as_object_mut() {
            fields.entry("type").or_insert(json!("rich"));
        }
    }
    embeds
}

fn list_of(body: &Map<String, Value>, name: &str) -> Value {
    body.get(name).filter(|v| v.is_array()).cloned().unwrap_or_else(|| json!([]))
}

/// The attachments of a message: those of `existing` that the body's list names, and the new files.
///
/// An entry of the list with the id of an existing attachment keeps that attachment; an entry whose
/// id is the number of a file describes that file.
fn attachments(
    state: &mut State,
    channel: u64,
    body: &Map<String, Value>,
    files: &[Upload],
    existing: &[Value],
) -> Vec<Value> {
    let listed = body.get("attachments").and_then(Value::as_array).cloned().unwrap_or_default();
    let updated = |old: &Value| {
        let entry = listed.iter().find(|entry| key(&entry["id"]) == key(&old["id"]))?;
        let mut attachment = old.clone();
        if let Some(description) = entry.get("description") {
            attachment["description"] = description.clone();
        }
        if let Some(spoiler) = entry["is_spoiler"].as_bool() {
            attachment["flags"] = json!(if spoiler { IS_SPOILER } else { 0 });
        }
        Some(attachment)
    };
    let mut attachments: Vec<Value> = existing.iter().filter_map(updated).collect();
    for (index, file) in files.iter().enumerate() {
        let number = file.part.strip_prefix("files[").and_then(|rest| rest.strip_suffix(']'));
        let number = number.and_then(|n| n.parse().ok()).unwrap_or(index as u64);
        let entry = listed.iter().find(|entry| key(&entry["id"]) == Some(number));
        attachments.push(store_attachment(state, channel, file, entry.unwrap_or(&Value::Null)));
    }
    attachments
}

/// An attachment flag.
const IS_SPOILER: u64 = 1 << 3;

/// How long Discord's attachment URLs are valid.
const URL_LIFETIME_MS: i64 = 24 * 3_600_000;

/// Stores a file. Returns it as an attachment, with the fields of its entry.
fn store_attachment(state: &mut State, channel: u64, file: &Upload, entry: &Value) -> Value {
    let id = state.new_id();
    let named = entry["filename"].as_str().unwrap_or(&file.filename);
    let filename = filename::stored(named);
    let expires = (state.now_ms + URL_LIFETIME_MS) / 1000;
    let url = format!(
        "{}/attachments/{channel}/{id}/{filename}?ex={expires:x}&is={:x}&hm=0",
        state.base,
        state.now_ms / 1000
    );
    let stored = StoredFile { mime: file.mime.clone(), bytes: file.bytes.clone() };
    state.store_file(id, stored);
    let mut attachment = json!({
        "id": id.to_string(),
        "filename": filename,
        "size": file.bytes.len(),
        "url": url,
        "proxy_url": url,
        "content_type": file.mime,
    });
    if let Some(title) = filename::title(named) {
        attachment["title"] = json!(title);
    }
    for name in ["title", "description", "duration_secs", "waveform"] {
        if let Some(value) = entry.get(name).filter(|value| !value.is_null()) {
            attachment[name] = value.clone();
        }
    }
    if entry["is_spoiler"] == json!(true) || named.starts_with("SPOILER_") {
        attachment["flags"] = json!(IS_SPOILER);
    }
    attachment
}

/// Sets `mentions`, `mention_roles` and `mention_everyone` from the content, as `allowed_mentions`
/// permits.
fn set_mentions(state: &State, channel: u64, message: &mut Map<String, Value>, allowed: Option<&Value>) {
    let content = message.get("content").and_then(Value::as_str).unwrap_or_default().to_owned();
    let allowed = allowed.filter(|a| a.is_object());
    let allows = |kind: &str, list: &str, id: Option<u64>| {
        allowed.is_none_or(|allowed| {
            let named = |value: &Value, wanted: &Value| value.as_array().is_some_and(|l| l.contains(wanted));
            named(&allowed["parse"], &json!(kind)) || id.is_some_and(|id| named(&allowed[list], &json!(id.to_string())))
        })
    };
    let guild = state.guild_of(channel);
    let (mut users, mut roles) = (Vec::new(), Vec::new());
    for part in content.split('<').skip(1) {
        let Some((inner, _)) = part.split_once('>') else { continue };
        let Some(inner) = inner.strip_prefix('@') else { continue };
        if let Some(id) = inner.strip_prefix('&').and_then(|id| id.parse::<u64>().ok()) {
            let known = guild.and_then(|g| state.guilds.get(&g)).is_some_and(|g| g.roles.contains_key(&id));
            let id_text = json!(id.to_string());
            if known && allows("roles", "roles", Some(id)) && !roles.contains(&id_text) {
                roles.push(id_text);
            }
        } else if let Ok(id) = inner.trim_start_matches('!').parse::<u64>()
            && let Ok(user) = state.user(id)
            && allows("users", "users", Some(id))
            && !users.contains(&user)
        {
            users.push(user);
        }
    }
    let everyone = (content.contains("@everyone") || content.contains("@here")) && allows("everyone", "", None);
    message.insert("mentions".to_owned(), json!(users));
    message.insert("mention_roles".to_owned(), json!(roles));
    message.insert("mention_everyone".to_owned(), json!(everyone));
}

fn open_poll(poll: &Value, now_ms: i64) -> Value {
    const DEFAULT_HOURS: i64 = 24;
    let hours = poll["duration"].as_i64().unwrap_or(DEFAULT_HOURS);
    let answers: Vec<Value> = poll["answers"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(i, answer)| json!({"answer_id": i + 1, "poll_media": answer["poll_media"]}))
        .collect();
    json!({
        "question": poll["question"],
        "answers": answers,
        "expiry": iso(now_ms + hours * 3_600_000),
        "allow_multiselect": poll["allow_multiselect"] == json!(true),
        "layout_type": 1,
        "results": {"is_finalized": false, "answer_counts": []},
    })
}

fn edit(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = (call.id("channel_id"), call.id("message_id"));
    let message = state.message(channel, id)?;
    let own = message["author"]["id"] == json!(state.me.to_string()) && message.get("webhook_id").is_none();
    // In other users' messages, only the flags can be changed.
    if !own && call.body.keys().any(|field| field != "flags") {
        return Err(DiscordError::NOT_THE_AUTHOR);
    }
    change(state, channel, id, &call.body, &call.files)?;
    state.message(channel, id).map(Answer::ok)
}

/// Edits a message and emits its event.
pub(in crate::sandbox) fn change(
    state: &mut State,
    channel: u64,
    id: u64,
    body: &Map<String, Value>,
    files: &[Upload],
) -> Result<(), DiscordError> {
    let Some(Value::Object(mut message)) = state.channel(channel)?.messages.get(id) else {
        return Err(DiscordError::UNKNOWN_MESSAGE);
    };
    if state.channel(channel)?.doc.get("thread_metadata").is_some_and(|m| m["archived"] == json!(true)) {
        return Err(DiscordError::THREAD_ARCHIVED);
    }
    check_limits(body, files)?;
    if let Some(content) = body.get("content") {
        message.insert("content".to_owned(), json!(content.as_str().unwrap_or_default()));
        set_mentions(state, channel, &mut message, body.get("allowed_mentions"));
    }
    if body.contains_key("embeds") {
        message.insert("embeds".to_owned(), embeds(body));
    }
    if body.contains_key("components") {
        message.insert("components".to_owned(), list_of(body, "components"));
    }
    if let Some(flags) = body.get("flags").filter(|f| !f.is_null()) {
        message.insert("flags".to_owned(), flags.clone());
    }
    // Since version 10, a request with files or a list of attachments removes every attachment that
    // the list does not name.
    if body.contains_key("attachments") || !files.is_empty() {
        let existing = message.get("attachments").and_then(Value::as_array).cloned().unwrap_or_default();
        let attachments = attachments(state, channel, body, files, &existing);
        message.insert("attachments".to_owned(), json!(attachments));
    }
    if is_left_empty(&message) {
        return Err(DiscordError::EMPTY_MESSAGE);
    }
    message.insert("edited_timestamp".to_owned(), state.now());
    state.channel_mut(channel)?.messages.set(id, Value::Object(message));
    state.emit_message("MESSAGE_UPDATE", channel, id)
}

/// Whether an edited message has no content.
fn is_left_empty(message: &Map<String, Value>) -> bool {
    let v2 = message.get("flags").and_then(Value::as_u64).unwrap_or(0) & COMPONENTS_V2 != 0;
    let empty = |name: &str| match message.get(name) {
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Null) | None => true,
        Some(_) => false,
    };
    !v2 && ["content", "embeds", "attachments", "components", "sticker_items", "poll", "message_snapshots"]
        .into_iter()
        .all(empty)
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = (call.id("channel_id"), call.id("message_id"));
    let author = state.message(channel, id)?["author"]["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(0);
    remove(state, channel, id)?;
    if author != state.me
        && let Some(guild) = state.guild_of(channel)
    {
        state.audit(guild, call, 72, author);
    }
    Ok(Answer::NONE)
}

/// Deletes a message with its pin, reactions and files, and emits its event.
pub(in crate::sandbox) fn remove(state: &mut State, channel: u64, id: u64) -> Result<(), DiscordError> {
    remove_without_event(state, channel, id)?;
    let guild = state.guild_of(channel);
    let mut data = json!({"id": id.to_string(), "channel_id": channel.to_string()});
    if let Some(guild) = guild {
        data["guild_id"] = json!(guild.to_string());
    }
    state.emit("MESSAGE_DELETE", guild, data);
    Ok(())
}

fn remove_without_event(state: &mut State, channel: u64, id: u64) -> Result<(), DiscordError> {
    let channel = state.channel_mut(channel)?;
    let message = channel.messages.remove(id).ok_or(DiscordError::UNKNOWN_MESSAGE)?;
    channel.pins.retain(|(_, pinned)| *pinned != id);
    channel.reactions.remove(&id);
    for attachment in message["attachments"].as_array().into_iter().flatten() {
        if let Some(id) = key(&attachment["id"]) {
            state.files.remove(&id);
        }
    }
    Ok(())
}

fn bulk_delete(state: &mut State, call: &Call) -> Outcome {
    let channel = call.id("channel_id");
    let mut ids: Vec<u64> =
        call.field("messages").and_then(Value::as_array).into_iter().flatten().filter_map(key).collect();
    ids.sort_unstable();
    ids.dedup();
    if !(2..=100).contains(&ids.len()) {
        return Err(DiscordError::BULK_DELETE_COUNT);
    }
    let oldest = crate::model::Snowflake::at(state.now_ms - BULK_DELETE_MS).get();
    if ids[0] < oldest {
        return Err(DiscordError::TOO_OLD);
    }
    let guild = state.guild_of(channel).ok_or(DiscordError::DM_CHANNEL)?;
    // Discord ignores ids of messages that do not exist.
    ids.retain(|id| remove_without_event(state, channel, *id).is_ok());
    let texts: Vec<String> = ids.iter().map(u64::to_string).collect();
    let data = json!({"ids": texts, "channel_id": channel.to_string(), "guild_id": guild.to_string()});
    state.emit("MESSAGE_DELETE_BULK", Some(guild), data);
    state.audit(guild, call, 73, channel);
    Ok(Answer::NONE)
}

fn crosspost(state: &mut State, call: &Call) -> Outcome {
    const ANNOUNCEMENT: u64 = 5;
    let (channel, id) = (call.id("channel_id"), call.id("message_id"));
    if state.channel(channel)?.kind() != ANNOUNCEMENT {
        return Err(DiscordError::CHANNEL_TYPE);
    }
    let mut message = state.channel(channel)?.messages.get(id).ok_or(DiscordError::UNKNOWN_MESSAGE)?;
    let flags = message["flags"].as_u64().unwrap_or(0);
    if flags & CROSSPOSTED != 0 {
        return Err(DiscordError::ALREADY_CROSSPOSTED);
    }
    message["flags"] = json!(flags | CROSSPOSTED);
    state.channel_mut(channel)?.messages.set(id, message);
    state.emit_message("MESSAGE_UPDATE", channel, id)?;
    state.message(channel, id).map(Answer::ok)
}
