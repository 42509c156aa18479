//! Parameters that several rows share: what goes into a message.
//!
//! A path in the second place says where the value goes: `embeds/0/title`. The message is the body
//! itself, or lies deeper in it: the flags are the same, only the paths differ.

use super::builder::*;
use super::types::{Choice, Param, Unit};
use crate::model::Entity::{Role, User};

/// The groups of a message that lies under that path of the body.
macro_rules! message_at {
    ($under:literal) => {
        /// One embed, flag by flag. `--embeds` takes whole ones as JSON.
        pub static EMBED: &[Param] = &[
            local("embed.title", concat!($under, "embeds/0/title"), STRING, "Set the embed's heading").range(0, 256),
            local("embed.description", concat!($under, "embeds/0/description"), TEXT, "Set the embed's text")
                .range(0, 4096),
            local("embed.url", concat!($under, "embeds/0/url"), URL, "Link the embed's heading to this URL").max(2048),
            local(
                "embed.color",
                concat!($under, "embeds/0/color"),
                COLOR,
                "Colour the embed's edge: #rrggbb, a name or a number",
            ),
            local("embed.timestamp", concat!($under, "embeds/0/timestamp"), TIME, "Show this time at the embed's foot"),
            local("embed.field", concat!($under, "embeds/0/fields/-"), PAIR, "Add a field to the embed")
                .repeated()
                .items(0, 25),
            local("embed.author", concat!($under, "embeds/0/author/name"), STRING, "Name an author above the heading")
                .range(0, 256),
            local(
                "embed.author-url",
                concat!($under, "embeds/0/author/url"),
                URL,
                "Link the embed's author to this URL",
            )
            .max(2048),
            local(
                "embed.author-icon",
                concat!($under, "embeds/0/author/icon_url"),
                PICTURE,
                "Show the picture at this URL beside the author",
            )
            .max(2048),
            local(
                "embed.footer",
                concat!($under, "embeds/0/footer/text"),
                STRING,
                "Write small text at the embed's foot",
            )
            .range(0, 2048),
            local(
                "embed.footer-icon",
                concat!($under, "embeds/0/footer/icon_url"),
                PICTURE,
                "Show the picture at this URL in the foot",
            )
            .max(2048),
            local(
                "embed.image",
                concat!($under, "embeds/0/image/url"),
                PICTURE,
                "Show the picture at this URL large, below the text",
            )
            .max(2048),
            local(
                "embed.thumbnail",
                concat!($under, "embeds/0/thumbnail/url"),
                PICTURE,
                "Show the picture at this URL small, at the right",
            )
            .max(2048),
            inner("embed.field.name", concat!($under, "embeds/0/fields/-/name"), STRING).range(0, 256).needed(),
            inner("embed.field.value", concat!($under, "embeds/0/fields/-/value"), STRING).range(0, 1024).needed(),
            inner("embed.image.description", concat!($under, "embeds/0/image/description"), STRING).max(4096),
            inner("embed.thumbnail.description", concat!($under, "embeds/0/thumbnail/description"), STRING).max(4096),
        ];

        /// A poll, flag by flag. `--poll` takes a whole one as JSON.
        pub static POLL: &[Param] = &[
            local("poll.question", concat!($under, "poll/question/text"), STRING, "Ask this question in a poll")
                .range(1, 300),
            local(
                "poll.answer",
                concat!($under, "poll/answers/-/poll_media/text"),
                STRING,
                "Add an answer to the poll",
            )
            .range(1, 55)
            .repeated()
            .items(0, 10),
            local(
                "poll.emoji",
                concat!($under, "poll/answers/0/poll_media/emoji"),
                EMOJI,
                "Put this emoji before the answer",
            ),
            local(
                "poll.duration",
                concat!($under, "poll/duration"),
                INT,
                "Keep the poll open for this long (24 hours if omitted)",
            )
            .range(1, 768)
            .unit(Unit::Hours),
            local(
                "poll.multiselect",
                concat!($under, "poll/allow_multiselect"),
                BOOL,
                "Let people choose several answers",
            ),
            inner("poll.question", concat!($under, "poll/question"), JSON).needed(),
            inner("poll.answer", concat!($under, "poll/answers"), JSON).items(1, 10).needed(),
            inner("poll.answer", concat!($under, "poll/answers/-/poll_media"), JSON).needed(),
            inner("poll.question.emoji", concat!($under, "poll/question/emoji/name"), STRING).max(32),
            inner("poll.answer.emoji", concat!($under, "poll/answers/-/poll_media/emoji/name"), STRING).max(32),
        ];

        /// Who is pinged, flag by flag. `--ping` says the same in a word.
        pub static MENTIONS: &[Param] = &[
            local(
                "allowed-mentions.parse",
                concat!($under, "allowed_mentions/parse/-"),
                one_of(MENTION_TYPES),
                "Ping all of this kind that the text mentions",
            )
            .repeated()
            .unique()
            .items(0, 3),
            local(
                "allowed-mentions.users",
                concat!($under, "allowed_mentions/users/-"),
                id(User),
                "Ping this user if the text mentions them",
            )
            .repeated()
            .unique()
            .items(0, 100),
            local(
                "allowed-mentions.roles",
                concat!($under, "allowed_mentions/roles/-"),
                id(Role),
                "Ping this role if the text mentions it",
            )
            .repeated()
            .unique()
            .items(0, 100),
            local(
                "allowed-mentions.replied-user",
                concat!($under, "allowed_mentions/replied_user"),
                BOOL,
                "Ping the author of the message replied to",
            ),
        ];

        /// Files to attach.
        pub static FILES: &[Param] = &[
            local(
                "file",
                concat!($under, "attachments"),
                FILE,
                "Attach a file: PATH, PATH#DESCRIPTION, or - for standard input",
            )
            .repeated()
            .items(0, 10),
            local(
                "filename",
                concat!($under, "attachments/-/filename"),
                STRING,
                "Name the file before it, as Discord shows it",
            )
            .range(1, 1024)
            .repeated(),
            local(
                "spoiler",
                concat!($under, "attachments/-/is_spoiler"),
                BOOL,
                "Blur the file before it until it is clicked",
            )
            .repeated(),
            inner("attachments.id", concat!($under, "attachments/0/id"), ID).needed(),
            inner("attachments.description", concat!($under, "attachments/0/description"), STRING).max(1024),
            inner("attachments.title", concat!($under, "attachments/0/title"), STRING).max(1024),
            inner("attachments.duration_secs", concat!($under, "attachments/0/duration_secs"), NUM)
                .range(0, 2_147_483_647),
            inner("attachments.waveform", concat!($under, "attachments/0/waveform"), STRING).max(400),
        ];

        /// The file as a voice message.
        pub static VOICE: &[Param] = &[local(
            "voice-message",
            concat!($under, "flags"),
            BOOL,
            "Send the file, an Ogg Opus recording, as a voice message",
        )];
    };
}

