//! Channels: creating, editing, sorting and deleting them, permission overwrites, typing, following
//! and voice status.

use serde_json::{Map, Value, json};

use super::Rows;
use crate::sandbox::answer::{Answer, DiscordError, Outcome};
use crate::sandbox::request::{Call, Caller};
use crate::sandbox::seed::channel_doc;
use crate::sandbox::state::{Channel, State, merge, random_text};
use crate::sandbox::table::key;
use crate::sandbox::visibility::OBFUSCATED;

pub(super) static ROWS: Rows = &[
    ("get_channel", get),
    ("update_channel", edit),
    ("delete_channel", delete),
    ("list_guild_channels", list),
    ("create_guild_channel", create),
    ("bulk_update_guild_channels", reorder),
    ("set_channel_permission_overwrite", set_permission),
    ("delete_channel_permission_overwrite", delete_permission),
    ("trigger_typing_indicator", typing),
    ("follow_channel", follow),
    ("update_voice_channel_status", voice_status),
];

/// Discord's limit of channels per server.
const MAX_CHANNELS: usize = 500;

/// The fields of a channel that a request can set.
const EDITABLE: &[&str] = &[
    "name",
    "type",
    "position",
    "topic",
    "nsfw",
    "rate_limit_per_user",
    "bitrate",
    "user_limit",
    "permission_overwrites",
    "parent_id",
    "rtc_region",
    "video_quality_mode",
    "default_auto_archive_duration",
    "flags",
    "available_tags",
    "default_reaction_emoji",
    "default_thread_rate_limit_per_user",
    "default_sort_order",
    "default_forum_layout",
];

/// The fields of a thread that a request can set, besides those in its metadata.
const EDITABLE_IN_THREADS: &[&str] = &["name", "rate_limit_per_user", "flags", "applied_tags"];

fn get(state: &mut State, call: &Call) -> Outcome {
    state.channel_view(call.id("channel_id")).map(Answer::ok)
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let shown = |id: &u64| call.caller != Caller::Bot || !state.is_hidden(*id);
    let channels: Result<Vec<Value>, DiscordError> =
        state.channels_of(call.id("guild_id")).into_iter().filter(shown).map(|id| state.channel_view(id)).collect();
    Ok(Answer::ok(Value::Array(channels?)))
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let guild = call.id("guild_id");
    let siblings = state.channels_of(guild).len();
    if siblings >= MAX_CHANNELS {
        return Err(DiscordError::TOO_MANY_CHANNELS);
    }
    let kind = call.field("type").and_then(Value::as_u64).unwrap_or(0);
    check_parent(state, guild, &call.body)?;
    let id = state.new_id();
    let name = normalized_name(call.field_str("name").unwrap_or_default(), kind);
    let mut doc = channel_doc(id, guild, &name, kind, siblings as u64);
    let mut body = call.body.clone();
    body.retain(|field, value| field != "name" && field != "type" && !value.is_null());
    merge(&mut doc, &body, EDITABLE);
    clear_read_only_flags(&mut doc);
    if !body.contains_key("permission_overwrites")
        && let Some(category) = body.get("parent_id").and_then(key)
        && let Some(list) = state.channel(category)?.doc.get("permission_overwrites")
    {
        doc.insert("permission_overwrites".to_owned(), list.clone());
    }
    assign_tag_ids(state, &mut doc);
    state.channels.insert(id, Channel { doc, ..Channel::default() });
    let view = state.channel_view(id)?;
    state.emit("CHANNEL_CREATE", Some(guild), view.clone());
    state.audit(guild, call, 10, id);
    Ok(Answer::created(view))
}

/// The name as Discord stores it: text channels have lowercase names, with dashes for spaces.
fn normalized_name(name: &str, kind: u64) -> String {
    match kind {
        0 | 5 | 15 | 16 => name.trim().to_lowercase().split_whitespace().collect::<Vec<_>>().join("-"),
        _ => name.to_owned(),
    }
}

