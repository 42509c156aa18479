//! Members of a server.

use serde_json::{Value, json};

use super::Rows;
use crate::model::permission::{self, ADMINISTRATOR};
use crate::sandbox::answer::{Answer, DiscordError, Outcome};
use crate::sandbox::request::Call;
use crate::sandbox::seed::new_member;
use crate::sandbox::state::{State, merge};
use crate::sandbox::table::key;

pub(super) static ROWS: Rows = &[
    ("list_guild_members", list),
    ("search_guild_members", search),
    ("get_guild_member", get),
    ("get_my_guild_member", get_me),
    ("add_guild_member", add),
    ("update_guild_member", edit),
    ("update_my_guild_member", edit_me),
    ("update_my_guild_member_nick", nick),
    ("delete_guild_member", kick),
    ("add_guild_member_role", add_role),
    ("delete_guild_member_role", remove_role),
];

/// Discord's longest timeout.
const LONGEST_TIMEOUT_MS: u64 = 28 * 24 * 3_600_000;

fn list(state: &mut State, call: &Call) -> Outcome {
    let guild = call.id("guild_id");
    let (ids, _) = state.guild(guild)?.members.page(&call.window());
    let members: Result<Vec<Value>, DiscordError> = ids.into_iter().map(|id| state.member(guild, id)).collect();
    Ok(Answer::ok(Value::Array(members?)))
}

fn search(state: &mut State, call: &Call) -> Outcome {
    let guild = call.id("guild_id");
    let wanted = call.query.get("query").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let limit = call.query.get("limit").and_then(Value::as_u64).unwrap_or(1) as usize;
    let begins = |value: &Value| value.as_str().is_some_and(|text| text.to_lowercase().starts_with(&wanted));
    let found: Vec<Value> = state
        .guild(guild)?
        .members
        .ascending(std::ops::Bound::Unbounded)
        .filter_map(|id| state.member(guild, id).ok())
        .filter(|m| begins(&m["nick"]) || begins(&m["user"]["username"]) || begins(&m["user"]["global_name"]))
        .take(limit)
        .collect();
    Ok(Answer::ok(Value::Array(found)))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let user = call.id("user_id");
    state.user(user)?;
    state.member(call.id("guild_id"), user).map(Answer::ok)
}

fn get_me(state: &mut State, call: &Call) -> Outcome {
    // The endpoint requires a user's access token, and the only one is the owner's.
    state.member(call.id("guild_id"), crate::sandbox::seed::OWNER).map(Answer::ok)
}

fn add(state: &mut State, call: &Call) -> Outcome {
    let (guild, user) = (call.id("guild_id"), call.id("user_id"));
    state.user(user)?;
    if state.guild(guild)?.bans.contains_key(&user) {
        return Err(DiscordError::BANNED);
    }
    if state.guild(guild)?.members.contains(user) {
        return Ok(Answer::NONE);
    }
    let roles = roles(state, guild, call)?.unwrap_or_default();
    let mut member = new_member(&roles, state.now_ms);
    if let Some(fields) = member.as_object_mut() {
        merge(fields, &call.body, &["nick", "mute", "deaf"]);
    }
    state.guild_mut(guild)?.members.set(user, member);
    let shown = state.member(guild, user)?;
    let mut data = shown.clone();
    data["guild_id"] = json!(guild.to_string());
    state.emit("GUILD_MEMBER_ADD", Some(guild), data);
    Ok(Answer::created(shown))
}

/// The roles in a body. Fails if one of them does not exist.
fn roles(state: &State, guild: u64, call: &Call) -> Result<Option<Vec<String>>, DiscordError> {
    let Some(given) = call.body.get("roles") else { return Ok(None) };
    let known = &state.guild(guild)?.roles;
    let mut ids: Vec<u64> = given.as_array().into_iter().flatten().filter_map(key).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.iter().any(|id| !known.contains_key(id) || *id == guild) {
        return Err(DiscordError::UNKNOWN_ROLE);
    }
    Ok(Some(ids.iter().map(u64::to_string).collect()))
}

fn edit(state: &mut State, call: &Call) -> Outcome {
    let (guild, user) = (call.id("guild_id"), call.id("user_id"));
    state.member(guild, user)?;
    let until = call.field("communication_disabled_until").and_then(key);
    let now = u64::try_from(state.now_ms).unwrap_or(0);
    if until.is_some_and(|until| until > now + LONGEST_TIMEOUT_MS) {
        return Err(DiscordError::field(
            "communication_disabled_until",
            "GUILD_COMMUNICATION_DISABLED_UNTIL_TOO_LONG",
            "Cannot timeout a member for more than 28 days.",
        ));
    }
    let times_out = call.body.contains_key("communication_disabled_until");
    if times_out || call.body.contains_key("nick") {
        may_act(state, guild, user)?;
    }
    // Nobody can time out an administrator, whatever their roles.
    if times_out && permissions(state, guild, user)? & ADMINISTRATOR != 0 {
        return Err(DiscordError::MISSING_PERMISSIONS);
    }
    let action = if call.body.contains_key("roles") { 25 } else { 24 };
    change(state, call, guild, user, action)
}

fn edit_me(state: &mut State, call: &Call) -> Outcome {
    change(state, call, call.id("guild_id"), state.me, 24)
}

