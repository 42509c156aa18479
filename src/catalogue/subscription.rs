//! `dcord subscription`: recurring payments for what an app sells.

use super::builder::*;
use super::types::{Auth, Noun};
use crate::model::Entity::{Sku, Subscription, User};

pub static NOUN: Noun = noun(
    "subscription",
    "See the recurring payments for what an app sells",
    &[
        get("list", "get_sku_subscriptions", "/skus/{sku_id}/subscriptions", "List a user's subscriptions to a SKU")
            .auth(Auth::Any)
            .pages(after("id", 50, 100).and_before())
            .columns(&["id", "user_id", "status", "current_period_start", "current_period_end"])
            .more(
                "A bot must say whose: --user-id. The status is 0 for active, 1 for inactive, 2 for ending. \
                 Whether somebody may use a thing is not for the status to say but for `dcord entitlement \
                 list`.",
            )
            .examples(&["subscription list 777777777777777777 --user-id @alice"])
            .params(&[
                path("sku_id", id(Sku), "SKU, a thing that the app sells"),
                query("before", cursor(Subscription), "Show the subscriptions before this one or this time"),
                query("after", cursor(Subscription), "Show the subscriptions after this one or this time"),
                query("limit", INT, "Fetch this many subscriptions a request [default: 50]").range(1, 100),
                query("user_id", id(User), "Only this user's (needed with a bot's token)"),
            ]),
        get(
            "get",
            "get_sku_subscription",
            "/skus/{sku_id}/subscriptions/{subscription_id}",
            "Show a subscription to a SKU",
        )
        .auth(Auth::Any)
        .columns(&["id", "user_id", "status", "current_period_start", "current_period_end"])
        .examples(&["subscription get 777777777777777777 888888888888888888"])
        .params(&[
            path("sku_id", id(Sku), "SKU, a thing that the app sells"),
            path("subscription_id", id(Subscription), "Subscription to show"),
            query("user_id", id(User), "User whose subscription it is"),
        ]),
    ],
);
