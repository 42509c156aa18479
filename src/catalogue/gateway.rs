//! `dcord gateway`: the gateway's URL and the identify limit.

use super::builder::*;
use super::types::{Auth, Endpoint, Noun};

pub static NOUN: Noun = noun("gateway", "Show the gateway's URL and the bot's identify limit", ROWS);

static ROWS: &[Endpoint] = &[
    get(
        "get-bot",
        "get_bot_gateway",
        "/gateway/bot",
        "Show the gateway's URL, shard count and remaining IDENTIFY calls",
    )
    .no_id()
    .columns(&[
        "url",
        "shards",
        "session_start_limit.remaining",
        "session_start_limit.total",
        "session_start_limit.max_concurrency",
    ])
    .more(
        "A bot can send IDENTIFY only a limited number of times per day. session_start_limit contains the number of \
         calls left and the time in milliseconds until the limit is reset. If a bot exceeds the limit, Discord resets \
         its token. Resuming a session does not count.",
    )
    .examples(&["gateway get-bot --jq .session_start_limit.remaining"])
    .alias(&["gateway bot"]),
    get("get", "get_gateway", "/gateway", "Show the gateway's URL").auth(Auth::None).no_id().columns(&["url"]),
];
