//! Migration of the cache of an older version of dcord.

use super::*;

#[test]
fn a_cache_with_the_first_schema_is_migrated_with_its_contents() {
    let folder = tempfile::tempdir().unwrap();
    let old = rusqlite::Connection::open(folder.path().join("cache.db")).unwrap();
    old.execute_batch(include_str!("schema-1.sql")).unwrap();
    drop(old);
    assert!(Cache::open_existing(folder.path(), "api token").unwrap().is_none(), "completion migrates nothing");
    let mut cache = Cache::open(folder.path(), "api token").unwrap();
    assert!(cache.rebuilt().is_none());
    assert_eq!((cache.mode(), cache.policies().of(Kind::Role).to_string()), (Mode::Everything, "ttl:1h".to_owned()));
    assert_eq!(names(&cache, Kind::Channel, Some(7), "general", false), [72]);
    assert_eq!(names(&cache, Kind::Guild, None, "my", true), [7]);
    assert_eq!(cache.list(Kind::Channel, 7, NOW).unwrap().unwrap().1.len(), 1, "the list is still complete");
    assert_eq!(count(&cache, Kind::Message), 2);
    let found = |cache: &mut Cache, text| {
        let hits = cache.search(&MessageSearch { text, most: 9, ..MessageSearch::default() }).unwrap();
        hits.iter().map(|hit| serde_json::from_str::<Value>(&hit.json).unwrap()["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(found(&mut cache, "failed"), ["91", "90"], "messages of the other token are not found");
    // Tombstones and changed lists work in a migrated file too.
    assert!(cache.own_guilds().unwrap().is_none());
    event_at(&mut cache, NOW, "GUILD_ROLE_DELETE", r#"{"guild_id":"7","role_id":"70"}"#);
    answered_at(&mut cache, NOW - 1, Effect::One(Kind::Role), &[("guild_id", "7")], r#"{"id":"70","name":"a"}"#, false);
    assert!(json(&cache, Kind::Role, None, "70").is_none());
    // The full-text index is updated for old messages and extended by new ones.
    event_at(&mut cache, NOW, "MESSAGE_UPDATE", r#"{"id":"90","channel_id":"72","content":"the deploy went well"}"#);
    event_at(&mut cache, NOW, "MESSAGE_DELETE", r#"{"id":"91","channel_id":"72"}"#);
    event_at(&mut cache, NOW, "MESSAGE_CREATE", r#"{"id":"92","channel_id":"72","content":"deploy again"}"#);
    assert_eq!(found(&mut cache, "deploy"), ["92", "90"]);
    assert!(found(&mut cache, "failed").is_empty());
    // Both tokens count as used at the time of the migration.
    let now = Clock::system().wall_ms();
    cache.set_policy(Kind::Message, Policy::default()).unwrap();
    assert_eq!(cache.prune(now + 89 * 24 * 3600 * 1000).unwrap(), []);
    assert_eq!(cache.prune(now + 91 * 24 * 3600 * 1000).unwrap(), [(Kind::Message, 1)]);
    let again = Cache::open(folder.path(), "api token").unwrap();
    assert_eq!(count(&again, Kind::Message), 2);
}
