//! Pings: `--ping`, `allowed_mentions`, and mentions in the text.

use serde_json::{Value, json};

use super::support::{Outcome, Recorded, Recorder, Reply, Sandbox, WEBHOOK_ID, WEBHOOK_TOKEN, World};

/// Returns a server with a role, a member and a webhook that answers each message with an id.
fn discord() -> Recorder {
    Recorder::answering(|asked| match (asked.method.as_str(), asked.path()) {
        ("GET", "/channels/10") => Reply::ok(&json!({"id": "10", "type": 0, "name": "here", "guild_id": "1"})),
        ("GET", "/guilds/1/roles") => {
            Reply::ok(&json!([{"id": "6", "name": "Moderators"}, {"id": "8", "name": "On Call"}]))
        }
        ("GET", "/guilds/1/members/search") => {
            Reply::ok(&json!([{"user": {"id": "5", "username": "ada"}, "roles": []}]))
        }
        ("GET", path) if path.starts_with("/webhooks/") => {
            Reply::ok(&json!({"id": WEBHOOK_ID, "type": 1, "name": "w", "guild_id": "1", "channel_id": "10"}))
        }
        ("GET", _) => Reply::ok(&json!([])),
        _ => Reply::ok(&json!({"id": "9", "channel_id": "10"})),
    })
}

/// Returns the body of the last request.
fn body(server: &Recorder) -> Value {
    let mut asked = server.take();
    let last = asked.pop().expect("something was sent");
    assert_ne!(last.method, "GET", "{last:?}");
    assert!(asked.iter().all(|earlier| earlier.method == "GET"), "{asked:?}");
    last.json()
}

fn done(run: Outcome) -> String {
    assert_eq!(run.status, Some(0), "{run}");
    run.stderr
}

#[test]
fn a_name_given_to_ping_becomes_a_mention_in_the_text() {
    let server = discord();
    let world = World::at(&server);
    let text = "@moderators: the build of @ada failed, @Moderatorship is full";
    let quiet = done(world.run(["message", "send", "10", text, "--ping", "@Moderators,@ada"]));
    assert_eq!(quiet, "");
    let sent = body(&server);
    assert_eq!(sent["content"], "<@&6>: the build of <@5> failed, @Moderatorship is full");
    assert_eq!(sent["allowed_mentions"], json!({"parse": [], "users": ["5"], "roles": ["6"]}));

    world.file("text", "help, @On Call!");
    world.file("body.json", r#"{"content":"help, @On Call!"}"#);
    for words in [
        &["message", "send", "10", "--content-file", "text"][..],
        &["message", "send", "10", "-"],
        &["message", "send", "10", "--body", "@body.json"],
        &["message", "edit", "10", "4", "help, @On Call!"],
        &["thread", "send", "10", "help, @On Call!"],
    ] {
        let words = [words, &["--ping", "@On Call"]].concat();
        assert_eq!(done(world.run_with(&words, "help, @On Call!")), "", "{words:?}");
        let sent = body(&server);
        assert_eq!(sent["content"], "help, <@&8>!", "{words:?}");
        assert_eq!(sent["allowed_mentions"], json!({"parse": [], "roles": ["8"]}), "{words:?}");
    }
    let components = r#"[{"type":17,"components":[{"type":10,"content":"help, @On Call"}]}]"#;
    done(world.run([
        "message",
        "send",
        "10",
        "--components",
        components,
        "--flags",
        "is-components-v2",
        "--ping",
        "@On Call",
    ]));
    assert_eq!(body(&server)["components"][0]["components"][0]["content"], "help, <@&8>");
    // The message of an interaction response is nested in its data.
    let world = world.env("DCORD_GUILD", "1").env("DCORD_INTERACTION_TOKEN", WEBHOOK_TOKEN);
    done(world.run([
        "interaction",
        "respond",
        "3",
        "@On Call",
        "--type",
        "channel-message-with-source",
        "--ping",
        "@On Call",
    ]));
    assert_eq!(body(&server)["data"], json!({"content": "<@&8>", "allowed_mentions": {"parse": [], "roles": ["8"]}}));
}

#[test]
fn a_text_that_does_not_mention_the_names_of_ping_causes_one_warning() {
    let server = discord();
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["message", "send", "10", "the build failed", "--ping", "@Moderators,<@7>"]), @r#"
    exit: 0
    --- stdout
    {"id":"9","channel_id":"10"}
    --- stderr
    warning: --ping @Moderators, <@7> pings nobody, because the text does not contain <@&6>, <@7>
    "#);
    let warned = |words: &[&str]| {
        let stderr = done(world.run([&["message", "send", "10"], words].concat()));
        server.take();
        stderr.lines().count()
    };
    for silent in [
        &["<@7>", "--ping", "7"][..],
        &["<@!7>", "--ping", "<@7>"],
        &["<@&8>", "--ping", "<@&8>"],
        &["all: @here", "--ping", "everyone"],
        &["a", "--ping", "users,roles"],
        &["a", "--ping", "none"],
        &["a"],
    ] {
        assert_eq!(warned(silent), 0, "{silent:?}");
    }
    for loud in [
        &["a", "--ping", "everyone"][..],
        &["<@8>", "--ping", "<@&8>"],
        &["--embed.title", "<@7>", "--ping", "7"],
        &["a", "--ping", "7", "--dry-run"],
    ] {
        assert_eq!(warned(loud), 1, "{loud:?}");
    }
    let embedded = done(world.run(["message", "send", "10", "--embed.title", "<@7>", "--ping", "7"]));
    assert!(embedded.ends_with("for a user; mentions in embeds do not ping\n"), "{embedded}");
    server.take();
    // An edit without a text does not change the text, which dcord does not know.
    assert_eq!(done(world.run(["message", "edit", "10", "4", "--flags", "suppress-embeds", "--ping", "7"])), "");
}

