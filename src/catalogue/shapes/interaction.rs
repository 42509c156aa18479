//! Responses to interactions.
//! Source: Discord's reference, "Interaction Callback Data Structure".

use super::command::CHOICE;
use super::component::{BELOW, INTERACTION_COMPONENT};
use super::message::{ATTACHMENT, EMBED, MENTIONS, POLL};
use super::topic::{Topic, Total, object, topic};
use crate::catalogue::builder::*;
use crate::catalogue::choices::RESPONSE_FLAGS;
use crate::catalogue::types::Shape;

pub static TOPICS: &[Topic] = &[
    topic("interaction.components", "Components of a message or modal that responds to an interaction", &INTERACTION_COMPONENT)
        .list()
        .at(&["data/components"])
        .total(Total::Objects { below: BELOW, max: 40 })
        .example(
            r#"[{"type":18,"label":"What went wrong?","component":{"type":4,"custom_id":"report","style":2,"required":true}}]"#,
        )
        .notes(&["A modal can contain text displays, and labels with one input each. A message can contain all \
                  components except labels and the inputs that exist only in modals."]),
    topic("interaction.data", "The data of a response to an interaction", &RESPONSE)
        .at(&["data"])
        .only(&["create_interaction_response"])
        .example(r#"{"content":"Done","flags":64}"#)
        .notes(&["The response's type decides which fields apply: the description of a field begins with the types that use it."]),
];

/// The data of a response to an interaction, for all types of responses.
static RESPONSE: Shape = object(
    "the data of a response",
    &[
        field("content", TEXT, "Message: text").max(2000),
        field("tts", BOOL, "Message: read it aloud"),
        field("embeds", JSON, "Message: embeds").items(0, 10).of(&EMBED),
        field("components", JSON, "Message, modal: components").items(0, 40).of(&INTERACTION_COMPONENT),
        field("attachments", JSON, "Message: descriptions of attached files").items(0, 10).of(&ATTACHMENT),
        field("allowed_mentions", JSON, "Message: mentions that ping").of(&MENTIONS),
        field("flags", flags(RESPONSE_FLAGS), "Message: flags, such as ephemeral"),
        field("poll", JSON, "Message: poll").of(&POLL),
        field("choices", JSON, "Autocomplete: suggested values").items(0, 25).of(&CHOICE),
        field("custom_id", STRING, "Modal: id that Discord sends back when the form is submitted").range(1, 100),
        field("title", STRING, "Modal: heading").range(1, 45),
    ],
);
