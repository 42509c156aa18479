//! The rules of a profile: `read_only`, `allow`, `deny`, `allowed_guilds`, `allowed_channels` and `audit_log`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::support::{Recorder, Reply, WEBHOOK_ID, WEBHOOK_TOKEN, World};

/// A server with two servers of one channel each. Channel 10 is in category 19 and has the thread 12.
fn world(rules: &str) -> (Recorder, World) {
    let server = Recorder::answering(|asked| match asked.path() {
        "/channels/10" => {
            Reply::ok(&json!({"id": "10", "type": 0, "name": "here", "guild_id": "1", "parent_id": "19"}))
        }
        "/channels/11" => Reply::ok(&json!({"id": "11", "type": 0, "name": "other", "guild_id": "1"})),
        "/channels/12" => Reply::ok(&json!({"id": "12", "type": 11, "name": "t", "guild_id": "1", "parent_id": "10"})),
        "/channels/19" => Reply::ok(&json!({"id": "19", "type": 4, "name": "category", "guild_id": "1"})),
        "/channels/20" => Reply::ok(&json!({"id": "20", "type": 0, "name": "there", "guild_id": "2"})),
        "/users/@me/guilds" => Reply::ok(&json!([{"id": "1", "name": "One"}])),
        "/users/@me/channels" => Reply::ok(&json!({"id": "30", "type": 1, "recipients": [{"id": "4"}]})),
        "/guilds/1/channels" => Reply::ok(&json!([
            {"id": "10", "type": 0, "name": "here", "guild_id": "1"}, {"id": "11", "type": 0, "name": "other"}
        ])),
        "/guilds/1/roles" => Reply::ok(&json!([{"id": "1", "name": "@everyone"}])),
        path if path.starts_with("/webhooks/") && asked.method == "GET" => {
            Reply::ok(&json!({"id": WEBHOOK_ID, "type": 1, "name": "w", "guild_id": "1", "channel_id": "11"}))
        }
        _ => Reply::ok(&json!({"id": "5", "channel_id": "10"})),
    });
    let world = World::at(&server).env("DCORD_PROFILE", "one");
    world.config(&format!("[profiles.one]\n{rules}\n"), 0o600);
    (server, world)
}

/// A command of each front end that sends a message or locks a channel: an endpoint, a form of an endpoint, a composed command,
/// `api`, and a dry run.
const SEND: &[&str] = &["message", "send", "10", "hi"];
const REPLY: &[&str] = &["message", "reply", "10", "7", "hi"];
const LOCK: &[&str] = &["channel", "lock", "10"];
const API: &[&str] = &["api", "POST", "/channels/10/messages", "-f", "content=hi"];
const DRY: &[&str] = &["message", "send", "10", "hi", "--dry-run"];
const DRY_API: &[&str] = &["api", "POST", "/channels/10/messages", "-f", "content=hi", "--dry-run"];

