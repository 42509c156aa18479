//! Tests of an application's identities and commands.

use serde_json::{Value, json};

use super::fixture::{Fixture, NOW_MS, one};
use crate::sandbox::seed;

#[test]
fn the_first_profile_update_creates_an_identity_that_can_be_found_and_deleted() {
    let mut fixture = Fixture::new();
    let (me, user) = (fixture.state.me.to_string(), fixture.user.clone());
    let path = [me.as_str(), &user, "player-42"];
    let first = fixture.run("identity edit-profile", &path, json!({"username": "Robin"}));
    assert_eq!((first.status, &first.json["username"]), (201, &json!("Robin")));
    let again = fixture.run("identity edit-profile", &path, json!({"data": {"primary": {"rank_name": "Gold"}}}));
    assert_eq!((again.status, again.json), (204, Value::Null));
    let profile = fixture.run("identity get-profile", &path, Value::Null).json;
    assert_eq!(
        profile,
        json!({"username": "Robin", "metadata": null, "data": {"primary": {"rank_name": "Gold"}}}),
        "an update does not change fields that it lacks"
    );
    let other = fixture.run("identity edit-profile", &[&me, &user, "player-43"], json!({"username": "Robin"}));
    assert_eq!(other.status, 404, "a user has at most one identity");
    let dynamic: Vec<_> = (0..31).map(|i| json!({"type": 2, "name": format!("f{i}"), "value": i})).collect();
    let large = fixture.run("identity edit-profile", &path, json!({"data": {"dynamic": dynamic}}));
    assert_eq!((large.status, large.code), (400, 50035));

    let one = json!([{"user_id": user, "provider_type": "NONE", "provider_issued_user_id": "player-42"}]);
    assert_eq!(fixture.run("identity find", &[&me, "NONE", "player-42"], Value::Null).json["identities"], one);
    assert_eq!(fixture.run("identity list", &[&user, &me], Value::Null).json["identities"], one);
    assert_eq!(fixture.run("identity delete", &[&user, &me, "NONE", "player-42"], json!({})).status, 204);
    assert_eq!(fixture.run("identity list", &[&user, &me], Value::Null).json["identities"], json!([]));
    assert_eq!(fixture.run("identity delete", &[&user, &me, "NONE", "player-42"], json!({})).status, 404);
}

#[test]
fn uppercase_command_names_and_pauses_of_more_than_a_day_are_invalid() {
    let mut fixture = Fixture::new();
    let (guild, app) = (fixture.guild.clone(), seed::BOT.to_string());
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
        let done = fixture.run(command, &path, body);
        assert_eq!((done.status, done.code), (400, 50035), "{command}: {}", done.json);
        assert!(done.json["errors"].get(field).is_some(), "{command}: {}", done.json);
    }
    // User and message commands may have any name, also when they are edited.
    let menu = fixture.run("command create", &[&app], json!({"name": "Report This", "type": 3}));
    assert_eq!(menu.status, 201, "{}", menu.json);
    let id = menu.id();
    assert_eq!(fixture.run("command edit", &[&app, &id], one("name", "Report That")).status, 200);
    let soon = crate::sandbox::state::iso(NOW_MS + 3_600_000);
    assert!(fixture.run("guild set-incident-actions", &[&guild], one("dms_disabled_until", soon)).status < 300);
}
