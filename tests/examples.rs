//! The examples in help are lines that a shell and dcord accept.

use dcord::catalogue;

use crate::support::World;

/// Returns a world with the files and variables that the examples name, and with a `dcord` that prints the request
/// instead of sending it.
fn world() -> World {
    let mut world = World::new();
    for name in ["ACCESS_TOKEN", "LOBBY_SECRET", "REFRESH_TOKEN", "SECRET", "TICKET", "TOKEN", "USER_TOKEN"] {
        world.set(name, "abcdef");
    }
    world.set("BUILD_WEBHOOK", "https://discord.com/api/webhooks/666666666666666666/abcdef");
    for name in ["build.log", "hook.token", "log.txt", "members.csv", "notes.md", "report.pdf", "secret.txt"] {
        world.file(name, "444444444444444444");
    }
    for name in ["deployed.png", "drawing.png", "logo.png", "wave.png"] {
        world.file(name, b"\x89PNG\r\n\x1a\n");
    }
    world.file("party.gif", b"GIF89a");
    world.file("airhorn.mp3", b"ID3");
    world.file("commands.json", r#"[{"name":"ping","description":"Say pong"}]"#);
    world.file("metadata.json", r#"[{"key":"rating","name":"Rating","description":"Rating","type":2}]"#);
    world.file("order.json", r#"[{"id":"1","position":0}]"#);
    world.file("prompts.json", "[]");
    world.file("push.json", r#"{"sender":{}}"#);
    world
}

const SHELL: &str = r#"
dcord() { "$DCORD" --dry-run --offline "$@"; }
git() { echo 'commit 1'; }
"#;

#[test]
fn dcord_accepts_every_example() {
    let world = world();
    let mut refused = Vec::new();
    for (_, row) in catalogue::commands() {
        // A composed command sends requests before it can print its own.
        for example in row.examples.iter().filter(|example| !row.composed && !example.contains("$(")) {
            let line = if example.contains("dcord ") { (*example).to_owned() } else { format!("dcord {example}") };
            // The output of a dry run is not the JSON that the jq program expects.
            let line = line.split(" --jq ").next().unwrap();
            let outcome = world.shell(&format!("{SHELL}{line}"));
            if outcome.status != Some(0) {
                refused.push(format!("{line}\n{outcome}"));
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
