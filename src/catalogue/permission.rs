//! `dcord permission`: the permissions of roles and members.

use super::builder::*;
use super::types::{Auth, Choice, Endpoint, Noun};
use crate::model::Entity::{Any, Channel, Guild, User};
use crate::model::Kind;

pub static NOUN: Noun = noun("permission", "Set and explain the permissions of roles and members", ROWS);

static ROWS: &[Endpoint] = &[CAN, SET, EXPLAIN, AUDIT];

const CAN: Endpoint = get(
    "can",
    "get_guild_member",
    "/guilds/{guild_id}/members/{user_id}",
    "Say whether a member has permissions, and why",
)
.composed()
.decides()
.no_id()
.columns(&["member", "permission", "allowed", "because"])
.more(
    "Computes the permissions by Discord's rules from the member's roles, the overwrites of the channel, timeouts and \
     ownership, and names the role or overwrite that decides. Without --channel, the answer is about the server as a \
     whole.\n\n\
     Exits with 1 if the member does not have all of the permissions. If the bot cannot view the channel, Discord hides \
     its permissions, and the command fails. The hierarchy of roles is not checked: nobody can ban or edit \
     a member whose highest role is above their own.",
)
.examples(&[
    "permission can 'My Server' @ken manage-messages",
    "permission can 'My Server' @ken send-messages,attach-files --channel '#general'",
])
.alias(&["permission check"])
.params(&[
    path("guild_id", id(Guild), "Server"),
    path("user_id", id(User), "Member"),
    query("permissions", PERMISSIONS, "Permissions to check, separated by commas").positional().required(),
    query("channel_id", id(Channel), "Channel or thread in which the member needs the permissions").alias("channel"),
]);

const SET: Endpoint = put(
    "set",
    "set_channel_permission_overwrite",
    "/channels/{channel_id}/permissions/{overwrite_id}",
    "Allow or deny permissions to a role or member in a channel",
)
.composed()
.reason()
.effects(&[Outdates(Kind::Channel)])
.no_id()
.columns(&["name", "before", "after"])
.needs(&["MANAGE_ROLES"])
.more(
    "Changes only the permissions that you name; to replace the whole overwrite, use `dcord channel \
     set-permission`. Prints each permission that changes. If none changes, dcord sends nothing. An overwrite that \
     no longer allows or denies anything is deleted.\n\n\
     The channels of a category follow its permissions if theirs are the same. dcord names the channels that do not \
     follow; `dcord channel sync` makes them follow. The bot can only allow and deny permissions that it has itself.",
)
.examples(&[
    "permission set '#staff' @alice --allow view-channel,send-messages",
    "permission set '#general' @everyone --deny mention-everyone --clear attach-files",
])
.params(&[
    path("channel_id", id(Channel), "Channel"),
    path("overwrite_id", id(Any), "Role or member").label_name("ROLE-OR-MEMBER"),
    local("allow", "allow", PERMISSIONS, "Permissions to allow"),
    local("deny", "deny", PERMISSIONS, "Permissions to deny"),
    local("clear", "clear", PERMISSIONS, "Permissions to inherit from the server's roles"),
])
.any_of(&["allow", "deny", "clear"]);

const EXPLAIN: Endpoint = get("explain", "", "", "Show which permissions a role has or a number stands for")
    .composed()
    .usages(&["permission explain PERMISSIONS", "permission explain [SERVER] ROLE"])
    .auth(Auth::None)
    .no_effect("at most a role is read")
    .id("value")
    .columns(&["bit", "name", "allows"])
    .more(
        "Takes a number, the names of permissions, or a role: `dcord permission explain SERVER ROLE`, or only ROLE if \
         DCORD_GUILD sets the server. For a role, the command reads the role from Discord; otherwise it sends no \
         request.\n\n\
         Given names, prints the number that Discord's API uses for them. JSON output contains the number as \
         `value`, and -o id prints only the number.",
    )
    .examples(&[
        "permission explain 8866461766385655",
        "permission explain 'My Server' Moderators",
        "permission explain 0x4800",
        "permission explain SEND_MESSAGES,EMBED_LINKS -o id",
    ])
    .params(&[query("permissions", PERMISSIONS, "Number, names joined by commas, or a role")
        .positional()
        .required()
        .label_name("PERMISSIONS-OR-ROLE")]);

const AUDIT: Endpoint = get("audit", "get_guild", "/guilds/{guild_id}", "List what is risky in the permissions of a server")
    .composed()
    .no_id()
    .columns(&["severity", "on", "finding"])
    .may_need(&["MANAGE_WEBHOOKS", "MANAGE_GUILD"])
    .more(
        "Findings of the severity high are roles that make members administrators, bots that are administrators or whose \
         highest role is above those of the moderators, and dangerous permissions of @everyone in the server or in a \
         channel. Medium are roles with dangerous permissions that 20 or more members have or that anyone can mention, \
         webhooks, two-factor authentication that moderators do not need, and a server without verification. Low are \
         roles with dangerous permissions that nobody has, and integrations. Dangerous permissions are those to manage, kick, ban, \
         moderate and mention everyone, and administrator.\n\n\
         With --fail-on, exits with status 1 if there is a finding of that severity or a higher one. The command needs \
         the server members intent (see `dcord help listen`), manage-webhooks for the webhooks, and manage-guild for the \
         integrations. If the bot may not read one of them, dcord warns, checks the rest, and exits with status 3.",
    )
    .examples(&[
        "permission audit 'My Server'",
        "permission audit 'My Server' --fail-on high",
        "permission audit 'My Server' --jq 'select(.check == \"webhook\") | .on'",
    ])
    .alias(&["guild audit"])
    .params(&[
        path("guild_id", id(Guild), "Server"),
        query("fail_on", one_of(SEVERITIES), "Exit with status 1 if a finding is at least this severe"),
    ]);

const SEVERITIES: &[Choice] = &[s("high", "high"), s("medium", "medium"), s("low", "low")];
