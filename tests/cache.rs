//! What is kept of answers, and answering from it.

use super::support::{Sandbox, World};

/// A world in which a guild's channels and one message were read.
fn read() -> (Sandbox, World) {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=4,members=5"]);
    let world = sandbox.world();
    let (guild, channel) = (sandbox.told("guild_id"), sandbox.told("channel_id"));
    assert_eq!(world.run(["channel", "list", guild]).status, Some(0));
    assert_eq!(world.run(["message", "send", channel, "the deploy failed"]).status, Some(0));
    (sandbox, world)
}

#[test]
fn a_list_is_answered_offline_once_all_of_it_is_known() {
    let (sandbox, world) = read();
    let guild = sandbox.told("guild_id");
    let before = world.run(["channel", "list", guild, "--jq", ".name"]).stdout;
    let kept = world.run(["channel", "list", guild, "--offline", "--jq", ".name"]);
    assert_eq!((kept.status, &kept.stdout), (Some(0), &before), "{kept}");
    insta::assert_snapshot!(world.run(["role", "list", guild, "--offline"]), @r"
    exit: 10
    --- stderr
    error: the cache does not have what role list asks for, and --offline keeps from asking Discord
      hint: run it once without --offline
    ");
    insta::assert_snapshot!(world.run(["message", "send", "1", "a", "--offline"]), @r"
    exit: 10
    --- stderr
    error: --offline keeps from sending anything, and message send would
      hint: run it without --offline, or with --dry-run to see it
    ");
}

#[test]
fn own_changes_are_kept_and_an_old_answer_is_not_given() {
    let (sandbox, world) = read();
    let channel = sandbox.told("channel_id");
    assert_eq!(world.run(["channel", "edit", channel, "--name", "renamed"]).status, Some(0));
    assert_eq!(world.run(["channel", "get", channel, "--cached", "--jq", ".name"]).stdout, "renamed\n");
    assert_eq!(world.run(["channel", "delete", channel, "--yes"]).status, Some(0));
    assert_eq!(world.run(["channel", "get", channel, "--offline"]).status, Some(10));
    assert_eq!(world.run(["cache", "list", "message"]).stdout, "", "they were in it");
}

#[test]
fn messages_are_searched_and_queried() {
    let (sandbox, world) = read();
    let found = world.run(["cache", "search", "deploy", "--channel", sandbox.told("channel_id"), "--jq", ".content"]);
    assert_eq!(found.stdout, "the deploy failed\n", "{found}");
    let query = "SELECT name FROM channels WHERE type = 0 ORDER BY name LIMIT 1";
    assert_eq!(world.run(["cache", "sql", query, "--jq", ".name"]).stdout, "general\n");
    insta::assert_snapshot!(world.run(["cache", "sql", "DELETE FROM entity"]), @r"
    exit: 2
    --- stderr
    error: Query is not read-only
      hint: dcord cache sql lists the views
    ");
    insta::assert_snapshot!(world.run(["cache", "search", "\"open"]), @r#"
    exit: 2
    --- stderr
    error: the search "\"open" cannot be understood: unterminated string
      hint: words are joined by AND; quote a phrase, and words with other characters: '"a-b"'
    "#);
}

#[test]
fn switched_off_it_keeps_nothing_for_one_call_or_for_good() {
    let (sandbox, world) = read();
    let guild = sandbox.told("guild_id");
    assert_eq!(world.run(["cache", "clear"]).status, Some(0));
    assert_eq!(world.run(["channel", "list", guild, "--no-cache"]).status, Some(0));
    assert_eq!(world.run(["cache", "stats"]).stdout, "");
    assert_eq!(world.run(["cache", "disable"]).status, Some(0));
    assert_eq!(world.run(["channel", "list", guild]).status, Some(0));
    assert_eq!(world.run(["cache", "stats"]).stdout, "");
    assert_eq!(world.run(["cache", "enable"]).status, Some(0));
    assert_eq!(world.run(["channel", "list", guild]).status, Some(0));
    assert!(world.run(["cache", "stats"]).stdout.contains(r#""kind":"channel","rows":4"#));
}

#[test]
fn a_policy_is_set_for_a_kind_and_carried_out() {
    let (_sandbox, world) = read();
    assert_eq!(world.run(["cache", "policy", "channel", "never"]).status, Some(0));
    assert_eq!(world.run(["cache", "prune"]).stdout, "{\"kind\":\"channel\",\"removed\":4}\n");
    let shown = world.run(["cache", "policy", "message", "--jq", ".policy"]);
    assert_eq!(shown.stdout, "ttl:6h+lru:20000\n");
    insta::assert_snapshot!(world.run(["cache", "policy", "role", "sometimes"]), @r#"
    exit: 2
    --- stderr
    error: "sometimes" is no policy: it is forever, never, ttl:TIME, lru:NUMBER or filter:JQ, joined by +
    "#);
}

#[test]
fn a_cache_that_cannot_be_used_is_told_and_the_request_goes_through() {
    let sandbox = Sandbox::serve(&[]);
    let world = sandbox.world().env("DCORD_CACHE_DIR", "/dev/null/nowhere");
    let sent = world.run(["message", "send", sandbox.told("channel_id"), "hello", "--jq", ".content"]);
    assert_eq!((sent.status, sent.stdout.as_str()), (Some(0), "hello\n"), "{sent}");
    assert_eq!(sent.stderr.matches("the cache is not used").count(), 1, "{sent}");
}

#[test]
fn what_listen_hears_is_kept_once_that_is_enabled() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=4,members=5"]);
    let world = sandbox.world();
    let listen = ["listen", "--event", "GUILD_CREATE", "--count", "1", "--jq", ".t"];
    assert_eq!(world.run(listen).stdout, "GUILD_CREATE\n");
    assert_eq!(world.run(["cache", "stats"]).stdout, "", "nobody asked for it");
    assert_eq!(world.run(["cache", "enable"]).status, Some(0));
    assert_eq!(world.run(listen).stdout, "GUILD_CREATE\n");
    let channels = world.run(["channel", "list", sandbox.told("guild_id"), "--offline", "--jq", ".name"]);
    assert!(channels.stdout.contains("general\n"), "{channels}");
}
