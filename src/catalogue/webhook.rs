//! `dcord webhook`: webhooks, and the messages sent through them.

use super::builder::*;
use super::choices::{EDIT_FLAGS, SEND_FLAGS};
use super::groups::{EMBED, FILES, MENTIONS, POLL, VOICE};
use super::types::{Auth, Endpoint, Noun, Param};
use crate::model::Entity::{Channel, Guild, Message, Tag, Webhook};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun("webhook", "Create webhooks, and send messages through them", ROWS);

static ROWS: &[Endpoint] = &[
    post("send", "execute_webhook", "/webhooks/{webhook_id}/{webhook_token}", "Send a message through a webhook")
        .auth(Auth::None)
        .keyed()
        .effects(&[One(Kind::Message)])
        .link(Link::Message)
        .columns(&["id", "channel_id", "timestamp", "content"])
        .more(
            "A message needs at least one of a text, an embed, a file, a poll or components. In a forum or \
             media channel it goes to the post named by --thread-id, or starts a post called --thread-name. \
             The token is a secret, so it comes from a variable or a file. Discord compares no nonces \
             here, so dcord does not send again what may have arrived. With --key, a repeated run prints the first \
             message again; if a run ended before Discord's answer, later ones refuse to send.",
        )
        .examples(&[
            "webhook send env:BUILD_WEBHOOK 'Deploy finished'",
            "webhook send 666666666666666666 file:hook.token --username CI --embed.title Build --embed.color red",
        ])
        .alias(&["webhook execute"])
        .params(&[
            path("webhook_id", id(Webhook), "Webhook to send through"),
            path("webhook_token", STRING, "The webhook's token").secret().label_name("WEBHOOK"),
            query("wait", BOOL, "Wait until the message is saved, and return it (dcord's default)"),
            query("thread_id", id(Channel), "Send it to this thread or post of the channel").implied(),
            query("with_components", BOOL, "Heed --components even if no app owns the webhook"),
            body("flags", flags(SEND_FLAGS), "Set flags of the message").nullable(),
            body("username", STRING, "Show this name in place of the webhook's").range(1, 80).nullable(),
            body("avatar_url", URL, "Show the picture at this URL in place of its avatar").max(2048).nullable(),
            body("thread_name", STRING, "Forum, media: start a post of this name").range(0, 100).nullable(),
            body("applied_tags", id(Tag), "Forum, media: give the new post this tag").repeated().items(0, 5).nullable(),
        ])
        .any_of(&["content", "embeds", "components", "attachments", "poll"])
        .with(&[MESSAGE, EMBED, POLL, MENTIONS, FILES, VOICE]),
    post("create", "create_webhook", "/channels/{channel_id}/webhooks", "Create a webhook in a channel")
        .reason()
        .effects(&[One(Kind::Webhook)])
        .columns(&["id", "name", "channel_id"])
        .needs(&["MANAGE_WEBHOOKS"])
        .more("The answer has its url and token: keep them secret. A name must not contain discord or clyde.")
        .examples(&["webhook create 222222222222222222 'CI results' --avatar logo.png --jq .url > hook.url"])
        .params(&[
            path("channel_id", id(Channel), "Channel it writes in"),
            body("name", STRING, "Name of the webhook").positional().range(1, 80).required(),
            body("avatar", IMAGE, "Use this picture as its avatar").nullable(),
        ]),
    get("list", "get_guild_webhooks", "/guilds/{guild_id}/webhooks", "List the webhooks of a server")
        .effects(&[All(Kind::Webhook)])
        .list()
        .columns(&["id", "name", "channel_id", "type"])
        .needs(&["MANAGE_WEBHOOKS"])
        .more(
            "The answer has the tokens of webhooks that the bot may use. Whoever has a token can write in \
             the channel.",
        )
        .examples(&["webhook list 111111111111111111 -o table"])
        .alias(&["guild webhooks"])
        .params(&[path("guild_id", id(Guild), "Server to look at")]),
    get(
        "list-in-channel",
        "list_channel_webhooks",
        "/channels/{channel_id}/webhooks",
        "List the webhooks of a channel",
    )
    .effects(&[Several(Kind::Webhook)])
    .list()
    .columns(&["id", "name", "channel_id", "type"])
    .needs(&["MANAGE_WEBHOOKS"])
    .more(
        "The answer has the tokens of webhooks that the bot may use. Whoever has a token can write in \
         the channel.",
    )
    .examples(&["webhook list-in-channel '#builds' -o table"])
    .alias(&["channel webhooks"])
    .params(&[path("channel_id", id(Channel), "Channel to look at")]),
    get("get", "get_webhook", "/webhooks/{webhook_id}", "Show a webhook")
        .effects(&[One(Kind::Webhook)])
        .columns(&["id", "name", "channel_id", "type"])
        .needs(&["MANAGE_WEBHOOKS"])
        .more("The app that made the webhook may look at it without the permission.")
        .params(&[path("webhook_id", id(Webhook), "Webhook to show")]),
    patch("edit", "update_webhook", "/webhooks/{webhook_id}", "Rename a webhook or move it to another channel")
        .reason()
        .effects(&[One(Kind::Webhook)])
        .columns(&["id", "name", "channel_id"])
        .needs(&["MANAGE_WEBHOOKS"])
        .examples(&["webhook edit Builds --name Releases --channel-id '#releases'"])
        .params(&[
            path("webhook_id", id(Webhook), "Webhook to change"),
            body("name", STRING, "Rename it").range(1, 80),
            body("avatar", IMAGE, "Use this picture as its avatar").nullable(),
            body("channel_id", id(Channel), "Let it write in this channel").nullable(),
        ]),
    delete("delete", "delete_webhook", "/webhooks/{webhook_id}", "Delete a webhook")
        .reason()
        .destructive()
        .effects(&[Deletes(Kind::Webhook)])
        .no_id()
        .needs(&["MANAGE_WEBHOOKS"])
        .more("Its URL stops working at once. The messages it sent stay.")
        .params(&[path("webhook_id", id(Webhook), "Webhook to delete")]),
    get(
        "get-message",
        "get_webhook_message",
        "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
        "Show a message that a webhook sent",
    )
    .auth(Auth::None)
    .effects(&[One(Kind::Message)])
    .link(Link::Message)
    .columns(&["id", "timestamp", "author.username", "content"])
    .params(&[
        path("webhook_id", id(Webhook), "Webhook that sent it"),
        path("webhook_token", STRING, "The webhook's token").secret().label_name("WEBHOOK"),
        path("message_id", id(Message), "Message to show"),
        query("thread_id", id(Channel), "Thread or post that holds it").implied(),
    ]),
    patch(
        "edit-message",
        "update_webhook_message",
        "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
        "Change a message that a webhook sent",
    )
    .auth(Auth::None)
    .effects(&[One(Kind::Message)])
    .link(Link::Message)
    .columns(&["id", "edited_timestamp", "content"])
    .more(
        "Only what is given changes. Files that are attached already stay if --attachments lists them, \
         or if no file is added.",
    )
    .examples(&["webhook edit-message 666666666666666666 env:HOOK_TOKEN 333333333333333333 'Deploy took 3 min'"])
    .params(&[
        path("webhook_id", id(Webhook), "Webhook that sent it"),
        path("webhook_token", STRING, "The webhook's token").secret().label_name("WEBHOOK"),
        path("message_id", id(Message), "Message to change"),
        query("thread_id", id(Channel), "Thread or post that holds it").implied(),
        query("with_components", BOOL, "Heed --components even if no app owns the webhook"),
    ])
    .with(&[MESSAGE_EDIT, EMBED, POLL, MENTIONS, FILES]),
    delete(
        "delete-message",
        "delete_webhook_message",
        "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
        "Delete a message that a webhook sent",
    )
    .auth(Auth::None)
    .destructive()
    .effects(&[Deletes(Kind::Message)])
    .no_id()
    .params(&[
        path("webhook_id", id(Webhook), "Webhook that sent it"),
        path("webhook_token", STRING, "The webhook's token").secret().label_name("WEBHOOK"),
        path("message_id", id(Message), "Message to delete"),
        query("thread_id", id(Channel), "Thread or post that holds it").implied(),
    ]),
    get(
        "get-by-token",
        "get_webhook_by_token",
        "/webhooks/{webhook_id}/{webhook_token}",
        "Show a webhook whose token one has",
    )
    .auth(Auth::None)
    .effects(&[PartOf(Kind::Webhook)])
    .columns(&["id", "name", "channel_id", "guild_id"])
    .more("Who made it is left out.")
    .examples(&["webhook get-by-token env:BUILD_WEBHOOK --fields name,channel_id"])
    .params(&[
        path("webhook_id", id(Webhook), "Webhook to show"),
        path("webhook_token", STRING, "The webhook's token").secret().label_name("WEBHOOK"),
    ]),
    patch(
        "edit-by-token",
        "update_webhook_by_token",
        "/webhooks/{webhook_id}/{webhook_token}",
        "Rename a webhook whose token one has",
    )
    .auth(Auth::None)
    .effects(&[PartOf(Kind::Webhook)])
    .columns(&["id", "name", "channel_id"])
    .more("To move it to another channel use `dcord webhook edit`, with a bot's token.")
    .examples(&["webhook edit-by-token env:BUILD_WEBHOOK --name Releases --avatar logo.png"])
    .params(&[
        path("webhook_id", id(Webhook), "Webhook to change"),
        path("webhook_token", STRING, "The webhook's token").secret().label_name("WEBHOOK"),
        body("name", STRING, "Rename it").range(1, 80),
        body("avatar", IMAGE, "Use this picture as its avatar").nullable(),
    ]),
    delete(
        "delete-by-token",
        "delete_webhook_by_token",
        "/webhooks/{webhook_id}/{webhook_token}",
        "Delete a webhook whose token one has",
    )
    .auth(Auth::None)
    .destructive()
    .effects(&[Deletes(Kind::Webhook)])
    .no_id()
    .more("Its URL stops working at once. The messages it sent stay.")
    .params(&[
        path("webhook_id", id(Webhook), "Webhook to delete"),
        path("webhook_token", STRING, "The webhook's token").secret().label_name("WEBHOOK"),
    ]),
    post(
        "send-slack",
        "execute_slack_compatible_webhook",
        "/webhooks/{webhook_id}/{webhook_token}/slack",
        "Post a message in Slack's format through a webhook",
    )
    .auth(Auth::None)
    .no_effect("Discord answers without the message")
    .no_id()
    .more(
        "For programs that speak to Slack: give them the webhook's URL with /slack after it. Discord \
         ignores channel, icon_emoji, mrkdwn and mrkdwn_in.",
    )
    .examples(&["webhook send-slack 666666666666666666 env:HOOK_TOKEN 'Disk is full' --username monitor"])
    .params(&[
        path("webhook_id", id(Webhook), "Webhook to send through"),
        path("webhook_token", STRING, "The webhook's token").secret().label_name("WEBHOOK"),
        query("wait", BOOL, "Wait until the message is saved [default: true]"),
        query("thread_id", id(Channel), "Send it to this thread or post of the channel").implied(),
        body("text", TEXT, "Write this text").positional().range(0, 2000).nullable(),
        body("username", STRING, "Show this name in place of the webhook's").max(LONG).nullable(),
        body("icon_url", URL, "Show the picture at this URL in place of its avatar").max(2048).nullable(),
        body("attachments", JSON, "Add attachments in Slack's format, given as a JSON array").items(0, 1521).nullable(),
        inner("attachments.title_link", "attachments/0/title_link", URL).max(2048),
        inner("attachments.footer_icon", "attachments/0/footer_icon", URL).max(2048),
        inner("attachments.author_link", "attachments/0/author_link", URL).max(2048),
        inner("attachments.author_icon", "attachments/0/author_icon", URL).max(2048),
        inner("attachments.image_url", "attachments/0/image_url", URL).max(2048),
        inner("attachments.thumb_url", "attachments/0/thumb_url", URL).max(2048),
    ])
    .any_of(&["text", "attachments"]),
    post(
        "send-github",
        "execute_github_compatible_webhook",
        "/webhooks/{webhook_id}/{webhook_token}/github",
        "Post an event in GitHub's format through a webhook",
    )
    .auth(Auth::None)
    .no_effect("Discord answers without the message")
    .no_id()
    .more(
        "It is made for GitHub to call: give the webhook's URL with /github after it in a repository's \
         settings. To pass on what GitHub sent, use --body.",
    )
    .examples(&["webhook send-github 666666666666666666 env:HOOK_TOKEN --body @push.json"])
    .params(&[
        path("webhook_id", id(Webhook), "Webhook to send through"),
        path("webhook_token", STRING, "The webhook's token").secret().label_name("WEBHOOK"),
        query("wait", BOOL, "Wait until the message is saved [default: true]"),
        query("thread_id", id(Channel), "Send it to this thread or post of the channel").implied(),
        body("action", STRING, "What happened, such as opened").max(LONG).nullable(),
        body("ref", STRING, "The branch or tag").max(LONG).nullable(),
        body("ref_type", STRING, "Whether it is a branch or a tag").max(LONG).nullable(),
        body("comment", JSON, "The comment, as a JSON object").nullable(),
        body("issue", JSON, "The issue, as a JSON object").nullable(),
        body("pull_request", JSON, "The pull request, as a JSON object").nullable(),
        body("repository", JSON, "The repository, as a JSON object").nullable(),
        body("forkee", JSON, "The fork, as a JSON object").nullable(),
        body("sender", JSON, "Who did it, as a JSON object").required(),
        body("member", JSON, "The user who was added, as a JSON object").nullable(),
        body("release", JSON, "The release, as a JSON object").nullable(),
        body("head_commit", JSON, "The latest commit, as a JSON object").nullable(),
        body("commits", JSON, "The commits, as a JSON array").items(0, 1521).nullable(),
        body("forced", BOOL, "Whether it was a forced push").nullable(),
        body("compare", URL, "The URL of the changes").max(2048).nullable(),
        body("review", JSON, "The review, as a JSON object").nullable(),
        body("check_run", JSON, "The check run, as a JSON object").nullable(),
        body("check_suite", JSON, "The check suite, as a JSON object").nullable(),
        body("discussion", JSON, "The discussion, as a JSON object").nullable(),
        body("answer", JSON, "The answer to a discussion, as a JSON object").nullable(),
    ]),
];

