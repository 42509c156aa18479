//! Servers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Rows;
use crate::sandbox::answer::{Answer, Content, DiscordError, Outcome};
use crate::sandbox::request::Call;
use crate::sandbox::state::{State, merge};
use crate::sandbox::store;
use crate::sandbox::table::key;

pub(super) static ROWS: Rows = &[
    ("get_guild", get),
    ("update_guild", edit),
    ("list_my_guilds", list),
    ("leave_guild", leave),
    ("get_guild_preview", preview),
    ("preview_prune_guild", prune_count),
    ("prune_guild", prune),
    ("get_guild_vanity_url", vanity),
    ("list_guild_voice_regions", regions),
    ("list_voice_regions", regions),
    ("get_guild_widget_png", widget_image),
    ("list_guild_audit_log_entries", audit_log),
];

fn get(state: &mut State, call: &Call) -> Outcome {
    let id = call.id("guild_id");
    let mut doc = state.guild_doc(id);
    if call.query_flag("with_counts") {
        let members = state.guild(id)?.members.len();
        doc["approximate_member_count"] = json!(members);
        doc["approximate_presence_count"] = json!(members.min(2));
    }
    Ok(Answer::ok(doc))
}

fn edit(state: &mut State, call: &Call) -> Outcome {
    const EDITABLE: &[&str] = &[
        "name",
        "description",
        "icon",
        "splash",
        "discovery_splash",
        "banner",
        "owner_id",
        "afk_channel_id",
        "afk_timeout",
        "system_channel_id",
        "system_channel_flags",
        "verification_level",
        "default_message_notifications",
        "explicit_content_filter",
        "preferred_locale",
        "rules_channel_id",
        "public_updates_channel_id",
        "safety_alerts_channel_id",
        "premium_progress_bar_enabled",
        "features",
    ];
    let id = call.id("guild_id");
    // Only the owner can transfer ownership, and the bot is not the owner.
    if call.field("owner_id").is_some() {
        return Err(DiscordError::MISSING_PERMISSIONS);
    }
    for field in ["afk_channel_id", "system_channel_id", "rules_channel_id", "public_updates_channel_id"] {
        if let Some(channel) = call.field_id(field)
            && state.guild_of(channel) != Some(id)
        {
            return Err(DiscordError::field(field, "CHANNEL_INVALID", "Invalid channel"));
        }
    }
    merge(&mut state.guild_mut(id)?.doc, &call.body, EDITABLE);
    let doc = state.guild_doc(id);
    state.emit("GUILD_UPDATE", Some(id), doc.clone());
    state.audit(id, call, 1, id);
    Ok(Answer::ok(doc))
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let counts = call.query_flag("with_counts");
    let rows = state.guilds.iter().map(|(id, guild)| {
        let mut row = json!({
            "id": id.to_string(),
            "name": guild.doc["name"],
            "icon": guild.doc["icon"],
            "banner": guild.doc["banner"],
            "owner": false,
            "permissions": "9007199254740991",
            "features": guild.doc["features"],
        });
        if counts {
            row["approximate_member_count"] = json!(guild.members.len());
            row["approximate_presence_count"] = json!(guild.members.len().min(2));
        }
        (*id, row)
    });
    Ok(store::page(call, rows.collect::<Vec<_>>()))
}

fn leave(state: &mut State, call: &Call) -> Outcome {
    let id = call.id("guild_id");
    state.channels.retain(|_, channel| channel.doc.get("guild_id").and_then(key) != Some(id));
    state.webhooks.retain(|_, webhook| key(&webhook["guild_id"]) != Some(id));
    state.invites.retain(|_, invite| key(&invite["guild_id"]) != Some(id));
    state.guilds.remove(&id);
    state.emit("GUILD_DELETE", Some(id), json!({"id": id.to_string()}));
    Ok(Answer::NONE)
}

fn preview(state: &mut State, call: &Call) -> Outcome {
    let id = call.id("guild_id");
    let doc = state.guild_doc(id);
    let members = state.guild(id)?.members.len();
    let mut preview = json!({"approximate_member_count": members, "approximate_presence_count": members.min(2)});
    for field in ["id", "name", "icon", "splash", "discovery_splash", "emojis", "features", "description", "stickers"] {
        preview[field] = doc[field].clone();
    }
    Ok(Answer::ok(preview))
}

