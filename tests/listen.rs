//! How listeners and other waiting commands fail, what they print, and how a signal ends them.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{ChildStdout, Stdio};

use rustix::process::Signal;
use serde_json::Value;

use super::support::{Bounded, Sandbox, World};

fn spawn(world: &World, args: &[&str]) -> Bounded {
    let mut command = world.command();
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Bounded::spawn(&mut command)
}

/// Starts a listener and returns it when its session is live, with the reader of its output. Dropping the reader
/// would end the listener.
fn listening(world: &World, args: &[&str]) -> (Bounded, BufReader<ChildStdout>) {
    let mut listener = spawn(world, &[&["listen", "-e", "READY"], args].concat());
    let mut reader = BufReader::new(listener.stdout());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert!(line.contains("READY"), "{line:?}");
    (listener, reader)
}

#[test]
fn a_token_refused_by_the_gateway_and_rest_is_dead_for_all_processes() {
    // The sandbox refuses only one request, so a second one would succeed.
    let refused = "--fault=status=401,times=1,route=GET /users/@me";
    let sandbox = Sandbox::serve(&["--fault=close=4004", refused]);
    let world = sandbox.world();
    insta::assert_snapshot!(world.run(["listen", "-e", "MESSAGE_CREATE"]), @r"
    exit: 4
    --- stderr
    error: Discord refused the token (close code 4004)
      hint: use a token that [server] issued, or check --api-url
    ");
    let dead = |args: &[&str]| world.run(args).to_string().replace(|c: char| c.is_ascii_digit(), "9");
    insta::assert_snapshot!(dead(&["user", "get-me"]), @r"
    exit: 9
    --- stderr
    error: Discord rejected this token within the last hour; dcord will not use it again for 99 min 99 s
      hint: use a token that [server] issued, or check --api-url; to try this token again now, run `dcord limits clear --tokens`
    ");
    assert_eq!(dead(&["listen"]), dead(&["user", "get-me"]));
    assert_eq!(world.run(["listen"]).status, Some(4));
}

#[test]
fn a_token_that_rest_accepts_is_not_dead() {
    let sandbox = Sandbox::serve(&["--fault=close=4004"]);
    let world = sandbox.world();
    assert_eq!(world.run(["listen", "-e", "MESSAGE_CREATE"]).status, Some(4));
    let listed = world.run(["user", "get-me", "--jq", ".bot"]);
    assert_eq!((listed.status, listed.stdout.as_str()), (Some(0), "true\n"), "{listed}");
}

#[test]
fn an_error_about_disallowed_intents_names_them_and_where_to_enable_them() {
    let sandbox = Sandbox::serve(&["--privileged=guild-members"]);
    insta::assert_snapshot!(sandbox.world().run(["listen", "--intents", "guilds,guild-members,message-content"]), @r"
    exit: 5
    --- stderr
    error: Discord refused the privileged intents of this session (close code 4014): GUILD_MEMBERS, MESSAGE_CONTENT
      hint: enable them at https://discord.com/developers/applications under Bot, Privileged Gateway Intents, or listen without them: --intents unprivileged
    ");
}

#[test]
fn the_wait_before_an_identify_is_printed() {
    let sandbox = Sandbox::serve(&[]);
    let world = sandbox.world();
    let listen = || world.run(["listen", "-e", "READY", "--count", "1", "--jq", ".t"]);
    insta::assert_snapshot!(listen(), @r"
    exit: 0
    --- stdout
    READY
    ");
    insta::assert_snapshot!(listen(), @r"
    exit: 0
    --- stdout
    READY
    --- stderr
    waiting to connect: Discord allows one new session (IDENTIFY) every 5 seconds
    ");
}

#[test]
fn an_exhausted_identify_limit_is_an_error_with_hints() {
    let sandbox = Sandbox::serve(&["--session-starts=1"]);
    let world = sandbox.world();
    let first = world.run(["listen", "-e", "READY", "--count", "1", "--consumer", "mods"]);
    assert_eq!(first.status, Some(0), "{first}");
    insta::assert_snapshot!(world.run(["listen", "-e", "READY"]), @r"
    exit: 10
    --- stderr
    error: none of today's IDENTIFY calls are left, but this listener needs 1; Discord resets the limit in 23 h 59 min
      hint: wait until then, because Discord resets the token when no call is left; a listener with --consumer can resume its session without an IDENTIFY call; `dcord limits` shows how many are left
    ");
    // A resumed session requires no IDENTIFY.
    let resumed = world.run(["listen", "-e", "RESUMED", "--count", "1", "--consumer", "mods"]);
    assert_eq!(resumed.status, Some(0), "{resumed}");
}

#[test]
fn a_listener_gives_up_an_unreachable_gateway_on_request() {
    let sandbox = Sandbox::serve(&[]);
    let world = sandbox.world();
    let (mut listener, _reader) = listening(&world, &["--max-reconnects", "2"]);
    let mut stderr = listener.stderr();
    drop(sandbox);
    let mut text = String::new();
    stderr.read_to_string(&mut text).unwrap();
    assert_eq!(listener.wait(), Some(8));
    insta::assert_snapshot!(text, @r"
    error: gave up on shard 0 after 2 attempts to reconnect: cannot connect: connection refused
      hint: check the network connection, or allow more attempts with --max-reconnects
    ");
}

#[test]
fn a_long_outage_is_reported_once_and_an_interrupt_ends_the_wait() {
    let sandbox = Sandbox::serve(&[]);
    let world = sandbox.world();
    let (mut listener, _reader) = listening(&world, &[]);
    let mut stderr = BufReader::new(listener.stderr()).lines();
    drop(sandbox);
    let error = stderr.next().unwrap().unwrap();
    let (error, wait) = error.split_once("; trying again in ").unwrap();
    assert_eq!(error, "gateway: cannot connect: connection refused");
    assert!(wait.ends_with(" s"), "{wait}");
    listener.signal(Signal::INT);
    assert_eq!(listener.wait(), Some(130));
    assert!(stderr.next().is_none());
}

#[test]
fn a_list_whose_server_dies_ends_with_complete_lines_and_an_error() {
    let sandbox = Sandbox::serve(&["--seed=messages=20000", "--limit=off"]);
    let world = sandbox.world();
    let channel = sandbox.value("channel_id").to_owned();
    let mut list = spawn(&world, &["message", "list", &channel, "--all", "--retries", "0"]);
    let mut lines = BufReader::new(list.stdout()).lines();
    lines.next().unwrap().unwrap();
    drop(sandbox);
    let mut last = Value::Null;
    let mut count = 1;
    for line in lines {
        last = serde_json::from_str(&line.unwrap()).unwrap();
        count += 1;
    }
    assert!(count < 20_000, "the server died in between");
    let mut text = String::new();
    list.stderr().read_to_string(&mut text).unwrap();
    assert_eq!(list.wait(), Some(8), "{text}");
    let id = last["id"].as_str().unwrap();
    let expected = format!("{count} items were printed; to continue after them, use --before {id}\nerror: ");
    assert!(text.starts_with(&expected), "{text}");
}

#[test]
fn an_interrupt_ends_the_wait_for_a_rate_limit_without_a_request() {
    let sandbox = Sandbox::serve(&["--limit=message send=1/1h"]);
    let world = sandbox.world();
    let channel = sandbox.value("channel_id");
    assert_eq!(world.run(["message", "send", channel, "one"]).status, Some(0));
    let mut waiting = spawn(&world, &["message", "send", channel, "two", "--max-wait", "2h"]);
    let mut report = String::new();
    BufReader::new(waiting.stderr()).read_line(&mut report).unwrap();
    assert!(report.starts_with("waiting ") && report.ends_with(" for the rate limit of this endpoint\n"), "{report}");
    waiting.signal(Signal::INT);
    // The process dies of the signal itself, as shells expect, which then report status 130.
    assert_eq!(waiting.wait(), None);
    let listed = world.run(["message", "list", channel, "--jq", ".content"]);
    assert_eq!(listed.stdout, "one\n", "{listed}");
}

#[test]
fn a_duration_that_ends_before_the_count_is_reached_exits_1() {
    // Each listener has its own sandbox, because an IDENTIFY waits seconds for the previous one.
    let listen =
        |args: &[&str]| Sandbox::serve(&[]).world().run([&["listen", "-e", "READY", "--jq", ".t"], args].concat());
    insta::assert_snapshot!(listen(&["--count", "2", "--duration", "2s"]), @r"
    exit: 1
    --- stdout
    READY
    --- stderr
    error: only 1 of 2 events arrived within 2.0 s
    ");
    // A duration or a count alone, or a count that is reached, succeeds.
    for args in
        [&["--duration", "2s"][..], &["--count", "1", "--duration", "1h"], &["--count", "0", "--duration", "1s"]]
    {
        let ended = listen(args);
        assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""), "{args:?}: {ended}");
    }
}

#[test]
fn an_unknown_event_is_an_error_unless_validation_is_off() {
    let sandbox = Sandbox::serve(&[]);
    let world = sandbox.world();
    insta::assert_snapshot!(world.run(["listen", "-e", "MESAGE_CREATE,SOMETHING_ELSE", "--count", "0"]), @r#"
    exit: 2
    --- stderr
    error: --event: no event named "MESAGE_CREATE"; did you mean "MESSAGE_CREATE"?
      hint: `dcord explain intents` lists them; an event that is new in Discord's API requires --no-validate
    "#);
    let partial = world.run(["listen", "-e", "message"]);
    let meant = r#"did you mean "MESSAGE_CREATE", "MESSAGE_POLL_VOTE_ADD" or "MESSAGE_REACTION_ADD"?"#;
    assert!(partial.status == Some(2) && partial.stderr.contains(meant), "{partial}");
    let new = world.run(["listen", "-e", "SOMETHING_ELSE", "--no-validate", "--count", "0"]);
    assert_eq!((new.status, new.stderr.as_str()), (Some(0), ""), "{new}");
}

#[test]
fn a_listener_does_not_connect_with_the_option_offline() {
    let sandbox = Sandbox::serve(&[]);
    let world = sandbox.world();
    insta::assert_snapshot!(world.run(["listen", "--offline"]), @r"
    exit: 2
    --- stderr
    error: listen and --offline cannot be combined
      hint: events come only from Discord; `dcord cache list` shows what an earlier listener has stored
    ");
    assert_eq!(world.run(["listen", "--offline", "--dry-run"]).status, Some(0));
}
