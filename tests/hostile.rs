//! Malicious responses and arguments cause an error or a bounded output, never a crash.

use std::process::Stdio;

use rustix::process::Signal;

use super::support::{Bounded, Outcome, Recorder, Reply, Sandbox, World, until};

/// Returns a world whose server answers every request with this JSON.
fn answering(json: String) -> (Recorder, World) {
    let server = Recorder::answering(move |_| Reply::new(200, "application/json", json.clone()));
    let world = World::at(&server);
    (server, world)
}

fn lists(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

#[test]
fn a_deeply_nested_response_is_printed_or_refused_in_each_format() {
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
fn completion_continues_after_an_option_that_is_given_twice() {
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
fn completion_in_bash_preserves_the_typed_letters_of_a_name() {
    let sandbox = Sandbox::serve(&[]);
    let (world, guild) = (sandbox.world(), sandbox.value("guild_id"));
    for name in ["Bobby", "bob"] {
        let created = world.run(["role", "create", guild, "--name", name]);
        assert_eq!(created.status, Some(0), "{created}");
    }
    let line = "dcord message send 1 hi --ping @bob";
    // Bash splits words at `@` and replaces only the part after it.
    let found = complete(&world, "bash", &[line, "bob"]);
    let mut names: Vec<&str> = found.stdout.lines().map(|line| line.split(':').next().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["bob", "bobby"], "{found}");
    let only = complete(&world, "bash", &[&line.replace("@bob", "@bobb"), "bobb"]);
    assert!(only.stdout.starts_with("Bobby"), "{only}");
}

#[test]
fn a_jq_program_that_exhausts_the_stack_or_the_memory_is_an_error() {
    let (_server, world) = answering(r#"{"id":"1","n":3}"#.to_owned());
    for program in [
        "def f: 1 + f; f",
        "def f: [f]; f",
        "reduce range(500000) as $i (0; [.])",
        r#"reduce range(40) as $i ("x"; . + .)"#,
        r#""x" * 1000000000000"#,
        r#"("[" * 100000) | fromjson"#,
    ] {
        let outcome = world.run(["api", "get", "/x", "--jq", program]);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(1), ""), "{program}: {outcome}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{program}: {outcome}");
        assert!(outcome.stderr.starts_with("error: --jq: "), "{program}: {outcome}");
    }
    for program in
        ["[".repeat(5000), format!("({}1)", "-".repeat(100_000)), "def f: ".repeat(15_000), "1|".repeat(60_000)]
    {
        let outcome = world.run(["api", "get", "/x", "--jq", &program]);
        assert_eq!((outcome.status, outcome.stderr.lines().count()), (Some(2), 2), "{program:.20}: {outcome:.300}");
        assert!(outcome.stderr.starts_with("error: --jq: "), "{program:.20}: {outcome:.300}");
    }
}

#[test]
fn a_jq_program_with_functions_and_reductions_runs_in_its_own_process() {
    let (_server, world) = answering(r#"[{"id":"1","n":3},{"id":"2","n":"x"},{"id":"3","n":4.50}]"#.to_owned());
    let program = "def twice(f): f, f; twice(.n) | tonumber | ., (reduce range(3) as $i (0; . + $i))";
    let outcome = world.run(["api", "get", "/x", "--jq", program]);
    // Outputs before the failing item are printed, as with a program that runs in the main process.
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(1), "3\n3\n3\n3\n"), "{outcome}");
    assert!(outcome.stderr.contains("as JSON"), "{outcome}");
    let wrong = world.run(["api", "get", "/x", "--jq", "def f: .; g"]);
    assert_eq!(wrong.status, Some(2), "{wrong}");
    assert!(wrong.stderr.contains("no filter named g at character 11"), "{wrong}");
}

#[test]
fn an_endless_jq_program_ends_when_dcord_is_killed() {
    let (server, world) = answering(r#"{"id":"1"}"#.to_owned());
    let mut command = world.command();
    command.args(["api", "get", "/x", "--jq", "last(repeat(1))"]);
    let child = Bounded::spawn(command.stdout(Stdio::null()));
    until("the request is answered", || !server.take().is_empty());
    child.signal(Signal::INT);
    assert_eq!(child.wait(), None, "the signal ends it");
}

#[test]
fn a_closed_pipe_ends_an_endless_jq_program() {
    let (_server, world) = answering(r#"{"id":"1"}"#.to_owned());
    let outcome = world.shell("\"$DCORD\" api get /x --jq 'def f: .id, f; f' | head -n 2");
    assert_eq!(
        (outcome.status, outcome.stdout.as_str(), outcome.stderr.as_str()),
        (Some(0), "1\n1\n", ""),
        "{outcome}"
    );
}
