//! `dcord application`: the app itself, as its developers configure it.

use super::builder::*;
use super::groups::filename;
use super::types::{Auth, Choice, Noun, Param};
use crate::model::Entity::{Any, Application};

pub static NOUN: Noun = noun(
    "application",
    "Show and configure the app that the token belongs to",
    &[
        get("get", "get_my_application", "/applications/@me", "Show the app that the token belongs to")
            .columns(&["id", "name", "approximate_guild_count", "flags", "description"])
            .examples(&["application get --fields id,name,approximate_guild_count"])
            .alias(&["application get-me"]),
        patch("edit", "update_my_application", "/applications/@me", "Configure the app that the token belongs to")
            .no_effect("the cache has no applications")
            .columns(&["id", "name", "flags", "description"])
            .more(
                "Only what is given changes. Of the flags, only gateway-presence-limited, \
                 gateway-guild-members-limited and gateway-message-content-limited can be set: they switch the \
                 privileged intents of an app in fewer than 100 servers. Discord calls the interactions \
                 endpoint before it accepts it.",
            )
            .examples(&[
                "application edit --description 'Keeps the peace' --tags moderation --tags safety",
                "application edit --install-params.scopes bot --install-params.permissions ban-members,kick-members",
            ])
            .alias(&["application edit-me"])
            .with(&[SETTINGS, INSTALL_PARAMS]),
        get("get-by-id", "get_application", "/applications/{application_id}", "Show an app by its id")
            .columns(&["id", "name", "approximate_guild_count", "flags", "description"])
            .more("A bot can show its own app only.")
            .examples(&["application get-by-id --application-id 666666666666666666"])
            .params(&[path("application_id", id(Application), "App to show")]),
        patch("edit-by-id", "update_application", "/applications/{application_id}", "Configure an app by its id")
            .no_effect("the cache has no applications")
            .columns(&["id", "name", "flags", "description"])
            .more("A bot can configure its own app only, which `dcord application edit` does without the id.")
            .examples(&["application edit-by-id --application-id 666666666666666666 --description 'Keeps the peace'"])
            .params(&[path("application_id", id(Application), "App to configure")])
            .with(&[SETTINGS, INSTALL_PARAMS]),
        post(
            "upload",
            "upload_application_attachment",
            "/applications/{application_id}/attachment",
            "Upload a file for an app's activity and get its URL",
        )
        .auth(Auth::Any)
        .no_effect("the file belongs to no object that the cache has")
        .id("attachment.id")
        .columns(&["attachment.id", "attachment.filename", "attachment.size", "attachment.url"])
        .more("An activity can then offer the file for sharing. The URL does not last: use it at once.")
        .examples(&["application upload --file drawing.png --jq .attachment.url"])
        .params(&[
            path("application_id", id(Application), "App that the activity belongs to"),
            file("file", "Upload this file").required(),
        ])
        .with(&[&[filename("file")]]),
        get(
            "get-activity",
            "applications_get_activity_instance",
            "/applications/{application_id}/activity-instances/{instance_id}",
            "Show a running instance of an app's activity and who is in it",
        )
        .id("instance_id")
        .columns(&["instance_id", "launch_id", "location.kind", "location.channel_id", "users"])
        .more(
            "An activity's server side can make sure with it that a player who connects really is in that \
             instance.",
        )
        .examples(&["application get-activity i-1234567890-gc-111111111111111111-222222222222222222"])
        .params(&[
            path("application_id", id(Application), "App that the activity belongs to"),
            path("instance_id", STRING, "Instance, by the id that the activity was launched with"),
        ]),
    ],
);

static SETTINGS: &[Param] = &[
    body("description", TEXT, "Describe the app").range(0, 400).nullable(),
    body("icon", IMAGE, "Show this picture as the app's icon").nullable(),
    body("cover_image", IMAGE, "Show this picture in invitations to the app's activities").nullable(),
    body("team_id", id(Any), "Hand the app to this developer team").nullable(),
    body("flags", flags(FLAGS), "Switch on these limited intents").nullable(),
    body("interactions_endpoint_url", URL, "Have interactions sent to this URL").max(2048).nullable(),
    body("explicit_content_filter", one_of(CONTENT_FILTER), "Filter the app's media as the server does, or always")
        .nullable(),
    body("max_participants", INT, "Let this many people into an activity (-1: no limit)").min(-1).nullable(),
    body("type", one_of(TYPES), "Make it an app of this special type").nullable(),
    body("tags", STRING, "Describe the app in this word or two").max(20).repeated().unique().items(0, 5).nullable(),
    body("custom_install_url", URL, "Send people who add the app to this URL").max(2048).nullable(),
    body("install_params", JSON, r#"Ask for this when it is added: {"scopes":["bot"],"permissions":"0"}"#).nullable(),
    body("role_connections_verification_url", URL, "Send people who link a role to this URL").max(2048).nullable(),
    body("integration_types_config", JSON, r#"Ask by kind of install: {"0":{"oauth2_install_params":{…}}}"#).nullable(),
    body("event_webhooks_status", one_of(EVENT_WEBHOOKS_STATUS), "Switch webhook events on or off").nullable(),
    body("event_webhooks_url", URL, "Have webhook events sent to this URL").max(2048).nullable(),
    body("event_webhooks_types", one_of(EVENT_WEBHOOK_TYPES), "Have webhook events of this type sent")
        .repeated()
        .unique()
        .nullable(),
];

static INSTALL_PARAMS: &[Param] = &[
    local("install-params.scopes", "install_params/scopes/-", one_of(SCOPES), "Ask for this scope when added")
        .repeated()
        .unique()
        .items(1, 2),
    local(
        "install-params.permissions",
        "install_params/permissions",
        PERMISSIONS,
        "Ask for these permissions when added",
    ),
];

/// Those of the "Application Flags" that can be set: the intents of an app in fewer than 100 servers.
static FLAGS: &[Choice] = &[
    bit("gateway-presence-limited", 13),
    bit("gateway-guild-members-limited", 15),
    bit("gateway-message-content-limited", 19),
];

static CONTENT_FILTER: &[Choice] = &[n("inherit", 0), n("always", 1)];

static TYPES: &[Choice] = &[n("guild-role-subscriptions", 4)];

static EVENT_WEBHOOKS_STATUS: &[Choice] = &[n("disabled", 1), n("enabled", 2)];

/// The scopes with which an app can be added from its profile.
static SCOPES: &[Choice] = &[s("applications.commands", "applications.commands"), s("bot", "bot")];

/// "Webhook Event Types". Discord's OpenAPI document lists every event of the gateway here; only
/// these are sent to webhooks.
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
