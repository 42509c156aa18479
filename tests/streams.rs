//! How a stream ends, what it prints, and where the next listener continues.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::sync::mpsc;

use rustix::process::Signal;
use serde_json::{Value, json};

use super::support::{Bounded, Gateway, Outcome, Peer, World, bot};

/// Returns a gateway whose sessions have these events after READY. A resumed session receives those that it
/// missed.
fn replaying(events: Vec<(&'static str, Value)>) -> Gateway {
    Gateway::start(|_, url| bot(url).to_string(), move |peer| replay(peer, events.clone()))
}

async fn replay(mut peer: Peer, events: Vec<(&'static str, Value)>) {
    if begin(&mut peer, events).await.is_some() {
        peer.drain().await;
    }
}

/// Sends READY and all events, or the missing events and RESUMED.
async fn begin(peer: &mut Peer, events: Vec<(&'static str, Value)>) -> Option<()> {
    use futures_util::StreamExt as _;
    peer.hello().await;
    let seen = loop {
        let message = peer.socket.next().await?.ok()?;
        let payload: Value = serde_json::from_str(message.to_text().ok()?).ok()?;
        match payload["op"].as_u64()? {
            2 => break None,
            6 => break payload["d"]["seq"].as_u64(),
            _ => {}
        }
    };
    if seen.is_none() {
        let ready = json!({"session_id": "session", "resume_gateway_url": peer.url});
        peer.dispatch(1, "READY", ready).await;
    }
    let last = 1 + events.len() as u64;
    for (seq, (name, d)) in (2..).zip(events).filter(|(seq, _)| seen.is_none_or(|seen| *seq > seen)) {
        peer.dispatch(seq, name, d).await;
    }
    if let Some(seen) = seen {
        peer.dispatch(seen.max(last) + 1, "RESUMED", json!({})).await;
    }
    Some(())
}

fn messages(contents: &[&str]) -> Vec<(&'static str, Value)> {
    contents.iter().map(|content| ("MESSAGE_CREATE", json!({"content": content}))).collect()
}

/// Returns messages of about a kilobyte, which together exceed the capacity of a pipe.
fn many(count: usize) -> Vec<(&'static str, Value)> {
    (0..count).map(|n| ("MESSAGE_CREATE", json!({"nonce": n, "padding": "x".repeat(1000)}))).collect()
}

const LISTEN: [&str; 7] = ["listen", "--compress", "none", "--intents", "0", "-e", "MESSAGE_CREATE"];

fn listen(world: &World, args: &[&str]) -> Outcome {
    world.run([&LISTEN[..], args].concat())
}

fn spawn(world: &World, args: &[&str]) -> Bounded {
    let mut command = world.command();
    command.args(LISTEN).args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Bounded::spawn(&mut command)
}

const FROM_JSON: &str = ".d.content|fromjson";

#[test]
fn a_jq_program_that_expects_the_event_instead_of_the_envelope_causes_one_warning() {
    let listen = |program: &str, more: &[&str]| {
        let gateway = replaying(messages(&["1", "2", "3"]));
        listen(&gateway.world(), &[&["--count", "3", "--jq", program], more].concat())
    };
    insta::assert_snapshot!(listen(".content", &[]), @r"
    exit: 0
    --- stdout
    null
    null
    null
    --- stderr
    warning: --jq printed null; the event itself is in .d, as in --jq .d.content
    ");
    for (program, more) in [(".d.nonce", &[][..]), (".d.content", &[]), ("select(.s == 0)", &[]), (".content", &["-q"])]
    {
        let outcome = listen(program, more);
        assert!(outcome.stderr.is_empty(), "{program}: {outcome}");
    }
    let json = listen(".content", &["--errors", "json"]);
    assert!(json.stderr.starts_with(r#"{"level":"warning""#) && json.stderr.lines().count() == 1, "{json}");
}

#[test]
fn an_event_that_the_jq_program_cannot_process_fails_alone() {
    let gateway = replaying(messages(&["1", "no JSON", "3"]));
    insta::assert_snapshot!(listen(&gateway.world(), &["--jq", FROM_JSON, "--count", "3"]), @r#"
    exit: 1
    --- stdout
    1
    3
    --- stderr
    error: shard 0, event 3 (MESSAGE_CREATE): --jq: "cannot parse \"no JSON\" as JSON: byte offset 0: value expected"
    error: 1 event could not be printed
      hint: use --dead-letter FILE to save such events
    "#);
    // Output before the error of the program stays printed, also if a duration ends the stream.
    let ended = listen(&gateway.world(), &["--jq", ".d.content|., fromjson", "--duration", "2s"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(1), "1\n1\nno JSON\n3\n3\n"), "{ended}");
}

#[test]
fn an_event_that_kills_the_jq_process_fails_alone() {
    let gateway = replaying(messages(&["a", "bad", "c"]));
    let program = r#"def f: 1 + f; if .d.content == "bad" then f else .d.content end"#;
    let ended = listen(&gateway.world(), &["--jq", program, "--count", "3"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(1), "a\nc\n"), "{ended}");
    let expected = "error: shard 0, event 3 (MESSAGE_CREATE): --jq: the program recurses too deeply, or exceeds its memory \
                limit\n";
    assert!(ended.stderr.starts_with(expected), "{ended}");
}

#[test]
fn an_event_with_invalid_json_fails_alone_if_it_is_parsed_and_passes_otherwise() {
    let play = |mut peer: Peer| async move {
        use futures_util::SinkExt as _;
        peer.go_live().await;
        for event in [
            r#"{"t":"MESSAGE_CREATE","s":2,"op":0,"d":{"content":]}}"#,
            r#"{"t":"MESSAGE_CREATE","s":3,"op":0,"d":["odd"]}"#,
            r#"{"t":"MESSAGE_CREATE","s":4,"op":0,"d":{"content":"c"}}"#,
        ] {
            let _ = peer.socket.send(event.into()).await;
        }
        peer.drain().await;
    };
    let gateway = Gateway::start(|_, url| bot(url).to_string(), play);
    let plain = listen(&gateway.world(), &["--count", "3"]);
    assert_eq!((plain.status, plain.stdout.lines().count()), (Some(0), 3), "{plain}");
    let fields = listen(&gateway.world(), &["--fields", "d.content", "--count", "3"]);
    assert_eq!(fields.status, Some(1), "{fields}");
    assert_eq!(fields.stdout.lines().last(), Some(r#"{"d":{"content":"c"}}"#), "{fields}");
    assert!(
        fields.stderr.starts_with("error: shard 0, event 2 (MESSAGE_CREATE): the event cannot be read: "),
        "{fields}"
    );
    assert!(fields.stderr.contains("error: 1 event could not be printed\n"), "{fields}");
}

#[test]
fn fields_that_no_event_has_are_listed_at_the_end() {
    let gateway = replaying(messages(&["a", "b"]));
    let ended = listen(&gateway.world(), &["--fields", "d.contnt", "--count", "2"]);
    assert_eq!(ended.status, Some(0), "{ended}");
    assert!(ended.stderr.contains("warning: no item has the field d.contnt; did you mean d.content?\n"), "{ended}");
    let ended = listen(&gateway.world(), &["--fields", "d.content", "--count", "2"]);
    assert!(!ended.stderr.contains("no item"), "{ended}");
}

#[test]
fn many_failed_events_cause_few_lines_on_stderr() {
    let gateway = replaying(messages(&["no JSON"; 200]));
    let ended = listen(&gateway.world(), &["--jq", FROM_JSON, "--count", "200"]);
    let lines: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!((ended.status, lines.len()), (Some(1), 13), "{ended}");
    assert!(lines[9].starts_with("error: shard 0, event 11 (MESSAGE_CREATE): "), "{ended}");
    assert_eq!(
        lines[10],
        "warning: too many events failed; for the next minute, dcord counts failures without printing them"
    );
    assert_eq!(lines[11], "error: 200 events could not be printed");
}

#[test]
fn a_failed_event_is_a_json_object_with_json_errors() {
    let gateway = replaying(messages(&["no JSON"]));
    let ended = listen(&gateway.world().env("DCORD_ERRORS", "json"), &["--jq", FROM_JSON, "--count", "1"]);
    let lines = ended.stderr.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let kinds: Vec<Value> = lines.map(|line| line["kind"].clone()).collect();
    assert_eq!((ended.status, kinds), (Some(1), vec![json!("event-failed"), json!("events-failed")]), "{ended}");
}

#[test]
fn a_consumer_advances_past_a_failed_event_and_stores_it_in_the_dead_letter_file() {
    let gateway = replaying(messages(&["1", "no JSON", "3", "nor this"]));
    let world = gateway.world();
    let file = world.path("dead.jsonl");
    let run = |count: &str| {
        let args = ["--jq", FROM_JSON, "--consumer", "c", "--dead-letter", file.to_str().unwrap(), "--count", count];
        listen(&world, &args)
    };
    let dead = || std::fs::read_to_string(&file).unwrap();
    let line = |seq: u64, content: &str| {
        format!(
            "{{\"shard\":[0,1],\"t\":\"MESSAGE_CREATE\",\"s\":{seq},\"op\":0,\"d\":{{\"content\":\"{content}\"}}}}\n"
        )
    };
    let first = run("2");
    assert_eq!((first.status, first.stdout.as_str()), (Some(1), "1\n"), "{first}");
    assert!(
        first.stderr.ends_with("  hint: the events are in [world]/dead.jsonl\n")
            || first.to_string().contains("dead.jsonl")
    );
    assert_eq!(dead(), line(3, "no JSON"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let second = run("1");
    assert_eq!((second.status, second.stdout.as_str(), second.stderr.as_str()), (Some(0), "3\n", ""), "{second}");
    let third = run("1");
    assert_eq!((third.status, third.stdout.as_str()), (Some(1), ""), "{third}");
    assert_eq!(dead(), line(3, "no JSON") + &line(5, "nor this"));
}

#[test]
fn a_dead_letter_file_that_cannot_be_opened_is_an_error_before_anything_is_sent() {
    let gateway = replaying(Vec::new());
    let world = gateway.world();
    let path = world.path("missing/dead.jsonl");
    let ended = listen(&world, &["--dead-letter", path.to_str().unwrap()]);
    insta::assert_snapshot!(ended, @r"
    exit: 1
    --- stderr
    error: cannot write to the dead-letter file [world]/missing/dead.jsonl: there is no such file or folder
    ");
    assert_eq!(gateway.connections(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_dead_letter_file_that_is_full_ends_the_stream_before_the_event() {
    let gateway = replaying(messages(&["1", "no JSON", "3"]));
    let world = gateway.world();
    let run = |args: &[&str]| listen(&world, &[&["--jq", FROM_JSON, "--consumer", "c"], args].concat());
    let full = run(&["--dead-letter", "/dev/full", "--count", "3"]);
    assert_eq!((full.status, full.stdout.as_str()), (Some(1), "1\n"), "{full}");
    assert!(full.stderr.contains("error: cannot write to the dead-letter file /dev/full: no space left"), "{full}");
    // Discord sends the failed event again.
    let next = run(&["--count", "2"]);
    assert_eq!((next.status, next.stdout.as_str()), (Some(1), "3\n"), "{next}");
    assert!(next.stderr.starts_with("error: shard 0, event 3 (MESSAGE_CREATE): --jq: "), "{next}");
}

/// Returns the numbers of the events.
fn numbers(outcome: &Outcome) -> Vec<u64> {
    outcome.stdout.lines().map(|line| line.parse().unwrap_or_else(|_| panic!("{outcome}"))).collect()
}

#[test]
fn a_count_prints_the_next_events_of_a_backlog_at_each_run() {
    let backlog = (1..=9).flat_map(|n| [("TYPING_START", json!({})), ("MESSAGE_CREATE", json!({"n": n}))]).collect();
    let gateway = replaying(backlog);
    let world = gateway.world();
    for program in [".d.n", "select(.d.n % 2 == 1) | .d.n"] {
        let name = if program == ".d.n" { "all" } else { "odd" };
        let runs: Vec<Outcome> =
            (0..3).map(|_| listen(&world, &["--consumer", name, "--count", "3", "--jq", program])).collect();
        let printed: Vec<u64> = runs.iter().flat_map(numbers).collect();
        let expected: Vec<u64> = (1..=9).filter(|n| name == "all" || n % 2 == 1).collect();
        assert_eq!(printed, expected, "{program}");
        assert!(runs.iter().all(|run| run.status == Some(0)));
    }
    // Unfiltered lines take another path through the code. The end of each listener is the start of the next.
    let plain = |args: &[&str]| {
        let ended = listen(&world, &[&["--consumer", "plain"], args].concat());
        let lines = ended.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| line["d"]["n"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(plain(&["--count", "4"]), [1, 2, 3, 4]);
    assert_eq!(plain(&["--duration", "2s"]), [5, 6, 7, 8, 9]);
    assert_eq!(plain(&["--duration", "2s"]), [] as [u64; 0]);
}

#[test]
fn a_count_over_several_shards_prints_each_event_of_the_backlog_once() {
    let gateway = replaying(messages(&["x"; 9]));
    let world = gateway.world();
    let mut printed = BTreeMap::new();
    for count in ["4", "4", "4", "4", "2"] {
        let args = ["--consumer", "c", "--shards", "2", "--count", count, "--jq", "\"\\(.shard[0]) \\(.s)\""];
        let ended = listen(&world, &args);
        assert_eq!(ended.stdout.lines().count().to_string(), count, "{ended}");
        for line in ended.stdout.lines() {
            *printed.entry(line.to_owned()).or_insert(0) += 1;
        }
    }
    assert_eq!(printed.len(), 18, "{printed:?}");
    assert!(printed.values().all(|times| *times == 1), "{printed:?}");
}

/// Returns a gateway that reports when a connection has received all its events and the client has closed it.
fn closing(events: Vec<(&'static str, Value)>, code: Option<u16>) -> (Gateway, mpsc::Receiver<()>) {
    let (closed, closes) = mpsc::channel();
    let play = move |mut peer: Peer| {
        let (events, closed) = (events.clone(), closed.clone());
        async move {
            let _ = begin(&mut peer, events).await;
            match code {
                Some(code) => peer.close(code, "").await,
                None => peer.drain().await,
            }
            // The receiver is gone if the test failed.
            let _ = closed.send(());
        }
    };
    (Gateway::start(|_, url| bot(url).to_string(), play), closes)
}

/// Checks that the text is that number of complete lines in order.
fn assert_whole(text: &str, count: usize) {
    assert!(text.ends_with('\n'), "the last line is torn");
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["d"]["nonce"].as_u64().unwrap());
    assert!(lines.eq(0..count as u64));
}

#[test]
fn the_counted_events_are_delivered_to_a_reader_that_starts_late() {
    const EVENTS: usize = 1300;
    let (gateway, closes) = closing(many(EVENTS), None);
    let world = gateway.world();
    let mut listener = spawn(&world, &["--count", "1300"]);
    closes.recv().unwrap();
    // This listener runs longer than the time after which a signal would abandon the reader.
    assert_eq!(listen(&gateway.world(), &["--duration", "3s", "--jq", "empty"]).status, Some(0));
    let mut text = String::new();
    listener.stdout().read_to_string(&mut text).unwrap();
    assert_whole(&text, EVENTS);
    assert_eq!(listener.wait(), Some(0));
}

#[test]
fn events_before_a_fatal_close_are_delivered() {
    const EVENTS: usize = 1300;
    let (gateway, closes) = closing(many(EVENTS), Some(4013));
    let world = gateway.world();
    let mut listener = spawn(&world, &[]);
    closes.recv().unwrap();
    let (mut text, mut stderr) = (String::new(), listener.stderr());
    listener.stdout().read_to_string(&mut text).unwrap();
    assert_whole(&text, EVENTS);
    text.clear();
    stderr.read_to_string(&mut text).unwrap();
    assert_eq!((listener.wait(), text.lines().count()), (Some(9), 1), "{text}");
}

#[test]
fn a_signal_ends_the_delivery_of_counted_events_and_reports_missing_lines() {
    let (gateway, closes) = closing(many(1300), None);
    let world = gateway.world();
    let mut listener = spawn(&world, &["--count", "1300"]);
    let (stdout, mut stderr) = (listener.stdout(), listener.stderr());
    closes.recv().unwrap();
    listener.signal(Signal::TERM);
    let mut text = String::new();
    stderr.read_to_string(&mut text).unwrap();
    assert_eq!(text, "warning: the last events were not written, because the reader of stdout had stopped reading\n");
    assert_eq!(listener.wait(), Some(143));
    drop(stdout);
}

#[test]
fn a_listener_whose_reader_closes_the_pipe_exits_0() {
    let (gateway, closes) = closing(many(1300), None);
    let world = gateway.world();
    let mut listener = spawn(&world, &["--count", "1300"]);
    let mut reader = BufReader::new(listener.stdout());
    closes.recv().unwrap();
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    drop(reader);
    assert_eq!(listener.wait(), Some(0));
}

#[test]
fn lines_of_dcord_itself_are_written_at_once() {
    let (drop_it, dropped) = tokio::sync::watch::channel(false);
    let play = move |mut peer: Peer| {
        let mut dropped = dropped.clone();
        async move {
            peer.go_live().await;
            if !*dropped.borrow() {
                let _ = dropped.changed().await;
                return peer.close(4000, "").await;
            }
            peer.drain().await;
        }
    };
    let gateway = Gateway::start(|_, url| bot(url).to_string(), play);
    let world = gateway.world();
    let mut listener = spawn(&world, &["--meta"]);
    let mut lines = BufReader::new(listener.stdout()).lines();
    // No event arrives that would flush the line.
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap()["t"].clone();
    assert_eq!(next(), "DCORD_CONNECTED");
    drop_it.send(true).unwrap();
    assert_eq!([next(), next(), next()], ["DCORD_CLOSED", "DCORD_RECONNECTING", "DCORD_RESUMED"]);
}

#[cfg(target_os = "linux")]
#[test]
fn two_listeners_share_a_pipe_without_mixing_lines_or_making_it_non_blocking() {
    const EVENTS: usize = 100;
    let gateway = replaying(messages(&["x"; EVENTS]));
    let world = gateway.world();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let spawn = || {
        let mut command = world.command();
        command.args(LISTEN).args(["--count", "100"]).stdin(Stdio::null()).stdout(writer.try_clone().unwrap());
        Bounded::spawn(&mut command)
    };
    let listeners = [spawn(), spawn()];
    assert!(listeners.into_iter().all(|listener| listener.wait() == Some(0)));
    assert!(!rustix::fs::fcntl_getfl(&writer).unwrap().contains(rustix::fs::OFlags::NONBLOCK));
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2 * EVENTS);
}
