//! `--button` builds buttons without JSON.

use serde_json::{Value, json};

use super::support::{Recorder, WEBHOOK_ID, WEBHOOK_TOKEN, World};

fn webhook_url() -> String {
    format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}")
}

/// The components of the message that a command sends.
fn components(words: &[&str]) -> Value {
    let server = Recorder::new();
    let out = World::at(&server).env("TOKEN", "interaction-token").env("HOOK", webhook_url()).run(words);
    assert_eq!(out.status, Some(0), "{out}");
    let body = server.one().json();
    body.pointer("/data/components").or(body.pointer("/message/components")).unwrap_or(&body["components"]).clone()
}

#[test]
fn each_button_has_an_id_or_a_url_and_a_style_if_one_is_named() {
    let words = ["message", "send", "1", "Choose", "--button", "Yes=yes", "--button", "danger:No=no", "--button"];
    assert_eq!(
        components(&[&words[..], &["Log=https://example.com/?a=b"]].concat()),
        json!([{"type": 1, "components": [
            {"type": 2, "style": 1, "label": "Yes", "custom_id": "yes"},
            {"type": 2, "style": 4, "label": "No", "custom_id": "no"},
            {"type": 2, "style": 5, "label": "Log", "url": "https://example.com/?a=b"},
        ]}])
    );
}

#[test]
fn five_buttons_are_in_a_row() {
    let buttons: Vec<_> = (0..7).map(|n| format!("--button=B{n}=b{n}")).collect();
    let words: Vec<_> =
        ["message", "send", "1", "Choose"].into_iter().chain(buttons.iter().map(String::as_str)).collect();
    let rows = components(&words);
    let lengths: Vec<_> =
        rows.as_array().unwrap().iter().map(|row| row["components"].as_array().unwrap().len()).collect();
    assert_eq!(lengths, [5, 2]);
    assert_eq!(rows[1]["components"][1]["label"], "B6");
}

#[test]
fn every_command_that_sends_or_edits_a_message_takes_buttons() {
    let ok = json!([{"type": 1, "components": [{"type": 2, "style": 1, "label": "OK", "custom_id": "ok"}]}]);
    for words in [
        &["message", "edit", "1", "2"][..],
        &["webhook", "send", "env:HOOK"],
        &["webhook", "edit-message", "env:HOOK", "2"],
        &["interaction", "respond", "1", "env:TOKEN"],
        &["interaction", "edit-response", "env:TOKEN", "--application-id", "7"],
        &["interaction", "follow-up", "env:TOKEN", "--application-id", "7"],
        &["interaction", "edit-follow-up", "env:TOKEN", "2", "--application-id", "7"],
        &["thread", "create", "1", "Crash"],
        &["lobby", "send", "1"],
    ] {
        assert_eq!(components(&[words, &["--button", "OK=ok"]].concat()), ok, "{words:?}");
    }
}

#[test]
fn a_webhook_message_with_buttons_sets_with_components_unless_the_user_does() {
    let query = |words: &[&str]| {
        let server = Recorder::new();
        let out = World::at(&server)
            .env("DCORD_WEBHOOK_URL", webhook_url())
            .run([&["webhook", "send", "Hi"], words].concat());
        assert_eq!(out.status, Some(0), "{out}");
        let found = server.one().query().into_iter().find(|(name, _)| name == "with_components");
        found.map(|(_, value)| value)
    };
    assert_eq!(query(&["--button", "Docs=https://example.com"]).as_deref(), Some("true"));
    assert_eq!(query(&["--components", r#"[{"type":1,"components":[]}]"#, "--no-validate"]).as_deref(), Some("true"));
    assert_eq!(query(&["--button", "Docs=https://example.com", "--with-components=false"]).as_deref(), Some("false"));
    assert_eq!(query(&[]), None);
}

#[test]
fn an_error_names_the_button_and_how_to_write_it() {
    let world = World::new().env("DCORD_ERRORS", "text");
    let send = |words: &[&str]| world.run([&["message", "send", "1", "Choose"], words].concat());
    for (words, error) in [
        (
            &["--button", "Click me"][..],
            r#"--button: "Click me" is not LABEL=ID or LABEL=URL, such as 'Click me=clicked'"#,
        ),
        (&["--button", "danger:Docs=https://example.com"], "LABEL=URL without a style"),
        (&["--button", "OK=ok", "--components", "[]"], "--button and --components cannot be combined"),
        (
            &["--button", "OK=ok", "--body", r#"{"components":[]}"#],
            "--button and components in JSON cannot be combined",
        ),
        (&["--button", "OK=ok", "--button", &format!("{}=ok", "x".repeat(81))], "button[1].label has 81 characters"),
        (&["--button", "A=a"].repeat(26), "button has 26 items, but must have at most 25"),
    ] {
        let out = send(words);
        assert!(out.status != Some(0) && out.stderr.contains(error), "{words:?}: {out}");
    }
    let modal = ["interaction", "respond", "1", "env:TOKEN", "--type", "modal", "--custom-id", "a", "--button", "A=a"];
    let out = world.env("TOKEN", "interaction-token").run(modal);
    assert!(out.stderr.contains("--custom-id is for a modal and --button is for a message"), "{out}");
}
