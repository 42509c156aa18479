//! The initial content of a sandbox, which has the same ids in each run.
//!
//! Users, members and messages are generated when they are read, so a million of them take no
//! memory.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value, json};

use super::state::{Channel, Guild, Interaction, State, iso};
use super::table::{Seeded, Table};
use crate::model::{DISCORD_EPOCH_MS, Snowflake};

/// How many objects of each kind the sandbox starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    pub guilds: u64,
    /// Channels per server.
    pub channels: u64,
    /// Members per server, including the bot and the owner.
    pub members: u64,
    /// Messages in the first channel of each server.
    pub messages: u64,
    /// Roles per server, without `@everyone`.
    pub roles: u64,
}

impl Default for Seed {
    fn default() -> Self {
        Self { guilds: 1, channels: 5, members: 5, messages: 0, roles: 2 }
    }
}

/// Why a value of `--seed` cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSeed {
    #[error("{0:?} is not a seed; write it as guilds=1,channels=5,members=5,messages=0,roles=2")]
    Form(String),
    #[error("{what}={count} is out of range: {what} must be {least} to {most}")]
    Bounds { what: &'static str, count: u64, least: u64, most: u64 },
}

impl Seed {
    /// Parses a seed such as `guilds=2,members=1000`. Kinds that it does not name keep the default.
    pub fn parse(text: &str) -> Result<Self, BadSeed> {
        let mut seed = Self::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let bad = || BadSeed::Form(part.to_owned());
            let (name, count) = part.split_once('=').ok_or_else(bad)?;
            let count: u64 = count.replace('_', "").parse().map_err(|_| bad())?;
            let (what, field, least, most) = match name {
                "guilds" => ("guilds", &mut seed.guilds, 1, 10_000),
                // Discord's limits for a server: 500 channels, 250 roles including `@everyone`.
                "channels" => ("channels", &mut seed.channels, 1, 500),
                "roles" => ("roles", &mut seed.roles, 0, 249),
                "members" => ("members", &mut seed.members, 2, 25_000_000),
                "messages" => ("messages", &mut seed.messages, 0, 1_000_000_000),
                _ => return Err(bad()),
            };
            if !(least..=most).contains(&count) {
                return Err(BadSeed::Bounds { what, count, least, most });
            }
            *field = count;
        }
        Ok(seed)
    }
}

/// 2024-01-01, the creation time of the seeded servers.
const BASE_MS: u64 = 1_704_067_200_000;

/// 2025-01-01, the time of the first seeded message.
const MESSAGES_MS: u64 = 1_735_689_600_000;

/// The longest span of the seeded messages. They are one second apart, or closer if they would
/// otherwise exceed it.
const MESSAGES_SPAN_MS: u64 = 180 * 24 * 3_600_000;

/// The kind of an object, in the worker bits of its snowflake, so that ids of different kinds
/// differ.
#[derive(Clone, Copy)]
enum Worker {
    Guild,
    Role,
    Channel,
    User,
    Message,
    Webhook,
    Interaction,
    Emoji,
}

/// The distance in milliseconds between the ids of one server's channels or roles and the next
/// server's: the largest number of each that a server can have.
const STRIDE: u64 = 1024;

const fn id(worker: Worker, ms: u64) -> u64 {
    ((BASE_MS - DISCORD_EPOCH_MS + ms) << 22) | ((worker as u64) << 17)
}

const fn guild_id(guild: u64) -> u64 {
    id(Worker::Guild, guild)
}

pub(super) const fn channel_id(guild: u64, channel: u64) -> u64 {
    id(Worker::Channel, guild * STRIDE + channel)
}

pub(super) const fn role_id(guild: u64, role: u64) -> u64 {
    id(Worker::Role, guild * STRIDE + role)
}

pub(super) const fn user_id(user: u64) -> u64 {
    id(Worker::User, user)
}

pub(super) const fn webhook_id(guild: u64) -> u64 {
    id(Worker::Webhook, guild)
}

/// The bot is the first user. The owner of all servers is the second.
pub(super) const BOT: u64 = user_id(0);
pub(super) const OWNER: u64 = user_id(1);

/// The interaction that exists from the start and has no response yet.
pub(super) const INTERACTION: u64 = id(Worker::Interaction, 0);
pub(super) const INTERACTION_TOKEN: &str = "sandbox-interaction-token-of-the-first-command";

/// The owner's OAuth2 access token.
pub(super) const BEARER: &str = "sandbox-access-token-of-the-owner";

