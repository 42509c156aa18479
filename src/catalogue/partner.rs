//! `dcord partner`: accounts of a game's players who have none at Discord, and their messages.

use super::builder::*;
use super::choices::EXTERNAL_AUTH_TYPES;
use super::types::{Auth, Noun};
use crate::model::Entity::{Application, Message, User};

pub static NOUN: Noun = noun(
    "partner",
    "Manage provisional accounts and messages of a game's players",
    &[
        post("token", "partner_sdk_token", "/partner-sdk/token", "Get an access token for a player known elsewhere")
            .auth(Auth::None)
            .no_effect("the cache has no tokens")
            .no_id()
            .columns(&["token_type", "access_token", "expires_in", "scope"])
            .more(
                "A player who is new gets a provisional account. The answer has tokens in it: keep it from \
                 logs.",
            )
            .examples(&["partner token --client-id 222222222222222222 --client-secret env:SECRET \
             --external-auth-type steam-session-ticket --external-auth-token env:TICKET"])
            .params(&[
                body("client_id", id(Application), "Id of the app").required(),
                body("client_secret", STRING, "Secret of the app").max(1024).nullable().secret(),
                body("external_auth_token", STRING, "Token that identifies the player")
                    .range(1, 10240)
                    .required()
                    .secret(),
                body("external_auth_type", one_of(EXTERNAL_AUTH_TYPES), "Who issued that token").required(),
            ]),
        post(
            "token-bot",
            "bot_partner_sdk_token",
            "/partner-sdk/token/bot",
            "Get an access token for a player, by one's own id",
        )
        .no_effect("the cache has no tokens")
        .no_id()
        .columns(&["token_type", "access_token", "expires_in", "scope"])
        .more(
            "A player who is new gets a provisional account. The answer has tokens in it: keep it from \
             logs.",
        )
        .examples(&["partner token-bot --external-user-id player-42 --preferred-global-name Robin"])
        .params(&[
            body("provisional_user_id", id(User), "Provisional account to use").nullable(),
            body("external_user_id", STRING, "Player, by the id in one's own system").range(1, 1024).required(),
            body("preferred_global_name", STRING, "Show the player by this name").range(1, 32).nullable(),
        ]),
        put(
            "set-moderation",
            "update_user_message_external_moderation_metadata",
            "/partner-sdk/dms/{user_id_1}/{user_id_2}/messages/{message_id}/moderation-metadata",
            "Tell a game's clients how to treat a direct message",
        )
        .no_effect("the cache has no messages between users")
        .no_id()
        .more(
            "The object has up to five texts under keys that the game understands, each of up to 2000 \
             characters. It replaces what was there, and the game's clients learn of it at once. An edit of \
             the message clears it.",
        )
        .examples(&[
            r#"partner set-moderation 999999999999999999 888888888888888888 333333333333333333 --body '{"do":"hide"}'"#,
        ])
        .params(&[
            path("user_id_1", id(User), "One of the two who write to each other"),
            path("user_id_2", id(User), "The other one"),
            path("message_id", id(Message), "Message in question"),
            whole_object(r#"What was decided: {"action":"hide",…}"#).required(),
        ]),
        post(
            "unmerge",
            "partner_sdk_unmerge_provisional_account",
            "/partner-sdk/provisional-accounts/unmerge",
            "Separate a player's account elsewhere from their Discord account",
        )
        .auth(Auth::None)
        .no_effect("the cache has no provisional accounts")
        .no_id()
        .more(
            "The player gets a new provisional account. All their access and refresh tokens for the app \
             become invalid. It takes the identity that the account was made with.",
        )
        .examples(&["partner unmerge --client-id 666666666666666666 --client-secret env:SECRET \
--external-auth-type steam-session-ticket --external-auth-token env:TICKET"])
        .params(&[
            body("client_id", id(Application), "Id of the app").required(),
            body("client_secret", STRING, "Secret of the app").max(1024).nullable().secret(),
            body("external_auth_token", STRING, "Token that identifies the player").range(1, 10240).required().secret(),
            body("external_auth_type", one_of(EXTERNAL_AUTH_TYPES), "Who issued that token").required(),
        ]),
        post(
            "unmerge-bot",
            "bot_partner_sdk_unmerge_provisional_account",
            "/partner-sdk/provisional-accounts/unmerge/bot",
            "Separate a player, by one's own id, from their Discord account",
        )
        .no_effect("the cache has no provisional accounts")
        .no_id()
        .more(
            "For accounts made with `dcord partner token-bot`. All the player's access and refresh tokens \
             for the app become invalid.",
        )
        .examples(&["partner unmerge-bot --external-user-id player-42"])
        .params(&[body("external_user_id", STRING, "Player, by the id in one's own system").range(1, 1024).required()]),
    ],
);
