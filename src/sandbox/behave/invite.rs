//! Invites.

use serde_json::{Value, json};

use super::Rows;
use crate::sandbox::answer::{Answer, DiscordError, Outcome};
use crate::sandbox::request::Call;
use crate::sandbox::state::{State, iso, random_text};
use crate::sandbox::table::key;

pub(super) static ROWS: Rows = &[
    ("create_channel_invite", create),
    ("invite_resolve", get),
    ("invite_revoke", delete),
    ("list_channel_invites", list_in_channel),
    ("list_guild_invites", list),
];

/// How long an invite is valid by default.
const DEFAULT_AGE_SECONDS: i64 = 86_400;

const CODE_LENGTH: usize = 8;

fn create(state: &mut State, call: &Call) -> Outcome {
    let channel = call.id("channel_id");
    let guild = state.guild_of(channel).ok_or(DiscordError::DM_CHANNEL)?;
    if state.channel(channel)?.is_thread() {
        return Err(DiscordError::CHANNEL_TYPE);
    }
    let number = |name: &str, default: i64| call.field(name).and_then(Value::as_i64).unwrap_or(default);
    let max_age = number("max_age", DEFAULT_AGE_SECONDS);
    let code = random_text(CODE_LENGTH);
    let doc = &state.guild(guild)?.doc;
    let channel_doc = &state.channel(channel)?.doc;
    let invite = json!({
        "type": 0,
        "code": code,
        "guild": {"id": guild.to_string(), "name": doc["name"], "icon": doc["icon"], "features": doc["features"]},
        "guild_id": guild.to_string(),
        "channel": {"id": channel.to_string(), "name": channel_doc["name"], "type": channel_doc["type"]},
        "inviter": state.my_user(),
        "uses": 0,
        "max_uses": number("max_uses", 0),
        "max_age": max_age,
        "temporary": call.flag("temporary"),
        "created_at": iso(state.now_ms),
        // A maximum age of 0 means that the invite never expires.
        "expires_at": (max_age > 0).then(|| iso(state.now_ms + max_age * 1000)),
    });
    state.invites.insert(code, invite.clone());
    let mut data = invite.clone();
    data["channel_id"] = json!(channel.to_string());
    if let Some(fields) = data.as_object_mut() {
        fields.retain(|name, _| !matches!(name.as_str(), "guild" | "channel" | "type"));
    }
    state.emit("INVITE_CREATE", Some(guild), data);
    state.audit(guild, call, 40, channel);
    Ok(Answer::ok(invite))
}

/// The invite with this code, unless it has expired.
fn unexpired(state: &State, code: &str) -> Result<Value, DiscordError> {
    let now = u64::try_from(state.now_ms).unwrap_or(0);
    let invite = state.invites.get(code).filter(|i| key(&i["expires_at"]).is_none_or(|end| end > now));
    invite.cloned().ok_or(DiscordError::UNKNOWN_INVITE)
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let mut invite = unexpired(state, call.text("code"))?;
    if call.query_flag("with_counts") {
        let guild = key(&invite["guild_id"]).unwrap_or(0);
        let members = state.guild(guild)?.members.len();
        invite["approximate_member_count"] = json!(members);
        invite["approximate_presence_count"] = json!(members.min(2));
    }
    // This endpoint returns an invite without its metadata (Discord's reference, "Invite Metadata Object").
    if let Some(fields) = invite.as_object_mut() {
        fields.retain(|name, _| !matches!(name.as_str(), "uses" | "max_uses" | "max_age" | "temporary" | "created_at"));
    }
    Ok(Answer::ok(invite))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let code = call.text("code");
    let invite = unexpired(state, code)?;
    state.invites.remove(code);
    let guild = key(&invite["guild_id"]);
    let data = json!({"channel_id": invite["channel"]["id"], "guild_id": invite["guild_id"], "code": code});
    state.emit("INVITE_DELETE", guild, data);
    if let Some(guild) = guild {
        state.audit(guild, call, 42, key(&invite["channel"]["id"]).unwrap_or(0));
    }
    Ok(Answer::ok(invite))
}

fn list_in_channel(state: &mut State, call: &Call) -> Outcome {
    let channel = json!(call.id("channel_id").to_string());
    Ok(Answer::ok(state.invites.values().filter(|i| i["channel"]["id"] == channel).cloned().collect()))
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let guild = json!(call.id("guild_id").to_string());
    Ok(Answer::ok(state.invites.values().filter(|i| i["guild_id"] == guild).cloned().collect()))
}
