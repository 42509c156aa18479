//! `dcord ban`: ban and unban users.

use super::builder::*;
use super::types::{Endpoint, Noun, Unit};
use crate::model::Entity::{Ban, Guild, User};
use crate::model::Kind;

pub static NOUN: Noun = noun("ban", "Ban and unban users", ROWS);

static ROWS: &[Endpoint] = &[
    get("list", "list_guild_bans", "/guilds/{guild_id}/bans", "List the banned users of a server")
        .effects(&[All(Kind::Ban)])
        .pages(after("user.id", 1000, 1000).and_before())
        .id("user.id")
        .columns(&["user.id", "user.username", "reason"])
        .needs(&["BAN_MEMBERS"])
        .more("Bans are sorted by user id. If you give both --before and --after, Discord ignores --after.")
        .examples(&["ban list 'My Server' --all -o csv"])
        .alias(&["guild bans"])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            query("limit", INT, "Bans per request [default: 1000]").range(1, 1000),
            query("before", cursor(User), "Only users whose id is below this id or time"),
            query("after", cursor(User), "Only users whose id is above this id or time"),
        ]),
    get("get", "get_guild_ban", "/guilds/{guild_id}/bans/{user_id}", "Show a user's ban, with the reason")
        .effects(&[One(Kind::Ban)])
        .id("user.id")
        .columns(&["user.id", "user.username", "reason"])
        .needs(&["BAN_MEMBERS"])
        .more("Exits with status 6 if the user is not banned.")
        .examples(&["ban get 'My Server' @alice --jq .reason"])
        .params(&[path("guild_id", id(Guild), "Server"), path("user_id", id(Ban), "User")]),
    put("add", "ban_user_from_guild", "/guilds/{guild_id}/bans/{user_id}", "Ban a user from a server")
        .action("Ban {user_id} from {guild_id}[ and delete their messages of the last {delete_message_seconds}][ and delete their messages of the last {delete_message_days}]")
        .reason()
        .destructive()
        .effects(&[Deletes(Kind::Member), Unlists(Kind::Ban)])
        .no_id()
        .needs(&["BAN_MEMBERS"])
        .more(
            "The user does not have to be a member. If they are, their highest role must be below the bot's. The \
             reason appears in the audit log and in `dcord ban list`.",
        )
        .examples(&[
            "ban add 'My Server' @alice --reason spam",
            "ban add 'My Server' @alice --delete-message-seconds 1d --reason 'scam links' --yes",
        ])
        .alias(&["member ban"])
        .params(&[
            path("guild_id", id(Guild), "Server to ban the user from"),
            path("user_id", id(User), "User to ban"),
            body(
                "delete_message_seconds",
                INT,
                "Delete the messages that the user sent in this period, at most 7 days",
            )
            .alias("delete-messages")
            .range(0, 604_800)
            .unit(Unit::Seconds)
            .nullable(),
            body("delete_message_days", INT, "Deprecated: use --delete-message-seconds")
                .range(0, 7)
                .unit(Unit::Days)
                .nullable()
                .minor(),
        ])
        .forms(&[
            variant("a time in seconds").only(&["delete_message_seconds"]),
            variant("a time in days").only(&["delete_message_days"]),
        ]),
    delete("remove", "unban_user_from_guild", "/guilds/{guild_id}/bans/{user_id}", "Unban a user")
        .action("Unban {user_id} in {guild_id}")
        .reason()
        .effects(&[Deletes(Kind::Ban)])
        .no_id()
        .needs(&["BAN_MEMBERS"])
        .more("The user can join again with an invite; unbanning does not make them a member.")
        .examples(&["ban remove 'My Server' @alice --reason 'appeal granted'"])
        .alias(&["member unban"])
        .params(&[
            path("guild_id", id(Guild), "Server that banned the user"),
            path("user_id", id(Ban), "User to unban"),
        ]),
    post("bulk-add", "bulk_ban_users_from_guild", "/guilds/{guild_id}/bulk-ban", "Ban up to 200 users at once")
        .action("Ban {user_ids} from {guild_id}[ and delete their messages of the last {delete_message_seconds}]")
        .reason()
        .destructive()
        .effects(&[Unlists(Kind::Ban), Unlists(Kind::Member)])
        .no_id()
        .failed("failed_users", "user_ids")
        .columns(&["banned_users", "failed_users"])
        .needs(&["BAN_MEMBERS", "MANAGE_GUILD"])
        .more(
            "The response lists the users who were banned and those who were not; the latter include users who were \
             banned already. If some users could not be banned, dcord names them on stderr and exits with status 3. \
             If none could be banned, the request fails with Discord's error code 500000.",
        )
        .examples(&["ban bulk-add 'My Server' --user-ids 444444444444444444,444444444444444445 --reason raid --yes"])
        .alias(&["member bulk-ban"])
        .params(&[
            path("guild_id", id(Guild), "Server to ban the user from"),
            body("user_ids", id(User), "User to ban").repeated().unique().items(0, 200).required(),
            body(
                "delete_message_seconds",
                INT,
                "Delete the messages that the user sent in this period, at most 7 days",
            )
            .alias("delete-messages")
            .range(0, 604_800)
            .unit(Unit::Seconds)
            .nullable(),
        ]),
];
