//! Threads: of a message, of a channel, of a forum; their members; the archives.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Rows;
use super::message::{self, Draft};
use crate::sandbox::answer::{Answer, Outcome, Refusal};
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

/// Bit of a message's flags: a thread hangs on it.
const HAS_THREAD: u64 = 1 << 5;

/// Bit of a forum's flags: its threads need a tag.
const REQUIRE_TAG: u64 = 1 << 4;

fn start(state: &mut State, call: &Call) -> Outcome {
    let (channel, message) = (call.id("channel_id"), call.id("message_id"));
    if state.channels.contains_key(&message) {
        return Err(Refusal::THREAD_EXISTS);
    }
    let parent = state.channel(channel)?;
    if parent.is_thread() || parent.is_dm() {
        return Err(Refusal::CHANNEL_TYPE);
    }
    let kind = if parent.kind() == 5 { ANNOUNCEMENT_THREAD } else { PUBLIC_THREAD };
    open(state, call, channel, message, kind)?;
    let parent = state.channel_mut(channel)?;
    if let Some(mut starter) = parent.messages.get(message) {
        starter["flags"] = json!(starter["flags"].as_u64().unwrap_or(0) | HAS_THREAD);
        parent.messages.set(message, starter);
    }
    state.emit_message("MESSAGE_UPDATE", channel, message)?;
    system(state, message, message::THREAD_STARTER, channel, message)?;
    // The message that the thread began with does not count.
    let thread = state.channel_mut(message)?;
    thread.doc.insert("message_count".to_owned(), json!(0));
    thread.doc.insert("total_message_sent".to_owned(), json!(0));
    state.channel_view(message).map(Answer::created)
}

/// A line that Discord writes itself, which refers to a message or a thread.
fn system(state: &mut State, channel: u64, kind: u64, other: u64, message: u64) -> Result<(), Refusal> {
    let author = state.my_user();
    let id = message::post(state, &Draft { channel, author, kind, body: &Map::new(), files: &[], webhook: None })?;
    let guild = state.guild_of(channel).map(|id| id.to_string());
    let referenced = (kind == message::THREAD_STARTER).then(|| state.message(other, message).ok()).flatten();
    let name = state.channel(other)?.doc.get("name").cloned().unwrap_or_default();
    let place = state.channel_mut(channel)?;
    if let Some(mut line) = place.messages.get(id) {
        let mut reference = json!({"type": 0, "channel_id": other.to_string(), "guild_id": guild});
        if let Some(referenced) = referenced {
            reference["message_id"] = json!(message.to_string());
            line["referenced_message"] = referenced;
        } else {
            line["content"] = name;
        }
        line["message_reference"] = reference;
        place.messages.set(id, line);
    }
    Ok(())
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let channel = call.id("channel_id");
    let parent = state.channel(channel)?;
    if parent.is_forum() {
        return post(state, call, channel);
    }
    let kind = match (parent.kind(), call.field("type").and_then(Value::as_u64)) {
        (0, None) => PRIVATE_THREAD,
        (0, Some(kind @ (PUBLIC_THREAD | PRIVATE_THREAD))) => kind,
        (5, None | Some(ANNOUNCEMENT_THREAD)) => ANNOUNCEMENT_THREAD,
        _ => return Err(Refusal::CHANNEL_TYPE),
    };
    let id = state.new_id();
    open(state, call, channel, id, kind)?;
    if kind != PRIVATE_THREAD {
        system(state, channel, message::THREAD_CREATED, id, id)?;
    }
    state.channel_view(id).map(Answer::created)
}

/// A post in a forum: a thread with its first message, which has the same id.
fn post(state: &mut State, call: &Call, forum: u64) -> Outcome {
    // Multipart bodies of old clients have the message's fields at the top.
    let nested = call.field("message").and_then(Value::as_object).cloned();
    let body = nested.unwrap_or_else(|| call.body.clone());
    let tags = call.field("applied_tags").cloned().unwrap_or_else(|| json!([]));
    let needs_tag = state.channel(forum)?.doc.get("flags").and_then(Value::as_u64).unwrap_or(0) & REQUIRE_TAG != 0;
    if needs_tag && tags.as_array().is_none_or(Vec::is_empty) {
        return Err(Refusal::TAG_REQUIRED);
    }
    let author = state.my_user();
    let (id, message) = first_message(state, call, forum, &body, author, None)?;
    let mut view = state.channel_view(id)?;
    view["message"] = message;
    Ok(Answer::created(view))
}