/// Checks that the parent is a category of the same server.
fn check_parent(state: &State, guild: u64, body: &Map<String, Value>) -> Result<(), DiscordError> {
    const CATEGORY: u64 = 4;
    let Some(id) = body.get("parent_id").and_then(key) else { return Ok(()) };
    let fits = state.guild_of(id) == Some(guild) && state.channel(id).is_ok_and(|c| c.kind() == CATEGORY);
    if fits {
        Ok(())
    } else {
        Err(DiscordError::field("parent_id", "CHANNEL_PARENT_INVALID", "Category does not exist"))
    }
}

/// Clears the flag that only Discord can set.
fn clear_read_only_flags(doc: &mut Map<String, Value>) {
    if let Some(flags) = doc.get_mut("flags") {
        *flags = json!(flags.as_u64().unwrap_or(0) & !OBFUSCATED);
    }
}

/// Assigns ids to a forum's new tags.
fn assign_tag_ids(state: &mut State, doc: &mut Map<String, Value>) {
    for tag in doc.get_mut("available_tags").and_then(Value::as_array_mut).into_iter().flatten() {
        if tag.is_object() && key(&tag["id"]).is_none() {
            tag["id"] = json!(state.new_id().to_string());
        }
    }
}

fn edit(state: &mut State, call: &Call) -> Outcome {
    let id = call.id("channel_id");
    let channel = state.channel(id)?;
    if channel.is_thread() {
        return edit_thread(state, call, id);
    }
    if channel.is_dm() {
        return Err(DiscordError::DM_CHANNEL);
    }
    let guild = state.guild_of(id).ok_or(DiscordError::UNKNOWN_GUILD)?;
    check_parent(state, guild, &call.body)?;
    let channel = state.channel_mut(id)?;
    let kind = channel.kind();
    let mut doc = channel.doc.clone();
    merge(&mut doc, &call.body, EDITABLE);
    clear_read_only_flags(&mut doc);
    if let Some(name) = call.field_str("name") {
        doc.insert("name".to_owned(), json!(normalized_name(name, kind)));
    }
    assign_tag_ids(state, &mut doc);
    state.channel_mut(id)?.doc = doc;
    let view = state.channel_view(id)?;
    state.emit("CHANNEL_UPDATE", Some(guild), view.clone());
    state.audit(guild, call, 11, id);
    Ok(Answer::ok(view))
}

fn edit_thread(state: &mut State, call: &Call, id: u64) -> Outcome {
    let now = state.now();
    let guild = state.guild_of(id);
    let channel = state.channel_mut(id)?;
    let metadata = channel.doc.get("thread_metadata").cloned().unwrap_or_default();
    let stays_archived = metadata["archived"] == json!(true) && call.field("archived") != Some(&json!(false));
    // An archived thread can be unarchived, locked or unlocked; any other edit must unarchive it.
    if stays_archived && call.body.keys().any(|field| field != "archived" && field != "locked") {
        return Err(DiscordError::THREAD_ARCHIVED);
    }
    merge(&mut channel.doc, &call.body, EDITABLE_IN_THREADS);
    if let Some(Value::Object(metadata)) = channel.doc.get_mut("thread_metadata") {
        let before = metadata.get("archived").cloned();
        merge(metadata, &call.body, &["archived", "auto_archive_duration", "locked", "invitable"]);
        if metadata.get("archived") != before.as_ref() {
            metadata.insert("archive_timestamp".to_owned(), now);
        }
    }
    let view = state.channel_view(id)?;
    state.emit("THREAD_UPDATE", guild, view.clone());
    if let Some(guild) = guild {
        state.audit(guild, call, 111, id);
    }
    Ok(Answer::ok(view))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = call.id("channel_id");
    let view = state.channel_view(id)?;
    let guild = state.guild_of(id);
    let channel = state.channel(id)?;
    if channel.is_dm() {
        // Deleting a DM channel only closes it: opening it again returns the same channel.
        return Ok(Answer::ok(view));
    }
    let is_thread = channel.is_thread();
    let parent_id = view["parent_id"].clone();
    let kind = view["type"].clone();
    state.channels.remove(&id);
    // A deleted channel's threads are deleted with it. A deleted category's channels stay and have
    // no category.
    state.channels.retain(|_, channel| !(channel.is_thread() && channel.parent() == Some(id)));
    for channel in state.channels.values_mut().filter(|channel| channel.parent() == Some(id)) {
        channel.doc.insert("parent_id".to_owned(), Value::Null);
    }
    state.webhooks.retain(|_, webhook| key(&webhook["channel_id"]) != Some(id));
    state.invites.retain(|_, invite| key(&invite["channel"]["id"]) != Some(id));
    let Some(guild) = guild else { return Ok(Answer::ok(view)) };
    if is_thread {
        let data = json!({"id": id.to_string(), "guild_id": guild.to_string(), "parent_id": parent_id, "type": kind});
        state.emit("THREAD_DELETE", Some(guild), data);
    } else {
        state.emit("CHANNEL_DELETE", Some(guild), view.clone());
    }
    state.audit_deletion(guild, call, if is_thread { 112 } else { 12 }, id, view.get("name"));
    Ok(Answer::ok(view))
}

