//! `dcord permission can`.

use serde_json::{Value, json};

use super::support::{Recorder, Reply, Sandbox, World, without_codes};

const VIEW: u64 = 1 << 10;
const SEND: u64 = 1 << 11;
const MANAGE_MESSAGES: u64 = 1 << 13;
const SEND_IN_THREADS: u64 = 1 << 38;

/// Server 1 of user 90, where @everyone can view channels and write. Role 2, "mods", can manage messages. Member 5, "ken",
/// has that role. @everyone cannot write in channel 7, and role 2 can.
fn discord() -> Recorder {
    discord_with(json!({}))
}

/// The same with these fields of the member.
fn discord_with(member: Value) -> Recorder {
    let role = |id: &str, name: &str, bits: u64| json!({"id": id, "name": name, "permissions": bits.to_string()});
    let guild = json!({"id": "1", "name": "My Server", "owner_id": "90",
        "roles": [role("2", "mods", MANAGE_MESSAGES), role("1", "@everyone", VIEW | SEND | SEND_IN_THREADS)]});
    let deny = |id: &str, bits: u64| json!({"id": id, "type": 0, "allow": "0", "deny": bits.to_string()});
    let allow = |id: &str, bits: u64| json!({"id": id, "type": 0, "allow": bits.to_string(), "deny": "0"});
    let channel = |id: &str, name: &str, kind: u64, overwrites: Value| json!({"id": id, "type": kind, "name": name, "guild_id": "1", "permission_overwrites": overwrites});
    Recorder::answering(move |request| match request.path() {
        "/guilds/1" => Reply::ok(&guild),
        "/guilds/1/members/5" => {
            let mut ken = json!({"user": {"id": "5", "username": "ken"}, "roles": ["2"]});
            ken.as_object_mut().unwrap().extend(member.as_object().unwrap().clone());
            Reply::ok(&ken)
        }
        "/guilds/1/members/90" => Reply::ok(&json!({"user": {"id": "90", "username": "olga"}, "roles": []})),
        "/channels/7" => Reply::ok(&channel("7", "rules", 0, json!([deny("1", SEND), allow("2", SEND)]))),
        "/channels/8" => Reply::ok(&channel("8", "hidden", 0, json!([deny("1", VIEW)]))),
        "/channels/9" => {
            let mut secret = channel("9", "___hidden___", 0, json!([deny("1", VIEW)]));
            secret["flags"] = json!(1 << 17);
            Reply::ok(&secret)
        }
        "/channels/71" => {
            let mut thread = channel("71", "plans", 12, json!([]));
            thread["parent_id"] = json!("7");
            Reply::ok(&thread)
        }
        "/channels/3" => Reply::ok(&json!({"id": "3", "type": 0, "name": "other", "guild_id": "4"})),
        _ => Reply::json(404, &json!({"message": "Unknown", "code": 10_007})),
    })
}

fn ask(server: &Recorder, member: &str, permissions: &str, channel: Option<&str>) -> (Option<i32>, String) {
    let mut args = vec!["permission", "can", "1", member, permissions, "--jq", r#""\(.allowed) \(.because)""#];
    args.extend(channel.iter().flat_map(|channel| ["--channel", channel]));
    let run = World::at(server).run(args);
    (run.status, if run.stdout.is_empty() { run.stderr } else { run.stdout })
}

#[test]
fn permission_can_names_the_role_or_overwrite_that_decides() {
    let server = discord();
    for (member, permission, channel, status, answer) in [
        ("5", "manage-messages", None, 0, "true @mods has the permission in the server\n"),
        ("5", "ban-members", None, 1, "false no role of ken has the permission\n"),
        ("5", "send-messages", Some("7"), 0, "true #rules allows it to @mods\n"),
        ("90", "ban-members", Some("8"), 0, "true olga owns the server\n"),
        (
            "5",
            "send-messages",
            Some("8"),
            1,
            "false send-messages has no effect without view-channel: #hidden denies it to @everyone\n",
        ),
    ] {
        assert_eq!(ask(&server, member, permission, channel), (Some(status), answer.to_owned()), "{permission}");
    }
}

#[test]
fn permission_can_answers_for_each_permission_and_exits_with_1_unless_all_are_allowed() {
    let (status, answers) = ask(&discord(), "5", "send-messages,manage-messages,ban-members", None);
    assert_eq!((status, answers.lines().count()), (Some(1), 3), "{answers}");
    for nothing in ["", "0"] {
        let (status, answer) = ask(&discord(), "5", nothing, None);
        assert_eq!(status, Some(2), "no permission must not read as a yes: {answer}");
    }
    let (status, answer) = ask(&discord(), "5", "ban-member", None);
    let expected = "error: PERMISSIONS: no permission named \"ban-member\"; did you mean \"ban-members\"?\n  \
                    hint: `dcord help permissions` lists them\n";
    assert_eq!((status, answer.as_str()), (Some(2), expected));
    let (status, _) = ask(&discord(), "5", "send-messages,manage-messages", None);
    assert_eq!(status, Some(0));
}

#[test]
fn permission_can_considers_timeouts() {
    let timed_out = discord_with(json!({"communication_disabled_until": "2999-01-01T00:00:00+00:00"}));
    let expected = (Some(1), "false ken is timed out\n".to_owned());
    assert_eq!(ask(&timed_out, "5", "manage-messages", None), expected);
    let over = discord_with(json!({"communication_disabled_until": "2020-01-01T00:00:00+00:00"}));
    assert_eq!(ask(&over, "5", "manage-messages", None).0, Some(0));
}

#[test]
fn permission_can_does_not_guess_about_a_channel_that_the_bot_cannot_view() {
    let (status, answer) = ask(&discord(), "5", "view-channel", Some("9"));
    assert_eq!(status, Some(5), "{answer}");
    assert!(answer.contains("the bot cannot view this channel, so Discord does not send its permissions"), "{answer}");
}

#[test]
fn permission_can_refuses_a_channel_of_another_server_and_knows_private_threads() {
    let (status, answer) = ask(&discord(), "5", "view-channel", Some("3"));
    assert!(status == Some(2) && answer.contains("#other is a channel of another server"), "{answer}");
    let (status, answer) = ask(&discord(), "5", "view-channel", Some("71"));
    assert_eq!(status, Some(1), "{answer}");
    assert!(answer.starts_with("false ken is not a member of the private thread"), "{answer}");
}

#[test]
fn permission_can_takes_names_on_the_sandbox_and_shows_a_table_on_a_terminal() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=3,members=5", "--limit", "off"]);
    let world = sandbox.world();
    let args = ["permission", "can", sandbox.value("guild_id"), "@ada", "send-messages", "--channel", "#general"];
    let run = world.run(args);
    let answer: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}: {run}"));
    assert_eq!((run.status, &answer["allowed"]), (Some(0), &json!(true)), "{run}");
    world.run(["channel", "lock", "#general"]);
    let shown = world.show(80, args);
    assert_eq!(shown.status, Some(1), "{shown}");
    assert!(without_codes(&shown.stdout).contains("#general denies it to @everyone"), "{shown}");
}
