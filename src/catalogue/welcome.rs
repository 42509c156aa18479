//! `dcord welcome`: what a server shows to people who have just joined.

use super::builder::*;
use super::types::{Noun, Param};
use crate::model::Entity::{Channel, Emoji, Guild};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "welcome",
    "Manage what a server shows to people who join",
    &[
        get(
            "get-screen",
            "get_guild_welcome_screen",
            "/guilds/{guild_id}/welcome-screen",
            "Show a server's welcome screen",
        )
        .no_id()
        .columns(&["description", "welcome_channels"])
        .more("While the screen is off, it needs MANAGE_GUILD.")
        .alias(&["welcome get"])
        .params(&[path("guild_id", id(Guild), "Server in question")]),
        patch(
            "edit-screen",
            "update_guild_welcome_screen",
            "/guilds/{guild_id}/welcome-screen",
            "Change a server's welcome screen",
        )
        .reason()
        .effects(&[Outdates(Kind::Guild)])
        .no_id()
        .columns(&["description", "welcome_channels"])
        .needs(&["MANAGE_GUILD"])
        .more(
            "The list of channels is replaced whole. The --welcome-channel flags describe one; \
             --welcome-channels takes five.",
        )
        .examples(&["welcome edit-screen 111111111111111111 --enabled --description 'A place for makers' \
         --welcome-channel.channel-id '#rules' --welcome-channel.description 'Read this first'"])
        .alias(&["welcome edit"])
        .params(&[
            path("guild_id", id(Guild), "Server in question"),
            body("description", TEXT, "Describe the server").range(0, 140).nullable(),
            body("welcome_channels", JSON, r#"Show these channels: [{"channel_id":"ID","description":"…"},…]"#)
                .items(0, 5)
                .nullable(),
            body("enabled", BOOL, "Switch the screen on or off").nullable(),
        ])
        .with(&[WELCOME_CHANNEL]),
        get(
            "get-new-member",
            "get_guild_new_member_welcome",
            "/guilds/{guild_id}/new-member-welcome",
            "Show a server's guide for new members",
        )
        .id("guild_id")
        .columns(&["guild_id", "enabled", "welcome_message.message", "new_member_actions"])
        .more("A server without a guide answers with nothing.")
        .params(&[path("guild_id", id(Guild), "Server in question")]),
    ],
);

/// One channel, flag by flag. `--welcome-channels` takes several as JSON.
static WELCOME_CHANNEL: &[Param] = &[
    local("welcome-channel.channel-id", "welcome_channels/0/channel_id", id(Channel), "Show this channel").needed(),
    local("welcome-channel.description", "welcome_channels/0/description", STRING, "Describe the channel")
        .range(1, 50)
        .needed(),
    local(
        "welcome-channel.emoji-id",
        "welcome_channels/0/emoji_id",
        id(Emoji),
        "Show this emoji of the server with it",
    ),
    local("welcome-channel.emoji-name", "welcome_channels/0/emoji_name", EMOJI_NAME, "Show this Unicode emoji with it")
        .max(LONG),
];
