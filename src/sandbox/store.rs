//! The document store, which serves every endpoint that has no behaviour in `behave`.
//!
//! A path that ends in a placeholder names a document in the collection of its parent path; any
//! other path names a collection or a single document. Creating a document assigns an id and
//! returns the body with it; editing merges the body's fields into the document.

use serde_json::{Map, Value, json};

use super::answer::{Answer, DiscordError, Outcome};
use super::documents::last;
use super::request::Call;
use super::state::{State, merge, random_text};
use super::table::{Window, key};
use crate::catalogue::{self, Method, Place};

/// The error for a missing document of a collection.
fn unknown(collection: &str) -> DiscordError {
    let (code, noun) = match collection {
        "integrations" => (10005, "Integration"),
        "emojis" => (10014, "Emoji"),
        "skus" => (10027, "SKU"),
        "entitlements" => (10029, "Entitlement"),
        "lobbies" => (10031, "Lobby"),
        "templates" => (10057, "Guild Template"),
        "stickers" => (10060, "Sticker"),
        "sticker-packs" => (10061, "Sticker Pack"),
        "commands" => (10063, "application command"),
        "voice-states" => (10065, "Voice State"),
        "stage-instances" => (10067, "Stage Instance"),
        "scheduled-events" => (10070, "Guild Scheduled Event"),
        "soundboard-sounds" => (10097, "Sound"),
        _ => return DiscordError::NOT_FOUND,
    };
    DiscordError::unknown_thing(code, noun)
}

/// The name of the event that a change to a collection emits.
fn event(collection: &str, change: Change) -> Option<&'static str> {
    use Change::{Created, Deleted, Updated};
    Some(match (collection, change) {
        ("scheduled-events", Created) => "GUILD_SCHEDULED_EVENT_CREATE",
        ("scheduled-events", Updated) => "GUILD_SCHEDULED_EVENT_UPDATE",
        ("scheduled-events", Deleted) => "GUILD_SCHEDULED_EVENT_DELETE",
        ("rules", Created) => "AUTO_MODERATION_RULE_CREATE",
        ("rules", Updated) => "AUTO_MODERATION_RULE_UPDATE",
        ("rules", Deleted) => "AUTO_MODERATION_RULE_DELETE",
        ("stage-instances", Created) => "STAGE_INSTANCE_CREATE",
        ("stage-instances", Updated) => "STAGE_INSTANCE_UPDATE",
        ("stage-instances", Deleted) => "STAGE_INSTANCE_DELETE",
        ("soundboard-sounds", Created) => "GUILD_SOUNDBOARD_SOUND_CREATE",
        ("soundboard-sounds", Updated) => "GUILD_SOUNDBOARD_SOUND_UPDATE",
        ("soundboard-sounds", Deleted) => "GUILD_SOUNDBOARD_SOUND_DELETE",
        ("entitlements", Created) => "ENTITLEMENT_CREATE",
        ("entitlements", Updated) => "ENTITLEMENT_UPDATE",
        ("entitlements", Deleted) => "ENTITLEMENT_DELETE",
        ("integrations", Deleted) => "INTEGRATION_DELETE",
        ("emojis", _) => "GUILD_EMOJIS_UPDATE",
        ("stickers", _) => "GUILD_STICKERS_UPDATE",
        _ => return None,
    })
}

#[derive(Clone, Copy)]
enum Change {
    Created,
    Updated,
    Deleted,
}

