//! Which events and fields a session receives, depending on its intents.
//! Source: Discord's reference, "Gateway", list of intents and its caveats.

use serde_json::Value;

pub const GUILDS: u64 = 1;
pub const GUILD_MEMBERS: u64 = 1 << 1;
pub const GUILD_MODERATION: u64 = 1 << 2;
pub const GUILD_EXPRESSIONS: u64 = 1 << 3;
pub const GUILD_INTEGRATIONS: u64 = 1 << 4;
pub const GUILD_WEBHOOKS: u64 = 1 << 5;
pub const GUILD_INVITES: u64 = 1 << 6;
pub const GUILD_VOICE_STATES: u64 = 1 << 7;
pub const GUILD_PRESENCES: u64 = 1 << 8;
pub const GUILD_MESSAGES: u64 = 1 << 9;
pub const GUILD_MESSAGE_REACTIONS: u64 = 1 << 10;
pub const GUILD_MESSAGE_TYPING: u64 = 1 << 11;
pub const DIRECT_MESSAGES: u64 = 1 << 12;
pub const DIRECT_MESSAGE_REACTIONS: u64 = 1 << 13;
pub const DIRECT_MESSAGE_TYPING: u64 = 1 << 14;
pub const MESSAGE_CONTENT: u64 = 1 << 15;
pub const GUILD_SCHEDULED_EVENTS: u64 = 1 << 16;
pub const AUTO_MODERATION_CONFIGURATION: u64 = 1 << 20;
pub const AUTO_MODERATION_EXECUTION: u64 = 1 << 21;
pub const GUILD_MESSAGE_POLLS: u64 = 1 << 24;
pub const DIRECT_MESSAGE_POLLS: u64 = 1 << 25;

/// All intents that exist.
pub const ALL: u64 = ((1 << 17) - 1)
    | AUTO_MODERATION_CONFIGURATION
    | AUTO_MODERATION_EXECUTION
    | GUILD_MESSAGE_POLLS
    | DIRECT_MESSAGE_POLLS;

/// The intents that must be granted to an application.
pub const PRIVILEGED: u64 = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT;

/// The intents of which a session needs at least one to receive an event, in a guild and in a direct
/// message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RequiredIntents {
    guild: u64,
    direct: u64,
}

