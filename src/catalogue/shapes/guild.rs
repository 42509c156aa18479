//! JSON values of a server: channels, roles, AutoMod, events, onboarding and the welcome screen.

use super::topic::{TEXT_VALUE, Topic, map, object, topic};
use crate::catalogue::automod::{ACTION_TYPES, PRESETS};
use crate::catalogue::builder::*;
use crate::catalogue::channel::OVERWRITE_TYPES;
use crate::catalogue::onboarding::PROMPT_TYPES;
use crate::catalogue::scheduled_event::{FREQUENCIES, MONTHS, WEEKDAYS};
use crate::catalogue::types::{Shape, Unit};
use crate::model::Entity::{Channel, Emoji, Role};

pub static TOPICS: &[Topic] = &[
    topic("channel.permission-overwrites", "What roles and members may do in a channel", &OVERWRITE)
        .list()
        .at(&["permission_overwrites"])
        .example(r#"[{"id":"555555555555555555","type":0,"allow":"1024","deny":"2048"}]"#)
        .notes(&[
            "To name @everyone, use the server's id. `dcord explain PERMISSION` prints the number of a permission; add \
             the numbers to combine several permissions.",
            "The array replaces all overwrites; `dcord permission set` changes one.",
        ]),
    topic("channel.available-tags", "The tags of a forum", &TAG)
        .list()
        .at(&["available_tags"])
        .example(r#"[{"name":"Solved","moderated":true,"emoji_name":"✅"}]"#)
        .notes(&["The array replaces all tags. To keep a tag, include it with its id."]),
    topic("channel.default-reaction-emoji", "The default reaction of a forum", &REACTION)
        .at(&["default_reaction_emoji"])
        .example(r#"{"emoji_name":"👍"}"#),
    topic("channel.positions", "The new positions of channels", &CHANNEL_POSITION)
        .list()
        .at(&["-"])
        .only(&["bulk_update_guild_channels"])
        .example(r#"[{"id":"222222222222222222","position":0},{"id":"222222222222222223","position":1}]"#),
    topic("channel.nicks", "The nicknames of the members of a group DM", &NICKS)
        .at(&["nicks"])
        .example(r#"{"444444444444444444":"Al"}"#)
        .notes(&["Each key is the id of a user."]),
    topic("role.positions", "The new positions of roles", &ROLE_POSITION)
        .list()
        .at(&["-"])
        .only(&["bulk_update_guild_roles"])
        .example(r#"[{"id":"555555555555555555","position":2}]"#),
    topic("role.colors", "The colours of a role", &COLORS)
        .at(&["colors"])
        .example(r#"{"primary_color":5793266,"secondary_color":15277667}"#)
        .notes(&["The second and third colour need a server with the feature ENHANCED_ROLE_COLORS."]),
    topic("automod.actions", "What an AutoMod rule does", &ACTION)
        .list()
        .at(&["actions"])
        .example(
            r#"[{"type":1,"metadata":{"custom_message":"Please do not post links"}},{"type":2,"metadata":{"channel_id":"222222222222222222"}}]"#,
        ),
    topic("automod.trigger-metadata", "What triggers an AutoMod rule", &TRIGGER)
        .at(&["trigger_metadata"])
        .example(r#"{"keyword_filter":["*free nitro*"],"allow_list":["free nitrogen"]}"#)
        .notes(&["The rule's trigger type decides which fields apply: the description of a field begins with the types that use it."]),
    topic("scheduled-event.recurrence-rule", "How an event repeats", &RECURRENCE)
        .at(&["recurrence_rule"])
        .example(r#"{"start":"2026-12-04T19:00:00Z","frequency":2,"interval":1,"by_weekday":[4]}"#)
        .notes(&["The interval must be 1, or 1 or 2 for weekly events."]),
    topic("scheduled-event.entity-metadata", "Where an event takes place", &PLACE)
        .at(&["entity_metadata"])
        .example(r#"{"location":"City park"}"#),
    topic("onboarding.prompts", "The questions that new members answer", &PROMPT)
        .list()
        .at(&["prompts"])
        .example(
            r#"[{"id":"1","type":0,"title":"What brings you here?","single_select":false,"required":true,"in_onboarding":true,"options":[{"title":"Releases","description":"News of the project","role_ids":["555555555555555555"],"channel_ids":[]}]}]"#,
        )
        .notes(&["The array replaces all questions; `dcord onboarding get --jq .prompts` prints the current ones."]),
    topic("welcome.channels", "The channels of the welcome screen", &WELCOME)
        .list()
        .at(&["welcome_channels"])
        .example(r#"[{"channel_id":"222222222222222222","description":"Read this first","emoji_name":"📖"}]"#),
];

static OVERWRITE: Shape = object(
    "an overwrite",
    &[
        field("id", ID, "Role or member").needed(),
        field("type", one_of(OVERWRITE_TYPES), "Whether the id is a role or a member"),
        field("allow", PERMISSIONS, "Permissions to allow, as a number in a string"),
        field("deny", PERMISSIONS, "Permissions to deny, as a number in a string"),
    ],
);

static TAG: Shape = object(
    "a tag",
    &[
        field("id", ID, "Id of an existing tag to keep"),
        field("name", STRING, "Name").max(50).needed(),
        field("moderated", BOOL, "Only let members with MANAGE_THREADS use it"),
        field("emoji_id", id(Emoji), "Custom emoji before the name"),
        field("emoji_name", STRING, "Unicode emoji before the name").max(100),
    ],
);

static REACTION: Shape = object(
    "an emoji",
    &[field("emoji_id", id(Emoji), "Custom emoji"), field("emoji_name", STRING, "Unicode emoji").max(100)],
);

static CHANNEL_POSITION: Shape = object(
    "a position",
    &[
        field("id", id(Channel), "Channel").needed(),
        field("position", INT, "Position among the channels of the same kind, from 0").min(0),
        field("parent_id", id(Channel), "Category to move it to"),
        field("lock_permissions", BOOL, "Copy the permissions of the category"),
    ],
);

static NICKS: Shape = map("nicknames", &TEXT_VALUE);

static ROLE_POSITION: Shape = object(
    "a position",
    &[field("id", id(Role), "Role").needed(), field("position", INT, "Position among the roles, from the bottom")],
);

static COLORS: Shape = object(
    "the colours",
    &[
        field("primary_color", COLOR, "Colour of the name, as a number"),
        field("secondary_color", COLOR, "Second colour, for a gradient"),
        field("tertiary_color", COLOR, "Third colour, for the holographic style"),
    ],
);

static ACTION: Shape = object(
    "an action",
    &[
        field("type", one_of(ACTION_TYPES), "What to do").needed(),
        field("metadata", JSON, "Details").of(&ACTION_METADATA),
    ],
);

static ACTION_METADATA: Shape = object(
    "details of an action",
    &[
        field("custom_message", STRING, "Block-message: text shown to the author").max(150),
        field("channel_id", id(Channel), "Send-alert-message: channel to report to"),
        field("duration_seconds", INT, "Timeout: length of the timeout").range(0, 2_419_200).unit(Unit::Seconds),
    ],
);

static TRIGGER: Shape = object(
    "a trigger",
    &[
        field(
            "keyword_filter",
            STRING,
            "Keyword, member-profile: words to find; with * at the start or end, also \
                                         parts of words",
        )
        .range(1, 60)
        .repeated()
        .items(0, 1000),
        field("regex_patterns", STRING, "Keyword, member-profile: Rust regular expressions")
            .range(1, 260)
            .repeated()
            .items(0, 10),
        field("presets", one_of(PRESETS), "Keyword-preset: Discord's own lists of words").repeated().unique(),
        field("allow_list", STRING, "Keyword, member-profile, keyword-preset: words to allow")
            .range(1, 60)
            .repeated()
            .items(0, 1000),
        field("mention_total_limit", INT, "Mention-spam: maximum number of mentions in a message").range(0, 50),
        field("mention_raid_protection_enabled", BOOL, "Mention-spam: also detect raids"),
    ],
);

static RECURRENCE: Shape = object(
    "a rule",
    &[
        field("start", TIME, "Start of the first event").needed(),
        field("end", TIME, "Set by Discord; requests cannot contain it"),
        field("frequency", one_of(FREQUENCIES), "How often").needed(),
        field("interval", INT, "Interval between occurrences: 1, or 2 for every other week").min(1),
        field("by_weekday", one_of(WEEKDAYS), "Daily, weekly: days of the week").repeated().items(0, 7),
        field("by_n_weekday", JSON, "Monthly: a weekday in one week of the month").items(0, 7).of(&NTH_WEEKDAY),
        field("by_month", one_of(MONTHS), "Yearly: month").repeated().items(0, 12),
        field("by_month_day", INT, "Yearly: day of the month").range(-1, 31).repeated().items(0, 33),
        field("by_year_day", INT, "Set by Discord; requests cannot contain it").range(-1, 365).repeated().items(0, 367),
        field("count", INT, "Set by Discord; requests cannot contain it"),
    ],
);

static NTH_WEEKDAY: Shape = object(
    "a day",
    &[
        field("n", INT, "Week of the month").range(1, 5).needed(),
        field("day", one_of(WEEKDAYS), "Day of the week").needed(),
    ],
);

static PLACE: Shape = object("the place", &[field("location", STRING, "External: where it takes place").range(1, 100)]);

static PROMPT: Shape = object(
    "a question",
    &[
        field("id", ID, "Id of the question; any number for a new one").needed(),
        field("type", one_of(PROMPT_TYPES), "How the answers are shown"),
        field("title", STRING, "Question").range(1, 100).needed(),
        field("options", JSON, "Answers").items(1, 50).needed().of(&ANSWER),
        field("single_select", BOOL, "Allow one answer only"),
        field("required", BOOL, "Require an answer"),
        field("in_onboarding", BOOL, "Ask when a member joins, not only under Channels & Roles"),
    ],
);

static ANSWER: Shape = object(
    "an answer",
    &[
        field("id", ID, "Id of an existing answer to keep"),
        field("title", STRING, "Answer").range(1, 50).needed(),
        field("description", STRING, "Description").max(100),
        field("role_ids", id(Role), "Roles that members get if they choose this answer")
            .repeated()
            .unique()
            .items(0, 50),
        field("channel_ids", id(Channel), "Channels that members see if they choose this answer")
            .repeated()
            .unique()
            .items(0, 50),
        field("emoji_id", id(Emoji), "Custom emoji before the answer"),
        field("emoji_name", STRING, "Unicode emoji before the answer").max(100),
        field("emoji_animated", BOOL, "Whether the custom emoji is animated"),
    ],
);

static WELCOME: Shape = object(
    "a channel",
    &[
        field("channel_id", id(Channel), "Channel").needed(),
        field("description", STRING, "Description").range(1, 50).needed(),
        field("emoji_id", id(Emoji), "Custom emoji before the channel"),
        field("emoji_name", STRING, "Unicode emoji before the channel").max(152_133),
    ],
);
