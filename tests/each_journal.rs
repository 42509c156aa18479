//! `--each` with `--journal`, and jobs that end early.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::support::{Recorder, Reply, Sandbox, World, until};

/// The ids in the paths of requests.
fn ids(server: &Recorder) -> Vec<String> {
    server.take().iter().map(|request| request.path().rsplit('/').next().unwrap_or_default().to_owned()).collect()
}

const DELETE: [&str; 8] = ["message", "delete", "7", "--each", "-", "--yes", "--journal", "journal"];

#[test]
fn a_job_that_runs_again_skips_the_lines_that_are_done_and_sends_new_ones() {
    let server = Recorder::answering(|_| Reply::empty());
    let world = World::at(&server);
    let run = world.run_with(DELETE, "1\n2\n2\n");
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run}");
    assert_eq!(ids(&server), ["1", "2", "2"]);
    // The order of the lines does not matter, and a line that occurs once more is a new one.
    let run = world.run_with(DELETE, "2\n3\n1\n2\n2\n");
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), "3 lines were done by an earlier run\n"), "{run}");
    let mut sent = ids(&server);
    sent.sort();
    assert_eq!(sent, ["2", "3"]);
    let journal = fs::read_to_string(world.path("journal")).unwrap();
    assert!(journal.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{journal}");
    assert_eq!(fs::metadata(world.path("journal")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn lines_that_discord_refused_are_not_sent_again_unless_asked() {
    let server = Recorder::answering(|request| match request.path().ends_with("/4") {
        true => Reply::json(404, &json!({"code": 10008, "message": "Unknown Message"})),
        false => Reply::empty(),
    });
    let world = World::at(&server);
    assert_eq!(world.run_with(DELETE, "1\n4\n").status, Some(3));
    assert_eq!(ids(&server).len(), 2);
    let run = world.run_with(DELETE, "1\n4\n");
    assert_eq!(run.status, Some(3), "{run}");
    assert!(run.stderr.contains("1 of 2 lines failed in an earlier run\n  hint: to send the failed lines"), "{run}");
    assert!(server.take().is_empty());
    let run = world.run_with([&DELETE[..], &["--retry-failed"]].concat(), "1\n4\n");
    assert_eq!((run.status, ids(&server)), (Some(3), vec!["4".to_owned()]), "{run}");
}

#[test]
fn a_request_without_outcome_is_sent_again_only_if_that_does_no_harm() {
    for (command, again) in [
        (&["message", "delete", "7"][..], true),
        (&["channel", "edit", "--name", "x"], true),
        // Within minutes, Discord recognises the nonce of a message.
        (&["message", "send", "7", "--take", "content"], true),
        (&["role", "create", "--name", "x"], false),
        (&["webhook", "create", "--name", "x"], false),
    ] {
        let server = Recorder::answering(|_| Reply::ok(&json!({"id": "9"})));
        let world = World::at(&server);
        let each = ["--each", "-", "--journal", "journal", "--yes", "-o", "none"];
        let args = [command, &each].concat();
        let lines = "{\"id\":\"1\",\"content\":\"x\"}";
        assert_eq!(world.run_with(&args, lines).status, Some(0), "{command:?}");
        let first = server.one();
        // As after a death of the process between the request and its response.
        let journal = fs::read_to_string(world.path("journal")).unwrap();
        let kept: Vec<_> = journal.lines().filter(|line| !line.contains("outcome")).collect();
        fs::write(world.path("journal"), kept.join("\n") + "\n{\"li").unwrap();
        let run = world.run_with(&args, lines);
        if again {
            assert_eq!(run.status, Some(0), "{command:?} {run}");
            assert_eq!(server.one().body, first.body, "{command:?}");
            continue;
        }
        assert_eq!(run.status, Some(3), "{command:?} {run}");
        assert!(run.stderr.contains("an earlier run may have sent this line"), "{run}");
        assert!(run.stderr.contains("1 of 1 line may have been sent by an earlier run"), "{run}");
        assert!(server.take().is_empty());
        let run = world.run_with([&args[..], &["--retry-unknown"]].concat(), lines);
        assert_eq!((run.status, server.take().len()), (Some(0), 1), "{command:?} {run}");
    }
}

#[test]
fn a_message_without_outcome_is_unknown_once_discord_has_forgotten_its_nonce() {
    let server = Recorder::answering(|_| Reply::ok(&json!({"id": "9"})));
    let world = World::at(&server);
    let args = ["message", "send", "7", "--each", "-", "--take", "content", "--journal", "journal", "-o", "none"];
    assert_eq!(world.run_with(args, "{\"content\":\"x\"}").status, Some(0));
    let journal = fs::read_to_string(world.path("journal")).unwrap();
    let mut kept: Vec<Value> = journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    kept.retain(|line| line.get("outcome").is_none());
    kept[1]["sent"] = json!(kept[1]["sent"].as_i64().unwrap() - 200_000);
    fs::write(world.path("journal"), kept.iter().map(|line| line.to_string() + "\n").collect::<String>()).unwrap();
    server.take();
    let run = world.run_with(args, "{\"content\":\"x\"}");
    assert_eq!((run.status, server.take().len()), (Some(3), 0), "{run}");
}

#[test]
fn a_deletion_without_outcome_counts_as_done_if_the_object_is_gone() {
    let seen = AtomicUsize::new(0);
    let server = Recorder::answering(move |_| match seen.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::empty(),
        _ => Reply::json(404, &json!({"code": 10008, "message": "Unknown Message"})),
    });
    let world = World::at(&server);
    assert_eq!(world.run_with(DELETE, "1\n").status, Some(0));
    let journal = fs::read_to_string(world.path("journal")).unwrap();
    let kept: String =
        journal.lines().filter(|line| !line.contains("outcome")).map(|line| format!("{line}\n")).collect();
    fs::write(world.path("journal"), kept).unwrap();
    let run = world.run_with(DELETE, "1\n");
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run}");
}

#[test]
fn a_journal_belongs_to_one_command_line_and_one_token() {
    let server = Recorder::answering(|_| Reply::empty());
    let world = World::at(&server);
    assert_eq!(world.run_with(DELETE, "1\n").status, Some(0));
    server.take();
    let other = |args: &[&str]| world.run_with(args, "2\n");
    let journal = ["--each", "-", "--yes", "--journal", "journal"];
    let input = world.file("input", "1\n2\n");
    for (run, why) in [
        (other(&[&["message", "delete", "8"], &journal[..]].concat()), "belongs to another command line"),
        (
            other(&[&["message", "delete", "7", "--reason", "x"], &journal[..]].concat()),
            "belongs to another command line",
        ),
        (other(&[&["message", "get", "7"], &journal[..]].concat()), "belongs to another command"),
        (other(&["message", "delete", "7", "--each", "-", "--yes", "--journal", &input]), "is not a journal of dcord"),
    ] {
        assert!(run.status == Some(10) && run.stderr.contains(why), "{why}: {run}");
    }
    assert_eq!(fs::read_to_string(&input).unwrap(), "1\n2\n");
    let run = world.env("DCORD_TOKEN", "another").run_with(DELETE, "2\n");
    assert!(run.status == Some(10) && run.stderr.contains("belongs to another token or API URL"), "{run}");
    assert!(server.take().is_empty());
}

#[test]
fn a_failure_that_concerns_all_lines_ends_the_job_with_its_status() {
    for (status, reply, args) in [
        (4, Reply::json(401, &json!({"code": 0, "message": "401: Unauthorized"})), &[][..]),
        (8, Reply::json(500, &json!({"message": "down"})), &["--retries", "0"]),
    ] {
        let reply = Arc::new(Mutex::new(reply));
        let server = Recorder::answering(move |request| match request.path().ends_with("/1") {
            true => Reply::empty(),
            false => reply.lock().unwrap().clone(),
        });
        let world = World::at(&server);
        let lines: String = (1..=2000).map(|n| format!("{n}\n")).collect();
        let run = world.run_with([&DELETE[..], args].concat(), &lines);
        assert_eq!(run.status, Some(status), "{run}");
        assert!(run.stderr.contains("stopped: 1 line is done"), "{run}");
        assert!(run.stderr.contains("run the same command again to continue"), "{run}");
        assert!(server.take().len() < 500, "the job goes on");
    }
}

#[test]
fn a_reader_that_leaves_ends_the_job_without_an_error() {
    let server = Recorder::answering(|_| Reply::ok(&json!({"id": "9"})));
    let world = World::at(&server);
    let run = world.shell("{ seq 1 100000 | $DCORD message get 7 --each - -o id; echo $? >&2; } | head -n1");
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("9\n", "0\n"), "{run}");
    assert!(server.take().len() < 5000, "the job goes on");
}

