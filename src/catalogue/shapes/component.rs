//! Components: buttons, menus, layout and the inputs of modals.
//! Source: Discord's reference, "Component Reference".

use super::topic::{Topic, Total, n, object, one_of_types, topic, variant};
use crate::catalogue::builder::{BOOL, COLOR, ID, INT, JSON, PICTURE, STRING, TEXT, URL, field, id, one_of, s};
use crate::catalogue::choices::CHANNEL_TYPES;
use crate::catalogue::types::{Choice, Param, Shape, Variant};
use crate::model::Entity::Sku;

/// The fields that contain other components.
pub const BELOW: &[&str] = &["components", "accessory", "component"];

pub static TOPICS: &[Topic] = &[
    topic("message.components", "Buttons, menus and layout of a message", &COMPONENT)
        .list()
        .at(&["components", "message/components"])
        .total(Total::Objects { below: BELOW, max: 40 })
        .example(
            r#"[{"type":1,"components":[{"type":2,"style":3,"label":"Approve","custom_id":"approve"},{"type":2,"style":5,"label":"Log","url":"https://example.com/log"}]}]"#,
        )
        .notes(&[
            "By default, a message can contain up to 5 action rows and no other top-level components. With --flags \
             is-components-v2, components replace the content, embeds, poll and stickers, and a message can contain up \
             to 40 components in total.",
            "When a user clicks a button or chooses an option, Discord sends an interaction to the app that sent the \
             message: see `dcord interaction respond`. Buttons that open a URL need no app.",
        ]),
];

const fn nth() -> Param {
    field("id", INT, "Number of the component; Discord chooses one if omitted").min(0)
}

const fn custom_id() -> Param {
    field("custom_id", STRING, "Id that the interaction contains").range(1, 100).needed()
}

const PLACEHOLDER: Param = field("placeholder", STRING, "Text shown if nothing is chosen").max(150);
const MIN_VALUES: Param = field("min_values", INT, "Minimum number of choices [default: 1]").range(0, 25);
const MAX_VALUES: Param = field("max_values", INT, "Maximum number of choices [default: 1]").range(1, 25);
const DISABLED: Param = field("disabled", BOOL, "Disable it");
const REQUIRED: Param = field("required", BOOL, "Modal: require a value [default: true]");
const SPOILER: Param = field("spoiler", BOOL, "Blur it until it is clicked");
const DEFAULTS: Param = field("default_values", JSON, "Options that are chosen by default").items(0, 25).of(&DEFAULT);

static ROW: Variant = variant(
    "action-row",
    1,
    "a row of up to 5 buttons, or of one menu",
    &[nth(), field("components", JSON, "Buttons, or one menu").items(1, 5).needed().of(&ROW_CHILD)],
);

static BUTTON: Variant = variant(
    "button",
    2,
    "a button in an action row",
    &[
        nth(),
        field("style", one_of(STYLES), "Colour or kind").needed(),
        field("label", STRING, "Text on the button").max(80),
        field("emoji", JSON, "Emoji before the text").of(&EMOJI),
        field("custom_id", STRING, "Id that the interaction contains; not for link and premium").range(1, 100),
        field("url", URL, "Link: URL to open").max(512),
        field("sku_id", id(Sku), "Premium: SKU to sell"),
        DISABLED,
    ],
)
.note(
    "An action row (type 1) contains up to 5 buttons. Without JSON, use --button for each: LABEL=ID sends the id to the \
     app when a user clicks it, and LABEL=URL opens the URL. A style before the label sets the colour: primary:, \
     secondary:, success: or danger:, as in --button 'danger:Delete=delete'.",
);

static STRING_SELECT: Variant = variant(
    "string-select",
    3,
    "a menu of options that you define",
    &[
        nth(),
        custom_id(),
        field("options", JSON, "Options").items(1, 25).needed().of(&OPTION),
        PLACEHOLDER,
        MIN_VALUES,
        MAX_VALUES,
        DISABLED,
        REQUIRED,
    ],
);

static TEXT_INPUT: Variant = variant(
    "text-input",
    4,
    "a text field in a modal",
    &[
        nth(),
        custom_id(),
        field("style", one_of(INPUT_STYLES), "One line, or several").needed(),
        field("label", STRING, "Heading, if the field is not in a label component").range(1, 45),
        field("min_length", INT, "Minimum number of characters").range(0, 4000),
        field("max_length", INT, "Maximum number of characters").range(1, 4000),
        field("value", TEXT, "Initial text").max(4000),
        field("placeholder", STRING, "Text shown if the field is empty").max(100),
        REQUIRED,
    ],
);

