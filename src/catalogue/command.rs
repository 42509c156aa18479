//! `dcord command`: the global commands of an app.

use super::builder::*;
use super::choices::CHANNEL_TYPES;
use super::types::{Auth, Choice, Noun, Param};
use crate::model::Entity::{Application, Command, Guild};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "command",
    "Manage the global commands of an app (slash, user and message)",
    &[
        get(
            "list",
            "list_application_commands",
            "/applications/{application_id}/commands",
            "List the global commands of an app",
        )
        .auth(Auth::Any)
        .effects(&[All(Kind::Command)])
        .list()
        .columns(&["id", "name", "type", "description"])
        .examples(&["command list --jq .name"])
        .params(&[
            path("application_id", id(Application), "App"),
            query("with_localizations", BOOL, "Include the translations of names and descriptions"),
        ]),
        get(
            "get",
            "get_application_command",
            "/applications/{application_id}/commands/{command_id}",
            "Show a global command",
        )
        .auth(Auth::Any)
        .effects(&[One(Kind::Command)])
        .columns(&["id", "name", "type", "description"])
        .params(&[path("application_id", id(Application), "App"), path("command_id", id(Command), "Command to show")]),
        post(
            "create",
            "create_application_command",
            "/applications/{application_id}/commands",
            "Create a global command",
        )
        .auth(Auth::Any)
        .effects(&[One(Kind::Command)])
        .columns(&["id", "name", "type", "description"])
        .more(
            "The new command overwrites any command with the same name and type. The name of a slash command must be \
             lower case, without spaces. The --option.* flags describe one option; repeat --option.type to start the \
             next. --options takes all options as JSON.\n\n\
             Types: people type a chat-input command as /NAME; user and message commands appear in the context menu \
             of a user or message; primary-entry-point starts the app's activity. Contexts: bot-dm is a direct \
             message with the bot, private-channel any other direct message or group DM.\n\n\
             An app can have 100 slash commands, 15 user commands and 15 message commands, and can create 200 \
             commands a day. An access token needs the OAuth2 scope applications.commands.update.",
        )
        .examples(&[
            "command create ping --description 'Say pong'",
            "command create say --description 'Repeat a text' --option.type string --option.name text \
             --option.description 'What to repeat' --option.required",
            "command create Report --type message",
        ])
        .params(&[
            path("application_id", id(Application), "App"),
            body("name", STRING, "Name of the command").positional().range(1, 32).required(),
            body("type", one_of(TYPES), "Command type [default: chat-input]").nullable(),
        ])
        .with(&[FIELDS, OPTION, NESTED_OPTION, INMOST_OPTION]),
        patch(
            "edit",
            "update_application_command",
            "/applications/{application_id}/commands/{command_id}",
            "Edit a global command",
        )
        .auth(Auth::Any)
        .effects(&[One(Kind::Command)])
        .columns(&["id", "name", "type", "description"])
        .more(
            "Fields that you omit stay as they are; --options replaces all options. Renaming a command deletes the \
             permissions that servers set for it.",
        )
        .examples(&["command edit /ping --description 'Say pong, politely'"])
        .params(&[
            path("application_id", id(Application), "App"),
            path("command_id", id(Command), "Command to edit"),
            body("name", STRING, "New name").range(1, 32),
        ])
        .with(&[FIELDS, OPTION, NESTED_OPTION, INMOST_OPTION]),
        delete(
            "delete",
            "delete_application_command",
            "/applications/{application_id}/commands/{command_id}",
            "Delete a global command",
        )
        .action("Delete global command {command_id}")
        .auth(Auth::Any)
        .destructive()
        .effects(&[Deletes(Kind::Command)])
        .no_id()
        .more("The permissions that servers set for the command are deleted with it.")
        .params(&[
            path("application_id", id(Application), "App"),
            path("command_id", id(Command), "Command to delete"),
        ]),
        put(
            "set-all",
            "bulk_set_application_commands",
            "/applications/{application_id}/commands",
            "Replace all global commands of an app",
        )
        .action("Replace all global commands of the app")
        .auth(Auth::Any)
        .destructive()
        .effects(&[All(Kind::Command)])
        .list()
        .columns(&["id", "name", "type", "description"])
        .more(
            "Discord deletes the commands that are not in the array, whatever their type, and updates those with the \
             same name and type. New commands count towards the limit of 200 a day. An empty array deletes all \
             commands.",
        )
        .examples(&["command set-all --body @commands.json --yes"])
        .alias(&["command bulk-overwrite"])
        .params(&[
            path("application_id", id(Application), "App"),
            whole(r#"All commands, as JSON: [{"name":"…","description":"…"},…]"#).items(0, 130).required(),
        ])
        .with(&[COMMANDS, COMMANDS_OPTION, COMMANDS_NESTED, COMMANDS_INMOST]),
        put(
            "sync",
            "bulk_set_application_commands",
            "/applications/{application_id}/commands",
            "Make the commands of an app match a file",
        )
        .action("Change the commands of the app to match a file")
        .composed()
        .auth(Auth::Any)
        .destructive()
        .no_effect("the requests that the command sends have effects of their own")
        .no_id()
        .columns(&["change", "name", "field", "from", "to"])
        .more(
            "The file is a JSON array, as `dcord command list --with-localizations -o json` prints it, or TOML with \
             [[commands]] above each command. In TOML, types and permissions can be written by name. `dcord explain \
             commands` describes the fields.\n\n\
             Compares the file with the commands of the app, and prints each command and field that differs. If \
             something differs, one request replaces all commands; otherwise, nothing is sent. What Discord fills in \
             if a command does not say it, such as contexts, does not count as a difference. Commands that are not in \
             the file are deleted, which needs confirmation. --dry-run only shows the differences.\n\n\
             With --guild, this is about the commands that work in one server. They work at once, which is useful for \
             testing. An access token needs the OAuth2 scope applications.commands.update.",
        )
        .examples(&["command sync commands.toml --dry-run", "command sync commands.json --guild 'My Server' --yes"])
        .alias(&["command deploy", "guild-command sync"])
        .params(&[
            path("application_id", id(Application), "App"),
            file("file", "Commands as JSON or TOML, or - for standard input").positional().required(),
            body("guild", id(Guild), "Server whose commands to change, instead of the global ones"),
        ]),
    ],
);

