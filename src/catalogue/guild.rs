//! `dcord guild`: servers, which Discord's interface calls guilds.

use super::builder::*;
use super::types::{Auth, Choice, Endpoint, Noun, Unit};
use crate::model::Entity::{Channel, Guild, Role};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun("guild", "Show, change and leave servers, which the API calls guilds", ROWS);

static ROWS: &[Endpoint] = &[
    get("list", "list_my_guilds", "/users/@me/guilds", "List the servers that the bot or user is in")
        .auth(Auth::Any)
        .effects(&[All(Kind::Guild)])
        .pages(after("id", 200, 200).and_before())
        .link(Link::Guild)
        .columns(&["id", "name", "owner", "approximate_member_count"])
        .more("A user's token needs the scope guilds.")
        .examples(&["guild list --all --with-counts", "guild list --all -o id"])
        .alias(&["user guilds"])
        .params(&[
            query("before", cursor(Guild), "Show the servers whose id is below this one"),
            query("after", cursor(Guild), "Show the servers whose id is above this one"),
            query("limit", INT, "Fetch this many servers a request [default: 200]").range(1, 200),
            query("with_counts", BOOL, "Add about how many members there are and how many are online"),
        ]),
    get("get", "get_guild", "/guilds/{guild_id}", "Show a server")
        .effects(&[One(Kind::Guild)])
        .link(Link::Guild)
        .columns(&["id", "name", "owner_id", "premium_tier", "approximate_member_count"])
        .examples(&["guild get 111111111111111111 --with-counts --fields name,approximate_member_count"])
        .params(&[
            path("guild_id", id(Guild), "Server to show"),
            query("with_counts", BOOL, "Add about how many members there are and how many are online"),
        ]),
    patch("edit", "update_guild", "/guilds/{guild_id}", "Change a server's settings")
        .reason()
        .effects(&[One(Kind::Guild)])
        .link(Link::Guild)
        .columns(&["id", "name", "owner_id", "description"])
        .needs(&["MANAGE_GUILD"])
        .more(
            "Only what is given changes. Which pictures a server may have depends on its features and its \
             boosts: splash INVITE_SPLASH, banner BANNER, discovery splash DISCOVERABLE. Adding or removing \
             the feature COMMUNITY or DISCOVERABLE needs ADMINISTRATOR; --features replaces the whole list, \
             so give those that shall stay too. Features are capitals such as COMMUNITY: `dcord guild get` \
             shows those there are. What verification levels ask of those who want to write: low a \
             confirmed e-mail address, medium an account older than five minutes, high ten minutes as a \
             member, very-high a confirmed phone number.",
        )
        .examples(&[
            "guild edit 111111111111111111 --name 'The Workshop' --icon logo.png",
            "guild edit 111111111111111111 --verification-level high --default-message-notifications \
             only-mentions",
        ])
        .params(&[
            path("guild_id", id(Guild), "Server to change"),
            body("name", STRING, "Rename it").range(2, 100),
            body("description", TEXT, "Describe it").range(0, 300).nullable(),
            body("region", STRING, "Deprecated: set a voice region, use channel edit --rtc-region").nullable(),
            body("icon", IMAGE, "Use this picture as its icon").nullable(),
            body("verification_level", one_of(VERIFICATION_LEVELS), "Ask this much of new members").nullable(),
            body("default_message_notifications", one_of(NOTIFICATIONS), "Notify members of these messages by default")
                .nullable(),
            body("explicit_content_filter", one_of(CONTENT_FILTERS), "Scan the media of these members").nullable(),
            body("preferred_locale", one_of(LOCALES), "Set its language (en-US at first)").nullable(),
            body("afk_timeout", one_of(AFK_TIMEOUTS), "Move idle members to the AFK channel after this time")
                .unit(Unit::Seconds)
                .nullable(),
            body("afk_channel_id", id(Channel), "Move idle members to this voice channel").nullable(),
            body("system_channel_id", id(Channel), "Greet members and announce boosts in this channel").nullable(),
            body("splash", IMAGE, "Show this picture behind its invites").nullable(),
            body("banner", IMAGE, "Use this picture as its banner").nullable(),
            body("system_channel_flags", flags(SYSTEM_CHANNEL_FLAGS), "Leave these notices out of its system channel")
                .nullable(),
            body("features", STRING, "Replace its features: have this one, such as COMMUNITY")
                .max(LONG)
                .repeated()
                .unique()
                .words()
                .items(0, 1521)
                .nullable(),
            body("discovery_splash", IMAGE, "Show this picture in Discord's directory").nullable(),
            body("home_header", IMAGE, "Show this picture above its guide").nullable(),
            body("rules_channel_id", id(Channel), "Community: the channel with the rules").nullable(),
            body("safety_alerts_channel_id", id(Channel), "Community: send safety alerts to this channel").nullable(),
            body("public_updates_channel_id", id(Channel), "Community: send Discord's notices to moderators here")
                .nullable(),
            body("premium_progress_bar_enabled", BOOL, "Show how far it is from its next boost level").nullable(),
        ]),
    delete("leave", "leave_guild", "/users/@me/guilds/{guild_id}", "Make the bot leave a server")
        .destructive()
        .effects(&[Leaves])
        .no_id()
        .more("Somebody who may manage the server has to invite the bot again to bring it back.")
        .params(&[path("guild_id", id(Guild), "Server to leave")]),
    get("get-prune-count", "preview_prune_guild", "/guilds/{guild_id}/prune", "Count the members a prune would remove")
        .no_id()
        .columns(&["pruned"])
        .needs(&["MANAGE_GUILD", "KICK_MEMBERS"])
        .more(
            "Members with a role are not counted, unless --include-roles names the role; then those who \
             have no other roles are.",
        )
        .examples(&["guild get-prune-count 111111111111111111 --days 30d"])
        .params(&[
            path("guild_id", id(Guild), "Server to look at"),
            query("days", INT, "Count those not seen for this long (7 days if omitted)").range(1, 30).unit(Unit::Days),
            query("include_roles", id(Role), "Count members with this role as well").repeated().unique().items(0, 100),
        ]),
    post("prune", "prune_guild", "/guilds/{guild_id}/prune", "Remove members who have been away")
        .reason()
        .destructive()
        .effects(&[Unlists(Kind::Member)])
        .no_id()
        .columns(&["pruned"])
        .needs(&["MANAGE_GUILD", "KICK_MEMBERS"])
        .more(
            "Ask `dcord guild get-prune-count` first. Members with a role are spared, unless \
             --include-roles names the role; then those who have no other roles go too.",
        )
        .examples(&["guild prune 111111111111111111 --days 30 --reason 'yearly clean-up'"])
        .params(&[
            path("guild_id", id(Guild), "Server to clear"),
            body("days", INT, "Remove those not seen for this long (7 days if omitted)")
                .range(1, 30)
                .unit(Unit::Days)
                .nullable(),
            body("compute_prune_count", BOOL, "Wait for the number; =false is better for large servers").nullable(),
            body("include_roles", id(Role), "Remove members with this role as well")
                .repeated()
                .unique()
                .items(0, 100)
                .nullable(),
        ]),
    get("get-preview", "get_guild_preview", "/guilds/{guild_id}/preview", "Show what outsiders may see of a server")
        .link(Link::Guild)
        .columns(&["id", "name", "approximate_member_count", "description"])
        .more("A server that the bot is not in must be listed in Discord's directory.")
        .params(&[path("guild_id", id(Guild), "Server to show")]),
    get("get-vanity-url", "get_guild_vanity_url", "/guilds/{guild_id}/vanity-url", "Show a server's own invite code")
        .id("code")
        .link(Link::Invite)
        .columns(&["code", "uses"])
        .needs(&["MANAGE_GUILD"])
        .more(
            "The code is null if none is set. Without the permission, see vanity_url_code in `dcord guild \
             get`.",
        )
        .params(&[path("guild_id", id(Guild), "Server to look at")]),
    put(
        "set-incident-actions",
        "update_guild_incident_actions",
        "/guilds/{guild_id}/incident-actions",
        "Pause invites or direct messages for up to a day",
    )
    .effects(&[Outdates(Kind::Guild)])
    .no_id()
    .columns(&["invites_disabled_until", "dms_disabled_until"])
    .needs(&["MANAGE_GUILD"])
    .more("For use in a raid. Both last 24 hours at most; --unset ends one early.")
    .examples(&["guild set-incident-actions 111111111111111111 --invites-disabled-until 2h"])
    .params(&[
        path("guild_id", id(Guild), "Server to protect"),
        body("invites_disabled_until", TIME, "Let nobody join until then").nullable(),
        body("dms_disabled_until", TIME, "Stop direct messages between members until then").nullable(),
    ])
    .edits(),
    get(
        "list-regions",
        "list_guild_voice_regions",
        "/guilds/{guild_id}/regions",
        "List the voice regions for a server",
    )
    .list()
    .columns(&["id", "name", "optimal", "deprecated"])
    .more(
        "Has the regions for servers with the feature VIP_REGIONS, which `dcord voice list-regions` \
         leaves out.",
    )
    .params(&[path("guild_id", id(Guild), "Server to look at")]),
];

