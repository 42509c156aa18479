//! `dcord sku`: what an app sells.

use super::builder::*;
use super::types::Noun;
use crate::model::Entity::Application;

pub static NOUN: Noun = noun(
    "sku",
    "See what an app sells",
    &[get("list", "list_skus", "/applications/{application_id}/skus", "List the things that an app sells")
        .list()
        .columns(&["id", "type", "name", "slug", "flags"])
        .more(
            "Types are 2 for what is bought once and kept, 3 for what is bought and used up, 5 for a \
             subscription. Each subscription has a second SKU of type 6, which is of no use.",
        )
        .examples(&["sku list -o table"])
        .params(&[path("application_id", id(Application), "App that sells")])],
);
