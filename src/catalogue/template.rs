//! `dcord template`: snapshots of a server, to make new ones like it.

use super::builder::*;
use super::types::{Auth, Noun};
use crate::model::Entity::{Guild, Template};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun(
    "template",
    "Manage snapshots of a server, to make new ones like it",
    &[
        get("list", "list_guild_templates", "/guilds/{guild_id}/templates", "List the templates of a server")
            .effects(&[All(Kind::Template)])
            .list()
            .id("code")
            .link(Link::Template)
            .columns(&["code", "name", "usage_count", "updated_at", "is_dirty"])
            .needs(&["MANAGE_GUILD"])
            .alias(&["guild templates"])
            .params(&[path("guild_id", id(Guild), "Server whose templates to list")]),
        get("get", "get_guild_template", "/guilds/templates/{code}", "Show a template by its code or link")
            .auth(Auth::None)
            .effects(&[One(Kind::Template)])
            .id("code")
            .link(Link::Template)
            .columns(&["code", "name", "usage_count", "updated_at", "description"])
            .examples(&["template get https://discord.new/hgM48av5Q69A"])
            .params(&[path("code", target(Template), "Template to show")]),
        post(
            "create",
            "create_guild_template",
            "/guilds/{guild_id}/templates",
            "Take a snapshot of a server as a template",
        )
        .effects(&[One(Kind::Template)])
        .id("code")
        .link(Link::Template)
        .columns(&["code", "name", "description"])
        .needs(&["MANAGE_GUILD"])
        .more(
            "The template has the server's roles, channels and settings, but no messages and members. \
             Whoever has its link can make a server like it. A server has one template.",
        )
        .examples(&["template create 111111111111111111 --name 'Study group' --description 'Channels for a class'"])
        .params(&[
            path("guild_id", id(Guild), "Server to take it of"),
            body("name", STRING, "Name the template").range(1, 100).required(),
            body("description", STRING, "Describe the template").range(0, 120).nullable(),
        ]),
        patch("edit", "update_guild_template", "/guilds/{guild_id}/templates/{code}", "Rename or describe a template")
            .effects(&[One(Kind::Template)])
            .id("code")
            .link(Link::Template)
            .columns(&["code", "name", "description"])
            .needs(&["MANAGE_GUILD"])
            .more(
                "Only what is given changes. The server itself stays as it is; `dcord template sync` takes its \
                 snapshot anew.",
            )
            .examples(&["template edit 111111111111111111 https://discord.new/hgM48av5Q69A --name 'Reading group'"])
            .params(&[
                path("guild_id", id(Guild), "Server it was taken of"),
                path("code", target(Template), "Template to change"),
                body("name", STRING, "Rename the template").range(1, 100),
                body("description", STRING, "Describe the template").range(0, 120).nullable(),
            ]),
        put(
            "sync",
            "sync_guild_template",
            "/guilds/{guild_id}/templates/{code}",
            "Take the snapshot of a template anew",
        )
        .effects(&[One(Kind::Template)])
        .id("code")
        .link(Link::Template)
        .columns(&["code", "name", "updated_at", "is_dirty"])
        .needs(&["MANAGE_GUILD"])
        .more("The server as it is now replaces what the template had.")
        .params(&[
            path("guild_id", id(Guild), "Server it was taken of"),
            path("code", target(Template), "Template to renew"),
        ]),
        delete("delete", "delete_guild_template", "/guilds/{guild_id}/templates/{code}", "Delete a template")
            .destructive()
            .effects(&[Deletes(Kind::Template)])
            .id("code")
            .columns(&["code", "name", "usage_count"])
            .needs(&["MANAGE_GUILD"])
            .more("Its link stops working. Servers that were made from it stay as they are.")
            .params(&[
                path("guild_id", id(Guild), "Server it was taken of"),
                path("code", target(Template), "Template to delete"),
            ]),
    ],
);
