//! The servers that a profile allows, and its cache policies.

use serde_json::json;

use super::support::{Recorder, Reply, Sandbox, WEBHOOK_ID, WEBHOOK_TOKEN, World};

/// Returns a server with two guilds, and a profile that allows the first.
fn world() -> (Recorder, World) {
    let server = Recorder::answering(|asked| match asked.path() {
        "/channels/10" => Reply::ok(&json!({"id": "10", "type": 0, "name": "here", "guild_id": "1"})),
        "/channels/20" => Reply::ok(&json!({"id": "20", "type": 0, "name": "there", "guild_id": "2"})),
        "/channels/30" => Reply::ok(&json!({"id": "30", "type": 1, "recipients": []})),
        "/users/@me/guilds" => Reply::ok(&json!([{"id": "1", "name": "One"}])),
        "/guilds/1/channels" => Reply::ok(&json!([{"id": "11", "type": 0, "name": "general"}])),
        path if path.starts_with("/webhooks/") && asked.method == "GET" => {
            Reply::ok(&json!({"id": WEBHOOK_ID, "type": 1, "name": "w", "guild_id": "2", "channel_id": "20"}))
        }
        _ => Reply::ok(&json!({"id": "5"})),
    });
    let world = World::at(&server).env("DCORD_PROFILE", "one");
    world.config("[profiles.one]\nallowed_guilds = [\"1\"]\n", 0o600);
    (server, world)
}

