//! `dcord role`: the roles of a server.

use super::builder::*;
use super::types::{Endpoint, Noun, Param};
use crate::model::Entity::{Guild, Role};
use crate::model::Kind;

pub static NOUN: Noun = noun("role", "Create, change and order the roles of a server", ROWS);

static ROWS: &[Endpoint] = &[
    get("list", "list_guild_roles", "/guilds/{guild_id}/roles", "List the roles of a server")
        .effects(&[All(Kind::Role)])
        .list()
        .columns(&["id", "name", "position", "permissions", "managed"])
        .examples(&["role list 111111111111111111 --jq 'select(.managed | not) | .name'"])
        .alias(&["guild roles"])
        .params(&[path("guild_id", id(Guild), "Server to look at")]),
    get("get", "get_guild_role", "/guilds/{guild_id}/roles/{role_id}", "Show one role")
        .effects(&[One(Kind::Role)])
        .columns(&["id", "name", "position", "permissions", "managed"])
        .params(&[path("guild_id", id(Guild), "Server that has it"), path("role_id", id(Role), "Role to show")]),
    post("create", "create_guild_role", "/guilds/{guild_id}/roles", "Create a role")
        .reason()
        .effects(&[One(Kind::Role)])
        .columns(&["id", "name", "position", "permissions"])
        .needs(&["MANAGE_ROLES"])
        .more(
            "A bot can grant only permissions that it has itself. A picture or emoji beside the role's name \
             needs a server with the feature ROLE_ICONS.",
        )
        .examples(&[
            "role create 111111111111111111 Moderators --permissions kick-members,ban-members --hoist",
            "role create 111111111111111111 Sunset --colors.primary '#ff8800' --colors.secondary '#aa00ff'",
        ])
        .params(&[
            path("guild_id", id(Guild), "Server that gets the role"),
            body("name", STRING, "Call it so [default: new role]").positional().range(1, 100).nullable(),
            body("permissions", PERMISSIONS, "Grant these permissions [default: those of @everyone]").nullable(),
            body("color", COLOR, "Deprecated: colour its members' names, use --colors.primary").nullable(),
            body("colors", JSON, r#"Colour its members' names: {"primary_color":5793266}"#).nullable(),
            body("hoist", BOOL, "List its members apart from the others").nullable(),
            body("mentionable", BOOL, "Let everyone mention it").nullable(),
            body("icon", IMAGE, "Show this picture beside its members' names").nullable(),
            body("unicode_emoji", EMOJI_NAME, "Show this emoji beside its members' names").max(100).nullable(),
        ])
        .with(&[COLORS]),
    patch("edit", "update_guild_role", "/guilds/{guild_id}/roles/{role_id}", "Change a role")
        .reason()
        .effects(&[One(Kind::Role)])
        .columns(&["id", "name", "position", "permissions"])
        .needs(&["MANAGE_ROLES"])
        .more(
            "Only what is given changes, but --permissions replaces all permissions of the role. The role \
             must be below the bot's highest one.",
        )
        .examples(&["role edit 111111111111111111 555555555555555555 --name Helpers --mentionable"])
        .params(&[
            path("guild_id", id(Guild), "Server that has it"),
            path("role_id", id(Role), "Role to change"),
            body("name", STRING, "Rename it").range(1, 100).nullable(),
            body("permissions", PERMISSIONS, "Replace its permissions by these").nullable(),
            body("color", COLOR, "Deprecated: colour its members' names, use --colors.primary").nullable(),
            body("colors", JSON, r#"Colour its members' names: {"primary_color":5793266}"#).nullable(),
            body("hoist", BOOL, "List its members apart from the others").nullable(),
            body("mentionable", BOOL, "Let everyone mention it").nullable(),
            body("icon", IMAGE, "Show this picture beside its members' names").nullable(),
            body("unicode_emoji", EMOJI_NAME, "Show this emoji beside its members' names").max(100).nullable(),
        ])
        .with(&[COLORS]),
    delete("delete", "delete_guild_role", "/guilds/{guild_id}/roles/{role_id}", "Delete a role")
        .reason()
        .destructive()
        .effects(&[Deletes(Kind::Role)])
        .no_id()
        .needs(&["MANAGE_ROLES"])
        .more("Its members lose it, and what the role was allowed in channels is gone with it.")
        .params(&[path("guild_id", id(Guild), "Server that has it"), path("role_id", id(Role), "Role to delete")]),
    patch("reorder", "bulk_update_guild_roles", "/guilds/{guild_id}/roles", "Move roles up or down")
        .reason()
        .effects(&[All(Kind::Role)])
        .list()
        .columns(&["id", "name", "position"])
        .needs(&["MANAGE_ROLES"])
        .more(
            "A higher position is a higher rank; @everyone has position 0. A bot can move roles below its \
             own highest one only. The answer has all roles of the server.",
        )
        .examples(&[
            "role reorder 111111111111111111 --position 555555555555555555=3 --position 555555555555555556=2",
            "role reorder 111111111111111111 --body @order.json",
        ])
        .params(&[
            path("guild_id", id(Guild), "Server whose roles to move"),
            whole(r#"The new order: [{"id":"ID","position":0},…]"#).required(),
            local("position", "-", position(Role), "Move a role: ID=POSITION").repeated(),
        ]),
    get(
        "get-member-counts",
        "guild_role_member_counts",
        "/guilds/{guild_id}/roles/member-counts",
        "Count the members of each role",
    )
    .no_id()
    .more("The answer is one object that maps the ids of roles to numbers. It leaves @everyone out.")
    .examples(&[r#"role get-member-counts 111111111111111111 --jq '.["555555555555555555"]'"#])
    .params(&[path("guild_id", id(Guild), "Server to look at")]),
];

/// A role's colours, flag by flag. More than the first one needs the feature ENHANCED_ROLE_COLORS.
static COLORS: &[Param] = &[
    local("colors.primary", "colors/primary_color", COLOR, "Colour its members' names"),
    local("colors.secondary", "colors/secondary_color", COLOR, "Let the colour run into this one"),
    local(
        "colors.tertiary",
        "colors/tertiary_color",
        COLOR,
        "Add a third colour: Discord's holographic style, its values are fixed",
    ),
];
