//! `dcord join-request`: people who apply to join a server.

use super::builder::*;
use super::types::{Choice, Noun};
use crate::model::Entity::{Any, Guild};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "join-request",
    "Answer people who apply to join a server",
    &[
        get("list", "get_guild_join_requests", "/guilds/{guild_id}/requests", "List the applications to join a server")
            .pages(before("id", 100, 100).and_after())
            .items("guild_join_requests")
            .columns(&["id", "user.username", "application_status", "created_at"])
            .more("Servers that let people apply have a form; form_responses holds the answers.")
            .examples(&["join-request list 111111111111111111 --status submitted --all"])
            .params(&[
                path("guild_id", id(Guild), "Server applied to"),
                query("status", one_of(STATUS), "Only applications in this state"),
                query("limit", INT, "Fetch this many applications a request").range(1, 100),
                query("before", cursor(Any), "Show the applications before this one or this time"),
                query("after", cursor(Any), "Show the applications after this one or this time"),
            ]),
        patch(
            "decide",
            "action_guild_join_request",
            "/guilds/{guild_id}/requests/{request_id}",
            "Approve or reject an application to join a server",
        )
        .effects(&[Unlists(Kind::Member)])
        .columns(&["id", "user.username", "application_status", "reviewed_at"])
        .more("`dcord join-request list` shows the applications with their ids.")
        .examples(&[
            "join-request decide 111111111111111111 888888888888888888 approved",
            "join-request decide 111111111111111111 888888888888888888 rejected --rejection-reason 'Answer \
             is too short'",
        ])
        .params(&[
            path("guild_id", id(Guild), "Server applied to"),
            path("request_id", id(Any), "Application to decide on"),
            body("action", one_of(STATUS), "Decide on it: approved or rejected, which alone are taken").positional(),
            body("rejection_reason", TEXT, "Tell the person why they are rejected").max(160).nullable(),
        ]),
    ],
);

static STATUS: &[Choice] =
    &[s("started", "STARTED"), s("submitted", "SUBMITTED"), s("rejected", "REJECTED"), s("approved", "APPROVED")];
