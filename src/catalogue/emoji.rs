//! `dcord emoji`: a server's own emojis.

use super::builder::*;
use super::types::Noun;
use crate::model::Entity::{Emoji, Guild, Role};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "emoji",
    "Manage a server's own emojis",
    &[
        get("list", "list_guild_emojis", "/guilds/{guild_id}/emojis", "List the emojis of a server")
            .effects(&[All(Kind::Emoji)])
            .list()
            .columns(&["id", "name", "animated", "available", "user.username"])
            .more("Who added them is shown with CREATE_GUILD_EXPRESSIONS or MANAGE_GUILD_EXPRESSIONS only.")
            .examples(&["emoji list 111111111111111111 --jq .name"])
            .alias(&["guild emojis"])
            .params(&[path("guild_id", id(Guild), "Server whose emojis to list")]),
        get("get", "get_guild_emoji", "/guilds/{guild_id}/emojis/{emoji_id}", "Show an emoji of a server")
            .effects(&[One(Kind::Emoji)])
            .columns(&["id", "name", "animated", "available", "user.username"])
            .more(
                "Who added it is shown with MANAGE_GUILD_EXPRESSIONS, or with CREATE_GUILD_EXPRESSIONS if it \
                 was the bot.",
            )
            .params(&[path("guild_id", id(Guild), "Server that has it"), path("emoji_id", id(Emoji), "Emoji to show")]),
        post("create", "create_guild_emoji", "/guilds/{guild_id}/emojis", "Add an emoji to a server")
            .reason()
            .effects(&[One(Kind::Emoji)])
            .columns(&["id", "name", "animated"])
            .needs(&["CREATE_GUILD_EXPRESSIONS"])
            .more(
                "The picture may have 256 KiB. Discord limits these requests by server and does not say \
                 beforehand when it will refuse one.",
            )
            .examples(&["emoji create 111111111111111111 --name party --image party.gif"])
            .params(&[
                path("guild_id", id(Guild), "Server to add it to"),
                body("name", STRING, "Name it: letters, digits and underscores").range(2, 32).required(),
                body("image", EMOJI_IMAGE, "Use this picture, best 128 by 128 pixels, 256 KiB at most").required(),
                body("roles", id(Role), "Keep it for members with this role")
                    .repeated()
                    .unique()
                    .items(0, 1521)
                    .nullable(),
            ]),
        patch(
            "edit",
            "update_guild_emoji",
            "/guilds/{guild_id}/emojis/{emoji_id}",
            "Rename an emoji or keep it for roles",
        )
        .reason()
        .effects(&[One(Kind::Emoji)])
        .columns(&["id", "name", "roles"])
        .more(
            "An emoji that the bot added needs CREATE_GUILD_EXPRESSIONS; others need \
             MANAGE_GUILD_EXPRESSIONS.",
        )
        .examples(&[
            "emoji edit 111111111111111111 :blob: --name party_blob",
            "emoji edit 111111111111111111 :blob: --roles @helpers",
        ])
        .alias(&["emoji rename"])
        .params(&[
            path("guild_id", id(Guild), "Server that has it"),
            path("emoji_id", id(Emoji), "Emoji to change"),
            body("name", STRING, "Give it this name: letters, digits and underscores").range(2, 32),
            body("roles", id(Role), "Keep it for members with this role").repeated().unique().items(0, 1521).nullable(),
        ]),
        delete("delete", "delete_guild_emoji", "/guilds/{guild_id}/emojis/{emoji_id}", "Delete an emoji of a server")
            .reason()
            .destructive()
            .effects(&[Deletes(Kind::Emoji)])
            .no_id()
            .more(
                "An emoji that the bot added needs CREATE_GUILD_EXPRESSIONS; others need \
                 MANAGE_GUILD_EXPRESSIONS.",
            )
            .params(&[
                path("guild_id", id(Guild), "Server that has it"),
                path("emoji_id", id(Emoji), "Emoji to delete"),
            ]),
    ],
);
