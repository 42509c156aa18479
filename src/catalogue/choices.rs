//! Enumerations and flags that several nouns share. Those of a single noun are in its file.

use super::builder::{bit, n, s};
use super::types::{Choice, Endpoint, Scalar};

/// Permissions (Discord's reference, "Permissions"). As many bits as an `i64` holds.
pub static PERMISSIONS: &[Choice] = &[
    bit("create-instant-invite", 0).about("Create invites"),
    bit("kick-members", 1).about("Kick members"),
    bit("ban-members", 2).about("Ban and unban members"),
    bit("administrator", 3).about("Everything, in every channel"),
    bit("manage-channels", 4).about("Create, edit and delete channels"),
    bit("manage-guild", 5).about("Edit the server's settings, and add bots"),
    bit("add-reactions", 6).about("React with an emoji nobody has used on it yet"),
    bit("view-audit-log", 7).about("Read the audit log"),
    bit("priority-speaker", 8).about("Be louder than others in a voice channel"),
    bit("stream", 9).about("Share a screen or camera in voice channels"),
    bit("view-channel", 10).about("See a channel, read its messages, join its calls"),
    bit("send-messages", 11).about("Send messages, and create posts in forums"),
    bit("send-tts-messages", 12).about("Send messages that Discord reads aloud"),
    bit("manage-messages", 13).about("Delete other people's messages"),
    bit("embed-links", 14).about("Send embeds, and show previews of links"),
    bit("attach-files", 15).about("Upload files"),
    bit("read-message-history", 16).about("Read messages that were sent earlier"),
    bit("mention-everyone", 17).about("Mention @everyone, @here and all roles"),
    bit("use-external-emojis", 18).about("Use emojis of other servers"),
    bit("view-guild-insights", 19).about("See the server's statistics"),
    bit("connect", 20).about("Join voice and stage channels"),
    bit("speak", 21).about("Speak in voice channels"),
    bit("mute-members", 22).about("Mute members in voice channels"),
    bit("deafen-members", 23).about("Deafen members in voice channels"),
    bit("move-members", 24).about("Move members between voice channels"),
    bit("use-vad", 25).about("Speak without holding down push-to-talk"),
    bit("change-nickname", 26).about("Change their own nickname"),
    bit("manage-nicknames", 27).about("Change other members' nicknames"),
    bit("manage-roles", 28).about("Edit and assign lower roles, and edit overwrites"),
    bit("manage-webhooks", 29).about("Create, edit and delete webhooks"),
    bit("manage-guild-expressions", 30).about("Edit and delete all emojis, stickers and sounds"),
    bit("use-application-commands", 31).about("Use slash commands and other app commands"),
    bit("request-to-speak", 32).about("Ask to speak in stage channels"),
    bit("manage-events", 33).about("Edit and delete all scheduled events"),
    bit("manage-threads", 34).about("Archive and delete threads, see private threads"),
    bit("create-public-threads", 35).about("Create public and announcement threads"),
    bit("create-private-threads", 36).about("Create private threads"),
    bit("use-external-stickers", 37).about("Use stickers of other servers"),
    bit("send-messages-in-threads", 38).about("Send messages in threads"),
    bit("use-embedded-activities", 39).about("Start activities"),
    bit("moderate-members", 40).about("Time members out"),
    bit("view-creator-monetization-analytics", 41).about("See statistics of role subscriptions"),
    bit("use-soundboard", 42).about("Play sounds in voice channels"),
    bit("create-guild-expressions", 43).about("Add emojis, stickers and sounds, edit their own"),
    bit("create-events", 44).about("Create scheduled events, edit their own"),
    bit("use-external-sounds", 45).about("Play sounds of other servers"),
    bit("send-voice-messages", 46).about("Send voice messages"),
    bit("set-voice-channel-status", 48).about("Set the status of a voice channel"),
    bit("send-polls", 49).about("Send polls"),
    bit("use-external-apps", 50).about("Show everyone the responses of their own apps"),
    bit("pin-messages", 51).about("Pin and unpin messages"),
    bit("bypass-slowmode", 52).about("Ignore slow mode"),
];

/// All types of channels ("Channel Types").
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

/// The types that a channel of a server can have, without threads ("Channel Types").
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

/// Flags of a new message ("Message Flags").
pub static SEND_FLAGS: &[Choice] = &[
    bit("suppress-embeds", 2),
    bit("suppress-notifications", 12),
    bit("is-voice-message", 13),
    bit("is-components-v2", 15),
];

/// Flags of a new response to an interaction ("Message Flags").
pub static RESPONSE_FLAGS: &[Choice] = &[
    bit("suppress-embeds", 2),
    bit("ephemeral", 6),
    bit("suppress-notifications", 12),
    bit("is-voice-message", 13),
    bit("is-components-v2", 15),
];

