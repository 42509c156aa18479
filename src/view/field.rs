//! The meanings and labels of the fields in Discord's objects.
//!
//! Most meanings follow from the catalogue: a field that an edit accepts has the same choices, unit or target in the
//! response. [`FIELDS`] contains the fields that occur only in responses, and the labels that differ from Discord's
//! names.

use crate::catalogue::{Choice, Endpoint, Noun, ParamKind, Unit, answers, choices};
use crate::model::{Entity, Kind};

/// The meaning of a field's value, which determines how it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Meaning {
    /// A value that is shown unchanged, except that a time is recognised by its format.
    Plain,
    /// One of several values.
    OneOf(&'static [Choice]),
    Flags(&'static [Choice]),
    Permissions,
    Color,
    /// The id of an object, or a list of ids.
    Id(Kind),
    /// A time whose time of day matters, such as that of a message.
    Minute,
    /// A time that people plan for, shown with its date, its time of day, and the time until then.
    Appointment,
    /// A time span.
    Span(Unit),
    /// A size in bytes.
    Bytes,
    /// A size in bits per second.
    BitRate,
    /// Names of Discord's constants in capital letters.
    Constants,
    /// The target of an audit log entry.
    Target,
    /// The text of a message, or a description of its other contents.
    Content,
    /// The permissions that a channel's overwrites allow and deny.
    Overwrites,
    /// The users, roles and channels that may use a command.
    Grants,
    /// The number of items.
    Count,
}

/// A field of a noun's objects, or of all objects if the noun is empty.
struct Row {
    noun: &'static str,
    path: &'static str,
    /// The label, or an empty string if the field's name is the label.
    label: &'static str,
    meaning: Option<Meaning>,
}

const fn means(noun: &'static str, path: &'static str, meaning: Meaning) -> Row {
    Row { noun, path, label: "", meaning: Some(meaning) }
}

const fn called(noun: &'static str, path: &'static str, label: &'static str) -> Row {
    Row { noun, path, label, meaning: None }
}

const fn field(noun: &'static str, path: &'static str, label: &'static str, meaning: Meaning) -> Row {
    Row { noun, path, label, meaning: Some(meaning) }
}

use Meaning::{
    Appointment, BitRate, Bytes, Color, Constants, Content, Count, Flags, Grants, Id, Minute, OneOf, Overwrites,
    Permissions, Plain, Span, Target,
};

/// A noun's own rows precede those of all objects.
static FIELDS: &[Row] = &[
    means("command-permission", "permissions", Grants),
    field("command-permission", "id", "command id", Plain),
    means("message", "type", OneOf(answers::MESSAGE_TYPES)),
    means("message", "flags", Flags(answers::MESSAGE_FLAGS)),
    means("message", "content", Content),
    means("message", "embeds", Count),
    called("message", "edited_timestamp", "edited"),
    field("message", "timestamp", "sent", Minute),
    called("pin", "pinned_at", "pinned"),
    means("channel", "type", OneOf(choices::CHANNEL_TYPES)),
    field("channel", "nsfw", "age-restricted", Plain),
    field("channel", "parent_id", "category", Id(Kind::Channel)),
    means("channel", "permission_overwrites", Overwrites),
    field("channel", "rate_limit_per_user", "slow mode", Span(Unit::Seconds)),
    field("channel", "default_thread_rate_limit_per_user", "slow mode of threads", Span(Unit::Seconds)),
    field("channel", "default_auto_archive_duration", "threads archive after", Span(Unit::Minutes)),
    field("channel", "bitrate", "bit rate", BitRate),
    called("channel", "rtc_region", "voice region"),
    called("channel", "available_tags", "tags"),
    means("thread", "type", OneOf(choices::CHANNEL_TYPES)),
    field("thread", "parent_id", "channel", Id(Kind::Channel)),
    field("thread", "rate_limit_per_user", "slow mode", Span(Unit::Seconds)),
    called("thread", "message_count", "messages"),
    called("thread", "member_count", "members"),
    called("thread", "total_message_sent", "messages sent"),
    field("thread", "thread_metadata.auto_archive_duration", "archives after", Span(Unit::Minutes)),
    called("thread", "thread_metadata.archive_timestamp", "archive changed"),
    called("thread", "thread_metadata.create_timestamp", "created"),
    called("thread", "thread_metadata.archived", "archived"),
    called("thread", "thread_metadata.locked", "locked"),
    called("thread", "thread_metadata.invitable", "members may add others"),
    called("thread", "join_timestamp", "joined"),
    field("thread", "user_id", "user id", Plain),
    called("thread", "member.user.username", "user"),
    called("guild", "approximate_member_count", "members"),
    called("guild", "approximate_presence_count", "online"),
    called("guild", "premium_tier", "boost level"),
    called("guild", "premium_subscription_count", "boosts"),
    called("guild", "preferred_locale", "language"),
    called("guild", "vanity_url_code", "vanity URL"),
    called("guild", "explicit_content_filter", "content filter"),
    called("guild", "default_message_notifications", "notifications"),
    field("guild", "mfa_level", "moderators need 2FA", OneOf(answers::MFA_LEVELS)),
    field("guild", "nsfw_level", "age restriction", OneOf(answers::NSFW_LEVELS)),
    field("guild", "max_upload_size", "largest upload", Bytes),
    field("guild", "roles", "roles", Count),
    field("guild", "emojis", "emojis", Count),
    field("guild", "stickers", "stickers", Count),
    field("guild", "afk_timeout", "AFK after", Span(Unit::Seconds)),
    field("guild", "afk_channel_id", "AFK channel", Id(Kind::Channel)),
    called("guild", "owner", "yours"),
    called("role", "hoist", "shown apart"),
    field("role", "tags.bot_id", "of bot", Id(Kind::User)),
    means("user", "flags", Flags(answers::USER_FLAGS)),
    field("user", "public_flags", "badges", Flags(answers::USER_FLAGS)),
    field("user", "premium_type", "Nitro", OneOf(answers::PREMIUM_TYPES)),
    field("user", "mfa_enabled", "uses 2FA", Plain),
    means("user", "visibility", OneOf(answers::VISIBILITIES)),
    means("member", "flags", Flags(answers::MEMBER_FLAGS)),
    means("member", "roles", Id(Kind::Role)),
    called("member", "joined_at", "joined"),
    called("member", "premium_since", "boosts since"),
    called("member", "communication_disabled_until", "timed out until"),
    called("member", "mute", "muted"),
    called("member", "deaf", "deafened"),
    called("member", "pending", "must accept the rules"),
    called("voice", "mute", "muted"),
    called("voice", "deaf", "deafened"),
    called("voice", "suppress", "may not speak"),
    means("invite", "type", OneOf(answers::INVITE_TYPES)),
    field("invite", "max_age", "valid for", Span(Unit::Seconds)),
    called("invite", "approximate_member_count", "members"),
    called("invite", "approximate_presence_count", "online"),
    called("invite", "expires_at", "expires"),
    called("invite", "temporary", "temporary membership"),
    means("webhook", "type", OneOf(answers::WEBHOOK_TYPES)),
    field("application", "flags", "flags", Flags(answers::APPLICATION_FLAGS)),
    field("oauth2", "flags", "flags", Flags(answers::APPLICATION_FLAGS)),
    called("application", "approximate_guild_count", "servers"),
    called("application", "approximate_user_install_count", "user installs"),
    field("audit-log", "target_id", "target", Target),
    called("audit-log", "action_type", "action"),
    field("audit-log", "user_id", "by", Id(Kind::User)),
    field("ban", "banned_users", "banned", Id(Kind::User)),
    field("ban", "failed_users", "not banned", Id(Kind::User)),
    means("sticker", "format_type", OneOf(answers::STICKER_FORMATS)),
    means("sticker", "type", OneOf(answers::STICKER_TYPES)),
    means("entitlement", "type", OneOf(answers::ENTITLEMENT_TYPES)),
    called("entitlement", "ends_at", "ends"),
    means("subscription", "status", OneOf(answers::SUBSCRIPTION_STATUSES)),
    called("subscription", "current_period_start", "period start"),
    called("subscription", "current_period_end", "period end"),
    means("sku", "type", OneOf(answers::SKU_TYPES)),
    means("sku", "flags", Flags(answers::SKU_FLAGS)),
    means("role-connection", "type", OneOf(answers::METADATA_TYPES)),
    field("scheduled-event", "scheduled_start_time", "starts", Appointment),
    field("scheduled-event", "scheduled_end_time", "ends", Appointment),
    called("scheduled-event", "user_count", "interested"),
    called("soundboard", "sound_id", "id"),
    called("template", "usage_count", "uses"),
    called("template", "updated_at", "updated"),
    called("template", "is_dirty", "out of date"),
    called("", "created", "created"),
    called("", "global_name", "display name"),
    called("", "user.global_name", "display name"),
    called("", "created_at", "created"),
    called("", "reviewed_at", "reviewed"),
    called("", "user_limit", "user limit"),
    field("", "parent_id", "channel", Id(Kind::Channel)),
    field("", "guild_id", "server", Id(Kind::Guild)),
    field("", "source_guild_id", "server", Id(Kind::Guild)),
    field("", "owner_id", "owner", Id(Kind::User)),
    field("", "creator_id", "creator", Id(Kind::User)),
    field("", "inviter_id", "inviter", Id(Kind::User)),
    field("", "target_user_id", "for user", Id(Kind::User)),
    field("", "bot_id", "bot", Id(Kind::User)),
    field("", "user_id", "user", Id(Kind::User)),
    means("", "permissions", Permissions),
    means("", "default_member_permissions", Permissions),
    means("", "allow", Permissions),
    means("", "deny", Permissions),
    means("", "color", Color),
    means("", "accent_color", Color),
    means("", "size", Bytes),
    means("", "features", Constants),
    means("", "expires_in", Span(Unit::Seconds)),
    means("", "default_channel_ids", Id(Kind::Channel)),
    means("", "identities", Plain),
];

/// The meaning of a field. `path` is dotted, and `noun` is that of the command.
pub fn meaning(noun: &'static Noun, path: &str) -> Meaning {
    let (of, name) = split(noun.name, path);
    let own = row(of, path).or_else(|| row(of, name)).and_then(|row| row.meaning);
    // A thread is a channel, so the parameters of channel commands apply to it.
    let of_channel = || from_catalogue("channel", name).filter(|_| of == "thread");
    own.or_else(|| from_catalogue(of, name))
        .or_else(of_channel)
        .or_else(|| row("", name).and_then(|row| row.meaning))
        .or_else(|| id_by_name(name).map(Id))
        .unwrap_or(Plain)
}

/// The label of a field, if it differs from the field's name.
pub fn label(noun: &'static Noun, path: &str) -> Option<String> {
    let (of, name) = split(noun.name, path);
    let inside = path.contains('.') && of != noun.name;
    let found = row(noun.name, path).or_else(|| (!inside).then(|| row(of, name))?).or_else(|| row("", path));
    let own = found.map(|row| row.label).filter(|label| !label.is_empty());
    own.map(str::to_owned).or_else(|| {
        let id = matches!(meaning(noun, path), Id(_)).then(|| name.strip_suffix("_id")).flatten()?;
        Some(id.replace('_', " "))
    })
}

fn row(noun: &str, path: &str) -> Option<&'static Row> {
    FIELDS.iter().find(|row| row.noun == noun && row.path == path)
}