static SELECT_FIELDS: &[Param] =
    &[nth(), custom_id(), PLACEHOLDER, DEFAULTS, MIN_VALUES, MAX_VALUES, DISABLED, REQUIRED];

static USER_SELECT: Variant = variant("user-select", 5, "a menu of users", SELECT_FIELDS);
static ROLE_SELECT: Variant = variant("role-select", 6, "a menu of roles", SELECT_FIELDS);
static MENTIONABLE_SELECT: Variant = variant("mentionable-select", 7, "a menu of users and roles", SELECT_FIELDS);
static CHANNEL_SELECT: Variant = variant(
    "channel-select",
    8,
    "a menu of channels",
    &[
        nth(),
        custom_id(),
        field("channel_types", one_of(CHANNEL_TYPES), "Types of channels to offer").repeated().unique().items(0, 25),
        PLACEHOLDER,
        DEFAULTS,
        MIN_VALUES,
        MAX_VALUES,
        DISABLED,
        REQUIRED,
    ],
);

static SECTION: Variant = variant(
    "section",
    9,
    "text beside a button or a small picture",
    &[
        nth(),
        field("components", JSON, "Texts").items(1, 3).needed().of(&SECTION_CHILD),
        field("accessory", JSON, "Button or thumbnail beside the text").needed().of(&ACCESSORY),
    ],
);

static TEXT_DISPLAY: Variant = variant(
    "text-display",
    10,
    "text with Markdown",
    &[
        nth(),
        field("content", TEXT, "Text; all text components of a message can have 4000 characters in total")
            .range(1, 4000)
            .needed(),
    ],
);

static THUMBNAIL: Variant = variant(
    "thumbnail",
    11,
    "a small picture",
    &[
        nth(),
        field("media", JSON, "Picture").needed().of(&MEDIA),
        field("description", STRING, "Alternative text").range(1, 1024),
        SPOILER,
    ],
);

static GALLERY: Variant = variant(
    "media-gallery",
    12,
    "up to 10 pictures",
    &[nth(), field("items", JSON, "Pictures").items(1, 10).needed().of(&GALLERY_ITEM)],
);

static FILE: Variant = variant(
    "file",
    13,
    "a file attached to the message",
    &[nth(), field("file", JSON, "Attached file").needed().of(&FILE_MEDIA), SPOILER],
);

static SEPARATOR: Variant = variant(
    "separator",
    14,
    "space or a line between two components",
    &[
        nth(),
        field("divider", BOOL, "Draw a line [default: true]"),
        field("spacing", one_of(SPACING), "Height of the space"),
    ],
);

static CONTAINER: Variant = variant(
    "container",
    17,
    "a box around components",
    &[
        nth(),
        field("components", JSON, "Components in the box").items(1, 40).needed().of(&CONTAINER_CHILD),
        field("accent_color", COLOR, "Colour of the edge, as a number"),
        SPOILER,
    ],
);

static LABEL: Variant = variant(
    "label",
    18,
    "a heading with one input in a modal",
    &[
        nth(),
        field("label", STRING, "Heading").range(1, 45).needed(),
        field("description", STRING, "Explanation below the heading").range(1, 100),
        field("component", JSON, "Input").needed().of(&LABEL_CHILD),
    ],
);

static FILE_UPLOAD: Variant = variant(
    "file-upload",
    19,
    "a place to upload files in a modal",
    &[
        nth(),
        custom_id(),
        field("min_values", INT, "Minimum number of files [default: 1]").range(0, 10),
        field("max_values", INT, "Maximum number of files [default: 1]").range(1, 10),
        REQUIRED,
    ],
);

static RADIO_GROUP: Variant = variant(
    "radio-group",
    21,
    "options in a modal, one of which can be chosen",
    &[nth(), custom_id(), field("options", JSON, "Options").items(2, 10).needed().of(&GROUP_OPTION), REQUIRED],
);

static CHECKBOX_GROUP: Variant = variant(
    "checkbox-group",
    22,
    "options in a modal, several of which can be chosen",
    &[
        nth(),
        custom_id(),
        field("options", JSON, "Options").items(1, 10).needed().of(&GROUP_OPTION),
        field("min_values", INT, "Minimum number of choices").range(0, 10),
        field("max_values", INT, "Maximum number of choices").range(1, 10),
        REQUIRED,
    ],
);

