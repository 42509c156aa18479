//! `dcord entitlement`: who has paid for what an app sells.

use super::builder::*;
use super::types::{Auth, Choice, Noun};
use crate::model::Entity::{Any, Application, Entitlement, Guild, Sku, User};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "entitlement",
    "See and test who may use what an app sells",
    &[
        get(
            "list",
            "get_entitlements",
            "/applications/{application_id}/entitlements",
            "List the users and servers that may use what an app sells",
        )
        .auth(Auth::Any)
        .effects(&[Several(Kind::Entitlement)])
        .pages(after("id", 100, 100).and_before())
        .columns(&["id", "sku_id", "user_id", "guild_id", "ends_at"])
        .more("Ended entitlements are listed unless --exclude-ended says otherwise, deleted ones are not.")
        .examples(&["entitlement list --user-id @alice --exclude-ended"])
        .params(&[
            path("application_id", id(Application), "App that sells"),
            query("user_id", id(User), "Only what this user may use"),
            query("sku_ids", id(Sku), "Only this SKU, as a thing that the app sells is called")
                .repeated()
                .unique()
                .items(0, 100),
            query("guild_id", id(Guild), "Only what this server may use"),
            query("before", cursor(Entitlement), "Show the entitlements before this one or this time"),
            query("after", cursor(Entitlement), "Show the entitlements after this one or this time"),
            query("limit", INT, "Fetch this many entitlements a request [default: 100]").range(1, 100),
            query("exclude_ended", BOOL, "Leave out what has ended [default: false]"),
            query("exclude_deleted", BOOL, "Leave out what was deleted [default: true]"),
            query("only_active", BOOL, "Only what may be used now"),
        ]),
        get(
            "get",
            "get_entitlement",
            "/applications/{application_id}/entitlements/{entitlement_id}",
            "Show an entitlement",
        )
        .auth(Auth::Any)
        .effects(&[One(Kind::Entitlement)])
        .columns(&["id", "sku_id", "user_id", "guild_id", "ends_at"])
        .more("An entitlement is somebody's right to use what the app sells.")
        .params(&[
            path("application_id", id(Application), "App that sells"),
            path("entitlement_id", id(Entitlement), "Entitlement to show"),
        ]),
        get(
            "list-mine",
            "get_current_user_application_entitlements",
            "/users/@me/applications/{application_id}/entitlements",
            "List what the user of an access token may use of an app",
        )
        .auth(Auth::Bearer)
        .list()
        .columns(&["id", "sku_id", "type", "consumed", "ends_at"])
        .examples(&["entitlement list-mine --token-type bearer"])
        .params(&[
            path("application_id", id(Application), "App that sells"),
            query("sku_ids", id(Sku), "Only this SKU, as a thing that the app sells is called")
                .repeated()
                .unique()
                .items(0, 100),
            query("exclude_consumed", BOOL, "Leave out what is used up"),
        ]),
        post(
            "create",
            "create_entitlement",
            "/applications/{application_id}/entitlements",
            "Give a user or server a test entitlement, free of charge",
        )
        .effects(&[One(Kind::Entitlement)])
        .columns(&["id", "sku_id", "user_id", "guild_id"])
        .more(
            "Discord then acts as if they had bought it, for ever. They may have to restart Discord to see \
             it.",
        )
        .examples(&["entitlement create --sku-id 777777777777777777 --owner-id 111111111111111111 --owner-type guild"])
        .params(&[
            path("application_id", id(Application), "App that sells"),
            body("sku_id", id(Sku), "Give them this SKU; of a subscription the one of type 5").required(),
            body("owner_id", id(Any), "Give it to this server or user").required(),
            body("owner_type", one_of(OWNER_TYPES), "Say whether that is a server or a user").required(),
        ]),
        delete(
            "delete",
            "delete_entitlement",
            "/applications/{application_id}/entitlements/{entitlement_id}",
            "Take a test entitlement away",
        )
        .auth(Auth::Any)
        .destructive()
        .effects(&[Deletes(Kind::Entitlement)])
        .no_id()
        .params(&[
            path("application_id", id(Application), "App that sells"),
            path("entitlement_id", id(Entitlement), "Test entitlement to take away"),
        ]),
        post(
            "consume",
            "consume_entitlement",
            "/applications/{application_id}/entitlements/{entitlement_id}/consume",
            "Mark a purchase that can be used once as used",
        )
        .auth(Auth::Any)
        .effects(&[Outdates(Kind::Entitlement)])
        .no_id()
        .more(
            "For one-time purchases of a consumable SKU. The user can buy it again afterwards. It cannot be \
             taken back.",
        )
        .params(&[
            path("application_id", id(Application), "App that sells"),
            path("entitlement_id", id(Entitlement), "Purchase to mark as used"),
        ]),
    ],
);

static OWNER_TYPES: &[Choice] = &[n("guild", 1), n("user", 2)];
