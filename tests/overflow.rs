//! `--overflow`: content that is too long for one message.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::support::{Recorded, Recorder, Reply, WEBHOOK_ID, WEBHOOK_TOKEN, World};

/// Discord's maximum length of a message's content, in characters.
const MAX: usize = 2000;

/// Returns about 5000 characters of words, which are three messages.
fn long() -> String {
    (0..700).map(|n| format!("word{n:03} ")).collect::<String>().trim_end().to_owned()
}

/// Returns a server that answers each request with another message, except the `refused`th, counted from 1.
fn server(refused: u64) -> Recorder {
    let count = AtomicU64::new(0);
    Recorder::answering(move |_| {
        let n = count.fetch_add(1, Ordering::SeqCst) + 1;
        if n == refused {
            return Reply::json(403, &json!({"code": 50013, "message": "Missing Permissions"}));
        }
        Reply::ok(&json!({"id": n.to_string(), "channel_id": "10"}))
    })
}

fn webhook(server: &Recorder) -> World {
    let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    World::at(server).without("DCORD_TOKEN").env("DCORD_WEBHOOK_URL", url)
}

/// Returns the JSON of a request, also of one with files.
fn body(request: &Recorded) -> Value {
    let multipart = request.header("content-type").is_some_and(|kind| kind.starts_with("multipart/"));
    if !multipart {
        return request.json();
    }
    let part = request.parts().into_iter().find(|part| part.name == "payload_json").unwrap();
    serde_json::from_slice(&part.bytes).unwrap()
}