/// The members that a prune would remove: those whose roles are all in `roles`, or who have none.
/// The sandbox does not record activity and treats every member as inactive.
fn prunable(state: &State, guild: u64, roles: &[Value]) -> Vec<u64> {
    let Ok(found) = state.guild(guild) else { return Vec::new() };
    let owner = found.doc.get("owner_id").and_then(key);
    let is_prunable = |user: &u64| {
        let member = found.members.get(*user).unwrap_or_default();
        let own = member["roles"].as_array();
        *user != state.me && Some(*user) != owner && own.is_none_or(|own| own.iter().all(|role| roles.contains(role)))
    };
    found.members.ascending(std::ops::Bound::Unbounded).filter(is_prunable).collect()
}

/// The value of `include_roles`: a list in a body, comma-separated text in a query.
fn included(value: Option<&Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(list)) => list.clone(),
        Some(Value::String(text)) => text.split(',').filter(|t| !t.is_empty()).map(|t| json!(t)).collect(),
        _ => Vec::new(),
    }
}

fn prune_count(state: &mut State, call: &Call) -> Outcome {
    let roles = included(call.query.get("include_roles"));
    Ok(Answer::ok(json!({"pruned": prunable(state, call.id("guild_id"), &roles).len()})))
}

fn prune(state: &mut State, call: &Call) -> Outcome {
    let guild = call.id("guild_id");
    let pruned = prunable(state, guild, &included(call.field("include_roles")));
    for user in &pruned {
        super::member::remove(state, guild, *user)?;
    }
    state.audit(guild, call, 21, guild);
    let counted = call.field("compute_prune_count") != Some(&json!(false));
    Ok(Answer::ok(json!({"pruned": counted.then_some(pruned.len())})))
}

fn vanity(state: &mut State, call: &Call) -> Outcome {
    let code = state.guild(call.id("guild_id"))?.doc["vanity_url_code"].clone();
    Ok(Answer::ok(json!({"code": code, "uses": 0})))
}

fn regions(_: &mut State, _: &Call) -> Outcome {
    let region = |(id, name): (&str, &str)| json!({"id": id, "name": name, "optimal": id == "rotterdam", "deprecated": false, "custom": false});
    Ok(Answer::ok([("rotterdam", "Rotterdam"), ("us-east", "US East"), ("japan", "Japan")].map(region).into()))
}

/// A PNG image of one transparent pixel, in base64.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII=";

fn widget_image(_: &mut State, _: &Call) -> Outcome {
    let bytes = STANDARD.decode(PIXEL).expect("the image is valid base64").into();
    Ok(Answer { status: 200, content: Content::Bytes { mime: "image/png".to_owned(), bytes } })
}

fn audit_log(state: &mut State, call: &Call) -> Outcome {
    let guild = state.guild(call.id("guild_id"))?;
    let fits = |entry: &&Value| {
        let same =
            |field: &str, name: &str| call.query.get(name).is_none_or(|wanted| key(&entry[field]) == key(wanted));
        same("user_id", "user_id") && same("action_type", "action_type") && same("target_id", "target_id")
    };
    let mut window = call.window();
    // The newest entry is first, except with `after`.
    window.newest_first = window.after.is_none();
    let rows = guild.audit_log.iter().filter(fits).filter_map(|entry| Some((key(&entry["id"])?, entry.clone())));
    let (entries, _) = window.cut(rows);
    // The users who acted and the users they acted on.
    let user_ids = entries.iter().flat_map(|entry| [key(&entry["user_id"]), key(&entry["target_id"])]);
    let users: std::collections::BTreeSet<u64> = user_ids.flatten().collect();
    let users: Vec<Value> = users.into_iter().filter_map(|id| state.users.get(id)).collect();
    Ok(Answer::ok(json!({
        "audit_log_entries": entries,
        "users": users,
        "webhooks": [],
        "integrations": [],
        "threads": [],
        "application_commands": [],
        "auto_moderation_rules": [],
        "guild_scheduled_events": [],
    })))
}
