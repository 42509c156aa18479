//! `dcord application`: the app itself, as its developers configure it.

use super::builder::*;
use super::groups::filename;
use super::types::{Auth, Choice, Noun, Param};
use crate::model::Entity::{Any, Application};

pub static NOUN: Noun = noun(
    "application",
    "Show and configure apps",
    &[
        get("get", "get_my_application", "/applications/@me", "Show the app of the token")
            .columns(&["id", "name", "approximate_guild_count", "flags", "description"])
            .examples(&["application get --fields id,name,approximate_guild_count"])
            .alias(&["application get-me"]),
        patch("edit", "update_my_application", "/applications/@me", "Edit the app of the token")
            .no_effect("the cache has no applications")
            .columns(&["id", "name", "flags", "description"])
            .more(
                "Fields that you omit stay as they are. The only flags that you can change are gateway-presence-limited, gateway-guild-members-limited and gateway-message-content-limited. They enable the privileged intents of an app in fewer than 100 servers. Discord sends a test request to \
                 --interactions-endpoint-url before it accepts the URL.",
            )
            .examples(&[
                "application edit --description 'Keeps the peace' --tags moderation --tags safety",
                "application edit --install-params.scopes bot --install-params.permissions ban-members,kick-members",
            ])
            .alias(&["application edit-me"])
            .with(&[SETTINGS, INSTALL_PARAMS]),
        get("get-by-id", "get_application", "/applications/{application_id}", "Show an app by its id")
            .columns(&["id", "name", "approximate_guild_count", "flags", "description"])
            .more("A bot can only show its own app.")
            .examples(&["application get-by-id --application-id 666666666666666666"])
            .params(&[path("application_id", id(Application), "App")]),
        patch("edit-by-id", "update_application", "/applications/{application_id}", "Edit an app by its id")
            .no_effect("the cache has no applications")
            .columns(&["id", "name", "flags", "description"])
            .more("A bot can only edit its own app; `dcord application edit` does that without an id.")
            .examples(&["application edit-by-id --application-id 666666666666666666 --description 'Keeps the peace'"])
            .params(&[path("application_id", id(Application), "App")])
            .with(&[SETTINGS, INSTALL_PARAMS]),
        post(
            "upload",
            "upload_application_attachment",
            "/applications/{application_id}/attachment",
            "Upload a file for an app's activity and print its URL",
        )
        .auth(Auth::Any)
        .no_effect("the cache has no object that the file belongs to")
        .id("attachment.id")
        .columns(&["attachment.id", "attachment.filename", "attachment.size", "attachment.url"])
        .more("The activity can offer the file for sharing. The URL expires after a short time.")
        .examples(&["application upload drawing.png --jq .attachment.url"])
        .params(&[
            path("application_id", id(Application), "App of the activity"),
            file("file", "Path of the file to upload").positional().required(),
        ])
        .with(&[&[filename("file")]]),
        get(
            "get-activity",
            "applications_get_activity_instance",
            "/applications/{application_id}/activity-instances/{instance_id}",
            "Show a running activity instance and its users",
        )
        .id("instance_id")
        .columns(&["instance_id", "launch_id", "location.kind", "location.channel_id", "users"])
        .more("The activity's own server can use this to check that a player really is in the instance.")
        .examples(&["application get-activity i-1234567890-gc-111111111111111111-222222222222222222"])
        .params(&[
            path("application_id", id(Application), "App of the activity"),
            path("instance_id", STRING, "Instance id, which the activity receives when it starts"),
        ]),
    ],
);

