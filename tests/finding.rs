//! Finding the command for a task by common words.

use super::support::World;

/// Words that people type to find a task, and a part of the command line that does it.
const PHRASES: &[(&str, &str)] = &[
    ("webhook send", "post to webhook, webhook message"),
    ("notify run", "cron failure, on failure, report failure"),
    ("notify", "build status, notify channel, build result, alert, notify"),
    ("help ci", "github actions, ci"),
    ("send", "post message"),
    ("-o url", "print link, message url"),
    ("-o id", "message id"),
    ("-o none", "quiet, print nothing"),
    ("--overflow", "long message, build log, too long, 2000 characters, split message"),
    ("--file", "send log file"),
    ("--embed", "embed, green bar, title and fields, colored message, message with fields"),
    ("--file", "attach file, upload file, send file, attachment, send image"),
    ("PATH#DESCRIPTION", "file description"),
    ("--key", "retry, post twice, duplicate, idempotent, only once"),
    ("help exit-codes", "exit code, exit status"),
    ("help errors", "errors json, json errors, error"),
    ("help secrets", "token wrong"),
    ("--ping", "ping role, mention role, mention, allowed mentions, no ping, suppress pings"),
    ("member timeout", "timeout, mute, time out member, mute member, mute user"),
    ("member untimeout", "untimeout, unmute, end timeout"),
    ("message reply", "reply, respond"),
    ("message forward", "forward, share message"),
    ("--reason", "reason"),
    ("--author", "messages by user, messages from user, what did a member write, search author"),
    ("message list", "read messages"),
    ("message purge", "delete messages, purge, delete bot messages, clear channel, delete last 20"),
    ("message bulk-delete", "bulk delete"),
    ("ban bulk-add", "ban users, mass ban, ban several, bulk ban"),
    ("--delete-messages", "ban and delete messages"),
    ("ban remove", "unban, lift ban, remove ban, pardon"),
    ("ban list", "ban list"),
    ("--slowmode", "slowmode, slow mode, slow down channel, cooldown, rate limit channel"),
    ("channel lock", "lock, lock channel, lockdown, read only, close channel"),
    ("channel unlock", "unlock"),
    ("command sync", "deploy commands, sync slash commands"),
    ("guild export", "server as code, export server, config as code, terraform"),
    ("guild apply", "import server, restore server, apply config"),
    ("guild diff", "drift, compare server"),
    ("audit-log list", "who deleted, who deleted channel, audit, audit log, deleted channel, log"),
    ("message export", "export, export messages, export channel, download messages, all messages, history, dump"),
    ("csv", "csv, spreadsheet, excel"),
    ("--format csv", "export csv, messages csv"),
    ("member list SERVER --role ROLE", "members with role, role members, who has role"),
    ("--with-counts", "count members"),
    ("get-member-counts", "members per role, count role members"),
    ("listen", "watch, watch channel, new messages, tail, stream messages, live"),
    ("channel follow", "follow channel"),
    ("--consumer", "collect events, overnight, durable, resume, missed events, record events"),
    ("message search", "search, search messages, find word"),
    ("--min-id", "search date, search between dates"),
    ("snowflake", "id to time, snowflake, timestamp, date to id, convert id"),
    ("cache", "cache, stored messages"),
    ("--offline", "offline, cached, without asking discord"),
    ("--description TEXT", "slash command, register command, add slash command"),
    ("create", "create command"),
    ("--option", "command option"),
    ("interaction respond", "answer interaction, respond, reply to interaction"),
    ("interaction edit-response", "edit answer, edit response"),
    ("--button", "button, message button, send button, buttons"),
    ("--components", "components, select menu, dropdown"),
    ("explain", "intents, which intents"),
    ("explain MESSAGE_CONTENT", "message content, empty messages"),
    ("help listen", "privileged intents"),
    ("sandbox", "fake discord, mock, test, sandbox"),
    ("--fault", "fail every third request, faults"),
    ("api", "raw request, call endpoint, http request, rest, unsupported endpoint"),
    ("--dry-run=curl", "curl"),
    ("--dry-run", "dry run, preview, show request, without sending"),
    ("user edit-me --avatar", "avatar, bot avatar"),
    ("listen --status", "status, presence, status text, activity"),
    ("channel list", "list channels, channels, show channels, channel tree, server channels"),
    ("role create", "create role, new role"),
    ("role edit", "role color"),
    ("member add-role", "give role, assign role"),
    ("permission", "permissions"),
    ("permission explain", "permission number, decode permissions, explain permissions, permission bits"),
    ("--type voice", "voice channel, create voice channel"),
    ("view-channel", "private channel, hide channel"),
    ("permission", "channel for role"),
    ("emoji create", "upload emoji, add emoji, create emoji, custom emoji, emoji"),
    ("invite create", "invite, create invite, invite link"),
    ("--max-uses 1", "one time invite, single use invite"),
    ("thread archive", "archive, archive thread, close thread"),
    ("thread list-archived", "archived, archived threads, find archived threads"),
    ("scheduled-event create", "schedule event, event, create event, calendar, voice event"),
    ("help ci", "cron, gitlab, systemd"),
    ("help", "proxy, scripting, retries"),
    ("limits", "limits"),
    ("help output", "jq"),
];

