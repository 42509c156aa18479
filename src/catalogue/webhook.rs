//! `dcord webhook`: webhooks, and the messages sent through them.

use super::builder::*;
use super::choices::{EDIT_FLAGS, SEND_FLAGS};
use super::groups::{BUTTONS, EMBED, FILES, MENTIONS, POLL, VOICE};
use super::types::{Auth, Endpoint, Noun, Param};
use crate::model::Entity::{Channel, Guild, Message, Tag, Webhook};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun("webhook", "Send messages through webhooks, and manage webhooks", ROWS);

static ROWS: &[Endpoint] = &[
    post("send", "execute_webhook", "/webhooks/{webhook_id}/{webhook_token}", "Send a message through a webhook")
        .action("Send a message through webhook {webhook_id}")
        .auth(Auth::None)
        .keyed()
        .effects(&[One(Kind::Message)])
        .link(Link::Message)
        .columns(&["id", "channel_id", "timestamp", "content"])
        .more(
            "A message needs at least one of text, an embed, a file, a poll or components. In a forum or media \
             channel, --thread-id names the post to send to, and --thread-name starts a new post.\n\n\
             The webhook's URL is a secret, so pass it in an environment variable or a file, never on the command \
             line itself. dcord does not retry a request that may have arrived, because Discord would post the \
             message again. With --key, running the command again prints the message that the first run sent. If it is \
             unknown whether Discord posted that message, dcord refuses to send it again until --if-unsure says what \
             to do. dcord remembers keys on this machine, in the folder DCORD_STATE_DIR. If each run gets a new \
             machine, as in CI, keep that folder between runs.",
        )
        .examples(&[
            "webhook send env:BUILD_WEBHOOK 'Deploy finished'",
            "webhook send env:BUILD_WEBHOOK --key build-52 --embed.title 'Build 52' --embed.color green --embed.field Branch=main",
        ])
        .alias(&["webhook execute"])
        .params(&[
            path("webhook_id", id(Webhook), "Webhook"),
            path("webhook_token", STRING, "Token of the webhook").secret().label_name("WEBHOOK"),
            query("wait", BOOL, "Wait until the message is saved and print it [default: true]").minor(),
            query("thread_id", id(Channel), "Thread or forum post of the webhook's channel").implied(),
            query("with_components", BOOL, "Show components even if no app owns the webhook [default: true]").minor(),
            body("flags", flags(SEND_FLAGS), "Message flags").nullable().minor(),
            body("username", STRING, "Name to show instead of the webhook's name").range(1, 80).nullable(),
            body("avatar_url", URL, "URL of a picture to show instead of the webhook's avatar")
                .max(2048)
                .nullable()
                .minor(),
            body("thread_name", STRING, "Forum, media: title of a new post to start").range(0, 100).nullable().minor(),
            body("applied_tags", id(Tag), "Forum, media: tag of the new post")
                .repeated()
                .items(0, 5)
                .nullable()
                .minor(),
        ])
        .any_of(&["content", "embeds", "components", "attachments", "poll"])
        .with(&[MESSAGE, BUTTONS, EMBED, POLL, MENTIONS, FILES, VOICE]),
    post("create", "create_webhook", "/channels/{channel_id}/webhooks", "Create a webhook in a channel")
        .reason()
        .effects(&[One(Kind::Webhook)])
        .columns(&["id", "name", "channel_id"])
        .needs(&["MANAGE_WEBHOOKS"])
        .more(
            "The response contains the webhook's URL and token. Keep them secret: anyone who has them can send to \
             the channel. The name must not contain \"discord\" or \"clyde\".",
        )
        .examples(&["webhook create '#builds' 'CI results' --avatar logo.png --jq .url > hook.url"])
        .params(&[
            path("channel_id", id(Channel), "Channel that the webhook sends to"),
            body("name", STRING, "Name of the webhook").positional().range(1, 80).required(),
            body("avatar", IMAGE, "Avatar picture").nullable(),
        ]),
    get("list", "get_guild_webhooks", "/guilds/{guild_id}/webhooks", "List the webhooks of a server")
        .effects(&[All(Kind::Webhook)])
        .list()
        .columns(&["id", "name", "channel_id", "type"])
        .needs(&["MANAGE_WEBHOOKS"])
        .more(
            "The response contains the tokens of the webhooks that the bot can use. Anyone who has a token can send \
             to its channel.",
        )
        .examples(&["webhook list 'My Server' -o table"])
        .alias(&["guild webhooks"])
        .params(&[path("guild_id", id(Guild), "Server")]),
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
        "The response contains the tokens of the webhooks that the bot can use. Anyone who has a token can send to \
         its channel.",
    )
    .examples(&["webhook list-in-channel '#builds' -o table"])
    .alias(&["channel webhooks"])
    .params(&[path("channel_id", id(Channel), "Channel")]),
    get("get", "get_webhook", "/webhooks/{webhook_id}", "Show a webhook")
        .effects(&[One(Kind::Webhook)])
        .columns(&["id", "name", "channel_id", "type"])
        .needs(&["MANAGE_WEBHOOKS"])
        .more("The app that created the webhook does not require manage-webhooks.")
        .params(&[path("webhook_id", id(Webhook), "Webhook to show")]),
    patch(
        "edit",
        "update_webhook",
        "/webhooks/{webhook_id}",
        "Rename a webhook, change its avatar or move it to another channel",
    )
    .reason()
    .effects(&[One(Kind::Webhook)])
    .columns(&["id", "name", "channel_id"])
    .needs(&["MANAGE_WEBHOOKS"])
    .examples(&["webhook edit Builds --name Releases --channel-id '#releases'"])
    .params(&[
        path("webhook_id", id(Webhook), "Webhook to edit"),
        body("name", STRING, "New name").range(1, 80),
        body("avatar", IMAGE, "Avatar picture").nullable(),
        body("channel_id", id(Channel), "Channel to move the webhook to").nullable(),
    ]),
    delete("delete", "delete_webhook", "/webhooks/{webhook_id}", "Delete a webhook")
        .action("Delete webhook {webhook_id}")
        .reason()
        .destructive()
        .effects(&[Deletes(Kind::Webhook)])
        .no_id()
        .needs(&["MANAGE_WEBHOOKS"])
        .more("The webhook's URL stops working at once. Messages that it sent are not deleted.")
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
    .columns(&["id", "author.username", "timestamp", "content"])
    .params(&[
        path("webhook_id", id(Webhook), "Webhook that sent the message"),
        path("webhook_token", STRING, "Token of the webhook").secret().label_name("WEBHOOK"),
        path("message_id", id(Message), "Message to show"),
        query("thread_id", id(Channel), "Thread or forum post of the message").implied(),
    ]),
    patch(
        "edit-message",
        "update_webhook_message",
        "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
        "Edit a message that a webhook sent",
    )
    .auth(Auth::None)
    .effects(&[One(Kind::Message)])
    .link(Link::Message)
    .columns(&["id", "edited_timestamp", "content"])
    .more(
        "Fields that you omit stay as they are. If you add files, use --attachments to list the attached files to keep; Discord removes the others.",
    )
    .examples(&["webhook edit-message env:BUILD_WEBHOOK 333333333333333333 'Deploy took 3 min'"])
    .params(&[
        path("webhook_id", id(Webhook), "Webhook that sent the message"),
        path("webhook_token", STRING, "Token of the webhook").secret().label_name("WEBHOOK"),
        path("message_id", id(Message), "Message to edit"),
        query("thread_id", id(Channel), "Thread or forum post of the message").implied(),
        query("with_components", BOOL, "Show components even if no app owns the webhook [default: true]").minor(),
    ])
    .with(&[MESSAGE_EDIT, BUTTONS, EMBED, POLL, MENTIONS, FILES]),
    delete(
        "delete-message",
        "delete_webhook_message",
        "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
        "Delete a message that a webhook sent",
    )
    .action("Delete {message_id} of webhook {webhook_id}")
    .auth(Auth::None)
    .destructive()
    .effects(&[Deletes(Kind::Message)])
    .no_id()
    .params(&[
        path("webhook_id", id(Webhook), "Webhook that sent the message"),
        path("webhook_token", STRING, "Token of the webhook").secret().label_name("WEBHOOK"),
        path("message_id", id(Message), "Message to delete"),
        query("thread_id", id(Channel), "Thread or forum post of the message").implied(),
    ]),
    get(
        "get-by-token",
        "get_webhook_by_token",
        "/webhooks/{webhook_id}/{webhook_token}",
        "Show a webhook by its URL or token",
    )
    .auth(Auth::None)
    .effects(&[PartOf(Kind::Webhook)])
    .columns(&["id", "name", "channel_id", "guild_id"])
    .more("The response does not name the user who created the webhook.")
    .examples(&["webhook get-by-token env:BUILD_WEBHOOK --fields name,channel_id"])
    .params(&[
        path("webhook_id", id(Webhook), "Webhook to show"),
        path("webhook_token", STRING, "Token of the webhook").secret().label_name("WEBHOOK"),
    ]),
    patch(
        "edit-by-token",
        "update_webhook_by_token",
        "/webhooks/{webhook_id}/{webhook_token}",
        "Rename a webhook or change its avatar, by its URL or token",
    )
    .auth(Auth::None)
    .effects(&[PartOf(Kind::Webhook)])
    .columns(&["id", "name", "channel_id"])
    .more("To move the webhook to another channel, use `dcord webhook edit` with a bot token.")
    .examples(&["webhook edit-by-token env:BUILD_WEBHOOK --name Releases --avatar logo.png"])
    .params(&[
        path("webhook_id", id(Webhook), "Webhook to edit"),
        path("webhook_token", STRING, "Token of the webhook").secret().label_name("WEBHOOK"),
        body("name", STRING, "New name").range(1, 80),
        body("avatar", IMAGE, "Avatar picture").nullable(),
    ]),
    delete(
        "delete-by-token",
        "delete_webhook_by_token",
        "/webhooks/{webhook_id}/{webhook_token}",
        "Delete a webhook by its URL or token",
    )
    .action("Delete webhook {webhook_id}")
    .auth(Auth::None)
    .destructive()
    .effects(&[Deletes(Kind::Webhook)])
    .no_id()
    .more("The webhook's URL stops working at once. Messages that it sent are not deleted.")
    .params(&[
        path("webhook_id", id(Webhook), "Webhook to delete"),
        path("webhook_token", STRING, "Token of the webhook").secret().label_name("WEBHOOK"),
    ]),
    post(
        "send-slack",
        "execute_slack_compatible_webhook",
        "/webhooks/{webhook_id}/{webhook_token}/slack",
        "Send a message in Slack's format through a webhook",
    )
    .action("Send a message through webhook {webhook_id}")
    .auth(Auth::None)
    .no_effect("the response does not contain the message")
    .no_id()
    .more(
        "This endpoint is for programs that post to Slack: give them the webhook's URL with /slack appended. \
         Discord ignores the fields channel, icon_emoji, mrkdwn and mrkdwn_in.",
    )
    .examples(&["webhook send-slack env:BUILD_WEBHOOK 'Disk is full' --username monitor"])
    .params(&[
        path("webhook_id", id(Webhook), "Webhook"),
        path("webhook_token", STRING, "Token of the webhook").secret().label_name("WEBHOOK"),
        query("wait", BOOL, "Wait until the message is saved [default: true]"),
        query("thread_id", id(Channel), "Thread or forum post of the webhook's channel").implied(),
        body("text", TEXT, "Text of the message").positional().range(0, 2000).nullable(),
        body("username", STRING, "Name to show instead of the webhook's name").max(LONG).nullable(),
        body("icon_url", URL, "URL of a picture to show instead of the webhook's avatar").max(2048).nullable(),
        body("attachments", JSON, "Attachments in Slack's format, as a JSON array").items(0, 1521).nullable(),
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
        "Send a GitHub event through a webhook",
    )
    .action("Send a GitHub event through webhook {webhook_id}")
    .auth(Auth::None)
    .no_effect("the response does not contain the message")
    .no_id()
    .more(
        "GitHub usually calls this endpoint itself: enter the webhook's URL with /github appended in the \
         repository's webhook settings. To forward an event that you received from GitHub, give it with --body.",
    )
    .examples(&["webhook send-github env:BUILD_WEBHOOK --body @push.json"])
    .params(&[
        path("webhook_id", id(Webhook), "Webhook"),
        path("webhook_token", STRING, "Token of the webhook").secret().label_name("WEBHOOK"),
        query("wait", BOOL, "Wait until the message is saved [default: true]"),
        query("thread_id", id(Channel), "Thread or forum post of the webhook's channel").implied(),
        body("action", STRING, "Action of the event, such as opened").max(LONG).nullable().minor(),
        body("ref", STRING, "Branch or tag").max(LONG).nullable(),
        body("ref_type", STRING, "Whether --ref is a branch or a tag").max(LONG).nullable().minor(),
        body("comment", JSON, "Comment, as a JSON object").nullable().minor(),
        body("issue", JSON, "Issue, as a JSON object").nullable().minor(),
        body("pull_request", JSON, "Pull request, as a JSON object").nullable(),
        body("repository", JSON, "Repository, as a JSON object").nullable(),
        body("forkee", JSON, "Fork, as a JSON object").nullable().minor(),
        body("sender", JSON, "User who caused the event, as a JSON object").required(),
        body("member", JSON, "User who was added, as a JSON object").nullable().minor(),
        body("release", JSON, "Release, as a JSON object").nullable().minor(),
        body("head_commit", JSON, "Latest commit, as a JSON object").nullable(),
        body("commits", JSON, "Commits, as a JSON array").items(0, 1521).nullable(),
        body("forced", BOOL, "Whether this was a force push").nullable().minor(),
        body("compare", URL, "URL of the comparison").max(2048).nullable().minor(),
        body("review", JSON, "Review, as a JSON object").nullable().minor(),
        body("check_run", JSON, "Check run, as a JSON object").nullable().minor(),
        body("check_suite", JSON, "Check suite, as a JSON object").nullable().minor(),
        body("discussion", JSON, "Discussion, as a JSON object").nullable().minor(),
        body("answer", JSON, "Answer to a discussion, as a JSON object").nullable().minor(),
    ]),
];

