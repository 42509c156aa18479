//! `dcord notify`: the result of a job as a message.

use serde_json::{Value, json};

use super::support::{Outcome, Recorder, Reply, Sandbox, WEBHOOK_ID, WEBHOOK_TOKEN, World};

/// A world in which the webhook of the sandbox is in a variable.
fn world(sandbox: &Sandbox) -> World {
    let world = sandbox.world().env("DCORD_WEBHOOK_URL", sandbox.value("webhook_url"));
    world.secret(sandbox.value("webhook_url").rsplit('/').next().unwrap());
    world
}

/// A world whose Discord is the recorder, with a webhook.
fn recorded(server: &Recorder) -> World {
    let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    World::at(server).without("DCORD_TOKEN").env("DCORD_WEBHOOK_URL", url)
}

/// The messages of the sandbox's channel, the newest first.
fn messages(sandbox: &Sandbox) -> Vec<Value> {
    let run = sandbox.world().run(["message", "list", sandbox.value("channel_id"), "--all"]);
    assert_eq!(run.status, Some(0), "{run}");
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The message that a run printed.
fn printed(run: &Outcome) -> Value {
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run}");
    serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}: {run}"))
}

/// The embed of the request that a dry run prints.
fn planned(world: &World, args: &[&str]) -> Value {
    let run = world.run([&["notify", "--dry-run"], args].concat());
    assert_eq!(run.status, Some(0), "{run}");
    let request: Value = serde_json::from_str(&run.stdout).unwrap();
    request["body"]["embeds"][0].clone()
}

/// A world that sends nothing.
fn dry() -> World {
    let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    World::new().without("DCORD_TOKEN").env("DCORD_WEBHOOK_URL", url)
}

const GITHUB: &[(&str, &str)] = &[
    ("CI", "true"),
    ("GITHUB_ACTIONS", "true"),
    ("GITHUB_SERVER_URL", "https://github.com"),
    ("GITHUB_REPOSITORY", "acme/app"),
    ("GITHUB_REF_NAME", "main"),
    ("GITHUB_REF_TYPE", "branch"),
    ("GITHUB_SHA", "0123456789abcdef"),
    ("GITHUB_ACTOR", "ada"),
    ("GITHUB_WORKFLOW", "CI"),
    ("GITHUB_JOB", "test"),
    ("GITHUB_RUN_ID", "98765"),
];

fn on_github(world: World) -> World {
    GITHUB.iter().fold(world, |world, (name, value)| world.env(name, value))
}

#[test]
fn each_status_has_its_colour_and_its_symbol() {
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    let world = world(&sandbox);
    for (status, color, title) in [
        ("started", 5_793_266, "⏳ Nightly"),
        ("success", 5_763_719, "✅ Nightly"),
        ("failed", 15_548_997, "❌ Nightly"),
        ("warning", 16_705_372, "⚠️ Nightly"),
        ("info", 3_447_003, "ℹ️ Nightly"),
        ("canceled", 9_807_270, "🚫 Nightly"),
    ] {
        let message = printed(&world.run(["notify", "--status", status, "--title", "Nightly", "the text"]));
        let embed = &message["embeds"][0];
        assert_eq!((&embed["color"], &embed["title"]), (&json!(color), &json!(title)), "{message}");
        assert_eq!(embed["description"], "the text");
    }
    assert_eq!(messages(&sandbox).len(), 6);
}