#[test]
fn a_mention_of_a_role_or_of_everyone_that_does_not_ping_has_a_note_unless_ping_is_given() {
    let server = discord();
    let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    let world = World::at(&server).env("DCORD_WEBHOOK_URL", url);
    let text = "<@&6> <@&8> <@&6> failed, @here @everyone <@5>";
    let note = "the message does not ping <@&6>, <@&8>, @everyone, @here: without --ping, only users are pinged; \
                add --ping 6,8,everyone to ping them, or --ping none to ping nobody\n";
    for command in [&["message", "send", "10"][..], &["webhook", "send"], &["thread", "send", "10"]] {
        let run = |more: &[&str]| done(world.run([command, &[text], more].concat()));
        assert_eq!(run(&[]), note, "{command:?}");
        assert_eq!(body(&server)["allowed_mentions"], json!({"parse": ["users"]}));
        for silent in [&["--ping", "none"][..], &["--ping", "6,8,everyone"], &["--ping", "users"], &["-q"]] {
            assert_eq!(run(silent), "", "{command:?} {silent:?}");
        }
        server.take();
        let json: Value = serde_json::from_str(&run(&["--errors", "json"])).unwrap();
        assert_eq!((&json["level"], &json["message"]), (&json!("note"), &json!(note.trim_end())));
        server.take();
    }
    let one = done(world.run(["message", "send", "10", "<@&6> failed"]));
    assert!(one.ends_with("add --ping 6 to ping it, or --ping none to ping nobody\n"), "{one}");
    // An edit pings nobody, and mentions in an embed never ping.
    assert_eq!(done(world.run(["message", "edit", "10", "4", text])), "");
    assert_eq!(done(world.run(["message", "send", "10", "hi", "--embed.title", text])), "");
    let own = done(world.run(["message", "send", "10", text, "--allowed-mentions", r#"{"parse":[]}"#]));
    assert_eq!(own, "");
}

#[test]
fn allowed_mentions_never_conflict_with_discords_rules() {
    let server = discord();
    let world = World::at(&server);
    let allowed = |words: &[&str]| {
        done(world.run([&["message", "send", "10", "hi <@5> <@&6>"], words].concat()));
        body(&server)["allowed_mentions"].clone()
    };
    assert_eq!(allowed(&["--ping", "users", "--ping", "5"]), json!({"parse": ["users"]}));
    assert_eq!(
        allowed(&["--ping", "<@&6>", "--ping", "roles", "--ping", "5"]),
        json!({"parse": ["roles"], "users": ["5"]})
    );
    assert_eq!(allowed(&["--ping", "5,5,<@5>,@ada"]), json!({"parse": [], "users": ["5"]}));
    assert_eq!(allowed(&["--ping", "everyone,everyone"]), json!({"parse": ["everyone"]}));
    // `replied_user` decides about the author of the original message.
    let reply = ["--reply-to", "4", "--allowed-mentions.replied-user=false"];
    assert_eq!(allowed(&reply), json!({"parse": ["users"], "replied_user": false}));
    let reply = [&reply[..], &["--ping", "<@&6>"]].concat();
    assert_eq!(allowed(&reply), json!({"parse": [], "roles": ["6"], "replied_user": false}));
    let lists = ["--allowed-mentions.replied-user=true", "--allowed-mentions.roles", "6"];
    assert_eq!(allowed(&lists), json!({"roles": ["6"], "replied_user": true}));
    let whole = ["--allowed-mentions", r#"{"replied_user":true}"#];
    assert_eq!(allowed(&whole), json!({"replied_user": true}), "JSON is sent as it is");
    // An embed alone contains no mentions that ping, and the flag is sent anyway.
    done(world.run(["message", "send", "10", "--embed.title", "a", "--allowed-mentions.replied-user=true"]));
    assert_eq!(body(&server)["allowed_mentions"], json!({"parse": ["users"], "replied_user": true}));

    insta::assert_snapshot!(world.run(["message", "send", "10", "a", "--ping", "none,everyone"]), @r"
    exit: 2
    --- stderr
    error: --ping none and --ping everyone cannot be combined
    ");
    insta::assert_snapshot!(
        world.run(["message", "send", "10", "a", "--allowed-mentions.parse", "users", "--allowed-mentions.users", "5"]),
        @r#"
    exit: 9
    --- stderr
    error: allowed_mentions cannot have both a list of users and "users" in parse
      hint: change the value, or send it anyway with --no-validate
    "#
    );
    let body = r#"{"content":"a","allowed_mentions":{"parse":["roles"],"roles":["6"]}}"#;
    insta::assert_snapshot!(world.run(["message", "send", "10", "--body", body]), @r#"
    exit: 9
    --- stderr
    error: allowed_mentions cannot have both a list of roles and "roles" in parse
      hint: change the value, or send it anyway with --no-validate
    "#);
    assert!(server.take().is_empty());
}

#[test]
fn a_webhook_requires_a_bot_token_only_to_look_up_a_name() {
    let server = discord();
    let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    let world = World::at(&server).env("DCORD_WEBHOOK_URL", url);
    // The webhook determines the server even if the bot is in several.
    done(world.run(["webhook", "send", "@On Call!", "--ping", "@On Call"]));
    let asked: Vec<Recorded> = server.take();
    assert_eq!(asked.last().unwrap().json()["content"], "<@&8>!");
    assert!(asked.last().unwrap().header("authorization").is_none());

    let world = world.without("DCORD_TOKEN");
    for who in ["5", "<@5>", "<@&6>", "users", "everyone", "roles", "none", "@here"] {
        done(world.run(["webhook", "send", "@here <@5> <@&6>", "--ping", who]));
        assert_eq!(server.take().len(), 1, "{who}");
    }
    insta::assert_snapshot!(world.run(["webhook", "send", "@ada", "--ping", "@ada"]), @r"
    exit: 4
    --- stderr
    error: no token is set
      hint: this command needs no token, but looking up a name does: give the id of the role, user or channel instead, or set DCORD_TOKEN
      hint: to ping a role by its id: 'Build failed <@&ROLE_ID>' --ping ROLE_ID
    ");
}

#[test]
fn the_sandbox_refuses_ids_beside_the_kind_that_covers_them() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=2,members=3"]);
    let world = sandbox.world();
    for kind in ["users", "roles"] {
        let body = json!({"content": "a", "allowed_mentions": {"parse": [kind], kind: ["5"]}}).to_string();
        let run = world.run(["message", "send", "#general", "--body", &body, "--no-validate"]);
        assert_eq!(run.status, Some(9), "{run}");
        assert!(run.stderr.contains("both a list of"), "{run}");
        let other = if kind == "users" { "roles" } else { "users" };
        let body = json!({"content": "a", "allowed_mentions": {"parse": [other], kind: ["5"]}}).to_string();
        done(world.run(["message", "send", "#general", "--body", &body]));
    }
}

#[test]
fn an_id_given_to_ping_is_a_role_if_the_text_mentions_that_role() {
    let server = discord();
    let world = World::at(&server);
    for (text, allowed) in [
        ("<@&6> failed", json!({"parse": [], "roles": ["6"]})),
        ("<@6> failed", json!({"parse": [], "users": ["6"]})),
        ("<@!6> failed", json!({"parse": [], "users": ["6"]})),
    ] {
        assert_eq!(done(world.run(["message", "send", "10", text, "--ping", "6"])), "", "{text}");
        assert_eq!(body(&server)["allowed_mentions"], allowed, "{text}");
    }
    let warned = done(world.run(["message", "send", "10", "failed", "--ping", "6"]));
    let warning =
        "warning: --ping 6 pings nobody, because the text does not contain <@&6> for a role or <@6> for a user\n";
    assert_eq!(warned, warning);
}
