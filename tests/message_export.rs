//! `dcord message export`.

use std::fs;

use serde_json::{Value, json};

use super::support::{Recorded, Recorder, Reply, Sandbox, World};

#[test]
fn an_export_of_stored_history_equals_the_export_from_discord() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=2,members=5,messages=450"]);
    let world = sandbox.world();
    let channel = sandbox.value("channel_id");
    let missing = world.run(["message", "export", channel, "--offline"]);
    assert!(missing.status == Some(10) && missing.stderr.contains("dcord cache sync"), "{missing}");
    assert_eq!(world.run(["cache", "sync", channel]).status, Some(0));
    for options in [
        &[][..],
        &["--format", "csv"],
        &["--format", "md"],
        &["--limit", "130"],
        &["--after", "2025-01-01T00:01:00Z", "--before", "2025-01-01T00:06:00Z"],
        &["--after", "2025-01-01T00:06:00Z", "--jq", ".id"],
        &["-o", "csv", "--fields", "id,content", "--limit", "3"],
    ] {
        let run = |more: &[&str]| world.run([&["message", "export", channel], options, more].concat());
        let (online, offline, cached) = (run(&[]), run(&["--offline"]), run(&["--cached"]));
        assert_eq!((online.status, online.stderr.as_str()), (Some(0), ""), "{options:?}: {online}");
        assert!(!online.stdout.is_empty(), "{options:?}");
        assert_eq!(online.stdout, offline.stdout, "{options:?}: {offline}");
        assert_eq!(online.stdout, cached.stdout, "{options:?}: {cached}");
    }
    let times = world.run(["message", "export", channel, "--jq", ".timestamp"]).stdout;
    assert!(times.lines().count() == 450 && times.lines().is_sorted(), "the oldest message comes first");
    let listed = world.run(["message", "list", channel, "--all", "--offline", "--jq", ".id"]);
    assert_eq!((listed.status, listed.stdout.lines().count()), (Some(0), 450), "{}", listed.stderr);
}

/// A channel with these messages, oldest first.
fn channel(messages: Vec<Value>) -> Recorder {
    Recorder::answering(move |request| match request.path() {
        "/channels/7" => Reply::ok(&json!({"id": "7", "type": 0, "name": "gen*eral", "guild_id": "555"})),
        _ => Reply::ok(&messages.iter().rev().cloned().collect()),
    })
}

fn message(id: &str, content: &str) -> Value {
    json!({"id": id, "channel_id": "7", "type": 0, "content": content, "timestamp": "2026-05-28T09:00:00.000000+00:00",
        "author": {"id": "5", "username": "=ada"}, "attachments": []})
}

