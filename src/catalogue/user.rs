//! `dcord user`: users, including the bot's own account.

use super::builder::*;
use super::types::{Auth, Endpoint, Noun};
use crate::model::Entity::User;
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun("user", "Show users, open direct messages and edit the bot's account", ROWS);

static ROWS: &[Endpoint] = &[
    get("get-me", "get_my_user", "/users/@me", "Show the account that the token belongs to")
        .auth(Auth::Any)
        .effects(&[Me])
        .columns(&["id", "username", "global_name", "bot"])
        .more(
            "Use this to check whether a token works. An access token of a user needs the OAuth2 scope identify, \
             and email for the email address.",
        )
        .examples(&["user get-me --jq .username"])
        .alias(&["user me"]),
    get("get", "get_user", "/users/{user_id}", "Show a user")
        .effects(&[One(Kind::User)])
        .columns(&["id", "username", "global_name", "bot"])
        .more(
            "Any Discord user can be looked up by id. For the nickname, roles and join date, use `dcord member \
             get`.",
        )
        .examples(&["user get 444444444444444444 --jq .username"])
        .params(&[path("user_id", id(User), "User to show")]),
    patch("edit-me", "update_my_user", "/users/@me", "Change the bot's username, avatar or banner")
        .effects(&[Me])
        .columns(&["id", "username", "avatar", "banner"])
        .more("Discord allows only a few username changes per hour.")
        .examples(&["user edit-me --avatar logo.png", "user edit-me --unset banner"])
        .params(&[
            body("username", STRING, "Username").range(2, 32),
            body("avatar", IMAGE, "Avatar picture").nullable(),
            body("banner", IMAGE, "Banner picture of the profile").nullable(),
        ]),
    post("open-dm", "create_dm", "/users/@me/channels", "Open a direct message with a user")
        .effects(&[One(Kind::Channel)])
        .link(Link::Channel)
        .columns(&["id", "type"])
        .more(
            "Prints the channel to give to `dcord message send`; if the channel exists already, Discord returns the \
             same one. If the user does not accept direct messages, sending the message fails. Open direct messages \
             only in response to a user's action, because Discord limits bots that open many. With --access-tokens, \
             this creates a group DM instead.",
        )
        .examples(&[
            "user open-dm @alice -o id",
            r#"dcord message send "$(dcord user open-dm @alice -o id)" 'Your build is ready'"#,
        ])
        .alias(&["user dm", "channel create-dm"])
        .params(&[
            body("recipient_id", id(User), "User to write to").positional().nullable(),
            body("access_tokens", STRING, "Group DM: access token of a user (scope gdm.join)")
                .max(LONG)
                .repeated()
                .unique()
                .items(0, 1521)
                .secret()
                .nullable(),
            body("nicks", JSON, r#"Group DM: nicknames, as JSON: {"USER-ID":"Al",…}"#).nullable(),
        ])
        .any_of(&["recipient_id", "access_tokens"]),
    get(
        "list-connections",
        "list_my_connections",
        "/users/@me/connections",
        "List the accounts that the token's user has linked",
    )
    .auth(Auth::Any)
    .list()
    .columns(&["type", "id", "name", "verified", "visibility"])
    .more("Lists accounts at other services, such as GitHub. The access token needs the OAuth2 scope connections."),
];
