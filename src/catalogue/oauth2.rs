//! `dcord oauth2`: access tokens, and what the token in use may do.

use super::builder::*;
use super::choices::EXTERNAL_AUTH_TYPES;
use super::types::{Auth, Choice, Noun};
use crate::model::Entity::Application;

pub static NOUN: Noun = noun(
    "oauth2",
    "Get and revoke access tokens, see what a token may do",
    &[
        get("get-application", "get_my_oauth2_application", "/oauth2/applications/@me", "Show the bot's app")
            .columns(&["id", "name", "bot_public", "flags", "description"])
            .examples(&["oauth2 get-application --jq .id"]),
        get(
            "get-me",
            "get_my_oauth2_authorization",
            "/oauth2/@me",
            "Show the app, scopes and user of the token in use",
        )
        .auth(Auth::Any)
        .id("application.id")
        .columns(&["application.name", "scopes", "expires", "user.username"])
        .more(
            "The user is shown if the token has the identify scope. It is the shortest way to see what a \
             token may do.",
        )
        .examples(&["oauth2 get-me --jq .application.name"]),
        post(
            "token",
            "exchange_oauth2_token",
            "/oauth2/token",
            "Exchange a code, refresh token or app's secret for an access token",
        )
        .auth(Auth::None)
        .no_effect("the cache has no tokens")
        .no_id()
        .columns(&["token_type", "access_token", "expires_in", "scope"])
        .more(
            "The grant authorization-code turns the code that Discord appended to the redirect URL into a \
             user's access token and needs --code, and --redirect-uri unless an activity got the code. The \
             grant refresh-token renews one and needs --refresh-token. The grant client-credentials gives a token of the app's owner and \
             takes --scope. All want the app's id and secret. The answer has tokens in it: keep it from \
             logs.",
        )
        .examples(&[
            "oauth2 token --grant-type client-credentials --client-id 222222222222222222 --client-secret env:SECRET \
             --scope 'identify applications.commands.update'",
            "oauth2 token --grant-type refresh-token --client-id 222222222222222222 --client-secret file:secret.txt \
             --refresh-token env:REFRESH_TOKEN",
        ])
        .alias(&["oauth2 exchange"])
        .params(&[
            form("grant_type", one_of(GRANT_TYPES), "Say what is exchanged for the token").required(),
            form("code", STRING, "Code from the redirect URL (authorization-code)").secret(),
            form("redirect_uri", STRING, "URL redirected to (authorization-code)"),
            form("code_verifier", STRING, "Verifier of PKCE (authorization-code)").secret(),
            form("refresh_token", STRING, "Token to renew by (refresh-token)").secret(),
            form("scope", STRING, "Scopes, separated by spaces (client-credentials)"),
            form("client_id", id(Application), "Id of the app"),
            form("client_secret", STRING, "Secret of the app").secret(),
            form(
                "external_auth_type",
                one_of(EXTERNAL_AUTH_TYPES),
                "Say who issued the token in --external-auth-token",
            ),
            form("external_auth_token", STRING, "Token that identifies the account to merge").secret(),
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
            .auth(Auth::None)
            .no_effect("the cache has no tokens")
            .no_id()
            .more("All tokens of the same authorization are revoked with it.")
            .examples(&[
                "oauth2 revoke --token env:ACCESS_TOKEN --client-id 222222222222222222 --client-secret env:SECRET",
            ])
            .params(&[
                form("token", STRING, "Token to revoke").required().secret(),
                form("token_type_hint", one_of(TOKEN_TYPES), "Say which kind of token it is"),
                form("client_id", id(Application), "Id of the app"),
                form("client_secret", STRING, "Secret of the app").secret(),
            ]),
        get(
            "get-userinfo",
            "get_openid_connect_userinfo",
            "/oauth2/userinfo",
            "Show the user of the token, by OpenID Connect",
        )
        .auth(Auth::Any)
        .id("sub")
        .columns(&["sub", "preferred_username", "nickname", "locale"])
        .more("Takes an access token with the openid scope. The email is shown with the email scope.")
        .examples(&["oauth2 get-userinfo --token-type bearer"]),
        get(
            "list-keys",
            "get_public_keys",
            "/oauth2/keys",
            "List the public keys by which Discord's ID tokens are checked",
        )
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
