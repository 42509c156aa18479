//! `dcord member list` with filters.

use serde_json::{Value, json};

use super::support::{Recorder, Reply, World, without_codes};

/// A server (1) with the role `helpers` (500) and 2,500 members. Every hundredth member has the role, and every 250th is
/// a bot.
fn crowd() -> Recorder {
    Recorder::answering(|request| {
        let number = |name: &str| request.query().into_iter().find(|(n, _)| n == name).map(|(_, v)| v.parse::<u64>());
        let number = |name: &str, default| number(name).map_or(default, Result::unwrap);
        match request.path() {
            "/guilds/1/members" => {
                let members = (number("after", 0) + 1..=2500).take(number("limit", 1) as usize);
                Reply::ok(&members.map(member).collect())
            }
            "/guilds/1/roles" => Reply::ok(&json!([role("1", "@everyone"), role("500", "helpers")])),
            path => Reply::json(404, &json!({"message": path, "code": 0})),
        }
    })
}

fn member(id: u64) -> Value {
    let mut user = json!({"id": id.to_string(), "username": format!("user{id}")});
    if id.is_multiple_of(250) {
        user["bot"] = json!(true);
    }
    json!({"user": user, "roles": if id.is_multiple_of(100) { &["500"][..] } else { &[] }, "joined_at": "2026-11-01T12:00:00+00:00"})
}

fn role(id: &str, name: &str) -> Value {
    json!({"id": id, "name": name, "permissions": "0", "position": 0})
}

#[test]
fn filters_of_members_are_combined_and_read_all_pages() {
    let server = crowd();
    let world = World::at(&server);
    let ids = |words: &[&str]| -> Vec<u64> {
        let run = world.run([&["member", "list", "1", "-o", "id"], words].concat());
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{words:?}: {run}");
        run.stdout.lines().map(|id| id.parse().unwrap()).collect()
    };
    let every = |step: u64| (1..=2500 / step).map(|n| n * step).collect::<Vec<_>>();
    assert_eq!(ids(&["--role", "@helpers"]), every(100));
    assert_eq!(server.take().iter().filter(|request| request.path() == "/guilds/1/members").count(), 3);
    assert_eq!(ids(&["--role", "helpers", "--bots"]), every(500));
    assert_eq!(ids(&["--role", "500", "--bots=false", "--limit", "3"]), [100, 200, 300]);
    assert_eq!(ids(&["--bots"]), every(250));
    assert_eq!(ids(&["--role", "7,500", "--all", "--after", "2000"]), [2100, 2200, 2300, 2400, 2500]);
    assert_eq!(ids(&["--role", "7"]), [0; 0]);
    // Every member has this role, but no member lists it.
    assert_eq!(ids(&["--role", "@everyone", "--bots"]), every(250));
    server.take();
    assert_eq!(ids(&["--role", "@helpers", "--offline"]), every(100), "the cache contains all members");
    assert_eq!(server.take().len(), 0);
}

#[test]
fn members_with_a_role_pass_through_a_pipe_unchanged_and_are_a_table_on_a_terminal() {
    let server = crowd();
    let world = World::at(&server);
    let run = world.run(["member", "list", "1", "--role", "500", "--limit", "1"]);
    assert_eq!(run.stdout, format!("{}\n", member(100)), "{run}");
    let run = world.run(["member", "list", "1", "--role", "500", "--limit", "2", "--jq", ".user.username"]);
    assert_eq!(run.stdout, "user100\nuser200\n", "{run}");
    let shown = without_codes(&world.show(80, ["member", "list", "1", "--role", "@helpers", "--limit", "2"]).stdout);
    assert!(shown.contains("user100") && shown.contains("helpers") && !shown.contains("user99"), "{shown}");
    let shown = without_codes(&world.show(80, ["member", "list", "1", "--role", "7"]).stdout);
    assert!(shown.contains("no matching members"), "{shown}");
}

#[test]
fn a_filter_without_a_valid_value_is_an_error_before_members_are_read() {
    let server = crowd();
    let world = World::at(&server);
    let none = world.file("none.txt", "# no role\n");
    for (args, status, why) in [
        (&["--role", ""][..], 2, "--role"),
        (&["--role", "@nobody"], 6, "nobody"),
        (&["--role", &format!("@{none}")], 9, "--role has 0 items"),
        (&["--bots=perhaps"], 2, "--bots"),
        (&["--humans"], 2, "use --bots=false"),
    ] {
        let run = world.run([&["member", "list", "1"], args].concat());
        assert!(run.status == Some(status) && run.stderr.contains(why), "{args:?}: {run}");
    }
    assert!(server.take().iter().all(|request| request.path() != "/guilds/1/members"));
}

#[test]
fn a_dry_run_of_a_filtered_list_shows_the_request_for_a_page() {
    let server = crowd();
    let run = World::at(&server).run(["member", "list", "1", "--role", "@helpers", "--dry-run"]);
    assert!(run.status == Some(0) && run.stdout.contains("/guilds/1/members?limit=1000"), "{run}");
    let run = World::new().run(["member", "list", "1", "--role", "@helpers", "--dry-run", "--offline"]);
    assert!(run.status == Some(0) && run.stdout.contains("/guilds/1/members?limit=1000"), "{run}");
}
