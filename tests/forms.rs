//! The fields of a request depend on its type: a modal has no mentions, and an external event has a location.

use super::support::{Embedded, Recorder, World};

const RESPOND: [&str; 4] = ["interaction", "respond", "888888888888888888", "env:INTERACTION"];
const TOKEN: &str = "aW50ZXJhY3Rpb246ODg4ODg4ODg4ODg4ODg4ODg4";

/// Returns the exit status and stderr of a call that is refused before anything is sent.
fn refused(args: &[&str]) -> String {
    let server = Recorder::new();
    let outcome = World::at(&server).env("INTERACTION", TOKEN).run(args);
    assert_ne!(outcome.status, Some(0), "{args:?} was not refused");
    assert_eq!(server.take().len(), 0, "{args:?}");
    format!("{} {}", outcome.status.unwrap_or(-1), outcome.stderr.lines().next().unwrap_or_default())
}

/// Returns the body that a call sends.
fn sent(args: &[&str]) -> serde_json::Value {
    let server = Recorder::new();
    let outcome = World::at(&server).env("INTERACTION", TOKEN).run(args);
    assert_eq!(outcome.status, Some(0), "{args:?}: {outcome}");
    server.take().pop().unwrap().json()
}

fn respond(rest: &[&'static str]) -> Vec<&'static str> {
    RESPOND.iter().chain(rest).copied().collect()
}

#[test]
fn only_a_message_response_has_allowed_mentions() {
    let modal = respond(&[
        "--type",
        "modal",
        "--custom-id",
        "x",
        "--title",
        "y",
        "--components",
        r#"[{"type":10,"content":"x"}]"#,
    ]);
    assert_eq!(sent(&modal)["data"].get("allowed_mentions"), None);
    for kind in ["channel-message-with-source", "update-message", "4", "7"] {
        let message = [&RESPOND[..], &["hi", "--type", kind]].concat();
        assert_eq!(sent(&message)["data"]["allowed_mentions"]["parse"][0], "users", "{kind}");
    }
    let autocomplete = respond(&["--type", "8", "--choice", "a=b"]);
    assert_eq!(sent(&autocomplete)["data"].get("allowed_mentions"), None);
    let deferred = respond(&["--type", "5", "--flags", "ephemeral"]);
    assert_eq!(sent(&deferred)["data"].get("allowed_mentions"), None);
    let pinged =
        respond(&["--type", "modal", "--custom-id", "x", "--title", "y", "--components", "[]", "--ping", "users"]);
    assert_eq!(refused(&pinged), "2 error: --ping is for a message, not for --type modal");
}

#[test]
fn a_flag_that_does_not_belong_to_the_type_is_refused() {
    let shown = |rest: &[&'static str]| refused(&respond(rest));
    assert_eq!(shown(&["hi", "--type", "modal"]), "2 error: CONTENT is for a message, not for --type modal");
    assert_eq!(
        shown(&["--type", "pong", "--embed.title", "x"]),
        "2 error: --embed.title is for a message, not for --type pong"
    );
    assert_eq!(
        shown(&["--type", "4", "--choice", "a=b"]),
        "2 error: --choice is for an autocomplete result, not for --type channel-message-with-source"
    );
    let spam =
        ["automod", "create", "1", "--name", "x", "--event-type", "1", "--trigger-type", "spam", "--action.type", "1"];
    let spam = [&spam[..], &["--trigger-metadata.presets", "slurs"]].concat();
    assert_eq!(
        refused(&spam),
        "2 error: --trigger-metadata.presets is for a keyword-preset trigger, not for --trigger-type spam"
    );
}

#[test]
fn an_error_names_the_flags_that_a_type_requires() {
    let event = ["scheduled-event", "create", "1", "--name", "x", "--privacy-level", "guild-only"];
    let event = [&event[..], &["--scheduled-start-time", "2030-01-01T00:00:00Z", "--entity-type"]].concat();
    let with = |rest: &[&'static str]| refused(&[&event[..], rest].concat());
    assert_eq!(
        with(&["external"]),
        "2 error: --entity-metadata.location and --scheduled-end-time are required for an external event"
    );
    let place = ["external", "--entity-metadata.location", "here"];
    assert_eq!(with(&place), "2 error: --scheduled-end-time is required for an external event");
    assert_eq!(with(&["voice"]), "2 error: --channel-id is required for an event in a channel");
    assert_eq!(with(&["stage-instance"]), "2 error: --channel-id is required for an event in a channel");
    let end = [&event[..], &place, &["--scheduled-end-time", "2030-01-02T00:00:00Z"]].concat();
    assert_eq!(sent(&end)["entity_metadata"]["location"], "here");

    assert_eq!(refused(&respond(&["--type", "8"])), "2 error: --choice is required for an autocomplete result");
    assert_eq!(
        refused(&respond(&["--type", "modal"])),
        "2 error: --custom-id, --title and --components are required for a modal"
    );
    let grant = ["oauth2", "token", "--grant-type", "refresh-token", "--client-id", "1"];
    assert_eq!(refused(&grant), "2 error: --refresh-token is required for the grant refresh-token");
    let invite = ["invite", "create", "1", "--target-type", "embedded-application"];
    assert_eq!(refused(&invite), "2 error: --target-application-id is required for an activity");
}

#[test]
fn an_error_about_a_missing_json_field_names_its_path() {
    let rule = ["automod", "create", "1", "--name", "x", "--event-type", "1", "--trigger-type", "spam", "--actions"];
    let rule = |actions: &'static str| refused(&[&rule[..], &[actions]].concat());
    assert_eq!(
        rule(r#"[{"type":1},{"type":2}]"#),
        "2 error: actions[1].metadata.channel_id is required for the action send-alert-message"
    );
    assert_eq!(rule(r#"[{"metadata":{}}]"#), "2 error: actions[0].type is required");
    let option = ["command", "create", "--application-id", "1", "--name", "x", "--option.type", "string"];
    assert_eq!(refused(&option), "2 error: --option.name and --option.description are required", "a flag by its flag");
    let poll = ["message", "send", "1", "--poll.question", "Why?"];
    assert_eq!(refused(&poll), "2 error: --poll.answer is required");
}

#[test]
fn a_choice_that_discord_forbids_for_an_endpoint_is_refused() {
    for (args, none_of) in [
        (
            &["thread", "create", "1", "x", "--type", "guild-text"][..],
            "public-thread, private-thread, announcement-thread",
        ),
        (&["invite", "create", "1", "--target-type", "3"], "stream, embedded-application"),
        (&["application", "edit", "--flags", "embedded"], "gateway-presence-limited"),
        (&["application", "edit", "--install-params.scopes", "identify"], "applications.commands, bot"),
        (&["member", "edit", "1", "2", "--flags", "did-rejoin"], "bypasses-verification"),
        (&["message", "send", "1", "x", "--flags", "ephemeral"], "suppress-notifications"),
    ] {
        let line = refused(args);
        assert!(line.starts_with("2 ") && line.contains(none_of), "{args:?}: {line}");
    }
    for kind in ["dm", "group-dm", "public-thread", "announcement-thread"] {
        let line = refused(&["channel", "create", "1", "x", "--type", kind]);
        assert!(line.starts_with("2 ") && line.contains("text, voice"), "{line}");
    }
}

#[test]
fn a_number_with_unsettable_bits_is_refused_unless_the_edited_object_may_have_them() {
    let line = refused(&["application", "edit", "--flags", "4096"]);
    assert!(line.starts_with("9 ") && line.contains("4096") && line.contains("gateway-presence-limited"), "{line}");
    let line = refused(&["message", "send", "1", "x", "--flags", "64"]);
    assert!(line.starts_with("9 ") && line.contains("suppress-embeds"), "{line}");
    // Discord requires an edit to repeat the flags of the message. 32 is HAS_THREAD.
    assert_eq!(sent(&["message", "edit", "1", "2", "--flags", "36"])["flags"], 36);
    assert_eq!(sent(&["message", "send", "1", "x", "--flags", "64", "--no-validate"])["flags"], 64);
}

#[test]
fn an_image_may_be_an_attachment_and_a_link_may_not() {
    let image = ["message", "edit", "1", "2", "--embed.image", "attachment://a.png"];
    assert_eq!(sent(&image)["embeds"][0]["image"]["url"], "attachment://a.png");
    let line = refused(&["message", "edit", "1", "2", "--embed.url", "attachment://a.png"]);
    assert!(line.starts_with("9 ") && line.contains(r#"embed.url is "attachment://a.png""#), "{line}");
    let json = r#"{"embeds":[{"title":"x"},{"author":{"name":"x","url":"no URL"}}]}"#;
    let line = refused(&["message", "send", "1", "--body", json]);
    assert!(line.starts_with("9 ") && line.contains(r#"embeds[1].author.url is "no URL""#), "{line}");
    let shouted = ["message", "send", "1", "--embed.url", "HTTPS://example.com/ž"];
    assert_eq!(sent(&shouted)["embeds"][0]["url"], "HTTPS://example.com/ž");
}

#[test]
fn a_response_without_a_type_gets_the_type_that_its_fields_imply() {
    for (fields, kind) in [
        (&["Done"][..], 4),
        (&["Done", "--flags", "ephemeral"], 4),
        (&["--embed.title", "Done"], 4),
        (&["--choice", "Bern=brn"], 8),
        (&["Done", "--type", "update-message"], 7),
    ] {
        assert_eq!(sent(&respond(fields))["type"], kind, "{fields:?}");
    }
    let none = refused(&RESPOND);
    assert!(none.contains("--type is missing"), "{none}");
}

#[test]
fn one_error_lists_all_missing_options() {
    insta::assert_snapshot!(refused(&["scheduled-event", "create", "1", "--location", "Park"]), @"2 error: NAME and --scheduled-start-time are missing; --scheduled-end-time is required for an external event (usage: dcord scheduled-event create [SERVER] NAME --scheduled-start-time TIME [OPTIONS])");
    let several = refused(&["automod", "create", "1", "--trigger-type", "spam"]);
    assert!(several.starts_with("2 error: NAME, --event-type and --actions are missing (usage: "), "{several}");
}

#[test]
fn the_channel_or_the_location_of_an_event_determines_its_type() {
    let discord = Embedded::new();
    let guild = discord.guild();
    for (name, kind) in [("Lounge", "voice"), ("Big Stage", "stage")] {
        let made = discord.run(&["channel", "create", &guild, name, "--type", kind]);
        assert_eq!(made.status, Some(0), "{made}");
    }
    let event = |place: &[&str]| {
        let event = ["scheduled-event", "create", &guild, "--name", "x", "--scheduled-start-time", "2h"];
        discord.run(&[&event[..], &["--jq", ".entity_type"], place].concat())
    };
    for (place, kind) in [
        (&["--channel-id", "Lounge"][..], "2\n"),
        (&["--channel-id", "Big Stage"], "1\n"),
        (&["--channel-id", "Big Stage", "--entity-type", "stage-instance"], "1\n"),
        (&["--location", "Park", "--scheduled-end-time", "3h"], "3\n"),
    ] {
        let outcome = event(place);
        assert_eq!(outcome.stdout, kind, "{place:?}: {outcome}");
    }
    insta::assert_snapshot!(event(&["--channel-id", "general"]), @r#"
    exit: 2
    --- stderr
    error: --channel-id: "general" is a channel of type guild-text, but the command requires one of type guild-voice or guild-stage-voice
    "#);
    insta::assert_snapshot!(event(&["--channel-id", "general", "--entity-type", "voice"]), @r#"
    exit: 2
    --- stderr
    error: --channel-id: "general" is a channel of type guild-text, but the command requires one of type guild-voice
    "#);
}

#[test]
fn a_thread_is_public_unless_its_type_or_its_channel_requires_another_type() {
    let discord = Embedded::new();
    let guild = discord.guild();
    for (name, kind) in [("updates", "announcement"), ("ideas", "forum")] {
        let made = discord.run(&["channel", "create", &guild, name, "--type", kind]);
        assert_eq!(made.status, Some(0), "{made}");
    }
    let general = discord.channel();
    for (create, kind) in [
        (&["general", "x"][..], "11\n"),
        (&[&general, "x", "--no-cache"], "11\n"),
        (&["general", "x", "--type", "private-thread"], "12\n"),
        (&["general", "x", "--invitable=false"], "12\n"),
        (&["updates", "x"], "10\n"),
        (&["ideas", "x", "--message.content", "first"], "11\n"),
    ] {
        let outcome = discord.run(&[&["thread", "create"][..], create, &["--guild", &guild, "--jq", ".type"]].concat());
        assert_eq!(outcome.stdout, kind, "{create:?}: {outcome}");
    }
    // With only an id, dcord does not know the type of the channel.
    let planned = ["thread", "create", "1", "x", "--dry-run", "--offline", "--jq", ".body"];
    assert_eq!(discord.run(&planned).stdout, "{\"name\":\"x\"}\n");
}
