//! `dcord audit-log`: who changed what in a server.

use super::builder::*;
use super::types::{Choice, Noun};
use crate::model::Entity::{Any, Guild, User};

pub static NOUN: Noun = noun(
    "audit-log",
    "Show who changed what in a server",
    &[get(
        "list",
        "list_guild_audit_log_entries",
        "/guilds/{guild_id}/audit-logs",
        "List the audit log of a server, newest first",
    )
    .pages(before("id", 50, 100).and_after())
    .items("audit_log_entries")
    .columns(&["id", "action_type", "user_id", "target_id", "reason"])
    .needs(&["VIEW_AUDIT_LOG"])
    .more(
        "Discord keeps entries for 45 days. The id of an entry contains its time. With -o json or raw, the output \
         also has the users, threads, webhooks and other objects that the entries mention. With --after, the oldest \
         entry comes first.",
    )
    .examples(&[
        "audit-log list 'My Server' --action channel-delete --after yesterday",
        "audit-log list 'My Server' --user @alice --after 7d --all",
    ])
    .alias(&["guild audit-log"])
    .params(&[
        path("guild_id", id(Guild), "Server"),
        query("user_id", id(User), "Only changes made by this user").alias("user"),
        query("target_id", id(Any), "Only changes to the user, channel, role or other object with this id"),
        query("action_type", one_of(ACTION_TYPES), "Only changes of this kind").alias("action"),
        query("before", cursor(Any), "Entries before this entry id or time"),
        query("after", cursor(Any), "Entries after this entry id or time"),
        query("limit", INT, "Entries per request [default: 50]").range(1, 100),
    ])],
);

/// "Audit Log Events", with those that only Discord's OpenAPI document has.
static ACTION_TYPES: &[Choice] = &[
    n("guild-update", 1),
    n("channel-create", 10),
    n("channel-update", 11),
    n("channel-delete", 12),
    n("channel-overwrite-create", 13),
    n("channel-overwrite-update", 14),
    n("channel-overwrite-delete", 15),
    n("member-kick", 20),
    n("member-prune", 21),
    n("member-ban-add", 22),
    n("member-ban-remove", 23),
    n("member-update", 24),
    n("member-role-update", 25),
    n("member-move", 26),
    n("member-disconnect", 27),
    n("bot-add", 28),
    n("role-create", 30),
    n("role-update", 31),
    n("role-delete", 32),
    n("invite-create", 40),
    n("invite-update", 41),
    n("invite-delete", 42),
    n("webhook-create", 50),
    n("webhook-update", 51),
    n("webhook-delete", 52),
    n("emoji-create", 60),
    n("emoji-update", 61),
    n("emoji-delete", 62),
    n("message-delete", 72),
    n("message-bulk-delete", 73),
    n("message-pin", 74),
    n("message-unpin", 75),
    n("integration-create", 80),
    n("integration-update", 81),
    n("integration-delete", 82),
    n("stage-instance-create", 83),
    n("stage-instance-update", 84),
    n("stage-instance-delete", 85),
    n("sticker-create", 90),
    n("sticker-update", 91),
    n("sticker-delete", 92),
    n("guild-scheduled-event-create", 100),
    n("guild-scheduled-event-update", 101),
    n("guild-scheduled-event-delete", 102),
    n("thread-create", 110),
    n("thread-update", 111),
    n("thread-delete", 112),
    n("application-command-permission-update", 121),
    n("soundboard-sound-create", 130),
    n("soundboard-sound-update", 131),
    n("soundboard-sound-delete", 132),
    n("auto-moderation-rule-create", 140),
    n("auto-moderation-rule-update", 141),
    n("auto-moderation-rule-delete", 142),
    n("auto-moderation-block-message", 143),
    n("auto-moderation-flag-to-channel", 144),
    n("auto-moderation-user-communication-disabled", 145),
    n("auto-moderation-quarantine-user", 146),
    n("creator-monetization-request-created", 150),
    n("creator-monetization-terms-accepted", 151),
    n("onboarding-prompt-create", 163),
    n("onboarding-prompt-update", 164),
    n("onboarding-prompt-delete", 165),
    n("onboarding-create", 166),
    n("onboarding-update", 167),
    n("guild-home-feature-item", 171),
    n("guild-home-remove-item", 172),
    n("harmful-links-blocked-message", 180),
    n("home-settings-create", 190),
    n("home-settings-update", 191),
    n("voice-channel-status-create", 192),
    n("voice-channel-status-delete", 193),
    n("guild-scheduled-event-exception-create", 200),
    n("guild-scheduled-event-exception-update", 201),
    n("guild-scheduled-event-exception-delete", 202),
    n("guild-profile-update", 211),
];
