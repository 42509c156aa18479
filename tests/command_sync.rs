//! `dcord command sync`: the commands of an app that match a file.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::support::{Outcome, Recorder, Reply, Sandbox, World};

/// Discord, with these global commands and those of the server 555. It fills in what a command does not say.
fn app(commands: Value) -> (Recorder, Arc<Mutex<Value>>) {
    let state = Arc::new(Mutex::new(commands));
    let shared = Arc::clone(&state);
    let server = Recorder::answering(move |request| match (&*request.method, request.path()) {
        ("GET", "/applications/@me") => Reply::ok(&json!({"id": "9"})),
        ("GET", "/applications/9/commands") => Reply::ok(&shared.lock().unwrap().clone()),
        ("GET", "/applications/9/guilds/555/commands") => Reply::ok(&json!([])),
        ("PUT", _) => {
            let mut list = request.json();
            for (at, command) in list.as_array_mut().unwrap().iter_mut().enumerate() {
                let filled = json!({"id": (at + 100).to_string(), "application_id": "9", "version": "1", "type": 1,
                    "default_member_permissions": null, "dm_permission": true, "nsfw": false, "contexts": [0, 1, 2],
                    "integration_types": [0], "name_localizations": null, "description_localizations": null});
                for (name, value) in filled.as_object().unwrap() {
                    let fields = command.as_object_mut().unwrap();
                    fields.entry(name.clone()).or_insert(value.clone());
                }
            }
            list.clone_into(&mut shared.lock().unwrap());
            Reply::ok(&list)
        }
        other => panic!("{other:?}"),
    });
    (server, state)
}

const FILE: &str = r#"
[[commands]]
name = "weather"
description = "Show the weather"
default_member_permissions = ["manage-guild"]
name_localizations = { de = "wetter" }
options = [
    { type = "string", name = "city", description = "City", required = true, choices = [
        { name = "Oslo", value = "oslo", name_localizations = { de = "Oslo" } },
    ] },
    { type = "integer", name = "days", description = "Days", min_value = 0 },
]

[[commands]]
name = "Report"
type = "message"
"#;

/// `edit weather description`, for each line.
fn changes(run: &Outcome) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let field = line.get("field").map(|field| format!(" {}", text(field))).unwrap_or_default();
        format!("{} {}{field}", text(&line["change"]), text(&line["name"]))
    };
    run.stdout.lines().map(line).collect()
}

fn writes(server: &Recorder) -> Vec<(String, Value)> {
    let sent = server.take();
    let writes = sent.iter().filter(|request| request.method != "GET");
    writes.map(|request| (format!("{} {}", request.method, request.path()), request.json())).collect()
}

#[test]
fn a_sync_sends_one_request_if_anything_differs_and_otherwise_none() {
    let (server, _) = app(json!([]));
    let world = World::at(&server);
    let file = world.file("commands.toml", FILE);
    let dry = world.run(["command", "sync", &file, "--dry-run"]);
    assert_eq!((dry.status, changes(&dry)), (Some(0), vec!["create weather".into(), "create Report".into()]), "{dry}");
    assert!(dry.stderr.contains("a sync would change 2 commands; nothing was changed"), "{dry}");
    assert_eq!(writes(&server), []);
    let run = world.run(["command", "sync", &file]);
    assert_eq!((run.status, changes(&run)), (Some(0), vec!["create weather".into(), "create Report".into()]), "{run}");
    let sent = writes(&server);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0, "PUT /applications/9/commands");
    assert_eq!(sent[0].1[0]["default_member_permissions"], "32");
    assert_eq!(sent[0].1[0]["options"][0]["type"], 3);
    assert_eq!(sent[0].1[0]["options"][0]["choices"][0]["name_localizations"], json!({"de": "Oslo"}));
    assert_eq!(sent[0].1[1], json!({"name": "Report", "type": 3}));
    let again = world.run(["command", "sync", &file]);
    assert_eq!((again.status, again.stdout.as_str(), writes(&server)), (Some(0), "", vec![]), "{again}");
}

#[test]
fn only_what_differs_is_printed() {
    let (server, _) = app(json!([]));
    let world = World::at(&server);
    let file = world.file("commands.toml", FILE);
    world.run(["command", "sync", &file]);
    let file = world.file("commands.toml", FILE.replace("wetter", "klima").replace("Show the weather", "Weather"));
    let run = world.run(["command", "sync", &file, "--dry-run"]);
    assert_eq!(changes(&run), ["edit weather description", "edit weather name_localizations"], "{run}");
    let shown = world.show(100, ["command", "sync", &file, "--dry-run"]);
    assert!(shown.stdout.contains("~ command /weather: description \"Show the weather\" → Weather"), "{shown}");
    // A field that is gone from the file is removed.
    let file = world.file("commands.toml", FILE.replace("default_member_permissions = [\"manage-guild\"]\n", ""));
    let run = world.run(["command", "sync", &file]);
    assert_eq!(changes(&run), ["edit weather default_member_permissions"], "{run}");
}

