//! `dcord permission`: what roles and members may do in channels.

use super::builder::*;
use super::types::{Auth, Endpoint, Noun};
use crate::model::Entity::{Any, Channel};
use crate::model::Kind;

pub static NOUN: Noun = noun("permission", "Change what roles and members may do in a channel", ROWS);

static ROWS: &[Endpoint] = &[SET, EXPLAIN];

const SET: Endpoint = put(
    "set",
    "set_channel_permission_overwrite",
    "/channels/{channel_id}/permissions/{overwrite_id}",
    "Change what a channel allows or denies to a role or member",
)
.composed()
.reason()
.effects(&[Outdates(Kind::Channel)])
.no_id()
.columns(&["name", "before", "after"])
.needs(&["MANAGE_ROLES"])
.more(
    "Reads the channel, changes the permissions that are named and keeps all others as they are, whereas \
     `dcord channel set-permission` replaces them. Prints each permission that changes; nothing is sent if \
     none does. An overwrite that allows and denies nothing any more is removed. A bot can allow and deny \
     only what it may do itself.",
)
.examples(&[
    "permission set '#staff' @alice --allow view-channel,send-messages",
    "permission set '#general' @everyone --deny mention-everyone --clear attach-files",
])
.params(&[
    path("channel_id", id(Channel), "Channel to change"),
    path("overwrite_id", id(Any), "Role or member to allow or deny it to").label_name("WHO"),
    local("allow", "allow", PERMISSIONS, "Allow these"),
    local("deny", "deny", PERMISSIONS, "Deny these"),
    local("clear", "clear", PERMISSIONS, "Leave these to the server's roles"),
])
.any_of(&["allow", "deny", "clear"]);

const EXPLAIN: Endpoint = get("explain", "", "", "Show which permissions a number stands for, and what each allows")
    .composed()
    .auth(Auth::None)
    .no_effect("no request is sent")
    .id("value")
    .columns(&["bit", "name", "allows"])
    .more(
        "Given names, it prints the number that Discord's API uses for them. The output as JSON has the number as \
         `value`, and `-o id` prints the number alone.",
    )
    .examples(&[
        "permission explain 8866461766385655",
        "permission explain 0x4800",
        "permission explain SEND_MESSAGES,EMBED_LINKS -o id",
    ])
    .params(&[query("permissions", PERMISSIONS, "Number, or names joined by commas").positional().required()]);
