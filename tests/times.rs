//! Times and durations in common notations, wherever dcord reads them.

use serde_json::{Value, json};

use super::support::{Outcome, Recorder, Reply, World};

/// 2026-12-01T19:00:00Z, which is 20:00 in Berlin.
const EVENING_MS: u64 = 1_796_151_600_000;

/// Notations for that time, parsed in Berlin.
const EVENING: [&str; 12] = [
    "2026-12-01T19:00:00Z",
    "2026-12-01 14:00:00-05:00",
    "2026-12-01 20:00:00",
    "2026-12-01 20:00",
    "2026-12-01T20:00",
    "2026-12-01T20:00:00.000",
    "20261201T200000",
    "2026-12-01T20:00[Europe/Berlin]",
    "1796151600",
    "1796151600.0",
    "1796151600000",
    "<t:1796151600:F>",
];

/// Texts that are not accepted as a time anywhere.
const NO_TIMES: [&str; 9] = [
    "2026-12-01 20:00 Uhr",
    "2026-12-01T25:00",
    "20:00",
    "20261201200000",
    "178000000012345",
    "-5",
    "2026-12-01T20:00[Europe/Atlantis]",
    "2026-12-01T20:00+09:00[Europe/Berlin]",
    "some day",
];

fn in_berlin() -> World {
    World::new().env("TZ", "Europe/Berlin")
}

/// Returns the lowest id of a time. Source: Discord's reference, "Snowflakes".
fn id_at(ms: u64) -> u64 {
    (ms - 1_420_070_400_000) << 22
}

/// A place that reads a time: its command, to which the time is appended, and how the parsed time is shown.
struct Place {
    command: &'static [&'static str],
    shown: &'static str,
    as_id: bool,
}

const fn place(command: &'static [&'static str], shown: &'static str, as_id: bool) -> Place {
    Place { command, shown, as_id }
}

const PLACES: [Place; 9] = [
    place(&["message", "list", "1", "--after"], ".url", true),
    place(&["message", "search", "1", "--min-id"], ".url", true),
    place(&["audit-log", "list", "1", "--before"], ".url", true),
    place(&["pin", "list", "1", "--before"], ".url", false),
    place(&["thread", "list-archived", "1", "--before"], ".url", false),
    place(&["message", "send", "1", "--embed.title=x", "--embed.timestamp"], ".body.embeds[0].timestamp", false),
    place(&["member", "edit", "1", "2", "--no-validate", "--timeout"], ".body.communication_disabled_until", false),
    place(
        &["guild", "set-incident-actions", "1", "--no-validate", "--dms-disabled-until"],
        ".body.dms_disabled_until",
        false,
    ),
    place(
        &["scheduled-event", "edit", "1", "2", "--no-validate", "--scheduled-start-time"],
        ".body.scheduled_start_time",
        false,
    ),
];

fn read(world: &World, place: &Place, text: &str) -> Outcome {
    world.run([place.command, &[text, "--dry-run", "--jq", place.shown]].concat())
}

#[test]
fn every_form_of_a_time_is_accepted_wherever_a_time_is_read() {
    let world = in_berlin();
    for place in &PLACES {
        for text in EVENING {
            let outcome = read(&world, place, text);
            let id = id_at(EVENING_MS).to_string();
            let expected = if place.as_id { &id } else { "2026-12-01T19:00:00Z" };
            let shown = outcome.stdout.replace("%3A", ":");
            assert!(shown.contains(expected), "{:?} {text:?}:\n{outcome}", place.command);
        }
    }
    for text in EVENING {
        let outcome = world.run(["snowflake", text, "--jq", "[.time, .local_time]"]);
        let both = "[\"2026-12-01T19:00:00Z\",\"2026-12-01T20:00:00+01:00\"]\n";
        assert_eq!(outcome.stdout, both, "{text:?}:\n{outcome}");
        let outcome = world.run(["cache", "search", "words", "--after", text]);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), ""), "{text:?}:\n{outcome}");
    }
}

