//! `dcord soundboard`: short sounds to play in voice channels.

use super::builder::*;
use super::types::Noun;
use crate::model::Entity::{Channel, Emoji, Guild, Sound};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "soundboard",
    "Manage and play short sounds for voice channels",
    &[
        get(
            "list",
            "list_guild_soundboard_sounds",
            "/guilds/{guild_id}/soundboard-sounds",
            "List the sounds of a server",
        )
        .effects(&[All(Kind::Sound)])
        .items("items")
        .id("sound_id")
        .columns(&["sound_id", "name", "emoji_name", "volume", "available"])
        .more("Who added them is shown with CREATE_GUILD_EXPRESSIONS or MANAGE_GUILD_EXPRESSIONS only.")
        .alias(&["guild sounds"])
        .params(&[path("guild_id", id(Guild), "Server whose sounds to list")]),
        get(
            "list-defaults",
            "get_soundboard_default_sounds",
            "/soundboard-default-sounds",
            "List the sounds that everybody may play everywhere",
        )
        .list()
        .id("sound_id")
        .columns(&["sound_id", "name", "emoji_name", "volume"]),
        get(
            "get",
            "get_guild_soundboard_sound",
            "/guilds/{guild_id}/soundboard-sounds/{sound_id}",
            "Show a sound of a server",
        )
        .effects(&[One(Kind::Sound)])
        .id("sound_id")
        .columns(&["sound_id", "name", "emoji_name", "volume", "available"])
        .more("Who added it is shown with CREATE_GUILD_EXPRESSIONS or MANAGE_GUILD_EXPRESSIONS only.")
        .params(&[path("guild_id", id(Guild), "Server that has it"), path("sound_id", id(Sound), "Sound to show")]),
        post(
            "play",
            "send_soundboard_sound",
            "/channels/{channel_id}/send-soundboard-sound",
            "Play a sound in the voice channel that the bot is in",
        )
        .no_effect("playing a sound changes nothing")
        .no_id()
        .needs(&["SPEAK", "USE_SOUNDBOARD"])
        .more(
            "The bot must be connected to the channel, and neither deaf nor muted there. A sound of another \
             server needs --source-guild-id and the permission USE_EXTERNAL_SOUNDS. `dcord soundboard list` \
             shows the sounds of a server, `dcord soundboard list-defaults` those that are everywhere.",
        )
        .examples(&["soundboard play '#lounge' Drums"])
        .alias(&["soundboard send"])
        .params(&[
            path("channel_id", id(Channel), "Voice channel to play it in"),
            body("sound_id", id(Sound), "Play this sound").positional().required(),
            body("source_guild_id", id(Guild), "Server that has the sound, if it is another").nullable(),
        ]),
        post(
            "create",
            "create_guild_soundboard_sound",
            "/guilds/{guild_id}/soundboard-sounds",
            "Add a sound to a server",
        )
        .reason()
        .effects(&[One(Kind::Sound)])
        .id("sound_id")
        .columns(&["sound_id", "name", "emoji_name", "volume"])
        .needs(&["CREATE_GUILD_EXPRESSIONS"])
        .examples(&["soundboard create 111111111111111111 --name airhorn --sound airhorn.mp3 --emoji-name 📣"])
        .params(&[
            path("guild_id", id(Guild), "Server to add it to"),
            body("name", STRING, "Name the sound").range(2, 32).required(),
            body("sound", SOUND, "Use this MP3 or Ogg file: 512 KB and 5.2 seconds at most").required(),
            body("volume", NUM, "Play it this loud, from 0 to 1 [default: 1]").range(0, 1).nullable(),
            body("emoji_id", id(Emoji), "Show this emoji of the server with it").nullable(),
            body("emoji_name", EMOJI_NAME, "Show this Unicode emoji with it").range(1, 32).nullable(),
        ]),
        patch(
            "edit",
            "update_guild_soundboard_sound",
            "/guilds/{guild_id}/soundboard-sounds/{sound_id}",
            "Change the name, volume or emoji of a sound",
        )
        .reason()
        .effects(&[One(Kind::Sound)])
        .id("sound_id")
        .columns(&["sound_id", "name", "emoji_name", "volume"])
        .more(
            "A sound that the bot added needs CREATE_GUILD_EXPRESSIONS; others need \
             MANAGE_GUILD_EXPRESSIONS.",
        )
        .examples(&["soundboard edit 111111111111111111 Drums --name 'Long drums' --volume 0.5"])
        .params(&[
            path("guild_id", id(Guild), "Server that has it"),
            path("sound_id", id(Sound), "Sound to change"),
            body("name", STRING, "Rename the sound").range(2, 32),
            body("volume", NUM, "Play it this loud, from 0 to 1").range(0, 1).nullable(),
            body("emoji_id", id(Emoji), "Show this emoji of the server with it").nullable(),
            body("emoji_name", EMOJI_NAME, "Show this Unicode emoji with it").range(1, 32).nullable(),
        ]),
        delete(
            "delete",
            "delete_guild_soundboard_sound",
            "/guilds/{guild_id}/soundboard-sounds/{sound_id}",
            "Delete a sound of a server",
        )
        .reason()
        .destructive()
        .effects(&[Deletes(Kind::Sound)])
        .no_id()
        .more(
            "A sound that the bot added needs CREATE_GUILD_EXPRESSIONS; others need \
             MANAGE_GUILD_EXPRESSIONS.",
        )
        .params(&[path("guild_id", id(Guild), "Server that has it"), path("sound_id", id(Sound), "Sound to delete")]),
    ],
);
