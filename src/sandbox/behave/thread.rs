//! Threads of messages, channels and forums, their members, and lists of threads.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Rows;
use super::message::{self, Draft};
use crate::sandbox::answer::{Answer, DiscordError, Outcome};
use crate::sandbox::request::Call;
use crate::sandbox::state::{Channel, State};
use crate::sandbox::store;
use crate::sandbox::table::{Window, key};

pub(super) static ROWS: Rows = &[
    ("create_thread_from_message", start),
    ("create_thread", create),
    ("join_thread", join),
    ("leave_thread", leave),
    ("add_thread_member", add),
    ("delete_thread_member", remove),
    ("get_thread_member", get_member),
    ("list_thread_members", list_members),
    ("get_active_guild_threads", active),
    ("list_public_archived_threads", public_archived),
    ("list_private_archived_threads", private_archived),
    ("list_my_private_archived_threads", my_archived),
    ("thread_search", search),
];

const ANNOUNCEMENT_THREAD: u64 = 10;
const PUBLIC_THREAD: u64 = 11;
const PRIVATE_THREAD: u64 = 12;

/// The message flag of a message that a thread was started from.
const HAS_THREAD: u64 = 1 << 5;

/// The channel flag of a forum whose posts require a tag.
const REQUIRE_TAG: u64 = 1 << 4;

fn start(state: &mut State, call: &Call) -> Outcome {
    let (channel, message) = (call.id("channel_id"), call.id("message_id"));
    if state.channels.contains_key(&message) {
        return Err(DiscordError::THREAD_EXISTS);
    }
    let parent = state.channel(channel)?;
    if parent.is_thread() || parent.is_dm() {
        return Err(DiscordError::CHANNEL_TYPE);
    }
    let kind = if parent.kind() == 5 { ANNOUNCEMENT_THREAD } else { PUBLIC_THREAD };
    open(state, call, channel, message, kind)?;
    let parent = state.channel_mut(channel)?;
    if let Some(mut starter) = parent.messages.get(message) {
        starter["flags"] = json!(starter["flags"].as_u64().unwrap_or(0) | HAS_THREAD);
        parent.messages.set(message, starter);
    }
    state.emit_message("MESSAGE_UPDATE", channel, message)?;
    post_system_message(state, message, message::THREAD_STARTER, channel, message)?;
    // Discord does not count the message that the thread was started from.
    let thread = state.channel_mut(message)?;
    thread.doc.insert("message_count".to_owned(), json!(0));
    thread.doc.insert("total_message_sent".to_owned(), json!(0));
    state.channel_view(message).map(Answer::created)
}

/// Posts a system message in `channel`. It refers to `message` in the channel `other` if `kind` is
/// THREAD_STARTER, and otherwise to the thread `other`.
fn post_system_message(
    state: &mut State,
    channel: u64,
    kind: u64,
    other: u64,
    message: u64,
) -> Result<(), DiscordError> {
    let author = state.my_user();
    let id = message::post(state, &Draft { channel, author, kind, body: &Map::new(), files: &[], webhook: None })?;
    let guild = state.guild_of(channel).map(|id| id.to_string());
    let referenced = (kind == message::THREAD_STARTER).then(|| state.message(other, message).ok()).flatten();
    let name = state.channel(other)?.doc.get("name").cloned().unwrap_or_default();
    let channel_data = state.channel_mut(channel)?;
    if let Some(mut system_message) = channel_data.messages.get(id) {
        let mut reference = json!({"type": 0, "channel_id": other.to_string(), "guild_id": guild});
        if let Some(referenced) = referenced {
            reference["message_id"] = json!(message.to_string());
            system_message["referenced_message"] = referenced;
        } else {
            system_message["content"] = name;
        }
        system_message["message_reference"] = reference;
        channel_data.messages.set(id, system_message);
    }
    Ok(())
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let channel = call.id("channel_id");
    let parent = state.channel(channel)?;
    if parent.is_forum() {
        return create_post(state, call, channel);
    }
    let kind = match (parent.kind(), call.field("type").and_then(Value::as_u64)) {
        (0, None) => PRIVATE_THREAD,
        (0, Some(kind @ (PUBLIC_THREAD | PRIVATE_THREAD))) => kind,
        (5, None | Some(ANNOUNCEMENT_THREAD)) => ANNOUNCEMENT_THREAD,
        _ => return Err(DiscordError::CHANNEL_TYPE),
    };
    let id = state.new_id();
    open(state, call, channel, id, kind)?;
    if kind != PRIVATE_THREAD {
        post_system_message(state, channel, message::THREAD_CREATED, id, id)?;
    }
    state.channel_view(id).map(Answer::created)
}

