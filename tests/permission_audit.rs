//! `dcord permission audit`.

use serde_json::{Value, json};

use super::support::{Recorder, Reply, Sandbox, World, without_codes};

const BAN: u64 = 1 << 2;
const ADMINISTRATOR: u64 = 1 << 3;

/// A server (1) with an administrator, a webhook and a bot. The bot may read the members if `reads_members`, and may not read
/// the integrations.
fn server(reads_members: bool) -> Recorder {
    let role = |id: &str, name: &str, permissions: u64, position: u64| json!({"id": id, "name": name, "permissions": permissions.to_string(), "position": position, "mentionable": false});
    Recorder::answering(move |request| match request.path() {
        "/guilds/1" => Reply::ok(&json!({"id": "1", "name": "My Server", "mfa_level": 1, "verification_level": 2,
            "roles": [role("1", "@everyone", 0, 0), role("2", "Admins", ADMINISTRATOR, 2), role("3", "Mods", BAN, 1)]})),
        "/guilds/1/channels" => Reply::ok(&json!([{"id": "7", "type": 0, "name": "builds", "guild_id": "1",
            "permission_overwrites": []}])),
        "/guilds/1/members" if reads_members => {
            let member = |id: u64, name: &str, role: &str| json!({"user": {"id": id.to_string(), "username": name}, "roles": [role]});
            let is_first = !request.target.contains("after=");
            // More than one page.
            let page: Vec<Value> = match is_first {
                true => (1..=1000).map(|id| member(id, "ada", if id == 500 { "2" } else { "9" })).collect(),
                false => vec![member(1001, "ken", "2")],
            };
            Reply::ok(&json!(page))
        }
        "/guilds/1/webhooks" => Reply::ok(&json!([{"id": "20", "type": 1, "name": "CI", "channel_id": "7",
            "user": {"id": "5", "username": "ken"}}])),
        _ => Reply::json(403, &json!({"message": "Missing Access", "code": 50_001})),
    })
}

#[test]
fn an_audit_prints_findings_by_severity_and_says_what_it_could_not_read() {
    let server = server(true);
    let world = World::at(&server);
    let run = world.run(["permission", "audit", "1", "--jq", "[.severity, .check, .on, .finding] | join(\" | \")"]);
    insta::assert_snapshot!(run, @r"
    exit: 3
    --- stdout
    high | administrator-role | @Admins | makes ada and ken administrators
    medium | webhook | webhook CI | anyone with its URL can post in #builds; ken made it
    low | unused-role | @Mods | has ban-members, but no member has the role
    --- stderr
    warning: not all checks of integrations were possible: Missing Access (403 Forbidden, code 50001)
      hint: the bot cannot see the object: add the bot to the server, or give it the permission VIEW_CHANNEL
    error: the audit is incomplete, because the bot could not read everything
    ");
    assert!(server.take().iter().all(|request| request.method == "GET"));
    let run = world.run(["permission", "audit", "1", "-o", "csv"]);
    assert!(run.stdout.starts_with("severity,on,finding\nhigh,'@Admins,"), "{run}");
}

#[test]
fn without_the_members_the_other_checks_are_made() {
    let run = World::at(&server(false)).run(["permission", "audit", "1", "--jq", ".finding"]);
    assert_eq!(run.status, Some(3), "{run}");
    assert!(run.stdout.starts_with("its members are administrators\n"), "{run}");
    assert!(run.stderr.contains("not all checks of roles and bots were possible"), "{run}");
}

#[test]
fn the_exit_status_says_whether_there_is_a_finding_that_is_severe_enough() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=3,members=5", "--limit", "off"]);
    let world = sandbox.world();
    let guild = sandbox.value("guild_id");
    let status = |more: &[&str]| world.run([&["permission", "audit", guild, "-o", "none"], more].concat()).status;
    assert_eq!(status(&[]), Some(0));
    assert_eq!(status(&["--fail-on", "high"]), Some(1), "the sandbox's bot is an administrator");
    assert_eq!(status(&["--fail-on", "extreme"]), Some(2));
    assert_eq!(status(&["--offline"]), Some(10));
    let run = world.run(["permission", "audit", guild, "--fail-on", "low", "--jq", ".severity"]);
    assert!(run.status == Some(1) && run.stderr.is_empty() && run.stdout.starts_with("high\n"), "{run}");
    // Findings decide before an incomplete audit, and less severe ones leave its status.
    let server = server(true);
    let world = World::at(&server);
    assert_eq!(world.run(["permission", "audit", "1", "--fail-on", "medium"]).status, Some(1));
    world.config("default_profile = \"one\"\n[profiles.one]\nallowed_guilds = [\"2\"]\n", 0o600);
    server.take();
    assert_eq!(world.run(["permission", "audit", "1"]).status, Some(10));
    assert_eq!(server.take().len(), 0);
}

#[test]
fn a_person_sees_a_table_whose_lines_fit() {
    let server = server(true);
    let world = World::at(&server);
    for width in [60, 200] {
        let shown = without_codes(&world.show(width, ["permission", "audit", "1", "-q"]).stdout);
        assert!(shown.contains("SEVERITY") && shown.contains("@Admins"), "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= usize::from(width)), "{shown}");
    }
}
