//! The fields of objects that are shown to people, in order.

/// The creation time of an object, from its id.
pub const CREATED: &str = "created";
/// The link to the object, of the kind that its endpoint has.
pub const LINK: &str = "link";
/// The link to the object's picture.
pub const IMAGE: &str = "picture";

/// The fields that describe a noun's objects, the most important first. Fields without a value are not shown.
static OBJECTS: &[(&str, &[&str])] = &[
    (
        "guild",
        &[
            "id",
            "name",
            "description",
            "owner_id",
            CREATED,
            "approximate_member_count",
            "approximate_presence_count",
            "roles",
            "emojis",
            "stickers",
            "premium_tier",
            "premium_subscription_count",
            "vanity_url_code",
            "preferred_locale",
            "verification_level",
            "explicit_content_filter",
            "default_message_notifications",
            "mfa_level",
            "nsfw_level",
            "system_channel_id",
            "rules_channel_id",
            "public_updates_channel_id",
            "safety_alerts_channel_id",
            "afk_channel_id",
            "afk_timeout",
            "features",
            "pruned",
            "code",
            "uses",
            "invites_disabled_until",
            "dms_disabled_until",
        ],
    ),
    (
        "channel",
        &[
            "id",
            "name",
            "type",
            "guild_id",
            "parent_id",
            "recipients",
            "topic",
            CREATED,
            "position",
            "rate_limit_per_user",
            "nsfw",
            "bitrate",
            "user_limit",
            "rtc_region",
            "owner_id",
            "message_count",
            "member_count",
            "thread_metadata.archived",
            "thread_metadata.auto_archive_duration",
            "thread_metadata.locked",
            "thread_metadata.invitable",
            "applied_tags",
            "default_auto_archive_duration",
            "default_thread_rate_limit_per_user",
            "available_tags",
            "flags",
            "permission_overwrites",
            "channel_id",
            "webhook_id",
            "before",
            "after",
        ],
    ),
    (
        "role",
        &["id", "name", "color", "position", CREATED, "hoist", "mentionable", "managed", "tags.bot_id", "permissions"],
    ),
    (
        "user",
        &[
            "id",
            "username",
            "global_name",
            "name",
            IMAGE,
            "type",
            "bot",
            CREATED,
            "public_flags",
            "email",
            "locale",
            "mfa_enabled",
            "verified",
            "premium_type",
            "accent_color",
        ],
    ),
    (
        "member",
        &[
            "user.id",
            "user.username",
            "user.global_name",
            "nick",
            "user.bot",
            "roles",
            "joined_at",
            "communication_disabled_until",
            "premium_since",
            "pending",
            "mute",
            "deaf",
            "flags",
            "permissions",
        ],
    ),
    (
        "invite",
        &[
            "code",
            LINK,
            "type",
            "guild.name",
            "channel.name",
            "inviter.username",
            "uses",
            "max_uses",
            "max_age",
            "temporary",
            "created_at",
            "expires_at",
            "approximate_member_count",
            "approximate_presence_count",
            "guild_scheduled_event.name",
            "status",
            "total_users",
            "processed_users",
            "error_message",
        ],
    ),
    ("emoji", &["id", "name", IMAGE, "animated", "available", "roles", "managed", "user"]),
    (
        "scheduled-event",
        &[
            "id",
            LINK,
            "name",
            "description",
            "scheduled_start_time",
            "scheduled_end_time",
            "status",
            "entity_type",
            "channel_id",
            "entity_metadata.location",
            "creator_id",
            "user_count",
            "recurrence_rule",
        ],
    ),
    (
        "webhook",
        &["id", "name", "type", "guild_id", "channel_id", "source_guild", "source_channel", "user", CREATED, "url"],
    ),
    (
        "application",
        &[
            "id",
            "name",
            "description",
            "owner.username",
            "team",
            CREATED,
            "approximate_guild_count",
            "approximate_user_install_count",
            "bot_public",
            "bot_require_code_grant",
            "flags",
            "tags",
            "interactions_endpoint_url",
            "redirect_uris",
            "terms_of_service_url",
            "privacy_policy_url",
        ],
    ),
    (
        "message",
        &[
            "id",
            "channel_id",
            "author.username",
            "timestamp",
            "edited_timestamp",
            "type",
            "content",
            "attachments",
            "embeds",
            "sticker_items",
            "reactions",
            "pinned",
            "flags",
        ],
    ),
];

/// The fields that describe an object, or `None` if all fields are shown.
pub fn fields(noun: &str) -> Option<&'static [&'static str]> {
    let noun = match noun {
        "thread" => "channel",
        "app-emoji" => "emoji",
        noun => noun,
    };
    OBJECTS.iter().find(|(name, _)| *name == noun).map(|(_, fields)| *fields)
}

/// The columns of a command's list for people, if they differ from those of CSV. An audit log is read by time instead
/// of by id, and an event has a location.
static TABLES: &[(&str, &[&str])] = &[
    ("audit-log list", &[CREATED, "user_id", "action_type", "target_id", "reason", "id"]),
    ("invite list", &["code", "channel.name", "inviter.username", "uses", "max_uses", "expires_at"]),
    (
        "scheduled-event list",
        &["id", "name", "scheduled_start_time", "status", "channel_id", "entity_metadata.location", "user_count"],
    ),
];

/// The columns of a command's list for people.
pub fn columns(words: &str) -> Option<&'static [&'static str]> {
    TABLES.iter().find(|(name, _)| *name == words).map(|(_, columns)| *columns)
}