/// The fields of a new message of a webhook, or of an interaction's follow-up.
pub(super) static MESSAGE: &[Param] = &[
    body("content", TEXT, "Text of the message").positional().range(0, 2000).nullable(),
    body("embeds", JSON, r#"Embeds, as JSON: [{"title":"…","description":"…"},…]"#).items(0, 10).nullable(),
    body("allowed_mentions", JSON, r#"Mentions that ping, as JSON: {"parse":["users"],"roles":["ID"]}"#).nullable(),
    body("components", JSON, "Buttons, menus and layout, as a JSON array").items(0, 40).nullable(),
    body("attachments", JSON, r#"Descriptions of the files, as JSON: [{"id":0,"description":"…"},…]"#)
        .items(0, 10)
        .nullable()
        .minor(),
    body("poll", JSON, "Poll, as a JSON object (or use the --poll.* flags)").nullable(),
    body("tts", BOOL, "Read the message aloud (text-to-speech)").nullable().minor(),
];

/// The fields of such a message that an edit can change.
pub(super) static MESSAGE_EDIT: &[Param] = &[
    body("content", TEXT, "New text").positional().range(0, 2000).nullable(),
    body("embeds", JSON, r#"New embeds, as JSON: [{"title":"…","description":"…"},…]"#).items(0, 10).nullable(),
    body("allowed_mentions", JSON, r#"Mentions that ping, as JSON: {"parse":["users"],"roles":["ID"]}"#).nullable(),
    body("components", JSON, "New buttons, menus and layout, as a JSON array").items(0, 40).nullable(),
    body("attachments", JSON, r#"Attached files to keep, as JSON: [{"id":"ID"},…]"#).items(0, 10).nullable().minor(),
    body("poll", JSON, "Poll, as a JSON object; only for a deferred interaction response").nullable(),
    body("flags", flags(EDIT_FLAGS), "New flags; flags that you omit are cleared").open().nullable().minor(),
];
