//! `dcord ban export` and `dcord ban import`.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::support::{Recorded, Recorder, Reply, Sandbox, World, without_codes};

/// A server (1) named `My Server` that has banned the users 100 and 200, and does not ban user 13.
fn server() -> Recorder {
    Recorder::answering(|request| match (&*request.method, request.path()) {
        ("GET", "/guilds/1") => Reply::ok(&json!({"id": "1", "name": "My Server"})),
        ("GET", "/guilds/1/bans") => {
            let after = request.query().into_iter().find(|(name, _)| name == "after");
            let after: u64 = after.map_or(0, |(_, id)| id.parse().unwrap());
            let bans = [100, 200].into_iter().filter(|id| *id > after);
            Reply::ok(
                &bans.map(|id| json!({"user": {"id": id.to_string(), "username": "x"}, "reason": null})).collect(),
            )
        }
        ("POST", "/guilds/1/bulk-ban") => {
            let (failed, banned): (Vec<_>, Vec<_>) = asked(request).into_iter().partition(|id| id == "13");
            match banned[..] {
                [] => Reply::json(400, &json!({"message": "Failed to ban users", "code": 500_000})),
                _ => Reply::ok(&json!({"banned_users": banned, "failed_users": failed})),
            }
        }
        (_, path) => Reply::json(404, &json!({"message": path, "code": 0})),
    })
}

fn asked(request: &Recorded) -> Vec<String> {
    serde_json::from_value(request.json()["user_ids"].clone()).unwrap()
}

/// The reason, the users and the rest of the body of each request that bans.
fn requests(server: &Recorder) -> Vec<(Option<String>, Vec<String>, Value)> {
    let sent = server.take();
    let bans = sent.iter().filter(|request| request.method == "POST");
    let parts = |request: &Recorded| {
        let reason = request.header("x-audit-log-reason").map(str::to_owned);
        (reason, asked(request), request.json()["delete_message_seconds"].clone())
    };
    bans.map(parts).collect()
}

#[test]
fn an_import_bans_new_users_together_with_their_reasons() {
    let server = server();
    let world = World::at(&server);
    let csv = "\u{feff}user.id,reason\n44,spam\n100,old\n55,\n66,spam\n44,again\n77,--yes\n";
    let run = world.run_with(["ban", "import", "1", "-", "--yes"], csv);
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(run.stderr, "1 user in the file is already banned\n");
    let bans: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(bans[0], json!({"user": {"id": "44"}, "reason": "spam"}));
    assert_eq!(bans.len(), 4, "{run}");
    let users = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let expected = [
        (Some("spam".to_owned()), users(&["44", "66"]), Value::Null),
        (None, users(&["55"]), Value::Null),
        (Some("--yes".to_owned()), users(&["77"]), Value::Null),
    ];
    assert_eq!(requests(&server), expected);
    // One reason for all, and a deletion of messages.
    let more = ["--reason", "raid", "--delete-messages", "1d", "-o", "id"];
    let run = world.run_with([&["ban", "import", "1", "-", "--yes"], &more[..]].concat(), csv);
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), "44\n55\n66\n77\n"), "{run}");
    assert_eq!(requests(&server), [(Some("raid".to_owned()), users(&["44", "55", "66", "77"]), json!(86_400))]);
}

#[test]
fn an_import_of_many_users_sends_at_most_200_in_a_request() {
    let server = server();
    let world = World::at(&server);
    let ids: String = (1001..=1450).map(|id| format!("{id}\n")).collect();
    let file = world.file("ids.txt", &ids);
    let run = world.run(["ban", "import", "1", &file, "--yes", "-o", "id"]);
    assert_eq!((run.status, run.stdout), (Some(0), ids));
    let sizes: Vec<usize> = requests(&server).iter().map(|(_, users, _)| users.len()).collect();
    assert_eq!(sizes, [200, 200, 50]);
}

