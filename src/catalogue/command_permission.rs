//! `dcord command-permission`: who may use an app's commands in a server.

use super::builder::*;
use super::types::{Auth, Noun};
use crate::model::Entity::{Application, Command, Guild};

pub static NOUN: Noun = noun(
    "command-permission",
    "Say who may use an app's commands in a server",
    &[
        get(
            "list",
            "list_guild_application_command_permissions",
            "/applications/{application_id}/guilds/{guild_id}/commands/permissions",
            "List who may use an app's commands in a server",
        )
        .auth(Auth::Any)
        .list()
        .columns(&["id", "permissions"])
        .more(
            "Only commands with permissions of their own are listed. The one whose id is the app's holds \
             for the rest.",
        )
        .params(&[
            path("application_id", id(Application), "App that has the commands"),
            path("guild_id", id(Guild), "Server in question"),
        ]),
        get(
            "get",
            "get_guild_application_command_permissions",
            "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}/permissions",
            "Show who may use an app's command in a server",
        )
        .auth(Auth::Any)
        .columns(&["id", "permissions"])
        .params(&[
            path("application_id", id(Application), "App that has the command"),
            path("guild_id", id(Guild), "Server in question"),
            path("command_id", id(Command), "Command in question; the app's id for all others"),
        ]),
        // The document has a bot's token here as well; the documentation asks for a user's, and bots are refused.
        put(
            "set",
            "set_guild_application_command_permissions",
            "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}/permissions",
            "Replace who may use an app's command in a server",
        )
        .auth(Auth::Bearer)
        .no_effect("the cache has no command permissions")
        .columns(&["id", "permissions"])
        .more(
            "It takes the access token of a user who may manage the server and its roles, with the scope \
             applications.commands.permissions.update; a bot's token is refused. Each element has the id of \
             a role, user or channel, its type (1 role, 2 user, 3 channel) and permission (true allows, \
             false forbids). The server's id as a role stands for everyone, the server's id minus one as a \
             channel for all channels.",
        )
        .examples(&["command-permission set 111111111111111111 555555555555555555 --token-type bearer \
         --permissions '[{\"id\":\"666666666666666666\",\"type\":1,\"permission\":true}]'"])
        .params(&[
            path("application_id", id(Application), "App that has the command"),
            path("guild_id", id(Guild), "Server in question"),
            path("command_id", id(Command), "Command in question; the app's id for all others"),
            body("permissions", JSON, r#"Who may: [{"id":"ID","type":1,"permission":true},…]"#)
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
            "Replace who may use each of an app's commands in a server",
        )
        .auth(Auth::Bearer)
        .destructive()
        .deprecated("use command-permission set, once for each command")
        .no_effect("the cache has no command permissions")
        .list()
        .columns(&["id", "permissions"])
        .more("Discord has switched this off and refuses every request.")
        .params(&[
            path("application_id", id(Application), "App that has the commands"),
            path("guild_id", id(Guild), "Server in question"),
            whole(r#"Id and permissions of each: [{"id":"ID","permissions":[…]},…]"#).required(),
        ]),
    ],
);
