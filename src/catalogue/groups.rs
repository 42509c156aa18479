//! Parameters of a message that several rows share.
//!
//! The second argument is the path of the value in the body, such as `embeds/0/title`. The message is the whole body
//! or an object in it. Its flags are the same in both cases, but their paths differ.

use super::builder::*;
use super::choices::SEND_FLAGS;
use super::types::{Choice, Param, Unit};
use crate::model::Entity::{Role, Sticker, User};

/// The groups for a message at this path of the body.
macro_rules! message_at {
    ($under:literal) => {
        /// The flags that describe an embed. `--embeds` takes embeds as JSON.
        pub static EMBED: &[Param] = &[
            local("embed.title", concat!($under, "embeds/0/title"), STRING, "Embed title").range(0, 256),
            local("embed.description", concat!($under, "embeds/0/description"), TEXT, "Embed text").range(0, 4096),
            local("embed.url", concat!($under, "embeds/0/url"), URL, "URL that the embed title links to").max(2048),
            local(
                "embed.color",
                concat!($under, "embeds/0/color"),
                COLOR,
                "Colour of the embed's left edge: #rrggbb, a name or a number",
            ),
            local(
                "embed.timestamp",
                concat!($under, "embeds/0/timestamp"),
                TIME,
                "Time shown at the bottom of the embed",
            ),
            local(
                "embed.field",
                concat!($under, "embeds/0/fields/-"),
                PAIR,
                "Field of the embed, a bold name with a value below it",
            )
            .repeated()
            .items(0, 25),
            local(
                "embed.author",
                concat!($under, "embeds/0/author/name"),
                STRING,
                "Author name, shown above the title",
            )
            .range(0, 256),
            local("embed.author-url", concat!($under, "embeds/0/author/url"), URL, "URL that the author name links to")
                .max(2048),
            local(
                "embed.author-icon",
                concat!($under, "embeds/0/author/icon_url"),
                PICTURE,
                "URL of a small picture beside the author name",
            )
            .max(2048),
            local(
                "embed.footer",
                concat!($under, "embeds/0/footer/text"),
                STRING,
                "Small text at the bottom of the embed",
            )
            .range(0, 2048),
            local(
                "embed.footer-icon",
                concat!($under, "embeds/0/footer/icon_url"),
                PICTURE,
                "URL of a small picture beside the footer",
            )
            .max(2048),
            local(
                "embed.image",
                concat!($under, "embeds/0/image/url"),
                PICTURE,
                "URL of a large picture below the text",
            )
            .max(2048),
            local(
                "embed.thumbnail",
                concat!($under, "embeds/0/thumbnail/url"),
                PICTURE,
                "URL of a small picture at the top right",
            )
            .max(2048),
            inner("embed.field.name", concat!($under, "embeds/0/fields/-/name"), STRING).range(0, 256).needed(),
            inner("embed.field.value", concat!($under, "embeds/0/fields/-/value"), STRING).range(0, 1024).needed(),
            inner("embed.image.description", concat!($under, "embeds/0/image/description"), STRING).max(4096),
            inner("embed.thumbnail.description", concat!($under, "embeds/0/thumbnail/description"), STRING).max(4096),
        ];

        /// The flag for buttons. `--components` takes all components as JSON.
        pub static BUTTONS: &[Param] =
            &[local("button", concat!($under, "components"), BUTTON, "Button that sends ID to the app or opens URL")
                .repeated()
                .items(0, 25)];

        /// The flags that describe a poll. `--poll` takes a poll as JSON.
        pub static POLL: &[Param] = &[
            local("poll.question", concat!($under, "poll/question/text"), STRING, "Question of a poll to attach")
                .range(1, 300),
            local(
                "poll.answer",
                concat!($under, "poll/answers/-/poll_media/text"),
                STRING,
                "Answer that people can vote for",
            )
            .range(1, 55)
            .repeated()
            .items(0, 10),
            local(
                "poll.emoji",
                concat!($under, "poll/answers/0/poll_media/emoji"),
                EMOJI,
                "Emoji shown before the answer",
            ),
            local("poll.duration", concat!($under, "poll/duration"), INT, "How long people can vote [default: 24h]")
                .range(1, 768)
                .unit(Unit::Hours),
            local(
                "poll.multiselect",
                concat!($under, "poll/allow_multiselect"),
                BOOL,
                "Let people vote for several answers",
            ),
            inner("poll.question", concat!($under, "poll/question"), JSON).needed(),
            inner("poll.answer", concat!($under, "poll/answers"), JSON).items(1, 10).needed(),
            inner("poll.answer", concat!($under, "poll/answers/-/poll_media"), JSON).needed(),
            inner("poll.question.emoji", concat!($under, "poll/question/emoji/name"), STRING).max(32),
            inner("poll.answer.emoji", concat!($under, "poll/answers/-/poll_media/emoji/name"), STRING).max(32),
        ];

        /// The flags that set the allowed mentions one by one. `--ping` is shorter.
        pub static MENTIONS: &[Param] = &[
            local(
                "allowed-mentions.parse",
                concat!($under, "allowed_mentions/parse/-"),
                one_of(MENTION_TYPES),
                "Kind of mention that pings",
            )
            .repeated()
            .unique()
            .items(0, 3)
            .minor(),
            local(
                "allowed-mentions.users",
                concat!($under, "allowed_mentions/users/-"),
                id(User),
                "User that the text can ping",
            )
            .repeated()
            .unique()
            .items(0, 100)
            .minor(),
            local(
                "allowed-mentions.roles",
                concat!($under, "allowed_mentions/roles/-"),
                id(Role),
                "Role that the text can ping",
            )
            .repeated()
            .unique()
            .items(0, 100)
            .minor(),
            local(
                "allowed-mentions.replied-user",
                concat!($under, "allowed_mentions/replied_user"),
                BOOL,
                "Ping the author of the message that this one replies to",
            )
            .minor(),
        ];

        /// Files to attach.
        pub static FILES: &[Param] = &[
            local(
                "file",
                concat!($under, "attachments"),
                FILE,
                "File to attach: PATH, PATH#DESCRIPTION, or - for standard input",
            )
            .repeated()
            .items(0, 10),
            local(
                "filename",
                concat!($under, "attachments/-/filename"),
                STRING,
                "Name that Discord shows for the preceding --file",
            )
            .range(1, 1024)
            .repeated(),
            local(
                "spoiler",
                concat!($under, "attachments/-/is_spoiler"),
                BOOL,
                "Blur the preceding --file until it is clicked",
            )
            .repeated()
            .minor(),
            inner("attachments.id", concat!($under, "attachments/0/id"), ID).needed(),
            inner("attachments.description", concat!($under, "attachments/0/description"), STRING).max(1024),
            inner("attachments.title", concat!($under, "attachments/0/title"), STRING).max(1024),
            inner("attachments.duration_secs", concat!($under, "attachments/0/duration_secs"), NUM)
                .range(0, 2_147_483_647),
            inner("attachments.waveform", concat!($under, "attachments/0/waveform"), STRING).max(400),
        ];

        /// The flag that sends the file as a voice message.
        pub static VOICE: &[Param] = &[local(
            "voice-message",
            concat!($under, "flags"),
            BOOL,
            "Send the file, which must be Ogg Opus, as a voice message",
        )
        .minor()];
    };
}