/// Creates a post in a forum: a thread and its first message, which has the same id.
fn create_post(state: &mut State, call: &Call, forum: u64) -> Outcome {
    // Old clients send the message's fields at the top level of the body.
    let nested = call.field("message").and_then(Value::as_object).cloned();
    let body = nested.unwrap_or_else(|| call.body.clone());
    let tags = call.field("applied_tags").cloned().unwrap_or_else(|| json!([]));
    let needs_tag = state.channel(forum)?.doc.get("flags").and_then(Value::as_u64).unwrap_or(0) & REQUIRE_TAG != 0;
    if needs_tag && tags.as_array().is_none_or(Vec::is_empty) {
        return Err(DiscordError::TAG_REQUIRED);
    }
    let author = state.my_user();
    let (id, message) = first_message(state, call, forum, &body, author, None)?;
    let mut view = state.channel_view(id)?;
    view["message"] = message;
    Ok(Answer::created(view))
}

/// Creates a forum post with its first message, by the bot or by a webhook. Returns the id that both
/// have, and the message.
pub(super) fn first_message(
    state: &mut State,
    call: &Call,
    forum: u64,
    body: &Map<String, Value>,
    author: Value,
    webhook: Option<u64>,
) -> Result<(u64, Value), DiscordError> {
    let id = state.new_id();
    open(state, call, forum, id, PUBLIC_THREAD)?;
    let draft = Draft { channel: id, author, kind: message::DEFAULT, body, files: &call.files, webhook };
    let posted = message::post(state, &draft).inspect_err(|_| drop(state.channels.remove(&id)))?;
    // The first message gets the thread's id.
    let thread = state.channel_mut(id)?;
    if let Some(mut first) = thread.messages.remove(posted) {
        first["id"] = json!(id.to_string());
        thread.messages.set(id, first);
    }
    thread.doc.insert("message_count".to_owned(), json!(0));
    thread.doc.insert("total_message_sent".to_owned(), json!(0));
    for event in &mut state.events {
        if event.name == "MESSAGE_CREATE" && event.data["id"] == json!(posted.to_string()) {
            event.data["id"] = json!(id.to_string());
        }
    }
    let mut message = state.channel(id)?.messages.get(id).unwrap_or_default();
    message["position"] = json!(0);
    Ok((id, message))
}

/// Creates a thread and emits its event.
fn open(state: &mut State, call: &Call, parent: u64, id: u64, kind: u64) -> Result<(), DiscordError> {
    const DEFAULT_ARCHIVE_MINUTES: u64 = 4320;
    let guild = state.guild_of(parent).ok_or(DiscordError::DM_CHANNEL)?;
    let minutes = call
        .field("auto_archive_duration")
        .or_else(|| state.channel(parent).ok()?.doc.get("default_auto_archive_duration").filter(|v| v.is_u64()))
        .cloned()
        .unwrap_or_else(|| json!(DEFAULT_ARCHIVE_MINUTES));
    let now = state.now();
    let mut metadata = json!({
        "archived": false,
        "archive_timestamp": now,
        "auto_archive_duration": minutes,
        "locked": false,
        "create_timestamp": now,
    });
    if kind == PRIVATE_THREAD {
        metadata["invitable"] = json!(call.field("invitable") != Some(&json!(false)));
    }
    let name = call.field_str("name").or_else(|| call.field_str("thread_name")).unwrap_or_default();
    let Value::Object(mut doc) = json!({
        "id": id.to_string(),
        "type": kind,
        "flags": 0,
        "guild_id": guild.to_string(),
        "name": name,
        "parent_id": parent.to_string(),
        "owner_id": state.me.to_string(),
        "rate_limit_per_user": call.field("rate_limit_per_user").cloned().unwrap_or_else(|| json!(0)),
        "message_count": 0,
        "total_message_sent": 0,
        "thread_metadata": metadata,
    }) else {
        return Ok(());
    };
    if state.channel(parent)?.is_forum() {
        let tags = call.field("applied_tags").cloned().unwrap_or_else(|| json!([]));
        doc.insert("applied_tags".to_owned(), tags);
    }
    let mut channel = Channel { doc, ..Channel::default() };
    channel.members.insert(state.me, member(id, state.me, &now));
    state.channels.insert(id, channel);
    let mut data = state.channel_view(id)?;
    data["newly_created"] = json!(true);
    state.emit("THREAD_CREATE", Some(guild), data);
    state.audit(guild, call, 110, id);
    Ok(())
}