/// A message that a webhook sends; an interaction's follow-up is one too.
pub(super) static MESSAGE: &[Param] = &[
    body("content", TEXT, "Write this text").positional().range(0, 2000).nullable(),
    body("embeds", JSON, r#"Add embeds: [{"title":"…","description":"…"},…]"#).items(0, 10).nullable(),
    body("allowed_mentions", JSON, r#"Say who may be pinged: {"parse":["users"],"roles":["ID"]}"#).nullable(),
    body("components", JSON, "Add buttons, menus and layout, given as a JSON array").items(0, 40).nullable(),
    body("attachments", JSON, r#"Describe the attached files: [{"id":0,"description":"…"},…]"#).items(0, 10).nullable(),
    body("poll", JSON, "Add a whole poll as JSON, if the --poll flags do not suffice").nullable(),
    body("tts", BOOL, "Read the message aloud").nullable(),
];

/// What can be changed in such a message.
pub(super) static MESSAGE_EDIT: &[Param] = &[
    body("content", TEXT, "Replace the text").positional().range(0, 2000).nullable(),
    body("embeds", JSON, r#"Replace the embeds: [{"title":"…","description":"…"},…]"#).items(0, 10).nullable(),
    body("allowed_mentions", JSON, r#"Say who may be pinged: {"parse":["users"],"roles":["ID"]}"#).nullable(),
    body("components", JSON, "Replace the components, given as a JSON array").items(0, 40).nullable(),
    body("attachments", JSON, r#"Keep only these attached files: [{"id":"ID"},…]"#).items(0, 10).nullable(),
    body("poll", JSON, "Add a poll; only to an interaction's deferred response").nullable(),
    body("flags", flags(EDIT_FLAGS), "Replace the flags").open().nullable(),
];