fn reorder(state: &mut State, call: &Call) -> Outcome {
    let guild = call.id("guild_id");
    let mut moved = Vec::new();
    for entry in &call.array {
        let id = key(&entry["id"]).unwrap_or(0);
        if state.guild_of(id) != Some(guild) {
            return Err(DiscordError::UNKNOWN_CHANNEL);
        }
        let Some(fields) = entry.as_object() else { continue };
        check_parent(state, guild, fields)?;
        moved.push((id, fields));
    }
    for (id, fields) in moved {
        merge(&mut state.channel_mut(id)?.doc, fields, &["position", "parent_id"]);
        let view = state.channel_view(id)?;
        state.emit("CHANNEL_UPDATE", Some(guild), view);
    }
    Ok(Answer::NONE)
}

/// The permission overwrites of a server's channel.
fn overwrites(state: &mut State, channel: u64) -> Result<&mut Vec<Value>, DiscordError> {
    let channel = state.channel_mut(channel)?;
    if channel.is_dm() {
        return Err(DiscordError::DM_CHANNEL);
    }
    let list = channel.doc.entry("permission_overwrites").or_insert_with(|| json!([]));
    list.as_array_mut().ok_or(DiscordError::CHANNEL_TYPE)
}

fn set_permission(state: &mut State, call: &Call) -> Outcome {
    let channel = call.id("channel_id");
    let id = call.id("overwrite_id").to_string();
    let permissions = |name: &str| {
        call.field(name).map_or_else(|| json!("0"), |v| json!(v.as_str().map_or_else(|| v.to_string(), str::to_owned)))
    };
    let overwrite = json!({
        "id": id,
        "type": call.field("type").cloned().unwrap_or_else(|| json!(0)),
        "allow": permissions("allow"),
        "deny": permissions("deny"),
    });
    let before = overwrites(state, channel)?.clone();
    let list = overwrites(state, channel)?;
    let known = list.iter_mut().find(|o| o["id"] == json!(id));
    let action = if known.is_some() { 14 } else { 13 };
    match known {
        Some(known) => *known = overwrite,
        None => list.push(overwrite),
    }
    sync_with_category(state, channel, &before)?;
    changed(state, call, channel, action)
}

fn delete_permission(state: &mut State, call: &Call) -> Outcome {
    let channel = call.id("channel_id");
    let id = call.id("overwrite_id").to_string();
    let before = overwrites(state, channel)?.clone();
    let list = overwrites(state, channel)?;
    list.retain(|o| o["id"] != json!(id));
    if list.len() == before.len() {
        return Err(DiscordError::UNKNOWN_OVERWRITE);
    }
    sync_with_category(state, channel, &before)?;
    changed(state, call, channel, 15)
}

