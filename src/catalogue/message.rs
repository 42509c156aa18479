//! `dcord message`: send, read, edit and delete messages.

use super::builder::*;
use super::choices::{EDIT_FLAGS, SEND_FLAGS, SORT_ORDER};
use super::groups::{EMBED, FILES, MENTIONS, POLL, THEME, VOICE};
use super::types::{Choice, Noun};
use crate::model::Entity::{Channel, Guild, Message, Role, Sticker, User};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun(
    "message",
    "Send, read, edit and delete messages",
    &[
        post("send", "create_message", "/channels/{channel_id}/messages", "Send a message to a channel")
            .nonce()
            .effects(&[One(Kind::Message)])
            .link(Link::Message)
            .columns(&["id", "channel_id", "timestamp", "content"])
            .needs(&["VIEW_CHANNEL", "SEND_MESSAGES"])
            .more(
                "A message needs at least one of a text, an embed, a file, a sticker, a poll or components. In \
                 a thread, Discord asks for SEND_MESSAGES_IN_THREADS. A retry cannot post it twice: each \
                 message carries a nonce that Discord compares for some minutes. Mentions of everyone and of \
                 roles ping nobody unless --ping says so. An embed is a box with a heading, text and pictures \
                 below the text; components are buttons and menus. Of the flags, suppress-embeds shows no \
                 previews of links, suppress-notifications makes no sound, is-voice-message plays its one sound \
                 as a voice message, and is-components-v2 lets components stand in place of text and embeds.",
            )
            .examples(&[
                "message send 222222222222222222 'Deploy finished'",
                "message send 222222222222222222 --embed.title Build --embed.color green --embed.field \
                 'tests=all passed'",
                "message send 222222222222222222 --content-file notes.md --file report.pdf",
                "git log -1 | dcord message send 222222222222222222 -",
            ])
            .alias(&["message create", "thread send"])
            .params(&[
                path("channel_id", id(Channel), "Channel or thread to write in"),
                body("content", TEXT, "Write this text").positional().range(0, 2000).nullable(),
                body("embeds", JSON, r#"Add embeds: [{"title":"…","description":"…"},…]"#).items(0, 10).nullable(),
                body("allowed_mentions", JSON, r#"Say who may be pinged: {"parse":["users"],"roles":["ID"]}"#)
                    .nullable(),
                body("sticker_ids", id(Sticker), "Add a sticker").repeated().items(0, 3).nullable(),
                body("components", JSON, "Add buttons, menus and layout, given as a JSON array")
                    .items(0, 40)
                    .nullable(),
                body("flags", flags(SEND_FLAGS), "Set flags of the message").nullable(),
                body("attachments", JSON, r#"Describe the attached files: [{"id":0,"description":"…"},…]"#)
                    .items(0, 10)
                    .nullable(),
                body("poll", JSON, "Add a whole poll as JSON, if the --poll flags do not suffice").nullable(),
                body("shared_client_theme", JSON, "Share a colour theme, given as a JSON object").nullable(),
                body("message_reference", JSON, r#"Forward a message: {"type":1,"channel_id":"ID","message_id":"ID"}"#)
                    .nullable(),
                body("nonce", STRING, "Set the nonce by which Discord tells repeats").range(0, 25).nullable(),
                body("enforce_nonce", BOOL, "Make Discord return the first message for the same nonce").nullable(),
                body("tts", BOOL, "Read the message aloud").nullable(),
                inner("message_reference.channel_id", "message_reference/channel_id", id(Channel)),
                inner("message_reference.guild_id", "message_reference/guild_id", id(Guild)),
                local("reply-to", "message_reference/message_id", id(Message), "Reply to this message of the channel")
                    .needed(),
            ])
            // A forward needs nothing besides its reference, whose type is 1. A reply needs content.
            .any_of(&[
                "content",
                "embeds",
                "sticker_ids",
                "components",
                "attachments",
                "poll",
                "shared_client_theme",
                "message_reference/type",
            ])
            .with(&[EMBED, POLL, MENTIONS, FILES, VOICE, THEME]),
        get("list", "list_messages", "/channels/{channel_id}/messages", "List the messages of a channel, newest first")
            .effects(&[History])
            .pages(before("id", 50, 100).and_after().and_around())
            .link(Link::Message)
            .columns(&["id", "timestamp", "author.username", "content"])
            .needs(&["VIEW_CHANNEL", "READ_MESSAGE_HISTORY"])
            .more(
                "Unless message content is switched on for the app (see `dcord help listen`), Discord leaves \
                 the text of other people's messages empty.",
            )
            .examples(&[
                "message list 222222222222222222 --limit 10",
                "message list 222222222222222222 --all --after 2h --jq .content",
            ])
            .alias(&["channel messages"])
            .params(&[
                path("channel_id", id(Channel), "Channel to read"),
                query("around", cursor(Message), "Show the messages around this one or this time"),
                query("before", cursor(Message), "Show the messages before this one or this time"),
                query("after", cursor(Message), "Show the messages after this one or this time"),
                query("limit", INT, "Fetch this many messages a request [default: 50]").range(1, 100),
            ])
            .forms(&[
                variant("a place in the middle").only(&["around"]),
                variant("a place to go on from").only(&["before", "after"]),
            ]),
        get("get", "get_message", "/channels/{channel_id}/messages/{message_id}", "Show one message")
            .effects(&[One(Kind::Message)])
            .link(Link::Message)
            .columns(&["id", "timestamp", "author.username", "content"])
            .needs(&["VIEW_CHANNEL", "READ_MESSAGE_HISTORY"])
            .examples(&["message get https://discord.com/channels/1111/2222/3333 --jq .content"])
            .params(&[
                path("channel_id", id(Channel), "Channel that holds it"),
                path("message_id", id(Message), "Message to show"),
            ]),
        patch(
            "edit",
            "update_message",
            "/channels/{channel_id}/messages/{message_id}",
            "Change a message that the bot sent",
        )
        .effects(&[One(Kind::Message)])
        .link(Link::Message)
        .columns(&["id", "edited_timestamp", "content"])
        .more(
            "Only what is given changes. Files that are already attached stay if --attachments lists them, \
             or if no file is added. Of other people's messages a bot may change the suppress-embeds flag \
             alone.",
        )
        .examples(&["message edit 222222222222222222 333333333333333333 'Deploy finished in 3 min'"])
        .params(&[
            path("channel_id", id(Channel), "Channel that holds it"),
            path("message_id", id(Message), "Message to change"),
            body("content", TEXT, "Replace the text").positional().range(0, 2000).nullable(),
            body("embeds", JSON, r#"Replace the embeds: [{"title":"…","description":"…"},…]"#).items(0, 10).nullable(),
            body("flags", flags(EDIT_FLAGS), "Replace the flags").open().nullable(),
            body("allowed_mentions", JSON, r#"Say who may be pinged: {"parse":["users"],"roles":["ID"]}"#).nullable(),
            body("sticker_ids", id(Sticker), "Replace the stickers").repeated().items(0, 1521).nullable(),
            body("components", JSON, "Replace the components, given as a JSON array").items(0, 40).nullable(),
            body("attachments", JSON, r#"Keep only these attached files: [{"id":"ID"},…]"#).items(0, 10).nullable(),
        ])
        .any_of(&["content", "embeds", "flags", "allowed_mentions", "sticker_ids", "components", "attachments"])
        .with(&[EMBED, MENTIONS, FILES]),
        delete("delete", "delete_message", "/channels/{channel_id}/messages/{message_id}", "Delete a message")
            .reason()
            .destructive()
            .effects(&[Deletes(Kind::Message)])
            .no_id()
            .more("Deleting other people's messages needs MANAGE_MESSAGES; one's own need no permission.")
            .examples(&["message delete 222222222222222222 333333333333333333 --yes --reason spam"])
            .params(&[
                path("channel_id", id(Channel), "Channel that holds it"),
                path("message_id", id(Message), "Message to delete"),
            ]),
        post(
            "bulk-delete",
            "bulk_delete_messages",
            "/channels/{channel_id}/messages/bulk-delete",
            "Delete 2 to 100 messages at once",
        )
        .reason()
        .destructive()
        .effects(&[DeletesEach(Kind::Message, "messages")])
        .no_id()
        .needs(&["MANAGE_MESSAGES"])
        .more("Discord refuses the whole request if one of the messages is older than two weeks.")
        .examples(&[
            "message bulk-delete 222222222222222222 --messages 333333333333333333 --messages 333333333333333334",
        ])
        .params(&[
            path("channel_id", id(Channel), "Channel that holds them"),
            body("messages", id(Message), "Delete this message").repeated().unique().items(2, 100).required(),
        ]),
        get("search", "guild_search", "/guilds/{guild_id}/messages/search", "Search the messages of a server")
            .effects(&[Parts(Kind::Message)])
            .pages(offset(25, 25))
            .items("messages")
            .link(Link::Message)
            .columns(&["id", "channel_id", "timestamp", "author.username", "content"])
            .needs(&["READ_MESSAGE_HISTORY"])
            .more(
                "The first search of a server may have to wait for Discord to build its index; dcord waits for \
                 as long as --max-wait allows. Discord serves the first 10,000 results: to see those after \
                 them, narrow the search with --max-id or --min-id. Message content must be switched on for the app (see `dcord help \
                 listen`). A search prints the messages that fit, with -o json Discord's whole answer.",
            )
            .examples(&["message search 111111111111111111 --content 'release notes' --has link --min-id 7d"])
            .params(&[
                path("guild_id", id(Guild), "Server to search"),
                query("content", STRING, "Find messages with this text").max(1024),
                query("author_id", id(User), "Only messages of this user").repeated().unique().items(0, 100),
                query("author_type", one_of(AUTHOR_TYPES), "Only messages of this kind of author")
                    .repeated()
                    .unique()
                    .items(0, 6),
                query("channel_id", id(Channel), "Only messages of this channel").repeated().unique().items(0, 500),
                query("mentions", id(User), "Only messages that mention this user").repeated().unique().items(0, 100),
                query("mentions_role_id", id(Role), "Only messages that mention this role")
                    .repeated()
                    .unique()
                    .items(0, 100),
                query("mention_everyone", BOOL, "Only messages that do, or do not, mention everyone"),
                query("replied_to_user_id", id(User), "Only replies to this user").repeated().unique().items(0, 100),
                query("replied_to_message_id", id(Message), "Only replies to this message")
                    .repeated()
                    .unique()
                    .items(0, 100),
                query("has", one_of(HAS), "Only messages that have (with - before it: lack) this")
                    .repeated()
                    .unique()
                    .items(0, 18),
                query("embed_type", one_of(EMBED_TYPES), "Only messages with an embed of this kind")
                    .repeated()
                    .unique()
                    .items(0, 5),
                query("embed_provider", STRING, "Only messages with an embed from this site")
                    .max(256)
                    .repeated()
                    .unique()
                    .items(0, 100),
                query("link_hostname", STRING, "Only messages with a link to this host")
                    .max(256)
                    .repeated()
                    .unique()
                    .words()
                    .items(0, 100),
                query("attachment_extension", STRING, "Only messages with a file of this extension")
                    .max(256)
                    .repeated()
                    .unique()
                    .words()
                    .items(0, 100),
                query("attachment_filename", STRING, "Only messages with a file of this name")
                    .max(1024)
                    .repeated()
                    .unique()
                    .items(0, 100),
                query("pinned", BOOL, "Only messages that are, or are not, pinned"),
                query("include_nsfw", BOOL, "Search age-restricted channels as well"),
                query("min_id", cursor(Message), "Only messages after this one or this time"),
                query("max_id", cursor(Message), "Only messages before this one or this time"),
                query("slop", INT, "Allow this many words between the words sought [default: 2]").range(0, 100),
                query("sort_by", one_of(SORT_BY), "Sort by this [default: timestamp]"),
                query("sort_order", one_of(SORT_ORDER), "Sort this way [default: desc]"),
                query("offset", INT, "Skip this many results").range(0, 9975),
                query("limit", INT, "Fetch this many results a request [default: 25]").range(1, 25),
            ]),
        post(
            "crosspost",
            "crosspost_message",
            "/channels/{channel_id}/messages/{message_id}/crosspost",
            "Publish a message of an announcement channel to its followers",
        )
        .effects(&[One(Kind::Message)])
        .link(Link::Message)
        .columns(&["id", "flags", "content"])
        .more("Publishing other people's messages needs MANAGE_MESSAGES.")
        .examples(&["message crosspost '#releases' 333333333333333333"])
        .params(&[
            path("channel_id", id(Channel), "Announcement channel that holds it"),
            path("message_id", id(Message), "Message to publish"),
        ]),
    ],
);

static AUTHOR_TYPES: &[Choice] = &[
    s("user", "user"),
    s("bot", "bot"),
    s("webhook", "webhook"),
    s("-user", "-user"),
    s("-bot", "-bot"),
    s("-webhook", "-webhook"),
];

static HAS: &[Choice] = &[
    s("link", "link"),
    s("embed", "embed"),
    s("file", "file"),
    s("image", "image"),
    s("video", "video"),
    s("sound", "sound"),
    s("sticker", "sticker"),
    s("poll", "poll"),
    s("snapshot", "snapshot"),
    s("-link", "-link"),
    s("-embed", "-embed"),
    s("-file", "-file"),
    s("-image", "-image"),
    s("-video", "-video"),
    s("-sound", "-sound"),
    s("-sticker", "-sticker"),
    s("-poll", "-poll"),
    s("-snapshot", "-snapshot"),
];

static EMBED_TYPES: &[Choice] =
    &[s("image", "image"), s("video", "video"), s("gif", "gif"), s("sound", "sound"), s("article", "article")];

static SORT_BY: &[Choice] = &[s("timestamp", "timestamp"), s("relevance", "relevance")];
