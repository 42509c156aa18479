//! `dcord automod`: AutoMod rules.

use super::builder::*;
use super::types::{Choice, Form, Noun, Param, Unit};
use crate::model::Entity::{AutomodRule, Channel, Guild, Role};
use crate::model::Kind;

pub static NOUN: Noun = noun("automod", "Manage the AutoMod rules of a server", &[
    get(
        "list",
        "list_auto_moderation_rules",
        "/guilds/{guild_id}/auto-moderation/rules",
        "List the AutoMod rules of a server",
    )
    .effects(&[All(Kind::AutomodRule)])
    .list()
    .columns(&["id", "name", "trigger_type", "enabled"])
    .needs(&["MANAGE_GUILD"])
    .params(&[path("guild_id", id(Guild), "Server")]),
    get(
        "get",
        "get_auto_moderation_rule",
        "/guilds/{guild_id}/auto-moderation/rules/{rule_id}",
        "Show an AutoMod rule",
    )
    .effects(&[One(Kind::AutomodRule)])
    .columns(&["id", "name", "trigger_type", "enabled"])
    .needs(&["MANAGE_GUILD"])
    .params(&[path("guild_id", id(Guild), "Server"), path("rule_id", id(AutomodRule), "Rule to show")]),
    post(
        "create",
        "create_auto_moderation_rule",
        "/guilds/{guild_id}/auto-moderation/rules",
        "Create an AutoMod rule",
    )
    .reason()
    .effects(&[One(Kind::AutomodRule)])
    .columns(&["id", "name", "trigger_type", "enabled"])
    .needs(&["MANAGE_GUILD"])
    .more(
        "A rule has a trigger (--trigger-type, --trigger-metadata) and one to five actions. The --action.* flags \
         describe an action, and another --action.type starts the next one; --actions takes all as JSON. A new rule \
         is disabled unless you give --enabled.\n\n\
         Trigger types: keyword (your own words), keyword-preset (Discord's word lists), spam (what Discord \
         considers spam), mention-spam (too many mentions) and member-profile (words in names and profiles). A \
         server can have six keyword rules and one rule of each other type. A keyword matches whole words; with * at \
         its start or end it also matches parts of words.\n\n\
         The action timeout requires moderate-members and works with keyword and mention-spam. Rules for member-profile \
         need the event type member-update and the action block-member-interaction.",
)
    .examples(&[
        "automod create 'My Server' Scams --event-type message-send --trigger-type keyword \
         --trigger-metadata.keyword-filter '*free nitro*' --action.type block-message --enabled",
        "automod create 'My Server' Pings --event-type message-send --trigger-type mention-spam \
         --trigger-metadata.mention-total-limit 8 --action.type timeout --action.duration-seconds 10m --enabled",
    ])
    .params(&[
        path("guild_id", id(Guild), "Server"),
        body("name", STRING, "Name of the rule").positional().range(0, 100).required(),
        body("event_type", one_of(EVENT_TYPES), "Event to check: a message is sent or a member's profile changes")
            .required(),
        body("trigger_type", one_of(TRIGGER_TYPES), "What triggers the rule").required(),
        body("trigger_metadata", JSON, r#"Trigger settings, as JSON: {"keyword_filter":["…"]}"#).nullable(),
        body("actions", JSON, r#"Actions, as JSON: [{"type":1,"metadata":{…}},…]"#).items(1, 5).required().nullable(),
        body("enabled", BOOL, "Enable the rule [default: false]").nullable(),
        body("exempt_roles", id(Role), "Role whose members the rule ignores")
            .repeated()
            .unique()
            .items(0, 20)
            .nullable(),
        body("exempt_channels", id(Channel), "Channel that the rule ignores")
            .repeated()
            .unique()
            .items(0, 50)
            .nullable(),
    ])
    .forms(&[
        KEYWORDS,
        variant("a member-profile rule").when("trigger_type", &["member-profile"]).needs(&["trigger_metadata"]),
        PRESET.needs(&["trigger_metadata"]),
        MENTIONS,
        BLOCK,
        ALERT,
        TIMEOUT,
    ])
    .with(&[TRIGGER, ACTION]),
    patch(
        "edit",
        "update_auto_moderation_rule",
        "/guilds/{guild_id}/auto-moderation/rules/{rule_id}",
        "Edit an AutoMod rule",
    )
    .reason()
    .effects(&[One(Kind::AutomodRule)])
    .columns(&["id", "name", "trigger_type", "enabled"])
    .needs(&["MANAGE_GUILD"])
    .more(
        "Fields that you omit stay as they are. Lists are replaced as a whole: to add a keyword, give all keywords. \
         The action timeout requires moderate-members.",
    )
    .examples(&["automod edit 'My Server' Scams --enabled=false"])
    .params(&[
        path("guild_id", id(Guild), "Server"),
        path("rule_id", id(AutomodRule), "Rule to edit"),
        body("name", STRING, "New name").range(0, 100),
        body("event_type", one_of(EVENT_TYPES), "Event to check: a message is sent or a member's profile changes"),
        body("trigger_type", one_of(TRIGGER_TYPES), "Trigger type of the rule, which cannot change"),
        body("trigger_metadata", JSON, r#"New trigger settings, as JSON: {"keyword_filter":["…"]}"#).nullable(),
        body("actions", JSON, r#"New actions, as JSON: [{"type":1,"metadata":{…}},…]"#).items(1, 5).nullable(),
        body("enabled", BOOL, "Enable the rule, or =false to disable it").nullable(),
        body("exempt_roles", id(Role), "Role whose members the rule ignores")
            .repeated()
            .unique()
            .items(0, 20)
            .nullable(),
        body("exempt_channels", id(Channel), "Channel that the rule ignores")
            .repeated()
            .unique()
            .items(0, 50)
            .nullable(),
    ])
    .forms(&[KEYWORDS, PRESET, MENTIONS, BLOCK, ALERT, TIMEOUT])
    .with(&[TRIGGER, ACTION]),
    delete(
        "delete",
        "delete_auto_moderation_rule",
        "/guilds/{guild_id}/auto-moderation/rules/{rule_id}",
        "Delete an AutoMod rule",
    )
    .action("Delete AutoMod rule {rule_id} in {guild_id}")
    .reason()
    .destructive()
    .effects(&[Deletes(Kind::AutomodRule)])
    .no_id()
    .needs(&["MANAGE_GUILD"])
.more("A deleted rule cannot be restored. To disable it, use `dcord automod edit` with --enabled=false.")
    .params(&[path("guild_id", id(Guild), "Server"), path("rule_id", id(AutomodRule), "Rule to delete")]),
]);

/// The settings of each trigger type; keyword and keyword-preset share the allow list.
const KEYWORDS: Form = variant("a keyword trigger")
    .when("trigger_type", &["keyword", "member-profile"])
    .only(&["trigger-metadata.keyword-filter", "trigger-metadata.regex-patterns"]);
const PRESET: Form =
    variant("a keyword-preset trigger").when("trigger_type", &["keyword-preset"]).only(&["trigger-metadata.presets"]);
const MENTIONS: Form = variant("a mention-spam trigger")
    .when("trigger_type", &["mention-spam"])
    .only(&["trigger-metadata.mention-total-limit", "trigger-metadata.mention-raid-protection-enabled"]);

/// The settings of each action type.
const BLOCK: Form = variant("the action block-message")
    .at("actions/0")
    .when("type", &["block-message"])
    .only(&["action.custom-message"]);
const ALERT: Form = variant("the action send-alert-message")
    .at("actions/0")
    .when("type", &["send-alert-message"])
    .only(&["action.channel-id"])
    .needs(&["metadata/channel_id"]);
const TIMEOUT: Form = variant("the action timeout")
    .at("actions/0")
    .when("type", &["timeout"])
    .only(&["action.duration-seconds"])
    .needs(&["metadata/duration_seconds"]);

/// The flags that describe a trigger. `--trigger-metadata` takes them as JSON.
static TRIGGER: &[Param] = &[
    local(
        "trigger-metadata.keyword-filter",
        "trigger_metadata/keyword_filter/-",
        STRING,
        "Keyword to find (types keyword and member-profile)",
    )
    .range(1, 60)
    .repeated()
    .items(0, 1000),
    local(
        "trigger-metadata.regex-patterns",
        "trigger_metadata/regex_patterns/-",
        STRING,
        "Rust regular expression to find (types keyword and member-profile)",
    )
    .range(1, 260)
    .repeated()
    .items(0, 10),
    local(
        "trigger-metadata.presets",
        "trigger_metadata/presets/-",
        one_of(PRESETS),
        "Discord's word list to find (type keyword-preset)",
    )
    .repeated()
    .unique(),
    local(
        "trigger-metadata.allow-list",
        "trigger_metadata/allow_list/-",
        STRING,
        "Word to allow (at most 100, with keyword-preset 1000)",
    )
    .range(1, 60)
    .repeated()
    .items(0, 1000),
    local(
        "trigger-metadata.mention-total-limit",
        "trigger_metadata/mention_total_limit",
        INT,
        "Maximum number of distinct mentions in a message (type mention-spam)",
    )
    .range(0, 50),
    local(
        "trigger-metadata.mention-raid-protection-enabled",
        "trigger_metadata/mention_raid_protection_enabled",
        BOOL,
        "Also detect mention raids (type mention-spam)",
    ),
];

/// The flags that describe an action. `--actions` takes actions as JSON.
static ACTION: &[Param] = &[
    local("action.type", "actions/0/type", one_of(ACTION_TYPES), "Action when the rule triggers").needed(),
    local(
        "action.custom-message",
        "actions/0/metadata/custom_message",
        STRING,
        "Explanation shown to the member (action block-message)",
    )
    .range(0, 150),
    local(
        "action.channel-id",
        "actions/0/metadata/channel_id",
        id(Channel),
        "Channel for alerts (action send-alert-message)",
    ),
    local(
        "action.duration-seconds",
        "actions/0/metadata/duration_seconds",
        INT,
        "Length of the timeout (action timeout)",
    )
    .range(0, 2_419_200)
    .unit(Unit::Seconds),
];

/// "Event Types".
static EVENT_TYPES: &[Choice] = &[n("message-send", 1), n("member-update", 2)];

/// "Trigger Types".
static TRIGGER_TYPES: &[Choice] =
    &[n("keyword", 1), n("spam", 3), n("keyword-preset", 4), n("mention-spam", 5), n("member-profile", 6)];

/// "Keyword Preset Types".
pub(super) static PRESETS: &[Choice] = &[n("profanity", 1), n("sexual-content", 2), n("slurs", 3)];

/// "Action Types".
pub(super) static ACTION_TYPES: &[Choice] =
    &[n("block-message", 1), n("send-alert-message", 2), n("timeout", 3), n("block-member-interaction", 4)];