/// Serves a request to any row.
pub(super) fn serve(state: &mut State, call: &Call) -> Outcome {
    let row = call.row;
    let url = call.url.clone();
    let item = row.path.ends_with('}').then(|| {
        let (parent, _) = url.rsplit_once('/').unwrap_or_default();
        (parent.to_owned(), call.path.last().map(|(_, text)| text.clone()).unwrap_or_default())
    });
    let takes_array = row.all_params().any(|p| p.place == Place::Whole);
    match (row.method, item) {
        (Method::Get, _) if row.list => Ok(list(state, call, &url)),
        (Method::Get, Some((parent, key))) => get(state, &parent, &key).map(Answer::ok),
        (Method::Get, None) => Ok(Answer::ok(single(state, call, &url))),
        (Method::Put, None) if takes_array || has_row(Method::Get, row.path, true) => Ok(replace(state, call, &url)),
        (Method::Post, None) if takes_array && row.list => Ok(replace(state, call, &url)),
        (Method::Put, None) if has_row(Method::Post, row.path, false) => Ok(create(state, call, &url)),
        (Method::Post, None) if row.id.is_some() => Ok(create(state, call, &url)),
        (Method::Post, _) => Ok(Answer::NONE),
        (Method::Patch, Some((parent, key))) => edit(state, call, &parent, &key),
        (Method::Put, Some((parent, key))) => Ok(put(state, call, &parent, &key)),
        (Method::Patch | Method::Put, None) => {
            let mut document = single(state, call, &url);
            if let Some(fields) = document.as_object_mut() {
                fields.extend(call.body.clone());
                state.documents.singles.insert(url, fields.clone());
            }
            Ok(if row.id.is_none() && !has_row(Method::Get, row.path, false) {
                Answer::NONE
            } else {
                Answer::ok(document)
            })
        }
        (Method::Delete, Some((parent, key))) => delete(state, call, &parent, &key),
        (Method::Delete, None) => {
            state.documents.singles.remove(&url);
            Ok(Answer::NONE)
        }
    }
}

fn has_row(method: Method, path: &str, list: bool) -> bool {
    catalogue::endpoints().any(|(_, row)| row.method == method && row.path == path && (row.list || !list))
}

/// The ids in the path that a document gets as fields, such as `guild_id`, without the last `below`
/// parameters.
fn context(call: &Call, below: usize) -> Map<String, Value> {
    let ids = call.path.len().saturating_sub(below);
    call.path[..ids]
        .iter()
        .filter(|(name, _)| name.ends_with("_id"))
        .map(|(n, t)| ((*n).to_owned(), json!(t)))
        .collect()
}

fn list(state: &State, call: &Call, url: &str) -> Answer {
    let items = state.documents.collection(url);
    let window = call.window();
    let cursor = call.row.paging.map_or("id", |p| p.cursor);
    let rows = items.into_iter().enumerate().map(|(i, item)| {
        let pointer = format!("/{}", cursor.replace('.', "/"));
        (item.pointer(&pointer).and_then(key).unwrap_or(i as u64), item)
    });
    let (items, more) = if call.row.paging.is_some() { window.cut(rows) } else { (rows.map(|r| r.1).collect(), false) };
    let Some(field) = call.row.items else { return Answer::ok(Value::Array(items)) };
    let mut answer = json!({ field: items });
    if call.row.paging.is_some_and(|p| p.has_more) {
        answer["has_more"] = json!(more);
    }
    Answer::ok(answer)
}

fn get(state: &State, parent: &str, key: &str) -> Result<Value, DiscordError> {
    let documents = &state.documents;
    documents
        .collections
        .get(parent)
        .and_then(|c| c.get(key))
        .or_else(|| documents.find_anywhere(last(parent), key).filter(|_| parent.matches('/').count() == 1))
        .cloned()
        .ok_or_else(|| unknown(last(parent)))
}

fn single(state: &State, call: &Call, url: &str) -> Value {
    let document = state.documents.singles.get(url).cloned();
    Value::Object(document.unwrap_or_else(|| context(call, 0)))
}

/// The path parameter that identifies a document of a collection: the placeholder of the row below
/// the collection's path.
fn placeholder(path: &str) -> Option<&'static str> {
    catalogue::endpoints().find_map(|(_, row)| {
        let below = row.path.strip_prefix(path)?.strip_prefix("/{")?.strip_suffix('}')?;
        (!below.contains('/')).then_some(below)
    })
}

