//! `dcord template`: server templates.

use super::builder::*;
use super::types::{Auth, Noun};
use crate::model::Entity::{Guild, Template};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun(
    "template",
    "Manage server templates, from which new servers can be created",
    &[
        get("list", "list_guild_templates", "/guilds/{guild_id}/templates", "List the templates of a server")
            .effects(&[All(Kind::Template)])
            .list()
            .id("code")
            .link(Link::Template)
            .columns(&["code", "name", "usage_count", "updated_at", "is_dirty"])
            .needs(&["MANAGE_GUILD"])
            .alias(&["guild templates"])
            .params(&[path("guild_id", id(Guild), "Server")]),
        get("get", "get_guild_template", "/guilds/templates/{code}", "Show a template")
            .auth(Auth::None)
            .effects(&[One(Kind::Template)])
            .id("code")
            .link(Link::Template)
            .columns(&["code", "name", "usage_count", "updated_at", "description"])
            .examples(&["template get https://discord.new/hgM48av5Q69A"])
            .params(&[path("code", target(Template), "Template to show")]),
        post("create", "create_guild_template", "/guilds/{guild_id}/templates", "Create a template from a server")
            .effects(&[One(Kind::Template)])
            .id("code")
            .link(Link::Template)
            .columns(&["code", "name", "description"])
            .needs(&["MANAGE_GUILD"])
            .more(
                "The template contains the server's roles, channels and settings, but no messages or members. \
                 Anyone who has its link can create a server from it. A server can have one template.",
            )
            .examples(&["template create 'My Server' 'Study group' --description 'Channels for a class'"])
            .params(&[
                path("guild_id", id(Guild), "Server"),
                body("name", STRING, "Name of the template").positional().range(1, 100).required(),
                body("description", STRING, "Description of the template").range(0, 120).nullable(),
            ]),
        patch(
            "edit",
            "update_guild_template",
            "/guilds/{guild_id}/templates/{code}",
            "Edit the name or description of a template",
        )
        .effects(&[One(Kind::Template)])
        .id("code")
        .link(Link::Template)
        .columns(&["code", "name", "description"])
        .needs(&["MANAGE_GUILD"])
        .more(
            "Fields that you omit stay as they are. To update the roles, channels and settings in the template, use \
             `dcord template sync`.",
        )
        .examples(&["template edit 'My Server' https://discord.new/hgM48av5Q69A --name 'Reading group'"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("code", target(Template), "Template to edit"),
            body("name", STRING, "New name").range(1, 100),
            body("description", STRING, "Description of the template").range(0, 120).nullable(),
        ]),
        put(
            "sync",
            "sync_guild_template",
            "/guilds/{guild_id}/templates/{code}",
            "Update a template to the current state of the server",
        )
        .effects(&[One(Kind::Template)])
        .id("code")
        .link(Link::Template)
        .columns(&["code", "name", "updated_at", "is_dirty"])
        .needs(&["MANAGE_GUILD"])
        .more("The current roles, channels and settings of the server replace those in the template.")
        .params(&[path("guild_id", id(Guild), "Server"), path("code", target(Template), "Template to update")]),
        delete("delete", "delete_guild_template", "/guilds/{guild_id}/templates/{code}", "Delete a template")
            .action("Delete template {code} of {guild_id}")
            .destructive()
            .effects(&[Deletes(Kind::Template)])
            .id("code")
            .columns(&["code", "name", "usage_count"])
            .needs(&["MANAGE_GUILD"])
            .more("The template's link stops working. Servers that were created from it stay as they are.")
            .params(&[path("guild_id", id(Guild), "Server"), path("code", target(Template), "Template to delete")]),
    ],
);
