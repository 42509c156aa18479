//! A blocked stderr or log file does not block anything else.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::process::{ChildStdout, Stdio};

use rustix::fs::{FileType, Mode, OFlags, fcntl_getfl, fcntl_setfl, mknodat, open};
use rustix::process::Signal;
use serde_json::json;

use super::support::{Bounded, Gateway, Recorder, Reply, Sandbox, World, bot};

/// The byte that fills a pipe.
const FILLER: u8 = b'.';

/// Returns a full pipe: its reader, and a writer that blocks.
fn full_pipe() -> (File, File) {
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    (reader.into(), filled(writer.into()))
}

fn filled(mut pipe: File) -> File {
    let flags = fcntl_getfl(&pipe).unwrap();
    fcntl_setfl(&pipe, flags | OFlags::NONBLOCK).unwrap();
    for size in [4096, 1] {
        while pipe.write(&vec![FILLER; size]).is_ok() {}
    }
    fcntl_setfl(&pipe, flags).unwrap();
    pipe
}

/// Returns the path of a full FIFO, and its reader.
fn full_fifo(world: &World, name: &str) -> (String, File) {
    let path = world.path(name);
    mknodat(rustix::fs::CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let both = open(&path, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).unwrap();
    (path.display().to_string(), filled(both.into()))
}

/// The number of heartbeats that the gateway requests.
const BEATS: usize = 3;

/// Returns a gateway that requests [`BEATS`] heartbeats in sequence and then sends an event.
fn beating() -> Gateway {
    Gateway::start(
        |_, url| bot(url).to_string(),
        |mut peer| async move {
            peer.go_live().await;
            for _ in 0..BEATS {
                peer.send(json!({"op": 1, "d": null})).await;
                if peer.expect(1).await.is_none() {
                    return;
                }
                peer.send(json!({"op": 11})).await;
            }
            peer.dispatch(2, "BEATS", json!({})).await;
            peer.drain().await;
        },
    )
}

const LISTEN: [&str; 4] = ["listen", "--intents", "guilds", "-vv"];

/// Reads READY and the event after the heartbeats.
fn expect_events(listener: &mut Bounded) -> Lines<BufReader<ChildStdout>> {
    let mut lines = BufReader::new(listener.stdout()).lines();
    for name in ["READY", "BEATS"] {
        let line = lines.next().unwrap().unwrap();
        assert!(line.contains(name), "{line}");
    }
    lines
}

#[test]
fn a_listener_with_unread_stderr_continues_and_ends_on_a_signal() {
    for (signal, status) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let gateway = beating();
        let (_reader, stderr) = full_pipe();
        let world = gateway.world();
        let mut command = world.command();
        let mut listener = Bounded::spawn(command.args(LISTEN).stdout(Stdio::piped()).stderr(stderr));
        let _stdout = expect_events(&mut listener);
        listener.signal(signal);
        assert_eq!(listener.wait(), Some(status));
    }
}