#[test]
fn a_job_of_ci_is_described_by_its_environment_and_options_override_it() {
    let world = on_github(dry());
    insta::assert_snapshot!(planned(&world, &["--status", "success"]), @r#"{"color":5763719,"title":"✅ acme/app: CI / test succeeded","url":"https://github.com/acme/app/actions/runs/98765","fields":[{"name":"Branch","value":"main","inline":true},{"name":"Commit","value":"[`0123456`](https://github.com/acme/app/commit/0123456789abcdef)","inline":false},{"name":"By","value":"ada","inline":true}],"footer":{"text":"GitHub Actions"}}"#);
    let own = planned(&world, &["--title", "Mine", "--link", "https://example.com/1", "--field", "Branch=other"]);
    assert_eq!((&own["title"], &own["url"]), (&json!("ℹ️ Mine"), &json!("https://example.com/1")));
    let fields: Vec<_> = own["fields"].as_array().unwrap().iter().map(|field| &field["name"]).collect();
    assert_eq!(fields, ["Branch", "Commit", "By", "Branch"]);
    let of_gitlab = dry().env("GITLAB_CI", "true").env("CI_PROJECT_PATH", "acme/app").env("CI_JOB_STATUS", "failed");
    assert_eq!(planned(&of_gitlab, &[])["title"], "❌ acme/app failed", "the status of the job is the default");
}

#[test]
fn names_that_strangers_choose_neither_ping_nor_change_the_layout() {
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    for branch in ["@everyone", "```", "[click](https://evil.example)", "<@1>", "# big", "a\u{202e}b\nc"] {
        let event = json!({"head_commit": {"message": format!("{branch}\nmore")}});
        let mut world = on_github(world(&sandbox));
        world.set("GITHUB_REF_NAME", branch);
        let path = world.file("event.json", event.to_string());
        world.set("GITHUB_EVENT_PATH", path);
        let message = printed(&world.run(["notify", "--status", "failure"]));
        assert_eq!((&message["mention_everyone"], &message["content"]), (&json!(false), &json!("")), "{message}");
        let value = message["embeds"][0]["fields"][0]["value"].as_str().unwrap();
        let unescaped = value.replace('\\', "");
        assert_eq!(unescaped, branch.replace('\u{202e}', "").replace('\n', " "), "{value}");
        for (at, _) in value.match_indices(['`', '[', '<', '@', '#']) {
            assert!(value[..at].ends_with('\\'), "{value}");
        }
    }
}

#[test]
fn only_a_failure_pings_unless_it_is_asked_for() {
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    let world = world(&sandbox);
    let role =
        sandbox.world().run(["role", "list", sandbox.value("guild_id"), "--jq", "select(.name != \"@everyone\").id"]);
    let role = role.stdout.lines().next().unwrap().trim_matches('"').to_owned();
    let notify =
        |more: &[&str]| printed(&world.run([&["notify", "text @everyone", "--mention", &role], more].concat()));
    let failure = notify(&["--status", "failure"]);
    assert_eq!((&failure["content"], &failure["mention_roles"]), (&json!(format!("<@&{role}>")), &json!([role])));
    assert_eq!(failure["mention_everyone"], false);
    assert_eq!(notify(&["--status", "success"])["content"], "");
    assert_eq!(notify(&["--status", "success", "--mention-on", "always"])["mention_roles"], json!([role]));
    let everyone = printed(&world.run(["notify", "--status", "failure", "--mention", "everyone"]));
    assert_eq!((&everyone["content"], &everyone["mention_everyone"]), (&json!("@everyone"), &json!(true)));
}

#[test]
fn a_log_shows_its_last_lines_without_colours_and_secrets() {
    let world = dry().env("DEPLOY_PASSWORD", "correct-horse-battery").env("GITHUB_TOKEN", "ghs_0123456789abcdef");
    let mut log: Vec<u8> = (0..100).flat_map(|n| format!("line {n}\r\n").into_bytes()).collect();
    log.extend(b"\x1b[31mFAILED\x1b[0m correct-horse-battery ghs_0123456789abcdef\xff\r\n10%\r100%\r\n```\n");
    let path = world.file("build.log", &log);
    let embed = planned(&world, &["--status", "failure", "--log", &path, "--tail", "4"]);
    let expected = "```\nline 99\nFAILED [hidden] [hidden]\u{fffd}\n100%\n`\u{200b}``\n```";
    assert_eq!(embed["description"], expected);
    let run = world.run_with(["notify", "text", "--log", "-", "--dry-run", "--jq", ".body.embeds[0].description"], log);
    assert_eq!(run.stdout.matches("line").count(), 17, "the default is 20 lines: {run}");
    let both = world.run(["notify", "-", "--log", "-"]);
    assert_eq!(both.status, Some(2), "{both}");
}

#[test]
fn files_and_pictures_are_attached() {
    let server = Recorder::answering(|_| Reply::ok(&json!({"id": "1", "channel_id": "10"})));
    let world = recorded(&server);
    let picture = world.file("shot.png", b"\x89PNG\r\n\x1a\n");
    let run = world.run(["notify", "text", "--file", &picture, "--image", "attachment://shot.png", "--username", "CI"]);
    assert_eq!(run.status, Some(0), "{run}");
    let sent = server.take();
    let parts = sent[0].parts();
    let body: Value = serde_json::from_slice(&parts[0].bytes).unwrap();
    assert_eq!(
        (&body["embeds"][0]["image"]["url"], &body["username"]),
        (&json!("attachment://shot.png"), &json!("CI"))
    );
    assert_eq!(parts[1].filename.as_deref(), Some("shot.png"));
}

#[test]
fn a_long_notification_is_truncated_split_attached_or_refused() {
    let server = Recorder::answering(|_| Reply::ok(&json!({"id": "1", "channel_id": "10"})));
    let world = recorded(&server);
    let log = world.file("build.log", (0..1000).map(|n| format!("a line with the number {n}\n")).collect::<String>());
    let send = |overflow: &str| {
        let run =
            world.run(["notify", "the text", "--log", &log, "--tail", "1000", "--overflow", overflow, "-o", "none"]);
        (run, server.take())
    };
    let (run, sent) = send("truncate");
    assert_eq!((run.status, sent.len()), (Some(0), 1), "{run}");
    let description = sent[0].json()["embeds"][0]["description"].as_str().unwrap().to_owned();
    assert!(description.starts_with("the text\n```\n…\n") && description.ends_with("number 999\n```"), "{description}");
    let (run, sent) = send("file");
    assert_eq!((run.status, sent.len()), (Some(0), 1), "{run}");
    let file = &sent[0].parts()[1];
    assert_eq!(file.filename.as_deref(), Some("log.txt"));
    assert_eq!(file.bytes.split(|b| *b == b'\n').count(), 1000);
    let (run, sent) = send("split");
    assert!(run.status == Some(0) && sent.len() > 10, "{run}");
    for (n, request) in sent.iter().enumerate() {
        let body = request.json();
        assert_eq!(body["content"].as_str().unwrap().matches("```").count(), 2, "{body}");
        assert_eq!(body.get("embeds").is_some(), n == sent.len() - 1, "the embed stands below the log");
    }
    let (run, sent) = send("error");
    assert_eq!((run.status, sent.len()), (Some(9), 0), "{run}");
    assert!(run.stderr.contains("--overflow split"), "{run}");
}

#[test]
fn a_message_with_too_much_of_everything_is_accepted() {
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    let world = world(&sandbox);
    let (long, fields) = ("x".repeat(3000), (0..40).map(|n| format!("--field=name {n}={}", "v".repeat(2000))));
    let fields: Vec<String> = fields.collect();
    let args = ["notify", long.as_str(), "--title", &long, "--status", "warning"].map(str::to_owned);
    let run = world.run(args.iter().chain(&fields));
    assert_eq!(run.status, Some(0), "{run}");
    assert!(run.stderr.starts_with("warning: the message has no room for the last "), "{run}");
}

#[test]
fn a_build_of_a_fork_without_the_secret_exits_with_4_or_posts_nothing_on_request() {
    for world in [
        World::new().without("DCORD_TOKEN"),
        World::new().without("DCORD_TOKEN").env("DCORD_WEBHOOK_URL", ""),
        World::new().without("DCORD_TOKEN").env("DCORD_CHANNEL", "123"),
    ] {
        let refused = world.run(["notify", "text"]);
        assert_eq!((refused.status, refused.stdout.as_str()), (Some(4), ""), "{refused}");
        assert!(refused.stderr.contains("DCORD_WEBHOOK_URL") && refused.stderr.contains("--optional"), "{refused}");
        let skipped = world.run(["notify", "text", "--optional", "--fail"]);
        assert_eq!((skipped.status, skipped.stdout.as_str()), (Some(0), ""), "{skipped}");
        assert!(skipped.stderr.contains("posts no notification"), "{skipped}");
    }
    let world = dry();
    let named = world.run(["notify", "text", "--webhook", "env:BUILD_WEBHOOK"]);
    assert!(named.status == Some(4) && named.stderr.contains("BUILD_WEBHOOK is empty or not set"), "{named}");
    let channel = world.run(["notify", "text", "--channel", "123"]);
    assert!(channel.status == Some(4) && channel.stderr.contains("no token is set"), "{channel}");
}

#[test]
fn the_webhook_comes_from_the_option_the_environment_or_the_profile() {
    let url = |id: u8| format!("https://discord.com/api/webhooks/{id}/{WEBHOOK_TOKEN}");
    let path = |world: &World, args: &[&str]| {
        let run = world.run([&["notify", "text", "--dry-run", "--jq", ".url"], args].concat());
        run.stdout.trim().trim_matches('"').to_owned()
    };
    let mut world = World::new().env("OTHER", url(3));
    world.config(&format!("[profiles.one]\nchannel = \"44\"\nwebhooks.builds = \"{}\"\n", url(1)), 0o600);
    let is_of = |path: &str, part: &str| assert!(path.contains(part), "{path} is not of {part}");
    is_of(&path(&world, &["--profile", "one"]), "/webhooks/1/");
    is_of(&path(&world, &["--profile", "one", "--webhook", "env:OTHER"]), "/webhooks/3/");
    is_of(&path(&world, &["--profile", "one", "--webhook", "builds", "--thread", "9"]), "thread_id=9");
    world.set("DISCORD_WEBHOOK_URL", url(2));
    is_of(&path(&world, &["--profile", "one"]), "/webhooks/2/");
    is_of(&path(&world, &["--channel", "5"]), "/channels/5/messages");
    is_of(&path(&world, &["--channel", "5", "--thread", "6"]), "/channels/6/messages");
    let literal = world.run(["notify", "text", "--webhook", &url(2)]);
    assert_eq!(literal.status, Some(2), "a secret is no argument");
    let invalid = world.run(["notify", "text", "--webhook", "env:PATH"]);
    assert!(
        invalid.status == Some(2) && invalid.stderr.starts_with("error: --webhook (env:PATH) is not a webhook URL"),
        "{invalid}"
    );
    let unreadable = world.run(["notify", "text", "--webhook", "file:/no/such/file"]);
    assert!(
        unreadable.status == Some(2) && unreadable.stderr.starts_with("error: --webhook: cannot read /no/such/file"),
        "{unreadable}"
    );
    let unknown = world.run(["notify", "text", "--webhook", "bilds"]);
    assert!(
        unknown.status == Some(2) && unknown.stderr.contains("\"bilds\" is not a webhook of the profile"),
        "{unknown}"
    );
}

#[test]
fn a_notification_that_is_not_delivered_fails_the_job_only_on_request() {
    let gone =
        Recorder::answering(|_| Reply::new(404, "application/json", r#"{"message":"Unknown Webhook","code":10015}"#));
    let limited = Recorder::answering(|_| {
        let reply =
            Reply::new(429, "application/json", r#"{"message":"slow down","retry_after":600.0,"global":false}"#);
        reply.header("retry-after", "600").header("via", "1.1 google")
    });
    let down =
        World::new().env("DCORD_WEBHOOK_URL", format!("http://127.0.0.1:1/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}"));
    for (world, status, reason) in [
        (recorded(&gone), 6, "not delivered: Unknown Webhook"),
        (recorded(&limited), 7, "not delivered: "),
        (down.env("DCORD_RETRIES", "0"), 8, "not delivered: cannot connect to 127.0.0.1"),
    ] {
        let run = world.run(["notify", "text"]);
        assert_eq!((run.status, run.stdout.as_str()), (Some(0), ""), "{run}");
        assert!(run.stderr.starts_with(&format!("warning: {reason}")), "{run}");
        let failed = world.run(["notify", "text", "--fail"]);
        assert_eq!((failed.status, failed.stdout.as_str()), (Some(status), ""), "{failed}");
        assert!(failed.stderr.starts_with("error: "), "{failed}");
        let json = world.run(["notify", "text", "--errors", "json"]);
        let line: Value = serde_json::from_str(json.stderr.lines().last().unwrap()).unwrap();
        assert_eq!((json.status, &line["level"]), (Some(0), &json!("warning")), "{json}");
        assert!(line["message"].as_str().unwrap().starts_with(reason), "{json}");
        let quiet = world.run(["notify", "text", "-q"]);
        assert_eq!((quiet.status, quiet.stderr.as_str()), (Some(0), ""), "{quiet}");
    }
}

#[test]
fn a_mistake_on_the_command_line_always_fails() {
    let world = dry();
    for (line, part) in [
        ("notify", "TEXT is missing"),
        ("notify text --status succes", "did you mean \"success\"?"),
        ("notify text --link example.com", "--link: \"example.com\" is not a URL"),
        ("notify text --field Branch", "--field: \"Branch\" is not NAME=VALUE"),
        ("notify text --log .", "--log: cannot read ."),
        ("notify text --key k --overflow split", "--overflow split and --key cannot be combined"),
        ("notify text --channel 1 --username x", "--username and --channel cannot be combined"),
    ] {
        let run = world.run(line.split(' '));
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{run}");
        assert!(run.stderr.contains(part), "{line}: {run}");
    }
}

#[test]
fn a_report_is_posted_without_the_files_that_the_job_has_not_written() {
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    let run = world(&sandbox).run(["notify", "text", "--log", "test.log", "--file", "report.xml#Report"]);
    assert_eq!(run.status, Some(0), "{run}");
    for part in ["--log test.log does not exist", "--file report.xml#Report does not exist"] {
        assert!(run.stderr.contains(part), "{run}");
    }
    assert_eq!(embeds(&sandbox).len(), 1);
}

#[test]
fn on_a_terminal_a_notification_prints_one_line() {
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    let world = world(&sandbox);
    for columns in [60, 200] {
        let run = world.show(columns, ["notify", "text", "--status", "success"]);
        assert_eq!(run.status, Some(0), "{run}");
        assert!(run.stdout.starts_with("Sent ") && run.stdout.trim_end().lines().count() == 1, "{run}");
    }
    let url = world.run(["notify", "text", "-o", "url"]);
    assert!(url.stdout.starts_with("https://discord.com/channels/"), "{url}");
    let jq = world.run(["notify", "text", "--jq", ".embeds[0].description"]);
    assert_eq!(jq.stdout, "text\n", "{jq}");
}

/// The embeds of the sandbox's messages, the oldest first.
fn embeds(sandbox: &Sandbox) -> Vec<Value> {
    messages(sandbox).into_iter().rev().map(|mut message| message["embeds"][0].take()).collect()
}

/// The value of a field.
fn field<'a>(embed: &'a Value, name: &str) -> Option<&'a str> {
    embed["fields"].as_array()?.iter().find(|field| field["name"] == name)?["value"].as_str()
}

#[test]
fn run_exits_with_the_status_of_the_command_and_reports_it() {
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    let world = world(&sandbox);
    for (script, status, shown) in
        [("exit 0", 0, None), ("exit 3", 3, Some("3")), ("kill -TERM $$", 143, Some("143 (signal 15)"))]
    {
        let run = world.run(["notify", "run", "--", "sh", "-c", script]);
        assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (Some(status), "", ""), "{run}");
        let embed = embeds(&sandbox).pop().unwrap();
        let title = if status == 0 { "✅ sh succeeded" } else { "❌ sh failed" };
        assert_eq!((embed["title"].as_str(), field(&embed, "Exit status")), (Some(title), shown), "{embed}");
        assert!(field(&embed, "Duration").is_some() && !embed.to_string().contains(script), "{embed}");
    }
    let failed = world.run(["notify", "run", "--", "false"]);
    assert_eq!((failed.status, embeds(&sandbox).len()), (Some(1), 4), "{failed}");
    let missing = world.run(["notify", "run", "--", "no-such-program"]);
    assert_eq!(missing.status, Some(127), "{missing}");
    assert_eq!(embeds(&sandbox).pop().unwrap()["title"], "❌ no-such-program failed");
}

#[test]
fn run_passes_all_streams_through_and_shows_the_end_of_the_output_on_failure() {
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    let world = world(&sandbox).env("DEPLOY_TOKEN", "tok-0123456789");
    let script = r#"cat; printf 'half\001'; echo "$DEPLOY_TOKEN" >&2; exit 2"#;
    let run = world.run_with(["notify", "run", "--show-command", "--", "sh", "-c", script], b"in\xff\n");
    assert_eq!(run.status, Some(2), "{run}");
    assert_eq!(run.stdout, format!("{:?}", b"in\xff\nhalf\x01"), "the bytes are the program's own");
    assert_eq!(run.stderr, "tok-0123456789\n", "what the command writes is not changed");
    let embed = embeds(&sandbox).pop().unwrap();
    let log = embed["description"].as_str().unwrap();
    assert!(log.contains("in\u{fffd}\n") && log.contains("[hidden]") && !log.contains("tok-"), "{log}");
    assert!(field(&embed, "Command").unwrap().starts_with("sh -c "), "{embed}");
    let success = world.run(["notify", "run", "--", "echo", "fine"]);
    assert_eq!((success.status, success.stdout.as_str()), (Some(0), "fine\n"), "{success}");
    assert!(embeds(&sandbox).pop().unwrap().get("description").is_none());
    world.run(["notify", "run", "--tail-on", "always", "--", "echo", "fine"]);
    assert_eq!(embeds(&sandbox).pop().unwrap()["description"], "```\nfine\n```");
}

#[test]
fn run_posts_nothing_about_a_success_if_only_failures_are_wanted() {
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    let world = world(&sandbox);
    assert_eq!(world.run(["notify", "run", "--only-on", "failure", "--", "true"]).status, Some(0));
    assert!(embeds(&sandbox).is_empty());
    assert_eq!(world.run(["notify", "run", "--only-on", "failure", "--", "false"]).status, Some(1));
    assert_eq!(embeds(&sandbox).len(), 1);
}

#[test]
fn run_edits_the_message_about_the_start_at_the_end_and_pings_with_a_second_one() {
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    let world = world(&sandbox);
    for (destination, command, title) in [
        (&["--channel", sandbox.value("channel_id")][..], "true", "✅ Deploy"),
        (&[], "true", "✅ Deploy"),
        (&["--key", "k"], "true", "✅ Deploy"),
    ] {
        let args = [&["notify", "run", "--start", "--title", "Deploy"], destination, &["--", command]].concat();
        let run = world.run(args);
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run}");
        let newest = messages(&sandbox).remove(0);
        assert_eq!(newest["embeds"][0]["title"], title, "{newest}");
        assert!(newest["edited_timestamp"].is_string(), "{newest}");
    }
    assert_eq!(messages(&sandbox).len(), 3);
    world.run(["notify", "run", "--start", "--title", "Deploy", "--mention", "everyone", "--", "false"]);
    let newest = messages(&sandbox);
    assert_eq!(newest.len(), 5, "an edit pings nobody");
    assert_eq!((&newest[0]["content"], &newest[0]["mention_everyone"]), (&json!("@everyone ❌ Deploy"), &json!(true)));
    assert_eq!(newest[1]["embeds"][0]["title"], "❌ Deploy");
}