fn member(thread: u64, user: u64, now: &Value) -> Value {
    json!({"id": thread.to_string(), "user_id": user.to_string(), "join_timestamp": now, "flags": 0})
}

/// The id of the thread in the path. Fails if the channel is not a thread.
fn thread_id(state: &mut State, call: &Call) -> Result<u64, DiscordError> {
    let id = call.id("channel_id");
    if state.channel(id)?.is_thread() { Ok(id) } else { Err(DiscordError::CHANNEL_TYPE) }
}

fn active_thread(state: &mut State, call: &Call) -> Result<u64, DiscordError> {
    let id = thread_id(state, call)?;
    let archived = state.channel(id)?.doc["thread_metadata"]["archived"] == json!(true);
    if archived { Err(DiscordError::THREAD_ARCHIVED) } else { Ok(id) }
}

fn join(state: &mut State, call: &Call) -> Outcome {
    add_user(state, call, state.me)
}

fn add(state: &mut State, call: &Call) -> Outcome {
    add_user(state, call, call.id("user_id"))
}

fn add_user(state: &mut State, call: &Call, user: u64) -> Outcome {
    let id = active_thread(state, call)?;
    let guild = state.guild_of(id).ok_or(DiscordError::UNKNOWN_GUILD)?;
    let guild_member = state.member(guild, user).map_err(|_| DiscordError::UNKNOWN_USER)?;
    let mut row = member(id, user, &state.now());
    if state.channel_mut(id)?.members.insert(user, row.clone()).is_some() {
        return Ok(Answer::NONE);
    }
    row["member"] = guild_member;
    row["presence"] = Value::Null;
    members_update(state, id, guild, &json!([row]), &[]);
    Ok(Answer::NONE)
}

fn members_update(state: &mut State, thread: u64, guild: u64, added: &Value, removed: &[String]) {
    let count = state.channels.get(&thread).map_or(0, |c| c.members.len());
    let mut data = json!({"id": thread.to_string(), "guild_id": guild.to_string(), "member_count": count.min(50)});
    if added.as_array().is_some_and(|a| !a.is_empty()) {
        data["added_members"] = added.clone();
    }
    if !removed.is_empty() {
        data["removed_member_ids"] = json!(removed);
    }
    state.emit("THREAD_MEMBERS_UPDATE", Some(guild), data);
}

fn leave(state: &mut State, call: &Call) -> Outcome {
    remove_user(state, call, state.me)
}

fn remove(state: &mut State, call: &Call) -> Outcome {
    remove_user(state, call, call.id("user_id"))
}

fn remove_user(state: &mut State, call: &Call, user: u64) -> Outcome {
    let id = active_thread(state, call)?;
    let guild = state.guild_of(id).ok_or(DiscordError::UNKNOWN_GUILD)?;
    if state.channel_mut(id)?.members.remove(&user).is_some() {
        members_update(state, id, guild, &json!([]), &[user.to_string()]);
    }
    Ok(Answer::NONE)
}

fn view(state: &State, thread: u64, user: u64, call: &Call) -> Result<Value, DiscordError> {
    let mut row = state.channel(thread)?.members.get(&user).cloned().ok_or(DiscordError::UNKNOWN_MEMBER)?;
    if call.query_flag("with_member")
        && let Some(guild) = state.guild_of(thread)
    {
        row["member"] = state.member(guild, user)?;
    }
    Ok(row)
}

fn get_member(state: &mut State, call: &Call) -> Outcome {
    let id = thread_id(state, call)?;
    view(state, id, call.id("user_id"), call).map(Answer::ok)
}

