//! JSON values of a message: embeds, polls, mentions, attachments, references and themes.

use super::component::COMPONENT;
use super::topic::{Topic, Total, object, topic};
use crate::catalogue::builder::*;
use crate::catalogue::choices::SEND_FLAGS;
use crate::catalogue::groups::MENTION_TYPES;
use crate::catalogue::types::{Choice, Shape, Unit};
use crate::model::Entity::{Channel, Guild, Message, Role, Sticker, User};

/// The texts of an embed that count towards Discord's limit on their total length.
const COUNTED: &[&str] = &["title", "description", "fields/*/name", "fields/*/value", "footer/text", "author/name"];

pub static TOPICS: &[Topic] = &[
    topic("message.embeds", "Boxes with a heading, text, fields and pictures", &EMBED)
        .list()
        .at(&["embeds"])
        .total(Total::Characters { of: COUNTED, max: 6000 })
        .example(
            r#"[{"title":"Build 512","description":"All tests passed","color":5763719,"fields":[{"name":"Branch","value":"main","inline":true}],"footer":{"text":"ci.example.com"}}]"#,
        )
        .notes(&[
            "All embeds of a message can have at most 6000 characters in total.",
            "To show a picture that --file attaches to the message, use the URL attachment://NAME.",
        ]),
    topic("message.poll", "A poll with its question and answers", &POLL)
        .at(&["poll"])
        .example(
            r#"{"question":{"text":"Lunch?"},"answers":[{"poll_media":{"text":"Pizza","emoji":{"name":"🍕"}}},{"poll_media":{"text":"Salad"}}],"duration":24,"allow_multiselect":false}"#,
        )
        .notes(&["The text of an answer can have at most 55 characters."]),
    topic("message.allowed-mentions", "The users and roles that a message may ping", &MENTIONS)
        .at(&["allowed_mentions"])
        .example(r#"{"parse":["users"],"roles":["555555555555555555"],"replied_user":false}"#)
        .notes(&["If parse contains users or roles, Discord rejects ids in the field of that name."]),
    topic("message.attachments", "Descriptions of attached files", &ATTACHMENT)
        .list()
        .at(&["attachments"])
        .only(&[
            "create_message",
            "update_message",
            "create_lobby_message",
            "execute_webhook",
            "update_webhook_message",
            "update_original_webhook_message",
            "create_followup_message",
            "edit_followup_message",
        ])
        .example(r#"[{"id":0,"filename":"chart.png","description":"Requests per minute"}]"#)
        .notes(&[
            "The id of a file that --file attaches is its position among those files, from 0. To keep an attachment \
             when you edit a message, give the attachment's own id.",
        ]),
    topic("message.reference", "The message that this one replies to or forwards", &REFERENCE)
        .at(&["message_reference"])
        .example(r#"{"type":1,"channel_id":"222222222222222222","message_id":"333333333333333333"}"#)
        .notes(&["Type 0, the default, is a reply; --reply-to MESSAGE is the short form. Type 1 is a forward."]),
    topic("message.shared-client-theme", "A colour theme that readers can apply", &THEME)
        .at(&["shared_client_theme"])
        .example(r#"{"colors":["5865f2","eb459e"],"gradient_angle":45,"base_mix":60,"base_theme":1}"#),
    topic("thread.message", "The first message of a forum post", &FIRST_MESSAGE)
        .at(&["message"])
        .example(r#"{"content":"It crashes at start since today","embeds":[{"title":"Version","description":"1.4.2"}]}"#),
];

pub static EMBED: Shape = object(
    "an embed",
    &[
        field("title", STRING, "Heading").max(256),
        field("description", TEXT, "Text below the heading, with Markdown").max(4096),
        field("url", URL, "URL that the heading links to").max(2048),
        field("color", COLOR, "Colour of the edge, as a number: 16711680 is red"),
        field("timestamp", TIME, "Time shown in the footer"),
        field("fields", JSON, "Pairs of a name and a value below the text").items(0, 25).of(&EMBED_FIELD),
        field("author", JSON, "Name and picture above the heading").of(&EMBED_AUTHOR),
        field("footer", JSON, "Small text at the bottom").of(&EMBED_FOOTER),
        field("image", JSON, "Large picture below the text").of(&EMBED_IMAGE),
        field("thumbnail", JSON, "Small picture at the right").of(&EMBED_IMAGE),
    ],
);

static EMBED_FIELD: Shape = object(
    "a field",
    &[
        field("name", STRING, "Bold line").max(256).needed(),
        field("value", STRING, "Text below it, with Markdown").max(1024).needed(),
        field("inline", BOOL, "Show it beside the other inline fields"),
    ],
);

static EMBED_AUTHOR: Shape = object(
    "an author",
    &[
        field("name", STRING, "Name").max(256),
        field("url", URL, "URL that the name links to").max(2048),
        field("icon_url", PICTURE, "URL of the picture beside the name").max(2048),
    ],
);

static EMBED_FOOTER: Shape = object(
    "a footer",
    &[
        field("text", STRING, "Text").max(2048),
        field("icon_url", PICTURE, "URL of the picture beside the text").max(2048),
    ],
);

static EMBED_IMAGE: Shape = object(
    "a picture",
    &[
        field("url", PICTURE, "URL of the picture").max(2048),
        field("description", STRING, "Alternative text").max(4096),
    ],
);

pub static POLL: Shape = object(
    "a poll",
    &[
        field("question", JSON, "Question").needed().of(&QUESTION),
        field("answers", JSON, "Answers to choose from").items(1, 10).needed().of(&ANSWER),
        field("duration", INT, "How long people can vote [default: 24 hours]").range(1, 768).unit(Unit::Hours),
        field("allow_multiselect", BOOL, "Allow several answers"),
        field("layout_type", one_of(LAYOUTS), "Layout"),
    ],
);

static QUESTION: Shape = object("a question", &[field("text", STRING, "Text").range(1, 300)]);

static ANSWER: Shape =
    object("an answer", &[field("poll_media", JSON, "Text and emoji of the answer").needed().of(&ANSWER_MEDIA)]);

static ANSWER_MEDIA: Shape = object(
    "the content of an answer",
    &[field("text", STRING, "Text").range(1, 55), field("emoji", JSON, "Emoji before the text").of(&POLL_EMOJI)],
);

static POLL_EMOJI: Shape = object(
    "an emoji",
    &[
        field("id", ID, "Id of a custom emoji"),
        field("name", STRING, "A Unicode emoji, or the name of a custom one").max(32),
    ],
);

static LAYOUTS: &[Choice] = &[n("default", 1)];

pub static MENTIONS: Shape = object(
    "the allowed mentions",
    &[
        field("parse", one_of(MENTION_TYPES), "Kinds of mention in the text that ping").repeated().unique().items(0, 3),
        field("users", id(User), "Ping these users if the text mentions them").repeated().unique().items(0, 100),
        field("roles", id(Role), "Ping these roles if the text mentions them").repeated().unique().items(0, 100),
        field("replied_user", BOOL, "Ping the author of the message replied to"),
    ],
);

pub static ATTACHMENT: Shape = object(
    "an attachment",
    &[
        field("id", ID, "Position of the file, or id of an attachment to keep").needed(),
        field("filename", STRING, "Name that Discord shows").range(1, 1024),
        field("description", STRING, "Alternative text").max(1024),
        field("title", STRING, "Title").max(1024),
        field("is_spoiler", BOOL, "Blur the file until it is clicked"),
        field("duration_secs", NUM, "Length of a voice message, in seconds").range(0, 2_147_483_647),
        field("waveform", STRING, "Waveform of a voice message, in base64").max(400),
    ],
);

static REFERENCE: Shape = object(
    "a reference",
    &[
        field("type", one_of(REFERENCE_TYPES), "Whether it is a reply or a forward"),
        field("message_id", id(Message), "Message to reply to or to forward").needed(),
        field("channel_id", id(Channel), "Channel of that message (required for a forward)"),
        field("guild_id", id(Guild), "Server of that message"),
        field("fail_if_not_exists", BOOL, "Fail if the message to reply to does not exist [default: true]"),
    ],
);

/// "Message Reference Types".
static REFERENCE_TYPES: &[Choice] = &[n("reply", 0), n("forward", 1)];

static THEME: Shape = object(
    "a theme",
    &[
        field("colors", STRING, "Colours, as rrggbb without #").range(6, 6).repeated().items(1, 5).needed(),
        field("gradient_angle", INT, "Direction of the gradient, in degrees").range(0, 360).needed(),
        field("base_mix", INT, "Strength of the colours, in percent").range(0, 100).needed(),
        field("base_theme", one_of(BASE_THEMES), "Base theme that the colours are mixed with"),
    ],
);

/// "Base Theme Types".
static BASE_THEMES: &[Choice] = &[n("unset", 0), n("dark", 1), n("light", 2), n("darker", 3), n("midnight", 4)];

static FIRST_MESSAGE: Shape = object(
    "a message",
    &[
        field("content", TEXT, "Text").max(2000),
        field("embeds", JSON, "Embeds").items(0, 10).of(&EMBED),
        field("components", JSON, "Buttons, menus and layout").items(0, 40).of(&COMPONENT),
        field("sticker_ids", id(Sticker), "Stickers").repeated().items(0, 3),
        field("attachments", JSON, "Descriptions of attached files").items(0, 10).of(&ATTACHMENT),
        field("allowed_mentions", JSON, "Mentions that ping").of(&MENTIONS),
        field("flags", flags(SEND_FLAGS), "Flags of the message"),
        field("poll", JSON, "Poll").of(&POLL),
        field("shared_client_theme", JSON, "Colour theme").of(&THEME),
    ],
);
