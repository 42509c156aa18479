//! Enumerations and flags that several nouns share. What only one noun has stands in its file.

use super::builder::{bit, n, s};
use super::types::Choice;

/// Permissions (Discord's reference, "Permissions"). As many bits as an `i64` holds.
pub static PERMISSIONS: &[Choice] = &[
    bit("create-instant-invite", 0),
    bit("kick-members", 1),
    bit("ban-members", 2),
    bit("administrator", 3),
    bit("manage-channels", 4),
    bit("manage-guild", 5),
    bit("add-reactions", 6),
    bit("view-audit-log", 7),
    bit("priority-speaker", 8),
    bit("stream", 9),
    bit("view-channel", 10),
    bit("send-messages", 11),
    bit("send-tts-messages", 12),
    bit("manage-messages", 13),
    bit("embed-links", 14),
    bit("attach-files", 15),
    bit("read-message-history", 16),
    bit("mention-everyone", 17),
    bit("use-external-emojis", 18),
    bit("view-guild-insights", 19),
    bit("connect", 20),
    bit("speak", 21),
    bit("mute-members", 22),
    bit("deafen-members", 23),
    bit("move-members", 24),
    bit("use-vad", 25),
    bit("change-nickname", 26),
    bit("manage-nicknames", 27),
    bit("manage-roles", 28),
    bit("manage-webhooks", 29),
    bit("manage-guild-expressions", 30),
    bit("use-application-commands", 31),
    bit("request-to-speak", 32),
    bit("manage-events", 33),
    bit("manage-threads", 34),
    bit("create-public-threads", 35),
    bit("create-private-threads", 36),
    bit("use-external-stickers", 37),
    bit("send-messages-in-threads", 38),
    bit("use-embedded-activities", 39),
    bit("moderate-members", 40),
    bit("view-creator-monetization-analytics", 41),
    bit("use-soundboard", 42),
    bit("create-guild-expressions", 43),
    bit("create-events", 44),
    bit("use-external-sounds", 45),
    bit("send-voice-messages", 46),
    bit("set-voice-channel-status", 48),
    bit("send-polls", 49),
    bit("use-external-apps", 50),
    bit("pin-messages", 51),
    bit("bypass-slowmode", 52),
];

/// Kinds of channels ("Channel Types").
pub static CHANNEL_TYPES: &[Choice] = &[
    n("guild-text", 0),
    n("dm", 1),
    n("guild-voice", 2),
    n("group-dm", 3),
    n("guild-category", 4),
    n("guild-announcement", 5),
    n("announcement-thread", 10),
    n("public-thread", 11),
    n("private-thread", 12),
    n("guild-stage-voice", 13),
    n("guild-directory", 14),
    n("guild-forum", 15),
    n("guild-media", 16),
];

/// The kinds of channels that a server's channel can be, threads apart ("Channel Types").
pub static GUILD_CHANNEL_TYPES: &[Choice] = &[
    n("guild-text", 0),
    n("guild-voice", 2),
    n("guild-category", 4),
    n("guild-announcement", 5),
    n("guild-stage-voice", 13),
    n("guild-directory", 14),
    n("guild-forum", 15),
    n("guild-media", 16),
];

/// Flags that a message can be sent with ("Message Flags").
pub static SEND_FLAGS: &[Choice] = &[
    bit("suppress-embeds", 2),
    bit("suppress-notifications", 12),
    bit("is-voice-message", 13),
    bit("is-components-v2", 15),
];

/// Flags that a response to an interaction can be sent with.
pub static RESPONSE_FLAGS: &[Choice] = &[
    bit("suppress-embeds", 2),
    bit("ephemeral", 6),
    bit("suppress-notifications", 12),
    bit("is-voice-message", 13),
    bit("is-components-v2", 15),
];

/// Flags of a message that can be changed. A message may have others, which an edit repeats.
pub static EDIT_FLAGS: &[Choice] = &[bit("suppress-embeds", 2), bit("is-components-v2", 15)];

/// Ascending or descending.
pub static SORT_ORDER: &[Choice] = &[s("asc", "asc"), s("desc", "desc")];

/// Who vouches for a player without a Discord account ("External Auth Types").
pub static EXTERNAL_AUTH_TYPES: &[Choice] = &[
    s("oidc", "OIDC"),
    s("epic-online-services-access-token", "EPIC_ONLINE_SERVICES_ACCESS_TOKEN"),
    s("epic-online-services-id-token", "EPIC_ONLINE_SERVICES_ID_TOKEN"),
    s("steam-session-ticket", "STEAM_SESSION_TICKET"),
    s("unity-services-id-token", "UNITY_SERVICES_ID_TOKEN"),
    s("discord-bot-issued-access-token", "DISCORD_BOT_ISSUED_ACCESS_TOKEN"),
    s("apple-id-token", "APPLE_ID_TOKEN"),
    s("playstation-network-id-token", "PLAYSTATION_NETWORK_ID_TOKEN"),
];

/// After how many minutes without messages a thread leaves the channel list.
pub static AUTO_ARCHIVE: &[Choice] =
    &[n("one-hour", 60), n("one-day", 1440), n("three-days", 4320), n("seven-days", 10080)];

/// Whether a forum's posts are found by all or by some of the tags asked for.
pub static TAG_SETTINGS: &[Choice] = &[s("match-all", "match_all"), s("match-some", "match_some")];

/// What people call a choice, where the words of its name do not say it: other names have them as well.
static SHORT_FORMS: &[(&str, &[&str])] = &[
    ("guild-text", &["text"]),
    ("guild-voice", &["voice"]),
    ("guild-category", &["category"]),
    ("guild-announcement", &["announcement", "news"]),
    ("guild-stage-voice", &["stage"]),
    ("guild-forum", &["forum"]),
    ("guild-media", &["media"]),
    ("chat-input", &["slash"]),
    ("channel-message-with-source", &["message"]),
    ("deferred-channel-message-with-source", &["defer"]),
    ("deferred-update-message", &["defer-update"]),
    ("update-message", &["update"]),
    ("application-command-autocomplete-result", &["autocomplete"]),
    ("canceled", &["cancelled"]),
];

/// The short forms of the choice of that name, if it has some.
pub fn short_forms(name: &str) -> &'static [&'static str] {
    SHORT_FORMS.iter().find(|(choice, _)| *choice == name).map_or(&[], |(_, forms)| forms)
}
