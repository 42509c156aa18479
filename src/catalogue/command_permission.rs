//! `dcord command-permission`: who can use an app's commands in a server.

use super::builder::*;
use super::types::{Auth, Noun};
use crate::model::Entity::{Application, Command, Guild};

pub static NOUN: Noun = noun(
    "command-permission",
    "Set who can use the commands of an app in a server",
    &[
        get(
            "list",
            "list_guild_application_command_permissions",
            "/applications/{application_id}/guilds/{guild_id}/commands/permissions",
            "List the permissions of an app's commands in a server",
        )
        .auth(Auth::Any)
        .list()
        .columns(&["id", "permissions"])
        .more(
            "The list contains only the commands with their own permissions. The entry with the app's id applies to \
             all other commands.",
        )
        .params(&[
            path("application_id", id(Application), "App"),
            path("guild_id", id(Guild), "Server"),
        ]),
        get(
            "get",
            "get_guild_application_command_permissions",
            "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}/permissions",
            "Show the permissions of a command in a server",
        )
        .auth(Auth::Any)
        .columns(&["id", "permissions"])
        .params(&[
            path("application_id", id(Application), "App"),
            path("guild_id", id(Guild), "Server"),
            path("command_id", id(Command), "Command, or the app's id for all commands without their own permissions"),
        ]),
        // The OpenAPI document also lists a bot token, but the documentation requires a user's, and bots are rejected.
        put(
            "set",
            "set_guild_application_command_permissions",
            "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}/permissions",
            "Replace the permissions of a command in a server",
        )
        .auth(Auth::Bearer)
        .no_effect("the cache has no command permissions")
        .columns(&["id", "permissions"])
        .more(
            "Needs the access token of a user who can manage the server and its roles, with the OAuth2 scope \
             applications.commands.permissions.update; Discord rejects a bot token. Each element has the id of a \
             role, user or channel, its type (1 role, 2 user, 3 channel) and permission (true allows, false denies). \
             For everyone, use the server's id as a role; for all channels, use the server's id minus one as a \
             channel.",
        )
        .examples(&[r#"command-permission set 'My Server' /ping --token-type bearer --permissions '[{"id":"666666666666666666","type":1,"permission":true}]'"#])
        .params(&[
            path("application_id", id(Application), "App"),
            path("guild_id", id(Guild), "Server"),
            path("command_id", id(Command), "Command, or the app's id for all commands without their own permissions"),
            body("permissions", JSON, r#"Permissions, as JSON: [{"id":"ID","type":1,"permission":true},…]"#)
                .items(0, 100)
                .nullable(),
            inner("permissions.id", "permissions/0/id", ID).needed(),
            inner("permissions.type", "permissions/0/type", INT).range(1, 3).needed(),
            inner("permissions.permission", "permissions/0/permission", BOOL).needed(),
        ])
        .edits(),
        put(
            "set-all",
            "batch_set_guild_application_command_permissions",
            "/applications/{application_id}/guilds/{guild_id}/commands/permissions",
            "Replace the permissions of all commands in a server",
        )
        .action("Replace the permissions of all commands in {guild_id}")
        .auth(Auth::Bearer)
        .destructive()
        .deprecated("use command-permission set, once for each command")
        .no_effect("the cache has no command permissions")
        .list()
        .columns(&["id", "permissions"])
        .more("Discord has disabled this endpoint and rejects every request.")
        .params(&[
            path("application_id", id(Application), "App"),
            path("guild_id", id(Guild), "Server"),
            whole(r#"All permissions, as JSON: [{"id":"ID","permissions":[…]},…]"#).required(),
        ]),
    ],
);
