//! Application commands: their options, translations and permissions.
//! Source: Discord's reference, "Application Commands".

use super::topic::{TEXT_VALUE, Topic, map, object, topic};
use crate::catalogue::builder::*;
use crate::catalogue::choices::CHANNEL_TYPES;
use crate::catalogue::command::{CONTEXTS, HANDLERS, INTEGRATION_TYPES, OPTION_TYPES, TYPES};
use crate::catalogue::types::{Choice, Param, Shape};

pub static TOPICS: &[Topic] = &[
    topic("command.options", "The options of a slash command", &OPTION)
        .list()
        .at(&["options"])
        .example(
            r#"[{"type":3,"name":"city","description":"City to look up","required":true,"choices":[{"name":"Oslo","value":"oslo"}]},{"type":4,"name":"days","description":"Days to show","min_value":1,"max_value":7}]"#,
        )
        .notes(&[
            "Required options must come first.",
            "Sub-commands and groups have options of their own, up to two levels deep. A list that contains one cannot \
             contain options of other types.",
        ]),
    topic("command.name-localizations", "Translations of a command's name", &NAMES)
        .at(&["name_localizations"])
        .example(r#"{"de":"wetter","fr":"meteo"}"#)
        .notes(&["Each key is a language of Discord's client, such as de, fr or pt-BR."]),
    topic("command.description-localizations", "Translations of a command's description", &DESCRIPTIONS)
        .at(&["description_localizations"])
        .example(r#"{"de":"Zeigt das Wetter","fr":"Montre le temps"}"#)
        .notes(&["Each key is a language of Discord's client, such as de, fr or pt-BR."]),
    topic("commands", "All commands of an app or of a server", &COMMAND)
        .list()
        .at(&["-"])
        .only(&["bulk_set_application_commands", "bulk_set_guild_application_commands"])
        .example(r#"[{"name":"ping","description":"Check that the bot is awake"}]"#)
        .notes(&["Discord deletes the commands that are not in the array."]),
    topic("command.permissions", "The roles, users and channels that may use a command", &PERMISSION)
        .list()
        .at(&["permissions"])
        .example(r#"[{"id":"555555555555555555","type":1,"permission":true}]"#)
        .notes(&["The server's id means everyone, and the server's id minus 1 means all channels."]),
    topic("commands.permissions", "The permissions of several commands", &COMMAND_PERMISSIONS)
        .list()
        .at(&["-"])
        .only(&["batch_set_guild_application_command_permissions"])
        .example(
            r#"[{"id":"777777777777777777","permissions":[{"id":"555555555555555555","type":1,"permission":true}]}]"#,
        ),
];

static NAMES: Shape = map("translations", &NAME_VALUE);
static NAME_VALUE: Param = TEXT_VALUE.range(1, 32);
static DESCRIPTIONS: Shape = map("translations", &DESCRIPTION_VALUE);
static DESCRIPTION_VALUE: Param = TEXT_VALUE.range(1, 100);
static CHOICE_NAMES: Shape = map("translations", &CHOICE_NAME_VALUE);
static CHOICE_NAME_VALUE: Param = TEXT_VALUE.range(1, 100);

static OPTION: Shape = object(
    "an option",
    &[
        field("type", one_of(OPTION_TYPES), "Type of the option").needed(),
        field("name", STRING, "Name, in lower case").range(1, 32).needed(),
        field("description", STRING, "Description").range(1, 100).needed(),
        field("required", BOOL, "Require a value"),
        field("choices", JSON, "String, integer, number: values to choose from").items(0, 25).of(&CHOICE),
        field("options", JSON, "Sub-command, group: its options").items(0, 25).of(&OPTION),
        field("channel_types", one_of(CHANNEL_TYPES), "Channel: channel types to offer").repeated().unique(),
        field("file_types", STRING, "Attachment: file types to accept (image, video, audio or an extension)")
            .repeated()
            .items(0, 10),
        field("min_value", NUM, "Integer, number: minimum value"),
        field("max_value", NUM, "Integer, number: maximum value"),
        field("min_length", INT, "String: minimum length").range(0, 6000),
        field("max_length", INT, "String: maximum length").range(1, 6000),
        field("autocomplete", BOOL, "Let the app suggest values while people type"),
        field("name_localizations", JSON, "Translations of the name").of(&NAMES),
        field("description_localizations", JSON, "Translations of the description").of(&DESCRIPTIONS),
    ],
);

pub static CHOICE: Shape = object(
    "a choice",
    &[
        field("name", STRING, "Text shown").range(1, 100).needed(),
        field("value", STRING, "Value that the app receives, a string or a number").max(6000).needed(),
        field("name_localizations", JSON, "Translations of the text").of(&CHOICE_NAMES),
    ],
);

static COMMAND: Shape = object(
    "a command",
    &[
        field("name", STRING, "Name (lower case for a slash command)").range(1, 32).needed(),
        field("type", one_of(TYPES), "Kind of command [default: chat-input]"),
        field("description", STRING, "Description (slash commands only)").max(100),
        field("options", JSON, "Options").items(0, 25).of(&OPTION),
        field("default_member_permissions", PERMISSIONS, "Show it to members with these permissions"),
        field("contexts", one_of(CONTEXTS), "Where it can be used").repeated().unique(),
        field(
            "integration_types",
            one_of(INTEGRATION_TYPES),
            "Where the app must be installed: in a server or for a \
                                                               user",
        )
        .repeated()
        .unique(),
        field("handler", one_of(HANDLERS), "Primary entry point: whether the app or Discord handles it"),
        field("nsfw", BOOL, "Whether it is age-restricted"),
        field("name_localizations", JSON, "Translations of the name").of(&NAMES),
        field("description_localizations", JSON, "Translations of the description").of(&DESCRIPTIONS),
    ],
);

static PERMISSION: Shape = object(
    "a permission",
    &[
        field("id", ID, "Role, user or channel").needed(),
        field("type", one_of(PERMISSION_TYPES), "Whether the id is a role, a user or a channel").needed(),
        field("permission", BOOL, "Whether to allow or deny the command").needed(),
    ],
);

static COMMAND_PERMISSIONS: Shape = object(
    "the permissions of a command",
    &[
        field("id", ID, "Command").needed(),
        field("permissions", JSON, "Permissions").items(0, 100).needed().of(&PERMISSION),
    ],
);

/// "Application Command Permission Type".
static PERMISSION_TYPES: &[Choice] = &[n("role", 1), n("user", 2), n("channel", 3)];
