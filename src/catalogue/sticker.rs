//! `dcord sticker`: a server's own stickers, and Discord's.

use super::builder::*;
use super::groups::filename;
use super::types::{Auth, Noun};
use crate::model::Entity::{Guild, Sticker, StickerPack};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "sticker",
    "Manage a server's own stickers, and see Discord's",
    &[
        get("list", "list_guild_stickers", "/guilds/{guild_id}/stickers", "List the stickers of a server")
            .effects(&[All(Kind::Sticker)])
            .list()
            .columns(&["id", "name", "tags", "format_type", "available"])
            .more("Who added them is shown with CREATE_GUILD_EXPRESSIONS or MANAGE_GUILD_EXPRESSIONS only.")
            .alias(&["guild stickers"])
            .params(&[path("guild_id", id(Guild), "Server whose stickers to list")]),
        get("get", "get_sticker", "/stickers/{sticker_id}", "Show any sticker")
            .effects(&[One(Kind::Sticker)])
            .columns(&["id", "name", "tags", "format_type", "guild_id"])
            .params(&[path("sticker_id", id(Sticker), "Sticker to show")]),
        get(
            "get-in-guild",
            "get_guild_sticker",
            "/guilds/{guild_id}/stickers/{sticker_id}",
            "Show a sticker of a server",
        )
        .effects(&[One(Kind::Sticker)])
        .columns(&["id", "name", "tags", "format_type", "user.username"])
        .more(
            "Unlike `dcord sticker get`, it shows who added the sticker, with CREATE_GUILD_EXPRESSIONS or \
             MANAGE_GUILD_EXPRESSIONS.",
        )
        .params(&[
            path("guild_id", id(Guild), "Server that has it"),
            path("sticker_id", id(Sticker), "Sticker to show"),
        ]),
        post("create", "create_guild_sticker", "/guilds/{guild_id}/stickers", "Add a sticker to a server")
            .reason()
            .effects(&[One(Kind::Sticker)])
            .columns(&["id", "name", "tags", "format_type"])
            .needs(&["CREATE_GUILD_EXPRESSIONS"])
            .more(
                "A sticker is 320 by 320 pixels and, if it moves, no longer than 5 seconds. Only verified and \
                 partnered servers may upload Lottie files. A server has room for five stickers, and for more \
                 when it is boosted.",
            )
            .examples(&["sticker create 111111111111111111 --name wave --tags wave --file wave.png"])
            .params(&[
                path("guild_id", id(Guild), "Server to add it to"),
                form("name", STRING, "Name the sticker").range(2, 30).required(),
                form("tags", STRING, "Suggest it for these words, or for this emoji's name").range(1, 200).required(),
                form("description", STRING, "Describe it (empty, or 2 to 100 characters)").range(0, 100),
                file("file", "Use this PNG, APNG, GIF or Lottie file, 512 KiB at most").required(),
            ])
            .with(&[&[filename("file")]]),
        patch(
            "edit",
            "update_guild_sticker",
            "/guilds/{guild_id}/stickers/{sticker_id}",
            "Change the name, description or tags of a sticker",
        )
        .reason()
        .effects(&[One(Kind::Sticker)])
        .columns(&["id", "name", "tags", "description"])
        .more(
            "A sticker that the bot added needs CREATE_GUILD_EXPRESSIONS; others need \
             MANAGE_GUILD_EXPRESSIONS.",
        )
        .examples(&["sticker edit 111111111111111111 Wave --description 'A hand that waves' --tags hello"])
        .params(&[
            path("guild_id", id(Guild), "Server that has it"),
            path("sticker_id", id(Sticker), "Sticker to change"),
            body("name", STRING, "Rename the sticker").range(2, 30),
            body("tags", STRING, "Suggest it for these words, or for this emoji's name").range(1, 200),
            body("description", STRING, "Describe it (2 to 100 characters)").range(0, 100).nullable(),
        ]),
        delete(
            "delete",
            "delete_guild_sticker",
            "/guilds/{guild_id}/stickers/{sticker_id}",
            "Delete a sticker of a server",
        )
        .reason()
        .destructive()
        .effects(&[Deletes(Kind::Sticker)])
        .no_id()
        .more(
            "A sticker that the bot added needs CREATE_GUILD_EXPRESSIONS; others need \
             MANAGE_GUILD_EXPRESSIONS.",
        )
        .params(&[
            path("guild_id", id(Guild), "Server that has it"),
            path("sticker_id", id(Sticker), "Sticker to delete"),
        ]),
        get("list-packs", "list_sticker_packs", "/sticker-packs", "List Discord's packs of stickers")
            .auth(Auth::None)
            .items("sticker_packs")
            .columns(&["id", "name", "description"]),
        get("get-pack", "get_sticker_pack", "/sticker-packs/{pack_id}", "Show a pack of Discord's stickers")
            .columns(&["id", "name", "description"])
            .more("`dcord sticker list-packs` shows the packs with their ids.")
            .params(&[path("pack_id", id(StickerPack), "Pack to show")]),
    ],
);
