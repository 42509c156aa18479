//! `dcord role`: the roles of a server.

use super::builder::*;
use super::types::{Endpoint, Noun, Param};
use crate::model::Entity::{Guild, Role};
use crate::model::Kind;

pub static NOUN: Noun = noun("role", "Create, edit, move and delete roles", ROWS);

static ROWS: &[Endpoint] = &[
    get("list", "list_guild_roles", "/guilds/{guild_id}/roles", "List the roles of a server")
        .effects(&[All(Kind::Role)])
        .list()
        .columns(&["id", "name", "color", "position", "permissions"])
        .examples(&["role list 'My Server' --jq 'select(.managed | not) | .name'"])
        .alias(&["guild roles"])
        .params(&[path("guild_id", id(Guild), "Server")]),
    get("get", "get_guild_role", "/guilds/{guild_id}/roles/{role_id}", "Show a role")
        .effects(&[One(Kind::Role)])
        .columns(&["id", "name", "position", "permissions", "managed"])
        .params(&[path("guild_id", id(Guild), "Server"), path("role_id", id(Role), "Role to show")]),
    post("create", "create_guild_role", "/guilds/{guild_id}/roles", "Create a role")
        .reason()
        .effects(&[One(Kind::Role)])
        .columns(&["id", "name", "position", "permissions"])
        .needs(&["MANAGE_ROLES"])
        .more(
            "The bot can only grant permissions that it has itself. --icon and --unicode-emoji need a server with \
             the feature ROLE_ICONS.",
        )
        .examples(&[
            "role create 'My Server' Moderators --permissions kick-members,ban-members --hoist",
            "role create 'My Server' Sunset --colors.primary '#ff8800' --colors.secondary '#aa00ff'",
        ])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            body("name", STRING, "Role name [default: new role]").positional().range(1, 100).nullable(),
            body("permissions", PERMISSIONS, "Permissions to grant [default: those of @everyone]").nullable(),
            body("color", COLOR, "Colour of the members' names, such as green or #57f287").nullable(),
            body("colors", JSON, r#"Colours of the members' names, as JSON: {"primary_color":5793266}"#).nullable(),
            body("hoist", BOOL, "List the role's members separately").nullable(),
            body("mentionable", BOOL, "Let everyone mention the role").nullable(),
            body("icon", IMAGE, "Picture shown beside the members' names").nullable(),
            body("unicode_emoji", EMOJI_NAME, "Emoji shown beside the members' names").max(100).nullable(),
        ])
        .with(&[COLORS]),
    patch("edit", "update_guild_role", "/guilds/{guild_id}/roles/{role_id}", "Edit a role")
        .reason()
        .effects(&[One(Kind::Role)])
        .columns(&["id", "name", "position", "permissions"])
        .needs(&["MANAGE_ROLES"])
        .more(
            "Fields that you omit stay as they are, but --permissions replaces all permissions of the role. The \
             role must be below the bot's highest role.",
        )
        .examples(&["role edit 'My Server' @helpers --name Supporters --mentionable"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("role_id", id(Role), "Role to edit"),
            body("name", STRING, "New name").range(1, 100).nullable(),
            body("permissions", PERMISSIONS, "Permissions of the role; permissions that you omit are removed")
                .nullable(),
            body("color", COLOR, "Colour of the members' names, such as green or #57f287").nullable(),
            body("colors", JSON, r#"Colours of the members' names, as JSON: {"primary_color":5793266}"#).nullable(),
            body("hoist", BOOL, "List the role's members separately").nullable(),
            body("mentionable", BOOL, "Let everyone mention the role").nullable(),
            body("icon", IMAGE, "Picture shown beside the members' names").nullable(),
            body("unicode_emoji", EMOJI_NAME, "Emoji shown beside the members' names").max(100).nullable(),
        ])
        .with(&[COLORS]),
    delete("delete", "delete_guild_role", "/guilds/{guild_id}/roles/{role_id}", "Delete a role")
        .action("Delete role {role_id} in {guild_id}")
        .reason()
        .destructive()
        .effects(&[Deletes(Kind::Role)])
        .no_id()
        .needs(&["MANAGE_ROLES"])
        .more("Members lose the role, and its permission overwrites in channels are deleted.")
        .params(&[path("guild_id", id(Guild), "Server"), path("role_id", id(Role), "Role to delete")]),
    patch("reorder", "bulk_update_guild_roles", "/guilds/{guild_id}/roles", "Move roles up or down")
        .reason()
        .effects(&[All(Kind::Role)])
        .list()
        .columns(&["id", "name", "position"])
        .needs(&["MANAGE_ROLES"])
        .more(
            "A role with a higher position ranks higher; @everyone has position 0. The bot can only move roles \
             below its own highest role. Discord returns all roles of the server.",
        )
        .examples(&[
            "role reorder 'My Server' --position 555555555555555555=3 --position 555555555555555556=2",
            "role reorder 'My Server' --body @order.json",
        ])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            whole(r#"New positions, as JSON: [{"id":"ID","position":0},…]"#).required(),
            local("position", "-", position(Role), "New position of a role: ID=POSITION").repeated(),
        ]),
    get(
        "get-member-counts",
        "guild_role_member_counts",
        "/guilds/{guild_id}/roles/member-counts",
        "Count the members of each role",
    )
    .no_id()
    .more("The response is an object that maps role ids to numbers. It does not contain @everyone.")
    .examples(&[r#"role get-member-counts 'My Server' --jq '.["555555555555555555"]'"#])
    .params(&[path("guild_id", id(Guild), "Server")]),
];

/// The flags that set a role's colours. The second and third colour need the feature ENHANCED_ROLE_COLORS.
static COLORS: &[Param] = &[
    local("colors.primary", "colors/primary_color", COLOR, "The same as --color, or the first colour of a gradient"),
    local("colors.secondary", "colors/secondary_color", COLOR, "Second colour, for a gradient"),
    local(
        "colors.tertiary",
        "colors/tertiary_color",
        COLOR,
        "Third colour, only for the holographic style, whose colours are fixed",
    ),
];
