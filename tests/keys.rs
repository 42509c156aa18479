//! `--key` sends one message for each key, also through webhooks, where Discord ignores nonces.

use std::process::Stdio;

use serde_json::json;

use super::support::{Recorder, Reply, WEBHOOK_ID, WEBHOOK_TOKEN, World};

fn world(server: &Recorder) -> World {
    let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    World::at(server).without("DCORD_TOKEN").env("DCORD_WEBHOOK_URL", url)
}

/// Returns a server that answers each request with another message.
fn counting() -> Recorder {
    let count = std::sync::atomic::AtomicU64::new(1);
    Recorder::answering(move |_| {
        let id = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Reply::ok(&json!({"id": id.to_string(), "channel_id": "10"}))
    })
}

#[test]
fn a_repeated_run_prints_the_first_message_and_sends_nothing() {
    let server = counting();
    let world = world(&server);
    let send = |world: &World, words: &[&str]| {
        let run = world.run([&["webhook", "send", "hello", "-o", "id"], words].concat());
        assert_eq!(run.status, Some(0), "{run}");
        run.stdout.trim().to_owned()
    };
    assert_eq!(send(&world, &["--key", "deploy-1"]), "1");
    assert_eq!(send(&world, &["--key", "deploy-1"]), "1");
    assert_eq!(server.take().len(), 1);
    // Another key, another thread, or no key gives another message.
    assert_eq!(send(&world, &["--key", "deploy-2"]), "2");
    assert_eq!(send(&world, &["--key", "deploy-1", "--thread-id", "7"]), "3");
    assert_eq!(send(&world, &["--key", "deploy-1", "--thread-id", "8"]), "4");
    assert_eq!(send(&world, &["--key", "deploy-1", "--thread-id", "7"]), "3");
    assert_eq!(send(&world, &[]), "5");
    // Neither a bot token nor a thread in the URL changes the result.
    let with_token = world.env("DCORD_TOKEN", super::support::TOKEN);
    assert_eq!(send(&with_token, &["--key", "deploy-1"]), "1");
    let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}?thread_id=7");
    let in_thread = with_token.env("DCORD_WEBHOOK_URL", url);
    assert_eq!(send(&in_thread, &["--key", "deploy-1"]), "3");
    let other = in_thread.env("DCORD_WEBHOOK_URL", format!("https://discord.com/api/webhooks/9/{WEBHOOK_TOKEN}"));
    assert_eq!(send(&other, &["--key", "deploy-1"]), "6");
    // A dry run does not use up a key.
    assert_eq!(other.run(["webhook", "send", "hello", "--key", "k", "--dry-run"]).status, Some(0));
    assert_eq!(send(&other, &["--key", "k"]), "7");
    insta::assert_snapshot!(other.run(["webhook", "send", "hello", "--key", "k", "--wait=false"]), @r"
    exit: 2
    --- stderr
    error: --key and --wait=false cannot be combined
    ");
}

#[test]
fn an_empty_key_is_an_error_because_each_run_would_have_the_same() {
    let server = counting();
    for key in ["", " "] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(world(&server).run(["webhook", "send", "hello", "--key", key]), @r"
            exit: 2
            --- stderr
            error: --key is empty
              hint: a variable in the key may be unset; use a key that identifies the message, such as build-52
            ");
        }
    }
    assert!(server.take().is_empty());
}

#[test]
fn a_message_that_may_have_been_sent_is_sent_or_skipped_only_on_request() {
    let server = Recorder::scripted([Reply::Hang, Reply::ok(&json!({"id": "2"}))]);
    let world = world(&server);
    let send = |more: &[&str]| world.run([&["webhook", "send", "hello", "--key", "k", "-o", "id"], more].concat());
    let first = send(&[]);
    assert!(first.status == Some(8) && first.stderr.contains("--if-unsure send"), "{first}");
    assert_eq!(server.take().len(), 1);
    let again = send(&[]);
    assert_eq!(again.status, Some(10), "{again}");
    assert!(again.stderr.contains("Discord may have posted the message"), "{again}");
    assert!(again.stderr.contains("--if-unsure send") && again.stderr.contains("--if-unsure skip"), "{again}");
    let skipped = send(&["--if-unsure", "skip"]);
    assert_eq!((skipped.status, skipped.stdout.as_str()), (Some(0), ""), "{skipped}");
    assert!(server.take().is_empty());
    for more in [&["--if-unsure", "send"][..], &[], &["--if-unsure", "send"]] {
        let sent = send(more);
        assert_eq!((sent.status, sent.stdout.as_str()), (Some(0), "2\n"), "{sent}");
    }
    assert_eq!(server.take().len(), 1, "a message that is known to be sent is not sent again");
    let keyless = world.run(["webhook", "send", "hello", "--if-unsure", "send"]);
    assert!(keyless.status == Some(2) && keyless.stderr.contains("--if-unsure requires --key"), "{keyless}");
}

