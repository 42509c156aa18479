//! `dcord role-connection`: linked roles, which depend on an external account.

use super::builder::*;
use super::types::{Auth, Noun};
use crate::model::Entity::Application;

pub static NOUN: Noun = noun(
    "role-connection",
    "Manage linked roles, which depend on a user's external account",
    &[
        get(
            "get-metadata",
            "get_application_role_connections_metadata",
            "/applications/{application_id}/role-connections/metadata",
            "List the role connection metadata of an app",
        )
        .list()
        .id("key")
        .columns(&["key", "type", "name", "description"])
        .more(
            "The metadata describes facts about a user's external account, such as a rating in a game. A server can \
             link a role to them: users who meet the role's conditions can get the role.",
        )
        .params(&[path("application_id", id(Application), "App")]),
        put(
            "set-metadata",
            "update_application_role_connections_metadata",
            "/applications/{application_id}/role-connections/metadata",
            "Replace the role connection metadata of an app",
        )
        .action("Replace the role connection metadata of the app")
        .destructive()
        .no_effect("the cache has no role connections")
        .list()
        .id("key")
        .columns(&["key", "type", "name", "description"])
        .more(
            "The metadata describes the facts that a server can link a role to. Each element has a key (a-z, 0-9, _), \
             a name, a description and a type, which is how Discord compares the user's value with the server's. For \
             integers, 1 means at most, 2 at least, 3 equal and 4 not equal. For dates, 5 means at most and 6 at \
             least that many days ago. For booleans (1 or 0), 7 means equal and 8 not equal.",
        )
        .examples(&["role-connection set-metadata --body @metadata.json --yes"])
        .params(&[
            path("application_id", id(Application), "App"),
            whole(r#"Metadata, as JSON: [{"key":"…","name":"…","description":"…","type":2},…]"#).items(0, 5).required(),
            inner("type", "-/type", INT).range(1, 8).needed(),
            inner("key", "-/key", STRING).range(1, 50).needed(),
            inner("name", "-/name", STRING).range(1, 100).needed(),
            inner("description", "-/description", STRING).range(1, 200).needed(),
        ]),
        get(
            "get",
            "get_application_user_role_connection",
            "/users/@me/applications/{application_id}/role-connection",
            "Show the role connection of the token's user",
        )
        .auth(Auth::Bearer)
        .no_id()
        .columns(&["platform_name", "platform_username", "metadata"])
        .more("The access token needs the OAuth2 scope role_connections.write.")
        .examples(&["role-connection get --token-type bearer"])
        .params(&[path("application_id", id(Application), "App")]),
        put(
            "set",
            "update_application_user_role_connection",
            "/users/@me/applications/{application_id}/role-connection",
            "Set the role connection of the token's user",
        )
        .auth(Auth::Bearer)
        .no_effect("the cache has no role connections")
        .no_id()
        .columns(&["platform_name", "platform_username", "metadata"])
        .more("The access token needs the OAuth2 scope role_connections.write. All values of --metadata are strings.")
        .examples(&[
            "role-connection set --platform-name Chess --platform-username robin --metadata '{\"rating\":\"1800\"}' \
             --token-type bearer",
        ])
        .params(&[
            path("application_id", id(Application), "App"),
            body("platform_name", STRING, "Name of the external platform").range(0, 50).nullable(),
            body("platform_username", STRING, "Name of the user on the platform").range(0, 100).nullable(),
            body("metadata", JSON, r#"Facts about the user, as JSON: {"rating":"1800",…}"#).nullable(),
        ])
        .edits(),
        delete(
            "delete",
            "delete_application_user_role_connection",
            "/users/@me/applications/{application_id}/role-connection",
            "Delete the role connection of the token's user",
        )
        .action("Delete the role connection of the token's user")
        .auth(Auth::Bearer)
        .destructive()
        .no_effect("the cache has no role connections")
        .no_id()
        .more("The access token needs the OAuth2 scope role_connections.write.")
        .examples(&["role-connection delete --token-type bearer"])
        .params(&[path("application_id", id(Application), "App")]),
    ],
);
