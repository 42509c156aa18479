//! Changes of the system clock while dcord runs.

use std::fs;
use std::io::Read as _;
use std::process::Stdio;

use serde_json::{Value, json};

use super::support::{Bounded, Embedded, Recorder, Reply, World, until};

#[test]
fn only_a_debug_build_reads_the_test_clock() {
    let now_ms = |offset: &str| {
        let world = World::new().env("DCORD_TEST_CLOCK", offset);
        let id = world.run(["snowflake", "now", "--jq", ".unix_ms"]);
        assert_eq!(id.status, Some(0), "{id}");
        id.stdout.trim().parse::<u64>().unwrap()
    };
    const DAY_MS: u64 = 24 * 3600 * 1000;
    assert_eq!(now_ms("+48h") - now_ms("+0s") > DAY_MS, cfg!(debug_assertions));
}

#[test]
fn help_does_not_list_the_test_clock() {
    let help = World::new().run(["help", "environment"]);
    assert_eq!(help.status, Some(0), "{help}");
    assert!(help.stdout.contains("DCORD_STATE_DIR") && !help.stdout.contains("DCORD_TEST_CLOCK"), "{help}");
}

/// Discord counts by its own clock. Processes that share a state folder count by a timeline that setting the clock
/// does not change.
#[test]
fn setting_the_clock_between_two_sends_causes_no_429_and_no_duplicate() {
    let world = Embedded::limited(&["message send=5/2s"]);
    let log = world.path("log");
    let offsets = ["+0s", "+0s", "+0s", "-1h", "-1h", "-1h", "+1h", "+1h", "+1h", "+1h", "-25h", "-25h"];
    for (turn, offset) in offsets.iter().enumerate() {
        let content = format!("turn {turn}");
        let mut command = world.command(&["message", "send", &world.channel(), &content, "--log-file"]);
        command.arg(&log).env("DCORD_TEST_CLOCK", offset);
        let sent = world.finish(command);
        assert_eq!(sent.status, Some(0), "{offset}: {sent}");
    }
    let list = world.run(&["message", "list", &world.channel(), "--all", "--after", "1", "--jq", ".content"]);
    let sent: Vec<&str> = list.stdout.lines().filter(|line| line.starts_with("turn ")).collect();
    assert_eq!(sent, (0..offsets.len()).map(|turn| format!("turn {turn}")).collect::<Vec<_>>());
    let log = fs::read_to_string(log).unwrap();
    assert_eq!((log.matches("status=200").count(), log.matches("status=429").count()), (offsets.len(), 0));
    world.stop();
}

#[test]
fn a_rate_limit_lasts_as_long_as_discord_said_after_the_clock_is_set() {
    for scope in ["user", "global", "cloudflare"] {
        let limited = match scope {
            "cloudflare" => Reply::new(429, "text/html", "<html>error code: 1015</html>"),
            _ => Reply::json(429, &json!({"message": "…", "retry_after": 600.0, "global": scope == "global"})),
        };
        let server = Recorder::scripted([limited.header("Retry-After", "600")]);
        let mut world = World::at(&server).env("DCORD_ERRORS", "json");
        for offset in ["+0s", "-1h", "+1h", "-48h"] {
            world.set("DCORD_TEST_CLOCK", offset);
            let outcome = world.run(["message", "send", "1", "a", "--max-wait", "1s"]);
            assert_eq!(outcome.status, Some(7), "{scope} {offset}: {outcome}");
            let error: Value = serde_json::from_str(outcome.stderr.lines().last().unwrap()).unwrap();
            let retry_after = error["retry_after"].as_f64().unwrap();
            assert!((0.0..=600.0).contains(&retry_after), "{scope} {offset}: {outcome}");
        }
        assert_eq!(server.take().len(), 1, "{scope}");
    }
}

#[test]
fn setting_the_clock_while_a_process_fetches_pages_causes_no_429() {
    const MESSAGES: usize = 12;
    for offset in ["-1h", "+1h"] {
        let world = Embedded::limited(&["message list=5/1s"]);
        for turn in 0..MESSAGES {
            let sent = world.run(&["message", "send", &world.channel(), &format!("turn {turn}")]);
            assert_eq!(sent.status, Some(0), "{sent}");
        }
        let (log, clock) = (world.path("log"), world.path("clock"));
        fs::write(&clock, "+0s").unwrap();
        let mut list = world.command(&["message", "list", &world.channel(), "--all", "--page-size", "1"]);
        list.args(["--jq", ".content", "--log-file"]).arg(&log);
        list.env("DCORD_TEST_CLOCK", format!("@{}", clock.display())).stdout(Stdio::piped());
        let mut list = Bounded::spawn(&mut list);
        let answers = |status: &str| fs::read_to_string(&log).unwrap_or_default().matches(status).count();
        until("some pages", || answers("status=200") >= 3);
        fs::write(world.path("new"), offset).unwrap();
        fs::rename(world.path("new"), &clock).unwrap();
        let mut found = String::new();
        list.stdout().read_to_string(&mut found).unwrap();
        assert_eq!(list.wait(), Some(0), "{offset}");
        assert_eq!(found.lines().filter(|line| line.starts_with("turn ")).count(), MESSAGES, "{offset}: {found}");
        assert_eq!(answers("status=429"), 0, "{offset}");
        world.stop();
    }
}
