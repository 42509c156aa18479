//! `dcord lobby`: lobbies, in which the players of a game meet and chat.

use super::builder::*;
use super::groups::{BUTTONS, CONTENT, EMBED, MENTIONS, NONCE, POLL, THEME};
use super::types::{Auth, Choice, Noun, Param, Unit};
use crate::model::Entity::{Channel, Guild, Lobby, Message, User};
use crate::model::Link;

pub static NOUN: Noun = noun(
    "lobby",
    "Manage lobbies, where the players of a game meet and chat",
    &[
        post("create", "create_lobby", "/lobbies", "Create a lobby")
            .no_effect("the cache has no lobbies")
            .columns(&["id", "members", "metadata"])
            .more(
                "Players cannot join or leave this lobby from the game. To let them, use `dcord lobby create-or-join`. An app can create 100 lobbies in two hours, unless Discord raised its limits.",
            )
            .examples(&[r#"lobby create --members '[{"id":"999999999999999999"}]' --idle-timeout-seconds 5m"#])
            .params(&[
                body("idle_timeout_seconds", INT, "Time without activity after which Discord deletes the lobby")
                    .range(5, 604_800)
                    .unit(Unit::Seconds)
                    .nullable(),
                body("members", JSON, r#"Members, as JSON: [{"id":"USER-ID","metadata":{…}},…]"#)
                    .items(0, 25)
                    .nullable(),
                body("metadata", JSON, r#"Metadata, strings of up to 1000 characters in total: {"map":"harbour",…}"#)
                    .nullable(),
                body("flags", flags(LOBBY_FLAGS), "Lobby flags").nullable(),
                body("override_event_webhooks_url", URL, "URL that receives the webhook events of the lobby")
                    .max(512)
                    .nullable(),
            ])
            .with(&[MEMBERS]),
        put("create-or-join", "create_or_join_lobby", "/lobbies", "Join the lobby with the given secret, or create it")
            .auth(Auth::Any)
            .no_effect("the cache has no lobbies")
            .columns(&["id", "members", "metadata"])
            .more(
                "Players who give the same secret join the same lobby. Discord's documentation requires a player's \
                 access token with the OAuth2 scope sdk.social_layer.",
            )
            .examples(&["lobby create-or-join --secret env:LOBBY_SECRET --token-type bearer"])
            .params(&[
                body("idle_timeout_seconds", INT, "Time without activity after which Discord deletes the lobby")
                    .range(5, 604_800)
                    .unit(Unit::Seconds)
                    .nullable(),
                body("lobby_metadata", JSON, r#"New metadata of the lobby, as JSON: {"map":"harbour",…}"#).nullable(),
                body("member_metadata", JSON, r#"Metadata of the member, as JSON: {"team":"red",…}"#).nullable(),
                body("secret", STRING, "Secret that identifies the lobby").max(250).required().secret(),
                body("flags", flags(LOBBY_FLAGS), "Lobby flags").nullable(),
                inner("lobby_metadata", "lobby_metadata/*", STRING).max(1024),
                inner("member_metadata", "member_metadata/*", STRING).max(1024),
            ]),
        get("get", "get_lobby", "/lobbies/{lobby_id}", "Show a lobby and its members")
            .columns(&["id", "members", "metadata", "linked_channel.name"])
            .params(&[path("lobby_id", id(Lobby), "Lobby to show")]),
        patch("edit", "edit_lobby", "/lobbies/{lobby_id}", "Edit a lobby or replace its members")
            .no_effect("the cache has no lobbies")
            .columns(&["id", "members", "metadata"])
            .more(
                "--members removes the members that it does not list. To change individual members, use `dcord lobby \
                 update-members`.",
            )
            .examples(&[r#"lobby edit 777777777777777777 --idle-timeout-seconds 10m --metadata '{"map":"harbour"}'"#])
            .params(&[
                path("lobby_id", id(Lobby), "Lobby"),
                body("idle_timeout_seconds", INT, "Time without activity after which Discord deletes the lobby")
                    .range(5, 604_800)
                    .unit(Unit::Seconds)
                    .nullable(),
                body("metadata", JSON, r#"New metadata, as JSON: {"map":"harbour",…}"#).nullable(),
                body("members", JSON, r#"New list of members, as JSON: [{"id":"USER-ID","metadata":{…}},…]"#)
                    .items(0, 25)
                    .nullable(),
                body("flags", flags(LOBBY_FLAGS), "Lobby flags").nullable(),
                body("override_event_webhooks_url", URL, "URL that receives the webhook events of the lobby")
                    .max(512)
                    .nullable(),
            ])
            .with(&[MEMBERS]),
        delete("delete", "delete_lobby", "/lobbies/{lobby_id}", "Delete a lobby")
            .action("Delete lobby {lobby_id}")
            .destructive()
            .no_effect("the cache has no lobbies")
            .no_id()
            .more("Succeeds even if the lobby no longer exists.")
            .params(&[path("lobby_id", id(Lobby), "Lobby to delete")]),
        post("send", "create_lobby_message", "/lobbies/{lobby_id}/messages", "Send a message to a lobby")
            .auth(Auth::Any)
            .no_effect("the cache has no lobby messages")
            .columns(&["id", "author.username", "content"])
            .more(
                "If the lobby is linked to a channel, the message also appears there. Discord's documentation only \
                 lists --content, --metadata and --flags, and requires a member's access token with the OAuth2 scope \
                 sdk.social_layer. dcord does not retry a failed request, because Discord may post the message \
                 twice.",
            )
            .examples(&["lobby send 777777777777777777 'Ready?' --token-type bearer"])
            .params(&[
                path("lobby_id", id(Lobby), "Lobby to send to"),
                body("metadata", JSON, r#"Metadata for the game's clients, as JSON: {"mood":"calm",…}"#)
                    .nullable()
                    .beyond_spec()
                    .minor(),
                body("message_reference", JSON, r#"Message to reply to, as JSON: {"message_id":"ID"}"#)
                    .nullable()
                    .minor(),
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
            .with(&[CONTENT, NONCE, BUTTONS, EMBED, POLL, MENTIONS, THEME]),
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
            "Discord returns at most the latest 200 messages. Its documentation requires a member's access token \
             with the OAuth2 scope sdk.social_layer.",
        )
        .examples(&["lobby list-messages 777777777777777777 --token-type bearer --jq .content"])
        .params(&[
            path("lobby_id", id(Lobby), "Lobby to read"),
            query("limit", INT, "Number of messages [default: 50]").range(1, 200),
        ]),
        put(
            "add-member",
            "add_lobby_member",
            "/lobbies/{lobby_id}/members/{user_id}",
            "Add a member to a lobby, or change a member",
        )
        .no_effect("the cache has no lobbies")
        .columns(&["id", "additional_name", "flags", "metadata"])
        .examples(&[r#"lobby add-member 777777777777777777 444444444444444444 --metadata '{"team":"red"}'"#])
        .params(&[
            path("lobby_id", id(Lobby), "Lobby"),
            path("user_id", id(User), "User"),
            body("metadata", JSON, r#"Metadata of the member, as JSON: {"team":"red",…}"#).nullable(),
            body("flags", flags(MEMBER_FLAGS), "Member flags").nullable(),
            body("additional_name", STRING, "Second name to show, such as a character's name").range(1, 80).nullable(),
            inner("metadata", "metadata/*", STRING).max(1024),
        ]),
        delete(
            "remove-member",
            "delete_lobby_member",
            "/lobbies/{lobby_id}/members/{user_id}",
            "Remove a member from a lobby",
        )
        .action("Remove {user_id} from lobby {lobby_id}")
        .no_effect("the cache has no lobbies")
        .no_id()
        .more("Succeeds even if the user is not a member.")
        .examples(&["lobby remove-member 777777777777777777 444444444444444444"])
        .params(&[path("lobby_id", id(Lobby), "Lobby"), path("user_id", id(User), "Member to remove")]),
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
            "Each element has a user's id and what to set: metadata, flags (1: can link a channel) and \
             additional_name; \"remove_member\": true removes the user. The response omits removed members and users \
             who cannot join.",
        )
        .examples(&[
            r#"lobby update-members 777777777777777777 --body '[{"id":"999999999999999999","remove_member":true}]'"#,
        ])
        .params(&[
            path("lobby_id", id(Lobby), "Lobby"),
            whole(r#"Members, as JSON: [{"id":"USER-ID",…},…]"#).items(1, 25).required(),
            inner("id", "-/id", id(User)).needed(),
            inner("flags", "-/flags", flags(MEMBER_FLAGS)),
            inner("additional_name", "-/additional_name", STRING).range(1, 80),
            inner("metadata", "-/metadata/*", STRING).max(1024),
        ]),
        post(
            "invite",
            "create_linked_lobby_guild_invite_for_user",
            "/lobbies/{lobby_id}/members/{user_id}/invites",
            "Invite a lobby member to the server of the linked channel",
        )
        .no_effect("the response only contains the invite's code")
        .id("code")
        .link(Link::Invite)
        .columns(&["code"])
        .more("Only this user can use the invite, once and within an hour.")
        .examples(&["lobby invite 777777777777777777 444444444444444444"])
        .params(&[
            path("lobby_id", id(Lobby), "Lobby with a linked channel"),
            path("user_id", id(User), "User to invite"),
        ]),
        post(
            "invite-me",
            "create_linked_lobby_guild_invite_for_self",
            "/lobbies/{lobby_id}/members/@me/invites",
            "Invite the token's user to the server of the linked channel",
        )
        .auth(Auth::Any)
        .no_effect("the response only contains the invite's code")
        .id("code")
        .link(Link::Invite)
        .columns(&["code"])
        .more("Only the user of the access token can use the invite, once and within an hour.")
        .examples(&["lobby invite-me 777777777777777777 --token-type bearer"])
        .params(&[path("lobby_id", id(Lobby), "Lobby with a linked channel")]),
        delete("leave", "leave_lobby", "/lobbies/{lobby_id}/members/@me", "Leave a lobby")
            .action("Leave lobby {lobby_id}")
            .auth(Auth::Any)
            .no_effect("the cache has no lobbies")
            .no_id()
            .more("Removes the user of the access token. Succeeds even if that user is not a member.")
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
            "Messages then appear in both. Without --channel-id, this removes the link. Discord's documentation \
             requires the access token of a member with the flag can-link-lobby.",
        )
        .examples(&[
            "lobby link-channel 777777777777777777 --channel-id '#game-chat' --token-type bearer",
            "lobby link-channel 777777777777777777 --token-type bearer",
        ])
        .params(&[
            path("lobby_id", id(Lobby), "Lobby"),
            body("channel_id", id(Channel), "Channel to link; omit it to remove the link").nullable(),
        ])
        .may_be_empty(),
        put(
            "set-moderation",
            "update_lobby_message_external_moderation_metadata",
            "/lobbies/{lobby_id}/messages/{message_id}/moderation-metadata",
            "Set the moderation metadata of a lobby message",
        )
        .action("Set the moderation metadata of {message_id} in lobby {lobby_id}")
        .no_effect("the cache has no lobby messages")
        .no_id()
        .more(
            "The metadata tells the game's clients how to treat the message. It is a JSON object with up to five keys \
             that the game defines; each value is a string of up to 2000 characters. The new object replaces the \
             previous one, and Discord sends it to the clients at once. Editing the message deletes the metadata.",
        )
        .examples(&[r#"lobby set-moderation 777777777777777777 333333333333333333 --body '{"action":"hide"}'"#])
        .params(&[
            path("lobby_id", id(Lobby), "Lobby"),
            path("message_id", id(Message), "Message"),
            whole_object(r#"Moderation metadata, as JSON: {"action":"hide",…}"#).required(),
        ]),
    ],
);

/// The values of a lobby's members and metadata.
static MEMBERS: &[Param] = &[
    inner("metadata", "metadata/*", STRING).max(1024),
    inner("members.id", "members/0/id", id(User)).needed(),
    inner("members.flags", "members/0/flags", flags(MEMBER_FLAGS)),
    inner("members.metadata", "members/0/metadata/*", STRING).max(1024),
];

/// "Lobby Flags".
static LOBBY_FLAGS: &[Choice] = &[bit("require-application-authorization", 0)];

/// "Lobby Member Flags".
pub(super) static MEMBER_FLAGS: &[Choice] = &[bit("can-link-lobby", 0)];
