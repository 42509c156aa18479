//! `dcord reaction`: react to messages.

use super::builder::*;
use super::types::{Choice, Endpoint, Noun};
use crate::model::Entity::{Channel, Emoji, Message, User};
use crate::model::Kind;

pub static NOUN: Noun = noun("reaction", "React to messages, and see or remove reactions", ROWS);

static ROWS: &[Endpoint] = &[
    put(
        "add",
        "add_my_message_reaction",
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me",
        "React to a message with an emoji",
    )
    .effects(&[Outdates(Kind::Message)])
    .no_id()
    .needs(&["READ_MESSAGE_HISTORY"])
    .more(
        "Where nobody has reacted with this emoji yet, it needs ADD_REACTIONS as well; an emoji of \
         another server needs USE_EXTERNAL_EMOJIS.",
    )
    .examples(&[
        "reaction add 222222222222222222 333333333333333333 👍",
        "reaction add https://discord.com/channels/1111/2222/3333 party_blob:555555555555555555",
    ])
    .alias(&["message react"])
    .params(&[
        path("channel_id", id(Channel), "Channel that holds the message"),
        path("message_id", id(Message), "Message to react to"),
        path("emoji_name", target(Emoji), "Emoji to react with"),
    ]),
    delete(
        "remove",
        "delete_my_message_reaction",
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me",
        "Take back the bot's own reaction",
    )
    .effects(&[Outdates(Kind::Message)])
    .no_id()
    .examples(&["reaction remove 222222222222222222 333333333333333333 👍"])
    .alias(&["message unreact"])
    .params(&[
        path("channel_id", id(Channel), "Channel that holds the message"),
        path("message_id", id(Message), "Message to take it from"),
        path("emoji_name", target(Emoji), "Emoji to take back"),
    ]),
    get(
        "list",
        "list_message_reactions_by_emoji",
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}",
        "List the users who reacted to a message with an emoji",
    )
    .effects(&[Parts(Kind::User)])
    .pages(after("id", 25, 100))
    .columns(&["id", "username", "global_name"])
    .needs(&["VIEW_CHANNEL", "READ_MESSAGE_HISTORY"])
    .more("To see which emojis a message has at all, look at the field reactions of `dcord message get`.")
    .examples(&["reaction list 222222222222222222 333333333333333333 👍 --all --jq .username"])
    .params(&[
        path("channel_id", id(Channel), "Channel that holds the message"),
        path("message_id", id(Message), "Message to look at"),
        path("emoji_name", target(Emoji), "Emoji to look for"),
        query("after", cursor(User), "Show the users whose id is above this one"),
        query("limit", INT, "Fetch this many users a request [default: 25]").range(1, 100),
        query("type", one_of(REACTION_TYPES), "Show plain reactions or super reactions [default: normal]"),
    ]),
    delete(
        "remove-user",
        "delete_user_message_reaction",
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/{user_id}",
        "Remove somebody else's reaction",
    )
    .effects(&[Outdates(Kind::Message)])
    .no_id()
    .needs(&["MANAGE_MESSAGES"])
    .params(&[
        path("channel_id", id(Channel), "Channel that holds the message"),
        path("message_id", id(Message), "Message to take it from"),
        path("emoji_name", target(Emoji), "Emoji to remove"),
        path("user_id", id(User), "User whose reaction it is"),
    ]),
    delete(
        "clear-emoji",
        "delete_all_message_reactions_by_emoji",
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}",
        "Remove all reactions with one emoji from a message",
    )
    .destructive()
    .effects(&[Outdates(Kind::Message)])
    .no_id()
    .needs(&["MANAGE_MESSAGES"])
    .params(&[
        path("channel_id", id(Channel), "Channel that holds the message"),
        path("message_id", id(Message), "Message to clear"),
        path("emoji_name", target(Emoji), "Emoji to remove"),
    ]),
    delete(
        "clear",
        "delete_all_message_reactions",
        "/channels/{channel_id}/messages/{message_id}/reactions",
        "Remove all reactions from a message",
    )
    .destructive()
    .effects(&[Outdates(Kind::Message)])
    .no_id()
    .needs(&["MANAGE_MESSAGES"])
    .more(
        "`dcord reaction clear-emoji` removes those with one emoji, `dcord reaction remove-user` a \
         single one.",
    )
    .params(&[
        path("channel_id", id(Channel), "Channel that holds the message"),
        path("message_id", id(Message), "Message to clear"),
    ]),
];

static REACTION_TYPES: &[Choice] = &[n("normal", 0), n("burst", 1)];
