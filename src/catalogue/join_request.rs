//! `dcord join-request`: people who apply to join a server.

use super::builder::*;
use super::types::{Choice, Noun};
use crate::model::Entity::{Any, Guild};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "join-request",
    "List, approve and reject requests to join a server",
    &[
        get("list", "get_guild_join_requests", "/guilds/{guild_id}/requests", "List the requests to join a server")
            .pages(before("id", 100, 100).and_after())
            .items("guild_join_requests")
            .columns(&["id", "user.username", "application_status", "created_at"])
            .more("The field form_responses contains the answers from the server's application form.")
            .examples(&["join-request list 'My Server' --status submitted --all"])
            .params(&[
                path("guild_id", id(Guild), "Server"),
                query("status", one_of(STATUS), "Only requests with this status"),
                query("limit", INT, "Join requests per API request").range(1, 100),
                query("before", cursor(Any), "Requests before this request id or time"),
                query("after", cursor(Any), "Requests after this request id or time"),
            ]),
        patch(
            "decide",
            "action_guild_join_request",
            "/guilds/{guild_id}/requests/{request_id}",
            "Approve or reject a request to join a server",
        )
        .effects(&[Unlists(Kind::Member)])
        .columns(&["id", "user.username", "application_status", "reviewed_at"])
        .needs_none("Discord does not document which permission it needs")
        .more("`dcord join-request list` prints the requests with their ids.")
        .examples(&[
            "join-request decide 'My Server' 888888888888888888 approved",
            "join-request decide 'My Server' 888888888888888888 rejected --rejection-reason 'Answer is too short'",
        ])
        .params(&[
            path("guild_id", id(Guild), "Server"),
            path("request_id", id(Any), "Join request"),
            body("action", one_of(STATUS), "Decision; Discord accepts only approved and rejected").positional(),
            body("rejection_reason", TEXT, "Reason to show to the user").max(160).nullable(),
        ]),
    ],
);

static STATUS: &[Choice] =
    &[s("started", "STARTED"), s("submitted", "SUBMITTED"), s("rejected", "REJECTED"), s("approved", "APPROVED")];
