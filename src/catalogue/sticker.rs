//! `dcord sticker`: the custom stickers of a server, and Discord's sticker packs.

use super::builder::*;
use super::groups::filename;
use super::types::{Auth, Noun};
use crate::model::Entity::{Guild, Sticker, StickerPack};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "sticker",
    "Manage the custom stickers of a server, and list Discord's",
    &[
        get("list", "list_guild_stickers", "/guilds/{guild_id}/stickers", "List the stickers of a server")
            .effects(&[All(Kind::Sticker)])
            .list()
            .columns(&["id", "name", "tags", "format_type", "available"])
            .more(
                "The list shows who added each sticker only if the bot has create-guild-expressions or \
                 manage-guild-expressions.",
            )
            .alias(&["guild stickers"])
            .params(&[path("guild_id", id(Guild), "Server")]),
        get("get", "get_sticker", "/stickers/{sticker_id}", "Show a sticker of any server or of Discord")
            .effects(&[One(Kind::Sticker)])
            .columns(&["id", "name", "tags", "format_type", "guild_id"])
            .params(&[path("sticker_id", id(Sticker), "Sticker to show")]),
        get(
            "get-in-guild",
            "get_guild_sticker",
            "/guilds/{guild_id}/stickers/{sticker_id}",
            "Show a sticker of a server, with the user who added it",
        )
        .effects(&[One(Kind::Sticker)])
        .columns(&["id", "name", "tags", "format_type", "user.username"])
        .more(
            "Discord shows who added the sticker only if the bot has create-guild-expressions or \
                 manage-guild-expressions.",
        )
        .params(&[path("guild_id", id(Guild), "Server"), path("sticker_id", id(Sticker), "Sticker to show")]),
        post("create", "create_guild_sticker", "/guilds/{guild_id}/stickers", "Add a sticker to a server")
            .reason()
            .effects(&[One(Kind::Sticker)])
            .columns(&["id", "name", "tags", "format_type"])
            .needs(&["CREATE_GUILD_EXPRESSIONS"])
            .more(
                "A sticker is 320 by 320 pixels and, if animated, at most 5 seconds long. Only verified and \
                 partnered servers can upload Lottie files. A server can have five stickers, or more if it is \
                 boosted.",
            )
            .examples(&["sticker create 'My Server' wave wave.png --tags wave"])
            .params(&[
                path("guild_id", id(Guild), "Server"),
                form("name", STRING, "Name of the sticker").positional().range(2, 30).required(),
                form("tags", STRING, "Words, or the name of an emoji, that make Discord suggest the sticker")
                    .range(1, 200)
                    .required(),
                form("description", STRING, "Description (empty, or 2 to 100 characters)").range(0, 100),
                file("file", "Path of a PNG, APNG, GIF or Lottie file, at most 512 KiB").positional().required(),
            ])
            .with(&[&[filename("file")]]),
        patch(
            "edit",
            "update_guild_sticker",
            "/guilds/{guild_id}/stickers/{sticker_id}",
            "Edit the name, description or tags of a sticker",
        )
        .reason()
        .effects(&[One(Kind::Sticker)])
        .columns(&["id", "name", "tags", "description"])
        .may_need(&["CREATE_GUILD_EXPRESSIONS", "MANAGE_GUILD_EXPRESSIONS"])
        .more(
            "The bot requires create-guild-expressions if it added the sticker, and manage-guild-expressions if it did \
             not.",
        )
        .examples(&["sticker edit 'My Server' Wave --description 'A waving hand' --tags hello"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("sticker_id", id(Sticker), "Sticker to edit"),
            body("name", STRING, "New name").range(2, 30),
            body("tags", STRING, "Words, or the name of an emoji, that make Discord suggest the sticker").range(1, 200),
            body("description", STRING, "Description (2 to 100 characters)").range(0, 100).nullable(),
        ]),
        delete(
            "delete",
            "delete_guild_sticker",
            "/guilds/{guild_id}/stickers/{sticker_id}",
            "Delete a sticker of a server",
        )
        .action("Delete sticker {sticker_id} in {guild_id}")
        .reason()
        .destructive()
        .effects(&[Deletes(Kind::Sticker)])
        .no_id()
        .may_need(&["CREATE_GUILD_EXPRESSIONS", "MANAGE_GUILD_EXPRESSIONS"])
        .more(
            "The bot requires create-guild-expressions if it added the sticker, and manage-guild-expressions if it did \
             not.",
        )
        .params(&[path("guild_id", id(Guild), "Server"), path("sticker_id", id(Sticker), "Sticker to delete")]),
        get("list-packs", "list_sticker_packs", "/sticker-packs", "List Discord's sticker packs")
            .auth(Auth::None)
            .items("sticker_packs")
            .columns(&["id", "name", "description"]),
        get("get-pack", "get_sticker_pack", "/sticker-packs/{pack_id}", "Show a sticker pack of Discord")
            .columns(&["id", "name", "description"])
            .more("`dcord sticker list-packs` prints the packs with their ids.")
            .params(&[path("pack_id", id(StickerPack), "Sticker pack")]),
    ],
);