#[test]
fn an_invalid_time_is_a_usage_error_wherever_a_time_is_read() {
    let world = in_berlin();
    let refused = |outcome: Outcome, what: &str| {
        assert!(outcome.status == Some(2) && outcome.stdout.is_empty(), "{what}:\n{outcome}");
    };
    for text in NO_TIMES {
        for place in &PLACES {
            refused(read(&world, place, text), &format!("{:?} {text:?}", place.command));
        }
        refused(world.run(["snowflake", "--", text]), &format!("snowflake {text:?}"));
        refused(
            world.run(["cache", "search", "words", &format!("--before={text}")]),
            &format!("cache search {text:?}"),
        );
    }
}

#[test]
fn the_output_of_date_is_accepted_as_a_time() {
    let world = in_berlin();
    for format in
        ["+%F %T", "+%FT%T%z", "+%s", "+%s.%N", "+%s%3N", "+%Y%m%dT%H%M%S", "--iso-8601=seconds", "--rfc-3339=ns"]
    {
        let script = format!(r#"$DCORD snowflake "$(date -d '2026-12-01 20:00:00.250' '{format}')" --jq .unix_ms"#);
        let outcome = world.shell(&script);
        let ms: u64 = outcome.stdout.trim().parse().unwrap_or_else(|_| panic!("{format}:\n{outcome}"));
        assert!([EVENING_MS, EVENING_MS + 250].contains(&ms), "{format}: {ms}");
    }
}

#[test]
fn errors_about_times_show_valid_forms() {
    let world = in_berlin();
    let list = |text: &str| world.run(["message", "list", "1", &format!("--after={text}")]);
    insta::assert_snapshot!(list("20261201200000"), @r#"
    exit: 2
    --- stderr
    error: --after: "20261201200000" has 14 digits: a Unix time has up to 11 in seconds and 13 in milliseconds, an id has 17 or more
    "#);
    insta::assert_snapshot!(list("1763640"), @r#"
    exit: 2
    --- stderr
    error: --after: "1763640" is 1970-01-21 10:54, before Discord's first id (2015-01-01): write 0 for the first id
    "#);
    insta::assert_snapshot!(list("3000-01-01"), @r#"
    exit: 2
    --- stderr
    error: --after: "3000-01-01" is 3000-01-01 00:00, later than the last possible id
    "#);
    insta::assert_snapshot!(list("-5"), @r#"
    exit: 2
    --- stderr
    error: --after: "-5" has no unit: write 90s, 2h or 7d after the sign
    "#);
    let lost = World::new().env("TZ", "Europe/Atlantis");
    insta::assert_snapshot!(lost.run(["message", "list", "1", "--after", "2026-12-01 20:00"]), @r#"
    exit: 2
    --- stderr
    error: --after: "2026-12-01 20:00" is a local time, but the time zone in TZ (Europe/Atlantis) is unknown: add an offset such as +01:00 or Z
    "#);
    // A time with an offset does not need the system's time zone, and 0 is the first id.
    let url = |world: &World, text: &str| {
        world.run(["message", "list", "1", "--after", text, "--dry-run", "--jq", ".url"]).stdout
    };
    assert!(url(&lost, "2026-12-01 20:00+01:00").contains(&id_at(EVENING_MS).to_string()));
    assert!(url(&lost, "0").trim_end().ends_with("after=0"));
}

#[test]
fn an_event_cannot_be_scheduled_in_the_past_unless_validation_is_off() {
    let world = in_berlin();
    let create = |more: &[&str]| {
        let event = ["scheduled-event", "create", "1", "Game night", "--location", "Park", "--dry-run"];
        world.run([&event[..], more].concat())
    };
    let past = ["--scheduled-start-time", "2024-06-01 20:00", "--scheduled-end-time", "tomorrow 8pm"];
    insta::assert_snapshot!(create(&past), @r"
    exit: 9
    --- stderr
    error: --scheduled-start-time is 2024-06-01 20:00, which is in the past
      hint: change the value, or send it anyway with --no-validate
    ");
    assert_eq!(create(&[&past[..], &["--no-validate"]].concat()).status, Some(0));
    let ahead = create(&["--scheduled-start-time", "8pm", "--scheduled-end-time", "3d", "-o", "json"]);
    assert_eq!(ahead.status, Some(0), "{ahead}");
}

#[test]
fn a_timeout_or_a_pause_of_a_server_must_end_in_the_future_and_within_its_limit() {
    let world = in_berlin();
    for (args, field, why) in [
        (&["member", "edit", "1", "2", "--timeout", "-5m"][..], "--timeout", "in the past"),
        (&["member", "timeout", "1", "2", "29d"], "SPAN", "more than 28 days from now"),
        (&["guild", "set-incident-actions", "1", "--dms-disabled-until", "-1h"], "--dms-disabled-until", "in the past"),
        (
            &["guild", "set-incident-actions", "1", "--invites-disabled-until", "25h"],
            "--invites-disabled-until",
            "more than 24 hours from now",
        ),
    ] {
        let refused = world.run([args, &["--dry-run"]].concat());
        let starts = refused.stderr.starts_with(&format!("error: {field} is 20"));
        let says = refused.stderr.contains(&format!(", which is {why}\n"));
        assert!(refused.status == Some(9) && starts && says, "{refused}");
        let forced = world.run([args, &["--dry-run", "--no-validate"]].concat());
        assert_eq!(forced.status, Some(0), "{forced}");
    }
}

#[test]
fn a_duration_is_converted_to_the_units_of_the_field() {
    let world = World::new();
    let body = |words: &[&str]| world.run([words, &["--dry-run", "--yes", "--jq", ".body"]].concat());
    for (words, expected) in [
        (&["channel", "edit", "1", "--rate-limit-per-user", "2m"][..], json!({"rate_limit_per_user": 120})),
        (&["channel", "edit", "1", "--rate-limit-per-user", "120"], json!({"rate_limit_per_user": 120})),
        (&["invite", "create", "1", "--max-age", "7d"], json!({"max_age": 604_800})),
        (&["invite", "create", "1", "--max-age", "0"], json!({"max_age": 0})),
        (&["ban", "add", "1", "2", "--delete-message-seconds", "1d"], json!({"delete_message_seconds": 86_400})),
        (&["ban", "add", "1", "2", "--delete-message-days", "1w"], json!({"delete_message_days": 7})),
        (&["guild", "prune", "1", "--days", "2w"], json!({"days": 14})),
        (&["guild", "edit", "1", "--afk-timeout", "15m"], json!({"afk_timeout": 900})),
        (&["channel", "edit", "1", "--auto-archive-duration", "3d"], json!({"auto_archive_duration": 4320})),
        (&["channel", "edit", "1", "--auto-archive-duration", "one-hour"], json!({"auto_archive_duration": 60})),
        (&["lobby", "edit", "1", "--idle-timeout-seconds", "1h30m"], json!({"idle_timeout_seconds": 5400})),
    ] {
        let outcome = body(words);
        let shown: Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{words:?}:\n{outcome}"));
        assert_eq!(shown, expected, "{words:?}");
    }
    let poll = ["message", "send", "1", "--poll.question=q", "--poll.answer=a", "--poll.duration", "3d"];
    assert_eq!(world.run([&poll[..], &["--dry-run", "--jq", ".body.poll.duration"]].concat()).stdout, "72\n");
    insta::assert_snapshot!(body(&["guild", "prune", "1", "--days", "36h"]), @r#"
    exit: 2
    --- stderr
    error: --days: "36h" is not a whole number of days, or a span of whole days such as 2w
    "#);
    insta::assert_snapshot!(body(&["channel", "edit", "1", "--rate-limit-per-user", "7h"]), @r"
    exit: 9
    --- stderr
    error: --rate-limit-per-user is 7h, but must be at most 6h (21600 seconds)
      hint: change the value, or send it anyway with --no-validate
    ");
    for text in ["soon", "-2m", "1500ms", "1.5"] {
        let outcome = body(&["channel", "edit", "1", &format!("--rate-limit-per-user={text}")]);
        assert_eq!(outcome.status, Some(2), "{text}:\n{outcome}");
    }
}

#[test]
fn the_timeout_of_a_member_is_not_the_request_timeout() {
    let server = Recorder::new();
    let world = World::at(&server);
    let outcome = world.run(["member", "edit", "1", "2", "--timeout", "30m"]);
    assert_eq!(outcome.status, Some(0), "{outcome}");
    let requests = server.take();
    let until = requests[0].json()["communication_disabled_until"].as_str().unwrap().parse::<jiff::Timestamp>();
    assert!(until.unwrap().as_millisecond() > dcord::model::Clock::system().wall_ms());
    world.run(["member", "edit", "1", "2", "--unset", "timeout", "--request-timeout", "20s"]);
    assert_eq!(server.take()[0].json(), json!({"communication_disabled_until": null}));
    insta::assert_snapshot!(world.run(["member", "edit", "1", "2", "--request-timeout", "30m"]), @r"
    exit: 2
    --- stderr
    error: a field to change is missing (usage: dcord member edit [SERVER] USER [OPTIONS])
      hint: give at least one of the options that -h lists; --unset FIELD clears a field
    ");
    assert!(server.take().is_empty());
}

#[test]
fn a_reply_without_content_says_what_is_missing() {
    let server = Recorder::new();
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["message", "send", "1", "--reply-to", "2"]), @r"
    exit: 2
    --- stderr
    error: CONTENT is missing (usage: dcord message send CHANNEL [CONTENT] [OPTIONS])
      hint: use CONTENT or at least one of --embeds, --sticker-ids, --components, --file, --poll, --shared-client-theme, --message-reference
      hint: to send the output of another program, write - as CONTENT
    ");
    assert!(server.take().is_empty());
    for (reference, status) in
        [(r#"{"type":0,"message_id":"2"}"#, 2), (r#"{"type":1,"channel_id":"1","message_id":"2"}"#, 0)]
    {
        let outcome = world.run(["message", "send", "1", "--message-reference", reference]);
        assert_eq!(outcome.status, Some(status), "{reference}:\n{outcome}");
    }
}

#[test]
fn a_snowflake_is_shown_in_every_format_and_with_its_local_time() {
    let world = in_berlin();
    let run = |words: &[&str]| world.run([&["snowflake", "175928847299117063"], words].concat());
    insta::assert_snapshot!(run(&["-o", "csv"]), @r"
    exit: 0
    --- stdout
    id,time,local_time
    175928847299117063,2016-04-30T11:18:25.796Z,2016-04-30T13:18:25.796+02:00
    ");
    let row = r#"{"id":"175928847299117063","time":"2016-04-30T11:18:25.796Z","local_time":"2016-04-30T13:18:25.796+02:00","unix_ms":1462015105796,"worker":1,"process":0,"increment":7}"#;
    for (format, expected) in [
        ("id", "175928847299117063\n".to_owned()),
        ("jsonl", format!("{row}\n")),
        ("json", format!("[{row}]\n")),
        ("raw", format!("[{row}]")),
    ] {
        assert_eq!(run(&["-o", format]).stdout, expected, "{format}");
    }
    let table = run(&["2h", "-o", "table"]);
    let heading = table.stdout.lines().next().unwrap_or_default().split("  ").filter(|part| !part.is_empty());
    assert_eq!(heading.map(str::trim).collect::<Vec<_>>(), ["ID", "TIME", "LOCAL TIME"], "{table}");
    assert_eq!(table.stdout.lines().count(), 3, "{table}");
    // Every text that contains an id is accepted.
    for text in [
        "<@175928847299117063>",
        "<:blob:175928847299117063>",
        "https://discord.com/channels/1/2/175928847299117063",
        "https://discord.com/channels/1/175928847299117063",
        "</ping:175928847299117063>",
    ] {
        let outcome = world.run(["snowflake", text, "-o", "id"]);
        assert_eq!(outcome.stdout, "175928847299117063\n", "{text}:\n{outcome}");
    }
    insta::assert_snapshot!(world.run(["snowflake", "28.11.2026"]), @r#"
    exit: 2
    --- stderr
    error: ID|TIME: "28.11.2026" is not an id, a mention, a link or a time (2h, 2026-11-28, '2026-11-28 20:00')
    "#);
}

#[test]
fn a_wait_may_be_zero_and_a_request_timeout_may_not() {
    let limited = json!({"message": "You are being rate limited.", "retry_after": 30.0, "global": false});
    let server = Recorder::answering(move |_| Reply::json(429, &limited).header("X-RateLimit-Scope", "user"));
    let world = World::at(&server);
    let outcome = world.run(["message", "list", "1", "--max-wait", "0"]);
    assert_eq!((outcome.status, server.take().len()), (Some(7), 1), "{outcome}");
    for text in ["0", "0s", "soon", "1 month", "99999999999999999999"] {
        let outcome = world.run(["message", "list", "1", "--request-timeout", text]);
        assert_eq!(outcome.status, Some(2), "{text}:\n{outcome}");
        let variable = World::at(&server).env("DCORD_REQUEST_TIMEOUT", text).run(["message", "list", "1"]);
        assert!(variable.stderr.contains("DCORD_REQUEST_TIMEOUT"), "{text}:\n{variable}");
    }
    for option in ["--cached=1 month", "--cached=-5m", "--max-wait=5 m x"] {
        let outcome = world.run(["message", "list", "1", option]);
        assert_eq!(outcome.status, Some(2), "{option}:\n{outcome}");
    }
    assert!(server.take().is_empty());
}

/// Returns a server with 2,500 members, sorted by id, of whom every hundredth joined on 1 December.
fn crowd() -> Recorder {
    Recorder::answering(|request| {
        let number = |name: &str| request.query().into_iter().find(|(n, _)| n == name).map(|(_, v)| v.parse::<u64>());
        let number = |name: &str, default| number(name).map_or(default, Result::unwrap);
        let members = (number("after", 0) + 1..=2500).take(number("limit", 1) as usize).map(|id| {
            let joined =
                if id % 100 == 0 { "2026-12-01T12:00:00.000000+00:00" } else { "2026-11-01T12:00:00.000000+00:00" };
            json!({"user": {"id": id.to_string()}, "joined_at": joined})
        });
        Reply::ok(&members.collect())
    })
}

#[test]
fn members_are_filtered_by_their_join_time_over_all_pages() {
    let server = crowd();
    let world = World::at(&server);
    let run = |words: &[&str]| world.run([&["member", "list", "1", "-o", "id"], words].concat());
    let ids = |outcome: &Outcome| outcome.stdout.lines().map(|id| id.parse::<u64>().unwrap()).collect::<Vec<_>>();
    let all: Vec<u64> = (1..=25).map(|n| n * 100).collect();
    let outcome = run(&["--joined-after", "2026-12-01"]);
    assert_eq!((ids(&outcome), outcome.stderr.as_str()), (all.clone(), ""));
    insta::assert_snapshot!(server.lines(), @r"
    GET /guilds/1/members?limit=1000
    GET /guilds/1/members?after=1000&limit=1000
    GET /guilds/1/members?after=2000&limit=1000
    ");
    // The limit counts members that pass the filter.
    assert_eq!(ids(&run(&["--joined-after", "2026-12-01", "--limit", "12"])), all[..12]);
    assert_eq!(server.take().len(), 2);
    assert_eq!(ids(&run(&["--joined-after=2026-12-01", "--joined-before=2026-12-01T12:00Z", "--all"])), [0u64; 0]);
    assert_eq!(ids(&run(&["--joined-before=2026-12-01", "--limit=1000"])).len(), 1000);
    // The cache contains all members now.
    server.take();
    let cached = run(&["--joined-after", "2026-12-01", "--offline"]);
    assert_eq!((ids(&cached), server.take().len()), (all, 0));
}

#[test]
fn a_time_as_cursor_in_a_list_of_users_refers_to_account_creation() {
    let server = crowd();
    let world = World::at(&server).env("TZ", "Europe/Berlin");
    insta::assert_snapshot!(world.run(["member", "list", "1", "--after", "2026-12-01 20:00", "-o", "id"]), @r"
    exit: 0
    --- stderr
    warning: --after: this list is sorted by id, so dcord compares 2026-12-01 20:00 with the time when the account was created; see --joined-after and --joined-before
    ");
    insta::assert_snapshot!(world.run(["guild", "list", "--before", "2026-12-01", "--dry-run", "-q"]).stderr, @"");
    for list in
        [&["ban", "list", "1"][..], &["reaction", "list", "1", "2", "x"], &["poll", "list-voters", "1", "2", "1"]]
    {
        let outcome = world.run([list, &["--after", "2026-12-01", "--dry-run"]].concat());
        let told =
            outcome.stderr.contains("dcord compares 2026-12-01 00:00 with the time when the account was created");
        assert!(told && outcome.status == Some(0), "{list:?}:\n{outcome}");
    }
    // The list is sorted by id, so an id causes no warning. 0 is the first id.
    for id in ["444444444444444444", "0"] {
        assert_eq!(world.run(["member", "list", "1", "--after", id, "--dry-run"]).stderr, "");
    }
}
