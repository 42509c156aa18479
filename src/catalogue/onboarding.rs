//! `dcord onboarding`: the questions and channels that greet new members.

use super::builder::*;
use super::types::{Choice, Noun, Param};
use crate::model::Entity::{Any, Channel, Emoji, Guild, Role};

pub static NOUN: Noun = noun(
    "onboarding",
    "Manage the questions and channels that new members see",
    &[
        get("get", "get_guilds_onboarding", "/guilds/{guild_id}/onboarding", "Show the onboarding of a server")
            .id("guild_id")
            .columns(&["guild_id", "enabled", "mode", "default_channel_ids", "prompts"])
            .more("Onboarding consists of the questions and channels that Discord shows to new members.")
            .params(&[path("guild_id", id(Guild), "Server")]),
        put("set", "put_guilds_onboarding", "/guilds/{guild_id}/onboarding", "Replace the onboarding of a server")
            .action("Replace the onboarding of {guild_id}")
            .reason()
            .destructive()
            .no_effect("the cache has no onboarding")
            .id("guild_id")
            .columns(&["guild_id", "enabled", "mode", "default_channel_ids", "prompts"])
            .needs(&["MANAGE_GUILD", "MANAGE_ROLES"])
            .more(
                "This replaces whole lists: Discord deletes the questions that you omit. The --prompt.* and \
                 --option.* flags describe one question and its answers; --prompts takes all questions as JSON, where \
                 an answer has emoji_id or emoji_name instead of emoji.\n\n\
                 To be enabled, onboarding must have at least seven default channels, and @everyone must be able to \
                 write in at least five of them. With --mode onboarding-advanced, the channels of answers also count \
                 towards the seven.",
            )
            .examples(&[
                "onboarding get 'My Server' > onboarding.json",
                "onboarding set 'My Server' --enabled --default-channel-ids '#rules' --default-channel-ids \
                 '#general'",
                "onboarding set 'My Server' --prompts @prompts.json --yes",
            ])
            .alias(&["onboarding edit"])
            .params(&[
                path("guild_id", id(Guild), "Server"),
                body("prompts", JSON, "Questions, as `dcord onboarding get` prints them").items(0, 15).nullable(),
                body("enabled", BOOL, "Enable onboarding, or =false to disable it").nullable(),
                body("default_channel_ids", id(Channel), "Channel that every new member sees")
                    .repeated()
                    .unique()
                    .items(0, 500)
                    .nullable(),
                body("mode", one_of(MODES), "Which channels count towards the required seven").nullable(),
            ])
            .edits()
            .with(&[PROMPT]),
    ],
);

/// The flags that describe a question and its answers. `--prompts` takes questions as JSON.
static PROMPT: &[Param] = &[
    local("prompt.id", "prompts/0/id", id(Any), "Id of the question; any number for a new one").needed(),
    local("prompt.type", "prompts/0/type", one_of(PROMPT_TYPES), "How the answers are shown"),
    local("prompt.title", "prompts/0/title", STRING, "Question").range(1, 100).needed(),
    local("prompt.single-select", "prompts/0/single_select", BOOL, "Only allow one answer"),
    local("prompt.required", "prompts/0/required", BOOL, "Make an answer required"),
    local(
        "prompt.in-onboarding",
        "prompts/0/in_onboarding",
        BOOL,
        "Ask when a member joins, not only under Channels & Roles",
    ),
    local("option.title", "prompts/0/options/0/title", STRING, "Answer").range(1, 50).needed(),
    local("option.description", "prompts/0/options/0/description", STRING, "Description of the answer").range(0, 100),
    local(
        "option.role-ids",
        "prompts/0/options/0/role_ids/-",
        id(Role),
        "Role that members get if they choose this answer",
    )
    .repeated()
    .unique()
    .items(0, 50),
    local(
        "option.channel-ids",
        "prompts/0/options/0/channel_ids/-",
        id(Channel),
        "Channel that members see if they choose this answer",
    )
    .repeated()
    .unique()
    .items(0, 50),
    local("option.emoji-id", "prompts/0/options/0/emoji_id", id(Emoji), "Custom emoji of the server"),
    local("option.emoji-name", "prompts/0/options/0/emoji_name", EMOJI_NAME, "Unicode emoji").max(100),
    inner("option", "prompts/0/options", JSON).items(1, 50).needed(),
];

/// "Onboarding Mode".
static MODES: &[Choice] = &[n("onboarding-default", 0), n("onboarding-advanced", 1)];

/// "Prompt Types".
pub(super) static PROMPT_TYPES: &[Choice] = &[n("multiple-choice", 0), n("dropdown", 1)];