static CHECKBOX: Variant = variant(
    "checkbox",
    23,
    "a checkbox in a modal",
    &[nth(), custom_id(), field("default", BOOL, "Whether it is checked by default")],
);

/// The top-level components of a message.
pub static COMPONENT: Shape =
    one_of_types("a component", &[&ROW, &SECTION, &TEXT_DISPLAY, &GALLERY, &FILE, &SEPARATOR, &CONTAINER]);

/// The top-level components of a message or a modal.
pub static INTERACTION_COMPONENT: Shape =
    one_of_types("a component", &[&ROW, &SECTION, &TEXT_DISPLAY, &GALLERY, &FILE, &SEPARATOR, &CONTAINER, &LABEL]);

static ROW_CHILD: Shape = one_of_types(
    "a component of an action row",
    &[&BUTTON, &STRING_SELECT, &TEXT_INPUT, &USER_SELECT, &ROLE_SELECT, &MENTIONABLE_SELECT, &CHANNEL_SELECT],
);

static SECTION_CHILD: Shape = one_of_types("a text", &[&TEXT_DISPLAY]);

static ACCESSORY: Shape = one_of_types("an accessory", &[&BUTTON, &THUMBNAIL]);

static CONTAINER_CHILD: Shape =
    one_of_types("a component of a container", &[&ROW, &SECTION, &TEXT_DISPLAY, &GALLERY, &FILE, &SEPARATOR]);

static LABEL_CHILD: Shape = one_of_types(
    "an input",
    &[
        &TEXT_INPUT,
        &STRING_SELECT,
        &USER_SELECT,
        &ROLE_SELECT,
        &MENTIONABLE_SELECT,
        &CHANNEL_SELECT,
        &FILE_UPLOAD,
        &RADIO_GROUP,
        &CHECKBOX_GROUP,
        &CHECKBOX,
    ],
);

static EMOJI: Shape = object(
    "an emoji",
    &[
        field("id", ID, "Id of a custom emoji"),
        field("name", STRING, "A Unicode emoji, or the name of a custom one").max(32),
        field("animated", BOOL, "Whether a custom emoji is animated"),
    ],
);

static OPTION: Shape = object(
    "an option",
    &[
        field("label", STRING, "Text").range(1, 100).needed(),
        field("value", STRING, "Value that the app receives").range(1, 100).needed(),
        field("description", STRING, "Explanation below the text").max(100),
        field("emoji", JSON, "Emoji before the text").of(&EMOJI),
        field("default", BOOL, "Whether it is chosen by default"),
    ],
);

static GROUP_OPTION: Shape = object(
    "an option of a group",
    &[
        field("label", STRING, "Text").range(1, 100).needed(),
        field("value", STRING, "Value that the app receives").range(1, 100).needed(),
        field("description", STRING, "Explanation below the text").max(100),
        field("default", BOOL, "Whether it is chosen by default"),
    ],
);

static DEFAULT: Shape = object(
    "a default value",
    &[
        field("id", ID, "Id of the user, role or channel").needed(),
        field("type", one_of(DEFAULT_TYPES), "Whether the id is a user, a role or a channel").needed(),
    ],
);

static MEDIA: Shape =
    object("a picture", &[field("url", PICTURE, "URL, or attachment://NAME of an attached file").max(2048).needed()]);

static FILE_MEDIA: Shape = object(
    "an attached file",
    &[field("url", crate::catalogue::types::ParamKind::Url(&["attachment"]), "attachment://NAME").max(2048).needed()],
);

static GALLERY_ITEM: Shape = object(
    "a picture of a gallery",
    &[
        field("media", JSON, "Picture").needed().of(&MEDIA),
        field("description", STRING, "Alternative text").range(1, 1024),
        SPOILER,
    ],
);

/// "Button Styles".
static STYLES: &[Choice] = &[
    n("primary", 1).about("blue"),
    n("secondary", 2).about("grey"),
    n("success", 3).about("green"),
    n("danger", 4).about("red"),
    n("link", 5).about("opens a URL"),
    n("premium", 6).about("offers a purchase"),
];

/// "Text Input Styles".
static INPUT_STYLES: &[Choice] = &[n("short", 1), n("paragraph", 2)];

static SPACING: &[Choice] = &[n("small", 1), n("large", 2)];

static DEFAULT_TYPES: &[Choice] = &[s("user", "user"), s("role", "role"), s("channel", "channel")];
