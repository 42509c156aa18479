//! Formats of other services that Discord accepts: GitHub's events and Slack's attachments.

use super::topic::{Topic, free, object, topic};
use crate::catalogue::builder::*;
use crate::catalogue::types::Shape;

pub static TOPICS: &[Topic] = &[
    topic("webhook.github", "An object of a GitHub event", &GITHUB)
        .at(&[
            "comment",
            "issue",
            "pull_request",
            "repository",
            "forkee",
            "sender",
            "member",
            "release",
            "head_commit",
            "review",
            "check_run",
            "check_suite",
            "discussion",
            "answer",
        ])
        .example(r#"{"login":"octocat","id":583231,"html_url":"https://github.com/octocat"}"#),
    topic("webhook.github-commits", "The commits of a GitHub push", &GITHUB).list().at(&["commits"]).example(
        r#"[{"id":"0123abc","message":"Fix the build","url":"https://github.com/octocat/hello/commit/0123abc"}]"#,
    ),
    topic("webhook.slack-attachments", "Attachments in Slack's format", &SLACK)
        .list()
        .at(&["attachments"])
        .only(&["execute_slack_compatible_webhook"])
        .foreign()
        .example(r##"[{"title":"Disk is full","text":"97 % of /var","color":"#ff0000"}]"##),
];

static GITHUB: Shape =
    free("a GitHub object", "GitHub's webhook documentation describes it. Pass on what GitHub sends.");

static SLACK: Shape = object(
    "an attachment",
    &[
        field("title", STRING, "Heading"),
        field("title_link", URL, "URL that the heading links to").max(2048),
        field("text", TEXT, "Text"),
        field("pretext", TEXT, "Text above the attachment"),
        field("color", STRING, "Colour, as #rrggbb").max(7),
        field("ts", INT, "Time, in seconds since 1970").range(0, i64::MAX),
        field("fields", JSON, "Pairs of a name and a value").items(0, 1521).of(&SLACK_FIELD),
        field("author_name", STRING, "Name above the heading"),
        field("author_link", URL, "URL that the name links to").max(2048),
        field("author_icon", URL, "URL of the picture beside the name").max(2048),
        field("footer", STRING, "Small text at the end"),
        field("footer_icon", URL, "URL of the picture beside the footer").max(2048),
        field("image_url", URL, "URL of a large picture").max(2048),
        field("thumb_url", URL, "URL of a small picture").max(2048),
    ],
);

static SLACK_FIELD: Shape = object(
    "a field",
    &[
        field("name", STRING, "Bold line"),
        field("value", STRING, "Text below it"),
        field("inline", BOOL, "Show it beside the other inline fields"),
    ],
);