/// Copies a category's new overwrites to those of its channels that had the same overwrites as the
/// category before the change. Source: Discord's reference, "Permission Syncing".
fn sync_with_category(state: &mut State, category: u64, before: &[Value]) -> Result<(), DiscordError> {
    let after = overwrites(state, category)?.clone();
    let Some(guild) = state.guild_of(category) else { return Ok(()) };
    for id in state.channels_of(guild) {
        if state.channel(id)?.parent() != Some(category) || overwrites(state, id)?.as_slice() != before {
            continue;
        }
        overwrites(state, id)?.clone_from(&after);
        let view = state.channel_view(id)?;
        state.emit("CHANNEL_UPDATE", Some(guild), view);
    }
    Ok(())
}

fn changed(state: &mut State, call: &Call, channel: u64, action: u32) -> Outcome {
    let guild = state.guild_of(channel).ok_or(DiscordError::DM_CHANNEL)?;
    let view = state.channel_view(channel)?;
    state.emit("CHANNEL_UPDATE", Some(guild), view);
    state.audit(guild, call, action, channel);
    Ok(Answer::NONE)
}

fn typing(state: &mut State, call: &Call) -> Outcome {
    let channel = call.id("channel_id");
    if !state.channel(channel)?.holds_messages() {
        return Err(DiscordError::FORUM);
    }
    let mut data = json!({
        "channel_id": channel.to_string(),
        "user_id": state.me.to_string(),
        "timestamp": state.now_ms / 1000,
    });
    let guild = state.guild_of(channel);
    if let Some(guild) = guild {
        data["guild_id"] = json!(guild.to_string());
        data["member"] = state.member(guild, state.me)?;
    }
    state.emit("TYPING_START", guild, data);
    Ok(Answer::NONE)
}

fn follow(state: &mut State, call: &Call) -> Outcome {
    const ANNOUNCEMENT: u64 = 5;
    const FOLLOWER: u64 = 2;
    let source = call.id("channel_id");
    if state.channel(source)?.kind() != ANNOUNCEMENT {
        return Err(DiscordError::CHANNEL_TYPE);
    }
    let target = call.field_id("webhook_channel_id").unwrap_or(0);
    let guild = state.guild_of(target).ok_or(DiscordError::UNKNOWN_CHANNEL)?;
    let id = state.new_id();
    let webhook = json!({
        "id": id.to_string(),
        "type": FOLLOWER,
        "guild_id": guild.to_string(),
        "channel_id": target.to_string(),
        "name": format!("#{}", state.channel(source)?.doc["name"].as_str().unwrap_or_default()),
        "avatar": null,
        "token": random_text(68),
        "application_id": null,
        "source_channel": {"id": source.to_string(), "name": state.channel(source)?.doc["name"]},
        "user": state.my_user(),
    });
    state.webhooks.insert(id, webhook);
    state.emit(
        "WEBHOOKS_UPDATE",
        Some(guild),
        json!({"guild_id": guild.to_string(), "channel_id": target.to_string()}),
    );
    Ok(Answer::ok(json!({"channel_id": source.to_string(), "webhook_id": id.to_string()})))
}

fn voice_status(state: &mut State, call: &Call) -> Outcome {
    let channel = call.id("channel_id");
    if !matches!(state.channel(channel)?.kind(), 2 | 13) {
        return Err(DiscordError::CHANNEL_TYPE);
    }
    let guild = state.guild_of(channel).ok_or(DiscordError::UNKNOWN_GUILD)?;
    let data = json!({
        "id": channel.to_string(),
        "guild_id": guild.to_string(),
        "status": call.field("status"),
    });
    state.emit("VOICE_CHANNEL_STATUS_UPDATE", Some(guild), data);
    Ok(Answer::NONE)
}
