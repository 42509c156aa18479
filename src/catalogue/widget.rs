//! `dcord widget`: the widget of a server, which websites can embed.

use super::builder::*;
use super::types::{Auth, Choice, Noun};
use crate::model::Entity::{Channel, Guild};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "widget",
    "Manage the widget of a server, which websites can embed",
    &[
        get(
            "get-settings",
            "get_guild_widget_settings",
            "/guilds/{guild_id}/widget",
            "Show the widget settings of a server",
        )
        .no_id()
        .columns(&["enabled", "channel_id"])
        .needs(&["MANAGE_GUILD"])
        .params(&[path("guild_id", id(Guild), "Server")]),
        patch(
            "edit-settings",
            "update_guild_widget_settings",
            "/guilds/{guild_id}/widget",
            "Enable or disable the widget of a server",
        )
        .reason()
        .effects(&[Outdates(Kind::Guild)])
        .no_id()
        .columns(&["enabled", "channel_id"])
        .needs(&["MANAGE_GUILD"])
        .more("Anyone can read the widget without a token, and it shows which members are online.")
        .examples(&[
            "widget edit-settings 'My Server' --enabled --channel-id '#welcome'",
            "widget edit-settings 'My Server' --enabled=false",
        ])
        .alias(&["widget edit"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            body("channel_id", id(Channel), "Channel that the widget's invite leads to; --unset channel_id for none")
                .nullable(),
            body("enabled", BOOL, "Enable the widget, or =false to disable it").nullable(),
        ]),
        get(
            "get",
            "get_guild_widget",
            "/guilds/{guild_id}/widget.json",
            "Show the widget of a server: its channels and who is online",
        )
        .auth(Auth::None)
        .columns(&["id", "name", "presence_count", "instant_invite"])
        .more("The widget must be enabled. For privacy, Discord replaces the ids and avatars of members.")
        .params(&[path("guild_id", id(Guild), "Server")]),
        get(
            "get-image",
            "get_guild_widget_png",
            "/guilds/{guild_id}/widget.png",
            "Get the widget of a server as a PNG picture",
        )
        .auth(Auth::None)
        .no_id()
        .answers("image/png")
        .more("The widget must be enabled.")
        .examples(&["widget get-image 'My Server' --style banner2 > banner.png"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            query("style", one_of(STYLES), "Style of the picture [default: shield]"),
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
