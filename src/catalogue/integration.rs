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
        .more("Discord returns at most 50 integrations.")
        .alias(&["guild integrations"])
        .params(&[path("guild_id", id(Guild), "Server")]),
        delete(
            "delete",
            "delete_guild_integration",
            "/guilds/{guild_id}/integrations/{integration_id}",
            "Disconnect an app or service from a server",
        )
        .action("Disconnect integration {integration_id} from {guild_id}")
        .reason()
        .destructive()
        .effects(&[Deletes(Kind::Integration)])
        .no_id()
        .needs(&["MANAGE_GUILD"])
        .more("Also deletes the webhooks of the integration and removes its bot from the server.")
        .examples(&["integration delete 'My Server' 888888888888888888 --reason 'no longer used'"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("integration_id", id(Integration), "Integration to delete; its id differs from the app's id"),
        ]),
    ],
);