#[test]
fn what_the_list_prints_can_be_synchronized() {
    let (server, state) = app(json!([]));
    let world = World::at(&server);
    let file = world.file("commands.toml", FILE);
    world.run(["command", "sync", &file]);
    let list = world.run(["command", "list", "--with-localizations", "-o", "json"]);
    let json = world.file("commands.json", &list.stdout);
    server.take();
    let run = world.run(["command", "sync", &json]);
    assert_eq!((run.status, run.stdout.as_str(), writes(&server)), (Some(0), "", vec![]), "{run}");
    // Elsewhere, the same file creates the same commands.
    let before = state.lock().unwrap().clone();
    *state.lock().unwrap() = json!([]);
    assert_eq!(world.run(["command", "sync", &json]).status, Some(0));
    assert_eq!(state.lock().unwrap().clone(), before);
}

#[test]
fn a_deletion_names_the_command_and_needs_confirmation() {
    let (server, _) = app(json!([{"id": "1", "name": "old", "type": 1, "description": "Old"}]));
    let world = World::at(&server);
    let file = world.file("commands.toml", FILE);
    let run = world.run(["command", "sync", &file]);
    assert!(
        run.status == Some(10) && run.stderr.contains("confirmation is required to delete command /old of the app"),
        "{run}"
    );
    assert_eq!(writes(&server), []);
    let run = world.run(["command", "sync", &file, "--yes"]);
    assert_eq!(changes(&run), ["create weather", "create Report", "delete old"], "{run}");
}

#[test]
fn a_sync_of_a_server_leaves_the_global_commands_alone() {
    let (server, _) = app(json!([{"id": "1", "name": "old", "type": 1, "description": "Old"}]));
    let world = World::at(&server);
    let file = world.file("commands.toml", FILE);
    let run = world.run(["command", "sync", &file, "--guild", "555"]);
    assert_eq!((run.status, changes(&run)), (Some(0), vec!["create weather".into(), "create Report".into()]), "{run}");
    assert_eq!(writes(&server)[0].0, "PUT /applications/9/guilds/555/commands");
}

#[test]
fn a_mistake_in_the_file_is_refused_with_its_line_before_anything_is_sent() {
    let server = Recorder::answering(|request| panic!("{} was sent", request.path()));
    let world = World::at(&server);
    for (name, text, expected) in [
        (
            "c.toml",
            "[[commands]]\nname = 'a'\ndescripton = 'b'\n",
            "c.toml:3: commands[0].descripton: there is no key \"descripton\"; did you mean \"description\"?",
        ),
        (
            "c.toml",
            "[[commands]]\nname = 'a'\n[[commands]]\nname = 'a'\n",
            "c.toml:4: commands[1]: command /a is in the file twice",
        ),
        (
            "c.toml",
            "[[commands]]\nname = 'a'\noptions = [\n  { type = 'strin', name = 'x', description = 'x' },\n]\n",
            "c.toml:4: commands[0].options[0].type: ",
        ),
        ("c.toml", "[[command]]\nname = 'a'\n", "c.toml:1: there is no key \"command\"; did you mean \"commands\"?"),
        (
            "c.json",
            "[{\"name\": \"a\", \"description\": 5}]",
            "c.json: commands[0].description: must be a text in quotes",
        ),
        ("c.json", "[{\"name\": \"a\"", "c.json: invalid JSON: "),
        ("c.json", "[5]", "c.json: commands[0]: must be an object"),
    ] {
        let file = world.file(name, text);
        let run = world.run(["command", "sync", &file, "--yes"]);
        assert!(run.status == Some(2) && run.stderr.replace('\n', " ").contains(expected), "{text}: {run}");
    }
    let long = format!("[[commands]]\ndescription = 'x'\nname = '{}'\n", "x".repeat(33));
    let file = world.file("c.toml", long);
    let run = world.run(["command", "sync", &file, "--yes"]);
    assert!(run.status == Some(2) && run.stderr.contains("c.toml:3: commands[0].name has 33 characters"), "{run}");
}

#[test]
fn the_sandbox_takes_a_sync() {
    let sandbox = Sandbox::serve(&[]);
    let world = sandbox.world();
    let file = world.file("commands.toml", FILE);
    for (arguments, count) in [(&[][..], 2), (&[], 0), (&["--guild", sandbox.value("guild_id")], 2)] {
        let run = world.run([&["command", "sync", &file], arguments].concat());
        assert_eq!((run.status, changes(&run).len()), (Some(0), count), "{run}");
    }
}
