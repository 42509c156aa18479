//! `dcord doctor` names what is wrong, and how to fix it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::support::{Outcome, Recorder, Reply, Sandbox, TOKEN, World};

/// The checks with their results.
fn checks(run: &Outcome) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The result of a check, and what is said about it.
fn result(run: &Outcome, name: &str) -> (String, String) {
    let checks = checks(run);
    let check = checks.iter().find(|check| check["check"] == name).unwrap_or_else(|| panic!("no {name}: {run}"));
    let text = format!("{} {}", check["detail"], check["fix"]);
    (check["status"].as_str().unwrap().to_owned(), text)
}

#[test]
fn a_healthy_setup_has_no_failed_check() {
    let sandbox = Sandbox::serve(&[]);
    let world = sandbox.world();
    assert_eq!(world.run(["user", "get-me"]).status, Some(0));
    let run = world.run(["doctor"]);
    assert_eq!(run.status, Some(0), "{run}");
    for name in ["profile", "token", "discord", "gateway", "identify limit", "limits", "state", "cache", "disk"] {
        assert_eq!(result(&run, name).0, "ok", "{name}: {run}");
    }
    assert!(!run.stdout.contains("failed"), "{run}");
    let json: Value = serde_json::from_str(&world.run(["doctor", "-o", "json"]).stdout).unwrap();
    assert!(json.as_array().unwrap().len() > 8);
    let shown = world.show(100, ["doctor"]);
    assert!(shown.status == Some(0) && shown.stdout.contains("profile"), "{shown}");
    let table = world.show(100, ["doctor", "-o", "table"]);
    assert!(table.status == Some(0) && table.stdout.contains("CHECK"), "{table}");
}

#[test]
fn a_setup_with_nothing_says_what_is_missing() {
    let mut world = World::new().without("DCORD_TOKEN").without("DCORD_API_URL");
    let run = world.run(["doctor", "--offline"]);
    assert_eq!(run.status, Some(1), "{run}");
    assert_eq!(result(&run, "token").0, "failed");
    assert_eq!(result(&run, "discord").0, "skipped");
    // Nothing listens there, and nothing else is set.
    world.set("DCORD_API_URL", "http://127.0.0.1:1");
    let mut command = world.command();
    command.env_clear().env("DCORD_API_URL", "http://127.0.0.1:1").env("DCORD_RETRIES", "0").arg("doctor");
    let bare = world.finish(command, None);
    assert_eq!(bare.status, Some(1), "{bare}");
    assert_eq!(result(&bare, "discord").0, "failed");
}

#[test]
fn a_broken_configuration_is_a_failed_check_and_the_others_follow() {
    let world = World::new().without("DCORD_API_URL");
    for (config, expected) in [
        ("[profiles.a]\nguild = 5 5\n", "line 2"),
        ("default_profile = \"a\"\n", "no profile named"),
        ("default_profile = \"a\"\n[profiles.a]\napi_url = \"x\"\n", "is not a URL"),
    ] {
        world.config(config, 0o600);
        let run = world.run(["doctor", "--offline"]);
        assert_eq!(run.status, Some(1), "{run}");
        let (status, text) = result(&run, "profile");
        assert!(status == "failed" && text.contains(expected), "{run}");
        assert_eq!(result(&run, "state").0, "ok", "{run}");
    }
    // A wrong option is a mistake on the command line, not in the configuration.
    let run = world.run(["doctor", "--offline", "--retries", "x"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{run}");
}

#[test]
fn the_advice_is_wrapped_on_a_terminal_and_never_cut() {
    for columns in [60, 80, 200] {
        let world = World::new().without("DCORD_TOKEN").env("SHELL", "/bin/zsh").env("NO_COLOR", "1");
        let shown = world.show(columns, ["doctor", "--offline"]);
        assert_eq!(shown.status, Some(1), "{shown}");
        let words = shown.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let fix = "fix: mkdir -p ~/.zfunc && dcord completions zsh > ~/.zfunc/_dcord, and add `fpath=(~/.zfunc $fpath)` above \
                   compinit in ~/.zshrc";
        assert!(words.contains(fix), "{shown}");
        assert!(!shown.stdout.contains('…'), "{shown}");
        // A path is one word, which is not broken.
        let mut lines = shown.stdout.lines().filter(|line| !line.contains("/tmp/"));
        assert!(lines.all(|line| line.chars().count() <= columns.into()), "{shown}");
    }
}

#[test]
fn each_shell_has_its_own_completion() {
    let world = World::new().env("SHELL", "/usr/bin/fish");
    let home = world.path("home");
    fs::create_dir_all(home.join(".config/fish")).unwrap();
    fs::write(home.join(".bashrc"), "source <(dcord completions bash)\n").unwrap();
    let run = world.run(["doctor", "--offline"]);
    let (status, text) = result(&run, "completion");
    assert!(status == "warning" && text.contains("mkdir -p ~/.config/fish/completions"), "{run}");
    fs::write(home.join(".config/fish/config.fish"), "dcord completions bash | source\n").unwrap();
    assert_eq!(result(&world.run(["doctor", "--offline"]), "completion").0, "warning");
    fs::write(home.join(".config/fish/config.fish"), "dcord completions fish | source\n").unwrap();
    assert_eq!(result(&world.run(["doctor", "--offline"]), "completion").0, "ok");
}

#[test]
fn a_check_sends_each_request_once_and_says_nothing_about_a_token_that_is_not_set() {
    let server = Recorder::answering(|_| Reply::new(503, "text/html", "down"));
    let run = World::at(&server).without("DCORD_TOKEN").run(["doctor"]);
    assert_eq!((run.status, run.stderr.as_str(), server.take().len()), (Some(1), "", 1), "{run}");
    assert_eq!(result(&run, "limits").1, "\"this IP address is not blocked\" null", "{run}");
}

#[test]
fn each_fault_has_its_check() {
    let server = Recorder::answering(|asked| match asked.path() {
        "/gateway" => Reply::json(200, &serde_json::json!({"url": "ws://127.0.0.1:1"}))
            .header("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
        _ => Reply::json(401, &serde_json::json!({"message": "401: Unauthorized", "code": 0})),
    });
    let world = World::at(&server).env("SHELL", "/bin/bash");
    let run = world.run(["doctor"]);
    assert_eq!(run.status, Some(1), "{run}");
    for (name, status, words) in [
        ("token", "failed", "Discord"),
        ("clock", "warning", "ahead of Discord's"),
        ("gateway", "failed", "cannot connect"),
        ("completion", "warning", "dcord completions bash"),
        ("manual", "warning", "dcord man --dir"),
    ] {
        let (found, text) = result(&run, name);
        assert_eq!(found, status, "{name}: {run}");
        assert!(name == "token" || text.contains(words), "{name}: {text}");
    }
    let run = world.run(["doctor", "--offline"]);
    let (status, text) = result(&run, "limits");
    assert!(status == "failed" && text.contains("dcord limits clear --tokens"), "{run}");
    assert!(!run.stdout.contains(TOKEN));

    let world = World::at(&server);
    assert_eq!(world.run(["limits"]).status, Some(0));
    let file = world.path("state/dcord/limits.db");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(result(&world.run(["doctor", "--offline"]), "state").0, "warning");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let state = world.path("state/dcord/state.db");
    fs::write(&state, "not a database, but as long as one has to be to be taken for one at all").unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o600)).unwrap();
    let run = world.run(["doctor", "--offline"]);
    assert_eq!(result(&run, "state").0, "failed", "{run}");
}
