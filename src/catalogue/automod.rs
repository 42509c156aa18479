//! `dcord automod`: rules by which Discord moderates a server by itself.

use super::builder::*;
use super::types::{Choice, Form, Noun, Param, Unit};
use crate::model::Entity::{AutomodRule, Channel, Guild, Role};
use crate::model::Kind;

pub static NOUN: Noun = noun("automod", "Manage the rules by which Discord moderates by itself", &[
    get(
        "list",
        "list_auto_moderation_rules",
        "/guilds/{guild_id}/auto-moderation/rules",
        "List the auto-moderation rules of a server",
    )
    .effects(&[All(Kind::AutomodRule)])
    .list()
    .columns(&["id", "name", "trigger_type", "enabled"])
    .needs(&["MANAGE_GUILD"])
    .params(&[path("guild_id", id(Guild), "Server whose rules to list")]),
    get(
        "get",
        "get_auto_moderation_rule",
        "/guilds/{guild_id}/auto-moderation/rules/{rule_id}",
        "Show an auto-moderation rule",
    )
    .effects(&[One(Kind::AutomodRule)])
    .columns(&["id", "name", "trigger_type", "enabled"])
    .needs(&["MANAGE_GUILD"])
    .params(&[path("guild_id", id(Guild), "Server that has it"), path("rule_id", id(AutomodRule), "Rule to show")]),
    post(
        "create",
        "create_auto_moderation_rule",
        "/guilds/{guild_id}/auto-moderation/rules",
        "Add an auto-moderation rule to a server",
    )
    .reason()
    .effects(&[One(Kind::AutomodRule)])
    .columns(&["id", "name", "trigger_type", "enabled"])
    .needs(&["MANAGE_GUILD"])
    .more(
"A rule says what sets it off (trigger type and metadata) and what happens then (actions). Type \
     keyword finds words of yours, keyword-preset words of Discord's lists, spam what Discord takes for \
     it, mention-spam too many mentions, member-profile words in names and profiles. A server can have \
     six keyword rules and one of every other type. A keyword matches whole words; a * at its beginning \
     or end matches the rest of a word too. The timeout action needs MODERATE_MEMBERS as well and works \
     for keyword and mention-spam rules only. Rules for member profiles take the event type member-update \
     and the action block-member-interaction. A rule is off until --enabled says otherwise. The --action \
     flags describe one action; --actions takes up to five.",
)
    .examples(&[
        "automod create 111111111111111111 --name Scams --event-type message-send --trigger-type keyword \
         --trigger-metadata.keyword-filter '*free nitro*' --action.type block-message --enabled",
        "automod create 111111111111111111 --name Pings --event-type message-send --trigger-type mention-spam \
         --trigger-metadata.mention-total-limit 8 --action.type timeout --action.duration-seconds 10m --enabled",
    ])
    .params(&[
        path("guild_id", id(Guild), "Server to add it to"),
        body("name", STRING, "Name the rule").range(0, 100).required(),
        body("event_type", one_of(EVENT_TYPES), "Check messages that are sent, or profiles that are changed").required(),
        body("trigger_type", one_of(TRIGGER_TYPES), "Say what sets the rule off").required(),
        body("trigger_metadata", JSON, r#"Say in detail what sets it off: {"keyword_filter":["…"]}"#).nullable(),
        body("actions", JSON, r#"Say what happens then: [{"type":1,"metadata":{…}},…]"#).items(1, 5).required().nullable(),
        body("enabled", BOOL, "Switch the rule on [default: off]").nullable(),
        body("exempt_roles", id(Role), "Spare members with this role").repeated().unique().items(0, 20).nullable(),
        body("exempt_channels", id(Channel), "Spare this channel").repeated().unique().items(0, 50).nullable(),
    ])
    .forms(&[
        KEYWORDS,
        variant("a rule for profiles").when("trigger_type", &["member-profile"]).needs(&["trigger_metadata"]),
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
        "Change an auto-moderation rule",
    )
    .reason()
    .effects(&[One(Kind::AutomodRule)])
    .columns(&["id", "name", "trigger_type", "enabled"])
    .needs(&["MANAGE_GUILD"])
    .more(
        "Only what is given changes, but lists are replaced whole: to add a keyword, give all keywords. The timeout \
         action needs MODERATE_MEMBERS as well.",
    )
    .examples(&["automod edit 111111111111111111 444444444444444444 --enabled=false"])
    .params(&[
        path("guild_id", id(Guild), "Server that has it"),
        path("rule_id", id(AutomodRule), "Rule to change"),
        body("name", STRING, "Rename the rule").range(0, 100),
        body("event_type", one_of(EVENT_TYPES), "Check messages that are sent, or profiles that are changed"),
        body("trigger_type", one_of(TRIGGER_TYPES), "Say of what type the rule is, which cannot change"),
        body("trigger_metadata", JSON, r#"Replace what sets it off: {"keyword_filter":["…"]}"#).nullable(),
        body("actions", JSON, r#"Replace what happens then: [{"type":1,"metadata":{…}},…]"#).items(1, 5).nullable(),
        body("enabled", BOOL, "Switch the rule on or off").nullable(),
        body("exempt_roles", id(Role), "Spare members with this role").repeated().unique().items(0, 20).nullable(),
        body("exempt_channels", id(Channel), "Spare this channel").repeated().unique().items(0, 50).nullable(),
    ])
    .forms(&[KEYWORDS, PRESET, MENTIONS, BLOCK, ALERT, TIMEOUT])
    .with(&[TRIGGER, ACTION]),
    delete(
        "delete",
        "delete_auto_moderation_rule",
        "/guilds/{guild_id}/auto-moderation/rules/{rule_id}",
        "Delete an auto-moderation rule",
    )
    .reason()
    .destructive()
    .effects(&[Deletes(Kind::AutomodRule)])
    .no_id()
    .needs(&["MANAGE_GUILD"])
.more("Its settings are gone with it. `dcord automod edit` with --enabled=false only pauses a rule.")
    .params(&[path("guild_id", id(Guild), "Server that has it"), path("rule_id", id(AutomodRule), "Rule to delete")]),
]);

/// What only one kind of trigger has; keywords and presets share their exceptions.
const KEYWORDS: Form = variant("a keyword trigger")
    .when("trigger_type", &["keyword", "member-profile"])
    .only(&["trigger-metadata.keyword-filter", "trigger-metadata.regex-patterns"]);
const PRESET: Form =
    variant("a preset trigger").when("trigger_type", &["keyword-preset"]).only(&["trigger-metadata.presets"]);
const MENTIONS: Form = variant("a mention trigger")
    .when("trigger_type", &["mention-spam"])
    .only(&["trigger-metadata.mention-total-limit", "trigger-metadata.mention-raid-protection-enabled"]);

/// What only one kind of action has.
const BLOCK: Form =
    variant("a blocked message").at("actions/0").when("type", &["block-message"]).only(&["action.custom-message"]);
const ALERT: Form = variant("an alert")
    .at("actions/0")
    .when("type", &["send-alert-message"])
    .only(&["action.channel-id"])
    .needs(&["metadata/channel_id"]);
const TIMEOUT: Form = variant("a timeout")
    .at("actions/0")
    .when("type", &["timeout"])
    .only(&["action.duration-seconds"])
    .needs(&["metadata/duration_seconds"]);

/// What sets a rule off, flag by flag. `--trigger-metadata` takes it all as JSON.
static TRIGGER: &[Param] = &[
    local(
        "trigger-metadata.keyword-filter",
        "trigger_metadata/keyword_filter/-",
        STRING,
        "Find this keyword (types keyword and member-profile)",
    )
    .range(1, 60)
    .repeated()
    .items(0, 1000),
    local(
        "trigger-metadata.regex-patterns",
        "trigger_metadata/regex_patterns/-",
        STRING,
        "Find this Rust regular expression (keyword and member-profile)",
    )
    .range(1, 260)
    .repeated()
    .items(0, 10),
    local(
        "trigger-metadata.presets",
        "trigger_metadata/presets/-",
        one_of(PRESETS),
        "Find the words of this list of Discord's (type keyword-preset)",
    )
    .repeated()
    .unique(),
    local(
        "trigger-metadata.allow-list",
        "trigger_metadata/allow_list/-",
        STRING,
        "Let this word pass (100 at most; type keyword-preset 1000)",
    )
    .range(1, 60)
    .repeated()
    .items(0, 1000),
    local(
        "trigger-metadata.mention-total-limit",
        "trigger_metadata/mention_total_limit",
        INT,
        "Allow this many different mentions (type mention-spam)",
    )
    .range(0, 50),
    local(
        "trigger-metadata.mention-raid-protection-enabled",
        "trigger_metadata/mention_raid_protection_enabled",
        BOOL,
        "Detect raids by mention as well (type mention-spam)",
    ),
];

/// One action, flag by flag. `--actions` takes several as JSON.
static ACTION: &[Param] = &[
    local("action.type", "actions/0/type", one_of(ACTION_TYPES), "Do this when the rule is set off").needed(),
    local(
        "action.custom-message",
        "actions/0/metadata/custom_message",
        STRING,
        "Tell the author this (action block-message)",
    )
    .range(0, 150),
    local(
        "action.channel-id",
        "actions/0/metadata/channel_id",
        id(Channel),
        "Report to this channel (action send-alert-message)",
    ),
    local(
        "action.duration-seconds",
        "actions/0/metadata/duration_seconds",
        INT,
        "Time the member out for this long (action timeout)",
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
static PRESETS: &[Choice] = &[n("profanity", 1), n("sexual-content", 2), n("slurs", 3)];

/// "Action Types".
static ACTION_TYPES: &[Choice] =
    &[n("block-message", 1), n("send-alert-message", 2), n("timeout", 3), n("block-member-interaction", 4)];
