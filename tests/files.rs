//! Files in a request: their names, the parameters that describe them, and their sources.

use std::fs;
use std::io::Write as _;
use std::process::Command;

use serde_json::{Value, json};

use super::support::{Embedded, Recorded, Recorder, Reply, World};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

/// Returns the payload of a multipart request, and the names and contents of its files.
fn multipart(request: &Recorded) -> (Value, Vec<(String, Vec<u8>)>) {
    let mut payload = Value::Null;
    let mut files = Vec::new();
    for part in request.parts() {
        match part.filename {
            Some(filename) => files.push((filename, part.bytes)),
            None if part.name == "payload_json" => payload = serde_json::from_slice(&part.bytes).unwrap(),
            None => {}
        }
    }
    (payload, files)
}

/// Returns what a message with these arguments sends.
fn sent(world: &World, server: &Recorder, args: &[&str]) -> (Value, Vec<(String, Vec<u8>)>) {
    let outcome = world.run([&["message", "send", "222222222222222222"], args].concat());
    assert_eq!(outcome.status, Some(0), "{outcome}");
    multipart(&server.one())
}

#[test]
fn an_entry_of_attachments_describes_the_file_with_its_number() {
    let server = Recorder::new();
    let world = World::at(&server);
    let (first, second) = (world.file("a.txt", "a"), world.file("b.txt", "b"));
    let list = r#"[{"id":"1","description":"the second"},{"id":0,"is_spoiler":true,"filename":"own name.txt"}]"#;
    let (payload, files) = sent(&world, &server, &["--file", &first, "--file", &second, "--attachments", list]);
    assert_eq!(
        payload["attachments"],
        json!([
            {"id": "1", "description": "the second", "filename": "b.txt"},
            {"id": 0, "is_spoiler": true, "filename": "own_name.txt"},
        ])
    );
    assert_eq!(files, [("own_name.txt".into(), b"a".to_vec()), ("b.txt".into(), b"b".to_vec())]);

    // The same list inside a whole body, and in the response to an interaction.
    let body = r#"{"content":"x","attachments":[{"id":0,"description":"d"}]}"#;
    let (payload, _) = sent(&world, &server, &["--body", body, "--file", &first]);
    assert_eq!(payload["attachments"], json!([{"id": 0, "description": "d", "filename": "a.txt"}]));
    let token = world.file("token", "an-interaction-token");
    let body = r#"{"type":4,"data":{"attachments":[{"id":0,"title":"t"}]}}"#;
    let source = format!("file:{token}");
    let outcome = world.run(["interaction", "respond", "1", &source, "--body", body, "--file", &first]);
    assert_eq!(outcome.status, Some(0), "{outcome}");
    let (payload, _) = multipart(&server.one());
    assert_eq!(payload["data"]["attachments"], json!([{"id": 0, "title": "t", "filename": "a.txt"}]));
}

#[test]
fn an_edit_keeps_the_attachments_it_lists_and_adds_files() {
    let server = Recorder::new();
    let world = World::at(&server);
    let file = world.file("a.txt", "a");
    let list = r#"[{"id":"333333333333333333"}]"#;
    let outcome = world.run(["message", "edit", "1", "2", "--attachments", list, "--file", &file]);
    assert_eq!(outcome.status, Some(0), "{outcome}");
    let (payload, _) = multipart(&server.one());
    assert_eq!(payload["attachments"], json!([{"id": "333333333333333333"}, {"id": 0, "filename": "a.txt"}]));
}