#[test]
fn a_notification_that_fails_does_not_change_the_status_of_the_command() {
    let gone =
        Recorder::answering(|_| Reply::new(404, "application/json", r#"{"message":"Unknown Webhook","code":10015}"#));
    for (command, status) in [("true", 0), ("false", 1)] {
        let run = recorded(&gone).run(["notify", "run", "--start", "--", command]);
        assert_eq!(run.status, Some(status), "{run}");
        assert_eq!(run.stderr.matches("warning: not delivered: Unknown Webhook").count(), 2, "{run}");
    }
    let world = recorded(&gone);
    let missing = world.run(["notify", "run", "--file", "report.xml", "--", "false"]);
    assert!(missing.status == Some(1) && missing.stderr.contains("report.xml does not exist"), "{missing}");
}

#[test]
fn without_a_webhook_run_runs_the_command_only_with_optional() {
    let world = World::new().without("DCORD_TOKEN");
    let refused = world.run(["notify", "run", "--", "echo", "ran"]);
    assert_eq!((refused.status, refused.stdout.as_str()), (Some(4), ""), "{refused}");
    let ran = world.run(["notify", "run", "--optional", "--", "sh", "-c", "echo ran; exit 5"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(5), "ran\n"), "{ran}");
    assert!(ran.stderr.contains("posts no notification"), "{ran}");
    for (line, part) in [
        ("notify run", "COMMAND is missing"),
        ("notify run --text - -- true", "the command and TEXT both read standard input"),
        ("notify run --start --overflow split -- true", "--overflow split and --start cannot be combined"),
        ("notify run --dry-run -- true", "\"notify run\" has no dry run"),
        ("notify --dry-run run -- true", "\"notify run\" has no dry run"),
        ("notify --title x run -- true", "put it after run: dcord notify run --title TITLE -- COMMAND"),
        ("notify --status failure run -- true", "the status is that of the command"),
        ("notify run --status failure -- true", "the status is that of the command"),
        ("notify run --fail -- true", "notify run always exits with the status of its command"),
        ("notify run --log x -- true", "the message shows the end of the command's output"),
        ("notify deploy run", "use --text: dcord notify run --text TEXT -- COMMAND"),
    ] {
        let run = world.run(line.split(' '));
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{run}");
        assert!(run.stderr.contains(part), "{line}: {run}");
    }
}

#[test]
fn a_large_output_passes_through_with_flat_memory() {
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    let script = "head -c 100000000 /dev/zero; grep VmHWM /proc/$PPID/status >&2; exit 1";
    let run = world(&sandbox).shell(&format!("\"$DCORD\" notify run -- sh -c '{script}' | wc -c"));
    assert_eq!(run.stdout.trim(), "100000000", "{run}");
    let peak: u64 = run.stderr.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(peak < 100_000, "{peak} kB for 100 MB of output");
}

#[test]
fn run_ends_although_a_process_in_the_background_keeps_the_output_open() {
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    let script = "\"$DCORD\" notify run -- sh -c 'sleep 1000 & echo $!; exit 1' > pid; kill $(cat pid)";
    let run = world(&sandbox).shell(script);
    assert_eq!((run.status, embeds(&sandbox).len()), (Some(0), 1), "{run}");
}

#[test]
fn a_signal_is_forwarded_and_the_cancelled_command_is_reported() {
    use std::io::Read as _;
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    let world = world(&sandbox);
    let mut command = world.command();
    let script = "trap 'echo bye; exit 9' TERM; echo ready; while :; do sleep 0.05; done";
    command.args(["notify", "run", "--tail-on", "always", "--", "sh", "-c", script]);
    let mut child = command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut ready = [0; 6];
    stdout.read_exact(&mut ready).unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!((child.wait().unwrap().code(), rest.as_str()), (Some(9), "bye\n"));
    let embed = embeds(&sandbox).pop().unwrap();
    assert_eq!(embed["title"], "🚫 sh was cancelled");
    assert_eq!(field(&embed, "Exit status"), Some("9, after SIGTERM"));
}

#[test]
fn the_next_run_with_a_key_edits_the_message_of_the_first() {
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    let world = world(&sandbox);
    let channel = sandbox.value("channel_id");
    let thread = world.run(["thread", "create", channel, "Builds", "-o", "id"]).stdout.trim().to_owned();
    for place in
        [&[][..], &["--channel", channel], &["--channel", channel, "--thread", &thread], &["--thread", &thread]]
    {
        let notify = |words: &[&str]| printed(&world.run([&["notify", "--key", "deploy 1"], place, words].concat()));
        let started = notify(&["--status", "started", "text", "--field", "A=1"]);
        let finished = notify(&["--status", "success", "--title", "Deploy"]);
        assert_eq!(finished["id"], started["id"], "{place:?}: {finished}");
        assert_eq!(finished["embeds"][0]["title"], "✅ Deploy");
        assert!(finished["embeds"][0].get("fields").is_none(), "nothing of the first message stays: {finished}");
        // A message that somebody has deleted is posted anew, and edited from then on.
        let at = finished["channel_id"].as_str().unwrap();
        let id = finished["id"].as_str().unwrap();
        assert_eq!(world.run(["message", "delete", at, id, "--yes"]).status, Some(0));
        let again = notify(&["--status", "failure", "text"]);
        assert_ne!(again["id"], started["id"], "{place:?}: {again}");
        let last = notify(&["--status", "success", "text"]);
        assert_eq!(last["id"], again["id"], "{place:?}: {last}");
    }
}

#[test]
fn processes_with_one_key_post_one_message() {
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    for place in ["", "--channel \"$PLACE\""] {
        let world = world(&sandbox).env("PLACE", sandbox.value("channel_id"));
        let before = messages(&sandbox).len();
        let one = format!("\"$DCORD\" notify --key k {place} text -o id");
        let run = world.shell(&format!("for n in 1 2 3 4 5 6; do {one} & done; wait"));
        let ids: std::collections::BTreeSet<&str> = run.stdout.lines().collect();
        assert_eq!((run.stdout.lines().count(), ids.len(), run.stderr.as_str()), (6, 1, ""), "{run}");
        assert_eq!(messages(&sandbox).len(), before + 1);
    }
}

#[test]
fn a_key_whose_first_message_may_be_there_posts_another_one() {
    let server = Recorder::scripted([
        Reply::new(503, "text/plain", ""),
        Reply::ok(&json!({"id": "2", "channel_id": "10"})),
        Reply::ok(&json!({"id": "2", "channel_id": "10"})),
    ]);
    let world = recorded(&server);
    let first = world.run(["notify", "text", "--key", "k", "--fail"]);
    assert_eq!(first.status, Some(8), "{first}");
    for method in ["POST", "PATCH"] {
        server.take();
        let next = world.run(["notify", "text", "--key", "k", "--fail"]);
        assert_eq!(next.status, Some(0), "{next}");
        assert_eq!(server.one().method, method);
    }
}

#[test]
fn a_key_requires_a_folder_for_its_state() {
    let server = Recorder::answering(|_| Reply::ok(&json!({"id": "1", "channel_id": "10"})));
    let mut world = recorded(&server);
    let file = world.file("no-folder", "");
    world.set("DCORD_STATE_DIR", &file);
    let run = world.run(["notify", "text", "--key", "k", "--fail"]);
    assert!(run.status == Some(1) && run.stderr.contains(&file), "{run}");
    assert!(server.take().is_empty());
}

#[test]
fn a_template_is_the_body_with_names_filled_in() {
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    let mut world = on_github(world(&sandbox));
    world.set("GITHUB_REF_NAME", "a\"b_@everyone");
    world.set("BUILD", "52");
    let template = world.file(
        "template.json",
        r#"{"content": "{{status}} {{env.BUILD}} {{branch}} {{tag}}{{mentions}}",
            "embeds": [{"title": {{title}}, "color": {{color}}, "description": "```\n{{log}}\n```"}]}"#,
    );
    let log = world.file("log", "one\n```\n");
    let args = ["notify", "--status", "success", "--template", &template, "--log", &log, "--key", "k"];
    let message = printed(&world.run(args));
    assert_eq!(message["content"], "success 52 a\"b\\_\\@everyone ");
    assert_eq!((&message["mention_everyone"], &message["embeds"][0]["color"]), (&json!(false), &json!(5_763_719)));
    assert_eq!(message["embeds"][0]["description"], "```\none\n`\u{200b}``\n```");
    let run = world.run(["notify", "run", "--template", &template, "--key", "k", "--", "true"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run}");
    assert_eq!(messages(&sandbox).len(), 1, "a template is edited, too");
    let own = world.file("own.json", r#"{"content": "@everyone", "allowed_mentions": {"parse": ["everyone"]}}"#);
    assert_eq!(printed(&world.run(["notify", "--template", &own]))["mention_everyone"], true);
    for (text, part) in [
        (r#"{"content": "{{brnch}}"}"#, "--template: no field named \"brnch\"; did you mean \"branch\"?"),
        (r#"{"content": "{{nothing}}"}"#, "`dcord notify --help` lists the names"),
        (r#"{"content": "{{env.NOT_SET}}"}"#, "NOT_SET is empty or not set"),
        (r#"{"content": "{{env.DCORD_TOKEN}}"}"#, "which contains a secret"),
        (r#"{"content": 'x'}"#, "--template is not valid JSON"),
    ] {
        let path = world.file("bad.json", text);
        for command in [&["notify"][..], &["notify", "run"]] {
            let run = world
                .run([command, &["--template", &path], if command.len() > 1 { &["--", "true"] } else { &[] }].concat());
            assert!(run.status == Some(2) && run.stderr.contains(part), "{run}");
        }
    }
    let missing = world.run(["notify", "--template", "missing.json"]);
    assert!(missing.status == Some(2) && missing.stderr.contains("cannot read missing.json"), "{missing}");
}

#[test]
fn a_mention_that_is_not_found_is_a_warning_and_the_message_is_posted_without_it() {
    let sandbox = Sandbox::serve(&["--limit", "off"]);
    let worlds = [
        (world(&sandbox), &["--fail"][..]),
        // The token is required to look the name up.
        (world(&sandbox).without("DCORD_TOKEN"), &[]),
        (sandbox.world(), &["--channel", sandbox.value("channel_id")]),
    ];
    for (n, (world, more)) in worlds.iter().enumerate() {
        let args = ["notify", "text", "--status", "failure", "--mention", "@nobody", "--mention", "here"];
        let run = world.run([&args[..], more].concat());
        assert_eq!((run.status, run.stderr.matches("warning: --mention @nobody: ").count()), (Some(0), 1), "{run}");
        let message: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(message["content"], "@nobody @here", "{run}");
        assert_eq!(messages(&sandbox).len(), n + 1);
    }
}

#[test]
fn a_picture_is_a_url_or_an_attached_file() {
    let server = Recorder::answering(|_| Reply::ok(&json!({"id": "1", "channel_id": "10"})));
    let world = recorded(&server);
    for (args, expected) in [
        (
            ["--image", "attachment://x.png"],
            "--image: \"attachment://x.png\" is not an attached file: add --file x.png",
        ),
        (["--image", "x.png"], "--image: \"x.png\" is not a URL that begins with http://, https:// or attachment://"),
        (["--avatar-url", "x"], "--avatar-url: \"x\" is not a URL that begins with http:// or https://"),
    ] {
        let run = world.run([&["notify", "text"][..], &args].concat());
        assert_eq!(run.status, Some(2), "{run}");
        assert!(run.stderr.starts_with(&format!("error: {expected}")), "{run}");
    }
    assert!(server.take().is_empty());
    // A job that failed may not have made the picture.
    let run = world.run(["notify", "text", "--image", "attachment://x.png", "--file", "x.png"]);
    assert_eq!(run.status, Some(0), "{run}");
    assert!(server.one().json()["embeds"][0].get("image").is_none());
}

#[test]
fn a_post_of_a_forum_is_started_once_and_edited_in_its_thread() {
    let server = Recorder::answering(|_| Reply::ok(&json!({"id": "7", "channel_id": "70"})));
    let world = recorded(&server);
    let notify = |args: &[&str]| {
        let run = world.run([&["notify", "text", "-o", "none"], args].concat());
        assert_eq!(run.status, Some(0), "{run}");
        server.one()
    };
    let named = ["--thread-name", "Build 5", "--key", "five"];
    let begun = notify(&named);
    assert_eq!((begun.json()["thread_name"].as_str(), begun.target.contains("thread_id")), (Some("Build 5"), false));
    let edited = notify(&named);
    assert!(edited.target.contains("/messages/7?") && edited.target.contains("thread_id=70"), "{}", edited.target);
    assert!(edited.json().get("thread_name").is_none());
    let in_thread = ["--thread", "80", "--key", "six"];
    assert!(notify(&in_thread).target.contains("thread_id=80"));
    assert!(notify(&in_thread).target.contains("/messages/7?thread_id=80"));
    let both = world.run(["notify", "text", "--thread", "1", "--thread-name", "x"]);
    assert_eq!(both.status, Some(2), "{both}");
}

#[test]
fn a_command_does_not_run_if_its_report_cannot_be_sent_offline() {
    let world = dry();
    let run = world.run(["notify", "run", "--offline", "--", "touch", "ran"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{run}");
    assert!(run.stderr.contains("--offline"), "{run}");
    assert!(!world.path("ran").exists());
}
