//! `dcord role-connection`: roles that depend on an account elsewhere.

use super::builder::*;
use super::types::{Auth, Noun};
use crate::model::Entity::Application;

pub static NOUN: Noun = noun(
    "role-connection",
    "Let roles depend on facts about an account elsewhere",
    &[
        get(
            "get-metadata",
            "get_application_role_connections_metadata",
            "/applications/{application_id}/role-connections/metadata",
            "List the facts that an app reports about its users",
        )
        .list()
        .id("key")
        .columns(&["key", "type", "name", "description"])
        .more(
            "A role can be linked to such facts, for example a rating in a game: who meets the role's \
             conditions may take it.",
        )
        .params(&[path("application_id", id(Application), "App that reports")]),
        put(
            "set-metadata",
            "update_application_role_connections_metadata",
            "/applications/{application_id}/role-connections/metadata",
            "Replace the facts that an app reports about its users",
        )
        .destructive()
        .no_effect("the cache has no role connections")
        .list()
        .id("key")
        .columns(&["key", "type", "name", "description"])
        .more(
            "Servers can then hand out a role to those for whom the facts hold. Each element has a key \
             (a-z, 0-9, _), a name, a description and a type, which says how the user's value is compared \
             with the server's: 1 at most, 2 at least, 3 equal, 4 not equal (whole numbers); 5 at most, 6 \
             at least this many days ago (times); 7 equal, 8 not equal (yes or no, as 1 or 0).",
        )
        .examples(&["role-connection set-metadata --body @facts.json --yes"])
        .params(&[
            path("application_id", id(Application), "App that reports"),
            whole(r#"All facts: [{"key":"…","name":"…","description":"…","type":2},…]"#).items(0, 5).required(),
            inner("type", "-/type", INT).range(1, 8).needed(),
            inner("key", "-/key", STRING).range(1, 50).needed(),
            inner("name", "-/name", STRING).range(1, 100).needed(),
            inner("description", "-/description", STRING).range(1, 200).needed(),
        ]),
        get(
            "get",
            "get_application_user_role_connection",
            "/users/@me/applications/{application_id}/role-connection",
            "Show what an app reports about the user of the token",
        )
        .auth(Auth::Bearer)
        .no_id()
        .columns(&["platform_name", "platform_username", "metadata"])
        .more("Takes an access token with the role_connections.write scope.")
        .examples(&["role-connection get --token-type bearer"])
        .params(&[path("application_id", id(Application), "App that reports")]),
        put(
            "set",
            "update_application_user_role_connection",
            "/users/@me/applications/{application_id}/role-connection",
            "Report facts about the user of the token",
        )
        .auth(Auth::Bearer)
        .no_effect("the cache has no role connections")
        .no_id()
        .columns(&["platform_name", "platform_username", "metadata"])
        .more(
            "Takes an access token with the role_connections.write scope. All values in the metadata are \
             texts.",
        )
        .examples(&[
            "role-connection set --platform-name Chess --platform-username robin --metadata '{\"rating\":\"1800\"}' \
             --token-type bearer",
        ])
        .params(&[
            path("application_id", id(Application), "App that reports"),
            body("platform_name", STRING, "Name the place where the account is").range(0, 50).nullable(),
            body("platform_username", STRING, "Show this name of the user's there").range(0, 100).nullable(),
            body("metadata", JSON, r#"Report these facts: {"rating":"1800",…}"#).nullable(),
        ])
        .edits(),
        delete(
            "delete",
            "delete_application_user_role_connection",
            "/users/@me/applications/{application_id}/role-connection",
            "Delete what an app reports about the user of the token",
        )
        .auth(Auth::Bearer)
        .destructive()
        .no_effect("the cache has no role connections")
        .no_id()
        .more("Takes an access token with the role_connections.write scope.")
        .examples(&["role-connection delete --token-type bearer"])
        .params(&[path("application_id", id(Application), "App that reports")]),
    ],
);