/// Flags of a message that an edit can change. An edit must repeat the message's other flags.
pub static EDIT_FLAGS: &[Choice] = &[bit("suppress-embeds", 2), bit("is-components-v2", 15)];

/// Ascending or descending.
pub static SORT_ORDER: &[Choice] = &[s("asc", "asc"), s("desc", "desc")];

/// The providers that authenticate a player without a Discord account ("External Auth Types").
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

/// The number of minutes without activity after which Discord archives a thread.
pub static AUTO_ARCHIVE: &[Choice] =
    &[n("one-hour", 60), n("one-day", 1440), n("three-days", 4320), n("seven-days", 10080)];

/// Whether a search in a forum matches posts with all of the tags or with some of them.
pub static TAG_SETTINGS: &[Choice] = &[s("match-all", "match_all"), s("match-some", "match_some")];

/// Other names of choices that people use: short ones, and for permissions the labels of Discord's apps, today's and older
/// ones (Discord's reference, "Permissions"; its help centre, "Discord Roles and Permissions"). Other choices may contain
/// the same words.
static SHORT_FORMS: &[(&str, &[&str])] = &[
    ("guild-text", &["text"]),
    ("guild-voice", &["voice"]),
    ("guild-category", &["category"]),
    ("guild-announcement", &["announcement", "news"]),
    ("guild-stage-voice", &["stage"]),
    ("guild-forum", &["forum"]),
    ("guild-media", &["media"]),
    ("chat-input", &["slash"]),
    ("string", &["text"]),
    ("channel-message-with-source", &["message"]),
    ("deferred-channel-message-with-source", &["deferred", "defer"]),
    ("deferred-update-message", &["defer-update"]),
    ("update-message", &["update"]),
    ("application-command-autocomplete-result", &["autocomplete"]),
    ("canceled", &["cancelled"]),
    ("create-instant-invite", &["create-invite"]),
    ("kick-members", &["kick,-approve,-and-reject-members"]),
    ("administrator", &["admin"]),
    ("manage-channels", &["manage-channel"]),
    ("manage-guild", &["manage-server"]),
    ("stream", &["video", "go-live"]),
    (
        "view-channel",
        &["view-channels", "read-messages", "read-messages/view-channels", "read-text-channels-&-see-voice-channels"],
    ),
    ("send-messages", &["send-messages-and-create-posts", "create-posts"]),
    ("send-tts-messages", &["send-text-to-speech-messages"]),
    ("mention-everyone", &["mention-@everyone", "mention-@everyone,-@here,-and-all-roles"]),
    ("use-external-emojis", &["use-external-emoji"]),
    ("view-guild-insights", &["view-server-insights"]),
    ("use-vad", &["use-voice-activity"]),
    ("manage-roles", &["manage-permissions"]),
    (
        "manage-guild-expressions",
        &["manage-expressions", "manage-emojis-and-stickers", "manage-emoji-and-stickers", "manage-emojis"],
    ),
    ("use-application-commands", &["use-slash-commands"]),
    ("manage-threads", &["manage-threads-and-posts", "manage-posts"]),
    ("send-messages-in-threads", &["send-messages-in-threads-and-posts", "send-messages-in-posts"]),
    ("use-embedded-activities", &["use-activities", "start-activities"]),
    ("moderate-members", &["timeout-members", "timeout"]),
    (
        "view-creator-monetization-analytics",
        &["view-server-subscription-insights", "view-creator-monetization-insights"],
    ),
    ("create-guild-expressions", &["create-expressions"]),
    ("send-polls", &["create-polls"]),
    ("bypass-slowmode", &["bypass-slow-mode"]),
];

/// The short names of the choice with this name.
pub fn short_forms(name: &str) -> &'static [&'static str] {
    SHORT_FORMS.iter().find(|(choice, _)| *choice == name).map_or(&[], |(_, forms)| forms)
}

/// The permissions that the endpoint requires, by the names of the options and the output: `manage-messages`.
pub fn permission_names(endpoint: &Endpoint) -> Vec<String> {
    endpoint.permissions.iter().map(|name| name.to_ascii_lowercase().replace('_', "-")).collect()
}

/// The names of the bits that are set. A bit that Discord does not document has its number.
pub fn names_of_bits(choices: &[Choice], bits: u64) -> Vec<String> {
    let name = |bit: u32| {
        let value = Scalar::Int((1_u64 << bit).cast_signed());
        let choice = choices.iter().find(|choice| choice.value == value);
        choice.map_or_else(|| format!("unknown (bit {bit})"), |choice| choice.name.to_owned())
    };
    (0..u64::BITS).filter(|bit| bits >> bit & 1 == 1).map(name).collect()
}
