//! `dcord member`: the members of a server.

use super::builder::*;
use super::types::{Auth, Choice, Endpoint, Noun, Side};
use crate::model::Entity::{Channel, Guild, Role, User};
use crate::model::Kind;

pub static NOUN: Noun = noun("member", "Look up, change, time out and remove members of a server", ROWS);

static ROWS: &[Endpoint] = &[
    get("list", "list_guild_members", "/guilds/{guild_id}/members", "List the members of a server")
        .effects(&[All(Kind::Member)])
        .pages(after("user.id", 1, 1000))
        .id("user.id")
        .columns(&["user.id", "user.username", "nick", "joined_at"])
        .more(
            "In the order of their ids, which is the order in which the accounts were created. --joined-after \
             and --joined-before go through all pages and print the members who joined then. The server \
             members intent must be switched on for the app (see `dcord help listen`).",
        )
        .examples(&[
            "member list 111111111111111111 --all --jq 'select(.roles | length == 0) | .user.username'",
            "member list 111111111111111111 --joined-after 1d",
        ])
        .alias(&["guild members"])
        .params(&[
            path("guild_id", id(Guild), "Server to look at"),
            query("limit", INT, "Fetch this many members a request [default: 100]").range(1, 1000),
            query("after", cursor(User), "Show the members whose id is above this one"),
            filter("joined_after", "joined_at", Side::From, "Show the members who joined at this time or later"),
            filter("joined_before", "joined_at", Side::Before, "Show the members who joined before this time"),
        ]),
    get("search", "search_guild_members", "/guilds/{guild_id}/members/search", "Find members by the start of a name")
        .effects(&[Several(Kind::Member)])
        .finds_by("query")
        .pages(once(1, 1000))
        .id("user.id")
        .columns(&["user.id", "user.username", "nick", "joined_at"])
        .more("Compares the user name and the nickname with the text. There are no further pages.")
        .examples(&["member search 111111111111111111 ali --page-size 10"])
        .params(&[
            path("guild_id", id(Guild), "Server to search"),
            query("limit", INT, "Find at most this many members [default: 100]").range(1, 1000),
            query("query", STRING, "Text the name begins with").positional().range(1, 100).required(),
        ]),
    get("get", "get_guild_member", "/guilds/{guild_id}/members/{user_id}", "Show one member")
        .effects(&[One(Kind::Member)])
        .id("user.id")
        .columns(&["user.id", "user.username", "nick", "roles", "joined_at"])
        .examples(&["member get 111111111111111111 444444444444444444 --jq '.roles[]'"])
        .params(&[path("guild_id", id(Guild), "Server they are in"), path("user_id", id(User), "Member to show")]),
    patch(
        "edit",
        "update_guild_member",
        "/guilds/{guild_id}/members/{user_id}",
        "Rename, time out, move or mute a member",
    )
    .reason()
    .effects(&[One(Kind::Member)])
    .id("user.id")
    .columns(&["user.id", "user.username", "nick", "roles", "communication_disabled_until"])
    .more(
        "Only what is given changes, but --roles replaces all roles: `dcord member add-role` and `dcord \
         member remove-role` change one. Each field needs a permission of its own: MANAGE_NICKNAMES, \
         MANAGE_ROLES, MUTE_MEMBERS, DEAFEN_MEMBERS, MOVE_MEMBERS, and MODERATE_MEMBERS for a timeout. \
         Muting and deafening fail if the member is not in a voice channel. Owners and administrators \
         cannot be timed out.",
    )
    .examples(&[
        "member edit 111111111111111111 444444444444444444 --timeout 10m",
        "member edit 111111111111111111 444444444444444444 --unset timeout",
        "member edit 111111111111111111 444444444444444444 --channel-id 222222222222222222",
    ])
    .params(&[
        path("guild_id", id(Guild), "Server they are in"),
        path("user_id", id(User), "Member to change"),
        body("nick", STRING, "Give them this nickname").range(0, 32).nullable(),
        body("roles", id(Role), "Replace their roles: keep or give this one")
            .repeated()
            .unique()
            .items(0, 350)
            .nullable(),
        body("mute", BOOL, "Keep them from speaking in voice channels").nullable(),
        body("deaf", BOOL, "Keep them from hearing in voice channels").nullable(),
        body("channel_id", id(Channel), "Move them to this voice channel; unset it to disconnect them").nullable(),
        body("communication_disabled_until", TIME, "Time them out until then (28 days at most)")
            .alias("timeout")
            .nullable(),
        body("flags", flags(MEMBER_FLAGS), "Replace the flags; only this one can be changed").nullable(),
    ]),
    delete("kick", "delete_guild_member", "/guilds/{guild_id}/members/{user_id}", "Remove a member from a server")
        .reason()
        .destructive()
        .effects(&[Deletes(Kind::Member)])
        .no_id()
        .needs(&["KICK_MEMBERS"])
        .more(
            "They can come back with an invite; `dcord ban add` keeps them out. The member's highest role \
             must be below the bot's.",
        )
        .examples(&["member kick 111111111111111111 444444444444444444 --reason 'advertising'"])
        .alias(&["member remove"])
        .params(&[
            path("guild_id", id(Guild), "Server to remove them from"),
            path("user_id", id(User), "Member to remove"),
        ]),
    put(
        "add-role",
        "add_guild_member_role",
        "/guilds/{guild_id}/members/{user_id}/roles/{role_id}",
        "Give a role to a member",
    )
    .reason()
    .effects(&[Outdates(Kind::Member)])
    .no_id()
    .needs(&["MANAGE_ROLES"])
    .more("The role must be below the bot's highest one.")
    .examples(&["member add-role 111111111111111111 444444444444444444 555555555555555555"])
    .alias(&["role assign"])
    .params(&[
        path("guild_id", id(Guild), "Server they are in"),
        path("user_id", id(User), "Member to give it to"),
        path("role_id", id(Role), "Role to give"),
    ]),
    delete(
        "remove-role",
        "delete_guild_member_role",
        "/guilds/{guild_id}/members/{user_id}/roles/{role_id}",
        "Take a role from a member",
    )
    .reason()
    .effects(&[Outdates(Kind::Member)])
    .no_id()
    .needs(&["MANAGE_ROLES"])
    .more("The role must be below the bot's highest one.")
    .examples(&["member remove-role 111111111111111111 444444444444444444 555555555555555555"])
    .alias(&["role unassign"])
    .params(&[
        path("guild_id", id(Guild), "Server they are in"),
        path("user_id", id(User), "Member to take it from"),
        path("role_id", id(Role), "Role to take"),
    ]),
    put("add", "add_guild_member", "/guilds/{guild_id}/members/{user_id}", "Add a user who has authorised the app")
        .effects(&[One(Kind::Member)])
        .id("user.id")
        .columns(&["user.id", "user.username", "nick", "joined_at"])
        .needs(&["CREATE_INSTANT_INVITE"])
        .more(
            "Users must have granted the scope guilds.join to the app that the bot belongs to; the access \
             token proves it. A nickname needs MANAGE_NICKNAMES, roles MANAGE_ROLES, mute MUTE_MEMBERS, \
             deaf DEAFEN_MEMBERS. Nothing is answered if the user is a member already.",
        )
        .examples(&["member add 111111111111111111 444444444444444444 --access-token env:USER_TOKEN"])
        .params(&[
            path("guild_id", id(Guild), "Server to add them to"),
            path("user_id", id(User), "User to add"),
            body("access_token", STRING, "Prove that the user agreed").range(0, 10_240).secret().required(),
            body("nick", STRING, "Give them this nickname").range(0, 32).nullable(),
            body("roles", id(Role), "Give them this role").repeated().unique().items(0, 250).nullable(),
            body("mute", BOOL, "Keep them from speaking in voice channels").nullable(),
            body("deaf", BOOL, "Keep them from hearing in voice channels").nullable(),
            body("flags", flags(MEMBER_FLAGS), "Replace the flags; only this one can be changed").nullable(),
        ]),
    get("get-me", "get_my_guild_member", "/users/@me/guilds/{guild_id}/member", "Show the user's own membership")
        .auth(Auth::Bearer)
        .effects(&[One(Kind::Member)])
        .id("user.id")
        .columns(&["user.id", "user.username", "nick", "roles", "joined_at"])
        .more(
            "Needs a user's token with the scope guilds.members.read. A bot looks itself up with `dcord \
             member get` and @me.",
        )
        .examples(&["member get-me 111111111111111111 --token-type bearer"])
        .params(&[path("guild_id", id(Guild), "Server to look at")]),
    patch(
        "edit-me",
        "update_my_guild_member",
        "/guilds/{guild_id}/members/@me",
        "Change how the bot looks in a server",
    )
    .reason()
    .effects(&[One(Kind::Member)])
    .id("user.id")
    .columns(&["user.id", "user.username", "nick", "avatar"])
    .more("The nickname needs CHANGE_NICKNAME. --unset goes back to what the account has.")
    .examples(&[
        "member edit-me 111111111111111111 --nick 'Build bot'",
        "member edit-me 111111111111111111 --unset nick",
    ])
    .params(&[
        path("guild_id", id(Guild), "Server to change it in"),
        body("nick", STRING, "Give the bot this nickname").range(0, 32).nullable(),
        body("avatar", IMAGE, "Use this picture as its avatar in this server").nullable(),
        body("bio", TEXT, "Write this about it in its profile").range(0, 190).nullable(),
        body("banner", IMAGE, "Use this picture as the banner of its profile").nullable(),
    ]),
    patch(
        "set-my-nick",
        "update_my_guild_member_nick",
        "/guilds/{guild_id}/members/@me/nick",
        "Change the bot's nickname, the old way",
    )
    .reason()
    .deprecated("use member edit-me")
    .effects(&[Outdates(Kind::Member)])
    .no_id()
    .columns(&["nick"])
    .needs(&["CHANGE_NICKNAME"])
    .params(&[
        path("guild_id", id(Guild), "Server to change it in"),
        body("nick", STRING, "Give the bot this nickname").positional().range(0, 32).nullable(),
    ]),
];

static MEMBER_FLAGS: &[Choice] = &[bit("bypasses-verification", 2)];
