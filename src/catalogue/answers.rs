//! Enumerations and flags that occur only in responses. Source: Discord's reference, under the names in quotes.

use super::builder::{bit, n};
use super::types::Choice;

/// "Message Types".
pub static MESSAGE_TYPES: &[Choice] = &[
    n("default", 0),
    n("recipient-add", 1),
    n("recipient-remove", 2),
    n("call", 3),
    n("channel-name-change", 4),
    n("channel-icon-change", 5),
    n("channel-pinned-message", 6),
    n("user-join", 7),
    n("guild-boost", 8),
    n("guild-boost-tier-1", 9),
    n("guild-boost-tier-2", 10),
    n("guild-boost-tier-3", 11),
    n("channel-follow-add", 12),
    n("guild-discovery-disqualified", 14),
    n("guild-discovery-requalified", 15),
    n("guild-discovery-grace-period-initial-warning", 16),
    n("guild-discovery-grace-period-final-warning", 17),
    n("thread-created", 18),
    n("reply", 19),
    n("chat-input-command", 20),
    n("thread-starter-message", 21),
    n("guild-invite-reminder", 22),
    n("context-menu-command", 23),
    n("auto-moderation-action", 24),
    n("role-subscription-purchase", 25),
    n("interaction-premium-upsell", 26),
    n("stage-start", 27),
    n("stage-end", 28),
    n("stage-speaker", 29),
    n("stage-topic", 31),
    n("guild-application-premium-subscription", 32),
    n("guild-incident-alert-mode-enabled", 36),
    n("guild-incident-alert-mode-disabled", 37),
    n("guild-incident-report-raid", 38),
    n("guild-incident-report-false-alarm", 39),
    n("purchase-notification", 44),
    n("poll-result", 46),
];

/// "Message Flags".
pub static MESSAGE_FLAGS: &[Choice] = &[
    bit("crossposted", 0),
    bit("is-crosspost", 1),
    bit("suppress-embeds", 2),
    bit("source-message-deleted", 3),
    bit("urgent", 4),
    bit("has-thread", 5),
    bit("ephemeral", 6),
    bit("loading", 7),
    bit("failed-to-mention-some-roles-in-thread", 8),
    bit("suppress-notifications", 12),
    bit("is-voice-message", 13),
    bit("has-snapshot", 14),
    bit("is-components-v2", 15),
];

/// "User Flags".
pub static USER_FLAGS: &[Choice] = &[
    bit("staff", 0),
    bit("partner", 1),
    bit("hypesquad", 2),
    bit("bug-hunter-level-1", 3),
    bit("hypesquad-bravery", 6),
    bit("hypesquad-brilliance", 7),
    bit("hypesquad-balance", 8),
    bit("premium-early-supporter", 9),
    bit("team", 10),
    bit("bug-hunter-level-2", 14),
    bit("verified-bot", 16),
    bit("verified-developer", 17),
    bit("certified-moderator", 18),
    bit("bot-http-interactions", 19),
    bit("active-developer", 22),
];

/// "Application Flags".
pub static APPLICATION_FLAGS: &[Choice] = &[
    bit("application-auto-moderation-rule-create-badge", 6),
    bit("gateway-presence", 12),
    bit("gateway-presence-limited", 13),
    bit("gateway-guild-members", 14),
    bit("gateway-guild-members-limited", 15),
    bit("verification-pending-guild-limit", 16),
    bit("embedded", 17),
    bit("gateway-message-content", 18),
    bit("gateway-message-content-limited", 19),
    bit("application-command-badge", 23),
];

/// "Guild Member Flags".
pub static MEMBER_FLAGS: &[Choice] = &[
    bit("did-rejoin", 0),
    bit("completed-onboarding", 1),
    bit("bypasses-verification", 2),
    bit("started-onboarding", 3),
    bit("is-guest", 4),
    bit("started-home-actions", 5),
    bit("completed-home-actions", 6),
    bit("automod-quarantined-username", 7),
    bit("dm-settings-upsell-acknowledged", 9),
    bit("automod-quarantined-guild-tag", 10),
];

/// "Webhook Types".
pub static WEBHOOK_TYPES: &[Choice] = &[n("incoming", 1), n("channel-follower", 2), n("application", 3)];

/// "Invite Types".
pub static INVITE_TYPES: &[Choice] = &[n("server", 0), n("group-dm", 1), n("friend", 2)];

/// "Sticker Format Types".
pub static STICKER_FORMATS: &[Choice] = &[n("png", 1), n("apng", 2), n("lottie", 3), n("gif", 4)];

/// "Sticker Types".
pub static STICKER_TYPES: &[Choice] = &[n("standard", 1), n("server", 2)];

/// "Entitlement Types".
pub static ENTITLEMENT_TYPES: &[Choice] = &[
    n("purchase", 1),
    n("premium-subscription", 2),
    n("developer-gift", 3),
    n("test-mode-purchase", 4),
    n("free-purchase", 5),
    n("user-gift", 6),
    n("premium-purchase", 7),
    n("application-subscription", 8),
];

/// "Subscription Statuses".
pub static SUBSCRIPTION_STATUSES: &[Choice] = &[n("active", 0), n("ending", 1), n("inactive", 2)];

/// "SKU Types".
pub static SKU_TYPES: &[Choice] =
    &[n("durable", 2), n("consumable", 3), n("subscription", 5), n("subscription-group", 6)];

/// "SKU Flags".
pub static SKU_FLAGS: &[Choice] = &[bit("available", 2), bit("guild-subscription", 7), bit("user-subscription", 8)];

/// "Premium Types".
pub static PREMIUM_TYPES: &[Choice] = &[n("none", 0), n("nitro-classic", 1), n("nitro", 2), n("nitro-basic", 3)];

/// "MFA Level".
pub static MFA_LEVELS: &[Choice] = &[n("no", 0), n("yes", 1)];

/// "Guild Age-Restriction Level".
pub static NSFW_LEVELS: &[Choice] = &[n("default", 0), n("explicit", 1), n("safe", 2), n("age-restricted", 3)];

/// "Connection Visibility Types".
pub static VISIBILITIES: &[Choice] = &[n("nobody", 0), n("everyone", 1)];

/// "Application Role Connection Metadata Type".
pub static METADATA_TYPES: &[Choice] = &[
    n("integer-at-most", 1),
    n("integer-at-least", 2),
    n("integer-equal", 3),
    n("integer-not-equal", 4),
    n("datetime-at-most", 5),
    n("datetime-at-least", 6),
    n("boolean-equal", 7),
    n("boolean-not-equal", 8),
];
