//! Converts gateway events to changes.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::change::{Change, Update};
use super::object::{Members, elements, guild};
use super::row::{Key, ObjectFields, number, text};
use super::{Error, Kind};

/// Whether the cache uses an event. The writer does not need the others.
pub fn matters(name: &[u8]) -> bool {
    let Ok(name) = std::str::from_utf8(name) else { return false };
    !matches!(name, "TYPING_START" | "RESUMED" | "INTERACTION_CREATE" | "RATE_LIMITED" | "VOICE_SERVER_UPDATE")
        && !name.starts_with("VOICE_CHANNEL_")
        && !name.starts_with("MESSAGE_POLL_")
}

/// Converts an event, whose `d` is `data`, to changes. An unknown event changes nothing.
///
/// Source of the fields of each event: Discord's documentation, "Gateway Events".
pub fn changes<'a>(name: &str, data: &'a str) -> Result<Vec<Change<'a>>, Error> {
    if name == "MESSAGE_CREATE" {
        return Ok(vec![Change::Message { json: data, update: Update::Replace }]);
    }
    let mut to = Vec::new();
    let Some(head) = ObjectFields::read(data) else { return Ok(to) };
    let in_guild = number(head.guild_id);
    let own = |kind, update| Change::Put { kind, guild: None, json: Cow::Borrowed(data), update };
    let whole = |kind| own(kind, Update::Replace);
    let field = |name: &str| Members::read(data).ok().and_then(|members| members.get(name));
    let id = |kind| match kind {
        Kind::Sound => field("sound_id"),
        Kind::Stage => head.channel_id,
        _ => head.id,
    };
    let gone = |kind| number(id(kind)).map(|id| Change::Delete { kind, within: 0, key: Key::Number(id) });
    match name {
        "READY" => to.extend(field("user").map(|user| Change::put(Kind::User, None, user, Update::Merge))),
        // An unavailable guild has only its id.
        "GUILD_CREATE" | "GUILD_UPDATE" if !is_true(field("unavailable")) => guild(data, &mut to)?,
        // `unavailable` means an outage. The bot has not left the guild.
        "GUILD_DELETE" if !is_true(field("unavailable")) => to.extend(number(head.id).map(Change::GuildGone)),
        "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "THREAD_CREATE" | "THREAD_UPDATE" => {
            to.push(own(head.channel_kind(), Update::Merge));
        }
        "CHANNEL_DELETE" | "THREAD_DELETE" => to.extend(number(head.id).map(Change::ChannelGone)),
        "THREAD_LIST_SYNC" => put_all(Kind::Thread, in_guild, field("threads"), Update::Merge, &mut to),
        "GUILD_ROLE_CREATE" | "GUILD_ROLE_UPDATE" => {
            to.extend(field("role").map(|role| Change::put(Kind::Role, in_guild, role, Update::Replace)));
        }
        "GUILD_ROLE_DELETE" => {
            let id = number(field("role_id")).map(Key::Number);
            to.extend(id.map(|key| Change::Delete { kind: Kind::Role, within: 0, key }));
        }
        "GUILD_MEMBER_ADD" | "GUILD_MEMBER_UPDATE" => {
            let mut members = Members::read(data)?;
            members.take("guild_id");
            let update = if name == "GUILD_MEMBER_ADD" { Update::Replace } else { Update::Patch };
            to.push(Change::Put { kind: Kind::Member, guild: in_guild, json: members.write().into(), update });
        }
        "GUILD_MEMBER_REMOVE" => to.extend(left(&head, in_guild)),
        "GUILD_MEMBERS_CHUNK" => {
            put_all(Kind::Member, in_guild, field("members"), Update::Merge, &mut to);
            put_all(Kind::Presence, in_guild, field("presences"), Update::Merge, &mut to);
        }
        "GUILD_BAN_ADD" => {
            to.extend(left(&head, in_guild));
            if let Some(user) = head.user {
                // The event does not contain the reason of the ban.
                let json = Cow::Owned(format!("{{\"user\":{}}}", user.get()));
                to.push(Change::Put { kind: Kind::Ban, guild: in_guild, json, update: Update::Patch });
            }
        }
        "GUILD_BAN_REMOVE" => to.extend(of_user(Kind::Ban, &head, in_guild)),
        "GUILD_EMOJIS_UPDATE" => list(Kind::Emoji, in_guild, field("emojis"), &mut to),
        "GUILD_STICKERS_UPDATE" => list(Kind::Sticker, in_guild, field("stickers"), &mut to),
        "SOUNDBOARD_SOUNDS" => list(Kind::Sound, in_guild, field("soundboard_sounds"), &mut to),
        "GUILD_SOUNDBOARD_SOUNDS_UPDATE" => {
            put_all(Kind::Sound, in_guild, field("soundboard_sounds"), Update::Replace, &mut to);
        }
        "GUILD_SOUNDBOARD_SOUND_CREATE" | "GUILD_SOUNDBOARD_SOUND_UPDATE" => to.push(whole(Kind::Sound)),
        "GUILD_SOUNDBOARD_SOUND_DELETE" => to.extend(gone(Kind::Sound)),
        "GUILD_SCHEDULED_EVENT_CREATE" | "GUILD_SCHEDULED_EVENT_UPDATE" => {
            to.push(own(Kind::Event, Update::Merge));
        }
        "GUILD_SCHEDULED_EVENT_DELETE" => to.extend(gone(Kind::Event)),
        "STAGE_INSTANCE_CREATE" | "STAGE_INSTANCE_UPDATE" => to.push(whole(Kind::Stage)),
        "STAGE_INSTANCE_DELETE" => to.extend(gone(Kind::Stage)),
        "INTEGRATION_CREATE" | "INTEGRATION_UPDATE" => to.push(whole(Kind::Integration)),
        "INTEGRATION_DELETE" => to.extend(gone(Kind::Integration)),
        "GUILD_INTEGRATIONS_UPDATE" => {
            to.extend(in_guild.map(|parent| Change::Unlisted { kind: Kind::Integration, parent }));
        }
        // The event does not say which webhooks changed.
        "WEBHOOKS_UPDATE" => to.extend(in_guild.map(|parent| Change::Unlisted { kind: Kind::Webhook, parent })),
        "INVITE_CREATE" => to.push(own(Kind::Invite, Update::Patch)),
        "INVITE_DELETE" => {
            let code = text(field("code")).map(|code| Key::of(Kind::Invite, &code));
            to.extend(code.map(|key| Change::Delete { kind: Kind::Invite, within: 0, key }));
        }
        "AUTO_MODERATION_RULE_CREATE" | "AUTO_MODERATION_RULE_UPDATE" => to.push(whole(Kind::AutomodRule)),
        "AUTO_MODERATION_RULE_DELETE" => to.extend(gone(Kind::AutomodRule)),
        "ENTITLEMENT_CREATE" | "ENTITLEMENT_UPDATE" => to.push(whole(Kind::Entitlement)),
        "ENTITLEMENT_DELETE" => to.extend(gone(Kind::Entitlement)),
        "MESSAGE_UPDATE" => to.push(own(Kind::Message, Update::Patch)),
        "MESSAGE_DELETE" => to.extend(gone(Kind::Message)),
        "MESSAGE_DELETE_BULK" => {
            let ids = elements(field("ids")).into_iter().filter_map(|id| number(Some(id)));
            to.extend(ids.map(|id| Change::Delete { kind: Kind::Message, within: 0, key: Key::Number(id) }));
        }
        "PRESENCE_UPDATE" => {
            to.push(own(Kind::Presence, Update::Merge));
            let named =
                head.user.filter(|user| ObjectFields::read(user.get()).is_some_and(|user| user.username.is_some()));
            to.extend(named.map(|user| Change::put(Kind::User, None, user, Update::Patch)));
        }
        "USER_UPDATE" => to.push(own(Kind::User, Update::Merge)),
        "VOICE_STATE_UPDATE" => match (number(head.channel_id), number(head.user_id), in_guild) {
            (None, Some(user), Some(within)) => {
                to.push(Change::Delete { kind: Kind::VoiceState, within, key: Key::Number(user) });
            }
            _ => to.push(whole(Kind::VoiceState)),
        },
        name if name.starts_with("MESSAGE_REACTION_") => {
            let id = number(field("message_id")).map(Key::Number);
            to.extend(id.map(|key| Change::Outdated { kind: Kind::Message, within: 0, key }));
        }
        _ => {}
    }
    Ok(to)
}