/// The intents for an event, or `None` if every session receives it.
fn required(name: &str) -> Option<RequiredIntents> {
    const fn guild(guild: u64) -> Option<RequiredIntents> {
        // Discord never sends these events without a guild. If the sandbox does, the same intent
        // applies.
        Some(RequiredIntents { guild, direct: guild })
    }
    const fn both(guild: u64, direct: u64) -> Option<RequiredIntents> {
        Some(RequiredIntents { guild, direct })
    }
    match name {
        "GUILD_CREATE"
        | "GUILD_UPDATE"
        | "GUILD_DELETE"
        | "GUILD_ROLE_CREATE"
        | "GUILD_ROLE_UPDATE"
        | "GUILD_ROLE_DELETE"
        | "CHANNEL_CREATE"
        | "CHANNEL_UPDATE"
        | "CHANNEL_DELETE"
        | "THREAD_CREATE"
        | "THREAD_UPDATE"
        | "THREAD_DELETE"
        | "THREAD_LIST_SYNC"
        | "THREAD_MEMBER_UPDATE"
        | "STAGE_INSTANCE_CREATE"
        | "STAGE_INSTANCE_UPDATE"
        | "STAGE_INSTANCE_DELETE"
        | "VOICE_CHANNEL_STATUS_UPDATE"
        | "VOICE_CHANNEL_START_TIME_UPDATE" => guild(GUILDS),
        "CHANNEL_PINS_UPDATE" => both(GUILDS, DIRECT_MESSAGES),
        "THREAD_MEMBERS_UPDATE" => guild(GUILDS | GUILD_MEMBERS),
        "GUILD_MEMBER_ADD" | "GUILD_MEMBER_UPDATE" | "GUILD_MEMBER_REMOVE" => guild(GUILD_MEMBERS),
        "GUILD_AUDIT_LOG_ENTRY_CREATE" | "GUILD_BAN_ADD" | "GUILD_BAN_REMOVE" => guild(GUILD_MODERATION),
        "GUILD_EMOJIS_UPDATE"
        | "GUILD_STICKERS_UPDATE"
        | "GUILD_SOUNDBOARD_SOUND_CREATE"
        | "GUILD_SOUNDBOARD_SOUND_UPDATE"
        | "GUILD_SOUNDBOARD_SOUND_DELETE"
        | "GUILD_SOUNDBOARD_SOUNDS_UPDATE" => guild(GUILD_EXPRESSIONS),
        "GUILD_INTEGRATIONS_UPDATE" | "INTEGRATION_CREATE" | "INTEGRATION_UPDATE" | "INTEGRATION_DELETE" => {
            guild(GUILD_INTEGRATIONS)
        }
        "WEBHOOKS_UPDATE" => guild(GUILD_WEBHOOKS),
        "INVITE_CREATE" | "INVITE_DELETE" => guild(GUILD_INVITES),
        "VOICE_STATE_UPDATE" | "VOICE_CHANNEL_EFFECT_SEND" => guild(GUILD_VOICE_STATES),
        "PRESENCE_UPDATE" => guild(GUILD_PRESENCES),
        "MESSAGE_CREATE" | "MESSAGE_UPDATE" | "MESSAGE_DELETE" => both(GUILD_MESSAGES, DIRECT_MESSAGES),
        "MESSAGE_DELETE_BULK" => guild(GUILD_MESSAGES),
        "MESSAGE_REACTION_ADD"
        | "MESSAGE_REACTION_REMOVE"
        | "MESSAGE_REACTION_REMOVE_ALL"
        | "MESSAGE_REACTION_REMOVE_EMOJI" => both(GUILD_MESSAGE_REACTIONS, DIRECT_MESSAGE_REACTIONS),
        "TYPING_START" => both(GUILD_MESSAGE_TYPING, DIRECT_MESSAGE_TYPING),
        "GUILD_SCHEDULED_EVENT_CREATE"
        | "GUILD_SCHEDULED_EVENT_UPDATE"
        | "GUILD_SCHEDULED_EVENT_DELETE"
        | "GUILD_SCHEDULED_EVENT_USER_ADD"
        | "GUILD_SCHEDULED_EVENT_USER_REMOVE"
        | "GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE"
        | "GUILD_SCHEDULED_EVENT_EXCEPTION_UPDATE"
        | "GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE" => guild(GUILD_SCHEDULED_EVENTS),
        "AUTO_MODERATION_RULE_CREATE" | "AUTO_MODERATION_RULE_UPDATE" | "AUTO_MODERATION_RULE_DELETE" => {
            guild(AUTO_MODERATION_CONFIGURATION)
        }
        "AUTO_MODERATION_ACTION_EXECUTION" => guild(AUTO_MODERATION_EXECUTION),
        "MESSAGE_POLL_VOTE_ADD" | "MESSAGE_POLL_VOTE_REMOVE" => both(GUILD_MESSAGE_POLLS, DIRECT_MESSAGE_POLLS),
        _ => None,
    }
}

/// Whether a session with these intents receives the event. `me` is the bot's user id.
pub(super) fn covers(intents: u64, name: &str, in_guild: bool, data: &Value, me: &str) -> bool {
    let Some(required) = required(name) else { return true };
    let any_of = if in_guild { required.guild } else { required.direct };
    match name {
        // Updates of the bot's own member require no intent.
        "GUILD_MEMBER_UPDATE" if data["user"]["id"] == *me => true,
        // With GUILDS alone, a bot receives only the threads that it joins or leaves itself.
        "THREAD_MEMBERS_UPDATE" if intents & GUILD_MEMBERS == 0 => {
            let list = |key: &str| data[key].as_array().map_or(&[][..], Vec::as_slice);
            intents & GUILDS != 0
                && (list("added_members").iter().any(|m| m["user_id"] == *me)
                    || list("removed_member_ids").iter().any(|id| *id == *me))
        }
        _ => intents & any_of != 0,
    }
}