fn nick(state: &mut State, call: &Call) -> Outcome {
    change(state, call, call.id("guild_id"), state.me, 24)?;
    Ok(Answer::ok(json!({"nick": call.body.get("nick")})))
}

fn change(state: &mut State, call: &Call, guild: u64, user: u64, action: u32) -> Outcome {
    const EDITABLE: &[&str] =
        &["nick", "mute", "deaf", "flags", "communication_disabled_until", "avatar", "banner", "bio"];
    let roles = roles(state, guild, call)?;
    let members = &mut state.guild_mut(guild)?.members;
    let mut member = members.get(user).ok_or(DiscordError::UNKNOWN_MEMBER)?;
    if let Some(fields) = member.as_object_mut() {
        merge(fields, &call.body, EDITABLE);
    }
    // An empty nickname removes the nickname.
    if member["nick"] == json!("") {
        member["nick"] = Value::Null;
    }
    if let Some(roles) = roles {
        member["roles"] = json!(roles);
    }
    members.set(user, member);
    update(state, guild, user)?;
    state.audit(guild, call, action, user);
    state.member(guild, user).map(Answer::ok)
}

fn update(state: &mut State, guild: u64, user: u64) -> Result<(), DiscordError> {
    let mut data = state.member(guild, user)?;
    data["guild_id"] = json!(guild.to_string());
    state.emit("GUILD_MEMBER_UPDATE", Some(guild), data);
    Ok(())
}

fn is_owner(state: &State, guild: u64, user: u64) -> bool {
    state.guild(guild).is_ok_and(|g| g.doc.get("owner_id").and_then(key) == Some(user))
}

/// The roles of a member, the role `@everyone` included. Somebody who is not a member has none.
fn roles_of(state: &State, guild: u64, user: u64) -> Result<Vec<&Value>, DiscordError> {
    let guild_state = state.guild(guild)?;
    let Some(member) = guild_state.members.get(user) else { return Ok(Vec::new()) };
    let own = member["roles"].as_array().into_iter().flatten().filter_map(key).chain([guild]);
    Ok(own.filter_map(|id| guild_state.roles.get(&id)).collect())
}

fn permissions(state: &State, guild: u64, user: u64) -> Result<u64, DiscordError> {
    let roles = roles_of(state, guild, user)?;
    Ok(permission::in_server(
        is_owner(state, guild, user),
        roles.iter().map(|role| permission::bits(&role["permissions"])),
    ))
}

/// Fails if the bot cannot moderate the user: kick, ban, rename or time out. The bot cannot moderate the owner, nor a member whose
/// highest role is not below its own. Source: Discord's reference, "Permission Hierarchy".
pub(super) fn may_act(state: &State, guild: u64, user: u64) -> Result<(), DiscordError> {
    let highest = |user| {
        let positions = roles_of(state, guild, user)?.into_iter().filter_map(|role| role["position"].as_u64()).max();
        Ok::<_, DiscordError>(positions)
    };
    let is_exempt = user == state.me || is_owner(state, guild, state.me) || !state.guild(guild)?.members.contains(user);
    if is_owner(state, guild, user) || !is_exempt && highest(user)? >= highest(state.me)? {
        return Err(DiscordError::MISSING_PERMISSIONS);
    }
    Ok(())
}

fn kick(state: &mut State, call: &Call) -> Outcome {
    let (guild, user) = (call.id("guild_id"), call.id("user_id"));
    may_act(state, guild, user)?;
    remove(state, guild, user)?;
    state.audit(guild, call, 20, user);
    Ok(Answer::NONE)
}

/// Removes a member from a server and its threads, and emits the event.
pub(super) fn remove(state: &mut State, guild: u64, user: u64) -> Result<(), DiscordError> {
    state.guild_mut(guild)?.members.remove(user).ok_or(DiscordError::UNKNOWN_MEMBER)?;
    for thread in state.threads_of(guild) {
        state.channel_mut(thread)?.members.remove(&user);
    }
    let data = json!({"guild_id": guild.to_string(), "user": state.users.get(user)});
    state.emit("GUILD_MEMBER_REMOVE", Some(guild), data);
    Ok(())
}

fn add_role(state: &mut State, call: &Call) -> Outcome {
    set_role(state, call, true)
}

fn remove_role(state: &mut State, call: &Call) -> Outcome {
    set_role(state, call, false)
}

fn set_role(state: &mut State, call: &Call, add: bool) -> Outcome {
    let (guild, user, role) = (call.id("guild_id"), call.id("user_id"), call.id("role_id"));
    if role == guild {
        return Err(DiscordError::BAD_ROLE);
    }
    let members = &mut state.guild_mut(guild)?.members;
    let mut member = members.get(user).ok_or(DiscordError::UNKNOWN_MEMBER)?;
    let role = json!(role.to_string());
    if let Some(roles) = member["roles"].as_array_mut() {
        let before = roles.len();
        roles.retain(|r| *r != role);
        if add {
            roles.push(role);
        }
        if roles.len() == before {
            return Ok(Answer::NONE);
        }
    }
    members.set(user, member);
    update(state, guild, user)?;
    state.audit(guild, call, 25, user);
    Ok(Answer::NONE)
}
