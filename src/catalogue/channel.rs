//! `dcord channel`: channels of servers, direct messages and group DMs. Threads are channels as well.

use super::builder::*;
use super::choices::{AUTO_ARCHIVE, GUILD_CHANNEL_TYPES, TAG_SETTINGS};
use super::types::{Auth, Choice, Endpoint, Noun, Param, Unit};
use crate::model::Entity::{Any, Channel, Emoji, Guild, Tag, User};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun("channel", "Create, edit, move and delete channels", ROWS);

static ROWS: &[Endpoint] = &[
    get("list", "list_guild_channels", "/guilds/{guild_id}/channels", "List the channels of a server")
        .auth(Auth::Any)
        .effects(&[All(Kind::Channel)])
        .list()
        .link(Link::Channel)
        .columns(&["id", "name", "type", "parent_id", "topic"])
        .more(
            "The list contains no threads; for those, use `dcord thread list`. It also omits channels that the bot \
             cannot view. While a listener keeps the cache up to date, dcord prints on stderr how many channels are \
             missing.",
        )
        .examples(&["channel list 'My Server' --jq 'select(.type == 0) | .name'"])
        .alias(&["guild channels"])
        .params(&[path("guild_id", id(Guild), "Server")]),
    get("get", "get_channel", "/channels/{channel_id}", "Show a channel or thread")
        .effects(&[One(Kind::Channel)])
        .link(Link::Channel)
        .columns(&["id", "name", "type", "parent_id", "topic"])
        .needs(&["VIEW_CHANNEL"])
        .examples(&["channel get '#general' --jq .topic"])
        .alias(&["thread get"])
        .params(&[path("channel_id", id(Channel), "Channel or thread to show")]),
    post("create", "create_guild_channel", "/guilds/{guild_id}/channels", "Create a channel in a server")
        .reason()
        .effects(&[One(Kind::Channel)])
        .link(Link::Channel)
        .columns(&["id", "name", "type", "parent_id", "topic"])
        .needs(&["MANAGE_CHANNELS"])
        .more(
            "To create a thread, use `dcord thread create`.\n\n\
             --private-to hides the channel from everyone except the roles and members that you name, the bot and \
             administrators. To set other permissions, use the --overwrite.* flags: they describe an overwrite, and \
             another --overwrite.id starts the next one. In --permission-overwrites, type is 0 for a role and 1 for a \
             member, and allow and deny are permission numbers in quotes (1024 is view-channel).",
        )
        .examples(&[
            "channel create 'My Server' releases --type announcement --topic 'New releases'",
            "channel create 'My Server' questions --type forum --available-tags.name bug --available-tags.name idea",
            "channel create 'My Server' staff --private-to Moderators,@alice",
        ])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            body("name", STRING, "Channel name").positional().range(1, 100).required(),
            body("type", one_of(GUILD_CHANNEL_TYPES), "Channel type [default: guild-text]").nullable(),
            body("position", INT, "Position in the channel list").min(0).nullable().minor(),
            body("topic", TEXT, "Topic; outside forum and media channels, up to 1024 characters").range(0, 4096).nullable(),
            body("bitrate", INT, "Voice, stage: bits per second").range(8000, 384_000).nullable().minor(),
            body("user_limit", INT, "Voice, stage: user limit (voice: up to 99); 0 means no limit")
                .range(0, 10_000)
                .nullable()
                .minor(),
            body("nsfw", BOOL, "Restrict the channel to adults").nullable().minor(),
            body("rate_limit_per_user", INT, "Slow mode: time between two messages of a user")
                .alias("slowmode")
                .range(0, 21_600)
                .unit(Unit::Seconds)
                .nullable(),
            body("parent_id", id(Channel), "Category to put the channel in").alias("parent").nullable(),
            body(
                "permission_overwrites",
                JSON,
                r#"Permission overwrites, as JSON: [{"id":"ID","type":0,"deny":"1024"},…]"#,
            )
            .items(0, 100)
            .nullable(),
            body("rtc_region", STRING, "Voice, stage: voice region [default: automatic]").nullable().minor(),
            body("video_quality_mode", one_of(VIDEO_QUALITY), "Voice, stage: camera quality").nullable().minor(),
            body(
                "default_auto_archive_duration",
                one_of(AUTO_ARCHIVE),
                "Archive new threads after this time without activity",
            )
            .unit(Unit::Minutes)
            .nullable()
            .minor(),
            body("default_reaction_emoji", JSON, r#"Forum, media: default reaction, as JSON: {"emoji_name":"👍"}"#)
                .nullable(),
            body("default_thread_rate_limit_per_user", INT, "Slow mode of new threads")
                .range(0, 21_600)
                .unit(Unit::Seconds)
                .nullable()
                .minor(),
            body("default_sort_order", one_of(SORT_ORDERS), "Forum, media: default sort order of posts")
                .nullable()
                .minor(),
            body("default_forum_layout", one_of(LAYOUTS), "Forum: default layout of posts").nullable().minor(),
            body("default_tag_setting", one_of(TAG_SETTINGS), "Forum, media: match all or some of the selected tags")
                .nullable()
                .minor(),
            body("available_tags", JSON, r#"Forum, media: tags for posts, as JSON: [{"name":"…"},…]"#)
                .items(0, 20)
                .nullable(),
            body("flags", flags(CHANNEL_FLAGS), "Channel flags").nullable().beyond_spec().minor(),
        ])
        .with(&[PRIVATE, OVERWRITE, FORUM]),
    patch("edit", "update_channel", "/channels/{channel_id}", "Edit a channel, thread or group DM")
        .reason()
        .effects(&[One(Kind::Channel)])
        .link(Link::Channel)
        .columns(&["id", "name", "type", "parent_id", "topic"])
        .may_need(&["MANAGE_CHANNELS", "MANAGE_ROLES", "MANAGE_THREADS"])
        .more(
            "Fields that you omit stay as they are. Lists are replaced as a whole: --available-tags and \
             --permission-overwrites must also contain the entries to keep (`dcord channel get` prints them). To \
             change one overwrite, use `dcord permission set`.\n\n\
             Editing a channel requires manage-channels, editing its overwrites manage-roles, and editing a thread \
             manage-threads. The creator of a thread can rename and archive it, and members can reopen it unless it \
             is locked. An archived thread can only be edited with --archived=false.\n\n\
             Discord allows two changes of a channel's name or topic in ten minutes.",
        )
        .examples(&[
            "channel edit '#general' --topic 'Deploys and releases' --rate-limit-per-user 10s",
            "thread edit 'Release 1.4' --archived --locked",
            "channel edit '#general' --unset parent-id",
        ])
        .alias(&["thread edit"])
        .params(&[
            path("channel_id", id(Channel), "Channel, thread or group DM to edit"),
            body("name", STRING, "New name").range(1, 100).nullable(),
            body("icon", IMAGE, "Group DM: icon").nullable().minor(),
            body(
                "type",
                one_of(GUILD_CHANNEL_TYPES),
                "Channel: new type, only between guild-text and guild-announcement",
            )
            .nullable()
            .minor(),
            body("position", INT, "Channel: position in the channel list").min(0).nullable().minor(),
            body("topic", TEXT, "Channel: topic; outside forum and media channels, up to 1024 characters")
                .range(0, 4096)
                .nullable(),
            body("bitrate", INT, "Voice, stage: bits per second").range(8000, 384_000).nullable().minor(),
            body("user_limit", INT, "Voice, stage: user limit (voice: up to 99); 0 means no limit")
                .range(0, 10_000)
                .nullable()
                .minor(),
            body("nsfw", BOOL, "Channel: restrict it to adults").nullable().minor(),
            body("rate_limit_per_user", INT, "Slow mode: time between two messages of a user")
                .alias("slowmode")
                .range(0, 21_600)
                .unit(Unit::Seconds)
                .nullable(),
            body("parent_id", id(Channel), "Channel: category to move it to").nullable(),
            body(
                "permission_overwrites",
                JSON,
                r#"Channel: new overwrites, as JSON: [{"id":"ID","type":0,"deny":"1024"},…]"#,
            )
            .items(0, 100)
            .nullable(),
            body("rtc_region", STRING, "Voice, stage: voice region; --unset rtc_region makes it automatic")
                .nullable()
                .minor(),
            body("video_quality_mode", one_of(VIDEO_QUALITY), "Voice, stage: camera quality").nullable().minor(),
            body(
                "default_auto_archive_duration",
                one_of(AUTO_ARCHIVE),
                "Channel: archive new threads after this time without activity",
            )
            .unit(Unit::Minutes)
            .nullable()
            .minor(),
            body("default_reaction_emoji", JSON, r#"Forum, media: default reaction, as JSON: {"emoji_name":"👍"}"#)
                .nullable(),
            body("default_thread_rate_limit_per_user", INT, "Channel: slow mode of new threads")
                .range(0, 21_600)
                .unit(Unit::Seconds)
                .nullable()
                .minor(),
            body("default_sort_order", one_of(SORT_ORDERS), "Forum, media: default sort order of posts")
                .nullable()
                .minor(),
            body("default_forum_layout", one_of(LAYOUTS), "Forum: default layout of posts").nullable().minor(),
            body("default_tag_setting", one_of(TAG_SETTINGS), "Forum, media: match all or some of the selected tags")
                .nullable()
                .minor(),
            body("flags", flags(CHANNEL_FLAGS), "New flags: pinned for forum posts, require-tag for forums")
                .open()
                .nullable()
                .minor(),
            body("available_tags", JSON, r#"Forum, media: new tags for posts, as JSON: [{"name":"…"},…]"#)
                .items(0, 20)
                .nullable(),
            body("archived", BOOL, "Thread: archive it, or =false to reopen it").nullable(),
            body("locked", BOOL, "Thread: lock it, so that only moderators can reopen it").nullable(),
            body("invitable", BOOL, "Private thread: let members who are not moderators add others").nullable().minor(),
            body("auto_archive_duration", one_of(AUTO_ARCHIVE), "Thread: archive it after this time without activity")
                .unit(Unit::Minutes)
                .nullable()
                .minor(),
            body("applied_tags", id(Tag), "Forum post: tag; tags that you omit are removed")
                .repeated()
                .items(0, 5)
                .nullable()
                .minor(),
        ])
        .forms(&[
            variant("a group DM").only(&["icon"]),
            variant("a server's channel").only(&[
                "type",
                "position",
                "topic",
                "bitrate",
                "user_limit",
                "nsfw",
                "parent_id",
                "permission_overwrites",
                "rtc_region",
                "video_quality_mode",
                "default_auto_archive_duration",
                "default_reaction_emoji",
                "default_thread_rate_limit_per_user",
                "default_sort_order",
                "default_forum_layout",
                "default_tag_setting",
                "available_tags",
            ]),
            variant("a thread").only(&["archived", "locked", "invitable", "auto_archive_duration", "applied_tags"]),
        ])
        .with(&[OVERWRITE, FORUM]),
    delete(
        "delete",
        "delete_channel",
        "/channels/{channel_id}",
        "Delete a channel or thread, or close a direct message",
    )
    .action("Delete channel {channel_id}")
    .reason()
    .destructive()
    .effects(&[Deletes(Kind::Channel)])
    .columns(&["id", "name", "type"])
    .needs(&["MANAGE_CHANNELS"])
    .more(
        "Deleting a thread requires manage-threads instead of manage-channels. A deleted channel and its messages \
         cannot be restored. The channels of a deleted category stay. A direct message is only closed: `dcord user \
         open-dm` opens it again. In a Community server, the rules channel and the updates channel cannot be \
         deleted.",
    )
    .examples(&["channel delete '#event-2025' --reason 'The event is over'"])
    .alias(&["thread delete", "channel close"])
    .params(&[path("channel_id", id(Channel), "Channel or thread to delete")]),
    patch(
        "reorder",
        "bulk_update_guild_channels",
        "/guilds/{guild_id}/channels",
        "Move channels up or down, or to another category",
    )
    .action("Move channels of {guild_id}")
    .effects(&[Unlists(Kind::Channel)])
    .no_id()
    .needs(&["MANAGE_CHANNELS"])
    .more(
        "Name only the channels to move. With --body, each element has the channel's id and its position; parent_id \
         moves the channel to a category, and lock_permissions copies that category's permissions, which needs \
         manage-roles. Only one channel per request can change its category.",
    )
    .examples(&[
        "channel reorder 'My Server' --position 222222222222222222=0 --position 222222222222222223=1",
        "channel reorder 'My Server' --body @order.json",
    ])
    .params(&[
        path("guild_id", id(Guild), "Server"),
        whole(r#"New positions, as JSON: [{"id":"ID","position":0},…]"#).required(),
        local("position", "-", position(Channel), "New position of a channel: ID=POSITION").repeated(),
        inner("position.id", "-/id", ID).needed(),
        inner("position.parent_id", "-/parent_id", id(Channel)).nullable(),
        inner("position.position", "-/position", INT).min(0),
    ]),
    put(
        "lock",
        "set_channel_permission_overwrite",
        "/channels/{channel_id}/permissions/{overwrite_id}",
        "Stop members from writing in a channel",
    )
    .composed()
    .reason()
    .effects(&[Outdates(Kind::Channel)])
    .no_id()
    .columns(&["name", "before", "after"])
    .needs(&["MANAGE_ROLES"])
    .more(
        "Denies @everyone the permissions to send messages, create threads and write in threads, and in a voice or stage channel also to connect. Members who can view the channel can still view it. Roles and members that the channel \
         explicitly allows to write can still write, and so can administrators; dcord names those roles and members. \
         Locking a thread requires manage-threads.\n\n\
         dcord remembers on this machine what the channel allowed and denied before, and `dcord channel unlock` \
         restores it. Prints the permissions that change. If the channel is locked already, dcord sends nothing.",
    )
    .examples(&["channel lock '#general' --reason raid"])
    .alias(&["thread lock"])
    .params(&[path("channel_id", id(Channel), "Channel or thread to lock")]),
    put(
        "unlock",
        "set_channel_permission_overwrite",
        "/channels/{channel_id}/permissions/{overwrite_id}",
        "Let members write in a locked channel again",
    )
    .composed()
    .reason()
    .effects(&[Outdates(Kind::Channel)])
    .no_id()
    .columns(&["name", "before", "after"])
    .needs(&["MANAGE_ROLES"])
    .more(
        "Restores what the channel allowed and denied to @everyone before `dcord channel lock`. A permission that was \
         denied before the lock stays denied, and one that was changed since the lock stays as it is.\n\n\
         On a computer where no lock of the channel is recorded, dcord removes every denial that a lock may have \
         added, including any from before the lock, and says so. To choose the permissions yourself, use `dcord \
         permission set`.",
    )
    .examples(&["channel unlock '#general'"])
    .alias(&["thread unlock"])
    .params(&[path("channel_id", id(Channel), "Channel or thread to unlock")]),
    patch("sync", "update_channel", "/channels/{channel_id}", "Give a channel the permissions of its category")
        .composed()
        .reason()
        .effects(&[Outdates(Kind::Channel)])
        .no_id()
        .columns(&["for", "name", "before", "after"])
        .needs(&["MANAGE_ROLES"])
        .more(
            "Replaces all permission overwrites of the channel with those of its category, and prints each permission \
             that changes. From then on, the channel follows the category: changes to the category's permissions also \
             apply to the channel, until someone changes the permissions of the channel itself. If they are the same \
             already, dcord sends nothing.",
        )
        .examples(&["channel sync '#staff-voice'"])
        .params(&[path("channel_id", id(Channel), "Channel to synchronize")])
        .may_be_empty(),
    put(
        "set-permission",
        "set_channel_permission_overwrite",
        "/channels/{channel_id}/permissions/{overwrite_id}",
        "Replace the permission overwrite of a role or member",
    )
    .action("Replace the permission overwrite of {overwrite_id} in {channel_id}")
    .reason()
    .replaces()
    .effects(&[Outdates(Kind::Channel)])
    .no_id()
    .needs(&["MANAGE_ROLES"])
    .more(
        "Permissions that you neither allow nor deny are inherited from the server's roles. If the current \
         overwrite contains other permissions, dcord asks before it removes them. To change individual permissions, \
         use `dcord permission set`. The bot can only allow and deny permissions that it has itself. The role id of \
         @everyone is the server's id.",
    )
    .examples(&[
        "channel set-permission '#staff' @everyone --type role --deny view-channel",
        "channel set-permission '#staff' @helpers --type role --allow view-channel",
    ])
    .params(&[
        path("channel_id", id(Channel), "Channel"),
        path("overwrite_id", id(Any), "Role or member").label_name("ROLE-OR-MEMBER"),
        body("type", one_of(OVERWRITE_TYPES), "Whether the id is a role or a member").required().nullable(),
        body("allow", PERMISSIONS, "Permissions to allow [default: none]").nullable(),
        body("deny", PERMISSIONS, "Permissions to deny [default: none]").nullable(),
    ]),
    delete(
        "delete-permission",
        "delete_channel_permission_overwrite",
        "/channels/{channel_id}/permissions/{overwrite_id}",
        "Delete the permission overwrite of a role or member",
    )
    .action("Delete the permission overwrite of {overwrite_id} in {channel_id}")
    .reason()
    .destructive()
    .effects(&[Outdates(Kind::Channel)])
    .no_id()
    .needs(&["MANAGE_ROLES"])
    .more("The permissions of the server or the category then apply.")
    .params(&[
        path("channel_id", id(Channel), "Channel"),
        path("overwrite_id", id(Any), "Role or member").label_name("ROLE-OR-MEMBER"),
    ]),
    post(
        "follow",
        "follow_channel",
        "/channels/{channel_id}/followers",
        "Follow an announcement channel in another channel",
    )
    .reason()
    .no_effect("the response does not name the new webhook's server")
    .id("webhook_id")
    .columns(&["channel_id", "webhook_id"])
    .needs(&["MANAGE_WEBHOOKS"])
    .more(
        "The bot requires manage-webhooks in the channel that receives the messages. To stop following, delete the \
         webhook whose id dcord prints.",
    )
    .examples(&["channel follow '#releases' '#general'"])
    .params(&[
        path("channel_id", id(Channel), "Announcement channel to follow"),
        body("webhook_channel_id", id(Channel), "Channel that receives the messages").positional().required(),
    ]),
    post("typing", "trigger_typing_indicator", "/channels/{channel_id}/typing", "Show that the bot is typing")
        .action("Show that the bot is typing in {channel_id}")
        .no_effect("a typing indicator is not stored")
        .no_id()
        .needs(&["VIEW_CHANNEL", "SEND_MESSAGES"])
        .more(
            "The indicator lasts ten seconds or until the bot sends a message. Use it before a response that takes \
             a few seconds.",
        )
        .params(&[path("channel_id", id(Channel), "Channel")]),
    put(
        "set-voice-status",
        "update_voice_channel_status",
        "/channels/{channel_id}/voice-status",
        "Set the status of a voice channel",
    )
    .action("Set the voice status of {channel_id}")
    .reason()
    .no_effect("a channel object does not contain its status")
    .no_id()
    .needs(&["SET_VOICE_CHANNEL_STATUS"])
    .more("A bot that is not connected to the channel also requires manage-channels.")
    .examples(&["channel set-voice-status '#lounge' 'Rehearsal until 8'"])
    .params(&[
        path("channel_id", id(Channel), "Voice channel"),
        body("status", STRING, "Status text; --unset status removes it").positional().range(0, 500).nullable(),
    ])
    .edits(),
    put(
        "add-recipient",
        "add_group_dm_user",
        "/channels/{channel_id}/recipients/{user_id}",
        "Add a user to a group DM",
    )
    .action("Add {user_id} to {channel_id}")
    .effects(&[Outdates(Kind::Channel)])
    .columns(&["id", "name", "type"])
    .needs_none("a group DM has no permissions")
    .more("The user must have granted the app the OAuth2 scope gdm.join; the access token proves it.")
    .examples(&["channel add-recipient 222222222222222222 444444444444444444 --access-token env:ACCESS_TOKEN --nick \
                 Al"])
    .params(&[
        path("channel_id", id(Channel), "Group DM"),
        path("user_id", id(User), "User to add"),
        body("access_token", STRING, "OAuth2 access token of the user").max(LONG).secret().required().nullable(),
        body("nick", STRING, "Nickname of the user in the group DM").max(LONG).nullable(),
    ]),
    delete(
        "remove-recipient",
        "delete_group_dm_user",
        "/channels/{channel_id}/recipients/{user_id}",
        "Remove a user from a group DM",
    )
    .action("Remove {user_id} from {channel_id}")
    .effects(&[Outdates(Kind::Channel)])
    .no_id()
    .needs_none("a group DM has no permissions")
    .examples(&["channel remove-recipient 222222222222222222 444444444444444444"])
    .params(&[path("channel_id", id(Channel), "Group DM"), path("user_id", id(User), "User to remove")]),
];

static PRIVATE: &[Param] = &[local(
    "private-to",
    "permission_overwrites/-/id",
    id(Any),
    "Hide the channel from everyone except these roles and members",
)
.repeated()];

/// The flags that describe a permission overwrite. `--permission-overwrites` takes overwrites as JSON.
static OVERWRITE: &[Param] = &[
    local("overwrite.id", "permission_overwrites/0/id", id(Any), "Permission overwrite: role or member").needed(),
    local(
        "overwrite.type",
        "permission_overwrites/0/type",
        one_of(OVERWRITE_TYPES),
        "Permission overwrite: whether the id is a role or a member",
    ),
    local(
        "overwrite.allow",
        "permission_overwrites/0/allow",
        PERMISSIONS,
        "Permission overwrite: permissions to allow",
    ),
    local("overwrite.deny", "permission_overwrites/0/deny", PERMISSIONS, "Permission overwrite: permissions to deny"),
];

/// Settings of forum and media channels that have flags of their own.
static FORUM: &[Param] = &[
    local("available-tags.name", "available_tags/-/name", STRING, "Forum, media: name of a tag for posts")
        .range(0, 50)
        .repeated()
        .items(0, 20)
        .needed()
        .minor(),
    inner("available-tags.emoji_name", "available_tags/-/emoji_name", STRING).max(100),
    local(
        "default-reaction-emoji.name",
        "default_reaction_emoji/emoji_name",
        EMOJI_NAME,
        "Forum, media: default reaction, a Unicode emoji",
    )
    .max(100)
    .minor(),
    local(
        "default-reaction-emoji.id",
        "default_reaction_emoji/emoji_id",
        id(Emoji),
        "Forum, media: default reaction, an emoji of the server",
    )
    .minor(),
];

pub(super) static OVERWRITE_TYPES: &[Choice] = &[n("role", 0), n("member", 1)];

static VIDEO_QUALITY: &[Choice] = &[n("auto", 1), n("full", 2)];

static SORT_ORDERS: &[Choice] = &[n("latest-activity", 0), n("creation-date", 1)];

static LAYOUTS: &[Choice] = &[n("default", 0), n("list", 1), n("grid", 2)];

/// Flags that a request can set. Discord sets 1 << 17, CHANNEL_OBFUSCATED, on channels that the bot cannot view.
static CHANNEL_FLAGS: &[Choice] =
    &[bit("pinned", 1), bit("require-tag", 4), bit("hide-media-download-options", 15), bit("is-spoiler-channel", 21)];
