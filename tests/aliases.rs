//! Aliases in `config.toml`.

use serde_json::json;

use super::support::{Recorder, Reply, World};

const ALIASES: &str = r##"
[aliases]
say = "message send 10 --tts"
show = 'channel get 10 -o jsonl'
drop = "channel delete"
nested = "say hello"
message = "channel get 10"
open = "message send '10"
sure = "channel delete 10 --yes"
wrong = "message send 10 --no-such-option"
"bad name" = "channel get 10"
"##;

fn world() -> (Recorder, World) {
    let server = Recorder::answering(|_| Reply::ok(&json!({"id": "10", "type": 0, "name": "general"})));
    let world = World::at(&server);
    world.config(ALIASES, 0o600);
    (server, world)
}

#[test]
fn an_alias_is_replaced_by_its_words_and_arguments_are_appended() {
    let (server, world) = world();
    let run = world.run(["-q", "say", "Good morning", "--ping=none"]);
    assert_eq!(run.status, Some(0), "{run}");
    let sent = server.take().pop().unwrap();
    assert_eq!((sent.method.as_str(), sent.path()), ("POST", "/channels/10/messages"));
    assert_eq!((&sent.json()["content"], &sent.json()["tts"]), (&json!("Good morning"), &json!(true)));

    let shown = world.run(["show", "--fields", "name"]);
    assert_eq!(shown.stdout, "{\"name\":\"general\"}\n", "{shown}");
    let help = world.run(["say", "--help"]);
    assert!(help.stdout.contains("dcord message send CHANNEL"), "{help}");
}

#[test]
fn an_alias_for_a_destructive_command_still_asks() {
    let (server, world) = world();
    let refused = world.run(["drop", "10"]);
    assert_eq!(refused.status, Some(10), "{refused}");
    assert!(server.take().iter().all(|request| request.method == "GET"), "{refused}");
    let mut command = world.command();
    command.args(["drop", "10"]);
    let asked = world.show_command(80, command, "n\n");
    assert!(asked.status == Some(10) && asked.stdout.contains("Delete channel"), "{asked}");
    assert_eq!(world.run(["drop", "10", "--yes"]).status, Some(0));
    assert!(server.take().iter().any(|request| request.method == "DELETE"));
}

#[test]
fn a_broken_alias_names_its_line_and_a_command_cannot_be_replaced() {
    let (server, world) = world();
    insta::assert_snapshot!(world.run(["open"]), @r#"
    exit: 2
    --- stderr
    error: [world]/config/dcord/config.toml, line 8: the alias "open" cannot be used: a quote is not closed, or the text ends with a backslash
    "#);
    insta::assert_snapshot!(world.run(["nested"]), @r#"
    exit: 2
    --- stderr
    error: [world]/config/dcord/config.toml, line 6: the alias "nested" cannot be used: it begins with "say", which is an alias too
    "#);
    insta::assert_snapshot!(world.run(["sure"]), @r#"
    exit: 2
    --- stderr
    error: [world]/config/dcord/config.toml, line 9: the alias "sure" cannot be used: it contains --yes, which must be typed: dcord sure --yes
    "#);
    insta::assert_snapshot!(world.run(["wrong", "x"]), @r#"
    exit: 2
    --- stderr
    error: "message send" has no option --no-such-option
      hint: `dcord message send -h` lists the options
      hint: "wrong" is an alias for `message send 10 --no-such-option` ([world]/config/dcord/config.toml, line 10)
    "#);
    let as_json = world.run(["open", "--errors", "json"]);
    assert!(as_json.stderr.starts_with("{\"level\":\"error\",\"kind\":\"usage\""), "{as_json}");
    assert!(server.take().is_empty());

    assert_eq!(world.run(["message", "get", "10", "7"]).status, Some(0), "the command, not the alias");
    assert_eq!(server.take()[0].path(), "/channels/10/messages/7");
}

#[test]
fn help_lists_the_aliases_and_why_some_cannot_be_used() {
    let (_server, world) = world();
    let help = world.run(["help", "aliases"]).stdout;
    let list = &help[help.find("The aliases in").unwrap()..];
    insta::assert_snapshot!(list, @r#"
    The aliases in config.toml:

      bad name  channel get 10 (cannot be used: line 11: its name must consist of
                letters, digits and dashes)
      drop      channel delete
      message   channel get 10 (cannot be used: line 7: dcord has a command
                "message")
      nested    say hello (cannot be used: line 6: it begins with "say", which is an
                alias too)
      open      message send '10 (cannot be used: line 8: a quote is not closed, or
                the text ends with a backslash)
      say       message send 10 --tts
      show      channel get 10 -o jsonl
      sure      channel delete 10 --yes (cannot be used: line 9: it contains --yes,
                which must be typed: dcord sure --yes)
      wrong     message send 10 --no-such-option
    "#);
    insta::assert_snapshot!(world.run(["help", "say"]), @r#"
    exit: 0
    --- stdout
    "say" is an alias for `message send 10 --tts` ([world]/config/dcord/config.toml, line 3)
    "#);
    world.config("", 0o600);
    assert!(world.run(["help", "aliases"]).stdout.ends_with("There are no aliases in config.toml.\n"));
}

#[test]
fn completion_offers_aliases_and_the_arguments_of_their_commands() {
    let (_server, world) = world();
    let world = world.env("DCORD_COMPLETE", "zsh");
    let answer = |words: &[&str]| world.run([&["--", "dcord"], words].concat()).stdout;
    assert_eq!(answer(&["say"]), "say\tmessage send 10 --tts\n");
    assert!(!answer(&[""]).contains("\nopen\t"), "a broken alias is not offered");
    assert!(answer(&[""]).contains("\nshow\t"), "with the commands: {}", answer(&[""]));
    assert!(answer(&["say", "--con"]).starts_with("--content\t"), "{}", answer(&["say", "--con"]));
    assert!(!answer(&["-o", ""]).contains("say"), "the value of an option is no command");
}

#[test]
fn rules_of_the_profile_apply_to_aliases() {
    let (server, world) = world();
    world.config(&format!("[profiles.a]\nread_only = true\n{ALIASES}"), 0o600);
    let refused = world.run(["--profile", "a", "say", "hello"]);
    assert_eq!(refused.status, Some(10), "{refused}");
    assert!(server.take().is_empty());
}
