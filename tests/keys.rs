//! `webhook send --key`: one message for a key, though Discord compares no nonces there.

use std::process::Stdio;

use serde_json::json;

use super::support::{Recorder, Reply, WEBHOOK_ID, WEBHOOK_TOKEN, World};

fn world(server: &Recorder) -> World {
    let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    World::at(server).without("DCORD_TOKEN").env("DCORD_WEBHOOK_URL", url)
}

/// Each answer is another message.
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
    // Another key, another thread, or no key is another message.
    assert_eq!(send(&world, &["--key", "deploy-2"]), "2");
    assert_eq!(send(&world, &["--key", "deploy-1", "--thread-id", "7"]), "3");
    assert_eq!(send(&world, &["--key", "deploy-1", "--thread-id", "8"]), "4");
    assert_eq!(send(&world, &["--key", "deploy-1", "--thread-id", "7"]), "3");
    assert_eq!(send(&world, &[]), "5");
    // A bot's token at hand changes nothing, nor does a thread that the URL names.
    let with_token = world.env("DCORD_TOKEN", super::support::TOKEN);
    assert_eq!(send(&with_token, &["--key", "deploy-1"]), "1");
    let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}?thread_id=7");
    let in_thread = with_token.env("DCORD_WEBHOOK_URL", url);
    assert_eq!(send(&in_thread, &["--key", "deploy-1"]), "3");
    let other = in_thread.env("DCORD_WEBHOOK_URL", format!("https://discord.com/api/webhooks/9/{WEBHOOK_TOKEN}"));
    assert_eq!(send(&other, &["--key", "deploy-1"]), "6");
    // A dry run uses no key up.
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
              hint: a variable in the key may not be set; use a key that names what is sent, such as build-52
            ");
        }
    }
    assert!(server.take().is_empty());
}

#[test]
fn a_message_that_may_have_been_sent_is_not_sent_again() {
    let server = Recorder::scripted([Reply::Hang, Reply::ok(&json!({"id": "2"}))]);
    let world = world(&server);
    let send = |key: &str| world.run(["webhook", "send", "hello", "--key", key, "--jq", ".id"]);
    assert_eq!(send("k").status, Some(8));
    assert_eq!(server.take().len(), 1);
    let again = send("k");
    assert_eq!(again.status, Some(10), "{again}");
    assert!(again.stderr.contains("Discord may have posted it"), "{again}");
    assert!(again.stderr.contains("send it with another --key"), "{again}");
    assert!(server.take().is_empty());
    assert_eq!(send("another").stdout, "2\n");
}

#[test]
fn a_message_that_was_refused_may_be_sent_under_its_key() {
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
fn of_runs_at_the_same_time_one_sends() {
    let server = counting();
    let world = world(&server);
    let start = || {
        let mut command = world.command();
        command.args(["webhook", "send", "hello", "--key", "k"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let runs: Vec<_> = (0..6).map(|_| start()).collect();
    let ends: Vec<_> = runs.into_iter().map(|mut run| run.wait().unwrap().code()).collect();
    // The others print its message, or refuse while it is on its way.
    assert!(ends.iter().all(|end| matches!(end, Some(0 | 10))), "{ends:?}");
    assert!(ends.contains(&Some(0)), "{ends:?}");
    assert_eq!(server.take().len(), 1);
}

#[test]
fn a_bearer_tokens_application_is_asked_for_where_users_may_ask() {
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
