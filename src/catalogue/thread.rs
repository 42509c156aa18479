//! `dcord thread`: threads and forum posts. What holds for all channels is under `dcord channel`.

use super::builder::*;
use super::choices::{AUTO_ARCHIVE, SEND_FLAGS, SORT_ORDER, TAG_SETTINGS};
use super::groups::message::{EMBED, FILES, MENTIONS, POLL, THEME, VOICE};
use super::types::{Choice, Endpoint, Noun, Unit};
use crate::model::Entity::{Channel, Guild, Message, Sticker, Tag, User};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun("thread", "Start, find and join threads and forum posts", ROWS);

static ROWS: &[Endpoint] = &[
    post("create", "create_thread", "/channels/{channel_id}/threads", "Create a thread or a forum post")
        .reason()
        .effects(&[One(Kind::Channel)])
        .link(Link::Channel)
        .columns(&["id", "name", "parent_id", "type"])
        .more(
            "In a text or announcement channel it makes a thread without a message; public ones need \
             CREATE_PUBLIC_THREADS, private ones CREATE_PRIVATE_THREADS. In a forum or media channel it \
             makes a post: its first message is required and needs SEND_MESSAGES, and --type and \
             --invitable do not apply.",
        )
        .examples(&[
            "thread create 222222222222222222 'Release 1.4' --type public-thread",
            "thread create 222222222222222222 'Crash at start' --message.content 'Since today' --file log.txt",
        ])
        .params(&[
            path("channel_id", id(Channel), "Channel, forum or media channel to create it in"),
            body("name", STRING, "Name of the thread or post").positional().range(1, 100).required(),
            body("auto_archive_duration", one_of(AUTO_ARCHIVE), "Hide it after this long a silence")
                .unit(Unit::Minutes)
                .nullable(),
            body("rate_limit_per_user", INT, "Make users wait this long between two messages")
                .range(0, 21_600)
                .unit(Unit::Seconds)
                .nullable(),
            body("type", one_of(TYPES), "Thread: make this kind [default: private-thread]").nullable(),
            body("invitable", BOOL, "Private thread: let all its members add others").nullable(),
            body("applied_tags", id(Tag), "Post: give it this tag").repeated().items(0, 5).nullable(),
            body("message", JSON, r#"Post: the first message: {"content":"…"}"#),
            inner("message.embeds", "message/embeds", JSON).items(0, 10),
            inner("message.attachments", "message/attachments", JSON).items(0, 10),
            local("message.content", "message/content", TEXT, "Post: the text of the first message").range(0, 2000),
            local("message.components", "message/components", JSON, "Post: buttons and layout, given as a JSON array")
                .items(0, 40),
            local("message.sticker-ids", "message/sticker_ids/-", id(Sticker), "Post: add a sticker")
                .repeated()
                .items(0, 3),
            local("message.flags", "message/flags", flags(SEND_FLAGS), "Post: set flags of the first message"),
        ])
        .forms(&[
            variant("a thread of a text channel").only(&["type", "invitable"]),
            variant("a post in a forum").only(&["applied_tags", "message"]),
        ])
        .with(&[EMBED, POLL, MENTIONS, FILES, VOICE, THEME]),
    post(
        "start",
        "create_thread_from_message",
        "/channels/{channel_id}/messages/{message_id}/threads",
        "Start a thread from a message",
    )
    .reason()
    .effects(&[One(Kind::Channel), Outdates(Kind::Message)])
    .link(Link::Channel)
    .columns(&["id", "name", "parent_id", "type"])
    .needs(&["CREATE_PUBLIC_THREADS"])
    .more(
        "The thread has the message's id, so a message can have one thread only. Not for forums: see \
         `dcord thread create`.",
    )
    .examples(&["thread start 222222222222222222 333333333333333333 'Why it failed'"])
    .alias(&["message thread"])
    .params(&[
        path("channel_id", id(Channel), "Channel that holds the message"),
        path("message_id", id(Message), "Message to start from"),
        body("name", STRING, "Name of the thread").positional().range(1, 100).required(),
        body("auto_archive_duration", one_of(AUTO_ARCHIVE), "Hide it after this long a silence")
            .unit(Unit::Minutes)
            .nullable(),
        body("rate_limit_per_user", INT, "Make users wait this long between two messages")
            .range(0, 21_600)
            .unit(Unit::Seconds)
            .nullable(),
    ]),
    get("list", "get_active_guild_threads", "/guilds/{guild_id}/threads/active", "List the threads of a server in use")
        .effects(&[All(Kind::Thread)])
        .items("threads")
        .link(Link::Channel)
        .columns(&["id", "name", "parent_id", "owner_id", "message_count"])
        .more(
            "All that are not archived and that the bot can see, started last first. For the others see \
             `dcord thread list-archived`.",
        )
        .examples(&[r#"thread list 111111111111111111 --jq 'select(.parent_id == "222222222222222222") | .name'"#])
        .alias(&["guild threads"])
        .params(&[path("guild_id", id(Guild), "Server to look at")]),
    get("search", "thread_search", "/channels/{channel_id}/threads/search", "Search the threads or posts of a channel")
        .effects(&[Several(Kind::Thread)])
        .pages(offset(25, 25).has_more())
        .items("threads")
        .link(Link::Channel)
        .columns(&["id", "name", "owner_id", "message_count", "thread_metadata.archived"])
        .needs(&["READ_MESSAGE_HISTORY"])
        .more(
            "The first search may have to wait for Discord to build its index; dcord waits for as long as \
             --max-wait allows. Discord serves the first 10,000 results: to see those after them, narrow the \
             search with --max-id or --min-id.",
        )
        .examples(&["thread search 222222222222222222 crash --archived=false --sort-by last-message-time"])
        .params(&[
            path("channel_id", id(Channel), "Channel, forum or media channel to search"),
            query("name", STRING, "Find threads with this in their name").positional().max(100),
            query("slop", INT, "Allow this many words between the words sought").range(0, 100),
            query("min_id", cursor(Channel), "Only threads started after this one or this time"),
            query("max_id", cursor(Channel), "Only threads started before this one or this time"),
            query("tag", id(Tag), "Only posts with this tag").repeated().unique().items(0, 20),
            query("tag_setting", one_of(TAG_SETTINGS), "Ask for all of the tags, or for some"),
            query("archived", BOOL, "Only threads that are, or are not, archived"),
            query("sort_by", one_of(SORT_BY), "Sort by this"),
            query("sort_order", one_of(SORT_ORDER), "Sort this way"),
            query("limit", INT, "Fetch this many threads a request [default: 25]").range(1, 25),
            query("offset", INT, "Skip this many results").range(0, 9975),
        ]),
    patch("archive", "update_channel", "/channels/{channel_id}", "Archive a thread or forum post")
        .composed()
        .reason()
        .effects(&[Outdates(Kind::Thread)])
        .no_id()
        .columns(&["name", "before", "after"])
        .needs(&["MANAGE_THREADS"])
        .more(
            "An archived thread leaves the channel list. It opens again when somebody writes in it, unless it is \
             locked: `dcord thread lock` before it prevents that. A thread that the bot started needs no \
             permission. Nothing is sent if the thread is archived already.",
        )
        .examples(&["thread archive 'Release 1.4' --reason 'released'"])
        .params(&[path("channel_id", id(Channel), "Thread to archive")])
        .may_be_empty(),
    patch("unarchive", "update_channel", "/channels/{channel_id}", "Reopen an archived thread or forum post")
        .composed()
        .reason()
        .effects(&[Outdates(Kind::Thread)])
        .no_id()
        .columns(&["name", "before", "after"])
        .more(
            "A locked thread needs MANAGE_THREADS, any other SEND_MESSAGES_IN_THREADS. Nothing is sent if the \
             thread is open already.",
        )
        .examples(&["thread unarchive 222222222222222222"])
        .params(&[path("channel_id", id(Channel), "Thread to reopen")])
        .may_be_empty(),
    get(
        "list-archived",
        "list_public_archived_threads",
        "/channels/{channel_id}/threads/archived/public",
        "List the archived public threads or posts of a channel",
    )
    .effects(&[Several(Kind::Thread)])
    .pages(before("thread_metadata.archive_timestamp", 50, 100).least(2).has_more())
    .items("threads")
    .link(Link::Channel)
    .columns(&["id", "name", "owner_id", "message_count", "thread_metadata.archive_timestamp"])
    .needs(&["READ_MESSAGE_HISTORY"])
    .more("Archived last first. Threads that are not archived are in `dcord thread list`.")
    .examples(&["thread list-archived 222222222222222222 --all --before 90d -o id"])
    .params(&[
        path("channel_id", id(Channel), "Channel, forum or media channel to look at"),
        query("before", TIME, "Show the threads archived before this time"),
        query("limit", INT, "Fetch this many threads a request").range(2, 100),
    ]),
    get(
        "list-private-archived",
        "list_private_archived_threads",
        "/channels/{channel_id}/threads/archived/private",
        "List the archived private threads of a channel",
    )
    .effects(&[Several(Kind::Thread)])
    .pages(before("thread_metadata.archive_timestamp", 50, 100).least(2).has_more())
    .items("threads")
    .link(Link::Channel)
    .columns(&["id", "name", "owner_id", "message_count", "thread_metadata.archive_timestamp"])
    .needs(&["READ_MESSAGE_HISTORY", "MANAGE_THREADS"])
    .more("Archived last first. Without MANAGE_THREADS, see `dcord thread list-joined-archived`.")
    .params(&[
        path("channel_id", id(Channel), "Channel to look at"),
        query("before", TIME, "Show the threads archived before this time"),
        query("limit", INT, "Fetch this many threads a request").range(2, 100),
    ]),
    get(
        "list-joined-archived",
        "list_my_private_archived_threads",
        "/channels/{channel_id}/users/@me/threads/archived/private",
        "List the archived private threads that the bot is in",
    )
    .effects(&[Several(Kind::Thread)])
    .pages(before("id", 50, 100).least(2).has_more())
    .items("threads")
    .link(Link::Channel)
    .columns(&["id", "name", "owner_id", "message_count", "thread_metadata.archive_timestamp"])
    .needs(&["READ_MESSAGE_HISTORY"])
    .more("Started last first.")
    .params(&[
        path("channel_id", id(Channel), "Channel to look at"),
        query("before", cursor(Channel), "Show the threads started before this one or this time"),
        query("limit", INT, "Fetch this many threads a request").range(2, 100),
    ]),
    put("join", "join_thread", "/channels/{channel_id}/thread-members/@me", "Make the bot join a thread")
        .effects(&[Outdates(Kind::Thread)])
        .no_id()
        .more("The thread must not be archived.")
        .examples(&["thread join 'Release 1.4'"])
        .params(&[path("channel_id", id(Channel), "Thread to join")]),
    delete("leave", "leave_thread", "/channels/{channel_id}/thread-members/@me", "Make the bot leave a thread")
        .effects(&[Outdates(Kind::Thread)])
        .no_id()
        .more("The thread must not be archived.")
        .examples(&["thread leave 'Release 1.4'"])
        .params(&[path("channel_id", id(Channel), "Thread to leave")]),
    get("list-members", "list_thread_members", "/channels/{channel_id}/thread-members", "List the members of a thread")
        .pages(after("user_id", 100, 100).only_with("with_member"))
        .id("user_id")
        .columns(&["user_id", "join_timestamp", "member.user.username", "member.nick"])
        .more(
            "The server members intent must be switched on for the app (see `dcord help listen`). Without \
             --with-member the answer has ids only, and all of them at once.",
        )
        .examples(&["thread list-members 222222222222222222 --with-member --all --jq .member.user.username"])
        .alias(&["thread members"])
        .params(&[
            path("channel_id", id(Channel), "Thread to look at"),
            query("with_member", BOOL, "Add who they are in the server, and cut the list in pages"),
            query("limit", INT, "Fetch this many members a request [default: 100]").range(1, 100),
            query("after", cursor(User), "Show the members whose id is above this one"),
        ]),
    get(
        "get-member",
        "get_thread_member",
        "/channels/{channel_id}/thread-members/{user_id}",
        "Show since when a user is in a thread",
    )
    .id("user_id")
    .columns(&["user_id", "join_timestamp", "member.user.username", "member.nick"])
    .more("Fails with exit status 6 if the user is not in the thread.")
    .examples(&["thread get-member 'Release 1.4' @alice --with-member"])
    .params(&[
        path("channel_id", id(Channel), "Thread to look at"),
        path("user_id", id(User), "User to look up"),
        query("with_member", BOOL, "Add who they are in the server"),
    ]),
    put("add-member", "add_thread_member", "/channels/{channel_id}/thread-members/{user_id}", "Add a user to a thread")
        .effects(&[Outdates(Kind::Thread)])
        .no_id()
        .needs(&["SEND_MESSAGES_IN_THREADS"])
        .more("The thread must not be archived.")
        .examples(&["thread add-member 'Release 1.4' @alice"])
        .params(&[path("channel_id", id(Channel), "Thread to add them to"), path("user_id", id(User), "User to add")]),
    delete(
        "remove-member",
        "delete_thread_member",
        "/channels/{channel_id}/thread-members/{user_id}",
        "Remove a member from a thread",
    )
    .effects(&[Outdates(Kind::Thread)])
    .no_id()
    .needs(&["MANAGE_THREADS"])
    .more("Who started a private thread may remove its members as well. The thread must not be archived.")
    .examples(&["thread remove-member 'Release 1.4' @alice"])
    .params(&[
        path("channel_id", id(Channel), "Thread to remove them from"),
        path("user_id", id(User), "Member to remove"),
    ]),
];

/// The kinds of channels that are threads ("Channel Types").
static TYPES: &[Choice] = &[n("announcement-thread", 10), n("public-thread", 11), n("private-thread", 12)];

static SORT_BY: &[Choice] = &[
    s("relevance", "relevance"),
    s("creation-time", "creation_time"),
    s("last-message-time", "last_message_time"),
    s("archive-time", "archive_time"),
];
