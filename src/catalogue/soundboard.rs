//! `dcord soundboard`: soundboard sounds.

use super::builder::*;
use super::types::Noun;
use crate::model::Entity::{Channel, Emoji, Guild, Sound};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "soundboard",
    "Manage and play soundboard sounds",
    &[
        get(
            "list",
            "list_guild_soundboard_sounds",
            "/guilds/{guild_id}/soundboard-sounds",
            "List the soundboard sounds of a server",
        )
        .effects(&[All(Kind::Sound)])
        .items("items")
        .id("sound_id")
        .columns(&["sound_id", "name", "emoji_name", "volume", "available"])
        .more(
            "Discord includes the user who added each sound only if the bot has create-guild-expressions or \
             manage-guild-expressions.",
        )
        .alias(&["guild sounds"])
        .params(&[path("guild_id", id(Guild), "Server")]),
        get(
            "list-defaults",
            "get_soundboard_default_sounds",
            "/soundboard-default-sounds",
            "List the default sounds, which everyone can play",
        )
        .list()
        .id("sound_id")
        .columns(&["sound_id", "name", "emoji_name", "volume"]),
        get(
            "get",
            "get_guild_soundboard_sound",
            "/guilds/{guild_id}/soundboard-sounds/{sound_id}",
            "Show a soundboard sound of a server",
        )
        .effects(&[One(Kind::Sound)])
        .id("sound_id")
        .columns(&["sound_id", "name", "emoji_name", "volume", "available"])
        .more(
            "Discord includes the user who added the sound only if the bot has create-guild-expressions or \
             manage-guild-expressions.",
        )
        .params(&[path("guild_id", id(Guild), "Server"), path("sound_id", id(Sound), "Sound to show")]),
        post(
            "play",
            "send_soundboard_sound",
            "/channels/{channel_id}/send-soundboard-sound",
            "Play a soundboard sound in a voice channel",
        )
        .action("Play sound {sound_id} in {channel_id}")
        .no_effect("playing a sound changes no object")
        .no_id()
        .needs(&["SPEAK", "USE_SOUNDBOARD"])
        .more(
            "The bot must be connected to the channel and must not be muted or deafened there. A sound of another \
             server needs --source-guild-id and use-external-sounds. `dcord soundboard list` prints the sounds of a \
             server, and `dcord soundboard list-defaults` prints the default sounds.",
        )
        .examples(&["soundboard play '#lounge' Drums"])
        .alias(&["soundboard send"])
        .params(&[
            path("channel_id", id(Channel), "Voice channel"),
            body("sound_id", id(Sound), "Sound to play").positional().required(),
            body("source_guild_id", id(Guild), "Server of the sound, if it is not the channel's server").nullable(),
        ]),
        post(
            "create",
            "create_guild_soundboard_sound",
            "/guilds/{guild_id}/soundboard-sounds",
            "Add a soundboard sound to a server",
        )
        .reason()
        .effects(&[One(Kind::Sound)])
        .id("sound_id")
        .columns(&["sound_id", "name", "emoji_name", "volume"])
        .needs(&["CREATE_GUILD_EXPRESSIONS"])
        .examples(&["soundboard create 'My Server' airhorn airhorn.mp3 --emoji-name 📣"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            body("name", STRING, "Name of the sound").positional().range(2, 32).required(),
            body("sound", SOUND, "Path of an MP3 or Ogg file, at most 512 KB and 5.2 seconds").positional().required(),
            body("volume", NUM, "Volume [default: 1]").range(0, 1).nullable(),
            body("emoji_id", id(Emoji), "Custom emoji of the server").nullable(),
            body("emoji_name", EMOJI_NAME, "Unicode emoji").range(1, 32).nullable(),
        ]),
        patch(
            "edit",
            "update_guild_soundboard_sound",
            "/guilds/{guild_id}/soundboard-sounds/{sound_id}",
            "Edit the name, volume or emoji of a soundboard sound",
        )
        .reason()
        .effects(&[One(Kind::Sound)])
        .id("sound_id")
        .columns(&["sound_id", "name", "emoji_name", "volume"])
        .may_need(&["CREATE_GUILD_EXPRESSIONS", "MANAGE_GUILD_EXPRESSIONS"])
        .more(
            "The bot requires create-guild-expressions for a sound that it added, and manage-guild-expressions for \
             other sounds.",
        )
        .examples(&["soundboard edit 'My Server' Drums --name 'Long drums' --volume 0.5"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("sound_id", id(Sound), "Sound to edit"),
            body("name", STRING, "New name").range(2, 32),
            body("volume", NUM, "Volume").range(0, 1).nullable(),
            body("emoji_id", id(Emoji), "Custom emoji of the server").nullable(),
            body("emoji_name", EMOJI_NAME, "Unicode emoji").range(1, 32).nullable(),
        ]),
        delete(
            "delete",
            "delete_guild_soundboard_sound",
            "/guilds/{guild_id}/soundboard-sounds/{sound_id}",
            "Delete a soundboard sound of a server",
        )
        .action("Delete sound {sound_id} in {guild_id}")
        .reason()
        .destructive()
        .effects(&[Deletes(Kind::Sound)])
        .no_id()
        .may_need(&["CREATE_GUILD_EXPRESSIONS", "MANAGE_GUILD_EXPRESSIONS"])
        .more(
            "The bot requires create-guild-expressions for a sound that it added, and manage-guild-expressions for \
             other sounds.",
        )
        .params(&[path("guild_id", id(Guild), "Server"), path("sound_id", id(Sound), "Sound to delete")]),
    ],
);
