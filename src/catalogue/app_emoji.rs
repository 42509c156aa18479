//! `dcord app-emoji`: the emojis that an application owns.

use super::builder::*;
use super::types::Noun;
use crate::model::Entity::{Application, Emoji};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "app-emoji",
    "Manage the emojis of an app, which it can use in every server",
    &[
        get("list", "list_application_emojis", "/applications/{application_id}/emojis", "List the emojis of an app")
            .effects(&[All(Kind::Emoji)])
            .items("items")
            .columns(&["id", "name", "animated", "user.username"])
            .examples(&["app-emoji list --jq '\"\\(.id) \\(.name)\"'"])
            .params(&[path("application_id", id(Application), "App")]),
        get(
            "get",
            "get_application_emoji",
            "/applications/{application_id}/emojis/{emoji_id}",
            "Show an emoji of an app",
        )
        .effects(&[One(Kind::Emoji)])
        .columns(&["id", "name", "animated", "user.username"])
        .params(&[path("application_id", id(Application), "App"), path("emoji_id", id(Emoji), "Emoji to show")]),
        post("create", "create_application_emoji", "/applications/{application_id}/emojis", "Add an emoji to an app")
            .effects(&[One(Kind::Emoji)])
            .columns(&["id", "name", "animated"])
            .more(
                "An app can have 2000 emojis. Only the app can use them, in every server and in direct messages, \
                 without the permission use-external-emojis. The picture can be up to 256 KiB.",
            )
            .examples(&["app-emoji create deployed deployed.png"])
            .params(&[
                path("application_id", id(Application), "App"),
                body("name", STRING, "Name: letters, digits and underscores").positional().range(2, 32).required(),
                body("image", EMOJI_IMAGE, "Path of a picture, up to 256 KiB; 128 by 128 pixels is best")
                    .positional()
                    .required(),
            ]),
        patch(
            "edit",
            "update_application_emoji",
            "/applications/{application_id}/emojis/{emoji_id}",
            "Rename an emoji of an app",
        )
        .effects(&[One(Kind::Emoji)])
        .columns(&["id", "name", "animated"])
        .examples(&["app-emoji edit :deployed: --name shipped"])
        .alias(&["app-emoji rename"])
        .params(&[
            path("application_id", id(Application), "App"),
            path("emoji_id", id(Emoji), "Emoji to rename"),
            body("name", STRING, "New name: letters, digits and underscores").range(2, 32),
        ]),
        delete(
            "delete",
            "delete_application_emoji",
            "/applications/{application_id}/emojis/{emoji_id}",
            "Delete an emoji of an app",
        )
        .action("Delete emoji {emoji_id} of the app")
        .destructive()
        .effects(&[Deletes(Kind::Emoji)])
        .no_id()
        .params(&[path("application_id", id(Application), "App"), path("emoji_id", id(Emoji), "Emoji to delete")]),
    ],
);
