//! `dcord message`: send, read, edit and delete messages.

use super::builder::*;
use super::choices::{EDIT_FLAGS, SEND_FLAGS, SORT_ORDER};
use super::groups::{BUTTONS, CONTENT, EMBED, FILES, MENTIONS, NONCE, POLL, THEME, VOICE};
use super::types::{Choice, Noun, Param};
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
                "A message needs at least one of text, an embed, a file, a sticker, a poll or components (buttons, \
                 menus and layout). In a thread, the bot requires send-messages-in-threads instead of \
                 send-messages.\n\n\
                 A mention of @everyone or of a role pings nobody unless you allow it with --ping. Retries do not \
                 post the message twice, because Discord recognises its nonce for a few minutes.\n\n\
                 Flags: suppress-embeds hides link previews, suppress-notifications sends no push notification, \
                 is-voice-message shows the one audio file as a voice message, and is-components-v2 replaces text \
                 and embeds with components.",
            )
            .examples(&[
                "message send '#general' 'Deploy finished'",
                "message send '#builds' --embed.title 'Build 71' --embed.color green --embed.field 'Tests=all \
                 passed'",
                "message send '#general' --content-file notes.md --file report.pdf",
                "git log -1 | dcord message send '#builds' -",
            ])
            .alias(&["message create", "thread send"])
            .params(&[path("channel_id", id(Channel), "Channel or thread to send to")])
            // A forward, whose reference has the type 1, needs no content. A reply does.
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
            .with(&[CONTENT, REFERENCE, NONCE, BUTTONS, EMBED, POLL, MENTIONS, FILES, VOICE, THEME]),
        post("reply", "create_message", "/channels/{channel_id}/messages/{message_id}", "Reply to a message")
            .rewritten()
            .nonce()
            .effects(&[One(Kind::Message)])
            .link(Link::Message)
            .columns(&["id", "channel_id", "timestamp", "content"])
            .needs(&["VIEW_CHANNEL", "SEND_MESSAGES", "READ_MESSAGE_HISTORY"])
            .more(
                "Takes the same options as `dcord message send`. A reply pings the author of the message, unless you give --no-mention or --ping. You cannot reply to a system message, such as the notice of a new pin.",
            )
            .examples(&[
                "message reply https://discord.com/channels/1111/2222/3333 'Fixed in 1.4'",
                "message reply '#general' 333333333333333333 'See the log' --file build.log --no-mention",
            ])
            .params(&[
                path("channel_id", id(Channel), "Channel of the message"),
                path("message_id", id(Message), "Message to reply to"),
                body("no_mention", BOOL, "Do not ping the author of the message"),
            ])
            .any_of(&["content", "embeds", "sticker_ids", "components", "attachments", "poll", "shared_client_theme"])
            .with(&[CONTENT, NONCE, BUTTONS, EMBED, POLL, MENTIONS, FILES, VOICE, THEME]),
        post(
            "forward",
            "create_message",
            "/channels/{channel_id}/messages/{message_id}",
            "Forward a message to another channel",
        )
        .rewritten()
        .nonce()
        .effects(&[One(Kind::Message)])
        .link(Link::Message)
        .columns(&["id", "channel_id", "timestamp"])
        .needs(&["VIEW_CHANNEL", "SEND_MESSAGES"])
        .more(
            "The forwarded message is a copy: it does not follow later changes to the original. To forward another user's message, the message content intent must be enabled for the app (see `dcord help listen`). Discord does not forward polls, calls, activities or system messages.",
        )
        .examples(&[
            "message forward https://discord.com/channels/1111/2222/3333 '#announcements'",
            "message forward '#general' 333333333333333333 '#announcements'",
        ])
        .params(&[
            path("channel_id", id(Channel), "Channel of the message"),
            path("message_id", id(Message), "Message to forward"),
            body("to", id(Channel), "Channel or thread to forward to")
                .label_name("DESTINATION")
                .positional()
                .required(),
            body("flags", flags(SEND_FLAGS), "Message flags").minor(),
        ])
        .with(&[NONCE]),
        get("list", "list_messages", "/channels/{channel_id}/messages", "List the messages of a channel, newest first")
            .effects(&[History])
            .pages(before("id", 50, 100).and_after().and_around())
            .link(Link::Message)
            .columns(&["id", "author.username", "timestamp", "content"])
            .needs(&["VIEW_CHANNEL", "READ_MESSAGE_HISTORY"])
            .more(
                "Discord returns other people's messages without text unless the message content intent is enabled \
                 for the app (see `dcord help listen`).",
            )
            .examples(&[
                "message list '#general' --limit 10",
                "message list '#general' --all --after 2h --jq .content",
                "message list '#general' --all -o csv > messages.csv",
                "message list '#general' --all --fields timestamp,author.username,content > messages.jsonl",
            ])
            .alias(&["channel messages"])
            .params(&[
                path("channel_id", id(Channel), "Channel or thread to read"),
                query("around", cursor(Message), "Messages around this message id or time"),
                query("before", cursor(Message), "Messages before this message id or time"),
                query("after", cursor(Message), "Messages after this message id or time"),
                query("limit", INT, "Messages per request [default: 50]").range(1, 100),
            ])
            .forms(&[
                variant("the messages around one").only(&["around"]),
                variant("the messages before or after one").only(&["before", "after"]),
            ]),
        get("get", "get_message", "/channels/{channel_id}/messages/{message_id}", "Show a message")
            .effects(&[One(Kind::Message)])
            .link(Link::Message)
            .columns(&["id", "author.username", "timestamp", "content"])
            .needs(&["VIEW_CHANNEL", "READ_MESSAGE_HISTORY"])
            .examples(&["message get https://discord.com/channels/1111/2222/3333 --jq .content"])
            .params(&[
                path("channel_id", id(Channel), "Channel of the message"),
                path("message_id", id(Message), "Message to show"),
            ]),
        patch(
            "edit",
            "update_message",
            "/channels/{channel_id}/messages/{message_id}",
            "Edit a message that the bot sent",
        )
        .effects(&[One(Kind::Message)])
        .link(Link::Message)
        .columns(&["id", "edited_timestamp", "content"])
        .may_need(&["MANAGE_MESSAGES"])
        .more(
            "Fields that you omit stay as they are. If you add files, use --attachments to list the attached files to keep; Discord removes the others. On a message of another user, the bot can only change the \
             flag suppress-embeds, which requires manage-messages.",
        )
        .examples(&["message edit '#general' 333333333333333333 'Deploy finished in 3 min'"])
        .params(&[
            path("channel_id", id(Channel), "Channel of the message"),
            path("message_id", id(Message), "Message to edit"),
            body("content", TEXT, "New text").positional().range(0, 2000).nullable(),
            body("embeds", JSON, r#"New embeds, as JSON: [{"title":"…","description":"…"},…]"#).items(0, 10).nullable(),
            body("flags", flags(EDIT_FLAGS), "New flags; flags that you omit are cleared").open().nullable().minor(),
            body("allowed_mentions", JSON, r#"Mentions that ping, as JSON: {"parse":["users"],"roles":["ID"]}"#)
                .nullable(),
            body("sticker_ids", id(Sticker), "Sticker of the message; stickers that you omit are removed")
                .repeated()
                .items(0, 1521)
                .nullable()
                .minor(),
            body("components", JSON, "New buttons, menus and layout, as a JSON array").items(0, 40).nullable(),
            body("attachments", JSON, r#"Attached files to keep, as JSON: [{"id":"ID"},…]"#).items(0, 10).nullable(),
        ])
        .any_of(&["content", "embeds", "flags", "allowed_mentions", "sticker_ids", "components", "attachments"])
        .with(&[BUTTONS, EMBED, MENTIONS, FILES]),
        delete("delete", "delete_message", "/channels/{channel_id}/messages/{message_id}", "Delete a message")
            .action("Delete {message_id} in {channel_id}")
            .reason()
            .destructive()
            .effects(&[Deletes(Kind::Message)])
            .no_id()
            .may_need(&["MANAGE_MESSAGES"])
            .more("Deleting a message of another user requires manage-messages.")
            .examples(&["message delete '#general' 333333333333333333 --reason spam --yes"])
            .params(&[
                path("channel_id", id(Channel), "Channel of the message"),
                path("message_id", id(Message), "Message to delete"),
            ]),
        post(
            "bulk-delete",
            "bulk_delete_messages",
            "/channels/{channel_id}/messages/bulk-delete",
            "Delete up to 100 messages at once",
        )
        .action("Delete {messages} in {channel_id}")
        .reason()
        .destructive()
        .for_one("delete_message")
        .effects(&[DeletesEach(Kind::Message, "messages")])
        .no_id()
        .needs(&["MANAGE_MESSAGES"])
        .more(
            "Discord rejects the whole request if one of the messages is older than two weeks. A single message may have \
             any age, because dcord deletes it as `dcord message delete` does. Without any message, the command sends \
             nothing and exits with status 0.",
        )
        .examples(&["message bulk-delete '#general' --messages 333333333333333333,333333333333333334"])
        .params(&[
            path("channel_id", id(Channel), "Channel of the messages"),
            body("messages", id(Message), "Message to delete").repeated().unique().items(2, 100).required(),
        ]),
        post(
            "purge",
            "bulk_delete_messages",
            "/channels/{channel_id}/messages",
            "Delete the messages in a channel that match all filters",
        )
        .action("Delete the messages in {channel_id} that match all filters")
        .composed()
        .reason()
        .destructive()
        .no_effect("the requests that the command sends have effects of their own")
        .pages(before("id", 100, 100).and_after())
        .link(Link::Message)
        .columns(&["id", "channel_id"])
        .needs(&["VIEW_CHANNEL", "READ_MESSAGE_HISTORY", "MANAGE_MESSAGES"])
        .more(
            "Requires --limit, --all or a filter. Reads the channel from the newest message backwards, shows how many \
             messages match all filters, and asks for confirmation before it deletes them. With --limit N, deletes the \
             newest N that match. Pinned messages stay, unless --pinned is \
             given. System messages that Discord does not let anyone delete stay.\n\n\
             With --dry-run, lists the messages that match and deletes nothing. Discord deletes up to 100 messages in \
             one request if they are younger than two weeks, and older ones one by one, which takes much longer. If \
             the command is interrupted, run it again to delete the rest. In a pipe, dcord prints the id and \
             channel_id of each deleted message.\n\n\
             --content, --regex and --links need the text of messages, which Discord sends only with the message \
             content intent (see `dcord help listen`).",
        )
        .examples(&[
            "message purge '#general' --limit 20",
            "message purge '#general' --author @ken --after 1d --dry-run",
            "message purge '#general' --regex 'free (nitro|gifts)' --bots=false --yes --reason spam",
        ])
        .alias(&["message clear", "channel purge"])
        .params(&[
            path("channel_id", id(Channel), "Channel or thread to purge"),
            body("author", id(User), "Only messages by this user").repeated().unique().items(0, 100),
            body("content", STRING, "Only messages that contain this text, ignoring case").range(1, 4000),
            body("regex", STRING, "Only messages whose text matches this regular expression").range(1, 1000),
            body("bots", BOOL, "Only messages by bots and webhooks; =false: only messages by people"),
            body("links", BOOL, "Only messages with a link; =false: only messages without"),
            body("attachments", BOOL, "Only messages with a file; =false: only messages without"),
            query("before", cursor(Message), "Only messages before this message id or time"),
            query("after", cursor(Message), "Only messages after this message id or time"),
            body("pinned", BOOL, "Also delete pinned messages that match (not a filter)"),
        ]),
        get("export", "list_messages", "/channels/{channel_id}/messages", "Export the messages of a channel, oldest first")
            .composed()
            .effects(&[History])
            .pages(before("id", 100, 100).and_after())
            .link(Link::Message)
            .columns(&["id", "timestamp", "author.id", "author.username", "content", "message_reference.message_id", "attachments"])
            .needs(&["VIEW_CHANNEL", "READ_MESSAGE_HISTORY"])
            .more(
                "Prints all messages, or with --limit N the oldest N. jsonl is one JSON object per line, as Discord sent it. \
                 md is a Markdown document that reads like a chat, with names, replies, files and reactions; the text of \
                 messages is escaped, so that it contains no HTML and no control characters. csv has a column for each main \
                 field, or for those of --fields; a cell that a spreadsheet would take for a formula gets a leading \
                 apostrophe.\n\n\
                 With --offline, or with --cached if it is recent enough, dcord reads the messages that `dcord cache sync` \
                 stored, and otherwise Discord. A thread is exported like a channel.\n\n\
                 With --attachments, dcord also downloads the files of the messages: file 0 of message 42 becomes 42-0.png. \
                 It skips complete files, continues incomplete ones, and exits with status 3 if a file could not be \
                 downloaded. -o none prints nothing, and so downloads only the files.",
            )
            .examples(&[
                "message export '#general' > general.jsonl",
                "message export '#general' --format md --after 2026-01-01 > january.md",
                "message export '#general' --format csv --fields timestamp,author.username,content > general.csv",
                "message export '#general' --attachments files > general.jsonl",
            ])
            .alias(&["channel export"])
            .params(&[
                path("channel_id", id(Channel), "Channel or thread to export"),
                query("format", one_of(EXPORT_FORMATS), "Format of the output [default: jsonl]"),
                query("attachments", STRING, "Folder to which dcord downloads the files of the messages")
                    .label_name("DIR"),
                query("before", cursor(Message), "Only messages before this message id or time"),
                query("after", cursor(Message), "Only messages after this message id or time"),
            ]),
        get("search", "guild_search", "/guilds/{guild_id}/messages/search", "Search the messages of a server")
            .effects(&[Parts(Kind::Message)])
            .pages(offset(25, 25))
            .items("messages")
            .link(Link::Message)
            .columns(&["id", "channel_id", "author.username", "timestamp", "content"])
            .needs(&["READ_MESSAGE_HISTORY"])
            .more(
                "The message content intent must be enabled for the app (see `dcord help listen`).\n\n\
                 Before the first search of a server, Discord builds an index; dcord waits for it, for at most --max-wait. \
                 Discord returns at most 10,000 results per search: to see more, narrow the search with --max-id or \
                 --min-id. dcord prints the matching messages, or Discord's whole response with -o json.",
            )
            .examples(&["message search 'My Server' --content 'release notes' --has link --min-id 7d"])
            .params(&[
                path("guild_id", id(Guild), "Server to search"),
                query("content", STRING, "Words that the message contains").max(1024),
                query("author_id", id(User), "Only messages by this user")
                    .alias("author")
                    .repeated()
                    .unique()
                    .items(0, 100),
                query("author_type", one_of(AUTHOR_TYPES), "Only messages by this kind of author")
                    .repeated()
                    .unique()
                    .items(0, 6)
                    .minor(),
                query("channel_id", id(Channel), "Only messages in this channel")
                    .alias("channel")
                    .repeated()
                    .unique()
                    .items(0, 500),
                query("mentions", id(User), "Only messages that mention this user").repeated().unique().items(0, 100),
                query("mentions_role_id", id(Role), "Only messages that mention this role")
                    .repeated()
                    .unique()
                    .items(0, 100)
                    .minor(),
                query("mention_everyone", BOOL, "Only messages that mention @everyone; =false: only those that do not")
                    .minor(),
                query("replied_to_user_id", id(User), "Only replies to this user")
                    .repeated()
                    .unique()
                    .items(0, 100)
                    .minor(),
                query("replied_to_message_id", id(Message), "Only replies to this message")
                    .repeated()
                    .unique()
                    .items(0, 100)
                    .minor(),
                query("has", one_of(HAS), "Only messages with this; with a leading -, only messages without it")
                    .repeated()
                    .unique()
                    .items(0, 18),
                query("embed_type", one_of(EMBED_TYPES), "Only messages with this kind of embed")
                    .repeated()
                    .unique()
                    .items(0, 5)
                    .minor(),
                query("embed_provider", STRING, "Only messages with an embed from this website")
                    .max(256)
                    .repeated()
                    .unique()
                    .items(0, 100)
                    .minor(),
                query("link_hostname", STRING, "Only messages with a link to this host name")
                    .max(256)
                    .repeated()
                    .unique()
                    .words()
                    .items(0, 100)
                    .minor(),
                query("attachment_extension", STRING, "Only messages with a file of this extension")
                    .max(256)
                    .repeated()
                    .unique()
                    .words()
                    .items(0, 100)
                    .minor(),
                query("attachment_filename", STRING, "Only messages with a file of this name")
                    .max(1024)
                    .repeated()
                    .unique()
                    .items(0, 100)
                    .minor(),
                query("pinned", BOOL, "Only pinned messages, or with =false only others"),
                query("include_nsfw", BOOL, "Include age-restricted channels").minor(),
                query("min_id", cursor(Message), "Only messages after this message id or time").alias("after"),
                query("max_id", cursor(Message), "Only messages before this message id or time").alias("before"),
                query("slop", INT, "Number of other words allowed between the search words [default: 2]")
                    .range(0, 100)
                    .minor(),
                query("sort_by", one_of(SORT_BY), "Sort key [default: timestamp]").minor(),
                query("sort_order", one_of(SORT_ORDER), "Sort order [default: desc]"),
                query("offset", INT, "Number of results to skip").range(0, 9975).minor(),
                query("limit", INT, "Results per request [default: 25]").range(1, 25),
            ]),
        post(
            "crosspost",
            "crosspost_message",
            "/channels/{channel_id}/messages/{message_id}/crosspost",
            "Publish a message of an announcement channel to the channel's followers",
        )
        .effects(&[One(Kind::Message)])
        .link(Link::Message)
        .columns(&["id", "flags", "content"])
        .may_need(&["SEND_MESSAGES", "MANAGE_MESSAGES"])
        .more("Publishing a message of the bot requires send-messages, and one of another user manage-messages.")
        .examples(&["message crosspost '#releases' 333333333333333333"])
        .params(&[
            path("channel_id", id(Channel), "Announcement channel of the message"),
            path("message_id", id(Message), "Message to publish"),
        ]),
    ],
);

static EXPORT_FORMATS: &[Choice] = &[s("jsonl", "jsonl"), s("csv", "csv"), s("md", "md")];

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

static REFERENCE: &[Param] = &[
    body("message_reference", JSON, r#"Message to forward: {"type":1,"channel_id":"ID","message_id":"ID"}"#)
        .nullable()
        .minor(),
    inner("message_reference.channel_id", "message_reference/channel_id", id(Channel)),
    inner("message_reference.guild_id", "message_reference/guild_id", id(Guild)),
    local("reply-to", "message_reference/message_id", id(Message), "Message to reply to, in the same channel").needed(),
];