#[test]
fn the_words_that_people_try_first_find_the_command_among_the_first_three() {
    let world = World::new();
    for (command, phrases) in PHRASES {
        for phrase in phrases.split(", ") {
            let found = world.run(["endpoints"].into_iter().chain(phrase.split(' ')));
            let mut first = found.stdout.lines().take(3);
            assert!(first.any(|line| line.contains(command)), "{phrase}: no {command}\n{found}");
        }
    }
}

#[test]
fn words_that_most_commands_have_are_left_out_if_nothing_fits_all_words() {
    let world = World::new();
    let found = world.run(["endpoints", "slowmode", "server"]);
    assert!(found.stdout.starts_with("channel edit CHANNEL --slowmode 30s\t"), "{found}");
    assert!(found.stderr.contains(r#"no command matches "slowmode server"; these match "slowmode""#), "{found}");
    let unknown = world.run(["endpoints", "slowmode", "zebra"]);
    assert_eq!((unknown.status, unknown.stdout.as_str()), (Some(6), ""), "{unknown}");
}

#[test]
fn help_finds_topics_by_the_words_that_people_use() {
    let world = World::new();
    for (words, topic) in [
        (&["jq"][..], "output"),
        (&["scripting"], "ci"),
        (&["cron"], "ci"),
        (&["GitHub", "Actions"], "ci"),
        (&["intents"], "listen"),
        (&["proxy"], "environment"),
        (&["quickstart"], "start"),
    ] {
        let found = world.run([&["help"], words].concat());
        assert_eq!((found.status, found.stdout), (Some(0), world.run(["help", topic]).stdout), "{words:?}");
    }
    let command = world.run(["help", "limits"]).stdout;
    assert!(command.contains("Usage: dcord limits"), "a command stands before a topic: {command}");
}

#[test]
fn endpoints_finds_commands_by_the_words_of_a_task_and_prints_a_line_for_each_in_a_pipe() {
    let world = World::new();
    for (words, first) in [
        (&["timeout"][..], "member timeout\tTime out a member"),
        (&["Who", "deleted"], "audit-log list\t"),
        (&["who", "deleted", "a", "channel"], "audit-log list\t"),
        (&["lift", "ban"], "ban remove\t"),
        (&["ban", "several"], "ban bulk-add SERVER --user-ids USER,USER\t"),
        (&["what a member wrote"], "message search SERVER --author USER --channel CHANNEL\t"),
        (&["delete", "bot", "messages"], "message purge CHANNEL --author USER\t"),
        (&["tail"], "listen -e MESSAGE_CREATE --channel CHANNEL\t"),
        (&["demo"], "sandbox demo\t"),
        (&["login"], "auth login\t"),
        (&["lock"], "channel lock\t"),
        (&["avatar"], "user edit-me --avatar PATH\t"),
        (&["curl"], "message send CHANNEL TEXT --dry-run=curl\t"),
        (&["faults"], "sandbox run --fault status=503,every=3 -- sh\t"),
        (&["empty", "messages"], "explain MESSAGE_CONTENT\t"),
        (&["intents"], "explain MESSAGE_CREATE\t"),
        (&["DELETE", "/channels/1"], "channel delete\t"),
    ] {
        let found = world.run([&["endpoints"], words].concat());
        assert_eq!((found.status, found.stderr.as_str()), (Some(0), ""), "{found}");
        assert!(found.stdout.starts_with(first), "{words:?}: {found}");
        assert!(
            found.stdout.lines().all(|line| line.split('\t').filter(|part| !part.is_empty()).count() == 2),
            "{found}"
        );
    }
}

#[test]
fn endpoints_prints_entries_of_the_same_hits_to_programs() {
    let world = World::new();
    let json = world.run(["endpoints", "nickname", "-o", "json"]);
    let entries: Vec<serde_json::Value> = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(entries[0]["command"], "member edit", "{json}");
    assert!(entries[0]["params"].as_array().is_some_and(|params| !params.is_empty()));
    let filtered = world.run(["endpoints", "nickname", "--jq", ".command"]);
    assert_eq!(filtered.stdout.lines().next(), Some("member edit"), "{filtered}");
    // `endpoints` prints no JSON for dcord's own tools.
    assert_eq!(world.run(["endpoints", "sandbox", "demo", "-o", "json"]).stdout, "[]\n");
    let all: Vec<serde_json::Value> = serde_json::from_str(&world.run(["endpoints", "-o", "json"]).stdout).unwrap();
    assert_eq!(all.len(), 256);
}

#[test]
fn unknown_words_find_nothing_and_misspelt_words_are_corrected() {
    let world = World::new();
    for (command, status, message) in
        [("endpoints", 6, "no command matches \"tiemout\""), ("help", 2, "no command or topic named \"tiemout\"")]
    {
        let found = world.run([command, "tiemout"]);
        assert_eq!((found.status, found.stdout.as_str()), (Some(status), ""), "{found}");
        assert!(found.stderr.contains(&format!("{message}; did you mean \"timeout\"?")), "{found}");
    }
    let several = world.run(["endpoints", "role", "zebra"]);
    assert!(several.status == Some(6) && several.stderr.contains("all of the words must fit"), "{several}");
    let path = world.run(["endpoints", "/nowhere"]);
    assert_eq!(path.status, Some(6), "{path}");
}

#[test]
fn help_for_an_unknown_word_lists_the_matching_commands() {
    let world = World::new();
    let found = world.run(["help", "slowmode"]);
    assert_eq!(found.status, Some(0), "{found}");
    assert!(found.stdout.starts_with("No command or topic is called \"slowmode\". These match:\n\n"), "{found}");
    assert!(found.stdout.contains("channel edit CHANNEL --slowmode 30s\t"), "{found}");
    let hidden = world.run(["help", "foo"]);
    assert!(
        hidden.status == Some(2) && hidden.stdout.is_empty(),
        "only the names of options have these letters: {hidden}"
    );
    assert!(hidden.stderr.starts_with("error: no command or topic named \"foo\""), "{hidden}");
    let of_noun = world.run(["help", "member", "nickname"]);
    assert!(of_noun.stdout.contains("member edit SERVER USER --nick NAME\t"), "no other command's help: {of_noun}");
    let offline = world.run(["help", "start", "-q", "--offline"]);
    assert_eq!(offline.status, Some(0), "{offline}");
}

#[test]
fn an_unknown_command_suggests_the_commands_for_the_task() {
    let world = World::new();
    for (line, answer) in [
        ("alert", "dcord notify --status failure TEXT"),
        ("purge", "dcord message purge CHANNEL --limit 100"),
        ("login", "dcord auth login"),
        ("whoami", "dcord user get-me"),
        ("send", "dcord message send CHANNEL [CONTENT]"),
        ("dm", "dcord message send @USER TEXT"),
        ("role give", "dcord role assign [SERVER] USER ROLE"),
        ("member mute", "dcord member timeout [SERVER] USER SPAN"),
        ("channel archive", "dcord channel lock CHANNEL"),
        ("role add", "did you mean \"role assign\"?"),
        ("role add alice Helper", "hint: Add a role to a member: dcord role assign alice Helper\n"),
        ("unban Garden ken", "hint: Unban a user: dcord ban remove Garden ken\n"),
        ("channels", r#"did you mean "channel list"?"#),
        ("emoji upload", "dcord emoji create [SERVER] NAME IMAGE"),
        ("emoji add", "dcord emoji create [SERVER] NAME IMAGE"),
        ("thread archived", "dcord thread list-archived CHANNEL"),
        (
            "permission list",
            "command named \"permission list\"\n  hint: Show a channel with its permissions: dcord channel get CHANNEL\n",
        ),
        ("role permissions", "hint: Show what a role permits: dcord permission explain SERVER ROLE"),
        ("permission decode", r#"did you mean "permission explain"?"#),
        ("server list", r#"did you mean "guild list"?"#),
        ("message respond", "dcord message reply CHANNEL MESSAGE [CONTENT]"),
        ("message share", "dcord message forward CHANNEL MESSAGE DESTINATION"),
        ("mesage send", r#"did you mean "message send"?"#),
        ("messages list", r#"did you mean "message list"?"#),
        ("send message", r#"did you mean "message send"?"#),
        ("MESSAGE send", r#"did you mean "message send"?"#),
        ("message_send", r#"did you mean "message send"?"#),
        ("cache serch", r#"did you mean "cache search"?"#),
        ("time 1", "dcord snowflake ID"),
        ("id 1", "dcord snowflake ID"),
        ("record", "dcord listen --consumer NAME >> events.jsonl"),
        ("collect events", "dcord listen --consumer NAME >> events.jsonl"),
        ("export csv", "--fields timestamp,author.username,content > messages.csv"),
        ("offline", "dcord message list CHANNEL --offline"),
        ("xyzzy", "`dcord endpoints WORD` finds the command for a task"),
        ("unban ken", "Unban a user: dcord ban remove"),
        ("channel nuke", "dcord message purge CHANNEL --limit 100"),
        ("ban lift", r#"did you mean "ban remove"?"#),
        ("ban ken", "lists its commands: list, get, add, remove, bulk-add, export and import"),
        ("audit-log get", r#"did you mean "audit-log list"?"#),
        ("audit-log Sandbox", "List the audit log of a server, newest first: dcord audit-log list [SERVER]"),
        ("message xyzzy", "`dcord message -h` lists its commands"),
    ] {
        let outcome = world.run(line.split(' '));
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""), "{outcome}");
        assert!(outcome.stderr.contains(answer), "{line}: {outcome}");
    }
    let json = world.env("DCORD_ERRORS", "json").run(["role", "give"]);
    assert!(json.stderr.starts_with('{') && json.stderr.contains(r#"no command named \"role give\"; did"#), "{json}");
}

#[test]
fn a_search_for_one_word_lists_discords_commands_before_dcords_tools() {
    let world = World::new();
    for (word, first) in [
        ("clear", "dcord message purge CHANNEL --limit 100"),
        ("search", "dcord message search SERVER --content TEXT"),
        ("export", "dcord message export CHANNEL"),
        ("watch", "dcord listen -e MESSAGE_CREATE --channel CHANNEL"),
        ("ping", "dcord message send CHANNEL '@NAME TEXT' --ping @NAME"),
        ("avatar", "dcord user edit-me --avatar PATH"),
        ("status", "dcord listen --status dnd"),
        ("presence", "dcord listen --status dnd"),
        ("list", "dcord message list CHANNEL"),
        ("get", "dcord message get CHANNEL MESSAGE"),
        ("delete", "dcord message delete CHANNEL MESSAGE"),
        ("logs", "dcord audit-log list"),
        ("users", "dcord member list"),
        ("config", "dcord help profiles"),
    ] {
        let outcome = world.run([word]);
        let hints: Vec<&str> = outcome.stderr.lines().filter(|line| line.starts_with("  hint: ")).collect();
        assert!(hints.first().is_some_and(|hint| hint.contains(first)), "{word}: {outcome}");
    }
    let list = world.run(["list"]);
    assert!(!list.stderr.contains("did you mean"), "a verb is not misspelt: {list}");
    let search = world.run(["search"]);
    assert_eq!(search.stderr.matches("dcord message search").count(), 1, "a command is named once: {search}");
}

#[test]
fn an_unknown_option_suggests_the_existing_one() {
    let world = World::new();
    for (line, answer) in [
        ("channel edit 1 --cooldown 5s", "use --rate-limit-per-user"),
        ("message list 1 --author ada", "Read what a member wrote: dcord message search SERVER --author USER"),
        ("message delete 1 --last 20", "| dcord message bulk-delete CHANNEL --messages @- --yes"),
        ("audit-log list 1 --kind channel-delete", "use --action-type"),
        ("message send 1 --text hi", "give CONTENT as an argument: dcord message send CHANNEL [CONTENT]"),
        ("message send --channel 1 hi", "give CHANNEL as an argument"),
        ("message send 1 hi --title x", "use --embed.title"),
        ("member edit 1 2 --nickname bob", "use --nick"),
        ("message send 1 hi --dry", "use --dry-run"),
        ("message send 1 hi --curl", "use --dry-run=curl"),
        ("message send 1 hi --dry-run curl", "--dry-run=curl"),
        ("message send 1 hi --buttons OK", "use --button LABEL=ID"),
        ("api POST /x -d {}", "use --input"),
        ("sandbox run --fail 3 -- true", "use --fault status=503,every=3"),
        ("message list 1 --format json", "use --output"),
        ("invite create 1 --once", "use --max-uses 1"),
        ("thread list --archived", "`dcord thread list-archived` and"),
        ("listen --channl 1", "did you mean --channel?"),
        ("message list 1 --csv", "--csv; use -o csv\n"),
        ("message list 1 --save x", "redirect the output to a file"),
        ("message list 1 --reverse", "use --after 2015-01-01, which lists the oldest first"),
        ("message search 1 --reverse", "use --sort-order asc"),
        ("message search 1 --since 2025-01-01", "use --after"),
        ("message search 1 --until 2025-01-01", "use --before"),
        ("member list 1 --humans", "use --bots=false"),
        ("listen --resume", "use --consumer"),
        ("listen --output-file x", "redirect the output to a file"),
        ("listen general", r#"to name a channel, use --channel general"#),
        ("--limit 5 message list 1", "put a command's options after its name"),
    ] {
        let outcome = world.run(line.split(' '));
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""), "{outcome}");
        assert!(outcome.stderr.contains(answer), "{line}: {outcome}");
    }
}
