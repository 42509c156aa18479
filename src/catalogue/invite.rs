//! `dcord invite`: invites to servers and group DMs.

use super::builder::*;
use super::groups::filename;
use super::types::{Auth, Choice, Endpoint, Noun, Unit};
use crate::model::Entity::{Application, Channel, Event, Guild, Invite, Message, Role, User};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun("invite", "List, create and revoke invites", ROWS);

static ROWS: &[Endpoint] = &[
    get("list", "list_guild_invites", "/guilds/{guild_id}/invites", "List the invites of a server")
        .effects(&[All(Kind::Invite)])
        .list()
        .id("code")
        .link(Link::Invite)
        .columns(&["code", "channel.name", "inviter.username", "uses", "expires_at"])
        .needs(&["MANAGE_GUILD"])
        .more("With view-audit-log instead of manage-guild, Discord omits the number of uses and the expiry times.")
        .examples(&["invite list 'My Server' --jq 'select(.uses == 0) | .code'"])
        .alias(&["guild invites"])
        .params(&[path("guild_id", id(Guild), "Server")]),
    get("list-in-channel", "list_channel_invites", "/channels/{channel_id}/invites", "List the invites of a channel")
        .effects(&[Several(Kind::Invite)])
        .list()
        .id("code")
        .link(Link::Invite)
        .columns(&["code", "inviter.username", "uses", "max_uses", "expires_at"])
        .needs(&["MANAGE_CHANNELS"])
        .examples(&["invite list-in-channel '#welcome' --jq '\"\\(.code): \\(.uses)\"'"])
        .alias(&["channel invites"])
        .params(&[path("channel_id", id(Channel), "Channel")]),
    get("get", "invite_resolve", "/invites/{code}", "Show an invite")
        .auth(Auth::None)
        .effects(&[PartOf(Kind::Invite)])
        .id("code")
        .link(Link::Invite)
        .columns(&["code", "guild.name", "channel.name", "approximate_member_count", "expires_at"])
        .more("After several hundred lookups within minutes, Discord blocks the IP address without warning.")
        .examples(&["invite get https://discord.gg/discord-developers --with-counts"])
        .alias(&["invite resolve"])
        .params(&[
            path("code", target(Invite), "Invite to show"),
            query("with_counts", BOOL, "Include approximate numbers of members and of online members"),
            query("guild_scheduled_event_id", id(Event), "Scheduled event of the server to include"),
            query("target_channel_id", id(Channel), "Channel to treat as the invite's target"),
            query("target_message_id", id(Message), "Message to treat as the invite's target"),
        ]),
    post("create", "create_channel_invite", "/channels/{channel_id}/invites", "Create an invite to a channel")
        .action("Create an invite to {channel_id}")
        .reason()
        .effects(&[One(Kind::Invite)])
        .id("code")
        .link(Link::Invite)
        .columns(&["code", "channel.name", "max_uses", "expires_at"])
        .needs(&["CREATE_INSTANT_INVITE"])
        .more(
            "The link is https://discord.gg/ followed by the code; -o url prints it. Without --unique, Discord \
             returns a similar invite if there is one. --role-ids requires manage-roles and takes roles below the \
             bot's highest role. In a group DM, Discord ignores all fields except --max-age.",
        )
        .examples(&[
            "invite create '#welcome' --max-age 1h --max-uses 1 --unique -o url",
            "invite create '#welcome' --max-age 0 --target-users-file members.csv",
        ])
        .alias(&["channel invite"])
        .params(&[
            path("channel_id", id(Channel), "Channel to invite to"),
            body("max_age", INT, "Time until the invite expires; 0 means never [default: 1d]")
                .range(0, 5_184_000)
                .unit(Unit::Seconds)
                .nullable(),
            body("max_uses", INT, "Number of uses; 0 means no limit [default: 0]").range(0, 100).nullable(),
            body("temporary", BOOL, "Kick members without a role when they go offline").nullable(),
            body("unique", BOOL, "Create a new invite even if a similar one exists").nullable(),
            body("target_type", one_of(TARGET_TYPES), "Voice channel: what the invite opens").nullable().minor(),
            body("target_user_id", id(User), "User whose stream to show (target type stream)").nullable().minor(),
            body(
                "target_application_id",
                id(Application),
                "App whose activity to start (target type embedded-application)",
            )
            .nullable()
            .minor(),
            body("role_ids", id(Role), "Role for users who accept the invite")
                .repeated()
                .unique()
                .items(0, 250)
                .nullable(),
            // The OpenAPI document has it in the multipart form but not in the JSON body.
            file("target_users_file", "CSV file with the ids of users who can accept the invite, one per line")
                .beyond_spec(),
        ])
        .forms(&[
            variant("a stream").when("target_type", &["stream"]).only(&["target_user_id"]).needs(&["target_user_id"]),
            variant("an activity")
                .when("target_type", &["embedded-application"])
                .only(&["target_application_id"])
                .needs(&["target_application_id"]),
        ])
        .with(&[&[filename("target_users_file")]]),
    delete("delete", "invite_revoke", "/invites/{code}", "Delete an invite")
        .action("Delete invite {code}")
        .reason()
        .destructive()
        .effects(&[Deletes(Kind::Invite)])
        .id("code")
        .columns(&["code", "guild.name", "channel.name"])
        .needs(&["MANAGE_CHANNELS"])
        .more("With manage-guild, the bot can delete any invite of the server.")
        .alias(&["invite revoke"])
        .params(&[path("code", target(Invite), "Invite to delete")]),
    get(
        "get-targets",
        "get_invite_target_users",
        "/invites/{code}/target-users",
        "Get the list of users who can accept an invite, as CSV",
    )
    .no_id()
    .answers("text/csv")
    .needs(&["MANAGE_GUILD"])
    .more("The creator of the invite and members with view-audit-log can read the list as well.")
    .params(&[path("code", target(Invite), "Invite")]),
    put(
        "set-targets",
        "update_invite_target_users",
        "/invites/{code}/target-users",
        "Replace the list of users who can accept an invite",
    )
    .action("Replace the list of users who can accept invite {code}")
    .no_effect("an invite object does not contain its target users")
    .no_id()
    .needs(&["MANAGE_GUILD"])
    .more(
        "The creator of the invite can change the list as well. Discord processes the file in the background: \
         `dcord invite get-targets-status` shows the progress. Discord rejects ids that belong to no user and \
         ignores repeated ids.",
    )
    .examples(&["invite set-targets abcdef members.csv"])
    .params(&[
        path("code", target(Invite), "Invite to change"),
        file("target_users_file", "CSV file with the ids of users who can accept the invite, one per line")
            .positional()
            .required(),
    ])
    .with(&[&[filename("target_users_file")]]),
    get(
        "get-targets-status",
        "get_invite_target_users_job_status",
        "/invites/{code}/target-users/job-status",
        "Show the progress of replacing an invite's list of users",
    )
    .no_id()
    .columns(&["status", "total_users", "processed_users", "error_message"])
    .needs(&["MANAGE_GUILD"])
    .more(
        "The status is 0 for unknown, 1 for processing, 2 for completed and 3 for failed. The creator of the invite \
         and members with view-audit-log can read it as well.",
    )
    .params(&[path("code", target(Invite), "Invite")]),
];

static TARGET_TYPES: &[Choice] = &[n("stream", 1), n("embedded-application", 2)];
