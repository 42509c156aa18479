//! `dcord emoji`: the custom emojis of a server.

use super::builder::*;
use super::types::Noun;
use crate::model::Entity::{Emoji, Guild, Role};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "emoji",
    "Manage the custom emojis of a server",
    &[
        get("list", "list_guild_emojis", "/guilds/{guild_id}/emojis", "List the emojis of a server")
            .effects(&[All(Kind::Emoji)])
            .list()
            .columns(&["id", "name", "animated", "available", "user.username"])
            .more(
                "The list shows who added each emoji only if the bot has create-guild-expressions or \
                 manage-guild-expressions.",
            )
            .examples(&["emoji list 'My Server' --jq .name"])
            .alias(&["guild emojis"])
            .params(&[path("guild_id", id(Guild), "Server")]),
        get("get", "get_guild_emoji", "/guilds/{guild_id}/emojis/{emoji_id}", "Show a custom emoji")
            .effects(&[One(Kind::Emoji)])
            .columns(&["id", "name", "animated", "available", "user.username"])
            .more(
                "Discord includes the user who added the emoji if the bot has manage-guild-expressions, or if the \
                 bot added it and has create-guild-expressions.",
            )
            .params(&[path("guild_id", id(Guild), "Server"), path("emoji_id", id(Emoji), "Emoji to show")]),
        post("create", "create_guild_emoji", "/guilds/{guild_id}/emojis", "Add a custom emoji to a server")
            .reason()
            .effects(&[One(Kind::Emoji)])
            .columns(&["id", "name", "animated"])
            .needs(&["CREATE_GUILD_EXPRESSIONS"])
            .more(
                "The picture can be up to 256 KiB. Discord has a separate rate limit per server for these requests \
                 and does not announce it in its responses.",
            )
            .examples(&["emoji create 'My Server' party party.gif"])
            .params(&[
                path("guild_id", id(Guild), "Server"),
                body("name", STRING, "Name: letters, digits and underscores").positional().range(2, 32).required(),
                body("image", EMOJI_IMAGE, "Path of a picture, up to 256 KiB; 128 by 128 pixels is best")
                    .positional()
                    .required(),
                body("roles", id(Role), "Role whose members can use the emoji; without roles, all members can")
                    .repeated()
                    .unique()
                    .items(0, 1521)
                    .nullable(),
            ]),
        patch(
            "edit",
            "update_guild_emoji",
            "/guilds/{guild_id}/emojis/{emoji_id}",
            "Rename a custom emoji or restrict it to roles",
        )
        .reason()
        .effects(&[One(Kind::Emoji)])
        .columns(&["id", "name", "roles"])
        .may_need(&["CREATE_GUILD_EXPRESSIONS", "MANAGE_GUILD_EXPRESSIONS"])
        .more(
            "The bot requires create-guild-expressions if it added the emoji, and manage-guild-expressions if it did not.",
        )
        .examples(&[
            "emoji edit 'My Server' :blob: --name party_blob",
            "emoji edit 'My Server' :blob: --roles @helpers",
        ])
        .alias(&["emoji rename"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("emoji_id", id(Emoji), "Emoji to edit"),
            body("name", STRING, "New name: letters, digits and underscores").range(2, 32),
            body("roles", id(Role), "Role whose members can use the emoji; without roles, all members can")
                .repeated()
                .unique()
                .items(0, 1521)
                .nullable(),
        ]),
        delete("delete", "delete_guild_emoji", "/guilds/{guild_id}/emojis/{emoji_id}", "Delete a custom emoji")
            .action("Delete emoji {emoji_id} in {guild_id}")
            .reason()
            .destructive()
            .effects(&[Deletes(Kind::Emoji)])
            .no_id()
            .may_need(&["CREATE_GUILD_EXPRESSIONS", "MANAGE_GUILD_EXPRESSIONS"])
            .more(
                "The bot requires create-guild-expressions if it added the emoji, and manage-guild-expressions if it did \
                 not.",
            )
            .params(&[path("guild_id", id(Guild), "Server"), path("emoji_id", id(Emoji), "Emoji to delete")]),
    ],
);
