//! `dcord ban`: ban and unban users.

use super::builder::*;
use super::types::{Choice, Endpoint, Noun, Unit};
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
            "ban add 'My Server' @alice --delete-messages 1d --reason 'scam links' --yes",
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
            body("delete_message_days", INT, "Deprecated: use --delete-messages")
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
    get("export", "list_guild_bans", "/guilds/{guild_id}/bans", "Print all bans of a server, for a backup or an import")
        .rewritten()
        .list()
        .id("user.id")
        .columns(&["user.id", "user.username", "reason"])
        .needs(&["BAN_MEMBERS"])
        .more(
            "Prints all bans, as `dcord ban list --all` does. `dcord ban import` reads each of the formats jsonl, json, csv \
             and id. In the format id, the reasons are missing.",
        )
        .examples(&[
            "ban export 'My Server' -o csv > bans.csv",
            "dcord ban export 'My Server' | dcord ban import 'Other Server' - --yes",
        ])
        .params(&[path("guild_id", id(Guild), "Server")]),
    post("import", "bulk_ban_users_from_guild", "/guilds/{guild_id}/bulk-ban", "Ban the users in a file")
        .action("Ban the users in a file from {guild_id}[ and delete their messages of the last {delete_message_seconds}]")
        .composed()
        .reason()
        .destructive()
        .no_effect("the requests that the command sends have effects of their own")
        .list()
        .id("user.id")
        .columns(&["user.id", "reason"])
        .needs(&["BAN_MEMBERS", "MANAGE_GUILD"])
        .more(
            "FILE has one user per line: an id, an object of JSON (a ban, a member or a user), or a line of CSV below a \
             header with the columns user.id and, if there are reasons, reason. It can also be one JSON array. Blank lines, \
             and lines that begin with #, are ignored. If a line names no user, nothing is sent.\n\n\
             Users who are banned already are skipped. Each user gets the reason in the file, unless --reason gives one for \
             all. dcord asks for confirmation with the number of users, and bans up to 200 with the same reason in one \
             request. With --dry-run, it lists the users and bans nobody. Users whom Discord does not ban are reported one by \
             one, and the exit status is 3. If the command is interrupted, run it again to ban the rest. In a pipe, dcord \
             prints a ban for each banned user, in a form that it can import again.",
        )
        .examples(&[
            "ban import 'My Server' bans.csv --dry-run",
            "ban import 'My Server' raiders.txt --reason raid --delete-messages 1d",
        ])
        .params(&[
            path("guild_id", id(Guild), "Server to ban the users from"),
            body("format", one_of(FILE_FORMATS), "Format of the file [default: recognised from its content]"),
            body("delete_message_seconds", INT, "Delete the messages that the users sent in this period, at most 7 days")
                .alias("delete-messages")
                .range(0, 604_800)
                .unit(Unit::Seconds),
            file("file", "File of users, or - for standard input").positional().required(),
        ]),
];

/// The formats of a file of users.
static FILE_FORMATS: &[Choice] = &[s("csv", "csv"), s("json", "json"), s("jsonl", "jsonl"), s("ids", "ids")];
