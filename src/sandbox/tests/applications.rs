//! What belongs to the application: identities of its players, and commands.

use serde_json::{Value, json};

use super::bench::{Bench, NOW_MS, one};
use crate::sandbox::seed;

#[test]
fn a_first_profile_creates_an_identity_that_can_be_found_and_deleted() {
    let mut bench = Bench::new();
    let (me, user) = (bench.state.me.to_string(), bench.user.clone());
    let path = [me.as_str(), &user, "player-42"];
    let first = bench.run("identity edit-profile", &path, json!({"username": "Robin"}));
    assert_eq!((first.status, &first.json["username"]), (201, &json!("Robin")));
    let again = bench.run("identity edit-profile", &path, json!({"data": {"primary": {"rank_name": "Gold"}}}));
    assert_eq!((again.status, again.json), (204, Value::Null));
    let profile = bench.run("identity get-profile", &path, Value::Null).json;
    assert_eq!(
        profile,
        json!({"username": "Robin", "metadata": null, "data": {"primary": {"rank_name": "Gold"}}}),
        "what an update leaves out stays"
    );
    let other = bench.run("identity edit-profile", &[&me, &user, "player-43"], json!({"username": "Robin"}));
    assert_eq!(other.status, 404, "a user with an identity is known by that one alone");
    let dynamic: Vec<_> = (0..31).map(|i| json!({"type": 2, "name": format!("f{i}"), "value": i})).collect();
    let large = bench.run("identity edit-profile", &path, json!({"data": {"dynamic": dynamic}}));
    assert_eq!((large.status, large.code), (400, 50035));

    let one = json!([{"user_id": user, "provider_type": "NONE", "provider_issued_user_id": "player-42"}]);
    assert_eq!(bench.run("identity find", &[&me, "NONE", "player-42"], Value::Null).json["identities"], one);
    assert_eq!(bench.run("identity list", &[&user, &me], Value::Null).json["identities"], one);
    assert_eq!(bench.run("identity delete", &[&user, &me, "NONE", "player-42"], json!({})).status, 204);
    assert_eq!(bench.run("identity list", &[&user, &me], Value::Null).json["identities"], json!([]));
    assert_eq!(bench.run("identity delete", &[&user, &me, "NONE", "player-42"], json!({})).status, 404);
}

#[test]
fn commands_with_capitals_and_pauses_beyond_a_day_are_refused() {
    let mut bench = Bench::new();
    let (guild, app) = (bench.guild.clone(), seed::BOT.to_string());
    let named = |name: &str| json!({"name": name, "description": "d"});
    for (command, path, body, field) in [
        ("command create", vec![&*app], named("Ping"), "name"),
        ("guild-command create", vec![&*app, &*guild], named("two words"), "name"),
        (
            "command create",
            vec![&*app],
            json!({"name": "ping", "description": "d", "options": [{"type": 3, "name": "Who", "description": "d"}]}),
            "options",
        ),
        ("command set-all", vec![&*app], json!([named("ping"), named("Pong")]), "1"),
        (
            "guild set-incident-actions",
            vec![&*guild],
            one("invites_disabled_until", "2030-01-01T00:00:00Z"),
            "invites_disabled_until",
        ),
        (
            "guild set-incident-actions",
            vec![&*guild],
            one("dms_disabled_until", "2030-01-01T00:00:00Z"),
            "dms_disabled_until",
        ),
    ] {
        let done = bench.run(command, &path, body);
        assert_eq!((done.status, done.code), (400, 50035), "{command}: {}", done.json);
        assert!(done.json["errors"].get(field).is_some(), "{command}: {}", done.json);
    }
    // Menus of users and messages have names as people write them, also when they are edited.
    let menu = bench.run("command create", &[&app], json!({"name": "Report This", "type": 3}));
    assert_eq!(menu.status, 201, "{}", menu.json);
    let id = menu.id();
    assert_eq!(bench.run("command edit", &[&app, &id], one("name", "Report That")).status, 200);
    let soon = crate::sandbox::state::iso(NOW_MS + 3_600_000);
    assert!(bench.run("guild set-incident-actions", &[&guild], one("dms_disabled_until", soon)).status < 300);
}
