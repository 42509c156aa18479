//! `dcord identity`: Discord's data about a game's players, and the game statistics on their profiles.

use super::builder::*;
use super::types::{Noun, Param};
use crate::model::Entity::{Application, User};

pub static NOUN: Noun = noun(
    "identity",
    "Manage players' linked external accounts and game statistics",
    &[
        get(
            "list",
            "get_user_application_identities",
            "/users/{user_id}/application-identities/{application_id}",
            "List the external accounts that a user linked to an app",
        )
        .items("identities")
        .id("provider_issued_user_id")
        .columns(COLUMNS)
        .more("The list is empty if the user linked no account.")
        .params(&[
            path("user_id", id(User), "User"),
            path("application_id", id(Application), "App"),
        ]),
        get(
            "find",
            "get_application_identities",
            "/applications/{application_id}/application-identities/{provider_type}/{provider_issued_user_id}",
            "Find the Discord users who linked an external account",
        )
        .items("identities")
        .id("user_id")
        .columns(COLUMNS)
        .more("The list is empty if no user has linked the account.")
        .examples(&["identity find OIDC player-42 --jq .user_id"])
        .params(&[
            path("application_id", id(Application), "App"),
            PROVIDER_TYPE,
            PROVIDER_USER,
            query("provider_id", STRING, "Provider id, if the app has several providers of this type"),
        ]),
        get(
            "get-profile",
            "get_application_identity_profile",
            "/applications/{application_id}/users/{user_id}/identities/{provider_issued_user_id}/profile",
            "Show the game statistics stored for a player",
        )
        .no_id()
        .columns(&["username", "data", "metadata"])
        .params(&[
            path("application_id", id(Application), "App"),
            path("user_id", id(User), "Discord user of the player"),
            PROVIDER_USER,
        ]),
        patch(
            "edit-profile",
            "update_application_identity_profile",
            "/applications/{application_id}/users/{user_id}/identities/{provider_issued_user_id}/profile",
            "Store game statistics for a player",
        )
        .action("Store game statistics of account {provider_issued_user_id}")
        .no_effect("the cache has no identities")
        .no_id()
        .columns(&["username", "data", "metadata"])
        .more(
            "Discord shows the statistics in a widget on the player's profile. --data replaces all stored statistics: \
             at most 10 KB of JSON and 30 dynamic fields. If the player has no linked account, the first update links \
             one with the provider type NONE. Otherwise, PLAYER must be an account that the player \
             linked.",
        )
        .examples(&[
            r#"identity edit-profile 999999999999999999 player-42 --username Robin --data '{"primary":{"rank_name":"Gold"}}'"#,
        ])
        .params(&[
            path("application_id", id(Application), "App"),
            path("user_id", id(User), "Discord user of the player"),
            PROVIDER_USER,
            body("username", STRING, "Name of the player in the game").max(1024),
            body("data", JSON, r#"Statistics, as JSON: {"primary":{…},"dynamic":[{"type":1,…}]}"#),
        ]),
        post(
            "delete",
            "delete_application_identity",
            "/users/{user_id}/application-identities/{application_id}/{provider_type}/{provider_issued_user_id}/delete",
            "Unlink an external account from a user",
        )
        .action("Unlink account {provider_issued_user_id} from {user_id}")
        .destructive()
        .no_effect("the cache has no identities")
        .no_id()
        .examples(&["identity delete 999999999999999999 OIDC player-42 --yes"])
        .params(&[
            path("user_id", id(User), "User to unlink the account from"),
            path("application_id", id(Application), "App"),
            PROVIDER_TYPE,
            PROVIDER_USER,
            body("provider_id", STRING, "Provider id, if the app has several providers of this type"),
        ]),
    ],
);

static COLUMNS: &[&str] = &["user_id", "provider_type", "provider_id", "provider_issued_user_id"];

const PROVIDER_TYPE: Param = path("provider_type", STRING, "Provider type of the external account: OIDC, NONE, …");
const PROVIDER_USER: Param =
    path("provider_issued_user_id", STRING, "Id of the player at the provider").label_name("PLAYER");
