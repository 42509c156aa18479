//! Parameters that several rows share: what goes into a message's body.
//!
//! A path in the second place says where the value goes: `embeds/0/title`. Rows whose message lies
//! deeper in the body (interaction responses, forum posts) have groups of their own.

use super::builder::*;
use super::types::{Choice, Param};
use crate::model::Entity::User;

/// One embed, flag by flag. `--embeds` takes whole ones as JSON.
pub static EMBED: &[Param] = &[
    local("embed.title", "embeds/0/title", STRING, "Set the embed's heading").range(0, 256),
    local("embed.description", "embeds/0/description", TEXT, "Set the embed's text").range(0, 4096),
    local("embed.url", "embeds/0/url", STRING, "Link the embed's heading to this URL"),
    local("embed.color", "embeds/0/color", COLOR, "Colour the embed's edge: #rrggbb, a name or a number"),
    local("embed.timestamp", "embeds/0/timestamp", TIME, "Show this time at the embed's foot"),
    local("embed.field", "embeds/0/fields/-", PAIR, "Add a field to the embed").repeated().items(0, 25),
    local("embed.author", "embeds/0/author/name", STRING, "Name an author above the heading").range(0, 256),
    local("embed.author-url", "embeds/0/author/url", STRING, "Link the embed's author to this URL"),
    local("embed.author-icon", "embeds/0/author/icon_url", STRING, "Show the picture at this URL beside the author"),
    local("embed.footer", "embeds/0/footer/text", STRING, "Write small text at the embed's foot").range(0, 2048),
    local("embed.footer-icon", "embeds/0/footer/icon_url", STRING, "Show the picture at this URL in the foot"),
    local("embed.image", "embeds/0/image/url", STRING, "Show the picture at this URL large, below the text"),
    local("embed.thumbnail", "embeds/0/thumbnail/url", STRING, "Show the picture at this URL small, at the right"),
];

/// A poll, flag by flag. `--poll` takes a whole one as JSON.
pub static POLL: &[Param] = &[
    local("poll.question", "poll/question/text", STRING, "Ask this question in a poll").range(1, 300),
    local("poll.answer", "poll/answers/-/poll_media/text", STRING, "Add an answer to the poll (1 to 55 characters)")
        .range(1, 55)
        .repeated()
        .items(0, 10),
    local("poll.duration", "poll/duration", INT, "Keep the poll open this many hours (24 if not said)").range(1, 768),
    local("poll.multiselect", "poll/allow_multiselect", BOOL, "Let people choose several answers"),
];

/// Who is pinged, flag by flag. `--ping` says the same in a word.
pub static MENTIONS: &[Param] = &[
    local(
        "allowed-mentions.parse",
        "allowed_mentions/parse/-",
        one_of(MENTION_TYPES),
        "Ping all of this kind that the text mentions",
    )
    .repeated(),
    local("allowed-mentions.users", "allowed_mentions/users/-", id(User), "Ping this user if the text mentions them")
        .repeated()
        .items(0, 100),
    local(
        "allowed-mentions.roles",
        "allowed_mentions/roles/-",
        id(crate::model::Entity::Role),
        "Ping this role if the text mentions it",
    )
    .repeated()
    .items(0, 100),
    local(
        "allowed-mentions.replied-user",
        "allowed_mentions/replied_user",
        BOOL,
        "Ping the author of the message replied to",
    ),
];

static MENTION_TYPES: &[Choice] = &[s("users", "users"), s("roles", "roles"), s("everyone", "everyone")];

/// Files to attach.
pub static FILES: &[Param] = &[
    local("file", "attachments", FILE, "Attach a file: PATH, PATH#DESCRIPTION, or - for standard input")
        .repeated()
        .items(0, 10),
    local("filename", "attachments", STRING, "Name the file that comes from standard input").range(1, 1024),
];
