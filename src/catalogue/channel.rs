//! `dcord channel`: channels of servers, direct messages, groups; threads too, which are channels.

use super::builder::*;
use super::choices::{AUTO_ARCHIVE, GUILD_CHANNEL_TYPES, TAG_SETTINGS};
use super::types::{Auth, Choice, Endpoint, Noun, Param, Unit};
use crate::model::Entity::{Any, Channel, Emoji, Guild, Tag, User};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun("channel", "Create, change, order and delete channels", ROWS);

static ROWS: &[Endpoint] = &[
    get("list", "list_guild_channels", "/guilds/{guild_id}/channels", "List the channels of a server")
        .auth(Auth::Any)
        .effects(&[All(Kind::Channel)])
        .list()
        .link(Link::Channel)
        .columns(&["id", "name", "type", "parent_id", "position"])
        .more(
            "Threads are left out: see `dcord thread list`. Channels that the bot cannot view are left out \
             too; where a listener keeps the cache up to date, dcord says how many these are.",
        )
        .examples(&["channel list 111111111111111111 --jq 'select(.type == 0) | .name'"])
        .alias(&["guild channels"])
        .params(&[path("guild_id", id(Guild), "Server to look at")]),
    get("get", "get_channel", "/channels/{channel_id}", "Show a channel or thread")
        .effects(&[One(Kind::Channel)])
        .link(Link::Channel)
        .columns(&["id", "name", "type", "parent_id", "topic"])
        .needs(&["VIEW_CHANNEL"])
        .examples(&["channel get 222222222222222222 --jq .topic"])
        .alias(&["thread get"])
        .params(&[path("channel_id", id(Channel), "Channel or thread to show")]),
    post("create", "create_guild_channel", "/guilds/{guild_id}/channels", "Create a channel in a server")
        .reason()
        .effects(&[One(Kind::Channel)])
        .link(Link::Channel)
        .columns(&["id", "name", "type", "parent_id", "topic"])
        .needs(&["MANAGE_CHANNELS"])
        .more(
            "Threads are made by `dcord thread create`. A private channel denies view-channel to @everyone, \
             whose role has the server's id, and allows it to others: give both in --permission-overwrites, \
             or the first with the flags and the others with `dcord permission set`. An element of \
             --permission-overwrites has an id, its type (0 for a role, 1 for a member), and allow and \
             deny, sums of permissions in quotes (1024 is view-channel).",
        )
        .examples(&[
            "channel create 111111111111111111 releases --type guild-announcement --topic 'What is new'",
            "channel create 111111111111111111 questions --type guild-forum --available-tags.name bug \
             --available-tags.name idea",
            "channel create 111111111111111111 staff --overwrite.id 111111111111111111 --overwrite.type role \
             --overwrite.deny view-channel",
        ])
        .params(&[
            path("guild_id", id(Guild), "Server that gets the channel"),
            body("name", STRING, "Name of the channel").positional().range(1, 100).required(),
            body("type", one_of(GUILD_CHANNEL_TYPES), "Make this kind of channel [default: guild-text]").nullable(),
            body("position", INT, "Put it at this place in the list").min(0).nullable(),
            body("topic", TEXT, "Set the topic (1024 characters; forum, media: 4096)").range(0, 4096).nullable(),
            body("bitrate", INT, "Voice, stage: set the sound's bits per second").range(8000, 384_000).nullable(),
            body("user_limit", INT, "Voice: admit at most 99 people, stage: 10000 (0 for any number)")
                .range(0, 10_000)
                .nullable(),
            body("nsfw", BOOL, "Restrict it to adults").nullable(),
            body("rate_limit_per_user", INT, "Make users wait this long between two messages")
                .range(0, 21_600)
                .unit(Unit::Seconds)
                .nullable(),
            body("parent_id", id(Channel), "Put it in this category").nullable(),
            body("permission_overwrites", JSON, r#"Allow and deny: [{"id":"ID","type":0,"deny":"1024"},…]"#)
                .items(0, 100)
                .nullable(),
            body("rtc_region", STRING, "Voice, stage: region [default: automatic]").nullable(),
            body("video_quality_mode", one_of(VIDEO_QUALITY), "Voice, stage: set the cameras' quality").nullable(),
            body("default_auto_archive_duration", one_of(AUTO_ARCHIVE), "Hide new threads after this long a silence")
                .unit(Unit::Minutes)
                .nullable(),
            body("default_reaction_emoji", JSON, r#"Forum, media: emoji to react with: {"emoji_name":"👍"}"#)
                .nullable(),
            body(
                "default_thread_rate_limit_per_user",
                INT,
                "Make users of new threads wait this long between two messages",
            )
            .range(0, 21_600)
            .unit(Unit::Seconds)
            .nullable(),
            body("default_sort_order", one_of(SORT_ORDERS), "Forum, media: order posts by this").nullable(),
            body("default_forum_layout", one_of(LAYOUTS), "Forum: show posts this way").nullable(),
            body("default_tag_setting", one_of(TAG_SETTINGS), "Forum, media: find posts with all or some of the tags")
                .nullable(),
            body("available_tags", JSON, r#"Forum, media: offer these tags: [{"name":"…"},…]"#).items(0, 20).nullable(),
            body("flags", flags(CHANNEL_FLAGS), "Set flags").nullable().beyond_spec(),
        ])
        .with(&[OVERWRITE, FORUM]),
    patch("edit", "update_channel", "/channels/{channel_id}", "Change a channel, thread or group")
        .reason()
        .effects(&[One(Kind::Channel)])
        .link(Link::Channel)
        .columns(&["id", "name", "type", "parent_id", "topic"])
        .more(
            "Only what is given changes. Channels of a server need MANAGE_CHANNELS, and MANAGE_ROLES for \
             permission overwrites. Threads need MANAGE_THREADS, though who started a thread may rename, \
             archive and close it, and members may reopen one that is not locked. An archived thread takes \
             changes only together with --archived=false. Discord lets a channel's name and topic change \
             twice in ten minutes only. Lists are replaced: --available-tags and --permission-overwrites \
             must hold what shall stay, a tag with its id (`dcord channel get` prints them), an overwrite \
             with id, type (0 for a role, 1 for a member), allow and deny; `dcord permission set` \
             changes a single overwrite.",
        )
        .examples(&[
            "channel edit 222222222222222222 --topic 'Deploys and releases' --rate-limit-per-user 10",
            "thread edit 222222222222222222 --archived --locked",
            "channel edit 222222222222222222 --unset parent-id",
        ])
        .alias(&["thread edit"])
        .params(&[
            path("channel_id", id(Channel), "Channel, thread or group to change"),
            body("name", STRING, "Rename it").range(1, 100).nullable(),
            body("icon", IMAGE, "Group: use this picture as its icon").nullable(),
            body("type", one_of(GUILD_CHANNEL_TYPES), "Channel: turn guild-text to guild-announcement or back")
                .nullable(),
            body("position", INT, "Channel: put it at this place in the list").min(0).nullable(),
            body("topic", TEXT, "Channel: set the topic (1024 characters; forum, media: 4096)")
                .range(0, 4096)
                .nullable(),
            body("bitrate", INT, "Voice, stage: set the sound's bits per second").range(8000, 384_000).nullable(),
            body("user_limit", INT, "Voice: admit at most 99 people, stage: 10000 (0 for any number)")
                .range(0, 10_000)
                .nullable(),
            body("nsfw", BOOL, "Channel: restrict it to adults").nullable(),
            body("rate_limit_per_user", INT, "Channel, thread: make users wait this long between two messages")
                .range(0, 21_600)
                .unit(Unit::Seconds)
                .nullable(),
            body("parent_id", id(Channel), "Channel: move it to this category").nullable(),
            body(
                "permission_overwrites",
                JSON,
                r#"Channel: replace its overwrites: [{"id":"ID","type":0,"deny":"1024"},…]"#,
            )
            .items(0, 100)
            .nullable(),
            body("rtc_region", STRING, "Voice, stage: set the voice region (unset: automatic)").nullable(),
            body("video_quality_mode", one_of(VIDEO_QUALITY), "Voice, stage: set the cameras' quality").nullable(),
            body("default_auto_archive_duration", one_of(AUTO_ARCHIVE), "Channel: hide new threads after this silence")
                .unit(Unit::Minutes)
                .nullable(),
            body("default_reaction_emoji", JSON, r#"Forum, media: emoji to react with: {"emoji_name":"👍"}"#)
                .nullable(),
            body(
                "default_thread_rate_limit_per_user",
                INT,
                "Channel: let users of new threads wait this long between two messages",
            )
            .range(0, 21_600)
            .unit(Unit::Seconds)
            .nullable(),
            body("default_sort_order", one_of(SORT_ORDERS), "Forum, media: order posts by this").nullable(),
            body("default_forum_layout", one_of(LAYOUTS), "Forum: show posts this way").nullable(),
            body("default_tag_setting", one_of(TAG_SETTINGS), "Forum, media: find posts with all or some of the tags")
                .nullable(),
            body("flags", flags(CHANNEL_FLAGS), "Replace the flags; pinned is for posts, require-tag for forums")
                .open()
                .nullable(),
            body("available_tags", JSON, r#"Forum, media: replace the tags: [{"name":"…"},…]"#).items(0, 20).nullable(),
            body("archived", BOOL, "Thread: archive it, or reopen it with =false").nullable(),
            body("locked", BOOL, "Thread: let only moderators reopen it").nullable(),
            body("invitable", BOOL, "Private thread: let all its members add others").nullable(),
            body("auto_archive_duration", one_of(AUTO_ARCHIVE), "Thread: hide it after this long a silence")
                .unit(Unit::Minutes)
                .nullable(),
            body("applied_tags", id(Tag), "Post: replace its tags by this one").repeated().items(0, 5).nullable(),
        ])
        .forms(&[
            variant("a group").only(&["icon"]),
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
        "Delete a channel or thread, or close direct messages",
    )
    .reason()
    .destructive()
    .effects(&[Deletes(Kind::Channel)])
    .columns(&["id", "name", "type"])
    .needs(&["MANAGE_CHANNELS"])
    .more(
        "Threads need MANAGE_THREADS in its place. A channel of a server is gone for good with all its \
         messages; deleting a category keeps the channels in it. Direct messages are only closed, \
         `dcord user open-dm` brings them back. In Community servers the channels for rules and for \
         Discord's notices cannot be deleted.",
    )
    .examples(&["channel delete 222222222222222222 --reason 'event is over'"])
    .alias(&["thread delete", "channel close"])
    .params(&[path("channel_id", id(Channel), "Channel or thread to delete")]),
    patch(
        "reorder",
        "bulk_update_guild_channels",
        "/guilds/{guild_id}/channels",
        "Move channels up, down or to a category",
    )
    .effects(&[Unlists(Kind::Channel)])
    .no_id()
    .needs(&["MANAGE_CHANNELS"])
    .more(
        "Name only the channels that move. An object of the array has id and position, and parent_id to \
         move the channel to a category, with lock_permissions to take on the category's permissions, \
         which needs MANAGE_ROLES. Discord lets one channel a request change its category.",
    )
    .examples(&[
        "channel reorder 111111111111111111 --position 222222222222222222=0 --position 222222222222222223=1",
        "channel reorder 111111111111111111 --body @order.json",
    ])
    .params(&[
        path("guild_id", id(Guild), "Server whose channels to move"),
        whole(r#"The new order: [{"id":"ID","position":0},…]"#).required(),
        local("position", "-", position(Channel), "Move a channel: ID=POSITION").repeated(),
        inner("position.id", "-/id", ID).needed(),
        inner("position.parent_id", "-/parent_id", id(Channel)).nullable(),
        inner("position.position", "-/position", INT).min(0),
    ]),
    put(
        "lock",
        "set_channel_permission_overwrite",
        "/channels/{channel_id}/permissions/{overwrite_id}",
        "Keep members from writing in a channel",
    )
    .composed()
    .reason()
    .effects(&[Outdates(Kind::Channel)])
    .no_id()
    .columns(&["name", "before", "after"])
    .needs(&["MANAGE_ROLES"])
    .more(
        "Denies @everyone to send messages and to start and write in threads, in a voice or stage channel \
         also to connect, and changes nothing else: who can view the channel stays as it is. Roles and \
         members that the channel allows to write still can. A thread is locked as such, for which the bot \
         needs MANAGE_THREADS. Prints what changes; nothing is sent if the channel is locked already.",
    )
    .examples(&["channel lock '#general' --reason 'raid'"])
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
        "Removes what `dcord channel lock` denies to @everyone, so that the server's roles decide. What the \
         channel allowed to @everyone before it was locked is allowed again by `dcord permission set`.",
    )
    .examples(&["channel unlock '#general'"])
    .alias(&["thread unlock"])
    .params(&[path("channel_id", id(Channel), "Channel or thread to unlock")]),
    put(
        "set-permission",
        "set_channel_permission_overwrite",
        "/channels/{channel_id}/permissions/{overwrite_id}",
        "Replace what a channel allows or denies to a role or member",
    )
    .reason()
    .replaces()
    .effects(&[Outdates(Kind::Channel)])
    .no_id()
    .needs(&["MANAGE_ROLES"])
    .more(
        "It replaces the overwrite that this role or member has there: what is neither allowed nor \
         denied is left to the server's roles. Where it would drop permissions that the overwrite has \
         now, dcord asks first, or needs --yes where nobody can be asked; `dcord permission set` keeps \
         them. A bot can allow and deny only what it may do itself. The role @everyone has the server's \
         id.",
    )
    .examples(&[
        "channel set-permission 222222222222222222 111111111111111111 --type role --deny view-channel",
        "channel set-permission 222222222222222222 555555555555555555 --type role --allow view-channel",
    ])
    .params(&[
        path("channel_id", id(Channel), "Channel to change"),
        path("overwrite_id", id(Any), "Role or member to allow or deny it to").label_name("WHO"),
        body("type", one_of(OVERWRITE_TYPES), "Say whether it is a role or a member").required().nullable(),
        body("allow", PERMISSIONS, "Allow this [default: nothing]").nullable(),
        body("deny", PERMISSIONS, "Deny this [default: nothing]").nullable(),
    ]),
    delete(
        "delete-permission",
        "delete_channel_permission_overwrite",
        "/channels/{channel_id}/permissions/{overwrite_id}",
        "Remove what a channel allows or denies to a role or member",
    )
    .reason()
    .destructive()
    .effects(&[Outdates(Kind::Channel)])
    .no_id()
    .needs(&["MANAGE_ROLES"])
    .more("What the server or the category says applies from then on.")
    .params(&[
        path("channel_id", id(Channel), "Channel to change"),
        path("overwrite_id", id(Any), "Role or member whose overwrite to remove").label_name("WHO"),
    ]),
    post(
        "follow",
        "follow_channel",
        "/channels/{channel_id}/followers",
        "Pass on an announcement channel's messages to another",
    )
    .reason()
    .no_effect("the answer does not say in which server the new webhook is")
    .id("webhook_id")
    .columns(&["channel_id", "webhook_id"])
    .needs(&["MANAGE_WEBHOOKS"])
    .more(
        "The permission is needed in the channel that receives. Deleting the webhook of the answer ends \
         it.",
    )
    .examples(&["channel follow 222222222222222222 222222222222222223"])
    .params(&[
        path("channel_id", id(Channel), "Announcement channel to follow"),
        body("webhook_channel_id", id(Channel), "Channel that receives the messages").positional().required(),
    ]),
    post(
        "typing",
        "trigger_typing_indicator",
        "/channels/{channel_id}/typing",
        "Show for ten seconds that the bot is typing",
    )
    .no_effect("typing is no state")
    .no_id()
    .needs(&["VIEW_CHANNEL", "SEND_MESSAGES"])
    .more("For use while an answer takes some seconds; it ends when the message is sent.")
    .params(&[path("channel_id", id(Channel), "Channel to show it in")]),
    put(
        "set-voice-status",
        "update_voice_channel_status",
        "/channels/{channel_id}/voice-status",
        "Set the line that is shown with a voice channel",
    )
    .reason()
    .no_effect("a channel object does not have its status")
    .no_id()
    .needs(&["SET_VOICE_CHANNEL_STATUS"])
    .more("A bot that is not connected to the channel needs MANAGE_CHANNELS as well.")
    .examples(&["channel set-voice-status 222222222222222222 'Rehearsal until 8'"])
    .params(&[
        path("channel_id", id(Channel), "Voice channel to change"),
        body("status", STRING, "Show this line; unset it to remove it").positional().range(0, 500).nullable(),
    ])
    .edits(),
    put(
        "add-recipient",
        "add_group_dm_user",
        "/channels/{channel_id}/recipients/{user_id}",
        "Add a user to a group's direct messages",
    )
    .effects(&[Outdates(Kind::Channel)])
    .columns(&["id", "name", "type"])
    .more("The access token proves that the user granted the app the scope gdm.join.")
    .examples(&["channel add-recipient 222222222222222222 444444444444444444 --access-token env:ACCESS_TOKEN \
--nick Al"])
    .params(&[
        path("channel_id", id(Channel), "Group to add them to"),
        path("user_id", id(User), "User to add"),
        body("access_token", STRING, "Prove that the user agreed").max(LONG).secret().required().nullable(),
        body("nick", STRING, "Call them so in the group").max(LONG).nullable(),
    ]),
    delete(
        "remove-recipient",
        "delete_group_dm_user",
        "/channels/{channel_id}/recipients/{user_id}",
        "Remove a user from a group's direct messages",
    )
    .effects(&[Outdates(Kind::Channel)])
    .no_id()
    .examples(&["channel remove-recipient 222222222222222222 444444444444444444"])
    .params(&[
        path("channel_id", id(Channel), "Group to remove them from"),
        path("user_id", id(User), "User to remove"),
    ]),
];

/// The first permission overwrite, flag by flag. `--permission-overwrites` takes all of them as JSON.
static OVERWRITE: &[Param] = &[
    local("overwrite.id", "permission_overwrites/0/id", id(Any), "Channel: allow or deny to this role or member")
        .needed(),
    local(
        "overwrite.type",
        "permission_overwrites/0/type",
        one_of(OVERWRITE_TYPES),
        "Say whether it is a role or member",
    ),
    local("overwrite.allow", "permission_overwrites/0/allow", PERMISSIONS, "Allow them this in the channel"),
    local("overwrite.deny", "permission_overwrites/0/deny", PERMISSIONS, "Deny them this in the channel"),
];

/// What people set by hand in forums and media channels.
static FORUM: &[Param] = &[
    local("available-tags.name", "available_tags/-/name", STRING, "Forum, media: offer a tag of this name")
        .range(0, 50)
        .repeated()
        .items(0, 20)
        .needed(),
    inner("available-tags.emoji_name", "available_tags/-/emoji_name", STRING).max(100),
    local(
        "default-reaction-emoji.name",
        "default_reaction_emoji/emoji_name",
        EMOJI_NAME,
        "Forum, media: react with this character",
    )
    .max(100),
    local(
        "default-reaction-emoji.id",
        "default_reaction_emoji/emoji_id",
        id(Emoji),
        "Forum, media: react with this emoji of the server",
    ),
];

static OVERWRITE_TYPES: &[Choice] = &[n("role", 0), n("member", 1)];

static VIDEO_QUALITY: &[Choice] = &[n("auto", 1), n("full", 2)];

static SORT_ORDERS: &[Choice] = &[n("latest-activity", 0), n("creation-date", 1)];

static LAYOUTS: &[Choice] = &[n("default", 0), n("list", 1), n("grid", 2)];

/// Flags that can be set. Discord itself sets 1 << 17, CHANNEL_OBFUSCATED, on channels that the bot cannot view.
static CHANNEL_FLAGS: &[Choice] =
    &[bit("pinned", 1), bit("require-tag", 4), bit("hide-media-download-options", 15), bit("is-spoiler-channel", 21)];
