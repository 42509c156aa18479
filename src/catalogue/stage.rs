//! `dcord stage`: stage channels that are live.

use super::builder::*;
use super::types::{Choice, Noun};
use crate::model::Entity::{Channel, Event};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "stage",
    "Start, change and end live stages in stage channels",
    &[
        get("get", "get_stage_instance", "/stage-instances/{channel_id}", "Show the live stage of a channel")
            .effects(&[One(Kind::Stage)])
            .columns(&["id", "channel_id", "topic", "privacy_level"])
            .more("A channel that is not live has none: exit status 6.")
            .examples(&["stage get '#town-hall' --jq .topic"])
            .params(&[path("channel_id", id(Channel), "Stage channel that is live")]),
        post("create", "create_stage_instance", "/stage-instances", "Go live in a stage channel")
            .reason()
            .effects(&[One(Kind::Stage)])
            .columns(&["id", "channel_id", "topic", "privacy_level"])
            .needs(&["MANAGE_CHANNELS", "MUTE_MEMBERS", "MOVE_MEMBERS"])
            .more(
                "The stage ends by itself some minutes after the last speaker has gone. The notification to \
                 everyone needs MENTION_EVERYONE.",
            )
            .examples(&["stage create '#town-hall' --topic 'Questions and answers'"])
            .alias(&["stage start"])
            .params(&[
                body("channel_id", id(Channel), "Stage channel to go live in").positional().required(),
                body("topic", STRING, "Say what it is about").range(1, 120).required(),
                body("privacy_level", one_of(PRIVACY_LEVELS), "Say who may see it [default: guild-only, the members,]")
                    .nullable(),
                body("guild_scheduled_event_id", id(Event), "Start this scheduled event with it").nullable(),
                body("send_start_notification", BOOL, "Notify everyone that it has started").nullable(),
            ]),
        patch("edit", "update_stage_instance", "/stage-instances/{channel_id}", "Change the topic of a live stage")
            .reason()
            .effects(&[One(Kind::Stage)])
            .columns(&["id", "channel_id", "topic", "privacy_level"])
            .needs(&["MANAGE_CHANNELS", "MUTE_MEMBERS", "MOVE_MEMBERS"])
            .examples(&["stage edit '#town-hall' --topic 'Questions and answers'"])
            .params(&[
                path("channel_id", id(Channel), "Stage channel that is live"),
                body("topic", STRING, "Say what it is about").range(1, 120),
                body(
                    "privacy_level",
                    one_of(PRIVACY_LEVELS),
                    "Say who may see it: guild-only, the members of the server",
                ),
            ]),
        delete("delete", "delete_stage_instance", "/stage-instances/{channel_id}", "End the live stage of a channel")
            .reason()
            .destructive()
            .effects(&[Deletes(Kind::Stage)])
            .no_id()
            .needs(&["MANAGE_CHANNELS", "MUTE_MEMBERS", "MOVE_MEMBERS"])
            .examples(&["stage delete '#town-hall'"])
            .alias(&["stage end"])
            .params(&[path("channel_id", id(Channel), "Stage channel that is live")]),
    ],
);

/// "Privacy Level". Public stages are a thing of the past.
static PRIVACY_LEVELS: &[Choice] = &[n("public", 1), n("guild-only", 2)];
