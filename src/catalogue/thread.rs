//! `dcord thread`: threads and forum posts. Commands for all channels are in `dcord channel`.

use super::builder::*;
use super::choices::{AUTO_ARCHIVE, SEND_FLAGS, SORT_ORDER, TAG_SETTINGS};
use super::groups::message::{BUTTONS, EMBED, FILES, MENTIONS, POLL, THEME, VOICE};
use super::types::{Choice, Endpoint, Noun, Unit};
use crate::model::Entity::{Channel, Guild, Message, Sticker, Tag, User};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun("thread", "Create, find and join threads and forum posts", ROWS);

static ROWS: &[Endpoint] = &[
    post("create", "create_thread", "/channels/{channel_id}/threads", "Create a thread or a forum post")
        .reason()
        .effects(&[One(Kind::Channel)])
        .link(Link::Channel)
        .columns(&["id", "name", "parent_id", "type"])
        .may_need(&["CREATE_PUBLIC_THREADS", "CREATE_PRIVATE_THREADS", "SEND_MESSAGES"])
        .more(
            "In a text or announcement channel, this creates a thread that is not attached to a message. A public \
             thread requires create-public-threads, a private thread create-private-threads. In a forum or media \
             channel, this creates a post, which requires send-messages and a first message; --type and --invitable do \
             not apply.\n\n\
             By default, a thread in a text channel is public, and a thread in an announcement channel is an announcement thread, as in Discord's apps. For a thread that only its members and moderators can see, use \
             --type private-thread.",
        )
        .examples(&[
            "thread create '#general' 'Release 1.4'",
            "thread create '#general' 'Budget' --type private-thread",
            "thread create '#bugs' 'Crash at start' --message.content 'Since version 1.4' --file log.txt",
        ])
        .params(&[
            path("channel_id", id(Channel), "Text, announcement, forum or media channel"),
            body("name", STRING, "Name of the thread or post").positional().range(1, 100).required(),
            body("auto_archive_duration", one_of(AUTO_ARCHIVE), "Archive the thread after this time without activity")
                .unit(Unit::Minutes)
                .nullable(),
            body("rate_limit_per_user", INT, "Slow mode: time between two messages of a user")
                .alias("slowmode")
                .range(0, 21_600)
                .unit(Unit::Seconds)
                .nullable().minor(),
            body("type", one_of(TYPES), "Thread: type [default: public-thread, or announcement-thread]")
                .by_channel(&[(0, "public-thread"), (5, "announcement-thread")])
                .nullable(),
            body("invitable", BOOL, "Private thread: let members who are not moderators add others").nullable().minor(),
            body("applied_tags", id(Tag), "Post: tag").repeated().items(0, 5).nullable(),
            body("message", JSON, r#"Post: first message, as JSON: {"content":"…"}"#),
            inner("message.embeds", "message/embeds", JSON).items(0, 10),
            inner("message.attachments", "message/attachments", JSON).items(0, 10),
            local("message.content", "message/content", TEXT, "Post: text of the first message").range(0, 2000),
            local(
                "message.components",
                "message/components",
                JSON,
                "Post: buttons, menus and layout of the first message, as a JSON array",
            )
            .items(0, 40),
            local(
                "message.sticker-ids",
                "message/sticker_ids/-",
                id(Sticker),
                "Post: sticker to attach to the first message",
            )
            .repeated()
            .items(0, 3),
            local("message.flags", "message/flags", flags(SEND_FLAGS), "Post: flags of the first message"),
        ])
        .forms(&[
            variant("a thread of a text channel").only(&["type", "invitable"]),
            variant("a post in a forum").only(&["applied_tags", "message", "button"]),
        ])
        .with(&[BUTTONS, EMBED, POLL, MENTIONS, FILES, VOICE, THEME]),
    post(
        "start",
        "create_thread_from_message",
        "/channels/{channel_id}/messages/{message_id}/threads",
        "Create a thread from a message",
    )
    .reason()
    .effects(&[One(Kind::Channel), Outdates(Kind::Message)])
    .link(Link::Channel)
    .columns(&["id", "name", "parent_id", "type"])
    .needs(&["CREATE_PUBLIC_THREADS"])
    .more("A message can have one thread, which gets the message's id. In a forum, use `dcord thread create`.")
    .examples(&["thread start '#general' 333333333333333333 'Why the build failed'"])
    .alias(&["message thread"])
    .params(&[
        path("channel_id", id(Channel), "Channel of the message"),
        path("message_id", id(Message), "Message to start the thread from"),
        body("name", STRING, "Name of the thread").positional().range(1, 100).required(),
        body("auto_archive_duration", one_of(AUTO_ARCHIVE), "Archive the thread after this time without activity")
            .unit(Unit::Minutes)
            .nullable(),
        body("rate_limit_per_user", INT, "Slow mode: time between two messages of a user")
            .alias("slowmode")
            .range(0, 21_600)
            .unit(Unit::Seconds)
            .nullable(),
    ]),
    get(
        "list",
        "get_active_guild_threads",
        "/guilds/{guild_id}/threads/active",
        "List the active threads of a server",
    )
    .effects(&[All(Kind::Thread)])
    .items("threads")
    .link(Link::Channel)
    .columns(&["id", "name", "parent_id", "owner_id", "message_count"])
    .more(
        "Lists the threads that are not archived and that the bot can view, newest first. For archived threads, use \
         `dcord thread list-archived`.",
    )
    .examples(&[r#"thread list 'My Server' --jq 'select(.parent_id == "222222222222222222") | .name'"#])
    .alias(&["guild threads"])
    .params(&[path("guild_id", id(Guild), "Server")]),
    get(
        "search",
        "thread_search",
        "/channels/{channel_id}/threads/search",
        "Search the threads or posts of a channel",
    )
    .effects(&[Several(Kind::Thread)])
    .pages(offset(25, 25).has_more())
    .items("threads")
    .link(Link::Channel)
    .columns(&["id", "name", "owner_id", "message_count", "thread_metadata.archived"])
    .needs(&["READ_MESSAGE_HISTORY"])
    .more(
        "Before the first search, Discord builds an index; dcord waits for it, for at most --max-wait. Discord returns at \
         most 10,000 results per search: to see more, narrow the search with --max-id or --min-id.",
    )
    .examples(&["thread search '#bugs' crash --archived=false --sort-by last-message-time"])
    .params(&[
        path("channel_id", id(Channel), "Text, announcement, forum or media channel"),
        query("name", STRING, "Words that the thread's name contains").positional().max(100),
        query("slop", INT, "Number of other words allowed between the search words").range(0, 100),
        query("min_id", cursor(Channel), "Only threads created after this thread id or time").alias("after"),
        query("max_id", cursor(Channel), "Only threads created before this thread id or time").alias("before"),
        query("tag", id(Tag), "Only posts with this tag").repeated().unique().items(0, 20),
        query("tag_setting", one_of(TAG_SETTINGS), "Whether a post must have all of the tags or some of them"),
        query("archived", BOOL, "Only archived threads; =false: only active threads"),
        query("sort_by", one_of(SORT_BY), "Sort key"),
        query("sort_order", one_of(SORT_ORDER), "Sort order"),
        query("limit", INT, "Threads per request [default: 25]").range(1, 25),
        query("offset", INT, "Number of results to skip").range(0, 9975),
    ]),
    patch("archive", "update_channel", "/channels/{channel_id}", "Archive a thread, or all threads without recent messages")
        .composed()
        .usages(&[
            "thread archive THREAD",
            "thread archive CHANNEL --idle SPAN",
            "thread archive --guild SERVER --idle SPAN",
        ])
        .reason()
        .effects(&[Outdates(Kind::Thread)])
        .columns(&["name", "before", "after"])
        .needs(&["MANAGE_THREADS"])
        .more(
            "An archived thread disappears from the channel list. It reopens when someone writes in it, unless you \
             lock it first with `dcord thread lock`. The bot needs no permission to archive a thread that it \
             created. If the thread is archived already, dcord sends nothing.\n\n\
             With --idle SPAN, the target is a channel or forum, or --guild names a whole server. dcord counts the active \
             threads and posts in which nobody has written, and which nobody has reopened, for this long. It asks for \
             confirmation and then archives them. Pinned posts stay. With --dry-run, dcord lists the threads and archives \
             none. Threads that cannot be archived are reported one by one, and the exit status is 3. In a pipe, dcord \
             prints each archived thread.",
        )
        .examples(&[
            "thread archive 'Release 1.4' --reason 'released'",
            "thread archive '#support' --idle 7d",
            "thread archive --guild 'My Server' --idle 30d --dry-run",
        ])
        .params(&[
            path("channel_id", id(Channel), "Thread to archive; with --idle, the channel or forum of the threads")
                .label_name("THREAD")
                .or_server(),
            query("idle", INT, "Archive all threads without a message for this long")
                .range(60, 31_536_000)
                .unit(Unit::Seconds),
        ])
        .may_be_empty(),
    patch("unarchive", "update_channel", "/channels/{channel_id}", "Reopen an archived thread or forum post")
        .composed()
        .reason()
        .effects(&[Outdates(Kind::Thread)])
        .columns(&["name", "before", "after"])
        .may_need(&["SEND_MESSAGES_IN_THREADS", "MANAGE_THREADS"])
        .more(
            "Reopening a locked thread requires manage-threads, and reopening any other thread needs \
             send-messages-in-threads. If the thread is not archived, dcord sends nothing.",
        )
        .examples(&["thread unarchive 222222222222222222"])
        .params(&[path("channel_id", id(Channel), "Thread to reopen").label_name("THREAD")])
        .may_be_empty(),
    get(
        "list-archived",
        "list_public_archived_threads",
        "/channels/{channel_id}/threads/archived/public",
        "List the archived public threads, or posts, of a channel",
    )
    .effects(&[Several(Kind::Thread)])
    .pages(before("thread_metadata.archive_timestamp", 50, 100).least(2).has_more())
    .items("threads")
    .link(Link::Channel)
    .columns(&["id", "name", "owner_id", "message_count", "thread_metadata.archive_timestamp"])
    .needs(&["READ_MESSAGE_HISTORY"])
    .more("The most recently archived thread comes first. For active threads, use `dcord thread list`.")
    .examples(&["thread list-archived '#general' --all --before 90d -o id"])
    .params(&[
        path("channel_id", id(Channel), "Text, announcement, forum or media channel"),
        query("before", TIME, "Only threads archived before this time"),
        query("limit", INT, "Threads per request [default: 50]").range(2, 100),
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
    .more(
        "The most recently archived thread comes first. Without manage-threads, use `dcord thread \
         list-joined-archived`.",
    )
    .params(&[
        path("channel_id", id(Channel), "Channel"),
        query("before", TIME, "Only threads archived before this time"),
        query("limit", INT, "Threads per request [default: 50]").range(2, 100),
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
    .more("The newest thread comes first.")
    .params(&[
        path("channel_id", id(Channel), "Channel"),
        query("before", cursor(Channel), "Only threads created before this thread id or time"),
        query("limit", INT, "Threads per request [default: 50]").range(2, 100),
    ]),
    put("join", "join_thread", "/channels/{channel_id}/thread-members/@me", "Join a thread")
        .action("Join thread {channel_id}")
        .effects(&[Outdates(Kind::Thread)])
        .no_id()
        .needs_none("a bot can join each thread that it can view")
        .more("The thread must not be archived.")
        .examples(&["thread join 'Release 1.4'"])
        .params(&[path("channel_id", id(Channel), "Thread to join").label_name("THREAD")]),
    delete("leave", "leave_thread", "/channels/{channel_id}/thread-members/@me", "Leave a thread")
        .action("Leave thread {channel_id}")
        .effects(&[Outdates(Kind::Thread)])
        .no_id()
        .needs_none("a bot can leave each thread")
        .more("The thread must not be archived.")
        .examples(&["thread leave 'Release 1.4'"])
        .params(&[path("channel_id", id(Channel), "Thread to leave").label_name("THREAD")]),
    get(
        "list-members",
        "list_thread_members",
        "/channels/{channel_id}/thread-members",
        "List the members of a thread",
    )
    .pages(after("user_id", 100, 100).only_with("with_member"))
    .id("user_id")
    .columns(&["user_id", "join_timestamp", "member.user.username", "member.nick"])
    .more(
        "The server members intent must be enabled for the app (see `dcord help listen`). Without --with-member, \
         Discord returns all members in one page, with ids but without names.",
    )
    .examples(&["thread list-members 'Release 1.4' --with-member --all --jq .member.user.username"])
    .alias(&["thread members"])
    .params(&[
        path("channel_id", id(Channel), "Thread").label_name("THREAD"),
        query("with_member", BOOL, "Include each user's server member object, with nickname and roles"),
        query("limit", INT, "Members per request [default: 100]").range(1, 100),
        query("after", cursor(User), "Only members whose user id is above this id or time"),
    ]),
    get(
        "get-member",
        "get_thread_member",
        "/channels/{channel_id}/thread-members/{user_id}",
        "Show when a user joined a thread",
    )
    .id("user_id")
    .columns(&["user_id", "join_timestamp", "member.user.username", "member.nick"])
    .more("Exits with status 6 if the user is not in the thread.")
    .examples(&["thread get-member 'Release 1.4' @alice --with-member"])
    .params(&[
        path("channel_id", id(Channel), "Thread").label_name("THREAD"),
        path("user_id", id(User), "User"),
        query("with_member", BOOL, "Include the user's server member object, with nickname and roles"),
    ]),
    put(
        "add-member",
        "add_thread_member",
        "/channels/{channel_id}/thread-members/{user_id}",
        "Add a user to a thread",
    )
    .action("Add {user_id} to thread {channel_id}")
    .effects(&[Outdates(Kind::Thread)])
    .no_id()
    .needs(&["SEND_MESSAGES_IN_THREADS"])
    .more("The thread must not be archived.")
    .examples(&["thread add-member 'Release 1.4' @alice"])
    .params(&[path("channel_id", id(Channel), "Thread").label_name("THREAD"), path("user_id", id(User), "User to add")]),
    delete(
        "remove-member",
        "delete_thread_member",
        "/channels/{channel_id}/thread-members/{user_id}",
        "Remove a member from a thread",
    )
    .action("Remove {user_id} from thread {channel_id}")
    .effects(&[Outdates(Kind::Thread)])
    .no_id()
    .needs(&["MANAGE_THREADS"])
    .more("In a private thread, the creator can remove members as well. The thread must not be archived.")
    .examples(&["thread remove-member 'Release 1.4' @alice"])
    .params(&[path("channel_id", id(Channel), "Thread").label_name("THREAD"), path("user_id", id(User), "Member to remove")]),
];

/// The kinds of channels that are threads ("Channel Types").
static TYPES: &[Choice] = &[n("public-thread", 11), n("private-thread", 12), n("announcement-thread", 10)];

static SORT_BY: &[Choice] = &[
    s("relevance", "relevance"),
    s("creation-time", "creation_time"),
    s("last-message-time", "last_message_time"),
    s("archive-time", "archive_time"),
];