/// The fields of a global command or a command of a server, without its name and type.
pub(super) static FIELDS: &[Param] = &[
    body("name_localizations", JSON, r#"Translations of the name, as JSON: {"de":"…","fr":"…"}"#).nullable().minor(),
    body("description", STRING, "Description (slash commands: 1 to 100 characters, others: none)")
        .range(0, 100)
        .nullable(),
    body("description_localizations", JSON, r#"Translations of the description, as JSON: {"de":"…","fr":"…"}"#)
        .nullable()
        .minor(),
    body("options", JSON, r#"Options, as JSON: [{"type":3,"name":"…","description":"…"},…]"#).items(0, 25).nullable(),
    body(
        "default_member_permissions",
        PERMISSIONS,
        "Permissions members need to use the command (0: only administrators)",
    )
    .nullable(),
    body("dm_permission", BOOL, "Deprecated: use --contexts").nullable().minor(),
    body("default_permission", BOOL, "Deprecated: use --default-member-permissions").beyond_spec().minor(),
    body("contexts", one_of(CONTEXTS), "Where the command works").repeated().unique().items(1, 3).nullable(),
    body("integration_types", one_of(INTEGRATION_TYPES), "Where the app must be installed: in a server or for a user")
        .repeated()
        .unique()
        .items(1, 2)
        .nullable()
        .minor(),
    body("nsfw", BOOL, "Restrict the command to age-restricted channels").beyond_spec().minor(),
    body("handler", one_of(HANDLERS), "Who handles the command: the app, or Discord by starting the activity")
        .nullable()
        .minor(),
    inner("name_localizations", "name_localizations/*", STRING).range(1, 32),
    inner("description_localizations", "description_localizations/*", STRING).range(1, 100),
];

/// The flags that describe an option of a slash command. `--options` takes options as JSON.
pub(super) static OPTION: &[Param] = &[
    local("option.type", "options/0/type", one_of(OPTION_TYPES), "Type of the option").needed(),
    local("option.name", "options/0/name", STRING, "Name of the option").range(1, 32).needed(),
    local("option.description", "options/0/description", STRING, "Description of the option").range(1, 100).needed(),
    local("option.required", "options/0/required", BOOL, "Make the option required"),
    local("option.choice", "options/0/choices/-", PAIR, "Value to choose from, as NAME=VALUE (option type string)")
        .repeated()
        .items(0, 25),
    inner("option.options", "options/0/options", JSON).items(0, 25),
    inner("option.name_localizations", "options/0/name_localizations/*", STRING).range(1, 32),
    inner("option.description_localizations", "options/0/description_localizations/*", STRING).range(1, 100),
    inner("option.choice.name", "options/0/choices/-/name", STRING).range(1, 100).needed(),
    inner("option.choice.value", "options/0/choices/-/value", STRING).max(6000).needed(),
    local(
        "option.channel-types",
        "options/0/channel_types/-",
        one_of(CHANNEL_TYPES),
        "Only offer channels of this type (option type channel)",
    )
    .repeated()
    .unique(),
    local(
        "option.file-types",
        "options/0/file_types/-",
        STRING,
        "Only accept image, video, audio or an extension (type attachment)",
    )
    .repeated()
    .items(0, 10),
    local("option.min-value", "options/0/min_value", NUM, "Minimum value (option types integer and number)"),
    local("option.max-value", "options/0/max_value", NUM, "Maximum value (option types integer and number)"),
    local("option.min-length", "options/0/min_length", INT, "Minimum length (option type string)").range(0, 6000),
    local("option.max-length", "options/0/max_length", INT, "Maximum length (option type string)").range(1, 6000),
    local("option.autocomplete", "options/0/autocomplete", BOOL, "Let the app suggest values while people type"),
];

/// The values of the options in the list at this path. `--options` has three levels of lists.
macro_rules! options_at {
    ($list:literal) => {
        &[
            inner("options.type", concat!($list, "/0/type"), one_of(OPTION_TYPES)).needed(),
            inner("options.name", concat!($list, "/0/name"), STRING).range(1, 32).needed(),
            inner("options.description", concat!($list, "/0/description"), STRING).range(1, 100).needed(),
            inner("options.name_localizations", concat!($list, "/0/name_localizations/*"), STRING).range(1, 32),
            inner("options.description_localizations", concat!($list, "/0/description_localizations/*"), STRING)
                .range(1, 100),
            inner("options.choices", concat!($list, "/0/choices"), JSON).items(0, 25),
            inner("options.choices.name", concat!($list, "/0/choices/0/name"), STRING).range(1, 100).needed(),
            inner("options.choices.value", concat!($list, "/0/choices/0/value"), STRING).max(6000).needed(),
            inner("options.channel_types", concat!($list, "/0/channel_types/0"), one_of(CHANNEL_TYPES)),
            inner("options.file_types", concat!($list, "/0/file_types"), JSON).items(0, 10),
            inner("options.min_length", concat!($list, "/0/min_length"), INT).range(0, 6000),
            inner("options.max_length", concat!($list, "/0/max_length"), INT).range(1, 6000),
            inner("options.options", concat!($list, "/0/options"), JSON).items(0, 25),
        ]
    };
}

/// The options of a subcommand or subcommand group, and those of a subcommand in a group.
pub(super) static NESTED_OPTION: &[Param] = options_at!("options/0/options");
pub(super) static INMOST_OPTION: &[Param] = options_at!("options/0/options/0/options");

/// The values of the commands in a body that is a list of commands.
pub(super) static COMMANDS: &[Param] = &[
    inner("name", "-/name", STRING).range(1, 32).needed(),
    inner("type", "-/type", one_of(TYPES)),
    inner("description", "-/description", STRING).range(0, 100),
    inner("name_localizations", "-/name_localizations/*", STRING).range(1, 32),
    inner("description_localizations", "-/description_localizations/*", STRING).range(1, 100),
    inner("default_member_permissions", "-/default_member_permissions", PERMISSIONS),
    inner("options", "-/options", JSON).items(0, 25),
];
pub(super) static COMMANDS_OPTION: &[Param] = options_at!("-/options");
pub(super) static COMMANDS_NESTED: &[Param] = options_at!("-/options/0/options");
pub(super) static COMMANDS_INMOST: &[Param] = options_at!("-/options/0/options/0/options");

/// "Application Command Types".
pub(super) static TYPES: &[Choice] = &[n("chat-input", 1), n("user", 2), n("message", 3), n("primary-entry-point", 4)];

/// "Interaction Context Types".
pub(super) static CONTEXTS: &[Choice] = &[n("guild", 0), n("bot-dm", 1), n("private-channel", 2)];

/// "Application Integration Types".
pub(super) static INTEGRATION_TYPES: &[Choice] = &[n("guild-install", 0), n("user-install", 1)];

/// "Entry Point Command Handler Types".
pub(super) static HANDLERS: &[Choice] = &[n("app-handler", 1), n("discord-launch-activity", 2)];

/// "Application Command Option Type".
pub(super) static OPTION_TYPES: &[Choice] = &[
    n("sub-command", 1),
    n("sub-command-group", 2),
    n("string", 3),
    n("integer", 4),
    n("boolean", 5),
    n("user", 6),
    n("channel", 7),
    n("role", 8),
    n("mentionable", 9),
    n("number", 10),
    n("attachment", 11),
];
