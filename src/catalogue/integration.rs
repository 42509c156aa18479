//! `dcord integration`: the apps and services connected to a server.

use super::builder::*;
use super::types::Noun;
use crate::model::Entity::{Guild, Integration};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "integration",
    "Manage the apps and services connected to a server",
    &[
        get(
            "list",
            "list_guild_integrations",
            "/guilds/{guild_id}/integrations",
            "List the apps and services connected to a server",
        )
        .effects(&[All(Kind::Integration)])
        .list()
        .columns(&["id", "name", "type", "enabled", "account.name"])
        .needs(&["MANAGE_GUILD"])
        .more("Discord lists 50 and has no way to see more.")
        .alias(&["guild integrations"])
        .params(&[path("guild_id", id(Guild), "Server in question")]),
        delete(
            "delete",
            "delete_guild_integration",
            "/guilds/{guild_id}/integrations/{integration_id}",
            "Disconnect an app or service from a server",
        )
        .reason()
        .destructive()
        .effects(&[Deletes(Kind::Integration)])
        .no_id()
        .needs(&["MANAGE_GUILD"])
        .more("The app's webhooks are deleted, and its bot leaves the server.")
        .examples(&["integration delete 111111111111111111 888888888888888888 --reason 'no longer used'"])
        .params(&[
            path("guild_id", id(Guild), "Server in question"),
            path("integration_id", id(Integration), "Integration to delete, which is not the app's id"),
        ]),
    ],
);
