//! Hostile answers and arguments: an error or a bounded answer, never a crash.

use super::support::{Outcome, Recorder, Reply, Sandbox, World};

/// A world whose Discord answers everything with this JSON.
fn answering(json: String) -> (Recorder, World) {
    let server = Recorder::answering(move |_| Reply::new(200, "application/json", json.clone()));
    let world = World::at(&server);
    (server, world)
}

fn lists(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

#[test]
fn an_answer_that_is_nested_deeply_is_printed_or_refused_in_each_format() {
    let (_server, world) = answering(format!(r#"[{{"id":"1","a":{}}}]"#, lists(50_000)));
    for (args, status) in [
        (&["-o", "jsonl"][..], 0),
        (&["-o", "json"], 0),
        (&["-o", "csv"], 0),
        (&["-o", "table"], 0),
        (&["--fields", "a.b"], 0),
        (&["-o", "table", "--fields", "a.b,id"], 0),
        (&["--jq", ".id"], 1),
    ] {
        let outcome = world.run([&["api", "get", "/x"], args].concat());
        assert_eq!(outcome.status, Some(status), "{args:?}: {}", outcome.stderr);
    }
}

#[test]
fn a_list_of_fields_that_is_out_of_bounds_is_a_usage_error() {
    let (_server, world) = answering(r#"{"id":"1"}"#.to_owned());
    for fields in ["a.".repeat(60_000) + "a", "a,".repeat(60_000) + "a"] {
        let outcome = world.run(["api", "get", "/x", "--fields", &fields]);
        assert_eq!((outcome.status, outcome.stderr.lines().count()), (Some(2), 1), "{}", outcome.stderr);
        assert!(outcome.stderr.starts_with("error: --fields: "), "{}", outcome.stderr);
    }
}

fn complete(world: &World, shell: &str, words: &[&str]) -> Outcome {
    let mut command = world.command();
    command.env("DCORD_COMPLETE", shell).arg("--").args(words);
    world.finish(command, None)
}

#[test]
fn completion_goes_on_behind_an_option_that_is_given_twice() {
    let world = World::new();
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        for (words, wanted) in [
            (&["dcord", "message", "list", "--limit", "1", "--limit", "2", "--befo"][..], "--before"),
            (&["dcord", "listen", "--count", "1", "--count", "2", "--dur"], "--duration"),
            (&["dcord", "-q", "-q", "-o", "json", "-o", "csv", "sandbox", "se"], "serve"),
        ] {
            let found = complete(&world, shell, words);
            assert_eq!((found.status, found.stderr.as_str()), (Some(0), ""), "{shell} {words:?}: {found}");
            assert!(found.stdout.starts_with(wanted), "{shell} {words:?}: {found}");
        }
    }
    let line = "dcord message send 1 --content a --content b --tts=f";
    assert_eq!(complete(&world, "bash", &[line, "f"]).stdout, "false\n");
}

#[test]
fn completion_in_bash_keeps_the_letters_of_a_name_that_were_typed() {
    let sandbox = Sandbox::serve(&[]);
    let (world, guild) = (sandbox.world(), sandbox.told("guild_id"));
    for name in ["Bobby", "bob"] {
        let created = world.run(["role", "create", guild, "--name", name]);
        assert_eq!(created.status, Some(0), "{created}");
    }
    let line = "dcord message send 1 hi --ping @bob";
    // Bash cuts words at @, so it replaces what stands behind it.
    let found = complete(&world, "bash", &[line, "bob"]);
    let mut names: Vec<&str> = found.stdout.lines().map(|line| line.split(':').next().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["bob", "bobby"], "{found}");
    let only = complete(&world, "bash", &[&line.replace("@bob", "@bobb"), "bobb"]);
    assert!(only.stdout.starts_with("Bobby"), "{only}");
}
