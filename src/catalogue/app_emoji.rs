//! `dcord app-emoji`: the emojis that an application owns.

use super::builder::*;
use super::types::Noun;
use crate::model::Entity::{Application, Emoji};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "app-emoji",
    "Manage the emojis that an app owns and may use everywhere",
    &[
        get("list", "list_application_emojis", "/applications/{application_id}/emojis", "List the emojis of an app")
            .effects(&[All(Kind::Emoji)])
            .items("items")
            .columns(&["id", "name", "animated", "user.username"])
            .examples(&["app-emoji list --jq '\"\\(.id) \\(.name)\"'"])
            .params(&[path("application_id", id(Application), "App that owns them")]),
        get(
            "get",
            "get_application_emoji",
            "/applications/{application_id}/emojis/{emoji_id}",
            "Show an emoji of an app",
        )
        .effects(&[One(Kind::Emoji)])
        .columns(&["id", "name", "animated", "user.username"])
        .params(&[
            path("application_id", id(Application), "App that owns it"),
            path("emoji_id", id(Emoji), "Emoji to show"),
        ]),
        post("create", "create_application_emoji", "/applications/{application_id}/emojis", "Add an emoji to an app")
            .effects(&[One(Kind::Emoji)])
            .columns(&["id", "name", "animated"])
            .more(
                "An app can own 2000 emojis. It may use them in every server and in direct messages, without \
                 the USE_EXTERNAL_EMOJIS permission; nobody else can. The picture may have 256 KiB.",
            )
            .examples(&["app-emoji create --name deployed --image deployed.png"])
            .params(&[
                path("application_id", id(Application), "App to add it to"),
                body("name", STRING, "Name it: letters, digits and underscores").range(2, 32).required(),
                body("image", EMOJI_IMAGE, "Use this picture, best 128 by 128 pixels, 256 KiB at most").required(),
            ]),
        patch(
            "edit",
            "update_application_emoji",
            "/applications/{application_id}/emojis/{emoji_id}",
            "Rename an emoji of an app",
        )
        .effects(&[One(Kind::Emoji)])
        .columns(&["id", "name", "animated"])
        .examples(&["app-emoji edit 777777777777777777 --name shipped"])
        .alias(&["app-emoji rename"])
        .params(&[
            path("application_id", id(Application), "App that owns it"),
            path("emoji_id", id(Emoji), "Emoji to rename"),
            body("name", STRING, "Give it this name: letters, digits and underscores").range(2, 32),
        ]),
        delete(
            "delete",
            "delete_application_emoji",
            "/applications/{application_id}/emojis/{emoji_id}",
            "Delete an emoji of an app",
        )
        .destructive()
        .effects(&[Deletes(Kind::Emoji)])
        .no_id()
        .params(&[
            path("application_id", id(Application), "App that owns it"),
            path("emoji_id", id(Emoji), "Emoji to delete"),
        ]),
    ],
);
