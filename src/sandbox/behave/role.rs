//! Roles of a server.

use serde_json::{Map, Value, json};

use super::Rows;
use crate::sandbox::answer::{Answer, DiscordError, Outcome};
use crate::sandbox::request::Call;
use crate::sandbox::seed;
use crate::sandbox::state::{State, merge};
use crate::sandbox::table::key;

pub(super) static ROWS: Rows = &[
    ("list_guild_roles", list),
    ("get_guild_role", get),
    ("create_guild_role", create),
    ("update_guild_role", edit),
    ("delete_guild_role", delete),
    ("bulk_update_guild_roles", reorder),
    ("guild_role_member_counts", counts),
];

/// Discord's limit of roles per server, including `@everyone`.
const MAX_ROLES: usize = 250;

const EDITABLE: &[&str] = &["name", "description", "hoist", "mentionable", "icon", "unicode_emoji"];

fn list(state: &mut State, call: &Call) -> Outcome {
    let roles = &state.guild(call.id("guild_id"))?.roles;
    Ok(Answer::ok(roles.values().cloned().collect()))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let role = state.guild(call.id("guild_id"))?.roles.get(&call.id("role_id")).cloned();
    role.map(Answer::ok).ok_or(DiscordError::UNKNOWN_ROLE)
}

/// Sets the fields of a role from a body.
fn apply(role: &mut Value, body: &Map<String, Value>) {
    let Some(fields) = role.as_object_mut() else { return };
    merge(fields, body, EDITABLE);
    if let Some(bits) = body.get("permissions").filter(|v| !v.is_null()) {
        let bits = bits.as_str().map_or_else(|| bits.to_string(), str::to_owned);
        fields.insert("permissions".to_owned(), json!(bits));
    }
    // `color` is the older form of `colors.primary_color`; both always have the same value.
    if let Some(color) = body.get("color").filter(|v| !v.is_null()) {
        fields.insert("color".to_owned(), color.clone());
        let colors = json!({"primary_color": color, "secondary_color": null, "tertiary_color": null});
        fields.insert("colors".to_owned(), colors);
    }
    if let Some(colors) = body.get("colors").filter(|v| v.is_object()) {
        fields.insert("color".to_owned(), colors["primary_color"].clone());
        fields.insert("colors".to_owned(), colors.clone());
    }
}

fn event(guild: u64, role: &Value) -> Value {
    json!({"guild_id": guild.to_string(), "role": role})
}

fn create(state: &mut State, call: &Call) -> Outcome {
    const DEFAULT_NAME: &str = "new role";
    let guild_id = call.id("guild_id");
    let id = state.new_id();
    let guild = state.guild_mut(guild_id)?;
    if guild.roles.len() >= MAX_ROLES {
        return Err(DiscordError::TOO_MANY_ROLES);
    }
    let everyone = guild.roles.get(&guild_id).and_then(|r| r["permissions"].as_str()?.parse().ok()).unwrap_or(0);
    // A new role is placed right above `@everyone`; the other roles move up.
    for role in guild.roles.values_mut() {
        if let Some(position) = role["position"].as_u64().filter(|p| *p > 0) {
            role["position"] = json!(position + 1);
        }
    }
    let mut role = seed::role(id, DEFAULT_NAME, 1, everyone);
    apply(&mut role, &call.body);
    if role["name"].as_str().is_none_or(str::is_empty) {
        role["name"] = json!(DEFAULT_NAME);
    }
    guild.roles.insert(id, role.clone());
    state.emit("GUILD_ROLE_CREATE", Some(guild_id), event(guild_id, &role));
    state.audit(guild_id, call, 30, id);
    Ok(Answer::ok(role))
}

fn edit(state: &mut State, call: &Call) -> Outcome {
    let (guild, id) = (call.id("guild_id"), call.id("role_id"));
    let role = state.guild_mut(guild)?.roles.get_mut(&id).ok_or(DiscordError::UNKNOWN_ROLE)?;
    apply(role, &call.body);
    let role = role.clone();
    state.emit("GUILD_ROLE_UPDATE", Some(guild), event(guild, &role));
    state.audit(guild, call, 31, id);
    Ok(Answer::ok(role))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let (guild_id, id) = (call.id("guild_id"), call.id("role_id"));
    if id == guild_id {
        return Err(DiscordError::BAD_ROLE);
    }
    let guild = state.guild_mut(guild_id)?;
    guild.roles.remove(&id).ok_or(DiscordError::UNKNOWN_ROLE)?;
    let text = json!(id.to_string());
    // Its members lose the role; Discord sends no event for each of them.
    let holders: Vec<(u64, Value)> = guild
        .members
        .ascending(std::ops::Bound::Unbounded)
        .filter_map(|user| Some((user, guild.members.get(user)?)))
        .filter(|(_, member)| member["roles"].as_array().is_some_and(|roles| roles.contains(&text)))
        .collect();
    for (user, mut member) in holders {
        if let Some(roles) = member["roles"].as_array_mut() {
            roles.retain(|role| *role != text);
        }
        guild.members.set(user, member);
    }
    state.emit(
        "GUILD_ROLE_DELETE",
        Some(guild_id),
        json!({"guild_id": guild_id.to_string(), "role_id": id.to_string()}),
    );
    state.audit(guild_id, call, 32, id);
    Ok(Answer::NONE)
}

fn reorder(state: &mut State, call: &Call) -> Outcome {
    let guild_id = call.id("guild_id");
    let guild = state.guild_mut(guild_id)?;
    let ids: Vec<u64> = call.array.iter().map(|entry| key(&entry["id"]).unwrap_or(0)).collect();
    if ids.iter().any(|id| !guild.roles.contains_key(id)) {
        return Err(DiscordError::UNKNOWN_ROLE);
    }
    // `@everyone` is always the lowest.
    if ids.contains(&guild_id) {
        return Err(DiscordError::BAD_ROLE);
    }
    let mut changed = Vec::new();
    for (id, entry) in ids.into_iter().zip(&call.array) {
        let (Some(role), Some(position)) = (guild.roles.get_mut(&id), entry["position"].as_u64()) else { continue };
        if role["position"] != json!(position) {
            role["position"] = json!(position);
            changed.push(role.clone());
        }
    }
    let mut roles: Vec<Value> = guild.roles.values().cloned().collect();
    roles.sort_by_key(|role| (role["position"].as_u64(), key(&role["id"])));
    for role in &changed {
        state.emit("GUILD_ROLE_UPDATE", Some(guild_id), event(guild_id, role));
    }
    Ok(Answer::ok(Value::Array(roles)))
}

fn counts(state: &mut State, call: &Call) -> Outcome {
    let guild = state.guild(call.id("guild_id"))?;
    // Discord omits @everyone, whose id is the server's.
    let roles = guild.roles.keys().filter(|id| **id != call.id("guild_id"));
    let mut counts: Map<String, Value> = roles.map(|id| (id.to_string(), json!(0))).collect();
    for member in guild.members.values() {
        for role in member["roles"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if let Some(count) = counts.get_mut(role) {
                *count = json!(count.as_u64().unwrap_or(0) + 1);
            }
        }
    }
    Ok(Answer::ok(Value::Object(counts)))
}
