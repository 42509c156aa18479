//! `dcord lobby`: rooms in which a game's players meet and talk.

use super::builder::*;
use super::choices::SEND_FLAGS;
use super::groups::{EMBED, MENTIONS, POLL, THEME};
use super::types::{Auth, Choice, Noun, Param, Unit};
use crate::model::Entity::{Channel, Guild, Lobby, Message, Sticker, User};
use crate::model::Link;

pub static NOUN: Noun = noun(
    "lobby",
    "Manage the rooms in which a game's players meet and talk",
    &[
        post("create", "create_lobby", "/lobbies", "Open a lobby, with members if wanted")
            .no_effect("the cache has no lobbies")
            .columns(&["id", "members", "metadata"])
            .more(
                "Players cannot join or leave such a lobby by themselves in the game; for that there is `dcord \
                 lobby create-or-join`. Without increased limits an app can open 100 lobbies in two hours.",
            )
            .examples(&[r#"lobby create --members '[{"id":"999999999999999999"}]' --idle-timeout-seconds 5m"#])
            .params(&[
                body("idle_timeout_seconds", INT, "Close it when it was idle for this long")
                    .range(5, 604_800)
                    .unit(Unit::Seconds)
                    .nullable(),
                body("members", JSON, r#"Add these members: [{"id":"USER-ID","metadata":{…}},…]"#)
                    .items(0, 25)
                    .nullable(),
                body("metadata", JSON, r#"Keep texts with it, 1000 characters: {"map":"harbour",…}"#).nullable(),
                body("flags", flags(LOBBY_FLAGS), "Set flags of the lobby").nullable(),
                body("override_event_webhooks_url", URL, "Send its webhook events to this URL").max(512).nullable(),
            ])
            .with(&[MEMBERS]),
        put("create-or-join", "create_or_join_lobby", "/lobbies", "Join the lobby with a secret, or open it")
            .auth(Auth::Any)
            .no_effect("the cache has no lobbies")
            .columns(&["id", "members", "metadata"])
            .more(
                "All who know the secret come together. Discord's documentation asks for a player's access \
                 token with the scope sdk.social_layer.",
            )
            .examples(&["lobby create-or-join --secret env:LOBBY_SECRET --token-type bearer"])
            .params(&[
                body("idle_timeout_seconds", INT, "Close it when it was idle for this long")
                    .range(5, 604_800)
                    .unit(Unit::Seconds)
                    .nullable(),
                body("lobby_metadata", JSON, r#"Replace the texts kept with the lobby: {"map":"harbour",…}"#)
                    .nullable(),
                body("member_metadata", JSON, r#"Keep texts with one's membership: {"team":"red",…}"#).nullable(),
                body("secret", STRING, "Secret that identifies the lobby").max(250).required().secret(),
                body("flags", flags(LOBBY_FLAGS), "Set flags of the lobby").nullable(),
                inner("lobby_metadata", "lobby_metadata/*", STRING).max(1024),
                inner("member_metadata", "member_metadata/*", STRING).max(1024),
            ]),
        get("get", "get_lobby", "/lobbies/{lobby_id}", "Show a lobby and its members")
            .columns(&["id", "members", "metadata", "linked_channel.name"])
            .params(&[path("lobby_id", id(Lobby), "Lobby to show")]),
        patch("edit", "edit_lobby", "/lobbies/{lobby_id}", "Change a lobby or replace its members")
            .no_effect("the cache has no lobbies")
            .columns(&["id", "members", "metadata"])
            .more(
                "Members that --members does not list are removed. `dcord lobby update-members` leaves the \
                 others alone.",
            )
            .examples(&[r#"lobby edit 777777777777777777 --idle-timeout-seconds 10m --metadata '{"map":"harbour"}'"#])
            .params(&[
                path("lobby_id", id(Lobby), "Lobby to change"),
                body("idle_timeout_seconds", INT, "Close it when it was idle for this long")
                    .range(5, 604_800)
                    .unit(Unit::Seconds)
                    .nullable(),
                body("metadata", JSON, r#"Replace the texts kept with it: {"map":"harbour",…}"#).nullable(),
                body("members", JSON, r#"Replace all members: [{"id":"USER-ID","metadata":{…}},…]"#)
                    .items(0, 25)
                    .nullable(),
                body("flags", flags(LOBBY_FLAGS), "Set flags of the lobby").nullable(),
                body("override_event_webhooks_url", URL, "Send its webhook events to this URL").max(512).nullable(),
            ])
            .with(&[MEMBERS]),
        delete("delete", "delete_lobby", "/lobbies/{lobby_id}", "Close a lobby")
            .destructive()
            .no_effect("the cache has no lobbies")
            .no_id()
            .more("A lobby that is closed already is no error.")
            .params(&[path("lobby_id", id(Lobby), "Lobby to close")]),
        post("send", "create_lobby_message", "/lobbies/{lobby_id}/messages", "Send a message to a lobby")
            .auth(Auth::Any)
            .no_effect("the cache has no messages of lobbies")
            .columns(&["id", "author.username", "content"])
            .more(
                "A linked channel gets the message too. Discord's documentation has --content, --metadata and \
                 --flags only, and asks for a member's access token with the scope sdk.social_layer. A request \
                 that fails is not repeated, as Discord does not promise to recognise the second one.",
            )
            .examples(&["lobby send 444444444444444444 'Ready?' --token-type bearer"])
            .params(&[
                path("lobby_id", id(Lobby), "Lobby to write in"),
                body("content", TEXT, "Write this text").positional().range(0, 2000).nullable(),
                body("metadata", JSON, r#"Hand texts to the game's clients: {"mood":"calm",…}"#)
                    .nullable()
                    .beyond_spec(),
                body("embeds", JSON, r#"Add embeds: [{"title":"…","description":"…"},…]"#).items(0, 10).nullable(),
                body("allowed_mentions", JSON, r#"Say who may be pinged: {"parse":["users"],"roles":["ID"]}"#)
                    .nullable(),
                body("sticker_ids", id(Sticker), "Add a sticker").repeated().items(0, 3).nullable(),
                body("components", JSON, "Add buttons, menus and layout, given as a JSON array")
                    .items(0, 40)
                    .nullable(),
                body("flags", flags(SEND_FLAGS), "Set flags of the message").nullable(),
                body("attachments", JSON, r#"Describe the attached files: [{"id":0,"description":"…"},…]"#)
                    .items(0, 10)
                    .nullable(),
                body("poll", JSON, "Add a whole poll as JSON, if the --poll flags do not suffice").nullable(),
                body("shared_client_theme", JSON, "Share a colour theme, given as a JSON object").nullable(),
                body("message_reference", JSON, r#"Reply to a message: {"message_id":"ID"}"#).nullable(),
                body("nonce", STRING, "Set the nonce by which Discord tells repeats").range(0, 25).nullable(),
                body("enforce_nonce", BOOL, "Make Discord return the first message for the same nonce").nullable(),
                body("tts", BOOL, "Read the message aloud").nullable(),
                inner("message_reference.channel_id", "message_reference/channel_id", id(Channel)),
                inner("message_reference.guild_id", "message_reference/guild_id", id(Guild)),
                inner("message_reference.message_id", "message_reference/message_id", ID).needed(),
                inner("attachments.id", "attachments/0/id", ID).needed(),
            ])
            .any_of(&[
                "content",
                "metadata",
                "embeds",
                "sticker_ids",
                "components",
                "attachments",
                "poll",
                "shared_client_theme",
            ])
            .with(&[EMBED, POLL, MENTIONS, THEME]),
        get(
            "list-messages",
            "get_lobby_messages",
            "/lobbies/{lobby_id}/messages",
            "List the latest messages of a lobby",
        )
        .auth(Auth::Any)
        .pages(once(50, 200))
        .columns(&["id", "author.username", "content"])
        .more(
            "Older ones than the latest 200 cannot be fetched. Discord's documentation asks for a member's \
             access token with the scope sdk.social_layer.",
        )
        .examples(&["lobby list-messages 777777777777777777 --token-type bearer --jq .content"])
        .params(&[
            path("lobby_id", id(Lobby), "Lobby to read"),
            query("limit", INT, "Fetch this many messages [default: 50]").range(1, 200),
        ]),
        put(
            "add-member",
            "add_lobby_member",
            "/lobbies/{lobby_id}/members/{user_id}",
            "Add a member to a lobby or change one",
        )
        .no_effect("the cache has no lobbies")
        .columns(&["id", "additional_name", "flags", "metadata"])
        .examples(&[r#"lobby add-member 777777777777777777 444444444444444444 --metadata '{"team":"red"}'"#])
        .params(&[
            path("lobby_id", id(Lobby), "Lobby in question"),
            path("user_id", id(User), "User to add or change"),
            body("metadata", JSON, r#"Keep texts with the member: {"team":"red",…}"#).nullable(),
            body("flags", flags(MEMBER_FLAGS), "Set flags of the member").nullable(),
            body("additional_name", STRING, "Show this second name, such as a character's").range(1, 80).nullable(),
            inner("metadata", "metadata/*", STRING).max(1024),
        ]),
        delete(
            "remove-member",
            "delete_lobby_member",
            "/lobbies/{lobby_id}/members/{user_id}",
            "Remove a member from a lobby",
        )
        .no_effect("the cache has no lobbies")
        .no_id()
        .more("Somebody who is no member is no error.")
        .examples(&["lobby remove-member 777777777777777777 444444444444444444"])
        .params(&[path("lobby_id", id(Lobby), "Lobby in question"), path("user_id", id(User), "Member to remove")]),
        post(
            "update-members",
            "bulk_update_lobby_members",
            "/lobbies/{lobby_id}/members/bulk",
            "Add, change and remove up to 25 members of a lobby",
        )
        .no_effect("the cache has no lobbies")
        .list()
        .columns(&["id", "additional_name", "flags", "metadata"])
        .more(
            "Each element has a user's id and what to set: metadata, flags (1: may link a channel), \
             additional_name; or \"remove_member\": true. Who was removed is not in the answer, nor who may \
             not join.",
        )
        .examples(&[
            r#"lobby update-members 444444444444444444 --body '[{"id":"999999999999999999","remove_member":true}]'"#,
        ])
        .params(&[
            path("lobby_id", id(Lobby), "Lobby to change"),
            whole(r#"Members to add, change or remove: [{"id":"USER-ID",…},…]"#).items(1, 25).required(),
            inner("id", "-/id", id(User)).needed(),
            inner("flags", "-/flags", flags(MEMBER_FLAGS)),
            inner("additional_name", "-/additional_name", STRING).range(1, 80),
            inner("metadata", "-/metadata/*", STRING).max(1024),
        ]),
        post(
            "invite",
            "create_linked_lobby_guild_invite_for_user",
            "/lobbies/{lobby_id}/members/{user_id}/invites",
            "Invite a member to the server of a lobby's linked channel",
        )
        .no_effect("the answer has the code of the invite alone")
        .id("code")
        .link(Link::Invite)
        .columns(&["code"])
        .more("The invite is for that user alone, works once and expires after an hour.")
        .examples(&["lobby invite 777777777777777777 444444444444444444"])
        .params(&[
            path("lobby_id", id(Lobby), "Lobby with a linked channel"),
            path("user_id", id(User), "User to invite"),
        ]),
        post(
            "invite-me",
            "create_linked_lobby_guild_invite_for_self",
            "/lobbies/{lobby_id}/members/@me/invites",
            "Get an invite to the server of a lobby's linked channel",
        )
        .auth(Auth::Any)
        .no_effect("the answer has the code of the invite alone")
        .id("code")
        .link(Link::Invite)
        .columns(&["code"])
        .more("The invite is for the user of the access token alone, works once and expires after an hour.")
        .examples(&["lobby invite-me 777777777777777777 --token-type bearer"])
        .params(&[path("lobby_id", id(Lobby), "Lobby with a linked channel")]),
        delete("leave", "leave_lobby", "/lobbies/{lobby_id}/members/@me", "Leave a lobby")
            .auth(Auth::Any)
            .no_effect("the cache has no lobbies")
            .no_id()
            .more("The user of the access token leaves. Not being a member is no error.")
            .examples(&["lobby leave 777777777777777777 --token-type bearer"])
            .params(&[path("lobby_id", id(Lobby), "Lobby to leave")]),
        patch(
            "link-channel",
            "edit_lobby_channel_link",
            "/lobbies/{lobby_id}/channel-linking",
            "Link a text channel to a lobby, or unlink it",
        )
        .auth(Auth::Any)
        .no_effect("the cache has no lobbies")
        .columns(&["id", "linked_channel.id", "linked_channel.name"])
        .more(
            "Messages then go both ways. Without --channel-id the link is cut. Discord's documentation asks \
             for the access token of a member with the can-link-lobby flag.",
        )
        .examples(&[
            "lobby link-channel 777777777777777777 --channel-id '#game-chat' --token-type bearer",
            "lobby link-channel 777777777777777777 --token-type bearer",
        ])
        .params(&[
            path("lobby_id", id(Lobby), "Lobby to link"),
            body("channel_id", id(Channel), "Link this channel (none: cut the link)").nullable(),
        ])
        .may_be_empty(),
        put(
            "set-moderation",
            "update_lobby_message_external_moderation_metadata",
            "/lobbies/{lobby_id}/messages/{message_id}/moderation-metadata",
            "Tell a game's clients how to treat a message of a lobby",
        )
        .no_effect("the cache has no messages of lobbies")
        .no_id()
        .more(
            "The object has up to five texts under keys that the game understands, each of up to 2000 \
             characters. It replaces what was there, and the game's clients learn of it at once. An edit of \
             the message clears it.",
        )
        .examples(&[r#"lobby set-moderation 444444444444444444 333333333333333333 --body '{"action":"hide"}'"#])
        .params(&[
            path("lobby_id", id(Lobby), "Lobby that holds it"),
            path("message_id", id(Message), "Message in question"),
            whole_object(r#"What was decided: {"action":"hide",…}"#).required(),
        ]),
    ],
);

/// What is known of the members and texts of a lobby.
static MEMBERS: &[Param] = &[
    inner("metadata", "metadata/*", STRING).max(1024),
    inner("members.id", "members/0/id", id(User)).needed(),
    inner("members.flags", "members/0/flags", flags(MEMBER_FLAGS)),
    inner("members.metadata", "members/0/metadata/*", STRING).max(1024),
];

/// "Lobby Flags".
static LOBBY_FLAGS: &[Choice] = &[bit("require-application-authorization", 0)];

/// "Lobby Member Flags".
static MEMBER_FLAGS: &[Choice] = &[bit("can-link-lobby", 0)];