/// The event for sessions without MESSAGE_CONTENT, or `None` if the intent makes no difference: the
/// event has no message, or a direct message, one by the bot, or one that mentions the bot.
pub(super) fn without_content(name: &str, in_guild: bool, data: &Value, me: &str) -> Option<Value> {
    if !in_guild || !matches!(name, "MESSAGE_CREATE" | "MESSAGE_UPDATE") || is_exempt(data, me) {
        return None;
    }
    let mut data = data.clone();
    clear_content(&mut data);
    if data["referenced_message"].is_object() && !is_exempt(&data["referenced_message"], me) {
        clear_content(&mut data["referenced_message"]);
    }
    Some(data)
}

/// Whether the bot receives a message's content without the intent.
fn is_exempt(message: &Value, me: &str) -> bool {
    let mentions = message["mentions"].as_array().map_or(&[][..], Vec::as_slice);
    message["author"]["id"] == *me || mentions.iter().any(|user| user["id"] == *me)
}

fn clear_content(message: &mut Value) {
    let Some(message) = message.as_object_mut() else { return };
    if let Some(content) = message.get_mut("content") {
        *content = Value::from("");
    }
    for list in ["embeds", "attachments", "components"] {
        if let Some(list) = message.get_mut(list) {
            *list = Value::Array(Vec::new());
        }
    }
    message.shift_remove("poll");
}

