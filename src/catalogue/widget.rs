//! `dcord widget`: what a server shows on websites.

use super::builder::*;
use super::types::{Auth, Choice, Noun};
use crate::model::Entity::{Channel, Guild};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "widget",
    "Manage what a server shows on websites",
    &[
        get(
            "get-settings",
            "get_guild_widget_settings",
            "/guilds/{guild_id}/widget",
            "Show whether a server has a widget",
        )
        .no_id()
        .columns(&["enabled", "channel_id"])
        .needs(&["MANAGE_GUILD"])
        .params(&[path("guild_id", id(Guild), "Server in question")]),
        patch(
            "edit-settings",
            "update_guild_widget_settings",
            "/guilds/{guild_id}/widget",
            "Switch a server's widget on or off",
        )
        .reason()
        .effects(&[Outdates(Kind::Guild)])
        .no_id()
        .columns(&["enabled", "channel_id"])
        .needs(&["MANAGE_GUILD"])
        .more("The widget shows who is online to everybody, without any token.")
        .examples(&[
            "widget edit-settings 111111111111111111 --enabled --channel-id '#welcome'",
            "widget edit-settings 111111111111111111 --enabled=false",
        ])
        .alias(&["widget edit"])
        .params(&[
            path("guild_id", id(Guild), "Server in question"),
            body("channel_id", id(Channel), "Invite people to this channel (none: no invite)").nullable(),
            body("enabled", BOOL, "Switch the widget on or off").nullable(),
        ]),
        get(
            "get",
            "get_guild_widget",
            "/guilds/{guild_id}/widget.json",
            "Show a server's widget: channels and who is online",
        )
        .auth(Auth::None)
        .columns(&["id", "name", "presence_count", "instant_invite"])
        .more(
            "The server must have the widget switched on. Ids and pictures of members are replaced by \
             others, for their privacy.",
        )
        .params(&[path("guild_id", id(Guild), "Server in question")]),
        get(
            "get-image",
            "get_guild_widget_png",
            "/guilds/{guild_id}/widget.png",
            "Get a server's widget as a PNG picture",
        )
        .auth(Auth::None)
        .no_id()
        .answers("image/png")
        .more("The server must have the widget switched on.")
        .examples(&["widget get-image 111111111111111111 --style banner2 > banner.png"])
        .params(&[
            path("guild_id", id(Guild), "Server in question"),
            query("style", one_of(STYLES), "Draw it in this style [default: shield]"),
        ]),
    ],
);

/// "Widget Style Options".
static STYLES: &[Choice] = &[
    s("shield", "shield"),
    s("banner1", "banner1"),
    s("banner2", "banner2"),
    s("banner3", "banner3"),
    s("banner4", "banner4"),
];
