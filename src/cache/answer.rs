//! What a REST answer says, as changes, by the operation that was asked for.

use serde_json::value::RawValue;

use super::change::{Change, How};
use super::object::guild;
use super::row::{Head, Key};
use super::{Error, Kind};
use crate::model::items;

/// What an operation's answer is, or what its success means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It answers with one of these.
    One(Kind),
    /// It answers with all that its guild (or the bot) has of these.
    All(Kind),
    /// It answers with some of these.
    Some(Kind, How),
    /// The one that this parameter names is gone.
    Gone(Kind, &'static str),
    /// The one that this parameter names has changed.
    Outdated(Kind, &'static str),
    /// Some of its guild's have changed.
    Unlisted(Kind),
    /// These messages of the body are gone.
    BulkDelete,
    Ban,
    LeaveGuild,
}

impl Effect {
    /// Whether it is about messages alone.
    pub fn is_of_messages(self) -> bool {
        match self {
            Self::One(kind)
            | Self::All(kind)
            | Self::Some(kind, _)
            | Self::Gone(kind, _)
            | Self::Outdated(kind, _)
            | Self::Unlisted(kind) => kind == Kind::Message,
            Self::BulkDelete => true,
            Self::Ban | Self::LeaveGuild => false,
        }
    }
}

/// An answer, and what was asked.
pub struct Answer<'a> {
    pub operation: &'a str,
    /// The values of the path's parameters by name.
    pub segment: &'a dyn Fn(&str) -> Option<String>,
    /// Where the answer has its items, if it is no list itself.
    pub items: Option<&'a str>,
    pub body: &'a [u8],
    /// Whether, with this page, all items of the list were answered, at the same `now_ms`.
    pub complete: bool,
    /// The ids in the request, for what deletes many at once.
    pub deleted: &'a [u64],
}

