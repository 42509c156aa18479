//! Names in place of ids: looked up once, exact where something changes.

use super::support::{Sandbox, World};

fn world() -> (Sandbox, World) {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=4,members=5"]);
    let world = sandbox.world();
    (sandbox, world)
}

#[test]
fn a_channels_name_is_looked_up_once_and_then_known() {
    let (sandbox, world) = world();
    let sent = world.run(["message", "send", "#General", "hello", "--jq", ".channel_id"]);
    assert_eq!(sent.stdout.trim(), sandbox.told("channel_id"), "{sent}");
    // Whatever goes to the network now fails, so what follows comes from the cache.
    let again = world.run(["channel", "get", "#general", "--offline", "--jq", ".id"]);
    assert_eq!(again.stdout.trim(), sandbox.told("channel_id"), "{again}");
}

#[test]
fn a_beginning_is_enough_to_read_and_not_to_write() {
    let (_sandbox, world) = world();
    assert_eq!(world.run(["channel", "get", "gen", "--jq", ".name"]).stdout, "general\n");
    insta::assert_snapshot!(world.run(["message", "send", "gen", "hello"]), @r#"
    exit: 6
    --- stderr
    error: there is no channel "gen"; there is general
      hint: give the whole name, or the id; what the bot cannot see has no name here
    "#);
    insta::assert_snapshot!(world.run(["message", "send", "#genral", "hello"]), @r#"
    exit: 6
    --- stderr
    error: there is no channel "genral"; there is general
      hint: give the whole name, or the id; what the bot cannot see has no name here
    "#);
}

#[test]
fn people_roles_and_servers_have_names_too() {
    let (_sandbox, world) = world();
    let member = world.run(["member", "get", "Sandbox", "@ADA", "--jq", ".user.username"]);
    assert_eq!(member.stdout, "ada\n", "{member}");
    let role = world.run(["role", "get", "sandbox", "@everyone", "--jq", ".name"]);
    assert_eq!(role.stdout, "@everyone\n", "{role}");
    let uncached = world.run(["--no-cache", "member", "get", "Sandbox", "ada", "--jq", ".user.username"]);
    assert_eq!(uncached.stdout, "ada\n", "{uncached}");
    assert_eq!(world.run(["member", "get", "Nowhere", "@ada"]).status, Some(6));
}

#[test]
fn a_dry_run_looks_nothing_up() {
    let run = World::new().run(["message", "delete", "#general", "5", "--dry-run", "--jq", ".url"]);
    assert!(run.stdout.contains("/channels/{channel_id}/messages/5"), "{run}");
}
