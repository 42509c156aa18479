//! `dcord guild`: servers, which Discord's interface calls guilds.

use super::builder::*;
use super::types::{Auth, Choice, Endpoint, Noun, Unit};
use crate::model::Entity::{Channel, Guild, Role};
use crate::model::{Kind, Link};

/// The sections of an exported file.
static SECTIONS: &[Choice] = &[
    s("roles", "roles"),
    s("emojis", "emojis"),
    s("channels", "channels"),
    s("stickers", "stickers"),
    s("automod", "automod"),
    s("events", "events"),
    s("welcome", "welcome"),
    s("onboarding", "onboarding"),
];

pub static NOUN: Noun = noun("guild", "Show, edit and leave servers (guilds)", ROWS);

static ROWS: &[Endpoint] = &[
    get("list", "list_my_guilds", "/users/@me/guilds", "List the servers that the bot or user is a member of")
        .auth(Auth::Any)
        .effects(&[All(Kind::Guild)])
        .pages(after("id", 200, 200).and_before())
        .link(Link::Guild)
        .columns(&["id", "name", "owner", "approximate_member_count"])
        .more("An access token of a user needs the OAuth2 scope guilds.")
        .examples(&["guild list --all --with-counts", "guild list --all -o id"])
        .alias(&["user guilds"])
        .params(&[
            query("before", cursor(Guild), "Only servers whose id is below this id or time"),
            query("after", cursor(Guild), "Only servers whose id is above this id or time"),
            query("limit", INT, "Servers per request [default: 200]").range(1, 200),
            query("with_counts", BOOL, "Include approximate numbers of members and of online members"),
        ]),
    get("get", "get_guild", "/guilds/{guild_id}", "Show a server")
        .effects(&[One(Kind::Guild)])
        .link(Link::Guild)
        .columns(&["id", "name", "owner_id", "premium_tier", "approximate_member_count"])
        .examples(&["guild get 'My Server' --with-counts --fields name,approximate_member_count"])
        .params(&[
            path("guild_id", id(Guild), "Server to show"),
            query("with_counts", BOOL, "Include approximate numbers of members and of online members"),
        ]),
    patch("edit", "update_guild", "/guilds/{guild_id}", "Edit the settings of a server")
        .reason()
        .effects(&[One(Kind::Guild)])
        .link(Link::Guild)
        .columns(&["id", "name", "owner_id", "description"])
        .needs(&["MANAGE_GUILD"])
        .more(
            "Fields that you omit stay as they are. --features replaces the whole list, so also give the features \
             to keep (`dcord guild get` prints them). Adding or removing COMMUNITY or DISCOVERABLE needs \
             administrator.\n\n\
             Some pictures require a feature of the server: --splash requires INVITE_SPLASH, --banner BANNER, and \
             --discovery-splash DISCOVERABLE.\n\n\
             Verification levels: low requires a verified email address, medium also an account older than five \
             minutes, high also ten minutes of membership, very-high a verified phone number.",
        )
        .examples(&[
            "guild edit 'My Server' --name 'The Workshop' --icon logo.png",
            "guild edit 'My Server' --verification-level high --default-message-notifications only-mentions",
        ])
        .params(&[
            path("guild_id", id(Guild), "Server to edit"),
            body("name", STRING, "New name").range(2, 100),
            body("description", TEXT, "Description").range(0, 300).nullable(),
            body("region", STRING, "Deprecated: use `dcord channel edit --rtc-region`").nullable().minor(),
            body("icon", IMAGE, "Icon picture").nullable(),
            body("verification_level", one_of(VERIFICATION_LEVELS), "What members need before they can write")
                .nullable(),
            body("default_message_notifications", one_of(NOTIFICATIONS), "Messages that notify members by default")
                .nullable(),
            body(
                "explicit_content_filter",
                one_of(CONTENT_FILTERS),
                "Members whose media Discord scans for explicit content",
            )
            .nullable()
            .minor(),
            body("preferred_locale", one_of(LOCALES), "Language of the server [default: en-US]").nullable().minor(),
            body(
                "afk_timeout",
                one_of(AFK_TIMEOUTS),
                "Time without activity after which members move to the AFK channel",
            )
            .unit(Unit::Seconds)
            .nullable()
            .minor(),
            body("afk_channel_id", id(Channel), "Voice channel for members without activity (AFK)").nullable().minor(),
            body("system_channel_id", id(Channel), "Channel for join and boost messages").nullable(),
            body("splash", IMAGE, "Background picture of invites").nullable().minor(),
            body("banner", IMAGE, "Banner picture").nullable().minor(),
            body("system_channel_flags", flags(SYSTEM_CHANNEL_FLAGS), "Messages to disable in the system channel")
                .nullable()
                .minor(),
            body("features", STRING, "Feature, such as COMMUNITY; features that you omit are removed")
                .max(LONG)
                .repeated()
                .unique()
                .words()
                .items(0, 1521)
                .nullable()
                .minor(),
            body("discovery_splash", IMAGE, "Background picture in Discord's server directory").nullable().minor(),
            body("home_header", IMAGE, "Picture at the top of the server guide").nullable().minor(),
            body("rules_channel_id", id(Channel), "Community: rules channel").nullable(),
            body("safety_alerts_channel_id", id(Channel), "Community: channel for safety alerts").nullable().minor(),
            body("public_updates_channel_id", id(Channel), "Community: channel for Discord's messages to moderators")
                .nullable()
                .minor(),
            body("premium_progress_bar_enabled", BOOL, "Show the boost progress bar").nullable().minor(),
        ]),
    get("export", "get_guild", "/guilds/{guild_id}", "Write the roles, channels and settings of a server as TOML")
        .composed()
        .no_id()
        .more(
            "The file has the server's roles, emojis, channels, stickers, AutoMod rules and events, its welcome screen \
             and its onboarding. It lists roles from the highest to the lowest, and channels as Discord's app shows \
             them. Permissions, types, colours, and the roles and channels that others refer to are written by name. \
             `dcord guild diff` compares a server with the file, and `dcord guild apply` changes a server to match \
             it.\n\n\
             To use the file for another server, --no-ids leaves out the ids. Pictures are not exported: to create an \
             emoji or a sticker, add image or file with the path of a picture. Channels that the bot cannot view are \
             missing, and so are sections that the bot may not read, unless --only names them.",
        )
        .examples(&["guild export 'My Server' > server.toml", "guild export 'My Server' --only roles --no-ids"])
        .alias(&["guild dump"])
        .params(&[
            path("guild_id", id(Guild), "Server to export"),
            body("only", one_of(SECTIONS), "Sections to write [default: all]").repeated().unique(),
            body("no_ids", BOOL, "Leave out the ids, to use the file for another server"),
        ]),
    get("diff", "get_guild", "/guilds/{guild_id}", "Show how a server differs from an exported file")
        .composed()
        .no_id()
        .columns(&["change", "object", "name", "field", "from", "to"])
        .more(
            "Prints one line for each object and field that `dcord guild apply` would change: + for an object that \
             would be created, and ~ for a field that would change. What the file does not contain is not compared. \
             Exits with 1 if anything differs, and otherwise with 0, which suits cron and CI.",
        )
        .examples(&["guild diff 'My Server' server.toml", "guild diff 'My Server' server.toml --jq .name"])
        .params(&[
            path("guild_id", id(Guild), "Server to compare"),
            file("file", "File that `dcord guild export` wrote, or - for standard input").positional().required(),
        ]),
    patch("apply", "update_guild", "/guilds/{guild_id}", "Change a server to match an exported file")
        .action("Change {guild_id} to match a file")
        .composed()
        .reason()
        .destructive()
        .no_effect("the requests that the command sends have effects of their own")
        .no_id()
        .columns(&["change", "object", "name", "field", "from", "to"])
        .may_need(&["MANAGE_ROLES", "MANAGE_CHANNELS", "MANAGE_GUILD", "MANAGE_GUILD_EXPRESSIONS", "MANAGE_EVENTS"])
        .more(
            "Finds each object of the file in the server by its id, or otherwise by its name, and creates it if it is \
             missing. Only the fields and objects in the file change; everything else stays as it is. The order of \
             roles and channels in the file becomes their order in the server.\n\n\
             dcord remembers on this machine which objects the file contained. With --prune, it deletes those that are \
             no longer in the file, and nothing else.\n\n\
             Shows the changes and asks before it makes them, unless --yes is given; --dry-run only shows them. If the \
             command is interrupted or fails, run it again to make the remaining changes. A mistake in the file, or a \
             role that the bot cannot edit because it is not below the bot's highest role, is an error before anything \
             is sent. A picture is sent only for a new object, because Discord does not say which picture it has.\n\n\
             Changing roles and overwrites requires manage-roles, channels manage-channels, emojis and stickers \
             manage-guild-expressions, events manage-events, and the rest manage-guild.",
        )
        .examples(&[
            "guild apply 'My Server' server.toml --dry-run",
            "guild apply 'My Server' server.toml --prune --yes --reason 'server.toml in git'",
        ])
        .params(&[
            path("guild_id", id(Guild), "Server to change"),
            file("file", "File that `dcord guild export` wrote, or - for standard input").positional().required(),
            body("prune", BOOL, "Delete objects that an earlier version of the file contained"),
        ])
        .may_be_empty(),
    delete("leave", "leave_guild", "/users/@me/guilds/{guild_id}", "Leave a server")
        .action("Leave {guild_id}")
        .destructive()
        .effects(&[Leaves])
        .no_id()
        .more("Only a member with manage-guild can add the bot again.")
        .params(&[path("guild_id", id(Guild), "Server to leave")]),
    get(
        "get-prune-count",
        "preview_prune_guild",
        "/guilds/{guild_id}/prune",
        "Count the members that a prune would kick",
    )
    .no_id()
    .columns(&["pruned"])
    .needs(&["MANAGE_GUILD", "KICK_MEMBERS"])
    .more("The count omits members who have a role, unless --include-roles covers all of their roles.")
    .examples(&["guild get-prune-count 'My Server' --days 30d"])
    .params(&[
        path("guild_id", id(Guild), "Server"),
        query("days", INT, "Count members who have been inactive for this long [default: 7]")
            .range(1, 30)
            .unit(Unit::Days),
        query("include_roles", id(Role), "Also count members with this role").repeated().unique().items(0, 100),
    ]),
    post(
        "prune",
        "prune_guild",
        "/guilds/{guild_id}/prune",
        "Kick members who have been inactive for a number of days",
    )
    .action(
        "Kick {pruned|the members|# member|# members} of {guild_id} who {pruned|have|has|have} been inactive for \
         {days|7 days}[, including members with {include_roles}]",
    )
    .reason()
    .destructive()
    .counted_by("preview_prune_guild", "pruned")
    .effects(&[Unlists(Kind::Member)])
    .no_id()
    .columns(&["pruned"])
    .needs(&["MANAGE_GUILD", "KICK_MEMBERS"])
    .more(
        "The question before the command shows how many members it would kick. With --dry-run, dcord prints their \
         number, and the request that it would send. Members who have a role stay, unless --include-roles covers all of \
         their roles.",
    )
    .examples(&[
        "guild prune 'My Server' --days 30d --dry-run",
        "guild prune 'My Server' --days 30d --reason 'yearly clean-up'",
    ])
    .alias(&["member prune"])
    .params(&[
        path("guild_id", id(Guild), "Server to prune"),
        body("days", INT, "Kick members who have been inactive for this long [default: 7]")
            .range(1, 30)
            .unit(Unit::Days)
            .nullable(),
        body("compute_prune_count", BOOL, "Return the number of kicked members; use =false in large servers")
            .nullable(),
        body("include_roles", id(Role), "Also kick members with this role")
            .repeated()
            .unique()
            .items(0, 100)
            .nullable(),
    ]),
    get("get-preview", "get_guild_preview", "/guilds/{guild_id}/preview", "Show the public preview of a server")
        .link(Link::Guild)
        .columns(&["id", "name", "approximate_member_count", "description"])
        .more("If the bot is not a member, the server must be discoverable.")
        .params(&[path("guild_id", id(Guild), "Server to show")]),
    get(
        "get-vanity-url",
        "get_guild_vanity_url",
        "/guilds/{guild_id}/vanity-url",
        "Show the vanity invite code of a server",
    )
    .id("code")
    .link(Link::Invite)
    .columns(&["code", "uses"])
    .needs(&["MANAGE_GUILD"])
    .more(
        "The code is null if the server has none. Without manage-guild, read the field vanity_url_code of `dcord \
         guild get`.",
    )
    .params(&[path("guild_id", id(Guild), "Server")]),
    put(
        "set-incident-actions",
        "update_guild_incident_actions",
        "/guilds/{guild_id}/incident-actions",
        "Pause invites or direct messages of a server for up to a day",
    )
    .effects(&[Outdates(Kind::Guild)])
    .no_id()
    .columns(&["invites_disabled_until", "dms_disabled_until"])
    .needs(&["MANAGE_GUILD"])
    .more("Use this during a raid. A pause lasts at most 24 hours; --unset ends it early.")
    .examples(&["guild set-incident-actions 'My Server' --invites-disabled-until 2h"])
    .params(&[
        path("guild_id", id(Guild), "Server"),
        body("invites_disabled_until", TIME, "Time until which nobody can join, at most a day from now")
            .ahead()
            .within_days(INCIDENT_DAYS)
            .nullable(),
        body("dms_disabled_until", TIME, "Time until which members cannot write each other, at most a day from now")
            .ahead()
            .within_days(INCIDENT_DAYS)
            .nullable(),
    ])
    .edits(),
    get("list-regions", "list_guild_voice_regions", "/guilds/{guild_id}/regions", "List the voice regions of a server")
        .list()
        .columns(&["id", "name", "optimal", "deprecated"])
        .more(
            "For servers with the feature VIP_REGIONS, the list contains regions that `dcord voice list-regions` \
             does not.",
        )
        .params(&[path("guild_id", id(Guild), "Server")]),
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

/// Source: Discord's reference, "Modify Guild Incident Actions".
const INCIDENT_DAYS: u32 = 1;
