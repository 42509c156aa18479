//! The progress of a long list: what a terminal shows while pages are fetched, and what remains after an
//! interruption.

use std::sync::Mutex;
use std::sync::mpsc::{self, Sender};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::support::{Bounded, HANGS, Recorder, Reply, World, watch, without_codes};

const PROGRESS: &str = "2 items so far; fetching page 2";
const CLEAR: &str = "\r\x1b[2K";

fn member(id: u64) -> Value {
    json!({"user": {"id": id.to_string(), "username": format!("user{id}")}, "roles": [], "joined_at": null})
}

/// Returns a server with three members on two pages. The second page waits until the sender is used or dropped.
fn two_pages() -> (Sender<()>, Recorder) {
    let (release, released) = mpsc::channel();
    let released = Mutex::new(released);
    let server = Recorder::answering(move |request| {
        if !request.target.contains("after=") {
            return Reply::ok(&json!([member(1), member(2)]));
        }
        // An error means that the sender was dropped.
        let _ = released.lock().unwrap().recv_timeout(HANGS);
        Reply::ok(&json!([member(3)]))
    });
    (release, server)
}

const LIST: [&str; 6] = ["member", "list", "1", "--all", "--page-size", "2"];

/// Runs the list on a terminal and calls `act` once the progress line is there.
fn on_terminal(world: &World, args: &[&str], act: impl Fn(&Bounded)) -> (Option<i32>, String) {
    let mut command = world.command();
    command.args(LIST).args(args);
    let mut is_shown = false;
    watch(command, 80, b"", |written, child| {
        if !is_shown && written.contains(PROGRESS) {
            is_shown = true;
            act(child);
        }
    })
}

#[test]
fn a_long_list_shows_its_progress_on_a_terminal_and_erases_it_before_each_row() {
    for args in [&[][..], &["-o", "jsonl"]] {
        let (release, server) = two_pages();
        let world = World::at(&server).env("NO_COLOR", "1");
        let (status, written) = on_terminal(&world, args, |_| release.send(()).unwrap());
        assert_eq!(status, Some(0), "{written:?}");
        assert!(written.contains(PROGRESS), "{written:?}");
        // Only the text after the last erasure of a line remains visible.
        let left = written.split('\n').map(|line| line.rsplit(CLEAR).next().unwrap()).collect::<Vec<_>>().join("\n");
        assert!(!left.contains("so far"), "{written:?}");
        for user in ["user1", "user2", "user3"] {
            assert_eq!(without_codes(&left).matches(user).count(), 1, "{written:?}");
        }
    }
}

#[test]
fn an_interrupted_list_prints_how_to_continue() {
    let (release, server) = two_pages();
    let world = World::at(&server).env("NO_COLOR", "1");
    let (status, written) = on_terminal(&world, &[], |child| child.signal(Signal::INT));
    drop(release);
    assert_eq!(status, Some(130), "{written:?}");
    assert!(written.contains("user2"), "{written:?}");
    assert!(written.ends_with("2 items were printed; to continue after them, use --after 2\n"), "{written:?}");
}

#[test]
fn progress_is_not_shown_in_a_pipe_with_quiet_or_with_json_errors() {
    let (release, server) = two_pages();
    drop(release);
    let world = World::at(&server);
    let piped = world.run(LIST);
    assert!(piped.status == Some(0) && piped.stderr.is_empty(), "{piped}");
    for args in [&["-q"][..], &["--errors", "json"]] {
        let shown = world.show(80, [&LIST[..], args].concat());
        assert_eq!(shown.status, Some(0), "{shown}");
        assert!(!shown.stdout.contains("so far") && !shown.stdout.contains('\r'), "{shown}");
    }
}