#[test]
fn users_whom_discord_does_not_ban_are_named_and_the_others_are_banned() {
    let server = server();
    let world = World::at(&server);
    let run = world.run_with(["ban", "import", "1", "-", "--yes", "-o", "id"], "12\n13\n14\n");
    assert_eq!((run.status, run.stdout.as_str()), (Some(3), "12\n14\n"), "{run}");
    assert!(run.stderr.contains("line 2 (13): Discord did not ban this user"), "{run}");
    assert!(run.stderr.contains("1 of 3 users could not be banned"), "{run}");
    // If Discord bans nobody, its answer is an error.
    let run = world.run_with(["ban", "import", "1", "-", "--yes", "--errors", "json"], "[\"13\"]");
    assert_eq!((run.status, run.stdout.as_str()), (Some(3), ""), "{run}");
    let errors: Vec<Value> = run.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&errors[0]["line"], &errors[0]["input"]), (&json!(1), &json!("13")), "{run}");
    let run = world.run_with(["ban", "import", "1", "-", "--yes", "-q"], "13\n");
    assert!(run.status == Some(3) && run.stderr.contains("1 of 1 user"), "{run}");
}

#[test]
fn a_file_with_a_line_that_is_not_understood_is_refused_before_anything_is_sent() {
    let server = server();
    let world = World::at(&server);
    let file = world.file("bans.csv", "user.id,reason\n44,spam\n@everyone,raid\n");
    let run = world.run(["ban", "import", "1", &file, "--yes"]);
    assert_eq!(run.status, Some(2), "{run}");
    assert!(run.stderr.contains("bans.csv, line 3: \"@everyone\" is not the id of a user"), "{run}");
    for (content, format, why) in [
        (&b"user.id\n44\n"[..], "ids", "standard input, line 1: \"user.id\" is not the id of a user"),
        (b"44\n", "csv", "has no column user.id"),
        (b"\xff\xfe4\x004\x00\n\x00", "ids", "standard input is not UTF-8 text"),
    ] {
        let run = world.run_with(["ban", "import", "1", "-", "--yes", "--format", format], content);
        assert!(run.status == Some(2) && run.stderr.contains(why), "{run}");
    }
    let run = world.run(["ban", "import", "1", "/nowhere", "--yes"]);
    assert_eq!(run.status, Some(2), "{run}");
    let run = world.run_with(["ban", "import", "1", "-", "--yes"], "# nobody\n");
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), "the file contains no users; nothing was sent\n"));
    let run = World::at(&server).env("DCORD_GUILD", "1").run_with(["ban", "import", "-", "--yes"], "44\n");
    assert_eq!(run.status, Some(2), "a destructive command needs its server on the command line: {run}");
    assert_eq!(server.take().len(), 0);
}

#[test]
fn an_import_asks_with_the_number_of_users_and_bans_nobody_without_a_yes() {
    let server = server();
    let world = World::at(&server);
    let file = world.file("ids.txt", "44\n55\n100\n");
    let words = ["ban", "import", "1", &file, "--delete-messages", "2d"];
    let run = world.run(words);
    assert_eq!(run.status, Some(10), "{run}");
    let asked = "confirmation is required to ban 2 users from server 1 and delete their messages of the last 2 days";
    assert!(run.stderr.contains(asked), "{run}");
    let typed = |answer: &str| {
        let mut command = world.command();
        command.args(words);
        let seen = world.show_command(100, command, answer);
        (seen.status, without_codes(&seen.stdout))
    };
    let (status, seen) = typed("n\n");
    let question = "Ban 2 users from My Server and delete their messages of the last 2 days? [y/N] ";
    assert!(status == Some(10) && seen.contains(question), "{seen:?}");
    assert_eq!(requests(&server), []);
    let (status, seen) = typed("y\n");
    assert!(status == Some(0) && seen.contains("banned 2 users from My Server"), "{seen:?}");
    assert_eq!(requests(&server).len(), 1);
}

#[test]
fn a_dry_run_of_an_import_lists_the_users_and_bans_nobody() {
    let server = server();
    let world = World::at(&server);
    let file = world.file("ids.txt", "100\n44\n55\n");
    let run = world.run(["ban", "import", "1", &file, "--dry-run", "-o", "id"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), "44\n55\n"), "{run}");
    assert!(run.stderr.contains("an import would ban 2 users from server 1; nothing was sent"), "{run}");
    let run = world.run(["ban", "import", "1", &file, "--dry-run=curl"]);
    assert!(run.stdout.starts_with("curl ") && run.stdout.contains("/guilds/1/bulk-ban"), "{run}");
    let file = world.file("banned.txt", "100\n");
    let run = world.run(["ban", "import", "1", &file]);
    assert!(run.status == Some(0) && run.stderr.contains("no user is left to ban"), "{run}");
    assert_eq!(world.run(["ban", "import", "1", &file, "--offline"]).status, Some(10));
    assert_eq!(requests(&server), []);
}