#[test]
fn each_rule_holds_in_each_front_end() {
    for (rules, key, refused, allowed) in [
        (
            "read_only = true",
            "read_only",
            &[SEND, REPLY, LOCK, API, DRY, DRY_API][..],
            &[&["channel", "get", "10"][..]][..],
        ),
        ("deny = [\"message.send\"]", "deny = \"message.send\"", &[SEND, REPLY, API, DRY, DRY_API], &[LOCK]),
        ("deny = [\"message.*\"]", "deny = \"message.*\"", &[SEND, REPLY, API, DRY, DRY_API], &[LOCK]),
        ("deny = [\"channel.set-permission\"]", "deny = \"channel.set-permission\"", &[LOCK], &[SEND, API]),
        ("allow = [\"*.get\", \"message.reply\"]", "allow", &[SEND, LOCK, API, DRY, DRY_API], &[REPLY]),
        ("allow = [\"message.send\"]", "allow", &[LOCK], &[SEND, REPLY, API, DRY]),
        ("allow = [\"channel.lock\"]", "allow", &[SEND, REPLY, API, DRY], &[LOCK]),
        ("allowed_guilds = [\"2\"]", "allowed_guilds", &[SEND, REPLY, LOCK, API, DRY, DRY_API], &[]),
        ("allowed_channels = [\"11\"]", "allowed_channels", &[SEND, REPLY, LOCK, API, DRY, DRY_API], &[]),
        ("allowed_channels = [\"19\"]", "allowed_channels", &[], &[SEND, REPLY, LOCK, API, DRY, DRY_API]),
    ] {
        let (server, world) = world(rules);
        for line in refused {
            let run = world.run(*line);
            assert_eq!(run.status, Some(10), "{rules} {line:?}\n{run}");
            let source = format!("({key} in {})", world.path("config/dcord/config.toml").display());
            assert!(
                run.stderr.contains("the profile \"one\"") && run.stderr.contains(&source),
                "{rules} {line:?}\n{run}"
            );
            assert!(server.take().iter().all(|request| request.method == "GET"), "{rules} {line:?}");
        }
        for line in allowed {
            let run = world.run(*line);
            assert_eq!(run.status, Some(0), "{rules} {line:?}\n{run}");
        }
    }
}

