//! `dcord user`: users, the bot's own account among them.

use super::builder::*;
use super::types::{Auth, Endpoint, Noun};
use crate::model::Entity::User;
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun("user", "Look up users, open direct messages, edit the bot's account", ROWS);

static ROWS: &[Endpoint] = &[
    get("get-me", "get_my_user", "/users/@me", "Show the account that the token belongs to")
        .auth(Auth::Any)
        .effects(&[Me])
        .columns(&["id", "username", "global_name", "bot"])
        .more(
            "A user's token needs the scope identify, and email for the address. It is also the shortest \
             way to see whether a token works.",
        )
        .examples(&["user get-me --jq .username"])
        .alias(&["user me"]),
    get("get", "get_user", "/users/{user_id}", "Show a user")
        .effects(&[One(Kind::User)])
        .columns(&["id", "username", "global_name", "bot"])
        .more(
            "Any user of Discord can be looked up by id. For nickname, roles and joining date use `dcord \
             member get`.",
        )
        .examples(&["user get 444444444444444444 --jq .username"])
        .params(&[path("user_id", id(User), "User to show")]),
    patch("edit-me", "update_my_user", "/users/@me", "Change the bot's name, avatar or banner")
        .effects(&[Me])
        .columns(&["id", "username", "avatar", "banner"])
        .more("Discord allows very few changes of the name an hour.")
        .examples(&["user edit-me --avatar logo.png", "user edit-me --unset banner"])
        .params(&[
            body("username", STRING, "Rename the bot").range(2, 32),
            body("avatar", IMAGE, "Use this picture as its avatar").nullable(),
            body("banner", IMAGE, "Use this picture as the banner of its profile").nullable(),
        ]),
    post("open-dm", "create_dm", "/users/@me/channels", "Open the direct messages with a user")
        .effects(&[One(Kind::Channel)])
        .link(Link::Channel)
        .columns(&["id", "type"])
        .more(
            "The answer is the channel to write in with `dcord message send`; if it was open already, it is \
             the same one. Messages should answer what a person did: a bot that opens many at once is shut \
             out by Discord. Users can refuse direct messages, which shows when the first one is sent. With \
             --access-tokens it makes a group instead.",
        )
        .examples(&[
            "user open-dm 444444444444444444 -o id",
            r#"message send "$(dcord user open-dm 444444444444444444 -o id)" 'Your build is ready'"#,
        ])
        .alias(&["user dm", "channel create-dm"])
        .params(&[
            body("recipient_id", id(User), "User to write to").positional().nullable(),
            body("access_tokens", STRING, "Group: add the user of this access token (scope gdm.join)")
                .max(LONG)
                .repeated()
                .unique()
                .items(0, 1521)
                .secret()
                .nullable(),
            body("nicks", JSON, r#"Group: give nicknames: {"USER-ID":"Al",…}"#).nullable(),
        ])
        .any_of(&["recipient_id", "access_tokens"]),
    get("list-connections", "list_my_connections", "/users/@me/connections", "List the accounts linked to the user")
        .auth(Auth::Any)
        .list()
        .columns(&["type", "id", "name", "verified", "visibility"])
        .more(
            "Accounts at other services, such as GitHub. Meant for a user's token, with the scope \
             connections.",
        ),
];
