//! `dcord onboarding`: the questions and channels that greet new members.

use super::builder::*;
use super::types::{Choice, Noun, Param};
use crate::model::Entity::{Any, Channel, Emoji, Guild, Role};

pub static NOUN: Noun = noun(
    "onboarding",
    "Set the questions and channels that greet new members",
    &[
        get("get", "get_guilds_onboarding", "/guilds/{guild_id}/onboarding", "Show a server's onboarding")
            .id("guild_id")
            .columns(&["guild_id", "enabled", "mode", "default_channel_ids", "prompts"])
            .more("Onboarding is what new members are asked and shown when they join.")
            .params(&[path("guild_id", id(Guild), "Server in question")]),
        put("set", "put_guilds_onboarding", "/guilds/{guild_id}/onboarding", "Replace a server's onboarding")
            .reason()
            .destructive()
            .no_effect("the cache has no onboarding")
            .id("guild_id")
            .columns(&["guild_id", "enabled", "mode", "default_channel_ids", "prompts"])
            .needs(&["MANAGE_GUILD", "MANAGE_ROLES"])
            .more(
                "Lists are replaced whole: questions that are not given are gone. Onboarding that is on needs \
                 seven default channels, five of them open to everyone for writing; in the mode \
                 onboarding-advanced, channels that questions lead to count too (onboarding-default: the \
                 default channels alone). The --prompt and --option flags describe one question with one \
                 answer; --prompts takes all as JSON. Answers have emoji_id or emoji_name there, not emoji.",
            )
            .examples(&[
                "onboarding get 111111111111111111 > onboarding.json",
                "onboarding set 111111111111111111 --enabled --default-channel-ids '#rules' \
                 --default-channel-ids '#general'",
                "onboarding set 111111111111111111 --prompts @prompts.json --yes",
            ])
            .alias(&["onboarding edit"])
            .params(&[
                path("guild_id", id(Guild), "Server in question"),
                body("prompts", JSON, "Ask these questions, as `dcord onboarding get` prints them")
                    .items(0, 15)
                    .nullable(),
                body("enabled", BOOL, "Switch onboarding on or off").nullable(),
                body("default_channel_ids", id(Channel), "Show this channel to every new member")
                    .repeated()
                    .unique()
                    .items(0, 500)
                    .nullable(),
                body("mode", one_of(MODES), "Say which channels count as the seven that it needs").nullable(),
            ])
            .edits()
            .with(&[PROMPT]),
    ],
);

/// One question with one answer, flag by flag. `--prompts` takes them all as JSON.
static PROMPT: &[Param] = &[
    local("prompt.id", "prompts/0/id", id(Any), "Id of the question; any number for a new one").needed(),
    local("prompt.type", "prompts/0/type", one_of(PROMPT_TYPES), "Show the answers like this"),
    local("prompt.title", "prompts/0/title", STRING, "Ask this").range(1, 100).needed(),
    local("prompt.single-select", "prompts/0/single_select", BOOL, "Allow one answer only"),
    local("prompt.required", "prompts/0/required", BOOL, "Insist on an answer"),
    local("prompt.in-onboarding", "prompts/0/in_onboarding", BOOL, "Ask on joining, not only in Channels & Roles"),
    local("option.title", "prompts/0/options/0/title", STRING, "Offer this answer").range(1, 50).needed(),
    local("option.description", "prompts/0/options/0/description", STRING, "Describe the answer").range(0, 100),
    local("option.role-ids", "prompts/0/options/0/role_ids/-", id(Role), "Give this role for the answer")
        .repeated()
        .unique()
        .items(0, 50),
    local("option.channel-ids", "prompts/0/options/0/channel_ids/-", id(Channel), "Show this channel for the answer")
        .repeated()
        .unique()
        .items(0, 50),
    local("option.emoji-id", "prompts/0/options/0/emoji_id", id(Emoji), "Show this emoji of the server with it"),
    local("option.emoji-name", "prompts/0/options/0/emoji_name", EMOJI_NAME, "Show this Unicode emoji with it")
        .max(100),
    inner("option", "prompts/0/options", JSON).items(1, 50).needed(),
];

/// "Onboarding Mode".
static MODES: &[Choice] = &[n("onboarding-default", 0), n("onboarding-advanced", 1)];

/// "Prompt Types".
static PROMPT_TYPES: &[Choice] = &[n("multiple-choice", 0), n("dropdown", 1)];
