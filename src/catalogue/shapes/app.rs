//! JSON values of an app: installation, linked roles, game statistics and lobbies.

use super::topic::{TEXT_VALUE, Topic, free, map, object, topic};
use crate::catalogue::application::SCOPES;
use crate::catalogue::builder::*;
use crate::catalogue::lobby::MEMBER_FLAGS;
use crate::catalogue::types::{Choice, Param, Shape};
use crate::model::Entity::User;

pub static TOPICS: &[Topic] = &[
    topic("application.install-params", "The scopes and permissions that an app requests when someone adds it", &INSTALL_PARAMS)
        .at(&["install_params"])
        .example(r#"{"scopes":["bot","applications.commands"],"permissions":"2048"}"#),
    topic("application.integration-types-config", "The default install settings of an app, by installation type", &INTEGRATION_TYPES)
        .at(&["integration_types_config"])
        .example(r#"{"0":{"oauth2_install_params":{"scopes":["bot"],"permissions":"2048"}},"1":{}}"#)
        .notes(&["Key 0 is for installation in a server, and key 1 for installation by a user."]),
    topic("role-connection.records", "The facts that linked roles can require", &RECORD)
        .list()
        .at(&["-"])
        .only(&["update_application_role_connections_metadata"])
        .example(r#"[{"type":2,"key":"rating","name":"Rating","description":"Rating of at least"}]"#),
    topic("role-connection.metadata", "The facts about a user that linked roles check", &FACTS)
        .at(&["metadata"])
        .only(&["update_application_user_role_connection"])
        .example(r#"{"rating":"1800"}"#)
        .notes(&["Each key is the key of one of the app's metadata records, which `dcord role-connection get-metadata` prints."]),
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
    topic("lobby.metadata", "The metadata of a lobby, a member or a message", &METADATA)
        .at(&["metadata", "lobby_metadata", "member_metadata"])
        .only(&[
            "create_lobby",
            "edit_lobby",
            "create_or_join_lobby",
            "add_lobby_member",
            "create_lobby_message",
        ])
        .example(r#"{"map":"harbour"}"#)
        .notes(&["The object can have at most 25 keys of up to 1024 characters each."]),
    topic("moderation-metadata", "The moderation metadata of a message", &DECISION)
        .at(&["-"])
        .only(&[
            "update_lobby_message_external_moderation_metadata",
            "update_user_message_external_moderation_metadata",
        ])
        .example(r#"{"action":"hide"}"#)
        .notes(&["The app chooses the keys and values."]),
];

static INSTALL_PARAMS: Shape = object(
    "the install settings",
    &[
        field("scopes", one_of(SCOPES), "OAuth2 scopes").repeated().unique().items(1, 2),
        field("permissions", PERMISSIONS, "Permissions for the bot, as a number in a string"),
    ],
);

static INTEGRATION_TYPES: Shape = map("the settings of each installation type", &INTEGRATION_TYPE);
static INTEGRATION_TYPE: Param = field("*", JSON, "").of(&INSTALLATION);
static INSTALLATION: Shape =
    object("an installation", &[field("oauth2_install_params", JSON, "Scopes and permissions").of(&INSTALL_PARAMS)]);

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
    "The game defines the statistics: an object named primary, and an array named dynamic with at most 30 fields.",
);

static MEMBER: Shape = object(
    "a member",
    &[
        field("id", id(User), "User").needed(),
        field("metadata", JSON, "Metadata of the member").of(&METADATA),
        field("flags", flags(MEMBER_FLAGS), "Flags"),
    ],
);

static MEMBER_CHANGE: Shape = object(
    "a change",
    &[
        field("id", id(User), "User").needed(),
        field("metadata", JSON, "Metadata of the member").of(&METADATA),
        field("flags", flags(MEMBER_FLAGS), "Flags"),
        field("additional_name", STRING, "Name of the player in the game").range(1, 80),
        field("remove_member", BOOL, "Remove the member"),
    ],
);

static METADATA: Shape = map("texts", &METADATA_VALUE);
static METADATA_VALUE: Param = TEXT_VALUE.max(1024);
static DECISION: Shape = map("texts", &TEXT_VALUE);