/// Reduces GUILD_CREATE to what these intents allow: without GUILD_PRESENCES it has no presences, and
/// only the bot and the members in voice channels.
pub(super) fn trim_guild(intents: u64, guild: &mut Value, me: &str) {
    if intents & GUILD_PRESENCES != 0 {
        return;
    }
    if let Some(presences) = guild.get_mut("presences") {
        *presences = Value::Array(Vec::new());
    }
    let in_voice: Vec<Value> = guild["voice_states"]
        .as_array()
        .map(|states| states.iter().map(|state| state["user_id"].clone()).collect())
        .unwrap_or_default();
    if let Some(members) = guild.get_mut("members").and_then(Value::as_array_mut) {
        members.retain(|m| m["user"]["id"] == *me || in_voice.contains(&m["user"]["id"]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_is_sent_with_its_intents_only() {
        for (name, guild, direct) in [
            ("GUILD_CREATE", GUILDS, GUILDS),
            ("CHANNEL_PINS_UPDATE", GUILDS, DIRECT_MESSAGES),
            ("GUILD_MEMBER_ADD", GUILD_MEMBERS, GUILD_MEMBERS),
            ("GUILD_BAN_ADD", GUILD_MODERATION, GUILD_MODERATION),
            ("GUILD_EMOJIS_UPDATE", GUILD_EXPRESSIONS, GUILD_EXPRESSIONS),
            ("INTEGRATION_CREATE", GUILD_INTEGRATIONS, GUILD_INTEGRATIONS),
            ("WEBHOOKS_UPDATE", GUILD_WEBHOOKS, GUILD_WEBHOOKS),
            ("INVITE_CREATE", GUILD_INVITES, GUILD_INVITES),
            ("VOICE_STATE_UPDATE", GUILD_VOICE_STATES, GUILD_VOICE_STATES),
            ("PRESENCE_UPDATE", GUILD_PRESENCES, GUILD_PRESENCES),
            ("MESSAGE_CREATE", GUILD_MESSAGES, DIRECT_MESSAGES),
            ("MESSAGE_DELETE_BULK", GUILD_MESSAGES, GUILD_MESSAGES),
            ("MESSAGE_REACTION_ADD", GUILD_MESSAGE_REACTIONS, DIRECT_MESSAGE_REACTIONS),
            ("TYPING_START", GUILD_MESSAGE_TYPING, DIRECT_MESSAGE_TYPING),
            ("GUILD_SCHEDULED_EVENT_CREATE", GUILD_SCHEDULED_EVENTS, GUILD_SCHEDULED_EVENTS),
            ("AUTO_MODERATION_RULE_CREATE", AUTO_MODERATION_CONFIGURATION, AUTO_MODERATION_CONFIGURATION),
            ("AUTO_MODERATION_ACTION_EXECUTION", AUTO_MODERATION_EXECUTION, AUTO_MODERATION_EXECUTION),
            ("MESSAGE_POLL_VOTE_ADD", GUILD_MESSAGE_POLLS, DIRECT_MESSAGE_POLLS),
            ("INTERACTION_CREATE", ALL | !ALL, ALL | !ALL),
            ("A_NEW_EVENT", ALL | !ALL, ALL | !ALL),
        ] {
            for bit in 0..26 {
                let got = |in_guild| covers(1 << bit, name, in_guild, &json!({}), "1");
                assert_eq!(got(true), guild & (1 << bit) != 0, "{name} in a guild, bit {bit}");
                assert_eq!(got(false), direct & (1 << bit) != 0, "{name} alone, bit {bit}");
            }
        }
    }

    #[test]
    fn events_about_the_bot_itself_need_fewer_intents() {
        let own = json!({"user": {"id": "1"}});
        assert!(covers(0, "GUILD_MEMBER_UPDATE", true, &own, "1"));
        assert!(!covers(0, "GUILD_MEMBER_UPDATE", true, &own, "2"));
        let joined = json!({"added_members": [{"user_id": "1"}], "removed_member_ids": ["3"]});
        for (me, intents, expected) in [
            ("1", GUILDS, true),
            ("3", GUILDS, true),
            ("2", GUILDS, false),
            ("2", GUILD_MEMBERS, true),
            ("1", GUILD_MESSAGES, false),
        ] {
            assert_eq!(covers(intents, "THREAD_MEMBERS_UPDATE", true, &joined, me), expected);
        }
    }

    #[test]
    fn content_is_removed_unless_the_message_is_direct_or_concerns_the_bot() {
        let message = json!({
            "id": "9", "content": "hello", "embeds": [{}], "attachments": [{}],
            "components": [{}], "poll": {}, "author": {"id": "5"}, "mentions": [{"id": "6"}],
            "referenced_message": {"content": "old", "author": {"id": "7"}, "mentions": []}
        });
        let hidden = without_content("MESSAGE_CREATE", true, &message, "1").unwrap();
        assert_eq!(
            hidden,
            json!({
                "id": "9", "content": "", "embeds": [], "attachments": [], "components": [],
                "author": {"id": "5"}, "mentions": [{"id": "6"}],
                "referenced_message": {"content": "", "author": {"id": "7"}, "mentions": []}
            })
        );
        for (name, in_guild, me) in [
            ("MESSAGE_CREATE", false, "1"),
            ("MESSAGE_CREATE", true, "5"),
            ("MESSAGE_UPDATE", true, "6"),
            ("MESSAGE_DELETE", true, "1"),
        ] {
            assert_eq!(without_content(name, in_guild, &message, me), None, "{name} {me}");
        }
        let partial = without_content("MESSAGE_UPDATE", true, &json!({"id": "9"}), "1").unwrap();
        assert_eq!(partial, json!({"id": "9"}));
        let reply_to_me = without_content("MESSAGE_CREATE", true, &message, "7").unwrap();
        assert_eq!(reply_to_me["referenced_message"]["content"], "old");
    }

    #[test]
    fn without_the_presence_intent_a_guild_has_only_the_bot_and_members_in_voice() {
        let guild = json!({
            "presences": [{}], "voice_states": [{"user_id": "3"}],
            "members": [{"user": {"id": "1"}}, {"user": {"id": "2"}}, {"user": {"id": "3"}}]
        });
        let mut trimmed = guild.clone();
        trim_guild(GUILDS, &mut trimmed, "1");
        assert_eq!(trimmed["presences"], json!([]));
        assert_eq!(trimmed["members"], json!([{"user": {"id": "1"}}, {"user": {"id": "3"}}]));
        let mut whole = guild.clone();
        trim_guild(GUILDS | GUILD_PRESENCES, &mut whole, "1");
        assert_eq!(whole, guild);
    }
}
