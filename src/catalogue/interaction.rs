//! `dcord interaction`: answer slash commands, buttons, menus and modals.

use super::builder::*;
use super::choices::RESPONSE_FLAGS;
use super::groups::{self, data};
use super::types::{Auth, Choice, Endpoint, Noun};
use super::webhook::{MESSAGE, MESSAGE_EDIT};
use crate::model::Entity::{Application, Channel, Interaction, Message};
use crate::model::Kind;

pub static NOUN: Noun = noun("interaction", "Answer who used a slash command, button, menu or form", ROWS);

static ROWS: &[Endpoint] = &[
    post(
        "respond",
        "create_interaction_response",
        "/interactions/{interaction_id}/{interaction_token}/callback",
        "Respond to somebody who used a command, button, menu or form",
    )
    .auth(Auth::None)
    .no_effect("the answer does not have the message")
    .no_id()
    .columns(&["interaction.id", "resource.type", "resource.message.id"])
    .more(
        "Discord calls that an interaction. Its id and token come with the event INTERACTION_CREATE. \
         Discord waits three seconds for the response, then the token is void; to win time, respond \
         with deferred-channel-message-with-source and write the message with `dcord interaction \
         edit-response` within 15 minutes. The types: channel-message-with-source answers with a \
         message; update-message changes the message that the button or menu is on; the deferred ones \
         promise to do so later; application-command-autocomplete-result suggests values, with \
         --choice; modal opens a form, with --custom-id, --title and --components; launch-activity \
         starts the app's activity; pong answers Discord's test of an address. A deferred message takes \
         no field but --flags ephemeral. Nothing is answered without --with-response.",
    )
    .examples(&[
        "interaction respond 888888888888888888 env:TOKEN Done --type channel-message-with-source",
        "interaction respond 888888888888888888 env:TOKEN --type deferred-channel-message-with-source",
        "interaction respond 888888888888888888 env:TOKEN --type application-command-autocomplete-result \
         --choice 'Berlin=ber' --choice 'Bern=brn'",
    ])
    .alias(&["interaction reply"])
    .params(&[
        path("interaction_id", id(Interaction), "Interaction to respond to"),
        path("interaction_token", STRING, "The interaction's token").secret(),
        query("with_response", BOOL, "Return what the response made, such as the message"),
        body("type", one_of(CALLBACK_TYPES), "Say what the response is").required(),
        body("data", JSON, "The whole data of the response, as a JSON object").nullable(),
        local("content", "data/content", TEXT, "Message: write this text").positional().range(0, 2000),
        local("tts", "data/tts", BOOL, "Message: read it aloud"),
        local("flags", "data/flags", flags(RESPONSE_FLAGS), "Message: set flags, such as ephemeral"),
        local("components", "data/components", JSON, "Message, modal: its components, given as a JSON array")
            .items(0, 40),
        local("choice", "data/choices/-", PAIR, "Autocomplete: suggest this, as NAME=VALUE").repeated().items(0, 25),
        inner("choice.name", "data/choices/-/name", STRING).range(1, 100).needed(),
        inner("choice.value", "data/choices/-/value", STRING).max(6000).needed(),
        inner("embeds", "data/embeds", JSON).items(0, 10),
        local("custom-id", "data/custom_id", STRING, "Modal: the id by which its submission is told").range(1, 100),
        local("title", "data/title", STRING, "Modal: the heading").range(1, 45),
        local("eligible", "data/eligible", BOOL, "Purchase eligibility: whether the user may buy"),
        local("ineligible-reason", "data/ineligible_reason", one_of(INELIGIBLE), "Purchase eligibility: why not"),
        local(
            "ineligible-description",
            "data/ineligible_reason_description",
            STRING,
            "Purchase eligibility: why not, in words",
        )
        .range(0, 255),
    ])
    .forms(&[
        variant("a message").when("type", &["channel-message-with-source", "update-message"]).only(&[
            "content",
            "tts",
            "embed",
            "poll",
            "allowed-mentions",
            "file",
            "filename",
            "spoiler",
            "voice-message",
        ]),
        variant("a message or a promise of one")
            .when("type", &["channel-message-with-source", "update-message", "deferred-channel-message-with-source"])
            .only(&["flags"]),
        variant("an autocomplete")
            .when("type", &["application-command-autocomplete-result"])
            .only(&["choice"])
            .needs(&["data/choices"]),
        variant("a modal").when("type", &["modal"]).only(&["custom-id", "title"]).needs(&[
            "data/custom_id",
            "data/title",
            "data/components",
        ]),
        variant("a purchase's eligibility")
            .when("type", &["social-layer-sku-purchase-eligibility"])
            .only(&["eligible", "ineligible-reason", "ineligible-description"])
            .needs(&["data/eligible"]),
    ])
    .with(&[data::EMBED, data::POLL, data::MENTIONS, data::FILES, data::VOICE]),
    get(
        "get-response",
        "get_original_webhook_message",
        "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
        "Show the response to an interaction",
    )
    .auth(Auth::None)
    .effects(&[One(Kind::Message)])
    .columns(&["id", "timestamp", "author.username", "content"])
    .params(&[
        path("webhook_id", id(Application), "App that responded"),
        path("webhook_token", STRING, "The interaction's token").secret().label_name("INTERACTION-TOKEN"),
        query("thread_id", id(Channel), "Thread or post that holds it").implied(),
    ]),
    patch(
        "edit-response",
        "update_original_webhook_message",
        "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
        "Change the response to an interaction, or write a deferred one",
    )
    .auth(Auth::None)
    .effects(&[One(Kind::Message)])
    .columns(&["id", "edited_timestamp", "content"])
    .more("Only what is given changes. Works for 15 minutes after the interaction.")
    .examples(&["interaction edit-response env:TOKEN 'Built in 3 min' --file build.log"])
    .params(&[
        path("webhook_id", id(Application), "App that responded"),
        path("webhook_token", STRING, "The interaction's token").secret().label_name("INTERACTION-TOKEN"),
        query("thread_id", id(Channel), "Thread or post that holds it").implied(),
        query("with_components", BOOL, "Heed --components even if no app owns the webhook"),
    ])
    .with(&[MESSAGE_EDIT, groups::EMBED, groups::POLL, groups::MENTIONS, groups::FILES]),
    // Discord's document names the next three's app and token as a webhook's, which they are to it.
    delete(
        "delete-response",
        "delete_original_webhook_message",
        "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
        "Delete the response to an interaction",
    )
    .auth(Auth::None)
    .no_effect("the request does not say which message it is")
    .no_id()
    .params(&[
        path("webhook_id", id(Application), "App that responded"),
        path("webhook_token", STRING, "The interaction's token").secret().label_name("INTERACTION-TOKEN"),
        query("thread_id", id(Channel), "Thread or post that holds it").implied(),
    ]),
    post(
        "follow-up",
        "create_followup_message",
        "/webhooks/{application_id}/{interaction_token}",
        "Send a further message after the response to an interaction",
    )
    .auth(Auth::None)
    .effects(&[One(Kind::Message)])
    .columns(&["id", "channel_id", "timestamp", "content"])
    .more(
        "Works for 15 minutes after the interaction. With --flags ephemeral only the user sees it. \
         After a deferred response use `dcord interaction edit-response` first. Where a person \
         installed the app for themselves only, Discord allows five follow-ups.",
    )
    .examples(&["interaction follow-up env:TOKEN 'Here is the log' --file build.log"])
    .alias(&["interaction followup"])
    .params(&[
        path("application_id", id(Application), "App that responded"),
        path("interaction_token", STRING, "The interaction's token").secret(),
        body("flags", flags(RESPONSE_FLAGS), "Set flags of the message, such as ephemeral").nullable(),
    ])
    .any_of(&["content", "embeds", "components", "attachments", "poll"])
    .with(&[MESSAGE, groups::EMBED, groups::POLL, groups::MENTIONS, groups::FILES, groups::VOICE]),
    get(
        "get-follow-up",
        "get_followup_message",
        "/webhooks/{application_id}/{interaction_token}/messages/{message_id}",
        "Show a further message that followed a response",
    )
    .auth(Auth::None)
    .effects(&[One(Kind::Message)])
    .columns(&["id", "timestamp", "author.username", "content"])
    .params(&[
        path("application_id", id(Application), "App that responded"),
        path("interaction_token", STRING, "The interaction's token").secret(),
        path("message_id", id(Message), "Message to show"),
    ]),
    patch(
        "edit-follow-up",
        "edit_followup_message",
        "/webhooks/{application_id}/{interaction_token}/messages/{message_id}",
        "Change a further message that followed a response",
    )
    .auth(Auth::None)
    .effects(&[One(Kind::Message)])
    .columns(&["id", "edited_timestamp", "content"])
    .more("Only what is given changes. Works for 15 minutes after the interaction.")
    .examples(&["interaction edit-follow-up env:TOKEN 333333333333333333 'Here is the log, now whole' --file \
build.log"])
    .params(&[
        path("application_id", id(Application), "App that responded"),
        path("interaction_token", STRING, "The interaction's token").secret(),
        path("message_id", id(Message), "Message to change"),
    ])
    .with(&[MESSAGE_EDIT, groups::EMBED, groups::POLL, groups::MENTIONS, groups::FILES]),
    delete(
        "delete-follow-up",
        "delete_followup_message",
        "/webhooks/{application_id}/{interaction_token}/messages/{message_id}",
        "Delete a further message that followed a response",
    )
    .auth(Auth::None)
    .effects(&[Deletes(Kind::Message)])
    .no_id()
    .params(&[
        path("application_id", id(Application), "App that responded"),
        path("interaction_token", STRING, "The interaction's token").secret(),
        path("message_id", id(Message), "Message to delete"),
    ]),
];

static CALLBACK_TYPES: &[Choice] = &[
    n("pong", 1),
    n("channel-message-with-source", 4),
    n("deferred-channel-message-with-source", 5),
    n("deferred-update-message", 6),
    n("update-message", 7),
    n("application-command-autocomplete-result", 8),
    n("modal", 9),
    n("launch-activity", 12),
    n("social-layer-sku-purchase-eligibility", 13),
];

static INELIGIBLE: &[Choice] = &[n("other", 0), n("owns-sku-or-bundle-component", 1), n("platform-restriction", 2)];
