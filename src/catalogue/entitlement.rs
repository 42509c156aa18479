//! `dcord entitlement`: who can use what an app sells.

use super::builder::*;
use super::types::{Auth, Choice, Noun};
use crate::model::Entity::{Any, Application, Entitlement, Guild, Sku, User};
use crate::model::Kind;

pub static NOUN: Noun = noun(
    "entitlement",
    "Manage entitlements: who can use what an app sells",
    &[
        get(
            "list",
            "get_entitlements",
            "/applications/{application_id}/entitlements",
            "List the entitlements of an app",
        )
        .auth(Auth::Any)
        .effects(&[Several(Kind::Entitlement)])
        .pages(after("id", 100, 100).and_before())
        .columns(&["id", "sku_id", "user_id", "guild_id", "ends_at"])
        .more(
            "An entitlement is the right of a user or server to use something that the app sells. By default, the \
             list includes ended entitlements but not deleted ones: see --exclude-ended and --exclude-deleted.",
        )
        .examples(&["entitlement list --user-id @alice --exclude-ended"])
        .params(&[
            path("application_id", id(Application), "App"),
            query("user_id", id(User), "Only entitlements of this user"),
            query("sku_ids", id(Sku), "Only entitlements to this SKU, an item that the app sells")
                .repeated()
                .unique()
                .items(0, 100),
            query("guild_id", id(Guild), "Only entitlements of this server"),
            query("before", cursor(Entitlement), "Entitlements before this entitlement id or time"),
            query("after", cursor(Entitlement), "Entitlements after this entitlement id or time"),
            query("limit", INT, "Entitlements per request [default: 100]").range(1, 100),
            query("exclude_ended", BOOL, "Omit entitlements that have ended [default: false]"),
            query("exclude_deleted", BOOL, "Omit entitlements that were deleted [default: true]"),
            query("only_active", BOOL, "Only entitlements that are valid now"),
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
        .more("An entitlement is the right of a user or server to use something that the app sells.")
        .params(&[
            path("application_id", id(Application), "App"),
            path("entitlement_id", id(Entitlement), "Entitlement to show"),
        ]),
        get(
            "list-mine",
            "get_current_user_application_entitlements",
            "/users/@me/applications/{application_id}/entitlements",
            "List the entitlements of the token's user",
        )
        .auth(Auth::Bearer)
        .list()
        .columns(&["id", "sku_id", "type", "consumed", "ends_at"])
        .examples(&["entitlement list-mine --token-type bearer"])
        .params(&[
            path("application_id", id(Application), "App"),
            query("sku_ids", id(Sku), "Only entitlements to this SKU, an item that the app sells")
                .repeated()
                .unique()
                .items(0, 100),
            query("exclude_consumed", BOOL, "Omit entitlements that were consumed"),
        ]),
        post(
            "create",
            "create_entitlement",
            "/applications/{application_id}/entitlements",
            "Create a test entitlement for a user or server, free of charge",
        )
        .effects(&[One(Kind::Entitlement)])
        .columns(&["id", "sku_id", "user_id", "guild_id"])
        .more(
            "Discord then behaves as if the user or server had bought the SKU; the entitlement does not expire. The \
             user may have to reload Discord to see it.",
        )
        .examples(&["entitlement create --sku-id 777777777777777777 --owner-id 111111111111111111 --owner-type guild"])
        .params(&[
            path("application_id", id(Application), "App"),
            body("sku_id", id(Sku), "SKU to grant; for a subscription, the SKU of type 5").required(),
            body("owner_id", id(Any), "User or server that gets the entitlement").required(),
            body("owner_type", one_of(OWNER_TYPES), "Whether --owner-id is a user or a server").required(),
        ]),
        delete(
            "delete",
            "delete_entitlement",
            "/applications/{application_id}/entitlements/{entitlement_id}",
            "Delete a test entitlement",
        )
        .action("Delete test entitlement {entitlement_id}")
        .auth(Auth::Any)
        .destructive()
        .effects(&[Deletes(Kind::Entitlement)])
        .no_id()
        .params(&[
            path("application_id", id(Application), "App"),
            path("entitlement_id", id(Entitlement), "Test entitlement to delete"),
        ]),
        post(
            "consume",
            "consume_entitlement",
            "/applications/{application_id}/entitlements/{entitlement_id}/consume",
            "Mark a one-time purchase as consumed",
        )
        .action("Mark entitlement {entitlement_id} as consumed")
        .auth(Auth::Any)
        .effects(&[Outdates(Kind::Entitlement)])
        .no_id()
        .more(
            "After this, the user can buy the consumable SKU again. A consumed entitlement \
             cannot be restored.",
        )
        .params(&[
            path("application_id", id(Application), "App"),
            path("entitlement_id", id(Entitlement), "Entitlement to consume"),
        ]),
    ],
);

static OWNER_TYPES: &[Choice] = &[n("guild", 1), n("user", 2)];
