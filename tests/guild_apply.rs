//! `dcord guild diff` and `dcord guild apply`: a server that matches a file.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::guild_export::furnished;
use super::support::{Outcome, Recorder, Reply, Sandbox, World};

/// A sandbox whose server has only the bot's role and one channel.
fn bare() -> (Sandbox, World) {
    let sandbox = Sandbox::serve(&["--seed", "channels=1,roles=1"]);
    let world = sandbox.world();
    (sandbox, world)
}

fn without_ids(file: &str) -> String {
    file.lines().filter(|line| !line.starts_with("id = ")).map(|line| line.to_owned() + "\n").collect()
}

fn lines(run: &Outcome) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// `create role Sunset`, for each line.
fn changes(run: &Outcome) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |line: &Value| {
        let field = line.get("field").map(|field| format!(" {}", text(field))).unwrap_or_default();
        format!("{} {} {}{field}", text(&line["change"]), text(&line["object"]), text(&line["name"]))
    };
    lines(run).iter().map(line).collect()
}

#[test]
fn an_exported_server_can_be_made_on_another_server_and_a_second_apply_sends_nothing() {
    let (source, world) = furnished();
    let export = world.run(["guild", "export", source.value("guild_id")]);
    let (target, world) = bare();
    let guild = target.value("guild_id");
    let file = world.file("server.toml", &export.stdout);
    let run = world.run(["guild", "apply", guild, &file, "--yes"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run}");
    assert!(changes(&run).contains(&"create channel plans".to_owned()), "{run}");
    let made = world.run(["guild", "export", guild]);
    assert_eq!(without_ids(&made.stdout), without_ids(&export.stdout));
    let again = world.run(["guild", "apply", guild, &file, "--yes"]);
    assert_eq!((again.status, again.stdout.as_str()), (Some(0), ""), "{again}");
    let writes = world.run(["audit-log", "list", guild, "--all", "-o", "id"]).stdout;
    world.run(["guild", "apply", guild, &file, "--yes"]);
    assert_eq!(world.run(["audit-log", "list", guild, "--all", "-o", "id"]).stdout, writes, "nothing was sent");
    let diff = world.run(["guild", "diff", guild, &file]);
    assert_eq!((diff.status, diff.stdout.as_str()), (Some(0), ""), "{diff}");
}

/// A PNG, for Discord's check of its first bytes.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n0000";

#[test]
fn every_section_of_an_exported_server_can_be_made_on_another_server() {
    let (source, world) = furnished();
    let guild = source.value("guild_id");
    let picture = world.file("wave.png", PICTURE);
    let sunset = world.run(["role", "list", guild, "--jq", "select(.name == \"Sunset\").id"]).stdout;
    let role = sunset.trim().trim_matches('"');
    let prompts = json!([{"id": "1", "type": 0, "title": "What?", "single_select": false, "required": true,
        "in_onboarding": true, "options": [{"title": "News", "role_ids": [role], "channel_ids": [], "emoji_name": "📖"}]}]);
    for line in [
        &["sticker", "create", guild, "wave", &picture, "--tags", "wave"][..],
        &[
            "automod",
            "create",
            guild,
            "Scams",
            "--event-type",
            "message-send",
            "--trigger-type",
            "keyword",
            "--trigger-metadata.keyword-filter",
            "*free nitro*",
            "--action.type",
            "block-message",
            "--exempt-roles",
            "Sunset",
            "--exempt-channels",
            "#random",
            "--enabled",
        ],
        &[
            "scheduled-event",
            "create",
            guild,
            "Picnic",
            "--location",
            "City park",
            "--scheduled-start-time",
            "2047-06-01T12:00:00Z",
            "--scheduled-end-time",
            "2047-06-01T18:00:00Z",
        ],
        &[
            "welcome",
            "edit-screen",
            guild,
            "--description",
            "Hi",
            "--welcome-channel.channel-id",
            "#general",
            "--welcome-channel.description",
            "Read this",
            "--welcome-channel.emoji-name",
            "📖",
        ],
        &["onboarding", "set", guild, "--prompts", &prompts.to_string(), "--enabled", "--yes"],
    ] {
        let run = world.run([line, &["-o", "none"]].concat());
        assert_eq!(run.status, Some(0), "{line:?}: {run}");
    }
    let export = world.run(["guild", "export", guild, "--no-ids"]).stdout;
    let (target, world) = bare();
    let guild = target.value("guild_id");
    world.file("wave.png", PICTURE);
    let file = world.file("server.toml", export.replace("name = \"wave\"\n", "name = \"wave\"\nfile = \"wave.png\"\n"));
    let run = world.run(["guild", "apply", guild, &file, "--yes"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run}");
    for object in ["sticker wave", "AutoMod rule Scams", "event Picnic"] {
        assert!(changes(&run).contains(&format!("create {object}")), "{run}");
    }
    assert_eq!(world.run(["guild", "export", guild, "--no-ids"]).stdout, export);
    let again = world.run(["guild", "apply", guild, &file, "--yes"]);
    assert_eq!((again.status, again.stdout.as_str()), (Some(0), ""), "{again}");
}

#[test]
fn an_emoji_without_a_picture_in_the_file_is_left_out_with_a_note() {
    let (sandbox, world) = bare();
    let file = world.file("server.toml", "[[emojis]]\nname = 'party'\n[[roles]]\nname = 'Bot'\nmanaged = true\n");
    let run = world.run(["guild", "apply", sandbox.value("guild_id"), &file, "--yes"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), ""), "{run}");
    assert!(run.stderr.contains("emoji \"party\" is not created, because the file has no image for it"), "{run}");
    assert!(run.stderr.contains("role \"Bot\" belongs to an app"), "{run}");
}

#[test]
fn a_section_that_the_bot_may_not_read_is_left_out_of_the_export_with_a_note() {
    let sandbox = Sandbox::serve(&["--fault=status=403,route=GET /guilds/*/auto-moderation/rules"]);
    let world = sandbox.world();
    let guild = sandbox.value("guild_id");
    let run = world.run(["guild", "export", guild]);
    assert!(run.status == Some(0) && run.stderr.contains("automod is left out"), "{run}");
    assert!(run.stdout.contains("[[channels]]"), "{run}");
    let run = world.run(["guild", "export", guild, "--only", "automod"]);
    assert!(run.status == Some(5) && run.stdout.is_empty(), "{run}");
}

#[test]
fn a_diff_names_each_field_that_differs_and_exits_with_1() {
    let (sandbox, world) = furnished();
    let guild = sandbox.value("guild_id");
    let export = world.run(["guild", "export", guild]).stdout;
    let file = world.file("server.toml", export.replace("#ff8800", "red").replace("hoist = true", "hoist = false"));
    let run = world.run(["guild", "diff", guild, &file]);
    assert_eq!(run.status, Some(1), "{run}");
    let sunset = |line: &Value| (line["field"].clone(), line["from"].clone(), line["to"].clone());
    assert_eq!(
        lines(&run).iter().map(sunset).collect::<Vec<_>>(),
        [(json!("color"), json!("#ff8800"), json!("#ed4245")), (json!("hoist"), json!(true), json!(false))]
    );
    let shown = world.show(100, ["guild", "diff", guild, &file]);
    assert!(shown.stdout.contains("~ role \"Sunset\": color #ff8800 → #ed4245"), "{shown}");
    // With --jq, even on a terminal.
    let shown = world.show(100, ["guild", "diff", guild, &file, "--jq", ".field"]);
    assert!(shown.stdout.contains("color") && !shown.stdout.contains('→'), "{shown}");
    let stdin = world.run_with(["guild", "diff", guild, "-"], std::fs::read(&file).unwrap());
    assert_eq!((stdin.status, lines(&stdin)), (Some(1), lines(&run)));
}

#[test]
fn an_apply_changes_what_the_file_names_and_only_that() {
    let (sandbox, world) = furnished();
    let guild = sandbox.value("guild_id");
    let file = world.file(
        "part.toml",
        "[[roles]]\nname = 'Sunset'\nmentionable = true\n[[channels]]\nname = 'random'\n[[channels]]\nname = 'general'\n",
    );
    let before = world.run(["guild", "export", guild]).stdout;
    let dry = world.run(["guild", "apply", guild, &file, "--dry-run"]);
    let expected = ["edit role Sunset mentionable", "move channel random place"];
    assert_eq!((dry.status, changes(&dry)), (Some(0), expected.map(str::to_owned).to_vec()), "{dry}");
    assert!(dry.stderr.contains("an apply would edit 1 object and move 1; nothing was changed"), "{dry}");
    assert_eq!(world.run(["guild", "export", guild]).stdout, before);
    let run = world.run(["guild", "apply", guild, &file]);
    assert!(run.status == Some(10) && run.stderr.contains("edit 1 object and move 1 in Sandbox"), "{run}");
    let run = world.run(["guild", "apply", guild, &file, "--yes", "--reason", "from git"]);
    assert_eq!((run.status, changes(&run)), (Some(0), expected.map(str::to_owned).to_vec()), "{run}");
    let after = world.run(["guild", "export", guild]).stdout;
    let at = |name: &str| after.find(&format!("name = \"{name}\"")).unwrap();
    assert!(at("random") < at("general") && at("general") < at("announcements"), "{after}");
    assert_eq!(
        before.replace("mentionable = false", "").len(),
        after.replace("mentionable = false", "").replace("mentionable = true", "").len()
    );
    let reasons = world.run(["audit-log", "list", guild, "--jq", ".reason"]);
    assert!(reasons.stdout.contains("from git"), "{reasons}");
}

#[test]
fn a_prune_deletes_only_what_the_file_contained_before() {
    let (sandbox, world) = furnished();
    let guild = sandbox.value("guild_id");
    let path = world.file("server.toml", "[[roles]]\nname = 'Temp'\n[[channels]]\nname = 'temp'\n");
    assert_eq!(world.run(["guild", "apply", guild, &path, "--yes"]).status, Some(0));
    world.file("server.toml", "[[roles]]\nname = 'Sunset'\n");
    let kept = world.run(["guild", "apply", guild, &path, "--yes"]);
    assert_eq!((kept.status, kept.stdout.as_str()), (Some(0), ""), "{kept}");
    let refused = world.run(["guild", "apply", guild, &path, "--prune"]);
    assert!(refused.stderr.contains(r#"delete 2 objects (channel "temp", role "Temp") in Sandbox"#), "{refused}");
    let run = world.run(["guild", "apply", guild, &path, "--prune", "--yes"]);
    assert_eq!(changes(&run), ["delete channel temp", "delete role Temp"], "{run}");
    let again = world.run(["guild", "apply", guild, &path, "--prune", "--yes"]);
    assert_eq!((again.status, again.stdout.as_str()), (Some(0), ""), "{again}");
    // Another file has another record.
    let other = world.file("other.toml", "[[channels]]\nname = 'general'\n");
    let run = world.run(["guild", "apply", guild, &other, "--prune", "--yes"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), ""), "{run}");
}

#[test]
fn a_file_with_mistakes_is_refused_with_their_lines_before_anything_is_sent() {
    let server = Recorder::answering(|_| Reply::json(500, &json!({})));
    let world = World::at(&server);
    for (text, expected) in [
        ("[[roles]\n", "server.toml:1: "),
        (
            "[[roles]]\nname = 'a'\n\n[[chanels]]\n",
            "server.toml:4: there is no key \"chanels\"; did you mean \"channels\"?",
        ),
        ("[[roles]]\ncolor = 'red'\n", "server.toml:2: the role has no name"),
    ] {
        let file = world.file("server.toml", text);
        let run = world.run(["guild", "apply", "555", &file, "--yes"]);
        assert!(run.status == Some(2) && run.stderr.contains(expected), "{text:?}: {run}");
    }
    assert_eq!(server.take().len(), 0);
}

#[test]
fn an_apply_is_refused_if_the_server_changes_while_the_question_is_open() {
    for (changes, status) in [(true, 10), (false, 0)] {
        let reads = AtomicUsize::new(0);
        let role = |id: &str, name: &str| json!({"id": id, "name": name, "position": 0, "permissions": "0"});
        let server = Recorder::answering(move |request| match (&*request.method, request.path()) {
            ("GET", "/guilds/555") => Reply::ok(&json!({"id": "555", "name": "Test", "features": []})),
            ("GET", "/guilds/555/roles") if changes && reads.fetch_add(1, Ordering::Relaxed) > 0 => {
                Reply::ok(&json!([role("555", "@everyone"), role("7", "New")]))
            }
            ("GET", "/guilds/555/roles") => Reply::ok(&json!([role("555", "@everyone")])),
            ("POST", "/guilds/555/roles") => Reply::ok(&role("8", "New")),
            other => panic!("{other:?}"),
        });
        let world = World::at(&server);
        let file = world.file("server.toml", "[[roles]]\nname = 'New'\n");
        let mut command = world.command();
        command.args(["guild", "apply", "555", &file]);
        let run = world.show_command(200, command, "y\n");
        assert_eq!(run.status, Some(status), "{run}");
        assert!(
            run.stdout.contains("+ role \"New\"") && run.stdout.contains("Create 1 object in Test? [y/N]"),
            "{run}"
        );
        assert_eq!(
            run.stdout.contains("the server has changed since the question; nothing was changed"),
            changes,
            "{run}"
        );
        assert_eq!(server.take().iter().filter(|request| request.method != "GET").count(), usize::from(!changes));
    }
}

#[test]
fn a_role_above_the_bot_is_refused_before_anything_changes() {
    let sandbox = Sandbox::serve(&["--seed", "roles=2"]);
    let world = sandbox.world();
    let guild = sandbox.value("guild_id");
    // The bot has the role Bots, and a role cannot change a role at its own place.
    let file = world.file("server.toml", "[[roles]]\nname = 'New'\n[[roles]]\nname = 'Bots'\nhoist = true\n");
    let run = world.run(["guild", "apply", guild, &file, "--yes"]);
    assert_eq!(run.status, Some(5), "{run}");
    assert!(run.stderr.contains(r#"cannot edit role "Bots""#) && run.stdout.is_empty(), "{run}");
    assert!(!world.run(["guild", "export", guild]).stdout.contains("New"));
}

#[test]
fn a_failure_in_the_middle_says_what_remains_and_the_next_run_does_only_that() {
    let fault = "status=403,after=3,times=1,route=POST /guilds/*/channels";
    let sandbox = Sandbox::serve(&["--seed", "channels=1,roles=1", "--fault", fault]);
    let world = sandbox.world();
    let guild = sandbox.value("guild_id");
    let text: String = (0..6).map(|n| format!("[[channels]]\nname = 'c{n}'\n")).collect();
    let file = world.file("server.toml", text);
    let run = world.run(["guild", "apply", guild, &file, "--yes"]);
    assert_eq!((run.status, changes(&run).len()), (Some(3), 3), "{run}");
    assert!(run.stderr.contains("3 of 6 changes were made; run the same command again"), "{run}");
    let run = world.run(["guild", "apply", guild, &file, "--yes"]);
    assert_eq!(changes(&run), ["create channel c3", "create channel c4", "create channel c5"], "{run}");
    assert_eq!(run.status, Some(0), "{run}");
}

#[test]
fn an_apply_that_is_killed_can_be_run_again_and_creates_nothing_twice() {
    // The sandbox creates the channel, and hangs up before it responds.
    let fault = "drop,after=2,every=3,route=POST /guilds/*/channels";
    let sandbox = Sandbox::serve(&["--seed", "channels=1,roles=1", "--fault", fault]);
    let world = sandbox.world();
    let guild = sandbox.value("guild_id");
    let text: String = (0..8).map(|n| format!("[[channels]]\nname = 'c{n}'\n")).collect();
    let file = world.file("server.toml", text);
    let mut runs = 0;
    while world.run(["guild", "apply", guild, &file, "--yes", "--retries", "0"]).status != Some(0) {
        runs += 1;
        assert!(runs < 8, "each run makes progress");
    }
    assert!(runs > 0);
    let names = world.run(["channel", "list", guild, "--jq", ".name"]).stdout;
    let count = |name: &str| names.lines().filter(|line| line.trim_matches('"') == name).count();
    assert!((0..8).all(|n| count(&format!("c{n}")) == 1), "{names}");
    let diff = world.run(["guild", "diff", guild, &file]);
    assert_eq!((diff.status, diff.stdout.as_str()), (Some(0), ""), "{diff}");
}