#[test]
fn a_listener_with_a_blocked_log_file_continues_and_writes_to_stderr() {
    let gateway = beating();
    let world = gateway.world();
    let (fifo, _reader) = full_fifo(&world, "log");
    let mut command = world.command();
    command.args(LISTEN).args(["--log-file", &fifo]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut listener = Bounded::spawn(&mut command);
    let _stdout = expect_events(&mut listener);
    let mut stderr = BufReader::new(listener.stderr()).lines();
    assert!(stderr.any(|line| line.unwrap() == "gateway: connected"));
    listener.signal(Signal::TERM);
    assert_eq!(listener.wait(), Some(143));
}

#[test]
fn the_log_file_is_complete_while_stderr_is_unread() {
    let gateway = beating();
    let world = gateway.world();
    let log = world.file("log", "");
    let (_reader, stderr) = full_pipe();
    let mut command = world.command();
    command.args(LISTEN).args(["--log-file", &log]).stdout(Stdio::piped()).stderr(stderr);
    let mut listener = Bounded::spawn(&mut command);
    let _stdout = expect_events(&mut listener);
    listener.signal(Signal::TERM);
    assert_eq!(listener.wait(), Some(143));
    let log = std::fs::read_to_string(world.path("log")).unwrap();
    assert!(log.contains(" debug: gateway: connected\n") && log.ends_with('\n'), "{log}");
    assert!(log.matches("heartbeat took").count() >= BEATS, "{log}");
}

#[test]
fn a_late_reader_of_stderr_gets_complete_lines_in_order() {
    let gateway = beating();
    let (mut reader, stderr) = full_pipe();
    let world = gateway.world();
    let mut command = world.command();
    let mut listener = Bounded::spawn(command.args(LISTEN).stdout(Stdio::piped()).stderr(stderr));
    // The command has a copy of the pipe's writer.
    drop(command);
    let _stdout = expect_events(&mut listener);
    let late = std::thread::spawn(move || {
        let mut read = String::new();
        reader.read_to_string(&mut read).unwrap();
        read
    });
    listener.signal(Signal::TERM);
    assert_eq!(listener.wait(), Some(143));
    let read = late.join().unwrap();
    let read = read.trim_start_matches(char::from(FILLER));
    let lines: Vec<&str> = read.lines().collect();
    let connected = lines.iter().position(|line| *line == "gateway: connected").unwrap();
    let beats = lines[connected..].iter().filter(|line| line.starts_with("gateway: heartbeat took ")).count();
    assert!(read.ends_with('\n') && beats >= BEATS, "{read}");
    assert!(!read.contains("dropped"), "{read}");
}

#[test]
fn a_listener_with_unread_stdout_and_stderr_ends_on_a_signal() {
    let gateway = beating();
    let (_reader, stderr) = full_pipe();
    let (_other, stdout) = full_pipe();
    let world = gateway.world();
    let mut command = world.command();
    let listener = Bounded::spawn(command.args(LISTEN).stdout(stdout).stderr(stderr));
    super::support::until("the listener is connected", || gateway.connections() > 0);
    listener.signal(Signal::TERM);
    assert_eq!(listener.wait(), Some(143));
}

#[test]
fn a_sandbox_with_unread_stderr_continues_to_serve() {
    let (_reader, stderr) = full_pipe();
    let world = World::new();
    let mut command = world.command();
    command.args(["sandbox", "serve"]).current_dir("/").stdout(Stdio::piped()).stderr(stderr);
    let mut sandbox = Bounded::spawn(&mut command);
    let mut line = String::new();
    BufReader::new(sandbox.stdout()).read_line(&mut line).unwrap();
    let identity: serde_json::Value = serde_json::from_str(&line).unwrap();
    let text = |name: &str| identity[name].as_str().unwrap().to_owned();
    let world = World::new().env("DCORD_API_URL", text("api_url")).env("DCORD_TOKEN", text("token"));
    assert_eq!(world.run(["user", "get-me", "--jq", ".bot"]).stdout, "true\n");
    sandbox.signal(Signal::TERM);
    assert_eq!(sandbox.wait(), Some(0));
}

#[test]
fn a_message_is_sent_with_unread_stderr() {
    let limited = || Reply::json(429, &json!({"message": "slow", "retry_after": 0.01, "global": false}));
    let server = Recorder::scripted([limited(), limited(), Reply::ok(&json!({"id": "9"}))]);
    let (_reader, stderr) = full_pipe();
    let world = World::at(&server);
    let mut command = world.command();
    command.args(["message", "send", "1", "hello", "-vv"]).stdout(Stdio::piped()).stderr(stderr);
    let mut sending = Bounded::spawn(&mut command);
    let mut stdout = String::new();
    sending.stdout().read_to_string(&mut stdout).unwrap();
    assert_eq!((sending.wait(), &*stdout), (Some(0), "{\"id\":\"9\"}\n"));
    assert_eq!(server.take().len(), 3);
}

#[test]
fn an_unread_error_has_its_exit_status() {
    for (args, status) in [(&["message", "send"][..], 2), (&["message", "send", "1", "x", "--file", "missing"], 2)] {
        let (_reader, stderr) = full_pipe();
        let world = World::new();
        let mut command = world.command();
        let failing = Bounded::spawn(command.args(args).stdout(Stdio::null()).stderr(stderr));
        assert_eq!(failing.wait(), Some(status), "{args:?}");
    }
}

#[test]
fn an_error_waits_for_a_slow_reader() {
    let (mut reader, stderr) = full_pipe();
    let late = std::thread::spawn(move || {
        let mut read = String::new();
        reader.read_to_string(&mut read).unwrap();
        read
    });
    let world = World::new();
    let mut command = world.command();
    let failing = Bounded::spawn(command.args(["message", "get", "1", "12x"]).stdout(Stdio::null()).stderr(stderr));
    drop(command);
    assert_eq!(failing.wait(), Some(2));
    let read = late.join().unwrap();
    assert_eq!(read.trim_start_matches(char::from(FILLER)), "error: MESSAGE: \"12x\" is not the id of a message\n");
}

#[test]
fn an_error_is_also_written_to_the_log_file() {
    let world = World::new();
    let log = world.file("log", "");
    assert_eq!(world.run(["message", "get", "1", "12x", "--log-file", &log]).status, Some(2));
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.ends_with(" error: MESSAGE: \"12x\" is not the id of a message\n"), "{log}");
}

#[test]
fn a_non_blocking_stderr_loses_no_line() {
    let sandbox = Sandbox::serve(&[]);
    let world = sandbox.world();
    let (mut reader, stderr) = full_pipe();
    let flags = fcntl_getfl(&stderr).unwrap();
    fcntl_setfl(&stderr, flags | OFlags::NONBLOCK).unwrap();
    let late = std::thread::spawn(move || {
        let mut read = String::new();
        reader.read_to_string(&mut read).unwrap();
        read
    });
    let mut command = world.command();
    command.args(["user", "get-me", "-vv"]).stdout(Stdio::null()).stderr(stderr);
    let run = Bounded::spawn(&mut command);
    drop(command);
    assert_eq!(run.wait(), Some(0));
    let read = late.join().unwrap();
    let read = read.trim_start_matches(char::from(FILLER));
    assert!(read.starts_with("request method=GET path=/users/@me status=200 ") && read.ends_with('\n'), "{read}");
}
