//! `dcord interaction`: respond to slash commands, buttons, menus and modals.

use super::builder::*;
use super::choices::RESPONSE_FLAGS;
use super::groups::{self, data};
use super::types::{Auth, Choice, Endpoint, Noun};
use super::webhook::{MESSAGE, MESSAGE_EDIT};
use crate::model::Entity::{Application, Channel, Interaction, Message};
use crate::model::{Kind, Link};

pub static NOUN: Noun = noun("interaction", "Respond to slash commands, buttons, menus and modals", ROWS);

static ROWS: &[Endpoint] = &[
    post(
        "respond",
        "create_interaction_response",
        "/interactions/{interaction_id}/{interaction_token}/callback",
        "Respond to an interaction: a command, button, menu or modal",
    )
    .action("Respond to the interaction")
    .auth(Auth::None)
    .no_effect("the response does not contain the message")
    .no_id()
    .columns(&["interaction.id", "resource.type", "resource.message.id"])
    .more(
        "The event INTERACTION_CREATE contains the interaction's id and token. Discord waits three seconds for a \
         response; after that, the token is invalid. To gain time, respond with a deferred type and send the message \
         with `dcord interaction edit-response` within 15 minutes. dcord prints nothing without \
         --with-response.\n\nIf you omit --type, dcord derives it from the other fields: text, embeds and files send a new message, --choice suggests values, and --title opens a form.\n\nTypes: channel-message-with-source sends a message; update-message edits \
         the message of the button or menu; the deferred types tell the user that a message or an edit will follow, and take only --flags ephemeral; \
         application-command-autocomplete-result suggests values with --choice; modal opens a form with --custom-id, \
         --title and --components; launch-activity starts the app's activity; pong answers Discord's check of the \
         endpoint URL.",
    )
    .examples(&[
        "interaction respond 888888888888888888 env:TOKEN Done",
        "interaction respond 888888888888888888 env:TOKEN --type deferred",
        "interaction respond 888888888888888888 env:TOKEN --choice 'Berlin=ber' --choice 'Bern=brn'",
    ])
    .alias(&["interaction reply"])
    .params(&[
        path("interaction_id", id(Interaction), "Interaction to respond to"),
        path("interaction_token", STRING, "Token of the interaction").secret(),
        query("with_response", BOOL, "Print what the response created, such as the message").minor(),
        body("type", one_of(CALLBACK_TYPES), "Type of the response").required().by_form().minor(),
        body("data", JSON, "Data of the response, as a JSON object").nullable(),
        local("content", "data/content", TEXT, "Message: text").positional().range(0, 2000),
        local("tts", "data/tts", BOOL, "Message: read it aloud (text-to-speech)").minor(),
        local("flags", "data/flags", flags(RESPONSE_FLAGS), "Message: flags, such as ephemeral"),
        local("components", "data/components", JSON, "Message, modal: components, as a JSON array").items(0, 40),
        local("choice", "data/choices/-", PAIR, "Autocomplete: value to suggest, as NAME=VALUE")
            .repeated()
            .items(0, 25)
            .minor(),
        inner("choice.name", "data/choices/-/name", STRING).range(1, 100).needed(),
        inner("choice.value", "data/choices/-/value", STRING).max(6000).needed(),
        inner("embeds", "data/embeds", JSON).items(0, 10),
        local("custom-id", "data/custom_id", STRING, "Modal: id that Discord sends back when the form is submitted")
            .range(1, 100)
            .minor(),
        local("title", "data/title", STRING, "Modal: title").range(1, 45).minor(),
        local("eligible", "data/eligible", BOOL, "Purchase eligibility: whether the user can buy").minor(),
        local(
            "ineligible-reason",
            "data/ineligible_reason",
            one_of(INELIGIBLE),
            "Purchase eligibility: reason why the user cannot buy",
        )
        .minor(),
        local(
            "ineligible-description",
            "data/ineligible_reason_description",
            STRING,
            "Purchase eligibility: explanation of why the user cannot buy",
        )
        .range(0, 255)
        .minor(),
    ])
    .forms(&[
        variant("a message").when("type", &["channel-message-with-source", "update-message"]).only(&[
            "content",
            "button",
            "tts",
            "embed",
            "poll",
            "allowed-mentions",
            "file",
            "filename",
            "spoiler",
            "voice-message",
        ]),
        variant("a message or a deferred message")
            .when("type", &["channel-message-with-source", "update-message", "deferred-channel-message-with-source"])
            .only(&["flags"]),
        variant("an autocomplete result")
            .when("type", &["application-command-autocomplete-result"])
            .only(&["choice"])
            .needs(&["data/choices"]),
        variant("a modal").when("type", &["modal"]).only(&["custom-id", "title"]).needs(&[
            "data/custom_id",
            "data/title",
            "data/components",
        ]),
        variant("a purchase eligibility response")
            .when("type", &["social-layer-sku-purchase-eligibility"])
            .only(&["eligible", "ineligible-reason", "ineligible-description"])
            .needs(&["data/eligible"]),
    ])
    .with(&[data::BUTTONS, data::EMBED, data::POLL, data::MENTIONS, data::FILES, data::VOICE]),
    get(
        "get-response",
        "get_original_webhook_message",
        "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
        "Show the response to an interaction",
    )
    .auth(Auth::None)
    .effects(&[One(Kind::Message)])
    .link(Link::Message)
    .columns(&["id", "author.username", "timestamp", "content"])
    .params(&[
        path("webhook_id", id(Application), "App"),
        path("webhook_token", STRING, "Token of the interaction").secret().label_name("INTERACTION-TOKEN"),
        query("thread_id", id(Channel), "Thread or forum post of the message").implied(),
    ]),
    patch(
        "edit-response",
        "update_original_webhook_message",
        "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
        "Edit the response to an interaction, or send a deferred one",
    )
    .auth(Auth::None)
    .effects(&[One(Kind::Message)])
    .link(Link::Message)
    .columns(&["id", "edited_timestamp", "content"])
    .more("Fields that you omit stay as they are. Discord accepts edits for 15 minutes after the interaction.")
    .examples(&["interaction edit-response env:TOKEN 'Built in 3 min' --file build.log"])
    .params(&[
        path("webhook_id", id(Application), "App"),
        path("webhook_token", STRING, "Token of the interaction").secret().label_name("INTERACTION-TOKEN"),
        query("thread_id", id(Channel), "Thread or forum post of the message").implied(),
        query("with_components", BOOL, "Show components even if no app owns the webhook [default: true]"),
    ])
    .with(&[MESSAGE_EDIT, groups::BUTTONS, groups::EMBED, groups::POLL, groups::MENTIONS, groups::FILES]),
    // In Discord's OpenAPI document, the app and token of the next three have the names of a webhook's parameters.
    delete(
        "delete-response",
        "delete_original_webhook_message",
        "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
        "Delete the response to an interaction",
    )
    .action("Delete the response to the interaction")
    .auth(Auth::None)
    .no_effect("the request does not name the message")
    .no_id()
    .params(&[
        path("webhook_id", id(Application), "App"),
        path("webhook_token", STRING, "Token of the interaction").secret().label_name("INTERACTION-TOKEN"),
        query("thread_id", id(Channel), "Thread or forum post of the message").implied(),
    ]),
    post(
        "follow-up",
        "create_followup_message",
        "/webhooks/{application_id}/{interaction_token}",
        "Send a follow-up message to an interaction",
    )
    .auth(Auth::None)
    .effects(&[One(Kind::Message)])
    .link(Link::Message)
    .columns(&["id", "channel_id", "timestamp", "content"])
    .more(
        "Discord accepts follow-ups for 15 minutes after the interaction. With --flags ephemeral, only the user sees \
         the message. After a deferred response, use `dcord interaction edit-response` first. If the app is installed \
         only for the user, and not in the server, Discord allows five follow-ups.",
    )
    .examples(&["interaction follow-up env:TOKEN 'Here is the log' --file build.log"])
    .alias(&["interaction followup"])
    .params(&[
        path("application_id", id(Application), "App"),
        path("interaction_token", STRING, "Token of the interaction").secret(),
        body("flags", flags(RESPONSE_FLAGS), "Message flags, such as ephemeral").nullable(),
    ])
    .any_of(&["content", "embeds", "components", "attachments", "poll"])
    .with(&[MESSAGE, groups::BUTTONS, groups::EMBED, groups::POLL, groups::MENTIONS, groups::FILES, groups::VOICE]),
    get(
        "get-follow-up",
        "get_followup_message",
        "/webhooks/{application_id}/{interaction_token}/messages/{message_id}",
        "Show a follow-up message",
    )
    .auth(Auth::None)
    .effects(&[One(Kind::Message)])
    .link(Link::Message)
    .columns(&["id", "author.username", "timestamp", "content"])
    .params(&[
        path("application_id", id(Application), "App"),
        path("interaction_token", STRING, "Token of the interaction").secret(),
        path("message_id", id(Message), "Message to show"),
    ]),
    patch(
        "edit-follow-up",
        "edit_followup_message",
        "/webhooks/{application_id}/{interaction_token}/messages/{message_id}",
        "Edit a follow-up message",
    )
    .auth(Auth::None)
    .effects(&[One(Kind::Message)])
    .link(Link::Message)
    .columns(&["id", "edited_timestamp", "content"])
    .more("Fields that you omit stay as they are. Discord accepts edits for 15 minutes after the interaction.")
    .examples(&["interaction edit-follow-up env:TOKEN 333333333333333333 'Here is the complete log' --file \
                 build.log"])
    .params(&[
        path("application_id", id(Application), "App"),
        path("interaction_token", STRING, "Token of the interaction").secret(),
        path("message_id", id(Message), "Message to edit"),
    ])
    .with(&[MESSAGE_EDIT, groups::BUTTONS, groups::EMBED, groups::POLL, groups::MENTIONS, groups::FILES]),
    delete(
        "delete-follow-up",
        "delete_followup_message",
        "/webhooks/{application_id}/{interaction_token}/messages/{message_id}",
        "Delete a follow-up message",
    )
    .action("Delete follow-up message {message_id}")
    .auth(Auth::None)
    .effects(&[Deletes(Kind::Message)])
    .no_id()
    .params(&[
        path("application_id", id(Application), "App"),
        path("interaction_token", STRING, "Token of the interaction").secret(),
        path("message_id", id(Message), "Message to delete"),
    ]),
];

static CALLBACK_TYPES: &[Choice] = &[
    n("channel-message-with-source", 4),
    n("deferred-channel-message-with-source", 5),
    n("deferred-update-message", 6),
    n("update-message", 7),
    n("application-command-autocomplete-result", 8),
    n("modal", 9),
    n("launch-activity", 12),
    n("social-layer-sku-purchase-eligibility", 13),
    // The response to Discord's own check of an endpoint, which users never send.
    n("pong", 1),
];

static INELIGIBLE: &[Choice] = &[n("other", 0), n("owns-sku-or-bundle-component", 1), n("platform-restriction", 2)];