/// The effect of an operation, by Discord's name of it; `None` if nothing of it is kept.
pub fn effect(operation: &str) -> Option<Effect> {
    use Effect as E;
    use Kind as K;
    Some(match operation {
        "get_guild" | "update_guild" => E::One(K::Guild),
        "list_my_guilds" => E::All(K::Guild),
        "leave_guild" => E::LeaveGuild,
        "get_channel"
        | "update_channel"
        | "create_guild_channel"
        | "create_dm"
        | "create_thread"
        | "create_thread_from_message" => E::One(K::Channel),
        "list_guild_channels" => E::All(K::Channel),
        "delete_channel" => E::Gone(K::Channel, "channel_id"),
        "set_channel_permission_overwrite" | "delete_channel_permission_overwrite" => {
            E::Outdated(K::Channel, "channel_id")
        }
        "bulk_update_guild_channels" => E::Unlisted(K::Channel),
        "get_active_guild_threads" => E::All(K::Thread),
        "list_public_archived_threads"
        | "list_private_archived_threads"
        | "list_my_private_archived_threads"
        | "thread_search" => E::Some(K::Thread, How::Full),
        "get_guild_role" | "create_guild_role" | "update_guild_role" => E::One(K::Role),
        "list_guild_roles" | "bulk_update_guild_roles" => E::All(K::Role),
        "delete_guild_role" => E::Gone(K::Role, "role_id"),
        "get_guild_member" | "update_guild_member" | "add_guild_member" | "update_my_guild_member" => E::One(K::Member),
        "list_guild_members" => E::All(K::Member),
        "search_guild_members" => E::Some(K::Member, How::Full),
        "delete_guild_member" => E::Gone(K::Member, "user_id"),
        "add_guild_member_role" | "delete_guild_member_role" => E::Outdated(K::Member, "user_id"),
        "prune_guild" => E::Unlisted(K::Member),
        "get_guild_ban" => E::One(K::Ban),
        "list_guild_bans" => E::All(K::Ban),
        "ban_user_from_guild" => E::Ban,
        "unban_user_from_guild" => E::Gone(K::Ban, "user_id"),
        "bulk_ban_users_from_guild" => E::Unlisted(K::Ban),
        "get_user" | "get_my_user" | "update_my_user" => E::One(K::User),
        "list_message_reactions_by_emoji" | "get_answer_voters" => E::Some(K::User, How::Part),
        "create_message"
        | "get_message"
        | "update_message"
        | "crosspost_message"
        | "execute_webhook"
        | "get_webhook_message"
        | "update_webhook_message"
        | "get_original_webhook_message"
        | "update_original_webhook_message"
        | "create_followup_message"
        | "get_followup_message"
        | "edit_followup_message" => E::One(K::Message),
        "list_messages" | "deprecated_list_pins" => E::Some(K::Message, How::Whole),
        "guild_search" => E::Some(K::Message, How::Part),
        "delete_message" | "delete_webhook_message" | "delete_followup_message" => E::Gone(K::Message, "message_id"),
        "bulk_delete_messages" => E::BulkDelete,
        "create_pin"
        | "delete_pin"
        | "deprecated_create_pin"
        | "deprecated_delete_pin"
        | "poll_expire"
        | "delete_all_message_reactions"
        | "delete_all_message_reactions_by_emoji"
        | "delete_my_message_reaction"
        | "add_my_message_reaction"
        | "delete_user_message_reaction" => E::Outdated(K::Message, "message_id"),
        "get_guild_emoji"
        | "create_guild_emoji"
        | "update_guild_emoji"
        | "get_application_emoji"
        | "create_application_emoji"
        | "update_application_emoji" => E::One(K::Emoji),
        "list_guild_emojis" | "list_application_emojis" => E::All(K::Emoji),
        "delete_guild_emoji" | "delete_application_emoji" => E::Gone(K::Emoji, "emoji_id"),
        "get_guild_sticker" | "create_guild_sticker" | "update_guild_sticker" | "get_sticker" => E::One(K::Sticker),
        "list_guild_stickers" => E::All(K::Sticker),
        "delete_guild_sticker" => E::Gone(K::Sticker, "sticker_id"),
        "get_guild_soundboard_sound" | "create_guild_soundboard_sound" | "update_guild_soundboard_sound" => {
            E::One(K::Sound)
        }
        "list_guild_soundboard_sounds" => E::All(K::Sound),
        "delete_guild_soundboard_sound" => E::Gone(K::Sound, "sound_id"),
        "get_guild_scheduled_event" | "create_guild_scheduled_event" | "update_guild_scheduled_event" => {
            E::One(K::Event)
        }
        "list_guild_scheduled_events" => E::All(K::Event),
        "delete_guild_scheduled_event" => E::Gone(K::Event, "guild_scheduled_event_id"),
        "create_stage_instance" | "update_stage_instance" | "get_stage_instance" => E::One(K::Stage),
        "invite_resolve" => E::Some(K::Invite, How::Part),
        "create_channel_invite" => E::One(K::Invite),
        "list_guild_invites" => E::All(K::Invite),
        "list_channel_invites" => E::Some(K::Invite, How::Whole),
        "invite_revoke" => E::Gone(K::Invite, "code"),
        "create_webhook" | "get_webhook" | "update_webhook" => E::One(K::Webhook),
        "get_guild_webhooks" => E::All(K::Webhook),
        "list_channel_webhooks" => E::Some(K::Webhook, How::Whole),
        "delete_webhook" | "delete_webhook_by_token" => E::Gone(K::Webhook, "webhook_id"),
        "list_guild_integrations" => E::All(K::Integration),
        "delete_guild_integration" => E::Gone(K::Integration, "integration_id"),
        "get_auto_moderation_rule" | "create_auto_moderation_rule" | "update_auto_moderation_rule" => {
            E::One(K::AutomodRule)
        }
        "list_auto_moderation_rules" => E::All(K::AutomodRule),
        "delete_auto_moderation_rule" => E::Gone(K::AutomodRule, "rule_id"),
        "create_application_command"
        | "get_application_command"
        | "update_application_command"
        | "create_guild_application_command"
        | "get_guild_application_command"
        | "update_guild_application_command" => E::One(K::Command),
        "list_application_commands"
        | "bulk_set_application_commands"
        | "list_guild_application_commands"
        | "bulk_set_guild_application_commands" => E::All(K::Command),
        "delete_application_command" | "delete_guild_application_command" => E::Gone(K::Command, "command_id"),
        "get_voice_state" | "get_self_voice_state" => E::One(K::VoiceState),
        "get_entitlement" | "create_entitlement" => E::One(K::Entitlement),
        "get_entitlements" => E::Some(K::Entitlement, How::Whole),
        "delete_entitlement" => E::Gone(K::Entitlement, "entitlement_id"),
        "consume_entitlement" => E::Outdated(K::Entitlement, "entitlement_id"),
        "get_guild_template"
        | "create_guild_template"
        | "update_guild_template"
        | "sync_guild_template"
        | "delete_guild_template" => E::One(K::Template),
        "list_guild_templates" => E::All(K::Template),
        _ => return None,
    })
}

