//! `dcord partner`: provisional accounts of a game's players, and their messages.

use super::builder::*;
use super::choices::EXTERNAL_AUTH_TYPES;
use super::types::{Auth, Noun};
use crate::model::Entity::{Application, Message, User};

pub static NOUN: Noun = noun(
    "partner",
    "Manage provisional accounts and messages of a game's players",
    &[
        post("token", "partner_sdk_token", "/partner-sdk/token", "Get an access token for a player of another platform")
            .auth(Auth::None)
            .no_effect("the cache has no tokens")
            .no_id()
            .columns(&["token_type", "access_token", "expires_in", "scope"])
            .more(
                "A new player gets a provisional account. The response contains tokens: keep it out of logs.",
            )
            .examples(&["partner token --client-id 222222222222222222 --client-secret env:SECRET \
             --external-auth-type steam-session-ticket --external-auth-token env:TICKET"])
            .params(&[
                body("client_id", id(Application), "Client id of the app").required(),
                body("client_secret", STRING, "Client secret of the app").max(1024).nullable().secret(),
                body("external_auth_token", STRING, "Token that identifies the player")
                    .range(1, 10240)
                    .required()
                    .secret(),
                body("external_auth_type", one_of(EXTERNAL_AUTH_TYPES), "Provider that issued the token").required(),
            ]),
        post(
            "token-bot",
            "bot_partner_sdk_token",
            "/partner-sdk/token/bot",
            "Get an access token for a player by their id in your system",
        )
        .no_effect("the cache has no tokens")
        .no_id()
        .columns(&["token_type", "access_token", "expires_in", "scope"])
        .more(
            "A new player gets a provisional account. The response contains tokens: keep it out of logs.",
        )
        .examples(&["partner token-bot --external-user-id player-42 --preferred-global-name Robin"])
        .params(&[
            body("provisional_user_id", id(User), "Provisional account to use").nullable(),
            body("external_user_id", STRING, "Id of the player in your own system").range(1, 1024).required(),
            body("preferred_global_name", STRING, "Display name of the player").range(1, 32).nullable(),
        ]),
        put(
            "set-moderation",
            "update_user_message_external_moderation_metadata",
            "/partner-sdk/dms/{user_id_1}/{user_id_2}/messages/{message_id}/moderation-metadata",
            "Set the moderation metadata of a direct message",
        )
        .action("Set the moderation metadata of direct message {message_id}")
        .no_effect("the cache has no messages between users")
        .no_id()
        .more(
            "The metadata tells the game's clients how to treat the message. It is a JSON object with up to five keys \
             that the game defines; each value is a string of up to 2000 characters. The new object replaces the \
             previous one, and Discord sends it to the clients at once. Editing the message deletes the metadata.",
        )
        .examples(&[
            r#"partner set-moderation 999999999999999999 888888888888888888 333333333333333333 --body '{"action":"hide"}'"#,
        ])
        .params(&[
            path("user_id_1", id(User), "One participant of the direct message"),
            path("user_id_2", id(User), "The other participant"),
            path("message_id", id(Message), "Message"),
            whole_object(r#"Moderation metadata, as JSON: {"action":"hide",…}"#).required(),
        ]),
        post(
            "unmerge",
            "partner_sdk_unmerge_provisional_account",
            "/partner-sdk/provisional-accounts/unmerge",
            "Unlink a player's provisional account from their Discord account",
        )
        .action("Unlink the provisional account from the player's Discord account")
        .auth(Auth::None)
        .no_effect("the cache has no provisional accounts")
        .no_id()
        .more(
            "The player gets a new provisional account, and all their access and refresh tokens for the app become \
             invalid. --external-auth-token must belong to the identity that the account was created with.",
        )
        .examples(&["partner unmerge --client-id 666666666666666666 --client-secret env:SECRET \
--external-auth-type steam-session-ticket --external-auth-token env:TICKET"])
        .params(&[
            body("client_id", id(Application), "Client id of the app").required(),
            body("client_secret", STRING, "Client secret of the app").max(1024).nullable().secret(),
            body("external_auth_token", STRING, "Token that identifies the player").range(1, 10240).required().secret(),
            body("external_auth_type", one_of(EXTERNAL_AUTH_TYPES), "Provider that issued the token").required(),
        ]),
        post(
            "unmerge-bot",
            "bot_partner_sdk_unmerge_provisional_account",
            "/partner-sdk/provisional-accounts/unmerge/bot",
            "Unlink a player's Discord account by their id in your system",
        )
        .action("Unlink the player's Discord account")
        .no_effect("the cache has no provisional accounts")
        .no_id()
        .more(
            "Use this for accounts that `dcord partner token-bot` created. All access and refresh tokens of the \
             player for the app become invalid.",
        )
        .examples(&["partner unmerge-bot --external-user-id player-42"])
        .params(&[body("external_user_id", STRING, "Id of the player in your own system").range(1, 1024).required()]),
    ],
);