/// Opens a post in a forum. A webhook does it as well, with an author of its own.
pub(super) fn first_message(
    state: &mut State,
    call: &Call,
    forum: u64,
    body: &Map<String, Value>,
    author: Value,
    webhook: Option<u64>,
) -> Result<(u64, Value), Refusal> {
    let id = state.new_id();
    open(state, call, forum, id, PUBLIC_THREAD)?;
    let draft = Draft { channel: id, author, kind: message::DEFAULT, body, files: &call.files, webhook };
    let written = message::post(state, &draft).inspect_err(|_| drop(state.channels.remove(&id)))?;
    // A post and its first message share an id, by which the message is found.
    let thread = state.channel_mut(id)?;
    if let Some(mut first) = thread.messages.remove(written) {
        first["id"] = json!(id.to_string());
        thread.messages.set(id, first);
    }
    thread.doc.insert("message_count".to_owned(), json!(0));
    thread.doc.insert("total_message_sent".to_owned(), json!(0));
    for event in &mut state.events {
        if event.name == "MESSAGE_CREATE" && event.data["id"] == json!(written.to_string()) {
            event.data["id"] = json!(id.to_string());
        }
    }
    let mut message = state.channel(id)?.messages.get(id).unwrap_or_default();
    message["position"] = json!(0);
    Ok((id, message))
}

/// Makes the thread and sends its event.
fn open(state: &mut State, call: &Call, parent: u64, id: u64, kind: u64) -> Result<(), Refusal> {
    const DEFAULT_ARCHIVE_MINUTES: u64 = 4320;
    let guild = state.guild_of(parent).ok_or(Refusal::DM_CHANNEL)?;
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

/// The thread of the path, which has to be one.
fn thread(state: &mut State, call: &Call) -> Result<u64, Refusal> {
    let id = call.id("channel_id");
    if state.channel(id)?.is_thread() { Ok(id) } else { Err(Refusal::CHANNEL_TYPE) }
}

fn awake(state: &mut State, call: &Call) -> Result<u64, Refusal> {
    let id = thread(state, call)?;
    let archived = state.channel(id)?.doc["thread_metadata"]["archived"] == json!(true);
    if archived { Err(Refusal::THREAD_ARCHIVED) } else { Ok(id) }
}

fn join(state: &mut State, call: &Call) -> Outcome {
    enter(state, call, state.me)
}

fn add(state: &mut State, call: &Call) -> Outcome {
    enter(state, call, call.id("user_id"))
}

fn enter(state: &mut State, call: &Call, user: u64) -> Outcome {
    let id = awake(state, call)?;
    let guild = state.guild_of(id).ok_or(Refusal::UNKNOWN_GUILD)?;
    let whole = state.member(guild, user).map_err(|_| Refusal::UNKNOWN_USER)?;
    let mut row = member(id, user, &state.now());
    if state.channel_mut(id)?.members.insert(user, row.clone()).is_some() {
        return Ok(Answer::NONE);
    }
    row["member"] = whole;
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
    exit(state, call, state.me)
}

fn remove(state: &mut State, call: &Call) -> Outcome {
    exit(state, call, call.id("user_id"))
}

fn exit(state: &mut State, call: &Call, user: u64) -> Outcome {
    let id = awake(state, call)?;
    let guild = state.guild_of(id).ok_or(Refusal::UNKNOWN_GUILD)?;
    if state.channel_mut(id)?.members.remove(&user).is_some() {
        members_update(state, id, guild, &json!([]), &[user.to_string()]);
    }
    Ok(Answer::NONE)
}

fn shown(state: &State, thread: u64, user: u64, call: &Call) -> Result<Value, Refusal> {
    let mut row = state.channel(thread)?.members.get(&user).cloned().ok_or(Refusal::UNKNOWN_MEMBER)?;
    if call.query_flag("with_member")
        && let Some(guild) = state.guild_of(thread)
    {
        row["member"] = state.member(guild, user)?;
    }
    Ok(row)
}

fn get_member(state: &mut State, call: &Call) -> Outcome {
    let id = thread(state, call)?;
    shown(state, id, call.id("user_id"), call).map(Answer::ok)
}

fn list_members(state: &mut State, call: &Call) -> Outcome {
    let id = thread(state, call)?;
    let users: Vec<u64> = state.channel(id)?.members.keys().copied().collect();
    let rows: Result<Vec<(u64, Value)>, Refusal> =
        users.into_iter().map(|user| Ok((user, shown(state, id, user, call)?))).collect();
    Ok(store::page(call, rows?))
}

/// The answer of a list of threads: they, the bot's memberships, and whether there is more.
fn answer(state: &State, threads: Vec<Value>, more: Option<bool>) -> Answer {
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
    Ok(answer(state, threads, None))
}

/// The archived threads of a channel that fit, by the time of their archiving or by their id.
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
        let mut place =
            if by_id { *id } else { key(&channel.doc["thread_metadata"]["archive_timestamp"]).unwrap_or(0) };
        // Two threads may be archived in one millisecond.
        while rows.contains_key(&place) {
            place += 1;
        }
        rows.insert(place, state.channel_view(*id)?);
    }
    let window = Window { newest_first: true, ..call.window() };
    let (threads, more) = window.cut(rows);
    Ok(answer(state, threads, Some(more)))
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
    let mut found = answer(state, page, Some(more));
    if let crate::sandbox::answer::Content::Json(value) = &mut found.content {
        value["total_results"] = json!(total);
        value["first_messages"] = json!([]);
    }
    Ok(found)
}