/// Sets the document's id in the field that the row names, and returns the document's key.
fn assign_id(state: &mut State, call: &Call, document: &mut Map<String, Value>) -> String {
    let field = call.row.id.unwrap_or("id").split('.').next().unwrap_or("id");
    let id = match document.get(field) {
        Some(Value::String(id)) => id.clone(),
        _ if field == "code" => random_text(8),
        _ => state.new_id().to_string(),
    };
    document.insert(field.to_owned(), json!(id));
    // A stage instance is requested by its channel's id, not by its own.
    let path_id = placeholder(call.row.path).and_then(|name| document.get(name)).and_then(Value::as_str);
    path_id.map_or(id, str::to_owned)
}

fn create(state: &mut State, call: &Call, url: &str) -> Answer {
    let mut document = context(call, 0);
    document.extend(call.body.clone());
    for file in &call.files {
        document.insert(file.part.clone(), json!({"filename": file.filename, "size": file.bytes.len()}));
    }
    let key = assign_id(state, call, &mut document);
    let document = Value::Object(document);
    state.documents.put(url, &key, document.clone());
    emit(state, call, url, Change::Created, &document);
    Answer::json(if call.row.method == Method::Post { 201 } else { 200 }, document)
}

fn replace(state: &mut State, call: &Call, url: &str) -> Answer {
    let items = if call.array.is_empty() {
        call.row.items.and_then(|f| call.body.get(f)).and_then(Value::as_array).cloned().unwrap_or_default()
    } else {
        call.array.clone()
    };
    let mut documents = Map::new();
    for item in items {
        let Value::Object(fields) = item else { continue };
        let mut document = context(call, 0);
        document.extend(fields);
        let key = assign_id(state, call, &mut document);
        documents.insert(key, Value::Object(document));
    }
    let answer = Value::Array(documents.values().cloned().collect());
    state.documents.collections.insert(url.to_owned(), documents);
    Answer::ok(answer)
}

fn edit(state: &mut State, call: &Call, parent: &str, key: &str) -> Outcome {
    let missing = || unknown(last(parent));
    let document = state.documents.collections.get_mut(parent).and_then(|c| c.get_mut(key)).ok_or_else(missing)?;
    let fields: Vec<&str> = call.body.keys().map(String::as_str).collect();
    merge(document.as_object_mut().ok_or_else(missing)?, &call.body, &fields);
    let document = document.clone();
    emit(state, call, parent, Change::Updated, &document);
    Ok(Answer::ok(document))
}

fn put(state: &mut State, call: &Call, parent: &str, key: &str) -> Answer {
    let mut document = context(call, 0);
    document.extend(call.body.clone());
    let document = Value::Object(document);
    state.documents.put(parent, key, document.clone());
    if call.row.id.is_some() { Answer::ok(document) } else { Answer::NONE }
}

fn delete(state: &mut State, call: &Call, parent: &str, key: &str) -> Outcome {
    let documents = state.documents.collections.get_mut(parent);
    let document = documents.and_then(|c| c.shift_remove(key)).ok_or_else(|| unknown(last(parent)))?;
    emit(state, call, parent, Change::Deleted, &document);
    Ok(Answer::NONE)
}

/// Emits the event of a change, if the collection has one.
fn emit(state: &mut State, call: &Call, collection: &str, change: Change, document: &Value) {
    let Some(name) = event(last(collection), change) else { return };
    let guild = Some(call.id("guild_id")).filter(|id| *id != 0).or_else(|| document.get("guild_id").and_then(key));
    // An application's emojis belong to no server, so changing them emits no event.
    let data = match name {
        "GUILD_EMOJIS_UPDATE" | "GUILD_STICKERS_UPDATE" => {
            let Some(guild) = guild else { return };
            json!({"guild_id": guild.to_string(), last(collection): state.documents.collection(collection)})
        }
        _ => document.clone(),
    };
    state.emit(name, guild, data);
}

/// The requested page of the rows, in the form that the catalogue row describes.
pub(super) fn page(call: &Call, rows: impl IntoIterator<Item = (u64, Value)>) -> Answer {
    let window: Window = call.window();
    let (items, more) = window.cut(rows);
    let Some(field) = call.row.items else { return Answer::ok(Value::Array(items)) };
    let mut answer = json!({ field: items });
    if call.row.paging.is_some_and(|p| p.has_more) {
        answer["has_more"] = json!(more);
    }
    Answer::ok(answer)
}
