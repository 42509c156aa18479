//! Errors that name the likely cause of a mistake.

use super::support::{Sandbox, World};

/// Checks that a command fails with these texts on stderr.
fn fails(world: &World, line: &[&str], texts: &[&str]) {
    let out = world.run(line);
    assert_ne!(out.status, Some(0), "{line:?}: {out}");
    for text in texts {
        assert!(out.stderr.contains(text), "{line:?}: {text:?} is missing: {out}");
    }
}

#[test]
fn a_typed_interaction_token_is_called_a_secret_and_not_missing() {
    let world = World::new().env("DCORD_ERRORS", "text");
    let secret = "is a secret and cannot be an argument";
    fails(&world, &["interaction", "respond", "888888888888888888", "the-token", "Hi"], &[secret, "env:NAME"]);
    fails(&world, &["interaction", "edit-response", "the-token", "Hi"], &[secret, "env:NAME"]);
    let text = ["interaction", "respond", "888888888888888888", "Hi"];
    fails(&world, &text, &["the token of interaction 888888888888888888 is missing", "set DCORD_INTERACTION_TOKEN"]);
    fails(&world, &["interaction", "edit-response", "Hi"], &["INTERACTION-TOKEN is missing", "before the text"]);
    let world = world.env("ITOK", "the-token-of-the-interaction");
    fails(&world, &["interaction", "edit-response", "the-token-of-the-interaction"], &[secret, "use env:ITOK"]);
}

#[test]
fn an_interaction_is_named_by_the_id_of_its_event() {
    let world = World::new().env("DCORD_ERRORS", "text").env("DCORD_INTERACTION_TOKEN", "t");
    fails(&world, &["interaction", "respond", "Hello"], &["dcord listen -e INTERACTION_CREATE --jq .d.id"]);
}

#[test]
fn what_is_not_found_has_a_hint_that_fits_the_command() {
    let sandbox = Sandbox::serve(&[]);
    let world = sandbox.world().env("DCORD_ERRORS", "text");
    let hint = "hint: check the path and the ids in it";
    fails(&world, &["api", "GET", "/guilds/5/new-thing"], &["404", hint]);
    let world = world.env("DCORD_INTERACTION_TOKEN", sandbox.told("interaction_token"));
    fails(&world, &["interaction", "edit-response", "Early"], &["`dcord interaction respond` sends one"]);
}

#[test]
fn the_parser_s_errors_name_the_option_and_the_command_that_describes_it() {
    let world = World::new().env("DCORD_ERRORS", "text");
    for (line, error) in [
        ("message send 1 hi --dry-run=url", r#"error: --dry-run: "url" is not one of request, curl"#),
        ("listen --activity", "error: --activity requires a value: --activity TEXT"),
        ("message list 1 -o", "error: --output requires a value: --output FORMAT"),
        ("sandbox --fault every=3 ./x", "dcord sandbox serve --fault or dcord sandbox run --fault"),
        ("sandbox ./x.sh", "dcord sandbox run -- ./x.sh"),
        ("user edit --avatar a.png", "dcord user edit-me"),
        ("command create --name ping --description x --option.name text", "hint: --option.type takes "),
        ("sandbox serve --port x", "hint: `dcord sandbox serve -h` describes the options"),
    ] {
        fails(&world, &line.split(' ').collect::<Vec<_>>(), &[error]);
    }
}

#[test]
fn an_error_that_says_what_to_type_has_no_hint_to_read_the_help() {
    let world = World::new().env("DCORD_ERRORS", "text");
    for (line, lines) in [
        ("user edit-me --status dnd", 1),
        ("message send 1 hi --buttons OK=ok", 1),
        ("command create --option text:string", 1),
        ("listen --status busy", 1),
        ("listen --activity", 1),
        ("message list 1 --all --limit 5", 1),
        ("sandbox --fault every=3 ./x", 1),
        ("user edit --avatar a.png", 2),
        ("message send 1 --zzzzzzzz", 2),
    ] {
        let out = world.run(line.split(' '));
        assert!(out.status == Some(2) && out.stderr.lines().count() == lines, "{line}: {out}");
    }
}

#[test]
fn an_option_of_a_slash_command_takes_text_as_its_type() {
    let words = "command create --name say --description Say --option.name text --option.description What";
    let words = format!("{words} --option.type text --application-id 1 --dry-run");
    let out = World::new().run(words.split(' '));
    assert!(out.status == Some(0) && out.stdout.contains(r#""type":3"#), "{out}");
}
