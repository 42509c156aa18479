//! Hidden channels, which the bot cannot view and the gateway redacts.

use super::*;

/// A redacted channel.
fn redacted(id: &str, position: u32, parent: &str) -> String {
    format!(
        r#"{{"id":"{id}","guild_id":"7","type":0,"position":{position},"parent_id":{parent},"name":"___hidden___",
        "flags":131072,"topic":null,"nsfw":false,
        "permission_overwrites":[{{"id":"7","type":0,"allow":"0","deny":"1024"}}]}}"#
    )
}

const SECRET: &str = r#"{"id":"75","guild_id":"7","type":0,"position":1,"parent_id":null,"name":"Secret","flags":0,
    "topic":"plans","permission_overwrites":[{"id":"70","type":0,"allow":"2048","deny":"0"}]}"#;

fn hidden(cache: &Cache, id: &str) -> bool {
    cache.get(Kind::Channel, None, id).unwrap().unwrap().hidden
}

fn listed(cache: &Cache) -> Vec<String> {
    let (_, rows) = cache.list(Kind::Channel, 7, NOW).unwrap().unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

#[test]
fn a_redacted_channel_keeps_its_other_fields_until_it_is_visible_again() {
    let (_folder, mut cache) = cache();
    event_at(&mut cache, NOW, "CHANNEL_CREATE", SECRET);
    event_at(&mut cache, NOW + 1, "CHANNEL_UPDATE", &redacted("75", 4, "\"72\""));
    let row = json(&cache, Kind::Channel, None, "75").unwrap();
    assert_eq!((row["name"].as_str(), row["topic"].as_str()), (Some("Secret"), Some("plans")));
    assert_eq!(row["permission_overwrites"][0]["allow"], "2048");
    assert_eq!(
        (row["flags"].as_i64(), row["position"].as_i64(), row["parent_id"].as_str()),
        (Some(0), Some(4), Some("72"))
    );
    assert!(hidden(&cache, "75"));
    event_at(&mut cache, NOW + 2, "CHANNEL_UPDATE", &SECRET.replace("Secret", "Open"));
    let row = json(&cache, Kind::Channel, None, "75").unwrap();
    assert_eq!((row["name"].as_str(), row["position"].as_i64()), (Some("Open"), Some(1)));
    assert!(!hidden(&cache, "75"));
    assert_eq!(names(&cache, Kind::Channel, Some(7), "open", false), [75]);
    event_at(&mut cache, NOW + 3, "CHANNEL_UPDATE", &redacted("75", 1, "null"));
    event_at(&mut cache, NOW + 4, "CHANNEL_DELETE", &redacted("75", 1, "null"));
    assert!(json(&cache, Kind::Channel, None, "75").is_none(), "a hidden channel can be deleted");
}

#[test]
fn a_channel_that_was_never_visible_has_no_name_and_is_in_no_list() {
    let (_folder, mut cache) = cache();
    let guild = GUILD.replace("\"channels\":[", &format!("\"channels\":[{},", redacted("75", 2, "\"72\"")));
    event_at(&mut cache, NOW, "GUILD_CREATE", &guild);
    let row = cache.get(Kind::Channel, None, "75").unwrap().unwrap();
    assert_eq!((row.hidden, row.partial), (true, true));
    let kept: Value = serde_json::from_str(&row.json).unwrap();
    let expected = r#"{"id":"75","guild_id":"7","type":0,"position":2,"parent_id":"72"}"#;
    assert_eq!(kept, serde_json::from_str::<Value>(expected).unwrap());
    assert_eq!(listed(&cache), ["72", "73"], "as in REST's list");
    for prefix in ["___hidden___", "___", "", "_"] {
        assert!(!names(&cache, Kind::Channel, Some(7), prefix, true).contains(&75), "{prefix:?}");
    }
    assert!(!cache.names(Kind::Channel, Some(7), 100).unwrap().contains(&"___hidden___".to_owned()));
    assert_eq!(cache.count_named(Kind::Channel, Some(7), "___hidden___").unwrap(), 0);
    event_at(&mut cache, NOW + 1, "CHANNEL_UPDATE", SECRET);
    assert_eq!(listed(&cache), ["72", "73", "75"]);
    assert_eq!(names(&cache, Kind::Channel, Some(7), "secret", false), [75]);
}

#[test]
fn a_channel_is_not_found_by_its_old_name_while_it_is_hidden() {
    let (_folder, mut cache) = cache();
    event_at(&mut cache, NOW, "CHANNEL_CREATE", SECRET);
    event_at(&mut cache, NOW, "CHANNEL_CREATE", &SECRET.replace("\"75\"", "\"76\""));
    event_at(&mut cache, NOW, "CHANNEL_UPDATE", &redacted("75", 1, "null"));
    assert_eq!(names(&cache, Kind::Channel, Some(7), "secret", false), [76], "another channel has the name");
    assert_eq!(cache.count_named(Kind::Channel, Some(7), "secret").unwrap(), 1);
}

#[test]
fn a_list_from_rest_removes_deleted_channels_and_keeps_hidden_ones() {
    let (_folder, mut cache) = cache();
    event_at(&mut cache, NOW - 9, "GUILD_CREATE", GUILD);
    event_at(&mut cache, NOW - 9, "CHANNEL_CREATE", SECRET);
    event_at(&mut cache, NOW - 8, "CHANNEL_UPDATE", &redacted("75", 1, "null"));
    let list = r#"[{"id":"72","guild_id":"7","name":"General","type":0}]"#;
    answered(&mut cache, Effect::All(Kind::Channel), &[("guild_id", "7")], list, true);
    assert_eq!(listed(&cache), ["72"]);
    assert!(json(&cache, Kind::Channel, None, "73").is_none(), "it was deleted");
    assert_eq!(json(&cache, Kind::Channel, None, "75").unwrap()["topic"], "plans");
    // The gateway's list contains hidden channels, so channels that are not in it were deleted.
    event_at(&mut cache, NOW + 1, "GUILD_CREATE", GUILD);
    assert!(json(&cache, Kind::Channel, None, "75").is_none());
    // REST never redacts channels, so the bot can view this one again.
    event_at(&mut cache, NOW + 2, "CHANNEL_UPDATE", &redacted("72", 1, "null"));
    answered_at(
        &mut cache,
        NOW + 3,
        Effect::One(Kind::Channel),
        &[("channel_id", "72")],
        r#"{"id":"72","guild_id":"7","name":"General","type":0}"#,
        false,
    );
    assert!(!hidden(&cache, "72"));
}

#[test]
fn hidden_channels_are_counted_while_a_listener_is_connected() {
    let (folder, mut cache) = cache();
    event_at(&mut cache, NOW, "CHANNEL_CREATE", &redacted("75", 1, "null"));
    assert_eq!(cache.count_hidden(7, NOW).unwrap(), None);
    let lock = ListenerLock::take(folder.path(), NOW).unwrap();
    let listener = lock.listener((0, 1), 1);
    apply_at(&mut cache, NOW, Change::Ready(listener));
    event_at(&mut cache, NOW + 1, "CHANNEL_CREATE", &redacted("75", 1, "null"));
    event_at(&mut cache, NOW + 1, "CHANNEL_CREATE", &redacted("76", 2, "null"));
    assert_eq!(cache.count_hidden(7, NOW + 2).unwrap(), Some(2));
    assert_eq!(cache.count_hidden(8, NOW + 2).unwrap().unwrap_or(0), 0, "another server has none");
    apply_at(&mut cache, NOW + 3, Change::Down(listener));
    assert_eq!(cache.count_hidden(7, NOW + 4).unwrap(), None);
}

#[test]
fn the_same_flag_of_other_objects_does_not_hide_them() {
    let (_folder, mut cache) = cache();
    event_at(&mut cache, NOW, "USER_UPDATE", r#"{"id":"1","username":"alice","flags":131072}"#);
    event_at(&mut cache, NOW, "CHANNEL_CREATE", &SECRET.replace("\"flags\":0", "\"flags\":32786"));
    assert!(!cache.get(Kind::User, None, "1").unwrap().unwrap().hidden && !hidden(&cache, "75"));
    // A visible channel may have this name too.
    event_at(&mut cache, NOW, "CHANNEL_CREATE", &SECRET.replace("Secret", "___hidden___"));
    assert!(!hidden(&cache, "75"));
}

#[test]
fn redacted_channels_of_an_older_cache_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let old = rusqlite::Connection::open(folder.path().join("cache.db")).unwrap();
    old.execute_batch(include_str!("schema-1.sql")).unwrap();
    let row = "INSERT INTO entity VALUES (9, 1, 2, 75, 0, 7, NULL, '___hidden___', NULL, NULL, 1, 0, 1, 1, ?1)";
    old.execute(row, [redacted("75", 1, "null")]).unwrap();
    drop(old);
    let cache = Cache::open(folder.path(), "api token").unwrap();
    assert!(cache.get(Kind::Channel, None, "75").unwrap().is_none());
    assert!(cache.get(Kind::Channel, None, "72").unwrap().is_some(), "other channels stay");
}

#[test]
fn a_channel_that_rest_omits_while_a_listener_is_connected_is_hidden_and_not_deleted() {
    let (folder, mut cache) = cache();
    let lock = ListenerLock::take(folder.path(), NOW).unwrap();
    let listener = lock.listener((0, 1), 1);
    apply_at(&mut cache, NOW - 9, Change::Ready(listener));
    event_at(&mut cache, NOW - 8, "GUILD_CREATE", GUILD);
    event_at(&mut cache, NOW - 8, "CHANNEL_CREATE", SECRET);
    apply_at(&mut cache, NOW - 1, Change::Alive(listener));
    // The response arrives before the event.
    let list = r#"[{"id":"72","guild_id":"7","name":"General","type":0}]"#;
    answered(&mut cache, Effect::All(Kind::Channel), &[("guild_id", "7")], list, true);
    assert!(hidden(&cache, "73") && hidden(&cache, "75"));
    assert_eq!(cache.count_hidden(7, NOW).unwrap(), Some(2));
    event_at(&mut cache, NOW + 1, "CHANNEL_DELETE", r#"{"id":"73","guild_id":"7","type":0}"#);
    event_at(&mut cache, NOW + 1, "CHANNEL_UPDATE", &redacted("75", 1, "null"));
    assert_eq!(cache.count_hidden(7, NOW + 1).unwrap(), Some(1));
    assert_eq!(json(&cache, Kind::Channel, None, "75").unwrap()["name"], "Secret");
}
