//! Permission overwrites: changes keep other permissions unless the overwrite is replaced.

use serde_json::{Value, json};

use super::support::{Embedded, Outcome, Sandbox, World, without_codes};

fn world() -> (Sandbox, World) {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=5,members=5", "--limit", "off"]);
    let world = sandbox.world();
    (sandbox, world)
}

/// Returns the overwrites of a channel as the server has them.
fn overwrites(world: &World, channel: &str) -> Value {
    let got = world.run(["channel", "get", channel, "--no-cache", "--jq", ".permission_overwrites"]);
    serde_json::from_str(&got.stdout).unwrap_or_else(|_| panic!("{got}"))
}

fn done(outcome: Outcome) -> String {
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{outcome}");
    outcome.stdout
}

#[test]
fn permission_set_changes_only_the_named_permissions() {
    let (sandbox, world) = world();
    let (guild, channel) = (sandbox.value("guild_id"), sandbox.value("channel_id"));
    done(world.run(["channel", "set-permission", channel, guild, "--type", "role", "--deny", "view-channel,speak"]));
    let set = world.run([
        "permission",
        "set",
        "#general",
        "@everyone",
        "--deny",
        "send-messages",
        "--allow",
        "speak",
        "--reason",
        "raid",
    ]);
    insta::assert_snapshot!(set, @r#"
    exit: 0
    --- stdout
    {"name":"send-messages","before":"neutral","after":"denied"}
    {"name":"speak","before":"denied","after":"allowed"}
    "#);
    assert_eq!(overwrites(&world, channel), json!([{"id": guild, "type": 0, "allow": "2097152", "deny": "3072"}]));
    let audit = world.run(["audit-log", "list", guild, "--page-size", "1", "--jq", ".reason"]);
    assert_eq!(audit.stdout, "raid\n", "{audit}");
    // An overwrite that neither allows nor denies anything is deleted.
    let cleared =
        world.run(["permission", "set", "#general", "@everyone", "--clear", "speak,send-messages,view-channel"]);
    insta::assert_snapshot!(cleared, @r#"
    exit: 0
    --- stdout
    {"name":"view-channel","before":"denied","after":"neutral"}
    {"name":"send-messages","before":"denied","after":"neutral"}
    {"name":"speak","before":"allowed","after":"neutral"}
    "#);
    assert_eq!(overwrites(&world, channel), json!([]));
    insta::assert_snapshot!(world.run(["permission", "set", channel, guild, "--clear", "speak", "-o", "json"]), @r"
    exit: 0
    --- stdout
    []
    --- stderr
    no change is needed; nothing was sent
    ");
}

#[test]
fn channels_that_are_not_synchronized_with_their_category_are_listed() {
    let (sandbox, world) = world();
    let guild = sandbox.value("guild_id");
    done(world.run(["channel", "create", guild, "Staff", "--type", "category", "-o", "none"]));
    let create = |name: &str| {
        done(world.run(["channel", "create", guild, name, "--type", "voice", "--parent-id", "Staff", "-o", "id"]))
    };
    let (follows, own) = (create("follows"), create("own"));
    done(world.run(["permission", "set", own.trim(), "@everyone", "--deny", "speak"]));
    let set = world.run(["permission", "set", "Staff", "@everyone", "--deny", "view-channel"]);
    insta::assert_snapshot!(set, @r#"
    exit: 0
    --- stdout
    {"name":"view-channel","before":"neutral","after":"denied"}
    --- stderr
    these channels of the category have permissions of their own and stay as they are: #own; `dcord channel sync CHANNEL` gives a channel the permissions of its category
    "#);
    let hidden = json!([{"id": guild, "type": 0, "allow": "0", "deny": "1024"}]);
    assert_eq!(overwrites(&world, follows.trim()), hidden);
    let sync = |more: &[&str]| world.run([&["channel", "sync", own.trim()], more].concat());
    let planned = done(sync(&["--dry-run", "--jq", ".body.permission_overwrites[].deny"]));
    assert_eq!(planned, "1024\n");
    insta::assert_snapshot!(sync(&[]), @r#"
    exit: 0
    --- stdout
    {"name":"view-channel","before":"neutral","after":"denied","for":"@everyone"}
    {"name":"speak","before":"denied","after":"neutral","for":"@everyone"}
    "#);
    assert_eq!(overwrites(&world, own.trim()), hidden);
    insta::assert_snapshot!(sync(&[]), @r"
    exit: 0
    --- stderr
    no change is needed; nothing was sent
    ");
    let all_follow = world.run(["permission", "set", "Staff", "@everyone", "--clear", "view-channel"]);
    assert!(all_follow.status == Some(0) && all_follow.stderr.is_empty(), "{all_follow}");
    assert_eq!(overwrites(&world, own.trim()), json!([]));
    insta::assert_snapshot!(world.run(["channel", "sync", "Staff"]), @r#"
    exit: 2
    --- stderr
    error: CHANNEL: "Staff" is not a channel in a category, but a category
    "#);
    insta::assert_snapshot!(world.run(["channel", "sync", sandbox.value("channel_id")]), @r"
    exit: 2
    --- stderr
    error: #general is not in a category, whose permissions it could get
      hint: to put it into one, use dcord channel edit '#general' --parent-id CATEGORY
    ");
}

#[test]
fn permission_set_distinguishes_roles_from_members() {
    let (sandbox, world) = world();
    let channel = sandbox.value("channel_id");
    let (role, user) = (sandbox.value("role_id").to_owned(), sandbox.value("user_id").to_owned());
    for who in [role.as_str(), &user] {
        done(world.run(["permission", "set", channel, who, "--allow", "embed-links", "--no-cache"]));
    }
    let expected = json!([{"id": role, "type": 0, "allow": "16384", "deny": "0"},
                          {"id": user, "type": 1, "allow": "16384", "deny": "0"}]);
    assert_eq!(overwrites(&world, channel), expected);
    for who in ["@Moderators", "@ada"] {
        done(world.run(["permission", "set", "#random", who, "--deny", "embed-links"]));
    }
    let random = world.run(["channel", "get", "#random", "--jq", "[.permission_overwrites[].type]"]);
    assert_eq!(random.stdout, "[0,1]\n");
}

#[test]
fn locking_a_private_channel_keeps_it_private_and_a_second_lock_changes_nothing() {
    let (sandbox, world) = world();
    let (guild, channel) = (sandbox.value("guild_id"), sandbox.value("channel_id"));
    done(world.run(["permission", "set", channel, guild, "--deny", "view-channel", "--allow", "send-messages"]));
    insta::assert_snapshot!(world.run(["channel", "lock", "#general"]), @r#"
    exit: 0
    --- stdout
    {"name":"send-messages","before":"allowed","after":"denied"}
    {"name":"create-public-threads","before":"neutral","after":"denied"}
    {"name":"create-private-threads","before":"neutral","after":"denied"}
    {"name":"send-messages-in-threads","before":"neutral","after":"denied"}
    "#);
    let locked = overwrites(&world, channel);
    let bits = 1_u64 << 10 | 1 << 11 | 1 << 35 | 1 << 36 | 1 << 38;
    assert_eq!(locked, json!([{"id": guild, "type": 0, "allow": "0", "deny": bits.to_string()}]));
    insta::assert_snapshot!(world.run(["channel", "lock", "#general"]), @r"
    exit: 0
    --- stderr
    no change is needed; nothing was sent
    ");
    let unlocked = world.run(["channel", "unlock", channel, "--jq", ".after"]);
    assert_eq!(done(unlocked), "allowed\nneutral\nneutral\nneutral\n");
    assert_eq!(overwrites(&world, channel), json!([{"id": guild, "type": 0, "allow": "2048", "deny": "1024"}]));
    insta::assert_snapshot!(world.run(["channel", "unlock", channel]), @r"
    exit: 0
    --- stderr
    no change is needed; nothing was sent
    ");
}

#[test]
fn unlocking_keeps_permissions_denied_that_were_denied_before_the_lock() {
    let (sandbox, world) = world();
    let (guild, channel) = (sandbox.value("guild_id"), sandbox.value("channel_id"));
    done(world.run(["permission", "set", channel, guild, "--deny", "send-messages"]));
    done(world.run(["channel", "lock", channel]));
    assert_eq!(world.run(["channel", "lock", channel]).status, Some(0));
    let planned = world.run(["channel", "unlock", channel, "--dry-run", "--jq", ".body.deny"]);
    assert_eq!((planned.status, planned.stdout.as_str()), (Some(0), "2048\n"), "{planned}");
    insta::assert_snapshot!(world.run(["channel", "unlock", channel]), @r#"
    exit: 0
    --- stdout
    {"name":"create-public-threads","before":"denied","after":"neutral"}
    {"name":"create-private-threads","before":"denied","after":"neutral"}
    {"name":"send-messages-in-threads","before":"denied","after":"neutral"}
    --- stderr
    send-messages was denied before the lock and stays denied; to allow it, use `dcord permission set` with --clear
    "#);
    // A second run, as by a script that runs twice, prints the same.
    insta::assert_snapshot!(world.run(["channel", "unlock", channel]), @r"
    exit: 0
    --- stderr
    no change is needed; nothing was sent
    send-messages was denied before the lock and stays denied; to allow it, use `dcord permission set` with --clear
    ");
    assert_eq!(overwrites(&world, channel), json!([{"id": guild, "type": 0, "allow": "0", "deny": "2048"}]));
    // Locking a read-only channel changed nothing, and unlocking leaves it read-only.
    done(world.run(["channel", "lock", channel]));
    let elsewhere = sandbox.world();
    assert_eq!(elsewhere.run(["channel", "lock", channel]).status, Some(0));
    assert!(elsewhere.run(["channel", "unlock", channel]).stdout.is_empty());
}

#[test]
fn unlocking_on_another_computer_removes_all_denials_and_says_so() {
    let (sandbox, world) = world();
    let (guild, channel) = (sandbox.value("guild_id"), sandbox.value("channel_id"));
    done(world.run(["permission", "set", channel, guild, "--deny", "view-channel,send-messages"]));
    done(world.run(["channel", "lock", channel]));
    let unlocked = sandbox.world().run(["channel", "unlock", channel, "--jq", ".name"]);
    insta::assert_snapshot!(unlocked, @r"
    exit: 0
    --- stdout
    send-messages
    create-public-threads
    create-private-threads
    send-messages-in-threads
    --- stderr
    this machine has no record of the lock, so dcord removed everything that stopped @everyone from writing
    ");
    assert_eq!(overwrites(&world, channel), json!([{"id": guild, "type": 0, "allow": "0", "deny": "1024"}]));
    // The record on this computer is obsolete: the next lock stores the permissions that it finds.
    done(world.run(["channel", "lock", channel]));
    assert_eq!(done(world.run(["channel", "unlock", channel, "--jq", ".after"])), "neutral\n".repeat(4));
}

#[test]
fn locking_names_the_roles_and_members_that_can_still_write() {
    let (sandbox, world) = world();
    let (channel, user) = (sandbox.value("channel_id"), sandbox.value("user_id"));
    for (who, permission) in
        [("@Moderators", "send-messages"), ("@ada", "send-messages-in-threads"), ("@sandbox-bot", "stream")]
    {
        done(world.run(["permission", "set", channel, who, "--allow", permission]));
    }
    let locked = world.run(["channel", "lock", channel]);
    assert_eq!(locked.stderr.trim(), "@Moderators, Ada can still write, because the channel's permissions allow it");
    // Without a cache, a name on a terminal is worth a request.
    let mut command = world.command();
    command.args(["channel", "lock", channel, "--no-cache"]);
    let shown = without_codes(&world.show_command(100, command, "").stdout);
    assert!(shown.contains(&format!("@Moderators, user {user} can still write")), "{shown}");
}

#[test]
fn on_a_terminal_a_lock_describes_its_changes_in_words() {
    let (sandbox, world) = world();
    let shown = |words: &[&str]| {
        let mut command = world.command();
        command.args(words).env("NO_COLOR", "1");
        without_codes(&world.show_command(80, command, "").stdout).replace('\r', "")
    };
    let channel = sandbox.value("channel_id");
    let first = |shown: String| shown.lines().next().unwrap_or_default().to_owned();
    let locked = first(shown(&["channel", "lock", channel]));
    assert_eq!(locked, "locked #general: @everyone can no longer write or start threads");
    assert_eq!(first(shown(&["channel", "unlock", channel])), "unlocked #general for @everyone");
    assert!(first(shown(&["channel", "lock", "voice"])).ends_with("can no longer connect, write or start threads"));
    assert!(!shown(&["channel", "lock", channel, "-q"]).contains("locked #"));
}

#[test]
fn voice_channels_and_threads_have_their_own_kinds_of_lock() {
    let (sandbox, world) = world();
    let channel = sandbox.value("channel_id");
    let voice = done(world.run(["channel", "lock", "voice", "--jq", ".name"]));
    assert!(voice.lines().any(|name| name == "connect"), "{voice}");
    let thread = done(world.run(["thread", "create", channel, "plans", "--type", "public-thread", "-o", "id"]));
    let thread = thread.trim();
    insta::assert_snapshot!(world.run(["channel", "lock", thread]), @r#"
    exit: 0
    --- stdout
    {"name":"locked","before":"no","after":"yes"}
    "#);
    let is_locked = || world.run(["channel", "get", thread, "--jq", ".thread_metadata.locked"]).stdout;
    assert_eq!(is_locked(), "true\n");
    insta::assert_snapshot!(world.run(["channel", "lock", thread]), @r"
    exit: 0
    --- stderr
    no change is needed; nothing was sent
    ");
    done(world.run(["channel", "unlock", thread]));
    assert_eq!(is_locked(), "false\n");
    let of_thread = world.run(["permission", "set", thread, "@everyone", "--deny", "speak"]);
    assert_eq!(of_thread.status, Some(2), "{of_thread}");
    assert!(of_thread.stderr.contains("a thread has the permissions of the channel it is in"), "{of_thread}");
    let direct = done(world.run(["user", "open-dm", sandbox.value("user_id"), "-o", "id"]));
    let refused = world.run(["channel", "lock", direct.trim()]);
    assert!(refused.status == Some(2) && refused.stderr.contains("direct messages"), "{refused}");
}

#[test]
fn replacing_an_overwrite_asks_for_confirmation_only_if_permissions_would_be_lost() {
    let (sandbox, world) = world();
    let (guild, channel) = (sandbox.value("guild_id"), sandbox.value("channel_id"));
    let set =
        |more: &[&str]| world.run([&["channel", "set-permission", channel, guild, "--type", "role"], more].concat());
    done(set(&["--deny", "view-channel"]));
    for from_cache in [true, false] {
        let more: &[&str] = if from_cache { &[] } else { &["--no-cache"] };
        let refused = set(&[&["--deny", "send-messages"], more].concat());
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused, @r"
            exit: 10
            --- stderr
            error: channel set-permission would remove view-channel from the overwrite, which requires confirmation
              hint: `dcord permission set` changes only the permissions that you name; --yes replaces the whole overwrite
            ");
        }
    }
    assert_eq!(overwrites(&world, channel)[0]["deny"], "1024");
    done(set(&["--allow", "view-channel"]));
    done(set(&["--allow", "view-channel", "--deny", "speak"]));
    assert_eq!(set(&["--deny", "send-messages", "--dry-run"]).status, Some(0));
    done(set(&["--deny", "send-messages", "--yes"]));
    assert_eq!(overwrites(&world, channel), json!([{"id": guild, "type": 0, "allow": "0", "deny": "2048"}]));
}

#[test]
fn a_dry_run_shows_the_overwrite_that_would_be_written() {
    let (sandbox, world) = world();
    let (guild, channel) = (sandbox.value("guild_id").to_owned(), sandbox.value("channel_id"));
    done(world.run(["permission", "set", channel, &guild, "--deny", "view-channel"]));
    let request = |more: &[&str]| {
        let run =
            world.run([&["channel", "lock", "#general", "--dry-run", "--jq", "[.method, .body.deny]"], more].concat());
        (run.status, run.stdout)
    };
    let expected = format!("[\"PUT\",\"{}\"]\n", 1_u64 << 10 | 1 << 11 | 1 << 35 | 1 << 36 | 1 << 38);
    assert_eq!(request(&[]), (Some(0), expected.clone()));
    assert_eq!(request(&["--offline"]), (Some(0), expected.clone()), "from the cache");
    assert_eq!(request(&["--offline", "--no-cache"]).0, Some(10));
    assert_eq!(request(&["--no-cache"]), (Some(0), expected));
    assert_eq!(overwrites(&world, channel)[0]["deny"], "1024", "nothing was sent");
    let offline = world.run(["channel", "lock", channel, "--offline"]);
    assert_eq!(offline.status, Some(10), "{offline}");
}

#[test]
fn contradictory_permissions_are_refused_before_anything_is_sent() {
    let (_sandbox, world) = world();
    insta::assert_snapshot!(world.run(["permission", "set", "1", "2", "--allow", "speak,stream", "--deny", "speak"]), @r#"
    exit: 2
    --- stderr
    error: --allow speak and --deny speak cannot be combined
    "#);
    insta::assert_snapshot!(world.run(["permission", "set", "#general", "@everyone"]), @r"
    exit: 2
    --- stderr
    error: --allow, --deny or --clear is missing (usage: dcord permission set CHANNEL ROLE-OR-MEMBER [OPTIONS])
    ");
    insta::assert_snapshot!(world.run(["channel", "lock"]), @r"
    exit: 2
    --- stderr
    error: CHANNEL is missing (usage: dcord channel lock CHANNEL [OPTIONS])
      hint: the shell treats an unquoted #word as a comment: quote it
    ");
    insta::assert_snapshot!(world.run(["channel", "lock", "#general", "-o", "id"]), @r"
    exit: 2
    --- stderr
    error: -o id: the results of this command have no id
      hint: use -o jsonl, json, table, text, csv or raw, or pick a field with --jq, as in `--jq .name`
    ");
    assert_eq!(world.run(["permission", "set", "#general", "@everyone", "--allow", "fly"]).status, Some(2));
    assert_eq!(world.run(["channel", "lock", "#nowhere"]).status, Some(6));
    world.config("default_profile = \"one\"\n[profiles.one]\nread_only = true\n", 0o600);
    let refused = world.run(["channel", "lock", "#general"]);
    assert!(refused.status == Some(10) && refused.stderr.contains("read-only"), "{refused}");
}

#[test]
fn thread_archive_and_unarchive_change_a_thread() {
    let (sandbox, world) = world();
    let channel = sandbox.value("channel_id");
    let thread = done(world.run(["thread", "create", channel, "talk", "--type", "public-thread", "-o", "id"]));
    let thread = thread.trim();
    let is_archived = || world.run(["thread", "get", thread, "--jq", ".thread_metadata.archived"]).stdout;
    let state = ["--jq", r#""\(.id) \(.thread_metadata.archived)""#];
    let archived = format!("{thread} true\n");
    assert_eq!(done(world.run([&["thread", "archive", thread], &state[..]].concat())), archived);
    assert_eq!(is_archived(), "true\n");
    let again = world.run([&["thread", "archive", thread], &state[..]].concat());
    assert_eq!((again.status, again.stdout), (Some(0), archived), "{}", again.stderr);
    assert_eq!(done(world.run(["thread", "unarchive", thread, "-o", "id"])), format!("{thread}\n"));
    assert_eq!(is_archived(), "false\n");
    assert_eq!(done(world.run(["thread", "lock", thread, "--jq", ".name"])), "locked\n", "an alias of channel lock");
    let planned = world.run(["thread", "archive", thread, "--dry-run", "--jq", ".body.archived"]);
    assert_eq!(done(planned), "true\n");
    assert_eq!(is_archived(), "false\n");
    let refused = world.run(["thread", "archive", channel]);
    let hint = "THREAD: \"#general\" is not a thread\n  hint: to archive its idle threads, add --idle";
    assert!(refused.status == Some(2) && refused.stderr.contains(hint), "{refused}");
    let shown = without_codes(&world.show(80, ["thread", "archive", thread]).stdout);
    assert!(shown.contains("archived") && shown.contains("BEFORE"), "a person reads what changed: {shown}");
}

#[test]
fn composed_commands_are_explained_and_completed_like_others() {
    let (_sandbox, world) = world();
    let help = world.run(["channel", "lock", "-h"]);
    assert!(
        help.stdout.contains("Stop members from writing in a channel") && help.stdout.contains("--reason"),
        "{help}"
    );
    let noun = world.run(["help", "channel"]).stdout;
    assert!(noun.contains("lock") && noun.contains("unlock"), "{noun}");
    let help = world.run(["permission", "set", "--help"]).stdout;
    assert!(help.contains("--allow NAMES") && !help.contains("--body") && !help.contains("--unset"), "{help}");
    assert!(world.run(["help", "channel", "set-permission"]).stdout.starts_with("Replace the permission overwrite"));
    let complete = |words: &[&str]| {
        let mut command = world.command();
        command.env("DCORD_COMPLETE", "fish").args(["--", "dcord"]).args(words);
        world.finish(command, None).stdout
    };
    assert!(complete(&["channel", "lo"]).starts_with("lock\t"));
    assert!(complete(&["permission", "set", "1", "2", "--deny", "send-t"]).starts_with("send-tts-messages"));
    // The commands are not endpoints of Discord.
    assert!(!world.run(["endpoints", "-o", "json"]).stdout.contains("channel lock"));
}

#[test]
fn permission_explain_converts_between_numbers_and_names() {
    // The command requires no server, no token and no cached names.
    let world = World::new().without("DCORD_TOKEN");
    insta::assert_snapshot!(world.run(["permission", "explain", "0x800000004800"]), @r#"
    exit: 0
    --- stdout
    {"value":"140737488373760","hex":"0x800000004800","permissions":[{"name":"send-messages","bit":11,"allows":"Send messages, and create posts in forums"},{"name":"embed-links","bit":14,"allows":"Send embeds, and show previews of links"},{"name":null,"bit":47,"allows":"Unknown: Discord documents no such permission"}]}
    "#);
    insta::assert_snapshot!(world.run(["permission", "explain", "SEND_MESSAGES | ban, 0x2", "-o", "table"]), @r"
    exit: 0
    --- stdout
    BIT  NAME           ALLOWS
    1    kick-members   Kick members
    2    ban-members    Ban and unban members
    11   send-messages  Send messages, and create posts in forums
    ");
    for (typed, id) in [
        ("send-messages,EMBED_LINKS", "18432"),
        ("Send Messages|embed-links", "18432"),
        ("Send Messages and Create Posts, Embed Links", "18432"),
        ("manage server", "32"),
        ("Kick, Approve, and Reject Members,Manage Server", "34"),
        ("18432", "18432"),
        ("0x4800", "18432"),
        ("0", "0"),
        ("18446744073709551615", "18446744073709551615"),
    ] {
        let run = world.run(["permission", "explain", typed, "-o", "id"]);
        assert_eq!((run.status, run.stdout), (Some(0), format!("{id}\n")), "{typed}");
    }
    let names = world.run(["permission", "explain", "18432", "--jq", ".permissions[].name"]).stdout;
    assert_eq!(names, "send-messages\nembed-links\n");
    assert_eq!(
        world.run(["permission", "explain", names.trim().replace('\n', ",").as_str(), "-o", "id"]).stdout,
        "18432\n"
    );
    for role in ["@Moderators", "<@&1191168914231525376>"] {
        let role = world.run(["permission", "explain", role]);
        let missing = "SERVER is missing (usage: dcord permission explain SERVER ROLE [OPTIONS])";
        assert!(role.status == Some(2) && role.stderr.contains(missing), "{role}");
    }
    for wrong in [
        &["permission", "explain", "fly"][..],
        &["permission", "explain"],
        &["permission", "explain", ""],
        &["permission", "explain", "My Server", " "],
    ] {
        let run = world.run(wrong);
        assert!(run.status == Some(2) && run.stderr.contains("PERMISSIONS"), "{run}");
    }
}

#[test]
fn permission_explain_shows_what_a_role_permits() {
    let mut discord = Embedded::new();
    let guild = discord.guild();
    let role = done(discord.run(&[
        "role",
        "create",
        &guild,
        "Night Watch",
        "--permissions",
        "kick-members,send-messages",
        "-o",
        "id",
    ]));
    let role = role.trim();
    let names = |args: &[&str]| {
        let jq = r#"[.role.name, .value, (.permissions | map(.name) | join(","))] | join(" ")"#;
        done(discord.run(&[&["permission", "explain"], args, &["--jq", jq]].concat()))
    };
    let of_role = "Night Watch 2050 kick-members,send-messages\n";
    for words in [[&*guild, "Night Watch"], [&guild, role], [&guild, "@night watch"]] {
        assert_eq!(names(&words), of_role, "{words:?}");
    }
    assert_eq!(names(&["2050"]), "null 2050 kick-members,send-messages\n");
    let shown = discord.show(80, &["permission", "explain", &guild, "Night Watch"]);
    let shown = without_codes(&shown.stdout);
    assert!(shown.starts_with("@Night Watch: 2050 (0x802)"), "{shown}");
    assert!(shown.contains("Kick members") && !shown.contains("Ban"), "{shown}");
    // The label of a permission that was typed without quotes is not a role of the server "Manage".
    let unquoted = discord.run(&["permission", "explain", "Manage", "Server"]);
    assert!(unquoted.status == Some(2) && unquoted.stderr.contains("quote text that contains spaces"), "{unquoted}");

    discord.set("DCORD_GUILD", &guild);
    let names = |word: &str| discord.run(&["permission", "explain", word, "--jq", ".role.name"]);
    for word in ["Night Watch", "@Night Watch", role, &format!("<@&{role}>")] {
        assert_eq!(done(names(word)), "Night Watch\n", "{word}");
    }
    assert_eq!(done(names("Kick Members")), "null\n");
    let neither = names("send-mesages");
    assert!(neither.status == Some(2) && neither.stderr.contains(r#"did you mean "send-messages"?"#), "{neither}");
    let no_role = names("@Day Watch");
    assert!(no_role.status == Some(6) && no_role.stderr.contains(r#"no role named "Day Watch""#), "{no_role}");
    let planned = discord.run(&["permission", "explain", role, "--dry-run=curl"]);
    assert!(planned.stdout.contains(&format!("/guilds/{guild}/roles/{role}")), "{planned}");
}

#[test]
fn permission_explain_warns_about_a_number_that_is_as_long_as_an_id() {
    let world = World::new();
    let explained = world.run(["permission", "explain", "1191168914231525376", "--jq", ".value"]);
    let warning = "warning: 1191168914231525376 is as long as an id; `dcord permission explain SERVER ROLE` shows what a role permits\n";
    assert_eq!((explained.status, explained.stderr.as_str()), (Some(0), warning), "{explained}");
    // The highest permission that Discord documents.
    let highest = world.run(["permission", "explain", "4503599627370496", "--jq", ".value"]);
    assert_eq!((highest.status, highest.stderr.as_str()), (Some(0), ""), "{highest}");
}

#[test]
fn permission_explain_is_completed_and_shows_no_request() {
    let world = World::new();
    let help = world.run(["permission", "explain", "--help"]).stdout;
    assert!(!help.contains("GET") && !help.contains("--cached"), "{help}");
    let mut command = world.command();
    command.env("DCORD_COMPLETE", "fish").args(["--", "dcord", "permission", "explain", "speak,send-t"]);
    assert!(world.finish(command, None).stdout.starts_with("speak,send-tts-messages"));
}

#[test]
fn a_private_channel_is_visible_to_the_named_roles_and_members_and_to_the_bot() {
    let discord = Embedded::new();
    let guild = discord.guild();
    let role = discord.run(&["role", "create", &guild, "Night Watch", "-o", "id"]).stdout;
    let create = |rest: &[&str]| {
        let create = ["channel", "create", &guild, "staff", "--type", "voice", "--private-to", "night watch"];
        discord.run(&[&create[..], rest].concat())
    };
    let overwrites = |rest: &[&str]| {
        let made = create(&[rest, &["--jq", ".permission_overwrites"]].concat());
        assert_eq!(made.status, Some(0), "{made}");
        serde_json::from_str::<Value>(&made.stdout).unwrap()
    };
    let me = discord.run(&["user", "get-me", "-o", "id"]).stdout;
    let (role, me) = (role.trim(), me.trim());
    let of = |list: &Value, id: &str| {
        let found = list.as_array().unwrap().iter().find(|overwrite| overwrite["id"] == id).unwrap();
        let bits = |name: &str| found[name].as_str().map_or(0, |bits| bits.parse::<u64>().unwrap());
        (found["type"].as_u64().unwrap(), bits("allow"), bits("deny"))
    };
    let view = 1 << 10;
    let list = overwrites(&[]);
    assert_eq!(of(&list, &guild), (0, 0, view));
    assert_eq!(of(&list, role), (0, view, 0));
    assert_eq!(of(&list, me), (1, view, 0));
    // Overwrites with the same id are merged.
    let with = ["--overwrite.id", role, "--overwrite.type", "role", "--overwrite.allow", "speak"];
    let list = overwrites(&with);
    assert_eq!(of(&list, role), (0, view | 1 << 21, 0));
    assert_eq!(list.as_array().unwrap().len(), 3);
    let by_id = discord.run(&["channel", "create", &guild, "staff", "--private-to", role]);
    let message = "is not the name or a mention of a role (<@&ID>) or a member (<@ID>)";
    assert!(by_id.status == Some(2) && by_id.stderr.contains(message), "{by_id}");
}
