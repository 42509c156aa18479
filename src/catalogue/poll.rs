//! `dcord poll`: list the voters of a poll, and end polls.

use super::builder::*;
use super::types::Noun;
use crate::model::Entity::{Channel, Message, User};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun(
    "poll",
    "List the voters of a poll, and end polls",
    &[
        get(
            "list-voters",
            "get_answer_voters",
            "/channels/{channel_id}/polls/{message_id}/answers/{answer_id}",
            "List the users who voted for an answer of a poll",
        )
        .effects(&[Parts(Kind::User)])
        .pages(after("id", 25, 100))
        .items("users")
        .columns(&["id", "username", "global_name"])
        .more("Answers are numbered from 1. To create a poll, use the --poll.* flags of `dcord message send`.")
        .examples(&["poll list-voters '#general' 333333333333333333 1 --all --jq .username"])
        .alias(&["poll voters"])
        .params(&[
            path("channel_id", id(Channel), "Channel of the poll"),
            path("message_id", id(Message), "Message with the poll"),
            path("answer_id", INT, "Number of the answer").range(1, 10),
            query("after", cursor(User), "Only users whose id is above this id or time"),
            query("limit", INT, "Users per request [default: 25]").range(1, 100),
        ]),
        post(
            "end",
            "poll_expire",
            "/channels/{channel_id}/polls/{message_id}/expire",
            "End a poll that the bot created",
        )
        .effects(&[One(Kind::Message)])
        .link(Link::Message)
        .columns(&["id", "channel_id", "poll.question.text"])
        .needs_none("a bot ends its own polls")
        .more("The bot cannot end polls of other users.")
        .examples(&["poll end '#general' 333333333333333333", "poll end https://discord.com/channels/1111/2222/3333"])
        .alias(&["poll expire"])
        .params(&[
            path("channel_id", id(Channel), "Channel of the poll"),
            path("message_id", id(Message), "Message with the poll"),
        ]),
    ],
);
