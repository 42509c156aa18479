//! Sending, listing and listening against the sandbox, also with many faults.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

use rustix::process::Signal;
use serde_json::Value;

use super::support::{Sandbox, World, watch, without_codes};

#[test]
fn a_sent_message_is_listed() {
    let sandbox = Sandbox::serve(&[]);
    let (world, channel) = (sandbox.world(), sandbox.value("channel_id"));
    let sent = world.run(["message", "send", channel, "hello"]);
    assert_eq!(sent.status, Some(0), "{sent}");
    let listed = world.run(["message", "list", channel, "--jq", ".content"]);
    assert_eq!(listed.stdout, "hello\n", "{listed}");
}

#[test]
fn sandbox_run_starts_a_sandbox_for_its_command() {
    let script = r#"dcord message send "$DCORD_CHANNEL" hello -q > /dev/null && dcord message list "$DCORD_CHANNEL" --jq .content && exit 7"#;
    let outcome = World::new().without("DCORD_TOKEN").run(["sandbox", "run", "--", "sh", "-c", script]);
    insta::assert_snapshot!(outcome, @r"
    exit: 7
    --- stdout
    hello
    ");
}

/// Returns what `sandbox serve` with these options writes to a terminal until it is interrupted.
fn served_on_a_terminal(world: &World, options: &[&str]) -> String {
    let mut command = world.command();
    command.args(["sandbox", "serve"]).args(options);
    let (status, shown) = watch(command, 100, b"", |so_far, child| {
        if so_far.contains("press Ctrl-C to stop it") {
            child.signal(Signal::INT);
        }
    });
    assert_eq!(status, Some(0), "{shown}");
    without_codes(&shown)
}

#[test]
fn on_a_terminal_serve_prints_lines_that_make_another_shell_use_the_sandbox() {
    let world = World::new().without("DCORD_TOKEN");
    let mut command = world.command();
    command.args(["sandbox", "serve"]);
    let (mut used, mut lines) = (None, String::new());
    let (status, shown) = watch(command, 100, b"", |so_far, child| {
        if used.is_none() && so_far.contains("press Ctrl-C to stop it") {
            lines = so_far.lines().filter(|line| line.starts_with("export ")).map(|line| format!("{line}\n")).collect();
            used = Some(world.shell(&format!("{lines}$DCORD message send \"$DCORD_CHANNEL\" hello --jq .content")));
            child.signal(Signal::INT);
        }
    });
    assert_eq!(status, Some(0), "{shown}");
    let used = used.unwrap();
    assert_eq!((used.status, used.stdout.as_str()), (Some(0), "hello\n"), "{lines}{used}");
    assert!(
        without_codes(&shown).contains("to use the sandbox in another shell, paste these lines into it"),
        "{shown}"
    );
}

#[test]
fn serve_prints_json_on_a_terminal_if_a_format_is_given() {
    for options in [&["-o", "jsonl"][..], &["-o", "json"]] {
        let shown = served_on_a_terminal(&World::new(), options);
        let first: Value = serde_json::from_str(shown.lines().next().unwrap_or_default()).unwrap();
        assert!(first["api_url"].is_string() && !shown.contains("export "), "{shown}");
    }
}

#[test]
fn sandbox_run_exits_like_a_shell_if_the_command_cannot_run() {
    let world = World::new();
    let file = world.file("not-executable", "");
    insta::assert_snapshot!(world.run(["sandbox", "run", "--", "no-such-command"]), @r#"
    exit: 127
    --- stderr
    error: cannot run "no-such-command": there is no such file or folder
      hint: to run a program in the current folder, use ./NAME
    "#);
    assert_eq!(world.run(["sandbox", "run", "--", &file]).status, Some(126));
}

#[test]
fn the_sandbox_refuses_values_out_of_bounds_and_unknown_ids() {
    let sandbox = Sandbox::serve(&[]);
    let (world, channel) = (sandbox.world(), sandbox.value("channel_id"));
    insta::assert_snapshot!(world.run(["message", "send", channel, &"x".repeat(2001), "--no-validate"]), @r"
    exit: 9
    --- stderr
    error: Invalid Form Body (400 Bad Request, code 50035): content: Must be 2000 or fewer in length
    ");
    insta::assert_snapshot!(world.run(["channel", "get", "5"]), @r"
    exit: 6
    --- stderr
    error: Unknown Channel (404 Not Found, code 10003)
      hint: check the ids, and whether the bot can see the object
    ");
    insta::assert_snapshot!(world.env("DCORD_TOKEN", "somebody-elses").run(["user", "get-me"]), @r"
    exit: 4
    --- stderr
    error: Unauthorized (401)
      hint: [server] does not accept the token: use a token that [server] issued, or check --api-url
    ");
}

/// A `dcord listen` process whose lines are read as they arrive.
struct Listener {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Listener {
    fn start(world: &World, args: &[&str]) -> Self {
        let mut command = world.command();
        // The duration ends a listener whose events never arrive.
        command
            .args(["listen", "--duration", "2m"])
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn next(&mut self) -> Option<Value> {
        let line = self.lines.next()?.unwrap();
        Some(serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}")))
    }

    fn end(mut self) -> Option<i32> {
        assert_eq!(self.next(), None);
        self.child.wait().unwrap().code()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Checks that a message of another process arrives with that number of shards.
fn sees_a_message(sandbox: &Sandbox, args: &[&str], shards: usize) {
    let world = sandbox.world();
    let count = (shards + 1).to_string();
    let mut listener =
        Listener::start(&world, &[&["-e", "READY", "-e", "MESSAGE_CREATE", "--count", &count], args].concat());
    let ready: BTreeSet<String> = (0..shards)
        .map(|_| {
            let event = listener.next().unwrap();
            assert_eq!(event["t"], "READY", "{args:?}");
            event["shard"].to_string()
        })
        .collect();
    assert_eq!(ready.len(), shards, "each shard is ready once: {ready:?}");
    let sent = world.run(["message", "send", sandbox.value("channel_id"), "do you \"see\" this? 🦀"]);
    assert_eq!(sent.status, Some(0), "{sent}");
    let event = listener.next().unwrap();
    assert_eq!((&event["t"], &event["op"]), (&Value::from("MESSAGE_CREATE"), &Value::from(0)), "{args:?}");
    assert_eq!(event["d"]["content"], "do you \"see\" this? 🦀", "{args:?}");
    // The formula for the shard of a server is in Discord's reference, "Sharding".
    let guild: u64 = sandbox.value("guild_id").parse().unwrap();
    assert_eq!(event["shard"], serde_json::json!([(guild >> 22) % shards as u64, shards]), "{args:?}");
    assert_eq!(listener.end(), Some(0), "{args:?}");
}

#[test]
fn a_listener_receives_messages_of_another_process_with_each_compression() {
    for how in ["zstd", "zlib", "payload", "none"] {
        sees_a_message(&Sandbox::serve(&[]), &["--compress", how], 1);
    }
}

#[test]
fn four_shards_share_the_events() {
    sees_a_message(&Sandbox::serve(&["--max-concurrency", "4"]), &["--shards", "4"], 4);
}

/// Closes, op 7, op 9 of both kinds, missing acknowledgements and dropped sockets, thousands of events apart.
const BAD_DAY: &[&str] = &[
    "--fault=reconnect,every=3500",
    "--fault=cut,every=19000",
    "--fault=close=4000,every=33000",
    "--fault=invalid-session=resumable,every=40000",
    "--fault=invalid-session=lost,after=50000,times=1",
    "--fault=lost-ack,every=30000",
    "--heartbeat=1s",
];

#[test]
fn no_event_is_lost_with_many_faults() {
    const EVENTS: usize = 100_000;
    // The flood has more events than the test reads, because events in the pipes of a lost session are lost.
    let sandbox = Sandbox::serve(&[BAD_DAY, &["--flood=events=120000,size=200,rate=8000"]].concat());
    let world = sandbox.world();
    let mut listener = Listener::start(&world, &["--meta", "-q", "--count", &EVENTS.to_string()]);
    let (mut events, mut last, mut sessions, mut gaps, mut resumed) = (0, 0, 0, 0, 0);
    while let Some(line) = listener.next() {
        match (line["op"].as_i64(), line["t"].as_str()) {
            (Some(0), Some(name)) => {
                if name == "READY" {
                    sessions += 1;
                    last = 0;
                }
                let sequence = line["s"].as_u64().unwrap();
                assert_eq!(sequence, last + 1, "{name} follows event {last} of session {sessions}");
                last = sequence;
                events += 1;
            }
            (Some(-1), Some("DCORD_GAP")) => gaps += 1,
            (Some(-1), Some("DCORD_RESUMED")) => resumed += 1,
            (Some(-1), Some(_)) => {}
            _ => panic!("{line}"),
        }
    }
    assert_eq!((events, sessions, gaps), (EVENTS, 2, 1), "one session was lost, and the gap was reported");
    assert!(resumed >= 15, "{resumed}: the day was not bad at all");
    assert_eq!(listener.end(), Some(0));
}
