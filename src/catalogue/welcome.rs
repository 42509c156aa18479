//! `dcord welcome`: the welcome screen and new member guide of a server.

use super::builder::*;
use super::types::{Noun, Param};
use crate::model::Entity::{Channel, Emoji, Guild};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "welcome",
    "Manage the welcome screen of a server",
    &[
        get(
            "get-screen",
            "get_guild_welcome_screen",
            "/guilds/{guild_id}/welcome-screen",
            "Show the welcome screen of a server",
        )
        .no_id()
        .columns(&["description", "welcome_channels"])
        .more("If the welcome screen is disabled, the bot requires manage-guild.")
        .alias(&["welcome get"])
        .params(&[path("guild_id", id(Guild), "Server")]),
        patch(
            "edit-screen",
            "update_guild_welcome_screen",
            "/guilds/{guild_id}/welcome-screen",
            "Edit the welcome screen of a server",
        )
        .reason()
        .effects(&[Outdates(Kind::Guild)])
        .no_id()
        .columns(&["description", "welcome_channels"])
        .needs(&["MANAGE_GUILD"])
        .more(
            "The new list of channels, at most five, replaces the old one. The --welcome-channel.* flags describe one \
             channel; repeat --welcome-channel.channel-id to start the next. --welcome-channels takes the whole list \
             as JSON.",
        )
        .examples(&["welcome edit-screen 'My Server' --enabled --description 'A place for makers' \
                     --welcome-channel.channel-id '#rules' --welcome-channel.description 'Read this first'"])
        .alias(&["welcome edit"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            body("description", TEXT, "Description of the server").range(0, 140).nullable(),
            body("welcome_channels", JSON, r#"Channels, as JSON: [{"channel_id":"ID","description":"…"},…]"#)
                .items(0, 5)
                .nullable(),
            body("enabled", BOOL, "Enable the welcome screen, or =false to disable it").nullable(),
        ])
        .with(&[WELCOME_CHANNEL]),
        get(
            "get-new-member",
            "get_guild_new_member_welcome",
            "/guilds/{guild_id}/new-member-welcome",
            "Show the guide for new members of a server",
        )
        .id("guild_id")
        .columns(&["guild_id", "enabled", "welcome_message.message", "new_member_actions"])
        .more("Discord returns nothing if the server has no guide.")
        .params(&[path("guild_id", id(Guild), "Server")]),
    ],
);

/// The flags that describe a channel. `--welcome-channels` takes channels as JSON.
static WELCOME_CHANNEL: &[Param] = &[
    local("welcome-channel.channel-id", "welcome_channels/0/channel_id", id(Channel), "Channel to show").needed(),
    local("welcome-channel.description", "welcome_channels/0/description", STRING, "Description of the channel")
        .range(1, 50)
        .needed(),
    local("welcome-channel.emoji-id", "welcome_channels/0/emoji_id", id(Emoji), "Custom emoji of the server"),
    local("welcome-channel.emoji-name", "welcome_channels/0/emoji_name", EMOJI_NAME, "Unicode emoji").max(LONG),
];