#[test]
fn an_import_that_fails_says_how_many_users_it_banned_and_can_be_repeated() {
    let banned = Mutex::new(Vec::<String>::new());
    let server = Recorder::answering(move |request| match (&*request.method, request.path()) {
        ("GET", "/guilds/1/bans") => {
            Reply::ok(&banned.lock().unwrap().iter().map(|id| json!({"user": {"id": id}})).collect())
        }
        ("POST", _) => {
            let mut banned = banned.lock().unwrap();
            if banned.len() == 200 {
                // The next request is answered as usual.
                banned.push("1".to_owned());
                return Reply::json(403, &json!({"message": "Missing Permissions", "code": 50_013}));
            }
            banned.extend(asked(request));
            Reply::ok(&json!({"banned_users": asked(request), "failed_users": []}))
        }
        _ => Reply::ok(&json!({"id": "1", "name": "My Server"})),
    });
    let world = World::at(&server);
    let file = world.file("ids.txt", (1001..=1300).map(|id| format!("{id}\n")).collect::<String>());
    let run = world.run(["ban", "import", "1", &file, "--yes", "-o", "none"]);
    assert_eq!(run.status, Some(5), "{run}");
    let left = "200 of 300 users were banned; run the same command again to ban the rest";
    assert!(run.stderr.contains(left), "{run}");
    server.take();
    let run = world.run(["ban", "import", "1", &file, "--yes", "-o", "none"]);
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(requests(&server).iter().map(|(_, users, _)| users.len()).collect::<Vec<_>>(), [100]);
}

#[test]
fn an_import_obeys_the_rights_of_the_profile() {
    let server = server();
    let world = World::at(&server);
    let file = world.file("ids.txt", "44\n");
    for rule in ["read_only = true", "deny = [\"ban.import\"]", "deny = [\"ban.bulk-add\"]", "allowed_guilds = [\"2\"]"]
    {
        world.config(&format!("default_profile = \"one\"\n[profiles.one]\n{rule}\n"), 0o600);
        let run = world.run(["ban", "import", "1", &file, "--yes"]);
        assert_eq!(run.status, Some(10), "{rule}: {run}");
    }
    assert_eq!(requests(&server), []);
}

/// Both sandboxes have the same seed, so that they have the same users.
#[test]
fn an_export_in_each_format_can_be_imported_on_another_server() {
    let seed = ["--seed", "guilds=1,channels=3,members=30", "--limit", "off"];
    let old = Sandbox::serve(&seed);
    let world = old.world();
    let guild = old.value("guild_id");
    let members = world.run(["member", "list", guild, "--bots=false", "--limit", "7", "-o", "id"]).stdout;
    let reasons =
        [None, Some("spam"), Some("=HYPERLINK(\"x\")"), Some("a, \"b\"; c"), Some("Überfall 🚨"), Some("spam")];
    // The first member owns the server.
    for (user, reason) in members.lines().skip(1).zip(reasons) {
        let mut words = vec!["ban", "add", guild, user, "--yes"];
        words.extend(reason.into_iter().flat_map(|reason| ["--reason", reason]));
        assert_eq!(world.run(words).status, Some(0));
    }
    let list = |world: &World, guild: &str| -> BTreeMap<String, Value> {
        let run = world.run(["ban", "export", guild]);
        let bans = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        bans.map(|ban| (ban["user"]["id"].as_str().unwrap().to_owned(), ban["reason"].clone())).collect()
    };
    let bans = list(&world, guild);
    assert_eq!(bans.len(), 6);
    for format in ["csv", "jsonl", "json", "id"] {
        let new = Sandbox::serve(&seed);
        let (other, guild_of_other) = (new.world(), new.value("guild_id"));
        let exported = world.run(["ban", "export", guild, "-o", format]).stdout;
        let run = other.run_with(["ban", "import", guild_of_other, "-", "--yes", "-o", "none"], &exported);
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{format}: {run}");
        let imported = list(&other, guild_of_other);
        if format == "id" {
            assert!(imported.keys().eq(bans.keys()) && imported.values().all(Value::is_null), "{imported:?}");
        } else {
            assert_eq!(imported, bans, "{format}");
        }
        let run = other.run_with(["ban", "import", guild_of_other, "-", "--yes"], &exported);
        assert!(run.status == Some(0) && run.stderr.contains("6 users in the file are already banned"), "{run}");
    }
}