/// The token of the webhook in each server's first channel.
pub(super) const WEBHOOK_TOKEN: &str = "sandbox-webhook-token-that-everybody-may-know-0123456789abcdefghijkl";

/// Creates the state that a seed describes.
pub(super) fn build(seed: Seed, now_ms: i64) -> State {
    let mut state = State::new(BOT, users(seed.members));
    state.now_ms = now_ms;
    state.application = application();
    for index in 0..seed.guilds {
        guild(&mut state, seed, index);
    }
    let general = channel_id(0, 0);
    let interaction = json!({
        "id": INTERACTION.to_string(),
        "application_id": BOT.to_string(),
        "type": 2,
        "data": {"id": id(Worker::Interaction, 1).to_string(), "name": "ping", "type": 1},
        "guild_id": guild_id(0).to_string(),
        "channel_id": general.to_string(),
        "token": INTERACTION_TOKEN,
        "version": 1,
    });
    let waiting = Interaction {
        token: INTERACTION_TOKEN.to_owned(),
        doc: interaction,
        channel: general,
        answered: false,
        original: None,
        messages: Vec::new(),
    };
    state.interactions.insert(INTERACTION, waiting);
    state
}

fn users(count: u64) -> Table {
    const NAMES: [&str; 12] = [
        "ada", "grace", "linus", "barbara", "ken", "margaret", "dennis", "radia", "edsger", "frances", "donald", "joan",
    ];
    let make = |index: u64, id: u64| {
        let (name, shown, bot) = match index {
            0 => ("sandbox-bot".to_owned(), None, true),
            1 => ("owner".to_owned(), Some("The Owner".to_owned()), false),
            n => {
                let name = NAMES[(n as usize - 2) % NAMES.len()];
                let round = (n - 2) / NAMES.len() as u64;
                let name = if round == 0 { name.to_owned() } else { format!("{name}{round}") };
                let shown = name[..1].to_uppercase() + &name[1..];
                (name, Some(shown), false)
            }
        };
        let mut user = json!({
            "id": id.to_string(),
            "username": name,
            "discriminator": if bot { "0001" } else { "0" },
            "global_name": shown,
            "avatar": null,
            "banner": null,
            "accent_color": null,
            "public_flags": 0,
        });
        if bot {
            user["bot"] = json!(true);
        }
        user
    };
    Table::seeded(Seeded { first: user_id(0), step: 1 << 22, count, make: Box::new(make) })
}

fn members(seed: Seed, guild: u64) -> Table {
    let make = move |index: u64, id: u64| {
        let roles: Vec<String> = match index {
            // The bot has the first role; the other roles are distributed among the other members.
            0 if seed.roles > 0 => vec![role_id(guild, 0).to_string()],
            n if n > 1 && seed.roles > 1 => vec![role_id(guild, 1 + n % (seed.roles - 1)).to_string()],
            _ => Vec::new(),
        };
        new_member(&roles, Snowflake::new(id).timestamp_ms() as i64 + 60_000)
    };
    Table::seeded(Seeded { first: user_id(0), step: 1 << 22, count: seed.members, make: Box::new(make) })
}

/// A new member, without its `user`.
pub(super) fn new_member(roles: &[String], joined_ms: i64) -> Value {
    json!({
        "nick": null,
        "avatar": null,
        "banner": null,
        "roles": roles,
        "joined_at": iso(joined_ms),
        "premium_since": null,
        "deaf": false,
        "mute": false,
        "flags": 0,
        "pending": false,
        "communication_disabled_until": null,
    })
}

fn messages(seed: Seed, guild: u64) -> Table {
    const TEXTS: [&str; 8] = [
        "Good morning!",
        "Has anybody seen the new release?",
        "The build is green again.",
        "Lunch?",
        "I wrote it up in the wiki.",
        "That fixed it, thank you.",
        "Reviewing it now.",
        "See you tomorrow.",
    ];
    if seed.messages == 0 {
        return Table::default();
    }
    let step_ms = (MESSAGES_SPAN_MS / seed.messages).clamp(1, 1000);
    let first = ((MESSAGES_MS - DISCORD_EPOCH_MS) << 22) | ((Worker::Message as u64) << 17) | guild;
    let authors = users(seed.members);
    let channel = channel_id(guild, 0).to_string();
    let make = move |index: u64, id: u64| {
        // Consecutive messages have different authors. None is by the bot, the user at index 0.
        let author = 1 + index.wrapping_mul(7) % (seed.members - 1);
        json!({
            "type": 0,
            "content": TEXTS[index as usize % TEXTS.len()],
            "mentions": [],
            "mention_roles": [],
            "mention_everyone": false,
            "attachments": [],
            "embeds": [],
            "timestamp": iso(Snowflake::new(id).timestamp_ms() as i64),
            "edited_timestamp": null,
            "flags": 0,
            "components": [],
            "id": id.to_string(),
            "channel_id": channel,
            "author": authors.get(user_id(author)),
            "pinned": false,
            "tts": false,
        })
    };
    Table::seeded(Seeded { first, step: step_ms << 22, count: seed.messages, make: Box::new(make) })
}

