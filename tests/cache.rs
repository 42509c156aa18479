//! The cache stores responses, and commands read from it.

use serde_json::Value;

use super::support::{Embedded, Sandbox, World, without_codes};

/// Returns a world that has read the channels of a server and one message.
fn read() -> (Sandbox, World) {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=4,members=5"]);
    let world = sandbox.world();
    let (guild, channel) = (sandbox.value("guild_id"), sandbox.value("channel_id"));
    assert_eq!(world.run(["channel", "list", guild]).status, Some(0));
    assert_eq!(world.run(["message", "send", channel, "the deploy failed"]).status, Some(0));
    (sandbox, world)
}

#[test]
fn a_list_is_available_offline_once_it_is_complete_in_the_cache() {
    let (sandbox, world) = read();
    let guild = sandbox.value("guild_id");
    let before = world.run(["channel", "list", guild, "--jq", ".name"]).stdout;
    let kept = world.run(["channel", "list", guild, "--offline", "--jq", ".name"]);
    assert_eq!((kept.status, &kept.stdout), (Some(0), &before), "{kept}");
    insta::assert_snapshot!(world.run(["role", "list", guild, "--offline"]), @r"
    exit: 10
    --- stderr
    error: the cache does not contain the result of role list, and --offline prevents a request to Discord
      hint: run the command once without --offline
    ");
    insta::assert_snapshot!(world.run(["message", "send", "1", "a", "--offline"]), @r"
    exit: 10
    --- stderr
    error: message send has to send a request, but --offline prevents it
      hint: run the command without --offline, or add --dry-run to see the request
    ");
}

#[test]
fn changes_made_by_commands_update_the_cache() {
    let (sandbox, world) = read();
    let channel = sandbox.value("channel_id");
    assert_eq!(world.run(["channel", "edit", channel, "--name", "renamed"]).status, Some(0));
    assert_eq!(world.run(["channel", "get", channel, "--cached", "--jq", ".name"]).stdout, "renamed\n");
    assert_eq!(world.run(["channel", "delete", channel, "--yes"]).status, Some(0));
    assert_eq!(world.run(["channel", "get", channel, "--offline"]).status, Some(10));
    assert_eq!(world.run(["cache", "list", "message"]).stdout, "", "they were in it");
}

#[test]
fn the_cache_never_returns_the_old_state_of_an_object_that_a_command_changed() {
    let (sandbox, world) = read();
    let (guild, channel) = (sandbox.value("guild_id"), sandbox.value("channel_id"));
    let id = |args: &[&str]| {
        let made = world.run(args.iter().chain(&["--jq", ".id"]));
        assert_eq!(made.status, Some(0), "{made}");
        made.stdout.trim().to_owned()
    };
    let stage = id(&["channel", "create", guild, "--name", "stage", "--type", "stage"]);
    let message = id(&["message", "send", channel, "a thread starts here"]);
    let thread = id(&["thread", "create", channel, "--name", "plans", "--type", "public"]);
    let me = id(&["user", "get-me"]);
    id(&["stage", "create", &stage, "--topic", "now"]);
    let cases: [(&[&str], &[&str]); 6] = [
        (&["stage", "get", &stage], &["stage", "delete", &stage, "--yes"]),
        (&["message", "get", channel, &message], &["thread", "start", channel, &message, "--name", "t"]),
        (&["channel", "get", &thread], &["thread", "leave", &thread]),
        (&["member", "get", guild, &me], &["member", "set-my-nick", guild, "--nick", "Robot"]),
        (&["guild", "get", guild], &["widget", "edit-settings", guild, "--enabled"]),
        (&["member", "get", guild, &me], &["member", "set-my-nick", guild, "--nick", "Robot again"]),
    ];
    for (read, change) in cases {
        assert_eq!(world.run(read).status, Some(0), "{read:?}");
        assert_eq!(world.run(read.iter().chain(&["--offline"])).status, Some(0), "{read:?}: the cache has it");
        let changed = world.run(change);
        assert_eq!(changed.status, Some(0), "{change:?}: {changed}");
        let kept = world.run(read.iter().chain(&["--offline"]));
        assert_eq!(kept.status, Some(10), "{change:?}, then {read:?}: {kept}");
    }
}

#[test]
fn messages_of_a_bulk_delete_are_removed_when_the_inbox_is_imported() {
    let (sandbox, world) = read();
    let channel = sandbox.value("channel_id");
    let send = |text: &str| world.run(["message", "send", channel, text, "--jq", ".id"]).stdout.trim().to_owned();
    let ids = [send("one"), send("two")].join(",");
    let kept = send("three");
    let deleted = world.run(["message", "bulk-delete", channel, "--messages", &ids, "--yes"]);
    assert_eq!(deleted.status, Some(0), "{deleted}");
    let found = world.run(["cache", "search", "one OR two OR three", "--jq", ".id"]);
    assert_eq!(found.stdout.trim(), kept, "{found}");
}

#[test]
fn messages_are_searched_and_queried() {
    let (sandbox, world) = read();
    let found = world.run(["cache", "search", "deploy", "--channel", sandbox.value("channel_id"), "--jq", ".content"]);
    assert_eq!(found.stdout, "the deploy failed\n", "{found}");
    let query = "SELECT name FROM channels WHERE type = 0 ORDER BY name LIMIT 1";
    assert_eq!(world.run(["cache", "sql", query, "--jq", ".name"]).stdout, "general\n");
}

#[test]
fn a_search_accepts_any_words_and_boolean_operators() {
    let (sandbox, world) = read();
    let send = |text: &str| world.run(["message", "send", sandbox.value("channel_id"), text]).status;
    assert_eq!((send("it's on a-b.example: (done)"), send("second deploy")), (Some(0), Some(0)));
    let found = |text: &str| world.run(["cache", "search", text, "--jq", ".content"]).stdout;
    for text in ["it's", "a-b.example", "done?", "example: done", "\"on a\" done", "don* NOT deploy"] {
        assert_eq!(found(text), "it's on a-b.example: (done)\n", "{text}");
    }
    assert_eq!(found("deploy NOT (failed OR done)"), "second deploy\n");
    assert_eq!(found("deploy"), "second deploy\nthe deploy failed\n", "the newest first");
    assert_eq!(found("a-c"), "");
    insta::assert_snapshot!(world.run(["cache", "search", "\"open"]), @r#"
    exit: 2
    --- stderr
    error: cannot parse the search "\"open": unterminated string
      hint: put phrases, and words with special characters, in double quotes; combine words with AND, OR, NOT and parentheses
    "#);
    insta::assert_snapshot!(world.run(["cache", "search", "NOT deploy"]), @r#"
    exit: 2
    --- stderr
    error: cannot parse the search "NOT deploy": syntax error near "NOT"
      hint: put phrases, and words with special characters, in double quotes; combine words with AND, OR, NOT and parentheses
    "#);
    insta::assert_snapshot!(world.run(["cache", "search", " "]), @r"
    exit: 2
    --- stderr
    error: TEXT is missing (usage: dcord cache search TEXT)
    ");
    insta::assert_snapshot!(world.run(["cache", "search", "deploy", "--limit", "0"]), @r#"
    exit: 2
    --- stderr
    error: --limit: "0" is not a whole number of 1 or more
    "#);
}

#[test]
fn an_invalid_sql_query_reports_its_error() {
    let (_sandbox, world) = read();
    let query = |sql: &str| world.run(["cache", "sql", sql]);
    insta::assert_snapshot!(query("DELETE FROM entity"), @r"
    exit: 2
    --- stderr
    error: cannot run the query: it changes data, but dcord opens the cache for reading only
      hint: `dcord cache sql` lists the tables
    ");
    insta::assert_snapshot!(query("PRAGMA user_version = 9"), @r"
    exit: 2
    --- stderr
    error: cannot run the query: it changes data, but dcord opens the cache for reading only
      hint: `dcord cache sql` lists the tables
    ");
    insta::assert_snapshot!(query("SELECT nobody FROM channels"), @r#"
    exit: 2
    --- stderr
    error: cannot run the query: no such column: nobody, at character 8
      hint: `dcord cache sql` lists the tables
    "#);
    insta::assert_snapshot!(query("SELECT 1; SELECT 2"), @r"
    exit: 2
    --- stderr
    error: cannot run the query: it contains several statements; run one at a time
      hint: `dcord cache sql` lists the tables
    ");
    insta::assert_snapshot!(query(" "), @r"
    exit: 2
    --- stderr
    error: QUERY is missing (usage: dcord cache sql QUERY)
      hint: `dcord cache sql` lists the tables
    ");
}

#[test]
fn a_query_prints_all_its_columns_in_their_order() {
    let (_sandbox, world) = read();
    let run = |sql: &str, format: &str| world.run(["cache", "sql", sql, "-o", format]).stdout;
    let sql = "SELECT 1 AS g, 2 AS b, 3, 4 AS d, NULL AS e, json ->> '$.type', 'x' AS a, 8 AS g FROM channels LIMIT 1";
    assert_eq!(run(sql, "csv"), "g,b,3,d,e,json ->> '$.type',a,g_2\n1,2,3,4,,0,x,8\n");
    assert_eq!(
        run(sql, "jsonl"),
        r#"{"g":1,"b":2,"3":3,"d":4,"e":null,"json ->> '$.type'":0,"a":"x","g_2":8}"#.to_owned() + "\n"
    );
    let table = run(sql, "table");
    let (head, row) = table.split_once('\n').unwrap();
    assert!(head.ends_with("G 2") && row.trim_end().ends_with('8'), "{table}");
    assert_eq!(run("SELECT name, id FROM channels WHERE false", "csv"), "name,id\n");
    assert_eq!(run("SELECT name, id FROM channels WHERE false", "json"), "[]\n");
    let ids = run("SELECT name, id FROM channels ORDER BY id", "id");
    assert_eq!((ids.lines().count(), ids), (4, world.run(["cache", "list", "channel", "-o", "id"]).stdout));
    assert_eq!(world.run(["cache", "sql", "SELECT name FROM channels", "-o", "id"]).status, Some(2));
}

#[test]
fn an_object_missing_from_the_cache_and_a_missing_argument_are_errors() {
    let (sandbox, world) = read();
    insta::assert_snapshot!(world.run(["cache", "get", "message", "12345"]), @r"
    exit: 6
    --- stderr
    error: the cache has no message 12345
      hint: `dcord cache list KIND` lists the objects in the cache; objects of a server require --guild
    ");
    insta::assert_snapshot!(world.run(["cache", "get", "channel"]), @r"
    exit: 2
    --- stderr
    error: ID is missing (usage: dcord cache get KIND ID)
    ");
    insta::assert_snapshot!(world.run(["cache", "list"]), @r"
    exit: 2
    --- stderr
    error: KIND is missing (usage: dcord cache list KIND)
      hint: `dcord cache --help` lists the kinds, such as channel, message and member
    ");
    insta::assert_snapshot!(world.run(["cache", "list", "chanel"]), @r#"
    exit: 2
    --- stderr
    error: "chanel" is not a kind of object that the cache stores; the kinds are guild, channel, thread, role, member, user, message, emoji, sticker, sound, event, stage, invite, ban, webhook, integration, automod-rule, command, voice-state, presence, entitlement, template
    "#);
    let channel = sandbox.value("channel_id");
    assert_eq!(world.run(["cache", "get", "channel", "#general", "-o", "id"]).stdout, format!("{channel}\n"));
    // An empty list is printed as a JSON list.
    assert_eq!(world.run(["cache", "list", "role", "-o", "json"]).stdout, "[]\n");
    assert_eq!(world.run(["cache", "search", "nowhere", "-o", "json"]).stdout, "[]\n");
}

#[test]
fn names_are_found_in_all_servers_and_a_shortened_list_has_a_note() {
    let (sandbox, world) = read();
    assert_eq!(world.run(["cache", "list", "channel", "--name", "gen", "--jq", ".name"]).stdout, "general\n");
    let guild = sandbox.value("guild_id");
    let within = world.run(["cache", "list", "channel", "--name", "gen", "--guild", guild, "--jq", ".name"]);
    assert_eq!((within.stdout.as_str(), within.stderr.as_str()), ("general\n", ""));
    let cut = world.run(["cache", "list", "channel", "--limit", "3", "-o", "id"]);
    assert_eq!((cut.status, cut.stdout.lines().count()), (Some(0), 3));
    assert_eq!(cut.stderr, "printed the first 3; use --limit N for more\n");
    let all = world.run(["cache", "list", "channel", "--limit", "4", "-o", "id"]);
    assert_eq!((all.stdout.lines().count(), all.stderr.as_str()), (4, ""));
    // A reader that stops after the first line causes no error.
    let first = world.shell("$DCORD cache list channel | head -n 1; $DCORD cache list channel | head -n 0");
    assert_eq!((first.stdout.lines().count(), first.stderr.as_str()), (1, ""));
}

#[test]
fn cache_path_prints_the_path_even_if_it_cannot_exist() {
    let world = World::new().env("DCORD_CACHE_DIR", "/dev/null/nowhere");
    let outcome = world.run(["cache", "path"]);
    assert_eq!(
        (outcome.status, outcome.stdout.as_str(), outcome.stderr.as_str()),
        (Some(0), "/dev/null/nowhere/cache.db\n", "")
    );
}

#[test]
fn no_cache_and_cache_disable_store_nothing() {
    let (sandbox, world) = read();
    let guild = sandbox.value("guild_id");
    assert_eq!(world.run(["cache", "clear"]).status, Some(0));
    assert_eq!(world.run(["channel", "list", guild, "--no-cache"]).status, Some(0));
    assert_eq!(world.run(["cache", "stats"]).stdout, "");
    let disabled = world.run(["cache", "disable"]);
    assert_eq!((disabled.status, disabled.stderr.as_str()), (Some(0), ""), "nothing in a pipe: {disabled}");
    assert_eq!(world.run(["channel", "list", guild]).status, Some(0));
    assert_eq!(world.run(["cache", "stats"]).stdout, "");
    assert_eq!(world.run(["cache", "enable"]).status, Some(0));
    assert_eq!(world.run(["channel", "list", guild]).status, Some(0));
    assert!(world.run(["cache", "stats"]).stdout.contains(r#""kind":"channel","rows":4"#));
}

#[test]
fn a_policy_applies_to_the_objects_of_its_kind() {
    let (_sandbox, world) = read();
    assert_eq!(world.run(["cache", "policy", "channel", "never"]).status, Some(0));
    assert_eq!(world.run(["cache", "prune"]).stdout, "{\"kind\":\"channel\",\"removed\":4}\n");
    let shown = world.run(["cache", "policy", "message", "--jq", ".policy"]);
    assert_eq!(shown.stdout, "ttl:6h+lru:20000\n");
    let interval = world.run(["cache", "policy", "--interval", "10m"]);
    assert_eq!((interval.status, interval.stdout.as_str()), (Some(0), ""), "what is set is not shown: {interval}");
    insta::assert_snapshot!(world.run(["cache", "policy", "role", "sometimes"]), @r#"
    exit: 2
    --- stderr
    error: "sometimes" is not a policy; policies are forever, never, ttl:SPAN, lru:NUMBER and filter:JQ, joined by +
    "#);
}

#[test]
fn an_unusable_cache_causes_a_warning_and_the_request_is_sent() {
    let sandbox = Sandbox::serve(&[]);
    let world = sandbox.world().env("DCORD_CACHE_DIR", "/dev/null/nowhere");
    let sent = world.run(["message", "send", sandbox.value("channel_id"), "hello", "--jq", ".content"]);
    assert_eq!((sent.status, sent.stdout.as_str()), (Some(0), "hello\n"), "{sent}");
    assert_eq!(sent.stderr.matches("dcord continues without the cache").count(), 1, "{sent}");
}

#[test]
fn listen_stores_events_in_the_cache_once_that_is_enabled() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=4,members=5"]);
    let world = sandbox.world();
    let listen = ["listen", "--event", "GUILD_CREATE", "--count", "1", "--jq", ".t"];
    assert_eq!(world.run(listen).stdout, "GUILD_CREATE\n");
    assert_eq!(world.run(["cache", "stats"]).stdout, "", "nobody asked for it");
    assert_eq!(world.run(["cache", "enable"]).status, Some(0));
    assert_eq!(world.run(listen).stdout, "GUILD_CREATE\n");
    let channels = world.run(["channel", "list", sandbox.value("guild_id"), "--offline", "--jq", ".name"]);
    assert!(channels.stdout.contains("general\n"), "{channels}");
}

#[test]
fn a_channel_whose_messages_were_all_read_is_listed_from_the_cache() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=2,members=2,messages=130"]);
    let world = sandbox.world();
    let channel = sandbox.value("channel_id");
    let ids = |args: &[&str]| world.run([&["message", "list", channel, "--jq", ".id"], args].concat());
    assert_eq!(ids(&[]).status, Some(0));
    insta::assert_snapshot!(world.run(["message", "list", channel, "--offline"]), @r"
    exit: 10
    --- stderr
    error: the cache does not contain the result of message list, and --offline prevents a request to Discord
      hint: run the command once with --all and without --offline
    ");
    let all = ids(&["--all"]);
    let lines: Vec<&str> = all.stdout.lines().collect();
    assert_eq!(ids(&["--all", "--offline"]).stdout, all.stdout);
    assert_eq!(ids(&["--limit", "120", "--offline"]).stdout.lines().collect::<Vec<_>>(), lines[..120]);
    assert_eq!(ids(&["--offline"]).stdout.lines().collect::<Vec<_>>(), lines[..50], "a page");
    assert_eq!(
        ids(&["--offline", "--before", lines[9], "--page-size", "5"]).stdout.lines().collect::<Vec<_>>(),
        lines[10..15]
    );
    let ascending: Vec<&str> = lines[..9].iter().rev().copied().collect();
    assert_eq!(ids(&["--offline", "--after", lines[9]]).stdout, ids(&["--after", lines[9]]).stdout);
    assert_eq!(ids(&["--offline", "--all", "--after", lines[9]]).stdout.lines().collect::<Vec<_>>(), ascending);
    let between = ["--all", "--offline", "--after", lines[9], "--before", lines[2]];
    assert_eq!(ids(&between).stdout.lines().collect::<Vec<_>>(), ascending[..6]);
    // The cache contains the results of the process's own changes.
    let sent = world.run(["message", "send", channel, "new", "-o", "id"]).stdout;
    assert_eq!(world.run(["message", "delete", channel, lines[0], "--yes"]).status, Some(0));
    let now: Vec<_> = std::iter::once(sent.trim()).chain(lines[1..].iter().copied()).collect();
    assert_eq!(ids(&["--all", "--cached"]).stdout.lines().collect::<Vec<_>>(), now);
    // A reaction outdates the cached message, so the next read sends a request.
    assert_eq!(world.run(["reaction", "add", channel, lines[3], "👍"]).status, Some(0));
    assert_eq!(ids(&["--offline"]).status, Some(10));
    let outcome = world.run(["message", "list", channel, "--cached", "-v", "-o", "id"]);
    assert!(outcome.stderr.contains("the result in the cache is incomplete or too old"), "{outcome}");
}

#[test]
fn a_deleted_channel_is_not_listed_as_empty() {
    let (sandbox, world) = read();
    let channel = sandbox.value("channel_id");
    assert_eq!(world.run(["message", "list", channel, "--all"]).status, Some(0));
    assert_eq!(world.run(["message", "list", channel, "--offline"]).status, Some(0));
    assert_eq!(world.run(["channel", "delete", channel, "--yes"]).status, Some(0));
    assert_eq!(world.run(["message", "list", channel, "--offline"]).status, Some(10));
}

#[test]
fn the_bot_and_its_servers_are_available_offline_as_discord_listed_them() {
    let (sandbox, world) = read();
    for words in [["user", "get-me"], ["guild", "list"]] {
        assert_eq!(world.run(words.iter().chain(&["--offline"])).status, Some(10), "{words:?}");
        let asked = world.run(words);
        assert_eq!(asked.status, Some(0), "{asked}");
        let kept = world.run(words.iter().chain(&["--offline"]));
        let parsed = |text: &str| text.lines().map(|l| serde_json::from_str(l).unwrap()).collect::<Vec<Value>>();
        assert_eq!(parsed(&kept.stdout), parsed(&asked.stdout), "{kept}");
    }
    // The server object has more fields than an entry of the list, and lacks the permissions of the bot.
    assert_eq!(world.run(["guild", "get", sandbox.value("guild_id")]).status, Some(0));
    let kept = world.run(["guild", "list", "--offline", "--jq", "has(\"roles\") or (has(\"permissions\") | not)"]);
    assert!(kept.status == Some(10) || kept.stdout == "false\n", "{kept}");
}

#[test]
fn offline_explains_that_an_answer_is_never_stored() {
    let (_sandbox, world) = read();
    insta::assert_snapshot!(world.run(["guild", "list", "--with-counts", "--offline"]), @r"
    exit: 10
    --- stderr
    error: dcord does not store the result of guild list with --with-counts
      hint: remove --with-counts or --offline
    ");
    insta::assert_snapshot!(world.run(["message", "search", "1", "--offline"]), @r"
    exit: 10
    --- stderr
    error: dcord does not store the result of message search
      hint: `dcord cache search TEXT` searches the messages in the cache
    ");
    insta::assert_snapshot!(world.run(["message", "search", "1", "--cached"]), @r#"
    exit: 2
    --- stderr
    error: "message search" has no option --cached; dcord does not store the response
    "#);
    insta::assert_snapshot!(world.run(["role", "get-member-counts", "1", "--offline"]), @r"
    exit: 10
    --- stderr
    error: dcord does not store the result of role get-member-counts
      hint: run the command without --offline
    ");
    insta::assert_snapshot!(world.run(["guild", "list", "--offline", "--no-cache"]), @r"
    exit: 10
    --- stderr
    error: the cache does not contain the result of guild list, and --offline prevents a request to Discord
      hint: the cache is off: remove --no-cache, or run `dcord cache enable`
    ");
}

#[test]
fn a_cached_list_longer_than_a_page_has_the_length_of_discords_page() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=1,members=250"]);
    let world = sandbox.world();
    let guild = sandbox.value("guild_id");
    let ids = |args: &[&str]| world.run([&["member", "list", guild, "-o", "id"], args].concat()).stdout;
    let all = ids(&["--all"]);
    let lines: Vec<&str> = all.lines().collect();
    assert!(lines.len() >= 250, "{}", lines.len());
    let cut = |args: &[&str]| ids(&[args, &["--offline"]].concat()).lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(cut(&["--all"]), lines);
    assert_eq!(cut(&[]), lines[..100], "a page");
    assert_eq!(cut(&["--page-size", "7"]), lines[..7]);
    assert_eq!(cut(&["--limit", "120"]), lines[..120]);
    assert_eq!(cut(&["--after", lines[199], "--limit", "20"]), lines[200..220]);
    assert_eq!(cut(&["--after", lines[199], "--all"]), lines[200..]);
}

#[test]
fn on_a_terminal_the_cache_and_the_limits_are_described_in_words() {
    let discord = Embedded::new();
    assert_eq!(discord.run(&["message", "send", &discord.channel(), "hello"]).status, Some(0));
    assert_eq!(discord.run(&["message", "list", &discord.channel()]).status, Some(0));
    let shown = |args: &[&str]| without_codes(&discord.show(100, args).stdout);
    let stats = shown(&["cache", "stats"]);
    assert!(stats.contains("kept for 6h, at most 20000") && !stats.contains("ttl:"), "{stats}");
    let policy = discord.run(&["cache", "policy", "message"]).stdout;
    assert!(policy.contains("ttl:6h+lru:20000"), "{policy}");
    let limits = shown(&["limits"]);
    assert!(limits.contains("this token") && !limits.contains("http"), "{limits}");
    assert!(discord.run(&["limits"]).stdout.contains("http://"), "JSON has the scope itself");
    for (args, words) in [
        (&["cache", "disable"][..], "the cache is disabled"),
        (&["cache", "disable", "--listen"], "`listen` no longer stores events"),
        (&["cache", "enable"], "the cache is enabled"),
        (&["cache", "enable"], "the cache was already enabled"),
    ] {
        let outcome = shown(args);
        assert!(outcome.contains(words), "{args:?}: {outcome}");
    }
}
