//! `dcord api` sends any request and uses the catalogue's data about its path.

use serde_json::json;

use super::support::{Recorder, Reply, WEBHOOK_ID, WEBHOOK_TOKEN, World};

#[test]
fn a_path_is_requested_with_the_token() {
    let server = Recorder::new();
    insta::assert_snapshot!(World::at(&server).run(["api", "/channels/1"]), @r#"
    exit: 0
    --- stdout
    {"id":"9"}
    "#);
    insta::assert_snapshot!(server.shown(), @r"
    GET /channels/1
    authorization: Bot [token]
    ");
}

#[test]
fn fields_become_a_json_body_or_a_query() {
    let server = Recorder::new();
    let world = World::at(&server);
    world.file("list.json", "[1, 2]");
    let fields = [
        "-f",
        "content=5",
        "-F",
        "tts=true",
        "-F",
        "n=5",
        "-F",
        "id=175928847299117063",
        "-F",
        "none=null",
        "-F",
        "list=@list.json",
    ];
    world.run(["api", "/channels/1/messages"].iter().chain(&fields));
    world.run(["api", "PATCH", "channels/1", "-f", "name=a b", "--reason", "why ž"]);
    world.run(["api", "GET", "/guilds/1/members/search?limit=5", "-f", "query=a&b"]);
    insta::assert_snapshot!(server.shown(), @r#"
    POST /channels/1/messages
    authorization: Bot [token]
    content-type: application/json
    {"content":"5","tts":true,"n":5,"id":"175928847299117063","none":null,"list":[1,2]}
    PATCH /channels/1
    authorization: Bot [token]
    x-audit-log-reason: why%20%C5%BE
    content-type: application/json
    {"name":"a b"}
    GET /guilds/1/members/search?limit=5&query=a%26b
    authorization: Bot [token]
    "#);
}

#[test]
fn a_body_from_a_file_or_stdin_is_sent_unchanged() {
    let server = Recorder::new();
    let world = World::at(&server);
    world.run_with(["api", "POST", "/channels/1/messages", "--input", "-"], "{ \"content\" : \"a\" }\n");
    assert_eq!(server.one().body, b"{ \"content\" : \"a\" }\n");
    insta::assert_snapshot!(world.run(["api", "POST", "/x", "--input", "missing"]), @r"
    exit: 2
    --- stderr
    error: --input: cannot read missing: there is no such file or folder
    ");
    insta::assert_snapshot!(world.run(["api", "POST", "/x", "--input", "-", "-f", "a=b"]), @r"
    exit: 2
    --- stderr
    error: --input and a field (-f, -F) cannot be combined
    ");
    assert!(server.take().is_empty());
}

#[test]
fn include_prints_the_status_and_headers() {
    let server = Recorder::scripted([Reply::ok(&json!({"id": "9"})).header("X-RateLimit-Limit", "5")]);
    insta::assert_snapshot!(World::at(&server).run(["api", "/channels/1", "-i"]), @r#"
    exit: 0
    --- stdout
    HTTP 200 OK
    content-type: application/json
    x-ratelimit-limit: 5
    content-length: 10

    {"id":"9"}
    "#);
}

#[test]
fn all_fetches_every_page_of_a_list_in_the_catalogue() {
    let server = Recorder::answering(|request| {
        let query = request.query();
        let after = query.iter().find(|(n, _)| n == "after").map_or(0, |(_, id)| id.parse::<u64>().unwrap());
        let last = (after + 1000).min(1500);
        Reply::ok(&(after + 1..=last).map(|n| json!({"user": {"id": n.to_string()}})).collect())
    });
    let outcome = World::at(&server).run(["api", "/guilds/1/members?limit=1000", "--all", "--jq", ".user.id"]);
    assert_eq!(outcome.stdout.lines().count(), 1500, "{}", outcome.stderr);
    assert_eq!(outcome.stdout.lines().last(), Some("1500"));
    insta::assert_snapshot!(server.lines(), @r"
    GET /guilds/1/members?limit=1000
    GET /guilds/1/members?after=1000&limit=1000
    ");
    insta::assert_snapshot!(World::at(&server).run(["api", "/channels/1", "--all"]), @r"
    exit: 2
    --- stderr
    error: --all and /channels/{channel_id}, which has no pages cannot be combined
    ");
}

#[test]
fn the_token_is_sent_only_to_the_api() {
    let world = World::new();
    insta::assert_snapshot!(world.run(["api", "https://discord.example/api/v10/users/@me"]), @r"
    exit: 2
    --- stderr
    error: https://discord.example/api/v10/users/@me is outside the API URL, and dcord sends the token only to the API
      hint: --api-url and DCORD_API_URL take an https:// URL, or http:// on this machine
    ");
    let world = world.env("DCORD_API_URL", "http://127.0.0.1:1/api/v10").env("DCORD_RETRIES", "0");
    insta::assert_snapshot!(world.run(["api", "/../../etc"]), @r"
    exit: 2
    --- stderr
    error: /../../etc is outside the API URL, and dcord sends the token only to the API
      hint: --api-url and DCORD_API_URL take an https:// URL, or http:// on this machine
    ");
    insta::assert_snapshot!(world.run(["api", "/channels/%2e%2e/%2e%2e/%2e%2e/x"]), @r"
    exit: 2
    --- stderr
    error: /channels/%2e%2e/%2e%2e/%2e%2e/x is outside the API URL, and dcord sends the token only to the API
      hint: --api-url and DCORD_API_URL take an https:// URL, or http:// on this machine
    ");
}

#[test]
fn a_path_that_contains_a_token_is_sent_without_the_bot_token() {
    let server = Recorder::new();
    let world = World::at(&server);
    let outcome = world.run(["api", &format!("/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}"), "-vv"]);
    assert!(outcome.stderr.contains(&format!("path=/webhooks/{WEBHOOK_ID}/{{webhook_token}} ")), "{outcome}");
    let request = server.one();
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.target, format!("/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}"));
}

#[test]
fn a_missing_path_or_an_unknown_method_is_a_usage_error() {
    let world = World::new();
    insta::assert_snapshot!(world.run(["api"]), @r"
    exit: 2
    --- stderr
    error: PATH is missing (usage: dcord api [METHOD] PATH [OPTIONS])
    ");
    for method in ["GET", "get", "DELETE"] {
        let outcome = world.run(["api", method]);
        let hint = format!("hint: a path follows the method: dcord api {} /users/@me\n", method.to_uppercase());
        assert!(
            outcome.stderr.contains("error: PATH is missing (usage: ") && outcome.stderr.ends_with(&hint),
            "{outcome}"
        );
    }
    let offline = world.run(["api", "/users/@me", "--offline"]);
    assert!(offline.status == Some(10) && offline.stderr.contains("but --offline prevents it"), "{offline}");
    insta::assert_snapshot!(world.run(["api", "FETCH", "/x"]), @r#"
    exit: 2
    --- stderr
    error: METHOD: "FETCH" is not one of GET, POST, PUT, PATCH, DELETE
    "#);
    insta::assert_snapshot!(world.run(["api", "/x", "-f", "novalue"]), @r#"
    exit: 2
    --- stderr
    error: -f: "novalue" is not KEY=VALUE
    "#);
}

#[test]
fn curl_style_arguments_get_a_hint() {
    let world = World::new();
    for (args, hint) in [
        (&["api", "-X", "POST", "/x"][..], "the method comes before the path: dcord api POST /channels/ID/messages"),
        (&["api", "/x", "POST"], "the method comes before the path: dcord api POST /x"),
        (&["api", "POST", "/x", "{}"], "a body comes from fields, -f KEY=VALUE, or from a file or standard input"),
        (&["api", "/x", "{}"], "a body comes from fields, -f KEY=VALUE, or from a file or standard input"),
        (&["api", "/x", "-H", "a: b"], "dcord sets the headers"),
    ] {
        let outcome = world.run(args);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""), "{outcome}");
        assert!(outcome.stderr.contains(&format!("hint: {hint}")), "{args:?}: {outcome}");
    }
}

#[test]
fn an_api_url_is_accepted_as_a_path_only_on_discords_domains() {
    let world = World::new().without("DCORD_API_URL");
    let run = |url: &str| world.run(["api", url, "--dry-run", "--jq", ".url"]);
    for url in [
        "https://discord.com/api/v10/users/@me?a=b",
        "https://discord.com/api/users/@me?a=b",
        "https://canary.discord.com/api/v10/users/@me?a=b",
        "https://discordapp.com/api/v10/users/@me?a=b",
    ] {
        assert_eq!(run(url).stdout, "https://discord.com/api/v10/users/@me?a=b\n", "{url}");
    }
    for url in [
        "https://discord.com/api/v9/users/@me",
        "http://discord.com/api/v10/users/@me",
        "https://discord.com:444/api/v10/users/@me",
        "https://a@discord.com/api/users/@me",
        "https://discord.com.example/api/v10/users/@me",
        "https://discord.com/channels/1/2",
    ] {
        let outcome = run(url);
        assert!(outcome.status == Some(2) && outcome.stderr.contains("is outside the API URL"), "{url}: {outcome}");
    }
    let other = World::new().env("DCORD_API_URL", "http://127.0.0.1:1/api/v10");
    let outcome = other.run(["api", "https://discord.com/api/v10/users/@me"]);
    assert!(outcome.status == Some(2) && outcome.stderr.contains("is outside the API URL"), "{outcome}");
}