fn application() -> Map<String, Value> {
    let Value::Object(application) = json!({
        "id": BOT.to_string(),
        "name": "sandbox-bot",
        "icon": null,
        "description": "The bot of a local sandbox",
        "summary": "",
        "type": null,
        "is_monetized": false,
        "bot_public": true,
        "bot_require_code_grant": false,
        "verify_key": "0".repeat(64),
        "hook": true,
        "owner": {"id": OWNER.to_string(), "username": "owner", "discriminator": "0", "global_name": "The Owner", "avatar": null},
        "team": null,
        "approximate_guild_count": 1,
        "redirect_uris": [],
    }) else {
        return Map::new();
    };
    application
}

/// Every permission that Discord defines today.
const ALL_PERMISSIONS: u64 = (1 << 53) - 1;

/// The permissions of `@everyone` in a new server.
const EVERYONE_PERMISSIONS: u64 = 2_248_473_465_835_073;

pub(super) fn role(id: u64, name: &str, position: u64, permissions: u64) -> Value {
    json!({
        "id": id.to_string(),
        "name": name,
        "description": null,
        "permissions": permissions.to_string(),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null},
        "hoist": false,
        "managed": false,
        "mentionable": false,
        "icon": null,
        "unicode_emoji": null,
        "flags": 0,
    })
}

fn roles(seed: Seed, guild: u64) -> BTreeMap<u64, Value> {
    const NAMES: [&str; 4] = ["Bots", "Moderators", "Members", "Visitors"];
    let everyone = role(guild_id(guild), "@everyone", 0, EVERYONE_PERMISSIONS);
    let further = (0..seed.roles).map(|index| {
        let name = NAMES.get(index as usize).map_or_else(|| format!("role-{index}"), |name| (*name).to_owned());
        // The bot's role is above the others, so that the bot may change them.
        let permissions = if index == 0 { ALL_PERMISSIONS } else { EVERYONE_PERMISSIONS };
        let id = role_id(guild, index);
        (id, role(id, &name, seed.roles - index, permissions))
    });
    further.chain([(guild_id(guild), everyone)]).collect()
}

fn guild(state: &mut State, seed: Seed, index: u64) {
    let id = guild_id(index);
    let name = if index == 0 { "Sandbox".to_owned() } else { format!("Sandbox {}", index + 1) };
    let general = channel_id(index, 0).to_string();
    let Value::Object(doc) = json!({
        "id": id.to_string(),
        "name": name,
        "icon": null,
        "description": null,
        "splash": null,
        "discovery_splash": null,
        "banner": null,
        "owner_id": OWNER.to_string(),
        "application_id": null,
        "region": "deprecated",
        "afk_channel_id": null,
        "afk_timeout": 300,
        "system_channel_id": general,
        "system_channel_flags": 0,
        "widget_enabled": false,
        "widget_channel_id": null,
        "verification_level": 0,
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": null,
        "max_members": 25_000_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": null,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": false,
        "preferred_locale": "en-US",
        "rules_channel_id": null,
        "safety_alerts_channel_id": null,
        "public_updates_channel_id": null,
        "features": ["COMMUNITY", "NEWS"],
        "nsfw": false,
        "nsfw_level": 0,
        "stickers": [],
        "incidents_data": null,
    }) else {
        return;
    };
    let guild = Guild {
        doc,
        roles: roles(seed, index),
        members: members(seed, index),
        bans: BTreeMap::new(),
        audit_log: VecDeque::new(),
    };
    state.guilds.insert(id, guild);
    for position in 0..seed.channels {
        let channel = channel(index, position);
        state.channels.insert(channel_id(index, position), channel);
    }
    if let Some(general) = state.channels.get_mut(&channel_id(index, 0)) {
        general.messages = messages(seed, index);
    }
    let webhook = json!({
        "id": webhook_id(index).to_string(),
        "type": 1,
        "guild_id": id.to_string(),
        "channel_id": channel_id(index, 0).to_string(),
        "name": "Sandbox Webhook",
        "avatar": null,
        "token": WEBHOOK_TOKEN,
        "application_id": null,
        "user": state.users.get(OWNER),
    });
    state.webhooks.insert(webhook_id(index), webhook);
    let emoji = id_of_emoji(index).to_string();
    let document = json!({
        "id": emoji,
        "name": "blob",
        "roles": [],
        "user": state.users.get(OWNER),
        "require_colons": true,
        "managed": false,
        "animated": false,
        "available": true,
    });
    state.documents.put(&format!("/guilds/{id}/emojis"), &emoji, document);
}