/// The noun of the innermost object on a path, and the name of its field.
fn split<'p>(noun: &'static str, path: &'p str) -> (&'static str, &'p str) {
    let Some((parents, name)) = path.rsplit_once('.') else { return (alike(noun), path) };
    let inner = match parents.rsplit('.').next().unwrap_or(parents) {
        "user" | "author" | "inviter" | "owner" | "creator" => "user",
        "message" => "message",
        "channel" | "linked_channel" => "channel",
        "guild" => "guild",
        "role" => "role",
        "application" => "application",
        _ => alike(noun),
    };
    (inner, name)
}

/// The noun whose objects a noun's commands return.
fn alike(noun: &'static str) -> &'static str {
    match noun {
        "interaction" | "poll" => "message",
        "guild-command" => "command",
        "app-emoji" => "emoji",
        "reaction" => "user",
        "ban" | "join-request" => "member",
        _ => noun,
    }
}

/// The meaning of the parameter with this name in the noun's commands.
fn from_catalogue(noun: &str, name: &str) -> Option<Meaning> {
    let rows = crate::catalogue::noun(noun)?.rows;
    rows.iter().flat_map(Endpoint::all_params).filter(|param| param.name == name).find_map(|param| {
        Some(match param.kind {
            ParamKind::Enum(choices) => OneOf(choices),
            ParamKind::Flags(choices) => Flags(choices),
            ParamKind::Permissions => Permissions,
            ParamKind::Color => Color,
            ParamKind::Snowflake(entity) if name != "id" => Id(kind(entity)?),
            _ => Span(param.unit?),
        })
    })
}

/// The kind of object that an id belongs to, from the name of the field.
fn id_by_name(name: &str) -> Option<Kind> {
    let stem = name.strip_suffix("_id").or_else(|| name.strip_suffix("_ids"))?;
    Some(match stem.rsplit('_').next().unwrap_or(stem) {
        "channel" => Kind::Channel,
        "user" => Kind::User,
        "role" => Kind::Role,
        "guild" => Kind::Guild,
        _ => return None,
    })
}

fn kind(entity: Entity) -> Option<Kind> {
    Some(match entity {
        Entity::Channel => Kind::Channel,
        Entity::User => Kind::User,
        Entity::Role => Kind::Role,
        Entity::Guild => Kind::Guild,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::noun;

    #[test]
    fn each_field_row_is_unique_and_has_an_existing_noun() {
        for (at, row) in FIELDS.iter().enumerate() {
            assert!(row.noun.is_empty() || noun(row.noun).is_some(), "{}", row.noun);
            let twice = FIELDS[..at].iter().any(|other| (other.noun, other.path) == (row.noun, row.path));
            assert!(!twice, "{} {}", row.noun, row.path);
        }
    }

    #[test]
    fn meanings_come_from_the_table_else_from_command_parameters() {
        for (of, path, expected) in [
            ("channel", "type", OneOf(choices::CHANNEL_TYPES)),
            ("channel", "rate_limit_per_user", Span(Unit::Seconds)),
            ("guild", "afk_channel_id", Id(Kind::Channel)),
            ("guild", "system_channel_id", Id(Kind::Channel)),
            ("role", "color", Color),
            ("role", "permissions", Permissions),
            ("member", "user.public_flags", Flags(answers::USER_FLAGS)),
            ("pin", "message.content", Content),
            ("role", "id", Plain),
            ("webhook", "channel_id", Id(Kind::Channel)),
        ] {
            assert_eq!(meaning(noun(of).unwrap(), path), expected, "{of} {path}");
        }
        assert!(matches!(meaning(noun("guild").unwrap(), "verification_level"), OneOf(_)));
        assert!(matches!(meaning(noun("automod").unwrap(), "trigger_type"), OneOf(_)));
        assert!(matches!(meaning(noun("audit-log").unwrap(), "action_type"), OneOf(_)));
    }

    #[test]
    fn labels_are_common_words() {
        for (of, path, expected) in [
            ("channel", "parent_id", Some("category")),
            ("thread", "parent_id", Some("channel")),
            ("webhook", "channel_id", Some("channel")),
            ("guild", "owner_id", Some("owner")),
            ("role", "name", None),
            ("member", "user.global_name", Some("display name")),
        ] {
            assert_eq!(label(noun(of).unwrap(), path).as_deref(), expected, "{of} {path}");
        }
    }
}
