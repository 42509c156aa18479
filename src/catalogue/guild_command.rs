//! `dcord guild-command`: an app's commands that work in one server.

use super::builder::*;
use super::command::{
    COMMANDS, COMMANDS_INMOST, COMMANDS_NESTED, COMMANDS_OPTION, FIELDS, INMOST_OPTION, NESTED_OPTION, OPTION, TYPES,
};
use super::types::{Auth, Noun};
use crate::model::Entity::{Application, Command, Guild};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "guild-command",
    "Manage the commands of an app that work in one server",
    &[
        get(
            "list",
            "list_guild_application_commands",
            "/applications/{application_id}/guilds/{guild_id}/commands",
            "List the commands of an app in a server",
        )
        .auth(Auth::Any)
        .effects(&[All(Kind::Command)])
        .list()
        .columns(&["id", "name", "type", "description"])
        .more("The list does not contain global commands, which also work in the server: use `dcord command list`.")
        .params(&[
            path("application_id", id(Application), "App"),
            path("guild_id", id(Guild), "Server"),
            query("with_localizations", BOOL, "Include the translations of names and descriptions"),
        ]),
        get(
            "get",
            "get_guild_application_command",
            "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}",
            "Show a command of a server",
        )
        .auth(Auth::Any)
        .effects(&[One(Kind::Command)])
        .columns(&["id", "name", "type", "description"])
        .params(&[
            path("application_id", id(Application), "App"),
            path("guild_id", id(Guild), "Server"),
            path("command_id", id(Command), "Command to show"),
        ]),
        post(
            "create",
            "create_guild_application_command",
            "/applications/{application_id}/guilds/{guild_id}/commands",
            "Create a command in a server",
        )
        .auth(Auth::Any)
        .effects(&[One(Kind::Command)])
        .columns(&["id", "name", "type", "description"])
        .needs_none("an app manages its own commands")
        .more(
            "The command works at once, which is useful for testing. The new command overwrites any command with the \
             same name and type. The --option.* flags describe one option; repeat --option.type to start the next. \
             --options takes all options as JSON. An app can create 200 commands a day in each server. An access \
             token needs the OAuth2 scope applications.commands.update.\n\n\
             Types: people type a chat-input command as /NAME; user and message commands appear in the context menu \
             of a user or message.",
        )
        .examples(&[
            "guild-command create 'My Server' ping --description 'Say pong'",
            "guild-command create 'My Server' 'Show age' --type user",
        ])
        .params(&[
            path("application_id", id(Application), "App"),
            path("guild_id", id(Guild), "Server"),
            body("name", STRING, "Name of the command").positional().range(1, 32).required(),
            body("type", one_of(TYPES), "Command type [default: chat-input]").nullable(),
        ])
        .with(&[FIELDS, OPTION, NESTED_OPTION, INMOST_OPTION]),
        patch(
            "edit",
            "update_guild_application_command",
            "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}",
            "Edit a command of a server",
        )
        .auth(Auth::Any)
        .effects(&[One(Kind::Command)])
        .columns(&["id", "name", "type", "description"])
        .needs_none("an app manages its own commands")
        .more(
            "Fields that you omit stay as they are; --options replaces all options. Renaming a command deletes the \
             permissions that the server set for it.",
        )
        .examples(&["guild-command edit 'My Server' /ping --description 'Say pong, politely'"])
        .params(&[
            path("application_id", id(Application), "App"),
            path("guild_id", id(Guild), "Server"),
            path("command_id", id(Command), "Command to edit"),
            body("name", STRING, "New name").range(1, 32),
        ])
        .with(&[FIELDS, OPTION, NESTED_OPTION, INMOST_OPTION]),
        delete(
            "delete",
            "delete_guild_application_command",
            "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}",
            "Delete a command of a server",
        )
        .action("Delete command {command_id} in {guild_id}")
        .auth(Auth::Any)
        .destructive()
        .effects(&[Deletes(Kind::Command)])
        .no_id()
        .needs_none("an app manages its own commands")
        .more("The permissions that the server set for the command are deleted with it.")
        .params(&[
            path("application_id", id(Application), "App"),
            path("guild_id", id(Guild), "Server"),
            path("command_id", id(Command), "Command to delete"),
        ]),
        put(
            "set-all",
            "bulk_set_guild_application_commands",
            "/applications/{application_id}/guilds/{guild_id}/commands",
            "Replace all commands of an app in a server",
        )
        .action("Replace all commands of the app in {guild_id}")
        .auth(Auth::Any)
        .destructive()
        .effects(&[All(Kind::Command)])
        .list()
        .columns(&["id", "name", "type", "description"])
        .needs_none("an app manages its own commands")
        .more(
            "Discord deletes the commands that are not in the array, whatever their type, and updates those with the \
             same name and type. An empty array deletes all commands.",
        )
        .examples(&["guild-command set-all 'My Server' --body @commands.json --yes"])
        .alias(&["guild-command bulk-overwrite"])
        .params(&[
            path("application_id", id(Application), "App"),
            path("guild_id", id(Guild), "Server"),
            whole(r#"All commands, as JSON: [{"name":"…","description":"…"},…]"#).items(0, 130).required(),
        ])
        .with(&[COMMANDS, COMMANDS_OPTION, COMMANDS_NESTED, COMMANDS_INMOST]),
    ],
);
