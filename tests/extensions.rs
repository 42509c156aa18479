//! Programs named `dcord-NAME` on the PATH, which run as `dcord NAME`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use super::support::{Recorder, Reply, TOKEN, World};

/// Returns a world whose PATH begins with its folder `bin`, with these scripts in it.
fn world(world: World, scripts: &[(&str, &str)]) -> World {
    for (name, script) in scripts {
        program(&world, &format!("bin/{name}"), script);
    }
    let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
    world.env("PATH", path)
}

fn program(world: &World, name: &str, script: &str) {
    let path = world.file(name, format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn an_extension_gets_the_arguments_and_the_input_and_its_status_is_the_exit_status() {
    let world = world(
        World::new(),
        &[
            ("dcord-echo", "printf '[%s]' \"$@\"; cat; echo problem >&2; exit 7"),
            ("dcord-signal", "kill -TERM $$"),
            ("dcord-two-words", "echo two"),
        ],
    );
    let run = world.run_with(["echo", "a b", "", "--help", "-o", "x", "--", "*"], "input");
    assert_eq!(run.stdout, "[a b][][--help][-o][x][--][*]input", "{run}");
    assert_eq!((run.status, run.stderr.as_str()), (Some(7), "problem\n"), "{run}");
    assert_eq!(world.run(["signal"]).status, None, "the signal ends dcord, which the program replaced");
    assert_eq!(world.run(["two-words"]).stdout, "two\n");
}

#[test]
fn a_command_and_an_alias_precede_an_extension_and_an_alias_can_begin_with_one() {
    let scripts =
        [("dcord-message", "echo wrong"), ("dcord-say", "echo wrong"), ("dcord-report", "echo \"report $*\"")];
    let world = world(World::new(), &scripts);
    world.config("[aliases]\nsay = \"report --short 'a b'\"\n", 0o600);
    assert!(!world.run(["message", "list", "1", "--dry-run"]).stdout.contains("wrong"));
    assert_eq!(world.run(["say", "x"]).stdout, "report --short a b x\n");
}

#[test]
fn global_options_before_the_name_are_variables_for_the_extension() {
    let script = "echo \"$DCORD_PROFILE $DCORD_OUTPUT $DCORD_MAX_WAIT\"; echo \"token ${DCORD_TOKEN:-none}\"";
    let world = world(World::new().without("DCORD_TOKEN"), &[("dcord-env", script)]);
    world.config(&format!("[profiles.work]\ntoken = \"{TOKEN}\"\n"), 0o600);
    let run = world.run(["--profile", "work", "-ojson", "--max-wait=5s", "env"]);
    assert_eq!(run.stdout, "work json 5s\ntoken none\n", "{run}");
    insta::assert_snapshot!(world.run(["--quiet", "env"]), @r#"
    exit: 2
    --- stderr
    error: the extension "env" does not take the option --quiet of dcord
      hint: to pass the option to the extension, put it after the name: dcord env --quiet
    "#);
}

#[test]
fn the_requests_of_an_extension_follow_the_rules_of_the_profile() {
    let server = Recorder::answering(|_| Reply::ok(&json!({"id": "10"})));
    let world = world(World::at(&server), &[("dcord-say", "exec \"$DCORD\" message send 10 \"$1\"")]);
    let world = world.env("DCORD", env!("CARGO_BIN_EXE_dcord"));
    assert_eq!(world.run(["say", "hello"]).status, Some(0));
    assert_eq!(server.take().pop().unwrap().json()["content"], "hello");
    world.config("[profiles.a]\nread_only = true\n", 0o600);
    assert_eq!(world.run(["--profile", "a", "say", "hello"]).status, Some(10));
    assert!(server.take().is_empty());
}

#[test]
fn only_executable_files_in_the_path_with_a_simple_name_are_extensions() {
    let world = world(World::new(), &[("dcord-here", "echo found")]);
    world.file("bin/dcord-plain", "not executable");
    fs::create_dir(world.path("bin/dcord-folder")).unwrap();
    program(&world, "dcord-current", "echo current");
    program(&world, "bin/dcord-..", "echo wrong");
    program(&world, "bin/dcord-a.b", "echo wrong");
    assert_eq!(world.run(["here"]).stdout, "found\n");
    for name in ["plain", "folder", "current", "..", "a.b", "../bin/dcord-here", "none"] {
        let run = world.run([name]);
        assert!(run.status == Some(2) && run.stdout.is_empty(), "{name}: {run}");
    }
    // An empty folder in the PATH is the current one.
    let path = format!(":{}", world.path("bin").display());
    assert_eq!(world.env("PATH", path).run(["current"]).stdout, "current\n");
}

#[test]
fn a_program_that_cannot_be_run_is_an_error_with_the_reason() {
    let world = world(World::new(), &[]);
    let path = world.file("bin/dcord-broken", "#!/no/such/interpreter\n");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    insta::assert_snapshot!(world.run(["broken"]), @r#"
    exit: 127
    --- stderr
    error: cannot run "[world]/bin/dcord-broken": there is no such file or folder
      hint: if it is a script, its first line must name an existing interpreter: #!/bin/sh
    "#);
}

#[test]
fn help_explains_extensions_and_does_not_list_them() {
    let world = world(World::new(), &[("dcord-greet", "echo hi")]);
    assert!(!world.run(["--help"]).stdout.contains("greet"));
    assert!(world.run(["help", "extensions"]).stdout.contains("dcord-greet"));
    assert!(world.run(["help", "plugins"]).stdout.contains("dcord-greet"));
}