fn list_members(state: &mut State, call: &Call) -> Outcome {
    let id = thread_id(state, call)?;
    let users: Vec<u64> = state.channel(id)?.members.keys().copied().collect();
    let rows: Result<Vec<(u64, Value)>, DiscordError> =
        users.into_iter().map(|user| Ok((user, view(state, id, user, call)?))).collect();
    Ok(store::page(call, rows?))
}

/// A list of threads with the bot's thread members and, if given, whether another page follows.
fn thread_list(state: &State, threads: Vec<Value>, more: Option<bool>) -> Answer {
    let mine = |thread: &Value| state.channels.get(&key(&thread["id"])?)?.members.get(&state.me).cloned();
    let members: Vec<Value> = threads.iter().filter_map(mine).collect();
    let mut answer = json!({"threads": threads, "members": members});
    if let Some(more) = more {
        answer["has_more"] = json!(more);
    }
    Answer::ok(answer)
}

fn active(state: &mut State, call: &Call) -> Outcome {
    let threads = state.threads_of(call.id("guild_id")).into_iter().rev();
    let threads: Vec<Value> = threads
        .filter(|id| !state.is_hidden(*id))
        .filter_map(|id| state.channel_view(id).ok())
        .filter(|thread| thread["thread_metadata"]["archived"] != json!(true))
        .collect();
    Ok(thread_list(state, threads, None))
}

/// The archived threads of a channel that `fits` accepts, ordered by id or by the time they were
/// archived.
fn archived(state: &State, call: &Call, fits: impl Fn(&Channel) -> bool, by_id: bool) -> Outcome {
    let parent = call.id("channel_id");
    let own = state.channels.iter().filter(|(_, channel)| {
        channel.is_thread()
            && channel.parent() == Some(parent)
            && channel.doc["thread_metadata"]["archived"] == json!(true)
            && fits(channel)
    });
    let mut rows: BTreeMap<u64, Value> = BTreeMap::new();
    for (id, channel) in own {
        let mut sort_key =
            if by_id { *id } else { key(&channel.doc["thread_metadata"]["archive_timestamp"]).unwrap_or(0) };
        // Threads archived in the same millisecond need distinct keys.
        while rows.contains_key(&sort_key) {
            sort_key += 1;
        }
        rows.insert(sort_key, state.channel_view(*id)?);
    }
    let window = Window { newest_first: true, ..call.window() };
    let (threads, more) = window.cut(rows);
    Ok(thread_list(state, threads, Some(more)))
}

fn public_archived(state: &mut State, call: &Call) -> Outcome {
    archived(state, call, |thread| thread.kind() != PRIVATE_THREAD, false)
}

fn private_archived(state: &mut State, call: &Call) -> Outcome {
    archived(state, call, |thread| thread.kind() == PRIVATE_THREAD, false)
}

fn my_archived(state: &mut State, call: &Call) -> Outcome {
    let me = state.me;
    archived(state, call, |thread| thread.kind() == PRIVATE_THREAD && thread.members.contains_key(&me), true)
}

fn search(state: &mut State, call: &Call) -> Outcome {
    let parent = call.id("channel_id");
    let name = call.query.get("name").and_then(Value::as_str).map(str::to_lowercase);
    let wanted = call.query.get("archived").cloned();
    let fits = |thread: &Value| {
        key(&thread["parent_id"]) == Some(parent)
            && name.as_ref().is_none_or(|n| thread["name"].as_str().is_some_and(|t| t.to_lowercase().contains(n)))
            && wanted.as_ref().is_none_or(|w| thread["thread_metadata"]["archived"] == *w)
    };
    let ids = state.channels.iter().filter(|(_, c)| c.is_thread()).map(|(id, _)| *id).collect::<Vec<_>>();
    let threads: Vec<Value> = ids.into_iter().rev().filter_map(|id| state.channel_view(id).ok()).filter(fits).collect();
    let total = threads.len();
    let window = call.window();
    let page: Vec<Value> = threads.into_iter().skip(window.offset).take(window.limit).collect();
    let more = window.offset + page.len() < total;
    let mut found = thread_list(state, page, Some(more));
    if let crate::sandbox::answer::Content::Json(value) = &mut found.content {
        value["total_results"] = json!(total);
        value["first_messages"] = json!([]);
    }
    Ok(found)
}
