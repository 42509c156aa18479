//! `dcord sku`: the items that an app sells.

use super::builder::*;
use super::types::Noun;
use crate::model::Entity::Application;

pub static NOUN: Noun = noun(
    "sku",
    "List the SKUs of an app, the items that it sells",
    &[get("list", "list_skus", "/applications/{application_id}/skus", "List the SKUs of an app")
        .list()
        .columns(&["id", "type", "name", "slug", "flags"])
        .more(
            "Types: 2 is a durable one-time purchase, 3 a consumable one-time purchase, 5 a subscription. Each \
             subscription also has an SKU of type 6, which Discord generates and you can ignore.",
        )
        .examples(&["sku list -o table"])
        .params(&[path("application_id", id(Application), "App")])],
);