#[test]
fn a_refusal_names_its_rule_and_its_file() {
    let (_server, world) = world("deny = [\"message.*\"]");
    insta::assert_snapshot!(world.run(SEND), @r#"
    exit: 10
    --- stderr
    error: the profile "one" denies message send (deny = "message.*" in [world]/config/dcord/config.toml)
      hint: `dcord help profiles` explains the rules; only the owner of the file should change them
    "#);
    let (_server, world) = self::world("allow = [\"channel.*\"]");
    insta::assert_snapshot!(world.run(SEND), @r#"
    exit: 10
    --- stderr
    error: the profile "one" does not allow message send (allow in [world]/config/dcord/config.toml)
      hint: `dcord help profiles` explains the rules; only the owner of the file should change them
    "#);
    let (_server, world) = self::world("allowed_channels = [\"11\"]");
    insta::assert_snapshot!(world.run(SEND), @r#"
    exit: 10
    --- stderr
    error: the profile "one" does not allow the channel 10 (allowed_channels in [world]/config/dcord/config.toml)
      hint: `dcord help profiles` explains the rules; only the owner of the file should change them
    "#);
    insta::assert_snapshot!(world.run(["guild", "edit", "1", "--system-channel-id", "11", "--errors", "json"]), @r#"
    exit: 10
    --- stderr
    {"level":"error","kind":"refused","message":"the profile \"one\" allows only some channels, but guild edit does not act on a known channel (allowed_channels in [world]/config/dcord/config.toml)","status":null,"code":null,"fields":[],"hint":"`dcord help profiles` explains which requests these rules allow","retry_after":null}
    "#);
    insta::assert_snapshot!(world.run(["api", "/channels/11/of-tomorrow"]), @r#"
    exit: 10
    --- stderr
    error: the profile "one" allows only known endpoints, but GET /channels/{channel_id}/of-tomorrow is not one (allowed_channels in [world]/config/dcord/config.toml)
      hint: `dcord help profiles` explains which requests these rules allow
    "#);
    let (_server, world) = self::world("deny = [\"mesage.send\"]");
    insta::assert_snapshot!(world.run(["channel", "get", "10"]), @r#"
    exit: 2
    --- stderr
    error: the profile "one": deny: "mesage.send" matches no command; did you mean "message.send"? ([world]/config/dcord/config.toml)
    "#);
    let (_server, world) = self::world("allow = [\"nothing\"]");
    insta::assert_snapshot!(world.run(["channel", "get", "10"]), @r#"
    exit: 2
    --- stderr
    error: the profile "one": allow: "nothing" matches no command ([world]/config/dcord/config.toml)
      hint: write the words of a command with a dot, such as "message.send" or "message.*"; `dcord endpoints` lists the commands
    "#);
}

#[test]
fn a_thread_belongs_to_its_channel_and_a_channel_to_its_category() {
    let (server, world) = world("allowed_channels = [\"10\"]");
    for line in [
        &["message", "send", "12", "hi"][..],
        &["message", "get", "10", "7"],
        &["message", "send", "#here", "hi", "--guild", "1"],
        &["user", "get-me"],
    ] {
        let run = world.run(line);
        assert_eq!(run.status, Some(0), "{line:?}\n{run}");
    }
    server.take();
    let webhook = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    let world = world.env("DCORD_WEBHOOK_URL", webhook);
    for line in [
        &["message", "send", "11", "hi"][..],
        &["message", "send", "20", "hi"],
        &["message", "send", "<@4>", "hi"],
        &["message", "forward", "10", "7", "11"],
        &["webhook", "send", "hi"],
        &["guild", "get", "1"],
        &["channel", "list", "1"],
        &["role", "create", "1", "--name", "x"],
        &["listen", "--channel", "11"],
    ] {
        let run = world.run(line);
        assert_eq!(run.status, Some(10), "{line:?}\n{run}");
        assert!(server.take().iter().all(|request| request.method == "GET"), "{line:?}");
    }
    let (_server, world) = self::world("allowed_channels = [\"19\"]");
    assert_eq!(world.run(["message", "send", "12", "hi"]).status, Some(0), "a thread of a channel of the category");
}

#[test]
fn a_denied_endpoint_is_not_used_to_carry_out_another_command() {
    let (server, world) = world("deny = [\"channel.list\", \"user.open-dm\"]\nallowed_guilds = [\"1\"]");
    for line in [&["message", "send", "#here", "hi", "--guild", "1"][..], &["message", "send", "<@4>", "hi"]] {
        let run = world.run(line);
        assert_eq!(run.status, Some(10), "{line:?}\n{run}");
    }
    assert!(server.take().iter().all(|request| request.path() != "/guilds/1/channels" && request.method == "GET"));
    let (_server, world) = self::world("allow = [\"message.send\"]");
    let run = world.run(["message", "send", "#here", "hi", "--guild", "1"]);
    assert_eq!(run.status, Some(0), "a name may be looked up: {run}");
    let (server, world) = self::world("deny = [\"listen\"]");
    assert_eq!(world.run(["listen", "--count", "1"]).status, Some(10));
    let (other, denied) = self::world("deny = [\"gateway.*\"]");
    assert_eq!(denied.run(["listen", "--count", "1"]).status, Some(10));
    assert!(server.take().is_empty() && other.take().is_empty());
}

/// The lines of the audit log, without their times.
fn log(world: &World) -> Vec<Value> {
    let text = fs::read_to_string(world.path("home/audit.jsonl")).unwrap_or_default();
    let read = |line: &str| -> Value {
        let mut line: Value = serde_json::from_str(line).unwrap();
        assert!(line["time"].as_str().unwrap().ends_with('Z'), "{line}");
        line.as_object_mut().unwrap().shift_remove("time");
        line
    };
    text.lines().map(read).collect()
}

#[test]
fn the_audit_log_has_a_line_for_each_request_that_changes_something() {
    let (_server, world) = world("audit_log = \"~/audit.jsonl\"");
    let webhook = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    let world = world.env("DCORD_WEBHOOK_URL", webhook);
    for line in [
        SEND,
        REPLY,
        LOCK,
        API,
        DRY,
        &["message", "send", "<@4>", "hi"],
        &["channel", "get", "10"],
        &["message", "delete", "10", "7", "--reason", "it is spam", "--yes"],
        &["webhook", "send", "hi", "--thread-id", "12"],
    ] {
        let run = world.run(line);
        assert_eq!(run.status, Some(0), "{line:?}\n{run}");
    }
    let lines: String = log(&world).iter().map(|line| format!("{line}\n")).collect();
    insta::assert_snapshot!(lines, @r#"
    {"profile":"one","command":"message send","method":"POST","route":"/channels/10/messages","reason":null,"status":200}
    {"profile":"one","command":"message reply","method":"POST","route":"/channels/10/messages","reason":null,"status":200}
    {"profile":"one","command":"channel lock","method":"PUT","route":"/channels/10/permissions/1","reason":null,"status":200}
    {"profile":"one","command":"api","method":"POST","route":"/channels/10/messages","reason":null,"status":200}
    {"profile":"one","command":"user open-dm","method":"POST","route":"/users/@me/channels","reason":null,"status":200}
    {"profile":"one","command":"message send","method":"POST","route":"/channels/30/messages","reason":null,"status":200}
    {"profile":"one","command":"message delete","method":"DELETE","route":"/channels/10/messages/7","reason":"it is spam","status":200}
    {"profile":"one","command":"webhook send","method":"POST","route":"/webhooks/700000000000000007/{webhook_token}?thread_id=12&wait=true","reason":null,"status":200}
    "#);
    let mode = fs::metadata(world.path("home/audit.jsonl")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_audit_log_says_how_a_request_ended() {
    for (reply, expected) in [
        (Reply::json(403, &json!({"code": 50013, "message": "Missing Permissions"})), json!(403)),
        (Reply::Hang, Value::Null),
    ] {
        let server = Recorder::scripted([reply]);
        let world = World::at(&server).env("DCORD_PROFILE", "one").env("DCORD_RETRIES", "0");
        world.config("[profiles.one]\naudit_log = \"~/audit.jsonl\"\n", 0o600);
        world.run(["role", "create", "1", "--name", "x"]);
        assert_eq!(log(&world)[0]["status"], expected);
    }
    let world = World::new().env("DCORD_PROFILE", "one").env("DCORD_RETRIES", "0");
    world.config("[profiles.one]\naudit_log = \"~/audit.jsonl\"\n", 0o600);
    assert_eq!(world.run(SEND).status, Some(8));
    assert_eq!(log(&world)[0]["status"], 0, "the connection was refused, so nothing was sent");
}

#[test]
fn a_request_that_cannot_be_recorded_is_not_sent() {
    for (path, prepare) in [("/nowhere/audit.jsonl", None), ("~/audit.jsonl", Some(0o644)), ("~", None)] {
        let (server, world) = world(&format!("audit_log = \"{}\"", if path == "~" { "/" } else { path }));
        if let Some(mode) = prepare {
            let file = world.file("home/audit.jsonl", "");
            fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
        }
        let run = world.run(["message", "send", "10", "hi", "--key", "k"]);
        assert_eq!(run.status, Some(10), "{path}\n{run}");
        assert!(run.stderr.contains("cannot record the request in the audit log"), "{run}");
        assert!(server.take().iter().all(|request| request.method == "GET"));
        assert_eq!(world.run(["channel", "get", "10"]).status, Some(0), "a read needs no record");
        world.config("[profiles.one]\n", 0o600);
        let run = world.run(["message", "send", "10", "hi", "--key", "k"]);
        assert_eq!(run.status, Some(0), "the key is free again: {run}");
    }
    let (_server, world) = world("audit_log = \"audit.jsonl\"");
    insta::assert_snapshot!(world.run(SEND), @r#"
    exit: 2
    --- stderr
    error: the profile "one": audit_log: "audit.jsonl" is not an absolute path, or one that begins with ~/ ([world]/config/dcord/config.toml)
    "#);
}

#[test]
fn many_processes_write_whole_lines_to_one_audit_log() {
    let (_server, world) = world("audit_log = \"~/audit.jsonl\"");
    let run = world.shell(
        "for i in 1 2 3 4 5 6 7 8; do (for j in 1 2 3; do \"$DCORD\" role create 1 --name r$i --reason $i >/dev/null; done) \
         & done; wait",
    );
    assert_eq!(run.status, Some(0), "{run}");
    let lines = log(&world);
    assert_eq!(lines.len(), 24);
    assert!(lines.iter().all(|line| line["status"] == 200), "{lines:?}");
}