#[test]
fn a_request_about_another_server_is_not_sent() {
    let (server, world) = world();
    for allowed in [
        &["guild", "get", "1"][..],
        &["message", "send", "10", "hello"],
        &["message", "send", "#general", "hello", "--guild", "1"],
        &["user", "get-me"],
        &["guild", "list"],
        &["api", "/guilds/1/roles"],
    ] {
        let run = world.run(allowed);
        assert_eq!(run.status, Some(0), "{allowed:?}\n{run}");
    }
    server.take();
    for other in [
        &["guild", "get", "2"][..],
        &["message", "send", "20", "hello"],
        &["message", "send", "10", "x", "--message-reference", r#"{"channel_id":"20","message_id":"1","type":1}"#],
        &["channel", "get", "#general", "--guild", "2"],
        &["stage", "create", "20", "--topic", "x"],
        &["webhook", "get", WEBHOOK_ID],
        &["api", "/guilds/2/roles"],
        &["api", "POST", "/channels/10/followers", "-f", "webhook_channel_id=20"],
        &["listen", "--guild", "2"],
    ] {
        let run = world.run(other);
        assert_eq!(run.status, Some(10), "{other:?}\n{run}");
        assert!(run.stderr.contains("does not allow the server 2"), "{run}");
    }
    // The only requests are those that find out the server of the channel.
    let sent = server.take();
    assert!(sent.iter().all(|request| request.method == "GET"), "{}", sent.len());
}

/// Builds the words of a command for a given channel.
type Naming<'a> = &'a dyn Fn(&str) -> Vec<String>;

#[test]
fn a_body_with_a_channel_of_another_server_is_not_sent() {
    let (server, world) = world();
    let prompts = |channel: &str| {
        let option = json!({"title": "a", "channel_ids": [channel]});
        json!([{"id": "1", "title": "t", "type": 0, "single_select": false, "required": false,
                "in_onboarding": true, "options": [option]}])
        .to_string()
    };
    let welcome = |channel: &str| json!([{"channel_id": channel, "description": "d"}]).to_string();
    let order = |channel: &str| json!([{"id": "10", "position": 0, "parent_id": channel}]).to_string();
    let rule = |flag: &'static str, channel: &str| {
        let name = ["automod", "create", "1", "--name", "n", "--event-type", "message-send", "--trigger-type", "spam"];
        let action = ["--action.type", "block-message", flag, channel];
        name.into_iter().chain(action).map(str::to_owned).collect::<Vec<_>>()
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let cases: [Naming<'_>; 12] = [
        &|id| words(&["guild", "edit", "1", "--system-channel-id", id]),
        &|id| words(&["channel", "create", "1", "--name", "n", "--parent-id", id]),
        &|id| words(&["channel", "follow", "10", id]),
        &|id| words(&["channel", "reorder", "1", "--position", &format!("{id}=1")]),
        &|id| words(&["channel", "reorder", "1", "--body", &order(id)]),
        &|id| words(&["member", "edit", "1", "5", "--channel-id", id]),
        &|id| words(&["onboarding", "set", "1", "--default-channel-ids", id, "--yes"]),
        &|id| words(&["onboarding", "set", "1", "--prompts", &prompts(id), "--yes"]),
        &|id| words(&["welcome", "edit-screen", "1", "--welcome-channels", &welcome(id)]),
        &|id| rule("--exempt-channels", id),
        &|id| words(&["message", "search", "1", "--channel-id", &format!("10,{id}")]),
        &|id| words(&["api", "PATCH", "/guilds/1/widget", "-f", &format!("alert_channel_id={id}")]),
    ];
    for case in cases {
        let run = world.run(case("10"));
        assert_eq!(run.status, Some(0), "{:?}\n{run}", case("10"));
        server.take();
        let run = world.run(case("20"));
        assert_eq!(run.status, Some(10), "{:?}\n{run}", case("20"));
        assert!(run.stderr.contains("does not allow the server 2"), "{run}");
        assert!(server.take().iter().all(|request| request.path() == "/channels/20"), "{:?}", case("20"));
    }
}

#[test]
fn a_webhook_that_is_allowed_posts_to_a_thread_of_its_channel_without_a_token() {
    let (server, world) = world();
    world.config("[profiles.one]\nallowed_guilds = [\"2\"]\n", 0o600);
    let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    let world = world.env("DCORD_WEBHOOK_URL", url).env("DCORD_TOKEN", "");
    let run = world.run(["webhook", "send", "hello", "--thread-id", "77"]);
    assert_eq!(run.status, Some(0), "{run}");
    assert!(server.take().iter().all(|request| request.path().starts_with("/webhooks/")), "no channel is looked up");
}

#[test]
fn a_request_about_an_unknown_server_is_not_sent() {
    let (server, world) = world();
    for unknown in [
        &["message", "send", "30", "hello"][..],
        &["message", "send", "<@4>", "hello"],
        &["command", "create", "--name", "ping", "--description", "x"],
        &["user", "edit-me", "--username", "xy"],
        &["invite", "get", "abc"],
        &["api", "POST", "/anything"],
    ] {
        let run = world.run(unknown);
        assert_eq!(run.status, Some(10), "{unknown:?}\n{run}");
    }
    assert!(server.take().iter().all(|request| request.method == "GET"));
    insta::assert_snapshot!(world.run(["message", "send", "30", "hello"]), @r#"
    exit: 10
    --- stderr
    error: the profile "one" allows only some servers, but dcord cannot tell which server message send acts on (allowed_guilds in [world]/config/dcord/config.toml)
      hint: `dcord help profiles` explains which requests these rules allow
    "#);
}

#[test]
fn the_server_of_a_webhook_is_read_with_the_webhooks_token() {
    let (server, world) = world();
    let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    let world = world.env("DCORD_WEBHOOK_URL", url);
    let refused = world.run(["webhook", "send", "hello"]);
    assert_eq!(refused.status, Some(10), "{refused}");
    assert!(refused.stderr.contains("does not allow the server 2"), "{refused}");
    let sent = server.take();
    assert!(sent.iter().all(|request| request.method == "GET"), "{}", sent.len());
    world.config("[profiles.one]\nallowed_guilds = [\"2\"]\n", 0o600);
    assert_eq!(world.run(["webhook", "send", "hello"]).status, Some(0));
}

#[test]
fn allowed_guilds_accepts_only_ids_and_links() {
    let world = World::new();
    world.config("default_profile = \"one\"\n[profiles.one]\nallowed_guilds = [\"My Guild\"]\n", 0o600);
    insta::assert_snapshot!(world.run(["guild", "get", "1"]), @r#"
    exit: 2
    --- stderr
    error: the profile "one": allowed_guilds: "My Guild" is not the id of a server or a link to one ([world]/config/dcord/config.toml)
    "#);
}

#[test]
fn a_profile_sets_cache_policies() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=4,members=5"]);
    let world = sandbox.world();
    world.config(
        "[profiles.short]\ntoken_env = \"DCORD_TOKEN\"\n\
         [profiles.short.cache]\nchannel = \"never\"\nmessage = \"ttl:1h+lru:10\"\n\
         [profiles.wrong]\ntoken_env = \"DCORD_TOKEN\"\ncache = { message = \"sometimes\" }\n",
        0o600,
    );
    let policy = |profile: &str, kind: &str| {
        world.run(["cache", "policy", kind, "--profile", profile, "--jq", "[.policy, .from] | join(\" \")"]).stdout
    };
    assert_eq!(policy("short", "message"), "ttl:1h+lru:10 profile\n");
    assert_eq!(policy("short", "role"), "forever default\n");
    assert_eq!(world.run(["cache", "policy", "role", "lru:5"]).status, Some(0));
    assert_eq!(policy("short", "role"), "lru:5 set\n");
    // The policy of the profile precedes the stored one.
    assert_eq!(world.run(["cache", "policy", "message", "forever"]).status, Some(0));
    assert_eq!(policy("short", "message"), "ttl:1h+lru:10 profile\n");
    let listed = world.run(["channel", "list", sandbox.value("guild_id"), "--profile", "short"]);
    assert_eq!(listed.status, Some(0), "{listed}");
    assert_eq!(world.run(["cache", "list", "channel"]).stdout, "", "channels are never kept there");
    let none = world.run(["channel", "list", sandbox.value("guild_id"), "--offline", "--profile", "short"]);
    assert_eq!(none.status, Some(10), "what is not kept is not known to be all: {none}");
    let named = world.run(["channel", "get", "#general", "--profile", "short", "--jq", ".name"]);
    assert_eq!(named.stdout, "general\n", "it has a name all the same: {named}");
    insta::assert_snapshot!(world.run(["cache", "stats", "--profile", "wrong"]), @r#"
    exit: 2
    --- stderr
    error: cache.message: "sometimes" is not a policy, such as forever or ttl:6h+lru:20000
    "#);
    // An invalid policy does not prevent the request.
    let sent = world.run(["channel", "list", sandbox.value("guild_id"), "--profile", "wrong", "-o", "id"]);
    assert_eq!(sent.status, Some(0), "{sent}");
}