/// Returns a server that answers the requests with these numbers, counted from 1, with 503, and all others with a
/// message.
fn failing(failures: &'static [u64]) -> Recorder {
    let count = std::sync::atomic::AtomicU64::new(1);
    Recorder::answering(move |_| {
        let id = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        match failures.contains(&id) {
            true => Reply::new(503, "text/plain", ""),
            false => Reply::ok(&json!({"id": id.to_string(), "channel_id": "10"})),
        }
    })
}

#[test]
fn an_answer_of_503_leaves_the_outcome_unknown_and_the_error_says_so() {
    let server = failing(&[1]);
    let world = world(&server).env("DCORD_ERRORS", "text");
    let send = |more: &[&str]| world.run([&["webhook", "send", "hello", "-o", "id", "--key", "k"], more].concat());
    let first = send(&[]);
    assert!(first.status == Some(8) && !first.stderr.contains("try again later"), "{first}");
    let second = send(&[]);
    assert!(second.status == Some(10) && second.stderr.contains("Service Unavailable (503)"), "{second}");
    assert!(!second.stderr.contains("not recorded an answer"), "{second}");
    let without_key = failing(&[1]);
    let out = world.env("DCORD_API_URL", without_key.url()).run(["webhook", "send", "hello"]);
    assert!(out.status == Some(8) && out.stderr.contains("may have posted the message; look in the channel"), "{out}");
}

#[test]
fn the_parts_of_a_text_can_be_completed_after_a_part_with_an_unknown_outcome() {
    let text = "word ".repeat(1000);
    let send = |world: &World, how: &[&str]| {
        let line = ["webhook", "send", text.as_str(), "--overflow", "split", "--key", "k", "-o", "id"];
        world.run([&line[..], how].concat())
    };
    for (how, printed, sent) in [("send", "1\n3\n4\n", 2), ("skip", "1\n3\n", 1)] {
        let server = failing(&[2]);
        let world = world(&server);
        let first = send(&world, &[]);
        assert!(first.status == Some(8) && first.stderr.contains("part 1 of 3 was sent, but part 2 failed"), "{first}");
        assert_eq!(server.take().len(), 2);
        let second = send(&world, &[]);
        assert_eq!((second.status, server.take().len()), (Some(10), 0), "{second}");
        let third = send(&world, &["--if-unsure", how]);
        assert_eq!((third.status, third.stdout.as_str()), (Some(0), printed), "{third}");
        assert_eq!(third.stderr.matches("does not send it again").count(), 1, "{third}");
        assert_eq!(server.take().len(), sent);
    }
}

#[test]
fn parts_of_a_forum_post_whose_id_is_unknown_are_not_sent() {
    let server = failing(&[1]);
    let world = world(&server);
    let text = "word ".repeat(1000);
    let line = ["webhook", "send", &text, "--overflow", "split", "--key", "k", "--thread-name", "Build"];
    assert_eq!(world.run(line).status, Some(8));
    let out = world.run([&line[..], &["--if-unsure", "skip"]].concat());
    assert!(out.status == Some(10) && out.stderr.contains("--thread-id"), "{out}");
    assert_eq!(server.take().len(), 1);
}

#[test]
fn another_text_with_a_used_key_causes_a_warning() {
    let server = counting();
    let world = world(&server).env("DCORD_ERRORS", "text");
    let send = |text: &str| world.run(["webhook", "send", text, "--key", "k", "-o", "id"]);
    assert_eq!(send("Build 60").stderr, "");
    let same = send("Build 60");
    assert_eq!(
        same.stderr, "an earlier run with this key sent this message, so dcord does not send it again\n",
        "{same}"
    );
    let other = send("Build 61");
    assert_eq!((other.status, other.stdout.as_str()), (Some(0), "1\n"), "{other}");
    assert!(
        other.stderr.starts_with("warning: an earlier run used this key for a message with different text"),
        "{other}"
    );
}

