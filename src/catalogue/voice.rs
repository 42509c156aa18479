//! `dcord voice`: voice states, and speakers on a stage.

use super::builder::*;
use super::types::Noun;
use crate::model::Entity::{Channel, Guild, User};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "voice",
    "Show voice states, and let users speak on a stage",
    &[
        get("get", "get_voice_state", "/guilds/{guild_id}/voice-states/{user_id}", "Show the voice state of a user")
            .effects(&[One(Kind::VoiceState)])
            .id("user_id")
            .columns(&["user_id", "channel_id", "mute", "deaf", "suppress"])
            .more(
                "The voice state contains the voice channel and whether the user is muted or deafened. The bot must \
                 be able to connect to that channel. Exits with status 6 if the user is not in a voice channel.",
            )
            .params(&[path("guild_id", id(Guild), "Server"), path("user_id", id(User), "User")]),
        get("get-me", "get_self_voice_state", "/guilds/{guild_id}/voice-states/@me", "Show the voice state of the bot")
            .effects(&[One(Kind::VoiceState)])
            .id("user_id")
            .columns(&["user_id", "channel_id", "mute", "deaf", "suppress"])
            .more("Exits with status 6 if the bot is not in a voice channel.")
            .params(&[path("guild_id", id(Guild), "Server")]),
        patch(
            "edit",
            "update_voice_state",
            "/guilds/{guild_id}/voice-states/{user_id}",
            "Let a user speak on a stage, or move them to the audience",
        )
        .action("Change the voice state of {user_id} in {guild_id}")
        .effects(&[Outdates(Kind::VoiceState)])
        .no_id()
        .needs(&["MUTE_MEMBERS"])
        .more(
            "The user must be connected to the stage channel. To mute, deafen or move a member, use `dcord member \
             edit`.",
        )
        .examples(&["voice edit 'My Server' @alice --channel-id '#town-hall' --suppress=false"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("user_id", id(User), "User"),
            body("suppress", BOOL, "Move the user to the audience, or =false to let them speak").nullable(),
            body("channel_id", id(Channel), "Stage channel that the user is connected to").nullable(),
        ]),
        patch(
            "edit-me",
            "update_self_voice_state",
            "/guilds/{guild_id}/voice-states/@me",
            "Speak, ask to speak or join the audience on a stage",
        )
        .action("Change the bot's voice state in {guild_id}")
        .effects(&[Outdates(Kind::VoiceState)])
        .no_id()
        .may_need(&["MUTE_MEMBERS", "REQUEST_TO_SPEAK"])
        .more(
            "The bot must be connected to the stage channel. Speaking (--suppress=false) requires mute-members, and \
             asking to speak requires request-to-speak.",
        )
        .examples(&[
            "voice edit-me 'My Server' --suppress=false",
            "voice edit-me 'My Server' --request-to-speak-timestamp now",
            "voice edit-me 'My Server' --unset request_to_speak_timestamp",
        ])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            body("request_to_speak_timestamp", TIME, "Time of the request to speak: now or later").nullable(),
            body("suppress", BOOL, "Join the audience, or =false to speak").nullable(),
            body("channel_id", id(Channel), "Stage channel that the bot is connected to").nullable(),
        ]),
        get("list-regions", "list_voice_regions", "/voice/regions", "List the voice regions")
            .list()
            .columns(&["id", "name", "optimal", "deprecated"])
            .more("To set the region of a voice channel, use `dcord channel edit CHANNEL --rtc-region ID`.")
            .examples(&["voice list-regions -o id"]),
    ],
);
