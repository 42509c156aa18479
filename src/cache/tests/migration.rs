//! What an older dcord kept is there still.

use super::*;

#[test]
fn a_cache_of_the_first_schema_is_taken_over_with_all_that_is_in_it() {
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
    assert_eq!(cache.list(Kind::Channel, 7, NOW).unwrap().unwrap().1.len(), 1, "the list is whole still");
    assert_eq!(count(&cache, Kind::Message), 2);
    let found = |cache: &mut Cache, text| {
        let hits = cache.search(&MessageSearch { text, most: 9, ..MessageSearch::default() }).unwrap();
        hits.iter().map(|hit| serde_json::from_str::<Value>(&hit.json).unwrap()["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(found(&mut cache, "failed"), ["91", "90"], "and nothing of the other token's");
    // What was deleted stays so in a file of that age too, and its lists end when they change.
    assert!(cache.own_guilds().unwrap().is_none());
    event_at(&mut cache, NOW, "GUILD_ROLE_DELETE", r#"{"guild_id":"7","role_id":"70"}"#);
    answered_at(&mut cache, NOW - 1, Effect::One(Kind::Role), &[("guild_id", "7")], r#"{"id":"70","name":"a"}"#, false);
    assert!(json(&cache, Kind::Role, None, "70").is_none());
    // Old texts change with their messages, and new ones come in beside them.
    event_at(&mut cache, NOW, "MESSAGE_UPDATE", r#"{"id":"90","channel_id":"72","content":"the deploy went well"}"#);
    event_at(&mut cache, NOW, "MESSAGE_DELETE", r#"{"id":"91","channel_id":"72"}"#);
    event_at(&mut cache, NOW, "MESSAGE_CREATE", r#"{"id":"92","channel_id":"72","content":"deploy again"}"#);
    assert_eq!(found(&mut cache, "deploy"), ["92", "90"]);
    assert!(found(&mut cache, "failed").is_empty());
    // Both tokens count as used when the file was taken over.
    let now = Clock::system().wall_ms();
    cache.set_policy(Kind::Message, Policy::default()).unwrap();
    assert_eq!(cache.prune(now + 89 * 24 * 3600 * 1000).unwrap(), []);
    assert_eq!(cache.prune(now + 91 * 24 * 3600 * 1000).unwrap(), [(Kind::Message, 1)]);
    let again = Cache::open(folder.path(), "api token").unwrap();
    assert_eq!(count(&again, Kind::Message), 2);
}
