//! `dcord gateway`: where to connect for events.

use super::builder::*;
use super::types::{Auth, Endpoint, Noun};

pub static NOUN: Noun = noun("gateway", "See where and how often a bot may connect for events", ROWS);

static ROWS: &[Endpoint] = &[
    get("get-bot", "get_bot_gateway", "/gateway/bot", "Show the address, the advised shards and the sessions left")
        .no_id()
        .columns(&[
            "url",
            "shards",
            "session_start_limit.remaining",
            "session_start_limit.total",
            "session_start_limit.max_concurrency",
        ])
        .more(
            "A bot may start a limited number of sessions a day; session_start_limit says how many are left \
             and, in milliseconds, when the count starts anew. A bot that runs out loses its token. \
             Sessions that are resumed are not counted.",
        )
        .examples(&["gateway get-bot --jq .session_start_limit.remaining"])
        .alias(&["gateway bot"]),
    get("get", "get_gateway", "/gateway", "Show the address of the gateway").auth(Auth::None).no_id().columns(&["url"]),
];
