//! `dcord stage`: live stages.

use super::builder::*;
use super::types::{Choice, Noun};
use crate::model::Entity::{Channel, Event};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "stage",
    "Start, edit and end live stages",
    &[
        get("get", "get_stage_instance", "/stage-instances/{channel_id}", "Show the live stage of a channel")
            .effects(&[One(Kind::Stage)])
            .columns(&["id", "channel_id", "topic", "privacy_level"])
            .more("Exits with status 6 if the channel is not live.")
            .examples(&["stage get '#town-hall' --jq .topic"])
            .params(&[path("channel_id", id(Channel), "Stage channel")]),
        post("create", "create_stage_instance", "/stage-instances", "Start a live stage")
            .reason()
            .effects(&[One(Kind::Stage)])
            .columns(&["id", "channel_id", "topic", "privacy_level"])
            .needs(&["MANAGE_CHANNELS", "MUTE_MEMBERS", "MOVE_MEMBERS"])
            .more(
                "Discord ends the stage a few minutes after the last speaker has left. --send-start-notification \
                 requires mention-everyone.",
            )
            .examples(&["stage create '#town-hall' --topic 'Questions and answers'"])
            .alias(&["stage start"])
            .params(&[
                body("channel_id", id(Channel), "Stage channel").positional().required(),
                body("topic", STRING, "Topic of the stage").range(1, 120).required(),
                body(
                    "privacy_level",
                    one_of(PRIVACY_LEVELS),
                    "Visibility: guild-only means the server's members [default: guild-only]",
                )
                .nullable(),
                body("guild_scheduled_event_id", id(Event), "Scheduled event that the stage starts").nullable(),
                body("send_start_notification", BOOL, "Notify @everyone that the stage has started").nullable(),
            ]),
        patch("edit", "update_stage_instance", "/stage-instances/{channel_id}", "Edit the topic of a live stage")
            .reason()
            .effects(&[One(Kind::Stage)])
            .columns(&["id", "channel_id", "topic", "privacy_level"])
            .needs(&["MANAGE_CHANNELS", "MUTE_MEMBERS", "MOVE_MEMBERS"])
            .examples(&["stage edit '#town-hall' --topic 'Questions and answers'"])
            .params(&[
                path("channel_id", id(Channel), "Stage channel"),
                body("topic", STRING, "Topic of the stage").range(1, 120),
                body("privacy_level", one_of(PRIVACY_LEVELS), "Visibility: guild-only means the server's members"),
            ]),
        delete("delete", "delete_stage_instance", "/stage-instances/{channel_id}", "End a live stage")
            .action("End the stage in {channel_id}")
            .reason()
            .destructive()
            .effects(&[Deletes(Kind::Stage)])
            .no_id()
            .needs(&["MANAGE_CHANNELS", "MUTE_MEMBERS", "MOVE_MEMBERS"])
            .examples(&["stage delete '#town-hall'"])
            .alias(&["stage end"])
            .params(&[path("channel_id", id(Channel), "Stage channel")]),
    ],
);

/// "Privacy Level". Discord no longer has public stages.
static PRIVACY_LEVELS: &[Choice] = &[n("public", 1), n("guild-only", 2)];