#[test]
fn a_ci_job_without_earlier_keys_prints_which_folder_to_cache() {
    let server = counting();
    let ci = world(&server).env("DCORD_ERRORS", "text").env("CI", "true");
    let send = |world: &World, key: &str| world.run(["webhook", "send", "hello", "--key", key]).stderr;
    assert!(send(&ci, "1").contains("keep the folder"));
    assert_eq!(send(&ci, "2"), "");
    let another = ci.path("another");
    assert_eq!(send(&ci.without("CI").env("DCORD_STATE_DIR", another), "3"), "", "outside CI");
}

#[test]
fn json_errors_say_whether_discord_may_have_carried_out_a_change() {
    let sent = |server: Option<&Recorder>, words: &[&str]| {
        let world = server.map_or_else(|| World::new().env("DCORD_API_URL", "http://127.0.0.1:1"), World::at);
        let out = world.env("DCORD_ERRORS", "json").env("DCORD_RETRIES", "0").run(words);
        let line = out.stderr.lines().last().unwrap_or_default();
        let error: serde_json::Value = serde_json::from_str(line).unwrap();
        error.get("sent").cloned()
    };
    let post = ["channel", "create", "1", "general"];
    assert_eq!(sent(None, &post), Some(json!("no")), "nothing listens there");
    assert_eq!(sent(None, &["channel", "get", "1"]), None, "it changes nothing");
    for (reply, expected) in [
        (Reply::new(503, "text/plain", ""), "maybe"),
        (Reply::Hang, "maybe"),
        (Reply::json(400, &json!({"code": 50_035, "message": "Invalid Form Body"})), "no"),
    ] {
        assert_eq!(sent(Some(&Recorder::scripted([reply])), &post), Some(json!(expected)));
    }
    assert_eq!(sent(Some(&failing(&[1])), &["channel", "get", "1"]), None);
}

#[test]
fn a_key_can_be_used_again_after_its_message_was_refused() {
    let refused = Reply::json(400, &json!({"code": 50_035, "message": "Invalid Form Body"}));
    let server = Recorder::scripted([refused, Reply::ok(&json!({"id": "2"}))]);
    let nowhere = world(&server).env("DCORD_API_URL", "http://127.0.0.1:1").env("DCORD_RETRIES", "0");
    assert_eq!(nowhere.run(["webhook", "send", "hello", "--key", "k"]).status, Some(8), "nothing listens there");
    let world = nowhere.env("DCORD_API_URL", server.url());
    let send = || world.run(["webhook", "send", "hello", "--key", "k", "--jq", ".id"]);
    assert_eq!(send().status, Some(9));
    assert_eq!(send().stdout, "2\n");
    assert_eq!(send().stdout, "2\n");
    assert_eq!(server.take().len(), 2);
}

#[test]
fn of_concurrent_runs_with_one_key_only_one_sends() {
    let server = counting();
    let world = world(&server);
    let start = || {
        let mut command = world.command();
        command.args(["webhook", "send", "hello", "--key", "k"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let runs: Vec<_> = (0..6).map(|_| start()).collect();
    let ends: Vec<_> = runs.into_iter().map(|mut run| run.wait().unwrap().code()).collect();
    // The other runs print the message, or fail while it is being sent.
    assert!(ends.iter().all(|end| matches!(end, Some(0 | 10))), "{ends:?}");
    assert!(ends.contains(&Some(0)), "{ends:?}");
    assert_eq!(server.take().len(), 1);
}

#[test]
fn the_application_of_a_bearer_token_is_read_from_oauth2_me() {
    let server = Recorder::answering(|asked| match asked.path() {
        "/oauth2/@me" => Reply::ok(&json!({"application": {"id": "42", "name": "app"}, "scopes": []})),
        "/applications/@me" => Reply::ok(&json!({"id": "43"})),
        _ => Reply::ok(&json!({"metadata": {}})),
    });
    let world = World::at(&server);
    let get = ["role-connection", "get"];
    let run = world.run([&get[..], &["--token-type", "bearer"]].concat());
    assert_eq!(run.status, Some(0), "{run}");
    insta::assert_snapshot!(server.lines(), @r"
    GET /oauth2/@me
    GET /users/@me/applications/42/role-connection
    ");
    world.run(["emoji", "list-app"]);
    world.run(["command", "list"]);
    insta::assert_snapshot!(server.lines(), @r"
    GET /applications/@me
    GET /applications/43/commands
    ");
}
