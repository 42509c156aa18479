//! `dcord member`: the members of a server.

use super::builder::*;
use super::types::{Auth, Choice, Endpoint, Filter, Noun};
use crate::model::Entity::{Channel, Guild, Role, User};
use crate::model::Kind;

pub static NOUN: Noun = noun("member", "List, edit, time out and kick members of a server", ROWS);

static ROWS: &[Endpoint] = &[
    get("list", "list_guild_members", "/guilds/{guild_id}/members", "List the members of a server")
        .effects(&[All(Kind::Member)])
        .pages(after("user.id", 1, 1000))
        .id("user.id")
        .columns(&["user.id", "user.username", "nick", "roles", "joined_at"])
        .more(
            "Members are sorted by user id, which is the order in which the accounts were created. With --role, \
             --bots, --joined-after or --joined-before, dcord reads all pages and prints only the members who meet \
             all of these conditions; --limit N prints the first N of them. The server members intent must be enabled \
             for the app (see `dcord help listen`).",
        )
        .examples(&[
            "member list 'My Server' --all --jq 'select(.roles | length == 0) | .user.username'",
            "member list 'My Server' --role @helpers --bots=false --joined-after 1d",
        ])
        .alias(&["guild members"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            query("limit", INT, "Members per request [default: 100]").range(1, 1000),
            query("after", cursor(User), "Only members whose user id is above this id or time"),
            filter("role", "roles", Filter::HasAny, id(Role), "Only members who have one of these roles")
                .repeated()
                .unique()
                .items(1, 100),
            filter("bots", "user.bot", Filter::Is, BOOL, "Only bots; =false: only people"),
            filter("joined_after", "joined_at", Filter::From, TIME, "Only members who joined at or after this time"),
            filter("joined_before", "joined_at", Filter::Before, TIME, "Only members who joined before this time"),
        ]),
    get(
        "search",
        "search_guild_members",
        "/guilds/{guild_id}/members/search",
        "Find members by the start of their name",
    )
    .effects(&[Several(Kind::Member)])
    .finds_by("query")
    .pages(once(1, 1000))
    .id("user.id")
    .columns(&["user.id", "user.username", "nick", "roles", "joined_at"])
    .more("Searches user names and nicknames. Discord returns one page only.")
    .examples(&["member search 'My Server' ali --page-size 10"])
    .params(&[
        path("guild_id", id(Guild), "Server to search"),
        query("limit", INT, "Maximum number of members to return [default: 100]").range(1, 1000),
        query("query", STRING, "Start of the user name or nickname").positional().range(1, 100).required(),
    ]),
    get("get", "get_guild_member", "/guilds/{guild_id}/members/{user_id}", "Show a member")
        .effects(&[One(Kind::Member)])
        .id("user.id")
        .columns(&["user.id", "user.username", "nick", "roles", "joined_at"])
        .examples(&["member get 'My Server' @alice --jq '.roles[]'"])
        .params(&[path("guild_id", id(Guild), "Server"), path("user_id", id(User), "Member to show")]),
    patch(
        "edit",
        "update_guild_member",
        "/guilds/{guild_id}/members/{user_id}",
        "Change a member's nickname, roles, timeout or voice channel",
    )
    .action("Change {user_id} in {guild_id}")
    .reason()
    .effects(&[One(Kind::Member)])
    .id("user.id")
    .columns(&["user.id", "user.username", "nick", "roles", "communication_disabled_until"])
    .may_need(&[
        "MANAGE_NICKNAMES",
        "MANAGE_ROLES",
        "MUTE_MEMBERS",
        "DEAFEN_MEMBERS",
        "MOVE_MEMBERS",
        "MODERATE_MEMBERS",
    ])
    .more(
        "Fields that you omit stay as they are. --roles replaces all roles: to change one, use `dcord member \
         add-role` or `dcord member remove-role`.\n\n\
         Each field has its own permission: manage-nicknames, manage-roles, mute-members, deafen-members, \
         move-members, and moderate-members for a timeout. Muting and deafening fail unless the member is in a voice \
         channel. Server owners and administrators cannot be timed out.",
    )
    .examples(&["member edit 'My Server' @alice --nick Al", "member edit 'My Server' @alice --channel-id '#lounge'"])
    .params(&[
        path("guild_id", id(Guild), "Server"),
        path("user_id", id(User), "Member to edit"),
        body("nick", STRING, "Nickname in the server").range(0, 32).nullable(),
        body("roles", id(Role), "Role of the member; roles that you omit are removed")
            .repeated()
            .unique()
            .items(0, 350)
            .nullable(),
        body("mute", BOOL, "Mute the member in voice channels").nullable(),
        body("deaf", BOOL, "Deafen the member in voice channels").nullable(),
        body("channel_id", id(Channel), "Voice channel to move the member to; --unset channel_id disconnects them")
            .nullable(),
        body(
            "communication_disabled_until",
            TIME,
            "End of the timeout, at most 28 days from now; --unset timeout ends it",
        )
        .alias("timeout")
        .ahead()
        .within_days(TIMEOUT_DAYS)
        .nullable(),
        body("flags", flags(MEMBER_FLAGS), "New member flags").nullable(),
    ]),
    patch(
        "timeout",
        "update_guild_member",
        "/guilds/{guild_id}/members/{user_id}",
        "Time out a member, who then cannot write, react or speak",
    )
    .action("Time out {user_id} in {guild_id}")
    .rewritten()
    .reason()
    .effects(&[One(Kind::Member)])
    .id("user.id")
    .columns(&["user.id", "user.username", "nick", "communication_disabled_until"])
    .needs(&["MODERATE_MEMBERS"])
    .more(
        "The member can still view the channels. A new timeout replaces the current one. Server owners and \
         administrators cannot be timed out, and the member's highest role must be below the bot's. To end a timeout \
         early, use `dcord member untimeout`.",
    )
    .examples(&[
        "member timeout 'My Server' @alice 10m --reason spam",
        "member timeout 'My Server' @alice 'tomorrow 8:00'",
    ])
    .params(&[
        path("guild_id", id(Guild), "Server"),
        path("user_id", id(User), "Member to time out"),
        body("communication_disabled_until", TIME, "Length of the timeout, or its end, at most 28 days from now")
            .label_name("SPAN")
            .positional()
            .ahead()
            .within_days(TIMEOUT_DAYS)
            .required(),
    ]),
    patch("untimeout", "update_guild_member", "/guilds/{guild_id}/members/{user_id}", "End the timeout of a member")
        .action("End the timeout of {user_id} in {guild_id}")
        .rewritten()
        .reason()
        .effects(&[One(Kind::Member)])
        .id("user.id")
        .columns(&["user.id", "user.username", "nick", "communication_disabled_until"])
        .needs(&["MODERATE_MEMBERS"])
        .more("If the member is not timed out, the command succeeds and changes nothing.")
        .examples(&["member untimeout 'My Server' @alice"])
        .params(&[path("guild_id", id(Guild), "Server"), path("user_id", id(User), "Member whose timeout to end")])
        .may_be_empty(),
    delete("kick", "delete_guild_member", "/guilds/{guild_id}/members/{user_id}", "Kick a member from a server")
        .action("Kick {user_id} from {guild_id}")
        .reason()
        .destructive()
        .effects(&[Deletes(Kind::Member)])
        .no_id()
        .needs(&["KICK_MEMBERS"])
        .more(
            "A kicked member can rejoin with an invite; to prevent that, use `dcord ban add`. The member's highest \
             role must be below the bot's.",
        )
        .examples(&["member kick 'My Server' @alice --reason advertising"])
        .alias(&["member remove"])
        .params(&[
            path("guild_id", id(Guild), "Server to kick the member from"),
            path("user_id", id(User), "Member to remove"),
        ]),
    put(
        "add-role",
        "add_guild_member_role",
        "/guilds/{guild_id}/members/{user_id}/roles/{role_id}",
        "Add a role to a member",
    )
    .action("Add role {role_id} to {user_id} in {guild_id}")
    .reason()
    .effects(&[Outdates(Kind::Member)])
    .no_id()
    .needs(&["MANAGE_ROLES"])
    .more("The role must be below the bot's highest role.")
    .examples(&["member add-role 'My Server' @alice @helpers"])
    .alias(&["role assign"])
    .params(&[
        path("guild_id", id(Guild), "Server"),
        path("user_id", id(User), "Member"),
        path("role_id", id(Role), "Role to give"),
    ]),
    delete(
        "remove-role",
        "delete_guild_member_role",
        "/guilds/{guild_id}/members/{user_id}/roles/{role_id}",
        "Remove a role from a member",
    )
    .action("Remove role {role_id} from {user_id} in {guild_id}")
    .reason()
    .effects(&[Outdates(Kind::Member)])
    .no_id()
    .needs(&["MANAGE_ROLES"])
    .more("The role must be below the bot's highest role.")
    .examples(&["member remove-role 'My Server' @alice @helpers"])
    .alias(&["role unassign"])
    .params(&[
        path("guild_id", id(Guild), "Server"),
        path("user_id", id(User), "Member"),
        path("role_id", id(Role), "Role to remove"),
    ]),
    put(
        "add",
        "add_guild_member",
        "/guilds/{guild_id}/members/{user_id}",
        "Add a user who authorized the app to a server",
    )
    .action("Add {user_id} to {guild_id}")
    .effects(&[One(Kind::Member)])
    .id("user.id")
    .columns(&["user.id", "user.username", "nick", "roles", "joined_at"])
    .needs(&["CREATE_INSTANT_INVITE"])
    .more(
        "The user must have granted the app the OAuth2 scope guilds.join; the access token proves it. --nick needs \
         manage-nicknames, --roles manage-roles, --mute mute-members and --deaf deafen-members. If the user is a \
         member already, dcord prints nothing.",
    )
    .examples(&["member add 'My Server' 444444444444444444 --access-token env:USER_TOKEN"])
    .params(&[
        path("guild_id", id(Guild), "Server to add the user to"),
        path("user_id", id(User), "User to add"),
        body("access_token", STRING, "OAuth2 access token of the user").range(0, 10_240).secret().required(),
        body("nick", STRING, "Nickname in the server").range(0, 32).nullable(),
        body("roles", id(Role), "Role to give the user").repeated().unique().items(0, 250).nullable(),
        body("mute", BOOL, "Mute the member in voice channels").nullable(),
        body("deaf", BOOL, "Deafen the member in voice channels").nullable(),
        body("flags", flags(MEMBER_FLAGS), "New member flags").nullable(),
    ]),
    get(
        "get-me",
        "get_my_guild_member",
        "/users/@me/guilds/{guild_id}/member",
        "Show the server membership of the token's user",
    )
    .auth(Auth::Bearer)
    .effects(&[One(Kind::Member)])
    .id("user.id")
    .columns(&["user.id", "user.username", "nick", "roles", "joined_at"])
    .more(
        "The access token needs the OAuth2 scope guilds.members.read. To look up the bot itself, use `dcord member \
         get` with @me.",
    )
    .examples(&["member get-me 'My Server' --token-type bearer"])
    .params(&[path("guild_id", id(Guild), "Server")]),
    patch(
        "edit-me",
        "update_my_guild_member",
        "/guilds/{guild_id}/members/@me",
        "Change the bot's nickname, avatar, banner or bio in a server",
    )
    .reason()
    .effects(&[One(Kind::Member)])
    .id("user.id")
    .columns(&["user.id", "user.username", "nick", "avatar"])
    .may_need(&["CHANGE_NICKNAME"])
    .more("The nickname requires change-nickname. --unset restores the value of the bot's account.")
    .examples(&["member edit-me 'My Server' --nick 'Build bot'", "member edit-me 'My Server' --unset nick"])
    .params(&[
        path("guild_id", id(Guild), "Server"),
        body("nick", STRING, "Nickname of the bot").range(0, 32).nullable(),
        body("avatar", IMAGE, "Avatar picture in this server").nullable(),
        body("bio", TEXT, "Text of the bot's profile in this server").range(0, 190).nullable(),
        body("banner", IMAGE, "Banner picture of the profile").nullable(),
    ]),
    patch(
        "set-my-nick",
        "update_my_guild_member_nick",
        "/guilds/{guild_id}/members/@me/nick",
        "Change the bot's nickname",
    )
    .reason()
    .deprecated("use member edit-me")
    .effects(&[Outdates(Kind::Member)])
    .no_id()
    .columns(&["nick"])
    .needs(&["CHANGE_NICKNAME"])
    .params(&[
        path("guild_id", id(Guild), "Server"),
        body("nick", STRING, "Nickname of the bot").positional().range(0, 32).nullable(),
    ]),
];

/// Discord's reference, "Modify Guild Member".
const TIMEOUT_DAYS: u32 = 28;

static MEMBER_FLAGS: &[Choice] = &[bit("bypasses-verification", 2)];
