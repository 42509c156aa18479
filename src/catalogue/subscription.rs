//! `dcord subscription`: users' subscriptions to what an app sells.

use super::builder::*;
use super::types::{Auth, Noun};
use crate::model::Entity::{Sku, Subscription, User};

pub static NOUN: Noun = noun(
    "subscription",
    "Show users' subscriptions to what an app sells",
    &[
        get("list", "get_sku_subscriptions", "/skus/{sku_id}/subscriptions", "List a user's subscriptions to an SKU")
            .auth(Auth::Any)
            .pages(after("id", 50, 100).and_before())
            .columns(&["id", "user_id", "status", "current_period_start", "current_period_end"])
            .more(
                "With a bot token, --user-id is required. The status is 0 for active, 1 for inactive and 2 for \
                 ending. To find out what a user can use, check `dcord entitlement list` instead of the status.",
            )
            .examples(&["subscription list 777777777777777777 --user-id @alice"])
            .params(&[
                path("sku_id", id(Sku), "SKU, an item that the app sells"),
                query("before", cursor(Subscription), "Subscriptions before this subscription id or time"),
                query("after", cursor(Subscription), "Subscriptions after this subscription id or time"),
                query("limit", INT, "Subscriptions per request [default: 50]").range(1, 100),
                query("user_id", id(User), "Only subscriptions of this user (required with a bot token)"),
            ]),
        get(
            "get",
            "get_sku_subscription",
            "/skus/{sku_id}/subscriptions/{subscription_id}",
            "Show a subscription to an SKU",
        )
        .auth(Auth::Any)
        .columns(&["id", "user_id", "status", "current_period_start", "current_period_end"])
        .examples(&["subscription get 777777777777777777 888888888888888888"])
        .params(&[
            path("sku_id", id(Sku), "SKU, an item that the app sells"),
            path("subscription_id", id(Subscription), "Subscription to show"),
            query("user_id", id(User), "User of the subscription"),
        ]),
    ],
);