pub(super) const fn id_of_emoji(guild: u64) -> u64 {
    id(Worker::Emoji, guild)
}

fn channel(guild: u64, position: u64) -> Channel {
    let (name, kind) = match position {
        0 => ("general".to_owned(), 0),
        1 => ("random".to_owned(), 0),
        2 => ("announcements".to_owned(), 5),
        3 => ("voice".to_owned(), 2),
        4 => ("forum".to_owned(), 15),
        n => (format!("channel-{n}"), 0),
    };
    Channel {
        doc: channel_doc(channel_id(guild, position), guild_id(guild), &name, kind, position),
        ..Channel::default()
    }
}

/// A new channel of a server.
pub(super) fn channel_doc(id: u64, guild: u64, name: &str, kind: u64, position: u64) -> Map<String, Value> {
    let Value::Object(mut doc) = json!({
        "id": id.to_string(),
        "type": kind,
        "flags": 0,
        "guild_id": guild.to_string(),
        "name": name,
        "parent_id": null,
        "position": position,
        "permission_overwrites": [],
        "nsfw": false,
    }) else {
        return Map::new();
    };
    let further = match kind {
        2 | 13 => json!({"bitrate": 64_000, "user_limit": 0, "rtc_region": null, "rate_limit_per_user": 0}),
        4 => json!({}),
        15 | 16 => json!({
            "topic": null, "rate_limit_per_user": 0, "available_tags": [], "default_reaction_emoji": null,
            "default_sort_order": null, "default_forum_layout": 0,
        }),
        _ => json!({"topic": null, "rate_limit_per_user": 0}),
    };
    doc.extend(further.as_object().cloned().unwrap_or_default());
    doc
}

/// Ids of seeded objects for the sandbox's user to try out.
pub(super) struct Ids {
    pub guild: u64,
    pub channel: u64,
    pub role: Option<u64>,
    pub user: u64,
}

pub(super) fn ids(seed: Seed) -> Ids {
    Ids {
        guild: guild_id(0),
        channel: channel_id(0, 0),
        role: (seed.roles > 0).then(|| role_id(0, seed.roles - 1)),
        // A member who is neither the bot nor the owner, if there is one.
        user: user_id(2.min(seed.members - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_parsed_and_its_counts_are_bounded() {
        let seed = Seed::parse("guilds=2,members=1_000_000").unwrap();
        assert_eq!(seed, Seed { guilds: 2, members: 1_000_000, ..Seed::default() });
        assert_eq!(Seed::parse(""), Ok(Seed::default()));
        for bad in ["guilds", "guilds=x", "cats=1", "guilds=0", "members=1", "channels=501"] {
            assert!(Seed::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_large_seed_generates_its_rows_when_they_are_read() {
        let state = build(Seed::parse("messages=1000000,members=1000000").unwrap(), 1_800_000_000_000);
        let general = &state.channels[&channel_id(0, 0)];
        assert_eq!(general.messages.len(), 1_000_000);
        let newest = general.messages.descending(std::ops::Bound::Unbounded).next().unwrap();
        let message = state.message(channel_id(0, 0), newest).unwrap();
        assert_eq!(message["id"], json!(newest.to_string()));
        assert!(message["author"]["username"].is_string());
        let last = user_id(999_999);
        assert_eq!(state.member(guild_id(0), last).unwrap()["user"]["id"], json!(last.to_string()));
    }

    #[test]
    fn no_two_seeded_objects_share_an_id() {
        let state = build(Seed::parse("guilds=3,messages=50,roles=5,members=20").unwrap(), 1_800_000_000_000);
        let mut ids: Vec<u64> =
            state.channels.keys().chain(state.guilds.keys()).chain(state.webhooks.keys()).copied().collect();
        for guild in state.guilds.values() {
            ids.extend(guild.roles.keys().filter(|id| !state.guilds.contains_key(id)));
        }
        for channel in state.channels.values() {
            ids.extend(channel.messages.ascending(std::ops::Bound::Unbounded));
        }
        ids.extend(state.users.ascending(std::ops::Bound::Unbounded));
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