/// The group for a shared theme at this path of the body.
macro_rules! theme_at {
    ($under:literal) => {
        /// The values of a shared colour theme, which is given as JSON.
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

/// The content of a new message.
pub static CONTENT: &[Param] = &[
    body("content", TEXT, "Text of the message").positional().range(0, 2000).nullable(),
    body("embeds", JSON, r#"Embeds, as JSON: [{"title":"…","description":"…"},…]"#).items(0, 10).nullable(),
    body("allowed_mentions", JSON, r#"Mentions that ping, as JSON: {"parse":["users"],"roles":["ID"]}"#).nullable(),
    body("sticker_ids", id(Sticker), "Sticker to attach").repeated().items(0, 3).nullable().minor(),
    body("components", JSON, "Buttons, menus and layout, as a JSON array").items(0, 40).nullable(),
    body("flags", flags(SEND_FLAGS), "Message flags").nullable().minor(),
    body("attachments", JSON, r#"Descriptions of the files, as JSON: [{"id":0,"description":"…"},…]"#)
        .items(0, 10)
        .nullable()
        .minor(),
    body("poll", JSON, "Poll, as a JSON object (or use the --poll.* flags)").nullable(),
    body("shared_client_theme", JSON, "Colour theme to share, as a JSON object").nullable().minor(),
    body("tts", BOOL, "Read the message aloud (text-to-speech)").nullable().minor(),
];

/// The fields with which Discord recognises a repeated message.
pub static NONCE: &[Param] = &[
    body("nonce", STRING, "Value by which Discord recognises a repeated request").range(0, 25).nullable(),
    body("enforce_nonce", BOOL, "Return the first message if the nonce was used before").nullable(),
];

/// The groups for the message in an interaction's response.
pub mod data {
    use super::*;

    message_at!("data/");
}

/// The groups for the first message of a forum post.
pub mod message {
    use super::*;

    message_at!("message/");
    theme_at!("message/");
}

pub(super) static MENTION_TYPES: &[Choice] = &[s("users", "users"), s("roles", "roles"), s("everyone", "everyone")];

/// The name of the file in the multipart part `part`.
pub const fn filename(part: &'static str) -> Param {
    local("filename", part, STRING, "Name that Discord shows for the file").range(1, 1024)
}