fn is_true(value: Option<&RawValue>) -> bool {
    value.is_some_and(|value| value.get() == "true")
}

fn put_all<'a>(kind: Kind, guild: Option<u64>, items: Option<&'a RawValue>, update: Update, to: &mut Vec<Change<'a>>) {
    to.extend(elements(items).into_iter().map(|item| Change::put(kind, guild, item, update)));
}

/// Adds a complete list of the guild's objects of a kind.
fn list<'a>(kind: Kind, guild: Option<u64>, items: Option<&'a RawValue>, to: &mut Vec<Change<'a>>) {
    let Some(parent) = guild else { return };
    put_all(kind, guild, items, Update::Replace, to);
    to.push(Change::Listed { kind, parent, only: true });
}

fn of_user(kind: Kind, head: &ObjectFields<'_>, guild: Option<u64>) -> Option<Change<'static>> {
    let user = number(ObjectFields::read(head.user?.get())?.id)?;
    Some(Change::Delete { kind, within: guild?, key: Key::Number(user) })
}

/// Deletes the rows that belong to a member who has left.
fn left(head: &ObjectFields<'_>, guild: Option<u64>) -> Vec<Change<'static>> {
    let kinds = [Kind::Member, Kind::Presence, Kind::VoiceState];
    kinds.into_iter().filter_map(|kind| of_user(kind, head, guild)).collect()
}