static VERIFICATION_LEVELS: &[Choice] = &[n("none", 0), n("low", 1), n("medium", 2), n("high", 3), n("very-high", 4)];

static NOTIFICATIONS: &[Choice] = &[n("all-messages", 0), n("only-mentions", 1)];

static CONTENT_FILTERS: &[Choice] = &[n("disabled", 0), n("members-without-roles", 1), n("all-members", 2)];

static AFK_TIMEOUTS: &[Choice] = &[
    n("one-minute", 60),
    n("five-minutes", 300),
    n("fifteen-minutes", 900),
    n("thirty-minutes", 1800),
    n("one-hour", 3600),
];

static SYSTEM_CHANNEL_FLAGS: &[Choice] = &[
    bit("suppress-join-notifications", 0),
    bit("suppress-premium-subscriptions", 1),
    bit("suppress-guild-reminder-notifications", 2),
    bit("suppress-join-notification-replies", 3),
    bit("suppress-role-subscription-purchase-notifications", 4),
    bit("suppress-role-subscription-purchase-notification-replies", 5),
];

static LOCALES: &[Choice] = &[
    s("ar", "ar"),
    s("bg", "bg"),
    s("cs", "cs"),
    s("da", "da"),
    s("de", "de"),
    s("el", "el"),
    s("en-GB", "en-GB"),
    s("en-US", "en-US"),
    s("es-419", "es-419"),
    s("es-ES", "es-ES"),
    s("fi", "fi"),
    s("fr", "fr"),
    s("he", "he"),
    s("hi", "hi"),
    s("hr", "hr"),
    s("hu", "hu"),
    s("id", "id"),
    s("it", "it"),
    s("ja", "ja"),
    s("ko", "ko"),
    s("lt", "lt"),
    s("nl", "nl"),
    s("no", "no"),
    s("pl", "pl"),
    s("pt-BR", "pt-BR"),
    s("ro", "ro"),
    s("ru", "ru"),
    s("sv-SE", "sv-SE"),
    s("th", "th"),
    s("tr", "tr"),
    s("uk", "uk"),
    s("vi", "vi"),
    s("zh-CN", "zh-CN"),
    s("zh-TW", "zh-TW"),
];
