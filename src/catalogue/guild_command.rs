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
    "Manage an app's commands that work in one server",
    &[
        get(
            "list",
            "list_guild_application_commands",
            "/applications/{application_id}/guilds/{guild_id}/commands",
            "List an app's commands for a server",
        )
        .auth(Auth::Any)
        .effects(&[All(Kind::Command)])
        .list()
        .columns(&["id", "name", "type", "description"])
        .more("Global commands, which work in the server too, are not in the list: see `dcord command list`.")
        .params(&[
            path("application_id", id(Application), "App that has them"),
            path("guild_id", id(Guild), "Server they work in"),
            query("with_localizations", BOOL, "Show the translations of names and descriptions"),
        ]),
        get(
            "get",
            "get_guild_application_command",
            "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}",
            "Show an app's command for a server",
        )
        .auth(Auth::Any)
        .effects(&[One(Kind::Command)])
        .columns(&["id", "name", "type", "description"])
        .params(&[
            path("application_id", id(Application), "App that has it"),
            path("guild_id", id(Guild), "Server it works in"),
            path("command_id", id(Command), "Command to show"),
        ]),
        post(
            "create",
            "create_guild_application_command",
            "/applications/{application_id}/guilds/{guild_id}/commands",
            "Add a command for a server to an app",
        )
        .auth(Auth::Any)
        .effects(&[One(Kind::Command)])
        .columns(&["id", "name", "type", "description"])
        .more(
            "It works at once, which makes such commands good for trying things out. A command of the same \
             name and type is overwritten. An app can create 200 a day and server. The --option flags \
             describe one option; --options takes several. A bearer token needs the \
             applications.commands.update scope. Type chat-input is typed as /NAME; user and message stand \
             in the menu of a user or a message.",
        )
        .examples(&[
            "guild-command create 111111111111111111 --name ping --description 'Say pong'",
            "guild-command create 111111111111111111 --name 'Show age' --type user",
        ])
        .params(&[
            path("application_id", id(Application), "App to add it to"),
            path("guild_id", id(Guild), "Server it works in"),
            body("name", STRING, "Name the command").range(1, 32).required(),
            body("type", one_of(TYPES), "Make it a command of this type [default: chat-input]").nullable(),
        ])
        .with(&[FIELDS, OPTION, NESTED_OPTION, INMOST_OPTION]),
        patch(
            "edit",
            "update_guild_application_command",
            "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}",
            "Change an app's command for a server",
        )
        .auth(Auth::Any)
        .effects(&[One(Kind::Command)])
        .columns(&["id", "name", "type", "description"])
        .more(
            "Only what is given changes, but options are replaced whole. Renaming loses the permissions the \
             server has set.",
        )
        .examples(&["guild-command edit 111111111111111111 /ping --description 'Say pong, politely'"])
        .params(&[
            path("application_id", id(Application), "App that has it"),
            path("guild_id", id(Guild), "Server it works in"),
            path("command_id", id(Command), "Command to change"),
            body("name", STRING, "Rename the command").range(1, 32),
        ])
        .with(&[FIELDS, OPTION, NESTED_OPTION, INMOST_OPTION]),
        delete(
            "delete",
            "delete_guild_application_command",
            "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}",
            "Delete an app's command for a server",
        )
        .auth(Auth::Any)
        .destructive()
        .effects(&[Deletes(Kind::Command)])
        .no_id()
        .more("The permissions that the server has set for the command are lost with it.")
        .params(&[
            path("application_id", id(Application), "App that has it"),
            path("guild_id", id(Guild), "Server it works in"),
            path("command_id", id(Command), "Command to delete"),
        ]),
        put(
            "set-all",
            "bulk_set_guild_application_commands",
            "/applications/{application_id}/guilds/{guild_id}/commands",
            "Replace all commands of an app for a server",
        )
        .auth(Auth::Any)
        .destructive()
        .effects(&[All(Kind::Command)])
        .list()
        .columns(&["id", "name", "type", "description"])
        .more(
            "Commands that are not in the array are deleted, whatever their type; those whose name is known \
             are changed in place. An empty array deletes all.",
        )
        .examples(&["guild-command set-all 111111111111111111 --body @commands.json --yes"])
        .alias(&["guild-command bulk-overwrite"])
        .params(&[
            path("application_id", id(Application), "App whose commands to replace"),
            path("guild_id", id(Guild), "Server they work in"),
            whole(r#"All commands: [{"name":"…","description":"…"},…]"#).items(0, 130).required(),
        ])
        .with(&[COMMANDS, COMMANDS_OPTION, COMMANDS_NESTED, COMMANDS_INMOST]),
    ],
);
