//! `dcord pin`: pinned messages.

use super::builder::*;
use super::types::{Endpoint, Noun};
use crate::model::Entity::{Channel, Message};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun("pin", "Pin, list and unpin messages", ROWS);

static ROWS: &[Endpoint] = &[
    get("list", "list_pins", "/channels/{channel_id}/messages/pins", "List the pinned messages of a channel")
        .pages(before("pinned_at", 50, 50).has_more())
        .items("items")
        .id("message.id")
        .link(Link::Message)
        .columns(&["message.id", "message.author.username", "pinned_at", "message.content"])
        .needs(&["VIEW_CHANNEL", "READ_MESSAGE_HISTORY"])
        .more(
            "The latest pin comes first. Without read-message-history, the list is empty. A channel can have up to \
             250 pinned messages.",
        )
        .examples(&["pin list '#general' --all --jq .message.content"])
        .alias(&["channel pins"])
        .params(&[
            path("channel_id", id(Channel), "Channel"),
            query("before", TIME, "Only messages pinned before this time"),
            query("limit", INT, "Pins per request [default: 50]").range(1, 50),
        ]),
    put("add", "create_pin", "/channels/{channel_id}/messages/pins/{message_id}", "Pin a message")
        .action("Pin {message_id} in {channel_id}")
        .reason()
        .effects(&[Outdates(Kind::Message)])
        .no_id()
        .needs(&["PIN_MESSAGES"])
        .examples(&["pin add '#general' 333333333333333333 --reason 'raffle rules'"])
        .alias(&["message pin"])
        .params(&[
            path("channel_id", id(Channel), "Channel of the message"),
            path("message_id", id(Message), "Message to pin"),
        ]),
    delete("remove", "delete_pin", "/channels/{channel_id}/messages/pins/{message_id}", "Unpin a message")
        .action("Unpin {message_id} in {channel_id}")
        .reason()
        .effects(&[Outdates(Kind::Message)])
        .no_id()
        .needs(&["PIN_MESSAGES"])
        .alias(&["message unpin"])
        .params(&[
            path("channel_id", id(Channel), "Channel of the message"),
            path("message_id", id(Message), "Message to unpin"),
        ]),
    get(
        "list-legacy",
        "deprecated_list_pins",
        "/channels/{channel_id}/pins",
        "List the 50 latest pinned messages of a channel",
    )
    .deprecated("use pin list")
    .effects(&[Several(Kind::Message)])
    .list()
    .link(Link::Message)
    .columns(&["id", "author.username", "timestamp", "content"])
    .needs(&["VIEW_CHANNEL", "READ_MESSAGE_HISTORY"])
    .params(&[path("channel_id", id(Channel), "Channel")]),
    put("add-legacy", "deprecated_create_pin", "/channels/{channel_id}/pins/{message_id}", "Pin a message")
        .action("Pin {message_id} in {channel_id}")
        .deprecated("use pin add")
        .effects(&[Outdates(Kind::Message)])
        .no_id()
        .needs(&["PIN_MESSAGES"])
        .params(&[
            path("channel_id", id(Channel), "Channel of the message"),
            path("message_id", id(Message), "Message to pin"),
        ]),
    delete("remove-legacy", "deprecated_delete_pin", "/channels/{channel_id}/pins/{message_id}", "Unpin a message")
        .action("Unpin {message_id} in {channel_id}")
        .deprecated("use pin remove")
        .effects(&[Outdates(Kind::Message)])
        .no_id()
        .needs(&["PIN_MESSAGES"])
        .params(&[
            path("channel_id", id(Channel), "Channel of the message"),
            path("message_id", id(Message), "Message to unpin"),
        ]),
];