fn contents(requests: &[Recorded]) -> Vec<String> {
    requests.iter().map(|request| body(request)["content"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn content_that_is_too_long_is_an_error_that_names_the_ways_to_send_it() {
    let server = server(0);
    let world = World::at(&server).env("DCORD_ERRORS", "text");
    insta::assert_snapshot!(world.run(["message", "send", "1", &"é".repeat(2001)]), @r"
    exit: 9
    --- stderr
    error: CONTENT has 2001 characters; Discord allows 2000
      hint: send it in parts with --overflow split, as a file with --overflow file, or cut it with --overflow truncate
    ");
    let by_name = world.run(["message", "send", "1", &long(), "--overflow", "error"]);
    assert_eq!(by_name.status, Some(9), "{by_name}");
    let webhook = webhook(&server).env("DCORD_ERRORS", "text").run_with(["webhook", "send", "-"], long());
    assert!(webhook.status == Some(9) && webhook.stderr.contains("--overflow split"), "{webhook}");
    // An edit concerns one message, so it cannot be split.
    let edit = world.run(["message", "edit", "1", "2", &long()]);
    assert!(edit.status == Some(9) && !edit.stderr.contains("--overflow"), "{edit}");
    assert!(server.take().is_empty());
    let sent = world.run(["message", "send", "1", &long(), "--no-validate"]);
    assert_eq!(sent.status, Some(0), "{sent}");
    assert_eq!(contents(&server.take()), [long()]);
}

#[test]
fn parts_are_sent_in_order_with_files_and_reply_on_the_right_ones() {
    let server = server(0);
    let world = World::at(&server);
    let file = world.file("log.txt", "line");
    let out = world.run_with(
        [
            "message",
            "send",
            "1",
            "-",
            "--overflow",
            "split",
            "--reply-to",
            "77",
            "--embed.title",
            "Build",
            "--file",
            &file,
            "--ping",
            "none",
            "--flags",
            "suppress-notifications",
            "-o",
            "id",
        ],
        long(),
    );
    assert_eq!((out.status, out.stdout.as_str()), (Some(0), "1\n2\n3\n"), "{out}");
    let requests = server.take();
    let bodies: Vec<_> = requests.iter().map(body).collect();
    let contents = contents(&requests);
    assert_eq!(contents.join(" "), long());
    assert!(contents.iter().all(|content| content.chars().count() <= MAX));
    let has = |field: &str| bodies.iter().map(|body| body.get(field).is_some()).collect::<Vec<_>>();
    assert_eq!(has("message_reference"), [true, false, false]);
    for field in ["embeds", "attachments"] {
        assert_eq!(has(field), [false, false, true], "{field}");
    }
    for field in ["allowed_mentions", "flags", "enforce_nonce"] {
        assert_eq!(has(field), [true; 3], "{field}");
    }
    let nonces: std::collections::BTreeSet<_> = bodies.iter().map(|body| body["nonce"].to_string()).collect();
    assert_eq!(nonces.len(), 3);
    assert_eq!(requests[2].parts().len(), 2, "the file goes with the last part");
}

#[test]
fn a_code_block_that_is_cut_is_closed_and_opened_again() {
    let server = server(0);
    let text = format!("Log:\n```text\n{}```", "  a line of the log\n".repeat(150));
    let out = World::at(&server).run(["message", "send", "1", &text, "--overflow", "split"]);
    assert_eq!(out.status, Some(0), "{out}");
    let contents = contents(&server.take());
    assert_eq!(contents.len(), 2);
    assert!(contents[0].ends_with("\n```") && contents[1].starts_with("```text\n  a line"), "{contents:?}");
}

#[test]
fn an_error_between_parts_lists_the_sent_ones_and_a_key_sends_the_rest() {
    let server = server(2);
    let world = World::at(&server).env("DCORD_ERRORS", "text");
    let run = || world.run(["message", "send", "1", &long(), "--overflow", "split", "--key", "k", "-o", "id"]);
    let out = run();
    assert_eq!((out.status, out.stdout.as_str()), (Some(5), "1\n"), "{out}");
    assert!(out.stderr.contains("part 1 of 3 was sent, but part 2 failed: "), "{out}");
    assert!(out.stderr.contains("run the same command with the same --key"), "{out}");
    let first = server.take();
    let out = run();
    assert_eq!((out.status, out.stdout.as_str()), (Some(0), "1\n3\n4\n"), "{out}");
    let second = server.take();
    assert_eq!([contents(&first[..1]), contents(&second)].concat().join(" "), long());
    assert_eq!(body(&first[1])["nonce"], body(&second[0])["nonce"], "a part has the same nonce in each run");
    let out = run();
    assert_eq!((out.stdout.as_str(), server.take().len()), ("1\n3\n4\n", 0), "{out}");
}

#[test]
fn an_error_in_the_first_part_is_the_error_of_a_single_message() {
    let server = server(1);
    let world = World::at(&server).env("DCORD_ERRORS", "text");
    let out = world.run(["message", "send", "1", &long(), "--overflow", "split"]);
    assert!(out.status == Some(5) && !out.stderr.contains("part"), "{out}");
    assert_eq!(server.take().len(), 1);
}

#[test]
fn long_content_is_attached_as_a_file_after_the_others() {
    let server = server(0);
    let world = World::at(&server);
    let file = world.file("log.txt", "line");
    let text = format!("Build failed\n{}", long());
    let out = world.run(["message", "send", "1", &text, "--overflow", "file", "--file", &file]);
    assert_eq!(out.status, Some(0), "{out}");
    let request = server.one();
    let sent = body(&request);
    assert_eq!(sent["content"], "Build failed");
    assert_eq!(sent["attachments"][1], json!({"id": 1, "filename": "message.txt"}));
    let part = request.parts().into_iter().find(|part| part.name == "files[1]").unwrap();
    assert_eq!(String::from_utf8(part.bytes).unwrap(), text);
    let log = world.file("build.log", &text);
    world.run(["message", "send", "1", "--content-file", &log, "--overflow", "file"]);
    assert_eq!(body(&server.one())["attachments"][0]["filename"], "build.log");
    // Content that fits is sent as one message.
    world.run(["message", "send", "1", "short", "--overflow", "file"]);
    assert_eq!(server.one().json()["content"], "short");
}

#[test]
fn content_is_cut_off_at_a_word_with_an_ellipsis() {
    let server = server(0);
    let out = webhook(&server).run(["webhook", "send", &long(), "--overflow", "truncate"]);
    assert_eq!(out.status, Some(0), "{out}");
    let content = contents(&server.take()).concat();
    let kept = content.strip_suffix('…').unwrap();
    assert!(long().starts_with(&format!("{kept} ")) && content.chars().count() <= MAX, "{content}");
}

#[test]
fn a_dry_run_shows_every_message() {
    let out = World::new().run(["message", "send", "1", &long(), "--overflow", "split", "--dry-run"]);
    let requests: Vec<Value> = out.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let texts: Vec<_> = requests.iter().map(|request| request["body"]["content"].as_str().unwrap()).collect();
    assert_eq!(texts.join(" "), long(), "{out}");
    let curl = World::new().run(["message", "send", "1", &long(), "--overflow", "split", "--dry-run=curl"]);
    assert_eq!(curl.stdout.matches("curl ").count(), 3, "{curl}");
}

#[test]
fn the_parts_of_a_forum_post_are_sent_to_the_post() {
    let server = server(0);
    let world = webhook(&server);
    let send = |more: &[&str]| world.run([&["webhook", "send", &long(), "--overflow", "split"], more].concat());
    let out = send(&["--thread-name", "Build 7", "--jq", ".id"]);
    assert_eq!(out.status, Some(0), "{out}");
    let requests = server.take();
    let threads: Vec<_> =
        requests.iter().map(|request| request.query().contains(&("thread_id".to_owned(), "10".to_owned()))).collect();
    assert_eq!(threads, [false, true, true]);
    let names: Vec<_> = requests.iter().map(|request| body(request).get("thread_name").is_some()).collect();
    assert_eq!(names, [true, false, false]);
    let out = send(&["--thread-name", "Build 7", "--wait=false"]);
    assert!(out.status == Some(2) && server.take().is_empty(), "{out}");
    let out = send(&["--thread-id", "5", "--wait=false"]);
    assert_eq!(out.status, Some(0), "{out}");
    assert!(server.take().iter().all(|request| request.query().contains(&("thread_id".to_owned(), "5".to_owned()))));
}

#[test]
fn every_output_prints_every_message() {
    let server = Recorder::new();
    let world = World::at(&server);
    let run = |format: &[&str]| {
        let out = world.run([&["message", "send", "1", &long(), "--overflow", "split"], format].concat());
        assert_eq!(out.status, Some(0), "{out}");
        out.stdout
    };
    assert_eq!(run(&[]), "{\"id\":\"9\"}\n".repeat(3));
    assert_eq!(run(&["--jq", ".id"]), "9\n".repeat(3));
    assert_eq!(run(&["-o", "id"]), "9\n".repeat(3));
    assert_eq!(run(&["-o", "json", "--fields", "id"]).matches("\"id\"").count(), 3);
}

#[test]
fn an_explicit_nonce_and_too_many_parts_are_refused_before_anything_is_sent() {
    let server = server(0);
    let world = World::at(&server).env("DCORD_ERRORS", "text");
    let out = world.run(["message", "send", "1", &long(), "--overflow", "split", "--nonce", "n"]);
    assert!(out.status == Some(2) && out.stderr.contains("--nonce"), "{out}");
    let out = world.run_with(["message", "send", "1", "-", "--overflow", "split"], "word ".repeat(30_000));
    assert!(out.status == Some(9) && out.stderr.contains("--overflow file"), "{out}");
    assert!(server.take().is_empty());
}