#[test]
fn the_second_process_with_a_journal_is_refused() {
    let server = Recorder::answering(|_| Reply::empty());
    let world = World::at(&server);
    let mut first = world.command();
    let mut first = first.args(DELETE).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let path = world.path("journal");
    // The first process waits for its input. It holds the journal once the file has a line.
    until("the first line of the journal", || fs::read_to_string(&path).is_ok_and(|text| text.ends_with('\n')));
    let run = world.run_with(DELETE, "1\n");
    assert!(run.status == Some(10) && run.stderr.contains("another process uses the journal"), "{run}");
    drop(first.stdin.take());
    assert!(first.wait().unwrap().success());
}

#[test]
fn a_full_disk_ends_the_job_before_the_request_that_cannot_be_recorded() {
    let server = Recorder::answering(|_| Reply::empty());
    let world = World::at(&server);
    // The limit is in blocks of 1024 bytes.
    let run = world.shell("ulimit -f 1; seq 1 1000 | $DCORD message delete 7 --each - --yes --journal journal");
    assert_eq!(run.status, Some(1), "{run}");
    assert!(run.stderr.contains("cannot use the journal journal"), "{run}");
    assert!(server.take().len() < 100, "requests are sent without a record");
    // With space again, the job continues.
    let run = world.shell("seq 1 20 | $DCORD message delete 7 --each - --yes --journal journal");
    assert_eq!(run.status, Some(0), "{run}");
}

#[test]
fn a_job_that_is_killed_again_and_again_does_each_line_once() {
    const LINES: usize = 400;
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=5,members=5", "--limit", "off"]);
    let world = sandbox.world();
    let channel = sandbox.value("channel_id");
    let lines: String = (0..LINES).map(|n| json!({"content": format!("m{n}")}).to_string() + "\n").collect();
    let input = world.file("input", &lines);
    let args = ["message", "send", channel, "--each", &input, "--take", "content", "--journal", "journal", "-o", "id"];
    for round in 0..5_usize {
        let mut command = world.command();
        let mut child = command.args(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
        // The process dies while other requests are on their way.
        for _ in 0..=round * 7 {
            let mut line = String::new();
            std::io::BufRead::read_line(&mut output, &mut line).unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let run = world.run(args);
    assert_eq!(run.status, Some(0), "{run}");
    let run = world.run(["message", "list", channel, "--all", "--after", "0", "--jq", ".content"]);
    let mut found: Vec<usize> = run.stdout.lines().map(|text| text[1..].parse().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, (0..LINES).collect::<Vec<_>>());
}
