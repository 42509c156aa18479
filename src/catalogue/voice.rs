//! `dcord voice`: who is connected to voice, and speakers on a stage.

use super::builder::*;
use super::types::Noun;
use crate::model::Entity::{Channel, Guild, User};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "voice",
    "See who is in voice, and let people speak on a stage",
    &[
        get(
            "get",
            "get_voice_state",
            "/guilds/{guild_id}/voice-states/{user_id}",
            "Show in which voice channel a user is, and how",
        )
        .effects(&[One(Kind::VoiceState)])
        .id("user_id")
        .columns(&["user_id", "channel_id", "mute", "deaf", "suppress"])
        .more(
            "The bot must be allowed to connect to the channel. Somebody who is not in voice is not found: \
             exit status 6.",
        )
        .params(&[path("guild_id", id(Guild), "Server in question"), path("user_id", id(User), "User in question")]),
        get(
            "get-me",
            "get_self_voice_state",
            "/guilds/{guild_id}/voice-states/@me",
            "Show in which voice channel the bot is, and how",
        )
        .effects(&[One(Kind::VoiceState)])
        .id("user_id")
        .columns(&["user_id", "channel_id", "mute", "deaf", "suppress"])
        .more("A bot that is in no voice channel is not found: exit status 6.")
        .params(&[path("guild_id", id(Guild), "Server in question")]),
        patch(
            "edit",
            "update_voice_state",
            "/guilds/{guild_id}/voice-states/{user_id}",
            "Let a user speak on a stage, or listen",
        )
        .effects(&[Outdates(Kind::VoiceState)])
        .no_id()
        .needs(&["MUTE_MEMBERS"])
        .more(
            "Works only in a stage channel that the user is connected to. To mute, deafen or move people, \
             see `dcord member edit`.",
        )
        .examples(&["voice edit 111111111111111111 999999999999999999 --channel-id '#stage' --suppress=false"])
        .params(&[
            path("guild_id", id(Guild), "Server in question"),
            path("user_id", id(User), "User in question"),
            body("suppress", BOOL, "Let them listen (true) or speak (false)").nullable(),
            body("channel_id", id(Channel), "Stage channel that the user is in").nullable(),
        ]),
        patch(
            "edit-me",
            "update_self_voice_state",
            "/guilds/{guild_id}/voice-states/@me",
            "Speak, ask to speak, or step back on a stage",
        )
        .effects(&[Outdates(Kind::VoiceState)])
        .no_id()
        .more(
            "Works only in a stage channel that the bot is connected to. Making oneself a speaker \
             (--suppress=false) needs MUTE_MEMBERS, asking to speak needs REQUEST_TO_SPEAK; stepping back \
             and taking the question back need nothing.",
        )
        .examples(&[
            "voice edit-me 111111111111111111 --suppress=false",
            "voice edit-me 111111111111111111 --request-to-speak-timestamp now",
            "voice edit-me 111111111111111111 --unset request_to_speak_timestamp",
        ])
        .params(&[
            path("guild_id", id(Guild), "Server in question"),
            body("request_to_speak_timestamp", TIME, "Ask to speak, as of now or a later time").nullable(),
            body("suppress", BOOL, "Listen (true) or speak (false)").nullable(),
            body("channel_id", id(Channel), "Stage channel that the bot is in").nullable(),
        ]),
        get(
            "list-regions",
            "list_voice_regions",
            "/voice/regions",
            "List the regions that voice channels can be served from",
        )
        .list()
        .columns(&["id", "name", "optimal", "deprecated"])
        .more("`dcord channel edit CHANNEL --rtc-region ID` takes such an id.")
        .examples(&["voice list-regions -o id"]),
    ],
);
