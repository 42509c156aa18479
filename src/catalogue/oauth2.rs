//! `dcord oauth2`: access tokens, and what a token can do.

use super::builder::*;
use super::choices::EXTERNAL_AUTH_TYPES;
use super::types::{Auth, Choice, Noun};
use crate::model::Entity::Application;

pub static NOUN: Noun = noun(
    "oauth2",
    "Get and revoke access tokens, and show what a token can do",
    &[
        get(
            "get-application",
            "get_my_oauth2_application",
            "/oauth2/applications/@me",
            "Show the app of the bot token",
        )
        .columns(&["id", "name", "bot_public", "flags", "description"])
        .examples(&["oauth2 get-application --jq .id"]),
        get("get-me", "get_my_oauth2_authorization", "/oauth2/@me", "Show the app, scopes and user of the token")
            .auth(Auth::Any)
            .id("application.id")
            .columns(&["application.name", "scopes", "expires", "user.username"])
            .more(
                "Use this to check what an access token can do. The response contains the user if the token has the \
                 OAuth2 scope identify.",
            )
            .examples(&["oauth2 get-me --jq .application.name"]),
        post(
            "token",
            "exchange_oauth2_token",
            "/oauth2/token",
            "Get an access token for a code or refresh token",
        )
        .auth(Auth::None)
        .no_effect("the cache has no tokens")
        .no_id()
        .columns(&["token_type", "access_token", "expires_in", "scope"])
        .more(
            "Grant types: authorization-code exchanges the code from the redirect URL for a user's access token. It \
             needs --code and, unless an activity got the code, --redirect-uri. refresh-token renews a token and \
             needs --refresh-token. client-credentials gets a token for the app's owner and takes --scope. All of \
             them need the app's client id and secret. The response contains tokens: keep it out of logs.",
        )
        .examples(&[
            "oauth2 token --grant-type client-credentials --client-id 222222222222222222 --client-secret env:SECRET \
             --scope 'identify applications.commands.update'",
            "oauth2 token --grant-type refresh-token --client-id 222222222222222222 --client-secret file:secret.txt \
             --refresh-token env:REFRESH_TOKEN",
        ])
        .alias(&["oauth2 exchange"])
        .params(&[
            form("grant_type", one_of(GRANT_TYPES), "Grant type").required(),
            form("code", STRING, "Code from the redirect URL (authorization-code)").secret(),
            form("redirect_uri", STRING, "Redirect URL of the authorization (authorization-code)"),
            form("code_verifier", STRING, "PKCE code verifier (authorization-code)").secret(),
            form("refresh_token", STRING, "Refresh token (refresh-token)").secret(),
            form("scope", STRING, "OAuth2 scopes, separated by spaces (client-credentials)"),
            form("client_id", id(Application), "Client id of the app"),
            form("client_secret", STRING, "Client secret of the app").secret(),
            form("external_auth_type", one_of(EXTERNAL_AUTH_TYPES), "Provider that issued --external-auth-token"),
            form("external_auth_token", STRING, "Token of the external account to merge").secret(),
        ])
        .forms(&[
            variant("the grant authorization-code")
                .when("grant_type", &["authorization-code"])
                .only(&["code", "redirect_uri", "code_verifier"])
                .needs(&["code"]),
            variant("the grant refresh-token")
                .when("grant_type", &["refresh-token"])
                .only(&["refresh_token"])
                .needs(&["refresh_token"]),
            variant("the grant client-credentials").when("grant_type", &["client-credentials"]).only(&["scope"]),
        ]),
        post("revoke", "revoke_oauth2_token", "/oauth2/token/revoke", "Revoke an access or refresh token")
            .action("Revoke the token")
            .auth(Auth::None)
            .no_effect("the cache has no tokens")
            .no_id()
            .more("Discord also revokes all other tokens of the same authorization.")
            .examples(&[
                "oauth2 revoke --token env:ACCESS_TOKEN --client-id 222222222222222222 --client-secret env:SECRET",
            ])
            .params(&[
                form("token", STRING, "Token to revoke").required().secret(),
                form("token_type_hint", one_of(TOKEN_TYPES), "Kind of the token"),
                form("client_id", id(Application), "Client id of the app"),
                form("client_secret", STRING, "Client secret of the app").secret(),
            ]),
        get(
            "get-userinfo",
            "get_openid_connect_userinfo",
            "/oauth2/userinfo",
            "Show the user of the token as OpenID Connect claims",
        )
        .auth(Auth::Any)
        .id("sub")
        .columns(&["sub", "preferred_username", "nickname", "locale"])
        .more(
            "The access token needs the OAuth2 scope openid. To include the email address, it also needs the scope \
             email.",
        )
        .examples(&["oauth2 get-userinfo --token-type bearer"]),
        get("list-keys", "get_public_keys", "/oauth2/keys", "List the public keys that verify Discord's ID tokens")
            .auth(Auth::None)
            .items("keys")
            .id("kid")
            .columns(&["kid", "kty", "alg", "use"]),
    ],
);

static GRANT_TYPES: &[Choice] = &[
    s("authorization-code", "authorization_code"),
    s("refresh-token", "refresh_token"),
    s("client-credentials", "client_credentials"),
];

static TOKEN_TYPES: &[Choice] = &[s("access-token", "access_token"), s("refresh-token", "refresh_token")];