#[test]
fn an_attachment_entry_without_a_file_is_refused() {
    let server = Recorder::new();
    let world = World::at(&server);
    let file = world.file("a.txt", "a");
    for (args, said) in [
        (vec!["--attachments", r#"[{"id":0}]"#, "x"], "attachments[0].id is 0, but no --file is given"),
        (
            vec!["--file", &file, "--attachments", r#"[{"id":0},{"id":1}]"#],
            "attachments[1].id is 1, but the files are numbered 0 to 0",
        ),
        (
            vec!["--file", &file, "--attachments", r#"[{"id":0},{"id":"0"}]"#],
            "attachments[1].id is 0, but another entry has the same id",
        ),
    ] {
        let outcome = world.run([&["message", "send", "1"], &args[..]].concat());
        assert!(outcome.status == Some(9) && outcome.stderr.contains(said), "{outcome}");
    }
    let both = [&format!("{file}#one"), "--attachments", r#"[{"id":0,"description":"another"}]"#];
    let outcome = world.run([&["message", "send", "1", "--file"], &both[..]].concat());
    assert!(outcome.status == Some(2) && outcome.stderr.contains("description"), "{outcome}");
    assert!(server.take().is_empty());
}

#[test]
fn flags_after_a_file_describe_that_file() {
    let server = Recorder::new();
    let world = World::at(&server);
    let (first, second) = (world.file("a.txt", "a"), world.file("b.txt", "b"));
    let args = ["--file", &first, "--spoiler", "--file", &second, "--filename", "c.txt", "--spoiler=false"];
    let (payload, files) = sent(&world, &server, &args);
    assert_eq!(
        payload["attachments"],
        json!([
            {"id": 0, "filename": "a.txt", "is_spoiler": true},
            {"id": 1, "filename": "c.txt", "is_spoiler": false},
        ])
    );
    assert_eq!(files[1].0, "c.txt");

    insta::assert_snapshot!(world.run(["message", "send", "1", "--spoiler", "--file", &first]), @r"
    exit: 2
    --- stderr
    error: the --file before --spoiler is missing
      hint: --filename and --spoiler apply to the --file before them on the command line
    ");
    insta::assert_snapshot!(world.run(["message", "send", "1", "a", "--filename", "x.txt"]), @r"
    exit: 2
    --- stderr
    error: the --file before --filename is missing
      hint: --filename and --spoiler apply to the --file before them on the command line
    ");
    assert!(server.take().is_empty());
}

#[test]
fn a_file_and_attachment_links_have_the_name_that_discord_assigns() {
    let server = Recorder::new();
    let world = World::at(&server);
    for (name, stored) in [
        ("my pic.png", "my_pic.png"),
        ("hello (world).png", "hello_world.png"),
        ("_draft.png", "draft.png"),
        (r"back\slash.png", "backslash.png"),
        (r#"a "q" b.png"#, "a_q_b.png"),
        ("画像.png", "file.png"),
    ] {
        let path = world.file(&format!("files/{name}"), PNG);
        let link = format!("attachment://{name}");
        let component = json!([{"type": 12, "items": [{"media": {"url": link}}]}]).to_string();
        let args = ["--file", &path, "--embed.image", &link, "--content", &link];
        let (payload, files) = sent(&world, &server, &args);
        let expected = json!(format!("attachment://{stored}"));
        assert_eq!((&*files[0].0, &payload["attachments"][0]["filename"]), (stored, &json!(stored)));
        assert_eq!(payload["embeds"][0]["image"]["url"], expected, "{name}");
        assert_eq!(payload["content"], json!(link), "a text stays as it is");
        let title = (!name.is_ascii()).then_some("画像");
        assert_eq!(payload["attachments"][0].get("title").and_then(Value::as_str), title);

        // A media gallery excludes content and embeds.
        let args = ["--file", &path, "--components", &component, "--flags", "is-components-v2"];
        let (payload, _) = sent(&world, &server, &args);
        assert_eq!(payload["components"][0]["items"][0]["media"]["url"], expected, "{name}");
    }
}

#[test]
fn a_link_to_a_file_that_a_new_message_lacks_is_refused() {
    let server = Recorder::new();
    let world = World::at(&server);
    let file = world.file("a.png", PNG);
    insta::assert_snapshot!(world.run(["message", "send", "1", "--file", &file, "--embed.image", "attachment://b.png"]), @r#"
    exit: 9
    --- stderr
    error: embeds[0].image.url links to "b.png", but the message has a.png
      hint: change the value, or send it anyway with --no-validate
    "#);
    assert!(server.take().is_empty());
    // The edited message may already have the attachment.
    let outcome = world.run(["message", "edit", "1", "2", "--embed.image", "attachment://b.png"]);
    assert_eq!(outcome.status, Some(0), "{outcome}");
}

#[test]
fn images_and_sounds_are_sent_with_the_type_of_their_content() {
    let server = Recorder::new();
    let world = World::at(&server);
    let apng = world.file("a.apng", PNG);
    let args = ["sticker", "create", "1", "--name", "stk", "--tags", "smile", "--file", &apng];
    assert_eq!(world.run(args).status, Some(0));
    let part = server.one().parts().pop().unwrap();
    assert_eq!((part.name.as_str(), part.content_type.as_deref()), ("file", Some("image/png")));

    let avif = world.file("e.avif", b"\0\0\0\x1cftypavif\0\0\0\0mif1miaf");
    for noun in [["emoji", "create", "1"].as_slice(), &["app-emoji", "create", "--application-id", "1"]] {
        let outcome = world.run([noun, &["--name", "xx", "--image", &avif]].concat());
        assert_eq!(outcome.status, Some(0), "{outcome}");
        let image = server.one().json()["image"].clone();
        assert!(image.as_str().unwrap().starts_with("data:image/avif;base64,"), "{image}");
    }
    insta::assert_snapshot!(world.run(["role", "create", "1", "--icon", &avif]), @r"
    exit: 2
    --- stderr
    error: --icon: [world]/e.avif is not a PNG, JPEG, GIF or WebP picture: its type is image/avif
    ");
    let wav = world.file("s.wav", b"RIFF\0\0\0\0WAVE");
    let outcome = world.run(["soundboard", "create", "1", "--name", "xx", "--sound", &wav]);
    assert!(
        outcome.status == Some(2) && outcome.stderr.contains("is not an MP3 or Ogg sound: its type is audio/wav"),
        "{outcome}"
    );
    assert!(server.take().is_empty());
}

#[test]
fn the_path_of_a_required_file_is_the_last_argument() {
    let server = Recorder::new();
    let mut world = World::at(&server);
    let path = world.file("party.png", PNG);
    let sent = |world: &World, line: &str| {
        let words = line.split(' ').map(|word| if word == "PATH" { path.as_str() } else { word });
        let outcome = world.run(words);
        assert_eq!(outcome.status, Some(0), "{line}: {outcome}");
        let request = server.one();
        let is_multipart = request.header("content-type").unwrap().starts_with("multipart");
        let parts = if is_multipart { request.parts() } else { Vec::new() };
        let mut bodies: Vec<_> = parts.into_iter().map(|part| (part.name, part.bytes)).collect();
        bodies.sort();
        let json = if is_multipart { Value::Null } else { request.json() };
        (request.path().to_owned(), bodies, json)
    };
    for (by_argument, by_flag) in [
        ("emoji create 1 party PATH", "emoji create 1 --name party --image PATH"),
        ("emoji create 1 --name party PATH", "emoji create 1 --name party --image PATH"),
        ("emoji create 1 party --image PATH", "emoji create 1 --name party --image PATH"),
        (
            "app-emoji create party PATH --application-id 1",
            "app-emoji create --name party --image PATH --application-id 1",
        ),
        ("sticker create 1 party PATH --tags a", "sticker create 1 --tags a --file PATH --name party"),
        ("application upload PATH --application-id 1", "application upload --application-id 1 --file PATH"),
        ("invite set-targets abc PATH", "invite set-targets abc --target-users-file PATH"),
    ] {
        assert_eq!(sent(&world, by_argument), sent(&world, by_flag), "{by_argument}");
    }
    let twice = world.run(["emoji", "create", "1", "party", &path, "--image", &path]);
    assert!(twice.status == Some(2) && twice.stderr.contains("IMAGE and --image cannot be combined"), "{twice}");
    world.set("DCORD_GUILD", "1");
    assert_eq!(sent(&world, "emoji create party PATH"), sent(&world, "emoji create 1 party PATH"));
    assert_eq!(sent(&world, "emoji create party --image PATH"), sent(&world, "emoji create 1 party PATH"));
    let no_image = world.run(["emoji", "create", "party"]);
    assert!(no_image.status == Some(2) && no_image.stderr.contains("IMAGE is missing"), "{no_image}");
    assert!(server.take().is_empty());
}

#[test]
fn a_file_from_stdin_is_named_after_its_content() {
    let server = Recorder::new();
    let world = World::at(&server);
    for (args, stdin, name) in [
        (&["message", "send", "1", "--file", "-"][..], PNG, "file.png"),
        (&["message", "send", "1", "--file=-#a log"], b"one\ntwo\n", "file.txt"),
        (&["webhook", "send", "env:HOOK", "--file", "@-"], b"\0\xff", "file.bin"),
        (&["application", "upload", "--application-id", "1", "--file", "-"], PNG, "file.png"),
        (&["sticker", "create", "1", "--name", "xx", "--tags", "y", "--file", "-"], b"{\"v\":\"5\"}", "file.json"),
        (&["invite", "create", "1", "--target-users-file", "-"], b"1\n2\n", "file.txt"),
        (&["invite", "set-targets", "abc", "--target-users-file", "-", "--filename", "ids.csv"], b"1\n2\n", "ids.csv"),
        (&["message", "send", "1", "--filename", "b u.log", "--file", "-"], b"x", "b_u.log"),
    ] {
        let mut command = world.command();
        let hook = format!("https://discord.com/api/webhooks/1/{}", super::support::WEBHOOK_TOKEN);
        command.args(args).env("HOOK", hook);
        let outcome = world.finish(command, Some(stdin));
        assert_eq!(outcome.status, Some(0), "{args:?}: {outcome}");
        let (_, files) = multipart(&server.one());
        assert_eq!(files, [(name.to_owned(), stdin.to_vec())], "{args:?}");
    }
}

#[test]
fn a_retry_sends_the_file_as_it_was_at_the_first_attempt() {
    let world = World::new();
    let path = world.file("build.log", "first line\n");
    let grows = path.clone();
    let server = Recorder::answering(move |_| {
        let mut file = fs::File::options().append(true).open(&grows).unwrap();
        file.write_all(b"another line\n").unwrap();
        if fs::metadata(&grows).unwrap().len() < 30 { Reply::new(503, "text/plain", "") } else { Reply::empty() }
    });
    let world = world.env("DCORD_API_URL", server.url());
    let outcome = world.run(["message", "send", "1", "--file", &path]);
    assert_eq!(outcome.status, Some(0), "{outcome}");
    let requests = server.take();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!(multipart(&request).1, [("build.log".to_owned(), b"first line\n".to_vec())]);
    }
}

#[cfg(unix)]
#[test]
fn files_of_unknown_length_are_read_to_the_end() {
    let server = Recorder::new();
    let world = World::at(&server);
    let pipe = world.path("pipe.log").display().to_string();
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = {
        let pipe = pipe.clone();
        std::thread::spawn(move || fs::write(pipe, "through a pipe"))
    };
    // The channel is a name, so dcord parses the arguments more than once, but it must read the pipe only once.
    let named = Recorder::answering(|request| match request.path() {
        "/users/@me/guilds" => Reply::ok(&json!([{"id": "1", "name": "One"}])),
        "/guilds/1/channels" => Reply::ok(&json!([{"id": "2", "type": 0, "name": "general"}])),
        _ => Reply::ok(&json!({"id": "9"})),
    });
    let there = World::at(&named);
    let outcome = there.run(["message", "send", "#general", "--file", &pipe]);
    writer.join().unwrap().unwrap();
    assert_eq!(outcome.status, Some(0), "{outcome}");
    assert_eq!(multipart(named.take().last().unwrap()).1, [("pipe.log".to_owned(), b"through a pipe".to_vec())]);

    let substitution = r#"printf 'some bytes' | "$DCORD" message send 1 --file /dev/stdin"#;
    let outcome = world.shell(substitution);
    assert_eq!(outcome.status, Some(0), "{outcome}");
    assert_eq!(multipart(&server.one()).1[0].1, b"some bytes");
    if let Ok(expected) = fs::read("/proc/self/limits") {
        let (_, files) = sent(&world, &server, &["--file", "/proc/self/limits"]);
        assert_eq!(files[0].1.len(), expected.len(), "a file that says it is empty");
    }
}

#[cfg(unix)]
#[test]
fn reading_a_named_pipe_without_a_writer_times_out() {
    let server = Recorder::new();
    let world = World::at(&server).env("DCORD_REQUEST_TIMEOUT", "200ms");
    let pipe = world.path("pipe").display().to_string();
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    insta::assert_snapshot!(world.run(["message", "send", "1", "--file", &pipe]), @r"
    exit: 2
    --- stderr
    error: --file: cannot read [world]/pipe: no program wrote to this pipe within 200 ms
    ");
    assert!(server.take().is_empty());
}

#[test]
fn files_too_large_for_a_request_are_refused_before_it_is_sent() {
    let server = Recorder::new();
    let world = World::at(&server);
    let large = world.file("large", vec![0; 13 << 20]);
    let outcome = world.run(["message", "send", "1", "--file", &large, "--file", &large]);
    assert!(outcome.status == Some(9) && outcome.stderr.contains("larger than 25 MiB"), "{outcome}");
    // A file without an end is read only up to the maximum size.
    let outcome = world.run(["message", "send", "1", "--file", "/dev/zero"]);
    assert!(outcome.status == Some(9) && outcome.stderr.contains("/dev/zero is larger than 25 MiB"), "{outcome}");
    assert!(server.take().is_empty());
}

/// Two seconds of Opus in an Ogg container.
fn recording() -> Vec<u8> {
    let page = |position: u64, packets: &[&[u8]]| {
        let mut page = b"OggS\0\0".to_vec();
        page.extend(position.to_le_bytes());
        page.extend([0; 12]);
        page.push(packets.len() as u8);
        page.extend(packets.iter().map(|packet| packet.len() as u8));
        page.extend(packets.concat());
        page
    };
    let head = page(0, &[b"OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0"]);
    let tags = page(0, &[b"OpusTags\0\0\0\0\0\0\0\0"]);
    [head, tags, page(96_000, &[&[0; 10], &[0; 110]])].concat()
}

#[test]
fn a_recording_is_sent_as_a_voice_message() {
    let sandbox = Embedded::new();
    let path = sandbox.path("hello.ogg").display().to_string();
    fs::write(&path, recording()).unwrap();
    let channel = sandbox.channel();
    let outcome = sandbox.run(&["message", "send", &channel, "--file", &path, "--voice-message"]);
    assert_eq!(outcome.status, Some(0), "{outcome}");
    let message: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(message["flags"], json!(1 << 13));
    let attachment = &message["attachments"][0];
    assert_eq!((&attachment["duration_secs"], &attachment["waveform"]), (&json!(2.0), &json!("AP8=")));

    // Another format is sent if the duration and the waveform are given.
    let mp3 = sandbox.path("hello.mp3").display().to_string();
    fs::write(&mp3, b"ID3\x04rest").unwrap();
    let args = ["message", "send", &channel, "--file", &mp3, "--voice-message"];
    let outcome = sandbox.run(&args);
    assert!(outcome.status == Some(2) && outcome.stderr.contains("not an Ogg Opus recording"), "{outcome}");
    let list = r#"[{"id":0,"duration_secs":1.5,"waveform":"AAAA"}]"#;
    let outcome = sandbox.run(&[&args[..], &["--attachments", list]].concat());
    assert_eq!(outcome.status, Some(0), "{outcome}");
    // A voice message has no content.
    let outcome = sandbox.run(&["message", "send", &channel, "hi", "--file", &path, "--voice-message"]);
    assert!(outcome.status == Some(2) && outcome.stderr.contains("--voice-message"), "{outcome}");
    let raw = ["message", "send", &channel, "hi", "--flags", "is-voice-message", "--no-validate"];
    assert_eq!(sandbox.run(&raw).status, Some(9), "the sandbox refuses it, as Discord does");
}

#[test]
fn the_sandbox_returns_the_spoiler_and_title_of_a_file() {
    let sandbox = Embedded::new();
    let path = sandbox.path("画像.png").display().to_string();
    fs::write(&path, PNG).unwrap();
    let outcome = sandbox.run(&["message", "send", &sandbox.channel(), "--file", &path, "--spoiler"]);
    let message: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let attachment = &message["attachments"][0];
    assert_eq!(
        (&attachment["filename"], &attachment["title"], &attachment["flags"]),
        (&json!("file.png"), &json!("画像"), &json!(8))
    );
}

#[test]
fn a_text_like_at_file_is_sent_with_a_warning() {
    let server = Recorder::new();
    let world = World::at(&server);
    world.file("build.log", "green");
    world.file("of.txt", "@build.log");
    for (words, called) in [(&["@build.log"][..], "CONTENT"), (&["--content", "@build.log"], "--content")] {
        let run = world.run([&["message", "send", "1"], words].concat());
        assert_eq!(run.status, Some(0), "{run}");
        let warning = format!(
            "warning: {called} is sent as the text \"@build.log\"; to send what is in the file, use --content-file build.log\n"
        );
        assert_eq!(run.stderr, warning);
        assert_eq!(server.one().json()["content"], "@build.log");
    }
    for words in [&["--content-file", "of.txt"][..], &["-"]] {
        let run = world.run_with([&["message", "send", "1"], words].concat(), "@build.log");
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run}");
        assert_eq!(server.one().json()["content"], "@build.log");
    }
    let quiet = world.run(["message", "send", "1", "@alice"]);
    assert_eq!((quiet.status, quiet.stderr.as_str()), (Some(0), ""), "{quiet}");
}

#[test]
fn a_text_with_a_backslash_and_n_is_sent_with_a_warning() {
    let server = Recorder::new();
    let world = World::at(&server);
    world.file("text", r"a\nb");
    let warned = |words: &[&str]| {
        let run = world.run_with([&["message", "send", "1"], words].concat(), r"a\nb");
        assert_eq!(run.status, Some(0), "{run}");
        server.take();
        run.stderr
    };
    let warning = "warning: CONTENT contains \\n, which Discord shows as it is; for a line break, use $'first\\nsecond' in bash or \
                   zsh, or --content-file\n";
    assert_eq!(warned(&[r"a\nb"]), warning);
    assert_eq!(warned(&["--content", r"a\nb"]), warning.replace("CONTENT", "--content"));
    for silent in [
        &["a\nb"][..],
        &["a\nb\\n"],
        &[r"C:\new"],
        &[r"use `\n`"],
        &["-"],
        &["--content-file", "text"],
        &["--content-file", "-"],
        &[r"a\nb", "-q"],
    ] {
        assert_eq!(warned(silent), "", "{silent:?}");
    }
}