/// What is known of a shared theme that lies under that path of the body.
macro_rules! theme_at {
    ($under:literal) => {
        /// The parts of a shared colour theme, which is given as JSON.
        pub static THEME: &[Param] = &[
            inner("shared_client_theme.colors", concat!($under, "shared_client_theme/colors"), JSON)
                .items(1, 5)
                .needed(),
            inner("shared_client_theme.colors", concat!($under, "shared_client_theme/colors/0"), STRING).range(6, 6),
            inner("shared_client_theme.gradient_angle", concat!($under, "shared_client_theme/gradient_angle"), INT)
                .range(0, 360)
                .needed(),
            inner("shared_client_theme.base_mix", concat!($under, "shared_client_theme/base_mix"), INT)
                .range(0, 100)
                .needed(),
        ];
    };
}

message_at!("");
theme_at!("");

/// The message in an interaction's response.
pub mod data {
    use super::*;

    message_at!("data/");
}

/// The first message of a forum post.
pub mod message {
    use super::*;

    message_at!("message/");
    theme_at!("message/");
}

static MENTION_TYPES: &[Choice] = &[s("users", "users"), s("roles", "roles"), s("everyone", "everyone")];

/// The name of a file that is sent as the part `part`.
pub const fn filename(part: &'static str) -> Param {
    local("filename", part, STRING, "Name the file, as Discord shows it").range(1, 1024)
}
