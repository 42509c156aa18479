//! `dcord ban`: keep users out of a server.

use super::builder::*;
use super::types::{Endpoint, Noun, Unit};
use crate::model::Entity::{Ban, Guild, User};
use crate::model::Kind;

pub static NOUN: Noun = noun("ban", "Ban users from a server, and lift bans", ROWS);

static ROWS: &[Endpoint] = &[
    get("list", "list_guild_bans", "/guilds/{guild_id}/bans", "List the banned users of a server")
        .effects(&[All(Kind::Ban)])
        .pages(after("user.id", 1000, 1000).and_before())
        .id("user.id")
        .columns(&["user.id", "user.username", "reason"])
        .needs(&["BAN_MEMBERS"])
        .more(
            "In the order of the users' ids. Where --before and --after are both given, Discord heeds \
             --before alone.",
        )
        .examples(&["ban list 111111111111111111 --all -o csv"])
        .alias(&["guild bans"])
        .params(&[
            path("guild_id", id(Guild), "Server to look at"),
            query("limit", INT, "Fetch this many bans a request [default: 1000]").range(1, 1000),
            query("before", cursor(User), "Show the users whose id is below this one"),
            query("after", cursor(User), "Show the users whose id is above this one"),
        ]),
    get("get", "get_guild_ban", "/guilds/{guild_id}/bans/{user_id}", "Show a user's ban and its reason")
        .effects(&[One(Kind::Ban)])
        .id("user.id")
        .columns(&["user.id", "user.username", "reason"])
        .needs(&["BAN_MEMBERS"])
        .more("Fails with exit status 6 if the user is not banned.")
        .examples(&["ban get 111111111111111111 444444444444444444 --jq .reason"])
        .params(&[path("guild_id", id(Guild), "Server to look at"), path("user_id", id(Ban), "User to look up")]),
    put("add", "ban_user_from_guild", "/guilds/{guild_id}/bans/{user_id}", "Ban a user from a server")
        .reason()
        .destructive()
        .effects(&[Deletes(Kind::Member), Unlists(Kind::Ban)])
        .no_id()
        .needs(&["BAN_MEMBERS"])
        .more(
            "The user need not be a member. A member can be banned only if their highest role is below the \
             bot's. The reason is shown in the audit log and in `dcord ban list`.",
        )
        .examples(&[
            "ban add 111111111111111111 444444444444444444 --reason spam",
            "ban add 111111111111111111 444444444444444444 --delete-message-seconds 1d --reason 'scam \
             links' --yes",
        ])
        .alias(&["member ban"])
        .params(&[
            path("guild_id", id(Guild), "Server to ban them from"),
            path("user_id", id(User), "User to ban"),
            body("delete_message_seconds", INT, "Delete their messages of this long until now (7 days at most)")
                .range(0, 604_800)
                .unit(Unit::Seconds)
                .nullable(),
            body("delete_message_days", INT, "Deprecated: the same, use --delete-message-seconds")
                .range(0, 7)
                .unit(Unit::Days)
                .nullable(),
        ])
        .forms(&[
            variant("a span in seconds").only(&["delete_message_seconds"]),
            variant("a span in days").only(&["delete_message_days"]),
        ]),
    delete("remove", "unban_user_from_guild", "/guilds/{guild_id}/bans/{user_id}", "Lift a user's ban")
        .reason()
        .effects(&[Deletes(Kind::Ban)])
        .no_id()
        .needs(&["BAN_MEMBERS"])
        .more("The user can come back with an invite; they are not made a member by this.")
        .examples(&["ban remove 111111111111111111 444444444444444444 --reason 'appeal granted'"])
        .alias(&["member unban"])
        .params(&[
            path("guild_id", id(Guild), "Server that banned them"),
            path("user_id", id(Ban), "User to let in again"),
        ]),
    post("bulk-add", "bulk_ban_users_from_guild", "/guilds/{guild_id}/bulk-ban", "Ban up to 200 users at once")
        .reason()
        .destructive()
        .effects(&[Unlists(Kind::Ban), Unlists(Kind::Member)])
        .no_id()
        .failed("failed_users", "user_ids")
        .columns(&["banned_users", "failed_users"])
        .needs(&["BAN_MEMBERS", "MANAGE_GUILD"])
        .more(
            "The answer lists who was banned and who was not, which includes those who were banned already. \
             If some could not be banned, the exit status is 3 and stderr names them; if nobody could be \
             banned, the request fails with Discord's code 500000.",
        )
        .examples(&["ban bulk-add 111111111111111111 --user-ids 444444444444444444 --user-ids 444444444444444445 \
--reason raid"])
        .alias(&["member bulk-ban"])
        .params(&[
            path("guild_id", id(Guild), "Server to ban them from"),
            body("user_ids", id(User), "Ban this user").repeated().unique().items(0, 200).required(),
            body("delete_message_seconds", INT, "Delete their messages of this long until now (7 days at most)")
                .range(0, 604_800)
                .unit(Unit::Seconds)
                .nullable(),
        ]),
];