/// The parameter that names the one thing which an operation of [`Effect::One`] reads.
pub const fn id_param(kind: Kind) -> &'static str {
    match kind {
        Kind::Guild => "guild_id",
        Kind::Channel | Kind::Thread | Kind::Stage => "channel_id",
        Kind::Role => "role_id",
        Kind::Member | Kind::Ban | Kind::User | Kind::VoiceState | Kind::Presence => "user_id",
        Kind::Message => "message_id",
        Kind::Emoji => "emoji_id",
        Kind::Sticker => "sticker_id",
        Kind::Sound => "sound_id",
        Kind::Event => "guild_scheduled_event_id",
        Kind::Invite | Kind::Template => "code",
        Kind::Webhook => "webhook_id",
        Kind::Integration => "integration_id",
        Kind::AutomodRule => "rule_id",
        Kind::Command => "command_id",
        Kind::Entitlement => "entitlement_id",
    }
}

/// The changes of one answer.
pub fn changes<'a>(answer: &Answer<'a>) -> Result<Vec<Change<'a>>, Error> {
    let mut to = Vec::new();
    let Some(effect) = effect(answer.operation) else { return Ok(to) };
    let number = |name: &str| (answer.segment)(name).and_then(|value| value.parse::<u64>().ok());
    let in_guild = number("guild_id");
    let key = |kind: Kind, name: &str| (answer.segment)(name).map(|value| Key::of(kind, &value));
    let within = |kind: Kind| if kind.is_per_guild() { in_guild.unwrap_or(0) } else { 0 };
    match effect {
        // A deleted template is answered with what it was.
        Effect::One(Kind::Template) if answer.operation == "delete_guild_template" => {
            to.extend(key(Kind::Template, "code").map(|key| Change::Delete { kind: Kind::Template, within: 0, key }));
        }
        Effect::One(kind) => {
            if let Ok(object) = serde_json::from_slice::<&RawValue>(answer.body) {
                put(kind, in_guild, object, How::Whole, &mut to)?;
            }
        }
        Effect::All(kind) => {
            // The list of the bot's guilds has a few members of each only.
            let how = if kind == Kind::Guild { How::Part } else { How::Whole };
            for item in items::items(answer.body, answer.items)? {
                put(kind, in_guild, item, how, &mut to)?;
            }
            if answer.complete {
                let parent = if kind == Kind::Guild { 0 } else { in_guild.unwrap_or(0) };
                to.push(Change::Listed { kind, parent, only: kind != Kind::Thread });
            }
        }
        Effect::Some(Kind::Invite, How::Part) => {
            if let Ok(object) = serde_json::from_slice::<&RawValue>(answer.body) {
                to.push(Change::put(Kind::Invite, None, object, How::Part));
            }
        }
        Effect::Some(kind, how) => {
            for item in items::items(answer.body, answer.items)? {
                put(kind, in_guild, item, how, &mut to)?;
            }
            // Read to its beginning, a channel has no other messages.
            if let ("list_messages", true, Some(parent)) = (answer.operation, answer.complete, number("channel_id")) {
                to.push(Change::Listed { kind, parent, only: true });
            }
        }
        Effect::Gone(Kind::Channel, name) => to.extend(number(name).map(Change::ChannelGone)),
        Effect::Gone(kind, name) => {
            to.extend(key(kind, name).map(|key| Change::Delete { kind, within: within(kind), key }));
        }
        Effect::Outdated(kind, name) => {
            to.extend(key(kind, name).map(|key| Change::Outdated { kind, within: within(kind), key }));
        }
        Effect::Unlisted(kind) => to.extend(in_guild.map(|parent| Change::Unlisted { kind, parent })),
        Effect::BulkDelete => {
            let gone = |id: &u64| Change::Delete { kind: Kind::Message, within: 0, key: Key::Number(*id) };
            to.extend(answer.deleted.iter().map(gone));
        }
        Effect::Ban => {
            if let (Some(guild), Some(key)) = (in_guild, key(Kind::Member, "user_id")) {
                to.push(Change::Delete { kind: Kind::Member, within: guild, key });
                to.push(Change::Unlisted { kind: Kind::Ban, parent: guild });
            }
        }
        Effect::LeaveGuild => to.extend(in_guild.map(Change::GuildGone)),
    }
    Ok(to)
}

/// One object of an answer, and whom it names besides.
fn put<'a>(
    kind: Kind,
    in_guild: Option<u64>,
    object: &'a RawValue,
    how: How,
    to: &mut Vec<Change<'a>>,
) -> Result<(), Error> {
    match kind {
        Kind::Guild if how == How::Whole => guild(object.get(), to)?,
        Kind::Channel => {
            let kind = Head::read(object.get()).map_or(kind, |head| head.channel_kind());
            to.push(Change::put(kind, in_guild, object, How::Full));
        }
        Kind::Message => to.push(Change::Message { json: object.get(), how }),
        // Both tell more on one way than on the other.
        Kind::User | Kind::Member if how == How::Whole => to.push(Change::put(kind, in_guild, object, How::Full)),
        _ => to.push(Change::put(kind, in_guild, object, how)),
    }
    Ok(())
}
