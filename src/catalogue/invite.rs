//! `dcord invite`: invites to servers and groups.

use super::builder::*;
use super::groups::filename;
use super::types::{Auth, Choice, Endpoint, Noun, Unit};
use crate::model::Entity::{Application, Channel, Event, Guild, Invite, Message, Role, User};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun("invite", "Create, inspect and revoke invites", ROWS);

static ROWS: &[Endpoint] = &[
    get("list", "list_guild_invites", "/guilds/{guild_id}/invites", "List the invites to a server")
        .effects(&[All(Kind::Invite)])
        .list()
        .id("code")
        .link(Link::Invite)
        .columns(&["code", "channel.name", "inviter.username", "uses", "expires_at"])
        .needs(&["MANAGE_GUILD"])
        .more("VIEW_AUDIT_LOG will do as well, but then uses and ages are left out.")
        .examples(&["invite list 111111111111111111 --jq 'select(.uses == 0) | .code'"])
        .alias(&["guild invites"])
        .params(&[path("guild_id", id(Guild), "Server to look at")]),
    get("list-in-channel", "list_channel_invites", "/channels/{channel_id}/invites", "List the invites to a channel")
        .effects(&[Several(Kind::Invite)])
        .list()
        .id("code")
        .link(Link::Invite)
        .columns(&["code", "inviter.username", "uses", "max_uses", "expires_at"])
        .needs(&["MANAGE_CHANNELS"])
        .examples(&["invite list-in-channel '#welcome' --jq '\"\\(.code): \\(.uses)\"'"])
        .alias(&["channel invites"])
        .params(&[path("channel_id", id(Channel), "Channel to look at")]),
    get("get", "invite_resolve", "/invites/{code}", "Show where an invite leads")
        .auth(Auth::None)
        .effects(&[PartOf(Kind::Invite)])
        .id("code")
        .link(Link::Invite)
        .columns(&["code", "guild.name", "channel.name", "approximate_member_count", "expires_at"])
        .more(
            "Discord shuts out an address that looks up some hundreds of invites within minutes, without a \
             warning.",
        )
        .examples(&["invite get https://discord.gg/discord-developers --with-counts"])
        .alias(&["invite resolve"])
        .params(&[
            path("code", target(Invite), "Invite to look up"),
            query("with_counts", BOOL, "Add about how many members there are and how many are online"),
            query("guild_scheduled_event_id", id(Event), "Add this scheduled event of the server"),
            query("target_channel_id", id(Channel), "Resolve it as leading to this channel"),
            query("target_message_id", id(Message), "Resolve it as leading to this message"),
        ]),
    post("create", "create_channel_invite", "/channels/{channel_id}/invites", "Create an invite to a channel")
        .reason()
        .effects(&[One(Kind::Invite)])
        .id("code")
        .link(Link::Invite)
        .columns(&["code", "channel.name", "max_uses", "expires_at"])
        .needs(&["CREATE_INSTANT_INVITE"])
        .more(
            "The link is https://discord.gg/ and the code. Where a similar invite is still good, Discord \
             returns that one unless --unique says otherwise. --role-ids needs MANAGE_ROLES and takes roles \
             below the bot's own. In a group's direct messages --max-age alone counts.",
        )
        .examples(&[
            "invite create 222222222222222222 --max-age 1h --max-uses 1 --unique -o id",
            "invite create 222222222222222222 --max-age 0 --target-users-file members.csv",
        ])
        .alias(&["channel invite"])
        .params(&[
            path("channel_id", id(Channel), "Channel to invite to"),
            body("max_age", INT, "End it after this long, 0 for never (a day if omitted)")
                .range(0, 5_184_000)
                .unit(Unit::Seconds)
                .nullable(),
            body("max_uses", INT, "Let it be used so many times, 0 for any number [default: 0]")
                .range(0, 100)
                .nullable(),
            body("temporary", BOOL, "Drop members who leave again without having got a role").nullable(),
            body("unique", BOOL, "Make a new one even if a similar one is there").nullable(),
            body("target_type", one_of(TARGET_TYPES), "Voice channels: say what the invite leads to").nullable(),
            body("target_user_id", id(User), "Show this user's stream (with --target-type stream)").nullable(),
            body("target_application_id", id(Application), "Open this app's activity (target embedded-application)")
                .nullable(),
            body("role_ids", id(Role), "Give this role to those who accept")
                .repeated()
                .unique()
                .items(0, 250)
                .nullable(),
            // The document has it among the fields of the multipart form, not of the JSON body.
            file("target_users_file", "Admit only the users in this CSV file, one id a line").beyond_spec(),
        ])
        .forms(&[
            variant("a stream").when("target_type", &["stream"]).only(&["target_user_id"]).needs(&["target_user_id"]),
            variant("an activity")
                .when("target_type", &["embedded-application"])
                .only(&["target_application_id"])
                .needs(&["target_application_id"]),
        ])
        .with(&[&[filename("target_users_file")]]),
    delete("delete", "invite_revoke", "/invites/{code}", "Revoke an invite")
        .reason()
        .destructive()
        .effects(&[Deletes(Kind::Invite)])
        .id("code")
        .columns(&["code", "guild.name", "channel.name"])
        .needs(&["MANAGE_CHANNELS"])
        .more("MANAGE_CHANNELS in its channel is enough; MANAGE_GUILD revokes any invite of the server.")
        .alias(&["invite revoke"])
        .params(&[path("code", target(Invite), "Invite to revoke")]),
    get(
        "get-targets",
        "get_invite_target_users",
        "/invites/{code}/target-users",
        "Get the users an invite admits, as CSV",
    )
    .no_id()
    .answers("text/csv")
    .needs(&["MANAGE_GUILD"])
    .more("Who created the invite may ask as well, and so may those with VIEW_AUDIT_LOG.")
    .params(&[path("code", target(Invite), "Invite to look at")]),
    put(
        "set-targets",
        "update_invite_target_users",
        "/invites/{code}/target-users",
        "Replace the users an invite admits",
    )
    .no_effect("an invite object does not have its target users")
    .no_id()
    .needs(&["MANAGE_GUILD"])
    .more(
        "Who created the invite may change it as well. Discord works through the file afterwards: \
         `dcord invite get-targets-status` tells how far it is. Ids that are no users are refused, \
         repeated ones ignored.",
    )
    .examples(&["invite set-targets abcdef --target-users-file members.csv"])
    .params(&[
        path("code", target(Invite), "Invite to change"),
        file("target_users_file", "Admit only the users in this CSV file, one id a line").required(),
    ])
    .with(&[&[filename("target_users_file")]]),
    get(
        "get-targets-status",
        "get_invite_target_users_job_status",
        "/invites/{code}/target-users/job-status",
        "Show how far Discord is with an invite's list of users",
    )
    .no_id()
    .columns(&["status", "total_users", "processed_users", "error_message"])
    .needs(&["MANAGE_GUILD"])
    .more(
        "The status is 0 for unknown, 1 at work, 2 done, 3 failed. Who created the invite may ask as \
         well, and so may those with VIEW_AUDIT_LOG.",
    )
    .params(&[path("code", target(Invite), "Invite to look at")]),
];

static TARGET_TYPES: &[Choice] = &[n("stream", 1), n("embedded-application", 2)];