static SETTINGS: &[Param] = &[
    body("description", TEXT, "Description").range(0, 400).nullable(),
    body("icon", IMAGE, "Icon picture").nullable(),
    body("cover_image", IMAGE, "Picture in invites to the app's activities").nullable().minor(),
    body("team_id", id(Any), "Developer team to transfer the app to").nullable().minor(),
    body("flags", flags(FLAGS), "Limited privileged intents to enable").nullable().minor(),
    body("interactions_endpoint_url", URL, "URL that receives interactions").max(2048).nullable(),
    body(
        "explicit_content_filter",
        one_of(CONTENT_FILTER),
        "Content filter of the activity: inherit the server's, or always filter",
    )
    .nullable()
    .minor(),
    body("max_participants", INT, "Maximum number of users in an activity (-1: no limit)").min(-1).nullable().minor(),
    body("type", one_of(TYPES), "Special type of the app").nullable().minor(),
    body("tags", STRING, "Tag that describes the app").max(20).repeated().unique().items(0, 5).nullable(),
    body("custom_install_url", URL, "Custom URL for adding the app").max(2048).nullable().minor(),
    body("install_params", JSON, r#"Default install settings, as JSON: {"scopes":["bot"],"permissions":"0"}"#)
        .nullable(),
    body("role_connections_verification_url", URL, "URL where users connect their account to get a linked role")
        .max(2048)
        .nullable()
        .minor(),
    body("integration_types_config", JSON, r#"Settings per installation type: {"0":{"oauth2_install_params":{…}}}"#)
        .nullable()
        .minor(),
    body("event_webhooks_status", one_of(EVENT_WEBHOOKS_STATUS), "Enable or disable webhook events").nullable().minor(),
    body("event_webhooks_url", URL, "URL that receives webhook events").max(2048).nullable().minor(),
    body("event_webhooks_types", one_of(EVENT_WEBHOOK_TYPES), "Type of webhook event to receive")
        .repeated()
        .unique()
        .nullable()
        .minor(),
];

static INSTALL_PARAMS: &[Param] = &[
    local(
        "install-params.scopes",
        "install_params/scopes/-",
        one_of(SCOPES),
        "OAuth2 scope to request at installation",
    )
    .repeated()
    .unique()
    .items(1, 2),
    local(
        "install-params.permissions",
        "install_params/permissions",
        PERMISSIONS,
        "Permissions to request at installation",
    ),
];

/// The "Application Flags" that an app in fewer than 100 servers can change: its privileged intents.
static FLAGS: &[Choice] = &[
    bit("gateway-presence-limited", 13),
    bit("gateway-guild-members-limited", 15),
    bit("gateway-message-content-limited", 19),
];

static CONTENT_FILTER: &[Choice] = &[n("inherit", 0), n("always", 1)];

static TYPES: &[Choice] = &[n("guild-role-subscriptions", 4)];

static EVENT_WEBHOOKS_STATUS: &[Choice] = &[n("disabled", 1), n("enabled", 2)];

/// The scopes for installing an app from its profile.
pub(super) static SCOPES: &[Choice] = &[s("applications.commands", "applications.commands"), s("bot", "bot")];

/// "Webhook Event Types". Discord's OpenAPI document lists all gateway events here, but Discord only sends these to
/// webhooks.
static EVENT_WEBHOOK_TYPES: &[Choice] = &[
    s("application-authorized", "APPLICATION_AUTHORIZED"),
    s("application-deauthorized", "APPLICATION_DEAUTHORIZED"),
    s("entitlement-create", "ENTITLEMENT_CREATE"),
    s("entitlement-update", "ENTITLEMENT_UPDATE"),
    s("entitlement-delete", "ENTITLEMENT_DELETE"),
    s("quest-user-enrollment", "QUEST_USER_ENROLLMENT"),
    s("lobby-message-create", "LOBBY_MESSAGE_CREATE"),
    s("lobby-message-update", "LOBBY_MESSAGE_UPDATE"),
    s("lobby-message-delete", "LOBBY_MESSAGE_DELETE"),
    s("game-direct-message-create", "GAME_DIRECT_MESSAGE_CREATE"),
    s("game-direct-message-update", "GAME_DIRECT_MESSAGE_UPDATE"),
    s("game-direct-message-delete", "GAME_DIRECT_MESSAGE_DELETE"),
];
