//! `dcord reaction`: reactions to messages.

use super::builder::*;
use super::types::{Choice, Endpoint, Noun};
use crate::model::Entity::{Channel, Emoji, Message, User};
use crate::model::Kind;

pub static NOUN: Noun = noun("reaction", "Add, list and remove reactions", ROWS);

static ROWS: &[Endpoint] = &[
    put(
        "add",
        "add_my_message_reaction",
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me",
        "Add a reaction to a message",
    )
    .action("Add the reaction {emoji_name} to {message_id} in {channel_id}")
    .effects(&[Outdates(Kind::Message)])
    .no_id()
    .needs(&["READ_MESSAGE_HISTORY"])
    .more(
        "The first reaction with an emoji also requires add-reactions. An emoji of another server needs \
         use-external-emojis.",
    )
    .examples(&[
        "reaction add '#general' 333333333333333333 👍",
        "reaction add https://discord.com/channels/1111/2222/3333 party_blob:555555555555555555",
    ])
    .alias(&["message react"])
    .params(&[
        path("channel_id", id(Channel), "Channel of the message"),
        path("message_id", id(Message), "Message to react to"),
        path("emoji_name", target(Emoji), "Emoji to react with"),
    ]),
    delete(
        "remove",
        "delete_my_message_reaction",
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me",
        "Remove the bot's reaction from a message",
    )
    .action("Remove the bot's reaction {emoji_name} from {message_id} in {channel_id}")
    .effects(&[Outdates(Kind::Message)])
    .no_id()
    .needs_none("a bot can remove its own reactions")
    .examples(&["reaction remove '#general' 333333333333333333 👍"])
    .alias(&["message unreact"])
    .params(&[
        path("channel_id", id(Channel), "Channel of the message"),
        path("message_id", id(Message), "Message"),
        path("emoji_name", target(Emoji), "Emoji of the reaction"),
    ]),
    get(
        "list",
        "list_message_reactions_by_emoji",
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}",
        "List the users who reacted with an emoji",
    )
    .effects(&[Parts(Kind::User)])
    .pages(after("id", 25, 100))
    .columns(&["id", "username", "global_name"])
    .needs(&["VIEW_CHANNEL", "READ_MESSAGE_HISTORY"])
    .more("To see which emojis a message has, read the field reactions of `dcord message get`.")
    .examples(&["reaction list '#general' 333333333333333333 👍 --all --jq .username"])
    .params(&[
        path("channel_id", id(Channel), "Channel of the message"),
        path("message_id", id(Message), "Message"),
        path("emoji_name", target(Emoji), "Emoji of the reaction"),
        query("after", cursor(User), "Only users whose id is above this id or time"),
        query("limit", INT, "Users per request [default: 25]").range(1, 100),
        query("type", one_of(REACTION_TYPES), "Normal reactions or super reactions [default: normal]"),
    ]),
    delete(
        "remove-user",
        "delete_user_message_reaction",
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/{user_id}",
        "Remove another user's reaction from a message",
    )
    .action("Remove the reaction {emoji_name} of {user_id} from {message_id} in {channel_id}")
    .effects(&[Outdates(Kind::Message)])
    .no_id()
    .needs(&["MANAGE_MESSAGES"])
    .params(&[
        path("channel_id", id(Channel), "Channel of the message"),
        path("message_id", id(Message), "Message"),
        path("emoji_name", target(Emoji), "Emoji of the reaction"),
        path("user_id", id(User), "User who reacted"),
    ]),
    delete(
        "clear-emoji",
        "delete_all_message_reactions_by_emoji",
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}",
        "Remove all reactions with one emoji",
    )
    .action("Remove all {emoji_name} reactions from {message_id} in {channel_id}")
    .destructive()
    .effects(&[Outdates(Kind::Message)])
    .no_id()
    .needs(&["MANAGE_MESSAGES"])
    .params(&[
        path("channel_id", id(Channel), "Channel of the message"),
        path("message_id", id(Message), "Message"),
        path("emoji_name", target(Emoji), "Emoji of the reaction"),
    ]),
    delete(
        "clear",
        "delete_all_message_reactions",
        "/channels/{channel_id}/messages/{message_id}/reactions",
        "Remove all reactions from a message",
    )
    .action("Remove all reactions from {message_id} in {channel_id}")
    .destructive()
    .effects(&[Outdates(Kind::Message)])
    .no_id()
    .needs(&["MANAGE_MESSAGES"])
    .more(
        "To remove the reactions with one emoji, use `dcord reaction clear-emoji`; to remove one user's reaction, \
         `dcord reaction remove-user`.",
    )
    .params(&[path("channel_id", id(Channel), "Channel of the message"), path("message_id", id(Message), "Message")]),
];

static REACTION_TYPES: &[Choice] = &[n("normal", 0), n("burst", 1)];