#[test]
fn markdown_and_csv_make_the_text_of_strangers_harmless() {
    let hostile = "<img src=x onerror=alert(1)>\u{1b}[2J\u{202e}\n\n# **Admin** 10:00\n```\n````\n<b>";
    let server = channel(vec![message("1", hostile), message("2", "=HYPERLINK(\"http://x\")")]);
    let world = World::at(&server);
    let document = world.run(["message", "export", "7", "--format", "md"]);
    insta::assert_snapshot!(document, @r#"
    exit: 0
    --- stdout
    # \#gen\*eral

    ## 2026-05-28

    **\=ada** 09:00  
    &lt;img src=x onerror=alert(1)&gt;\[2J  
    &nbsp;  
    \# \*\*Admin\*\* 10:00
    ```

    ```
    \`  
    &lt;b&gt;

    \=HYPERLINK("<http://x>")
    "#);
    let table = world.run(["message", "export", "7", "--format", "csv", "--fields", "id,author.username,content"]);
    assert!(table.stdout.ends_with("2,'=ada,\"'=HYPERLINK(\"\"http://x\"\")\"\n"), "{table}");
}

#[test]
fn an_export_has_one_format() {
    let server = channel(vec![message("1", "a")]);
    let world = World::at(&server);
    for (options, why) in [
        (&["-o", "table"][..], "use --format jsonl, csv or md"),
        (&["--format", "md", "--jq", ".id"], "--jq"),
        (&["--format", "md", "--fields", "id"], "--fields"),
        (&["--format", "csv", "-o", "jsonl"], "--format csv and -o jsonl cannot be combined"),
        (&["-o", "text"], "message export does not support -o text"),
        (&["--format", "html"], "md"),
    ] {
        let run = world.run([&["message", "export", "7"], options].concat());
        assert!(run.status == Some(2) && run.stderr.contains(why) && run.stdout.is_empty(), "{run}");
    }
    let unknown = world.run(["message", "export", "7", "--format", "xml"]);
    assert!(
        unknown.status == Some(2) && !unknown.stderr.contains("--no-validate"),
        "the option is dcord's own: {unknown}"
    );
    assert!(server.take().is_empty(), "nothing is sent");
    let dry = world.run(["message", "export", "7", "--dry-run", "--jq", ".url"]);
    assert!(dry.stdout.ends_with("/channels/7/messages?after=0&limit=100\n"), "{dry}");
    assert!(server.take().is_empty());
    let head = world.shell("\"$DCORD\" message export 7 | head -n1");
    assert_eq!((head.status, head.stderr.as_str()), (Some(0), ""), "{head}");
}

/// A channel whose messages have these files: the name, the size, and the path and query of the URL. `answer` serves the files.
fn with_files(
    files: &'static [(&'static str, u64, &'static str)],
    answer: impl Fn(&Recorded) -> Reply + Send + Sync + 'static,
) -> Recorder {
    Recorder::answering(move |request| {
        if request.path() != "/channels/7/messages" {
            return answer(request);
        }
        let host = request.header("host").unwrap();
        let is_again = request.query().iter().any(|(name, value)| name == "after" && value != "0");
        let messages = files.iter().enumerate().map(|(at, (name, size, target))| {
            let mut message = message(&(at + 100).to_string(), "see");
            let target = if is_again { target.replace("ex=1", "ex=ffffffff") } else { (*target).to_owned() };
            let url = if target.contains("://") { target } else { format!("http://{host}{target}") };
            message["attachments"] = json!([{"id": at.to_string(), "filename": name, "size": size, "url": url}]);
            message
        });
        Reply::ok(&messages.rev().collect())
    })
}

fn file(status: u16, bytes: &str) -> Reply {
    Reply::new(status, "application/octet-stream", bytes)
}

#[test]
fn the_files_of_messages_are_downloaded_once() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=2,members=5"]);
    let world = sandbox.world();
    let channel = sandbox.value("channel_id");
    let (a, b) = (world.file("a.txt", "first"), world.file("b", "\0second"));
    let sent = world.run(["message", "send", channel, "two", "--file", &a, "--file", &b, "-o", "id"]);
    let id = sent.stdout.trim().to_owned();
    let export = ["message", "export", channel, "--attachments", "files", "--jq", ".id"];
    let run = world.run(export);
    assert_eq!((run.status, run.stdout.trim(), run.stderr.as_str()), (Some(0), id.as_str(), ""), "{run}");
    let read = |name: &str| fs::read(world.path("files").join(name)).unwrap();
    assert_eq!((read(&format!("{id}-0.txt")), read(&format!("{id}-1"))), (b"first".to_vec(), b"\0second".to_vec()));
    let again = world.show(100, export);
    assert!(again.stdout.contains("downloaded 0 files; 2 were complete"), "{again}");
    let offline = world.run([&export[..], &["--offline"]].concat());
    assert!(offline.status == Some(10) && offline.stderr.contains("--offline"), "{offline}");
}

#[test]
fn an_incomplete_file_is_continued() {
    let server = with_files(&[("a.bin", 5, "/files/a")], |request| match request.header("range") {
        Some("bytes=3-") => file(206, "lo").header("content-range", "bytes 3-4/5"),
        _ => file(200, "HELLO"),
    });
    for (part, content) in
        [(Some("hel"), "hello"), (None, "HELLO"), (Some("too long"), "HELLO"), (Some("hello"), "hello")]
    {
        let world = World::at(&server);
        if let Some(part) = part {
            world.file("files/100-0.bin.part", part);
        }
        let run = world.run(["message", "export", "7", "--attachments", "files", "-o", "none"]);
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run}");
        let names: Vec<_> = fs::read_dir(world.path("files")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["100-0.bin"], "{part:?}");
        assert_eq!(fs::read_to_string(world.path("files/100-0.bin")).unwrap(), content, "{part:?}");
    }
}

#[test]
fn a_file_that_cannot_be_trusted_is_reported_and_the_others_are_downloaded() {
    const FILES: &[(&str, u64, &str)] = &[
        ("../../evil.sh", 2, "/files/ok"),
        ("elsewhere.png", 2, "http://127.0.0.2:9/x"),
        ("moved.png", 2, "/files/moved"),
        ("short.png", 9, "/files/ok"),
        ("long.png", 1, "/files/ok"),
        ("lost.png", 2, "/files/lost"),
        ("old.png", 2, "/files/ok?ex=1"),
    ];
    let server = with_files(FILES, |request| match request.path() {
        "/files/ok" if request.target.ends_with("ex=1") => file(403, "expired"),
        "/files/ok" => file(200, "ok"),
        "/files/moved" => file(302, "").header("location", "http://127.0.0.2:9/x"),
        _ => file(404, "unknown"),
    });
    let world = World::at(&server);
    let run = world.run(["message", "export", "7", "--attachments", "files", "-o", "none"]);
    assert_eq!(run.status, Some(3), "{run}");
    let mut names: Vec<_> =
        fs::read_dir(world.path("files")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["100-0.sh", "103-0.png.part", "106-0.png"], "{run}");
    for why in [
        "101-0.png: its URL is not on one of Discord's file servers, but on \"127.0.0.2\"",
        "102-0.png: 127.0.0.1 returned 302 Found",
        "103-0.png: it has 2 bytes, but the message says 9",
        "104-0.png: it has 2 bytes, but the message says 1",
        "105-0.png: 127.0.0.1 returned 404 Not Found",
        "error: 5 files could not be downloaded",
    ] {
        assert!(run.stderr.contains(why), "{why}: {run}");
    }
    let sent = server.take();
    let downloads: Vec<_> = sent.iter().filter(|request| request.path().starts_with("/files")).collect();
    assert!(
        downloads.iter().all(|request| request.header("authorization").is_none()),
        "the token goes only to the API"
    );
    assert!(
        downloads.iter().any(|request| request.target == "/files/ok?ex=ffffffff"),
        "an expired URL is signed again"
    );
}
