//! What belongs to an app: installation, linked roles, game statistics and lobbies.

use super::topic::{TEXT_VALUE, Topic, free, map, object, topic};
use crate::catalogue::application::SCOPES;
use crate::catalogue::builder::*;
use crate::catalogue::lobby::MEMBER_FLAGS;
use crate::catalogue::types::{Choice, Param, Shape};
use crate::model::Entity::User;

pub static TOPICS: &[Topic] = &[
    topic("application.install-params", "What an app asks for when somebody adds it", &INSTALL_PARAMS)
        .at(&["install_params"])
        .example(r#"{"scopes":["bot","applications.commands"],"permissions":"2048"}"#),
    topic("application.integration-types-config", "What an app asks for, by kind of installation", &INTEGRATION_TYPES)
        .at(&["integration_types_config"])
        .example(r#"{"0":{"oauth2_install_params":{"scopes":["bot"],"permissions":"2048"}},"1":{}}"#)
        .notes(&["The key 0 is an installation on a server, and 1 an installation for a user."]),
    topic("role-connection.records", "The facts that linked roles can require", &RECORD)
        .list()
        .at(&["-"])
        .only(&["update_application_role_connections_metadata"])
        .example(r#"[{"type":2,"key":"rating","name":"Rating","description":"Rating of at least"}]"#),
    topic("role-connection.metadata", "A user's facts for linked roles", &FACTS)
        .at(&["metadata"])
        .only(&["update_application_user_role_connection"])
        .example(r#"{"rating":"1800"}"#)
        .notes(&["A key is one of the app's records: `dcord role-connection list-metadata` prints them."]),
    topic("identity.data", "The game statistics of a player", &STATISTICS)
        .at(&["data"])
        .only(&["update_application_identity_profile"])
        .example(r#"{"primary":{"rank_name":"Gold"},"dynamic":[{"type":1,"name":"Wins","value":"12"}]}"#),
    topic("lobby.members", "The members of a lobby", &MEMBER)
        .list()
        .at(&["members"])
        .example(r#"[{"id":"444444444444444444","metadata":{"team":"red"},"flags":1}]"#),
    topic("lobby.changes", "Members to add, change or remove", &MEMBER_CHANGE)
        .list()
        .at(&["-"])
        .only(&["bulk_update_lobby_members"])
        .example(r#"[{"id":"444444444444444444","metadata":{"team":"blue"}},{"id":"444444444444444445","remove_member":true}]"#),
    topic("lobby.metadata", "Texts stored with a lobby, a member or a message", &METADATA)
        .at(&["metadata", "lobby_metadata", "member_metadata"])
        .only(&[
            "create_lobby",
            "edit_lobby",
            "create_or_join_lobby",
            "add_lobby_member",
            "create_lobby_message",
        ])
        .example(r#"{"map":"harbour"}"#)
        .notes(&["There are at most 25 keys, with at most 1024 characters each."]),
    topic("moderation-metadata", "What the moderation of a message decided", &DECISION)
        .at(&["-"])
        .only(&[
            "update_lobby_message_external_moderation_metadata",
            "update_user_message_external_moderation_metadata",
        ])
        .example(r#"{"action":"hide"}"#)
        .notes(&["Keys and values are the app's own."]),
];

static INSTALL_PARAMS: Shape = object(
    "what it asks for",
    &[
        field("scopes", one_of(SCOPES), "OAuth2 scopes").repeated().unique().items(1, 2),
        field("permissions", PERMISSIONS, "Permissions for the bot, as a number in a string"),
    ],
);

static INTEGRATION_TYPES: Shape = map("kinds of installation", &INTEGRATION_TYPE);
static INTEGRATION_TYPE: Param = field("*", JSON, "").of(&INSTALLATION);
static INSTALLATION: Shape =
    object("an installation", &[field("oauth2_install_params", JSON, "What it asks for").of(&INSTALL_PARAMS)]);

static RECORD: Shape = object(
    "a fact",
    &[
        field("type", one_of(FACT_TYPES), "How a user's value is compared with the server's").needed(),
        field("key", STRING, "Key: a-z, 0-9 and _").range(1, 50).needed(),
        field("name", STRING, "Name").range(1, 100).needed(),
        field("description", STRING, "Description").range(1, 200).needed(),
        field("name_localizations", JSON, "Translations of the name").of(&NAMES),
        field("description_localizations", JSON, "Translations of the description").of(&DESCRIPTIONS),
    ],
);

static NAMES: Shape = map("translations", &NAME_VALUE);
static NAME_VALUE: Param = TEXT_VALUE.range(1, 100);
static DESCRIPTIONS: Shape = map("translations", &DESCRIPTION_VALUE);
static DESCRIPTION_VALUE: Param = TEXT_VALUE.range(1, 200);

/// "Application Role Connection Metadata Type".
static FACT_TYPES: &[Choice] = &[
    n("integer-less-than-or-equal", 1),
    n("integer-greater-than-or-equal", 2),
    n("integer-equal", 3),
    n("integer-not-equal", 4),
    n("datetime-less-than-or-equal", 5),
    n("datetime-greater-than-or-equal", 6),
    n("boolean-equal", 7),
    n("boolean-not-equal", 8),
];

static FACTS: Shape = map("facts", &TEXT_VALUE);

static STATISTICS: Shape = free(
    "statistics",
    "The statistics are the game's own: an object primary, and a list dynamic of at most 30 fields.",
);

static MEMBER: Shape = object(
    "a member",
    &[
        field("id", id(User), "User").needed(),
        field("metadata", JSON, "Texts stored with the member").of(&METADATA),
        field("flags", flags(MEMBER_FLAGS), "Flags"),
    ],
);

static MEMBER_CHANGE: Shape = object(
    "a change",
    &[
        field("id", id(User), "User").needed(),
        field("metadata", JSON, "Texts stored with the member").of(&METADATA),
        field("flags", flags(MEMBER_FLAGS), "Flags"),
        field("additional_name", STRING, "Name of the player in the game").range(1, 80),
        field("remove_member", BOOL, "Remove the member"),
    ],
);

static METADATA: Shape = map("texts", &METADATA_VALUE);
static METADATA_VALUE: Param = TEXT_VALUE.max(1024);
static DECISION: Shape = map("texts", &TEXT_VALUE);
