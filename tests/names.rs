//! Names in place of ids: looked up once, and matched exactly by commands that change something.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;

use super::support::{Outcome, Recorded, Recorder, Reply, Sandbox, World};

use serde_json::json;

fn world() -> (Sandbox, World) {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=4,members=5"]);
    let world = sandbox.world();
    (sandbox, world)
}

#[test]
fn the_name_of_a_channel_is_looked_up_once_and_then_cached() {
    let (sandbox, world) = world();
    let sent = world.run(["message", "send", "#General", "hello", "--jq", ".channel_id"]);
    assert_eq!(sent.stdout.trim(), sandbox.value("channel_id"), "{sent}");
    // Every request fails from here on, so the results come from the cache.
    let again = world.run(["channel", "get", "#general", "--offline", "--jq", ".id"]);
    assert_eq!(again.stdout.trim(), sandbox.value("channel_id"), "{again}");
}

#[test]
fn the_beginning_of_a_name_is_accepted_for_reads_and_not_for_changes() {
    let (_sandbox, world) = world();
    assert_eq!(world.run(["channel", "get", "gen", "--jq", ".name"]).stdout, "general\n");
    insta::assert_snapshot!(world.run(["message", "send", "gen", "hello"]), @r#"
    exit: 6
    --- stderr
    error: no channel named "gen"; did you mean "general"?
      hint: `dcord channel list Sandbox` lists the channels, and `dcord thread list Sandbox` lists the active threads
    "#);
    insta::assert_snapshot!(world.run(["message", "send", "#genral", "hello"]), @r#"
    exit: 6
    --- stderr
    error: no channel named "genral"; did you mean "general"?
      hint: `dcord channel list Sandbox` lists the channels, and `dcord thread list Sandbox` lists the active threads
    "#);
}

#[test]
fn names_of_users_roles_and_servers_are_looked_up() {
    let (_sandbox, world) = world();
    let member = world.run(["member", "get", "Sandbox", "@ADA", "--jq", ".user.username"]);
    assert_eq!(member.stdout, "ada\n", "{member}");
    let role = world.run(["role", "get", "sandbox", "@everyone", "--jq", ".name"]);
    assert_eq!(role.stdout, "@everyone\n", "{role}");
    let uncached = world.run(["--no-cache", "member", "get", "Sandbox", "ada", "--jq", ".user.username"]);
    assert_eq!(uncached.stdout, "ada\n", "{uncached}");
    assert_eq!(world.run(["member", "get", "Nowhere", "@ada"]).status, Some(6));
}

/// Banned users are not members, so their names come from the list of bans.
#[test]
fn names_of_banned_users_are_looked_up_in_the_list_of_bans() {
    let (_sandbox, world) = world();
    let ada = world.run(["member", "get", "Sandbox", "@ada", "-o", "id"]).stdout;
    assert_eq!(world.run(["ban", "add", "Sandbox", "@ada", "--yes"]).status, Some(0));
    assert_eq!(world.run(["member", "get", "Sandbox", "@ada"]).status, Some(6));
    for more in [&["--no-cache"][..], &[]] {
        let ban = world.run([&["ban", "get", "Sandbox", "@Ada", "-o", "id"], more].concat());
        assert_eq!(ban.stdout, ada, "{ban}");
    }
    let begun = world.run(["ban", "remove", "Sandbox", "@ad"]);
    assert_eq!(begun.status, Some(6), "{begun}");
    assert!(begun.stderr.contains("banned user"), "{begun}");
    let lifted = world.run(["ban", "remove", "Sandbox", "@ada"]);
    assert_eq!((lifted.status, lifted.stderr.as_str()), (Some(0), ""), "{lifted}");
    let again = world.run(["ban", "remove", "Sandbox", "@ada"]);
    assert_eq!(again.status, Some(6), "{again}");
}

#[test]
fn a_dry_run_sends_only_the_lookups_of_names_and_shows_their_ids() {
    let server = Recorder::answering(servers(|| vec!["7"]));
    let world = World::at(&server);
    let planned = |world: &World, args: &[&str]| {
        let run = world
            .run([args, &["--dry-run", "--jq", ".url + \" \" + (.body.allowed_mentions // \"\" | tostring)"]].concat());
        assert_eq!(run.status, Some(0), "{run}");
        run.stdout
            .rsplit_once("127.0.0.1")
            .map_or(run.stdout.clone(), |(_, url)| url.split_once('/').unwrap().1.to_owned())
    };
    let delete = ["message", "delete", "#general", "5"];
    let without = World::at(&server).without("DCORD_TOKEN");
    assert_eq!(planned(&without, &delete), "channels/{channel_id}/messages/5 \n", "there is no token");
    assert_eq!(planned(&world, &[&delete[..], &["--offline"]].concat()), "channels/{channel_id}/messages/5 \n");
    assert!(server.take().is_empty());
    assert_eq!(planned(&world, &delete), "channels/17/messages/5 \n");
    assert!(server.take().iter().all(|request| request.method == "GET"));
    assert_eq!(planned(&world, &[&delete[..], &["--offline"]].concat()), "channels/17/messages/5 \n", "it is cached");
    // Opening direct messages changes something, so a dry run of a read does not do it.
    assert_eq!(planned(&world, &["message", "list", "<@6>"]), "channels/{channel_id}/messages \n");
    assert!(server.take().is_empty());
    let unknown = world.run(["message", "delete", "#nowhere", "5", "--dry-run"]);
    assert_eq!(unknown.status, Some(6), "{unknown}");
}

/// Returns a server that lists the bot's servers from the closure. Each has a channel `general` whose id is `1`
/// followed by the id of the server.
fn servers(ids: impl Fn() -> Vec<&'static str> + Send + Sync + 'static) -> impl Fn(&Recorded) -> Reply + Send + Sync {
    move |request| {
        let parts: Vec<_> = request.path().split('/').skip(1).collect();
        match parts[..] {
            ["users", "@me", "guilds"] => {
                let guild = |id: &&str| json!({"id": id, "name": format!("Server {id}")});
                Reply::ok(&json!(ids().iter().map(guild).collect::<Vec<_>>()))
            }
            ["guilds", guild, "channels"] => {
                Reply::ok(&json!([{"id": format!("1{guild}"), "name": "general", "type": 0, "guild_id": guild}]))
            }
            ["guilds", _, "roles"] => Reply::ok(&json!([])),
            ["guilds", guild, "members", "search"] => {
                Reply::ok(&json!([{"user": {"id": format!("5{guild}"), "username": "ada"}}]))
            }
            ["guilds", _, "threads", "active"] => Reply::ok(&json!({"threads": [], "members": []})),
            ["users", "@me", "channels"] => {
                let to = request.json()["recipient_id"].clone();
                Reply::ok(&json!({"id": "99", "type": 1, "recipients": [{"id": to}]}))
            }
            ["channels", id, ..] => Reply::ok(&json!({"id": "2", "channel_id": id, "name": "general", "type": 0})),
            _ => Reply::ok(&json!({"id": "2"})),
        }
    }
}

/// The bot may have joined another server since the list was stored.
#[test]
fn a_change_does_not_rely_on_an_old_list_with_one_server() {
    let joined = Arc::new(AtomicBool::new(false));
    let is_joined = Arc::clone(&joined);
    let server = Recorder::answering(servers(move || if is_joined.load(SeqCst) { vec!["7", "8"] } else { vec!["7"] }));
    let mut world = World::at(&server);
    let send = ["message", "send", "#general", "hi", "--jq", ".channel_id"];
    assert_eq!(world.run(send).stdout, "17\n");
    joined.store(true, SeqCst);
    assert_eq!(world.run(send).stdout, "17\n", "within five minutes the list holds");
    server.take();
    world.set("DCORD_TEST_CLOCK", "+720h");
    // A read accepts an old list.
    assert_eq!(world.run(["channel", "get", "#general", "--jq", ".name"]).stdout, "general\n");
    for write in [
        &send[..],
        &["message", "delete", "#general", "5"],
        &["thread", "create", "#general", "--name", "x", "--type", "public-thread"],
        &["message", "send", "#general", "hi", "--dry-run"],
        &["channel", "lock", "#general"],
    ] {
        let refused = world.run(write);
        assert_eq!(refused.status, Some(6), "{write:?}: {refused}");
        let why =
            "cannot look up the channel \"#general\", because no server is given; the bot is in Server 7, Server 8";
        assert!(refused.stderr.contains(why), "{refused}");
    }
    let sent = server.take();
    assert!(sent.iter().all(|request| request.method == "GET"), "{sent:?}");
    let lists = sent.iter().filter(|request| request.path() == "/users/@me/guilds").count();
    assert_eq!(lists, 1, "what was asked for by one holds for the others");
    // The result is the same without a cache on disk.
    assert_eq!(world.run([&send[..], &["--no-cache"]].concat()).status, Some(6));
}

#[test]
fn a_change_uses_names_younger_than_five_minutes() {
    let renamed = Arc::new(AtomicBool::new(false));
    let is_renamed = Arc::clone(&renamed);
    let usual = servers(|| vec!["7", "8"]);
    let server = Recorder::answering(move |request| match request.path() {
        "/users/@me/guilds" if is_renamed.load(SeqCst) => {
            Reply::ok(&json!([{"id": "7", "name": "Old"}, {"id": "8", "name": "Server 7"}]))
        }
        _ => usual(request),
    });
    let mut world = World::at(&server).env("DCORD_GUILD", "Server 7");
    let channel = |run: Outcome| {
        assert_eq!(run.status, Some(0), "{run}");
        run.stdout
    };
    let send = ["message", "send", "#general", "hi", "--jq", ".channel_id"];
    assert_eq!(channel(world.run(send)), "17\n");
    let ping = ["message", "send", "17", "@ada", "--ping", "@ada", "--guild", "Server 7"];
    assert_eq!(world.run(ping).status, Some(0));
    renamed.store(true, SeqCst);
    world.set("DCORD_TEST_CLOCK", "+1h");
    server.take();
    assert_eq!(channel(world.run(send)), "18\n", "the default server is another one by now");
    assert_eq!(world.run(ping).status, Some(0));
    let sent = server.take().pop().unwrap().json();
    assert_eq!(sent["allowed_mentions"]["users"], json!(["58"]));
    assert_eq!(sent["content"], "<@58>");
    // The channel of direct messages never changes. The user is looked up each time.
    let direct = ["message", "send", "@ada", "hi", "--jq", ".channel_id"];
    assert_eq!(channel(world.run(direct)), "99\n");
    world.set("DCORD_TEST_CLOCK", "+3h");
    server.take();
    assert_eq!(channel(world.run(direct)), "99\n");
    let asked: Vec<_> = server.take().into_iter().map(|request| request.path().to_owned()).collect();
    assert_eq!(asked, ["/users/@me/guilds", "/guilds/8/members/search", "/channels/99/messages"]);
}

#[test]
fn a_request_that_is_invalid_without_its_names_is_refused_before_a_lookup() {
    let server = Recorder::answering(servers(|| vec!["7"]));
    let world = World::at(&server);
    let long = "x".repeat(2001);
    for (line, status) in [
        (&["message", "send", "#general", &long][..], 9),
        (&["message", "send", "#general"], 2),
        (&["channel", "create", "Server 7", "x", "--type", "telepathy"], 2),
        (&["message", "send", "#general", "x", "--ping", "none,@ada"], 2),
        (&["message", "send", "#general", "--file", "missing"], 2),
        (&["listen", "--channel", "#general", "--duration", "soon"], 2),
    ] {
        let refused = world.run(line);
        assert_eq!(refused.status, Some(status), "{line:?}: {refused}");
        assert!(server.take().is_empty(), "{line:?}");
    }
    // The request is checked again after its names are resolved.
    let twice = ["message", "send", "#general", "x", "--sticker-ids", "1,2,3,4"];
    assert_eq!(world.run(twice).status, Some(9));
}

#[test]
fn a_list_of_names_is_requested_once_with_and_without_a_cache() {
    for more in [&[][..], &["--no-cache"]] {
        let server = Recorder::answering(servers(|| vec!["7"]));
        let world = World::at(&server);
        let channels = ["#general", "general", "#GENERAL"];
        for channel in channels {
            let line = ["thread", "create", channel, "--name", "x", "--type", "public-thread", "--guild", "Server 7"];
            assert_eq!(world.run([&line[..], more].concat()).status, Some(0));
            let asked = server.take();
            let lists = asked.iter().filter(|request| request.path() == "/guilds/7/channels").count();
            assert!(lists <= 1, "{asked:?}");
        }
        // The channel is that of a user, and the text comes from a pipe that can be read only once.
        let sent = world.shell(&format!(
            "mkfifo text; (echo hello > text) & \"$DCORD\" message send '#general' --content-file text {}",
            more.join(" ")
        ));
        assert_eq!(sent.status, Some(0), "{sent}");
        assert_eq!(server.take().pop().unwrap().json()["content"], "hello");
    }
}

/// The smallest PNG.
const PNG: [u8; 67] = [
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 58, 126, 155,
    85, 0, 0, 0, 10, 73, 68, 65, 84, 120, 156, 99, 96, 0, 0, 0, 2, 0, 1, 72, 175, 164, 113, 0, 0, 0, 0, 73, 69, 78, 68,
    174, 66, 96, 130,
];

#[test]
fn every_kind_of_object_with_a_name_is_found_by_name() {
    let (sandbox, world) = world();
    let guild = sandbox.value("guild_id");
    let world = world.env("DCORD_GUILD", "Sandbox");
    let (png, mp3) = (world.file("a.png", PNG), world.file("a.mp3", b"ID3 sound"));
    let rule = [r#"{"keyword_filter":["x"]}"#, r#"[{"type":1}]"#];
    let creations: &[&[&str]] = &[
        &["channel", "create", guild, "My Topics", "--type", "guild-category"],
        &["thread", "create", "#general", "--name", "plans for May", "--type", "public-thread"],
        &["role", "create", guild, "--name", "Night Watch"],
        &["emoji", "create", guild, "--name", "blobWave", "--image", &png],
        &["sticker", "create", guild, "--name", "Big Wave", "--tags", "wave", "--file", &png],
        &["soundboard", "create", guild, "--name", "air horn", "--sound", &mp3],
        &[
            "scheduled-event",
            "create",
            guild,
            "--name",
            "Town Hall",
            "--privacy-level",
            "guild-only",
            "--entity-type",
            "external",
            "--entity-metadata.location",
            "The Town Hall",
            "--scheduled-start-time",
            "2h",
            "--scheduled-end-time",
            "3h",
        ],
        &["webhook", "create", "#general", "--name", "builds"],
        &[
            "automod",
            "create",
            guild,
            "--name",
            "No Spam",
            "--event-type",
            "message-send",
            "--trigger-type",
            "keyword",
            "--trigger-metadata",
            rule[0],
            "--actions",
            rule[1],
        ],
        &["guild-command", "create", guild, "--name", "ping", "--description", "Say pong"],
        &["command", "create", "--name", "everywhere", "--description", "Say pong"],
        &["app-emoji", "create", "--name", "ours", "--image", &png],
    ];
    for args in creations {
        let made = world.run(*args);
        assert_eq!(made.status, Some(0), "{args:?}\n{made}");
    }
    // Commands, the names by which they find objects, and the fields that identify these.
    let lookups: &[(&[&str], &str, &str)] = &[
        (&["channel", "get", "my topics"], ".name", "My Topics"),
        (&["channel", "get", "#Plans for May"], ".name", "plans for May"),
        (&["channel", "create", guild, "inner", "--parent-id", "My Topics"], ".name", "inner"),
        (&["role", "get", "@night watch"], ".name", "Night Watch"),
        (&["member", "get", "@ada"], ".user.username", "ada"),
        (&["user", "get", "@ada"], ".username", "ada"),
        (&["guild", "get", "sandbox"], ".name", "Sandbox"),
        (&["emoji", "get", ":blobwave:"], ".name", "blobWave"),
        (&["sticker", "get-in-guild", "big wave"], ".name", "Big Wave"),
        (&["soundboard", "get", "Air Horn"], ".name", "air horn"),
        (&["scheduled-event", "get", "town hall"], ".name", "Town Hall"),
        (&["webhook", "get", "builds"], ".name", "builds"),
        (&["automod", "get", "no spam"], ".name", "No Spam"),
        (&["guild-command", "get", "/ping"], ".name", "ping"),
        (&["command", "get", "/everywhere"], ".name", "everywhere"),
        (&["app-emoji", "get", ":ours:"], ".name", "ours"),
        (&["command-permission", "get", "/ping"], ".id", "ping"),
        (&["member", "edit", "@ada", "--roles", "@night watch", "--roles", "@moderators"], ".roles | length", "2"),
        (&["message", "send", "#general", "x", "--sticker-ids", "Big Wave"], ".content", "x"),
        (&["message", "search", "sandbox", "--author-id", "@ada", "--channel-id", "#general", "-o", "raw"], "", ""),
        (&["role", "reorder", "sandbox", "--position", "@night watch=1"], "", ""),
    ];
    for (args, jq, expected) in lookups {
        let mut line = args.to_vec();
        if !jq.is_empty() {
            line.extend(["--jq", jq]);
        }
        let found = world.run(&line);
        assert_eq!(found.status, Some(0), "{args:?}\n{found}");
        let is_id = *jq == ".id";
        assert!(jq.is_empty() || is_id || found.stdout.trim() == *expected, "{args:?}\n{found}");
    }
    let reaction = world.run(["reaction", "add", "#general", "5", ":blobWave:", "--dry-run=curl"]);
    assert_eq!(reaction.status, Some(0), "{reaction}");
}

#[test]
fn a_name_with_an_id_causes_no_lookup() {
    let server = Recorder::answering(|_| Reply::ok(&json!({"id": "1"})));
    let world = World::at(&server);
    let sent = world.run(["message", "send", "#general:222222222222222222", "a"]);
    assert_eq!(sent.status, Some(0), "{sent}");
    assert_eq!(server.one().path(), "/channels/222222222222222222/messages");
    let slip = world.run(["message", "send", "22222222222222222x", "a"]);
    assert_eq!(slip.status, Some(2), "{slip}");
}

#[test]
fn an_ambiguous_name_is_an_error_that_lists_the_objects() {
    let (sandbox, world) = world();
    let world = world.env("DCORD_GUILD", sandbox.value("guild_id"));
    for _ in 0..2 {
        assert_eq!(world.run(["role", "create", sandbox.value("guild_id"), "--name", "twin"]).status, Some(0));
    }
    let several = world.run(["role", "get", "@twin"]);
    assert_eq!(several.status, Some(6), "{several}");
    assert!(several.stderr.contains(r#"several roles are named "twin": "#), "{several}");
    assert_eq!(several.stderr.matches(" twin").count(), 2, "{several}");
}

#[test]
fn a_user_in_place_of_a_channel_means_direct_messages() {
    let (sandbox, world) = world();
    let sent = world.run(["message", "send", "@ada", "hello", "--jq", ".channel_id"]);
    assert_eq!(sent.status, Some(0), "{sent}");
    let channel = world.run(["channel", "get", sent.stdout.trim(), "--jq", ".recipients[0].username"]);
    assert_eq!(channel.stdout, "ada\n", "{channel}");
    let mention = format!("<@{}>", sandbox.value("user_id"));
    let again = world.run(["message", "send", &mention, "again", "--jq", ".channel_id"]);
    assert_eq!(again.stdout, sent.stdout, "{again}");
    // The channel is cached, so no request is sent.
    let known = world.run(["channel", "get", &mention, "--offline", "--jq", ".id"]);
    assert_eq!(known.stdout, sent.stdout, "{known}");
    assert_eq!(world.run(["message", "send", "@nobody", "hello"]).status, Some(6));
    world.config("[profiles.reader]\nread_only = true\n", 0o600);
    let owner = format!("<@{}>", sandbox.value("owner_id"));
    let world = world.env("DCORD_PROFILE", "reader");
    let refused = world.run(["message", "list", &owner]);
    assert_eq!(refused.status, Some(10), "to open them is no reading: {refused}");
}

#[test]
fn ping_accepts_names() {
    let (sandbox, world) = world();
    let channel = sandbox.value("channel_id");
    let send = |who: &str| world.run(["message", "send", channel, "x", "--ping", who]);
    assert_eq!(send("@ada,@moderators,@everyone").status, Some(0));
    assert_eq!(send("@nobody").status, Some(6));
    assert_eq!(send("evryone").status, Some(2), "a slip is no name");
    let shown =
        ["message", "send", channel, "x", "--ping", "@ada,@everyone", "--dry-run", "--jq", ".body.allowed_mentions"];
    let ada = world.run(["member", "get", "Sandbox", "@ada", "-o", "id"]).stdout;
    let expected = format!("{{\"parse\":[\"everyone\"],\"users\":[\"{}\"]}}\n", ada.trim());
    assert_eq!(world.run(shown).stdout, expected);
}

#[test]
fn ping_distinguishes_roles_from_users() {
    let server = Recorder::answering(|asked| match asked.path() {
        "/guilds/7/roles" => Reply::ok(&json!([{"id": "70", "name": "Mods"}])),
        "/guilds/7/members/search" => match asked.query().iter().any(|(_, value)| value == "ada") {
            true => Reply::ok(&json!([{"user": {"id": "71", "username": "ada"}}])),
            false => Reply::ok(&json!([])),
        },
        _ => Reply::ok(&json!({"id": "1", "channel_id": "9"})),
    });
    let world = World::at(&server).env("DCORD_GUILD", "7");
    let sent = world.run(["message", "send", "222222222222222222", "x", "--ping", "@mods,@ada,<@&72>"]);
    assert_eq!(sent.status, Some(0), "{sent}");
    let requests = server.take();
    let body = requests.last().unwrap().json();
    assert_eq!(body["allowed_mentions"], json!({"parse": [], "users": ["71"], "roles": ["70", "72"]}));
}

#[test]
fn filters_of_listen_and_the_cache_accept_names() {
    let (_sandbox, world) = world();
    let world = world.env("DCORD_GUILD", "Sandbox");
    assert_eq!(world.run(["message", "send", "#general", "the deploy failed"]).status, Some(0));
    let found =
        world.run(["cache", "search", "deploy", "--channel", "#general", "--guild", "sandbox", "--jq", ".content"]);
    assert_eq!(found.status, Some(0), "{found}");
    let elsewhere = world.run(["cache", "search", "deploy", "--channel", "#random"]);
    assert_eq!((elsewhere.status, elsewhere.stdout.as_str()), (Some(0), ""), "{elsewhere}");
    let role = world.run(["role", "list", "Sandbox"]);
    assert_eq!(role.status, Some(0), "{role}");
    assert_eq!(world.run(["cache", "get", "role", "@moderators", "--jq", ".name"]).stdout, "Moderators\n");
    assert!(world.run(["cache", "list", "role", "--guild", "sandbox"]).stdout.contains("Moderators"));
    // `cache get` sends no request for a name that is missing.
    assert_eq!(world.run(["cache", "get", "emoji", "nothing"]).status, Some(6));
    let listen = ["listen", "--guild", "sandbox", "--channel", "#general", "--user", "@ada", "--duration", "1ms"];
    let listened = world.run(listen);
    assert_eq!(listened.status, Some(0), "{listened}");
    assert_eq!(world.run(["listen", "--channel", "#nowhere", "--duration", "1ms"]).status, Some(6));
}

/// Returns the candidates for a line that ends at the cursor.
fn complete(world: &World, words: &[&str]) -> Outcome {
    let mut command = world.command();
    command.env("DCORD_COMPLETE", "fish").args(["--", "dcord"]).args(words);
    world.finish(command, None)
}

/// Returns only the names of the candidates.
fn offered(world: &World, words: &[&str]) -> Vec<String> {
    let found = complete(world, words);
    assert_eq!((found.status, found.stderr.as_str()), (Some(0), ""), "{found}");
    found
        .stdout
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| line.split('\t').next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn completion_of_names_reads_only_the_cache() {
    let (sandbox, world) = world();
    let guild = sandbox.value("guild_id").to_owned();
    assert_eq!(offered(&world, &["message", "send", ""]), [] as [&str; 0], "nothing is known yet");
    for args in [["guild", "list"], ["channel", "list"], ["role", "list"]] {
        let line = [&args[..], if args[0] == "guild" { &[] } else { &["Sandbox"] }].concat();
        assert_eq!(world.run(line).status, Some(0));
    }
    assert_eq!(world.run(["member", "list", "Sandbox", "--all"]).status, Some(0));
    assert_eq!(world.run(["channel", "create", &guild, "two words", "--type", "guild-voice"]).status, Some(0));
    assert_eq!(world.run(["role", "create", &guild, "--name", "\u{1b}[31mred\u{202e}\n"]).status, Some(0));
    assert_eq!(world.run(["webhook", "create", "#general", "--name", "builds"]).status, Some(0));
    drop(sandbox);

    assert_eq!(offered(&world, &["message", "send", "#GEN"]), ["#general"]);
    assert_eq!(offered(&world, &["message", "send", "gen"]), ["general"]);
    assert_eq!(offered(&world, &["message", "send", "@a"]), ["@ada"]);
    assert_eq!(offered(&world, &["message", "list", "#two"]), ["#two words"]);
    assert_eq!(offered(&world, &["message", "send", "1", "#gen"]), [] as [&str; 0], "a text is no target");
    assert_eq!(offered(&world, &["role", "get", "san"]), ["Sandbox"]);
    assert_eq!(offered(&world, &["role", "get", "sandbox", "@mod"]), ["@Moderators"]);
    assert_eq!(offered(&world, &["role", "get", "--guild", "sandbox", "@e"]), ["@everyone"]);
    assert_eq!(offered(&world, &["channel", "list", "--guild=s"]), ["--guild=Sandbox"]);
    assert_eq!(offered(&world, &["member", "edit", "--guild", "Sandbox", "@ada", "--roles", "@mo"]), ["@Moderators"]);
    assert_eq!(offered(&world, &["message", "send", "#general", "x", "--ping", "users,@mo"]), ["users,@Moderators"]);
    assert_eq!(offered(&world, &["webhook", "get", "bu"]), ["builds"]);
    assert_eq!(offered(&world, &["listen", "--channel", "#gen"]), ["#general"]);
    assert_eq!(offered(&world, &["cache", "search", "x", "--author", "@a"]), ["@ada"]);
    let all = complete(&world, &["role", "get", "sandbox", ""]);
    assert!(all.stdout.lines().count() >= 4, "{all}");
    assert!(!all.stdout.contains(['\u{1b}', '\u{202e}']), "{all}");
    let described = complete(&world, &["message", "send", "#gen"]);
    assert!(described.stdout.contains("\tchannel ") && described.stdout.contains("Sandbox"), "{described}");

    // Without a known token or with `--no-cache`, there are no candidates.
    assert_eq!(offered(&world, &["--no-cache", "message", "send", "#gen"]), [] as [&str; 0]);
    assert_eq!(offered(&world, &["--profile", "none", "message", "send", "#gen"]), [] as [&str; 0]);
    let world = world.without("DCORD_TOKEN");
    assert_eq!(offered(&world, &["message", "send", "#gen"]), [] as [&str; 0]);
}

#[test]
fn completion_adds_the_id_to_an_ambiguous_name() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=2,channels=2,members=3"]);
    let world = sandbox.world();
    let guild = sandbox.value("guild_id");
    assert_eq!(world.run(["guild", "list"]).status, Some(0));
    assert_eq!(world.run(["channel", "list", guild]).status, Some(0));
    let general = format!("#general:{}", sandbox.value("channel_id"));
    assert_eq!(offered(&world, &["message", "send", "#gen"]), [general.as_str()], "no server is named");
    assert_eq!(offered(&world, &["message", "send", &general[..12]]), [general.as_str()]);
    assert_eq!(offered(&world, &["message", "send", "--guild", guild, "#gen"]), ["#general"]);
    assert_eq!(world.run(["channel", "create", guild, "general"]).status, Some(0));
    let both = offered(&world, &["message", "send", "--guild", guild, "#gen"]);
    assert_eq!(both.len(), 2, "{both:?}");
    assert!(both.contains(&general) && both.iter().all(|name| name.starts_with("#general:")), "{both:?}");
    let sent = world.run(["message", "send", &both[1], "hello"]);
    assert_eq!(sent.status, Some(0), "{sent}");
}

#[test]
fn completion_offers_webhooks_of_the_profile_without_running_its_token_command() {
    let world = World::new();
    let marker = world.path("ran").display().to_string();
    let url =
        format!("https://discord.com/api/webhooks/{}/{}", super::support::WEBHOOK_ID, super::support::WEBHOOK_TOKEN);
    world.config(
        &format!(
            "[profiles.ci]\ntoken_command = [\"touch\", \"{marker}\"]\n[profiles.ci.webhooks]\nbuilds = \"{url}\"\n"
        ),
        0o600,
    );
    assert_eq!(offered(&world, &["--profile", "ci", "webhook", "send", "b"]), ["builds"]);
    assert_eq!(offered(&world, &["--profile", "ci", "message", "send", "#"]), [] as [&str; 0]);
    assert!(!world.path("ran").exists());
}

#[test]
fn completion_in_bash_quotes_names() {
    let (_sandbox, world) = world();
    let made = world.run(["channel", "create", "Sandbox", "it's two words", "--type", "guild-voice"]);
    assert_eq!(made.status, Some(0), "{made}");
    assert_eq!(world.run(["channel", "list", "Sandbox"]).status, Some(0));
    let script = r##"
        dcord() { "$DCORD" "$@"; }
        source <("$DCORD" completions bash)
        ask() { COMP_LINE=$1 COMP_POINT=${#1}; _dcord dcord "$2" send; printf '%s\n' "${COMPREPLY[@]}"; }
        ask "dcord message send #it" "#it"
        ask "dcord message send '#it" "#it"
        ask 'dcord message send "#it' "#it"
        ask "dcord role get --guild=san" "san"
    "##;
    let mut bash = std::process::Command::new("bash");
    bash.env_clear().envs(world.command().get_envs().filter_map(|(name, value)| Some((name, value?))));
    bash.env("DCORD", world.command().get_program()).args(["--norc", "-c", script]);
    let said = world.finish(bash, None);
    assert_eq!(said.stdout, "\\#it\\'s\\ two\\ words\n#it'\\''s two words\n#it's two words\nSandbox\n", "{said}");
}

#[test]
fn completion_offers_messages_with_their_author_and_first_words() {
    let (sandbox, world) = world();
    let channel = sandbox.value("channel_id");
    let sent = world.run(["message", "send", channel, "first words of it", "-o", "id"]);
    assert_eq!(sent.status, Some(0), "{sent}");
    let (id, begun) = (sent.stdout.trim(), &sent.stdout[..4]);
    assert_eq!(world.run(["message", "list", channel]).status, Some(0));
    let complete = |words: &[&str]| {
        let mut command = world.command();
        command.env("DCORD_COMPLETE", "fish").args(["--", "dcord"]).args(words);
        world.finish(command, None).stdout
    };
    for words in [
        &["message", "edit", channel, begun][..],
        &["reaction", "add", channel, ""],
        &["message", "send", channel, "text", "--reply-to", ""],
        &["message", "get", channel, "--offline", begun],
    ] {
        let found = complete(words);
        let line = found.lines().find(|line| line.starts_with(id)).unwrap_or_else(|| panic!("{words:?}: {found}"));
        assert!(line.ends_with(": first words of it"), "{line}");
    }
    assert_eq!(complete(&["message", "get", channel, "x"]).trim(), "");
    assert_eq!(complete(&["message", "get", channel, "--no-cache", ""]).trim(), "");
}
