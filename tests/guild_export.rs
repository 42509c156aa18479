//! `dcord guild export`: a server as a TOML file.

use serde_json::{Value, json};

use super::support::{Sandbox, World};

/// A sandbox with a category, a channel in it, and two roles of the file's kinds.
pub fn furnished() -> (Sandbox, World) {
    let sandbox = Sandbox::serve(&["--seed", "channels=3"]);
    let world = sandbox.world();
    let guild = sandbox.value("guild_id").to_owned();
    for line in [
        &["role", "create", &guild, "Sunset", "--color", "#ff8800", "--hoist", "--permissions", "view-channel,ban"][..],
        &["channel", "create", &guild, "Staff", "--type", "category"],
        &["channel", "create", &guild, "plans", "--parent", "Staff", "--topic", "say \"hi\"\n[[roles]]"],
        &["permission", "set", "plans", "@everyone", "--deny", "view-channel"],
        &["permission", "set", "plans", "Sunset", "--allow", "view-channel,manage-messages"],
    ] {
        let mut command = world.command();
        command.args(line).arg("-q").env("DCORD_GUILD", &guild);
        let run = world.finish(command, None);
        assert_eq!(run.status, Some(0), "{line:?}: {run}");
    }
    (sandbox, world)
}

#[test]
fn an_export_has_names_in_place_of_numbers_and_ids() {
    let (sandbox, world) = furnished();
    let run = world.run(["guild", "export", sandbox.value("guild_id")]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run}");
    let file: Value = toml::from_str(&run.stdout).unwrap();
    let named = |section: &str, name: &str| {
        let objects = file[section].as_array().unwrap();
        objects.iter().find(|object| object["name"] == name).unwrap().clone()
    };
    let sunset = named("roles", "Sunset");
    assert_eq!(sunset["color"], "#ff8800");
    assert_eq!(sunset["permissions"], json!(["ban-members", "view-channel"]));
    let plans = named("channels", "plans");
    assert_eq!((&plans["type"], &plans["parent"]), (&json!("text"), &json!("Staff")));
    assert_eq!(plans["topic"], "say \"hi\"\n[[roles]]", "a text cannot leave its string");
    let allowed = json!({"role": "Sunset", "allow": ["view-channel", "manage-messages"]});
    assert_eq!(plans["overwrites"], json!([{"role": "@everyone", "deny": ["view-channel"]}, allowed]));
    let names = |section: &str| -> Vec<String> {
        let objects = file[section].as_array().unwrap();
        objects.iter().map(|object| object["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("roles"), ["Bots", "Moderators", "Sunset", "@everyone"]);
    assert_eq!(names("channels"), ["general", "random", "announcements", "Staff", "plans"]);
}

#[test]
fn an_export_has_only_the_sections_that_are_asked_for_and_ids_only_if_wanted() {
    let (sandbox, world) = furnished();
    let guild = sandbox.value("guild_id");
    let run = world.run(["guild", "export", guild, "--only", "roles", "--no-ids"]);
    assert_eq!(run.status, Some(0), "{run}");
    assert!(run.stdout.contains("[[roles]]") && !run.stdout.contains("[[channels]]"), "{run}");
    assert!(!run.stdout.contains("\nid = "), "{run}");
    let run = world.run(["guild", "export", guild, "--only", "roles,chanels"]);
    assert!(run.status == Some(2) && run.stderr.contains("did you mean \"channels\"?"), "{run}");
    let run = world.run(["guild", "export", guild, "-o", "json"]);
    assert!(run.status == Some(2) && run.stderr.contains("guild export writes TOML"), "{run}");
}

#[test]
fn an_export_needs_the_network() {
    let (sandbox, world) = furnished();
    let run = world.run(["guild", "export", sandbox.value("guild_id"), "--offline"]);
    assert!(run.status == Some(10) && run.stdout.is_empty(), "{run}");
}
